// SPDX-License-Identifier: Apache-2.0
/* Uploads under way: held, appended to, resumed, finished. */
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "evidence/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNC_EVERY_BYTES ((uint64_t)64 << 20) /* what a power cut can cost an upload */
#define REHASH_BYTES ((size_t)256 << 10)
#define STATE_BYTES_MAX ((size_t)4096)

struct yj_upload {
    yj_partial *p;
    uint64_t generation;
};

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

void yj_partial_free(yj_partial *u)
{
    if (u->fd >= 0)
        close(u->fd);
    yj_hasher_free(u->sha256);
    yj_hasher_free(u->sm3);
    pthread_mutex_destroy(&u->lock);
    free(u);
}

yj_partial *yj_partial_make(yj_evidence *e, const char *id)
{
    yj_partial *u = calloc(1, sizeof *u);
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
        yj_partial_free(u);
        return NULL;
    }
    return u;
}

/* Find it in the list, so that it stays there until yj_partial_put_back(). */
static yj_partial *take_up(yj_evidence *e, const char *id)
{
    pthread_mutex_lock(&e->lock);
    yj_partial *u = e->uploads;
    while (u && strcmp(u->id, id) != 0)
        u = u->next;
    if (u)
        u->holds++;
    pthread_mutex_unlock(&e->lock);
    return u;
}

void yj_partial_put_back(yj_partial *u)
{
    yj_evidence *e = u->home;
    pthread_mutex_lock(&u->lock);
    bool gone = u->gone;
    pthread_mutex_unlock(&u->lock);
    pthread_mutex_lock(&e->lock);
    u->touched_ns = yj_monotonic_ns();
    bool last = --u->holds == 0 && gone;
    for (yj_partial **at = &e->uploads; last && *at; at = &(*at)->next) {
        if (*at == u) {
            *at = u->next;
            e->count--;
            break;
        }
    }
    pthread_mutex_unlock(&e->lock);
    if (last)
        yj_partial_free(u);
}

static yj_status state_write(const yj_partial *u, yj_error *err)
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
    yj_evidence_path p = yj_evidence_partial_path(u->home, u->id, ".json");
    return yj_file_write(p.s, yj_buf_view(&b), 0600, err);
}

/* Bring what was taken to the disk, and say so. */
static yj_status sync_upload(yj_partial *u, yj_error *err)
{
    if (u->synced == u->offset)
        return YJ_OK;
    if (fdatasync(u->fd) < 0)
        return fail_write(err);
    u->synced = u->offset;
    return state_write(u, err);
}

static yj_status state_read(yj_partial *u, yj_error *err)
{
    yj_evidence_path p = yj_evidence_partial_path(u->home, u->id, ".json");
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

static void hash_more(yj_partial *u, const void *bytes, size_t len)
{
    yj_hasher_add(u->sha256, bytes, len);
    if (u->sm3)
        yj_hasher_add(u->sm3, bytes, len);
}

static void hash_none(yj_partial *u)
{
    yj_hasher_begin(u->sha256);
    if (u->sm3)
        yj_hasher_begin(u->sm3);
}

static yj_status hash_again(yj_partial *u, yj_error *err)
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
static yj_status learn(yj_partial *u, yj_error *err)
{
    if (u->known)
        return YJ_OK;
    yj_evidence_path p = yj_evidence_partial_path(u->home, u->id, "");
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

void yj_partial_forget(yj_partial *u)
{
    yj_evidence_path p = yj_evidence_partial_path(u->home, u->id, "");
    (void)unlink(p.s);
    p = yj_evidence_partial_path(u->home, u->id, ".json");
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
static yj_status make_files(yj_partial *u, yj_error *err)
{
    yj_evidence_path p = yj_evidence_partial_path(u->home, u->id, "");
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
    yj_partial *u = yj_partial_make(e, id);
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
        yj_partial_forget(u);
        yj_partial_free(u);
        return s;
    }
    memcpy(ret_id, id, sizeof id);
    return YJ_OK;
}

/* The partial's lock is held. */
static yj_status take_over(yj_partial *u, uint64_t offset, uint64_t *ret_generation, yj_error *err)
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
    yj_partial *u = yj_uuid_valid(yj_span_of(id)) ? take_up(e, id) : NULL;
    if (!u)
        return fail_unknown(err);
    yj_upload *held = calloc(1, sizeof *held);
    pthread_mutex_lock(&u->lock);
    yj_status s =
        held ? take_over(u, offset, &held->generation, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_mutex_unlock(&u->lock);
    if (s != YJ_OK) {
        yj_partial_put_back(u);
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
    yj_partial *u = yj_uuid_valid(yj_span_of(id)) ? take_up(e, id) : NULL;
    if (!u)
        return fail_unknown(err);
    pthread_mutex_lock(&u->lock);
    yj_status s = u->gone ? fail_unknown(err) : learn(u, err);
    if (s == YJ_OK) {
        *ret_offset = u->offset;
        *ret_length = u->length;
    }
    pthread_mutex_unlock(&u->lock);
    yj_partial_put_back(u);
    return s;
}

void yj_upload_release(yj_upload *h)
{
    if (!h)
        return;
    yj_partial *u = h->p;
    yj_error err;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && u->known && h->generation == u->generation && sync_upload(u, &err) != YJ_OK)
        yj_log_error(YJ_LOG_WARN, "keeping an upload", &err);
    pthread_mutex_unlock(&u->lock);
    yj_partial_put_back(u);
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
static yj_status step_begin(yj_upload *h, yj_partial **ret, yj_error *err)
{
    yj_partial *u = h->p;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && u->known && h->generation == u->generation) {
        *ret = u;
        return YJ_OK;
    }
    pthread_mutex_unlock(&u->lock);
    return yj_fail(err, YJ_E_CONFLICT, "another request has taken over the upload");
}

static yj_status set_length(yj_partial *u, uint64_t length, yj_error *err)
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
    yj_partial *u = NULL;
    YJ_TRY(check_length(length, err));
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = set_length(u, length, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

static yj_status append(yj_partial *u, yj_span bytes, yj_error *err)
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
    yj_partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = append(u, bytes, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

static yj_status restart(yj_partial *u, yj_error *err)
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
    yj_partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = restart(u, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}

void yj_upload_cancel(yj_upload *h)
{
    yj_partial *u = h->p;
    pthread_mutex_lock(&u->lock);
    if (!u->gone && h->generation == u->generation)
        yj_partial_forget(u);
    pthread_mutex_unlock(&u->lock);
}

static yj_status place(yj_partial *u, const yj_digest *d, yj_error *err)
{
    yj_evidence_path from = yj_evidence_partial_path(u->home, u->id, ""),
                     to = yj_evidence_blob_path(u->home, d);
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

static yj_status finish(yj_partial *u, const yj_digest *expect, yj_blob *ret, yj_error *err)
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
    yj_partial_forget(u);
    atomic_fetch_add(&u->home->files_in, 1);
    *ret = b;
    return YJ_OK;
}

yj_status yj_upload_finish(yj_upload *h, const yj_digest *expect, yj_blob *ret, yj_error *err)
{
    yj_partial *u = NULL;
    YJ_TRY(step_begin(h, &u, err));
    yj_status s = finish(u, expect, ret, err);
    pthread_mutex_unlock(&u->lock);
    return s;
}
