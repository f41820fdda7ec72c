// SPDX-License-Identifier: Apache-2.0
/* Records: list, read, create, change, move; history; gates ahead; search. */
#include "api/call.h"
#include "api/param.h"
#include "base/json.h"
#include "record/present.h"
#include "record/read.h"
#include <stdio.h>

/* --- reading ----------------------------------------------------------------------------------------------
 */

static yj_status read_filters(const yj_call *c, yj_filter *ret, yj_error *err)
{
    for (size_t i = 0; i < c->filter_count; i++) {
        yj_span field, value;
        yj_param_op op;
        if (!yj_filter_split(yj_span_of(c->filter[i]), &field, &op, &value))
            return yj_fail(err, YJ_E_INVALID,
                           "a filter is written field:op:value, op one of eq ne lt le gt ge has");
        ret[i].field = yj_arena_strndup(c->rq->arena, field.ptr, field.len);
        ret[i].value = value.ptr; /* the rest of a NUL-terminated text */
        switch (op) {
        case YJ_OP_EQ:
            ret[i].op = YJ_F_EQ;
            break;
        case YJ_OP_NE:
            ret[i].op = YJ_F_NE;
            break;
        case YJ_OP_LT:
            ret[i].op = YJ_F_LT;
            break;
        case YJ_OP_LE:
            ret[i].op = YJ_F_LE;
            break;
        case YJ_OP_GT:
            ret[i].op = YJ_F_GT;
            break;
        case YJ_OP_GE:
            ret[i].op = YJ_F_GE;
            break;
        case YJ_OP_HAS:
            ret[i].op = YJ_F_HAS;
            break;
        }
    }
    return YJ_OK;
}

yj_status yj_api_records(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    yj_filter filters[YJ_FILTERS_MAX];
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(read_filters(c, filters, err));
    YJ_TRY(yj_call_db(c, err));
    yj_list_query q = { .filters = filters,
                        .filter_count = c->filter_count,
                        .sort = yj_call_param(c, "sort"),
                        .limit = (size_t)yj_call_int(c, "limit", 50),
                        .after = yj_call_param(c, "after"),
                        .text = yj_call_param(c, "q"),
                        .lang = c->lang };
    YJ_TRY(yj_call_as_of(c, inst, &q.as_of_seq, err));
    return yj_record_list(c->db, c->catalog, inst, k, &q, &rp->body, err);
}

/* The version, for If-Match, and a digest of the text: a record's name may change with another record. */
static void tag_record(yj_reply *rp, size_t from, int64_t version)
{
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_hash(YJ_HASH_SHA256, rp->body.ptr + from, rp->body.len - from, &d);
    yj_digest_hex(&d, hex);
    snprintf(rp->etag, sizeof rp->etag, "\"%lld.%.16s\"", (long long)version, hex);
}

yj_status yj_api_record(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0, seq = -1, version = 0;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_call_as_of(c, inst, &seq, err));
    YJ_TRY(yj_record_get(c->db, c->catalog, inst, k, yj_call_segment(c, "id"), seq, c->lang, &rp->body,
                         &version, err));
    tag_record(rp, 0, version);
    return YJ_OK;
}

yj_status yj_api_history(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_record_history(c->db, c->catalog, inst, k, yj_call_segment(c, "id"), &rp->body, err);
}

yj_status yj_api_referrers(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_record_find(c->db, c->catalog, inst, k, yj_call_segment(c, "id"), id, err));
    return yj_record_referrers(c->db, c->catalog, c->inst->inst, k, id, (size_t)yj_call_int(c, "limit", 50),
                               c->lang, &rp->body, err);
}

/* {id}, which may be a key, as an id. */
static yj_status find_id(yj_call *c, const yj_kind *k, int64_t inst, const char **ret, yj_error *err)
{
    const char *ref = yj_call_segment(c, "id");
    if (yj_uuid_valid(yj_span_of(ref))) { /* whether it is there is for the writer to say */
        *ret = ref;
        return YJ_OK;
    }
    char *id = yj_arena_alloc(c->rq->arena, YJ_UUID_LEN + 1);
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_record_find(c->db, c->catalog, inst, k, ref, id, err));
    *ret = id;
    return YJ_OK;
}

yj_status yj_api_record_gates(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    const char *id = NULL;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(find_id(c, k, inst, &id, err));
    yj_call_db_done(c);
    return yj_engine_gates(c->server->engine, inst, k->index, id, c->lang, &rp->body, err);
}

#define COUNTS_MAX 12

yj_status yj_api_counts(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    yj_filter filters[YJ_FILTERS_MAX];
    const char *by[COUNTS_MAX], *at = yj_call_param(c, "by");
    size_t n = 0;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(read_filters(c, filters, err));
    for (; at && *at && n < COUNTS_MAX; n++) {
        size_t len = strcspn(at, ",");
        by[n] = yj_arena_strndup(c->rq->arena, at, len);
        at += len + (at[len] == ',');
    }
    if (!n || *at) {
        yj_fail(err, YJ_E_INVALID, "parameter by must hold 1 to %d names, separated by commas", COUNTS_MAX);
        return yj_error_at(err, "by");
    }
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    const yj_list_query q = { .filters = filters,
                              .filter_count = c->filter_count,
                              .text = yj_call_param(c, "q") };
    return yj_record_counts(c->db, c->catalog, inst, k, &q, by, n, &rp->body, err);
}

#define NAMES_MAX 50
#define NAME_BYTES_MAX ((size_t)64 << 10)

/* The next id of a list separated by commas. */
static bool next_id(const char **at, char ret[static YJ_UUID_LEN + 1])
{
    size_t n = strcspn(*at, ",");
    if (n == 0)
        return false;
    snprintf(ret, YJ_UUID_LEN + 1, "%.*s", (int)n, *at);
    *at += n + ((*at)[n] == ',');
    return true;
}

/* Those that are not there are left out. */
yj_status yj_api_names(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *kind = yj_call_param(c, "kind"), *at = yj_call_param(c, "ids");
    const yj_kind *k = kind ? yj_catalog_kind(c->catalog, yj_span_of(kind)) : NULL;
    char id[YJ_UUID_LEN + 1];
    yj_jw w;
    YJ_TRY(yj_call_institution(c, err));
    if (!k || !at) {
        yj_fail(err, YJ_E_INVALID, "parameters kind and ids must be given");
        return yj_error_at(err, "%s", k ? "ids" : "kind");
    }
    YJ_TRY(yj_call_db(c, err));
    int64_t inst = k->installation ? YJ_INST_INSTALLATION : c->inst->inst;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t n = 0; n < NAMES_MAX && next_id(&at, id); n++) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_buf_init(&name, NAME_BYTES_MAX);
        yj_status s = yj_record_title(c->db, c->catalog, inst, k, id, c->lang, &name, err);
        if (inst != YJ_INST_INSTALLATION && (s == YJ_E_NOT_FOUND || (s == YJ_OK && name.len == 0)))
            s = yj_record_title(c->db, c->catalog, YJ_INST_INSTALLATION, k, id, c->lang, &name,
                                err); /* an operator */
        if (s == YJ_E_NOT_FOUND || (s == YJ_OK && name.len == 0))
            continue;
        if (s != YJ_OK)
            return s;
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", k->name);
        yj_jw_kstr(&w, "id", id);
        yj_jw_kspan(&w, "name", yj_buf_view(&name));
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

yj_status yj_api_search(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *text = yj_call_param(c, "q");
    YJ_TRY(yj_call_institution(c, err));
    if (!text || yj_utf8_count(yj_span_of(text)) < 2) {
        yj_fail(err, YJ_E_INVALID, "a search needs at least two characters, in parameter q");
        return yj_error_at(err, "q");
    }
    YJ_TRY(yj_call_db(c, err));
    return yj_record_search(c->db, c->catalog, c->inst->inst, text, (size_t)yj_call_int(c, "limit", 50),
                            c->lang, &rp->body, err);
}

/* --- writing ----------------------------------------------------------------------------------------------
 */

/* A member of the body that must be a text if it is there. */
static yj_status member_text(const yj_call *c, const char *name, const char **ret, yj_error *err)
{
    const json_t *v = json_object_get(c->json, name);
    *ret = json_string_value(v);
    if (!v || *ret)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member %s must be a text", name);
    return yj_error_at(err, "%s", name);
}

/* Kinds that name records of any kind are few; the others need no reader here. */
static yj_status named_records(yj_call *c, const yj_kind *k, const yj_change *x, const json_t *fields,
                               yj_error *err)
{
    bool any = false;
    for (size_t i = 0; i < k->field_count; i++)
        any |= k->fields[i].kind_from >= 0;
    if (!any)
        return YJ_OK;
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_named_records(c->db, c->catalog, x->inst, k, x->id, fields, NULL, err);
    yj_call_db_done(c);
    return s;
}

static yj_status member_fields(yj_call *c, const yj_kind *k, const yj_change *x, bool required,
                               const json_t **ret, yj_error *err)
{
    const json_t *v = json_object_get(c->json, "fields");
    if (!json_is_object(v) && (v || required)) {
        yj_fail(err, YJ_E_INVALID, "member fields must be an object of field names and values");
        return yj_error_at(err, "fields");
    }
    *ret = v;
    if (!v)
        return YJ_OK;
    YJ_TRY(yj_fields_check(c->catalog, k, v, err));
    return named_records(c, k, x, v, err);
}

static yj_status expected_version(const yj_call *c, int64_t *ret, yj_error *err)
{
    yj_span v = c->rq->head.value[YJ_H_IF_MATCH];
    *ret = -1;
    if (!v.ptr || yj_etag_version(v, ret))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "If-Match must hold the ETag of one version of the record");
    return yj_error_at(err, "if-match");
}

/* What the three ways of writing share. */
static yj_status begin_write(yj_call *c, const char *members, yj_change_op op, yj_change **ret,
                             const yj_kind **ret_kind, yj_error *err)
{
    yj_change *x = yj_arena_new_of(c->rq->arena, yj_change);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, ret_kind, &x->inst, err));
    YJ_TRY(yj_call_json(c, members, err));
    x->op = op;
    x->kind = (*ret_kind)->index;
    x->dry_run = yj_call_bool(c, "dry_run");
    x->lang = c->lang;
    YJ_TRY(expected_version(c, &x->expect_version, err));
    if (op != YJ_CH_CREATE)
        YJ_TRY(find_id(c, *ret_kind, x->inst, &x->id, err));
    *ret = x;
    return YJ_OK;
}

static yj_status submit(yj_call *c, yj_change *x, yj_error *err)
{
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    x->by = c->person;
    return yj_call_submit(c, x, err);
}

yj_status yj_api_record_create(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_change *x = NULL;
    const yj_kind *k = NULL;
    YJ_TRY(begin_write(c, "fields state", YJ_CH_CREATE, &x, &k, err));
    YJ_TRY(member_fields(c, k, x, true, &x->fields, err));
    YJ_TRY(member_text(c, "state", &x->state, err));
    return submit(c, x, err);
}

yj_status yj_api_record_change(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_change *x = NULL;
    const yj_kind *k = NULL;
    YJ_TRY(begin_write(c, "fields", YJ_CH_CHANGE, &x, &k, err));
    YJ_TRY(member_fields(c, k, x, true, &x->fields, err));
    return submit(c, x, err);
}

yj_status yj_api_record_move(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_change *x = NULL;
    const yj_kind *k = NULL;
    YJ_TRY(begin_write(c, "transition fields", YJ_CH_MOVE, &x, &k, err));
    YJ_TRY(member_fields(c, k, x, false, &x->fields, err));
    YJ_TRY(member_text(c, "transition", &x->transition, err));
    if (!x->transition || yj_kind_transition(k, yj_span_of(x->transition)) < 0) {
        yj_fail(err, YJ_E_INVALID, "member transition must name a transition of kind %s", k->name);
        return yj_error_at(err, "transition");
    }
    return submit(c, x, err);
}

static void write_dry_run(const yj_change *x, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "dry_run", true);
    yj_jw_ki64(&w, "version", x->ret_version);
    yj_jw_kbool(&w, "unchanged", x->unchanged);
    yj_jw_end_object(&w);
}

yj_status yj_api_record_written(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_change *x = c->change;
    const yj_kind *k = &c->catalog->kinds[x->kind];
    if (x->status != YJ_OK) {
        c->extra = x->stale ? "changed" : "misses";
        c->extra_json = x->stale ? x->stale : x->misses;
        return x->status;
    }
    if (x->dry_run) {
        write_dry_run(x, &rp->body);
        return YJ_OK;
    }
    int64_t version = 0;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_record_get(c->db, c->catalog, x->inst, k, x->ret_id, -1, c->lang, &rp->body, &version, err));
    tag_record(rp, 0, version);
    if (x->op == YJ_CH_CREATE) {
        char *at = yj_arena_fmt(c->rq->arena, "/api/v1/institutions/%s/records/%s/%s", c->inst->id, k->name,
                                x->ret_id);
        rp->status = 201;
        yj_reply_header(c, rp, "Location", at);
    }
    return YJ_OK;
}
