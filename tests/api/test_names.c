// SPDX-License-Identifier: Apache-2.0
/* Names in the reader's language, and records counted by what they hold. */
#include "api_test.h"

#include <stdio.h>

#define ITEMS DEMO "/records/item"
#define MARKS DEMO "/records/mark"

static const char *const heads[] = { "Accept-Language: zh\r\n", "Accept-Language: en\r\n" };

static void put_mark(const world *w, const char *item, const char *colour, const char *note, char ret[37])
{
    char fields[256];
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"colour\":\"%s\",\"note\":\"%s\"}", item, colour,
             note);
    snprintf(ret, 37, "%s", put_record(w, "mark", fields));
}

/* The text at `at` of what `path` answers in both languages. */
static void expect_names(const world *w, const char *path, const char *at, const char *zh, const char *en)
{
    const char *const wanted[] = { zh, en };
    for (size_t i = 0; i < 2; i++) {
        answer a = call(w, "GET", path, heads[i], NULL);
        assert_int_equal(a.status, 200);
        if (strcmp(json_at(a.json, at), wanted[i]) != 0)
            fail_msg("%s %s: %s, not %s", path, at, json_at(a.json, at), wanted[i]);
        const char *vary = answer_header(&a, "Vary");
        assert_non_null(vary);
        assert_non_null(strstr(vary, "Accept-Language"));
        answer_done(&a);
    }
}

static void name_that_is_a_choice__is_its_label(void **state)
{
    world *w = *state;
    char item[37], red[37], path[256];
    snprintf(item, sizeof item, "%s", put_record(w, "item", "{\"number\":\"N-1\",\"title\":\"网关\"}"));
    put_mark(w, item, "red", "独特的备注", red);
    expect_names(w, MARKS "?sort=-colour", "items.0.name", "红", "Red");
    snprintf(path, sizeof path, MARKS "/%s", red);
    expect_names(w, path, "name", "红", "Red");
    /* keys are written with the option's id, whatever the language */
    expect_names(w, MARKS "/N-1%20%2F%20red", "name", "红", "Red");
    snprintf(path, sizeof path, DEMO "/names?kind=mark&ids=%s", red);
    expect_names(w, path, "items.0.name", "网关 / 红", "网关 / Red");
    snprintf(path, sizeof path, ITEMS "/%s/referrers", item);
    expect_names(w, path, "items.0.name", "红", "Red");
    expect_names(w, DEMO "/search?q=%E7%8B%AC%E7%89%B9", "items.0.name", "红", "Red");
    snprintf(path, sizeof path, DEMO "/entries?record=%s", red);
    expect_names(w, path, "items.0.record.name", "红", "Red");
}

static void stale_answer__is_not_that_of_the_other_language(void **state)
{
    world *w = *state;
    char item[37], mark[37], tag[200], head[300];
    snprintf(item, sizeof item, "%s", put_record(w, "item", "{\"number\":\"N-2\",\"title\":\"b\"}"));
    put_mark(w, item, "blue", "x", mark);
    answer a = call(w, "GET", MARKS "?filter=colour:eq:blue", heads[0], NULL);
    snprintf(tag, sizeof tag, "%s", answer_header(&a, "ETag"));
    answer_done(&a);
    for (int i = 0; i < 2; i++) {
        snprintf(head, sizeof head, "%sIf-None-Match: %s\r\n", heads[i], tag);
        a = call(w, "GET", MARKS "?filter=colour:eq:blue", head, NULL);
        assert_int_equal(a.status, i ? 200 : 304);
        answer_done(&a);
    }
}

/* How many have the value; "" for those that have none. -1 if it is not listed. */
static int64_t count_of(const json_t *by, const char *value)
{
    size_t i;
    const json_t *v, *values = json_object_get(by, "values");
    json_array_foreach(values, i, v)
    {
        const char *s = json_string_value(json_object_get(v, "value"));
        if (strcmp(s ? s : "", value) == 0)
            return json_integer_value(json_object_get(v, "count"));
    }
    return -1;
}

#define COUNTS DEMO "/counts"

static void counts__by_own_fields_and_by_those_of_a_reference(void **state)
{
    world *w = *state;
    char fields[200], item[4][37], mark[37];
    for (int i = 0; i < 4; i++) {
        snprintf(fields, sizeof fields, "{\"number\":\"CNT-%d\",\"title\":\"计数\",\"good\":%s%s}", i,
                 i ? "true" : "false",
                 i == 3   ? ""
                 : i == 2 ? ",\"level\":5"
                          : ",\"level\":2");
        snprintf(item[i], 37, "%s", put_record(w, "item", fields));
        put_mark(w, item[i], "red", "计数用", mark);
    }
    put_mark(w, item[0], "blue", "计数用", mark);
    answer a = call(w, "GET", COUNTS "/item?by=level,good,state,colour&filter=number:has:CNT-", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "total"), 4);
    const json_t *by = json_object_get(a.json, "by");
    assert_int_equal(json_array_size(by), 4);
    assert_string_equal(json_at(a.json, "by.0.field"), "level");
    assert_int_equal(count_of(json_array_get(by, 0), "2"), 2);
    assert_int_equal(count_of(json_array_get(by, 0), "5"), 1);
    assert_int_equal(count_of(json_array_get(by, 0), ""), 1);
    assert_string_equal(json_at(a.json, "by.0.values.0.value"), "2"); /* the most frequent first */
    assert_int_equal(json_int_at(a.json, "by.0.rest"), 0);
    assert_int_equal(count_of(json_array_get(by, 1), "true"), 3);
    assert_int_equal(count_of(json_array_get(by, 1), "false"), 1);
    assert_int_equal(count_of(json_array_get(by, 2), "draft"), 4);
    assert_int_equal(count_of(json_array_get(by, 3), ""), 4);
    answer_done(&a);
    /* five marks of four items: of level 2, 2 (two marks), 5 and none */
    a = call(w, "GET", COUNTS "/mark?by=item.level,item,item.state&q=%E8%AE%A1%E6%95%B0%E7%94%A8", NULL,
             NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_int_at(a.json, "total"), 5);
    by = json_object_get(a.json, "by");
    assert_int_equal(count_of(json_array_get(by, 0), "2"), 3);
    assert_int_equal(count_of(json_array_get(by, 0), "5"), 1);
    assert_int_equal(count_of(json_array_get(by, 0), ""), 1);
    assert_int_equal(count_of(json_array_get(by, 1), item[0]), 2);
    assert_int_equal(count_of(json_array_get(by, 2), "draft"), 5);
    answer_done(&a);
}

static void filter__by_a_field_of_a_reference(void **state)
{
    world *w = *state;
    static const struct {
        const char *filter;
        int total;
    } asked[] = { { "item.level:eq:2", 3 }, { "item.level:gt:2", 1 },          { "item.level:eq:", 1 },
                  { "item.level:ne:", 4 },  { "item.title:has:%E6%95%B0", 5 }, { "item.good:eq:false", 2 },
                  { "item.level:eq:9", 0 }, { "item.state:eq:draft", 5 } };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char path[200];
        snprintf(path, sizeof path, MARKS "?q=%%E8%%AE%%A1%%E6%%95%%B0%%E7%%94%%A8&filter=%s",
                 asked[i].filter);
        answer a = call(w, "GET", path, NULL, NULL);
        if (a.status != 200 || json_int_at(a.json, "total") != asked[i].total)
            fail_msg("%s: %d %s", asked[i].filter, a.status, a.body);
        answer_done(&a);
    }
}

static void counts__are_refused_where_they_cannot_be_made(void **state)
{
    world *w = *state;
    static const struct {
        const char *path, *field;
    } bad[] = { { COUNTS "/item", "by" },
                { COUNTS "/item?by=", "by" },
                { COUNTS "/item?by=a,b,c,d,e,f,g,h,i,j,k,l,m", "by" },
                { COUNTS "/item?by=title", "by.title" },
                { COUNTS "/item?by=tags", "by.tags" },
                { COUNTS "/item?by=price", "by.price" },
                { COUNTS "/item?by=unicorn", "by.unicorn" },
                { COUNTS "/item?by=twin.unicorn", "by.twin.unicorn" },
                { COUNTS "/item?by=level.level", "by.level.level" },
                { COUNTS "/item?by=twin.title", "by.twin.title" },
                { COUNTS "/item?by=level&filter=unicorn:eq:1", "filter.unicorn" },
                { MARKS "?filter=item.tags:eq:1", "filter.item.tags" },
                { MARKS "?filter=colour.item:eq:1", "filter.colour.item" },
                { MARKS "?filter=item.level:eq:x", "filter.item.level" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        call_refused(w, 400, "invalid_request", bad[i].field, "GET", bad[i].path, NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", COUNTS "/unicorn?by=state", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_that_is_a_choice__is_its_label),
        cmocka_unit_test(stale_answer__is_not_that_of_the_other_language),
        cmocka_unit_test(counts__by_own_fields_and_by_those_of_a_reference),
        cmocka_unit_test(filter__by_a_field_of_a_reference),
        cmocka_unit_test(counts__are_refused_where_they_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
