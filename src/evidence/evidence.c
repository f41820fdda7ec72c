// SPDX-License-Identifier: Apache-2.0
/* The folder: opening it, whole files, sweeping what nobody goes on with. */
#include "base/file.h"
#include "base/time.h"
#include "evidence/internal.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_PIECE_BYTES ((size_t)1 << 20)

yj_evidence_path yj_evidence_blob_path(const yj_evidence *e, const yj_digest *d)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_evidence_path p;
    yj_digest_hex(d, hex);
    snprintf(p.s, sizeof p.s, "%s/%.2s/%s", e->folder, hex, hex + 2);
    return p;
}

yj_status yj_evidence_bytes(const char *folder, const yj_digest *digest, size_t max, yj_buf *out,
                            yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_evidence_path p;
    yj_digest found;
    yj_digest_hex(digest, hex);
    int n = snprintf(p.s, sizeof p.s, "%s/%.2s/%s", folder, hex, hex + 2);
    if (n < 0 || (size_t)n >= sizeof p.s)
        return yj_fail(err, YJ_E_LIMIT, "a path is longer than %d bytes", YJ_EVIDENCE_PATH_MAX - 1);
    size_t before = out->len;
    YJ_TRY(yj_file_read(p.s, max, out, err));
    YJ_TRY(yj_hash_ready(err));
    yj_hash(YJ_HASH_SHA256, out->len ? out->ptr + before : "", out->len - before, &found);
    if (memcmp(found.b, digest->b, sizeof found.b) != 0)
        return yj_fail(err, YJ_E_CORRUPT, "the stored file does not have its digest any more");
    return YJ_OK;
}

yj_evidence_path yj_evidence_partial_path(const yj_evidence *e, const char *id, const char *suffix)
{
    yj_evidence_path p;
    snprintf(p.s, sizeof p.s, "%s/partial/%s%s", e->folder, id, suffix);
    return p;
}

/* Uploads that an earlier process left: known by name, read when somebody holds them. */
static yj_status find_partials(yj_evidence *e, yj_error *err)
{
    yj_evidence_path dir;
    yj_names names = { NULL, 0 };
    snprintf(dir.s, sizeof dir.s, "%s/partial", e->folder);
    YJ_TRY(yj_dir_make(dir.s, err));
    YJ_TRY(yj_dir_list(dir.s, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        struct stat st;
        yj_evidence_path p = yj_evidence_partial_path(e, names.name[i], "");
        size_t n = strlen(p.s);
        if (n > 5 && strcmp(p.s + n - 5, ".json") == 0) { /* left by a process that ended after the rename */
            yj_evidence_path state = p;
            p.s[n - 5] = '\0';
            if (!yj_path_exists(p.s))
                (void)unlink(state.s);
            continue;
        }
        bool ours = yj_uuid_valid(yj_span_of(names.name[i])) && stat(p.s, &st) == 0;
        yj_partial *u = ours ? yj_partial_make(e, names.name[i]) : NULL;
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
    if (strlen(folder) > YJ_EVIDENCE_PATH_MAX - 128)
        return yj_fail(err, YJ_E_LIMIT, "a path is longer than %d bytes", YJ_EVIDENCE_PATH_MAX - 128);
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
        yj_partial *u = e->uploads;
        assert(u->holds == 0);
        e->uploads = u->next;
        yj_partial_free(u);
    }
    pthread_mutex_destroy(&e->lock);
    free(e->folder);
    free(e);
}

void yj_evidence_sweep(yj_evidence *e, int64_t now_ns)
{
    for (;;) {
        pthread_mutex_lock(&e->lock);
        yj_partial *u = e->uploads;
        while (u && (u->holds || now_ns - u->touched_ns < YJ_EVIDENCE_KEEP_NS))
            u = u->next;
        if (u)
            u->holds++;
        pthread_mutex_unlock(&e->lock);
        if (!u)
            return;
        pthread_mutex_lock(&u->lock);
        if (!u->gone)
            yj_partial_forget(u);
        pthread_mutex_unlock(&u->lock);
        yj_partial_put_back(u);
    }
}

yj_status yj_evidence_read(yj_evidence *e, const yj_digest *digest, int *ret_fd, uint64_t *ret_size,
                           yj_error *err)
{
    yj_evidence_path p = yj_evidence_blob_path(e, digest);
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

yj_status yj_evidence_check(yj_evidence *e, const yj_digest *digest, yj_evidence_check_result *ret,
                            yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    uint8_t *piece = malloc(CHECK_PIECE_BYTES);
    int fd = -1;
    uint64_t said, size = 0;
    yj_status s =
        h && piece ? yj_evidence_read(e, digest, &fd, &said, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s != YJ_OK) {
        free(piece);
        return s;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* what the disk holds, not what memory remembers */
    yj_hasher_begin(h);
    ssize_t n;
    while ((n = read(fd, piece, CHECK_PIECE_BYTES)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            yj_hasher_add(h, piece, (size_t)n);
            size += (uint64_t)n;
        }
    }
    yj_digest found;
    yj_hasher_end(h, &found);
    close(fd);
    free(piece);
    *ret = (yj_evidence_check_result){ size, n == 0 && memcmp(&found, digest, sizeof found) == 0 };
    return YJ_OK;
}

yj_status yj_evidence_remove(yj_evidence *e, const yj_digest *digest, yj_error *err)
{
    yj_evidence_path p = yj_evidence_blob_path(e, digest);
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
