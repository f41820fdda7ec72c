// SPDX-License-Identifier: Apache-2.0
/* What is addressed to a party, as a list: by what is due, where each stands, how many stand where. */
#include "exchange_test.h"

#include "record/rebuild.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct scene {
    bench b;
    yj_institution other, party;
    char vendor[ID_BYTES], second[ID_BYTES]; /* of either client */
    yj_tie tie, tied;
} scene;

/* The simulated clock stands at TEST_START. */
static const yj_date today = { "2026-03-02" };

static void scene_open(scene *s, void **state)
{
    *s = (scene){ .vendor = "" };
    bench_open(&s->b, state);
    bench_institution_of(&s->b, "other", "client", &s->other);
    bench_institution_of(&s->b, "party", "provider", &s->party);
    put_in(&s->b, s->b.inst.inst, "vendor", "{\"name\":\"云甲\"}", s->vendor);
    put_in(&s->b, s->other.inst, "vendor", "{\"name\":\"云甲\"}", s->second);
    tie(&s->b, s->b.inst.inst, "I-1", s->vendor, s->party.inst, &s->tie);
    tie(&s->b, s->other.inst, "I-2", s->second, s->party.inst, &s->tied);
}

/* @param by NULL: by no day */
static void ask(scene *s, bool other, const char *number, const char *by, char ret[static ID_BYTES])
{
    char json[300];
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"vendor\":\"%s\"%s%s%s}", number,
             other ? s->second : s->vendor, by ? ",\"wanted_by\":\"" : "", by ? by : "", by ? "\"" : "");
    put_in(&s->b, other ? s->other.inst : s->b.inst.inst, "query", json, ret);
}

static void give(scene *s, const char *query, char ret[static ID_BYTES])
{
    char json[500];
    snprintf(json, sizeof json,
             "{\"engagement\":\"%s\",\"about_kind\":\"query\",\"about\":\"%s\",\"act\":\"answer\",\"text\":"
             "\"x\",\"answered_on\":\"2026-03-02\"}",
             s->tie.link, query);
    put_in(&s->b, s->party.inst, "answer", json, ret);
}

static const char *at(const json_t *v, const char *key)
{
    const char *text = json_string_value(json_object_get(v, key));
    return text ? text : "-";
}

/* A word for each item of the whole list, read in pages of `page`: CLIENT/NUMBER:STAND:DAYS, "!" if it is
 * overdue; free(). */
static char *told(scene *s, yj_addressed_query q, size_t page)
{
    yj_buf all;
    char after[300] = "";
    q.today = today;
    q.limit = page;
    yj_buf_init(&all, (size_t)1 << 20);
    for (bool more = true; more;) {
        q.after = after;
        json_t *v = page_of(&s->b, s->party.inst, &q);
        const json_t *items = json_object_get(v, "items");
        more = json_is_string(json_object_get(v, "next"));
        assert_true(more ? json_array_size(items) == page : json_array_size(items) <= page);
        for (size_t i = 0; i < json_array_size(items); i++) {
            const json_t *x = json_array_get(items, i), *fields = json_object_get(x, "fields");
            const json_t *due = json_object_get(x, "due"), *number = json_object_get(fields, "number");
            yj_buf_fmt(&all, "%s%s/%s:%s", all.len ? " " : "", at(json_object_get(x, "client"), "code"),
                       number ? json_string_value(number) : at(fields, "code"), at(x, "stand"));
            if (json_is_object(due)) {
                assert_string_equal(at(due, "awaits"), "answered_on");
                yj_buf_fmt(&all, ":%lld", (long long)json_integer_value(json_object_get(due, "days")));
            }
            yj_buf_str(&all, json_is_true(json_object_get(x, "overdue")) ? "!" : "");
        }
        snprintf(after, sizeof after, "%s", more ? at(v, "next") : "");
        json_decref(v);
    }
    yj_buf_str(&all, "");
    assert_int_equal(all.failed, YJ_OK);
    return all.ptr ? all.ptr : calloc(1, 1);
}

static void assert_told(scene *s, yj_addressed_query q, const char *want)
{
    for (size_t page = 1; page <= 4; page += 3) { /* where it is cut makes no difference */
        char *got = told(s, q, page);
        assert_string_equal(got, want);
        free(got);
    }
}

static int write_figure(char *out, size_t cap, const json_t *figure, const char *after)
{
    return snprintf(out, cap, "%lld%s%s", (long long)json_integer_value(json_object_get(figure, "n")),
                    json_is_true(json_object_get(figure, "more")) ? "+" : "", after);
}

/* By stand in the order below, "+" where there may be more; clients and kinds, "-" for clients that are not
 * told. */
static void assert_counts(scene *s, yj_addressed_query q, const char *want)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    q.today = today;
    yj_buf_init(&out, 65536);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_addressed_count(db, s->b.c, s->party.inst, &q, &out, &err));
    yj_reader_give(s->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), 65536, &v, &err));
    static const char *const names[] = { "open", "overdue", "todo", "again", "waiting", "settled", "told" };
    const json_t *stands = json_object_get(v, "stands"), *clients = json_object_get(v, "clients");
    const json_t *kinds = json_object_get(v, "kinds");
    char got[400];
    int n = 0;
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        n += write_figure(got + n, sizeof got - (size_t)n, json_object_get(stands, names[i]), " ");
    n += snprintf(got + n, sizeof got - (size_t)n, "of ");
    n += write_figure(got + n, sizeof got - (size_t)n, json_object_get(v, "total"), ";");
    if (json_is_null(clients))
        n += snprintf(got + n, sizeof got - (size_t)n, " -");
    for (size_t i = 0; i < json_array_size(clients); i++) {
        const json_t *x = json_array_get(clients, i);
        n += snprintf(got + n, sizeof got - (size_t)n, " %s %lld",
                      strcmp(at(x, "client"), s->b.inst.id) == 0 ? "demo" : "other",
                      (long long)json_integer_value(json_object_get(x, "n")));
    }
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const json_t *x = json_array_get(kinds, i), *of = json_object_get(x, "n");
        n += snprintf(got + n, sizeof got - (size_t)n, " %s", at(x, "kind"));
        if (!json_is_null(of))
            n += snprintf(got + n, sizeof got - (size_t)n, " %lld", (long long)json_integer_value(of));
    }
    assert_string_equal(got, want);
    json_decref(v);
    yj_buf_done(&out);
}

static void assert_rebuild_same(scene *s)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    char *before = bench_derived(&s->b);
    const int64_t insts[] = { -1, s->party.inst };
    for (size_t i = 0; i < YJ_COUNT(insts); i++) {
        yj_ok(yj_rebuild(s->b.e, &(yj_rebuild_options){ .inst = insts[i] }, &r, &err));
        char *after = bench_derived(&s->b);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
}

#define DUE(...) ((yj_addressed_query){ .by_due = true, __VA_ARGS__ })

static void assert_refused(scene *s, yj_addressed_query q, const char *field)
{
    yj_db *db = NULL;
    yj_error err = { 0 };
    yj_buf out;
    q.today = today;
    yj_buf_init(&out, 65536);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    assert_int_equal(yj_addressed_list(db, s->b.c, s->party.inst, &q, &out, &err), YJ_E_INVALID);
    assert_string_equal(err.field, field);
    assert_true(err.msg_zh[0] != '\0');
    yj_reader_give(s->b.e, db);
    yj_buf_done(&out);
}

/* Each order has cursors of its own. */
static void assert_bad_questions(scene *s)
{
    char next[300];
    assert_refused(s, DUE(.stand = "lost"), "stand");
    assert_refused(s, DUE(.kind = "lost"), "kind");
    assert_refused(s, DUE(.after = "AAAA"), "after");
    for (int by_due = 0; by_due < 2; by_due++) {
        yj_addressed_query q = { .today = today, .limit = 1, .by_due = by_due };
        json_t *v = page_of(&s->b, s->party.inst, &q);
        snprintf(next, sizeof next, "%s", at(v, "next"));
        json_decref(v);
        assert_refused(s, (yj_addressed_query){ .after = next, .by_due = !by_due }, "after");
    }
}

static void list__is_by_what_is_due(void **state)
{
    scene s;
    char late[ID_BYTES], id[ID_BYTES], json[300];
    scene_open(&s, state);
    ask(&s, false, "Q-1", "2026-03-10", id);
    ask(&s, false, "Q-2", "2026-03-01", late);
    ask(&s, true, "P-1", "2026-02-27", id);
    ask(&s, false, "Q-3", NULL, id);
    ask(&s, true, "P-2", "2026-03-03", id);
    ask(&s, false, "Q-4", "2026-03-10", id);
    snprintf(json, sizeof json,
             "{\"code\":\"S%%1\",\"title\":\"内部\",\"vendor\":\"%s\",\"since\":\"2026-03-01\"}", s.vendor);
    put_in(&s.b, s.b.inst.inst, "service", json, id);
#define IN_ORDER                                                                                             \
    "other/P-1:todo:-3! demo/Q-2:todo:-1! other/P-2:todo:1 demo/Q-4:todo:8 demo/Q-1:todo:8 demo/Q-3:todo"
    assert_told(&s, DUE(), IN_ORDER " demo/S%1:told");
    assert_told(&s, DUE(.stand = "open"), IN_ORDER);
    assert_told(&s, DUE(.stand = "todo"), IN_ORDER);
    assert_told(&s, DUE(.stand = "overdue"), "other/P-1:todo:-3! demo/Q-2:todo:-1!");
    assert_told(&s, DUE(.client = s.other.id), "other/P-1:todo:-3! other/P-2:todo:1");
    assert_told(&s, DUE(.client = "nobody"), "");
    assert_told(&s, DUE(.kind = "service"), "demo/S%1:told");
    assert_told(&s, DUE(.kind = "query", .client = s.b.inst.id, .stand = "overdue"), "demo/Q-2:todo:-1!");
    assert_told(&s, DUE(.text = "p-"), "other/P-1:todo:-3! other/P-2:todo:1");
    assert_told(&s, DUE(.text = "%"), "demo/S%1:told");
    assert_told(&s, DUE(.text = "内部"), "demo/S%1:told"); /* its title is among what is shown */
    assert_told(&s, (yj_addressed_query){ .stand = "overdue" }, "other/P-1:todo:-3! demo/Q-2:todo:-1!");
    assert_counts(&s, DUE(), "6 2 6 0 0 0 1 of 7; demo 5 other 2 query 6 service 1");
    assert_counts(&s, DUE(.client = s.other.id), "2 1 2 0 0 0 0 of 2; demo 5 other 2 query 2");
    assert_counts(&s, DUE(.kind = "service"), "0 0 0 0 0 0 1 of 1; demo 1 query 6 service 1");
    assert_counts(&s, DUE(.text = "q-"), "4 1 4 0 0 0 0 of 4; demo 4 query 4");
    /* no stand is read further than the limit: at least so many */
    assert_counts(&s, DUE(.limit = 3), "3+ 2 3+ 0 0 0 1 of 3+; - query service");
    assert_counts(&s, DUE(.limit = 1), "1+ 1+ 1+ 0 0 0 1 of 1+; - query service");
    assert_counts(&s, DUE(.limit = 6), "6 2 6 0 0 0 1 of 6+; - query service");
    assert_counts(&s, DUE(.limit = 7), "6 2 6 0 0 0 1 of 7; demo 5 other 2 query 6 service 1");
    assert_counts(&s, DUE(.limit = 3, .kind = "service"), "0 0 0 0 0 0 1 of 1; demo 1 query service");
    assert_counts(&s, DUE(.limit = 2, .client = s.other.id), "2 1 2 0 0 0 0 of 2; - query 2");
    assert_counts(&s, DUE(.limit = 1, .client = s.other.id), "1+ 1 1+ 0 0 0 0 of 1+; - query");
    assert_counts(&s, DUE(.limit = 3, .text = "q-4"), "1+ 0 1+ 0 0 0 0 of 1+; - query service");
    assert_bad_questions(&s);
    /* another day, another place */
    change_in(&s.b, s.b.inst.inst, "query", late, "{\"wanted_by\":\"2026-03-02\"}");
    assert_told(&s, DUE(.stand = "overdue"), "other/P-1:todo:-3!"); /* today it is in time */
    assert_told(&s, DUE(.text = "Q-2"), "demo/Q-2:todo:0");
    /* whom one is not tied to any more counts for nothing */
    move_in(&s.b, s.party.inst, "engagement", s.tied.link, "end");
    assert_told(&s, DUE(.client = s.other.id), "");
    assert_counts(&s, DUE(), "4 0 4 0 0 0 1 of 5; demo 5 query 4 service 1");
    bench_close(&s.b);
}

/* A row of a register comes to the same as an answer that is entered. */
static void import_answer(scene *s, const char *query)
{
    yj_error err = { 0 };
    yj_import_report r;
    char row[500];
    snprintf(
        row, sizeof row,
        "engagement,about_kind,about,act,text,answered_on,state\nid:%s,query,%s,answer,x,2026-03-02,given\n",
        s->tie.link, query);
    yj_import_file file = { .name = "answer.csv", .content = yj_span_of(row) };
    yj_ok(yj_import(s->b.e, s->party.inst, yj_engine_operator(s->b.e), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
}

/* As an earlier program left it: the start derives it anew. */
static void spoil_and_reopen(scene *s)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    bench_close(&s->b);
    yj_ok(yj_db_open(s->b.t->store, YJ_DB_WRITE, &db, &err));
    yj_ok(yj_db_script(db, "UPDATE addressed SET place = -1, words = ''; DELETE FROM reply", &err));
    yj_db_free(db);
    bench_again(&s->b);
}

static void stand__is_the_records_and_the_answers(void **state)
{
    scene s;
    yj_error err = { 0 };
    char query[ID_BYTES], more[ID_BYTES], answer[ID_BYTES];
    scene_open(&s, state);
    ask(&s, false, "Q-1", "2026-03-01", query);
    ask(&s, false, "Q-2", "2026-02-01", more);
    give(&s, query, answer);
    assert_told(&s, DUE(), "demo/Q-2:todo:-29! demo/Q-1:waiting:-1");
    assert_told(&s, DUE(.stand = "waiting"), "demo/Q-1:waiting:-1");
    assert_told(&s, DUE(.stand = "open"), "demo/Q-2:todo:-29!");
    assert_counts(&s, DUE(), "1 1 1 0 1 0 0 of 2; demo 2 query 2");
    assert_counts(&s, DUE(.limit = 1), "1 1 1 0 1 0 0 of 1+; - query");
    yj_ok(yj_answer_decline(s.b.e, s.b.inst.inst, s.party.id, answer, -1, "没有证据",
                            yj_engine_operator(s.b.e), &err));
    assert_told(&s, DUE(.stand = "again"), "demo/Q-1:again:-1!");
    assert_told(&s, DUE(.stand = "todo"), "demo/Q-2:todo:-29!");
    assert_told(&s, DUE(.stand = "overdue"), "demo/Q-2:todo:-29! demo/Q-1:again:-1!");
    assert_counts(&s, DUE(), "2 2 1 1 0 0 0 of 2; demo 2 query 2");
    assert_counts(&s, DUE(.client = s.other.id), "0 0 0 0 0 0 0 of 0; demo 2");
    import_answer(&s, more);
    assert_counts(&s, DUE(), "1 1 0 1 1 0 0 of 2; demo 2 query 2");
    spoil_and_reopen(&s);
    assert_counts(&s, DUE(), "1 1 0 1 1 0 0 of 2; demo 2 query 2");
    assert_rebuild_same(&s);
    /* given again and taken: nothing is awaited any more */
    yj_ok(bench_try(&s.b, s.party.inst, YJ_CH_MOVE, "answer", answer, "give_again", NULL, -1, NULL, &err));
    assert_told(&s, DUE(.stand = "waiting"), "demo/Q-2:waiting:-29 demo/Q-1:waiting:-1");
    assert_counts(&s, DUE(.limit = 2), "0 0 0 0 2 0 0 of 2; demo 2 query 2");
    assert_counts(&s, DUE(.limit = 1),
                  "0+ 0+ 0+ 0 1+ 0 0 of 1+; - query"); /* more answers than are counted */
    yj_ok(yj_answer_accept(s.b.e, s.b.inst.inst, s.party.id, answer,
                           &(yj_looked){ .version = -1, .about_version = -1 }, yj_engine_operator(s.b.e),
                           YJ_LANG_EN, NULL, &err));
    assert_told(&s, DUE(.stand = "settled"), "demo/Q-1:settled");
    /* an answer that was taken back was never given */
    char *other = bench_rows(&s.b, "SELECT id FROM r_answer WHERE state = 'given'");
    other[strcspn(other, "\n")] = '\0';
    move_in(&s.b, s.party.inst, "answer", other, "withdraw");
    free(other);
    assert_told(&s, DUE(), "demo/Q-2:todo:-29! demo/Q-1:settled");
    assert_counts(&s, DUE(), "1 1 1 0 0 1 0 of 2; demo 2 query 2");
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM reply"), 0);
    /* asked again */
    change_in(&s.b, s.b.inst.inst, "query", query, "{\"answered_on\":null}");
    move_in(&s.b, s.b.inst.inst, "query", query, "ask_again");
    assert_told(&s, DUE(.stand = "todo"), "demo/Q-2:todo:-29! demo/Q-1:todo:-1!");
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(list__is_by_what_is_due),
        yj_test_stores(stand__is_the_records_and_the_answers),
    };
    return cmocka_run_group_tests_name("record_addressed", tests, NULL, NULL);
}
