// SPDX-License-Identifier: Apache-2.0
/**
 * Instants are int64 nanoseconds since 1970-01-01T00:00:00Z (1677..2262). Civil dates are ISO text of ten
 * characters, "0001-01-01".."9999-12-31", proleptic Gregorian, compared as text. A clock may be simulated
 * (demonstration and test data only); nothing else in the program reads the time of day.
 */
#ifndef YJ_BASE_TIME_H
#define YJ_BASE_TIME_H

#include "base/span.h"

#define YJ_DATE_LEN 10
#define YJ_NS_PER_S INT64_C(1000000000)

typedef struct yj_date {
    char s[YJ_DATE_LEN + 1];
} yj_date;

typedef struct yj_clock {
    int64_t (*now_ns)(void *self); /* thread-safe */
    void *self;
} yj_clock;

/** The machine's real-time clock. */
yj_clock yj_clock_system(void);
/** CLOCK_MONOTONIC, for durations. */
int64_t yj_monotonic_ns(void);

/** "2026-11-22T10:00:00.123456789Z"; `ret` holds at least 31 bytes. */
void yj_time_format(int64_t ns, char ret[static 31]);
/** RFC 3339 with 'Z' or offset, 0..9 fraction digits, seconds 0..59. */
bool yj_time_parse(yj_span s, int64_t *ret_ns);

/** A time of day is kept as a number, hours times 100 and minutes: 905 is five past nine. */
bool yj_clock_time_valid(int64_t v);
/** As people write it: "9:05", "09:05", with the full-width colon too, or the number's digits. False on
 * anything else. */
bool yj_clock_time_parse(yj_span s, int64_t *ret);
/** "09:05". A number that is no time of day is split in the same way. */
void yj_clock_time_write(int64_t v, yj_buf *out);

/** Is it a date of that form that exists? */
bool yj_date_valid(yj_span s);
bool yj_date_parse(yj_span s, yj_date *ret);
/** Days since 1970-01-01; the date must be valid. */
int64_t yj_date_to_days(const char date[static YJ_DATE_LEN]);
/** False outside years 1..9999. */
bool yj_date_from_days(int64_t days, yj_date *ret);
/** Clamps to the month's last day (2024-01-31 + 1 = 2024-02-29). False outside years 1..9999. */
bool yj_date_add_months(const char date[static YJ_DATE_LEN], int64_t months, yj_date *ret);
bool yj_date_add_days(const char date[static YJ_DATE_LEN], int64_t days, yj_date *ret);
/** 1 Monday .. 7 Sunday. */
int yj_date_weekday(const char date[static YJ_DATE_LEN]);

/** Exceptions to the five-day week: public holidays and make-up working days; sorted by date. */
typedef struct yj_workday {
    yj_date date;
    bool working;
} yj_workday;
typedef struct yj_workdays {
    const yj_workday *rows;
    size_t count;
} yj_workdays;
bool yj_date_is_workday(const char date[static YJ_DATE_LEN], yj_workdays cal);
/** The n-th working day after `date` (n > 0), before it (n < 0); n = 0 gives `date` itself. |n| <= 10000. */
bool yj_date_add_workdays(const char date[static YJ_DATE_LEN], int64_t n, yj_workdays cal, yj_date *ret);

/**
 * A zone given as IANA name, read from the system's zoneinfo. Where that is not installed, "UTC" and
 * "Asia/Shanghai" are still known; the latter as UTC+8 throughout, which is exact since 1991-09-15.
 */
typedef struct yj_zone yj_zone;
/** YJ_E_INVALID (no such form of name, damaged file), YJ_E_NOT_FOUND, YJ_E_IO. */
yj_status yj_zone_open(const char *name, yj_zone **ret, yj_error *err) yj_nodiscard;
void yj_zone_free(yj_zone *z);
YJ_DEFINE_CLEANUP(yj_zone, yj_zone_free)
/** The civil date in the zone at the instant. */
void yj_zone_date(const yj_zone *z, int64_t ns, yj_date *ret);
/** "2026-11-22 18:00:00": what a clock in the zone shows; `ret` holds at least 20 bytes. */
void yj_zone_time(const yj_zone *z, int64_t ns, char ret[static 20]);
/** The last nanosecond of a civil date in the zone; outside the range of instants the nearest one. A date
 * that the zone skipped ends when it was skipped. */
int64_t yj_zone_end_of_day(const yj_zone *z, const char date[static YJ_DATE_LEN]);

#endif
