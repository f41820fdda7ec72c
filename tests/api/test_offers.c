// SPDX-License-Identifier: Apache-2.0
/* What a provider offers, over HTTP: as the client, the provider, another client and another provider, all of
 * whom sign in. */
#include "api_test.h"
#include "schema.h"

#include <stdio.h>
#include <string.h>

#define PARTY "/api/v1/institutions/party"
#define RIVAL "/api/v1/institutions/rival"
#define SECOND "/api/v1/institutions/second"

static json_t *document;
static browser root, staff, reader, contact, rival, second;
static char party_id[YJ_UUID_LEN + 1], rival_id[YJ_UUID_LEN + 1], link_id[YJ_UUID_LEN + 1],
    sheet[YJ_UUID_LEN + 1], twin[YJ_UUID_LEN + 1], digest[65];

/* Ask as a browser; the answer must have the status and, if named, the shape; released by the caller. */
static json_t *ask(const world *w, browser *b, const char *method, const char *path, const char *body,
                   int status, const char *schema)
{
    char why[1024];
    answer a = visit(w, b, method, path, body);
    if (a.status != status)
        fail_msg("%s %s: %d %s", method, path, a.status, a.body);
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    if (schema && !schema_fits(document, json_object_get(schemas, schema), a.json, why, sizeof why))
        fail_msg("%s %s: %s in %s", method, path, why, a.body);
    json_t *v = json_incref(a.json);
    answer_done(&a);
    return v;
}

static void make(const world *w, const char *path, const char *fields, char ret[static YJ_UUID_LEN + 1])
{
    char body[800];
    snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    json_t *v = ask(w, &root, "POST", path, body, 201, NULL);
    memcpy(ret, json_at(v, "id"), YJ_UUID_LEN + 1);
    json_decref(v);
}

static void refused(const world *w, browser *b, int status, const char *code, const char *path,
                    const char *body)
{
    json_t *v = ask(w, b, "POST", path, body, status, "Error");
    if (strcmp(json_at(v, "error.code"), code) != 0)
        fail_msg("%s: %s instead of %s", path, json_at(v, "error.code"), code);
    assert_string_not_equal(json_at(v, "error.messages.zh"), json_at(v, "error.messages.en"));
    json_decref(v);
}

static void tie(const world *w, const char *client, const char *number, const char *item,
                char ret[static YJ_UUID_LEN + 1])
{
    char path[200], fields[500], body[200], id[YJ_UUID_LEN + 1];
    snprintf(path, sizeof path, "/api/v1/institutions/%s/records/invitation", client);
    snprintf(fields, sizeof fields,
             "{\"number\":\"%s\",\"party_kind\":\"item\",\"party\":\"%s\",\"contact\":\"x\",\"sent_on\":"
             "\"2026-01-01\",\"expires_on\":\"2999-12-31\"}",
             number, item);
    make(w, path, fields, id);
    snprintf(path, sizeof path, "/api/v1/institutions/%s/invitations/%s/code", client, number);
    json_t *v = ask(w, &root, "POST", path, NULL, 201, NULL);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", json_at(v, "code"));
    json_decref(v);
    v = ask(w, &root, "POST", PARTY "/invitations/accept", body, 201, NULL);
    memcpy(ret, json_at(v, "link"), YJ_UUID_LEN + 1);
    json_decref(v);
}

static void open_institution(const world *w, const char *code, const char *type,
                             char ret[static YJ_UUID_LEN + 1])
{
    char body[200];
    snprintf(body, sizeof body, "{\"fields\":{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"%s\"}}", code, code,
             type);
    json_t *v = ask(w, &root, "POST", "/api/v1/institutions", body, 201, NULL);
    memcpy(ret, json_at(v, "id"), YJ_UUID_LEN + 1);
    json_decref(v);
}

static int setup(void **state)
{
    char id[YJ_UUID_LEN + 1], item[YJ_UUID_LEN + 1], fields[300], unused[YJ_UUID_LEN + 1];
    if (world_setup_signed(state) != 0)
        return -1;
    world *w = *state;
    first_administrator(w, &root);
    document = ask(w, &root, "GET", "/api/v1/openapi.json", NULL, 200, NULL);
    open_institution(w, "party", "provider", party_id);
    open_institution(w, "rival", "provider", rival_id);
    open_institution(w, "second", "client", id);
    person_signs_in(w, &root, "demo", "staff", "\"it\"", &staff, unused);
    person_signs_in(w, &root, "demo", "reader", "\"reader\"", &reader, unused);
    person_signs_in(w, &root, "party", "contact", "\"provider_contact\"", &contact, unused);
    person_signs_in(w, &root, "rival", "rival", "\"provider_contact\"", &rival, unused);
    person_signs_in(w, &root, "second", "second", "\"it\"", &second, unused);
    make(w, DEMO "/records/item", "{\"number\":\"R-1\",\"title\":\"party\"}", item);
    make(w, DEMO "/records/item", "{\"number\":\"R-2\",\"title\":\"twin\"}", twin);
    tie(w, "demo", "I-1", item, link_id);
    make(w, SECOND "/records/item", "{\"number\":\"R-1\",\"title\":\"party\"}", item);
    tie(w, "second", "I-1", item, unused);
    answer a = visit(w, &contact, "POST", "/api/v1/evidence", "{\"a file\":1}");
    assert_int_equal(a.status, 201);
    snprintf(digest, sizeof digest, "%s", json_at(a.json, "digest"));
    answer_done(&a);
    assert_int_equal(strlen(digest), 64);
    snprintf(fields, sizeof fields, "{\"title\":\"paper\",\"digest\":\"%s\",\"source\":\"instrument\"}",
             digest);
    make(w, PARTY "/records/evidence", fields, id);
    snprintf(fields, sizeof fields,
             "{\"number\":\"S-1\",\"text\":\"first\",\"note\":\"ours\",\"files\":[\"%s\"]}", id);
    make(w, PARTY "/records/sheet", fields, sheet);
    return 0;
}

static int teardown(void **state)
{
    json_decref(document);
    return world_teardown(state);
}

static const char *act(char path[static 300], const char *inst, const char *party, const char *id,
                       const char *what)
{
    snprintf(path, 300, "%s/offers/%s/%s/%s", inst, party, id, what);
    return path;
}

static void assert_waiting(const world *w, browser *b, const char *inst, size_t count)
{
    char path[200];
    snprintf(path, sizeof path, "%s/offers/waiting", inst);
    json_t *v = ask(w, b, "GET", path, NULL, 200, "OffersWaiting");
    assert_int_equal(json_array_size(json_object_get(v, "items")), count);
    json_decref(v);
}

static void assert_file(const world *w, browser *b, int status)
{
    char path[200];
    snprintf(path, sizeof path, "/api/v1/evidence/%s", digest);
    visit_expect(w, b, status, "GET", path, NULL);
}

static void change_sheet(const world *w, const char *text)
{
    char path[200], body[200];
    snprintf(path, sizeof path, PARTY "/records/sheet/%s", sheet);
    snprintf(body, sizeof body, "{\"fields\":{\"text\":\"%s\"}}", text);
    json_decref(ask(w, &root, "PATCH", path, body, 200, NULL));
}

static void nothing__is_offered_by_who_may_not(void **state)
{
    const world *w = *state;
    char body[300];
    snprintf(body, sizeof body, "{\"fields\":{\"about_kind\":\"sheet\",\"about\":\"%s\"}}", sheet);
    refused(w, &rival, 404, "not_found", PARTY "/records/offer", body);
    refused(w, &rival, 400, "invalid_request", RIVAL "/records/offer", body); /* no record of its own */
    snprintf(body, sizeof body, "{\"fields\":{\"about_kind\":\"item\",\"about\":\"%s\"}}", twin);
    refused(w, &reader, 403, "forbidden", DEMO "/records/offer", body);
    assert_waiting(w, &staff, DEMO, 0);
    assert_file(w, &staff, 404);
    json_t *v = ask(w, &contact, "GET", PARTY "/offers", NULL, 200, "Offers");
    assert_int_equal(json_array_size(json_object_get(v, "items")), 0);
    json_decref(v);
}

static void offer__is_taken_by_whom_it_is_for(void **state)
{
    const world *w = *state;
    char path[300], body[300];
    snprintf(body, sizeof body,
             "{\"fields\":{\"about_kind\":\"sheet\",\"about\":\"%s\",\"engagements\":[\"%s\"]}}", sheet,
             link_id);
    json_decref(ask(w, &contact, "POST", PARTY "/records/offer", body, 201, NULL));
    assert_waiting(w, &staff, DEMO, 1);
    assert_waiting(w, &second, SECOND, 0);
    assert_waiting(w, &rival, RIVAL, 0);
    assert_waiting(w, &contact, PARTY, 0);
    /* whoever may take it may look at the file before; nobody else */
    assert_file(w, &staff, 200);
    assert_file(w, &second, 404);
    assert_file(w, &rival, 404);
    json_t *v = ask(w, &staff, "GET", DEMO "/offers/waiting", NULL, 200, "OffersWaiting");
    assert_string_equal(json_at(v, "items.0.institution.code"), "party");
    assert_string_equal(json_at(v, "items.0.evidence.0.digest"), digest);
    assert_string_equal(json_at(v, "items.0.offer"), sheet);
    char *text = json_dumps(v, 0);
    assert_null(strstr(text, "ours")); /* what is not carried over is not told */
    free(text);
    json_decref(v);
    /* wrong in itself */
    act(path, DEMO, party_id, sheet, "accept");
    refused(w, &staff, 400, "invalid_request", path, "{}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":\"1\"}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1,\"fields\":[]}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1,\"fields\":{\"text\":\"mine\"}}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1,\"reason\":\"x\"}");
    refused(w, &staff, 409, "conflict", path, "{\"version\":2}");
    refused(w, &staff, 409, "conflict", act(path, DEMO, party_id, sheet, "decline"),
            "{\"version\":7,\"reason\":\"x\"}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1}");
    /* as it comes out with a choice, and nothing but what was shown */
    act(path, DEMO, party_id, sheet, "look");
    snprintf(body, sizeof body, "{\"fields\":{\"twin\":\"%s\"}}", twin);
    v = ask(w, &staff, "POST", path, body, 200, "OfferWaiting");
    assert_string_equal(json_at(v, "offer"), sheet);
    assert_true(json_is_null(json_object_get(v, "about")));
    text = json_dumps(v, 0);
    assert_non_null(strstr(text, twin));
    free(text);
    json_decref(v);
    refused(w, &staff, 400, "invalid_request", path, "{\"fields\":{\"text\":\"mine\"}}");
    refused(w, &staff, 400, "invalid_request", path, "{\"fields\":1}");
    refused(w, &rival, 404, "not_found", path, "{}");
    refused(w, &staff, 404, "not_found", act(path, DEMO, party_id, twin, "look"), "{}");
    act(path, DEMO, party_id, sheet, "accept");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1,\"about\":\"x\"}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":1,\"about\":{\"id\":\"x\"}}");
    snprintf(body, sizeof body, "{\"version\":1,\"about\":{\"id\":\"%s\",\"version\":1}}", twin);
    refused(w, &staff, 409, "conflict", path, body);
    /* by others */
    refused(w, &reader, 403, "forbidden", path, "{\"version\":1}");
    refused(w, &contact, 404, "not_found", path, "{\"version\":1}");
    refused(w, &rival, 404, "not_found", path, "{\"version\":1}");
    refused(w, &second, 404, "not_found", act(path, SECOND, party_id, sheet, "accept"), "{\"version\":1}");
    refused(w, &rival, 404, "not_found", act(path, RIVAL, party_id, sheet, "accept"), "{\"version\":1}");
    refused(w, &contact, 404, "not_found", act(path, PARTY, party_id, sheet, "accept"), "{\"version\":1}");
    refused(w, &staff, 404, "not_found", act(path, DEMO, rival_id, sheet, "accept"), "{\"version\":1}");
    refused(w, &staff, 404, "not_found", act(path, DEMO, party_id, twin, "accept"), "{\"version\":1}");
    refused(w, &staff, 404, "not_found", act(path, DEMO, "x", "y", "accept"), "{\"version\":1}");
    /* an older version, while the page was open */
    change_sheet(w, "second");
    refused(w, &staff, 409, "conflict", act(path, DEMO, party_id, sheet, "accept"), "{\"version\":1}");
    snprintf(body, sizeof body, "{\"version\":2,\"about\":null,\"fields\":{\"twin\":\"%s\"}}", twin);
    json_decref(ask(w, &staff, "POST", path, body, 204, NULL));
    refused(w, &staff, 404, "not_found", path, body); /* twice the same */
    refused(w, &staff, 404, "not_found", act(path, DEMO, party_id, sheet, "decline"),
            "{\"version\":2,\"reason\":\"x\"}");
    assert_waiting(w, &staff, DEMO, 0);
    v = ask(w, &staff, "GET", DEMO "/records/sheet", NULL, 200, NULL);
    assert_string_equal(json_at(v, "items.0.fields.text"), "second");
    assert_string_equal(json_at(v, "items.0.fields.twin"), twin);
    assert_string_equal(json_at(v, "items.0.fields.note"), "");
    json_decref(v);
    assert_file(w, &staff, 200);
    assert_file(w, &second, 404);
    v = ask(w, &contact, "GET", PARTY "/offers", NULL, 200, "Offers");
    assert_string_equal(json_at(v, "items.0.clients.0.outcome"), "taken");
    assert_string_equal(json_at(v, "items.0.clients.1.outcome"), "");
    json_decref(v);
    refused(w, &reader, 404, "not_found", PARTY "/records/offer", "{\"fields\":{}}");
}

static void later_version__is_declined_with_a_reason(void **state)
{
    const world *w = *state;
    char path[300];
    change_sheet(w, "third");
    assert_waiting(w, &staff, DEMO, 1);
    act(path, DEMO, party_id, sheet, "decline");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":3}");
    refused(w, &staff, 400, "invalid_request", path, "{\"version\":3,\"reason\":1}");
    refused(w, &reader, 403, "forbidden", path, "{\"version\":3,\"reason\":\"x\"}");
    json_decref(ask(w, &staff, "POST", path, "{\"version\":3,\"reason\":\"not ours\"}", 204, NULL));
    refused(w, &staff, 404, "not_found", path, "{\"version\":3,\"reason\":\"not ours\"}");
    assert_waiting(w, &staff, DEMO, 0);
    json_t *v = ask(w, &contact, "GET", PARTY "/offers", NULL, 200, "Offers");
    assert_string_equal(json_at(v, "items.0.clients.0.outcome"), "declined");
    assert_string_equal(json_at(v, "items.0.clients.0.reason"), "not ours");
    json_decref(v);
    v = ask(w, &staff, "GET", DEMO "/records/sheet", NULL, 200, NULL);
    assert_string_equal(json_at(v, "items.0.fields.text"), "second");
    json_decref(v);
    visit_expect(w, &rival, 404, "GET", PARTY "/offers", NULL);
    visit_expect(w, &rival, 404, "GET", DEMO "/offers/waiting", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing__is_offered_by_who_may_not),
        cmocka_unit_test(offer__is_taken_by_whom_it_is_for),
        cmocka_unit_test(later_version__is_declined_with_a_reason),
    };
    return cmocka_run_group_tests_name("api_offers", tests, setup, teardown);
}
