// SPDX-License-Identifier: Apache-2.0
/** Keys and passphrases, from files or open descriptors (/dev/fd/N), never from arguments. Their memory is
 * kept out of core files and, where the system lets us, of swap; it is overwritten at the end. No message
 * ever quotes them. */
#ifndef YJ_INSTRUMENT_DECRYPT_SECRET_H
#define YJ_INSTRUMENT_DECRYPT_SECRET_H

#include "base/span.h"

#define YJ_SECRET_MAX ((size_t)65536) /* a pipe takes as much without a reader */

typedef struct yj_secret {
    char *ptr; /* NULL: none; else with a NUL behind `len` bytes */
    size_t len;
} yj_secret;

/** All of it. A regular file must not be readable for others. YJ_E_NOT_FOUND, YJ_E_IO, YJ_E_LIMIT,
 * YJ_E_FORBIDDEN, YJ_E_INVALID (empty) */
yj_status yj_secret_read(const char *path, yj_secret *ret, yj_error *err) yj_nodiscard;
/** Cut to its first line, which is a passphrase. YJ_E_INVALID: empty, or with a NUL in it */
yj_status yj_secret_line(yj_secret *s, yj_error *err) yj_nodiscard;
/** It is `len` bytes, or as many in hex digits with or without a line feed; made to be bytes. YJ_E_INVALID
 *  @param what for the message: "key" */
yj_status yj_secret_bytes(yj_secret *s, size_t len, const char *what, yj_error *err) yj_nodiscard;
void yj_secret_done(yj_secret *s);
static inline yj_span yj_secret_view(const yj_secret *s)
{
    return (yj_span){ s->ptr, s->len };
}

/** A pipe with these bytes in it, and a line feed behind them if wanted; its writing end is closed. @return
 * -1: failed, errno */
int yj_secret_pipe(yj_span bytes, bool line_feed);

#endif
