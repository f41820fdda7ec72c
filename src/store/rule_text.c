// SPDX-License-Identifier: Apache-2.0
#include "store/rule_text.h"
#include <stdio.h>
#include <stdlib.h>

/* --- words ---------------------------------------------------------------------------------------------- */

/* The dialect's keywords. After those marked '+' an opening bracket or a text may follow directly. */
static const char *const keywords[] = {
    "+all",    "+and",     "as",    "asc",     "+between", "+by",     "case",      "cast",    "cross",
    "desc",    "distinct", "+else", "end",     "+escape",  "+except", "exists",    "+from",   "group",
    "+having", "+in",      "inner", "integer", "is",       "+join",   "left",      "+like",   "materialized",
    "+not",    "null",     "+on",   "+or",     "order",    "outer",   "recursive", "+select", "text",
    "+then",   "+union",   "+when", "+where",  "with",
};

/* Reserved by SQLite or PostgreSQL, and no part of the dialect. */
static const char *const reserved[] = {
    "abort",
    "add",
    "alter",
    "analyse",
    "analyze",
    "any",
    "array",
    "asymmetric",
    "attach",
    "authorization",
    "autoincrement",
    "begin",
    "binary",
    "both",
    "check",
    "collate",
    "collation",
    "column",
    "commit",
    "concurrently",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "delete",
    "detach",
    "do",
    "drop",
    "explain",
    "false",
    "fetch",
    "filter",
    "for",
    "foreign",
    "freeze",
    "full",
    "glob",
    "grant",
    "ilike",
    "index",
    "indexed",
    "initially",
    "insert",
    "intersect",
    "into",
    "isnull",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "match",
    "natural",
    "nothing",
    "notnull",
    "offset",
    "only",
    "over",
    "overlaps",
    "placing",
    "pragma",
    "primary",
    "raise",
    "references",
    "regexp",
    "reindex",
    "release",
    "returning",
    "right",
    "rollback",
    "savepoint",
    "session_user",
    "set",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "to",
    "trailing",
    "transaction",
    "true",
    "unique",
    "update",
    "user",
    "using",
    "vacuum",
    "values",
    "variadic",
    "verbose",
    "window",
};

static const char *const functions[] = {
    "abs",           "coalesce",        "count",           "length",   "lower", "max",   "min",
    "nullif",        "replace",         "substr",          "sum",      "trim",  "upper", "yj_add_days",
    "yj_add_months", "yj_add_workdays", "yj_days_between", "yj_today",
};

/** Every word of a rule is held against every list: the first letter decides most. */
static bool same(const char *a, const char *b)
{
    return *a == *b && strcmp(a, b) == 0;
}

static bool listed(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (same(list[i], word))
            return true;
    return false;
}

static bool is_keyword(const char *word, bool *ret_opens)
{
    for (size_t i = 0; i < YJ_COUNT(keywords); i++) {
        bool opens = keywords[i][0] == '+';
        if (same(keywords[i] + opens, word)) {
            *ret_opens = opens;
            return true;
        }
    }
    *ret_opens = false;
    return false;
}

bool yj_rule_function_allowed(const char *name)
{
    return listed(functions, YJ_COUNT(functions), name);
}

bool yj_rule_names_have(const yj_rule_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (same(names->name[i], name))
            return true;
    return false;
}

static yj_status add_name(yj_rule_names *names, const char *name, yj_error *err)
{
    if (yj_rule_names_have(names, name))
        return YJ_OK;
    if (names->count == YJ_RULE_NAMES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a rule may use %d names", YJ_RULE_NAMES_MAX);
    if (!names->name)
        names->name = calloc(YJ_RULE_NAMES_MAX, sizeof *names->name);
    if (!names->name)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    snprintf(names->name[names->count++], sizeof *names->name, "%s", name);
    return YJ_OK;
}

void yj_rule_text_done(yj_rule_text *t)
{
    free(t->words.name);
    free(t->ctes.name);
    free(t->tables.name);
    free(t->params.name);
    *t = (yj_rule_text){ 0 };
}

/* --- tokens --------------------------------------------------------------------------------------------- */

typedef enum token { T_END, T_WORD, T_NUMBER, T_STRING, T_PARAM, T_SIGN, T_BAD } token;

typedef struct cursor {
    const char *start, *p, *end;
    yj_span token;
    char word[64]; /* of T_WORD and T_PARAM, in small letters; cut off when longer */
    bool capitals; /* the word holds some */
    bool glued;    /* no blank before the token */
} cursor;

static bool word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(cursor *c)
{
    const char *from = c->p;
    for (; c->p < c->end; c->p++) {
        if (*c->p == '-' && c->end - c->p > 1 && c->p[1] == '-') {
            while (c->p < c->end && *c->p != '\n')
                c->p++;
            if (c->p == c->end)
                break;
        } else if (*c->p != ' ' && *c->p != '\t' && *c->p != '\n' && *c->p != '\r') {
            break;
        }
    }
    c->glued = c->p == from;
}

static void take_word(cursor *c, const char *from)
{
    size_t len = 0;
    const char *q = from;
    c->capitals = false;
    for (; q < c->end && (word_start(*q) || digit(*q)); q++) {
        bool capital = *q >= 'A' && *q <= 'Z';
        c->capitals = c->capitals || capital;
        if (len < sizeof c->word - 1)
            c->word[len++] = (char)(capital ? *q - 'A' + 'a' : *q);
    }
    c->word[len] = '\0';
    c->p = q;
}

static token next(cursor *c)
{
    skip_blanks(c);
    const char *from = c->p;
    token t = T_SIGN;
    if (from == c->end) {
        c->token = (yj_span){ from, 0 };
        return T_END;
    }
    if (word_start(*from)) {
        t = T_WORD;
        take_word(c, from);
    } else if (digit(*from)) {
        t = T_NUMBER;
        while (c->p < c->end && (digit(*c->p) || word_start(*c->p)))
            c->p++;
    } else if (*from == '\'') {
        t = T_STRING;
        for (c->p++;; c->p++) {
            if (c->p >= c->end) {
                t = T_BAD;
                break;
            }
            if (*c->p == '\'' && (c->p + 1 == c->end || c->p[1] != '\'')) {
                c->p++;
                break;
            }
            c->p += *c->p == '\'';
        }
    } else if (*from == ':' && c->end - from > 1 && word_start(from[1])) {
        t = T_PARAM;
        take_word(c, from + 1);
    } else {
        c->p++;
        if (c->p < c->end && ((*from == '<' && (*c->p == '>' || *c->p == '=')) ||
                              (*from == '>' && *c->p == '=') || (*from == '|' && *c->p == '|')))
            c->p++;
        else if (!strchr("+-*/%=<>(),.", *from))
            t = T_BAD;
    }
    c->token = (yj_span){ from, (size_t)(c->p - from) };
    return t;
}

static yj_status at(const cursor *c, const char *place, yj_error *err)
{
    size_t line = 1, column = 1;
    for (const char *p = c->start; p < place; p++) {
        column = *p == '\n' ? 1 : column + ((*p & 0xc0) != 0x80); /* characters, not bytes */
        line += *p == '\n';
    }
    return yj_error_at(err, "line %zu column %zu", line, column);
}

/* --- the dialect ---------------------------------------------------------------------------------------- */

typedef enum cte_state { CTE_NONE, CTE_NAME, CTE_NAMED, CTE_BODY, CTE_NEXT } cte_state;

/** Where in a FROM clause: nowhere; inside; where a table's name must come. */
typedef enum from_state { FROM_NONE, FROM_IN, FROM_TABLE } from_state;

typedef enum bracket { B_PLAIN, B_CAST, B_CAST_TYPED, B_MIN_MAX } bracket;

typedef struct reader {
    cursor c;
    bool strict;
    yj_rule_text *out;
    size_t depth;
    cte_state cte[YJ_RULE_DEPTH_MAX + 1]; /* of a WITH at this depth */
    bracket bracket[YJ_RULE_DEPTH_MAX + 1];
    from_state from[YJ_RULE_DEPTH_MAX + 1];
    token last;
    char last_word[64]; /* "" unless the last token was a word */
    bool last_opens, last_dot, last_dotted, after_is, after_cte_name, after_table;
} reader;

static yj_status read_open(reader *r, yj_error *err)
{
    if (r->depth == YJ_RULE_DEPTH_MAX)
        return yj_fail(err, YJ_E_LIMIT, "a rule may nest brackets %d deep", YJ_RULE_DEPTH_MAX);
    const char *w = r->last_word;
    bool names_columns = r->cte[r->depth] == CTE_NAMED && r->after_cte_name;
    bool body = strcmp(w, "as") == 0 || strcmp(w, "materialized") == 0;
    if (r->strict && w[0] && !r->last_opens && !names_columns && strcmp(w, "exists") != 0 &&
        strcmp(w, "distinct") != 0 && strcmp(w, "cast") != 0 && strcmp(w, "case") != 0 &&
        !(body && r->cte[r->depth] == CTE_NAMED) && (r->last_dotted || !yj_rule_function_allowed(w)))
        return yj_fail(err, YJ_E_INVALID, "\"%s\" is no function that a rule may call", w);
    if (body && r->cte[r->depth] == CTE_NAMED)
        r->cte[r->depth] = CTE_BODY;
    r->depth++;
    r->cte[r->depth] = CTE_NONE;
    r->from[r->depth] = r->from[r->depth - 1] == FROM_TABLE ? FROM_TABLE : FROM_NONE; /* (a JOIN b) */
    r->from[r->depth - 1] = r->from[r->depth - 1] == FROM_NONE ? FROM_NONE : FROM_IN;
    r->bracket[r->depth] = strcmp(w, "cast") == 0                           ? B_CAST
                           : strcmp(w, "min") == 0 || strcmp(w, "max") == 0 ? B_MIN_MAX
                                                                            : B_PLAIN;
    return YJ_OK;
}

static yj_status read_close(reader *r, yj_error *err)
{
    if (r->depth == 0 && r->strict)
        return yj_fail(err, YJ_E_INVALID, "a closing bracket without an opening one");
    if (r->depth == 0)
        return YJ_OK;
    if (r->strict && r->bracket[r->depth] == B_CAST)
        return yj_fail(err, YJ_E_INVALID, "CAST must be to INTEGER or TEXT");
    r->depth--;
    if (r->cte[r->depth] == CTE_BODY)
        r->cte[r->depth] = CTE_NEXT;
    return YJ_OK;
}

static yj_status read_sign(reader *r, yj_error *err)
{
    yj_span s = r->c.token;
    if (yj_span_is(s, "(")) {
        YJ_TRY(read_open(r, err));
    } else if (yj_span_is(s, ")")) {
        YJ_TRY(read_close(r, err));
    } else if (yj_span_is(s, ",")) {
        if (r->strict && r->bracket[r->depth] == B_MIN_MAX && r->depth > 0)
            return yj_fail(err, YJ_E_INVALID, "min and max take one value here; use CASE");
        if (r->cte[r->depth] == CTE_NEXT)
            r->cte[r->depth] = CTE_NAME;
        else if (r->from[r->depth] == FROM_IN)
            r->from[r->depth] = FROM_TABLE;
    } else if (r->strict && yj_span_is(s, ".") && r->after_table) {
        return yj_fail(err, YJ_E_INVALID, "a table has no schema in a rule");
    } else if (r->strict && r->c.glued && r->last == T_SIGN && !yj_span_is(s, ".")) {
        /* PostgreSQL reads as many signs as it can as one operator */
        char before = s.ptr[-1];
        if ((before == '/' && s.ptr[0] == '*') || (before == '*' && s.ptr[0] == '/'))
            return yj_fail(err, YJ_E_INVALID, "comments begin with -- in a rule");
        bool clear = strchr("(),.", before) || (s.ptr[0] == '-' && before != '%' && before != '|');
        if (!clear)
            return yj_fail(err, YJ_E_INVALID, "put a blank between two operators");
    }
    return YJ_OK;
}

static yj_status read_cte_name(reader *r, yj_error *err)
{
    const char *w = r->c.word;
    static const char *const prefixes[] = { "r_", "l_", "yj_", "pg_", "sqlite_", "pragma_" };
    bool taken = strcmp(w, "subject") == 0;
    for (size_t i = 0; i < YJ_COUNT(prefixes); i++)
        taken = taken || strncmp(w, prefixes[i], strlen(prefixes[i])) == 0;
    if (taken && r->strict)
        return yj_fail(err, YJ_E_INVALID, "WITH may not give the name \"%s\"", w);
    r->cte[r->depth] = CTE_NAMED;
    r->after_cte_name = true;
    return add_name(&r->out->ctes, w, err);
}

static yj_status read_name(reader *r, yj_error *err)
{
    const char *w = r->c.word;
    if (r->strict) {
        if (r->c.token.len > 63)
            return yj_fail(err, YJ_E_INVALID, "a name may have 63 letters");
        if (listed(reserved, YJ_COUNT(reserved), w) && !r->last_dot)
            return yj_fail(err, YJ_E_INVALID, "the word %s is no part of the language of rules", w);
        if (r->bracket[r->depth] == B_CAST && strcmp(r->last_word, "as") == 0)
            return yj_fail(err, YJ_E_INVALID, "CAST must be to INTEGER or TEXT");
        if (r->c.capitals)
            return yj_fail(err, YJ_E_INVALID, "names are written in small letters: \"%s\"", w);
    }
    if (r->cte[r->depth] == CTE_NAME)
        YJ_TRY(read_cte_name(r, err));
    else if (r->from[r->depth] == FROM_TABLE) {
        r->from[r->depth] = FROM_IN;
        r->after_table = true;
        YJ_TRY(add_name(&r->out->tables, w, err));
    }
    return add_name(&r->out->words, w, err);
}

static bool fits_after_is(const char *w)
{
    return strcmp(w, "null") == 0 || strcmp(w, "not") == 0 || strcmp(w, "distinct") == 0;
}

static yj_status read_word(reader *r, bool keyword, yj_error *err)
{
    const char *w = r->c.word;
    if (!keyword)
        return read_name(r, err);
    static const char *const ends_from[] = {
        "select", "where", "group", "having", "order", "union", "except"
    };
    if (listed(ends_from, YJ_COUNT(ends_from), w))
        r->from[r->depth] = FROM_NONE;
    else if ((strcmp(w, "from") == 0 && strcmp(r->last_word, "distinct") != 0) || strcmp(w, "join") == 0)
        r->from[r->depth] = FROM_TABLE;
    if (strcmp(w, "with") == 0) {
        r->cte[r->depth] = CTE_NAME;
    } else if (strcmp(w, "integer") == 0 || strcmp(w, "text") == 0) {
        bool in_cast = r->bracket[r->depth] == B_CAST && strcmp(r->last_word, "as") == 0;
        if (in_cast)
            r->bracket[r->depth] = B_CAST_TYPED;
        else if (r->strict && !r->last_dot)
            return yj_fail(err, YJ_E_INVALID, "%s may stand only in CAST", w);
    } else if (strcmp(w, "select") == 0 && r->cte[r->depth] == CTE_NEXT) {
        r->cte[r->depth] = CTE_NONE;
    }
    return YJ_OK;
}

static yj_status read_token(reader *r, token t, yj_error *err)
{
    bool opens = false, keyword = t == T_WORD && !r->last_dot && is_keyword(r->c.word, &opens);
    if (r->strict && r->after_is && (t != T_WORD || !fits_after_is(r->c.word)))
        return yj_fail(err, YJ_E_INVALID, "after IS only NULL, NOT NULL or [NOT] DISTINCT FROM may stand");
    if (r->strict && t == T_WORD && r->bracket[r->depth] == B_CAST_TYPED && r->depth > 0)
        return yj_fail(err, YJ_E_INVALID, "CAST must be to INTEGER or TEXT");
    switch (t) {
    case T_WORD:
        if (r->strict && r->last == T_NUMBER && r->c.glued)
            return yj_fail(err, YJ_E_INVALID, "a number runs into a word");
        YJ_TRY(read_word(r, keyword, err));
        break;
    case T_NUMBER: {
        int64_t v;
        if (r->strict && !yj_span_i64(r->c.token, &v))
            return yj_fail(err, YJ_E_INVALID, "numbers are whole and of 64 bits in a rule");
        if (r->strict && r->last_dot)
            return yj_fail(err, YJ_E_INVALID, "numbers are whole and of 64 bits in a rule");
        break;
    }
    case T_STRING:
        /* E'..', date '..' and the like mean something else on PostgreSQL; 'a' 'b' is one text there */
        if (r->strict && (r->last == T_STRING || (r->last == T_WORD && (r->c.glued || !r->last_opens)) ||
                          r->last == T_NUMBER))
            return yj_fail(err, YJ_E_INVALID, "a text may not stand here");
        break;
    case T_PARAM:
        YJ_TRY(add_name(&r->out->params, r->c.word, err));
        break;
    case T_SIGN:
        YJ_TRY(read_sign(r, err));
        if (r->strict && yj_span_is(r->c.token, ".") && r->last == T_NUMBER)
            return yj_fail(err, YJ_E_INVALID, "numbers are whole and of 64 bits in a rule");
        break;
    case T_BAD:
        if (r->strict && r->c.token.ptr[0] == '\'')
            return yj_fail(err, YJ_E_INVALID, "a text is not closed");
        if (r->strict)
            return yj_fail(err, YJ_E_INVALID, "the character with code %u is not used in rules",
                           (unsigned)(unsigned char)r->c.token.ptr[0]);
        break;
    case T_END:
        break;
    }
    if (t != T_WORD || keyword)
        r->after_cte_name = r->after_table = false;
    r->after_is = t == T_WORD && keyword &&
                  (strcmp(r->c.word, "is") == 0 || (r->after_is && strcmp(r->c.word, "not") == 0));
    r->last_dotted = t == T_WORD && r->last_dot;
    r->last = t;
    r->last_dot = t == T_SIGN && yj_span_is(r->c.token, ".");
    r->last_opens = opens;
    snprintf(r->last_word, sizeof r->last_word, "%s", t == T_WORD ? r->c.word : "");
    return YJ_OK;
}

static yj_status check_characters(reader *r, yj_error *err)
{
    yj_span text = { r->c.start, (size_t)(r->c.end - r->c.start) };
    if (text.len > YJ_RULE_TEXT_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the text of a rule may have %zu bytes", YJ_RULE_TEXT_MAX);
    if (!yj_utf8_valid(text))
        return yj_fail(err, YJ_E_INVALID, "the text of a rule is not valid UTF-8");
    for (const char *p = r->c.start; r->strict && p < r->c.end; p++)
        if (*p == '\\' || *p == '\x7f' ||
            ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t' && *p != '\r')) {
            (void)yj_fail(err, YJ_E_INVALID, "the character with code %u is not used in rules",
                          (unsigned)(unsigned char)*p);
            return at(&r->c, p, err);
        }
    return YJ_OK;
}

static yj_status read_all(reader *r, yj_error *err)
{
    YJ_TRY(check_characters(r, err));
    bool first = true;
    for (token t; (t = next(&r->c)) != T_END; first = false) {
        yj_status s = YJ_OK;
        if (r->strict && first &&
            (t != T_WORD || (strcmp(r->c.word, "select") != 0 && strcmp(r->c.word, "with") != 0)))
            s = yj_fail(err, YJ_E_INVALID, "a rule begins with SELECT or WITH");
        if (s == YJ_OK)
            s = read_token(r, t, err);
        if (s != YJ_OK) {
            (void)at(&r->c, r->c.token.ptr, err);
            return s;
        }
    }
    if (r->strict && first)
        return yj_fail(err, YJ_E_INVALID, "a rule begins with SELECT or WITH");
    if (r->strict && r->depth > 0) {
        (void)yj_fail(err, YJ_E_INVALID, "a bracket is not closed");
        return at(&r->c, r->c.end, err);
    }
    return YJ_OK;
}

static yj_status read_text(yj_span sql, bool strict, yj_rule_text *ret, yj_error *err)
{
    yj_rule_text out = { 0 };
    const char *p = sql.ptr ? sql.ptr : "";
    reader r = { .c = { .start = p, .p = p, .end = p + sql.len }, .strict = strict, .out = &out };
    yj_status s = read_all(&r, err);
    if (s != YJ_OK) {
        yj_rule_text_done(&out);
        return s;
    }
    *ret = out;
    return YJ_OK;
}

yj_status yj_rule_text_read(yj_span sql, yj_rule_text *ret, yj_error *err)
{
    return read_text(sql, true, ret, err);
}

yj_status yj_rule_text_read_anything(yj_span sql, yj_rule_text *ret, yj_error *err)
{
    return read_text(sql, false, ret, err);
}

/* --- writing -------------------------------------------------------------------------------------------- */

/** The cursor stands after CAST: does this one end in "AS INTEGER)"? */
static bool casts_to_integer(cursor c)
{
    int depth = 0;
    bool as = false, integer = false;
    for (token t; (t = next(&c)) != T_END;) {
        char sign = t == T_SIGN ? c.token.ptr[0] : '\0';
        if (sign == ')' && --depth == 0)
            return integer;
        if (sign == ')' && depth < 0)
            return false;
        integer = depth == 1 && as && t == T_WORD && strcmp(c.word, "integer") == 0;
        as = depth == 1 && t == T_WORD && strcmp(c.word, "as") == 0;
        depth += sign == '(';
    }
    return false;
}

void yj_rule_text_write(yj_span sql, const yj_rule_text *t, yj_rule_param_fn fn, void *ctx, bool casts,
                        yj_buf *out)
{
    cursor c = { .start = sql.ptr, .p = sql.ptr, .end = sql.ptr + sql.len };
    bool integer_cast[YJ_RULE_DEPTH_MAX + 1] = { false };
    bool pending = false;
    size_t depth = 0;
    const char *copied = sql.ptr;
    for (token k; (k = next(&c)) != T_END;) {
        char sign = k == T_SIGN ? c.token.ptr[0] : '\0';
        yj_buf_add(out, copied, (size_t)(c.token.ptr - copied));
        copied = c.p;
        if (k == T_PARAM) {
            for (size_t i = 0; i < t->params.count; i++)
                if (strcmp(t->params.name[i], c.word) == 0)
                    fn(ctx, i, out);
        } else if (casts && k == T_WORD && strcmp(c.word, "cast") == 0 && casts_to_integer(c)) {
            pending = true;
            yj_buf_str(out, "yj_int");
        } else if (casts && k == T_WORD && integer_cast[depth] && strcmp(c.word, "as") == 0) {
            (void)next(&c); /* INTEGER */
            copied = c.p;
        } else {
            yj_buf_span(out, c.token);
        }
        if (sign == '(' && depth < YJ_RULE_DEPTH_MAX) {
            integer_cast[++depth] = pending;
            pending = false;
        }
        if (sign == ')' && depth > 0)
            depth--;
    }
    yj_buf_add(out, copied, (size_t)(c.end - copied));
}
