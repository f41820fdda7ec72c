// SPDX-License-Identifier: Apache-2.0
/* A remediation is shown alike wherever its verdict is, falls due, and changes nothing: neither the verdict
 * nor a gate. */
#include "engine_test.h"

#include "record/import.h"
#include "record/internal.h"
#include "record/present.h"
#include "record/read.h"
#include <stdio.h>
#include <stdlib.h>

/** Asked for: with 1-1 for the service. */
typedef struct place {
    bench b;
    const char *service, *person;
} place;

static void open_place(place *p, void **state)
{
    bench_open(&p->b, state);
    p->person = bench_put(&p->b, "person", "{\"number\":\"1\",\"name\":\"Li Lei\"}");
    p->service =
        bench_put(&p->b, "service", "{\"code\":\"S1\",\"title\":\"S\",\"level\":1,\"model\":\"near\"}");
}

static const char *repair(place *p, const char *requirement, const char *kind, const char *subject,
                          const char *agreed, const char *day)
{
    static char json[500];
    snprintf(json, sizeof json,
             "{\"requirement\":\"%s\",\"subject_kind\":\"%s\",\"subject\":\"%s\",\"title\":\"raise it\","
             "\"who\":\"%s\",\"agreed_on\":\"%s\",\"by_day\":\"%s\"}",
             requirement, kind, subject, p->person, agreed, day);
    return json;
}

/** "WHO DUE WHAT" of each remediation, '!' before those overdue. */
static void describe(const json_t *list, char *ret, size_t size)
{
    size_t at = 0;
    assert_true(json_is_array(list));
    ret[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *r = json_array_get(list, i), *who = json_object_get(r, "responsible");
        assert_string_equal(json_string_value(json_object_get(r, "kind")), "repair");
        assert_true(yj_uuid_valid(yj_span_of(json_string_value(json_object_get(r, "id")))));
        at += (size_t)snprintf(ret + at, size - at, "%s%s%s %s %s", i ? ", " : "",
                               json_is_true(json_object_get(r, "overdue")) ? "!" : "",
                               json_string_value(json_object_get(who, "name")),
                               json_string_value(json_object_get(r, "due")),
                               json_string_value(json_object_get(r, "name")));
    }
}

/** The remediations of a verdict, and the counts "open/overdue/none" of all, as of an entry (-1: now), on
 * that day; the same wherever they are shown. Static. */
static const char *shown(place *p, const char *requirement, const char *subject, int64_t as_of_seq,
                         const char *day)
{
    static char text[3][400];
    bench *b = &p->b;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    const yj_requirement *r = yj_catalog_requirement(b->c, yj_span_of(requirement));
    const yj_status_head head = { .as_of = day, .day = day };
    q.requirement = r->index;
    q.subject = subject;
    q.as_of_seq = as_of_seq;
    yj_ok(yj_engine_settle(b->e, -1, &err));
    yj_ok(yj_reader_take(b->e, &db, &err));
    for (int i = 0; i < 3; i++) {
        yj_buf out;
        yj_buf_init(&out, 1 << 20);
        if (i == 0)
            yj_ok(yj_present_status(db, b->c, b->inst.inst, &q, &head, &out, &err));
        else if (i == 1)
            yj_ok(yj_present_verdicts(db, b->c, b->inst.inst, YJ_LANG_EN, &q, day, &out, &err));
        else
            yj_ok(yj_present_explain(db, b->c, b->inst.inst, YJ_LANG_EN, r, subject, as_of_seq, day, NULL,
                                     false, &out, &err));
        json_t *o = NULL;
        yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
        const json_t *v = i == 2 ? json_object_get(o, "verdict")
                                 : json_array_get(json_object_get(o, i ? "items" : "verdicts"), 0);
        describe(json_object_get(v, "remediations"), text[i], sizeof text[i]);
        if (i < 2) {
            const json_t *n = json_object_get(o, "remediation");
            size_t at = strlen(text[i]);
            snprintf(text[i] + at, sizeof text[i] - at, "%s%d/%d/%d", at ? " " : "",
                     (int)json_integer_value(json_object_get(n, "open")),
                     (int)json_integer_value(json_object_get(n, "overdue")),
                     (int)json_integer_value(json_object_get(n, "none")));
        }
        json_decref(o);
        yj_buf_done(&out);
    }
    yj_reader_give(b->e, db);
    assert_string_equal(text[1], text[0]);
    assert_memory_equal(text[2], text[0], strlen(text[2]));
    return text[0];
}

/** What falls due: "DAY REQUIREMENT WHO", '!' before those overdue. Static. */
static const char *due(place *p, const char *today, const char *until)
{
    static char text[1000];
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_engine_settle(p->b.e, -1, &err));
    yj_ok(yj_reader_take(p->b.e, &db, &err));
    yj_ok(yj_present_due(db, p->b.c, p->b.inst.inst, YJ_LANG_EN, today, until, &out, &err));
    yj_reader_give(p->b.e, db);
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    const json_t *items = json_object_get(o, "items");
    text[0] = '\0';
    for (size_t i = 0, at = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i), *r = json_object_get(x, "remediation");
        const char *who = json_string_value(json_object_get(json_object_get(r, "responsible"), "name"));
        assert_non_null(r);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%s %s%s%s", i ? ", " : "",
                               json_is_true(json_object_get(x, "overdue")) ? "!" : "",
                               json_string_value(json_object_get(x, "day")),
                               json_string_value(json_object_get(x, "requirement")), who ? " " : "",
                               who ? who : "");
    }
    json_decref(o);
    yj_buf_done(&out);
    return text;
}

/** What the gate of the service's start misses: "REQUIREMENT remediations; ..." Static. */
static const char *missed(place *p)
{
    static char text[1000];
    yj_error err = { 0 };
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_engine_gates(p->b.e, p->b.inst.inst, bench_kind(&p->b, "service"), p->service, YJ_LANG_EN, &out,
                          &err));
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    const json_t *misses = json_object_get(json_array_get(json_object_get(o, "items"), 0), "misses");
    text[0] = '\0';
    for (size_t i = 0, at = 0; i < json_array_size(misses); i++) {
        char list[400] = "";
        const json_t *m = json_array_get(misses, i);
        if (json_object_get(m, "code")) /* not of what is absent */
            describe(json_object_get(m, "remediations"), list, sizeof list);
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s%s%s%s", i ? "; " : "",
                             json_string_value(json_object_get(m, "requirement")), list[0] ? " " : "", list);
    }
    json_decref(o);
    yj_buf_done(&out);
    return text;
}

static int64_t size_now(place *p)
{
    yj_error err = { 0 };
    yj_institution i;
    yj_ok(yj_engine_settle(p->b.e, -1, &err));
    yj_ok(yj_institution_find(p->b.e, "demo", &i, &err));
    return (int64_t)i.size;
}

static int64_t judgements(place *p)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(p->b.e, -1, &err));
    return bench_number(&p->b, "SELECT count(*) FROM entry WHERE op = 'judge'");
}

static void remediation__is_shown_and_changes_nothing(void **state)
{
    place p;
    open_place(&p, state);
    bench *b = &p.b;
    assert_string_equal(bench_verdict(b, "1-1", p.service), "unmet");
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-02"), "0/0/1");
    assert_string_equal(missed(&p), "1-1; 1-2");
    int64_t judged = judgements(&p), before = size_now(&p);
    static const char replaced[] = "SELECT count(*) FROM verdict_log";
    int64_t stood = bench_number(b, replaced);

    const char *first =
        bench_put(b, "repair", repair(&p, "1-1", "service", p.service, "2026-03-02", "2026-03-05"));
    assert_string_equal(bench_verdict(b, "1-1", p.service), "unmet");
    assert_int_equal(judgements(&p), judged); /* no verdict came of it */
    assert_int_equal(size_now(&p), before + 1);
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-02"), "Li Lei 2026-03-05 raise it 1/0/0");
    assert_string_equal(missed(&p), "1-1 Li Lei 2026-03-05 raise it; 1-2");
    int64_t open = size_now(&p);

    /* its last day is a day in time */
    bench_clock(b, "2026-03-05T23:00:00+08:00");
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-05"), "Li Lei 2026-03-05 raise it 1/0/0");
    bench_clock(b, "2026-03-06T09:00:00+08:00");
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-06"), "!Li Lei 2026-03-05 raise it 0/1/0");
    assert_string_equal(missed(&p), "1-1 !Li Lei 2026-03-05 raise it; 1-2");
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, 60000, &err)); /* the new day was looked at, and no verdict came of it */
    assert_int_equal(bench_number(b, replaced), stood);

    /* another beside it; the earlier day comes first, and counts */
    bench_put(b, "repair", repair(&p, "1-1", "service", p.service, "2026-03-06", "2026-04-30"));
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-06"),
                        "!Li Lei 2026-03-05 raise it, Li Lei 2026-04-30 raise it 0/1/0");
    int64_t both = size_now(&p);
    bench_move(b, "repair", first, "finish"); /* reported as done: the verdict says whether it is right */
    assert_string_equal(bench_verdict(b, "1-1", p.service), "unmet");
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-03-06"), "Li Lei 2026-04-30 raise it 1/0/0");

    /* what was known then */
    assert_string_equal(shown(&p, "1-1", p.service, before, "2026-03-02"), "0/0/1");
    assert_string_equal(shown(&p, "1-1", p.service, open, "2026-03-05"), "Li Lei 2026-03-05 raise it 1/0/0");
    assert_string_equal(shown(&p, "1-1", p.service, open, "2026-03-06"), "!Li Lei 2026-03-05 raise it 0/1/0");
    assert_string_equal(shown(&p, "1-1", p.service, both, "2026-03-06"),
                        "!Li Lei 2026-03-05 raise it, Li Lei 2026-04-30 raise it 0/1/0");

    /* put right, nothing is shown or counted, though the record stays open */
    bench_change(b, "service", p.service, "{\"level\":3}");
    assert_string_equal(bench_verdict(b, "1-1", p.service), "met");
    assert_string_equal(shown(&p, "1-1", p.service, -1, "2026-05-01"), "0/0/0");
    assert_string_equal(missed(&p), "1-2");
    bench_close(b);
}

static void remediation__falls_due(void **state)
{
    place p;
    open_place(&p, state);
    bench *b = &p.b;
    assert_string_equal(due(&p, "2026-03-02", "2026-12-31"), "");
    bench_put(b, "repair", repair(&p, "1-1", "service", p.service, "2026-03-02", "2026-03-05"));
    const char *second =
        bench_put(b, "repair", repair(&p, "1-1", "service", p.service, "2026-03-01", "2026-04-30"));
    assert_string_equal(due(&p, "2026-03-02", "2026-03-04"), "");
    assert_string_equal(due(&p, "2026-03-05", "2026-03-05"), "2026-03-05 1-1 Li Lei");
    assert_string_equal(due(&p, "2026-03-06", "2026-03-06"), "!2026-03-05 1-1 Li Lei");
    assert_string_equal(due(&p, "2026-03-06", "2026-12-31"), "!2026-03-05 1-1 Li Lei, 2026-04-30 1-1 Li Lei");

    /* among verdicts that lapse, by day */
    char json[200];
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2025-04-10\"}", p.service);
    bench_put(b, "visit", json);
    bench_change(b, "service", p.service, "{\"level\":3}");
    bench_move(b, "service", p.service, "start");
    bench_change(b, "service", p.service, "{\"level\":1}");
    assert_string_equal(bench_verdict(b, "1-2", p.service), "met");
    assert_string_equal(due(&p, "2026-03-02", "2026-12-31"),
                        "2026-03-05 1-1 Li Lei, 2026-04-10 1-2, 2026-04-30 1-1 Li Lei");
    bench_move(b, "repair", second, "finish");
    assert_string_equal(due(&p, "2026-03-02", "2026-12-31"), "2026-03-05 1-1 Li Lei, 2026-04-10 1-2");
    bench_change(b, "service", p.service, "{\"level\":2}");
    assert_string_equal(due(&p, "2026-03-02", "2026-12-31"), "2026-04-10 1-2");
    bench_close(b);
}

/* An advice may be put right like a must; then it needs no accepted risk, and has none by it. What is
 * undecided may have one too. */
static void remediation__of_advice_and_of_what_is_undecided(void **state)
{
    place p;
    open_place(&p, state);
    bench *b = &p.b;
    const char *v = bench_put(b, "vendor", "{\"name\":\"abroad\",\"country\":\"other\"}");
    bench_put(b, "repair", repair(&p, "1-3", "vendor", v, "2026-03-02", "2026-03-05"));
    assert_string_equal(bench_verdict(b, "1-3", v), "unmet");
    assert_string_equal(shown(&p, "1-3", v, -1, "2026-03-02"), "Li Lei 2026-03-05 raise it 0/0/0");
    const char *s = bench_put(b, "service", "{\"code\":\"S2\",\"title\":\"S\",\"model\":\"near\"}");
    bench_put(b, "repair", repair(&p, "1-1", "service", s, "2026-03-02", "2026-03-05"));
    assert_string_equal(bench_verdict(b, "1-1", s), "unknown");
    assert_string_equal(shown(&p, "1-1", s, -1, "2026-03-06"), "!Li Lei 2026-03-05 raise it 0/0/0");
    assert_string_equal(due(&p, "2026-03-06", "2026-03-06"),
                        "!2026-03-05 1-1 Li Lei, !2026-03-05 1-3 Li Lei");
    bench_close(b);
}

static void remediation__names_what_there_is(void **state)
{
    static const char nobody[] = "01a00000-0000-7000-8000-000000000000";
    place p;
    yj_error err = { 0 };
    open_place(&p, state);
    bench *b = &p.b;
    const char *v = bench_put(b, "vendor", "{\"name\":\"V\",\"country\":\"cn\"}");
    const struct {
        const char *requirement, *kind, *subject, *field, *says;
    } rows[] = {
        { "1-9", "service", p.service, "fields.requirement", "no requirement of the packs" },
        { "1-1", "service", nobody, "fields.subject", "names no record of kind “Service”" },
        { "1-3", "vendor", p.service, "fields.subject", "names no record of kind “Vendor”" },
        { "1-1", "vendor", v, "fields.subject_kind",
          "requirement 1-1 is about kind “Service”, not about kind “Vendor”" },
        { "1-1", "nothing", p.service, "fields.subject_kind", "must name a kind" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        const char *json =
            repair(&p, rows[i].requirement, rows[i].kind, rows[i].subject, "2026-03-02", "2026-03-05");
        yj_status s = bench_try(b, b->inst.inst, YJ_CH_CREATE, "repair", NULL, NULL, json, -1, NULL, &err);
        assert_int_equal(s, YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        if (!strstr(err.msg, rows[i].says))
            fail_msg("row %zu: %s", i, err.msg);
        assert_string_not_equal(err.msg_zh, "");
    }
    assert_int_equal(bench_number(b, "SELECT count(*) FROM r_repair"), 0);
    const char *id =
        bench_put(b, "repair", repair(&p, "1-1", "service", p.service, "2026-03-02", "2026-03-05"));
    bench_change(b, "repair", id, "{\"by_day\":\"2026-03-09\"}");
    char json[200];
    snprintf(json, sizeof json, "{\"subject_kind\":\"vendor\",\"subject\":\"%s\"}", v);
    assert_int_equal(bench_try(b, b->inst.inst, YJ_CH_CHANGE, "repair", id, NULL, json, -1, NULL, &err),
                     YJ_E_INVALID);
    assert_string_equal(err.field, "fields.subject_kind");
    bench_close(b);
}

/* A later edition may say the requirement of another kind: what was recorded before goes on being changed. */
static void remediation__stands_where_a_later_edition_moves_its_requirement(void **state)
{
    place p;
    yj_error err = { 0 };
    open_place(&p, state);
    const yj_kind *k = &p.b.c->kinds[bench_kind(&p.b, "repair")];
    yj_auto(yj_json_freep) json_t *old = json_pack("{ssss}", "requirement", "1-1", "subject_kind", "vendor");
    yj_auto(yj_json_freep) json_t *same =
        json_pack("{ssssss}", "requirement", "1-1", "subject_kind", "vendor", "title", "x");
    yj_auto(yj_json_freep) json_t *other =
        json_pack("{ssss}", "requirement", "1-2", "subject_kind", "vendor");
    yj_ok(yj_requirements_check(p.b.c, k, old, same, &err));
    assert_int_equal(yj_requirements_check(p.b.c, k, NULL, same, &err), YJ_E_INVALID);
    assert_int_equal(yj_requirements_check(p.b.c, k, old, other, &err), YJ_E_INVALID);
    bench_close(&p.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(remediation__is_shown_and_changes_nothing),
        yj_test_stores(remediation__falls_due),
        yj_test_stores(remediation__of_advice_and_of_what_is_undecided),
        yj_test_stores(remediation__names_what_there_is),
        yj_test_stores(remediation__stands_where_a_later_edition_moves_its_requirement),
    };
    return cmocka_run_group_tests_name("record_remediation", tests, NULL, NULL);
}
