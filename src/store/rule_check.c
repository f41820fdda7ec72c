// SPDX-License-Identifier: Apache-2.0
/* Checking rules before their pack is accepted: the dialect, then an empty SQLite that tells what is read. */
#include "store/confine_internal.h"
#include "store/sqlite_internal.h"
#include "store/sqlite_rule.h"
#include <stdio.h>

#define READS_MAX 4096

struct yj_rule_checker {
    sqlite3 *h;
    yj_scope scope; /* any day will do: nothing runs */
    yj_rule_names tables;

    /* of the check that goes on; NULL outside */
    const yj_rule_text *text;
    yj_rule_read *reads;
    size_t read_count;
    bool reads_today, too_many;
    char denied[160];
};

void yj_rule_shape_done(yj_rule_shape *s)
{
    free(s->reads);
    free(s->columns);
    *s = (yj_rule_shape){ 0 };
}

/* --- the authorizer ------------------------------------------------------------------------------------- */

static int note_read(yj_rule_checker *k, const char *table, const char *column)
{
    if (strcmp(table, "subject") == 0)
        return SQLITE_OK;
    if (!yj_rule_names_have(&k->tables, table)) {
        if (!column[0] && yj_rule_names_have(&k->text->ctes, table))
            return SQLITE_OK;
        snprintf(k->denied, sizeof k->denied, "%s", table);
        return SQLITE_DENY;
    }
    if (k->read_count == READS_MAX) {
        k->too_many = true;
        return SQLITE_DENY;
    }
    yj_rule_read *r = &k->reads[k->read_count++];
    snprintf(r->table, sizeof r->table, "%s", table);
    snprintf(r->column, sizeof r->column, "%s", column);
    return SQLITE_OK;
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *schema,
                     const char *view)
{
    (void)schema;
    (void)view;
    yj_rule_checker *k = ctx;
    if (!k->text || action == SQLITE_SELECT || action == SQLITE_RECURSIVE)
        return SQLITE_OK;
    if (action == SQLITE_READ && a && b)
        return note_read(k, a, b);
    if (action == SQLITE_FUNCTION && b) {
        k->reads_today = k->reads_today || strcmp(b, "yj_today") == 0;
        if (yj_rule_function_allowed(b) || strcmp(b, "like") == 0)
            return SQLITE_OK;
        snprintf(k->denied, sizeof k->denied, "%s()", b);
        return SQLITE_DENY;
    }
    snprintf(k->denied, sizeof k->denied, "action %d", action);
    return SQLITE_DENY;
}

/* --- the empty database --------------------------------------------------------------------------------- */

static void make_tables(const yj_kind_table *tables, size_t count, yj_buf *sql)
{
    yj_buf_str(sql, "CREATE TABLE subject(id TEXT) STRICT;");
    for (size_t i = 0; i < count; i++) {
        const yj_kind_table *k = &tables[i];
        yj_buf_fmt(sql, "CREATE TABLE \"%s\"(id TEXT, state TEXT, version INTEGER", k->name);
        for (size_t j = 0; j < k->column_count; j++)
            if (!k->columns[j].is_list)
                yj_buf_fmt(sql, ", \"%s\" %s", k->columns[j].name,
                           k->columns[j].is_integer ? "INTEGER" : "TEXT");
        yj_buf_str(sql, ") STRICT;");
        for (size_t j = 0; j < k->column_count; j++)
            if (k->columns[j].is_list)
                yj_buf_fmt(sql, "CREATE TABLE \"%s_%s\"(id TEXT, value %s) STRICT;", k->name,
                           k->columns[j].name, k->columns[j].is_integer ? "INTEGER" : "TEXT");
    }
}

static yj_status note_tables(yj_rule_checker *k, const yj_kind_table *tables, size_t count, yj_error *err)
{
    size_t most = count;
    for (size_t i = 0; i < count; i++)
        most += tables[i].column_count;
    k->tables.name = calloc(most + 1, sizeof *k->tables.name);
    if (!k->tables.name)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    for (size_t i = 0; i < count; i++) {
        snprintf(k->tables.name[k->tables.count++], YJ_NAME_CAP, "%s", tables[i].name);
        for (size_t j = 0; j < tables[i].column_count; j++)
            if (tables[i].columns[j].is_list)
                snprintf(k->tables.name[k->tables.count++], YJ_NAME_CAP, "%s_%s", tables[i].name,
                         tables[i].columns[j].name);
    }
    return YJ_OK;
}

static yj_status open_empty(yj_rule_checker *k, const yj_kind_table *tables, size_t count, yj_error *err)
{
    static const struct {
        int id, most;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, 1 << 20 },     { SQLITE_LIMIT_COLUMN, 200 },
        { SQLITE_LIMIT_EXPR_DEPTH, 200 },     { SQLITE_LIMIT_COMPOUND_SELECT, 50 },
        { SQLITE_LIMIT_VDBE_OP, 250000 },     { SQLITE_LIMIT_FUNCTION_ARG, 50 },
        { SQLITE_LIMIT_ATTACHED, 0 },         { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 99 }, { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
    };
    yj_sqlite_configure();
    int rc = sqlite3_open_v2(":memory:", &k->h,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(k->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(k->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = yj_sqlite_rule_functions(k->h, &k->scope);
    yj_buf sql;
    yj_buf_init(&sql, (size_t)8 << 20);
    make_tables(tables, count, &sql);
    yj_status s = yj_buf_status(&sql, err);
    if (s == YJ_OK && rc == SQLITE_OK)
        rc = sqlite3_exec(k->h, sql.ptr, NULL, NULL, NULL);
    yj_buf_done(&sql);
    YJ_TRY(s);
    if (rc != SQLITE_OK)
        return yj_fail(err, rc == SQLITE_NOMEM ? YJ_E_NOMEM : YJ_E_DB,
                       "the empty database for rules cannot be made: %s",
                       k->h ? sqlite3_errmsg(k->h) : sqlite3_errstr(rc));
    for (size_t i = 0; i < YJ_COUNT(limits); i++)
        sqlite3_limit(k->h, limits[i].id, limits[i].most);
    sqlite3_set_authorizer(k->h, authorize, k);
    return YJ_OK;
}

yj_status yj_rule_checker_new(const yj_kind_table *tables, size_t count, yj_rule_checker **ret, yj_error *err)
{
    YJ_TRY(yj_kind_tables_check(tables, count, err));
    yj_auto(yj_rule_checker_freep) yj_rule_checker *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    k->reads = calloc(READS_MAX, sizeof *k->reads);
    if (!k->reads)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    YJ_TRY(note_tables(k, tables, count, err));
    YJ_TRY(open_empty(k, tables, count, err));
    *ret = yj_take(k);
    return YJ_OK;
}

void yj_rule_checker_free(yj_rule_checker *k)
{
    if (!k)
        return;
    sqlite3_close(k->h);
    free(k->tables.name);
    free(k->reads);
    free(k);
}

/* --- a check -------------------------------------------------------------------------------------------- */

static int compare_reads(const void *a, const void *b)
{
    const yj_rule_read *x = a, *y = b;
    int c = strcmp(x->table, y->table);
    return c ? c : strcmp(x->column, y->column);
}

static yj_status take_columns(sqlite3_stmt *st, yj_rule_shape *ret, yj_error *err)
{
    int n = sqlite3_column_count(st);
    ret->columns = calloc((size_t)n + 1, sizeof *ret->columns);
    if (!ret->columns)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(st, i);
        /* a name SQLite made up ("id:1", "count(*)") is another one on PostgreSQL */
        if (!name || strlen(name) >= sizeof *ret->columns ||
            name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
            return yj_fail(err, YJ_E_INVALID, "column %d of the result needs a name: AS name", i + 1);
        memcpy(ret->columns[ret->column_count++], name, strlen(name) + 1);
    }
    return YJ_OK;
}

static yj_status take_shape(yj_rule_checker *k, sqlite3_stmt *st, yj_rule_shape *ret, yj_error *err)
{
    YJ_TRY(take_columns(st, ret, err));
    qsort(k->reads, k->read_count, sizeof *k->reads, compare_reads);
    ret->reads = calloc(k->read_count + 1, sizeof *ret->reads);
    if (!ret->reads)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    for (size_t i = 0; i < k->read_count; i++)
        if (i == 0 || compare_reads(&k->reads[i - 1], &k->reads[i]) != 0)
            ret->reads[ret->read_count++] = k->reads[i];
    ret->reads_today = k->reads_today;
    return YJ_OK;
}

/** SQLite tells the byte at which it stopped; turn it into a place in the rule. */
static yj_status place(yj_span sql, int offset, yj_error *err)
{
    size_t line = 1, column = 1;
    if (offset < 0 || (size_t)offset > sql.len)
        return err ? err->code : YJ_E_INVALID;
    for (const char *p = sql.ptr; p < sql.ptr + offset; p++) {
        column = *p == '\n' ? 1 : column + ((*p & 0xc0) != 0x80);
        line += *p == '\n';
    }
    return yj_error_at(err, "line %zu column %zu", line, column);
}

static yj_status prepare(yj_rule_checker *k, yj_span sql, sqlite3_stmt **ret, yj_error *err)
{
    /* as it will run: inside a sub-select */
    static const char before[] = "SELECT * FROM (", after[] = "\n) AS q";
    yj_buf text;
    yj_buf_init(&text, YJ_RULE_TEXT_MAX + 100);
    yj_buf_str(&text, before);
    yj_buf_span(&text, sql);
    yj_buf_str(&text, after);
    yj_status s = yj_buf_status(&text, err);
    const char *tail = NULL;
    int rc = s == YJ_OK ? sqlite3_prepare_v2(k->h, text.ptr, (int)text.len + 1, ret, &tail) : SQLITE_OK;
    int offset = sqlite3_error_offset(k->h) - (int)(sizeof before - 1);
    bool whole = s == YJ_OK && rc == SQLITE_OK && *ret && !*tail;
    yj_buf_done(&text);
    YJ_TRY(s);
    if (rc == SQLITE_NOMEM)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    if (k->too_many)
        return yj_fail(err, YJ_E_LIMIT, "a rule may read %d columns", READS_MAX);
    if (rc != SQLITE_OK && k->denied[0]) {
        (void)yj_fail(err, YJ_E_INVALID, "a rule may not read or call %s", k->denied);
        return place(sql, offset, err);
    }
    if (rc != SQLITE_OK) {
        (void)yj_fail(err, YJ_E_INVALID, "the rule is no SQL: %s", sqlite3_errmsg(k->h));
        return place(sql, offset, err);
    }
    if (!whole || !sqlite3_stmt_readonly(*ret))
        return yj_fail(err, YJ_E_INVALID, "a rule is one SELECT");
    return YJ_OK;
}

static yj_status check_params(const yj_rule_text *t, const char *const *params, size_t count, yj_error *err)
{
    for (size_t i = 0; i < t->params.count; i++) {
        bool found = false;
        for (size_t j = 0; j < count; j++)
            found = found || strcmp(params[j], t->params.name[i]) == 0;
        if (!found)
            return yj_fail(err, YJ_E_INVALID, "the rule has no parameter :%s", t->params.name[i]);
    }
    return YJ_OK;
}

yj_status yj_rule_sql_check(yj_rule_checker *k, yj_span sql, const char *const *params, size_t param_count,
                            yj_rule_shape *ret, yj_error *err)
{
    yj_rule_text text = { 0 };
    YJ_TRY(yj_rule_text_read(sql, &text, err));
    yj_status s = check_params(&text, params, param_count, err);
    sqlite3_stmt *st = NULL;
    yj_rule_shape shape = { 0 };
    if (s == YJ_OK) {
        k->text = &text;
        k->read_count = 0;
        k->reads_today = k->too_many = false;
        k->denied[0] = '\0';
        s = prepare(k, sql, &st, err);
        k->text = NULL;
    }
    if (s == YJ_OK)
        s = take_shape(k, st, &shape, err);
    sqlite3_finalize(st);
    yj_rule_text_done(&text);
    if (s != YJ_OK) {
        yj_rule_shape_done(&shape);
        return s;
    }
    *ret = shape;
    return YJ_OK;
}
