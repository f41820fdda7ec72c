// SPDX-License-Identifier: Apache-2.0
#include "instrument/attest/statement.h"

static const struct {
    const char *name;
    size_t hex;
} known[] = { { "sha256", 64 }, { "sha512", 128 }, { "sm3", 64 } };

/* Digests are lower-case hex: two spellings of one would be two subjects to whoever compares texts. */
static yj_status check_digest(const char *alg, yj_span hex, yj_error *err)
{
    size_t n = hex.len;
    bool fine = n >= 16 && n <= 128 && n % 2 == 0;
    for (size_t i = 0; fine && i < n; i++)
        fine = (hex.ptr[i] >= '0' && hex.ptr[i] <= '9') || (hex.ptr[i] >= 'a' && hex.ptr[i] <= 'f');
    for (size_t i = 0; i < YJ_COUNT(known); i++)
        fine = fine && (strcmp(known[i].name, alg) != 0 || n == known[i].hex);
    return fine ? YJ_OK : yj_fail(err, YJ_E_INVALID, "a digest is lower-case hex of the algorithm's length");
}

static yj_status parse_digests(const json_t *v, yj_subject *s, yj_error *err)
{
    const char *alg;
    json_t *hex;
    if (!json_is_object(v) || json_object_size(v) == 0)
        return yj_fail(err, YJ_E_INVALID, "a subject needs a digest");
    if (json_object_size(v) > YJ_STATEMENT_DIGESTS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a subject has more than %d digests", YJ_STATEMENT_DIGESTS_MAX);
    /* jansson iterates over objects through a pointer that is not const */
    json_object_foreach((json_t *)(uintptr_t)v, alg, hex)
    {
        if (!json_is_string(hex) || alg[0] == '\0' || strlen(alg) > 64)
            return yj_fail(err, YJ_E_INVALID, "a digest is lower-case hex of the algorithm's length");
        YJ_TRY(check_digest(alg, (yj_span){ json_string_value(hex), json_string_length(hex) }, err));
        s->digest[s->digests].alg = alg;
        s->digest[s->digests++].hex = json_string_value(hex);
    }
    return YJ_OK;
}

static yj_status parse_subject(const json_t *v, yj_subject *s, yj_error *err)
{
    const json_t *name = json_object_get(v, "name");
    if (!json_is_object(v) || !json_is_string(name) || json_string_length(name) == 0)
        return yj_fail(err, YJ_E_INVALID, "a subject is an object with a name");
    if (json_string_length(name) > YJ_STATEMENT_NAME_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a subject's name is longer than %d bytes", YJ_STATEMENT_NAME_MAX);
    s->name = json_string_value(name);
    return parse_digests(json_object_get(v, "digest"), s, err);
}

static yj_status parse_tree(json_t *v, yj_arena *a, yj_statement *ret, yj_error *err)
{
    const json_t *type = json_object_get(v, "_type"), *of = json_object_get(v, "predicateType");
    const json_t *subject = json_object_get(v, "subject"), *predicate = json_object_get(v, "predicate");
    if (!json_is_object(v) || !json_is_string(type) ||
        strcmp(json_string_value(type), YJ_STATEMENT_TYPE) != 0)
        return yj_fail(err, YJ_E_INVALID, "it is no in-toto statement of version 1");
    if (!json_is_string(of) || json_string_length(of) == 0 || json_string_length(of) > YJ_DSSE_NAME_MAX)
        return yj_fail(err, YJ_E_INVALID, "the statement's predicate has no type");
    if (predicate && !json_is_object(predicate))
        return yj_fail(err, YJ_E_INVALID, "a predicate is an object");
    size_t n = json_array_size(subject);
    if (n == 0)
        return yj_fail(err, YJ_E_INVALID, "the statement has no subject");
    if (n > YJ_STATEMENT_SUBJECTS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d subjects", YJ_STATEMENT_SUBJECTS_MAX);
    yj_subject *rows = yj_arena_array(a, n, sizeof *rows);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < n; i++) {
        yj_status s = parse_subject(json_array_get(subject, i), &rows[i], err);
        if (s != YJ_OK) {
            yj_ignore(yj_error_at(err, "subject[%zu]", i));
            return s;
        }
    }
    *ret = (yj_statement){ rows, n, json_string_value(of), predicate, json_incref(v) };
    return YJ_OK;
}

yj_status yj_statement_parse(const yj_dsse *d, yj_arena *a, yj_statement *ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_auto(yj_buf_done) yj_buf canonical;
    yj_buf_init(&canonical, YJ_DSSE_BYTES_MAX + 1);
    if (!yj_span_is(d->type, YJ_STATEMENT_PAYLOAD))
        return yj_fail(err, YJ_E_INVALID, "the envelope does not hold an in-toto statement");
    YJ_TRY(yj_json_parse(d->payload, YJ_DSSE_BYTES_MAX, &v, err));
    YJ_TRY(yj_json_canonical(v, &canonical, err));
    YJ_TRY(yj_buf_status(&canonical, err));
    if (!yj_span_eq(yj_buf_view(&canonical), d->payload))
        return yj_fail(err, YJ_E_INVALID, "the statement is not written in the canonical form");
    return parse_tree(v, a, ret, err);
}

void yj_statement_done(yj_statement *s)
{
    json_decref(s->tree);
    *s = (yj_statement){ .count = 0 };
}

static json_t *subjects_json(const yj_subject *subject, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *digests = json_object();
        for (size_t k = 0; k < subject[i].digests; k++)
            json_object_set_new(digests, subject[i].digest[k].alg, json_string(subject[i].digest[k].hex));
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", subject[i].name, "digest", digests));
    }
    return list;
}

yj_status yj_statement_sign(const yj_key *key, const yj_subject *subject, size_t count,
                            const char *predicate_type, const json_t *predicate, yj_buf *out, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf payload;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4 * YJ_DSSE_BYTES_MAX);
    yj_buf_init(&payload, YJ_DSSE_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_auto(yj_json_freep) json_t *v =
        json_pack("{s:s, s:s, s:o, s:O}", "_type", YJ_STATEMENT_TYPE, "predicateType", predicate_type,
                  "subject", subjects_json(subject, count), "predicate", predicate);
    if (!v)
        return yj_fail(err, YJ_E_INVALID, "the statement cannot be written: a name is not valid UTF-8");
    YJ_TRY(yj_json_canonical(v, &payload, err));
    YJ_TRY(yj_buf_status(&payload, err));
    yj_statement own = { .count = 0 }; /* nothing is signed that would be refused */
    yj_dsse d = { .type = YJ_SPAN(YJ_STATEMENT_PAYLOAD), .payload = yj_buf_view(&payload) };
    YJ_TRY(yj_statement_parse(&d, a, &own, err));
    yj_statement_done(&own);
    return yj_dsse_sign(key, d.type, d.payload, out, err);
}
