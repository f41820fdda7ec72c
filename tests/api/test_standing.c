// SPDX-License-Identifier: Apache-2.0
/* What the cockpit asks: the standing in numbers, over time, the verdicts of a unit, and what refers to a
 * record. */
#include "api_test.h"
#include <stdio.h>

static char low[40], good[40], blank[40], piece[40], person[40];

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

static void put(const world *w, const char *kind, const char *fields, char ret[static 40])
{
    snprintf(ret, 40, "%s", put_record(w, kind, fields));
}

static int setup(void **state)
{
    char fields[400], path[200];
    if (world_setup(state) != 0)
        return -1;
    const world *w = *state;
    put(w, "person", "{\"number\":\"7\",\"name\":\"王五\"}", person);
    put(w, "item", "{\"number\":\"1\",\"title\":\"low\",\"level\":1,\"valid_until\":\"2001-01-01\"}", low);
    put(w, "item", "{\"number\":\"2\",\"title\":\"good\",\"level\":3,\"valid_until\":\"2999-01-01\"}", good);
    snprintf(fields, sizeof fields, "{\"number\":\"3\",\"title\":\"blank\",\"twin\":\"%s\"}", good);
    put(w, "item", fields, blank);
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"P\"}", good);
    put(w, "piece", fields, piece);
    snprintf(fields, sizeof fields,
             "{\"requirement\":\"1-1\",\"subject_kind\":\"item\",\"subject\":\"%s\",\"number\":\"a\","
             "\"title\":\"raise it\",\"who\":\"%s\",\"by_day\":\"2001-02-03\"}",
             low, person);
    put_record(w, "fix", fields);
    snprintf(fields, sizeof fields,
             "{\"requirement\":\"1-2\",\"subject_kind\":\"item\",\"subject\":\"%s\",\"reason\":\"x\","
             "\"valid_until\":\"2999-12-31\"}",
             low);
    snprintf(path, sizeof path, DEMO "/records/risk_acceptance/%s/transitions",
             put_record(w, "risk_acceptance", fields));
    call_expect(w, 200, "POST", path, NULL, "{\"transition\":\"accept\"}");
    settle(w);
    return 0;
}

/* Each member of `want`, "path=number path=number ...", is that number. */
static void check_numbers(const answer *a, const char *want)
{
    while (*want) {
        char path[80];
        int64_t value = 0;
        size_t name = strcspn(want, "="), end = strcspn(want, " ");
        assert_true(name < end && name < sizeof path);
        snprintf(path, sizeof path, "%.*s", (int)name, want);
        assert_true(yj_span_i64((yj_span){ want + name + 1, end - name - 1 }, &value));
        if (json_int_at(a->json, path) != value)
            fail_msg("%s is not %lld in %s", path, (long long)value, a->body);
        want += end + (want[end] == ' ');
    }
}

/* --- standing ---------------------------------------------------------------------------------------------
 */

static void standing__in_numbers(void **state)
{
    const world *w = *state;
    answer a = call(w, "GET", DEMO "/standing", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "unit_kind"), "item");
    assert_string_equal(json_at(a.json, "as_of"), json_at(a.json, "day"));
    assert_int_equal(strlen(json_at(a.json, "day")), 10);
    assert_int_equal(json_array_size(json_object_get(a.json, "units")), 3);
    assert_string_equal(json_at(a.json, "units.0.id"), low);
    assert_string_equal(json_at(a.json, "units.0.name"), "1"); /* its key */
    assert_string_equal(json_at(a.json, "units.0.kind"), "item");
    assert_string_equal(json_at(a.json, "units.0.state"), "draft");
    assert_string_equal(json_at(a.json, "units.0.stage"), "plan");
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(a.json, "units"), 0), "model")));
    assert_string_equal(json_at(a.json, "units.0.worst"), "unmet");
    assert_string_equal(json_at(a.json, "units.1.worst"), "met");
    assert_string_equal(json_at(a.json, "units.2.worst"), "unknown");
    assert_string_equal(json_at(a.json, "groups.0.id"), "1");
    assert_string_equal(json_at(a.json, "groups.0.label.en"), "Items");
    assert_int_equal(json_array_size(json_object_get(a.json, "cells")), 3);
    check_numbers(&a, "units.0.unmet=1 units.0.binding_unmet=1 units.0.accepted=1 units.0.met=0");
    check_numbers(&a, "units.1.met=2 units.1.unmet=0 units.2.unknown=2 units.2.accepted=0");
    check_numbers(&a, "cells.0.unit=0 cells.0.group=0 cells.0.unmet=1 cells.0.accepted=1 cells.0.overdue=1 "
                      "cells.0.open=0 cells.1.unit=1 cells.1.met=2 cells.1.overdue=0 cells.2.unknown=2");
    check_numbers(&a, "totals.met=2 totals.unmet=1 totals.unknown=2 totals.not_yet=0 totals.not_applicable=0 "
                      "totals.accepted=1 totals.binding_unmet=1");
    check_numbers(&a, "strength.0=0 strength.1=2 strength.2=0 strength.3=0");
    check_numbers(&a, "remediation.open=0 remediation.overdue=1 remediation.none=0");
    answer_done(&a);

    a = call(w, "GET", DEMO "/standing?level=2&as_of=2001-01-01", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "as_of"), "2001-01-01");
    assert_int_equal(json_array_size(json_object_get(a.json, "units")), 0);
    assert_int_equal(json_array_size(json_object_get(a.json, "cells")), 0);
    check_numbers(&a, "totals.met=0 totals.unmet=0 totals.unknown=0 strength.1=0");
    answer_done(&a);
    a = call(w, "GET", "/api/v1/institutions/installation/standing", NULL, NULL);
    assert_int_equal(a.status, 200);
    check_numbers(&a, "totals.met=0 totals.unmet=0 totals.unknown=0");
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "level", "GET", DEMO "/standing?level=4", NULL, NULL);
    call_refused(w, 400, "invalid_request", "level", "GET", DEMO "/standing?level=0", NULL, NULL);
    call_refused(w, 400, "invalid_request", "clause", "GET", DEMO "/standing?clause=1", NULL, NULL);
    call_expect(w, 400, "GET", DEMO "/standing?as_of=yesterday", NULL, NULL);
    call_expect(w, 404, "GET", "/api/v1/institutions/nobody/standing", NULL, NULL);
}

/* The answer is kept while it is true, and no longer. */
static void standing__is_new_after_a_change(void **state)
{
    const world *w = *state;
    char path[200], tag[128];
    answer a = call(w, "GET", DEMO "/standing", NULL, NULL);
    snprintf(tag, sizeof tag, "If-None-Match: %s\r\n", answer_header(&a, "ETag"));
    answer_done(&a);
    call_expect(w, 304, "GET", DEMO "/standing", tag, NULL);
    snprintf(path, sizeof path, DEMO "/records/item/%s", blank);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"level\":2}}");
    settle(w);
    a = call(w, "GET", DEMO "/standing", tag, NULL);
    assert_int_equal(a.status, 200);
    check_numbers(&a, "totals.unmet=2 totals.binding_unmet=2 totals.unknown=1 remediation.none=1");
    answer_done(&a);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"level\":null}}");
    settle(w);
}

static void trend__to_today(void **state)
{
    const world *w = *state;
    answer a = call(w, "GET", DEMO "/standing/trend", NULL, NULL);
    assert_int_equal(a.status, 200);
    const json_t *points = json_object_get(a.json, "points");
    assert_in_range(json_array_size(points), 1, 2); /* a day may pass meanwhile */
    char last[120];
    snprintf(last, sizeof last, "%s", json_at(json_array_get(points, json_array_size(points) - 1), "day"));
    answer_done(&a);
    a = call(w, "GET", DEMO "/standing/trend?from=2001-01-01&until=2999-01-01&points=4", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_array_size(json_object_get(a.json, "points")), 4);
    assert_string_equal(json_at(a.json, "points.0.day"), "2001-01-01");
    assert_string_equal(json_at(a.json, "points.3.day"), last);
    check_numbers(&a, "points.0.met=0 points.2.unmet=0 points.3.met=2 points.3.unmet=1 points.3.accepted=1 "
                      "points.3.unknown=2 points.3.binding_unmet=1 points.3.not_yet=0");
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "from", "GET", DEMO "/standing/trend?from=2999-01-01", NULL,
                 NULL);
    call_refused(w, 400, "invalid_request", "from", "GET",
                 DEMO "/standing/trend?from=2020-01-02&until=2020-01-01", NULL, NULL);
    call_refused(w, 400, "invalid_request", "until", "GET", DEMO "/standing/trend?until=soon", NULL, NULL);
    call_refused(w, 400, "invalid_request", "points", "GET", DEMO "/standing/trend?points=1", NULL, NULL);
    call_refused(w, 400, "invalid_request", "points", "GET", DEMO "/standing/trend?points=61", NULL, NULL);
}

/* --- a unit's verdicts ------------------------------------------------------------------------------------
 */

static void verdicts__of_a_unit(void **state)
{
    const world *w = *state;
    const struct {
        const char *unit, *more;
        int total, met, unmet;
    } rows[] = {
        { low, "", 2, 0, 2 },
        { good, "", 2, 2, 0 },
        { piece, "", 2, 2, 0 }, /* by the path to its item */
        { person, "", 0, 0, 0 },
        { low, "&status=met", 0, 0, 0 },
        { low, "&requirement=1-1", 1, 0, 1 },
        { low, "&clause=2", 0, 0, 0 },
        { piece, "&as_of=2999-01-01", 2, 2, 0 },
        { piece, "&as_of=2001-01-01", 0, 0, 0 },
        { low, "&limit=1&offset=1", 2, 0, 2 },
    };
    static const char *const routes[] = { "verdicts", "status" };
    char path[300];
    for (size_t i = 0; i < 2 * YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/%s?unit=%s%s", routes[i % 2], rows[i / 2].unit, rows[i / 2].more);
        answer a = call(w, "GET", path, NULL, NULL);
        if (a.status != 200 || json_int_at(a.json, "total") != rows[i / 2].total ||
            json_int_at(a.json, "counts.met") != rows[i / 2].met ||
            json_int_at(a.json, "counts.unmet") != rows[i / 2].unmet)
            fail_msg("%s: %d %s", path, a.status, a.body);
        answer_done(&a);
    }
    /* a subject among what stands for the unit, and one that is not */
    const char *const subjects[] = { good, low };
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, DEMO "/verdicts?unit=%s&subject=%s", piece, subjects[i]);
        answer a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(json_int_at(a.json, "total"), i ? 0 : 2);
        answer_done(&a);
    }
    static const char *const unknown[] = { "01900000-0000-7000-8000-000000000000", "good", "" };
    for (size_t i = 0; i < 2 * YJ_COUNT(unknown); i++) {
        snprintf(path, sizeof path, DEMO "/%s?unit=%s", routes[i % 2], unknown[i / 2]);
        call_refused(w, 400, "invalid_request", "unit", "GET", path, NULL, NULL);
    }
}

/* Corners belong to no item: what is counted beside the units is what "none" asks for. */
static void verdicts__of_what_belongs_to_no_unit(void **state)
{
    const world *w = *state;
    char first[40], second[40], path[300], fields[200];
    answer a = call(w, "GET", DEMO "/verdicts?unit=none", NULL, NULL);
    assert_int_equal(a.status, 200);
    check_numbers(&a, "total=0 counts.met=0");
    answer_done(&a);
    call_expect(w, 200, "GET", DEMO "/standing", NULL, NULL);
    put(w, "corner", "{\"name\":\"north\",\"bins\":2}", first);
    snprintf(fields, sizeof fields, "{\"name\":\"south\",\"shown_by\":\"%s\"}", good);
    put(w, "corner", fields, second);
    settle(w);

    a = call(w, "GET", DEMO "/standing", NULL, NULL);
    const json_t *cells = json_object_get(a.json, "cells");
    const json_t *beside = json_array_get(cells, json_array_size(cells) - 1);
    assert_int_equal(json_array_size(cells), 4);
    assert_true(json_is_null(json_object_get(beside, "unit")));
    int64_t met = json_int_at(beside, "met"), unknown = json_int_at(beside, "unknown");
    assert_int_equal(met, 1);
    assert_int_equal(unknown, 1);
    answer_done(&a);

    const struct {
        const char *ask;
        int total, met, unknown;
    } rows[] = {
        { "verdicts?unit=none", 2, 1, 1 },
        { "verdicts?unit=none&clause=3", 2, 1, 1 },
        { "verdicts?unit=none&clause=1", 0, 0, 0 },
        { "verdicts?unit=none&status=met", 1, 1, 0 },
        { "verdicts?unit=none&limit=1", 2, 1, 1 },
        { "verdicts?unit=none&limit=1&offset=1", 2, 1, 1 },
        { "verdicts?unit=none&as_of=2999-01-01", 2, 1, 1 },
        { "verdicts?unit=none&as_of=2001-01-01", 0, 0, 0 },
        { "status?unit=none", 2, 1, 1 },
        { "verdicts?clause=3", 2, 1, 1 },
        { "verdicts?clause=1", 6, 2, 2 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/%s", rows[i].ask);
        a = call(w, "GET", path, NULL, NULL);
        if (a.status != 200 || json_int_at(a.json, "total") != rows[i].total ||
            json_int_at(a.json, "counts.met") != rows[i].met ||
            json_int_at(a.json, "counts.unknown") != rows[i].unknown)
            fail_msg("%s: %d %s", path, a.status, a.body);
        answer_done(&a);
    }
    a = call(w, "GET", DEMO "/verdicts?unit=none&limit=1&offset=1", NULL, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    assert_string_equal(json_at(a.json, "items.0.subject.kind"), "corner");
    assert_string_equal(json_at(a.json, "items.0.subject.id"), strcmp(first, second) < 0 ? second : first);
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/verdicts?unit=none&subject=%s", low); /* it belongs to itself */
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=0");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/verdicts?unit=none&subject=%s", first);
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=1 counts.met=1");
    answer_done(&a);
}

/* A proof is the record itself, or one that refers to it. */
static void verdicts__that_rest_on_a_record(void **state)
{
    const world *w = *state;
    const struct {
        const char *proof, *more;
        int total, limit;
    } rows[] = {
        { low, "", 2, 2 },
        { low, "&status=met", 0, 0 }, /* it proves what is unmet */
        { blank, "", 2, 2 },
        { piece, "", 0, 0 }, /* nobody says it of pieces */
        { good, "", 5, 5 },  /* itself, its twin and the corner that names it */
        { good, "&limit=1&offset=4", 5, 1 },
        { good, "&requirement=3-1", 1, 1 },
        { good, "&unit=none", 1, 1 },
        { low, "&as_of=2999-01-01", 2, 2 },
        { low, "&as_of=2001-01-01", 0, 0 },
    };
    char path[300];
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/verdicts?proof=%s%s", rows[i].proof, rows[i].more);
        answer a = call(w, "GET", path, NULL, NULL);
        if (a.status != 200 || json_int_at(a.json, "total") != rows[i].total ||
            (int)json_array_size(json_object_get(a.json, "items")) != rows[i].limit)
            fail_msg("%s: %d %s", path, a.status, a.body);
        answer_done(&a);
    }
    static const char *const unknown[] = { "01900000-0000-7000-8000-000000000000", "good", "none", "" };
    for (size_t i = 0; i < YJ_COUNT(unknown); i++) {
        snprintf(path, sizeof path, DEMO "/verdicts?proof=%s", unknown[i]);
        call_refused(w, 400, "invalid_request", "proof", "GET", path, NULL, NULL);
    }
}

static void standing__by_requirement(void **state)
{
    const world *w = *state;
    char path[300];
    answer a = call(w, "GET", DEMO "/standing/requirements", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 3);
    assert_string_equal(json_at(a.json, "as_of"), json_at(a.json, "day"));
    assert_string_equal(json_at(a.json, "items.0.requirement"), "1-1");
    check_numbers(&a, "items.0.met=1 items.0.unmet=1 items.0.unknown=1 items.0.binding_unmet=1 "
                      "items.0.accepted=0 items.0.strength.0=0 items.0.strength.1=1 items.0.strength.3=0");
    check_numbers(&a, "items.1.met=1 items.1.unmet=0 items.1.accepted=1 items.1.unknown=1");
    check_numbers(&a, "items.2.met=1 items.2.unknown=1 items.2.not_applicable=0 items.2.not_yet=0");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/standing/requirements?unit=%s", low);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 2);
    check_numbers(&a, "items.0.unmet=1 items.0.met=0 items.1.accepted=1 items.1.unmet=0");
    answer_done(&a);
    a = call(w, "GET", DEMO "/standing/requirements?unit=none", NULL, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    assert_string_equal(json_at(a.json, "items.0.requirement"), "3-1");
    answer_done(&a);
    a = call(w, "GET", DEMO "/standing/requirements?as_of=2001-01-01", NULL, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 0);
    assert_string_equal(json_at(a.json, "day"), "2001-01-01");
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "unit", "GET", DEMO "/standing/requirements?unit=x", NULL, NULL);
    call_expect(w, 404, "GET", "/api/v1/institutions/nobody/standing/requirements", NULL, NULL);
}

/* --- history ----------------------------------------------------------------------------------------------
 */

static void history__of_a_requirement(void **state)
{
    const world *w = *state;
    char path[300], corner[40];
    put(w, "corner", "{\"name\":\"east\",\"bins\":0}", corner);
    settle(w);
    snprintf(path, sizeof path, DEMO "/records/corner/%s", corner);
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"bins\":3}}");
    settle(w);
    call_expect(w, 200, "PATCH", path, NULL,
                "{\"fields\":{\"bins\":4}}"); /* its reason says another number */
    settle(w);

    snprintf(path, sizeof path, DEMO "/requirements/3-1/history?subject=%s", corner);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    check_numbers(&a, "total=3 limit=50 offset=0");
    assert_string_equal(json_at(a.json, "requirement"), "3-1");
    assert_string_equal(json_at(a.json, "items.0.subject.name"), "east");
    assert_string_equal(json_at(a.json, "items.0.from.status"), "met");
    assert_string_equal(json_at(a.json, "items.0.to.status"), "met");
    assert_string_equal(json_at(a.json, "items.0.to.reason.en"), "\"east\" has 4 bins.");
    assert_string_equal(json_at(a.json, "items.0.to.reason.zh"), "“east”有4个桶。");
    assert_string_equal(json_at(a.json, "items.1.from.status"), "unmet");
    assert_string_equal(json_at(a.json, "items.1.from.code"), "none");
    assert_string_equal(json_at(a.json, "items.1.to.status"), "met");
    assert_string_equal(json_at(a.json, "items.1.to.proof.0.id"), corner);
    assert_string_equal(json_at(a.json, "items.1.cause.entries.0.op"), "change");
    assert_string_equal(json_at(a.json, "items.1.cause.entries.0.record.id"), corner);
    assert_true(json_int_at(a.json, "items.1.cause.entries.0.seq") < json_int_at(a.json, "items.1.seq"));
    assert_int_equal(
        json_array_size(json_object_get(
            json_object_get(json_array_get(json_object_get(a.json, "items"), 1), "cause"), "entries")),
        1);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(a.json, "items"), 2), "from")));
    assert_string_equal(json_at(a.json, "items.2.to.status"), "unmet");
    assert_string_equal(json_at(a.json, "items.2.cause.entries.0.op"), "create");
    int64_t seq = json_int_at(a.json, "items.1.seq");
    answer_done(&a);

    /* as of the entry before the one that told it, and as of that one */
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, DEMO "/requirements/3-1/history?subject=%s&as_of=%%23%lld", corner,
                 (long long)seq - 1 + i);
        a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(json_int_at(a.json, "total"), 1 + i);
        assert_string_equal(json_at(a.json, "items.0.to.status"), i ? "met" : "unmet");
        answer_done(&a);
    }
    const struct {
        const char *ask;
        int total, items;
    } rows[] = {
        { "3-1/history", 5, 5 },
        { "3-1/history?only=status", 4, 4 },
        { "3-1/history?limit=2&offset=4", 5, 1 },
        { "3-1/history?offset=5", 5, 0 },
        { "3-1/history?unit=none", 5, 5 },
        { "1-1/history?unit=none", 0, 0 },
        { "3-1/history?as_of=2001-01-01", 0, 0 },
        { "3-1/history?as_of=2999-01-01", 5, 5 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        snprintf(path, sizeof path, DEMO "/requirements/%s", rows[i].ask);
        a = call(w, "GET", path, NULL, NULL);
        if (a.status != 200 || json_int_at(a.json, "total") != rows[i].total ||
            (int)json_array_size(json_object_get(a.json, "items")) != rows[i].items)
            fail_msg("%s: %d %s", path, a.status, a.body);
        answer_done(&a);
    }
    snprintf(path, sizeof path, DEMO "/requirements/1-1/history?unit=%s", low);
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=1");
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/requirements/9-9/history", NULL, NULL);
    call_refused(w, 400, "invalid_request", "only", "GET", DEMO "/requirements/1-1/history?only=all", NULL,
                 NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", DEMO "/requirements/1-1/history?limit=201", NULL,
                 NULL);
    call_refused(w, 400, "invalid_request", "unit", "GET", DEMO "/requirements/1-1/history?unit=x", NULL,
                 NULL);
}

/* --- referrers --------------------------------------------------------------------------------------------
 */

static void referrers__of_a_record(void **state)
{
    const world *w = *state;
    char path[300];
    answer a = call(w, "GET", DEMO "/records/item/2/referrers", NULL, NULL); /* by key */
    assert_int_equal(a.status, 200);
    check_numbers(&a, "total=2");
    assert_string_equal(json_at(a.json, "items.0.kind"), "item");
    assert_string_equal(json_at(a.json, "items.0.id"), blank);
    assert_string_equal(json_at(a.json, "items.0.name"), "blank");
    assert_string_equal(json_at(a.json, "items.0.state"), "draft");
    assert_string_equal(json_at(a.json, "items.0.field"), "twin");
    assert_string_equal(json_at(a.json, "items.1.kind"), "piece");
    assert_string_equal(json_at(a.json, "items.1.field"), "item");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/item/%s/referrers", low); /* what answers its verdicts */
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=2");
    assert_string_equal(json_at(a.json, "items.0.kind"), "risk_acceptance");
    assert_string_equal(json_at(a.json, "items.1.kind"), "fix");
    assert_string_equal(json_at(a.json, "items.1.name"), "raise it");
    assert_string_equal(json_at(a.json, "items.1.field"), "subject");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/item/%s/referrers?limit=1", low);
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=2");
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/person/%s/referrers", person);
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=1");
    assert_string_equal(json_at(a.json, "items.0.field"), "who");
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/piece/%s/referrers", piece);
    a = call(w, "GET", path, NULL, NULL);
    check_numbers(&a, "total=0");
    answer_done(&a);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/records/item/nothing/referrers", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET",
                 DEMO "/records/item/01900000-0000-7000-8000-000000000000/referrers", NULL, NULL);
    call_refused(w, 400, "invalid_request", "limit", "GET", DEMO "/records/item/2/referrers?limit=0", NULL,
                 NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standing__in_numbers),
        cmocka_unit_test(standing__is_new_after_a_change),
        cmocka_unit_test(trend__to_today),
        cmocka_unit_test(verdicts__of_a_unit),
        cmocka_unit_test(referrers__of_a_record),
        cmocka_unit_test(verdicts__of_what_belongs_to_no_unit),
        cmocka_unit_test(verdicts__that_rest_on_a_record),
        cmocka_unit_test(standing__by_requirement),
        cmocka_unit_test(history__of_a_requirement),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
