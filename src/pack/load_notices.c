// SPDX-License-Identifier: Apache-2.0
/* notices.yaml: whom the system tells what. One pack says who is told; each may name what waits for somebody.
 */
#include "pack/load.h"

#define NAMED_MAX 200

typedef struct reading {
    yj_loader *l;
    yj_form *f;
    yj_notices *n;
    bool **waits; /* of the catalog, being made */
} reading;

static bool has(const yj_yaml *tree, const char *key)
{
    const yj_yaml *n = yj_yaml_get(tree, key);
    return n && !yj_yaml_is_null(n);
}

/* --- who --------------------------------------------------------------------------------------------------
 */

static uint64_t read_roles(const reading *r, const yj_yaml *map, const char *key)
{
    const yj_access *a = &r->l->out->access;
    const yj_field *f = &r->l->out->kinds[a->person].fields[a->roles];
    const yj_yaml *items;
    size_t count;
    uint64_t ret = 0;
    if (!yj_form_names(r->f, map, key, false, false, &items, &count))
        return 0;
    for (size_t i = 0; i < count; i++) {
        const yj_option *o = yj_field_option(f, yj_span_of(items[i].text));
        if (o)
            ret |= UINT64_C(1) << (o - f->options);
        else
            yj_complain(r->f, items[i].line, key, "there is no role %s", items[i].text);
    }
    return ret;
}

static void read_told(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "due",     "overdue", "worse", "better", "emergency",
                                        "guessed", "tried",   "tied",  "read",   NULL };
    static const yj_news news[] = { YJ_NEWS_DUE,    YJ_NEWS_OVERDUE,   YJ_NEWS_WORSE,
                                    YJ_NEWS_BETTER, YJ_NEWS_EMERGENCY, YJ_NEWS_GUESSED,
                                    YJ_NEWS_TRIED,  YJ_NEWS_TIED,      YJ_NEWS_READ };
    const yj_yaml *map = yj_form_get(r->f, tree, "tell", YJ_YAML_MAP, true);
    size_t mark = yj_form_in(r->f, "tell");
    if (map && yj_form_keys(r->f, map, keys))
        for (size_t i = 0; keys[i]; i++)
            r->n->roles[news[i]] = read_roles(r, map, keys[i]);
    yj_form_out(r->f, mark);
}

static void read_mail(const reading *r, const yj_yaml *tree)
{
    const yj_kind *k = &r->l->out->kinds[r->l->out->access.person];
    const char *name = yj_form_name(r->f, tree, "mail", true);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    if (f && f->type == YJ_T_TEXT && !f->list)
        r->n->mail = (int)(f - k->fields);
    else if (name)
        yj_complain(r->f, yj_yaml_get(tree, "mail")->line, "mail", "kind %s has no text field %s", k->name,
                    name);
}

/* --- when -------------------------------------------------------------------------------------------------
 */

static void read_ahead(const reading *r, const yj_yaml *tree)
{
    const yj_yaml *list = yj_form_get(r->f, tree, "ahead", YJ_YAML_LIST, true);
    for (size_t i = 0; list && i < list->count; i++) {
        const yj_yaml *n = &list->items[i];
        int64_t days = -1;
        bool fine = n->type == YJ_YAML_SCALAR && yj_span_i64(yj_span_of(n->text), &days) && days >= 0 &&
                    days <= 400 && (i == 0 || days < r->n->ahead[i - 1]) && i < YJ_NEWS_AHEAD_MAX;
        if (!fine) {
            yj_complain(r->f, n->line, "ahead", "this must be at most %d numbers of days, the largest first",
                        YJ_NEWS_AHEAD_MAX);
            return;
        }
        r->n->ahead[r->n->ahead_count++] = (int)days;
    }
}

static void read_defaults(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "pace", "hour", "weekday", NULL };
    static const char *const paces[] = { "once", "daily", "weekly" };
    const yj_yaml *map = yj_form_get(r->f, tree, "defaults", YJ_YAML_MAP, true);
    int64_t hour = 9, weekday = 1;
    size_t mark = yj_form_in(r->f, "defaults");
    if (map && yj_form_keys(r->f, map, keys)) {
        const char *pace = yj_form_name(r->f, map, "pace", true);
        size_t i = 0;
        while (pace && i < YJ_COUNT(paces) && strcmp(pace, paces[i]) != 0)
            i++;
        if (pace && i == YJ_COUNT(paces))
            yj_complain(r->f, yj_yaml_get(map, "pace")->line, "pace", "must be once, daily or weekly");
        else if (pace)
            r->n->pace = (yj_news_pace)i;
        (void)yj_form_i64(r->f, map, "hour", true, 0, 23, &hour);
        (void)yj_form_i64(r->f, map, "weekday", true, 1, 7, &weekday);
        r->n->hour = (int)hour;
        r->n->weekday = (int)weekday;
    }
    yj_form_out(r->f, mark);
}

/* --- what waits -------------------------------------------------------------------------------------------
 */

static bool *waits_of(const reading *r, const yj_kind *k)
{
    bool **at = &r->waits[k->index];
    if (!*at)
        *at = yj_arena_array(r->l->arena, k->transition_count + 1, sizeof **at);
    return *at;
}

static void read_waiting(const reading *r, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(r->f, tree, "waiting", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(r->f, "waiting");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(r->l); i++) {
        int at = yj_load_find_kind(r->l, r->f, map->key_lines[i], map->keys[i], map->keys[i]);
        const yj_yaml *items;
        size_t count;
        if (at < 0 || !yj_form_names(r->f, map, map->keys[i], true, false, &items, &count))
            continue;
        const yj_kind *k = &r->l->out->kinds[at];
        for (size_t j = 0; j < count; j++) {
            int t = yj_kind_transition(k, yj_span_of(items[j].text));
            if (t < 0)
                yj_complain(r->f, items[j].line, map->keys[i], "kind %s has no transition %s", k->name,
                            items[j].text);
            else
                waits_of(r, k)[t] = true;
        }
    }
    yj_form_out(r->f, mark);
}

/* What the packs want done by another person than one who had a hand in the record waits for that person. */
static void add_four_eyes(const reading *r)
{
    const yj_catalog *c = r->l->out;
    for (size_t i = 0; i < c->kind_count; i++) {
        const yj_kind *k = &c->kinds[i];
        for (size_t t = 0; t + 1 < k->transition_count; t++) { /* nobody waits for a withdrawal */
            const yj_grant *g = &c->access.kinds[i].transitions[t];
            if (g->roles && (g->not_by_creator || g->not_by_count))
                waits_of(r, k)[t] = true;
        }
    }
}

/* --- the file ---------------------------------------------------------------------------------------------
 */

static void read_named(const reading *r, const yj_yaml *tree)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(r->f, tree, "named", true, false, &items, &count))
        return;
    const char **names = yj_arena_array(r->l->arena, count + 1, sizeof *names);
    for (size_t i = 0; i < count && i < NAMED_MAX; i++)
        names[r->n->named_count++] = yj_arena_strdup(r->l->arena, items[i].text);
    r->n->named = names;
}

/* All but `waiting` stands in one pack. */
static void read_file(const reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "mail",     "tell",      "channels", "ahead", "named",
                                        "defaults", "four_eyes", "waiting",  NULL };
    bool four_eyes = false;
    if (!yj_form_keys(r->f, tree, keys))
        return;
    read_waiting(r, tree);
    if (!has(tree, "tell"))
        return;
    if (r->n->any || r->l->out->access.person < 0) {
        yj_complain(r->f, yj_yaml_get(tree, "tell")->line, "tell",
                    "another pack has this already, or none says who acts");
        return;
    }
    r->n->any = true;
    read_told(r, tree);
    read_mail(r, tree);
    read_ahead(r, tree);
    read_named(r, tree);
    read_defaults(r, tree);
    r->n->channels = read_roles(r, tree, "channels");
    (void)yj_form_bool(r->f, tree, "four_eyes", &four_eyes);
    if (four_eyes)
        add_four_eyes(r);
}

void yj_load_notices(yj_loader *l)
{
    yj_notices *n = &l->out->notices;
    *n = (yj_notices){ .mail = -1 };
    if (l->to->any)
        return; /* kinds come first */
    reading r = { .l = l, .n = n };
    r.waits = yj_arena_array(l->arena, l->out->kind_count + 1, sizeof *r.waits);
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        const yj_pack_file *file = yj_load_file(l, "notices.yaml");
        yj_form f;
        const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
        r.f = &f;
        if (tree)
            read_file(&r, tree);
    }
    n->waits = (const bool *const *)r.waits;
}
