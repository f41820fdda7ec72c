// SPDX-License-Identifier: Apache-2.0
/* kinds/NAME.yaml: kinds of the pack, and what an overlay adds to kinds of others. Fields: load_fields.c. */
#include "pack/load.h"
#include "pack/load_fields.h"
#include "pack/load_lists.h"
#include "pack/load_signed.h"
#include <stdlib.h>

static const char *const kind_keys[] = { "kind",    "label",  "help",        "scope",    "key",  "name",
                                         "initial", "states", "transitions", "strength", "keys", "measured",
                                         "awaits",  "lists",  "fields",      NULL };
static const char *const extend_keys[] = { "extend", "fields", "states", "transitions", NULL };

static void sync(yj_load_kind *k)
{
    k->k.fields = k->fields.items;
    k->k.field_count = k->fields.count;
    k->k.states = k->states.items;
    k->k.state_count = k->states.count;
    k->k.transitions = k->transitions.items;
    k->k.transition_count = k->transitions.count;
}

static yj_load_kind *kind_named(yj_loader *l, const char *name)
{
    for (size_t i = 0; i < l->kinds.count; i++) {
        yj_load_kind *k = yj_vec_at(&l->kinds, yj_load_kind, i);
        if (strcmp(k->k.name, name) == 0)
            return k;
    }
    return NULL;
}

static void declare(yj_loader *l, const char *name, const yj_form *f, const yj_yaml *tree)
{
    yj_load_kind *k = yj_vec_add(l->arena, &l->kinds, yj_load_kind);
    k->k.name = yj_arena_strdup(l->arena, name);
    k->k.index = (int)l->kinds.count - 1;
    k->k.label = (yj_text){ { k->k.name, k->k.name } };
    k->k.pack = l->packs[l->at].info.name;
    k->k.strength_field = -1;
    k->pack = l->at;
    k->form = *f;
    k->tree = tree;
    k->broken = !tree;
    if (!tree)
        l->kinds_broken = true;
}

/* First pass: the names, so that fields may refer to any kind of the pack. */
static void declare_file(yj_loader *l, const yj_pack_file *file, const char *stem)
{
    yj_form f;
    const yj_yaml *tree = yj_load_tree(l, file, &f);
    if (!yj_name_valid(stem)) {
        yj_complain(&f, 0, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", stem);
        return;
    }
    bool extends = tree && yj_yaml_get(tree, "extend");
    if (tree && !yj_form_keys(&f, tree, extends ? extend_keys : kind_keys))
        tree = NULL;
    if (extends) {
        if (tree)
            *yj_vec_add(l->scratch, &l->packs[l->at].extend_files, yj_load_extend) =
                (yj_load_extend){ .form = f, .tree = tree, .stem = yj_arena_strdup(l->scratch, stem) };
        return;
    }
    const char *name = tree ? yj_form_name(&f, tree, "kind", true) : NULL;
    int line = name ? yj_yaml_get(tree, "kind")->line : 1;
    const yj_load_kind *old = kind_named(l, stem);
    if (name && strcmp(name, stem) != 0)
        yj_complain(&f, line, "kind", "the file's name says %s", stem);
    if (old && tree)
        yj_complain(&f, line, "kind", "pack %s already has a kind %s", old->k.pack, stem);
    if (yj_sql_reserved(stem) || strcmp(stem, "subject") == 0)
        yj_complain(&f, line, "kind", "%s is a word of the rules' SQL and cannot be a name", stem);
    if (l->kinds.count == YJ_PACK_KINDS_MAX)
        yj_complain(&f, line, "kind", "more than %d kinds", YJ_PACK_KINDS_MAX);
    else if (!old)
        declare(l, stem, &f, tree);
}

static int find_stage(yj_loader *l, yj_form *f, const yj_yaml *map)
{
    const char *name = yj_form_name(f, map, "stage", false);
    if (!name)
        return -1;
    int i = yj_load_find_named(&l->stages, name);
    if (i < 0)
        yj_complain(f, yj_yaml_get(map, "stage")->line, "stage", "there is no stage %s", name);
    return i;
}

static void read_state(yj_loader *l, yj_load_kind *k, yj_form *f, const char *id, int line,
                       const yj_yaml *node)
{
    static const char *const keys[] = { "label", "stage", "final", NULL };
    if (!yj_form_keys(f, node, keys))
        return;
    if (!yj_name_valid(id)) {
        yj_complain(f, line, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", id);
    } else if (strcmp(id, YJ_STATE_WITHDRAWN) == 0) {
        yj_complain(f, line, NULL, "every kind has the state withdrawn of itself");
    } else if (yj_load_state(k, id) >= 0) {
        yj_complain(f, line, NULL, "kind %s already has a state %s", k->k.name, id);
    } else if (k->states.count == YJ_PACK_STATES_MAX) {
        yj_complain(f, line, NULL, "more than %d states", YJ_PACK_STATES_MAX);
    } else {
        yj_state *s = yj_vec_add(l->arena, &k->states, yj_state);
        s->id = yj_arena_strdup(l->arena, id);
        s->label = (yj_text){ { s->id, s->id } };
        (void)yj_form_pair(f, node, "label", true, YJ_PAIR_LABEL, &s->label);
        s->stage = find_stage(l, f, node);
        (void)yj_form_bool(f, node, "final", &s->final);
    }
}

static void read_states(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(f, tree, "states", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(f, "states");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(l); i++) {
        size_t inner = yj_form_in(f, map->keys[i]);
        read_state(l, k, f, map->keys[i], map->key_lines[i], &map->items[i]);
        yj_form_out(f, inner);
    }
    if (map && map->count == 0)
        yj_complain(f, map->line, NULL, "must not be empty");
    yj_form_out(f, mark);
    sync(k);
}

static bool read_ends(yj_load_kind *k, yj_form *f, const yj_yaml *node, yj_transition *t)
{
    const yj_yaml *from;
    size_t count;
    bool fine = yj_form_names(f, node, "from", true, true, &from, &count);
    for (size_t i = 0; i < count; i++) {
        int s = yj_load_state(k, from[i].text);
        if (s < 0)
            yj_complain(f, from[i].line, "from", "kind %s has no state %s", k->k.name, from[i].text);
        else
            t->from |= UINT64_C(1) << s;
    }
    const char *to = yj_form_name(f, node, "to", true);
    t->to = to ? yj_load_state(k, to) : -1;
    if (to && t->to < 0)
        yj_complain(f, yj_yaml_get(node, "to")->line, "to", "kind %s has no state %s", k->k.name, to);
    return fine && t->from && t->to >= 0;
}

static void read_transition(yj_loader *l, yj_load_kind *k, yj_form *f, const char *id, int line,
                            const yj_yaml *node)
{
    static const char *const keys[] = { "from", "to", "label", "help", NULL };
    if (!yj_form_keys(f, node, keys))
        return;
    if (!yj_name_valid(id)) {
        yj_complain(f, line, NULL, "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", id);
    } else if (strcmp(id, "withdraw") == 0) {
        yj_complain(f, line, NULL, "every kind has the transition withdraw of itself");
    } else if (yj_load_transition(k, id) >= 0) {
        yj_complain(f, line, NULL, "kind %s already has a transition %s", k->k.name, id);
    } else if (k->transitions.count == YJ_PACK_TRANSITIONS_MAX) {
        yj_complain(f, line, NULL, "more than %d transitions", YJ_PACK_TRANSITIONS_MAX);
    } else {
        yj_transition t = { .id = yj_arena_strdup(l->arena, id), .gate = -1 };
        t.label = (yj_text){ { t.id, t.id } };
        (void)yj_form_pair(f, node, "label", true, YJ_PAIR_LABEL, &t.label);
        (void)yj_form_pair(f, node, "help", false, YJ_PAIR_TEXT, &t.help);
        if (!read_ends(k, f, node, &t)) {
            k->broken = true; /* a gate on it is not said to be wrong as well */
            return;
        }
        *yj_vec_add(l->arena, &k->transitions, yj_transition) = t;
    }
}

static void read_transitions(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(f, tree, "transitions", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(f, "transitions");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(l); i++) {
        size_t inner = yj_form_in(f, map->keys[i]);
        read_transition(l, k, f, map->keys[i], map->key_lines[i], &map->items[i]);
        yj_form_out(f, inner);
    }
    yj_form_out(f, mark);
    sync(k);
}

static void add_active(yj_loader *l, yj_load_kind *k)
{
    yj_state *s = yj_vec_add(l->arena, &k->states, yj_state);
    s->id = "active";
    s->label = (yj_text){ { [YJ_LANG_ZH] = "\u6709\u6548", [YJ_LANG_EN] = "Active" } };
    s->stage = -1;
    sync(k);
}

static void read_initial(yj_load_kind *k, yj_form *f, const yj_yaml *tree)
{
    bool states = yj_yaml_get(tree, "states") != NULL;
    const char *name = yj_form_name(f, tree, "initial", states);
    if (!name)
        return;
    k->k.initial = yj_load_state(k, name);
    if (k->k.initial < 0) {
        k->k.initial = 0;
        yj_complain(f, yj_yaml_get(tree, "initial")->line, "initial", "kind %s has no state %s", k->k.name,
                    name);
    }
}

static void read_kind(yj_loader *l, yj_load_kind *k)
{
    yj_form *f = &k->form;
    const yj_yaml *tree = k->tree;
    (void)yj_form_pair(f, tree, "label", true, YJ_PAIR_LABEL, &k->k.label);
    (void)yj_form_pair(f, tree, "help", false, YJ_PAIR_TEXT, &k->k.help);
    const char *scope = yj_form_line(f, tree, "scope", false, 40);
    k->k.installation = scope && strcmp(scope, "installation") == 0;
    if (scope && !k->k.installation && strcmp(scope, "institution") != 0)
        yj_complain(f, yj_yaml_get(tree, "scope")->line, "scope", "must be institution or installation");
    if (yj_yaml_get(tree, "states"))
        read_states(l, k, f, tree);
    else
        add_active(l, k);
    read_initial(k, f, tree);
    read_transitions(l, k, f, tree);
    if (!yj_form_get(f, tree, "fields", YJ_YAML_MAP, true))
        k->broken = true;
    yj_load_fields(l, k, f, tree);
    sync(k);
    yj_load_key_and_name(l, k, f, tree);
    yj_load_strength(l, k, f, tree);
    yj_load_keys(l, k, f, tree);
    yj_load_measured(l, k, f, tree);
    yj_load_awaits(l, k, f, tree);
    yj_load_lists(l, k, f, tree);
}

static void read_extend(yj_loader *l, yj_load_extend *x)
{
    yj_form *f = &x->form;
    const char *name = yj_form_name(f, x->tree, "extend", true);
    if (!name)
        return;
    int line = yj_yaml_get(x->tree, "extend")->line;
    if (strcmp(name, x->stem) != 0)
        yj_complain(f, line, "extend", "the file's name says %s", x->stem);
    int i = yj_load_find_kind(l, f, line, "extend", name);
    if (i < 0)
        return;
    yj_load_kind *k = yj_load_kind_at(l, i);
    if (!(l->packs[l->at].extends >> k->pack & 1U)) {
        yj_complain(f, line, "extend", "kind %s belongs to pack %s, which pack %s does not extend", name,
                    k->k.pack, l->packs[l->at].info.name);
        return;
    }
    read_states(l, k, f, x->tree);
    read_transitions(l, k, f, x->tree);
    yj_load_fields(l, k, f, x->tree);
    sync(k);
}

void yj_load_kinds(yj_loader *l)
{
    yj_load_pack *p = &l->packs[l->at];
    char stem[200];
    size_t first = l->kinds.count;
    for (size_t i = 0; i < p->source->file_count && yj_load_goes_on(l); i++) {
        if (yj_load_path_is(p->source->files[i].path, "kinds/", ".yaml", stem, sizeof stem))
            declare_file(l, &p->source->files[i], stem);
    }
    for (size_t i = first; i < l->kinds.count && yj_load_goes_on(l); i++) {
        yj_load_kind *k = yj_load_kind_at(l, (int)i);
        if (k->tree)
            read_kind(l, k);
        else
            add_active(l, k);
    }
    for (size_t i = 0; i < p->extend_files.count && yj_load_goes_on(l); i++)
        read_extend(l, yj_vec_at(&p->extend_files, yj_load_extend, i));
}

static void add_withdrawn(yj_loader *l, yj_load_kind *k)
{
    uint64_t all = (UINT64_C(1) << k->states.count) - 1; /* at most 63 */
    yj_state *s = yj_vec_add(l->arena, &k->states, yj_state);
    s->id = YJ_STATE_WITHDRAWN;
    s->label = (yj_text){ { [YJ_LANG_ZH] = "\u5df2\u64a4\u9500", [YJ_LANG_EN] = "Withdrawn" } };
    s->stage = -1;
    yj_transition *t = yj_vec_add(l->arena, &k->transitions, yj_transition);
    t->id = "withdraw";
    t->label = (yj_text){ { [YJ_LANG_ZH] = "\u64a4\u9500", [YJ_LANG_EN] = "Withdraw" } };
    t->help = (yj_text){ { [YJ_LANG_ZH] = "\u8bb0\u5f55\u5f55\u5165\u6709\u8bef\u65f6\u4f7f\u7528\uff1a"
                                          "\u8bb0\u5f55\u4e0d\u518d\u663e\u793a\uff0c\u5176\u7f16\u53f7"
                                          "\u53ef\u91cd\u65b0\u4f7f\u7528\u3002",
                           [YJ_LANG_EN] = "For a record entered by mistake: it is no longer shown, and its "
                                          "key may be used again." } };
    t->from = all;
    t->to = (int)k->states.count - 1;
    t->gate = -1;
    sync(k);
}

static void make_table(yj_loader *l, const yj_load_kind *k, yj_kind_table *ret)
{
    yj_kind_column *columns = yj_arena_array(l->arena, k->fields.count + 1, sizeof *columns);
    for (size_t i = 0; i < k->fields.count; i++) {
        const yj_field *f = yj_vec_at(&k->fields, yj_field, i);
        columns[i].name = f->name;
        columns[i].is_integer = f->type == YJ_T_INTEGER || f->type == YJ_T_DECIMAL || f->type == YJ_T_BOOL;
        columns[i].is_ref = f->type == YJ_T_REF;
        columns[i].is_list = f->list;
        columns[i].at = (unsigned char)yj_kind_index_place(&k->k, i);
    }
    *ret = (yj_kind_table){ .name = k->k.name, .columns = columns, .column_count = k->fields.count };
}

/* A view that rules can read, and the list field it comes from; -1: the kind's own. */
typedef struct view {
    const char *name;
    size_t kind;
    int field;
} view;

static int compare_views(const void *a, const void *b)
{
    const view *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : (x->field > y->field) - (x->field < y->field);
}

static size_t list_views(yj_loader *l, view *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < l->kinds.count; i++) {
        yj_load_kind *k = yj_load_kind_at(l, (int)i);
        ret[n++] = (view){ .name = k->k.name, .kind = i, .field = -1 };
        for (size_t j = 0; j < k->fields.count; j++) {
            const yj_field *f = yj_vec_at(&k->fields, yj_field, j);
            if (!f->list)
                continue;
            const char *name = yj_arena_fmt(l->scratch, "%s_%s", k->k.name, f->name);
            if (strlen(name) > YJ_PACK_VIEW_MAX)
                yj_complain(&k->form, 0, f->name,
                            "the names of kind and list field have more than %d letters together",
                            YJ_PACK_VIEW_MAX - 1);
            ret[n++] = (view){ .name = name, .kind = i, .field = (int)j };
        }
    }
    return n;
}

/* A list field has a view of its own, <kind>_<field>: no kind, and no list of another kind, may be called
 * so. */
static void check_view_names(yj_loader *l)
{
    size_t most = 0;
    for (size_t i = 0; i < l->kinds.count; i++)
        most += 1 + yj_load_kind_at(l, (int)i)->fields.count;
    view *views = yj_arena_array(l->scratch, most + 1, sizeof *views);
    size_t n = list_views(l, views);
    if (!yj_load_goes_on(l) || n == 0)
        return;
    qsort(views, n, sizeof *views, compare_views);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(views[i - 1].name, views[i].name) != 0)
            continue;
        yj_load_kind *k = yj_load_kind_at(l, (int)views[i].kind);
        const yj_load_kind *other = yj_load_kind_at(l, (int)views[i - 1].kind);
        const char *field = k->k.fields[views[i].field].name;
        if (views[i - 1].field < 0)
            yj_complain(&k->form, 0, field, "the list's view %s is called like a kind", views[i].name);
        else
            yj_complain(&k->form, 0, field, "the list's view %s is called like that of a list of kind %s",
                        views[i].name, other->k.name);
    }
}

void yj_load_finish_kinds(yj_loader *l)
{
    size_t n = l->kinds.count;
    yj_kind *kinds = yj_arena_array(l->arena, n + 1, sizeof *kinds);
    yj_kind_table *tables = yj_arena_array(l->arena, n + 1, sizeof *tables);
    for (size_t i = 0; i < n && yj_load_goes_on(l); i++) {
        yj_load_kind *k = yj_load_kind_at(l, (int)i);
        add_withdrawn(l, k);
        kinds[i] = k->k;
        make_table(l, k, &tables[i]);
    }
    check_view_names(l);
    l->out->kinds = kinds;
    l->out->kind_count = n;
    l->out->tables = tables;
}
