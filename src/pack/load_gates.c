// SPDX-License-Identifier: Apache-2.0
/* gates.yaml: read pack by pack, resolved when every requirement has its index. */
#include "pack/load.h"

static yj_load_gate *gate_of(yj_loader *l, int kind, int transition, size_t *ret)
{
    for (size_t i = 0; i < l->gates.count; i++) {
        yj_load_gate *g = yj_vec_at(&l->gates, yj_load_gate, i);
        if (g->g.kind == kind && g->g.transition == transition) {
            *ret = i;
            return g;
        }
    }
    return NULL;
}

static yj_load_gate *gate_for(yj_loader *l, yj_form *f, const yj_yaml *node, int kind, int transition,
                              size_t *ret)
{
    yj_load_gate *g = gate_of(l, kind, transition, ret);
    if (g && g->pack == l->at) {
        yj_complain(f, node->line, "transition", "this pack already has a gate here");
    } else if (!g) {
        g = yj_vec_add(l->arena, &l->gates, yj_load_gate);
        g->g = (yj_gate){ .kind = kind, .transition = transition };
        *ret = l->gates.count - 1;
    }
    g->pack = l->at;
    return g;
}

static void read_gate(yj_loader *l, yj_form *f, const yj_yaml *node)
{
    static const char *const keys[] = { "kind", "transition", "requires", "least_strength", NULL };
    if (!yj_form_keys(f, node, keys))
        return;
    const char *kind = yj_form_name(f, node, "kind", true);
    const char *transition = yj_form_name(f, node, "transition", true);
    int k = kind ? yj_load_find_kind(l, f, yj_yaml_get(node, "kind")->line, "kind", kind) : -1;
    const yj_yaml *requires = yj_form_get(f, node, "requires", YJ_YAML_LIST, true);
    int64_t least = 0;
    (void)yj_form_i64(f, node, "least_strength", false, 0, 3, &least);
    if (k < 0 || !transition || !requires)
        return;
    int t = yj_load_transition(yj_load_kind_at(l, k), transition);
    if (t < 0) {
        if (!yj_load_kind_at(l, k)->broken)
            yj_complain(f, yj_yaml_get(node, "transition")->line, "transition",
                        "kind %s has no transition %s of its own", kind, transition);
        return;
    }
    if (requires->count == 0)
        yj_complain(f, requires->line, "requires", "must not be empty");
    size_t at = 0;
    yj_load_gate *g = gate_for(l, f, node, k, t, &at);
    if ((int)least > g->g.least_strength)
        g->g.least_strength = (int)least;
    yj_form *kept = yj_arena_new_of(l->scratch, yj_form);
    *kept = *f;
    for (size_t i = 0; i < requires->count && yj_load_goes_on(l); i++)
        *yj_vec_add(l->scratch, &l->selectors, yj_load_selector) =
            (yj_load_selector){ .gate = at, .pack = l->at, .form = kept, .node = &requires->items[i] };
}

void yj_load_gates(yj_loader *l)
{
    const yj_pack_file *file = yj_load_file(l, "gates.yaml");
    yj_form f;
    const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
    if (!tree)
        return;
    if (tree->type != YJ_YAML_LIST) {
        yj_complain(&f, tree->line, NULL, "must be a list");
        return;
    }
    for (size_t i = 0; i < tree->count && yj_load_goes_on(l); i++)
        read_gate(l, &f, &tree->items[i]);
}

typedef struct wanted {
    const char *id, *clause;
    int force;
} wanted;

static bool matches(const yj_requirement *q, const wanted *w)
{
    if (w->id)
        return strcmp(q->id, w->id) == 0;
    return yj_clause_below(q->clause, w->clause) && (w->force < 0 || q->force == w->force);
}

static bool read_selector(yj_loader *l, yj_form *f, const yj_yaml *n, wanted *ret)
{
    static const char *const keys[] = { "clause", "force", NULL };
    *ret = (wanted){ .force = -1 };
    if (n->type == YJ_YAML_SCALAR) {
        ret->id = n->text;
        return true;
    }
    if (!yj_form_keys(f, n, keys))
        return false;
    ret->clause = yj_form_line(f, n, "clause", true, YJ_NAME_MAX);
    const char *force = yj_form_line(f, n, "force", false, 100);
    if (force) {
        ret->force = yj_load_find_named(&l->forces, force);
        if (ret->force < 0) {
            yj_complain(f, n->line, "force", "\"%s\" is not among those of pack.yaml", force);
            return false;
        }
    }
    return ret->clause != NULL;
}

static bool has_path(const yj_loader *l, int from, int to)
{
    for (size_t i = 0; i < l->paths.count; i++) {
        const yj_path *p = yj_vec_at(&l->paths, yj_path, i);
        if (p->from == from && p->to == to)
            return true;
    }
    return from == to;
}

/* Mark what one entry selects in `chosen`, one flag a requirement. */
static void resolve(yj_loader *l, const yj_load_selector *s, bool *chosen)
{
    const yj_load_gate *g = yj_vec_at(&l->gates, yj_load_gate, s->gate);
    yj_form f = *s->form;
    wanted w;
    size_t mark = yj_form_in(&f, "requires"), found = 0;
    if (read_selector(l, &f, s->node, &w)) {
        for (size_t i = 0; i < l->out->requirement_count; i++) {
            const yj_requirement *q = &l->out->requirements[i];
            if (!matches(q, &w))
                continue;
            chosen[i] = true;
            found++;
            if (q->subject >= 0 && !has_path(l, g->g.kind, q->subject))
                yj_complain(&f, s->node->line, NULL,
                            "requirement %s is about kind %s, to which no path leads from kind %s", q->id,
                            yj_load_kind_at(l, q->subject)->k.name, yj_load_kind_at(l, g->g.kind)->k.name);
        }
        if (found == 0 && w.id)
            yj_complain(&f, s->node->line, NULL, "there is no requirement %s", w.id);
        else if (found == 0)
            yj_complain(&f, s->node->line, NULL, "no requirement stands at or below clause %s", w.clause);
    }
    yj_form_out(&f, mark);
}

static void set_gate(yj_loader *l, int kind, int transition, int gate)
{
    yj_load_kind *k = yj_load_kind_at(l, kind);
    yj_vec_at(&k->transitions, yj_transition, transition)->gate = gate;
}

void yj_load_finish_gates(yj_loader *l)
{
    size_t n = l->gates.count, all = l->out->requirement_count;
    yj_gate *gates = yj_arena_array(l->arena, n + 1, sizeof *gates);
    bool *chosen = yj_arena_array(l->scratch, all + 1, sizeof *chosen);
    for (size_t i = 0; i < n && yj_load_goes_on(l); i++) {
        yj_load_gate *g = yj_vec_at(&l->gates, yj_load_gate, i);
        int *list = yj_arena_array(l->arena, all + 1, sizeof *list);
        memset(chosen, 0, (all + 1) * sizeof *chosen);
        for (size_t j = 0; j < l->selectors.count; j++) {
            const yj_load_selector *s = yj_vec_at(&l->selectors, yj_load_selector, j);
            l->at = s->pack;
            if (s->gate == i)
                resolve(l, s, chosen);
        }
        for (size_t j = 0; j < all; j++) {
            if (chosen[j])
                list[g->g.requirement_count++] = (int)j;
        }
        g->g.requirements = list;
        gates[i] = g->g;
        set_gate(l, g->g.kind, g->g.transition, (int)i);
    }
    l->out->gates = gates;
    l->out->gate_count = n;
}
