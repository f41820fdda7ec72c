// SPDX-License-Identifier: Apache-2.0
/* pack.yaml: who the pack is, what it needs, and the lists of the standard; reasons.yaml. */
#include "pack/load.h"
#include "pack/sentence.h"

static const char *const pack_keys[] = { "pack",    "edition", "title",           "note",        "requires",
                                         "extends", "models",  "stages",          "actors",      "forces",
                                         "clauses", "paths",   "risk_acceptance", "remediation", "start",
                                         NULL };

static bool pack_name_valid(const char *s)
{
    size_t n = strlen(s);
    if (n == 0 || n > YJ_NAME_MAX || !(s[0] >= 'a' && s[0] <= 'z'))
        return false;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static void read_name(yj_loader *l, yj_load_pack *p)
{
    const char *name = yj_form_line(&p->form, p->tree, "pack", true, 200);
    if (!name)
        return;
    int line = yj_yaml_get(p->tree, "pack")->line;
    if (!pack_name_valid(name)) {
        yj_complain(&p->form, line, "pack", "\"%s\" is no name of a pack (a-z, 0-9, -; a letter first)",
                    name);
        return;
    }
    for (size_t i = 0; i < l->at; i++) {
        if (strcmp(l->packs[i].info.name, name) == 0)
            yj_complain(&p->form, line, "pack", "pack %s is loaded twice", name);
    }
    p->info.name = name;
}

static void open_pack(yj_loader *l, yj_load_pack *p)
{
    p->info.name = "?";
    p->info.edition = "";
    p->info.digest = p->source->digest;
    p->info.folder = yj_arena_strdup(l->arena, p->source->folder);
    p->sees = UINT32_C(1) << l->at;
    const yj_pack_file *file = yj_load_file(l, "pack.yaml");
    p->form = yj_load_form(l, "pack.yaml");
    if (!file) {
        yj_complain(&p->form, 0, NULL, "this folder is no pack: pack.yaml is missing");
        return;
    }
    const yj_yaml *tree = yj_load_tree(l, file, &p->form);
    if (!tree || !yj_form_keys(&p->form, tree, pack_keys))
        return;
    p->tree = tree;
    read_name(l, p);
    const char *edition = yj_form_line(&p->form, tree, "edition", true, 100);
    if (edition)
        p->info.edition = edition;
    (void)yj_form_pair(&p->form, tree, "title", true, YJ_PAIR_TITLE, &p->info.title);
    (void)yj_form_pair(&p->form, tree, "note", false, YJ_PAIR_TEXT, &p->info.note);
}

/* The names under `requires` or `extends` as a bit set of packs. */
static uint32_t read_needs(yj_loader *l, yj_load_pack *p, const char *key)
{
    const yj_yaml *items;
    size_t count;
    uint32_t ret = 0;
    if (!p->tree || !yj_form_names(&p->form, p->tree, key, false, false, &items, &count))
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < l->pack_count && strcmp(l->packs[j].info.name, items[i].text) != 0)
            j++;
        if (j == l->pack_count)
            yj_complain(&p->form, items[i].line, key, "pack %s is not loaded", items[i].text);
        else
            ret |= UINT32_C(1) << j;
    }
    return ret;
}

static uint32_t reached_from(const yj_loader *l, size_t from)
{
    uint32_t seen = l->packs[from].needs, before;
    do {
        before = seen;
        for (size_t i = 0; i < l->pack_count; i++) {
            if (seen >> i & 1U)
                seen |= l->packs[i].needs;
        }
    } while (seen != before);
    return seen;
}

static int line_of(const yj_load_pack *p, const char *key)
{
    const yj_yaml *n = p->tree ? yj_yaml_get(p->tree, key) : NULL;
    return n ? n->line : 0;
}

static void check_order(yj_loader *l, yj_load_pack *p)
{
    const char *key = line_of(p, "requires") ? "requires" : "extends";
    uint32_t all = reached_from(l, l->at);
    if (all >> l->at & 1U) {
        yj_complain(&p->form, line_of(p, key), key, "pack %s requires itself, through what it requires",
                    p->info.name);
        return;
    }
    for (size_t i = l->at + 1; i < l->pack_count; i++) {
        if (p->needs >> i & 1U)
            yj_complain(&p->form, line_of(p, key), key, "pack %s must be loaded before pack %s",
                        l->packs[i].info.name, p->info.name);
    }
    p->sees |= all;
    p->info.needs = p->sees;
}

void yj_load_packs(yj_loader *l)
{
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++)
        open_pack(l, &l->packs[l->at]);
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        yj_load_pack *p = &l->packs[l->at];
        p->extends = read_needs(l, p, "extends");
        p->needs = p->extends | read_needs(l, p, "requires");
    }
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++)
        check_order(l, &l->packs[l->at]);
}

static bool same_text(const yj_text *a, const yj_text *b)
{
    return strcmp(a->in[YJ_LANG_ZH], b->in[YJ_LANG_ZH]) == 0 &&
           strcmp(a->in[YJ_LANG_EN], b->in[YJ_LANG_EN]) == 0;
}

/* Two packs may name the same model or stage, if they mean the same. */
static void add_named(yj_loader *l, yj_vec *to, size_t max, yj_form *f, int line, const yj_named_text *one)
{
    int i = yj_load_find_named(to, one->id);
    if (i >= 0) {
        const yj_named_text *old = yj_vec_at(to, yj_named_text, i);
        if (old->binding != one->binding || !same_text(&old->label, &one->label))
            yj_complain(f, line, one->id, "another pack has this with other words");
        return;
    }
    if (to->count == max) {
        yj_complain(f, line, one->id, "more than %zu entries", max);
        return;
    }
    *yj_vec_add(l->arena, to, yj_named_text) = *one;
}

typedef struct list_rule {
    const char *key;
    size_t max;
    bool clause; /* ids are clause numbers */
    bool force;  /* entries have `binding` */
} list_rule;

static bool read_force(yj_form *f, const yj_yaml *map, const char *id, yj_named_text *ret)
{
    static const char *const keys[] = { "zh", "en", "binding", NULL };
    size_t mark = yj_form_in(f, id);
    bool fine = yj_form_keys(f, map, keys);
    if (fine) {
        ret->label.in[YJ_LANG_ZH] = yj_form_line(f, map, "zh", true, YJ_PAIR_LABEL.max);
        ret->label.in[YJ_LANG_EN] = yj_form_line(f, map, "en", true, YJ_PAIR_LABEL.max);
        fine = ret->label.in[YJ_LANG_ZH] && ret->label.in[YJ_LANG_EN];
        if (!yj_form_bool(f, map, "binding", &ret->binding) && !yj_yaml_get(map, "binding"))
            yj_complain(f, map->line, "binding", "is missing");
    }
    yj_form_out(f, mark);
    return fine;
}

static void read_list(yj_loader *l, yj_load_pack *p, const list_rule *r, yj_vec *to)
{
    const yj_yaml *map = yj_form_get(&p->form, p->tree, r->key, YJ_YAML_MAP, false);
    if (!map)
        return;
    size_t mark = yj_form_in(&p->form, r->key);
    for (size_t i = 0; i < map->count && yj_load_goes_on(l); i++) {
        yj_named_text one = { .id = yj_arena_strdup(l->arena, map->keys[i]) };
        int line = map->key_lines[i];
        if (r->clause ? !yj_clause_valid(one.id) : !yj_name_valid(one.id)) {
            yj_complain(&p->form, line, one.id, "\"%s\" cannot be an id here", one.id);
            continue;
        }
        if (strcmp(r->key, "stages") == 0 && strcmp(one.id, "any") == 0) {
            yj_complain(&p->form, line, one.id, "\"%s\" cannot be an id here", one.id);
            continue;
        }
        if (r->force ? read_force(&p->form, &map->items[i], one.id, &one)
                     : yj_form_pair_of(&p->form, &map->items[i], one.id, YJ_PAIR_TITLE, &one.label))
            add_named(l, to, r->max, &p->form, line, &one);
    }
    yj_form_out(&p->form, mark);
}

const yj_engine_code yj_engine_codes[] = {
    { ".other", { "field", "asked", "value" } },
    { ".not_yet", { "stage" } },
    { ".over", { NULL } },
    { ".silent", { NULL } },
    { ".failed", { NULL } },
    { ".absent", { NULL } },
};
const size_t yj_engine_code_count = YJ_COUNT(yj_engine_codes);

static void check_engine_sentence(yj_form *f, int line, size_t code, const yj_text *sentence)
{
    for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
        yj_span rest = yj_span_of(sentence->in[lang]);
        yj_sentence_part part;
        const char *fault = NULL;
        while (yj_sentence_next(&rest, &part, &fault)) {
            if (part.what == YJ_SENTENCE_TEXT)
                continue;
            bool known = false;
            for (size_t i = 0; i < 3 && yj_engine_codes[code].values[i]; i++)
                known = known || yj_span_is(part.text, yj_engine_codes[code].values[i]);
            if (!known || part.what != YJ_SENTENCE_VALUE || part.kind.len > 0)
                yj_complain(f, line, yj_engine_codes[code].code, "the engine gives no value {%.*s} here",
                            (int)part.text.len, part.text.ptr);
        }
        if (fault)
            yj_complain(f, line, yj_engine_codes[code].code, "a brace is open, or what it holds is no name");
    }
}

static void read_reasons(yj_loader *l)
{
    const yj_pack_file *file = yj_load_file(l, "reasons.yaml");
    yj_form f;
    const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
    if (!tree)
        return;
    if (tree->type != YJ_YAML_MAP) {
        yj_complain(&f, tree->line, NULL, "must be a mapping");
        return;
    }
    for (size_t i = 0; i < tree->count && yj_load_goes_on(l); i++) {
        const char *code = tree->keys[i];
        size_t at = 0;
        while (at < yj_engine_code_count && strcmp(yj_engine_codes[at].code, code) != 0)
            at++;
        bool twice = false;
        for (size_t j = 0; j < l->reasons.count; j++)
            twice = twice || strcmp(yj_vec_at(&l->reasons, yj_reason, j)->code, code) == 0;
        yj_text sentence = { { NULL, NULL } };
        if (at == yj_engine_code_count)
            yj_complain(&f, tree->key_lines[i], code, "the engine has no such reason");
        else if (twice)
            yj_complain(&f, tree->key_lines[i], code, "another pack has this already");
        else if (yj_form_pair_of(&f, &tree->items[i], code, YJ_PAIR_TITLE, &sentence)) {
            check_engine_sentence(&f, tree->key_lines[i], at, &sentence);
            yj_reason *r = yj_vec_add(l->arena, &l->reasons, yj_reason);
            r->code = yj_arena_strdup(l->arena, code);
            r->sentence = sentence;
        }
    }
}

void yj_load_pack_texts(yj_loader *l)
{
    yj_load_pack *p = &l->packs[l->at];
    if (p->tree) {
        const struct {
            list_rule rule;
            yj_vec *to;
        } lists[] = {
            { { .key = "models", .max = YJ_PACK_MODELS_MAX }, &l->models },
            { { .key = "stages", .max = YJ_PACK_NAMED_MAX }, &l->stages },
            { { .key = "actors", .max = YJ_PACK_NAMED_MAX }, &l->actors },
            { { .key = "forces", .max = YJ_PACK_NAMED_MAX, .force = true }, &l->forces },
            { { .key = "clauses", .max = YJ_PACK_NAMED_MAX, .clause = true }, &l->clauses },
        };
        for (size_t i = 0; i < YJ_COUNT(lists); i++)
            read_list(l, p, &lists[i].rule, lists[i].to);
    }
    read_reasons(l);
}
