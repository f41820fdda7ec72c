// SPDX-License-Identifier: Apache-2.0
/* access.yaml: who may do what. Read when all kinds are known: what a pack says of its own kinds settles
 * them, what it says of those of packs below is added. */
#include "pack/load.h"

#define GROUPS_MAX 64
#define ORDERS_MAX 64

typedef struct group {
    const char *name;
    uint64_t roles;
} group;

/* What stands beside a kind: NULL where nothing is said. */
typedef struct said {
    const yj_yaml *create, *change, *move, *transitions;
} said;

/* One file. */
typedef struct reading {
    yj_loader *l;
    yj_form *f;
    yj_kind_access *kinds;  /* of the catalog, being made */
    yj_grant **transitions; /* for each kind its own */
    yj_order_grant *orders; /* of all packs so far; room for ORDERS_MAX */
    const yj_kind *at;      /* the kind spoken of; NULL: any */
    group groups[GROUPS_MAX];
    size_t group_count;
} reading;

/* --- who acts ---------------------------------------------------------------------------------------------
 */

static int field_of(const reading *r, const yj_kind *k, const yj_yaml *map, const char *key, yj_type type)
{
    const char *name = yj_form_name(r->f, map, key, true);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    if (!name)
        return -1;
    int line = yj_yaml_get(map, key)->line;
    if (f && f->type == type && (type == YJ_T_CHOICE || !f->list))
        return (int)(f - k->fields);
    if (type == YJ_T_CHOICE)
        yj_complain(r->f, line, key, "kind %s has no choice field %s", k->name, name);
    else if (type == YJ_T_DATE)
        yj_complain(r->f, line, key, "kind %s has no date field %s", k->name, name);
    else
        yj_complain(r->f, line, key, "kind %s has no single reference field %s", k->name, name);
    return -1;
}

static int state_of(const reading *r, const yj_kind *k, const yj_yaml *map)
{
    const char *name = yj_form_name(r->f, map, "state", true);
    int i = name ? yj_kind_state(k, yj_span_of(name)) : -1;
    if (name && i < 0)
        yj_complain(r->f, yj_yaml_get(map, "state")->line, "state", "kind %s has no state %s", k->name, name);
    return i;
}

static void read_persons(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind", "roles", "state", NULL };
    yj_access *a = &r->l->out->access;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "persons");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "persons", keys, a->person, &k);
    if (map) {
        a->roles = field_of(r, k, map, "roles", YJ_T_CHOICE);
        a->person_state = state_of(r, k, map);
        if (a->roles >= 0 && k->fields[a->roles].option_count > YJ_PACK_ROLES_MAX)
            yj_complain(r->f, yj_yaml_get(map, "roles")->line, "roles", "more than %d roles",
                        YJ_PACK_ROLES_MAX);
        else if (a->roles >= 0)
            a->person = k->index;
    }
    yj_form_out(r->f, mark);
}

static int person_ref(const reading *r, const yj_kind *k, const yj_yaml *map, const char *key)
{
    int i = field_of(r, k, map, key, YJ_T_REF);
    if (i >= 0 && k->fields[i].ref_kind != r->l->out->access.person)
        yj_complain(r->f, yj_yaml_get(map, key)->line, key, "field %s of kind %s names no person",
                    k->fields[i].name, k->name);
    return i;
}

static void read_delegations(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind", "from", "to", "since", "until", "state", NULL };
    yj_access *a = &r->l->out->access;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "delegations");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "delegations", keys, a->delegation, &k);
    if (map) {
        a->delegation = k->index;
        a->from = person_ref(r, k, map, "from");
        a->to = person_ref(r, k, map, "to");
        a->since = field_of(r, k, map, "since", YJ_T_DATE);
        a->until = field_of(r, k, map, "until", YJ_T_DATE);
        a->delegation_state = state_of(r, k, map);
    }
    yj_form_out(r->f, mark);
}

static void read_memberships(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind", "person", "since", "until", "state", NULL };
    yj_access *a = &r->l->out->access;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "memberships");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "memberships", keys, a->membership, &k);
    if (map) {
        a->membership = k->index;
        a->member = person_ref(r, k, map, "person");
        a->member_since = field_of(r, k, map, "since", YJ_T_DATE);
        a->member_until = field_of(r, k, map, "until", YJ_T_DATE);
        a->membership_state = state_of(r, k, map);
    }
    yj_form_out(r->f, mark);
}

/* --- roles ------------------------------------------------------------------------------------------------
 */

static bool role_bit(const reading *r, const char *name, uint64_t *ret)
{
    const yj_access *a = &r->l->out->access;
    const yj_field *f = &r->l->out->kinds[a->person].fields[a->roles];
    const yj_option *o = yj_field_option(f, yj_span_of(name));
    *ret = o ? UINT64_C(1) << (o - f->options) : 0;
    return o != NULL;
}

/* A list of roles and groups, in which no role stands twice. */
static uint64_t read_roles(const reading *r, const yj_yaml *list, const char *key)
{
    uint64_t ret = 0;
    for (size_t i = 0; i < list->count; i++) {
        const yj_yaml *n = &list->items[i];
        uint64_t found = 0;
        const char *name = n->type == YJ_YAML_SCALAR ? n->text : "?";
        for (size_t j = 0; j < r->group_count; j++)
            if (strcmp(r->groups[j].name, name) == 0)
                found = r->groups[j].roles;
        if (!found && !role_bit(r, name, &found))
            yj_complain(r->f, n->line, key, "there is no role and no group %s", name);
        else if (ret & found)
            yj_complain(r->f, n->line, key, "a role of %s stands here already", name);
        ret |= found;
    }
    return ret;
}

static void read_groups(reading *r, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(r->f, tree, "groups", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(r->f, "groups");
    for (size_t i = 0; map && i < map->count; i++) {
        uint64_t bit;
        const yj_yaml *list = yj_form_get(r->f, map, map->keys[i], YJ_YAML_LIST, true);
        if (!yj_name_valid(map->keys[i]) || role_bit(r, map->keys[i], &bit)) {
            yj_complain(r->f, map->key_lines[i], map->keys[i], "\"%s\" cannot be the name of a group",
                        map->keys[i]);
            continue;
        }
        if (r->group_count == GROUPS_MAX) {
            yj_complain(r->f, map->key_lines[i], map->keys[i], "more than %d groups", GROUPS_MAX);
            break;
        }
        uint64_t roles = list ? read_roles(r, list, map->keys[i]) : 0;
        if (list && list->count == 0)
            yj_complain(r->f, list->line, map->keys[i], "must not be empty");
        if (roles)
            r->groups[r->group_count++] =
                (group){ .name = yj_arena_strdup(r->l->scratch, map->keys[i]), .roles = roles };
    }
    yj_form_out(r->f, mark);
}

/* --- grants -----------------------------------------------------------------------------------------------
 */

static bool has_field(const yj_grant *g, int field)
{
    for (size_t i = 0; i < g->not_by_count; i++)
        if (g->not_by[i] == field)
            return true;
    return false;
}

static void add_field(const reading *r, yj_grant *g, int field)
{
    if (has_field(g, field))
        return;
    int *list = yj_arena_array(r->l->arena, g->not_by_count + 1, sizeof *list);
    size_t n = 0;
    for (; n < g->not_by_count && g->not_by[n] < field; n++)
        list[n] = g->not_by[n];
    list[n] = field;
    for (; n < g->not_by_count; n++)
        list[n + 1] = g->not_by[n];
    g->not_by = list;
    g->not_by_count++;
}

static void read_not_by(const reading *r, const yj_yaml *map, bool creates, yj_grant *g)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(r->f, map, "not_by", false, false, &items, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        const yj_field *f = r->at ? yj_kind_field(r->at, yj_span_of(items[i].text)) : NULL;
        bool creator = strcmp(items[i].text, "created") == 0;
        if (!r->at || (creator && creates))
            yj_complain(r->f, items[i].line, "not_by", "there is no record yet, or none of a known kind");
        else if (creator)
            g->not_by_creator = true;
        else if (f && f->type == YJ_T_REF && f->ref_kind == r->l->out->access.person)
            add_field(r, g, (int)(f - r->at->fields));
        else
            yj_complain(r->f, items[i].line, "not_by", "kind %s has no field %s that names a person",
                        r->at->name, items[i].text);
    }
}

/* What another grant holds, too. */
static void add_all(const reading *r, yj_grant *g, const yj_grant *other)
{
    g->roles |= other->roles;
    g->not_by_creator |= other->not_by_creator;
    for (size_t i = 0; i < other->not_by_count; i++)
        add_field(r, g, other->not_by[i]);
}

/* A list of roles, or {roles, not_by}; added to what the grant holds. */
static void add_grant(const reading *r, const yj_yaml *n, const char *key, bool creates, yj_grant *g)
{
    static const char *const keys[] = { "roles", "not_by", NULL };
    if (n->type == YJ_YAML_LIST) {
        g->roles |= read_roles(r, n, key);
        return;
    }
    size_t mark = yj_form_in(r->f, key);
    if (yj_form_keys(r->f, n, keys)) {
        const yj_yaml *list = yj_form_get(r->f, n, "roles", YJ_YAML_LIST, true);
        if (list)
            g->roles |= read_roles(r, list, "roles");
        read_not_by(r, n, creates, g);
    }
    yj_form_out(r->f, mark);
}

static const yj_yaml *member(const yj_yaml *map, const char *key)
{
    const yj_yaml *n = yj_yaml_get(map, key);
    return n && !yj_yaml_is_null(n) ? n : NULL;
}

static said said_in(const reading *r, const yj_yaml *map)
{
    return (said){ .create = member(map, "create"),
                   .change = member(map, "change"),
                   .move = member(map, "move"),
                   .transitions = yj_form_get(r->f, map, "transitions", YJ_YAML_MAP, false) };
}

static const yj_yaml *said_of(const said *s, const char *transition)
{
    return s->transitions ? member(s->transitions, transition) : NULL;
}

static void check_transitions(const reading *r, const said *s)
{
    size_t mark = yj_form_in(r->f, "transitions");
    for (size_t i = 0; s->transitions && i < s->transitions->count; i++)
        if (yj_kind_transition(r->at, yj_span_of(s->transitions->keys[i])) < 0)
            yj_complain(r->f, s->transitions->key_lines[i], s->transitions->keys[i],
                        "kind %s has no transition %s", r->at->name, s->transitions->keys[i]);
    yj_form_out(r->f, mark);
}

/* All that is said of a kind, added to what is there. `whole`: it is the kind's own pack that speaks, so that
 * what it leaves out follows from what it says: a change needs what creating does, a transition what a change
 * does. */
static void apply(const reading *r, const yj_kind *k, const said *s, bool whole)
{
    yj_kind_access *to = &r->kinds[k->index];
    yj_grant *transitions = r->transitions[k->index];
    if (s->create)
        add_grant(r, s->create, "create", true, &to->create);
    if (s->change)
        add_grant(r, s->change, "change", false, &to->change);
    else if (whole)
        to->change = to->create;
    yj_grant move = { .roles = 0 };
    if (s->move)
        add_grant(r, s->move, "move", false, &move);
    else if (whole)
        move = to->change;
    for (size_t i = 0; i < k->transition_count; i++) {
        const yj_yaml *n = said_of(s, k->transitions[i].id);
        yj_grant *g = &transitions[i];
        size_t mark = yj_form_in(r->f, "transitions");
        if (n)
            add_grant(r, n, k->transitions[i].id, false, g);
        else
            add_all(r, g, &move);
        yj_form_out(r->f, mark);
    }
    to->said = true;
}

static void read_kind(reading *r, const yj_yaml *map, const char *name, int line)
{
    static const char *const keys[] = { "create", "change", "move", "transitions", NULL };
    int i = yj_load_find_kind(r->l, r->f, line, name, name);
    if (i < 0)
        return;
    r->at = &r->l->out->kinds[i];
    bool own = strcmp(r->at->pack, r->l->packs[r->l->at].info.name) == 0;
    size_t mark = yj_form_in(r->f, name);
    if (yj_form_keys(r->f, map, keys)) {
        said s = said_in(r, map);
        if (own && !s.create)
            yj_complain(r->f, map->line, "create", "is missing");
        check_transitions(r, &s);
        apply(r, r->at, &s, own);
        r->kinds[i].named = true;
    }
    yj_form_out(r->f, mark);
    r->at = NULL;
}

static void read_default(reading *r, const yj_yaml *tree, said *ret)
{
    static const char *const keys[] = { "create", "change", "move", NULL };
    const yj_yaml *map = yj_form_get(r->f, tree, "default", YJ_YAML_MAP, false);
    if (!map || !yj_form_keys(r->f, map, keys))
        return;
    size_t mark = yj_form_in(r->f, "default");
    const said s = said_in(r, map);
    const yj_yaml *parts[] = { s.create, s.change, s.move };
    yj_grant unused = { .roles = 0 };
    for (size_t i = 0; i < YJ_COUNT(parts); i++) /* told once, and where no kind takes it */
        if (parts[i])
            add_grant(r, parts[i], keys[i], i == 0, &unused);
    if (s.create)
        *ret = s;
    else
        yj_complain(r->f, map->line, "create", "is missing");
    yj_form_out(r->f, mark);
}

/* Kinds of this pack of which its file says nothing, and, where it says nothing at all, those before it had.
 */
static void apply_default(reading *r, const said *s)
{
    const char *pack = r->l->packs[r->l->at].info.name;
    size_t mark = yj_form_in(r->f, "default");
    for (size_t i = 0; s->create && i < r->l->out->kind_count; i++) {
        const yj_kind *k = &r->l->out->kinds[i];
        if (!r->kinds[i].said && strcmp(k->pack, pack) == 0)
            apply(r, k, s, true);
    }
    yj_form_out(r->f, mark);
}

/* Of a work of which a pack before speaks, roles are added. */
static yj_order_grant *order_of(const reading *r, const char *work, int line)
{
    yj_access *a = &r->l->out->access;
    for (size_t i = 0; i < a->order_count; i++)
        if (strcmp(r->orders[i].work, work) == 0)
            return &r->orders[i];
    if (!yj_name_valid(work) || a->order_count == ORDERS_MAX) {
        yj_complain(r->f, line, work, "\"%s\" cannot be the name of a work", work);
        return NULL;
    }
    r->orders[a->order_count] = (yj_order_grant){ .work = yj_arena_strdup(r->l->arena, work),
                                                  .record = -1,
                                                  .serial = -1,
                                                  .grade = -1,
                                                  .gate_by = -1,
                                                  .gate_transition = -1 };
    return &r->orders[a->order_count++];
}

/* What has to be well before: {by, transition, states}. */
static void read_order_gate(const reading *r, const yj_kind *k, const yj_yaml *map, yj_order_grant *o)
{
    static const char *const keys[] = { "by", "transition", "states", NULL };
    const yj_yaml *states;
    size_t count = 0, mark = yj_form_in(r->f, "gate");
    int by = yj_form_keys(r->f, map, keys) ? field_of(r, k, map, "by", YJ_T_REF) : -1;
    const yj_kind *to =
        by >= 0 && k->fields[by].ref_kind >= 0 ? &r->l->out->kinds[k->fields[by].ref_kind] : NULL;
    const char *name = to ? yj_form_name(r->f, map, "transition", true) : NULL;
    int t = name ? yj_kind_transition(to, yj_span_of(name)) : -1;
    if (name && (t < 0 || to->transitions[t].gate < 0))
        yj_complain(r->f, map->line, "transition", "kind %s has no transition %s with a gate", to->name,
                    name);
    else if (name && yj_form_names(r->f, map, "states", true, false, &states, &count))
        for (size_t i = 0; i < count; i++) {
            int state = yj_kind_state(to, yj_span_of(states[i].text));
            if (state < 0)
                yj_complain(r->f, states[i].line, "states", "kind %s has no state %s", to->name,
                            states[i].text);
            else
                o->gate_states |= UINT64_C(1) << state;
        }
    o->gate_by = by;
    o->gate_transition = t;
    yj_form_out(r->f, mark);
}

static int order_field(const reading *r, const yj_kind *k, const yj_yaml *map, const char *key, yj_type type)
{
    const char *name = yj_form_name(r->f, map, key, true);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    if (f && f->type == type && !f->list)
        return (int)(f - k->fields);
    int line = name ? yj_yaml_get(map, key)->line : 0;
    if (name && type == YJ_T_TEXT)
        yj_complain(r->f, line, key, "kind %s has no single text field %s", k->name, name);
    else if (name)
        yj_complain(r->f, line, key, "kind %s has no single integer field %s", k->name, name);
    return -1;
}

/* {roles, witness, record, serial, grade, gate}: all of them belong to what is done to a thing. */
static void read_order(const reading *r, const yj_yaml *map, const char *work, yj_order_grant *o)
{
    static const char *const keys[] = { "roles", "witness", "record", "serial", "grade", "gate", NULL };
    size_t mark = yj_form_in(r->f, work);
    if (!yj_form_keys(r->f, map, keys)) {
        yj_form_out(r->f, mark);
        return;
    }
    const yj_yaml *roles = yj_form_get(r->f, map, "roles", YJ_YAML_LIST, true),
                  *witness = yj_form_get(r->f, map, "witness", YJ_YAML_LIST, true),
                  *gate = yj_form_get(r->f, map, "gate", YJ_YAML_MAP, true);
    const char *name = yj_form_name(r->f, map, "record", true);
    const yj_kind *k = name ? yj_catalog_kind(r->l->out, yj_span_of(name)) : NULL;
    if (roles)
        o->roles |= read_roles(r, roles, "roles");
    if (witness)
        o->witness |= read_roles(r, witness, "witness");
    if (name && !k)
        yj_complain(r->f, map->line, "record", "there is no kind %s", name);
    else if (k && o->record >= 0)
        yj_complain(r->f, map->line, "record",
                    "another pack says already of which records the work is, not %s", name);
    if (k && o->record < 0) {
        o->record = k->index;
        o->serial = order_field(r, k, map, "serial", YJ_T_TEXT);
        o->grade = order_field(r, k, map, "grade", YJ_T_INTEGER);
        if (gate)
            read_order_gate(r, k, gate, o);
    }
    yj_form_out(r->f, mark);
}

static void read_orders(const reading *r, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(r->f, tree, "orders", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(r->f, "orders");
    for (size_t i = 0; map && i < map->count; i++) {
        bool whole = map->items[i].type == YJ_YAML_MAP;
        const yj_yaml *told =
            whole ? &map->items[i] : yj_form_get(r->f, map, map->keys[i], YJ_YAML_LIST, true);
        yj_order_grant *o = told ? order_of(r, map->keys[i], map->key_lines[i]) : NULL;
        if (o && whole)
            read_order(r, told, map->keys[i], o);
        else if (o)
            o->roles |= read_roles(r, told, map->keys[i]);
    }
    yj_form_out(r->f, mark);
}

static void read_file(reading *r, const yj_yaml *tree, said *ret_default)
{
    static const char *const keys[] = { "persons",     "made_for", /* load_roles.c */
                                        "delegations", "memberships", "groups", "default",
                                        "kinds",       "orders",      NULL };
    if (!yj_form_keys(r->f, tree, keys))
        return;
    read_persons(r, tree);
    if (r->l->out->access.person < 0) {
        if (!r->l->to->any)
            yj_complain(r->f, tree->line, "persons", "is missing: no pack below says who persons are");
        return;
    }
    read_delegations(r, tree);
    read_memberships(r, tree);
    read_groups(r, tree);
    const yj_yaml *map = yj_form_get(r->f, tree, "kinds", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(r->f, "kinds");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(r->l); i++)
        read_kind(r, &map->items[i], map->keys[i], map->key_lines[i]);
    yj_form_out(r->f, mark);
    read_orders(r, tree);
    read_default(r, tree, ret_default);
}

void yj_load_access(yj_loader *l)
{
    l->out->access = (yj_access){ .person = -1, .delegation = -1, .membership = -1 };
    if (l->to->any)
        return; /* kinds come first */
    size_t n = l->out->kind_count;
    reading *r = yj_arena_new_of(l->scratch, reading), *first = yj_arena_new_of(l->scratch, reading);
    said fallback = { .create = NULL };
    yj_form fallback_form;
    *r = (reading){ .l = l,
                    .kinds = yj_arena_array(l->arena, n + 1, sizeof *r->kinds),
                    .transitions = yj_arena_array(l->scratch, n + 1, sizeof(yj_grant *)),
                    .orders = yj_arena_array(l->arena, ORDERS_MAX, sizeof *r->orders) };
    for (size_t i = 0; i < n; i++) {
        r->transitions[i] = yj_arena_array(l->arena, l->out->kinds[i].transition_count + 1, sizeof(yj_grant));
        r->kinds[i].transitions = r->transitions[i];
    }
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        const yj_pack_file *file = yj_load_file(l, "access.yaml");
        yj_form f;
        const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
        said own = { .create = NULL };
        r->group_count = 0;
        r->f = &f;
        l->access[l->at] = tree;
        if (tree)
            read_file(r, tree, &own);
        if (own.create && !fallback.create) { /* it holds for packs above that have none */
            fallback = own;
            fallback_form = f;
            *first = *r;
            first->f = &fallback_form;
        }
        if (own.create)
            apply_default(r, &own);
        else if (fallback.create)
            apply_default(first, &fallback);
    }
    l->out->access.kinds = r->kinds;
    l->out->access.orders = r->orders;
}
