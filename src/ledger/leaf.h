// SPDX-License-Identifier: Apache-2.0
/**
 * The leaf: canonical JSON of at most 64 KiB (tlog-tiles entry bundles carry a 16-bit length), in practice
 * about 300 bytes. It holds ids, kind, time and the salted digest of the body, never names or values:
 *
 *   {"body":"<64 hex>","by":"<person id>","for":"<person id>","in_batch":12,"kind":"contract","op":"change",
 *    "record":"<id>","seq":7,"time":"2026-11-22T10:00:00.000000000Z","version":3}
 *
 * without blanks or line ends. The keys stand in the order of their bytes, as canonical JSON wants it, so
 * "body" is at a fixed place and verification needs no JSON parser; "for" is there only when somebody acted
 * as another's deputy, "in_batch" only when not 0, all others always. Texts are printable ASCII without '"'
 * and '\', at most YJ_LEAF_TEXT_MAX bytes each. body digest = H(salt (16 bytes) || body bytes), H the
 * ledger's hash.
 */
#ifndef YJ_LEDGER_LEAF_H
#define YJ_LEDGER_LEAF_H

#include "base/hash.h"
#include "base/time.h"

#define YJ_SALT_LEN 16
#define YJ_LEAF_BYTES_MAX ((size_t)65535)
#define YJ_LEAF_TEXT_MAX ((size_t)120)
#define YJ_LEAF_TIME_LEN ((size_t)30)
/* More than any leaf of the form above has: 64 digits, 5 texts, 4 numbers, time, keys. */
#define YJ_LEAF_FORM_MAX ((size_t)1200)
#define YJ_LEAF_STORE 640 /* bytes that hold all its texts, each with an end */

typedef struct yj_leaf {
    yj_digest body;
    const char *by;       /* id of the acting person */
    const char *for_whom; /* id of the person as whose deputy; "" or NULL if none */
    const char *op;       /* see ledger.h */
    const char *kind;     /* "" if none */
    const char *record;   /* "" if none */
    uint64_t seq;         /* at most INT64_MAX */
    int64_t time_ns;
    int64_t version; /* 0 if none, never negative */
    int64_t batch;   /* 0 if none, never negative */
} yj_leaf;

/** May the text stand in a leaf? */
bool yj_leaf_text_ok(yj_span s);
/** The texts must be such that may stand in a leaf (assert). */
void yj_leaf_format(const yj_leaf *l, yj_buf *out);
/** Strings are copied into the arena-free caller buffer `store`. Strict: it must be the
 *  very bytes yj_leaf_format would give. */
yj_status yj_leaf_parse(yj_span bytes, char store[static YJ_LEAF_STORE], yj_leaf *ret,
                        yj_error *err) yj_nodiscard;

/** Views into a leaf, for loops over millions of them. */
typedef struct yj_leaf_view {
    yj_span body;                                 /* 64 lower-case hex digits */
    yj_span by, for_whom, op, kind, record, time; /* time: YJ_LEAF_TIME_LEN bytes that sort as text */
    uint64_t seq;
    int64_t version, batch;
} yj_leaf_view;
/** True if the leaf has the form above; only whether there is such a date is not looked at. */
bool yj_leaf_scan(yj_span leaf, yj_leaf_view *ret);
/** Only the digest, by its fixed place. False if the leaf does not start as it must. */
bool yj_leaf_body_digest(yj_span leaf, yj_digest *ret);
void yj_body_digest(yj_hash_alg alg, const uint8_t salt[static YJ_SALT_LEN], yj_span body, yj_digest *ret);

#endif
