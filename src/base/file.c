// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TREE_DEPTH_MAX 64
#define READ_STEP ((size_t)64 << 10)

int64_t yj_timespec_ns(const struct timespec *t)
{
    return (int64_t)t->tv_sec * YJ_NS_PER_S + t->tv_nsec;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool yj_file_unchanged(const struct stat *before, const struct stat *after)
{
    return before->st_size == after->st_size && is_same_time(&before->st_mtim, &after->st_mtim) &&
           is_same_time(&before->st_ctim, &after->st_ctim);
}

bool yj_file_rested(const struct stat *st, int64_t at_ns, int64_t rest_ns)
{
    int64_t changed = yj_timespec_ns(&st->st_ctim), written = yj_timespec_ns(&st->st_mtim);
    return at_ns - (changed > written ? changed : written) >= rest_ns;
}

static void close_fdp(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

static void close_dirp(DIR **d)
{
    if (*d)
        closedir(*d);
}

yj_status yj_file_status(int sys_errno)
{
    switch (sys_errno) {
    case ENOENT:
    case ENOTDIR:
        return YJ_E_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return YJ_E_FULL;
    default:
        return YJ_E_IO;
    }
}

/* Append until the end of the file; one byte more than the limit is asked for, to see that it is passed. */
static yj_status read_all(int fd, const char *path, size_t max_bytes, size_t expected, yj_buf *out,
                          yj_error *err)
{
    size_t total = 0, step = expected < max_bytes ? expected : max_bytes;
    for (;;) {
        size_t want = step ? step : READ_STEP;
        if (want > max_bytes - total)
            want = max_bytes - total;
        char extra, *room = &extra;
        if (want > 0 && !(room = yj_buf_room(out, want)))
            return yj_buf_status(out, err);
        ssize_t n = read(fd, room, want > 0 ? want : 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
        if (n == 0)
            return YJ_OK;
        if (want == 0)
            return yj_fail(err, YJ_E_LIMIT, "%s is longer than %zu bytes", path, max_bytes);
        out->len += (size_t)n;
        total += (size_t)n;
        step = step > (size_t)n ? step - (size_t)n : 0;
    }
}

yj_status yj_file_read(const char *path, size_t max_bytes, yj_buf *out, yj_error *err)
{
    assert(path && out);
    /* O_NONBLOCK: opening a named pipe must not wait */
    yj_auto(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_IO, "%s is not a regular file", path);
    if (st.st_size > 0 && (uintmax_t)st.st_size > max_bytes)
        return yj_fail(err, YJ_E_LIMIT, "%s is longer than %zu bytes", path, max_bytes);

    size_t before = out->len;
    yj_buf_add(out, NULL, 0);
    YJ_TRY(yj_buf_status(out, err));
    yj_status got = read_all(fd, path, max_bytes, (size_t)st.st_size, out, err);
    if (got != YJ_OK)
        out->len = before;
    out->ptr[out->len] = '\0';
    return got;
}

/* The folder that holds `path`, as text. */
static void folder_of(const char *path, char ret[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (!slash) {
        ret[0] = '.';
        len = 1;
    } else if (len == 0) {
        ret[0] = '/';
        len = 1;
    } else {
        memcpy(ret, path, len);
    }
    ret[len] = '\0';
}

yj_status yj_dir_sync_of(const char *path, yj_error *err)
{
    char folder[PATH_MAX];
    if (strlen(path) >= sizeof folder)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    folder_of(path, folder);
    yj_auto(close_fdp) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", folder);
    /* some file systems cannot sync a folder and say EINVAL: there the rename is all there is */
    if (fsync(fd) != 0 && errno != EINVAL)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", folder);
    return YJ_OK;
}

static bool write_all(int fd, yj_span bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

yj_status yj_file_write(const char *path, yj_span bytes, unsigned mode, yj_error *err)
{
    assert(path);
    char beside[PATH_MAX];
    uint64_t tag;
    yj_random(&tag, sizeof tag);
    int n = snprintf(beside, sizeof beside, "%s.%016llx.tmp", path, (unsigned long long)tag);
    if (n < 0 || (size_t)n >= sizeof beside)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);

    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", path);
    bool fine = write_all(fd, bytes) && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && fine) {
        fine = false;
        why = errno;
    }
    if (fine && rename(beside, path) != 0) {
        fine = false;
        why = errno;
    }
    if (fine)
        return yj_dir_sync_of(path, err);
    unlink(beside);
    errno = why;
    return yj_fail_sys(err, yj_file_status(why), "cannot write %s", path);
}

yj_status yj_dir_make(const char *path, yj_error *err)
{
    assert(path);
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof part)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    for (size_t i = 1; i <= len; i++) {
        if (i < len && path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", part);
    }
    if (!yj_path_is_dir(path))
        return yj_fail(err, YJ_E_IO, "%s is not a folder", path);
    return YJ_OK;
}

bool yj_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool yj_path_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A tree that is being emptied. It may be of foreign making: without rights, and deeper than there are
 * descriptors. */
typedef struct emptying {
    int top;        /* the folder that is emptied */
    unsigned moved; /* what lies too deep is moved up there, under names of these numbers */
} emptying;

static bool move_up(emptying *t, int at, const char *name)
{
    char new_name[32];
    for (;;) {
        snprintf(new_name, sizeof new_name, "deep.%u", t->moved++);
        if (renameat2(at, name, t->top, new_name, RENAME_NOREPLACE) == 0)
            return true;
        if (errno != EEXIST)
            return false;
    }
}

static bool empty_folder(emptying *t, int at, const char *name, unsigned depth);

static bool remove_name(emptying *t, int fd, const char *name, unsigned depth)
{
    if (unlinkat(fd, name, 0) == 0)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    if (depth == TREE_DEPTH_MAX) {
        yj_ignore(fchmodat(fd, name, 0700, 0));
        return move_up(t, fd, name);
    }
    return empty_folder(t, fd, name, depth + 1) && unlinkat(fd, name, AT_REMOVEDIR) == 0;
}

/* Everything in the folder `name` below `at`; sets errno on failure. */
static bool empty_folder(emptying *t, int at, const char *name, unsigned depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
        fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    yj_auto(close_dirp) DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return false;
    }
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
        yj_ignore(fchmod(fd, 0700));
    if (depth == 0)
        t->top = fd;
    for (unsigned seen = t->moved;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e && errno == 0 && depth == 0 && seen != t->moved) {
            seen = t->moved;
            rewinddir(dir);
            continue;
        }
        if (!e)
            return errno == 0;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!remove_name(t, fd, e->d_name, depth))
            return false;
    }
}

yj_status yj_dir_remove(const char *path, yj_error *err)
{
    assert(path);
    emptying t = { .top = -1 };
    if (!empty_folder(&t, AT_FDCWD, path, 0) || rmdir(path) != 0) {
        if (errno == ENOENT)
            return YJ_OK;
        return yj_fail_sys(err, YJ_E_IO, "cannot remove %s", path);
    }
    return YJ_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_donep(yj_names *n)
{
    yj_names_free(n);
}

static bool names_add(yj_names *names, size_t *cap, const char *name)
{
    if (names->count == *cap) {
        size_t more = *cap ? 2 * *cap : 16, bytes;
        if (__builtin_mul_overflow(more, sizeof *names->name, &bytes))
            return false;
        char **p = realloc(names->name, bytes);
        if (!p)
            return false;
        names->name = p;
        *cap = more;
    }
    names->name[names->count] = strdup(name);
    if (!names->name[names->count])
        return false;
    names->count++;
    return true;
}

yj_status yj_dir_list(const char *path, yj_names *ret, yj_error *err)
{
    assert(path && ret);
    yj_auto(close_dirp) DIR *dir = opendir(path); /* glibc opens it O_CLOEXEC */
    if (!dir)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_auto(names_donep) yj_names names = { NULL, 0 };
    size_t cap = 0;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e && errno != 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
        if (!e)
            break;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!names_add(&names, &cap, e->d_name))
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    if (names.count > 1)
        qsort(names.name, names.count, sizeof *names.name, by_bytes);
    *ret = names;
    names = (yj_names){ NULL, 0 };
    return YJ_OK;
}

void yj_names_free(yj_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->name[i]);
    free(n->name);
    *n = (yj_names){ NULL, 0 };
}

yj_status yj_lock_take(const char *path, int *ret_fd, yj_error *err)
{
    assert(path && ret_fd);
    yj_auto(close_fdp) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    int rc;
    do
        rc = flock(fd, LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    if (rc != 0 && errno == EWOULDBLOCK)
        return yj_fail(err, YJ_E_BUSY, "%s is held by another process", path);
    if (rc != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot lock %s", path);
    *ret_fd = fd;
    fd = -1;
    return YJ_OK;
}
