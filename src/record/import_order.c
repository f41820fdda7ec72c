// SPDX-License-Identifier: Apache-2.0
/*
 * The order in which rows are written: each behind the new rows that it refers to. Where new rows refer to
 * each other in a circle, one of them is written without what is not required, and completed when all are
 * there.
 *
 * A row is clean when everything it refers to has its place; clean rows are placed first come, first served.
 * When none is left, whoever waits is followed from row to row, along a required reference if there is one,
 * until a row comes up again: that is a circle, and the row of it that most others wait for is placed
 * although it is not clean. Nothing here recurses, so a chain may be as long as the import.
 */
#include "record/import.h"

#include <assert.h>
#include <stdlib.h>

#define NONE UINT32_MAX

typedef struct edge { /* a reference of one row to another that is new, or to itself */
    uint32_t from, to;
    uint32_t next_in;    /* the next one to the same row */
    uint32_t field : 31; /* of the kind of `from` */
    uint32_t hard : 1;   /* the record cannot be made without it */
} edge;

typedef struct node {
    uint32_t first, count; /* its references, in `edges` */
    uint32_t in, in_count; /* those to it; NONE */
    uint32_t left;         /* of its references, to rows that have no place yet */
    uint32_t at;           /* its place on the path followed; NONE */
    bool placed;
} node;

typedef struct ordering {
    yj_import_plan *p;
    uint32_t n; /* rows */
    uint32_t *by_id;
    size_t mask;
    node *nodes; /* one for each row */
    edge *edges;
    uint32_t edge_count;
    uint32_t *queue, head, tail;          /* clean rows */
    uint32_t *path, *path_edge, path_len; /* followed: rows, and the reference that leads on from each */
    uint32_t cursor, placed;              /* rows before the cursor have their places */
} ordering;

static void ordering_done(ordering *o)
{
    free(o->by_id);
    free(o->nodes);
    free(o->edges);
    free(o->queue);
    free(o->path);
    free(o->path_edge);
}

/* --- who refers to whom ------------------------------------------------------------------------- */

static size_t hash_of(int kind, const char *id)
{
    size_t h = 1469598103934665603u ^ (size_t)kind;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h;
}

static uint32_t row_of(const ordering *o, int kind, const char *id)
{
    for (size_t i = hash_of(kind, id) & o->mask; o->by_id[i]; i = (i + 1) & o->mask) {
        const yj_import_row *r = &o->p->rows[o->by_id[i] - 1];
        if (r->kind == kind && strcmp(r->id, id) == 0)
            return o->by_id[i] - 1;
    }
    return NONE;
}

static void index_ids(ordering *o)
{
    for (uint32_t n = 0; n < o->n; n++) {
        size_t i = hash_of(o->p->rows[n].kind, o->p->rows[n].id) & o->mask;
        while (o->by_id[i])
            i = (i + 1) & o->mask;
        o->by_id[i] = n + 1;
    }
}

/* The kind that a field of this row refers to; NULL if it is no reference, or empty. */
static const yj_kind *target_of(const ordering *o, const yj_import_row *r, const yj_field *f,
                                const json_t **ret_value)
{
    const yj_kind *to = yj_field_target(o->p->c, &o->p->c->kinds[r->kind], f, r->fields);
    *ret_value = to ? json_object_get(r->fields, f->name) : NULL;
    return *ret_value ? to : NULL;
}

static size_t most_edges(const ordering *o)
{
    size_t n = 0;
    for (uint32_t i = 0; i < o->n; i++) {
        const yj_import_row *r = &o->p->rows[i];
        const yj_kind *k = &o->p->c->kinds[r->kind];
        for (size_t j = 0; j < k->field_count; j++) {
            const json_t *v = NULL;
            if (target_of(o, r, &k->fields[j], &v))
                n += k->fields[j].list ? json_array_size(v) : 1;
        }
    }
    return n;
}

static void add_edge(ordering *o, uint32_t from, int kind, size_t field, const json_t *v)
{
    const char *id = json_string_value(v);
    uint32_t to = id ? row_of(o, kind, id) : NONE;
    if (to == NONE || o->p->rows[to].exists)
        return;
    const yj_field *f = &o->p->c->kinds[o->p->rows[from].kind].fields[field];
    edge *e = &o->edges[o->edge_count];
    *e = (edge){ .from = from,
                 .to = to,
                 .next_in = o->nodes[to].in,
                 .field = (uint32_t)field & INT32_MAX,
                 .hard = f->required };
    o->nodes[to].in = o->edge_count++;
    o->nodes[to].in_count++;
    o->nodes[from].count++;
    o->nodes[from].left++;
}

static void add_edges_of(ordering *o, uint32_t from)
{
    const yj_import_row *r = &o->p->rows[from];
    const yj_kind *k = &o->p->c->kinds[r->kind];
    o->nodes[from].first = o->edge_count;
    for (size_t i = 0; i < k->field_count; i++) {
        const json_t *v = NULL;
        const yj_kind *to = target_of(o, r, &k->fields[i], &v);
        if (to && !k->fields[i].list)
            add_edge(o, from, to->index, i, v);
        for (size_t j = 0; to && k->fields[i].list && j < json_array_size(v); j++)
            add_edge(o, from, to->index, i, json_array_get(v, j));
    }
}

/* --- places ------------------------------------------------------------------------------------- */

static void place(ordering *o, uint32_t n)
{
    yj_import_row *r = &o->p->rows[n];
    o->nodes[n].placed = true;
    o->placed++;
    if (!r->skip)
        o->p->order[o->p->order_count++] = r;
    for (uint32_t i = o->nodes[n].in; i != NONE; i = o->edges[i].next_in) {
        node *from = &o->nodes[o->edges[i].from];
        if (from->placed)
            continue;
        if (--from->left == 0)
            o->queue[o->tail++] = o->edges[i].from;
    }
}

static void place_clean(ordering *o)
{
    for (; o->head < o->tail; o->head++)
        if (!o->nodes[o->queue[o->head]].placed) /* it may be of a circle that was complained of */
            place(o, o->queue[o->head]);
}

/* Place a row that refers to some that have no place yet; those references are set later. */
static yj_status place_without(ordering *o, uint32_t n, yj_error *err)
{
    yj_import_row *r = &o->p->rows[n];
    const yj_kind *k = &o->p->c->kinds[r->kind];
    r->late = json_object();
    if (!r->late)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < o->nodes[n].count; i++) {
        const edge *e = &o->edges[o->nodes[n].first + i];
        const char *name = k->fields[e->field].name;
        json_t *v = json_object_get(r->fields, name);
        if (o->nodes[e->to].placed || !v)
            continue; /* of a list all is left out with the first */
        if (json_object_set(r->late, name, v) != 0)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        json_object_del(r->fields, name);
    }
    o->p->late_count++;
    place(o, n);
    return YJ_OK;
}

/* --- circles ------------------------------------------------------------------------------------ */

static uint32_t leads_on(const ordering *o, uint32_t n)
{
    uint32_t soft = NONE;
    for (uint32_t i = 0; i < o->nodes[n].count; i++) {
        uint32_t e = o->nodes[n].first + i;
        if (o->nodes[o->edges[e].to].placed)
            continue;
        if (o->edges[e].hard)
            return e;
        if (soft == NONE)
            soft = e;
    }
    assert(soft != NONE); /* else it would be clean */
    return soft;
}

static void cut_path(ordering *o, uint32_t len)
{
    while (o->path_len > len)
        o->nodes[o->path[--o->path_len]].at = NONE;
}

/* Follow the path on until it comes back to a row that is on it: that one's place on the path. */
static uint32_t follow(ordering *o)
{
    while (o->path_len && o->nodes[o->path[o->path_len - 1]].placed)
        cut_path(o, o->path_len - 1);
    while (!o->path_len && o->nodes[o->cursor].placed)
        o->cursor++;
    uint32_t n = o->path_len ? o->path[o->path_len - 1] : o->cursor;
    cut_path(o, o->path_len ? o->path_len - 1 : 0);
    while (o->nodes[n].at == NONE) {
        uint32_t e = leads_on(o, n);
        o->nodes[n].at = o->path_len;
        o->path[o->path_len] = n;
        o->path_edge[o->path_len++] = e;
        n = o->edges[e].to;
    }
    return o->nodes[n].at;
}

static void complain_ring(ordering *o, uint32_t from)
{
    for (uint32_t i = from; i < o->path_len; i++) {
        const edge *e = &o->edges[o->path_edge[i]];
        const yj_import_row *r = &o->p->rows[e->from], *to = &o->p->rows[e->to];
        const char *name = o->p->c->kinds[r->kind].fields[e->field].name;
        yj_error why = { 0 };
        if (r == to)
            (void)yj_fail(&why, YJ_E_INVALID,
                          "field %s must be given and names the row itself, which is not there before it",
                          name);
        else
            (void)yj_fail(&why, YJ_E_INVALID,
                          "field %s must be given and names line %zu of %s, which cannot be made before this "
                          "row: %u rows need each other in a circle",
                          name, to->line, to->file, o->path_len - from);
        yj_import_complain_row(o->p, r, name, &why);
    }
}

/* Whoever of the circle goes on by a reference that is not required lacks no required one: of these, the one
 * that most rows wait for; of equals the first in the files. NONE if all references are required. */
static uint32_t weakest(const ordering *o, uint32_t from)
{
    uint32_t best = NONE;
    for (uint32_t i = from; i < o->path_len; i++) {
        if (o->edges[o->path_edge[i]].hard)
            continue;
        uint32_t n = o->path[i], b = best == NONE ? NONE : o->path[best];
        if (b == NONE || o->nodes[n].in_count > o->nodes[b].in_count ||
            (o->nodes[n].in_count == o->nodes[b].in_count && n < b))
            best = i;
    }
    return best;
}

static yj_status break_a_circle(ordering *o, yj_error *err)
{
    uint32_t from = follow(o), best = weakest(o, from);
    if (best != NONE) {
        uint32_t n = o->path[best];
        cut_path(o, best);
        return place_without(o, n, err);
    }
    complain_ring(o, from);
    for (uint32_t i = o->path_len; i > from; i--) /* and on: there may be more to complain of */
        place(o, o->path[i - 1]);
    cut_path(o, from);
    return YJ_OK;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static yj_status find_order(ordering *o, yj_error *err)
{
    o->mask = o->p->slot_mask; /* room for three times as many */
    o->by_id = calloc(o->mask + 1, sizeof *o->by_id);
    o->nodes = calloc((size_t)o->n + 1, sizeof *o->nodes);
    o->queue = calloc((size_t)o->n + 1, sizeof *o->queue);
    o->path = calloc((size_t)o->n + 1, sizeof *o->path);
    o->path_edge = calloc((size_t)o->n + 1, sizeof *o->path_edge);
    size_t most = most_edges(o);
    if (most >= NONE)
        return yj_fail(err, YJ_E_LIMIT, "the rows of one import refer to too many others");
    o->edges = calloc(most + 1, sizeof *o->edges);
    if (!o->by_id || !o->nodes || !o->queue || !o->path || !o->path_edge || !o->edges)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    index_ids(o);
    for (uint32_t i = 0; i < o->n; i++)
        o->nodes[i].in = o->nodes[i].at = NONE;
    for (uint32_t i = 0; i < o->n; i++)
        add_edges_of(o, i);
    for (uint32_t i = 0; i < o->n; i++)
        if (o->nodes[i].left == 0)
            o->queue[o->tail++] = i;
    for (place_clean(o); o->placed < o->n; place_clean(o))
        YJ_TRY(break_a_circle(o, err));
    return YJ_OK;
}

yj_status yj_import_order(yj_import_plan *p, yj_error *err)
{
    assert(p->row_count <= YJ_IMPORT_ROWS_MAX);
    ordering o = { .p = p, .n = (uint32_t)p->row_count };
    p->order = yj_arena_array(p->a, p->row_count + 1, sizeof(yj_import_row *));
    p->moves = yj_arena_array(p->a, p->row_count + 1, sizeof(yj_import_row *));
    YJ_TRY(yj_arena_status(p->a, err));
    yj_status s = find_order(&o, err);
    ordering_done(&o);
    YJ_TRY(s);
    p->late = yj_arena_array(p->a, p->late_count + 1, sizeof(yj_import_row *));
    YJ_TRY(yj_arena_status(p->a, err));
    size_t late = 0;
    for (size_t i = 0; i < p->order_count; i++)
        if (p->order[i]->late)
            p->late[late++] = p->order[i];
    for (size_t i = 0; i < p->row_count; i++)
        if (p->rows[i].transition)
            p->moves[p->move_count++] = &p->rows[i];
    return YJ_OK;
}
