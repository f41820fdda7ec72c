// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include <assert.h>
#include <time.h>

#define S_PER_DAY 86400
#define DAY_MIN INT64_C(-719162) /* 0001-01-01 */
#define DAY_MAX INT64_C(2932896) /* 9999-12-31 */
#define WORKDAYS_MAX 10000

static int64_t system_now(void *self)
{
    (void)self;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * YJ_NS_PER_S + ts.tv_nsec;
}

yj_clock yj_clock_system(void)
{
    return (yj_clock){ system_now, NULL };
}

int64_t yj_monotonic_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * YJ_NS_PER_S + ts.tv_nsec;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

typedef struct ymd {
    int year, month, day;
} ymd;

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Howard Hinnant's civil calendar: years that begin in March put the leap day last; eras of 400 years. */
static int64_t days_of(ymd d)
{
    int64_t y = d.month <= 2 ? d.year - 1 : d.year;
    int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static ymd ymd_of(int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (ymd){ (int)(yoe + era * 400 + (month <= 2)), month, (int)(doy - (153 * mp + 2) / 5 + 1) };
}

static void put_digits(char *p, int64_t v, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        p[i] = (char)('0' + v % 10);
        v /= 10;
    }
}

static void put_date(char *p, ymd d)
{
    put_digits(p, d.year, 4);
    p[4] = '-';
    put_digits(p + 5, d.month, 2);
    p[7] = '-';
    put_digits(p + 8, d.day, 2);
}

void yj_time_format(int64_t ns, char ret[static 31])
{
    int64_t seconds = floor_div(ns, YJ_NS_PER_S), fraction = ns % YJ_NS_PER_S;
    if (fraction < 0) /* not ns - seconds * YJ_NS_PER_S: that product may overflow */
        fraction += YJ_NS_PER_S;
    int64_t days = floor_div(seconds, S_PER_DAY), s = seconds - days * S_PER_DAY;
    put_date(ret, ymd_of(days));
    ret[10] = 'T';
    put_digits(ret + 11, s / 3600, 2);
    ret[13] = ':';
    put_digits(ret + 14, s / 60 % 60, 2);
    ret[16] = ':';
    put_digits(ret + 17, s % 60, 2);
    ret[19] = '.';
    put_digits(ret + 20, fraction, 9);
    ret[29] = 'Z';
    ret[30] = '\0';
}

/* `count` digits at p; -1 if one is none. */
static int digits(const char *p, size_t count)
{
    int v = 0;
    for (size_t i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

static bool read_date(const char *p, ymd *ret)
{
    if (p[4] != '-' || p[7] != '-')
        return false;
    ymd d = { digits(p, 4), digits(p + 5, 2), digits(p + 8, 2) };
    if (d.year < 1 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_in_month(d.year, d.month))
        return false;
    *ret = d;
    return true;
}

static ymd must_read_date(const char *p)
{
    ymd d = { 0, 0, 0 };
    bool valid = read_date(p, &d);
    assert(valid);
    return d;
}

/* "Z" or "+08:00", in seconds east. */
static bool read_offset(yj_span s, int64_t *ret)
{
    if (s.len == 1 && (s.ptr[0] == 'Z' || s.ptr[0] == 'z')) {
        *ret = 0;
        return true;
    }
    if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') || s.ptr[3] != ':')
        return false;
    int hours = digits(s.ptr + 1, 2), minutes = digits(s.ptr + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *ret = (hours * 60 + minutes) * 60 * (s.ptr[0] == '-' ? -1 : 1);
    return true;
}

bool yj_time_parse(yj_span s, int64_t *ret_ns)
{
    ymd d;
    if (s.len < 20 || !read_date(s.ptr, &d) || (s.ptr[10] != 'T' && s.ptr[10] != 't') || s.ptr[13] != ':' ||
        s.ptr[16] != ':')
        return false;
    int h = digits(s.ptr + 11, 2), m = digits(s.ptr + 14, 2), sec = digits(s.ptr + 17, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
        return false;
    size_t i = 19;
    int64_t fraction = 0;
    if (s.ptr[i] == '.') {
        size_t count = 0;
        int64_t unit = YJ_NS_PER_S / 10;
        for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, count++, unit /= 10) {
            if (count == 9)
                return false;
            fraction += (s.ptr[i] - '0') * unit;
        }
        if (count == 0)
            return false;
    }
    int64_t offset;
    if (!read_offset((yj_span){ s.ptr + i, s.len - i }, &offset))
        return false;
    int64_t seconds = days_of(d) * S_PER_DAY + h * 3600 + m * 60 + sec - offset;
    /* the smallest instant has a fraction: go there from the second above */
    if (seconds < 0 && fraction > 0) {
        seconds += 1;
        fraction -= YJ_NS_PER_S;
    }
    int64_t ns;
    if (__builtin_mul_overflow(seconds, YJ_NS_PER_S, &ns) || __builtin_add_overflow(ns, fraction, &ns))
        return false;
    *ret_ns = ns;
    return true;
}

bool yj_date_valid(yj_span s)
{
    ymd d;
    return s.len == YJ_DATE_LEN && read_date(s.ptr, &d);
}

bool yj_date_parse(yj_span s, yj_date *ret)
{
    if (!yj_date_valid(s))
        return false;
    memcpy(ret->s, s.ptr, YJ_DATE_LEN);
    ret->s[YJ_DATE_LEN] = '\0';
    return true;
}

int64_t yj_date_to_days(const char date[static YJ_DATE_LEN])
{
    return days_of(must_read_date(date));
}

bool yj_date_from_days(int64_t days, yj_date *ret)
{
    if (days < DAY_MIN || days > DAY_MAX)
        return false;
    put_date(ret->s, ymd_of(days));
    ret->s[YJ_DATE_LEN] = '\0';
    return true;
}

bool yj_date_add_months(const char date[static YJ_DATE_LEN], int64_t months, yj_date *ret)
{
    ymd d = must_read_date(date);
    int64_t count;
    if (__builtin_add_overflow(months, (int64_t)d.year * 12 + d.month - 1, &count) || count < 12 ||
        count >= 10000 * 12)
        return false;
    d.year = (int)(count / 12);
    d.month = (int)(count % 12) + 1;
    int last = days_in_month(d.year, d.month);
    if (d.day > last)
        d.day = last;
    put_date(ret->s, d);
    ret->s[YJ_DATE_LEN] = '\0';
    return true;
}

bool yj_date_add_days(const char date[static YJ_DATE_LEN], int64_t days, yj_date *ret)
{
    int64_t sum;
    return !__builtin_add_overflow(yj_date_to_days(date), days, &sum) && yj_date_from_days(sum, ret);
}

static int weekday_of(int64_t days)
{
    int64_t since_monday = days + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

int yj_date_weekday(const char date[static YJ_DATE_LEN])
{
    return weekday_of(yj_date_to_days(date));
}

bool yj_date_is_workday(const char date[static YJ_DATE_LEN], yj_workdays cal)
{
    size_t low = 0, high = cal.count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = memcmp(date, cal.rows[mid].date.s, YJ_DATE_LEN);
        if (c == 0)
            return cal.rows[mid].working;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return yj_date_weekday(date) <= 5;
}

bool yj_date_add_workdays(const char date[static YJ_DATE_LEN], int64_t n, yj_workdays cal, yj_date *ret)
{
    int64_t days = yj_date_to_days(date), step = n < 0 ? -1 : 1;
    if (n < -WORKDAYS_MAX || n > WORKDAYS_MAX)
        return false;
    yj_date d;
    memcpy(d.s, date, YJ_DATE_LEN);
    d.s[YJ_DATE_LEN] = '\0';
    for (int64_t left = n * step; left > 0;) {
        days += step;
        if (!yj_date_from_days(days, &d))
            return false;
        if (yj_date_is_workday(d.s, cal))
            left--;
    }
    *ret = d;
    return true;
}

/* --- times of day ----------------------------------------------------------------------------- */

bool yj_clock_time_valid(int64_t v)
{
    return v >= 0 && v <= 2359 && v % 100 < 60;
}

bool yj_clock_time_parse(yj_span s, int64_t *ret)
{
    static const char wide[] = "\xef\xbc\x9a";
    const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;
    size_t skip = 1;
    if (!colon && s.len) {
        colon = memmem(s.ptr, s.len, wide, sizeof wide - 1);
        skip = sizeof wide - 1;
    }
    int64_t hours = 0, minutes = 0, all = 0;
    if (!colon) {
        bool digits = s.len <= 4 && yj_span_i64(s, &all) && yj_clock_time_valid(all);
        *ret = digits ? all : 0;
        return digits;
    }
    yj_span h = { s.ptr, (size_t)(colon - s.ptr) }, m = { colon + skip, s.len - h.len - skip };
    bool good = h.len >= 1 && h.len <= 2 && m.len == 2 && yj_span_i64(h, &hours) && hours >= 0 &&
                yj_span_i64(m, &minutes) && minutes >= 0 && yj_clock_time_valid(hours * 100 + minutes);
    *ret = good ? hours * 100 + minutes : 0;
    return good;
}

void yj_clock_time_write(int64_t v, yj_buf *out)
{
    yj_buf_fmt(out, "%02lld:%02lld", (long long)(v / 100), (long long)(v % 100));
}
