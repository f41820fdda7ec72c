// SPDX-License-Identifier: Apache-2.0
/* Who puts right what is unmet, by the API: verdicts, standing, explanation, duties, gates. */
#include "api_test.h"
#include <stdio.h>

static char person[40], late[40], timely[40], nobody[40], good[40];

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

static void put_item(const world *w, const char *number, int level, char ret[static 40])
{
    char fields[200];
    snprintf(fields, sizeof fields,
             "{\"number\":\"%s\",\"title\":\"%s\",\"level\":%d,\"valid_until\":\"2001-01-01\"}", number,
             number, level);
    snprintf(ret, 40, "%s", put_record(w, "item", fields));
}

static const char *fix(const char *requirement, const char *subject, const char *number, const char *day)
{
    static char fields[400];
    snprintf(fields, sizeof fields,
             "{\"requirement\":\"%s\",\"subject_kind\":\"item\",\"subject\":\"%s\",\"number\":\"%s\","
             "\"title\":\"raise %s\",\"who\":\"%s\",\"by_day\":\"%s\"}",
             requirement, subject, number, number, person, day);
    return fields;
}

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    const world *w = *state;
    snprintf(person, sizeof person, "%s", put_record(w, "person", "{\"number\":\"7\",\"name\":\"王五\"}"));
    put_item(w, "late", 1, late);
    put_item(w, "timely", 2, timely);
    put_item(w, "nobody", 1, nobody);
    put_item(w, "good", 3, good);
    put_record(w, "fix", fix("1-1", late, "a", "2001-02-03"));
    put_record(w, "fix", fix("1-1", late, "b", "2999-12-31"));
    put_record(w, "fix", fix("1-1", timely, "c", "2999-12-30"));
    put_record(w, "fix", fix("1-2", late, "d", "2999-12-29")); /* an advice */
    put_record(w, "fix", fix("1-1", good, "e", "2001-02-03")); /* of what is met */
    settle(w);
    return 0;
}

/** The subjects' names in an answer's items, in order of their names. Static. */
static const char *names(const json_t *items)
{
    static const char *const all[] = { "good", "late", "nobody", "timely" };
    static char ret[200];
    ret[0] = '\0';
    for (size_t k = 0; k < YJ_COUNT(all); k++)
        for (size_t i = 0; i < json_array_size(items); i++) {
            const json_t *v = json_array_get(items, i);
            size_t at = strlen(ret);
            if (strcmp(json_at(v, "subject.name"), all[k]) == 0)
                snprintf(ret + at, sizeof ret - at, "%s%s %s", at ? ", " : "", all[k],
                         json_at(v, "requirement"));
        }
    return ret;
}

static void verdicts__are_found_by_remediation(void **state)
{
    const world *w = *state;
    static const struct {
        const char *query, *found;
        int64_t open, overdue, none;
    } rows[] = {
        { "", "good 1-1, good 1-2, late 1-1, late 1-2, nobody 1-1, nobody 1-2, timely 1-1, timely 1-2", 1, 1,
          1 },
        { "remediation=open", "late 1-2, timely 1-1", 1, 0, 0 },
        { "remediation=overdue", "late 1-1", 0, 1, 0 },
        { "remediation=none", "nobody 1-1", 0, 0, 1 },
        { "remediation=open&force=must", "timely 1-1", 1, 0, 0 },
        { "remediation=none&status=met", "", 0, 0, 0 },
        { "status=unmet&force=must&limit=1", NULL, 1, 1, 1 },
        { "remediation=open&limit=1", NULL, 1, 0, 0 },
        { "remediation=overdue&as_of=2001-01-01", "", 0, 0, 0 },
        { "remediation=overdue&as_of=2999-01-01", "late 1-1", 0, 1, 0 },
    };
    char path[256];
    static const char *const routes[][2] = { { "verdicts", "items" }, { "status", "verdicts" } };
    for (size_t i = 0; i < 2 * YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/%s?%s", routes[i % 2][0], rows[i / 2].query);
        answer a = call(w, "GET", path, NULL, NULL);
        const json_t *items = json_object_get(a.json, routes[i % 2][1]);
        const char *found = rows[i / 2].found;
        if (a.status != 200 || (found && strcmp(names(items), found) != 0) ||
            json_int_at(a.json, "remediation.open") != rows[i / 2].open ||
            json_int_at(a.json, "remediation.overdue") != rows[i / 2].overdue ||
            json_int_at(a.json, "remediation.none") != rows[i / 2].none)
            fail_msg("%s: %d %s %s", path, a.status, names(items), a.body);
        answer_done(&a);
    }
    call_refused(w, 400, "invalid_request", "remediation", "GET", DEMO "/verdicts?remediation=late", NULL,
                 NULL);
    call_refused(w, 400, "invalid_request", "remediation", "GET", DEMO "/status?remediation=", NULL, NULL);
}

static void verdict__says_who_and_until_when(void **state)
{
    const world *w = *state;
    char path[200];
    snprintf(path, sizeof path, DEMO "/explain?requirement=1-1&subject=%s", late);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "verdict.status"), "unmet");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a.json, "verdict"), "remediations")), 2);
    assert_string_equal(json_at(a.json, "verdict.remediations.0.kind"), "fix");
    assert_string_equal(json_at(a.json, "verdict.remediations.0.name"), "raise a");
    assert_string_equal(json_at(a.json, "verdict.remediations.0.due"), "2001-02-03");
    assert_string_equal(json_at(a.json, "verdict.remediations.0.responsible.kind"), "person");
    assert_string_equal(json_at(a.json, "verdict.remediations.0.responsible.id"), person);
    assert_string_equal(json_at(a.json, "verdict.remediations.0.responsible.name"), "王五");
    const json_t *list = json_object_get(json_object_get(a.json, "verdict"), "remediations");
    assert_true(json_is_true(json_object_get(json_array_get(list, 0), "overdue")));
    assert_true(json_is_false(json_object_get(json_array_get(list, 1), "overdue")));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/verdicts?subject=%s", good);
    a = call(w, "GET", path, NULL, NULL);
    list = json_object_get(json_array_get(json_object_get(a.json, "items"), 0), "remediations");
    assert_true(json_is_array(list) && json_array_size(list) == 0); /* what is met is not being put right */
    answer_done(&a);
}

static void due__lists_remediations_with_what_lapses(void **state)
{
    const world *w = *state;
    answer a = call(w, "GET", DEMO "/due?until=2999-12-30", NULL, NULL);
    assert_int_equal(a.status, 200);
    const json_t *items = json_object_get(a.json, "items");
    assert_int_equal(json_array_size(items), 3);
    static const struct {
        const char *day, *requirement, *what;
        bool overdue;
    } rows[] = { { "2001-02-03", "1-1", "raise a", true },
                 { "2999-12-29", "1-2", "raise d", false },
                 { "2999-12-30", "1-1", "raise c", false } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        const json_t *x = json_array_get(items, i);
        assert_string_equal(json_at(x, "day"), rows[i].day);
        assert_string_equal(json_at(x, "requirement"), rows[i].requirement);
        assert_string_equal(json_at(x, "remediation.name"), rows[i].what);
        assert_string_equal(json_at(x, "remediation.responsible.name"), "王五");
        assert_int_equal(json_is_true(json_object_get(x, "overdue")), rows[i].overdue);
    }
    answer_done(&a);
}

static void gate__stays_shut_and_says_who(void **state)
{
    const world *w = *state;
    char path[200];
    snprintf(path, sizeof path, DEMO "/records/item/%s/transitions", timely);
    answer a = call(w, "POST", path, NULL, "{\"transition\":\"start\"}");
    assert_int_equal(a.status, 422);
    assert_string_equal(json_at(a.json, "error.misses.0.requirement"), "1-1");
    assert_string_equal(json_at(a.json, "error.misses.0.remediations.0.responsible.name"), "王五");
    assert_string_equal(json_at(a.json, "error.misses.0.remediations.0.due"), "2999-12-30");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/item/%s/gates", nobody);
    a = call(w, "GET", path, NULL, NULL);
    const json_t *miss =
        json_array_get(json_object_get(json_array_get(json_object_get(a.json, "items"), 0), "misses"), 0);
    assert_int_equal(json_array_size(json_object_get(miss, "remediations")), 0);
    answer_done(&a);
}

static void record__is_refused_where_it_names_nothing(void **state)
{
    const world *w = *state;
    char body[500];
    snprintf(body, sizeof body, "{\"fields\":%s}", fix("7-7", late, "x", "2999-12-31"));
    call_refused(w, 400, "invalid_request", "fields.requirement", "POST", DEMO "/records/fix", NULL, body);
    snprintf(body, sizeof body, "{\"fields\":%s}", fix("1-1", "late", "x", "2999-12-31"));
    call_refused(w, 400, "invalid_request", "fields.subject", "POST", DEMO "/records/fix", NULL, body);
    snprintf(body, sizeof body, "{\"fields\":%s}", fix("1-1", person, "x", "2999-12-31"));
    call_refused(w, 400, "invalid_request", "fields.subject", "POST", DEMO "/records/fix", NULL, body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts__are_found_by_remediation),
        cmocka_unit_test(verdict__says_who_and_until_when),
        cmocka_unit_test(due__lists_remediations_with_what_lapses),
        cmocka_unit_test(gate__stays_shut_and_says_who),
        cmocka_unit_test(record__is_refused_where_it_names_nothing),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
