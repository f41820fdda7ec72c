// SPDX-License-Identifier: Apache-2.0
#include "access/breach.h"

#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 4096 /* a range this short is read as a whole */
#define HEX_LEN ((size_t)2 * YJ_SHA1_LEN)
#define COUNT_DIGITS_MAX 19

typedef struct search {
    int fd;
    const char *name;
    const uint8_t *sha1;
    uint8_t low[YJ_SHA1_LEN], high[YJ_SHA1_LEN]; /* no line between the borders may lie outside these */
} search;

static void close_fdp(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static yj_status damaged(const search *s, int64_t at, yj_error *err)
{
    return yj_fail(
        err, YJ_E_CORRUPT,
        "the list of leaked passwords %s is damaged at byte %lld: lines of 40 hex digits and a count, "
        "sorted, are wanted",
        s->name, (long long)at);
}

/* As many bytes as there are, at most `cap`. */
static yj_status read_at(const search *s, int64_t at, char *ret, size_t cap, size_t *ret_len, yj_error *err)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t n = pread(s->fd, ret + len, cap - len, (off_t)(at + (int64_t)len));
        if (n == 0)
            break;
        if (n > 0)
            len += (size_t)n;
        else if (errno != EINTR)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", s->name);
    }
    *ret_len = len;
    return YJ_OK;
}

/* One line, without its LF. */
static bool parse_line(yj_span line, uint8_t ret[static YJ_SHA1_LEN])
{
    size_t len;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len < HEX_LEN || !yj_hex_decode((yj_span){ line.ptr, HEX_LEN }, ret, YJ_SHA1_LEN, &len))
        return false;
    if (line.len == HEX_LEN)
        return true;
    size_t digits = line.len - HEX_LEN - 1;
    if (line.ptr[HEX_LEN] != ':' || digits == 0 || digits > COUNT_DIGITS_MAX)
        return false;
    for (size_t i = HEX_LEN + 1; i < line.len; i++)
        if (line.ptr[i] < '0' || line.ptr[i] > '9')
            return false;
    return true;
}

/* The first line of the bytes, which stand at `at` in the file; *ret_next where the one after it begins. */
static yj_status take_line(const search *s, int64_t at, yj_span bytes, bool last,
                           uint8_t ret[static YJ_SHA1_LEN], size_t *ret_next, yj_error *err)
{
    const char *end = bytes.len ? memchr(bytes.ptr, '\n', bytes.len) : NULL;
    size_t len = end ? (size_t)(end - bytes.ptr) : bytes.len;
    if ((!end && !last) || len >= YJ_BREACH_LINE_MAX || !parse_line((yj_span){ bytes.ptr, len }, ret))
        return damaged(s, at, err);
    if (memcmp(ret, s->low, YJ_SHA1_LEN) < 0 || memcmp(ret, s->high, YJ_SHA1_LEN) > 0)
        return damaged(s, at, err);
    *ret_next = end ? len + 1 : len;
    return YJ_OK;
}

/* The lines that begin from `from` on and before `until`. */
static yj_status look_through(search *s, int64_t from, int64_t until, bool *ret_found, yj_error *err)
{
    char block[BLOCK_BYTES + YJ_BREACH_LINE_MAX];
    size_t len = 0, want = (size_t)(until - from) + YJ_BREACH_LINE_MAX, at = 0;
    bool found = false;
    assert(want <= sizeof block);
    YJ_TRY(read_at(s, from, block, want, &len, err));
    while (at < len && from + (int64_t)at < until) {
        uint8_t got[YJ_SHA1_LEN];
        size_t next = 0;
        YJ_TRY(
            take_line(s, from + (int64_t)at, (yj_span){ block + at, len - at }, len < want, got, &next, err));
        found |= memcmp(got, s->sha1, YJ_SHA1_LEN) == 0;
        memcpy(s->low, got, YJ_SHA1_LEN);
        at += next;
    }
    *ret_found = found;
    return YJ_OK;
}

yj_status yj_breach_find_in(int fd, const char *name, const uint8_t sha1[static YJ_SHA1_LEN], bool *ret_found,
                            yj_error *err)
{
    search s = { .fd = fd, .name = name, .sha1 = sha1 };
    memset(s.high, 0xff, sizeof s.high);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", name);
    if (!S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_IO, "%s is not a regular file", name);

    /* what is looked for begins at `from` or later, and before `until`; both are where a line begins */
    int64_t from = 0, until = (int64_t)st.st_size;
    while (until - from > BLOCK_BYTES) {
        char bytes[2 * YJ_BREACH_LINE_MAX];
        size_t len = 0, next = 0;
        int64_t at = from + (until - from) / 2;
        YJ_TRY(read_at(&s, at, bytes, sizeof bytes, &len, err));
        const char *lf = len ? memchr(bytes, '\n', len) : NULL;
        if (!lf || lf - bytes >= YJ_BREACH_LINE_MAX)
            return damaged(&s, at, err);
        size_t skip = (size_t)(lf - bytes) + 1;
        uint8_t got[YJ_SHA1_LEN];
        YJ_TRY(
            take_line(&s, at + (int64_t)skip, (yj_span){ bytes + skip, len - skip }, false, got, &next, err));
        if (memcmp(got, sha1, YJ_SHA1_LEN) > 0) {
            until = at + (int64_t)skip;
            memcpy(s.high, got, YJ_SHA1_LEN);
        } else {
            from = at + (int64_t)skip;
            memcpy(s.low, got, YJ_SHA1_LEN);
        }
    }
    return look_through(&s, from, until, ret_found, err);
}

yj_status yj_breach_find(const char *path, const uint8_t sha1[static YJ_SHA1_LEN], bool *ret_found,
                         yj_error *err)
{
    assert(path && ret_found);
    /* not blocking: a named pipe must not wait */
    yj_auto(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    return yj_breach_find_in(fd, path, sha1, ret_found, err);
}
