// SPDX-License-Identifier: Apache-2.0
#include "notice/plain.h"
#include <assert.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define ELLIPSIS_LEN (sizeof ELLIPSIS - 1)

/* Bytes of the character that the text begins with; 0 if there is none. */
static size_t character_len(yj_span text)
{
    unsigned char c = (unsigned char)text.ptr[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return n <= text.len && yj_utf8_valid((yj_span){ text.ptr, n }) ? n : 0;
}

/* Bytes of the line break that the text begins with; 0 if it is none. */
static size_t break_len(yj_span text)
{
    if (text.ptr[0] == '\r')
        return text.len > 1 && text.ptr[1] == '\n' ? 2 : 1;
    if (text.ptr[0] == '\n')
        return 1;
    if (text.len >= 2 && memcmp(text.ptr, "\xc2\x85", 2) == 0)
        return 2;
    return text.len >= 3 &&
                   (memcmp(text.ptr, "\xe2\x80\xa8", 3) == 0 || memcmp(text.ptr, "\xe2\x80\xa9", 3) == 0)
               ? 3
               : 0;
}

static bool is_control(yj_span c)
{
    unsigned char a = (unsigned char)c.ptr[0];
    return a < 0x20 || a == 0x7f || (a == 0xc2 && (unsigned char)c.ptr[1] < 0xa0);
}

/* What stands for the text's beginning, and how much of it that is. */
static yj_span next_piece(yj_span text, yj_plain_form form, size_t *ret_taken)
{
    size_t n = break_len(text);
    if (n) {
        *ret_taken = n;
        return form == YJ_PLAIN_LINE ? YJ_SPAN(" ") : YJ_SPAN("\n");
    }
    n = character_len(text);
    *ret_taken = n ? n : 1;
    if (!n)
        return YJ_SPAN("?");
    yj_span c = { text.ptr, n };
    if (c.ptr[0] == '\t')
        return form == YJ_PLAIN_LINE ? YJ_SPAN(" ") : c;
    return is_control(c) ? YJ_SPAN("") : c;
}

bool yj_plain_add(yj_buf *out, yj_span text, yj_plain_form form, size_t max)
{
    assert(max >= ELLIPSIS_LEN);
    size_t added = 0, fit = 0; /* with an ellipsis, so much has room */
    size_t start = out->len, taken = 0;
    for (size_t at = 0; at < text.len; at += taken) {
        yj_span piece = next_piece((yj_span){ text.ptr + at, text.len - at }, form, &taken);
        if (added + piece.len > max) {
            if (out->failed == YJ_OK) {
                out->len = start + fit;
                yj_buf_str(out, ELLIPSIS);
            }
            return true;
        }
        yj_buf_span(out, piece);
        added += piece.len;
        if (added + ELLIPSIS_LEN <= max)
            fit = added;
    }
    return false;
}
