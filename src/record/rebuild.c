// SPDX-License-Identifier: Apache-2.0
/*
 * Rebuild: the derived tables from the entries. Of each record only the newest version is written, since only
 * it stands in its kind's table; judgement entries are applied one after another, since what each replaced
 * stands in the log. What is left out: entries of batches that were undone or never closed.
 */
#include "record/rebuild.h"

#include "record/ahead.h"
#include "record/exchange_internal.h"
#include "store/bulk.h"
#include <stdlib.h>

typedef struct work {
    yj_writer *w;
    const yj_rebuild_options *o;
    yj_rebuild_report *r;
    yj_arena *a;
} work;

/* @param inst -1: everything, which both engines do at a stroke */
static yj_status empty(yj_db *db, const char *table, int64_t inst, yj_error *err)
{
    char sql[256];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(sql, sizeof sql, "DELETE FROM %s%s", table, inst < 0 ? "" : " WHERE inst = ?1");
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    if (inst >= 0)
        yj_bind_i64(st, 1, inst);
    return yj_stmt_run(st, NULL, err);
}

static yj_status clear(work *x, int64_t inst, yj_error *err)
{
    yj_db *db = x->w->db;
    const yj_catalog *c = x->w->e->catalog;
    YJ_TRY(empty(db, "verdict", inst, err));
    YJ_TRY(empty(db, "verdict_log", inst, err));
    YJ_TRY(empty(db, "judged", inst, err));
    for (size_t i = 0; i < c->kind_count; i++) {
        char table[160];
        snprintf(table, sizeof table, "r_%s", c->kinds[i].name);
        YJ_TRY(empty(db, table, inst, err));
        for (size_t j = 0; j < c->kinds[i].field_count; j++) {
            if (!c->kinds[i].fields[j].list)
                continue;
            snprintf(table, sizeof table, "l_%s_%s", c->kinds[i].name, c->kinds[i].fields[j].name);
            YJ_TRY(empty(db, table, inst, err));
        }
    }
    return YJ_OK;
}

static yj_status write_record(work *x, int64_t inst, const yj_ahead_item *i, yj_error *err)
{
    json_t *fields = json_object_get(i->body, "fields");
    const char *state = json_string_value(json_object_get(i->body, "state"));
    yj_auto(yj_json_freep) json_t *empty = json_object();
    yj_row_head none = { 0 };
    yj_row row = { .inst = inst,
                   .id = i->id,
                   .version = i->version,
                   .seq = i->seq,
                   .state = state ? state : "",
                   .erased = !fields || json_is_true(json_object_get(i->body, "whole")),
                   .fields = fields ? fields : empty };
    x->r->records++;
    return yj_row_write(x->w->db, i->kind, &x->w->e->sql[i->kind->index], &row, &none, err);
}

static yj_status write_all(work *x, int64_t inst, yj_ahead *ahead, yj_error *err)
{
    for (;;) {
        const yj_ahead_item *i = NULL;
        YJ_TRY(yj_ahead_next(ahead, &i, err));
        if (!i)
            return YJ_OK;
        if (i->kind) {
            YJ_TRY(write_record(x, inst, i, err));
            continue;
        }
        YJ_TRY(yj_judgement_apply(x->w->db, inst, (uint64_t)i->seq, i->text, err));
        x->r->judgements++;
    }
}

/* Nothing is derived from entries that are not those that were signed: if they are not, the transaction that
 * has been filled meanwhile is undone, and the verification's reason is the one to tell. */
static yj_status rebuild_one(work *x, int64_t inst, yj_error *err)
{
    yj_slot *slot = NULL;
    yj_ahead *ahead = NULL;
    yj_error why = { 0 };
    YJ_TRY(yj_writer_slot(x->w, inst, &slot, err)); /* its lock: nobody appends meanwhile */
    x->r->entries += slot->ledger.frontier.size;
    YJ_TRY(yj_ahead_start(x->w->e, inst, &ahead, err));
    yj_status s = x->o->inst < 0 ? YJ_OK : clear(x, inst, err);
    if (s == YJ_OK)
        s = write_all(x, inst, ahead, err);
    yj_status verified = yj_ahead_end(ahead, &why);
    if (verified != YJ_OK && err)
        *err = why;
    return verified == YJ_OK ? s : verified;
}

static yj_status rebuild_single(work *x, int64_t inst, yj_error *err)
{
    YJ_TRY(yj_exchange_lock_all(x->w, x->w->e->catalog, inst, err));
    YJ_TRY(rebuild_one(x, inst, err));
    YJ_TRY(yj_receipts_check(x->w->db, x->w->e->catalog, inst, err));
    return yj_exchange_derive(x->w, x->w->e->catalog, inst, err);
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
#define INDEXES_BYTES_MAX ((size_t)4 << 20)
#define LARGE_TABLE 5000 /* rows: from here on making an index at the end is cheaper than growing it */

#define CACHE_BYTES ((size_t)128 << 20) /* of a transaction that writes every table anew */

static yj_status rebuild_all(work *x, yj_error *err)
{
    int64_t *insts = yj_arena_array(x->a, LEDGERS_MAX, sizeof *insts);
    size_t n = 0;
    YJ_TRY(each_ledger(x->w->db, x->o->inst, insts, LEDGERS_MAX, &n, err));
    if (x->o->inst >= 0)
        return n ? rebuild_single(x, insts[0], err) : YJ_OK;
    const yj_catalog *c = x->w->e->catalog;
    yj_auto(yj_buf_done) yj_buf indexes;
    yj_buf_init(&indexes, INDEXES_BYTES_MAX);
    YJ_TRY(yj_indexes_drop(x->w->db, LARGE_TABLE, &indexes, err));
    YJ_TRY(clear(x, -1, err));
    for (size_t i = 0; i < n; i++)
        YJ_TRY(rebuild_one(x, insts[i], err));
    YJ_TRY(yj_indexes_make(x->w->db, &indexes, c->tables, c->kind_count, err));
    YJ_TRY(yj_receipts_check(x->w->db, c, -1, err));
    return yj_exchange_derive_all(x->w, c, err);
}

static yj_status run_rebuild(yj_writer *w, void *ctx, yj_error *err)
{
    work *x = ctx;
    x->w = w;
    YJ_TRY(yj_db_set_cache(w->db, CACHE_BYTES, err));
    YJ_TRY(rebuild_all(x, err)); /* after a failure it keeps the room: nothing worse */
    return yj_db_set_cache(w->db, 0, err);
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
