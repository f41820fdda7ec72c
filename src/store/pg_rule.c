// SPDX-License-Identifier: Apache-2.0
/*
 * Rules on PostgreSQL. pg_rule_schema.c tells about roles, policies and functions. Each text is prepared once
 * for each connection, as role yunjian_rule, and executed inside yunjian.rule_run(), which needs its columns
 * named and typed. So it is planned once: planning a rule costs many times what running it costs.
 */
#include "base/json.h"
#include "store/confine_internal.h"
#include "store/pg_internal.h"
#include <stdatomic.h>
#include <stdio.h>

#define YJ_PG_INT2 21u
#define YJ_PG_VARCHAR 1043u
#define YJ_PG_TEXT_ARRAY 1009u
#define YJ_PG_JSONB 3802u

/* --- scope ---------------------------------------------------------------------------------------------- */

static const char scope_table[] =
    "CREATE TEMP TABLE IF NOT EXISTS yj_scope(inst bigint NOT NULL, today text NOT NULL, workdays jsonb NOT "
    "NULL);"
    "INSERT INTO pg_temp.yj_scope SELECT -1, '', '{}' WHERE NOT EXISTS (SELECT 1 FROM pg_temp.yj_scope);";

yj_status yj_pg_confine_setup(yj_db *db, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    yj_buf sql;
    yj_buf_init(&sql, 4096);
    yj_buf_fmt(&sql, "BEGIN READ WRITE;%s COMMIT", scope_table);
    yj_status s = yj_buf_status(&sql, err);
    if (s == YJ_OK)
        s = yj_pg_exec(pg, sql.ptr, err);
    if (s != YJ_OK && !pg->broken && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        (void)yj_pg_exec(pg, "ROLLBACK", NULL);
    yj_buf_done(&sql);
    db->confine->written = false;
    return s;
}

static yj_status write_scope(yj_db *db, yj_error *err)
{
    yj_confine *c = db->confine;
    const yj_workdays *days = &c->scope.workdays;
    yj_buf json;
    yj_jw w;
    yj_buf_init(&json, (size_t)8 << 20);
    yj_jw_init(&w, &json);
    yj_jw_object(&w);
    for (size_t i = 0; i < days->count; i++)
        yj_jw_ki64(&w, days->rows[i].date.s, days->rows[i].working);
    yj_jw_end_object(&w);
    yj_status s = yj_buf_status(&json, err);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (s == YJ_OK)
        s = yj_db_prepare(
            db, "UPDATE pg_temp.yj_scope SET inst = ?1, today = ?2, workdays = CAST(?3 AS jsonb)", &st, err);
    if (s == YJ_OK) {
        int64_t changes = 0;
        yj_bind_i64(st, 1, c->scope.inst);
        yj_bind_cstr(st, 2, c->scope.today.s);
        yj_bind_text(st, 3, yj_buf_view(&json));
        s = yj_stmt_run(st, &changes, err);
        if (s == YJ_OK && changes != 1)
            s = yj_fail(err, YJ_E_DB, "the scope of rules cannot be set");
    }
    yj_buf_done(&json);
    if (s == YJ_OK) {
        c->written = true;
        c->written_undo = db->undo_count;
        c->written_generation = yj_pg_of(db)->generation;
    }
    return s;
}

/** The row may have gone with a rollback or with the connection. */
static yj_status ensure_scope(yj_db *db, yj_error *err)
{
    const yj_confine *c = db->confine;
    if (c->written && c->written_undo == db->undo_count && c->written_generation == yj_pg_of(db)->generation)
        return YJ_OK;
    return write_scope(db, err);
}

yj_status yj_pg_confine_scope(yj_db *db, yj_error *err)
{
    return write_scope(db, err);
}

/* --- from a rule's text to the statement that runs it ----------------------------------------------------
 */

static void write_param(void *ctx, size_t n, yj_buf *out)
{
    const yj_rule_known *rule = ctx;
    yj_buf_fmt(out, rule->integer[n] ? "CAST($2 ->> %zu AS bigint)" : "($2 ->> %zu)", n);
}

void yj_pg_rule_make(const yj_rule_known *rule, yj_buf *out)
{
    /* unnest, as the planner looks at how long the array is */
    yj_buf_str(out, "WITH subject(id) AS MATERIALIZED (SELECT s.value COLLATE \"C\""
                    " FROM pg_catalog.unnest($1) AS s(value)) SELECT * FROM (");
    yj_rule_text_write(yj_span_of(rule->text), &rule->names, write_param, (void *)(uintptr_t)rule, true, out);
    yj_buf_str(out, "\n) AS q LIMIT $3");
}

static const char *type_name(Oid type)
{
    switch (type) {
    case YJ_PG_BOOL:
        return "boolean";
    case YJ_PG_INT2:
        return "smallint";
    case YJ_PG_INT4:
        return "integer";
    case YJ_PG_INT8:
        return "bigint";
    case YJ_PG_NUMERIC:
        return "numeric";
    case YJ_PG_TEXT:
        return "text";
    case YJ_PG_VARCHAR:
        return "character varying";
    default:
        return NULL;
    }
}

static yj_status make_outer(const PGresult *shape, yj_rule_known *rule, yj_error *err)
{
    yj_buf out;
    yj_buf_init(&out, 65536);
    yj_buf_str(&out, "SELECT * FROM yunjian.rule_run(?1, CAST(?2 AS text[]), CAST(?3 AS jsonb), ?4) AS q(");
    yj_status s = YJ_OK;
    for (int i = 0; i < PQnfields(shape) && s == YJ_OK; i++) {
        const char *type = type_name(PQftype(shape, i));
        if (!type)
            s = yj_fail(err, YJ_E_RULE, "column %s of the rule is neither text nor a number",
                        PQfname(shape, i));
        yj_buf_str(&out, i ? ", \"" : "\"");
        for (const char *p = PQfname(shape, i); *p; p++) {
            yj_buf_char(&out, *p);
            if (*p == '"')
                yj_buf_char(&out, *p);
        }
        yj_buf_fmt(&out, "\" %s", type ? type : "");
    }
    yj_buf_char(&out, ')');
    if (s == YJ_OK)
        s = yj_buf_status(&out, err);
    if (s != YJ_OK) {
        yj_buf_done(&out);
        return s;
    }
    rule->outer = out.ptr; /* the buffer's memory is handed over */
    return YJ_OK;
}

void yj_pg_rule_forget(yj_db *db, const yj_rule_known *rule)
{
    yj_pg *pg = yj_pg_of(db);
    if (rule->prepared_on && rule->prepared_on == pg->generation)
        yj_buf_fmt(&pg->garbage, "DEALLOCATE %s;", rule->prepared);
}

static yj_status describe_as_rule(yj_db *db, yj_rule_known *rule, yj_error *err)
{
    static const Oid types[] = { YJ_PG_TEXT_ARRAY, YJ_PG_JSONB, YJ_PG_INT8 };
    yj_pg *pg = yj_pg_of(db);
    YJ_TRY(yj_pg_exec(
        pg, "SET LOCAL search_path = yunjian_rule, pg_catalog, pg_temp; SET LOCAL ROLE yunjian_rule", err));
    static _Atomic unsigned counter;
    snprintf(rule->prepared, sizeof rule->prepared, "yj_rule_%u", atomic_fetch_add(&counter, 1));
    PGresult *r = PQprepare(pg->conn, rule->prepared, rule->made, 3, types);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        yj_status s = yj_pg_fail(pg, r, err);
        PQclear(r);
        return s;
    }
    PQclear(r);
    r = PQdescribePrepared(pg->conn, rule->prepared);
    yj_status s = PQresultStatus(r) == PGRES_COMMAND_OK ? YJ_OK : yj_pg_fail(pg, r, err);
    if (s == YJ_OK && !rule->outer)
        s = make_outer(r, rule, err);
    PQclear(r);
    rule->prepared_on = pg->generation; /* a prepared statement outlives the savepoint it was made in */
    if (s != YJ_OK) {
        yj_pg_rule_forget(db, rule);
        rule->prepared_on = 0;
    }
    return s;
}

/** Run `fn` in a savepoint that is always undone: settings, role and failures go with it. */
static yj_status in_savepoint(yj_db *db, yj_status (*fn)(yj_db *, yj_rule_known *, yj_error *),
                              yj_rule_known *rule, yj_error *err)
{
    uint64_t undone = db->undo_count;
    YJ_TRY(yj_db_savepoint(db, err));
    yj_status s = fn(db, rule, err);
    yj_status back = yj_db_savepoint_undo(db, s == YJ_OK ? err : NULL);
    db->undo_count = undone; /* nothing of the caller's went with it */
    return s == YJ_OK ? back : s;
}

/* --- running -------------------------------------------------------------------------------------------- */

static yj_status write_values(const yj_rule_run *run, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_array(&w);
    for (size_t i = 0; i < run->rule->names.params.count; i++) {
        int64_t v;
        if (run->values[i] && run->rule->integer[i] && !yj_span_i64(yj_span_of(run->values[i]), &v))
            return yj_fail(err, YJ_E_INVALID, "the rule's parameter :%s must be a whole number",
                           run->rule->names.params.name[i]);
        yj_jw_str(&w, run->values[i]);
    }
    yj_jw_end_array(&w);
    return yj_buf_status(out, err);
}

/** A literal of type text[]. */
static void write_subjects(const yj_rule_run *run, yj_buf *out)
{
    yj_buf_char(out, '{');
    for (size_t i = 0; i < run->subject_count; i++) {
        yj_buf_str(out, i ? ",\"" : "\"");
        for (const char *p = run->subjects[i]; *p; p++) {
            if (*p == '"' || *p == '\\')
                yj_buf_char(out, '\\');
            yj_buf_char(out, *p);
        }
        yj_buf_char(out, '"');
    }
    yj_buf_char(out, '}');
}

/** What is bound, besides the rule itself. */
typedef struct bound {
    yj_buf subjects, values;
} bound;

/** The rule, between fences, in one message: a run costs one round trip to the server.
 *  @param ret_row the statement stands on its first row; its rows are all here, so the fences are down */
static yj_status run_fenced(yj_db *db, const yj_rule_run *run, yj_stmt *st, const bound *b, bool *ret_row,
                            yj_error *err)
{
    char timeout[64];
    snprintf(timeout, sizeof timeout, "SET LOCAL statement_timeout = %lld",
             (long long)(run->limits.max_ms > 0 ? run->limits.max_ms : 1));
    const char *const fences[] = { timeout, "SET LOCAL transaction_read_only = on" };
    yj_bind_cstr(st, 1, run->rule->prepared);
    yj_bind_text(st, 2, yj_buf_view(&b->subjects));
    yj_bind_text(st, 3, yj_buf_view(&b->values));
    yj_bind_i64(st, 4, run->limits.max_rows + 1);
    if (!db->spoiled) /* else the step says so */
        YJ_TRY(yj_pg_run_fenced(st, fences, db->tx_mode == YJ_DB_WRITE ? 2 : 1, err));
    return yj_stmt_step(st, ret_row, err);
}

static yj_status give_rows(const yj_rule_run *run, yj_stmt *st, bool row, yj_error *err)
{
    for (int64_t rows = 0; row; rows++) {
        if (rows == run->limits.max_rows)
            return yj_fail(err, YJ_E_LIMIT, "the rule returns more than %lld rows",
                           (long long)run->limits.max_rows);
        YJ_TRY(run->fn(run->ctx, st, err));
        YJ_TRY(yj_stmt_step(st, &row, err));
    }
    return YJ_OK;
}

static yj_status run_in_transaction(yj_db *db, const yj_rule_run *run, const bound *b, yj_error *err)
{
    YJ_TRY(ensure_scope(db, err));
    if (!run->rule->outer || run->rule->prepared_on != yj_pg_of(db)->generation)
        YJ_TRY(in_savepoint(db, describe_as_rule, run->rule, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(db, run->rule->outer, &st, err));
    YJ_TRY(run_fenced(db, run, st, b, &row, err));
    return give_rows(run, st, row, err);
}

/** Outside a transaction the run has one of its own; the scope is written before, or it would go with it. */
static yj_status run_alone(yj_db *db, const yj_rule_run *run, const bound *b, yj_error *err)
{
    YJ_TRY(ensure_scope(db, err));
    uint64_t undone = db->undo_count, generation = yj_pg_of(db)->generation;
    YJ_TRY(yj_db_begin(db, YJ_DB_READ, err));
    yj_status s = run_in_transaction(db, run, b, err);
    yj_db_rollback(db);
    db->undo_count = undone;
    if (yj_pg_of(db)->generation != generation)
        db->confine->written = false;
    return s;
}

yj_status yj_pg_rule_run(yj_db *db, const yj_rule_run *run, yj_error *err)
{
    bound b;
    yj_buf_init(&b.subjects, YJ_SUBJECT_BYTES_MAX);
    yj_buf_init(&b.values, (size_t)1 << 20);
    write_subjects(run, &b.subjects);
    yj_status s = yj_buf_status(&b.subjects, err);
    if (s == YJ_OK)
        s = write_values(run, &b.values, err);
    if (s == YJ_OK)
        s = (db->depth == 0 ? run_alone : run_in_transaction)(db, run, &b, err);
    yj_buf_done(&b.subjects);
    yj_buf_done(&b.values);
    return s;
}
