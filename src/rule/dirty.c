// SPDX-License-Identifier: Apache-2.0
/* Touches become requirements and subjects to judge again. */
#include "rule/internal.h"
#include <stdio.h>

#define OWN_BYTES_MAX ((size_t)16 << 20)
#define WORK_BYTES_MAX ((size_t)256 << 20)
/* A walk that reaches more records than this costs more than judging every subject. */
#define REACHED_MAX 5000

static void reset(yj_dirty *d)
{
    yj_arena_reset(d->work);
    size_t n = d->catalog->requirement_count;
    memset(d->all, 0, n * sizeof *d->all);
    memset(d->of, 0, n * sizeof *d->of);
    for (size_t i = 0; i < n; i++)
        d->of[i].arena = d->work;
    d->all_count = d->pairs = 0;
    d->everything = false;
}

yj_dirty *yj_dirty_new(const yj_catalog *c, const yj_reach *r)
{
    yj_auto(yj_arena_freep) yj_arena *own = yj_arena_new(OWN_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *work = yj_arena_new(WORK_BYTES_MAX);
    if (!own || !work)
        return NULL;
    yj_dirty *d = yj_arena_new_of(own, yj_dirty);
    d->all = yj_arena_array(own, c->requirement_count, sizeof *d->all);
    d->of = yj_arena_array(own, c->requirement_count, sizeof *d->of);
    if (yj_arena_status(own, NULL) != YJ_OK)
        return NULL;
    d->catalog = c;
    d->reach = r;
    d->own = yj_take(own);
    d->work = yj_take(work);
    reset(d);
    return d;
}

void yj_dirty_free(yj_dirty *d)
{
    if (!d)
        return;
    yj_arena_free(d->work);
    yj_arena_free(d->own); /* holds d itself */
}

void yj_dirty_clear(yj_dirty *d)
{
    reset(d);
}

void yj_dirty_only(yj_dirty *d, int requirement)
{
    bool all = d->all[requirement];
    yj_idset of = d->of[requirement];
    memset(d->all, 0, d->catalog->requirement_count * sizeof *d->all);
    for (size_t i = 0; i < d->catalog->requirement_count; i++)
        d->of[i] = (yj_idset){ .arena = d->work };
    d->all[requirement] = all;
    d->of[requirement] = of;
    d->all_count = all;
    d->pairs = all ? 0 : of.count;
    d->everything = false;
}

bool yj_dirty_empty(const yj_dirty *d)
{
    return yj_dirty_size(d) == 0;
}

size_t yj_dirty_size(const yj_dirty *d)
{
    size_t n = d->pairs + d->all_count;
    return n || !d->everything ? n : 1; /* a catalog without requirements may still have verdicts to end */
}

bool yj_dirty_everything(const yj_dirty *d)
{
    return d->everything;
}

static void mark_all(yj_dirty *d, int requirement)
{
    if (d->all[requirement])
        return;
    d->all[requirement] = true;
    d->all_count++;
    d->pairs -= d->of[requirement].count;
}

static void mark(yj_dirty *d, int requirement, yj_span subject)
{
    if (d->all[requirement])
        return;
    size_t before = d->of[requirement].count;
    if (yj_idset_add(&d->of[requirement], subject, NULL, NULL) == YJ_OK)
        d->pairs += d->of[requirement].count - before;
    else
        mark_all(d, requirement); /* too many to name: all of them includes them */
}

void yj_dirty_all(yj_dirty *d)
{
    for (size_t i = 0; i < d->catalog->requirement_count; i++)
        mark_all(d, (int)i);
    d->everything = true;
}

void yj_dirty_subject(yj_dirty *d, int requirement, const char *subject_id)
{
    mark(d, requirement, yj_span_of(subject_id));
}

static bool is_felt(const yj_feel *f, const yj_touch *t)
{
    if (t->whole || f->version || (f->state && t->state))
        return true;
    for (size_t i = 0; i < YJ_FIELDS_MAX / 64; i++)
        if (f->fields[i] & t->changed[i])
            return true;
    return false;
}

/** What one touch reaches: a set for each place of the kind's tree of walks. */
typedef struct reached {
    const yj_reach_kind *k;
    bool *needed;
    bool *full; /* too many there, or on the way */
    yj_idset *sets;
} reached;

static yj_status first_step(const yj_touch *t, const yj_walk_node *n, yj_idset *set, yj_error *err)
{
    for (size_t i = 0; i < t->ref_count; i++)
        if (t->refs[i].field == n->step.field)
            YJ_TRY(yj_idset_add(set, yj_span_of(t->refs[i].id), NULL, err));
    return YJ_OK;
}

static yj_status walk(reached *w, yj_db *db, int64_t inst, const yj_touch *t, yj_error *err)
{
    YJ_TRY(yj_idset_add(&w->sets[0], yj_span_of(t->id), NULL, err));
    for (size_t i = 1; i < w->k->node_count; i++) {
        if (!w->needed[i])
            continue;
        const yj_walk_node *n = &w->k->nodes[i];
        const yj_idset *from = &w->sets[n->parent];
        if (w->full[n->parent])
            w->full[i] = true;
        else if (n->parent == 0 && !n->step.back)
            YJ_TRY(first_step(t, n, &w->sets[i], err));
        else
            YJ_TRY(yj_step_run(db, n->sql_one, n->sql_many, inst, from->ids, from->count, REACHED_MAX,
                               &w->sets[i], &w->full[i], err));
    }
    return YJ_OK;
}

static void mark_reached(yj_dirty *d, const yj_feel *f, const reached *w)
{
    for (size_t i = 0; i < f->node_count; i++) {
        const yj_idset *set = &w->sets[f->nodes[i]];
        if (w->full[f->nodes[i]])
            mark_all(d, f->requirement);
        for (size_t j = 0; j < set->count && !d->all[f->requirement]; j++)
            mark(d, f->requirement, yj_span_of(set->ids[j]));
    }
}

/** Mark what is felt by all, and the places whose records must be found. */
static bool plan(yj_dirty *d, const yj_touch *t, reached *w)
{
    bool any = false;
    for (size_t i = 0; i < w->k->feel_count; i++) {
        const yj_feel *f = &w->k->feels[i];
        if (d->all[f->requirement] || !is_felt(f, t))
            continue;
        if (f->all)
            mark_all(d, f->requirement);
        for (size_t j = 0; j < f->node_count; j++)
            for (int n = f->nodes[j]; n >= 0 && !w->needed[n]; n = w->k->nodes[n].parent)
                w->needed[n] = true;
        any |= f->node_count > 0;
    }
    return any;
}

yj_status yj_dirty_touch(yj_dirty *d, yj_db *db, int64_t inst, const yj_touch *t, yj_error *err)
{
    if (t->kind < 0 || (size_t)t->kind >= d->reach->kind_count)
        return YJ_OK;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(WORK_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    reached w = { .k = &d->reach->kinds[t->kind] };
    size_t n = w.k->node_count;
    w.needed = yj_arena_array(arena, n, sizeof *w.needed);
    w.full = yj_arena_array(arena, n, sizeof *w.full);
    w.sets = yj_arena_array(arena, n, sizeof *w.sets);
    for (size_t i = 0; i < n; i++)
        w.sets[i].arena = arena;
    YJ_TRY(yj_arena_status(arena, err));
    if (!plan(d, t, &w))
        return YJ_OK;
    YJ_TRY(walk(&w, db, inst, t, err));
    for (size_t i = 0; i < w.k->feel_count; i++)
        if (!d->all[w.k->feels[i].requirement] && is_felt(&w.k->feels[i], t))
            mark_reached(d, &w.k->feels[i], &w);
    return YJ_OK;
}

static yj_status mark_rows(yj_dirty *d, yj_stmt *st, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        const yj_requirement *r = yj_catalog_requirement(d->catalog, yj_col_text(st, 0));
        if (r)
            mark(d, r->index, yj_col_text(st, 1));
    }
}

yj_status yj_dirty_due(yj_dirty *d, yj_db *db, int64_t inst, const char *today, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *due = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT requirement, subject FROM verdict WHERE inst = ?1 AND due < ?2", &due,
                         err));
    yj_bind_i64(due, 1, inst);
    yj_bind_cstr(due, 2, today);
    YJ_TRY(mark_rows(d, due, err));
    /* what failed is tried again each day: a time limit may have been the machine's fault */
    yj_auto(yj_stmt_donep) yj_stmt *failed = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT requirement, subject FROM verdict WHERE inst = ?1 AND code = '.failed'",
                         &failed, err));
    yj_bind_i64(failed, 1, inst);
    return mark_rows(d, failed, err);
}

/* --- in pieces ----------------------------------------------------------------------------------------- */

static void add_requirement(yj_dirty *d, const yj_dirty *from, size_t i)
{
    if (from->all[i])
        mark_all(d, (int)i);
    for (size_t k = 0; k < from->of[i].count && !d->all[i]; k++)
        mark(d, (int)i, yj_span_of(from->of[i].ids[k]));
}

void yj_dirty_add(yj_dirty *d, const yj_dirty *from)
{
    for (size_t i = 0; i < d->catalog->requirement_count; i++)
        add_requirement(d, from, i);
    d->everything |= from->everything;
}

static void forget_requirement(yj_dirty *d, size_t i)
{
    d->pairs -= d->all[i] ? 0 : d->of[i].count;
    d->all_count -= d->all[i];
    d->all[i] = false;
    d->of[i] = (yj_idset){ .arena = d->work };
}

/** How many subjects has a requirement at most? Records of its kind; those that are hidden count, too. */
static yj_status count_kind(yj_db *db, const yj_kind *k, int64_t inst, size_t *ret, yj_error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM r_%s WHERE inst = ?1", k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? (size_t)yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

yj_status yj_dirty_estimate(const yj_dirty *d, yj_db *db, int64_t inst, size_t *ret, yj_error *err)
{
    size_t n = d->pairs, of_kind = 0;
    int kind = -1;
    for (size_t i = 0; i < d->catalog->requirement_count && d->all_count; i++) {
        const yj_requirement *r = &d->catalog->requirements[i];
        if (!d->all[i])
            continue;
        if (r->subject != kind)
            YJ_TRY(count_kind(db, &d->catalog->kinds[r->subject], inst, &of_kind, err));
        kind = r->subject;
        n += of_kind;
    }
    *ret = n;
    return YJ_OK;
}

yj_status yj_dirty_take(yj_dirty *d, yj_dirty *from, yj_db *db, int64_t inst, size_t pairs, yj_error *err)
{
    const yj_catalog *c = d->catalog;
    size_t taken = 0;
    for (size_t i = 0; i < c->requirement_count && taken < pairs; i++) {
        if (!from->all[i] && from->of[i].count == 0)
            continue;
        size_t of_kind = 0;
        for (size_t k = i; k < c->requirement_count; k++) {
            if ((!from->all[k] && from->of[k].count == 0) ||
                !yj_same_run(&c->requirements[i], &c->requirements[k]))
                continue;
            if (from->all[k] && of_kind == 0)
                YJ_TRY(count_kind(db, &c->kinds[c->requirements[k].subject], inst, &of_kind, err));
            taken += 1 + (from->all[k] ? of_kind : from->of[k].count);
            add_requirement(d, from, k);
            forget_requirement(from, k);
        }
    }
    if (from->pairs + from->all_count == 0 && from->everything) {
        d->everything = true;
        from->everything = false;
    }
    return YJ_OK;
}
