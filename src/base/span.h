// SPDX-License-Identifier: Apache-2.0
/** Byte ranges that are read (yj_span) and byte buffers that grow up to a stated limit (yj_buf). */
#ifndef YJ_BASE_SPAN_H
#define YJ_BASE_SPAN_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** Bytes owned by somebody else; not NUL-terminated; ptr may be NULL only when len is 0. */
typedef struct yj_span {
    const char *ptr;
    size_t len;
} yj_span;

#define YJ_SPAN(literal) ((yj_span){ "" literal, sizeof(literal) - 1 })
static inline yj_span yj_span_of(const char *cstr)
{
    return (yj_span){ cstr, cstr ? strlen(cstr) : 0 };
}
static inline bool yj_span_eq(yj_span a, yj_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool yj_span_is(yj_span a, const char *cstr)
{
    return yj_span_eq(a, yj_span_of(cstr));
}

/** Decimal integer with optional '-', whole span, no blanks. False on anything else or overflow. */
bool yj_span_i64(yj_span s, int64_t *ret);
/** True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool yj_utf8_valid(yj_span s);
/** Length of the longest well-formed prefix that ends between two characters. */
size_t yj_utf8_prefix(yj_span s);
/** Make a string fit for one line of a message, in place: bytes that are no UTF-8 and control characters
 *  become '?'; a character cut off at the end is dropped. */
void yj_text_tidy(char *cstr);
/** Number of code points; the span must be valid UTF-8. */
size_t yj_utf8_count(yj_span s);
/** Columns on a terminal: East Asian wide characters count two. The span must be valid UTF-8. */
size_t yj_utf8_columns(yj_span s);

/**
 * A growable buffer with a mandatory maximum. A failed append (limit, memory) is sticky: later appends do
 * nothing, and yj_buf_status() tells once at the end. `ptr` is always NUL-terminated after an append.
 */
typedef struct yj_buf {
    char *ptr;
    size_t len, cap, max;
    yj_status failed;
} yj_buf;

void yj_buf_init(yj_buf *b, size_t max);
void yj_buf_done(yj_buf *b);  /* frees; the buffer may be initialised again */
void yj_buf_clear(yj_buf *b); /* keeps memory; clears the sticky failure */
/** Room for `more` bytes and a NUL behind the contents, or NULL (a failed append). The caller writes there,
 * then raises `len`, and puts the NUL. */
char *yj_buf_room(yj_buf *b, size_t more);
void yj_buf_add(yj_buf *b, const void *bytes, size_t len);
void yj_buf_str(yj_buf *b, const char *cstr);
void yj_buf_span(yj_buf *b, yj_span s);
void yj_buf_char(yj_buf *b, char c);
void yj_buf_fmt(yj_buf *b, const char *fmt, ...) yj_printf(2, 3);
void yj_buf_i64(yj_buf *b, int64_t v);
/** Lower-case hexadecimal. */
void yj_buf_hex(yj_buf *b, const void *bytes, size_t len);
/** Standard base64 with padding (RFC 4648 section 4). */
void yj_buf_base64(yj_buf *b, const void *bytes, size_t len);
/** YJ_OK, or YJ_E_LIMIT / YJ_E_NOMEM of the first append that failed, described in err. */
yj_status yj_buf_status(const yj_buf *b, yj_error *err) yj_nodiscard;
static inline yj_span yj_buf_view(const yj_buf *b)
{
    return (yj_span){ b->ptr, b->len };
}

/** Decode; both are strict (no white space, canonical padding; hex digits of either case). False on malformed
 * input or small `cap`. */
bool yj_hex_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len);
bool yj_base64_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len);

#endif
