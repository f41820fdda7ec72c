// SPDX-License-Identifier: Apache-2.0
/*
 * Verdicts of which nothing but the strength can have changed: a document turned out to come from a third
 * party, and it stands behind thousands of proofs. What the rule said stands in the verdict; its proofs are
 * weighed again.
 */
#include "rule/internal.h"

#include <stdlib.h>

typedef struct weighed {
    yj_verdict v;
    uint32_t *proofs;
    size_t count;
} weighed;

typedef struct weighing {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    const yj_requirement *r;
    yj_arena *arena;
    yj_proofs *proofs;
    yj_sayings *sayings;
    yj_idset *unsure;
    weighed *rows;
    size_t count;
} weighing;

/* The next text of [["kind","id"],...]. False at the end, and if it holds a character written in another way.
 */
static bool next_text(const char **at, yj_span *ret)
{
    const char *from = strchr(*at, '"');
    const char *to = from ? strchr(from + 1, '"') : NULL;
    if (!to || memchr(from, '\\', (size_t)(to - from)))
        return false;
    *ret = (yj_span){ from + 1, (size_t)(to - from - 1) };
    *at = to + 1;
    return true;
}

/* @param ret_sure false: it may have had more proofs than it names, or names one that cannot be read */
static yj_status read_proofs(weighing *w, weighed *row, const char *json, bool *ret_sure, yj_error *err)
{
    row->proofs = yj_arena_array(w->arena, YJ_PROOFS_MAX, sizeof *row->proofs);
    YJ_TRY(yj_arena_status(w->arena, err));
    const char *at = json;
    yj_span kind, id;
    while (row->count < YJ_PROOFS_MAX && next_text(&at, &kind)) {
        const yj_kind *k = yj_catalog_kind(w->c, kind);
        if (!k || !next_text(&at, &id))
            break;
        YJ_TRY(yj_proofs_add(w->proofs, k, id, &row->proofs[row->count++], err));
    }
    *ret_sure = row->count < YJ_PROOFS_MAX && !strchr(at, '"');
    return YJ_OK;
}

static const char *copy(weighing *w, yj_span s)
{
    return yj_arena_strndup(w->arena, s.ptr, s.len);
}

static yj_status read_row(weighing *w, yj_stmt *st, yj_error *err)
{
    weighed *row = &w->rows[w->count];
    yj_said said;
    YJ_TRY(yj_sayings_at(w->sayings, (uint64_t)yj_col_i64(st, 1), yj_col_i64(st, 2), &said, err));
    *row = (weighed){ .v = { .requirement = w->r->index,
                             .requirement_id = w->r->id,
                             .kind = w->r->subject,
                             .kind_name = w->c->kinds[w->r->subject].name,
                             .status = said.status,
                             .strength = said.strength } };
    yj_verdict *v = &row->v;
    v->subject = yj_col_id_key_copy(w->arena, st, 0);
    v->proofs = copy(w, said.proofs);
    YJ_TRY(yj_arena_status(w->arena, err));
    bool sure = false;
    YJ_TRY(read_proofs(w, row, v->proofs, &sure, err));
    if (!sure)
        return yj_idset_add(w->unsure, yj_span_of(v->subject), NULL, err);
    v->code = copy(w, said.code);
    v->values = copy(w, said.values);
    v->since = yj_arena_strdup(w->arena, said.since.s);
    v->due = said.due.s[0] ? yj_arena_strdup(w->arena, said.due.s) : NULL;
    w->count++;
    return yj_arena_status(w->arena, err);
}

static yj_status read_rows(weighing *w, const char *const *ids, size_t count, yj_error *err)
{
    yj_id_key keys[YJ_IN_CHUNK];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        w->db,
        "SELECT subject, seq, place FROM verdict WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(
            "?2") " AND subject IN "
                  "(?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        &st, err));
    yj_bind_i64(st, 1, w->inst);
    yj_bind_cstr(st, 2, w->r->id);
    yj_bind_id_keys(st, 3, keys, ids, count);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(read_row(w, st, err));
    }
}

static int weakest(const weighing *w, const weighed *row)
{
    int least = 0;
    for (size_t i = 0; i < row->count; i++) {
        int strength = w->proofs->rows[row->proofs[i]].strength;
        if (least == 0 || strength < least)
            least = strength;
    }
    return least;
}

yj_status yj_weigh_again(yj_db *db, const yj_catalog *c, int64_t inst, const yj_requirement *r,
                         const yj_idset *subjects, yj_proofs *proofs, yj_sayings *sayings, yj_arena *arena,
                         yj_idset *ret_unsure, yj_ask_fn fn, void *ctx, yj_error *err)
{
    weighing w = { .db = db, .c = c, .inst = inst, .r = r, .arena = arena, .sayings = sayings };
    w.proofs = proofs;
    w.unsure = ret_unsure;
    w.rows = yj_arena_array(arena, subjects->count, sizeof *w.rows);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t at = 0, n; at < subjects->count; at += n) {
        n = subjects->count - at < YJ_IN_CHUNK ? subjects->count - at : YJ_IN_CHUNK;
        YJ_TRY(read_rows(&w, subjects->ids + at, n, err));
    }
    YJ_TRY(yj_proofs_weigh(proofs, db, c, inst, arena, err));
    for (size_t i = 0; i < w.count; i++) {
        int before = w.rows[i].v.strength;
        w.rows[i].v.strength = weakest(&w, &w.rows[i]);
        YJ_TRY(fn(ctx, &w.rows[i].v, w.rows[i].v.strength != before, err));
    }
    return YJ_OK;
}
