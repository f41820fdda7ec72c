// SPDX-License-Identifier: Apache-2.0
/**
 * JSON. Requests and files are read by jansson under our limits; bytes that are hashed are written by the one
 * canonical encoder; lists are written straight into a buffer by the yj_jw writer, never through a tree.
 */
#ifndef YJ_BASE_JSON_H
#define YJ_BASE_JSON_H

#include "base/span.h"
#include <jansson.h>

#define YJ_JSON_DEPTH_MAX 32
#define YJ_JSON_BYTES_MAX ((size_t)4 << 20)

static inline void yj_json_freep(json_t **p)
{
    json_decref(*p);
}

/**
 * Parse one JSON value (any type). Rejected: more than max_bytes (YJ_E_LIMIT), deeper than
 * YJ_JSON_DEPTH_MAX, duplicate keys, invalid UTF-8, "\u0000", trailing bytes (YJ_E_INVALID; err->field is
 * "line L column C").
 * @param ret owned by the caller
 */
yj_status yj_json_parse(yj_span text, size_t max_bytes, json_t **ret, yj_error *err) yj_nodiscard;

/**
 * Canonical form: keys sorted by bytes, no blanks, strings escaped only where JSON demands it, integers only.
 * A real number is YJ_E_INVALID: nothing that is hashed may hold one.
 */
yj_status yj_json_canonical(const json_t *v, yj_buf *out, yj_error *err) yj_nodiscard;

/** Streaming writer: puts commas and escapes; nesting up to YJ_JSON_DEPTH_MAX. Text must be valid UTF-8. */
typedef struct yj_jw {
    yj_buf *out;
    uint64_t has_item; /* bit d: the container at depth d already has an item */
    unsigned depth;
    bool after_key;
} yj_jw;
void yj_jw_init(yj_jw *w, yj_buf *out);
void yj_jw_object(yj_jw *w);
void yj_jw_end_object(yj_jw *w);
void yj_jw_array(yj_jw *w);
void yj_jw_end_array(yj_jw *w);
void yj_jw_key(yj_jw *w, const char *key);
void yj_jw_str(yj_jw *w, const char *cstr); /* NULL writes null */
void yj_jw_span(yj_jw *w, yj_span s);
void yj_jw_i64(yj_jw *w, int64_t v);
void yj_jw_bool(yj_jw *w, bool v);
void yj_jw_null(yj_jw *w);
void yj_jw_raw(yj_jw *w, yj_span json);     /* a complete JSON value */
void yj_jw_json(yj_jw *w, const json_t *v); /* any value, canonical form; reals as %.17g */
/* key and value in one call */
void yj_jw_kstr(yj_jw *w, const char *key, const char *cstr);
void yj_jw_kspan(yj_jw *w, const char *key, yj_span s);
void yj_jw_ki64(yj_jw *w, const char *key, int64_t v);
void yj_jw_kbool(yj_jw *w, const char *key, bool v);

#endif
