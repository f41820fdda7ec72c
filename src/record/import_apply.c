// SPDX-License-Identifier: Apache-2.0
/*
 * From a plan to the ledger. A small import is one piece of work in one savepoint. A large one goes in chunks
 * under a batch: its rows are written but nobody sees them until the closing entry, which is one small piece
 * of work again, so that others are never held up for long.
 */
#include "record/import.h"

#include "record/exchange_internal.h"
#include "store/hold.h"
#include <stdlib.h>

#define SMALL 256 /* rows of an import that is one piece of work */
#define CHUNK 64
#define CHUNK_LEAST 8               /* rows, also on a slow machine: each chunk costs a commit */
#define CHUNK_NS 500000             /* a chunk that takes longer ends early: others wait for it */
#define NUMBER_LOCK INT64_C(0x594b) /* for taking the next batch's number */

typedef struct refusal { /* by a gate */
    struct refusal *next;
    const yj_import_row *row;
    yj_error why;
    char *misses; /* owned */
} refusal;

typedef struct piece {
    yj_import_plan *p;
    yj_import_row **rows;
    size_t count;
    size_t done;
    int64_t batch;
    bool late; /* complete the rows: they are written */
    bool dry_run;
    bool moving;                     /* the rows are written, their transitions are under way */
    yj_import_row *failed;           /* the row that was refused */
    refusal *refused, **refused_end; /* rows whose gates are shut, in their order */
} piece;

static void forget_refusals(piece *x)
{
    for (refusal *r = x->refused; r; r = r->next)
        free(r->misses);
    x->refused = NULL;
    x->refused_end = &x->refused;
}

static yj_status complete_row(yj_writer *w, piece *x, const yj_import_row *r, yj_error *err)
{
    yj_change c = { .inst = x->p->inst,
                    .op = YJ_CH_CHANGE,
                    .by = x->p->by,
                    .kind = r->kind,
                    .id = r->id,
                    .expect_version = -1,
                    .fields = r->late,
                    .batch = x->batch,
                    .completes = true };
    yj_status s = yj_apply_change(w, &c, err);
    yj_change_done(&c);
    return s;
}

static yj_status apply_row(yj_writer *w, piece *x, yj_import_row *r, yj_error *err)
{
    yj_import_plan *p = x->p;
    if (r->same) /* it only moves: changing is not asked for, nor whether he may */
        return YJ_OK;
    yj_change c = { .inst = p->inst,
                    .op = r->exists ? YJ_CH_CHANGE : YJ_CH_CREATE,
                    .by = p->by,
                    .kind = r->kind,
                    .id = r->id,
                    .expect_version = -1,
                    .state = r->exists ? NULL : r->state,
                    .fields = r->fields,
                    .batch = x->batch,
                    .moves_on = r->transition != NULL };
    yj_status s = yj_apply_change(w, &c, err);
    yj_change_done(&c);
    return s;
}

static yj_status apply_move(yj_writer *w, piece *x, const yj_import_row *r, char **ret_misses, yj_error *err)
{
    yj_change c = { .inst = x->p->inst,
                    .op = YJ_CH_MOVE,
                    .by = x->p->by,
                    .kind = r->kind,
                    .id = r->id,
                    .expect_version = -1,
                    .transition = r->transition };
    yj_status s = yj_apply_change(w, &c, err);
    *ret_misses = yj_take(c.misses);
    yj_change_done(&c);
    return s;
}

/* A shut gate does not keep the others from being tried: each is told with what it lacks, as if those before
 * it had been open. All of it is undone by the caller's savepoint. */
static yj_status apply_moves(yj_writer *w, piece *x, yj_error *err)
{
    size_t refused = 0;
    forget_refusals(x);
    x->moving = true;
    for (size_t i = 0; i < x->p->move_count && refused < YJ_IMPORT_PROBLEMS_MAX; i++) {
        yj_import_row *r = x->p->moves[i];
        yj_error why = { 0 };
        char *misses = NULL;
        x->failed = r;
        yj_status s = apply_move(w, x, r, &misses, &why);
        if (s == YJ_OK)
            continue;
        if (s != YJ_E_GATE) {
            *err = why;
            return s;
        }
        refusal *f = yj_arena_new_of(x->p->a, refusal);
        *f = (refusal){ .row = r, .why = why, .misses = misses };
        *x->refused_end = f;
        x->refused_end = &f->next;
        refused++;
    }
    x->failed = NULL;
    if (!x->refused)
        return YJ_OK;
    *err = x->refused->why;
    return YJ_E_GATE;
}

/* Who lost its hold may find its batch undone by another server: its rows would then be seen at once. The
 * ledger's lock makes sure that this stays so until the transaction ends. */
static yj_status check_open(yj_writer *w, int64_t inst, int64_t batch, yj_error *err)
{
    yj_slot *locked = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &locked, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "SELECT 1 FROM open_batch WHERE id = ?1", &st, err));
    yj_bind_i64(st, 1, batch);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? YJ_OK : yj_fail(err, YJ_E_BUSY, "the import was interrupted and has been undone; try again");
}

static yj_status run_rows(yj_writer *w, void *ctx, yj_error *err)
{
    piece *x = ctx;
    int64_t began = yj_monotonic_ns();
    x->failed = NULL;
    x->moving = false;
    if (x->batch)
        YJ_TRY(check_open(w, x->p->inst, x->batch, err));
    for (x->done = 0; x->done < x->count; x->done++) {
        yj_import_row *r = x->rows[x->done];
        if (x->batch && x->done >= CHUNK_LEAST && yj_monotonic_ns() - began > CHUNK_NS)
            break;
        x->failed = r;
        YJ_TRY(x->late ? complete_row(w, x, r, err) : apply_row(w, x, r, err));
    }
    for (size_t i = 0; !x->batch && i < x->p->late_count; i++) {
        x->failed = x->p->late[i];
        YJ_TRY(complete_row(w, x, x->p->late[i], err));
    }
    /* A batch moves at its close. Here, too, gates see all that came with the row, also what refers to it. */
    if (!x->batch)
        YJ_TRY(apply_moves(w, x, err));
    x->failed = NULL;
    return x->dry_run ? YJ_E_USAGE : YJ_OK; /* undone by the savepoint */
}

/* A fault of the row, told with its line; anything else (a full disk) is a fault of the whole. */
static bool of_row(yj_status s)
{
    return s == YJ_E_INVALID || s == YJ_E_CONFLICT || s == YJ_E_NOT_FOUND || s == YJ_E_LIMIT ||
           s == YJ_E_GATE || s == YJ_E_FORBIDDEN;
}

/* Tell of each row that was refused.
 * @return YJ_E_GATE if that was by gates; YJ_E_INVALID; any other failure as it is */
static yj_status tell(yj_import_plan *p, piece *x, yj_status s, const yj_error *why, yj_error *err)
{
    bool gates = s == YJ_E_GATE && x->refused;
    for (refusal *r = x->refused; gates && r; r = r->next)
        yj_import_complain_gate(p, r->row, &r->why, yj_take(r->misses));
    forget_refusals(x);
    if (gates)
        return YJ_E_GATE;
    if (x->failed && of_row(s)) {
        yj_import_complain_row(p, x->failed, x->moving ? "state" : NULL, why);
        return YJ_E_INVALID;
    }
    *err = *why;
    return s;
}

static yj_status submit(yj_import_plan *p, piece *x, yj_error *err)
{
    yj_error why = { 0 };
    yj_status s = yj_writer_run(p->e, run_rows, x, false, &why);
    if (s == YJ_OK || (x->dry_run && s == YJ_E_USAGE && !x->failed))
        return YJ_OK;
    return tell(p, x, s, &why, err);
}

/* --- batches ---------------------------------------------------------------------------------- */

typedef struct batch_step {
    yj_import_plan *p;
    int64_t inst, batch;
    const char *by, *op, *state;
    piece *moves;  /* closing: transitions that wait for the rows to be seen */
    yj_hold *hold; /* opening: taken before anybody can see the batch */
} batch_step;

static yj_status batch_entry(yj_writer *w, const batch_step *b, uint64_t *ret_seq, yj_error *err)
{
    char body[96];
    snprintf(body, sizeof body, "{\"batch\":%lld,\"state\":\"%s\"}", (long long)b->batch, b->state);
    yj_append a = { .by = b->by,
                    .op = b->op,
                    .kind = "",
                    .record = "",
                    .batch = b->batch,
                    .now_ns = yj_engine_now(w->e),
                    .body = yj_span_of(body) };
    return yj_writer_append(w, b->inst, &a, ret_seq, NULL, err);
}

static yj_status next_number(yj_db *db, int64_t *ret, yj_error *err)
{
    YJ_TRY(yj_db_lock(db, NUMBER_LOCK, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT coalesce(max(id), 0) + 1 FROM batch", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0);
    return YJ_OK;
}

static yj_status run_open(yj_writer *w, void *ctx, yj_error *err)
{
    batch_step *b = ctx;
    YJ_TRY(next_number(w->db, &b->batch, err));
    YJ_TRY(yj_hold_take(w->e->store, b->batch, &b->hold, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        w->db,
        "INSERT INTO batch(id, inst, state, opened_at, by, closed_seq) VALUES(?1, ?2, 'open', ?3, ?4, 0)",
        &st, err));
    yj_bind_i64(st, 1, b->batch);
    yj_bind_i64(st, 2, b->inst);
    yj_bind_i64(st, 3, yj_engine_now(w->e));
    yj_bind_cstr(st, 4, b->by);
    YJ_TRY(yj_stmt_run(st, NULL, err));
    yj_auto(yj_stmt_donep) yj_stmt *open = NULL;
    YJ_TRY(yj_db_prepare(w->db, "INSERT INTO open_batch(id) VALUES(?1)", &open, err));
    yj_bind_i64(open, 1, b->batch);
    YJ_TRY(yj_stmt_run(open, NULL, err));
    return batch_entry(w, b, NULL, err);
}

static yj_status end_batch(yj_writer *w, const batch_step *b, yj_error *err)
{
    uint64_t seq = 0;
    YJ_TRY(batch_entry(w, b, &seq, err));
    yj_writer_forget_actors(w); /* its rows are seen now, or gone */
    bool closed = strcmp(b->state, "closed") == 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "UPDATE batch SET state = ?2, closed_seq = ?3 WHERE id = ?1", &st, err));
    yj_bind_i64(st, 1, b->batch);
    yj_bind_cstr(st, 2, b->state);
    yj_bind_i64(st, 3, closed ? (int64_t)seq : 0);
    YJ_TRY(yj_stmt_run(st, NULL, err));
    yj_auto(yj_stmt_donep) yj_stmt *open = NULL;
    YJ_TRY(yj_db_prepare(w->db, "DELETE FROM open_batch WHERE id = ?1", &open, err));
    yj_bind_i64(open, 1, b->batch);
    return yj_stmt_run(open, NULL, err);
}

static yj_status run_close(yj_writer *w, void *ctx, yj_error *err)
{
    batch_step *b = ctx;
    b->moves->failed = NULL;
    YJ_TRY(yj_exchange_lock_all(w, w->e->catalog, b->inst, err));
    YJ_TRY(check_open(w, b->inst, b->batch, err));
    YJ_TRY(end_batch(w, b, err));
    YJ_TRY(yj_exchange_derive(w, w->e->catalog, b->inst, err));
    yj_touch_item *t =
        yj_touch_make(&w->e->catalog->kinds[0], b->inst, UINT64_MAX, "", NULL, NULL, false, false);
    if (!t)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    t->next = w->new_touches; /* wakes the judge, which finds the closing entry in the ledger */
    w->new_touches = t;
    return apply_moves(w, b->moves, err);
}

static yj_status for_each_table(yj_writer *w, int64_t inst, int64_t batch, const char *const *fmt, bool lists,
                                yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_kind *k = &c->kinds[i];
        for (size_t j = 0; j <= k->field_count; j++) {
            bool list = j < k->field_count && k->fields[j].list;
            if (j < k->field_count && !(list && lists))
                continue;
            char sql[320];
            if (list)
                snprintf(sql, sizeof sql, "DELETE FROM l_%s_%s WHERE inst = ?1 AND batch = ?2", k->name,
                         k->fields[j].name);
            else
                snprintf(sql, sizeof sql, "%s r_%s %s", fmt[0], k->name, fmt[1]);
            yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
            YJ_TRY(yj_db_prepare_made(w->db, sql, &st, err));
            yj_bind_i64(st, 1, inst);
            yj_bind_i64(st, 2, batch);
            YJ_TRY(yj_stmt_run(st, NULL, err));
        }
    }
    return YJ_OK;
}

static yj_status run_undo(yj_writer *w, void *ctx, yj_error *err)
{
    batch_step *b = ctx;
    static const char *const rows[] = { "DELETE FROM", "WHERE inst = ?1 AND batch = ?2" };
    static const char *const replaced[] = { "UPDATE",
                                            "SET until_batch = 0 WHERE inst = ?1 AND until_batch = ?2" };
    YJ_TRY(check_open(w, b->inst, b->batch, err));
    YJ_TRY(for_each_table(w, b->inst, b->batch, rows, true, err));
    YJ_TRY(for_each_table(w, b->inst, b->batch, replaced, false, err));
    return end_batch(w, b, err);
}

static yj_status undo_batch(yj_engine *e, int64_t inst, int64_t batch, const char *by, yj_error *err)
{
    batch_step b = { .inst = inst, .batch = batch, .by = by, .op = "batch_undo", .state = "undone" };
    return yj_writer_run(e, run_undo, &b, true, err);
}

/* An open batch, newest first. */
static yj_status find_open(yj_engine *e, int64_t before, int64_t *ret, int64_t *ret_inst, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_stmt *st = NULL;
    yj_status s =
        yj_db_prepare(db,
                      "SELECT b.id, b.inst FROM open_batch o JOIN batch b ON b.id = o.id WHERE o.id < "
                      "?1 ORDER BY o.id DESC LIMIT 1",
                      &st, err);
    bool row = false;
    if (s == YJ_OK) {
        yj_bind_i64(st, 1, before);
        s = yj_stmt_step(st, &row, err);
    }
    *ret = s == YJ_OK && row ? yj_col_i64(st, 0) : 0;
    *ret_inst = *ret ? yj_col_i64(st, 1) : 0;
    yj_stmt_done(st);
    yj_reader_give(e, db);
    return s;
}

yj_status yj_batches_look(yj_db *db, bool *ret_open, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM open_batch LIMIT 1", &st, err));
    return yj_stmt_step(st, ret_open, err);
}

yj_status yj_batches_undo_open(yj_engine *e, yj_error *err)
{
    for (int64_t before = INT64_MAX, id = 0, inst = 0;; before = id) {
        YJ_TRY(find_open(e, before, &id, &inst, err));
        if (id == 0)
            return YJ_OK;
        yj_auto(yj_hold_freep) yj_hold *h = NULL;
        yj_error why = { 0 };
        yj_status s = yj_hold_take(e->store, id, &h, &why);
        if (s == YJ_E_BUSY)
            continue; /* somebody is still importing */
        if (s == YJ_OK)
            s = undo_batch(e, inst, id, e->config.operator_id, &why);
        if (s == YJ_E_BUSY)
            continue; /* it was closed, or undone, in between */
        if (s != YJ_OK) {
            if (err)
                *err = why;
            return s;
        }
    }
}

/* @param late rows that are written already, to be completed */
static yj_status chunks(yj_import_plan *p, yj_import_row **rows, size_t count, bool late, int64_t batch,
                        yj_error *err)
{
    for (size_t at = 0; at < count;) {
        size_t n = count - at < CHUNK ? count - at : CHUNK;
        piece x = { .p = p, .rows = rows + at, .count = n, .late = late, .batch = batch };
        YJ_TRY(submit(p, &x, err));
        at += x.done;
        YJ_TRY(yj_import_step(p, (late ? p->order_count : 0) + at, p->order_count + p->late_count, err));
    }
    return YJ_OK;
}

static yj_status close_batch(yj_import_plan *p, int64_t batch, yj_error *err)
{
    piece moves = { .p = p };
    batch_step b = { .p = p,
                     .inst = p->inst,
                     .batch = batch,
                     .by = p->by,
                     .op = "batch_close",
                     .state = "closed",
                     .moves = &moves };
    yj_error why = { 0 };
    yj_status s = yj_writer_run(p->e, run_close, &b, false, &why);
    if (s != YJ_OK)
        return tell(p, &moves, s, &why, err);
    /* what it replaced is seen by nobody: the import is done, whether or not it can be cleared away now */
    yj_ignore(yj_import_sweep(p->e, p->inst, batch, NULL));
    return YJ_OK;
}

static yj_status apply_large(yj_import_plan *p, yj_error *err)
{
    batch_step open = { .p = p, .inst = p->inst, .by = p->by, .op = "batch", .state = "open" };
    yj_status s = yj_writer_run(p->e, run_open, &open, true, err);
    bool opened = s == YJ_OK;
    if (s == YJ_OK)
        s = chunks(p, p->order, p->order_count, false, open.batch, err);
    if (s == YJ_OK) /* by now all rows are there, whichever chunk they came with */
        s = chunks(p, p->late, p->late_count, true, open.batch, err);
    if (s == YJ_OK)
        s = close_batch(p, open.batch, err);
    if (s != YJ_OK &&
        opened) /* if that fails, too, it is tried again when the hold is gone: nobody sees the rows */
        yj_ignore(undo_batch(p->e, p->inst, open.batch, p->by, NULL));
    p->report->batch = open.batch;
    yj_hold_free(open.hold);
    return s;
}

yj_status yj_import_apply(yj_import_plan *p, bool dry_run, yj_error *err)
{
    if (p->order_count == 0)
        return YJ_OK;
    if (p->order_count > SMALL)
        return dry_run ? yj_import_step(p, p->row_count, p->row_count, err)
                       : apply_large(p, err); /* rows were checked already; gates are judged at the close */
    piece x = { .p = p, .rows = p->order, .count = p->order_count, .dry_run = dry_run };
    YJ_TRY(yj_import_step(p, 0, p->order_count, err));
    return submit(p, &x, err);
}
