// SPDX-License-Identifier: Apache-2.0
#include "base/span.h"
#include "base/memory.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool yj_span_i64(yj_span s, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == s.len)
        return false;
    int64_t v = 0; /* kept negative: the negative range is the larger one */
    for (; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, s.ptr[i] - '0', &v))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, v, &v))
        return false;
    *ret = v;
    return true;
}

/* Length of the well-formed sequence at p (RFC 3629), 0 if there is none. */
static size_t sequence_len(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

size_t yj_utf8_prefix(yj_span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t i = 0;
    while (i < s.len) {
        uint64_t word;
        if (p[i] < 0x80 && s.len - i >= sizeof word) {
            memcpy(&word, p + i, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                i += sizeof word;
                continue;
            }
        }
        size_t n = sequence_len(p + i, s.len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool yj_utf8_valid(yj_span s)
{
    return yj_utf8_prefix(s) == s.len;
}

/* Could the bytes at p be a character whose end is missing? */
static bool cut_off(const unsigned char *p, size_t left)
{
    static const unsigned char fill[2][3] = { { 0x80, 0x80, 0x80 }, { 0xbf, 0xbf, 0xbf } };
    unsigned char c[8];
    if (left > 3 || p[0] < 0xc2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        memcpy(c, p, left);
        memcpy(c + left, fill[i], 3);
        if (sequence_len(c, left + 3) > left)
            return true;
    }
    return false;
}

void yj_text_tidy(char *cstr)
{
    unsigned char *p = (unsigned char *)cstr;
    size_t len = strlen(cstr);
    for (size_t i = 0; i < len;) {
        size_t n = sequence_len(p + i, len - i);
        if (n == 0 && cut_off(p + i, len - i)) {
            p[i] = '\0';
            return;
        }
        if (n == 0 || p[i] < 0x20 || p[i] == 0x7f || (n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0)) {
            p[i] = '?';
            n = 1;
        }
        i += n;
    }
}

size_t yj_utf8_count(yj_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

typedef struct range {
    uint32_t first, last;
} range;

/* East Asian Width W and F, Unicode 14.0.0. */
static const range wide[] = {
    { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
    { 0x23f0, 0x23f0 },   { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },
    { 0x2648, 0x2653 },   { 0x267f, 0x267f },   { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },
    { 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },   { 0x26ce, 0x26ce },
    { 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },
    { 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },
    { 0x2728, 0x2728 },   { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },
    { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },
    { 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },   { 0x2e80, 0x303e },
    { 0x3041, 0x3247 },   { 0x3250, 0x4dbf },   { 0x4e00, 0xa4c6 },   { 0xa960, 0xa97c },
    { 0xac00, 0xd7a3 },   { 0xf900, 0xfad9 },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },
    { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x18d08 }, { 0x1aff0, 0x1b2fb },
    { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a },
    { 0x1f200, 0x1f265 }, { 0x1f300, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c },
    { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 },
    { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc },
    { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a },
    { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
    { 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6df }, { 0x1f6eb, 0x1f6ec },
    { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7f0 }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 },
    { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faf6 }, { 0x20000, 0x3fffd },
};

/* Takes no column of its own: combining marks and format characters of the common blocks. */
static const range combining[] = {
    { 0x300, 0x36f },   { 0x483, 0x489 },     { 0x591, 0x5bd },     { 0x5bf, 0x5bf },     { 0x5c1, 0x5c2 },
    { 0x5c4, 0x5c5 },   { 0x5c7, 0x5c7 },     { 0x610, 0x61a },     { 0x61c, 0x61c },     { 0x64b, 0x65f },
    { 0x670, 0x670 },   { 0x6d6, 0x6dd },     { 0x6df, 0x6e4 },     { 0x6e7, 0x6e8 },     { 0x6ea, 0x6ed },
    { 0x1ab0, 0x1ace }, { 0x1dc0, 0x1dff },   { 0x200b, 0x200f },   { 0x202a, 0x202e },   { 0x2060, 0x2064 },
    { 0x2066, 0x206f }, { 0x20d0, 0x20f0 },   { 0x2cef, 0x2cf1 },   { 0x2d7f, 0x2d7f },   { 0x2de0, 0x2dff },
    { 0x302a, 0x302d }, { 0x3099, 0x309a },   { 0xfe00, 0xfe0f },   { 0xfe20, 0xfe2f },   { 0xfeff, 0xfeff },
    { 0xfff9, 0xfffb }, { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f }, { 0xe0100, 0xe01ef },
};

static bool in_ranges(uint32_t c, const range *r, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c < r[mid].first)
            high = mid;
        else if (c > r[mid].last)
            low = mid + 1;
        else
            return true;
    }
    return false;
}

size_t yj_utf8_columns(yj_span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t columns = 0;
    for (size_t i = 0; i < s.len;) {
        size_t n = sequence_len(p + i, s.len - i);
        assert(n > 0); /* the caller promised valid UTF-8 */
        static const unsigned char lead_bits[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
        uint32_t c = p[i] & lead_bits[n];
        for (size_t k = 1; k < n; k++)
            c = c << 6 | (p[i + k] & 0x3f);
        if (c >= 0x1100 && in_ranges(c, wide, YJ_COUNT(wide)))
            columns += 2;
        else if (c < 0x300 || !in_ranges(c, combining, YJ_COUNT(combining)))
            columns += 1;
        i += n;
    }
    return columns;
}

void yj_buf_init(yj_buf *b, size_t max)
{
    assert(max < SIZE_MAX / 2); /* room for the NUL and for doubling */
    *b = (yj_buf){ .max = max };
}

void yj_buf_done(yj_buf *b)
{
    free(b->ptr);
    *b = (yj_buf){ .max = b->max };
}

void yj_buf_clear(yj_buf *b)
{
    b->len = 0;
    b->failed = YJ_OK;
    if (b->ptr)
        b->ptr[0] = '\0';
}

/* Make room for `more` bytes and a NUL. */
static bool reserve(yj_buf *b, size_t more)
{
    if (b->failed != YJ_OK)
        return false;
    if (more > b->max - b->len) {
        b->failed = YJ_E_LIMIT;
        return false;
    }
    size_t need = b->len + more + 1; /* no overflow: at most max + 1 */
    if (need <= b->cap)
        return true;
    size_t cap = b->cap < 32 ? 64 : 2 * b->cap;
    if (cap < need)
        cap = need;
    if (cap > b->max + 1)
        cap = b->max + 1;
    char *p = realloc(b->ptr, cap);
    if (!p) {
        b->failed = YJ_E_NOMEM;
        yj_memory_ran_out();
        return false;
    }
    b->ptr = p;
    b->cap = cap;
    return true;
}

char *yj_buf_room(yj_buf *b, size_t more)
{
    return reserve(b, more) ? b->ptr + b->len : NULL;
}

void yj_buf_add(yj_buf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

void yj_buf_str(yj_buf *b, const char *cstr)
{
    yj_buf_add(b, cstr, strlen(cstr));
}

void yj_buf_span(yj_buf *b, yj_span s)
{
    yj_buf_add(b, s.ptr, s.len);
}

void yj_buf_char(yj_buf *b, char c)
{
    yj_buf_add(b, &c, 1);
}

void yj_buf_fmt(yj_buf *b, const char *fmt, ...)
{
    if (!reserve(b, 0))
        return;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->ptr + b->len, room, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if ((size_t)n < room) {
        b->len += (size_t)n;
        va_end(again);
        return;
    }
    b->ptr[b->len] = '\0';
    if (reserve(b, (size_t)n)) {
        vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void yj_buf_i64(yj_buf *b, int64_t v)
{
    char text[20];
    size_t at = sizeof text;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        text[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        text[--at] = '-';
    yj_buf_add(b, text + at, sizeof text - at);
}

void yj_buf_hex(yj_buf *b, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;
    size_t need;
    if (__builtin_mul_overflow(len, (size_t)2, &need))
        need = SIZE_MAX;
    if (!reserve(b, need))
        return;
    for (size_t i = 0; i < len; i++) {
        b->ptr[b->len++] = digits[p[i] >> 4];
        b->ptr[b->len++] = digits[p[i] & 15];
    }
    b->ptr[b->len] = '\0';
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void yj_buf_base64(yj_buf *b, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t need;
    if (__builtin_mul_overflow(len / 3 + (len % 3 != 0), (size_t)4, &need))
        need = SIZE_MAX;
    if (!reserve(b, need))
        return;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t v = (uint32_t)p[i] << 16;
        if (left > 1)
            v |= (uint32_t)p[i + 1] << 8;
        if (left > 2)
            v |= p[i + 2];
        char *out = b->ptr + b->len;
        out[0] = base64_digits[v >> 18];
        out[1] = base64_digits[v >> 12 & 63];
        out[2] = '=';
        out[3] = '=';
        if (left > 1)
            out[2] = base64_digits[v >> 6 & 63];
        if (left > 2)
            out[3] = base64_digits[v & 63];
        b->len += 4;
    }
    b->ptr[b->len] = '\0';
}

yj_status yj_buf_status(const yj_buf *b, yj_error *err)
{
    if (b->failed == YJ_OK)
        return YJ_OK;
    if (b->failed == YJ_E_NOMEM)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return yj_fail(err, b->failed, "the output is longer than its limit of %zu bytes", b->max);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool yj_hex_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len)
{
    if (s.len % 2 != 0 || s.len / 2 > cap)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (hex_value(s.ptr[i]) < 0)
            return false;
    for (size_t i = 0; i < s.len / 2; i++)
        ret[i] = (uint8_t)((unsigned)hex_value(s.ptr[2 * i]) << 4 | (unsigned)hex_value(s.ptr[2 * i + 1]));
    *ret_len = s.len / 2;
    return true;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool yj_base64_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len)
{
    if (s.len % 4 != 0)
        return false;
    size_t pad = 0;
    if (s.len && s.ptr[s.len - 1] == '=')
        pad = s.ptr[s.len - 2] == '=' ? 2 : 1;
    size_t digits = s.len - pad, bytes = s.len / 4 * 3 - pad;
    if (bytes > cap)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (base64_value(s.ptr[i]) < 0)
            return false;
    /* bits that stand for no byte must be zero: one text for one value */
    if (pad && base64_value(s.ptr[digits - 1]) & (pad == 1 ? 3 : 15))
        return false;
    for (size_t i = 0, at = 0; i < digits; i += 4) {
        uint32_t v = 0;
        for (size_t k = 0; k < 4; k++)
            v = v << 6 | (i + k < digits ? (uint32_t)base64_value(s.ptr[i + k]) : 0);
        for (unsigned k = 0; k < 3 && at < bytes; k++)
            ret[at++] = (uint8_t)(v >> (16 - 8 * k));
    }
    *ret_len = bytes;
    return true;
}
