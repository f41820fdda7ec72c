// SPDX-License-Identifier: Apache-2.0
/**
 * The installation's key for sign-in. It lies outside the database, in the folder of the signing keys, so
 * that a stolen database hands over no second factor: secrets of TOTP and of providers are sealed with it
 * (XChaCha20-Poly1305, bound to what they belong to), and what is too short to be kept as a plain digest is
 * kept as a keyed one (HMAC-SHA-256).
 *
 * Lost, it is made anew, and then nobody's second factor can be opened any more: they are set up again,
 * passwords stay. It goes where the signing keys go, also to the other servers of an installation.
 *
 * An object is read by any number of threads.
 */
#ifndef YJ_ACCESS_SEAL_H
#define YJ_ACCESS_SEAL_H

#include "base/hash.h"

#define YJ_SEAL_FILE "sign-in.key" /* 64 hex digits and LF, mode 0600 */
#define YJ_SEAL_MORE 40            /* bytes that a sealed text is longer: nonce and tag */
#define YJ_SEAL_BYTES_MAX 1024     /* of what is sealed */

typedef struct yj_seal yj_seal;

/**
 * Read the key from the folder; where there is none it is made. Several servers may do so at once: all have
 * the same.
 * @return YJ_E_FORBIDDEN if others than its owner may read the file, YJ_E_CORRUPT if it holds no key,
 * YJ_E_IO, YJ_E_FULL, YJ_E_NOMEM
 */
yj_status yj_seal_open(const char *folder, yj_seal **ret, yj_error *err) yj_nodiscard;
void yj_seal_free(yj_seal *s); /* wipes the key */
YJ_DEFINE_CLEANUP(yj_seal, yj_seal_free)

/** Seal `len` bytes, at most YJ_SEAL_BYTES_MAX. @param about what they belong to (an account's id): only with
 * the same they are opened again. @param ret len + YJ_SEAL_MORE bytes */
void yj_seal_put(const yj_seal *s, const char *about, const void *bytes, size_t len, uint8_t *ret);
/** @param ret of `len` bytes, which is what must be in it; the caller wipes it. Untouched on failure.
 *  @return YJ_E_CORRUPT if it was sealed with another key, about something else, or was changed since */
yj_status yj_seal_take(const yj_seal *s, const char *about, yj_span sealed, uint8_t *ret, size_t len,
                       yj_error *err) yj_nodiscard;

/** For what a keyed digest is; one for one use is worth nothing for another. */
typedef enum yj_seal_use {
    YJ_SEAL_RECOVERY, /* recovery codes */
    YJ_SEAL_DEVICE,   /* device tokens */
    YJ_SEAL_COUNTER,  /* names of attempts' counters */
    YJ_SEAL_USE_COUNT_
} yj_seal_use;
/** Over the parts, each with its length, so that no two lists of parts are alike. */
void yj_seal_digest(const yj_seal *s, yj_seal_use use, const yj_span *parts, size_t count, yj_digest *ret);

#endif
