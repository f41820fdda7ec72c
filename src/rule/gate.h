// SPDX-License-Identifier: Apache-2.0
/**
 * Gates: what must be met before a record may change state. The caller has already made the change in a
 * savepoint and undoes it when the gate is shut.
 */
#ifndef YJ_RULE_GATE_H
#define YJ_RULE_GATE_H

#include "rule/judge.h"

typedef struct yj_gate_miss {
    int requirement;
    const char *subject; /* NULL when no record of the subject kind is reached: code ".absent" */
    yj_verdict verdict;
    bool too_weak; /* met, but its proof is below the gate's least strength */
} yj_gate_miss;

typedef struct yj_gate_result {
    bool open;
    const yj_gate_miss *misses; /* arena-owned, in order of requirement */
    size_t miss_count;
    size_t checked;
} yj_gate_result;

/**
 * Judge the gate's requirements afresh for the record's paths, in the store as it is now on this connection.
 * @param gate of the catalog
 */
yj_status yj_gate_check(yj_db *db, const yj_catalog *c, const yj_gate *gate, const char *record,
                        const yj_scope *scope, yj_arena *arena, yj_gate_result *ret,
                        yj_error *err) yj_nodiscard;

/** The field that says under which model a record of the kind stands: its options are models. NULL: none
 * does. */
const yj_field *yj_model_field(const yj_catalog *c, const yj_kind *k);

#endif
