// SPDX-License-Identifier: Apache-2.0
/** What kind_table.c shares with the confinement. Included by src/store/ only. */
#ifndef YJ_STORE_KIND_INTERNAL_H
#define YJ_STORE_KIND_INTERNAL_H

#include "store/db_internal.h"
#include "store/kind_table.h"

#define YJ_NAME_CAP 64
/* "l_" and the name must fit PostgreSQL's 63 bytes */
#define YJ_VIEW_NAME_MAX 61

/** Are the names such that tables and views of them can exist side by side? YJ_E_INVALID. */
yj_status yj_kind_tables_check(const yj_kind_table *tables, size_t count, yj_error *err) yj_nodiscard;

/** What the tables follow from, in hex: a start with the same kinds changes nothing. YJ_E_NOMEM, YJ_E_LIMIT.
 */
yj_status yj_kind_tables_digest(const yj_kind_table *tables, size_t count,
                                char ret[static 2 * YJ_HASH_LEN + 1], yj_error *err) yj_nodiscard;

/**
 * The SELECT behind a view: of a kind, or with `list` of one of its lists.
 * @param schema where the tables are
 * @param scope  SQL for the institution in scope; NULL (PostgreSQL) if a row policy looks after it. With it
 *               the SELECT calls yj_settled(): 1 says that no batch is open
 */
void yj_kind_view_sql(const yj_kind_table *k, const yj_kind_column *list, const char *schema,
                      const char *scope, yj_buf *out);

/** SQLite: tell the planner what the tables look like in earnest; again after indexes were made. */
yj_status yj_kind_stats_put(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err) yj_nodiscard;

/** Roles, policies, functions and views of PostgreSQL, inside the caller's transaction. */
yj_status yj_pg_rule_schema(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err) yj_nodiscard;
/** Tell PostgreSQL's planner of the tables, inside the caller's transaction. Empty ones stay empty. */
yj_status yj_pg_planner(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err) yj_nodiscard;

#endif
