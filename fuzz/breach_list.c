// SPDX-License-Identifier: Apache-2.0
/* A list of leaked passwords: whatever the file holds, a search ends; in one that is well-formed and sorted
 * it finds what a reading from the front finds. Looked for: the digest of every 40 hex digits at the
 * beginning of a line, and two that are hardly there. */
#include "fuzz.h"

#include "access/breach.h"
#include <sys/mman.h>
#include <unistd.h>

#define ASKED_MAX 64

static void ask(int fd, yj_span text, const uint8_t *sha1, bool well)
{
    bool found = false, there = false;
    yj_error err;
    yj_status s = yj_breach_find_in(fd, "list", sha1, &found, &err);
    assert(s == YJ_OK || s == YJ_E_CORRUPT);
    assert(!well || s == YJ_OK);
    for (size_t at = 0; at < text.len;) {
        uint8_t got[YJ_SHA1_LEN];
        size_t len;
        const char *lf = memchr(text.ptr + at, '\n', text.len - at);
        if (text.len - at >= 40 && yj_hex_decode((yj_span){ text.ptr + at, 40 }, got, sizeof got, &len))
            there |= memcmp(got, sha1, sizeof got) == 0;
        at = lf ? (size_t)(lf - text.ptr) + 1 : text.len;
    }
    if (s == YJ_OK && found)
        assert(there);
    if (well)
        assert(found == there);
}

/* Every line of the form, each not below the one before it? */
static bool is_well(yj_span text)
{
    uint8_t last[YJ_SHA1_LEN] = { 0 };
    for (size_t at = 0; at < text.len;) {
        uint8_t got[YJ_SHA1_LEN];
        size_t len;
        const char *lf = memchr(text.ptr + at, '\n', text.len - at);
        size_t end = lf ? (size_t)(lf - text.ptr) : text.len, tail = at + 40;
        if (end < tail || !yj_hex_decode((yj_span){ text.ptr + at, 40 }, got, sizeof got, &len))
            return false;
        if (end > tail) { /* ":1" to ":9999999999999999999" */
            if (text.ptr[tail] != ':' || end - tail < 2 || end - tail > 20)
                return false;
            for (size_t i = tail + 1; i < end; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                    return false;
        }
        if (memcmp(got, last, sizeof got) < 0)
            return false;
        memcpy(last, got, sizeof got);
        at = lf ? end + 1 : end;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t lowest[YJ_SHA1_LEN] = { 0 };
    static const uint8_t middle[YJ_SHA1_LEN] = { 0x7f };
    static int fd = -1; /* opened once, for the life of the process */
    if (fd < 0)
        fd = memfd_create("breach", MFD_CLOEXEC);
    assert(fd >= 0);
    int rc = ftruncate(fd, 0);
    ssize_t n = pwrite(fd, data, size, 0);
    assert(rc == 0 && n == (ssize_t)size);
    yj_span text = { (const char *)data, size };
    bool well = is_well(text);
    ask(fd, text, lowest, well);
    ask(fd, text, middle, well);
    size_t asked = 0;
    for (size_t at = 0; at < size && asked < ASKED_MAX; asked++) {
        uint8_t sha1[YJ_SHA1_LEN];
        size_t len;
        const char *lf = memchr(text.ptr + at, '\n', size - at);
        if (size - at >= 40 && yj_hex_decode((yj_span){ text.ptr + at, 40 }, sha1, sizeof sha1, &len))
            ask(fd, text, sha1, well);
        at = lf ? (size_t)(lf - text.ptr) + 1 : size;
    }
    return 0;
}
