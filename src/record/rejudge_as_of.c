// SPDX-License-Identifier: Apache-2.0
/*
 * An institution as of an entry, judged by the packs of today: its records are replayed into a scratch store
 * with the entries that made them, so that everything that reads records and verdicts reads that store
 * instead.
 */
#include "record/read.h"
#include "record/rebuild.h"
#include "record/replay.h"

#include <stdlib.h>

struct yj_rejudged {
    yj_replay x;
    yj_catalog *then; /* the packs of then, if others than today's */
    yj_upgrade *convert;
};

static void bind_blob(yj_stmt *st, int n, yj_span s)
{
    yj_bind_blob(st, n, s.ptr, s.len);
}

/* The entries and bodies of records, for whoever reads them: their versions, times and persons. */
static yj_status copy_entries(yj_replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *from = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *entry = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *body = NULL;
    YJ_TRY(yj_db_prepare(x->live,
                         "SELECT e.seq, e.time, e.op, e.kind, e.record, e.version, e.by, e.digest, e.hash, "
                         "b.salt, b.body, b.packed FROM entry e "
                         "LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq WHERE e.inst = ?1 AND "
                         "e.version > 0 AND e.seq < ?2",
                         &from, err));
    YJ_TRY(yj_db_prepare(x->db,
                         "INSERT INTO entry(inst, seq, time, op, kind, record, version, batch, by, digest, "
                         "hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10)",
                         &entry, err));
    YJ_TRY(yj_db_prepare(x->db, "INSERT INTO body(inst, seq, salt, body, packed) VALUES(?1, ?2, ?3, ?4, ?5)",
                         &body, err));
    yj_bind_i64(from, 1, x->inst);
    yj_bind_i64(from, 2, until);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(from, &row, err));
        if (!row)
            return YJ_OK;
        yj_bind_i64(entry, 1, x->inst);
        yj_bind_i64(entry, 2, yj_col_i64(from, 0));
        yj_bind_i64(entry, 3, yj_col_i64(from, 1));
        for (int i = 2; i < 5; i++)
            yj_bind_text(entry, i + 2, yj_col_text(from, i));
        yj_bind_i64(entry, 7, yj_col_i64(from, 5));
        for (int i = 6; i < 9; i++)
            bind_blob(entry, i + 2, yj_col_blob(from, i));
        YJ_TRY(yj_stmt_run(entry, NULL, err));
        if (yj_col_null(from, 10) && yj_col_null(from, 11))
            continue;
        yj_bind_i64(body, 1, x->inst);
        yj_bind_i64(body, 2, yj_col_i64(from, 0));
        bind_blob(body, 3, yj_col_blob(from, 9));
        if (yj_col_null(from, 10))
            yj_bind_null(body, 4);
        else
            yj_bind_text(body, 4, yj_col_text(from, 10));
        if (yj_col_null(from, 11))
            yj_bind_null(body, 5);
        else
            bind_blob(body, 5, yj_col_blob(from, 11));
        YJ_TRY(yj_stmt_run(body, NULL, err));
    }
}

static yj_status copy_ledger(yj_replay *x, int64_t until, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *from = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *to = NULL;
    YJ_TRY(yj_db_prepare(
        x->live, "SELECT institution, origin, crypto, frontier, last_time FROM ledger WHERE inst = ?1", &from,
        err));
    yj_bind_i64(from, 1, x->inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(from, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    YJ_TRY(yj_db_prepare(x->db,
                         "INSERT INTO ledger(inst, institution, origin, crypto, size, frontier, last_time) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                         &to, err));
    yj_bind_i64(to, 1, x->inst);
    for (int i = 0; i < 3; i++)
        yj_bind_text(to, i + 2, yj_col_text(from, i));
    yj_bind_i64(to, 5, until);
    bind_blob(to, 6, yj_col_blob(from, 3));
    yj_bind_i64(to, 7, yj_col_i64(from, 4));
    return yj_stmt_run(to, NULL, err);
}

static yj_status apply_body(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    yj_replay *x = ctx;
    uint64_t seq = (uint64_t)x->done++; /* behind the entries that were copied */
    YJ_TRY(yj_judgement_keep(x->db, x->inst, seq, body, err));
    return yj_judgement_put(x->db, x->inst, seq, part, err);
}

static yj_status judge_as_of(yj_replay *x, int64_t until, const char *day, yj_error *err)
{
    YJ_TRY(yj_replay_use_catalog(x, yj_engine_catalog(x->e), err));
    YJ_TRY(copy_ledger(x, until, err));
    YJ_TRY(copy_entries(x, until, err));
    YJ_TRY(yj_replay_newest(x, until, err));
    yj_scope scope;
    yj_judgement j = { 0 };
    yj_dirty_all(x->dirty);
    YJ_TRY(yj_scope_load(x->db, x->c, x->inst, day, x->a, &scope, err));
    YJ_TRY(yj_judge(x->db, x->c, x->dirty, &scope, NULL, &j, err));
    yj_status s = yj_judgement_bodies(x->c, &j, (uint64_t)until, day, false, apply_body, x, err);
    yj_judgement_done(&j);
    return s;
}

/* How what was entered by other packs is read by today's. Where no way is known it is read as it stands. */
static yj_status carry_over(yj_rejudged *r, int64_t as_of_seq, yj_error *err)
{
    const yj_catalog *now = r->x.e->catalog;
    YJ_TRY(yj_catalog_as_of(r->x.live, r->x.inst, as_of_seq, now, &r->then, err));
    if (r->then && yj_upgrade_new(r->then, now, &r->convert, NULL, 0, NULL, NULL) == YJ_OK)
        r->x.convert = r->convert;
    return YJ_OK;
}

yj_db *yj_rejudged_db(yj_rejudged *r)
{
    return r->x.db;
}

void yj_rejudged_free(yj_rejudged *r)
{
    if (!r)
        return;
    yj_replay_done(&r->x);
    yj_upgrade_free(r->convert);
    yj_catalog_unref(r->then);
    free(r);
}

yj_status yj_rejudge_as_of(yj_engine *e, int64_t inst, int64_t as_of_seq, const char *day, yj_rejudged **ret,
                           yj_error *err)
{
    yj_rejudged *r = calloc(1, sizeof *r);
    if (!r)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    r->x = (yj_replay){ .e = e, .inst = inst, .pinned = true };
    yj_status s = yj_replay_open(&r->x, err);
    if (s == YJ_OK)
        s = carry_over(r, as_of_seq, err);
    if (s == YJ_OK)
        s = judge_as_of(&r->x, as_of_seq, day, err);
    yj_replay_leave(&r->x); /* everything is copied */
    if (s == YJ_OK)
        *ret = r;
    else
        yj_rejudged_free(r);
    return s;
}
