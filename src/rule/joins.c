// SPDX-License-Identifier: Apache-2.0
#include "rule/joins.h"
#include "pack/sqltext.h"
#include "rule/internal.h"
#include <strings.h>

#define RELATIONS_MAX 400
#define NODES_MAX 2000
#define MOVES_MAX 8000
#define NEST_MAX 40
#define FAR INT32_MAX
/* A walk prefers references forward: they lead to one record. */
enum { COST_SAME = 1, COST_FORWARD = 10, COST_FORWARD_LIST = 20, COST_BACK = 30 };

typedef struct range {
    size_t from, to; /* tokens */
} range;

/** A use of a node in an expression. */
typedef struct use {
    int node;
    struct use *next;
} use;

/** A column that a query hands on, of one arm. */
typedef struct output {
    yj_span name;
    size_t place; /* 0.. in its arm */
    use *uses;    /* nodes that its expression mentions */
    bool plain;   /* it is one column, unchanged */
    struct output *next;
} output;

typedef struct query query;
typedef struct relation {
    yj_span alias;
    const query *in;
    int kind;        /* -1: a subquery */
    int list;        /* field, -1: the kind's own view */
    bool is_subject; /* the relation subject(id) */
    output *outputs; /* of a subquery */
    bool star;
    struct relation *next;  /* of the same query */
    struct relation *older; /* of all */
} relation;

/** A WITH name in force. */
typedef struct with_name {
    yj_span name;
    range columns, body; /* columns empty if not given */
    const struct with_name *outer;
} with_name;

struct query {
    const query *outer; /* whose relations it can name; NULL for a subquery in FROM */
    bool filters;       /* a row of `outer` must have a row here */
    relation *relations, **tail;
    output *outputs, **outputs_tail;
    bool star;
};

typedef struct node {
    const relation *of;
    yj_span name;
    int kind; /* whose ids */
} node;

typedef struct move {
    int from, to;
    int cost;
    bool is_step;
    yj_step step;
} move;

struct yj_joins {
    const yj_catalog *c;
    int subject;
    yj_arena *arena;
    const yj_sql_token *t;
    size_t token_count;
    bool failed; /* something was not understood */
    relation *newest;
    size_t relation_count;
    int depth;
    node *nodes;
    int node_count;
    move *moves;
    int move_count;
    int32_t *distance; /* by node, to the result's subject */
    int *next;         /* by node: a move, or -1 */
};

/** What is known where an expression stands. */
typedef struct place {
    query *q;
    const with_name *with;
    const relation
        *right; /* in the ON of a LEFT JOIN: its first relation; conditions bind only those from it on */
} place;

/* --- tokens -----------------------------------------------------------------------------------------------
 */

static bool is_word(const yj_joins *j, size_t i, const char *word)
{
    return i < j->token_count && j->t[i].what == YJ_SQL_WORD && j->t[i].s.len == strlen(word) &&
           strncasecmp(j->t[i].s.ptr, word, j->t[i].s.len) == 0;
}

static bool is_mark(const yj_joins *j, size_t i, char c)
{
    return i < j->token_count && j->t[i].what == YJ_SQL_MARK && *j->t[i].s.ptr == c;
}

static bool same_word(yj_span a, yj_span b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static bool is_keyword(const yj_joins *j, size_t i)
{
    static const char *const words[] = {
        "ALL",     "AND",      "AS",    "ASC",       "BETWEEN", "BY",     "CASE",  "CAST",  "CROSS",
        "DESC",    "DISTINCT", "ELSE",  "END",       "EXCEPT",  "EXISTS", "FROM",  "FULL",  "GROUP",
        "HAVING",  "IN",       "INNER", "INTERSECT", "IS",      "JOIN",   "LEFT",  "LIKE",  "LIMIT",
        "NATURAL", "NOT",      "NULL",  "OFFSET",    "ON",      "OR",     "ORDER", "OUTER", "RIGHT",
        "SELECT",  "THEN",     "UNION", "USING",     "WHEN",    "WHERE",  "WITH",  "ESCAPE"
    };
    for (size_t k = 0; k < YJ_COUNT(words); k++)
        if (is_word(j, i, words[k]))
            return true;
    return false;
}

/** Does a query begin at the token after this opening bracket? */
static bool opens_query(const yj_joins *j, size_t open)
{
    return is_mark(j, open, '(') && (is_word(j, open + 1, "SELECT") || is_word(j, open + 1, "WITH"));
}

/** The closing bracket of the one at `open`. */
static size_t closing(const yj_joins *j, size_t open)
{
    size_t i = open + 1;
    while (i < j->token_count && !(is_mark(j, i, ')') && j->t[i].depth == j->t[open].depth))
        i++;
    return i;
}

/** The next token of the range that stands at `depth` and is one of the words; r.to if none. */
static size_t find_word(const yj_joins *j, range r, int depth, const char *const *words, size_t count)
{
    for (size_t i = r.from; i < r.to; i++)
        for (size_t k = 0; j->t[i].depth == depth && k < count; k++)
            if (is_word(j, i, words[k]))
                return i;
    return r.to;
}

static int depth_of(const yj_joins *j, range r)
{
    return r.from < r.to ? j->t[r.from].depth : 0;
}

/* --- nodes and moves --------------------------------------------------------------------------------------
 */

static int add_node(yj_joins *j, const relation *of, yj_span name, int kind)
{
    if (j->node_count == NODES_MAX) {
        j->failed = true;
        return 0;
    }
    j->nodes[j->node_count] = (node){ of, name, kind };
    return j->node_count++;
}

static void add_move(yj_joins *j, int from, int to, int cost, const yj_step *step)
{
    if (from == to || j->move_count == MOVES_MAX) {
        j->failed |= from != to;
        return;
    }
    move m = { .from = from, .to = to, .cost = cost, .is_step = step != NULL };
    if (step)
        m.step = *step;
    j->moves[j->move_count++] = m;
}

static use *add_use(yj_joins *j, use *list, int n)
{
    use *u = yj_arena_new_of(j->arena, use);
    *u = (use){ n, list };
    return u;
}

/** The field behind a column of a view; NULL for id, state, version. */
static const yj_field *field_of(const yj_joins *j, const relation *r, yj_span column)
{
    if (r->list >= 0)
        return same_word(column, YJ_SPAN("value")) ? &j->c->kinds[r->kind].fields[r->list] : NULL;
    for (size_t i = 0; i < j->c->kinds[r->kind].field_count; i++) {
        const yj_field *f = &j->c->kinds[r->kind].fields[i];
        if (!f->list && same_word(column, yj_span_of(f->name)))
            return f;
    }
    return NULL;
}

static bool has_column(const yj_joins *j, const relation *r, yj_span column)
{
    if (r->kind >= 0)
        return same_word(column, YJ_SPAN("id")) || (!r->is_subject && field_of(j, r, column)) ||
               (r->list < 0 && !r->is_subject &&
                (same_word(column, YJ_SPAN("state")) || same_word(column, YJ_SPAN("version"))));
    for (const output *o = r->outputs; o; o = o->next)
        if (same_word(column, o->name))
            return true;
    return r->star;
}

/** The node of a view's column; -1 if its values are no ids. */
static int view_node(yj_joins *j, const relation *r, yj_span column)
{
    bool is_id = same_word(column, YJ_SPAN("id"));
    const yj_field *f = is_id || r->is_subject ? NULL : field_of(j, r, column);
    if (!is_id && (!f || f->ref_kind < 0))
        return -1;
    for (int i = 0; i < j->node_count; i++)
        if (j->nodes[i].of == r && same_word(j->nodes[i].name, column))
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

static use *column_uses(yj_joins *j, const relation *r, yj_span column, use *list)
{
    if (r->kind >= 0) {
        int n = view_node(j, r, column);
        return n >= 0 ? add_use(j, list, n) : list;
    }
    bool found = false;
    for (const output *o = r->outputs; o; o = o->next) {
        if (!same_word(column, o->name))
            continue;
        found = true;
        for (const use *u = o->uses; u; u = u->next)
            list = add_use(j, list, u->node);
    }
    j->failed |= !found && r->star;
    return list;
}

/** The nodes a column name stands for: one, or of a subquery's column one for each kind of id. @param alias
 *  empty if not given */
static use *resolve(yj_joins *j, const query *q, yj_span alias, yj_span column)
{
    for (; q; q = q->outer)
        for (const relation *r = q->relations; r; r = r->next)
            if (alias.len ? same_word(alias, r->alias) : has_column(j, r, column))
                return column_uses(j, r, column, NULL);
    return NULL;
}

/** The only node of this kind among the uses; -1 if there is none or one of several. */
static int only_of_kind(const yj_joins *j, const use *u, int kind)
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

/* --- conditions -------------------------------------------------------------------------------------------
 */

static const query *query_of(const yj_joins *j, int n)
{
    return j->nodes[n].of ? j->nodes[n].of->in : NULL;
}

static bool is_from(const relation *first, const relation *r)
{
    for (; first; first = first->next)
        if (first == r)
            return true;
    return false;
}

/** Does a condition of `at` bind every row that the node's relation takes part in? */
static bool binds(const yj_joins *j, const place *at, int n)
{
    const query *of = query_of(j, n);
    for (const query *q = at->q; q != of; q = q->outer)
        if (!q || !q->filters)
            return false;
    return !at->right || (of == at->q && is_from(at->right, j->nodes[n].of));
}

/** Both sides are equal. A side that may come from one of several columns says nothing about each. */
static void link_same(yj_joins *j, const place *at, const use *a, const use *b)
{
    for (const use *u = a; u; u = u->next) {
        int left = only_of_kind(j, a, j->nodes[u->node].kind), right;
        if (left != u->node || (right = only_of_kind(j, b, j->nodes[left].kind)) < 0)
            continue;
        if (binds(j, at, left))
            add_move(j, left, right, COST_SAME, NULL);
        if (binds(j, at, right))
            add_move(j, right, left, COST_SAME, NULL);
    }
}

static query *read_query(yj_joins *j, range r, const query *outer, bool filters, const with_name *with);

/** Every node that a query hands on in its first column. */
static use *first_column(yj_joins *j, const query *inside)
{
    use *all = NULL;
    for (const output *o = inside->outputs; o; o = o->next)
        for (const use *u = o->place == 0 ? o->uses : NULL; u; u = u->next)
            all = add_use(j, all, u->node);
    return all;
}

/** x IN (SELECT y ...): rows inside matter only where y is x; if the condition filters, the other way too. */
static void link_in(yj_joins *j, const use *left, const query *inside)
{
    const use *all = first_column(j, inside);
    for (const output *o = inside->outputs; o; o = o->next) {
        for (const use *u = o->place == 0 ? o->uses : NULL; u; u = u->next) {
            int kind = j->nodes[u->node].kind, outside = only_of_kind(j, left, kind);
            if (outside < 0)
                continue;
            if (o->plain)
                add_move(j, u->node, outside, COST_SAME, NULL);
            if (inside->filters && only_of_kind(j, all, kind) == u->node)
                add_move(j, outside, u->node, COST_SAME, NULL);
        }
    }
}

/** Read an expression that filters nothing by itself. @return the nodes it mentions, subqueries' results
 *  included */
static use *read_expression(yj_joins *j, range r, const place *at)
{
    use *uses = NULL, *last = NULL; /* last: the column just before */
    for (size_t i = r.from; i < r.to; i++) {
        if (opens_query(j, i)) {
            size_t end = closing(j, i);
            bool in = i > r.from && is_word(j, i - 1, "IN"),
                 exists = i > r.from && is_word(j, i - 1, "EXISTS");
            const query *inside = read_query(j, (range){ i + 1, end }, at->q, false, at->with);
            if (in)
                link_in(j, last, inside);
            for (const output *o = in || exists ? NULL : inside->outputs; o; o = o->next)
                for (const use *u = o->uses; u; u = u->next)
                    uses = add_use(j, uses, u->node);
            i = end;
            continue;
        }
        if (is_word(j, i, "NOT") || is_word(j, i, "IN"))
            continue;
        last = NULL;
        if (j->t[i].what != YJ_SQL_WORD || is_keyword(j, i) || is_mark(j, i + 1, '('))
            continue;
        bool alias = is_mark(j, i + 1, '.');
        last = resolve(j, at->q, alias ? j->t[i].s : (yj_span){ 0 }, j->t[alias ? i + 2 : i].s);
        for (const use *u = last; u; u = u->next)
            uses = add_use(j, uses, u->node);
        i += alias ? 2 : 0;
    }
    return uses;
}

/** The "=" (or IS between two values) that makes up the condition; r.to if it is another one. */
static size_t find_equals(const yj_joins *j, range r)
{
    size_t found = r.to;
    for (size_t i = r.from; i < r.to; i++) {
        if (j->t[i].depth != depth_of(j, r))
            continue;
        bool equals = is_mark(j, i, '=') && i > r.from && !is_mark(j, i - 1, '<') &&
                      !is_mark(j, i - 1, '>') && !is_mark(j, i - 1, '!') && !is_mark(j, i - 1, '=') &&
                      !is_mark(j, i + 1, '=');
        bool is = is_word(j, i, "IS") && !is_word(j, i + 1, "NULL") && !is_word(j, i + 1, "NOT");
        if (!equals && !is)
            continue;
        if (found != r.to)
            return r.to;
        found = i;
    }
    return found;
}

static void read_condition(yj_joins *j, range r, const place *at);

/** One condition that must hold. */
static void read_term(yj_joins *j, range r, const place *at)
{
    static const char *const other[] = { "CASE", "NOT", "LIKE", "BETWEEN" };
    int depth = depth_of(j, r);
    if (is_mark(j, r.from, '(') && !opens_query(j, r.from) && closing(j, r.from) + 1 == r.to) {
        read_condition(j, (range){ r.from + 1, r.to - 1 }, at);
        return;
    }
    bool filters = !at->right && find_word(j, r, depth, other, YJ_COUNT(other)) == r.to;
    if (filters && is_word(j, r.from, "EXISTS") && opens_query(j, r.from + 1) &&
        closing(j, r.from + 1) + 1 == r.to) {
        read_query(j, (range){ r.from + 2, r.to - 1 }, at->q, true, at->with);
        return;
    }
    size_t in = find_word(j, r, depth, (const char *const[]){ "IN" }, 1);
    if (filters && in < r.to && opens_query(j, in + 1) && closing(j, in + 1) + 1 == r.to) {
        use *left = read_expression(j, (range){ r.from, in }, at);
        link_in(j, left, read_query(j, (range){ in + 2, r.to - 1 }, at->q, true, at->with));
        return;
    }
    size_t equals = find_word(j, r, depth, other, YJ_COUNT(other)) == r.to ? find_equals(j, r) : r.to;
    if (equals == r.to) {
        read_expression(j, r, at);
        return;
    }
    const use *left = read_expression(j, (range){ r.from, equals }, at);
    const use *right = read_expression(j, (range){ equals + 1, r.to }, at);
    link_same(j, at, left, right);
}

/** What WHERE or ON demands: terms joined by AND. */
static void read_condition(yj_joins *j, range r, const place *at)
{
    static const char *const or_case[] = { "OR", "CASE" };
    static const char *const and_word[] = { "AND" };
    int depth = depth_of(j, r);
    if (find_word(j, r, depth, or_case, YJ_COUNT(or_case)) < r.to) {
        read_expression(j, r, at);
        return;
    }
    while (r.from < r.to) {
        size_t end = find_word(j, r, depth, and_word, 1);
        read_term(j, (range){ r.from, end }, at);
        r.from = end + 1;
    }
}

/* --- FROM -------------------------------------------------------------------------------------------------
 */

static const char *const join_words[] = { "LEFT", "INNER", "CROSS", "JOIN", "NATURAL", "RIGHT", "FULL" };

static relation *add_relation(yj_joins *j, query *q, yj_span alias)
{
    relation *r = yj_arena_new_of(j->arena, relation);
    *r = (relation){ .alias = alias, .in = q, .kind = -1, .list = -1 };
    r->older = j->newest;
    j->newest = r;
    if (++j->relation_count > RELATIONS_MAX)
        j->failed = true;
    *q->tail = r;
    q->tail = &r->next;
    return r;
}

static bool is_view(const yj_joins *j, yj_span name, relation *r)
{
    char table[128];
    if (name.len >= sizeof table)
        return false;
    for (size_t i = 0; i < name.len; i++)
        table[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]);
    table[name.len] = '\0';
    r->is_subject = strcmp(table, "subject") == 0;
    if (r->is_subject)
        r->kind = j->subject;
    return r->is_subject || yj_view_of(j->c, table, &r->kind, &r->list);
}

/** Name the n-th column of a WITH that gives names of its own. */
static yj_span given_name(const yj_joins *j, const with_name *w, const output *o)
{
    size_t n = 0;
    for (size_t i = w ? w->columns.from : 0; w && i < w->columns.to; i++)
        if (j->t[i].what == YJ_SQL_WORD && n++ == o->place)
            return j->t[i].s;
    return o->name;
}

/** The arm that comes first names the columns of all. */
static const output *first_of(const query *q, size_t number)
{
    const output *o = q->outputs;
    while (o->place != number)
        o = o->next;
    return o;
}

/** The node of this name and kind of a subquery's relation. */
static int result_node(yj_joins *j, relation *r, output *o, int kind)
{
    for (const output *p = r->outputs; p; p = p->next)
        for (const use *u = p->uses; u; u = u->next)
            if (same_word(p->name, o->name) && j->nodes[u->node].kind == kind)
                return u->node;
    int n = add_node(j, r, o->name, kind);
    o->uses = add_use(j, o->uses, n);
    return n;
}

/** Make a relation of a query's result: a node for each column and kind of id that it hands on. From inside a
 *  column leads out if it is handed on unchanged; from outside it leads in if there is one place it can come
 *  from. */
static void hand_on(yj_joins *j, relation *r, const query *inside, const with_name *w)
{
    r->star = inside->star;
    for (const output *o = inside->outputs; o; o = o->next) {
        use *all = NULL;
        for (const output *p = inside->outputs; p; p = p->next)
            for (const use *u = p->place == o->place ? p->uses : NULL; u; u = u->next)
                all = add_use(j, all, u->node);
        output *mine = yj_arena_new_of(j->arena, output);
        mine->place = o->place;
        mine->name = given_name(j, w, first_of(inside, o->place));
        mine->next = r->outputs;
        r->outputs = mine;
        for (const use *u = o->uses; u; u = u->next) {
            int kind = j->nodes[u->node].kind, n = result_node(j, r, mine, kind);
            if (only_of_kind(j, all, kind) == u->node)
                add_move(j, n, u->node, COST_SAME, NULL);
            if (o->plain)
                add_move(j, u->node, n, COST_SAME, NULL);
        }
    }
}

static void add_named(yj_joins *j, yj_span name, yj_span alias, const place *at)
{
    relation *r = add_relation(j, at->q, alias);
    for (const with_name *w = at->with; w; w = w->outer) {
        if (!same_word(w->name, name))
            continue;
        /* put in place of its name; it sees the names before it */
        hand_on(j, r, read_query(j, w->body, NULL, false, w->outer), w);
        return;
    }
    j->failed |= !is_view(j, name, r);
}

/** An alias after a relation, if there is one; *i moves past it. */
static yj_span read_alias(const yj_joins *j, size_t *i, size_t to, yj_span otherwise)
{
    if (*i < to && is_word(j, *i, "AS"))
        (*i)++;
    if (*i < to && j->t[*i].what == YJ_SQL_WORD && !is_keyword(j, *i))
        return j->t[(*i)++].s;
    return otherwise;
}

static void read_from(yj_joins *j, range r, const place *at);

/** One relation, or several in brackets. @return where it ends */
static size_t read_relation(yj_joins *j, range r, const place *at)
{
    size_t i = r.from;
    if (opens_query(j, i)) {
        size_t end = closing(j, i);
        const query *inside = read_query(j, (range){ i + 1, end }, NULL, false, at->with);
        i = end + 1;
        hand_on(j, add_relation(j, at->q, read_alias(j, &i, r.to, (yj_span){ 0 })), inside, NULL);
        return i;
    }
    if (is_mark(j, i, '(')) {
        size_t end = closing(j, i);
        read_from(j, (range){ i + 1, end }, at);
        return end + 1;
    }
    if (i >= r.to || j->t[i].what != YJ_SQL_WORD || is_keyword(j, i)) {
        j->failed = true;
        return r.to;
    }
    yj_span name = j->t[i++].s;
    add_named(j, name, read_alias(j, &i, r.to, name), at);
    return i;
}

/** USING (x): the new relation's x is that of those before it. */
static void link_using(yj_joins *j, range columns, const place *at, const relation *first)
{
    for (size_t i = columns.from; i < columns.to; i++) {
        if (j->t[i].what != YJ_SQL_WORD)
            continue;
        use *before = NULL, *now = NULL;
        bool passed = false;
        for (const relation *r = at->q->relations; r; r = r->next) {
            passed |= r == first;
            if (has_column(j, r, j->t[i].s))
                *(passed ? &now : &before) = column_uses(j, r, j->t[i].s, passed ? now : before);
        }
        link_same(j, at, now, before);
    }
}

static void read_from(yj_joins *j, range r, const place *at)
{
    int depth = depth_of(j, r);
    for (size_t i = r.from; i < r.to && !j->failed;) {
        bool left = false;
        for (bool joining = true; joining && i < r.to;) {
            joining = is_mark(j, i, ',') || is_word(j, i, "OUTER");
            for (size_t k = 0; k < YJ_COUNT(join_words); k++)
                joining |= is_word(j, i, join_words[k]);
            left |= is_word(j, i, "LEFT");
            j->failed |= is_word(j, i, "NATURAL") || is_word(j, i, "RIGHT") || is_word(j, i, "FULL");
            i += joining;
        }
        relation **first = at->q->tail;
        i = read_relation(j, (range){ i, r.to }, at);
        place on = { at->q, at->with, left || at->right ? *first : NULL };
        if (i < r.to && is_word(j, i, "USING")) {
            link_using(j, (range){ i + 2, closing(j, i + 1) }, &on, *first);
            i = closing(j, i + 1) + 1;
        } else if (i < r.to && is_word(j, i, "ON")) {
            range condition = { i + 1, find_word(j, (range){ i + 1, r.to }, depth, join_words,
                                                 YJ_COUNT(join_words)) };
            for (size_t k = condition.from; k < condition.to; k++)
                if (is_mark(j, k, ',') && j->t[k].depth == depth)
                    condition.to = k;
            read_condition(j, condition, &on);
            i = condition.to;
        }
    }
}

/* --- queries ----------------------------------------------------------------------------------------------
 */

static bool is_plain(const yj_joins *j, range r)
{
    if (r.to - r.from == 1)
        return j->t[r.from].what == YJ_SQL_WORD && !is_keyword(j, r.from);
    return r.to - r.from == 3 && is_mark(j, r.from + 1, '.');
}

static void read_item(yj_joins *j, range r, size_t number, bool limited, const place *at)
{
    int depth = depth_of(j, r);
    if (r.from < r.to && is_mark(j, r.to - 1, '*')) {
        at->q->star = true;
        return;
    }
    size_t as = find_word(j, r, depth, (const char *const[]){ "AS" }, 1);
    output *o = yj_arena_new_of(j->arena, output);
    o->place = number;
    range value = { r.from, as };
    if (r.from < r.to && j->t[r.to - 1].what == YJ_SQL_WORD)
        o->name = j->t[r.to - 1].s; /* also of an alias without AS, or of a bare column */
    o->plain = is_plain(j, value) && !limited;
    o->uses = read_expression(j, value, at);
    *at->q->outputs_tail = o;
    at->q->outputs_tail = &o->next;
}

static void read_items(yj_joins *j, range r, bool limited, const place *at)
{
    int depth = depth_of(j, r);
    size_t number = 0;
    for (size_t from = r.from; from < r.to; number++) {
        size_t to = from;
        while (to < r.to && !(is_mark(j, to, ',') && j->t[to].depth == depth))
            to++;
        read_item(j, (range){ from, to }, number, limited, at);
        from = to + 1;
    }
}

/** SELECT items FROM relations WHERE condition, and what follows. */
static void read_select(yj_joins *j, range r, bool limited, const place *at)
{
    static const char *const parts[] = { "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT" };
    enum { FROM, WHERE, GROUP, HAVING, ORDER, LIMIT, PARTS };
    int depth = depth_of(j, r);
    size_t start[PARTS + 1];
    start[PARTS] = r.to;
    for (int p = PARTS - 1; p >= 0; p--) {
        start[p] = find_word(j, (range){ r.from, start[p + 1] }, depth, &parts[p], 1);
    }
    if (start[FROM] < start[WHERE])
        read_from(j, (range){ start[FROM] + 1, start[WHERE] }, at);
    if (start[WHERE] < start[GROUP])
        read_condition(j, (range){ start[WHERE] + 1, start[GROUP] }, at);
    size_t items = r.from + 1;
    items += is_word(j, items, "DISTINCT") || is_word(j, items, "ALL");
    read_items(j, (range){ items, start[FROM] }, limited, at);
    if (start[GROUP] < r.to)
        read_expression(j, (range){ start[GROUP], r.to }, at);
}

static const with_name *read_with(yj_joins *j, range *r, const with_name *outer)
{
    size_t i = r->from + 1;
    j->failed |= is_word(j, i, "RECURSIVE");
    while (i < r->to) {
        with_name *w = yj_arena_new_of(j->arena, with_name);
        w->name = j->t[i++].s;
        w->outer = outer;
        if (is_mark(j, i, '(')) {
            w->columns = (range){ i + 1, closing(j, i) };
            i = w->columns.to + 1;
        }
        while (i < r->to && !is_mark(j, i, '('))
            i++; /* AS, NOT, MATERIALIZED */
        w->body = (range){ i + 1, closing(j, i) };
        i = w->body.to + 1;
        outer = w;
        if (!is_mark(j, i, ','))
            break;
        i++;
    }
    r->from = i;
    return outer;
}

static query *read_query(yj_joins *j, range r, const query *outer, bool filters, const with_name *with)
{
    static const char *const set_words[] = { "UNION", "EXCEPT", "INTERSECT" };
    query *q = yj_arena_new_of(j->arena, query);
    q->outputs_tail = &q->outputs;
    if (j->failed || ++j->depth > NEST_MAX) {
        j->failed = true;
        return q;
    }
    if (is_word(j, r.from, "WITH"))
        with = read_with(j, &r, with);
    int depth = depth_of(j, r);
    bool limited = find_word(j, r, depth, (const char *const[]){ "LIMIT" }, 1) < r.to;
    for (size_t from = r.from; from < r.to;) {
        /* each arm has relations of its own; what it hands on goes to the whole */
        query *arm = yj_arena_new_of(j->arena, query);
        *arm = (query){ .outer = outer, .filters = filters, .outputs_tail = q->outputs_tail };
        arm->tail = &arm->relations;
        size_t to = find_word(j, (range){ from, r.to }, depth, set_words, YJ_COUNT(set_words));
        j->failed |= !is_word(j, from, "SELECT");
        place at = { arm, with, NULL };
        read_select(j, (range){ from, to }, limited, &at);
        q->outputs_tail = arm->outputs_tail;
        q->star |= arm->star;
        from = to + 1;
        from += is_word(j, from, "ALL") || is_word(j, from, "DISTINCT");
    }
    q->filters = filters;
    j->depth--;
    return q;
}

/* --- walks ------------------------------------------------------------------------------------------------
 */

/** Shortest ways to the nodes that the rule's result gives as subject. */
static void measure(yj_joins *j, const query *main)
{
    for (int n = 0; n < j->node_count; n++) {
        j->distance[n] = FAR;
        j->next[n] = -1;
    }
    for (const output *o = main->outputs; o; o = o->next) {
        bool subject = same_word(first_of(main, o->place)->name, YJ_SPAN("subject"));
        int end = subject ? only_of_kind(j, o->uses, j->subject) : -1;
        if (end >= 0)
            j->distance[end] = 0;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int m = 0; m < j->move_count; m++) {
            const move *v = &j->moves[m];
            if (j->distance[v->to] == FAR || j->distance[v->to] + v->cost >= j->distance[v->from])
                continue;
            j->distance[v->from] = j->distance[v->to] + v->cost;
            j->next[v->from] = m;
            changed = true;
        }
    }
}

yj_joins *yj_joins_read(const yj_catalog *c, const yj_rule *rule, int subject_kind, yj_arena *arena)
{
    yj_joins *j = yj_arena_new_of(arena, yj_joins);
    yj_sql_text text = yj_sql_read(arena, yj_span_of(rule->sql));
    *j = (yj_joins){ .c = c, .subject = subject_kind, .arena = arena, .t = text.tokens };
    j->token_count = text.count;
    j->nodes = yj_arena_array(arena, NODES_MAX, sizeof *j->nodes);
    j->moves = yj_arena_array(arena, MOVES_MAX, sizeof *j->moves);
    const query *main = read_query(j, (range){ 0, text.count }, NULL, false, NULL);
    j->distance = yj_arena_array(arena, (size_t)j->node_count, sizeof *j->distance);
    j->next = yj_arena_array(arena, (size_t)j->node_count, sizeof *j->next);
    if (!j->failed)
        measure(j, main);
    return j;
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
static int id_node(const yj_joins *j, const relation *r)
{
    for (int n = 0; n < j->node_count; n++)
        if (j->nodes[n].of == r && same_word(j->nodes[n].name, YJ_SPAN("id")))
            return n;
    return -1;
}

bool yj_joins_walks(const yj_joins *j, int kind, bool pointed, yj_walk *ret, size_t max, size_t *ret_count)
{
    size_t count = 0, places = 0;
    *ret_count = 0;
    if (j->failed)
        return false;
    for (const relation *r = j->newest; r; r = r->older) {
        if (r->kind != kind || r->is_subject)
            continue;
        int n = id_node(j, r);
        places++;
        if (n < 0 || !add_walk(j, n, ret, max, &count))
            return false;
    }
    for (int n = 0; pointed && n < j->node_count; n++) {
        const node *at = &j->nodes[n];
        if (at->kind != kind || at->of->kind < 0 ||
            (same_word(at->name, YJ_SPAN("id")) && !at->of->is_subject))
            continue;
        places++;
        if (!add_walk(j, n, ret, max, &count))
            return false;
    }
    *ret_count = count;
    return places > 0;
}

bool yj_joins_word(const yj_joins *j, const char *word)
{
    for (size_t i = 0; i < j->token_count; i++)
        if (is_word(j, i, word))
            return true;
    return false;
}
