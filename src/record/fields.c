// SPDX-License-Identifier: Apache-2.0
/* Field values: are they of their type and within limits? Conversions between JSON and columns. */
#include "record/internal.h"
#include "store/id_key.h"

#include <stdlib.h>

static yj_span text_of(const json_t *v)
{
    return (yj_span){ json_string_value(v), json_string_length(v) };
}

static bool one_line(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return true;
}

static bool many_lines(yj_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char ch = (unsigned char)s.ptr[i];
        if ((ch < 0x20 && ch != '\n' && ch != '\t' && ch != '\r') || ch == 0x7f)
            return false;
    }
    return true;
}

static yj_status check_text(const yj_field *f, yj_span s, yj_error *err)
{
    if (s.len == 0)
        return yj_fail(err, YJ_E_INVALID, "field %s is empty; null clears it", f->name);
    if (yj_utf8_count(s) > (size_t)f->max_chars)
        return yj_fail(err, YJ_E_INVALID, "field %s is longer than %lld characters", f->name,
                       (long long)f->max_chars);
    if (f->type == YJ_T_TEXT ? !one_line(s) : !many_lines(s))
        return yj_fail(err, YJ_E_INVALID, "field %s holds control characters", f->name);
    if (f->type == YJ_T_TEXT && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' '))
        return yj_fail(err, YJ_E_INVALID, "field %s begins or ends with a blank", f->name);
    return YJ_OK;
}

/* A text that names a record of any kind, or its kind. */
static yj_status check_named(const yj_catalog *c, const yj_field *f, yj_span s, yj_error *err)
{
    if (f->kind_from >= 0 && !yj_uuid_valid(s))
        return yj_fail(err, YJ_E_INVALID, "field %s must hold the id of a record", f->name);
    const yj_kind *k = f->names_kind ? yj_catalog_kind(c, s) : NULL;
    if (f->names_kind && (!k || k->installation))
        return yj_fail(err, YJ_E_INVALID, "field %s must name a kind of record", f->name);
    return YJ_OK;
}

/* Which options there are, as far as there is room. */
static yj_status fail_option(const yj_field *f, const json_t *v, yj_error *err)
{
    char options[200] = "";
    size_t len = 0;
    for (size_t i = 0; i < f->option_count; i++) {
        size_t more = strlen(f->options[i].id) + 2;
        if (len + more + sizeof " ..." > sizeof options) {
            len += (size_t)snprintf(options + len, sizeof options - len, " ...");
            break;
        }
        len += (size_t)snprintf(options + len, sizeof options - len, "%s%s", i ? ", " : "", f->options[i].id);
    }
    return yj_fail(err, YJ_E_INVALID, "field %s holds no option of its list: %.60s is none of %s", f->name,
                   json_is_string(v) ? json_string_value(v) : "?", options);
}

static yj_status fail_clock(const yj_field *f, yj_error *err)
{
    return yj_fail(err, YJ_E_INVALID, "field %s must be a time of day, as 9:05 (the number 905)", f->name);
}

/* One value, or one item of a list. */
static yj_status check_value(const yj_catalog *c, const yj_field *f, const json_t *v, yj_error *err)
{
    switch (f->type) {
    case YJ_T_TEXT:
    case YJ_T_LONGTEXT:
        if (!json_is_string(v))
            return yj_fail(err, YJ_E_INVALID, "field %s must be a text", f->name);
        YJ_TRY(check_text(f, text_of(v), err));
        return check_named(c, f, text_of(v), err);
    case YJ_T_INTEGER:
        if (!json_is_integer(v))
            return f->clock ? fail_clock(f, err)
                            : yj_fail(err, YJ_E_INVALID, "field %s must be a whole number", f->name);
        if (f->clock && !yj_clock_time_valid(json_integer_value(v)))
            return fail_clock(f, err);
        if (json_integer_value(v) < f->min || json_integer_value(v) > f->max)
            return yj_fail(err, YJ_E_INVALID, "field %s must lie between %lld and %lld", f->name,
                           (long long)f->min, (long long)f->max);
        return YJ_OK;
    case YJ_T_DECIMAL: {
        int64_t scaled = 0;
        if (!json_is_string(v) || !yj_decimal_parse(text_of(v), f->scale, &scaled))
            return yj_fail(err, YJ_E_INVALID,
                           "field %s must be a decimal number as text with at most %d digits after the point",
                           f->name, f->scale);
        if (scaled < f->min || scaled > f->max)
            return yj_fail(err, YJ_E_INVALID, "field %s is out of range", f->name);
        return YJ_OK;
    }
    case YJ_T_DATE:
        if (!json_is_string(v) || !yj_date_valid(text_of(v)))
            return yj_fail(err, YJ_E_INVALID, "field %s must be a date that exists, as 2026-03-31", f->name);
        return YJ_OK;
    case YJ_T_BOOL:
        if (!json_is_boolean(v))
            return yj_fail(err, YJ_E_INVALID, "field %s must be true or false", f->name);
        return YJ_OK;
    case YJ_T_CHOICE:
        if (!json_is_string(v) || !yj_field_option(f, text_of(v)))
            return fail_option(f, v, err);
        return YJ_OK;
    case YJ_T_REF:
        if (!json_is_string(v) || !yj_uuid_valid(text_of(v)))
            return yj_fail(err, YJ_E_INVALID, "field %s must hold the id of a record of kind %s", f->name,
                           c->kinds[f->ref_kind].name);
        return YJ_OK;
    case YJ_T_COUNT_:
        break;
    }
    return yj_fail(err, YJ_E_INVALID, "field %s has a type this program does not know", f->name);
}

#define LIST_ITEMS_MAX 1000

static yj_status check_list(const yj_catalog *c, const yj_field *f, const json_t *v, yj_error *err)
{
    if (!json_is_array(v))
        return yj_fail(err, YJ_E_INVALID, "field %s must be a list", f->name);
    if (json_array_size(v) > LIST_ITEMS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "field %s has more than %d items", f->name, LIST_ITEMS_MAX);
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        yj_status s = check_value(c, f, item, err);
        if (s != YJ_OK)
            return s;
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_array_get(v, j), item))
                return yj_fail(err, YJ_E_INVALID, "field %s holds the same item twice", f->name);
    }
    return YJ_OK;
}

yj_status yj_fields_check(const yj_catalog *c, const yj_kind *k, const json_t *fields, yj_error *err)
{
    if (!json_is_object(fields))
        return yj_fail(err, YJ_E_INVALID, "the fields of a record must be an object");
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)fields, name, v)
    {
        const yj_field *f = yj_kind_field(k, yj_span_of(name));
        yj_status s = YJ_OK;
        if (!f)
            s = yj_fail(err, YJ_E_INVALID, "kind %s has no field of that name", k->name);
        else if (json_is_null(v))
            continue;
        else if (f->list)
            s = check_list(c, f, v, err);
        else
            s = check_value(c, f, v, err);
        if (s != YJ_OK) {
            (void)yj_error_at(err, "fields.%s", name);
            yj_titles(c, k, err);
            return s;
        }
    }
    return YJ_OK;
}

static const json_t *stranger(const yj_catalog *c, const json_t *v)
{
    for (size_t i = 0; i < json_array_size(v); i++)
        if (stranger(c, json_array_get(v, i)))
            return json_array_get(v, i);
    return json_is_string(v) && !yj_catalog_requirement(c, text_of(v)) ? v : NULL;
}

/* What puts a requirement right is about a record of the kind that the requirement is about: about another it
 * would never be shown. */
static yj_status check_remediation(const yj_catalog *c, const yj_kind *k, const json_t *old,
                                   const json_t *fields, yj_error *err)
{
    if (c->remediation.kind != k->index)
        return YJ_OK;
    const yj_field *f = &k->fields[c->remediation.subject];
    const char *named = k->fields[c->remediation.requirement].name;
    const json_t *id = json_object_get(fields, named);
    const yj_requirement *r = json_is_string(id) ? yj_catalog_requirement(c, text_of(id)) : NULL;
    const yj_kind *to = yj_field_target(c, k, f, fields);
    if (!r || !to || to->index == r->subject)
        return YJ_OK;
    if (old && json_equal(id, json_object_get(old, named)) && yj_field_target(c, k, f, old) == to)
        return YJ_OK; /* a later edition may have put it elsewhere */
    yj_status s = yj_fail(err, YJ_E_INVALID, "requirement %s is about kind %s, not about kind %s", r->id,
                          c->kinds[r->subject].name, to->name);
    (void)yj_error_at(err, "fields.%s", k->fields[f->kind_from].name);
    return s;
}

yj_status yj_requirements_check(const yj_catalog *c, const yj_kind *k, const json_t *old,
                                const json_t *fields, yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        const json_t *v = json_object_get(fields, f->name), *o = json_object_get(old, f->name);
        const json_t *none = f->names_requirement && !(v && o && json_equal(v, o)) ? stranger(c, v) : NULL;
        if (!none)
            continue;
        yj_status s =
            yj_fail(err, YJ_E_INVALID, "field %s names no requirement of the packs installed: %.60s", f->name,
                    json_string_value(none));
        (void)yj_error_at(err, "fields.%s", f->name);
        return s;
    }
    return check_remediation(c, k, old, fields, err);
}

yj_status yj_record_check(const yj_kind *k, const json_t *fields, yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        const json_t *v = json_object_get(fields, f->name);
        yj_status s = YJ_OK;
        if (!v) {
            if (f->required)
                s = yj_fail(err, YJ_E_INVALID, "field %s must be given", f->name);
        } else if (f->after >= 0) {
            const json_t *o = json_object_get(fields, k->fields[f->after].name);
            if (o && strcmp(json_string_value(v), json_string_value(o)) < 0)
                s = yj_fail(err, YJ_E_INVALID, "field %s must not lie before field %s", f->name,
                            k->fields[f->after].name);
        } else if (f->differs_from >= 0) {
            const json_t *o = json_object_get(fields, k->fields[f->differs_from].name);
            if (o && strcmp(json_string_value(v), json_string_value(o)) == 0)
                s = yj_fail(err, YJ_E_INVALID, "field %s must name another record than field %s", f->name,
                            k->fields[f->differs_from].name);
        }
        if (s != YJ_OK) {
            (void)yj_error_at(err, "fields.%s", f->name);
            return s;
        }
    }
    return YJ_OK;
}

void yj_nkey_add_ref(yj_buf *out, yj_span id)
{
    static const char digits[] =
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"; /* in ASCII's order */
    if (!yj_uuid_valid(id)) {
        yj_buf_span(out, id);
        return;
    }
    yj_id_key key;
    yj_id_key_of(id, &key);
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < key.len; i++) {
        bits = bits << 8 | key.b[i];
        for (have += 8; have >= 6; have -= 6)
            yj_buf_char(out, digits[bits >> (have - 6) & 63]);
    }
    yj_buf_char(out, digits[bits << (6 - have) & 63]);
}

void yj_nkey_of(const yj_kind *k, const json_t *fields, yj_buf *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < k->key_count; i++) {
        const json_t *v = json_object_get(fields, k->fields[k->key[i]].name);
        if (!v) {
            out->len = start;
            return;
        }
        if (i > 0)
            yj_buf_char(out, '\x1f');
        if (json_is_integer(v))
            yj_buf_i64(out, json_integer_value(v));
        else if (k->fields[k->key[i]].type == YJ_T_REF)
            yj_nkey_add_ref(out, text_of(v));
        else
            yj_buf_span(out, text_of(v));
    }
}

yj_status yj_body_make(const yj_kind *k, const char *op, const char *id, const char *state, int64_t version,
                       const json_t *fields, yj_buf *out, yj_error *err)
{
    /* keys in sorted order, so that the whole is canonical: "fields" comes first and record/read.c relies on
     * it */
    yj_buf_str(out, "{\"fields\":");
    YJ_TRY(yj_json_canonical(fields, out, err));
    yj_buf_fmt(out, ",\"id\":\"%s\",\"kind\":\"%s\",\"op\":\"%s\",\"state\":\"%s\",\"version\":%lld}", id,
               k->name, op, state, (long long)version);
    return yj_buf_status(out, err);
}
