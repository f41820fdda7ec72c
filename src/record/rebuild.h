// SPDX-License-Identifier: Apache-2.0
/**
 * Everything derived, again from the ledgers: kind tables, verdicts and their log. `judge` also derives every
 * judgement again from the records and the pack in force then, and reports those that differ: that is how an
 * outsider checks a conclusion and not only its signature.
 */
#ifndef YJ_RECORD_REBUILD_H
#define YJ_RECORD_REBUILD_H

#include "record/engine.h"

typedef struct yj_rebuild_options {
    bool judge;   /* derive every judgement again and compare; the store is left as it was */
    int64_t inst; /* -1: every ledger */
} yj_rebuild_options;

typedef struct yj_rebuild_report {
    uint64_t entries, records, judgements, verdicts;
    uint64_t differing; /* judge: judgements that came out differently */
    char first_difference[200];
    int64_t ns;
} yj_rebuild_report;

/** Takes the place of the live tables in one transaction. No server may run on the folder (YJ_E_BUSY).
 *  YJ_E_CORRUPT with *ret filled if something differs. */
yj_status yj_rebuild(yj_engine *e, const yj_rebuild_options *o, yj_rebuild_report *ret,
                     yj_error *err) yj_nodiscard;

/**
 * An institution as it was before entry `as_of_seq`, judged by the packs of today with `day` as today, in a
 * scratch store of its own; the installation is only read. What is read from its connection is read as of
 * now: records, names, histories up to then, verdicts. `since` of every verdict is `day`: nothing is known of
 * the days before.
 */
typedef struct yj_rejudged yj_rejudged;
yj_status yj_rejudge_as_of(yj_engine *e, int64_t inst, int64_t as_of_seq, const char *day, yj_rejudged **ret,
                           yj_error *err) yj_nodiscard;
/** Its connection; borrowed. */
yj_db *yj_rejudged_db(yj_rejudged *r);
void yj_rejudged_free(yj_rejudged *r);
YJ_DEFINE_CLEANUP(yj_rejudged, yj_rejudged_free)

#endif
