// SPDX-License-Identifier: Apache-2.0
/*
 * The subjects of the run that goes on, as a table that stands in no schema: nothing is written into a JSON
 * text and read out of it again, and the planner is told how many to reckon with. (Of a table-valued function
 * it believes that 25 rows come out, and joins what follows from them row by row with one another.)
 */
#include "store/confine_internal.h"
#include "store/sqlite_rule.h"

#define ROWS_EXPECTED 1000

typedef struct subjects_table {
    sqlite3_vtab base;
    const yj_confine *c;
} subjects_table;

typedef struct subjects_cursor {
    sqlite3_vtab_cursor base;
    size_t at;
} subjects_cursor;

static const yj_confine *confine_of(sqlite3_vtab_cursor *cursor)
{
    return ((subjects_table *)cursor->pVtab)->c;
}

static int connect_table(sqlite3 *h, void *c, int argc, const char *const *argv, sqlite3_vtab **ret,
                         char **ret_err)
{
    (void)argc;
    (void)argv;
    (void)ret_err;
    int rc = sqlite3_declare_vtab(h, "CREATE TABLE x(id TEXT NOT NULL)");
    if (rc != SQLITE_OK)
        return rc;
    subjects_table *t = calloc(1, sizeof *t);
    if (!t)
        return SQLITE_NOMEM;
    t->c = c;
    *ret = &t->base;
    return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *t)
{
    free(t);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t;
    info->estimatedCost = ROWS_EXPECTED;
    info->estimatedRows = ROWS_EXPECTED;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **ret)
{
    (void)t;
    subjects_cursor *k = calloc(1, sizeof *k);
    if (!k)
        return SQLITE_NOMEM;
    *ret = &k->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *k)
{
    free(k);
    return SQLITE_OK;
}

static int first_row(sqlite3_vtab_cursor *k, int index, const char *name, int argc, sqlite3_value **argv)
{
    (void)index;
    (void)name;
    (void)argc;
    (void)argv;
    ((subjects_cursor *)k)->at = 0;
    return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *k)
{
    ((subjects_cursor *)k)->at++;
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *k)
{
    return ((subjects_cursor *)k)->at >= confine_of(k)->subject_count;
}

static int column(sqlite3_vtab_cursor *k, sqlite3_context *ctx, int col)
{
    (void)col; /* there is but one; the caller's text stands as long as the run */
    sqlite3_result_text(ctx, confine_of(k)->subjects[((subjects_cursor *)k)->at], -1, SQLITE_STATIC);
    return SQLITE_OK;
}

static int row_number(sqlite3_vtab_cursor *k, sqlite3_int64 *ret)
{
    *ret = (sqlite3_int64)((subjects_cursor *)k)->at;
    return SQLITE_OK;
}

int yj_sqlite_rule_subjects(sqlite3 *h, const yj_confine *c)
{
    static const sqlite3_module module = {
        .xConnect = connect_table, /* no xCreate: nobody makes another one */
        .xBestIndex = best_index,
        .xDisconnect = disconnect_table,
        .xOpen = open_cursor,
        .xClose = close_cursor,
        .xFilter = first_row,
        .xNext = next_row,
        .xEof = at_end,
        .xColumn = column,
        .xRowid = row_number,
    };
    return sqlite3_create_module_v2(h, YJ_SUBJECTS_TABLE, &module, (void *)(uintptr_t)c, NULL);
}
