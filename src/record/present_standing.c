// SPDX-License-Identifier: Apache-2.0
/* How an institution stands, and stood, in numbers. */
#include "base/json.h"
#include "record/present.h"
#include "record/read.h"
#include "record/standing.h"

#define STANDING_BYTES_MAX ((size_t)1 << 30)

/* --- now, or as of an entry ------------------------------------------------------------------- */

static void write_tally(yj_jw *w, const yj_tallied *t)
{
    yj_jw_ki64(w, "met", t->met);
    yj_jw_ki64(w, "unmet", t->unmet);
    yj_jw_ki64(w, "unknown", t->unknown);
    yj_jw_ki64(w, "not_yet", t->not_yet);
    yj_jw_ki64(w, "not_applicable", t->not_applicable);
    yj_jw_ki64(w, "accepted", t->accepted);
    yj_jw_ki64(w, "binding_unmet", t->binding_unmet);
}

static void add(yj_tallied *to, const yj_tallied *t)
{
    to->met += t->met;
    to->unmet += t->unmet;
    to->unknown += t->unknown;
    to->not_yet += t->not_yet;
    to->not_applicable += t->not_applicable;
    to->accepted += t->accepted;
    to->binding_unmet += t->binding_unmet;
}

static yj_verdict_status worst(const yj_tallied *t)
{
    return t->unmet ? YJ_V_UNMET : t->unknown ? YJ_V_UNKNOWN : t->met ? YJ_V_MET : YJ_V_NOT_APPLICABLE;
}

static void write_unit(yj_jw *w, const yj_sheet *h, size_t unit)
{
    const yj_catalog *c = h->s->catalog;
    const yj_unit *u = &h->units->rows[unit];
    yj_tallied all = { 0 };
    for (size_t g = 0; g < h->group_count; g++)
        add(&all, yj_sheet_at(h, g, unit));
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", c->kinds[h->units->kind].name);
    yj_jw_kstr(w, "id", u->id);
    yj_jw_kstr(w, "name", u->name);
    yj_jw_kstr(w, "state", u->state);
    yj_jw_kstr(w, "stage", u->stage < 0 ? NULL : c->stages[u->stage].id);
    yj_jw_kstr(w, "model", u->model);
    yj_jw_kstr(w, "worst", yj_verdict_name(worst(&all)));
    write_tally(w, &all);
    yj_jw_end_object(w);
}

static void write_group(yj_jw *w, const yj_sheet *h, size_t group)
{
    static const yj_text none;
    const yj_text *label = yj_clause_label(h->s->catalog, h->groups[group]);
    label = label ? label : &none;
    yj_jw_object(w);
    yj_jw_kstr(w, "id", h->groups[group]);
    yj_jw_key(w, "label");
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", label->in[YJ_LANG_ZH]);
    yj_jw_kstr(w, "en", label->in[YJ_LANG_EN]);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

static void write_cell(yj_jw *w, const yj_sheet *h, size_t group, size_t unit)
{
    const yj_tallied *t = yj_sheet_at(h, group, unit);
    if (yj_tallied_empty(t))
        return;
    yj_jw_object(w);
    yj_jw_key(w, "unit");
    if (unit < h->units->count)
        yj_jw_i64(w, (int64_t)unit);
    else
        yj_jw_null(w);
    yj_jw_ki64(w, "group", (int64_t)group);
    write_tally(w, t);
    yj_jw_ki64(w, "overdue", t->overdue);
    yj_jw_ki64(w, "open", t->open);
    yj_jw_end_object(w);
}

static void write_sheet(yj_jw *w, const yj_sheet *h)
{
    yj_jw_key(w, "units");
    yj_jw_array(w);
    for (size_t u = 0; u < h->units->count; u++)
        write_unit(w, h, u);
    yj_jw_end_array(w);
    yj_jw_key(w, "groups");
    yj_jw_array(w);
    for (size_t g = 0; g < h->group_count; g++)
        write_group(w, h, g);
    yj_jw_end_array(w);
    yj_jw_key(w, "cells");
    yj_jw_array(w);
    for (size_t u = 0; u <= h->units->count; u++)
        for (size_t g = 0; g < h->group_count; g++)
            write_cell(w, h, g, u);
    yj_jw_end_array(w);
}

static void write_whole(yj_jw *w, const yj_standing *s)
{
    yj_jw_key(w, "totals");
    yj_jw_object(w);
    write_tally(w, &s->total);
    yj_jw_end_object(w);
    yj_jw_key(w, "strength");
    yj_jw_array(w);
    for (size_t i = 0; i < YJ_COUNT(s->strength); i++)
        yj_jw_i64(w, (int64_t)s->strength[i]);
    yj_jw_end_array(w);
    yj_jw_key(w, "remediation");
    yj_jw_object(w);
    for (int i = 0; i < YJ_REMEDY_COUNT_; i++)
        yj_jw_ki64(w, yj_remedy_name((yj_remedy)i), (int64_t)s->remedy[i]);
    yj_jw_end_object(w);
}

static yj_status add_to_sheet(void *ctx, const yj_verdict *v, const yj_answer *risk, yj_error *err)
{
    yj_sheet_add(ctx, v, risk);
    return YJ_OK;
}

static yj_status write_standing(yj_standing *s, const yj_standing_query *q, yj_arena *arena, yj_buf *out,
                                yj_error *err)
{
    yj_units units;
    yj_sheet h;
    yj_jw w;
    yj_verdict_query all = YJ_VERDICT_QUERY_ALL;
    all.tell = YJ_TELL_STRENGTH;
    YJ_TRY(yj_units_read(s->db, s->catalog, s->inst, q->as_of_seq, NULL, q->lang, arena, &units, err));
    YJ_TRY(yj_sheet_open(&h, s, &units, q->level, arena, err));
    YJ_TRY(yj_standing_verdicts(s, &all, add_to_sheet, &h, err));
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "as_of", q->as_of);
    yj_jw_kstr(&w, "day", q->day);
    yj_jw_kstr(&w, "unit_kind", units.kind < 0 ? NULL : s->catalog->kinds[units.kind].name);
    write_sheet(&w, &h);
    write_whole(&w, s);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_present_standing(yj_db *db, const yj_catalog *c, int64_t inst, const yj_standing_query *q,
                              yj_buf *out, yj_error *err)
{
    yj_standing s;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(STANDING_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status st = yj_standing_open(&s, db, c, inst, q->as_of_seq, q->day, q->zone, arena, err);
    if (st == YJ_OK)
        st = write_standing(&s, q, arena, out, err);
    yj_standing_done(&s);
    return st;
}

/* --- by requirement --------------------------------------------------------------------------- */

typedef struct stands {
    yj_tallied t;
    uint32_t strength[4]; /* of the met ones */
} stands;

typedef struct by_requirement {
    const yj_standing *s;
    stands *rows; /* by index in the catalog */
} by_requirement;

static yj_status add_to_requirement(void *ctx, const yj_verdict *v, const yj_answer *risk, yj_error *err)
{
    const by_requirement *b = ctx;
    stands *at = &b->rows[v->requirement];
    yj_tally_add(b->s, v, risk, &at->t);
    if (v->status == YJ_V_MET)
        at->strength[v->strength]++;
    return YJ_OK;
}

static void write_stands(yj_jw *w, const char *id, const stands *at)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "requirement", id);
    write_tally(w, &at->t);
    yj_jw_key(w, "strength");
    yj_jw_array(w);
    for (size_t i = 0; i < YJ_COUNT(at->strength); i++)
        yj_jw_i64(w, at->strength[i]);
    yj_jw_end_array(w);
    yj_jw_end_object(w);
}

static yj_status write_requirements(yj_standing *s, const yj_verdict_query *of, const yj_standing_query *q,
                                    yj_arena *arena, yj_buf *out, yj_error *err)
{
    const yj_catalog *c = s->catalog;
    yj_jw w;
    by_requirement b = { s, yj_arena_array(arena, c->requirement_count + 1, sizeof *b.rows) };
    yj_verdict_query asked = YJ_VERDICT_QUERY_ALL;
    YJ_TRY(yj_arena_status(arena, err));
    asked.tell = YJ_TELL_STRENGTH;
    asked.subject = of->subject;
    asked.subjects = of->subjects;
    asked.subject_count = of->subject_count;
    asked.outside = of->outside;
    asked.outside_count = of->outside_count;
    YJ_TRY(yj_standing_verdicts(s, &asked, add_to_requirement, &b, err));
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "as_of", q->as_of);
    yj_jw_kstr(&w, "day", q->day);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < c->requirement_count; i++)
        if (!yj_tallied_empty(&b.rows[i].t))
            write_stands(&w, c->requirements[i].id, &b.rows[i]);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_present_standing_requirements(yj_db *db, const yj_catalog *c, int64_t inst,
                                           const yj_verdict_query *of, const yj_standing_query *q,
                                           yj_buf *out, yj_error *err)
{
    yj_standing s;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(STANDING_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status st = yj_standing_open(&s, db, c, inst, q->as_of_seq, q->day, q->zone, arena, err);
    if (st == YJ_OK)
        st = write_requirements(&s, of, q, arena, out, err);
    yj_standing_done(&s);
    return st;
}

/* --- over time -------------------------------------------------------------------------------- */

static yj_status first_day(yj_db *db, int64_t inst, const yj_trend_query *q, yj_date *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT time FROM entry WHERE inst = ?1 ORDER BY seq LIMIT 1", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        yj_zone_date(q->zone, yj_col_i64(st, 0), ret);
    return YJ_OK;
}

/* The days of the first and the last point. */
static yj_status range(yj_db *db, int64_t inst, const yj_trend_query *q, int64_t *ret_from,
                       int64_t *ret_until, yj_error *err)
{
    const char *until = q->until && strcmp(q->until, q->today) < 0 ? q->until : q->today;
    yj_date from = { "" };
    if (q->from)
        memcpy(from.s, q->from, YJ_DATE_LEN);
    else
        YJ_TRY(first_day(db, inst, q, &from, err));
    if (!q->from && (!from.s[0] || strcmp(from.s, until) > 0))
        memcpy(from.s, until, YJ_DATE_LEN); /* nothing is there yet */
    *ret_from = yj_date_to_days(from.s);
    *ret_until = yj_date_to_days(until);
    if (*ret_from <= *ret_until)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "the first day is after the last, %s", until);
    return yj_error_at(err, "from");
}

/* As of the end of the day; of today everything. */
static yj_status write_point(yj_standing *s, const yj_trend_query *q, const yj_date *day, yj_arena *arena,
                             yj_jw *w, yj_error *err)
{
    int64_t seq = -1;
    yj_verdict_query all = YJ_VERDICT_QUERY_ALL;
    all.tell = YJ_TELL_STATUS;
    if (strcmp(day->s, q->today) != 0)
        YJ_TRY(yj_as_of_seq(s->db, s->inst, q->zone, day->s, &seq, err));
    yj_arena_reset(arena);
    YJ_TRY(yj_standing_move(s, seq, day->s, arena, err));
    YJ_TRY(yj_standing_verdicts(s, &all, NULL, NULL, err));
    yj_jw_object(w);
    yj_jw_kstr(w, "day", day->s);
    write_tally(w, &s->total);
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status write_points(yj_standing *s, const yj_trend_query *q, yj_arena *arena, yj_jw *w,
                              yj_error *err)
{
    int64_t from = 0, until = 0;
    YJ_TRY(range(s->db, s->inst, q, &from, &until, err));
    int64_t steps = (int64_t)q->points - 1, days = until - from;
    steps = steps < days ? steps : days;
    for (int64_t i = 0; i <= steps; i++) {
        yj_date day;
        (void)yj_date_from_days(steps ? from + (days * i + steps / 2) / steps : until,
                                &day); /* between two */
        YJ_TRY(write_point(s, q, &day, arena, w, err));
    }
    return YJ_OK;
}

yj_status yj_present_trend(yj_db *db, const yj_catalog *c, int64_t inst, const yj_trend_query *q, yj_buf *out,
                           yj_error *err)
{
    yj_jw w;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(STANDING_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_standing s = { .db = db, .catalog = c, .inst = inst, .zone = q->zone };
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "points");
    yj_jw_array(&w);
    yj_status st = write_points(&s, q, arena, &w, err);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    yj_standing_done(&s);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}
