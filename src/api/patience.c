// SPDX-License-Identifier: Apache-2.0
#include "api/patience.h"
#include "base/time.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define LOOK_MS 1000 /* at most between two looks */
#define LOOK_WHEN_FULL_MS 50
#define NS_PER_MS INT64_C(1000000)

typedef enum awaited { AW_HEAD, AW_NEXT_HEAD, AW_BODY, AW_NOTHING, AW_COUNT_ } awaited;

struct yj_visit {
    yj_patience *home;
    yj_visit *before, *after; /* these and `cut`: under the lock */
    int fd;
    bool cut;
    /* What is awaited, and since when, in one word: the listener's threads set it without a lock. */
    _Atomic int64_t now;    /* monotonic ns * AW_COUNT_ + awaited */
    _Atomic uint64_t bytes; /* of the body, since then */
};

struct yj_patience {
    yj_patience_limits limit;
    int64_t idle_ms;
    unsigned connections, room;
    pthread_mutex_t lock;
    pthread_cond_t news;
    pthread_t thread;
    bool running, stopping;
    yj_visit *visits;
    unsigned count, leaving; /* cut, but not yet at their end */
    yj_patience_stats stats;
};

/* --- one visit --------------------------------------------------------------------------------------------
 */

static void await(yj_visit *v, awaited what)
{
    if (!v)
        return;
    /* in this order, so that who reads no bytes and then still the old word reads no lie */
    atomic_store(&v->now, yj_monotonic_ns() * AW_COUNT_ + (int64_t)what);
    atomic_store(&v->bytes, 0);
}

void yj_visit_idles(yj_visit *v)
{
    await(v, AW_NEXT_HEAD);
}

void yj_visit_sends(yj_visit *v)
{
    await(v, AW_BODY);
}

void yj_visit_sent(yj_visit *v, size_t bytes)
{
    if (v)
        atomic_fetch_add_explicit(&v->bytes, bytes, memory_order_relaxed);
}

void yj_visit_is_served(yj_visit *v)
{
    await(v, AW_NOTHING);
}

static bool is_short_of_room(const yj_patience *p)
{
    return p->count - p->leaving + p->room > p->connections;
}

yj_visit *yj_visit_start(yj_patience *p, int fd)
{
    yj_visit *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->home = p;
    v->fd = fd;
    await(v, AW_HEAD);
    pthread_mutex_lock(&p->lock);
    v->after = p->visits;
    if (v->after)
        v->after->before = v;
    p->visits = v;
    p->count++;
    if (p->count == 1 || is_short_of_room(p))
        pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->lock);
    return v;
}

void yj_visit_end(yj_visit *v)
{
    if (!v)
        return;
    yj_patience *p = v->home;
    pthread_mutex_lock(&p->lock);
    if (v->before)
        v->before->after = v->after;
    else
        p->visits = v->after;
    if (v->after)
        v->after->before = v->before;
    p->count--;
    p->leaving -= v->cut ? 1 : 0;
    pthread_mutex_unlock(&p->lock);
    free(v);
}

/* --- the look at all of them; the lock is held ------------------------------------------------------------
 */

/* Its descriptor is open as long as the visit is in the list. The listener's thread sees an end of input. */
static void cut(yj_visit *v, uint64_t *counter)
{
    v->cut = true;
    v->home->leaving++;
    (*counter)++;
    (void)shutdown(v->fd, SHUT_RDWR);
}

/* `now` is what the visit's word was; it may have changed meanwhile. */
static bool is_slow(yj_visit *v, int64_t now, unsigned rate, int64_t ms)
{
    uint64_t bytes = atomic_load(&v->bytes);
    return bytes < (uint64_t)rate * (uint64_t)ms / 1000 && atomic_load(&v->now) == now;
}

static void look_at(yj_patience *p, yj_visit *v, int64_t at_ns)
{
    int64_t now = atomic_load(&v->now);
    int64_t ms = (at_ns - now / AW_COUNT_) / NS_PER_MS;
    switch ((awaited)(now % AW_COUNT_)) {
    case AW_HEAD:
    case AW_NEXT_HEAD:
        if (ms > p->limit.head_ms + (now % AW_COUNT_ == AW_NEXT_HEAD ? p->idle_ms : 0))
            cut(v, &p->stats.late_heads);
        break;
    case AW_BODY:
        if (ms < p->limit.body_ms)
            break;
        if (is_slow(v, now, p->limit.body_rate, ms)) {
            cut(v, &p->stats.slow_bodies);
        } else if (atomic_compare_exchange_strong(&v->now, &now, at_ns * AW_COUNT_ + AW_BODY)) {
            atomic_store(&v->bytes, 0); /* the next stretch; bytes that came in between were not needed */
        }
        break;
    case AW_NOTHING:
    case AW_COUNT_:
        break;
    }
}

/* How long beyond the limits of a full house, 0 if within them? */
static int64_t is_in_the_way(const yj_patience *p, yj_visit *v, int64_t at_ns)
{
    int64_t now = atomic_load(&v->now);
    awaited what = (awaited)(now % AW_COUNT_);
    int64_t ms = (at_ns - now / AW_COUNT_) / NS_PER_MS;
    if (v->cut || what == AW_NOTHING)
        return 0;
    if (what != AW_BODY)
        return ms > p->limit.full_ms ? ms - p->limit.full_ms : 0;
    bool slow = ms > p->limit.full_body_ms && is_slow(v, now, p->limit.full_rate, ms);
    return slow ? ms - p->limit.full_body_ms : 0;
}

static void make_room(yj_patience *p, int64_t at_ns)
{
    while (is_short_of_room(p)) {
        yj_visit *worst = NULL;
        int64_t most = 0;
        for (yj_visit *v = p->visits; v; v = v->after) {
            int64_t ms = is_in_the_way(p, v, at_ns);
            if (ms > most) {
                most = ms;
                worst = v;
            }
        }
        if (!worst)
            return;
        cut(worst, &p->stats.for_room);
    }
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + ms % 1000 * NS_PER_MS;
    t.tv_sec += (time_t)(ms / 1000 + ns / YJ_NS_PER_S);
    t.tv_nsec = (long)(ns % YJ_NS_PER_S);
    return t;
}

static void *watch(void *arg)
{
    yj_patience *p = arg;
    unsigned least = p->limit.head_ms < p->limit.body_ms ? p->limit.head_ms : p->limit.body_ms;
    int64_t often = least / 4 < LOOK_MS ? least / 4 + 1 : LOOK_MS;
    pthread_mutex_lock(&p->lock);
    while (!p->stopping) {
        bool full = is_short_of_room(p);
        struct timespec until = in_ms(full && often > LOOK_WHEN_FULL_MS ? LOOK_WHEN_FULL_MS : often);
        if (!p->count)
            pthread_cond_wait(&p->news, &p->lock);
        else
            (void)pthread_cond_timedwait(&p->news, &p->lock, &until);
        int64_t at_ns = yj_monotonic_ns();
        for (yj_visit *v = p->visits; v; v = v->after)
            if (!v->cut)
                look_at(p, v, at_ns);
        make_room(p, at_ns);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* --- start and stop ---------------------------------------------------------------------------------------
 */

static unsigned or_else(unsigned n, unsigned usual)
{
    return n ? n : usual;
}

yj_status yj_patience_start(const yj_patience_limits *limits, unsigned connections, unsigned idle_ms,
                            yj_patience **ret, yj_error *err)
{
    yj_patience *p = calloc(1, sizeof *p);
    if (!p)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    p->limit = (yj_patience_limits){
        .head_ms = or_else(limits->head_ms, YJ_PATIENCE_HEAD_MS),
        .body_ms = or_else(limits->body_ms, YJ_PATIENCE_BODY_MS),
        .body_rate = or_else(limits->body_rate, YJ_PATIENCE_BODY_RATE),
        .full_ms = or_else(limits->full_ms, YJ_PATIENCE_FULL_MS),
        .full_body_ms = or_else(limits->full_body_ms, YJ_PATIENCE_FULL_BODY_MS),
        .full_rate = or_else(limits->full_rate, YJ_PATIENCE_FULL_RATE),
    };
    p->idle_ms = idle_ms;
    p->connections = connections;
    p->room = connections / 16 ? connections / 16 : 1;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigset_t all, before; /* signals belong to the main thread */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    p->running = pthread_create(&p->thread, NULL, watch, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!p->running) {
        yj_patience_stop(p);
        return yj_fail(err, YJ_E_NOMEM, "a thread cannot be started");
    }
    *ret = p;
    return YJ_OK;
}

void yj_patience_stop(yj_patience *p)
{
    if (!p)
        return;
    if (p->running) {
        pthread_mutex_lock(&p->lock);
        p->stopping = true;
        pthread_cond_signal(&p->news);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    pthread_cond_destroy(&p->news);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void yj_patience_stats_read(yj_patience *p, yj_patience_stats *ret)
{
    pthread_mutex_lock(&p->lock);
    *ret = p->stats;
    ret->visits = p->count;
    pthread_mutex_unlock(&p->lock);
}
