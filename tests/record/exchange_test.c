// SPDX-License-Identifier: Apache-2.0
#include "exchange_test.h"

#include <stdio.h>
#include <stdlib.h>

void put_in(bench *b, int64_t inst, const char *kind, const char *json, char ret[static ID_BYTES])
{
    yj_error err = { 0 };
    yj_change c;
    yj_ok(bench_try(b, inst, YJ_CH_CREATE, kind, NULL, NULL, json, -1, &c, &err));
    yj_change_done(&c);
    memcpy(ret, c.ret_id, ID_BYTES);
}

void change_in(bench *b, int64_t inst, const char *kind, const char *id, const char *json)
{
    yj_error err = { 0 };
    yj_ok(bench_try(b, inst, YJ_CH_CHANGE, kind, id, NULL, json, -1, NULL, &err));
}

void move_in(bench *b, int64_t inst, const char *kind, const char *id, const char *transition)
{
    yj_error err = { 0 };
    yj_ok(bench_try(b, inst, YJ_CH_MOVE, kind, id, transition, NULL, -1, NULL, &err));
}

void invite(bench *b, int64_t client, const char *number, const char *vendor, char ret[static ID_BYTES])
{
    char json[400];
    snprintf(json, sizeof json,
             "{\"number\":\"%s\",\"party_kind\":\"vendor\",\"party\":\"%s\",\"contact\":\"联系人\","
             "\"sent_on\":\"2026-03-01\",\"expires_on\":\"2026-12-31\",\"note\":\"内部备注\"}",
             number, vendor);
    put_in(b, client, "invitation", json, ret);
}

void tie(bench *b, int64_t client, const char *number, const char *vendor, int64_t party, yj_tie *ret)
{
    yj_error err = { 0 };
    char id[ID_BYTES], code[YJ_INVITATION_CODE_LEN + 1];
    invite(b, client, number, vendor, id);
    yj_ok(yj_invitation_code(b->e, client, id, yj_engine_operator(b->e), code, &err));
    yj_ok(yj_invitation_accept(b->e, party, code, yj_engine_operator(b->e), ret, &err));
    assert_string_equal(ret->invitation, id);
    assert_int_equal(ret->client, client);
}

static const yj_date today = { "2026-03-02" };

static json_t *parse(yj_buf *out)
{
    yj_error err = { 0 };
    json_t *v = NULL;
    yj_ok(yj_json_parse(yj_buf_view(out), (size_t)16 << 20, &v, &err));
    yj_buf_done(out);
    return v;
}

json_t *page_of(bench *b, int64_t party, const yj_addressed_query *q)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, (size_t)16 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_addressed_list(db, b->c, party, q, &out, &err));
    yj_reader_give(b->e, db);
    return parse(&out);
}

char *list_of(bench *b, int64_t party, const char *kind, const char *client, size_t page)
{
    yj_buf all;
    char after[200] = "", last[31] = "~";
    yj_buf_init(&all, (size_t)16 << 20);
    for (bool more = true; more;) {
        yj_addressed_query q = {
            .kind = kind, .client = client, .today = today, .limit = page, .after = after
        };
        json_t *v = page_of(b, party, &q);
        const json_t *items = json_object_get(v, "items"), *next = json_object_get(v, "next");
        more = json_is_string(next);
        assert_true(more ? json_array_size(items) == page : json_array_size(items) <= page);
        for (size_t i = 0; i < json_array_size(items); i++) {
            const json_t *x = json_array_get(items, i);
            const char *time = json_string_value(json_object_get(x, "time"));
            assert_true(strcmp(time, last) <= 0);
            snprintf(last, sizeof last, "%s", time);
            yj_buf_fmt(
                &all, "%s %s %s\n", json_string_value(json_object_get(json_object_get(x, "client"), "code")),
                json_string_value(json_object_get(x, "kind")), json_string_value(json_object_get(x, "id")));
        }
        snprintf(after, sizeof after, "%s", more ? json_string_value(next) : "");
        json_decref(v);
    }
    yj_buf_str(&all, "");
    assert_int_equal(all.failed, YJ_OK);
    return all.ptr ? all.ptr : calloc(1, 1);
}

yj_status get_of(bench *b, int64_t party, const char *client, const char *id, json_t **ret)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_status s = yj_addressed_get(db, b->c, party, client, id, &today, YJ_LANG_EN, &out, &err);
    yj_reader_give(b->e, db);
    assert_true(s == YJ_OK || (err.msg[0] && err.msg_zh[0]));
    if (s == YJ_OK)
        *ret = parse(&out);
    else
        yj_buf_done(&out);
    return s;
}

json_t *ties_of(bench *b, int64_t inst)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_ties_list(db, b->c, inst, YJ_LANG_EN, &out, &err));
    yj_reader_give(b->e, db);
    return parse(&out);
}
