// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include "base/hash.h"
#include "store/pg_text.h"
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

yj_status yj_layout_of(const yj_migration *rows, size_t count, char ret[static YJ_LAYOUT_LEN + 1],
                       yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        yj_buf_fmt(&text, "%d %s:", rows[i].version, rows[i].name);
        for (const char *at = rows[i].sql; *at;) {
            size_t n = strcspn(at, " \n\t\r");
            yj_buf_add(&text, at, n);
            at += n;
            at += strspn(at, " \n\t\r");
        }
    }
    YJ_TRY(yj_buf_status(&text, err));
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_hash(YJ_HASH_SHA256, text.ptr, text.len, &d);
    yj_digest_hex(&d, hex);
    snprintf(ret, YJ_LAYOUT_LEN + 1, "%.*s", YJ_LAYOUT_LEN, hex);
    return YJ_OK;
}

/* --- what a migration asks for ------------------------------------------------------------------------- */

static yj_span skip_blanks(yj_span s)
{
    while (s.len && blank(s.ptr[0]))
        s = (yj_span){ s.ptr + 1, s.len - 1 };
    return s;
}

/* The next word, cut off the front. */
static yj_span next_word(yj_span *s)
{
    *s = skip_blanks(*s);
    size_t n = 0;
    while (n < s->len && !blank(s->ptr[n]) && !strchr("(),;", s->ptr[n]))
        n++;
    yj_span word = { s->ptr, n };
    *s = (yj_span){ s->ptr + n, s->len - n };
    return word;
}

/* A column or a constraint of the table, cut off the front; `s` begins behind a bracket or a comma. Empty at
 * the end. */
static yj_span next_part(yj_span *s)
{
    size_t n = 0;
    for (int depth = 0; n < s->len && !(depth == 0 && (s->ptr[n] == ',' || s->ptr[n] == ')')); n++)
        depth += (s->ptr[n] == '(') - (s->ptr[n] == ')');
    yj_span part = { s->ptr, n };
    bool more = n < s->len && s->ptr[n] == ',';
    *s = more ? (yj_span){ s->ptr + n + 1, s->len - n - 1 } : (yj_span){ s->ptr + n, 0 };
    return part;
}

static const char *type_of(const yj_db *db, yj_span portable)
{
    bool sqlite = yj_db_engine(db) == YJ_ENGINE_SQLITE;
    if (yj_span_is(portable, "INTEGER"))
        return sqlite ? "INTEGER" : "bigint";
    if (yj_span_is(portable, "BLOB"))
        return sqlite ? "BLOB" : "bytea";
    return sqlite ? "TEXT" : "text";
}

/* Lines "table column type", each with a line end before and behind it. */
static size_t put_columns(const yj_db *db, const char *sql, yj_buf *out)
{
    size_t count = 0;
    yj_span script = yj_span_of(sql), one;
    yj_buf_char(out, '\n');
    while ((one = yj_sql_next_statement(&script)).len) {
        if (!yj_span_is(next_word(&one), "CREATE") || !yj_span_is(next_word(&one), "TABLE"))
            continue;
        yj_span table = next_word(&one);
        one = skip_blanks(one);
        one = (yj_span){ one.ptr + 1, one.len - 1 };
        while (one.len) {
            yj_span part = next_part(&one), name = next_word(&part), type = next_word(&part);
            if (yj_span_is(name, "PRIMARY") || yj_span_is(name, "UNIQUE") || yj_span_is(name, "CHECK"))
                continue;
            yj_buf_fmt(out, "%.*s %.*s %s\n", (int)table.len, table.ptr, (int)name.len, name.ptr,
                       type_of(db, type));
            count++;
        }
    }
    return count;
}

/* --- what there is ------------------------------------------------------------------------------------- */

static yj_status ask_columns(yj_db *db, yj_stmt **ret, yj_error *err)
{
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        return yj_db_prepare(
            db,
            "SELECT m.name, p.name, p.type FROM sqlite_schema m JOIN pragma_table_info(m.name) p"
            " WHERE m.type = 'table' AND substr(m.name, 1, 2) NOT IN ('r_', 'l_')",
            ret, err);
    return yj_db_prepare(
        db,
        "SELECT c.relname, a.attname, format_type(a.atttypid, -1) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' AND"
        " c.relnamespace = to_regnamespace('yunjian') AND a.attnum > 0 AND NOT a.attisdropped"
        " AND substr(c.relname, 1, 2) NOT IN ('r_', 'l_')",
        ret, err);
}

static bool holds(const yj_buf *lines, const char *line, size_t len)
{
    return memmem(lines->ptr, lines->len, line, len) != NULL;
}

yj_status yj_layout_look(yj_db *db, const yj_migration *first, bool *ret_same, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf wanted;
    yj_buf_init(&wanted, TEXT_BYTES_MAX);
    size_t count = put_columns(db, first->sql, &wanted), found = 0;
    YJ_TRY(yj_buf_status(&wanted, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool same = true;
    YJ_TRY(ask_columns(db, &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span table = yj_col_text(st, 0), name = yj_col_text(st, 1), type = yj_col_text(st, 2);
        char line[256];
        int head = snprintf(line, sizeof line, "\n%.*s ", (int)table.len, table.ptr);
        if (head < 0 || (size_t)head >= sizeof line || !holds(&wanted, line, (size_t)head))
            continue; /* a table that is none of the migration's */
        int n = snprintf(line, sizeof line, "\n%.*s %.*s %.*s\n", (int)table.len, table.ptr, (int)name.len,
                         name.ptr, (int)type.len, type.ptr);
        same = same && n > 0 && (size_t)n < sizeof line && holds(&wanted, line, (size_t)n);
        found++;
    }
    *ret_same = same && found == count;
    return YJ_OK;
}
