// SPDX-License-Identifier: Apache-2.0
/* What accepted risks and remediations say about a requirement and a subject on a day. */
#include "world.h"

typedef struct read_answers {
    yj_arena *arena;
    yj_answers risks, remediations;
} read_answers;

static read_answers read_all(world *w)
{
    read_answers a = { .arena = yj_arena_new((size_t)1 << 20) };
    yj_error err = { 0 };
    yj_ok(yj_risks_load(w->db, w->c, WORLD_INST, -1, a.arena, &a.risks, &err));
    yj_ok(yj_remediations_load(w->db, w->c, WORLD_INST, -1, a.arena, &a.remediations, &err));
    return a;
}

static const yj_requirement *requirement(const world *w, const char *id)
{
    return &w->c->requirements[world_requirement(w, id)];
}

/** The id of the accepted risk, "" if there is none. */
static const char *risk(world *w, const char *id, const char *subject, const char *day)
{
    static char ret[24];
    read_answers a = read_all(w);
    const yj_answer *x = yj_risk_for(w->c, &a.risks, requirement(w, id), subject, day);
    snprintf(ret, sizeof ret, "%s", x ? x->id : "");
    yj_arena_free(a.arena);
    return ret;
}

static void risk__counts_the_one_that_lasts_longest(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "");
    world_put(w, "risk", "k1", "accepted", "requirement=1-3;subject=c1;until_date=2026-03-10");
    world_put(w, "risk", "k2", "accepted", "requirement=1-3;subject=c1;until_date=2026-03-20");
    world_put(w, "risk", "k3", "accepted", "requirement=1-3;subject=c11;until_date=2026-12-31");
    world_put(w, "risk", "k4", "accepted", "requirement=1-2;subject=c1;until_date=2026-12-31");
    world_put(w, "risk", "k5", "proposed", "requirement=1-3;subject=c1;until_date=2026-12-31");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "k2");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-20"), "k2");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-21"), "");
    assert_string_equal(risk(w, "1-3", "c2", "2026-03-02"), "");
    assert_string_equal(risk(w, "1-2", "c1", "2026-03-02"), "");                              /* a must */
    world_put(w, "risk", "k6", "accepted", "requirement=1-3;subject=;until_date=2026-03-15"); /* for any */
    assert_string_equal(risk(w, "1-3", "c2", "2026-03-02"), "k6");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "k2");
    world_put(w, "risk", "k6", NULL, "until_date=2026-04-01");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "k6");
    world_put(w, "risk", "k1", NULL, "until_date="); /* without end */
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "k1");
    assert_string_equal(risk(w, "1-3", "c1", "2099-01-01"), "k1");
    world_put(w, "risk", "k6", NULL, "until_date=");
    world_put(w, "risk", "k1", YJ_STATE_WITHDRAWN, "");
    assert_string_equal(risk(w, "1-3", "c1", "2099-01-01"), "k6");
}

/** "STATE id who, id who": how it stands, and the remediations in order. Static. */
static const char *remedy(world *w, const char *id, const char *subject, const char *day)
{
    static char ret[200];
    read_answers a = read_all(w);
    const yj_requirement *r = requirement(w, id);
    size_t n = 9, at;
    const yj_answer *x = yj_remediations_for(&a.remediations, r, yj_span_of(subject), &n);
    assert_true((x != NULL) == (n > 0));
    at = (size_t)snprintf(ret, sizeof ret, "%s",
                          yj_remedy_name(yj_remedy_of(&a.remediations, r, yj_span_of(subject), day)));
    for (size_t i = 0; i < n; i++)
        at +=
            (size_t)snprintf(ret + at, sizeof ret - at, "%s %s %s", i ? "," : "", x[i].id, x[i].responsible);
    assert_true(!n || yj_remediations_any(&a.remediations, r));
    yj_arena_free(a.arena);
    return ret;
}

static void remediation__is_overdue_after_its_day(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-02"), "none");
    world_put(w, "person", "p1", NULL, "name=One");
    world_put(w, "person", "p2", NULL, "name=Two");
    world_put(w, "repair", "x1", "open", "name=a;requirement=1-9;subject=c1;who=p1;by_day=2026-03-20");
    world_put(w, "repair", "x2", "open", "name=b;requirement=1-9;subject=c1;who=p2;by_day=2026-03-10");
    world_put(w, "repair", "x3", "open", "name=c;requirement=1-10;subject=c1;who=p2;by_day=2026-03-01");
    world_put(w, "repair", "x4", "open", "name=d;requirement=1-9;subject=c11;who=p2;by_day=2026-03-01");
    world_put(w, "repair", "x5", "done", "name=e;requirement=1-9;subject=c1;who=p2;by_day=2026-03-01");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-02"), "open x2 p2, x1 p1");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-10"), "open x2 p2, x1 p1");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-11"), "overdue x2 p2, x1 p1");
    world_put(w, "repair", "x2", "done", "");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-11"), "open x1 p1");
    world_put(w, "repair", "x1", YJ_STATE_WITHDRAWN, "");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-11"), "none");
    assert_string_equal(remedy(w, "1-10", "c1", "2026-03-11"), "overdue x3 p2"); /* an advice */
    assert_string_equal(remedy(w, "1-10", "", "2026-03-11"), "none");
    assert_string_equal(remedy(w, "1-1", "c1", "2026-03-11"), "none");
    /* a day moved is another day */
    world_put(w, "repair", "x3", NULL, "by_day=2026-04-01");
    assert_string_equal(remedy(w, "1-10", "c1", "2026-03-11"), "open x3 p2");
}

static void answers__are_none_where_the_packs_declare_none(void **state)
{
    static const yj_pack_file plain[] = {
        { "pack.yaml",
          { .ptr =
                "pack: world\nedition: \"1\"\ntitle: {zh: x, en: x}\n"
                "models: {private: {zh: x, en: x}, public: {zh: x, en: x}}\n"
                "stages: {plan: {zh: x, en: x}, operate: {zh: x, en: x}}\n"
                "actors: {client: {zh: x, en: x}}\n"
                "forces:\n  must: {zh: x, en: x, binding: true}\n  should: {zh: x, en: x, binding: false}\n"
                "clauses: {\"1\": {zh: x, en: x}}\n"
                "paths:\n  deployment:\n    system: system\n    platform: platform\n"
                "    provider: platform.provider\n    contract: contract\n" } },
    };
    yj_auto(world_freep) world *w = world_new(state, plain, YJ_COUNT(plain));
    assert_int_equal(w->c->risk_acceptance.kind, -1);
    assert_int_equal(w->c->remediation.kind, -1);
    world_put(w, "person", "p1", NULL, "name=One");
    world_put(w, "risk", "k1", "accepted", "requirement=1-3;subject=c1");
    world_put(w, "repair", "x1", "open", "name=a;requirement=1-9;subject=c1;who=p1;by_day=2026-03-20");
    assert_string_equal(risk(w, "1-3", "c1", "2026-03-02"), "");
    assert_string_equal(remedy(w, "1-9", "c1", "2026-03-02"), "none");
    read_answers a = read_all(w);
    assert_int_equal(a.risks.count + a.remediations.count, 0);
    assert_false(yj_remediations_any(&a.remediations, requirement(w, "1-9")));
    yj_arena_free(a.arena);
}

static void remedy__has_names(void **state)
{
    (void)state;
    yj_remedy r;
    for (int i = 0; i < YJ_REMEDY_COUNT_; i++) {
        assert_true(yj_remedy_by_name(yj_span_of(yj_remedy_name((yj_remedy)i)), &r));
        assert_int_equal(r, i);
    }
    assert_false(yj_remedy_by_name(YJ_SPAN("opens"), &r));
    assert_false(yj_remedy_by_name(YJ_SPAN(""), &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(risk__counts_the_one_that_lasts_longest),
        yj_test_stores(remediation__is_overdue_after_its_day),
        yj_test_stores(answers__are_none_where_the_packs_declare_none),
        cmocka_unit_test(remedy__has_names),
    };
    return cmocka_run_group_tests_name("rule_answer", tests, NULL, NULL);
}
