// SPDX-License-Identifier: Apache-2.0
/* Registers in and out: all or nothing, every bad row told, large ones unseen until they are whole. */
#include "engine_test.h"

#include "record/read.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

static yj_status import(bench *b, int64_t inst, const yj_import_file *files, size_t n, bool dry,
                        yj_import_report *r, yj_error *err)
{
    return yj_import(b->e, inst, yj_engine_operator(b->e), files, n, dry, r, err);
}

#define FILE_OF(called, text) ((yj_import_file){ .name = (called), .content = yj_span_of(text) })

static const char services[] = "code,title,vendor,level,open,price,peers,state\n"
                               "S2,服务二,云乙,3,否,12.50,S1,live\n"
                               "S1,服务一,云甲,2,true,,,\n";
static const char vendors[] = "\xef\xbb\xbf名称,country,contact\r\n"
                              "云甲,中国,\"张三\n李四\"\r\n"
                              "云乙,other,\r\n";
static const char visits[] = "service,done_on\nS1,2026-01-05\n";

static void files__in_any_order_find_each_other(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file files[] = { FILE_OF("visit.csv", visits), FILE_OF("service.csv", services),
                               FILE_OF("vendor.csv", vendors) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, files, 3, true, &r, &err));
    assert_int_equal(r.created, 5);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 0);

    yj_ok(import(&b, b.inst.inst, files, 3, false, &r, &err));
    assert_int_equal(r.created, 5);
    yj_import_report_done(&r);
    char *rows =
        bench_rows(&b, "SELECT s.nkey, v.nkey, s.f_level, s.f_open, s.f_price, s.state FROM r_service s JOIN "
                       "r_vendor v ON v.id = s.f_vendor ORDER BY s.nkey");
    assert_string_equal(rows, "S1|云甲|2|1|-|draft\nS2|云乙|3|0|1250|live\n");
    free(rows);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM entry WHERE op = 'takeover'"), 1);

    int64_t before = bench_number(&b, "SELECT count(*) FROM entry WHERE op <> 'judge'");
    yj_ok(import(&b, b.inst.inst, files, 3, false, &r, &err));
    assert_int_equal(r.unchanged, 5);
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM entry WHERE op <> 'judge'"), before);

    yj_import_file change[] = { FILE_OF("service.csv", "code,level,title\nS1,-,\n") };
    yj_ok(import(&b, b.inst.inst, change, 1, false, &r, &err));
    assert_int_equal(r.changed, 1);
    yj_import_report_done(&r);
    rows = bench_rows(&b, "SELECT f_title, f_level FROM r_service WHERE nkey = 'S1'");
    assert_string_equal(rows, "服务一|-\n"); /* "-" clears, an empty cell leaves alone */
    free(rows);
    bench_close(&b);
}

static void bad_rows__are_all_told_and_nothing_is_written(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file files[] = {
        FILE_OF("service.csv", "code,level,vendor\n"
                               "S1,9,\n"
                               "S2,zwei,\n"
                               "S3,2,nobody\n"
                               "S4,2\n"
                               "S5,2,\n"
                               "S5,3,\n"
                               ",2,\n"),
        FILE_OF("vendor.csv", "name,colour\nx,red\n"), FILE_OF("nothing.csv", "a\nb\n"),
        FILE_OF("visit.jsonl", "{\"service\":\"S5\",\"done_on\":\"2026-13-01\"}\n{\n")
    };
    yj_import_report r;
    yj_error err = { 0 };
    assert_int_equal(import(&b, b.inst.inst, files, YJ_COUNT(files), false, &r, &err), YJ_E_INVALID);
    static const struct {
        const char *file;
        size_t line, column;
    } expect[] = { { "service.csv", 2, 2 }, { "service.csv", 3, 2 }, { "service.csv", 4, 3 },
                   { "service.csv", 5, 0 }, { "service.csv", 7, 0 }, { "service.csv", 8, 1 },
                   { "vendor.csv", 1, 2 },  { "nothing.csv", 0, 0 }, { "visit.jsonl", 1, 0 },
                   { "visit.jsonl", 2, 0 } };
    for (size_t i = 0; i < YJ_COUNT(expect); i++) {
        bool found = false;
        for (size_t n = 0; n < r.problem_count; n++)
            found = found || (strcmp(r.problems[n].file, expect[i].file) == 0 &&
                              r.problems[n].line == expect[i].line &&
                              r.problems[n].column == expect[i].column && r.problems[n].msg_zh[0]);
        if (!found)
            fail_msg("no complaint about %s:%zu:%zu", expect[i].file, expect[i].line, expect[i].column);
    }
    assert_int_equal(r.problem_count, YJ_COUNT(expect));
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_service"), 0);
    bench_close(&b);
}

static void moves__are_judged_with_all_that_came_with_them(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file draft[] = { FILE_OF("vendor.csv", "name,country\n云甲,cn\n"),
                               FILE_OF("service.csv",
                                       "code,title,vendor,model,level\nS1,服务一,云甲,far,3\n") };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, draft, 2, false, &r, &err));
    yj_import_report_done(&r);

    yj_import_file alone[] = { FILE_OF("service.csv", "code,level,state\nS1,4,live\n") };
    assert_int_equal(import(&b, b.inst.inst, alone, 1, false, &r, &err), YJ_E_GATE);
    assert_int_equal(r.problem_total, 1);
    assert_int_equal(r.problems[0].line, 2);
    assert_int_equal(r.problems[0].column, 3);
    assert_string_equal(r.problems[0].field, "state");
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT f_level FROM r_service"), 3);

    /* The visit refers to the service and so comes after it: the gate sees it all the same. */
    yj_import_file whole[] = { alone[0], FILE_OF("visit.csv", "service,done_on\nS1,2026-01-05\n") };
    yj_ok(import(&b, b.inst.inst, whole, 2, true, &r, &err));
    yj_import_report_done(&r);
    yj_ok(import(&b, b.inst.inst, whole, 2, false, &r, &err));
    assert_int_equal(r.moved, 1);
    assert_int_equal(r.created, 1);
    yj_import_report_done(&r);
    char *rows = bench_rows(&b, "SELECT f_level, state FROM r_service");
    assert_string_equal(rows, "4|live\n");
    free(rows);
    bench_close(&b);
}

/* What a row lacks, as `move` tells it; each row whose gate is shut is told, not the first only. */
static void shut_gates__are_told_with_what_they_lack(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file draft[] = { FILE_OF("vendor.csv", "name,country\n云甲,cn\n云乙,other\n"),
                               FILE_OF("service.csv", "code,title,vendor,model,level\n"
                                                      "S1,服务一,云甲,far,1\n"
                                                      "S2,服务二,云乙,far,3\n"
                                                      "S3,服务三,云甲,far,3\n") };
    yj_import_file live[] = { FILE_OF("visit.csv", "service,done_on\nS1,2026-01-05\nS2,2026-01-05\n"
                                                   "S3,2026-01-05\n"),
                              FILE_OF("service.csv", "code,state\nS1,live\nS2,live\nS3,live\n") };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, draft, 2, false, &r, &err));
    yj_import_report_done(&r);
    for (int dry = 1; dry >= 0; dry--) {
        assert_int_equal(import(&b, b.inst.inst, live, 2, dry, &r, &err), YJ_E_GATE);
        assert_non_null(strstr(err.msg, "service.csv line 2: the gate of transition start is shut"));
        assert_non_null(strstr(err.msg_zh, "service.csv 第 2 行"));
        assert_int_equal(r.problem_total, 2);
        assert_int_equal(r.created + r.changed + r.moved, 0);
        static const char *const lacks[] = { "1-1", "1-3" };
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(r.problems[i].line, 2 + i);
            assert_int_equal(r.problems[i].column, 2);
            assert_string_equal(r.problems[i].field, "state");
            json_t *misses = NULL;
            yj_ok(yj_json_parse(yj_span_of(r.problems[i].misses), YJ_JSON_BYTES_MAX, &misses, &err));
            assert_int_equal(json_array_size(misses), 1);
            const json_t *m = json_array_get(misses, 0);
            assert_string_equal(json_string_value(json_object_get(m, "requirement")), lacks[i]);
            assert_non_null(json_string_value(json_object_get(json_object_get(m, "what_to_do"), "zh")));
            json_decref(misses);
        }
        yj_import_report_done(&r);
    }
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_visit"), 0);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_service WHERE state = 'live'"), 0);
    bench_close(&b);
}

static char *many_vendors(size_t rows, size_t bad_line)
{
    yj_buf text;
    yj_buf_init(&text, (size_t)64 << 20);
    yj_buf_str(&text, "name,country,contact\n");
    for (size_t i = 2; i <= rows + 1; i++)
        yj_buf_fmt(&text, "供应商%zu,%s,联系人\n", i, i == bad_line ? "mars" : "cn");
    return text.ptr;
}

static void broken_row__in_line_forty_thousand_is_found(void **state)
{
    bench b;
    bench_open(&b, state);
    char *text = many_vendors(41000, 40000);
    yj_import_file files[] = { FILE_OF("vendor.csv", text) };
    yj_import_report r;
    yj_error err = { 0 };
    assert_int_equal(import(&b, b.inst.inst, files, 1, false, &r, &err), YJ_E_INVALID);
    assert_int_equal(r.problem_total, 1);
    assert_int_equal(r.problems[0].line, 40000);
    assert_int_equal(r.problems[0].column, 2);
    yj_import_report_done(&r);
    free(text);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 0);
    bench_close(&b);
}

static void large__comes_in_a_batch_and_rebuilds_equal(void **state)
{
    bench b;
    bench_open(&b, state);
    bench_put(&b, "vendor", "{\"name\":\"供应商2\",\"country\":\"other\"}"); /* one that the batch changes */
    char *text = many_vendors(1500, 0);
    yj_import_file files[] = { FILE_OF("vendor.csv", text) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, files, 1, false, &r, &err));
    assert_int_equal(r.created, 1499);
    assert_int_equal(r.changed, 1);
    assert_true(r.batch > 0);
    yj_import_report_done(&r);
    free(text);
    yj_ok(yj_engine_settle(b.e, 60000, &err));
    assert_int_equal(bench_verdicts(&b, "1-3", YJ_V_MET), 1500);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 1500);
    bench_close(&b);
}

/* What a batch replaced goes when it is closed, with its lists: no room is lost. */
static void batch__leaves_nothing_of_what_it_replaced(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    yj_buf text;
    yj_buf_init(&text, (size_t)1 << 20);
    for (int round = 0; round < 2; round++) {
        yj_buf_clear(&text);
        yj_buf_str(&text, "code,title,peers\n");
        for (int i = 0; i < 400; i++)
            yj_buf_fmt(&text, "S%d,%s,S%d;S%d\n", i, round ? "二" : "一", (i + 1) % 400,
                       (i + 7 + round) % 400);
        yj_import_file file = { .name = "service.csv", .content = yj_buf_view(&text) };
        yj_import_report r;
        yj_ok(yj_import(b.e, b.inst.inst, yj_engine_operator(b.e), &file, 1, false, &r, &err));
        assert_true(r.batch > 0);
        assert_int_equal(round ? r.changed : r.created, 400);
        yj_import_report_done(&r);
    }
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_service"), 400);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_service WHERE until_batch <> 0"), 0);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM l_service_peers"), 800);
    yj_buf_done(&text);
    bench_close(&b);
}

static void shut_gate__at_the_close_of_a_batch_undoes_it(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file draft[] = { FILE_OF("vendor.csv", "name,country\n云甲,cn\n"),
                               FILE_OF("service.csv",
                                       "code,title,vendor,model,level\nS1,服务一,云甲,far,1\n") };
    char *text = many_vendors(600, 0);
    yj_import_file large[] = { FILE_OF("service.csv", "code,level,state\nS1,1,live\n"),
                               FILE_OF("vendor.csv", text) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, draft, 2, false, &r, &err));
    yj_import_report_done(&r);
    assert_int_equal(import(&b, b.inst.inst, large, 2, false, &r, &err), YJ_E_GATE);
    assert_int_equal(r.problem_total, 1);
    assert_int_equal(r.problems[0].column, 3);
    assert_non_null(strstr(r.problems[0].misses, "\"requirement\":\"1-1\""));
    assert_non_null(strstr(r.problems[0].misses, "\"requirement\":\"1-2\""));
    yj_import_report_done(&r);
    free(text);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 1);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM open_batch"), 0);
    bench_close(&b);
}

/* Leaves what a process leaves that died between two chunks. */
static void half_a_batch(bench *b)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(b->t, YJ_DB_WRITE);
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO batch(id, inst, state, opened_at, by, closed_seq) VALUES(77, %lld, 'open', 0, 'x', "
             "0); INSERT INTO "
             "open_batch(id) VALUES(77)",
             (long long)b->inst.inst);
    yj_ok(yj_db_script(db, sql, &err));
    for (int i = 0; i < 3; i++) {
        char json[64];
        snprintf(json, sizeof json, "{\"name\":\"half %d\"}", i);
        json_t *f = NULL;
        yj_ok(yj_json_parse(yj_span_of(json), 1024, &f, &err));
        yj_change c = { .inst = b->inst.inst,
                        .op = YJ_CH_CREATE,
                        .by = yj_engine_operator(b->e),
                        .kind = bench_kind(b, "vendor"),
                        .expect_version = -1,
                        .fields = f,
                        .batch = 77 };
        yj_ok(yj_change_run(b->e, &c, &err));
        yj_change_done(&c);
        json_decref(f);
    }
}

static void unclosed_batch__is_unseen_and_undone_at_the_next_start(void **state)
{
    bench b;
    bench_open(&b, state);
    half_a_batch(&b);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 3);
    yj_import_report r;
    yj_error err = { 0 };
    yj_import_file one[] = { FILE_OF("vendor.csv", "name\nhalf 1\n") };
    /* somebody else's key is taken while the batch is open */
    assert_int_equal(import(&b, b.inst.inst, one, 1, false, &r, &err), YJ_E_INVALID);
    yj_import_report_done(&r);
    bench_reopen(&b);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 0);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM entry WHERE op = 'batch_undo'"), 1);
    yj_ok(import(&b, b.inst.inst, one, 1, false, &r, &err));
    yj_import_report_done(&r);
    bench_close(&b);
}

/* --- records of any kind, named by key ---------------------------------------------------------- */

#define RISKS "requirement,subject_kind,subject,reason,valid_until,state\n"

static void any_record__is_written_as_its_key(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file files[] = {
        FILE_OF("attestation.csv", /* about a record whose key has two parts */
                "topic,requirement,subject_kind,subject,period,statement,made_by,made_on,valid_until\n"
                "检查属实,1-2,visit,S1 / 2026-01-05,2026,见记录,P1,2026-01-06,2027-01-05\n"),
        FILE_OF("risk_acceptance.csv", RISKS "1-3,供应商,云乙,别无他选,2026-12-31,accepted\n"
                                             "1-3,vendor,云甲,别无他选,2026-12-31,\n"),
        FILE_OF("legal_hold.csv", "number,target_kind,target,reason,demanded_on\n"
                                  "H1,risk_acceptance,1-3 / 云乙 / 2026-12-31,诉讼,2026-03-01\n"),
        FILE_OF("person.csv", "number,name\nP1,甲\n"),
        FILE_OF("visit.csv", visits),
        FILE_OF("service.csv", services),
        FILE_OF("vendor.csv", vendors)
    };
    yj_import_report r;
    yj_error err = { 0 };
    yj_status s = import(&b, b.inst.inst, files, YJ_COUNT(files), false, &r, &err);
    if (s != YJ_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(r.created, 10);
    yj_import_report_done(&r);
    char *rows =
        bench_rows(&b, "SELECT v.nkey, a.f_subject_kind, a.state FROM r_risk_acceptance a JOIN r_vendor v "
                       "ON v.id = a.f_subject ORDER BY a.state");
    assert_string_equal(rows, "云乙|vendor|accepted\n云甲|vendor|proposed\n");
    free(rows);
    assert_int_equal(bench_number(&b,
                                  "SELECT count(*) FROM r_legal_hold h JOIN r_risk_acceptance a ON a.id = "
                                  "h.f_target WHERE a.state = 'accepted'"),
                     1);
    assert_int_equal(
        bench_number(&b, "SELECT count(*) FROM r_attestation a JOIN r_visit v ON v.id = a.f_subject"), 1);

    /* the same again finds its records by these keys; and so does whoever asks by key */
    yj_ok(import(&b, b.inst.inst, files, YJ_COUNT(files), false, &r, &err));
    assert_int_equal(r.unchanged, 10);
    yj_import_report_done(&r);
    yj_db *db = NULL;
    char id[YJ_UUID_LEN + 1], again[YJ_UUID_LEN + 1];
    const yj_kind *k = &b.c->kinds[bench_kind(&b, "risk_acceptance")];
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_ok(yj_record_find(db, b.c, b.inst.inst, k, "1-3 / 云乙 / 2026-12-31", id, &err));
    yj_buf key;
    yj_buf_init(&key, 4096);
    yj_ok(yj_record_name(db, b.c, b.inst.inst, k, id, YJ_LANG_EN, &key, &err));
    assert_string_equal(key.ptr, "1-3");
    assert_int_equal(yj_record_find(db, b.c, b.inst.inst, k, "1-3 / 云丙 / 2026-12-31", again, &err),
                     YJ_E_NOT_FOUND);
    assert_int_equal(yj_record_find(db, b.c, b.inst.inst, k, "1-3 / 云乙", again, &err), YJ_E_NOT_FOUND);
    assert_int_equal(yj_record_find(db, b.c, b.inst.inst, k, "1-3 / S1 / 云乙 / x / 2026-12-31", again, &err),
                     YJ_E_NOT_FOUND);
    yj_reader_give(b.e, db);
    yj_buf_done(&key);
    bench_close(&b);
}

static void any_record__that_is_none_is_refused_with_its_cell(void **state)
{
    static const struct {
        const char *row;
        size_t column;
        const char *says;
    } rows[] = {
        { "1-3,vendor,nobody,x,2026-12-31,", 3, "names no record of kind “Vendor”" },
        { "1-3,,云乙,x,2026-12-31,", 3, "needs field “Kind of subject”" },
        { "1-3,unicorn,云乙,x,2026-12-31,", 2, "must name a kind of record" },
        { "1-3,service,云乙,x,2026-12-31,", 3, "names no record of kind “Service”" },
        { "1-3,vendor,id:01900000-0000-7000-8000-000000000000,x,2026-12-31,", 3, "names no record" },
        { "1-3,vendor,,x,2026-12-31,", 3, "must be given" },
        { "1-9,vendor,云乙,x,2026-12-31,", 1, "names no requirement of the packs installed: 1-9" },
    };
    bench b;
    bench_open(&b, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char text[400];
        snprintf(text, sizeof text, RISKS "%s\n", rows[i].row);
        yj_import_file files[] = { FILE_OF("risk_acceptance.csv", text), FILE_OF("vendor.csv", vendors) };
        yj_import_report r;
        yj_error err = { 0 };
        assert_int_equal(import(&b, b.inst.inst, files, 2, false, &r, &err), YJ_E_INVALID);
        bool found = false;
        for (size_t n = 0; n < r.problem_count; n++)
            found |= r.problems[n].line == 2 && r.problems[n].column == rows[i].column &&
                     strstr(r.problems[n].msg, rows[i].says) && r.problems[n].msg_zh[0];
        if (!found)
            fail_msg("%s: %s", rows[i].row, err.msg);
        yj_import_report_done(&r);
    }
    /* two rows that come to the same record, written in two ways */
    yj_import_file files[] = { FILE_OF("risk_acceptance.csv", RISKS "1-3,vendor,云乙,x,2026-12-31,\n"
                                                                    "1-3,供应商,云乙,y,2026-12-31,\n"),
                               FILE_OF("vendor.csv", vendors) };
    yj_import_report r;
    yj_error err = { 0 };
    assert_int_equal(import(&b, b.inst.inst, files, 2, false, &r, &err), YJ_E_INVALID);
    assert_non_null(strstr(r.problems[0].msg, "names the same record"));
    yj_import_report_done(&r);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_risk_acceptance"), 0);
    /* the form is checked at the writer's door as well */
    assert_int_equal(bench_try(&b, b.inst.inst, YJ_CH_CREATE, "legal_hold", NULL, NULL,
                               "{\"number\":\"H\",\"target_kind\":\"vendor\",\"target\":\"nobody\","
                               "\"reason\":\"x\",\"demanded_on\":\"2026-01-01\"}",
                               -1, NULL, &err),
                     YJ_E_INVALID);
    assert_string_equal(err.field, "fields.target");
    bench_close(&b);
}

static void export__into_an_empty_institution_and_out_again_is_equal(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_file files[] = { FILE_OF("visit.csv", visits), FILE_OF("service.csv", services),
                               FILE_OF("vendor.csv", vendors),
                               FILE_OF("risk_acceptance.csv",
                                       RISKS "1-3,vendor,云乙,x,2026-12-31,accepted\n"
                                             "1-3,visit,S1 / 2026-01-05,x,2026-12-31,\n") };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(import(&b, b.inst.inst, files, 4, false, &r, &err));
    yj_import_report_done(&r);
    char first[600], second[600];
    snprintf(first, sizeof first, "%s/one", b.t->dir);
    snprintf(second, sizeof second, "%s/two", b.t->dir);
    yj_ok(yj_export_folder(b.e, b.inst.inst, first, &err));
    assert_int_equal(yj_export_folder(b.e, b.inst.inst, first, &err), YJ_E_CONFLICT);
    yj_institution other;
    bench_institution(&b, "other", &other);
    yj_ok(yj_import_path(b.e, other.inst, yj_engine_operator(b.e), first, false, &r, &err));
    yj_import_report_done(&r);
    yj_ok(yj_export_folder(b.e, other.inst, second, &err));
    yj_buf one, two;
    yj_buf_init(&one, 1 << 24);
    yj_buf_init(&two, 1 << 24);
    bench_tree(first, &one);
    bench_tree(second, &two);
    assert_non_null(strstr(one.ptr, "== service.csv"));
    assert_non_null(strstr(one.ptr, ",1-3,visit,S1 / 2026-01-05,"));
    assert_string_equal(one.ptr, two.ptr);
    yj_buf_done(&one);
    yj_buf_done(&two);
    bench_close(&b);
}

/* A spreadsheet that opens what left runs nothing; what comes back is what was entered. */
static void formulas__leave_as_texts_and_come_back_as_they_were(void **state)
{
    static const char *const texts[] = { "=1+1", "-", "-- x", "@SUM(A1)", "+86 10", "'=1", "''", "a;=b" };
    bench b;
    bench_open(&b, state);
    yj_error err = { 0 };
    yj_import_report r;
    char folder[600];
    for (size_t i = 0; i < YJ_COUNT(texts); i++) {
        json_t *f = json_pack("{s:s, s:s}", "title", texts[i], "note", texts[i]);
        char code[20];
        snprintf(code, sizeof code, "=S%zu", i);
        json_object_set_new(f, "code", json_string(code));
        char *json = json_dumps(f, 0);
        bench_put(&b, "service", json);
        free(json);
        json_decref(f);
    }
    snprintf(folder, sizeof folder, "%s/out", b.t->dir);
    yj_ok(yj_export_folder(b.e, b.inst.inst, folder, &err));
    yj_buf out;
    yj_buf_init(&out, 1 << 24);
    bench_tree(folder, &out);
    assert_non_null(strstr(out.ptr, ",'=S0,'=1+1,"));
    assert_non_null(strstr(out.ptr, ",'=S1,'-,"));
    assert_null(strstr(out.ptr, ",=S"));
    assert_null(strstr(out.ptr, ",@"));
    yj_buf_done(&out);
    yj_institution other;
    bench_institution(&b, "other", &other);
    yj_ok(yj_import_path(b.e, other.inst, yj_engine_operator(b.e), folder, false, &r, &err));
    yj_import_report_done(&r);
    char *one =
        bench_rows(&b, "SELECT f_code, f_title, f_note FROM r_service WHERE inst = 1 ORDER BY f_code");
    char *two =
        bench_rows(&b, "SELECT f_code, f_title, f_note FROM r_service WHERE inst = 2 ORDER BY f_code");
    assert_string_equal(one, two);
    assert_non_null(strstr(one, "=S1|-|-"));
    free(one);
    free(two);
    bench_close(&b);
}

/* People write 9:05, the number is 905: in registers both ways, and refused what is no time of day. */
static void times_of_day__are_written_as_people_do(void **state)
{
    bench b;
    bench_open(&b, state);
    yj_import_report r;
    yj_error err = { 0 };
    yj_import_file files[] = { FILE_OF("visit.csv", "service,done_on,came\nS1,2026-01-05,9:05\n"
                                                    "S1,2026-01-06,1430\nS1,2026-01-07,\n"),
                               FILE_OF("service.csv", services), FILE_OF("vendor.csv", vendors) };
    yj_ok(import(&b, b.inst.inst, files, 3, false, &r, &err));
    yj_import_report_done(&r);
    char *rows = bench_rows(&b, "SELECT f_came FROM r_visit ORDER BY f_done_on");
    assert_string_equal(rows, "905\n1430\n-\n");
    free(rows);
    static const char *const wrong[] = { "24:00", "960", "noon", "9:5" };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        char text[80];
        snprintf(text, sizeof text, "service,done_on,came\nS1,2026-02-0%zu,%s\n", i + 1, wrong[i]);
        yj_import_file one[] = { FILE_OF("visit.csv", text) };
        assert_int_equal(import(&b, b.inst.inst, one, 1, false, &r, &err), YJ_E_INVALID);
        assert_int_equal(r.problem_total, 1);
        assert_int_equal(r.problems[0].line, 2);
        assert_int_equal(r.problems[0].column, 3);
        assert_non_null(strstr(r.problems[0].msg, "time of day"));
        yj_import_report_done(&r);
    }
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_visit"), 3);
    char folder[600];
    snprintf(folder, sizeof folder, "%s/out", b.t->dir);
    yj_ok(yj_export_folder(b.e, b.inst.inst, folder, &err));
    yj_buf out;
    yj_buf_init(&out, 1 << 24);
    bench_tree(folder, &out);
    assert_non_null(strstr(out.ptr, "S1,2026-01-05,09:05,"));
    assert_non_null(strstr(out.ptr, "S1,2026-01-06,14:30,"));
    yj_buf_done(&out);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(files__in_any_order_find_each_other),
        yj_test_stores(bad_rows__are_all_told_and_nothing_is_written),
        yj_test_stores(moves__are_judged_with_all_that_came_with_them),
        yj_test_stores(shut_gates__are_told_with_what_they_lack),
        yj_test_stores(shut_gate__at_the_close_of_a_batch_undoes_it),
        yj_test_stores(broken_row__in_line_forty_thousand_is_found),
        yj_test_stores(large__comes_in_a_batch_and_rebuilds_equal),
        yj_test_stores(batch__leaves_nothing_of_what_it_replaced),
        yj_test_stores(unclosed_batch__is_unseen_and_undone_at_the_next_start),
        yj_test_stores(any_record__is_written_as_its_key),
        yj_test_stores(any_record__that_is_none_is_refused_with_its_cell),
        yj_test_stores(formulas__leave_as_texts_and_come_back_as_they_were),
        yj_test_stores(export__into_an_empty_institution_and_out_again_is_equal),
        yj_test_stores(times_of_day__are_written_as_people_do),
    };
    return cmocka_run_group_tests_name("record_transfer", tests, NULL, NULL);
}
