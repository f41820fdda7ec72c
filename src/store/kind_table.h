// SPDX-License-Identifier: Apache-2.0
/**
 * From a kind's declaration to its table and to the views rules read.
 *
 * Table r_<kind>, one row for each visible version of a record:
 *
 *     inst INTEGER, id TEXT, batch INTEGER, until_batch INTEGER, version INTEGER, seq INTEGER, state TEXT,
 *     nkey TEXT, erased INTEGER, f_<field> ...            primary key (inst, id, batch)
 *
 * `batch` is the import batch the row came with (0: none), `until_batch` the batch that replaced it (0:
 * none). A row is visible if its batch is not open, and its until_batch is 0 or open: a batch of any size
 * appears at once when its row leaves `open_batch(id)`. Index (inst, nkey), and (inst, f_<ref>) for each
 * reference. The index of the reference that begins the natural key holds choices, too (yj_kind_column.at): a
 * rule finds the term "liability" of a contract without reading all its terms.
 *
 * Table l_<kind>_<field> for each list field: inst, id, batch, ord INTEGER, value; visible with its record's
 * row of the same batch. primary key (inst, id, batch, ord), index (inst, value).
 *
 * Views, named after the kinds, hold the visible, not withdrawn rows of the institution in scope:
 * <kind>(id, state, version, <field> ...) and <kind>_<field>(id, value). Field columns are TEXT or INTEGER;
 * dates are ISO text, truth values 0/1, decimals integers scaled by the kind.
 * An erased field is NULL; a row with erased = 1 is not in the views.
 *
 * On SQLite the views are temporary and bound to the connection, under names nobody can guess, so that they
 * hide no base table; only rules meet them, by their plain names. On PostgreSQL they stand in schema
 * "yunjian_rule", belong to role "yunjian_view", whom a row policy on each kind table shows the institution
 * in scope and nothing else, and are readable by role "yunjian_rule", which can read nothing else. (A policy
 * and no security barrier: a barrier would keep joins from using the indexes.)
 */
#ifndef YJ_STORE_KIND_TABLE_H
#define YJ_STORE_KIND_TABLE_H

#include "store/db.h"

#define YJ_STATE_WITHDRAWN "withdrawn"

typedef struct yj_kind_column {
    const char *name; /* [a-z][a-z0-9_]{0,40} */
    bool is_integer;  /* else TEXT */
    bool is_ref;      /* indexed */
    bool is_list;     /* lives in l_<kind>_<name> */
    unsigned char
        at; /* 1: the reference that begins the natural key; 2, 3, ...: what its index holds besides */
} yj_kind_column;

typedef struct yj_kind_table {
    const char *name; /* [a-z][a-z0-9_]{0,40} */
    const yj_kind_column *columns;
    size_t column_count;
} yj_kind_table;

/**
 * Names that cannot live together are YJ_E_INVALID: a kind "subject", a field "id", "state" or "version", two
 * views of one name (list "b" of kind "a", and kind "a_b"), a list whose view would have more than 61
 * letters. Tables "meta" and "open_batch" must be there (yj_store_migrate).
 *
 * Create what is missing: tables, columns, indexes, and (PostgreSQL) the rule schema, role and views. Runs in
 * a transaction of its own; the same kinds again cost one query. A column whose type changed is YJ_E_DB: the
 * caller drops and rebuilds.
 */
yj_status yj_kind_tables_sync(yj_db *db, const yj_kind_table *tables, size_t count,
                              yj_error *err) yj_nodiscard;
/** Drop every r_ and l_ table and view; `rebuild` does it before filling them again. In a transaction of its
 *  own; yj_confine_setup() must follow the next sync. */
yj_status yj_kind_tables_drop(yj_db *db, yj_error *err) yj_nodiscard;

/** The condition that a row of r_<kind> (alias `a`) is visible, as portable SQL text. */
#define YJ_SQL_VISIBLE(a)                                                                                    \
    "(" a ".batch NOT IN (SELECT id FROM open_batch) AND (" a ".until_batch = 0 OR " a                       \
    ".until_batch IN (SELECT id FROM open_batch)))"

#endif
