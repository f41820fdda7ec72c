// SPDX-License-Identifier: Apache-2.0
/* `awaits` of a kind: by which of its dates something is awaited, and which tells that it came. */
#include "pack/load_fields.h"

#define AWAITS_MAX 8 /* of a kind */

static int read_date(const yj_load_kind *k, yj_form *f, const yj_yaml *map, const char *key, bool required)
{
    const char *name = yj_form_name(f, map, key, required);
    int at = name ? yj_load_field(k, name) : -1;
    const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
    if (field && field->type == YJ_T_DATE)
        return at;
    if (name)
        yj_complain(f, yj_yaml_get(map, key)->line, key, "kind %s has no date field %s", k->k.name, name);
    return -1;
}

static void read_awaited(yj_load_kind *k, yj_form *f, const yj_yaml *map, yj_awaited *ret)
{
    static const char *const keys[] = { "by", "came", NULL };
    *ret = (yj_awaited){ .by = -1, .came = -1 };
    if (map->type != YJ_YAML_MAP) {
        yj_complain(f, map->line, NULL, "must be a mapping");
        return;
    }
    if (!yj_form_keys(f, map, keys))
        return;
    ret->by = read_date(k, f, map, "by", false);
    ret->came = read_date(k, f, map, "came", true);
    if (ret->by >= 0 && ret->by == ret->came)
        yj_complain(f, yj_yaml_get(map, "came")->line, "came", "must be another field than by");
}

void yj_load_awaits(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *list = yj_form_get(f, tree, "awaits", YJ_YAML_LIST, false);
    if (!list)
        return;
    size_t mark = yj_form_in(f, "awaits");
    if (list->count == 0 || list->count > AWAITS_MAX) {
        yj_complain(f, list->line, NULL, "must have between 1 and %d entries", AWAITS_MAX);
    } else {
        yj_awaited *rows = yj_arena_array(l->arena, list->count, sizeof *rows);
        for (size_t i = 0; i < list->count && yj_load_goes_on(l); i++)
            read_awaited(k, f, &list->items[i], &rows[i]);
        k->k.awaits = rows;
        k->k.awaited_count = list->count;
    }
    yj_form_out(f, mark);
}
