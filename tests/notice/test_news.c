// SPDX-License-Identifier: Apache-2.0
/* What is news and for whom: decided once, kept as codes, mailed by preference. On both stores. */
#include "engine_test.h"

#include "access/account.h"
#include "base/json.h"
#include "notice/channel.h"
#include "notice/inbox.h"
#include "notice/news.h"
#include "notice/preference.h"
#include <stdio.h>
#include <stdlib.h>

#define ID_BYTES (YJ_UUID_LEN + 1)

typedef struct office {
    bench b;
    char head[ID_BYTES], compliance[ID_BYTES], it[ID_BYTES], it2[ID_BYTES];
} office;

static void person(office *o, const char *number, const char *roles, char ret[static ID_BYTES])
{
    char json[200];
    snprintf(json, sizeof json,
             "{\"number\":\"%s\",\"name\":\"%s\",\"email\":\"%s@bank.example\",\"roles\":[%s]}", number,
             number, number, roles);
    snprintf(ret, ID_BYTES, "%s", bench_put(&o->b, "person", json));
}

/* How many rows came into inboxes. */
static size_t pass(office *o)
{
    yj_error err = { 0 };
    size_t made = 0, all = 0;
    yj_ok(yj_engine_settle(o->b.e, 60000, &err));
    for (bool more = true; more; all += made)
        yj_ok(yj_news_pass(o->b.e, o->b.inst.inst, &more, &made, &err));
    return all;
}

static void open_office(office *o, void **state)
{
    bench_open(&o->b, state);
    person(o, "head", "\"head_of_it\"", o->head);
    person(o, "comp", "\"compliance\"", o->compliance);
    person(o, "it", "\"it\"", o->it);
    person(o, "it2", "\"it\"", o->it2);
    (void)pass(o);
}

#define NEWS                                                                                                 \
    "SELECT p.f_number, n.news, n.detail, n.was, n.status, n.count FROM notice n JOIN r_person p ON p.id = " \
    "n.person "
#define ORDER " ORDER BY n.news, p.f_number, n.id"

static void assert_rows(office *o, const char *sql, const char *want)
{
    char *rows = bench_rows(&o->b, sql);
    assert_string_equal(rows, want);
    free(rows);
}

static const char *service(office *o, const char *code, int level, const char *owner)
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"code\":\"%s\",\"title\":\"Secret title\",\"model\":\"near\",\"level\":%d,\"owner\":\"%s\"}",
             code, level, owner);
    return bench_put(&o->b, "service", json);
}

static void verdicts__that_turn_are_told_to_roles_and_to_who_is_named(void **state)
{
    office o;
    open_office(&o, state);
    char id[ID_BYTES];
    snprintf(id, sizeof id, "%s", service(&o, "A", 3, o.it));
    (void)pass(&o);
    assert_rows(&o, NEWS "WHERE n.news IN ('worse', 'better')" ORDER, ""); /* the first is no change */
    bench_change(&o.b, "service", id, "{\"level\":1}");
    assert_int_equal(pass(&o), 3);
    assert_rows(&o, NEWS "WHERE n.news = 'worse'" ORDER,
                "comp|worse||met|unmet|1\nhead|worse||met|unmet|1\nit|worse||met|unmet|1\n");
    bench_change(&o.b, "service", id, "{\"level\":4}");
    assert_int_equal(pass(&o), 2);
    assert_rows(&o, NEWS "WHERE n.news = 'better'" ORDER,
                "comp|better||unmet|met|1\nit|better||unmet|met|1\n");
    assert_int_equal(pass(&o), 0);
    /* no word of the record is kept */
    assert_int_equal(bench_number(&o.b,
                                  "SELECT count(*) FROM notice WHERE cause LIKE '%Secret%' OR detail LIKE "
                                  "'%Secret%'"),
                     0);
    bench_close(&o.b);
}

static void records__wait_for_who_may_move_them_and_name_persons(void **state)
{
    office o;
    open_office(&o, state);
    char id[ID_BYTES];
    snprintf(id, sizeof id, "%s", service(&o, "A", 3, o.it));
    (void)pass(&o);
    /* "start" is for it and head_of_it, not for the owner */
    assert_rows(&o, NEWS ORDER, "it|named|owner|||1\nhead|waits|start|||1\nit2|waits|start|||1\n");
    bench_change(&o.b, "service", id, "{\"note\":\"x\"}");
    assert_int_equal(pass(&o), 0);
    char json[80];
    snprintf(json, sizeof json, "{\"owner\":\"%s\"}", o.it2);
    bench_change(&o.b, "service", id, json);
    assert_int_equal(pass(&o), 1);
    assert_rows(&o, NEWS "WHERE n.news = 'named'" ORDER, "it|named|owner|||1\nit2|named|owner|||1\n");
    bench_close(&o.b);
}

static void duties__are_told_ahead_step_by_step_once(void **state)
{
    office o;
    open_office(&o, state);
    char json[120], id[ID_BYTES];
    snprintf(id, sizeof id, "%s", service(&o, "A", 3, o.it));
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-03-02\"}", id);
    bench_put(&o.b, "visit", json);
    bench_move(&o.b, "service", id, "start");
    (void)pass(&o);
    int64_t before = bench_number(&o.b, "SELECT count(*) FROM notice WHERE news = 'due'");
    char *due = bench_rows(&o.b, "SELECT DISTINCT v.due FROM verdict v WHERE v.due IS NOT NULL");
    int64_t last = strtoll(due, NULL, 10);
    free(due);
    assert_int_equal(before, 0);
    static const struct {
        int left;
        int64_t told;
    } days[] = { { 31, 0 }, { 30, 2 }, { 29, 2 }, { 7, 4 }, { 6, 4 }, { 1, 6 }, { 0, 6 } };
    for (size_t i = 0; i < YJ_COUNT(days); i++) {
        yj_date d;
        char at[40];
        assert_true(yj_date_from_days(last - days[i].left, &d));
        snprintf(at, sizeof at, "%sT09:00:00+08:00", d.s);
        bench_clock(&o.b, at);
        (void)pass(&o);
        (void)pass(&o);
        assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM notice WHERE news = 'due'"), days[i].told);
    }
    yj_date d;
    char at[40];
    assert_true(yj_date_from_days(last + 1, &d));
    snprintf(at, sizeof at, "%sT09:00:00+08:00", d.s);
    bench_clock(&o.b, at);
    (void)pass(&o);
    assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM notice WHERE news = 'worse'"), 3);
    bench_close(&o.b);
}

static void much_at_once__is_one_notice(void **state)
{
    office o;
    open_office(&o, state);
    for (size_t i = 0; i <= YJ_NEWS_EACH_MAX; i++) {
        char code[16];
        snprintf(code, sizeof code, "S%zu", i);
        service(&o, code, 3, o.it);
    }
    (void)pass(&o);
    assert_rows(&o, NEWS ORDER, "it|named||||21\nhead|waits||||21\nit2|waits||||21\n");
    bench_close(&o.b);
}

static void deputize(office *o, const char *from, const char *to, const char *since, const char *until,
                     char ret[static ID_BYTES])
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"%s\",\"until_date\":\"%s\","
             "\"reason\":\"leave\"}",
             from, to, since, until);
    snprintf(ret, ID_BYTES, "%s", bench_put(&o->b, "delegation", json));
}

#define FOR                                                                                                  \
    "SELECT p.f_number, n.news, n.detail, coalesce(q.f_number, ''), n.count FROM notice n JOIN r_person p "  \
    "ON p.id = n.person LEFT JOIN r_person q ON q.id = n.for_whom WHERE n.kind <> 'delegation' "
#define OF_SERVICE "AND n.kind = 'service' "

/* "comp" stands in for "it", then does not any more. */
static void deputies__are_told_for_whom_they_stand_in(void **state)
{
    office o;
    open_office(&o, state);
    char id[ID_BYTES], away[ID_BYTES];
    deputize(&o, o.it, o.compliance, "2026-03-02", "2026-03-03", away);
    (void)pass(&o);
    snprintf(id, sizeof id, "%s", service(&o, "A", 3, o.it));
    (void)pass(&o);
    assert_rows(&o, FOR OF_SERVICE ORDER,
                "comp|named|owner|it|1\nit|named|owner||1\nhead|waits|start||1\nit2|waits|start||1\n");
    bench_change(&o.b, "service", id, "{\"level\":1}");
    (void)pass(&o);
    /* what he is told by his own role is not told again for another */
    assert_rows(&o, FOR "AND n.news = 'worse'" ORDER, "comp|worse|||1\nhead|worse|||1\nit|worse|||1\n");
    assert_int_equal(pass(&o), 0);
    /* the last day is over */
    bench_clock(&o.b, "2026-03-04T09:00:00+08:00");
    (void)pass(&o);
    service(&o, "B", 3, o.it);
    (void)pass(&o);
    assert_rows(&o, "SELECT count(*) FROM notice WHERE for_whom <> ''", "1\n");
    bench_close(&o.b);
}

/* Much at once is one notice for each for whom he stands in. */
static void deputies__are_told_of_much_as_one_for_each(void **state)
{
    office o;
    open_office(&o, state);
    char away[ID_BYTES];
    deputize(&o, o.it, o.compliance, "2026-03-02", "2026-03-09", away);
    deputize(&o, o.it2, o.compliance, "2026-03-02", "2026-03-09", away);
    (void)pass(&o);
    service(&o, "A", 3, o.it2);
    (void)pass(&o);
    /* start is not for the owner, so neither for his deputy as such */
    assert_rows(&o, FOR OF_SERVICE "AND n.news = 'waits'" ORDER,
                "comp|waits|start|it|1\nhead|waits|start||1\nit|waits|start||1\n");
    for (size_t i = 0; i <= YJ_NEWS_EACH_MAX; i++) {
        char code[16];
        snprintf(code, sizeof code, "S%zu", i);
        service(&o, code, 3, o.it2);
    }
    (void)pass(&o);
    assert_rows(&o, FOR "AND n.count > 1" ORDER,
                "comp|named||it2|21\nit2|named|||21\ncomp|waits||it|21\nhead|waits|||21\nit|waits|||21\n");
    bench_close(&o.b);
}

/* Two servers find the same; one keeps it. */
static void a_pass__that_was_overtaken_keeps_nothing(void **state)
{
    office o;
    open_office(&o, state);
    yj_error err = { 0 };
    service(&o, "A", 3, o.it);
    assert_int_equal(pass(&o), 3);
    bool more;
    size_t made = 0;
    /* the cursor is set back: what was decided is remembered all the same */
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(o.b.t, YJ_DB_WRITE);
    yj_test_script(db, "UPDATE notice_cursor SET seq = 0, day = ''");
    yj_ok(yj_news_pass(o.b.e, o.b.inst.inst, &more, &made, &err));
    assert_int_equal(made, 0);
    bench_close(&o.b);
}

static yj_status put_relay(yj_db *db, void *ctx, yj_error *err)
{
    char id[ID_BYTES] = "";
    yj_auto(yj_json_freep) json_t *o =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "kind", "mail", "name", "Relay", "host", "127.0.0.1",
                  "port", 25, "security", "none", "from", "yunjian@bank.example");
    return yj_channel_put(db, ctx, 0, o, 1, id, err);
}

static yj_status want_once(yj_db *db, void *ctx, yj_error *err)
{
    office *o = ctx;
    yj_preference p;
    yj_auto(yj_json_freep) json_t *j = json_pack("{s:s}", "pace", "once");
    YJ_TRY(yj_preference_read(db, o->b.c, o->b.inst.inst, o->it2, &p, err));
    YJ_TRY(yj_preference_take(j, &p, err));
    return yj_preference_keep(db, o->b.inst.inst, o->it2, &p, err);
}

static void mail__leaves_at_once_or_in_the_gathered_of_the_hour(void **state)
{
    office o;
    open_office(&o, state);
    yj_error err = { 0 };
    size_t made = 0;
    char keys[700];
    snprintf(keys, sizeof keys, "%s/keys", o.b.data);
    yj_auto(yj_seal_freep) yj_seal *seal = NULL;
    yj_ok(yj_seal_open(keys, &seal, &err));
    yj_ok(yj_engine_write(o.b.e, put_relay, seal, &err));
    yj_ok(yj_engine_write(o.b.e, want_once, &o, &err));
    service(&o, "A", 3, o.it);
    assert_int_equal(pass(&o), 3);
    assert_rows(&o,
                "SELECT p.f_number, substr(d.cause, 1, 5) FROM delivery d JOIN r_person p ON p.id = d.person",
                "it2|waits\n");
    assert_rows(
        &o,
        "SELECT p.f_number FROM notice n JOIN r_person p ON p.id = n.person WHERE n.gather = 1 ORDER BY 1",
        "head\nit\n");
    yj_ok(yj_news_gathered(o.b.e, &made, &err));
    assert_int_equal(made, 0); /* nine o'clock has just been */
    bench_clock(&o.b, "2026-03-03T08:59:00+08:00");
    yj_ok(yj_news_gathered(o.b.e, &made, &err));
    assert_int_equal(made, 0);
    bench_clock(&o.b, "2026-03-03T09:00:01+08:00");
    yj_ok(yj_news_gathered(o.b.e, &made, &err));
    assert_int_equal(made, 2);
    yj_ok(yj_news_gathered(o.b.e, &made, &err));
    assert_int_equal(made, 0);
    assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM delivery WHERE cause LIKE 'gathered/%'"), 2);
    assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM notice WHERE gather = 1"), 0);
    bench_close(&o.b);
}

/* An account of a person; its id in *ctx, where it stands for one, or is locked, too. */
typedef struct accounted {
    office *o;
    const char *name, *person;
    bool locked;
} accounted;

static yj_status give_account(yj_db *db, void *ctx, yj_error *err)
{
    const accounted *x = ctx;
    char id[ID_BYTES];
    YJ_TRY(yj_account_create(db, &(yj_account_new){ .name = yj_span_of(x->name) }, 1, id, err));
    YJ_TRY(yj_account_link(db, id, x->o->b.inst.inst, x->person, err));
    return x->locked ? yj_account_lock(db, id, true, err) : YJ_OK;
}

static void account(office *o, const char *name, const char *person, bool locked)
{
    yj_error err = { 0 };
    accounted x = { o, name, person, locked };
    yj_ok(yj_engine_write(o->b.e, give_account, &x, &err));
}

static void membership(office *o, const char *person, const char *since, const char *until)
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"person\":\"%s\",\"standing\":\"staff\",\"since\":\"%s\",\"until\":\"%s\"}", person, since,
             until);
    (void)bench_put(&o->b, "membership", json);
}

#define MAILED                                                                                               \
    "SELECT p.f_number FROM notice n JOIN r_person p ON p.id = n.person WHERE n.gather = 1 ORDER BY 1"

/* Who could not sign in is told in his inbox, where he may find it should he come back, and by no mail. */
static void mail__reaches_who_may_sign_in(void **state)
{
    office o;
    open_office(&o, state);
    yj_error err = { 0 };
    char keys[700];
    snprintf(keys, sizeof keys, "%s/keys", o.b.data);
    yj_auto(yj_seal_freep) yj_seal *seal = NULL;
    yj_ok(yj_seal_open(keys, &seal, &err));
    yj_ok(yj_engine_write(o.b.e, put_relay, seal, &err));
    service(&o, "A", 3, o.it);
    assert_int_equal(pass(&o), 3);
    assert_rows(&o, MAILED, "head\nit\nit2\n"); /* nobody has an account: the records decide */
    membership(&o, o.it, "2026-01-01", "2026-03-02");
    membership(&o, o.it2, "2025-01-01", "2026-03-01"); /* over since yesterday */
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(o.b.t, YJ_DB_WRITE);
    yj_test_script(db, "UPDATE notice SET gather = 0");
    service(&o, "B", 3, o.it);
    assert_int_equal(pass(&o), 3);
    assert_rows(&o, MAILED, "head\nit\n");
    account(&o, "head", o.head, false);
    account(&o, "it", o.it, true);
    yj_test_script(db, "UPDATE notice SET gather = 0");
    service(&o, "C", 3, o.it);
    assert_int_equal(pass(&o), 3);
    assert_rows(&o, MAILED, "head\n"); /* the other is locked */
    account(&o, "it.again", o.it, false);
    yj_test_script(db, "UPDATE notice SET gather = 0");
    service(&o, "D", 3, o.it);
    assert_int_equal(pass(&o), 3);
    assert_rows(&o, MAILED, "head\nit\n");
    assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM notice"), 12);
    bench_close(&o.b);
}

/* --- the inbox --------------------------------------------------------------------------------- */

static json_t *inbox(office *o, const char *who, const char *show, const char *before, size_t limit)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    json_t *ret = NULL;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_reader_take(o->b.e, &db, &err));
    yj_ok(yj_db_begin(db, YJ_DB_READ, &err));
    yj_ok(yj_inbox_list(db, o->b.c, o->b.inst.inst, who, show, NULL, before, limit, YJ_LANG_EN, &out, &err));
    yj_db_rollback(db);
    yj_reader_give(o->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), 1 << 20, &ret, &err));
    return ret;
}

static const char *at(const json_t *list, size_t i, const char *key, const char *lang)
{
    const json_t *v = json_object_get(json_array_get(json_object_get(list, "items"), i), key);
    return json_string_value(lang ? json_object_get(v, lang) : v);
}

typedef struct marking {
    office *o;
    const char *id;
    yj_inbox_mark mark;
} marking;

static yj_status run_mark(yj_db *db, void *ctx, yj_error *err)
{
    const marking *m = ctx;
    return yj_inbox_set(db, m->o->b.inst.inst, m->o->it, m->id, m->mark, 7, NULL, err);
}

static yj_status run_sweep(yj_db *db, void *ctx, yj_error *err)
{
    return yj_inbox_sweep(db, INT64_MAX, err);
}

static void the_inbox__says_it_in_both_languages_page_by_page(void **state)
{
    office o;
    open_office(&o, state);
    yj_error err = { 0 };
    char id[ID_BYTES];
    snprintf(id, sizeof id, "%s", service(&o, "A", 3, o.it));
    (void)pass(&o);
    bench_change(&o.b, "service", id, "{\"level\":1}");
    (void)pass(&o);
    json_t *page = inbox(&o, o.it, "open", NULL, 1);
    assert_int_equal(json_integer_value(json_object_get(page, "unread")), 2);
    assert_string_equal(at(page, 0, "news", NULL), "worse");
    assert_string_equal(at(page, 0, "title", "en"), "\"Level enough\" went from met to unmet: Secret title");
    assert_string_equal(at(page, 0, "title", "zh"), "“级别够”由符合变为不符合：Secret title");
    const char *next = json_string_value(json_object_get(page, "next"));
    assert_non_null(next);
    json_t *more = inbox(&o, o.it, "open", next, 1);
    assert_string_equal(at(more, 0, "title", "en"), "Service names you as \"Owner\": Secret title");
    assert_true(json_is_null(json_object_get(more, "next")));
    /* marked by the person alone, each */
    yj_ok(yj_engine_write(o.b.e, run_mark, &(marking){ &o, at(more, 0, "id", NULL), YJ_INBOX_DONE }, &err));
    json_decref(page);
    json_decref(more);
    page = inbox(&o, o.it, "open", NULL, 10);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
    assert_int_equal(json_integer_value(json_object_get(page, "unread")), 1);
    json_decref(page);
    yj_ok(yj_engine_write(o.b.e, run_mark, &(marking){ &o, NULL, YJ_INBOX_READ }, &err));
    page = inbox(&o, o.it, "unread", NULL, 10);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 0);
    assert_int_equal(json_integer_value(json_object_get(page, "open")), 1);
    json_decref(page);
    page = inbox(&o, o.compliance, "unread", NULL, 10);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
    json_decref(page);
    yj_ok(yj_engine_write(o.b.e, run_sweep, NULL, &err));
    assert_int_equal(bench_number(&o.b, "SELECT count(*) FROM notice"), 0);
    bench_close(&o.b);
}

static void hours__are_those_of_the_zone(void **state)
{
    (void)state;
    yj_error err = { 0 };
    yj_auto(yj_zone_freep) yj_zone *z = NULL;
    yj_ok(yj_zone_open("Asia/Shanghai", &z, &err));
    static const struct {
        yj_preference p;
        const char *now, *slot, *quiet;
    } all[] = {
        { { .pace = YJ_PACE_DAILY, .hour = 9 },
          "2026-03-04T08:59:59+08:00",
          "2026-03-03T09:00:00+08:00",
          NULL },
        { { .pace = YJ_PACE_DAILY, .hour = 9 },
          "2026-03-04T09:00:00+08:00",
          "2026-03-04T09:00:00+08:00",
          NULL },
        { { .pace = YJ_PACE_WEEKLY, .hour = 9, .weekday = 1 },
          "2026-03-02T08:00:00+08:00",
          "2026-02-23T09:00:00+08:00",
          NULL },
        { { .pace = YJ_PACE_WEEKLY, .hour = 9, .weekday = 1 },
          "2026-03-08T23:00:00+08:00",
          "2026-03-02T09:00:00+08:00",
          NULL },
        { { .quiet_from = 22, .quiet_until = 7 },
          "2026-03-04T23:00:00+08:00",
          NULL,
          "2026-03-05T07:00:00+08:00" },
        { { .quiet_from = 22, .quiet_until = 7 },
          "2026-03-04T06:00:00+08:00",
          NULL,
          "2026-03-04T07:00:00+08:00" },
        { { .quiet_from = 22, .quiet_until = 7 },
          "2026-03-04T07:00:00+08:00",
          NULL,
          "2026-03-04T07:00:00+08:00" },
        { { .quiet_from = 12, .quiet_until = 14 },
          "2026-03-04T12:30:00+08:00",
          NULL,
          "2026-03-04T14:00:00+08:00" },
        { { .quiet_from = 5, .quiet_until = 5 },
          "2026-03-04T05:30:00+08:00",
          NULL,
          "2026-03-04T05:30:00+08:00" },
    };
    for (size_t i = 0; i < YJ_COUNT(all); i++) {
        int64_t now, want;
        assert_true(yj_time_parse(yj_span_of(all[i].now), &now));
        assert_true(yj_time_parse(yj_span_of(all[i].slot ? all[i].slot : all[i].quiet), &want));
        assert_int_equal(all[i].slot ? yj_preference_slot(&all[i].p, z, now)
                                     : yj_preference_quiet(&all[i].p, z, now),
                         want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(verdicts__that_turn_are_told_to_roles_and_to_who_is_named),
        yj_test_stores(records__wait_for_who_may_move_them_and_name_persons),
        yj_test_stores(duties__are_told_ahead_step_by_step_once),
        yj_test_sqlite_only(much_at_once__is_one_notice),
        yj_test_stores(deputies__are_told_for_whom_they_stand_in),
        yj_test_stores(deputies__are_told_of_much_as_one_for_each),
        yj_test_stores(a_pass__that_was_overtaken_keeps_nothing),
        yj_test_stores(mail__leaves_at_once_or_in_the_gathered_of_the_hour),
        yj_test_stores(mail__reaches_who_may_sign_in),
        yj_test_stores(the_inbox__says_it_in_both_languages_page_by_page),
        cmocka_unit_test(hours__are_those_of_the_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
