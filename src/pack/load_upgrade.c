// SPDX-License-Identifier: Apache-2.0
/*
 * upgrade.yaml: what became of the kinds, fields, options, states and requirements of earlier editions. Left
 * stand names of the earlier edition, right those of this one. Read when everything else is known.
 */
#include "pack/load.h"

static const struct {
    const char *key;
    yj_move_what what;
    bool may_go; /* may be removed: a record must be in some state */
} lists[] = {
    { "kinds", YJ_MOVE_KIND, true },
    { "fields", YJ_MOVE_FIELD, true },
    { "options", YJ_MOVE_OPTION, true },
    { "states", YJ_MOVE_STATE, false },
    { "requirements", YJ_MOVE_REQUIREMENT, true },
};

static const yj_move *find_move(const yj_loader *l, yj_move_what what, const char *from)
{
    for (size_t i = 0; i < l->moves.count; i++) {
        const yj_move *m = yj_vec_at(&l->moves, yj_move, i);
        if (m->what == what && strcmp(m->from, from) == 0)
            return m;
    }
    return NULL;
}

/* "kind.field.option" of the earlier edition: three names for an option, two for a field or state. */
static bool parts_valid(const char *from, yj_move_what what)
{
    size_t wanted = what == YJ_MOVE_OPTION ? 3 : what == YJ_MOVE_KIND ? 1 : 2, found = 0;
    char part[YJ_NAME_MAX + 2];
    for (const char *at = from; at;) {
        const char *dot = strchr(at, '.');
        size_t n = dot ? (size_t)(dot - at) : strlen(at);
        snprintf(part, sizeof part, "%.*s", (int)(n < sizeof part ? n : sizeof part - 1), at);
        if (!yj_name_valid(part))
            return false;
        found++;
        at = dot ? dot + 1 : NULL;
    }
    return found == wanted;
}

static bool is_requirement(const yj_loader *l, const char *id)
{
    for (size_t i = 0; i < l->requirements.count; i++)
        if (strcmp(yj_vec_at(&l->requirements, yj_load_requirement, i)->q.id, id) == 0)
            return true;
    return false;
}

static void add_move(yj_loader *l, yj_form *f, int line, const yj_move *m)
{
    if (find_move(l, m->what, m->from))
        yj_complain(f, line, m->from, "\"%s\" stands here twice", m->from);
    else if (l->moves.count == YJ_PACK_MOVES_MAX)
        yj_complain(f, line, m->from, "more than %d entries", YJ_PACK_MOVES_MAX);
    else
        *yj_vec_add(l->arena, &l->moves, yj_move) = *m;
}

static void read_moves(yj_loader *l, yj_form *f, const yj_yaml *tree, const char *section, bool renamed)
{
    static const char *const keys[] = { "kinds", "fields", "options", "states", "requirements", NULL };
    const yj_yaml *all = yj_form_get(f, tree, section, YJ_YAML_MAP, false);
    if (!all)
        return;
    size_t mark = yj_form_in(f, section);
    (void)yj_form_keys(f, all, keys);
    for (size_t i = 0; i < YJ_COUNT(lists); i++) {
        const yj_yaml *map = yj_form_get(f, all, lists[i].key, YJ_YAML_MAP, false);
        size_t inner = yj_form_in(f, lists[i].key);
        for (size_t j = 0; map && j < map->count && yj_load_goes_on(l); j++) {
            const char *from = map->keys[j];
            yj_move m = { .what = lists[i].what,
                          .from = yj_arena_strdup(l->arena, from),
                          .pack = l->packs[l->at].info.name };
            if (m.what != YJ_MOVE_REQUIREMENT && !parts_valid(from, m.what))
                yj_complain(f, map->key_lines[j], from, "\"%s\" names nothing of an earlier edition", from);
            else if (!renamed && !lists[i].may_go)
                yj_complain(f, map->key_lines[j], from, "a state can only become another");
            else if (renamed ? (m.to = yj_form_line(f, map, from, true, 200)) != NULL
                             : yj_form_pair_of(f, &map->items[j], from, YJ_PAIR_TITLE, &m.why))
                add_move(l, f, map->key_lines[j], &m);
        }
        yj_form_out(f, inner);
    }
    yj_form_out(f, mark);
}

static void read_editions(yj_loader *l, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *list = yj_form_get(f, tree, "from", YJ_YAML_LIST, true);
    const char **ids = list ? yj_arena_array(l->arena, list->count + 1, sizeof *ids) : NULL;
    if (!list)
        return;
    if (!list->count)
        yj_complain(f, list->line, "from", "must not be empty");
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].type != YJ_YAML_SCALAR || yj_yaml_is_null(&list->items[i]))
            yj_complain(f, list->items[i].line, "from", "must be a list of names");
        else
            ids[i] = yj_arena_strdup(l->arena, list->items[i].text);
    }
    l->packs[l->at].info.follows = ids;
    l->packs[l->at].info.follows_count = list->count;
}

/* --- held against this edition ------------------------------------------------------------------------- */

static yj_load_kind *kind_named(yj_loader *l, const char *name, size_t len)
{
    for (size_t i = 0; i < l->kinds.count; i++) {
        yj_load_kind *k = yj_vec_at(&l->kinds, yj_load_kind, i);
        if (strlen(k->k.name) == len && strncmp(k->k.name, name, len) == 0)
            return k;
    }
    return NULL;
}

/* The kind of this edition that a kind of the earlier one became; NULL if it is gone or unknown. */
static yj_load_kind *kind_now(yj_loader *l, const char *old, size_t len)
{
    char name[YJ_NAME_MAX + 2];
    snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name - 1), old);
    const yj_move *m = find_move(l, YJ_MOVE_KIND, name);
    const char *now = m ? m->to : name;
    return now ? kind_named(l, now, strlen(now)) : NULL;
}

static int field_now(yj_loader *l, const yj_load_kind *k, const char *kind, size_t kind_len,
                     const char *field, size_t len)
{
    char name[2 * YJ_NAME_MAX + 4];
    snprintf(name, sizeof name, "%.*s.%.*s", (int)kind_len, kind, (int)len, field);
    const yj_move *m = find_move(l, YJ_MOVE_FIELD, name);
    const char *now = m ? m->to : strchr(name, '.') + 1;
    return now ? yj_load_field(k, now) : -1;
}

static bool option_is(const yj_field *f, const char *id)
{
    for (size_t i = 0; i < f->option_count; i++)
        if (strcmp(f->options[i].id, id) == 0)
            return true;
    return false;
}

/* Is there, in this edition, what the move leads to? */
static bool leads_somewhere(yj_loader *l, const yj_move *m)
{
    if (m->what == YJ_MOVE_REQUIREMENT)
        return is_requirement(l, m->to);
    if (m->what == YJ_MOVE_KIND)
        return kind_named(l, m->to, strlen(m->to)) != NULL;
    const char *dot = strchr(m->from, '.');
    const yj_load_kind *k = kind_now(l, m->from, (size_t)(dot - m->from));
    if (!k)
        return false;
    if (m->what == YJ_MOVE_FIELD)
        return yj_load_field(k, m->to) >= 0;
    if (m->what == YJ_MOVE_STATE)
        return yj_load_state(k, m->to) >= 0;
    const char *second = strchr(dot + 1, '.');
    int i = field_now(l, k, m->from, (size_t)(dot - m->from), dot + 1, (size_t)(second - dot - 1));
    return i >= 0 && option_is(yj_vec_at(&k->fields, yj_field, i), m->to);
}

static bool is_still_there(yj_loader *l, const yj_move *m)
{
    if (m->what == YJ_MOVE_REQUIREMENT)
        return is_requirement(l, m->from);
    if (m->what == YJ_MOVE_KIND)
        return kind_named(l, m->from, strlen(m->from)) != NULL;
    return false; /* a field may become another and a new one take its name */
}

static void check_moves(yj_loader *l, yj_form *f, const yj_yaml *tree, size_t from)
{
    for (size_t i = from; i < l->moves.count && yj_load_goes_on(l); i++) {
        const yj_move *m = yj_vec_at(&l->moves, yj_move, i);
        if (m->to && !leads_somewhere(l, m))
            yj_complain(f, tree->line, m->from, "%s leads to %s, which this edition does not have", m->from,
                        m->to);
        else if (is_still_there(l, m))
            yj_complain(f, tree->line, m->from, "this edition still has %s", m->from);
    }
}

void yj_load_upgrades(yj_loader *l)
{
    static const char *const keys[] = { "from", "renamed", "removed", NULL };
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        const yj_pack_file *file = yj_load_file(l, "upgrade.yaml");
        yj_form f;
        const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
        if (!tree || !yj_form_keys(&f, tree, keys))
            continue;
        size_t from = l->moves.count;
        read_editions(l, &f, tree);
        read_moves(l, &f, tree, "renamed", true);
        read_moves(l, &f, tree, "removed", false);
        check_moves(l, &f, tree, from);
    }
    l->out->moves = l->moves.items;
    l->out->move_count = l->moves.count;
    for (size_t i = 0; i < l->pack_count; i++)
        ((yj_pack_info *)(uintptr_t)l->out->packs)[i] = l->packs[i].info;
}
