// SPDX-License-Identifier: Apache-2.0
/**
 * Running the cases of a pack on a store: `yunjian pack test`. For each case its records are entered one by
 * one and judged incrementally, then everything is judged at once and must come out the same; then it is
 * judged the day before, on and after each due date and on dates drawn from a seed, and no status may change
 * on any other day. What proves a verdict must be a record of the case. At last the cases of a requirement
 * are judged together, each among the records of the others, unless the rule says that it reaches the
 * institution. Everything happens in transactions that are undone.
 */
#ifndef YJ_RECORD_CASE_RUN_H
#define YJ_RECORD_CASE_RUN_H

#include "pack/case.h"
#include "store/db.h"

typedef struct yj_case_result {
    const yj_case *c;
    bool passed;
    const char *problem, *problem_zh; /* one line, when not passed */
} yj_case_result;
typedef yj_status (*yj_case_fn)(void *ctx, const yj_case_result *r, yj_error *err);

typedef struct yj_case_totals {
    size_t passed, failed;
    size_t requirements; /* of the pack */
    size_t gates;        /* gates with a case each for open and shut */
} yj_case_totals;

/**
 * @param db  a write connection to a migrated store without data that matters
 * @param c   catalog that holds the pack; its kind tables are made
 * @param fn  told each result; may be NULL
 * @return YJ_OK also when cases fail: see ret->failed
 */
yj_status yj_case_run(yj_db *db, const yj_catalog *c, const yj_cases *cases, uint64_t seed, yj_case_fn fn,
                      void *ctx, yj_case_totals *ret, yj_error *err) yj_nodiscard;

/**
 * The cases of one requirement entered beside each other, to be held against its rule again and again while
 * the rule is changed: what `bench/mutate` does. A transaction is open from new to free, which undoes it.
 */
typedef struct yj_case_stage yj_case_stage;
/** @param ret NULL where the cases cannot be judged so: a rule of reach institution, a single case, records
 *             that cannot stand beside each other */
yj_status yj_case_stage_new(yj_db *db, const yj_catalog *c, const yj_cases *cases, int requirement,
                            yj_case_stage **ret, yj_error *err) yj_nodiscard;
/** Does each come out as its case expects? YJ_OK also when one does not. */
yj_status yj_case_stage_hold(yj_case_stage *stage, bool *ret, yj_error *err) yj_nodiscard;
void yj_case_stage_free(yj_case_stage *stage);

#endif
