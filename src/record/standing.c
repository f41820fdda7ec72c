// SPDX-License-Identifier: Apache-2.0
/* Verdicts counted: of the institution, and of clauses against units. */
#include "record/standing.h"

#include "record/read.h"
#include <stdio.h>

/* The packs of that moment; those of the last one are not loaded again. */
static yj_status find_packs(yj_standing *s, int64_t as_of_seq, yj_error *err)
{
    yj_catalog *then = NULL;
    if (as_of_seq < 0) {
        yj_standing_done(s);
        return YJ_OK;
    }
    YJ_TRY(yj_catalog_as_of(s->db, s->inst, as_of_seq, s->then ? s->then : s->catalog, &then, err));
    if (!then)
        return YJ_OK;
    yj_standing_done(s);
    if (memcmp(&then->digest, &s->catalog->digest, sizeof then->digest) == 0)
        yj_catalog_unref(then); /* those of today, again */
    else
        s->then = then;
    return YJ_OK;
}

yj_status yj_standing_move(yj_standing *s, int64_t as_of_seq, const char *day, yj_arena *arena, yj_error *err)
{
    YJ_TRY(find_packs(s, as_of_seq, err));
    *s = (yj_standing){ .db = s->db,
                        .catalog = s->catalog,
                        .inst = s->inst,
                        .as_of_seq = as_of_seq,
                        .day = day,
                        .zone = s->zone,
                        .then = s->then };
    YJ_TRY(yj_risks_load(s->db, s->catalog, s->inst, as_of_seq, arena, &s->risks, err));
    return yj_remediations_load(s->db, s->catalog, s->inst, as_of_seq, arena, &s->remediations, err);
}

yj_status yj_standing_open(yj_standing *s, yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                           const char *day, const yj_zone *zone, yj_arena *arena, yj_error *err)
{
    *s = (yj_standing){ .db = db, .catalog = c, .inst = inst, .zone = zone };
    return yj_standing_move(s, as_of_seq, day, arena, err);
}

void yj_standing_done(yj_standing *s)
{
    if (s->then)
        yj_catalog_unref(s->then);
    s->then = NULL;
}

/* --- counting --------------------------------------------------------------------------------- */

static bool binding(const yj_standing *s, const yj_verdict *v)
{
    return s->catalog->forces[s->catalog->requirements[v->requirement].force].binding;
}

static bool can_be_answered(const yj_verdict *v)
{
    return v->status == YJ_V_UNMET || v->status == YJ_V_UNKNOWN;
}

const yj_answer *yj_standing_remediations(const yj_standing *s, const yj_verdict *v, size_t *ret_count)
{
    *ret_count = 0;
    return can_be_answered(v)
               ? yj_remediations_for(&s->remediations, &s->catalog->requirements[v->requirement],
                                     yj_span_of(v->subject), ret_count)
               : NULL;
}

void yj_tally_add(const yj_standing *s, const yj_verdict *v, const yj_answer *risk, yj_tallied *t)
{
    if (risk) {
        t->accepted++;
        return;
    }
    if (v->status == YJ_V_MET)
        t->met++;
    else if (v->status == YJ_V_NOT_APPLICABLE && yj_not_yet(v))
        t->not_yet++;
    else if (v->status == YJ_V_NOT_APPLICABLE)
        t->not_applicable++;
    if (!can_be_answered(v))
        return;
    t->unmet += v->status == YJ_V_UNMET;
    t->unknown += v->status == YJ_V_UNKNOWN;
    t->binding_unmet += v->status == YJ_V_UNMET && binding(s, v);
    size_t n = 0;
    const yj_answer *a = yj_standing_remediations(s, v, &n);
    bool overdue = n && yj_answer_overdue(a, s->day);
    t->overdue += overdue;
    t->open += n && !overdue;
}

typedef struct counting {
    yj_standing *s;
    yj_standing_fn fn;
    void *ctx;
} counting;

static yj_status count_one(void *ctx, const yj_verdict *v, yj_error *err)
{
    const counting *c = ctx;
    yj_standing *s = c->s;
    if (v->requirement < 0 || v->kind < 0)
        return YJ_OK; /* of a pack that is in force no more */
    const yj_requirement *r = &s->catalog->requirements[v->requirement];
    const yj_answer *risk =
        can_be_answered(v) ? yj_risk_for(s->catalog, &s->risks, r, v->subject, s->day) : NULL;
    s->count++;
    s->of[v->status]++;
    if (v->status == YJ_V_MET)
        s->strength[v->strength]++;
    if (v->status == YJ_V_UNMET && binding(s, v))
        s->remedy[yj_remedy_of(&s->remediations, r, yj_span_of(v->subject), s->day)]++;
    yj_tally_add(s, v, risk, &s->total);
    return c->fn ? c->fn(c->ctx, v, risk, err) : YJ_OK;
}

yj_status yj_standing_verdicts(yj_standing *s, const yj_verdict_query *q, yj_standing_fn fn, void *ctx,
                               yj_error *err)
{
    counting c = { s, fn, ctx };
    yj_verdict_query asked = *q;
    asked.as_of_seq = s->as_of_seq;
    asked.remediations = &s->remediations;
    asked.day = s->day;
    asked.zone = s->zone;
    asked.then = s->then;
    return yj_verdicts(s->db, s->catalog, s->inst, &asked, count_one, &c, NULL, err);
}

/* --- clauses against units -------------------------------------------------------------------- */

void yj_clause_group(const char *clause, int parts, char ret[static YJ_CLAUSE_MAX])
{
    size_t n = 0;
    for (int dots = 0; clause[n]; n++)
        if (clause[n] == '.' && ++dots == parts)
            break;
    snprintf(ret, YJ_CLAUSE_MAX, "%.*s", (int)n, clause);
}

const yj_text *yj_clause_label(const yj_catalog *c, const char *id)
{
    for (size_t i = 0; i < c->clause_count; i++)
        if (strcmp(c->clauses[i].id, id) == 0)
            return &c->clauses[i].label;
    return NULL;
}

/* Requirements come in order of their clauses, so a group's mostly stand together. */
static yj_status make_groups(yj_sheet *h, int level, yj_arena *arena, yj_error *err)
{
    const yj_catalog *c = h->s->catalog;
    const char **ids = yj_arena_array(arena, c->requirement_count + 1, sizeof *ids);
    int *of = yj_arena_array(arena, c->requirement_count + 1, sizeof *of);
    for (size_t i = 0; i < c->requirement_count; i++) {
        char id[YJ_CLAUSE_MAX];
        yj_clause_group(c->requirements[i].clause, level, id);
        size_t at = h->group_count;
        while (at > 0 && strcmp(ids[at - 1], id) != 0)
            at--;
        if (at == 0) {
            ids[h->group_count++] = yj_arena_strdup(arena, id);
            at = h->group_count;
        }
        of[i] = (int)at - 1;
    }
    h->groups = ids;
    h->group_of = of;
    return yj_arena_status(arena, err);
}

yj_status yj_sheet_open(yj_sheet *h, const yj_standing *s, const yj_units *units, int level, yj_arena *arena,
                        yj_error *err)
{
    *h = (yj_sheet){ .s = s, .units = units };
    YJ_TRY(make_groups(h, level, arena, err));
    h->cells = yj_arena_array(arena, h->group_count * (units->count + 1) + 1, sizeof *h->cells);
    return yj_arena_status(arena, err);
}

void yj_sheet_add(yj_sheet *h, const yj_verdict *v, const yj_answer *risk)
{
    size_t columns = h->units->count + 1, n = 0;
    yj_tallied *row = h->cells + (size_t)h->group_of[v->requirement] * columns;
    const yj_unit_link *of = yj_units_of(h->units, v->subject, &n);
    for (size_t i = 0; i < n; i++)
        yj_tally_add(h->s, v, risk, &row[of[i].unit]);
    if (!n)
        yj_tally_add(h->s, v, risk, &row[columns - 1]);
}

const yj_tallied *yj_sheet_at(const yj_sheet *h, size_t group, size_t unit)
{
    return &h->cells[group * (h->units->count + 1) + unit];
}
