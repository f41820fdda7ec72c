// SPDX-License-Identifier: Apache-2.0
/* Judging in pieces, and verdicts whose proofs are only weighed again, come to the same as judging at once.
 */
#include "world.h"

#include <stdio.h>

/* Everything, piece by piece, comes to the same as everything at once. */
static void pieces__come_to_the_whole(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_error err = { 0 };
    yj_auto(yj_dirty_freep) yj_dirty *rest = yj_dirty_new(w->c, w->reach);
    yj_auto(yj_pace_freep) yj_pace *pace = yj_pace_new(w->c);
    world_deployment(w);
    world_put(w, "deployment", "d2", "planned", "name=D2;system=s1;platform=pl1;model=private");
    yj_dirty_clear(w->dirty);
    yj_dirty_all(rest);
    size_t before = yj_dirty_size(rest), after = 0;
    size_t pieces = 0;
    for (; !yj_dirty_empty(rest); pieces++) {
        yj_ok(yj_dirty_take(w->dirty, rest, w->db, WORLD_INST, pace, 1, NULL, &err));
        assert_false(yj_dirty_empty(w->dirty));
        after = yj_dirty_size(rest);
        assert_true(after < before);
        before = after;
        assert_int_equal(yj_dirty_everything(w->dirty), yj_dirty_empty(rest)); /* the last ends old packs */
        world_judge(w);
    }
    assert_true(pieces > 3);
    world_check(w, "in pieces");
    /* a piece put back is taken again, with what came meanwhile */
    world_put(w, "platform", "pl1", NULL, "level=1");
    yj_dirty_add(rest, w->dirty);
    yj_dirty_clear(w->dirty);
    world_put(w, "contract", "c1", NULL, "valid_until=2026-01-01");
    int64_t ns = 0;
    yj_ok(yj_dirty_take(w->dirty, rest, w->db, WORLD_INST, pace, YJ_NS_PER_S, &ns, &err));
    assert_true(yj_dirty_empty(rest));
    assert_true(ns > 0 && ns <= YJ_NS_PER_S);
    world_judge(w);
    world_check(w, "put back");
}

static size_t most_subjects(const yj_dirty *d)
{
    size_t most = 0;
    for (size_t i = 0; i < d->catalog->requirement_count; i++) {
        assert_false(d->all[i] && d->catalog->requirements[i].subject ==
                                      yj_catalog_kind(d->catalog, YJ_SPAN("deployment"))->index);
        most = d->of[i].count > most ? d->of[i].count : most;
    }
    return most;
}

/* However dear a rule, a piece holds no more of its subjects than can be judged in the time there is; what is
 * judged in between, and what goes or comes back, is missed by no piece. */
static void pieces__are_cut_within_a_requirement(void **state)
{
    enum { MANY = 100, DEAR_NS = 10000000 };
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_error err = { 0 };
    yj_auto(yj_dirty_freep) yj_dirty *rest = yj_dirty_new(w->c, w->reach);
    yj_auto(yj_pace_freep) yj_pace *pace = yj_pace_new(w->c);
    world_deployment(w);
    world_judge(w);
    world_deployments(w, MANY);
    for (size_t i = 0; i < w->c->requirement_count; i++)
        yj_pace_note(pace, (int)i, 1, DEAR_NS);
    yj_dirty_all(rest);
    size_t pieces = 0, most = 0;
    int requirement = world_requirement(w, "1-1");
    bool again = false;
    for (; !yj_dirty_empty(rest); pieces++) {
        int64_t ns = 0;
        yj_ok(yj_dirty_take(w->dirty, rest, w->db, WORLD_INST, pace, 20 * (int64_t)DEAR_NS, &ns, &err));
        assert_true(ns > 0 && ns <= 20 * (int64_t)DEAR_NS + 8 * (int64_t)DEAR_NS);
        size_t n = most_subjects(w->dirty);
        most = n > most ? n : most;
        if (n > 0 && w->dirty->of[requirement].count && !again) {
            again = true; /* one that was taken comes up again behind those that were not */
            yj_dirty_subject(rest, requirement, w->dirty->of[requirement].ids[0]);
            yj_dirty_subject(rest, requirement, "m1");
        }
        world_judge(w);
    }
    assert_true(again);
    assert_in_range(most, 15, 20);
    assert_true(pieces > MANY / 20);
    assert_int_equal(world_count(w, "1-1", -1), MANY + 1);
    world_check(w, "cut");

    /* of those that are gone only the verdicts tell */
    yj_test_script(w->db, "DELETE FROM r_deployment WHERE id LIKE 'm%'");
    yj_dirty_all(rest);
    yj_dirty_clear(w->dirty);
    while (!yj_dirty_empty(rest)) {
        yj_ok(yj_dirty_take(w->dirty, rest, w->db, WORLD_INST, pace, 20 * (int64_t)DEAR_NS, NULL, &err));
        world_judge(w);
    }
    assert_int_equal(world_count(w, "1-1", -1), 1);
    world_check(w, "gone");
}

/* Taking goes on where it stopped: what is marked again and again does not keep the others waiting. */
static void pieces__give_each_requirement_its_turn(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_error err = { 0 };
    yj_auto(yj_dirty_freep) yj_dirty *rest = yj_dirty_new(w->c, w->reach);
    yj_auto(yj_pace_freep) yj_pace *pace = yj_pace_new(w->c);
    size_t last = w->c->requirement_count - 1, pieces = 0;
    yj_dirty_subject(rest, (int)last, "a");
    for (bool found = false; !found; pieces++) {
        for (size_t i = 0; i < last; i++)
            yj_dirty_subject(rest, (int)i, "a");
        yj_dirty_clear(w->dirty);
        yj_ok(yj_dirty_take(w->dirty, rest, w->db, WORLD_INST, pace, 1, NULL, &err));
        found = w->dirty->of[last].count > 0;
        assert_true(pieces <= last);
    }
}

static void pace__is_what_was_measured(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_auto(yj_pace_freep) yj_pace *pace = yj_pace_new(w->c);
    int64_t guess = yj_pace_of(pace, 0);
    yj_pace_note(pace, 0, 1, 1000000); /* so short a run tells nothing yet */
    assert_int_equal(yj_pace_of(pace, 0), guess);
    yj_pace_note(pace, 0, 0, 5000000);
    assert_int_equal(yj_pace_of(pace, 0), guess);
    yj_pace_note(pace, 0, 2, 100000000); /* dear, or it was held up */
    assert_in_range(yj_pace_of(pace, 0), 50000000, 50000001);
    yj_pace_note(pace, 0, 4, 1000000); /* it was held up */
    assert_in_range(yj_pace_of(pace, 0), 250000, 250001);
    yj_pace_note(pace, 0, 1, 1000000);
    assert_in_range(yj_pace_of(pace, 0), 250000, 250001);
    for (size_t i = 1; i < w->c->requirement_count; i++)
        assert_int_equal(yj_pace_of(pace, (int)i) != guess,
                         yj_same_run(&w->c->requirements[0], &w->c->requirements[i]));
}

/* --- weighing ------------------------------------------------------------------------------------------ */

static world *documented(void **state)
{
    world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "evidence", "e1", NULL, "name=E1;source=third_party");
    world_put(w, "contract", "c1", NULL, "documents=e1");
    world_judge(w);
    assert_string_equal(world_verdict(w, "1-9", "c1"), "met signed 2026-06-30 2 2026-03-02");
    return w;
}

static void evidence__that_changes_in_strength_asks_no_rule(void **state)
{
    yj_auto(world_freep) world *w = documented(state);
    int requirement = world_requirement(w, "1-9");
    world_rewrite(w, "1-9", "c1", "values", "{\"until\":[\"as stored\"]}"); /* a rule would put it right */
    world_put(w, "evidence", "e1", NULL, "source=instrument");
    assert_int_equal(w->dirty->weigh[requirement].count, 1);
    assert_int_equal(w->dirty->of[requirement].count, 0);
    assert_int_equal(yj_dirty_size(w->dirty), 1);
    world_judge(w);
    assert_int_equal(w->judged, 1);
    assert_int_equal(w->changes, 1);
    assert_string_equal(world_verdict(w, "1-9", "c1"), "met signed 2026-06-30 3 2026-03-02");
    assert_string_equal(world_said(w, "1-9", "c1", "vals"), "{\"until\":[\"as stored\"]}");
    /* what is uncertain beside other things that are dirty, or is to be derived anew, is judged */
    world_put(w, "evidence", "e1", NULL, "source=person");
    yj_dirty_harden(w->dirty);
    assert_int_equal(w->dirty->weigh[requirement].count, 0);
    assert_int_equal(yj_dirty_size(w->dirty), 1);
    world_judge(w);
    world_check(w, "hardened");
    world_put(w, "evidence", "e1", NULL, "source=third_party");
    yj_auto(yj_dirty_freep) yj_dirty *rest = yj_dirty_new(w->c, w->reach);
    yj_dirty_add(rest, w->dirty);
    assert_int_equal(rest->of[requirement].count, 1);
    assert_int_equal(rest->weigh[requirement].count, 0);
    world_judge(w);
    world_check(w, "weighed");
    world_put(w, "evidence", "e1", NULL, "note=the strength stands");
    assert_true(yj_dirty_empty(w->dirty));
}

/* The same subject by its rule and by its strength: the rule is asked, whichever came first, also in pieces.
 */
static void subjects__that_changed_otherwise_are_judged(void **state)
{
    yj_auto(world_freep) world *w = documented(state);
    yj_error err = { 0 };
    int requirement = world_requirement(w, "1-9");
    world_put(w, "evidence", "e1", NULL, "source=instrument");
    world_put(w, "contract", "c1", NULL, "name=Other");
    world_judge(w);
    world_check(w, "both");
    world_put(w, "contract", "c1", NULL, "name=Another");
    world_put(w, "evidence", "e1", NULL, "source=person");
    yj_auto(yj_dirty_freep) yj_dirty *piece = yj_dirty_new(w->c, w->reach);
    yj_auto(yj_pace_freep) yj_pace *pace = yj_pace_new(w->c);
    yj_ok(yj_dirty_take(piece, w->dirty, w->db, WORLD_INST, pace, 1, NULL, &err));
    assert_int_equal(piece->weigh[requirement].count, 0);
    while (!yj_dirty_empty(w->dirty))
        yj_ok(yj_dirty_take(piece, w->dirty, w->db, WORLD_INST, pace, 1, NULL, &err));
    assert_int_equal(piece->of[requirement].count, 1);
    yj_dirty_add(w->dirty, piece);
    world_judge(w);
    world_check(w, "in pieces");
    world_put(w, "evidence", "e1", NULL, "source=instrument");
    yj_dirty_all(w->dirty);
    yj_dirty_harden(w->dirty);
    world_judge(w);
    world_check(w, "everything");
}

/* Where the verdict does not say enough about its proofs. */
static void verdicts__that_tell_too_little_are_judged(void **state)
{
    yj_auto(world_freep) world *w = documented(state);
    char many[YJ_PROOFS_MAX * 24] = "[";
    for (int i = 0; i < YJ_PROOFS_MAX; i++)
        snprintf(many + strlen(many), 24, "%s[\"contract\",\"x%03d\"]", i ? "," : "", i);
    strcat(many, "]");
    const char *const proofs[] = { many, "[[\"contract\",\"\\u0063\"]]", "[[\"no_kind\",\"c1\"]]" };
    for (size_t i = 0; i < YJ_COUNT(proofs); i++) {
        world_rewrite(w, "1-9", "c1", "proofs", proofs[i]);
        world_put(w, "evidence", "e1", NULL, i % 2 ? "source=third_party" : "source=instrument");
        world_judge(w);
        assert_int_equal(w->judged, 1);
        assert_string_equal(world_said(w, "1-9", "c1", "proofs"), "[[\"contract\",\"c1\"]]");
        world_check(w, "judged");
    }
}

/* A document behind more records than a walk follows: every verdict is weighed, none is judged. */
static void document__behind_everything_is_weighed(void **state)
{
    enum { MANY = 5100 };
    yj_auto(world_freep) world *w = documented(state);
    int requirement = world_requirement(w, "1-9");
    yj_test_script(w->db,
                   "INSERT INTO r_contract(inst, id, batch, until_batch, version, seq, state, nkey, erased, "
                   "f_name, f_valid_until) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                   "WHERE i < 5100) SELECT 7, 'n' || i, 0, 0, 1, 0, 'signed', 'n' || i, 0, 'x', '2026-09-09' "
                   "FROM n");
    yj_test_script(w->db, "INSERT INTO l_contract_documents(inst, id, batch, ord, value) "
                          "SELECT inst, id, batch, 0, 'e1' FROM r_contract WHERE id LIKE 'n%'");
    world_judge_all(w);
    world_put(w, "evidence", "e1", NULL, "source=instrument");
    assert_false(w->dirty->all[requirement]);
    assert_int_equal(w->dirty->weigh[requirement].count, MANY + 1);
    world_judge(w);
    assert_int_equal(w->changes, MANY + 1);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict WHERE requirement = (SELECT no FROM "
                                           "requirement_no WHERE id = '1-9') AND strength = 3"),
                     MANY + 1);
    world_check(w, "weighed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(pieces__come_to_the_whole),
        yj_test_stores(pieces__are_cut_within_a_requirement),
        yj_test_sqlite_only(pieces__give_each_requirement_its_turn),
        yj_test_sqlite_only(pace__is_what_was_measured),
        yj_test_stores(evidence__that_changes_in_strength_asks_no_rule),
        yj_test_stores(subjects__that_changed_otherwise_are_judged),
        yj_test_stores(verdicts__that_tell_too_little_are_judged),
        yj_test_sqlite_only(document__behind_everything_is_weighed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
