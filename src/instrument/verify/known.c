// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/known.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define RECORD 128
#define CHECK 8
#define ORDER UINT64_C(0x0102030405060708)

typedef struct identity {
    uint64_t dev, ino, size;
    int64_t mtime, mtime_ns, ctime, ctime_ns;
} identity;

typedef struct record {
    identity of;
    yj_sum sum;
    uint8_t check[CHECK];
} record;
static_assert(sizeof(record) == RECORD && sizeof(identity) == 56, "no room between the members");

typedef struct head {
    char magic[16];
    uint64_t order, alg;
    int64_t began_ns;
    uint8_t none[80], check[CHECK];
} head;
static_assert(sizeof(head) == RECORD, "no room between the members");
static const char magic[16] = "yunjian-known-1";

struct yj_known {
    int fd;
    char *path;
    yj_hasher *hasher; /* with the lock */
    record *old;       /* sorted by identity; what this run adds it does not look for */
    size_t count;
    int64_t began_ns, settle_ns;
    pthread_mutex_t lock;
    bool broken; /* writing failed: nothing is kept any more */
    atomic_ullong used;
};

static void check_of(yj_hasher *h, const void *bytes, uint8_t ret[CHECK])
{
    yj_digest d;
    yj_hasher_begin(h);
    yj_hasher_add(h, bytes, RECORD - CHECK);
    yj_hasher_end(h, &d);
    memcpy(ret, d.b, CHECK);
}

static bool is_whole(yj_hasher *h, const void *bytes)
{
    uint8_t check[CHECK];
    check_of(h, bytes, check);
    return memcmp((const uint8_t *)bytes + RECORD - CHECK, check, CHECK) == 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_head(yj_hasher *h, const char *bytes)
{
    head first;
    memcpy(&first, bytes, RECORD);
    return memcmp(first.magic, magic, sizeof magic) == 0 && first.order == ORDER && is_whole(h, bytes) &&
           first.alg < YJ_SUM_COUNT_ && first.began_ns > 0;
}

static yj_status check_all(yj_hasher *h, yj_span bytes, size_t *ret_good, yj_error *err)
{
    if (bytes.len < RECORD || !is_head(h, bytes.ptr))
        return yj_fail(err, YJ_E_INVALID, "it is no state of a verification");
    for (*ret_good = RECORD; bytes.len - *ret_good >= RECORD; *ret_good += RECORD)
        if (!is_whole(h, bytes.ptr + *ret_good))
            break;
    return bytes.len - *ret_good <= RECORD
               ? YJ_OK /* the last was not written to its end */
               : yj_fail(err, YJ_E_INVALID, "it is damaged at byte %zu", *ret_good);
}

yj_status yj_known_check(yj_span bytes, size_t *ret_good, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    return h ? check_all(h, bytes, ret_good, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static int by_identity(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(identity)); /* any order will do that is one */
}

static yj_status read_all(int fd, char *to, size_t n, yj_error *err)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = pread(fd, to + at, n - at, (off_t)at);
        if (got == 0 || (got < 0 && errno != EINTR))
            return yj_fail_sys(err, YJ_E_IO, "cannot read the state");
        at += got > 0 ? (size_t)got : 0;
    }
    return YJ_OK;
}

static yj_status take_records(yj_known *k, char *bytes, size_t n, yj_sum_alg alg, yj_error *err)
{
    size_t good = 0;
    head first;
    YJ_TRY(read_all(k->fd, bytes, n, err));
    YJ_TRY(check_all(k->hasher, (yj_span){ bytes, n }, &good, err));
    memcpy(&first, bytes, RECORD);
    if (first.alg != alg)
        return yj_fail(err, YJ_E_CONFLICT, "the state is of another algorithm, %s",
                       yj_sum_name((yj_sum_alg)first.alg));
    if (good != n && ftruncate(k->fd, (off_t)good) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "the state cannot be written");
    k->began_ns = first.began_ns;
    k->count = good / RECORD - 1;
    memmove(bytes, bytes + RECORD, good - RECORD);
    qsort(bytes, k->count, RECORD, by_identity);
    return YJ_OK;
}

static yj_status begin(yj_known *k, yj_sum_alg alg, yj_error *err)
{
    head first = { .order = ORDER, .alg = alg, .began_ns = yj_clock_system().now_ns(yj_clock_system().self) };
    memcpy(first.magic, magic, sizeof magic);
    check_of(k->hasher, &first, first.check);
    k->began_ns = first.began_ns;
    return write(k->fd, &first, RECORD) == RECORD
               ? YJ_OK
               : yj_fail_sys(err, yj_file_status(errno), "the state cannot be written");
}

static yj_status load(yj_known *k, yj_sum_alg alg, yj_error *err)
{
    struct stat st;
    if (fstat(k->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_INVALID, "it is no file");
    if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "others may read or write it: it has to be yours alone, chmod 600");
    if (flock(k->fd, LOCK_EX | LOCK_NB) != 0)
        return yj_fail(err, YJ_E_BUSY, "another run has it");
    if (st.st_size == 0)
        return begin(k, alg, err);
    if (st.st_size > (off_t)RECORD * (YJ_KNOWN_RECORDS_MAX + 1))
        return yj_fail(err, YJ_E_LIMIT, "it holds more than %d digests", YJ_KNOWN_RECORDS_MAX);
    k->old = malloc((size_t)st.st_size);
    if (!k->old)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return take_records(k, (char *)k->old, (size_t)st.st_size, alg, err);
}

yj_status yj_known_open(const char *path, yj_sum_alg alg, int64_t settle_ns, yj_known **ret, yj_error *err)
{
    yj_auto(yj_known_freep) yj_known *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    k->fd = -1;
    k->settle_ns = settle_ns;
    pthread_mutex_init(&k->lock, NULL);
    k->path = strdup(path);
    k->hasher = yj_hasher_new(YJ_HASH_SHA256);
    if (!k->path || !k->hasher)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    k->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (k->fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_status s = load(k, alg, err);
    if (s != YJ_OK) {
        yj_ignore(yj_error_at(err, "%s", path));
        return s;
    }
    *ret = yj_take(k);
    return YJ_OK;
}

void yj_known_free(yj_known *k)
{
    if (!k)
        return;
    if (k->fd >= 0)
        close(k->fd);
    pthread_mutex_destroy(&k->lock);
    yj_hasher_free(k->hasher);
    free(k->old);
    free(k->path);
    free(k);
}

yj_status yj_known_finish(yj_known *k, yj_error *err)
{
    return unlink(k->path) == 0 || errno == ENOENT
               ? YJ_OK
               : yj_fail_sys(err, YJ_E_IO, "%s cannot be removed", k->path);
}

/* --- digests ---------------------------------------------------------------------------------- */

static identity identity_of(const struct stat *st)
{
    return (identity){ .dev = st->st_dev,
                       .ino = st->st_ino,
                       .size = (uint64_t)st->st_size,
                       .mtime = st->st_mtim.tv_sec,
                       .mtime_ns = st->st_mtim.tv_nsec,
                       .ctime = st->st_ctim.tv_sec,
                       .ctime_ns = st->st_ctim.tv_nsec };
}

bool yj_known_find(yj_known *k, const struct stat *st, yj_sum *ret)
{
    const identity of = identity_of(st);
    const record *r = k->count ? bsearch(&of, k->old, k->count, RECORD, by_identity) : NULL;
    if (!r)
        return false;
    *ret = r->sum;
    atomic_fetch_add(&k->used, 1);
    return true;
}

bool yj_known_settled(const yj_known *k, const struct stat *st)
{
    return yj_file_rested(st, yj_clock_system().now_ns(yj_clock_system().self), k->settle_ns);
}

void yj_known_add(yj_known *k, const struct stat *st, const yj_sum *sum)
{
    record r = { .of = identity_of(st), .sum = *sum };
    pthread_mutex_lock(&k->lock);
    if (!k->broken) {
        check_of(k->hasher, &r, r.check);
        k->broken = write(k->fd, &r, RECORD) != RECORD;
    }
    pthread_mutex_unlock(&k->lock);
}

uint64_t yj_known_used(const yj_known *k)
{
    return atomic_load(&((yj_known *)(uintptr_t)k)->used);
}

int64_t yj_known_began_ns(const yj_known *k)
{
    return k->began_ns;
}
