// SPDX-License-Identifier: Apache-2.0
/*
 * One change, on the writer's thread, inside the group's transaction:
 *
 *   current version -> merged fields -> may this person? -> checks (required, references, uniqueness, state)
 *   -> entry -> row -> gate (in the caller's savepoint) -> touch for the judge
 *
 * Every check that can fail stands before the first write, so that only changes with a gate (and dry runs)
 * need a savepoint.
 */
#include "record/exchange_internal.h"
#include "record/present.h"
#include "record/signed.h"

#include <stdlib.h>

typedef struct ctx {
    yj_writer *w;
    yj_engine *e;
    yj_db *db;
    yj_change *c;
    const yj_kind *k;
    const yj_kind_sql *sql;
    yj_actor actor;
    yj_row_head head;
    json_t *old;    /* fields of the current version, NULL on create; owned */
    json_t *fields; /* fields of the new version; owned */
    const char *op;
    const char *state;
    const yj_transition *move;
    const char *for_whom; /* as whose deputy; NULL: for himself */
} ctx;

static void ctx_done(ctx *x)
{
    json_decref(x->old);
    json_decref(x->fields);
}

bool yj_change_needs_savepoint(const yj_engine *e, const yj_change *c)
{
    if (c->dry_run || c->op == YJ_CH_ERASE)
        return true;
    if (c->op != YJ_CH_MOVE || !c->transition)
        return false;
    const yj_kind *k = &e->catalog->kinds[c->kind];
    int t = yj_kind_transition(k, yj_span_of(c->transition));
    return t >= 0 && k->transitions[t].gate >= 0;
}

static yj_status body_fields(yj_db *db, int64_t inst, int64_t seq, json_t **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(db, inst, (uint64_t)seq, &body, err));
    if (!body)
        return yj_fail(err, YJ_E_CORRUPT, "entry %lld has no body", (long long)seq);
    json_t *f = json_object_get(body, "fields");
    if (!json_is_object(f))
        return yj_fail(err, YJ_E_CORRUPT, "the body of entry %lld holds no fields", (long long)seq);
    *ret = json_incref(f);
    return YJ_OK;
}

static yj_status fail_stale(ctx *x, yj_error *err)
{
    /* name what changed since the version the caller had read */
    json_t *names = json_array();
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    json_t *then = NULL;
    if (yj_db_prepare(
            x->db, "SELECT seq FROM entry WHERE inst = ?1 AND record = ?2 AND version = ?3 ORDER BY seq DESC",
            &st, NULL) == YJ_OK) {
        bool row = false;
        yj_bind_i64(st, 1, x->c->inst);
        yj_bind_cstr(st, 2, x->c->id);
        yj_bind_i64(st, 3, x->c->expect_version);
        if (yj_stmt_step(st, &row, NULL) == YJ_OK && row &&
            body_fields(x->db, x->c->inst, yj_col_i64(st, 0), &then, NULL) != YJ_OK)
            then = NULL;
    }
    for (size_t i = 0; then && i < x->k->field_count; i++) {
        const char *name = x->k->fields[i].name;
        const json_t *a = json_object_get(then, name), *b = json_object_get(x->old, name);
        if ((a || b) && !json_equal(a, b))
            json_array_append_new(names, json_string(name));
    }
    json_decref(then);
    x->c->stale = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    return yj_fail(err, YJ_E_STALE, "the record has version %lld, not %lld; changed since: %s",
                   (long long)x->head.version, (long long)x->c->expect_version,
                   x->c->stale ? x->c->stale : "[]");
}

static yj_status read_current(ctx *x, yj_error *err)
{
    YJ_TRY(yj_row_find(x->db, x->sql, x->c->inst, x->c->id, x->c->batch, &x->head, err));
    if (x->head.held)
        return yj_fail(err, YJ_E_CONFLICT, "the record is part of an import that is still running");
    if (!x->head.found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", x->k->name);
    if (x->head.erased)
        return yj_fail(err, YJ_E_CONFLICT, "the record was erased");
    return body_fields(x->db, x->c->inst, x->head.seq, &x->old, err);
}

static yj_status check_version(ctx *x, yj_error *err)
{
    if (x->c->expect_version >= 0 && x->c->expect_version != x->head.version)
        return fail_stale(x, err);
    if (strcmp(x->head.state, YJ_STATE_WITHDRAWN) == 0)
        return yj_fail(err, YJ_E_CONFLICT, "the record was withdrawn");
    return YJ_OK;
}

static yj_status merge(ctx *x, yj_error *err)
{
    x->fields = x->old ? json_copy(x->old) : json_object();
    if (!x->fields)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)x->c->fields, name, v)
    {
        const yj_field *f = yj_kind_field(x->k, yj_span_of(name));
        if (json_is_null(v) || (f && f->list && json_array_size(v) == 0)) {
            json_object_del(x->fields, name);
        } else if (f && f->type == YJ_T_DECIMAL) {
            int64_t scaled = 0;
            yj_buf text;
            yj_buf_init(&text, 64);
            if (yj_decimal_parse(yj_span_of(json_string_value(v)), f->scale, &scaled))
                yj_decimal_format(scaled, f->scale, &text);
            int bad = json_object_set_new(x->fields, name, json_stringn(text.ptr ? text.ptr : "", text.len));
            yj_buf_done(&text);
            if (bad)
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
        } else if (json_object_set(x->fields, name, v) != 0) {
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        }
    }
    return YJ_OK;
}

static yj_status check_ref(ctx *x, const yj_field *f, const json_t *v, yj_error *err)
{
    const yj_kind_sql *s = &x->e->sql[f->ref_kind];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(x->db, s->exists, &st, err));
    yj_bind_i64(st, 1, x->c->inst);
    yj_bind_cstr(st, 2, json_string_value(v));
    yj_bind_i64(st, 3, x->c->batch ? x->c->batch : -1);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        return YJ_OK;
    yj_status st2 = yj_fail(err, YJ_E_INVALID, "field %s names no record of kind %s of this institution",
                            f->name, x->e->catalog->kinds[f->ref_kind].name);
    (void)yj_error_at(err, "fields.%s", f->name);
    return st2;
}

static bool same_in_both(const ctx *x, const char *name)
{
    const json_t *a = x->old ? json_object_get(x->old, name) : NULL, *b = json_object_get(x->fields, name);
    return a && b && json_equal(a, b);
}

/* A record of any kind. It may be a withdrawn one, for that can be put under a hold or erased; of an erased
 * one nothing is left to be about. */
static yj_status check_named(ctx *x, const yj_field *f, yj_error *err)
{
    const char *from = x->k->fields[f->kind_from].name;
    const json_t *v = json_object_get(x->fields, f->name);
    if (!v || (same_in_both(x, f->name) && same_in_both(x, from)))
        return YJ_OK;
    const yj_kind *to = yj_field_target(x->e->catalog, x->k, f, x->fields);
    yj_row_head head = { 0 };
    yj_status s = YJ_OK;
    if (to)
        YJ_TRY(yj_row_find(x->db, &x->e->sql[to->index], x->c->inst, json_string_value(v), x->c->batch, &head,
                           err));
    if (!to)
        s = yj_fail(err, YJ_E_INVALID, "field %s needs field %s beside it: the kind of the record it names",
                    f->name, from);
    else if (!head.found || head.erased)
        s = yj_fail(err, YJ_E_INVALID, "field %s names no record of kind %s of this institution", f->name,
                    to->name);
    if (s != YJ_OK)
        (void)yj_error_at(err, "fields.%s", f->name);
    return s;
}

/* Only references the change brings are checked: what was there stays valid, withdrawal being refused. */
static yj_status check_refs(ctx *x, yj_error *err)
{
    for (size_t i = 0; i < x->k->field_count; i++) {
        const yj_field *f = &x->k->fields[i];
        const json_t *v = json_object_get(x->fields, f->name);
        if (f->kind_from >= 0)
            YJ_TRY(check_named(x, f, err));
        if (f->type != YJ_T_REF || !v || same_in_both(x, f->name))
            continue;
        if (!f->list) {
            YJ_TRY(check_ref(x, f, v, err));
            continue;
        }
        for (size_t n = 0; n < json_array_size(v); n++)
            YJ_TRY(check_ref(x, f, json_array_get(v, n), err));
    }
    return YJ_OK;
}

static yj_status check_unique(ctx *x, yj_error *err)
{
    yj_buf key, before;
    yj_buf_init(&key, 65536);
    yj_buf_init(&before, 65536);
    yj_nkey_of(x->k, x->fields, &key);
    if (x->old)
        yj_nkey_of(x->k, x->old, &before);
    bool same = x->old && yj_span_eq(yj_buf_view(&key), yj_buf_view(&before));
    yj_status s = YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (!same && key.len)
        s = yj_db_prepare_made(x->db, x->sql->by_key, &st, err);
    if (s == YJ_OK && st) {
        yj_bind_i64(st, 1, x->c->inst);
        yj_bind_text(st, 2, yj_buf_view(&key));
        bool row = true;
        while (s == YJ_OK) {
            s = yj_stmt_step(st, &row, err);
            if (s != YJ_OK || !row)
                break;
            bool until_gone = yj_col_i64(st, 2) != 0 && yj_col_i64(st, 4) == 0;
            if (until_gone || (x->c->id && yj_span_is(yj_col_text(st, 0), x->c->id)))
                continue;
            s = yj_fail(err, YJ_E_CONFLICT, "another record of kind %s already has this key", x->k->name);
            (void)yj_error_at(err, "fields.%s", x->k->fields[x->k->key[0]].name);
        }
    }
    yj_buf_done(&key);
    yj_buf_done(&before);
    return s;
}

/* A record that others name cannot be withdrawn. */
static yj_status check_unnamed(ctx *x, yj_error *err)
{
    const yj_catalog *c = x->e->catalog;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_kind *k = &c->kinds[i];
        for (size_t j = 0; j < k->field_count; j++) {
            const yj_field *f = &k->fields[j];
            if (f->type != YJ_T_REF || f->ref_kind != x->k->index)
                continue;
            char *sql =
                f->list
                    ? yj_arena_fmt(
                          x->w->arena,
                          "SELECT 1 FROM l_%s_%s l JOIN r_%s r ON r.inst = l.inst AND r.id = l.id AND "
                          "r.batch = "
                          "l.batch WHERE l.inst = ?1 AND l.value = ?2 AND r.state <> '" YJ_STATE_WITHDRAWN
                          "' AND r.erased = 0 AND " YJ_SQL_VISIBLE("r") " LIMIT 1",
                          k->name, f->name, k->name)
                    : yj_arena_fmt(x->w->arena,
                                   "SELECT 1 FROM r_%s r WHERE r.inst = ?1 AND r.f_%s = ?2 AND r.state <> "
                                   "'" YJ_STATE_WITHDRAWN
                                   "' AND r.erased = 0 AND " YJ_SQL_VISIBLE("r") " LIMIT 1",
                                   k->name, f->name);
            yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
            YJ_TRY(yj_db_prepare_made(x->db, sql, &st, err));
            yj_bind_i64(st, 1, x->c->inst);
            yj_bind_cstr(st, 2, x->c->id);
            bool row = false;
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row) {
                yj_status s =
                    yj_fail(err, YJ_E_CONFLICT, "a record of kind %s still names this record in its field %s",
                            k->name, f->name);
                yj_titles(x->e->catalog, k, err); /* a field of that kind */
                return s;
            }
        }
    }
    return YJ_OK;
}

static yj_status plan_create(ctx *x, yj_error *err)
{
    yj_change *c = x->c;
    x->op = "create";
    x->state = x->k->states[x->k->initial].id;
    if (c->state && strcmp(c->state, x->state) != 0) {
        int s = yj_kind_state(x->k, yj_span_of(c->state));
        if (s < 0 || strcmp(c->state, YJ_STATE_WITHDRAWN) == 0)
            return yj_fail(err, YJ_E_INVALID, "kind %s has no state of that name", x->k->name);
        x->op = "takeover"; /* what exists already is recorded as found; the ledger says so for ever */
        x->state = x->k->states[s].id;
    }
    if (c->id) {
        YJ_TRY(yj_row_find(x->db, x->sql, c->inst, c->id, c->batch, &x->head, err));
        if (x->head.found || x->head.held)
            return yj_fail(err, YJ_E_CONFLICT, "there is already a record of that id");
        memcpy(c->ret_id, c->id, YJ_UUID_LEN);
    } else {
        yj_uuid7(yj_engine_now(x->e), c->ret_id);
    }
    return YJ_OK;
}

static yj_status find_move(ctx *x, yj_error *err)
{
    int t = yj_kind_transition(x->k, yj_span_of(x->c->transition));
    if (t < 0)
        return yj_fail(err, YJ_E_INVALID, "kind %s has no transition of that name", x->k->name);
    x->move = &x->k->transitions[t];
    return YJ_OK;
}

/* May the acting person do it? */
static yj_status check_person(ctx *x, yj_error *err)
{
    const yj_change *c = x->c;
    if (c->unasked)
        return YJ_OK;
    bool create = c->op == YJ_CH_CREATE || c->completes;
    yj_asked q = { .inst = c->inst,
                   .kind = x->k,
                   .act = create    ? YJ_ACT_CREATE
                          : x->move ? YJ_ACT_MOVE
                                    : YJ_ACT_CHANGE,
                   .transition = x->move ? (int)(x->move - x->k->transitions) : -1,
                   .state = yj_kind_state(x->k, yj_span_of(c->op == YJ_CH_CREATE ? x->state : x->head.state)),
                   .id = c->op == YJ_CH_CREATE ? NULL : c->id,
                   .old = x->old,
                   .fields = x->fields };
    return yj_allowed(x->db, x->e->catalog, &x->actor, &q, x->w->arena, &x->for_whom, err);
}

static yj_status plan_move(ctx *x, yj_error *err)
{
    int from = yj_kind_state(x->k, yj_span_of(x->head.state));
    if (from < 0 || !(x->move->from >> from & 1))
        return yj_fail(err, YJ_E_CONFLICT, "transition %s does not start from state %s", x->move->id,
                       x->head.state);
    x->state = x->k->states[x->move->to].id;
    bool withdraw = strcmp(x->state, YJ_STATE_WITHDRAWN) == 0;
    x->op = withdraw ? "withdraw" : "move";
    return withdraw ? check_unnamed(x, err) : YJ_OK;
}

static yj_status check_gate(ctx *x, yj_error *err)
{
    const yj_gate *g = &x->e->catalog->gates[x->move->gate];
    yj_date today;
    yj_engine_today(x->e, &today);
    yj_scope scope;
    YJ_TRY(yj_scope_load(x->db, x->e->catalog, x->c->inst, today.s, x->w->arena, &scope, err));
    yj_gate_result result;
    YJ_TRY(yj_gate_check(x->db, x->e->catalog, g, x->c->id, &scope, x->w->arena, &result, err));
    if (result.open)
        return YJ_OK;
    yj_buf out;
    yj_buf_init(&out, (size_t)8 << 20);
    yj_status s =
        yj_present_misses(x->db, x->e->catalog, x->c->inst, x->c->lang, &result, today.s, &out, err);
    if (s == YJ_OK)
        s = yj_buf_status(&out, err);
    if (s != YJ_OK) {
        yj_buf_done(&out);
        return s;
    }
    x->c->misses = out.ptr;
    return yj_fail(err, YJ_E_GATE, "the gate of transition %s is shut: %zu requirements are not met",
                   x->move->id, result.miss_count);
}

static yj_status append_and_write(ctx *x, yj_error *err)
{
    yj_change *c = x->c;
    int64_t version = x->head.found ? x->head.version + 1 : 1;
    yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    yj_status s = yj_body_make(x->k, x->op, c->ret_id, x->state, version, x->fields, &body, err);
    if (s == YJ_OK) {
        yj_append a = { .by = c->by,
                        .for_whom = x->for_whom,
                        .op = x->op,
                        .kind = x->k->name,
                        .record = c->ret_id,
                        .version = version,
                        .batch = c->batch,
                        .now_ns = yj_engine_now(x->e),
                        .body = yj_buf_view(&body) };
        s = yj_writer_append(x->w, c->inst, &a, &c->ret_seq, &c->ret_time_ns, err);
    }
    yj_buf_done(&body);
    YJ_TRY(s);
    c->ret_version = version;
    yj_row row = { .inst = c->inst,
                   .id = c->ret_id,
                   .batch = c->batch,
                   .version = version,
                   .seq = (int64_t)c->ret_seq,
                   .state = x->state,
                   .fields = x->fields,
                   .old = x->old };
    YJ_TRY(yj_row_write(x->db, x->k, x->sql, &row, &x->head, err));
    const yj_access *access = &x->e->catalog->access;
    if (x->k->index == access->person || x->k->index == access->delegation ||
        x->k->index == x->e->catalog->exchange.institution) /* its type says which roles count */
        yj_writer_forget_actors(x->w);
    if (x->move && x->move->gate >= 0)
        YJ_TRY(check_gate(x, err));
    if (c->batch)
        return YJ_OK; /* the closing entry touches everything */
    YJ_TRY(yj_exchange_changed(x->w, x->k, c->inst, c->ret_id, x->old, x->fields, err));
    bool whole = !x->head.found || strcmp(x->state, YJ_STATE_WITHDRAWN) == 0;
    yj_touch_item *t =
        yj_touch_make(x->k, c->inst, c->ret_seq, c->ret_id, x->old, x->fields, whole, x->move != NULL);
    if (!t)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    t->time_ns = c->ret_time_ns;
    t->next = x->w->new_touches;
    x->w->new_touches = t;
    return YJ_OK;
}

/* An institution's type says which roles count: it is not for those who would have them. */
static yj_status check_type(const ctx *x, yj_error *err)
{
    const yj_exchange *m = &x->e->catalog->exchange;
    if (!x->old || x->k->index != m->institution || m->type < 0 || x->actor.all)
        return YJ_OK;
    const char *name = x->k->fields[m->type].name;
    const json_t *was = json_object_get(x->old, name), *now = json_object_get(x->fields, name);
    if (was == now || (was && now && json_equal(was, now)))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_FORBIDDEN, "no role may do this: it is left to the operator of the installation");
    return yj_error_at(err, "fields.%s", name);
}

static yj_status apply(ctx *x, yj_error *err)
{
    yj_change *c = x->c;
    if (x->k->installation && c->inst != YJ_INST_INSTALLATION)
        return yj_fail(err, YJ_E_INVALID, "kind %s belongs to the installation", x->k->name);
    YJ_TRY(yj_exchange_lock(x->w, c, x->k, err));
    YJ_TRY(yj_writer_actor(x->w, c->inst, c->by, &x->actor, err));
    if (c->op == YJ_CH_CREATE) {
        YJ_TRY(plan_create(x, err));
    } else {
        YJ_TRY(read_current(x, err));
        memcpy(c->ret_id, c->id, YJ_UUID_LEN);
        x->op = "change";
        x->state = x->head.state;
    }
    YJ_TRY(merge(x, err));
    if (c->op == YJ_CH_MOVE)
        YJ_TRY(find_move(x, err));
    yj_status may = check_person(x, err);
    if (may != YJ_OK && may != YJ_E_CONFLICT)
        return may;
    if (c->op != YJ_CH_CREATE) /* that the version is old is told before the state that it led to */
        YJ_TRY(check_version(x, err));
    YJ_TRY(may);
    if (c->op == YJ_CH_MOVE)
        YJ_TRY(plan_move(x, err));
    YJ_TRY(yj_signed_fill(x->w, c, x->k, x->old, x->fields, err));
    if (x->old && c->op == YJ_CH_CHANGE && json_equal(x->old, x->fields)) {
        c->unchanged = true;
        c->ret_version = x->head.version;
        c->ret_seq = (uint64_t)x->head.seq;
        return YJ_OK;
    }
    YJ_TRY(yj_exchange_check(x->e->catalog, c, x->k, x->move, x->old ? x->head.state : x->state, x->old,
                             x->fields, err));
    YJ_TRY(yj_answer_check(x->db, x->e->catalog, c, x->k, x->move, x->old ? x->head.state : x->state, x->old,
                           x->fields, err));
    YJ_TRY(yj_offer_check(x->db, x->e->catalog, c, x->k, x->fields, err));
    YJ_TRY(check_type(x, err));
    YJ_TRY(yj_roles_check(x->db, x->e->catalog, c->inst, x->k, x->old, x->fields, err));
    YJ_TRY(yj_record_check(x->k, x->fields, err));
    YJ_TRY(yj_requirements_check(x->e->catalog, x->k, x->old, x->fields, err));
    YJ_TRY(
        yj_key_record_check(x->w, c, x->k, x->old ? x->head.state : NULL, x->state, x->old, x->fields, err));
    YJ_TRY(check_refs(x, err));
    YJ_TRY(check_unique(x, err));
    return append_and_write(x, err);
}

yj_status yj_apply_change(yj_writer *w, yj_change *c, yj_error *err)
{
    if (c->op == YJ_CH_ERASE)
        return yj_apply_erase(w, c, err);
    yj_engine *e = w->e;
    ctx x = { .w = w, .e = e, .db = w->db, .c = c };
    if (c->kind < 0 || (size_t)c->kind >= e->catalog->kind_count)
        return yj_fail(err, YJ_E_INVALID, "there is no such kind of record");
    x.k = &e->catalog->kinds[c->kind];
    x.sql = &e->sql[c->kind];
    yj_status s = apply(&x, err);
    ctx_done(&x);
    if (s != YJ_OK)
        yj_titles(w->e->catalog, x.k, err);
    return s;
}
