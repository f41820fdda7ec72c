// SPDX-License-Identifier: Apache-2.0
/**
 * Text of any of the usual encodings as UTF-8, with the place in the original of every byte.
 * UTF-16 by byte order mark or by look (RFC 2781); GB18030, of which GBK and GB2312 are parts.
 */
#ifndef YJ_INSTRUMENT_SCAN_DECODE_H
#define YJ_INSTRUMENT_SCAN_DECODE_H

#include "base/span.h"

#define YJ_SCAN_ENCODING_LIST(X)                                                                             \
    X(BINARY, "binary")                                                                                      \
    X(ASCII, "ascii")                                                                                        \
    X(UTF8, "utf-8")                                                                                         \
    X(UTF16LE, "utf-16le")                                                                                   \
    X(UTF16BE, "utf-16be")                                                                                   \
    X(GB18030, "gb18030")

typedef enum yj_scan_encoding {
#define X(id, name) YJ_SCAN_##id,
    YJ_SCAN_ENCODING_LIST(X)
#undef X
        YJ_SCAN_ENCODING_COUNT_
} yj_scan_encoding;

const char *yj_scan_encoding_name(yj_scan_encoding e);

/** Which encoding the beginning of a file has. A character may be cut off at its end. */
yj_scan_encoding yj_scan_encoding_of(yj_span beginning);

/** Room for what `max_bytes` of any encoding become. Reused from piece to piece; one thread. */
typedef struct yj_scan_decoded {
    const char *utf8; /* for ASCII and UTF-8: the bytes themselves */
    size_t len;
    size_t consumed;  /* bytes of the original; less than all if a character is cut off */
    size_t malformed; /* bytes that are no text: each became U+FFFD (in UTF-8: stays) */
    const uint32_t
        *map; /* len + 1 places in the original, those of each character's first byte; NULL: the same */
    char *room;
    uint32_t *map_room;
    size_t max_bytes;
} yj_scan_decoded;

yj_status yj_scan_decoded_init(yj_scan_decoded *d, size_t max_bytes, yj_error *err) yj_nodiscard;
void yj_scan_decoded_done(yj_scan_decoded *d);

/** @param bytes at most max_bytes; begins at a character
 *  @param last nothing follows: a cut-off character is malformed */
void yj_scan_decode(yj_scan_decoded *d, yj_scan_encoding encoding, yj_span bytes, bool last);

/** The place in the original of a byte of the text, 0 to len. */
static inline size_t yj_scan_place(const yj_scan_decoded *d, size_t at)
{
    return d->map ? d->map[at] : at;
}
/** The first byte of the text whose place is `place` or behind it. */
size_t yj_scan_text_at(const yj_scan_decoded *d, size_t place);

#endif
