// SPDX-License-Identifier: Apache-2.0
#include "pack/sqltext.h"
#include <strings.h>

#define NEST_MAX 40

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t word_end(yj_span sql, size_t i)
{
    while (i < sql.len && word_char(sql.ptr[i]))
        i++;
    return i;
}

/* One token at i; returns where the next begins. A text keeps doubled quotes doubled: codes have none. */
static size_t take(yj_span sql, size_t i, yj_sql_token *ret)
{
    char c = sql.ptr[i];
    size_t end;
    if (c == '\'') {
        for (end = i + 1; end < sql.len; end++) {
            if (sql.ptr[end] != '\'')
                continue;
            if (end + 1 == sql.len || sql.ptr[end + 1] != '\'')
                break;
            end++;
        }
        ret->what = YJ_SQL_TEXT;
        ret->s = (yj_span){ sql.ptr + i + 1, end < sql.len ? end - i - 1 : sql.len - i - 1 };
        return end < sql.len ? end + 1 : end;
    }
    if (c == ':' && i + 1 < sql.len && word_char(sql.ptr[i + 1])) {
        end = word_end(sql, i + 1);
        ret->what = YJ_SQL_PARAM;
        ret->s = (yj_span){ sql.ptr + i + 1, end - i - 1 };
        return end;
    }
    if (word_char(c)) {
        end = word_end(sql, i);
        ret->what = c >= '0' && c <= '9' ? YJ_SQL_NUMBER : YJ_SQL_WORD;
    } else {
        end = i + 1;
        ret->what = YJ_SQL_MARK;
    }
    ret->s = (yj_span){ sql.ptr + i, end - i };
    return end;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

yj_sql_text yj_sql_read(yj_arena *a, yj_span sql)
{
    yj_sql_token *tokens = yj_arena_array(a, sql.len + 1, sizeof *tokens);
    size_t n = 0;
    int line = 1, depth = 0;
    for (size_t i = 0; i < sql.len;) {
        if (blank(sql.ptr[i])) {
            line += sql.ptr[i++] == '\n';
            continue;
        }
        if (sql.ptr[i] == '-' && i + 1 < sql.len && sql.ptr[i + 1] == '-') {
            while (i < sql.len && sql.ptr[i] != '\n')
                i++;
            continue;
        }
        yj_sql_token t = { .line = line };
        size_t end = take(sql, i, &t);
        bool mark = t.what == YJ_SQL_MARK;
        if (mark && *t.s.ptr == ')' && depth > 0)
            depth--;
        t.depth = depth;
        if (mark && *t.s.ptr == '(')
            depth++;
        for (; i < end; i++)
            line += sql.ptr[i] == '\n';
        tokens[n++] = t;
    }
    return (yj_sql_text){ .tokens = tokens, .count = n };
}

bool yj_sql_has_text(const yj_sql_text *t, const char *text)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->tokens[i].what == YJ_SQL_TEXT && yj_span_is(t->tokens[i].s, text))
            return true;
    }
    return false;
}

bool yj_sql_has_param(const yj_sql_text *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->tokens[i].what == YJ_SQL_PARAM && yj_span_is(t->tokens[i].s, name))
            return true;
    }
    return false;
}

static bool is_word(const yj_sql_token *t, const char *word)
{
    return t->what == YJ_SQL_WORD && t->s.len == strlen(word) && strncasecmp(t->s.ptr, word, t->s.len) == 0;
}

static bool is_mark(const yj_sql_token *t, char c)
{
    return t->what == YJ_SQL_MARK && *t->s.ptr == c;
}

typedef struct results {
    const yj_sql_token *tokens;
    void (*fn)(void *, const yj_sql_token *);
    void *ctx;
} results;

static void outcomes(const results *r, size_t from, size_t to, int nest);

/* The outcomes of the CASE at `from`, whose END is the last token before `to`. */
static void case_outcomes(const results *r, size_t from, size_t to, int nest)
{
    int depth = r->tokens[from].depth;
    size_t inner = 0, start = 0;
    for (size_t i = from + 1; i < to; i++) {
        const yj_sql_token *t = &r->tokens[i];
        if (t->depth != depth)
            continue;
        bool end = is_word(t, "end");
        if (is_word(t, "case")) {
            inner++;
        } else if (inner > 0) {
            inner -= end;
        } else if (is_word(t, "when") || is_word(t, "else") || end) {
            if (start)
                outcomes(r, start, i, nest + 1);
            start = is_word(t, "else") ? i + 1 : 0;
            if (end && i + 1 != to)
                return; /* more follows the CASE: it is part of an expression */
        } else if (is_word(t, "then")) {
            start = i + 1;
        }
    }
}

/* Does the CASE at `from` end with the last token before `to`? */
static bool case_fills(const results *r, size_t from, size_t to)
{
    int depth = r->tokens[from].depth;
    size_t inner = 0;
    for (size_t i = from + 1; i < to; i++) {
        const yj_sql_token *t = &r->tokens[i];
        if (t->depth != depth)
            continue;
        if (is_word(t, "case"))
            inner++;
        else if (is_word(t, "end") && inner-- == 0)
            return i + 1 == to;
    }
    return false;
}

static void outcomes(const results *r, size_t from, size_t to, int nest)
{
    while (to - from >= 3 && is_mark(&r->tokens[from], '(') && is_mark(&r->tokens[to - 1], ')') &&
           r->tokens[from].depth == r->tokens[to - 1].depth) {
        int depth = r->tokens[from].depth;
        for (size_t i = from + 1; i < to - 1; i++) {
            if (r->tokens[i].depth == depth)
                return; /* "(a) || (b)" */
        }
        from++;
        to--;
    }
    if (to - from == 1 && r->tokens[from].what == YJ_SQL_TEXT)
        r->fn(r->ctx, &r->tokens[from]);
    else if (nest < NEST_MAX && to - from > 2 && is_word(&r->tokens[from], "case") && case_fills(r, from, to))
        case_outcomes(r, from, to, nest);
}

void yj_sql_results(const yj_sql_text *t, const char *column, void (*fn)(void *, const yj_sql_token *),
                    void *ctx)
{
    results r = { .tokens = t->tokens, .fn = fn, .ctx = ctx };
    for (size_t as = 1; as + 1 < t->count; as++) {
        if (!is_word(&t->tokens[as], "as") || !is_word(&t->tokens[as + 1], column))
            continue;
        int depth = t->tokens[as].depth;
        size_t from = as;
        while (from > 0) {
            const yj_sql_token *b = &t->tokens[from - 1];
            if (b->depth < depth ||
                (b->depth == depth && (is_mark(b, ',') || is_word(b, "select") || is_word(b, "distinct"))))
                break;
            from--;
        }
        if (from < as)
            outcomes(&r, from, as, 0);
    }
}
