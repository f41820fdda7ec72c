// SPDX-License-Identifier: Apache-2.0
/* The ledger names no kind here: a record of evidence is one that names the file by its digest, a key one
 * that such a record refers to and that holds a public key. So a check needs neither packs nor a server. */
#include "cli/attest_ledger.h"
#include "ledger/ledger.h"
#include <string.h>

#define VERIFY_THREADS 4
#define SUBJECTS_MAX 200 /* as many are kept: record/signed.h */

typedef struct search {
    yj_cli *c;
    const char *file_hex;
    yj_attested *found;
    const char *ref[YJ_ATTESTED_MAX]; /* what the record refers to */
    size_t ref_count;
} search;

static const char *text_of(const json_t *body, const char *name)
{
    const json_t *v = json_object_get(body, name);
    return json_is_string(v) ? json_string_value(v) : "";
}

static bool has_text(const json_t *fields, const char *text)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)fields, name,
                        v) if (json_is_string(v) && strcmp(json_string_value(v), text) == 0) return true;
    return false;
}

static bool holds(yj_span body, const char *text)
{
    return memmem(body.ptr, body.len, text, strlen(text)) != NULL;
}

static yj_status parse(yj_span body, json_t **ret, yj_error *err)
{
    return yj_json_parse(body, YJ_JSON_BYTES_MAX, ret, err);
}

/* The record that names the file last. A withdrawn or changed one names it no more. */
static yj_status see_record(void *ctx, uint64_t seq, yj_span bytes, yj_error *err)
{
    search *s = ctx;
    bool mine = s->found->record && holds(bytes, s->found->record);
    if (!mine && !holds(bytes, s->file_hex))
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(parse(bytes, &body, err));
    json_t *fields = json_object_get(body, "fields");
    const char *id = text_of(body, "id");
    if (!json_is_object(fields) || !id[0] || (!has_text(fields, s->file_hex) && !mine))
        return YJ_OK; /* a judgement, a batch */
    if (!has_text(fields, s->file_hex) || strcmp(text_of(body, "state"), "withdrawn") == 0) {
        if (mine && strcmp(id, s->found->record) == 0)
            s->found->record = NULL;
        return YJ_OK;
    }
    s->found->record = yj_arena_strdup(s->c->arena, id);
    s->found->kind = yj_arena_strdup(s->c->arena, text_of(body, "kind"));
    s->found->seq = seq;
    json_decref(s->found->fields);
    s->found->fields = json_incref(fields);
    return yj_arena_status(s->c->arena, err);
}

static void list_refs(search *s)
{
    const char *name;
    json_t *v;
    json_object_foreach(s->found->fields, name,
                        v) if (json_is_string(v) && yj_uuid_valid(yj_span_of(json_string_value(v))) &&
                               s->ref_count < YJ_ATTESTED_MAX) s->ref[s->ref_count++] = json_string_value(v);
}

static yj_key *key_in(const json_t *fields)
{
    const char *name;
    json_t *v;
    yj_key *key = NULL;
    json_object_foreach((json_t *)(uintptr_t)fields, name,
                        v) if (json_is_string(v) && yj_key_from_text(yj_span_of(json_string_value(v)), &key,
                                                                     NULL) == YJ_OK) return key;
    return NULL;
}

/* The key that it refers to, as it stands at the end of the ledger. */
static yj_status see_key(void *ctx, uint64_t seq, yj_span bytes, yj_error *err)
{
    search *s = ctx;
    bool any = false;
    for (size_t i = 0; i < s->ref_count && !any; i++)
        any = holds(bytes, s->ref[i]);
    if (!any)
        return YJ_OK;
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(parse(bytes, &body, err));
    const char *id = text_of(body, "id");
    for (size_t i = 0; i < s->ref_count; i++) {
        yj_key *key = strcmp(id, s->ref[i]) == 0 ? key_in(json_object_get(body, "fields")) : NULL;
        if (!key)
            continue;
        yj_key_free(s->found->key);
        s->found->key = key;
        s->found->key_seq = seq;
        s->found->key_record = yj_arena_strdup(s->c->arena, id);
        s->found->key_state = yj_arena_strdup(s->c->arena, text_of(body, "state"));
    }
    return yj_arena_status(s->c->arena, err);
}

void yj_attested_done(yj_attested *a)
{
    json_decref(a->fields);
    yj_key_free(a->key);
    *a = (yj_attested){ .seq = 0 };
}

yj_status yj_attested_find(yj_cli *c, const char *folder, const char *vkey, const char *file_hex,
                           yj_attested *ret, yj_error *err)
{
    yj_verify_report r = { .size = 0 };
    search s = { .c = c, .file_hex = file_hex, .found = ret };
    *ret = (yj_attested){ .seq = 0 };
    YJ_TRY(yj_ledger_verify_folder(folder, vkey, VERIFY_THREADS, &r, err));
    ret->pinned = vkey && r.pinned;
    YJ_TRY(yj_ledger_folder_bodies(folder, r.proven, see_record, &s, err));
    if (!ret->record)
        return yj_fail(err, YJ_E_NOT_FOUND, "no record in the ledger names this file");
    list_refs(&s);
    YJ_TRY(yj_ledger_folder_bodies(folder, r.proven, see_key, &s, err));
    if (!ret->key)
        return yj_fail(
            err, YJ_E_NOT_FOUND,
            "entry %llu of the ledger names this file and no key: its signature was not found right",
            (unsigned long long)ret->seq);
    return YJ_OK;
}

static bool kept(const json_t *fields, const char *hex)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)fields, name,
                        v) for (size_t i = 0; json_is_array(v) && i < json_array_size(v);
                                i++) if (json_is_string(json_array_get(v, i)) &&
                                         strcmp(json_string_value(json_array_get(v, i)), hex) ==
                                             0) return true;
    return false;
}

yj_status yj_attested_agrees(const yj_attested *a, const yj_statement *s, yj_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        for (size_t d = 0; d < s->subject[i].digests && n < SUBJECTS_MAX; d++, n++)
            if (!kept(a->fields, s->subject[i].digest[d].hex))
                return yj_fail(err, YJ_E_CORRUPT,
                               "entry %llu of the ledger does not say what the statement is about",
                               (unsigned long long)a->seq);
    return YJ_OK;
}
