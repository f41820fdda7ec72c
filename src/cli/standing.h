// SPDX-License-Identifier: Apache-2.0
/** Where an institution stands, for people: a table of clauses against deployments, then the faults in plain
 *  words, worst first. */
#ifndef YJ_CLI_STANDING_H
#define YJ_CLI_STANDING_H

#include "cli/cli.h"

/** Subjects of the deployment (or whatever kind the packs' paths start from) and which it belongs to. */
typedef struct yj_unit {
    const char *id, *name;
} yj_unit;
typedef struct yj_unit_link {
    const char *subject;
    size_t unit;
} yj_unit_link;

typedef struct yj_standing {
    const yj_verdict *rows;  /* in order of requirement, subject */
    const yj_answer **risks; /* of each: the accepted risk that answers it, NULL if there is none */
    yj_answers remediations; /* yj_standing_remediations() tells those of a row */
    size_t count;
    const yj_unit *units;
    size_t unit_count;
    const yj_unit_link *links; /* by subject */
    size_t link_count;
    size_t counts[YJ_V_COUNT_];
    size_t not_yet;                  /* of the not applicable ones */
    size_t binding_unmet;            /* of the unmet ones */
    size_t accepted;                 /* unmet or undecided, but answered by an accepted risk */
    size_t remedy[YJ_REMEDY_COUNT_]; /* of the unmet ones that bind */
    const char *as_of;               /* shown: as it was asked for, or today */
    yj_date day;                     /* its civil date */
    bool rejudged;                   /* by the packs of today */
    size_t limit, offset;            /* of what is listed; limit 0: as many as is usual */
    yj_catalog *then; /* the packs that judged, if not those of today; owned: yj_standing_done */
} yj_standing;

/** Read verdicts and the records they are grouped by. */
yj_status yj_standing_read(yj_cli *c, const yj_verdict_query *q, yj_standing *ret,
                           yj_error *err) yj_nodiscard;
void yj_standing_done(yj_standing *s);
/** The remediations of a row, the earliest day first; none of one that is met or does not apply. */
const yj_answer *yj_standing_remediations(const yj_cli *c, const yj_standing *s, const yj_verdict *v,
                                          size_t *ret_count);
/** The table (standing_table.c) and the faults. */
void yj_standing_table(yj_cli *c, const yj_standing *s);
void yj_standing_faults(yj_cli *c, const yj_standing *s);
/** What the packs want entered first (standing_start.c): all steps, or only those still open. Says nothing
 * when all are entered. */
yj_status yj_standing_start(yj_cli *c, bool whole, yj_error *err) yj_nodiscard;
/** The same before there is an institution. */
void yj_standing_no_institution(yj_cli *c);

#define YJ_RISK_MARK "~"

static inline bool yj_not_yet(const yj_verdict *v)
{
    return v->status == YJ_V_NOT_APPLICABLE && strcmp(v->code, ".not_yet") == 0;
}

#endif
