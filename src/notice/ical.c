// SPDX-License-Identifier: Apache-2.0
#include "notice/ical.h"

#include "notice/plain.h"
#include <assert.h>
#include <stdio.h>

#define FOLD 75 /* octets of a line, its end not counted: RFC 5545 3.1 */

/* --- lines ------------------------------------------------------------------------------------ */

/* Where a line of at most `room` octets may end: not inside a character, nor between a backslash and what it
 * escapes, which readers that unfold late would take for two things. */
static size_t fold_at(yj_span rest, size_t room)
{
    size_t n = room, slashes = 0;
    while (((unsigned char)rest.ptr[n] & 0xc0) == 0x80)
        n--;
    while (slashes < n && rest.ptr[n - 1 - slashes] == '\\')
        slashes++;
    return n - slashes % 2;
}

static void put_line(yj_buf *out, yj_span line)
{
    for (size_t room = FOLD; line.len > room; room = FOLD - 1) {
        size_t n = fold_at(line, room);
        yj_buf_add(out, line.ptr, n);
        yj_buf_str(out, "\r\n ");
        line = (yj_span){ line.ptr + n, line.len - n };
    }
    yj_buf_span(out, line);
    yj_buf_str(out, "\r\n");
}

/* A property whose value is a text (3.3.11). */
static void put_text(yj_buf *out, const char *name, const char *value, yj_plain_form form, size_t max)
{
    yj_auto(yj_buf_done) yj_buf plain, line;
    yj_buf_init(&plain, max);
    yj_buf_init(&line, 2 * max + 64);
    yj_plain_add(&plain, yj_span_of(value), form, max);
    yj_buf_fmt(&line, "%s:", name);
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.ptr[i];
        if (c == '\\' || c == ';' || c == ',' || c == '\n')
            yj_buf_char(&line, '\\');
        yj_buf_char(&line, c == '\n' ? 'n' : c);
    }
    if (yj_buf_status(&plain, NULL) != YJ_OK || yj_buf_status(&line, NULL) != YJ_OK)
        out->failed = YJ_E_NOMEM; /* half a text is none */
    else
        put_line(out, yj_buf_view(&line));
}

static void put(yj_buf *out, const char *name, const char *value)
{
    char line[64 + YJ_ICAL_URL_MAX];
    int n = snprintf(line, sizeof line, "%s:%s", name, value);
    assert(n > 0 && (size_t)n < sizeof line);
    put_line(out, (yj_span){ line, (size_t)n });
}

/* "2026-03-31" -> "NAME;VALUE=DATE:20260331" */
static void put_date(yj_buf *out, const char *name, const char *date)
{
    yj_buf_fmt(out, "%s;VALUE=DATE:%.4s%.2s%.2s\r\n", name, date, date + 5, date + 8);
}

/* "2026-11-22T10:00:00.123456789Z" -> "NAME:20261122T100000Z" */
static void put_instant(yj_buf *out, const char *name, int64_t ns)
{
    char t[31];
    yj_time_format(ns, t);
    yj_buf_fmt(out, "%s:%.4s%.2s%.2sT%.2s%.2s%.2sZ\r\n", name, t, t + 5, t + 8, t + 11, t + 14, t + 17);
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool uid_valid(const char *uid)
{
    size_t n = uid ? strlen(uid) : 0;
    return n > 0 && n <= YJ_ICAL_UID_MAX &&
           strspn(uid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:-") == n;
}

static bool url_valid(const char *url)
{
    size_t n = strlen(url);
    if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) || n > YJ_ICAL_URL_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (url[i] <= ' ' || url[i] > '~')
            return false;
    return true;
}

static yj_status wrong(yj_error *err, const char *field)
{
    yj_fail(err, YJ_E_INVALID, "this is no %s of a calendar's entry", field);
    return yj_error_at(err, "%s", field);
}

static yj_status check(const yj_ical *w, const yj_ical_entry *e, yj_error *err)
{
    if (w->entries >= YJ_ICAL_ENTRIES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a calendar takes at most %zu entries", YJ_ICAL_ENTRIES_MAX);
    if (!uid_valid(e->uid))
        return wrong(err, "uid");
    if (!e->date || !yj_date_valid(yj_span_of(e->date)))
        return wrong(err, "date");
    if (!e->summary || !*e->summary)
        return wrong(err, "summary");
    if (e->url && !url_valid(e->url))
        return wrong(err, "url");
    if (e->sequence < 0 || e->sequence > INT32_MAX)
        return wrong(err, "sequence");
    if (e->priority < 0 || e->priority > 9)
        return wrong(err, "priority");
    return YJ_OK;
}

static void put_day(yj_buf *out, const yj_ical_entry *e)
{
    yj_date next;
    if (e->kind == YJ_ICAL_TODO) {
        put_date(out, "DUE", e->date);
        yj_buf_str(out, e->done ? "STATUS:COMPLETED\r\nPERCENT-COMPLETE:100\r\n" : "STATUS:NEEDS-ACTION\r\n");
        return;
    }
    put_date(out, "DTSTART", e->date);
    if (yj_date_add_days(e->date, 1, &next)) /* the end is exclusive; without one it is a day all the same */
        put_date(out, "DTEND", next.s);
    yj_buf_str(out, "TRANSP:TRANSPARENT\r\n");
}

yj_status yj_ical_add(yj_ical *w, const yj_ical_entry *e, yj_error *err)
{
    const char *component = e->kind == YJ_ICAL_TODO ? "VTODO" : "VEVENT";
    YJ_TRY(check(w, e, err));
    put(w->out, "BEGIN", component);
    put(w->out, "UID", e->uid);
    put_instant(w->out, "DTSTAMP", e->stamp_ns);
    yj_buf_fmt(w->out, "SEQUENCE:%lld\r\n", (long long)e->sequence);
    put_day(w->out, e);
    put_text(w->out, "SUMMARY", e->summary, YJ_PLAIN_LINE, YJ_ICAL_SUMMARY_MAX);
    if (e->description && *e->description)
        put_text(w->out, "DESCRIPTION", e->description, YJ_PLAIN_LINES, YJ_ICAL_DESCRIPTION_MAX);
    if (e->url)
        put(w->out, "URL", e->url);
    if (e->priority)
        yj_buf_fmt(w->out, "PRIORITY:%d\r\n", e->priority);
    put(w->out, "END", component);
    w->entries++;
    return YJ_OK;
}

void yj_ical_begin(yj_ical *w, yj_buf *out, const yj_ical_head *h)
{
    assert(h->refresh_minutes >= 1 && h->refresh_minutes <= 10080);
    *w = (yj_ical){ .out = out };
    yj_buf_str(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Yunjian//Notices//EN\r\n"
                    "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
    put_text(out, "NAME", h->name, YJ_PLAIN_LINE, YJ_ICAL_NAME_MAX);         /* RFC 7986 */
    put_text(out, "X-WR-CALNAME", h->name, YJ_PLAIN_LINE, YJ_ICAL_NAME_MAX); /* as most programs know it */
    yj_buf_fmt(out, "REFRESH-INTERVAL;VALUE=DURATION:PT%uM\r\nX-PUBLISHED-TTL:PT%uM\r\n", h->refresh_minutes,
               h->refresh_minutes);
}

yj_status yj_ical_end(yj_ical *w, yj_error *err)
{
    if (!w->entries) /* a calendar has one component at least (3.6), and this one says nothing */
        yj_buf_str(w->out, "BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                           "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n");
    yj_buf_str(w->out, "END:VCALENDAR\r\n");
    return yj_buf_status(w->out, err);
}
