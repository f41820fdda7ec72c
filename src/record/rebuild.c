// SPDX-License-Identifier: Apache-2.0
/*
 * Rebuild: the derived tables from the entries. Of each record only the newest version is written, since only
 * it stands in its kind's table; judgement entries are applied one after another, since every one stands in
 * the log. What is left out: entries of batches that were undone or never closed.
 */
#include "record/rebuild.h"

#include "record/internal.h"
#include <stdlib.h>

typedef struct work {
    yj_writer *w;
    const yj_rebuild_options *o;
    yj_rebuild_report *r;
    yj_arena *a;
} work;

static yj_status run_for_inst(yj_db *db, const char *sql, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    return yj_stmt_run(st, NULL, err);
}

static yj_status clear(work *x, int64_t inst, yj_error *err)
{
    yj_db *db = x->w->db;
    const yj_catalog *c = x->w->e->catalog;
    YJ_TRY(run_for_inst(db, "DELETE FROM verdict WHERE inst = ?1", inst, err));
    YJ_TRY(run_for_inst(db, "DELETE FROM verdict_log WHERE inst = ?1", inst, err));
    YJ_TRY(run_for_inst(db, "DELETE FROM judged WHERE inst = ?1", inst, err));
    for (size_t i = 0; i < c->kind_count; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "DELETE FROM r_%s WHERE inst = ?1", c->kinds[i].name);
        YJ_TRY(run_for_inst(db, sql, inst, err));
        for (size_t j = 0; j < c->kinds[i].field_count; j++) {
            if (!c->kinds[i].fields[j].list)
                continue;
            snprintf(sql, sizeof sql, "DELETE FROM l_%s_%s WHERE inst = ?1", c->kinds[i].name,
                     c->kinds[i].fields[j].name);
            YJ_TRY(run_for_inst(db, sql, inst, err));
        }
    }
    return YJ_OK;
}

static yj_status count_entries(work *x, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(x->w->db, "SELECT count(*) FROM entry WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    x->r->entries += (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

/* Fields of a stored version, reduced to what today's kind knows. */
static void drop_unknown(const yj_kind *k, json_t *fields)
{
    const char *name = NULL;
    json_t *v = NULL;
    void *tmp = NULL;
    json_object_foreach_safe(fields, tmp, name, v)
    {
        if (!yj_kind_field(k, yj_span_of(name)))
            json_object_del(fields, name);
    }
}

static yj_status fill_record(work *x, int64_t inst, yj_stmt *st, yj_error *err)
{
    yj_engine *e = x->w->e;
    const yj_kind *k = yj_catalog_kind(e->catalog, yj_col_text(st, 2));
    if (!k)
        return YJ_OK; /* a kind of a pack no longer in force */
    char id[YJ_UUID_LEN + 1];
    yj_span at = yj_col_text(st, 1);
    snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
    yj_auto(yj_json_freep) json_t *body = NULL;
    if (!yj_col_null(st, 5))
        YJ_TRY(yj_json_parse(yj_col_text(st, 5), YJ_BODY_BYTES_MAX, &body, err));
    json_t *fields = json_object_get(body, "fields");
    const char *state = json_string_value(json_object_get(body, "state"));
    bool erased = !fields || json_is_true(json_object_get(body, "whole"));
    if (fields)
        drop_unknown(k, fields);
    yj_auto(yj_json_freep) json_t *empty = json_object();
    yj_row_head none = { 0 };
    yj_row row = { .inst = inst,
                   .id = id,
                   .version = yj_col_i64(st, 3),
                   .seq = yj_col_i64(st, 0),
                   .state = state ? state : "",
                   .erased = erased,
                   .fields = fields ? fields : empty };
    x->r->records++;
    return yj_row_write(x->w->db, k, &e->sql[k->index], &row, &none, err);
}

static yj_status fill_records(work *x, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->w->db,
        "SELECT e.seq, e.record, e.kind, e.version, e.op, b.body FROM (SELECT max(n.seq) AS seq FROM entry n "
        "LEFT JOIN batch t ON t.id = n.batch WHERE n.inst = ?1 AND n.version > 0 AND (n.batch = 0 OR t.state "
        "= 'closed') GROUP BY n.record) m JOIN entry e ON e.inst = ?1 AND e.seq = m.seq LEFT JOIN body b ON "
        "b.inst = e.inst AND b.seq = e.seq ORDER BY e.seq",
        &st, err));
    yj_bind_i64(st, 1, inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(fill_record(x, inst, st, err));
    }
}

static yj_status apply_judgements(work *x, int64_t inst, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        x->w->db,
        "SELECT e.seq, b.body FROM entry e JOIN body b ON b.inst = e.inst AND b.seq = e.seq WHERE e.inst = "
        "?1 AND e.op = 'judge' ORDER BY e.seq",
        &st, err));
    yj_bind_i64(st, 1, inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(yj_json_parse(yj_col_text(st, 1), YJ_BODY_BYTES_MAX, &body, err));
        YJ_TRY(yj_judgement_apply(x->w->db, inst, (uint64_t)yj_col_i64(st, 0), body, err));
        x->r->judgements++;
    }
}

/* Nothing is derived from entries that are not those that were signed. */
static yj_status rebuild_one(work *x, int64_t inst, yj_error *err)
{
    yj_verify_report verified;
    YJ_TRY(yj_ledger_verify_store(x->w->db, x->w->e->keys, inst, &verified, err));
    YJ_TRY(clear(x, inst, err));
    YJ_TRY(count_entries(x, inst, err));
    YJ_TRY(fill_records(x, inst, err));
    return apply_judgements(x, inst, err);
}

static yj_status each_ledger(yj_db *db, int64_t only, int64_t *insts, size_t max, size_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT inst FROM ledger WHERE ?1 < 0 OR inst = ?1 ORDER BY inst", &st, err));
    yj_bind_i64(st, 1, only);
    *ret = 0;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        if (*ret == max)
            return yj_fail(err, YJ_E_LIMIT, "more than %zu ledgers", max);
        insts[(*ret)++] = yj_col_i64(st, 0);
    }
}

#define LEDGERS_MAX 100000

static yj_status run_rebuild(yj_writer *w, void *ctx, yj_error *err)
{
    work *x = ctx;
    x->w = w;
    int64_t *insts = yj_arena_array(x->a, LEDGERS_MAX, sizeof *insts);
    size_t n = 0;
    YJ_TRY(each_ledger(w->db, x->o->inst, insts, LEDGERS_MAX, &n, err));
    for (size_t i = 0; i < n; i++)
        YJ_TRY(rebuild_one(x, insts[i], err));
    return YJ_OK;
}

yj_status yj_rebuild(yj_engine *e, const yj_rebuild_options *o, yj_rebuild_report *ret, yj_error *err)
{
    *ret = (yj_rebuild_report){ 0 };
    int64_t began = yj_monotonic_ns();
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = YJ_OK;
    if (o->judge) {
        s = yj_rejudge_all(e, o->inst, ret, err);
    } else {
        work x = { .o = o, .r = ret, .a = a };
        s = yj_writer_run(e, run_rebuild, &x, true, err);
    }
    ret->ns = yj_monotonic_ns() - began;
    return s;
}
