// SPDX-License-Identifier: Apache-2.0
/* Text files: which encoding, and to UTF-8. iconv is glibc's; its tables are loaded before the process is
 * shut in. */
#include "text/text.h"
#include <errno.h>
#include <iconv.h>

#define STEP_BYTES ((size_t)32 << 10)
#define CONTROLS_PER_MILLE 1 /* more control characters than this: no text */

void yj_text_decode_ready(void)
{
    static const char *const encodings[] = { "GB18030", "UTF-16LE", "UTF-16BE" };
    static iconv_t
        open_ones[YJ_COUNT(encodings)]; /* left open on purpose: closing one would unload its table */
    for (size_t i = 0; i < YJ_COUNT(encodings); i++)
        if (!open_ones[i])
            open_ones[i] = iconv_open("UTF-8", encodings[i]);
}

/* Limits by characters and drops what is no text; false when it cannot be one. */
static bool take_text(yj_span s, yj_buf *out, bool *ret_truncated)
{
    size_t controls = 0, characters = 0, from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        characters += (c & 0xc0) != 0x80;
        if (characters > YJ_TEXT_CHARACTERS_MAX) {
            *ret_truncated = true;
            s.len = i;
            break;
        }
        controls += (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') || c == 0x7f;
        if (c == '\0')
            return false;
    }
    if (controls * 1000 > characters * CONTROLS_PER_MILLE)
        return false;
    if (s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0)
        from = 3;
    yj_buf_add(out, s.ptr + from, s.len - from);
    return true;
}

static yj_text_fault convert(const char *encoding, yj_span s, yj_buf *out, bool *ret_truncated)
{
    iconv_t cd = iconv_open("UTF-8", encoding);
    if (cd == (iconv_t)-1)
        return YJ_TEXT_BINARY;
    yj_auto(yj_buf_done) yj_buf utf8;
    yj_buf_init(&utf8, YJ_TEXT_UTF8_BYTES_MAX);
    char *from = (char *)(uintptr_t)s.ptr;
    size_t left = s.len;
    bool good = true, full = false;
    while (left > 0 && good && !full) {
        size_t room_left = STEP_BYTES;
        char *room = yj_buf_room(&utf8, STEP_BYTES), *to = room;
        full = !room;
        if (full)
            break;
        size_t n = iconv(cd, &from, &left, &to, &room_left);
        utf8.len += STEP_BYTES - room_left;
        if (n == (size_t)-1 && errno == EINVAL)
            left = 0; /* the last character was cut off */
        else if (n == (size_t)-1 && errno != E2BIG)
            good = false;
    }
    iconv_close(cd);
    if (!good)
        return YJ_TEXT_BINARY;
    if (full && utf8.failed != YJ_E_LIMIT)
        return YJ_TEXT_NO_MEMORY;
    *ret_truncated = full;
    return take_text((yj_span){ utf8.len ? utf8.ptr : "", utf8.len }, out, ret_truncated) ? YJ_TEXT_FINE
                                                                                          : YJ_TEXT_BINARY;
}

/* UTF-16 without a mark: a quarter or more is ASCII, whose other byte is zero. (Few characters, such as the
 * Chinese "one", have a zero on the other side.) */
static const char *evident_utf16(yj_span s)
{
    size_t n = s.len < 4096 ? s.len / 2 : 2048, zero[2] = { 0, 0 };
    for (size_t i = 0; i < 2 * n; i++)
        zero[i % 2] += s.ptr[i] == '\0';
    if (zero[1] * 4 >= n && zero[0] * 8 <= zero[1] && n > 0)
        return "UTF-16LE";
    if (zero[0] * 4 >= n && zero[1] * 8 <= zero[0] && n > 0)
        return "UTF-16BE";
    return NULL;
}

/* UTF-8, perhaps cut off within its last character? */
static bool is_utf8(yj_span *s)
{
    size_t good = yj_utf8_prefix(*s);
    if (good == s->len)
        return true;
    unsigned char lead = (unsigned char)s->ptr[good];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool cut = lead >= 0xc2 && lead <= 0xf4 && s->len - good < want && good > 0;
    for (size_t i = good + 1; i < s->len && cut; i++)
        cut = ((unsigned char)s->ptr[i] & 0xc0) == 0x80;
    bool beyond_ascii = false; /* else two bytes at the end may be GB18030 as well */
    for (size_t i = 0; i < good && cut && !beyond_ascii; i++)
        beyond_ascii = (unsigned char)s->ptr[i] >= 0x80;
    if (cut && beyond_ascii)
        s->len = good;
    return cut && beyond_ascii;
}

yj_text_fault yj_text_decode(yj_span bytes, yj_buf *out, bool *ret_truncated)
{
    static const char ole[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    static const char package[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    *ret_truncated = false;
    if (bytes.len >= 8 && memcmp(bytes.ptr, ole, 8) == 0)
        return memmem(bytes.ptr, bytes.len, package, sizeof package) ? YJ_TEXT_ENCRYPTED : YJ_TEXT_OLD;
    if (bytes.len >= 5 && memcmp(bytes.ptr, "{\\rtf", 5) == 0)
        return YJ_TEXT_OLD;
    if (bytes.len >= 2 && memcmp(bytes.ptr, "\xff\xfe", 2) == 0)
        return convert("UTF-16LE", (yj_span){ bytes.ptr + 2, bytes.len - 2 }, out, ret_truncated);
    if (bytes.len >= 2 && memcmp(bytes.ptr, "\xfe\xff", 2) == 0)
        return convert("UTF-16BE", (yj_span){ bytes.ptr + 2, bytes.len - 2 }, out, ret_truncated);
    const char *utf16 = evident_utf16(bytes);
    if (utf16)
        return convert(utf16, bytes, out, ret_truncated);
    if (bytes.len == 0)
        return YJ_TEXT_FINE;
    if (is_utf8(&bytes))
        return take_text(bytes, out, ret_truncated) ? YJ_TEXT_FINE : YJ_TEXT_BINARY;
    return memchr(bytes.ptr, '\0', bytes.len) ? YJ_TEXT_BINARY
                                              : convert("GB18030", bytes, out, ret_truncated);
}
