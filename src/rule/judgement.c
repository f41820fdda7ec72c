// SPDX-License-Identifier: Apache-2.0
/* Judgements as ledger entries: written here, applied to the tables here. */
#include "ledger/ledger.h"
#include "rule/internal.h"
#include <stdio.h>
#include <stdlib.h>

#define TAIL_BYTES ((size_t)512) /* more than what follows the changes */

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
        if (w->part.count == YJ_JUDGEMENT_CHANGES_MAX ||
            w->body.len + w->change.len + TAIL_BYTES > YJ_BODY_BYTES_MAX) {
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

/* --- rows ---------------------------------------------------------------------------------------------- */

int64_t yj_verdict_digest(yj_verdict_status status, int strength, yj_span code, yj_span values,
                          yj_span proofs, yj_span due)
{
    char stack[2048], *text = stack;
    const yj_span parts[] = { code, values, proofs, due };
    size_t len = 2;
    for (size_t i = 0; i < YJ_COUNT(parts); i++)
        len += parts[i].len + 1;
    if (len > sizeof stack)
        text = malloc(len);
    if (!text)
        return -1; /* like no digest: the verdict will be judged to have changed, which costs an entry */
    size_t n = 0;
    text[n++] = (char)status;
    text[n++] = (char)strength;
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        if (parts[i].len)
            memcpy(text + n, parts[i].ptr, parts[i].len);
        n += parts[i].len;
        text[n++] = '\0'; /* none of them holds one */
    }
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, text, n, &d);
    if (text != stack)
        free(text);
    int64_t ret = 0;
    for (size_t i = 0; i < 6; i++)
        ret = ret << 8 | d.b[i];
    return ret;
}

static int64_t digest_of(const yj_said *v)
{
    return yj_verdict_digest(v->status, v->strength, v->code, v->values, v->proofs, yj_span_of(v->due.s));
}

typedef struct applier {
    yj_db *db;
    int64_t inst;
    uint64_t seq;
    int64_t place;         /* of the next change */
    char requirement[128]; /* the one asked for last */
    int64_t no;            /* its number */
} applier;

#define REQUIREMENT_LOCK INT64_C(0x796a7265716e) /* "yjreqn" */

static yj_status find_number(applier *a, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    *ret = 0;
    YJ_TRY(yj_db_prepare(a->db, "SELECT no FROM requirement_no WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, a->requirement);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

static yj_status make_number(applier *a, yj_error *err)
{
    YJ_TRY(yj_db_lock(a->db, REQUIREMENT_LOCK, err)); /* another server may be making the same */
    YJ_TRY(find_number(a, &a->no, err));
    if (a->no)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(a->db,
                      "INSERT INTO requirement_no(no, id) SELECT coalesce(max(no), 0) + 1, CAST(?1 AS TEXT) "
                      "FROM requirement_no",
                      &st, err));
    yj_bind_cstr(st, 1, a->requirement);
    YJ_TRY(yj_stmt_run(st, NULL, err));
    return find_number(a, &a->no, err);
}

/** Changes come by requirement: it is mostly the last one's. */
static yj_status number_of(applier *a, yj_span requirement, yj_error *err)
{
    if (a->no && yj_span_is(requirement, a->requirement))
        return YJ_OK;
    if (requirement.len >= sizeof a->requirement)
        return yj_said_bad(a->seq, err);
    memcpy(a->requirement, requirement.ptr, requirement.len);
    a->requirement[requirement.len] = '\0';
    YJ_TRY(find_number(a, &a->no, err));
    return a->no ? YJ_OK : make_number(a, err);
}

static yj_status log_replaced(const applier *a, const yj_id_key *subject, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(a->db,
                      "INSERT INTO verdict_log(inst, requirement, subject, seq, until, place, status, due) "
                      "SELECT inst, requirement, subject, seq, CAST(?4 AS INTEGER), place, status, due FROM "
                      "verdict WHERE inst = ?1 AND requirement = ?2 AND subject = ?3",
                      &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_i64(st, 2, a->no);
    yj_bind_id_key(st, 3, subject);
    yj_bind_i64(st, 4, (int64_t)a->seq);
    return yj_stmt_post(st, err);
}

static yj_status put_row(const applier *a, const yj_said *v, const yj_id_key *subject, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db,
                         "INSERT INTO verdict(inst, requirement, subject, seq, place, status, failed, "
                         "strength, since, due, digest) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                         "ON CONFLICT(inst, requirement, subject) DO UPDATE SET seq = excluded.seq, "
                         "place = excluded.place, status = excluded.status, failed = excluded.failed, "
                         "strength = excluded.strength, since = excluded.since, due = excluded.due, "
                         "digest = excluded.digest",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_i64(st, 2, a->no);
    yj_bind_id_key(st, 3, subject);
    yj_bind_i64(st, 4, (int64_t)a->seq);
    yj_bind_i64(st, 5, a->place);
    yj_bind_i64(st, 6, (int64_t)v->status);
    yj_bind_i64(st, 7, yj_span_is(v->code, YJ_CODE_FAILED));
    yj_bind_i64(st, 8, v->strength);
    yj_bind_i64(st, 9, yj_date_to_days(v->since.s));
    if (v->due.s[0])
        yj_bind_i64(st, 10, yj_date_to_days(v->due.s));
    else
        yj_bind_null(st, 10);
    yj_bind_i64(st, 11, digest_of(v));
    return yj_stmt_post(st, err);
}

static yj_status remove_row(const applier *a, const yj_id_key *subject, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(a->db, "DELETE FROM verdict WHERE inst = ?1 AND requirement = ?2 AND subject = ?3",
                         &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_i64(st, 2, a->no);
    yj_bind_id_key(st, 3, subject);
    return yj_stmt_post(st, err);
}

/** The subject is gone, or the engine said that it is not concerned, which is derived when it is asked for.
 * The codes of rules do not begin with a dot. */
static bool ends(const yj_said *v)
{
    return v->status == YJ_V_GONE || (v->status == YJ_V_NOT_APPLICABLE && v->code.ptr[0] == '.');
}

static yj_status apply_change(applier *a, const yj_said *v, yj_error *err)
{
    yj_id_key subject;
    yj_id_key_of(v->subject, &subject);
    if (!subject.len)
        return yj_said_bad(a->seq, err);
    YJ_TRY(number_of(a, v->requirement, err));
    YJ_TRY(log_replaced(a, &subject, err));
    YJ_TRY(ends(v) ? remove_row(a, &subject, err) : put_row(a, v, &subject, err));
    a->place++;
    return YJ_OK;
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

/* --- applying ------------------------------------------------------------------------------------------ */

static bool said_of(const yj_verdict *v, yj_said *ret)
{
    *ret = (yj_said){ .requirement = yj_span_of(v->requirement_id),
                      .kind = yj_span_of(v->kind_name),
                      .subject = yj_span_of(v->subject),
                      .code = yj_span_of(v->code),
                      .values = yj_span_of(v->values),
                      .proofs = yj_span_of(v->proofs),
                      .status = v->status,
                      .strength = v->strength };
    return yj_date_parse(yj_span_of(v->since), &ret->since) &&
           (!v->due || yj_date_parse(yj_span_of(v->due), &ret->due));
}

yj_status yj_judgement_put(yj_db *db, int64_t inst, uint64_t seq, const yj_judgement_part *part,
                           yj_error *err)
{
    applier a = { .db = db, .inst = inst, .seq = seq };
    for (size_t i = 0; i < part->count; i++) {
        yj_said v;
        if (!said_of(&part->changes[i], &v))
            return yj_said_bad(seq, err);
        YJ_TRY(apply_change(&a, &v, err));
    }
    return put_judged(&a, part, err);
}

typedef yj_status (*change_fn)(void *ctx, const yj_said *v, yj_error *err);

/** Hand out each change of a body. @param ret NULL: nobody asks what else it says */
static yj_status each_change(uint64_t seq, yj_span body, change_fn fn, void *ctx, yj_judgement_part *ret,
                             yj_error *err)
{
    const char *at;
    yj_span change;
    yj_said v;
    yj_judgement_part tail = { 0 };
    if (!yj_said_begin(body, &at))
        return yj_said_bad(seq, err);
    for (;;) {
        if (!yj_said_next(body, &at, &change))
            return yj_said_bad(seq, err);
        if (!change.ptr)
            break;
        if (!yj_said_read(change, &v))
            return yj_said_bad(seq, err);
        YJ_TRY(fn(ctx, &v, err));
    }
    if (!yj_said_tail((yj_span){ at, (size_t)(body.ptr + body.len - at) }, &tail))
        return yj_said_bad(seq, err);
    if (ret)
        *ret = tail;
    return YJ_OK;
}

static yj_status on_change(void *ctx, const yj_said *v, yj_error *err)
{
    return apply_change(ctx, v, err);
}

yj_status yj_judgement_apply(yj_db *db, int64_t inst, uint64_t seq, yj_span body, yj_error *err)
{
    applier a = { .db = db, .inst = inst, .seq = seq };
    yj_judgement_part tail;
    YJ_TRY(each_change(seq, body, on_change, &a, &tail, err));
    return put_judged(&a, &tail, err);
}

static yj_status count_change(void *ctx, const yj_said *v, yj_error *err)
{
    ++*(size_t *)ctx;
    return YJ_OK;
}

yj_status yj_judgement_count(uint64_t seq, yj_span body, size_t *ret, yj_error *err)
{
    *ret = 0;
    return each_change(seq, body, count_change, ret, NULL, err);
}

yj_status yj_judgement_keep(yj_db *db, int64_t inst, uint64_t seq, yj_span body, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "INSERT INTO body(inst, seq, salt, body) VALUES(?1, ?2, ?3, ?4)", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)seq);
    yj_bind_blob(st, 3, "", 0);
    yj_bind_text(st, 4, body);
    return yj_stmt_post(st, err);
}

/** What stands of the entry, compared by what is left of it. */
static yj_status digest_again(void *ctx, const yj_said *v, yj_error *err)
{
    const applier *a = ctx;
    yj_id_key subject;
    yj_id_key_of(v->subject, &subject);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(a->db,
                      "UPDATE verdict SET digest = ?5 WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(
                          "?2") " AND subject = ?3 AND seq = ?4",
                      &st, err));
    yj_bind_i64(st, 1, a->inst);
    yj_bind_text(st, 2, v->requirement);
    yj_bind_id_key(st, 3, &subject);
    yj_bind_i64(st, 4, (int64_t)a->seq);
    yj_bind_i64(st, 5, digest_of(v));
    return yj_stmt_post(st, err);
}

yj_status yj_judgement_erased(yj_db *db, int64_t inst, uint64_t seq, yj_span body, yj_error *err)
{
    applier a = { .db = db, .inst = inst, .seq = seq };
    return each_change(seq, body, digest_again, &a, NULL, err);
}
