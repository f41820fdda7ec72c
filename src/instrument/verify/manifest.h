// SPDX-License-Identifier: Apache-2.0
/**
 * Lists of files with their digests: lines as sha256sum writes them ("DIGEST  PATH", a backslash before the
 * line if the name is escaped) and lines with a tag ("SM3 (PATH) = DIGEST"). A list comes from anywhere:
 * every path in it must stay below the folder it is about, and nothing in it is passed over.
 */
#ifndef YJ_INSTRUMENT_VERIFY_MANIFEST_H
#define YJ_INSTRUMENT_VERIFY_MANIFEST_H

#include "instrument/verify/tree.h"

#define YJ_MANIFEST_BYTES_MAX ((size_t)2 << 30)
#define YJ_MANIFEST_LINE_MAX ((size_t)16 << 10)

/** Does it name something below a folder: relative, no "." or ".." or empty component, no NUL, not too long?
 */
bool yj_path_below(yj_span path);

/**
 * Read a list. Lines end with a line feed, or all with CR LF; one that does not end is refused, for the list
 * may be cut off. Lines that begin with '#' or ';' are remarks. "./" before a path is dropped. Refused
 * besides: a path that leads elsewhere, a path twice, two algorithms, a list of nothing.
 * @param given the algorithm of lines without a tag; NULL: by the digest's length, 64 digits being SHA-256
 * @param ret items with digests, sorted; end it with yj_tree_done() whatever happens
 * YJ_E_INVALID (err->field: "line N"), YJ_E_LIMIT, YJ_E_NOMEM
 */
yj_status yj_manifest_parse(yj_span bytes, const yj_sum_alg *given, yj_tree *ret, yj_sum_alg *ret_alg,
                            yj_error *err) yj_nodiscard;
/** Does a sorted list name everything once? YJ_E_INVALID names what it does not. */
yj_status yj_manifest_once(const yj_tree *t, yj_error *err) yj_nodiscard;
/** One line, with a tag if wanted. Other programs take 64 digits for SHA-256: SM3 needs its tag. */
void yj_manifest_line(yj_sum_alg alg, const yj_sum *sum, const char *path, bool tag, yj_buf *out);

#endif
