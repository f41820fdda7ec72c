// SPDX-License-Identifier: Apache-2.0
/** What a new institution enters first: the packs say in which order and why (`start` in pack.yaml). */
#ifndef YJ_RECORD_START_H
#define YJ_RECORD_START_H

#include "base/json.h"
#include "pack/catalog.h"
#include "store/db.h"

typedef struct yj_start_step {
    const yj_start *start;
    bool entered;        /* there is a record of the kind */
    size_t requirements; /* that judge records of the kind, or by them */
} yj_start_step;

/** How many requirements have the kind as their subject or read it in their rule. */
size_t yj_requirements_about(const yj_catalog *c, int kind);
/** The steps, in order; c->start_count of them, arena-owned. */
yj_status yj_start_steps(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *arena, yj_start_step **ret,
                         yj_error *err) yj_nodiscard;
/** {"items":[{"kind","label","why","entered","requirements"}],"next":"KIND"|null}: next is the first step
 * without a record. */
yj_status yj_present_start(yj_db *db, const yj_catalog *c, int64_t inst, yj_jw *w,
                           yj_error *err) yj_nodiscard;

#endif
