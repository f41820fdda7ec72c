// SPDX-License-Identifier: Apache-2.0
/* Memory runs out anywhere in judging, at a gate, in reading verdicts: it is told as such, or nothing is
 * lost. */
#include "nomem.h"
#include "world.h"

#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct place {
    world *w;
    size_t want; /* with enough memory: changes, verdicts, misses */
    bool learnt;
} place;

static void put_all(world *w)
{
    world_put(w, "provider", "pr1", NULL, "name=Cloud;code=A");
    world_put(w, "platform", "pl1", NULL, "name=East;provider=pr1;level=3");
    world_put(w, "system", "s1", NULL, "name=Trading;level=3");
    world_put(w, "contract", "c1", "signed", "name=K1;provider=pr1;valid_until=2026-06-30");
    world_put(w, "evidence", "e1", NULL, "name=E;source=third_party");
    world_put(w, "inspection", "i1", NULL, "name=I;provider=pr1;done_on=2026-01-05;evidence=e1");
    world_put(w, "person", "p1", NULL, "name=P");
    for (char id[] = "x1"; id[1] <= '9'; id[1]++)
        world_put(w, "repair", id, "open", "name=R;requirement=1-2;subject=pr1;who=p1;by_day=2026-06-30");
    world_put(w, "deployment", "d1", NULL, "name=D1;system=s1;platform=pl1;contract=c1;model=public");
}

static yj_status end(place *p, size_t got, yj_status s, yj_error *err)
{
    yj_db_rollback(p->w->db);
    YJ_TRY(yj_memory_status(err)); /* as the boundary above does */
    YJ_TRY(s);
    if (!p->learnt)
        p->want = got;
    p->learnt = true;
    return got == p->want ? YJ_OK : yj_fail(err, YJ_E_CORRUPT, "%zu entries, not %zu", got, p->want);
}

static yj_status run_judge(void *arg, yj_error *err)
{
    place *p = arg;
    world *w = p->w;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)16 << 20);
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(w->c, w->reach);
    if (!arena || !d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_dirty_all(d);
    YJ_TRY(yj_db_begin(w->db, YJ_DB_READ, err));
    yj_scope scope;
    yj_judgement j = { .count = 0 };
    yj_status s = yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, err);
    if (s == YJ_OK)
        s = yj_judge(w->db, w->c, d, &scope, NULL, &j, err);
    size_t count = j.count;
    if (s == YJ_OK)
        yj_judgement_done(&j);
    return end(p, count, s, err);
}

static yj_status run_gate(void *arg, yj_error *err)
{
    place *p = arg;
    world *w = p->w;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)16 << 20);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_begin(w->db, YJ_DB_READ, err));
    yj_scope scope;
    yj_gate_result r = { .open = false };
    yj_status s = yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, err);
    if (s == YJ_OK)
        s = yj_gate_check(w->db, w->c, &w->c->gates[0], "d1", &scope, arena, &r, err);
    return end(p, s == YJ_OK ? r.miss_count + 100 * r.open : 0, s, err);
}

static yj_status count_one(void *ctx, const yj_verdict *v, yj_error *err)
{
    (void)err;
    *(size_t *)ctx += strlen(v->values) + strlen(v->proofs);
    return YJ_OK;
}

static yj_status run_verdicts(void *arg, yj_error *err)
{
    place *p = arg;
    world *w = p->w;
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    size_t size = 0;
    yj_verdict_counts counts;
    q.subjects = (const char *const[]){ "d1", "pr1", "s1" };
    q.subject_count = 3;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 20);
    yj_answers answers;
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_begin(w->db, YJ_DB_READ, err));
    yj_status s = yj_remediations_load(w->db, w->c, WORLD_INST, -1, arena, &answers, err);
    q.remediations = &answers;
    q.day = w->today.s;
    if (s == YJ_OK)
        s = yj_verdicts(w->db, w->c, WORLD_INST, &q, count_one, &size, &counts, err);
    return end(p, s == YJ_OK ? 1000 * counts.total + 100 * answers.count + size : 0, s, err);
}

static void judging__tells_want_of_memory_and_loses_nothing(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    static yj_status (*const runs[])(void *, yj_error *) = { run_judge, run_gate };
    for (size_t i = 0; i < YJ_COUNT(runs); i++) {
        place p = { .w = w };
        yj_error err = { 0 };
        yj_ok(runs[i](&p, &err));
        yj_torture_run(&(yj_torture){ i ? "gate" : "judge", runs[i], NULL, &p, 30, 0 });
    }
    world_judge_all(w);
    place p = { .w = w };
    yj_error err = { 0 };
    yj_ok(run_verdicts(&p, &err));
    assert_true(p.want > 3000);
    yj_torture_run(&(yj_torture){ "verdicts", run_verdicts, NULL, &p, 3, 0 });
    world_check(w, "after it");
}

int main(void)
{
    yj_nomem_start(true);
    const struct CMUnitTest tests[] = {
        yj_test_stores(judging__tells_want_of_memory_and_loses_nothing),
    };
    return cmocka_run_group_tests_name("rule_nomem", tests, NULL, NULL);
}
