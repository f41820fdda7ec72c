// SPDX-License-Identifier: Apache-2.0
/* Rules running behind their fences, on both engines. */
#include "kinds.h"
#include "pg.h"

#include "store/confine_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const yj_workday holidays[] = {
    { { "2026-10-01" }, false },
    { { "2026-10-02" }, false },
    { { "2026-10-10" }, true }, /* a Saturday made up */
};

static yj_scope scope_of(int64_t inst)
{
    return (
        yj_scope){ .inst = inst, .today = { "2026-11-22" }, .workdays = { holidays, YJ_COUNT(holidays) } };
}

static yj_db *ready(void **state, int64_t inst)
{
    yj_error err = { 0 };
    yj_db *db = kinds_db(*state, true);
    yj_scope scope = scope_of(inst);
    yj_ok(yj_confine_setup(db, kinds, KIND_COUNT, &err));
    yj_ok(yj_confine_scope(db, &scope, &err));
    return db;
}

/** A row as text: cells separated by '|', NULL as "-". */
static yj_status collect(void *ctx, yj_stmt *row, yj_error *err)
{
    yj_buf *out = ctx;
    for (int i = 0; i < yj_stmt_columns(row); i++) {
        if (i)
            yj_buf_char(out, '|');
        if (yj_col_null(row, i))
            yj_buf_char(out, '-');
        else
            yj_buf_span(out, yj_col_text(row, i));
    }
    yj_buf_char(out, '\n');
    return yj_buf_status(out, err);
}

typedef yj_status (*run_fn)(yj_db *, const char *, const yj_rule_param *, size_t, const char *const *, size_t,
                            yj_rule_limits, yj_rule_row_fn, void *, yj_error *);

static yj_status run_as_text(run_fn fn, yj_db *db, const char *sql, char **ret, yj_error *err)
{
    static const char *const subjects[] = { "s1", "s2" };
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_buf_str(&out, "");
    yj_rule_limits limits = YJ_RULE_LIMITS_DEFAULT;
    if (fn == yj_confine_run_anything)
        limits.max_ms = 300;
    yj_status s = fn(db, sql, NULL, 0, subjects, 2, limits, collect, &out, err);
    *ret = strdup(out.ptr);
    yj_buf_done(&out);
    return s;
}

static void assert_rule(yj_db *db, const char *sql, const char *expected)
{
    yj_error err = { 0 };
    char *got = NULL;
    yj_status s = run_as_text(yj_confine_run, db, sql, &got, &err);
    if (s != YJ_OK)
        fail_msg("%s\n%s %s", sql, err.field, err.msg);
    if (strcmp(got, expected) != 0)
        print_error("%s\n", sql);
    assert_string_equal(got, expected);
    free(got);
}

/* --- what a rule sees -------------------------------------------------------------------------------------
 */

static void run__sees_the_rows_of_the_institution_in_scope(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    assert_rule(db, "SELECT id, name, level, provider, state, version FROM system ORDER BY id",
                "s1|Trading|3|p1|active|1\ns2|Mail|1|p1|active|2\n"); /* not withdrawn, not erased */
    assert_rule(db, "SELECT id, value FROM system_tags ORDER BY value", "s1|core\ns1|money\n");
    assert_rule(db, "SELECT id, value FROM system_ports ORDER BY value", "s2|25\ns2|5000000000\n");
    assert_rule(db,
                "SELECT s.id, t.topic FROM subject s JOIN contract c ON c.system = s.id"
                " JOIN contract_term t ON t.contract = c.id ORDER BY t.topic",
                "s1|audit\ns1|exit\n");
    assert_rule(db, "SELECT id, title FROM entry", "e1|a title\n"); /* the kind, not the table of that name */
    assert_rule(db, "SELECT count(*) AS n FROM empty_kind", "0\n");
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM entry"), 0); /* and the table, not the kind */

    yj_scope other = scope_of(2);
    yj_ok(yj_confine_scope(db, &other, &err));
    assert_rule(db, "SELECT id, name FROM system", "t1|Secret of the other\n");
    assert_rule(db, "SELECT id, value FROM system_tags", "t1|hidden\n");
    yj_scope nobody = scope_of(77);
    yj_ok(yj_confine_scope(db, &nobody, &err));
    assert_rule(db, "SELECT id FROM system UNION SELECT id FROM contract_term", "");
}

static void run__hands_over_subjects_and_parameters(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    static const char *const odd[] = { "a'b", "\"quoted\"", "\\", "\xe4\xba\x91\xe9\x89\xb4", "", "{}" };
    static const yj_rule_param params[] = {
        { "word", "it's :n", false },
        { "n", "5000000000", true },
        { "unused", NULL, false },
        { "nil", NULL, false },
    };
    yj_buf out;
    yj_buf_init(&out, 4096);
    yj_ok(yj_confine_run(
        db, "SELECT s.id, :word AS w, :n + 1 AS n, :nil AS nil, ':n' AS t FROM subject s ORDER BY s.id",
        params, YJ_COUNT(params), odd, YJ_COUNT(odd), YJ_RULE_LIMITS_DEFAULT, collect, &out, &err));
    assert_string_equal(
        out.ptr, "|it's :n|5000000001|-|:n\n\"quoted\"|it's :n|5000000001|-|:n\n\\|it's :n|5000000001|-|:n\n"
                 "a'b|it's :n|5000000001|-|:n\n{}|it's :n|5000000001|-|:n\n"
                 "\xe4\xba\x91\xe9\x89\xb4|it's :n|5000000001|-|:n\n");
    yj_buf_clear(&out);
    yj_ok(yj_confine_run(db, "SELECT id FROM subject", NULL, 0, NULL, 0, YJ_RULE_LIMITS_DEFAULT, collect,
                         &out, &err));
    assert_int_equal(out.len, 0);
    assert_int_equal(yj_confine_run(db, "SELECT :missing AS m", NULL, 0, odd, 1, YJ_RULE_LIMITS_DEFAULT,
                                    collect, &out, &err),
                     YJ_E_INVALID);
    static const yj_rule_param not_number[] = { { "n", "five", true } };
    assert_int_equal(yj_confine_run(db, "SELECT :n AS n", not_number, 1, odd, 1, YJ_RULE_LIMITS_DEFAULT,
                                    collect, &out, &err),
                     YJ_E_INVALID);
    /* the same text, the parameter a text this time */
    static const yj_rule_param as_text[] = { { "n", "five", false } };
    yj_ok(yj_confine_run(db, "SELECT :n AS n", as_text, 1, odd, 1, YJ_RULE_LIMITS_DEFAULT, collect, &out,
                         &err));
    assert_string_equal(out.ptr, "five\n");
    yj_buf_done(&out);
}

static void run__sees_uncommitted_changes_and_leaves_the_transaction_alone(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    char *user = yj_db_engine(db) == YJ_ENGINE_POSTGRES
                     ? yj_test_rows(db, "SELECT current_user || current_setting('search_path')")
                     : strdup("");
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_test_script(db, "UPDATE r_system SET f_name = 'Renamed' WHERE id = 's1'");
    yj_ok(yj_db_savepoint(db, &err));
    yj_test_script(db, "UPDATE r_system SET f_name = 'Twice' WHERE id = 's1'");
    assert_rule(db, "SELECT name FROM system WHERE id = 's1'", "Twice\n");
    char *got = NULL;
    assert_int_not_equal(run_as_text(yj_confine_run, db, "SELECT nofield FROM system", &got, &err), YJ_OK);
    free(got);
    assert_int_not_equal(
        run_as_text(yj_confine_run_anything, db, "SELECT count(*) FROM r_system", &got, &err), YJ_OK);
    free(got);
    yj_ok(yj_db_savepoint_undo(db, &err));
    assert_rule(db, "SELECT name FROM system WHERE id = 's1'",
                "Renamed\n");                                              /* also the scope is still there */
    yj_test_script(db, "UPDATE r_system SET f_level = 9 WHERE id = 's1'"); /* writing goes on */
    if (yj_db_engine(db) == YJ_ENGINE_POSTGRES) {
        char *now = yj_test_rows(db, "SELECT current_user || current_setting('search_path')");
        assert_string_equal(now, user);
        free(now);
        assert_int_equal(
            yj_test_number(db, "SELECT CASE WHEN current_setting('statement_timeout') = '0' THEN 1 END"), 1);
    }
    yj_ok(yj_db_commit(db, &err));
    assert_rule(db, "SELECT name, level FROM system WHERE id = 's1'", "Renamed|9\n");
    free(user);
}

static void scope__holds_whatever_is_rolled_back(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_scope two = scope_of(2), one = scope_of(1);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_db_savepoint(db, &err));
    yj_ok(yj_confine_scope(db, &two, &err));
    assert_rule(db, "SELECT id FROM system", "t1\n");
    yj_ok(yj_db_savepoint_undo(db, &err));
    assert_rule(db, "SELECT id FROM system", "t1\n");
    yj_db_rollback(db);
    assert_rule(db, "SELECT id FROM system", "t1\n");
    /* in a transaction that only reads */
    yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_system"), 5);
    yj_ok(yj_confine_scope(db, &one, &err));
    assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n");
    yj_ok(yj_confine_scope(db, &two, &err));
    assert_rule(db, "SELECT id FROM system", "t1\n");
    yj_ok(yj_db_commit(db, &err));
    assert_rule(db, "SELECT id FROM system", "t1\n");
}

static void run__works_on_a_reading_connection(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_auto(yj_db_freep) yj_db *reader = yj_test_db(*state, YJ_DB_READ);
    yj_scope two = scope_of(2);
    yj_ok(yj_confine_setup(reader, kinds, KIND_COUNT, &err));
    yj_ok(yj_confine_scope(reader, &two, &err));
    assert_rule(reader, "SELECT id FROM system", "t1\n");
    assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n"); /* each connection its own scope */
    yj_ok(yj_db_begin(reader, YJ_DB_READ, &err));
    assert_rule(reader, "SELECT id FROM system", "t1\n");
    yj_test_script(db, "UPDATE r_system SET state = 'withdrawn' WHERE inst = 2");
    assert_rule(reader, "SELECT id FROM system", "t1\n"); /* the snapshot */
    yj_ok(yj_db_commit(reader, &err));
    assert_rule(reader, "SELECT id FROM system", "");
    assert_int_equal(yj_db_script(reader, "DELETE FROM r_system", &err), YJ_E_DB);
}

/** A batch that replaces s1 opens and closes; what rules see of it, with the statements they had before too.
 */
static void assert_batch_shows_when_it_closes(yj_db *db)
{
    static const char name[] = "SELECT name FROM system WHERE id = 's1'";
    static const char tags[] = "SELECT value FROM system_tags ORDER BY value";
    static const char joined[] =
        "SELECT s.name, t.value FROM system s LEFT JOIN system_tags t ON t.id = s.id "
        "WHERE s.id = 's1' ORDER BY t.value";
    assert_rule(db, name, "Trading\n");
    assert_rule(db, tags, "core\nmoney\n");
    assert_rule(db, joined, "Trading|core\nTrading|money\n");
    yj_test_script(db,
                   "INSERT INTO open_batch(id) VALUES(7);"
                   "UPDATE r_system SET until_batch = 7 WHERE id = 's1';"
                   "INSERT INTO r_system(inst, id, batch, until_batch, version, seq, state, erased, f_name)"
                   " VALUES(1, 's1', 7, 0, 2, 20, 'active', 0, 'New');"
                   "INSERT INTO l_system_tags(inst, id, batch, ord, value) VALUES(1, 's1', 7, 0, 'newtag')");
    assert_rule(db, name, "Trading\n");
    assert_rule(db, tags, "core\nmoney\n");
    assert_rule(db, joined, "Trading|core\nTrading|money\n");
    yj_test_script(db, "DELETE FROM open_batch");
    assert_rule(db, name, "New\n");
    assert_rule(db, tags, "newtag\n");
    assert_rule(db, joined, "New|newtag\n");
}

static void run__shows_batches_when_they_close(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    assert_batch_shows_when_it_closes(db);
    yj_db_rollback(db);
    assert_batch_shows_when_it_closes(db);
}

static void setup__again_after_the_kinds_changed(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    assert_rule(db, "SELECT id FROM entry", "e1\n");
    static const yj_kind_column columns[] = { { .name = "title" }, { .name = "pages", .is_integer = true } };
    yj_kind_table next[KIND_COUNT];
    memcpy(next, kinds, sizeof kinds);
    next[3] = (yj_kind_table){ "entry", columns, 2 };
    next[4] = (yj_kind_table){ "shelf", NULL, 0 };
    yj_ok(yj_kind_tables_sync(db, next, KIND_COUNT, &err));
    yj_ok(yj_confine_setup(db, next, KIND_COUNT, &err));
    assert_rule(db, "SELECT id, pages FROM entry", "e1|-\n");
    assert_rule(db, "SELECT count(*) AS n FROM shelf", "0\n");
    char *got = NULL;
    assert_int_not_equal(run_as_text(yj_confine_run, db, "SELECT id FROM empty_kind", &got, &err), YJ_OK);
    free(got);
}

static void setup__again_after_a_rebuild(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    assert_rule(db, "SELECT id FROM entry", "e1\n");
    yj_ok(yj_kind_tables_drop(db, &err));
    yj_ok(yj_kind_tables_sync(db, kinds, KIND_COUNT, &err));
    yj_ok(yj_confine_setup(db, kinds, KIND_COUNT, &err));
    assert_rule(db, "SELECT id FROM entry", "");
    yj_test_script(db, kind_rows);
    assert_rule(db, "SELECT id FROM entry", "e1\n");
}

static yj_status stop_at_second(void *ctx, yj_stmt *row, yj_error *err)
{
    int *calls = ctx;
    return ++*calls == 2 ? yj_fail(err, YJ_E_STALE, "enough: %s", yj_stmt_column_name(row, 0)) : YJ_OK;
}

static yj_status query_inside(void *ctx, yj_stmt *row, yj_error *err)
{
    yj_db *db = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool found = false;
    YJ_TRY(yj_db_prepare(
        db, "INSERT INTO judged(inst, upto, today, packs) VALUES(?1, 0, '', '') RETURNING inst", &st, err));
    yj_bind_i64(st, 1, yj_col_i64(row, 1));
    YJ_TRY(yj_stmt_step(st, &found, err));
    return found ? YJ_OK : YJ_E_DB;
}

static void run__row_function_may_stop_and_may_use_the_connection(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    static const char *const subjects[] = { "a", "b", "c" };
    int calls = 0;
    assert_int_equal(yj_confine_run(db, "SELECT id FROM subject", NULL, 0, subjects, 3,
                                    YJ_RULE_LIMITS_DEFAULT, stop_at_second, &calls, &err),
                     YJ_E_STALE);
    assert_string_equal(err.msg, "enough: id");
    assert_int_equal(calls, 2);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_confine_run(db, "SELECT id, count(*) AS n FROM subject WHERE id = 'a' GROUP BY id", NULL, 0,
                         subjects, 3, YJ_RULE_LIMITS_DEFAULT, query_inside, db, &err));
    yj_ok(yj_db_commit(db, &err));
    assert_int_equal(yj_test_number(db, "SELECT inst FROM judged"), 1);
}

/* --- the language ------------------------------------------------------------------------------------------
 */

static void dates__one_table_of_cases(void **state)
{
    static const struct {
        const char *call, *result; /* NULL: NULL */
    } rows[] = {
        { "yj_today()", "2026-11-22" },
        { "yj_add_months('2024-01-31', 1)", "2024-02-29" },
        { "yj_add_months('2023-01-31', 1)", "2023-02-28" },
        { "yj_add_months('2024-02-29', 12)", "2025-02-28" },
        { "yj_add_months('2024-02-29', 48)", "2028-02-29" },
        { "yj_add_months('2024-03-31', -1)", "2024-02-29" },
        { "yj_add_months('2024-10-31', 1)", "2024-11-30" },
        { "yj_add_months('2024-12-15', 1)", "2025-01-15" },
        { "yj_add_months('2025-01-15', -1)", "2024-12-15" },
        { "yj_add_months('1900-02-28', 1200)", "2000-02-28" },
        { "yj_add_months('2000-02-29', 1200)", "2100-02-28" },
        { "yj_add_months('2024-05-05', 0)", "2024-05-05" },
        { "yj_add_months('9999-12-31', 1)", NULL },
        { "yj_add_months('9999-11-30', 1)", "9999-12-30" },
        { "yj_add_months('0001-01-31', -1)", NULL },
        { "yj_add_months('0001-02-01', -1)", "0001-01-01" },
        { "yj_add_months('0001-01-01', 119987)", "9999-12-01" },
        { "yj_add_months('2024-01-01', 9223372036854775807)", NULL },
        { "yj_add_months('2024-01-01', -9223372036854775807)", NULL },
        { "yj_add_months(NULL, 1)", NULL },
        { "yj_add_months('2024-01-01', NULL)", NULL },
        { "yj_add_months('2023-02-29', 1)", NULL },
        { "yj_add_months('2024-1-1', 1)", NULL },
        { "yj_add_months('2024-13-01', 1)", NULL },
        { "yj_add_months('2024-00-01', 1)", NULL },
        { "yj_add_months('2024-04-31', 1)", NULL },
        { "yj_add_months('2024-01-00', 1)", NULL },
        { "yj_add_months('0000-01-01', 1)", NULL },
        { "yj_add_months('2024-01-01 ', 1)", NULL },
        { "yj_add_months('2024/01/01', 1)", NULL },
        { "yj_add_months('20240101', 1)", NULL },
        { "yj_add_months('', 1)", NULL },
        { "yj_add_days('2024-02-28', 1)", "2024-02-29" },
        { "yj_add_days('2023-02-28', 1)", "2023-03-01" },
        { "yj_add_days('2024-12-31', 1)", "2025-01-01" },
        { "yj_add_days('2025-01-01', -1)", "2024-12-31" },
        { "yj_add_days('1900-02-28', 1)", "1900-03-01" },
        { "yj_add_days('0001-01-01', 3652058)", "9999-12-31" },
        { "yj_add_days('0001-01-01', 3652059)", NULL },
        { "yj_add_days('9999-12-31', -3652058)", "0001-01-01" },
        { "yj_add_days('0001-01-01', -1)", NULL },
        { "yj_add_days('2024-01-01', 9223372036854775807)", NULL },
        { "yj_add_days('nonsense', 1)", NULL },
        { "yj_add_days('2024-01-01', NULL)", NULL },
        { "yj_days_between('2024-02-28', '2024-03-01')", "2" },
        { "yj_days_between('2024-03-01', '2024-02-28')", "-2" },
        { "yj_days_between('2024-03-01', '2024-03-01')", "0" },
        { "yj_days_between('0001-01-01', '9999-12-31')", "3652058" },
        { "yj_days_between('2024-03-01', NULL)", NULL },
        { "yj_days_between('2024-02-30', '2024-03-01')", NULL },
        /* 2026-10-01 is a Thursday; the 1st and 2nd are off, Saturday the 10th is worked */
        { "yj_add_workdays('2026-09-30', 1)", "2026-10-05" },
        { "yj_add_workdays('2026-09-30', 5)", "2026-10-09" },
        { "yj_add_workdays('2026-09-30', 6)", "2026-10-10" },
        { "yj_add_workdays('2026-09-30', 7)", "2026-10-12" },
        { "yj_add_workdays('2026-10-05', -1)", "2026-09-30" },
        { "yj_add_workdays('2026-10-11', -1)", "2026-10-10" },
        { "yj_add_workdays('2026-11-22', 0)", "2026-11-22" },
        { "yj_add_workdays('2026-11-22', 1)", "2026-11-23" },
        { "yj_add_workdays('2026-11-20', 1)", "2026-11-23" },
        { "yj_add_workdays('2024-01-01', 10000)", "2062-05-01" },
        { "yj_add_workdays('2024-01-01', 10001)", NULL },
        { "yj_add_workdays('2024-01-01', -10001)", NULL },
        { "yj_add_workdays('9999-12-31', 1)", NULL },
        { "yj_add_workdays('0001-01-01', -1)", NULL },
        { "yj_add_workdays('2024-02-30', 1)", NULL },
        { "yj_add_workdays(NULL, 1)", NULL },
    };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char sql[160], expected[32];
        snprintf(sql, sizeof sql, "SELECT %s AS d", rows[i].call);
        snprintf(expected, sizeof expected, "%s\n", rows[i].result ? rows[i].result : "-");
        if (strstr(rows[i].call, "10000)")) /* the one with holidays in between */
            snprintf(sql, sizeof sql, "SELECT CASE WHEN %s IS NULL THEN 'no' ELSE '%s' END AS d",
                     rows[i].call, rows[i].result);
        assert_rule(db, sql, expected);
    }
}

static void language__both_engines_agree(void **state)
{
    static const struct {
        const char *sql, *rows;
    } rows[] = {
        { "SELECT 7 / 2 AS a, -7 / 2 AS b, -7 % 3 AS c, 2 * 3 - 1 AS d", "3|-3|-1|5\n" },
        { "SELECT sum(level) / 3 AS a, sum(level) AS b, count(*) AS n, min(name) AS c, max(name) AS d FROM "
          "system",
          "1|4|2|Mail|Trading\n" },
        { "SELECT sum(amount) / 2 AS h FROM contract", "2500000003\n" },
        { "SELECT sum(level) AS s, count(level) AS n FROM system WHERE level > 99", "-|0\n" },
        { "SELECT lower('ABC\xc3\x84') AS a, upper('abc\xc3\xa4') AS b, trim('  x ') AS c, trim('xxaxx', "
          "'x') AS d",
          "abc\xc3\x84|ABC\xc3\xa4|x|a\n" },
        { "SELECT length('\xe4\xba\x91\xe9\x89\xb4') AS a, length('') AS b, length(NULL) AS c, abs(-5) AS d",
          "2|0|-|5\n" },
        { "SELECT substr('abcdef', 2) AS a, substr('abcdef', 2, 3) AS b, substr('abcdef', -2) AS c, "
          "substr('abcdef', 0, 2) AS d,"
          " substr('abcdef', 3, -2) AS e, substr('abcdef', -9, 5) AS f, substr('abcdef', 9) AS g, "
          "substr('abcdef', 0) AS h,"
          " substr('abcdef', 4, 99) AS i, substr('abcdef', 2, 0) AS j, substr('\xe4\xba\x91\xe9\x89\xb4', 2, "
          "1) AS k,"
          " substr('abcdef', -3, 2) AS l, substr('abcdef', 1, -1) AS m, substr(NULL, 1) AS n",
          "bcdef|bcd|ef|a|ab|ab||abcdef|def||\xe9\x89\xb4|de||-\n" },
        { "SELECT substr(name, level) AS a, substr(name, level, level) AS b FROM system ORDER BY id",
          "ading|adi\nMail|M\n" },
        { "SELECT CAST('12abc' AS INTEGER) AS a, CAST('abc' AS INTEGER) AS b, CAST(' -7' AS INTEGER) AS c, "
          "CAST('' AS INTEGER)"
          " AS d, CAST(level AS TEXT) || 'x' AS e, CAST(CAST('5000000000' AS INTEGER) + 1 AS TEXT) AS f,"
          " CAST(NULL AS INTEGER) AS g, CAST('99999999999999999999' AS INTEGER) AS h FROM system WHERE level "
          "= 3",
          "12|0|-7|0|3x|5000000001|-|9223372036854775807\n" },
        { "SELECT 'a' LIKE 'A' AS a, 'abc' LIKE 'a%' AS b, 'a%c' LIKE 'a!%c' ESCAPE '!' AS c, 'abc' LIKE "
          "'a_c' AS d",
          "0|1|1|1\n" },
        { "SELECT name FROM system WHERE name < 'a' ORDER BY name", "Mail\nTrading\n" },
        { "SELECT replace('aXbX', 'X', '--') AS a, coalesce(NULL, 'z') AS b, nullif('a', 'a') AS c, 'a' || "
          "'b' AS d",
          "a--b--|z|-|ab\n" },
        { "SELECT CASE WHEN level > 2 THEN 'high' ELSE 'low' END AS c, count(*) AS n FROM system GROUP BY "
          "CASE WHEN level > 2"
          " THEN 'high' ELSE 'low' END HAVING count(*) > 0 ORDER BY c",
          "high|1\nlow|1\n" },
        { "SELECT EXISTS (SELECT 1 FROM system WHERE level = 3) AS a, 3 IN (SELECT level FROM system) AS b,"
          " NULL IS NULL AS c, 1 IS DISTINCT FROM NULL AS d, 5 BETWEEN 1 AND 5 AS e",
          "1|1|1|1|1\n" },
        { "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT sum(i) AS s "
          "FROM n",
          "5050\n" },
        { "SELECT s.id, c.id AS c FROM subject s LEFT JOIN contract c ON c.system = s.id AND c.amount > 100 "
          "ORDER BY s.id",
          "s1|c1\ns2|-\n" },
        { "SELECT a.id FROM subject a CROSS JOIN subject b WHERE a.id = b.id -- a comment at the end",
          "s1\ns2\n" },
        { "SELECT DISTINCT provider FROM system", "p1\n" },
        { "SELECT count(*) AS n FROM contract_term WHERE page + page > 50 AND NOT (topic = 'exit')", "1\n" },
    };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = NULL;
    yj_error err = { 0 };
    yj_ok(yj_rule_checker_new(kinds, KIND_COUNT, &k, &err));
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_rule_shape shape = { 0 };
        yj_status s = yj_rule_sql_check(k, yj_span_of(rows[i].sql), NULL, 0, &shape, &err);
        if (s != YJ_OK)
            fail_msg("%s\n%s %s", rows[i].sql, err.field, err.msg);
        yj_rule_shape_done(&shape);
        assert_rule(db, rows[i].sql, rows[i].rows);
    }
}

/* --- limits
 * ------------------------------------------------------------------------------------------------- */

static yj_status count_rows(void *ctx, yj_stmt *row, yj_error *err)
{
    (void)row;
    (void)err;
    ++*(int64_t *)ctx;
    return YJ_OK;
}

#define NUMBERS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "

static void limits__rows_and_time(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    int64_t rows = 0;
    yj_rule_limits ten = { .max_rows = 10, .max_ms = 60000 }, quick = { .max_rows = 1000, .max_ms = 150 };
    yj_ok(yj_confine_run(db, NUMBERS "10) SELECT i FROM n", NULL, 0, NULL, 0, ten, count_rows, &rows, &err));
    assert_int_equal(rows, 10);
    rows = 0;
    assert_int_equal(
        yj_confine_run(db, NUMBERS "11) SELECT i FROM n", NULL, 0, NULL, 0, ten, count_rows, &rows, &err),
        YJ_E_LIMIT);
    assert_string_equal(err.msg, "the rule returns more than 10 rows");
    assert_true(rows <= 10);

    static const char *const endless[] = {
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) AS c FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT i FROM n WHERE i = 2",
        NUMBERS "3000) SELECT sum(a.i) AS s FROM n a, n b, n c, n d",
    };
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        if (in_transaction)
            yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        for (size_t i = 0; i < YJ_COUNT(endless); i++) {
            struct timespec a, b;
            clock_gettime(CLOCK_MONOTONIC, &a);
            assert_int_equal(yj_confine_run(db, endless[i], NULL, 0, NULL, 0, quick, count_rows, &rows, &err),
                             YJ_E_LIMIT);
            clock_gettime(CLOCK_MONOTONIC, &b);
            assert_string_equal(err.msg, "the statement was stopped at its time limit");
            assert_true(b.tv_sec - a.tv_sec < 10);
        }
        assert_rule(db, "SELECT id FROM subject ORDER BY id", "s1\ns2\n");
        if (in_transaction)
            yj_ok(yj_db_commit(db, &err));
    }
}

/* --- hostile rules
 * ------------------------------------------------------------------------------------------ */

/* each must fail with the check, and must fail or show nothing without it */
static const char *const hostile[] = {
    "SELECT id, f_name FROM r_system",
    "SELECT id, f_name FROM main.r_system",
    "SELECT id, f_name FROM yunjian.r_system",
    "SELECT count(*) FROM r_system",
    "SELECT 1 FROM r_system",
    "SELECT 1 FROM yunjian.r_system",
    "SELECT value FROM l_system_tags",
    "SELECT value FROM meta",
    "SELECT origin FROM ledger",
    "SELECT body FROM body",
    "SELECT count(*) FROM open_batch",
    "SELECT * FROM open_batch, main.open_batch",
    "WITH system AS (SELECT * FROM r_system) SELECT * FROM system",
    "WITH subject AS (SELECT * FROM r_system) SELECT * FROM subject",
    "WITH subject(id) AS (SELECT f_name FROM main.r_system) SELECT * FROM subject",
    "WITH r_system AS (SELECT 1 AS x) SELECT (SELECT x FROM r_system), count(*) FROM main.r_system",
    "SELECT (WITH r_system AS (SELECT 1) SELECT 1 FROM r_system), count(*) FROM r_system",
    "WITH \"yj:x:system\" AS (SELECT * FROM r_system) SELECT * FROM \"yj:x:system\"",
    "SELECT * FROM \"r_system\"",
    "SELECT * FROM [r_system]",
    "SELECT * FROM `r_system`",
    "SELECT sql FROM sqlite_schema",
    "SELECT sql FROM sqlite_master",
    "SELECT 1 FROM sqlite_master",
    "SELECT sql FROM sqlite_temp_schema",
    "SELECT sql FROM temp.sqlite_master",
    "SELECT count(*) FROM sqlite_stat1",
    "SELECT name FROM pragma_table_info('r_system')",
    "SELECT file FROM pragma_database_list",
    "SELECT 1 FROM pragma_database_list",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_stmt",
    "SELECT value FROM json_each('[1]')",
    "SELECT id FROM yj_subjects",
    "SELECT count(*) FROM yj_subjects",
    "SELECT yj_inst()",
    "SELECT yj_settled()",
    "SELECT load_extension('/tmp/x.so')",
    "SELECT randomblob(10)",
    "SELECT sqlite_version()",
    "SELECT fts3_tokenizer('simple')",
    "SELECT printf('%1000000d', 1)",
    "ATTACH 'x' AS y",
    "PRAGMA table_info(r_system)",
    "INSERT INTO r_system(inst) VALUES(1)",
    "UPDATE r_system SET f_name = 'x'",
    "DELETE FROM r_system",
    "DROP TABLE r_system",
    "CREATE TABLE x(a)",
    "CREATE TEMP TABLE x AS SELECT 1",
    "SELECT 1) AS q; DELETE FROM r_system; SELECT * FROM (SELECT 1",
    "SELECT 1) AS q; DROP TABLE r_system --",
    "SELECT 1; SELECT 2",
    "WITH x AS (DELETE FROM r_system RETURNING id) SELECT * FROM x",
    "WITH x AS (INSERT INTO yunjian.open_batch VALUES(1) RETURNING id) SELECT * FROM x",
    "SELECT * INTO x FROM system",
    "SELECT 1 /* /* nested */ FROM */ system",
    "SELECT $$ quoted $$ FROM r_system",
    "SELECT $tag$ $tag$ FROM yunjian.r_system",
    /* PostgreSQL's ways out */
    "SELECT inst FROM pg_temp.yj_scope",
    "SELECT inst FROM yj_scope",
    "SELECT set_config('role', 'none', false), (SELECT count(*) FROM yunjian.r_system)",
    "SELECT set_config('role', session_user, true)",
    "SELECT set_config('session_authorization', 'postgres', true)",
    "SELECT set_config('role', 'none', true) || query_to_xml('TABLE yunjian.r_system', true, true, '')",
    "SELECT query_to_xml('SELECT f_name FROM yunjian.r_system', true, true, '')",
    "SELECT query_to_xml('UPDATE pg_temp.yj_scope SET inst = 2', true, true, '')",
    "SELECT query_to_xml('SET ROLE none', true, true, '')",
    "SELECT table_to_xml('yunjian.r_system', true, true, '')",
    "SELECT schema_to_xml('yunjian', true, true, '')",
    "SELECT cursor_to_xml('c', 1, true, true, '')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_terminate_backend(pg_backend_pid() + 1)",
    "SELECT yunjian.scope_inst()",
    "SELECT * FROM yunjian.rule_run('SELECT 1', '[]', '[]', 1) AS q(a int)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT pg_sleep(600)",
    "SELECT nextval('x')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT most_common_vals FROM pg_stats WHERE tablename = 'r_system'",
    "SELECT query FROM pg_stat_activity WHERE query LIKE '%r_system%'",
    "SELECT CAST(query_to_xml('SELECT f_name FROM yunjian.r_system', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('SELECT set_config(''role'', ''none'', false)', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('UPDATE pg_temp.yj_scope SET inst = 2', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('SET ROLE none', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('RESET ROLE', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('COPY (SELECT 1) TO ''/tmp/x''', true, true, '') AS text)",
    "SELECT CAST(query_to_xml('SELECT * FROM pg_temp.yj_scope', true, true, '') AS text)",
    "SELECT CAST(schema_to_xml('yunjian', true, true, '') AS text)",
    "SELECT CAST(database_to_xml(true, true, '') AS text)",
    "SELECT CAST(CAST(lo_import('/etc/passwd') AS bigint) AS text)",
    "SELECT CAST(CAST(lo_creat(-1) AS bigint) AS text)",
    "SELECT CAST(pg_sleep(600) AS text)",
    "SELECT CAST(pg_sleep(600) AS text), set_config('statement_timeout', '0', false)",
    "SELECT CAST(most_common_vals AS text) FROM pg_stats WHERE tablename = 'r_system'",
    "SELECT x.name FROM subject, LATERAL (SELECT f_name AS name FROM yunjian.r_system) x",
    "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(a int)",
};

static void hostile__is_refused_by_the_check(void **state)
{
    (void)state;
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = NULL;
    yj_error err = { 0 };
    yj_ok(yj_rule_checker_new(kinds, KIND_COUNT, &k, &err));
    for (size_t i = 0; i < YJ_COUNT(hostile); i++) {
        yj_rule_shape shape = { 0 };
        if (yj_rule_sql_check(k, yj_span_of(hostile[i]), NULL, 0, &shape, &err) == YJ_OK)
            fail_msg("accepted: %s", hostile[i]);
    }
}

static void hostile__is_refused_at_run_time_too(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    for (size_t i = 0; i < YJ_COUNT(hostile); i++) {
        yj_error err = { 0 };
        char *got = NULL;
        yj_status s = run_as_text(yj_confine_run, db, hostile[i], &got, &err);
        if (s == YJ_OK)
            fail_msg("ran: %s\n%s", hostile[i], got);
        assert_string_equal(got, "");
        free(got);
    }
    assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n");
}

/** Nothing of the other institution, of the base tables or of the machine. */
static void assert_harmless(const char *sql, yj_status s, const char *got)
{
    static const char *const signs[] = { "Secret",           "hidden", "t1",    "d1",  "root:",
                                         "sqlite_autoindex", "CREATE", "SCRAM", "md5", "passwd" };
    for (size_t i = 0; i < YJ_COUNT(signs); i++)
        if (strstr(got, signs[i]))
            fail_msg("%s\nshows %s", sql, got);
    if (s == YJ_OK && strstr(sql, "r_system"))
        assert_true(!strcmp(got, "") || strstr(sql, "pg_stat"));
}

static void behind_the_check(yj_db *db, bool in_transaction)
{
    int64_t systems = yj_test_number(db, "SELECT count(*) FROM r_system");
    for (size_t i = 0; i < YJ_COUNT(hostile); i++) {
        yj_error err = { 0 };
        char *got = NULL;
        if (in_transaction)
            yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
        yj_status s = run_as_text(yj_confine_run_anything, db, hostile[i], &got, &err);
        assert_harmless(hostile[i], s, got);
        free(got);
        if (in_transaction) {
            yj_test_script(db, "UPDATE r_system SET f_level = f_level"); /* writes again, as itself */
            yj_ok(yj_db_commit(db, &err));
        }
        assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_system"), systems);
        assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n");
    }
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM open_batch"), 0);
}

static void hostile__is_held_by_the_fences_behind_the_check(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    behind_the_check(db, false);
    behind_the_check(db, true);
}

/** The operator may have given the program a superuser: the fences must not lean on its being an ordinary
 * one. */
static void hostile__is_held_even_when_the_program_is_superuser(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_store_free(t->store);
    t->store = NULL;
    yj_ok(yj_store_open(yj_test_pg_admin_url(), &t->store, &err));
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    assert_int_equal(
        yj_test_number(
            db, "SELECT CASE WHEN rolsuper THEN 1 ELSE 0 END FROM pg_roles WHERE rolname = current_user"),
        1);
    behind_the_check(db, false);
    behind_the_check(db, true);
}

/** On PostgreSQL a rule could be told about rows out of scope by errors, if these were evaluated on them. */
static void hostile__cannot_probe_rows_out_of_scope_by_errors(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_test_script(db, "ANALYZE"); /* PostgreSQL then knows how cheap it would be */
    assert_rule(db,
                "SELECT id FROM system WHERE 1 / (CASE WHEN name = 'Secret of the other' THEN 0 ELSE 1 END) "
                "= 1 ORDER BY id",
                "s1\ns2\n");
    assert_rule(db,
                "SELECT id FROM system_tags WHERE 1 / (CASE WHEN value = 'hidden' THEN 0 ELSE 1 END) = 1 AND "
                "value = 'core'",
                "s1\n");
}

/* --- plans
 * --------------------------------------------------------------------------------------------------- */

static char *plan_of(yj_db *db, const char *rule)
{
    char *rows = NULL;
    yj_error err = { 0 };
    yj_ok(run_as_text(yj_confine_run, db, rule, &rows, &err));
    free(rows);
    for (size_t i = 0; i < YJ_RULES_KEPT; i++)
        for (const yj_rule_known *k = db->confine->rule[i]; k; k = k->chain)
            if (strcmp(k->text, rule) == 0) {
                char *sql = NULL;
                if (asprintf(&sql, "EXPLAIN QUERY PLAN %s", k->made) < 0)
                    return NULL;
                char *plan = yj_test_rows(db, sql);
                free(sql);
                return plan;
            }
    return NULL;
}

static void plan__a_rule_for_one_subject_reads_by_index(void **state)
{
    static const struct {
        const char *rule, *uses[3];
    } rows[] = {
        { "SELECT s.id FROM subject s JOIN contract_term t ON t.contract = s.id",
          { "i_r_contract_term$f_contract (inst=? AND f_contract=?)" } },
        { "SELECT s.id, c.name FROM subject s JOIN contract c ON c.id = s.id",
          { "sqlite_autoindex_r_contract_1 (inst=? AND id=?)" } },
        { "SELECT s.id, c.name FROM subject s LEFT JOIN contract c ON c.id = s.id LEFT JOIN contract_term t "
          "ON t.contract = c.id",
          { "sqlite_autoindex_r_contract_1 (inst=? AND id=?)",
            "i_r_contract_term$f_contract (inst=? AND f_contract=?)" } },
        { "SELECT s.id FROM subject s WHERE NOT EXISTS (SELECT 1 FROM contract_term t JOIN contract c ON "
          "c.id = t.contract"
          " WHERE c.system = s.id AND t.topic = 'exit')",
          { "i_r_contract$f_system (inst=? AND f_system=?)",
            "i_r_contract_term$f_contract (inst=? AND f_contract=?)" } },
        { "SELECT t.id FROM system_tags t JOIN subject s ON s.id = t.id", { "(inst=? AND id=?)" } },
        { "SELECT y.id FROM system y WHERE y.id IN (SELECT id FROM subject)",
          { "sqlite_autoindex_r_system_1 (inst=? AND id=?)" } },
        { "SELECT s.id FROM subject s JOIN contract a ON a.system = s.id JOIN contract b ON b.system = s.id "
          "AND b.id <> a.id"
          " JOIN system y ON y.id = a.system",
          { "i_r_contract$f_system (inst=? AND f_system=?)",
            "sqlite_autoindex_r_system_1 (inst=? AND id=?)" } },
    };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char *plan = plan_of(db, rows[i].rule);
        assert_non_null(plan);
        for (size_t j = 0; j < 3 && rows[i].uses[j]; j++)
            if (!strstr(plan, rows[i].uses[j]))
                fail_msg("%s\n%s", rows[i].rule, plan);
        if (strstr(plan, "(inst=?)") || strstr(plan, "SCAN r") || strstr(plan, "SCAN l"))
            fail_msg("reads all of the institution: %s\n%s", rows[i].rule, plan);
        free(plan);
    }
}

static void plan__postgres_joins_subjects_by_index(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_test_script(
        db,
        "INSERT INTO r_contract_term(inst, id, batch, until_batch, version, seq, state, erased, f_contract)"
        " SELECT 3 + i % 5, 'n' || i, 0, 0, 1, i, '', 0, 'c' || (i / 10) FROM generate_series(1, 20000) AS i;"
        "ANALYZE r_contract_term");
    yj_scope three = scope_of(3);
    yj_ok(yj_confine_scope(db, &three, &err));
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    char *plan = yj_test_rows(
        db, "EXPLAIN (COSTS off) WITH subject(id) AS MATERIALIZED (SELECT s.value COLLATE \"C\""
            " FROM unnest(CAST('{c7}' AS text[])) AS s(value))"
            " SELECT s.id FROM subject s JOIN yunjian_rule.contract_term t ON t.contract = s.id");
    yj_db_rollback(db);
    if (!strstr(plan, "(inst = ") || !strstr(plan, "(f_contract = s.id)"))
        fail_msg("%s", plan);
    free(plan);
}

static void reconnect__brings_the_fences_back(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    yj_auto(yj_db_freep) yj_db *killer = yj_test_db(*state, YJ_DB_WRITE);
    for (int turn = 0; turn < 2; turn++) {
        char sql[100], gone[100];
        int pid = (int)yj_test_number(db, "SELECT pg_backend_pid()");
        assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n");
        snprintf(sql, sizeof sql, "SELECT CASE WHEN pg_terminate_backend(%d) THEN 1 ELSE 0 END", pid);
        snprintf(gone, sizeof gone, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d", pid);
        assert_int_equal(yj_test_number(killer, sql), 1);
        while (yj_test_number(killer, gone) > 0)
            ;
        yj_ok(yj_db_begin(db, turn ? YJ_DB_READ : YJ_DB_WRITE, &err));
        assert_rule(db, "SELECT id FROM system ORDER BY id", "s1\ns2\n");
        yj_ok(yj_db_commit(db, &err));
    }
}

static void forgotten_rules__leave_nothing_prepared_on_the_server(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = ready(state, 1);
    static const char prepared[] = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'yj_rule%'";
    char *got = NULL;
    for (int i = 0; i < 5; i++) { /* a column that no rule may return, and a good rule */
        assert_int_equal(
            run_as_text(yj_confine_run_anything, db, "SELECT CAST('{}' AS jsonb) AS j", &got, &err),
            YJ_E_RULE);
        free(got);
        assert_rule(db, "SELECT id FROM subject ORDER BY id", "s1\ns2\n");
    }
    yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
    assert_int_equal(yj_test_number(db, prepared), 1);
    yj_ok(yj_db_commit(db, &err));
    yj_ok(yj_confine_setup(db, kinds, KIND_COUNT, &err));
    yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
    assert_int_equal(yj_test_number(db, prepared), 0);
    yj_ok(yj_db_commit(db, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(run__sees_the_rows_of_the_institution_in_scope),
        yj_test_stores(run__hands_over_subjects_and_parameters),
        yj_test_stores(run__sees_uncommitted_changes_and_leaves_the_transaction_alone),
        yj_test_stores(scope__holds_whatever_is_rolled_back),
        yj_test_stores(run__works_on_a_reading_connection),
        yj_test_stores(run__shows_batches_when_they_close),
        yj_test_stores(setup__again_after_the_kinds_changed),
        yj_test_stores(setup__again_after_a_rebuild),
        yj_test_stores(run__row_function_may_stop_and_may_use_the_connection),
        yj_test_stores(dates__one_table_of_cases),
        yj_test_stores(language__both_engines_agree),
        yj_test_stores(limits__rows_and_time),
        cmocka_unit_test(hostile__is_refused_by_the_check),
        yj_test_stores(hostile__is_refused_at_run_time_too),
        yj_test_stores(hostile__is_held_by_the_fences_behind_the_check),
        yj_test_postgres_only(hostile__is_held_even_when_the_program_is_superuser),
        yj_test_stores(hostile__cannot_probe_rows_out_of_scope_by_errors),
        yj_test_sqlite_only(plan__a_rule_for_one_subject_reads_by_index),
        yj_test_postgres_only(plan__postgres_joins_subjects_by_index),
        yj_test_postgres_only(forgotten_rules__leave_nothing_prepared_on_the_server),
        yj_test_postgres_only(reconnect__brings_the_fences_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
