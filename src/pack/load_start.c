// SPDX-License-Identifier: Apache-2.0
/* pack.yaml `start`: what a new institution enters first. Packs add to the list in the order they are loaded.
 */
#include "pack/load.h"

static bool listed(const yj_loader *l, int kind)
{
    for (size_t i = 0; i < l->starts.count; i++)
        if (yj_vec_at(&l->starts, yj_start, i)->kind == kind)
            return true;
    return false;
}

static void read_start(yj_loader *l, yj_form *f, const yj_yaml *n)
{
    static const char *const keys[] = { "kind", "why", NULL };
    if (!yj_form_keys(f, n, keys))
        return;
    const char *name = yj_form_name(f, n, "kind", true);
    yj_text why = { { NULL, NULL } };
    bool fine = yj_form_pair(f, n, "why", true, YJ_PAIR_TITLE, &why);
    int kind = name ? yj_load_find_kind(l, f, n->line, "kind", name) : -1;
    if (kind < 0 || !fine)
        return;
    if (yj_load_kind_at(l, kind)->k.installation)
        yj_complain(f, n->line, "kind", "kind %s belongs to the installation", name);
    else if (listed(l, kind))
        yj_complain(f, n->line, "kind", "\"%s\" stands here twice", name);
    else
        *yj_vec_add(l->arena, &l->starts, yj_start) = (yj_start){ .kind = kind, .why = why };
}

void yj_load_starts(yj_loader *l)
{
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        yj_load_pack *p = &l->packs[l->at];
        const yj_yaml *list = p->tree ? yj_form_get(&p->form, p->tree, "start", YJ_YAML_LIST, false) : NULL;
        size_t mark = yj_form_in(&p->form, "start");
        for (size_t i = 0; list && i < list->count && yj_load_goes_on(l); i++)
            read_start(l, &p->form, &list->items[i]);
        yj_form_out(&p->form, mark);
    }
    l->out->starts = l->starts.items;
    l->out->start_count = l->starts.count;
}
