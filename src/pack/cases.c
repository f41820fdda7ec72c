// SPDX-License-Identifier: Apache-2.0
#include "pack/cases.h"
#include "pack/case_fields.h"
#include <stdlib.h>

#define CASES_BYTES_MAX ((size_t)256 << 20)
#define SCRATCH_BYTES_MAX ((size_t)512 << 20)

bool yj_cases_go_on(const yj_case_reader *r)
{
    return r->fatal == YJ_OK && r->work < YJ_CASE_WORK_MAX && yj_arena_status(r->arena, NULL) == YJ_OK &&
           yj_arena_status(r->scratch, NULL) == YJ_OK;
}

/* --- records ----------------------------------------------------------------------------------------------
 */

/* The objects of all records are owned by one array. */
static json_t *keep(yj_case_reader *r, json_t *fields)
{
    if (!fields || json_array_append_new(r->keep, fields) != 0) {
        r->fatal = YJ_E_NOMEM;
        return NULL;
    }
    return fields;
}

static int read_state(yj_form *f, const yj_kind *k, const yj_yaml *node, int otherwise)
{
    const char *name = yj_form_name(f, node, "state", false);
    int s = name ? yj_kind_state(k, yj_span_of(name)) : otherwise;
    if (name && s < 0) {
        yj_complain(f, yj_yaml_get(node, "state")->line, "state", "kind %s has no state %s", k->name, name);
        return otherwise;
    }
    return s;
}

static bool read_record(yj_case_reader *r, yj_form *f, const yj_yaml *node, yj_case_rec *ret)
{
    static const char *const keys[] = { "ref", "kind", "state", "fields", NULL };
    if (!yj_form_keys(f, node, keys))
        return false;
    const char *ref = yj_form_name(f, node, "ref", true);
    if (!ref)
        return false;
    size_t mark = yj_form_in(f, ref);
    const char *kind = yj_form_name(f, node, "kind", true);
    const yj_kind *k = kind ? yj_catalog_kind(r->c, yj_span_of(kind)) : NULL;
    if (kind && !k)
        yj_complain(f, yj_yaml_get(node, "kind")->line, "kind", "there is no kind %s", kind);
    if (strcmp(ref, "me") == 0)
        yj_complain(f, node->line, "ref", "@me is the acting person and cannot be entered");
    if (k) {
        const yj_yaml *fields = yj_form_get(f, node, "fields", YJ_YAML_MAP, false);
        *ret = (yj_case_rec){ .ref = ref, .kind = k, .form = f, .line = node->line };
        ret->state = read_state(f, k, node, k->initial);
        size_t inner = yj_form_in(f, "fields");
        ret->fields = keep(r, yj_case_fields(f, k, fields, false));
        yj_form_out(f, inner);
    }
    yj_form_out(f, mark);
    return k && ret->fields;
}

static int find_rec(yj_case_reader *r, const yj_vec *recs, const char *ref)
{
    r->work += recs->count;
    for (size_t i = 0; i < recs->count; i++) {
        if (strcmp(yj_vec_at(recs, yj_case_rec, i)->ref, ref) == 0)
            return (int)i;
    }
    return -1;
}

static void add_rec(yj_case_reader *r, yj_form *f, int line, yj_vec *to, const yj_case_rec *one)
{
    if (find_rec(r, to, one->ref) >= 0)
        yj_complain(f, line, NULL, "two records are called %s", one->ref);
    else if (to->count == YJ_CASE_RECORDS_MAX)
        yj_complain(f, line, NULL, "more than %d records", YJ_CASE_RECORDS_MAX);
    else
        *yj_vec_add(r->scratch, to, yj_case_rec) = *one;
}

static void read_records(yj_case_reader *r, yj_form *f, const yj_yaml *list, yj_vec *to)
{
    for (size_t i = 0; i < list->count && yj_cases_go_on(r); i++) {
        yj_case_rec one;
        if (read_record(r, f, &list->items[i], &one))
            add_rec(r, f, one.line, to, &one);
    }
}

/* --- bases ------------------------------------------------------------------------------------------------
 */

static yj_case_base *find_base(yj_case_reader *r, const char *name)
{
    for (size_t i = 0; i < r->bases.count; i++) {
        yj_case_base *b = yj_vec_at(&r->bases, yj_case_base, i);
        if (strcmp(b->name, name) == 0)
            return b;
    }
    return NULL;
}

static void read_bases(yj_case_reader *r, yj_form *f, const yj_yaml *tree)
{
    const yj_yaml *map = yj_form_get(f, tree, "bases", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(f, "bases");
    for (size_t i = 0; map && i < map->count && yj_cases_go_on(r); i++) {
        const char *name = map->keys[i];
        size_t inner = yj_form_in(f, name);
        if (!yj_name_valid(name))
            yj_complain(f, map->key_lines[i], NULL,
                        "\"%s\" is no name (a-z, 0-9, _; at most 41; a letter first)", name);
        else if (map->items[i].type != YJ_YAML_LIST)
            yj_complain(f, map->items[i].line, NULL, "must be a list");
        else if (find_base(r, name))
            yj_complain(f, map->key_lines[i], NULL, "another file has a base of this name");
        else if (r->bases.count == YJ_CASE_BASES_MAX)
            yj_complain(f, map->key_lines[i], NULL, "more than %d entries", YJ_CASE_BASES_MAX);
        else {
            yj_case_base *b = yj_vec_add(r->scratch, &r->bases, yj_case_base);
            b->name = name;
            read_records(r, f, &map->items[i], &b->recs);
        }
        yj_form_out(f, inner);
    }
    yj_form_out(f, mark);
}

/* --- one case's records: bases, drop, change, records
 * -------------------------------------------------------- */

static void use_bases(yj_case_reader *r, yj_form *f, const yj_yaml *node, yj_vec *recs)
{
    const yj_yaml *items;
    size_t count;
    (void)yj_form_names(f, node, "use", false, true, &items, &count);
    for (size_t i = 0; i < count; i++) {
        const yj_case_base *b = find_base(r, items[i].text);
        if (!b)
            yj_complain(f, items[i].line, "use", "there is no base %s", items[i].text);
        for (size_t j = 0; b && j < b->recs.count && yj_cases_go_on(r); j++)
            add_rec(r, f, items[i].line, recs, yj_vec_at(&b->recs, yj_case_rec, j));
    }
}

static void drop_records(yj_case_reader *r, yj_form *f, const yj_yaml *node, yj_vec *recs)
{
    const yj_yaml *items;
    size_t count;
    (void)yj_form_names(f, node, "drop", false, true, &items, &count);
    for (size_t i = 0; i < count; i++) {
        int at = find_rec(r, recs, items[i].text);
        if (at < 0) {
            yj_complain(f, items[i].line, "drop", "the case has no record %s", items[i].text);
            continue;
        }
        recs->count--;
        memmove(yj_vec_at(recs, yj_case_rec, at), yj_vec_at(recs, yj_case_rec, at + 1),
                (recs->count - (size_t)at) * sizeof(yj_case_rec));
    }
}

/* The record's fields with some set and, by null, some cleared. NULL when out of memory. */
static json_t *changed_fields(json_t *old, json_t *set)
{
    yj_auto(yj_json_freep) json_t *out = json_object();
    const char *key;
    json_t *v;
    json_object_foreach(old, key, v) /* not json_copy(), which does not tell when it lacks memory */
    {
        if (!out || json_object_set(out, key, v) != 0)
            return NULL;
    }
    json_object_foreach(set, key, v)
    {
        if (!out || (!json_is_null(v) && json_object_set(out, key, v) != 0))
            return NULL;
        if (json_is_null(v))
            json_object_del(out, key);
    }
    return yj_take(out);
}

static void change_one(yj_case_reader *r, yj_form *f, const yj_yaml *node, yj_vec *recs)
{
    static const char *const keys[] = { "ref", "set", "state", NULL };
    if (!yj_form_keys(f, node, keys))
        return;
    const char *ref = yj_form_name(f, node, "ref", true);
    int at = ref ? find_rec(r, recs, ref) : -1;
    if (ref && at < 0)
        yj_complain(f, node->line, "ref", "the case has no record %s", ref);
    if (at < 0)
        return;
    size_t mark = yj_form_in(f, ref);
    yj_case_rec *rec = yj_vec_at(recs, yj_case_rec, at);
    const yj_yaml *set = yj_form_get(f, node, "set", YJ_YAML_MAP, false);
    rec->state = read_state(f, rec->kind, node, rec->state);
    if (set) {
        size_t inner = yj_form_in(f, "set");
        json_t *changes = keep(r, yj_case_fields(f, rec->kind, set, true));
        json_t *fields = changes ? keep(r, changed_fields(rec->fields, changes)) : NULL;
        if (fields) {
            rec->fields = fields;
            rec->form = f;
            rec->line = node->line;
        }
        yj_form_out(f, inner);
    }
    yj_form_out(f, mark);
}

static void change_records(yj_case_reader *r, yj_form *f, const yj_yaml *node, yj_vec *recs)
{
    const yj_yaml *list = yj_form_get(f, node, "change", YJ_YAML_LIST, false);
    size_t mark = yj_form_in(f, "change");
    for (size_t i = 0; list && i < list->count && yj_cases_go_on(r); i++)
        change_one(r, f, &list->items[i], recs);
    yj_form_out(f, mark);
}

/* --- references and order
 * ------------------------------------------------------------------------------------ */

typedef struct sorter {
    yj_case_reader *r;
    yj_form *f;
    int line;
    const yj_vec *recs;
    unsigned char *seen; /* 1: being placed, 2: placed */
    int *order;
    size_t placed;
} sorter;

static void place_rec(sorter *s, size_t i);

static void follow(sorter *s, const yj_case_rec *rec, const yj_field *d, const char *ref)
{
    const yj_kind *want = yj_field_target(s->r->c, rec->kind, d, rec->fields);
    if (!want) {
        yj_complain(s->f, s->line, d->name, "record %s does not say of which kind %s is", rec->ref, ref);
        return;
    }
    if (strcmp(ref, "@me") == 0) {
        if (strcmp(want->name, "person") != 0)
            yj_complain(s->f, s->line, d->name, "record %s: @me is a person, but the field refers to %s",
                        rec->ref, want->name);
        return;
    }
    int at = find_rec(s->r, s->recs, ref + 1);
    if (at < 0) {
        yj_complain(s->f, s->line, d->name, "record %s names %s, which the case does not have", rec->ref,
                    ref);
        return;
    }
    const yj_case_rec *to = yj_vec_at(s->recs, yj_case_rec, at);
    if (to->kind != want)
        yj_complain(s->f, s->line, d->name, "record %s names %s of kind %s, but the field refers to %s",
                    rec->ref, ref, to->kind->name, want->name);
    else if (s->seen[at] == 1)
        yj_complain(s->f, s->line, d->name, "record %s names %s, which cannot be entered before it", rec->ref,
                    ref);
    else
        place_rec(s, (size_t)at);
}

/* What a record refers to must be entered before it. */
static void place_rec(sorter *s, size_t i)
{
    if (s->seen[i])
        return;
    s->seen[i] = 1;
    const yj_case_rec *rec = yj_vec_at(s->recs, yj_case_rec, i);
    for (size_t j = 0; j < rec->kind->field_count; j++) {
        const yj_field *d = &rec->kind->fields[j];
        const json_t *v = json_object_get(rec->fields, d->name);
        if ((d->ref_kind < 0 && d->kind_from < 0) || !v)
            continue;
        if (json_is_string(v))
            follow(s, rec, d, json_string_value(v));
        for (size_t n = 0; n < json_array_size(v) && yj_cases_go_on(s->r); n++)
            follow(s, rec, d, json_string_value(json_array_get(v, n)));
    }
    s->seen[i] = 2;
    s->order[s->placed++] = (int)i;
}

static void check_required(const yj_case_rec *rec)
{
    size_t mark = yj_form_in(rec->form, rec->ref);
    for (size_t j = 0; j < rec->kind->field_count; j++) {
        const yj_field *d = &rec->kind->fields[j];
        const json_t *v = json_object_get(rec->fields, d->name);
        if (d->required && (!v || (d->list && json_array_size(v) == 0)))
            yj_complain(rec->form, rec->line, d->name, "is missing");
    }
    yj_form_out(rec->form, mark);
}

static void finish_records(yj_case_reader *r, yj_form *f, int line, const yj_vec *recs, yj_case *ret)
{
    sorter s = { .r = r, .f = f, .line = line, .recs = recs };
    s.seen = yj_arena_alloc(r->scratch, recs->count + 1);
    s.order = yj_arena_array(r->scratch, recs->count + 1, sizeof *s.order);
    for (size_t i = 0; i < recs->count && yj_cases_go_on(r); i++)
        place_rec(&s, i);
    yj_case_record *out = yj_arena_array(r->arena, recs->count + 1, sizeof *out);
    for (size_t i = 0; i < s.placed; i++) {
        const yj_case_rec *rec = yj_vec_at(recs, yj_case_rec, s.order[i]);
        out[i].ref = yj_arena_strdup(r->arena, rec->ref);
        out[i].kind = rec->kind->index;
        out[i].state = rec->state;
        out[i].fields = rec->fields;
        check_required(rec);
    }
    ret->records = out;
    ret->record_count = s.placed;
}

static void read_case(yj_case_reader *r, yj_form *f, const yj_yaml *node)
{
    static const char *const keys[] = { "requirement", "gate", "name",    "today",  "use",
                                        "change",      "drop", "records", "expect", NULL };
    if (!yj_form_keys(f, node, keys))
        return;
    yj_case one = { .line = node->line, .requirement = -1, .gate_kind = -1, .gate_transition = -1 };
    one.file = yj_arena_strdup(r->arena, f->file);
    one.name = yj_form_line(f, node, "name", true, 300);
    size_t mark = yj_form_in(f, one.name ? one.name : "?");
    const yj_yaml *today = yj_form_get(f, node, "today", YJ_YAML_SCALAR, true);
    if (today && !yj_date_parse(yj_span_of(today->text), &one.today))
        yj_complain(f, today->line, "today", "must be a date of the form 2026-11-22");
    yj_vec recs = { NULL, 0, 0 };
    use_bases(r, f, node, &recs);
    drop_records(r, f, node, &recs);
    change_records(r, f, node, &recs);
    const yj_yaml *more = yj_form_get(f, node, "records", YJ_YAML_LIST, false);
    if (more)
        read_records(r, f, more, &recs);
    finish_records(r, f, node->line, &recs, &one);
    yj_case_read_expect(r, f, node, &recs, &one);
    yj_form_out(f, mark);
    *yj_vec_add(r->arena, &r->rows, yj_case) = one;
}

/* --- files ------------------------------------------------------------------------------------------------
 */

typedef struct case_file {
    yj_form form;
    const yj_yaml *tree;
} case_file;

static bool read_tree(yj_case_reader *r, const yj_pack_source *s, const yj_pack_file *file, case_file *ret)
{
    static const char *const keys[] = { "bases", "cases", NULL };
    yj_error e = { .code = YJ_OK };
    int line;
    if (strncmp(file->path, "cases/", 6) != 0)
        return false;
    yj_form_open(&ret->form, r->to, r->arena, s->folder, file->path);
    yj_status st = yj_yaml_parse(r->scratch, file->content, YJ_PACK_FILE_BYTES_MAX, &ret->tree, &line, &e);
    if (st == YJ_E_NOMEM)
        r->fatal = st;
    else if (st != YJ_OK && yj_cases_go_on(r))
        yj_complain_as(&ret->form, line, NULL, &e);
    return st == YJ_OK && yj_form_keys(&ret->form, ret->tree, keys);
}

/* The files under cases/, and of them the bases. */
static case_file *read_files(yj_case_reader *r, const yj_pack_source *s, size_t *ret_count)
{
    case_file *files = yj_arena_array(r->scratch, s->file_count + 1, sizeof *files);
    size_t n = 0;
    for (size_t i = 0; i < s->file_count && yj_cases_go_on(r); i++)
        n += read_tree(r, s, &s->files[i], &files[n]);
    for (size_t i = 0; i < n && yj_cases_go_on(r); i++)
        read_bases(r, &files[i].form, files[i].tree);
    *ret_count = n;
    return files;
}

static void read_all(yj_case_reader *r, const yj_pack_source *s)
{
    size_t n = 0;
    case_file *files = read_files(r, s, &n);
    for (size_t i = 0; i < n && yj_cases_go_on(r); i++) {
        const yj_yaml *list = yj_form_get(&files[i].form, files[i].tree, "cases", YJ_YAML_LIST, false);
        for (size_t j = 0; list && j < list->count && yj_cases_go_on(r); j++) {
            if (r->rows.count == YJ_CASES_MAX) {
                yj_complain(&files[i].form, list->items[j].line, NULL, "more than %d entries", YJ_CASES_MAX);
                return;
            }
            read_case(r, &files[i].form, &list->items[j]);
        }
    }
}

/* Every requirement of the pack is shown both ways. */
static void check_coverage(yj_case_reader *r, const yj_pack_source *s)
{
    const char *pack = NULL;
    for (size_t i = 0; i < r->c->pack_count; i++) {
        if (memcmp(&r->c->packs[i].digest, &s->digest, sizeof s->digest) == 0)
            pack = r->c->packs[i].name;
    }
    for (size_t i = 0; i < r->c->requirement_count; i++) {
        const yj_requirement *q = &r->c->requirements[i];
        if (!pack || strcmp(q->pack, pack) != 0)
            continue;
        yj_form f = { .to = r->to, .arena = r->arena };
        memcpy(f.file, q->file, strlen(q->file) + 1); /* it came from such a form */
        if (!r->met[i])
            yj_complain(&f, q->line, q->id, "no case shows the requirement met");
        if (!r->unmet[i])
            yj_complain(&f, q->line, q->id, "no case shows the requirement unmet");
    }
}

yj_status yj_cases_load(const yj_pack_source *source, const yj_pack_source *const *below, size_t below_count,
                        const yj_catalog *c, yj_cases **ret, yj_complaint *complaints, size_t max,
                        size_t *ret_count, yj_error *err)
{
    if (ret_count)
        *ret_count = 0;
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(CASES_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *scratch = yj_arena_new(SCRATCH_BYTES_MAX);
    yj_auto(yj_json_freep) json_t *all = json_array();
    if (!arena || !scratch || !all)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_complaints to = { .rows = complaints, .max = complaints ? max : 0 };
    yj_case_reader r = { .c = c, .arena = arena, .scratch = scratch, .to = &to, .keep = all };
    r.met = yj_arena_array(scratch, c->requirement_count + 1, sizeof *r.met);
    r.unmet = yj_arena_array(scratch, c->requirement_count + 1, sizeof *r.unmet);
    for (size_t i = 0; i < below_count && yj_cases_go_on(&r); i++) {
        size_t unused;
        if (below[i] != source)
            (void)read_files(&r, below[i], &unused);
    }
    read_all(&r, source);
    if (yj_cases_go_on(&r))
        check_coverage(&r, source);
    if (ret_count)
        *ret_count = to.count;
    if (r.fatal != YJ_OK)
        return yj_fail(err, r.fatal, "out of memory");
    if (r.work >= YJ_CASE_WORK_MAX)
        return yj_fail(err, YJ_E_LIMIT, "%s: the cases hold too many records", source->folder);
    YJ_TRY(yj_arena_status(scratch, err));
    YJ_TRY(yj_arena_status(arena, err));
    YJ_TRY(yj_complaints_status(&to, err));
    yj_cases *out = yj_arena_new_of(arena, yj_cases);
    *out = (yj_cases){ .rows = r.rows.items, .count = r.rows.count };
    YJ_TRY(yj_arena_status(arena, err));
    out->keep = yj_take(all);
    out->arena = yj_take(arena);
    *ret = out;
    return YJ_OK;
}

void yj_cases_free(yj_cases *c)
{
    if (!c)
        return;
    json_decref(c->keep);
    yj_arena_free(c->arena);
}
