// SPDX-License-Identifier: Apache-2.0
/* Which table of A is which of B, which column which, and whether both mean the same key. */
#include "instrument/database/internal.h"
#include <strings.h>

json_t *yj_dbc_text(const char *s)
{
    if (yj_utf8_valid(yj_span_of(s)))
        return json_string(s);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)1 << 20);
    yj_buf_str(&b, s);
    if (b.ptr)
        yj_text_tidy(b.ptr);
    return json_string(b.ptr ? b.ptr : "");
}

typedef struct schema_finding {
    const char *status, *what, *table, *column, *expected, *found;
} schema_finding;

static yj_status tell(yj_run *run, schema_finding f, yj_error *err)
{
    json_t *v =
        json_pack("{s:s, s:s, s:o}", "status", f.status, "what", f.what, "table", yj_dbc_text(f.table));
    if (v && f.column)
        json_object_set_new(v, "column", yj_dbc_text(f.column));
    if (v && f.expected)
        json_object_set_new(v, "expected", yj_dbc_text(f.expected));
    if (v && f.found)
        json_object_set_new(v, "found", yj_dbc_text(f.found));
    return yj_dbc_found(run, v, err);
}

/* Place of a name among `count` names: the same bytes, else the same but for the case of ASCII letters if
 * only one is. -1: none. */
typedef const char *name_fn(const void *list, size_t i);
static ssize_t find(const char *name, const void *list, size_t count, name_fn *at, const bool *taken)
{
    ssize_t alike = -1;
    for (size_t i = 0; i < count; i++)
        if (!taken[i] && strcmp(at(list, i), name) == 0)
            return (ssize_t)i;
    for (size_t i = 0; i < count; i++)
        if (!taken[i] && strcasecmp(at(list, i), name) == 0) {
            if (alike >= 0)
                return -1;
            alike = (ssize_t)i;
        }
    return alike;
}

static const char *table_name(const void *list, size_t i)
{
    return ((const yj_db_table *)list)[i].name;
}

static const char *column_name(const void *list, size_t i)
{
    return ((const yj_db_column *)list)[i].name;
}

static bool has_order(yj_value_type t)
{
    return t != YJ_VALUE_SINGLE && t != YJ_VALUE_DOUBLE && t != YJ_VALUE_JSON && t != YJ_VALUE_OTHER;
}

static void swap_columns(yj_table_pair *p, size_t i, size_t k)
{
    size_t a = p->a_column[i], b = p->b_column[i];
    yj_value_type as = p->as[i];
    const char *coercion = p->coercion[i];
    p->a_column[i] = p->a_column[k], p->b_column[i] = p->b_column[k];
    p->as[i] = p->as[k], p->coercion[i] = p->coercion[k];
    p->a_column[k] = a, p->b_column[k] = b;
    p->as[k] = as, p->coercion[k] = coercion;
}

/* The key's columns to the front, in A's order. Only a key that both have, of types that both sort alike. */
static bool pair_key(yj_table_pair *p)
{
    if (p->a->keys != p->b->keys)
        return false;
    for (unsigned k = 1; k <= p->a->keys; k++) {
        size_t i = k - 1;
        while (i < p->columns && p->a->column[p->a_column[i]].key != k)
            i++;
        if (i == p->columns || p->b->column[p->b_column[i]].key == 0)
            return false;
        swap_columns(p, k - 1, i);
    }
    p->keys = p->a->keys;
    for (size_t k = 0; k < p->keys; k++)
        if (!has_order(p->as[k]))
            p->keys = 0;
    return true;
}

static yj_status pair_column(yj_run *run, yj_table_pair *p, size_t i, bool *taken, yj_error *err)
{
    yj_seven *n = &run->r->schema;
    const yj_db_column *c = &p->a->column[i];
    ssize_t k = find(c->name, p->b->column, p->b->columns, column_name, taken);
    n->expected++;
    if (k < 0) {
        n->missing++;
        p->left_out++;
        return tell(run, (schema_finding){ "missing", "column", p->a->name, c->name, c->declared, NULL },
                    err);
    }
    const yj_db_column *d = &p->b->column[k];
    taken[k] = true;
    size_t at = p->columns;
    bool same_engine = run->a.source->engine == run->b.source->engine;
    bool fits = yj_value_pair(c->type, run->a.source->engine == YJ_DB_SQLITE, d->type,
                              run->b.source->engine == YJ_DB_SQLITE, &p->as[at], &p->coercion[at]);
    if (!fits && same_engine && c->type == YJ_VALUE_OTHER && d->type == YJ_VALUE_OTHER &&
        strcmp(c->declared, d->declared) == 0) {
        fits = true;
        p->as[at] = YJ_VALUE_OTHER;
        p->coercion[at] = "as-the-engine-writes-it";
    }
    if (!fits) {
        n->changed++;
        p->left_out++;
        return tell(run, (schema_finding){ "changed", "type", p->a->name, c->name, c->declared, d->declared },
                    err);
    }
    n->matched++;
    p->a_column[at] = i;
    p->b_column[at] = (size_t)k;
    p->columns++;
    return YJ_OK;
}

static yj_status pair_columns(yj_run *run, yj_table_pair *p, yj_error *err)
{
    yj_arena *a = run->r->arena;
    yj_seven *n = &run->r->schema;
    bool *taken = yj_arena_array(a, p->b->columns + 1, sizeof *taken);
    size_t room = p->a->columns + 1;
    p->a_column = yj_arena_array(a, room, sizeof *p->a_column);
    p->b_column = yj_arena_array(a, room, sizeof *p->b_column);
    p->as = yj_arena_array(a, room, sizeof *p->as);
    p->coercion = yj_arena_array(a, room, sizeof *p->coercion);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < p->a->columns; i++)
        YJ_TRY(pair_column(run, p, i, taken, err));
    for (size_t i = 0; i < p->b->columns; i++)
        if (!taken[i]) {
            n->extra++;
            p->left_out++;
            YJ_TRY(tell(run,
                        (schema_finding){ "extra", "column", p->a->name, p->b->column[i].name, NULL,
                                          p->b->column[i].declared },
                        err));
        }
    if (p->a->keys + p->b->keys == 0)
        return YJ_OK;
    n->expected++;
    if (pair_key(p)) {
        n->matched++;
        return YJ_OK;
    }
    n->changed++;
    return tell(run, (schema_finding){ "changed", "key", p->a->name, NULL, NULL, NULL }, err);
}

/* A table of one side only: all its rows count. */
static yj_status alone(yj_run *run, yj_side *side, const yj_db_table *t, bool is_a, yj_error *err)
{
    yj_cell cell;
    size_t column = 0;
    uint64_t rows = 0;
    yj_seven *n = &run->r->rows;
    bool more = t->columns > 0;
    if (more) {
        yj_error why = { .code = YJ_OK };
        yj_status st = yj_source_start(side->source, t, &column, 1, NULL, 0, NULL, &why);
        for (; st == YJ_OK && more; rows += st == YJ_OK && more)
            st = yj_source_next(side->source, &cell, &more, &why);
        yj_source_stop(side->source);
        if (st == YJ_E_NOMEM)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        if (st != YJ_OK) { /* it costs this table; the others are compared */
            n->unreadable++;
            YJ_TRY(side->source->driver->recover(side->source, err));
        }
    }
    run->r->fetched += rows;
    *(is_a ? &n->missing : &n->extra) += rows;
    n->expected += is_a ? rows : 0;
    run->r->found += is_a ? 0 : rows;
    *(is_a ? &run->r->schema.missing : &run->r->schema.extra) += 1;
    run->r->schema.expected += is_a;
    return tell(run, (schema_finding){ is_a ? "missing" : "extra", "table", t->name, NULL, NULL, NULL }, err);
}

static bool is_chosen(const yj_dbc_options *o, const char *name, size_t *ret_at)
{
    for (*ret_at = 0; o->tables && o->tables[*ret_at]; (*ret_at)++)
        if (strcasecmp(o->tables[*ret_at], name) == 0)
            return true;
    return !o->tables;
}

/* A name that is on neither side is a mistake of the person who asked. */
static yj_status check_chosen(const yj_run *run, yj_error *err)
{
    const yj_dbc_options *o = run->o;
    size_t at;
    for (size_t i = 0; o->tables && o->tables[i]; i++) {
        bool there = false;
        for (size_t k = 0; k < run->a.source->tables; k++)
            there = there || (is_chosen(o, run->a.source->table[k].name, &at) && at == i);
        for (size_t k = 0; k < run->b.source->tables; k++)
            there = there || (is_chosen(o, run->b.source->table[k].name, &at) && at == i);
        if (!there)
            return yj_fail(err, YJ_E_USAGE, "table %s is on neither side", o->tables[i]);
    }
    return YJ_OK;
}

yj_status yj_dbc_pair(yj_run *run, yj_error *err)
{
    yj_dbc_result *r = run->r;
    const yj_source *a = run->a.source, *b = run->b.source;
    size_t at;
    bool *taken = yj_arena_array(r->arena, b->tables + 1, sizeof *taken);
    r->pair = yj_arena_array(r->arena, a->tables + 1, sizeof *r->pair);
    YJ_TRY(yj_arena_status(r->arena, err));
    YJ_TRY(check_chosen(run, err));
    for (size_t i = 0; i < a->tables; i++) {
        if (!is_chosen(run->o, a->table[i].name, &at))
            continue;
        ssize_t k = find(a->table[i].name, b->table, b->tables, table_name, taken);
        if (k < 0) {
            YJ_TRY(alone(run, &run->a, &a->table[i], true, err));
            continue;
        }
        taken[k] = true;
        r->schema.expected++;
        r->schema.matched++;
        yj_table_pair *p = &r->pair[r->pairs++];
        *p = (yj_table_pair){ .a = &a->table[i], .b = &b->table[k] };
        YJ_TRY(pair_columns(run, p, err));
        run->progress.total += (p->a->estimate > 0 ? (uint64_t)p->a->estimate : 0) +
                               (p->b->estimate > 0 ? (uint64_t)p->b->estimate : 0);
    }
    for (size_t k = 0; k < b->tables; k++)
        if (!taken[k] && is_chosen(run->o, b->table[k].name, &at))
            YJ_TRY(alone(run, &run->b, &b->table[k], false, err));
    return YJ_OK;
}
