// SPDX-License-Identifier: Apache-2.0
#include "api/forwarded.h"
#include "api/param.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const yj_address *a)
{
    return memcmp(a->byte, mapped, sizeof mapped) == 0;
}

bool yj_address_read(yj_span text, yj_address *ret)
{
    char digits[YJ_ADDRESS_BYTES];
    if (text.len == 0 || text.len >= sizeof digits || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    if (inet_pton(AF_INET, digits, ret->byte + sizeof mapped) == 1) {
        memcpy(ret->byte, mapped, sizeof mapped);
        return true;
    }
    return inet_pton(AF_INET6, digits, ret->byte) == 1;
}

void yj_address_show(const yj_address *a, char ret[static YJ_ADDRESS_BYTES])
{
    ret[0] = '\0';
    if (is_v4(a))
        inet_ntop(AF_INET, a->byte + sizeof mapped, ret, YJ_ADDRESS_BYTES);
    else
        inet_ntop(AF_INET6, a->byte, ret, YJ_ADDRESS_BYTES);
}

bool yj_address_is_loopback(const yj_address *a)
{
    static const yj_address one = { .byte = { [15] = 1 } };
    return is_v4(a) ? a->byte[sizeof mapped] == 127 : memcmp(a, &one, sizeof one) == 0;
}

/* --- networks ---------------------------------------------------------------------------------------------
 */

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool host_bits_clear(const yj_address *a, unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if (a->byte[i / 8] >> (7 - i % 8) & 1)
            return false;
    return true;
}

static yj_status add_one(yj_networks *n, yj_span text, yj_error *err)
{
    const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
    size_t len = slash ? (size_t)(slash - text.ptr) : text.len;
    int shown = (int)(text.len < 64 ? text.len : 64);
    yj_address base;
    uint64_t bits = 0;
    bool fine = yj_address_read((yj_span){ text.ptr, len }, &base);
    unsigned most = fine && is_v4(&base) && memchr(text.ptr, ':', len) == NULL ? 32 : 128;
    if (fine && slash)
        fine = yj_span_u64((yj_span){ slash + 1, text.len - len - 1 }, &bits) && bits <= most;
    if (!fine)
        return yj_fail(err, YJ_E_USAGE,
                       "\"%.*s\" is no address of a proxy; write 10.0.0.7, 10.0.0.0/24 or fd00::/8", shown,
                       text.ptr ? text.ptr : "");
    if (slash && bits == 0)
        return yj_fail(err, YJ_E_USAGE, "\"%.*s\" is everybody; name the proxies alone", shown, text.ptr);
    bits = slash ? bits + 128 - most : 128;
    if (!host_bits_clear(&base, (unsigned)bits))
        return yj_fail(err, YJ_E_USAGE, "\"%.*s\" is no network: its address goes on behind the length",
                       shown, text.ptr);
    if (n->count == YJ_NETWORKS_MAX)
        return yj_fail(err, YJ_E_USAGE, "more than %u trusted proxies", YJ_NETWORKS_MAX);
    n->at[n->count].base = base;
    n->at[n->count++].bits = (unsigned)bits;
    return YJ_OK;
}

yj_status yj_networks_add(yj_networks *n, yj_span text, yj_error *err)
{
    for (;;) {
        const char *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
        size_t len = comma ? (size_t)(comma - text.ptr) : text.len;
        YJ_TRY(add_one(n, yj_trim((yj_span){ text.ptr, len }), err));
        if (!comma)
            return YJ_OK;
        text = (yj_span){ comma + 1, text.len - len - 1 };
    }
}

bool yj_networks_hold(const yj_networks *n, const yj_address *a)
{
    for (size_t i = 0; i < n->count; i++)
        if (bits_equal(n->at[i].base.byte, a->byte, n->at[i].bits))
            return true;
    return false;
}

/* --- what is said -----------------------------------------------------------------------------------------
 */

static bool is_port(yj_span s)
{
    uint64_t port;
    return yj_span_u64(s, &port) && port <= 65535;
}

/* "192.0.2.7", "192.0.2.7:4711", "2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711" */
static bool read_hop(yj_span s, yj_address *ret)
{
    if (yj_address_read(s, ret))
        return true;
    if (s.len > 2 && s.ptr[0] == '[') {
        const char *end = memchr(s.ptr, ']', s.len);
        if (!end)
            return false;
        yj_span inside = { s.ptr + 1, (size_t)(end - s.ptr) - 1 };
        yj_span behind = { end + 1, s.len - inside.len - 2 };
        if (behind.len && (behind.ptr[0] != ':' || !is_port((yj_span){ behind.ptr + 1, behind.len - 1 })))
            return false;
        return memchr(inside.ptr, ':', inside.len) && yj_address_read(inside, ret);
    }
    const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;
    if (!colon)
        return false;
    size_t len = (size_t)(colon - s.ptr);
    return is_port((yj_span){ colon + 1, s.len - len - 1 }) && yj_address_read((yj_span){ s.ptr, len }, ret);
}

/* The entry behind the last comma, taken off. False if it was the only one. */
static bool last_hop(yj_span *line, yj_span *ret)
{
    size_t from = line->len;
    while (from > 0 && line->ptr[from - 1] != ',')
        from--;
    *ret = yj_trim((yj_span){ line->ptr + from, line->len - from });
    line->len = from ? from - 1 : 0;
    return from > 0;
}

yj_address yj_forwarded_for(const yj_networks *trusted, const yj_address *peer, const yj_lines *lines)
{
    yj_address at = *peer;
    if (!yj_networks_hold(trusted, peer) || lines->count > YJ_FORWARDED_LINES_MAX)
        return *peer;
    unsigned hops = 0;
    for (size_t i = lines->count; i-- > 0;) {
        yj_span line = lines->at[i], hop;
        for (bool more = true; more;) {
            more = last_hop(&line, &hop);
            if (++hops > YJ_FORWARDED_HOPS_MAX || !read_hop(hop, &at))
                return *peer;
            if (!yj_networks_hold(trusted, &at))
                return at;
        }
    }
    return at;
}

bool yj_forwarded_secure(const yj_lines *lines, bool else_)
{
    if (lines->count == 0)
        return else_;
    if (lines->count > YJ_FORWARDED_LINES_MAX)
        return false;
    return yj_span_eq_nocase(yj_trim(lines->at[lines->count - 1]), "https");
}
