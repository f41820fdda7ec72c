// SPDX-License-Identifier: Apache-2.0
/* What the acting person may not do is refused by the writer, and leaves nothing behind. */
#include "allowed_test.h"

#include "record/erase.h"
#include "record/read.h"
#include "record/rebuild.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

/* --- what the packs grant --------------------------------------------------------------------- */

static void creating_and_changing__take_a_role(void **state)
{
    acting s;
    acting_open(&s, state);
    may_not(&s, NO, "this is for: Information security, IT; risk has: Risk management", .by = s.risk,
            .kind = "service", .json = "{\"code\":\"S1\"}");
    may_not(&s, NO, "nobody has no role", .by = s.nobody, .kind = "service", .json = "{\"code\":\"S1\"}");
    may_not(&s, NO, "is not recorded here", .by = s.b.inst.id, .kind = "service",
            .json = "{\"code\":\"S1\"}");
    may(&s, .by = s.it, .kind = "service", .json = "{\"code\":\"S1\",\"level\":1}");
    char id[ID_BYTES];
    memcpy(id, s.id, sizeof id);
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM r_service"), 1);

    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .id = id, .json = "{\"level\":2}");
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .id = id,
            .json = "{\"level\":1}"); /* as it is */
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .id = id, .json = "{\"level\":2}",
            .dry = true);
    may(&s, .by = s.head, .kind = "service", .id = id, .json = "{\"level\":2}");
    may(&s, .by = s.head, .kind = "service", .id = id, .json = "{\"level\":2}");
    assert_true(s.unchanged);
    /* of a kind that the pack does not name, pack core says who */
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "vendor", .json = "{\"name\":\"V\"}");
    may(&s, .by = s.it, .kind = "vendor", .json = "{\"name\":\"V\"}");
    acting_close(&s);
}

static void the_person__comes_before_what_is_wrong_with_the_change(void **state)
{
    acting s;
    acting_open(&s, state);
    may(&s, .by = s.it, .kind = "service", .json = "{\"code\":\"S1\"}");
    char id[ID_BYTES];
    memcpy(id, s.id, sizeof id);
    may(&s, .by = s.it, .kind = "service", .id = id, .json = "{\"level\":2}");
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .json = "{\"title\":\"no code\"}");
    may_not(&s, YJ_E_INVALID, "Code", .by = s.it, .kind = "service", .json = "{\"title\":\"no code\"}");
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .json = "{\"code\":\"S1\"}");
    may_not(&s, YJ_E_CONFLICT, "already has this key", .by = s.it, .kind = "service",
            .json = "{\"code\":\"S1\"}");
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .id = id, .json = "{\"level\":3}",
            .expect = 1);
    may_not(&s, YJ_E_STALE, "has version 2", .by = s.it, .kind = "service", .id = id, .json = "{\"level\":3}",
            .expect = 1);
    /* the gate is shut: who may not pass it is not told what it lacks */
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "service", .id = id, .transition = "start");
    may_not(&s, YJ_E_GATE, "is shut", .by = s.it, .kind = "service", .id = id, .transition = "start");
    may_not(&s, YJ_E_CONFLICT, "cannot be done in the state \"Draft\"", .by = s.it, .kind = "service",
            .id = id, .transition = "stop");
    may(&s, .by = s.it, .kind = "service", .id = id, .transition = "withdraw");
    may_not(&s, YJ_E_CONFLICT, "the record was withdrawn", .by = s.it, .kind = "service", .id = id,
            .json = "{\"level\":3}");
    may_not(&s, YJ_E_STALE, "has version 3", .by = s.it, .kind = "service", .id = id, .json = "{\"level\":3}",
            .expect = 2);
    acting_close(&s);
}

/* --- four eyes -------------------------------------------------------------------------------- */

static void moving__may_take_another_than_the_creator(void **state)
{
    acting s;
    acting_open(&s, state);
    may(&s, .by = s.it, .kind = "knot", .json = "{\"code\":\"K1\"}");
    char id[ID_BYTES];
    memcpy(id, s.id, sizeof id);
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "knot", .id = id, .transition = "pull");
    may_not(&s, NO, "another person than the one who created", .by = s.it, .kind = "knot", .id = id,
            .transition = "pull");
    may(&s, .by = s.head, .kind = "knot", .id = id, .transition = "pull");
    /* whoever wrote the newest version did not create it */
    may(&s, .by = s.risk, .kind = "knot", .json = "{\"code\":\"K2\"}");
    memcpy(id, s.id, sizeof id);
    may(&s, .by = s.it, .kind = "knot", .id = id, .json = "{\"code\":\"K2a\"}");
    may(&s, .by = s.it, .kind = "knot", .id = id, .transition = "pull");
    acting_close(&s);
}

static void moving__may_take_another_than_the_one_named(void **state)
{
    acting s;
    char json[400], id[ID_BYTES];
    acting_open(&s, state);
    bench_put(&s.b, "service", "{\"code\":\"S1\"}");
    snprintf(json, sizeof json,
             "{\"requirement\":\"1-1\",\"subject_kind\":\"service\",\"subject\":\"%s\",\"title\":\"t\","
             "\"who\":\"%s\","
             "\"agreed_on\":\"2026-03-01\",\"by_day\":\"2026-04-01\"}",
             bench_put(&s.b, "service", "{\"code\":\"S2\"}"), s.it);
    may(&s, .by = s.it, .kind = "repair", .json = json);
    memcpy(id, s.id, sizeof id);
    may_not(&s, NO, "named under \"Who\"", .by = s.it, .kind = "repair", .id = id, .transition = "finish");
    /* nor does it help to write another name in the same breath */
    snprintf(json, sizeof json, "{\"who\":\"%s\"}", s.nobody);
    may_not(&s, NO, "named under \"Who\"", .by = s.it, .kind = "repair", .id = id, .transition = "finish",
            .json = json);
    /* nor may he name himself by it */
    snprintf(json, sizeof json, "{\"who\":\"%s\"}", s.risk);
    may_not(&s, NO, "named under \"Who\"", .by = s.risk, .kind = "repair", .id = id, .transition = "finish",
            .json = json);
    may(&s, .by = s.risk, .kind = "repair", .id = id, .transition = "finish");

    snprintf(json, sizeof json, "{\"code\":\"S3\",\"owner\":\"%s\",\"deputy\":\"%s\"}", s.risk, s.head);
    may(&s, .by = s.it, .kind = "service", .json = json);
    memcpy(id, s.id, sizeof id);
    may_not(&s, NO, "named under \"Deputy\"", .by = s.head, .kind = "service", .id = id,
            .json = "{\"deputy\":null}");
    may(&s, .by = s.it, .kind = "service", .id = id, .json = "{\"deputy\":null}");
    may(&s, .by = s.head, .kind = "service", .id = id, .json = "{\"level\":3}");
    acting_close(&s);
}

static void taking_over__takes_the_right_to_bring_it_there(void **state)
{
    acting s;
    acting_open(&s, state);
    may_not(&s, NO, "risk has: ", .by = s.risk, .kind = "knot", .state = "tight",
            .json = "{\"code\":\"K1\"}");
    assert_string_equal(s.err.field, "state");
    /* who creates is no other than the creator */
    may_not(&s, NO, "another person than the one who created", .by = s.it, .kind = "knot", .state = "tight",
            .json = "{\"code\":\"K1\"}");
    may(&s, .by = s.it, .kind = "knot", .state = "loose", .json = "{\"code\":\"K1\"}");
    may(&s, .kind = "knot", .state = "tight", .json = "{\"code\":\"K2\"}");
    may(&s, .by = s.it, .kind = "service", .state = "live", .json = "{\"code\":\"S1\"}");
    char json[120];
    snprintf(json, sizeof json, "{\"code\":\"S2\",\"owner\":\"%s\"}", s.it);
    may_not(&s, NO, "named under \"Owner\"", .by = s.it, .kind = "service", .state = "live", .json = json);
    acting_close(&s);
}

static void the_operator__may_do_everything(void **state)
{
    acting s;
    acting_open(&s, state);
    char json[200];
    may(&s, .kind = "knot", .json = "{\"code\":\"K1\"}");
    may(&s, .kind = "knot", .id = s.id, .transition = "pull");
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"owner\":\"%s\",\"deputy\":\"%s\"}", s.it, s.head);
    may(&s, .kind = "service", .state = "live", .json = json);
    may(&s, .kind = "service", .id = s.id, .json = "{\"level\":2}");
    may(&s, .kind = "service", .id = s.id, .transition = "stop");
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM entry WHERE op = 'takeover' AND inst = %lld",
             (long long)s.b.inst.inst);
    assert_int_equal(bench_number(&s.b, sql), 1);
    acting_close(&s);
}

/* --- deputies --------------------------------------------------------------------------------- */

static void deputies__act_on_their_days(void **state)
{
    acting s;
    char json[300], delegation[ID_BYTES], knot[ID_BYTES];
    acting_open(&s, state);
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-03\",\"until_date\":"
             "\"2026-03-04\","
             "\"reason\":\"leave\"}",
             s.it, s.nobody);
    memcpy(delegation, bench_put(&s.b, "delegation", json), ID_BYTES);
    may_not(&s, NO, "nobody has no role", .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K1\"}");
    bench_clock(&s.b, "2026-03-03T09:00:00+08:00");
    may(&s, .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K1\"}");
    memcpy(knot, s.id, sizeof knot);
    /* not what he is kept out of himself, nor what the other is */
    may_not(&s, NO, "another person than the one who created", .by = s.nobody, .kind = "knot", .id = knot,
            .transition = "pull");
    may(&s, .by = s.it, .kind = "knot", .json = "{\"code\":\"K2\"}");
    may_not(&s, NO, "another person than the one who created", .by = s.nobody, .kind = "knot", .id = s.id,
            .transition = "pull");
    bench_clock(&s.b, "2026-03-04T23:59:00+08:00");
    may(&s, .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K3\"}");
    bench_clock(&s.b, "2026-03-05T00:00:00+08:00");
    may_not(&s, NO, "nobody has no role", .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K4\"}");
    /* nor may he who is not active any more be stood in for */
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-05\",\"until_date\":"
             "\"2026-03-09\","
             "\"reason\":\"leave\"}",
             s.it, s.nobody);
    bench_put(&s.b, "delegation", json);
    may(&s, .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K4\"}");
    bench_move(&s.b, "person", s.it, "leave");
    may_not(&s, NO, "nobody has no role", .by = s.nobody, .kind = "knot", .json = "{\"code\":\"K5\"}");
    acting_close(&s);
}

/* What the newest entry of the record's history, the record and the leaf say of whose deputy acted. */
static void assert_for_whom(acting *s, const char *kind, const char *id, const char *whom)
{
    yj_buf out;
    yj_db *db = NULL;
    yj_error err = { 0 };
    json_t *o = NULL;
    yj_entry e;
    const yj_kind *k = &s->b.c->kinds[bench_kind(&s->b, kind)];
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_record_history(db, s->b.c, s->b.inst.inst, k, id, &out, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    const json_t *newest = json_array_get(json_object_get(o, "items"), 0),
                 *f = json_object_get(newest, "for");
    if (whom)
        assert_string_equal(json_string_value(f), whom);
    else
        assert_true(json_is_null(f));
    yj_ok(yj_entry_read(db, s->b.inst.inst, (uint64_t)json_integer_value(json_object_get(newest, "seq")), &e,
                        &err));
    assert_string_equal(e.leaf.for_whom, whom ? whom : "");
    yj_entry_done(&e);
    json_decref(o);
    yj_buf_clear(&out);
    yj_ok(yj_record_get(db, s->b.c, s->b.inst.inst, k, id, -1, YJ_LANG_EN, &out, NULL, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    f = json_object_get(o, "for");
    assert_true(whom ? json_is_string(f) && strcmp(json_string_value(f), whom) == 0 : json_is_null(f));
    json_decref(o);
    yj_buf_done(&out);
    yj_reader_give(s->b.e, db);
}

static void deputies__stand_in_the_entry(void **state)
{
    acting s;
    char json[300], knot[ID_BYTES];
    yj_error err = { 0 };
    yj_verify_report r;
    acting_open(&s, state);
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-01\",\"until_date\":"
             "\"2026-03-31\",\"reason\":\"leave\"}",
             s.it, s.risk);
    bench_put(&s.b, "delegation", json);
    may(&s, .by = s.risk, .kind = "knot", .json = "{\"code\":\"K1\"}");
    memcpy(knot, s.id, sizeof knot);
    assert_for_whom(&s, "knot", knot, NULL); /* he may do so himself */
    may(&s, .by = s.risk, .kind = "service", .json = "{\"code\":\"S1\"}");
    may(&s, .by = s.risk, .kind = "service", .id = s.id, .json = "{\"level\":2}");
    assert_for_whom(&s, "service", s.id, s.it);
    may(&s, .by = s.head, .kind = "service", .id = s.id, .json = "{\"level\":3}");
    assert_for_whom(&s, "service", s.id, NULL);
    /* a row of an import, likewise */
    yj_import_report report = { 0 };
    yj_import_file file = { .name = "service.csv", .content = YJ_SPAN("code,level\r\nS1,1\r\nS2,2\r\n") };
    yj_ok(yj_import(s.b.e, s.b.inst.inst, s.risk, &file, 1, false, &report, &err));
    yj_import_report_done(&report);
    assert_for_whom(&s, "service", s.id, s.it);
    /* it is part of what is proved */
    yj_db *db = NULL;
    yj_buf note;
    yj_buf_init(&note, 65536);
    yj_ok(yj_engine_checkpoint(s.b.e, s.b.inst.inst, &note, &err));
    yj_buf_done(&note);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_ledger_verify_store(db, yj_engine_keys(s.b.e), s.b.inst.inst, &r, &err));
    yj_reader_give(s.b.e, db);
    assert_int_equal(bench_number(&s.b, "SELECT count(*) FROM entry WHERE for_whom IS NOT NULL"), 4);
    acting_close(&s);
}

/* --- what only the operator does -------------------------------------------------------------- */

static void erasing_and_opening__are_the_operators(void **state)
{
    acting s;
    char json[500], order[ID_BYTES], vendor[ID_BYTES], legal[ID_BYTES], other[ID_BYTES];
    acting_open(&s, state);
    acting_person(&s, "legal", "\"legal\", \"compliance\", \"head_of_information_security\"", legal);
    acting_person(&s, "other", "\"compliance\"", other);
    memcpy(vendor, bench_put(&s.b, "vendor", "{\"name\":\"V\"}"), ID_BYTES);
    snprintf(json, sizeof json,
             "{\"number\":\"E1\",\"target_kind\":\"vendor\",\"target\":\"%s\",\"reason\":\"law\","
             "\"retention_until\":\"2026-01-31\",\"requested_by\":\"%s\",\"approved_by\":\"%s\"}",
             vendor, other, legal);
    may(&s, .by = other, .kind = "erasure", .json = json);
    memcpy(order, s.id, sizeof order);
    may_not(&s, NO, "another person", .by = other, .kind = "erasure", .id = order, .transition = "approve");
    may(&s, .by = legal, .kind = "erasure", .id = order, .transition = "approve");
    char *before = acting_all(&s);
    s.err = (yj_error){ 0 };
    yj_status st = yj_erase(s.b.e, s.b.inst.inst, "E1", legal, NULL, &s.err);
    acting_refused(&s, st, NO, "left to the operator", before);
    yj_error err = { 0 };
    yj_ok(yj_erase(s.b.e, s.b.inst.inst, "E1", yj_engine_operator(s.b.e), NULL, &err));

    yj_institution made;
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", "two", "name", "two", "type", "client");
    before = acting_all(&s);
    st = yj_institution_open(s.b.e, f, s.admin, &made, &s.err);
    acting_refused(&s, st, NO, "is not recorded here", before); /* a person of one institution */
    yj_change c = { .inst = YJ_INST_INSTALLATION,
                    .op = YJ_CH_CREATE,
                    .by = yj_engine_operator(s.b.e),
                    .kind = bench_kind(&s.b, "person"),
                    .expect_version = -1 };
    json_t *p =
        json_pack("{s:s, s:s, s:[s]}", "number", "keeper", "name", "keeper", "roles", "administrator");
    c.fields = p;
    yj_ok(yj_change_run(s.b.e, &c, &err));
    yj_change_done(&c);
    json_decref(p);
    before = acting_all(&s);
    st = yj_institution_open(s.b.e, f, c.ret_id, &made, &s.err);
    acting_refused(&s, st, NO, "left to the operator", before);
    yj_ok(yj_institution_open(s.b.e, f, yj_engine_operator(s.b.e), &made, &err));
    json_decref(f);
    /* but what his role allows he may in an institution in which he is not recorded himself */
    may(&s, .by = c.ret_id, .kind = "person", .json = "{\"number\":\"p9\",\"name\":\"p9\"}");
    acting_close(&s);
}

/* --- institutions that a role is not made for --------------------------------------------------- */

/* Given it is refused, with the field; in a dry run and by an import too. */
static void roles__are_given_where_they_count(void **state)
{
    static const char no[] = "the role \"Inspector\" does not count in an institution of the type \"Client\"";
    acting s;
    acting_open(&s, state);
    for (int dry = 0; dry < 2; dry++) {
        may_not(&s, YJ_E_INVALID, no, .by = s.admin, .kind = "person", .dry = dry != 0,
                .json = "{\"number\":\"p\",\"name\":\"p\",\"roles\":[\"reader\",\"inspector\"]}");
        assert_string_equal(s.err.field, "fields.roles");
        may_not(&s, YJ_E_INVALID, no, .kind = "person", .id = s.it, .dry = dry != 0, /* nor by the operator */
                .json = "{\"roles\":[\"it\",\"inspector\"]}");
        assert_string_equal(s.err.field, "fields.roles");
        yj_import_report r = { 0 };
        yj_import_file file = { .name = "person.csv",
                                .content = YJ_SPAN("number,name,roles\nn1,n1,reader\nn2,n2,"
                                                   "inspector\nit,it,it;inspector\n") };
        char *before = acting_all(&s);
        yj_status st = yj_import(s.b.e, s.b.inst.inst, s.admin, &file, 1, dry != 0, &r, &s.err);
        acting_refused(&s, st, YJ_E_INVALID, no, before);
        assert_int_equal(r.problem_total, 2);
        assert_int_equal(r.problems[0].line, 3);
        assert_int_equal(r.problems[1].line, 4);
        assert_string_equal(r.problems[1].field, "roles");
        yj_import_report_done(&r);
    }
    may(&s, .by = s.admin, .kind = "person",
        .json = "{\"number\":\"c\",\"name\":\"c\",\"roles\":[\"provider_contact\"]}");
    acting_close(&s);
}

/* An institution of whose nature nobody was sure: what was entered stays, is read and may be changed
 * otherwise, and gives no right. */
static void roles__given_before_count_for_nothing(void **state)
{
    acting s;
    char id[ID_BYTES];
    acting_open(&s, state);
    may(&s, .by = s.it, .kind = "service", .json = "{\"code\":\"S1\",\"level\":1}");
    memcpy(id, s.id, sizeof id);
    may_not(&s, NO, "left to the operator", .by = s.admin, .kind = "institution", .id = s.b.inst.id,
            .json = "{\"type\":\"provider\"}");
    may(&s, .kind = "institution", .id = s.b.inst.id, .json = "{\"type\":\"provider\"}");
    may_not(&s, NO, "the role IT of it counts for nothing here", .by = s.it, .kind = "service", .id = id,
            .json = "{\"level\":2}");
    may_not(&s, NO, "no role that counts in an institution of this type", .by = s.admin, .kind = "service",
            .id = id, .json = "{\"level\":2}");
    may(&s, .by = s.admin, .kind = "person", .id = s.it, .json = "{\"name\":\"other\"}");
    may(&s, .by = s.admin, .kind = "person", .id = s.it, .json = "{\"roles\":[\"it\",\"reader\"]}");
    may_not(&s, YJ_E_INVALID, "the role \"Risk management\" does not count", .by = s.admin, .kind = "person",
            .id = s.it, .json = "{\"roles\":[\"it\",\"risk\"]}");
    /* nor by a deputy, nor is who has it named as one who may */
    char json[300];
    snprintf(json, sizeof json,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-03-01\","
             "\"until_date\":\"2026-03-31\",\"reason\":\"r\"}",
             s.it, s.admin);
    may(&s, .kind = "delegation", .json = json);
    may_not(&s, NO, "no role that counts in an institution of this type", .by = s.admin, .kind = "service",
            .id = id, .json = "{\"level\":2}");
    may(&s, .kind = "institution", .id = s.b.inst.id, .json = "{\"type\":\"client\"}");
    may(&s, .by = s.it, .kind = "service", .id = id, .json = "{\"level\":2}");
    may(&s, .by = s.admin, .kind = "service", .id = id, .json = "{\"level\":3}"); /* the deputy */
    acting_close(&s);
}

/* --- what is no request ----------------------------------------------------------------------- */

static void a_rebuild__asks_nobody(void **state)
{
    acting s;
    acting_open(&s, state);
    may(&s, .by = s.it, .kind = "service", .json = "{\"code\":\"S1\",\"level\":1}");
    may(&s, .by = s.it, .kind = "service", .id = s.id, .json = "{\"level\":2}");
    bench_move(&s.b, "person", s.it, "leave");
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    char *before = bench_derived(&s.b);
    yj_rebuild_report r;
    yj_ok(yj_rebuild(s.b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err));
    char *after = bench_derived(&s.b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    /* nor does looking at a gate ask who looks */
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_engine_gates(s.b.e, s.b.inst.inst, bench_kind(&s.b, "service"), s.id, YJ_LANG_EN, &out, &err));
    assert_non_null(strstr(out.ptr, "\"transition\":\"start\""));
    assert_null(strstr(out.ptr, "\"refused\""));
    yj_buf_done(&out);
    acting_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(creating_and_changing__take_a_role),
        yj_test_stores(the_person__comes_before_what_is_wrong_with_the_change),
        yj_test_stores(moving__may_take_another_than_the_creator),
        yj_test_stores(moving__may_take_another_than_the_one_named),
        yj_test_stores(taking_over__takes_the_right_to_bring_it_there),
        yj_test_stores(the_operator__may_do_everything),
        yj_test_stores(deputies__act_on_their_days),
        yj_test_stores(deputies__stand_in_the_entry),
        yj_test_stores(erasing_and_opening__are_the_operators),
        yj_test_stores(roles__are_given_where_they_count),
        yj_test_stores(roles__given_before_count_for_nothing),
        yj_test_stores(a_rebuild__asks_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
