// SPDX-License-Identifier: Apache-2.0
/*
 * One run of the judge for one institution. It looks at a snapshot, so that the writer is never held up; what
 * came out goes to the writer as judgement entries. A run is cut to last so long and no longer, by the pace
 * at which requirements were judged before: what changed since the last run goes first, the rest is a
 * backlog, judged run by run. Until all of it is judged the table `judged` stays where it is: after a crash
 * all is judged again.
 *
 * An entry is only written if nobody else judged the institution since the snapshot; otherwise the piece is
 * judged again. So several servers may judge.
 */
#include "record/internal.h"

#include "base/memory.h"
#include "store/schema.h"
#include <stdlib.h>

#define JUDGE_ARENA_MAX ((size_t)512 << 20)
/* How long a run may look at what is new. The more waits, the longer a run, but the less each change costs,
 * since many touch the same: under a steady load that settles by itself, if the run is not cut. */
#define FRESH_NS YJ_NS_PER_S
#define FRESH_BRIEF_NS (300 * MS) /* while others wait */
#define PIECE_NS (100 * MS)       /* how long at a backlog: what comes all at once */
#define PIECE_LEAST_NS (10 * MS)  /* beside much that is new: it has to end some day */
#define MS INT64_C(1000000)
#define TRIES 10

typedef struct judged_row {
    bool found;
    int64_t upto;
    char today[YJ_DATE_LEN + 1];
    char packs[2 * YJ_HASH_LEN + 1];
} judged_row;

struct yj_backlog {
    yj_dirty *rest;
    judged_row base; /* what `judged` said when it was begun: whoever moves that on has judged all of it */
    int64_t upto;    /* entries before this one are in it, or judged */
    char today[YJ_DATE_LEN + 1];
};

void yj_backlog_free(yj_backlog *b)
{
    if (!b)
        return;
    yj_dirty_free(b->rest);
    free(b);
}

typedef struct run {
    yj_engine *e;
    int64_t inst;
    yj_backlog *backlog;   /* NULL if everything was judged before */
    const yj_reach *reach; /* NULL while nothing happened that would ask for it */
    bool others;           /* wait to be judged */
    yj_dirty *piece;       /* judged by this run */
    judged_row before;
    int64_t seen; /* size of the ledger in the snapshot */
    int64_t upto; /* the state judged is that before this entry */
    yj_date today;
    char packs[2 * YJ_HASH_LEN + 1];
    yj_judgement j;
    bool nothing;    /* to judge, and nothing to note either */
    bool superseded; /* somebody else judged meanwhile */
    int64_t own_seq; /* the newest entry of this run, -1 before the first */
} run;

/* --- what to judge ---------------------------------------------------------------------------- */

static yj_status read_judged(yj_db *db, int64_t inst, judged_row *ret, yj_error *err)
{
    *ret = (judged_row){ 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT upto, today, packs FROM judged WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return YJ_OK;
    ret->found = true;
    ret->upto = yj_col_i64(st, 0);
    yj_span t = yj_col_text(st, 1);
    snprintf(ret->today, sizeof ret->today, "%.*s", (int)t.len, t.ptr);
    t = yj_col_text(st, 2);
    snprintf(ret->packs, sizeof ret->packs, "%.*s", (int)t.len, t.ptr);
    return YJ_OK;
}

static bool same_judged(const judged_row *a, const judged_row *b)
{
    return a->found == b->found && a->upto == b->upto && strcmp(a->today, b->today) == 0 &&
           strcmp(a->packs, b->packs) == 0;
}

static yj_status ledger_size(yj_db *db, int64_t inst, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT size FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_i64(st, 0) : 0;
    return YJ_OK;
}

static bool touches_something(yj_span op)
{
    static const char *const silent[] = {
        "judge", "genesis", "pack", "open", "rotate", "batch", "batch_undo"
    };
    for (size_t i = 0; i < YJ_COUNT(silent); i++)
        if (yj_span_is(op, silent[i]))
            return false;
    return true;
}

/* Every entry from `from` on makes something dirty: by the touch in memory if it is there, else from the
 * store.
 * @param ret_any did any of them concern judging? */
static yj_status dirty_entries(run *r, yj_db *db, int64_t from, yj_touch_item *touches, yj_dirty *d,
                               bool *ret_any, yj_error *err)
{
    yj_engine *e = r->e;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT seq, op, batch FROM entry WHERE inst = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq", &st,
        err));
    yj_bind_i64(st, 1, r->inst);
    yj_bind_i64(st, 2, from);
    yj_bind_i64(st, 3, r->upto);
    yj_touch_item *at = touches;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        uint64_t seq = (uint64_t)yj_col_i64(st, 0);
        while (at && at->seq < seq)
            at = at->next;
        if (at && at->seq == seq) {
            *ret_any = true;
            YJ_TRY(yj_dirty_touch(d, db, r->inst, &at->touch, err));
            continue;
        }
        yj_span op = yj_col_text(st, 1);
        if (yj_span_is(op, "batch_close")) {
            *ret_any = true;
            yj_dirty_all(d); /* a whole register came in */
            continue;
        }
        if (!touches_something(op) || yj_col_i64(st, 2) != 0)
            continue;
        *ret_any = true;
        yj_touch_item *t = NULL;
        YJ_TRY(yj_touch_of_entry(db, e->catalog, r->inst, seq, &t, err));
        if (t) {
            yj_status s = yj_dirty_touch(d, db, r->inst, &t->touch, err);
            yj_touch_item_free(t);
            YJ_TRY(s);
        }
    }
}

static yj_status make_backlog(run *r, yj_error *err)
{
    yj_backlog *b = calloc(1, sizeof *b);
    if (b)
        b->rest = yj_dirty_new(r->e->catalog, r->reach);
    if (!b || !b->rest) {
        free(b);
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    b->base = r->before;
    r->backlog = b;
    return YJ_OK;
}

static yj_status find_new(run *r, yj_db *db, yj_touch_item *touches, yj_dirty *fresh, yj_error *err)
{
    const yj_backlog *b = r->backlog;
    const char *day = b ? b->today : r->before.today;
    bool any = false;
    if (!b && (!r->before.found || strcmp(r->before.packs, r->packs) != 0)) {
        yj_dirty_all(fresh);
        return YJ_OK;
    }
    YJ_TRY(dirty_entries(r, db, b ? b->upto : r->before.upto, touches, fresh, &any, err));
    if (b && !any)
        r->upto = b->upto; /* only judgements since: the state judged is the same, and the entry says so */
    if (strcmp(day, r->today.s) < 0)
        return yj_dirty_due(fresh, db, r->inst, r->today.s, err);
    memcpy(r->today.s, day, YJ_DATE_LEN); /* today never runs backwards */
    return YJ_OK;
}

/* What is new goes first, unless it is everything; the rest of the piece comes out of the backlog. */
static yj_status choose_piece(run *r, yj_db *db, yj_dirty *fresh, yj_error *err)
{
    const yj_pace *pace = r->e->pace;
    int64_t ns = 0;
    if (r->backlog)
        yj_dirty_harden(fresh); /* what is stored may be what the backlog is about */
    if (!yj_dirty_everything(fresh))
        YJ_TRY(yj_dirty_take(r->piece, fresh, db, r->inst, pace, r->others ? FRESH_BRIEF_NS : FRESH_NS, &ns,
                             err));
    if (!yj_dirty_empty(fresh)) {
        if (!r->backlog)
            YJ_TRY(make_backlog(r, err));
        yj_dirty_add(r->backlog->rest, fresh);
    }
    if (!r->backlog)
        return YJ_OK;
    r->backlog->upto = r->upto;
    memcpy(r->backlog->today, r->today.s, sizeof r->backlog->today);
    int64_t room = PIECE_NS - ns;
    return yj_dirty_take(r->piece, r->backlog->rest, db, r->inst, pace,
                         room > PIECE_LEAST_NS ? room : PIECE_LEAST_NS, NULL, err);
}

static bool has_more(const run *r)
{
    return r->backlog && !yj_dirty_empty(r->backlog->rest);
}

static void drop_backlog(run *r)
{
    yj_backlog_free(r->backlog);
    r->backlog = NULL;
}

static yj_status look(run *r, yj_db *db, yj_touch_item *touches, yj_error *err)
{
    yj_engine *e = r->e;
    YJ_TRY(read_judged(db, r->inst, &r->before, err));
    YJ_TRY(ledger_size(db, r->inst, &r->seen, err));
    r->upto = r->seen;
    if (r->backlog && !same_judged(&r->backlog->base, &r->before))
        drop_backlog(r);
    if (r->backlog || (r->before.found && r->before.upto < r->seen))
        YJ_TRY(yj_engine_reach(e, &r->reach, err));
    yj_auto(yj_dirty_freep) yj_dirty *fresh = yj_dirty_new(e->catalog, r->reach);
    r->piece = yj_dirty_new(e->catalog, r->reach);
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(JUDGE_ARENA_MAX);
    if (!r->piece || !fresh || !arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(find_new(r, db, touches, fresh, err));
    YJ_TRY(choose_piece(r, db, fresh, err));
    bool same_day = strcmp(r->before.today, r->today.s) == 0;
    r->nothing =
        yj_dirty_empty(r->piece) && !has_more(r) && r->before.found && same_day && r->upto == r->before.upto;
    if (yj_dirty_empty(r->piece))
        return YJ_OK;
    yj_scope scope;
    YJ_TRY(yj_scope_load(db, e->catalog, r->inst, r->today.s, arena, &scope, err));
    return yj_judge(db, e->catalog, r->piece, &scope, e->pace, &r->j, err);
}

/* Do the entries that were not looked at yet only tell what was concluded, and the like? */
static yj_status only_silent(run *r, yj_db *db, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT op FROM entry WHERE inst = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq LIMIT 100", &st,
        err));
    yj_bind_i64(st, 1, r->inst);
    yj_bind_i64(st, 2, r->before.upto);
    yj_bind_i64(st, 3, r->seen);
    int64_t n = r->before.upto;
    for (bool row = true; row; n += row) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row && touches_something(yj_col_text(st, 0)))
            return YJ_OK;
    }
    *ret = n == r->seen;
    return YJ_OK;
}

/* A command that only reads finds everything judged nearly always, and can tell without the views of a ruler.
 */
static yj_status nothing_new(run *r, bool *ret, yj_error *err)
{
    *ret = false;
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(r->e, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = read_judged(db, r->inst, &r->before, err);
    if (s == YJ_OK)
        s = ledger_size(db, r->inst, &r->seen, err);
    if (s == YJ_OK && r->before.found && strcmp(r->before.packs, r->packs) == 0 &&
        strcmp(r->before.today, r->today.s) >= 0)
        s = only_silent(r, db, ret, err);
    yj_reader_give(r->e, db);
    return s;
}

static yj_status look_at_snapshot(run *r, yj_touch_item *touches, yj_error *err)
{
    yj_db *db = NULL;
    if (!r->backlog && !touches && r->e->lock_fd < 0) { /* a server is ready before the first change */
        YJ_TRY(nothing_new(r, &r->nothing, err));
        if (r->nothing)
            return YJ_OK;
    }
    YJ_TRY(yj_ruler_take(r->e, &db, err));
    yj_status s = yj_db_begin(db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = look(r, db, touches, err);
    yj_ruler_give(r->e, db);
    return s;
}

/* --- what came out ---------------------------------------------------------------------------- */

/* Did somebody else judge since the snapshot? The ledger is locked. */
static yj_status is_superseded(run *r, yj_db *db, yj_error *err)
{
    judged_row now;
    YJ_TRY(read_judged(db, r->inst, &now, err));
    if (!same_judged(&now, &r->before)) {
        r->superseded = true;
        return YJ_OK;
    }
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT seq FROM entry WHERE inst = ?1 AND " YJ_SQL_OP("op", "judge") " ORDER BY seq DESC LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, r->inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    r->superseded = row && yj_col_i64(st, 0) >= r->seen && yj_col_i64(st, 0) != r->own_seq;
    return YJ_OK;
}

typedef struct part_work {
    run *r;
    yj_span body;
    const yj_judgement_part *part;
} part_work;

static yj_status write_part(yj_writer *w, void *ctx, yj_error *err)
{
    part_work *k = ctx;
    run *r = k->r;
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, r->inst, &slot, err)); /* the lock first: other servers judge too */
    YJ_TRY(is_superseded(r, w->db, err));
    if (r->superseded)
        return YJ_OK;
    yj_append a = { .by = r->e->config.operator_id,
                    .op = "judge",
                    .kind = "",
                    .record = "",
                    .now_ns = yj_engine_now(r->e),
                    .body = k->body };
    uint64_t seq = 0;
    YJ_TRY(yj_writer_append(w, r->inst, &a, &seq, NULL, err));
    slot->judged = true;
    r->own_seq = (int64_t)seq;
    return yj_judgement_put(w->db, r->inst, seq, k->part, err);
}

/* Nothing came out differently: no entry, only the mark of how far it was looked. */
static yj_status write_mark(yj_writer *w, void *ctx, yj_error *err)
{
    run *r = ctx;
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, r->inst, &slot, err));
    YJ_TRY(is_superseded(r, w->db, err));
    if (r->superseded)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(w->db, "UPDATE judged SET upto = ?2 WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, r->inst);
    yj_bind_i64(st, 2, r->upto);
    return yj_stmt_run(st, NULL, err);
}

static yj_status on_body(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    run *r = ctx;
    if (r->superseded)
        return YJ_OK;
    part_work k = { r, body, part };
    return yj_writer_run_brief(r->e, write_part, &k, err);
}

static yj_status write_judgement(run *r, yj_error *err)
{
    bool more = has_more(r);
    if (r->j.count == 0 && more)
        return YJ_OK;
    bool same_day = strcmp(r->before.today, r->today.s) == 0;
    if (r->j.count == 0 && r->before.found && same_day && strcmp(r->before.packs, r->packs) == 0)
        return yj_writer_run_brief(r->e, write_mark, r, err);
    atomic_fetch_add(&r->e->judgements, 1);
    return yj_judgement_bodies(r->e->catalog, &r->j, (uint64_t)r->upto, r->today.s, more, on_body, r, err);
}

/* --- the run ---------------------------------------------------------------------------------- */

static yj_status try_once(run *r, yj_touch_item *touches, yj_error *err)
{
    r->piece = NULL;
    r->reach = NULL;
    r->j = (yj_judgement){ 0 };
    r->own_seq = -1;
    r->superseded = r->nothing = false;
    yj_engine_today(r->e, &r->today);
    yj_memory_begin();
    yj_status s = look_at_snapshot(r, touches, err);
    if (s == YJ_OK)
        s = yj_memory_status(err);
    if (s == YJ_OK && !r->nothing)
        s = write_judgement(r, err);
    yj_judgement_done(&r->j);
    if (s == YJ_OK && r->superseded && r->backlog)
        yj_dirty_add(r->backlog->rest, r->piece); /* what is new comes up again from the touches */
    yj_dirty_free(r->piece);
    return s;
}

yj_status yj_judge_run(yj_engine *e, int64_t inst, yj_touch_item *touches, bool others, yj_backlog **backlog,
                       yj_error *err)
{
    run r = { .e = e, .inst = inst, .others = others, .backlog = *backlog };
    yj_digest_hex(&e->catalog->digest, r.packs);
    yj_status s = YJ_OK;
    for (int tries = 0; tries < TRIES; tries++) {
        s = try_once(&r, touches, err);
        if (s != YJ_OK || !r.superseded)
            break;
    }
    if (s == YJ_OK && r.superseded)
        s = yj_fail(err, YJ_E_BUSY, "another server keeps judging the same institution");
    if (s != YJ_OK || !has_more(&r))
        drop_backlog(&r); /* after a failure it is made again from the ledger */
    *backlog = r.backlog;
    return s;
}
