// SPDX-License-Identifier: Apache-2.0
#include "store/db_internal.h"
#include "store/layout.h"
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#define MIGRATE_LOCK INT64_C(0x796a6d6967) /* "yjmig" */

/** What a store says of itself. */
typedef struct laid {
    int version;                    /* -1: the store is empty; 0: only `meta` exists */
    char layout[YJ_LAYOUT_LEN + 1]; /* "": it is older than that */
} laid;

static yj_status read_meta(yj_db *db, int64_t *ret_version, laid *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db, "SELECT key, value FROM meta WHERE key IN ('schema_version', 'layout')", &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span value = yj_col_text(st, 1);
        if (yj_span_is(yj_col_text(st, 0), "layout"))
            snprintf(ret->layout, sizeof ret->layout, "%.*s", (int)value.len, value.ptr);
        else if (!yj_span_i64(value, ret_version))
            *ret_version = -1;
    }
}

static yj_status read_laid(yj_db *db, laid *ret, yj_error *err)
{
    *ret = (laid){ .version = -1 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        YJ_TRY(yj_db_prepare(db,
                             "SELECT count(*), coalesce(sum(CASE WHEN name = 'meta' THEN 1 ELSE 0 END), 0)"
                             " FROM sqlite_schema WHERE type = 'table'",
                             &st, err));
    else
        YJ_TRY(yj_db_prepare(db,
                             "SELECT count(*), coalesce(sum(CASE WHEN relname = 'meta' THEN 1 ELSE 0 END), 0)"
                             " FROM pg_catalog.pg_class WHERE relkind = 'r' AND"
                             " relnamespace = to_regnamespace('yunjian')",
                             &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    assert(row);
    int64_t tables = yj_col_i64(st, 0), meta = yj_col_i64(st, 1);
    if (tables == 0)
        return YJ_OK;
    int64_t version = -1;
    if (meta)
        YJ_TRY(read_meta(db, &version, ret, err));
    if (version < 0 || version > 1000000)
        return yj_fail(err, YJ_E_DB, "this database holds something else and no store of Yunjian");
    ret->version = (int)version;
    return YJ_OK;
}

yj_status yj_db_schema_version(yj_db *db, int *ret, yj_error *err)
{
    assert(db && ret);
    laid l;
    YJ_TRY(read_laid(db, &l, err));
    *ret = l.version < 0 ? 0 : l.version;
    return YJ_OK;
}

/** Is the store's layout that of this program's migrations up to its version?
 *  @param ret_kept it says so itself, and need not be made to */
static yj_status check_layout(yj_db *db, const laid *l, const yj_migration *rows, size_t count,
                              bool *ret_kept, yj_error *err)
{
    char own[YJ_LAYOUT_LEN + 1];
    bool same = true;
    *ret_kept = true;
    if (l->version <= 0)
        return YJ_OK;
    assert((size_t)l->version <= count);
    YJ_TRY(yj_layout_of(rows, (size_t)l->version, own, err));
    if (l->layout[0]) {
        same = strcmp(l->layout, own) == 0;
    } else {
        *ret_kept = false;
        same = l->version == 1; /* later ones have it */
        if (same)
            YJ_TRY(yj_layout_look(db, &rows[0], &same, err));
    }
    return same ? YJ_OK
                : yj_fail(
                      err, YJ_E_DB,
                      "the store was laid out by another state of this program (layout %.8s, here %.8s) and "
                      "is left alone: export its registers with the program that made it, and import them "
                      "into a new folder with this one",
                      l->layout[0] ? l->layout : "-", own);
}

static yj_status refuse_newer(int version, int known, yj_error *err)
{
    return yj_fail(err, YJ_E_DB,
                   "the store has schema version %d, this program knows %d: use a newer program", version,
                   known);
}

/** The store as it was, beside it. A copy left by an earlier attempt at the same step is replaced. */
static yj_status copy_before(yj_store *s, int version, yj_error *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s.before-v%d", s->where, version) < 0)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    (void)unlink(path);
    yj_status status = yj_store_copy(s, path, err);
    free(path);
    return status;
}

static yj_status put_meta(yj_db *db, const char *key, const char *value, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO meta(key, value) VALUES(?1, ?2)"
                         " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                         &st, err));
    yj_bind_cstr(st, 1, key);
    yj_bind_cstr(st, 2, value);
    return yj_stmt_run(st, NULL, err);
}

static yj_status apply(yj_db *db, const yj_migration *rows, size_t count, int *ret_from, yj_error *err)
{
    laid l;
    bool kept;
    YJ_TRY(yj_db_lock(db, MIGRATE_LOCK, err));
    YJ_TRY(read_laid(db, &l, err));
    if (l.version > rows[count - 1].version)
        return refuse_newer(l.version, rows[count - 1].version, err);
    YJ_TRY(check_layout(db, &l, rows, count, &kept, err));
    int from = l.version;
    if (from < 0) {
        from = 0;
        YJ_TRY(yj_db_script(db, "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT", err));
    }
    for (size_t i = 0; i < count; i++) {
        assert(rows[i].version == (int)i + 1);
        if (rows[i].version <= from)
            continue;
        yj_status s = yj_db_script(db, rows[i].sql, err);
        if (s != YJ_OK) {
            yj_error_prefix(err, "schema version %d", rows[i].version);
            return s;
        }
    }
    char version[16], layout[YJ_LAYOUT_LEN + 1];
    snprintf(version, sizeof version, "%d", rows[count - 1].version);
    YJ_TRY(yj_layout_of(rows, count, layout, err));
    YJ_TRY(put_meta(db, "schema_version", version, err));
    YJ_TRY(put_meta(db, "layout", layout, err));
    *ret_from = from;
    return YJ_OK;
}

yj_status yj_store_migrate(yj_store *s, const yj_migration *rows, size_t count, int *ret_from, int *ret_to,
                           yj_error *err)
{
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_db_open(s, YJ_DB_WRITE, &db, err));
    return yj_db_migrate(db, rows, count, ret_from, ret_to, err);
}

yj_status yj_db_migrate(yj_db *db, const yj_migration *rows, size_t count, int *ret_from, int *ret_to,
                        yj_error *err)
{
    assert(db && rows && count > 0);
    int newest = rows[count - 1].version;
    laid l;
    bool kept = true;
    YJ_TRY(read_laid(db, &l, err));
    int from = l.version;
    if (from > newest)
        return refuse_newer(from, newest, err);
    YJ_TRY(check_layout(db, &l, rows, count, &kept, err));
    if (from < newest || !kept) {
        if (from > 0 && from < newest && db->store->engine == YJ_ENGINE_SQLITE)
            YJ_TRY(copy_before(db->store, newest, err));
        YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
        yj_status status = apply(db, rows, count, &from, err);
        if (status == YJ_OK)
            status = yj_db_commit(db, err);
        if (status != YJ_OK)
            yj_db_rollback(db);
        if (status != YJ_OK && !(status == YJ_E_FULL && from == newest)) /* then it is looked at again */
            return status;
    }
    if (ret_from)
        *ret_from = from < 0 ? 0 : from;
    if (ret_to)
        *ret_to = newest;
    return YJ_OK;
}

yj_status yj_db_check_layout(yj_db *db, const yj_migration *rows, size_t count, yj_error *err)
{
    laid l;
    bool kept;
    YJ_TRY(read_laid(db, &l, err));
    if (l.version > rows[count - 1].version)
        return refuse_newer(l.version, rows[count - 1].version, err);
    return check_layout(db, &l, rows, count, &kept, err);
}
