// SPDX-License-Identifier: Apache-2.0
#include "pack/load.h"
#include <stdio.h>

#define CATALOG_BYTES_MAX ((size_t)256 << 20)
#define SCRATCH_BYTES_MAX ((size_t)512 << 20)

bool yj_load_goes_on(const yj_loader *l)
{
    return l->fatal == YJ_OK && yj_arena_status(l->arena, NULL) == YJ_OK &&
           yj_arena_status(l->scratch, NULL) == YJ_OK;
}

void yj_load_fail(yj_loader *l, yj_status s, const yj_error *e)
{
    if (l->fatal == YJ_OK) {
        l->fatal = s;
        l->fatal_error = *e;
    }
}

yj_form yj_load_form(yj_loader *l, const char *path)
{
    yj_form f;
    yj_form_open(&f, l->to, l->arena, l->packs[l->at].source->folder, path);
    return f;
}

yj_status yj_load_parse(yj_loader *l, const yj_pack_file *file, yj_span text, const yj_yaml **ret,
                        int *ret_line, yj_error *err)
{
    const yj_pack_source *s = l->packs[l->at].source;
    const yj_digest *digest = &s->digests[file - s->files];
    *ret_line = 0;
    *ret = l->how.prepared_trees ? yj_prepared_tree(l->scratch, digest) : NULL;
    if (*ret)
        return yj_arena_status(l->scratch, err);
    YJ_TRY(yj_yaml_parse(l->scratch, text, YJ_PACK_FILE_BYTES_MAX, ret, ret_line, err));
    if (l->how.notes)
        yj_prepare_note(l->how.notes, digest, *ret);
    return YJ_OK;
}

const yj_yaml *yj_load_tree(yj_loader *l, const yj_pack_file *file, yj_form *f)
{
    const yj_yaml *tree = NULL;
    yj_error e = { .code = YJ_OK };
    int line;
    *f = yj_load_form(l, file->path);
    yj_status s = yj_load_parse(l, file, file->content, &tree, &line, &e);
    if (s == YJ_E_NOMEM)
        yj_load_fail(l, s, &e);
    else if (s != YJ_OK && yj_load_goes_on(l))
        yj_complain_as(f, line, NULL, &e);
    return s == YJ_OK ? tree : NULL;
}

const yj_pack_file *yj_load_file(const yj_loader *l, const char *path)
{
    const yj_pack_source *s = l->packs[l->at].source;
    for (size_t i = 0; i < s->file_count; i++) {
        if (strcmp(s->files[i].path, path) == 0)
            return &s->files[i];
    }
    return NULL;
}

bool yj_load_path_is(const char *path, const char *folder, const char *ending, char *ret, size_t cap)
{
    size_t n = strlen(path), before = strlen(folder), after = strlen(ending);
    if (n <= before + after || strncmp(path, folder, before) != 0 || strcmp(path + n - after, ending) != 0)
        return false;
    snprintf(ret, cap, "%.*s", (int)(n - before - after), path + before);
    return true;
}

static bool may_see(const yj_loader *l, size_t pack)
{
    return (l->packs[l->at].sees >> pack & 1U) != 0;
}

int yj_load_find_kind(yj_loader *l, yj_form *f, int line, const char *key, const char *name)
{
    for (size_t i = 0; i < l->kinds.count; i++) {
        const yj_load_kind *k = yj_vec_at(&l->kinds, yj_load_kind, i);
        if (strcmp(k->k.name, name) != 0)
            continue;
        if (may_see(l, k->pack))
            return (int)i;
        yj_complain(f, line, key, "kind %s belongs to pack %s, which pack %s does not require", name,
                    k->k.pack, l->packs[l->at].info.name);
        return -1;
    }
    yj_complain(f, line, key, "there is no kind %s", name);
    return -1;
}

int yj_load_find_rule(yj_loader *l, yj_form *f, int line, const char *key, const char *name)
{
    for (size_t i = 0; i < l->rules.count; i++) {
        const yj_load_rule *r = yj_vec_at(&l->rules, yj_load_rule, i);
        if (strcmp(r->r.name, name) != 0)
            continue;
        if (may_see(l, r->pack))
            return (int)i;
        yj_complain(f, line, key, "rule %s belongs to pack %s, which pack %s does not require", name,
                    r->r.pack, l->packs[l->at].info.name);
        return -1;
    }
    yj_complain(f, line, key, "there is no rule %s", name);
    return -1;
}

int yj_load_find_named(const yj_vec *v, const char *id)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(yj_vec_at(v, yj_named_text, i)->id, id) == 0)
            return (int)i;
    }
    return -1;
}

yj_load_kind *yj_load_kind_at(yj_loader *l, int i)
{
    return yj_vec_at(&l->kinds, yj_load_kind, i);
}

const yj_yaml *yj_load_kind_map(yj_loader *l, yj_form *f, const yj_yaml *tree, const char *key,
                                const char *const *keys, int before, const yj_kind **ret)
{
    const yj_yaml *map = yj_form_get(f, tree, key, YJ_YAML_MAP, false);
    if (!map || !yj_form_keys(f, map, keys))
        return NULL;
    if (before >= 0) {
        yj_complain(f, map->line, NULL, "another pack has this already");
        return NULL;
    }
    const char *name = yj_form_name(f, map, "kind", true);
    int i = name ? yj_load_find_kind(l, f, yj_yaml_get(map, "kind")->line, "kind", name) : -1;
    *ret = i < 0 ? NULL : &l->out->kinds[i];
    return i < 0 ? NULL : map;
}

int yj_load_field(const yj_load_kind *k, const char *name)
{
    for (size_t i = 0; i < k->fields.count; i++) {
        if (strcmp(yj_vec_at(&k->fields, yj_field, i)->name, name) == 0)
            return (int)i;
    }
    return -1;
}

int yj_load_state(const yj_load_kind *k, const char *id)
{
    for (size_t i = 0; i < k->states.count; i++) {
        if (strcmp(yj_vec_at(&k->states, yj_state, i)->id, id) == 0)
            return (int)i;
    }
    return -1;
}

int yj_load_transition(const yj_load_kind *k, const char *id)
{
    for (size_t i = 0; i < k->transitions.count; i++) {
        if (strcmp(yj_vec_at(&k->transitions, yj_transition, i)->id, id) == 0)
            return (int)i;
    }
    return -1;
}

/* What lies below documents/ beside the templates of load_documents.c: that it is text and, where YAML, well
 * formed. */
static void check_documents(yj_loader *l)
{
    const yj_pack_source *s = l->packs[l->at].source;
    char stem[YJ_NAME_MAX + 1];
    for (size_t i = 0; i < s->file_count && yj_load_goes_on(l); i++) {
        yj_form f = yj_load_form(l, s->files[i].path);
        bool yaml = yj_load_path_is(s->files[i].path, "documents/", ".yaml", stem, sizeof stem);
        if (strncmp(s->files[i].path, "documents/", 10) != 0 || (yaml && !strchr(s->files[i].path + 10, '/')))
            continue;
        if (yaml)
            (void)yj_load_tree(l, &s->files[i], &f);
        else if (!yj_utf8_valid(s->files[i].content))
            yj_complain(&f, 1, NULL, "this is not valid UTF-8");
    }
}

static void copy_named(const yj_vec *v, const yj_named_text **ret, size_t *ret_count)
{
    *ret = v->items;
    *ret_count = v->count;
}

static void finish_catalog(yj_loader *l)
{
    yj_catalog *c = l->out;
    yj_pack_info *packs = yj_arena_array(l->arena, l->pack_count ? l->pack_count : 1, sizeof *packs);
    for (size_t i = 0; i < l->pack_count; i++)
        packs[i] = l->packs[i].info;
    c->packs = packs;
    c->pack_count = l->pack_count;
    copy_named(&l->models, &c->models, &c->model_count);
    copy_named(&l->stages, &c->stages, &c->stage_count);
    copy_named(&l->actors, &c->actors, &c->actor_count);
    copy_named(&l->forces, &c->forces, &c->force_count);
    copy_named(&l->clauses, &c->clauses, &c->clause_count);
    c->engine_reasons = l->reasons.items;
    c->engine_reason_count = l->reasons.count;
}

/* Over the packs' names and digests, in order, in the form sha256sum prints. */
static yj_status digest_packs(const yj_loader *l, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    if (!h)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(h);
    for (size_t i = 0; i < l->pack_count; i++) {
        char hex[2 * YJ_HASH_LEN + 1];
        const yj_pack_info *p = &l->packs[i].info;
        yj_digest_hex(&p->digest, hex);
        yj_hasher_add(h, hex, sizeof hex - 1);
        yj_hasher_add(h, "  ", 2);
        yj_hasher_add(h, p->name, strlen(p->name));
        yj_hasher_add(h, "\n", 1);
    }
    yj_hasher_end(h, ret);
    return YJ_OK;
}

static void load_all(yj_loader *l)
{
    static void (*const each[])(yj_loader *) = {
        yj_load_pack_texts,   yj_load_kinds, yj_load_views,   yj_load_rules,
        yj_load_requirements, yj_load_gates, check_documents,
    };
    static void (*const finish[])(yj_loader *) = {
        yj_load_finish_kinds, yj_load_finish_signed,  yj_load_finish_lists,
        yj_load_finish_paths, yj_load_finish_answers, yj_load_starts,
        yj_load_finish_views, yj_load_finish_rules,   yj_load_finish_requirements,
        yj_load_finish_gates, yj_load_access,         yj_load_notices,
        yj_load_exchange,     yj_load_roles,          yj_load_documents,
        yj_load_upgrades,
    };
    yj_load_packs(l);
    for (l->at = 0; l->at < l->pack_count; l->at++) {
        for (size_t i = 0; i < YJ_COUNT(each) && yj_load_goes_on(l); i++)
            each[i](l);
    }
    finish_catalog(l);
    for (size_t i = 0; i < YJ_COUNT(finish) && yj_load_goes_on(l); i++)
        finish[i](l);
}

static yj_status result_of(const yj_loader *l, yj_error *err)
{
    if (l->fatal != YJ_OK) {
        if (err)
            *err = l->fatal_error;
        return l->fatal;
    }
    YJ_TRY(yj_arena_status(l->scratch, err));
    YJ_TRY(yj_arena_status(l->arena, err));
    return yj_complaints_status(l->to, err);
}

yj_status yj_load_with(const yj_pack_source *const *sources, size_t count, const yj_load_how *how,
                       yj_catalog **ret, yj_complaint *complaints, size_t max, size_t *ret_count,
                       yj_error *err)
{
    if (ret_count)
        *ret_count = 0;
    if (count == 0 || count > YJ_PACKS_MAX)
        return yj_fail(err, YJ_E_INVALID, "between 1 and %d packs can be loaded", YJ_PACKS_MAX);
    yj_auto(yj_catalog_unrefp) yj_catalog *c = yj_catalog_new(CATALOG_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *scratch = yj_arena_new(SCRATCH_BYTES_MAX);
    if (!c || !scratch)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_complaints to = { .rows = complaints, .max = complaints ? max : 0 };
    yj_loader *l = yj_arena_new_of(scratch, yj_loader);
    l->arena = c->arena;
    l->scratch = scratch;
    l->to = &to;
    l->out = c;
    l->how = *how;
    l->pack_count = count;
    for (size_t i = 0; i < count; i++)
        l->packs[i].source = sources[i];
    load_all(l);
    if (ret_count)
        *ret_count = to.count;
    YJ_TRY(result_of(l, err));
    YJ_TRY(digest_packs(l, &c->digest, err));
    *ret = yj_take(c);
    return YJ_OK;
}

yj_status yj_catalog_load(const yj_pack_source *const *sources, size_t count, yj_catalog **ret,
                          yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err)
{
    return yj_load_with(sources, count, &(yj_load_how){ .kept = NULL }, ret, complaints, max, ret_count, err);
}
