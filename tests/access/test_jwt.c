// SPDX-License-Identifier: Apache-2.0
/* Signed tokens: what OpenSSL signs is taken, what the RFCs print is taken, and all that is bent is not. */
#include "../base/test.h"

#include "access/jwt.h"
#include "signer.h"

#define CLAIMS "{\"sub\":\"a\"}"

typedef struct made {
    yj_buf jwks, token;
} made;

static void open_made(made *m)
{
    yj_buf_init(&m->jwks, YJ_JWKS_BYTES_MAX * 2);
    yj_buf_init(&m->token, YJ_JWT_BYTES_MAX * 4);
}

static void close_made(made *m)
{
    yj_buf_done(&m->jwks);
    yj_buf_done(&m->token);
}

static yj_jwks *keys_of(const char *json)
{
    yj_error err = { 0 };
    yj_jwks *keys = NULL;
    assert_status(yj_jwks_read(yj_span_of(json), &keys, &err), YJ_OK);
    return keys;
}

/* What is said of a token; -1: it cannot be read. */
static int said_of(const yj_jwks *keys, yj_span token)
{
    yj_error err = { 0 };
    yj_jwt t;
    yj_status s = yj_jwt_read(token, &t, &err);
    if (s != YJ_OK) {
        assert_true(s == YJ_E_INVALID || s == YJ_E_LIMIT);
        assert_true(err.msg[0] && err.msg_zh[0]);
        return -1;
    }
    int said = (int)yj_jwt_verify(&t, keys);
    yj_jwt_done(&t);
    return said;
}

static const struct {
    const char *alg;
    signer_type type;
} algs[] = {
    { "RS256", SIGNER_RSA }, { "PS256", SIGNER_RSA }, { "ES256", SIGNER_EC }, { "EdDSA", SIGNER_ED25519 }
};

static void each_algorithm__takes_its_own_signature_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(algs); i++) {
        made m;
        char header[100];
        open_made(&m);
        yj_buf_str(&m.jwks, "{\"keys\":[");
        signer_jwk(signer_key(algs[i].type, 0), "k", "", &m.jwks);
        yj_buf_str(&m.jwks, "]}");
        yj_auto(yj_jwks_freep) yj_jwks *keys = keys_of(m.jwks.ptr);
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"k\"}", algs[i].alg);
        signer_token(signer_key(algs[i].type, 0), algs[i].alg, header, CLAIMS, &m.token);
        assert_int_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_RIGHT);
        /* every byte of it counts; the last character of a part holds bits that are nothing, and must be zero
         */
        for (size_t k = 0; k < m.token.len; k++) {
            char was = m.token.ptr[k];
            m.token.ptr[k] = was == 'A' ? 'B' : 'A';
            assert_int_not_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_RIGHT);
            m.token.ptr[k] = was;
        }
        for (size_t k = 0; k < m.token.len; k += 7)
            assert_int_not_equal(said_of(keys, (yj_span){ m.token.ptr, k }), YJ_JWKS_RIGHT);
        /* the same by another key */
        yj_buf_clear(&m.token);
        signer_token(signer_key(algs[i].type, 1), algs[i].alg, header, CLAIMS, &m.token);
        assert_int_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_WRONG);
        close_made(&m);
    }
}

/* RFC 7515, appendices A.2 and A.3, and RFC 8037, appendix A.4. */
static void tokens_of_the_rfcs__are_right(void **state)
{
    (void)state;
    static const char keys_text[] =
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
        "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJ"
        "rcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
        "bSf63kpaSHSXndS5z5re"
        "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
        "DWNmoudF8NAco"
        "9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"},"
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
    static const char *const tokens[] = {
        "eyJhbGciOiJSUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJd"
        "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
        "eSN9383LcOLn"
        "6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i"
        "gcN_IoypGlUPQGe77Rw",
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    };
    yj_auto(yj_jwks_freep) yj_jwks *keys = keys_of(keys_text);
    assert_int_equal(yj_jwks_count(keys), 3);
    for (size_t i = 0; i < YJ_COUNT(tokens); i++)
        assert_int_equal(said_of(keys, yj_span_of(tokens[i])), YJ_JWKS_RIGHT);
    /* that of RFC 8037 signs a text, no object: only the signature is looked at */
    static const char ed[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    static const uint8_t sig[] = { 0x86, 0x0c, 0x98, 0xd2, 0x29, 0x7f, 0x30, 0x60, 0xa3, 0x3f, 0x42,
                                   0x73, 0x96, 0x72, 0xd6, 0x1b, 0x53, 0xcf, 0x3a, 0xde, 0xfe, 0xd3,
                                   0xd3, 0xc6, 0x72, 0xf3, 0x20, 0xdc, 0x02, 0x1b, 0x41, 0x1e, 0x9d,
                                   0x59, 0xb8, 0x62, 0x8d, 0xc3, 0x51, 0xe2, 0x48, 0xb8, 0x8b, 0x29,
                                   0x46, 0x8e, 0x0e, 0x41, 0x85, 0x5b, 0x0f, 0xb7, 0xd8, 0x3b, 0xb1,
                                   0x5b, 0xe9, 0x02, 0xbf, 0xcc, 0xb8, 0xcd, 0x0a, 0x02 };
    assert_int_equal(yj_jwks_verify(keys, YJ_JWT_EDDSA, YJ_SPAN(""), yj_span_of(ed),
                                    (yj_span){ (const char *)sig, sizeof sig }),
                     YJ_JWKS_RIGHT);
}

static void algorithms_without_a_key_pair__do_not_exist(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"None\"}",
        "{\"alg\":\"\"}",
        "{\"alg\":\"HS256\"}",
        "{}",
        "{\"alg\":\"RS384\"}",
        "{\"alg\":null}",
        "{\"alg\":[\"RS256\"]}",
        "[]",
        "{\"alg\":\"RS256\\u0020\"}",
    };
    made m;
    open_made(&m);
    EVP_PKEY *key = signer_key(SIGNER_RSA, 0);
    yj_buf_str(&m.jwks, "{\"keys\":[");
    signer_jwk(key, "k", "", &m.jwks);
    yj_buf_str(&m.jwks, "]}");
    yj_auto(yj_jwks_freep) yj_jwks *keys = keys_of(m.jwks.ptr);
    for (size_t i = 0; i < YJ_COUNT(headers); i++) {
        static const char *const signs[] = { "none", "HS256", "RS256" };
        for (size_t k = 0; k < YJ_COUNT(signs); k++) {
            yj_buf_clear(&m.token);
            signer_token(key, signs[k], headers[i], CLAIMS, &m.token);
            assert_int_equal(said_of(keys, yj_buf_view(&m.token)), -1);
        }
    }
    /* an honest name over another's signature */
    yj_buf_clear(&m.token);
    signer_token(key, "HS256", "{\"alg\":\"RS256\",\"kid\":\"k\"}", CLAIMS, &m.token);
    assert_int_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_WRONG);
    yj_buf_clear(&m.token);
    signer_token(key, "RS256", "{\"alg\":\"PS256\",\"kid\":\"k\"}", CLAIMS, &m.token);
    assert_int_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_WRONG);
    yj_buf_clear(&m.token);
    signer_token(key, "RS256", "{\"alg\":\"ES256\",\"kid\":\"k\"}", CLAIMS, &m.token);
    assert_int_equal(said_of(keys, yj_buf_view(&m.token)), YJ_JWKS_UNKNOWN);
    close_made(&m);
}

static void header_and_claims__are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *header, *claims;
    } bad[] = {
        { "{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}", CLAIMS },
        { "{\"alg\":\"RS256\",\"alg\":\"RS256\"}", CLAIMS },
        { "{\"alg\":\"RS256\",\"kid\":7}", CLAIMS },
        { "{\"alg\":\"RS256\"", CLAIMS },
        { "{\"alg\":\"RS256\"}", "[1]" },
        { "{\"alg\":\"RS256\"}", "" },
        { "{\"alg\":\"RS256\"}", "{\"sub\":\"a\",\"sub\":\"b\"}" },
        { "{\"alg\":\"RS256\"}", "{\"sub\":\"\xff\"}" },
        { "{\"alg\":\"RS256\"}", "{\"sub\":\"a\"} x" },
    };
    static const char *const torn[] = { "",    ".",       "..",       "...",         "a",
                                        "a.b", "a.b.c.d", "e30.e30.", "e30=.e30.AA", "!.!.!" };
    made m;
    yj_error err = { 0 };
    yj_jwt t;
    open_made(&m);
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_buf_clear(&m.token);
        signer_token(signer_key(SIGNER_RSA, 0), "RS256", bad[i].header, bad[i].claims, &m.token);
        if (yj_jwt_read(yj_buf_view(&m.token), &t, &err) == YJ_OK)
            fail_msg("taken: %s %s", bad[i].header, bad[i].claims);
    }
    for (size_t i = 0; i < YJ_COUNT(torn); i++)
        assert_int_equal(yj_jwt_read(yj_span_of(torn[i]), &t, &err), YJ_E_INVALID);
    yj_buf_clear(&m.token);
    while (m.token.len <= YJ_JWT_BYTES_MAX)
        yj_buf_str(&m.token, "AAAAAAAAAAAAAAAA");
    assert_int_equal(yj_jwt_read(yj_buf_view(&m.token), &t, &err), YJ_E_LIMIT);
    close_made(&m);
}

/* Which key it is, is said by its name, or there is one alone; what cannot be used is passed over. */
static void set__knows_which_key(void **state)
{
    (void)state;
    made m;
    open_made(&m);
    EVP_PKEY *a = signer_key(SIGNER_RSA, 0), *b = signer_key(SIGNER_RSA, 1), *e = signer_key(SIGNER_EC, 0);
    yj_buf_str(
        &m.jwks,
        "{\"keys\":[{},7,{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"},"
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},");
    signer_jwk(a, "a", ",\"use\":\"enc\"", &m.jwks);
    yj_buf_str(&m.jwks, ",");
    signer_jwk(a, "a", ",\"alg\":\"RSA-OAEP\"", &m.jwks);
    yj_buf_str(&m.jwks, ",");
    signer_jwk(a, "a", ",\"use\":\"sig\",\"alg\":\"RS256\"", &m.jwks);
    yj_buf_str(&m.jwks, ",");
    signer_jwk(b, "b", "", &m.jwks);
    yj_buf_str(&m.jwks, ",");
    signer_jwk(e, "e", "", &m.jwks);
    yj_buf_str(&m.jwks, "]}");
    yj_auto(yj_jwks_freep) yj_jwks *keys = keys_of(m.jwks.ptr);
    assert_int_equal(yj_jwks_count(keys), 3);
    static const struct {
        const char *alg, *header;
        signer_type type;
        yj_jwks_said want;
    } rows[] = {
        { "RS256", "{\"alg\":\"RS256\",\"kid\":\"a\"}", SIGNER_RSA, YJ_JWKS_RIGHT },
        { "RS256", "{\"alg\":\"RS256\",\"kid\":\"b\"}", SIGNER_RSA, YJ_JWKS_WRONG },
        { "RS256", "{\"alg\":\"RS256\",\"kid\":\"c\"}", SIGNER_RSA, YJ_JWKS_UNKNOWN },
        { "RS256", "{\"alg\":\"RS256\"}", SIGNER_RSA, YJ_JWKS_UNKNOWN }, /* which of two is not said */
        { "PS256", "{\"alg\":\"PS256\",\"kid\":\"a\"}", SIGNER_RSA, YJ_JWKS_UNKNOWN }, /* it is for RS256 */
        { "ES256", "{\"alg\":\"ES256\"}", SIGNER_EC, YJ_JWKS_RIGHT },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_buf_clear(&m.token);
        signer_token(signer_key(rows[i].type, 0), rows[i].alg, rows[i].header, CLAIMS, &m.token);
        assert_int_equal(said_of(keys, yj_buf_view(&m.token)), rows[i].want);
    }
    close_made(&m);
}

static void set__that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[{}]}" };
    yj_error err = { 0 };
    yj_jwks *keys = NULL;
    made m;
    open_made(&m);
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_int_equal(yj_jwks_read(yj_span_of(bad[i]), &keys, &err), YJ_E_INVALID);
    yj_buf_str(&m.jwks, "{\"keys\":[{}");
    for (int i = 0; i < YJ_JWKS_MAX; i++)
        yj_buf_str(&m.jwks, ",{}");
    yj_buf_str(&m.jwks, "]}");
    assert_int_equal(yj_jwks_read(yj_buf_view(&m.jwks), &keys, &err), YJ_E_LIMIT);
    assert_null(keys);
    close_made(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm__takes_its_own_signature_only),
        cmocka_unit_test(tokens_of_the_rfcs__are_right),
        cmocka_unit_test(algorithms_without_a_key_pair__do_not_exist),
        cmocka_unit_test(header_and_claims__are_strict),
        cmocka_unit_test(set__knows_which_key),
        cmocka_unit_test(set__that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
