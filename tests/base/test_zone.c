// SPDX-License-Identifier: Apache-2.0
#include "test.h"

/* The parsers of zone files are private to their file and tested here with files made by hand. */
#include "../../src/base/zone.c"

#include <unistd.h>

/* Is the system's zoneinfo there? Without it only the built-in zones can be tested. */
static bool has_zoneinfo(void)
{
    return yj_path_exists(ZONE_DIR "America/New_York");
}

typedef struct day_end {
    const char *zone, *date; /* a zone's name, or a footer */
    int64_t seconds;         /* of the day's last second */
    bool skipped;            /* the zone has no such day */
} day_end;

/* Computed with Python's zoneinfo, second by second. */
static const day_end history[] = {
    { "UTC", "2026-11-22", INT64_C(1795391999), false },
    { "Asia/Shanghai", "2026-11-22", INT64_C(1795363199), false },
    { "Asia/Shanghai", "2000-02-29", INT64_C(951839999), false },
    { "Asia/Shanghai", "1988-04-16", INT64_C(577209599), false }, /* daylight saving from the 17th */
    { "Asia/Shanghai", "1991-09-14", INT64_C(684860399), false }, /* and its last day */
    { "Asia/Shanghai", "1900-12-31", INT64_C(-2177481601), false },
    { "America/New_York", "2024-03-10", INT64_C(1710129599), false },
    { "America/New_York", "2024-11-03", INT64_C(1730696399), false },
    { "America/Sao_Paulo", "2018-11-03", INT64_C(1541300399), false }, /* the jump is over midnight */
    { "America/Sao_Paulo", "2018-02-17", INT64_C(1518922799),
      false }, /* and back over it: 23 o'clock twice */
    { "America/Asuncion", "2023-09-30", INT64_C(1696132799), false },
    { "Pacific/Apia", "2011-12-29", INT64_C(1325239199), false },
    { "Pacific/Apia", "2011-12-30", INT64_C(1325239199), true }, /* over the date line */
    { "Pacific/Apia", "2011-12-31", INT64_C(1325325599), false },
};
static const day_end rules[] = {
    { "UTC0", "2026-11-22", INT64_C(1795391999), false },
    { "CST-8", "2026-11-22", INT64_C(1795363199), false },
    { "EST5EDT,M3.2.0,M11.1.0", "2026-03-08", INT64_C(1773028799), false },
    { "EST5EDT,M3.2.0,M11.1.0", "2026-11-01", INT64_C(1793595599), false },
    { "EST5EDT,M3.2.0,M11.1.0", "2100-07-04", INT64_C(4118443199), false },
    { "EST5EDT,M3.2.0,M11.1.0", "2100-12-31", INT64_C(4133998799), false },
    { "IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-15", INT64_C(2525903999), false }, /* winter is the saving */
    { "IST-1GMT0,M10.5.0,M3.5.0/1", "2050-07-15", INT64_C(2541538799), false },
    { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-01-15", INT64_C(2525864399), false },
    { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-07-15", INT64_C(2541506399), false },
    { "CST5CDT,M3.2.0/0,M11.1.0/1", "2060-03-06", INT64_C(2845861199), false },
    { "CST5CDT,M3.2.0/0,M11.1.0/1", "2060-10-31", INT64_C(2866507199), false },
    { "<+0545>-5:45", "2026-01-01", INT64_C(1767291299), false },
    { "<+14>-14", "2026-01-01", INT64_C(1767261599), false },
    { "EET-2EEST,M4.5.5/0,M10.5.4/24", "2026-04-23", INT64_C(1776981599), false },
    { "EET-2EEST,M4.5.5/0,M10.5.4/24", "2040-04-26", INT64_C(2219090399), false },
    { "EET-2EEST,M3.5.0/0,M10.5.0/0", "2026-03-28", INT64_C(1774735199), false },
    { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-30", INT64_C(1901149199), false },
    { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-29", INT64_C(1901066399), false },
    { "IST-2IDT,M3.4.4/26,M10.5.0", "2060-03-26", INT64_C(2847560399), false },
    /* the same rule by days of the year: March 1 and February 28/29 */
    { "AAA0BBB,J60/0,J300/0", "2023-03-01", INT64_C(1677711599), false },
    { "AAA0BBB,J60/0,J300/0", "2024-03-01", INT64_C(1709333999), false },
    { "AAA0BBB,59/0,300/0", "2023-03-01", INT64_C(1677711599), false },
    { "AAA0BBB,59/0,300/0", "2024-02-28", INT64_C(1709164799), false },
    { "AAA0BBB,59/0,300/0", "2024-02-29", INT64_C(1709247599), false },
};

static void check_end(const yj_zone *z, const day_end *row)
{
    int64_t end = yj_zone_end_of_day(z, row->date);
    if (end != row->seconds * YJ_NS_PER_S + 999999999)
        fail_msg("%s %s: ends at %lld", row->zone, row->date, (long long)floor_div(end, YJ_NS_PER_S));
    yj_date last, next;
    yj_zone_date(z, end, &last);
    yj_zone_date(z, end + 1, &next);
    assert_int_equal(strcmp(last.s, row->date) == 0, !row->skipped);
    assert_true(strcmp(next.s, row->date) > 0);
}

static void zone__knows_the_history(void **state)
{
    (void)state;
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(history); i++) {
        bool built_in = strncmp(history[i].zone, "A", 1) != 0 || strcmp(history[i].date, "1991-09-15") >= 0;
        if (!has_zoneinfo() && (!built_in || strchr(history[i].zone, '_') || history[i].skipped))
            continue;
        yj_auto(yj_zone_freep) yj_zone *z = NULL;
        yj_status st = yj_zone_open(history[i].zone, &z, &err);
        if (st == YJ_E_NOT_FOUND && !has_zoneinfo())
            continue;
        assert_int_equal(st, YJ_OK);
        check_end(z, &history[i]);
    }
}

static yj_zone *zone_of_footer(const char *text)
{
    yj_zone *z = zone_new(0);
    assert_non_null(z);
    if (!read_footer(yj_span_of(text), &z->foot))
        fail_msg("footer %s", text);
    return z;
}

static void zone__follows_the_footer_s_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(rules); i++) {
        yj_auto(yj_zone_freep) yj_zone *z = zone_of_footer(rules[i].zone);
        check_end(z, &rules[i]);
    }
}

static void footer__of_another_form_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "C",
        "CST",
        "CS-8",
        "CST-8 ",
        "<CST-8",
        "CST-168",
        "CST-8:60",
        "CST-8:00:60",
        "CST-8:",
        "EST5EDT",
        "EST5EDT4",
        "EST5EDT,",
        "EST5EDT,M3.2.0",
        "EST5EDT,M3.2.0,",
        "EST5EDT,M13.2.0,M11.1.0",
        "EST5EDT,M0.2.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.0.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0",
        "EST5EDT,M3.2.0,M11.1.0x",
        "EST5EDT,M3.2,M11.1.0",
        "EST5EDT,J0,J1",
        "EST5EDT,J366,J1",
        "EST5EDT,366,1",
        "EST5EDT,M3.2.0/168,M11.1.0",
        "EST99999999999999999999",
        "-8",
        "5",
    };
    footer f;
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        if (read_footer(yj_span_of(bad[i]), &f))
            fail_msg("footer \"%s\" was taken", bad[i]);
}

static void zone_open__refuses_names_that_lead_elsewhere(void **state)
{
    (void)state;
    yj_error err;
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../../../etc/passwd",
        "Asia/../UTC",
        "./UTC",
        "Asia//Shanghai",
        "Asia/",
        "UTC ",
        "A\nB",
        "Asia\\Shanghai",
        "\xe4\xb8\x8a\xe6\xb5\xb7",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    yj_zone *z = NULL;
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_status(yj_zone_open(bad[i], &z, &err), YJ_E_INVALID);
    assert_status(yj_zone_open("Mars/Olympus", &z, &err), YJ_E_NOT_FOUND);
    assert_string_equal(err.msg, "there is no time zone Mars/Olympus");
    assert_status(yj_zone_open("Asia", &z, &err), YJ_E_NOT_FOUND);
    assert_null(z);
}

static void fixed_zones__stand_in_for_absent_files(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_zone_freep) yj_zone *built_in = NULL, *system = NULL;
    assert_status(fixed_zone(CHINA_OFFSET, &built_in, &err), YJ_OK);
    assert_status(yj_zone_open("Asia/Shanghai", &system, &err), YJ_OK);
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    int64_t since = INT64_C(684864000) * YJ_NS_PER_S; /* 1991-09-15T00:00:00+08:00 */
    for (int i = 0; i < 10000; i++) {
        int64_t t = since + (int64_t)(test_random(&seed) % (uint64_t)(INT64_MAX - since));
        yj_date a, b;
        yj_zone_date(built_in, t, &a);
        yj_zone_date(system, t, &b);
        assert_string_equal(a.s, b.s);
        assert_int_equal(yj_zone_end_of_day(built_in, a.s), yj_zone_end_of_day(system, a.s));
    }
}

static void days__cover_all_instants_without_a_gap(void **state)
{
    (void)state;
    yj_error err;
    static const char *const names[] = {
        "UTC",           "Asia/Shanghai",     "America/New_York", "America/Sao_Paulo",
        "Europe/Dublin", "Africa/Casablanca", "Asia/Tehran",      "Antarctica/Troll"
    };
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t n = 0; n < YJ_COUNT(names); n++) {
        yj_auto(yj_zone_freep) yj_zone *z = NULL;
        if (yj_zone_open(names[n], &z, &err) != YJ_OK) {
            assert_false(has_zoneinfo());
            continue;
        }
        yj_date d = { "1880-01-01" };
        int64_t last = yj_zone_end_of_day(z, d.s);
        for (int i = 0; i < 90000; i++) { /* to 2126 */
            assert_true(yj_date_add_days(d.s, 1, &d));
            int64_t end = yj_zone_end_of_day(z, d.s);
            if (end <= last || (end - last) % YJ_NS_PER_S != 0 || end - last > 27 * 3600 * YJ_NS_PER_S)
                fail_msg("%s %s", names[n], d.s);
            yj_date in;
            int64_t t = last + 1 + (int64_t)(test_random(&seed) % (uint64_t)(end - last));
            yj_zone_date(z, t, &in);
            if (strcmp(in.s, d.s) > 0)
                fail_msg("%s: %s lies in %s", names[n], in.s, d.s);
            yj_zone_date(z, end + 1, &in);
            assert_true(strcmp(in.s, d.s) > 0);
            last = end;
        }
    }
}

static void end_of_day__is_clamped_to_the_range_of_instants(void **state)
{
    (void)state;
    yj_auto(yj_zone_freep) yj_zone *z = zone_of_footer("EST5EDT,M3.2.0,M11.1.0");
    assert_int_equal(yj_zone_end_of_day(z, "9999-12-31"), INT64_MAX);
    assert_int_equal(yj_zone_end_of_day(z, "0001-01-01"), INT64_MIN);
    yj_date d;
    yj_zone_date(z, INT64_MAX, &d);
    assert_string_equal(d.s, "2262-04-11");
    yj_zone_date(z, INT64_MIN, &d);
    assert_string_equal(d.s, "1677-09-20");
    assert_true(yj_zone_end_of_day(z, "2262-03-01") > 0);
    assert_true(yj_zone_end_of_day(z, "1678-01-01") < 0);
}

static void put32(yj_buf *b, uint32_t v)
{
    char p[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };
    yj_buf_add(b, p, 4);
}

/* A zone file by hand: an empty version 1 part, then two types (0 and +1 h) and two transitions. */
static void make_file(yj_buf *b, char version, uint32_t leaps, uint8_t type_index, const char *footer_text)
{
    yj_buf_clear(b);
    for (int part = 0; part < 2; part++) {
        yj_buf_str(b, "TZif");
        yj_buf_char(b, version);
        yj_buf_add(b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
        put32(b, 0);
        put32(b, 0);
        put32(b, part ? leaps : 0);
        put32(b, part ? 2 : 0);
        put32(b, part ? 2 : 1);
        put32(b, part ? 4 : 1);
        if (!part)
            yj_buf_add(b, "\0\0\0\0\0\0\0", 7);
    }
    put32(b, 0);
    put32(b, 1000);
    put32(b, 0);
    put32(b, 2000);
    yj_buf_char(b, 1);
    yj_buf_char(b, (char)type_index);
    yj_buf_add(b, "\0\0\0\0\0\0", 6);
    put32(b, 3600);
    yj_buf_add(b, "\1\0", 2);
    yj_buf_add(b, "AAA\0", 4);
    for (uint32_t i = 0; i < leaps; i++)
        yj_buf_add(b, "\0\0\0\0\0\0\0\0\0\0\0\1", 12);
    yj_buf_fmt(b, "\n%s\n", footer_text);
}

static void zone_file__of_another_form_is_refused(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    make_file(&b, '2', 0, 0, "AAA0");
    yj_auto(yj_zone_freep) yj_zone *good = NULL;
    assert_status(read_zone(yj_buf_view(&b), "X", &good, &err), YJ_OK);
    assert_int_equal(offset_at(good, 999), 0);
    assert_int_equal(offset_at(good, 1000), 3600);
    assert_int_equal(offset_at(good, 1999), 3600);
    assert_int_equal(offset_at(good, 2000), 0);

    yj_zone *z = NULL;
    for (size_t len = 0; len < b.len; len++)
        assert_status(read_zone((yj_span){ b.ptr, len }, "X", &z, &err), YJ_E_INVALID);
    make_file(&b, '\0', 0, 0, "AAA0"); /* version 1 */
    assert_status(read_zone(yj_buf_view(&b), "X", &z, &err), YJ_E_INVALID);
    make_file(&b, '2', 1, 0, "AAA0");
    assert_status(read_zone(yj_buf_view(&b), "X", &z, &err), YJ_E_INVALID);
    assert_string_equal(err.msg, "the time zone X counts leap seconds");
    make_file(&b, '2', 0, 2, "AAA0"); /* no such type */
    assert_status(read_zone(yj_buf_view(&b), "X", &z, &err), YJ_E_INVALID);
    make_file(&b, '2', 0, 0, "AAA");
    assert_status(read_zone(yj_buf_view(&b), "X", &z, &err), YJ_E_INVALID);

    /* no change of a byte leads out of the file */
    make_file(&b, '2', 0, 0, "AAA0BBB,M3.2.0,M11.1.0");
    for (size_t i = 0; i < b.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            b.ptr[i] = (char)(b.ptr[i] ^ 1 << bit);
            yj_auto(yj_zone_freep) yj_zone *changed = NULL;
            yj_status st = read_zone(yj_buf_view(&b), "X", &changed, &err);
            assert_true(st == YJ_OK || st == YJ_E_INVALID);
            yj_date d;
            if (st == YJ_OK) {
                yj_zone_date(changed, INT64_MAX, &d);
                yj_zone_date(changed, INT64_MIN, &d);
                yj_zone_date(changed, 0, &d);
                (void)yj_zone_end_of_day(changed, "2026-11-22");
                (void)yj_zone_end_of_day(changed, "1970-01-01");
            }
            b.ptr[i] = (char)(b.ptr[i] ^ 1 << bit);
        }
    }
    assert_null(z);
}

static void zone_time__is_what_a_clock_there_shows(void **state)
{
    static const struct {
        const char *zone, *instant, *shows;
    } rows[] = {
        { "Asia/Shanghai", "2026-11-22T15:59:59.999Z", "2026-11-22 23:59:59" },
        { "Asia/Shanghai", "2026-11-22T16:00:00Z", "2026-11-23 00:00:00" },
        { "UTC", "1969-12-31T23:59:58.5Z", "1969-12-31 23:59:58" },
        { "UTC", "2024-02-29T12:34:56Z", "2024-02-29 12:34:56" },
    };
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err;
        yj_zone *z = NULL;
        int64_t ns = 0;
        char text[20];
        assert_status(yj_zone_open(rows[i].zone, &z, &err), YJ_OK);
        assert_true(yj_time_parse(yj_span_of(rows[i].instant), &ns));
        yj_zone_time(z, ns, text);
        assert_string_equal(text, rows[i].shows);
        yj_zone_free(z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_time__is_what_a_clock_there_shows),
        cmocka_unit_test(zone__knows_the_history),
        cmocka_unit_test(zone__follows_the_footer_s_rules),
        cmocka_unit_test(footer__of_another_form_is_refused),
        cmocka_unit_test(zone_open__refuses_names_that_lead_elsewhere),
        cmocka_unit_test(fixed_zones__stand_in_for_absent_files),
        cmocka_unit_test(days__cover_all_instants_without_a_gap),
        cmocka_unit_test(end_of_day__is_clamped_to_the_range_of_instants),
        cmocka_unit_test(zone_file__of_another_form_is_refused),
    };
    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
