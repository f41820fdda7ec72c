// SPDX-License-Identifier: Apache-2.0
/* Zones of base/time.h: compiled zone files (TZif, RFC 8536) of version 2 and later. */
#include "base/file.h"
#include "base/time.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ZONE_DIR "/usr/share/zoneinfo/"
#define ZONE_NAME_MAX 64
#define ZONE_FILE_BYTES_MAX ((size_t)1 << 20)
#define S_PER_DAY 86400
#define CHINA_OFFSET (8 * 3600)

/* When daylight saving starts or ends each year, by the footer's rule. */
typedef struct rule {
    enum { RULE_MONTH_WEEK, RULE_JULIAN, RULE_DAY } kind;
    int month, week, weekday; /* RULE_MONTH_WEEK */
    int day;                  /* the other two */
    int64_t seconds;          /* after midnight, local time before the change */
} rule;

typedef struct footer {
    bool present, has_dst;
    int64_t std_offset, dst_offset; /* seconds east */
    rule start, end;
} footer;

struct yj_zone {
    size_t count;
    int64_t *at;     /* Unix seconds, rising */
    int64_t *offset; /* in force from at[i] on */
    int64_t first_offset;
    footer foot;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* --- the footer: a POSIX TZ string, such as CST-8 or EST5EDT,M3.2.0,M11.1.0 --- */

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool next_is(cursor *c, char ch)
{
    if (c->p == c->end || *c->p != ch)
        return false;
    c->p++;
    return true;
}

static bool read_number(cursor *c, int max, int *ret)
{
    int v = 0;
    const char *start = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        v = v * 10 + (*c->p++ - '0');
        if (v > max)
            return false;
    }
    *ret = v;
    return c->p > start;
}

static bool read_abbreviation(cursor *c)
{
    const char *start = c->p;
    if (next_is(c, '<')) {
        while (c->p < c->end && *c->p != '>')
            c->p++;
        return next_is(c, '>');
    }
    while (c->p < c->end && ((*c->p >= 'A' && *c->p <= 'Z') || (*c->p >= 'a' && *c->p <= 'z')))
        c->p++;
    return c->p - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool read_hms(cursor *c, int64_t *ret)
{
    int h = 0, m = 0, s = 0;
    bool negative = next_is(c, '-');
    if (!negative)
        next_is(c, '+');
    if (!read_number(c, 167, &h))
        return false;
    if (next_is(c, ':') && (!read_number(c, 59, &m) || (next_is(c, ':') && !read_number(c, 59, &s))))
        return false;
    int64_t v = (int64_t)h * 3600 + m * 60 + s;
    *ret = negative ? -v : v;
    return true;
}

static bool read_rule(cursor *c, rule *ret)
{
    rule r = { .seconds = 2 * 3600 };
    if (!next_is(c, ','))
        return false;
    if (next_is(c, 'M')) {
        r.kind = RULE_MONTH_WEEK;
        if (!read_number(c, 12, &r.month) || r.month < 1 || !next_is(c, '.') || !read_number(c, 5, &r.week) ||
            r.week < 1 || !next_is(c, '.') || !read_number(c, 6, &r.weekday))
            return false;
    } else if (next_is(c, 'J')) {
        r.kind = RULE_JULIAN;
        if (!read_number(c, 365, &r.day) || r.day < 1)
            return false;
    } else {
        r.kind = RULE_DAY;
        if (!read_number(c, 365, &r.day))
            return false;
    }
    if (next_is(c, '/') && !read_hms(c, &r.seconds))
        return false;
    *ret = r;
    return true;
}

static bool read_footer(yj_span s, footer *ret)
{
    footer f = { .present = s.len > 0 };
    cursor c = { s.ptr, s.ptr + s.len };
    int64_t west;
    if (f.present) {
        if (!read_abbreviation(&c) || !read_hms(&c, &west))
            return false;
        f.std_offset = -west;
        f.has_dst = c.p < c.end;
    }
    if (f.has_dst) {
        f.dst_offset = f.std_offset + 3600;
        if (!read_abbreviation(&c))
            return false;
        if (c.p < c.end && *c.p != ',') {
            if (!read_hms(&c, &west))
                return false;
            f.dst_offset = -west;
        }
        if (!read_rule(&c, &f.start) || !read_rule(&c, &f.end) || c.p != c.end)
            return false;
    }
    *ret = f;
    return true;
}

/* Day of a rule in a year, since the epoch. Years are four digits: the caller keeps to 1677..2262. */
static int64_t rule_day(const rule *r, int64_t year)
{
    char text[] = "0000-01-01";
    for (int i = 3, y = (int)year; i >= 0; i--, y /= 10)
        text[i] = (char)('0' + y % 10);
    int64_t new_year = yj_date_to_days(text);
    if (r->kind == RULE_DAY)
        return new_year + r->day;
    if (r->kind == RULE_JULIAN) { /* February 29 is never counted */
        text[5] = '0', text[6] = '3';
        bool leap = yj_date_to_days(text) - new_year == 60;
        return new_year + r->day - 1 + (leap && r->day >= 60);
    }
    text[5] = (char)('0' + r->month / 10);
    text[6] = (char)('0' + r->month % 10);
    int64_t first = yj_date_to_days(text);
    int to_weekday = (r->weekday - yj_date_weekday(text) % 7 + 7) % 7; /* POSIX counts Sunday as 0 */
    int64_t day = first + to_weekday + 7 * (r->week - 1);
    yj_date next_month;
    bool fine = yj_date_add_months(text, 1, &next_month);
    assert(fine);
    return day >= yj_date_to_days(next_month.s) ? day - 7 : day; /* week 5 is the last one */
}

/* The instants of a year when daylight saving starts and ends. */
static void changes(const footer *f, int64_t year, int64_t *ret_start, int64_t *ret_end)
{
    *ret_start = rule_day(&f->start, year) * S_PER_DAY + f->start.seconds - f->std_offset;
    *ret_end = rule_day(&f->end, year) * S_PER_DAY + f->end.seconds - f->dst_offset;
}

static int64_t year_of(int64_t seconds)
{
    yj_date d;
    bool fine = yj_date_from_days(floor_div(seconds, S_PER_DAY), &d);
    assert(fine); /* instants lie in 1677..2262 */
    return (d.s[0] - '0') * 1000 + (d.s[1] - '0') * 100 + (d.s[2] - '0') * 10 + (d.s[3] - '0');
}

static int64_t footer_offset(const footer *f, int64_t t)
{
    if (!f->has_dst)
        return f->std_offset;
    int64_t start, end;
    changes(f, year_of(t + f->std_offset), &start, &end);
    bool dst = start < end ? t >= start && t < end : t >= start || t < end;
    return dst ? f->dst_offset : f->std_offset;
}

/* Seconds east of Greenwich at an instant. */
static int64_t offset_at(const yj_zone *z, int64_t t)
{
    size_t low = 0, high = z->count; /* how many transitions are at or before t */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->at[mid] <= t)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == z->count && z->foot.present)
        return footer_offset(&z->foot, t);
    return low ? z->offset[low - 1] : z->first_offset;
}

/* --- the file --- */

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64s(const unsigned char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

typedef struct header {
    char version;
    size_t isut, isstd, leap, time, type, chars;
} header;

static bool read_header(yj_span *s, header *ret)
{
    if (s->len < 44 || memcmp(s->ptr, "TZif", 4) != 0)
        return false;
    const unsigned char *p = (const unsigned char *)s->ptr;
    *ret = (header){ s->ptr[4],    be32(p + 20), be32(p + 24), be32(p + 28),
                     be32(p + 32), be32(p + 36), be32(p + 40) };
    *s = (yj_span){ s->ptr + 44, s->len - 44 };
    return true;
}

/* Every count has 32 bits, so the sum fits 64. */
static bool skip_part(yj_span *s, const header *h, size_t time_size)
{
    size_t bytes =
        h->time * (time_size + 1) + h->type * 6 + h->chars + h->leap * (time_size + 4) + h->isstd + h->isut;
    if (bytes > s->len)
        return false;
    *s = (yj_span){ s->ptr + bytes, s->len - bytes };
    return true;
}

static bool read_transitions(const unsigned char *p, const header *h, yj_zone *z)
{
    const unsigned char *index = p + h->time * 8, *types = index + h->time;
    for (size_t i = 0; i < h->time; i++) {
        if (index[i] >= h->type)
            return false;
        z->at[i] = be64s(p + 8 * i);
        z->offset[i] = (int32_t)be32(types + 6 * (size_t)index[i]);
        if ((i && z->at[i] <= z->at[i - 1]) || z->offset[i] < -S_PER_DAY * 7 || z->offset[i] > S_PER_DAY * 7)
            return false;
    }
    z->first_offset = (int32_t)be32(types);
    return z->first_offset >= -S_PER_DAY * 7 && z->first_offset <= S_PER_DAY * 7;
}

static yj_zone *zone_new(size_t count)
{
    yj_zone *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->count = count;
    z->at = calloc(count + 1, sizeof *z->at);
    z->offset = calloc(count + 1, sizeof *z->offset);
    if (!z->at || !z->offset) {
        yj_zone_free(z);
        return NULL;
    }
    return z;
}

static yj_status read_zone(yj_span s, const char *name, yj_zone **ret, yj_error *err)
{
    header h;
    bool fine = read_header(&s, &h) && h.version >= '2' && skip_part(&s, &h, 4) && read_header(&s, &h);
    const unsigned char *data = (const unsigned char *)s.ptr;
    fine = fine && skip_part(&s, &h, 8) && h.type > 0 && s.len >= 2 && s.ptr[0] == '\n' &&
           s.ptr[s.len - 1] == '\n';
    if (!fine)
        return yj_fail(err, YJ_E_INVALID, "the file of the time zone %s is damaged or too old", name);
    if (h.leap > 0)
        return yj_fail(err, YJ_E_INVALID, "the time zone %s counts leap seconds", name);
    yj_auto(yj_zone_freep) yj_zone *z = zone_new(h.time);
    if (!z)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (!read_transitions(data, &h, z) || !read_footer((yj_span){ s.ptr + 1, s.len - 2 }, &z->foot))
        return yj_fail(err, YJ_E_INVALID, "the file of the time zone %s is damaged or too old", name);
    *ret = yj_take(z);
    return YJ_OK;
}

/* Letters, digits and "+-_" in parts divided by single slashes: no way out of the folder. */
static bool name_fits(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > ZONE_NAME_MAX || name[0] == '/' || name[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                     c == '-' || c == '_';
        if (!plain && (c != '/' || name[i + 1] == '/'))
            return false;
    }
    return true;
}

static yj_status fixed_zone(int64_t offset, yj_zone **ret, yj_error *err)
{
    yj_zone *z = zone_new(0);
    if (!z)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    z->first_offset = offset;
    *ret = z;
    return YJ_OK;
}

yj_status yj_zone_open(const char *name, yj_zone **ret, yj_error *err)
{
    assert(name && ret);
    if (!name_fits(name))
        return yj_fail(err, YJ_E_INVALID, "a time zone's name is of the form Asia/Shanghai");
    char path[sizeof ZONE_DIR + ZONE_NAME_MAX] = ZONE_DIR;
    memcpy(path + sizeof ZONE_DIR - 1, name, strlen(name) + 1);
    yj_auto(yj_buf_done) yj_buf file;
    yj_buf_init(&file, ZONE_FILE_BYTES_MAX);
    yj_status st = yj_file_read(path, ZONE_FILE_BYTES_MAX, &file, err);
    if (st == YJ_OK)
        return read_zone(yj_buf_view(&file), name, ret, err);
    if (st == YJ_E_NOT_FOUND && strcmp(name, "Asia/Shanghai") == 0)
        return fixed_zone(CHINA_OFFSET, ret, err);
    if (st == YJ_E_NOT_FOUND && (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0))
        return fixed_zone(0, ret, err);
    if (st == YJ_E_NOT_FOUND || yj_path_is_dir(path))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no time zone %s", name);
    return st;
}

void yj_zone_free(yj_zone *z)
{
    if (!z)
        return;
    free(z->at);
    free(z->offset);
    free(z);
}

void yj_zone_date(const yj_zone *z, int64_t ns, yj_date *ret)
{
    int64_t t = floor_div(ns, YJ_NS_PER_S);
    bool fine = yj_date_from_days(floor_div(t + offset_at(z, t), S_PER_DAY), ret);
    assert(fine);
}

void yj_zone_time(const yj_zone *z, int64_t ns, char ret[static 20])
{
    yj_date day;
    int64_t t = floor_div(ns, YJ_NS_PER_S);
    t += offset_at(z, t);
    unsigned s = (unsigned)(t - floor_div(t, S_PER_DAY) * S_PER_DAY);
    yj_zone_date(z, ns, &day);
    snprintf(ret, 20, "%s %02u:%02u:%02u", day.s, s / 3600 % 24, s / 60 % 60, s % 60);
}

/* Instants in (low, high) at which the offset may change, rising; `ret` has room for `cap`. */
static size_t breaks_between(const yj_zone *z, int64_t low, int64_t high, int64_t *ret, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < z->count && n < cap; i++)
        if (z->at[i] > low && z->at[i] < high)
            ret[n++] = z->at[i];
    if (!z->foot.has_dst || (z->count && high <= z->at[z->count - 1]))
        return n;
    int64_t year = year_of(low);
    for (int64_t y = year - 1; y <= year + 1; y++) {
        int64_t c[2];
        changes(&z->foot, y, &c[0], &c[1]);
        for (size_t i = 0; i < 2 && n < cap; i++)
            if (c[i] > low && c[i] < high)
                ret[n++] = c[i];
    }
    for (size_t i = 1; i < n; i++) /* a handful: insertion sort */
        for (size_t k = i; k > 0 && ret[k - 1] > ret[k]; k--) {
            int64_t swap = ret[k];
            ret[k] = ret[k - 1];
            ret[k - 1] = swap;
        }
    return n;
}

int64_t yj_zone_end_of_day(const yj_zone *z, const char date[static YJ_DATE_LEN])
{
    int64_t midnight = (yj_date_to_days(date) + 1) * S_PER_DAY; /* of the next day, read as UTC */
    const int64_t limit = INT64_MAX / YJ_NS_PER_S, window = 8 * S_PER_DAY;
    if (midnight > limit - window)
        return INT64_MAX;
    if (midnight < -limit + window)
        return INT64_MIN;
    /* The last second whose local time is before midnight: look at the spans of constant offset around it,
     * the latest first. Offsets may jump over midnight (then it is the second before the jump) or back over
     * it. */
    int64_t bounds[16];
    size_t n = breaks_between(z, midnight - window, midnight + window, bounds, YJ_COUNT(bounds));
    int64_t end = midnight + window;
    for (size_t i = n + 1; i-- > 0;) {
        int64_t begin = i ? bounds[i - 1] : midnight - window;
        int64_t last = midnight - offset_at(z, begin) - 1;
        if (last >= end)
            last = end - 1;
        if (last >= begin)
            return last * YJ_NS_PER_S + (YJ_NS_PER_S - 1);
        end = begin;
    }
    return (midnight - window) * YJ_NS_PER_S; /* unreachable: no offset is that large */
}
