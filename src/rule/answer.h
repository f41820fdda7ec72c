// SPDX-License-Identifier: Apache-2.0
/**
 * How what is not met is answered, as the packs declare it. An advice may stay as it is by an accepted risk
 * (risk_acceptance); a must may not: it may have a remediation (remediation), a person who puts it right by a
 * day, and stays what it is. These functions say what a record answers, to gates and to everybody who is
 * shown a verdict. Nothing here is stored: it is looked up from the records of the moment that is asked
 * about.
 */
#ifndef YJ_RULE_ANSWER_H
#define YJ_RULE_ANSWER_H

#include "pack/catalog.h"
#include "store/db.h"

typedef struct yj_answer {
    const char *id;          /* of the record */
    const char *requirement; /* the requirement's id */
    const char *subject;     /* the subject's id; "" for any */
    const char *until;       /* the last day; NULL: no end */
    const char *responsible; /* id of who answers for it; NULL: a risk, or erased since */
} yj_answer;

/** Those in the state in which they count. */
typedef struct yj_answers {
    const yj_answer *rows; /* arena-owned, by requirement, subject, last day (none: last), id */
    size_t count;
} yj_answers;

/** The accepted risks of an institution; none if the packs declare no way of accepting any.
 *  @param as_of_seq -1: now; else what was accepted by entries before this seq */
yj_status yj_risks_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, yj_arena *arena,
                        yj_answers *ret, yj_error *err) yj_nodiscard;
/** The remediations under way; the same otherwise. */
yj_status yj_remediations_load(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                               yj_arena *arena, yj_answers *ret, yj_error *err) yj_nodiscard;

/** The accepted risk that answers a requirement for a subject on that day: the one that counts longest. NULL
 * if there is none, or if the requirement is binding: then no risk answers it. */
const yj_answer *yj_risk_for(const yj_catalog *c, const yj_answers *risks, const yj_requirement *r,
                             const char *subject, const char *day);

/** The remediations of a requirement for a subject, those of the earliest day first. NULL if there is none.
 *  Those of an advice count as well. */
const yj_answer *yj_remediations_for(const yj_answers *all, const yj_requirement *r, yj_span subject,
                                     size_t *ret_count);
/** Is there one for whatever subject? */
bool yj_remediations_any(const yj_answers *all, const yj_requirement *r);

/** How a verdict that is unmet or undecided stands with its remediation. */
typedef enum yj_remedy {
    YJ_REMEDY_OPEN,    /* under way, each within its day */
    YJ_REMEDY_OVERDUE, /* under way, the day of one has passed */
    YJ_REMEDY_NONE,
    YJ_REMEDY_COUNT_
} yj_remedy;
/** "open", "overdue", "none" */
const char *yj_remedy_name(yj_remedy r);
bool yj_remedy_by_name(yj_span s, yj_remedy *ret);
/** Has its last day passed? On the day itself it has not. */
bool yj_answer_overdue(const yj_answer *a, const char *day);
yj_remedy yj_remedy_of(const yj_answers *all, const yj_requirement *r, yj_span subject, const char *day);

#endif
