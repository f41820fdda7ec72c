// SPDX-License-Identifier: Apache-2.0
/* The contract of store/db.h, on both engines. */
#include "stores.h"

#include "base/file.h"
#include "store/db_internal.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static yj_db *fresh(void **state)
{
    yj_db *db = yj_test_db(*state, YJ_DB_WRITE);
    yj_test_script(db,
                   "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL, bytes BLOB, n INTEGER) STRICT;"
                   "CREATE UNIQUE INDEX t_name ON t(name)");
    return db;
}

static yj_status insert(yj_db *db, int64_t id, const char *name, bool post, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "INSERT INTO t(id, name, bytes, n) VALUES(?1, ?2, ?3, ?4)", &st, err));
    yj_bind_i64(st, 1, id);
    yj_bind_cstr(st, 2, name);
    yj_bind_blob(st, 3, "a\0b", 3);
    yj_bind_null(st, 4);
    return post ? yj_stmt_post(st, err) : yj_stmt_run(st, NULL, err);
}

static void assert_rows(yj_db *db, const char *sql, const char *expected)
{
    char *got = yj_test_rows(db, sql);
    assert_string_equal(got, expected);
    free(got);
}

/* --- values --------------------------------------------------------------------------------------------- */

static void bind__values_come_back_as_they_were(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    static const int64_t numbers[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 31, INT64_C(1) << 32 };
    static const char *const texts[] = {
        "", "plain", "\xe4\xba\x91\xe9\x89\xb4 \xe3\x80\x8a\xe5\x90\x88\xe5\x90\x8c\xe3\x80\x8b",
        "it's \"quoted\" \\ %_", "tab\tnew\nline"
    };
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;

    for (size_t i = 0; i < YJ_COUNT(numbers); i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        yj_ok(yj_db_prepare(
            db, "INSERT INTO t(id, name, bytes, n) VALUES(?1, ?2, ?3, ?4) RETURNING id, name, bytes, n", &st,
            &err));
        char name[80];
        snprintf(name, sizeof name, "%s%zu", texts[i % YJ_COUNT(texts)], i);
        yj_bind_i64(st, 1, numbers[i]);
        yj_bind_text(st, 2, yj_span_of(name));
        yj_bind_blob(st, 3, bytes, i * 40);
        yj_bind_i64(st, 4, numbers[i]);
        yj_ok(yj_stmt_step(st, &row, &err));
        assert_true(row);
        assert_int_equal(yj_stmt_columns(st), 4);
        assert_string_equal(yj_stmt_column_name(st, 1), "name");
        assert_true(yj_col_i64(st, 0) == numbers[i]);
        assert_true(yj_span_is(yj_col_text(st, 1), name));
        yj_span b = yj_col_blob(st, 2);
        assert_int_equal(b.len, i * 40);
        assert_memory_equal(b.ptr, bytes, b.len);
        assert_false(yj_col_null(st, 2));
        assert_true(yj_col_i64(st, 3) == numbers[i]);
        yj_ok(yj_stmt_step(st, &row, &err));
        assert_false(row);
        yj_ok(yj_stmt_step(st, &row, &err)); /* still the end */
        assert_false(row);
    }
    yj_auto(yj_stmt_donep) yj_stmt *all = NULL;
    bool row = false;
    int64_t seen = 0;
    yj_ok(yj_db_prepare(db, "SELECT id, bytes FROM t ORDER BY id", &all, &err));
    for (;; seen++) {
        yj_ok(yj_stmt_step(all, &row, &err));
        if (!row)
            break;
        assert_true(yj_col_blob(all, 1).len % 40 == 0);
    }
    assert_int_equal(seen, YJ_COUNT(numbers));
}

static void bind__null_is_null_in_every_type(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_db_prepare(db, "INSERT INTO t(id, name, bytes, n) VALUES(1, 'x', ?1, ?2) RETURNING bytes, n",
                        &st, &err));
    yj_bind_null(st, 1); /* the second is not bound at all */
    yj_ok(yj_stmt_step(st, &row, &err));
    assert_true(yj_col_null(st, 0) && yj_col_null(st, 1));
    assert_int_equal(yj_col_i64(st, 1), 0);
    assert_int_equal(yj_col_text(st, 0).len, 0);
    yj_ok(yj_db_commit(db, &err));
}

/** A filter that is off when its parameter is NULL: PostgreSQL must be told a type for it. */
static void bind__optional_filters_take_null_and_value_in_any_order(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(insert(db, 1, "a", false, &err));
    yj_ok(insert(db, INT64_C(5000000000), "b", false, &err));
    static const struct {
        bool id, name;
        int64_t expected;
    } rows[] = {
        { false, false, 2 }, { true, false, 1 }, { false, true, 1 }, { false, false, 2 }, { true, true, 1 }
    };
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        if (in_transaction)
            yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
        for (size_t i = 0; i < YJ_COUNT(rows); i++) {
            yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
            bool row = false;
            yj_ok(yj_db_prepare_made(
                db,
                in_transaction
                    ? "SELECT count(*) FROM t WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR name = ?2)"
                    : "SELECT count(*) FROM t WHERE (id = ?1 OR ?1 IS NULL) AND (name = ?2 OR ?2 IS NULL)",
                &st, &err));
            if (rows[i].id)
                yj_bind_i64(st, 1, INT64_C(5000000000));
            yj_bind_cstr(st, 2, rows[i].name ? "b" : NULL);
            yj_ok(yj_stmt_step(st, &row, &err));
            assert_int_equal(yj_col_i64(st, 0), rows[i].expected);
        }
        if (in_transaction)
            yj_ok(yj_db_commit(db, &err));
    }
    /* a number beside a literal stays 64 bits wide */
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(yj_db_prepare(db, "SELECT ?1 + 1, CAST(?2 AS INTEGER) WHERE ?1 <> 0 LIMIT ?3", &st, &err));
    yj_bind_i64(st, 1, INT64_C(9000000000));
    yj_bind_cstr(st, 2, "7000000000");
    yj_bind_i64(st, 3, 5);
    yj_ok(yj_stmt_step(st, &row, &err));
    assert_true(yj_col_i64(st, 0) == INT64_C(9000000001));
    assert_true(yj_col_i64(st, 1) == INT64_C(7000000000));
}

static void sql__both_engines_compute_alike(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(*state, YJ_DB_WRITE);
    yj_test_script(
        db, "CREATE TABLE s(id INTEGER PRIMARY KEY, v TEXT) STRICT;"
            "INSERT INTO s(id, v) VALUES(1,'b'),(2,'B'),(3,'a'),(4,'A'),(5,'\xe4\xba\x91'),(6,'_'),(7,NULL)");
    assert_rows(db, "SELECT v FROM s WHERE v IS NOT NULL ORDER BY v",
                "A\nB\n_\na\nb\n\xe4\xba\x91\n"); /* bytes */
    assert_rows(db, "SELECT count(*), count(v), min(v), max(v) FROM s", "7|6|A|\xe4\xba\x91\n");
    assert_rows(db, "SELECT id FROM s WHERE v LIKE 'a%' ORDER BY id", "3\n"); /* case matters */
    assert_rows(db,
                "SELECT 7 / 2, -7 / 2, -7 % 3, length('\xe4\xba\x91\xe9\x89\xb4'), "
                "substr('\xe4\xba\x91\xe9\x89\xb4\xe7\xb3\xbb\xe7\xbb\x9f', 2, 2)",
                "3|-3|-1|2|\xe9\x89\xb4\xe7\xb3\xbb\n");
    assert_rows(db, "SELECT '?1 it''s' || ' -- no comment', coalesce(NULL, 'x') -- ?9 a comment\n",
                "?1 it's -- no comment|x\n");
    assert_rows(db, "SELECT 1 < 2, EXISTS(SELECT 1 FROM s WHERE id = 99)", "1|0\n");
    assert_rows(db, "SELECT sum(id), sum(id) * 10 FROM s", "28|280\n");
}

static void stmt__changes_conflict_clause_and_returning(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        yj_ok(insert(db, i, name, false, &err));
    }
    int64_t changes = 77;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(db, "UPDATE t SET n = ?1 WHERE id < ?2", &st, &err));
    yj_bind_i64(st, 1, 9);
    yj_bind_i64(st, 2, 3);
    yj_ok(yj_stmt_run(st, &changes, &err));
    assert_int_equal(changes, 3);
    yj_stmt_reset(st); /* bindings are kept */
    yj_bind_i64(st, 2, 1);
    yj_ok(yj_stmt_run(st, &changes, &err));
    assert_int_equal(changes, 1);

    yj_auto(yj_stmt_donep) yj_stmt *read = NULL;
    yj_ok(yj_db_prepare(db, "SELECT id FROM t", &read, &err));
    yj_ok(yj_stmt_run(read, &changes, &err));
    assert_int_equal(changes, 0);

    yj_auto(yj_stmt_donep) yj_stmt *up = NULL;
    bool row = false;
    yj_ok(yj_db_prepare(
        db,
        "INSERT INTO t(id, name, n) VALUES(?1, 'n1', 1) ON CONFLICT(name) DO UPDATE SET n = t.n + 1000"
        " RETURNING id, n",
        &up, &err));
    yj_bind_i64(up, 1, 50);
    yj_ok(yj_stmt_step(up, &row, &err));
    assert_int_equal(yj_col_i64(up, 0), 1);
    assert_int_equal(yj_col_i64(up, 1), 1009);
}

/* --- the cache ------------------------------------------------------------------------------------------ */

static void prepare__nested_use_of_a_text_gives_a_second_statement(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(insert(db, 1, "a", false, &err));
    yj_ok(insert(db, 2, "b", false, &err));
    static const char sql[] = "SELECT id FROM t ORDER BY id";
    yj_stmt *one = NULL, *two = NULL, *three = NULL;
    bool row = false;
    yj_ok(yj_db_prepare_made(db, sql, &one, &err));
    yj_ok(yj_stmt_step(one, &row, &err));
    yj_ok(yj_db_prepare_made(db, sql, &two, &err));
    assert_ptr_not_equal(one, two);
    yj_ok(yj_stmt_step(two, &row, &err));
    yj_ok(yj_stmt_step(two, &row, &err));
    assert_int_equal(yj_col_i64(two, 0), 2);
    assert_int_equal(yj_col_i64(one, 0), 1);
    yj_stmt_done(one);
    yj_ok(yj_db_prepare_made(db, sql, &three, &err));
    assert_ptr_equal(one, three); /* lent again */
    yj_stmt_done(two);
    yj_stmt_done(three);
}

static void prepare__compares_texts_and_not_only_addresses(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    char buffer[64];
    for (int i = 0; i < 4; i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        snprintf(buffer, sizeof buffer, "SELECT %d", i % 2);
        yj_ok(yj_db_prepare_made(db, buffer, &st, &err));
        yj_ok(yj_stmt_step(st, &row, &err));
        assert_int_equal(yj_col_i64(st, 0), i % 2);
    }
}

static void prepare__cache_is_bounded(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    for (int turn = 0; turn < 2; turn++) {
        yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        for (int i = 0; i < YJ_STMT_IDLE_MAX + 200; i++) {
            char sql[64];
            yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
            bool row = false;
            snprintf(sql, sizeof sql, "SELECT %d + ?1", i);
            yj_ok(yj_db_prepare_made(db, sql, &st, &err));
            yj_bind_i64(st, 1, 1);
            yj_ok(yj_stmt_step(st, &row, &err));
            assert_int_equal(yj_col_i64(st, 0), i + 1);
            assert_true(db->idle_count <= YJ_STMT_IDLE_MAX);
        }
        yj_ok(yj_db_commit(db, &err));
    }
}

static void stmt_done__clears_bindings(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    for (int i = 0; i < 2; i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        yj_ok(yj_db_prepare(db, "SELECT CAST(?1 AS TEXT)", &st, &err));
        if (i == 0)
            yj_bind_cstr(st, 1, "secret");
        yj_ok(yj_stmt_step(st, &row, &err));
        assert_int_equal(yj_col_null(st, 0), i == 1);
    }
}

/* --- errors --------------------------------------------------------------------------------------------- */

static void errors__have_the_same_code_and_text_on_both(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(insert(db, 1, "a", false, &err));
    assert_int_equal(insert(db, 1, "b", false, &err), YJ_E_CONFLICT);
    assert_string_equal(err.msg, "table t already holds a row with this key");
    assert_int_equal(insert(db, 2, "a", false, &err), YJ_E_CONFLICT);
    assert_string_equal(err.msg, "table t already holds a row with this key");
    assert_int_equal(insert(db, 3, NULL, false, &err), YJ_E_DB);

    yj_auto(yj_stmt_donep) yj_stmt *bad = NULL;
    yj_status s = yj_db_prepare(db, "SELECT x FROM nowhere", &bad, &err);
    bool row = true;
    if (s == YJ_OK) /* PostgreSQL may tell at the first step */
        s = yj_stmt_step(bad, &row, &err);
    assert_int_equal(s, YJ_E_DB);
    assert_non_null(strstr(err.msg, "nowhere"));
    assert_true(row);
}

static void errors__never_show_bound_values(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_test_script(db, "CREATE TABLE w(id INTEGER PRIMARY KEY, n INTEGER CHECK(n < 10)) STRICT");
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(db, "INSERT INTO w(id, n) VALUES(1, ?1)", &st, &err));
    yj_bind_cstr(st, 1, "topsecret");
    assert_int_equal(yj_stmt_run(st, NULL, &err), YJ_E_DB);
    assert_null(strstr(err.msg, "topsecret"));
    yj_stmt_reset(st);
    yj_bind_i64(st, 1, 4711);
    assert_int_equal(yj_stmt_run(st, NULL, &err), YJ_E_DB);
    assert_null(strstr(err.msg, "4711"));
    assert_int_equal(insert(db, 1, "topsecret", false, &err), YJ_OK);
    assert_int_equal(insert(db, 2, "topsecret", false, &err), YJ_E_CONFLICT);
    assert_null(strstr(err.msg, "topsecret"));
}

static void errors__damaged_and_full_sqlite_files_have_codes_of_their_own(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_test_script(db, "PRAGMA max_page_count = 20");
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_status s = YJ_OK;
    for (int i = 0; i < 100000 && s == YJ_OK; i++) {
        char name[600];
        snprintf(name, sizeof name, "%0500d", i);
        s = insert(db, i, name, true, &err);
    }
    assert_int_equal(s, YJ_E_FULL);
    assert_int_equal(yj_db_commit(db, &err), YJ_E_DB);
    assert_false(yj_db_in_transaction(db));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 0);
    yj_ok(insert(db, 1, "after", false, &err));
}

static void raise__refuses_a_change_with_its_text(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_test_script(
        db,
        "CREATE TRIGGER t_keep BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'rows of t stay; for ever'); END;"
        "CREATE TRIGGER t_same BEFORE UPDATE ON t BEGIN SELECT RAISE(ABORT, 'rows of t never change'); END;");
    yj_ok(insert(db, 1, "a", false, &err));
    assert_int_equal(yj_db_script(db, "DELETE FROM t", &err), YJ_E_DB);
    assert_string_equal(err.msg, "the store refused a statement: rows of t stay; for ever");
    assert_int_equal(yj_db_script(db, "UPDATE t SET n = 1", &err), YJ_E_DB);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 1);
}

/* --- transactions --------------------------------------------------------------------------------------- */

static void transaction__rollback_leaves_no_trace_and_commit_keeps(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_db_rollback(db); /* outside: nothing happens */
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    assert_true(yj_db_in_transaction(db));
    yj_ok(insert(db, 1, "a", true, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 1); /* sees its own */
    yj_db_rollback(db);
    assert_false(yj_db_in_transaction(db));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 0);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 1, "a", true, &err));
    yj_ok(yj_db_commit(db, &err));
    yj_auto(yj_db_freep) yj_db *other = yj_test_db(*state, YJ_DB_READ);
    assert_int_equal(yj_test_number(other, "SELECT count(*) FROM t"), 1);
}

static void savepoint__undo_takes_back_only_its_own(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 1, "one", true, &err));
    yj_ok(yj_db_savepoint(db, &err));
    yj_ok(insert(db, 2, "two", true, &err));
    yj_ok(yj_db_savepoint(db, &err));
    yj_ok(insert(db, 3, "three", true, &err));
    yj_ok(yj_db_savepoint_undo(db, &err));
    yj_ok(insert(db, 4, "four", true, &err));
    yj_ok(yj_db_savepoint_release(db, &err));
    yj_ok(yj_db_savepoint(db, &err));
    yj_ok(insert(db, 5, "five", true, &err));
    yj_ok(yj_db_savepoint_undo(db, &err));
    yj_ok(yj_db_commit(db, &err));
    assert_rows(db, "SELECT id FROM t ORDER BY id", "1\n2\n4\n");
}

static void savepoint__nests_deeper_than_any_table_of_kept_statements(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        yj_ok(yj_db_savepoint(db, &err));
        yj_ok(insert(db, i, name, true, &err));
    }
    for (int i = 0; i < 20; i++)
        yj_ok(i < 10 ? yj_db_savepoint_undo(db, &err) : yj_db_savepoint_release(db, &err));
    yj_ok(yj_db_commit(db, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 10);
}

/** Group commit: the failed request is undone, the others stay. */
static void post__failure_surfaces_at_the_latest_at_release(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    for (int i = 0; i < 6; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i == 3 ? 1 : i); /* the fourth is a duplicate */
        yj_ok(yj_db_savepoint(db, &err));
        yj_status s = insert(db, i, name, true, &err);
        if (s == YJ_OK)
            s = insert(db, 100 + i, name + 1, true, &err);
        if (s == YJ_OK)
            s = yj_db_savepoint_release(db, &err);
        assert_int_equal(s, i == 3 ? YJ_E_CONFLICT : YJ_OK);
        if (s != YJ_OK)
            yj_ok(yj_db_savepoint_undo(db, &err));
    }
    yj_ok(yj_db_commit(db, &err));
    assert_rows(db, "SELECT id FROM t ORDER BY id", "0\n1\n2\n4\n5\n100\n101\n102\n104\n105\n");
}

static void post__failure_surfaces_at_the_latest_at_commit(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 1, "a", true, &err));
    yj_status s = insert(db, 2, "a", true, &err);
    if (s == YJ_OK)
        s = yj_db_commit(db, &err);
    else
        yj_db_rollback(db);
    assert_int_equal(s, YJ_E_CONFLICT);
    assert_false(yj_db_in_transaction(db));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 0);
}

static void post__many_rows_and_bytes_are_free_after_it(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    char name[2000];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "%0*d", i % 1500 + 8, i);
        yj_ok(insert(db, i, name, true, &err));
        memset(name, 'x', sizeof name - 1);
    }
    yj_ok(yj_db_commit(db, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t WHERE CAST(name AS INTEGER) = id"), 5000);
}

static void failure__spoils_the_transaction_up_to_its_savepoint(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 1, "a", false, &err));
    yj_ok(yj_db_savepoint(db, &err));
    assert_int_equal(insert(db, 2, "a", false, &err), YJ_E_CONFLICT);
    assert_int_equal(insert(db, 3, "c", false, &err), YJ_E_DB);
    assert_int_equal(yj_db_savepoint_release(db, &err), YJ_E_DB);
    yj_ok(yj_db_savepoint_undo(db, &err));
    yj_ok(insert(db, 4, "d", false, &err));
    assert_int_equal(insert(db, 5, "d", false, &err), YJ_E_CONFLICT);
    assert_int_equal(yj_db_commit(db, &err), YJ_E_DB);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 0);
    yj_ok(insert(db, 6, "f", false, &err));
}

static void reader__changes_nothing(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_auto(yj_db_freep) yj_db *reader = yj_test_db(*state, YJ_DB_READ);
    assert_int_equal(insert(reader, 1, "a", false, &err), YJ_E_DB);
    assert_string_equal(err.msg, "this connection or transaction may only read");
    assert_int_equal(yj_db_begin(reader, YJ_DB_WRITE, &err), YJ_E_DB);
    yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
    assert_int_equal(insert(db, 1, "a", false, &err), YJ_E_DB);
    assert_string_equal(err.msg, "this connection or transaction may only read");
    yj_db_rollback(db);
    assert_int_equal(yj_db_script(reader, "CREATE TABLE u(id INTEGER PRIMARY KEY) STRICT", &err), YJ_E_DB);
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 0);
}

static void reader__sees_one_snapshot(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_auto(yj_db_freep) yj_db *reader = yj_test_db(*state, YJ_DB_READ);
    yj_ok(insert(db, 1, "a", false, &err));
    yj_ok(yj_db_begin(reader, YJ_DB_READ, &err));
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 1);
    yj_ok(insert(db, 2, "b", false, &err)); /* a reader does not hold up a writer */
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 1);
    yj_ok(yj_db_commit(reader, &err));
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 2);
}

static void busy__is_told_after_the_wait(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *one = fresh(state);
    yj_auto(yj_db_freep) yj_db *two = yj_test_db(*state, YJ_DB_WRITE);
    yj_db_set_wait(two, 50);
    yj_ok(yj_db_begin(one, YJ_DB_WRITE, &err));
    yj_ok(yj_db_lock(one, 42, &err));
    yj_status s = yj_db_begin(two, YJ_DB_WRITE, &err);
    bool mine = true;
    if (s == YJ_OK) { /* PostgreSQL; without waiting it is no failure */
        yj_ok(yj_db_try_lock(two, 42, &mine, &err));
        assert_false(mine);
        yj_ok(yj_db_try_lock(two, 43, &mine, &err));
        assert_true(mine);
        s = yj_db_lock(two, 42, &err);
    }
    assert_int_equal(s, YJ_E_BUSY);
    yj_db_rollback(two);
    yj_ok(yj_db_commit(one, &err));
    yj_ok(yj_db_begin(two, YJ_DB_WRITE, &err));
    yj_ok(yj_db_try_lock(two, 42, &mine, &err));
    assert_true(mine);
    yj_ok(yj_db_lock(two, 42, &err));
    yj_ok(yj_db_commit(two, &err));
}

#define THREADS 4
#define TURNS 50

static void *count_up(void *arg)
{
    yj_test_store *t = arg;
    yj_error err = { 0 };
    yj_db *db = NULL;
    if (yj_db_open(t->store, YJ_DB_WRITE, &db, &err) != YJ_OK)
        return (void *)(uintptr_t) "open";
    const char *failed = NULL;
    for (int i = 0; i < TURNS && !failed; i++) {
        yj_stmt *get = NULL, *set = NULL;
        bool row = false;
        if (yj_db_begin(db, YJ_DB_WRITE, &err) != YJ_OK || yj_db_lock(db, 7, &err) != YJ_OK ||
            yj_db_prepare(db, "SELECT n FROM t WHERE id = 1", &get, &err) != YJ_OK ||
            yj_stmt_step(get, &row, &err) != YJ_OK || !row ||
            yj_db_prepare(db, "UPDATE t SET n = ?1 WHERE id = 1", &set, &err) != YJ_OK)
            failed = "read";
        if (!failed) {
            yj_bind_i64(set, 1, yj_col_i64(get, 0) + 1);
            failed = yj_stmt_post(set, &err) == YJ_OK ? NULL : "post";
        }
        yj_stmt_done(get);
        yj_stmt_done(set);
        if (!failed && yj_db_commit(db, &err) != YJ_OK)
            failed = "commit";
    }
    yj_db_free(db);
    return (void *)(uintptr_t)failed;
}

static void lock__writers_take_turns(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_test_script(db, "INSERT INTO t(id, name, n) VALUES(1, 'counter', 0)");
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, count_up, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        pthread_join(thread[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(yj_test_number(db, "SELECT n FROM t WHERE id = 1"), THREADS * TURNS);
}

/* --- stores --------------------------------------------------------------------------------------------- */

static void store_open__refuses_what_it_does_not_know(void **state)
{
    (void)state;
    static const char *const bad[] = { "",         "sqlite:",        "sqlite::memory:",   "mysql://x",
                                       "/tmp/x",   "postgres:host=", "postgres:nonsense", "postgresql://[",
                                       "SQLITE:/x" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        yj_store *s = NULL;
        yj_status got = yj_store_open(bad[i], &s, &err);
        if (got == YJ_OK) /* "host=" is fine for libpq */
            yj_store_free(s);
        else
            assert_int_equal(got, YJ_E_INVALID);
    }
    yj_error err = { 0 };
    yj_store *s = NULL;
    assert_int_equal(yj_store_open("postgres:password=hunter2 nonsense", &s, &err), YJ_E_INVALID);
    assert_null(strstr(err.msg, "hunter2"));
}

static void db_open__says_why_not(void **state)
{
    yj_test_store *t = *state;
    char url[256];
    yj_error err = { 0 };
    yj_store *s = NULL;
    yj_db *db = NULL;
    if (t->engine == YJ_ENGINE_SQLITE)
        snprintf(url, sizeof url, "sqlite:%s/no/such/folder/store.db", t->dir);
    else
        snprintf(url, sizeof url, "postgres:host=%s/none user=x password=hunter2", t->dir);
    yj_ok(yj_store_open(url, &s, &err));
    assert_int_equal(yj_db_open(s, YJ_DB_WRITE, &db, &err), YJ_E_DB);
    assert_true(err.msg[0]);
    assert_null(strstr(err.msg, "hunter2"));
    assert_null(db);
    yj_store_free(s);
}

static void sqlite__file_is_private_and_logged(void **state)
{
    yj_test_store *t = *state;
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    struct stat st;
    assert_int_equal(stat(t->url + 7, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_rows(db, "PRAGMA journal_mode", "wal\n");
    assert_rows(db, "PRAGMA synchronous", "2\n");
    assert_rows(db, "PRAGMA foreign_keys", "1\n");
    assert_rows(db, "PRAGMA trusted_schema", "0\n");
    yj_error err = { 0 };
    yj_ok(yj_db_maintain(db, NULL, NULL, &err));
    assert_int_equal(yj_db_script(db, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''", &err),
                     YJ_E_DB);
}

/** How often a text stands in the files of the test's folder. */
static size_t count_in_files(const char *dir, const char *needle)
{
    static const char *const files[] = { "store.db", "store.db-wal" };
    size_t found = 0;
    for (size_t i = 0; i < YJ_COUNT(files); i++) {
        char path[256];
        yj_error err = { 0 };
        yj_buf b;
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        yj_buf_init(&b, (size_t)64 << 20);
        if (yj_file_read(path, (size_t)64 << 20, &b, &err) == YJ_OK)
            for (const char *p = b.ptr;
                 p && (p = memmem(p, b.len - (size_t)(p - b.ptr), needle, strlen(needle))); p++)
                found++;
        yj_buf_done(&b);
    }
    return found;
}

static void forget_log__leaves_no_byte_of_what_was_deleted(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_auto(yj_db_freep) yj_db *reader = yj_test_db(t, YJ_DB_READ);
    yj_ok(insert(db, 1, "needle-in-the-haystack", false, &err));
    yj_ok(insert(db, 2, "hay", false, &err));
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 2);
    assert_true(count_in_files(t->dir, "needle-in-the-haystack") > 0);
    yj_test_script(db, "DELETE FROM t WHERE id = 1");
    yj_ok(yj_store_forget_log(t->store, &err));
    assert_int_equal(count_in_files(t->dir, "needle-in-the-haystack"), 0);
    assert_int_equal(yj_test_number(reader, "SELECT count(*) FROM t"), 1);
    yj_ok(insert(db, 3, "more", false, &err));
}

/** What a power failure at this moment would leave: the files as they are, without the connection. */
static int64_t sum_after_a_crash(const yj_test_store *t)
{
    static const char *const ends[] = { "", "-wal" };
    yj_error err = { 0 };
    char path[256], url[300];
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        yj_auto(yj_buf_done) yj_buf bytes;
        yj_buf_init(&bytes, (size_t)64 << 20);
        snprintf(path, sizeof path, "%s%s", t->url + 7, ends[i]);
        yj_ok(yj_file_read(path, (size_t)64 << 20, &bytes, &err));
        snprintf(path, sizeof path, "%s.crashed%s", t->url + 7, ends[i]);
        yj_ok(yj_file_write(path, yj_buf_view(&bytes), 0600, &err));
    }
    snprintf(url, sizeof url, "sqlite:%s.crashed", t->url + 7);
    yj_auto(yj_store_freep) yj_store *crashed = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_ok(yj_store_open(url, &crashed, &err));
    yj_ok(yj_db_open(crashed, YJ_DB_WRITE, &db, &err));
    assert_rows(db, "PRAGMA integrity_check", "ok\n");
    int64_t sum = yj_test_number(db, "SELECT count(*) * 1000000 + coalesce(sum(n), 0) FROM t");
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        snprintf(path, sizeof path, "%s.crashed%s", t->url + 7, ends[i]);
        (void)unlink(path);
    }
    return sum;
}

static void fill(yj_db *db, int from, int to, int n)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE c(x) AS (SELECT %d UNION ALL SELECT x + 1 FROM c WHERE x < %d)"
             " INSERT INTO t(id, name, bytes, n) SELECT x, 'row ' || x, zeroblob(1500), %d FROM c",
             from, to, n);
    yj_test_script(db, sql);
}

static void log__a_commit_is_in_the_file_when_it_returns(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_db_leave_log(db);            /* everything stays in the log */
    for (int i = 1; i <= 60; i++) { /* commits of one page, and of more than is gathered */
        yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        fill(db, 1000 * i, 1000 * i + i, 1);
        yj_ok(yj_db_commit(db, &err));
        if (i < 4 || i % 20 == 0)
            assert_int_equal(sum_after_a_crash(*state), INT64_C(1000001) * (i * (i + 1) / 2 + i));
    }
}

/* Pages that do not fit into the cache go to the log before the commit, and are read again from there. */
static void log__what_was_written_before_the_commit_is_read_back_or_undone(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_db_leave_log(db);
    yj_ok(yj_db_set_cache(db, (size_t)64 << 10, &err));
    fill(db, 1, 10, 1);
    const int64_t before = INT64_C(1000001) * 10;
    for (int keep = 0; keep < 2; keep++) {
        yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        fill(db, 11, 400, 1);
        yj_test_script(db, "UPDATE t SET n = 2 WHERE id % 2 = 0");
        yj_ok(yj_db_savepoint(db, &err));
        fill(db, 401, 800, 7);
        yj_test_script(db, "UPDATE t SET n = 3, bytes = zeroblob(700)");
        assert_int_equal(yj_test_number(db, "SELECT sum(n) FROM t"), 2400);
        yj_ok(yj_db_savepoint_undo(db, &err));
        assert_int_equal(yj_test_number(db, "SELECT sum(n) FROM t"), 600);
        assert_int_equal(sum_after_a_crash(*state), before);
        fill(db, 801, 900, 5);
        if (keep) {
            yj_ok(yj_db_commit(db, &err));
            assert_int_equal(sum_after_a_crash(*state), INT64_C(500) * 1000000 + 600 + 500);
        } else {
            yj_db_rollback(db);
            assert_int_equal(sum_after_a_crash(*state), before);
        }
    }
    assert_rows(db, "PRAGMA integrity_check", "ok\n");
}

static void set_sync__unsynced_commits_are_read_by_others(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_set_sync(t->store, "unsynced", &err));
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    fill(db, 1, 50, 1);
    assert_int_equal(sum_after_a_crash(t), INT64_C(1000001) * 50);
    yj_ok(yj_store_set_sync(t->store, "delay:0", &err));
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void set_sync__delay_slows_each_commit(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_set_sync(t->store, "delay:5000", &err));
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    int64_t start = now_us();
    for (int i = 0; i < 10; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        yj_ok(insert(db, i, name, false, &err));
    }
    assert_true(now_us() - start >= 50000);
    yj_ok(yj_store_set_sync(t->store, "delay:0", &err));
}

static void set_sync__off_works_and_nonsense_is_refused(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    assert_int_equal(yj_store_set_sync(t->store, "sometimes", &err), YJ_E_INVALID);
    assert_int_equal(yj_store_set_sync(t->store, "delay:x", &err), YJ_E_INVALID);
    assert_int_equal(yj_store_set_sync(t->store, "delay:-1", &err), YJ_E_INVALID);
    yj_ok(yj_store_set_sync(t->store, "off", &err));
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_ok(insert(db, 1, "a", false, &err));
    assert_rows(db, t->engine == YJ_ENGINE_SQLITE ? "PRAGMA synchronous" : "SHOW synchronous_commit",
                t->engine == YJ_ENGINE_SQLITE ? "0\n" : "off\n");
}

static void making__ends_in_a_store_like_any_other(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    bool sqlite = t->engine == YJ_ENGINE_SQLITE;
    yj_store_making(t->store);
    yj_db *db = fresh(state);
    if (sqlite)
        assert_rows(db, "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous",
                    "memory|0\n");
    yj_ok(insert(db, 1, "kept", false, &err));
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 2, "undone", false, &err));
    yj_db_rollback(db);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(insert(db, 3, "left open", false, &err));
    yj_ok(yj_store_made(t->store, db, &err)); /* what is open is undone, what is lent is given back */
    if (sqlite) {
        char path[400];
        static const char *const beside[] = { "-wal", "-journal", "-shm" };
        for (size_t i = 0; i < YJ_COUNT(beside); i++) {
            snprintf(path, sizeof path, "%s%s", t->url + strlen("sqlite:"), beside[i]);
            assert_int_equal(access(path, F_OK), -1);
        }
    }
    yj_auto(yj_db_freep) yj_db *after = yj_test_db(t, YJ_DB_WRITE);
    yj_auto(yj_db_freep) yj_db *reader = yj_test_db(t, YJ_DB_READ);
    if (sqlite)
        assert_rows(after, "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous",
                    "wal|2\n");
    yj_ok(insert(after, 4, "later", false, &err));
    assert_rows(reader, "SELECT id FROM t ORDER BY id", "1\n4\n");
}

static void lost_connection__is_told_and_the_next_begin_connects_anew(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = fresh(state);
    yj_auto(yj_db_freep) yj_db *killer = yj_test_db(*state, YJ_DB_WRITE);
    for (int turn = 0; turn < 3; turn++) {
        char sql[100], gone[100];
        int pid = (int)yj_test_number(db, "SELECT pg_backend_pid()");
        snprintf(sql, sizeof sql, "SELECT CASE WHEN pg_terminate_backend(%d) THEN 1 ELSE 0 END", pid);
        snprintf(gone, sizeof gone, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d", pid);
        if (turn < 2) {
            yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
            yj_ok(insert(db, 1, "lost", true, &err));
            if (turn == 1)
                yj_ok(insert(db, 2, "in the pipeline", true, &err));
            else
                assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 1);
        }
        assert_int_equal(yj_test_number(killer, sql), 1);
        while (yj_test_number(killer, gone) > 0)
            ;
        if (turn < 2) {
            assert_int_equal(yj_db_commit(db, &err), YJ_E_DB);
            assert_non_null(strstr(err.msg, "lost"));
        }
        yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        assert_int_equal(yj_test_number(db, "SELECT count(*) FROM t"), 0);
        yj_ok(yj_db_commit(db, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(bind__values_come_back_as_they_were),
        yj_test_stores(bind__null_is_null_in_every_type),
        yj_test_stores(bind__optional_filters_take_null_and_value_in_any_order),
        yj_test_stores(sql__both_engines_compute_alike),
        yj_test_stores(stmt__changes_conflict_clause_and_returning),
        yj_test_stores(prepare__nested_use_of_a_text_gives_a_second_statement),
        yj_test_stores(prepare__compares_texts_and_not_only_addresses),
        yj_test_stores(prepare__cache_is_bounded),
        yj_test_stores(stmt_done__clears_bindings),
        yj_test_stores(errors__have_the_same_code_and_text_on_both),
        yj_test_stores(errors__never_show_bound_values),
        yj_test_sqlite_only(errors__damaged_and_full_sqlite_files_have_codes_of_their_own),
        yj_test_stores(raise__refuses_a_change_with_its_text),
        yj_test_stores(transaction__rollback_leaves_no_trace_and_commit_keeps),
        yj_test_stores(savepoint__undo_takes_back_only_its_own),
        yj_test_stores(savepoint__nests_deeper_than_any_table_of_kept_statements),
        yj_test_stores(post__failure_surfaces_at_the_latest_at_release),
        yj_test_stores(post__failure_surfaces_at_the_latest_at_commit),
        yj_test_stores(post__many_rows_and_bytes_are_free_after_it),
        yj_test_stores(failure__spoils_the_transaction_up_to_its_savepoint),
        yj_test_stores(reader__changes_nothing),
        yj_test_stores(reader__sees_one_snapshot),
        yj_test_stores(busy__is_told_after_the_wait),
        yj_test_stores(lock__writers_take_turns),
        cmocka_unit_test(store_open__refuses_what_it_does_not_know),
        yj_test_stores(db_open__says_why_not),
        yj_test_sqlite_only(sqlite__file_is_private_and_logged),
        yj_test_sqlite_only(forget_log__leaves_no_byte_of_what_was_deleted),
        yj_test_sqlite_only(log__a_commit_is_in_the_file_when_it_returns),
        yj_test_sqlite_only(log__what_was_written_before_the_commit_is_read_back_or_undone),
        yj_test_sqlite_only(set_sync__unsynced_commits_are_read_by_others),
        yj_test_sqlite_only(set_sync__delay_slows_each_commit),
        yj_test_stores(set_sync__off_works_and_nonsense_is_refused),
        yj_test_stores(making__ends_in_a_store_like_any_other),
        yj_test_postgres_only(lost_connection__is_told_and_the_next_begin_connects_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
