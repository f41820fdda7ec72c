// SPDX-License-Identifier: Apache-2.0
/* The dialect of rules, and what a check tells about a rule. */
#include "kinds.h"

#include <stdio.h>
#include <stdlib.h>

static yj_rule_checker *checker(void)
{
    yj_error err = { 0 };
    yj_rule_checker *k = NULL;
    yj_ok(yj_rule_checker_new(kinds, KIND_COUNT, &k, &err));
    return k;
}

static yj_status check(yj_rule_checker *k, const char *sql, yj_rule_shape *ret, yj_error *err)
{
    static const char *const params[] = { "months", "topic" };
    return yj_rule_sql_check(k, yj_span_of(sql), params, YJ_COUNT(params), ret, err);
}

static void check__tells_what_a_rule_reads(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *reads, *columns;
        bool today;
    } rows[] = {
        { "SELECT id FROM subject", "", "id", false },
        { "SELECT s.id, 'met' AS status FROM subject s", "", "id status", false },
        { "SELECT s.id FROM subject s JOIN contract_term t ON t.contract = s.id WHERE t.topic = 'exit'",
          "contract_term.contract contract_term.topic", "id", false },
        { "SELECT s.id, count(*) AS n FROM subject s, entry GROUP BY s.id", "entry.", "id n", false },
        { "SELECT * FROM contract",
          "contract.amount contract.id contract.name contract.signed_on contract.state"
          " contract.system contract.version",
          "id state version name signed_on amount system", false },
        { "WITH late AS (SELECT id FROM contract WHERE yj_add_months(signed_on, 12) < yj_today())\n"
          "SELECT s.id AS subject FROM subject s WHERE s.id IN (SELECT id FROM late)",
          "contract.id contract.signed_on", "subject", true },
        { "WITH RECURSIVE up(id, n) AS (SELECT id, 0 FROM subject UNION ALL SELECT system, n + 1 FROM up "
          "JOIN contract"
          " ON contract.id = up.id WHERE n < 5) SELECT id, max(n) AS n FROM up GROUP BY id",
          "contract.id contract.system", "id n", false },
        { "SELECT s.id FROM subject s WHERE EXISTS (SELECT 1 FROM system_tags t WHERE t.id = s.id AND "
          "t.value LIKE 'c%')"
          " -- and no more",
          "system_tags.id system_tags.value", "id", false },
        { "SELECT s.id, CASE WHEN c.amount > 10 THEN 'big' ELSE 'small' END AS size, CAST(c.amount AS TEXT) "
          "AS amount,"
          " coalesce(nullif(trim(c.name), ''), '?') AS name FROM subject s LEFT JOIN contract c ON c.system "
          "= s.id"
          " AND c.amount BETWEEN -5 AND 10 * (2 + 3) % 7 WHERE c.id IS NOT NULL OR c.id IS DISTINCT FROM "
          "s.id",
          "contract.amount contract.id contract.name contract.system", "id size amount name", false },
        { "SELECT s.id, yj_days_between(:topic, yj_add_days(yj_add_workdays(yj_today(), 3), :months)) AS d "
          "FROM subject s",
          "", "id d", true },
        { "SELECT id FROM subject UNION SELECT id FROM system EXCEPT SELECT id FROM entry ORDER BY id DESC",
          "entry.id system.id", "id", false },
        { "SELECT id, sum(length(substr(upper(lower(replace(name, 'a', 'b'))), 1, 2))) AS l, min(abs(level)) "
          "AS m,"
          " count(DISTINCT name) AS n FROM system GROUP BY id HAVING count(*) > 0",
          "system.id system.level system.name", "id l m n", false },
        { "SELECT id FROM subject WHERE id = 'it''s -- no comment, \xe4\xba\x91'", "", "id", false },
        { "\n\n  SELECT id -- a 'comment' with \"quotes\" and ; \n FROM subject", "", "id", false },
        { "SELECT count(*)*2 AS a, 1+-2 AS b, (1)-(2) AS c, -1 AS d, 'a'||'b' AS e FROM subject WHERE 1<>-1 "
          "AND 2>=-2",
          "", "a b c d e", false },
        { "SELECT c.id FROM contract c ESCAPE_LIKE", NULL, NULL, false },
        { "SELECT id FROM subject WHERE id LIKE '10!%' ESCAPE '!'", "", "id", false },
        { "WITH a AS (SELECT id FROM subject), b(x, y) AS NOT MATERIALIZED (SELECT id, 1 FROM a) SELECT x "
          "FROM b",
          "", "x", false },
    };
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = checker();
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err = { 0 };
        yj_rule_shape shape = { 0 };
        yj_status s = check(k, rows[i].sql, &shape, &err);
        if (!rows[i].reads) {
            assert_int_equal(s, YJ_E_INVALID);
            continue;
        }
        if (s != YJ_OK)
            fail_msg("%s\n%s: %s", rows[i].sql, err.field, err.msg);
        char reads[1024] = "", columns[512] = "";
        for (size_t j = 0; j < shape.read_count; j++)
            snprintf(reads + strlen(reads), sizeof reads - strlen(reads), "%s%s.%s", j ? " " : "",
                     shape.reads[j].table, shape.reads[j].column);
        for (size_t j = 0; j < shape.column_count; j++)
            snprintf(columns + strlen(columns), sizeof columns - strlen(columns), "%s%s", j ? " " : "",
                     shape.columns[j]);
        assert_string_equal(reads, rows[i].reads);
        assert_string_equal(columns, rows[i].columns);
        assert_int_equal(shape.reads_today, rows[i].today);
        yj_rule_shape_done(&shape);
    }
}

static void check__refuses_what_is_not_of_the_dialect(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *field, *msg; /* NULL: any */
    } rows[] = {
        { "", NULL, "a rule begins with SELECT or WITH" },
        { "  -- nothing\n", NULL, "a rule begins with SELECT or WITH" },
        { "DELETE FROM contract", "line 1 column 1", "a rule begins with SELECT or WITH" },
        { "PRAGMA table_info(contract)", NULL, NULL },
        { "ATTACH 'x' AS y", NULL, NULL },
        { "SELECT id FROM subject; DELETE FROM contract", "line 1 column 23",
          "the character with code 59 is not used in rules" },
        { "SELECT 1;", NULL, "the character with code 59 is not used in rules" },
        { "SELECT\n  \"id\" FROM subject", "line 2 column 3",
          "the character with code 34 is not used in rules" },
        { "SELECT '\xe4\xba\x91\xe9\x89\xb4' AS a, [id] FROM subject", "line 1 column 19", NULL },
        { "SELECT `id` FROM subject", NULL, NULL },
        { "SELECT id FROM subject WHERE id = 'a\\b'", "line 1 column 37", NULL },
        { "SELECT $$x$$", NULL, NULL },
        { "SELECT $1", NULL, NULL },
        { "SELECT ?1", NULL, NULL },
        { "SELECT @a, #b", NULL, NULL },
        { "SELECT id::text FROM subject", NULL, "the character with code 58 is not used in rules" },
        { "SELECT 1 /* nested /* comment */ */", NULL, "comments begin with -- in a rule" },
        { "SELECT 1 */ 2", NULL, "comments begin with -- in a rule" },
        { "SELECT 1 == 1", NULL, "put a blank between two operators" },
        { "SELECT 5%-2", NULL, "put a blank between two operators" },
        { "SELECT 'a'||-2", NULL, "put a blank between two operators" },
        { "SELECT 1 != 1", NULL, NULL },
        { "SELECT 1 << 2", NULL, NULL },
        { "SELECT 1 | 2", NULL, NULL },
        { "SELECT ~1", NULL, NULL },
        { "SELECT name -> 'a' FROM contract", NULL, NULL },
        { "SELECT 1.5", NULL, "numbers are whole and of 64 bits in a rule" },
        { "SELECT 1e5", NULL, "numbers are whole and of 64 bits in a rule" },
        { "SELECT 0x10", NULL, "numbers are whole and of 64 bits in a rule" },
        { "SELECT 9223372036854775808", NULL, "numbers are whole and of 64 bits in a rule" },
        { "SELECT .5", NULL, "numbers are whole and of 64 bits in a rule" },
        { "SELECT 'open", NULL, "a text is not closed" },
        { "SELECT e'a'", NULL, "a text may not stand here" },
        { "SELECT x'00'", NULL, "a text may not stand here" },
        { "SELECT date '2026-01-01'", NULL, "a text may not stand here" },
        { "SELECT 'a' 'b'", NULL, "a text may not stand here" },
        { "SELECT 'a' AS 'b'", NULL, "a text may not stand here" },
        { "SELECT (1", "line 1 column 10", "a bracket is not closed" },
        { "SELECT 1) AS q, (SELECT 2", "line 1 column 9", "a closing bracket without an opening one" },
        { "SELECT max(1, 2)", NULL, "min and max take one value here; use CASE" },
        { "SELECT min(level, (SELECT 1)) FROM system", NULL, "min and max take one value here; use CASE" },
        { "SELECT random()", "line 1 column 14", "\"random\" is no function that a rule may call" },
        { "SELECT load_extension('x')", NULL, "\"load_extension\" is no function that a rule may call" },
        { "SELECT pg_sleep(10)", NULL, "\"pg_sleep\" is no function that a rule may call" },
        { "SELECT set_config('role', 'none', false)", NULL, NULL },
        { "SELECT pg_catalog.lower('x')", NULL, "\"lower\" is no function that a rule may call" },
        { "SELECT * FROM json_each('[1]')", NULL, "\"json_each\" is no function that a rule may call" },
        { "SELECT * FROM pragma_table_info('contract')", NULL,
          "\"pragma_table_info\" is no function that a rule may call" },
        { "SELECT * FROM query_to_xml('x') AS (a text)", NULL, NULL },
        { "WITH a AS (SELECT 1 AS n), query_to_xml AS (SELECT 2 AS n) SELECT query_to_xml('x') FROM a", NULL,
          NULL },
        { "SELECT now()", NULL, NULL },
        { "SELECT yj_inst()", NULL, NULL },
        { "SELECT yj_int('1')", NULL, NULL },
        { "SELECT date('now')", NULL, NULL },
        { "SELECT current_date", NULL, "the word current_date is no part of the language of rules" },
        { "SELECT CURRENT_TIMESTAMP", NULL, NULL },
        { "SELECT id FROM subject LIMIT 1", NULL, "the word limit is no part of the language of rules" },
        { "SELECT id FROM contract WHERE name GLOB 'a*'", NULL, NULL },
        { "SELECT id FROM contract WHERE name REGEXP 'a'", NULL, NULL },
        { "SELECT id FROM contract COLLATE nocase", NULL, NULL },
        { "SELECT id FROM contract NATURAL JOIN system", NULL, NULL },
        { "SELECT id FROM contract RIGHT JOIN system ON true", NULL, NULL },
        { "SELECT count(*) OVER () FROM contract", NULL, NULL },
        { "SELECT true", NULL, NULL },
        { "SELECT Name FROM contract", NULL, "names are written in small letters: \"name\"" },
        { "SELECT CAST(id AS REAL) FROM subject", NULL, "CAST must be to INTEGER or TEXT" },
        { "SELECT CAST(id AS INTEGER ARRAY) FROM subject", NULL, NULL },
        { "SELECT CAST('contract' AS regclass)", NULL, "CAST must be to INTEGER or TEXT" },
        { "SELECT CAST(id) FROM subject", NULL, "CAST must be to INTEGER or TEXT" },
        { "SELECT integer FROM contract", NULL, NULL },
        { "SELECT id FROM contract WHERE name IS 'a'", NULL,
          "after IS only NULL, NOT NULL or [NOT] DISTINCT FROM may stand" },
        { "SELECT id FROM contract WHERE name IS NOT id", NULL, NULL },
        { "SELECT id FROM contract WHERE name IS (1)", NULL, NULL },
        { "SELECT id FROM contract WHERE name IS 5", NULL, NULL },
        { "SELECT id FROM contract WHERE name IS :topic", NULL, NULL },
        { "WITH subject AS (SELECT 1 AS id) SELECT id FROM subject", NULL,
          "WITH may not give the name \"subject\"" },
        { "WITH r_contract AS (SELECT 1 AS id) SELECT id FROM r_contract", NULL,
          "WITH may not give the name \"r_contract\"" },
        { "WITH x AS (DELETE FROM contract RETURNING id) SELECT id FROM x", NULL, NULL },
        { "SELECT id FROM nowhere", NULL, "the rule is no SQL: no such table: nowhere" },
        { "SELECT nofield FROM contract", "line 1 column 8", "the rule is no SQL: no such column: nofield" },
        { "SELECT id FROM contract WHERE", NULL, NULL },
        { "SELECT id FROM sqlite_schema", NULL, NULL },
        { "SELECT sql FROM sqlite_master", NULL, "a rule may not read or call sqlite_master" },
        { "SELECT 1 AS a FROM sqlite_master", NULL, NULL },
        { "SELECT 1 AS a FROM sqlite_temp_schema", NULL, NULL },
        { "SELECT id FROM r_contract", NULL, "the rule is no SQL: no such table: r_contract" },
        { "SELECT name FROM pragma_database_list", NULL, NULL },
        { "SELECT id, id FROM subject", NULL, NULL }, /* the second has no name of its own */
        { "SELECT :unknown AS a", NULL, "the rule has no parameter :unknown" },
        { "SELECT \xff", NULL, "the text of a rule is not valid UTF-8" },
        { "SELECT '\x01'", NULL, "the character with code 1 is not used in rules" },
        { "SELECT user FROM subject", NULL, NULL },
        { "VALUES(1)", NULL, NULL },
        { "EXPLAIN SELECT 1", NULL, NULL },
    };
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = checker();
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err = { 0 };
        yj_rule_shape shape = { 0 };
        yj_status s = check(k, rows[i].sql, &shape, &err);
        if (s == YJ_OK)
            fail_msg("accepted: %s", rows[i].sql);
        assert_int_equal(s, YJ_E_INVALID);
        if (rows[i].field)
            assert_string_equal(err.field, rows[i].field);
        if (rows[i].msg)
            assert_string_equal(err.msg, rows[i].msg);
        assert_null(shape.reads);
    }
}

static void check__keeps_limits(void **state)
{
    (void)state;
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = checker();
    yj_error err = { 0 };
    yj_rule_shape shape = { 0 };
    yj_buf b;
    yj_buf_init(&b, (size_t)1 << 20);

    yj_buf_str(&b, "SELECT id FROM subject WHERE 1 = 1");
    while (b.len <= 65536)
        yj_buf_str(&b, " AND 1 = 1");
    assert_int_equal(check(k, b.ptr, &shape, &err), YJ_E_LIMIT);

    yj_buf_clear(&b);
    yj_buf_str(&b, "SELECT ");
    for (int i = 0; i < 70; i++)
        yj_buf_char(&b, '(');
    assert_int_equal(check(k, b.ptr, &shape, &err), YJ_E_LIMIT);

    yj_buf_clear(&b);
    yj_buf_str(&b, "SELECT 1 AS a");
    for (int i = 0; i < 100; i++)
        yj_buf_str(&b, " UNION SELECT 1");
    assert_int_equal(check(k, b.ptr, &shape, &err), YJ_E_INVALID);

    yj_buf_clear(&b);
    yj_buf_str(&b, "SELECT 0");
    for (int i = 0; i < 1000; i++)
        yj_buf_str(&b, " + 1");
    assert_int_equal(check(k, b.ptr, &shape, &err), YJ_E_INVALID);

    yj_buf_clear(&b);
    yj_buf_str(&b, "SELECT 1");
    for (int i = 0; i < 600; i++)
        yj_buf_fmt(&b, ", n%d", i);
    assert_int_equal(check(k, b.ptr, &shape, &err), YJ_E_LIMIT);
    yj_buf_done(&b);

    yj_ok(check(k, "SELECT id FROM subject", &shape, &err)); /* the checker goes on after failures */
    yj_rule_shape_done(&shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__tells_what_a_rule_reads),
        cmocka_unit_test(check__refuses_what_is_not_of_the_dialect),
        cmocka_unit_test(check__keeps_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
