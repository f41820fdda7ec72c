// SPDX-License-Identifier: Apache-2.0
/**
 * Writes a calendar that others subscribe to: iCalendar after RFC 5545, METHOD:PUBLISH, entries that last a
 * whole day. What due dates look like in anybody's calendar.
 *
 *     yj_ical w;
 *     yj_ical_begin(&w, out, &(yj_ical_head){ .name = ..., .refresh_minutes = 60 });
 *     for each entry: YJ_TRY(yj_ical_add(&w, &entry, err));
 *     return yj_ical_end(&w, err);
 *
 * Nothing here reads a clock: the same entries make the same bytes. Lines end with CRLF and are folded at 75
 * octets, never inside a character or an escape.
 */
#ifndef YJ_NOTICE_ICAL_H
#define YJ_NOTICE_ICAL_H

#include "base/time.h"

#define YJ_ICAL_TYPE "text/calendar; charset=utf-8"
#define YJ_ICAL_ENTRIES_MAX ((size_t)20000)
#define YJ_ICAL_UID_MAX ((size_t)255)
#define YJ_ICAL_URL_MAX ((size_t)2000)
/* bytes; longer ones are cut with an ellipsis */
#define YJ_ICAL_NAME_MAX ((size_t)200)
#define YJ_ICAL_SUMMARY_MAX ((size_t)500)
#define YJ_ICAL_DESCRIPTION_MAX ((size_t)4000)

typedef enum yj_ical_kind {
    YJ_ICAL_EVENT, /* VEVENT on the day, during which one is free: the form that every calendar shows */
    YJ_ICAL_TODO,  /* VTODO due on the day */
} yj_ical_kind;

typedef struct yj_ical_head {
    const char *name;         /* of the calendar */
    unsigned refresh_minutes; /* how often to look for news, 1..10080 */
} yj_ical_head;

/** All is borrowed for the call. */
typedef struct yj_ical_entry {
    yj_ical_kind kind;
    const char *uid;  /* the same for the same duty in every edition of the feed; letters, digits and ._@:- */
    const char *date; /* civil date, ISO */
    int64_t stamp_ns; /* when what it says was so: DTSTAMP */
    int64_t sequence; /* grows when the date changes; >= 0 */
    const char *summary;     /* any text but ""; one line is made of it */
    const char *description; /* any text; "" or NULL none */
    const char *url;         /* http or https, ASCII without blanks; NULL none */
    int priority;            /* 1 highest .. 9, 0 none */
    bool done;               /* a todo that was done */
} yj_ical_entry;

typedef struct yj_ical {
    yj_buf *out;
    size_t entries;
} yj_ical;

void yj_ical_begin(yj_ical *w, yj_buf *out, const yj_ical_head *h);
/** YJ_E_INVALID for a uid, date, url, summary, sequence or priority of another form (err->field names it);
 *  YJ_E_LIMIT beyond YJ_ICAL_ENTRIES_MAX. Nothing is written then, and the calendar may go on. */
yj_status yj_ical_add(yj_ical *w, const yj_ical_entry *e, yj_error *err) yj_nodiscard;
/** YJ_E_LIMIT or YJ_E_NOMEM of the buffer. */
yj_status yj_ical_end(yj_ical *w, yj_error *err) yj_nodiscard;

#endif
