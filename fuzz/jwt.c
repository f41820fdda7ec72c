// SPDX-License-Identifier: Apache-2.0
/* Signed tokens and sets of keys, whatever the bytes: a token that is read is of one form, and none is right
 * but the one that was signed. The input is a set of keys and a token with a newline between them; without
 * one it is a token for the set below. */
#include "fuzz.h"

#include "access/jwt.h"
#include "access/local_path.h"
#include "access/oidc.h"

/* RFC 8037, appendix A: a public key of which nobody here has the other half. */
static const char own[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
                          "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static void check_claims(const json_t *claims)
{
    static const yj_oidc_settings settings = { .issuer = "https://id.example", .client_id = "yunjian" };
    static const yj_oidc_expected e = {
        .settings = &settings, .nonce = "n", .now_ns = INT64_C(1700000100) * 1000000000, .begun_ns = 0
    };
    yj_proved who = { .subject = "untouched" };
    yj_error err;
    yj_status s = yj_oidc_claims(claims, &e, &who, &err);
    if (s == YJ_OK) {
        assert(yj_subject_valid(yj_span_of(who.subject)));
        assert(yj_utf8_valid(yj_span_of(who.name)) && !strpbrk(who.name, "\r\n\x1b"));
        assert(yj_utf8_valid(yj_span_of(who.amr)));
        assert(!who.second);
    } else {
        assert(s == YJ_E_FORBIDDEN && err.msg_zh[0] && strcmp(who.subject, "untouched") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span all = { (const char *)data, size }, set = yj_span_of(own), token = all;
    const char *line = size ? memchr(all.ptr, '\n', all.len) : NULL;
    yj_jwks *keys = NULL;
    yj_jwt t;
    yj_error err;
    if (line) {
        set = (yj_span){ all.ptr, (size_t)(line - all.ptr) };
        token = (yj_span){ line + 1, all.len - set.len - 1 };
    }
    yj_status s = yj_jwks_read(set, &keys, &err);
    assert(s == YJ_OK || s == YJ_E_INVALID || s == YJ_E_LIMIT);
    assert(s != YJ_OK || (yj_jwks_count(keys) >= 1 && yj_jwks_count(keys) <= YJ_JWKS_MAX));
    if (yj_jwt_read(token, &t, &err) == YJ_OK) {
        assert(json_is_object(t.claims) && t.signature_len >= 1 && t.signature_len <= sizeof t.signature);
        assert(t.signed_part.ptr == token.ptr && t.signed_part.len < token.len);
        assert(token.ptr[t.signed_part.len] == '.');
        if (keys && !line)
            assert(yj_jwt_verify(&t, keys) != YJ_JWKS_RIGHT);
        else if (keys)
            (void)yj_jwt_verify(&t, keys);
        check_claims(t.claims);
        yj_jwt_done(&t);
    }
    yj_jwks_free(keys);
    /* and what stands in a Location header is one line that begins with one slash */
    if (yj_local_path_valid(all)) {
        assert(all.ptr[0] == '/' && (all.len == 1 || (all.ptr[1] != '/' && all.ptr[1] != '\\')));
        for (size_t i = 0; i < all.len; i++)
            assert(all.ptr[i] > ' ' && all.ptr[i] < 0x7f);
    }
    return 0;
}
