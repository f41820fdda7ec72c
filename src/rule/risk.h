// SPDX-License-Identifier: Apache-2.0
/**
 * Accepted risks: how an advice that is not met may be answered, as the packs declare it (risk_acceptance).
 * One function says what an accepted risk answers, to gates and to everybody who is shown a verdict.
 */
#ifndef YJ_RULE_RISK_H
#define YJ_RULE_RISK_H

#include "rule/judge.h"

typedef struct yj_risk {
    const char *id;          /* of the record that accepts it */
    const char *requirement; /* the requirement's id */
    const char *subject;     /* the subject's id; "" for any */
    const char *until;       /* the last day on which it counts; NULL: no end */
} yj_risk;

typedef struct yj_risks {
    const yj_risk *rows; /* arena-owned, by requirement */
    size_t count;
} yj_risks;

/** The accepted risks of an institution; none if the packs declare no way of accepting any.
 *  @param as_of_seq -1: now; else what was accepted by entries before this seq */
yj_status yj_risks_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, yj_arena *arena,
                        yj_risks *ret, yj_error *err) yj_nodiscard;

/** The accepted risk that answers a requirement for a subject on that day: the one that counts longest. NULL
 * if there is none, or if the requirement is binding: then no risk answers it. */
const yj_risk *yj_risk_for(const yj_catalog *c, const yj_risks *risks, const yj_requirement *r,
                           const char *subject, const char *day);

#endif
