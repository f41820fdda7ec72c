// SPDX-License-Identifier: Apache-2.0
/** What running a case by itself and among others share. Internal to case_*.c. */
#ifndef YJ_RECORD_CASE_INTERNAL_H
#define YJ_RECORD_CASE_INTERNAL_H

#include "record/case_run.h"
#include "record/internal.h"

#define YJ_CASE_INST 1

typedef struct yj_case_runner {
    yj_db *db;
    const yj_catalog *c;
    yj_reach *reach;
    yj_kind_sql *sql;
    yj_arena *a; /* of the case, or of the crowd */
    uint64_t seed;
    /* the case */
    const yj_case *k;
    unsigned number; /* among the others of its crowd; 0 by itself */
    char (*ids)[YJ_UUID_LEN + 1];
    char me[YJ_UUID_LEN + 1];
    json_t **fields;   /* resolved, one for each record */
    const char *among; /* its outcome among others; NULL: not known */
    char problem[480], problem_zh[480];
} yj_case_runner;

/** What came out for a case among others. */
typedef struct yj_case_among {
    const char *problem; /* NULL if nothing is wrong */
    const char *outcome; /* as of yj_case_outcome(); NULL: not known */
} yj_case_among;

/** Also makes the kinds' tables. To be closed after an error too. */
yj_status yj_case_runner_open(yj_case_runner *r, yj_db *db, const yj_catalog *c, uint64_t seed,
                              yj_error *err) yj_nodiscard;
void yj_case_runner_close(yj_case_runner *r);
/** Not a fault of the pack: what the store cannot do ends the run. */
bool yj_case_stores_fault(yj_status s);
/** Note what is wrong. @return YJ_E_INVALID */
yj_status yj_case_problem(yj_case_runner *r, const char *fmt, ...) yj_printf(2, 3);
/** The id of a record by its ref, or of "me"; an "@" before it is passed over. NULL if there is none. */
const char *yj_case_id(const yj_case_runner *r, const char *ref);
/** NULL if it is not among the changes. */
const yj_verdict *yj_case_verdict(const yj_judgement *j, int requirement, const char *subject);

/** Take up a case: ids for its records, which tell it from others by `number`, and their fields with the
 *  references put in. Undone by yj_case_leave(). */
void yj_case_enter(yj_case_runner *r, const yj_case *k, unsigned number);
void yj_case_leave(yj_case_runner *r);
yj_status yj_case_write_me(yj_case_runner *r, yj_error *err) yj_nodiscard;
yj_status yj_case_write_record(yj_case_runner *r, size_t i, const char *state, yj_error *err) yj_nodiscard;
/** A key's text as it is among others, so that keys differ: with the case's number in invisible separators
 *  (U+2063), which no case holds. By itself it stays as it is. Arena-owned. */
const char *yj_case_numbered(yj_case_runner *r, const char *text);
/** The state that the case gives a record. */
const char *yj_case_state(const yj_case_runner *r, size_t i);
/** Judge these subjects, whole: nothing stored, so that every verdict is a change. YJ_E_INVALID with the
 * problem in r->problem; else an error of the store. */
yj_status yj_case_judge(yj_case_runner *r, const yj_dirty *d, const char *today, yj_judgement *ret,
                        yj_error *err) yj_nodiscard;
/** Make the case's subjects dirty. */
void yj_case_subjects(const yj_case_runner *r, yj_dirty *d);
/** Is the judgement what the case expects? YJ_E_INVALID with the problem in r->problem. */
yj_status yj_case_hold(yj_case_runner *r, const yj_judgement *j) yj_nodiscard;
/** All that came out for its subjects, as one text that tells neither ids nor the numbers of its keys.
 *  Arena-owned. */
yj_status yj_case_outcome(yj_case_runner *r, const yj_judgement *j, const char **ret,
                          yj_error *err) yj_nodiscard;

/**
 * Enter the cases of one requirement beside each other, and judge them so, each among the records of all the
 * others: a rule that forgets to join something to its subject finds the wrong records there.
 */
yj_status yj_case_crowd_enter(yj_case_runner *r, const yj_case *const *cases, size_t count, bool *ret_entered,
                              yj_error *err) yj_nodiscard;
/** @param ret one for each of `cases`; their texts in `keep` */
yj_status yj_case_crowd_hold(yj_case_runner *r, const yj_case *const *cases, size_t count, yj_arena *keep,
                             yj_case_among *ret, yj_error *err) yj_nodiscard;

#endif
