// SPDX-License-Identifier: Apache-2.0
/* Creating, changing, moving: what is accepted, what is refused, and that a refusal changes nothing. */
#include "engine_test.h"

#include "record/read.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define FEEDS 8 /* as many as an engine calls at once */

static int64_t entries(bench *b)
{
    return bench_number(b, "SELECT count(*) FROM entry WHERE op <> 'judge'");
}

static void create__gives_an_id_a_version_and_one_entry(void **state)
{
    bench b;
    bench_open(&b, state);
    int64_t before = entries(&b);
    yj_change c;
    yj_error err = { 0 };
    yj_ok(bench_try(&b, b.inst.inst, YJ_CH_CREATE, "vendor", NULL, NULL,
                    "{\"name\":\"云甲\",\"country\":\"cn\"}", -1, &c, &err));
    assert_true(yj_uuid_valid(yj_span_of(c.ret_id)));
    assert_int_equal(c.ret_version, 1);
    assert_int_equal(entries(&b), before + 1);
    yj_change_done(&c);

    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_ok(yj_record_get(db, b.c, b.inst.inst, &b.c->kinds[bench_kind(&b, "vendor")], "云甲", -1, YJ_LANG_EN,
                        &out, NULL, &err));
    yj_reader_give(b.e, db);
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    assert_string_equal(json_string_value(json_object_get(o, "id")), c.ret_id);
    assert_string_equal(json_string_value(json_object_get(o, "name")), "云甲");
    assert_string_equal(json_string_value(json_object_get(o, "by")), yj_engine_operator(b.e));
    assert_string_equal(json_string_value(json_object_get(json_object_get(o, "fields"), "country")), "cn");
    json_decref(o);
    yj_buf_done(&out);
    bench_close(&b);
}

static void bad_input__is_refused_with_its_place_and_writes_nothing(void **state)
{
    static const struct {
        const char *kind, *json, *field;
        yj_status expect;
    } cases[] = {
        { "vendor", "{}", "fields.name", YJ_E_INVALID },
        { "vendor", "{\"name\":\"\"}", "fields.name", YJ_E_INVALID },
        { "vendor", "{\"name\":7}", "fields.name", YJ_E_INVALID },
        { "vendor", "{\"name\":\"a\\nb\"}", "fields.name", YJ_E_INVALID },
        { "vendor",
          "{\"name\":\"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十超\"}",
          "fields.name", YJ_E_INVALID },
        { "vendor", "{\"name\":\"a\",\"colour\":\"red\"}", "fields.colour", YJ_E_INVALID },
        { "vendor", "{\"name\":\"a\",\"name\":\"b\"}", NULL, YJ_E_INVALID },
        { "vendor", "{\"name\":\"a\",\"country\":\"fr\"}", "fields.country", YJ_E_INVALID },
        { "vendor", "{\"name\":\"\xff\"}", NULL, YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"level\":9}", "fields.level", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"level\":\"3\"}", "fields.level", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"price\":\"1.234\"}", "fields.price", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"price\":1}", "fields.price", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"open\":1}", "fields.open", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"since\":\"2026-02-29\"}", "fields.since", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"since\":\"2026-03-02\",\"until\":\"2026-03-01\"}", "fields.until",
          YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"vendor\":\"x\"}", "fields.vendor", YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"vendor\":\"01900000-0000-7000-8000-000000000001\"}", "fields.vendor",
          YJ_E_INVALID },
        { "service", "{\"code\":\"s\",\"peers\":\"x\"}", "fields.peers", YJ_E_INVALID },
    };
    bench b;
    bench_open(&b, state);
    int64_t before = entries(&b);
    for (size_t i = 0; i < YJ_COUNT(cases); i++) {
        yj_error err = { 0 };
        yj_status s = bench_try(&b, b.inst.inst, YJ_CH_CREATE, cases[i].kind, NULL, NULL, cases[i].json, -1,
                                NULL, &err);
        if (s != cases[i].expect || (cases[i].field && strcmp(err.field, cases[i].field) != 0))
            fail_msg("%s: %s at %s: %s", cases[i].json, yj_status_slug(s), err.field, err.msg);
        assert_true(err.msg[0] && err.msg_zh[0]);
    }
    assert_int_equal(entries(&b), before);
    bench_close(&b);
}

/* People know titles; the name is where a program looks for it. */
static void bad_input__is_told_with_the_fields_title(void **state)
{
    bench b;
    bench_open(&b, state);
    static const struct {
        const char *kind, *json, *field, *en, *zh;
    } cases[] = {
        { "vendor", "{}", "fields.name", "field “Name” must be given", "字段“名称”必须填写" },
        { "vendor", "{\"name\":7}", "fields.name", "field “Name” must be a text", "字段“名称”须为文本" },
        { "service", "{\"code\":\"s\",\"since\":\"2026-03-02\",\"until\":\"2026-03-01\"}", "fields.until",
          "field “Until” must not lie before field “Since”", "字段“止”不得早于字段“起”" },
        { "service", "{\"code\":\"s\",\"vendor\":\"01900000-0000-7000-8000-000000000001\"}", "fields.vendor",
          "field “Vendor” names no record of kind “Vendor”", "字段“供应商”所指不是本机构种类“供应商”的记录" },
        { "service", "{\"code\":\"s\",\"lost\":1}", "fields.lost", "kind “Service” has no field",
          "种类“服务”没有该字段" },
    };
    for (size_t i = 0; i < YJ_COUNT(cases); i++) {
        yj_error err = { 0 };
        assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_CREATE, cases[i].kind, NULL, NULL, cases[i].json,
                                   -1, NULL, &err),
                         YJ_E_INVALID);
        assert_string_equal(err.field, cases[i].field);
        if (!strstr(err.msg, cases[i].en) || !strstr(err.msg_zh, cases[i].zh))
            fail_msg("%s / %s", err.msg, err.msg_zh);
    }
    bench_close(&b);
}

static yj_status hold_on(bench *b, const char *kind, const char *target, yj_error *err)
{
    static unsigned n;
    char json[300];
    snprintf(json, sizeof json,
             "{\"number\":\"H%u\",\"target_kind\":\"%s\",\"target\":\"%s\",\"reason\":\"x\","
             "\"demanded_on\":\"2026-03-01\"}",
             ++n, kind, target);
    return bench_try(b, b->inst.inst, YJ_CH_CREATE, "legal_hold", NULL, NULL, json, -1, NULL, err);
}

static void requirement__must_be_one_of_the_packs(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *vendor = bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    static const struct {
        const char *requirement;
        yj_status expect;
    } rows[] = {
        { "1-3", YJ_OK }, { "1-4", YJ_E_INVALID }, { "1-", YJ_E_INVALID }, { "1-33", YJ_E_INVALID }
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char json[300];
        yj_error err = { 0 };
        snprintf(json, sizeof json,
                 "{\"requirement\":\"%s\",\"subject_kind\":\"vendor\",\"subject\":\"%s\",\"reason\":\"x\","
                 "\"valid_until\":\"2026-12-31\"}",
                 rows[i].requirement, vendor);
        yj_status s =
            bench_try(&b, b.inst.inst, YJ_CH_CREATE, "risk_acceptance", NULL, NULL, json, -1, NULL, &err);
        if (s != rows[i].expect || (s != YJ_OK && strcmp(err.field, "fields.requirement") != 0))
            fail_msg("%s: %s at %s: %s", rows[i].requirement, yj_status_slug(s), err.field, err.msg);
    }
    bench_close(&b);
}

/* Nobody looked before these were queued: the writer has the last word. */
static void any_record__is_looked_up_by_the_writer(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_institution own = b.inst;
    bench_institution(&b, "other", &b.inst);
    const char *foreign = bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    b.inst = own;
    const char *vendor = bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    const struct {
        const char *kind, *target, *title;
    } none[] = {
        { "vendor", "01900000-0000-7000-8000-000000000001", "Vendor" },
        { "vendor", foreign, "Vendor" },
        { "service", vendor, "Service" },
    };
    int64_t before = entries(&b);
    yj_error err = { 0 };
    for (size_t i = 0; i < YJ_COUNT(none); i++) {
        assert_int_equal(hold_on(&b, none[i].kind, none[i].target, &err), YJ_E_INVALID);
        assert_string_equal(err.field, "fields.target");
        assert_non_null(strstr(err.msg, none[i].title));
    }
    assert_int_equal(entries(&b), before);
    yj_ok(hold_on(&b, "vendor", vendor, &err));

    /* neither half can be changed to name nothing; the rest can, whatever has become of the record */
    char json[300];
    snprintf(json, sizeof json,
             "{\"number\":\"K\",\"target_kind\":\"vendor\",\"target\":\"%s\",\"reason\":\"x\","
             "\"demanded_on\":\"2026-03-01\"}",
             vendor);
    const char *hold = bench_put(&b, "legal_hold", json);
    static const char *const wrong[] = { "{\"target_kind\":\"service\"}",
                                         "{\"target\":\"01900000-0000-7000-8000-000000000001\"}",
                                         "{\"target_kind\":\"service\",\"reason\":\"y\"}" };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        assert_int_equal(
            bench_try(&b, b.inst.inst, YJ_CH_CHANGE, "legal_hold", hold, NULL, wrong[i], -1, NULL, &err),
            YJ_E_INVALID);
        assert_string_equal(err.field, "fields.target");
    }
    bench_move(&b, "vendor", vendor, "withdraw");
    bench_change(&b, "legal_hold", hold, "{\"reason\":\"y\"}");
    yj_ok(hold_on(&b, "vendor", vendor, &err)); /* what was entered by mistake can be held, too */
    bench_close(&b);
}

static void change__sets_clears_and_refuses_what_is_stale(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *id =
        bench_put(&b, "service", "{\"code\":\"S1\",\"title\":\"甲\",\"level\":3,\"price\":\"9.50\"}");
    yj_error err = { 0 };
    yj_change c;
    yj_ok(bench_try(&b, b.inst.inst, YJ_CH_CHANGE, "service", id, NULL, "{\"title\":\"乙\",\"level\":null}",
                    1, &c, &err));
    assert_int_equal(c.ret_version, 2);
    yj_change_done(&c);
    int64_t before = entries(&b);
    assert_int_equal(
        bench_try(&b, b.inst.inst, YJ_CH_CHANGE, "service", id, NULL, "{\"note\":\"x\"}", 1, &c, &err),
        YJ_E_STALE);
    assert_string_equal(c.stale, "[\"title\",\"level\"]");
    yj_change_done(&c);
    yj_ok(bench_try(&b, b.inst.inst, YJ_CH_CHANGE, "service", id, NULL,
                    "{\"title\":\"乙\",\"price\":\"9.5\"}", 2, &c, &err));
    assert_true(c.unchanged);
    yj_change_done(&c);
    assert_int_equal(entries(&b), before);
    char *row = bench_rows(&b, "SELECT f_title, f_level, f_price, version FROM r_service");
    assert_string_equal(row, "乙|-|950|2\n");
    free(row);
    bench_close(&b);
}

static void key__is_unique_within_the_institution_and_freed_by_withdrawal(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_institution other;
    bench_institution(&b, "other", &other);
    const char *id = bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    yj_error err = { 0 };
    assert_int_equal(
        bench_try(&b, b.inst.inst, YJ_CH_CREATE, "vendor", NULL, NULL, "{\"name\":\"云甲\"}", -1, NULL, &err),
        YJ_E_CONFLICT);
    yj_ok(
        bench_try(&b, other.inst, YJ_CH_CREATE, "vendor", NULL, NULL, "{\"name\":\"云甲\"}", -1, NULL, &err));
    char json[128];
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"vendor\":\"%s\"}", id);
    const char *service = bench_put(&b, "service", json);
    assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_MOVE, "vendor", id, "withdraw", NULL, -1, NULL, &err),
                     YJ_E_CONFLICT);
    /* another institution's record is no record */
    assert_int_equal(bench_try(&b, other.inst, YJ_CH_CREATE, "service", NULL, NULL, json, -1, NULL, &err),
                     YJ_E_INVALID);
    assert_string_equal(err.field, "fields.vendor");
    assert_int_equal(
        bench_try(&b, other.inst, YJ_CH_CHANGE, "service", service, NULL, "{\"level\":1}", -1, NULL, &err),
        YJ_E_NOT_FOUND);
    bench_move(&b, "service", service, "withdraw");
    bench_move(&b, "vendor", id, "withdraw");
    bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    bench_close(&b);
}

static void two_persons__must_be_two(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *p = bench_put(&b, "person", "{\"number\":\"A1\",\"name\":\"李\"}");
    char json[200];
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"owner\":\"%s\",\"deputy\":\"%s\"}", p, p);
    yj_error err = { 0 };
    assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_CREATE, "service", NULL, NULL, json, -1, NULL, &err),
                     YJ_E_INVALID);
    assert_string_equal(err.field, "fields.deputy");
    bench_close(&b);
}

static void gate__is_shut_until_its_requirements_are_met(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *v = bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    char json[200];
    snprintf(json, sizeof json,
             "{\"code\":\"S1\",\"title\":\"甲\",\"vendor\":\"%s\",\"level\":1,\"model\":\"far\"}", v);
    const char *s = bench_put(&b, "service", json);
    int64_t before = entries(&b);
    yj_error err = { 0 };
    yj_change c;
    assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_MOVE, "service", s, "start", NULL, -1, &c, &err),
                     YJ_E_GATE);
    json_t *misses = NULL;
    yj_ok(yj_json_parse(yj_span_of(c.misses), YJ_JSON_BYTES_MAX, &misses, &err));
    assert_int_equal(json_array_size(misses), 3);
    const json_t *first = json_array_get(misses, 0);
    assert_string_equal(json_string_value(json_object_get(first, "requirement")), "1-1");
    assert_string_equal(json_string_value(json_object_get(json_object_get(first, "reason"), "zh")),
                        "“甲”为1级，低于2级。");
    assert_non_null(json_object_get(json_object_get(first, "what_to_do"), "en"));
    json_decref(misses);
    yj_change_done(&c);
    assert_int_equal(entries(&b), before);

    bench_change(&b, "service", s, "{\"level\":2}");
    bench_change(&b, "vendor", v, "{\"country\":\"cn\"}");
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-01-05\"}", s);
    bench_put(&b, "visit", json);
    bench_move(&b, "service", s, "start");
    assert_string_equal(bench_verdict(&b, "1-2", s), "met");
    assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_MOVE, "service", s, "start", NULL, -1, NULL, &err),
                     YJ_E_CONFLICT);
    bench_close(&b);
}

static void gates__are_shown_without_being_passed(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = bench_put(&b, "service", "{\"code\":\"S1\",\"title\":\"甲\",\"level\":3}");
    int64_t before = entries(&b);
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_error err = { 0 };
    yj_ok(yj_engine_gates(b.e, b.inst.inst, bench_kind(&b, "service"), s, YJ_LANG_EN, &out, &err));
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    const json_t *first = json_array_get(json_object_get(o, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "transition")), "start");
    assert_true(json_is_false(json_object_get(first, "open")));
    assert_true(json_array_size(json_object_get(first, "misses")) >= 1);
    json_decref(o);
    yj_buf_done(&out);
    assert_int_equal(entries(&b), before);
    char *row = bench_rows(&b, "SELECT state, version FROM r_service");
    assert_string_equal(row, "draft|1\n");
    free(row);
    bench_close(&b);
}

typedef struct worker {
    bench *b;
    int n;
    int made, refused;
} worker;

#define EACH 25
static void *work(void *arg)
{
    worker *w = arg;
    for (int i = 0; i < EACH; i++) {
        char json[96];
        /* every fifth takes a key that others take too: exactly one of them may have it */
        if (i % 5 == 0)
            snprintf(json, sizeof json, "{\"name\":\"shared %d\"}", i);
        else
            snprintf(json, sizeof json, "{\"name\":\"own %d %d\"}", w->n, i);
        yj_error err = { 0 };
        yj_status s =
            bench_try(w->b, w->b->inst.inst, YJ_CH_CREATE, "vendor", NULL, NULL, json, -1, NULL, &err);
        if (s == YJ_OK)
            w->made++;
        else if (s == YJ_E_CONFLICT)
            w->refused++;
    }
    return NULL;
}

static void writers__share_a_commit_and_a_refusal_leaves_the_others(void **state)
{
    enum { WRITERS = 32 };
    bench b;
    bench_open(&b, state);
    pthread_t threads[WRITERS];
    worker workers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        workers[i] = (worker){ &b, i, 0, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    int made = 0, refused = 0;
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        made += workers[i].made;
        refused += workers[i].refused;
    }
    int shared = EACH / 5;
    assert_int_equal(made, WRITERS * (EACH - shared) + shared);
    assert_int_equal(made + refused, WRITERS * EACH);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), made);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM entry WHERE kind = 'vendor'"), made);
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b.e, 60000, &err));
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_buf note;
    yj_buf_init(&note, 65536);
    yj_ok(yj_engine_checkpoint(b.e, b.inst.inst, &note, &err));
    yj_verify_report r;
    yj_ok(yj_ledger_verify_store(db, yj_engine_keys(b.e), b.inst.inst, &r, &err));
    assert_true(r.size >= (uint64_t)made);
    yj_buf_done(&note);
    yj_reader_give(b.e, db);
    bench_close(&b);
}

static void dry_run__says_what_would_happen_and_leaves_nothing(void **state)
{
    bench b;
    bench_open(&b, state);
    int64_t before = entries(&b);
    json_t *f = json_pack("{s:s}", "name", "云甲");
    yj_change c = { .inst = b.inst.inst,
                    .op = YJ_CH_CREATE,
                    .by = yj_engine_operator(b.e),
                    .kind = bench_kind(&b, "vendor"),
                    .expect_version = -1,
                    .fields = f,
                    .dry_run = true };
    yj_error err = { 0 };
    yj_ok(yj_change_run(b.e, &c, &err));
    yj_change_done(&c);
    json_decref(f);
    assert_int_equal(entries(&b), before);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 0);
    bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    bench_close(&b);
}

static void history__shows_each_version_with_its_differences(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *id = bench_put(&b, "service", "{\"code\":\"S1\",\"level\":1}");
    bench_change(&b, "service", id, "{\"level\":3}");
    bench_move(&b, "service", id, "withdraw");
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_ok(yj_record_history(db, b.c, b.inst.inst, &b.c->kinds[bench_kind(&b, "service")], id, &out, &err));
    yj_reader_give(b.e, db);
    json_t *o = NULL;
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    const json_t *items = json_object_get(o, "items");
    assert_int_equal(json_array_size(items), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "op")), "withdraw");
    const json_t *changes = json_object_get(json_array_get(items, 1), "changes");
    assert_int_equal(json_array_size(changes), 1);
    char *text = json_dumps(json_array_get(changes, 0), JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"field\":\"level\",\"from\":1,\"to\":3}");
    free(text);
    json_decref(o);
    yj_buf_done(&out);
    bench_close(&b);
}

static void count_commits(void *ctx, int64_t inst, uint64_t from, uint64_t size, bool judgement)
{
    (void)inst, (void)from, (void)size, (void)judgement;
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static void feeds__can_be_taken_off_and_leave_their_place(void **state)
{
    bench b;
    atomic_int seen[FEEDS + 1] = { 0 }, stays = 0;
    bench_open(&b, state);
    yj_engine_on_commit(b.e, count_commits, &stays);
    for (int i = 0; i <= FEEDS; i++) { /* more than there is room for at once */
        yj_engine_on_commit(b.e, count_commits, &seen[i]);
        yj_engine_off_commit(b.e, count_commits, &seen[i]);
    }
    yj_engine_off_commit(b.e, count_commits, &seen[0]); /* off already: nothing */
    yj_engine_on_commit(b.e, count_commits, &seen[FEEDS]);
    bench_put(&b, "vendor", "{\"name\":\"feed\"}");
    assert_true(atomic_load(&seen[FEEDS]) > 0);
    assert_true(atomic_load(&stays) > 0);
    yj_engine_off_commit(b.e, count_commits, &stays);
    int before = atomic_load(&stays);
    bench_put(&b, "vendor", "{\"name\":\"silence\"}");
    assert_int_equal(atomic_load(&stays), before);
    for (int i = 0; i < FEEDS; i++)
        assert_int_equal(atomic_load(&seen[i]), 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(create__gives_an_id_a_version_and_one_entry),
        yj_test_stores(bad_input__is_refused_with_its_place_and_writes_nothing),
        yj_test_stores(bad_input__is_told_with_the_fields_title),
        yj_test_stores(any_record__is_looked_up_by_the_writer),
        yj_test_stores(requirement__must_be_one_of_the_packs),
        yj_test_stores(change__sets_clears_and_refuses_what_is_stale),
        yj_test_stores(key__is_unique_within_the_institution_and_freed_by_withdrawal),
        yj_test_stores(two_persons__must_be_two),
        yj_test_stores(gate__is_shut_until_its_requirements_are_met),
        yj_test_stores(gates__are_shown_without_being_passed),
        yj_test_stores(writers__share_a_commit_and_a_refusal_leaves_the_others),
        yj_test_stores(dry_run__says_what_would_happen_and_leaves_nothing),
        yj_test_stores(history__shows_each_version_with_its_differences),
        yj_test_stores(feeds__can_be_taken_off_and_leave_their_place),
    };
    return cmocka_run_group_tests_name("record_change", tests, NULL, NULL);
}
