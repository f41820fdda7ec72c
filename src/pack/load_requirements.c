// SPDX-License-Identifier: Apache-2.0
/* requirements/: each a list of requirements. */
#include "pack/load.h"
#include "pack/sentence.h"
#include <stdlib.h>

static const char *const requirement_keys[] = { "id",       "clause",  "actor", "force", "models",
                                                "stage",    "subject", "title", "text",  "guidance",
                                                "erratum",  "rule",    "with",  "when",  "statements",
                                                "settings", NULL };

bool yj_clause_valid(const char *s)
{
    size_t n = 0, part = 0;
    for (; s[n]; n++) {
        char c = s[n];
        bool dot = c == '.';
        if (!dot && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
            return false;
        if (n >= YJ_NAME_MAX || (dot && part == 0))
            return false;
        part = dot ? 0 : part + 1;
    }
    return part > 0;
}

static bool id_valid(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return n > 0 && n <= YJ_NAME_MAX && s[n] == '\0' && s[0] != '.' && s[0] != '-' && s[0] != '_';
}

static int find_in(yj_form *f, const yj_yaml *node, const char *key, const yj_vec *list)
{
    const char *id = yj_form_line(f, node, key, true, 100);
    int i = id ? yj_load_find_named(list, id) : -1;
    if (id && i < 0)
        yj_complain(f, yj_yaml_get(node, key)->line, key, "\"%s\" is not among those of pack.yaml", id);
    return i;
}

static void read_models(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q)
{
    const yj_yaml *items;
    size_t count;
    (void)yj_form_names(f, node, "models", l->models.count > 0, false, &items, &count);
    for (size_t i = 0; i < count; i++) {
        int m = yj_load_find_named(&l->models, items[i].text);
        if (m < 0)
            yj_complain(f, items[i].line, "models", "\"%s\" is not among those of pack.yaml", items[i].text);
        else
            q->models |= UINT32_C(1) << m;
    }
}

static void read_clause(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q)
{
    q->clause = yj_form_line(f, node, "clause", true, YJ_NAME_MAX);
    if (!q->clause) {
        q->clause = "";
        return;
    }
    for (size_t i = 0; i < l->clauses.count; i++) {
        if (yj_clause_below(q->clause, yj_vec_at(&l->clauses, yj_named_text, i)->id))
            return;
    }
    yj_complain(f, yj_yaml_get(node, "clause")->line, "clause",
                "neither clause %s nor one above it stands under clauses of pack.yaml", q->clause);
}

/* A plain scalar that looks like a number but is none would be bound as text and never compare well. */
static bool odd_number(const char *s)
{
    return strspn(s, "0123456789+-.eE_") == strlen(s) && strpbrk(s, "0123456789") &&
           !yj_date_valid(yj_span_of(s));
}

static bool read_with_value(yj_form *f, const yj_yaml *n, const char *key, yj_with *w)
{
    int64_t v;
    if (n->type != YJ_YAML_SCALAR || yj_yaml_is_null(n)) {
        yj_complain(f, n->line, key, "must be a text or a whole number");
        return false;
    }
    w->is_integer = n->plain && yj_span_i64(yj_span_of(n->text), &v);
    if (n->plain && !w->is_integer &&
        (odd_number(n->text) || strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0)) {
        yj_complain(f, n->line, key, "must be a text or a whole number; put a text in quotes");
        return false;
    }
    w->value = yj_arena_strdup(f->arena, n->text);
    return true;
}

/* {:name|choice:KIND.FIELD} shows an option: the parameter must be one. */
static void check_with_choice(yj_loader *l, yj_form *f, int line, const yj_rule *r, const yj_with *w)
{
    for (size_t i = 0; i < r->reason_count; i++) {
        for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
            const char *sentence = r->reasons[i].sentence.in[lang];
            yj_span rest = yj_span_of(strstr(sentence, "{:") ? sentence : ""); /* few name a parameter */
            yj_sentence_part p;
            const char *fault = NULL;
            while (yj_sentence_next(&rest, &p, &fault)) {
                if (p.what != YJ_SENTENCE_PARAM || p.kind.len == 0 || !yj_span_is(p.text, w->name))
                    continue;
                const yj_kind *k = yj_catalog_kind(l->out, p.kind);
                const yj_field *field = k ? yj_kind_field(k, p.field) : NULL;
                if (field && field->type == YJ_T_CHOICE && !yj_field_option(field, yj_span_of(w->value)))
                    yj_complain(f, line, w->name, "field %s has no option %s", field->name, w->value);
            }
        }
    }
}

static bool has_param(const yj_rule *r, const char *name)
{
    for (size_t i = 0; i < r->param_count; i++) {
        if (strcmp(r->params[i], name) == 0)
            return true;
    }
    return false;
}

static void read_with(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q, const yj_load_rule *r)
{
    static const yj_yaml none = { .type = YJ_YAML_MAP };
    const yj_yaml *map = yj_form_get(f, node, "with", YJ_YAML_MAP, false);
    if (!map)
        map = &none;
    size_t mark = yj_form_in(f, "with");
    yj_with *with = yj_arena_array(l->arena, map->count + 1, sizeof *with);
    for (size_t i = 0; i < map->count; i++) {
        yj_with *w = &with[q->with_count];
        w->name = yj_arena_strdup(l->arena, map->keys[i]);
        if (r && !r->broken && !has_param(&r->r, w->name))
            yj_complain(f, map->key_lines[i], w->name, "rule %s has no such parameter", r->r.name);
        else if (read_with_value(f, &map->items[i], w->name, w))
            q->with_count++;
    }
    for (size_t i = 0; r && !r->broken && i < r->r.param_count; i++) {
        if (!yj_yaml_get(map, r->r.params[i]))
            yj_complain(f, map->line ? map->line : node->line, r->r.params[i],
                        "is missing: rule %s takes this parameter", r->r.name);
    }
    q->with = with;
    yj_form_out(f, mark);
}

static bool read_when_values(yj_form *f, const yj_yaml *map, const char *key, const yj_field *field,
                             yj_when *w)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(f, map, key, true, false, &items, &count))
        return false;
    const char **values = yj_arena_array(f->arena, count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        const yj_option *o = yj_field_option(field, yj_span_of(items[i].text));
        if (o)
            values[w->value_count++] = o->id;
        else
            yj_complain(f, items[i].line, key, "field %s has no option %s", field->name, items[i].text);
    }
    w->values = values;
    return true;
}

static void read_when(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q)
{
    const yj_yaml *map = yj_form_get(f, node, "when", YJ_YAML_MAP, false);
    if (!map || q->subject < 0)
        return;
    const yj_load_kind *k = yj_load_kind_at(l, q->subject);
    yj_when *when = yj_arena_array(l->arena, map->count + 1, sizeof *when);
    size_t mark = yj_form_in(f, "when");
    for (size_t i = 0; i < map->count; i++) {
        int at = yj_load_field(k, map->keys[i]);
        const yj_field *field = at < 0 ? NULL : yj_vec_at(&k->fields, yj_field, at);
        if (k->broken)
            continue;
        if (!field || field->type != YJ_T_CHOICE) {
            yj_complain(f, map->key_lines[i], map->keys[i], "kind %s has no choice field %s", k->k.name,
                        map->keys[i]);
            continue;
        }
        when[q->when_count].field = at;
        if (read_when_values(f, map, map->keys[i], field, &when[q->when_count]))
            q->when_count++;
    }
    yj_form_out(f, mark);
    q->when = when;
}

static void read_stage(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q)
{
    const yj_yaml *n = yj_yaml_get(node, "stage");
    q->stage = n && n->type == YJ_YAML_SCALAR && strcmp(n->text, "any") == 0
                   ? -1
                   : find_in(f, node, "stage", &l->stages);
}

static void read_rule_name(yj_loader *l, yj_form *f, const yj_yaml *node, yj_requirement *q)
{
    const char *rule = yj_form_name(f, node, "rule", true);
    int line = rule ? yj_yaml_get(node, "rule")->line : node->line;
    q->rule = rule ? yj_load_find_rule(l, f, line, "rule", rule) : -1;
    const yj_load_rule *r = q->rule < 0 ? NULL : yj_vec_at(&l->rules, yj_load_rule, q->rule);
    read_with(l, f, node, q, r);
    if (!r || r->broken || q->subject < 0)
        return;
    for (size_t i = 0; i < r->r.subject_kind_count; i++) {
        if (r->r.subject_kinds[i] == q->subject)
            return;
    }
    yj_complain(f, line, "rule", "rule %s does not judge the kind %s", rule,
                yj_load_kind_at(l, q->subject)->k.name);
}

static const yj_load_requirement *requirement_named(const yj_loader *l, const char *id)
{
    for (size_t i = 0; i < l->requirements.count; i++) {
        const yj_load_requirement *q = yj_vec_at(&l->requirements, yj_load_requirement, i);
        if (strcmp(q->q.id, id) == 0)
            return q;
    }
    return NULL;
}

static void read_requirement(yj_loader *l, yj_form *f, const yj_yaml *node)
{
    yj_load_requirement out = { .pack = l->at, .node = node };
    yj_requirement *q = &out.q;
    if (!yj_form_keys(f, node, requirement_keys))
        return;
    q->id = yj_form_line(f, node, "id", true, YJ_NAME_MAX);
    if (!q->id)
        return;
    if (!id_valid(q->id)) {
        yj_complain(f, node->line, "id", "\"%s\" cannot be an id here", q->id);
        return;
    }
    size_t mark = yj_form_in(f, q->id);
    const yj_load_requirement *old = requirement_named(l, q->id);
    if (old)
        yj_complain(f, node->line, "id", "pack %s already has a requirement %s", old->q.pack, q->id);
    q->pack = l->packs[l->at].info.name;
    q->file = yj_arena_strdup(l->arena, f->file);
    q->line = node->line;
    read_clause(l, f, node, q);
    q->actor = find_in(f, node, "actor", &l->actors);
    q->force = find_in(f, node, "force", &l->forces);
    read_models(l, f, node, q);
    read_stage(l, f, node, q);
    const char *subject = yj_form_name(f, node, "subject", true);
    q->subject =
        subject ? yj_load_find_kind(l, f, yj_yaml_get(node, "subject")->line, "subject", subject) : -1;
    (void)yj_form_pair(f, node, "title", true, YJ_PAIR_TITLE, &q->title);
    (void)yj_form_pair(f, node, "text", true, YJ_PAIR_TEXT, &q->text);
    (void)yj_form_pair(f, node, "guidance", true, YJ_PAIR_TEXT, &q->guidance);
    (void)yj_form_pair(f, node, "erratum", false, YJ_PAIR_TEXT, &q->erratum);
    (void)yj_form_pair(f, node, "statements", false, YJ_PAIR_TEXT, &q->statements);
    (void)yj_form_pair(f, node, "settings", false, YJ_PAIR_TEXT, &q->settings);
    if (q->settings.in[YJ_LANG_EN] && !yj_yaml_get(node, "with"))
        yj_complain(f, yj_yaml_get(node, "settings")->line, "settings", "there is no parameter to speak of");
    read_rule_name(l, f, node, q);
    read_when(l, f, node, q);
    yj_form_out(f, mark);
    out.form = *f;
    if (!old)
        *yj_vec_add(l->arena, &l->requirements, yj_load_requirement) = out;
}

void yj_load_requirements(yj_loader *l)
{
    const yj_pack_source *s = l->packs[l->at].source;
    char stem[200];
    for (size_t i = 0; i < s->file_count && yj_load_goes_on(l); i++) {
        if (!yj_load_path_is(s->files[i].path, "requirements/", ".yaml", stem, sizeof stem))
            continue;
        yj_form f;
        const yj_yaml *tree = yj_load_tree(l, &s->files[i], &f);
        if (!tree)
            continue;
        if (tree->type != YJ_YAML_LIST) {
            yj_complain(&f, tree->line, NULL, "must be a list");
            continue;
        }
        for (size_t j = 0; j < tree->count && yj_load_goes_on(l); j++) {
            if (l->requirements.count == YJ_PACK_REQUIREMENTS_MAX) {
                yj_complain(&f, tree->items[j].line, NULL, "more than %d requirements",
                            YJ_PACK_REQUIREMENTS_MAX);
                return;
            }
            read_requirement(l, &f, &tree->items[j]);
        }
    }
}

static int compare_requirements(const void *a, const void *b)
{
    const yj_load_requirement *x = a, *y = b;
    int c = yj_natural_compare(x->q.clause, y->q.clause);
    return c ? c : yj_natural_compare(x->q.id, y->q.id);
}

static int compare_ids(const void *a, const void *b, void *all)
{
    const yj_requirement *q = all;
    return strcmp(q[*(const int *)a].id, q[*(const int *)b].id);
}

static int compare_named(const void *a, const void *b)
{
    return yj_natural_compare(((const yj_named_text *)a)->id, ((const yj_named_text *)b)->id);
}

void yj_load_finish_requirements(yj_loader *l)
{
    size_t n = l->requirements.count;
    if (n > 1)
        qsort(l->requirements.items, n, sizeof(yj_load_requirement), compare_requirements);
    if (l->clauses.count > 1)
        qsort(l->clauses.items, l->clauses.count, sizeof(yj_named_text), compare_named);
    yj_requirement *out = yj_arena_array(l->arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n && yj_load_goes_on(l); i++) {
        yj_load_requirement *q = yj_vec_at(&l->requirements, yj_load_requirement, i);
        q->q.index = (int)i;
        out[i] = q->q;
        if (q->q.rule < 0 || l->kinds_broken)
            continue;
        size_t mark = yj_form_in(&q->form, q->q.id);
        for (size_t j = 0; j < q->q.with_count; j++)
            check_with_choice(l, &q->form, q->q.line, &l->out->rules[q->q.rule], &q->q.with[j]);
        yj_form_out(&q->form, mark);
    }
    int *by_id = yj_arena_array(l->arena, n + 1, sizeof *by_id);
    for (size_t i = 0; i < n; i++)
        by_id[i] = (int)i;
    if (n > 1)
        qsort_r(by_id, n, sizeof *by_id, compare_ids, out);
    l->out->requirements = out;
    l->out->requirements_by_id = by_id;
    l->out->requirement_count = n;
    if (n == 0)
        return;
    for (size_t i = 0; i < yj_engine_code_count; i++) {
        bool found = false;
        for (size_t j = 0; j < l->reasons.count; j++)
            found = found || strcmp(yj_vec_at(&l->reasons, yj_reason, j)->code, yj_engine_codes[i].code) == 0;
        if (!found)
            yj_complain(&l->packs[0].form, 0, NULL, "no pack has the engine's reason %s in its reasons.yaml",
                        yj_engine_codes[i].code);
    }
}
