// SPDX-License-Identifier: Apache-2.0
#include "notice/address.h"

#include <stdio.h>

#define LETTERS_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool all_of(yj_span s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\0' || !strchr(set, s.ptr[i]))
            return false;
    return true;
}

static bool host_valid(yj_span s)
{
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
        return s.len <= 41 && all_of((yj_span){ s.ptr + 1, s.len - 2 }, "0123456789abcdefABCDEF:.");
    return s.len >= 1 && s.len <= 253 && s.ptr[0] != '.' && s.ptr[0] != '-' &&
           all_of(s, LETTERS_DIGITS ".-") && !memmem(s.ptr, s.len, "..", 2);
}

static bool port_valid(yj_span s)
{
    int64_t port = 0;
    return s.len >= 1 && s.len <= 5 && s.ptr[0] != '-' && yj_span_i64(s, &port) && port >= 1 && port <= 65535;
}

/* Bytes of "scheme://host:port", 0 if it has no such beginning. */
static size_t origin_len(yj_span s)
{
    size_t at = s.len > 8 && memcmp(s.ptr, "https://", 8) == 0  ? 8
                : s.len > 7 && memcmp(s.ptr, "http://", 7) == 0 ? 7
                                                                : 0;
    size_t end = at;
    if (!at)
        return 0;
    while (end < s.len && s.ptr[end] != '/' && s.ptr[end] != '?')
        end++;
    yj_span host = { s.ptr + at, end - at };
    const char *colon = memrchr(host.ptr, ':', host.len);
    if (colon && !memchr(colon, ']', (size_t)(host.ptr + host.len - colon))) {
        if (!port_valid((yj_span){ colon + 1, (size_t)(host.ptr + host.len - colon) - 1 }))
            return 0;
        host.len = (size_t)(colon - host.ptr);
    }
    return host_valid(host) ? end : 0;
}

bool yj_address_valid(yj_span s, bool query)
{
    size_t n = s.len <= YJ_ADDRESS_MAX ? origin_len(s) : 0;
    return n && all_of((yj_span){ s.ptr + n, s.len - n },
                       query ? LETTERS_DIGITS "-._~/%!$&'*+,;=:@?" : LETTERS_DIGITS "-._~/%");
}

void yj_address_origin(yj_span s, char ret[static YJ_ORIGIN_MAX + 1])
{
    size_t n = origin_len(s);
    snprintf(ret, YJ_ORIGIN_MAX + 1, "%.*s", n ? (int)n : 1, n ? s.ptr : "?");
}

void yj_address_mask(char *text, const char *secret)
{
    size_t n = secret ? strlen(secret) : 0;
    if (n < 4)
        return;
    for (char *at = text; (at = strstr(at, secret)); at += n)
        memset(at, '*', n);
}
