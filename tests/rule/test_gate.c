// SPDX-License-Identifier: Apache-2.0
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

/* --- paths --------------------------------------------------------------------------------------------- */

typedef struct pairs {
    yj_span from;
    const char *const *ids;
    size_t expected, found;
} pairs;

static yj_status on_pair(void *ctx, yj_span from, yj_span to, yj_error *err)
{
    pairs *p = ctx;
    bool known = false;
    (void)err;
    if (!yj_span_eq(from, p->from))
        return YJ_OK;
    for (size_t i = 0; i < p->expected; i++)
        known |= yj_span_is(to, p->ids[i]);
    assert_true(known);
    p->found++;
    return YJ_OK;
}

/* The path walked from every record gives of this one the same. */
static void check_all(world *w, int from, const char *id, int to, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < w->c->path_count; i++) {
        yj_error err = { 0 };
        pairs p = { yj_span_of(id), ids, count, 0 };
        if (w->c->paths[i].from != from || w->c->paths[i].to != to)
            continue;
        yj_ok(yj_path_walk_all(w->db, w->c, WORLD_INST, &w->c->paths[i], on_pair, &p, &err));
        assert_int_equal(p.found, count);
    }
}

/** Ids reached, joined by blanks. Static. */
static const char *walked(world *w, const char *from, const char *id, const char *to)
{
    static char out[512];
    yj_error err = { 0 };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 20);
    const char *const *ids;
    size_t count, at = 0;
    yj_ok(yj_path_walk(w->db, w->c, WORLD_INST, world_kind(w, from), id, world_kind(w, to), arena, &ids,
                       &count, &err));
    if (strcmp(from, to) != 0)
        check_all(w, world_kind(w, from), id, world_kind(w, to), ids, count);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, i ? " %s" : "%s", ids[i]);
    return out;
}

static void put_all(world *w)
{
    world_put(w, "provider", "pr1", NULL, "name=Cloud;code=A");
    world_put(w, "platform", "pl1", NULL, "name=East;provider=pr1;level=3");
    world_put(w, "system", "s1", NULL, "name=Trading;level=3");
    world_put(w, "contract", "c1", "signed", "name=K1;provider=pr1;valid_until=2026-06-30");
    world_put(w, "sla", "sl2", "signed", "name=A2;contract=c1");
    world_put(w, "sla", "sl1", "signed", "name=A1;contract=c1");
    world_put(w, "evidence", "e1", NULL, "name=E;source=third_party");
    world_put(w, "inspection", "i1", NULL, "name=I;provider=pr1;done_on=2026-01-05;evidence=e1");
    world_put(w, "deployment", "d1", "running", "name=D1;system=s1;platform=pl1;contract=c1;model=public");
}

static void path__goes_forward_backward_and_over_lists(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "person", "p1", NULL, "name=Ann");
    world_put(w, "person", "p2", NULL, "name=Bob");
    world_put(w, "attestation", "a1", NULL, "name=A1;deployment=d1;persons=p2,p1");
    world_put(w, "attestation", "a2", NULL, "name=A2;deployment=d1;persons=p2,p9"); /* p9 was never made */
    world_put(w, "attestation", "a3", NULL, "name=A3;persons=p1");
    assert_string_equal(walked(w, "deployment", "d1", "deployment"), "d1");
    assert_string_equal(walked(w, "deployment", "d1", "system"), "s1");
    assert_string_equal(walked(w, "deployment", "d1", "provider"), "pr1");
    assert_string_equal(walked(w, "deployment", "d1", "sla"), "sl1 sl2");
    assert_string_equal(walked(w, "deployment", "d1", "attestation"), "a1 a2");
    assert_string_equal(walked(w, "deployment", "d1", "person"), "p1 p2");
    assert_string_equal(walked(w, "person", "p1", "attestation"), "a1 a3");
    assert_string_equal(walked(w, "person", "p2", "attestation"), "a1 a2");
    assert_string_equal(walked(w, "person", "p2", "system"), ""); /* no path is declared */
    assert_string_equal(walked(w, "deployment", "d9", "sla"), "");
    /* neither through nor to what is withdrawn or erased */
    world_put(w, "sla", "sl1", YJ_STATE_WITHDRAWN, "");
    assert_string_equal(walked(w, "deployment", "d1", "sla"), "sl2");
    world_put(w, "contract", "c1", YJ_STATE_WITHDRAWN, "");
    assert_string_equal(walked(w, "deployment", "d1", "sla"), "");
    yj_test_script(w->db, "UPDATE r_system SET erased = 1");
    assert_string_equal(walked(w, "deployment", "d1", "system"), "");
    /* nor into an open batch */
    yj_test_script(w->db, "INSERT INTO open_batch(id) VALUES(3); UPDATE r_platform SET batch = 3");
    assert_string_equal(walked(w, "deployment", "d1", "provider"), "");
    yj_test_script(w->db, "DELETE FROM open_batch");
    assert_string_equal(walked(w, "deployment", "d1", "provider"), "pr1");
}

/* --- gates --------------------------------------------------------------------------------------------- */

static const yj_gate *the_gate(const world *w)
{
    assert_int_equal(w->c->gate_count, 1);
    return &w->c->gates[0];
}

/** "open" or what is missed: "requirement subject code[ weak]" joined by ", ". Static. */
static const char *checked_with(world *w, const yj_gate *gate, const char *record, size_t *ret_checked)
{
    static char out[1024];
    yj_error err = { 0 };
    yj_scope scope;
    yj_gate_result r;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)4 << 20);
    size_t at = 0;
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    yj_ok(yj_db_savepoint(w->db, &err));
    yj_ok(yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, &err));
    yj_ok(yj_gate_check(w->db, w->c, gate, record, &scope, arena, &r, &err));
    yj_ok(yj_db_savepoint_undo(w->db, &err));
    yj_db_rollback(w->db);
    assert_int_equal(r.open, r.miss_count == 0);
    snprintf(out, sizeof out, "open");
    for (size_t i = 0; i < r.miss_count; i++) {
        const yj_gate_miss *m = &r.misses[i];
        assert_int_equal(m->requirement, m->verdict.requirement);
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s %s %s%s", i ? ", " : "",
                               m->verdict.requirement_id, m->subject ? m->subject : "-", m->verdict.code,
                               m->too_weak ? " weak" : "");
    }
    if (ret_checked)
        *ret_checked = r.checked;
    return out;
}

static const char *checked(world *w, const char *record)
{
    return checked_with(w, the_gate(w), record, NULL);
}

static void gate__opens_when_all_is_met(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    /* 1-6 is met without any proof, which a gate that asks for strength does not take */
    assert_string_equal(checked(w, "d1"), "1-6 pr1 single weak");
    yj_gate gate = *the_gate(w);
    gate.least_strength = 0;
    size_t count;
    assert_string_equal(checked_with(w, &gate, "d1", &count), "open");
    assert_int_equal(count, 4);
    gate.least_strength = 2; /* the inspection has evidence of a third party; the others are stated */
    assert_string_equal(checked_with(w, &gate, "d1", NULL),
                        "1-1 d1 enough weak, 1-3 c1 signed weak, 1-6 pr1 single weak");
    /* nothing was written: the verdicts stay as unknown as they were */
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict"), 0);
}

static void gate__judges_what_stands_now_and_not_what_is_stored(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "risk", "k1", "accepted", "requirement=1-6;subject=pr1");
    world_judge(w);
    world_put(w, "platform", "pl1", NULL, "level=1");
    assert_string_equal(checked(w, "d1"), "1-1 d1 below");
    world_put(w, "inspection", "i1", YJ_STATE_WITHDRAWN, "");
    assert_string_equal(checked(w, "d1"), "1-1 d1 below, 1-2 pr1 never");
    /* not applicable passes: the stage is not reached, or the subject is over */
    world_put(w, "deployment", "d1", "planned", "");
    assert_string_equal(checked(w, "d1"), "1-2 pr1 never");
}

static void gate__counts_what_is_not_there_as_unknown(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "deployment", "d1", NULL, "platform=;contract=");
    assert_string_equal(checked(w, "d1"), "1-1 d1 .silent, 1-2 - .absent, 1-3 - .absent, 1-6 - .absent");
    /* a risk accepted for the moved record, or for any, answers the advice among them */
    world_put(w, "risk", "k1", "accepted", "requirement=1-3;subject=d1");
    world_put(w, "risk", "k2", "accepted", "requirement=1-2;subject=d1");
    assert_string_equal(checked(w, "d1"), "1-1 d1 .silent, 1-2 - .absent, 1-6 - .absent");
    /* the record itself is not there */
    assert_string_equal(checked(w, "d9"), "1-1 - .absent, 1-2 - .absent, 1-3 - .absent, 1-6 - .absent");
}

static void gate__takes_an_accepted_risk_for_advice_only(void **state)
{
    static const struct {
        const char *id, *state, *fields;
        const char *missed;
    } rows[] = {
        { "k1", "proposed", "requirement=1-3;subject=c1", "1-2 pr1 never, 1-3 c1 draft" },
        { "k1", "accepted", "requirement=1-3;subject=c2", "1-2 pr1 never, 1-3 c1 draft" },
        { "k1", "accepted", "requirement=1-5;subject=c1", "1-2 pr1 never, 1-3 c1 draft" },
        { "k1", "accepted", "requirement=1-3;subject=c1", "1-2 pr1 never" },
        { "k1", NULL, "until_date=2026-03-01", "1-2 pr1 never, 1-3 c1 draft" },
        { "k1", NULL, "until_date=2026-03-02", "1-2 pr1 never" },
        { "k1", YJ_STATE_WITHDRAWN, "", "1-2 pr1 never, 1-3 c1 draft" },
        { "k2", "accepted", "requirement=1-3;subject=", "1-2 pr1 never" }, /* for any subject */
        { "k3", "accepted", "requirement=1-2;subject=pr1", "1-2 pr1 never" },
    };
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "risk", "k0", "accepted", "requirement=1-6;subject=pr1");
    world_put(w, "sla", "sl1", "draft", "");
    world_put(w, "inspection", "i1", YJ_STATE_WITHDRAWN, "");
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        world_put(w, "risk", rows[i].id, rows[i].state, rows[i].fields);
        assert_string_equal(checked(w, "d1"), rows[i].missed);
    }
}

/* Neither a must nor an advice passes because somebody puts it right. */
static void gate__is_not_opened_by_a_remediation(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "risk", "k0", "accepted", "requirement=1-6;subject=pr1");
    world_put(w, "sla", "sl1", "draft", "");
    world_put(w, "inspection", "i1", YJ_STATE_WITHDRAWN, "");
    world_put(w, "person", "p7", NULL, "name=Who");
    world_judge_all(w);
    assert_string_equal(checked(w, "d1"), "1-2 pr1 never, 1-3 c1 draft");
    world_put(w, "repair", "x1", "open", "name=a;requirement=1-2;subject=pr1;who=p7;by_day=2026-12-31");
    world_put(w, "repair", "x2", "open", "name=b;requirement=1-3;subject=c1;who=p7;by_day=2026-12-31");
    assert_true(yj_dirty_empty(w->dirty)); /* nothing has to be judged because of them */
    assert_string_equal(checked(w, "d1"), "1-2 pr1 never, 1-3 c1 draft");
}

static void gate__passes_over_requirements_for_other_models(void **state)
{
    static const yj_pack_file other[] = {
        { "requirements/other.yaml",
          { .ptr = "- id: \"1-11\"\n  clause: \"1\"\n  actor: client\n  force: must\n  models: [private]\n  "
                   "stage: any\n"
                   "  subject: contract\n  title: {zh: x, en: x}\n  text: {zh: x, en: x}\n"
                   "  guidance: {zh: x, en: x}\n  rule: in_force\n" } },
        { "gates.yaml", { .ptr = "- {kind: deployment, transition: serve, requires: [\"1-11\"]}\n" } },
    };
    yj_auto(world_freep) world *w = world_new(state, other, YJ_COUNT(other));
    size_t count;
    put_all(w);
    world_put(w, "deployment", "d1", NULL, "contract=");
    assert_string_equal(checked_with(w, the_gate(w), "d1", &count), "open"); /* d1 is public */
    assert_int_equal(count, 0);
    world_put(w, "deployment", "d1", NULL, "model=private");
    assert_string_equal(checked(w, "d1"), "1-11 - .absent");
    world_put(w, "deployment", "d1", NULL, "model="); /* it does not say */
    assert_string_equal(checked(w, "d1"), "1-11 - .absent");
}

static void gate__knows_since_when(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    world_put(w, "platform", "pl1", NULL, "level=1");
    world_judge(w);
    assert_true(yj_date_parse(YJ_SPAN("2026-03-09"), &w->today));
    yj_error err = { 0 };
    yj_scope scope;
    yj_gate_result r;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)4 << 20);
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    yj_ok(yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, &err));
    yj_ok(yj_gate_check(w->db, w->c, the_gate(w), "d1", &scope, arena, &r, &err));
    yj_db_rollback(w->db);
    assert_string_equal(r.misses[0].verdict.since, "2026-03-02");
    assert_string_equal(r.misses[0].verdict.values,
                        "{\"level\":[\"1\"],\"platform\":[\"East\"],\"system\":[\"3\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(path__goes_forward_backward_and_over_lists),
        yj_test_stores(gate__opens_when_all_is_met),
        yj_test_stores(gate__judges_what_stands_now_and_not_what_is_stored),
        yj_test_stores(gate__counts_what_is_not_there_as_unknown),
        yj_test_stores(gate__takes_an_accepted_risk_for_advice_only),
        yj_test_stores(gate__is_not_opened_by_a_remediation),
        yj_test_stores(gate__passes_over_requirements_for_other_models),
        yj_test_stores(gate__knows_since_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
