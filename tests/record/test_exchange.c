// SPDX-License-Identifier: Apache-2.0
/* Institutions that are tied by an invitation, and what of the one the other sees. */
#include "exchange_test.h"

#include "ledger/ledger.h"
#include "record/erase.h"
#include "record/rebuild.h"
#include "record/transfer.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct scene {
    bench b;
    int64_t client;
    yj_institution party, rival, regulator;
    char vendor[ID_BYTES], other[ID_BYTES];
    yj_error err;
} scene;

static void scene_open(scene *s, void **state)
{
    *s = (scene){ .client = 0 };
    bench_open(&s->b, state);
    s->client = s->b.inst.inst;
    bench_institution_of(&s->b, "party", "provider", &s->party);
    bench_institution_of(&s->b, "rival", "provider", &s->rival);
    bench_institution_of(&s->b, "bureau", "regulator", &s->regulator);
    put_in(&s->b, s->client, "vendor", "{\"name\":\"云甲\",\"country\":\"cn\"}", s->vendor);
    put_in(&s->b, s->client, "vendor", "{\"name\":\"云乙\"}", s->other);
}

static const char *op(const scene *s)
{
    return yj_engine_operator(s->b.e);
}

static void code_of(scene *s, const char *invitation, char ret[static YJ_INVITATION_CODE_LEN + 1])
{
    yj_error err = { 0 };
    yj_ok(yj_invitation_code(s->b.e, s->client, invitation, op(s), ret, &err));
}

static yj_status accept(scene *s, int64_t inst, const char *code, const char *by)
{
    yj_tie t;
    s->err = (yj_error){ 0 };
    return yj_invitation_accept(s->b.e, inst, code, by ? by : op(s), &t, &s->err);
}

#define assert_ok(call) assert_int_equal((call), YJ_OK)
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

static int64_t ties(scene *s)
{
    return bench_number(&s->b, "SELECT count(*) FROM party_link");
}

static void assert_rebuild_same(scene *s)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    char *before = bench_derived(&s->b);
    const int64_t insts[] = { -1, s->client, s->party.inst };
    for (size_t i = 0; i < YJ_COUNT(insts); i++) {
        yj_ok(yj_rebuild(s->b.e, &(yj_rebuild_options){ .inst = insts[i] }, &r, &err));
        char *after = bench_derived(&s->b);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
}

static void person_in(scene *s, int64_t inst, const char *number, const char *role, char ret[static ID_BYTES])
{
    char json[200];
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[\"%s\"]}", number, number,
             role);
    put_in(&s->b, inst, "person", json, ret);
}

/* --- invitations ------------------------------------------------------------------------------ */

static void accepting__is_in_both_ledgers(void **state)
{
    scene s;
    char id[ID_BYTES], code[YJ_INVITATION_CODE_LEN + 1], small[YJ_INVITATION_CODE_LEN + 1], contact[ID_BYTES];
    yj_tie t;
    scene_open(&s, state);
    person_in(&s, s.party.inst, "7", "provider_contact", contact);
    invite(&s.b, s.client, "I-1", s.vendor, id);
    code_of(&s, "I-1", code); /* by its key, too */
    yj_buf out;
    yj_buf_init(&out, 65536);
    yj_error err = { 0 };
    yj_ok(yj_invitation_look(s.b.e, code, &out, &err));
    assert_non_null(strstr(out.ptr, "\"code\":\"demo\""));
    assert_non_null(strstr(out.ptr, "\"type\":\"provider\",\"expires_on\":\"2026-12-31\""));
    assert_null(strstr(out.ptr, "内部备注"));
    yj_buf_done(&out);
    for (size_t i = 0; i < sizeof small; i++) /* as people type it */
        small[i] = code[i] == '-' ? ' ' : code[i] >= 'A' && code[i] <= 'Z' ? (char)(code[i] + 32) : code[i];
    yj_ok(yj_invitation_accept(s.b.e, s.party.inst, small, contact, &t, &err));
    assert_rows(&s, "SELECT state, f_institution_name, f_accepted_by, f_accepted_on FROM r_invitation",
                "accepted|party|7|2026-03-02\n");
    assert_rows(&s, "SELECT state, f_client_name, f_since FROM r_engagement", "active|demo|2026-03-02\n");
    assert_int_equal(ties(&s), 1);
    json_t *mine = ties_of(&s.b, s.client), *theirs = ties_of(&s.b, s.party.inst);
    char *text = json_dumps(json_array_get(json_object_get(mine, "items"), 0), JSON_COMPACT);
    assert_non_null(strstr(text, "\"side\":\"client\""));
    assert_non_null(strstr(text, "\"code\":\"party\""));
    assert_non_null(strstr(text, "云甲"));
    free(text);
    text = json_dumps(json_array_get(json_object_get(theirs, "items"), 0), JSON_COMPACT);
    assert_non_null(strstr(text, "\"side\":\"party\""));
    assert_non_null(strstr(text, "\"code\":\"demo\""));
    assert_null(strstr(text, "云甲")); /* how the client calls it is the client's */
    free(text);
    json_decref(mine);
    json_decref(theirs);
    assert_refused(&s, accept(&s, s.party.inst, code, NULL), YJ_E_NOT_FOUND, "there is no invitation");
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM invitation_code"), 0);
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

static void accepting__is_refused(void **state)
{
    scene s;
    char id[ID_BYTES], code[YJ_INVITATION_CODE_LEN + 1], again[YJ_INVITATION_CODE_LEN + 1], reader[ID_BYTES];
    char contact[ID_BYTES];
    scene_open(&s, state);
    person_in(&s, s.party.inst, "1", "reader", reader);
    person_in(&s, s.client, "2", "provider_contact", contact);
    invite(&s.b, s.client, "I-1", s.vendor, id);
    assert_refused(&s, accept(&s, s.party.inst, "", NULL), YJ_E_NOT_FOUND, "no invitation");
    assert_refused(&s, accept(&s, s.party.inst, "AAAAAA-AAAAAA-AAAAAA-AAAAAA", NULL), YJ_E_NOT_FOUND,
                   "no inv");
    code_of(&s, id, again);
    code_of(&s, id, code);
    assert_refused(&s, accept(&s, s.party.inst, again, NULL), YJ_E_NOT_FOUND, "no invitation"); /* replaced */
    char longer[YJ_INVITATION_CODE_LEN + 2];
    snprintf(longer, sizeof longer, "%sA", code);
    assert_refused(&s, accept(&s, s.party.inst, longer, NULL), YJ_E_NOT_FOUND, "no invitation");
    assert_refused(&s, accept(&s, s.party.inst, code, reader), YJ_E_FORBIDDEN, "this is for");
    assert_refused(&s, accept(&s, s.party.inst, code, contact), YJ_E_FORBIDDEN, "not recorded here");
    assert_refused(&s, accept(&s, s.regulator.inst, code, NULL), YJ_E_CONFLICT, "another type");
    assert_refused(&s, accept(&s, s.client, code, NULL), YJ_E_CONFLICT, "another type");
    assert_refused(&s, accept(&s, YJ_INST_INSTALLATION, code, NULL), YJ_E_CONFLICT, "another type");
    assert_int_equal(ties(&s), 0);
    assert_rows(&s, "SELECT count(*) FROM r_engagement", "0\n");
    yj_tie t;
    tie(&s.b, s.client, "I-2", s.vendor, s.rival.inst, &t);
    assert_refused(&s, accept(&s, s.party.inst, code, NULL), YJ_E_CONFLICT, "tied that record");
    change_in(&s.b, s.client, "invitation", id, "{\"expires_on\":\"2026-03-01\"}");
    assert_refused(&s, accept(&s, s.party.inst, code, NULL), YJ_E_CONFLICT, "until 2026-03-01");
    yj_error err = { 0 };
    assert_int_equal(yj_invitation_code(s.b.e, s.client, id, op(&s), again, &err), YJ_E_CONFLICT);
    assert_int_equal(yj_invitation_code(s.b.e, s.client, id, reader, again, &err), YJ_E_FORBIDDEN);
    assert_int_equal(yj_invitation_code(s.b.e, s.client, "I-9", op(&s), again, &err), YJ_E_NOT_FOUND);
    /* the same institution a second time, for the other record */
    invite(&s.b, s.client, "I-3", s.other, id);
    code_of(&s, id, code);
    assert_refused(&s, accept(&s, s.rival.inst, code, NULL), YJ_E_CONFLICT, "tied to this client");
    assert_int_equal(ties(&s), 1);
    /* who declines says why */
    assert_int_equal(yj_invitation_decline(s.b.e, s.party.inst, code, "", op(&s), &err), YJ_E_INVALID);
    assert_string_equal(err.field, "reason");
    assert_int_equal(yj_invitation_decline(s.b.e, s.party.inst, code, "x", reader, &err), YJ_E_FORBIDDEN);
    yj_ok(yj_invitation_decline(s.b.e, s.party.inst, code, "不是我们", op(&s), &err));
    assert_rows(&s, "SELECT state, f_reason, f_institution FROM r_invitation WHERE f_number = 'I-3'",
                "declined|不是我们|-\n");
    assert_refused(&s, accept(&s, s.party.inst, code, NULL), YJ_E_NOT_FOUND, "no invitation");
    bench_close(&s.b);
}

static void one_side_alone__ties_nobody(void **state)
{
    scene s;
    char id[ID_BYTES], json[500];
    yj_error err = { 0 };
    scene_open(&s, state);
    /* recorded as accepted, by whoever may do everything */
    snprintf(json, sizeof json,
             "{\"number\":\"I-1\",\"party_kind\":\"vendor\",\"party\":\"%s\",\"contact\":\"x\","
             "\"sent_on\":\"2026-03-01\",\"expires_on\":\"2026-12-31\",\"institution\":\"%s\"}",
             s.vendor, s.party.id);
    json_t *fields = NULL;
    yj_ok(yj_json_parse(yj_span_of(json), YJ_JSON_BYTES_MAX, &fields, &err));
    yj_change c = { .inst = s.client,
                    .op = YJ_CH_CREATE,
                    .by = op(&s),
                    .kind = bench_kind(&s.b, "invitation"),
                    .expect_version = -1,
                    .state = "accepted",
                    .fields = fields };
    yj_ok(yj_change_run(s.b.e, &c, &err));
    memcpy(id, c.ret_id, sizeof id);
    yj_change_done(&c);
    json_decref(fields);
    assert_int_equal(ties(&s), 0);
    /* and a link is entered by nobody */
    snprintf(json, sizeof json,
             "{\"invitation\":\"%s\",\"client\":\"%s\",\"client_name\":\"x\",\"since\":\"2026-03-01\"}", id,
             s.b.inst.id);
    assert_refused(
        &s, bench_try(&s.b, s.party.inst, YJ_CH_CREATE, "engagement", NULL, NULL, json, -1, NULL, &s.err),
        YJ_E_CONFLICT, "come from accepting");
    invite(&s.b, s.client, "I-2", s.vendor, id);
    assert_refused(&s,
                   bench_try(&s.b, s.client, YJ_CH_MOVE, "invitation", id, "accept", NULL, -1, NULL, &s.err),
                   YJ_E_CONFLICT, "with the code");
    assert_int_equal(ties(&s), 0);
    assert_rebuild_same(&s);
    /* once accepted it stays with whom and for what */
    yj_tie t;
    tie(&s.b, s.client, "I-3", s.vendor, s.party.inst, &t);
    snprintf(json, sizeof json, "{\"party\":\"%s\"}", s.other);
    assert_refused(
        &s, bench_try(&s.b, s.client, YJ_CH_CHANGE, "invitation", t.invitation, NULL, json, -1, NULL, &s.err),
        YJ_E_CONFLICT, "stays as it was");
    assert_string_equal(s.err.field, "fields.party");
    snprintf(json, sizeof json, "{\"client\":\"%s\"}", s.rival.id);
    assert_refused(
        &s, bench_try(&s.b, s.party.inst, YJ_CH_CHANGE, "engagement", t.link, NULL, json, -1, NULL, &s.err),
        YJ_E_CONFLICT, "stays as it was");
    bench_close(&s.b);
}

/* --- what is addressed ------------------------------------------------------------------------ */

static void put_service(scene *s, const char *code, const char *vendor, const char *since,
                        char ret[static ID_BYTES])
{
    char json[500];
    snprintf(json, sizeof json,
             "{\"code\":\"%s\",\"title\":\"系统\",\"level\":4,\"note\":\"内部\",\"vendor\":\"%s\"%s%s%s}",
             code, vendor, since ? ",\"since\":\"" : "", since ? since : "", since ? "\"" : "");
    put_in(&s->b, s->client, "service", json, ret);
}

static void assert_list(scene *s, const yj_institution *party, const char *want)
{
    char *all = list_of(&s->b, party->inst, NULL, NULL, 2);
    assert_string_equal(all, want);
    free(all);
}

static void assert_bad_query(scene *s, const yj_addressed_query *q, const char *field)
{
    yj_db *db = NULL;
    yj_error err = { 0 };
    yj_buf out;
    yj_buf_init(&out, 65536);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    assert_int_equal(yj_addressed_list(db, s->b.c, s->party.inst, q, &out, &err), YJ_E_INVALID);
    assert_string_equal(err.field, field);
    yj_reader_give(s->b.e, db);
    yj_buf_done(&out);
}

static void party__sees_what_is_listed_and_nothing_else(void **state)
{
    scene s;
    char svc[ID_BYTES], visit[ID_BYTES], who[ID_BYTES], json[300], line[200];
    yj_tie t;
    json_t *v = NULL;
    scene_open(&s, state);
    person_in(&s, s.client, "李四", "it", who);
    put_service(&s, "S1", s.vendor, NULL, svc);
    assert_list(&s, &s.party, "");
    tie(&s.b, s.client, "I-1", s.vendor, s.party.inst, &t);
    assert_list(&s, &s.party, ""); /* it was not sent yet */
    assert_bad_query(&s, &(yj_addressed_query){ .today = { "2026-03-02" }, .limit = 5, .after = "AAAA" },
                     "after");
    assert_bad_query(&s, &(yj_addressed_query){ .today = { "2026-03-02" }, .limit = 5, .kind = "nothing" },
                     "kind");
    snprintf(json, sizeof json, "{\"since\":\"2026-03-01\",\"owner\":\"%s\",\"peers\":[\"%s\"]}", who, svc);
    change_in(&s.b, s.client, "service", svc, json);
    snprintf(line, sizeof line, "demo service %s\n", svc);
    assert_list(&s, &s.party, line);
    assert_list(&s, &s.rival, "");
    assert_ok(get_of(&s.b, s.party.inst, s.b.inst.id, svc, &v));
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(v);
    assert_non_null(strstr(text, "\"fields\":{\"code\":\"S1\",\"level\":4,\"owner\":{\"name\":\"李四\"},"
                                 "\"peers\":[{\"name\":\"系统\"}],\"title\":\"系统\"}"));
    assert_null(strstr(text, "内部"));
    assert_null(strstr(text, who));
    assert_null(strstr(text, s.vendor));
    free(text);
    /* the same answer for another's, for one that is not there, and where the client is not his */
    assert_int_equal(get_of(&s.b, s.rival.inst, s.b.inst.id, svc, &v), YJ_E_NOT_FOUND);
    assert_int_equal(get_of(&s.b, s.party.inst, s.rival.id, svc, &v), YJ_E_NOT_FOUND);
    assert_int_equal(get_of(&s.b, s.party.inst, s.b.inst.id, who, &v), YJ_E_NOT_FOUND);
    assert_int_equal(get_of(&s.b, s.party.inst, "nobody", "nothing", &v), YJ_E_NOT_FOUND);
    /* by state, and along a path */
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-03-01\",\"minutes\":\"内部\"}", svc);
    put_in(&s.b, s.client, "visit", json, visit);
    move_in(&s.b, s.client, "service", svc, "start");
    snprintf(line, sizeof line, "demo service %s\ndemo visit %s\n", svc, visit);
    assert_list(&s, &s.party, line);
    move_in(&s.b, s.client, "service", svc, "stop");
    snprintf(line, sizeof line, "demo visit %s\n", visit);
    assert_list(&s, &s.party, line);
    /* to another vendor: what hangs on it goes with it, but for the second path */
    snprintf(json, sizeof json, "{\"vendor\":\"%s\",\"peers\":[]}", s.other);
    change_in(&s.b, s.client, "service", svc, json);
    assert_list(&s, &s.party, "");
    yj_tie u;
    tie(&s.b, s.client, "I-2", s.other, s.rival.inst, &u);
    assert_list(&s, &s.rival, line);
    assert_list(&s, &s.party, "");
    assert_rebuild_same(&s);
    move_in(&s.b, s.client, "visit", visit, "withdraw");
    assert_list(&s, &s.rival, "");
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

/* A field that is erased, then all of it. */
static void erased__is_seen_no_more(scene *s, const char *svc)
{
    char one[ID_BYTES], two[ID_BYTES], json[500], id[ID_BYTES], line[100];
    yj_error err = { 0 };
    json_t *v = NULL;
    person_in(s, s->client, "1", "legal", one);
    person_in(s, s->client, "2", "legal", two);
    static const char *const fields[] = { "[\"title\"]", "[]" };
    for (int i = 0; i < 2; i++) {
        snprintf(json, sizeof json,
                 "{\"number\":\"E%d\",\"target_kind\":\"service\",\"target\":\"%s\",\"fields\":%s,\"reason\":"
                 "\"law\",\"retention_until\":\"2026-01-31\",\"requested_by\":\"%s\",\"approved_by\":\"%s\"}",
                 i, svc, fields[i], one, two);
        put_in(&s->b, s->client, "erasure", json, id);
        move_in(&s->b, s->client, "erasure", id, "approve");
        yj_ok(yj_erase(s->b.e, s->client, id, op(s), NULL, &err));
        snprintf(line, sizeof line, i == 0 ? "demo service %s\n" : "%.0s", svc);
        assert_list(s, &s->party, line);
        if (i == 0) {
            assert_ok(get_of(&s->b, s->party.inst, s->b.inst.id, svc, &v));
            assert_null(json_object_get(json_object_get(v, "fields"), "title"));
            json_decref(v);
        }
    }
}

static void either_side__ends_it(void **state)
{
    scene s;
    char svc[ID_BYTES], line[100];
    yj_tie t;
    scene_open(&s, state);
    put_service(&s, "S1", s.vendor, "2026-03-01", svc);
    snprintf(line, sizeof line, "demo service %s\n", svc);
    tie(&s.b, s.client, "I-1", s.vendor, s.party.inst, &t);
    assert_list(&s, &s.party, line);
    move_in(&s.b, s.client, "invitation", t.invitation, "end");
    assert_list(&s, &s.party, "");
    assert_int_equal(ties(&s), 0);
    tie(&s.b, s.client, "I-2", s.vendor, s.party.inst, &t);
    assert_list(&s, &s.party, line);
    move_in(&s.b, s.party.inst, "engagement", t.link, "end");
    assert_list(&s, &s.party, "");
    assert_int_equal(ties(&s), 0);
    tie(&s.b, s.client, "I-3", s.vendor, s.rival.inst, &t); /* free for another */
    assert_list(&s, &s.rival, line);
    move_in(&s.b, s.rival.inst, "engagement", t.link, "withdraw");
    assert_list(&s, &s.rival, "");
    tie(&s.b, s.client, "I-4", s.vendor, s.party.inst, &t);
    erased__is_seen_no_more(&s, svc);
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

static void import__is_addressed_when_it_closes(void **state)
{
    scene s;
    yj_tie t;
    yj_error err = { 0 };
    yj_buf csv;
    scene_open(&s, state);
    tie(&s.b, s.client, "I-1", s.vendor, s.party.inst, &t);
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_buf_str(&csv, "code,vendor,since\n");
    for (int i = 0; i < 350; i++)
        yj_buf_fmt(&csv, "S%d,%s,2026-03-01\n", i, i % 7 == 0 ? "云乙" : "云甲");
    yj_import_file file = { .name = "service.csv", .content = yj_buf_view(&csv) };
    yj_import_report r;
    yj_ok(yj_import(s.b.e, s.client, op(&s), &file, 1, false, &r, &err));
    assert_true(r.batch > 0); /* a large one */
    yj_import_report_done(&r);
    yj_buf_done(&csv);
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM addressed"), 300);
    char *all = list_of(&s.b, s.party.inst, "service", s.b.inst.id, 200);
    size_t lines = 0;
    for (const char *p = all; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 300);
    free(all);
    all = list_of(&s.b, s.party.inst, "visit", NULL, 200);
    assert_string_equal(all, "");
    free(all);
    all = list_of(&s.b, s.party.inst, NULL, s.rival.id, 200);
    assert_string_equal(all, "");
    free(all);
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

/* --- two servers ------------------------------------------------------------------------------ */

typedef struct other_server {
    scene *s;
    const yj_import_file *file; /* NULL: rebuild */
    yj_status got;
    yj_error err;
} other_server;

static void *work_in_the_party(void *ctx)
{
    other_server *x = ctx;
    if (x->file) {
        yj_import_report r;
        x->got = yj_import(x->s->b.e, x->s->party.inst, op(x->s), x->file, 1, false, &r, &x->err);
        yj_import_report_done(&r);
    } else {
        yj_rebuild_report r;
        x->got = yj_rebuild(x->s->b.e, &(yj_rebuild_options){ .inst = x->s->party.inst }, &r, &x->err);
    }
    return NULL;
}

/* Another server has the client's ledger and then wants the party's: whoever waits for the client's must not
 * hold the party's. */
static void takes_both_ledgers(scene *s, const yj_import_file *file)
{
    other_server x = { .s = s, .file = file };
    yj_error err = { 0 };
    yj_ledger ledger = { .inst = s->client };
    pthread_t thread;
    yj_db *db = yj_test_db(s->b.t, YJ_DB_WRITE);
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_ledger_begin(db, &ledger, &err));
    assert_int_equal(pthread_create(&thread, NULL, work_in_the_party, &x), 0);
    for (int i = 0;
         i < 60000 && yj_test_number(db, "SELECT count(*) FROM pg_locks k JOIN pg_database d ON d.oid = "
                                         "k.database WHERE d.datname = current_database() AND "
                                         "k.locktype = 'advisory' AND NOT k.granted") == 0;
         i++)
        usleep(1000);
    ledger.inst = s->party.inst;
    yj_status got = yj_ledger_begin(db, &ledger, &err);
    yj_db_rollback(db);
    yj_db_free(db);
    pthread_join(thread, NULL);
    if (got != YJ_OK || x.got != YJ_OK)
        fail_msg("%s: %s; %s", file ? "import" : "rebuild", err.msg, x.err.msg);
}

static void ledgers__are_locked_the_lower_number_first(void **state)
{
    scene s;
    yj_tie t;
    yj_buf csv;
    scene_open(&s, state);
    tie(&s.b, s.client, "I-1", s.vendor, s.party.inst, &t);
    assert_true(s.client < s.party.inst);
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_buf_str(&csv, "code\n");
    for (int i = 0; i < 300; i++)
        yj_buf_fmt(&csv, "S%d\n", i);
    yj_import_file file = { .name = "service.csv", .content = yj_buf_view(&csv) };
    takes_both_ledgers(&s, &file);
    takes_both_ledgers(&s, NULL);
    yj_buf_done(&csv);
    bench_close(&s.b);
}

/* --- killed ----------------------------------------------------------------------------------- */

#define CODES 6

static void accept_until_killed(const bench *b, int64_t party, char (*codes)[YJ_INVITATION_CODE_LEN + 1],
                                int told)
{
    yj_error err = { 0 };
    yj_engine *e = NULL;
    yj_tie t;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (yj_engine_open(b->data, &(yj_open_options){ 0 }, &e, &err) != YJ_OK)
        _exit(2);
    for (int i = 0; i < CODES; i++) {
        yj_status s = yj_invitation_accept(e, party + i, codes[i], yj_engine_operator(e), &t, &err);
        if ((s != YJ_OK && s != YJ_E_NOT_FOUND) || write(told, s == YJ_OK ? "+" : "-", 1) != 1)
            _exit(3);
    }
    _exit(0);
}

/* Whenever it happens: both ledgers have it, or neither; and what was acknowledged is there. */
static void killed__leaves_both_entries_or_none(void **state)
{
    scene s;
    char codes[CODES][YJ_INVITATION_CODE_LEN + 1];
    int64_t first = 0;
    scene_open(&s, state);
    for (int i = 0; i < CODES; i++) {
        char id[ID_BYTES], vendor[ID_BYTES], text[60];
        yj_institution p;
        snprintf(text, sizeof text, "p%d", i);
        bench_institution_of(&s.b, text, "provider", &p);
        first = first ? first : p.inst;
        assert_int_equal(p.inst, first + i);
        snprintf(text, sizeof text, "{\"name\":\"v%d\"}", i);
        put_in(&s.b, s.client, "vendor", text, vendor);
        snprintf(text, sizeof text, "K-%d", i);
        invite(&s.b, s.client, text, vendor, id);
        code_of(&s, id, codes[i]);
    }
    for (int at = 0; at < CODES; at += 2) {
        int ends[2], status = 0, heard = 0;
        char c = 0;
        bench_close(&s.b);
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            accept_until_killed(&s.b, first, codes, ends[1]);
        close(ends[1]);
        while (heard < at + 1 && read(ends[0], &c, 1) == 1) /* then it is somewhere in the next */
            heard++;
        assert_int_equal(heard, at + 1);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        while (read(ends[0], &c, 1) == 1)
            heard++;
        close(ends[0]);
        assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
        bench_again(&s.b);
        int64_t here = bench_number(&s.b, "SELECT count(*) FROM r_engagement WHERE state = 'active'");
        assert_true(here >= heard);
        assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM r_invitation WHERE state = 'accepted'"),
                         here);
        assert_int_equal(ties(&s), here);
        assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM invitation_code"), CODES - here);
    }
    assert_rebuild_same(&s);
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(accepting__is_in_both_ledgers),
        yj_test_stores(accepting__is_refused),
        yj_test_stores(one_side_alone__ties_nobody),
        yj_test_stores(party__sees_what_is_listed_and_nothing_else),
        yj_test_stores(either_side__ends_it),
        yj_test_stores(import__is_addressed_when_it_closes),
        yj_test_postgres_only(ledgers__are_locked_the_lower_number_first),
        yj_test_stores(killed__leaves_both_entries_or_none),
    };
    return cmocka_run_group_tests_name("record_exchange", tests, NULL, NULL);
}
