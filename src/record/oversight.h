// SPDX-License-Identifier: Apache-2.0
/**
 * Who may read the records of another institution. Somebody of a party (a regulator, say) may if a record of
 * his own ledger lets him, a scope (exchange.yaml, `scopes`), which holds today, and while the party is tied
 * to the institution as what the packs call for (exchange.h). Either ledger ends it by itself: the one its
 * scopes, either one the tie.
 *
 * What is read is entered in the ledger of the institution it was read from: reading.h.
 */
#ifndef YJ_RECORD_OVERSIGHT_H
#define YJ_RECORD_OVERSIGHT_H

#include "record/engine.h"

/** An institution that somebody may read, and by which scope. Texts are the arena's. */
typedef struct yj_inspected {
    int64_t inst;
    int64_t party;             /* ledger of who reads */
    const char *person;        /* there */
    const char *scope;         /* there: the id of the record */
    const char *since, *until; /* civil dates */
} yj_inspected;

/** What a person of `party` may read today, by number of the institution, each once (by the scope that holds
 * longest). Nothing of who is no active person there. */
yj_status yj_inspected_by(yj_db *db, const yj_catalog *c, int64_t party, const char *person,
                          const yj_date *today, yj_arena *a, const yj_inspected **ret, size_t *ret_count,
                          yj_error *err) yj_nodiscard;

#define YJ_INSPECTORS_MAX 500 /* in one answer */

/** Who may read an institution today: {"items":[{"regulator":{"id","code","name"},"inspector":{"name"},
 * "since","until","basis"}]}, one for each scope. */
yj_status yj_inspectors_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_date *today, yj_lang lang,
                             yj_buf *out, yj_error *err) yj_nodiscard;

#define YJ_SUPERVISED_LIMIT_MAX 200

typedef struct yj_supervised_query {
    const char *person; /* who asks, of the party */
    bool all;           /* also those that he may not read, without their standing */
    const char *q;      /* contained in code or name; NULL: any */
    bool worst;         /* those with the most unmet that bind first; else by name */
    size_t limit;       /* 1..YJ_SUPERVISED_LIMIT_MAX */
    const char *after;  /* next of the page before; NULL */
    yj_lang lang;
} yj_supervised_query;
/**
 * Those that are tied to a party so that it may read them:
 *  {"items":[{"institution":{"id","code","name"},"scope":{"id","since","until"}|null,"tie":{"link","since"},
 *  "standing":{"met","unmet","unknown","not_applicable","accepted"}|null,"must_unmet":N|null,
 *  "overdue":N|null,"judged_at":time|null}],"next":cursor|null}.
 *
 * Counts are the totals of record/standing.h ("not_yet" among "not_applicable"; "overdue": of those under
 * `must_unmet`, whose remediation is past its day), kept in memory for each institution until something but a
 * reading is entered there or the day changes; by `worst` all must be known, so the first answer takes
 * longer.
 * @param ret_read the institutions whose standing is told, for reading.h; *ret_count <= limit; the arena's
 * @return YJ_E_INVALID at "after"
 */
yj_status yj_supervised_list(yj_engine *e, int64_t party, const yj_supervised_query *q, yj_buf *out,
                             yj_arena *a, const int64_t **ret_read, size_t *ret_count,
                             yj_error *err) yj_nodiscard;

#endif
