// SPDX-License-Identifier: Apache-2.0
/* Clauses against units, and the totals over time: counted by hand for a few services of a few vendors. */
#include "engine_test.h"

#include "base/json.h"
#include "record/read.h"
#include "record/standing.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct place {
    bench b;
    const char *abroad, *home, *unsaid; /* vendors; the last belongs to no service */
    const char *first, *second, *third; /* services: draft, live, draft */
} place;

static const char *service(place *p, const char *code, const char *more, const char *vendor)
{
    char json[300];
    snprintf(json, sizeof json, "{\"code\":\"%s\",\"title\":\"service %s\",\"vendor\":\"%s\"%s}", code, code,
             vendor, more);
    return bench_put(&p->b, "service", json);
}

static void settle(place *p)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(p->b.e, -1, &err));
}

static int64_t size_now(place *p)
{
    yj_error err = { 0 };
    yj_institution i;
    settle(p);
    yj_ok(yj_institution_find(p->b.e, "demo", &i, &err));
    return (int64_t)i.size;
}

/* S1 (draft) and S3 (draft, nothing said) of a vendor abroad, S2 (live) of one at home. */
static void fill(place *p)
{
    char json[200];
    p->abroad = bench_put(&p->b, "vendor", "{\"name\":\"A\",\"country\":\"other\"}");
    p->home = bench_put(&p->b, "vendor", "{\"name\":\"H\",\"country\":\"cn\"}");
    p->unsaid = bench_put(&p->b, "vendor", "{\"name\":\"U\"}");
    p->third = service(p, "S3", "", p->abroad);
    p->second = service(p, "S2", ",\"level\":3,\"model\":\"far\"", p->home);
    p->first = service(p, "S1", ",\"level\":1,\"model\":\"near\"", p->abroad);
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-03-01\"}", p->second);
    bench_put(&p->b, "visit", json);
    bench_move(&p->b, "service", p->second, "start");
}

/* --- asking ----------------------------------------------------------------------------------- */

static int64_t number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v))
        fail_msg("no number %s", key);
    return json_integer_value(v);
}

static const char *text(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    assert_non_null(v); /* null or a text */
    return json_is_string(v) ? json_string_value(v) : "-";
}

/* "met/unmet(binding)/unknown/not yet/not applicable/accepted" */
static const char *tally(const json_t *o)
{
    static char ret[4][80];
    static int turn;
    char *s = ret[turn++ % 4];
    snprintf(s, sizeof ret[0], "%d/%d(%d)/%d/%d/%d/%d", (int)number(o, "met"), (int)number(o, "unmet"),
             (int)number(o, "binding_unmet"), (int)number(o, "unknown"), (int)number(o, "not_yet"),
             (int)number(o, "not_applicable"), (int)number(o, "accepted"));
    return s;
}

static json_t *parse(yj_buf *out)
{
    yj_error err = { 0 };
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(out), out->max, &o, &err));
    yj_buf_done(out);
    return o;
}

static json_t *standing(place *p, int64_t as_of_seq, const char *day, int level)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    const yj_standing_query q = { .as_of_seq = as_of_seq,
                                  .as_of = day,
                                  .day = day,
                                  .zone = yj_engine_zone(p->b.e),
                                  .level = level,
                                  .lang = YJ_LANG_EN };
    yj_buf_init(&out, 1 << 20);
    settle(p);
    yj_ok(yj_reader_take(p->b.e, &db, &err));
    yj_ok(yj_present_standing(db, p->b.c, p->b.inst.inst, &q, &out, &err));
    yj_reader_give(p->b.e, db);
    return parse(&out);
}

/* "NAME state/stage/model worst TALLY; ..." of the units. Static. */
static const char *units(const json_t *o)
{
    static char ret[1000];
    const json_t *list = json_object_get(o, "units");
    ret[0] = '\0';
    for (size_t i = 0, at = 0; i < json_array_size(list); i++) {
        const json_t *u = json_array_get(list, i);
        assert_string_equal(text(u, "kind"), text(o, "unit_kind"));
        assert_true(yj_uuid_valid(yj_span_of(text(u, "id"))));
        at += (size_t)snprintf(ret + at, sizeof ret - at, "%s%s %s/%s/%s %s %s", i ? "; " : "",
                               text(u, "name"), text(u, "state"), text(u, "stage"), text(u, "model"),
                               text(u, "worst"), tally(u));
    }
    return ret;
}

/* "UNIT.GROUP TALLY !overdue +open; ..." of the cells. Static. */
static const char *cells(const json_t *o)
{
    static char ret[1000];
    const json_t *list = json_object_get(o, "cells");
    ret[0] = '\0';
    for (size_t i = 0, at = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i), *unit = json_object_get(c, "unit");
        const json_t *u = json_array_get(json_object_get(o, "units"), (size_t)json_integer_value(unit));
        const json_t *g = json_array_get(json_object_get(o, "groups"), (size_t)number(c, "group"));
        at += (size_t)snprintf(ret + at, sizeof ret - at, "%s%s.%s %s", i ? "; " : "",
                               json_is_null(unit) ? "-" : text(u, "name"), text(g, "id"), tally(c));
        if (number(c, "overdue") || number(c, "open"))
            at += (size_t)snprintf(ret + at, sizeof ret - at, " !%d +%d", (int)number(c, "overdue"),
                                   (int)number(c, "open"));
    }
    return ret;
}

/* "TALLY strength n,n,n,n remediation open/overdue/none". Static. */
static const char *whole(const json_t *o)
{
    static char ret[200];
    const json_t *s = json_object_get(o, "strength"), *r = json_object_get(o, "remediation");
    assert_int_equal(json_array_size(s), 4);
    snprintf(ret, sizeof ret, "%s strength %d,%d,%d,%d remediation %d/%d/%d",
             tally(json_object_get(o, "totals")), (int)json_integer_value(json_array_get(s, 0)),
             (int)json_integer_value(json_array_get(s, 1)), (int)json_integer_value(json_array_get(s, 2)),
             (int)json_integer_value(json_array_get(s, 3)), (int)number(r, "open"), (int)number(r, "overdue"),
             (int)number(r, "none"));
    return ret;
}

static void expect(place *p, int64_t as_of_seq, const char *day, const char *want_units,
                   const char *want_cells, const char *want_whole)
{
    json_t *o = standing(p, as_of_seq, day, 1);
    assert_string_equal(units(o), want_units);
    assert_string_equal(cells(o), want_cells);
    assert_string_equal(whole(o), want_whole);
    assert_string_equal(text(o, "day"), day);
    json_decref(o);
}

/* "DAY TALLY; ..." Static. */
static const char *trend(place *p, const char *from, const char *until, size_t points)
{
    static char ret[2000];
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_date today;
    yj_engine_today(p->b.e, &today);
    const yj_trend_query q = {
        .from = from, .until = until, .today = today.s, .zone = yj_engine_zone(p->b.e), .points = points
    };
    yj_buf_init(&out, 1 << 20);
    settle(p);
    yj_ok(yj_reader_take(p->b.e, &db, &err));
    yj_ok(yj_present_trend(db, p->b.c, p->b.inst.inst, &q, &out, &err));
    yj_reader_give(p->b.e, db);
    json_t *o = parse(&out);
    const json_t *list = json_object_get(o, "points");
    ret[0] = '\0';
    for (size_t i = 0, at = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i);
        at += (size_t)snprintf(ret + at, sizeof ret - at, "%s%s %s", i ? "; " : "", text(x, "day") + 5,
                               tally(x));
    }
    json_decref(o);
    return ret;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void standing__of_nothing(void **state)
{
    place p;
    bench_open(&p.b, state);
    json_t *o = standing(&p, -1, "2026-03-02", 1);
    assert_string_equal(units(o), "");
    assert_string_equal(cells(o), "");
    assert_string_equal(whole(o), "0/0(0)/0/0/0/0 strength 0,0,0,0 remediation 0/0/0");
    assert_string_equal(text(o, "unit_kind"), "service");
    const json_t *groups = json_object_get(o, "groups");
    assert_int_equal(json_array_size(groups), 1);
    assert_string_equal(text(json_array_get(groups, 0), "id"), "1");
    assert_string_equal(text(json_object_get(json_array_get(groups, 0), "label"), "en"), "Services");
    assert_string_equal(text(json_object_get(json_array_get(groups, 0), "label"), "zh"), "服务");
    json_decref(o);
    assert_string_equal(trend(&p, NULL, NULL, 12), "03-02 0/0(0)/0/0/0/0");
    bench_close(&p.b);
}

static void standing__counts_at_each_unit_and_once_in_all(void **state)
{
    place p;
    bench_open(&p.b, state);
    fill(&p);
    /* the vendor abroad counts at both of its services, and once in the totals */
    expect(&p, -1, "2026-03-02",
           "S1 draft/plan/near unmet 0/2(1)/0/1/0/0; S2 live/run/far met 3/0(0)/0/0/0/0; "
           "S3 draft/plan/- unmet 0/1(0)/1/1/0/0",
           "S1.1 0/2(1)/0/1/0/0; S2.1 3/0(0)/0/0/0/0; S3.1 0/1(0)/1/1/0/0; -.1 0/0(0)/1/0/0/0",
           "3/2(1)/2/2/0/0 strength 0,3,0,0 remediation 0/0/1");
    json_t *deeper = standing(&p, -1, "2026-03-02", 3);
    assert_string_equal(cells(deeper),
                        "S1.1 0/2(1)/0/1/0/0; S2.1 3/0(0)/0/0/0/0; S3.1 0/1(0)/1/1/0/0; -.1 0/0(0)/1/0/0/0");
    json_decref(deeper);

    /* what is over does not apply; a withdrawn unit is gone, and with it what it was judged by */
    int64_t before = size_now(&p);
    bench_move(&p.b, "service", p.second, "stop");
    bench_move(&p.b, "service", p.third, "withdraw");
    expect(&p, -1, "2026-03-02", "S1 draft/plan/near unmet 0/2(1)/0/1/0/0; S2 over/-/far met 1/0(0)/0/0/2/0",
           "S1.1 0/2(1)/0/1/0/0; S2.1 1/0(0)/0/0/2/0; -.1 0/0(0)/1/0/0/0",
           "1/2(1)/1/1/2/0 strength 0,1,0,0 remediation 0/0/1");
    service(&p, "S0", ",\"level\":5", p.home);
    expect(&p, -1, "2026-03-02",
           "S0 draft/plan/- met 2/0(0)/0/1/0/0; S1 draft/plan/near unmet 0/2(1)/0/1/0/0; "
           "S2 over/-/far met 1/0(0)/0/0/2/0",
           "S0.1 2/0(0)/0/1/0/0; S1.1 0/2(1)/0/1/0/0; S2.1 1/0(0)/0/0/2/0; -.1 0/0(0)/1/0/0/0",
           "2/2(1)/1/2/2/0 strength 0,2,0,0 remediation 0/0/1");

    /* as of then: the units as they stood, also the one that is withdrawn now. Whose vendor it had is not
     * known of then: the vendor's verdict counts where it belongs today */
    expect(&p, before, "2026-03-02",
           "S1 draft/plan/near unmet 0/2(1)/0/1/0/0; S2 live/run/far met 3/0(0)/0/0/0/0; "
           "S3 draft/plan/- unknown 0/0(0)/1/1/0/0",
           "S1.1 0/2(1)/0/1/0/0; S2.1 3/0(0)/0/0/0/0; S3.1 0/0(0)/1/1/0/0; -.1 0/0(0)/1/0/0/0",
           "3/2(1)/2/2/0/0 strength 0,3,0,0 remediation 0/0/1");
    bench_close(&p.b);
}

static void standing__knows_what_answers_a_verdict(void **state)
{
    place p;
    char json[400];
    bench_open(&p.b, state);
    fill(&p);
    int64_t before = size_now(&p);
    snprintf(json, sizeof json,
             "{\"requirement\":\"1-3\",\"subject_kind\":\"vendor\",\"subject\":\"%s\",\"reason\":\"x\","
             "\"valid_until\":\"2026-03-05\"}",
             p.abroad);
    bench_move(&p.b, "risk_acceptance", bench_put(&p.b, "risk_acceptance", json), "accept");
    const char *person = bench_put(&p.b, "person", "{\"number\":\"1\",\"name\":\"Li Lei\"}");
    const char *const days[] = { "2026-03-06", "2026-03-20" }, *const subjects[] = { p.first, p.third };
    for (size_t i = 0; i < 2; i++) {
        snprintf(
            json, sizeof json,
            "{\"requirement\":\"1-1\",\"subject_kind\":\"service\",\"subject\":\"%s\",\"title\":\"raise\","
            "\"who\":\"%s\",\"agreed_on\":\"2026-03-02\",\"by_day\":\"%s\"}",
            subjects[i], person, days[i]);
        bench_put(&p.b, "repair", json);
    }
    static const char services[] = "S1 draft/plan/near unmet 0/1(1)/0/1/0/1; S2 live/run/far met "
                                   "3/0(0)/0/0/0/0; S3 draft/plan/- unknown 0/0(0)/1/1/0/1";
    expect(&p, -1, "2026-03-02", services,
           "S1.1 0/1(1)/0/1/0/1 !0 +1; S2.1 3/0(0)/0/0/0/0; S3.1 0/0(0)/1/1/0/1 !0 +1; -.1 0/0(0)/1/0/0/0",
           "3/1(1)/2/2/0/1 strength 0,3,0,0 remediation 1/0/0");
    /* the risk's last day has passed, of the remediations one's */
    int64_t answered = size_now(&p);
    bench_clock(&p.b, "2026-03-07T09:00:00+08:00");
    expect(&p, -1, "2026-03-07",
           "S1 draft/plan/near unmet 0/2(1)/0/1/0/0; S2 live/run/far met 3/0(0)/0/0/0/0; "
           "S3 draft/plan/- unmet 0/1(0)/1/1/0/0",
           "S1.1 0/2(1)/0/1/0/0 !1 +0; S2.1 3/0(0)/0/0/0/0; S3.1 0/1(0)/1/1/0/0 !0 +1; -.1 0/0(0)/1/0/0/0",
           "3/2(1)/2/2/0/0 strength 0,3,0,0 remediation 0/1/0");
    /* and as they were known */
    expect(&p, answered, "2026-03-05", services,
           "S1.1 0/1(1)/0/1/0/1 !0 +1; S2.1 3/0(0)/0/0/0/0; S3.1 0/0(0)/1/1/0/1 !0 +1; -.1 0/0(0)/1/0/0/0",
           "3/1(1)/2/2/0/1 strength 0,3,0,0 remediation 1/0/0");
    expect(&p, before, "2026-03-02",
           "S1 draft/plan/near unmet 0/2(1)/0/1/0/0; S2 live/run/far met 3/0(0)/0/0/0/0; "
           "S3 draft/plan/- unmet 0/1(0)/1/1/0/0",
           "S1.1 0/2(1)/0/1/0/0; S2.1 3/0(0)/0/0/0/0; S3.1 0/1(0)/1/1/0/0; -.1 0/0(0)/1/0/0/0",
           "3/2(1)/2/2/0/0 strength 0,3,0,0 remediation 0/0/1");
    /* the totals over time take the answers of each day */
    assert_string_equal(trend(&p, "2026-03-05", NULL, 3),
                        "03-05 3/1(1)/2/2/0/1; 03-06 3/2(1)/2/2/0/0; 03-07 3/2(1)/2/2/0/0");
    bench_close(&p.b);
}

static void trend__is_what_stood_at_the_end_of_each_day(void **state)
{
    place p;
    yj_error err = { 0 };
    bench_open(&p.b, state);
    fill(&p);
    settle(&p);
    bench_clock(&p.b, "2026-03-12T09:00:00+08:00");
    bench_change(&p.b, "service", p.first, "{\"level\":2}");
    settle(&p);
    bench_clock(&p.b, "2026-03-22T09:00:00+08:00");
    bench_change(&p.b, "vendor", p.unsaid, "{\"country\":\"cn\"}");
    settle(&p);
#define AT_FIRST "3/2(1)/2/2/0/0"
#define RAISED "4/1(0)/2/2/0/0"
#define SAID "5/1(0)/1/2/0/0"
    assert_string_equal(trend(&p, NULL, NULL, 2), "03-02 " AT_FIRST "; 03-22 " SAID);
    assert_string_equal(trend(&p, NULL, NULL, 3), "03-02 " AT_FIRST "; 03-12 " RAISED "; 03-22 " SAID);
    assert_string_equal(trend(&p, NULL, NULL, 5), "03-02 " AT_FIRST "; 03-07 " AT_FIRST "; 03-12 " RAISED
                                                  "; 03-17 " RAISED "; 03-22 " SAID);
    assert_string_equal(trend(&p, "2026-03-11", "2026-03-12", 60), "03-11 " AT_FIRST "; 03-12 " RAISED);
    assert_string_equal(trend(&p, "2026-03-12", "2026-03-12", 2), "03-12 " RAISED);
    assert_string_equal(trend(&p, "2026-03-21", "2030-01-01", 2), "03-21 " RAISED "; 03-22 " SAID);
    assert_string_equal(trend(&p, "2026-02-01", "2026-03-02", 2), "02-01 0/0(0)/0/0/0/0; 03-02 " AT_FIRST);

    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_trend_query q = {
        .from = "2026-03-23", .today = "2026-03-22", .zone = yj_engine_zone(p.b.e), .points = 2
    };
    yj_ok(yj_reader_take(p.b.e, &db, &err));
    assert_int_equal(yj_present_trend(db, p.b.c, p.b.inst.inst, &q, &out, &err), YJ_E_INVALID);
    assert_string_equal(err.field, "from");
    q.from = "2026-03-10";
    q.until = "2026-03-09";
    assert_int_equal(yj_present_trend(db, p.b.c, p.b.inst.inst, &q, &out, &err), YJ_E_INVALID);
    yj_reader_give(p.b.e, db);
    yj_buf_done(&out);
    bench_close(&p.b);
}

/* One unit, and what stands for a record. */
static void units__and_what_belongs_to_them(void **state)
{
    place p;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_units u;
    const char *const *ids;
    size_t n;
    bench_open(&p.b, state);
    fill(&p);
    settle(&p);
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 24);
    yj_ok(yj_reader_take(p.b.e, &db, &err));
    yj_ok(yj_units_read(db, p.b.c, p.b.inst.inst, -1, p.first, YJ_LANG_ZH, arena, &u, &err));
    assert_int_equal(u.count, 1);
    assert_string_equal(u.rows[0].name, "S1");
    assert_int_equal(u.link_count, 2);
    assert_non_null(yj_units_of(&u, p.abroad, &n));
    assert_int_equal(n, 1);
    assert_null(yj_units_of(&u, p.home, &n));
    assert_int_equal(n, 0);
    /* what is no unit is asked for in vain */
    yj_ok(yj_units_read(db, p.b.c, p.b.inst.inst, -1, p.home, YJ_LANG_ZH, arena, &u, &err));
    assert_int_equal(u.count, 3);
    assert_int_equal(u.link_count, 6);
    assert_non_null(yj_units_of(&u, p.abroad, &n));
    assert_int_equal(n, 2);

    yj_ok(yj_subjects_along(db, p.b.c, p.b.inst.inst, bench_kind(&p.b, "service"), p.second, arena, &ids, &n,
                            &err));
    assert_int_equal(n, 2);
    assert_string_equal(ids[0], p.second);
    assert_string_equal(ids[1], p.home);
    yj_ok(yj_subjects_along(db, p.b.c, p.b.inst.inst, bench_kind(&p.b, "vendor"), p.home, arena, &ids, &n,
                            &err));
    assert_int_equal(n, 1);
    yj_reader_give(p.b.e, db);
    bench_close(&p.b);
}

static void clause__is_cut_to_its_first_parts(void **state)
{
    static const struct {
        const char *clause;
        int parts;
        const char *group;
    } rows[] = { { "6.3.2", 1, "6" }, { "6.3.2", 2, "6.3" }, { "6.3.2", 3, "6.3.2" },
                 { "6", 3, "6" },     { "10.12", 1, "10" },  { "A.1", 1, "A" } };
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char group[YJ_CLAUSE_MAX];
        yj_clause_group(rows[i].clause, rows[i].parts, group);
        assert_string_equal(group, rows[i].group);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(standing__of_nothing),
        yj_test_stores(standing__counts_at_each_unit_and_once_in_all),
        yj_test_stores(standing__knows_what_answers_a_verdict),
        yj_test_stores(trend__is_what_stood_at_the_end_of_each_day),
        yj_test_stores(units__and_what_belongs_to_them),
        cmocka_unit_test(clause__is_cut_to_its_first_parts),
    };
    return cmocka_run_group_tests_name("record_standing", tests, NULL, NULL);
}
