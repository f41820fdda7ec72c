// SPDX-License-Identifier: Apache-2.0
/**
 * Public keys as JSON Web Key Sets hold them (RFC 7517), and checking signatures by them (RFC 7518 section 3,
 * RFC 8037), by OpenSSL. Keys of RSA (2,048 to 8,192 bits), P-256 and Ed25519 are read; all others, and what
 * is for encryption, are passed over. There is no secret among them: an algorithm that would take one (HS256)
 * does not exist here, nor does "none".
 *
 * A set is read by any number of threads.
 */
#ifndef YJ_ACCESS_JWK_H
#define YJ_ACCESS_JWK_H

#include "base/json.h"

#define YJ_JWKS_BYTES_MAX ((size_t)256 << 10)
#define YJ_JWKS_MAX 64 /* keys of a set; more are YJ_E_LIMIT */
#define YJ_KID_MAX 255 /* bytes; a key with a longer one is passed over */

typedef enum yj_jwt_alg {
    YJ_JWT_RS256, /* RSASSA-PKCS1-v1_5 with SHA-256 */
    YJ_JWT_PS256, /* RSASSA-PSS with SHA-256, salt of 32 bytes */
    YJ_JWT_ES256, /* ECDSA on P-256 with SHA-256; r and s, 32 bytes each */
    YJ_JWT_EDDSA, /* Ed25519 */
    YJ_JWT_ALG_COUNT_
} yj_jwt_alg;
/** By its name in a header: "RS256". */
bool yj_jwt_alg_by_name(yj_span name, yj_jwt_alg *ret);

typedef struct yj_jwks yj_jwks;
/** @return YJ_E_INVALID (no such set, or no key of it can be used), YJ_E_LIMIT, YJ_E_NOMEM */
yj_status yj_jwks_read(yj_span json, yj_jwks **ret, yj_error *err) yj_nodiscard;
void yj_jwks_free(yj_jwks *s);
YJ_DEFINE_CLEANUP(yj_jwks, yj_jwks_free)
size_t yj_jwks_count(const yj_jwks *s);

typedef enum yj_jwks_said {
    YJ_JWKS_RIGHT,
    YJ_JWKS_WRONG,   /* the key is there, the signature is not its */
    YJ_JWKS_UNKNOWN, /* there is no such key for this algorithm */
} yj_jwks_said;
/** Is it signed by a key of the set? @param kid which one; empty: by the only one that fits the algorithm */
yj_jwks_said yj_jwks_verify(const yj_jwks *s, yj_jwt_alg alg, yj_span kid, yj_span message,
                            yj_span signature);

#endif
