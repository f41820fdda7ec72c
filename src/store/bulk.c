// SPDX-License-Identifier: Apache-2.0
#include "store/bulk.h"

#include "store/kind_internal.h"
#include <stdio.h>

#define SQL_MAX ((size_t)4 << 20)

/* Name and text of every index that a statement made (those of primary keys have no text). */
static yj_status list_indexes(yj_db *db, yj_stmt **ret, yj_error *err)
{
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        return yj_db_prepare(
            db,
            "SELECT name, sql, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND "
            "(substr(tbl_name, 1, 2) IN ('r_', 'l_') OR tbl_name IN ('verdict', 'verdict_log')) "
            "ORDER BY tbl_name, name",
            ret, err);
    return yj_db_prepare(
        db,
        "SELECT i.indexname, i.indexdef, i.tablename FROM pg_catalog.pg_indexes i WHERE i.schemaname = "
        "'yunjian' AND "
        "(substr(i.tablename, 1, 2) IN ('r_', 'l_') OR i.tablename IN ('verdict', 'verdict_log')) "
        "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.conindid = "
        "('yunjian.' || quote_ident(i.indexname))::regclass) ORDER BY i.tablename, i.indexname",
        ret, err);
}

static yj_status is_large(yj_db *db, const char *table, int64_t rows, bool *ret, yj_error *err)
{
    char sql[128];
    yj_stmt *st = NULL;
    snprintf(sql, sizeof sql, "SELECT 1 FROM %s LIMIT 1 OFFSET %lld", table, (long long)rows);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_status s = yj_stmt_step(st, ret, err);
    yj_stmt_done(st);
    return s;
}

yj_status yj_indexes_drop(yj_db *db, int64_t rows, yj_buf *ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf drop;
    yj_stmt *st = NULL;
    char table[64] = "";
    bool large = false;
    yj_buf_init(&drop, SQL_MAX);
    YJ_TRY(list_indexes(db, &st, err));
    yj_status s = YJ_OK;
    for (bool row = true; s == YJ_OK && row;) {
        s = yj_stmt_step(st, &row, err);
        if (s != YJ_OK || !row)
            break;
        yj_span name = yj_col_text(st, 0), sql = yj_col_text(st, 1), of = yj_col_text(st, 2);
        if (!yj_span_is(of, table)) {
            snprintf(table, sizeof table, "%.*s", (int)of.len, of.ptr);
            s = is_large(db, table, rows, &large, err);
        }
        if (s != YJ_OK || !large)
            continue;
        yj_buf_fmt(&drop, "DROP INDEX \"%.*s\";", (int)name.len, name.ptr);
        yj_buf_fmt(ret, "%.*s;\n", (int)sql.len, sql.ptr);
    }
    yj_stmt_done(st);
    YJ_TRY(s);
    YJ_TRY(yj_buf_status(&drop, err));
    YJ_TRY(yj_buf_status(ret, err));
    return drop.len ? yj_db_script(db, drop.ptr, err) : YJ_OK;
}

yj_status yj_indexes_make(yj_db *db, const yj_buf *sql, const yj_kind_table *tables, size_t count,
                          yj_error *err)
{
    if (sql->len)
        YJ_TRY(yj_db_script(db, sql->ptr, err));
    return yj_db_engine(db) == YJ_ENGINE_SQLITE ? yj_kind_stats_put(db, tables, count, err) : YJ_OK;
}
