// SPDX-License-Identifier: Apache-2.0
/* Units: the records that paths start from, and which subjects belong to each. */
#include "base/json.h"
#include "record/internal.h"
#include "record/read.h"
#include "record/standing.h"
#include "rule/gate.h"
#include "store/kind_table.h"
#include <stdlib.h>

#define PAGE 500
#define PAGE_BYTES_MAX ((size_t)64 << 20)
#define NAME_BYTES_MAX ((size_t)64 << 10)

typedef struct reading {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst, as_of_seq;
    const yj_kind *k;
    const yj_field *model;
    const char *only;
    yj_lang lang;
    yj_arena *arena;
    yj_unit *units;
    const char **keys; /* of the units; only as of an entry */
    size_t unit_count, unit_cap;
    yj_unit_link *links;
    size_t link_count, link_cap;
} reading;

/* The first of those that most paths start from. */
static int unit_kind(const yj_catalog *c)
{
    int best = -1;
    size_t most = 0;
    for (size_t i = 0; i < c->path_count; i++) {
        size_t n = 0;
        for (size_t j = 0; j < c->path_count; j++)
            n += c->paths[j].from == c->paths[i].from;
        if (n > most) {
            most = n;
            best = c->paths[i].from;
        }
    }
    return best;
}

/* --- units ------------------------------------------------------------------------------------ */

static const char *member(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static const char *name_of(const reading *r, const json_t *row)
{
    const json_t *fields = json_object_get(row, "fields");
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, NAME_BYTES_MAX);
    for (size_t i = 0; i < r->k->key_count; i++) {
        const yj_field *f = &r->k->fields[r->k->key[i]];
        yj_buf_str(&b, b.len ? " / " : "");
        yj_value_name(r->db, r->c, r->inst, r->k, f, fields, json_object_get(fields, f->name), r->lang, &b);
    }
    return yj_arena_strdup(r->arena, b.len && b.failed == YJ_OK ? b.ptr : member(row, "id"));
}

static yj_status key_of(const reading *r, const json_t *row, const char **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, NAME_BYTES_MAX);
    yj_nkey_of(r->k, json_object_get(row, "fields"), &b);
    *ret = yj_arena_strdup(r->arena, b.len ? b.ptr : "");
    return yj_buf_status(&b, err);
}

static yj_status add_unit(reading *r, const json_t *row, yj_error *err)
{
    const char *id = member(row, "id"), *state = member(row, "state");
    if (strcmp(state, YJ_STATE_WITHDRAWN) == 0)
        return YJ_OK; /* a list as of an entry holds those, too */
    if (r->unit_count == YJ_UNITS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "there are more than %d records of kind %s to show", YJ_UNITS_MAX,
                       r->k->name);
    if (r->unit_count == r->unit_cap) {
        size_t cap = r->unit_cap ? 2 * r->unit_cap : 64;
        yj_unit *more = yj_arena_array(r->arena, cap, sizeof *more);
        YJ_TRY(yj_arena_status(r->arena, err));
        if (r->unit_count)
            memcpy(more, r->units, r->unit_count * sizeof *more);
        r->units = more;
        const char **keys = yj_arena_array(r->arena, cap, sizeof *keys);
        YJ_TRY(yj_arena_status(r->arena, err));
        if (r->unit_count)
            memcpy(keys, r->keys, r->unit_count * sizeof *keys);
        r->keys = keys;
        r->unit_cap = cap;
    }
    if (r->as_of_seq >= 0)
        YJ_TRY(key_of(r, row, &r->keys[r->unit_count], err));
    int at = yj_kind_state(r->k, yj_span_of(state));
    const char *model = r->model ? member(json_object_get(row, "fields"), r->model->name) : "";
    r->units[r->unit_count++] = (yj_unit){ .id = yj_arena_strdup(r->arena, id),
                                           .name = name_of(r, row),
                                           .state = yj_arena_strdup(r->arena, state),
                                           .stage = at < 0 ? -1 : r->k->states[at].stage,
                                           .model = model[0] ? yj_arena_strdup(r->arena, model) : NULL };
    return yj_arena_status(r->arena, err);
}

typedef struct keyed {
    const char *key;
    yj_unit unit;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int o = strcmp(x->key, y->key);
    return o ? o : strcmp(x->unit.id, y->unit.id);
}

/* A list as of an entry comes by id; people know them in the order that they have today. */
static yj_status sort_units(reading *r, yj_error *err)
{
    if (r->as_of_seq < 0 || r->unit_count < 2)
        return YJ_OK;
    keyed *all = yj_arena_array(r->arena, r->unit_count, sizeof *all);
    YJ_TRY(yj_arena_status(r->arena, err));
    for (size_t i = 0; i < r->unit_count; i++)
        all[i] = (keyed){ r->keys[i], r->units[i] };
    qsort(all, r->unit_count, sizeof *all, by_key);
    for (size_t i = 0; i < r->unit_count; i++)
        r->units[i] = all[i].unit;
    return YJ_OK;
}

static yj_status read_units(reading *r, yj_error *err)
{
    const char *after = NULL;
    do {
        yj_auto(yj_json_freep) json_t *page = NULL;
        const yj_list_query q = { .limit = PAGE, .after = after, .as_of_seq = r->as_of_seq, .lang = r->lang };
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, PAGE_BYTES_MAX);
        YJ_TRY(yj_record_list(r->db, r->c, r->inst, r->k, &q, &b, err));
        YJ_TRY(yj_json_parse(yj_buf_view(&b), PAGE_BYTES_MAX, &page, err));
        const json_t *items = json_object_get(page, "items");
        for (size_t i = 0; i < json_array_size(items); i++)
            YJ_TRY(add_unit(r, json_array_get(items, i), err));
        after = member(page, "next")[0] ? yj_arena_strdup(r->arena, member(page, "next")) : NULL;
    } while (after);
    YJ_TRY(yj_arena_status(r->arena, err));
    return sort_units(r, err);
}

/* Asked about one of them, the others are not shown. */
static void keep_asked(reading *r)
{
    for (size_t i = 0; r->only && i < r->unit_count; i++) {
        if (strcmp(r->units[i].id, r->only) != 0)
            continue;
        r->units[0] = r->units[i];
        r->unit_count = 1;
        return;
    }
    r->only = NULL;
}

/* --- links ------------------------------------------------------------------------------------ */

static int by_subject(const void *a, const void *b)
{
    const yj_unit_link *x = a, *y = b;
    int o = strcmp(x->subject, y->subject);
    return o ? o : (x->unit > y->unit) - (x->unit < y->unit);
}

static yj_status add_link(reading *r, const char *subject, size_t unit, yj_error *err)
{
    if (r->link_count == r->link_cap) {
        size_t cap = r->link_cap ? 2 * r->link_cap : 1024;
        yj_unit_link *more = yj_arena_array(r->arena, cap, sizeof *more);
        YJ_TRY(yj_arena_status(r->arena, err));
        if (r->link_count)
            memcpy(more, r->links, r->link_count * sizeof *more);
        r->links = more;
        r->link_cap = cap;
    }
    r->links[r->link_count++] = (yj_unit_link){ subject, unit };
    return YJ_OK;
}

typedef struct numbered {
    const char *id;
    size_t unit;
} numbered;

static int by_id(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    return strcmp(x->id, y->id);
}

typedef struct linking {
    reading *r;
    const numbered *units; /* by id */
} linking;

static yj_status add_pair(void *ctx, yj_span from, yj_span to, yj_error *err)
{
    const linking *l = ctx;
    char id[YJ_UUID_LEN + 1];
    if (from.len >= sizeof id)
        return YJ_OK;
    memcpy(id, from.ptr, from.len);
    id[from.len] = '\0';
    const numbered *n = bsearch(&(numbered){ .id = id }, l->units, l->r->unit_count, sizeof *l->units, by_id);
    if (!n)
        return YJ_OK; /* it was no unit then */
    const char *subject = yj_arena_strndup(l->r->arena, to.ptr, to.len);
    YJ_TRY(yj_arena_status(l->r->arena, err));
    return add_link(l->r, subject, n->unit, err);
}

/* A statement for each path, not for each unit and path. */
static yj_status link_all(reading *r, yj_error *err)
{
    numbered *units = yj_arena_array(r->arena, r->unit_count, sizeof *units);
    YJ_TRY(yj_arena_status(r->arena, err));
    for (size_t i = 0; i < r->unit_count; i++) {
        units[i] = (numbered){ r->units[i].id, i };
        YJ_TRY(add_link(r, r->units[i].id, i, err));
    }
    qsort(units, r->unit_count, sizeof *units, by_id);
    linking l = { r, units };
    for (size_t p = 0; p < r->c->path_count; p++)
        if (r->c->paths[p].from == r->k->index)
            YJ_TRY(yj_path_walk_all(r->db, r->c, r->inst, &r->c->paths[p], add_pair, &l, err));
    return YJ_OK;
}

static yj_status link_one(reading *r, yj_error *err)
{
    const char *const *ids = NULL;
    size_t n = 0;
    YJ_TRY(yj_subjects_along(r->db, r->c, r->inst, r->k->index, r->only, r->arena, &ids, &n, err));
    for (size_t i = 0; i < n; i++)
        YJ_TRY(add_link(r, ids[i], 0, err));
    return YJ_OK;
}

/* Two paths may reach the same record. */
static void sort_links(reading *r)
{
    size_t n = 0;
    if (r->link_count)
        qsort(r->links, r->link_count, sizeof *r->links, by_subject);
    for (size_t i = 0; i < r->link_count; i++)
        if (n == 0 || by_subject(&r->links[n - 1], &r->links[i]) != 0)
            r->links[n++] = r->links[i];
    r->link_count = n;
}

yj_status yj_units_read(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq, const char *only,
                        yj_lang lang, yj_arena *arena, yj_units *ret, yj_error *err)
{
    *ret = (yj_units){ .kind = unit_kind(c) };
    if (ret->kind < 0)
        return YJ_OK;
    reading r = { .db = db,
                  .c = c,
                  .inst = inst,
                  .as_of_seq = as_of_seq,
                  .k = &c->kinds[ret->kind],
                  .model = yj_model_field(c, &c->kinds[ret->kind]),
                  .only = only,
                  .lang = lang,
                  .arena = arena };
    YJ_TRY(read_units(&r, err));
    keep_asked(&r);
    if (r.unit_count)
        YJ_TRY(r.only ? link_one(&r, err) : link_all(&r, err));
    sort_links(&r);
    ret->rows = r.units;
    ret->count = r.unit_count;
    ret->links = r.links;
    ret->link_count = r.link_count;
    return yj_arena_status(arena, err);
}

const yj_unit_link *yj_units_of(const yj_units *u, const char *subject, size_t *ret_count)
{
    size_t low = 0, high = u->link_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(u->links[mid].subject, subject) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (high = low; high < u->link_count && strcmp(u->links[high].subject, subject) == 0; high++)
        continue;
    *ret_count = high - low;
    return high > low ? &u->links[low] : NULL;
}

yj_status yj_subjects_along(yj_db *db, const yj_catalog *c, int64_t inst, int kind, const char *id,
                            yj_arena *arena, const char *const **ret, size_t *ret_count, yj_error *err)
{
    const char **all = yj_arena_array(arena, 1, sizeof *all);
    size_t count = 1;
    all[0] = yj_arena_strdup(arena, id);
    for (size_t p = 0; p < c->path_count; p++) {
        const char *const *ids = NULL;
        size_t n = 0;
        if (c->paths[p].from != kind)
            continue;
        YJ_TRY(yj_path_walk(db, c, inst, kind, id, c->paths[p].to, arena, &ids, &n, err));
        const char **more = yj_arena_array(arena, count + n, sizeof *more);
        YJ_TRY(yj_arena_status(arena, err));
        memcpy(more, all, count * sizeof *more);
        if (n)
            memcpy(more + count, ids, n * sizeof *more);
        all = more;
        count += n;
    }
    *ret = all;
    *ret_count = count;
    return yj_arena_status(arena, err);
}

yj_status yj_subjects_of_units(yj_db *db, const yj_catalog *c, int64_t inst, int64_t as_of_seq,
                               yj_arena *arena, const char *const **ret, size_t *ret_count, yj_error *err)
{
    yj_units u;
    size_t n = 0;
    YJ_TRY(yj_units_read(db, c, inst, as_of_seq, NULL, YJ_LANG_EN, arena, &u, err));
    const char **ids = yj_arena_array(arena, u.link_count + 1, sizeof *ids);
    YJ_TRY(yj_arena_status(arena, err));
    for (size_t i = 0; i < u.link_count; i++)
        if (n == 0 || strcmp(ids[n - 1], u.links[i].subject) != 0)
            ids[n++] = u.links[i].subject;
    *ret = ids;
    *ret_count = n;
    return YJ_OK;
}
