// SPDX-License-Identifier: Apache-2.0
/**
 * Names on their way into a directory: what may be typed, and how it stands in a filter (RFC 4515) and in a
 * DN (RFC 4514).
 */
#ifndef YJ_ACCESS_DIRECTORY_NAME_H
#define YJ_ACCESS_DIRECTORY_NAME_H

#include "base/span.h"

#define YJ_DIRECTORY_NAME "{name}"           /* in a template */
#define YJ_DIRECTORY_NAME_MAX 128            /* bytes of a name that is typed */
#define YJ_DIRECTORY_TEXT_MAX ((size_t)4096) /* of a template that is filled in */

/**
 * May it be looked for? 1..YJ_DIRECTORY_NAME_MAX bytes of a-z A-Z 0-9 . _ @ + - and Chinese characters
 * (U+4E00 to U+9FFF). Not all that directories take: they hold many texts for the same (full-width letters,
 * blanks, accents), and each would have attempts of its own (access/outside.h).
 * @param ret as attempts are counted: in small letters
 */
bool yj_directory_name(yj_span typed, char ret[static YJ_DIRECTORY_NAME_MAX + 1]);
/** A name of an attribute (RFC 4512, 1.4), without options. NULL is none. */
bool yj_directory_attribute_valid(const char *name);

/** A value in a filter: what means something there stands as \XX. Any bytes. */
void yj_directory_escape_filter(yj_span value, yj_buf *out);
/** A value in a DN. Any bytes. */
void yj_directory_escape_dn(yj_span value, yj_buf *out);

typedef enum yj_directory_place {
    YJ_DIRECTORY_IN_FILTER,
    YJ_DIRECTORY_IN_DN,
    YJ_DIRECTORY_PLAIN
} yj_directory_place;
/** Put the name in place of each YJ_DIRECTORY_NAME, as the place wants it. */
void yj_directory_fill(const char *template, yj_directory_place place, yj_span name, yj_buf *out);

#endif
