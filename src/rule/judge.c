// SPDX-License-Identifier: Apache-2.0
#include "rule/internal.h"

#include <stdlib.h>

#define CHANGES_BYTES_MAX ((size_t)1 << 30)

typedef struct changes {
    bool whole; /* also what stands as it was */
    yj_arena *arena;
    yj_verdict *rows;
    size_t count, cap;
} changes;

static yj_status add(changes *ch, const yj_verdict *v, yj_error *err)
{
    if (ch->count == ch->cap) {
        size_t cap = ch->cap ? 2 * ch->cap : 16;
        yj_verdict *rows = yj_arena_array(ch->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(ch->arena, err));
        if (ch->count)
            memcpy(rows, ch->rows, ch->count * sizeof *rows);
        ch->rows = rows;
        ch->cap = cap;
    }
    yj_verdict *to = &ch->rows[ch->count++];
    *to = *v;
    to->requirement_id = yj_arena_strdup(ch->arena, v->requirement_id);
    to->kind_name = yj_arena_strdup(ch->arena, v->kind_name);
    to->subject = yj_arena_strdup(ch->arena, v->subject);
    to->code = yj_arena_strdup(ch->arena, v->code);
    to->values = yj_arena_strdup(ch->arena, v->values);
    to->proofs = yj_arena_strdup(ch->arena, v->proofs);
    to->due = yj_arena_strdup(ch->arena, v->due);
    to->since = yj_arena_strdup(ch->arena, v->since);
    return yj_arena_status(ch->arena, err);
}

static yj_status on_verdict(void *ctx, const yj_verdict *v, bool changed, yj_error *err)
{
    changes *ch = ctx;
    return changed || ch->whole ? add(ch, v, err) : YJ_OK;
}

/** One verdict on a requirement that no pack in force holds any more. */
static yj_status end_verdict(const yj_catalog *c, const yj_scope *scope, const yj_said *said,
                             const char *subject, changes *ch, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c, said->kind);
    yj_verdict v = { .requirement = -1,
                     .requirement_id =
                         yj_arena_strndup(ch->arena, said->requirement.ptr, said->requirement.len),
                     .subject = subject,
                     .kind = k ? k->index : -1,
                     .kind_name = yj_arena_strndup(ch->arena, said->kind.ptr, said->kind.len),
                     .status = YJ_V_GONE,
                     .code = ".gone",
                     .values = "{}",
                     .proofs = "[]",
                     .since = scope->today.s };
    YJ_TRY(yj_arena_status(ch->arena, err));
    return add(ch, &v, err);
}

static yj_status end_verdicts(yj_db *db, const yj_catalog *c, const yj_scope *scope, const char *requirement,
                              changes *ch, size_t *judged, yj_error *err)
{
    yj_auto(yj_sayings_freep) yj_sayings *sayings = yj_sayings_new(db, scope->inst);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (!sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT subject, seq, place FROM verdict WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT("?2"),
        &st, err));
    yj_bind_i64(st, 1, scope->inst);
    yj_bind_cstr(st, 2, requirement);
    for (;;) {
        bool row = false;
        yj_said said;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_sayings_at(sayings, (uint64_t)yj_col_i64(st, 1), yj_col_i64(st, 2), &said, err));
        YJ_TRY(end_verdict(c, scope, &said, yj_col_id_key_copy(ch->arena, st, 0), ch, err));
        (*judged)++;
    }
}

/** Verdicts on requirements that no pack in force holds any more come to their end. */
static yj_status end_unknown(yj_db *db, const yj_catalog *c, const yj_scope *scope, changes *ch,
                             size_t *judged, yj_error *err)
{
    yj_idset unknown = { .arena = ch->arena };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT id FROM requirement_no n WHERE EXISTS (SELECT 1 FROM verdict v WHERE v.inst = "
                      "?1 AND v.requirement = n.no)",
                      &st, err));
    yj_bind_i64(st, 1, scope->inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (!yj_catalog_requirement(c, yj_col_text(st, 0)))
            YJ_TRY(yj_idset_add(&unknown, yj_col_text(st, 0), NULL, err));
    }
    for (size_t i = 0; i < unknown.count; i++)
        YJ_TRY(end_verdicts(db, c, scope, unknown.ids[i], ch, judged, err));
    return YJ_OK;
}

/** Those of which only proofs are to be weighed, and nothing else is dirty. */
static yj_status weigh_again(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope,
                             changes *ch, size_t *ret_weighed, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(YJ_RUN_BYTES_MAX);
    yj_auto(yj_sayings_freep) yj_sayings *sayings = yj_sayings_new(db, scope->inst);
    if (!arena || !sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_ask *asks = yj_arena_array(arena, c->requirement_count, sizeof *asks);
    yj_idset *unsure = yj_arena_array(arena, c->requirement_count, sizeof *unsure);
    yj_proofs proofs = { .keys = { .arena = arena } };
    proofs.sql = yj_arena_array(arena, c->kind_count, sizeof(char *));
    YJ_TRY(yj_arena_status(arena, err));
    size_t count = 0, judged = 0;
    for (size_t i = 0; i < c->requirement_count; i++) {
        yj_idset only = { .arena = arena };
        for (size_t k = 0; k < d->weigh[i].count && !d->all[i]; k++)
            if (yj_idset_find(&d->of[i], yj_span_of(d->weigh[i].ids[k])) == YJ_IDSET_NONE)
                YJ_TRY(yj_idset_add(&only, yj_span_of(d->weigh[i].ids[k]), NULL, err));
        unsure[i] = (yj_idset){ .arena = arena };
        if (only.count)
            YJ_TRY(yj_weigh_again(db, c, scope->inst, &c->requirements[i], &only, &proofs, sayings, arena,
                                  &unsure[i], on_verdict, ch, err));
        *ret_weighed += only.count - unsure[i].count;
        if (unsure[i].count)
            asks[count++] = (yj_ask){ .requirement = (int)i, .subjects = &unsure[i] };
    }
    YJ_TRY(yj_asks_judge(db, c, scope, asks, count, NULL, on_verdict, ch, &judged, err));
    *ret_weighed += judged;
    return YJ_OK;
}

/** By requirement, those that are no more last; then by subject. */
static int compare_changes(const void *a, const void *b)
{
    const yj_verdict *x = a, *y = b;
    if (x->requirement != y->requirement)
        return (unsigned)x->requirement < (unsigned)y->requirement ? -1 : 1;
    int by_id = x->requirement < 0 ? strcmp(x->requirement_id, y->requirement_id) : 0;
    return by_id ? by_id : strcmp(x->subject, y->subject);
}

static yj_status judge(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope,
                       yj_pace *pace, bool whole, yj_judgement *ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(CHANGES_BYTES_MAX);
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_ask *asks = yj_arena_array(arena, c->requirement_count, sizeof *asks);
    YJ_TRY(yj_arena_status(arena, err));
    size_t count = 0, judged = 0, weighed = 0;
    for (size_t i = 0; i < c->requirement_count; i++)
        if (d->all[i] || d->of[i].count)
            asks[count++] = (yj_ask){ .requirement = (int)i, .all = d->all[i], .subjects = &d->of[i] };
    changes ch = { .whole = whole, .arena = arena };
    YJ_TRY(yj_asks_judge(db, c, scope, asks, count, pace, on_verdict, &ch, &judged, err));
    YJ_TRY(weigh_again(db, c, d, scope, &ch, &weighed, err));
    judged += weighed;
    if (d->everything)
        YJ_TRY(end_unknown(db, c, scope, &ch, &judged, err));
    if (ch.count > 1)
        qsort(ch.rows, ch.count, sizeof *ch.rows, compare_changes);
    *ret = (yj_judgement){ .arena = yj_take(arena), .changes = ch.rows, .count = ch.count, .judged = judged };
    return YJ_OK;
}

yj_status yj_judge(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope, yj_pace *pace,
                   yj_judgement *ret, yj_error *err)
{
    return judge(db, c, d, scope, pace, false, ret, err);
}

yj_status yj_judge_whole(yj_db *db, const yj_catalog *c, const yj_dirty *d, const yj_scope *scope,
                         yj_judgement *ret, yj_error *err)
{
    return judge(db, c, d, scope, NULL, true, ret, err);
}

void yj_judgement_done(yj_judgement *j)
{
    yj_arena_free(j->arena);
    *j = (yj_judgement){ 0 };
}
