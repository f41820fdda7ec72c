// SPDX-License-Identifier: Apache-2.0
#include "record/erase.h"

#include "ledger/pack_body.h"

#include "evidence/evidence.h"
#include "record/exchange_internal.h"
#include "record/read.h"
#include "store/schema.h"
#include <stdlib.h>

#define ARENA_TEXTS_MAX 100000

typedef struct erasing {
    yj_writer *w;
    yj_engine *e;
    yj_db *db;
    yj_change *c;
    const yj_kind *order_kind;
    json_t *order;       /* fields of the order; owned */
    const yj_kind *k;    /* of the target */
    const char *target;  /* id */
    const json_t *names; /* fields to erase; empty: all */
    yj_row_head head;
    json_t *fields; /* of the target, newest version; owned */
    json_t *texts;  /* erased texts, as they may stand in verdicts; owned */
} erasing;

static const char *text_field(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

static yj_status fields_at(yj_db *db, int64_t inst, int64_t seq, json_t **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(db, inst, (uint64_t)seq, &body, err));
    if (!body)
        return yj_fail(err, YJ_E_NOT_FOUND, "entry %lld has no body", (long long)seq);
    *ret = json_incref(json_object_get(body, "fields"));
    return YJ_OK;
}

/* --- may it be done? -------------------------------------------------------------------------- */

static yj_status read_order(erasing *x, yj_error *err)
{
    yj_row_head head;
    YJ_TRY(yj_row_find(x->db, &x->e->sql[x->order_kind->index], x->c->inst, x->c->id, 0, &head, err));
    if (!head.found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id",
                       x->order_kind->name);
    if (strcmp(head.state, "approved") != 0)
        return yj_fail(err, YJ_E_GATE,
                       "the erasure order is in state %s; a second person must approve it first", head.state);
    YJ_TRY(fields_at(x->db, x->c->inst, head.seq, &x->order, err));
    if (!text_field(x->order, "approved_by")[0] ||
        strcmp(text_field(x->order, "approved_by"), text_field(x->order, "requested_by")) == 0)
        return yj_fail(err, YJ_E_GATE, "an erasure needs two persons: one asks for it, another approves it");
    yj_date today;
    yj_engine_today(x->e, &today);
    const char *until = text_field(x->order, "retention_until");
    if (!until[0] || strcmp(until, today.s) >= 0)
        return yj_fail(err, YJ_E_GATE,
                       "the retention period runs until %s; before it is over nothing is erased",
                       until[0] ? until : "?");
    return YJ_OK;
}

static yj_status check_hold(erasing *x, yj_error *err)
{
    const yj_kind *hold = yj_catalog_kind(x->e->catalog, YJ_SPAN("legal_hold"));
    if (!hold || !yj_kind_field(hold, YJ_SPAN("target")))
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->db,
        "SELECT 1 FROM r_legal_hold r WHERE r.inst = ?1 AND r.f_target = ?2 AND r.state = 'active' AND "
        "r.erased = 0 AND " YJ_SQL_VISIBLE("r"),
        &st, err));
    yj_bind_i64(st, 1, x->c->inst);
    yj_bind_cstr(st, 2, x->target);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? yj_fail(err, YJ_E_GATE,
                         "a legal hold names the record; it must be released before anything is erased")
               : YJ_OK;
}

static yj_status read_target(erasing *x, yj_error *err)
{
    x->k = yj_catalog_kind(x->e->catalog, yj_span_of(text_field(x->order, "target_kind")));
    x->target = text_field(x->order, "target");
    x->names = json_object_get(x->order, "fields");
    if (!x->k)
        return yj_fail(err, YJ_E_INVALID, "the erasure order names no kind of record");
    YJ_TRY(yj_row_find(x->db, &x->e->sql[x->k->index], x->c->inst, x->target, 0, &x->head, err));
    if (!x->head.found || x->head.erased)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", x->k->name);
    for (size_t i = 0; i < json_array_size(x->names); i++) {
        const yj_field *f = yj_kind_field(x->k, yj_span_of(json_string_value(json_array_get(x->names, i))));
        if (!f)
            return yj_fail(err, YJ_E_INVALID, "kind %s has no field of that name", x->k->name);
        for (size_t j = 0; j < x->k->key_count; j++)
            if (&x->k->fields[x->k->key[j]] == f)
                return yj_fail(err, YJ_E_INVALID,
                               "field %s is part of the key; erase the whole record instead", f->name);
    }
    return fields_at(x->db, x->c->inst, x->head.seq, &x->fields, err);
}

/* --- what must go ----------------------------------------------------------------------------- */

static bool named(const erasing *x, const char *field)
{
    if (json_array_size(x->names) == 0)
        return true;
    for (size_t i = 0; i < json_array_size(x->names); i++)
        if (strcmp(json_string_value(json_array_get(x->names, i)), field) == 0)
            return true;
    return false;
}

static void remember_text(erasing *x, const json_t *v)
{
    if (json_is_string(v) && json_string_length(v) > 1)
        json_array_append(x->texts, (json_t *)(uintptr_t)v);
}

/* Every text the record ever held in the fields named: sentences may quote it. */
static yj_status collect_texts(erasing *x, yj_error *err)
{
    x->texts = json_array();
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->db,
                         "SELECT b.body, b.packed FROM entry e JOIN body b ON b.inst = e.inst AND b.seq = "
                         "e.seq WHERE e.inst = ?1 AND "
                         "e.record = ?2 AND e.version > 0",
                         &st, err));
    yj_bind_i64(st, 1, x->c->inst);
    yj_bind_cstr(st, 2, x->target);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || json_array_size(x->texts) > ARENA_TEXTS_MAX)
            return YJ_OK;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(yj_col_body_json(st, 0, 1, &body, err));
        const json_t *fields = json_object_get(body, "fields");
        for (size_t i = 0; i < x->k->field_count; i++) {
            const yj_field *f = &x->k->fields[i];
            const json_t *v = json_object_get(fields, f->name);
            if ((f->type != YJ_T_TEXT && f->type != YJ_T_LONGTEXT) || !v || !named(x, f->name))
                continue;
            remember_text(x, v);
            for (size_t n = 0; f->list && n < json_array_size(v); n++)
                remember_text(x, json_array_get(v, n));
        }
    }
}

static bool quotes_erased(const erasing *x, const json_t *values)
{
    const char *name = NULL;
    json_t *list = NULL;
    json_object_foreach((json_t *)(uintptr_t)values, name, list)
    {
        for (size_t i = 0; i < json_array_size(list); i++) {
            const char *s = json_string_value(json_array_get(list, i));
            for (size_t n = 0; s && n < json_array_size(x->texts); n++) {
                const char *t = json_string_value(json_array_get(x->texts, n));
                /* values are cut at 200 characters: a long text may stand there only in part */
                if (strstr(s, t) || (strlen(s) > 100 && strstr(t, s)))
                    return true;
            }
        }
    }
    return false;
}

/* Judgement bodies quote values, and verdicts say what stands there. A body without its salt no longer claims
 * to be what was hashed; what is left of it still serves `rebuild`. */
static yj_status scrub_judgement(erasing *x, int64_t seq, const json_t *body, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_buf_done) yj_buf room;
    yj_auto(yj_stmt_donep) yj_stmt *up = NULL;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    yj_buf_init(&room, 2 * YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_json_canonical(body, &text, err));
    YJ_TRY(yj_db_prepare(
        x->db, "UPDATE body SET salt = ?3, body = ?4, packed = ?5 WHERE inst = ?1 AND seq = ?2", &up, err));
    yj_bind_i64(up, 1, x->c->inst);
    yj_bind_i64(up, 2, seq);
    yj_bind_blob(up, 3, "", 0);
    YJ_TRY(yj_bind_body(up, 4, 5, yj_buf_view(&text), &room, err));
    YJ_TRY(yj_stmt_run(up, NULL, err));
    return yj_judgement_erased(x->db, x->c->inst, (uint64_t)seq, yj_buf_view(&text), err);
}

/* @param room for a body that is stored packed */
static yj_status scrub_row(erasing *x, yj_stmt *st, yj_buf *room, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    yj_span text;
    YJ_TRY(yj_col_body(st, 1, 2, room, &text, err));
    YJ_TRY(yj_json_parse(text, YJ_BODY_BYTES_MAX, &body, err));
    json_t *changes = json_object_get(body, "changes");
    bool hit = false;
    for (size_t i = 0; i < json_array_size(changes); i++) {
        json_t *change = json_array_get(changes, i);
        if (!quotes_erased(x, json_array_get(change, 5)))
            continue;
        json_array_set_new(change, 5, json_pack("{s:[]}", ".erased"));
        hit = true;
    }
    return hit ? scrub_judgement(x, yj_col_i64(st, 0), body, err) : YJ_OK;
}

static yj_status scrub_judgements(erasing *x, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf room;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&room, YJ_BODY_BYTES_MAX);
    YJ_TRY(
        yj_db_prepare(x->db,
                      "SELECT e.seq, b.body, b.packed FROM entry e JOIN body b ON b.inst = e.inst AND b.seq "
                      "= e.seq WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "judge") " ORDER BY e.seq",
                      &st, err));
    yj_bind_i64(st, 1, x->c->inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(scrub_row(x, st, &room, err));
    }
}

static yj_status drop_bodies(erasing *x, uint64_t keep, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->db,
        "DELETE FROM body WHERE inst = ?1 AND seq <> ?3 AND seq IN (SELECT e.seq FROM entry e WHERE e.inst = "
        "?1 AND e.record = ?2)",
        &st, err));
    yj_bind_i64(st, 1, x->c->inst);
    yj_bind_cstr(st, 2, x->target);
    yj_bind_i64(st, 3, (int64_t)keep);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_erase_deliveries(yj_db *db, int64_t inst, const char *record, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET content = '', worker = '', state = CASE WHEN state = 'sent' THEN 'sent' "
        "ELSE 'erased' END, ended = CASE WHEN ended = 0 THEN ?3 ELSE ended END WHERE inst = ?1 AND "
        "record = ?2 AND record <> ''",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, record);
    yj_bind_i64(st, 3, yj_clock_system().now_ns(NULL));
    return yj_stmt_run(st, NULL, err);
}

/* --- the entry -------------------------------------------------------------------------------- */

static yj_status write_entry(erasing *x, json_t *left, bool whole, yj_error *err)
{
    int64_t version = x->head.version + 1;
    json_t *names = json_incref((json_t *)(uintptr_t)x->names);
    json_t *body = json_pack("{s:O, s:s, s:s, s:s, s:s, s:I, s:b, s:s}", "fields", left, "id", x->target,
                             "kind", x->k->name, "op", "erase", "state", x->head.state, "version",
                             (json_int_t)version, "whole", whole ? 1 : 0, "order", x->c->id);
    if (body && names)
        json_object_set(body, "erased", names);
    json_decref(names);
    yj_buf text;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    yj_status s = body ? yj_json_canonical(body, &text, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_decref(body);
    if (s == YJ_OK) {
        yj_append a = { .by = x->c->by,
                        .op = "erase",
                        .kind = x->k->name,
                        .record = x->target,
                        .version = version,
                        .now_ns = yj_engine_now(x->e),
                        .body = yj_buf_view(&text) };
        s = yj_writer_append(x->w, x->c->inst, &a, &x->c->ret_seq, &x->c->ret_time_ns, err);
    }
    yj_buf_done(&text);
    YJ_TRY(s);
    x->c->ret_version = version;
    yj_row row = { .inst = x->c->inst,
                   .id = x->target,
                   .version = version,
                   .seq = (int64_t)x->c->ret_seq,
                   .state = x->head.state,
                   .erased = whole,
                   .fields = left };
    return yj_row_write(x->db, x->k, &x->e->sql[x->k->index], &row, &x->head, err);
}

static yj_status touch(erasing *x, const json_t *left, yj_error *err)
{
    yj_touch_item *t =
        yj_touch_make(x->k, x->c->inst, x->c->ret_seq, x->target, x->fields, left, true, false);
    if (!t)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    t->next = x->w->new_touches;
    x->w->new_touches = t;
    return YJ_OK;
}

static yj_status order_done(erasing *x, yj_error *err)
{
    yj_change move = { .inst = x->c->inst,
                       .op = YJ_CH_MOVE,
                       .by = x->c->by,
                       .kind = x->order_kind->index,
                       .id = x->c->id,
                       .expect_version = -1,
                       .transition = "execute" };
    yj_status s = yj_apply_change(x->w, &move, err);
    yj_change_done(&move);
    return s;
}

/* May the acting person carry out the order? Asked first: an erasure writes before it moves its order on. */
static yj_status check_person(erasing *x, yj_error *err)
{
    yj_actor actor;
    yj_may may;
    YJ_TRY(yj_writer_actor(x->w, x->c->inst, x->c->by, &actor, err));
    int t = yj_kind_transition(x->order_kind, YJ_SPAN("execute"));
    if (t < 0)
        return yj_fail(err, YJ_E_INVALID, "kind %s has no transition of that name", x->order_kind->name);
    yj_may_do(x->e->catalog, &actor, x->order_kind, YJ_ACT_MOVE, t, NULL, &may);
    if (!may.allowed && err)
        *err = may.why;
    return may.allowed ? YJ_OK : may.why.code;
}

static yj_status erase(erasing *x, yj_error *err)
{
    YJ_TRY(check_person(x, err));
    YJ_TRY(read_order(x, err));
    YJ_TRY(read_target(x, err));
    YJ_TRY(check_hold(x, err));
    YJ_TRY(collect_texts(x, err));
    bool whole = json_array_size(x->names) == 0;
    yj_auto(yj_json_freep) json_t *left = json_object();
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach(x->fields, name, v)
    {
        if (!named(x, name))
            json_object_set(left, name, v);
    }
    YJ_TRY(write_entry(x, left, whole, err));
    YJ_TRY(drop_bodies(x, x->c->ret_seq, err));
    YJ_TRY(scrub_judgements(x, err));
    YJ_TRY(yj_erase_deliveries(x->db, x->c->inst, x->target, err));
    YJ_TRY(touch(x, left, err));
    YJ_TRY(yj_exchange_changed(x->w, x->k, x->c->inst, x->target, x->fields, whole ? NULL : left, err));
    return order_done(x, err);
}

yj_status yj_apply_erase(yj_writer *w, yj_change *c, yj_error *err)
{
    erasing x = { .w = w,
                  .e = w->e,
                  .db = w->db,
                  .c = c,
                  .order_kind = yj_catalog_kind(w->e->catalog, YJ_SPAN("erasure")) };
    if (!x.order_kind)
        return yj_fail(err, YJ_E_INVALID, "the packs declare no kind erasure; load packs/core first");
    yj_status s = erase(&x, err);
    json_decref(x.order);
    json_decref(x.fields);
    json_decref(x.texts);
    yj_writer_forget_actors(w); /* it may have been a person, or a delegation */
    if (s == YJ_OK)
        memcpy(c->ret_id, c->id, YJ_UUID_LEN);
    return s;
}

/* --- the file behind an evidence record ------------------------------------------------------- */

/* Digest of the file whose record the order erases as a whole; false if it is no such order. */
static bool file_of_order(yj_engine *e, yj_db *db, int64_t inst, const char *order, yj_digest *ret)
{
    const yj_kind *ok = yj_catalog_kind(e->catalog, YJ_SPAN("erasure")),
                  *ek = yj_catalog_kind(e->catalog, YJ_SPAN("evidence"));
    yj_row_head head;
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_auto(yj_json_freep) json_t *file = NULL;
    return ek && yj_row_find(db, &e->sql[ok->index], inst, order, 0, &head, NULL) == YJ_OK && head.found &&
           fields_at(db, inst, head.seq, &o, NULL) == YJ_OK &&
           strcmp(text_field(o, "target_kind"), "evidence") == 0 &&
           json_array_size(json_object_get(o, "fields")) == 0 &&
           yj_row_find(db, &e->sql[ek->index], inst, text_field(o, "target"), 0, &head, NULL) == YJ_OK &&
           head.found && fields_at(db, inst, head.seq, &file, NULL) == YJ_OK &&
           yj_digest_from_hex(yj_span_of(text_field(file, "digest")), ret);
}

static yj_status forget_blob(yj_writer *w, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "DELETE FROM blob WHERE digest = ?1", &st, err));
    yj_bind_cstr(st, 1, ctx);
    return yj_stmt_run(st, NULL, err);
}

/* The bytes go too, unless another record, of whichever institution, still names them. */
static yj_status drop_file(yj_engine *e, yj_db *db, const yj_digest *digest, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(digest, hex);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db, "SELECT 1 FROM r_evidence WHERE f_digest = ?1 AND erased = 0 LIMIT 1", &st, err));
    yj_bind_cstr(st, 1, hex);
    bool shared = false;
    YJ_TRY(yj_stmt_step(st, &shared, err));
    if (shared)
        return YJ_OK;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/evidence", e->data);
    yj_auto(yj_evidence_freep) yj_evidence *files = NULL;
    YJ_TRY(yj_evidence_open(folder, false, &files, err));
    yj_status s = yj_evidence_remove(files, digest, err);
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    return yj_writer_run(e, forget_blob, hex, false, err);
}

yj_status yj_erase(yj_engine *e, int64_t inst, const char *order, const char *by, uint64_t *ret_seq,
                   yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(e->catalog, YJ_SPAN("erasure"));
    if (!k)
        return yj_fail(err, YJ_E_INVALID, "the packs declare no kind erasure; load packs/core first");
    char id[YJ_UUID_LEN + 1];
    yj_digest digest;
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_record_find(db, e->catalog, inst, k, order, id, err);
    bool file = s == YJ_OK && file_of_order(e, db, inst, id, &digest);
    yj_reader_give(e, db);
    YJ_TRY(s);
    yj_change c = {
        .inst = inst, .op = YJ_CH_ERASE, .by = by, .kind = k->index, .id = id, .expect_version = -1
    };
    s = yj_change_run(e, &c, err);
    if (s == YJ_OK && ret_seq)
        *ret_seq = c.ret_seq;
    yj_change_done(&c);
    if (s == YJ_OK)
        s = yj_engine_settle(e, 60000, err); /* verdicts that quoted it are judged anew */
    if (s == YJ_OK && file && yj_reader_take(e, &db, err) == YJ_OK) {
        s = drop_file(e, db, &digest, err);
        yj_reader_give(e, db);
    }
    if (s == YJ_OK)
        s = yj_store_forget_log(e->store, err); /* the write-ahead log still holds what was erased */
    return s;
}
