// SPDX-License-Identifier: Apache-2.0
#include "store/kind_table.h"
#include "store/kind_internal.h"
#include <assert.h>
#include <stdio.h>

#define SYNC_LOCK INT64_C(0x796a6b696e64) /* "yjkind" */
#define SQL_MAX ((size_t)1 << 20)
/* Raised when the SQL made here, in pg_planner.c or in pg_rule_schema.c changes: then every store is brought
 * up to date. */
#define REVISION "5"

/* --- names ---------------------------------------------------------------------------------------------- */

static bool name_valid(const char *name)
{
    size_t len = strlen(name);
    if (len < 1 || len > 41 || name[0] < 'a' || name[0] > 'z')
        return false;
    for (size_t i = 1; i < len; i++)
        if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') && name[i] != '_')
            return false;
    return true;
}

/** How many of the views have this name: a kind's, or a list's? Asked for each of them, so it makes no text.
 */
static size_t count_views_named(const yj_kind_table *tables, size_t count, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(tables[i].name);
        if (strncmp(tables[i].name, name, len) != 0)
            continue;
        found += name[len] == '\0';
        for (size_t j = 0; name[len] == '_' && j < tables[i].column_count; j++)
            found += tables[i].columns[j].is_list && strcmp(tables[i].columns[j].name, name + len + 1) == 0;
    }
    return found;
}

static yj_status check_columns(const yj_kind_table *tables, size_t count, const yj_kind_table *k,
                               yj_error *err)
{
    for (size_t j = 0; j < k->column_count; j++) {
        const char *name = k->columns[j].name;
        if (!name_valid(name))
            return yj_fail(err, YJ_E_INVALID, "\"%s\" cannot be the name of a field", name);
        if (strcmp(name, "id") == 0 || strcmp(name, "state") == 0 || strcmp(name, "version") == 0)
            return yj_fail(err, YJ_E_INVALID, "field %s of kind %s: every kind has a column of that name",
                           name, k->name);
        for (size_t i = 0; i < j; i++)
            if (strcmp(k->columns[i].name, name) == 0)
                return yj_fail(err, YJ_E_INVALID, "field %s of kind %s is declared twice", name, k->name);
        if (!k->columns[j].is_list)
            continue;
        char view[2 * YJ_NAME_CAP];
        snprintf(view, sizeof view, "%s_%s", k->name, name);
        if (strlen(view) > YJ_VIEW_NAME_MAX)
            return yj_fail(err, YJ_E_INVALID, "the list %s of kind %s: both names together are too long",
                           name, k->name);
        if (count_views_named(tables, count, view) > 1)
            return yj_fail(err, YJ_E_INVALID, "the view \"%s\" would stand for two things", view);
    }
    return YJ_OK;
}

yj_status yj_kind_tables_check(const yj_kind_table *tables, size_t count, yj_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const yj_kind_table *k = &tables[i];
        if (!name_valid(k->name) || strcmp(k->name, "subject") == 0)
            return yj_fail(err, YJ_E_INVALID, "\"%s\" cannot be the name of a kind", k->name);
        if (count_views_named(tables, count, k->name) > 1)
            return yj_fail(err, YJ_E_INVALID, "the view \"%s\" would stand for two things", k->name);
        YJ_TRY(check_columns(tables, count, k, err));
    }
    return YJ_OK;
}

/** The column of that place in the key's index; NULL. */
static const yj_kind_column *column_at(const yj_kind_table *k, unsigned at)
{
    for (size_t i = 0; i < k->column_count; i++)
        if (k->columns[i].at == at)
            return &k->columns[i];
    return NULL;
}

/** The columns of the index of a reference, as SQL. @return how many */
static size_t index_columns(const yj_kind_table *k, const yj_kind_column *ref,
                            char ret[static 4 * YJ_NAME_CAP])
{
    size_t n = 1;
    int len = snprintf(ret, 4 * YJ_NAME_CAP, "f_%s", ref->name);
    const yj_kind_column *next = ref->at == 1 ? column_at(k, 2) : NULL;
    for (; next; next = column_at(k, next->at + 1u), n++)
        len += snprintf(ret + len, 4 * YJ_NAME_CAP - (size_t)len, ", f_%s", next->name);
    return n;
}

/**
 * "$" stands between what an index is of: it is in no name of a kind. Index names are cut by PostgreSQL at 63
 * bytes: long ones keep their difference in a hash.
 */
static void index_name(char ret[static 64], const char *table, const char *columns)
{
    char full[64 + 4 * YJ_NAME_CAP];
    snprintf(full, sizeof full, "i_%s$%s", table, columns);
    for (char *comma = full; (comma = strstr(comma, ", "));) {
        *comma = '$';
        memmove(comma + 1, comma + 2, strlen(comma + 2) + 1);
    }
    if (strlen(full) <= 60) {
        memcpy(ret, full, strlen(full) + 1);
        return;
    }
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_hash(YJ_HASH_SHA256, full, strlen(full), &d);
    yj_digest_hex(&d, hex);
    snprintf(ret, 64, "%.44s$%.15s", full, hex);
}

/* --- tables --------------------------------------------------------------------------------------------- */

static yj_status run_made(yj_db *db, const yj_buf *sql, yj_error *err)
{
    YJ_TRY(yj_buf_status(sql, err));
    return yj_db_script(db, sql->ptr, err);
}

/** The type of a table's column as the engine names it; "" if there is none. */
static yj_status column_type(yj_db *db, const char *table, const char *column, char ret[static 32],
                             yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        YJ_TRY(yj_db_prepare(db, "SELECT type FROM pragma_table_info(?1) WHERE name = ?2", &st, err));
    else
        YJ_TRY(yj_db_prepare(db,
                             "SELECT format_type(a.atttypid, -1) FROM pg_catalog.pg_attribute a"
                             " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
                             " WHERE c.relname = ?1 AND c.relnamespace = to_regnamespace('yunjian')"
                             " AND a.attname = ?2 AND NOT a.attisdropped",
                             &st, err));
    yj_bind_cstr(st, 1, table);
    yj_bind_cstr(st, 2, column);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span type = row ? yj_col_text(st, 0) : YJ_SPAN("");
    size_t len = type.len < 31 ? type.len : 31;
    memcpy(ret, type.ptr, len);
    ret[len] = '\0';
    return YJ_OK;
}

static yj_status ensure_column(yj_db *db, const yj_kind_table *k, const yj_kind_column *c, yj_buf *sql,
                               yj_error *err)
{
    char table[64], column[64], have[32];
    snprintf(table, sizeof table, c->is_list ? "l_%s_%s" : "r_%s", k->name, c->name);
    snprintf(column, sizeof column, "f_%s", c->name);
    YJ_TRY(column_type(db, table, c->is_list ? "value" : column, have, err));
    if (!have[0]) {
        assert(!c->is_list);
        yj_buf_clear(sql);
        yj_buf_fmt(sql, "ALTER TABLE %s ADD COLUMN %s %s", table, column, c->is_integer ? "INTEGER" : "TEXT");
        return run_made(db, sql, err);
    }
    bool is_integer = strcmp(have, "INTEGER") == 0 || strcmp(have, "bigint") == 0;
    if (is_integer != c->is_integer)
        return yj_fail(err, YJ_E_DB, "field %s of kind %s has another type in the store: it must be rebuilt",
                       c->name, k->name);
    return YJ_OK;
}

static yj_status make_index(yj_db *db, const char *table, const char *of, const char *columns, yj_buf *wanted,
                            yj_buf *sql, yj_error *err)
{
    char name[64];
    index_name(name, table, of);
    yj_buf_fmt(wanted, "\n%s\n", name);
    yj_buf_clear(sql);
    yj_buf_fmt(sql, "CREATE INDEX IF NOT EXISTS %s ON %s(inst, %s)", name, table, columns);
    return run_made(db, sql, err);
}

/** Of a field that is no reference any more, of a key that was another one. */
static yj_status drop_other_indexes(yj_db *db, const char *table, yj_buf *wanted, yj_buf *sql, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_buf_status(wanted, err));
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        YJ_TRY(yj_db_prepare(
            db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?1",
            &st, err));
    else
        YJ_TRY(yj_db_prepare(db,
                             "SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON"
                             " c.oid = i.indexrelid WHERE NOT i.indisprimary AND"
                             " i.indrelid = to_regclass('yunjian.' || ?1)",
                             &st, err));
    yj_bind_cstr(st, 1, table);
    yj_buf_clear(sql);
    for (bool row = true; row;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        char name[66];
        if (!row)
            break;
        yj_span have = yj_col_text(st, 0);
        snprintf(name, sizeof name, "\n%.*s\n", (int)have.len, have.ptr);
        if (!strstr(wanted->ptr, name))
            yj_buf_fmt(sql, "DROP INDEX %.*s;", (int)have.len, have.ptr);
    }
    yj_stmt_reset(st); /* SQLite drops no index that is being read about */
    return sql->len ? run_made(db, sql, err) : YJ_OK;
}

/** @param fresh the table is new and has no other indexes */
static yj_status ensure_indexes(yj_db *db, const yj_kind_table *k, const char *table, bool fresh, yj_buf *sql,
                                yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf wanted;
    yj_buf_init(&wanted, SQL_MAX);
    YJ_TRY(make_index(db, table, "nkey", "nkey", &wanted, sql, err));
    for (size_t i = 0; i < k->column_count; i++) {
        char columns[4 * YJ_NAME_CAP];
        if (!k->columns[i].is_ref || k->columns[i].is_list)
            continue;
        (void)index_columns(k, &k->columns[i], columns);
        YJ_TRY(make_index(db, table, columns, columns, &wanted, sql, err));
    }
    return fresh ? YJ_OK : drop_other_indexes(db, table, &wanted, sql, err);
}

static yj_status ensure_list(yj_db *db, const yj_kind_table *k, const yj_kind_column *c, yj_buf *sql,
                             yj_error *err)
{
    char name[64], list[64];
    snprintf(list, sizeof list, "l_%s_%s", k->name, c->name);
    index_name(name, list, "value");
    yj_buf_clear(sql);
    yj_buf_fmt(sql,
               "CREATE TABLE IF NOT EXISTS %s(inst INTEGER NOT NULL, id TEXT NOT NULL,"
               " batch INTEGER NOT NULL, ord INTEGER NOT NULL, value %s,"
               " PRIMARY KEY(inst, id, batch, ord)) STRICT, WITHOUT ROWID;"
               "CREATE INDEX IF NOT EXISTS %s ON %s(inst, value)",
               list, c->is_integer ? "INTEGER" : "TEXT", name, list);
    YJ_TRY(run_made(db, sql, err));
    return ensure_column(db, k, c, sql, err);
}

static yj_status ensure_kind(yj_db *db, const yj_kind_table *k, yj_buf *sql, yj_error *err)
{
    char table[64], have[32];
    snprintf(table, sizeof table, "r_%s", k->name);
    YJ_TRY(column_type(db, table, "inst", have, err));
    bool fresh = !have[0]; /* then every column is as it should be */
    yj_buf_clear(sql);
    yj_buf_fmt(
        sql,
        "CREATE TABLE IF NOT EXISTS %s(inst INTEGER NOT NULL, id TEXT NOT NULL, batch INTEGER NOT NULL,"
        " until_batch INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,"
        " state TEXT NOT NULL, nkey TEXT, erased INTEGER NOT NULL",
        table);
    for (size_t i = 0; i < k->column_count; i++)
        if (!k->columns[i].is_list)
            yj_buf_fmt(sql, ", f_%s %s", k->columns[i].name, k->columns[i].is_integer ? "INTEGER" : "TEXT");
    yj_buf_str(sql, ", PRIMARY KEY(inst, id, batch)) STRICT");
    YJ_TRY(run_made(db, sql, err));
    for (size_t i = 0; i < k->column_count; i++) {
        if (k->columns[i].is_list)
            YJ_TRY(ensure_list(db, k, &k->columns[i], sql, err));
        else if (!fresh)
            YJ_TRY(ensure_column(db, k, &k->columns[i], sql, err));
    }
    return ensure_indexes(db, k, table, fresh, sql, err);
}

/* --- SQLite's planner ----------------------------------------------------------------------------------- */

static yj_status put_stat(yj_db *db, const char *table, const char *index, const char *stat, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES(?1, ?2, ?3)", &st, err));
    yj_bind_cstr(st, 1, table);
    yj_bind_cstr(st, 2, index);
    yj_bind_cstr(st, 3, stat);
    return yj_stmt_run(st, NULL, err);
}

/* Rows of a table, of one institution. No table is so long: a planner that reckoned with fewer rows than a
 * join may come to would read the whole table first, of every institution, to build a Bloom filter; and one
 * that reckoned with a small institution would read all of it for one subject. */
#define MANY "1000000000000 1000000"

static yj_status put_stats_of(yj_db *db, const yj_kind_table *k, yj_error *err)
{
    char name[64], table[64], primary[96], columns[4 * YJ_NAME_CAP];
    snprintf(table, sizeof table, "r_%s", k->name);
    snprintf(primary, sizeof primary, "sqlite_autoindex_%s_1", table);
    YJ_TRY(put_stat(db, table, primary, MANY " 1 1", err));
    index_name(name, table, "nkey");
    YJ_TRY(put_stat(db, table, name, MANY " 1", err));
    for (size_t i = 0; i < k->column_count; i++) {
        const yj_kind_column *c = &k->columns[i];
        if (c->is_list) {
            char list[64];
            snprintf(list, sizeof list, "l_%s_%s", k->name, c->name);
            index_name(name, list, "value");
            YJ_TRY(put_stat(db, list, list, MANY " 3 3 1", err));
            YJ_TRY(put_stat(db, list, name, c->is_ref ? MANY " 10" : MANY " 100000", err)); /* of a choice */
        } else if (c->is_ref) {
            static const char *const stats[] = { MANY " 10", MANY " 10 1", MANY " 10 1 1", MANY " 10 1 1 1" };
            size_t held = index_columns(k, c, columns);
            index_name(name, table, columns);
            YJ_TRY(put_stat(db, table, name, stats[held - 1], err));
        }
    }
    return YJ_OK;
}

/**
 * Tell the planner by hand what the tables look like in earnest: very many rows of one institution, one row
 * for an id, a few for a reference. Else, on tables that were empty when they were made, a rule for one
 * subject would read all of the institution.
 */
yj_status yj_kind_stats_put(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    YJ_TRY(
        yj_db_script(db,
                     "ANALYZE open_batch;" /* makes sqlite_stat1 */
                     "DELETE FROM sqlite_stat1 WHERE substr(tbl, 1, 2) IN ('r_', 'l_') OR tbl = 'open_batch'",
                     err));
    YJ_TRY(put_stat(db, "open_batch", NULL, "2", err));
    for (size_t i = 0; i < count; i++)
        YJ_TRY(put_stats_of(db, &tables[i], err));
    return yj_db_script(db, "ANALYZE sqlite_schema", err);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

yj_status yj_kind_tables_digest(const yj_kind_table *tables, size_t count,
                                char ret[static 2 * YJ_HASH_LEN + 1], yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, SQL_MAX);
    yj_buf_str(&text, REVISION);
    for (size_t i = 0; i < count; i++) {
        yj_buf_fmt(&text, "\n%s", tables[i].name);
        for (size_t j = 0; j < tables[i].column_count; j++) {
            const yj_kind_column *c = &tables[i].columns[j];
            const char flags[] = { c->is_integer ? '1' : '0', c->is_ref ? '1' : '0', c->is_list ? '1' : '0',
                                   (char)('0' + c->at) };
            yj_buf_char(&text, ' ');
            yj_buf_str(&text, c->name);
            yj_buf_add(&text, flags, sizeof flags);
        }
    }
    YJ_TRY(yj_buf_status(&text, err));
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, text.ptr, text.len, &d);
    yj_digest_hex(&d, ret);
    return YJ_OK;
}

static yj_status is_current(yj_db *db, const char *digest, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    if (yj_db_engine(db) == YJ_ENGINE_POSTGRES) /* roles are no part of a database: a dump may lack them */
        YJ_TRY(yj_db_prepare(
            db,
            "SELECT value FROM meta WHERE key = 'kind_tables' AND"
            " to_regrole('yunjian_rule') IS NOT NULL AND to_regrole('yunjian_view') IS NOT NULL",
            &st, err));
    else
        YJ_TRY(yj_db_prepare(db, "SELECT value FROM meta WHERE key = 'kind_tables'", &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row && yj_span_is(yj_col_text(st, 0), digest);
    return YJ_OK;
}

static yj_status sync_inside(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    char digest[2 * YJ_HASH_LEN + 1];
    bool current = false;
    YJ_TRY(yj_kind_tables_digest(tables, count, digest, err));
    YJ_TRY(yj_db_lock(db, SYNC_LOCK, err));
    YJ_TRY(yj_db_script(
        db, "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT", err));
    YJ_TRY(is_current(db, digest, &current, err));
    if (current)
        return YJ_OK;

    yj_buf sql;
    yj_buf_init(&sql, SQL_MAX);
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < count; i++)
        s = ensure_kind(db, &tables[i], &sql, err);
    yj_buf_done(&sql);
    YJ_TRY(s);
    YJ_TRY(yj_db_engine(db) == YJ_ENGINE_SQLITE ? yj_kind_stats_put(db, tables, count, err)
                                                : yj_pg_rule_schema(db, tables, count, err));

    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO meta(key, value) VALUES('kind_tables', ?1)"
                         " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                         &st, err));
    yj_bind_cstr(st, 1, digest);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_kind_tables_sync(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    YJ_TRY(yj_kind_tables_check(tables, count, err));
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = sync_inside(db, tables, count, err);
    if (s != YJ_OK) {
        yj_db_rollback(db);
        return s;
    }
    return yj_db_commit(db, err);
}

static yj_status drop_inside(yj_db *db, yj_error *err)
{
    yj_buf sql;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    bool sqlite = yj_db_engine(db) == YJ_ENGINE_SQLITE;
    YJ_TRY(yj_db_lock(db, SYNC_LOCK, err));
    if (sqlite)
        YJ_TRY(yj_db_prepare(db,
                             "SELECT name FROM sqlite_schema WHERE type = 'table' AND"
                             " substr(name, 1, 2) IN ('r_', 'l_')",
                             &st, err));
    else
        YJ_TRY(yj_db_prepare(db,
                             "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND"
                             " relnamespace = to_regnamespace('yunjian') AND"
                             " substr(relname, 1, 2) IN ('r_', 'l_')",
                             &st, err));
    yj_buf_init(&sql, SQL_MAX);
    yj_buf_str(&sql, "DELETE FROM meta WHERE key = 'kind_tables';");
    yj_status s = YJ_OK;
    while ((s = yj_stmt_step(st, &row, err)) == YJ_OK && row) {
        yj_span name = yj_col_text(st, 0);
        yj_buf_fmt(&sql, "DROP TABLE %.*s%s;", (int)name.len, name.ptr, sqlite ? "" : " CASCADE");
    }
    yj_stmt_reset(st);
    if (s == YJ_OK)
        s = run_made(db, &sql, err);
    yj_buf_done(&sql);
    return s;
}

yj_status yj_kind_tables_drop(yj_db *db, yj_error *err)
{
    yj_db_forget_statements(db); /* SQLite drops no table that a statement stands on */
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = drop_inside(db, err);
    if (s != YJ_OK) {
        yj_db_rollback(db);
        return s;
    }
    return yj_db_commit(db, err);
}

/* --- views ---------------------------------------------------------------------------------------------- */

#define ROW_IN_FORCE(visible) visible " AND r.state <> '" YJ_STATE_WITHDRAWN "' AND r.erased = 0"
/* Two lookups in open_batch for each row are a good part of what a rule costs on SQLite. */
#define VISIBLE_ON_SQLITE "CASE WHEN yj_settled() THEN r.until_batch = 0 ELSE " YJ_SQL_VISIBLE("r") " END"

/* PostgreSQL asks for the open batches once for each table that a run reads, and reckons that nearly every
 * row is visible: of the portable condition it believes that it halves the rows, and that every look into the
 * table costs as much as open_batch read in full. */
#define OPEN_BATCHES "ANY (CAST((SELECT yunjian.open_batches()) AS bigint[]))"
#define VISIBLE_ON_POSTGRES                                                                                  \
    "CASE WHEN r.batch = " OPEN_BATCHES " THEN 1 WHEN r.until_batch = 0 THEN 0"                              \
    " WHEN r.until_batch = " OPEN_BATCHES " THEN 0 ELSE 1 END <> 1"

static const char *rows_in_force(const char *scope)
{
    return scope ? ROW_IN_FORCE(VISIBLE_ON_SQLITE) : ROW_IN_FORCE(VISIBLE_ON_POSTGRES);
}

static void list_view_sql(const yj_kind_table *k, const yj_kind_column *list, const char *schema,
                          const char *scope, yj_buf *out)
{
    static const char same_row[] = "r.inst = l.inst AND r.id = l.id AND r.batch = l.batch";
    yj_buf_fmt(out, "SELECT l.id, l.value FROM %s.l_%s_%s AS l ", schema, k->name, list->name);
    if (!scope) {
        yj_buf_fmt(out, "JOIN %s.r_%s AS r ON %s WHERE %s", schema, k->name, same_row, rows_in_force(scope));
        return;
    }
    /* not a join: SQLite would make all of it before it joins it to the right of anything */
    yj_buf_fmt(out, "WHERE EXISTS (SELECT 1 FROM %s.r_%s AS r WHERE %s AND %s) AND l.inst = %s", schema,
               k->name, same_row, rows_in_force(scope), scope);
}

void yj_kind_view_sql(const yj_kind_table *k, const yj_kind_column *list, const char *schema,
                      const char *scope, yj_buf *out)
{
    if (list) {
        list_view_sql(k, list, schema, scope, out);
        return;
    }
    yj_buf_str(out, "SELECT r.id, r.state, r.version");
    for (size_t i = 0; i < k->column_count; i++)
        if (!k->columns[i].is_list)
            yj_buf_fmt(out, ", r.f_%s AS \"%s\"", k->columns[i].name, k->columns[i].name);
    yj_buf_fmt(out, " FROM %s.r_%s AS r WHERE %s", schema, k->name, rows_in_force(scope));
    if (scope)
        yj_buf_fmt(out, " AND r.inst = %s", scope);
}
