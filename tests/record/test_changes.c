// SPDX-License-Identifier: Apache-2.0
/* How verdicts changed, told from what the store keeps: each change once, with what was before and why. */
#include "engine_test.h"

#include "base/json.h"
#include "record/present.h"
#include "record/read.h"
#include <stdio.h>

static void settle(bench *b)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, -1, &err));
}

static json_t *changes(bench *b, const char *requirement, const char *subject, int64_t as_of_seq,
                       bool status_only)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    json_t *o = NULL;
    yj_buf out;
    const yj_change_query q = { .requirement = yj_catalog_requirement(b->c, yj_span_of(requirement))->index,
                                .subjects = subject ? &subject : NULL,
                                .subject_count = 1,
                                .as_of_seq = as_of_seq,
                                .status_only = status_only,
                                .limit = 100 };
    yj_buf_init(&out, 1 << 20);
    settle(b);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_present_changes(db, b->c, b->inst.inst, YJ_LANG_EN, &q, yj_engine_zone(b->e), &out, &err));
    yj_reader_give(b->e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    yj_buf_done(&out);
    return o;
}

static const char *said(const json_t *v)
{
    static char ret[2][80];
    static int turn;
    if (json_is_null(v))
        return "-";
    char *s = ret[turn++ % 2];
    snprintf(s, sizeof ret[0], "%s:%s", json_string_value(json_object_get(v, "status")),
             json_string_value(json_object_get(v, "code")));
    return s;
}

/* "MM-DD FROM > TO (op kind, ...)[ lapsed][ packs]; ..." of the changes. Static. */
static const char *told(const json_t *o)
{
    static char ret[4000];
    const json_t *list = json_object_get(o, "items");
    size_t at = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i), *cause = json_object_get(x, "cause");
        const json_t *entries = json_object_get(cause, "entries");
        at += (size_t)snprintf(ret + at, sizeof ret - at, "%s%s %s > %s (", i ? "; " : "",
                               json_string_value(json_object_get(x, "day")) + 5,
                               said(json_object_get(x, "from")), said(json_object_get(x, "to")));
        for (size_t k = 0; k < json_array_size(entries); k++) {
            const json_t *e = json_array_get(entries, k);
            at += (size_t)snprintf(ret + at, sizeof ret - at, "%s%s %s", k ? ", " : "",
                                   json_string_value(json_object_get(e, "op")),
                                   json_string_value(json_object_get(json_object_get(e, "record"), "kind")));
        }
        at += (size_t)snprintf(ret + at, sizeof ret - at, ")%s%s",
                               json_is_true(json_object_get(cause, "lapsed")) ? " lapsed" : "",
                               json_is_true(json_object_get(cause, "packs")) ? " packs" : "");
    }
    assert_int_equal(json_integer_value(json_object_get(o, "total")), json_array_size(list));
    return ret;
}

static void expect(bench *b, const char *requirement, const char *subject, bool status_only, const char *want)
{
    json_t *o = changes(b, requirement, subject, -1, status_only);
    assert_string_equal(told(o), want);
    json_decref(o);
}

/* Not reached, reached, met, lapsed, met again, over. */
static void changes__from_the_first_to_the_last(void **state)
{
    bench b;
    char json[200];
    bench_open(&b, state);
    const char *vendor = bench_put(&b, "vendor", "{\"name\":\"H\",\"country\":\"cn\"}");
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"title\":\"one\",\"level\":1,\"vendor\":\"%s\"}", vendor);
    const char *s = bench_put(&b, "service", json);
    settle(&b);
    expect(&b, "1-2", s, false, "");
    expect(&b, "1-1", s, false, "03-02 - > unmet:too_low (create service)");
    bench_change(&b, "service", s, "{\"title\":\"first\"}");
    settle(&b);
    bench_change(&b, "service", s, "{\"level\":3}");
    settle(&b);
    /* a new title changes what is said, and not the status */
    expect(&b, "1-1", s, false,
           "03-02 unmet:too_low > met:enough (change service); 03-02 unmet:too_low > unmet:too_low (change "
           "service); 03-02 - > unmet:too_low (create service)");
    expect(&b, "1-1", s, true,
           "03-02 unmet:too_low > met:enough (change service); 03-02 - > unmet:too_low (create service)");

    /* judged together with the visit: what was said before is what reading told */
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-03-01\"}", s);
    bench_put(&b, "visit", json);
    bench_move(&b, "service", s, "start");
    settle(&b);
    static const char started[] = "03-02 not_applicable:.not_yet > met:in_time (move service, create visit)";
    expect(&b, "1-2", s, false, started);
    json_t *o = changes(&b, "1-2", s, -1, false);
    int64_t first =
        json_integer_value(json_object_get(json_array_get(json_object_get(o, "items"), 0), "seq"));
    json_decref(o);

    bench_clock(&b, "2027-03-05T09:00:00+08:00");
    char lapsed[400];
    snprintf(lapsed, sizeof lapsed, "03-05 met:in_time > unmet:late () lapsed; %s", started);
    expect(&b, "1-2", s, false, lapsed);
    bench_move(&b, "service", s, "stop");
    settle(&b);
    char over[800];
    snprintf(over, sizeof over, "03-05 unmet:late > not_applicable:.over (move service); %s", lapsed);
    expect(&b, "1-2", s, false, over);

    /* as it was known */
    o = changes(&b, "1-2", s, first, false);
    assert_string_equal(told(o), "");
    json_decref(o);
    o = changes(&b, "1-2", s, first + 1, false);
    assert_string_equal(told(o), started);
    json_decref(o);
    bench_close(&b);
}

/* What is withdrawn is no more; several subjects, the newest change first. */
static void changes__of_many_and_of_what_is_gone(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *one = bench_put(&b, "service", "{\"code\":\"S1\",\"title\":\"one\",\"level\":3}");
    settle(&b);
    const char *two = bench_put(&b, "service", "{\"code\":\"S2\",\"title\":\"two\"}");
    settle(&b);
    bench_move(&b, "service", one, "withdraw");
    settle(&b);
    expect(&b, "1-1", NULL, true,
           "03-02 met:enough > - (withdraw service); 03-02 - > unknown:no_level (create service); 03-02 - > "
           "met:enough (create service)");
    expect(&b, "1-1", two, true, "03-02 - > unknown:no_level (create service)");
    expect(&b, "1-3", NULL, true, "");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(changes__from_the_first_to_the_last),
        yj_test_stores(changes__of_many_and_of_what_is_gone),
    };
    return cmocka_run_group_tests_name("record_changes", tests, NULL, NULL);
}
