// SPDX-License-Identifier: Apache-2.0
/* Judgements as ledger entries: written here, applied to the tables here. */
#include "ledger/ledger.h"
#include "rule/internal.h"

#define TAIL_BYTES ((size_t)512) /* more than what follows the changes */

/* --- bodies -------------------------------------------------------------------------------------------- */

typedef struct body_writer {
    const yj_catalog *c;
    uint64_t upto;
    const char *today;
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

static void begin_body(body_writer *w)
{
    yj_buf_clear(&w->body);
    yj_buf_str(&w->body, "{\"changes\":[");
}

static yj_status end_body(body_writer *w, bool last, yj_error *err)
{
    char packs[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&w->c->digest, packs);
    yj_buf_fmt(&w->body, "],\"judged\":%llu,\"last\":%s,\"packs\":\"%s\",\"today\":\"%s\"}",
               (unsigned long long)w->upto, last ? "true" : "false", packs, w->today);
    YJ_TRY(yj_buf_status(&w->body, err));
    return w->fn(w->ctx, yj_buf_view(&w->body), err);
}

static yj_status write_bodies(body_writer *w, const yj_judgement *j, yj_error *err)
{
    bool first = true;
    begin_body(w);
    for (size_t i = 0; i < j->count; i++) {
        write_change(&w->change, &j->changes[i]);
        YJ_TRY(yj_buf_status(&w->change, err));
        if (w->body.len + w->change.len + TAIL_BYTES > YJ_BODY_BYTES_MAX) {
            YJ_TRY(end_body(w, false, err));
            begin_body(w);
            first = true;
        }
        if (!first)
            yj_buf_char(&w->body, ',');
        yj_buf_span(&w->body, yj_buf_view(&w->change));
        first = false;
    }
    return end_body(w, true, err);
}

yj_status yj_judgement_bodies(const yj_catalog *c, const yj_judgement *j, uint64_t judged_upto,
                              const char *today, yj_body_fn fn, void *ctx, yj_error *err)
{
    body_writer w = { .c = c, .upto = judged_upto, .today = today, .fn = fn, .ctx = ctx };
    yj_buf_init(&w.body, YJ_BODY_BYTES_MAX);
    yj_buf_init(&w.change, YJ_BODY_BYTES_MAX - 2 * TAIL_BYTES);
    yj_status s = write_bodies(&w, j, err);
    yj_buf_done(&w.body);
    yj_buf_done(&w.change);
    return s;
}

/* --- applying ------------------------------------------------------------------------------------------ */

/* places of a change's array */
enum { REQUIREMENT, KIND, SUBJECT, STATUS, CODE, VALUES, DUE, STRENGTH, PROOFS, SINCE, CHANGE_LENGTH };

typedef struct applier {
    yj_db *db;
    int64_t inst;
    uint64_t seq;
    yj_buf values, proofs;
} applier;

static yj_status bad_body(uint64_t seq, yj_error *err)
{
    return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form", (unsigned long long)seq);
}

static void bind_json(yj_stmt *st, int n, const json_t *v)
{
    yj_bind_text(st, n, (yj_span){ json_string_value(v), json_string_length(v) });
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
           yj_verdict_by_name(yj_span_of(json_string_value(json_array_get(change, STATUS))), ret_status);
}

/** Parameters ?1..?12, the same for verdict and verdict_log. */
static void bind_change(yj_stmt *st, const applier *a, const json_t *change)
{
    const json_t *due = json_array_get(change, DUE);
    yj_bind_i64(st, 1, a->inst);
    bind_json(st, 2, json_array_get(change, REQUIREMENT));
    bind_json(st, 3, json_array_get(change, SUBJECT));
    yj_bind_i64(st, 4, (int64_t)a->seq);
    bind_json(st, 5, json_array_get(change, KIND));
    bind_json(st, 6, json_array_get(change, STATUS));
    bind_json(st, 7, json_array_get(change, CODE));
    yj_bind_text(st, 8, yj_buf_view(&a->values));
    yj_bind_text(st, 9, yj_buf_view(&a->proofs));
    yj_bind_i64(st, 10, json_integer_value(json_array_get(change, STRENGTH)));
    bind_json(st, 11, json_array_get(change, SINCE));
    if (json_is_null(due))
        yj_bind_null(st, 12);
    else
        bind_json(st, 12, due);
}

#define VERDICT_COLUMNS                                                                                      \
    "(inst, requirement, subject, seq, kind, status, code, vals, proofs, strength, since, due) "             \
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"

static yj_status log_change(const applier *a, const json_t *change, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db, "INSERT INTO verdict_log" VERDICT_COLUMNS, &st, err));
    bind_change(st, a, change);
    return yj_stmt_post(st, err);
}

static yj_status put_change(const applier *a, const json_t *change, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db,
                         "INSERT INTO verdict" VERDICT_COLUMNS
                         " ON CONFLICT(inst, requirement, subject) DO UPDATE SET seq = excluded.seq, "
                         "kind = excluded.kind, status = excluded.status, code = excluded.code, "
                         "vals = excluded.vals, proofs = excluded.proofs, strength = excluded.strength, "
                         "since = excluded.since, due = excluded.due",
                         &st, err));
    bind_change(st, a, change);
    return yj_stmt_post(st, err);
}

static yj_status remove_verdict(const applier *a, const json_t *change, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db, "DELETE FROM verdict WHERE inst = ?1 AND requirement = ?2 AND subject = ?3",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    bind_json(st, 2, json_array_get(change, REQUIREMENT));
    bind_json(st, 3, json_array_get(change, SUBJECT));
    return yj_stmt_post(st, err);
}

static yj_status apply_change(applier *a, const json_t *change, yj_error *err)
{
    yj_verdict_status status;
    if (!well_formed(change, &status))
        return bad_body(a->seq, err);
    yj_buf_clear(&a->values);
    yj_buf_clear(&a->proofs);
    YJ_TRY(yj_json_canonical(json_array_get(change, VALUES), &a->values, err));
    YJ_TRY(yj_json_canonical(json_array_get(change, PROOFS), &a->proofs, err));
    YJ_TRY(yj_buf_status(&a->values, err));
    YJ_TRY(yj_buf_status(&a->proofs, err));
    YJ_TRY(log_change(a, change, err));
    return status == YJ_V_GONE ? remove_verdict(a, change, err) : put_change(a, change, err);
}

static yj_status put_judged(const applier *a, const json_t *upto, const json_t *today, const json_t *packs,
                            yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db,
                         "INSERT INTO judged(inst, upto, today, packs) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(inst) DO UPDATE SET upto = excluded.upto, today = excluded.today, "
                         "packs = excluded.packs",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_i64(st, 2, json_integer_value(upto));
    bind_json(st, 3, today);
    bind_json(st, 4, packs);
    return yj_stmt_post(st, err);
}

static yj_status apply_body(applier *a, const json_t *body, yj_error *err)
{
    const json_t *changes = json_object_get(body, "changes"), *upto = json_object_get(body, "judged");
    const json_t *last = json_object_get(body, "last"), *packs = json_object_get(body, "packs");
    const json_t *today = json_object_get(body, "today");
    if (!json_is_array(changes) || !json_is_integer(upto) || !json_is_boolean(last) ||
        !json_is_string(packs) || !json_is_string(today))
        return bad_body(a->seq, err);
    for (size_t i = 0; i < json_array_size(changes); i++)
        YJ_TRY(apply_change(a, json_array_get(changes, i), err));
    return json_is_true(last) ? put_judged(a, upto, today, packs, err) : YJ_OK;
}

yj_status yj_judgement_apply(yj_db *db, int64_t inst, uint64_t seq, const json_t *body, yj_error *err)
{
    applier a = { .db = db, .inst = inst, .seq = seq };
    yj_buf_init(&a.values, YJ_BODY_BYTES_MAX);
    yj_buf_init(&a.proofs, YJ_BODY_BYTES_MAX);
    yj_status s = apply_body(&a, body, err);
    yj_buf_done(&a.values);
    yj_buf_done(&a.proofs);
    return s;
}
