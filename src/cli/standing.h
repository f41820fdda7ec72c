// SPDX-License-Identifier: Apache-2.0
/** Where an institution stands, for people: a table of clauses against deployments, then the faults in plain
 *  words, worst first. */
#ifndef YJ_CLI_STANDING_H
#define YJ_CLI_STANDING_H

#include "cli/cli.h"
#include "record/standing.h"

typedef struct yj_cli_standing {
    yj_standing counted;
    const yj_verdict *rows;  /* counted.count of them, in order of requirement, subject */
    const yj_answer **risks; /* of each: the accepted risk that answers it, NULL if there is none */
    yj_units units;
    const char *as_of;    /* shown: as it was asked for, or today */
    yj_date day;          /* its civil date */
    bool rejudged;        /* by the packs of today */
    size_t limit, offset; /* of what is listed; limit 0: as many as is usual */
} yj_cli_standing;

/** Read verdicts and the records they are grouped by. as_of, day, limit and offset are set before. */
yj_status yj_cli_standing_read(yj_cli *c, const yj_verdict_query *q, yj_cli_standing *ret,
                               yj_error *err) yj_nodiscard;
/** The table (standing_table.c) and the faults. */
yj_status yj_standing_table(yj_cli *c, const yj_cli_standing *s, yj_error *err) yj_nodiscard;
void yj_standing_faults(yj_cli *c, const yj_cli_standing *s);
/** What the packs want entered first (standing_start.c): all steps, or only those still open. Says nothing
 * when all are entered. */
yj_status yj_standing_start(yj_cli *c, bool whole, yj_error *err) yj_nodiscard;
/** The same before there is an institution. */
void yj_standing_no_institution(yj_cli *c);

#define YJ_RISK_MARK "~"

#endif
