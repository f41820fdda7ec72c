// SPDX-License-Identifier: Apache-2.0
/* The form of values in which databases are compared, pairs of types, URLs, and files of passwords. Whole
 * databases: tests/cli/database.sh. */
#include "instrument/database/url.h"
#include "instrument/database/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static yj_cell text(const char *s)
{
    return (yj_cell){ .kind = YJ_CELL_TEXT, .ptr = s, .len = strlen(s) };
}

static bool equal(yj_value_type t, yj_cell a, yj_cell b)
{
    yj_auto(yj_buf_done) yj_buf x;
    yj_auto(yj_buf_done) yj_buf y;
    yj_buf_init(&x, 4096);
    yj_buf_init(&y, 4096);
    bool one = yj_cell_equal(t, &a, &b, &x, &y);
    assert_int_equal(one, yj_cell_equal(t, &b, &a, &x, &y));
    return one;
}

static void values__are_equal_or_not_as_documented(void **state)
{
    static const struct {
        yj_value_type t;
        const char *a, *b;
        bool equal;
    } cases[] = {
        { YJ_VALUE_DECIMAL, "1.50", "1.5", true },
        { YJ_VALUE_DECIMAL, "-0.00", "0", true },
        { YJ_VALUE_DECIMAL, "1e3", "1000", true },
        { YJ_VALUE_DECIMAL, "00120", "1.2E2", true },
        { YJ_VALUE_DECIMAL, "0.1", "0.10000000000000000000000000000000000001", false },
        { YJ_VALUE_DECIMAL, "12345678901234567890123", "12345678901234567890124", false },
        { YJ_VALUE_DECIMAL, "1", "-1", false },
        { YJ_VALUE_DECIMAL, "1", "1 ", false },
        { YJ_VALUE_DECIMAL, "NaN", "NaN", true },
        { YJ_VALUE_DECIMAL, "p0", "0", false },
        { YJ_VALUE_DOUBLE, "0.1", "0.1000000000000000055511151231257827", true },
        { YJ_VALUE_DOUBLE, "0.1", "0.10000000000000002", false },
        { YJ_VALUE_DOUBLE, "-0", "0", true },
        { YJ_VALUE_DOUBLE, "inf", "Infinity", true },
        { YJ_VALUE_SINGLE, "0.1", "0.10000000149011612", true },
        { YJ_VALUE_TEXT, "a", "A", false },
        { YJ_VALUE_TEXT, "a", "a ", false },
        { YJ_VALUE_TEXT, "", "", true },
        { YJ_VALUE_PADDED, "a", "a   ", true },
        { YJ_VALUE_PADDED, "a", " a", false },
        { YJ_VALUE_BOOL, "true", "1", true },
        { YJ_VALUE_BOOL, "f", "0", true },
        { YJ_VALUE_BOOL, "2", "1", false },
        { YJ_VALUE_DATE, "2024-02-29", "2024-02-29", true },
        { YJ_VALUE_DATE, "2024-02-29", "2024-2-29", false },
        { YJ_VALUE_TIME, "12:00:00.500", "12:00:00.5", true },
        { YJ_VALUE_LOCAL, "2024-01-01T12:00", "2024-01-01 12:00:00.000", true },
        { YJ_VALUE_LOCAL, "2024-01-01", "2024-01-01 00:00:00", true },
        { YJ_VALUE_LOCAL, "2024-01-01 12:00:00Z", "2024-01-01 12:00:00", false },
        { YJ_VALUE_INSTANT, "2024-01-01 00:00:00+08", "2023-12-31T16:00:00Z", true },
        { YJ_VALUE_INSTANT, "2024-01-01 00:00:00-03:30", "2024-01-01 03:30:00", true },
        { YJ_VALUE_INSTANT, "2024-01-01 00:00:00+08", "2024-01-01 00:00:00", false },
        { YJ_VALUE_INSTANT, "infinity", "infinity", true },
        { YJ_VALUE_UUID, "C4CA4238A0B923820DCC509A6F75849B", "c4ca4238-a0b9-2382-0dcc-509a6f75849b", true },
        { YJ_VALUE_UUID, "c4ca4238", "c4ca4238-", false },
        { YJ_VALUE_JSON, "{\"a\":1, \"b\":[1.0]}", "{\"b\":[1.00],\"a\":1}", true },
        { YJ_VALUE_JSON, "[1,2]", "[2,1]", false },
        { YJ_VALUE_JSON, "{", "{ ", false },
    };
    for (size_t i = 0; i < YJ_COUNT(cases); i++)
        if (equal(cases[i].t, text(cases[i].a), text(cases[i].b)) != cases[i].equal)
            fail_msg("%s: %s, %s", yj_value_slug(cases[i].t), cases[i].a, cases[i].b);
}

static void kinds__are_kept_apart_or_read_as_one(void **state)
{
    yj_cell null = { .kind = YJ_CELL_NULL }, one = { .kind = YJ_CELL_INT, .i = 1 };
    yj_cell real = { .kind = YJ_CELL_REAL, .r = 1 }, tenth = { .kind = YJ_CELL_REAL, .r = 0.1 };
    yj_cell bytes = { .kind = YJ_CELL_BYTES, .ptr = "1", .len = 1 };
    for (int t = 0; t < YJ_VALUE_COUNT_; t++) {
        assert_true(equal((yj_value_type)t, null, null));
        assert_false(equal((yj_value_type)t, null, text("")));
        assert_false(equal((yj_value_type)t, null, text("0")));
        assert_false(equal((yj_value_type)t, null, (yj_cell){ .kind = YJ_CELL_INT }));
    }
    assert_true(equal(YJ_VALUE_ANY, one, real));
    assert_false(equal(YJ_VALUE_ANY, one, text("1")));
    assert_false(equal(YJ_VALUE_ANY, text("1"), bytes));
    assert_true(equal(YJ_VALUE_DECIMAL, one, text("1.0")));
    assert_true(equal(YJ_VALUE_DECIMAL, tenth, text("0.1")));
    assert_false(equal(YJ_VALUE_TEXT, one, text("1")));
}

/* Forms of numbers sort as the numbers do: a merge by key rests on it. */
static void decimals__sort_as_numbers(void **state)
{
    static const char *const rising[] = { "-1e30",  "-1000", "-999.5", "-1.23", "-1.2", "-1",  "-0.02",
                                          "-0.001", "0",     "0.001",  "0.02",  "1",    "1.2", "1.23",
                                          "9.99",   "10",    "999.5",  "1000",  "1e30" };
    yj_auto(yj_buf_done) yj_buf x;
    yj_auto(yj_buf_done) yj_buf y;
    yj_buf_init(&x, 4096);
    yj_buf_init(&y, 4096);
    for (size_t i = 1; i < YJ_COUNT(rising); i++) {
        yj_cell a = text(rising[i - 1]), b = text(rising[i]);
        yj_buf_clear(&x);
        yj_buf_clear(&y);
        yj_cell_form(YJ_VALUE_DECIMAL, &a, &x);
        yj_cell_form(YJ_VALUE_DECIMAL, &b, &y);
        if (strcmp(x.ptr, y.ptr) >= 0)
            fail_msg("%s before %s: %s, %s", rising[i - 1], rising[i], x.ptr, y.ptr);
    }
}

static void types__are_paired_with_what_is_passed_over(void **state)
{
    yj_value_type as;
    const char *coercion;
    assert_true(yj_value_pair(YJ_VALUE_INT, false, YJ_VALUE_DECIMAL, false, &as, &coercion));
    assert_int_equal(as, YJ_VALUE_DECIMAL);
    assert_string_equal(coercion, "integer-as-decimal");
    assert_true(yj_value_pair(YJ_VALUE_TEXT, false, YJ_VALUE_TEXT, false, &as, &coercion));
    assert_null(coercion);
    assert_false(yj_value_pair(YJ_VALUE_TEXT, false, YJ_VALUE_DATE, false, &as, &coercion));
    assert_true(yj_value_pair(YJ_VALUE_TEXT, true, YJ_VALUE_DATE, false, &as, &coercion));
    assert_int_equal(as, YJ_VALUE_DATE);
    assert_true(yj_value_pair(YJ_VALUE_DOUBLE, true, YJ_VALUE_DOUBLE, true, &as, &coercion));
    assert_int_equal(as, YJ_VALUE_ANY);
    assert_false(yj_value_pair(YJ_VALUE_OTHER, false, YJ_VALUE_OTHER, false, &as, &coercion));
    assert_false(yj_value_pair(YJ_VALUE_BYTES, true, YJ_VALUE_INT, false, &as, &coercion));
}

static void urls__are_taken_apart(void **state)
{
    static const char *const bad[] = { "",
                                       "sqlite:",
                                       "oracle://a/b",
                                       "mysql://h",
                                       "mysql://h/",
                                       "mysql://u:p@h/d",
                                       "mysql://h:0/d",
                                       "mysql://h:x/d",
                                       "mysql://h/d?x=1",
                                       "mysql://h/d?tls=no",
                                       "mysql://h/%zz",
                                       "mysql://h/%00",
                                       "mysql://[::1/d",
                                       "mysql:///d" };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_db_url u;
    yj_error err = { .code = YJ_OK };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (yj_db_url_parse(bad[i], a, &u, &err) != YJ_E_USAGE)
            fail_msg("%s", bad[i]);
    assert_int_equal(yj_db_url_parse("mysql://a%40b@[2001:db8::1]:3307/x%2Fy?ca=/c%20a", a, &u, &err), YJ_OK);
    assert_string_equal(u.user, "a@b");
    assert_string_equal(u.host, "2001:db8::1");
    assert_string_equal(u.database, "x/y");
    assert_string_equal(u.ca, "/c a");
    assert_int_equal(u.port, 3307);
    assert_int_equal(u.tls, YJ_DB_TLS_VERIFY);
    assert_int_equal(yj_db_url_parse("mariadb://127.0.0.1/d", a, &u, &err), YJ_OK);
    assert_int_equal(u.tls, YJ_DB_TLS_OFF);
    assert_int_equal(u.port, 3306);
    assert_int_equal(yj_db_url_parse("a.db", a, &u, &err), YJ_OK);
    assert_string_equal(u.path, "a.db");
}

static void passwords__are_found_by_line(void **state)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    const char *const who[] = { "h", "3306", "d", "u" }, *const other[] = { "x", "1", "y", NULL };
    assert_true(yj_password_find(
        YJ_SPAN("#h:3306:d:u:no\nh:1:d:u:no\r\nh:3306:*:u:a\\:b\\\\\r\nh:3306:d:u:no"), who, &b));
    assert_string_equal(b.ptr, "a:b\\");
    assert_false(yj_password_find(YJ_SPAN("h:3306:d:u:a"), other, &b));
    assert_true(yj_password_find(YJ_SPAN("*:*:*:*:p:q"), other, &b));
    assert_string_equal(b.ptr, "p:q");
    assert_false(yj_password_find((yj_span){ "", 0 }, who, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values__are_equal_or_not_as_documented),
        cmocka_unit_test(kinds__are_kept_apart_or_read_as_one),
        cmocka_unit_test(decimals__sort_as_numbers),
        cmocka_unit_test(types__are_paired_with_what_is_passed_over),
        cmocka_unit_test(urls__are_taken_apart),
        cmocka_unit_test(passwords__are_found_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
