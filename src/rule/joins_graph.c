// SPDX-License-Identifier: Apache-2.0
/* Nodes, the moves between them, and the walks that follow. See joins.h. */
#include "rule/internal.h"
#include "rule/joins_internal.h"
#include <strings.h>

#define NODES_MAX 2000
#define MOVES_MAX 8000
#define FAR INT32_MAX
/* A walk prefers references forward: they lead to one record. */
enum { COST_SAME = 1, COST_FORWARD = 10, COST_FORWARD_LIST = 20, COST_BACK = 30 };

bool yj_same_word(yj_span a, yj_span b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/** Room for one more: the array grows by doubling, what it was stays in the arena. */
static void *grown(yj_joins *j, const void *array, int count, size_t size)
{
    if (count & (count - 1)) /* room is always a power of two */
        return (void *)(uintptr_t)array;
    void *more = yj_arena_array(j->arena, count ? 2 * (size_t)count : 1, size);
    if (count)
        memcpy(more, array, (size_t)count * size);
    return more;
}

static int add_node(yj_joins *j, const yj_join_relation *of, yj_span name, int kind)
{
    if (j->node_count == NODES_MAX) {
        j->failed = true;
        return 0;
    }
    j->nodes = grown(j, j->nodes, j->node_count, sizeof *j->nodes);
    j->nodes[j->node_count] = (yj_join_node){ of, name, kind };
    return j->node_count++;
}

static void add_move(yj_joins *j, int from, int to, int cost, const yj_step *step)
{
    if (from == to || j->move_count == MOVES_MAX) {
        j->failed |= from != to;
        return;
    }
    yj_join_move m = { .from = from, .to = to, .cost = cost, .is_step = step != NULL };
    if (step)
        m.step = *step;
    j->moves = grown(j, j->moves, j->move_count, sizeof *j->moves);
    j->moves[j->move_count++] = m;
}

yj_join_use *yj_joins_use(yj_joins *j, yj_join_use *list, int n)
{
    yj_join_use *u = yj_arena_new_of(j->arena, yj_join_use);
    *u = (yj_join_use){ n, list };
    return u;
}

/** The field behind a column of a view; NULL for id, state, version. */
static const yj_field *field_of(const yj_joins *j, const yj_join_relation *r, yj_span column)
{
    if (r->list >= 0)
        return yj_same_word(column, YJ_SPAN("value")) ? &j->c->kinds[r->kind].fields[r->list] : NULL;
    for (size_t i = 0; i < j->c->kinds[r->kind].field_count; i++) {
        const yj_field *f = &j->c->kinds[r->kind].fields[i];
        if (!f->list && yj_same_word(column, yj_span_of(f->name)))
            return f;
    }
    return NULL;
}

bool yj_joins_has(const yj_joins *j, const yj_join_relation *r, yj_span column)
{
    if (r->kind >= 0)
        return yj_same_word(column, YJ_SPAN("id")) || (!r->is_subject && field_of(j, r, column)) ||
               (r->list < 0 && !r->is_subject &&
                (yj_same_word(column, YJ_SPAN("state")) || yj_same_word(column, YJ_SPAN("version"))));
    for (const yj_join_output *o = r->outputs; o; o = o->next)
        if (yj_same_word(column, o->name))
            return true;
    return r->star;
}

/** The node of a view's column; -1 if its values are no ids. */
static int view_node(yj_joins *j, const yj_join_relation *r, yj_span column)
{
    bool is_id = yj_same_word(column, YJ_SPAN("id"));
    const yj_field *f = is_id || r->is_subject ? NULL : field_of(j, r, column);
    if (!is_id && (!f || f->ref_kind < 0))
        return -1;
    for (int i = 0; i < j->node_count; i++)
        if (j->nodes[i].of == r && yj_same_word(j->nodes[i].name, column))
            return i;
    int n = add_node(j, r, column, is_id ? r->kind : f->ref_kind);
    if (is_id)
        return n;
    int id = view_node(j, r, YJ_SPAN("id"));
    int field = (int)(f - j->c->kinds[r->kind].fields);
    yj_step forward = { .kind = f->ref_kind, .field = field, .list = f->list };
    yj_step back = { .back = true, .kind = r->kind, .field = field, .list = f->list };
    add_move(j, id, n, f->list ? COST_FORWARD_LIST : COST_FORWARD, &forward);
    add_move(j, n, id, COST_BACK, &back);
    return n;
}

void yj_joins_column(yj_joins *j, const yj_join_relation *r, yj_span column, yj_join_expr *into)
{
    const yj_join_use *before = into->uses;
    bool found = r->kind >= 0;
    int n = found ? view_node(j, r, column) : -1;
    if (n >= 0)
        into->uses = yj_joins_use(j, into->uses, n);
    for (const yj_join_output *o = r->outputs; o; o = o->next) {
        if (!yj_same_word(column, o->name))
            continue;
        found = true;
        for (const yj_join_use *u = o->value.uses; u; u = u->next)
            into->uses = yj_joins_use(j, into->uses, u->node);
    }
    into->other |= into->uses == before;
    j->failed |= !found && r->star;
}

void yj_joins_resolve(yj_joins *j, const yj_join_query *q, yj_span alias, yj_span column, yj_join_expr *into)
{
    for (; q; q = q->outer)
        for (const yj_join_relation *r = q->relations; r; r = r->next)
            if (alias.len ? yj_same_word(alias, r->alias) : yj_joins_has(j, r, column)) {
                yj_joins_column(j, r, column, into);
                return;
            }
}

/** The only node of this kind among the uses; -1 if there is none or one of several. */
static int only_of_kind(const yj_joins *j, const yj_join_use *u, int kind)
{
    int only = -1;
    for (; u; u = u->next) {
        if (j->nodes[u->node].kind != kind || u->node == only)
            continue;
        if (only >= 0)
            return -1;
        only = u->node;
    }
    return only;
}

/* --- what conditions say ------------------------------------------------------------------------------- */

static const yj_join_query *query_of(const yj_joins *j, int n)
{
    return j->nodes[n].of ? j->nodes[n].of->in : NULL;
}

static bool is_from(const yj_join_relation *first, const yj_join_relation *r)
{
    for (; first; first = first->next)
        if (first == r)
            return true;
    return false;
}

/** Does a condition of `at` bind every row that the node's relation takes part in? */
static bool binds(const yj_joins *j, const yj_join_place *at, int n)
{
    const yj_join_query *of = query_of(j, n);
    for (const yj_join_query *q = at->q; q != of; q = q->outer)
        if (!q || !q->filters)
            return false;
    return !at->right || (of == at->q && is_from(at->right, j->nodes[n].of));
}

/** Is `made` the id that stands in node `with`, wherever the two are equal? A column is. An expression is if
 *  nothing but one column and literals can come out of it; but two of these may be equal by their literals,
 *  so the other side must be a view's column, which holds nothing but ids. */
static bool is_that_id(const yj_joins *j, const yj_join_expr *made, const yj_join_expr *with, int node)
{
    return made->plain || (!made->other && with->plain && j->nodes[node].of->kind >= 0);
}

void yj_joins_same(yj_joins *j, const yj_join_place *at, const yj_join_expr *a, const yj_join_expr *b)
{
    for (const yj_join_use *u = a->uses; u; u = u->next) {
        int kind = j->nodes[u->node].kind;
        int left = only_of_kind(j, a->uses, kind), right = only_of_kind(j, b->uses, kind);
        if (left != u->node || right < 0 || !is_that_id(j, a, b, right) || !is_that_id(j, b, a, left))
            continue;
        if (binds(j, at, left))
            add_move(j, left, right, COST_SAME, NULL);
        if (binds(j, at, right))
            add_move(j, right, left, COST_SAME, NULL);
    }
}

/** The one node that ids of a kind in a query's column come from; -1 if that may be several, or a column
 * whose values are no ids. */
static int only_source(yj_joins *j, const yj_join_query *q, size_t place, int kind)
{
    yj_join_use *all = NULL;
    for (const yj_join_output *o = q->outputs; o; o = o->next) {
        if (o->place != place)
            continue;
        if (o->value.other)
            return -1;
        for (const yj_join_use *u = o->value.uses; u; u = u->next)
            all = yj_joins_use(j, all, u->node);
    }
    return only_of_kind(j, all, kind);
}

void yj_joins_in(yj_joins *j, const yj_join_expr *left, const yj_join_query *inside)
{
    for (const yj_join_output *o = left->plain ? inside->outputs : NULL; o; o = o->next) {
        for (const yj_join_use *u = o->place == 0 ? o->value.uses : NULL; u; u = u->next) {
            int kind = j->nodes[u->node].kind, outside = only_of_kind(j, left->uses, kind);
            if (outside < 0)
                continue;
            if (o->value.plain)
                add_move(j, u->node, outside, COST_SAME, NULL);
            if (inside->filters && only_source(j, inside, 0, kind) == u->node)
                add_move(j, outside, u->node, COST_SAME, NULL);
        }
    }
}

/** The arm that comes first names the columns of all. */
static const yj_join_output *first_of(const yj_join_query *q, size_t number)
{
    const yj_join_output *o = q->outputs;
    while (o->place != number)
        o = o->next;
    return o;
}

/** The node of this name and kind of a subquery's relation. */
static int result_node(yj_joins *j, yj_join_relation *r, yj_join_output *o, int kind)
{
    for (const yj_join_output *p = r->outputs; p; p = p->next)
        for (const yj_join_use *u = p->value.uses; u; u = u->next)
            if (yj_same_word(p->name, o->name) && j->nodes[u->node].kind == kind)
                return u->node;
    int n = add_node(j, r, o->name, kind);
    o->value.uses = yj_joins_use(j, o->value.uses, n);
    return n;
}

void yj_joins_hand_on(yj_joins *j, yj_join_relation *r, const yj_join_query *inside)
{
    r->star = inside->star;
    for (const yj_join_output *o = inside->outputs; o; o = o->next) {
        yj_join_output *mine = yj_arena_new_of(j->arena, yj_join_output);
        mine->place = o->place;
        mine->name = first_of(inside, o->place)->name;
        mine->next = r->outputs;
        r->outputs = mine;
        for (const yj_join_use *u = o->value.uses; u; u = u->next) {
            int kind = j->nodes[u->node].kind, n = result_node(j, r, mine, kind);
            if (only_source(j, inside, o->place, kind) == u->node)
                add_move(j, n, u->node, COST_SAME, NULL);
            if (o->value.plain)
                add_move(j, u->node, n, COST_SAME, NULL);
        }
    }
}

/* --- walks --------------------------------------------------------------------------------------------- */

void yj_joins_measure(yj_joins *j, const yj_join_query *result)
{
    j->distance = yj_arena_array(j->arena, (size_t)j->node_count, sizeof *j->distance);
    j->next = yj_arena_array(j->arena, (size_t)j->node_count, sizeof *j->next);
    for (int n = 0; n < j->node_count; n++) {
        j->distance[n] = FAR;
        j->next[n] = -1;
    }
    for (const yj_join_output *o = result->limited ? NULL : result->outputs; o; o = o->next) {
        bool subject = yj_same_word(first_of(result, o->place)->name, YJ_SPAN("subject"));
        int end = subject && !o->value.other ? only_of_kind(j, o->value.uses, j->subject) : -1;
        if (end >= 0)
            j->distance[end] = 0;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int m = 0; m < j->move_count; m++) {
            const yj_join_move *v = &j->moves[m];
            if (j->distance[v->to] == FAR || j->distance[v->to] + v->cost >= j->distance[v->from])
                continue;
            j->distance[v->from] = j->distance[v->to] + v->cost;
            j->next[v->from] = m;
            changed = true;
        }
    }
}

static bool walk_from(const yj_joins *j, int n, yj_walk *ret)
{
    *ret = (yj_walk){ .count = 0 };
    if (j->distance[n] == FAR)
        return false;
    for (int m = j->next[n]; m >= 0; m = j->next[j->moves[m].to]) {
        if (!j->moves[m].is_step)
            continue;
        if (ret->count == YJ_WALK_STEPS_MAX)
            return false;
        ret->steps[ret->count++] = j->moves[m].step;
    }
    return true;
}

static bool same_walk(const yj_walk *a, const yj_walk *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->steps[i].back != b->steps[i].back || a->steps[i].kind != b->steps[i].kind ||
            a->steps[i].field != b->steps[i].field)
            return false;
    return true;
}

static bool add_walk(const yj_joins *j, int n, yj_walk *ret, size_t max, size_t *count)
{
    yj_walk w;
    if (!walk_from(j, n, &w))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (same_walk(&w, &ret[i]))
            return true;
    if (*count == max)
        return false;
    ret[(*count)++] = w;
    return true;
}

/** The node of a relation's id, if the text makes use of any of its references; -1. */
static int id_node(const yj_joins *j, const yj_join_relation *r)
{
    for (int n = 0; n < j->node_count; n++)
        if (j->nodes[n].of == r && yj_same_word(j->nodes[n].name, YJ_SPAN("id")))
            return n;
    return -1;
}

bool yj_joins_walks(const yj_joins *j, int kind, bool pointed, yj_walk *ret, size_t max, size_t *ret_count)
{
    size_t count = 0, places = 0;
    *ret_count = 0;
    if (j->failed)
        return false;
    for (const yj_join_relation *r = j->newest; r; r = r->older) {
        if (r->kind != kind || r->is_subject)
            continue;
        int n = id_node(j, r);
        places++;
        if (n < 0 || !add_walk(j, n, ret, max, &count))
            return false;
    }
    for (int n = 0; pointed && n < j->node_count; n++) {
        const yj_join_node *at = &j->nodes[n];
        if (at->kind != kind || at->of->kind < 0 ||
            (yj_same_word(at->name, YJ_SPAN("id")) && !at->of->is_subject))
            continue;
        places++;
        if (!add_walk(j, n, ret, max, &count))
            return false;
    }
    *ret_count = count;
    return places > 0;
}
