// SPDX-License-Identifier: Apache-2.0
#include "allowed_test.h"

#include <stdio.h>
#include <stdlib.h>

void acting_person(acting *s, const char *number, const char *roles, char ret[static ID_BYTES])
{
    char json[200];
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[%s]}", number, number, roles);
    memcpy(ret, bench_put(&s->b, "person", json), ID_BYTES);
}

void acting_open(acting *s, void **state)
{
    *s = (acting){ .unchanged = false };
    bench_open(&s->b, state);
    acting_person(s, "it", "\"it\"", s->it);
    acting_person(s, "head", "\"head_of_it\"", s->head);
    acting_person(s, "risk", "\"risk\"", s->risk);
    acting_person(s, "nobody", "", s->nobody);
    acting_person(s, "admin", "\"administrator\"", s->admin);
}

void acting_close(acting *s)
{
    bench_close(&s->b);
}

yj_status acting_run(acting *s, const act *a)
{
    json_t *fields = NULL;
    yj_error err = { 0 };
    if (a->json)
        yj_ok(yj_json_parse(yj_span_of(a->json), YJ_JSON_BYTES_MAX, &fields, &err));
    yj_change c = { .inst = s->b.inst.inst,
                    .op = a->transition ? YJ_CH_MOVE
                          : a->id       ? YJ_CH_CHANGE
                                        : YJ_CH_CREATE,
                    .by = a->by ? a->by : yj_engine_operator(s->b.e),
                    .kind = bench_kind(&s->b, a->kind),
                    .id = a->id,
                    .expect_version = a->expect ? a->expect : -1,
                    .state = a->state,
                    .transition = a->transition,
                    .fields = fields,
                    .dry_run = a->dry };
    s->err = (yj_error){ 0 };
    yj_status st = yj_change_run(s->b.e, &c, &s->err);
    if (st != YJ_E_GATE)
        assert_null(c.misses);
    memcpy(s->id, c.ret_id, ID_BYTES);
    s->unchanged = c.unchanged;
    yj_change_done(&c);
    json_decref(fields);
    return st;
}

char *acting_all(acting *s)
{
    yj_buf out;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)64 << 20);
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    char *derived = bench_derived(&s->b);
    yj_buf_str(&out, derived);
    free(derived);
    static const char *const sql[] = { "SELECT inst, size, last_time FROM ledger ORDER BY inst",
                                       "SELECT inst, seq, op FROM entry ORDER BY inst, seq",
                                       "SELECT inst, seq FROM body ORDER BY inst, seq",
                                       "SELECT id, state FROM batch ORDER BY id" };
    for (size_t i = 0; i < YJ_COUNT(sql); i++) {
        char *rows = bench_rows(&s->b, sql[i]);
        yj_buf_str(&out, rows);
        free(rows);
    }
    assert_int_equal(out.failed, YJ_OK);
    return out.ptr;
}

void acting_refused(acting *s, yj_status got, yj_status want, const char *says, char *before)
{
    if (got != want || !strstr(s->err.msg, says))
        fail_msg("%d \"%s\" is not %d with: %s", (int)got, s->err.msg, (int)want, says);
    assert_true(s->err.msg_zh[0]);
    assert_string_not_equal(s->err.msg, s->err.msg_zh);
    char *after = acting_all(s);
    assert_string_equal(before, after);
    free(before);
    free(after);
}
