// SPDX-License-Identifier: Apache-2.0
/* What a case is about, and what must come out. */
#include "pack/cases.h"
#include <stdlib.h>

static const char *const statuses[] = { "met", "unmet", "unknown", "not_applicable" };

static const yj_case_rec *find_rec(const yj_vec *recs, const char *ref)
{
    for (size_t i = 0; i < recs->count; i++) {
        if (strcmp(yj_vec_at(recs, yj_case_rec, i)->ref, ref) == 0)
            return yj_vec_at(recs, yj_case_rec, i);
    }
    return NULL;
}

static const yj_requirement *read_requirement(yj_case_reader *r, yj_form *f, const yj_yaml *node)
{
    const char *id = yj_form_line(f, node, "requirement", true, 100);
    const yj_requirement *q = id ? yj_catalog_requirement(r->c, yj_span_of(id)) : NULL;
    if (id && !q)
        yj_complain(f, yj_yaml_get(node, "requirement")->line, "requirement", "there is no requirement %s",
                    id);
    return q;
}

static const yj_case_rec *read_subject(yj_form *f, const yj_yaml *node, const yj_vec *recs,
                                       const yj_kind *want)
{
    const char *ref = yj_form_name(f, node, "subject", true);
    const yj_case_rec *rec = ref ? find_rec(recs, ref) : NULL;
    int line = ref ? yj_yaml_get(node, "subject")->line : node->line;
    if (ref && !rec)
        yj_complain(f, line, "subject", "the case has no record %s", ref);
    else if (rec && want && rec->kind != want)
        yj_complain(f, line, "subject", "record %s is of kind %s, but the requirement is about %s", ref,
                    rec->kind->name, want->name);
    return rec;
}

static const char *read_status(yj_form *f, const yj_yaml *node)
{
    const char *s = yj_form_name(f, node, "status", true);
    for (size_t i = 0; s && i < YJ_COUNT(statuses); i++) {
        if (strcmp(statuses[i], s) == 0)
            return statuses[i];
    }
    if (s)
        yj_complain(f, yj_yaml_get(node, "status")->line, "status",
                    "'%s' is no status (met, unmet, unknown, not_applicable)", s);
    return NULL;
}

static const char *read_reason(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_requirement *q)
{
    const char *code = yj_form_line(f, node, "reason", false, 100);
    if (!code)
        return NULL;
    for (size_t i = 0; i < r->c->engine_reason_count; i++) {
        if (strcmp(r->c->engine_reasons[i].code, code) == 0)
            return code;
    }
    const yj_rule *rule = &r->c->rules[q->rule];
    for (size_t i = 0; i < rule->reason_count; i++) {
        if (strcmp(rule->reasons[i].code, code) == 0)
            return code;
    }
    yj_complain(f, yj_yaml_get(node, "reason")->line, "reason", "rule %s has no reason %s", rule->name, code);
    return NULL;
}

/* Left out: any; "": none. */
static const char *read_due(yj_form *f, const yj_yaml *node)
{
    const yj_yaml *n = yj_yaml_get(node, "due");
    if (!n)
        return NULL;
    if (n->type == YJ_YAML_SCALAR && !n->plain && n->text[0] == '\0')
        return "";
    if (n->type == YJ_YAML_SCALAR && yj_date_valid(yj_span_of(n->text)))
        return yj_arena_strdup(f->arena, n->text);
    yj_complain(f, n->line, "due", "must be a date of the form 2026-11-22, or \"\" for none");
    return NULL;
}

static bool rule_has_value(const yj_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->shape.column_count; i++)
        if (strncmp(rule->shape.columns[i], "v_", 2) == 0 && strcmp(rule->shape.columns[i] + 2, name) == 0)
            return true;
    return false;
}

static const char *read_value_text(yj_case_reader *r, yj_form *f, const char *name, const yj_yaml *n)
{
    if (n->type == YJ_YAML_SCALAR)
        return yj_yaml_is_null(n) ? NULL : yj_arena_strdup(r->arena, n->text);
    yj_complain(f, n->line, name, "must be a text or a list of texts");
    return NULL;
}

/* One text, or a list of them. */
static void read_values(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_rule *rule,
                        yj_case_expect *ret)
{
    const yj_yaml *map = yj_form_get(f, node, "values", YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(f, "values");
    yj_case_value *out = yj_arena_array(r->arena, map->count + 1, sizeof *out);
    for (size_t i = 0; i < map->count; i++) {
        const yj_yaml *n = &map->items[i];
        if (!rule_has_value(rule, map->keys[i]))
            yj_complain(f, map->key_lines[i], map->keys[i], "rule %s has no value %s", rule->name,
                        map->keys[i]);
        size_t count = n->type == YJ_YAML_LIST ? n->count : 1;
        const char **texts = yj_arena_array(r->arena, count + 1, sizeof *texts);
        for (size_t t = 0; t < count; t++)
            texts[t] = read_value_text(r, f, map->keys[i], n->type == YJ_YAML_LIST ? &n->items[t] : n);
        out[i] = (yj_case_value){ yj_arena_strdup(r->arena, map->keys[i]), texts, count };
    }
    ret->values = out;
    ret->value_count = map->count;
    yj_form_out(f, mark);
}

/* Records of the case, or @me. */
static void read_proofs(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                        yj_case_expect *ret)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_yaml_get(node, "proofs") || !yj_form_names(f, node, "proofs", false, true, &items, &count))
        return;
    const char **out = yj_arena_array(r->arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].text, "me") != 0 && !find_rec(recs, items[i].text))
            yj_complain(f, items[i].line, "proofs", "the case has no record %s", items[i].text);
        out[i] = yj_arena_strdup(r->arena, items[i].text);
    }
    ret->proofs = out;
    ret->proof_count = count;
}

static void read_verdict(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                         const yj_requirement *q, yj_case_expect *ret)
{
    static const char *const keys[] = { "subject",  "status", "reason", "due",
                                        "strength", "values", "proofs", NULL };
    *ret = (yj_case_expect){ .strength = -1 };
    if (!yj_form_keys(f, node, keys))
        return;
    const yj_case_rec *rec = read_subject(f, node, recs, &r->c->kinds[q->subject]);
    ret->subject = rec ? yj_arena_strdup(r->arena, rec->ref) : NULL;
    ret->status = read_status(f, node);
    ret->reason = read_reason(r, f, node, q);
    ret->due = read_due(f, node);
    int64_t strength = -1;
    (void)yj_form_i64(f, node, "strength", false, 0, 3, &strength);
    ret->strength = (int)strength;
    read_values(r, f, node, &r->c->rules[q->rule], ret);
    read_proofs(r, f, node, recs, ret);
    if (ret->status && strcmp(ret->status, "met") == 0)
        r->met[q->index] = true;
    if (ret->status && strcmp(ret->status, "unmet") == 0)
        r->unmet[q->index] = true;
}

static void read_verdicts(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                          yj_case *ret)
{
    const yj_requirement *q = read_requirement(r, f, node);
    const yj_yaml *list = yj_form_get(f, node, "expect", YJ_YAML_LIST, true);
    if (!q || !list)
        return;
    ret->requirement = q->index;
    if (list->count == 0)
        yj_complain(f, list->line, "expect", "must not be empty");
    size_t mark = yj_form_in(f, "expect");
    yj_case_expect *out = yj_arena_array(r->arena, list->count + 1, sizeof *out);
    for (size_t i = 0; i < list->count && yj_cases_go_on(r); i++)
        read_verdict(r, f, &list->items[i], recs, q, &out[i]);
    ret->expects = out;
    ret->expect_count = list->count;
    yj_form_out(f, mark);
}

static const yj_gate *read_gate(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                                yj_case *ret)
{
    static const char *const keys[] = { "subject", "transition", NULL };
    const yj_yaml *map = yj_form_get(f, node, "gate", YJ_YAML_MAP, true);
    if (!map || !yj_form_keys(f, map, keys))
        return NULL;
    const yj_case_rec *rec = read_subject(f, map, recs, NULL);
    const char *name = yj_form_name(f, map, "transition", true);
    if (!rec || !name)
        return NULL;
    int t = yj_kind_transition(rec->kind, yj_span_of(name)), line = yj_yaml_get(map, "transition")->line;
    const yj_transition *move = t < 0 ? NULL : &rec->kind->transitions[t];
    if (!move || move->gate < 0) {
        yj_complain(f, line, "transition", "kind %s has no gate at a transition %s", rec->kind->name, name);
        return NULL;
    }
    if (!(move->from >> rec->state & 1U))
        yj_complain(f, line, "transition", "%s does not lead from the state %s that record %s has", name,
                    rec->kind->states[rec->state].id, rec->ref);
    ret->gate_kind = rec->kind->index;
    ret->gate_transition = t;
    ret->gate_subject = yj_arena_strdup(r->arena, rec->ref);
    return &r->c->gates[move->gate];
}

static int compare_int(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void read_shut(yj_case_reader *r, yj_form *f, const yj_yaml *map, const yj_gate *g, yj_case *ret)
{
    static const char *const keys[] = { "shut", NULL };
    const yj_yaml *items;
    size_t count, n = 0;
    if (!yj_form_keys(f, map, keys) || !yj_form_names(f, map, "shut", true, false, &items, &count))
        return;
    int *shut = yj_arena_array(r->arena, count + 1, sizeof *shut);
    for (size_t i = 0; i < count; i++) {
        const yj_requirement *q = yj_catalog_requirement(r->c, yj_span_of(items[i].text));
        bool asked = false;
        for (size_t j = 0; q && j < g->requirement_count; j++)
            asked = asked || g->requirements[j] == q->index;
        if (asked)
            shut[n++] = q->index;
        else
            yj_complain(f, items[i].line, "shut", "the gate does not ask for a requirement %s",
                        items[i].text);
    }
    qsort(shut, n, sizeof *shut, compare_int);
    ret->gate_shut = shut;
    ret->gate_shut_count = n;
}

static void read_gate_case(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs,
                           yj_case *ret)
{
    const yj_gate *g = read_gate(r, f, node, recs, ret);
    const yj_yaml *expect = yj_yaml_get(node, "expect");
    if (!expect) {
        yj_complain(f, node->line, "expect", "is missing");
        return;
    }
    size_t mark = yj_form_in(f, "expect");
    if (expect->type == YJ_YAML_SCALAR && strcmp(expect->text, "open") == 0)
        ret->gate_open = true;
    else if (expect->type != YJ_YAML_MAP)
        yj_complain(f, expect->line, NULL, "must be open, or shut with a list of requirements");
    else if (g)
        read_shut(r, f, expect, g, ret);
    yj_form_out(f, mark);
}

void yj_case_read_expect(yj_case_reader *r, yj_form *f, const yj_yaml *node, const yj_vec *recs, yj_case *ret)
{
    bool gate = yj_yaml_get(node, "gate") != NULL;
    if (gate && yj_yaml_get(node, "requirement"))
        yj_complain(f, node->line, NULL, "a case is about a requirement or a gate, not both");
    if (gate)
        read_gate_case(r, f, node, recs, ret);
    else
        read_verdicts(r, f, node, recs, ret);
}
