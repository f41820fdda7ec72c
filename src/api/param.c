// SPDX-License-Identifier: Apache-2.0
#include "api/param.h"
#include <assert.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

yj_span yj_trim(yj_span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

bool yj_span_eq_nocase(yj_span a, const char *want)
{
    for (size_t i = 0; i < a.len; i++)
        if (want[i] == '\0' || lower(a.ptr[i]) != want[i])
            return false;
    return want[a.len] == '\0';
}

/* Cut `*rest` at the first `c`; false at the end. */
static bool next_part(yj_span *rest, char c, yj_span *ret)
{
    if (!rest->ptr)
        return false;
    const char *at = rest->len ? memchr(rest->ptr, c, rest->len) : NULL;
    size_t n = at ? (size_t)(at - rest->ptr) : rest->len;
    *ret = (yj_span){ rest->ptr, n };
    if (at)
        *rest = (yj_span){ at + 1, rest->len - n - 1 };
    else
        *rest = (yj_span){ NULL, 0 };
    return true;
}

static bool text_fit(yj_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return yj_utf8_valid(s);
}

bool yj_pct_decode_into(yj_span s, bool plus, char *ret, size_t cap, size_t *ret_len)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++, n++) {
        char c = s.ptr[i];
        if (c == '%') {
            int hi = s.len - i >= 3 ? hex_value(s.ptr[i + 1]) : -1;
            int lo = s.len - i >= 3 ? hex_value(s.ptr[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                return false;
            c = (char)(hi << 4 | lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (n == cap)
            return false;
        ret[n] = c;
    }
    if (!text_fit((yj_span){ ret, n }))
        return false;
    *ret_len = n;
    return true;
}

bool yj_pct_decode(yj_span s, bool plus, yj_arena *arena, yj_span *ret)
{
    if (s.len == 0) {
        *ret = (yj_span){ "", 0 };
        return true;
    }
    if (!memchr(s.ptr, '%', s.len) && !(plus && memchr(s.ptr, '+', s.len))) {
        *ret = s;
        return text_fit(s);
    }
    char *p = yj_arena_alloc(arena, s.len + 1);
    size_t n = 0;
    if (!yj_pct_decode_into(s, plus, p, s.len, &n))
        return false;
    p[n] = '\0';
    *ret = (yj_span){ p, n };
    return true;
}

void yj_pct_encode(yj_span s, yj_buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i], l = lower(c);
        if ((l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
            yj_buf_char(out, c);
        else
            yj_buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

bool yj_target_split(yj_span target, yj_span *ret_path, yj_span *ret_query)
{
    if (target.len == 0 || target.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7f || target.ptr[i] == '#')
            return false;
    const char *q = memchr(target.ptr, '?', target.len);
    size_t n = q ? (size_t)(q - target.ptr) : target.len;
    *ret_path = (yj_span){ target.ptr, n };
    *ret_query = q ? (yj_span){ q + 1, target.len - n - 1 } : (yj_span){ "", 0 };
    return true;
}

bool yj_path_next(yj_span *rest, yj_span *ret_segment)
{
    if (rest->len == 0 || rest->ptr[0] != '/')
        return false;
    const char *from = rest->ptr + 1;
    size_t left = rest->len - 1;
    const char *at = left ? memchr(from, '/', left) : NULL;
    size_t n = at ? (size_t)(at - from) : left;
    *ret_segment = (yj_span){ from, n };
    *rest = (yj_span){ from + n, left - n };
    return true;
}

bool yj_query_next(yj_span *rest, yj_span *ret_key, yj_span *ret_value)
{
    yj_span pair;
    while (rest->len && next_part(rest, '&', &pair)) {
        if (pair.len == 0)
            continue;
        const char *eq = memchr(pair.ptr, '=', pair.len);
        size_t n = eq ? (size_t)(eq - pair.ptr) : pair.len;
        *ret_key = (yj_span){ pair.ptr, n };
        *ret_value = eq ? (yj_span){ eq + 1, pair.len - n - 1 } : (yj_span){ "", 0 };
        return true;
    }
    return false;
}

bool yj_filter_split(yj_span s, yj_span *ret_field, yj_param_op *ret_op, yj_span *ret_value)
{
    static const struct {
        const char *name;
        yj_param_op op;
    } ops[] = { { "eq", YJ_OP_EQ }, { "ne", YJ_OP_NE }, { "lt", YJ_OP_LT },  { "le", YJ_OP_LE },
                { "gt", YJ_OP_GT }, { "ge", YJ_OP_GE }, { "has", YJ_OP_HAS } };
    yj_span field, op;
    if (!next_part(&s, ':', &field) || !s.ptr || !next_part(&s, ':', &op) || !s.ptr || field.len == 0)
        return false;
    for (size_t i = 0; i < YJ_COUNT(ops); i++) {
        if (yj_span_is(op, ops[i].name)) {
            *ret_field = field;
            *ret_op = ops[i].op;
            *ret_value = s;
            return true;
        }
    }
    return false;
}

bool yj_span_u64(yj_span s, uint64_t *ret)
{
    if (s.len == 0)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.ptr[i]))
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v))
            return false;
    }
    *ret = v;
    return true;
}

/* "first-last" with either end perhaps missing. */
static bool split_range(yj_span s, yj_span *ret_first, yj_span *ret_last)
{
    const char *dash = s.len ? memchr(s.ptr, '-', s.len) : NULL;
    if (!dash)
        return false;
    size_t n = (size_t)(dash - s.ptr);
    *ret_first = yj_trim((yj_span){ s.ptr, n });
    *ret_last = yj_trim((yj_span){ dash + 1, s.len - n - 1 });
    return true;
}

yj_range yj_range_parse(yj_span value, uint64_t size, uint64_t *ret_first, uint64_t *ret_length)
{
    yj_span unit, first, last;
    value = yj_trim(value);
    if (!value.len || !next_part(&value, '=', &unit) || !value.ptr)
        return YJ_RANGE_NONE;
    if (!yj_span_eq_nocase(yj_trim(unit), "bytes") || !split_range(value, &first, &last))
        return YJ_RANGE_NONE;
    uint64_t a = 0, b = 0;
    if (first.len == 0) { /* the last b bytes */
        if (!yj_span_u64(last, &b))
            return YJ_RANGE_NONE;
        if (b == 0 || size == 0)
            return YJ_RANGE_OUTSIDE;
        *ret_first = b < size ? size - b : 0;
        *ret_length = size - *ret_first;
        return YJ_RANGE_OK;
    }
    if (!yj_span_u64(first, &a) || (last.len && (!yj_span_u64(last, &b) || b < a)))
        return YJ_RANGE_NONE;
    if (a >= size)
        return YJ_RANGE_OUTSIDE;
    if (last.len == 0 || b >= size)
        b = size - 1;
    *ret_first = a;
    *ret_length = b - a + 1;
    return YJ_RANGE_OK;
}

bool yj_content_range_parse(yj_span value, uint64_t *ret_first, uint64_t *ret_length, uint64_t *ret_total)
{
    yj_span unit, range, first, last;
    value = yj_trim(value);
    if (!value.len || !next_part(&value, ' ', &unit) || !value.ptr || !yj_span_eq_nocase(unit, "bytes") ||
        !next_part(&value, '/', &range) || !value.ptr || !split_range(range, &first, &last))
        return false;
    uint64_t a, b, total = UINT64_MAX;
    if (!yj_span_u64(first, &a) || !yj_span_u64(last, &b) || b < a || b == UINT64_MAX)
        return false;
    if (!yj_span_is(value, "*") && (!yj_span_u64(value, &total) || b >= total))
        return false;
    *ret_first = a;
    *ret_length = b - a + 1;
    *ret_total = total;
    return true;
}

#define GZIP_SUFFIX "-gzip"

/* The tag's text without W/, quotes and the suffix of the compressed form; ptr NULL if malformed. */
static yj_span bare_tag(yj_span tag)
{
    if (tag.len >= 2 && tag.ptr[0] == 'W' && tag.ptr[1] == '/') {
        tag.ptr += 2;
        tag.len -= 2;
    }
    if (tag.len < 2 || tag.ptr[0] != '"' || tag.ptr[tag.len - 1] != '"')
        return (yj_span){ NULL, 0 };
    tag = (yj_span){ tag.ptr + 1, tag.len - 2 };
    const size_t n = sizeof GZIP_SUFFIX - 1;
    if (tag.len > n && memcmp(tag.ptr + tag.len - n, GZIP_SUFFIX, n) == 0)
        tag.len -= n;
    return tag;
}

bool yj_etag_listed(yj_span list, yj_span etag)
{
    list = yj_trim(list);
    if (yj_span_is(list, "*"))
        return true;
    yj_span want = bare_tag(etag), tag;
    if (!want.ptr)
        return false;
    /* our own tags hold no comma, so that cutting at commas finds them among any others */
    while (next_part(&list, ',', &tag)) {
        yj_span have = bare_tag(yj_trim(tag));
        if (have.ptr && yj_span_eq(have, want))
            return true;
    }
    return false;
}

bool yj_etag_version(yj_span value, int64_t *ret_version)
{
    value = yj_trim(value);
    if (yj_span_is(value, "*")) {
        *ret_version = -1;
        return true;
    }
    yj_span tag = bare_tag(value), number;
    int64_t v;
    if (!tag.len || !is_digit(tag.ptr[0]) || !next_part(&tag, '.', &number) || !yj_span_i64(number, &v))
        return false;
    *ret_version = v;
    return true;
}

/* "name;q=0.5": the name, and the weight in thousandths. */
static yj_span weighed(yj_span item, unsigned *ret_weight)
{
    yj_span name, param;
    *ret_weight = 1000;
    if (!next_part(&item, ';', &name))
        return (yj_span){ "", 0 };
    while (next_part(&item, ';', &param)) {
        param = yj_trim(param);
        if (param.len < 3 || lower(param.ptr[0]) != 'q' || param.ptr[1] != '=')
            continue;
        unsigned w = 0, unit = 1000;
        for (size_t i = 2; i < param.len && unit; i++) {
            if (param.ptr[i] == '.')
                continue;
            if (!is_digit(param.ptr[i])) {
                w = 0;
                break;
            }
            w += (unsigned)(param.ptr[i] - '0') * unit;
            unit /= 10;
        }
        *ret_weight = w > 1000 ? 1000 : w;
    }
    return yj_trim(name);
}

yj_lang yj_accept_language(yj_span value)
{
    unsigned best[YJ_LANG_COUNT_] = { 0 }, any = 0;
    yj_span item;
    while (value.len && next_part(&value, ',', &item)) {
        unsigned w;
        yj_span name = weighed(item, &w);
        yj_span primary = name;
        const char *dash = name.len ? memchr(name.ptr, '-', name.len) : NULL;
        if (dash)
            primary.len = (size_t)(dash - name.ptr);
        if (yj_span_eq_nocase(primary, "zh") && w > best[YJ_LANG_ZH])
            best[YJ_LANG_ZH] = w;
        else if (yj_span_eq_nocase(primary, "en") && w > best[YJ_LANG_EN])
            best[YJ_LANG_EN] = w;
        else if (yj_span_is(primary, "*") && w > any)
            any = w;
    }
    if (best[YJ_LANG_ZH] < any)
        best[YJ_LANG_ZH] = any;
    return best[YJ_LANG_EN] > best[YJ_LANG_ZH] ? YJ_LANG_EN : YJ_LANG_ZH;
}

bool yj_accepts_gzip(yj_span value)
{
    bool any = false;
    yj_span item;
    while (value.len && next_part(&value, ',', &item)) {
        unsigned w;
        yj_span name = weighed(item, &w);
        if (yj_span_eq_nocase(name, "gzip"))
            return w > 0;
        if (yj_span_is(name, "*"))
            any = w > 0;
    }
    return any;
}

bool yj_media_is(yj_span value, const char *type)
{
    yj_span name;
    return value.len && next_part(&value, ';', &name) && yj_span_eq_nocase(yj_trim(name), type);
}

bool yj_media_boundary(yj_span value, yj_span *ret)
{
    yj_span part;
    if (!value.len || !next_part(&value, ';', &part))
        return false;
    while (next_part(&value, ';', &part)) {
        yj_span name;
        part = yj_trim(part);
        if (!part.len || !next_part(&part, '=', &name) || !part.ptr ||
            !yj_span_eq_nocase(yj_trim(name), "boundary"))
            continue;
        part = yj_trim(part);
        if (part.len >= 2 && part.ptr[0] == '"' && part.ptr[part.len - 1] == '"')
            part = (yj_span){ part.ptr + 1, part.len - 2 };
        if (part.len < 1 || part.len > 70)
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (part.ptr[i] <= ' ' || part.ptr[i] >= 0x7f || part.ptr[i] == '"')
                return false;
        *ret = part;
        return true;
    }
    return false;
}

bool yj_host_is_loopback(yj_span host)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
    for (size_t i = 0; i < YJ_COUNT(names); i++) {
        size_t n = strlen(names[i]);
        if (host.len < n || !yj_span_eq_nocase((yj_span){ host.ptr, n }, names[i]))
            continue;
        if (host.len == n)
            return true;
        uint64_t port;
        if (host.ptr[n] == ':' && host.len - n <= 6 &&
            yj_span_u64((yj_span){ host.ptr + n + 1, host.len - n - 1 }, &port) && port <= 65535)
            return true;
    }
    return false;
}

static bool same_nocase(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool yj_origin_is(yj_span origin, yj_span scheme, yj_span host)
{
    return origin.len == scheme.len + host.len && same_nocase(origin.ptr, scheme.ptr, scheme.len) &&
           same_nocase(origin.ptr + scheme.len, host.ptr, host.len);
}

bool yj_cookie_find(yj_span header, const char *name, yj_span *ret)
{
    size_t len = strlen(name);
    bool found = false;
    while (header.len) {
        const char *end = memchr(header.ptr, ';', header.len);
        size_t n = end ? (size_t)(end - header.ptr) : header.len;
        yj_span pair = yj_trim((yj_span){ header.ptr, n });
        header = end ? (yj_span){ end + 1, header.len - n - 1 } : (yj_span){ "", 0 };
        if (pair.len <= len || pair.ptr[len] != '=' || memcmp(pair.ptr, name, len) != 0)
            continue;
        if (found)
            return false; /* one may have been slipped in for a folder or a whole domain: trust neither */
        *ret = (yj_span){ pair.ptr + len + 1, pair.len - len - 1 };
        found = true;
    }
    return found;
}
