// SPDX-License-Identifier: Apache-2.0
/* Two institutions that are tied, as their pages see it. */
#include "api_test.h"
#include "schema.h"

#include <stdio.h>
#include <string.h>

#define PARTY "/api/v1/institutions/party"
#define RIVAL "/api/v1/institutions/rival"

static json_t *document;
static char item[YJ_UUID_LEN + 1], invitation[YJ_UUID_LEN + 1], contact[YJ_UUID_LEN + 1],
    nobody[YJ_UUID_LEN + 1];

/* Ask; the answer must have the status and, if it has a body, the shape; released by the caller. */
static json_t *ask(const world *w, const char *who, const char *method, const char *path, const char *body,
                   int status, const char *schema)
{
    char header[128] = "", why[1024];
    if (who)
        snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", who);
    answer a = call(w, method, path, header, body);
    if (a.status != status)
        fail_msg("%s %s: %d %s", method, path, a.status, a.body);
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    if (schema && !schema_fits(document, json_object_get(schemas, schema), a.json, why, sizeof why))
        fail_msg("%s %s: %s in %s", method, path, why, a.body);
    assert_string_equal(answer_header(&a, "Cache-Control"), "no-store");
    json_t *v = json_incref(a.json);
    answer_done(&a);
    return v;
}

static void make(const world *w, const char *path, const char *fields, char ret[static YJ_UUID_LEN + 1])
{
    char body[600];
    snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    json_t *v = ask(w, NULL, "POST", path, body, 201, NULL);
    memcpy(ret, json_at(v, "id"), YJ_UUID_LEN + 1);
    json_decref(v);
}

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    const world *w = *state;
    char id[YJ_UUID_LEN + 1], fields[500];
    answer a = call(w, "GET", "/api/v1/openapi.json", NULL, NULL);
    document = json_incref(a.json);
    answer_done(&a);
    static const char *const others[] = { "party", "rival" };
    for (size_t i = 0; i < YJ_COUNT(others); i++) {
        snprintf(fields, sizeof fields,
                 "{\"fields\":{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"provider\"}}", others[i],
                 others[i]);
        call_expect(w, 201, "POST", "/api/v1/institutions", NULL, fields);
    }
    make(w, PARTY "/records/person",
         "{\"number\":\"1\",\"name\":\"联系人\",\"roles\":[\"provider_contact\"]}", contact);
    make(w, PARTY "/records/person", "{\"number\":\"2\",\"name\":\"旁人\",\"roles\":[\"reader\"]}", nobody);
    make(w, DEMO "/records/item", "{\"number\":\"R-1\",\"title\":\"x\"}", item);
    snprintf(fields, sizeof fields,
             "{\"number\":\"I-1\",\"party_kind\":\"item\",\"party\":\"%s\",\"contact\":\"x\",\"sent_on\":"
             "\"2026-01-01\",\"expires_on\":\"2999-12-31\"}",
             item);
    make(w, DEMO "/records/invitation", fields, invitation);
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"P-1\"}", item);
    make(w, DEMO "/records/piece", fields, id);
    return 0;
}

static int teardown(void **state)
{
    json_decref(document);
    return world_teardown(state);
}

static void institutions__are_tied_and_untied(void **state)
{
    const world *w = *state;
    char body[200], path[200];
    json_t *v = ask(w, NULL, "POST", DEMO "/invitations/I-1/code", NULL, 201, "InvitationCode");
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", json_at(v, "code"));
    json_decref(v);
    v = ask(w, contact, "POST", PARTY "/invitations/look", body, 200, "InvitationSeen");
    assert_string_equal(json_at(v, "client.code"), "demo");
    assert_string_equal(json_at(v, "type"), "provider");
    json_decref(v);
    json_decref(ask(w, nobody, "POST", PARTY "/invitations/accept", body, 403, "Error"));
    v = ask(w, contact, "POST", PARTY "/invitations/accept", body, 201, "Accepted");
    assert_string_equal(json_at(v, "invitation"), invitation);
    snprintf(path, sizeof path, PARTY "/records/engagement/%s/transitions", json_at(v, "link"));
    json_decref(v);
    call_refused(w, 404, "not_found", "", "POST", PARTY "/invitations/accept", NULL, body);
    v = ask(w, NULL, "GET", DEMO "/ties", NULL, 200, "Ties");
    assert_string_equal(json_at(v, "items.0.institution.code"), "party");
    assert_string_equal(json_at(v, "items.0.record.name"), "x");
    json_decref(v);
    v = ask(w, contact, "GET", PARTY "/addressed", NULL, 200, "AddressedList");
    assert_string_equal(json_at(v, "items.0.client.code"), "demo");
    assert_string_equal(json_at(v, "items.0.fields.number"), "P-1");
    assert_null(
        json_object_get(json_object_get(json_array_get(json_object_get(v, "items"), 0), "fields"), "item"));
    char one[300];
    snprintf(one, sizeof one, "/addressed/%s/%s", json_at(v, "items.0.client.id"), json_at(v, "items.0.id"));
    json_decref(v);
    char at[400];
    snprintf(at, sizeof at, PARTY "%s", one);
    json_decref(ask(w, contact, "GET", at, NULL, 200, "Addressed"));
    snprintf(at, sizeof at, PARTY "%s/may", one);
    v = ask(w, contact, "GET", at, NULL, 200, "AddressedMay");
    assert_non_null(strstr(json_at(v, "why.en"), "for information"));
    assert_non_null(strstr(json_at(v, "why.zh"), "\xe4\xbb\x85"));
    json_decref(v);
    snprintf(at, sizeof at, RIVAL "%s/may", one);
    call_refused(w, 404, "not_found", "", "GET", at, NULL, NULL);
    json_decref(ask(w, NULL, "GET", DEMO "/answers", NULL, 200, "AnswersWaiting"));
    snprintf(at, sizeof at, RIVAL "%s", one);
    call_refused(w, 404, "not_found", "", "GET", at, NULL, NULL);
    v = ask(w, NULL, "GET", RIVAL "/addressed", NULL, 200, "AddressedList");
    assert_int_equal(json_array_size(json_object_get(v, "items")), 0);
    json_decref(v);
    json_decref(ask(w, NULL, "POST", path, "{\"transition\":\"end\"}", 200, NULL));
    v = ask(w, contact, "GET", PARTY "/addressed", NULL, 200, "AddressedList");
    assert_int_equal(json_array_size(json_object_get(v, "items")), 0);
    json_decref(v);
    snprintf(at, sizeof at, PARTY "%s", one);
    call_refused(w, 404, "not_found", "", "GET", at, NULL, NULL);
}

static void bad_requests__name_what_is_wrong(void **state)
{
    const world *w = *state;
    call_refused(w, 400, "invalid_request", "code", "POST", PARTY "/invitations/look", NULL, "{\"code\":1}");
    call_refused(w, 404, "not_found", "", "POST", PARTY "/invitations/look", NULL, "{}");
    call_refused(w, 400, "invalid_request", "reason", "POST", PARTY "/invitations/decline", NULL,
                 "{\"code\":\"x\",\"reason\":\"\"}");
    call_refused(w, 404, "not_found", "", "POST", DEMO "/invitations/I-9/code", NULL, NULL);
    call_refused(w, 409, "conflict", "", "POST", DEMO "/invitations/I-1/code", NULL, NULL); /* answered */
    call_refused(w, 400, "invalid_request", "version", "POST", DEMO "/answers/x/y/accept", NULL, "{}");
    call_refused(w, 404, "not_found", "", "POST", DEMO "/answers/x/y/accept", NULL, "{\"version\":1}");
    call_refused(w, 400, "invalid_request", "reason", "POST", DEMO "/answers/x/y/decline", NULL,
                 "{\"version\":1}");
    call_refused(w, 400, "invalid_request", "after", "GET", PARTY "/addressed?after=x", NULL, NULL);
    call_refused(w, 400, "invalid_request", "kind", "GET", PARTY "/addressed?kind=x", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", PARTY "/addressed?limit=0", NULL, NULL);
    call_refused(w, 409, "conflict", "", "POST", DEMO "/records/invitation/I-1/transitions", NULL,
                 "{\"transition\":\"accept\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(institutions__are_tied_and_untied),
        cmocka_unit_test(bad_requests__name_what_is_wrong),
    };
    return cmocka_run_group_tests_name("api_exchange", tests, setup, teardown);
}
