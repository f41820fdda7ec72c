// SPDX-License-Identifier: Apache-2.0
/** What finding news and keeping it share. */
#ifndef YJ_NOTICE_NEWS_INTERNAL_H
#define YJ_NOTICE_NEWS_INTERNAL_H

#include "access/may.h"
#include "notice/news.h"

/** No text is NULL. */
typedef struct yj_news_item {
    yj_news news;
    int64_t inst;         /* whose person is told: of the ledger that grew, or of one tied with it */
    int64_t party;        /* ledger of the other institution that it is about; 0: of one's own */
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

/** Who may be told in an institution. */
typedef struct yj_news_crowd {
    int64_t inst;
    yj_audience people;
} yj_news_crowd;

/** What a pass found. All is the arena's. */
typedef struct yj_news_found {
    yj_arena *a;
    yj_news_cursor before, after;
    yj_news_crowd *crowds; /* of those institutions in which somebody is told */
    size_t crowd_count, crowd_cap;
    yj_news_item *items;
    size_t count, cap;
    bool more;
} yj_news_found;
/** Nobody if they were not read. */
const yj_audience *yj_news_people(const yj_news_found *f, int64_t inst);

/** Looking for it: see news_find.c. */
typedef struct yj_finding {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst, now_ns; /* the ledger that grew */
    const char *today;
    yj_news_found *to;
} yj_finding;

/** An entry, as far as it matters. */
typedef struct yj_news_entry {
    int64_t seq;
    const char *op, *kind, *record, *by;
} yj_news_entry;

/** One that says nothing yet. @param inst whose people are told */
yj_news_item yj_news_item_of(yj_news news, int64_t inst);
yj_status yj_news_add(yj_finding *x, const yj_news_item *item, yj_error *err) yj_nodiscard;
/** The people of an institution, read once. */
yj_status yj_news_need(yj_finding *x, int64_t inst, const yj_audience **ret, yj_error *err) yj_nodiscard;
/** The cause of what a deputy is told is one of its own: later he may be told the same for himself. */
#define YJ_NEWS_DEPUTY "/deputy"
const char *yj_news_deputy_cause(yj_finding *x, const char *cause);
/** The smallest number of days ahead at which a duty so far away has been told; -1 not yet. */
int yj_news_step(const yj_notices *n, int64_t left);
/** As whom the packs let somebody act: see access/may.h. */
yj_actor yj_news_actor(const yj_hearer *p, int64_t inst);

/** What an entry means to institutions tied with this one, and what of theirs concerns it: news_across.c.
 *  @param k NULL: of no kind of this edition */
yj_status yj_news_across(yj_finding *x, const yj_news_entry *t, const yj_kind *k, yj_error *err) yj_nodiscard;
/** What others offered by which something is to be done on a day, as seen on `today`. @param before the day
 * it was looked at last; "" never */
yj_status yj_news_across_due(yj_finding *x, const char *today, const char *before,
                             yj_error *err) yj_nodiscard;
/** Doubles are dropped, and what is too much of one sort for one person is told as one: news_fold.c. */
yj_status yj_news_fold(yj_finding *x, yj_error *err) yj_nodiscard;

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
