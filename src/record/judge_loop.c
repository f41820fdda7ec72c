// SPDX-License-Identifier: Apache-2.0
/*
 * The judge: threads that follow the ledgers, institution by institution in turn, each by one thread at a
 * time. A run (judge_run.c) judges one piece, so that an institution with much to judge (an import, new
 * packs) does not keep the others waiting.
 */
#include "record/internal.h"

#include "base/log.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define RETRY_NS YJ_NS_PER_S /* after a failure that may pass */

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
    }
    pthread_cond_signal(&e->judge_cond);
    pthread_mutex_unlock(&e->judge_lock);
}

/* --- the thread ------------------------------------------------------------------------------- */

yj_status yj_judge_look(yj_engine *e, yj_db *db, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT inst FROM ledger ORDER BY inst", &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        recheck(e, yj_col_i64(st, 0));
    }
}

static yj_status look_again(yj_engine *e, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_judge_look(e, db, err);
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

/* What one turn takes out of an institution's slot. */
typedef struct turn {
    int64_t inst;
    yj_touch_item *touches;
    yj_backlog *backlog;
    uint64_t gen;
    bool others; /* wait, too */
} turn;

/* The next institution that waits and that nobody judges. False if none. The lock is held. */
static bool next_turn(yj_engine *e, turn *ret)
{
    int64_t now = yj_monotonic_ns();
    yj_judge_slot *first = NULL;
    size_t waiting = 0, count = e->judge_slot_count, from = e->judge_cursor;
    for (size_t n = 0; n < count && waiting < 2; n++) {
        yj_judge_slot *s = &e->judge_slots[(from + n) % count];
        if (s->running || s->dirty_gen <= s->judged_gen || s->retry_ns > now)
            continue;
        if (waiting++ > 0)
            continue;
        first = s;
        e->judge_cursor = (from + n) % count + 1;
    }
    if (!first)
        return false;
    *ret = (turn){ first->inst, first->touches, first->backlog, first->dirty_gen, waiting > 1 };
    first->touches = NULL;
    first->tail = NULL;
    first->backlog = NULL;
    first->retry_ns = 0;
    first->running = true;
    if (waiting > 1)
        pthread_cond_signal(&e->judge_cond); /* another thread may be free for them */
    return true;
}

/* Room on the disk, the store's attention: what was not judged is found in the ledger at the next try. */
static bool may_pass(yj_status s)
{
    return s == YJ_E_FULL || s == YJ_E_BUSY || s == YJ_E_DB || s == YJ_E_IO || s == YJ_E_NOMEM ||
           s == YJ_E_CLOCK;
}

/* With a backlog left the institution goes on waiting; so it does for a while if it should be tried again. */
static void end_turn(yj_engine *e, const turn *t, yj_status status, const yj_error *why, int64_t began_ns)
{
    pthread_mutex_lock(&e->judge_lock);
    yj_judge_slot *s = slot_for(e, t->inst); /* it was there when the turn began */
    s->backlog = t->backlog;
    s->running = false;
    s->without_room = status == YJ_E_FULL || status == YJ_E_IO;
    if (s->without_room)
        e->judge_why = *why;
    if (may_pass(status)) {
        s->retry_ns = yj_monotonic_ns() + RETRY_NS;
    } else if (!t->backlog) {
        s->judged_gen = s->judged_gen < t->gen ? t->gen : s->judged_gen;
        s->waiting_since_ns = began_ns; /* what came meanwhile came after the run began */
    }
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

/* On a new day duties may have lapsed: every institution is looked at, by whichever thread sees it first. */
void yj_judge_look_at_day(yj_engine *e, yj_error *err)
{
    if (!e->judge_running)
        return;
    yj_date today;
    yj_engine_today(e, &today);
    pthread_mutex_lock(&e->judge_lock);
    char before[YJ_DATE_LEN + 1];
    memcpy(before, e->judge_day, sizeof before);
    bool is_new = strcmp(before, today.s) != 0;
    if (is_new)
        memcpy(e->judge_day, today.s, sizeof e->judge_day);
    pthread_mutex_unlock(&e->judge_lock);
    if (!is_new || look_again(e, err) == YJ_OK)
        return;
    pthread_mutex_lock(&e->judge_lock);
    memcpy(e->judge_day, before, sizeof e->judge_day); /* tried again */
    pthread_mutex_unlock(&e->judge_lock);
}

static void *judge_main(void *self)
{
    yj_engine *e = self;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), YJ_NICE); /* the writer first */
    yj_error err = { 0 };
    yj_status before = YJ_OK; /* the same failure is logged once */
    for (;;) {
        yj_judge_look_at_day(e, &err);
        turn t = { 0 };
        pthread_mutex_lock(&e->judge_lock);
        bool found = next_turn(e, &t);
        if (!found && !e->judge_stopping)
            wait_a_second(e);
        bool stop = e->judge_stopping;
        pthread_mutex_unlock(&e->judge_lock);
        if (stop) {
            free_touches(t.touches);
            yj_backlog_free(t.backlog);
            return NULL;
        }
        if (!found)
            continue;
        int64_t began_ns = yj_monotonic_ns();
        yj_status s = yj_judge_run(e, t.inst, t.touches, t.others, &t.backlog, &err);
        free_touches(t.touches);
        if (s != YJ_OK && s != before)
            yj_log_error(YJ_LOG_ERROR, "judge", &err);
        before = s;
        end_turn(e, &t, s, &err, began_ns);
    }
}

yj_status yj_judge_start(yj_engine *e, yj_error *err)
{
    e->pace = yj_pace_new(e->catalog);
    if (!e->pace)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    e->judge_running = true;
    yj_date today;
    yj_engine_today(e, &today); /* everybody was looked at before */
    memcpy(e->judge_day, today.s, sizeof e->judge_day);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors < 1 ? 1 : processors < YJ_JUDGES_MAX ? (size_t)processors : YJ_JUDGES_MAX;
    while (e->judge_count < wanted &&
           pthread_create(&e->judge_threads[e->judge_count], NULL, judge_main, e) == 0)
        e->judge_count++; /* one is enough if no other can be had */
    if (e->judge_count)
        return YJ_OK;
    e->judge_running = false;
    return yj_fail(err, YJ_E_NOMEM, "the judge's thread cannot be started");
}

void yj_judge_stop(yj_engine *e)
{
    if (e->judge_running) {
        pthread_mutex_lock(&e->judge_lock);
        e->judge_stopping = true;
        pthread_cond_broadcast(&e->judge_cond);
        pthread_mutex_unlock(&e->judge_lock);
        while (e->judge_count > 0)
            pthread_join(e->judge_threads[--e->judge_count], NULL);
        e->judge_running = false;
    }
    for (size_t i = 0; i < e->judge_slot_count; i++) {
        free_touches(e->judge_slots[i].touches);
        yj_backlog_free(e->judge_slots[i].backlog);
    }
    free(e->judge_slots);
    e->judge_slots = NULL;
    e->judge_slot_count = e->judge_slot_cap = 0;
    yj_pace_free(e->pace);
    e->pace = NULL;
}

/* Is something from before `gen` left to judge? */
static bool waits(const yj_judge_slot *s, uint64_t gen)
{
    return s->dirty_gen > s->judged_gen && s->judged_gen < gen;
}

static bool settled(const yj_engine *e, uint64_t gen)
{
    for (size_t i = 0; i < e->judge_slot_count; i++)
        if (waits(&e->judge_slots[i], gen))
            return false;
    return true;
}

/* Whoever waits may have made room. */
static void try_again(yj_engine *e)
{
    for (size_t i = 0; i < e->judge_slot_count; i++)
        if (e->judge_slots[i].without_room) {
            e->judge_slots[i].without_room = false;
            e->judge_slots[i].retry_ns = 0;
        }
    pthread_cond_signal(&e->judge_cond);
}

static bool is_without_room(const yj_engine *e, uint64_t gen)
{
    for (size_t i = 0; i < e->judge_slot_count; i++)
        if (e->judge_slots[i].without_room && waits(&e->judge_slots[i], gen))
            return true;
    return false;
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
    try_again(e);
    while (s == YJ_OK && e->judge_running && !settled(e, gen)) {
        if (is_without_room(e, gen)) {
            s = e->judge_why.code;
            if (err)
                *err = e->judge_why;
        } else if (timeout_ms < 0)
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
