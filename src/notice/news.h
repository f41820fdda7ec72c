// SPDX-License-Identifier: Apache-2.0
/**
 * What is news, and for whom. Worked out from what came into a ledger since the last time (table
 * notice_cursor) and, when a new civil day has been judged, from what falls due; so the cost is that of what
 * changed. Kept as rows of the inbox (table notice: ids and codes, no word of a record) and, by the person's
 * preference, as deliveries (notice/outbox.h).
 *
 * Nothing is decided twice, by however many servers: a pass looks at a snapshot, and what it found is kept in
 * one transaction with the cursor, under a lock, if the cursor still stands where the pass began. One row for
 * person and cause is all there ever is.
 *
 * Who stands in for somebody today is told what that person is told of duties, verdicts and records, marked
 * as for him, once, and not what he is told himself anyway; what waits, only where he may do it in that
 * person's place. Not of work and of accounts, which are the person's own.
 *
 * What a ledger means to institutions that are tied with its own is decided in its own pass, too, and told to
 * who may deal with it there (record/across.h). It is shown while the two are tied, and no longer.
 *
 * What one pass brings one person of the same sort beyond YJ_NEWS_EACH_MAX is told as one notice with the
 * number. Entries older than YJ_NEWS_FIRST_NS when an institution is first looked at are no news, nor is what
 * a large import brings.
 */
#ifndef YJ_NOTICE_NEWS_H
#define YJ_NOTICE_NEWS_H

#include "record/engine.h"

#define YJ_NEWS_EACH_MAX ((size_t)20)
#define YJ_NEWS_FIRST_NS (86400 * YJ_NS_PER_S)
#define YJ_NEWS_ENTRIES 500 /* a pass looks at no more entries than so many */
#define YJ_NEWS_CAUSE_MAX ((size_t)200)

/** "due", "overdue", "worse", "better", "waits", "named", "job", "emergency", "guessed", "tried",
 * "addressed", "answered", "offered", "taken", "tied", "read" */
const char *yj_news_name(yj_news n);
bool yj_news_by_name(yj_span s, yj_news *ret);
/** May a group read along? Not of what is a person's own, of accounts, and of who reads. */
bool yj_news_for_groups(yj_news n);

/**
 * Work out and keep what is news in an institution, up to YJ_NEWS_ENTRIES further.
 * @param ret_more there is more to look at
 * @param ret_new  rows that came into inboxes; may be NULL
 */
yj_status yj_news_pass(yj_engine *e, int64_t inst, bool *ret_more, size_t *ret_new,
                       yj_error *err) yj_nodiscard;

/** Institutions in which something may be news: ledgers that grew, days that were judged, work that failed.
 *  @param fn called for each; stops at a failure of it */
yj_status yj_news_waiting(yj_db *db, int64_t now_ns, yj_status (*fn)(void *ctx, int64_t inst, yj_error *err),
                          void *ctx, yj_error *err) yj_nodiscard;

/** Make a mail of what was gathered for persons who want it daily or weekly, where the hour has come.
 *  @param ret_made mails ordered; may be NULL */
yj_status yj_news_gathered(yj_engine *e, size_t *ret_made, yj_error *err) yj_nodiscard;

#endif
