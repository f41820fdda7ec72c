// SPDX-License-Identifier: Apache-2.0
/** Certificates made for a test, and a client that speaks TLS by OpenSSL: another than the server's. */
#ifndef YJ_TESTS_TLS_TEST_H
#define YJ_TESTS_TLS_TEST_H

#include "api_test.h"

#include <openssl/ssl.h>

#define DAY INT64_C(86400)

typedef struct cert {
    X509 *x;
    EVP_PKEY *key;
} cert;
/** For "localhost" and 127.0.0.1, valid for seconds from now. @param issuer NULL: self-signed, and a CA, as
 * "middle" is
 *  @param rsa_bits 0: an EC key */
cert cert_make(const char *name, int64_t from_s, int64_t until_s, const cert *issuer, int rsa_bits);
void cert_free(cert *c);
/** PEM, one behind the other; replaces the file at once. */
void certs_write(const char *path, const cert *const *certs, size_t count);
/** @param passphrase NULL: none. The file's mode is 0600 */
void key_write(const char *path, const cert *c, const char *passphrase);

/** How a client shakes hands; zeros: as it likes. */
typedef struct tls_ways {
    int least, most;     /* TLS1_2_VERSION and others */
    const char *ciphers; /* of TLS 1.2 and below */
    const char *from;    /* one of this machine's own addresses */
} tls_ways;

typedef struct tls_line {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
    char *in; /* read and not yet taken */
    size_t len, cap;
} tls_line;
/** Connect and shake hands. False if the server would not; *ret_reason: OpenSSL's reason code. */
bool tls_dial(tls_line *t, int port, const tls_ways *ways, int *ret_reason);
void tls_close(tls_line *t);
void tls_send(tls_line *t, const void *bytes, size_t len);
/** More into t->in; false at the end. */
bool tls_more(tls_line *t);
/** An answer with a Content-Length; false if the line ended first. */
bool tls_answer(tls_line *t, answer *ret);
/** Send a request without a body, and read the answer. */
answer tls_call(tls_line *t, const char *method, const char *path, const char *headers);
/** The serial number of the certificate that was shown. */
long tls_serial(const tls_line *t);

#endif
