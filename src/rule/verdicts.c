// SPDX-License-Identifier: Apache-2.0
/* Questions to the verdicts, as they are and as they were. */
#include "rule/internal.h"

#include <stdlib.h>

#define ROWS_BYTES_MAX ((size_t)512 << 20)

typedef struct asking {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    const yj_verdict_query *q;
    yj_verdict_fn fn;
    void *ctx;
    const char **subjects; /* sorted, no doubles */
    size_t subject_count;
    bool any_subject;
    yj_arena *arena;     /* of the question */
    yj_arena *row;       /* of one verdict handed out */
    bool counting;       /* what lies behind the window too */
    yj_verdict_counts n; /* so far */
} asking;

/* --- which requirements -------------------------------------------------------------------------------- */

static bool asked(const asking *a, const yj_requirement *r)
{
    const yj_verdict_query *q = a->q;
    return (q->requirement < 0 || q->requirement == r->index) && (q->stage < 0 || q->stage == r->stage) &&
           (q->actor < 0 || q->actor == r->actor) && (q->force < 0 || q->force == r->force) &&
           (!q->clause || yj_clause_below(r->clause, q->clause));
}

static yj_status sort_subjects(asking *a, yj_error *err)
{
    const yj_verdict_query *q = a->q;
    yj_idset set = { .arena = a->arena };
    a->any_subject = !q->subject && !q->subjects;
    if (q->subject)
        YJ_TRY(yj_idset_add(&set, yj_span_of(q->subject), NULL, err));
    for (size_t i = 0; !q->subject && q->subjects && i < q->subject_count; i++)
        YJ_TRY(yj_idset_add(&set, yj_span_of(q->subjects[i]), NULL, err));
    if (set.count > 1)
        qsort(set.ids, set.count, sizeof *set.ids, yj_compare_cstr);
    a->subjects = set.ids;
    a->subject_count = set.count;
    return YJ_OK;
}

/* --- rows ---------------------------------------------------------------------------------------------- */

#define COLUMNS                                                                                              \
    "v.requirement, v.subject, v.kind, v.status, v.code, v.vals, v.proofs, v.strength, v.since, v.due"

static yj_status stored_status(yj_stmt *st, int col, yj_verdict_status *ret, yj_error *err)
{
    return yj_verdict_by_name(yj_col_text(st, col), ret)
               ? YJ_OK
               : yj_fail(err, YJ_E_CORRUPT, "a stored verdict has an unknown status");
}

static yj_status read_verdict(const asking *a, const yj_requirement *r, yj_stmt *st, yj_arena *arena,
                              yj_verdict *ret, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(a->c, yj_col_text(st, 2));
    yj_verdict v = { .requirement = r->index, .requirement_id = r->id, .kind = k ? k->index : -1 };
    YJ_TRY(stored_status(st, 3, &v.status, err));
    v.subject = yj_col_copy(arena, st, 1);
    v.kind_name = yj_col_copy(arena, st, 2);
    v.code = yj_col_copy(arena, st, 4);
    v.values = yj_col_copy(arena, st, 5);
    v.proofs = yj_col_copy(arena, st, 6);
    v.strength = (int)yj_col_i64(st, 7);
    v.since = yj_col_copy(arena, st, 8);
    v.due = yj_col_copy(arena, st, 9);
    YJ_TRY(yj_arena_status(arena, err));
    *ret = v;
    return YJ_OK;
}

/** Is the next one within offset and limit? */
static bool in_window(const asking *a)
{
    return a->fn && a->n.total >= a->q->offset && (!a->q->limit || a->n.total < a->q->offset + a->q->limit);
}

static bool window_passed(const asking *a)
{
    return !a->fn || (a->q->limit && a->n.total >= a->q->offset + a->q->limit);
}

static void tally(asking *a, yj_verdict_status status, size_t n)
{
    a->n.total += n;
    a->n.of[status] += n;
}

/* --- by subject, now ----------------------------------------------------------------------------------- */

typedef struct found {
    yj_verdict *rows;
    size_t count, cap;
} found;

static yj_status keep(asking *a, found *f, yj_stmt *st, yj_error *err)
{
    const yj_requirement *r = yj_catalog_requirement(a->c, yj_col_text(st, 0));
    if (!r || !asked(a, r))
        return YJ_OK;
    yj_verdict_status status;
    if (a->q->status >= 0 &&
        (!yj_verdict_by_name(yj_col_text(st, 3), &status) || (int)status != a->q->status))
        return YJ_OK;
    yj_span due = yj_col_text(st, 9);
    if (a->q->due_until && (due.len != YJ_DATE_LEN || memcmp(due.ptr, a->q->due_until, YJ_DATE_LEN) > 0))
        return YJ_OK;
    if (f->count == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 32;
        yj_verdict *rows = yj_arena_array(a->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(a->arena, err));
        if (f->count)
            memcpy(rows, f->rows, f->count * sizeof *rows);
        f->rows = rows;
        f->cap = cap;
    }
    return read_verdict(a, r, st, a->arena, &f->rows[f->count++], err);
}

static int by_requirement(const void *a, const void *b)
{
    const yj_verdict *x = a, *y = b;
    if (x->requirement != y->requirement)
        return x->requirement < y->requirement ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

static yj_status ask_subjects(asking *a, yj_error *err)
{
    found f = { 0 };
    for (size_t at = 0, n; at < a->subject_count; at += n) {
        n = a->subject_count - at < YJ_IN_CHUNK ? a->subject_count - at : YJ_IN_CHUNK;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        static const char one[] = "SELECT " COLUMNS " FROM verdict v WHERE v.inst = ?1 AND v.subject = ?2";
        static const char some[] = "SELECT " COLUMNS " FROM verdict v WHERE v.inst = ?1 AND v.subject IN "
                                   "(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
        YJ_TRY(yj_db_prepare_made(a->db, n == 1 ? one : some, &st, err));
        yj_bind_i64(st, 1, a->inst);
        if (n == 1)
            yj_bind_cstr(st, 2, a->subjects[at]);
        else
            yj_bind_ids(st, 2, a->subjects + at, n);
        for (bool row = true; row;) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row)
                YJ_TRY(keep(a, &f, st, err));
        }
    }
    if (f.count > 1)
        qsort(f.rows, f.count, sizeof *f.rows, by_requirement);
    for (size_t i = 0; i < f.count; i++) {
        if (in_window(a))
            YJ_TRY(a->fn(a->ctx, &f.rows[i], err));
        tally(a, f.rows[i].status, 1);
    }
    return YJ_OK;
}

/* --- by requirement ------------------------------------------------------------------------------------ */

/** Parameters: inst, requirement, then as asked for: seq, status, due, subjects. */
static yj_status requirement_sql(const asking *a, bool count, const char **ret, yj_error *err)
{
    const yj_verdict_query *q = a->q;
    int p = 3;
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b, "SELECT %s FROM %s v WHERE v.inst = ?1 AND v.requirement = ?2",
               count ? "v.status, count(*)" : COLUMNS, q->as_of_seq >= 0 ? "verdict_log" : "verdict");
    if (q->as_of_seq >= 0) {
        yj_buf_fmt(&b,
                   " AND v.seq < ?%d AND v.status <> 'gone' AND NOT EXISTS (SELECT 1 FROM verdict_log w "
                   "WHERE w.inst = v.inst AND w.requirement = v.requirement AND w.subject = v.subject "
                   "AND w.seq > v.seq AND w.seq < ?%d)",
                   p, p);
        p++;
    }
    if (q->status >= 0)
        yj_buf_fmt(&b, " AND v.status = ?%d", p++);
    if (q->due_until)
        yj_buf_fmt(&b, " AND v.due <= ?%d", p++);
    if (!a->any_subject) {
        yj_buf_str(&b, " AND v.subject IN ");
        yj_sql_places(&b, p, YJ_IN_CHUNK);
    }
    yj_buf_str(&b, count ? " GROUP BY v.status" : " ORDER BY v.subject");
    return yj_sql_finish(&b, a->arena, ret, err);
}

static void bind_query(const asking *a, yj_stmt *st, const yj_requirement *r, size_t at, size_t n)
{
    int p = 3;
    yj_bind_i64(st, 1, a->inst);
    yj_bind_cstr(st, 2, r->id);
    if (a->q->as_of_seq >= 0)
        yj_bind_i64(st, p++, a->q->as_of_seq);
    if (a->q->status >= 0)
        yj_bind_cstr(st, p++, yj_verdict_name((yj_verdict_status)a->q->status));
    if (a->q->due_until)
        yj_bind_cstr(st, p++, a->q->due_until);
    if (!a->any_subject)
        yj_bind_ids(st, p, a->subjects + at, n);
}

static yj_status count_rows(asking *a, const yj_requirement *r, const char *sql, size_t at, size_t n,
                            yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(a->db, sql, &st, err));
    bind_query(a, st, r, at, n);
    for (;;) {
        bool row = false;
        yj_verdict_status status;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(stored_status(st, 0, &status, err));
        tally(a, status, (size_t)yj_col_i64(st, 1));
    }
}

static yj_status hand_rows(asking *a, const yj_requirement *r, const char *sql, size_t at, size_t n,
                           yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(a->db, sql, &st, err));
    bind_query(a, st, r, at, n);
    for (;;) {
        bool row = false;
        yj_verdict_status status;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(stored_status(st, 3, &status, err));
        if (in_window(a)) {
            yj_verdict v;
            yj_arena_reset(a->row);
            YJ_TRY(read_verdict(a, r, st, a->row, &v, err));
            YJ_TRY(a->fn(a->ctx, &v, err));
        }
        tally(a, status, 1);
    }
}

static yj_status ask_requirements(asking *a, yj_error *err)
{
    const char *rows, *count;
    YJ_TRY(requirement_sql(a, false, &rows, err));
    YJ_TRY(requirement_sql(a, true, &count, err));
    for (size_t i = 0; i < a->c->requirement_count; i++) {
        const yj_requirement *r = &a->c->requirements[i];
        if (!asked(a, r))
            continue;
        size_t at = 0;
        do {
            size_t n = a->subject_count - at < YJ_IN_CHUNK ? a->subject_count - at : YJ_IN_CHUNK;
            if (window_passed(a) && !a->counting)
                return YJ_OK;
            if (window_passed(a))
                YJ_TRY(count_rows(a, r, count, at, n, err));
            else
                YJ_TRY(hand_rows(a, r, rows, at, n, err));
            at += n;
        } while (at < a->subject_count);
    }
    return YJ_OK;
}

yj_status yj_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                      yj_verdict_fn fn, void *ctx, yj_verdict_counts *ret_counts, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ROWS_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *row = yj_arena_new(ROWS_BYTES_MAX);
    if (!arena || !row)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    asking a = { .db = db,
                 .c = c,
                 .inst = inst,
                 .q = q,
                 .fn = fn,
                 .ctx = ctx,
                 .arena = arena,
                 .row = row,
                 .counting = ret_counts != NULL };
    YJ_TRY(sort_subjects(&a, err));
    if (!a.any_subject && a.subject_count == 0)
        ; /* none of none */
    else if (!a.any_subject && q->as_of_seq < 0)
        YJ_TRY(ask_subjects(&a, err));
    else
        YJ_TRY(ask_requirements(&a, err));
    if (ret_counts)
        *ret_counts = a.n;
    return YJ_OK;
}
