// SPDX-License-Identifier: Apache-2.0
/* paths of pack.yaml, resolved when every kind is known. */
#include "pack/load.h"

typedef struct walk {
    yj_loader *l;
    yj_form *f;
    int line;
    const char *key;
    int at; /* kind reached */
    yj_step steps[YJ_PACK_STEPS_MAX];
    size_t count;
} walk;

static void add_step(walk *w, bool back, int kind, int field, bool list)
{
    w->steps[w->count++] = (yj_step){ .back = back, .kind = kind, .field = field, .list = list };
    w->at = kind;
}

static bool step_forward(walk *w, const char *name)
{
    const yj_load_kind *k = yj_load_kind_at(w->l, w->at);
    int i = yj_load_field(k, name);
    const yj_field *field = i < 0 ? NULL : yj_vec_at(&k->fields, yj_field, i);
    if (!field || field->type != YJ_T_REF || field->ref_kind < 0) {
        if (!k->broken)
            yj_complain(w->f, w->line, w->key, "kind %s has no reference field %s", k->k.name, name);
        return false;
    }
    add_step(w, false, field->ref_kind, i, field->list);
    return true;
}

static bool step_back(walk *w, const char *kind, const char *name)
{
    int from = yj_load_find_kind(w->l, w->f, w->line, w->key, kind);
    if (from < 0)
        return false;
    const yj_load_kind *k = yj_load_kind_at(w->l, from);
    int i = yj_load_field(k, name);
    const yj_field *field = i < 0 ? NULL : yj_vec_at(&k->fields, yj_field, i);
    if (!field || field->type != YJ_T_REF || field->ref_kind != w->at) {
        if (!k->broken)
            yj_complain(w->f, w->line, w->key, "kind %s has no field %s that refers to %s", kind, name,
                        yj_load_kind_at(w->l, w->at)->k.name);
        return false;
    }
    add_step(w, true, from, i, field->list);
    return true;
}

/* Copy the name at *p to `ret` and step over it. */
static bool take_name(const char **p, char ret[static YJ_NAME_MAX + 1])
{
    size_t n = strcspn(*p, ".");
    if (n == 0 || n > YJ_NAME_MAX)
        return false;
    memcpy(ret, *p, n);
    ret[n] = '\0';
    *p += n;
    return yj_name_valid(ret);
}

static bool walk_path(walk *w, const char *text)
{
    char name[YJ_NAME_MAX + 1], field[YJ_NAME_MAX + 1];
    for (const char *p = text;; p++) {
        bool back = *p == '<', fine;
        p += back;
        fine = take_name(&p, name);
        if (fine && back)
            fine = *p++ == '.' && take_name(&p, field);
        if (!fine) {
            yj_complain(w->f, w->line, w->key, "a path is made of FIELD or <KIND.FIELD, joined by dots");
            return false;
        }
        if (w->count == YJ_PACK_STEPS_MAX) {
            yj_complain(w->f, w->line, w->key, "a path has at most %d steps", YJ_PACK_STEPS_MAX);
            return false;
        }
        if (!(back ? step_back(w, name, field) : step_forward(w, name)))
            return false;
        if (*p == '\0')
            return true;
    }
}

static void read_path(yj_loader *l, yj_form *f, int from, const yj_yaml *map, size_t i)
{
    const char *target = map->keys[i];
    const yj_yaml *n = &map->items[i];
    int to = yj_load_find_kind(l, f, map->key_lines[i], target, target);
    if (n->type != YJ_YAML_SCALAR) {
        yj_complain(f, n->line, target, "must be a single value");
        return;
    }
    walk w = { .l = l, .f = f, .line = n->line, .key = target, .at = from };
    if (to < 0 || !walk_path(&w, n->text))
        return;
    if (w.at != to) {
        yj_complain(f, n->line, target, "the path ends at kind %s", yj_load_kind_at(l, w.at)->k.name);
        return;
    }
    if (l->paths.count == YJ_PACK_PATHS_MAX) {
        yj_complain(f, n->line, target, "more than %d entries", YJ_PACK_PATHS_MAX);
        return;
    }
    for (size_t j = 0; j < l->paths.count; j++) {
        const yj_path *p = yj_vec_at(&l->paths, yj_path, j);
        if (p->from == from && p->to == to) {
            yj_complain(f, n->line, target, "another pack has this already");
            return;
        }
    }
    yj_step *steps = yj_arena_array(l->arena, w.count, sizeof *steps);
    memcpy(steps, w.steps, w.count * sizeof *steps);
    *yj_vec_add(l->arena, &l->paths, yj_path) =
        (yj_path){ .from = from, .to = to, .steps = steps, .step_count = w.count };
}

static void read_paths(yj_loader *l, yj_load_pack *p)
{
    const yj_yaml *all = p->tree ? yj_form_get(&p->form, p->tree, "paths", YJ_YAML_MAP, false) : NULL;
    size_t mark = yj_form_in(&p->form, "paths");
    for (size_t i = 0; all && i < all->count && yj_load_goes_on(l); i++) {
        int from = yj_load_find_kind(l, &p->form, all->key_lines[i], all->keys[i], all->keys[i]);
        const yj_yaml *map = &all->items[i];
        size_t inner = yj_form_in(&p->form, all->keys[i]);
        if (map->type != YJ_YAML_MAP)
            yj_complain(&p->form, map->line, NULL, "must be a mapping");
        else if (from >= 0)
            for (size_t j = 0; j < map->count && yj_load_goes_on(l); j++)
                read_path(l, &p->form, from, map, j);
        yj_form_out(&p->form, inner);
    }
    yj_form_out(&p->form, mark);
}

void yj_load_finish_paths(yj_loader *l)
{
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++)
        read_paths(l, &l->packs[l->at]);
    l->out->paths = l->paths.items;
    l->out->path_count = l->paths.count;
}
