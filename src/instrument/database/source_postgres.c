// SPDX-License-Identifier: Apache-2.0
/* PostgreSQL: rows by COPY, which is the fastest the server has; digests of ranges made by the server. */
#include "instrument/database/source.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct pg {
    PGconn *conn;
    char *row; /* of COPY */
    bool copying;
} pg;

static yj_status fail(const yj_source *s, const char *said, yj_error *err)
{
    char text[240];
    snprintf(text, sizeof text, "%s", said ? said : "");
    text[strcspn(text, "\n")] = '\0';
    yj_text_tidy(text);
    return yj_fail(err, YJ_E_IO, "database %s: %s", s->name, text);
}

static yj_status run(yj_source *s, const char *sql, PGresult **ret, yj_error *err)
{
    const pg *p = s->own;
    PGresult *r = PQexec(p->conn, sql);
    ExecStatusType st = PQresultStatus(r);
    if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) {
        yj_status bad = fail(s, PQerrorMessage(p->conn), err);
        PQclear(r);
        return bad;
    }
    if (ret)
        *ret = r;
    else
        PQclear(r);
    return YJ_OK;
}

/* One snapshot. What a policy hides must be an error, not a row that silently is not there; and values must
 * be written the same way whatever the server is set to. */
static const char settings[] =
    "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = "
    "'postgres';"
    "SET bytea_output = 'hex'; SET extra_float_digits = 3; SET row_security = off; SET lc_monetary = 'C';"
    "SET xmlbinary = 'base64'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";
/* By itself: what is set within a transaction goes with its ROLLBACK. */
static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

static void be_quiet(void *self, const char *message)
{
}

static bool has_password(PQconninfoOption *o)
{
    for (; o && o->keyword; o++)
        if ((strcmp(o->keyword, "password") == 0 || strcmp(o->keyword, "sslpassword") == 0) && o->val)
            return true;
    return false;
}

static void pg_close(yj_source *s)
{
    pg *p = s->own;
    if (!p)
        return;
    PQfreemem(p->row);
    PQfinish(p->conn);
}

static yj_status pg_open(yj_source *s, const yj_db_url *url, const char *password_file, yj_error *err)
{
    pg *p = yj_arena_new_of(s->arena, pg);
    char *why = NULL;
    PQconninfoOption *o = PQconninfoParse(url->whole, &why);
    bool password = has_password(o);
    PQconninfoFree(o);
    s->name = "postgresql";
    if (why) {
        PQfreemem(why); /* it may quote what is secret */
        return yj_fail(
            err, YJ_E_USAGE,
            "a database is sqlite:FILE, postgresql://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE");
    }
    if (password)
        return yj_fail(err, YJ_E_USAGE,
                       "no password in a URL: others read command lines; take PGPASSWORD, MYSQL_PWD or "
                       "--password-file");
    const char *names[] = { "dbname", "application_name", password_file ? "passfile" : NULL, NULL };
    const char *values[] = { url->whole, "yunjian", password_file, NULL };
    s->own = p;
    p->conn = PQconnectdbParams(names, values, 1);
    if (PQstatus(p->conn) != CONNECTION_OK)
        return fail(s, PQerrorMessage(p->conn), err);
    PQsetNoticeProcessor(p->conn, be_quiet, NULL);
    s->name =
        yj_arena_fmt(s->arena, "postgresql://%s:%s/%s", PQhost(p->conn), PQport(p->conn), PQdb(p->conn));
    s->version = yj_arena_strdup(s->arena, PQparameterStatus(p->conn, "server_version"));
    YJ_TRY(run(s, settings, NULL, err));
    return run(s, begin, NULL, err);
}

/* --- tables ----------------------------------------------------------------------------------- */

/* Domains count as what they are made of. */
static const char list_columns[] =
    "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
    "coalesce(bt.typname, t.typname), coalesce(bt.typtype, t.typtype), "
    "coalesce(array_position(i.indkey::int2[], a.attnum), -1), greatest(c.reltuples, 0)::bigint, "
    "format('%s%I.%I', CASE c.relkind WHEN 'r' THEN 'ONLY ' END, n.nspname, c.relname) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "LEFT JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type bt ON t.typtype = 'd' AND bt.oid = "
    "t.typbasetype "
    "LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary "
    "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' "
    "AND n.nspname <> 'information_schema' ORDER BY 1, 2, a.attnum";

static const struct {
    const char *name;
    yj_value_type type;
} types[] = {
    { "int2", YJ_VALUE_INT },      { "int4", YJ_VALUE_INT },        { "int8", YJ_VALUE_INT },
    { "oid", YJ_VALUE_INT },       { "numeric", YJ_VALUE_DECIMAL }, { "float4", YJ_VALUE_SINGLE },
    { "float8", YJ_VALUE_DOUBLE }, { "text", YJ_VALUE_TEXT },       { "varchar", YJ_VALUE_TEXT },
    { "name", YJ_VALUE_TEXT },     { "citext", YJ_VALUE_TEXT },     { "bpchar", YJ_VALUE_PADDED },
    { "bytea", YJ_VALUE_BYTES },   { "bool", YJ_VALUE_BOOL },       { "date", YJ_VALUE_DATE },
    { "time", YJ_VALUE_TIME },     { "timestamp", YJ_VALUE_LOCAL }, { "timestamptz", YJ_VALUE_INSTANT },
    { "uuid", YJ_VALUE_UUID },     { "json", YJ_VALUE_JSON },       { "jsonb", YJ_VALUE_JSON },
};

static yj_value_type type_of(const char *name, const char *kind)
{
    for (size_t i = 0; i < YJ_COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return kind[0] == 'e' ? YJ_VALUE_TEXT : YJ_VALUE_OTHER;
}

static void add_column(yj_source *s, const PGresult *r, int i, yj_db_table *t)
{
    yj_db_column *c = &t->column[t->columns++];
    int64_t place = -1;
    const char *at = PQgetvalue(r, i, 6);
    yj_ignore(yj_span_i64(yj_span_of(at), &place));
    c->name = yj_arena_strdup(s->arena, PQgetvalue(r, i, 2));
    c->declared = yj_arena_strdup(s->arena, PQgetvalue(r, i, 3));
    c->type = type_of(PQgetvalue(r, i, 4), PQgetvalue(r, i, 5));
    c->key = (unsigned)(place + 1); /* an int2vector counts from 0 */
    t->keys += c->key > 0;
}

static void add_table(yj_source *s, const PGresult *r, int i, size_t width)
{
    yj_db_table *t = &s->table[s->tables++];
    const char *schema = PQgetvalue(r, i, 0), *name = PQgetvalue(r, i, 1);
    t->name = strcmp(schema, "public") == 0 ? yj_arena_strdup(s->arena, name)
                                            : yj_arena_fmt(s->arena, "%s.%s", schema, name);
    t->sql = yj_arena_strdup(s->arena, PQgetvalue(r, i, 8));
    yj_ignore(yj_span_i64(yj_span_of(PQgetvalue(r, i, 7)), &t->estimate));
    t->column = yj_arena_array(s->arena, width, sizeof *t->column);
}

static void pg_clear(PGresult **r)
{
    PQclear(*r);
}

static yj_status pg_tables(yj_source *s, yj_error *err)
{
    yj_auto(pg_clear) PGresult *r = NULL;
    YJ_TRY(run(s, list_columns, &r, err));
    int n = PQntuples(r), tables = 0;
    for (int i = 0; i < n; i++)
        tables += i == 0 || strcmp(PQgetvalue(r, i, 8), PQgetvalue(r, i - 1, 8)) != 0;
    if (tables > YJ_SOURCE_TABLES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d tables", YJ_SOURCE_TABLES_MAX);
    s->table = yj_arena_array(s->arena, (size_t)tables + 1, sizeof *s->table);
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcmp(PQgetvalue(r, i, 8), PQgetvalue(r, end, 8)) == 0; end++)
            ;
        add_table(s, r, i, (size_t)(end - i));
        for (int k = i; k < end && !PQgetisnull(r, k, 2); k++)
            add_column(s, r, k, &s->table[s->tables - 1]);
        YJ_TRY(yj_arena_status(s->arena, err));
    }
    return YJ_OK;
}

static void put_name(const char *name, yj_buf *sql)
{
    yj_buf_char(sql, '"');
    for (; *name; name++)
        yj_buf_str(sql, *name == '"' ? "\"\"" : (char[]){ *name, '\0' });
    yj_buf_char(sql, '"');
}

static void pg_column(const yj_db_column *c, yj_buf *sql)
{
    put_name(c->name, sql);
}

static void pg_head(const yj_db_column *c, unsigned chars, yj_buf *sql)
{
    bool text = c->type == YJ_VALUE_TEXT || c->type == YJ_VALUE_PADDED || c->type == YJ_VALUE_JSON ||
                c->type == YJ_VALUE_OTHER;
    yj_buf_str(sql, text ? "left(" : "");
    put_name(c->name, sql);
    if (text)
        yj_buf_fmt(sql, "::text, %u)", chars);
}

static void pg_sample(const yj_head *h, yj_buf *sql)
{
    yj_buf_fmt(sql, " TABLESAMPLE %s (%u) REPEATABLE (%u)", h->pages ? "SYSTEM" : "BERNOULLI", h->percent,
               (unsigned)h->seed);
}

/* Outside the transaction, with which it would go; and what waits for a lock is told soon. */
static yj_status pg_limit(yj_source *s, unsigned seconds, yj_error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SET statement_timeout = '%us'; SET lock_timeout = '10s'", seconds);
    YJ_TRY(run(s, "ROLLBACK", NULL, err));
    YJ_TRY(run(s, sql, NULL, err));
    return run(s, begin, NULL, err);
}

static void pg_order(const yj_db_column *c, yj_buf *sql)
{
    put_name(c->name, sql);
    if (c->type == YJ_VALUE_TEXT || c->type == YJ_VALUE_PADDED)
        yj_buf_str(sql, "::text COLLATE \"C\"");
}

/* --- rows ------------------------------------------------------------------------------------- */

static yj_status pg_start(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                          yj_span sql, yj_error *err)
{
    pg *p = s->own;
    yj_auto(yj_buf_done) yj_buf copy;
    yj_buf_init(&copy, sql.len + 64);
    if (!s->ranged)
        YJ_TRY(run(s, "SET enable_seqscan = on; SET enable_bitmapscan = on", NULL, err));
    yj_buf_fmt(&copy, "COPY (%s) TO STDOUT", sql.ptr);
    YJ_TRY(yj_buf_status(&copy, err));
    PGresult *r = PQexec(p->conn, copy.ptr);
    p->copying = PQresultStatus(r) == PGRES_COPY_OUT;
    PQclear(r);
    return p->copying ? YJ_OK : fail(s, PQerrorMessage(p->conn), err);
}

/* Undo COPY's backslashes, in place. */
static size_t unescape(char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (c == '\\' && i + 1 < len) {
            c = s[++i];
            c = c == 'n'   ? '\n'
                : c == 't' ? '\t'
                : c == 'r' ? '\r'
                : c == 'b' ? '\b'
                : c == 'f' ? '\f'
                : c == 'v' ? '\v'
                           : c;
        }
        s[n++] = c;
    }
    return n;
}

static void set_int(yj_cell *c)
{
    int64_t v;
    if (!yj_span_i64((yj_span){ c->ptr, c->len }, &v))
        return;
    c->kind = YJ_CELL_INT;
    c->i = v;
}

static void set_cell(yj_value_type t, char *s, size_t len, yj_cell *c)
{
    if (len == 2 && s[0] == '\\' && s[1] == 'N') {
        c->kind = YJ_CELL_NULL;
        return;
    }
    if (memchr(s, '\\', len))
        len = unescape(s, len);
    *c = (yj_cell){ .kind = YJ_CELL_TEXT, .ptr = s, .len = len };
    if (t == YJ_VALUE_INT) {
        set_int(c);
    } else if (t == YJ_VALUE_BOOL && len == 1 && (s[0] == 't' || s[0] == 'f')) {
        c->kind = YJ_CELL_INT;
        c->i = s[0] == 't';
    } else if (t == YJ_VALUE_BYTES && len >= 2 && s[0] == '\\' && s[1] == 'x') {
        size_t n = 0;
        if (yj_hex_decode((yj_span){ s + 2, len - 2 }, (uint8_t *)s, len, &n))
            *c = (yj_cell){ .kind = YJ_CELL_BYTES, .ptr = s, .len = n };
    }
}

static yj_status copy_end(yj_source *s, yj_error *err)
{
    pg *p = s->own;
    yj_status st = YJ_OK;
    p->copying = false;
    for (PGresult *r; (r = PQgetResult(p->conn));) {
        if (st == YJ_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
            st = fail(s, PQerrorMessage(p->conn), err);
        PQclear(r);
    }
    return st;
}

static yj_status pg_next(yj_source *s, yj_cell *cell, bool *ret_row, yj_error *err)
{
    pg *p = s->own;
    PQfreemem(p->row);
    p->row = NULL;
    int n = PQgetCopyData(p->conn, &p->row, 0);
    *ret_row = n > 0;
    if (n == -2)
        return fail(s, PQerrorMessage(p->conn), err);
    if (n <= 0)
        return copy_end(s, err);
    char *at = p->row, *end = p->row + n - (p->row[n - 1] == '\n');
    s->bytes += (uint64_t)n;
    for (size_t i = 0; i < s->reading_columns; i++) {
        char *tab = i + 1 < s->reading_columns ? memchr(at, '\t', (size_t)(end - at)) : end;
        if (!tab)
            return fail(s, "a row has too few columns", err);
        set_cell(s->reading->column[s->reading_column[i]].type, at, (size_t)(tab - at), &cell[i]);
        at = tab + 1;
    }
    return YJ_OK;
}

/* What is still to come is cancelled rather than read. */
static void pg_stop(yj_source *s)
{
    pg *p = s->own;
    char text[256];
    PQfreemem(p->row);
    p->row = NULL;
    if (!p->copying)
        return;
    PGcancel *cancel = PQgetCancel(p->conn);
    PQcancel(cancel, text, sizeof text);
    PQfreeCancel(cancel);
    while (PQgetCopyData(p->conn, &p->row, 0) > 0) {
        PQfreemem(p->row);
        p->row = NULL;
    }
    yj_ignore(copy_end(s, NULL));
    yj_ignore(run(s, "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, NULL));
}

/* By the protocol that takes one statement only, row by row. */
static yj_status pg_question(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err)
{
    const pg *p = s->own;
    yj_status st = YJ_OK;
    if (PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(p->conn) != 1)
        return fail(s, PQerrorMessage(p->conn), err);
    for (PGresult *r; (r = PQgetResult(p->conn)); PQclear(r)) {
        ExecStatusType is = PQresultStatus(r);
        if (is == PGRES_COPY_OUT || is == PGRES_COPY_BOTH) /* else it would say so for ever */
            for (char *row = NULL; PQgetCopyData(p->conn, &row, 0) > 0; PQfreemem(row))
                ;
        if (is == PGRES_COPY_IN)
            (void)PQputCopyEnd(p->conn, "no question");
        if (st == YJ_OK && is != PGRES_SINGLE_TUPLE && is != PGRES_TUPLES_OK)
            st = fail(s, is == PGRES_FATAL_ERROR ? PQerrorMessage(p->conn) : "it is no question", err);
        for (int i = 0; st == YJ_OK && i < PQntuples(r); i++) {
            for (int k = 0; k < PQnfields(r); k++)
                yj_sql_answer_value(ret, PQgetisnull(r, i, k) ? NULL : PQgetvalue(r, i, k),
                                    (size_t)PQgetlength(r, i, k));
            st = yj_sql_answer_row(ret, err);
        }
    }
    return st;
}

static yj_status pg_recover(yj_source *s, yj_error *err)
{
    return run(s, "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, err);
}

/* --- digests of ranges ------------------------------------------------------------------------ */

/* Keys whose order an index has and whose text is short. */
static bool pg_digests(const yj_db_table *t, size_t key)
{
    const yj_db_column *c = &t->column[key];
    return t->keys == 1 && (c->type == YJ_VALUE_INT || c->type == YJ_VALUE_UUID);
}

static void pg_bound(const yj_db_column *c, const char *op, const char *value, yj_buf *sql)
{
    put_name(c->name, sql);
    yj_buf_fmt(sql, " %s '%s'::%s", op, value, c->type == YJ_VALUE_UUID ? "uuid" : "bigint");
}

/* SHA-256 of the rows' SHA-256, in the order of the key; of a row's text as the server writes records, which
 * keeps NULL and '' and the borders of columns apart. */
static yj_status pg_ask(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns, size_t key,
                        const yj_key_range *r, int64_t limit, yj_error *err)
{
    const pg *p = s->own;
    yj_auto(yj_buf_done) yj_buf sql;
    yj_buf_init(&sql, (size_t)1 << 20);
    /* the index has the order; a server that knows little of the table would sort it for every range */
    yj_buf_str(&sql, "SET enable_seqscan = off; SET enable_bitmapscan = off; ");
    yj_buf_str(&sql, "SELECT count(*), (array_agg(k))[count(*)::int]::text, "
                     "encode(sha256(coalesce(string_agg(h, ''::bytea), ''::bytea)), 'hex') FROM (SELECT ");
    put_name(t->column[key].name, &sql);
    yj_buf_str(&sql, " AS k, sha256(convert_to(ROW(");
    for (size_t i = 0; i < columns; i++) {
        yj_buf_str(&sql, i ? ", " : "");
        put_name(t->column[column[i]].name, &sql);
    }
    yj_buf_fmt(&sql, ")::text, 'UTF8')) AS h FROM %s WHERE true", t->sql);
    if (r->after) {
        yj_buf_str(&sql, " AND ");
        pg_bound(&t->column[key], ">", r->after, &sql);
    }
    if (r->until) {
        yj_buf_str(&sql, " AND ");
        pg_bound(&t->column[key], "<=", r->until, &sql);
    }
    yj_buf_fmt(&sql, " ORDER BY 1 LIMIT %lld) s", (long long)limit);
    YJ_TRY(yj_buf_status(&sql, err));
    return PQsendQuery(p->conn, sql.ptr) == 1 ? YJ_OK : fail(s, PQerrorMessage(p->conn), err);
}

static yj_status pg_answer(yj_source *s, yj_range_digest *ret, yj_error *err)
{
    const pg *p = s->own;
    yj_status st = fail(s, "no answer", NULL);
    *ret = (yj_range_digest){ .rows = 0 };
    for (PGresult *r; (r = PQgetResult(p->conn)); PQclear(r)) {
        size_t n;
        if (PQresultStatus(r) == PGRES_COMMAND_OK)
            continue;
        if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1) {
            st = fail(s, PQerrorMessage(p->conn), err);
            continue;
        }
        st = yj_span_i64(yj_span_of(PQgetvalue(r, 0, 0)), &ret->rows) &&
                     yj_hex_decode(yj_span_of(PQgetvalue(r, 0, 2)), ret->digest, sizeof ret->digest, &n)
                 ? YJ_OK
                 : fail(s, "no answer", err);
        snprintf(ret->last, sizeof ret->last, "%s", PQgetvalue(r, 0, 1));
        s->bytes += (uint64_t)(PQgetlength(r, 0, 0) + PQgetlength(r, 0, 1) + PQgetlength(r, 0, 2));
    }
    return st;
}

const yj_source_driver yj_source_postgres = {
    .open = pg_open,
    .close = pg_close,
    .tables = pg_tables,
    .column = pg_column,
    .order = pg_order,
    .start = pg_start,
    .next = pg_next,
    .stop = pg_stop,
    .question = pg_question,
    .recover = pg_recover,
    .limit = pg_limit,
    .head = pg_head,
    .sample = pg_sample,
    .digests = pg_digests,
    .bound = pg_bound,
    .ask = pg_ask,
    .answer = pg_answer,
};
