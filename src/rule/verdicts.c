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
    yj_arena *arena; /* of the question */
    yj_arena *row;   /* of one verdict handed out */
    yj_sayings *sayings;
    bool counting;       /* what lies behind the window too */
    yj_verdict_counts n; /* so far */
} asking;

/* --- which requirements -------------------------------------------------------------------------------- */

static bool binding(const asking *a, const yj_requirement *r)
{
    return a->c->forces[r->force].binding;
}

/** Only what is unmet or undecided can be put right; that nobody does it is a lack where it binds. */
static bool remedy_asked(const asking *a, const yj_requirement *r)
{
    if (a->q->remedy < 0)
        return true;
    return a->q->remedy == YJ_REMEDY_NONE ? binding(a, r) : yj_remediations_any(a->q->remediations, r);
}

static bool asked(const asking *a, const yj_requirement *r)
{
    const yj_verdict_query *q = a->q;
    return remedy_asked(a, r) && (q->requirement < 0 || q->requirement == r->index) &&
           (q->stage < 0 || q->stage == r->stage) && (q->actor < 0 || q->actor == r->actor) &&
           (q->force < 0 || q->force == r->force) && (!q->clause || yj_clause_below(r->clause, q->clause));
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

#define COLUMNS "v.subject, v.seq, v.place, v.status, v.due"

yj_status yj_stored_status(yj_stmt *st, int col, yj_verdict_status *ret, yj_error *err)
{
    int64_t status = yj_col_i64(st, col);
    if (status < 0 || status >= YJ_V_GONE)
        return yj_fail(err, YJ_E_CORRUPT, "a stored verdict has an unknown status");
    *ret = (yj_verdict_status)status;
    return YJ_OK;
}

static const char *copy(yj_arena *arena, yj_span s)
{
    return yj_arena_strndup(arena, s.ptr, s.len);
}

static yj_status read_verdict(const asking *a, const yj_requirement *r, int64_t seq, int64_t place,
                              yj_arena *arena, yj_verdict *ret, yj_error *err)
{
    yj_said said;
    YJ_TRY(yj_sayings_at(a->sayings, (uint64_t)seq, place, &said, err));
    const yj_kind *k = yj_catalog_kind(a->c, said.kind);
    yj_verdict v = { .requirement = r->index,
                     .requirement_id = r->id,
                     .kind = k ? k->index : -1,
                     .status = said.status,
                     .strength = said.strength };
    v.subject = copy(arena, said.subject);
    v.kind_name = copy(arena, said.kind);
    v.code = copy(arena, said.code);
    v.values = copy(arena, said.values);
    v.proofs = copy(arena, said.proofs);
    v.since = yj_arena_strdup(arena, said.since.s);
    v.due = said.due.s[0] ? yj_arena_strdup(arena, said.due.s) : NULL;
    YJ_TRY(yj_arena_status(arena, err));
    *ret = v;
    return YJ_OK;
}

yj_status yj_verdict_stands(yj_db *db, int64_t inst, const char *requirement, const char *subject,
                            yj_verdict_status *ret, bool *ret_found, yj_error *err)
{
    yj_id_key key;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT status FROM verdict WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(
                             "?2") " AND subject = ?3",
                         &st, err));
    yj_id_key_of(yj_span_of(subject), &key);
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, requirement);
    yj_bind_id_key(st, 3, &key);
    YJ_TRY(yj_stmt_step(st, ret_found, err));
    return *ret_found ? yj_stored_status(st, 0, ret, err) : YJ_OK;
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

static void tally(asking *a, const yj_requirement *r, yj_verdict_status status, yj_remedy remedy, size_t n)
{
    a->n.total += n;
    a->n.of[status] += n;
    if (a->q->remediations && status == YJ_V_UNMET && binding(a, r))
        a->n.remedy[remedy] += n;
}

static bool can_be_remedied(yj_verdict_status s)
{
    return s == YJ_V_UNMET || s == YJ_V_UNKNOWN;
}

static yj_remedy remedy_of(const asking *a, const yj_requirement *r, yj_span subject)
{
    return a->q->remediations ? yj_remedy_of(a->q->remediations, r, subject, a->q->day) : YJ_REMEDY_NONE;
}

static bool remedy_fits(const asking *a, yj_verdict_status status, yj_remedy remedy)
{
    return a->q->remedy < 0 || (can_be_remedied(status) && (int)remedy == a->q->remedy);
}

/* --- by subject, now ----------------------------------------------------------------------------------- */

typedef struct standing {
    int requirement;
    const char *subject;
    int64_t seq, place;
    yj_verdict_status status;
} standing;

typedef struct found {
    standing *rows;
    size_t count, cap;
} found;

/** COLUMNS, then the requirement's id. */
static yj_status keep(asking *a, found *f, yj_stmt *st, yj_error *err)
{
    const yj_requirement *r = yj_catalog_requirement(a->c, yj_col_text(st, 5));
    standing s = { .seq = yj_col_i64(st, 1), .place = yj_col_i64(st, 2) };
    if (!r || !asked(a, r))
        return YJ_OK;
    YJ_TRY(yj_stored_status(st, 3, &s.status, err));
    if (a->q->status >= 0 && (int)s.status != a->q->status)
        return YJ_OK;
    char room[YJ_ID_KEY_MAX];
    if (!remedy_fits(a, s.status, remedy_of(a, r, yj_col_id_key(st, 0, room))))
        return YJ_OK;
    if (a->q->due_until && (yj_col_null(st, 4) || yj_col_i64(st, 4) > yj_date_to_days(a->q->due_until)))
        return YJ_OK;
    s.requirement = r->index;
    s.subject = yj_col_id_key_copy(a->arena, st, 0);
    if (f->count == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 32;
        standing *rows = yj_arena_array(a->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(a->arena, err));
        if (f->count)
            memcpy(rows, f->rows, f->count * sizeof *rows);
        f->rows = rows;
        f->cap = cap;
    }
    f->rows[f->count++] = s;
    return yj_arena_status(a->arena, err);
}

static int by_requirement(const void *a, const void *b)
{
    const standing *x = a, *y = b;
    if (x->requirement != y->requirement)
        return x->requirement < y->requirement ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

static yj_status find_subjects(asking *a, found *f, yj_error *err)
{
    for (size_t at = 0, n; at < a->subject_count; at += n) {
        n = a->subject_count - at < YJ_IN_CHUNK ? a->subject_count - at : YJ_IN_CHUNK;
        yj_id_key keys[YJ_IN_CHUNK];
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
#define OF_SUBJECTS                                                                                          \
    "SELECT " COLUMNS ", n.id FROM verdict v JOIN requirement_no n ON n.no = v.requirement WHERE v.inst = "  \
    "?1 AND v.subject "
        static const char one[] = OF_SUBJECTS "= ?2";
        static const char some[] =
            OF_SUBJECTS "IN (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
        YJ_TRY(yj_db_prepare_made(a->db, n == 1 ? one : some, &st, err));
        yj_bind_i64(st, 1, a->inst);
        yj_id_key_of(yj_span_of(a->subjects[at]), &keys[0]);
        if (n == 1)
            yj_bind_id_key(st, 2, &keys[0]);
        else
            yj_bind_id_keys(st, 2, keys, a->subjects + at, n);
        for (bool row = true; row;) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row)
                YJ_TRY(keep(a, f, st, err));
        }
    }
    return YJ_OK;
}

static yj_status ask_subjects(asking *a, yj_error *err)
{
    found f = { 0 };
    YJ_TRY(find_subjects(a, &f, err));
    if (f.count > 1)
        qsort(f.rows, f.count, sizeof *f.rows, by_requirement);
    for (size_t i = 0; i < f.count; i++) {
        const yj_requirement *r = &a->c->requirements[f.rows[i].requirement];
        if (in_window(a)) {
            yj_verdict v;
            yj_arena_reset(a->row);
            YJ_TRY(read_verdict(a, r, f.rows[i].seq, f.rows[i].place, a->row, &v, err));
            YJ_TRY(a->fn(a->ctx, &v, err));
        }
        tally(a, r, f.rows[i].status, remedy_of(a, r, yj_span_of(f.rows[i].subject)), 1);
    }
    return YJ_OK;
}

/* --- by requirement ------------------------------------------------------------------------------------ */

/** What is asked of one of the tables; parameters from `p` on. */
static int add_conditions(const asking *a, yj_buf *b, int p)
{
    if (a->q->status >= 0)
        yj_buf_fmt(b, " AND v.status = ?%d", p++);
    if (a->q->remedy >= 0)
        yj_buf_fmt(b, " AND v.status IN (%d, %d)", YJ_V_UNMET, YJ_V_UNKNOWN);
    if (a->q->due_until)
        yj_buf_fmt(b, " AND v.due <= ?%d", p++);
    if (!a->any_subject) {
        yj_buf_str(b, " AND v.subject IN ");
        yj_sql_places(b, p, YJ_IN_CHUNK);
    }
    return p;
}

/** Parameters: inst, requirement, then as asked for: seq, status, due, subjects. */
static yj_status requirement_sql(const asking *a, bool count, const char **ret, yj_error *err)
{
    static const char of[] = " v WHERE v.inst = ?1 AND v.requirement = " YJ_SQL_REQUIREMENT("?2");
    bool as_of = a->q->as_of_seq >= 0;
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b, "SELECT %s FROM ", count ? "v.status, count(*)" : COLUMNS);
    if (as_of) /* what stands since then, and what was replaced since then */
        yj_buf_fmt(&b, "(SELECT " COLUMNS " FROM verdict%s AND v.seq < ?3", of);
    else
        yj_buf_fmt(&b, "verdict%s", of);
    (void)add_conditions(a, &b, as_of ? 4 : 3);
    if (as_of) {
        yj_buf_fmt(&b, " UNION ALL SELECT " COLUMNS " FROM verdict_log%s AND v.seq < ?3 AND v.until >= ?3",
                   of);
        (void)add_conditions(a, &b, 4);
        yj_buf_str(&b, ") v");
    }
    yj_buf_str(&b, count ? " GROUP BY v.status" : " ORDER BY v.subject");
    return yj_sql_finish(&b, a->arena, ret, err);
}

static void bind_query(const asking *a, yj_stmt *st, const yj_requirement *r, size_t at, size_t n,
                       yj_id_key keys[static YJ_IN_CHUNK])
{
    int p = 3;
    yj_bind_i64(st, 1, a->inst);
    yj_bind_cstr(st, 2, r->id);
    if (a->q->as_of_seq >= 0)
        yj_bind_i64(st, p++, a->q->as_of_seq);
    if (a->q->status >= 0)
        yj_bind_i64(st, p++, a->q->status);
    if (a->q->due_until)
        yj_bind_i64(st, p++, yj_date_to_days(a->q->due_until));
    if (!a->any_subject)
        yj_bind_id_keys(st, p, keys, a->subjects + at, n);
}

/** Those of a requirement that has no remediation. */
static yj_status count_rows(asking *a, const yj_requirement *r, const char *sql, size_t at, size_t n,
                            yj_error *err)
{
    yj_id_key keys[YJ_IN_CHUNK];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(a->db, sql, &st, err));
    bind_query(a, st, r, at, n, keys);
    for (;;) {
        bool row = false;
        yj_verdict_status status;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_stored_status(st, 0, &status, err));
        tally(a, r, status, YJ_REMEDY_NONE, (size_t)yj_col_i64(st, 1));
    }
}

static yj_status hand_rows(asking *a, const yj_requirement *r, const char *sql, size_t at, size_t n,
                           yj_error *err)
{
    yj_id_key keys[YJ_IN_CHUNK];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(a->db, sql, &st, err));
    bind_query(a, st, r, at, n, keys);
    for (;;) {
        bool row = false;
        yj_verdict_status status;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_stored_status(st, 3, &status, err));
        char room[YJ_ID_KEY_MAX];
        yj_remedy remedy = remedy_of(a, r, yj_col_id_key(st, 0, room));
        if (!remedy_fits(a, status, remedy))
            continue;
        if (in_window(a)) {
            yj_verdict v;
            yj_arena_reset(a->row);
            YJ_TRY(read_verdict(a, r, yj_col_i64(st, 1), yj_col_i64(st, 2), a->row, &v, err));
            YJ_TRY(a->fn(a->ctx, &v, err));
        }
        tally(a, r, status, remedy, 1);
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
        bool look = yj_remediations_any(a->q->remediations, r); /* at each row, also when counting */
        size_t at = 0;
        do {
            size_t n = a->subject_count - at < YJ_IN_CHUNK ? a->subject_count - at : YJ_IN_CHUNK;
            if (window_passed(a) && !a->counting)
                return YJ_OK;
            if (window_passed(a) && !look)
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
    yj_auto(yj_sayings_freep) yj_sayings *sayings = yj_sayings_new(db, inst);
    if (!arena || !row || !sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    asking a = { .db = db,
                 .c = c,
                 .inst = inst,
                 .q = q,
                 .fn = fn,
                 .ctx = ctx,
                 .arena = arena,
                 .row = row,
                 .sayings = sayings,
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
