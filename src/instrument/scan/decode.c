// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/decode.h"

#include <iconv.h>
#include <pthread.h>
#include <stdlib.h>

#define LOOK_BYTES ((size_t)64 << 10)
#define CONTROLS_PER_MILLE 2
#define MALFORMED_PER_MILLE 2
#define REPLACEMENT 0xfffdu

static const char *const names[YJ_SCAN_ENCODING_COUNT_] = {
#define X(id, name) [YJ_SCAN_##id] = name,
    YJ_SCAN_ENCODING_LIST(X)
#undef X
};

const char *yj_scan_encoding_name(yj_scan_encoding e)
{
    return names[e];
}

/* --- GB18030 ----------------------------------------------------------------------------------------------
 */

/* Two-byte characters: lead 81..fe, second 40..fe without 7f. Filled once from the system's tables. */
static uint32_t two_bytes[126][191];
static iconv_t four_bytes = (iconv_t)-1;
static pthread_mutex_t four_bytes_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

/* One character by iconv; REPLACEMENT if it is none. */
static uint32_t ask(iconv_t cd, const char *bytes, size_t len)
{
    unsigned char to[8] = { 0 };
    char *from = (char *)(uintptr_t)bytes, *out = (char *)to;
    size_t left = len, room = sizeof to;
    if (cd == (iconv_t)-1)
        return REPLACEMENT;
    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &from, &left, &out, &room) == (size_t)-1 || left > 0 || room != 4)
        return REPLACEMENT;
    return (uint32_t)to[0] | (uint32_t)to[1] << 8 | (uint32_t)to[2] << 16 | (uint32_t)to[3] << 24;
}

static void fill_tables(void)
{
    four_bytes = iconv_open("UTF-32LE", "GB18030"); /* open for as long as the process lives */
    for (unsigned lead = 0x81; lead <= 0xfe; lead++)
        for (unsigned second = 0x40; second <= 0xfe; second++) {
            char b[2] = { (char)lead, (char)second };
            two_bytes[lead - 0x81][second - 0x40] = second == 0x7f ? REPLACEMENT : ask(four_bytes, b, 2);
        }
}

/* The character that begins at p; *n is how long it is, 0 if it is cut off. REPLACEMENT with n 1: none begins
 * here. */
static uint32_t gb18030(const unsigned char *p, size_t left, size_t *n)
{
    *n = 1;
    if (p[0] < 0x80)
        return p[0];
    if (p[0] == 0x80 || p[0] == 0xff)
        return REPLACEMENT;
    if (left < 2) {
        *n = 0;
        return REPLACEMENT;
    }
    if (p[1] >= 0x40 && p[1] <= 0xfe) {
        uint32_t u = two_bytes[p[0] - 0x81][p[1] - 0x40];
        *n = u == REPLACEMENT ? 1 : 2;
        return u;
    }
    if (p[1] < 0x30 || p[1] > 0x39)
        return REPLACEMENT;
    if (left < 4) {
        *n = 0;
        return REPLACEMENT;
    }
    pthread_mutex_lock(&four_bytes_lock);
    uint32_t u = ask(four_bytes, (const char *)p, 4);
    pthread_mutex_unlock(&four_bytes_lock);
    *n = u == REPLACEMENT ? 1 : 4;
    return u;
}

/* --- UTF-16 -----------------------------------------------------------------------------------------------
 */

static uint32_t utf16(const unsigned char *p, size_t left, bool big, size_t *n)
{
    *n = 0;
    if (left < 2)
        return REPLACEMENT;
    uint32_t a = big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
    *n = 2;
    if (a < 0xd800 || a > 0xdfff)
        return a;
    if (a >= 0xdc00)
        return REPLACEMENT;
    if (left < 4) {
        *n = 0;
        return REPLACEMENT;
    }
    uint32_t b = big ? (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 8 | p[2];
    if (b < 0xdc00 || b > 0xdfff)
        return REPLACEMENT;
    *n = 4;
    return 0x10000 + ((a - 0xd800) << 10) + (b - 0xdc00);
}

/* --- decoding ---------------------------------------------------------------------------------------------
 */

yj_status yj_scan_decoded_init(yj_scan_decoded *d, size_t max_bytes, yj_error *err)
{
    memset(d, 0, sizeof *d);
    pthread_once(&tables_once, fill_tables);
    d->max_bytes = max_bytes;
    d->room = malloc(max_bytes * 3 + 4); /* a byte that is no text becomes three; nothing grows more */
    d->map_room = malloc((max_bytes * 3 + 4) * sizeof *d->map_room);
    if (d->room && d->map_room)
        return YJ_OK;
    yj_scan_decoded_done(d);
    return yj_fail(err, YJ_E_NOMEM, "out of memory");
}

void yj_scan_decoded_done(yj_scan_decoded *d)
{
    free(d->room);
    free(d->map_room);
    d->room = NULL;
    d->map_room = NULL;
}

static size_t put(char *to, uint32_t u)
{
    if (u < 0x80) {
        to[0] = (char)u;
        return 1;
    }
    if (u < 0x800) {
        to[0] = (char)(0xc0 | u >> 6);
        to[1] = (char)(0x80 | (u & 0x3f));
        return 2;
    }
    if (u < 0x10000) {
        to[0] = (char)(0xe0 | u >> 12);
        to[1] = (char)(0x80 | (u >> 6 & 0x3f));
        to[2] = (char)(0x80 | (u & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | u >> 18);
    to[1] = (char)(0x80 | (u >> 12 & 0x3f));
    to[2] = (char)(0x80 | (u >> 6 & 0x3f));
    to[3] = (char)(0x80 | (u & 0x3f));
    return 4;
}

static size_t malformed_utf8(yj_span s)
{
    size_t at = 0, bad = 0;
    while (at < s.len) {
        at += yj_utf8_prefix((yj_span){ s.ptr + at, s.len - at });
        if (at < s.len) {
            bad++;
            at++;
        }
    }
    return bad;
}

void yj_scan_decode(yj_scan_decoded *d, yj_scan_encoding e, yj_span bytes, bool last)
{
    d->malformed = 0;
    d->utf8 = bytes.ptr;
    d->len = d->consumed = bytes.len;
    d->map = NULL;
    if (e == YJ_SCAN_ASCII || e == YJ_SCAN_UTF8 || e == YJ_SCAN_BINARY)
        return;
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t at = 0, len = 0;
    while (at < bytes.len) {
        size_t n = 0;
        uint32_t u = e == YJ_SCAN_GB18030 ? gb18030(p + at, bytes.len - at, &n)
                                          : utf16(p + at, bytes.len - at, e == YJ_SCAN_UTF16BE, &n);
        if (n == 0 && !last)
            break;
        if (n == 0)
            n = e == YJ_SCAN_GB18030 || bytes.len - at < 2 ? 1 : 2;
        d->malformed += u == REPLACEMENT ? n : 0;
        size_t wide = put(d->room + len, u);
        for (size_t i = 0; i < wide; i++)
            d->map_room[len + i] = (uint32_t)at;
        len += wide;
        at += n;
    }
    d->map_room[len] = (uint32_t)at;
    d->utf8 = d->room;
    d->len = len;
    d->consumed = at;
    d->map = d->map_room;
}

size_t yj_scan_text_at(const yj_scan_decoded *d, size_t place)
{
    size_t low = 0, high = d->len;
    if (!d->map)
        return place < d->len ? place : d->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->map[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- which encoding ---------------------------------------------------------------------------------------
 */

/* UTF-16 without a mark: in a quarter of the characters or more, the other byte is zero, and never both. */
static yj_scan_encoding evident_utf16(yj_span s)
{
    size_t n = s.len < 4096 ? s.len / 2 : 2048, zero[2] = { 0, 0 };
    for (size_t i = 0; i < 2 * n; i++)
        zero[i % 2] += s.ptr[i] == '\0';
    if (n > 1 && zero[1] * 4 >= n && zero[0] * 8 <= zero[1])
        return YJ_SCAN_UTF16LE;
    if (n > 1 && zero[0] * 4 >= n && zero[1] * 8 <= zero[0])
        return YJ_SCAN_UTF16BE;
    return YJ_SCAN_BINARY;
}

/* Control characters and bytes that are no text, of a text in GB18030 or UTF-16. */
static bool reads_as(yj_scan_encoding e, yj_span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t at = 0, characters = 0, bad = 0;
    pthread_once(&tables_once, fill_tables);
    while (at < s.len) {
        size_t n = 0;
        uint32_t u = e == YJ_SCAN_GB18030 ? gb18030(p + at, s.len - at, &n)
                                          : utf16(p + at, s.len - at, e == YJ_SCAN_UTF16BE, &n);
        if (n == 0)
            break;
        bool control = u < 0x20 && u != '\n' && u != '\r' && u != '\t' && u != '\f' && u != 0x1b;
        bool private_use = u >= 0xe000 && u <= 0xf8ff; /* which no text has, but any two bytes may be */
        bad += u == REPLACEMENT || control || private_use;
        characters++;
        at += n;
    }
    return bad * 1000 <= characters * MALFORMED_PER_MILLE;
}

yj_scan_encoding yj_scan_encoding_of(yj_span s)
{
    if (s.len > LOOK_BYTES)
        s.len = LOOK_BYTES;
    if (s.len >= 2 && memcmp(s.ptr, "\xff\xfe", 2) == 0)
        return reads_as(YJ_SCAN_UTF16LE, s) ? YJ_SCAN_UTF16LE : YJ_SCAN_BINARY;
    if (s.len >= 2 && memcmp(s.ptr, "\xfe\xff", 2) == 0)
        return reads_as(YJ_SCAN_UTF16BE, s) ? YJ_SCAN_UTF16BE : YJ_SCAN_BINARY;
    yj_scan_encoding wide = evident_utf16(s);
    if (wide != YJ_SCAN_BINARY)
        return reads_as(wide, s) ? wide : YJ_SCAN_BINARY;
    size_t controls = 0, high = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        controls += (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b) || c == 0x7f;
        high += c >= 0x80;
        if (c == '\0')
            return YJ_SCAN_BINARY;
    }
    if (controls * 1000 > s.len * CONTROLS_PER_MILLE)
        return YJ_SCAN_BINARY;
    if (high == 0)
        return YJ_SCAN_ASCII;
    size_t bad = malformed_utf8(s); /* up to three bytes of a character that is cut off */
    if (bad <= 3 || bad * 100 < high) {
        bool only_end = bad <= 3 && yj_utf8_prefix(s) + 4 > s.len && high > 3;
        if (bad == 0 || only_end || bad * 100 < high)
            return YJ_SCAN_UTF8;
    }
    return reads_as(YJ_SCAN_GB18030, s) ? YJ_SCAN_GB18030 : YJ_SCAN_BINARY;
}
