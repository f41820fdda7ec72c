// SPDX-License-Identifier: Apache-2.0
#include "tls_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- certificates -----------------------------------------------------------------------------------------
 */

static void add_extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

cert cert_make(const char *name, int64_t from_s, int64_t until_s, const cert *issuer, int rsa_bits)
{
    static long serial = 1000;
    cert c = { .x = X509_new(), .key = rsa_bits ? EVP_RSA_gen((unsigned)rsa_bits) : EVP_EC_gen("P-256") };
    assert_non_null(c.x);
    assert_non_null(c.key);
    X509_set_version(c.x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(c.x), from_s);
    X509_gmtime_adj(X509_getm_notAfter(c.x), until_s);
    X509_set_pubkey(c.x, c.key);
    X509_NAME *subject = X509_get_subject_name(c.x);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c.x, issuer ? X509_get_subject_name(issuer->x) : subject);
    add_extension(c.x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    if (!issuer || strcmp(name, "middle") == 0)
        add_extension(c.x, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(X509_sign(c.x, issuer ? issuer->key : c.key, EVP_sha256()) > 0);
    return c;
}

void cert_free(cert *c)
{
    X509_free(c->x);
    EVP_PKEY_free(c->key);
    *c = (cert){ 0 };
}

void certs_write(const char *path, const cert *const *certs, size_t count)
{
    char beside[256];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "we");
    assert_non_null(f);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(PEM_write_X509(f, certs[i]->x), 1);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(beside, path), 0);
}

void key_write(const char *path, const cert *c, const char *passphrase)
{
    char beside[256];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "we");
    assert_non_null(f);
    assert_int_equal(fchmod(fileno(f), 0600), 0);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, c->key, passphrase ? EVP_aes_128_cbc() : NULL, passphrase,
                                               passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(beside, path), 0);
}

/* --- the client -------------------------------------------------------------------------------------------
 */

bool tls_dial(tls_line *t, int port, const tls_ways *ways, int *ret_reason)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const struct timeval patience = { .tv_sec = 60 };
    *t = (tls_line){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    if (ways && ways->from) {
        struct sockaddr_in own = { .sin_family = AF_INET };
        assert_int_equal(inet_pton(AF_INET, ways->from, &own.sin_addr), 1);
        assert_int_equal(bind(t->fd, (struct sockaddr *)&own, sizeof own), 0);
    }
    assert_int_equal(connect(t->fd, (struct sockaddr *)&a, sizeof a), 0);
    setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    t->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(t->ctx, 0); /* what is refused is for the server to refuse */
    if (ways && ways->least)
        SSL_CTX_set_min_proto_version(t->ctx, ways->least);
    if (ways && ways->most)
        SSL_CTX_set_max_proto_version(t->ctx, ways->most);
    if (ways && ways->ciphers)
        assert_int_equal(SSL_CTX_set_cipher_list(t->ctx, ways->ciphers), 1);
    t->ssl = SSL_new(t->ctx);
    SSL_set_fd(t->ssl, t->fd);
    ERR_clear_error();
    if (SSL_connect(t->ssl) == 1)
        return true;
    if (ret_reason)
        *ret_reason = ERR_GET_REASON(ERR_peek_error());
    tls_close(t);
    return false;
}

void tls_close(tls_line *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
    close(t->fd);
    free(t->in);
    *t = (tls_line){ .fd = -1 };
}

void tls_send(tls_line *t, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len) {
        int n = SSL_write(t->ssl, p, len > 1 << 20 ? 1 << 20 : (int)len);
        if (n <= 0)
            return; /* the server may close early; the answer tells */
        p += n;
        len -= (size_t)n;
    }
}

bool tls_more(tls_line *t)
{
    if (t->cap - t->len < 16385) {
        t->cap = 2 * t->cap + 32768;
        t->in = realloc(t->in, t->cap);
        assert_non_null(t->in);
    }
    int n = SSL_read(t->ssl, t->in + t->len, 16384);
    if (n <= 0)
        return false;
    t->len += (size_t)n;
    t->in[t->len] = '\0';
    return true;
}

bool tls_answer(tls_line *t, answer *ret)
{
    char *end;
    *ret = (answer){ 0 };
    while (!(t->len && (end = strstr(t->in, "\r\n\r\n"))))
        if (!tls_more(t))
            return false;
    size_t head = (size_t)(end - t->in) + 4;
    ret->head = strndup(t->in, head - 2);
    ret->status = atoi(t->in + 9);
    const char *length = answer_header(ret, "Content-Length");
    ret->len = length ? strtoul(length, NULL, 10) : 0;
    while (t->len < head + ret->len) {
        if (!tls_more(t)) {
            answer_done(ret);
            return false;
        }
    }
    ret->body = malloc(ret->len + 1);
    memcpy(ret->body, t->in + head, ret->len);
    ret->body[ret->len] = '\0';
    t->len -= head + ret->len;
    memmove(t->in, t->in + head + ret->len, t->len + 1);
    return true;
}

answer tls_call(tls_line *t, const char *method, const char *path, const char *headers)
{
    char text[4096];
    answer a;
    int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path,
                     headers ? headers : "");
    tls_send(t, text, (size_t)n);
    if (!tls_answer(t, &a))
        fail_msg("%s %s: no answer", method, path);
    return a;
}

long tls_serial(const tls_line *t)
{
    X509 *x = SSL_get1_peer_certificate(t->ssl);
    assert_non_null(x);
    long n = ASN1_INTEGER_get(X509_get_serialNumber(x));
    X509_free(x);
    return n;
}
