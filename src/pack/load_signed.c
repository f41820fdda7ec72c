// SPDX-License-Identifier: Apache-2.0
#include "pack/load_signed.h"

/** A field that a mapping names. */
typedef struct want {
    const char *key;
    yj_type type;
    bool list;
    int *ret;
} want;

static const yj_field *find(const yj_load_kind *k, yj_form *f, const yj_yaml *map, const want *w)
{
    const char *name = yj_form_name(f, map, w->key, true);
    int at = name ? yj_load_field(k, name) : -1;
    const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
    bool fits = field && field->type == w->type && field->list == w->list;
    *w->ret = fits ? at : 0;
    if (name && !fits)
        yj_complain(f, yj_yaml_get(map, w->key)->line, w->key, "kind %s has no field %s of the right type",
                    k->k.name, name);
    return fits ? field : NULL;
}

static bool find_all(const yj_load_kind *k, yj_form *f, const yj_yaml *map, const want *wants, size_t count)
{
    bool fine = true;
    for (size_t i = 0; i < count; i++)
        fine = find(k, f, map, &wants[i]) && fine;
    return fine;
}

static bool find_state(const yj_load_kind *k, yj_form *f, const yj_yaml *map, const char *key, int *ret)
{
    const char *name = yj_form_name(f, map, key, true);
    *ret = name ? yj_load_state(k, name) : -1;
    if (name && *ret < 0)
        yj_complain(f, yj_yaml_get(map, key)->line, key, "kind %s has no state %s", k->k.name, name);
    return *ret >= 0;
}

void yj_load_keys(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    static const char *const keys[] = { "public_key", "algorithm", "types",        "from", "until",
                                        "trusted",    "revoked",   "revoked_from", NULL };
    const yj_yaml *map = yj_form_get(f, tree, "keys", YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(f, "keys");
    yj_key_map *m = yj_arena_new_of(l->arena, yj_key_map);
    const want wants[] = { { "public_key", YJ_T_LONGTEXT, false, &m->public_key },
                           { "algorithm", YJ_T_CHOICE, false, &m->algorithm },
                           { "types", YJ_T_CHOICE, true, &m->types },
                           { "from", YJ_T_DATE, false, &m->from },
                           { "until", YJ_T_DATE, false, &m->until },
                           { "revoked_from", YJ_T_DATE, false, &m->revoked_from } };
    bool fine = yj_form_keys(f, map, keys);
    fine = find_all(k, f, map, wants, YJ_COUNT(wants)) && fine;
    fine = find_state(k, f, map, "trusted", &m->trusted) && fine;
    fine = find_state(k, f, map, "revoked", &m->revoked) && fine;
    if (fine)
        k->k.keys = m;
    yj_form_out(f, mark);
}

static void read_measured(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *map, const char *key,
                          yj_vec *rows)
{
    const yj_yaml *fields = yj_form_get(f, map, key, YJ_YAML_MAP, false);
    size_t mark = yj_form_in(f, key);
    for (size_t i = 0; fields && i < fields->count && yj_load_goes_on(l); i++) {
        int at = yj_load_field(k, fields->keys[i]);
        const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
        const yj_yaml *items = NULL;
        size_t count = 0;
        if (!field || field->type != YJ_T_TEXT || field->list) {
            yj_complain(f, fields->key_lines[i], fields->keys[i], "kind %s has no field %s of the right type",
                        k->k.name, fields->keys[i]);
            continue;
        }
        (void)yj_form_names(f, fields, fields->keys[i], true, false, &items, &count);
        const char **types = yj_arena_array(l->arena, count + 1, sizeof *types);
        for (size_t n = 0; n < count; n++)
            types[n] = yj_arena_strdup(l->arena, items[n].text);
        *yj_vec_add(l->arena, rows, yj_measured) = (yj_measured){
            .field = at, .by_name = strcmp(key, "names") == 0, .types = types, .type_count = count
        };
    }
    yj_form_out(f, mark);
}

void yj_load_measured(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    static const char *const keys[] = { "digests", "names", NULL };
    const yj_yaml *map = yj_form_get(f, tree, "measured", YJ_YAML_MAP, false);
    yj_vec rows = { 0 };
    if (!map)
        return;
    size_t mark = yj_form_in(f, "measured");
    (void)yj_form_keys(f, map, keys);
    read_measured(l, k, f, map, "digests", &rows);
    read_measured(l, k, f, map, "names", &rows);
    k->k.measured = rows.items;
    k->k.measured_count = rows.count;
    yj_form_out(f, mark);
}

static int option_of(const yj_field *field, const yj_yaml *node)
{
    const yj_option *o = yj_field_option(field, yj_span_of(node->text));
    return o ? (int)(o - field->options) : -1;
}

static void read_options(const yj_load_kind *k, yj_form *f, const yj_yaml *map, yj_signed_map *m)
{
    const yj_field *field = yj_vec_at(&k->fields, yj_field, k->k.strength_field);
    const yj_yaml *items = NULL;
    size_t count = 0;
    (void)yj_form_names(f, map, "values", true, false, &items, &count);
    for (size_t i = 0; i < count; i++) {
        int o = option_of(field, &items[i]);
        if (o < 0 || o >= 64)
            yj_complain(f, items[i].line, "values", "field %s has no option %s", field->name, items[i].text);
        else
            m->options |= UINT64_C(1) << o;
    }
    const char *name = yj_form_name(f, map, "otherwise", true);
    const yj_yaml *node = name ? yj_yaml_get(map, "otherwise") : NULL;
    int o = node ? option_of(field, node) : -1;
    if (node && o < 0)
        yj_complain(f, node->line, "otherwise", "field %s has no option %s", field->name, name);
    m->otherwise = o < 0 ? 0 : k->k.strength_of_option[o];
}

static void read_types(yj_loader *l, yj_form *f, const yj_yaml *map, const yj_field *field, yj_signed_map *m)
{
    const yj_yaml *types = yj_form_get(f, map, "types", YJ_YAML_MAP, true);
    const char **texts = yj_arena_array(l->arena, field->option_count + 1, sizeof *texts);
    size_t mark = yj_form_in(f, "types");
    for (size_t i = 0; types && i < types->count && yj_load_goes_on(l); i++) {
        const yj_option *o = yj_field_option(field, yj_span_of(types->keys[i]));
        const char *text = yj_form_line(f, types, types->keys[i], true, 255);
        if (!o)
            yj_complain(f, types->key_lines[i], types->keys[i], "field %s has no such option", field->name);
        else
            texts[o - field->options] = text;
    }
    yj_form_out(f, mark);
    m->types = texts;
}

static void read_says(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *map, yj_signed_map *m)
{
    const yj_yaml *says = yj_form_get(f, map, "says", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(f, "says");
    yj_vec rows = { 0 };
    for (size_t i = 0; says && i < says->count && yj_load_goes_on(l); i++) {
        const char *path = yj_form_line(f, says, says->keys[i], true, 255);
        int at = yj_load_field(k, says->keys[i]);
        yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
        if (!field || field->list ||
            (field->type != YJ_T_CHOICE && field->type != YJ_T_TEXT && field->type != YJ_T_INTEGER)) {
            yj_complain(f, says->key_lines[i], says->keys[i], "kind %s has no field %s of the right type",
                        k->k.name, says->keys[i]);
            continue;
        }
        field->by_system = true;
        *yj_vec_add(l->arena, &rows, yj_says) = (yj_says){ .field = at, .path = path };
    }
    yj_form_out(f, mark);
    m->says = rows.items;
    m->says_count = rows.count;
}

void yj_load_signed(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *strength)
{
    static const char *const keys[] = { "values",  "otherwise", "file",   "key",     "type",   "types",
                                        "digests", "names",     "fine",   "matched", "faulty", "began",
                                        "ended",   "accepted",  "proves", "says",    NULL };
    const yj_yaml *map = yj_form_get(f, strength, "signed", YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(f, "signed");
    yj_signed_map *m = yj_arena_new_of(l->arena, yj_signed_map);
    const want wants[] = {
        { "key", YJ_T_REF, false, &m->key },           { "type", YJ_T_CHOICE, false, &m->type },
        { "digests", YJ_T_TEXT, true, &m->digests },   { "names", YJ_T_TEXT, true, &m->names },
        { "fine", YJ_T_BOOL, false, &m->fine },        { "matched", YJ_T_INTEGER, false, &m->matched },
        { "faulty", YJ_T_INTEGER, false, &m->faulty }, { "began", YJ_T_DATE, false, &m->began },
        { "ended", YJ_T_DATE, false, &m->ended },      { "accepted", YJ_T_DATE, false, &m->accepted },
        { "proves", YJ_T_TEXT, true, &m->proves }
    };
    const want file = { "file", YJ_T_TEXT, false, &m->file };
    bool fine = yj_form_keys(f, map, keys);
    fine = find(k, f, map, &file) && fine;
    fine = find_all(k, f, map, wants, YJ_COUNT(wants)) && fine;
    read_options(k, f, map, m);
    if (fine) {
        read_types(l, f, map, yj_vec_at(&k->fields, yj_field, m->type), m);
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_vec_at(&k->fields, yj_field, *wants[i].ret)->by_system = true;
        read_says(l, k, f, map, m);
        k->k.statement = m;
    }
    yj_form_out(f, mark);
}

/* What a key is believed of are types of statements, by the same words. */
static void check_types(yj_load_kind *k, const yj_kind *keys)
{
    const yj_field *type = &k->k.fields[k->k.statement->type], *of = &keys->fields[keys->keys->types];
    for (size_t i = 0; i < of->option_count; i++)
        if (!yj_field_option(type, yj_span_of(of->options[i].id)))
            yj_complain(&k->form, 0, "signed", "field %s has no option %s", type->name, of->options[i].id);
}

static bool is_type(const yj_loader *l, const char *type)
{
    for (size_t i = 0; i < l->out->kind_count; i++) {
        const yj_kind *k = &l->out->kinds[i];
        if (k->statement && yj_field_option(&k->fields[k->statement->type], yj_span_of(type)))
            return true;
    }
    return false;
}

static void check_measured(const yj_loader *l, yj_load_kind *k)
{
    for (size_t i = 0; i < k->k.measured_count; i++)
        for (size_t n = 0; n < k->k.measured[i].type_count; n++)
            if (!is_type(l, k->k.measured[i].types[n]))
                yj_complain(&k->form, 0, "measured", "there are no statements of type %s",
                            k->k.measured[i].types[n]);
}

void yj_load_finish_signed(yj_loader *l)
{
    for (size_t i = 0; i < l->kinds.count && !l->kinds_broken; i++)
        check_measured(l, yj_load_kind_at(l, (int)i));
    for (size_t i = 0; i < l->kinds.count; i++) {
        yj_load_kind *k = yj_load_kind_at(l, (int)i);
        if (!k->k.statement)
            continue;
        const yj_field *key = &k->k.fields[k->k.statement->key];
        if (key->ref_kind < 0)
            continue; /* said already */
        const yj_kind *keys = &l->out->kinds[key->ref_kind];
        if (keys->keys)
            check_types(k, keys);
        else if (!yj_load_kind_at(l, key->ref_kind)->broken)
            yj_complain(&k->form, 0, "signed", "kind %s holds no keys", keys->name);
    }
}
