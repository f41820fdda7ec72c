// SPDX-License-Identifier: Apache-2.0
#include "api/worker.h"
#include "base/memory.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#define THREADS_MAX 64

struct yj_workers {
    pthread_mutex_t lock;
    pthread_cond_t news;
    yj_job *head, **tail;
    size_t waiting;
    unsigned idle;
    bool stopping;
    pthread_t thread[THREADS_MAX];
    unsigned threads;
};

static void *work(void *arg)
{
    yj_workers *w = arg;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->head && !w->stopping) {
            w->idle++;
            pthread_cond_wait(&w->news, &w->lock);
            w->idle--;
        }
        yj_job *j = w->head;
        if (!j)
            break;
        w->head = j->next;
        if (!w->head)
            w->tail = &w->head;
        w->waiting--;
        pthread_mutex_unlock(&w->lock);
        yj_memory_begin();
        j->run(j);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

yj_status yj_workers_start(unsigned threads, const char *name, yj_workers **ret, yj_error *err)
{
    yj_auto(yj_workers_stopp) yj_workers *w = calloc(1, sizeof *w);
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->news, NULL);
    w->tail = &w->head;
    /* signals belong to the main thread */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; w->threads < threads && w->threads < THREADS_MAX; w->threads++) {
        int e = pthread_create(&w->thread[w->threads], NULL, work, w);
        if (e) {
            pthread_sigmask(SIG_SETMASK, &before, NULL);
            errno = e;
            return yj_fail_sys(err, YJ_E_NOMEM, "cannot start a thread");
        }
        pthread_setname_np(w->thread[w->threads], name);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *ret = yj_take(w);
    return YJ_OK;
}

void yj_workers_stop(yj_workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->news);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->threads; i++)
        pthread_join(w->thread[i], NULL);
    pthread_cond_destroy(&w->news);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void yj_workers_add(yj_workers *w, yj_job *j)
{
    j->next = NULL;
    pthread_mutex_lock(&w->lock);
    *w->tail = j;
    w->tail = &j->next;
    w->waiting++;
    if (w->idle)
        pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->lock);
}

size_t yj_workers_waiting(yj_workers *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->waiting;
    pthread_mutex_unlock(&w->lock);
    return n;
}
