// SPDX-License-Identifier: Apache-2.0
/*
 * Where a change can be felt.
 *
 * A row of a rule's result depends on records that the rule joins to the subject, one reference after the
 * other; joins.h reads these walks from the rule's text. A kind that is read and joined in another way is
 * felt by every subject of the institution.
 *
 * That walks in the store as it is after a change are enough: take the walk from a changed record to a
 * subject as it was before, and let it be broken now. Its last broken step was broken by a change of a
 * reference that the rule reads, in one of the two records at that step. That record has a touch of its own,
 * which names the old reference, and its own walk is the rest of this one, which is whole.
 */
#include "rule/internal.h"
#include "rule/joins.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)256 << 20)

typedef struct made_node {
    yj_walk_node node;
    struct made_node *next, *child, *sibling;
    int number;
} made_node;

typedef struct made_feel {
    yj_feel feel;
    struct made_feel *next;
    int nodes[YJ_WALKS_MAX];
} made_feel;

typedef struct made_kind {
    made_node *root, *first, *last;
    int node_count;
    made_feel *feels;
    size_t feel_count;
} made_kind;

/** One rule seen from one subject kind; many requirements share one. */
typedef struct view {
    const yj_rule *rule;
    int subject;
    struct view *next; /* of the same rule */
    const yj_joins *joins;
    bool *read; /* by kind: its view or one of its list views is read */
    uint64_t (*fields)[YJ_FIELDS_MAX / 64];
    bool *state, *version;
    bool *proves; /* by kind */
} view;

typedef struct builder {
    const yj_catalog *c;
    yj_arena *arena; /* of the finished reach */
    yj_arena *work;  /* of the building */
    yj_arena *text;  /* of the reading of rules */
    made_kind *kinds;
    view **views; /* by rule */
} builder;

/* --- what a rule reads --------------------------------------------------------------------------------- */

bool yj_view_of(const yj_catalog *c, const char *table, int *ret_kind, int *ret_field)
{
    assert(table);
    const yj_kind *k = yj_catalog_kind(c, yj_span_of(table));
    if (k) {
        *ret_kind = k->index;
        *ret_field = -1;
        return true;
    }
    for (size_t i = 0; i < c->kind_count; i++) {
        size_t n = strlen(c->kinds[i].name);
        if (strncmp(table, c->kinds[i].name, n) != 0 || table[n] != '_')
            continue;
        const yj_field *f = yj_kind_field(&c->kinds[i], yj_span_of(table + n + 1));
        if (f && f->list) {
            *ret_kind = (int)i;
            *ret_field = (int)(f - c->kinds[i].fields);
            return true;
        }
    }
    return false;
}

/** The field of a read: of a list view the list itself. -1 for id, state, version and reads of no column. */
static int field_of_read(const yj_catalog *c, const yj_rule_read *r, int *ret_kind)
{
    int field = -1;
    if (!yj_view_of(c, r->table, ret_kind, &field))
        return *ret_kind = -1;
    if (field >= 0)
        return field;
    const yj_field *f = yj_kind_field(&c->kinds[*ret_kind], yj_span_of(r->column));
    return f ? (int)(f - c->kinds[*ret_kind].fields) : -1;
}

bool yj_rule_may_prove(const yj_catalog *c, const yj_rule *rule, int subject_kind, int kind)
{
    char literal[64];
    int n = snprintf(literal, sizeof literal, "'%s'", c->kinds[kind].name);
    if (n < 0 || (size_t)n >= sizeof literal || !strstr(rule->sql, literal))
        return false;
    if (kind == subject_kind)
        return true;
    for (size_t i = 0; i < rule->shape.read_count; i++) {
        int of = -1, field = field_of_read(c, &rule->shape.reads[i], &of);
        if (of == kind || (of >= 0 && field >= 0 && c->kinds[of].fields[field].ref_kind == kind))
            return true;
    }
    return false;
}

static void set_bit(uint64_t *bits, int i)
{
    if (i >= 0 && i < YJ_FIELDS_MAX)
        bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static view *view_made(builder *b, const yj_rule *rule, int subject)
{
    const yj_catalog *c = b->c;
    size_t kinds = c->kind_count;
    view *v = yj_arena_new_of(b->text, view);
    *v = (view){ .rule = rule, .subject = subject, .joins = yj_joins_read(c, rule, subject, b->text) };
    v->read = yj_arena_array(b->text, kinds, sizeof *v->read);
    v->fields = yj_arena_array(b->text, kinds, sizeof *v->fields);
    v->state = yj_arena_array(b->text, kinds, sizeof *v->state);
    v->version = yj_arena_array(b->text, kinds, sizeof *v->version);
    for (size_t i = 0; i < rule->shape.read_count; i++) {
        const yj_rule_read *r = &rule->shape.reads[i];
        assert(r);
        int kind = -1, field = field_of_read(c, r, &kind);
        if (kind < 0)
            continue; /* the relation subject */
        v->read[kind] = true;
        set_bit(v->fields[kind], field);
        v->state[kind] |= field < 0 && strcmp(r->column, "state") == 0;
        v->version[kind] |= field < 0 && strcmp(r->column, "version") == 0;
    }
    v->proves = yj_arena_array(b->text, kinds, sizeof *v->proves);
    for (size_t k = 0; k < kinds; k++)
        v->proves[k] = yj_rule_may_prove(c, rule, subject, (int)k);
    return v;
}

static const view *view_of(builder *b, int rule, int subject)
{
    for (const view *v = b->views[rule]; v; v = v->next)
        if (v->subject == subject)
            return v;
    view *v = view_made(b, &b->c->rules[rule], subject);
    v->next = b->views[rule];
    b->views[rule] = v;
    return v;
}

/* --- the tree of walks --------------------------------------------------------------------------------- */

static made_node *add_node(builder *b, made_kind *m, made_node *parent, int from, const yj_step *step)
{
    made_node *n = yj_arena_new_of(b->work, made_node);
    n->number = m->node_count++;
    n->node.parent = parent ? parent->number : -1;
    n->node.from = from;
    if (step) {
        n->node.step = *step;
        n->node.sql_one = yj_step_sql(b->c, from, step, false, b->arena);
        n->node.sql_many = yj_step_sql(b->c, from, step, true, b->arena);
        n->sibling = parent->child;
        parent->child = n;
    }
    *(m->last ? &m->last->next : &m->first) = n;
    m->last = n;
    return n;
}

static int place(builder *b, int kind, const yj_step *steps, size_t count)
{
    made_kind *m = &b->kinds[kind];
    if (!m->root)
        m->root = add_node(b, m, NULL, kind, NULL);
    made_node *at = m->root;
    int on = kind;
    for (size_t i = 0; i < count; i++) {
        const yj_step *s = &steps[i];
        made_node *n = at->child;
        while (n && !(n->node.step.back == s->back && n->node.step.kind == s->kind &&
                      n->node.step.field == s->field))
            n = n->sibling;
        at = n ? n : add_node(b, m, at, on, s);
        on = s->kind;
    }
    return at->number;
}

static made_feel *feel_of(builder *b, int kind, int requirement)
{
    made_kind *m = &b->kinds[kind];
    for (made_feel *f = m->feels; f; f = f->next)
        if (f->feel.requirement == requirement)
            return f;
    made_feel *f = yj_arena_new_of(b->work, made_feel);
    f->feel.requirement = requirement;
    f->feel.only_field = -1;
    f->next = m->feels;
    m->feels = f;
    m->feel_count++;
    return f;
}

static void feel_through(made_feel *f, int node)
{
    for (size_t i = 0; i < f->feel.node_count; i++)
        if (f->nodes[i] == node)
            return;
    if (f->feel.node_count == YJ_WALKS_MAX)
        f->feel.all = true;
    else
        f->nodes[f->feel.node_count++] = node;
}

#define LEADS_MAX 2

/** Feel changes of `kind` along every walk from `on`, to which the steps `lead` lead; without any `on` is the
 *  kind itself. */
static made_feel *feel_walks(builder *b, const view *v, int requirement, int kind, const yj_step *lead,
                             size_t leads, int on, bool pointed)
{
    made_feel *f = feel_of(b, kind, requirement);
    yj_walk walks[YJ_WALKS_MAX];
    size_t count = 0;
    if (v->rule->reach_all || !yj_joins_walks(v->joins, on, pointed, walks, YJ_WALKS_MAX, &count))
        f->feel.all = true;
    for (size_t i = 0; i < count && !f->feel.all; i++) {
        yj_step steps[YJ_WALK_STEPS_MAX + LEADS_MAX];
        size_t n = 0;
        for (; n < leads; n++)
            steps[n] = lead[n];
        memcpy(steps + n, walks[i].steps, walks[i].count * sizeof *steps);
        feel_through(f, place(b, kind, steps, n + walks[i].count));
    }
    return f;
}

/* --- requirements -------------------------------------------------------------------------------------- */

/** Does applicability depend on the subject's state? */
static bool asks_state(const yj_kind *k, const yj_requirement *r)
{
    for (size_t i = 0; i < k->state_count; i++)
        if (k->states[i].final || (k->states[i].stage >= 0 && r->stage >= 0))
            return true;
    return false;
}

static void feel_subject(builder *b, const view *v, const yj_requirement *r)
{
    made_feel *f = feel_of(b, r->subject, r->index);
    if (!f->feel.all)
        feel_through(f, place(b, r->subject, NULL, 0));
    f->feel.state |= asks_state(&b->c->kinds[r->subject], r);
    for (size_t i = 0; i < r->when_count; i++)
        set_bit(f->feel.fields, r->when[i].field);
}

/** Evidence `on`, to which the proof leads back by `lead`: what its strength rests on. */
static void feel_evidence(builder *b, const view *v, const yj_requirement *r, int proof, int on,
                          const yj_step *lead)
{
    const yj_kind *k = &b->c->kinds[on];
    made_feel *evidence = feel_walks(b, v, r->index, on, lead, lead != NULL, proof, true);
    set_bit(evidence->feel.strengths, k->strength_field);
    if (lead)
        evidence->feel.only_field = -1; /* it counts by its being attached, whatever the rule reads of it */
    if (!k->statement)
        return;
    set_bit(evidence->feel.strengths, k->statement->key);
    set_bit(evidence->feel.strengths, k->statement->type);
    set_bit(evidence->feel.strengths, k->statement->accepted);
    yj_step steps[LEADS_MAX] = { { .back = true, .kind = on, .field = k->statement->key } };
    if (lead)
        steps[1] = *lead;
    int keys = k->fields[k->statement->key].ref_kind;
    made_feel *key = feel_walks(b, v, r->index, keys, steps, lead ? 2 : 1, proof, true);
    key->feel.version = true; /* few, and seldom changed */
    key->feel.only_field = -1;
}

/** The strength of a proof is no column of the rule, yet the verdict holds it. */
static void feel_strength(builder *b, const view *v, const yj_requirement *r, int proof)
{
    const yj_kind *k = &b->c->kinds[proof];
    if (k->strength_field >= 0) {
        feel_evidence(b, v, r, proof, proof, NULL);
        return;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        if (f->ref_kind < 0 || b->c->kinds[f->ref_kind].strength_field < 0)
            continue;
        set_bit(feel_walks(b, v, r->index, proof, NULL, 0, proof, true)->feel.strengths, (int)i);
        yj_step lead = { .back = true, .kind = proof, .field = (int)i, .list = f->list };
        feel_evidence(b, v, r, proof, f->ref_kind, &lead);
    }
}

/** yj_add_workdays() reads the institution's calendar behind the rule's back. */
static void feel_calendar(builder *b, const view *v, const yj_requirement *r)
{
    const yj_kind *k = yj_catalog_kind(b->c, YJ_SPAN(YJ_CALENDAR_KIND));
    if (!k || !yj_joins_word(v->joins, "yj_add_workdays"))
        return;
    made_feel *f = feel_of(b, k->index, r->index);
    f->feel.all = f->feel.version = true;
    f->feel.only_field = -1;
}

/** The value of the requirement's parameter; the text itself of a literal. */
static yj_span value_of(const yj_requirement *r, const struct yj_only_value *v)
{
    for (size_t i = 0; v->is_param && i < r->with_count; i++)
        if (yj_span_is(v->text, r->with[i].name))
            return yj_span_of(r->with[i].value);
    return v->is_param ? (yj_span){ 0 } : v->text;
}

/** What the rule says of the values that a field must have. An option that there is not binds nothing. */
static void feel_only(builder *b, const view *v, const yj_requirement *r, int kind, yj_feel *f)
{
    yj_only only;
    if (!yj_joins_only(v->joins, kind, &only))
        return;
    const yj_field *field = &b->c->kinds[kind].fields[only.field];
    int *options = yj_arena_array(b->arena, only.count, sizeof *options);
    f->only_field = only.field;
    f->only = options;
    for (size_t i = 0; i < only.count; i++) {
        const yj_option *o = yj_field_option(field, value_of(r, &only.values[i]));
        if (o)
            options[f->only_count++] = (int)(o - field->options);
    }
}

static void feel_requirement(builder *b, const view *v, const yj_requirement *r)
{
    for (size_t k = 0; k < b->c->kind_count; k++) {
        if (!v->read[k])
            continue;
        made_feel *f = feel_walks(b, v, r->index, (int)k, NULL, 0, (int)k, false);
        f->feel.state |= v->state[k];
        f->feel.version |= v->version[k];
        for (size_t i = 0; i < YJ_FIELDS_MAX / 64; i++)
            f->feel.fields[i] |= v->fields[k][i];
        feel_only(b, v, r, (int)k, &f->feel);
    }
    feel_subject(b, v, r);
    feel_calendar(b, v, r);
    for (size_t k = 0; k < b->c->kind_count; k++)
        if (v->proves[k])
            feel_strength(b, v, r, (int)k);
}

static int compare_feels(const void *a, const void *b)
{
    return ((const yj_feel *)a)->requirement - ((const yj_feel *)b)->requirement;
}

static yj_feel kept(yj_arena *arena, const made_feel *f)
{
    yj_feel feel = f->feel;
    int *nodes = yj_arena_array(arena, feel.node_count, sizeof *nodes);
    memcpy(nodes, f->nodes, feel.node_count * sizeof *nodes);
    feel.nodes = nodes;
    if (feel.all)
        feel.node_count = 0;
    return feel;
}

static void finish_kind(yj_arena *arena, const made_kind *m, yj_reach_kind *ret)
{
    yj_feel *feels = yj_arena_array(arena, m->feel_count, sizeof *feels);
    size_t n = 0;
    for (const made_feel *f = m->feels; f; f = f->next)
        feels[n++] = kept(arena, f);
    if (n)
        qsort(feels, n, sizeof *feels, compare_feels);
    yj_walk_node *nodes = yj_arena_array(arena, (size_t)m->node_count, sizeof *nodes);
    for (const made_node *w = m->first; w; w = w->next)
        nodes[w->number] = w->node;
    *ret = (yj_reach_kind){ feels, n, nodes, (size_t)m->node_count };
}

yj_status yj_reach_new(const yj_catalog *c, yj_reach **ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ARENA_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *work = yj_arena_new(ARENA_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *text = yj_arena_new(ARENA_BYTES_MAX);
    if (!arena || !work || !text)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    builder b = { .c = c, .arena = arena, .work = work, .text = text };
    b.kinds = yj_arena_array(work, c->kind_count, sizeof *b.kinds);
    b.views = yj_arena_array(work, c->rule_count, sizeof(view *));
    YJ_TRY(yj_arena_status(work, err));
    for (size_t i = 0; i < c->requirement_count; i++) {
        const yj_requirement *r = &c->requirements[i];
        const view *v = view_of(&b, r->rule, r->subject);
        YJ_TRY(yj_arena_status(text, err));
        feel_requirement(&b, v, r);
        YJ_TRY(yj_arena_status(work, err));
        YJ_TRY(yj_arena_status(arena, err));
    }
    yj_reach *r = yj_arena_new_of(arena, yj_reach);
    yj_reach_kind *kinds = yj_arena_array(arena, c->kind_count, sizeof *kinds);
    for (size_t k = 0; k < c->kind_count; k++)
        finish_kind(arena, &b.kinds[k], &kinds[k]);
    YJ_TRY(yj_arena_status(arena, err));
    *r = (yj_reach){ .arena = arena, .kinds = kinds, .kind_count = c->kind_count };
    *ret = r;
    arena = NULL;
    return YJ_OK;
}

void yj_reach_free(yj_reach *r)
{
    if (r)
        yj_arena_free(r->arena);
}
