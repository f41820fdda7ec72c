// SPDX-License-Identifier: Apache-2.0
/** The PostgreSQL engine's structs, shared by db_postgres.c, pg_stmt.c and confine_postgres.c only. */
#ifndef YJ_STORE_PG_INTERNAL_H
#define YJ_STORE_PG_INTERNAL_H

#include "store/db_internal.h"
#include <libpq-fe.h>

/* the types that matter here (pg_type.h, stable for ever) */
#define YJ_PG_BOOL 16u
#define YJ_PG_BYTEA 17u
#define YJ_PG_INT8 20u
#define YJ_PG_INT4 23u
#define YJ_PG_TEXT 25u
#define YJ_PG_NUMERIC 1700u

typedef struct yj_pg {
    yj_db base;
    PGconn *conn;
    uint64_t generation; /* counts connections; prepared statements and set-up belong to one */
    uint64_t next_name;
    int pending; /* statements in the pipeline; > 0 means libpq is in pipeline mode */
    bool broken;
    int wait_ms;
    yj_buf garbage; /* DEALLOCATE statements, run before the next transaction */
} yj_pg;

typedef struct yj_pg_param {
    Oid declared, bound; /* 0: not known; NULL has no type */
    char integer[8];
} yj_pg_param;

typedef struct yj_pg_stmt {
    yj_stmt base;
    char *sql; /* translated */
    char name[24];
    uint64_t generation; /* of the connection it is prepared on; 0: not prepared */
    uint64_t untypable;  /* see yj_pg_translate */
    yj_pg_param *param;
    const char **value;
    int *length, *format;
    PGresult *result;
    int row, columns;
    unsigned char **blob; /* decoded cells of the current row, one for each column */
} yj_pg_stmt;

static inline yj_pg *yj_pg_of(yj_db *db)
{
    return (yj_pg *)db;
}

/** Describe a failed result (NULL: the connection's own state). */
yj_status yj_pg_fail(yj_pg *pg, const PGresult *r, yj_error *err);
/** Run a text of one or more statements at once, rows are dropped. Ends the pipeline first. */
yj_status yj_pg_exec(yj_pg *pg, const char *sql, yj_error *err);
/** Send what is in the pipeline and collect its results. Outside a transaction with a lost connection:
 *  connect anew. */
yj_status yj_pg_drain(yj_pg *pg, yj_error *err);
/** The same; the result with rows that is among them, if there is one, goes to *ret. */
yj_status yj_pg_collect(yj_pg *pg, PGresult **ret, yj_error *err);
/** Put a statement without rows into the pipeline. */
yj_status yj_pg_send(yj_pg *pg, const char *sql, yj_error *err) yj_nodiscard;

/* the statement half of yj_db_ops, in pg_stmt.c */
yj_status yj_pg_prepare(yj_db *db, const char *sql, size_t len, yj_stmt **ret, yj_error *err) yj_nodiscard;
void yj_pg_stmt_free(yj_stmt *st);
void yj_pg_bind_i64(yj_stmt *st, int n, int64_t v);
void yj_pg_bind_text(yj_stmt *st, int n, const char *p, size_t len);
void yj_pg_bind_blob(yj_stmt *st, int n, const void *p, size_t len);
void yj_pg_bind_null(yj_stmt *st, int n);
yj_status yj_pg_step(yj_stmt *st, bool *ret_row, yj_error *err) yj_nodiscard;
/** Inside a transaction: run a bound statement in a savepoint, after `before`, and undo the savepoint, all in
 * one message. Its rows come by yj_stmt_step(), which must follow. A failure leaves the transaction as it
 * was. */
yj_status yj_pg_run_fenced(yj_stmt *st, const char *const *before, size_t count, yj_error *err) yj_nodiscard;
yj_status yj_pg_run(yj_stmt *st, int64_t *ret_changes, yj_error *err) yj_nodiscard;
yj_status yj_pg_post(yj_stmt *st, yj_error *err) yj_nodiscard;
void yj_pg_reset(yj_stmt *st);
void yj_pg_unbind(yj_stmt *st);
int yj_pg_columns(const yj_stmt *st);
const char *yj_pg_column_name(const yj_stmt *st, int col);
bool yj_pg_col_null(yj_stmt *st, int col);
int64_t yj_pg_col_i64(yj_stmt *st, int col);
yj_span yj_pg_col_text(yj_stmt *st, int col);
yj_span yj_pg_col_blob(yj_stmt *st, int col);

#endif
