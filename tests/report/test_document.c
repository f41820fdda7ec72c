// SPDX-License-Identifier: Apache-2.0
/* Drafts: values in their place, in the reader's language, what is missing marked and listed. */
#include "engine_test.h"

#include "base/json.h"
#include "pack/document.h"
#include "record/transfer.h"
#include "report/document.h"
#include <stdio.h>

static json_t *fill(bench *b, const char *ref, yj_lang lang, yj_status expected)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *o = NULL;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    const yj_document *d = yj_catalog_document(b->c, YJ_SPAN("card"));
    assert_non_null(d);
    assert_int_equal(yj_document_fill(db, b->c, b->inst.inst, d, ref, lang, "2026-03-02", &out, &err),
                     expected);
    yj_reader_give(b->e, db);
    if (expected == YJ_OK)
        yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)1 << 20, &o, &err));
    yj_buf_done(&out);
    return o;
}

static const char *text_of(const json_t *o, size_t section)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(o, "sections"), section), "text"));
}

static const char *blank(const json_t *o, size_t i)
{
    return json_string_value(json_array_get(json_object_get(o, "blank"), i));
}

static void put_whole(bench *b)
{
    char json[600];
    char vendor[37], owner[37];
    snprintf(vendor, sizeof vendor, "%s", bench_put(b, "vendor", "{\"name\":\"V\",\"country\":\"cn\"}"));
    snprintf(owner, sizeof owner, "%s",
             bench_put(b, "person", "{\"number\":\"1\",\"name\":\"Ann\",\"email\":\"a@b\"}"));
    const char *peer = bench_put(b, "service", "{\"code\":\"S2\",\"title\":\"Second\"}");
    snprintf(json, sizeof json,
             "{\"code\":\"S1\",\"title\":\"First\",\"vendor\":\"%s\",\"owner\":\"%s\",\"peers\":[\"%s\"],"
             "\"model\":\"near\",\"level\":3,\"price\":\"12.50\",\"open\":true,\"since\":\"2026-01-05\"}",
             vendor, owner, peer);
    bench_put(b, "service", json);
}

static void fill__puts_values_in_their_place(void **state)
{
    bench b;
    bench_open(&b, state);
    put_whole(&b);
    json_t *o = fill(&b, "S1", YJ_LANG_EN, YJ_OK);
    assert_string_equal(json_string_value(json_object_get(o, "document")), "card");
    assert_string_equal(json_string_value(json_object_get(o, "title")), "Service card");
    assert_string_equal(json_string_value(json_object_get(o, "note")), "Complete it before use.");
    assert_string_equal(json_string_value(json_object_get(o, "lang")), "en");
    const json_t *subject = json_object_get(o, "subject");
    assert_string_equal(json_string_value(json_object_get(subject, "kind")), "service");
    assert_string_equal(json_string_value(json_object_get(subject, "name")), "First");
    assert_string_equal(text_of(o, 0), "S1 First: Draft, Near, 3, 12.5, open yes, 2026-01-05");
    assert_string_equal(text_of(o, 1), "V (China), Ann, Second, China, a@b");
    assert_string_equal(text_of(o, 2), "No visits.");
    assert_string_equal(text_of(o, 3), "demo demo 2026-03-02 00:03");
    assert_int_equal(json_array_size(json_object_get(o, "blank")), 0);
    json_decref(o);

    o = fill(&b, "S1", YJ_LANG_ZH, YJ_OK);
    assert_string_equal(text_of(o, 0), "S1 First：草稿，近，3，12.5，开放 是，2026-01-05");
    assert_string_equal(text_of(o, 1), "V（中国），Ann，Second，中国，a@b");
    assert_string_equal(text_of(o, 2), "没有检查。");
    json_decref(o);
    bench_close(&b);
}

static void fill__marks_and_lists_what_is_missing(void **state)
{
    bench b;
    bench_open(&b, state);
    char vendor[37], json[200];
    snprintf(vendor, sizeof vendor, "%s", bench_put(&b, "vendor", "{\"name\":\"V\"}"));
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"vendor\":\"%s\",\"open\":false}", vendor);
    bench_put(&b, "service", json);
    json_t *o = fill(&b, "S1", YJ_LANG_EN, YJ_OK);
    assert_string_equal(text_of(o, 0),
                        "S1 [to fill in: Title]: Draft, [to fill in: Model], [to fill in: Level], "
                        "[to fill in: Price], open no, [to fill in: Since]");
    /* what it would be reached by is missing: that is named, not what lies behind it */
    assert_string_equal(text_of(o, 1), "V ([to fill in: Country]), [to fill in: Owner], [to fill in: Peers], "
                                       "[to fill in: Country], [to fill in: Owner]");
    assert_int_equal(json_array_size(json_object_get(o, "blank")), 8); /* each once */
    assert_string_equal(blank(o, 0), "Title");
    assert_string_equal(blank(o, 5), "Country");
    assert_string_equal(blank(o, 7), "Peers");
    json_decref(o);
    o = fill(&b, "S1", YJ_LANG_ZH, YJ_OK);
    assert_string_equal(text_of(o, 3), "demo demo 2026-03-02 〔待填：级别〕");
    json_decref(o);
    (void)fill(&b, "S9", YJ_LANG_EN, YJ_E_NOT_FOUND);
    bench_close(&b);
}

static void fill__lists_what_refers_to_the_record_in_order(void **state)
{
    bench b;
    bench_open(&b, state);
    char one[37], two[37], json[200];
    snprintf(one, sizeof one, "%s", bench_put(&b, "service", "{\"code\":\"S1\"}"));
    snprintf(two, sizeof two, "%s", bench_put(&b, "service", "{\"code\":\"S2\"}"));
    static const struct {
        int service;
        const char *day, *minutes;
    } visits[] = { { 1, "2026-02-03", "c" },
                   { 1, "2025-12-31", "a" },
                   { 2, "2026-01-01", "other" },
                   { 1, "2026-01-09", "b" } };
    for (size_t i = 0; i < YJ_COUNT(visits); i++) {
        snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"%s\",\"minutes\":\"%s\"}",
                 visits[i].service == 1 ? one : two, visits[i].day, visits[i].minutes);
        bench_put(&b, "visit", json);
    }
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-01-20\",\"minutes\":\"gone\"}", one);
    bench_move(&b, "visit", bench_put(&b, "visit", json), "withdraw");
    json_t *o = fill(&b, one, YJ_LANG_EN, YJ_OK);
    assert_string_equal(text_of(o, 2), "2025-12-31: a\n2026-01-09: b\n2026-02-03: c");
    json_decref(o);

    /* more than a page of them */
    yj_buf csv;
    yj_buf_init(&csv, (size_t)1 << 20);
    yj_buf_str(&csv, "service,done_on,minutes\n");
    for (int i = 0; i < 1100; i++)
        yj_buf_fmt(&csv, "S2,%04d-06-15,m\n", 900 + i);
    const yj_import_file file = { .name = "visit.csv", .content = yj_buf_view(&csv) };
    yj_import_report r;
    yj_error err = { 0 };
    yj_ok(yj_import(b.e, b.inst.inst, yj_engine_operator(b.e), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    yj_buf_done(&csv);
    o = fill(&b, two, YJ_LANG_EN, YJ_OK);
    const char *text = text_of(o, 2);
    assert_int_equal(strncmp(text, "0900-06-15: m\n0901-06-15: m\n", 28), 0);
    size_t lines = 1;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 1101);
    json_decref(o);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(fill__puts_values_in_their_place),
        yj_test_stores(fill__marks_and_lists_what_is_missing),
        yj_test_stores(fill__lists_what_refers_to_the_record_in_order),
    };
    return cmocka_run_group_tests_name("report_document", tests, NULL, NULL);
}
