// SPDX-License-Identifier: Apache-2.0
/*
 * The default VFS, gentle to others: a database file written through it goes to the disk every few pages, and
 * not all at once when it is synced at the end. A disk that has tens of megabytes to write keeps everybody
 * waiting who syncs anything else meanwhile, above all the commits to the log. For connections that write
 * much which nobody waits for: the keeper's, and the target of a copy.
 */
#include "store/db_internal.h"
#include <pthread.h>
#include <sqlite3.h>

#define WRITES 32 /* pages of 4 KiB, scattered: a few milliseconds of a slow disk */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs, gentle_vfs;
static const sqlite3_io_methods *real_methods; /* one set serves every file of the process */
static sqlite3_io_methods gentle_methods;
static _Thread_local unsigned written; /* since this thread synced last; a connection belongs to one thread */

static int gentle_sync(sqlite3_file *f, int flags)
{
    written = 0;
    return real_methods->xSync(f, flags);
}

static int gentle_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
    int rc = real_methods->xWrite(f, bytes, len, at);
    return rc == SQLITE_OK && ++written >= WRITES ? gentle_sync(f, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY)
                                                  : rc;
}

static int gentle_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    int rc = real_vfs->xOpen(real_vfs, name, f, flags, ret_flags);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB)) {
        pthread_mutex_lock(&lock);
        if (!real_methods) {
            real_methods = f->pMethods;
            gentle_methods = *f->pMethods;
            gentle_methods.xWrite = gentle_write;
            gentle_methods.xSync = gentle_sync;
        }
        if (f->pMethods == real_methods)
            f->pMethods = &gentle_methods;
        pthread_mutex_unlock(&lock);
    }
    return rc;
}

static void make_vfs(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    gentle_vfs = *real_vfs;
    gentle_vfs.zName = "yj-gentle";
    gentle_vfs.pNext = NULL;
    gentle_vfs.xOpen = gentle_open;
    if (sqlite3_vfs_register(&gentle_vfs, 0) != SQLITE_OK)
        abort();
}

const char *yj_sqlite_gentle_vfs(void)
{
    pthread_once(&once, make_vfs);
    return gentle_vfs.zName;
}
