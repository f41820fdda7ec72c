// SPDX-License-Identifier: Apache-2.0
#include "pack/load_fields.h"
#include "pack/load_signed.h"

#include "base/decimal.h"
#include <assert.h>

#define TEXT_CHARS 200
#define TEXT_CHARS_MAX 4000
#define LONGTEXT_CHARS 20000
#define LONGTEXT_CHARS_MAX 200000

/* One row a type: its name and the keys it takes besides type, required, label and help. */
static const struct {
    const char *name;
    const char *const keys[4];
} types[YJ_T_COUNT_] = {
    [YJ_T_TEXT] = { "text", { "max", "list", "kind_from", "names" } },
    [YJ_T_LONGTEXT] = { "longtext", { "max" } },
    [YJ_T_INTEGER] = { "integer", { "min", "max", "clock" } },
    [YJ_T_DECIMAL] = { "decimal", { "scale", "min", "max" } },
    [YJ_T_DATE] = { "date", { "after" } },
    [YJ_T_BOOL] = { "bool", { NULL } },
    [YJ_T_CHOICE] = { "choice", { "options", "list" } },
    [YJ_T_REF] = { "ref", { "to", "list", "differs_from" } },
};

static const char *const field_keys[] = { "type",         "required", "label", "help",  "list",    "after",
                                          "differs_from", "max",      "min",   "scale", "options", "to",
                                          "kind_from",    "names",    "clock", NULL };

/* Names of columns that every view has, or that tables keep for themselves. */
static const char *const taken_names[] = { "id",          "state", "version", "inst",   "batch",
                                           "until_batch", "seq",   "nkey",    "erased", "kind" };

static bool type_by_name(const char *name, yj_type *ret)
{
    for (int i = 0; i < YJ_T_COUNT_; i++) {
        if (strcmp(types[i].name, name) == 0) {
            *ret = (yj_type)i;
            return true;
        }
    }
    return false;
}

/* A key that is known, but not of this type, gets clearer words than "unknown key". */
static void check_field_keys(yj_form *f, const yj_yaml *node, yj_type type)
{
    static const char *const common[] = { "type", "required", "label", "help", NULL };
    for (size_t i = 0; i < node->count; i++) {
        bool fits = false, known = false;
        for (size_t j = 0; common[j]; j++)
            fits = fits || strcmp(node->keys[i], common[j]) == 0;
        for (size_t j = 0; j < 4 && types[type].keys[j]; j++)
            fits = fits || strcmp(node->keys[i], types[type].keys[j]) == 0;
        for (size_t j = 0; field_keys[j]; j++)
            known = known || strcmp(node->keys[i], field_keys[j]) == 0;
        if (known && !fits)
            yj_complain(f, node->key_lines[i], node->keys[i], "a field of type %s has no %s",
                        types[type].name, node->keys[i]);
        else if (!known)
            yj_complain(f, node->key_lines[i], node->keys[i], "unknown key");
    }
}

static void read_options(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *node, yj_field *field)
{
    const yj_yaml *map = yj_form_get(f, node, "options", YJ_YAML_MAP, true);
    if (!map)
        return;
    if (map->count == 0 || map->count > YJ_PACK_OPTIONS_MAX) {
        yj_complain(f, map->line, "options", "must have between 1 and %d entries", YJ_PACK_OPTIONS_MAX);
        return;
    }
    yj_option *options = yj_arena_array(l->arena, map->count, sizeof *options);
    size_t mark = yj_form_in(f, "options"), n = 0;
    for (size_t i = 0; i < map->count && yj_load_goes_on(l); i++) {
        const char *id = yj_arena_strdup(l->arena, map->keys[i]);
        if (!yj_name_valid(id)) {
            yj_complain(f, map->key_lines[i], NULL,
                        "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", id);
            k->broken = true;
            l->kinds_broken = true;
            continue;
        }
        options[n] = (yj_option){ .id = id, .label = { { id, id } } };
        (void)yj_form_pair_of(f, &map->items[i], id, YJ_PAIR_TITLE, &options[n].label);
        n++;
    }
    yj_form_out(f, mark);
    field->options = options;
    field->option_count = n;
}

static void read_decimal_bound(yj_form *f, const yj_yaml *node, const char *key, int scale, int64_t *ret)
{
    const yj_yaml *n = yj_form_get(f, node, key, YJ_YAML_SCALAR, false);
    if (n && !yj_decimal_parse(yj_span_of(n->text), scale, ret))
        yj_complain(f, n->line, key, "must be a number with at most %d digits after the point", scale);
}

static void read_bounds(yj_form *f, const yj_yaml *node, yj_field *field)
{
    field->min = INT64_MIN;
    field->max = INT64_MAX;
    if (field->type == YJ_T_INTEGER) {
        (void)yj_form_i64(f, node, "min", false, INT64_MIN, INT64_MAX, &field->min);
        (void)yj_form_i64(f, node, "max", false, INT64_MIN, INT64_MAX, &field->max);
        (void)yj_form_bool(f, node, "clock", &field->clock);
        if (field->clock && (yj_yaml_get(node, "min") || yj_yaml_get(node, "max")))
            yj_complain(f, yj_yaml_get(node, "clock")->line, "clock",
                        "a time of day has its bounds already: no min, no max");
        else if (field->clock) {
            field->min = 0;
            field->max = 2359;
        }
    } else if (field->type == YJ_T_DECIMAL) {
        int64_t scale = 2;
        (void)yj_form_i64(f, node, "scale", true, 1, 6, &scale);
        field->scale = (int)scale;
        read_decimal_bound(f, node, "min", field->scale, &field->min);
        read_decimal_bound(f, node, "max", field->scale, &field->max);
    } else if (field->type == YJ_T_TEXT || field->type == YJ_T_LONGTEXT) {
        bool is_long = field->type == YJ_T_LONGTEXT;
        field->max_chars = is_long ? LONGTEXT_CHARS : TEXT_CHARS;
        (void)yj_form_i64(f, node, "max", false, 1, is_long ? LONGTEXT_CHARS_MAX : TEXT_CHARS_MAX,
                          &field->max_chars);
    }
    if (field->min > field->max)
        yj_complain(f, node->line, "min", "min is above max");
}

/* What the packs themselves declare and a text may name: so far requirements. */
static void read_names(yj_form *f, const yj_yaml *node, yj_field *field)
{
    const char *what = yj_form_line(f, node, "names", false, 40);
    if (!what)
        return;
    field->names_requirement = strcmp(what, "requirement") == 0;
    if (!field->names_requirement || yj_yaml_get(node, "kind_from"))
        yj_complain(f, yj_yaml_get(node, "names")->line, "names",
                    "a text can name a requirement, and then no record beside it");
}

static void read_field(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *node, yj_field *field)
{
    const char *type = yj_form_line(f, node, "type", true, 40);
    (void)yj_form_pair(f, node, "label", true, YJ_PAIR_LABEL, &field->label);
    (void)yj_form_pair(f, node, "help", false, YJ_PAIR_TEXT, &field->help);
    (void)yj_form_bool(f, node, "required", &field->required);
    field->min = INT64_MIN;
    field->max = INT64_MAX;
    if (!type || !type_by_name(type, &field->type)) {
        if (type)
            yj_complain(f, yj_yaml_get(node, "type")->line, "type", "there is no type %s", type);
        k->broken = true;
        l->kinds_broken = true;
        return;
    }
    check_field_keys(f, node, field->type);
    read_bounds(f, node, field);
    if (field->type == YJ_T_TEXT || field->type == YJ_T_CHOICE || field->type == YJ_T_REF)
        (void)yj_form_bool(f, node, "list", &field->list);
    if (field->type == YJ_T_TEXT)
        read_names(f, node, field);
    if (field->type == YJ_T_CHOICE)
        read_options(l, k, f, node, field);
    if (field->type == YJ_T_REF) {
        const char *to = yj_form_name(f, node, "to", true);
        if (to)
            field->ref_kind = yj_load_find_kind(l, f, yj_yaml_get(node, "to")->line, "to", to);
    }
}

static bool name_usable(yj_load_kind *k, yj_form *f, const char *name, int line)
{
    if (!yj_name_valid(name)) {
        yj_complain(f, line, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", name);
        return false;
    }
    for (size_t i = 0; i < YJ_COUNT(taken_names); i++) {
        if (strcmp(taken_names[i], name) == 0) {
            yj_complain(f, line, NULL, "%s is a name that every record has already", name);
            return false;
        }
    }
    if (yj_sql_reserved(name))
        yj_complain(f, line, NULL, "%s is a word of the rules' SQL and cannot be a name", name);
    if (yj_load_field(k, name) >= 0) {
        yj_complain(f, line, NULL, "kind %s already has a field %s", k->k.name, name);
        return false;
    }
    return true;
}

/* The id of a record of any kind, which another field names. */
static void read_kind_from(yj_load_kind *k, yj_form *f, const yj_yaml *node, yj_field *field)
{
    const char *from = field->type == YJ_T_TEXT ? yj_form_name(f, node, "kind_from", false) : NULL;
    if (!from)
        return;
    int line = yj_yaml_get(node, "kind_from")->line, o = yj_load_field(k, from);
    yj_field *other = o < 0 ? NULL : yj_vec_at(&k->fields, yj_field, o);
    if (!other || other == field || other->type != YJ_T_TEXT || other->list || field->list ||
        yj_yaml_get(node, "max"))
        yj_complain(f, line, "kind_from",
                    "needs another single text field of kind %s, and is itself single and without max",
                    k->k.name);
    else if (other->kind_from >= 0)
        yj_complain(f, line, "kind_from", "%s names a record itself", from);
    else {
        field->kind_from = o;
        field->max_chars = YJ_UUID_LEN;
        other->names_kind = true;
    }
}

/* after, differs_from and kind_from name other fields: read when all fields of the file are known. */
static void read_relations(yj_load_kind *k, yj_form *f, const yj_yaml *node, const char *name)
{
    int i = yj_load_field(k, name);
    if (i < 0 || node->type != YJ_YAML_MAP)
        return;
    yj_field *field = yj_vec_at(&k->fields, yj_field, i);
    read_kind_from(k, f, node, field);
    const char *after = field->type == YJ_T_DATE ? yj_form_name(f, node, "after", false) : NULL;
    if (after) {
        int o = yj_load_field(k, after);
        if (o < 0 || o == i || yj_vec_at(&k->fields, yj_field, o)->type != YJ_T_DATE)
            yj_complain(f, yj_yaml_get(node, "after")->line, "after", "%s is no other date field of kind %s",
                        after, k->k.name);
        else
            field->after = o;
    }
    const char *differs = field->type == YJ_T_REF ? yj_form_name(f, node, "differs_from", false) : NULL;
    if (differs) {
        int o = yj_load_field(k, differs);
        const yj_field *other = o < 0 ? NULL : yj_vec_at(&k->fields, yj_field, o);
        if (!other || o == i || other->type != YJ_T_REF || other->list || field->list)
            yj_complain(f, yj_yaml_get(node, "differs_from")->line, "differs_from",
                        "%s is no other single reference of kind %s", differs, k->k.name);
        else if (other->ref_kind != field->ref_kind)
            yj_complain(f, yj_yaml_get(node, "differs_from")->line, "differs_from",
                        "%s refers to another kind", differs);
        else
            field->differs_from = o;
    }
}

void yj_load_fields(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *map = yj_yaml_get(tree, "fields");
    if (!map || map->type != YJ_YAML_MAP)
        return;
    size_t mark = yj_form_in(f, "fields");
    for (size_t i = 0; i < map->count && yj_load_goes_on(l); i++) {
        const yj_yaml *node = &map->items[i];
        size_t inner = yj_form_in(f, map->keys[i]);
        if (node->type != YJ_YAML_MAP) {
            yj_complain(f, node->line, NULL, "must be a mapping");
        } else if (k->fields.count == YJ_PACK_FIELDS_MAX) {
            yj_complain(f, map->key_lines[i], NULL, "more than %d fields", YJ_PACK_FIELDS_MAX);
        } else if (!name_usable(k, f, map->keys[i], map->key_lines[i])) {
            k->broken = true; /* rules that read it are not said to be wrong as well */
            l->kinds_broken = true;
        } else {
            const char *name = yj_arena_strdup(l->arena, map->keys[i]);
            yj_field field = { .name = name, .label = { { name, name } } };
            field.ref_kind = field.after = field.differs_from = field.kind_from = -1;
            field.pack = l->packs[l->at].info.name;
            read_field(l, k, f, node, &field);
            *yj_vec_add(l->arena, &k->fields, yj_field) = field;
        }
        yj_form_out(f, inner);
    }
    for (size_t i = 0; i < map->count; i++) {
        size_t inner = yj_form_in(f, map->keys[i]);
        read_relations(k, f, &map->items[i], map->keys[i]);
        yj_form_out(f, inner);
    }
    if (map->count == 0)
        yj_complain(f, map->line, NULL, "must not be empty");
    yj_form_out(f, mark);
}

static bool key_type(yj_type t)
{
    return t == YJ_T_TEXT || t == YJ_T_CHOICE || t == YJ_T_DATE || t == YJ_T_INTEGER || t == YJ_T_REF;
}

/* Has the key read so far a part that names a record of any kind? */
static bool key_has_any(const yj_load_kind *k)
{
    for (size_t i = 0; i < k->k.key_count; i++)
        if (yj_vec_at(&k->fields, yj_field, k->k.key[i])->kind_from >= 0)
            return true;
    return false;
}

void yj_load_key_and_name(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *items;
    size_t count;
    (void)yj_form_names(f, tree, "key", true, false, &items, &count);
    for (size_t i = 0; i < count; i++) {
        int at = yj_load_field(k, items[i].text);
        const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
        if (!field)
            yj_complain(f, items[i].line, "key", "kind %s has no field %s", k->k.name, items[i].text);
        else if (!key_type(field->type) || field->list || !field->required)
            yj_complain(f, items[i].line, "key",
                        "%s cannot be part of the key: that takes a required text, choice, date, integer or "
                        "single reference",
                        items[i].text);
        else if (field->kind_from >= 0 && key_has_any(k))
            yj_complain(f, items[i].line, "key", "%s is a second record of any kind in the key",
                        items[i].text);
        else if (k->k.key_count == YJ_COUNT(k->k.key))
            yj_complain(f, items[i].line, "key", "more than %zu entries", YJ_COUNT(k->k.key));
        else
            k->k.key[k->k.key_count++] = at;
    }
    const char *name = yj_form_name(f, tree, "name", true);
    int at = name ? yj_load_field(k, name) : 0;
    assert(!name || at < 0 || k->fields.items);
    if (at < 0)
        yj_complain(f, yj_yaml_get(tree, "name")->line, "name", "kind %s has no field %s", k->k.name, name);
    else if (name && yj_vec_at(&k->fields, yj_field, at)->list)
        yj_complain(f, yj_yaml_get(tree, "name")->line, "name", "a list cannot be the name");
    k->k.name_field = at < 0 ? 0 : at;
}

void yj_load_strength(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    static const char *const keys[] = { "field", "values", "signed", NULL };
    const yj_yaml *map = yj_form_get(f, tree, "strength", YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(f, "strength");
    (void)yj_form_keys(f, map, keys);
    const char *name = yj_form_name(f, map, "field", true);
    const yj_yaml *values = yj_form_get(f, map, "values", YJ_YAML_MAP, true);
    int at = name ? yj_load_field(k, name) : -1;
    const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
    if (name && (!field || field->type != YJ_T_CHOICE || field->list || !field->required)) {
        yj_complain(f, yj_yaml_get(map, "field")->line, "field", "%s is no required single choice of kind %s",
                    name, k->k.name);
    } else if (name && values) {
        int *strength = yj_arena_array(l->arena, field->option_count + 1, sizeof *strength);
        size_t inner = yj_form_in(f, "values");
        for (size_t i = 0; i < field->option_count; i++) {
            int64_t v = 0;
            (void)yj_form_i64(f, values, field->options[i].id, true, 0, 3, &v);
            strength[i] = (int)v;
        }
        for (size_t i = 0; i < values->count; i++) {
            if (!yj_field_option(field, yj_span_of(values->keys[i])))
                yj_complain(f, values->key_lines[i], values->keys[i], "field %s has no such option", name);
        }
        yj_form_out(f, inner);
        k->k.strength_field = at;
        k->k.strength_of_option = strength;
        yj_load_signed(l, k, f, map);
    }
    yj_form_out(f, mark);
}
