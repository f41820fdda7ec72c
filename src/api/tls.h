// SPDX-License-Identifier: Apache-2.0
/**
 * The certificate and key that a listener shows, and the TLS it speaks: 1.2 and 1.3, with forward secrecy and
 * authenticated ciphers only. The TLS itself is libmicrohttpd's, by GnuTLS.
 *
 * A certificate is renewed while the server runs: yj_tls_reload() reads both files anew. A connection keeps
 * the pair it began with, a new one takes the newest. Any thread may call.
 */
#ifndef YJ_API_TLS_H
#define YJ_API_TLS_H

#include "base/error.h"

#include <gnutls/abstract.h>
#include <stdint.h>

#define YJ_TLS_FILE_BYTES_MAX ((size_t)256 << 10)
#define YJ_TLS_CHAIN_MAX 10 /* certificates in a file */
#define YJ_TLS_RSA_BITS_MIN 2048u
#define YJ_TLS_SOON_DAYS 14 /* a certificate that ends within that is warned of */

typedef struct yj_tls yj_tls;
typedef struct yj_tls_pair yj_tls_pair; /* a chain and its key; counted */

/** For gnutls_priority_init(). */
extern const char yj_tls_priorities[];

/**
 * Read a certificate with its chain and the key that belongs to it, both PEM. What is wrong with the dates is
 * for yj_tls_validity(): a server that does not start helps nobody.
 * @return YJ_E_NOT_FOUND, YJ_E_IO, YJ_E_LIMIT (too long a file or chain); YJ_E_FORBIDDEN (everybody may read
 *         the key); YJ_E_INVALID (no certificate, no key, one under a passphrase, a weak one, one of another
 *         certificate). Each names the file.
 */
yj_status yj_tls_open(const char *cert_file, const char *key_file, yj_tls **ret, yj_error *err) yj_nodiscard;
/** Every listener with it has stopped. Accepts NULL. */
void yj_tls_free(yj_tls *t);
YJ_DEFINE_CLEANUP(yj_tls, yj_tls_free)
/** Read both files again. On failure (as above) all stays as it was. */
yj_status yj_tls_reload(yj_tls *t, yj_error *err) yj_nodiscard;
/** From when until when the server's own certificate is valid, in ns since 1970. */
void yj_tls_validity(yj_tls *t, int64_t *ret_from, int64_t *ret_until);

/** The newest pair; a reference. */
yj_tls_pair *yj_tls_pair_take(yj_tls *t);
/** Accepts NULL. */
void yj_tls_pair_drop(yj_tls_pair *p);
/** GnuTLS asks what to show; the session's pointer is the pair. A gnutls_certificate_retrieve_function2. */
int yj_tls_retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_rdn, int nreqs,
                    const gnutls_pk_algorithm_t *pk_algos, int pk_algos_length, gnutls_pcert_st **pcert,
                    unsigned *pcert_length, gnutls_privkey_t *key);

#endif
