// SPDX-License-Identifier: Apache-2.0
#include "access/secret.h"

#include <sodium.h>

yj_status yj_secret_ready(yj_error *err)
{
    if (sodium_init() < 0)
        return yj_fail(err, YJ_E_IO, "the library libsodium cannot be used on this machine");
    return YJ_OK;
}

void yj_secret_wipe(void *bytes, size_t len)
{
    if (len)
        sodium_memzero(bytes, len);
}

bool yj_secret_eq(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void yj_base32(const void *bytes, size_t len, char *ret)
{
    const uint8_t *p = bytes;
    uint32_t held = 0; /* bits not yet written, the lowest `count` */
    unsigned count = 0;
    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | p[i]) & 0xfff;
        for (count += 8; count >= 5; count -= 5)
            *ret++ = letters[held >> (count - 5) & 31];
    }
    if (count)
        *ret++ = letters[held << (5 - count) & 31];
    *ret = '\0';
}

/* -1: no letter of base32. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool yj_base32_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len)
{
    size_t len = s.len / 8 * 5 + s.len % 8 * 5 / 8, at = 0;
    if (len > cap || YJ_BASE32_LEN(len) != s.len)
        return false;
    uint32_t held = 0;
    unsigned count = 0;
    for (size_t i = 0; i < s.len; i++) {
        int v = value_of(s.ptr[i]);
        if (v < 0)
            return false;
        held = (held << 5 | (uint32_t)v) & 0xfff;
        count += 5;
        if (count >= 8) {
            count -= 8;
            ret[at++] = (uint8_t)(held >> count);
        }
    }
    if (held & ((1U << count) - 1))
        return false;
    *ret_len = at;
    return true;
}
