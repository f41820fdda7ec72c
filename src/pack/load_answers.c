// SPDX-License-Identifier: Apache-2.0
/* risk_acceptance and remediation of pack.yaml: which records answer what is not met. Resolved when every
 * kind is known. */
#include "pack/load.h"

/* What pack.yaml says of one way to answer, and where it goes. */
typedef struct answer_rule {
    const char *key;
    const char *until; /* the key of its last day */
    bool responsible;  /* a person answers for it, and both person and day are always given */
} answer_rule;

static const answer_rule rules[] = {
    { .key = "risk_acceptance", .until = "until" },
    { .key = "remediation", .until = "due", .responsible = true },
};

static bool fits(const yj_field *f, yj_type type)
{
    return f && f->type == type && !f->list;
}

/* A field of the kind, single and of the type; `must`: given in every record. */
static int answer_field(yj_form *f, const yj_load_kind *k, const yj_yaml *map, const char *key, yj_type type,
                        bool must)
{
    const char *name = yj_form_name(f, map, key, true);
    int i = name ? yj_load_field(k, name) : -1;
    const yj_field *field = i < 0 ? NULL : yj_vec_at(&k->fields, yj_field, i);
    if (!name || k->broken)
        return i;
    int line = yj_yaml_get(map, key)->line;
    if (fits(field, type)) {
        if (must && !field->required)
            yj_complain(f, line, key, "field %s of kind %s must be required", name, k->k.name);
    } else if (type == YJ_T_DATE) {
        yj_complain(f, line, key, "kind %s has no date field %s", k->k.name, name);
    } else if (type == YJ_T_REF) {
        yj_complain(f, line, key, "kind %s has no single reference field %s", k->k.name, name);
    } else {
        yj_complain(f, line, key, "kind %s has no single text field %s", k->k.name, name);
    }
    return i;
}

static void read_map(yj_loader *l, yj_form *f, const yj_yaml *map, const answer_rule *r, yj_answer_map *ret)
{
    static const char *const keys[] = { "kind", "requirement", "subject", "state", "until", NULL };
    static const char *const keys_due[] = { "kind",        "requirement", "subject", "state",
                                            "responsible", "due",         NULL };
    (void)yj_form_keys(f, map, r->responsible ? keys_due : keys);
    const char *kind = yj_form_name(f, map, "kind", true);
    int i = kind ? yj_load_find_kind(l, f, yj_yaml_get(map, "kind")->line, "kind", kind) : -1;
    if (i < 0)
        return;
    const yj_load_kind *k = yj_load_kind_at(l, i);
    *ret = (yj_answer_map){ .kind = i, .responsible = -1 };
    ret->requirement = answer_field(f, k, map, "requirement", YJ_T_TEXT, r->responsible);
    if (ret->requirement >= 0) /* said or not: packs older than `names` are installed, too */
        yj_vec_at(&k->fields, yj_field, ret->requirement)->names_requirement = true;
    ret->subject = answer_field(f, k, map, "subject", YJ_T_TEXT, r->responsible);
    ret->until = answer_field(f, k, map, r->until, YJ_T_DATE, r->responsible);
    if (r->responsible)
        ret->responsible = answer_field(f, k, map, "responsible", YJ_T_REF, true);
    const char *state = yj_form_name(f, map, "state", true);
    ret->state = state ? yj_load_state(k, state) : -1;
    if (state && !k->broken && ret->state < 0)
        yj_complain(f, yj_yaml_get(map, "state")->line, "state", "kind %s has no state %s", kind, state);
}

static void read_answer(yj_loader *l, yj_load_pack *p, const answer_rule *r, bool *seen, yj_answer_map *ret)
{
    const yj_yaml *map = p->tree ? yj_form_get(&p->form, p->tree, r->key, YJ_YAML_MAP, false) : NULL;
    if (!map)
        return;
    if (*seen)
        yj_complain(&p->form, map->line, r->key, "another pack has this already");
    *seen = true;
    size_t mark = yj_form_in(&p->form, r->key);
    read_map(l, &p->form, map, r, ret);
    yj_form_out(&p->form, mark);
}

void yj_load_finish_answers(yj_loader *l)
{
    yj_answer_map *const to[] = { &l->out->risk_acceptance, &l->out->remediation };
    bool seen[YJ_COUNT(rules)] = { false };
    for (size_t i = 0; i < YJ_COUNT(rules); i++)
        to[i]->kind = -1;
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++)
        for (size_t i = 0; i < YJ_COUNT(rules); i++)
            read_answer(l, &l->packs[l->at], &rules[i], &seen[i], to[i]);
}
