// SPDX-License-Identifier: Apache-2.0
/*
 * The judge: one thread that follows the ledgers. It looks at a snapshot of its own, so that the writer is
 * never held up; what came out goes to the writer as judgement entries. A judgement is only written if nobody
 * else judged the institution meanwhile; otherwise it is made again. So several servers may judge.
 */
#include "record/internal.h"

#include "base/log.h"
#include "base/memory.h"
#include <errno.h>
#include <stdlib.h>

#define JUDGE_ARENA_MAX ((size_t)512 << 20)

/* --- who waits to be judged ------------------------------------------------------------------- */

static yj_judge_slot *slot_for(yj_engine *e, int64_t inst)
{
    for (size_t i = 0; i < e->judge_slot_count; i++)
        if (e->judge_slots[i].inst == inst)
            return &e->judge_slots[i];
    if (e->judge_slot_count == e->judge_slot_cap) {
        size_t cap = e->judge_slot_cap ? 2 * e->judge_slot_cap : 64;
        yj_judge_slot *more = calloc(cap, sizeof *more);
        if (!more)
            return NULL;
        for (size_t i = 0; i < e->judge_slot_count; i++) {
            more[i] = e->judge_slots[i];
            if (!more[i].touches)
                more[i].tail = NULL;
        }
        free(e->judge_slots);
        e->judge_slots = more;
        e->judge_slot_cap = cap;
    }
    yj_judge_slot *s = &e->judge_slots[e->judge_slot_count++];
    *s = (yj_judge_slot){ .inst = inst };
    return s;
}

void yj_judge_publish(yj_engine *e, yj_touch_item *list)
{
    if (!list)
        return;
    pthread_mutex_lock(&e->judge_lock);
    uint64_t gen = ++e->gen;
    while (list) {
        yj_touch_item *t = list;
        list = t->next;
        t->next = NULL;
        yj_judge_slot *s = e->judge_running ? slot_for(e, t->inst) : NULL;
        if (!s) {
            yj_touch_item_free(t); /* the judge reads it from the ledger when it runs */
            continue;
        }
        if (s->dirty_gen <= s->judged_gen)
            s->waiting_since_ns = yj_monotonic_ns();
        if (s->tail)
            *s->tail = t;
        else
            s->touches = t;
        s->tail = &t->next;
        s->dirty_gen = gen;
    }
    pthread_cond_signal(&e->judge_cond);
    pthread_mutex_unlock(&e->judge_lock);
}

static void recheck(yj_engine *e, int64_t inst)
{
    pthread_mutex_lock(&e->judge_lock);
    yj_judge_slot *s = slot_for(e, inst);
    if (s) {
        if (s->dirty_gen <= s->judged_gen)
            s->waiting_since_ns = yj_monotonic_ns();
        s->dirty_gen = ++e->gen;
        s->recheck = true;
    }
    pthread_cond_signal(&e->judge_cond);
    pthread_mutex_unlock(&e->judge_lock);
}

/* --- one run ---------------------------------------------------------------------------------- */

typedef struct judged_row {
    bool found;
    int64_t upto;
    char today[YJ_DATE_LEN + 1];
    char packs[2 * YJ_HASH_LEN + 1];
} judged_row;

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

typedef struct run {
    yj_engine *e;
    int64_t inst;
    judged_row before;
    int64_t upto;
    yj_date today;
    char packs[2 * YJ_HASH_LEN + 1];
    yj_judgement j;
    bool superseded; /* somebody else judged meanwhile */
} run;

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

/* Every entry not judged yet makes something dirty: by the touch in memory if it is there, else from the
 * store. */
static yj_status dirty_entries(run *r, yj_db *db, yj_dirty *d, yj_touch_item *touches, yj_error *err)
{
    yj_engine *e = r->e;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT seq, op, batch FROM entry WHERE inst = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq", &st,
        err));
    yj_bind_i64(st, 1, r->inst);
    yj_bind_i64(st, 2, r->before.upto);
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
            YJ_TRY(yj_dirty_touch(d, db, r->inst, &at->touch, err));
            continue;
        }
        yj_span op = yj_col_text(st, 1);
        if (yj_span_is(op, "batch_close")) {
            yj_dirty_all(d); /* a whole register came in */
            continue;
        }
        if (!touches_something(op) || yj_col_i64(st, 2) != 0)
            continue;
        yj_touch_item *t = NULL;
        YJ_TRY(yj_touch_of_entry(db, e->catalog, r->inst, seq, &t, err));
        if (t) {
            yj_status s = yj_dirty_touch(d, db, r->inst, &t->touch, err);
            yj_touch_item_free(t);
            YJ_TRY(s);
        }
    }
}

static yj_status look(run *r, yj_db *db, yj_touch_item *touches, bool *ret_nothing, yj_error *err)
{
    yj_engine *e = r->e;
    YJ_TRY(read_judged(db, r->inst, &r->before, err));
    YJ_TRY(ledger_size(db, r->inst, &r->upto, err));
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(e->catalog, e->reach);
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(JUDGE_ARENA_MAX);
    if (!d || !arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (!r->before.found || strcmp(r->before.packs, r->packs) != 0) {
        yj_dirty_all(d);
    } else {
        YJ_TRY(dirty_entries(r, db, d, touches, err));
        if (strcmp(r->before.today, r->today.s) < 0)
            YJ_TRY(yj_dirty_due(d, db, r->inst, r->today.s, err));
        else
            memcpy(r->today.s, r->before.today, YJ_DATE_LEN); /* today never runs backwards */
    }
    bool same_day = strcmp(r->before.today, r->today.s) == 0;
    *ret_nothing = yj_dirty_empty(d) && r->before.found && same_day;
    if (*ret_nothing)
        return YJ_OK;
    yj_scope scope;
    YJ_TRY(yj_scope_load(db, e->catalog, r->inst, r->today.s, arena, &scope, err));
    return yj_judge(db, e->catalog, d, &scope, &r->j, err);
}

typedef struct body_ctx {
    yj_writer *w;
    run *r;
} body_ctx;

static yj_status append_body(void *ctx, yj_span body, yj_error *err)
{
    body_ctx *b = ctx;
    yj_engine *e = b->r->e;
    yj_append a = { .by = e->config.operator_id,
                    .op = "judge",
                    .kind = "",
                    .record = "",
                    .now_ns = yj_engine_now(e),
                    .body = body };
    uint64_t seq = 0;
    YJ_TRY(yj_writer_append(b->w, b->r->inst, &a, &seq, NULL, err));
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(b->w, b->r->inst, &slot, err));
    slot->judged = true;
    yj_auto(yj_json_freep) json_t *j = NULL;
    YJ_TRY(yj_json_parse(body, YJ_BODY_BYTES_MAX, &j, err));
    return yj_judgement_apply(b->w->db, b->r->inst, seq, j, err);
}

static yj_status write_judgement(yj_writer *w, void *ctx, yj_error *err)
{
    run *r = ctx;
    judged_row now;
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, r->inst, &slot, err)); /* the lock first: other servers judge too */
    YJ_TRY(read_judged(w->db, r->inst, &now, err));
    r->superseded = now.found != r->before.found || now.upto != r->before.upto ||
                    strcmp(now.today, r->before.today) != 0 || strcmp(now.packs, r->before.packs) != 0;
    if (r->superseded)
        return YJ_OK;
    bool quiet = r->j.count == 0 && r->before.found && strcmp(r->before.today, r->today.s) == 0 &&
                 strcmp(r->before.packs, r->packs) == 0;
    if (quiet) { /* nothing came out differently: no entry, only the mark of how far it was looked */
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(w->db, "UPDATE judged SET upto = ?2 WHERE inst = ?1", &st, err));
        yj_bind_i64(st, 1, r->inst);
        yj_bind_i64(st, 2, r->upto);
        return yj_stmt_run(st, NULL, err);
    }
    atomic_fetch_add(&r->e->judgements, 1);
    body_ctx b = { w, r };
    return yj_judgement_bodies(r->e->catalog, &r->j, (uint64_t)r->upto, r->today.s, append_body, &b, err);
}

static yj_status judge_institution(yj_engine *e, int64_t inst, yj_touch_item *touches, yj_error *err)
{
    yj_memory_begin();
    for (int tries = 0; tries < 10; tries++) {
        run r = { .e = e, .inst = inst };
        yj_engine_today(e, &r.today);
        yj_digest_hex(&e->catalog->digest, r.packs);
        yj_db *db = NULL;
        YJ_TRY(yj_reader_take(e, &db, err));
        bool nothing = false;
        yj_status s = yj_db_begin(db, YJ_DB_READ, err);
        if (s == YJ_OK)
            s = look(&r, db, touches, &nothing, err);
        if (s == YJ_OK)
            s = yj_memory_status(err);
        yj_db_rollback(db);
        yj_reader_give(e, db);
        if (s == YJ_OK && !(nothing && r.upto == r.before.upto))
            s = yj_writer_run(e, write_judgement, &r, false, err);
        yj_judgement_done(&r.j);
        if (s != YJ_OK || !r.superseded)
            return s;
    }
    return yj_fail(err, YJ_E_BUSY, "another server keeps judging the same institution");
}

/* --- the thread ------------------------------------------------------------------------------- */

static yj_status all_institutions(yj_engine *e, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_stmt *st = NULL;
    yj_status s = yj_db_prepare(db, "SELECT inst FROM ledger ORDER BY inst", &st, err);
    bool row = true;
    while (s == YJ_OK) {
        s = yj_stmt_step(st, &row, err);
        if (s != YJ_OK || !row)
            break;
        recheck(e, yj_col_i64(st, 0));
    }
    yj_stmt_done(st);
    yj_reader_give(e, db);
    return s;
}

static void free_touches(yj_touch_item *t)
{
    while (t) {
        yj_touch_item *next = t->next;
        yj_touch_item_free(t);
        t = next;
    }
}

/* The next institution that waits, with its touches. False if none. The lock is held. */
static bool next_slot(yj_engine *e, size_t *cursor, int64_t *ret_inst, yj_touch_item **ret_touches,
                      uint64_t *ret_gen)
{
    for (size_t n = 0; n < e->judge_slot_count; n++) {
        size_t i = (*cursor + n) % e->judge_slot_count;
        yj_judge_slot *s = &e->judge_slots[i];
        if (s->dirty_gen <= s->judged_gen)
            continue;
        *cursor = i + 1;
        *ret_inst = s->inst;
        *ret_touches = s->touches;
        *ret_gen = s->dirty_gen;
        s->touches = NULL;
        s->tail = NULL;
        s->recheck = false;
        return true;
    }
    return false;
}

static void mark_judged(yj_engine *e, int64_t inst, uint64_t gen, int64_t began_ns)
{
    pthread_mutex_lock(&e->judge_lock);
    yj_judge_slot *s = slot_for(e, inst);
    if (s && s->judged_gen < gen)
        s->judged_gen = gen;
    if (s) /* what came meanwhile came after the run began */
        s->waiting_since_ns = began_ns;
    pthread_cond_broadcast(&e->settled_cond);
    pthread_mutex_unlock(&e->judge_lock);
}

static void wait_a_second(yj_engine *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    (void)pthread_cond_timedwait(&e->judge_cond, &e->judge_lock, &until);
}

/* Room on the disk, the store's attention: what was not judged is found in the ledger at the next try. */
static bool may_pass(yj_status s)
{
    return s == YJ_E_FULL || s == YJ_E_BUSY || s == YJ_E_DB || s == YJ_E_IO || s == YJ_E_NOMEM ||
           s == YJ_E_CLOCK;
}

static void *judge_main(void *self)
{
    yj_engine *e = self;
    yj_error err = { 0 };
    yj_status before = YJ_OK; /* the same failure is logged once */
    size_t cursor = 0;
    char day[YJ_DATE_LEN + 1] = "";
    for (;;) {
        yj_date today;
        yj_engine_today(e, &today);
        if (strcmp(day, today.s) != 0 && all_institutions(e, &err) == YJ_OK)
            memcpy(day, today.s, sizeof day); /* a new day: duties may have lapsed */
        int64_t inst = 0;
        yj_touch_item *touches = NULL;
        uint64_t gen = 0;
        pthread_mutex_lock(&e->judge_lock);
        bool found = next_slot(e, &cursor, &inst, &touches, &gen);
        if (!found && !e->judge_stopping)
            wait_a_second(e);
        bool stop = e->judge_stopping;
        pthread_mutex_unlock(&e->judge_lock);
        if (stop) {
            free_touches(touches);
            return NULL;
        }
        if (!found)
            continue;
        int64_t began_ns = yj_monotonic_ns();
        yj_status s = judge_institution(e, inst, touches, &err);
        free_touches(touches);
        if (s != YJ_OK && s != before)
            yj_log_error(YJ_LOG_ERROR, "judge", &err);
        before = s;
        if (!may_pass(s)) {
            mark_judged(e, inst, gen, began_ns);
            continue;
        }
        pthread_mutex_lock(&e->judge_lock);
        if (!e->judge_stopping)
            wait_a_second(e);
        pthread_mutex_unlock(&e->judge_lock);
    }
}

yj_status yj_judge_start(yj_engine *e, yj_error *err)
{
    e->judge_running = true;
    YJ_TRY(all_institutions(e, err));
    if (pthread_create(&e->judge_thread, NULL, judge_main, e) != 0) {
        e->judge_running = false;
        return yj_fail(err, YJ_E_NOMEM, "the judge's thread cannot be started");
    }
    return YJ_OK;
}

void yj_judge_stop(yj_engine *e)
{
    if (e->judge_running) {
        pthread_mutex_lock(&e->judge_lock);
        e->judge_stopping = true;
        pthread_cond_broadcast(&e->judge_cond);
        pthread_mutex_unlock(&e->judge_lock);
        pthread_join(e->judge_thread, NULL);
        e->judge_running = false;
    }
    for (size_t i = 0; i < e->judge_slot_count; i++)
        free_touches(e->judge_slots[i].touches);
    free(e->judge_slots);
    e->judge_slots = NULL;
    e->judge_slot_count = e->judge_slot_cap = 0;
}

static bool settled(const yj_engine *e, uint64_t gen)
{
    for (size_t i = 0; i < e->judge_slot_count; i++) {
        const yj_judge_slot *s = &e->judge_slots[i];
        if (s->dirty_gen > s->judged_gen && s->judged_gen < gen)
            return false;
    }
    return true;
}

yj_status yj_engine_settle(yj_engine *e, int timeout_ms, yj_error *err)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    yj_status s = YJ_OK;
    pthread_mutex_lock(&e->judge_lock);
    uint64_t gen = e->gen;
    while (s == YJ_OK && e->judge_running && !settled(e, gen)) {
        if (timeout_ms < 0)
            pthread_cond_wait(&e->settled_cond, &e->judge_lock);
        else if (pthread_cond_timedwait(&e->settled_cond, &e->judge_lock, &until) == ETIMEDOUT)
            s = yj_fail(err, YJ_E_BUSY, "judging is still running");
    }
    pthread_mutex_unlock(&e->judge_lock);
    return s;
}

int64_t yj_engine_judge_lag(yj_engine *e)
{
    int64_t oldest = INT64_MAX;
    pthread_mutex_lock(&e->judge_lock);
    for (size_t i = 0; i < e->judge_slot_count; i++) {
        const yj_judge_slot *s = &e->judge_slots[i];
        if (s->dirty_gen > s->judged_gen && s->waiting_since_ns < oldest)
            oldest = s->waiting_since_ns;
    }
    pthread_mutex_unlock(&e->judge_lock);
    return oldest == INT64_MAX ? 0 : yj_monotonic_ns() - oldest;
}
