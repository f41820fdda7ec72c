// SPDX-License-Identifier: Apache-2.0
/*
 * A batch whose process died elsewhere, or that could not be undone because the disk was full, holds its
 * records and keys until somebody undoes it. A server does so by itself: it looks every few seconds, at a
 * table that is nearly always empty. On the same thread it enters what inspectors have read.
 */
#include "record/internal.h"
#include "record/reading.h"

#include "base/log.h"
#include "base/memory.h"

static bool wait_a_while(yj_engine *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += YJ_BATCH_LOOK_S;
    pthread_mutex_lock(&e->watch_lock);
    while (!e->watch_stopping && pthread_cond_timedwait(&e->watch_cond, &e->watch_lock, &until) == 0)
        ;
    bool go_on = !e->watch_stopping;
    pthread_mutex_unlock(&e->watch_lock);
    return go_on;
}

static void *watch_main(void *self)
{
    yj_engine *e = self;
    while (wait_a_while(e)) {
        yj_error err = { 0 };
        yj_memory_begin();
        if (yj_batches_undo_open(e, &err) != YJ_OK)
            yj_log_error(YJ_LOG_WARN, "undoing an interrupted import", &err);
        err = (yj_error){ 0 };
        if (yj_readings_enter(e, &err) != YJ_OK)
            yj_log_error(YJ_LOG_WARN, "entering what was read", &err);
    }
    return NULL;
}

yj_status yj_batches_watch_start(yj_engine *e, yj_error *err)
{
    if (pthread_create(&e->watch_thread, NULL, watch_main, e) != 0)
        return yj_fail(err, YJ_E_NOMEM, "a thread cannot be started");
    e->watch_running = true;
    return YJ_OK;
}

void yj_batches_watch_stop(yj_engine *e)
{
    if (!e->watch_running)
        return;
    pthread_mutex_lock(&e->watch_lock);
    e->watch_stopping = true;
    pthread_cond_signal(&e->watch_cond);
    pthread_mutex_unlock(&e->watch_lock);
    pthread_join(e->watch_thread, NULL);
    e->watch_running = false;
}
