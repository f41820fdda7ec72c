// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/pool.h"
#include "base/time.h"
#include <pthread.h>
#include <time.h>

#define PROGRESS_NS 200000000

struct yj_pool_share {
    const yj_pool *pool;
    atomic_size_t next, finished;
    atomic_ullong bytes;
    atomic_bool failed;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned working; /* under `lock` */
};
typedef yj_pool_share run;

static void leave(run *r)
{
    pthread_mutex_lock(&r->lock);
    r->working--;
    pthread_cond_signal(&r->done);
    pthread_mutex_unlock(&r->lock);
}

bool yj_pool_take(yj_pool_share *s, size_t *ret_i)
{
    const yj_pool *p = s->pool;
    if (atomic_load(&s->failed) || (p->go_on && atomic_load(p->stop)))
        return false;
    const size_t i = atomic_fetch_add(&s->next, 1); /* a few more for each thread, at most */
    *ret_i = i;
    return i < p->count;
}

void yj_pool_read(yj_pool_share *s, size_t bytes)
{
    atomic_fetch_add_explicit(&s->bytes, bytes, memory_order_relaxed);
}

void yj_pool_did(yj_pool_share *s)
{
    atomic_fetch_add(&s->finished, 1);
}

static void *work(void *arg)
{
    run *r = arg;
    const yj_pool *p = r->pool;
    void *own = p->begin(p->self);
    if (!own)
        atomic_store(&r->failed, true);
    if (own) {
        p->work(p->self, own, r);
        p->end(p->self, own);
    }
    leave(r);
    return NULL;
}

static void tell(run *r, int64_t since)
{
    const yj_pool *p = r->pool;
    if (p->progress)
        p->progress(p->progress_self, &(yj_progress){ atomic_load(&r->bytes), p->total,
                                                      atomic_load(&r->finished), p->count, since });
}

/* After a refusal nobody is asked again: the threads are only waited for. */
static void ask(const run *r, yj_status *said, yj_error *err)
{
    const yj_pool *p = r->pool;
    if (!p->go_on || *said != YJ_OK)
        return;
    *said = p->go_on(p->go_on_self, err);
    if (*said != YJ_OK)
        atomic_store(p->stop, true);
}

static yj_status wait_for_all(run *r, int64_t since, yj_error *err)
{
    yj_status said = YJ_OK;
    pthread_mutex_lock(&r->lock);
    while (r->working) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PROGRESS_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&r->done, &r->lock, &until);
        pthread_mutex_unlock(&r->lock);
        tell(r, since);
        ask(r, &said, err);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    tell(r, since); /* also where all was done before anybody waited */
    return said;
}

yj_status yj_pool_run(const yj_pool *p, yj_error *err)
{
    pthread_t thread[YJ_POOL_THREADS_MAX];
    run r = { .pool = p };
    int64_t since = yj_monotonic_ns();
    pthread_condattr_t attr;
    pthread_mutex_init(&r.lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r.done, &attr);
    pthread_condattr_destroy(&attr);
    unsigned started = 0, wanted = p->threads ? p->threads : 1;
    if (wanted > YJ_POOL_THREADS_MAX)
        wanted = YJ_POOL_THREADS_MAX;
    for (; started < wanted; started++) {
        pthread_mutex_lock(&r.lock);
        r.working++;
        pthread_mutex_unlock(&r.lock);
        if (pthread_create(&thread[started], NULL, work, &r) != 0) {
            leave(&r);
            break;
        }
    }
    yj_status said = wait_for_all(&r, since, err);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.done);
    if (started == 0 || atomic_load(&r.failed))
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return said;
}
