// SPDX-License-Identifier: Apache-2.0
/* SQLite files, opened for reading only. The file may come from a stranger: nothing in its schema is trusted.
 */
#include "instrument/database/source.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct lite {
    sqlite3 *db;
    sqlite3_stmt *rows;
    bool utf8; /* else UTF-16 */
} lite;

static yj_status fail(const yj_source *s, yj_error *err)
{
    const lite *l = s->own;
    char said[200];
    snprintf(said, sizeof said, "%s", l->db ? sqlite3_errmsg(l->db) : "out of memory");
    yj_text_tidy(said);
    return yj_fail(err, YJ_E_IO, "database %s: %s", s->name, said);
}

static void lite_close(yj_source *s)
{
    lite *l = s->own;
    if (!l)
        return;
    sqlite3_finalize(l->rows);
    sqlite3_close(l->db);
}

static yj_status lite_open(yj_source *s, const yj_db_url *url, const char *password_file, yj_error *err)
{
    lite *l = yj_arena_new_of(s->arena, lite);
    char *real = realpath(url->path, NULL);
    s->own = l;
    s->name = yj_arena_fmt(s->arena, "sqlite:%s", real ? real : url->path);
    free(real);
    s->version = sqlite3_libversion();
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(url->path, &l->db, flags, NULL) != SQLITE_OK)
        return fail(s, err);
    sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(l->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(l->db, 10000);
    /* The snapshot begins with the first read. */
    if (sqlite3_exec(l->db, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1; BEGIN", NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(l->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
        return fail(s, err);
    sqlite3_stmt *q = NULL;
    l->utf8 = sqlite3_prepare_v2(l->db, "PRAGMA encoding", -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW &&
              yj_span_is(yj_span_of((const char *)sqlite3_column_text(q, 0)), "UTF-8");
    sqlite3_finalize(q);
    return YJ_OK;
}

static void put_name(const char *name, yj_buf *sql)
{
    yj_buf_char(sql, '"');
    for (; *name; name++)
        yj_buf_str(sql, *name == '"' ? "\"\"" : (char[]){ *name, '\0' });
    yj_buf_char(sql, '"');
}

/* Longer words first: "TIMESTAMP" holds "TIME". "INT" is last but for its own rule in SQLite, where it wins.
 */
static const struct {
    const char *word;
    yj_value_type type;
} words[] = {
    { "BOOL", YJ_VALUE_BOOL },       { "INT", YJ_VALUE_INT },     { "DATETIME", YJ_VALUE_LOCAL },
    { "TIMESTAMP", YJ_VALUE_LOCAL }, { "DATE", YJ_VALUE_DATE },   { "TIME", YJ_VALUE_TIME },
    { "CHAR", YJ_VALUE_TEXT },       { "CLOB", YJ_VALUE_TEXT },   { "TEXT", YJ_VALUE_TEXT },
    { "BLOB", YJ_VALUE_BYTES },      { "REAL", YJ_VALUE_DOUBLE }, { "FLOA", YJ_VALUE_DOUBLE },
    { "DOUB", YJ_VALUE_DOUBLE },     { "DEC", YJ_VALUE_DECIMAL }, { "NUM", YJ_VALUE_DECIMAL },
    { "UUID", YJ_VALUE_UUID },       { "JSON", YJ_VALUE_JSON },
};

static yj_value_type type_of(const char *declared)
{
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        if (strcasestr(declared, words[i].word))
            return words[i].type;
    return YJ_VALUE_ANY;
}

static yj_status columns(yj_source *s, yj_db_table *t, yj_error *err)
{
    lite *l = s->own;
    yj_db_column *c = yj_arena_array(s->arena, YJ_SOURCE_COLUMNS_MAX, sizeof *c);
    size_t n = 0;
    /* hidden: 1 of virtual tables; 2 and 3 are generated columns, which hold values as others do */
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(
        l->db, "SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid", -1, &q,
        NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW && n < YJ_SOURCE_COLUMNS_MAX) {
        const char *declared = (const char *)sqlite3_column_text(q, 1);
        c[n].name = yj_arena_strdup(s->arena, (const char *)sqlite3_column_text(q, 0));
        c[n].declared = yj_arena_strdup(s->arena, declared ? declared : "");
        c[n].type = type_of(c[n].declared);
        c[n].key = (unsigned)sqlite3_column_int(q, 2);
        t->keys += c[n++].key > 0;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(q);
    if (rc != SQLITE_DONE)
        return fail(s, err);
    t->column = c;
    t->columns = n;
    return YJ_OK;
}

static void estimate(const yj_source *s, yj_db_table *t)
{
    lite *l = s->own;
    sqlite3_stmt *q = NULL;
    yj_auto(yj_buf_done) yj_buf sql;
    yj_buf_init(&sql, 4096);
    yj_buf_fmt(&sql, "SELECT max(rowid) - min(rowid) + 1 FROM %s", t->sql);
    if (sql.failed == YJ_OK && sqlite3_prepare_v2(l->db, sql.ptr, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        t->estimate = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
}

static yj_status lite_tables(yj_source *s, yj_error *err)
{
    lite *l = s->own;
    sqlite3_stmt *q = NULL;
    size_t cap = 0;
    int rc = sqlite3_prepare_v2(l->db,
                                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
                                "type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                                -1, &q, NULL);
    yj_status st = YJ_OK;
    while (st == YJ_OK && rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        if (s->tables == cap) {
            yj_db_table *more = yj_arena_array(s->arena, cap ? 2 * cap : 16, sizeof *more);
            if (cap)
                memcpy(more, s->table, cap * sizeof *more);
            s->table = more;
            cap = cap ? 2 * cap : 16;
        }
        yj_db_table *t = &s->table[s->tables++];
        yj_auto(yj_buf_done) yj_buf quoted;
        yj_buf_init(&quoted, 4096);
        t->name = yj_arena_strdup(s->arena, (const char *)sqlite3_column_text(q, 0));
        put_name(t->name, &quoted);
        st = yj_buf_status(&quoted, err);
        t->sql = yj_arena_strdup(s->arena, quoted.ptr);
        if (st == YJ_OK && s->tables > YJ_SOURCE_TABLES_MAX)
            st = yj_fail(err, YJ_E_LIMIT, "more than %d tables", YJ_SOURCE_TABLES_MAX);
        if (st == YJ_OK)
            st = columns(s, t, err);
        if (st == YJ_OK)
            st = yj_arena_status(s->arena, err);
        estimate(s, t);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(q);
    if (st == YJ_OK && rc != SQLITE_DONE)
        st = fail(s, err);
    return st;
}

static void lite_column(const yj_db_column *c, yj_buf *sql)
{
    put_name(c->name, sql);
}

/* Blobs only as such: that there are any. Text is cut by bytes: by characters it would end at a NUL, and what
 * stands behind it would be lost. */
static void lite_head(const yj_db_column *c, unsigned chars, yj_buf *sql)
{
    yj_buf_str(sql, "CASE typeof(");
    put_name(c->name, sql);
    yj_buf_str(sql, ") WHEN 'text' THEN CAST(substr(CAST(");
    put_name(c->name, sql);
    yj_buf_fmt(sql, " AS BLOB), 1, %llu) AS TEXT) WHEN 'blob' THEN x'' ELSE ", 4 * (unsigned long long)chars);
    put_name(c->name, sql);
    yj_buf_str(sql, " END");
}

static void lite_order(const yj_db_column *c, yj_buf *sql)
{
    put_name(c->name, sql);
    if (c->type != YJ_VALUE_INT)
        yj_buf_str(sql, " COLLATE BINARY");
}

static yj_status lite_start(yj_source *s, const yj_db_table *t, const size_t *column, size_t count,
                            yj_span sql, yj_error *err)
{
    lite *l = s->own;
    return sqlite3_prepare_v2(l->db, sql.ptr, (int)sql.len, &l->rows, NULL) == SQLITE_OK ? YJ_OK
                                                                                         : fail(s, err);
}

static yj_status lite_next(yj_source *s, yj_cell *cell, bool *ret_row, yj_error *err)
{
    lite *l = s->own;
    int rc = sqlite3_step(l->rows);
    *ret_row = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW)
        return rc == SQLITE_DONE ? YJ_OK : fail(s, err);
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->reading_columns; i++) {
        yj_cell *c = &cell[i];
        /* one call into the statement for each; with one thread the value may be used like any other */
        sqlite3_value *v = sqlite3_column_value(l->rows, (int)i);
        int type = sqlite3_value_type(v);
        switch (type) {
        case SQLITE_INTEGER:
            c->kind = YJ_CELL_INT;
            c->i = sqlite3_value_int64(v);
            bytes += sizeof c->i;
            break;
        case SQLITE_FLOAT:
            c->kind = YJ_CELL_REAL;
            c->r = sqlite3_value_double(v);
            bytes += sizeof c->r;
            break;
        case SQLITE_TEXT:
        case SQLITE_BLOB:
            c->kind = type == SQLITE_TEXT ? YJ_CELL_TEXT : YJ_CELL_BYTES;
            /* as a blob, for as a text it would be copied to put a NUL behind it */
            c->ptr =
                type == SQLITE_TEXT && !l->utf8 ? (const char *)sqlite3_value_text(v) : sqlite3_value_blob(v);
            c->len = (size_t)sqlite3_value_bytes(v);
            if (!c->ptr && c->len > 0)
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
            bytes += c->len;
            break;
        default:
            c->kind = YJ_CELL_NULL;
            break;
        }
    }
    s->bytes += bytes;
    return YJ_OK;
}

static void lite_stop(yj_source *s)
{
    lite *l = s->own;
    sqlite3_finalize(l->rows);
    l->rows = NULL;
}

static yj_status lite_question(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err)
{
    lite *l = s->own;
    sqlite3_stmt *q = NULL;
    const char *tail = "";
    yj_status st = YJ_OK;
    int rc = sqlite3_prepare_v2(l->db, sql, -1, &q, &tail);
    if (rc == SQLITE_OK && (!q || !sqlite3_stmt_readonly(q) || tail[strspn(tail, " \t\r\n;")])) {
        sqlite3_finalize(q);
        return yj_fail(err, YJ_E_IO, "a question is one statement that only reads");
    }
    while (st == YJ_OK && rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            char exact[40];
            bool real = sqlite3_column_type(q, i) == SQLITE_FLOAT;
            double d = real ? sqlite3_column_double(q, i) : 0;
            const char *v = (const char *)sqlite3_column_text(q, i);
            size_t len = (size_t)sqlite3_column_bytes(q, i);
            if (real && v && strtod(v, NULL) != d) { /* SQLite writes 15 digits */
                len = (size_t)snprintf(exact, sizeof exact, "%.17g", d);
                v = exact;
            }
            yj_sql_answer_value(ret, v, len);
        }
        st = yj_sql_answer_row(ret, err);
        rc = SQLITE_OK;
    }
    if (st == YJ_OK && rc != SQLITE_DONE)
        st = fail(s, err);
    sqlite3_finalize(q);
    return st;
}

static yj_status lite_recover(yj_source *s, yj_error *err)
{
    return YJ_OK;
}

const yj_source_driver yj_source_sqlite = {
    .open = lite_open,
    .close = lite_close,
    .tables = lite_tables,
    .column = lite_column,
    .order = lite_order,
    .start = lite_start,
    .next = lite_next,
    .stop = lite_stop,
    .question = lite_question,
    .recover = lite_recover,
    .head = lite_head,
};
