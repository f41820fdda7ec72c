// SPDX-License-Identifier: Apache-2.0
/* exchange.yaml: what a party may offer of its own accord, and what it becomes in the ledger of who takes it.
 */
#include "pack/load_exchange.h"

#include <stdio.h>

static void read_offers(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind", "links", "about_kind", "about", "state", NULL };
    yj_offer_map *x = &r->l->out->exchange.offer;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "offers");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "offers", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "about_kind", YJ_T_TEXT, &x->about_kind },
                                           { "about", YJ_T_TEXT, &x->about } };
        x->kind = k->index;
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        yj_exchange_links(r, k, map, &x->links);
        if (x->about >= 0 && k->fields[x->about].kind_from != x->about_kind)
            yj_complain(r->f, yj_yaml_get(map, "about")->line, "about",
                        "field %s of kind %s does not take its kind from field about_kind",
                        k->fields[x->about].name, k->name);
        yj_exchange_state(r, k, map, "state", &x->state);
    }
    yj_form_out(r->f, mark);
}

/* --- a kind that is offered ------------------------------------------------------------------- */

/* A kind that the member names; `fallback` if it is not there. */
static int read_named(const yj_exchange_reading *r, const yj_yaml *map, const char *key, bool required,
                      int fallback)
{
    const char *name = yj_form_name(r->f, map, key, required);
    return name ? yj_load_find_kind(r->l, r->f, yj_yaml_get(map, key)->line, key, name) : fallback;
}

/* Both have it, of the same type; a reference leads to the same kind. */
static bool fits(const yj_field *a, const yj_field *b)
{
    return a->type == b->type && a->list == b->list && (a->type != YJ_T_REF || a->ref_kind == b->ref_kind);
}

static void read_carried(const yj_exchange_reading *r, const yj_kind *k, const yj_kind *as,
                         const yj_yaml *map, yj_offered *to)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    if (!yj_form_names(r->f, map, "fields", true, false, &items, &count))
        return;
    if (count > YJ_OFFERED_FIELDS_MAX) {
        yj_complain(r->f, map->line, "fields", "more than %d fields", YJ_OFFERED_FIELDS_MAX);
        return;
    }
    yj_carried *rows = yj_arena_array(r->l->arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const yj_field *a = yj_kind_field(k, yj_span_of(items[i].text));
        const yj_field *b = yj_kind_field(as, yj_span_of(items[i].text));
        if (!a || !b)
            yj_complain(r->f, items[i].line, "fields", "kind %s has no field %s", a ? as->name : k->name,
                        items[i].text);
        else if (a->kind_from >= 0)
            yj_complain(r->f, items[i].line, "fields",
                        "field %s may name a record of any kind: it is not shown", a->name);
        else if (!fits(a, b))
            yj_complain(r->f, items[i].line, "fields", "field %s is of another type in kind %s", a->name,
                        as->name);
        else
            rows[to->field_count++] = (yj_carried){ (int)(a - k->fields), (int)(b - as->fields) };
    }
    to->fields = rows;
}

static void read_choose(const yj_exchange_reading *r, const yj_kind *as, const yj_yaml *map, yj_offered *to)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    if (!yj_yaml_get(map, "choose") || !yj_form_names(r->f, map, "choose", false, false, &items, &count))
        return;
    int *rows = yj_arena_array(r->l->arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const yj_field *f = yj_kind_field(as, yj_span_of(items[i].text));
        if (f && f->type == YJ_T_REF)
            rows[to->choose_count++] = (int)(f - as->fields);
        else
            yj_complain(r->f, items[i].line, "choose", "kind %s has no reference field %s", as->name,
                        items[i].text);
    }
    to->choose = rows;
}

static void read_set(const yj_exchange_reading *r, const yj_kind *as, const yj_yaml *map, yj_offered *to)
{
    const yj_yaml *set = yj_form_get(r->f, map, "set", YJ_YAML_MAP, false);
    if (!set)
        return;
    yj_carried *rows = yj_arena_array(r->l->arena, set->count + 1, sizeof *rows);
    size_t mark = yj_form_in(r->f, "set");
    for (size_t i = 0; i < set->count && yj_load_goes_on(r->l); i++) {
        const char *name = set->keys[i], *value = yj_form_name(r->f, set, name, true);
        const yj_field *f = yj_kind_field(as, yj_span_of(name));
        bool choice = f && f->type == YJ_T_CHOICE && !f->list;
        const yj_option *o = choice && value ? yj_field_option(f, yj_span_of(value)) : NULL;
        if (!choice)
            yj_complain(r->f, set->key_lines[i], name, "kind %s has no choice field %s", as->name, name);
        else if (value && !o)
            yj_complain(r->f, set->key_lines[i], name, "field %s has no option %s", name, value);
        else if (o)
            rows[to->set_count++] = (yj_carried){ (int)(f - as->fields), (int)(o - f->options) };
    }
    to->set = rows;
    yj_form_out(r->f, mark);
}

/* What the party is told of the copy is no more than what it sees where the copy is addressed to it. */
static void read_told(const yj_exchange_reading *r, const yj_kind *as, const yj_yaml *map, yj_offered *to)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    const yj_addressing *seen = &r->addresses[as->index];
    if (!yj_yaml_get(map, "told") || !yj_form_names(r->f, map, "told", false, false, &items, &count))
        return;
    int *rows = yj_arena_array(r->l->arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const yj_field *f = yj_kind_field(as, yj_span_of(items[i].text));
        bool shown = false;
        for (size_t n = 0; f && n < seen->field_count; n++)
            shown = shown || seen->fields[n] == (int)(f - as->fields);
        if (shown && f->type != YJ_T_REF)
            rows[to->told_count++] = (int)(f - as->fields);
        else
            yj_complain(r->f, items[i].line, "told",
                        "field %s of kind %s is not among what an addressee sees", items[i].text, as->name);
    }
    to->told = rows;
}

typedef int finds(const yj_kind *k, yj_span name);

/* A list of states or transitions, as a set. */
static uint64_t read_bits(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *key,
                          finds *find)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    uint64_t bits = 0;
    if (!yj_yaml_get(map, key) || !yj_form_names(r->f, map, key, false, false, &items, &count))
        return 0;
    for (size_t i = 0; i < count; i++) {
        int at = find(k, yj_span_of(items[i].text));
        if (at >= 0 && at < 64)
            bits |= UINT64_C(1) << at;
        else
            yj_complain(r->f, items[i].line, key,
                        find == yj_kind_state ? "kind %s has no state %s" : "kind %s has no transition %s",
                        k->name, items[i].text);
    }
    return bits;
}

static void read_whole(yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map)
{
    yj_offered x = { .kind = k->index, .due = -1, .on = -1 };
    x.party = read_named(r, map, "by", true, -1);
    x.as = read_named(r, map, "as", false, k->index);
    if (x.party < 0 || x.as < 0)
        return;
    const yj_kind *as = &r->l->out->kinds[x.as];
    if (!yj_exchange_is_party(r, x.party)) {
        yj_complain(r->f, yj_yaml_get(map, "by")->line, "by", "kind %s stands for no institution",
                    r->l->out->kinds[x.party].name);
        return;
    }
    if (k->installation || as->installation) {
        yj_complain(r->f, map->line, NULL, "kind %s belongs to the installation",
                    k->installation ? k->name : as->name);
        return;
    }
    read_carried(r, k, as, map, &x);
    read_choose(r, as, map, &x);
    read_set(r, as, map, &x);
    if (yj_yaml_get(map, "moves") && x.as != x.kind)
        yj_complain(r->f, yj_yaml_get(map, "moves")->line, "moves",
                    "only a copy of the same kind follows the record");
    else
        x.moves = read_bits(r, k, map, "moves", yj_kind_transition);
    x.handled = read_bits(r, as, map, "handled", yj_kind_state);
    if (yj_yaml_get(map, "due"))
        yj_exchange_field(r, k, map, &(yj_exchange_want){ "due", YJ_T_DATE, &x.due });
    if (yj_yaml_get(map, "on"))
        yj_exchange_field(r, k, map, &(yj_exchange_want){ "on", YJ_T_DATE, &x.on });
    read_told(r, as, map, &x);
    *yj_vec_add(r->l->arena, &r->offered, yj_offered) = x;
}

static void read_offered(yj_exchange_reading *r, const yj_yaml *map, const char *name, int line)
{
    static const char *const keys[] = { "by",      "as",  "fields", "choose", "set", "moves",
                                        "handled", "due", "on",     "told",   NULL };
    int i = yj_load_find_kind(r->l, r->f, line, name, name);
    size_t mark = yj_form_in(r->f, name);
    bool before = false;
    for (size_t n = 0; n < r->offered.count; n++)
        before |= yj_vec_at(&r->offered, yj_offered, n)->kind == i;
    if (i >= 0 && before)
        yj_complain(r->f, line, NULL, "another pack has this already");
    else if (i >= 0 && yj_form_keys(r->f, map, keys))
        read_whole(r, &r->l->out->kinds[i], map);
    yj_form_out(r->f, mark);
}

void yj_load_offers(yj_exchange_reading *r, const yj_yaml *tree)
{
    read_offers(r, tree);
    const yj_yaml *map = yj_form_get(r->f, tree, "offered", YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(r->f, "offered");
    if (r->l->out->exchange.offer.kind < 0 || r->l->out->exchange.receipt.kind < 0)
        yj_complain(r->f, map->line, NULL, "no pack says how something is offered");
    for (size_t i = 0; i < map->count && yj_load_goes_on(r->l); i++)
        read_offered(r, &map->items[i], map->keys[i], map->key_lines[i]);
    yj_form_out(r->f, mark);
}
