// SPDX-License-Identifier: Apache-2.0
/** What finding news and keeping it share. */
#ifndef YJ_NOTICE_NEWS_INTERNAL_H
#define YJ_NOTICE_NEWS_INTERNAL_H

#include "access/may.h"
#include "notice/news.h"

/** No text is NULL. */
typedef struct yj_news_item {
    yj_news news;
    const char *person;   /* "": whoever reads along where a group is told */
    const char *for_whom; /* "": for himself; else whose deputy he is */
    const char *cause;
    const char *kind, *record, *requirement, *detail, *was, *status, *day;
    int64_t count; /* 1; more: so many, of which nothing else is said */
} yj_news_item;

/** Somebody who may be told. */
typedef struct yj_hearer {
    const char *id;
    uint64_t roles; /* that count in the institution */
    bool mail;      /* has an address */
    const yj_stand_in *for_whom;
    size_t for_count;
} yj_hearer;

/** Somebody stands in for somebody else today. */
typedef struct yj_deputy {
    const char *id, *for_whom;
} yj_deputy;

/** Active persons of an institution, by id, and which of them stand in for which others. */
typedef struct yj_audience {
    const yj_hearer *rows;
    size_t count;
    const yj_deputy *deputies; /* by id */
    size_t deputy_count;
} yj_audience;
/** @param today civil date, for delegations */
yj_status yj_audience_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, yj_arena *a,
                           yj_audience *ret, yj_error *err) yj_nodiscard;
/** NULL if it is none of them. */
const yj_hearer *yj_audience_find(const yj_audience *all, yj_span id);

/** Who is named in a record by that field, as ids. @param fn called for each */
typedef yj_status (*yj_named_fn)(void *ctx, yj_span person, yj_error *err);
yj_status yj_named_in(yj_db *db, const yj_kind *k, int64_t inst, const char *id, const yj_field *f,
                      yj_named_fn fn, void *ctx, yj_error *err) yj_nodiscard;

typedef struct yj_news_cursor {
    int64_t seq;
    char day[YJ_DATE_LEN + 1]; /* "" none */
    bool found;
} yj_news_cursor;
yj_status yj_news_cursor_read(yj_db *db, int64_t inst, yj_news_cursor *ret, yj_error *err) yj_nodiscard;

/** What a pass found. All is the arena's. */
typedef struct yj_news_found {
    yj_arena *a;
    yj_news_cursor before, after;
    yj_audience people; /* empty if nobody is to be told anything */
    yj_news_item *items;
    size_t count, cap;
    bool more;
} yj_news_found;
/** @param db    inside a read transaction
 *  @param today civil date, for delegations */
yj_status yj_news_find(yj_db *db, const yj_catalog *c, int64_t inst, int64_t now_ns, const char *today,
                       yj_news_found *ret, yj_error *err) yj_nodiscard;

/** Tell persons what was found of them, inside the caller's transaction: once each for their causes, by
 *  preference. Groups and the cursor are not touched. @param at_once mail does not wait to be gathered
 *  @param ret_new rows that came into inboxes */
yj_status yj_news_tell(yj_db *db, const yj_catalog *c, const yj_zone *zone, int64_t inst, int64_t now_ns,
                       const yj_news_found *found, bool at_once, size_t *ret_new, yj_error *err) yj_nodiscard;

/** Keep it, inside the caller's transaction, who has the YJ_NEWS_LOCK. *ret_new 0 and nothing kept if the
 * cursor has moved meanwhile.
 */
yj_status yj_news_keep(yj_db *db, const yj_catalog *c, const yj_zone *zone, int64_t inst, int64_t now_ns,
                       const yj_news_found *found, size_t *ret_new, yj_error *err) yj_nodiscard;

/** Of all servers one decides at a time. */
#define YJ_NEWS_LOCK INT64_C(0x796a6e6577) /* "yjnew" */

#endif
