// SPDX-License-Identifier: Apache-2.0
/* Touches become requirements and subjects to judge again. */
#include "rule/internal.h"
#include <stdio.h>

#define OWN_BYTES_MAX ((size_t)16 << 20)
#define WORK_BYTES_MAX ((size_t)256 << 20)
/* A walk that reaches more records than this costs more than judging every subject. */
#define REACHED_MAX 5000
#define WEIGHING_NS 20000 /* one verdict's proofs: about twice what it takes */
#define SUBJECTS_LEAST 8  /* of a run that is cut: what each run costs would outweigh fewer */

static void reset(yj_dirty *d)
{
    yj_arena_reset(d->work);
    size_t n = d->catalog->requirement_count;
    memset(d->all, 0, n * sizeof *d->all);
    for (size_t i = 0; i < n; i++)
        d->of[i] = d->weigh[i] = (yj_idset){ .arena = d->work };
    d->all_count = d->pairs = d->next = 0;
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
    d->weigh = yj_arena_array(own, c->requirement_count, sizeof *d->weigh);
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
    yj_idset of = d->of[requirement], weigh = d->weigh[requirement];
    memset(d->all, 0, d->catalog->requirement_count * sizeof *d->all);
    for (size_t i = 0; i < d->catalog->requirement_count; i++)
        d->of[i] = d->weigh[i] = (yj_idset){ .arena = d->work };
    d->all[requirement] = all;
    d->of[requirement] = of;
    d->weigh[requirement] = weigh;
    d->all_count = all;
    d->pairs = all ? 0 : of.count + weigh.count;
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
    d->pairs -= d->of[requirement].count + d->weigh[requirement].count;
}

static void mark_in(yj_dirty *d, yj_idset *sets, int requirement, yj_span subject)
{
    if (d->all[requirement])
        return;
    size_t before = sets[requirement].count;
    if (yj_idset_add(&sets[requirement], subject, NULL, NULL) == YJ_OK)
        d->pairs += sets[requirement].count - before;
    else
        mark_all(d, requirement); /* too many to name: all of them includes them */
}

static void mark(yj_dirty *d, int requirement, yj_span subject)
{
    mark_in(d, d->of, requirement, subject);
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

static bool meets(const uint64_t *a, const uint64_t *b)
{
    for (size_t i = 0; i < YJ_FIELDS_MAX / 64; i++)
        if (a[i] & b[i])
            return true;
    return false;
}

/** Is the record, or was it, one of those that the rule looks at? */
static bool is_looked_at(const yj_feel *f, const yj_touch *t)
{
    if (f->only_field < 0 || !t->choices_known)
        return true;
    for (size_t i = 0; i < t->choice_count; i++)
        for (size_t k = 0; t->choices[i].field == f->only_field && k < f->only_count; k++)
            if (t->choices[i].option == f->only[k])
                return true;
    return false;
}

/** @param ret_strength only in the strength of proofs */
static bool is_felt(const yj_feel *f, const yj_touch *t, bool *ret_strength)
{
    *ret_strength = false;
    if (!is_looked_at(f, t))
        return false;
    bool felt = t->whole || f->version || (f->state && t->state) || meets(f->fields, t->changed);
    *ret_strength = !felt;
    return felt || meets(f->strengths, t->changed);
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

#define STORED_SUBJECTS                                                                                      \
    "SELECT subject FROM verdict WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT("?2")

/** Every subject of the requirement: to be judged, or the proofs of every verdict to be weighed. */
static yj_status mark_everybody(yj_dirty *d, yj_db *db, int64_t inst, int requirement, bool strength,
                                yj_error *err)
{
    if (!strength) {
        mark_all(d, requirement);
        return YJ_OK;
    }
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, STORED_SUBJECTS, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, d->catalog->requirements[requirement].id);
    for (bool row = true; row;) {
        char room[YJ_ID_KEY_MAX];
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row)
            mark_in(d, d->weigh, requirement, yj_col_id_key(st, 0, room));
    }
    return YJ_OK;
}

static yj_status mark_reached(yj_dirty *d, yj_db *db, int64_t inst, const yj_feel *f, const reached *w,
                              bool strength, yj_error *err)
{
    for (size_t i = 0; i < f->node_count; i++)
        if (w->full[f->nodes[i]])
            return mark_everybody(d, db, inst, f->requirement, strength, err);
    for (size_t i = 0; i < f->node_count; i++) {
        const yj_idset *set = &w->sets[f->nodes[i]];
        for (size_t j = 0; j < set->count && !d->all[f->requirement]; j++)
            mark_in(d, strength ? d->weigh : d->of, f->requirement, yj_span_of(set->ids[j]));
    }
    return YJ_OK;
}

/** Mark what is felt by all, and the places whose records must be found. */
static yj_status plan(yj_dirty *d, yj_db *db, int64_t inst, const yj_touch *t, reached *w, bool *ret_any,
                      yj_error *err)
{
    bool strength;
    for (size_t i = 0; i < w->k->feel_count; i++) {
        const yj_feel *f = &w->k->feels[i];
        if (d->all[f->requirement] || !is_felt(f, t, &strength))
            continue;
        if (f->all)
            YJ_TRY(mark_everybody(d, db, inst, f->requirement, strength, err));
        for (size_t j = 0; j < f->node_count; j++)
            for (int n = f->nodes[j]; n >= 0 && !w->needed[n]; n = w->k->nodes[n].parent)
                w->needed[n] = true;
        *ret_any |= f->node_count > 0;
    }
    return YJ_OK;
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
    bool any = false;
    YJ_TRY(plan(d, db, inst, t, &w, &any, err));
    if (!any)
        return YJ_OK;
    YJ_TRY(walk(&w, db, inst, t, err));
    bool strength;
    for (size_t i = 0; i < w.k->feel_count; i++)
        if (!d->all[w.k->feels[i].requirement] && is_felt(&w.k->feels[i], t, &strength))
            YJ_TRY(mark_reached(d, db, inst, &w.k->feels[i], &w, strength, err));
    return YJ_OK;
}

static yj_status mark_rows(yj_dirty *d, yj_stmt *st, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        char room[YJ_ID_KEY_MAX];
        const yj_requirement *r = yj_catalog_requirement(d->catalog, yj_col_text(st, 0));
        if (r)
            mark(d, r->index, yj_col_id_key(st, 1, room));
    }
}

yj_status yj_dirty_due(yj_dirty *d, yj_db *db, int64_t inst, const char *today, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *due = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT n.id, v.subject FROM verdict v JOIN requirement_no n ON n.no = v.requirement "
                      "WHERE v.inst = ?1 AND v.due < ?2",
                      &due, err));
    yj_bind_i64(due, 1, inst);
    yj_bind_i64(due, 2, yj_date_to_days(today));
    YJ_TRY(mark_rows(d, due, err));
    /* what failed is tried again each day: a time limit may have been the machine's fault */
    yj_auto(yj_stmt_donep) yj_stmt *failed = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT n.id, v.subject FROM verdict v JOIN requirement_no n ON n.no = v.requirement "
                      "WHERE v.inst = ?1 AND v.failed = 1",
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

void yj_dirty_harden(yj_dirty *d)
{
    for (size_t i = 0; i < d->catalog->requirement_count; i++) {
        yj_idset weigh = d->weigh[i];
        d->pairs -= d->all[i] ? 0 : weigh.count;
        d->weigh[i] = (yj_idset){ .arena = d->work };
        for (size_t k = 0; k < weigh.count; k++)
            mark(d, (int)i, yj_span_of(weigh.ids[k]));
    }
}

void yj_dirty_add(yj_dirty *d, const yj_dirty *from)
{
    for (size_t i = 0; i < d->catalog->requirement_count; i++) {
        add_requirement(d, from, i);
        for (size_t k = 0; k < from->weigh[i].count; k++)
            mark(d, (int)i, yj_span_of(from->weigh[i].ids[k]));
    }
    d->everything |= from->everything;
}

static void forget_requirement(yj_dirty *d, size_t i)
{
    if (d->all[i])
        d->weigh[i] = (yj_idset){ .arena = d->work }; /* all included them */
    else
        d->pairs -= d->of[i].count;
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

/** Name the subjects of a requirement of which all are dirty: its records, and where it has verdicts. In the
 * order of their ids, so that those who share a run are cut at the same place. */
static yj_status name_all(yj_dirty *d, yj_db *db, int64_t inst, size_t i, yj_error *err)
{
    const yj_requirement *r = &d->catalog->requirements[i];
    yj_idset named = { .arena = d->work };
    char sql[192];
    snprintf(sql, sizeof sql, "SELECT id FROM r_%s WHERE inst = ?1 ORDER BY id",
             d->catalog->kinds[r->subject].name);
    for (int of = 0; of < 2; of++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, of == 0 ? sql : STORED_SUBJECTS, &st, err));
        yj_bind_i64(st, 1, inst);
        if (of == 1)
            yj_bind_cstr(st, 2, r->id);
        for (bool row = true; row;) {
            char room[YJ_ID_KEY_MAX];
            YJ_TRY(yj_stmt_step(st, &row, err));
            if (row && yj_idset_add(&named, of == 0 ? yj_col_text(st, 0) : yj_col_id_key(st, 0, room), NULL,
                                    NULL) != YJ_OK)
                return YJ_OK; /* too many to name: they stay together */
        }
    }
    forget_requirement(d, i);
    d->of[i] = named;
    d->pairs += named.count;
    return YJ_OK;
}

static bool is_dirty(const yj_dirty *d, size_t i)
{
    return d->all[i] || d->of[i].count > 0;
}

/** The most subjects of one of those that share a run with requirement `i`. */
static yj_status most_subjects(const yj_dirty *d, yj_db *db, int64_t inst, size_t i, size_t *ret,
                               yj_error *err)
{
    const yj_catalog *c = d->catalog;
    *ret = 0;
    for (size_t k = 0; k < c->requirement_count; k++) {
        size_t n = d->of[k].count;
        if (!is_dirty(d, k) || !yj_same_run(&c->requirements[i], &c->requirements[k]))
            continue;
        if (d->all[k])
            YJ_TRY(count_kind(db, &c->kinds[c->requirements[k].subject], inst, &n, err));
        *ret = n > *ret ? n : *ret;
    }
    return YJ_OK;
}

/** Up to `max` subjects of one requirement. Those that share a run came by the same touches: the ends of
 * their sets are the same subjects, as a rule. */
static void take_some(yj_dirty *d, yj_dirty *from, size_t i, size_t max)
{
    if (from->all[i] || from->of[i].count <= max) {
        add_requirement(d, from, i);
        forget_requirement(from, i);
        return;
    }
    for (size_t n = 0; n < max; n++) {
        mark(d, (int)i, yj_span_of(yj_idset_pop(&from->of[i])));
        from->pairs--;
    }
}

static yj_status take_run(yj_dirty *d, yj_dirty *from, yj_db *db, int64_t inst, size_t i, size_t most,
                          size_t max, yj_error *err)
{
    const yj_catalog *c = d->catalog;
    for (size_t k = 0; k < c->requirement_count; k++) {
        if (!is_dirty(from, k) || !yj_same_run(&c->requirements[i], &c->requirements[k]))
            continue;
        if (from->all[k] && most > max)
            YJ_TRY(name_all(from, db, inst, k, err));
        take_some(d, from, k, most > max ? max : most);
    }
    return YJ_OK;
}

/** What is only to be weighed is dear to nobody and goes first. @return how long it takes */
static int64_t take_weighing(yj_dirty *d, yj_dirty *from, int64_t ns)
{
    int64_t spent = 0;
    for (size_t i = 0; i < d->catalog->requirement_count; i++)
        while (!from->all[i] && from->weigh[i].count && spent < ns) {
            yj_span id = yj_span_of(yj_idset_pop(&from->weigh[i]));
            from->pairs--;
            if (yj_idset_find(&from->of[i], id) != YJ_IDSET_NONE)
                continue; /* it will be judged */
            mark_in(d, d->weigh, (int)i, id);
            spent += WEIGHING_NS;
        }
    return spent;
}

yj_status yj_dirty_take(yj_dirty *d, yj_dirty *from, yj_db *db, int64_t inst, const yj_pace *pace, int64_t ns,
                        int64_t *ret_ns, yj_error *err)
{
    size_t count = d->catalog->requirement_count, first = from->next;
    int64_t spent = take_weighing(d, from, ns);
    for (size_t n = 0; n < count && spent < ns; n++) {
        size_t i = (first + n) % count, most;
        if (!is_dirty(from, i))
            continue;
        YJ_TRY(most_subjects(from, db, inst, i, &most, err));
        int64_t one = yj_pace_of(pace, (int)i);
        size_t max = (size_t)((ns - spent) / one);
        if (most > max && spent > 0 && max < SUBJECTS_LEAST)
            break; /* what every run costs is better spent on more */
        max = max < SUBJECTS_LEAST ? SUBJECTS_LEAST : max;
        YJ_TRY(take_run(d, from, db, inst, i, most, max, err));
        spent += one * (int64_t)(most < max ? most : max);
        from->next = most > max ? i : (i + 1) % count;
    }
    if (from->pairs + from->all_count == 0 && from->everything) {
        d->everything = true;
        from->everything = false;
    }
    if (ret_ns)
        *ret_ns = spent;
    return YJ_OK;
}
