// SPDX-License-Identifier: Apache-2.0
/** Digests by OpenSSL's EVP: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905). Both are 32 bytes. */
#ifndef YJ_BASE_HASH_H
#define YJ_BASE_HASH_H

#include "base/span.h"

#define YJ_HASH_LEN 32
typedef enum yj_hash_alg { YJ_HASH_SHA256, YJ_HASH_SM3, YJ_HASH_COUNT_ } yj_hash_alg;

typedef struct yj_digest {
    uint8_t b[YJ_HASH_LEN];
} yj_digest;

/** A reusable streaming context; one thread at a time. */
typedef struct yj_hasher yj_hasher;
yj_hasher *yj_hasher_new(yj_hash_alg alg); /* NULL when out of memory */
void yj_hasher_free(yj_hasher *h);
YJ_DEFINE_CLEANUP(yj_hasher, yj_hasher_free)
void yj_hasher_begin(yj_hasher *h);
void yj_hasher_add(yj_hasher *h, const void *bytes, size_t len);
void yj_hasher_end(yj_hasher *h, yj_digest *ret);
yj_hash_alg yj_hasher_alg(const yj_hasher *h);

/** One shot. The first of a thread allocates, and ends the process if it cannot: a thread that must not end
 * it asks for yj_hash_ready() when it begins. */
void yj_hash(yj_hash_alg alg, const void *bytes, size_t len, yj_digest *ret);
/** Make what yj_hash() needs in this thread. YJ_E_NOMEM. */
yj_status yj_hash_ready(yj_error *err) yj_nodiscard;
/** Of what is left to read of an open file. @param to where the bytes are written as well; -1: nowhere.
 *  @param path what messages call it. YJ_E_IO, YJ_E_FULL (no room for the copy), YJ_E_NOMEM */
yj_status yj_hash_fd(yj_hash_alg alg, int fd, int to, const char *path, yj_digest *ret,
                     yj_error *err) yj_nodiscard;
const char *yj_hash_name(yj_hash_alg alg); /* "sha256", "sm3" */
bool yj_hash_by_name(yj_span name, yj_hash_alg *ret);
/** 64 lower-case hex digits and a NUL. */
void yj_digest_hex(const yj_digest *d, char ret[static 2 * YJ_HASH_LEN + 1]);
bool yj_digest_from_hex(yj_span s, yj_digest *ret);

/** HMAC-SHA-256 (RFC 2104). YJ_E_NOMEM. */
yj_status yj_hmac_sha256(yj_span key, yj_span message, yj_digest *ret, yj_error *err) yj_nodiscard;

/** Cryptographically strong random bytes; aborts the process if the system has none. */
void yj_random(void *ret, size_t len);
/** UUIDv7 (RFC 9562): milliseconds of `now_ns`, then random; text of 36 characters and a NUL. Ids made in
 *  the same millisecond by one process rise. Thread-safe. */
#define YJ_UUID_LEN 36
void yj_uuid7(int64_t now_ns, char ret[static YJ_UUID_LEN + 1]);
/** Canonical lower-case text form of any version. */
bool yj_uuid_valid(yj_span s);

#endif
