// SPDX-License-Identifier: Apache-2.0
/* The inbox, preferences and channels over HTTP. notice/test_news.c has what is news. */
#include "api_test.h"
#include "schema.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_fits(const world *w, const char *schema, const json_t *v)
{
    char why[1024];
    answer doc = call(w, "GET", "/api/v1/openapi.json", NULL, NULL);
    const json_t *schemas = json_object_get(json_object_get(doc.json, "components"), "schemas");
    if (!schema_fits(doc.json, json_object_get(schemas, schema), v, why, sizeof why))
        fail_msg("%s", why);
    answer_done(&doc);
}

static void as_person(const char *id, char ret[static 80])
{
    snprintf(ret, 80, "Yunjian-Person: %.36s\r\n", id);
}

static void the_inbox__is_the_persons_own(void **state)
{
    const world *w = *state;
    char who[80], other[80], id[64], fields[300], body[120];
    snprintf(id, sizeof id, "%s",
             put_record(w, "person", "{\"number\":\"N1\",\"name\":\"钱七\",\"roles\":[\"it\"]}"));
    as_person(id, who);
    as_person(put_record(w, "person", "{\"number\":\"N2\",\"name\":\"孙八\"}"), other);
    put_record(w, "item",
               "{\"number\":\"N-1\",\"title\":\"甲\",\"level\":2,\"tags\":[\"a\"],\"colour\":\"red\"}");
    snprintf(fields, sizeof fields,
             "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-01-01\",\"until_date\":"
             "\"2999-01-01\",\"reason\":\"x\"}",
             put_record(w, "person", "{\"number\":\"N3\",\"name\":\"周九\"}"), id);
    put_record(w, "delegation", fields);
    answer a = { 0 };
    for (int i = 0; i < 6000; i++) {
        a = call(w, "GET", DEMO "/inbox?show=unread", who, NULL);
        assert_int_equal(a.status, 200);
        if (json_int_at(a.json, "unread") > 0)
            break;
        answer_done(&a);
        (void)poll(NULL, 0, 10);
    }
    assert_fits(w, "Inbox", a.json);
    assert_int_equal(json_int_at(a.json, "unread"), 1);
    assert_string_equal(json_at(a.json, "items.0.news"), "named");
    assert_string_equal(json_at(a.json, "items.0.subject.kind"), "delegation");
    snprintf(body, sizeof body, "{\"mark\":\"done\",\"ids\":[\"%s\"]}", json_at(a.json, "items.0.id"));
    answer_done(&a);
    /* nobody else's, and nobody else can mark it */
    a = call(w, "POST", DEMO "/inbox/marks", other, body);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "open"), 0);
    answer_done(&a);
    a = call(w, "GET", DEMO "/inbox/counts", who, NULL);
    assert_int_equal(json_int_at(a.json, "open"), 1);
    answer_done(&a);
    a = call(w, "POST", DEMO "/inbox/marks", who, body);
    assert_fits(w, "InboxCounts", a.json);
    assert_int_equal(json_int_at(a.json, "open") + json_int_at(a.json, "unread"), 0);
    answer_done(&a);
    call_expect(w, 200, "POST", DEMO "/inbox/marks", who, "{\"mark\":\"unread\"}");
    call_refused(w, 400, "invalid_request", "mark", "POST", DEMO "/inbox/marks", who, "{\"mark\":\"gone\"}");
    call_refused(w, 400, "invalid_request", "ids", "POST", DEMO "/inbox/marks", who,
                 "{\"mark\":\"read\",\"ids\":[1]}");
}

static void preferences__are_kept(void **state)
{
    const world *w = *state;
    char who[80];
    as_person(put_record(w, "person", "{\"number\":\"P1\",\"name\":\"吴十\"}"), who);
    answer a = call(w, "GET", DEMO "/inbox/preferences", who, NULL);
    assert_fits(w, "Preference", a.json);
    assert_true(json_is_false(json_object_get(a.json, "own")));
    assert_string_equal(json_at(a.json, "pace"), "daily");
    answer_done(&a);
    call_expect(w, 200, "PUT", DEMO "/inbox/preferences", who,
                "{\"pace\":\"weekly\",\"weekday\":5,\"lang\":\"en\"}");
    a = call(w, "GET", DEMO "/inbox/preferences", who, NULL);
    assert_true(json_is_true(json_object_get(a.json, "own")));
    assert_string_equal(json_at(a.json, "pace"), "weekly");
    assert_int_equal(json_int_at(a.json, "weekday"), 5);
    assert_int_equal(json_int_at(a.json, "hour"), 9);
    assert_true(json_is_false(json_object_get(a.json, "channels")));
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "hour", "PUT", DEMO "/inbox/preferences", who, "{\"hour\":24}");
    call_refused(w, 400, "invalid_request", "pace", "PUT", DEMO "/inbox/preferences", who,
                 "{\"pace\":\"never\"}");
}

#define RELAY                                                                                                \
    "{\"kind\":\"mail\",\"name\":\"Relay\",\"host\":\"127.0.0.1\",\"port\":1,\"security\":\"none\","         \
    "\"from\":\"yunjian@bank.example\""

static void channels__are_for_administrators_and_hide_their_secrets(void **state)
{
    const world *w = *state;
    char who[80], admin[80], id[64], path[200];
    as_person(put_record(w, "person", "{\"number\":\"C1\",\"name\":\"郑一\",\"roles\":[\"it\"]}"), who);
    as_person(put_record(w, "person", "{\"number\":\"C2\",\"name\":\"王二\",\"roles\":[\"administrator\"]}"),
              admin);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/channels", who, NULL);
    call_refused(w, 403, "forbidden", "", "POST", DEMO "/channels", who, RELAY "}");
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/deliveries", who, NULL);
    /* the installation's are its operator's */
    call_refused(w, 400, "invalid_request", "yunjian-person", "POST",
                 "/api/v1/institutions/installation/channels", admin, RELAY "}");
    answer a =
        call(w, "POST", DEMO "/channels", admin, RELAY ",\"user\":\"yunjian\",\"secret\":\"hunter22\"}");
    assert_int_equal(a.status, 201);
    assert_fits(w, "Channel", a.json);
    assert_null(strstr(a.body, "hunter22"));
    assert_true(json_is_true(json_object_get(a.json, "secret_set")));
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/channels/%s", id);
    a = call(w, "PATCH", path, admin, "{\"name\":\"Other\"}");
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "name"), "Other");
    assert_true(json_is_true(json_object_get(a.json, "secret_set"))); /* what is not named stays */
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "kind", "PATCH", path, admin, "{\"kind\":\"wecom\"}");
    call_refused(w, 400, "invalid_request", "from", "PATCH", path, admin, "{\"from\":\"nobody\"}");
    a = call(w, "PATCH", path, admin, "{\"secret\":null,\"user\":null}");
    assert_true(json_is_false(json_object_get(a.json, "secret_set")));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/channels/%s/test", id);
    a = call(w, "POST", path, admin, "{\"to\":\"li@bank.example\"}");
    assert_int_equal(a.status, 200);
    assert_fits(w, "ChannelTested", a.json);
    assert_string_equal(json_at(a.json, "outcome"), "later");
    assert_non_null(strstr(json_at(a.json, "error.message.en"), "127.0.0.1"));
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "to", "POST", path, admin, "{}");
    a = call(w, "GET", DEMO "/channels", admin, NULL);
    assert_fits(w, "Channels", a.json);
    assert_string_not_equal(json_at(a.json, "items.0.paused"), "");
    answer_done(&a);
    a = call(w, "POST", "/api/v1/institutions/installation/channels", NULL, RELAY "}");
    assert_int_equal(a.status, 201);
    answer_done(&a);
    a = call(w, "GET", DEMO "/channels", admin, NULL);
    assert_true(
        json_is_true(json_object_get(json_array_get(json_object_get(a.json, "items"), 1), "inherited")));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/channels/%s/again", id);
    call_expect(w, 204, "POST", path, admin, NULL);
    call_refused(w, 403, "forbidden", "", "POST", path, who, NULL);
    call_refused(w, 404, "not_found", "", "POST",
                 "/api/v1/institutions/installation/channels/00000000-0000-7000-8000-000000000000/again",
                 NULL, NULL);
    a = call(w, "GET", DEMO "/channels", admin, NULL);
    assert_string_equal(json_at(a.json, "items.0.paused"), ""); /* and may be tried at once */
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/channels/%s", id);
    call_expect(w, 204, "DELETE", path, admin, NULL);
    call_refused(w, 404, "not_found", "", "DELETE", path, admin, NULL);
}

static void robots__are_checked_when_they_are_entered(void **state)
{
    const world *w = *state;
    static const struct {
        const char *body, *field;
    } wrong[] = {
        { "{\"kind\":\"wecom\",\"name\":\"G\",\"key\":\"abc-1\"}", "page" },
        { "{\"kind\":\"wecom\",\"name\":\"G\",\"page\":\"https://y.example\"}", "key" },
        { "{\"kind\":\"webhook\",\"name\":\"G\",\"page\":\"https://y.example\",\"base\":\"https://h.example/"
          "x\",\"secret\":"
          "\"short\"}",
          "secret" },
        { "{\"kind\":\"webhook\",\"name\":\"\"}", "name" },
        { "{\"kind\":\"pigeon\",\"name\":\"G\"}", "kind" },
        { "{\"kind\":\"wecom\",\"name\":\"G\",\"page\":\"https://y.example/\",\"key\":\"abc-1\"}", "page" },
        { "{\"kind\":\"wecom\",\"name\":\"G\",\"page\":\"https://"
          "y.example\",\"key\":\"abc-1\",\"news\":[\"waits\"]}",
          "news" },
    };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++)
        call_refused(w, 400, "invalid_request", wrong[i].field, "POST", DEMO "/channels", NULL,
                     wrong[i].body);
    call_expect(w, 201, "POST", DEMO "/channels", NULL,
                "{\"kind\":\"dingtalk\",\"name\":\"G\",\"page\":\"https://"
                "y.example\",\"key\":\"abc-1\",\"news\":[\"due\",\"worse\"]}");
}

static void the_calendar__is_one(void **state)
{
    const world *w = *state;
    answer a = call(w, "GET", DEMO "/calendar.ics", "Accept-Language: en\r\n", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Type"), "text/calendar; charset=utf-8");
    assert_int_equal(strncmp(a.body, "BEGIN:VCALENDAR\r\n", 17), 0);
    answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inbox__is_the_persons_own),
        cmocka_unit_test(preferences__are_kept),
        cmocka_unit_test(channels__are_for_administrators_and_hide_their_secrets),
        cmocka_unit_test(robots__are_checked_when_they_are_entered),
        cmocka_unit_test(the_calendar__is_one),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
