// SPDX-License-Identifier: Apache-2.0
#include "api/guard.h"
#include "api/param.h"

static const struct {
    const char *name;
    size_t len;
    bool once;
} fields[YJ_H_COUNT_] = {
#define X(id, name, once) { name, sizeof name - 1, once },
    YJ_HEADER_LIST(X)
#undef X
};

/* tchar of RFC 9110 5.6.2 */
static bool token_char(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int find_field(yj_span name)
{
    for (int i = 0; i < YJ_H_COUNT_; i++)
        if (fields[i].len == name.len && yj_span_eq_nocase(name, fields[i].name))
            return i;
    return -1;
}

yj_status yj_guard_field(yj_head *h, yj_span name, yj_span value, yj_error *err)
{
    bool good = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        good = good && token_char(name.ptr[i]);
    if (!good)
        return yj_fail(err, YJ_E_INVALID, "a header's name holds a character that is not allowed there");
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            yj_fail(err, YJ_E_INVALID, "a header's value holds a control character");
            return yj_error_at(err, "%.*s", (int)(name.len < 64 ? name.len : 64), name.ptr);
        }
    }
    int f = find_field(name);
    if (f < 0)
        return YJ_OK;
    if (h->value[f].ptr) {
        if (!fields[f].once)
            return YJ_OK;
        yj_fail(err, YJ_E_INVALID, "the header is given twice");
        return yj_error_at(err, "%s", fields[f].name);
    }
    h->value[f] = value.ptr ? value : (yj_span){ "", 0 };
    return YJ_OK;
}

yj_status yj_guard_whole(const yj_head *h, bool http11, yj_error *err)
{
    yj_span te = h->value[YJ_H_TRANSFER_ENCODING], length = h->value[YJ_H_CONTENT_LENGTH];
    uint64_t n;
    if (!h->value[YJ_H_HOST].ptr || h->value[YJ_H_HOST].len == 0) {
        yj_fail(err, YJ_E_INVALID, "the request names no host");
        return yj_error_at(err, "host");
    }
    if (te.ptr && length.ptr) {
        yj_fail(err, YJ_E_INVALID, "the request gives its length in two ways");
        return yj_error_at(err, "transfer-encoding");
    }
    if (te.ptr && (!http11 || !yj_span_eq_nocase(te, "chunked"))) {
        yj_fail(err, YJ_E_INVALID, "the only transfer encoding is chunked, in HTTP/1.1");
        return yj_error_at(err, "transfer-encoding");
    }
    if (length.ptr && !yj_span_u64(length, &n)) {
        yj_fail(err, YJ_E_INVALID, "the length of the body is no number");
        return yj_error_at(err, "content-length");
    }
    yj_span expect = h->value[YJ_H_EXPECT];
    if (expect.ptr && !yj_span_eq_nocase(expect, "100-continue")) {
        yj_fail(err, YJ_E_INVALID, "the only expectation is 100-continue");
        return yj_error_at(err, "expect");
    }
    return YJ_OK;
}

static bool own_origin(yj_span origin, yj_span host, const yj_site *site)
{
    if (yj_origin_is(origin, YJ_SPAN("http://"), host))
        return true;
    if (site->tls && yj_origin_is(origin, YJ_SPAN("https://"), host))
        return true;
    if (!site->signs_in)
        return false;
    return yj_origin_is(origin, YJ_SPAN("https://"), host) || /* a proxy in front */
           (site->public_url && yj_span_eq_nocase(origin, site->public_url));
}

yj_status yj_guard_site(const yj_head *h, bool safe, const yj_site *site, yj_error *err)
{
    yj_span host = h->value[YJ_H_HOST], origin = h->value[YJ_H_ORIGIN], from = h->value[YJ_H_SEC_FETCH_SITE];
    bool link = safe && yj_span_is(h->value[YJ_H_SEC_FETCH_MODE], "navigate");
    bool local = !site->signs_in || (site->loopback && !site->public_url);
    if (local && !yj_host_is_loopback(host)) {
        yj_fail(err, YJ_E_FORBIDDEN, "the server answers only to localhost, 127.0.0.1 and [::1]");
        return yj_error_at(err, "host");
    }
    if (origin.ptr && !own_origin(origin, host, site)) {
        yj_fail(err, YJ_E_FORBIDDEN, "pages of other servers may not use this one");
        return yj_error_at(err, "origin");
    }
    if (from.ptr && !link && !yj_span_eq_nocase(from, "same-origin") && !yj_span_eq_nocase(from, "none")) {
        yj_fail(err, YJ_E_FORBIDDEN, "pages of other servers may not use this one");
        return yj_error_at(err, "sec-fetch-site");
    }
    return YJ_OK;
}
