// SPDX-License-Identifier: Apache-2.0
/* An accepted risk answers an advice alike wherever it is asked: gate, standing, page of verdicts,
 * explanation. */
#include "engine_test.h"

#include "record/present.h"
#include "record/read.h"
#include <stdio.h>
#include <stdlib.h>

/** Until when the risk of 1-3 is accepted for the vendor, as of an entry (-1: now), on that day: "" if it is
 * not; the same wherever it is shown. Static. */
static const char *accepted_until(bench *b, const char *vendor, int64_t as_of_seq, const char *day)
{
    static char until[3][16];
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    const yj_requirement *r = yj_catalog_requirement(b->c, YJ_SPAN("1-3"));
    const yj_status_head head = { .as_of = day, .day = day };
    q.requirement = r->index;
    q.subject = vendor;
    q.as_of_seq = as_of_seq;
    yj_ok(yj_engine_settle(b->e, -1, &err));
    yj_ok(yj_reader_take(b->e, &db, &err));
    for (int i = 0; i < 3; i++) {
        yj_buf out;
        yj_buf_init(&out, 1 << 20);
        if (i == 0)
            yj_ok(yj_present_status(db, b->c, b->inst.inst, &q, &head, &out, &err));
        else if (i == 1)
            yj_ok(yj_present_verdicts(db, b->c, b->inst.inst, YJ_LANG_EN, &q, day, &out, &err));
        else
            yj_ok(yj_present_explain(db, b->c, b->inst.inst, YJ_LANG_EN, r, vendor, as_of_seq, day, NULL,
                                     false, &out, &err));
        json_t *o = NULL;
        yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
        const json_t *v = i == 2 ? json_object_get(o, "verdict")
                                 : json_array_get(json_object_get(o, i ? "items" : "verdicts"), 0);
        const json_t *risk = json_object_get(v, "risk_accepted");
        assert_non_null(risk);
        snprintf(until[i], sizeof until[i], "%s",
                 json_is_null(risk) ? "" : json_string_value(json_object_get(risk, "until")));
        json_decref(o);
        yj_buf_done(&out);
    }
    yj_reader_give(b->e, db);
    assert_string_equal(until[1], until[0]);
    assert_string_equal(until[2], until[0]);
    return until[0];
}

/** Does the gate of the service's start miss 1-3? */
static bool gate_misses(bench *b, const char *service)
{
    yj_error err = { 0 };
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_engine_gates(b->e, b->inst.inst, bench_kind(b, "service"), service, YJ_LANG_EN, &out, &err));
    bool found = strstr(out.ptr, "\"requirement\":\"1-3\"") != NULL;
    yj_buf_done(&out);
    return found;
}

static int64_t size_now(bench *b)
{
    yj_error err = { 0 };
    yj_institution i;
    yj_ok(yj_engine_settle(b->e, -1, &err));
    yj_ok(yj_institution_find(b->e, "demo", &i, &err));
    return (int64_t)i.size;
}

static void risk__answers_gate_and_standing_alike(void **state)
{
    bench b;
    char json[400];
    bench_open(&b, state);
    const char *v = bench_put(&b, "vendor", "{\"name\":\"abroad\",\"country\":\"other\"}");
    snprintf(json, sizeof json,
             "{\"code\":\"S1\",\"title\":\"S\",\"level\":3,\"model\":\"far\",\"vendor\":\"%s\"}", v);
    const char *s = bench_put(&b, "service", json);
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-02"), "");
    assert_true(gate_misses(&b, s));

    snprintf(json, sizeof json,
             "{\"requirement\":\"1-3\",\"subject_kind\":\"vendor\",\"subject\":\"%s\",\"reason\":\"x\","
             "\"valid_until\":\"2026-03-05\"}",
             v);
    const char *k = bench_put(&b, "risk_acceptance", json);
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-02"), ""); /* only proposed */
    assert_true(gate_misses(&b, s));
    int64_t proposed = size_now(&b);
    bench_move(&b, "risk_acceptance", k, "accept");
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-02"), "2026-03-05");
    assert_false(gate_misses(&b, s));
    int64_t accepted = size_now(&b);

    /* the last day is its last day */
    bench_clock(&b, "2026-03-05T23:00:00+08:00");
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-05"), "2026-03-05");
    assert_false(gate_misses(&b, s));
    bench_clock(&b, "2026-03-06T09:00:00+08:00");
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-06"), "");
    assert_true(gate_misses(&b, s));

    /* of two the one that counts longest is named; what was accepted then is known later */
    snprintf(json, sizeof json,
             "{\"requirement\":\"1-3\",\"subject_kind\":\"vendor\",\"subject\":\"%s\",\"reason\":\"x\","
             "\"valid_until\":\"2026-04-30\"}",
             v);
    bench_move(&b, "risk_acceptance", bench_put(&b, "risk_acceptance", json), "accept");
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-05"), "2026-04-30");
    assert_false(gate_misses(&b, s));
    bench_move(&b, "risk_acceptance", k, "revoke");
    assert_string_equal(accepted_until(&b, v, proposed, "2026-03-02"), "");
    assert_string_equal(accepted_until(&b, v, accepted, "2026-03-02"), "2026-03-05");
    assert_string_equal(accepted_until(&b, v, accepted, "2026-03-06"), "");

    /* what is met needs no risk; another subject is not answered */
    bench_change(&b, "vendor", v, "{\"country\":\"cn\"}");
    assert_string_equal(accepted_until(&b, v, -1, "2026-03-06"), "");
    const char *other = bench_put(&b, "vendor", "{\"name\":\"other\",\"country\":\"other\"}");
    assert_string_equal(accepted_until(&b, other, -1, "2026-03-06"), "");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(risk__answers_gate_and_standing_alike),
    };
    return cmocka_run_group_tests_name("record_risk", tests, NULL, NULL);
}
