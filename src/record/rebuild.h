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

#endif
