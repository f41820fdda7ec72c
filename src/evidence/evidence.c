// SPDX-License-Identifier: Apache-2.0
#include "evidence/evidence.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096
#define SYNC_EVERY_BYTES ((uint64_t)64 << 20) /* what a power cut can cost an upload */
#define REHASH_BYTES ((size_t)256 << 10)
#define STATE_BYTES_MAX ((size_t)4096)

typedef struct partial {
    yj_evidence *home;
    struct partial *next;
    char id[YJ_UUID_LEN + 1];
    size_t holds; /* these two: under the folder's lock */
    int64_t touched_ns;
    pthread_mutex_t lock; /* of all below */
    uint64_t generation;  /* raised by each new holder */
    bool gone;
    bool known; /* fd and hashers stand at `offset` */
    int fd;
    yj_hasher *sha256, *sm3;
    uint64_t offset, length, synced;
    int64_t started_ns;
} partial;

struct yj_upload {
    partial *p;
    uint64_t generation;
};

struct yj_evidence {
    char *folder;
    bool sm3;
    pthread_mutex_t lock; /* of the list */
    partial *uploads;
    size_t count;
    _Atomic uint64_t bytes_in, files_in;
};

/* --- paths ------------------------------------------------------------------------------------------------
 */

typedef struct path {
    char s[PATH_MAX_BYTES];
} path;

static path blob_path(const yj_evidence *e, const yj_digest *d)
{
    char hex[2 * YJ_HASH_LEN + 1];
    path p;
    yj_digest_hex(d, hex);
    snprintf(p.s, sizeof p.s, "%s/%.2s/%s", e->folder, hex, hex + 2);
    return p;
}

static path partial_path(const yj_evidence *e, const char *id, const char *suffix)
{
    path p;
    snprintf(p.s, sizeof p.s, "%s/partial/%s%s", e->folder, id, suffix);
    return p;
}

static yj_status fail_write(yj_error *err)
{
    if (yj_file_status(errno) == YJ_E_FULL)
        return yj_fail_sys(err, YJ_E_FULL, "there is no room left for evidence");
    return yj_fail_sys(err, YJ_E_IO, "evidence cannot be written");
}

static yj_status fail_unknown(yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no such upload");
}

/* --- uploads under way ------------------------------------------------------------------------------------
 */

static void partial_free(partial *u)
{
    if (u->fd >= 0)
        close(u->fd);
    yj_hasher_free(u->sha256);
    yj_hasher_free(u->sm3);
    pthread_mutex_destroy(&u->lock);
    free(u);
}

static partial *partial_make(yj_evidence *e, const char *id)
{
    partial *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->home = e;
    u->fd = -1;
    u->length = YJ_LENGTH_UNKNOWN;
    pthread_mutex_init(&u->lock, NULL);
    snprintf(u->id, sizeof u->id, "%s", id);
    u->sha256 = yj_hasher_new(YJ_HASH_SHA256);
    u->sm3 = e->sm3 ? yj_hasher_new(YJ_HASH_SM3) : NULL;
    if (!u->sha256 || (e->sm3 && !u->sm3)) {
        partial_free(u);
        return NULL;
    }
    return u;
}

/* Find it in the list, so that it stays there until put_back(). */
static partial *take_up(yj_evidence *e, const char *id)
{
    pthread_mutex_lock(&e->lock);
    partial *u = e->uploads;
    while (u && strcmp(u->id, id) != 0)
        u = u->next;
    if (u)
        u->holds++;
    pthread_mutex_unlock(&e->lock);
    return u;
}

static void put_back(partial *u)
{
    yj_evidence *e = u->home;
    pthread_mutex_lock(&u->lock);
    bool gone = u->gone;
    pthread_mutex_unlock(&u->lock);
    pthread_mutex_lock(&e->lock);
    u->touched_ns = yj_monotonic_ns();
    bool last = --u->holds == 0 && gone;
    for (partial **at = &e->uploads; last && *at; at = &(*at)->next) {
        if (*at == u) {
            *at = u->next;
            e->count--;
            break;
        }
    }
    pthread_mutex_unlock(&e->lock);
    if (last)
        partial_free(u);
}

static yj_status state_write(const partial *u, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, STATE_BYTES_MAX);
    yj_jw w;
    yj_jw_init(&w, &b);
    yj_jw_object(&w);
    yj_jw_ki64(&w, "length", u->length == YJ_LENGTH_UNKNOWN ? -1 : (int64_t)u->length);
    yj_jw_ki64(&w, "synced", (int64_t)u->synced);
    yj_jw_ki64(&w, "started", u->started_ns);
    yj_jw_end_object(&w);
    YJ_TRY(yj_buf_status(&b, err));
    path p = partial_path(u->home, u->id, ".json");
    return yj_file_write(p.s, yj_buf_view(&b), 0600, err);
}

/* Bring what was taken to the disk, and say so. */
static yj_status sync_upload(partial *u, yj_error *err)
{
    if (u->synced == u->offset)
        return YJ_OK;
    if (fdatasync(u->fd) < 0)
        return fail_write(err);
    u->synced = u->offset;
    return state_write(u, err);
}

static yj_status state_read(partial *u, yj_error *err)
{
    path p = partial_path(u->home, u->id, ".json");
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_buf_init(&b, STATE_BYTES_MAX);
    if (yj_file_read(p.s, STATE_BYTES_MAX, &b, err) != YJ_OK)
        return fail_unknown(err);
    YJ_TRY(yj_json_parse(yj_buf_view(&b), STATE_BYTES_MAX, &o, err));
    int64_t length = json_integer_value(json_object_get(o, "length"));
    int64_t synced = json_integer_value(json_object_get(o, "synced"));
    if (synced < 0 || length < -1)
        return yj_fail(err, YJ_E_CORRUPT, "the state of upload %s is damaged", u->id);
    u->length = length < 0 ? YJ_LENGTH_UNKNOWN : (uint64_t)length;
    u->synced = (uint64_t)synced;
    u->started_ns = json_integer_value(json_object_get(o, "started"));
    return YJ_OK;
}

static void hash_more(partial *u, const void *bytes, size_t len)
{
    yj_hasher_add(u->sha256, bytes, len);
    if (u->sm3)
        yj_hasher_add(u->sm3, bytes, len);
}

static void hash_none(partial *u)
{
    yj_hasher_begin(u->sha256);
    if (u->sm3)
        yj_hasher_begin(u->sm3);
}

static yj_status hash_again(partial *u, yj_error *err)
{
    char *bytes = malloc(REHASH_BYTES);
    if (!bytes)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    uint64_t at = 0;
    hash_none(u);
    while (at < u->synced) {
        uint64_t left = u->synced - at;
        ssize_t n = pread(u->fd, bytes, left < REHASH_BYTES ? (size_t)left : REHASH_BYTES, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        hash_more(u, bytes, (size_t)n);
        at += (uint64_t)n;
    }
    free(bytes);
    if (at < u->synced)
        return yj_fail(err, YJ_E_IO, "upload %s cannot be read back", u->id);
    return YJ_OK;
}

/* First use in this process: what is on the disk, of which only the synced part counts. */
static yj_status learn(partial *u, yj_error *err)
{
    if (u->known)
        return YJ_OK;
    path p = partial_path(u->home, u->id, "");
    YJ_TRY(state_read(u, err));
    if (u->fd < 0)
        u->fd = open(p.s, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (u->fd < 0 || fstat(u->fd, &st) < 0)
        return fail_unknown(err);
    if ((uint64_t)st.st_size < u->synced)
        u->synced = (uint64_t)st.st_size;
    if (ftruncate(u->fd, (off_t)u->synced) < 0)
        return fail_write(err);
    YJ_TRY(hash_again(u, err));
    u->offset = u->synced;
    u->known = true;
    return YJ_OK;
}

static void forget(partial *u)
{
    path p = partial_path(u->home, u->id, "");
    (void)unlink(p.s);
    p = partial_path(u->home, u->id, ".json");
    (void)unlink(p.s);
    u->gone = true;
}

static yj_status check_length(uint64_t length, yj_error *err)
{
    if (length == YJ_LENGTH_UNKNOWN || length <= YJ_EVIDENCE_BYTES_MAX)
        return YJ_OK;
    return yj_fail(err, YJ_E_LIMIT, "a file of evidence has at most %llu bytes",
                   (unsigned long long)YJ_EVIDENCE_BYTES_MAX);
}

/* The file first: what has no state is not found, and swept later. */
static yj_status make_files(partial *u, yj_error *err)
{
    path p = partial_path(u->home, u->id, "");
    u->fd = open(p.s, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (u->fd < 0)
        return fail_write(err);
    YJ_TRY(state_write(u, err));
    hash_none(u);
    u->known = true;
    return YJ_OK;
}

yj_status yj_upload_start(yj_evidence *e, uint64_t length, int64_t now_ns,
                          char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(check_length(length, err));
    yj_uuid7(now_ns, id);
    partial *u = partial_make(e, id);
    if (!u)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    u->length = length;
    u->started_ns = now_ns;
    u->touched_ns = yj_monotonic_ns();
    yj_status s = make_files(u, err);
    pthread_mutex_lock(&e->lock);
    bool room = e->count < YJ_EVIDENCE_UPLOADS_MAX;
    if (s == YJ_OK && room) {
        e->count++;
        u->next = e->uploads;
        e->uploads = u;
    }
    pthread_mutex_unlock(&e->lock);
    if (s == YJ_OK && !room)
        s = yj_fail(err, YJ_E_LIMIT, "%d uploads are under way; finish or cancel some",
                    YJ_EVIDENCE_UPLOADS_MAX);
    if (s != YJ_OK) {
        forget(u);
        partial_free(u);
        return s;
    }
    memcpy(ret_id, id, sizeof id);
    return YJ_OK;
}

/* The partial's lock is held. */
static yj_status take_over(partial *u, uint64_t offset, uint64_t *ret_generation, yj_error *err)
{
    if (u->gone)
        return fail_unknown(err);
    YJ_TRY(learn(u, err));
    if (offset != YJ_ANY_OFFSET && offset != u->offset)
        return yj_fail(err, YJ_E_CONFLICT, "the upload stands at byte %llu, not %llu",
                       (unsigned long long)u->offset, (unsigned long long)offset);
    *ret_generation = ++u->generation;
    return YJ_OK;
}

yj_status yj_upload_hold(yj_evidence *e, const char *id, uint64_t offset, yj_upload **ret, yj_error *err)
{
    partial *u = yj_uuid_valid(yj_span_of(id)) ? take_up(e, id) : NULL;
    if (!u)
        return fail_unknown(err);
    yj_upload *held = calloc(1, sizeof *held);
    pthread_mutex_lock(&u->lock);
    yj_status s =
        held ? take_over(u, offset, &held->generation, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_mutex_unlock(&u->lock);
    if (s != YJ_OK) {
        put_back(u);
        free(held);
        return s;
    }
    held->p = u;
    *ret = held;
    return YJ_OK;
}

yj_status yj_upload_look(yj_evidence *e, const char *id, uint64_t *ret_offset, uint64_t *ret_length,
                         yj_error *err)
{
    partial *u = yj_uuid_valid(yj_span_of(id)) ? take_up(e, id) : NULL;
    if (!u)
        return fail_unknown(err);
    pthread_mutex_lock(&u->lock);
    yj_status s = u->gone ? fail_unknown(err) : learn(u, err);
    if (s == YJ_OK) {
        *ret_offset = u->offset;
        *ret_length = u->length;
    }
    pthread_mutex_unlock(&u->lock);
    put_back(u);
    return s;
}

void yj_upload_release(yj_upload *h)
{
    if (!h)
        return;
    partial *u = h->p;
    yj_error err;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && u->known && h->generation == u->generation && sync_upload(u, &err) != YJ_OK)
        yj_log_error(YJ_LOG_WARN, "keeping an upload", &err);
    pthread_mutex_unlock(&u->lock);
    put_back(u);
    free(h);
}

uint64_t yj_upload_offset(const yj_upload *h)
{
    pthread_mutex_lock(&h->p->lock);
    uint64_t n = h->p->offset;
    pthread_mutex_unlock(&h->p->lock);
    return n;
}

uint64_t yj_upload_length(const yj_upload *h)
{
    pthread_mutex_lock(&h->p->lock);
    uint64_t n = h->p->length;
    pthread_mutex_unlock(&h->p->lock);
    return n;
}

/* Lock the upload for one step of its holder. On failure it is not locked. */
static yj_status step_begin(yj_upload *h, partial **ret, yj_error *err)
{
    partial *u = h->p;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && u->known && h->generation == u->generation) {
        *ret = u;
        return YJ_OK;
    }
    pthread_mutex_unlock(&u->lock);
    return yj_fail(err, YJ_E_CONFLICT, "another request has taken over the upload");
}

static yj_status set_length(partial *u, uint64_t length, yj_error *err)
{
    if (length == u->length)
        return YJ_OK;
    if (u->length != YJ_LENGTH_UNKNOWN || length < u->offset)
        return yj_fail(err, YJ_E_CONFLICT, "the upload has another length than %llu bytes",
                       (unsigned long long)length);
    u->length = length;
    return state_write(u, err);
}

yj_status yj_upload_set_length(yj_upload *h, uint64_t length, yj_error *err)
{
    partial *u = NULL;
    YJ_TRY(check_length(length, err));
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = set_length(u, length, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

static yj_status append(partial *u, yj_span bytes, yj_error *err)
{
    uint64_t max = u->length == YJ_LENGTH_UNKNOWN ? YJ_EVIDENCE_BYTES_MAX : u->length;
    if (bytes.len > max - u->offset)
        return yj_fail(err, YJ_E_LIMIT, "the upload would be longer than %llu bytes",
                       (unsigned long long)max);
    while (bytes.len) {
        ssize_t n = pwrite(u->fd, bytes.ptr, bytes.len, (off_t)u->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_write(err);
        hash_more(u, bytes.ptr, (size_t)n);
        u->offset += (uint64_t)n;
        bytes.ptr += n;
        bytes.len -= (size_t)n;
        atomic_fetch_add_explicit(&u->home->bytes_in, (uint64_t)n, memory_order_relaxed);
    }
    return u->offset - u->synced >= SYNC_EVERY_BYTES ? sync_upload(u, err) : YJ_OK;
}

yj_status yj_upload_append(yj_upload *h, yj_span bytes, yj_error *err)
{
    partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = append(u, bytes, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

static yj_status restart(partial *u, yj_error *err)
{
    if (u->offset == 0)
        return YJ_OK;
    u->synced = 0;
    YJ_TRY(state_write(u, err));
    if (ftruncate(u->fd, 0) < 0)
        return fail_write(err);
    u->offset = 0;
    hash_none(u);
    return YJ_OK;
}

yj_status yj_upload_restart(yj_upload *h, yj_error *err)
{
    partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = restart(u, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

void yj_upload_cancel(yj_upload *h)
{
    partial *u = h->p;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && h->generation == u->generation)
        forget(u);
    pthread_mutex_unlock(&u->lock);
}

static yj_status place(partial *u, const yj_digest *d, yj_error *err)
{
    path from = partial_path(u->home, u->id, ""), to = blob_path(u->home, d);
    if (fsync(u->fd) < 0)
        return fail_write(err);
    char *slash = strrchr(to.s, '/');
    *slash = '\0';
    bool made = !yj_path_is_dir(to.s);
    YJ_TRY(yj_dir_make(to.s, err));
    if (made)
        YJ_TRY(yj_dir_sync_of(to.s, err));
    *slash = '/';
    if (rename(from.s, to.s) < 0) /* over the same bytes, if they are there already */
        return fail_write(err);
    (void)fchmod(u->fd, 0400); /* a reminder for people; nothing depends on it */
    return yj_dir_sync_of(to.s, err);
}

static yj_status finish(partial *u, const yj_digest *expect, yj_blob *ret, yj_error *err)
{
    if (u->length != YJ_LENGTH_UNKNOWN && u->offset != u->length)
        return yj_fail(err, YJ_E_CONFLICT, "only %llu of %llu bytes of the upload are there",
                       (unsigned long long)u->offset, (unsigned long long)u->length);
    yj_blob b = { .size = u->offset, .has_sm3 = u->sm3 != NULL };
    yj_hasher_end(u->sha256, &b.sha256);
    if (u->sm3)
        yj_hasher_end(u->sm3, &b.sm3);
    u->known = false; /* the hashers are used up; after a failure below the next holder hashes again */
    yj_status s = YJ_OK;
    if (expect && memcmp(expect->b, b.sha256.b, sizeof b.sha256.b) != 0)
        s = yj_fail(err, YJ_E_INVALID, "the bytes received do not have the digest that was announced");
    else
        s = place(u, &b.sha256, err);
    if (s != YJ_OK) {
        /* keep what is there for another try */
        if (fdatasync(u->fd) == 0)
            u->synced = u->offset;
        (void)state_write(u, NULL);
        return s;
    }
    forget(u);
    atomic_fetch_add(&u->home->files_in, 1);
    *ret = b;
    return YJ_OK;
}

yj_status yj_upload_finish(yj_upload *h, const yj_digest *expect, yj_blob *ret, yj_error *err)
{
    partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = finish(u, expect, ret, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

/* --- the folder -------------------------------------------------------------------------------------------
 */

/* Uploads that an earlier process left: known by name, read when somebody holds them. */
static yj_status find_partials(yj_evidence *e, yj_error *err)
{
    path dir;
    yj_names names = { NULL, 0 };
    snprintf(dir.s, sizeof dir.s, "%s/partial", e->folder);
    YJ_TRY(yj_dir_make(dir.s, err));
    YJ_TRY(yj_dir_list(dir.s, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        struct stat st;
        path p = partial_path(e, names.name[i], "");
        size_t n = strlen(p.s);
        if (n > 5 && strcmp(p.s + n - 5, ".json") == 0) { /* left by a process that ended after the rename */
            path state = p;
            p.s[n - 5] = '\0';
            if (!yj_path_exists(p.s))
                (void)unlink(state.s);
            continue;
        }
        bool ours = yj_uuid_valid(yj_span_of(names.name[i])) && stat(p.s, &st) == 0;
        partial *u = ours ? partial_make(e, names.name[i]) : NULL;
        if (!u)
            continue;
        /* idle time goes on where the process before left it */
        int64_t idle = (yj_clock_system().now_ns(NULL) / YJ_NS_PER_S - st.st_mtim.tv_sec) * YJ_NS_PER_S;
        u->touched_ns = yj_monotonic_ns() - (idle > 0 ? idle : 0);
        u->next = e->uploads;
        e->uploads = u;
        e->count++;
    }
    yj_names_free(&names);
    return YJ_OK;
}

yj_status yj_evidence_open(const char *folder, bool sm3, yj_evidence **ret, yj_error *err)
{
    if (strlen(folder) > PATH_MAX_BYTES - 128)
        return yj_fail(err, YJ_E_LIMIT, "a path is longer than %d bytes", PATH_MAX_BYTES - 128);
    yj_auto(yj_evidence_freep) yj_evidence *e = calloc(1, sizeof *e);
    if (!e || !(e->folder = strdup(folder))) {
        free(yj_take(e));
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    e->sm3 = sm3;
    pthread_mutex_init(&e->lock, NULL);
    YJ_TRY(yj_dir_make(folder, err));
    YJ_TRY(find_partials(e, err));
    *ret = yj_take(e);
    return YJ_OK;
}

void yj_evidence_free(yj_evidence *e)
{
    if (!e)
        return;
    while (e->uploads) {
        partial *u = e->uploads;
        assert(u->holds == 0);
        e->uploads = u->next;
        partial_free(u);
    }
    pthread_mutex_destroy(&e->lock);
    free(e->folder);
    free(e);
}

void yj_evidence_sweep(yj_evidence *e, int64_t now_ns)
{
    for (;;) {
        pthread_mutex_lock(&e->lock);
        partial *u = e->uploads;
        while (u && (u->holds || now_ns - u->touched_ns < YJ_EVIDENCE_KEEP_NS))
            u = u->next;
        if (u)
            u->holds++;
        pthread_mutex_unlock(&e->lock);
        if (!u)
            return;
        pthread_mutex_lock(&u->lock);
        if (!u->gone)
            forget(u);
        pthread_mutex_unlock(&u->lock);
        put_back(u);
    }
}

yj_status yj_evidence_read(yj_evidence *e, const yj_digest *digest, int *ret_fd, uint64_t *ret_size,
                           yj_error *err)
{
    path p = blob_path(e, digest);
    int fd = open(p.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 && errno == ENOENT)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no evidence with that digest");
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        yj_fail_sys(err, YJ_E_IO, "evidence cannot be read");
        if (fd >= 0)
            close(fd);
        return YJ_E_IO;
    }
    *ret_fd = fd;
    *ret_size = (uint64_t)st.st_size;
    return YJ_OK;
}

yj_status yj_evidence_remove(yj_evidence *e, const yj_digest *digest, yj_error *err)
{
    path p = blob_path(e, digest);
    if (unlink(p.s) < 0)
        return errno == ENOENT ? YJ_OK : yj_fail_sys(err, YJ_E_IO, "evidence cannot be removed");
    return yj_dir_sync_of(p.s, err);
}

void yj_evidence_stats_read(yj_evidence *e, yj_evidence_stats *ret)
{
    pthread_mutex_lock(&e->lock);
    *ret = (yj_evidence_stats){ e->count, atomic_load(&e->bytes_in), atomic_load(&e->files_in) };
    pthread_mutex_unlock(&e->lock);
}

/* --- table blob -------------------------------------------------------------------------------------------
 */

yj_status yj_blob_put(yj_db *db, const yj_blob *b, int64_t now_ns, yj_error *err)
{
    char sha256[2 * YJ_HASH_LEN + 1], sm3[2 * YJ_HASH_LEN + 1] = "";
    yj_digest_hex(&b->sha256, sha256);
    if (b->has_sm3)
        yj_digest_hex(&b->sm3, sm3);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO blob(digest, sm3, size, received_at) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(digest) DO NOTHING",
                         &st, err));
    yj_bind_cstr(st, 1, sha256);
    yj_bind_cstr(st, 2, sm3);
    yj_bind_i64(st, 3, (int64_t)b->size);
    yj_bind_i64(st, 4, now_ns);
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = yj_stmt_run(st, NULL, err);
    if (s == YJ_OK)
        s = yj_db_commit(db, err);
    if (s != YJ_OK)
        yj_db_rollback(db);
    return s;
}

yj_status yj_blob_get(yj_db *db, const yj_digest *digest, yj_blob *ret, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(digest, hex);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT sm3, size FROM blob WHERE digest = ?1", &st, err));
    yj_bind_cstr(st, 1, hex);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no evidence with that digest");
    yj_blob b = { .sha256 = *digest, .size = (uint64_t)yj_col_i64(st, 1) };
    yj_span sm3 = yj_col_text(st, 0);
    b.has_sm3 = sm3.len > 0;
    if (b.has_sm3 && !yj_digest_from_hex(sm3, &b.sm3))
        return yj_fail(err, YJ_E_CORRUPT, "the row of evidence %s is damaged", hex);
    *ret = b;
    return YJ_OK;
}
