// SPDX-License-Identifier: Apache-2.0
#include "pack/catalog.h"
#include "pack/load.h"

yj_catalog *yj_catalog_new(size_t max_bytes)
{
    yj_arena *a = yj_arena_new(max_bytes);
    if (!a)
        return NULL;
    yj_catalog *c = yj_arena_new_of(a, yj_catalog);
    c->arena = a;
    c->refs = 1;
    c->risk_acceptance.kind = c->remediation.kind = -1;
    return c;
}

yj_catalog *yj_catalog_ref(yj_catalog *c)
{
    __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
    return c;
}

void yj_catalog_unref(yj_catalog *c)
{
    if (c && __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0)
        yj_arena_free(c->arena);
}

const yj_kind *yj_catalog_kind(const yj_catalog *c, yj_span name)
{
    for (size_t i = 0; i < c->kind_count; i++) {
        if (yj_span_is(name, c->kinds[i].name))
            return &c->kinds[i];
    }
    return NULL;
}

/* Bytes of a span against a NUL-terminated text. */
static int compare_span(yj_span a, const char *b)
{
    size_t n = strlen(b), least = a.len < n ? a.len : n;
    int c = least ? memcmp(a.ptr, b, least) : 0;
    return c ? c : (a.len > n) - (a.len < n);
}

const yj_requirement *yj_catalog_requirement(const yj_catalog *c, yj_span id)
{
    size_t low = 0, high = c->requirement_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const yj_requirement *q = &c->requirements[c->requirements_by_id[mid]];
        int order = compare_span(id, q->id);
        if (order == 0)
            return q;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const yj_field *yj_kind_field(const yj_kind *k, yj_span name)
{
    for (size_t i = 0; i < k->field_count; i++) {
        if (yj_span_is(name, k->fields[i].name))
            return &k->fields[i];
    }
    return NULL;
}

int yj_kind_state(const yj_kind *k, yj_span id)
{
    for (size_t i = 0; i < k->state_count; i++) {
        if (yj_span_is(id, k->states[i].id))
            return (int)i;
    }
    return -1;
}

int yj_kind_transition(const yj_kind *k, yj_span id)
{
    for (size_t i = 0; i < k->transition_count; i++) {
        if (yj_span_is(id, k->transitions[i].id))
            return (int)i;
    }
    return -1;
}

const yj_option *yj_field_option(const yj_field *f, yj_span id)
{
    for (size_t i = 0; i < f->option_count; i++) {
        if (yj_span_is(id, f->options[i].id))
            return &f->options[i];
    }
    return NULL;
}

bool yj_clause_below(const char *clause, const char *under)
{
    size_t n = strlen(under);
    return strncmp(clause, under, n) == 0 && (clause[n] == '\0' || clause[n] == '.');
}

const yj_kind *yj_catalog_kind_called(const yj_catalog *c, const char *text)
{
    const yj_kind *k = yj_catalog_kind(c, yj_span_of(text));
    for (size_t i = 0; !k && i < c->kind_count; i++)
        for (int lang = 0; lang < YJ_LANG_COUNT_; lang++)
            if (c->kinds[i].label.in[lang] && strcmp(c->kinds[i].label.in[lang], text) == 0)
                k = &c->kinds[i];
    return k;
}

const yj_kind *yj_field_target(const yj_catalog *c, const yj_kind *k, const yj_field *f, const json_t *fields)
{
    if (f->ref_kind >= 0)
        return &c->kinds[f->ref_kind];
    if (f->kind_from < 0)
        return NULL;
    const char *name = json_string_value(json_object_get(fields, k->fields[f->kind_from].name));
    return name ? yj_catalog_kind_called(c, name) : NULL;
}

unsigned yj_kind_index_place(const yj_kind *k, size_t field)
{
    if (k->key_count == 0 || k->fields[k->key[0]].type != YJ_T_REF)
        return 0;
    for (size_t i = 0; i < k->key_count && (i == 0 || k->fields[k->key[i]].type == YJ_T_CHOICE); i++)
        if ((size_t)k->key[i] == field)
            return (unsigned)i + 1;
    return 0;
}

const yj_field *yj_kind_key_any(const yj_kind *k)
{
    for (size_t i = 0; i < k->key_count; i++)
        if (k->fields[k->key[i]].kind_from >= 0)
            return &k->fields[k->key[i]];
    return NULL;
}
