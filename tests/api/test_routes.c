// SPDX-License-Identifier: Apache-2.0
/* The route table, the document made from it, and the running server: do they say the same? */
#include "api_test.h"
#include "schema.h"

#include "api/call.h"
#include "api/texts.h"
#include "evidence/evidence.h"
#include "text/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *document; /* as the server gives it */
static char evidence_digest[2 * YJ_HASH_LEN + 1];
static char item_id[YJ_UUID_LEN + 1];

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    world *w = *state;
    answer a = call(w, "GET", "/api/v1/openapi.json", NULL, NULL);
    assert_int_equal(a.status, 200);
    document = json_incref(a.json);
    answer_done(&a);
    /* something of everything */
    snprintf(
        item_id, sizeof item_id, "%s",
        put_record(
            w, "item",
            "{\"number\":\"R-1\",\"title\":\"齐全\",\"note\":\"行\\n行\",\"level\":2,\"price\":\"1.25\","
            "\"bought_on\":\"2026-01-31\",\"valid_until\":\"2999-01-01\",\"good\":true,\"colour\":\"red\","
            "\"tags\":[\"a\",\"b\"]}"));
    char path[160], fields[400];
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"1\"}", item_id);
    put_record(w, "piece", fields);
    const char *person = put_record(w, "person", "{\"number\":\"7\",\"name\":\"王五\",\"roles\":[\"it\"]}");
    snprintf(fields, sizeof fields,
             "{\"requirement\":\"1-1\",\"subject_kind\":\"item\",\"subject\":\"%s\",\"number\":\"1\","
             "\"title\":\"升级\",\"who\":\"%s\",\"by_day\":\"2999-06-30\"}",
             item_id, person);
    put_record(w, "fix", fields);
    snprintf(path, sizeof path, DEMO "/records/item/%s", item_id);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"twin\":null,\"tags\":[\"c\"],\"note\":null}}");
    a = call_bytes(w, "POST", "/api/v1/evidence", NULL, "evidence", 8);
    assert_int_equal(a.status, 201);
    snprintf(evidence_digest, sizeof evidence_digest, "%s", json_at(a.json, "digest"));
    answer_done(&a);
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
    return 0;
}

static int teardown(void **state)
{
    json_decref(document);
    return world_teardown(state);
}

/* --- the document -----------------------------------------------------------------------------------------
 */

static void path_of(const yj_route *r, const char *kind, char *ret, size_t cap)
{
    size_t n = 0;
    for (const char *p = r->path; *p && n + 1 < cap;) {
        if (kind && strncmp(p, "{kind}", 6) == 0) {
            n += (size_t)snprintf(ret + n, cap - n, "%s", kind);
            p += 6;
        } else if (strncmp(p, "...}", 4) == 0) {
            p += 3;
        } else {
            ret[n++] = *p++;
        }
    }
    ret[n] = '\0';
}

static const json_t *operation_at(const char *path, yj_method m)
{
    char method[8];
    size_t n = 0;
    for (const char *p = yj_method_name(m); *p; p++)
        method[n++] = (char)(*p | 0x20);
    method[n] = '\0';
    return json_object_get(json_object_get(json_object_get(document, "paths"), path), method);
}

static bool has_header(const json_t *op, const char *name)
{
    const json_t *list = json_object_get(op, "parameters");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i);
        if (strcmp(json_at(x, "in"), "header") == 0 && strcmp(json_at(x, "name"), name) == 0)
            return true;
    }
    return false;
}

static void document__holds_every_route_and_nothing_else(void **state)
{
    world *w = *state;
    yj_catalog *c = yj_engine_catalog(w->engine);
    size_t expected = 0, found = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        for (size_t k = 0; k < (r->per_kind ? c->kind_count : 1); k++) {
            char path[256];
            path_of(r, r->per_kind ? c->kinds[k].name : NULL, path, sizeof path);
            const json_t *op = operation_at(path, r->method);
            if (!op)
                fail_msg("%s %s is not in the document", yj_method_name(r->method), path);
            assert_true(json_is_string(json_object_get(op, "operationId")));
            assert_true(json_is_string(json_object_get(op, "summary")));
            const json_t *responses = json_object_get(op, "responses");
            char code[8];
            snprintf(code, sizeof code, "%d", r->success);
            assert_non_null(json_object_get(responses, code));
            assert_non_null(json_object_get(responses, "default"));
            assert_int_equal(r->plan != YJ_BODY_NONE, json_object_get(op, "requestBody") != NULL);
            if (r->by_person) { /* who asks is told in the document, and no answer is kept for another */
                assert_true(has_header(op, "Yunjian-Person"));
                assert_int_equal(r->fresh, YJ_FRESH_NONE);
            }
            expected++;
        }
    }
    const char *path = NULL, *method = NULL, *other = NULL;
    json_t *item = NULL, *op = NULL;
    json_t *ids = json_object();
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, op)
        {
            found++;
            other = json_string_value(json_object_get(op, "operationId"));
            if (json_object_get(ids, other))
                fail_msg("two operations are called %s", other);
            json_object_set_new(ids, other, json_true());
            /* every {name} of the path is a parameter, and no other */
            size_t names = 0, params = 0;
            for (const char *p = path; (p = strchr(p, '{')); p++)
                names++;
            const json_t *list = json_object_get(op, "parameters");
            for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *x = json_array_get(list, i);
                if (strcmp(json_at(x, "in"), "path") != 0)
                    continue;
                char brace[80];
                snprintf(brace, sizeof brace, "{%s}", json_at(x, "name"));
                if (!strstr(path, brace))
                    fail_msg("%s has no %s", path, brace);
                params++;
            }
            assert_int_equal(names, params);
        }
    }
    assert_int_equal(found, expected);
    json_decref(ids);
    yj_catalog_unref(c);
}

/* Every $ref leads somewhere. */
static void walk_refs(const json_t *v)
{
    if (json_is_object(v)) {
        const char *ref = json_string_value(json_object_get(v, "$ref"));
        if (ref) {
            static const char at[] = "#/components/schemas/";
            const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
            if (strncmp(ref, at, sizeof at - 1) != 0 || !json_object_get(schemas, ref + sizeof at - 1))
                fail_msg("%s leads nowhere", ref);
        }
        const char *key = NULL;
        json_t *item = NULL;
        json_object_foreach((json_t *)(uintptr_t)v, key, item)
        {
            walk_refs(item);
        }
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        walk_refs(json_array_get(v, i));
}

static void document__is_whole_and_in_both_languages(void **state)
{
    world *w = *state;
    assert_string_equal(json_at(document, "openapi"), "3.1.0");
    walk_refs(document);
    answer en = call(w, "GET", "/api/v1/openapi.json", "Accept-Language: en\r\n", NULL);
    answer zh = call(w, "GET", "/api/v1/openapi.json", "Accept-Language: zh\r\n", NULL);
    assert_string_equal(json_at(en.json, "info.title"), "Yunjian");
    assert_string_equal(json_at(zh.json, "info.title"), "云鉴");
    assert_string_not_equal(en.body, zh.body);
    answer_done(&en);
    answer_done(&zh);
    for (size_t i = 0; i < yj_route_count; i++) {
        if (!yj_api_zh(yj_routes[i].summary))
            fail_msg("no Chinese for: %s", yj_routes[i].summary);
        /* what an answer tells is looked for in what the handler wrote */
        if (yj_routes[i].reads != YJ_READS_NOTHING && (yj_routes[i].after || yj_routes[i].method != YJ_GET))
            fail_msg("%s tells inspectors and is not answered at once", yj_routes[i].path);
        if (yj_routes[i].also && !yj_api_zh(yj_routes[i].also_summary))
            fail_msg("no Chinese for: %s", yj_routes[i].also_summary);
        for (const yj_param *p = yj_routes[i].params; p->name; p++)
            if (!yj_api_zh(p->summary))
                fail_msg("no Chinese for: %s", p->summary);
    }
}

/* What the document promises about slow clients is what is done. */
static void document__names_the_limits_of_time(void **state)
{
    world *w = *state;
    const unsigned numbers[] = { YJ_PATIENCE_HEAD_MS / 1000, YJ_PATIENCE_BODY_RATE,
                                 YJ_PATIENCE_BODY_MS / 1000, YJ_PATIENCE_FULL_MS / 1000,
                                 YJ_PATIENCE_FULL_RATE,      YJ_PATIENCE_FULL_BODY_MS / 1000,
                                 YJ_HTTP_TIMEOUT_S,          YJ_HTTP_CONNECTIONS };
    static const char *const heads[] = { "Accept-Language: en\r\n", "Accept-Language: zh\r\n" };
    for (size_t i = 0; i < YJ_COUNT(heads); i++) {
        answer a = call(w, "GET", "/api/v1/openapi.json", heads[i], NULL);
        const char *text = json_at(a.json, "info.description");
        for (size_t n = 0; n < YJ_COUNT(numbers); n++) {
            char word[32];
            snprintf(word, sizeof word, "%u", numbers[n]);
            const char *at = strstr(text, word);
            if (!at)
                fail_msg("%u is not in: %s", numbers[n], text);
        }
        answer_done(&a);
    }
    assert_non_null(yj_api_zh(yj_api_limits));
}

/* --- live answers -----------------------------------------------------------------------------------------
 */

/* One request for each GET route: the route's path, and what is asked. */
static const struct {
    const char *route, *ask;
} asked[] = {
    { "/", "/" },
    { "/p/", "/p/" },
    { "/p/{view...}", "/p/records/item" },
    { "/assets/{path...}", "/assets/blob.bin" },
    { "/metrics", "/metrics" },
    { "/api/v1/metrics", "/api/v1/metrics" },
    { "/api/v1/health", "/api/v1/health" },
    { "/api/v1/openapi.json", "/api/v1/openapi.json" },
    { "/api/v1/session", "/api/v1/session" },
    { "/api/v1/sessions", NULL }, /* of who has signed in: test_admit.c */
    { "/api/v1/tokens", NULL },
    { "/api/v1/account/identities", NULL },
    { "/api/v1/sign-in/providers", "/api/v1/sign-in/providers" },
    { "/api/v1/sign-in/oidc/return", NULL }, /* test_outside.c */
    { "/api/v1/providers", "/api/v1/providers" },
    { "/api/v1/accounts/{account}/identities",
      "/api/v1/accounts/0190f0d2-0000-7000-8000-000000000000/identities" },
    { "/api/v1/institutions/{inst}/accounts", NULL },
    { "/api/v1/packs", "/api/v1/packs" },
    { "/api/v1/kinds", "/api/v1/kinds" },
    { "/api/v1/kinds/{kind}", "/api/v1/kinds/item" },
    { "/api/v1/kinds/{kind}/template", "/api/v1/kinds/item/template" },
    { "/api/v1/requirements", "/api/v1/requirements" },
    { "/api/v1/requirements",
      "/api/v1/requirements?clause=1&actor=client&model=near&subject=item&stage=any&q=Level" },
    { "/api/v1/requirements/{id}", "/api/v1/requirements/1-1" },
    { "/api/v1/gates", "/api/v1/gates" },
    { "/api/v1/institutions", "/api/v1/institutions" },
    { "/api/v1/institutions/{inst}", DEMO },
    { "/api/v1/institutions/{inst}", "/api/v1/institutions/installation" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/item" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/person" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/piece" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/institution" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/contract_of_nobody" },
    { "/api/v1/institutions/{inst}/records/{kind}", "/api/v1/institutions/installation/records/person" },
    { "/api/v1/institutions/{inst}/records/{kind}", DEMO "/records/item?as_of=2999-01-01" },
    { "/api/v1/institutions/{inst}/records/{kind}/{id}", DEMO "/records/item/R-1" },
    { "/api/v1/institutions/{inst}/records/{kind}/{id}", DEMO "/records/item/R-1?as_of=2999-01-01" },
    { "/api/v1/institutions/{inst}/records/{kind}/{id}/history", DEMO "/records/item/R-1/history" },
    { "/api/v1/institutions/{inst}/records/{kind}/{id}/referrers", DEMO "/records/item/R-1/referrers" },
    { "/api/v1/institutions/{inst}/records/{kind}/{id}/gates", DEMO "/records/item/R-1/gates" },
    { "/api/v1/institutions/{inst}/counts/{kind}", DEMO "/counts/item?by=level,twin.level,state&q=x" },
    { "/api/v1/institutions/{inst}/names", DEMO "/names?kind=item&ids=none" },
    { "/api/v1/institutions/{inst}/may", DEMO "/may?kind=item" },
    { "/api/v1/institutions/{inst}/may", DEMO "/may?kind=item&id=R-1" },
    { "/api/v1/institutions/{inst}/may", "/api/v1/institutions/installation/may?kind=person" },
    { "/api/v1/institutions/{inst}/may/kinds", DEMO "/may/kinds" },
    { "/api/v1/institutions/{inst}/ties", DEMO "/ties" },
    { "/api/v1/institutions/{inst}/supervised", DEMO "/supervised" },
    { "/api/v1/institutions/{inst}/supervised", DEMO "/supervised?sort=unmet&limit=3&q=x" },
    { "/api/v1/institutions/{inst}/readings", DEMO "/readings?limit=3" },
    { "/api/v1/institutions/{inst}/inspectors", DEMO "/inspectors" },
    { "/api/v1/institutions/{inst}/addressed", DEMO "/addressed?kind=item&client=x&limit=1" },
    { "/api/v1/institutions/{inst}/addressed", DEMO "/addressed?stand=overdue&sort=due&q=x" },
    { "/api/v1/institutions/{inst}/addressed/counts", DEMO "/addressed/counts?kind=item&client=x&q=x" },
    { "/api/v1/institutions/{inst}/addressed/{client}/{id}", NULL }, /* test_exchange.c */
    { "/api/v1/institutions/{inst}/addressed/{client}/{id}/may", NULL },
    { "/api/v1/institutions/{inst}/answers", DEMO "/answers?limit=1" },
    { "/api/v1/institutions/{inst}/answers/register", DEMO "/answers/register" },
    { "/api/v1/institutions/{inst}/offers", DEMO "/offers?limit=1" },
    { "/api/v1/institutions/{inst}/offers/waiting", DEMO "/offers/waiting?limit=1" },
    { "/api/v1/institutions/{inst}/search", DEMO "/search?q=%E9%BD%90%E5%85%A8" },
    { "/api/v1/institutions/{inst}/verdicts", DEMO "/verdicts" },
    { "/api/v1/institutions/{inst}/verdicts", DEMO "/verdicts?as_of=2999-01-01" },
    { "/api/v1/institutions/{inst}/verdicts", DEMO "/verdicts?remediation=open" },
    { "/api/v1/institutions/{inst}/verdicts", DEMO "/verdicts?unit=none" },
    { "/api/v1/institutions/{inst}/status", DEMO "/status" },
    { "/api/v1/institutions/{inst}/standing", DEMO "/standing" },
    { "/api/v1/institutions/{inst}/standing", DEMO "/standing?level=3&as_of=2999-01-01" },
    { "/api/v1/institutions/{inst}/standing", "/api/v1/institutions/installation/standing" },
    { "/api/v1/institutions/{inst}/standing/requirements", DEMO "/standing/requirements" },
    { "/api/v1/institutions/{inst}/requirements/{id}/history", DEMO "/requirements/1-1/history" },
    { "/api/v1/institutions/{inst}/standing/trend", DEMO "/standing/trend?from=2020-01-01&points=3" },
    { "/api/v1/institutions/{inst}/start", DEMO "/start" },
    { "/api/v1/institutions/{inst}/due", DEMO "/due?until=2999-12-31" },
    { "/api/v1/institutions/{inst}/explain", DEMO "/explain?requirement=1-1&subject=R-1" },
    { "/api/v1/institutions/{inst}/export/{kind}", DEMO "/export/item" },
    { "/api/v1/institutions/{inst}/jobs", DEMO "/jobs" },
    { "/api/v1/institutions/{inst}/instruments", DEMO "/instruments" },
    { "/api/v1/institutions/{inst}/jobs/{id}", NULL }, /* test_jobs.c */
    { "/api/v1/institutions/{inst}/inbox", DEMO "/inbox" },
    { "/api/v1/institutions/{inst}/inbox", DEMO "/inbox?show=all&news=due&limit=3" },
    { "/api/v1/institutions/{inst}/inbox/counts", DEMO "/inbox/counts" },
    { "/api/v1/institutions/{inst}/inbox/preferences", DEMO "/inbox/preferences" },
    { "/api/v1/institutions/{inst}/channels", DEMO "/channels" },
    { "/api/v1/institutions/{inst}/deliveries", DEMO "/deliveries?state=waiting" },
    { "/api/v1/institutions/{inst}/deliveries",
      "/api/v1/institutions/installation/deliveries?channel=00000000-0000-7000-8000-000000000000" },
    { "/api/v1/institutions/{inst}/calendar.ics", DEMO "/calendar.ics" },
    { "/api/v1/institutions/{inst}/feed", NULL }, /* test_feed.c */
    { "/api/v1/institutions/{inst}/entries", DEMO "/entries" },
    { "/api/v1/institutions/{inst}/entries", DEMO "/entries?op=judge&limit=1" },
    { "/api/v1/institutions/{inst}/entries", DEMO "/entries?kind=item&from=2020-01-01&until=2999-12-31" },
    { "/api/v1/institutions/{inst}/entries", "/api/v1/institutions/installation/entries?limit=200" },
    { "/api/v1/institutions/{inst}/entries/{seq}", DEMO "/entries/3" },
    { "/api/v1/institutions/{inst}/entries/{seq}", "/api/v1/institutions/installation/entries/0" },
    { "/api/v1/ledgers", "/api/v1/ledgers" },
    { "/api/v1/ledgers/{inst}/checkpoint", "/api/v1/ledgers/demo/checkpoint" },
    { "/api/v1/ledgers/{inst}/key", "/api/v1/ledgers/demo/key" },
    { "/api/v1/ledgers/{inst}/tile/{path...}", "/api/v1/ledgers/demo/tile/0/000.p/1" },
    { "/api/v1/ledgers/{inst}/tile/{path...}", "/api/v1/ledgers/demo/tile/entries/000.p/2" },
    { "/api/v1/ledgers/{inst}/proof/{seq}", "/api/v1/ledgers/demo/proof/1" },
    { "/api/v1/ledgers/{inst}/consistency", "/api/v1/ledgers/demo/consistency?from=1&to=3" },
    { "/api/v1/evidence/{digest}", NULL }, /* asked below: the digest is known only then */
    { "/api/v1/evidence/{digest}/text", NULL },
};

static void check_headers(answer *a, const char *ask)
{
    static const struct {
        const char *name, *value;
    } wanted[] = { { "X-Content-Type-Options", "nosniff" },
                   { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
                   { "Cross-Origin-Resource-Policy", "same-origin" },
                   { "Referrer-Policy", "no-referrer" } };
    bool page = strncmp(ask, "/p", 2) == 0 || strncmp(ask, "/assets/", 8) == 0;
    for (size_t i = page ? 2 : 0; i < YJ_COUNT(wanted); i++) { /* the page's own: test_page.c */
        const char *v = answer_header(a, wanted[i].name);
        if (!v || strcmp(v, wanted[i].value) != 0)
            fail_msg("%s: %s is %s", ask, wanted[i].name, v ? v : "absent");
    }
    if (!answer_header(a, "Cache-Control"))
        fail_msg("%s: no Cache-Control", ask);
}

static void check_live(const world *w, const yj_route *r, const char *ask)
{
    char path[256], code[8], why[1024];
    const char *kind = r->per_kind ? strstr(ask, "/records/") + 9 : NULL;
    char name[64] = "";
    if (kind)
        snprintf(name, sizeof name, "%.*s", (int)strcspn(kind, "/?"), kind);
    answer a = call(w, "GET", ask, NULL, NULL);
    if (strcmp(name, "contract_of_nobody") == 0) {
        assert_int_equal(a.status, 404);
        answer_done(&a);
        return;
    }
    path_of(r, kind ? name : NULL, path, sizeof path);
    const json_t *op = operation_at(path, YJ_GET);
    if (a.status != r->success)
        fail_msg("GET %s: %d %s", ask, a.status, a.body);
    check_headers(&a, ask);
    snprintf(code, sizeof code, "%d", a.status);
    const json_t *content =
        json_object_get(json_object_get(json_object_get(op, "responses"), code), "content");
    const char *type = answer_header(&a, "Content-Type");
    const json_t *media = json_object_get(content, type ? type : "");
    if (!media && a.status != 302)
        fail_msg("GET %s: the document does not know type %s", ask, type ? type : "none");
    const json_t *schema = json_object_get(media, "schema");
    if (schema && !schema_fits(document, schema, a.json, why, sizeof why))
        fail_msg("GET %s: %s in %s", ask, why, a.body);
    /* HEAD says the same without the body */
    char length[32];
    const char *l = answer_header(&a, "Content-Length");
    snprintf(length, sizeof length, "%s", l ? l : "");
    answer h = call(w, "HEAD", ask, NULL, NULL);
    assert_int_equal(h.status, a.status);
    assert_int_equal(h.len, 0);
    if (r->fresh != YJ_FRESH_NONE)
        assert_string_equal(answer_header(&h, "Content-Length"), length);
    answer_done(&h);
    answer_done(&a);
}

static void answers__are_as_the_document_says(void **state)
{
    const world *w = *state;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        size_t n = 0;
        for (size_t k = 0; r->method == YJ_GET && k < YJ_COUNT(asked); k++) {
            if (strcmp(asked[k].route, r->path) != 0)
                continue;
            n++;
            if (asked[k].ask)
                check_live(w, r, asked[k].ask);
        }
        if (r->method == YJ_GET && n == 0)
            fail_msg("no test asks for %s", r->path);
        if (strcmp(r->path, "/api/v1/evidence/{digest}") == 0 && r->method == YJ_GET) {
            char ask[128];
            snprintf(ask, sizeof ask, "/api/v1/evidence/%s", evidence_digest);
            check_live(w, r, ask);
        }
        if (strcmp(r->path, "/api/v1/evidence/{digest}/text") == 0) {
            char ask[128];
            snprintf(ask, sizeof ask, "/api/v1/evidence/%s/text", evidence_digest);
            check_live(w, r, ask);
        }
    }
}

static void written_answers__are_as_the_document_says(void **state)
{
    const world *w = *state;
    char why[1024];
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    answer a =
        call(w, "POST", DEMO "/records/item", NULL, "{\"fields\":{\"number\":\"R-2\",\"title\":\"x\"}}");
    assert_int_equal(a.status, 201);
    if (!schema_fits(document, json_object_get(schemas, "item.record"), a.json, why, sizeof why))
        fail_msg("%s", why);
    answer_done(&a);
    char at[160];
    snprintf(at, sizeof at, "/api/v1/evidence/%s/passages", evidence_digest);
    a = call(w, "POST", at, NULL, "{\"wanted\":[{\"id\":\"x\",\"words\":[\"evidence\"]}]}");
    assert_int_equal(a.status, 200);
    if (!schema_fits(document, json_object_get(schemas, "LikelyPassages"), a.json, why, sizeof why))
        fail_msg("%s", why);
    answer_done(&a);
    a = call(w, "POST", DEMO "/records/item/R-2/transitions", NULL, "{\"transition\":\"start\"}");
    assert_int_equal(a.status, 422);
    if (!schema_fits(document, json_object_get(schemas, "Error"), a.json, why, sizeof why))
        fail_msg("%s in %s", why, a.body);
    check_headers(&a, "422");
    answer_done(&a);
    a = call(w, "POST", "/api/v1/institutions", NULL,
             "{\"fields\":{\"code\":\"third\",\"name\":\"第三家\",\"type\":\"client\"}}");
    assert_int_equal(a.status, 201);
    if (!schema_fits(document, json_object_get(schemas, "Institution"), a.json, why, sizeof why))
        fail_msg("%s", why);
    assert_non_null(strstr(answer_header(&a, "Location"), json_at(a.json, "id")));
    answer_done(&a);
    char check[128];
    snprintf(check, sizeof check, "/api/v1/evidence/%s/check", evidence_digest);
    a = call(w, "POST", check, NULL, NULL);
    assert_int_equal(a.status, 200);
    if (!schema_fits(document, json_object_get(schemas, "EvidenceCheck"), a.json, why, sizeof why))
        fail_msg("%s in %s", why, a.body);
    answer_done(&a);
    call_refused(w, 409, "conflict", "", "POST", "/api/v1/institutions", NULL,
                 "{\"fields\":{\"code\":\"third\",\"name\":\"x\",\"type\":\"client\"}}");
    call_refused(w, 400, "invalid_request", "fields.type", "POST", "/api/v1/institutions", NULL,
                 "{\"fields\":{\"code\":\"fourth\",\"name\":\"x\",\"type\":\"pirate\"}}");
    call_refused(w, 400, "invalid_request", "fields", "POST", "/api/v1/institutions", NULL, "{}");
}

/* --- addresses --------------------------------------------------------------------------------------------
 */

static void unknown__addresses_are_404(void **state)
{
    const world *w = *state;
    static const char *const rows[] = { "/nothing",
                                        "/api/v1",
                                        "/api/v1/",
                                        "/api/v2/health",
                                        "//api/v1/health",
                                        "/api/v1/health/",
                                        "/api/v1//health",
                                        "/api/v1/institutions/demo/records//x",
                                        "/api/v1/institutions/demo/records/item/x/y",
                                        "/api/v1/ledgers/demo/tile/",
                                        "/api/v1/ledgers/demo/tile/0/000.p/256",
                                        "/api/v1/ledgers/demo/tile/../../../../etc/passwd",
                                        "/api/v1/ledgers/demo/tile/%2e%2e/%2e%2e/x",
                                        "/api/v1/ledgers/demo/tile/0/999",
                                        "/api/v1/ledgers/demo/proof/99999",
                                        "/api/v1/ledgers/demo/proof/-1",
                                        "/api/v1/ledgers/nobody/checkpoint",
                                        "/api/v1/requirements/9-9",
                                        "/api/v1/kinds/dragon",
                                        "/api/v1/kinds/ITEM",
                                        "/api/v1/evidence/00",
                                        "/api/v1/evidence/uploads/x",
                                        "/api/v1/institutions/nobody",
                                        "/api/v1/institutions/nobody/status",
                                        "/api/v1/institutions/demo%2Fx" };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        answer a = call(w, strstr(rows[i], "uploads") ? "HEAD" : "GET", rows[i], NULL, NULL);
        if (a.status != 404)
            fail_msg("%s: %d %s", rows[i], a.status, a.body);
        answer_done(&a);
    }
}

static void wrong_methods__are_405_with_allow(void **state)
{
    const world *w = *state;
    static const struct {
        const char *method, *path, *allow;
    } rows[] = { { "POST", "/api/v1/health", "GET, HEAD" },
                 { "DELETE", "/api/v1/institutions", "GET, HEAD, POST" },
                 { "OPTIONS", "/", "GET, HEAD" },
                 { "TRACE", "/api/v1/health", "GET, HEAD" },
                 { "PUT", DEMO "/records/item/R-1", "GET, HEAD, PATCH" },
                 { "DELETE", DEMO "/records/item/R-1", "GET, HEAD, PATCH" },
                 { "GET", DEMO "/records/item/R-1/transitions", "POST" },
                 { "get", "/api/v1/health", "GET, HEAD" },
                 { "GET", "/api/v1/evidence/uploads/x", "HEAD, PUT, PATCH, DELETE" } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        answer a = call(w, rows[i].method, rows[i].path, NULL, NULL);
        const char *allow = answer_header(&a, "Allow");
        if (a.status != 405 || !allow || strcmp(allow, rows[i].allow) != 0)
            fail_msg("%s %s: %d, Allow: %s", rows[i].method, rows[i].path, a.status, allow ? allow : "-");
        assert_string_equal(json_at(a.json, "error.code"), "method_not_allowed");
        answer_done(&a);
    }
}

static void routes__take_only_their_parameters(void **state)
{
    const world *w = *state;
    for (size_t k = 0; k < YJ_COUNT(asked); k++) {
        char ask[512];
        if (!asked[k].ask || strstr(asked[k].ask, "nobody"))
            continue;
        if (strncmp(asked[k].ask, "/p/", 3) == 0) /* what follows ? is the page's */
            continue;
        snprintf(ask, sizeof ask, "%s%cno_such_parameter=1", asked[k].ask,
                 strchr(asked[k].ask, '?') ? '&' : '?');
        call_refused(w, 400, "invalid_request", "no_such_parameter", "GET", ask, NULL, NULL);
    }
}

/* --- ledgers ----------------------------------------------------------------------------------------------
 */

static void ledger__can_be_checked_from_what_is_served(void **state)
{
    const world *w = *state;
    yj_error err = { 0 };
    answer cp = call(w, "GET", "/api/v1/ledgers/demo/checkpoint", NULL, NULL);
    answer key = call(w, "GET", "/api/v1/ledgers/demo/key", NULL, NULL);
    assert_string_equal(answer_header(&cp, "Content-Type"), "text/plain; charset=utf-8");
    yj_note note;
    yj_checkpoint c;
    yj_ok(yj_note_parse((yj_span){ cp.body, cp.len }, &note, &err));
    yj_ok(yj_checkpoint_parse(&note, &c, &err));
    assert_true(yj_span_is(c.origin, w->inst.origin));
    assert_true(c.size > 2 && c.size < 256);
    /* the tile of leaf hashes gives the root */
    char path[128];
    snprintf(path, sizeof path, "/api/v1/ledgers/demo/tile/0/000.p/%llu", (unsigned long long)c.size);
    answer tile = call(w, "GET", path, NULL, NULL);
    assert_int_equal(tile.status, 200);
    assert_int_equal(tile.len, c.size * YJ_HASH_LEN);
    assert_non_null(strstr(answer_header(&tile, "Cache-Control"), "immutable"));
    yj_digest *hashes = calloc(c.size, sizeof *hashes), root;
    memcpy(hashes, tile.body, tile.len);
    yj_digest second = hashes[1];
    yj_hashes_root(YJ_HASH_SHA256, hashes, c.size, &root);
    assert_memory_equal(root.b, c.root.b, YJ_HASH_LEN);
    free(hashes);
    /* the bundle holds leaves that hash to it, and no body */
    answer bundle = call(w, "GET", "/api/v1/ledgers/demo/tile/entries/000.p/2", NULL, NULL);
    const unsigned char *b = (const unsigned char *)bundle.body;
    size_t first = (size_t)(b[0] << 8 | b[1]);
    size_t len = (size_t)(b[2 + first] << 8 | b[3 + first]);
    yj_span leaf = { bundle.body + 4 + first, len };
    assert_int_equal(bundle.len, 4 + first + len);
    yj_digest h;
    yj_leaf_hash(YJ_HASH_SHA256, leaf, &h);
    assert_memory_equal(h.b, second.b, YJ_HASH_LEN);
    assert_null(memmem(bundle.body, bundle.len, "fields", 6));
    /* a proof of one entry */
    answer proof = call(w, "GET", "/api/v1/ledgers/demo/proof/1", NULL, NULL);
    assert_int_equal(proof.status, 200);
    key.body[strcspn(key.body, "\n")] = '\0';
    yj_ok(yj_tlog_proof_verify((yj_span){ proof.body, proof.len }, leaf, key.body, &err));
    answer_done(&proof);
    answer_done(&bundle);
    answer_done(&tile);
    answer_done(&key);
    answer_done(&cp);
    /* the checkpoint follows the ledger */
    put_record(w, "item", "{\"number\":\"R-9\",\"title\":\"x\"}");
    cp = call(w, "GET", "/api/v1/ledgers/demo/checkpoint", NULL, NULL);
    yj_ok(yj_note_parse((yj_span){ cp.body, cp.len }, &note, &err));
    yj_checkpoint later;
    yj_ok(yj_checkpoint_parse(&note, &later, &err));
    assert_true(later.size > c.size);
    answer_done(&cp);
    call_refused(w, 400, "invalid_request", "from", "GET", "/api/v1/ledgers/demo/consistency?from=5&to=2",
                 NULL, NULL);
}

/* --- in and out -------------------------------------------------------------------------------------------
 */

static void import__takes_csv_and_multipart(void **state)
{
    const world *w = *state;
    const char *csv = "Content-Type: text/csv\r\n";
    answer a = call(w, "POST", DEMO "/import?name=item.csv&dry_run=true", csv,
                    "number,title,level\nI-1,导入一,1\nI-2,导入二,2\n");
    if (a.status != 200)
        fail_msg("%d %s", a.status, a.body);
    assert_int_equal(json_int_at(a.json, "created"), 2);
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/records/item/I-1", NULL, NULL);
    a = call(w, "POST", DEMO "/import", "Content-Type: multipart/form-data; boundary=cut\r\n",
             "--cut\r\nContent-Disposition: form-data; name=\"f\"; filename=\"piece.csv\"\r\n\r\n"
             "item,number\nI-1,p1\n\r\n--cut\r\n"
             "Content-Disposition: form-data; name=\"f\"; filename=\"item.csv\"\r\n\r\n"
             "number,title,level\nI-1,导入一,1\nI-2,导入二,2\n\r\n--cut--\r\n");
    if (a.status != 200)
        fail_msg("%d %s", a.status, a.body);
    assert_int_equal(json_int_at(a.json, "created"), 3);
    answer_done(&a);
    call_expect(w, 200, "GET", DEMO "/records/item/I-2", NULL, NULL);
    /* every bad row is named; nothing is written */
    a = call(w, "POST", DEMO "/import?name=item.csv", csv,
             "number,title,level\nI-3,ok,1\nI-4,bad,9\nI-5,bad,x\n");
    assert_int_equal(a.status, 400);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a.json, "error"), "problems")), 2);
    assert_int_equal(json_int_at(a.json, "error.problems.0.line"), 3);
    assert_string_equal(json_at(a.json, "error.problems.0.field"), "level");
    char why[1024];
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    if (!schema_fits(document, json_object_get(schemas, "Error"), a.json, why, sizeof why))
        fail_msg("%s in %s", why, a.body);
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/records/item/I-3", NULL, NULL);
    /* rows that refer to each other; and a row whose state lies behind a shut gate, with what that lacks */
    a = call(w, "POST", DEMO "/import?name=item.csv", csv,
             "number,title,level,twin\nI-6,甲,1,I-7\nI-7,乙,3,I-6\n");
    if (a.status != 200)
        fail_msg("%d %s", a.status, a.body);
    assert_int_equal(json_int_at(a.json, "created"), 2);
    assert_int_equal(json_int_at(a.json, "changed"), 0);
    answer_done(&a);
    a = call(w, "POST", DEMO "/import?name=item.csv", csv, "number,state\nI-7,live\nI-6,live\n");
    assert_int_equal(a.status, 422);
    assert_string_equal(json_at(a.json, "error.code"), "gate_shut");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a.json, "error"), "problems")), 1);
    assert_int_equal(json_int_at(a.json, "error.problems.0.line"), 3);
    assert_int_equal(json_int_at(a.json, "error.problems.0.column"), 2);
    assert_string_equal(json_at(a.json, "error.problems.0.misses.0.requirement"), "1-1");
    assert_string_equal(json_at(a.json, "error.problems.0.misses.0.what_to_do.zh"), "填写级别。");
    if (!schema_fits(document, json_object_get(schemas, "Error"), a.json, why, sizeof why))
        fail_msg("%s in %s", why, a.body);
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "name", "POST", DEMO "/import", csv, "number\n");
    call_refused(w, 415, "unsupported_media_type", "", "POST", DEMO "/import?name=item.csv",
                 "Content-Type: image/png\r\n", "x");
    call_refused(w, 415, "unsupported_media_type", "", "POST", DEMO "/import",
                 "Content-Type: multipart/form-data\r\n", "x");
    call_refused(w, 400, "invalid_request", "part 1", "POST", DEMO "/import",
                 "Content-Type: multipart/form-data; boundary=q\r\n", "x");
    a = call(w, "GET", DEMO "/export/item", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "导入二"));
    answer_done(&a);
}

static void metrics__count_what_was_asked(void **state)
{
    const world *w = *state;
    call_expect(w, 404, "GET", "/nothing", NULL, NULL);
    answer a = call(w, "GET", "/metrics", NULL, NULL);
    assert_non_null(
        strstr(a.body, "yunjian_http_requests_total{method=\"GET\",route=\"/api/v1/health\",code=\"2xx\"}")
            ? a.body
            : strstr(a.body, "yunjian_http_requests_total"));
    assert_non_null(strstr(a.body, "code=\"4xx\""));
    assert_non_null(strstr(a.body, "\nyunjian_entries_total "));
    assert_non_null(strstr(a.body, "\nyunjian_http_request_seconds_bucket{le=\"+Inf\"} "));
    /* every line is a comment or a name, perhaps labels, and a number */
    for (const char *line = a.body; *line; line = strchr(line, '\n') + 1) {
        if (*line == '#')
            continue;
        const char *end = strchr(line, '\n'), *blank = NULL;
        for (const char *p = line; p < end; p++)
            blank = *p == ' ' ? p : blank;
        assert_true(strncmp(line, "yunjian_", 8) == 0 && blank);
        char *stop = NULL;
        (void)strtod(blank + 1, &stop);
        assert_ptr_equal(stop, end);
    }
    answer_done(&a);
}

int main(int argc, char **argv)
{
    if (yj_text_child(argc, argv))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document__holds_every_route_and_nothing_else),
        cmocka_unit_test(document__is_whole_and_in_both_languages),
        cmocka_unit_test(document__names_the_limits_of_time),
        cmocka_unit_test(answers__are_as_the_document_says),
        cmocka_unit_test(written_answers__are_as_the_document_says),
        cmocka_unit_test(unknown__addresses_are_404),
        cmocka_unit_test(wrong_methods__are_405_with_allow),
        cmocka_unit_test(routes__take_only_their_parameters),
        cmocka_unit_test(ledger__can_be_checked_from_what_is_served),
        cmocka_unit_test(import__takes_csv_and_multipart),
        cmocka_unit_test(metrics__count_what_was_asked),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
