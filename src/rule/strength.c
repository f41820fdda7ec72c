// SPDX-License-Identifier: Apache-2.0
/* How strong a proof is: by its own kind's strength field; else the strongest evidence it refers to; else 1,
 * a person stated it. What has to be signed weighs what it says only if a key signed it that is believed. */
#include "rule/internal.h"

#include <stdlib.h>

#define STATED 1

yj_status yj_proofs_add(yj_proofs *p, const yj_kind *k, yj_span id, uint32_t *ret, yj_error *err)
{
    char key[192];
    size_t n = strlen(k->name);
    if (n + 1 + id.len >= sizeof key)
        return yj_fail(err, YJ_E_RULE, "a rule names a proof whose id is too long");
    memcpy(key, k->name, n);
    key[n] = '\x01'; /* below every character of a name: keys sort by kind, then by id */
    memcpy(key + n + 1, id.ptr, id.len);
    size_t at, before = p->keys.count;
    YJ_TRY(yj_idset_add(&p->keys, (yj_span){ key, n + 1 + id.len }, &at, err));
    if (at >= p->row_cap) {
        size_t cap = p->row_cap ? 2 * p->row_cap : 16;
        struct yj_proof *rows = yj_arena_array(p->keys.arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(p->keys.arena, err));
        if (at)
            memcpy(rows, p->rows, at * sizeof *rows);
        p->rows = rows;
        p->row_cap = cap;
    }
    if (p->keys.count > before)
        p->rows[at] = (struct yj_proof){ .kind = k->index };
    *ret = (uint32_t)at;
    return YJ_OK;
}

const char *yj_proof_id(const yj_proofs *p, uint32_t proof)
{
    return strchr(p->keys.ids[proof], '\x01') + 1;
}

static const char *field_name(const yj_kind *k, int field)
{
    return k->fields[field].name;
}

/** Is the row `a` of a kind of signed statements signed by a key that is believed? 1 or 0.
 *
 * A day is compared with the one on which the server first saw the statement, never with one that the signer
 * gives: who has a stolen key can write any date. */
static void put_believed(yj_buf *b, const yj_catalog *c, const yj_kind *k, const char *a)
{
    const yj_signed_map *m = k->statement;
    if (!m) {
        yj_buf_str(b, "1");
        return;
    }
    const yj_kind *keys = &c->kinds[k->fields[m->key].ref_kind];
    const yj_key_map *x = keys->keys;
    const char *accepted = field_name(k, m->accepted);
    yj_buf_fmt(
        b,
        "CASE WHEN EXISTS (SELECT 1 FROM r_%s k JOIN l_%s_%s t ON t.inst = k.inst AND t.id = k.id AND "
        "t.batch = k.batch WHERE k.inst = ?1 AND k.id = %s.f_%s AND t.value = %s.f_%s AND " YJ_SQL_SEEN("k"),
        keys->name, keys->name, field_name(keys, x->types), a, field_name(k, m->key), a,
        field_name(k, m->type));
    yj_buf_fmt(b, " AND (k.state = '%s' OR (k.state = '%s' AND %s.f_%s < k.f_%s))",
               keys->states[x->trusted].id, keys->states[x->revoked].id, a, accepted,
               field_name(keys, x->revoked_from));
    yj_buf_fmt(b, " AND %s.f_%s >= coalesce(k.f_%s, '') AND %s.f_%s <= coalesce(k.f_%s, '9999-12-31')", a,
               accepted, field_name(keys, x->from), a, accepted, field_name(keys, x->until));
    yj_buf_str(b, ") THEN 1 ELSE 0 END");
}

/** SELECT id, kind of the evidence, option, believed. NULL in *ret if nothing of this kind can be stronger
 * than stated.
 */
static yj_status strength_sql(const yj_catalog *c, const yj_kind *k, yj_arena *arena, const char **ret,
                              yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, 1 << 20);
    yj_auto(yj_buf_done) yj_buf places;
    yj_buf_init(&places, 1024);
    yj_sql_places(&places, 2, YJ_IN_CHUNK);
    YJ_TRY(yj_buf_status(&places, err));
    const char *ids = places.ptr;
    bool any = false;
    if (k->strength_field >= 0) {
        any = true;
        yj_buf_fmt(&b, "SELECT a.id, %d, a.f_%s, ", k->index, k->fields[k->strength_field].name);
        put_believed(&b, c, k, "a");
        yj_buf_fmt(&b, " FROM r_%s a WHERE a.inst = ?1 AND a.id IN %s AND " YJ_SQL_SEEN("a"), k->name, ids);
    }
    for (size_t i = 0; k->strength_field < 0 && i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        const yj_kind *e = f->ref_kind >= 0 ? &c->kinds[f->ref_kind] : NULL;
        if (!e || e->strength_field < 0)
            continue;
        yj_buf_fmt(&b, "%sSELECT a.id, %d, e.f_%s, ", any ? " UNION ALL " : "", e->index,
                   e->fields[e->strength_field].name);
        put_believed(&b, c, e, "e");
        yj_buf_fmt(&b, " FROM r_%s a ", k->name);
        if (f->list)
            yj_buf_fmt(&b,
                       "JOIN l_%s_%s l ON l.inst = a.inst AND l.id = a.id AND l.batch = a.batch "
                       "JOIN r_%s e ON e.inst = l.inst AND e.id = l.value",
                       k->name, f->name, e->name);
        else
            yj_buf_fmt(&b, "JOIN r_%s e ON e.inst = a.inst AND e.id = a.f_%s", e->name, f->name);
        yj_buf_fmt(&b, " WHERE a.inst = ?1 AND a.id IN %s AND " YJ_SQL_SEEN("a") " AND " YJ_SQL_SEEN("e"),
                   ids);
        any = true;
    }
    if (any)
        return yj_sql_finish(&b, arena, ret, err);
    yj_buf_done(&b);
    *ret = NULL;
    return YJ_OK;
}

static int strength_of(const yj_kind *k, yj_span option, bool believed)
{
    const yj_field *f = &k->fields[k->strength_field];
    const yj_option *o = yj_field_option(f, option);
    if (!o)
        return STATED;
    size_t at = (size_t)(o - f->options);
    return !believed && k->statement && at < 64 && k->statement->options >> at & 1
               ? k->statement->otherwise
               : k->strength_of_option[at];
}

static yj_status weigh_chunk(yj_proofs *p, yj_db *db, const yj_catalog *c, int64_t inst, int kind,
                             const uint32_t *proofs, size_t count, yj_error *err)
{
    const char *ids[YJ_IN_CHUNK];
    for (size_t i = 0; i < count; i++)
        ids[i] = yj_proof_id(p, proofs[i]);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, p->sql[kind], &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_ids(st, 2, ids, count);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span id = yj_col_text(st, 0);
        int strength = strength_of(&c->kinds[yj_col_i64(st, 1)], yj_col_text(st, 2), yj_col_i64(st, 3) != 0);
        for (size_t i = 0; i < count; i++) {
            struct yj_proof *proof = &p->rows[proofs[i]];
            if (yj_span_is(id, ids[i]) && strength > proof->strength)
                proof->strength = strength;
        }
    }
}

static int by_kind(const void *a, const void *b, void *ctx)
{
    const struct yj_proof *rows = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (rows[x].kind != rows[y].kind)
        return rows[x].kind < rows[y].kind ? -1 : 1;
    return (x > y) - (x < y);
}

static yj_status weigh_kind(yj_proofs *p, yj_db *db, const yj_catalog *c, int64_t inst, int kind,
                            const uint32_t *proofs, size_t count, yj_error *err)
{
    if (!p->sql[kind])
        YJ_TRY(strength_sql(c, &c->kinds[kind], p->keys.arena, &p->sql[kind], err));
    for (size_t at = 0; p->sql[kind] && at < count; at += YJ_IN_CHUNK) {
        size_t n = count - at < YJ_IN_CHUNK ? count - at : YJ_IN_CHUNK;
        YJ_TRY(weigh_chunk(p, db, c, inst, kind, proofs + at, n, err));
    }
    for (size_t i = 0; i < count; i++)
        if (p->rows[proofs[i]].strength < STATED)
            p->rows[proofs[i]].strength = STATED;
    return YJ_OK;
}

yj_status yj_proofs_weigh(yj_proofs *p, yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *scratch,
                          yj_error *err)
{
    size_t count = p->keys.count - p->known;
    if (count == 0)
        return YJ_OK;
    uint32_t *fresh = yj_arena_array(scratch, count, sizeof *fresh);
    YJ_TRY(yj_arena_status(scratch, err));
    for (size_t i = 0; i < count; i++)
        fresh[i] = (uint32_t)(p->known + i);
    qsort_r(fresh, count, sizeof *fresh, by_kind, p->rows);
    for (size_t at = 0, n; at < count; at += n) {
        int kind = p->rows[fresh[at]].kind;
        for (n = 1; at + n < count && p->rows[fresh[at + n]].kind == kind;)
            n++;
        YJ_TRY(weigh_kind(p, db, c, inst, kind, fresh + at, n, err));
    }
    p->known = p->keys.count;
    return YJ_OK;
}
