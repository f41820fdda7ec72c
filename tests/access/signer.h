// SPDX-License-Identifier: Apache-2.0
/** A provider's pen, for tests: keys, the set that shows them, and tokens signed by them. */
#ifndef YJ_TESTS_ACCESS_SIGNER_H
#define YJ_TESTS_ACCESS_SIGNER_H

#include "base/span.h"
#include <openssl/evp.h>

typedef enum signer_type { SIGNER_RSA, SIGNER_EC, SIGNER_ED25519, SIGNER_TYPE_COUNT_ } signer_type;

/** Made once in a process, the second one another: RSA is slow to make. Owned by the signer. */
EVP_PKEY *signer_key(signer_type type, int which);
/** The public key as a member of a set. @param more further members, ",\"alg\":\"RS256\"", or "" */
void signer_jwk(EVP_PKEY *key, const char *kid, const char *more, yj_buf *out);
/** Base64url without padding. */
void signer_base64url(const void *bytes, size_t len, yj_buf *out);
/** header.claims.signature, the signature as `alg` makes it: RS256, PS256, ES256, EdDSA; none; or HS256 with
 * the public key in PEM as its secret (the old attack). */
void signer_token(EVP_PKEY *key, const char *alg, const char *header, const char *claims, yj_buf *out);

#endif
