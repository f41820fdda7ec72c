// SPDX-License-Identifier: Apache-2.0
#include "record/case_internal.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 << 20)

struct yj_case_stage {
    yj_case_runner r;
    yj_arena *a, *notes; /* the list of cases; what one holding says */
    const yj_case **cases;
    size_t count;
    bool begun;
};

static yj_status fill(yj_case_stage *s, const yj_cases *cases, int requirement, bool *ret_entered,
                      yj_error *err)
{
    s->a = yj_arena_new(ARENA_MAX);
    s->notes = yj_arena_new(ARENA_MAX);
    if (!s->a || !s->notes)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    s->cases = yj_arena_array(s->a, cases->count + 1, sizeof(const yj_case *));
    YJ_TRY(yj_arena_status(s->a, err));
    for (size_t i = 0; i < cases->count; i++)
        if (cases->rows[i].requirement == requirement)
            s->cases[s->count++] = &cases->rows[i];
    YJ_TRY(yj_db_begin(s->r.db, YJ_DB_WRITE, err));
    s->begun = true;
    return yj_case_crowd_enter(&s->r, s->cases, s->count, ret_entered, err);
}

yj_status yj_case_stage_new(yj_db *db, const yj_catalog *c, const yj_cases *cases, int requirement,
                            yj_case_stage **ret, yj_error *err)
{
    *ret = NULL;
    if (c->rules[c->requirements[requirement].rule].reach_all)
        return YJ_OK;
    yj_case_stage *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    bool entered = false;
    yj_status status = yj_case_runner_open(&s->r, db, c, 0, err);
    if (status == YJ_OK)
        status = fill(s, cases, requirement, &entered, err);
    if (status == YJ_OK && entered)
        *ret = s;
    else
        yj_case_stage_free(s);
    return status;
}

yj_status yj_case_stage_hold(yj_case_stage *s, bool *ret, yj_error *err)
{
    yj_arena_reset(s->r.a);
    yj_arena_reset(s->notes);
    yj_case_among *among = yj_arena_array(s->notes, s->count, sizeof *among);
    YJ_TRY(yj_arena_status(s->notes, err));
    YJ_TRY(yj_case_crowd_hold(&s->r, s->cases, s->count, s->notes, among, err));
    *ret = true;
    for (size_t i = 0; i < s->count; i++)
        *ret = *ret && !among[i].problem;
    return YJ_OK;
}

void yj_case_stage_free(yj_case_stage *s)
{
    if (!s)
        return;
    if (s->begun)
        yj_db_rollback(s->r.db);
    yj_arena_free(s->notes);
    yj_arena_free(s->a);
    yj_case_runner_close(&s->r);
    free(s);
}
