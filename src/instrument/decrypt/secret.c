// SPDX-License-Identifier: Apache-2.0
#include "instrument/decrypt/secret.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM (YJ_SECRET_MAX + 4096) /* one byte more than the limit, a NUL, whole pages */

void yj_secret_done(yj_secret *s)
{
    if (s->ptr) {
        explicit_bzero(s->ptr, ROOM);
        munmap(s->ptr, ROOM);
    }
    *s = (yj_secret){ NULL, 0 };
}

static yj_status read_all(int fd, const char *path, yj_secret *s, yj_error *err)
{
    for (;;) {
        ssize_t n = read(fd, s->ptr + s->len, YJ_SECRET_MAX + 1 - s->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
        s->len += (size_t)n;
        if (s->len > YJ_SECRET_MAX)
            return yj_fail(err, YJ_E_LIMIT, "%s is longer than %zu bytes", path, YJ_SECRET_MAX);
        if (n == 0)
            return s->len ? YJ_OK : yj_fail(err, YJ_E_INVALID, "%s is empty", path);
    }
}

yj_status yj_secret_read(const char *path, yj_secret *ret, yj_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_status s = YJ_OK;
    char *room = MAP_FAILED;
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
        s = yj_fail(err, YJ_E_IO, "%s is not a regular file", path);
    else if (S_ISREG(st.st_mode) && (st.st_mode & 077))
        s = yj_fail(err, YJ_E_FORBIDDEN, "others can read %s: take that from them first (chmod 600)", path);
    else if ((room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) ==
             MAP_FAILED)
        s = yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        yj_secret all = { room, 0 };
        (void)mlock(room, ROOM); /* as far as the limit lets us */
        (void)madvise(room, ROOM, MADV_DONTDUMP);
        s = read_all(fd, path, &all, err);
        if (s == YJ_OK)
            *ret = all;
        else
            yj_secret_done(&all);
    }
    close(fd);
    return s;
}

yj_status yj_secret_line(yj_secret *s, yj_error *err)
{
    const char *end = memchr(s->ptr, '\n', s->len);
    size_t n = end ? (size_t)(end - s->ptr) : s->len;
    n -= n && s->ptr[n - 1] == '\r';
    explicit_bzero(s->ptr + n, s->len - n);
    s->len = n;
    return n && !memchr(s->ptr, '\0', n)
               ? YJ_OK
               : yj_fail(err, YJ_E_INVALID, "the first line of the passphrase's file is no passphrase");
}

yj_status yj_secret_bytes(yj_secret *s, size_t len, const char *what, yj_error *err)
{
    size_t n = s->len, got = 0;
    /* 32 hex digits are a key of 128 bits that was given for one of 256 */
    if (n == len && !(len == 32 && strspn(s->ptr, "0123456789abcdefABCDEF") == len))
        return YJ_OK;
    while (n && (s->ptr[n - 1] == '\n' || s->ptr[n - 1] == '\r'))
        n--;
    /* each byte is written behind the digits that it is read from */
    if (n != 2 * len || !yj_hex_decode((yj_span){ s->ptr, n }, (uint8_t *)s->ptr, len, &got))
        return yj_fail(err, YJ_E_INVALID, "the %s is %zu bytes, or as many in hex digits", what, len);
    explicit_bzero(s->ptr + len, s->len - len);
    s->len = len;
    return YJ_OK;
}

int yj_secret_pipe(yj_span bytes, bool line_feed)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    bool good = fcntl(ends[1], F_SETPIPE_SZ, 2 * YJ_SECRET_MAX) >= 0 || bytes.len < YJ_SECRET_MAX;
    good = good && write(ends[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len &&
           (!line_feed || write(ends[1], "\n", 1) == 1);
    int why = errno;
    close(ends[1]);
    if (good)
        return ends[0];
    close(ends[0]);
    errno = why;
    return -1;
}
