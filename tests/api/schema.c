// SPDX-License-Identifier: Apache-2.0
#include "schema.h"

#include "base/span.h"
#include <stdio.h>
#include <string.h>

typedef struct check {
    const json_t *doc;
    char at[512];
    char *why;
    size_t cap;
} check;

static bool no(check *c, const char *what)
{
    snprintf(c->why, c->cap, "%s: %s", c->at, what);
    return false;
}

static bool fits(check *c, const json_t *schema, const json_t *v);

static const json_t *resolve(check *c, const char *ref)
{
    const json_t *at = c->doc;
    if (strncmp(ref, "#/", 2) != 0)
        return NULL;
    for (ref += 2; at && *ref;) {
        char part[128];
        size_t n = strcspn(ref, "/");
        snprintf(part, sizeof part, "%.*s", (int)n, ref);
        at = json_object_get(at, part);
        ref += n + (ref[n] == '/');
    }
    return at;
}

static bool is_type(const json_t *v, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool type_fits(check *c, const json_t *type, const json_t *v)
{
    if (json_is_string(type))
        return is_type(v, json_string_value(type)) || no(c, "wrong type");
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_type(v, json_string_value(json_array_get(type, i))))
            return true;
    return no(c, "wrong type");
}

static bool object_fits(check *c, const json_t *schema, const json_t *v)
{
    const json_t *props = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(required); i++)
        if (!json_object_get(v, json_string_value(json_array_get(required, i)))) {
            char what[160];
            snprintf(what, sizeof what, "%s is missing", json_string_value(json_array_get(required, i)));
            return no(c, what);
        }
    size_t len = strlen(c->at);
    const char *key = NULL;
    json_t *item = NULL;
    json_object_foreach((json_t *)(uintptr_t)v, key, item)
    {
        const json_t *p = json_object_get(props, key);
        snprintf(c->at + len, sizeof c->at - len, ".%s", key);
        if (!p && json_is_false(json_object_get(schema, "additionalProperties")))
            return no(c, "not in the schema");
        if (p && !fits(c, p, item))
            return false;
        c->at[len] = '\0';
    }
    return true;
}

static bool array_fits(check *c, const json_t *schema, const json_t *v)
{
    const json_t *items = json_object_get(schema, "items"), *max = json_object_get(schema, "maxItems");
    if (max && (json_int_t)json_array_size(v) > json_integer_value(max))
        return no(c, "too many items");
    size_t len = strlen(c->at);
    for (size_t i = 0; i < json_array_size(v); i++) {
        snprintf(c->at + len, sizeof c->at - len, "[%zu]", i);
        if (items && !fits(c, items, json_array_get(v, i)))
            return false;
        for (size_t j = 0; json_is_true(json_object_get(schema, "uniqueItems")) && j < i; j++)
            if (json_equal(json_array_get(v, i), json_array_get(v, j)))
                return no(c, "twice");
        c->at[len] = '\0';
    }
    return true;
}

static bool bounds_fit(check *c, const json_t *schema, const json_t *v)
{
    const json_t *low = json_object_get(schema, "minimum"), *high = json_object_get(schema, "maximum");
    const json_t *least = json_object_get(schema, "minLength"), *most = json_object_get(schema, "maxLength");
    if (json_is_integer(v) && ((low && json_integer_value(v) < json_integer_value(low)) ||
                               (high && json_integer_value(v) > json_integer_value(high))))
        return no(c, "out of bounds");
    if (json_is_string(v)) {
        size_t n = yj_utf8_count((yj_span){ json_string_value(v), json_string_length(v) });
        if ((least && n < (size_t)json_integer_value(least)) ||
            (most && n > (size_t)json_integer_value(most)))
            return no(c, "length out of bounds");
    }
    return true;
}

static bool known_words(check *c, const json_t *schema)
{
    static const char words[] =
        " $ref type properties required additionalProperties items enum anyOf minimum "
        "maximum minLength maxLength maxItems uniqueItems format pattern title "
        "description x-label x-kind ";
    const char *key = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)schema, key, v)
    {
        char word[64];
        snprintf(word, sizeof word, " %s ", key);
        if (!strstr(words, word))
            return no(c, "a word of JSON Schema that the test does not know");
    }
    return true;
}

static bool fits(check *c, const json_t *schema, const json_t *v)
{
    if (!json_is_object(schema))
        return no(c, "no schema");
    if (!known_words(c, schema))
        return false;
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (ref) {
        const json_t *to = resolve(c, ref);
        return to ? fits(c, to, v) : no(c, ref);
    }
    const json_t *any = json_object_get(schema, "anyOf"), *type = json_object_get(schema, "type");
    const json_t *list = json_object_get(schema, "enum");
    if (any) {
        char at[sizeof c->at];
        memcpy(at, c->at, sizeof at);
        for (size_t i = 0; i < json_array_size(any); i++) {
            memcpy(c->at, at, sizeof at);
            if (fits(c, json_array_get(any, i), v))
                return true;
        }
        return false; /* the last reason stands */
    }
    if (type && !type_fits(c, type, v))
        return false;
    bool listed = !list;
    for (size_t i = 0; !listed && i < json_array_size(list); i++)
        listed = json_equal(json_array_get(list, i), v);
    if (!listed)
        return no(c, "not in the enumeration");
    if (json_is_object(v) && !object_fits(c, schema, v))
        return false;
    if (json_is_array(v) && !array_fits(c, schema, v))
        return false;
    return bounds_fit(c, schema, v);
}

bool schema_fits(const json_t *doc, const json_t *schema, const json_t *value, char *why, size_t cap)
{
    check c = { .doc = doc, .at = "$", .why = why, .cap = cap };
    return fits(&c, schema, value);
}
