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
    yj_idset subject_set; /* the same */
    bool any_subject;
    yj_idset outside;    /* subjects that are left out */
    yj_idset resting_on; /* records of which one must be a proof */
    yj_arena *arena;     /* of the question */
    yj_arena *one;       /* of one requirement */
    yj_arena *row;       /* of one verdict handed out */
    yj_derived derived;
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
    a->subject_set = set;
    a->subject_count = set.count;
    a->subjects = yj_arena_array(a->arena, set.count, sizeof *a->subjects);
    YJ_TRY(yj_arena_status(a->arena, err));
    if (set.count)
        memcpy(a->subjects, set.ids, set.count * sizeof *a->subjects);
    if (set.count > 1)
        qsort(a->subjects, set.count, sizeof *a->subjects, yj_compare_cstr);
    return YJ_OK;
}

static yj_status make_set(const char *const *ids, size_t count, yj_idset *ret, yj_error *err)
{
    for (size_t i = 0; ids && i < count; i++)
        YJ_TRY(yj_idset_add(ret, yj_span_of(ids[i]), NULL, err));
    return YJ_OK;
}

/** Is each row to be looked at by itself, also where rows are only counted? */
static bool picky(const asking *a)
{
    return a->outside.count > 0 || a->q->resting_on;
}

static bool left_out(const asking *a, yj_span subject)
{
    return a->outside.count > 0 && yj_idset_find(&a->outside, subject) != YJ_IDSET_NONE;
}

/** Of proofs [["kind","id"],...] every text is looked up: no kind is called like an id. */
static bool names_one(const yj_idset *ids, yj_span proofs)
{
    const char *p = proofs.ptr, *end = p + proofs.len;
    while (p < end && (p = memchr(p, '"', (size_t)(end - p)))) {
        const char *to = memchr(p + 1, '"', (size_t)(end - p - 1));
        if (!to)
            return false;
        if (yj_idset_find(ids, (yj_span){ p + 1, (size_t)(to - p - 1) }) != YJ_IDSET_NONE)
            return true;
        p = to + 1;
    }
    return false;
}

static yj_status rests(const asking *a, int64_t seq, int64_t place, bool *ret, yj_error *err)
{
    yj_said said;
    *ret = !a->q->resting_on;
    if (*ret)
        return YJ_OK;
    YJ_TRY(yj_sayings_at(a->sayings, (uint64_t)seq, place, &said, err));
    *ret = names_one(&a->resting_on, said.proofs);
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

/* --- what was found ------------------------------------------------------------------------------------ */

typedef struct standing {
    int requirement;
    const char *subject;
    int64_t seq, place;
    yj_verdict_status status;
    const char *why_not; /* not NULL: it is derived, and stands in no entry; the engine's code */
    int field;           /* then: what is other than asked for, or -1 */
} standing;

typedef struct found {
    yj_arena *arena;
    standing *rows;
    size_t count, cap;
} found;

static yj_status keep(found *f, const standing *one, yj_error *err)
{
    if (f->count == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 32;
        standing *rows = yj_arena_array(f->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(f->arena, err));
        if (f->count)
            memcpy(rows, f->rows, f->count * sizeof *rows);
        f->rows = rows;
        f->cap = cap;
    }
    f->rows[f->count++] = *one;
    return YJ_OK;
}

/** A row of COLUMNS. */
static yj_status keep_row(asking *a, found *f, const yj_requirement *r, yj_stmt *st, yj_error *err)
{
    standing s = { .requirement = r->index, .seq = yj_col_i64(st, 1), .place = yj_col_i64(st, 2) };
    char room[YJ_ID_KEY_MAX];
    bool fits;
    yj_span subject = yj_col_id_key(st, 0, room);
    YJ_TRY(yj_stored_status(st, 3, &s.status, err));
    if (left_out(a, subject) || !remedy_fits(a, s.status, remedy_of(a, r, subject)))
        return YJ_OK;
    YJ_TRY(rests(a, s.seq, s.place, &fits, err));
    if (!fits)
        return YJ_OK;
    s.subject = yj_col_id_key_copy(f->arena, st, 0);
    YJ_TRY(yj_arena_status(f->arena, err));
    return keep(f, &s, err);
}

static int in_order(const void *a, const void *b)
{
    const standing *x = a, *y = b;
    if (x->requirement != y->requirement)
        return x->requirement < y->requirement ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

/** As it is found: mostly in order. */
static void sort(found *f)
{
    for (size_t i = 1; i < f->count; i++)
        if (in_order(&f->rows[i - 1], &f->rows[i]) > 0) {
            qsort(f->rows, f->count, sizeof *f->rows, in_order);
            return;
        }
}

/* --- what does not apply ------------------------------------------------------------------------------- */

/** Those to whom the requirement does not apply and of whom nothing else was found; `f` holds its rows, in
 * order. */
static yj_status add_derived(asking *a, const yj_requirement *r, found *f, yj_error *err)
{
    const yj_requirement *by;
    const yj_census *n;
    YJ_TRY(yj_derived_census(&a->derived, r, &by, &n, err));
    if (!n || !n->count)
        return YJ_OK;
    standing *of = yj_arena_array(a->one, n->class_count, sizeof *of);
    YJ_TRY(yj_arena_status(a->one, err));
    for (size_t i = 0; i < n->class_count; i++) {
        of[i] = (standing){ .requirement = r->index, .status = YJ_V_NOT_APPLICABLE };
        of[i].why_not = yj_applies_not(a->derived.by, by, &n->classes, i, &of[i].field);
    }
    size_t stored = f->count, at = 0;
    for (size_t i = 0; i < n->count; i++) {
        const char *id = n->ids[n->order[i]];
        standing one = of[n->class_of[n->order[i]]];
        while (at < stored && strcmp(f->rows[at].subject, id) < 0)
            at++;
        if (!one.why_not || (at < stored && strcmp(f->rows[at].subject, id) == 0) ||
            left_out(a, yj_span_of(id)))
            continue;
        one.subject = id;
        YJ_TRY(keep(f, &one, err));
    }
    return YJ_OK;
}

static yj_status count_derived(asking *a, const yj_requirement *r, yj_error *err)
{
    const yj_requirement *by;
    const yj_census *n;
    int field;
    YJ_TRY(yj_derived_census(&a->derived, r, &by, &n, err));
    for (size_t i = 0; n && i < n->class_count; i++)
        if (yj_applies_not(a->derived.by, by, &n->classes, i, &field))
            tally(a, r, YJ_V_NOT_APPLICABLE, YJ_REMEDY_NONE, n->sizes[i]);
    return YJ_OK;
}

/** As much as is asked for, where that is not all. */
static yj_status tell_part(asking *a, const yj_requirement *r, const standing *s, yj_verdict *ret,
                           yj_error *err)
{
    *ret = (yj_verdict){ .requirement = r->index,
                         .requirement_id = r->id,
                         .subject = s->subject,
                         .kind = r->subject,
                         .kind_name = a->c->kinds[r->subject].name,
                         .status = s->status,
                         .code = s->why_not ? s->why_not : "",
                         .values = "{}",
                         .proofs = "[]",
                         .since = "" };
    if (a->q->tell != YJ_TELL_STRENGTH || s->status != YJ_V_MET)
        return YJ_OK;
    yj_said said;
    YJ_TRY(yj_sayings_at(a->sayings, (uint64_t)s->seq, s->place, &said, err));
    ret->strength = said.strength;
    return YJ_OK;
}

static yj_status hand_out(asking *a, const found *f, yj_error *err)
{
    for (size_t i = 0; i < f->count; i++) {
        const standing *s = &f->rows[i];
        const yj_requirement *r = &a->c->requirements[s->requirement];
        if (in_window(a)) {
            yj_verdict v;
            yj_arena_reset(a->row);
            if (a->q->tell != YJ_TELL_ALL)
                YJ_TRY(tell_part(a, r, s, &v, err));
            else if (s->why_not)
                YJ_TRY(yj_derived_verdict(&a->derived, r, s->subject, s->why_not, s->field, a->row, &v, err));
            else
                YJ_TRY(read_verdict(a, r, s->seq, s->place, a->row, &v, err));
            YJ_TRY(a->fn(a->ctx, &v, err));
        }
        tally(a, r, s->status, remedy_of(a, r, yj_span_of(s->subject)), 1);
    }
    return YJ_OK;
}

/* --- by subject, now ----------------------------------------------------------------------------------- */

/** COLUMNS, then the requirement's id. */
static yj_status keep_asked(asking *a, found *f, yj_stmt *st, yj_error *err)
{
    const yj_requirement *r = yj_catalog_requirement(a->c, yj_col_text(st, 5));
    if (!r || !asked(a, r))
        return YJ_OK;
    if (a->q->status >= 0 && yj_col_i64(st, 3) != a->q->status)
        return YJ_OK;
    if (a->q->due_until && (yj_col_null(st, 4) || yj_col_i64(st, 4) > yj_date_to_days(a->q->due_until)))
        return YJ_OK;
    return keep_row(a, f, r, st, err);
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
                YJ_TRY(keep_asked(a, f, st, err));
        }
    }
    return YJ_OK;
}

static yj_status ask_subjects(asking *a, yj_error *err)
{
    found f = { .arena = a->arena };
    YJ_TRY(find_subjects(a, &f, err));
    sort(&f);
    size_t stored = f.count, at = 0;
    for (size_t i = 0; a->derived.any && i < a->c->requirement_count; i++) {
        const yj_requirement *r = &a->c->requirements[i];
        found of = { .arena = a->one };
        if (!asked(a, r))
            continue;
        yj_arena_reset(a->one);
        while (at < stored && f.rows[at].requirement < r->index)
            at++;
        for (size_t k = at; k < stored && f.rows[k].requirement == r->index; k++)
            YJ_TRY(keep(&of, &f.rows[k], err));
        size_t known = of.count;
        YJ_TRY(add_derived(a, r, &of, err));
        for (size_t k = known; k < of.count; k++)
            YJ_TRY(keep(&f, &of.rows[k], err));
    }
    sort(&f);
    return hand_out(a, &f, err);
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

static yj_status find_rows(asking *a, const yj_requirement *r, const char *sql, size_t at, size_t n, found *f,
                           yj_error *err)
{
    yj_id_key keys[YJ_IN_CHUNK];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(a->db, sql, &st, err));
    bind_query(a, st, r, at, n, keys);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(keep_row(a, f, r, st, err));
    }
}

static size_t chunk(const asking *a, size_t at)
{
    return a->subject_count - at < YJ_IN_CHUNK ? a->subject_count - at : YJ_IN_CHUNK;
}

static yj_status hand_requirement(asking *a, const yj_requirement *r, const char *sql, yj_error *err)
{
    yj_arena_reset(a->one);
    found f = { .arena = a->one };
    size_t at = 0;
    do {
        YJ_TRY(find_rows(a, r, sql, at, chunk(a, at), &f, err));
        at += YJ_IN_CHUNK;
    } while (at < a->subject_count);
    sort(&f);
    YJ_TRY(add_derived(a, r, &f, err));
    sort(&f);
    return hand_out(a, &f, err);
}

static yj_status count_requirement(asking *a, const yj_requirement *r, const char *sql, yj_error *err)
{
    size_t at = 0;
    do {
        YJ_TRY(count_rows(a, r, sql, at, chunk(a, at), err));
        at += YJ_IN_CHUNK;
    } while (at < a->subject_count);
    return count_derived(a, r, err);
}

/** Those of a requirement that all lie before the window are only counted. */
static yj_status pass_over(asking *a, const yj_requirement *r, const char *sql, bool *ret_passed,
                           yj_error *err)
{
    yj_verdict_counts before = a->n;
    *ret_passed = false;
    if (a->n.total >= a->q->offset)
        return YJ_OK;
    YJ_TRY(count_requirement(a, r, sql, err));
    *ret_passed = a->n.total <= a->q->offset;
    if (!*ret_passed)
        a->n = before;
    return YJ_OK;
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
        if (window_passed(a) && !a->counting)
            return YJ_OK;
        bool look = picky(a) || yj_remediations_any(a->q->remediations, r); /* at each row */
        bool done = window_passed(a) && !look;
        if (done)
            YJ_TRY(count_requirement(a, r, count, err));
        else if (!look)
            YJ_TRY(pass_over(a, r, count, &done, err));
        if (!done)
            YJ_TRY(hand_requirement(a, r, rows, err));
    }
    return YJ_OK;
}

/* --- the question -------------------------------------------------------------------------------------- */

/** What does not apply is neither unmet nor ever due, and nothing proves it. */
static bool may_be_derived(const yj_verdict_query *q)
{
    return (q->status < 0 || q->status == YJ_V_NOT_APPLICABLE) && q->remedy < 0 && !q->due_until &&
           !q->resting_on;
}

yj_status yj_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                      yj_verdict_fn fn, void *ctx, yj_verdict_counts *ret_counts, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ROWS_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *one = yj_arena_new(ROWS_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *row = yj_arena_new(ROWS_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *ended = yj_arena_new(ROWS_BYTES_MAX);
    yj_auto(yj_sayings_freep) yj_sayings *sayings = yj_sayings_new(db, inst);
    if (!arena || !one || !row || !ended || !sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    asking a = { .db = db,
                 .c = c,
                 .inst = inst,
                 .q = q,
                 .fn = fn,
                 .ctx = ctx,
                 .arena = arena,
                 .one = one,
                 .row = row,
                 .sayings = sayings,
                 .counting = ret_counts != NULL };
    YJ_TRY(sort_subjects(&a, err));
    a.outside.arena = a.resting_on.arena = arena;
    YJ_TRY(make_set(q->outside, q->outside_count, &a.outside, err));
    YJ_TRY(make_set(q->resting_on, q->resting_on_count, &a.resting_on, err));
    a.derived = (yj_derived){ .db = db,
                              .c = c,
                              .by = q->then ? q->then : c,
                              .now = q->now ? q->now : c,
                              .inst = inst,
                              .as_of_seq = q->as_of_seq,
                              .zone = q->zone,
                              .only = a.any_subject ? NULL : &a.subject_set,
                              .arena = arena,
                              .ended_arena = ended,
                              .many = a.any_subject,
                              .sayings = sayings };
    if (may_be_derived(q))
        YJ_TRY(yj_derived_open(&a.derived, err));
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
