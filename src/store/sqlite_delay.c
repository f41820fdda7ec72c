// SPDX-License-Identifier: Apache-2.0
/*
 * Benchmarks only: the writer's VFS with a pause before each sync of a write-ahead log, to stand for a slower
 * disk, or with no sync of the log, to tell what the syncs cost. It is a copy of the other one whose xOpen
 * hands out, for logs, a copy of the file's methods with another xSync.
 */
#include "store/db_internal.h"
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs, delay_vfs;
static const sqlite3_io_methods *real_methods; /* one set serves every log of the process */
static sqlite3_io_methods delay_methods;
static atomic_long delay_us;

static int slow_sync(sqlite3_file *f, int flags)
{
    long us = atomic_load(&delay_us);
    sqlite3_int64 size;
    if (us < 0) /* what waits in memory goes to the file all the same */
        return real_methods->xFileSize(f, &size);
    struct timespec t = { us / 1000000, us % 1000000 * 1000 };
    nanosleep(&t, NULL);
    return real_methods->xSync(f, flags);
}

static int slow_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    (void)vfs;
    int rc = real_vfs->xOpen(real_vfs, name, f, flags, ret_flags);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
        pthread_mutex_lock(&lock);
        if (!real_methods) {
            real_methods = f->pMethods;
            delay_methods = *f->pMethods;
            delay_methods.xSync = slow_sync;
        }
        if (f->pMethods == real_methods)
            f->pMethods = &delay_methods;
        pthread_mutex_unlock(&lock);
    }
    return rc;
}

static void make_vfs(void)
{
    real_vfs = sqlite3_vfs_find(yj_sqlite_gather_vfs());
    delay_vfs = *real_vfs;
    delay_vfs.zName = "yj-delay";
    delay_vfs.pNext = NULL;
    delay_vfs.xOpen = slow_open;
    if (sqlite3_vfs_register(&delay_vfs, 0) != SQLITE_OK)
        abort();
}

yj_status yj_sqlite_set_delay(int64_t us, yj_error *err)
{
    (void)err;
    pthread_once(&once, make_vfs);
    atomic_store(&delay_us, (long)us);
    return YJ_OK;
}

const char *yj_sqlite_delay_vfs(void)
{
    return delay_vfs.zName;
}
