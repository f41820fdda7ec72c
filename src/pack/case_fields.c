// SPDX-License-Identifier: Apache-2.0
#include "pack/case_fields.h"

#include "base/decimal.h"

#define LIST_MAX 1000

typedef struct reader {
    yj_form *f;
    const yj_field *d; /* the field being read */
    bool no_memory;
} reader;

/* A value just made: NULL now means that memory ran out, not that the text was wrong. */
static json_t *made(reader *r, json_t *v)
{
    r->no_memory = r->no_memory || !v;
    return v;
}

static json_t *text_value(reader *r, const yj_yaml *n)
{
    const yj_field *d = r->d;
    if (n->text[0] == '\0')
        yj_complain(r->f, n->line, d->name, "must not be empty");
    else if (d->type == YJ_T_TEXT && strchr(n->text, '\n'))
        yj_complain(r->f, n->line, d->name, "must be one line");
    else if ((int64_t)yj_utf8_count(yj_span_of(n->text)) > d->max_chars)
        yj_complain(r->f, n->line, d->name, "is longer than %zu characters", (size_t)d->max_chars);
    else
        return made(r, json_string(n->text));
    return NULL;
}

static json_t *number_value(reader *r, const yj_yaml *n)
{
    const yj_field *d = r->d;
    int64_t v = 0;
    bool decimal = d->type == YJ_T_DECIMAL;
    if (decimal && !yj_decimal_parse(yj_span_of(n->text), d->scale, &v))
        yj_complain(r->f, n->line, d->name, "must be a number with at most %d digits after the point",
                    d->scale);
    else if (!decimal && (!n->plain || !yj_span_i64(yj_span_of(n->text), &v)))
        yj_complain(r->f, n->line, d->name, "must be a whole number");
    else if (v < d->min || v > d->max || (d->clock && !yj_clock_time_valid(v)))
        yj_complain(r->f, n->line, d->name, "is outside the limits of the field");
    else
        return made(r, decimal ? json_string(n->text) : json_integer(v));
    return NULL;
}

static json_t *bool_value(reader *r, const yj_yaml *n)
{
    if (n->plain && strcmp(n->text, "true") == 0)
        return json_true();
    if (n->plain && strcmp(n->text, "false") == 0)
        return json_false();
    yj_complain(r->f, n->line, r->d->name, "must be true or false");
    return NULL;
}

static json_t *one_value(reader *r, const yj_yaml *n)
{
    const yj_field *d = r->d;
    if (n->type != YJ_YAML_SCALAR) {
        yj_complain(r->f, n->line, d->name, "must be a single value");
        return NULL;
    }
    switch (d->kind_from >= 0 ? YJ_T_REF : d->type) {
    case YJ_T_TEXT:
    case YJ_T_LONGTEXT:
        return text_value(r, n);
    case YJ_T_INTEGER:
    case YJ_T_DECIMAL:
        return number_value(r, n);
    case YJ_T_BOOL:
        return bool_value(r, n);
    case YJ_T_DATE:
        if (yj_date_valid(yj_span_of(n->text)))
            return made(r, json_string(n->text));
        yj_complain(r->f, n->line, d->name, "must be a date of the form 2026-11-22");
        return NULL;
    case YJ_T_CHOICE:
        if (yj_field_option(d, yj_span_of(n->text)))
            return made(r, json_string(n->text));
        yj_complain(r->f, n->line, d->name, "field %s has no option %s", d->name, n->text);
        return NULL;
    case YJ_T_REF:
        if (n->text[0] == '@' && yj_name_valid(n->text + 1))
            return made(r, json_string(n->text));
        yj_complain(r->f, n->line, d->name, "must be \"@ref\" of a record of the case");
        return NULL;
    case YJ_T_COUNT_:
    default:
        return NULL;
    }
}

static json_t *list_value(reader *r, const yj_yaml *n)
{
    if (n->type != YJ_YAML_LIST || n->count > LIST_MAX) {
        yj_complain(r->f, n->line, r->d->name, "must be a list of at most %d entries", LIST_MAX);
        return NULL;
    }
    json_t *list = made(r, json_array());
    for (size_t i = 0; list && i < n->count; i++) {
        json_t *one = one_value(r, &n->items[i]);
        for (size_t j = 0; one && j < json_array_size(list); j++) {
            if (json_equal(one, json_array_get(list, j))) {
                yj_complain(r->f, n->items[i].line, r->d->name, "\"%s\" stands here twice", n->items[i].text);
                break;
            }
        }
        if (one && json_array_append_new(list, one) != 0)
            r->no_memory = true;
    }
    return list;
}

json_t *yj_case_fields(yj_form *f, const yj_kind *k, const yj_yaml *map, bool nulls)
{
    reader r = { .f = f };
    yj_auto(yj_json_freep) json_t *out = made(&r, json_object());
    for (size_t i = 0; map && i < map->count && !r.no_memory; i++) {
        const yj_yaml *n = &map->items[i];
        json_t *v = NULL;
        r.d = yj_kind_field(k, yj_span_of(map->keys[i]));
        if (!r.d)
            yj_complain(f, map->key_lines[i], map->keys[i], "kind %s has no field %s", k->name, map->keys[i]);
        else if (yj_yaml_is_null(n))
            v = nulls ? json_null() : NULL;
        else
            v = r.d->list ? list_value(&r, n) : one_value(&r, n);
        if (v && json_object_set_new(out, map->keys[i], v) != 0)
            r.no_memory = true;
    }
    return r.no_memory ? NULL : yj_take(out);
}
