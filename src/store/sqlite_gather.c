// SPDX-License-Identifier: Apache-2.0
/*
 * The default VFS, whose write-ahead logs gather what is written to them. SQLite writes a page to its log in
 * two calls, head and page; a commit of many changes is a thousand calls, which cost more than the copying.
 * What follows what was written last waits in memory; it goes to the file when there is much of it, and
 * before anything else is done with the file: a sync, a read, a write elsewhere, a question for its length.
 * SQLite publishes a commit after it has synced the log (synchronous=FULL), so nobody looks for what still
 * waits here. Not for connections that do not sync: what they publish may not be in the file yet.
 */
#include "store/db_internal.h"
#include <pthread.h>
#include <sqlite3.h>

/* SQLite's own VFS cuts a write at 128 KiB: 29 pages and their heads are less. */
#define GATHER_BYTES ((size_t)29 * (4096 + 24))

/* Stands behind the file of the default VFS, whose size is rounded up to this. */
#define ALIGN ((size_t)16)

typedef struct gather {
    char *bytes; /* NULL: no memory for it, everything goes straight to the file */
    size_t len;
    sqlite3_int64 at; /* where bytes[0] belongs */
} gather;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs, gather_vfs;
static const sqlite3_io_methods *real_methods; /* one set serves every log of the process */
static sqlite3_io_methods gather_methods;

static size_t own_offset(void)
{
    return ((size_t)real_vfs->szOsFile + ALIGN - 1) / ALIGN * ALIGN;
}

static gather *of(sqlite3_file *f)
{
    return (gather *)(void *)((char *)f + own_offset());
}

/** What fails is dropped, as a write that failed is: SQLite rolls the transaction back. */
static int flush(sqlite3_file *f)
{
    gather *g = of(f);
    size_t len = g->len;
    g->len = 0;
    return len ? real_methods->xWrite(f, g->bytes, (int)len, g->at) : SQLITE_OK;
}

static int gather_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
    gather *g = of(f);
    size_t n = (size_t)len;
    int rc = SQLITE_OK;
    if (g->len && (at != g->at + (sqlite3_int64)g->len || n > GATHER_BYTES - g->len))
        rc = flush(f);
    if (rc != SQLITE_OK)
        return rc;
    if (!g->bytes || n > GATHER_BYTES)
        return real_methods->xWrite(f, bytes, len, at);
    if (!g->len)
        g->at = at;
    memcpy(g->bytes + g->len, bytes, n);
    g->len += n;
    return SQLITE_OK;
}

static int gather_sync(sqlite3_file *f, int flags)
{
    int rc = flush(f);
    return rc == SQLITE_OK ? real_methods->xSync(f, flags) : rc;
}

static int gather_read(sqlite3_file *f, void *ret, int len, sqlite3_int64 at)
{
    int rc = flush(f);
    return rc == SQLITE_OK ? real_methods->xRead(f, ret, len, at) : rc;
}

static int gather_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = flush(f);
    return rc == SQLITE_OK ? real_methods->xTruncate(f, size) : rc;
}

static int gather_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    int rc = flush(f);
    return rc == SQLITE_OK ? real_methods->xFileSize(f, ret) : rc;
}

/** What was never synced was never published: it may go. */
static int gather_close(sqlite3_file *f)
{
    free(of(f)->bytes);
    *of(f) = (gather){ 0 };
    return real_methods->xClose(f);
}

static int gather_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    (void)vfs;
    int rc = real_vfs->xOpen(real_vfs, name, f, flags, ret_flags);
    if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
        return rc;
    pthread_mutex_lock(&lock);
    if (!real_methods) {
        real_methods = f->pMethods;
        gather_methods = *f->pMethods;
        gather_methods.xClose = gather_close;
        gather_methods.xRead = gather_read;
        gather_methods.xWrite = gather_write;
        gather_methods.xTruncate = gather_truncate;
        gather_methods.xSync = gather_sync;
        gather_methods.xFileSize = gather_size;
    }
    if (f->pMethods == real_methods) {
        *of(f) = (gather){ .bytes = malloc(GATHER_BYTES) };
        f->pMethods = &gather_methods;
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

static void make_vfs(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    gather_vfs = *real_vfs;
    gather_vfs.zName = "yj-gather";
    gather_vfs.pNext = NULL;
    gather_vfs.szOsFile = (int)(own_offset() + sizeof(gather));
    gather_vfs.xOpen = gather_open;
    if (sqlite3_vfs_register(&gather_vfs, 0) != SQLITE_OK)
        abort();
}

const char *yj_sqlite_gather_vfs(void)
{
    pthread_once(&once, make_vfs);
    return gather_vfs.zName;
}
