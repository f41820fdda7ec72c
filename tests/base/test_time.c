// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/time.h"

static void time_format__writes_utc_with_nanoseconds(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000000000Z" },
        { -1, "1969-12-31T23:59:59.999999999Z" },
        { INT64_C(1795341600123456789), "2026-11-22T10:00:00.123456789Z" },
        { INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
        { INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
        { INT64_C(951782400) * YJ_NS_PER_S, "2000-02-29T00:00:00.000000000Z" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char text[31];
        int64_t back = 0;
        yj_time_format(rows[i].ns, text);
        assert_string_equal(text, rows[i].text);
        assert_true(yj_time_parse(yj_span_of(text), &back));
        assert_int_equal(back, rows[i].ns);
    }
}

static void time_parse__follows_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same; /* same is NULL if it must be refused */
    } rows[] = {
        { "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000000000Z" },
        { "2026-11-22t10:00:00z", "2026-11-22T10:00:00.000000000Z" },
        { "2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.500000000Z" },
        { "2026-11-22T10:00:00.000000001Z", "2026-11-22T10:00:00.000000001Z" },
        { "2026-11-22T10:00:00+08:00", "2026-11-22T02:00:00.000000000Z" },
        { "2026-01-01T00:00:00+08:00", "2025-12-31T16:00:00.000000000Z" },
        { "2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00.000000000Z" },
        { "2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00.000000000Z" },
        { "1969-12-31T23:59:59.75+00:00", "1969-12-31T23:59:59.750000000Z" },
        { "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z" },
        { "2262-04-11T23:47:16.854775808Z", NULL },
        { "1677-09-21T00:12:43.145224191Z", NULL },
        { "0001-01-01T00:00:00Z", NULL },
        { "9999-12-31T23:59:59Z", NULL },
        { "2026-11-22T10:00:60Z", NULL },
        { "2026-11-22T24:00:00Z", NULL },
        { "2026-11-22T10:60:00Z", NULL },
        { "2026-02-29T10:00:00Z", NULL },
        { "2026-11-22T10:00:00.Z", NULL },
        { "2026-11-22T10:00:00.1234567891Z", NULL },
        { "2026-11-22T10:00:00", NULL },
        { "2026-11-22 10:00:00Z", NULL },
        { "2026-11-22T10:00:00+0800", NULL },
        { "2026-11-22T10:00:00+24:00", NULL },
        { "2026-11-22T10:00:00+08:60", NULL },
        { "2026-11-22T10:00:00+8:00", NULL },
        { "2026-11-22T10:00:00ZZ", NULL },
        { "2026-11-22T10:00:00Z ", NULL },
        { " 2026-11-22T10:00:00Z", NULL },
        { "2026-11-22T10:00Z", NULL },
        { "+026-11-22T10:00:00Z", NULL },
        { "2026-11-22T1a:00:00Z", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int64_t ns = 77;
        char text[31];
        bool valid = yj_time_parse(yj_span_of(rows[i].text), &ns);
        if (valid != (rows[i].same != NULL))
            fail_msg("\"%s\"", rows[i].text);
        if (!valid) {
            assert_int_equal(ns, 77);
            continue;
        }
        yj_time_format(ns, text);
        assert_string_equal(text, rows[i].same);
    }
}

static void time_format__is_undone_by_parse(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 100000; i++) {
        int64_t ns = (int64_t)test_random(&seed), back = 0;
        char text[31];
        yj_time_format(ns, text);
        assert_true(yj_time_parse(yj_span_of(text), &back));
        assert_int_equal(back, ns);
    }
}

static void date_valid__knows_the_calendar(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "2024-02-29", true },  { "2023-02-29", false }, { "1900-02-29", false }, { "2000-02-29", true },
        { "0001-01-01", true },  { "9999-12-31", true },  { "0000-12-31", false }, { "2024-00-10", false },
        { "2024-13-10", false }, { "2024-04-31", false }, { "2024-01-00", false }, { "2024-01-32", false },
        { "2024-1-01", false },  { "24-01-01", false },   { "2024/01/01", false }, { "2024-01-01 ", false },
        { "2024-01-1x", false }, { "-024-01-01", false }, { "", false },           { "2024-01-011", false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_date d = { "unchanged!" };
        assert_int_equal(yj_date_valid(yj_span_of(rows[i].text)), rows[i].valid);
        assert_int_equal(yj_date_parse(yj_span_of(rows[i].text), &d), rows[i].valid);
        assert_string_equal(d.s, rows[i].valid ? rows[i].text : "unchanged!");
    }
}

static void clock_time__is_read_as_people_write_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value; /* -1: none */
        const char *back;
    } rows[] = {
        { "9:05", 905, "09:05" },
        { "09:05", 905, "09:05" },
        { "9\xef\xbc\x9a"
          "05",
          905, "09:05" },
        { "905", 905, "09:05" },
        { "0905", 905, "09:05" },
        { "0", 0, "00:00" },
        { "5", 5, "00:05" },
        { "23:59", 2359, "23:59" },
        { "2359", 2359, "23:59" },
        { "24:00", -1, NULL },
        { "2400", -1, NULL },
        { "960", -1, NULL },
        { "9:60", -1, NULL },
        { "9:5", -1, NULL },
        { "9:005", -1, NULL },
        { "009:05", -1, NULL },
        { "00905", -1, NULL },
        { "-1", -1, NULL },
        { "-1:05", -1, NULL },
        { "1:-5", -1, NULL },
        { ":05", -1, NULL },
        { "9:", -1, NULL },
        { ":", -1, NULL },
        { "9:05 ", -1, NULL },
        { "9.05", -1, NULL },
        { "", -1, NULL },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int64_t v = 7;
        assert_int_equal(yj_clock_time_parse(yj_span_of(rows[i].text), &v), rows[i].value >= 0);
        if (rows[i].value < 0)
            continue;
        assert_int_equal(v, rows[i].value);
        assert_true(yj_clock_time_valid(v));
        yj_buf out;
        yj_buf_init(&out, 64);
        yj_clock_time_write(v, &out);
        assert_string_equal(out.ptr, rows[i].back);
        yj_buf_done(&out);
    }
    static const int64_t none[] = { -1, 60, 160, 2360, 2400, 9999, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < YJ_COUNT(none); i++)
        assert_false(yj_clock_time_valid(none[i]));
}

static void date_days__count_from_1970(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t days;
    } rows[] = {
        { "1970-01-01", 0 },       { "1969-12-31", -1 },      { "2000-03-01", 11017 },
        { "2024-02-29", 19782 },   { "0001-01-01", -719162 }, { "9999-12-31", 2932896 },
        { "1600-01-01", -135140 },
    };
    yj_date d;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_int_equal(yj_date_to_days(rows[i].text), rows[i].days);
        assert_true(yj_date_from_days(rows[i].days, &d));
        assert_string_equal(d.s, rows[i].text);
    }
    assert_false(yj_date_from_days(-719163, &d));
    assert_false(yj_date_from_days(2932897, &d));
    assert_false(yj_date_from_days(INT64_MIN, &d));
    assert_false(yj_date_from_days(INT64_MAX, &d));
}

/* Every day of the calendar, one by one, against a naive count. */
static void date_from_days__walks_through_all_years(void **state)
{
    (void)state;
    int year = 1, month = 1, day = 1, weekday = 1; /* 0001-01-01 was a Monday */
    for (int64_t n = -719162; n <= 2932896; n++) {
        yj_date d;
        char want[40];
        snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, day);
        if (!yj_date_from_days(n, &d) || strcmp(d.s, want) != 0 || yj_date_to_days(d.s) != n ||
            yj_date_weekday(d.s) != weekday)
            fail_msg("%s", want);
        weekday = weekday % 7 + 1;
        static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(year, 10000);
}

static void date_add_months__clamps_to_the_last_day(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int64_t months;
        const char *to; /* NULL: out of range */
    } rows[] = {
        { "2024-01-31", 1, "2024-02-29" },
        { "2023-01-31", 1, "2023-02-28" },
        { "2024-02-29", 12, "2025-02-28" },
        { "2024-02-29", -12, "2023-02-28" },
        { "2024-02-29", 48, "2028-02-29" },
        { "2024-12-31", 2, "2025-02-28" },
        { "2024-03-31", -1, "2024-02-29" },
        { "2024-01-15", -1, "2023-12-15" },
        { "2024-05-31", 0, "2024-05-31" },
        { "2024-11-30", 1, "2024-12-30" },
        { "9999-12-31", 1, NULL },
        { "9999-11-30", 1, "9999-12-30" },
        { "0001-01-01", -1, NULL },
        { "0001-02-01", -1, "0001-01-01" },
        { "0001-01-01", 119987, "9999-12-01" },
        { "0001-01-01", 119988, NULL },
        { "2024-01-01", INT64_MAX, NULL },
        { "2024-01-01", INT64_MIN, NULL },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_date d = { "unchanged!" };
        assert_int_equal(yj_date_add_months(rows[i].from, rows[i].months, &d), rows[i].to != NULL);
        assert_string_equal(d.s, rows[i].to ? rows[i].to : "unchanged!");
    }
}

static void date_add_days__crosses_months_and_stops_at_the_ends(void **state)
{
    (void)state;
    yj_date d;
    assert_true(yj_date_add_days("2024-02-28", 1, &d));
    assert_string_equal(d.s, "2024-02-29");
    assert_true(yj_date_add_days("2023-12-31", 1, &d));
    assert_string_equal(d.s, "2024-01-01");
    assert_true(yj_date_add_days("2024-03-01", -1, &d));
    assert_string_equal(d.s, "2024-02-29");
    assert_false(yj_date_add_days("9999-12-31", 1, &d));
    assert_false(yj_date_add_days("0001-01-01", -1, &d));
    assert_false(yj_date_add_days("2024-01-01", INT64_MAX, &d));
    assert_false(yj_date_add_days("1969-01-01", INT64_MIN, &d));
}

/* National Day 2026 as the State Council would announce it: a week off, two weekend days worked. */
static const yj_workday china_2026[] = {
    { { "2026-09-20" }, true },  { { "2026-10-01" }, false }, { { "2026-10-02" }, false },
    { { "2026-10-05" }, false }, { { "2026-10-06" }, false }, { { "2026-10-07" }, false },
    { { "2026-10-10" }, true },
};
static const yj_workdays china = { china_2026, YJ_COUNT(china_2026) };
static const yj_workdays none = { NULL, 0 };

static void workdays__follow_the_calendar_s_exceptions(void **state)
{
    (void)state;
    assert_true(yj_date_is_workday("2026-09-18", china));  /* Friday */
    assert_false(yj_date_is_workday("2026-09-19", china)); /* Saturday */
    assert_true(yj_date_is_workday("2026-09-20", china));  /* Sunday made up */
    assert_false(yj_date_is_workday("2026-09-20", none));
    assert_false(yj_date_is_workday("2026-10-01", china)); /* holiday */
    assert_true(yj_date_is_workday("2026-10-01", none));
    assert_false(yj_date_is_workday("2026-10-03", china)); /* Saturday */
    assert_true(yj_date_is_workday("2026-10-10", china));
    static const struct {
        const char *from;
        int64_t n;
        const char *to;
    } rows[] = {
        { "2026-09-30", 1, "2026-10-08" }, { "2026-10-08", -1, "2026-09-30" },
        { "2026-10-03", 0, "2026-10-03" }, { "2026-10-03", 1, "2026-10-08" },
        { "2026-10-09", 1, "2026-10-10" }, { "2026-10-09", 2, "2026-10-12" },
        { "2026-09-18", 1, "2026-09-20" }, { "2026-09-21", -1, "2026-09-20" },
        { "2026-09-30", 5, "2026-10-13" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_date d;
        assert_true(yj_date_add_workdays(rows[i].from, rows[i].n, china, &d));
        assert_string_equal(d.s, rows[i].to);
    }
}

static void add_workdays__keeps_within_bounds(void **state)
{
    (void)state;
    yj_date d = { "unchanged!" };
    assert_false(yj_date_add_workdays("2026-01-01", 10001, none, &d));
    assert_false(yj_date_add_workdays("2026-01-01", -10001, none, &d));
    assert_false(yj_date_add_workdays("2026-01-01", INT64_MIN, none, &d));
    assert_false(yj_date_add_workdays("9999-12-30", 2, none, &d));
    assert_false(yj_date_add_workdays("0001-01-01", -1, none, &d));
    assert_string_equal(d.s, "unchanged!");
    assert_true(yj_date_add_workdays("2026-01-05", 10000, none, &d)); /* 2000 weeks after a Monday */
    assert_int_equal(yj_date_to_days(d.s) - yj_date_to_days("2026-01-05"), 14000);
}

static void dates__add_and_subtract(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 50000; i++) {
        yj_date a, b, c;
        assert_true(yj_date_from_days((int64_t)(test_random(&seed) % 3652059) - 719162, &a));
        int64_t n = (int64_t)(test_random(&seed) % 20001) - 10000;
        if (yj_date_add_days(a.s, n, &b)) {
            assert_true(yj_date_add_days(b.s, -n, &c));
            assert_string_equal(a.s, c.s);
            assert_int_equal(strcmp(a.s, b.s) < 0, n > 0); /* dates compare as text */
        }
        if (yj_date_add_months(a.s, n, &b)) {
            assert_true(yj_date_add_months(b.s, -n, &c));
            assert_memory_equal(a.s, c.s, 8); /* the month; a day may have been clamped */
            assert_true(strcmp(c.s, a.s) <= 0);
        }
        if (i % 50 == 0 && n && yj_date_add_workdays(a.s, n, china, &b)) {
            assert_true(yj_date_is_workday(b.s, china));
            if (yj_date_is_workday(a.s, china)) {
                assert_true(yj_date_add_workdays(b.s, -n, china, &c));
                assert_string_equal(a.s, c.s);
            }
        }
    }
}

static void clocks__run(void **state)
{
    (void)state;
    yj_clock c = yj_clock_system();
    int64_t a = c.now_ns(c.self), m = yj_monotonic_ns();
    assert_true(a > INT64_C(1700000000) * YJ_NS_PER_S);
    for (int i = 0; i < 1000; i++) {
        int64_t n = yj_monotonic_ns();
        assert_true(n >= m);
        m = n;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_format__writes_utc_with_nanoseconds),
        cmocka_unit_test(time_parse__follows_rfc_3339),
        cmocka_unit_test(time_format__is_undone_by_parse),
        cmocka_unit_test(date_valid__knows_the_calendar),
        cmocka_unit_test(clock_time__is_read_as_people_write_it),
        cmocka_unit_test(date_days__count_from_1970),
        cmocka_unit_test(date_from_days__walks_through_all_years),
        cmocka_unit_test(date_add_months__clamps_to_the_last_day),
        cmocka_unit_test(date_add_days__crosses_months_and_stops_at_the_ends),
        cmocka_unit_test(workdays__follow_the_calendar_s_exceptions),
        cmocka_unit_test(add_workdays__keeps_within_bounds),
        cmocka_unit_test(dates__add_and_subtract),
        cmocka_unit_test(clocks__run),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
