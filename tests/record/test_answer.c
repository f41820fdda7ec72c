// SPDX-License-Identifier: Apache-2.0
/* Answers of who is tied, which the client takes as copies. */
#include "exchange_test.h"

#include "record/exchange_internal.h"
#include "record/rebuild.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

#define DIGEST "00000000000000000000000000000000000000000000000000000000000000aa"

typedef struct scene {
    bench b;
    int64_t client;
    yj_institution party, rival;
    char vendor[ID_BYTES], query[ID_BYTES];
    yj_tie tie;
    yj_error err;
} scene;

static void scene_open(scene *s, void **state)
{
    char json[200];
    *s = (scene){ .client = 0 };
    bench_open(&s->b, state);
    s->client = s->b.inst.inst;
    bench_institution_of(&s->b, "party", "provider", &s->party);
    bench_institution_of(&s->b, "rival", "provider", &s->rival);
    put_in(&s->b, s->client, "vendor", "{\"name\":\"云甲\"}", s->vendor);
    snprintf(json, sizeof json, "{\"number\":\"Q-1\",\"vendor\":\"%s\"}", s->vendor);
    put_in(&s->b, s->client, "query", json, s->query);
    tie(&s->b, s->client, "I-1", s->vendor, s->party.inst, &s->tie);
}

static const char *op(const scene *s)
{
    return yj_engine_operator(s->b.e);
}

static void answer_json(const scene *s, const char *text, const char *more, char ret[static 700])
{
    snprintf(
        ret, 700,
        "{\"engagement\":\"%s\",\"about_kind\":\"query\",\"about\":\"%s\",\"act\":\"answer\",\"text\":\"%s\","
        "\"answered_on\":\"2026-03-02\"%s}",
        s->tie.link, s->query, text, more);
}

static json_t *waiting(scene *s)
{
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_answers_waiting(db, s->b.c, s->client, 10, YJ_LANG_EN, &out, &err));
    yj_reader_give(s->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)1 << 20, &v, &err));
    yj_buf_done(&out);
    return v;
}

static void assert_waiting(scene *s, size_t want)
{
    json_t *v = waiting(s);
    assert_int_equal(json_array_size(json_object_get(v, "items")), want);
    json_decref(v);
}

static yj_status accept_shown(scene *s, const char *party, const char *answer, const yj_looked *looked,
                              const char *by)
{
    char *misses = NULL;
    s->err = (yj_error){ 0 };
    yj_status st = yj_answer_accept(s->b.e, s->client, party, answer, looked, by ? by : op(s), YJ_LANG_EN,
                                    &misses, &s->err);
    free(misses);
    return st;
}

static yj_status accept(scene *s, const char *party, const char *answer, int64_t version, const char *by)
{
    return accept_shown(s, party, answer, &(yj_looked){ .version = version, .about_version = -1 }, by);
}

#define assert_refused(s, got, want, says)                                                                   \
    do {                                                                                                     \
        yj_status got_ = (got);                                                                              \
        if (got_ != (want) || !strstr((s)->err.msg, (says)) || !(s)->err.msg_zh[0])                          \
            fail_msg("%d %s", (int)got_, (s)->err.msg);                                                      \
    } while (0)

static void assert_rows(scene *s, const char *sql, const char *want)
{
    char *rows = bench_rows(&s->b, sql);
    assert_string_equal(rows, want);
    free(rows);
}

static void assert_rebuild_same(scene *s)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    char *before = bench_derived(&s->b);
    yj_ok(yj_rebuild(s->b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err));
    char *after = bench_derived(&s->b);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

#define RECORD "SELECT state, f_answer, f_answered_on FROM r_query"
#define RECEIPTS "SELECT f_answer_version, f_outcome, f_reason FROM r_receipt ORDER BY f_answer_version"

static void client__takes_a_copy_and_its_later_version(void **state)
{
    scene s;
    yj_error err = { 0 };
    char json[700], id[ID_BYTES], theirs[ID_BYTES], more[120];
    scene_open(&s, state);
    put_in(&s.b, s.party.inst, "evidence",
           "{\"title\":\"报告\",\"digest\":\"" DIGEST "\",\"source\":\"instrument\"}", theirs);
    snprintf(more, sizeof more, ",\"evidence\":[\"%s\"]", theirs);
    answer_json(&s, "已整改", more, json);
    put_in(&s.b, s.party.inst, "answer", json, id);
    assert_rows(&s, RECORD, "asked|-|-\n"); /* nothing of it is the client's yet */
    json_t *v = waiting(&s);
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(v);
    assert_non_null(strstr(text,
                           "\"changes\":[{\"field\":\"answer\",\"from\":null,\"to\":\"已整改\"},{\"field\":"
                           "\"answered_on\",\"from\":null,\"to\":\"2026-03-02\"}]"));
    assert_non_null(strstr(text, "\"moves\":true"));
    assert_non_null(strstr(text, "\"evidence\":[{\"digest\":\"" DIGEST "\",\"name\":\"报告\"}]"));
    free(text);
    assert_int_equal(accept(&s, s.party.id, id, 1, NULL), YJ_OK);
    assert_rows(&s, RECORD, "answered|已整改|2026-03-02\n");
    assert_rows(&s, RECEIPTS, "1|accepted|-\n");
    /* the same file, and the provider's word on how strong it is counts for nothing */
    assert_rows(&s, "SELECT inst, f_digest, f_source FROM r_evidence ORDER BY inst",
                "1|" DIGEST "|person\n2|" DIGEST "|instrument\n");
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM l_query_files"), 1);
    assert_rows(&s, "SELECT state FROM r_answer", "accepted\n");
    assert_waiting(&s, 0);
    assert_refused(&s, accept(&s, s.party.id, id, -1, NULL), YJ_E_NOT_FOUND, "no such answer");
    assert_refused(
        &s,
        bench_try(&s.b, s.party.inst, YJ_CH_CHANGE, "answer", id, NULL, "{\"text\":\"x\"}", -1, NULL, &s.err),
        YJ_E_CONFLICT, "give it again");
    /* given again: a difference to take, with the same evidence */
    yj_ok(bench_try(&s.b, s.party.inst, YJ_CH_MOVE, "answer", id, "give_again", "{\"text\":\"补充\"}", -1,
                    NULL, &err));
    v = waiting(&s);
    text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(v);
    assert_non_null(strstr(text, "\"changes\":[{\"field\":\"answer\",\"from\":\"已整改\",\"to\":\"补充\"}]"));
    assert_non_null(strstr(text, "\"moves\":false"));
    free(text);
    assert_refused(&s, accept(&s, s.party.id, id, 1, NULL), YJ_E_CONFLICT, "given anew");
    assert_int_equal(accept(&s, s.party.id, id, 3, NULL), YJ_OK);
    assert_rows(&s, RECORD, "answered|补充|2026-03-02\n");
    assert_rows(&s, RECEIPTS, "1|accepted|-\n3|accepted|-\n");
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM l_query_files"), 1);
    assert_rebuild_same(&s);
    /* what a receipt says is held against the other ledger */
    yj_db *db = yj_test_db(s.b.t, YJ_DB_WRITE);
    yj_ok(yj_receipts_check(db, s.b.c, -1, &err));
    yj_test_script(db, "UPDATE r_receipt SET f_entry = f_entry - 1 WHERE f_answer_version = 3");
    assert_int_equal(yj_receipts_check(db, s.b.c, s.client, &err), YJ_E_CORRUPT);
    yj_ok(yj_receipts_check(db, s.b.c, s.party.inst, &err)); /* which has none */
    yj_db_free(db);
    bench_close(&s.b);
}

static yj_status take_over(scene *s, const char *json, const char *as)
{
    json_t *fields = NULL;
    yj_error err = { 0 };
    s->err = (yj_error){ 0 };
    yj_ok(yj_json_parse(yj_span_of(json), 1000, &fields, &err));
    yj_change ch = { .op = YJ_CH_CREATE,
                     .inst = s->party.inst,
                     .by = op(s),
                     .kind = yj_catalog_kind(s->b.c, YJ_SPAN("answer"))->index,
                     .expect_version = -1,
                     .state = as,
                     .fields = fields };
    yj_status st = yj_change_run(s->b.e, &ch, &s->err);
    yj_change_done(&ch);
    json_decref(fields);
    return st;
}

static void answers__are_refused(void **state)
{
    scene s;
    char json[700], id[ID_BYTES], who[ID_BYTES], other[ID_BYTES];
    scene_open(&s, state);
    put_in(&s.b, s.client, "person", "{\"number\":\"1\",\"name\":\"a\",\"roles\":[\"reader\"]}", who);
    put_in(&s.b, s.client, "query", "{\"number\":\"Q-2\"}", other); /* to nobody */
#define try_put(inst, json)                                                                                  \
    bench_try(&s.b, (inst), YJ_CH_CREATE, "answer", NULL, NULL, (json), -1, NULL, &s.err)
    snprintf(
        json, sizeof json,
        "{\"engagement\":\"%s\",\"about_kind\":\"query\",\"about\":\"%s\",\"act\":\"answer\",\"text\":\"x\","
        "\"answered_on\":\"2026-03-02\"}",
        s.tie.link, other);
    assert_refused(&s, try_put(s.party.inst, json), YJ_E_INVALID, "not addressed to you");
    assert_string_equal(s.err.field, "fields.about");
    answer_json(&s, "x", ",\"question\":\"q\"", json);
    assert_refused(&s, try_put(s.rival.inst, json), YJ_E_INVALID, "not addressed to you");
    char *act = strstr(json, "\"act\":\"answer\"");
    memcpy(act, "\"act\":\"closed\"", 14);
    assert_refused(&s, try_put(s.party.inst, json), YJ_E_INVALID, "nothing that an addressee may do");
    assert_string_equal(s.err.field, "fields.act");
    answer_json(&s, "x", "", json);
    put_in(&s.b, s.party.inst, "answer", json, id);
    assert_refused(&s,
                   bench_try(&s.b, s.party.inst, YJ_CH_MOVE, "answer", id, "accept", NULL, -1, NULL, &s.err),
                   YJ_E_CONFLICT, "by the client");
    assert_refused(&s, accept(&s, s.rival.id, id, -1, NULL), YJ_E_NOT_FOUND, "no such answer");
    assert_refused(&s, accept(&s, "nobody", id, -1, NULL), YJ_E_NOT_FOUND, "no such answer");
    assert_refused(&s, accept(&s, s.party.id, "nothing", -1, NULL), YJ_E_NOT_FOUND, "no such answer");
    assert_refused(&s, accept(&s, s.party.id, id, -1, who), YJ_E_FORBIDDEN, "this is for");
    snprintf(
        json, sizeof json,
        "{\"answer\":\"%s\",\"answer_version\":1,\"institution\":\"x\",\"institution_name\":\"x\",\"entry\":"
        "1,"
        "\"digest\":\"x\",\"about_kind\":\"query\",\"about\":\"%s\",\"outcome\":\"accepted\",\"received_on\":"
        "\"2026-03-02\"}",
        id, s.query);
    assert_refused(&s, bench_try(&s.b, s.client, YJ_CH_CREATE, "receipt", NULL, NULL, json, -1, NULL, &s.err),
                   YJ_E_CONFLICT, "accepting or declining");
    assert_rows(&s, RECORD " WHERE f_number = 'Q-1'", "asked|-|-\n");
    assert_rows(&s, RECEIPTS, "");
    /* nor is one entered as taken, or turned down, of old */
    char of_old[700];
    answer_json(&s, "x", "", of_old);
    static const char *const settled[] = { "accepted", "declined" };
    for (size_t i = 0; i < YJ_COUNT(settled); i++)
        assert_refused(&s, take_over(&s, of_old, settled[i]), YJ_E_CONFLICT, "by the client");
    /* declined, with the reason in both ledgers */
    yj_error err = { 0 };
    assert_int_equal(yj_answer_decline(s.b.e, s.client, s.party.id, id, -1, "", op(&s), &err), YJ_E_INVALID);
    yj_ok(yj_answer_decline(s.b.e, s.client, s.party.id, id, 1, "没有证据", op(&s), &err));
    assert_rows(&s, RECORD " WHERE f_number = 'Q-1'", "asked|-|-\n");
    assert_rows(&s, RECEIPTS, "1|declined|没有证据\n");
    assert_rows(&s, "SELECT state, f_reason FROM r_answer", "declined|没有证据\n");
    assert_waiting(&s, 0);
    yj_ok(bench_try(&s.b, s.party.inst, YJ_CH_MOVE, "answer", id, "give_again", NULL, -1, NULL, &err));
    assert_waiting(&s, 1);
    /* nothing waits of who is not tied any more */
    move_in(&s.b, s.party.inst, "engagement", s.tie.link, "end");
    assert_waiting(&s, 0);
    assert_refused(&s, accept(&s, s.party.id, id, -1, NULL), YJ_E_NOT_FOUND, "no such answer");
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

/* Between looking and taking somebody works on the record that would be changed. */
static void own_record__is_not_written_over_as_it_was_not_shown(void **state)
{
    scene s;
    char json[700], id[ID_BYTES];
    scene_open(&s, state);
    answer_json(&s, "theirs", "", json);
    put_in(&s.b, s.party.inst, "answer", json, id);
    json_t *v = waiting(&s);
    const json_t *about = json_object_get(json_array_get(json_object_get(v, "items"), 0), "about");
    yj_looked looked = { .version = 1,
                         .about = s.query,
                         .about_version = json_integer_value(json_object_get(about, "version")) };
    assert_string_equal(json_string_value(json_object_get(about, "id")), s.query);
    json_decref(v);
    change_in(&s.b, s.client, "query", s.query, "{\"answer\":\"ours\"}");
    assert_refused(&s, accept_shown(&s, s.party.id, id, &looked, NULL), YJ_E_CONFLICT,
                   "your own record has changed");
    assert_rows(&s, RECORD, "asked|ours|-\n");
    assert_rows(&s, RECEIPTS, "");
    assert_waiting(&s, 1);
    looked.about_version++;
    looked.about = s.vendor; /* which the answer is not about */
    assert_refused(&s, accept_shown(&s, s.party.id, id, &looked, NULL), YJ_E_CONFLICT, "another record");
    looked.about = s.query;
    assert_int_equal(accept_shown(&s, s.party.id, id, &looked, NULL), YJ_OK);
    assert_rows(&s, RECORD, "answered|theirs|2026-03-02\n");
    bench_close(&s.b);
}

/* What the store cannot tell is not told as if there were nothing. */
static void answer_that_cannot_be_read__is_an_error(void **state)
{
    scene s;
    char json[700], id[ID_BYTES];
    yj_db *db = NULL;
    yj_buf out;
    yj_error err = { 0 };
    scene_open(&s, state);
    answer_json(&s, "x", "", json);
    put_in(&s.b, s.party.inst, "answer", json, id);
    db = yj_test_db(s.b.t, YJ_DB_WRITE);
    yj_test_script(db, "UPDATE body SET body = 'x', packed = NULL WHERE seq = (SELECT seq FROM r_answer) AND "
                       "inst = (SELECT inst FROM r_answer)");
    yj_db_free(db);
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_status got = yj_answers_waiting(db, s.b.c, s.client, 10, YJ_LANG_EN, &out, &err);
    yj_reader_give(s.b.e, db);
    yj_buf_done(&out);
    if (got == YJ_OK || got == YJ_E_NOT_FOUND)
        fail_msg("%d %s", (int)got, err.msg);
    bench_close(&s.b);
}

/* Records about which nothing can be done count for nothing, and none is left out unsaid. */
static void register__has_all_that_can_be_answered(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf csv;
    char json[200], id[ID_BYTES];
    scene_open(&s, state);
    for (int i = 2; i < 5; i++) {
        snprintf(json, sizeof json, "{\"number\":\"Q-%d\",\"vendor\":\"%s\"}", i, s.vendor);
        put_in(&s.b, s.client, "query", json, id);
        move_in(&s.b, s.client, "query", id, "answer");
    }
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, NULL, 1, YJ_LANG_EN, &csv, &err));
    yj_buf_char(&csv, '\0');
    assert_non_null(strstr(csv.ptr, "Q-1"));
    assert_null(strstr(csv.ptr, "Q-2"));
    yj_buf_clear(&csv);
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, s.rival.id, 1, YJ_LANG_EN, &csv, &err));
    yj_buf_char(&csv, '\0');
    assert_null(strstr(csv.ptr, "Q-1"));
    yj_reader_give(s.b.e, db);
    move_in(&s.b, s.client, "query", id, "ask_again");
    yj_buf_clear(&csv);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    assert_int_equal(yj_answers_export(db, s.b.c, s.party.inst, NULL, 1, YJ_LANG_EN, &csv, &err), YJ_E_LIMIT);
    yj_reader_give(s.b.e, db);
    yj_buf_done(&csv);
    bench_close(&s.b);
}

/* By a spreadsheet it is the same record, seen before it is written. */
static void spreadsheet__gives_what_the_page_gives(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf csv, filled;
    yj_import_report r;
    scene_open(&s, state);
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_buf_init(&filled, (size_t)1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, NULL, 100, YJ_LANG_ZH, &csv, &err));
    yj_reader_give(s.b.e, db);
    yj_buf_char(&csv, '\0');
    const char *row = strstr(csv.ptr, "Q-1");
    assert_non_null(row);
    assert_non_null(strstr(row, ",,")); /* text and day are for people to fill in */
    yj_buf_add(&filled, csv.ptr, (size_t)(strstr(row, ",,") - csv.ptr));
    yj_buf_str(&filled, ",照办,2026-03-02,given\n");
    yj_import_file file = { .name = "answer.csv", .content = yj_buf_view(&filled) };
    yj_ok(yj_import(s.b.e, s.party.inst, op(&s), &file, 1, true, &r, &err));
    assert_int_equal(r.created, 1);
    yj_import_report_done(&r);
    assert_rows(&s, "SELECT count(*) FROM r_answer", "0\n");
    yj_ok(yj_import(s.b.e, s.party.inst, op(&s), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    assert_rows(&s, "SELECT state, f_act, f_text, f_answered_on, f_question FROM r_answer",
                "given|answer|照办|2026-03-02|Q-1\n");
    assert_waiting(&s, 1);
    /* what was answered is not asked again */
    yj_buf_clear(&csv);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, NULL, 100, YJ_LANG_ZH, &csv, &err));
    yj_reader_give(s.b.e, db);
    yj_buf_char(&csv, '\0');
    assert_null(strstr(csv.ptr, "Q-1"));
    /* until it was declined: then it is put right by the same register */
    char *id = bench_rows(&s.b, "SELECT id FROM r_answer");
    id[strcspn(id, "\n")] = '\0';
    yj_ok(yj_answer_decline(s.b.e, s.client, s.party.id, id, 1, "没有证据", op(&s), &err));
    free(id);
    yj_buf_clear(&csv);
    yj_buf_clear(&filled);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, NULL, 100, YJ_LANG_ZH, &csv, &err));
    yj_reader_give(s.b.e, db);
    yj_buf_char(&csv, '\0');
    row = strstr(csv.ptr, ",,");
    assert_non_null(row);
    yj_buf_add(&filled, csv.ptr, (size_t)(row - csv.ptr));
    yj_buf_str(&filled, ",照办并附证据,2026-03-02,given\n");
    file.content = yj_buf_view(&filled);
    yj_ok(yj_import(s.b.e, s.party.inst, op(&s), &file, 1, false, &r, &err));
    assert_int_equal(r.created, 0);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.moved, 1);
    yj_import_report_done(&r);
    assert_rows(&s, "SELECT state, f_text FROM r_answer", "given|照办并附证据\n");
    assert_waiting(&s, 1);
    yj_buf_done(&csv);
    yj_buf_done(&filled);
    bench_close(&s.b);
}

/* What a client calls its record is opened in the provider's spreadsheet, and must not run there. */
static void register__of_a_clients_words_runs_nothing(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf csv, filled;
    yj_import_report r;
    char json[300], id[ID_BYTES];
    scene_open(&s, state);
    snprintf(json, sizeof json, "{\"number\":\"=HYPERLINK(A1)\",\"vendor\":\"%s\"}", s.vendor);
    put_in(&s.b, s.client, "query", json, id);
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_buf_init(&filled, (size_t)1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_answers_export(db, s.b.c, s.party.inst, NULL, 100, YJ_LANG_EN, &csv, &err));
    yj_reader_give(s.b.e, db);
    yj_buf_char(&csv, '\0');
    const char *row = strstr(csv.ptr, ",'=HYPERLINK(A1),,,");
    assert_non_null(row);
    assert_null(strstr(csv.ptr, ",="));
    /* and comes back as it was */
    while (row > csv.ptr && row[-1] != '\n')
        row--;
    yj_buf_add(&filled, csv.ptr, strcspn(csv.ptr, "\n") + 1);
    yj_buf_add(&filled, row, (size_t)(strstr(row, ",,,") - row));
    yj_buf_str(&filled, ",done,2026-03-02,given\n");
    yj_import_file file = { .name = "answer.csv", .content = yj_buf_view(&filled) };
    yj_ok(yj_import(s.b.e, s.party.inst, op(&s), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    assert_rows(&s, "SELECT f_question, f_text FROM r_answer", "=HYPERLINK(A1)|done\n");
    yj_buf_done(&csv);
    yj_buf_done(&filled);
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(client__takes_a_copy_and_its_later_version),
        yj_test_stores(answers__are_refused),
        yj_test_stores(own_record__is_not_written_over_as_it_was_not_shown),
        yj_test_stores(answer_that_cannot_be_read__is_an_error),
        yj_test_stores(register__has_all_that_can_be_answered),
        yj_test_stores(spreadsheet__gives_what_the_page_gives),
        yj_test_stores(register__of_a_clients_words_runs_nothing),
    };
    return cmocka_run_group_tests_name("record_answer", tests, NULL, NULL);
}
