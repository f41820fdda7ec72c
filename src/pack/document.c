// SPDX-License-Identifier: Apache-2.0
#include "pack/document.h"

#define PATH_BYTES_MAX 250

static bool path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static bool take(yj_span *rest, const char *what)
{
    size_t n = strlen(what);
    if (rest->len < n || memcmp(rest->ptr, what, n) != 0)
        return false;
    rest->ptr += n;
    rest->len -= n;
    return true;
}

static bool take_placeholder(yj_span *rest, yj_document_part *ret)
{
    size_t n = 0;
    while (n < rest->len && path_char(rest->ptr[n]))
        n++;
    if (n == 0 || n > PATH_BYTES_MAX)
        return false;
    ret->placeholder = true;
    ret->text = (yj_span){ rest->ptr, n };
    rest->ptr += n;
    rest->len -= n;
    ret->clock = take(rest, "|clock");
    return take(rest, "}");
}

bool yj_document_next(yj_span *rest, yj_document_part *ret, const char **ret_fault)
{
    *ret = (yj_document_part){ .placeholder = false };
    if (rest->len == 0)
        return false;
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '{' && rest->ptr[n] != '}')
        n++;
    if (n > 0) {
        ret->text = (yj_span){ rest->ptr, n };
        rest->ptr += n;
        rest->len -= n;
        return true;
    }
    if (take(rest, "{") && take_placeholder(rest, ret))
        return true;
    *ret_fault = rest->ptr;
    return false;
}

/* The name up to the next dot; *ret_last if there is none behind it. False if it is empty. */
static bool take_name(yj_span *path, yj_span *ret, bool *ret_last)
{
    size_t n = 0;
    while (n < path->len && path->ptr[n] != '.')
        n++;
    *ret = (yj_span){ path->ptr, n };
    *ret_last = n == path->len;
    size_t used = *ret_last ? n : n + 1;
    path->ptr += used;
    path->len -= used;
    return n > 0;
}

bool yj_document_resolve(const yj_catalog *c, int kind, yj_span path, yj_document_target *ret)
{
    yj_document_target t = { .what = YJ_DOCUMENT_FIELD, .kind = kind, .field = -1 };
    yj_span name;
    bool last = false;
    for (bool first = true; take_name(&path, &name, &last); first = false) {
        const yj_kind *k = &c->kinds[t.kind];
        const yj_field *f = yj_kind_field(k, name);
        if (first && last && !f && yj_span_is(name, "today")) {
            *ret = (yj_document_target){ .what = YJ_DOCUMENT_TODAY, .kind = -1, .field = -1 };
            return true;
        }
        if (first && !last && !f && yj_span_is(name, "institution")) {
            const yj_kind *own = yj_catalog_kind(c, YJ_SPAN("institution"));
            if (!own)
                return false;
            t.institution = true;
            t.kind = own->index;
            continue;
        }
        if (last && !f && yj_span_is(name, "state")) {
            t.what = YJ_DOCUMENT_STATE;
            *ret = t;
            return true;
        }
        if (!f)
            return false;
        if (last) {
            t.field = (int)(f - k->fields);
            *ret = t;
            return true;
        }
        if (f->type != YJ_T_REF || f->list || f->ref_kind < 0 || t.step_count == YJ_DOCUMENT_STEPS_MAX)
            return false;
        t.steps[t.step_count++] = (int)(f - k->fields);
        t.kind = f->ref_kind;
    }
    return false;
}

const yj_document *yj_catalog_document(const yj_catalog *c, yj_span name)
{
    for (size_t i = 0; i < c->document_count; i++)
        if (yj_span_is(name, c->documents[i].name))
            return &c->documents[i];
    return NULL;
}
