// SPDX-License-Identifier: Apache-2.0
/* The PostgreSQL engine: connections, transactions, the pipeline, errors. Statements are in pg_stmt.c. */
#include "store/confine_internal.h"
#include "store/pg_internal.h"
#include "store/pg_text.h"
#include <assert.h>
#include <stdio.h>

#define SCHEMA_LOCK "8746389472" /* "yjsch", for making the schema */

/* --- errors --------------------------------------------------------------------------------------------- */

static yj_status lost(yj_pg *pg, yj_error *err)
{
    pg->broken = true;
    char text[200];
    snprintf(text, sizeof text, "%s", pg->conn ? PQerrorMessage(pg->conn) : "");
    text[strcspn(text, "\n")] = '\0';
    return yj_fail(err, YJ_E_DB, YJ_MSG_LOST, text);
}

/** By SQLSTATE. Texts of class 22 show the value that did not fit, so they are not passed on. */
yj_status yj_pg_fail(yj_pg *pg, const PGresult *r, yj_error *err)
{
    if (PQstatus(pg->conn) == CONNECTION_BAD)
        return lost(pg, err);
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *msg = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *table = r ? PQresultErrorField(r, PG_DIAG_TABLE_NAME) : NULL;
    if (!state || !msg) {
        char text[200];
        snprintf(text, sizeof text, "%s", PQerrorMessage(pg->conn));
        text[strcspn(text, "\n")] = '\0';
        return yj_fail(err, YJ_E_DB, YJ_MSG_REFUSED, text);
    }
    if (strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0) { /* the server is going away */
        pg->broken = true;
        return yj_fail(err, YJ_E_DB, YJ_MSG_LOST, msg);
    }
    static const struct {
        const char *state; /* a code or the beginning of it */
        yj_status code;
    } rows[] = {
        { "23505", YJ_E_CONFLICT }, { "53100", YJ_E_FULL },    { "53200", YJ_E_NOMEM },
        { "57014", YJ_E_LIMIT },    { "40P01", YJ_E_BUSY },    { "55P03", YJ_E_BUSY },
        { "40001", YJ_E_BUSY },     { "53300", YJ_E_BUSY },    { "42501", YJ_E_FORBIDDEN },
        { "XX001", YJ_E_CORRUPT },  { "XX002", YJ_E_CORRUPT },
    };
    yj_status code = YJ_E_DB;
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        if (strcmp(state, rows[i].state) == 0)
            code = rows[i].code;
    if (code == YJ_E_CONFLICT)
        return yj_fail(err, code, YJ_MSG_DUPLICATE, table ? table : "?");
    if (code == YJ_E_FULL)
        return yj_fail(err, code, YJ_MSG_FULL);
    if (code == YJ_E_NOMEM)
        return yj_fail(err, code, YJ_MSG_NOMEM);
    if (code == YJ_E_LIMIT)
        return yj_fail(err, code, YJ_MSG_LIMIT);
    if (code == YJ_E_BUSY)
        return yj_fail(err, code, YJ_MSG_BUSY);
    if (code == YJ_E_FORBIDDEN)
        return yj_fail(err, code, YJ_MSG_FORBIDDEN, msg);
    if (code == YJ_E_CORRUPT)
        return yj_fail(err, code, YJ_MSG_DAMAGED, msg);
    if (strcmp(state, "25006") == 0)
        return yj_fail(err, code, YJ_MSG_READ_ONLY);
    if (strncmp(state, "22", 2) == 0)
        return yj_fail(err, code, YJ_MSG_REFUSED_VALUE, state);
    return yj_fail(err, code, YJ_MSG_REFUSED, msg);
}

/* --- the connection ------------------------------------------------------------------------------------- */

static void quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

static yj_status simple(yj_pg *pg, const char *sql, yj_error *err)
{
    PGresult *r = PQexec(pg->conn, sql);
    ExecStatusType status = PQresultStatus(r);
    yj_status s = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? YJ_OK : yj_pg_fail(pg, r, err);
    PQclear(r);
    return s;
}

/* Many small statements, each prepared once and run often: plan once, compile never. A plan is made while
 * tables may still be short and is kept while they grow, so the planner is made to look for rows by their
 * indexes whatever it thinks of a table's length: what costs is a row that is looked at, pages are in memory.
 * Hash joins remain, for what no index leads to; pg_planner.c has the rest. */
#define PLANS                                                                                                \
    "SET plan_cache_mode = force_generic_plan; SET jit = off; SET max_parallel_workers_per_gather = 0;"      \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_mergejoin = off;"                     \
    "SET enable_material = off; SET enable_memoize = off; SET random_page_cost = 0.1;"                       \
    "SET seq_page_cost = 0.1; SET cpu_tuple_cost = 1; SET cpu_index_tuple_cost = 1;"                         \
    "SET cpu_operator_cost = 0.001;"

static yj_status set_up(yj_pg *pg, const yj_store *store, yj_db_mode mode, yj_error *err)
{
    char wait[64];
    snprintf(wait, sizeof wait, "SET lock_timeout = %d", pg->wait_ms);
    YJ_TRY(simple(pg, wait, err));
    YJ_TRY(simple(pg,
                  "SET search_path = yunjian; SET client_min_messages = warning; SET timezone = 'UTC';" PLANS
                  "SET datestyle = 'ISO'; SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
                  "SET row_security = on; SET statement_timeout = 0",
                  err));
    if (atomic_load(&store->sync_off))
        YJ_TRY(simple(pg, "SET synchronous_commit = off", err));
    if (mode == YJ_DB_READ)
        return simple(pg, "SET default_transaction_read_only = on", err);

    /* The locks of a machine that is gone without a word, or that hangs, are free within a minute. */
    YJ_TRY(
        simple(pg,
               "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 4;"
               "SET idle_in_transaction_session_timeout = 60000",
               err));
    PGresult *r = PQexec(pg->conn, "SELECT to_regnamespace('yunjian') IS NULL");
    bool missing = PQresultStatus(r) == PGRES_TUPLES_OK && PQgetvalue(r, 0, 0)[0] == 't';
    PQclear(r);
    if (!missing)
        return YJ_OK;
    return simple(pg,
                  "BEGIN; SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ");"
                  "CREATE SCHEMA IF NOT EXISTS yunjian; REVOKE ALL ON SCHEMA yunjian FROM PUBLIC; COMMIT",
                  err);
}

static yj_status connect_now(yj_pg *pg, const yj_store *store, yj_db_mode mode, yj_error *err)
{
    const char *const names[] = { "connect_timeout", "fallback_application_name", "dbname", "client_encoding",
                                  NULL };
    const char *const values[] = { "10", "yunjian", store->where, "UTF8", NULL };
    PQfinish(pg->conn);
    pg->pending = 0;
    pg->broken = true;
    pg->conn = PQconnectdbParams(names, values, 1);
    if (!pg->conn)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    if (PQstatus(pg->conn) != CONNECTION_OK) {
        char text[300];
        snprintf(text, sizeof text, "%s", PQerrorMessage(pg->conn));
        text[strcspn(text, "\n")] = '\0';
        return yj_fail(err, YJ_E_DB, YJ_MSG_OPEN, text);
    }
    PQsetNoticeProcessor(pg->conn, quiet, NULL);
    pg->generation++;
    YJ_TRY(set_up(pg, store, mode, err));
    pg->broken = false;
    return pg->base.confine ? yj_pg_confine_setup(&pg->base, err) : YJ_OK; /* temporary tables are gone */
}

yj_status yj_pg_drain(yj_pg *pg, yj_error *err)
{
    return yj_pg_collect(pg, NULL, err);
}

yj_status yj_pg_collect(yj_pg *pg, PGresult **ret, yj_error *err)
{
    if (pg->broken) {
        if (pg->base.depth > 0)
            return lost(pg, err);
        return connect_now(pg, pg->base.store, pg->base.mode, err);
    }
    if (pg->pending == 0)
        return YJ_OK;
    yj_status first = YJ_OK;
    if (!PQpipelineSync(pg->conn))
        first = yj_pg_fail(pg, NULL, err);
    for (bool synced = false; !synced && PQstatus(pg->conn) == CONNECTION_OK;) {
        PGresult *r = PQgetResult(pg->conn);
        ExecStatusType status = r ? PQresultStatus(r) : PGRES_COMMAND_OK;
        if (status == PGRES_PIPELINE_SYNC)
            synced = true;
        else if (status == PGRES_FATAL_ERROR && first == YJ_OK)
            first = yj_pg_fail(pg, r, err);
        if (ret && status == PGRES_TUPLES_OK) {
            PQclear(*ret);
            *ret = r;
            continue;
        }
        PQclear(r);
    }
    pg->pending = 0;
    if (PQstatus(pg->conn) != CONNECTION_OK)
        return first != YJ_OK ? first : lost(pg, err);
    int left = PQexitPipelineMode(pg->conn);
    assert(left == 1);
    return first;
}

yj_status yj_pg_exec(yj_pg *pg, const char *sql, yj_error *err)
{
    YJ_TRY(yj_pg_drain(pg, err));
    return simple(pg, sql, err);
}

yj_status yj_pg_send(yj_pg *pg, const char *sql, yj_error *err)
{
    if (pg->broken)
        return lost(pg, err);
    if (!pg->pending && !PQenterPipelineMode(pg->conn))
        return yj_pg_fail(pg, NULL, err);
    if (!PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0)) {
        if (!pg->pending)
            PQexitPipelineMode(pg->conn);
        return yj_pg_fail(pg, NULL, err);
    }
    pg->pending++;
    return YJ_OK;
}

/* --- transactions --------------------------------------------------------------------------------------- */

static yj_status pg_begin(yj_db *db, yj_db_mode mode, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    const char *sql = mode == YJ_DB_WRITE ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if (pg->garbage.len && !pg->broken)
        (void)simple(pg, pg->garbage.ptr, NULL);
    yj_buf_clear(&pg->garbage);
    yj_status s = yj_pg_exec(pg, sql, err);
    if (s != YJ_OK && pg->broken) /* an idle connection the server has dropped: nothing is lost yet */
        s = yj_pg_exec(pg, sql, err);
    return s;
}

static yj_status pg_commit(yj_db *db, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    if (pg->pending) {
        /* if an earlier statement of the pipeline fails, the server skips this one */
        YJ_TRY(yj_pg_send(pg, "COMMIT", err));
        return yj_pg_drain(pg, err);
    }
    return yj_pg_exec(pg, "COMMIT", err);
}

static void pg_rollback(yj_db *db)
{
    yj_pg *pg = yj_pg_of(db);
    if (pg->broken)
        return;
    (void)yj_pg_drain(pg, NULL);
    if (!pg->broken && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        (void)simple(pg, "ROLLBACK", NULL);
}

static yj_status pg_savepoint(yj_db *db, int n, yj_error *err)
{
    char sql[40];
    snprintf(sql, sizeof sql, "SAVEPOINT yj_%d", n);
    YJ_TRY(yj_pg_drain(yj_pg_of(db), err)); /* a failure before the savepoint is not of the savepoint */
    return yj_pg_send(yj_pg_of(db), sql, err);
}

static yj_status pg_release(yj_db *db, int n, yj_error *err)
{
    char sql[48];
    snprintf(sql, sizeof sql, "RELEASE SAVEPOINT yj_%d", n);
    YJ_TRY(yj_pg_send(yj_pg_of(db), sql, err));
    return yj_pg_drain(yj_pg_of(db), err);
}

static yj_status pg_undo(yj_db *db, int n, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    char sql[96];
    snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT yj_%d; RELEASE SAVEPOINT yj_%d", n, n);
    if (!pg->broken)
        (void)yj_pg_drain(pg, NULL); /* what failed is undone now */
    return yj_pg_exec(pg, sql, err);
}

static yj_status pg_lock(yj_db *db, int64_t key, yj_error *err)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT pg_advisory_xact_lock(%lld)", (long long)key);
    return yj_pg_exec(yj_pg_of(db), sql, err);
}

static yj_status pg_maintain(yj_db *db, int64_t *ret_log, int64_t *ret_left, yj_error *err)
{
    return YJ_OK; /* the server's own business */
}

static void pg_leave_log(yj_db *db)
{
}

static yj_status pg_script(yj_db *db, const char *sql, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    yj_span script = yj_span_of(sql), one;
    yj_buf text;
    yj_buf_init(&text, 2 * script.len + 65536);
    yj_status s = YJ_OK;
    while (s == YJ_OK && (one = yj_sql_next_statement(&script)).len > 0) {
        int params = 0;
        uint64_t untypable = 0;
        yj_buf_clear(&text);
        s = yj_pg_translate(one, &text, &params, &untypable, err);
        if (s == YJ_OK)
            s = yj_buf_status(&text, err);
        if (s == YJ_OK)
            s = yj_pg_exec(pg, text.ptr, err);
    }
    yj_buf_done(&text);
    return s;
}

static void pg_set_wait(yj_db *db, int ms)
{
    char sql[64];
    yj_pg_of(db)->wait_ms = ms;
    snprintf(sql, sizeof sql, "SET lock_timeout = %d", ms);
    (void)yj_pg_exec(yj_pg_of(db), sql, NULL);
}

/* --- opening -------------------------------------------------------------------------------------------- */

static void pg_close(yj_db *db)
{
    PQfinish(yj_pg_of(db)->conn);
    yj_buf_done(&yj_pg_of(db)->garbage);
    free(db);
}

static const yj_db_ops postgres_ops = {
    .close = pg_close,
    .prepare = yj_pg_prepare,
    .stmt_free = yj_pg_stmt_free,
    .bind_i64 = yj_pg_bind_i64,
    .bind_text = yj_pg_bind_text,
    .bind_blob = yj_pg_bind_blob,
    .bind_null = yj_pg_bind_null,
    .step = yj_pg_step,
    .run = yj_pg_run,
    .post = yj_pg_post,
    .reset = yj_pg_reset,
    .unbind = yj_pg_unbind,
    .columns = yj_pg_columns,
    .column_name = yj_pg_column_name,
    .col_null = yj_pg_col_null,
    .col_i64 = yj_pg_col_i64,
    .col_text = yj_pg_col_text,
    .col_blob = yj_pg_col_blob,
    .script = pg_script,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .savepoint = pg_savepoint,
    .release = pg_release,
    .undo = pg_undo,
    .lock = pg_lock,
    .maintain = pg_maintain,
    .leave_log = pg_leave_log,
    .set_wait = pg_set_wait,
};

yj_status yj_postgres_check_url(const char *conninfo, yj_error *err)
{
    char *why = NULL;
    PQconninfoOption *o = PQconninfoParse(conninfo, &why);
    yj_status s = YJ_OK;
    if (!o) /* libpq's text may quote the password */
        s = yj_fail(err, YJ_E_INVALID, "the address of the PostgreSQL store cannot be understood");
    PQconninfoFree(o);
    PQfreemem(why);
    return s;
}

yj_status yj_postgres_open(yj_store *s, yj_db_mode mode, yj_db **ret, yj_error *err)
{
    yj_pg *pg = calloc(1, sizeof *pg);
    if (!pg)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    pg->base.ops = &postgres_ops;
    pg->wait_ms = YJ_STORE_WAIT_MS;
    yj_buf_init(&pg->garbage, 65536);
    yj_status status = connect_now(pg, s, mode, err);
    if (status != YJ_OK) {
        pg_close(&pg->base);
        return status;
    }
    *ret = &pg->base;
    return YJ_OK;
}
