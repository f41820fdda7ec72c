// SPDX-License-Identifier: Apache-2.0
/*
 * The keeper: one thread that brings the store's log into its file, so that no commit has to wait for it. A
 * pass takes what stands in the log when it begins; what is committed meanwhile stays. SQLite begins the log
 * anew only at a moment at which nothing is left in it and nobody reads from it. While commits follow one
 * another closely that never comes by itself: so if the log has grown long, the keeper goes on until little
 * is left, and the writer takes that between two transactions, when no snapshot is open.
 */
#include "record/internal.h"

#include "base/log.h"
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_NS (100 * 1000000)
#define SHORT_TICK_NS (10 * 1000000) /* where there is little room */
#define RETRY_NS YJ_NS_PER_S         /* after a failure */
#define PASS_PAGES 500               /* 2 MiB: a pass is worth it */
#define LONG_PAGES 16000             /* 64 MiB: the log should begin anew */
#define ROOM_PART 8                  /* or before it takes so much of the room on the disk */
#define LEAST_PAGES 250
#define SHORT_PAGES 64 /* a rest that the writer takes in a few milliseconds */
#define PASSES_MAX 20  /* in a row */
#define PAGE_BYTES 4096

/* False if the keeper is to stop. */
static bool wait_for_ns(yj_engine *e, int64_t ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ns;
    until.tv_sec += until.tv_nsec / YJ_NS_PER_S;
    until.tv_nsec %= YJ_NS_PER_S;
    pthread_mutex_lock(&e->keeper_lock);
    while (!e->keeper_stopping &&
           pthread_cond_timedwait(&e->keeper_cond, &e->keeper_lock, &until) != ETIMEDOUT)
        ;
    bool go_on = !e->keeper_stopping;
    pthread_mutex_unlock(&e->keeper_lock);
    return go_on;
}

/* How long the log may get. */
static int64_t look_for_room(yj_engine *e)
{
    int64_t pages = yj_store_room(e->store) / PAGE_BYTES / ROOM_PART;
    pages = pages > LONG_PAGES ? LONG_PAGES : pages < LEAST_PAGES ? LEAST_PAGES : pages;
    atomic_store(&e->log_long, pages);
    return pages;
}

/* One pass; publishes how far the file is. The first one opens the keeper's connection: a program that writes
 * little needs none. */
static yj_status pass(yj_engine *e, int64_t *ret_log, int64_t *ret_left, yj_error *err)
{
    if (!e->keeper_db)
        YJ_TRY(yj_db_open_keeper(e->store, &e->keeper_db, err));
    YJ_TRY(yj_db_maintain(e->keeper_db, ret_log, ret_left, err));
    atomic_store(&e->log_kept, *ret_log - *ret_left);
    return YJ_OK;
}

static yj_status keep(yj_engine *e, int64_t at_most, yj_error *err)
{
    int64_t log = 0, left = 0;
    YJ_TRY(pass(e, &log, &left, err));
    for (int n = 0; n < PASSES_MAX && log > at_most && left >= SHORT_PAGES; n++)
        YJ_TRY(pass(e, &log, &left, err));
    if (log > at_most)
        atomic_store(&e->finish_log, true);
    return YJ_OK;
}

static void *keeper_main(void *self)
{
    yj_engine *e = self;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), YJ_NICE);
    yj_error err = { 0 };
    int64_t before = 0; /* pages of the log when it was looked at last */
    int64_t wait = TICK_NS;
    yj_status s = YJ_OK; /* a failure that goes on is logged once */
    while (wait_for_ns(e, wait)) {
        int64_t now = yj_db_log_pages(e->writer.db), at_most = look_for_room(e);
        if (now < before)
            atomic_store(&e->log_kept, 0); /* it began anew */
        int64_t kept = atomic_load(&e->log_kept);
        bool idle = now == before && now != kept;
        before = now;
        wait = at_most < LONG_PAGES ? SHORT_TICK_NS : TICK_NS;
        if (!idle && now - kept < PASS_PAGES && (now <= at_most || now == kept))
            continue;
        yj_status was = s;
        s = keep(e, at_most, &err);
        if (s != YJ_OK && was == YJ_OK)
            yj_log_error(YJ_LOG_WARN, "log of the store", &err);
        if (s != YJ_OK)
            wait = RETRY_NS;
    }
    return NULL;
}

void yj_keeper_finish(yj_engine *e)
{
    if (!atomic_load(&e->finish_log) || atomic_load(&e->snapshots) > 0)
        return;
    int64_t log = yj_db_log_pages(e->writer.db);
    if (log - atomic_load(&e->log_kept) > SHORT_PAGES && log < 2 * atomic_load(&e->log_long))
        return; /* the keeper is on its way */
    atomic_store(&e->finish_log, false);
    yj_ignore(yj_db_maintain(e->writer.db, NULL, NULL, NULL));
}

yj_status yj_keeper_start(yj_engine *e, yj_error *err)
{
    if (yj_store_engine(e->store) != YJ_ENGINE_SQLITE)
        return YJ_OK;
    look_for_room(e);
    if (pthread_create(&e->keeper_thread, NULL, keeper_main, e) != 0)
        return yj_fail(err, YJ_E_NOMEM, "the keeper's thread cannot be started");
    e->keeper_running = true;
    yj_db_leave_log(e->writer.db);
    return YJ_OK;
}

void yj_keeper_stop(yj_engine *e)
{
    if (e->keeper_running) {
        pthread_mutex_lock(&e->keeper_lock);
        e->keeper_stopping = true;
        pthread_cond_signal(&e->keeper_cond);
        pthread_mutex_unlock(&e->keeper_lock);
        pthread_join(e->keeper_thread, NULL);
        e->keeper_running = false;
    }
    yj_db_free(e->keeper_db);
    e->keeper_db = NULL;
}
