// SPDX-License-Identifier: Apache-2.0
/* `made_for` in access.yaml: in institutions of which types a role counts. Read when it is known which types
 * there are (exchange.yaml). Packs add up: what one above says of a role is added to what those below say. */
#include "pack/load.h"

typedef struct reading {
    yj_loader *l;
    yj_form *f;
    const yj_field *roles;
    const yj_field *types;
    uint64_t *made_for; /* for each type */
    uint64_t named;     /* roles of which something is said */
} reading;

static uint64_t all_of(const yj_field *f)
{
    return f->option_count < 64 ? (UINT64_C(1) << f->option_count) - 1 : UINT64_MAX;
}

static void read_role(reading *r, const yj_yaml *map, size_t at)
{
    const char *name = map->keys[at];
    const yj_yaml *n = &map->items[at], *items;
    const yj_option *role = yj_field_option(r->roles, yj_span_of(name));
    size_t count;
    if (!role) {
        yj_complain(r->f, map->key_lines[at], name, "there is no role %s", name);
        return;
    }
    const uint64_t bit = UINT64_C(1) << (role - r->roles->options);
    r->named |= bit;
    if (n->type == YJ_YAML_SCALAR && n->text && strcmp(n->text, "all") == 0) {
        r->l->out->access.made_for_all |= bit;
        return;
    }
    if (!yj_form_names(r->f, map, name, true, false, &items, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        const yj_option *type = yj_field_option(r->types, yj_span_of(items[i].text));
        if (type)
            r->made_for[type - r->types->options] |= bit;
        else
            yj_complain(r->f, items[i].line, name, "there are no institutions of type %s", items[i].text);
    }
}

static void read_file(reading *r, const yj_yaml *tree)
{
    const yj_access *a = &r->l->out->access;
    const yj_exchange *x = &r->l->out->exchange;
    const yj_yaml *map = yj_form_get(r->f, tree, "made_for", YJ_YAML_MAP, false);
    if (!map || a->person < 0)
        return;
    if (x->institution < 0 || x->type < 0) {
        yj_complain(r->f, map->line, "made_for", "no pack says which types of institutions there are");
        return;
    }
    const bool first = !r->made_for;
    r->roles = &r->l->out->kinds[a->person].fields[a->roles];
    r->types = &r->l->out->kinds[x->institution].fields[x->type];
    if (first)
        r->made_for = yj_arena_array(r->l->arena, r->types->option_count + 1, sizeof *r->made_for);
    size_t mark = yj_form_in(r->f, "made_for");
    for (size_t i = 0; i < map->count && yj_load_goes_on(r->l); i++)
        read_role(r, map, i);
    for (size_t i = 0; first && i < r->roles->option_count; i++) /* else it would count nowhere */
        if (!(r->named >> i & 1U))
            yj_complain(r->f, map->line, r->roles->options[i].id, "is missing");
    yj_form_out(r->f, mark);
}

void yj_load_roles(yj_loader *l)
{
    reading r = { .l = l };
    if (l->to->any)
        return; /* kinds come first */
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        yj_form f = yj_load_form(l, "access.yaml");
        r.f = &f;
        if (l->access[l->at])
            read_file(&r, l->access[l->at]);
    }
    if (!r.made_for)
        l->out->access.made_for_all =
            l->out->access.person >= 0
                ? all_of(&l->out->kinds[l->out->access.person].fields[l->out->access.roles])
                : 0;
    l->out->access.made_for = r.made_for;
}
