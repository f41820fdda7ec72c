// SPDX-License-Identifier: Apache-2.0
/* Reading a rule's text. What is not understood sets `failed`, and nothing of it is used. */
#include "rule/internal.h"
#include "rule/joins_internal.h"
#include <strings.h>

#define RELATIONS_MAX 400
#define NEST_MAX 40

typedef struct range {
    size_t from, to; /* tokens */
} range;

/** A WITH name in force. */
typedef struct with_name {
    yj_span name;
    range columns, body; /* columns empty if not given */
    const struct with_name *outer;
} with_name;

/** What is known where an expression stands. */
typedef struct spot {
    yj_join_place place;
    const with_name *with;
} spot;

/* --- tokens -------------------------------------------------------------------------------------------- */

/** Asked of nearly every token for dozens of words: the first letter decides most of them. */
static inline bool is_word(const yj_joins *j, size_t i, const char *word)
{
    if (i >= j->token_count || j->t[i].what != YJ_SQL_WORD)
        return false;
    yj_span s = j->t[i].s;
    return ((*s.ptr ^ *word) & ~0x20) == 0 && strncasecmp(s.ptr, word, s.len) == 0 && word[s.len] == '\0';
}

static bool is_mark(const yj_joins *j, size_t i, char c)
{
    return i < j->token_count && j->t[i].what == YJ_SQL_MARK && *j->t[i].s.ptr == c;
}

static bool find_keyword(const yj_joins *j, size_t i)
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

/** Texts of WITH names are read again and again: each word is looked up once. */
static bool is_keyword(const yj_joins *j, size_t i)
{
    if (i >= j->token_count)
        return false;
    if (!j->keyword[i])
        j->keyword[i] = find_keyword(j, i) ? 2 : 1;
    return j->keyword[i] == 2;
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
    for (size_t i = r.from; i < r.to; i++) {
        if (j->t[i].depth != depth || j->t[i].what != YJ_SQL_WORD)
            continue;
        for (size_t k = 0; k < count; k++)
            if (is_word(j, i, words[k]))
                return i;
    }
    return r.to;
}

static int depth_of(const yj_joins *j, range r)
{
    return r.from < r.to ? j->t[r.from].depth : 0;
}

/* --- expressions and conditions ------------------------------------------------------------------------ */

static yj_join_query *read_query(yj_joins *j, range r, const yj_join_query *outer, bool filters,
                                 const with_name *with);

static bool is_plain(const yj_joins *j, range r)
{
    if (r.to - r.from == 1)
        return j->t[r.from].what == YJ_SQL_WORD && !is_keyword(j, r.from);
    return r.to - r.from == 3 && is_mark(j, r.from + 1, '.');
}

static void add_all(yj_joins *j, yj_join_expr *to, const yj_join_expr *from)
{
    to->other |= from->other;
    for (const yj_join_use *u = from->uses; u; u = u->next)
        to->uses = yj_joins_use(j, to->uses, u->node);
}

/** A subquery in an expression, whose bracket opens at `open`. */
static void read_inner(yj_joins *j, size_t open, const spot *at, const yj_join_expr *before,
                       yj_join_expr *into)
{
    const yj_join_query *inside =
        read_query(j, (range){ open + 1, closing(j, open) }, at->place.q, false, at->with);
    if (is_word(j, open - 1, "IN"))
        yj_joins_in(j, before, inside);
    else if (!is_word(j, open - 1, "EXISTS"))
        for (const yj_join_output *o = inside->outputs; o; o = o->next)
            add_all(j, into, &o->value);
}

/** Read an expression that filters nothing by itself: what it mentions, results of subqueries included. */
static yj_join_expr read_expression(yj_joins *j, range r, const spot *at)
{
    yj_join_expr all = { .plain = is_plain(j, r) }, last = { 0 }; /* last: the column just before */
    for (size_t i = r.from; i < r.to; i++) {
        if (i > 0 && opens_query(j, i)) {
            read_inner(j, i, at, &last, &all);
            i = closing(j, i);
            continue;
        }
        if (is_word(j, i, "NOT") || is_word(j, i, "IN"))
            continue;
        last = (yj_join_expr){ .plain = true };
        if (j->t[i].what != YJ_SQL_WORD || is_keyword(j, i) || is_mark(j, i + 1, '('))
            continue;
        bool alias = is_mark(j, i + 1, '.');
        size_t name = alias && i + 2 < j->token_count ? i + 2 : i;
        yj_joins_resolve(j, at->place.q, alias ? j->t[i].s : (yj_span){ 0 }, j->t[name].s, &last);
        add_all(j, &all, &last);
        i = name;
    }
    return all;
}

/** Does the range compare in another way than by one "="? */
static bool compares_otherwise(const yj_joins *j, range r)
{
    static const char *const words[] = { "CASE", "NOT",    "LIKE",    "BETWEEN", "IS",
                                         "IN",   "ISNULL", "NOTNULL", "EXISTS" };
    int depth = depth_of(j, r);
    for (size_t i = r.from; i < r.to; i++)
        if (j->t[i].depth == depth && (is_mark(j, i, '<') || is_mark(j, i, '>') || is_mark(j, i, '!')))
            return true;
    return find_word(j, r, depth, words, YJ_COUNT(words)) < r.to;
}

/** The only "=" of the condition; r.to if there is none or another comparison. */
static size_t find_equals(const yj_joins *j, range r)
{
    size_t found = r.to;
    int depth = depth_of(j, r);
    for (size_t i = r.from; i < r.to; i++) {
        if (j->t[i].depth != depth || !is_mark(j, i, '='))
            continue;
        if (found != r.to)
            return r.to;
        found = i;
    }
    return compares_otherwise(j, r) ? r.to : found;
}

static void read_condition(yj_joins *j, range r, const spot *at);

/* --- values that a field is bound to ---------------------------------------------------------------------
 */

/** The relation that the condition binds by this name: one of the query itself, and in the ON of a LEFT JOIN
 *  one that is joined there. */
static yj_join_relation *bound_relation(const spot *at, yj_span alias)
{
    bool passed = !at->place.right;
    for (yj_join_relation *r = at->place.q->relations; r; r = r->next) {
        passed |= r == at->place.right;
        if (passed && yj_same_word(r->alias, alias))
            return r;
    }
    return NULL;
}

/** 'x', :x or CAST(:x AS TEXT) at *i, which moves past it. */
static bool read_value(const yj_joins *j, size_t *i, size_t to, struct yj_only_value *ret)
{
    bool cast = *i + 6 <= to && is_word(j, *i, "CAST") && is_mark(j, *i + 1, '(') &&
                is_word(j, *i + 3, "AS") && is_word(j, *i + 4, "TEXT") && is_mark(j, *i + 5, ')');
    size_t at = *i + (cast ? 2 : 0);
    if (at >= to || (j->t[at].what != YJ_SQL_PARAM && (cast || j->t[at].what != YJ_SQL_TEXT)))
        return false;
    *ret = (struct yj_only_value){ j->t[at].s, j->t[at].what == YJ_SQL_PARAM };
    *i += cast ? 6 : 1;
    return true;
}

static bool read_values(const yj_joins *j, range r, yj_only *into)
{
    while (r.from < r.to && into->count < YJ_ONLY_VALUES_MAX) {
        if (!read_value(j, &r.from, r.to, &into->values[into->count++]))
            return false;
        if (r.from == r.to)
            return true;
        if (!is_mark(j, r.from++, ','))
            return false;
    }
    return false;
}

/** Note it if the term is "a.f = value" or "a.f IN (values)" with a choice field of a kind's own view. */
static void note_only(yj_joins *j, range r, const spot *at)
{
    if (r.to - r.from < 5 || j->t[r.from].what != YJ_SQL_WORD || !is_mark(j, r.from + 1, '.'))
        return;
    yj_join_relation *on = bound_relation(at, j->t[r.from].s);
    if (!on || on->only || on->kind < 0 || on->list >= 0 || on->is_subject)
        return;
    const yj_kind *k = &j->c->kinds[on->kind];
    const yj_field *f = yj_kind_field(k, j->t[r.from + 2].s);
    if (!f || f->type != YJ_T_CHOICE || f->list)
        return;
    range values = { r.from + 4, r.to };
    if (is_word(j, r.from + 3, "IN") && is_mark(j, r.from + 4, '(') && closing(j, r.from + 4) + 1 == r.to)
        values = (range){ r.from + 5, r.to - 1 };
    else if (!is_mark(j, r.from + 3, '='))
        return;
    yj_only *only = yj_arena_new_of(j->arena, yj_only);
    *only = (yj_only){ .field = (int)(f - k->fields) };
    if (read_values(j, values, only))
        on->only = only;
}

/** One condition that must hold. @param sure  it is one: no BETWEEN has an AND beside it */
static void read_term(yj_joins *j, range r, const spot *at, bool sure)
{
    static const char *const not_word[] = { "NOT" };
    static const char *const in_word[] = { "IN" };
    int depth = depth_of(j, r);
    if (is_mark(j, r.from, '(') && !opens_query(j, r.from) && closing(j, r.from) + 1 == r.to) {
        read_condition(j, (range){ r.from + 1, r.to - 1 }, at);
        return;
    }
    if (sure)
        note_only(j, r, at);
    bool filters = !at->place.right && find_word(j, r, depth, not_word, 1) == r.to;
    if (filters && is_word(j, r.from, "EXISTS") && opens_query(j, r.from + 1) &&
        closing(j, r.from + 1) + 1 == r.to) {
        read_query(j, (range){ r.from + 2, r.to - 1 }, at->place.q, true, at->with);
        return;
    }
    size_t in = find_word(j, r, depth, in_word, 1);
    if (filters && in < r.to && opens_query(j, in + 1) && closing(j, in + 1) + 1 == r.to) {
        yj_join_expr left = read_expression(j, (range){ r.from, in }, at);
        yj_joins_in(j, &left, read_query(j, (range){ in + 2, r.to - 1 }, at->place.q, true, at->with));
        return;
    }
    size_t equals = find_equals(j, r);
    if (equals == r.to) {
        read_expression(j, r, at);
        return;
    }
    yj_join_expr left = read_expression(j, (range){ r.from, equals }, at);
    yj_join_expr right = read_expression(j, (range){ equals + 1, r.to }, at);
    yj_joins_same(j, &at->place, &left, &right);
}

/** What WHERE or ON demands: terms joined by AND. */
static void read_condition(yj_joins *j, range r, const spot *at)
{
    static const char *const or_case[] = { "OR", "CASE" };
    static const char *const and_word[] = { "AND" };
    static const char *const between_word[] = { "BETWEEN" };
    int depth = depth_of(j, r);
    bool sure = find_word(j, r, depth, between_word, 1) == r.to;
    if (find_word(j, r, depth, or_case, YJ_COUNT(or_case)) < r.to) {
        read_expression(j, r, at);
        return;
    }
    while (r.from < r.to) {
        size_t end = find_word(j, r, depth, and_word, 1);
        read_term(j, (range){ r.from, end }, at, sure);
        r.from = end + 1;
    }
}

/* --- FROM ---------------------------------------------------------------------------------------------- */

static const char *const join_words[] = { "LEFT", "INNER", "CROSS", "JOIN", "NATURAL", "RIGHT", "FULL" };

static yj_join_relation *add_relation(yj_joins *j, yj_join_query *q, yj_span alias)
{
    yj_join_relation *r = yj_arena_new_of(j->arena, yj_join_relation);
    *r = (yj_join_relation){ .alias = alias, .in = q, .kind = -1, .list = -1 };
    r->older = j->newest;
    j->newest = r;
    if (++j->relation_count > RELATIONS_MAX)
        j->failed = true;
    *q->tail = r;
    q->tail = &r->next;
    return r;
}

static bool is_view(const yj_joins *j, yj_span name, yj_join_relation *r)
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

/** A WITH may give its columns names of its own. */
static void rename_columns(const yj_joins *j, const with_name *w, const yj_join_query *inside)
{
    size_t n = 0;
    for (size_t i = w->columns.from; i < w->columns.to; i++) {
        if (j->t[i].what != YJ_SQL_WORD)
            continue;
        for (yj_join_output *o = inside->outputs; o; o = o->next)
            if (o->place == n)
                o->name = j->t[i].s;
        n++;
    }
}

static void add_named(yj_joins *j, yj_span name, yj_span alias, const spot *at)
{
    yj_join_relation *r = add_relation(j, at->place.q, alias);
    for (const with_name *w = at->with; w; w = w->outer) {
        if (!yj_same_word(w->name, name))
            continue;
        /* put in place of its name; it sees the names before it */
        const yj_join_query *inside = read_query(j, w->body, NULL, false, w->outer);
        rename_columns(j, w, inside);
        yj_joins_hand_on(j, r, inside);
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

static void read_from(yj_joins *j, range r, const spot *at);

/** One relation, or several in brackets. @return where it ends */
static size_t read_relation(yj_joins *j, range r, const spot *at)
{
    size_t i = r.from;
    if (opens_query(j, i)) {
        size_t end = closing(j, i);
        const yj_join_query *inside = read_query(j, (range){ i + 1, end }, NULL, false, at->with);
        i = end + 1;
        yj_joins_hand_on(j, add_relation(j, at->place.q, read_alias(j, &i, r.to, (yj_span){ 0 })), inside);
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
static void link_using(yj_joins *j, range columns, const spot *at, const yj_join_relation *first)
{
    for (size_t i = columns.from; i < columns.to; i++) {
        if (j->t[i].what != YJ_SQL_WORD)
            continue;
        yj_join_expr before = { .plain = true }, now = { .plain = true };
        bool passed = false;
        for (const yj_join_relation *r = at->place.q->relations; r; r = r->next) {
            passed |= r == first;
            yj_join_expr *side = passed ? &now : &before;
            if (!side->uses && yj_joins_has(j, r, j->t[i].s))
                yj_joins_column(j, r, j->t[i].s, side);
        }
        yj_joins_same(j, &at->place, &now, &before);
    }
}

static void read_from(yj_joins *j, range r, const spot *at)
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
        yj_join_relation **first = at->place.q->tail;
        i = read_relation(j, (range){ i, r.to }, at);
        spot on = { { at->place.q, left ? *first : NULL }, at->with };
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

/* --- queries ------------------------------------------------------------------------------------------- */

/** Does an aggregate stand in the range, subqueries left out? */
static bool has_aggregate(const yj_joins *j, range r)
{
    static const char *const words[] = { "count", "sum", "min", "max" };
    for (size_t i = r.from; i < r.to; i++) {
        if (opens_query(j, i))
            i = closing(j, i);
        if (!is_mark(j, i + 1, '('))
            continue;
        for (size_t k = 0; k < YJ_COUNT(words); k++)
            if (is_word(j, i, words[k]))
                return true;
    }
    return false;
}

/** The parts of one SELECT. */
typedef struct parts {
    range items, from, where, group, rest; /* rest: HAVING, ORDER BY, LIMIT */
    bool limited;                          /* the query it is an arm of has a LIMIT */
    bool counts;                           /* an aggregate makes one row of many */
} parts;

/** Is the value of an item the same for every record that a row of the result was made from? */
static bool stays(const yj_joins *j, range item, const parts *p)
{
    if (p->limited)
        return false;
    if (p->group.from == p->group.to)
        return !p->counts;
    for (size_t i = p->group.from; i < p->group.to; i++)
        if (j->t[i].what == YJ_SQL_WORD && yj_same_word(j->t[i].s, j->t[item.to - 1].s))
            return true;
    return false;
}

static void read_item(yj_joins *j, range r, size_t number, const parts *p, const spot *at)
{
    static const char *const as_word[] = { "AS" };
    if (r.from == r.to || is_mark(j, r.to - 1, '*')) {
        at->place.q->star = true;
        return;
    }
    yj_join_output *o = yj_arena_new_of(j->arena, yj_join_output);
    o->place = number;
    range value = { r.from, find_word(j, r, depth_of(j, r), as_word, 1) };
    if (j->t[r.to - 1].what == YJ_SQL_WORD)
        o->name = j->t[r.to - 1].s; /* also of an alias without AS, or of a bare column */
    o->value = read_expression(j, value, at);
    o->value.plain = o->value.plain && stays(j, value, p);
    *at->place.q->outputs_tail = o;
    at->place.q->outputs_tail = &o->next;
}

static void read_items(yj_joins *j, const parts *p, const spot *at)
{
    int depth = depth_of(j, p->items);
    size_t number = 0;
    for (size_t from = p->items.from; from < p->items.to; number++) {
        size_t to = from;
        while (to < p->items.to && !(is_mark(j, to, ',') && j->t[to].depth == depth))
            to++;
        read_item(j, (range){ from, to }, number, p, at);
        from = to + 1;
    }
}

static parts find_parts(const yj_joins *j, range r, bool limited)
{
    static const char *const words[] = { "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT" };
    enum { FROM, WHERE, GROUP, HAVING, ORDER, LIMIT, COUNT };
    size_t start[COUNT + 1];
    start[COUNT] = r.to;
    for (int p = COUNT - 1; p >= 0; p--)
        start[p] = find_word(j, (range){ r.from, start[p + 1] }, depth_of(j, r), &words[p], 1);
    size_t items = r.from + 1;
    items += is_word(j, items, "DISTINCT") || is_word(j, items, "ALL");
    parts p = { .items = { items, start[FROM] },
                .from = { start[FROM] + (start[FROM] < start[WHERE]), start[WHERE] },
                .where = { start[WHERE] + (start[WHERE] < start[GROUP]), start[GROUP] },
                .group = { start[GROUP], start[HAVING] },
                .rest = { start[HAVING], r.to },
                .limited = limited };
    p.counts = has_aggregate(j, p.items) || has_aggregate(j, p.rest);
    return p;
}

static void read_select(yj_joins *j, const parts *p, const spot *at)
{
    if (p->from.from < p->from.to)
        read_from(j, p->from, at);
    if (p->where.from < p->where.to)
        read_condition(j, p->where, at);
    read_items(j, p, at);
    read_expression(j, p->group, at);
    read_expression(j, p->rest, at);
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

static yj_join_query *read_query(yj_joins *j, range r, const yj_join_query *outer, bool filters,
                                 const with_name *with)
{
    static const char *const set_words[] = { "UNION", "EXCEPT", "INTERSECT" };
    static const char *const limit_word[] = { "LIMIT" };
    static const char *const having_word[] = { "HAVING" };
    yj_join_query *q = yj_arena_new_of(j->arena, yj_join_query);
    q->outputs_tail = &q->outputs;
    if (j->failed || ++j->depth > NEST_MAX) {
        j->failed = true;
        return q;
    }
    if (is_word(j, r.from, "WITH"))
        with = read_with(j, &r, with);
    int depth = depth_of(j, r);
    q->limited = find_word(j, r, depth, limit_word, 1) < r.to;
    /* a row here needs rows of each relation: not if there are arms, nor of what counts rows */
    q->filters = filters && !has_aggregate(j, r) &&
                 find_word(j, r, depth, set_words, YJ_COUNT(set_words)) == r.to &&
                 find_word(j, r, depth, having_word, 1) == r.to;
    for (size_t from = r.from; from < r.to;) {
        /* each arm has relations of its own; what it hands on goes to the whole */
        yj_join_query *arm = yj_arena_new_of(j->arena, yj_join_query);
        *arm = (yj_join_query){ .outer = outer, .filters = q->filters, .outputs_tail = q->outputs_tail };
        arm->tail = &arm->relations;
        size_t to = find_word(j, (range){ from, r.to }, depth, set_words, YJ_COUNT(set_words));
        j->failed |= !is_word(j, from, "SELECT");
        spot at = { { arm, NULL }, with };
        parts p = find_parts(j, (range){ from, to }, q->limited);
        read_select(j, &p, &at);
        q->outputs_tail = arm->outputs_tail;
        q->star |= arm->star;
        from = to + 1;
        from += is_word(j, from, "ALL") || is_word(j, from, "DISTINCT");
    }
    j->depth--;
    return q;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

yj_joins *yj_joins_read(const yj_catalog *c, const yj_rule *rule, int subject_kind, yj_arena *arena)
{
    yj_joins *j = yj_arena_new_of(arena, yj_joins);
    yj_sql_text text = yj_sql_read(arena, yj_span_of(rule->sql));
    *j = (yj_joins){ .c = c, .subject = subject_kind, .arena = arena, .t = text.tokens };
    j->token_count = text.count;
    j->keyword = yj_arena_alloc(arena, text.count + 1);
    const yj_join_query *result = read_query(j, (range){ 0, text.count }, NULL, false, NULL);
    if (!j->failed)
        yj_joins_measure(j, result);
    return j;
}

bool yj_joins_only(const yj_joins *j, int kind, yj_only *ret)
{
    if (j->failed || kind == j->subject)
        return false;
    *ret = (yj_only){ .field = -1 };
    for (const yj_join_relation *r = j->newest; r; r = r->older) {
        if (r->kind != kind)
            continue;
        if (!r->only || (ret->field >= 0 && ret->field != r->only->field) ||
            ret->count + r->only->count > YJ_ONLY_VALUES_MAX)
            return false;
        ret->field = r->only->field;
        memcpy(ret->values + ret->count, r->only->values, r->only->count * sizeof *ret->values);
        ret->count += r->only->count;
    }
    for (int n = 0; n < j->node_count; n++) /* a reference to it that another kind's record holds */
        if (j->nodes[n].kind == kind && j->nodes[n].of->kind >= 0 && j->nodes[n].of->kind != kind)
            return false;
    return ret->field >= 0;
}

bool yj_joins_word(const yj_joins *j, const char *word)
{
    for (size_t i = 0; i < j->token_count; i++)
        if (is_word(j, i, word))
            return true;
    return false;
}
