// SPDX-License-Identifier: Apache-2.0
/* Verdicts follow records and days; the past stays as it was; what is derived can be derived again. */
#include "engine_test.h"

#include "record/import.h"
#include "record/internal.h"
#include "record/present.h"
#include "record/read.h"
#include "record/rebuild.h"
#include <stdio.h>
#include <stdlib.h>

static const char *service_of(bench *b, const char *code, int level)
{
    char json[200];
    snprintf(json, sizeof json, "{\"code\":\"%s\",\"title\":\"%s\",\"level\":%d}", code, code, level);
    return bench_put(b, "service", json);
}

static const char *visit_on(bench *b, const char *service, const char *day)
{
    char json[200];
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"%s\"}", service, day);
    return bench_put(b, "visit", json);
}

static void tamper(bench *b, const char *sql)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_db_open(b->t->store, YJ_DB_WRITE, &db, &err));
    yj_test_script(db, sql);
    yj_db_free(db);
}

static int rewrite(bench *b, const char *from, const char *to)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_db_open(b->t->store, YJ_DB_WRITE, &db, &err));
    int n = bench_rewrite(db, from, to);
    yj_db_free(db);
    return n;
}

static void serve_again(bench *b)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_open(b->data, &(yj_open_options){ .serve = true }, &b->e, &err));
    b->c = yj_engine_catalog(b->e);
}

/* What the check of the rules found is used again by the same program only, and for the same packs only. */
static void start__checks_rules_anew_after_a_change(void **state)
{
    bench b;
    bench_open(&b, state);
    char *kept = bench_rows(&b, "SELECT value FROM meta WHERE key = 'rules'");
    assert_non_null(strstr(kept, "\"edition\":"));
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_close(&b);

    tamper(&b, "UPDATE meta SET value = '{\"edition\":\"another\"}' WHERE key = 'rules'");
    serve_again(&b);
    char *renewed = bench_rows(&b, "SELECT value FROM meta WHERE key = 'rules'");
    assert_string_equal(renewed, kept);
    bench_change(&b, "service", s, "{\"level\":3}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "met");
    bench_close(&b);
    free(renewed);

    tamper(&b, "UPDATE meta SET value = replace(value, '\"reads\":', '\"writes\":') WHERE key = 'rules'");
    serve_again(&b); /* of this edition, but not to be read: checked as if there were none */
    bench_change(&b, "service", s, "{\"level\":1}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_close(&b);
    free(kept);

    tamper(&b, "UPDATE pack_file SET content = replace(content, ':min', '1')"
               " WHERE path = 'rules/level_enough.sql'");
    yj_error err = { 0 };
    yj_engine *e = NULL;
    assert_int_equal(yj_engine_open(b.data, &(yj_open_options){ .serve = true }, &e, &err), YJ_E_CORRUPT);
}

static void verdict__follows_the_record(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    assert_string_equal(bench_verdict(&b, "1-2", s), "not_applicable"); /* its stage is not reached */
    bench_change(&b, "service", s, "{\"level\":4}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "met");
    bench_change(&b, "service", s, "{\"level\":null}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unknown");
    bench_move(&b, "service", s, "withdraw");
    assert_string_equal(bench_verdict(&b, "1-1", s), "");
    bench_close(&b);
}

static bool ruler_made(bench *b)
{
    pthread_mutex_lock(&b->e->reader_lock);
    bool made = b->e->ruler_count > 0;
    pthread_mutex_unlock(&b->e->reader_lock);
    return made;
}

/* The views that rules read are hundreds: a command that finds everything judged makes none. */
static void command__makes_no_views_when_all_is_judged(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    assert_true(ruler_made(&b));
    bench_reopen(&b);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    assert_false(ruler_made(&b));
    bench_change(&b, "service", s, "{\"level\":3}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "met");
    assert_true(ruler_made(&b));
    bench_close(&b);
    serve_again(&b); /* a server is ready for the first change */
    assert_string_equal(bench_verdict(&b, "1-1", s), "met");
    assert_true(ruler_made(&b));
    bench_close(&b);
}

static void duty__lapses_the_day_after_its_due_date(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 3);
    char json[200];
    snprintf(json, sizeof json, "{\"vendor\":\"%s\"}",
             bench_put(&b, "vendor", "{\"name\":\"v\",\"country\":\"cn\"}"));
    bench_change(&b, "service", s, json);
    visit_on(&b, s, "2025-03-15");
    bench_move(&b, "service", s, "start");
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    bench_clock(&b, "2026-03-15T23:59:00+08:00");
    bench_reopen(&b);
    bench_clock(&b, "2026-03-15T23:59:30+08:00");
    bench_put(&b, "vendor", "{\"name\":\"other\"}"); /* wakes the judge on the last day */
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    bench_clock(&b, "2026-03-16T00:00:01+08:00");
    assert_string_equal(bench_verdict(&b, "1-2", s), "unmet");
    assert_string_equal(bench_verdict_as_of(&b, "1-2", s, "2026-03-15"), "met");
    bench_close(&b);
}

static void as_of__shows_what_was_concluded_then(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_clock(&b, "2026-04-01T09:00:00+08:00");
    bench_change(&b, "service", s, "{\"level\":3}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "met");
    bench_clock(&b, "2026-05-01T09:00:00+08:00");
    bench_change(&b, "service", s, "{\"level\":1}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    assert_string_equal(bench_verdict_as_of(&b, "1-1", s, "2026-03-31"), "unmet");
    assert_string_equal(bench_verdict_as_of(&b, "1-1", s, "2026-04-01"), "met");
    assert_string_equal(bench_verdict_as_of(&b, "1-1", s, "2026-04-30T23:59:59+08:00"), "met");
    assert_string_equal(bench_verdict_as_of(&b, "1-1", s, "2026-02-01"), "");
    assert_string_equal(bench_verdict_as_of(&b, "1-1", s, "#1"), "");
    bench_close(&b);
}

/* A walk of random changes over all kinds, the same for a seed. */
static void stir(bench *b, unsigned *seed, int steps)
{
    const char *ids[40] = { 0 };
    char kept[40][YJ_UUID_LEN + 1];
    int n = 0;
    for (int i = 0; i < steps; i++) {
        unsigned r = (unsigned)rand_r(seed);
        char json[256];
        if (n < 3 || r % 5 == 0) {
            snprintf(json, sizeof json, "{\"code\":\"K%u-%d\",\"title\":\"服务%d\",\"level\":%u}", r, i, i,
                     1 + r % 5);
            const char *id = bench_put(b, "service", json);
            snprintf(kept[n % 40], sizeof kept[0], "%s", id);
            ids[n % 40] = kept[n % 40];
            n++;
            continue;
        }
        const char *s = ids[r / 7 % (unsigned)(n < 40 ? n : 40)];
        yj_error err = { 0 };
        if (r % 5 == 1) {
            snprintf(json, sizeof json, "{\"level\":%u,\"note\":\"第%d步\"}", 1 + r / 11 % 5, i);
            yj_ignore(bench_try(b, b->inst.inst, YJ_CH_CHANGE, "service", s, NULL, json, -1, NULL, &err));
        } else if (r % 5 == 2) {
            snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2025-%02u-%02u\"}", s,
                     1 + r / 13 % 12, 1 + r / 17 % 28);
            yj_ignore(bench_try(b, b->inst.inst, YJ_CH_CREATE, "visit", NULL, NULL, json, -1, NULL, &err));
        } else if (r % 5 == 3) {
            snprintf(json, sizeof json, "{\"peers\":[\"%s\"]}", ids[r / 19 % (unsigned)(n < 40 ? n : 40)]);
            yj_ignore(bench_try(b, b->inst.inst, YJ_CH_CHANGE, "service", s, NULL, json, -1, NULL, &err));
        } else {
            static const char *const moves[] = { "start", "stop", "withdraw" };
            yj_ignore(bench_try(b, b->inst.inst, YJ_CH_MOVE, "service", s, moves[r / 23 % 3], NULL, -1, NULL,
                                &err));
        }
        if (i % 20 == 19) {
            yj_ok(yj_engine_settle(b->e, 60000, &err));
            char instant[40];
            snprintf(instant, sizeof instant, "2026-%02d-%02dT09:00:00+08:00", 3 + i / 60, 3 + i % 20);
            yj_ignore(yj_engine_set_clock(b->e, instant, &err));
        }
    }
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, 60000, &err));
}

/* The first ledger is sound and comes out otherwise than its tables are; the second is not what was signed.
 */
static void rebuild__of_a_damaged_ledger_changes_nothing(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    tamper(&b, "DELETE FROM r_person");
    assert_true(rewrite(&b, "\"level\":1", "\"level\":5") > 0);
    char *before = bench_derived(&b);
    yj_error err = { 0 };
    yj_rebuild_report r;
    assert_int_equal(yj_rebuild(b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err), YJ_E_CORRUPT);
    assert_non_null(strstr(err.field, "entry "));
    char *after = bench_derived(&b);
    assert_string_equal(before, after);
    free(before);
    free(after);

    /* whole again, it is rebuilt by the same engine */
    assert_true(rewrite(&b, "\"level\":5", "\"level\":1") > 0);
    yj_ok(yj_rebuild(b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err));
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_person"), 1);
    assert_int_equal(r.entries, bench_number(&b, "SELECT count(*) FROM entry"));
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_close(&b);
}

static void rebuild__comes_out_equal_to_the_live_tables(void **state)
{
    bench b;
    bench_open(&b, state);
    unsigned seed = 20261122;
    stir(&b, &seed, 160);
    char *before = bench_derived(&b);
    yj_rebuild_options o = { .inst = -1 };
    yj_rebuild_report r;
    yj_error err = { 0 };
    yj_ok(yj_rebuild(b.e, &o, &r, &err));
    char *after = bench_derived(&b);
    assert_true(r.records > 20 && r.judgements > 3);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_close(&b);
}

static void rejudging__finds_nothing_to_object_to(void **state)
{
    bench b;
    bench_open(&b, state);
    unsigned seed = 7;
    stir(&b, &seed, 120);
    yj_rebuild_options o = { .inst = -1, .judge = true };
    yj_rebuild_report r;
    yj_error err = { 0 };
    yj_ok(yj_rebuild(b.e, &o, &r, &err));
    assert_int_equal(r.differing, 0);
    assert_true(r.judgements > 3);
    bench_close(&b);
}

static void rejudging__finds_a_verdict_that_does_not_follow(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_close(&b);
    yj_error err = { 0 };
    yj_ok(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &b.e, &err));
    b.c = yj_engine_catalog(b.e);
    /* somebody turns a recorded judgement round; the ledger notices by its digest, and so does judging again
     */
    assert_int_equal(rewrite(&b, "\"unmet\",\"too_low\"", "\"met\",\"too_low\""), 1);
    yj_rebuild_options o = { .inst = b.inst.inst, .judge = true };
    yj_rebuild_report r;
    assert_int_equal(yj_rebuild(b.e, &o, &r, &err), YJ_E_CORRUPT);
    assert_true(r.differing >= 1);
    bench_close(&b);
    assert_int_equal(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &b.e, &err),
                     YJ_E_CORRUPT);
}

static void restart__judges_what_a_dead_process_left(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 3);
    bench_close(&b);
    yj_error err = { 0 };
    yj_ok(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &b.e, &err));
    b.c = yj_engine_catalog(b.e);
    bench_change(&b, "service", s, "{\"level\":1}"); /* accepted, but nobody judges */
    bench_reopen(&b);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    bench_close(&b);
}

/* Services S0, S1, ... of the levels 1, 2, 3, 4 in turn. */
static void import_services(bench *b, int count)
{
    yj_error err = { 0 };
    yj_import_report r;
    yj_buf csv;
    yj_buf_init(&csv, 1 << 20);
    yj_buf_str(&csv, "code,title,level\n");
    for (int i = 0; i < count; i++)
        yj_buf_fmt(&csv, "S%d,s,%d\n", i, 1 + i % 4);
    yj_import_file file = { .name = "service.csv", .content = yj_buf_view(&csv) };
    yj_ok(yj_import(b->e, b->inst.inst, yj_engine_operator(b->e), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    yj_buf_done(&csv);
}

/* A register that comes in whole is judged piece by piece, and what changes meanwhile is not kept waiting. */
/* Judged again everything comes out the same, and so do the tables. */
static void check_rebuilds(bench *b)
{
    yj_error err = { 0 };
    yj_rebuild_report again;
    char *before = bench_derived(b);
    yj_ok(yj_rebuild(b->e, &(yj_rebuild_options){ .inst = -1, .judge = true }, &again, &err));
    assert_int_equal(again.differing, 0);
    yj_ok(yj_rebuild(b->e, &(yj_rebuild_options){ .inst = -1 }, &again, &err));
    char *after = bench_derived(b);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void import__is_judged_in_pieces(void **state)
{
    enum { SERVICES = 1500 };
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "before", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    import_services(&b, SERVICES);
    for (int i = 0; i < 40; i++)
        bench_change(&b, "service", s, i % 2 ? "{\"level\":1}" : "{\"level\":4}");
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    assert_int_equal(bench_verdicts(&b, "1-1", -1), SERVICES + 1);
    assert_int_equal(bench_verdicts(&b, "1-1", YJ_V_UNMET), SERVICES / 4 + 1);
    char *bodies = bench_bodies(&b);
    size_t more = 0;
    for (const char *at = bodies; (at = strstr(at, ",\"more\":true,")) != NULL; at++)
        more++;
    free(bodies);
    assert_true(more > 4);
    check_rebuilds(&b);
    bench_close(&b);
}

typedef struct told {
    char text[512];
} told;

static yj_status on_told(void *ctx, const yj_verdict *v, yj_error *err)
{
    told *t = ctx;
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%s%s %s %s", n ? ", " : "", yj_verdict_name(v->status),
             v->code, v->since);
    return YJ_OK;
}

/* Requirement 1-2 on the service. @param as_of NULL: now */
static const char *told_of(bench *b, const char *subject, const char *as_of)
{
    static told t;
    yj_error err = { 0 };
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    yj_db *db = NULL;
    t.text[0] = '\0';
    q.requirement = yj_catalog_requirement(b->c, YJ_SPAN("1-2"))->index;
    q.subject = subject;
    q.zone = yj_engine_zone(b->e);
    yj_ok(yj_engine_settle(b->e, 60000, &err));
    yj_ok(yj_reader_take(b->e, &db, &err));
    if (as_of)
        yj_ok(yj_as_of_seq(db, b->inst.inst, q.zone, as_of, &q.as_of_seq, &err));
    yj_ok(yj_verdicts(db, b->c, b->inst.inst, &q, on_told, &t, NULL, &err));
    yj_reader_give(b->e, db);
    return t.text;
}

/* What does not apply stands in no table and no entry, and is told for every moment of the past. */
static void derived__is_told_as_it_was(void **state)
{
    static const char told_in_entries[] = "SELECT count(*) FROM verdict v JOIN requirement_no n ON n.no = "
                                          "v.requirement WHERE n.id = '1-2'";
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 3);
    assert_string_equal(told_of(&b, s, NULL), "not_applicable .not_yet 2026-03-02");
    assert_int_equal(bench_number(&b, told_in_entries), 0);
    char *bodies = bench_bodies(&b);
    assert_null(strstr(bodies, "\"1-2\""));
    free(bodies);
    bench_clock(&b, "2026-03-05T00:30:00+08:00"); /* the day before by UTC */
    const char *late = service_of(&b, "S2", 3);
    assert_string_equal(told_of(&b, late, NULL), "not_applicable .not_yet 2026-03-05");
    bench_clock(&b, "2026-03-09T09:00:00+08:00");
    char json[300];
    snprintf(json, sizeof json, "{\"vendor\":\"%s\"}",
             bench_put(&b, "vendor", "{\"name\":\"v\",\"country\":\"cn\"}"));
    bench_change(&b, "service", s, json);
    (void)visit_on(&b, s, "2026-03-08");
    bench_move(&b, "service", s, "start");
    assert_string_equal(told_of(&b, s, NULL), "met in_time 2026-03-09");
    bench_clock(&b, "2026-03-12T09:00:00+08:00");
    bench_move(&b, "service", s, "stop");
    assert_string_equal(told_of(&b, s, NULL), "not_applicable .over 2026-03-12");
    assert_int_equal(bench_number(&b, told_in_entries), 0);
    assert_string_equal(told_of(&b, s, "2026-03-01"), "");
    assert_string_equal(told_of(&b, s, "2026-03-03"), "not_applicable .not_yet 2026-03-02");
    assert_string_equal(told_of(&b, late, "2026-03-03"), "");
    assert_string_equal(told_of(&b, late, "2026-03-06"), "not_applicable .not_yet 2026-03-05");
    assert_string_equal(told_of(&b, s, "2026-03-10"), "met in_time 2026-03-09");
    assert_string_equal(told_of(&b, s, "2026-03-13"), "not_applicable .over 2026-03-12");
    check_rebuilds(&b);
    assert_string_equal(told_of(&b, s, NULL), "not_applicable .over 2026-03-12");
    bench_close(&b);
}

/* A document turns out stronger or weaker: no rule is asked, and judging again by the rules agrees. */
static void strength__of_a_document_is_derived_again(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    char json[300];
    const char *s = service_of(&b, "S1", 3);
    snprintf(json, sizeof json, "{\"vendor\":\"%s\"}",
             bench_put(&b, "vendor", "{\"name\":\"v\",\"country\":\"cn\"}"));
    bench_change(&b, "service", s, json);
    const char *v = visit_on(&b, s, "2026-01-15");
    const char *e = bench_put(&b, "evidence",
                              "{\"title\":\"report\",\"source\":\"person\",\"digest\":"
                              "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}");
    snprintf(json, sizeof json, "{\"files\":[\"%s\"]}", e);
    bench_change(&b, "visit", v, json);
    bench_move(&b, "service", s, "start");
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    static const char strength[] =
        "SELECT strength FROM verdict WHERE requirement = (SELECT no FROM requirement_no WHERE id = '1-2')";
    assert_int_equal(bench_number(&b, strength), 1);
    bench_change(&b, "evidence", e, "{\"source\":\"third_party\"}");
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    assert_int_equal(bench_number(&b, strength), 2);
    bench_change(&b, "evidence", e, "{\"source\":\"instrument\"}"); /* nobody signed it: test_signed.c */
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    assert_int_equal(bench_number(&b, strength), 1);
    /* while everything waits to be judged, it is judged with the rest */
    import_services(&b, 600);
    bench_change(&b, "evidence", e, "{\"source\":\"third_party\"}");
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    static const char of_first[] = "SELECT strength FROM verdict WHERE requirement = (SELECT no FROM "
                                   "requirement_no WHERE id = '1-2') AND status = 2";
    assert_int_equal(bench_number(&b, of_first), 2);
    yj_rebuild_report again;
    yj_ok(yj_rebuild(b.e, &(yj_rebuild_options){ .inst = -1, .judge = true }, &again, &err));
    assert_int_equal(again.differing, 0);
    bench_close(&b);
}

/* Stopped in the middle, and judged anew by the next process. */
static void restart__ends_what_was_judged_in_part(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    import_services(&b, 1200);
    bench_reopen(&b); /* the judge stops after the piece at hand */
    yj_ok(yj_engine_settle(b.e, 60000, &err));
    assert_int_equal(bench_verdicts(&b, "1-1", -1), 1200);
    yj_rebuild_report again;
    yj_ok(yj_rebuild(b.e, &(yj_rebuild_options){ .inst = -1, .judge = true }, &again, &err));
    assert_int_equal(again.differing, 0);
    bench_close(&b);
}

static void status__is_what_people_are_shown(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = service_of(&b, "S1", 1);
    assert_string_equal(bench_verdict(&b, "1-1", s), "unmet");
    yj_buf out;
    yj_buf_init(&out, 1 << 22);
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.status = YJ_V_UNMET;
    const yj_status_head head = { .as_of = "2026-03-02", .day = "2026-03-02", .simulated = true };
    yj_ok(yj_present_status(db, b.c, b.inst.inst, &q, &head, &out, &err));
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    assert_int_equal(json_array_size(json_object_get(o, "pack")), 2);
    assert_int_equal(json_integer_value(json_object_get(o, "total")), 1);
    const json_t *v = json_array_get(json_object_get(o, "verdicts"), 0);
    assert_string_equal(json_string_value(json_object_get(v, "requirement")), "1-1");
    assert_string_equal(json_string_value(json_object_get(json_object_get(v, "subject"), "name")), "S1");
    assert_string_equal(json_string_value(json_object_get(json_object_get(v, "reason"), "en")),
                        "\"S1\" has level 1, below 2.");
    assert_string_equal(json_string_value(json_object_get(v, "since")), "2026-03-02");
    assert_int_equal(json_integer_value(json_object_get(v, "strength")), 1);
    json_decref(o);
    yj_buf_clear(&out);
    yj_ok(yj_present_explain(db, b.c, b.inst.inst, YJ_LANG_EN, yj_catalog_requirement(b.c, YJ_SPAN("1-1")),
                             "S1", -1, "2026-03-02", NULL, false, &out, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    assert_int_equal(json_array_size(json_object_get(o, "facts")), 1);
    json_decref(o);
    yj_buf_done(&out);
    yj_reader_give(b.e, db);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(start__checks_rules_anew_after_a_change),
        yj_test_stores(verdict__follows_the_record),
        yj_test_stores(command__makes_no_views_when_all_is_judged),
        yj_test_stores(duty__lapses_the_day_after_its_due_date),
        yj_test_stores(as_of__shows_what_was_concluded_then),
        yj_test_stores(rebuild__of_a_damaged_ledger_changes_nothing),
        yj_test_stores(rebuild__comes_out_equal_to_the_live_tables),
        yj_test_stores(rejudging__finds_nothing_to_object_to),
        yj_test_stores(rejudging__finds_a_verdict_that_does_not_follow),
        yj_test_stores(restart__judges_what_a_dead_process_left),
        yj_test_stores(import__is_judged_in_pieces),
        yj_test_stores(derived__is_told_as_it_was),
        yj_test_stores(strength__of_a_document_is_derived_again),
        yj_test_stores(restart__ends_what_was_judged_in_part),
        yj_test_stores(status__is_what_people_are_shown),
    };
    return cmocka_run_group_tests_name("record_judge", tests, NULL, NULL);
}
