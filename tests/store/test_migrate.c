// SPDX-License-Identifier: Apache-2.0
/* Bringing a store up to date, copying it, and what portable SQL becomes on PostgreSQL. */
#include "stores.h"

#include "base/file.h"
#include "store/pg_text.h"
#include "store/schema.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const yj_migration three[] = {
    { 1, "first",
      "CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT) STRICT; INSERT INTO a(id, name) VALUES(1, 'kept')" },
    { 2, "second", "CREATE TABLE b(id INTEGER PRIMARY KEY, bytes BLOB) STRICT, WITHOUT ROWID" },
    { 3, "third", "ALTER TABLE a ADD COLUMN more TEXT; CREATE INDEX a_more ON a(more)" },
};
static const yj_migration broken[] = {
    { 1, "first", "CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT) STRICT" },
    { 2, "second", "CREATE TABLE b(id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES(1)" },
};

static void migrate__goes_step_by_step_and_is_idempotent(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    int from = 77, to = 77;
    yj_ok(yj_store_migrate(t->store, three, 1, &from, &to, &err));
    assert_int_equal(from, 0);
    assert_int_equal(to, 1);
    yj_ok(yj_store_migrate(t->store, three, 3, &from, &to, &err));
    assert_int_equal(from, 1);
    assert_int_equal(to, 3);
    yj_ok(yj_store_migrate(t->store, three, 3, &from, &to, &err));
    assert_int_equal(from, 3);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_READ);
    yj_ok(yj_db_schema_version(db, &to, &err));
    assert_int_equal(to, 3);
    char *rows = yj_test_rows(db, "SELECT id, name, more FROM a");
    assert_string_equal(rows, "1|kept|-\n");
    free(rows);
}

static void migrate__the_version_is_read_and_nothing_made(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    int version = 77;
    yj_ok(yj_db_schema_version(db, &version, &err));
    assert_int_equal(version, 0);
    yj_ok(yj_db_schema_version(db, &version, &err)); /* empty as before */
    assert_int_equal(version, 0);
    yj_ok(yj_db_migrate(db, three, 2, NULL, NULL, &err));
    yj_ok(yj_db_schema_version(db, &version, &err));
    assert_int_equal(version, 2);
}

static void migrate__a_newer_store_is_refused(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    int from = 77;
    yj_ok(yj_store_migrate(t->store, three, 3, NULL, NULL, &err));
    assert_int_equal(yj_store_migrate(t->store, three, 2, &from, NULL, &err), YJ_E_DB);
    assert_string_equal(err.msg, "the store has schema version 3, this program knows 2: use a newer program");
    assert_int_equal(from, 77);
}

static void migrate__what_is_no_store_is_refused(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_test_script(db, "CREATE TABLE something_else(id INTEGER PRIMARY KEY) STRICT");
    int version = 77;
    assert_int_equal(yj_db_schema_version(db, &version, &err), YJ_E_DB);
    assert_int_equal(version, 77);
    assert_int_equal(yj_store_migrate(t->store, three, 3, NULL, NULL, &err), YJ_E_DB);
    assert_string_equal(err.msg, "this database holds something else and no store of Yunjian");
    yj_db_free(db);
}

static void migrate__a_failed_step_leaves_nothing(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    assert_int_equal(yj_store_migrate(t->store, broken, 2, NULL, NULL, &err), YJ_E_DB);
    assert_non_null(strstr(err.msg, "schema version 2"));
    int from = 77;
    yj_ok(yj_store_migrate(t->store, three, 3, &from, NULL, &err));
    assert_int_equal(from, 0);
}

static void migrate__sqlite_store_is_copied_before(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    char path[256], url[300];
    snprintf(path, sizeof path, "%s/store.db.before-v1", t->dir);
    yj_ok(yj_store_migrate(t->store, three, 1, NULL, NULL, &err));
    assert_false(yj_path_exists(path)); /* nothing to keep */
    yj_ok(yj_store_migrate(t->store, three, 3, NULL, NULL, &err));
    snprintf(path, sizeof path, "%s/store.db.before-v3", t->dir);
    assert_true(yj_path_exists(path));
    snprintf(url, sizeof url, "sqlite:%s", path);
    yj_store *old = NULL;
    int from = 0;
    yj_ok(yj_store_open(url, &old, &err));
    yj_ok(yj_store_migrate(old, three, 2, &from, NULL, &err)); /* a store like any other */
    assert_int_equal(from, 1);
    yj_store_free(old);
}

static void migrate__damaged_file_is_told(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, three, 3, NULL, NULL, &err));
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_test_script(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                       " INSERT INTO b(id, bytes) SELECT i, zeroblob(100) FROM n");
    yj_db_free(db);
    assert_int_equal(truncate(t->url + 7, 20000), 0);
    assert_int_equal(yj_store_migrate(t->store, three, 3, NULL, NULL, &err), YJ_E_CORRUPT);
    assert_non_null(strstr(err.msg, "damaged"));

    int fd = open(t->url + 7, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(
        write(fd, "this is a text file and no database at all, whatever its name says ................", 80),
        80);
    close(fd);
    assert_int_equal(yj_store_migrate(t->store, three, 3, NULL, NULL, &err), YJ_E_CORRUPT);
    assert_non_null(strstr(err.msg, "damaged"));
}

static void *migrate_too(void *arg)
{
    yj_error err = { 0 };
    yj_status s = yj_store_migrate(arg, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err);
    if (s != YJ_OK)
        print_error("%s\n", err.msg);
    return (void *)(uintptr_t)s;
}

static void start_at_once(yj_store *store)
{
    pthread_t thread[6];
    for (size_t i = 0; i < YJ_COUNT(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, migrate_too, store), 0);
    for (size_t i = 0; i < YJ_COUNT(thread); i++) {
        void *s = NULL;
        pthread_join(thread[i], &s);
        assert_null(s);
    }
}

static void migrate__several_servers_may_start_at_once(void **state)
{
    yj_test_store *t = *state;
    start_at_once(t->store);
}

/* Turning a new file to write-ahead logging has a narrow race: one file seldom meets it. */
static void migrate__several_servers_may_make_one_file_at_once(void **state)
{
    yj_test_store *t = *state;
    for (int i = 0; i < 25; i++) {
        yj_error err = { 0 };
        char url[PATH_MAX];
        yj_store *store = NULL;
        snprintf(url, sizeof url, "%s-%d", t->url, i);
        yj_ok(yj_store_open(url, &store, &err));
        start_at_once(store);
        yj_store_free(store);
    }
}

static void migrate__the_programs_own_tables_fit_both_engines(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_test_script(db, "INSERT INTO blob(digest, sm3, size, received_at) VALUES('d', '', 5000000000, 1)");
    assert_true(yj_test_number(db, "SELECT size FROM blob") == INT64_C(5000000000));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM open_batch"), 0);
}

/* --- another layout --------------------------------------------------------------------------------------
 */

#define LAYOUTS "SELECT count(*) FROM meta WHERE key = 'layout'"

/* The first schema as an earlier program may have had it: one piece of it otherwise. */
static const struct {
    const char *now, *then;
} earlier[] = {
    { "  packed BLOB,", "" },                                                      /* a column less */
    { "  digest BLOB NOT NULL,", "  leaf BLOB NOT NULL,  digest BLOB NOT NULL," }, /* one more */
    { "  requirement INTEGER NOT NULL,", "  requirement TEXT NOT NULL," },         /* another type */
    { "  place INTEGER NOT NULL,", "  pos INTEGER NOT NULL," },                    /* another name */
    { "CREATE TABLE open_batch(id INTEGER NOT NULL PRIMARY KEY) STRICT;", "" },    /* a table less */
};

static char *edited(const char *now, const char *then)
{
    const char *sql = yj_schema_migrations[0].sql, *at = strstr(sql, now);
    assert_non_null(at);
    char *text = NULL;
    assert_true(asprintf(&text, "%.*s%s%s", (int)(at - sql), sql, then, at + strlen(now)) > 0);
    return text;
}

static void check_refused(yj_test_store *t)
{
    yj_error err = { 0 };
    int from = 77;
    assert_int_equal(
        yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, &from, NULL, &err),
        YJ_E_DB);
    assert_int_equal(yj_status_exit(YJ_E_DB), 3);
    assert_non_null(strstr(err.msg, "laid out by another state of this program"));
    assert_non_null(strstr(err.msg, "export its registers with the program that made it"));
    assert_non_null(strstr(err.msg_zh, "请用建立它的程序导出台账"));
    assert_int_equal(from, 77);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_READ);
    yj_error again = { 0 };
    assert_int_equal(yj_db_check_layout(db, yj_schema_migrations, yj_schema_migration_count, &again),
                     YJ_E_DB);
    assert_string_equal(again.msg, err.msg);
}

static void refuse_earlier(void **state, size_t which)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    char *sql = edited(earlier[which].now, earlier[which].then);
    const yj_migration then[] = { { 1, "the base tables", sql } };
    yj_ok(yj_store_migrate(t->store, then, 1, NULL, NULL, &err));
    yj_ok(yj_store_migrate(t->store, then, 1, NULL, NULL, &err)); /* of its own program */
    check_refused(t);
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_test_script(db, "DELETE FROM meta WHERE key = 'layout'"); /* as programs made it that kept none */
    yj_db_free(db);
    check_refused(t);
    db = yj_test_db(t, YJ_DB_READ);
    assert_int_equal(yj_test_number(db, LAYOUTS), 0);
    yj_db_free(db);
    free(sql);
}

static void layout__with_a_column_less_is_refused(void **state)
{
    refuse_earlier(state, 0);
}
static void layout__with_a_column_more_is_refused(void **state)
{
    refuse_earlier(state, 1);
}
static void layout__with_another_type_is_refused(void **state)
{
    refuse_earlier(state, 2);
}
static void layout__with_another_name_is_refused(void **state)
{
    refuse_earlier(state, 3);
}
static void layout__with_a_table_less_is_refused(void **state)
{
    refuse_earlier(state, 4);
}

/* A store of just the first layout that does not say so: it is looked at, and says so from then on. Later
 * ones always do. */
static void layout__that_is_not_said_is_looked_at_once(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, 1, NULL, NULL, &err));
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    char *said = yj_test_rows(db, "SELECT value FROM meta WHERE key = 'layout'");
    assert_int_equal(strlen(said), 33);
    yj_test_script(db, "DELETE FROM meta WHERE key = 'layout'; CREATE TABLE r_thing(id TEXT) STRICT;"
                       "CREATE TABLE some_other(id TEXT) STRICT");
    yj_ok(yj_db_check_layout(db, yj_schema_migrations, 1, &err));
    assert_int_equal(yj_test_number(db, LAYOUTS), 0);
    yj_db_free(db);
    for (int i = 0; i < 2; i++)
        yj_ok(yj_store_migrate(t->store, yj_schema_migrations, 1, NULL, NULL, &err));
    db = yj_test_db(t, YJ_DB_WRITE);
    char *again = yj_test_rows(db, "SELECT value FROM meta WHERE key = 'layout'");
    assert_string_equal(again, said);
    yj_db_free(db);
    free(said);
    free(again);
}

/* A store of the first step gets the later ones and goes on. */
static void layout__of_the_first_step_is_brought_up(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    int from = 0, to = 0;
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, 1, NULL, NULL, &err));
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, &from, &to, &err));
    assert_int_equal(from, 1);
    assert_int_equal(to, yj_schema_migration_count);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_READ);
    yj_ok(yj_db_check_layout(db, yj_schema_migrations, yj_schema_migration_count, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM account"), 0);
}

/* How the text is broken into lines is no part of the layout; what follows the first version is. */
static void layout__is_that_of_all_steps_up_to_the_version(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    const yj_migration spaced[] = {
        { 1, "first",
          "CREATE TABLE a(id INTEGER PRIMARY KEY,\n    name TEXT) STRICT;\nINSERT INTO a(id, name) VALUES(1, "
          "'kept')" },
        three[1],
        three[2],
    };
    const yj_migration other[] = { three[0],
                                   { 2, "second", "CREATE TABLE c(id INTEGER PRIMARY KEY) STRICT" },
                                   three[2] };
    yj_ok(yj_store_migrate(t->store, three, 2, NULL, NULL, &err));
    yj_ok(yj_store_migrate(t->store, spaced, 2, NULL, NULL, &err));
    const yj_migration renamed[] = { three[0], { 2, "second, filled otherwise", three[1].sql } };
    assert_int_equal(yj_store_migrate(t->store, renamed, 2, NULL, NULL, &err), YJ_E_DB);
    assert_int_equal(yj_store_migrate(t->store, other, 3, NULL, NULL, &err),
                     YJ_E_DB); /* and not built upon */
    yj_ok(yj_store_migrate(t->store, spaced, 3, NULL, NULL, &err));
    assert_int_equal(yj_store_migrate(t->store, other, 3, NULL, NULL, &err), YJ_E_DB);
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_test_script(db, "DELETE FROM meta WHERE key = 'layout'"); /* of a version that always says it */
    yj_db_free(db);
    assert_int_equal(yj_store_migrate(t->store, three, 3, NULL, NULL, &err), YJ_E_DB);
}

/* --- copies --------------------------------------------------------------------------------------------- */

typedef struct writer {
    yj_test_store *t;
    atomic_bool stop, failed;
    atomic_long written;
} writer;

static void *keep_writing(void *arg)
{
    writer *w = arg;
    yj_error err = { 0 };
    yj_db *db = NULL;
    bool good = yj_db_open(w->t->store, YJ_DB_WRITE, &db, &err) == YJ_OK;
    while (good && !atomic_load(&w->stop)) {
        good = yj_db_begin(db, YJ_DB_WRITE, &err) == YJ_OK &&
               yj_db_script(db, "INSERT INTO a(name) VALUES('x'); INSERT INTO a(name) VALUES('y')", &err) ==
                   YJ_OK &&
               yj_db_commit(db, &err) == YJ_OK;
        atomic_fetch_add(&w->written, 1);
    }
    atomic_store(&w->failed, !good);
    yj_db_free(db);
    return NULL;
}

static void copy__is_consistent_while_a_writer_goes_on(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, three, 3, NULL, NULL, &err));
    writer w = { .t = t };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, keep_writing, &w), 0);
    while (atomic_load(&w.written) < 50)
        ;
    for (int i = 0; i < 5; i++) {
        char path[256], url[300];
        snprintf(path, sizeof path, "%s/copy%d", t->dir, i);
        snprintf(url, sizeof url, "sqlite:%s", path);
        yj_ok(yj_store_copy(t->store, path, &err));
        yj_store *copy = NULL;
        yj_db *db = NULL;
        yj_ok(yj_store_open(url, &copy, &err));
        yj_ok(yj_db_open(copy, YJ_DB_WRITE, &db, &err));
        int64_t n = yj_test_number(db, "SELECT count(*) FROM a");
        assert_true(n > 100 && n % 2 == 1); /* one row from the migration, then pairs */
        char *check = yj_test_rows(db, "PRAGMA integrity_check");
        assert_string_equal(check, "ok\n");
        free(check);
        yj_db_free(db);
        yj_store_free(copy);
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    assert_false(atomic_load(&w.failed));
}

static void copy__never_overwrites(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    char path[256];
    yj_ok(yj_store_migrate(t->store, three, 3, NULL, NULL, &err));
    snprintf(path, sizeof path, "%s/copy", t->dir);
    yj_ok(yj_store_copy(t->store, path, &err));
    assert_int_equal(yj_store_copy(t->store, path, &err), YJ_E_CONFLICT);
    snprintf(path, sizeof path, "%s/no/folder/copy", t->dir);
    assert_int_equal(yj_store_copy(t->store, path, &err), YJ_E_DB);
}

static void copy__is_sqlite_only(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    assert_int_equal(yj_store_copy(t->store, "/tmp/never", &err), YJ_E_DB);
}

/* --- portable SQL --------------------------------------------------------------------------------------- */

static void translate__table_of_cases(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        int params;
        uint64_t untypable;
    } rows[] = {
        { "SELECT 1", "SELECT 1", 0, 0 },
        { "SELECT ?1, ?12 FROM t", "SELECT $1, $12 FROM t", 12, 0 },
        { "SELECT '?1', \"?2\", ?3", "SELECT '?1', \"?2\", $3", 3, 0 },
        { "SELECT 'it''s ?1' || ?1", "SELECT 'it''s ?1' || $1", 1, 0 },
        { "SELECT ?1 -- ?2 'quote\n, ?3", "SELECT $1 -- ?2 'quote\n, $3", 3, 0 },
        { "SELECT /* ?1 ' */ ?2", "SELECT /* ?1 ' */ $2", 2, 0 },
        { "SELECT CAST(?1 AS INTEGER), CAST(x AS TEXT)", "SELECT CAST($1 AS BIGINT), CAST(x AS TEXT)", 1, 0 },
        { "SELECT 1 WHERE ?2 IS NULL OR ?1 = 2 AND ?3 is not null",
          "SELECT 1 WHERE $2 IS NULL OR $1 = 2 AND $3 is not null", 3, 6 },
        { "SELECT * FROM blob", "SELECT * FROM blob", 0, 0 },
        { "CREATE TABLE blob(a INTEGER NOT NULL, text TEXT, c BLOB, PRIMARY KEY(a)) STRICT, WITHOUT ROWID",
          "CREATE TABLE blob(a BIGINT NOT NULL, text TEXT COLLATE \"C\", c BYTEA, PRIMARY KEY(a))", 0, 0 },
        { "CREATE TABLE t(a TEXT DEFAULT 'TEXT (', n INTEGER CHECK(n IN (1,2))) STRICT",
          "CREATE TABLE t(a TEXT COLLATE \"C\" DEFAULT 'TEXT (', n BIGINT CHECK(n IN (1,2)))", 0, 0 },
        { "ALTER TABLE t ADD COLUMN c TEXT", "ALTER TABLE t ADD COLUMN c TEXT COLLATE \"C\"", 0, 0 },
        { "SELECT '\xe4\xba\x91' AS \xe9\x89\xb4", "SELECT '\xe4\xba\x91' AS \xe9\x89\xb4", 0, 0 },
        { "SELECT 'open", "SELECT 'open", 0, 0 },
        { "/* open", "/* open", 0, 0 },
        { "--", "--", 0, 0 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err = { 0 };
        yj_buf out;
        int params = -1;
        uint64_t untypable = 77;
        yj_buf_init(&out, 4096);
        yj_ok(yj_pg_translate(yj_span_of(rows[i].in), &out, &params, &untypable, &err));
        assert_string_equal(out.ptr, rows[i].out);
        assert_int_equal(params, rows[i].params);
        assert_true(untypable == rows[i].untypable);
        yj_buf_done(&out);
    }
    static const char *const bad[] = { "SELECT ?0", "SELECT ?100", "SELECT ?99999999999999999999",
                                       "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        yj_buf out;
        int params = 0;
        uint64_t untypable = 0;
        yj_buf_init(&out, 4096);
        assert_int_equal(yj_pg_translate(yj_span_of(bad[i]), &out, &params, &untypable, &err), YJ_E_DB);
        yj_buf_done(&out);
    }
}

static void next_statement__table_of_cases(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* statements joined by '#' */
    } rows[] = {
        { "", "" },
        { " ;; -- nothing\n ;", "" },
        { "a; b ;c", "a#b #c" },
        { "SELECT ';' ; -- a ; b\n SELECT \";\"", "SELECT ';' #SELECT \";\"" },
        { "CREATE TRIGGER x BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'a;b'); END; SELECT 1",
          "CREATE TRIGGER x BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'a;b'); END#SELECT 1" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_span script = yj_span_of(rows[i].in), one;
        yj_buf out;
        yj_buf_init(&out, 4096);
        yj_buf_str(&out, "");
        while ((one = yj_sql_next_statement(&script)).len) {
            if (out.len)
                yj_buf_char(&out, '#');
            yj_buf_span(&out, one);
        }
        assert_string_equal(out.ptr, rows[i].out);
        yj_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(migrate__goes_step_by_step_and_is_idempotent),
        yj_test_stores(migrate__the_version_is_read_and_nothing_made),
        yj_test_stores(migrate__a_newer_store_is_refused),
        yj_test_stores(migrate__what_is_no_store_is_refused),
        yj_test_stores(migrate__a_failed_step_leaves_nothing),
        yj_test_sqlite_only(migrate__sqlite_store_is_copied_before),
        yj_test_sqlite_only(migrate__damaged_file_is_told),
        yj_test_stores(migrate__several_servers_may_start_at_once),
        yj_test_sqlite_only(migrate__several_servers_may_make_one_file_at_once),
        yj_test_stores(migrate__the_programs_own_tables_fit_both_engines),
        yj_test_stores(layout__with_a_column_less_is_refused),
        yj_test_stores(layout__with_a_column_more_is_refused),
        yj_test_stores(layout__with_another_type_is_refused),
        yj_test_stores(layout__with_another_name_is_refused),
        yj_test_stores(layout__with_a_table_less_is_refused),
        yj_test_stores(layout__that_is_not_said_is_looked_at_once),
        yj_test_stores(layout__of_the_first_step_is_brought_up),
        yj_test_stores(layout__is_that_of_all_steps_up_to_the_version),
        yj_test_sqlite_only(copy__is_consistent_while_a_writer_goes_on),
        yj_test_sqlite_only(copy__never_overwrites),
        yj_test_postgres_only(copy__is_sqlite_only),
        cmocka_unit_test(translate__table_of_cases),
        cmocka_unit_test(next_statement__table_of_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
