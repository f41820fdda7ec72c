// SPDX-License-Identifier: Apache-2.0
#include "cli/standing.h"

typedef struct keeping {
    yj_cli *c;
    yj_verdict *rows;
    const yj_answer **risks;
    size_t count, cap;
} keeping;

static void make_room(keeping *k)
{
    size_t cap = k->cap ? 2 * k->cap : 1024;
    yj_verdict *rows = yj_arena_array(k->c->arena, cap, sizeof *rows);
    const yj_answer **risks = yj_arena_array(k->c->arena, cap, sizeof(yj_answer *));
    if (k->count) {
        memcpy(rows, k->rows, k->count * sizeof *rows);
        memcpy(risks, k->risks, k->count * sizeof(yj_answer *));
    }
    k->rows = rows;
    k->risks = risks;
    k->cap = cap;
}

/* All but the proofs, which the terminal does not show here. */
static yj_status keep(void *ctx, const yj_verdict *v, const yj_answer *risk, yj_error *err)
{
    keeping *k = ctx;
    yj_arena *a = k->c->arena;
    if (k->count == k->cap)
        make_room(k);
    YJ_TRY(yj_arena_status(a, err));
    yj_verdict *row = &k->rows[k->count];
    k->risks[k->count++] = risk;
    *row = *v;
    row->requirement_id = k->c->catalog->requirements[v->requirement].id;
    row->kind_name = k->c->catalog->kinds[v->kind].name;
    row->subject = yj_arena_strdup(a, v->subject);
    row->code = yj_arena_strdup(a, v->code);
    row->values = yj_arena_strdup(a, v->values);
    row->due = yj_arena_strdup(a, v->due);
    row->since = yj_arena_strdup(a, v->since);
    row->proofs = "[]";
    return yj_arena_status(a, err);
}

yj_status yj_cli_standing_read(yj_cli *c, const yj_verdict_query *q, yj_cli_standing *ret, yj_error *err)
{
    keeping k = { .c = c };
    YJ_TRY(yj_standing_open(&ret->counted, c->reader, c->catalog, c->institution.inst, q->as_of_seq,
                            ret->day.s, yj_engine_zone(c->engine), c->arena, err));
    YJ_TRY(yj_standing_verdicts(&ret->counted, q, keep, &k, err));
    ret->rows = k.rows;
    ret->risks = k.risks;
    return yj_units_read(c->reader, c->catalog, c->institution.inst, q->as_of_seq,
                         q->subject_count ? q->subjects[0] : NULL, c->lang, c->arena, &ret->units, err);
}
