// SPDX-License-Identifier: Apache-2.0
/* Is what came out what the case expects? */
#include "record/case_internal.h"

#include <stdlib.h>

const yj_verdict *yj_case_verdict(const yj_judgement *j, int requirement, const char *subject)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->changes[i].requirement == requirement && strcmp(j->changes[i].subject, subject) == 0)
            return &j->changes[i];
    return NULL;
}

#define MARK "\xe2\x81\xa3" /* U+2063, invisible separator */

const char *yj_case_numbered(yj_case_runner *r, const char *text)
{
    return r->number ? yj_arena_fmt(r->a, "%s" MARK "%u" MARK, text, r->number) : text;
}

/* The text without what yj_case_numbered() put in. */
static const char *unnumbered(yj_arena *a, const char *text)
{
    const char *from, *to;
    while (text && (from = strstr(text, MARK)) && (to = strstr(from + strlen(MARK), MARK)))
        text = yj_arena_fmt(a, "%.*s%s", (int)(from - text), text, to + strlen(MARK));
    return text;
}

/* As a sentence would show them: "a, b"; a NULL as "~". */
static void join_texts(yj_arena *a, const json_t *list, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < json_array_size(list) && n < size; i++) {
        const char *text = unnumbered(a, json_string_value(json_array_get(list, i)));
        int k = snprintf(out + n, size - n, "%s%s", i ? ", " : "", text ? text : "~");
        n += k > 0 ? (size_t)k : 0;
    }
}

static bool same_texts(yj_arena *a, const yj_case_value *want, const json_t *list)
{
    if (json_array_size(list) != want->count)
        return false;
    for (size_t i = 0; i < want->count; i++) {
        const char *text = unnumbered(a, json_string_value(json_array_get(list, i)));
        if (!text || !want->texts[i] ? text != want->texts[i] : strcmp(text, want->texts[i]) != 0)
            return false;
    }
    return true;
}

static yj_status check_values(yj_case_runner *r, const yj_case_expect *e, const yj_verdict *v)
{
    yj_error err;
    yj_auto(yj_json_freep) json_t *values = NULL;
    if (!e->value_count)
        return YJ_OK;
    if (yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, &err) != YJ_OK)
        return yj_case_problem(r, "%s: its values cannot be read", e->subject);
    for (size_t i = 0; i < e->value_count; i++) {
        const yj_case_value *want = &e->values[i];
        const json_t *list = json_object_get(values, want->name);
        if (list && same_texts(r->a, want, list))
            continue;
        char came[160];
        join_texts(r->a, list, came, sizeof came);
        if (list)
            return yj_case_problem(r, "%s: the value %s came out as %s", e->subject, want->name, came);
        return yj_case_problem(r, "%s: the sentence of %s shows no value %s", e->subject, v->code,
                               want->name);
    }
    return YJ_OK;
}

/* What proves it must be a record of this case, of the kind that the rule says: an id of another kind would
 * lead a reader nowhere. */
static yj_status check_proof(yj_case_runner *r, const yj_case_expect *e, const char *kind, const char *id)
{
    if (strcmp(id, r->me) == 0 && strcmp(kind, "person") == 0)
        return YJ_OK;
    for (size_t i = 0; i < r->k->record_count; i++)
        if (strcmp(r->ids[i], id) == 0 && strcmp(r->c->kinds[r->k->records[i].kind].name, kind) == 0)
            return YJ_OK;
    return yj_case_problem(r, "%s: proved by a record of kind %s that the case does not have", e->subject,
                           kind);
}

static bool is_proof(const json_t *proofs, const char *id)
{
    for (size_t i = 0; id && i < json_array_size(proofs); i++)
        if (strcmp(json_string_value(json_array_get(json_array_get(proofs, i), 1)), id) == 0)
            return true;
    return false;
}

static yj_status check_proofs(yj_case_runner *r, const yj_case_expect *e, const yj_verdict *v)
{
    yj_error err;
    yj_auto(yj_json_freep) json_t *proofs = NULL;
    if (yj_json_parse(yj_span_of(v->proofs), YJ_BODY_BYTES_MAX, &proofs, &err) != YJ_OK)
        return yj_case_problem(r, "%s: its proofs cannot be read", e->subject);
    size_t count = json_array_size(proofs);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(proofs, i);
        YJ_TRY(check_proof(r, e, json_string_value(json_array_get(one, 0)),
                           json_string_value(json_array_get(one, 1))));
    }
    if (!e->proofs)
        return YJ_OK;
    for (size_t i = 0; i < e->proof_count; i++)
        if (!is_proof(proofs, yj_case_id(r, e->proofs[i])))
            return yj_case_problem(r, "%s: %s should prove it, but does not", e->subject, e->proofs[i]);
    if (count != e->proof_count)
        return yj_case_problem(r, "%s: expected %zu proofs, came out %zu", e->subject, e->proof_count, count);
    return YJ_OK;
}

static yj_status check_expect(yj_case_runner *r, const yj_case_expect *e, const yj_judgement *j)
{
    const char *id = yj_case_id(r, e->subject);
    const yj_verdict *v = id ? yj_case_verdict(j, r->k->requirement, id) : NULL;
    if (!v)
        return yj_case_problem(r, "%s: no verdict for that subject", e->subject);
    if (strcmp(yj_verdict_name(v->status), e->status) != 0)
        return yj_case_problem(r, "%s: expected %s, came out %s (%s)", e->subject, e->status,
                               yj_verdict_name(v->status), v->code);
    if (e->reason && strcmp(v->code, e->reason) != 0)
        return yj_case_problem(r, "%s: expected reason %s, came out %s", e->subject, e->reason, v->code);
    if (e->due && strcmp(v->due ? v->due : "", e->due) != 0)
        return yj_case_problem(r, "%s: expected due %s, came out %s", e->subject, e->due[0] ? e->due : "none",
                               v->due ? v->due : "none");
    if (e->strength >= 0 && v->strength != e->strength)
        return yj_case_problem(r, "%s: expected strength %d, came out %d", e->subject, e->strength,
                               v->strength);
    YJ_TRY(check_proofs(r, e, v));
    return check_values(r, e, v);
}

yj_status yj_case_hold(yj_case_runner *r, const yj_judgement *j)
{
    for (size_t i = 0; i < r->k->expect_count; i++)
        YJ_TRY(check_expect(r, &r->k->expects[i], j));
    return YJ_OK;
}

/* --- a case's outcome as a text --------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted anew: the numbers may have come into the way. */
static void write_list(yj_case_runner *r, const json_t *list, yj_buf *out)
{
    size_t n = json_array_size(list);
    const char **texts = yj_arena_array(r->a, n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        const char *text = unnumbered(r->a, json_string_value(json_array_get(list, i)));
        texts[i] = text ? text : "~";
    }
    if (n)
        qsort(texts, n, sizeof *texts, by_bytes);
    for (size_t i = 0; i < n; i++) {
        yj_buf_str(out, i ? ", " : " ");
        yj_buf_str(out, texts[i]);
    }
}

static const char *ref_of(const yj_case_runner *r, const char *id)
{
    for (size_t i = 0; i < r->k->record_count; i++)
        if (strcmp(r->ids[i], id) == 0)
            return r->k->records[i].ref;
    return strcmp(id, r->me) == 0 ? "me" : id;
}

static yj_status write_verdict(yj_case_runner *r, const yj_verdict *v, yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *values = NULL, *proofs = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, err));
    YJ_TRY(yj_json_parse(yj_span_of(v->proofs), YJ_BODY_BYTES_MAX, &proofs, err));
    yj_buf_fmt(out, "%s (%s) until %s, strength %d", yj_verdict_name(v->status), v->code,
               v->due ? v->due : "-", v->strength);
    const char *name = NULL;
    json_t *list = NULL;
    json_object_foreach(values, name, list)
    {
        yj_buf_fmt(out, ", %s", name);
        write_list(r, list, out);
    }
    for (size_t i = 0; i < json_array_size(proofs); i++)
        yj_buf_fmt(out, "%s%s", i ? ", " : ", by ",
                   ref_of(r, json_string_value(json_array_get(json_array_get(proofs, i), 1))));
    return YJ_OK;
}

yj_status yj_case_outcome(yj_case_runner *r, const yj_judgement *j, const char **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_BODY_BYTES_MAX);
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < r->k->expect_count; i++) {
        const char *id = yj_case_id(r, r->k->expects[i].subject);
        const yj_verdict *v = id ? yj_case_verdict(j, r->k->requirement, id) : NULL;
        yj_buf_fmt(&out, "%s%s: ", i ? "; " : "", r->k->expects[i].subject);
        if (v)
            s = write_verdict(r, v, &out, err);
    }
    YJ_TRY(s);
    YJ_TRY(yj_buf_status(&out, err));
    *ret = yj_arena_strdup(r->a, out.ptr);
    return yj_arena_status(r->a, err);
}
