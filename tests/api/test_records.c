// SPDX-License-Identifier: Apache-2.0
/* Records over HTTP: written, read, refused. */
#include "api_test.h"

#include "api/param.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ITEMS DEMO "/records/item"

static int64_t entries(const world *w)
{
    yj_error err = { 0 };
    yj_institution i;
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
    yj_ok(yj_institution_find(w->engine, "demo", &i, &err));
    return (int64_t)i.size;
}

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

static void create__then_read_by_id_and_key(void **state)
{
    world *w = *state;
    answer a =
        call(w, "POST", ITEMS, NULL,
             "{\"fields\":{\"number\":\"A-1\",\"title\":\"跨境网关\",\"level\":4,\"price\":\"99.50\"}}");
    assert_int_equal(a.status, 201);
    assert_string_equal(json_at(a.json, "fields.title"), "跨境网关");
    assert_string_equal(json_at(a.json, "fields.price"), "99.5");
    assert_string_equal(json_at(a.json, "state"), "draft");
    assert_int_equal(json_int_at(a.json, "version"), 1);
    const char *at = answer_header(&a, "Location");
    assert_non_null(at);
    answer b = call(w, "GET", at, NULL, NULL);
    assert_int_equal(b.status, 200);
    assert_string_equal(b.body, a.body);
    answer_done(&b);
    b = call(w, "GET", ITEMS "/A-1", NULL, NULL);
    assert_string_equal(b.body, a.body);
    answer_done(&b);
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", ITEMS "/A-2", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", ITEMS "/01a204c5-01fa-7669-972c-c9dbbc59908a", NULL, NULL);
}

static void composed_key__is_percent_encoded(void **state)
{
    world *w = *state;
    char fields[256];
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"部件/1\"}",
             put_record(w, "item", "{\"number\":\"K 1\",\"title\":\"x\"}"));
    put_record(w, "piece", fields);
    answer a = call(w, "GET", DEMO "/records/piece/K%201%20%2F%20%E9%83%A8%E4%BB%B6%2F1", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "name"), "部件/1");
    answer_done(&a);
}

static void change__by_version(void **state)
{
    world *w = *state;
    char path[128], match[160];
    snprintf(path, sizeof path, ITEMS "/%s",
             put_record(w, "item", "{\"number\":\"C-1\",\"title\":\"a\",\"level\":1}"));
    answer a = call(w, "GET", path, NULL, NULL);
    snprintf(match, sizeof match, "If-Match: %s\r\n", answer_header(&a, "ETag"));
    answer_done(&a);
    a = call(w, "PATCH", path, match, "{\"fields\":{\"level\":2,\"note\":\"行\\n行\"}}");
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "version"), 2);
    assert_int_equal(json_int_at(a.json, "fields.level"), 2);
    assert_string_equal(json_at(a.json, "fields.title"), "a");
    answer_done(&a);
    /* the same tag again: somebody was faster, and these fields are theirs */
    a = call(w, "PATCH", path, match, "{\"fields\":{\"level\":3}}");
    assert_int_equal(a.status, 412);
    assert_string_equal(json_at(a.json, "error.code"), "stale");
    const json_t *changed = json_object_get(json_object_get(a.json, "error"), "changed");
    assert_int_equal(json_array_size(changed), 2);
    assert_string_equal(json_at(a.json, "error.changed.0"), "note");
    assert_string_equal(json_at(a.json, "error.changed.1"), "level");
    answer_done(&a);
    /* without a tag it is whatever stands there; null clears */
    a = call(w, "PATCH", path, NULL, "{\"fields\":{\"note\":null}}");
    assert_int_equal(a.status, 200);
    assert_null(json_object_get(json_object_get(a.json, "fields"), "note"));
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "if-match", "PATCH", path, "If-Match: \"x\"\r\n",
                 "{\"fields\":{}}");
    call_refused(w, 400, "invalid_request", "if-match", "PATCH", path, "If-Match: \"1\", \"2\"\r\n",
                 "{\"fields\":{}}");
}

#define HOLDS DEMO "/records/legal_hold"

static void any_record__is_named_by_its_id(void **state)
{
    world *w = *state;
    char body[400], path[160];
    const char *item = put_record(w, "item", "{\"number\":\"ANY-1\",\"title\":\"a\"}");
    static const char form[] = "{\"fields\":{\"number\":\"%s\",\"target_kind\":\"%s\",\"target\":\"%s\","
                               "\"reason\":\"x\",\"demanded_on\":\"2026-01-01\"}}";
    static const struct {
        const char *kind, *target, *field;
    } bad[] = { { "item", "01900000-0000-7000-8000-000000000000", "fields.target" }, /* none */
                { "item", "ANY-1", "fields.target" },                                /* a key is no id */
                { "piece", NULL, "fields.target" },                                  /* of another kind */
                { "unicorn", NULL, "fields.target_kind" } };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        snprintf(body, sizeof body, form, "H-1", bad[i].kind, bad[i].target ? bad[i].target : item);
        call_refused(w, 400, "invalid_request", bad[i].field, "POST", HOLDS, NULL, body);
    }
    snprintf(body, sizeof body, form, "H-1", "item", item);
    answer a = call(w, "POST", HOLDS, NULL, body);
    assert_int_equal(a.status, 201);
    assert_string_equal(json_at(a.json, "fields.target"), item);
    snprintf(path, sizeof path, HOLDS "/%s", json_at(a.json, "id"));
    answer_done(&a);
    /* of which kind it is, the record says already */
    snprintf(body, sizeof body, "{\"fields\":{\"target\":\"%s\"}}",
             put_record(w, "item", "{\"number\":\"ANY-2\",\"title\":\"b\"}"));
    a = call(w, "PATCH", path, NULL, body);
    assert_int_equal(a.status, 200);
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "fields.target", "PATCH", path, NULL,
                 "{\"fields\":{\"target_kind\":\"piece\"}}");
}

static void dry_run__checks_and_writes_nothing(void **state)
{
    world *w = *state;
    int64_t before = entries(w);
    answer a =
        call(w, "POST", ITEMS "?dry_run=true", NULL, "{\"fields\":{\"number\":\"D-1\",\"title\":\"a\"}}");
    assert_int_equal(a.status, 200);
    assert_true(json_is_true(json_object_get(a.json, "dry_run")));
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", ITEMS "/D-1", NULL, NULL);
    assert_int_equal(entries(w), before);
}

static void move__through_a_gate(void **state)
{
    world *w = *state;
    char path[128], moves[160], gates[160];
    snprintf(path, sizeof path, ITEMS "/%s",
             put_record(w, "item", "{\"number\":\"M-1\",\"title\":\"门\",\"level\":2}"));
    snprintf(moves, sizeof moves, "%s/transitions", path);
    snprintf(gates, sizeof gates, "%s/gates", path);
    answer a = call(w, "GET", gates, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "items.0.transition"), "start");
    assert_string_equal(json_at(a.json, "items.0.misses.0.requirement"), "1-1");
    answer_done(&a);
    a = call(w, "POST", moves, NULL, "{\"transition\":\"start\"}");
    assert_int_equal(a.status, 422);
    assert_string_equal(json_at(a.json, "error.code"), "gate_shut");
    assert_string_equal(json_at(a.json, "error.misses.0.requirement"), "1-1");
    assert_string_equal(json_at(a.json, "error.misses.0.status"), "unmet");
    assert_string_equal(json_at(a.json, "error.misses.0.what_to_do.zh"), "填写级别。");
    assert_string_equal(json_at(a.json, "error.misses.0.reason.zh"), "“门”为2级，低于3级。");
    answer_done(&a);
    a = call(w, "POST", moves, NULL, "{\"transition\":\"start\",\"fields\":{\"level\":3}}");
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "state"), "live");
    answer_done(&a);
    call_refused(w, 409, "conflict", "", "POST", moves, NULL, "{\"transition\":\"start\"}");
    call_refused(w, 400, "invalid_request", "transition", "POST", moves, NULL, "{\"transition\":\"fly\"}");
    call_refused(w, 400, "invalid_request", "transition", "POST", moves, NULL, "{\"transition\":7}");
    call_refused(w, 400, "invalid_request", "transition", "POST", moves, NULL, "{}");
    /* entered by mistake */
    call_expect(w, 200, "POST", moves, NULL, "{\"transition\":\"withdraw\"}");
}

static void history__shows_who_changed_what(void **state)
{
    world *w = *state;
    char path[128], at[160];
    put_record(w, "person", "{\"number\":\"P-9\",\"name\":\"张三\",\"roles\":[\"it\"]}");
    snprintf(path, sizeof path, ITEMS "/%s", put_record(w, "item", "{\"number\":\"H-1\",\"title\":\"a\"}"));
    answer a = call(w, "PATCH", path, "Yunjian-Person: P-9\r\n", "{\"fields\":{\"level\":5}}");
    assert_int_equal(a.status, 200);
    char by[64];
    snprintf(by, sizeof by, "%s", json_at(a.json, "by"));
    assert_string_not_equal(by, yj_engine_operator(w->engine));
    answer_done(&a);
    snprintf(at, sizeof at, "%s/history", path);
    a = call(w, "GET", at, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 2);
    assert_string_equal(json_at(a.json, "items.0.by"), by);
    assert_string_equal(json_at(a.json, "items.0.changes.0.field"), "level");
    assert_int_equal(json_int_at(a.json, "items.0.changes.0.to"), 5);
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "yunjian-person", "PATCH", path, "Yunjian-Person: nobody\r\n",
                 "{\"fields\":{\"level\":4}}");
    call_refused(w, 400, "invalid_request", "yunjian-person", "PATCH", path, "Yunjian-Person: %zz\r\n",
                 "{\"fields\":{\"level\":4}}");
}

static void as_of__shows_what_was(void **state)
{
    world *w = *state;
    char path[128], at[200];
    snprintf(path, sizeof path, ITEMS "/%s",
             put_record(w, "item", "{\"number\":\"T-1\",\"title\":\"first\"}"));
    answer a = call(w, "GET", path, NULL, NULL);
    int64_t seq = json_int_at(a.json, "seq");
    answer_done(&a);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"title\":\"second\"}}");
    snprintf(at, sizeof at, "%s?as_of=%%23%lld", path, (long long)seq);
    a = call(w, "GET", at, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "fields.title"), "first");
    answer_done(&a);
    snprintf(at, sizeof at, "%s?as_of=2001-01-01", path);
    call_refused(w, 404, "not_found", "", "GET", at, NULL, NULL);
    snprintf(at, sizeof at, "%s?as_of=yesterday", path);
    call_refused(w, 400, "invalid_request", "as_of", "GET", at, NULL, NULL);
    snprintf(at, sizeof at, "%s?as_of=2026-02-30", path);
    call_refused(w, 400, "invalid_request", "as_of", "GET", at, NULL, NULL);
}

static void list__filters_sorts_and_pages(void **state)
{
    world *w = *state;
    char fields[128], path[512];
    for (int i = 0; i < 25; i++) {
        snprintf(fields, sizeof fields,
                 "{\"number\":\"L-%02d\",\"title\":\"清单%d\",\"level\":%d,\"tags\":[\"t%d\"]}", i, i,
                 i % 5 + 1, i % 2);
        put_record(w, "item", fields);
    }
    answer a =
        call(w, "GET", ITEMS "?filter=number:ge:L-&filter=number:lt:M&limit=10&sort=-number", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "total"), 25);
    assert_string_equal(json_at(a.json, "items.0.fields.number"), "L-24");
    snprintf(path, sizeof path, ITEMS "?filter=number:ge:L-&filter=number:lt:M&limit=10&sort=-number&after=");
    yj_auto(yj_buf_done) yj_buf next;
    yj_buf_init(&next, 4096);
    yj_pct_encode(yj_span_of(json_at(a.json, "next")), &next);
    strncat(path, next.ptr, sizeof path - strlen(path) - 1);
    answer_done(&a);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "items.0.fields.number"), "L-14");
    answer_done(&a);
    a = call(w, "GET", ITEMS "?filter=number:has:L-&filter=level:eq:5&filter=tags:has:t0", NULL, NULL);
    assert_int_equal(json_int_at(a.json, "total"), 3); /* 4, 14, 24 */
    answer_done(&a);
    a = call(w, "GET", ITEMS "?q=%E6%B8%85%E5%8D%95", NULL, NULL);
    assert_int_equal(json_int_at(a.json, "total"), 25);
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "filter", "GET", ITEMS "?filter=level", NULL, NULL);
    call_refused(w, 400, "invalid_request", "filter", "GET", ITEMS "?filter=level:like:x", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", ITEMS "?limit=0", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", ITEMS "?limit=1001", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", ITEMS "?limit=x", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", ITEMS "?limit=5&limit=5", NULL, NULL);
    call_refused(w, 400, "invalid_request", "colour", "GET", ITEMS "?colour=red", NULL, NULL);
    call_refused(w, 400, "invalid_request", "", "GET", ITEMS "?q=%FF", NULL, NULL);
    a = call(w, "GET", ITEMS "?filter=nothing:eq:1", NULL, NULL);
    assert_int_equal(a.status, 400);
    answer_done(&a);
    a = call(w, "GET", ITEMS "?after=garbage", NULL, NULL);
    assert_int_equal(a.status, 400);
    answer_done(&a);
}

static void search__finds_two_characters(void **state)
{
    world *w = *state;
    put_record(w, "item",
               "{\"number\":\"S-1\",\"title\":\"数据出境评估\",\"note\":\"about the Cross-border gateway\"}");
    answer a = call(w, "GET", DEMO "/search?q=%E5%87%BA%E5%A2%83", NULL, NULL); /* 出境 */
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "items.0.name"), "数据出境评估");
    answer_done(&a);
    a = call(w, "GET", DEMO "/search?q=border", NULL, NULL);
    assert_string_equal(json_at(a.json, "items.0.name"), "数据出境评估");
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "q", "GET", DEMO "/search?q=x", NULL, NULL);
    call_refused(w, 400, "invalid_request", "q", "GET", DEMO "/search", NULL, NULL);
}

static void verdicts__with_filters_and_paging(void **state)
{
    world *w = *state;
    char path[256];
    const char *id = put_record(
        w, "item", "{\"number\":\"V-1\",\"title\":\"判\",\"level\":1,\"valid_until\":\"2999-12-31\"}");
    settle(w);
    snprintf(path, sizeof path, DEMO "/verdicts?subject=%s", id);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "total"), 2);
    assert_string_equal(json_at(a.json, "items.0.requirement"), "1-1");
    assert_string_equal(json_at(a.json, "items.0.status"), "unmet");
    assert_string_equal(json_at(a.json, "items.0.reason.en"), "\"判\" has level 1, below 3.");
    assert_string_equal(json_at(a.json, "items.1.due"), "2999-12-31");
    answer_done(&a);
    static const struct {
        const char *query;
        int64_t total;
    } rows[] = { { "status=met", 1 },           { "status=unmet", 1 }, { "status=unknown", 0 },
                 { "requirement=1-2", 1 },      { "clause=1", 2 },     { "clause=2", 0 },
                 { "force=should", 1 },         { "actor=client", 2 }, { "due_until=2999-12-31", 1 },
                 { "due_until=2999-12-30", 0 }, { "limit=1", 2 },      { "limit=1&offset=1", 2 },
                 { "as_of=2001-01-01", 0 } };
    static const char *const statuses[] = { "counts.unmet", "counts.unknown", "counts.met",
                                            "counts.not_applicable" };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/verdicts?subject=%s&%s", id, rows[i].query);
        a = call(w, "GET", path, NULL, NULL);
        int64_t counted = 0;
        for (size_t n = 0; n < YJ_COUNT(statuses); n++)
            counted += json_int_at(a.json, statuses[n]);
        if (a.status != 200 || json_int_at(a.json, "total") != rows[i].total || counted != rows[i].total)
            fail_msg("%s: %d %s", rows[i].query, a.status, a.body);
        answer_done(&a);
    }
    /* a limited standing counts all that the filters leave */
    snprintf(path, sizeof path, DEMO "/status?subject=%s&limit=1", id);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(json_int_at(a.json, "total"), 2);
    assert_int_equal(json_int_at(a.json, "counts.met"), 1);
    assert_int_equal(json_int_at(a.json, "counts.unmet"), 1);
    assert_int_equal(json_array_size(json_object_get(a.json, "verdicts")), 1);
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "requirement", "GET", DEMO "/verdicts?requirement=9-9", NULL,
                 NULL);
    call_refused(w, 400, "invalid_request", "status", "GET", DEMO "/verdicts?status=good", NULL, NULL);
    call_refused(w, 400, "invalid_request", "status", "GET", DEMO "/verdicts?status=me", NULL, NULL);
    call_refused(w, 400, "invalid_request", "stage", "GET", DEMO "/verdicts?stage=later", NULL, NULL);
    call_refused(w, 400, "invalid_request", "due_until", "GET", DEMO "/verdicts?due_until=2026-02-30", NULL,
                 NULL);
    snprintf(path, sizeof path, DEMO "/explain?requirement=1-1&subject=%s", id);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "verdict.status"), "unmet");
    assert_string_equal(json_at(a.json, "facts.0.fields.number"), "V-1");
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "subject", "GET", DEMO "/explain?requirement=1-1", NULL, NULL);
    a = call(w, "GET", DEMO "/due?until=2999-12-31", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "items.0.due"), "2999-12-31");
    answer_done(&a);
}

/* Each one clear error; nothing is written; the server goes on. */
static void bad_input__is_refused_and_writes_nothing(void **state)
{
    world *w = *state;
    const char *item = put_record(w, "item", "{\"number\":\"B-1\",\"title\":\"b\"}");
    char path[128], foreign[200];
    yj_error err = { 0 };
    yj_institution other;
    yj_auto(yj_json_freep) json_t *f =
        json_pack("{s:s, s:s, s:s}", "code", "other", "name", "别家", "type", "client");
    yj_ok(yj_institution_open(w->engine, f, yj_engine_operator(w->engine), &other, &err));
    answer a = call(w, "POST", "/api/v1/institutions/other/records/item", NULL,
                    "{\"fields\":{\"number\":\"X-1\",\"title\":\"theirs\"}}");
    assert_int_equal(a.status, 201);
    snprintf(foreign, sizeof foreign, "{\"fields\":{\"number\":\"B-2\",\"title\":\"b\",\"twin\":\"%s\"}}",
             json_at(a.json, "id"));
    snprintf(path, sizeof path, ITEMS "/%s", json_at(a.json, "id"));
    answer_done(&a);
    int64_t before = entries(w);
    /* another institution's record is not there */
    call_refused(w, 404, "not_found", "", "GET", path, NULL, NULL);
    call_refused(w, 404, "not_found", "", "PATCH", path, NULL, "{\"fields\":{\"title\":\"mine\"}}");
    call_refused(w, 400, "invalid_request", "fields.twin", "POST", ITEMS, NULL, foreign);
    snprintf(path, sizeof path, ITEMS "/%s", item);
    static const struct {
        int status;
        const char *code, *field, *body;
    } rows[] = {
        { 400, "invalid_request", "fields.nonsense",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"nonsense\":1}}" },
        { 400, "invalid_request", "fields.level",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"level\":\"3\"}}" },
        { 400, "invalid_request", "fields.level",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"level\":3.5}}" },
        { 400, "invalid_request", "fields.level",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"level\":9}}" },
        { 400, "invalid_request", "fields.price",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"price\":\"1.234\"}}" },
        { 400, "invalid_request", "fields.good",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"good\":\"yes\"}}" },
        { 400, "invalid_request", "fields.colour",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"colour\":\"green\"}}" },
        { 400, "invalid_request", "fields.tags",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"tags\":\"t\"}}" },
        { 400, "invalid_request", "fields.tags",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"tags\":[\"t\",\"t\"]}}" },
        { 400, "invalid_request", "fields.twin",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"twin\":\"B-1\"}}" },
        { 400, "invalid_request", "fields.twin",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"twin\":\"01a204c5-01fa-7669-972c-c9dbbc59908a\"}"
          "}" },
        { 400, "invalid_request", "fields.title",
          "{\"fields\":{\"number\":\"B\",\"title\":\"01234567890123456789012345678901234567890\"}}" },
        { 400, "invalid_request", "fields.title",
          "{\"fields\":{\"number\":\"B\",\"title\":\"two\\nlines\"}}" },
        { 400, "invalid_request", "fields.title", "{\"fields\":{\"number\":\"B\"}}" },
        { 400, "invalid_request", "fields.bought_on",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"bought_on\":\"2026-02-29\"}}" },
        { 400, "invalid_request", "fields.bought_on",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"bought_on\":\"29.2.2026\"}}" },
        { 400, "invalid_request", "fields.valid_until",
          "{\"fields\":{\"number\":\"B\",\"title\":\"b\",\"bought_on\":\"2026-03-01\",\"valid_until\":\"2026-"
          "02-28\"}}" },
        { 409, "conflict", "fields.number", "{\"fields\":{\"number\":\"B-1\",\"title\":\"b\"}}" },
        { 400, "invalid_request", "fields", "{\"fields\":[]}" },
        { 400, "invalid_request", "fields", "{}" },
        { 400, "invalid_request", "", "[]" },
        { 400, "invalid_request", "", "17" },
        { 400, "invalid_request", "field", "{\"field\":{}}" },
        { 400, "invalid_request", "state", "{\"fields\":{\"number\":\"B\",\"title\":\"b\"},\"state\":1}" },
        { 400, "invalid_request", "line 1 column 1", "" },
        { 400, "invalid_request", "line 1 column 27", "{\"fields\":{\"number\":\"B\",\"number\":\"C\"}}" },
        { 400, "invalid_request", "line 1 column 11", "{\"fields\":{" },
        { 400, "invalid_request", "line 1 column 12", "{\"fields\":}" },
        { 400, "invalid_request", "line 1 column 32", "{\"fields\":{\"number\":\"B\",\"title\":\"\xff\"}}" },
        { 400, "invalid_request", "line 1 column 38",
          "{\"fields\":{\"number\":\"B\",\"title\":\"a\\u0000\"}}" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        a = call(w, "POST", ITEMS, NULL, rows[i].body);
        bool line = strncmp(rows[i].field, "line ", 5) == 0; /* where exactly is base's affair */
        const char *field = json_at(a.json, "error.field");
        if (a.status != rows[i].status || strcmp(json_at(a.json, "error.code"), rows[i].code) != 0 ||
            (line ? strncmp(field, "line ", 5) != 0 : strcmp(field, rows[i].field) != 0))
            fail_msg("%s: %d %s", rows[i].body, a.status, a.body);
        answer_done(&a);
    }
    /* nested too deep, too long */
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)8 << 20);
    yj_buf_str(&b, "{\"fields\":");
    for (int i = 0; i < 5000; i++)
        yj_buf_char(&b, '[');
    for (int i = 0; i < 5000; i++)
        yj_buf_char(&b, ']');
    yj_buf_char(&b, '}');
    a = call(w, "POST", ITEMS, NULL, b.ptr);
    assert_int_equal(a.status, 400);
    answer_done(&a);
    yj_buf_clear(&b);
    for (int i = 0; i < 3 << 20; i++)
        yj_buf_char(&b, ' ');
    call_refused(w, 413, "limit_exceeded", "", "POST", ITEMS, NULL, b.ptr);
    /* the form of the request */
    call_refused(w, 415, "unsupported_media_type", "", "POST", ITEMS, "Content-Type: text/plain\r\n", "{}");
    call_refused(w, 404, "not_found", "", "POST", DEMO "/records/dragon", NULL, "{\"fields\":{}}");
    call_refused(w, 404, "not_found", "", "POST", "/api/v1/institutions/nobody/records/item", NULL,
                 "{\"fields\":{}}");
    call_refused(w, 404, "not_found", "", "PATCH", ITEMS "/none", NULL, "{\"fields\":{}}");
    call_refused(w, 400, "invalid_request", "", "GET", ITEMS "/%FF", NULL, NULL);
    call_refused(w, 400, "invalid_request", "dry_run", "POST", ITEMS "?dry_run=1", NULL, "{\"fields\":{}}");
    assert_int_equal(entries(w), before);
    call_expect(w, 200, "GET", path, NULL, NULL);
}

static void errors__are_in_the_readers_language(void **state)
{
    world *w = *state;
    answer zh = call(w, "GET", ITEMS "/none", NULL, NULL);
    answer en = call(w, "GET", ITEMS "/none", "Accept-Language: en-GB,zh;q=0.4\r\n", NULL);
    assert_string_equal(json_at(zh.json, "error.message"), json_at(zh.json, "error.messages.zh"));
    assert_string_equal(json_at(en.json, "error.message"), json_at(en.json, "error.messages.en"));
    assert_string_equal(json_at(zh.json, "error.messages.en"), json_at(en.json, "error.messages.en"));
    answer_done(&zh);
    answer_done(&en);
}

/* --- many writers -----------------------------------------------------------------------------------------
 */

#define WRITERS 64
#define WRITES 20

typedef struct writer {
    pthread_t thread;
    const world *w;
    int n, good;
} writer;

static void *write_records(void *arg)
{
    writer *x = arg;
    char head[512], body[160];
    int fd = dial(x->w);
    for (int i = 0; i < WRITES; i++) {
        int len = snprintf(body, sizeof body,
                           "{\"fields\":{\"number\":\"W-%d-%d\",\"title\":\"w\",\"level\":3}}", x->n, i);
        int h = snprintf(head, sizeof head,
                         "POST " ITEMS " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\n\r\n%s",
                         len, body);
        answer a;
        send_all(fd, head, (size_t)h);
        if (!read_answer(fd, false, &a))
            break;
        x->good += a.status == 201;
        answer_done(&a);
    }
    close(fd);
    return NULL;
}

static void writers__64_at_once(void **state)
{
    world *w = *state;
    writer x[WRITERS] = { 0 };
    yj_engine_stats before, after;
    yj_engine_stats_read(w->engine, &before);
    for (int i = 0; i < WRITERS; i++) {
        x[i].w = w;
        x[i].n = i;
        assert_int_equal(pthread_create(&x[i].thread, NULL, write_records, &x[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(x[i].thread, NULL);
        assert_int_equal(x[i].good, WRITES);
    }
    yj_engine_stats_read(w->engine, &after);
    uint64_t commits = after.commits - before.commits;
    /* several changes shared a commit: nobody's thread stood waiting for each */
    assert_true(commits < WRITERS * WRITES);
    answer a = call(w, "GET", ITEMS "?filter=number:has:W-&limit=1", NULL, NULL);
    assert_int_equal(json_int_at(a.json, "total"), WRITERS * WRITES);
    answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create__then_read_by_id_and_key),
        cmocka_unit_test(composed_key__is_percent_encoded),
        cmocka_unit_test(change__by_version),
        cmocka_unit_test(any_record__is_named_by_its_id),
        cmocka_unit_test(dry_run__checks_and_writes_nothing),
        cmocka_unit_test(move__through_a_gate),
        cmocka_unit_test(history__shows_who_changed_what),
        cmocka_unit_test(as_of__shows_what_was),
        cmocka_unit_test(list__filters_sorts_and_pages),
        cmocka_unit_test(search__finds_two_characters),
        cmocka_unit_test(verdicts__with_filters_and_paging),
        cmocka_unit_test(bad_input__is_refused_and_writes_nothing),
        cmocka_unit_test(errors__are_in_the_readers_language),
        cmocka_unit_test(writers__64_at_once),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
