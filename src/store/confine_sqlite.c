// SPDX-License-Identifier: Apache-2.0
/*
 * Rules on SQLite. The views are temporary, under names that nobody can guess: ordinary SQL on the connection
 * never meets them (a kind may be called like a base table), and the authorizer can tell a read of a base
 * table inside a view from one that a rule wrote itself. A rule sees the views by their plain names, as
 * common table expressions put before its text.
 *
 * The authorizer stays installed, so that it also guards when SQLite prepares a statement anew by itself; it
 * does nothing unless a rule is being prepared or stepped.
 */
#include "base/time.h"
#include "store/confine_internal.h"
#include "store/sqlite_internal.h"
#include "store/sqlite_rule.h"
#include <stdio.h>

#define PROGRESS_STEPS 2000
#define VALUE_BYTES_MAX (64 << 20) /* no text a rule makes may be longer */

/* --- the authorizer ------------------------------------------------------------------------------------- */

static bool of_view(const yj_confine *c, const char *name)
{
    return name && strncmp(name, c->prefix, strlen(c->prefix)) == 0;
}

/** A read of no column comes without the schema: for a CTE and for a table alike. */
static bool may_name(const yj_confine *c, const char *name)
{
    if (yj_rule_names_have(&c->bases, name))
        return false;
    return strcmp(name, "subject") == 0 || yj_rule_names_have(&c->views, name) ||
           (c->ctes && yj_rule_names_have(c->ctes, name));
}

static bool may_read(const yj_confine *c, const char *table, const char *column, const char *view)
{
    if (of_view(c, table) || of_view(c, view))
        return true;
    if (strcmp(table, YJ_SUBJECTS_TABLE) == 0)
        return view && strcmp(view, "subject") == 0;
    return !column[0] && may_name(c, table);
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *schema,
                     const char *view)
{
    yj_confine *c = ctx;
    if (!c->running || action == SQLITE_SELECT || action == SQLITE_RECURSIVE)
        return SQLITE_OK;
    if (action == SQLITE_READ && a && b && may_read(c, a, b, view))
        return SQLITE_OK;
    if (action == SQLITE_FUNCTION && b &&
        (yj_rule_function_allowed(b) || strcmp(b, "like") == 0 ||
         ((strcmp(b, "yj_inst") == 0 || strcmp(b, "yj_settled") == 0) && of_view(c, view))))
        return SQLITE_OK;
    if (!c->denied[0] && action == SQLITE_READ)
        snprintf(c->denied, sizeof c->denied, "%s%s%s", a ? a : "", b && b[0] ? "." : "", b ? b : "");
    else if (!c->denied[0] && action == SQLITE_FUNCTION)
        snprintf(c->denied, sizeof c->denied, "%s()", b ? b : "");
    else if (!c->denied[0])
        snprintf(c->denied, sizeof c->denied, "action %d", action);
    return SQLITE_DENY;
}

static int stop_at_deadline(void *ctx)
{
    const yj_confine *c = ctx;
    return yj_monotonic_ns() >= c->deadline_ns;
}

/* --- set-up --------------------------------------------------------------------------------------------- */

static void fn_settled(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    (void)argv;
    const yj_confine *c = sqlite3_user_data(ctx);
    sqlite3_result_int(ctx, c->settled);
}

static yj_status exec(sqlite3 *h, const char *sql, yj_error *err)
{
    int rc = sqlite3_exec(h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? YJ_OK : yj_sqlite_fail(h, rc, err);
}

/** Names selected by `sql`, into a list of any length. */
static yj_status list_names(sqlite3 *h, const char *sql, yj_rule_names *ret, yj_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(h, sql, -1, &s, NULL);
    size_t cap = 0;
    free(ret->name);
    *ret = (yj_rule_names){ 0 };
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (ret->count == cap) {
            void *grown = realloc(ret->name, (cap = cap * 2 + 64) * sizeof *ret->name);
            if (!grown) {
                rc = SQLITE_NOMEM;
                break;
            }
            ret->name = grown;
        }
        snprintf(ret->name[ret->count++], sizeof *ret->name, "%s", (const char *)sqlite3_column_text(s, 0));
        rc = SQLITE_OK;
    }
    yj_status status = rc == SQLITE_DONE ? YJ_OK : yj_sqlite_fail(h, rc, err);
    sqlite3_finalize(s);
    return status;
}

static yj_status drop_views(sqlite3 *h, yj_buf *sql, yj_error *err)
{
    yj_rule_names old = { 0 };
    yj_status s = list_names(
        h, "SELECT name FROM sqlite_temp_schema WHERE type = 'view' AND name LIKE 'yj:%'", &old, err);
    for (size_t i = 0; s == YJ_OK && i < old.count; i++)
        yj_buf_fmt(sql, "DROP VIEW temp.\"%s\";", old.name[i]);
    free(old.name);
    return s;
}

static void make_views(const yj_confine *c, const yj_kind_table *tables, size_t count, yj_buf *sql)
{
    for (size_t i = 0; i < count; i++) {
        const yj_kind_table *k = &tables[i];
        yj_buf_fmt(sql, "CREATE TEMP VIEW \"%s%s\" AS ", c->prefix, k->name);
        yj_kind_view_sql(k, NULL, "main", "yj_inst()", sql);
        yj_buf_char(sql, ';');
        for (size_t j = 0; j < k->column_count; j++)
            if (k->columns[j].is_list) {
                yj_buf_fmt(sql, "CREATE TEMP VIEW \"%s%s_%s\" AS ", c->prefix, k->name, k->columns[j].name);
                yj_kind_view_sql(k, &k->columns[j], "main", "yj_inst()", sql);
                yj_buf_char(sql, ';');
            }
    }
}

static yj_status set_up_views(sqlite3 *h, yj_confine *c, const yj_kind_table *tables, size_t count,
                              yj_error *err)
{
    unsigned char random[8];
    yj_buf sql;
    yj_buf_init(&sql, (size_t)8 << 20);
    yj_buf_str(&sql, "BEGIN;");
    yj_random(random, sizeof random);
    snprintf(c->prefix, sizeof c->prefix, "yj:%02x%02x%02x%02x%02x%02x%02x%02x:", random[0], random[1],
             random[2], random[3], random[4], random[5], random[6], random[7]);
    yj_status s = drop_views(h, &sql, err);
    if (s == YJ_OK) {
        make_views(c, tables, count, &sql);
        yj_buf_str(&sql, "COMMIT");
        s = yj_buf_status(&sql, err);
    }
    if (s == YJ_OK)
        s = exec(h, sql.ptr, err);
    if (s != YJ_OK && !sqlite3_get_autocommit(h))
        (void)sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
    yj_buf_done(&sql);
    return s;
}

yj_status yj_sqlite_confine_setup(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    yj_confine *c = db->confine;
    sqlite3 *h = ((yj_sqlite *)db)->h;
    int rc = yj_sqlite_rule_functions(h, &c->scope);
    if (rc == SQLITE_OK)
        rc = yj_sqlite_rule_subjects(h, c);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function_v2(h, "yj_settled", 0,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, c, fn_settled,
                                        NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return yj_sqlite_fail(h, rc, err);
    sqlite3_set_authorizer(h, NULL, NULL); /* also lets the subjects be a table, which a strict one stops */
    c->subject_count = 0;
    YJ_TRY(exec(h, "SELECT count(*) FROM " YJ_SUBJECTS_TABLE, err));
    YJ_TRY(list_names(h, "SELECT lower(name) FROM main.sqlite_schema WHERE type IN ('table', 'view')",
                      &c->bases, err));
    if (db->mode == YJ_DB_READ) /* which forbids temporary views too */
        YJ_TRY(exec(h, "PRAGMA query_only=OFF", err));
    yj_status s = set_up_views(h, c, tables, count, err);
    if (db->mode == YJ_DB_READ) {
        yj_status back = exec(h, "PRAGMA query_only=ON", s == YJ_OK ? err : NULL);
        s = s == YJ_OK ? back : s;
    }
    if (s == YJ_OK)
        sqlite3_set_authorizer(h, authorize, c);
    return s;
}

/* --- running -------------------------------------------------------------------------------------------- */

static void write_param(void *ctx, size_t n, yj_buf *out)
{
    (void)ctx;
    yj_buf_fmt(out, "?%zu", n + 1);
}

void yj_sqlite_rule_make(const yj_confine *c, const yj_rule_known *rule, yj_buf *out)
{
    yj_buf_str(out, "WITH subject(id) AS MATERIALIZED (SELECT id FROM " YJ_SUBJECTS_TABLE ")");
    for (size_t i = 0; i < c->views.count; i++) {
        const char *name = c->views.name[i];
        if (yj_rule_names_have(&rule->names.words,
                               name)) /* each use is planned for itself, never as a whole */
            yj_buf_fmt(out, ", \"%s\" AS NOT MATERIALIZED (SELECT * FROM temp.\"%s%s\")", name, c->prefix,
                       name);
    }
    yj_buf_str(out, " SELECT * FROM (");
    yj_rule_text_write(yj_span_of(rule->text), &rule->names, write_param, NULL, false, out);
    yj_buf_str(out, "\n) AS q"); /* the line ends a comment that the rule may end with */
}

static yj_status take_rows(yj_confine *c, yj_stmt *st, const yj_rule_run *run, yj_error *err)
{
    for (int64_t rows = 0;; rows++) {
        bool row = false;
        c->running = true;
        yj_status s = yj_stmt_step(st, &row, err);
        c->running = false;
        YJ_TRY(s);
        if (!row)
            return YJ_OK;
        if (rows == run->limits.max_rows)
            return yj_fail(err, YJ_E_LIMIT, "the rule returns more than %lld rows",
                           (long long)run->limits.max_rows);
        YJ_TRY(run->fn(run->ctx, st, err));
    }
}

/** Is no import under way, as this transaction sees it? Outside one an import may begin before the rule does.
 */
static yj_status look_if_settled(yj_db *db, yj_error *err)
{
    db->confine->settled = false;
    if (db->depth == 0)
        return YJ_OK;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM main.open_batch LIMIT 1", &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    db->confine->settled = !row;
    return YJ_OK;
}

static yj_status run_confined(yj_db *db, const yj_rule_run *run, yj_error *err)
{
    yj_confine *c = db->confine;
    YJ_TRY(look_if_settled(db, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    c->running = true;
    yj_status s = yj_db_prepare_made(db, run->rule->made, &st, err);
    c->running = false;
    YJ_TRY(s);
    if (!((yj_sqlite_stmt *)st)->readonly)
        return yj_fail(err, YJ_E_FORBIDDEN, YJ_MSG_FORBIDDEN, "no SELECT");
    for (size_t i = 0; i < run->rule->names.params.count && (int)i < st->params; i++) {
        int64_t v = 0;
        if (!run->values[i])
            yj_bind_null(st, (int)i + 1);
        else if (!run->rule->integer[i])
            yj_bind_cstr(st, (int)i + 1, run->values[i]);
        else if (yj_span_i64(yj_span_of(run->values[i]), &v))
            yj_bind_i64(st, (int)i + 1, v);
        else
            return yj_fail(err, YJ_E_INVALID, "the rule's parameter :%s must be a whole number",
                           run->rule->names.params.name[i]);
    }
    return take_rows(c, st, run, err);
}

yj_status yj_sqlite_rule_run(yj_db *db, const yj_rule_run *run, yj_error *err)
{
    yj_confine *c = db->confine;
    sqlite3 *h = ((yj_sqlite *)db)->h;
    bool spoiled = db->spoiled;
    int length = sqlite3_limit(h, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    c->ctes = &run->rule->names.ctes;
    c->denied[0] = '\0';
    c->deadline_ns = yj_monotonic_ns() + run->limits.max_ms * 1000000;
    sqlite3_progress_handler(h, PROGRESS_STEPS, stop_at_deadline, c);
    c->subjects = run->subjects;
    c->subject_count = run->subject_count;
    yj_status s = run_confined(db, run, err);
    c->subjects = NULL;
    c->subject_count = 0;
    sqlite3_progress_handler(h, 0, NULL, NULL);
    sqlite3_limit(h, SQLITE_LIMIT_LENGTH, length);
    c->ctes = NULL;
    /* a SELECT that failed has harmed nothing, unless SQLite itself has rolled back */
    if (db->depth == 0 || !sqlite3_get_autocommit(h))
        db->spoiled = spoiled;
    if (s != YJ_OK && c->denied[0])
        return yj_fail(err, YJ_E_FORBIDDEN, YJ_MSG_FORBIDDEN, c->denied);
    return s;
}
