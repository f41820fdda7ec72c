// SPDX-License-Identifier: Apache-2.0
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct seen {
    char text[8192];
    size_t at;
    size_t stop_after; /* 0: never */
} seen;

static yj_status on_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    seen *s = ctx;
    s->at += (size_t)snprintf(s->text + s->at, sizeof s->text - s->at, "%s%s/%s %s", s->at ? ", " : "",
                              v->requirement_id, v->subject, yj_verdict_name(v->status));
    assert_true(v->requirement >= 0 && v->kind >= 0);
    if (s->stop_after && --s->stop_after == 0)
        return yj_fail(err, YJ_E_LIMIT, "enough");
    return YJ_OK;
}

static yj_status on_status(void *ctx, const yj_verdict *v, yj_error *err)
{
    (void)err;
    ((size_t *)ctx)[v->status]++;
    return YJ_OK;
}

typedef struct told {
    yj_telling tell;
    char text[16384];
    size_t at;
} told;

/* What each telling must tell, in a line. */
static yj_status on_told(void *ctx, const yj_verdict *v, yj_error *err)
{
    told *t = ctx;
    bool met = v->status == YJ_V_MET, not_yet = strcmp(v->code, ".not_yet") == 0;
    t->at +=
        (size_t)snprintf(t->text + t->at, sizeof t->text - t->at, "%s %s %s %s %d%s %d\n", v->requirement_id,
                         v->subject, v->kind_name, yj_verdict_name(v->status), v->kind,
                         not_yet ? " not yet" : "", met && t->tell != YJ_TELL_STATUS ? v->strength : 0);
    assert_true(t->at < sizeof t->text);
    if (t->tell == YJ_TELL_ALL) {
        assert_true(v->since[0] != '\0');
        return YJ_OK;
    }
    assert_string_equal(v->values, "{}");
    assert_string_equal(v->proofs, "[]");
    assert_string_equal(v->since, "");
    assert_true(v->code[0] == '\0' || v->code[0] == '.');
    assert_true((met && t->tell == YJ_TELL_STRENGTH) || v->strength == 0);
    assert_null(v->due);
    (void)err;
    return YJ_OK;
}

/* However much is told, it is of the same verdicts and the same. */
static void check_tellings(world *w, yj_verdict_query q)
{
    static told all, part;
    static const yj_telling parts[] = { YJ_TELL_STRENGTH, YJ_TELL_STATUS };
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        yj_error err = { 0 };
        all = (told){ .tell = YJ_TELL_ALL };
        part = (told){ .tell = parts[i] };
        q.tell = YJ_TELL_ALL;
        yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_told, &all, NULL, &err));
        q.tell = parts[i];
        yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_told, &part, NULL, &err));
        if (parts[i] == YJ_TELL_STRENGTH)
            assert_string_equal(part.text, all.text);
        for (const char *a = all.text, *b = part.text; *a || *b; a = strchr(a, '\n') + 1) { /* but strength */
            size_t n = strcspn(a, "\n");
            assert_true(n > 2 && strncmp(a, b, n - 1) == 0 && b[n] == '\n');
            b += n + 1;
        }
    }
}

/** What the query gives, and "#total". Static. */
static const char *ask(world *w, yj_verdict_query q)
{
    static seen s;
    yj_error err = { 0 };
    yj_verdict_counts page = { 0 }, all = { 0 };
    size_t handed[YJ_V_COUNT_] = { 0 };
    s = (seen){ 0 };
    yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_verdict, &s, &page, &err));
    check_tellings(w, q);
    q.limit = q.offset = 0;
    yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, NULL, NULL, &all, &err));
    assert_memory_equal(&page, &all, sizeof all); /* a page's counts are those of the whole selection */
    yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_status, handed, NULL, &err));
    assert_memory_equal(handed, all.of, sizeof handed);
    snprintf(s.text + s.at, sizeof s.text - s.at, "%s#%zu", s.at ? " " : "", page.total);
    return s.text;
}

/* Assignments to q, then the question. */
#define ASK(w, ...) (q = YJ_VERDICT_QUERY_ALL, __VA_ARGS__, ask((w), q))

static void put_all(world *w)
{
    for (int i = 1; i <= 3; i++) {
        char id[24], fields[160];
        snprintf(id, sizeof id, "pr%d", i);
        snprintf(fields, sizeof fields, "name=P%d;code=%d", i, i == 3 ? 1 : i);
        world_put(w, "provider", id, NULL, fields);
        snprintf(id, sizeof id, "c%d", i);
        snprintf(fields, sizeof fields, "name=K%d;provider=pr%d;valid_until=2026-0%d-15", i, i, i + 3);
        world_put(w, "contract", id, i == 2 ? "draft" : "signed", fields);
    }
    world_judge(w);
}

static void query__by_what_is_asked(void **state)
{
    yj_verdict_query q;
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    const char *const two[] = { "pr3", "c1", "pr3" };
    const char *many[40];
    char names[40][8];
    for (size_t i = 0; i < YJ_COUNT(many); i++) {
        snprintf(names[i], sizeof names[i], i < 3 ? "c%zu" : "x%zu", i + 1);
        many[i] = names[i];
    }
    assert_string_equal(ASK(w, q.subject = "c1"), "1-3/c1 unmet, 1-9/c1 met #2");
    assert_string_equal(ASK(w, q.subjects = two, q.subject_count = 3),
                        "1-2/pr3 unknown, 1-3/c1 unmet, 1-6/pr3 unmet, 1-9/c1 met #4");
    assert_string_equal(ASK(w, q.subjects = two, q.subject_count = 0), "#0");
    assert_string_equal(ASK(w, q.subjects = many, q.subject_count = YJ_COUNT(many), q.status = YJ_V_MET),
                        "1-9/c1 met, 1-9/c3 met #2");
    assert_string_equal(ASK(w, q.subject = "nobody"), "#0");
    assert_string_equal(ASK(w, q.requirement = world_requirement(w, "1-9")),
                        "1-9/c1 met, 1-9/c2 unmet, 1-9/c3 met #3");
    assert_string_equal(ASK(w, q.requirement = world_requirement(w, "1-9"), q.subject = "c2"),
                        "1-9/c2 unmet #1");
    assert_string_equal(ASK(w, q.status = YJ_V_MET), "1-6/pr2 met, 1-9/c1 met, 1-9/c3 met #3");
    assert_string_equal(ASK(w, q.status = YJ_V_GONE), "#0");
    assert_string_equal(ASK(w, q.force = 1, q.status = YJ_V_UNMET, q.subject = NULL),
                        "1-3/c1 unmet, 1-3/c2 unmet, 1-3/c3 unmet, 1-6/pr1 unmet, 1-6/pr3 unmet #5");
    assert_string_equal(ASK(w, q.actor = 1), "#0");
    assert_string_equal(ASK(w, q.stage = 0), "#0");
    assert_string_equal(ASK(w, q.clause = "2"), "#0");
    assert_string_equal(ASK(w, q.clause = "1", q.requirement = world_requirement(w, "1-2")),
                        "1-2/pr1 unknown, 1-2/pr2 unknown, 1-2/pr3 unknown #3");
    assert_string_equal(ASK(w, q.due_until = "2026-05-15"), "1-9/c1 met #1");
    assert_string_equal(ASK(w, q.due_until = "2026-06-15"), "1-9/c1 met, 1-9/c3 met #2");
    assert_string_equal(ASK(w, q.due_until = "2026-06-15", q.subject = "c3"), "1-9/c3 met #1");
    assert_string_equal(ASK(w, q.due_until = "2026-06-14", q.subject = "c3"), "#0");
}

static void query__in_pages(void **state)
{
    yj_verdict_query q;
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w);
    assert_string_equal(ASK(w, q.limit = 2), "1-2/pr1 unknown, 1-2/pr2 unknown #12");
    assert_string_equal(ASK(w, q.limit = 2, q.offset = 2), "1-2/pr3 unknown, 1-3/c1 unmet #12");
    assert_string_equal(ASK(w, q.limit = 5, q.offset = 10), "1-9/c2 unmet, 1-9/c3 met #12");
    assert_string_equal(ASK(w, q.limit = 5, q.offset = 12), "#12");
    assert_string_equal(ASK(w, q.subject = "c1", q.limit = 1), "1-3/c1 unmet #2");
    assert_string_equal(ASK(w, q.subject = "c1", q.limit = 1, q.offset = 1), "1-9/c1 met #2");
    /* what the receiver says ends it */
    seen s = { .stop_after = 2 };
    yj_error err = { 0 };
    q = YJ_VERDICT_QUERY_ALL;
    yj_verdict_counts n = { .total = 77 };
    assert_int_equal(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_verdict, &s, &n, &err), YJ_E_LIMIT);
    assert_int_equal(n.total, 77);
    assert_string_equal(s.text, "1-2/pr1 unknown, 1-2/pr2 unknown");
    /* another institution has none */
    yj_ok(yj_verdicts(w->db, w->c, WORLD_INST + 1, &q, on_verdict, &s, &n, &err));
    assert_int_equal(n.total, 0);
}

static void query__as_of_an_entry(void **state)
{
    yj_verdict_query q;
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    put_all(w); /* entry 100 */
    assert_int_equal(w->seq, 101);
    world_put(w, "contract", "c2", "signed", "");
    world_judge(w); /* 101 */
    world_put(w, "contract", "c1", YJ_STATE_WITHDRAWN, "");
    world_judge(w); /* 102 */
    world_put(w, "contract", "c1", "draft", "");
    world_judge(w); /* 103 */
    int r = world_requirement(w, "1-9");
    assert_string_equal(ASK(w, q.requirement = r, q.as_of_seq = 100), "#0");
    assert_string_equal(ASK(w, q.requirement = r, q.as_of_seq = 101),
                        "1-9/c1 met, 1-9/c2 unmet, 1-9/c3 met #3");
    assert_string_equal(ASK(w, q.requirement = r, q.as_of_seq = 102),
                        "1-9/c1 met, 1-9/c2 met, 1-9/c3 met #3");
    assert_string_equal(ASK(w, q.requirement = r, q.as_of_seq = 103), "1-9/c2 met, 1-9/c3 met #2");
    assert_string_equal(ASK(w, q.requirement = r, q.as_of_seq = 104),
                        "1-9/c1 unmet, 1-9/c2 met, 1-9/c3 met #3");
    assert_string_equal(ASK(w, q.requirement = r), "1-9/c1 unmet, 1-9/c2 met, 1-9/c3 met #3");
    assert_string_equal(
        ASK(w, q.requirement = r, q.as_of_seq = 102, q.status = YJ_V_MET, q.limit = 1, q.offset = 1),
        "1-9/c2 met #3");
    assert_string_equal(ASK(w, q.subject = "c1", q.as_of_seq = 102), "1-3/c1 unmet, 1-9/c1 met #2");
    assert_string_equal(ASK(w, q.subject = "c1", q.as_of_seq = 103), "#0");
    assert_string_equal(ASK(w, q.due_until = "2026-04-30", q.as_of_seq = 102), "1-9/c1 met #1");
    assert_string_equal(ASK(w, q.due_until = "2026-04-30"), "#0");
}

/* What does not apply is stored nowhere, and told all the same, in its place. */
static void query__of_what_does_not_apply(void **state)
{
    yj_verdict_query q;
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    const char *const deployments[] = { "d1", "d2", "d3" };
    for (int i = 1; i <= 3; i++) {
        char id[8], fields[64];
        snprintf(id, sizeof id, "d%d", i);
        snprintf(fields, sizeof fields, "model=public;zones=%s", i == 2 ? "c" : "a");
        world_put(w, "deployment", id, i == 3 ? "planned" : "running", fields);
    }
    int zoned = world_requirement(w, "1-4"), staged = world_requirement(w, "1-1");
    /* before anybody judged there are no verdicts, not even these */
    assert_string_equal(ASK(w, q.subject = NULL), "#0");
    world_judge(w);
    assert_int_equal(world_count(w, "1-4", -1), 2);
    assert_int_equal(world_count(w, "1-1", -1), 2);
    assert_string_equal(ASK(w, q.requirement = zoned),
                        "1-4/d1 unknown, 1-4/d2 not_applicable, 1-4/d3 unknown #3");
    assert_string_equal(ASK(w, q.requirement = zoned, q.status = YJ_V_NOT_APPLICABLE),
                        "1-4/d2 not_applicable #1");
    assert_string_equal(ASK(w, q.requirement = zoned, q.status = YJ_V_UNKNOWN),
                        "1-4/d1 unknown, 1-4/d3 unknown #2");
    assert_string_equal(ASK(w, q.requirement = zoned, q.limit = 1, q.offset = 1), "1-4/d2 not_applicable #3");
    assert_string_equal(ASK(w, q.requirement = zoned, q.limit = 2, q.offset = 2), "1-4/d3 unknown #3");
    assert_string_equal(ASK(w, q.requirement = zoned, q.subject = "d2"), "1-4/d2 not_applicable #1");
    assert_string_equal(ASK(w, q.requirement = zoned, q.subjects = deployments + 1, q.subject_count = 2),
                        "1-4/d2 not_applicable, 1-4/d3 unknown #2");
    assert_string_equal(ASK(w, q.requirement = staged, q.status = YJ_V_NOT_APPLICABLE),
                        "1-1/d3 not_applicable #1");
    assert_string_equal(ASK(w, q.subject = "d3", q.status = YJ_V_NOT_APPLICABLE),
                        "1-1/d3 not_applicable, 1-7/d3 not_applicable #2");
    assert_string_equal(ASK(w, q.subject = "d2", q.clause = "2"), "#0");
    assert_string_equal(ASK(w, q.requirement = zoned, q.due_until = "2099-01-01"), "#0");
    /* a verdict ends where the subject's state leaves it, and comes back with it */
    assert_string_equal(world_verdict(w, "1-1", "d3"), "not_applicable .not_yet - 0 2026-03-02");
    assert_true(yj_date_parse(YJ_SPAN("2026-03-05"), &w->today));
    world_put(w, "deployment", "d1", "gone_by", "");
    world_judge(w);
    assert_int_equal(world_count(w, "1-4", -1), 1);
    assert_string_equal(world_verdict(w, "1-4", "d1"), "not_applicable .over - 0 2026-03-05");
    assert_string_equal(ASK(w, q.requirement = zoned),
                        "1-4/d1 not_applicable, 1-4/d2 not_applicable, 1-4/d3 unknown #3");
    assert_true(yj_date_parse(YJ_SPAN("2026-03-09"), &w->today));
    world_put(w, "deployment", "d1", "running", "");
    world_judge(w);
    assert_string_equal(world_verdict(w, "1-4", "d1"), "unknown nothing - 0 2026-03-09");
    /* what is withdrawn is no subject */
    world_put(w, "deployment", "d2", YJ_STATE_WITHDRAWN, "");
    world_judge(w);
    assert_string_equal(ASK(w, q.requirement = zoned), "1-4/d1 unknown, 1-4/d3 unknown #2");
    world_check(w, "at the end");
}

/* Assignments to q, then the question, with what is being put right; counts appended: "open/overdue/none". */
static const char *ask_remedy(world *w, yj_verdict_query q, int remedy, const char *day)
{
    static char text[8300];
    yj_error err = { 0 };
    yj_answers all;
    yj_verdict_counts n = { 0 };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 20);
    yj_ok(yj_remediations_load(w->db, w->c, WORLD_INST, -1, arena, &all, &err));
    q.remediations = &all;
    q.day = day;
    q.remedy = remedy;
    const char *found = ask(w, q);
    yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, NULL, NULL, &n, &err));
    snprintf(text, sizeof text, "%s %zu/%zu/%zu", found, n.remedy[YJ_REMEDY_OPEN],
             n.remedy[YJ_REMEDY_OVERDUE], n.remedy[YJ_REMEDY_NONE]);
    return text;
}

#define REMEDY(w, remedy, day, ...)                                                                          \
    (q = YJ_VERDICT_QUERY_ALL, __VA_ARGS__, ask_remedy((w), q, (remedy), (day)))

static void query__by_remediation(void **state)
{
    static const char first[] = "2026-03-02", last[] = "2026-03-10", after[] = "2026-03-11";
    yj_verdict_query q;
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_put(w, "contract", "c4", "draft", "name=K4;provider=pr1");
    world_put(w, "contract", "c5", "draft", "name=K5;provider=pr1");
    put_all(w); /* 1-9 is a must: unmet for c2, c4, c5; 1-2 a must: unknown; 1-3 and 1-6 are advice */
    world_put(w, "person", "p1", NULL, "name=Who");
    const int r = world_requirement(w, "1-9");
    assert_string_equal(REMEDY(w, -1, first, q.requirement = r, q.status = YJ_V_UNMET),
                        "1-9/c2 unmet, 1-9/c4 unmet, 1-9/c5 unmet #3 0/0/3");
    world_put(w, "repair", "x1", "open", "name=a;requirement=1-9;subject=c2;who=p1;by_day=2026-03-10");
    world_put(w, "repair", "x2", "open", "name=b;requirement=1-9;subject=c4;who=p1;by_day=2026-12-31");
    world_put(w, "repair", "x3", "open", "name=c;requirement=1-2;subject=pr1;who=p1;by_day=2026-03-10");
    world_put(w, "repair", "x4", "open", "name=d;requirement=1-3;subject=c2;who=p1;by_day=2026-03-10");
    world_put(w, "repair", "x5", "open", "name=e;requirement=1-9;subject=c1;who=p1;by_day=2026-03-10");
    world_put(w, "repair", "x6", "done", "name=f;requirement=1-9;subject=c5;who=p1;by_day=2026-03-10");
    /* the last day is a day in time; what is met is not being put right; advice is found, but not counted */
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, last, q.limit = 0),
                        "1-2/pr1 unknown, 1-3/c2 unmet, 1-9/c2 unmet, 1-9/c4 unmet #4 2/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OVERDUE, last, q.limit = 0), "#0 0/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, after, q.limit = 0), "1-9/c4 unmet #1 1/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OVERDUE, after, q.limit = 0),
                        "1-2/pr1 unknown, 1-3/c2 unmet, 1-9/c2 unmet #3 0/1/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_NONE, after, q.limit = 0),
                        "1-2/pr2 unknown, 1-2/pr3 unknown, 1-9/c5 unmet #3 0/0/1");
    assert_string_equal(REMEDY(w, YJ_REMEDY_NONE, after, q.status = YJ_V_UNMET), "1-9/c5 unmet #1 0/0/1");
    assert_string_equal(REMEDY(w, YJ_REMEDY_NONE, after, q.status = YJ_V_MET), "#0 0/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, last, q.force = 1), "1-3/c2 unmet #1 0/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, last, q.subject = "c2"),
                        "1-3/c2 unmet, 1-9/c2 unmet #2 1/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_NONE, last, q.subject = "c2"), "#0 0/0/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_NONE, last, q.subject = "c5"), "1-9/c5 unmet #1 0/0/1");
    /* counts are of the whole selection, whatever page is asked for */
    assert_string_equal(REMEDY(w, -1, after, q.requirement = r, q.limit = 1), "1-9/c1 met #5 1/1/1");
    assert_string_equal(REMEDY(w, -1, after, q.limit = 2), "1-2/pr1 unknown, 1-2/pr2 unknown #16 1/1/1");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, last, q.limit = 1, q.offset = 2), "1-9/c2 unmet #4 2/0/0");
    assert_string_equal(REMEDY(w, -1, after, q.as_of_seq = 101, q.requirement = r, q.status = YJ_V_UNMET),
                        "1-9/c2 unmet, 1-9/c4 unmet, 1-9/c5 unmet #3 1/1/1");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OVERDUE, after, q.as_of_seq = 101, q.clause = "1"),
                        "1-2/pr1 unknown, 1-3/c2 unmet, 1-9/c2 unmet #3 0/1/0");
    assert_string_equal(REMEDY(w, YJ_REMEDY_OPEN, last, q.as_of_seq = 100), "#0 0/0/0");
}

static void idset__keeps_order_and_survives_growing(void **state)
{
    (void)state;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 20);
    yj_idset s = { .arena = arena };
    yj_error err = { 0 };
    char id[24];
    assert_int_equal(yj_idset_find(&s, YJ_SPAN("x")), YJ_IDSET_NONE);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 1000; i++) {
            size_t at;
            snprintf(id, sizeof id, "id-%zu", i * 7919);
            yj_ok(yj_idset_add(&s, yj_span_of(id), &at, &err));
            assert_int_equal(at, i);
        }
    }
    assert_int_equal(s.count, 1000);
    assert_int_equal(yj_idset_find(&s, YJ_SPAN("id-7919")), 1);
    assert_int_equal(yj_idset_find(&s, YJ_SPAN("id-")), YJ_IDSET_NONE);
    yj_ok(yj_idset_add(&s, YJ_SPAN(""), NULL, &err));
    assert_int_equal(yj_idset_find(&s, YJ_SPAN("")), 1000);
}

static void idset__without_memory_stays_as_it_was(void **state)
{
    (void)state;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(2048);
    yj_idset s = { .arena = arena };
    yj_error err = { 0 };
    char id[24];
    size_t i = 0;
    do
        snprintf(id, sizeof id, "id-%zu", i++);
    while (yj_idset_add(&s, yj_span_of(id), NULL, &err) == YJ_OK);
    assert_int_equal(err.code, YJ_E_LIMIT);
    assert_int_equal(s.count, i - 1);
    assert_int_equal(yj_idset_find(&s, yj_span_of(id)), YJ_IDSET_NONE);
    assert_int_equal(yj_idset_find(&s, YJ_SPAN("id-3")), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(query__by_what_is_asked),
        yj_test_stores(query__in_pages),
        yj_test_stores(query__as_of_an_entry),
        yj_test_stores(query__of_what_does_not_apply),
        yj_test_stores(query__by_remediation),
        cmocka_unit_test(idset__keeps_order_and_survives_growing),
        cmocka_unit_test(idset__without_memory_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
