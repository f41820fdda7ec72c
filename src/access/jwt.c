// SPDX-License-Identifier: Apache-2.0
#include "access/jwt.h"

#include <sodium.h>

static yj_status no_token(yj_error *err)
{
    return yj_fail(err, YJ_E_INVALID, "that is no signed token");
}

/* Base64url without padding; into memory of its own, since what a token holds may be long. */
static yj_status decode(yj_span part, yj_buf *out, yj_error *err)
{
    size_t len = 0;
    char *room = part.len ? yj_buf_room(out, part.len) : NULL;
    YJ_TRY(yj_buf_status(out, err));
    if (!room || sodium_base642bin((uint8_t *)room, part.len, part.ptr, part.len, NULL, &len, NULL,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return no_token(err);
    out->len += len;
    out->ptr[out->len] = '\0';
    return YJ_OK;
}

static yj_status decode_object(yj_span part, size_t max, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_buf_init(&b, part.len + 1);
    YJ_TRY(decode(part, &b, err));
    yj_status s = yj_json_parse(yj_buf_view(&b), max, &v, err);
    if (s == YJ_E_NOMEM)
        return s;
    if (s != YJ_OK || !json_is_object(v))
        return no_token(err);
    *ret = yj_take(v);
    return YJ_OK;
}

static yj_status read_header(yj_span part, yj_jwt *t, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    YJ_TRY(decode_object(part, YJ_JWT_HEADER_MAX, &v, err));
    const json_t *alg = json_object_get(v, "alg"), *kid = json_object_get(v, "kid");
    if (!json_is_string(alg) || (kid && !json_is_string(kid)))
        return no_token(err);
    if (!yj_jwt_alg_by_name((yj_span){ json_string_value(alg), json_string_length(alg) }, &t->alg))
        return yj_fail(err, YJ_E_INVALID, "the token is signed in a way that is not taken here");
    if (json_object_get(v, "crit"))
        return yj_fail(err, YJ_E_INVALID, "the token wants something understood that is not known here");
    size_t len = json_string_length(kid);
    if (len > YJ_KID_MAX)
        return no_token(err);
    memcpy(t->kid, len ? json_string_value(kid) : "", len);
    return YJ_OK;
}

static yj_status read_parts(yj_span token, yj_jwt *t, yj_error *err)
{
    const char *dot = token.len ? memchr(token.ptr, '.', token.len) : NULL;
    const char *last = token.len ? memrchr(token.ptr, '.', token.len) : NULL;
    if (!dot || dot == last)
        return no_token(err);
    yj_span header = { token.ptr, (size_t)(dot - token.ptr) }, claims = { dot + 1, (size_t)(last - dot) - 1 };
    yj_span signature = { last + 1, (size_t)(token.ptr + token.len - last) - 1 };
    YJ_TRY(read_header(header, t, err));
    if (signature.len == 0 ||
        sodium_base642bin(t->signature, sizeof t->signature, signature.ptr, signature.len, NULL,
                          &t->signature_len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return no_token(err);
    t->signed_part = (yj_span){ token.ptr, (size_t)(last - token.ptr) };
    return decode_object(claims, YJ_JWT_BYTES_MAX, &t->claims, err);
}

yj_status yj_jwt_read(yj_span token, yj_jwt *ret, yj_error *err)
{
    yj_jwt t = { .claims = NULL };
    if (token.len > YJ_JWT_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a signed token is longer than %zu bytes", YJ_JWT_BYTES_MAX);
    YJ_TRY(read_parts(token, &t, err));
    *ret = t;
    return YJ_OK;
}

void yj_jwt_done(yj_jwt *t)
{
    json_decref(t->claims);
    t->claims = NULL;
}

yj_jwks_said yj_jwt_verify(const yj_jwt *t, const yj_jwks *keys)
{
    return yj_jwks_verify(keys, t->alg, yj_span_of(t->kid), t->signed_part,
                          (yj_span){ (const char *)t->signature, t->signature_len });
}
