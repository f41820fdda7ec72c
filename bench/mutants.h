// SPDX-License-Identifier: Apache-2.0
/**
 * A rule's SQL, damaged in one place at a time: what a mistake of its writer would look like. Each mutant is
 * one text replaced by another:
 *
 *   drop      an operand of AND becomes true, one of OR false, a WHEN's condition false, a lone condition of
 *             WHERE, HAVING or ON true (ON: the join is no more)
 *   flip      a comparison, IS [NOT] NULL, [NOT] EXISTS, [NOT] IN, [NOT] LIKE, AND/OR turned round
 *   edge      < becomes <=, and so on
 *   join      LEFT JOIN becomes JOIN
 *   item      one text of an IN list is left out
 *   extreme   min becomes max, max min
 */
#ifndef YJ_BENCH_MUTANTS_H
#define YJ_BENCH_MUTANTS_H

#include "base/arena.h"

typedef struct mutant {
    const char *op;
    size_t from, to; /* bytes of the SQL that are replaced */
    const char *by;
    const char
        *what; /* the text replaced, blanks made one; with "#2" and so on where the same is done again */
    int line;
} mutant;

/** All mutants of a rule's SQL, in the order of their place. Arena-owned. */
const mutant *mutants_of(yj_arena *a, yj_span sql, size_t *ret_count);
/** The damaged text. Arena-owned. */
const char *mutant_sql(yj_arena *a, yj_span sql, const mutant *m);

#endif
