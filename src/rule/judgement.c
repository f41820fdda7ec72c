// SPDX-License-Identifier: Apache-2.0
/* Judgements as ledger entries: written here, applied to the tables here. */
#include "ledger/ledger.h"
#include "rule/internal.h"
#include <stdio.h>

#define TAIL_BYTES ((size_t)512) /* more than what follows the changes */
#define PART_CHANGES 128         /* so many hold up the writer for a few milliseconds */

/* --- bodies -------------------------------------------------------------------------------------------- */

typedef struct body_writer {
    yj_judgement_part part; /* of the body being written */
    yj_body_fn fn;
    void *ctx;
    yj_buf body, change;
} body_writer;

static void write_change(yj_buf *out, const yj_verdict *v)
{
    yj_jw w;
    yj_buf_clear(out);
    yj_jw_init(&w, out);
    yj_jw_array(&w);
    yj_jw_str(&w, v->requirement_id);
    yj_jw_str(&w, v->kind_name);
    yj_jw_str(&w, v->subject);
    yj_jw_str(&w, yj_verdict_name(v->status));
    yj_jw_str(&w, v->code);
    yj_jw_raw(&w, yj_span_of(v->values));
    yj_jw_str(&w, v->due);
    yj_jw_i64(&w, v->strength);
    yj_jw_raw(&w, yj_span_of(v->proofs));
    yj_jw_str(&w, v->since);
    yj_jw_end_array(&w);
}

static void begin_body(body_writer *w, const yj_verdict *first)
{
    yj_buf_clear(&w->body);
    yj_buf_str(&w->body, "{\"changes\":[");
    w->part.changes = first;
    w->part.count = 0;
}

static yj_status end_body(body_writer *w, bool more, yj_error *err)
{
    yj_judgement_part *p = &w->part;
    p->more = more;
    yj_buf_fmt(&w->body, "],\"judged\":%llu,\"more\":%s,\"packs\":\"%s\",\"today\":\"%s\"}",
               (unsigned long long)p->upto, more ? "true" : "false", p->packs, p->today);
    YJ_TRY(yj_buf_status(&w->body, err));
    return w->fn(w->ctx, yj_buf_view(&w->body), p, err);
}

static yj_status write_bodies(body_writer *w, const yj_judgement *j, bool more, yj_error *err)
{
    begin_body(w, j->changes);
    for (size_t i = 0; i < j->count; i++) {
        write_change(&w->change, &j->changes[i]);
        YJ_TRY(yj_buf_status(&w->change, err));
        if (w->part.count == PART_CHANGES || w->body.len + w->change.len + TAIL_BYTES > YJ_BODY_BYTES_MAX) {
            YJ_TRY(end_body(w, true, err));
            begin_body(w, &j->changes[i]);
        }
        if (w->part.count++)
            yj_buf_char(&w->body, ',');
        yj_buf_span(&w->body, yj_buf_view(&w->change));
    }
    return end_body(w, more, err);
}

yj_status yj_judgement_bodies(const yj_catalog *c, const yj_judgement *j, uint64_t judged_upto,
                              const char *today, bool more, yj_body_fn fn, void *ctx, yj_error *err)
{
    body_writer w = { .part = { .upto = judged_upto }, .fn = fn, .ctx = ctx };
    yj_digest_hex(&c->digest, w.part.packs);
    snprintf(w.part.today, sizeof w.part.today, "%s", today);
    yj_buf_init(&w.body, YJ_BODY_BYTES_MAX);
    yj_buf_init(&w.change, YJ_BODY_BYTES_MAX - 2 * TAIL_BYTES);
    yj_status s = write_bodies(&w, j, more, err);
    yj_buf_done(&w.body);
    yj_buf_done(&w.change);
    return s;
}

/* --- applying ------------------------------------------------------------------------------------------ */

typedef struct applier {
    yj_db *db;
    int64_t inst;
    uint64_t seq;
    bool log_only; /* the verdicts that stand are made from the log later */
} applier;

/** Parameters ?1..?12, the same for verdict and verdict_log. */
static void bind_verdict(yj_stmt *st, const applier *a, const yj_verdict *v)
{
    yj_bind_i64(st, 1, a->inst);
    yj_bind_cstr(st, 2, v->requirement_id);
    yj_bind_cstr(st, 3, v->subject);
    yj_bind_i64(st, 4, (int64_t)a->seq);
    yj_bind_cstr(st, 5, v->kind_name);
    yj_bind_cstr(st, 6, yj_verdict_name(v->status));
    yj_bind_cstr(st, 7, v->code);
    yj_bind_cstr(st, 8, v->values);
    yj_bind_cstr(st, 9, v->proofs);
    yj_bind_i64(st, 10, v->strength);
    yj_bind_cstr(st, 11, v->since);
    yj_bind_cstr(st, 12, v->due);
}

#define VERDICT_COLUMNS                                                                                      \
    "(inst, requirement, subject, seq, kind, status, code, vals, proofs, strength, since, due) "             \
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"

static yj_status log_verdict(const applier *a, const yj_verdict *v, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db, "INSERT INTO verdict_log" VERDICT_COLUMNS, &st, err));
    bind_verdict(st, a, v);
    return yj_stmt_post(st, err);
}

static yj_status put_verdict(const applier *a, const yj_verdict *v, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db,
                         "INSERT INTO verdict" VERDICT_COLUMNS
                         " ON CONFLICT(inst, requirement, subject) DO UPDATE SET seq = excluded.seq, "
                         "kind = excluded.kind, status = excluded.status, code = excluded.code, "
                         "vals = excluded.vals, proofs = excluded.proofs, strength = excluded.strength, "
                         "since = excluded.since, due = excluded.due",
                         &st, err));
    bind_verdict(st, a, v);
    return yj_stmt_post(st, err);
}

static yj_status remove_verdict(const applier *a, const yj_verdict *v, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db, "DELETE FROM verdict WHERE inst = ?1 AND requirement = ?2 AND subject = ?3",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_cstr(st, 2, v->requirement_id);
    yj_bind_cstr(st, 3, v->subject);
    return yj_stmt_post(st, err);
}

static yj_status apply_verdict(const applier *a, const yj_verdict *v, yj_error *err)
{
    YJ_TRY(log_verdict(a, v, err));
    if (a->log_only)
        return YJ_OK;
    return v->status == YJ_V_GONE ? remove_verdict(a, v, err) : put_verdict(a, v, err);
}

/** All that was dirty at `upto` has been judged: only then does the mark move on. */
static yj_status put_judged(const applier *a, const yj_judgement_part *p, yj_error *err)
{
    if (p->more)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db,
                         "INSERT INTO judged(inst, upto, today, packs) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(inst) DO UPDATE SET upto = excluded.upto, today = excluded.today, "
                         "packs = excluded.packs",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_i64(st, 2, (int64_t)p->upto);
    yj_bind_cstr(st, 3, p->today);
    yj_bind_cstr(st, 4, p->packs);
    return yj_stmt_post(st, err);
}

yj_status yj_judgement_put(yj_db *db, int64_t inst, uint64_t seq, const yj_judgement_part *part,
                           yj_error *err)
{
    applier a = { .db = db, .inst = inst, .seq = seq };
    for (size_t i = 0; i < part->count; i++)
        YJ_TRY(apply_verdict(&a, &part->changes[i], err));
    return put_judged(&a, part, err);
}

/* --- from a body --------------------------------------------------------------------------------------- */

/* places of a change's array */
enum { REQUIREMENT, KIND, SUBJECT, STATUS, CODE, VALUES, DUE, STRENGTH, PROOFS, SINCE, CHANGE_LENGTH };

static yj_status bad_body(uint64_t seq, yj_error *err)
{
    return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form", (unsigned long long)seq);
}

static const char *text_at(const json_t *change, int place)
{
    return json_string_value(json_array_get(change, (size_t)place));
}

static bool well_formed(const json_t *change, yj_verdict_status *ret_status)
{
    static const int texts[] = { REQUIREMENT, KIND, SUBJECT, STATUS, CODE, SINCE };
    if (!json_is_array(change) || json_array_size(change) != CHANGE_LENGTH)
        return false;
    for (size_t i = 0; i < YJ_COUNT(texts); i++)
        if (!json_is_string(json_array_get(change, (size_t)texts[i])))
            return false;
    const json_t *due = json_array_get(change, DUE);
    return (json_is_null(due) || json_is_string(due)) && json_is_object(json_array_get(change, VALUES)) &&
           json_is_array(json_array_get(change, PROOFS)) &&
           json_is_integer(json_array_get(change, STRENGTH)) &&
           yj_verdict_by_name(yj_span_of(text_at(change, STATUS)), ret_status);
}

static yj_status apply_change(const applier *a, const json_t *change, yj_buf *values, yj_buf *proofs,
                              yj_error *err)
{
    yj_verdict v = { .requirement = -1, .kind = -1 };
    if (!well_formed(change, &v.status))
        return bad_body(a->seq, err);
    yj_buf_clear(values);
    yj_buf_clear(proofs);
    YJ_TRY(yj_json_canonical(json_array_get(change, VALUES), values, err));
    YJ_TRY(yj_json_canonical(json_array_get(change, PROOFS), proofs, err));
    v.requirement_id = text_at(change, REQUIREMENT);
    v.kind_name = text_at(change, KIND);
    v.subject = text_at(change, SUBJECT);
    v.code = text_at(change, CODE);
    YJ_TRY(yj_buf_status(values, err));
    YJ_TRY(yj_buf_status(proofs, err));
    v.values = values->ptr;
    v.proofs = proofs->ptr;
    v.strength = (int)json_integer_value(json_array_get(change, STRENGTH));
    v.due = text_at(change, DUE);
    v.since = text_at(change, SINCE);
    return apply_verdict(a, &v, err);
}

static bool copy_text(const json_t *body, const char *name, char *ret, size_t size)
{
    const json_t *v = json_object_get(body, name);
    if (json_string_length(v) >= size)
        return false;
    snprintf(ret, size, "%s", json_is_string(v) ? json_string_value(v) : "");
    return json_is_string(v);
}

static yj_status apply_body(const applier *a, const json_t *body, yj_buf *values, yj_buf *proofs,
                            yj_error *err)
{
    const json_t *changes = json_object_get(body, "changes"), *upto = json_object_get(body, "judged");
    const json_t *more = json_object_get(body, "more");
    yj_judgement_part p = { .more = json_is_true(more) };
    if (!json_is_array(changes) || !json_is_integer(upto) || json_integer_value(upto) < 0 ||
        !json_is_boolean(more) || !copy_text(body, "packs", p.packs, sizeof p.packs) ||
        !copy_text(body, "today", p.today, sizeof p.today))
        return bad_body(a->seq, err);
    p.upto = (uint64_t)json_integer_value(upto);
    for (size_t i = 0; i < json_array_size(changes); i++)
        YJ_TRY(apply_change(a, json_array_get(changes, i), values, proofs, err));
    return put_judged(a, &p, err);
}

static yj_status apply(const applier *a, const json_t *body, yj_error *err)
{
    yj_buf values, proofs;
    yj_buf_init(&values, YJ_BODY_BYTES_MAX);
    yj_buf_init(&proofs, YJ_BODY_BYTES_MAX);
    yj_status s = apply_body(a, body, &values, &proofs, err);
    yj_buf_done(&values);
    yj_buf_done(&proofs);
    return s;
}

yj_status yj_judgement_apply(yj_db *db, int64_t inst, uint64_t seq, const json_t *body, yj_error *err)
{
    return apply(&(applier){ .db = db, .inst = inst, .seq = seq }, body, err);
}

yj_status yj_judgement_log(yj_db *db, int64_t inst, uint64_t seq, const json_t *body, yj_error *err)
{
    return apply(&(applier){ .db = db, .inst = inst, .seq = seq, .log_only = true }, body, err);
}

yj_status yj_verdicts_from_log(yj_db *db, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO verdict(inst, requirement, subject, seq, kind, status, code, vals, proofs, "
        "strength, since, due) SELECT l.inst, l.requirement, l.subject, l.seq, l.kind, l.status, "
        "l.code, l.vals, l.proofs, l.strength, l.since, l.due FROM verdict_log l WHERE "
        "l.inst = ?1 AND l.status <> 'gone' AND NOT EXISTS (SELECT 1 FROM verdict_log m WHERE "
        "m.inst = l.inst AND m.requirement = l.requirement AND m.subject = l.subject AND "
        "m.seq > l.seq) ORDER BY l.requirement, l.subject",
        &st, err));
    yj_bind_i64(st, 1, inst);
    return yj_stmt_run(st, NULL, err);
}
