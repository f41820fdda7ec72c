// SPDX-License-Identifier: Apache-2.0
/*
 * The writer: one thread, one write connection, group commit. Whatever waits in the queue goes into one
 * transaction, so that one fsync serves many; each piece of work that may fail after it has written runs in a
 * savepoint, so that one refused request leaves the others of its group untouched.
 */
#include "record/internal.h"

#include "base/log.h"
#include "base/memory.h"
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

#define QUEUE_MAX 4096
#define GROUP_MAX 512
#define ARENA_MAX ((size_t)64 << 20)

/* --- ledgers in the running transaction ------------------------------------------------------- */

static yj_slot *slot_of(yj_writer *w, int64_t inst)
{
    for (yj_slot *s = w->slots; s; s = s->next)
        if (s->ledger.inst == inst)
            return s;
    return NULL;
}

yj_status yj_writer_slot(yj_writer *w, int64_t inst, yj_slot **ret, yj_error *err)
{
    yj_slot *s = slot_of(w, inst);
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        yj_status st = yj_ledger_load(w->db, inst, &s->ledger, err);
        if (st != YJ_OK) {
            free(s);
            return st;
        }
        s->next = w->slots;
        w->slots = s;
    }
    if (!s->begun) {
        YJ_TRY(yj_ledger_begin(w->db, &s->ledger, err));
        s->begun = s->fresh = true;
        s->tied = YJ_TIED_UNKNOWN;
        s->from_size = s->ledger.frontier.size;
    }
    if (!s->touched) {
        s->touched = true;
        s->undo = s->ledger;
    }
    *ret = s;
    return YJ_OK;
}

yj_status yj_writer_append(yj_writer *w, int64_t inst, const yj_append *a, uint64_t *ret_seq,
                           int64_t *ret_time, yj_error *err)
{
    yj_slot *s = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &s, err));
    s->appended = true;
    return yj_ledger_append(w->db, &s->ledger, a, ret_seq, ret_time, err);
}

void yj_writer_forget(yj_writer *w)
{
    while (w->slots) {
        yj_slot *s = w->slots;
        w->slots = s->next;
        free(s);
    }
}

static void drop_touches(yj_writer *w, yj_touch_item *down_to)
{
    while (w->new_touches && w->new_touches != down_to) {
        yj_touch_item *t = w->new_touches;
        w->new_touches = t->next;
        yj_touch_item_free(t);
    }
}

/* --- a group ---------------------------------------------------------------------------------- */

typedef struct outcome {
    yj_status s;
    yj_error err;
} outcome;

static void work_begin(yj_writer *w)
{
    for (yj_slot *s = w->slots; s; s = s->next)
        s->touched = s->appended = s->fresh = false;
    w->work_mark = w->new_touches;
    yj_arena_reset(w->arena);
}

/* @param savepoint what was done since is undone in the store, and a lock that was taken since is free again
 */
static void work_undo(yj_writer *w, bool savepoint)
{
    for (yj_slot *s = w->slots; s; s = s->next) {
        if (s->touched)
            s->ledger = s->undo;
        s->tied = YJ_TIED_UNKNOWN;
        if (s->fresh && savepoint)
            s->begun = false;
    }
    drop_touches(w, w->work_mark);
    yj_writer_forget_actors(w);
}

/* Did the piece of work write before it failed? Then the transaction as a whole cannot be kept. */
static bool wrote(const yj_writer *w)
{
    for (const yj_slot *s = w->slots; s; s = s->next)
        if (s->touched && s->appended)
            return true;
    return false;
}

static yj_status run_one(yj_writer *w, yj_work *k, outcome *o)
{
    work_begin(w);
    yj_error err = { 0 };
    yj_status outer = k->savepoint ? yj_db_savepoint(w->db, &err) : YJ_OK;
    if (outer == YJ_OK) {
        yj_memory_begin();
        o->s = k->run(w, k->ctx, &o->err);
        if (yj_memory_is_short()) /* whatever came of it may lack a part */
            o->s = yj_memory_status(&o->err);
        yj_memory_begin();
        if (k->savepoint)
            outer = o->s == YJ_OK ? yj_db_savepoint_release(w->db, &err) : yj_db_savepoint_undo(w->db, &err);
        else if (o->s != YJ_OK && (k->alone || wrote(w)))
            outer = o->s; /* what is alone may have written to tables only */
        if (o->s != YJ_OK || outer != YJ_OK)
            work_undo(w, k->savepoint);
    }
    if (outer != YJ_OK && o->s == YJ_OK) {
        o->s = outer;
        o->err = err;
    }
    return outer;
}

static yj_status commit_group(yj_writer *w, yj_error *err)
{
    for (yj_slot *s = w->slots; s; s = s->next)
        if (s->begun && s->ledger.frontier.size != s->from_size)
            YJ_TRY(yj_ledger_seal(w->db, &s->ledger, s->from_size, err));
    return yj_db_commit(w->db, err);
}

static void tell_committing(yj_engine *e, bool begins)
{
    pthread_mutex_lock(&e->feed_lock);
    for (const yj_slot *s = e->writer.slots; s && e->committing; s = s->next)
        if (s->begun && s->ledger.frontier.size != s->from_size)
            e->committing(e->committing_ctx, s->ledger.inst, begins);
    pthread_mutex_unlock(&e->feed_lock);
}

static void publish(yj_engine *e)
{
    yj_writer *w = &e->writer;
    yj_touch_item *list = NULL;
    while (w->new_touches) { /* they were put newest first */
        yj_touch_item *t = w->new_touches;
        w->new_touches = t->next;
        t->next = list;
        list = t;
    }
    for (yj_slot *s = w->slots; s; s = s->next) {
        if (!s->begun || s->ledger.frontier.size == s->from_size)
            continue;
        atomic_fetch_add(&e->entries, s->ledger.frontier.size - s->from_size);
        pthread_mutex_lock(&e->feed_lock);
        for (size_t i = 0; i < e->feed_count; i++)
            e->feeds[i].fn(e->feeds[i].ctx, s->ledger.inst, s->from_size, s->ledger.frontier.size, s->judged);
        pthread_mutex_unlock(&e->feed_lock);
    }
    yj_judge_publish(e, list);
    atomic_fetch_add(&e->commits, 1);
}

/* Forget what the transaction did; heads are read again from the store next time. */
static void abandon(yj_writer *w)
{
    yj_db_rollback(w->db);
    drop_touches(w, NULL);
    yj_writer_forget(w);
    yj_writer_forget_actors(w);
}

static void finish(yj_work *k, const outcome *o, yj_engine *e)
{
    if (o->s != YJ_OK)
        atomic_fetch_add(&e->refused, 1);
    k->done(k, o->s, &o->err);
}

static void end_transaction(yj_writer *w)
{
    for (yj_slot *s = w->slots; s; s = s->next)
        s->begun = s->touched = s->judged = false;
    yj_writer_forget_actors(w);
}

static yj_work *take_first(yj_engine *e)
{
    yj_work *k = e->queue_head;
    e->queue_head = k->next;
    if (!e->queue_head)
        e->queue_tail = &e->queue_head;
    e->queue_depth--;
    e->queue_brief -= k->brief;
    return k;
}

static size_t take(yj_engine *e, yj_work **ret, bool *ret_stop)
{
    size_t n = 0;
    pthread_mutex_lock(&e->queue_lock);
    while (!e->queue_head && !e->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        if (pthread_cond_timedwait(&e->queue_cond, &e->queue_lock, &until) == ETIMEDOUT)
            break;
    }
    while (e->queue_head && n < GROUP_MAX) {
        yj_work *k = e->queue_head;
        if (k->alone && n > 0)
            break;
        ret[n++] = take_first(e);
        if (k->alone)
            break;
    }
    *ret_stop = n == 0 && e->stopping;
    pthread_mutex_unlock(&e->queue_lock);
    return n;
}

/* Brief work, from wherever it stands in the queue. */
static size_t take_brief(yj_engine *e, yj_work **ret, size_t room)
{
    size_t n = 0;
    pthread_mutex_lock(&e->queue_lock);
    for (yj_work **at = &e->queue_head; e->queue_brief > 0 && n < room && *at;) {
        yj_work *k = *at;
        if (!k->brief) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        if (e->queue_tail == &k->next)
            e->queue_tail = at;
        e->queue_depth--;
        e->queue_brief--;
        ret[n++] = k;
    }
    pthread_mutex_unlock(&e->queue_lock);
    return n;
}

/* Other servers' groups take the same locks in another order (the store then lets one of them go): a piece of
 * work that fell out so is done by itself, holding nothing while it waits. */
static bool fell_out(const yj_work *k, const outcome *o)
{
    return k->savepoint && o->s == YJ_E_BUSY;
}

/*
 * Run the list as one transaction; on a failure of the transaction itself fall back to one at a time.
 * @param room  places of `works`: what is brief may still join the transaction while it runs
 */
static void run_group(yj_engine *e, yj_work **works, size_t count, size_t room)
{
    yj_writer *w = &e->writer;
    outcome *out = calloc(room, sizeof *out);
    yj_error err = { 0 };
    yj_status s = out ? YJ_OK : yj_fail(&err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; s == YJ_OK && i < count; i++)
        if (works[i]->savepoint && !works[i]->brief)
            s = yj_writer_confine(w, &err);
    if (s == YJ_OK)
        s = yj_db_begin(w->db, YJ_DB_WRITE, &err);
    for (size_t i = 0; s == YJ_OK && i < count; i++) {
        s = run_one(w, works[i], &out[i]);
        if (s != YJ_OK)
            err = out[i].err;
        else if (i + 1 == count && room > count)
            count += take_brief(e, works + count, room - count);
    }
    if (s == YJ_OK) {
        tell_committing(e, true);
        s = commit_group(w, &err);
        if (s == YJ_OK)
            publish(e);
        tell_committing(e, false);
    }
    if (s == YJ_OK) {
        end_transaction(w);
    } else {
        abandon(w);
        bool told = out && works[0]->alone && out[0].s != YJ_OK; /* to who asked for the work */
        if (!told && s != YJ_E_INVALID && s != YJ_E_CONFLICT)
            yj_log_error(YJ_LOG_ERROR, "commit", &err);
    }
    if (s != YJ_OK && count > 1) {
        for (size_t i = 0; i < count; i++)
            run_group(e, &works[i], 1, 1);
    } else {
        size_t again = 0; /* after the others are told: what waits for locks must not keep them */
        for (size_t i = 0; i < count; i++) {
            outcome failed = { .s = s, .err = err };
            if (s == YJ_OK && count > 1 && fell_out(works[i], &out[i]))
                works[again++] = works[i];
            else
                finish(works[i], s == YJ_OK || (out && out[i].s != YJ_OK) ? &out[i] : &failed, e);
        }
        for (size_t i = 0; i < again; i++)
            run_group(e, &works[i], 1, 1);
    }
    free(out);
}

static void *writer_main(void *self)
{
    yj_engine *e = self;
    yj_work *works[GROUP_MAX];
    for (;;) {
        bool stop = false;
        size_t n = take(e, works, &stop);
        if (stop)
            return NULL;
        if (n > 0)
            run_group(e, works, n, works[0]->alone ? n : GROUP_MAX);
        yj_keeper_finish(e);
    }
}

/* --- queue ------------------------------------------------------------------------------------ */

yj_status yj_writer_submit(yj_engine *e, yj_work *k, bool even_if_full, yj_error *err)
{
    k->next = NULL;
    pthread_mutex_lock(&e->queue_lock);
    bool full = e->queue_depth >= QUEUE_MAX && !even_if_full;
    bool stopping = e->stopping;
    if (!full && !stopping) {
        *e->queue_tail = k;
        e->queue_tail = &k->next;
        e->queue_depth++;
        e->queue_brief += k->brief;
        if (e->queue_depth == 1)
            pthread_cond_signal(&e->queue_cond);
    }
    pthread_mutex_unlock(&e->queue_lock);
    if (stopping)
        return yj_fail(err, YJ_E_BUSY, "the server is stopping");
    return full ? yj_fail(err, YJ_E_BUSY, "too many changes are waiting; try again shortly") : YJ_OK;
}

/* For waiting till the writer is done. A semaphore, since the one who waits may go away with it at once. */
static void wait_for(sem_t *s)
{
    while (sem_wait(s) != 0)
        assert(errno == EINTR);
    (void)sem_destroy(s);
}

typedef struct waiting {
    yj_work work;
    sem_t ready;
    yj_status s;
    yj_error err;
} waiting;

static void wake(yj_work *k, yj_status s, const yj_error *err)
{
    waiting *x = (waiting *)k; /* the work is its first member */
    x->s = s;
    x->err = *err;
    (void)sem_post(&x->ready);
}

static yj_status run_waiting(yj_engine *e, yj_work work, yj_error *err)
{
    waiting x = { .work = work };
    x.work.done = wake;
    (void)sem_init(&x.ready, 0, 0);
    YJ_TRY(yj_writer_submit(e, &x.work, true, err));
    wait_for(&x.ready);
    if (x.s != YJ_OK && err)
        *err = x.err;
    return x.s;
}

yj_status yj_writer_run(yj_engine *e, yj_status (*run)(yj_writer *, void *, yj_error *), void *ctx,
                        bool alone, yj_error *err)
{
    return run_waiting(e, (yj_work){ .run = run, .ctx = ctx, .savepoint = !alone, .alone = alone }, err);
}

yj_status yj_writer_run_brief(yj_engine *e, yj_status (*run)(yj_writer *, void *, yj_error *), void *ctx,
                              yj_error *err)
{
    return run_waiting(e, (yj_work){ .run = run, .ctx = ctx, .savepoint = true, .brief = true }, err);
}

typedef struct outside {
    yj_write_fn fn;
    void *ctx;
} outside;

static yj_status run_outside(yj_writer *w, void *ctx, yj_error *err)
{
    const outside *x = ctx;
    return x->fn(w->db, x->ctx, err);
}

yj_status yj_engine_write(yj_engine *e, yj_write_fn fn, void *ctx, yj_error *err)
{
    outside x = { fn, ctx };
    return yj_writer_run_brief(e, run_outside, &x, err);
}

yj_status yj_writer_start(yj_engine *e, yj_error *err)
{
    e->writer.e = e;
    e->writer.arena = yj_arena_new(ARENA_MAX);
    if (!e->writer.arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int rc = pthread_create(&e->writer_thread, NULL, writer_main, e);
    if (rc != 0)
        return yj_fail(err, YJ_E_NOMEM, "the writer's thread cannot be started");
    e->writer_running = true;
    return YJ_OK;
}

void yj_writer_stop(yj_engine *e)
{
    if (e->writer_running) {
        pthread_mutex_lock(&e->queue_lock);
        e->stopping = true;
        pthread_cond_broadcast(&e->queue_cond);
        pthread_mutex_unlock(&e->queue_lock);
        pthread_join(e->writer_thread, NULL);
        e->writer_running = false;
    }
    yj_writer_forget(&e->writer);
    yj_arena_free(e->writer.arena);
    yj_arena_free(e->writer.actors_arena);
    e->writer.arena = e->writer.actors_arena = NULL;
    e->writer.actors = NULL;
}

/* --- changes ---------------------------------------------------------------------------------- */

typedef struct change_work {
    yj_work work;
    yj_change *c;
    yj_engine *e;
} change_work;

static yj_status change_run(yj_writer *w, void *ctx, yj_error *err)
{
    yj_change *c = ctx;
    free(c->misses); /* a second run after a failed group starts clean */
    free(c->stale);
    c->misses = c->stale = NULL;
    c->unchanged = false;
    return yj_apply_change(w, c, err);
}

static yj_status change_dry_run(yj_writer *w, void *ctx, yj_error *err)
{
    YJ_TRY(change_run(w, ctx, err));
    return YJ_E_USAGE; /* so that the savepoint is undone; change_finish turns it into success */
}

static void change_finish(yj_work *k, yj_status s, const yj_error *err)
{
    change_work *cw = (change_work *)k;
    yj_change *c = cw->c;
    bool dry_ok = c->dry_run && s == YJ_E_USAGE;
    c->status = dry_ok ? YJ_OK : s;
    if (c->status != YJ_OK)
        c->error = *err;
    free(cw);
    c->done(c, c->ctx);
}

yj_status yj_change_submit(yj_engine *e, yj_change *c, yj_error *err)
{
    YJ_TRY(yj_memory_status(err)); /* its fields may lack a part */
    change_work *cw = calloc(1, sizeof *cw);
    if (!cw)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    cw->c = c;
    cw->e = e;
    cw->work = (yj_work){ .run = c->dry_run ? change_dry_run : change_run,
                          .done = change_finish,
                          .ctx = c,
                          .savepoint = yj_change_needs_savepoint(e, c) };
    yj_status s = yj_writer_submit(e, &cw->work, c->batch != 0, err);
    if (s != YJ_OK)
        free(cw);
    return s;
}

static void post(yj_change *c, void *ctx)
{
    (void)sem_post(ctx);
}

yj_status yj_change_run(yj_engine *e, yj_change *c, yj_error *err)
{
    sem_t ready;
    (void)sem_init(&ready, 0, 0);
    c->done = post;
    c->ctx = &ready;
    YJ_TRY(yj_change_submit(e, c, err));
    wait_for(&ready);
    if (c->status != YJ_OK && err)
        *err = c->error;
    return c->status;
}

void yj_change_done(yj_change *c)
{
    free(c->stale);
    free(c->misses);
    c->stale = c->misses = NULL;
}
