// SPDX-License-Identifier: Apache-2.0
/**
 * The leaf: canonical JSON of at most 64 KiB (tlog-tiles entry bundles carry a 16-bit length), in practice
 * about 300 bytes. It holds ids, kind, time and the salted digest of the body, never names or values:
 *
 *   {"body":"<64 hex>","by":"<person id>","kind":"contract","op":"change","record":"<id>","seq":7,
 *    "time":"2026-11-22T10:00:00.000000000Z","version":3}
 *
 * "body" comes first at a fixed offset, so that verification needs no parser; "batch" is there only when not
 * 0. body digest = H(salt (16 bytes) || body bytes), H the ledger's hash.
 */
#ifndef YJ_LEDGER_LEAF_H
#define YJ_LEDGER_LEAF_H

#include "base/hash.h"
#include "base/time.h"

#define YJ_SALT_LEN 16
#define YJ_LEAF_BYTES_MAX ((size_t)65535)

typedef struct yj_leaf {
    yj_digest body;
    const char *by;     /* id of the acting person */
    const char *op;     /* see ledger.h */
    const char *kind;   /* "" if none */
    const char *record; /* "" if none */
    uint64_t seq;
    int64_t time_ns;
    int64_t version; /* 0 if none */
    int64_t batch;   /* 0 if none */
} yj_leaf;

void yj_leaf_format(const yj_leaf *l, yj_buf *out);
/** Strings are copied into the arena-free caller buffer `store` (at least 512 bytes). Strict: it must be the
 *  very bytes yj_leaf_format would give. */
yj_status yj_leaf_parse(yj_span bytes, char store[static 512], yj_leaf *ret, yj_error *err) yj_nodiscard;
/** Only the digest, by its fixed place. False if the leaf does not start as it must. */
bool yj_leaf_body_digest(yj_span leaf, yj_digest *ret);
void yj_body_digest(yj_hash_alg alg, const uint8_t salt[static YJ_SALT_LEN], yj_span body, yj_digest *ret);

#endif
