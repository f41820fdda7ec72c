// SPDX-License-Identifier: Apache-2.0
/**
 * A signed token, JWS in its compact form (RFC 7515, RFC 7519), taken apart. What it claims is worth nothing
 * before yj_jwt_verify() has said RIGHT.
 */
#ifndef YJ_ACCESS_JWT_H
#define YJ_ACCESS_JWT_H

#include "access/jwk.h"

#define YJ_JWT_BYTES_MAX ((size_t)32 << 10)
#define YJ_JWT_HEADER_MAX ((size_t)4 << 10) /* bytes of the header, decoded */
#define YJ_JWT_SIGNATURE_MAX 1024

typedef struct yj_jwt {
    yj_jwt_alg alg;
    char kid[YJ_KID_MAX + 1]; /* "" none */
    json_t *claims;           /* an object; owned */
    yj_span signed_part;      /* of the token, borrowed */
    uint8_t signature[YJ_JWT_SIGNATURE_MAX];
    size_t signature_len;
} yj_jwt;

/**
 * Split, decode and parse: three parts, base64url without padding, JSON objects without doubled names, an
 * algorithm of yj_jwt_alg, no extension that must be understood (crit).
 * @param token borrowed as long as *ret is used
 * @param ret   to be ended by yj_jwt_done() after YJ_OK
 * @return YJ_E_INVALID, YJ_E_LIMIT (over YJ_JWT_BYTES_MAX), YJ_E_NOMEM
 */
yj_status yj_jwt_read(yj_span token, yj_jwt *ret, yj_error *err) yj_nodiscard;
void yj_jwt_done(yj_jwt *t); /* also of a zeroed one */

/** Is it signed by a key of the set? */
yj_jwks_said yj_jwt_verify(const yj_jwt *t, const yj_jwks *keys);

#endif
