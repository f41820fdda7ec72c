// SPDX-License-Identifier: Apache-2.0
/* "May I, and why not", asked as the page does. */
#include "api_test.h"

#include <stdio.h>
#include <string.h>

#define MAY DEMO "/may"

static char it[YJ_UUID_LEN + 1], head[YJ_UUID_LEN + 1], reader[YJ_UUID_LEN + 1], item[YJ_UUID_LEN + 1];

static void put_person(const world *w, const char *number, const char *name, const char *roles, char *ret)
{
    char fields[300];
    snprintf(fields, sizeof fields, "{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[%s]}", number, name,
             roles);
    memcpy(ret, put_record(w, "person", fields), YJ_UUID_LEN + 1);
}

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    const world *w = *state;
    put_person(w, "7", "王五", "\"it\"", it);
    put_person(w, "8", "赵六", "\"head_of_it\"", head);
    put_person(w, "9 / 号", "孙七", "\"reader\"", reader);
    memcpy(item, put_record(w, "item", "{\"number\":\"R-1\",\"title\":\"x\"}"), YJ_UUID_LEN + 1);
    return 0;
}

/* Ask as somebody (NULL: nobody named); the answer's JSON, to be released. */
static json_t *ask_as(const world *w, const char *who, const char *path)
{
    char header[128] = "";
    if (who)
        snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", who);
    answer a = call(w, "GET", path, header, NULL);
    if (a.status != 200)
        fail_msg("%s: %d %s", path, a.status, a.body);
    assert_string_equal(answer_header(&a, "Cache-Control"), "no-store");
    assert_null(answer_header(&a, "ETag"));
    json_t *v = json_incref(a.json);
    answer_done(&a);
    return v;
}

static const json_t *transition(const json_t *v, const char *name)
{
    const json_t *list = json_object_get(v, "transitions");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_at(json_array_get(list, i), "transition"), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

static void assert_allowed(const json_t *may)
{
    assert_true(json_is_true(json_object_get(may, "allowed")));
    assert_true(json_is_null(json_object_get(may, "why")));
    assert_int_equal(json_array_size(json_object_get(may, "who")), 0);
}

static void assert_refused(const json_t *may, const char *zh, const char *en)
{
    assert_true(json_is_false(json_object_get(may, "allowed")));
    if (!strstr(json_at(may, "why.zh"), zh) || !strstr(json_at(may, "why.en"), en))
        fail_msg("%s / %s", json_at(may, "why.zh"), json_at(may, "why.en"));
}

static void operator__is_who_is_not_named(void **state)
{
    const world *w = *state;
    json_t *v = ask_as(w, NULL, MAY "?kind=item");
    assert_true(json_is_true(json_object_get(v, "operator")));
    assert_string_equal(json_at(v, "person.id"), yj_engine_operator(w->engine));
    assert_string_equal(json_at(v, "person.kind"), "person");
    assert_true(json_at(v, "person.name")[0] != '\0');
    assert_string_equal(json_at(v, "kind"), "item");
    assert_allowed(json_object_get(v, "create"));
    assert_true(json_is_null(json_object_get(v, "change")));
    assert_int_equal(json_array_size(json_object_get(v, "transitions")), 3); /* start, close, withdraw */
    assert_allowed(transition(v, "start"));
    json_decref(v);
    /* also of himself, and in the installation's own ledger */
    v = ask_as(w, NULL, "/api/v1/institutions/installation/may?kind=person");
    assert_allowed(json_object_get(v, "create"));
    json_decref(v);
}

static void person__may_by_role(void **state)
{
    const world *w = *state;
    json_t *v = ask_as(w, it, MAY "?kind=item");
    assert_true(json_is_false(json_object_get(v, "operator")));
    assert_string_equal(json_at(v, "person.name"), "王五");
    assert_allowed(json_object_get(v, "create"));
    assert_allowed(transition(v, "close"));
    const json_t *start = transition(v, "start");
    assert_refused(start, "信息技术负责人。王五承担的职责：信息技术",
                   "this is for: Head of IT; 王五 has: IT");
    assert_int_equal(json_array_size(json_object_get(start, "who")), 1);
    assert_string_equal(json_at(start, "who.0.kind"), "person");
    assert_string_equal(json_at(start, "who.0.id"), head);
    assert_string_equal(json_at(start, "who.0.name"), "赵六");
    json_decref(v);
    /* by key, percent-encoded */
    v = ask_as(w, "9%20/%20%E5%8F%B7", MAY "?kind=item");
    assert_string_equal(json_at(v, "person.id"), reader);
    assert_refused(json_object_get(v, "create"), "信息安全、信息技术", "has: Reader");
    json_decref(v);
}

static void record__as_it_is_now(void **state)
{
    const world *w = *state;
    json_t *v = ask_as(w, it, MAY "?kind=item&id=R-1");
    assert_allowed(json_object_get(v, "change"));
    json_decref(v);
    v = ask_as(w, head, MAY "?kind=item&id=R-1");
    assert_refused(json_object_get(v, "change"), "信息技术。赵六", "this is for: IT; 赵六 has: Head of IT");
    assert_allowed(transition(v, "start")); /* the operator created it */
    json_decref(v);
    /* what one made oneself */
    char header[80], path[160];
    snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", head);
    snprintf(path, sizeof path, DEMO "/records/person/%s", head);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"roles\":[\"head_of_it\",\"it\"]}}");
    answer a =
        call(w, "POST", DEMO "/records/item", header, "{\"fields\":{\"number\":\"H-1\",\"title\":\"x\"}}");
    assert_int_equal(a.status, 201);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"roles\":[\"head_of_it\"]}}");
    snprintf(path, sizeof path, MAY "?kind=item&id=%s", json_at(a.json, "id"));
    answer_done(&a);
    v = ask_as(w, head, path);
    assert_refused(transition(v, "start"), "须由记录登记人以外的人办理",
                   "than the one who created the record");
    assert_int_equal(json_array_size(json_object_get(transition(v, "start"), "who")), 0);
    json_decref(v);
    /* transitions from its state only */
    call_expect(w, 200, "POST", DEMO "/records/item/H-1/transitions", NULL, "{\"transition\":\"close\"}");
    v = ask_as(w, NULL, path);
    assert_null(transition(v, "start"));
    assert_null(transition(v, "close"));
    assert_non_null(transition(v, "withdraw"));
    json_decref(v);
    call_expect(w, 200, "POST", DEMO "/records/item/H-1/transitions", NULL, "{\"transition\":\"withdraw\"}");
    v = ask_as(w, NULL, path);
    assert_refused(json_object_get(v, "change"), "已被撤销", "the record was withdrawn");
    assert_int_equal(json_array_size(json_object_get(v, "transitions")), 0);
    json_decref(v);
}

/* A write is refused by the words in which asking was answered; nothing is written. */
static void what__is_not_allowed_is_refused(void **state)
{
    const world *w = *state;
    char header[80];
    const char *why = NULL;
    snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", head);
    json_t *v = ask_as(w, head, MAY "?kind=item&id=R-1");
    static const struct {
        const char *method, *path, *body, *at;
    } tries[] = {
        { "POST", DEMO "/records/item", "{\"fields\":{\"number\":\"T-1\",\"title\":\"x\"}}",
          "create.why.en" },
        { "POST", DEMO "/records/item?dry_run=true", "{\"fields\":{\"number\":\"T-1\",\"title\":\"x\"}}",
          "create.why.en" },
        { "PATCH", DEMO "/records/item/R-1", "{\"fields\":{\"title\":\"y\"}}", "change.why.en" },
        { "POST", DEMO "/records/item/R-1/transitions", "{\"transition\":\"close\"}",
          "transitions.1.why.en" },
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        answer a = call(w, tries[i].method, tries[i].path, header, tries[i].body);
        assert_int_equal(a.status, 403);
        assert_string_equal(json_at(a.json, "error.code"), "forbidden");
        why = json_at(v, tries[i].at);
        assert_true(why[0]);
        assert_string_equal(json_at(a.json, "error.messages.en"), why);
        assert_string_not_equal(json_at(a.json, "error.messages.zh"), why);
        answer_done(&a);
    }
    json_decref(v);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/records/item/T-1", NULL, NULL);
    answer a = call(w, "GET", DEMO "/records/item/R-1", NULL, NULL);
    assert_string_equal(json_at(a.json, "fields.title"), "x");
    assert_int_equal(json_int_at(a.json, "version"), 1);
    answer_done(&a);
    /* a gate that is shut is not told to who may not pass it; to who may, it is */
    snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", reader);
    a = call(w, "POST", DEMO "/records/item/R-1/transitions", header, "{\"transition\":\"start\"}");
    assert_int_equal(a.status, 403);
    assert_null(json_object_get(json_object_get(a.json, "error"), "misses"));
    answer_done(&a);
    snprintf(header, sizeof header, "Yunjian-Person: %s\r\n", head);
    call_refused(w, 422, "gate_shut", "", "POST", DEMO "/records/item/R-1/transitions", header,
                 "{\"transition\":\"start\"}");
}

/* Not another's answer, and not one of before. */
static void answers__are_of_now_and_of_who_asks(void **state)
{
    const world *w = *state;
    for (int i = 0; i < 2; i++) {
        json_t *v = ask_as(w, it, MAY "?kind=item");
        assert_allowed(json_object_get(v, "create"));
        json_decref(v);
        v = ask_as(w, reader, MAY "?kind=item");
        assert_refused(json_object_get(v, "create"), "", "");
        json_decref(v);
    }
    char path[160];
    snprintf(path, sizeof path, DEMO "/records/person/%s", it);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"roles\":[\"risk\"]}}");
    json_t *v = ask_as(w, it, MAY "?kind=item");
    assert_refused(json_object_get(v, "create"), "风险管理", "Risk management");
    json_decref(v);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"roles\":[\"it\"]}}");
    v = ask_as(w, it, MAY "?kind=item");
    assert_allowed(json_object_get(v, "create"));
    json_decref(v);
    /* a deputy, from the day on */
    char fields[300];
    snprintf(fields, sizeof fields,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2020-01-01\",\"until_date\":"
             "\"2999-01-01\",\"reason\":\"x\"}",
             it, reader);
    put_record(w, "delegation", fields);
    v = ask_as(w, reader, MAY "?kind=item");
    assert_allowed(json_object_get(v, "create"));
    assert_string_equal(json_at(json_object_get(json_object_get(v, "create"), "for"), "id"), it);
    assert_string_equal(json_at(json_object_get(json_object_get(v, "create"), "for"), "name"), "王五");
    json_decref(v);
    v = ask_as(w, it, MAY "?kind=item");
    assert_true(json_is_null(json_object_get(json_object_get(v, "create"), "for")));
    json_decref(v);
}

static bool may_create(const json_t *v, const char *kind)
{
    const json_t *list = json_object_get(v, "items");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_at(json_array_get(list, i), "kind"), kind) == 0)
            return json_is_true(json_object_get(json_array_get(list, i), "create"));
    fail_msg("%s is not listed", kind);
    return false;
}

static void kinds__say_what_may_be_created(void **state)
{
    const world *w = *state;
    yj_catalog *c = yj_engine_catalog(w->engine);
    json_t *v = ask_as(w, NULL, MAY "/kinds");
    assert_int_equal(json_array_size(json_object_get(v, "items")), c->kind_count);
    for (size_t i = 0; i < c->kind_count; i++)
        assert_true(may_create(v, c->kinds[i].name));
    json_decref(v);
    yj_catalog_unref(c);
    v = ask_as(w, head, MAY "/kinds");
    assert_false(may_create(v, "item"));
    assert_false(may_create(v, "fix"));
    assert_false(may_create(v, "person"));
    assert_true(may_create(v, "piece")); /* by the default of pack core */
    assert_true(may_create(v, "delegation"));
    json_decref(v);
}

static void what__cannot_be_asked_is_told(void **state)
{
    const world *w = *state;
    call_refused(w, 400, "invalid_request", "kind", "GET", MAY, NULL, NULL);
    call_refused(w, 404, "not_found", "kind", "GET", MAY "?kind=dragon", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", MAY "?kind=item&id=R-99", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", MAY "?kind=item&id=018cbd62-8680-7283-865e-c54cc4a0e130",
                 NULL, NULL);
    call_refused(w, 400, "invalid_request", "yunjian-person", "GET", MAY "?kind=item",
                 "Yunjian-Person: 99\r\n", NULL);
    call_refused(w, 400, "invalid_request", "yunjian-person", "GET", MAY "/kinds", "Yunjian-Person: %FF\r\n",
                 NULL);
    call_expect(w, 404, "GET", "/api/v1/institutions/nobody/may?kind=item", NULL, NULL);
    call_expect(w, 404, "GET", "/api/v1/institutions/nobody/may/kinds", NULL, NULL);
    call_expect(w, 405, "POST", MAY "/kinds", NULL, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operator__is_who_is_not_named),
        cmocka_unit_test(person__may_by_role),
        cmocka_unit_test(record__as_it_is_now),
        cmocka_unit_test(what__is_not_allowed_is_refused),
        cmocka_unit_test(answers__are_of_now_and_of_who_asks),
        cmocka_unit_test(kinds__say_what_may_be_created),
        cmocka_unit_test(what__cannot_be_asked_is_told),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
