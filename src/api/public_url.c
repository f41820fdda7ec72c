// SPDX-License-Identifier: Apache-2.0
#include "api/public_url.h"
#include "api/forwarded.h"
#include "api/param.h"
#include <stdio.h>

static bool starts(yj_span s, const char *lower)
{
    size_t n = strlen(lower);
    return s.len >= n && yj_span_eq_nocase((yj_span){ s.ptr, n }, lower);
}

/* Names of RFC 1123 2.1, digits of IPv4 among them. */
static bool is_name(yj_span s)
{
    size_t label = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inside = label > 0 && i + 1 < s.len && s.ptr[i + 1] != '.';
        if (c == '.' ? label == 0 : !(word || (c == '-' && inside)))
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0 && s.len <= 253;
}

/* Rewritten as browsers write it. */
static bool is_host(char *host, size_t *len, size_t cap)
{
    for (size_t i = 0; i < *len; i++)
        if (host[i] >= 'A' && host[i] <= 'Z')
            host[i] = (char)(host[i] - 'A' + 'a');
    if (host[0] != '[')
        return is_name((yj_span){ host, *len });
    yj_address a;
    char digits[YJ_ADDRESS_BYTES];
    if (*len < 4 || host[*len - 1] != ']' || !memchr(host, ':', *len) ||
        !yj_address_read((yj_span){ host + 1, *len - 2 }, &a))
        return false;
    yj_address_show(&a, digits);
    if (!strchr(digits, ':')) /* IPv4 in the guise of IPv6 */
        return false;
    *len = (size_t)snprintf(host, cap, "[%s]", digits);
    return *len < cap;
}

yj_status yj_public_url_read(yj_span text, char ret[static YJ_PUBLIC_URL_BYTES], yj_error *err)
{
    bool tls = starts(text, "https://"), plain = !tls && starts(text, "http://");
    int shown = (int)(text.len < 128 ? text.len : 128);
    yj_span rest = text;
    size_t scheme = tls ? 8 : 7;
    char host[YJ_PUBLIC_URL_BYTES - 16];
    bool fine = (tls || plain) && !memchr(text.ptr, '\0', text.len);
    if (fine) {
        rest = (yj_span){ text.ptr + scheme, text.len - scheme };
        if (rest.len && rest.ptr[rest.len - 1] == '/')
            rest.len--;
    }
    size_t len = rest.len;
    for (size_t i = rest.len; fine && i-- > 0 && rest.ptr[i] != ']';)
        if (rest.ptr[i] == ':')
            len = i;
    uint64_t port = tls ? 443 : 80;
    if (fine && len < rest.len)
        fine = yj_span_u64((yj_span){ rest.ptr + len + 1, rest.len - len - 1 }, &port) && port > 0 &&
               port <= 65535;
    fine = fine && len > 0 && len < sizeof host;
    if (fine) {
        memcpy(host, rest.ptr, len);
        fine = is_host(host, &len, sizeof host);
    }
    if (!fine)
        return yj_fail(
            err, YJ_E_USAGE,
            "\"%.*s\" is no public address: scheme, host and port, such as https://yunjian.example", shown,
            text.ptr ? text.ptr : "");
    yj_span h = { host, len };
    if (plain && !yj_host_is_loopback(h))
        return yj_fail(err, YJ_E_USAGE, "the public address \"%.*s\" must begin with https://", shown,
                       text.ptr);
    char at[8] = "";
    if (port != (tls ? 443u : 80u))
        snprintf(at, sizeof at, ":%u", (unsigned)port);
    snprintf(ret, YJ_PUBLIC_URL_BYTES, "%s%.*s%s", tls ? "https://" : "http://", (int)len, host, at);
    return YJ_OK;
}
