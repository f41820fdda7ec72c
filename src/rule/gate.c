// SPDX-License-Identifier: Apache-2.0
#include "rule/gate.h"
#include "rule/internal.h"

#include <stdlib.h>

typedef struct found {
    yj_verdict *rows;
    size_t count, cap;
} found;

typedef struct checking {
    yj_db *db;
    const yj_catalog *c;
    const yj_gate *gate;
    const char *record;
    const yj_scope *scope;
    yj_arena *arena;
    yj_idset **reached; /* by kind; NULL: not walked yet */
    found verdicts;
    yj_gate_miss *misses;
    size_t miss_count, miss_cap;
    size_t checked;
    yj_answers risks;
    bool risks_read;
} checking;

/* --- the moved record's model -------------------------------------------------------------------------- */

static int model_of_option(const yj_catalog *c, const char *option)
{
    for (size_t i = 0; i < c->model_count; i++)
        if (strcmp(c->models[i].id, option) == 0)
            return (int)i;
    return -1;
}

const yj_field *yj_model_field(const yj_catalog *c, const yj_kind *k)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        bool models = f->type == YJ_T_CHOICE && !f->list && f->option_count > 0;
        for (size_t j = 0; models && j < f->option_count; j++)
            models = model_of_option(c, f->options[j].id) >= 0;
        if (models)
            return f;
    }
    return NULL;
}

/** @param ret_model index, or -1 if the record does not say */
static yj_status find_model(checking *g, int *ret_model, yj_error *err)
{
    const yj_kind *k = &g->c->kinds[g->gate->kind];
    const yj_field *f = yj_model_field(g->c, k);
    *ret_model = -1;
    if (!f)
        return YJ_OK;
    const char *sql = yj_arena_fmt(
        g->arena, "SELECT a.f_%s FROM r_%s a WHERE a.inst = ?1 AND a.id = ?2 AND " YJ_SQL_SEEN("a"), f->name,
        k->name);
    YJ_TRY(yj_arena_status(g->arena, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(g->db, sql, &st, err));
    yj_bind_i64(st, 1, g->scope->inst);
    yj_bind_cstr(st, 2, g->record);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row && !yj_col_null(st, 0)) {
        yj_span model = yj_col_text(st, 0);
        *ret_model = model_of_option(g->c, yj_arena_strndup(g->arena, model.ptr, model.len));
    }
    return YJ_OK;
}

/* --- subjects and verdicts ----------------------------------------------------------------------------- */

static yj_status reach(checking *g, int kind, yj_error *err)
{
    if (g->reached[kind])
        return YJ_OK;
    yj_idset *set = yj_arena_new_of(g->arena, yj_idset);
    const char *const *ids;
    size_t count;
    YJ_TRY(yj_path_walk(g->db, g->c, g->scope->inst, g->gate->kind, g->record, kind, g->arena, &ids, &count,
                        err));
    set->arena = g->arena;
    for (size_t i = 0; i < count; i++)
        YJ_TRY(yj_idset_add(set, yj_span_of(ids[i]), NULL, err));
    g->reached[kind] = set;
    return YJ_OK;
}

static void copy_verdict(yj_arena *arena, const yj_verdict *v, yj_verdict *to)
{
    *to = *v;
    to->subject = yj_arena_strdup(arena, v->subject);
    to->code = yj_arena_strdup(arena, v->code);
    to->values = yj_arena_strdup(arena, v->values);
    to->proofs = yj_arena_strdup(arena, v->proofs);
    to->due = yj_arena_strdup(arena, v->due);
    to->since = yj_arena_strdup(arena, v->since);
}

static yj_status on_verdict(void *ctx, const yj_verdict *v, bool changed, yj_error *err)
{
    (void)changed;
    checking *g = ctx;
    found *f = &g->verdicts;
    if (v->status == YJ_V_GONE)
        return YJ_OK;
    if (f->count == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 32;
        yj_verdict *rows = yj_arena_array(g->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(g->arena, err));
        if (f->count)
            memcpy(rows, f->rows, f->count * sizeof *rows);
        f->rows = rows;
        f->cap = cap;
    }
    copy_verdict(g->arena, v, &f->rows[f->count++]);
    return yj_arena_status(g->arena, err);
}

static int compare_verdicts(const void *a, const void *b)
{
    const yj_verdict *x = a, *y = b;
    if (x->requirement != y->requirement)
        return x->requirement < y->requirement ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

/* --- what keeps the gate shut -------------------------------------------------------------------------- */

/** Is there an accepted risk that answers the requirement? Few gates ask, so they are read when one does. */
static yj_status risk_accepted(checking *g, const yj_requirement *r, const char *subject, bool *ret,
                               yj_error *err)
{
    *ret = false;
    if (g->c->forces[r->force].binding)
        return YJ_OK;
    if (!g->risks_read)
        YJ_TRY(yj_risks_load(g->db, g->c, g->scope->inst, -1, g->arena, &g->risks, err));
    g->risks_read = true;
    *ret = yj_risk_for(g->c, &g->risks, r, subject, g->scope->today.s) != NULL;
    return YJ_OK;
}

static yj_status miss(checking *g, const yj_verdict *v, bool absent, bool too_weak, yj_error *err)
{
    bool accepted;
    YJ_TRY(risk_accepted(g, &g->c->requirements[v->requirement], absent ? g->record : v->subject, &accepted,
                         err));
    if (accepted)
        return YJ_OK;
    if (g->miss_count == g->miss_cap) {
        size_t cap = g->miss_cap ? 2 * g->miss_cap : 16;
        yj_gate_miss *rows = yj_arena_array(g->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(g->arena, err));
        if (g->miss_count)
            memcpy(rows, g->misses, g->miss_count * sizeof *rows);
        g->misses = rows;
        g->miss_cap = cap;
    }
    g->misses[g->miss_count++] = (yj_gate_miss){ v->requirement, absent ? NULL : v->subject, *v, too_weak };
    return YJ_OK;
}

static yj_status weigh_absent(checking *g, const yj_requirement *r, yj_error *err)
{
    yj_verdict v = { .requirement = r->index,
                     .requirement_id = r->id,
                     .kind = r->subject,
                     .kind_name = g->c->kinds[r->subject].name,
                     .status = YJ_V_UNKNOWN,
                     .code = ".absent",
                     .values = "{}",
                     .proofs = "[]",
                     .since = g->scope->today.s };
    g->checked++;
    return miss(g, &v, true, false, err);
}

static yj_status weigh(checking *g, const yj_verdict *v, yj_error *err)
{
    g->checked++;
    if (v->status == YJ_V_NOT_APPLICABLE)
        return YJ_OK;
    if (v->status != YJ_V_MET)
        return miss(g, v, false, false, err);
    return v->strength >= g->gate->least_strength ? YJ_OK : miss(g, v, false, true, err);
}

static yj_status weigh_all(checking *g, const yj_ask *asks, size_t count, yj_error *err)
{
    found *f = &g->verdicts;
    if (f->count > 1)
        qsort(f->rows, f->count, sizeof *f->rows, compare_verdicts);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (at == f->count || f->rows[at].requirement != asks[i].requirement)
            YJ_TRY(weigh_absent(g, &g->c->requirements[asks[i].requirement], err));
        for (; at < f->count && f->rows[at].requirement == asks[i].requirement; at++)
            YJ_TRY(weigh(g, &f->rows[at], err));
    }
    return YJ_OK;
}

yj_status yj_gate_check(yj_db *db, const yj_catalog *c, const yj_gate *gate, const char *record,
                        const yj_scope *scope, yj_arena *arena, yj_gate_result *ret, yj_error *err)
{
    checking g = { .db = db, .c = c, .gate = gate, .record = record, .scope = scope, .arena = arena };
    g.reached = yj_arena_array(arena, c->kind_count, sizeof(yj_idset *));
    yj_ask *asks = yj_arena_array(arena, gate->requirement_count, sizeof *asks);
    YJ_TRY(yj_arena_status(arena, err));
    int model;
    YJ_TRY(find_model(&g, &model, err));
    size_t count = 0, judged;
    for (size_t i = 0; i < gate->requirement_count; i++) {
        const yj_requirement *r = &c->requirements[gate->requirements[i]];
        if (model >= 0 && !(r->models >> model & 1))
            continue; /* a requirement for other models */
        YJ_TRY(reach(&g, r->subject, err));
        asks[count++] = (yj_ask){ .requirement = r->index, .subjects = g.reached[r->subject] };
    }
    YJ_TRY(yj_asks_judge(db, c, scope, asks, count, NULL, on_verdict, &g, &judged, err));
    YJ_TRY(weigh_all(&g, asks, count, err));
    *ret = (yj_gate_result){
        .open = g.miss_count == 0, .misses = g.misses, .miss_count = g.miss_count, .checked = g.checked
    };
    return yj_arena_status(arena, err);
}
