// SPDX-License-Identifier: Apache-2.0
/**
 * Reading the small texts of an HTTP request: target, query, filters, and header values. Pure functions over
 * foreign bytes; what they hand out is UTF-8 without NUL. Everything here is fuzzed (fuzz/http_param.c).
 */
#ifndef YJ_API_PARAM_H
#define YJ_API_PARAM_H

#include "base/arena.h"

/**
 * Undo percent-encoding. With `plus` a '+' is a blank, as HTML forms write queries.
 *
 * @param ret  a view of `s` where nothing had to be undone, else arena-owned
 * @return false for a broken escape, invalid UTF-8, or a control character other than tab, LF and CR
 */
bool yj_pct_decode(yj_span s, bool plus, yj_arena *arena, yj_span *ret);
/** The same into a buffer of the caller's. False also if `cap` is too small. */
bool yj_pct_decode_into(yj_span s, bool plus, char *ret, size_t cap, size_t *ret_len);
/** Encode everything but unreserved characters (RFC 3986 2.3). */
void yj_pct_encode(yj_span s, yj_buf *out);

/** Split a request target ("/a/b?c=d") at its first '?'. False unless it begins with '/' and holds only
 *  visible ASCII without '#'. `*ret_query` is empty if there is none. */
bool yj_target_split(yj_span target, yj_span *ret_path, yj_span *ret_query);
/** The next still encoded segment of a path "/a/b", empty ones included. False at the end. */
bool yj_path_next(yj_span *rest, yj_span *ret_segment);
/** The next still encoded pair of a query; empty pairs are skipped. A pair without '=' has an empty value. */
bool yj_query_next(yj_span *rest, yj_span *ret_key, yj_span *ret_value);

/** "field:op:value"; op eq ne lt le gt ge has; the value may hold ':'. */
typedef enum yj_param_op {
    YJ_OP_EQ,
    YJ_OP_NE,
    YJ_OP_LT,
    YJ_OP_LE,
    YJ_OP_GT,
    YJ_OP_GE,
    YJ_OP_HAS
} yj_param_op;
bool yj_filter_split(yj_span s, yj_span *ret_field, yj_param_op *ret_op, yj_span *ret_value);

/** A decimal number of digits only, no sign. */
bool yj_span_u64(yj_span s, uint64_t *ret);

/** Range (RFC 9110 14.1.2), one range of bytes. */
typedef enum yj_range {
    YJ_RANGE_NONE, /* absent, another unit, several ranges, or malformed: send all */
    YJ_RANGE_OK,
    YJ_RANGE_OUTSIDE, /* 416 */
} yj_range;
yj_range yj_range_parse(yj_span value, uint64_t size, uint64_t *ret_first, uint64_t *ret_length);

/** Content-Range of an upload: "bytes 0-99/1000" or "bytes 0-99/" followed by '*' (total UINT64_MAX). */
bool yj_content_range_parse(yj_span value, uint64_t *ret_first, uint64_t *ret_length, uint64_t *ret_total);

/** Does the list of If-Match or If-None-Match name this tag (with its quotes, strong)? Compared weakly; "*"
 *  matches. A tag of the same resource in compressed form ("tag-gzip") counts as the tag. */
bool yj_etag_listed(yj_span list, yj_span etag);
/** The version in the only tag of an If-Match: 7 in "7", "7.f00", W/"7.f00" and "7.f00-gzip" (with their
 *  quotes). A bare * gives -1. */
bool yj_etag_version(yj_span value, int64_t *ret_version);

/** The language a person reads best: zh unless Accept-Language prefers English. */
yj_lang yj_accept_language(yj_span value);
/** May the answer be compressed by gzip? */
bool yj_accepts_gzip(yj_span value);
/** Is it this media type (lower case), parameters apart? */
bool yj_media_is(yj_span value, const char *type);
/** The boundary of "multipart/form-data; boundary=...": 1..70 bytes. */
bool yj_media_boundary(yj_span value, yj_span *ret);

/** Is the value of Host, or of what follows "http://" in Origin, this machine itself: localhost, 127.0.0.1
 *  or [::1], with or without a port? */
bool yj_host_is_loopback(yj_span host);
/** Is `origin` the scheme ("http://") and this very host? Upper and lower case are the same. */
bool yj_origin_is(yj_span origin, yj_span scheme, yj_span host);

/** The value of a cookie (RFC 6265 5.4: "a=1; b=2"). False if it is not there, or there twice. */
bool yj_cookie_find(yj_span header, const char *name, yj_span *ret);

/** Strip blanks and tabs from both ends. */
yj_span yj_trim(yj_span s);
/** ASCII, upper and lower case alike. */
bool yj_span_eq_nocase(yj_span a, const char *lower);

#endif
