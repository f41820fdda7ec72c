// SPDX-License-Identifier: Apache-2.0
/*
 * Rows that a closed batch replaced: nobody sees them. They are looked for by a reader, since no index leads
 * to them and a large institution's tables take long, and deleted a few at a time: others wait for the
 * writer.
 */
#include "record/import.h"

#include <stdlib.h>

#define AT_ONCE 64

typedef struct gone {
    char id[YJ_UUID_LEN + 1];
    int64_t batch;
} gone;

typedef struct sweep {
    const yj_kind *k;
    const yj_kind_sql *sql;
    int64_t inst;
    const gone *rows;
    size_t count;
} sweep;

static yj_status delete_row(yj_db *db, const char *sql, int64_t inst, const gone *row, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, row->id);
    yj_bind_i64(st, 3, row->batch);
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_sweep(yj_writer *w, void *ctx, yj_error *err)
{
    const sweep *s = ctx;
    char own[160];
    snprintf(own, sizeof own, "DELETE FROM r_%s WHERE inst = ?1 AND id = ?2 AND batch = ?3", s->k->name);
    for (size_t i = 0; i < s->count; i++) {
        for (size_t f = 0; f < s->k->field_count; f++)
            if (s->sql->list_delete[f])
                YJ_TRY(delete_row(w->db, s->sql->list_delete[f], s->inst, &s->rows[i], err));
        YJ_TRY(delete_row(w->db, own, s->inst, &s->rows[i], err));
    }
    return YJ_OK;
}

/** Owned by the caller, also on failure. */
static yj_status find_gone(yj_db *db, const yj_kind *k, int64_t inst, int64_t batch, gone **ret,
                           size_t *ret_count, yj_error *err)
{
    char sql[256];
    size_t cap = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(sql, sizeof sql, "SELECT id, batch FROM r_%s WHERE inst = ?1 AND until_batch = ?2", k->name);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, batch);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        if (*ret_count == cap) {
            cap = cap ? 2 * cap : AT_ONCE;
            gone *more = realloc(*ret, cap * sizeof *more);
            if (!more)
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
            *ret = more;
        }
        gone *g = &(*ret)[(*ret_count)++];
        yj_span id = yj_col_text(st, 0);
        snprintf(g->id, sizeof g->id, "%.*s", (int)id.len, id.ptr);
        g->batch = yj_col_i64(st, 1);
    }
}

static yj_status sweep_kind(yj_engine *e, const yj_kind *k, int64_t inst, int64_t batch, yj_error *err)
{
    yj_db *db = NULL;
    gone *rows = NULL;
    size_t count = 0;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = find_gone(db, k, inst, batch, &rows, &count, err);
    yj_reader_give(e, db);
    for (size_t at = 0; s == YJ_OK && at < count; at += AT_ONCE) {
        sweep x = { k, &e->sql[k->index], inst, rows + at, count - at < AT_ONCE ? count - at : AT_ONCE };
        s = yj_writer_run(e, run_sweep, &x, false, err);
    }
    free(rows);
    return s;
}

yj_status yj_import_sweep(yj_engine *e, int64_t inst, int64_t batch, yj_error *err)
{
    const yj_catalog *c = e->catalog;
    for (size_t i = 0; i < c->kind_count; i++)
        YJ_TRY(sweep_kind(e, &c->kinds[i], inst, batch, err));
    return YJ_OK;
}
