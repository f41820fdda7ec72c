// SPDX-License-Identifier: Apache-2.0
/* MySQL and MariaDB, by MariaDB's client library. */
#include "base/file.h"
#include "instrument/database/source.h"
#include <errno.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PASSWORDS_BYTES_MAX ((size_t)1 << 20)
#define FIELD_BYTES_MAX ((size_t)1 << 30)

typedef struct my {
    MYSQL *conn;
    MYSQL_RES *rows;
    const char *database;
} my;

static yj_status fail(const yj_source *s, yj_error *err)
{
    const my *m = s->own;
    char said[240];
    snprintf(said, sizeof said, "%s", m->conn ? mysql_error(m->conn) : "out of memory");
    yj_text_tidy(said);
    return yj_fail(err, YJ_E_IO, "database %s: %s", s->name, said);
}

static yj_status run(yj_source *s, const char *sql, yj_error *err)
{
    const my *m = s->own;
    return mysql_real_query(m->conn, sql, strlen(sql)) == 0 ? YJ_OK : fail(s, err);
}

static void my_close(yj_source *s)
{
    my *m = s->own;
    if (!m)
        return;
    if (m->rows)
        mysql_free_result(m->rows);
    if (m->conn)
        mysql_close(m->conn);
}

/* From the file, else from MYSQL_PWD. A file that others can read is no place for passwords. */
static yj_status password(const yj_db_url *url, const char *path, yj_buf *ret, yj_error *err)
{
    char port[12];
    struct stat st;
    const char *given = getenv("MYSQL_PWD");
    if (!path) {
        yj_buf_str(ret, given ? given : "");
        return yj_buf_status(ret, err);
    }
    if (stat(path, &st) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "%s cannot be read", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return yj_fail(err, YJ_E_FORBIDDEN, "%s can be read by others: chmod 600", path);
    yj_auto(yj_buf_done) yj_buf lines;
    yj_buf_init(&lines, PASSWORDS_BYTES_MAX);
    YJ_TRY(yj_file_read(path, PASSWORDS_BYTES_MAX, &lines, err));
    snprintf(port, sizeof port, "%u", url->port);
    yj_ignore(yj_password_find(yj_buf_view(&lines),
                               (const char *const[]){ url->host, port, url->database, url->user }, ret));
    if (lines.ptr)
        explicit_bzero(lines.ptr, lines.len);
    return yj_buf_status(ret, err);
}

#define SETTINGS                                                                                             \
    "SET SESSION time_zone = '+00:00', group_concat_max_len = 67108864, net_write_timeout = 86400, "         \
    "wait_timeout = 86400, sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_mode = ''"
static const char *const begin[] = {
    SETTINGS,
    /* the session, too: what ends the transaction by itself must not open the way for the next */
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
};

static yj_status my_open(yj_source *s, const yj_db_url *url, const char *password_file, yj_error *err)
{
    my *m = yj_arena_new_of(s->arena, my);
    yj_auto(yj_buf_done) yj_buf secret;
    size_t most = FIELD_BYTES_MAX;
    my_bool yes = 1, verify = url->tls == YJ_DB_TLS_VERIFY;
    yj_buf_init(&secret, 4096);
    s->own = m;
    s->name = url->socket ? yj_arena_fmt(s->arena, "mysql://%s%s/%s", url->host, url->socket, url->database)
                          : yj_arena_fmt(s->arena, "mysql://%s:%u/%s", url->host, url->port, url->database);
    m->database = url->database;
    YJ_TRY(password(url, password_file, &secret, err));
    m->conn = mysql_init(NULL);
    if (!m->conn)
        return fail(s, err);
    mysql_optionsv(m->conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    unsigned no_files = 0; /* a server may not ask for files of this machine */
    mysql_optionsv(m->conn, MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_optionsv(m->conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
    if (url->tls != YJ_DB_TLS_OFF) {
        mysql_optionsv(m->conn, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_optionsv(m->conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
        if (url->ca)
            mysql_optionsv(m->conn, MYSQL_OPT_SSL_CA, url->ca);
    }
    /* "localhost" is a socket to the library; here a host is a host */
    const char *host = strcmp(url->host, "localhost") == 0 && !url->socket ? "127.0.0.1" : url->host;
    MYSQL *open = mysql_real_connect(m->conn, url->socket ? NULL : host, url->user, secret.ptr, url->database,
                                     url->port, url->socket, 0);
    if (secret.ptr)
        explicit_bzero(secret.ptr, secret.len);
    if (!open)
        return fail(s, err);
    s->version = yj_arena_strdup(s->arena, mysql_get_server_info(m->conn));
    for (size_t i = 0; i < YJ_COUNT(begin); i++)
        YJ_TRY(run(s, begin[i], err));
    return YJ_OK;
}

/* --- tables ----------------------------------------------------------------------------------- */

static void put_name(const char *name, yj_buf *sql)
{
    yj_buf_char(sql, '`');
    for (; *name; name++)
        yj_buf_str(sql, *name == '`' ? "``" : (char[]){ *name, '\0' });
    yj_buf_char(sql, '`');
}

static const struct {
    const char *name;
    yj_value_type type;
} types[] = {
    { "tinyint", YJ_VALUE_INT },       { "smallint", YJ_VALUE_INT },     { "mediumint", YJ_VALUE_INT },
    { "int", YJ_VALUE_INT },           { "bigint", YJ_VALUE_INT },       { "year", YJ_VALUE_INT },
    { "bit", YJ_VALUE_INT },           { "decimal", YJ_VALUE_DECIMAL },  { "float", YJ_VALUE_SINGLE },
    { "double", YJ_VALUE_DOUBLE },     { "char", YJ_VALUE_PADDED },      { "varchar", YJ_VALUE_TEXT },
    { "tinytext", YJ_VALUE_TEXT },     { "text", YJ_VALUE_TEXT },        { "mediumtext", YJ_VALUE_TEXT },
    { "longtext", YJ_VALUE_TEXT },     { "enum", YJ_VALUE_TEXT },        { "set", YJ_VALUE_TEXT },
    { "binary", YJ_VALUE_BYTES },      { "varbinary", YJ_VALUE_BYTES },  { "tinyblob", YJ_VALUE_BYTES },
    { "blob", YJ_VALUE_BYTES },        { "mediumblob", YJ_VALUE_BYTES }, { "longblob", YJ_VALUE_BYTES },
    { "date", YJ_VALUE_DATE },         { "time", YJ_VALUE_TIME },        { "datetime", YJ_VALUE_LOCAL },
    { "timestamp", YJ_VALUE_INSTANT }, { "uuid", YJ_VALUE_UUID },        { "json", YJ_VALUE_JSON },
};

static yj_value_type type_of(const char *name)
{
    for (size_t i = 0; i < YJ_COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return YJ_VALUE_OTHER;
}

static const char list_columns[] =
    "SELECT t.table_name, c.column_name, c.column_type, c.data_type, coalesce(k.ordinal_position, 0), "
    "coalesce(t.table_rows, 0) FROM information_schema.tables t "
    "JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name "
    "AND CAST(c.table_schema AS BINARY) = CAST(t.table_schema AS BINARY) " /* its own order has no case */
    "AND CAST(c.table_name AS BINARY) = CAST(t.table_name AS BINARY) "
    "LEFT JOIN information_schema.key_column_usage k ON k.table_schema = c.table_schema "
    "AND k.table_name = c.table_name AND k.column_name = c.column_name AND k.constraint_name = 'PRIMARY' "
    "AND CAST(k.table_schema AS BINARY) = CAST(c.table_schema AS BINARY) "
    "AND CAST(k.table_name AS BINARY) = CAST(c.table_name AS BINARY) "
    "WHERE t.table_schema = database() AND CAST(t.table_schema AS BINARY) = CAST(database() AS BINARY) "
    "AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY CAST(t.table_name AS BINARY), "
    "c.ordinal_position";

static void my_free(MYSQL_RES **r)
{
    if (*r)
        mysql_free_result(*r);
}

static void add_column(yj_source *s, MYSQL_ROW row, yj_db_table *t)
{
    yj_db_column *c = &t->column[t->columns++];
    int64_t place = 0;
    yj_ignore(yj_span_i64(yj_span_of(row[4]), &place));
    c->name = yj_arena_strdup(s->arena, row[1]);
    c->declared = yj_arena_strdup(s->arena, row[2]);
    c->type = type_of(row[3]);
    c->key = (unsigned)place;
    t->keys += place > 0;
}

static yj_status my_tables(yj_source *s, yj_error *err)
{
    const my *m = s->own;
    YJ_TRY(run(s, list_columns, err));
    yj_auto(my_free) MYSQL_RES *r = mysql_store_result(m->conn);
    if (!r)
        return fail(s, err);
    size_t n = (size_t)mysql_num_rows(r), tables = 0;
    char last[512] = "";
    for (MYSQL_ROW row; (row = mysql_fetch_row(r));) {
        tables += strcmp(last, row[0]) != 0;
        snprintf(last, sizeof last, "%s", row[0]);
    }
    if (tables > YJ_SOURCE_TABLES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d tables", YJ_SOURCE_TABLES_MAX);
    yj_db_column *columns = yj_arena_array(s->arena, n + 1, sizeof *columns);
    s->table = yj_arena_array(s->arena, tables + 1, sizeof *s->table);
    YJ_TRY(yj_arena_status(s->arena, err));
    mysql_data_seek(r, 0);
    yj_db_table *t = NULL;
    for (MYSQL_ROW row; (row = mysql_fetch_row(r)); columns++) {
        if (!t || strcmp(t->name, row[0]) != 0) {
            yj_auto(yj_buf_done) yj_buf quoted;
            yj_buf_init(&quoted, 4096);
            put_name(row[0], &quoted);
            YJ_TRY(yj_buf_status(&quoted, err));
            t = &s->table[s->tables++];
            t->name = yj_arena_strdup(s->arena, row[0]);
            t->sql = yj_arena_strdup(s->arena, quoted.ptr);
            t->column = columns;
            yj_ignore(yj_span_i64(yj_span_of(row[5]), &t->estimate));
        }
        add_column(s, row, t);
    }
    return YJ_OK;
}

/* What is written with fewer digits than it has, or as bits, is made a number that is not. */
static void my_column(const yj_db_column *c, yj_buf *sql)
{
    bool bits = strncmp(c->declared, "bit", 3) == 0;
    put_name(c->name, sql);
    yj_buf_str(sql, c->type == YJ_VALUE_SINGLE ? " + 0e0" : bits ? " + 0" : "");
}

static void my_head(const yj_db_column *c, unsigned chars, yj_buf *sql)
{
    bool text = c->type == YJ_VALUE_TEXT || c->type == YJ_VALUE_PADDED || c->type == YJ_VALUE_JSON;
    if (!text) {
        my_column(c, sql);
        return;
    }
    yj_buf_str(sql, "LEFT(");
    put_name(c->name, sql);
    yj_buf_fmt(sql, ", %u)", chars);
}

static void my_sample(const yj_head *h, yj_buf *sql)
{
    yj_buf_fmt(sql, " WHERE RAND(%u) < %u / 100", (unsigned)h->seed, h->percent);
}

/* MariaDB's has seconds, MySQL's milliseconds. */
static yj_status my_limit(yj_source *s, unsigned seconds, yj_error *err)
{
    char sql[128];
    bool maria = s->version && strstr(s->version, "MariaDB");
    snprintf(sql, sizeof sql, "SET SESSION %s = %llu, lock_wait_timeout = 10",
             maria ? "max_statement_time" : "max_execution_time",
             maria ? (unsigned long long)seconds : (unsigned long long)seconds * 1000);
    return run(s, sql, err);
}

static void my_order(const yj_db_column *c, yj_buf *sql)
{
    bool text = c->type == YJ_VALUE_TEXT || c->type == YJ_VALUE_PADDED || c->type == YJ_VALUE_UUID;
    yj_buf_str(sql, text ? "CAST(CONVERT(" : "");
    put_name(c->name, sql);
    yj_buf_str(sql, text ? " USING utf8mb4) AS BINARY)" : "");
}

/* --- rows ------------------------------------------------------------------------------------- */

static yj_status my_start(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                          yj_span sql, yj_error *err)
{
    my *m = s->own;
    YJ_TRY(run(s, sql.ptr, err));
    m->rows = mysql_use_result(m->conn);
    return m->rows ? YJ_OK : fail(s, err);
}

static void set_cell(yj_value_type t, const char *value, size_t len, yj_cell *c)
{
    int64_t v;
    if (!value)
        c->kind = YJ_CELL_NULL;
    else if (t == YJ_VALUE_INT && yj_span_i64((yj_span){ value, len }, &v))
        *c = (yj_cell){ .kind = YJ_CELL_INT, .i = v };
    else
        *c =
            (yj_cell){ .kind = t == YJ_VALUE_BYTES ? YJ_CELL_BYTES : YJ_CELL_TEXT, .ptr = value, .len = len };
}

static yj_status my_next(yj_source *s, yj_cell *cell, bool *ret_row, yj_error *err)
{
    const my *m = s->own;
    MYSQL_ROW row = mysql_fetch_row(m->rows);
    *ret_row = row != NULL;
    if (!row)
        return mysql_errno(m->conn) == 0 ? YJ_OK : fail(s, err);
    const unsigned long *len = mysql_fetch_lengths(m->rows);
    for (size_t i = 0; i < s->reading_columns; i++) {
        set_cell(s->reading->column[s->reading_column[i]].type, row[i], len[i], &cell[i]);
        s->bytes += len[i] + 1;
    }
    return YJ_OK;
}

static void my_stop(yj_source *s)
{
    my *m = s->own;
    if (m->rows)
        mysql_free_result(m->rows); /* reads what is still to come */
    m->rows = NULL;
}

static yj_status my_question(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err)
{
    const my *m = s->own;
    yj_status st = YJ_OK;
    YJ_TRY(run(s, sql, err)); /* the connection takes one statement only, and the transaction no writing */
    yj_auto(my_free) MYSQL_RES *r = mysql_use_result(m->conn);
    if (!r)
        return mysql_errno(m->conn) ? fail(s, err)
                                    : yj_fail(err, YJ_E_IO, "a question is one statement that only reads");
    unsigned n = mysql_num_fields(r);
    for (MYSQL_ROW row; st == YJ_OK && (row = mysql_fetch_row(r));) {
        const unsigned long *len = mysql_fetch_lengths(r);
        for (unsigned i = 0; i < n; i++)
            yj_sql_answer_value(ret, row[i], len[i]);
        st = yj_sql_answer_row(ret, err);
    }
    return st == YJ_OK && mysql_errno(m->conn) ? fail(s, err) : st;
}

static yj_status my_recover(yj_source *s, yj_error *err)
{
    YJ_TRY(run(s, "ROLLBACK", err));
    return run(s, begin[YJ_COUNT(begin) - 1], err);
}

/* --- digests of ranges ------------------------------------------------------------------------ */

/* Not with binary floating-point columns: the server may write two of their values as one text. */
static bool my_digests(const yj_db_table *t, size_t key)
{
    for (size_t i = 0; i < t->columns; i++)
        if (t->column[i].type == YJ_VALUE_SINGLE || t->column[i].type == YJ_VALUE_DOUBLE ||
            t->column[i].type == YJ_VALUE_OTHER)
            return false;
    return t->keys == 1 && t->column[key].type == YJ_VALUE_INT &&
           strncmp(t->column[key].declared, "bit", 3) != 0;
}

static void my_bound(const yj_db_column *c, const char *op, const char *value, yj_buf *sql)
{
    put_name(c->name, sql);
    yj_buf_fmt(sql, " %s %s", op, value);
}

/* Length, colon, bytes of each value, '-' for NULL: so that borders are seen. */
static void put_part(const yj_db_column *c, yj_buf *sql)
{
    bool text = c->type == YJ_VALUE_TEXT || c->type == YJ_VALUE_PADDED;
    for (int i = 0; i < 2; i++) {
        yj_buf_str(sql, i ? ", ':', " : "IFNULL(CONCAT(OCTET_LENGTH(");
        yj_buf_str(sql, text ? "CAST(CONVERT(" : "CAST(");
        my_column(c, sql);
        yj_buf_str(sql, text ? " USING utf8mb4) AS BINARY)" : " AS BINARY)");
        yj_buf_str(sql, i ? "" : ")");
    }
    yj_buf_str(sql, "), '-')");
}

static yj_status my_ask(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns, size_t key,
                        const yj_key_range *r, int64_t limit, yj_error *err)
{
    const my *m = s->own;
    yj_auto(yj_buf_done) yj_buf sql;
    yj_buf_init(&sql, (size_t)1 << 20);
    yj_buf_str(&sql,
               "SELECT COUNT(*), MAX(k), SHA2(IFNULL(GROUP_CONCAT(h ORDER BY k SEPARATOR ''), ''), 256) "
               "FROM (SELECT ");
    put_name(t->column[key].name, &sql);
    yj_buf_str(&sql, " AS k, SHA2(CONCAT(");
    for (size_t i = 0; i < columns; i++) {
        yj_buf_str(&sql, i ? ", " : "");
        put_part(&t->column[column[i]], &sql);
    }
    yj_buf_fmt(&sql, "), 256) AS h FROM %s WHERE TRUE", t->sql);
    if (r->after) {
        yj_buf_str(&sql, " AND ");
        my_bound(&t->column[key], ">", r->after, &sql);
    }
    if (r->until) {
        yj_buf_str(&sql, " AND ");
        my_bound(&t->column[key], "<=", r->until, &sql);
    }
    yj_buf_str(&sql, " ORDER BY ");
    put_name(t->column[key].name, &sql);
    yj_buf_fmt(&sql, " LIMIT %lld) s", (long long)limit);
    YJ_TRY(yj_buf_status(&sql, err));
    return mysql_send_query(m->conn, sql.ptr, sql.len) == 0 ? YJ_OK : fail(s, err);
}

static yj_status my_answer(yj_source *s, yj_range_digest *ret, yj_error *err)
{
    const my *m = s->own;
    size_t n;
    *ret = (yj_range_digest){ .rows = 0 };
    if (mysql_read_query_result(m->conn) != 0)
        return fail(s, err);
    yj_auto(my_free) MYSQL_RES *r = mysql_store_result(m->conn);
    MYSQL_ROW row = r ? mysql_fetch_row(r) : NULL;
    if (!row)
        return fail(s, err);
    /* a row that is too long for the server has no digest: NULL, which is left out of the whole */
    if (!row[2] || mysql_warning_count(m->conn) > 0 || !yj_span_i64(yj_span_of(row[0]), &ret->rows) ||
        !yj_hex_decode(yj_span_of(row[2]), ret->digest, sizeof ret->digest, &n)) {
        ret->rows = -1;
        return YJ_OK;
    }
    snprintf(ret->last, sizeof ret->last, "%s", row[1] ? row[1] : "");
    s->bytes += strlen(row[0]) + strlen(ret->last) + strlen(row[2]);
    return YJ_OK;
}

const yj_source_driver yj_source_mysql = {
    .open = my_open,
    .close = my_close,
    .tables = my_tables,
    .column = my_column,
    .order = my_order,
    .start = my_start,
    .next = my_next,
    .stop = my_stop,
    .question = my_question,
    .recover = my_recover,
    .limit = my_limit,
    .head = my_head,
    .sample = my_sample,
    .digests = my_digests,
    .bound = my_bound,
    .ask = my_ask,
    .answer = my_answer,
};
