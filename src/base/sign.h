// SPDX-License-Identifier: Apache-2.0
/**
 * Signing keys: Ed25519 (RFC 8032) and SM2 with SM3 (GB/T 32918). SM2 always signs with GM/T's default
 * distinguishing id "1234567812345678"; OpenSSL's own default, the empty id, does not interoperate.
 * SM2 signatures are DER (ECDSA-Sig-Value), Ed25519 64 bytes raw.
 */
#ifndef YJ_BASE_SIGN_H
#define YJ_BASE_SIGN_H

#include "base/hash.h"

typedef enum yj_sign_alg { YJ_SIGN_ED25519, YJ_SIGN_SM2, YJ_SIGN_COUNT_ } yj_sign_alg;
#define YJ_SIG_MAX 80
#define YJ_PUB_MAX 65 /* Ed25519: 32 raw bytes; SM2: 65, uncompressed point */

typedef struct yj_key yj_key; /* private or public */

yj_status yj_key_generate(yj_sign_alg alg, yj_key **ret, yj_error *err) yj_nodiscard;
/** PKCS#8 PEM, mode 0600, created with O_EXCL, fsynced. `k` is private. YJ_E_CONFLICT if the file exists,
 *  YJ_E_FULL, YJ_E_IO. */
yj_status yj_key_save(const yj_key *k, const char *path, yj_error *err) yj_nodiscard;
/** YJ_E_IO if it cannot be read, YJ_E_CORRUPT if it is no key of a known algorithm. */
yj_status yj_key_load(const char *path, yj_key **ret, yj_error *err) yj_nodiscard;
/** A public key from a PEM file (SubjectPublicKeyInfo, RFC 7468). YJ_E_NOT_FOUND, YJ_E_IO, YJ_E_INVALID if it
 * holds no public key of a known algorithm, or a private one. */
yj_status yj_key_load_public(const char *path, yj_key **ret, yj_error *err) yj_nodiscard;
/** A public key as people paste it: that PEM text, or the base64 in it, or base64 of the raw key; blanks and
 * line ends say nothing. YJ_E_INVALID if it is none of a known algorithm. */
yj_status yj_key_from_text(yj_span text, yj_key **ret, yj_error *err) yj_nodiscard;
/** The public half as such a PEM text. */
void yj_key_public_pem(const yj_key *k, yj_buf *out);
/** That text as a new file of mode 0644; errors of yj_key_save(). */
yj_status yj_key_save_public(const yj_key *k, const char *path, yj_error *err) yj_nodiscard;
/** What names a key: the digest (SHA-256 of an Ed25519 key, SM3 of an SM2 key) of its SubjectPublicKeyInfo in
 * DER, in hex; so "openssl pkey -pubin -outform DER | sha256sum" prints the same. */
void yj_key_id(const yj_key *k, char ret[static 2 * YJ_HASH_LEN + 1]);
yj_status yj_key_from_public(yj_sign_alg alg, yj_span raw, yj_key **ret, yj_error *err) yj_nodiscard;
void yj_key_free(yj_key *k);
YJ_DEFINE_CLEANUP(yj_key, yj_key_free)
yj_sign_alg yj_key_alg(const yj_key *k);
/** Raw public key, as above. */
void yj_key_public(const yj_key *k, uint8_t ret[static YJ_PUB_MAX], size_t *ret_len);
yj_status yj_sign(const yj_key *k, yj_span message, uint8_t ret[static YJ_SIG_MAX], size_t *ret_len,
                  yj_error *err) yj_nodiscard;
/** True only for a valid signature. */
bool yj_verify(const yj_key *k, yj_span message, yj_span signature);
const char *yj_sign_name(yj_sign_alg alg); /* "ed25519", "sm2" */

#endif
