// SPDX-License-Identifier: Apache-2.0
#include "instrument/attest/dsse.h"

/* Room for the longest payload, its type and the lengths. */
#define PAE_BYTES_MAX (YJ_DSSE_BYTES_MAX + 1024)

void yj_dsse_pae(yj_span type, yj_span payload, yj_buf *out)
{
    yj_buf_fmt(out, "DSSEv1 %zu ", type.len);
    yj_buf_span(out, type);
    yj_buf_fmt(out, " %zu ", payload.len);
    yj_buf_span(out, payload);
}

yj_status yj_dsse_sign(const yj_key *key, yj_span type, yj_span payload, yj_buf *out, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf pae;
    uint8_t sig[YJ_SIG_MAX];
    size_t sig_len = 0, before = out->len;
    char id[2 * YJ_HASH_LEN + 1];
    yj_buf_init(&pae, PAE_BYTES_MAX);
    yj_dsse_pae(type, payload, &pae);
    YJ_TRY(yj_buf_status(&pae, err));
    YJ_TRY(yj_sign(key, yj_buf_view(&pae), sig, &sig_len, err));
    yj_key_id(key, id);
    yj_buf_str(out, "{\"payload\":\"");
    yj_buf_base64(out, payload.ptr, payload.len);
    yj_buf_str(out, "\",\"payloadType\":");
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_span(&w, type);
    yj_buf_fmt(out, ",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", id);
    yj_buf_base64(out, sig, sig_len);
    yj_buf_str(out, "\"}]}\n");
    YJ_TRY(yj_buf_status(out, err));
    if (out->len - before > YJ_DSSE_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the statement is too long for an envelope");
    return YJ_OK;
}

/* A member that is a text of at most `max` bytes. */
static yj_status text_of(const json_t *object, const char *name, size_t max, yj_span *ret, yj_error *err)
{
    const json_t *v = json_object_get(object, name);
    if (!json_is_string(v))
        return yj_fail(err, YJ_E_INVALID, "\"%s\" is missing or no text", name);
    if (json_string_length(v) > max)
        return yj_fail(err, YJ_E_LIMIT, "\"%s\" is longer than %zu bytes", name, max);
    *ret = (yj_span){ json_string_value(v), json_string_length(v) };
    return YJ_OK;
}

static yj_status copy(yj_arena *a, yj_span *s, yj_error *err)
{
    s->ptr = yj_arena_strndup(a, s->len ? s->ptr : "", s->len);
    return yj_arena_status(a, err);
}

static yj_status decoded(const json_t *object, const char *name, size_t max, yj_arena *a, yj_span *ret,
                         yj_error *err)
{
    yj_span text;
    YJ_TRY(text_of(object, name, max / 3 * 4 + 4, &text, err));
    size_t cap = text.len / 4 * 3 + 3, len = 0;
    uint8_t *bytes = yj_arena_alloc(a, cap);
    YJ_TRY(yj_arena_status(a, err));
    if (!yj_base64_decode(text, bytes, cap, &len))
        return yj_fail(err, YJ_E_INVALID, "\"%s\" is not standard base64", name);
    if (len > max)
        return yj_fail(err, YJ_E_LIMIT, "\"%s\" is longer than %zu bytes", name, max);
    *ret = (yj_span){ (const char *)bytes, len };
    return YJ_OK;
}

static yj_status parse_signature(const json_t *v, size_t i, yj_arena *a, yj_dsse *d, yj_error *err)
{
    if (!json_is_object(v))
        return yj_fail(err, YJ_E_INVALID, "a signature is an object");
    if (json_object_get(v, "keyid")) {
        YJ_TRY(text_of(v, "keyid", YJ_DSSE_NAME_MAX, &d->sig[i].keyid, err));
        YJ_TRY(copy(a, &d->sig[i].keyid, err));
    }
    YJ_TRY(decoded(v, "sig", YJ_SIG_MAX, a, &d->sig[i].signature, err));
    if (d->sig[i].signature.len == 0)
        return yj_fail(err, YJ_E_INVALID, "a signature is empty");
    for (size_t k = 0; k < i; k++)
        if (yj_span_eq(d->sig[k].signature, d->sig[i].signature))
            return yj_fail(err, YJ_E_INVALID, "a signature stands there twice");
    return YJ_OK;
}

static yj_status parse(const json_t *v, yj_arena *a, yj_dsse *d, yj_error *err)
{
    if (!json_is_object(v))
        return yj_fail(err, YJ_E_INVALID, "an envelope is an object");
    YJ_TRY(text_of(v, "payloadType", YJ_DSSE_NAME_MAX, &d->type, err));
    YJ_TRY(copy(a, &d->type, err));
    YJ_TRY(decoded(v, "payload", YJ_DSSE_BYTES_MAX, a, &d->payload, err));
    const json_t *sigs = json_object_get(v, "signatures");
    d->count = json_array_size(sigs);
    if (d->count == 0)
        return yj_fail(err, YJ_E_INVALID, "the envelope has no signature");
    if (d->count > YJ_DSSE_SIGNATURES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d signatures", YJ_DSSE_SIGNATURES_MAX);
    for (size_t i = 0; i < d->count; i++) {
        yj_status s = parse_signature(json_array_get(sigs, i), i, a, d, err);
        if (s != YJ_OK) {
            yj_ignore(yj_error_at(err, "signatures[%zu]", i));
            return s;
        }
    }
    return YJ_OK;
}

yj_status yj_dsse_parse(yj_span bytes, yj_arena *a, yj_dsse *ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_dsse d = { .count = 0 };
    YJ_TRY(yj_json_parse(bytes, YJ_DSSE_BYTES_MAX, &v, err));
    YJ_TRY(parse(v, a, &d, err));
    *ret = d;
    return YJ_OK;
}

yj_status yj_dsse_verify(const yj_dsse *d, const yj_key *key, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf pae;
    yj_buf_init(&pae, PAE_BYTES_MAX);
    yj_dsse_pae(d->type, d->payload, &pae);
    YJ_TRY(yj_buf_status(&pae, err));
    for (size_t i = 0; i < d->count; i++)
        if (yj_verify(key, yj_buf_view(&pae), d->sig[i].signature))
            return YJ_OK;
    return yj_fail(err, YJ_E_CORRUPT, "no signature of this key is on it, or it was changed since");
}
