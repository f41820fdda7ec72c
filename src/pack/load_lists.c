// SPDX-License-Identifier: Apache-2.0
/* `lists` of a kind: what programs write about things of the kind, and which of their columns is which field.
 */
#include "pack/load_lists.h"

#include "pack/load_fields.h"

#define LISTS_MAX 8    /* of a kind */
#define COLUMNS_MAX 64 /* of a list, that are of use */
#define VALUES_MAX 100 /* of one column */
#define CELL_MAX 200   /* code points of a value, of a column's name */

typedef struct reading {
    yj_loader *l;
    yj_load_kind *k;
    yj_form *f;
    yj_list *list;
    yj_vec columns; /* const char * */
} reading;

static int add_column(reading *r, const yj_yaml *node, const char *key)
{
    const char **had = r->columns.items;
    for (size_t i = 0; i < r->columns.count; i++)
        if (strcmp(had[i], node->text) == 0)
            return (int)i;
    if (r->columns.count == COLUMNS_MAX) {
        yj_complain(r->f, node->line, key, "more than %d entries", COLUMNS_MAX);
        return 0;
    }
    *yj_vec_add(r->l->arena, &r->columns, const char *) = yj_arena_strdup(r->l->arena, node->text);
    return (int)r->columns.count - 1;
}

static const int *read_columns(reading *r, const yj_yaml *map, const char *key, bool one_ok,
                               size_t *ret_count)
{
    const yj_yaml *items = NULL;
    *ret_count = 0;
    (void)yj_form_names(r->f, map, key, true, one_ok, &items, ret_count);
    int *ret = yj_arena_array(r->l->arena, *ret_count + 1, sizeof *ret);
    for (size_t i = 0; i < *ret_count; i++)
        ret[i] = add_column(r, &items[i], key);
    return ret;
}

static const yj_field *field_at(const reading *r, int at)
{
    return at < 0 ? NULL : yj_vec_at(&r->k->fields, yj_field, at);
}

/* A field of the kind that one cell can fill. */
static int read_field(reading *r, const char *name, int line, const char *key)
{
    int at = yj_load_field(r->k, name);
    const yj_field *field = field_at(r, at);
    if (field && !field->list)
        return at;
    yj_complain(r->f, line, key, "kind %s has no field %s of the right type", r->k->k.name, name);
    return -1;
}

static void check_option(reading *r, const yj_field *field, const char *text, int line, const char *key)
{
    if (field && field->type == YJ_T_CHOICE && !yj_field_option(field, yj_span_of(text)))
        yj_complain(r->f, line, key, "field %s has no option %s", field->name, text);
}

static void read_values(reading *r, const yj_yaml *map, const yj_field *field, yj_list_field *to)
{
    const yj_yaml *values = yj_form_get(r->f, map, "values", YJ_YAML_MAP, false);
    if (!values)
        return;
    size_t mark = yj_form_in(r->f, "values");
    if (values->count > VALUES_MAX)
        yj_complain(r->f, values->line, NULL, "more than %d entries", VALUES_MAX);
    yj_list_value *all = yj_arena_array(r->l->arena, values->count + 1, sizeof *all);
    for (size_t i = 0; i < values->count && i < VALUES_MAX; i++) {
        const char *text = yj_form_line(r->f, values, values->keys[i], true, CELL_MAX);
        if (!text)
            continue;
        check_option(r, field, text, values->key_lines[i], values->keys[i]);
        all[to->value_count++] =
            (yj_list_value){ .from = yj_arena_strdup(r->l->arena, values->keys[i]), .to = text };
    }
    to->values = all;
    yj_form_out(r->f, mark);
}

static void read_one(reading *r, const yj_yaml *fields, size_t i, yj_list_field *to)
{
    static const char *const keys[] = { "from", "part", "values", "otherwise", NULL };
    const char *name = fields->keys[i];
    const yj_yaml *map = yj_form_get(r->f, fields, name, YJ_YAML_MAP, true);
    to->field = read_field(r, name, fields->key_lines[i], name);
    size_t mark = yj_form_in(r->f, name);
    if (!map || !yj_form_keys(r->f, map, keys)) {
        yj_form_out(r->f, mark);
        return;
    }
    const yj_field *field = field_at(r, to->field);
    if (yj_yaml_get(map, "from"))
        to->columns = read_columns(r, map, "from", true, &to->column_count);
    read_values(r, map, field, to);
    to->otherwise = yj_form_line(r->f, map, "otherwise", false, CELL_MAX);
    if (to->otherwise)
        check_option(r, field, to->otherwise, yj_yaml_get(map, "otherwise")->line, "otherwise");
    const char *part = yj_form_line(r->f, map, "part", false, 40);
    to->last_part = part && strcmp(part, "last") == 0;
    if (part && !to->last_part)
        yj_complain(r->f, yj_yaml_get(map, "part")->line, "part", "must be last");
    if (to->column_count == 0 && !to->otherwise)
        yj_complain(r->f, map->line, "from", "is missing");
    yj_form_out(r->f, mark);
}

static void read_fields(reading *r, const yj_yaml *map)
{
    const yj_yaml *fields = yj_form_get(r->f, map, "fields", YJ_YAML_MAP, true);
    if (!fields)
        return;
    size_t mark = yj_form_in(r->f, "fields");
    yj_list_field *all = yj_arena_array(r->l->arena, fields->count + 1, sizeof *all);
    for (size_t i = 0; i < fields->count && yj_load_goes_on(r->l); i++)
        read_one(r, fields, i, &all[i]);
    r->list->fields = all;
    r->list->field_count = fields->count;
    yj_form_out(r->f, mark);
}

static void read_without(reading *r, const yj_yaml *map)
{
    const yj_yaml *rows = yj_form_get(r->f, map, "leave_out", YJ_YAML_MAP, false);
    if (!rows)
        return;
    size_t mark = yj_form_in(r->f, "leave_out");
    yj_list_without *all = yj_arena_array(r->l->arena, rows->count + 1, sizeof *all);
    for (size_t i = 0; i < rows->count; i++) {
        const yj_yaml *items = NULL;
        yj_list_without *w = &all[i];
        (void)yj_form_names(r->f, rows, rows->keys[i], true, false, &items, &w->value_count);
        const char **values = yj_arena_array(r->l->arena, w->value_count + 1, sizeof *values);
        for (size_t n = 0; n < w->value_count; n++)
            values[n] = yj_arena_strdup(r->l->arena, items[n].text);
        w->values = values;
        w->column =
            add_column(r, &(yj_yaml){ .text = rows->keys[i], .line = rows->key_lines[i] }, rows->keys[i]);
    }
    r->list->without = all;
    r->list->without_count = rows->count;
    yj_form_out(r->f, mark);
}

static void read_asked(reading *r, const yj_yaml *map)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    (void)yj_form_names(r->f, map, "asked", false, false, &items, &count);
    int *all = yj_arena_array(r->l->arena, count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        int at = read_field(r, items[i].text, items[i].line, "asked");
        if (at >= 0)
            all[r->list->asked_count++] = at;
    }
    r->list->asked = all;
}

/* {REFERENCE: FIELD}: the record so named keeps the list's digest. Whether it can: yj_load_finish_lists(). */
static void read_digest(reading *r, const yj_yaml *map)
{
    const yj_yaml *digest = yj_form_get(r->f, map, "digest", YJ_YAML_MAP, false);
    r->list->digest_of = -1;
    if (!digest)
        return;
    size_t mark = yj_form_in(r->f, "digest");
    if (digest->count != 1) {
        yj_complain(r->f, digest->line, NULL, "must have between 1 and %d entries", 1);
    } else {
        int at = read_field(r, digest->keys[0], digest->key_lines[0], digest->keys[0]);
        const yj_field *field = field_at(r, at);
        if (field && field->type == YJ_T_REF)
            r->list->digest_of = at;
        else if (field)
            yj_complain(r->f, digest->key_lines[0], digest->keys[0],
                        "kind %s has no field %s of the right type", r->k->k.name, field->name);
        r->list->digest = yj_form_name(r->f, digest, digest->keys[0], true);
        r->list->line = digest->key_lines[0];
    }
    yj_form_out(r->f, mark);
}

static void read_list(reading *r, const yj_yaml *lists, size_t i)
{
    static const char *const keys[] = { "label", "heads", "asked", "digest", "leave_out", "fields", NULL };
    const yj_yaml *map = yj_form_get(r->f, lists, lists->keys[i], YJ_YAML_MAP, true);
    r->list->digest_of = -1;
    r->list->id = yj_arena_strdup(r->l->arena, lists->keys[i]);
    if (!yj_name_valid(lists->keys[i]))
        yj_complain(r->f, lists->key_lines[i], NULL,
                    "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", lists->keys[i]);
    size_t mark = yj_form_in(r->f, lists->keys[i]);
    if (!map || !yj_form_keys(r->f, map, keys)) {
        yj_form_out(r->f, mark);
        return;
    }
    (void)yj_form_pair(r->f, map, "label", true, YJ_PAIR_LABEL, &r->list->label);
    r->list->heads = read_columns(r, map, "heads", false, &r->list->head_count);
    read_asked(r, map);
    read_digest(r, map);
    read_without(r, map);
    read_fields(r, map);
    r->list->columns = r->columns.items;
    r->list->column_count = r->columns.count;
    yj_form_out(r->f, mark);
}

void yj_load_lists(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *lists = yj_form_get(f, tree, "lists", YJ_YAML_MAP, false);
    if (!lists)
        return;
    size_t mark = yj_form_in(f, "lists");
    if (lists->count == 0 || lists->count > LISTS_MAX) {
        yj_complain(f, lists->line, NULL, "must have between 1 and %d entries", LISTS_MAX);
    } else {
        yj_list *all = yj_arena_array(l->arena, lists->count, sizeof *all);
        for (size_t i = 0; i < lists->count && yj_load_goes_on(l); i++)
            read_list(&(reading){ .l = l, .k = k, .f = f, .list = &all[i] }, lists, i);
        k->k.lists = all;
        k->k.list_count = lists->count;
    }
    yj_form_out(f, mark);
}

void yj_load_finish_lists(yj_loader *l)
{
    for (size_t i = 0; i < l->kinds.count; i++) {
        yj_load_kind *k = yj_load_kind_at(l, (int)i);
        for (size_t n = 0; n < k->k.list_count; n++) {
            const yj_list *x = &k->k.lists[n];
            const yj_field *by = x->digest_of < 0 ? NULL : yj_vec_at(&k->fields, yj_field, x->digest_of);
            if (!by || by->ref_kind < 0 || !x->digest)
                continue;
            const yj_load_kind *to = yj_load_kind_at(l, by->ref_kind);
            int at = yj_load_field(to, x->digest);
            const yj_field *field = at < 0 ? NULL : yj_vec_at(&to->fields, yj_field, at);
            if (!to->broken && (!field || field->type != YJ_T_TEXT || field->list))
                yj_complain(&k->form, x->line, "lists", "kind %s has no field %s of the right type",
                            to->k.name, x->digest);
        }
    }
}
