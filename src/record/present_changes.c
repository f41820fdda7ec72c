// SPDX-License-Identifier: Apache-2.0
/* How the verdicts on a requirement changed, as JSON: from what to what, why, and what was entered before. */
#include "record/present_internal.h"

#include "record/internal.h"
#include "record/read.h"
#include "store/schema.h"

#define HEADS_MAX 64   /* judgement entries looked at to find the judging before */
#define VERSIONS_MAX 8 /* of a subject, to find what was said before the first verdict */
#define CAUSES_BYTES ((size_t)4 << 20)

typedef struct telling {
    yj_shown s;
    const yj_change_query *q;
    const yj_zone *zone;
    yj_arena *arena; /* of one change */
    /* of the judgement entry told last */
    int64_t seq; /* -1: none yet */
    int64_t time;
    yj_judgement_part head, before;
    bool before_known;
} telling;

/* --- the judgement ------------------------------------------------------------------------------------ */

/* The newest judgement entry before that one; -1: there is none. */
static yj_status entry_before(const telling *t, int64_t seq, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(t->s.db,
                         "SELECT seq FROM entry WHERE inst = ?1 AND " YJ_SQL_OP(
                             "op", "judge") " AND seq < ?2 ORDER BY seq DESC LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, t->s.inst);
    yj_bind_i64(st, 2, seq);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : -1;
    return YJ_OK;
}

/* The last judging that told all it had to, before this one. The first of all comes after nothing. */
static yj_status find_before(telling *t, yj_error *err)
{
    int64_t at = t->seq;
    t->before_known = false;
    for (int i = 0; i < HEADS_MAX; i++) {
        YJ_TRY(entry_before(t, at, &at, err));
        t->before = (yj_judgement_part){ 0 };
        if (at >= 0)
            YJ_TRY(yj_judgement_head(t->s.db, t->s.inst, (uint64_t)at, &t->before, err));
        if (at < 0 || !t->before.more) {
            t->before_known = true;
            return YJ_OK;
        }
    }
    return YJ_OK;
}

static yj_status find_packs(telling *t, yj_error *err)
{
    if (t->s.then)
        yj_catalog_unref(t->s.then);
    t->s.then = NULL;
    return yj_catalog_as_of(t->s.db, t->s.inst, t->seq, t->s.c, &t->s.then, err);
}

static yj_status read_time(telling *t, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(t->s.db, "SELECT time FROM entry WHERE inst = ?1 AND seq = ?2", &st, err));
    yj_bind_i64(st, 1, t->s.inst);
    yj_bind_i64(st, 2, t->seq);
    YJ_TRY(yj_stmt_step(st, &row, err));
    t->time = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

/* Changes come by entry: it is mostly the last one's. */
static yj_status go_to(telling *t, uint64_t seq, yj_error *err)
{
    if (t->seq == (int64_t)seq)
        return YJ_OK;
    t->seq = (int64_t)seq;
    YJ_TRY(read_time(t, err));
    YJ_TRY(yj_judgement_head(t->s.db, t->s.inst, seq, &t->head, err));
    YJ_TRY(find_before(t, err));
    return find_packs(t, err);
}

/* --- from, to ----------------------------------------------------------------------------------------- */

static yj_status write_said(telling *t, const char *key, const yj_verdict *v, yj_error *err)
{
    yj_jw *w = t->s.w;
    yj_auto(yj_json_freep) json_t *values = NULL;
    yj_jw_key(w, key);
    if (!v) {
        yj_jw_null(w);
        return YJ_OK;
    }
    YJ_TRY(yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, err));
    yj_jw_object(w);
    yj_jw_kstr(w, "status", yj_verdict_name(v->status));
    yj_jw_kstr(w, "code", v->code);
    YJ_TRY(yj_shown_reason(&t->s, &t->s.c->requirements[t->q->requirement], v->code, values, err));
    yj_jw_ki64(w, "strength", v->strength);
    YJ_TRY(yj_shown_proofs(&t->s, v->proofs, err));
    yj_jw_kstr(w, "since", v->since);
    yj_jw_kstr(w, "due", v->due);
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status write_before(void *ctx, const yj_verdict *v, yj_error *err)
{
    telling *t = ctx;
    return write_said(t, "from", v, err);
}

/* What reading told of the subject before its entry `at`, by the packs of then. */
static yj_status derived_then(telling *t, const char *subject, int64_t at, bool *ret_any, yj_error *err)
{
    yj_verdict_counts n = { 0 };
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    yj_catalog *then = NULL;
    *ret_any = false;
    YJ_TRY(yj_catalog_as_of(t->s.db, t->s.inst, at, t->s.c, &then, err));
    const yj_catalog *by = then ? then : t->s.c;
    const char *id = t->s.c->requirements[t->q->requirement].id;
    const yj_requirement *r = yj_catalog_requirement(by, yj_span_of(id));
    q.subject = subject;
    q.requirement = r ? r->index : -1;
    q.zone = t->zone;
    q.as_of_seq = at;
    q.now = t->s.c;
    yj_status st = r ? yj_verdicts(t->s.db, by, t->s.inst, &q, write_before, t, &n, err) : YJ_OK;
    *ret_any = n.total > 0;
    if (then)
        yj_catalog_unref(then);
    return st;
}

/* Nothing is stored of the time before: if the requirement did not apply, that follows from what the subject
 * was before its last versions. */
static yj_status write_first(telling *t, const yj_verdict_change *x, yj_error *err)
{
    int64_t at[VERSIONS_MAX];
    size_t n = 0;
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(t->s.db,
                             "SELECT seq FROM entry WHERE inst = ?1 AND record = ?2 AND seq < ?3 AND version "
                             "> 1 ORDER BY seq DESC LIMIT 8",
                             &st, err));
        yj_bind_i64(st, 1, t->s.inst);
        yj_bind_cstr(st, 2, x->subject);
        yj_bind_i64(st, 3, (int64_t)x->seq);
        for (bool row = true; row && n < VERSIONS_MAX;) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row)
                at[n++] = yj_col_i64(st, 0);
        }
    }
    for (size_t i = 0; i < n; i++) {
        bool any;
        YJ_TRY(derived_then(t, x->subject, at[i], &any, err));
        if (any)
            return YJ_OK;
    }
    return write_said(t, "from", NULL, err);
}

/* --- why ---------------------------------------------------------------------------------------------- */

static yj_status add_ids(yj_arena *arena, const yj_verdict *v, const char **ids, size_t max, size_t *n,
                         yj_error *err)
{
    yj_auto(yj_json_freep) json_t *list = NULL;
    if (!v)
        return YJ_OK;
    YJ_TRY(yj_json_parse(yj_span_of(v->proofs), YJ_BODY_BYTES_MAX, &list, err));
    for (size_t i = 0; i < json_array_size(list) && *n < max; i++) {
        const char *id = json_string_value(json_array_get(json_array_get(list, i), 1));
        bool known = !id;
        for (size_t k = 0; !known && k < *n; k++)
            known = strcmp(ids[k], id) == 0;
        if (!known)
            ids[(*n)++] = yj_arena_strdup(arena, id);
    }
    return yj_arena_status(arena, err);
}

typedef struct cause {
    int64_t seq, time;
    const char *op, *kind, *record;
} cause;

/* The newest first; one beyond the most that are told is kept, to know of it. */
static void keep(cause *of, size_t *n, const cause *c)
{
    size_t at = *n;
    for (size_t i = 0; i < *n; i++)
        if (of[i].seq == c->seq)
            return;
    while (at > 0 && of[at - 1].seq < c->seq)
        at--;
    if (at > YJ_CAUSES_MAX)
        return;
    if (*n <= YJ_CAUSES_MAX)
        (*n)++;
    memmove(of + at + 1, of + at, (*n - at - 1) * sizeof *of);
    of[at] = *c;
}

/* What was entered about the record between the two judgings; an import counts when it was closed. */
static yj_status find_causes(const telling *t, const char *id, cause *of, size_t *n, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(t->s.db,
                         "SELECT e.seq, e.time, e.op, e.kind FROM entry e LEFT JOIN batch b ON b.id = "
                         "e.batch WHERE e.inst = ?1 AND e.record = ?2 AND e.seq < ?4 AND ((e.batch = 0 AND "
                         "e.seq >= ?3) OR (b.state = 'closed' AND b.closed_seq >= ?3 AND b.closed_seq < "
                         "?4)) ORDER BY e.seq DESC LIMIT 6",
                         &st, err));
    yj_bind_i64(st, 1, t->s.inst);
    yj_bind_cstr(st, 2, id);
    yj_bind_i64(st, 3, (int64_t)t->before.upto);
    yj_bind_i64(st, 4, (int64_t)t->head.upto);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span op = yj_col_text(st, 2), kind = yj_col_text(st, 3);
        const cause c = { .seq = yj_col_i64(st, 0),
                          .time = yj_col_i64(st, 1),
                          .op = yj_arena_strndup(t->arena, op.ptr, op.len),
                          .kind = yj_arena_strndup(t->arena, kind.ptr, kind.len),
                          .record = id };
        YJ_TRY(yj_arena_status(t->arena, err));
        keep(of, n, &c);
    }
}

static void write_time(yj_jw *w, int64_t ns)
{
    char time[31];
    yj_time_format(ns, time);
    yj_jw_kstr(w, "time", time);
}

static yj_status write_causes(telling *t, const cause *of, size_t n, yj_error *err)
{
    yj_jw *w = t->s.w;
    yj_jw_key(w, "entries");
    yj_jw_array(w);
    for (size_t i = 0; i < n && i < YJ_CAUSES_MAX; i++) {
        yj_jw_object(w);
        yj_jw_ki64(w, "seq", of[i].seq);
        write_time(w, of[i].time);
        yj_jw_kstr(w, "op", of[i].op);
        yj_jw_key(w, "record");
        YJ_TRY(yj_shown_ref(&t->s, of[i].kind, of[i].record, err));
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    return YJ_OK;
}

#define IDS_MAX 64 /* records looked at for one change */

static yj_status write_cause(telling *t, const yj_verdict_change *x, yj_error *err)
{
    yj_jw *w = t->s.w;
    const char *ids[IDS_MAX] = { x->subject };
    cause of[YJ_CAUSES_MAX + 1];
    size_t id_count = 1, n = 0;
    if (t->before_known) {
        YJ_TRY(add_ids(t->arena, x->to, ids, IDS_MAX, &id_count, err));
        YJ_TRY(add_ids(t->arena, x->from, ids, IDS_MAX, &id_count, err));
        for (size_t i = 0; i < id_count; i++)
            YJ_TRY(find_causes(t, ids[i], of, &n, err));
    }
    bool first = t->before_known && !t->before.packs[0];
    yj_jw_key(w, "cause");
    yj_jw_object(w);
    YJ_TRY(write_causes(t, of, n, err));
    yj_jw_kbool(w, "more", n > YJ_CAUSES_MAX);
    yj_jw_kbool(w, "lapsed", x->from && x->from->due && strcmp(x->from->due, t->head.today) < 0);
    yj_jw_kbool(w, "packs", t->before_known && !first && strcmp(t->before.packs, t->head.packs) != 0);
    yj_jw_end_object(w);
    yj_jw_key(w, "judged");
    yj_jw_object(w);
    yj_jw_key(w, "from");
    if (t->before_known)
        yj_jw_i64(w, (int64_t)t->before.upto);
    else
        yj_jw_null(w);
    yj_jw_ki64(w, "upto", (int64_t)t->head.upto);
    yj_jw_end_object(w);
    return YJ_OK;
}

/* --- the page ----------------------------------------------------------------------------------------- */

static yj_status write_change(void *ctx, const yj_verdict_change *x, yj_error *err)
{
    telling *t = ctx;
    yj_jw *w = t->s.w;
    yj_arena_reset(t->arena);
    YJ_TRY(go_to(t, x->seq, err));
    yj_jw_object(w);
    yj_jw_ki64(w, "seq", (int64_t)x->seq);
    write_time(w, t->time);
    yj_jw_kstr(w, "day", t->head.today);
    yj_jw_key(w, "subject");
    YJ_TRY(yj_shown_ref(&t->s, x->kind_name, x->subject, err));
    YJ_TRY(x->first ? write_first(t, x, err) : write_said(t, "from", x->from, err));
    YJ_TRY(write_said(t, "to", x->to, err));
    YJ_TRY(write_cause(t, x, err));
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_present_changes(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                             const yj_change_query *q, const yj_zone *zone, yj_buf *out, yj_error *err)
{
    yj_jw w;
    size_t total = 0;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(CAUSES_BYTES);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    telling t = { .q = q, .zone = zone, .arena = arena, .seq = -1 };
    yj_jw_init(&w, out);
    yj_shown_open(&t.s, db, c, inst, lang, &w);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "requirement", c->requirements[q->requirement].id);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    yj_status st = yj_verdict_changes(db, c, inst, q, write_change, &t, &total, err);
    yj_jw_end_array(&w);
    yj_jw_ki64(&w, "total", (int64_t)total);
    yj_jw_ki64(&w, "limit", (int64_t)q->limit);
    yj_jw_ki64(&w, "offset", (int64_t)q->offset);
    yj_jw_end_object(&w);
    yj_shown_close(&t.s);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}
