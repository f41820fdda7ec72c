// SPDX-License-Identifier: Apache-2.0
/* What a party offers of its own accord, and what its clients take of it. */
#include "exchange_test.h"

#include "access/sender.h"
#include "record/rebuild.h"
#include <stdio.h>
#include <stdlib.h>

#define DIGEST "00000000000000000000000000000000000000000000000000000000000000aa"
#define OTHER "00000000000000000000000000000000000000000000000000000000000000bb"

typedef struct scene {
    bench b;
    int64_t client;
    yj_institution party, rival, second;
    char vendor[ID_BYTES], vendor2[ID_BYTES], self[ID_BYTES], paper[ID_BYTES];
    yj_tie tie, tie2;
    yj_error err;
} scene;

/* Two clients of one party, which has a paper; a rival that nobody is tied to. */
static void scene_open(scene *s, void **state)
{
    char json[200];
    *s = (scene){ .client = 0 };
    bench_open(&s->b, state);
    s->client = s->b.inst.inst;
    bench_institution_of(&s->b, "party", "provider", &s->party);
    bench_institution_of(&s->b, "rival", "provider", &s->rival);
    bench_institution(&s->b, "second", &s->second);
    put_in(&s->b, s->client, "vendor", "{\"name\":\"云甲\"}", s->vendor);
    put_in(&s->b, s->second.inst, "vendor", "{\"name\":\"云甲\"}", s->vendor2);
    put_in(&s->b, s->party.inst, "vendor", "{\"name\":\"自己\"}", s->self);
    snprintf(json, sizeof json,
             "{\"number\":\"P-1\",\"vendor\":\"%s\",\"until\":\"2026-12-31\",\"note\":\"内部\"}", s->self);
    put_in(&s->b, s->party.inst, "paper", json, s->paper);
    tie(&s->b, s->client, "I-1", s->vendor, s->party.inst, &s->tie);
    tie(&s->b, s->second.inst, "I-1", s->vendor2, s->party.inst, &s->tie2);
}

static const char *op(const scene *s)
{
    return yj_engine_operator(s->b.e);
}

static void offer(scene *s, const char *paper, const char *more, char ret[static ID_BYTES])
{
    char json[600];
    snprintf(json, sizeof json, "{\"about_kind\":\"paper\",\"about\":\"%s\"%s}", paper, more);
    put_in(&s->b, s->party.inst, "offer", json, ret);
}

/* What waits, as text with its members sorted; free(). */
static char *waiting(scene *s, int64_t inst)
{
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_offers_waiting(db, s->b.c, inst, 10, YJ_LANG_EN, &out, &err));
    yj_reader_give(s->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)1 << 20, &v, &err));
    yj_buf_done(&out);
    char *text = json_dumps(json_object_get(v, "items"), JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(v);
    return text;
}

static void assert_waiting(scene *s, int64_t inst, const char *says)
{
    char *text = waiting(s, inst);
    if (!strstr(text, says))
        fail_msg("no %s in %s", says, text);
    assert_null(strstr(text, "内部"));
    free(text);
}

#define assert_nothing_waits(s, inst)                                                                        \
    do {                                                                                                     \
        char *text_ = waiting(s, inst);                                                                      \
        assert_string_equal(text_, "[]");                                                                    \
        free(text_);                                                                                         \
    } while (0)

static void assert_offers(scene *s, int64_t inst, const char *says)
{
    yj_db *db = NULL;
    yj_buf out;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(
        yj_offers_list(db, s->b.c, inst, &(yj_offers_query){ .limit = 10, .lang = YJ_LANG_EN }, &out, &err));
    yj_reader_give(s->b.e, db);
    if (!strstr(out.ptr, says))
        fail_msg("no %s in %s", says, out.ptr);
    yj_buf_done(&out);
}

/* The same counts without the clients, and nothing by another id. */
static void assert_counts_alone(scene *s, int64_t inst, const char *id)
{
    yj_error err = { 0 };
    for (int i = 0; i < 2; i++) {
        yj_db *db = NULL;
        yj_buf out;
        yj_offers_query q = { .offer = i ? s->paper : id, .counts_only = true, .limit = 10 };
        yj_buf_init(&out, (size_t)1 << 20);
        yj_ok(yj_reader_take(s->b.e, &db, &err));
        yj_ok(yj_offers_list(db, s->b.c, inst, &q, &out, &err));
        yj_reader_give(s->b.e, db);
        const char *says =
            i ? "{\"items\":[],\"next\":null}"
              : "\"clients\":[],\"counts\":{\"waiting\":0,\"declined\":1,\"taken\":0,\"handled\":1}";
        if (!strstr(out.ptr, says))
            fail_msg("no %s in %s", says, out.ptr);
        yj_buf_done(&out);
    }
}

static yj_status accept_shown(scene *s, int64_t inst, const char *party, const char *id,
                              const yj_looked *looked, const char *chosen)
{
    char *misses = NULL;
    json_t *fields = NULL;
    yj_error err = { 0 };
    s->err = (yj_error){ 0 };
    if (chosen)
        yj_ok(yj_json_parse(yj_span_of(chosen), 1000, &fields, &err));
    yj_status st =
        yj_offer_accept(s->b.e, inst, party, id, looked, fields, op(s), YJ_LANG_EN, &misses, &s->err);
    json_decref(fields);
    free(misses);
    return st;
}

static yj_status accept(scene *s, int64_t inst, const char *party, int64_t version, const char *chosen)
{
    return accept_shown(s, inst, party, s->paper, &(yj_looked){ .version = version, .about_version = -1 },
                        chosen);
}

/* As it comes out with what is chosen; json_decref(). */
static json_t *look(scene *s, int64_t inst, const char *id, const char *chosen)
{
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL, *fields = NULL;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_json_parse(yj_span_of(chosen), 1000, &fields, &err));
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_offer_look(db, s->b.c, inst, s->party.id, id, fields, YJ_LANG_EN, &out, &err));
    yj_reader_give(s->b.e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)1 << 20, &v, &err));
    yj_buf_done(&out);
    json_decref(fields);
    return v;
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

static bool may_look(scene *s, int64_t inst, const char *digest)
{
    yj_db *db = NULL;
    yj_error err = { 0 };
    bool ret = false;
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_waiting_file(db, s->b.c, inst, digest, &ret, &err));
    yj_reader_give(s->b.e, db);
    return ret;
}

static yj_status add_sender(yj_db *db, void *ctx, yj_error *err)
{
    return yj_sender_add_inst(db, OTHER, *(int64_t *)ctx, 1, err);
}

#define RECEIPTS                                                                                             \
    "SELECT f_answer_version, f_outcome, f_about_kind FROM r_receipt ORDER BY inst, f_answer_version"

static void client__takes_a_copy_and_its_later_versions(void **state)
{
    scene s;
    yj_error err = { 0 };
    char id[ID_BYTES], service[ID_BYTES], json[200], sql[300];
    yj_rebuild_report r;
    scene_open(&s, state);
    put_in(&s.b, s.client, "service", "{\"code\":\"S1\",\"title\":\"系统\"}", service);
    assert_nothing_waits(&s, s.client);
    offer(&s, s.paper, "", id);
    assert_waiting(&s, s.client, "\"due_on\":\"2026-12-31\"");
    assert_waiting(&s, s.client, "\"choose\":[\"service\"]");
    assert_waiting(&s, s.client, s.vendor); /* its own record of the tie, not the party's */
    assert_waiting(&s, s.second.inst, s.vendor2);
    assert_nothing_waits(&s, s.rival.inst);
    assert_nothing_waits(&s, s.party.inst);
    assert_offers(&s, s.party.inst, "\"outcome\":\"waiting\",\"current\":false");
    snprintf(json, sizeof json, "{\"service\":\"%s\"}", service);
    assert_refused(&s, accept(&s, s.client, s.party.id, 7, json), YJ_E_CONFLICT, "has changed");
    assert_refused(&s, accept(&s, s.client, s.party.id, 1, "{\"until\":\"2030-01-01\"}"), YJ_E_INVALID,
                   "is not chosen");
    assert_refused(&s, accept(&s, s.client, s.rival.id, 1, NULL), YJ_E_NOT_FOUND, "no such offer");
    assert_refused(&s, accept(&s, s.rival.inst, s.party.id, 1, NULL), YJ_E_NOT_FOUND, "no such offer");
    assert_int_equal(accept(&s, s.client, s.party.id, 1, json), YJ_OK);
    snprintf(sql, sizeof sql,
             "SELECT state, f_number, f_mark, f_until, f_note, f_vendor = '%s', f_service = '%s' FROM "
             "r_paper WHERE "
             "inst = %lld",
             s.vendor, service, (long long)s.client);
    assert_rows(&s, sql, "valid|P-1|theirs|2026-12-31|-|1|1\n");
    assert_rows(&s, RECEIPTS, "1|accepted|paper\n");
    assert_nothing_waits(&s, s.client);
    assert_offers(&s, s.party.inst, "\"outcome\":\"taken\",\"current\":true");
    assert_refused(&s, accept(&s, s.client, s.party.id, 1, NULL), YJ_E_NOT_FOUND, "no such offer");
    /* what the client says of its copy is not offered back, and stays when a later version is taken */
    snprintf(sql, sizeof sql, "SELECT id FROM r_paper WHERE inst = %lld", (long long)s.client);
    char *copy = bench_rows(&s.b, sql);
    copy[YJ_UUID_LEN] = '\0';
    change_in(&s.b, s.client, "paper", copy, "{\"note\":\"我方备注\"}");
    free(copy);
    change_in(&s.b, s.party.inst, "paper", s.paper, "{\"until\":\"2027-12-31\"}");
    assert_waiting(&s, s.client,
                   "\"changes\":[{\"field\":\"until\",\"from\":\"2026-12-31\",\"to\":\"2027-12-31\"}]");
    move_in(&s.b, s.party.inst, "paper", s.paper, "revoke");
    assert_waiting(&s, s.client, "\"transition\":\"revoke\"");
    assert_offers(&s, s.party.inst, "\"outcome\":\"taken\",\"current\":false");
    assert_int_equal(accept(&s, s.client, s.party.id, 3, NULL), YJ_OK);
    snprintf(sql, sizeof sql, "SELECT state, f_until, f_note FROM r_paper WHERE inst = %lld",
             (long long)s.client);
    assert_rows(&s, sql, "void|2027-12-31|我方备注\n");
    assert_offers(&s, s.party.inst, "\"outcome\":\"handled\",\"current\":true");
    /* declined: nothing comes of it, and this version waits no more */
    yj_ok(yj_offer_decline(s.b.e, s.second.inst, s.party.id, s.paper, 3, "与我方无关", op(&s), &err));
    assert_nothing_waits(&s, s.second.inst);
    assert_offers(&s, s.party.inst, "\"outcome\":\"declined\",\"current\":true");
    assert_offers(&s, s.party.inst, "\"counts\":{\"waiting\":0,\"declined\":1,\"taken\":0,\"handled\":1}");
    assert_offers(&s, s.party.inst, "\"to_all\":true");
    assert_counts_alone(&s, s.party.inst, id);
    assert_rows(&s, RECEIPTS, "1|accepted|paper\n3|accepted|paper\n3|declined|-\n");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM r_paper WHERE inst = %lld", (long long)s.second.inst);
    assert_rows(&s, sql, "0\n");
    /* the receipts hold against the other ledger */
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    char *before = bench_derived(&s.b);
    yj_ok(yj_rebuild(s.b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err));
    char *after = bench_derived(&s.b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_close(&s.b);
}

static void offer__is_for_whom_it_names_while_it_stands(void **state)
{
    scene s;
    char id[ID_BYTES], more[120];
    scene_open(&s, state);
    snprintf(more, sizeof more, ",\"engagements\":[\"%s\"]", s.tie2.link);
    offer(&s, s.paper, more, id);
    assert_nothing_waits(&s, s.client);
    assert_waiting(&s, s.second.inst, "P-1");
    move_in(&s.b, s.party.inst, "offer", id, "end");
    assert_nothing_waits(&s, s.second.inst);
    move_in(&s.b, s.party.inst, "offer", id, "offer_again");
    assert_waiting(&s, s.second.inst, "P-1");
    move_in(&s.b, s.party.inst, "engagement", s.tie2.link, "end");
    assert_nothing_waits(&s, s.second.inst);
    assert_refused(&s, accept(&s, s.second.inst, s.party.id, 1, NULL), YJ_E_NOT_FOUND, "no such offer");
    /* a client offers nothing, and nobody a kind that is not offered */
    char json[200];
    snprintf(json, sizeof json, "{\"about_kind\":\"vendor\",\"about\":\"%s\"}", s.vendor);
    assert_refused(&s, bench_try(&s.b, s.client, YJ_CH_CREATE, "offer", NULL, NULL, json, -1, NULL, &s.err),
                   YJ_E_INVALID, "offers no records");
    snprintf(json, sizeof json, "{\"about_kind\":\"vendor\",\"about\":\"%s\"}", s.self);
    assert_refused(&s,
                   bench_try(&s.b, s.party.inst, YJ_CH_CREATE, "offer", NULL, NULL, json, -1, NULL, &s.err),
                   YJ_E_INVALID, "offers no records");
    assert_string_equal(s.err.field, "fields.about_kind");
    bench_close(&s.b);
}

static void what_the_client_has__is_changed_and_known_again(void **state)
{
    scene s;
    char id[ID_BYTES], own[ID_BYTES], two[ID_BYTES], json[300], sql[300];
    scene_open(&s, state);
    /* the same key: the client's record is what it is about */
    snprintf(json, sizeof json, "{\"number\":\"P-1\",\"vendor\":\"%s\",\"until\":\"2026-06-30\"}", s.vendor);
    put_in(&s.b, s.client, "paper", json, own);
    offer(&s, s.paper, "", id);
    snprintf(json, sizeof json, "\"about\":{\"id\":\"%s\",\"kind\":\"paper\",\"name\":\"P-1\",\"version\":1}",
             own);
    assert_waiting(&s, s.client, json);
    assert_int_equal(accept(&s, s.client, s.party.id, 1, NULL), YJ_OK);
    snprintf(sql, sizeof sql, "SELECT id = '%s', f_until, f_mark FROM r_paper WHERE inst = %lld", own,
             (long long)s.client);
    assert_rows(&s, sql, "1|2026-12-31|theirs\n");
    /* another record that names it: the reference becomes the client's own; what it never took is left out */
    snprintf(json, sizeof json, "{\"number\":\"P-3\",\"vendor\":\"%s\"}", s.self);
    put_in(&s.b, s.party.inst, "paper", json, two);
    snprintf(json, sizeof json, "{\"number\":\"P-2\",\"vendor\":\"%s\",\"peers\":[\"%s\",\"%s\"]}", s.self,
             s.paper, two);
    put_in(&s.b, s.party.inst, "paper", json, s.paper);
    offer(&s, s.paper, "", id);
    assert_int_equal(accept(&s, s.client, s.party.id, 1, NULL), YJ_OK);
    snprintf(sql, sizeof sql, "SELECT value = '%s' FROM l_paper_peers WHERE inst = %lld", own,
             (long long)s.client);
    assert_rows(&s, sql, "1\n");
    bench_close(&s.b);
}

/* Two of the client's records have the number that is offered, each under a service of its own: which of them
 * it is about rests on what the client chooses. */
static void what_was_not_shown__is_not_changed(void **state)
{
    scene s;
    char id[ID_BYTES], one[ID_BYTES], two[ID_BYTES], permit[ID_BYTES], first[ID_BYTES], second[ID_BYTES],
        json[300], choice[100], sql[200];
    scene_open(&s, state);
    put_in(&s.b, s.client, "service", "{\"code\":\"S1\"}", one);
    put_in(&s.b, s.client, "service", "{\"code\":\"S2\"}", two);
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"number\":\"Z-1\",\"until\":\"2026-01-01\"}", one);
    put_in(&s.b, s.client, "permit", json, first);
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"number\":\"Z-1\",\"until\":\"2026-01-01\"}", two);
    put_in(&s.b, s.client, "permit", json, second);
    put_in(&s.b, s.party.inst, "service", "{\"code\":\"X\"}", id);
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"number\":\"Z-1\",\"until\":\"2026-12-31\"}", id);
    put_in(&s.b, s.party.inst, "permit", json, permit);
    snprintf(json, sizeof json, "{\"about_kind\":\"permit\",\"about\":\"%s\"}", permit);
    put_in(&s.b, s.party.inst, "offer", json, id);
    assert_waiting(&s, s.client, "\"about\":null");
    snprintf(choice, sizeof choice, "{\"service\":\"%s\"}", two);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM r_permit WHERE f_until = '2026-12-31' AND inst = %lld",
             (long long)s.client);
    /* a new record was shown, or nothing of the own was said */
    yj_looked looked = { .version = 1, .about = NULL, .about_version = -1 };
    assert_refused(&s, accept_shown(&s, s.client, s.party.id, permit, &looked, choice), YJ_E_CONFLICT,
                   "another record");
    looked.about = "";
    assert_refused(&s, accept_shown(&s, s.client, s.party.id, permit, &looked, choice), YJ_E_CONFLICT,
                   "another record");
    looked.about = first;
    assert_refused(&s, accept_shown(&s, s.client, s.party.id, permit, &looked, choice), YJ_E_CONFLICT,
                   "another record");
    /* looked at with the choice, it is shown which; and not as it was before somebody changed it */
    json_t *v = look(&s, s.client, permit, choice);
    assert_string_equal(json_string_value(json_object_get(json_object_get(v, "about"), "id")), second);
    looked.about = second;
    looked.about_version = json_integer_value(json_object_get(json_object_get(v, "about"), "version"));
    json_decref(v);
    assert_int_equal(looked.about_version, 1);
    change_in(&s.b, s.client, "permit", second, "{\"until\":\"2026-06-30\"}");
    assert_refused(&s, accept_shown(&s, s.client, s.party.id, permit, &looked, choice), YJ_E_CONFLICT,
                   "your own record has changed");
    assert_rows(&s, sql, "0\n");
    looked.about_version = 2;
    assert_int_equal(accept_shown(&s, s.client, s.party.id, permit, &looked, choice), YJ_OK);
    snprintf(sql, sizeof sql,
             "SELECT id = '%s', version FROM r_permit WHERE f_until = '2026-12-31' AND inst = %lld", second,
             (long long)s.client);
    assert_rows(&s, sql, "1|3\n");
    bench_close(&s.b);
}

/* What the store cannot tell is not told as if the record were gone. */
static void offer_whose_record_cannot_be_read__is_an_error(void **state)
{
    scene s;
    char id[ID_BYTES];
    yj_buf out;
    yj_db *db = NULL;
    yj_error err = { 0 };
    scene_open(&s, state);
    offer(&s, s.paper, "", id);
    db = yj_test_db(s.b.t, YJ_DB_WRITE);
    yj_test_script(db,
                   "UPDATE body SET body = 'x', packed = NULL WHERE seq = (SELECT seq FROM r_paper) AND inst "
                   "= (SELECT inst FROM r_paper)");
    yj_db_free(db);
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_status got = yj_offers_list(db, s.b.c, s.party.inst, &(yj_offers_query){ .limit = 10 }, &out, &err);
    yj_reader_give(s.b.e, db);
    yj_buf_done(&out);
    if (got == YJ_OK || got == YJ_E_NOT_FOUND)
        fail_msg("%d %s", (int)got, err.msg);
    bench_close(&s.b);
}

static void files__are_seen_by_who_may_take_them(void **state)
{
    scene s;
    yj_error err = { 0 };
    char id[ID_BYTES], mine[ID_BYTES], not_mine[ID_BYTES], json[300], sql[300];
    scene_open(&s, state);
    put_in(&s.b, s.party.inst, "evidence",
           "{\"title\":\"证书\",\"digest\":\"" DIGEST "\",\"source\":\"instrument\"}", mine);
    put_in(&s.b, s.party.inst, "evidence",
           "{\"title\":\"别人的\",\"digest\":\"" OTHER "\",\"source\":\"instrument\"}", not_mine);
    snprintf(json, sizeof json, "{\"files\":[\"%s\",\"%s\"]}", mine, not_mine);
    change_in(&s.b, s.party.inst, "paper", s.paper, json);
    /* the second file is the rival's: who only knows its name gives nothing */
    yj_ok(yj_engine_write(s.b.e, add_sender, &s.rival.inst, &err));
    assert_false(may_look(&s, s.client, DIGEST));
    snprintf(json, sizeof json, ",\"engagements\":[\"%s\"]", s.tie.link);
    offer(&s, s.paper, json, id);
    assert_waiting(&s, s.client, DIGEST);
    assert_true(may_look(&s, s.client, DIGEST));
    assert_false(may_look(&s, s.client, OTHER));
    assert_false(may_look(&s, s.second.inst, DIGEST));
    assert_false(may_look(&s, s.rival.inst, DIGEST));
    assert_int_equal(accept(&s, s.client, s.party.id, 2, NULL), YJ_OK);
    snprintf(sql, sizeof sql, "SELECT f_title, f_source FROM r_evidence WHERE inst = %lld ORDER BY 1",
             (long long)s.client);
    char *rows = bench_rows(&s.b, sql);
    assert_null(strstr(rows, "instrument")); /* of the weakest strength */
    free(rows);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM evidence_sender WHERE account = 'inst:%lld'",
             (long long)s.client);
    assert_rows(&s, sql, "1\n");
    assert_rows(&s, "SELECT count(*) FROM evidence_sender WHERE name = '" OTHER "'", "1\n");
    bench_close(&s.b);
}

/* Two providers number their papers alike. What was taken from the one stays what it is. */
static void what_came_from_another__is_not_written_over(void **state)
{
    scene s;
    char vendor[ID_BYTES], self[ID_BYTES], theirs[ID_BYTES], ours[ID_BYTES], id[ID_BYTES], json[200];
    yj_tie tied;
    scene_open(&s, state);
    offer(&s, s.paper, "", id);
    assert_int_equal(accept(&s, s.client, s.party.id, 1, NULL), YJ_OK);
    memcpy(ours, s.paper, sizeof ours);
    put_in(&s.b, s.client, "vendor", "{\"name\":\"other\"}", vendor);
    tie(&s.b, s.client, "I-9", vendor, s.rival.inst, &tied);
    put_in(&s.b, s.rival.inst, "vendor", "{\"name\":\"self\"}", self);
    snprintf(json, sizeof json, "{\"number\":\"P-1\",\"vendor\":\"%s\",\"until\":\"2027-01-01\"}", self);
    put_in(&s.b, s.rival.inst, "paper", json, theirs);
    snprintf(json, sizeof json, "{\"about_kind\":\"paper\",\"about\":\"%s\"}", theirs);
    put_in(&s.b, s.rival.inst, "offer", json, id);
    assert_waiting(&s, s.client, "\"about\":null");
    memcpy(s.paper, theirs, sizeof s.paper);
    assert_refused(&s, accept(&s, s.client, s.rival.id, 1, NULL), YJ_E_CONFLICT, "already has this key");
    memcpy(s.paper, ours, sizeof s.paper);
    /* a later version of the first is still told from it */
    change_in(&s.b, s.party.inst, "paper", s.paper, "{\"until\":\"2026-11-30\"}");
    assert_int_equal(accept(&s, s.client, s.party.id, 2, "{}"), YJ_OK);
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(client__takes_a_copy_and_its_later_versions),
        yj_test_stores(what_came_from_another__is_not_written_over),
        yj_test_stores(offer__is_for_whom_it_names_while_it_stands),
        yj_test_stores(what_the_client_has__is_changed_and_known_again),
        yj_test_stores(what_was_not_shown__is_not_changed),
        yj_test_stores(offer_whose_record_cannot_be_read__is_an_error),
        yj_test_stores(files__are_seen_by_who_may_take_them),
    };
    return cmocka_run_group_tests_name("record_offer", tests, NULL, NULL);
}
