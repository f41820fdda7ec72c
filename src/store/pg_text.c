// SPDX-License-Identifier: Apache-2.0
#include "store/pg_text.h"
#include "store/db_internal.h"
#include <strings.h>

/* --- tokens --------------------------------------------------------------------------------------------- */

typedef enum token { T_END, T_BLANK, T_WORD, T_NUMBER, T_QUOTED, T_PARAM, T_OTHER } token;

static bool word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/** Cut one token off the front. Comments count as blanks. */
static token next_token(yj_span *rest, yj_span *ret)
{
    const char *p = rest->ptr, *end = p + rest->len, *q = p;
    token t = T_OTHER;
    if (p == end) {
        *ret = (yj_span){ p, 0 };
        return T_END;
    }
    if (*q == ' ' || *q == '\t' || *q == '\n' || *q == '\r') {
        t = T_BLANK;
        q++;
    } else if (*q == '-' && end - q > 1 && q[1] == '-') {
        t = T_BLANK;
        while (q < end && *q != '\n')
            q++;
    } else if (*q == '/' && end - q > 1 && q[1] == '*') {
        t = T_BLANK;
        q += 2;
        while (q < end && !(*q == '*' && end - q > 1 && q[1] == '/'))
            q++;
        q = end - q > 1 ? q + 2 : end;
    } else if (*q == '\'' || *q == '"') {
        t = T_QUOTED; /* a doubled quote reads as two quoted tokens side by side, which is as good */
        char quote = *q++;
        while (q < end && *q != quote)
            q++;
        q += q < end;
    } else if (word_start(*q)) {
        t = T_WORD;
        while (q < end && (word_start(*q) || digit(*q)))
            q++;
    } else if (digit(*q)) {
        t = T_NUMBER;
        while (q < end && (digit(*q) || word_start(*q)))
            q++;
    } else if (*q == '?' && end - q > 1 && digit(q[1])) {
        t = T_PARAM;
        for (q++; q < end && digit(*q);)
            q++;
    } else {
        q++;
    }
    *ret = (yj_span){ p, (size_t)(q - p) };
    rest->ptr = q;
    rest->len = (size_t)(end - q);
    return t;
}

static bool is(yj_span w, const char *word)
{
    return w.len == strlen(word) && strncasecmp(w.ptr, word, w.len) == 0;
}

static token next_real(yj_span *rest, yj_span *ret)
{
    token t;
    do
        t = next_token(rest, ret);
    while (t == T_BLANK);
    return t;
}

/** True, and the front cut off, if the next words are these. */
static bool take_words(yj_span *rest, const char *const *words)
{
    yj_span look = *rest, w;
    for (; *words; words++)
        if (next_real(&look, &w) != T_WORD || !is(w, *words))
            return false;
    *rest = look;
    return true;
}
#define TAKE(rest, ...) take_words((rest), (const char *const[]){ __VA_ARGS__, NULL })

/* --- scripts -------------------------------------------------------------------------------------------- */

yj_span yj_sql_next_statement(yj_span *script)
{
    for (;;) {
        yj_span rest = *script, w;
        while (next_token(&rest, &w) == T_BLANK)
            *script = rest;
        if (script->len && script->ptr[0] == ';')
            *script = (yj_span){ script->ptr + 1, script->len - 1 };
        else
            break;
    }
    yj_span rest = *script, w, look = *script;
    bool in_trigger = TAKE(&look, "CREATE", "TRIGGER"), ended = false;
    for (token t; (t = next_token(&rest, &w)) != T_END;) {
        if (t == T_WORD)
            ended = is(w, "END");
        if (t == T_OTHER && *w.ptr == ';' && (!in_trigger || ended))
            break;
    }
    size_t len = (size_t)(rest.ptr - script->ptr);
    yj_span statement = { script->ptr, len };
    if (len && script->ptr[len - 1] == ';')
        statement.len--;
    *script = rest;
    return statement;
}

/* --- translation ---------------------------------------------------------------------------------------- */

/** The trigger that refuses a change, the only one portable SQL may hold. */
static yj_status translate_trigger(yj_span sql, yj_buf *out, yj_error *err)
{
    yj_span rest = sql, name, event, table, text, w;
    bool good = TAKE(&rest, "CREATE", "TRIGGER") && next_real(&rest, &name) == T_WORD &&
                TAKE(&rest, "BEFORE") && next_real(&rest, &event) == T_WORD &&
                (is(event, "UPDATE") || is(event, "DELETE")) && TAKE(&rest, "ON") &&
                next_real(&rest, &table) == T_WORD && TAKE(&rest, "BEGIN", "SELECT", "RAISE") &&
                next_real(&rest, &w) == T_OTHER && *w.ptr == '(' && TAKE(&rest, "ABORT") &&
                next_real(&rest, &w) == T_OTHER && *w.ptr == ',' && next_real(&rest, &text) == T_QUOTED &&
                next_real(&rest, &w) == T_OTHER && *w.ptr == ')' && next_real(&rest, &w) == T_OTHER &&
                *w.ptr == ';' && TAKE(&rest, "END") && next_real(&rest, &w) == T_END;
    if (!good)
        return yj_fail(err, YJ_E_DB,
                       "a trigger that is not \"BEFORE ... BEGIN SELECT RAISE(ABORT, text); END\"");
    yj_buf_str(out, "CREATE OR REPLACE FUNCTION yunjian.refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;"
                    " CREATE TRIGGER ");
    yj_buf_span(out, name);
    yj_buf_str(out, " BEFORE ");
    yj_buf_span(out, event);
    yj_buf_str(out, " ON ");
    yj_buf_span(out, table);
    yj_buf_str(out, " FOR EACH ROW EXECUTE FUNCTION yunjian.refuse_change(");
    yj_buf_span(out, text);
    yj_buf_char(out, ')');
    return yj_buf_status(out, err);
}

static yj_status take_param(yj_span w, yj_span rest, yj_buf *out, int *highest, uint64_t *untypable,
                            yj_error *err)
{
    int64_t n = 0;
    if (!yj_span_i64((yj_span){ w.ptr + 1, w.len - 1 }, &n) || n < 1 || n > YJ_PARAMS_MAX)
        return yj_fail(err, YJ_E_DB, "parameters are ?1 to ?%d", YJ_PARAMS_MAX);
    if (n > *highest)
        *highest = (int)n;
    if (n <= 64 && TAKE(&rest, "IS"))
        *untypable |= UINT64_C(1) << (n - 1);
    yj_buf_fmt(out, "$%d", (int)n);
    return YJ_OK;
}

yj_status yj_pg_translate(yj_span sql, yj_buf *out, int *ret_params, uint64_t *ret_untypable, yj_error *err)
{
    yj_span rest = sql, w, look = sql;
    int highest = 0, depth = 0;
    *ret_params = 0;
    *ret_untypable = 0;
    if (TAKE(&look, "CREATE", "TRIGGER"))
        return translate_trigger(sql, out, err);
    bool creates = TAKE(&look, "CREATE", "TABLE") || TAKE(&look, "CREATE", "UNLOGGED", "TABLE");
    bool defines = creates || TAKE(&look, "ALTER", "TABLE");
    for (token t; (t = next_token(&rest, &w)) != T_END;) {
        if (t == T_PARAM) {
            YJ_TRY(take_param(w, rest, out, &highest, ret_untypable, err));
        } else if (t == T_WORD && yj_span_is(w, "INTEGER")) {
            yj_buf_str(out, "BIGINT");
        } else if (t == T_WORD && yj_span_is(w, "BLOB")) {
            yj_buf_str(out, "BYTEA");
        } else if (t == T_WORD && defines && yj_span_is(w, "TEXT")) {
            yj_buf_str(out, "TEXT COLLATE \"C\"");
        } else {
            yj_buf_span(out, w);
            depth += t == T_OTHER ? (*w.ptr == '(') - (*w.ptr == ')') : 0;
            if (creates && t == T_OTHER && *w.ptr == ')' && depth == 0)
                break; /* STRICT, WITHOUT ROWID */
        }
    }
    *ret_params = highest;
    return yj_buf_status(out, err);
}
