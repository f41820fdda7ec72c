// SPDX-License-Identifier: Apache-2.0
/* The ledger as people read it, over HTTP: filters, pages, refusals. record/test_entries.c has what it tells.
 */
#include "api_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES DEMO "/entries"

static size_t items(const answer *a)
{
    return json_array_size(json_object_get(a->json, "items"));
}

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

static void filters__and_pages(void **state)
{
    const world *w = *state;
    char path[256], head[128];
    const char *person = put_record(w, "person", "{\"number\":\"L1\",\"name\":\"李四\",\"roles\":[\"it\"]}");
    const char *item = put_record(w, "item", "{\"number\":\"L-1\",\"title\":\"一\",\"level\":2}");
    snprintf(path, sizeof path, DEMO "/records/item/%s", item);
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    for (int i = 0; i < 5; i++) {
        char body[64];
        snprintf(body, sizeof body, "{\"fields\":{\"level\":%d}}", i % 2 + 3);
        call_expect(w, 200, "PATCH", path, head, body);
    }
    settle(w);
    snprintf(path, sizeof path, ENTRIES "?by=%s&op=change&kind=item&record=%s", person, item);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(items(&a), 5);
    assert_string_equal(json_at(a.json, "items.0.by.name"), "李四");
    assert_string_equal(json_at(a.json, "items.0.record.name"), "一");
    assert_string_equal(json_at(a.json, "items.0.changes.0.field"), "level");
    assert_string_equal(json_at(a.json, "items.0.changes.0.label.zh"), "级别");
    assert_int_equal(json_int_at(a.json, "items.0.changes.0.from"), 4);
    assert_int_equal(json_int_at(a.json, "items.0.changes.0.to"), 3);
    answer_done(&a);
    /* two, two, one */
    char next[64] = "";
    for (size_t page = 0; page < 3; page++) {
        snprintf(path, sizeof path, ENTRIES "?limit=2&by=%s%s", person, next);
        a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(items(&a), page < 2 ? 2 : 1);
        assert_int_equal(json_is_null(json_object_get(a.json, "next")), page == 2);
        snprintf(next, sizeof next, "&before=%lld", (long long)json_int_at(a.json, "next"));
        answer_done(&a);
    }
    a = call(w, "GET", ENTRIES "?from=2999-01-01", NULL, NULL);
    assert_int_equal(items(&a), 0);
    assert_true(json_int_at(a.json, "size") > 7);
    answer_done(&a);
    a = call(w, "GET", ENTRIES "?before=0", NULL, NULL);
    assert_int_equal(items(&a), 0);
    assert_true(json_is_null(json_object_get(a.json, "next")));
    answer_done(&a);
}

/* A page that was answered from what was kept holds what came since, and the name of today. */
static void answers__are_never_old(void **state)
{
    const world *w = *state;
    char path[256], ask[256];
    const char *item = put_record(w, "item", "{\"number\":\"L-2\",\"title\":\"旧名\"}");
    snprintf(ask, sizeof ask, ENTRIES "?record=%s", item);
    for (int i = 0; i < 2; i++) {
        answer a = call(w, "GET", ask, NULL, NULL);
        assert_int_equal(items(&a), 1);
        assert_string_equal(json_at(a.json, "items.0.record.name"), "旧名");
        answer_done(&a);
    }
    snprintf(path, sizeof path, DEMO "/records/item/%s", item);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"title\":\"新名\"}}");
    answer a = call(w, "GET", ask, NULL, NULL);
    assert_int_equal(items(&a), 2);
    assert_string_equal(json_at(a.json, "items.1.record.name"), "新名");
    assert_string_equal(json_at(a.json, "items.1.changes.1.to"), "旧名");
    answer_done(&a);
}

static void one__with_its_body_and_checkpoint(void **state)
{
    const world *w = *state;
    char path[128], ask[256];
    const char *item = put_record(w, "item", "{\"number\":\"L-3\",\"title\":\"三\"}");
    snprintf(ask, sizeof ask, ENTRIES "?record=%s", item);
    answer a = call(w, "GET", ask, NULL, NULL);
    snprintf(path, sizeof path, ENTRIES "/%lld", (long long)json_int_at(a.json, "items.0.seq"));
    answer_done(&a);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "body.fields.title"), "三");
    assert_int_equal(strlen(json_at(a.json, "salt")), 32);
    assert_true(json_is_null(json_object_get(a.json, "checkpoint")));
    answer_done(&a);
    call_expect(w, 200, "GET", "/api/v1/ledgers/demo/checkpoint", NULL, NULL);
    a = call(w, "GET", path, NULL, NULL); /* the ledger did not grow */
    assert_true(json_int_at(a.json, "checkpoint.size") > 0);
    assert_string_not_equal(json_at(a.json, "checkpoint.time"), "");
    answer_done(&a);
}

static void wrong__questions_are_refused(void **state)
{
    const world *w = *state;
    static const struct {
        const char *query, *field;
    } rows[] = { { "limit=0", "limit" },        { "limit=201", "limit" },  { "before=-1", "before" },
                 { "op=nothing", "op" },        { "by=nobody", "by" },     { "record=L-1", "record" },
                 { "from=2026-02-30", "from" }, { "until=soon", "until" }, { "who=x", "who" },
                 { "op=create&op=move", "op" } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char path[128];
        snprintf(path, sizeof path, ENTRIES "?%s", rows[i].query);
        call_refused(w, 400, "invalid_request", rows[i].field, "GET", path, NULL, NULL);
    }
    call_refused(w, 404, "not_found", "", "GET", ENTRIES "/x", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", ENTRIES "/99999999", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", ENTRIES "/18446744073709551615", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", "/api/v1/institutions/nobody/entries", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters__and_pages),
        cmocka_unit_test(answers__are_never_old),
        cmocka_unit_test(one__with_its_body_and_checkpoint),
        cmocka_unit_test(wrong__questions_are_refused),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
