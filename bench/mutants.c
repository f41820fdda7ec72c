// SPDX-License-Identifier: Apache-2.0
#include "mutants.h"

#include "pack/sqltext.h"
#include <strings.h>

#define MUTANTS_MAX 4000

typedef struct maker {
    yj_arena *a;
    yj_span sql;
    const yj_sql_token *t;
    size_t n;
    int *level; /* of each token: brackets and CASE ... END; both ends have the level outside */
    mutant *out;
    size_t count;
} maker;

static bool is_word(const maker *m, size_t i, const char *word)
{
    return i < m->n && m->t[i].what == YJ_SQL_WORD && m->t[i].s.len == strlen(word) &&
           strncasecmp(m->t[i].s.ptr, word, m->t[i].s.len) == 0;
}

static bool is_mark(const maker *m, size_t i, char c)
{
    return i < m->n && m->t[i].what == YJ_SQL_MARK && *m->t[i].s.ptr == c;
}

static bool is_any(const maker *m, size_t i, const char *const *words)
{
    for (; *words; words++)
        if (is_word(m, i, *words))
            return true;
    return false;
}

/* A text and a parameter are longer in the SQL than in the token: quotes, colon. */
static size_t starts(const maker *m, size_t i)
{
    size_t at = (size_t)(m->t[i].s.ptr - m->sql.ptr);
    return m->t[i].what == YJ_SQL_TEXT || m->t[i].what == YJ_SQL_PARAM ? at - 1 : at;
}

static size_t ends(const maker *m, size_t i)
{
    size_t at = (size_t)(m->t[i].s.ptr - m->sql.ptr) + m->t[i].s.len;
    return m->t[i].what == YJ_SQL_TEXT ? at + 1 : at;
}

static void set_levels(maker *m)
{
    int level = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool close = is_mark(m, i, ')') || is_word(m, i, "end");
        if (close && level > 0)
            level--;
        m->level[i] = level;
        level += is_mark(m, i, '(') || is_word(m, i, "case");
    }
}

/* --- noting --------------------------------------------------------------------------------------------- */

static const char *text_of(const maker *m, size_t from, size_t to)
{
    char *s = yj_arena_strndup(m->a, m->sql.ptr + from, to - from), *w = s;
    for (const char *r = s; *r; r++) {
        bool blank = *r == ' ' || *r == '\n' || *r == '\t';
        if (blank && w > s && w[-1] == ' ')
            continue;
        *w++ = blank ? ' ' : *r;
    }
    *w = '\0';
    return s;
}

/* Tokens first to last, both included. */
static void note(maker *m, const char *op, size_t first, size_t last, const char *by)
{
    if (m->count == MUTANTS_MAX)
        return;
    mutant *x = &m->out[m->count];
    *x = (mutant){
        .op = op, .from = starts(m, first), .to = ends(m, last), .by = by, .line = m->t[first].line
    };
    const char *what = text_of(m, x->from, x->to);
    size_t before = 0;
    for (size_t i = 0; i < m->count; i++)
        before += strcmp(m->out[i].op, op) == 0 && strcmp(m->out[i].by, by) == 0 &&
                  strcmp(text_of(m, m->out[i].from, m->out[i].to), what) == 0;
    x->what = before ? yj_arena_fmt(m->a, "%s #%zu", what, before + 1) : what;
    m->count++;
}

/* --- conditions ------------------------------------------------------------------------------------------
 */

/* Is this AND the second half of BETWEEN? */
static bool is_between_and(const maker *m, size_t i)
{
    for (size_t k = i; k-- > 0;) {
        if (m->level[k] < m->level[i])
            return false;
        if (m->level[k] > m->level[i])
            continue;
        if (is_word(m, k, "between"))
            return true;
        if (is_word(m, k, "and") || is_word(m, k, "or") || is_word(m, k, "when") || is_word(m, k, "where") ||
            is_word(m, k, "on"))
            return false;
    }
    return false;
}

static bool is_and(const maker *m, size_t i)
{
    return is_word(m, i, "and") && !is_between_and(m, i);
}

/* The token after the operand that begins at `i`. */
static size_t operand_end(const maker *m, size_t i)
{
    static const char *const stops[] = { "or",    "then", "group", "order", "having", "limit",
                                         "join",  "left", "inner", "cross", "union",  "except",
                                         "where", "end",  "when",  "else",  "select", NULL };
    int level = m->level[i];
    for (; i < m->n; i++) {
        if (m->level[i] < level)
            return i;
        if (m->level[i] == level && (is_and(m, i) || is_any(m, i, stops) || is_mark(m, i, ',')))
            return i;
    }
    return i;
}

static bool has_connective(const maker *m, size_t open)
{
    for (size_t i = open + 1; i < m->n && m->level[i] > m->level[open]; i++)
        if (m->level[i] == m->level[open] + 1 && (is_and(m, i) || is_word(m, i, "or")))
            return true;
    return false;
}

static void drop(maker *m, size_t start)
{
    size_t first = start + 1, end = first < m->n ? operand_end(m, first) : first;
    if (end <= first)
        return;
    bool both = is_and(m, start) || is_and(m, end);
    bool either = is_word(m, start, "or") || is_word(m, end, "or");
    bool when = is_word(m, start, "when");
    const char *by = both ? "1 = 1" : either || when ? "1 = 0" : "1 = 1";
    if (!(is_word(m, first, "1") && end == first + 1))
        note(m, "drop", first, end - 1, by);
    if (when && (both || either)) {
        size_t then = first;
        while (then < m->n && !(m->level[then] == m->level[first] && is_word(m, then, "then")))
            then++;
        note(m, "drop", first, then - 1, "1 = 0");
    }
}

static void conditions(maker *m, size_t i)
{
    static const char *const heads[] = { "where", "on", "when", "having", "or", NULL };
    bool group = is_mark(m, i, '(') && !is_word(m, i + 1, "select") && !is_word(m, i + 1, "with") &&
                 has_connective(m, i);
    if (is_any(m, i, heads) || is_and(m, i) || group)
        drop(m, i);
}

/* --- the rest ------------------------------------------------------------------------------------------- */

static void comparisons(maker *m, size_t i)
{
    static const struct {
        const char *mark, *flip, *edge;
    } of[] = { { "=", "<>", NULL }, { "<>", "=", NULL }, { "<", ">=", "<=" },
               { "<=", ">", "<" },  { ">", "<=", ">=" }, { ">=", "<", ">" } };
    if (m->t[i].what != YJ_SQL_MARK)
        return;
    bool two = i + 1 < m->n && m->t[i + 1].what == YJ_SQL_MARK && starts(m, i + 1) == ends(m, i) &&
               ((is_mark(m, i, '<') && (is_mark(m, i + 1, '>') || is_mark(m, i + 1, '='))) ||
                (is_mark(m, i, '>') && is_mark(m, i + 1, '=')));
    bool second = i && starts(m, i) == ends(m, i - 1) &&
                  ((is_mark(m, i - 1, '<') && (is_mark(m, i, '>') || is_mark(m, i, '='))) ||
                   (is_mark(m, i - 1, '>') && is_mark(m, i, '=')));
    if (second)
        return;
    yj_span s = { m->t[i].s.ptr, m->t[i].s.len + two };
    for (size_t k = 0; k < YJ_COUNT(of); k++) {
        if (!yj_span_is(s, of[k].mark))
            continue;
        note(m, "flip", i, i + two, of[k].flip);
        if (of[k].edge)
            note(m, "edge", i, i + two, of[k].edge);
    }
}

static void words(maker *m, size_t i)
{
    if (is_word(m, i, "is")) {
        if (is_word(m, i + 1, "not"))
            note(m, "flip", i, i + 1, "IS");
        else
            note(m, "flip", i, i, "IS NOT");
    } else if (is_word(m, i, "not") && !is_word(m, i - 1, "is")) {
        note(m, "flip", i, i, "");
    } else if ((is_word(m, i, "exists") || is_word(m, i, "in") || is_word(m, i, "like")) &&
               !is_word(m, i - 1, "not")) {
        note(m, "flip", i, i, yj_arena_fmt(m->a, "NOT %.*s", (int)m->t[i].s.len, m->t[i].s.ptr));
    } else if (is_and(m, i)) {
        note(m, "flip", i, i, "OR");
    } else if (is_word(m, i, "or")) {
        note(m, "flip", i, i, "AND");
    } else if (is_word(m, i, "left") && is_word(m, i + 1, "join")) {
        note(m, "join", i, i + 1, "JOIN");
    } else if (is_word(m, i, "min") && is_mark(m, i + 1, '(')) {
        note(m, "extreme", i, i, "max");
    } else if (is_word(m, i, "max") && is_mark(m, i + 1, '(')) {
        note(m, "extreme", i, i, "min");
    }
}

static void items(maker *m, size_t i)
{
    if (!is_word(m, i, "in") || !is_mark(m, i + 1, '('))
        return;
    for (size_t k = i + 2; k < m->n && m->level[k] > m->level[i + 1]; k++) {
        if (m->t[k].what != YJ_SQL_TEXT)
            continue;
        if (is_mark(m, k + 1, ','))
            note(m, "item", k, k + 1, "");
        else if (is_mark(m, k - 1, ','))
            note(m, "item", k - 1, k, "");
    }
}

const mutant *mutants_of(yj_arena *a, yj_span sql, size_t *ret_count)
{
    yj_sql_text text = yj_sql_read(a, sql);
    maker m = { .a = a,
                .sql = sql,
                .t = text.tokens,
                .n = text.count,
                .level = yj_arena_array(a, text.count + 1, sizeof *m.level),
                .out = yj_arena_array(a, MUTANTS_MAX, sizeof *m.out) };
    set_levels(&m);
    for (size_t i = 0; i < m.n; i++) {
        conditions(&m, i);
        comparisons(&m, i);
        words(&m, i);
        items(&m, i);
    }
    *ret_count = m.count;
    return m.out;
}

const char *mutant_sql(yj_arena *a, yj_span sql, const mutant *x)
{
    return yj_arena_fmt(a, "%.*s %s %.*s", (int)x->from, sql.ptr, x->by, (int)(sql.len - x->to),
                        sql.ptr + x->to);
}
