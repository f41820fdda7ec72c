// SPDX-License-Identifier: Apache-2.0
#include "access/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdlib.h>

#define RSA_BYTES_MAX 1024 /* 8,192 bits */
#define RSA_BYTES_MIN 256
#define EXPONENT_BYTES_MAX 8
#define HALF 32 /* bytes of a coordinate, of r and of s */

typedef struct key {
    EVP_PKEY *pkey;
    int type;                 /* EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_ED25519 */
    bool bound;               /* for one algorithm only */
    yj_jwt_alg alg;           /* if bound */
    char kid[YJ_KID_MAX + 1]; /* "" none */
} key;

struct yj_jwks {
    size_t count;
    key key[YJ_JWKS_MAX];
};

static const struct {
    const char *name;
    int type;
} algs[YJ_JWT_ALG_COUNT_] = {
    [YJ_JWT_RS256] = { "RS256", EVP_PKEY_RSA },
    [YJ_JWT_PS256] = { "PS256", EVP_PKEY_RSA },
    [YJ_JWT_ES256] = { "ES256", EVP_PKEY_EC },
    [YJ_JWT_EDDSA] = { "EdDSA", EVP_PKEY_ED25519 },
};

bool yj_jwt_alg_by_name(yj_span name, yj_jwt_alg *ret)
{
    for (int i = 0; i < YJ_JWT_ALG_COUNT_; i++) {
        if (yj_span_is(name, algs[i].name)) {
            *ret = (yj_jwt_alg)i;
            return true;
        }
    }
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

static yj_span text_of(const json_t *v, const char *name)
{
    const json_t *s = json_object_get(v, name);
    return (yj_span){ json_string_value(s), json_string_length(s) };
}

/* Base64url without padding (RFC 7515, section 2). */
static bool bytes_of(const json_t *v, const char *name, uint8_t *ret, size_t cap, size_t *ret_len)
{
    yj_span s = text_of(v, name);
    return s.len && sodium_base642bin(ret, cap, s.ptr, s.len, NULL, ret_len, NULL,
                                      sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *b)
{
    EVP_PKEY *ret = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &ret, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        ret = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return ret;
}

static EVP_PKEY *read_rsa(const json_t *v)
{
    uint8_t n[RSA_BYTES_MAX + 1], e[EXPONENT_BYTES_MAX];
    size_t n_len = 0, e_len = 0;
    if (!bytes_of(v, "n", n, sizeof n, &n_len) || !bytes_of(v, "e", e, sizeof e, &e_len))
        return NULL;
    /* some write a zero before the number */
    const uint8_t *first = n;
    while (n_len && *first == 0) {
        first++;
        n_len--;
    }
    if (n_len < RSA_BYTES_MIN || n_len > RSA_BYTES_MAX || (e[e_len - 1] & 1) == 0)
        return NULL;
    EVP_PKEY *ret = NULL;
    BIGNUM *bn = BN_bin2bn(first, (int)n_len, NULL), *be = BN_bin2bn(e, (int)e_len, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    if (bn && be && b && !BN_is_one(be) && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be))
        ret = make_key("RSA", b);
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
    return ret;
}

static EVP_PKEY *read_ec(const json_t *v)
{
    uint8_t point[1 + 2 * HALF] = { POINT_CONVERSION_UNCOMPRESSED };
    size_t x = 0, y = 0;
    if (!yj_span_is(text_of(v, "crv"), "P-256") || !bytes_of(v, "x", point + 1, HALF, &x) || x != HALF ||
        !bytes_of(v, "y", point + 1 + HALF, HALF, &y) || y != HALF)
        return NULL;
    EVP_PKEY *ret = NULL;
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    if (b && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point))
        ret = make_key("EC", b); /* which refuses a point that is not on the curve */
    OSSL_PARAM_BLD_free(b);
    return ret;
}

static EVP_PKEY *read_okp(const json_t *v)
{
    uint8_t x[32];
    size_t len = 0;
    if (!yj_span_is(text_of(v, "crv"), "Ed25519") || !bytes_of(v, "x", x, sizeof x, &len) || len != sizeof x)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, sizeof x);
}

/* False if it is none that we take. */
static bool read_key(const json_t *v, key *ret)
{
    yj_span type = text_of(v, "kty"), use = text_of(v, "use"), alg = text_of(v, "alg"),
            kid = text_of(v, "kid");
    key k = { .bound = alg.len > 0 };
    if ((use.len && !yj_span_is(use, "sig")) || kid.len > YJ_KID_MAX ||
        (k.bound && !yj_jwt_alg_by_name(alg, &k.alg)))
        return false;
    memcpy(k.kid, kid.len ? kid.ptr : "", kid.len);
    if (yj_span_is(type, "RSA")) {
        k.type = EVP_PKEY_RSA;
        k.pkey = read_rsa(v);
    } else if (yj_span_is(type, "EC")) {
        k.type = EVP_PKEY_EC;
        k.pkey = read_ec(v);
    } else if (yj_span_is(type, "OKP")) {
        k.type = EVP_PKEY_ED25519;
        k.pkey = read_okp(v);
    }
    ERR_clear_error();
    if (!k.pkey)
        return false;
    *ret = k;
    return true;
}

yj_status yj_jwks_read(yj_span json, yj_jwks **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    YJ_TRY(yj_json_parse(json, YJ_JWKS_BYTES_MAX, &v, err));
    const json_t *list = json_object_get(v, "keys");
    if (!json_is_array(list))
        return yj_fail(err, YJ_E_INVALID, "that is no set of keys");
    if (json_array_size(list) > YJ_JWKS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a set of keys holds more than %d", YJ_JWKS_MAX);
    yj_auto(yj_jwks_freep) yj_jwks *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (read_key(json_array_get(list, i), &s->key[s->count]))
            s->count++;
    if (s->count == 0)
        return yj_fail(err, YJ_E_INVALID, "no key of the set can be used");
    *ret = yj_take(s);
    return YJ_OK;
}

void yj_jwks_free(yj_jwks *s)
{
    for (size_t i = 0; s && i < s->count; i++)
        EVP_PKEY_free(s->key[i].pkey);
    free(s);
}

size_t yj_jwks_count(const yj_jwks *s)
{
    return s->count;
}

/* --- signatures ------------------------------------------------------------------------------- */

/* r and s as OpenSSL wants them. @return bytes, 0 if it cannot be */
static int der_of(const uint8_t *raw, uint8_t **ret)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, HALF, NULL), *s = BN_bin2bn(raw + HALF, HALF, NULL);
    int len = 0;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s)) {
        r = s = NULL; /* they are its now */
        len = i2d_ECDSA_SIG(sig, ret);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len > 0 ? len : 0;
}

static bool verify_by(EVP_PKEY *pkey, yj_jwt_alg alg, yj_span message, yj_span signature)
{
    const uint8_t *sig = (const uint8_t *)signature.ptr;
    size_t len = signature.len;
    uint8_t *der = NULL;
    if (alg == YJ_JWT_ES256) {
        int n = len == (size_t)2 * HALF ? der_of(sig, &der) : 0;
        if (n == 0)
            return false;
        sig = der;
        len = (size_t)n;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = NULL; /* the former's */
    bool ok =
        ctx && EVP_DigestVerifyInit(ctx, &p, alg == YJ_JWT_EDDSA ? NULL : EVP_sha256(), NULL, pkey) == 1;
    if (ok && alg == YJ_JWT_PS256)
        ok = EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_DigestVerify(ctx, sig, len, (const uint8_t *)message.ptr, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    OPENSSL_free(der);
    ERR_clear_error();
    return ok;
}

static bool fits(const key *k, yj_jwt_alg alg, yj_span kid)
{
    return k->type == algs[alg].type && (!k->bound || k->alg == alg) &&
           (kid.len == 0 || yj_span_is(kid, k->kid));
}

yj_jwks_said yj_jwks_verify(const yj_jwks *s, yj_jwt_alg alg, yj_span kid, yj_span message, yj_span signature)
{
    const key *one = NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (!fits(&s->key[i], alg, kid))
            continue;
        if (one)
            return YJ_JWKS_UNKNOWN; /* which of them is not said */
        one = &s->key[i];
    }
    if (!one)
        return YJ_JWKS_UNKNOWN;
    return verify_by(one->pkey, alg, message, signature) ? YJ_JWKS_RIGHT : YJ_JWKS_WRONG;
}
