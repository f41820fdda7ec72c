// SPDX-License-Identifier: Apache-2.0
/* What changed in the verdicts on a requirement, and when: from the rows that stand and those replaced. */
#include "ledger/ledger.h"
#include "rule/internal.h"

#include <stdlib.h>

#define CHANGES_BYTES_MAX ((size_t)512 << 20)

/* A verdict that stands or stood. */
typedef struct stood {
    const char *subject;
    int64_t seq, until; /* until -1: it stands */
    int64_t place;
    yj_verdict_status status;
} stood;

/* Between two of a subject, or at the end of one. */
typedef struct step {
    int64_t seq;
    const stood *from; /* NULL: the first */
    const stood *to;   /* NULL: it only ended */
    bool anew;         /* `from` had ended before: what was between is told in the entry of its end */
} step;

typedef struct reading {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    const yj_change_query *q;
    yj_arena *arena, *row;
    yj_idset subjects, outside;
    stood *rows;
    size_t row_count, row_cap;
    step *steps;
    size_t step_count;
    yj_sayings *sayings;
} reading;

/* --- what stood ---------------------------------------------------------------------------------------- */

#define OF " WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT("?2") " AND seq < ?3"

static bool asked(const reading *r, yj_span subject)
{
    return (!r->q->subjects || yj_idset_find(&r->subjects, subject) != YJ_IDSET_NONE) &&
           (!r->outside.count || yj_idset_find(&r->outside, subject) == YJ_IDSET_NONE);
}

static yj_status add_row(reading *r, yj_stmt *st, yj_error *err)
{
    char room[YJ_ID_KEY_MAX];
    yj_span subject = yj_col_id_key(st, 0, room);
    if (!asked(r, subject))
        return YJ_OK;
    if (r->row_count == r->row_cap) {
        size_t cap = r->row_cap ? 2 * r->row_cap : 64;
        stood *rows = yj_arena_array(r->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(r->arena, err));
        if (r->row_count)
            memcpy(rows, r->rows, r->row_count * sizeof *rows);
        r->rows = rows;
        r->row_cap = cap;
    }
    const char *last = r->row_count ? r->rows[r->row_count - 1].subject : "";
    stood s = { .seq = yj_col_i64(st, 1), .until = yj_col_i64(st, 2), .place = yj_col_i64(st, 3) };
    s.subject = yj_span_is(subject, last) ? last : yj_arena_strndup(r->arena, subject.ptr, subject.len);
    YJ_TRY(yj_arena_status(r->arena, err));
    YJ_TRY(yj_stored_status(st, 4, &s.status, err));
    if (r->q->as_of_seq >= 0 && s.until >= r->q->as_of_seq)
        s.until = -1; /* it stood then */
    r->rows[r->row_count++] = s;
    return YJ_OK;
}

static yj_status read_rows(reading *r, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(r->db,
                         "SELECT subject, seq, -1, place, status FROM verdict" OF
                         " UNION ALL SELECT subject, seq, until, place, status FROM verdict_log" OF
                         " ORDER BY 1, 2",
                         &st, err));
    yj_bind_i64(st, 1, r->inst);
    yj_bind_cstr(st, 2, r->c->requirements[r->q->requirement].id);
    yj_bind_i64(st, 3, r->q->as_of_seq < 0 ? INT64_MAX : r->q->as_of_seq);
    for (bool row = true; row;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row)
            YJ_TRY(add_row(r, st, err));
    }
    return YJ_OK;
}

/* --- what changed -------------------------------------------------------------------------------------- */

static void add_step(reading *r, const step *s)
{
    bool same = s->from && s->to && !s->anew && s->from->status == s->to->status;
    if (!same || !r->q->status_only)
        r->steps[r->step_count++] = *s;
}

/* At most two for each row: its begin and its end. */
static yj_status find_steps(reading *r, yj_error *err)
{
    r->steps = yj_arena_array(r->arena, 2 * r->row_count + 1, sizeof *r->steps);
    YJ_TRY(yj_arena_status(r->arena, err));
    const stood *before = NULL;
    for (size_t i = 0; i < r->row_count; i++) {
        const stood *now = &r->rows[i];
        if (before && before->subject != now->subject)
            before = NULL; /* equal texts are one and the same */
        add_step(r, &(step){ now->seq, before, now, before && before->until != now->seq });
        const stood *next = i + 1 < r->row_count ? now + 1 : NULL;
        bool replaced = next && next->subject == now->subject && next->seq == now->until;
        if (now->until >= 0 && !replaced)
            add_step(r, &(step){ .seq = now->until, .from = now });
        before = now;
    }
    return YJ_OK;
}

static int newest_first(const void *a, const void *b)
{
    const step *x = a, *y = b;
    if (x->seq != y->seq)
        return x->seq > y->seq ? -1 : 1;
    return strcmp((x->to ? x->to : x->from)->subject, (y->to ? y->to : y->from)->subject);
}

/* --- what was said ------------------------------------------------------------------------------------- */

static const char *copy(yj_arena *arena, yj_span s)
{
    return yj_arena_strndup(arena, s.ptr, s.len);
}

static yj_status make(reading *r, const yj_said *said, const yj_verdict **ret, yj_error *err)
{
    const yj_requirement *q = &r->c->requirements[r->q->requirement];
    const yj_kind *k = yj_catalog_kind(r->c, said->kind);
    yj_verdict *v = yj_arena_new_of(r->row, yj_verdict);
    YJ_TRY(yj_arena_status(r->row, err));
    *v = (yj_verdict){ .requirement = q->index,
                       .requirement_id = q->id,
                       .subject = copy(r->row, said->subject),
                       .kind = k ? k->index : -1,
                       .kind_name = copy(r->row, said->kind),
                       .status = said->status,
                       .code = copy(r->row, said->code),
                       .values = copy(r->row, said->values),
                       .proofs = copy(r->row, said->proofs),
                       .strength = said->strength,
                       .due = said->due.s[0] ? yj_arena_strdup(r->row, said->due.s) : NULL,
                       .since = yj_arena_strdup(r->row, said->since.s) };
    *ret = v;
    return yj_arena_status(r->row, err);
}

/* What ended a verdict; NULL where the subject was gone. */
static yj_status read_end(reading *r, const stood *s, const char **kind, const yj_verdict **ret,
                          yj_error *err)
{
    yj_said said;
    const yj_verdict *v;
    YJ_TRY(yj_sayings_find(r->sayings, (uint64_t)s->until, r->c->requirements[r->q->requirement].id,
                           s->subject, &said, err));
    YJ_TRY(make(r, &said, &v, err));
    *kind = v->kind_name;
    *ret = v->status == YJ_V_GONE ? NULL : v;
    return YJ_OK;
}

static yj_status read_at(reading *r, const stood *s, const char **kind, const yj_verdict **ret, yj_error *err)
{
    yj_said said;
    YJ_TRY(yj_sayings_at(r->sayings, (uint64_t)s->seq, s->place, &said, err));
    YJ_TRY(make(r, &said, ret, err));
    *kind = (*ret)->kind_name;
    return YJ_OK;
}

static yj_status tell(reading *r, const step *s, yj_change_fn fn, void *ctx, yj_error *err)
{
    yj_arena_reset(r->row);
    yj_verdict_change x = { .seq = (uint64_t)s->seq,
                            .subject = (s->to ? s->to : s->from)->subject,
                            .first = !s->from };
    if (s->anew)
        YJ_TRY(read_end(r, s->from, &x.kind_name, &x.from, err));
    else if (s->from)
        YJ_TRY(read_at(r, s->from, &x.kind_name, &x.from, err));
    YJ_TRY(s->to ? read_at(r, s->to, &x.kind_name, &x.to, err)
                 : read_end(r, s->from, &x.kind_name, &x.to, err));
    return fn(ctx, &x, err);
}

/* --- the question -------------------------------------------------------------------------------------- */

static yj_status add_all(yj_idset *set, const char *const *ids, size_t count, yj_error *err)
{
    for (size_t i = 0; ids && i < count; i++)
        YJ_TRY(yj_idset_add(set, yj_span_of(ids[i]), NULL, err));
    return YJ_OK;
}

yj_status yj_verdict_changes(yj_db *db, const yj_catalog *c, int64_t inst, const yj_change_query *q,
                             yj_change_fn fn, void *ctx, size_t *ret_total, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(CHANGES_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *row = yj_arena_new(CHANGES_BYTES_MAX);
    yj_auto(yj_sayings_freep) yj_sayings *sayings = yj_sayings_new(db, inst);
    if (!arena || !row || !sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    reading r = { .db = db, .c = c, .inst = inst, .q = q, .arena = arena, .row = row, .sayings = sayings };
    r.subjects.arena = r.outside.arena = arena;
    YJ_TRY(add_all(&r.subjects, q->subjects, q->subject_count, err));
    YJ_TRY(add_all(&r.outside, q->outside, q->outside_count, err));
    YJ_TRY(read_rows(&r, err));
    YJ_TRY(find_steps(&r, err));
    if (r.step_count > 1)
        qsort(r.steps, r.step_count, sizeof *r.steps, newest_first);
    for (size_t i = q->offset; i < r.step_count && (!q->limit || i - q->offset < q->limit); i++)
        YJ_TRY(tell(&r, &r.steps[i], fn, ctx, err));
    if (ret_total)
        *ret_total = r.step_count;
    return YJ_OK;
}

yj_status yj_judgement_head(yj_db *db, int64_t inst, uint64_t seq, yj_judgement_part *ret, yj_error *err)
{
    bool found = false;
    const char *at;
    yj_span change;
    yj_auto(yj_buf_done) yj_buf text;
    *ret = (yj_judgement_part){ 0 };
    yj_buf_init(&text, YJ_BODY_BYTES_MAX + 1);
    YJ_TRY(yj_body_read(db, inst, seq, &text, &found, err));
    yj_span body = yj_buf_view(&text);
    if (!found || !yj_said_begin(body, &at))
        return yj_said_bad(seq, err);
    do {
        if (!yj_said_next(body, &at, &change))
            return yj_said_bad(seq, err);
    } while (change.ptr);
    return yj_said_tail((yj_span){ at, (size_t)(body.ptr + body.len - at) }, ret) ? YJ_OK
                                                                                  : yj_said_bad(seq, err);
}
