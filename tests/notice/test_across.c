// SPDX-License-Identifier: Apache-2.0
/* What passes between institutions is told to the other side: to who may deal with it, once, while they are
 * tied, and to nobody else. On both stores. */
#include "exchange_test.h"

#include "base/json.h"
#include "notice/inbox.h"
#include "notice/news.h"
#include "record/reading.h"
#include <stdio.h>
#include <stdlib.h>

/* Two clients of one provider; another provider, tied with the first client alone. */
typedef struct table {
    bench b;
    int64_t client;
    yj_institution second, cloud, rival;
    char vendor[ID_BYTES], vendor2[ID_BYTES], other[ID_BYTES];
    char it[ID_BYTES], compliance[ID_BYTES], it2[ID_BYTES], contact[ID_BYTES], contact2[ID_BYTES];
    yj_tie tie, tie2, tie_rival;
} table;

static void person(table *t, int64_t inst, const char *number, const char *role, char ret[static ID_BYTES])
{
    char json[200];
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[\"%s\"]}", number, number,
             role);
    put_in(&t->b, inst, "person", json, ret);
}

/* How many rows came into inboxes, of whichever institution. */
static size_t pass(table *t, int64_t inst)
{
    yj_error err = { 0 };
    size_t made = 0, all = 0;
    yj_ok(yj_engine_settle(t->b.e, 60000, &err));
    for (bool more = true; more; all += made)
        yj_ok(yj_news_pass(t->b.e, inst, &more, &made, &err));
    return all;
}

static size_t pass_all(table *t)
{
    const int64_t all[] = { t->client, t->second.inst, t->cloud.inst, t->rival.inst };
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(all); i++)
        n += pass(t, all[i]);
    return n;
}

static void lay(table *t, void **state)
{
    *t = (table){ .client = 0 };
    bench_open(&t->b, state);
    t->client = t->b.inst.inst;
    bench_institution_of(&t->b, "cloud", "provider", &t->cloud);
    bench_institution_of(&t->b, "rival", "provider", &t->rival);
    bench_institution(&t->b, "second", &t->second);
    person(t, t->client, "it", "it", t->it);
    person(t, t->client, "comp", "compliance", t->compliance);
    person(t, t->second.inst, "it2", "it", t->it2);
    person(t, t->cloud.inst, "contact", "provider_contact", t->contact);
    person(t, t->rival.inst, "contact2", "provider_contact", t->contact2);
    put_in(&t->b, t->client, "vendor", "{\"name\":\"Cloud\"}", t->vendor);
    put_in(&t->b, t->client, "vendor", "{\"name\":\"Rival\"}", t->other);
    put_in(&t->b, t->second.inst, "vendor", "{\"name\":\"Cloud\"}", t->vendor2);
    (void)pass_all(t);
}

static void sit_down(table *t)
{
    tie(&t->b, t->client, "I-1", t->vendor, t->cloud.inst, &t->tie);
    tie(&t->b, t->client, "I-2", t->other, t->rival.inst, &t->tie_rival);
    tie(&t->b, t->second.inst, "I-1", t->vendor2, t->cloud.inst, &t->tie2);
    (void)pass_all(t);
}

/* Who has been told what since: a line each, in order; nothing is left of it. */
static void assert_told(table *t, const char *want)
{
    char *rows = bench_rows(
        &t->b, "SELECT p.f_number, n.news, n.detail, n.count FROM notice n JOIN r_person p ON p.id = "
               "n.person AND p.inst = n.inst WHERE n.done = 0 ORDER BY n.news, p.f_number, n.id");
    assert_string_equal(rows, want);
    free(rows);
}

static yj_status mark_all(yj_db *db, void *ctx, yj_error *err)
{
    return yj_db_script(db, "UPDATE notice SET done = 1", err);
}

static void forget(table *t)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_write(t->b.e, mark_all, NULL, &err));
}

/* The newest title in somebody's inbox, in English. */
static void title_of(table *t, int64_t inst, const char *who, char *ret, size_t cap)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(t->b.e, &db, &err));
    yj_ok(yj_inbox_list(db, t->b.c, inst, who, "all", NULL, NULL, 1, YJ_LANG_EN, &out, &err));
    yj_reader_give(t->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)1 << 20, &v, &err));
    const json_t *title = json_object_get(json_array_get(json_object_get(v, "items"), 0), "title");
    snprintf(ret, cap, "%s", json_string_value(json_object_get(title, "en")));
    json_decref(v);
    yj_buf_done(&out);
}

#define ASSERT_TITLE(t, inst, who, want)                                                                     \
    do {                                                                                                     \
        char title[400];                                                                                     \
        title_of(t, inst, who, title, sizeof title);                                                         \
        assert_string_equal(title, want);                                                                    \
    } while (0)

static void query(table *t, const char *number, const char *vendor, char ret[static ID_BYTES])
{
    char json[200];
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"vendor\":\"%s\"}", number, vendor);
    put_in(&t->b, t->client, "query", json, ret);
}

static void ties__are_told_of_to_the_side_that_did_not_do_it(void **state)
{
    table t;
    lay(&t, state);
    forget(&t);
    sit_down(&t);
    assert_told(
        &t,
        "comp|tied|accepted|1\ncomp|tied|accepted|1\n"); /* of whom the packs name, the second has nobody */
    forget(&t);
    move_in(&t.b, t.cloud.inst, "engagement", t.tie.link, "end");
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "comp|tied|ended|1\n");
    ASSERT_TITLE(&t, t.client, t.compliance, "cloud has ended the tie with you");
    bench_close(&t.b);
}

static void what_is_addressed__is_told_to_who_may_answer_there(void **state)
{
    table t;
    char asked[ID_BYTES];
    lay(&t, state);
    sit_down(&t);
    forget(&t);
    query(&t, "Q-1", t.vendor, asked);
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "contact|addressed||1\n");
    ASSERT_TITLE(&t, t.cloud.inst, t.contact, "Query from demo: Q-1");
    assert_int_equal(pass_all(&t), 0);
    /* nothing is kept but ids and codes */
    assert_int_equal(
        bench_number(&t.b, "SELECT count(*) FROM notice WHERE cause LIKE '%Q-1%' OR detail LIKE '%Q-1%'"), 0);
    /* what changes after that is seen where it is read; a move is news again */
    change_in(&t.b, t.client, "query", asked, "{\"answer\":\"...\"}");
    assert_int_equal(pass_all(&t), 0);
    move_in(&t.b, t.client, "query", asked, "answer");
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "contact|addressed||1\ncontact|addressed|answered|1\n");
    ASSERT_TITLE(&t, t.cloud.inst, t.contact, "Query from demo is now \"Answered\": Q-1");
    /* with the tie all of it ends, also what was told before */
    move_in(&t.b, t.cloud.inst, "engagement", t.tie.link, "end");
    ASSERT_TITLE(&t, t.cloud.inst, t.contact, "From an institution that is tied no more (Query)");
    forget(&t);
    (void)pass_all(&t);
    forget(&t);
    query(&t, "Q-2", t.vendor, asked);
    assert_int_equal(pass_all(&t), 0);
    bench_close(&t.b);
}

static void answers__are_told_to_who_may_take_them_and_receipts_to_who_gave_them(void **state)
{
    table t;
    yj_error err = { 0 };
    char asked[ID_BYTES], answer[ID_BYTES], json[500], cloud[ID_BYTES];
    lay(&t, state);
    sit_down(&t);
    query(&t, "Q-1", t.vendor, asked);
    (void)pass_all(&t);
    forget(&t);
    snprintf(json, sizeof json,
             "{\"engagement\":\"%s\",\"about_kind\":\"query\",\"about\":\"%s\",\"act\":\"answer\",\"text\":"
             "\"secret\","
             "\"answered_on\":\"2026-03-02\"}",
             t.tie.link, asked);
    put_in(&t.b, t.cloud.inst, "answer", json, answer);
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "it|answered|answer|1\n");
    ASSERT_TITLE(&t, t.client, t.it, "cloud has answered, to be taken over (Query, \"Answer\"): Q-1");
    forget(&t);
    /* given anew, it waits again */
    change_in(&t.b, t.cloud.inst, "answer", answer, "{\"text\":\"another\"}");
    assert_int_equal(pass_all(&t), 1);
    forget(&t);
    snprintf(cloud, sizeof cloud, "%s", t.cloud.id);
    yj_ok(yj_answer_accept(t.b.e, t.client, cloud, answer, &(yj_looked){ .version = -1, .about_version = -1 },
                           yj_engine_operator(t.b.e), YJ_LANG_EN, NULL, &err));
    /* of the receipt, not also of the move that it brought */
    (void)pass_all(&t);
    assert_told(&t, "contact|taken|accepted|1\n");
    forget(&t);
    /* what the client does after that is its own */
    move_in(&t.b, t.client, "query", asked, "ask_again");
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "contact|addressed|asked|1\n");
    bench_close(&t.b);
}

static void offers__are_told_to_those_they_are_meant_for(void **state)
{
    table t;
    char self[ID_BYTES], paper[ID_BYTES], offered[ID_BYTES], json[300];
    lay(&t, state);
    sit_down(&t);
    forget(&t);
    put_in(&t.b, t.cloud.inst, "vendor", "{\"name\":\"self\"}", self);
    snprintf(json, sizeof json, "{\"number\":\"P-1\",\"vendor\":\"%s\",\"until\":\"2026-04-01\"}", self);
    put_in(&t.b, t.cloud.inst, "paper", json, paper);
    assert_int_equal(pass_all(&t), 0);
    snprintf(json, sizeof json, "{\"about_kind\":\"paper\",\"about\":\"%s\",\"engagements\":[\"%s\"]}", paper,
             t.tie2.link);
    put_in(&t.b, t.cloud.inst, "offer", json, offered);
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "it2|offered||1\n");
    ASSERT_TITLE(&t, t.second.inst, t.it2, "cloud offers, to be taken over (Paper): P-1");
    /* to all of them */
    change_in(&t.b, t.cloud.inst, "offer", offered, "{\"engagements\":null}");
    assert_int_equal(pass_all(&t), 1);
    assert_told(&t, "it|offered||1\nit2|offered||1\n");
    forget(&t);
    /* another version */
    change_in(&t.b, t.cloud.inst, "paper", paper, "{\"note\":\"x\"}");
    assert_int_equal(pass_all(&t), 2);
    forget(&t);
    /* by which day */
    bench_clock(&t.b, "2026-03-25T09:00:00+08:00");
    (void)pass_all(&t);
    (void)pass_all(&t);
    char *rows =
        bench_rows(&t.b, "SELECT n.day, count(*) FROM notice n WHERE n.news = 'due' AND n.party > 0 GROUP BY "
                         "n.day");
    assert_string_equal(rows, "2026-04-01|2\n");
    free(rows);
    ASSERT_TITLE(&t, t.second.inst, t.it2, "\"Paper\" falls due on 2026-04-01: P-1");
    /* taken back, it has no name any more */
    move_in(&t.b, t.cloud.inst, "offer", offered, "end");
    ASSERT_TITLE(&t, t.second.inst, t.it2, "\"Paper\" falls due on 2026-04-01");
    bench_close(&t.b);
}

static void read(table *t, const char *item)
{
    yj_error err = { 0 };
    const char *items[] = { item };
    yj_reading r = { t->client, t->cloud.inst, t->contact, "query", items, 1 };
    yj_ok(yj_reading_note(t->b.e, &r, 1, &err));
}

static void readings__are_told_once_for_a_reader_and_a_day(void **state)
{
    table t;
    yj_error err = { 0 };
    lay(&t, state);
    sit_down(&t);
    forget(&t);
    static const char *const at[] = { "2026-03-02T09:20:00+08:00", "2026-03-02T10:00:00+08:00",
                                      "2026-03-03T09:00:00+08:00" };
    static const size_t told[] = { 1, 0, 1 };
    for (size_t i = 0; i < YJ_COUNT(at); i++) {
        read(&t, i ? "a" : "b");
        bench_clock(&t.b, at[i]);
        yj_ok(yj_readings_enter(t.b.e, &err));
        (void)pass(&t, t.client);
        char *rows = bench_rows(&t.b, "SELECT count(*) FROM notice WHERE news = 'read' AND done = 0");
        assert_int_equal(strtol(rows, NULL, 10), told[i]);
        free(rows);
        forget(&t);
    }
    ASSERT_TITLE(&t, t.client, t.compliance, "An inspector of cloud has read records of yours");
    bench_close(&t.b);
}

/* Two ledgers of the same length bring the same person too much in one pass each: both are told. */
static void too_much__is_told_as_one_for_each_ledger(void **state)
{
    table t;
    char id[ID_BYTES], number[20], json[200];
    lay(&t, state);
    sit_down(&t);
    forget(&t);
    for (size_t i = 0; i <= YJ_NEWS_EACH_MAX; i++) {
        snprintf(number, sizeof number, "Q-%zu", i);
        query(&t, number, t.vendor, id);
        snprintf(json, sizeof json, "{\"number\":\"%s\",\"vendor\":\"%s\"}", number, t.vendor2);
        put_in(&t.b, t.second.inst, "query", json, id);
    }
    assert_int_equal(pass_all(&t), 2);
    assert_told(&t, "contact|addressed||21\ncontact|addressed||21\n");
    ASSERT_TITLE(&t, t.cloud.inst, t.contact, "21 records were addressed to you");
    bench_close(&t.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(ties__are_told_of_to_the_side_that_did_not_do_it),
        yj_test_stores(what_is_addressed__is_told_to_who_may_answer_there),
        yj_test_stores(answers__are_told_to_who_may_take_them_and_receipts_to_who_gave_them),
        yj_test_stores(offers__are_told_to_those_they_are_meant_for),
        yj_test_stores(readings__are_told_once_for_a_reader_and_a_day),
        yj_test_stores(too_much__is_told_as_one_for_each_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
