// SPDX-License-Identifier: Apache-2.0
/**
 * Texts on their way into a channel. Whatever a record holds, what leaves is valid UTF-8 without control
 * characters, so that no channel has to fear a line break or an end of text inside a value.
 */
#ifndef YJ_NOTICE_PLAIN_H
#define YJ_NOTICE_PLAIN_H

#include "base/span.h"

typedef enum yj_plain_form {
    YJ_PLAIN_LINE,  /* one line: a break of any kind becomes a blank */
    YJ_PLAIN_LINES, /* breaks of any kind (CRLF, CR, U+0085, U+2028, U+2029) become LF; tabs stay */
} yj_plain_form;

/**
 * Append `text`. Other control characters (C0, DEL, C1) are left out, bytes that are no UTF-8 become '?'.
 * @param max the most bytes that are appended, at least 3: a longer text is cut between two characters and
 *            ends with an ellipsis (U+2026), which counts
 * @return whether it was cut
 */
bool yj_plain_add(yj_buf *out, yj_span text, yj_plain_form form, size_t max);

#endif
