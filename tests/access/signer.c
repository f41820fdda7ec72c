// SPDX-License-Identifier: Apache-2.0
#include "signer.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdlib.h>

static EVP_PKEY *keys[SIGNER_TYPE_COUNT_][2];

static void free_keys(void)
{
    for (int t = 0; t < SIGNER_TYPE_COUNT_; t++)
        for (int i = 0; i < 2; i++)
            EVP_PKEY_free(keys[t][i]);
}

EVP_PKEY *signer_key(signer_type type, int which)
{
    static bool registered;
    EVP_PKEY **k = &keys[type][which];
    if (!registered)
        atexit(free_keys);
    registered = true;
    if (!*k)
        *k = type == SIGNER_RSA  ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
             : type == SIGNER_EC ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                 : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert(*k);
    return *k;
}

void signer_base64url(const void *bytes, size_t len, yj_buf *out)
{
    char *text = malloc(len * 2 + 8);
    assert(text);
    sodium_bin2base64(text, len * 2 + 8, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    yj_buf_str(out, text);
    free(text);
}

static void add_number(EVP_PKEY *key, const char *param, const char *name, int len, yj_buf *out)
{
    uint8_t b[1024];
    BIGNUM *n = NULL;
    int ok = EVP_PKEY_get_bn_param(key, param, &n);
    assert(ok == 1);
    if (len == 0)
        len = BN_num_bytes(n);
    ok = BN_bn2binpad(n, b, len);
    assert(ok == len);
    yj_buf_fmt(out, ",\"%s\":\"", name);
    signer_base64url(b, (size_t)len, out);
    yj_buf_str(out, "\"");
    BN_free(n);
}

void signer_jwk(EVP_PKEY *key, const char *kid, const char *more, yj_buf *out)
{
    int type = EVP_PKEY_base_id(key);
    yj_buf_fmt(out, "{\"kid\":\"%s\"%s", kid, more);
    if (type == EVP_PKEY_RSA) {
        yj_buf_str(out, ",\"kty\":\"RSA\"");
        add_number(key, OSSL_PKEY_PARAM_RSA_N, "n", 0, out);
        add_number(key, OSSL_PKEY_PARAM_RSA_E, "e", 0, out);
    } else if (type == EVP_PKEY_EC) {
        yj_buf_str(out, ",\"kty\":\"EC\",\"crv\":\"P-256\"");
        add_number(key, OSSL_PKEY_PARAM_EC_PUB_X, "x", 32, out);
        add_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, "y", 32, out);
    } else {
        uint8_t x[32];
        size_t len = sizeof x;
        int ok = EVP_PKEY_get_raw_public_key(key, x, &len);
        assert(ok == 1);
        yj_buf_str(out, ",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
        signer_base64url(x, len, out);
        yj_buf_str(out, "\"");
    }
    yj_buf_str(out, "}");
}

/* DER to r and s of 32 bytes each. */
static size_t raw_of(const uint8_t *der, size_t len, uint8_t *ret)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    assert(sig);
    int ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, 32) + BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + 32, 32);
    assert(ok == 64);
    ECDSA_SIG_free(sig);
    return 64;
}

static size_t hmac_by_public_key(EVP_PKEY *key, yj_span message, uint8_t *ret)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    unsigned len = 0;
    int ok = PEM_write_bio_PUBKEY(bio, key);
    assert(ok == 1);
    long n = BIO_get_mem_data(bio, &pem);
    HMAC(EVP_sha256(), pem, (int)n, (const uint8_t *)message.ptr, message.len, ret, &len);
    BIO_free(bio);
    return len;
}

static size_t sign(EVP_PKEY *key, const char *alg, yj_span message, uint8_t ret[static 1024])
{
    if (strcmp(alg, "none") == 0)
        return 0;
    if (strcmp(alg, "HS256") == 0)
        return hmac_by_public_key(key, message, ret);
    size_t len = 1024;
    EVP_PKEY_CTX *p = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = EVP_DigestSignInit(ctx, &p, strcmp(alg, "EdDSA") == 0 ? NULL : EVP_sha256(), NULL, key);
    if (strcmp(alg, "PS256") == 0) {
        EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST);
    }
    ok = ok == 1 && EVP_DigestSign(ctx, ret, &len, (const uint8_t *)message.ptr, message.len) == 1;
    assert(ok);
    EVP_MD_CTX_free(ctx);
    if (strcmp(alg, "ES256") == 0) {
        uint8_t raw[64];
        len = raw_of(ret, len, raw);
        memcpy(ret, raw, len);
    }
    return len;
}

void signer_token(EVP_PKEY *key, const char *alg, const char *header, const char *claims, yj_buf *out)
{
    uint8_t signature[1024];
    size_t at = out->len;
    signer_base64url(header, strlen(header), out);
    yj_buf_str(out, ".");
    signer_base64url(claims, strlen(claims), out);
    size_t len = sign(key, alg, (yj_span){ out->ptr + at, out->len - at }, signature);
    yj_buf_str(out, ".");
    if (len)
        signer_base64url(signature, len, out);
}
