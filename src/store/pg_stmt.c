// SPDX-License-Identifier: Apache-2.0
/*
 * Prepared statements on PostgreSQL. A statement is prepared at its first run, when the types of what is
 * bound are known: left to itself the server would take the 0 of "?1 = 0" for a 32-bit number. Parameters go
 * over in binary, results come back as text.
 */
#include "store/pg_internal.h"
#include "store/pg_text.h"
#include <assert.h>
#include <endian.h>
#include <stdio.h>

#define PIPELINE_MAX 1024 /* bounds the memory held by results that were not fetched yet */

static yj_pg_stmt *stmt_of(yj_stmt *st)
{
    return (yj_pg_stmt *)st;
}

yj_status yj_pg_prepare(yj_db *db, const char *sql, size_t len, yj_stmt **ret, yj_error *err)
{
    (void)db;
    yj_buf text;
    int params = 0;
    uint64_t untypable = 0;
    yj_buf_init(&text, len * 2 + 4096);
    yj_status s = yj_pg_translate((yj_span){ sql, len }, &text, &params, &untypable, err);
    yj_pg_stmt *st = s == YJ_OK ? calloc(1, sizeof *st) : NULL;
    if (st) {
        size_t n = (size_t)params + 1;
        st->sql = strdup(text.ptr ? text.ptr : "");
        st->param = calloc(n, sizeof *st->param);
        st->value = calloc(n, sizeof *st->value);
        st->length = calloc(n, sizeof *st->length);
        st->format = calloc(n, sizeof *st->format);
    }
    yj_buf_done(&text);
    if (s != YJ_OK)
        return s;
    if (!st || !st->sql || !st->param || !st->value || !st->length || !st->format) {
        if (st)
            yj_pg_stmt_free(&st->base);
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    }
    st->base.params = params;
    st->untypable = untypable;
    for (int i = 0; i < params; i++)
        st->format[i] = 1;
    *ret = &st->base;
    return YJ_OK;
}

void yj_pg_stmt_free(yj_stmt *base)
{
    yj_pg_stmt *st = stmt_of(base);
    yj_pg *pg = base->db ? yj_pg_of(base->db) : NULL;
    yj_pg_reset(base);
    if (pg && st->generation && st->generation == pg->generation)
        yj_buf_fmt(&pg->garbage, "DEALLOCATE %s;", st->name);
    free(st->sql);
    free(st->param);
    free(st->value);
    free(st->length);
    free(st->format);
    free(st);
}

/* --- binding -------------------------------------------------------------------------------------------- */

static void bind(yj_stmt *base, int n, Oid type, const char *p, size_t len)
{
    yj_pg_stmt *st = stmt_of(base);
    assert(len <= INT32_MAX);
    st->param[n - 1].bound = type;
    st->value[n - 1] = p;
    st->length[n - 1] = (int)len;
}

void yj_pg_bind_i64(yj_stmt *st, int n, int64_t v)
{
    uint64_t big = htobe64((uint64_t)v);
    char *at = stmt_of(st)->param[n - 1].integer;
    memcpy(at, &big, sizeof big);
    bind(st, n, YJ_PG_INT8, at, sizeof big);
}

void yj_pg_bind_text(yj_stmt *st, int n, const char *p, size_t len)
{
    bind(st, n, YJ_PG_TEXT, p, len);
}

void yj_pg_bind_blob(yj_stmt *st, int n, const void *p, size_t len)
{
    bind(st, n, YJ_PG_BYTEA, p, len);
}

void yj_pg_bind_null(yj_stmt *st, int n)
{
    bind(st, n, 0, NULL, 0);
}

void yj_pg_unbind(yj_stmt *st)
{
    for (int i = 1; i <= st->params; i++)
        yj_pg_bind_null(st, i);
}

/* --- running -------------------------------------------------------------------------------------------- */

/** @param guess bit by bit, for the parameters in `guessed`: text or number */
static yj_status prepare_as(yj_pg *pg, yj_pg_stmt *st, uint64_t guessed, uint64_t guess, bool *ret_retry,
                            yj_error *err)
{
    Oid types[YJ_PARAMS_MAX];
    for (int i = 0, bit = 0; i < st->base.params; i++) {
        if (st->param[i].bound)
            st->param[i].declared = st->param[i].bound;
        types[i] = st->param[i].declared;
        if (i < 64 && (guessed >> i & 1))
            types[i] = guess >> bit++ & 1 ? YJ_PG_INT8 : YJ_PG_TEXT;
    }
    snprintf(st->name, sizeof st->name, "s%llu", (unsigned long long)++pg->next_name);
    PGresult *r = PQprepare(pg->conn, st->name, st->sql, st->base.params, types);
    yj_status s = YJ_OK;
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        static const char *const type_trouble[] = { "42P18", "42P08", "42883", "42804" };
        *ret_retry = false;
        for (size_t i = 0; state && i < YJ_COUNT(type_trouble); i++)
            *ret_retry = *ret_retry || strcmp(state, type_trouble[i]) == 0;
        s = yj_pg_fail(pg, r, err);
    }
    PQclear(r);
    return s;
}

/** A NULL has no type, and PostgreSQL refuses "?1 IS NULL" without one: try text and number for each of
 * those. A failed attempt would end the transaction, so each stands in a savepoint. Once for each statement.
 */
static yj_status prepare_guessing(yj_pg *pg, yj_pg_stmt *st, uint64_t guessed, yj_error *err)
{
    bool nested = PQtransactionStatus(pg->conn) == PQTRANS_INTRANS;
    int bits = __builtin_popcountll(guessed);
    yj_status s = YJ_OK;
    for (uint64_t guess = 0; guess < UINT64_C(1) << (bits < 6 ? bits : 6); guess++) {
        bool retry = false;
        if (nested)
            YJ_TRY(yj_pg_exec(pg, "SAVEPOINT yj_types", err));
        s = prepare_as(pg, st, guessed, guess, &retry, err);
        if (nested && !pg->broken)
            YJ_TRY(yj_pg_exec(pg, s == YJ_OK ? "RELEASE yj_types" : "ROLLBACK TO yj_types; RELEASE yj_types",
                              err));
        if (s == YJ_OK || !retry)
            break;
    }
    return s;
}

static yj_status ensure_prepared(yj_pg *pg, yj_pg_stmt *st, yj_error *err)
{
    bool known = st->generation == pg->generation;
    uint64_t guessed = 0;
    for (int i = 0; i < st->base.params; i++) {
        if (st->param[i].bound && st->param[i].bound != st->param[i].declared)
            known = false;
        if (!st->param[i].bound && !st->param[i].declared && i < 64)
            guessed |= st->untypable & UINT64_C(1) << i;
    }
    if (known)
        return YJ_OK;
    YJ_TRY(yj_pg_drain(pg, err));
    if (st->generation && st->generation == pg->generation) {
        char sql[48];
        snprintf(sql, sizeof sql, "DEALLOCATE %s", st->name);
        st->generation = 0;
        YJ_TRY(yj_pg_exec(pg, sql, err));
    }
    bool retry = false;
    YJ_TRY(guessed ? prepare_guessing(pg, st, guessed, err) : prepare_as(pg, st, 0, 0, &retry, err));
    st->generation = pg->generation;
    return YJ_OK;
}

static yj_status execute(yj_stmt *base, yj_error *err)
{
    yj_pg_stmt *st = stmt_of(base);
    yj_pg *pg = yj_pg_of(base->db);
    YJ_TRY(yj_pg_drain(pg, err));
    YJ_TRY(ensure_prepared(pg, st, err));
    PGresult *r = PQexecPrepared(pg->conn, st->name, base->params, st->value, st->length, st->format, 0);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        yj_status s = yj_pg_fail(pg, r, err);
        PQclear(r);
        return s;
    }
    st->result = r;
    st->row = -1;
    st->columns = PQnfields(r);
    return YJ_OK;
}

#define FENCE "yj_fence"
#define FENCE_UNDO "ROLLBACK TO SAVEPOINT " FENCE
#define FENCE_GONE "RELEASE SAVEPOINT " FENCE

static yj_status send_fenced(yj_pg *pg, yj_pg_stmt *st, const char *const *before, size_t count,
                             yj_error *err)
{
    YJ_TRY(yj_pg_send(pg, "SAVEPOINT " FENCE, err));
    for (size_t i = 0; i < count; i++)
        YJ_TRY(yj_pg_send(pg, before[i], err));
    if (!PQsendQueryPrepared(pg->conn, st->name, st->base.params, st->value, st->length, st->format, 0))
        return yj_pg_fail(pg, NULL, err);
    pg->pending++;
    YJ_TRY(yj_pg_send(pg, FENCE_UNDO, err));
    return yj_pg_send(pg, FENCE_GONE, err);
}

yj_status yj_pg_run_fenced(yj_stmt *base, const char *const *before, size_t count, yj_error *err)
{
    yj_pg_stmt *st = stmt_of(base);
    yj_pg *pg = yj_pg_of(base->db);
    assert(base->db->depth > 0 && !st->result);
    YJ_TRY(yj_pg_drain(pg, err)); /* what failed before is not of the fence */
    YJ_TRY(ensure_prepared(pg, st, err));
    yj_status s = send_fenced(pg, st, before, count, err);
    yj_status got = yj_pg_collect(pg, &st->result, s == YJ_OK ? err : NULL);
    if (s == YJ_OK)
        s = got;
    if (s != YJ_OK) {
        yj_pg_reset(base);
        if (!pg->broken && yj_pg_exec(pg, FENCE_UNDO "; " FENCE_GONE, NULL) != YJ_OK)
            base->db->spoiled = true;
        return s;
    }
    st->row = -1;
    st->columns = PQnfields(st->result);
    return YJ_OK;
}

/* Here, where want of memory can still be told. */
static yj_status decode_blobs(yj_pg_stmt *st, yj_error *err)
{
    for (int col = 0; col < st->columns; col++) {
        if (PQftype(st->result, col) != YJ_PG_BYTEA)
            continue;
        yj_span hex = { PQgetvalue(st->result, st->row, col), (size_t)PQgetlength(st->result, st->row, col) };
        if (hex.len < 2)
            continue;
        if (!st->blob)
            st->blob = calloc((size_t)st->columns, sizeof *st->blob);
        size_t cap = (hex.len - 2) / 2 + 1, len = 0;
        unsigned char *bytes = st->blob ? realloc(st->blob[col], cap) : NULL;
        if (!bytes)
            return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
        st->blob[col] = bytes;
        bool good = yj_hex_decode((yj_span){ hex.ptr + 2, hex.len - 2 }, bytes, cap, &len);
        assert(good); /* bytea_output is hex */
    }
    return YJ_OK;
}

yj_status yj_pg_step(yj_stmt *base, bool *ret_row, yj_error *err)
{
    yj_pg_stmt *st = stmt_of(base);
    if (!st->result)
        YJ_TRY(execute(base, err));
    bool row = ++st->row < PQntuples(st->result);
    if (row)
        YJ_TRY(decode_blobs(st, err));
    *ret_row = row;
    return YJ_OK;
}

yj_status yj_pg_run(yj_stmt *st, int64_t *ret_changes, yj_error *err)
{
    YJ_TRY(execute(st, err));
    const char *tuples = PQcmdTuples(stmt_of(st)->result);
    int64_t n = 0;
    bool reads = strncmp(PQcmdStatus(stmt_of(st)->result), "SELECT", 6) == 0;
    if (ret_changes)
        *ret_changes = !reads && yj_span_i64(yj_span_of(tuples), &n) ? n : 0;
    yj_pg_reset(st);
    return YJ_OK;
}

yj_status yj_pg_post(yj_stmt *base, yj_error *err)
{
    yj_pg_stmt *st = stmt_of(base);
    yj_pg *pg = yj_pg_of(base->db);
    if (base->db->depth == 0) /* a pipeline would make one transaction of it */
        return yj_pg_run(base, NULL, err);
    if (pg->pending >= PIPELINE_MAX)
        YJ_TRY(yj_pg_drain(pg, err));
    YJ_TRY(ensure_prepared(pg, st, err));
    if (!pg->pending && !PQenterPipelineMode(pg->conn))
        return yj_pg_fail(pg, NULL, err);
    if (!PQsendQueryPrepared(pg->conn, st->name, base->params, st->value, st->length, st->format, 0)) {
        if (!pg->pending)
            PQexitPipelineMode(pg->conn);
        return yj_pg_fail(pg, NULL, err);
    }
    pg->pending++;
    return YJ_OK;
}

static void free_blobs(yj_pg_stmt *st)
{
    for (int i = 0; st->blob && i < st->columns; i++)
        free(st->blob[i]);
    free(st->blob);
    st->blob = NULL;
}

void yj_pg_reset(yj_stmt *base)
{
    yj_pg_stmt *st = stmt_of(base);
    free_blobs(st);
    PQclear(st->result);
    st->result = NULL;
}

/* --- results -------------------------------------------------------------------------------------------- */

int yj_pg_columns(const yj_stmt *st)
{
    const yj_pg_stmt *p = (const yj_pg_stmt *)st;
    return p->result ? p->columns : 0;
}

const char *yj_pg_column_name(const yj_stmt *st, int col)
{
    return PQfname(((const yj_pg_stmt *)st)->result, col);
}

bool yj_pg_col_null(yj_stmt *st, int col)
{
    return PQgetisnull(stmt_of(st)->result, stmt_of(st)->row, col) != 0;
}

yj_span yj_pg_col_text(yj_stmt *base, int col)
{
    yj_pg_stmt *st = stmt_of(base);
    const char *p = PQgetvalue(st->result, st->row, col);
    if (PQftype(st->result, col) == YJ_PG_BOOL && p[0]) /* truth values are numbers, as in SQLite */
        return p[0] == 't' ? YJ_SPAN("1") : YJ_SPAN("0");
    return (yj_span){ p, (size_t)PQgetlength(st->result, st->row, col) };
}

int64_t yj_pg_col_i64(yj_stmt *st, int col)
{
    yj_span s = yj_pg_col_text(st, col);
    int64_t v = 0;
    const char *dot = memchr(s.ptr, '.', s.len); /* numeric: cut off like SQLite */
    if (dot)
        s.len = (size_t)(dot - s.ptr);
    return yj_span_i64(s, &v) ? v : 0;
}

yj_span yj_pg_col_blob(yj_stmt *base, int col)
{
    yj_pg_stmt *st = stmt_of(base);
    yj_span text = yj_pg_col_text(base, col);
    if (PQftype(st->result, col) != YJ_PG_BYTEA || text.len < 2)
        return text;
    return (yj_span){ (const char *)st->blob[col], (text.len - 2) / 2 };
}
