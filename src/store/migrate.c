// SPDX-License-Identifier: Apache-2.0
#include "store/db_internal.h"
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#define MIGRATE_LOCK INT64_C(0x796a6d6967) /* "yjmig" */

/** -1: the store is empty; 0: only `meta` exists. */
static yj_status read_version(yj_db *db, int *ret, yj_error *err)
{
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
    if (tables == 0) {
        *ret = -1;
        return YJ_OK;
    }
    int64_t version = -1;
    if (meta) {
        yj_auto(yj_stmt_donep) yj_stmt *get = NULL;
        YJ_TRY(yj_db_prepare(db, "SELECT value FROM meta WHERE key = 'schema_version'", &get, err));
        YJ_TRY(yj_stmt_step(get, &row, err));
        if (row && !yj_span_i64(yj_col_text(get, 0), &version))
            version = -1;
    }
    if (version < 0 || version > 1000000)
        return yj_fail(err, YJ_E_DB, "this database holds something else and no store of Yunjian");
    *ret = (int)version;
    return YJ_OK;
}

yj_status yj_db_schema_version(yj_db *db, int *ret, yj_error *err)
{
    assert(db && ret);
    int version = 0;
    YJ_TRY(read_version(db, &version, err));
    *ret = version < 0 ? 0 : version;
    return YJ_OK;
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

static yj_status apply(yj_db *db, const yj_migration *rows, size_t count, int *ret_from, yj_error *err)
{
    int from = 0;
    YJ_TRY(yj_db_lock(db, MIGRATE_LOCK, err));
    YJ_TRY(read_version(db, &from, err));
    if (from > rows[count - 1].version)
        return refuse_newer(from, rows[count - 1].version, err);
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
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO meta(key, value) VALUES('schema_version', ?1)"
                         " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                         &st, err));
    char version[16];
    snprintf(version, sizeof version, "%d", rows[count - 1].version);
    yj_bind_cstr(st, 1, version);
    YJ_TRY(yj_stmt_run(st, NULL, err));
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
    int newest = rows[count - 1].version, from = 0;
    YJ_TRY(read_version(db, &from, err));
    if (from > newest)
        return refuse_newer(from, newest, err);
    if (from < newest) {
        if (from > 0 && db->store->engine == YJ_ENGINE_SQLITE)
            YJ_TRY(copy_before(db->store, newest, err));
        YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
        yj_status status = apply(db, rows, count, &from, err);
        if (status != YJ_OK) {
            yj_db_rollback(db);
            return status;
        }
        YJ_TRY(yj_db_commit(db, err));
    }
    if (ret_from)
        *ret_from = from < 0 ? 0 : from;
    if (ret_to)
        *ret_to = newest;
    return YJ_OK;
}
