// SPDX-License-Identifier: Apache-2.0
/* Dates and instants: text and number are each other's inverse, and so are adding and subtracting. The input
 * is a text, optionally followed by a newline and a number to add. */
#include "fuzz.h"

#include "base/time.h"

static void check_date(const yj_date *d, int64_t n)
{
    static const yj_workday rows[] = { { { "2026-09-20" }, true }, { { "2026-10-01" }, false } };
    const yj_workdays cal = { rows, YJ_COUNT(rows) };
    yj_date a, b;
    int64_t days = yj_date_to_days(d->s);
    assert(yj_date_from_days(days, &a) && strcmp(a.s, d->s) == 0);
    int weekday = yj_date_weekday(d->s);
    assert(weekday >= 1 && weekday <= 7);

    if (yj_date_add_days(d->s, n, &a)) {
        assert(yj_date_to_days(a.s) == days + n);
        assert(yj_date_add_days(a.s, -n, &b) && strcmp(b.s, d->s) == 0);
        assert((yj_date_weekday(a.s) - weekday - n % 7) % 7 == 0);
    }
    if (yj_date_add_months(d->s, n, &a)) {
        assert(yj_date_valid(yj_span_of(a.s)));
        assert(strcmp(a.s + 8, d->s + 8) <= 0); /* the day may only be clamped */
        assert(yj_date_add_months(a.s, -n, &b) && memcmp(b.s, d->s, 8) == 0);
    }
    if (yj_date_add_workdays(d->s, n % 1000, cal, &a) && n % 1000 != 0) {
        assert(yj_date_is_workday(a.s, cal));
        assert((strcmp(a.s, d->s) > 0) == (n > 0));
        if (yj_date_is_workday(d->s, cal))
            assert(yj_date_add_workdays(a.s, -(n % 1000), cal, &b) && strcmp(b.s, d->s) == 0);
    }
}

static void check_instant(int64_t ns)
{
    static yj_zone *zone; /* opened once, for the life of the process */
    yj_error err;
    if (!zone) {
        yj_status st = yj_zone_open("Asia/Shanghai", &zone, &err);
        assert(st == YJ_OK);
    }
    char text[31];
    int64_t back = 0;
    yj_time_format(ns, text);
    assert(yj_time_parse(yj_span_of(text), &back) && back == ns);
    yj_date in, next;
    yj_zone_date(zone, ns, &in);
    int64_t end = yj_zone_end_of_day(zone, in.s);
    assert(end >= ns || end == INT64_MIN);
    if (end > INT64_MIN && end < INT64_MAX) {
        yj_zone_date(zone, end + 1, &next);
        assert(strcmp(next.s, in.s) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span text = { (const char *)data, size };
    const char *nl = size ? memchr(text.ptr, '\n', size) : NULL;
    int64_t n = 0, ns = 0;
    if (nl) {
        yj_span number = { nl + 1, size - (size_t)(nl + 1 - text.ptr) };
        if (!yj_span_i64(number, &n) || n == INT64_MIN)
            n = 1;
        text.len = (size_t)(nl - text.ptr);
    }
    yj_date d;
    bool valid = yj_date_parse(text, &d);
    assert(valid == yj_date_valid(text));
    if (valid)
        check_date(&d, n);
    if (yj_time_parse(text, &ns))
        check_instant(ns);
    check_instant(n);
    return 0;
}
