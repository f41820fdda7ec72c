// SPDX-License-Identifier: Apache-2.0
/**
 * A new store that is copied and not made by statements. SQLite reads all it knows of its tables again for
 * each that is made: hundreds of them take most of a first start. A seed is an empty SQLite store with the
 * tables of some kinds, made ahead by yj_store_migrate() and yj_kind_tables_sync() as any other, its empty
 * stretches left out.
 */
#ifndef YJ_STORE_SEED_H
#define YJ_STORE_SEED_H

#include "store/kind_table.h"

#define YJ_SEED_BYTES_MAX ((size_t)16 << 20)

/** Make one.
 *  @param scratch path of a file that is not there; it is made and removed */
yj_status yj_seed_make(const char *scratch, const yj_kind_table *tables, size_t count, yj_buf *out,
                       yj_error *err) yj_nodiscard;

/**
 * Begin a store with a copy of the seed, if the store is SQLite's, there is neither its file nor a log of
 * one, and the seed (it may be empty) is of just these kinds and made by this program's SQLite. Else nothing
 * happens (*ret_planted false), and statements make the store. To be called before the first connection is
 * opened.
 * @return as yj_db_open(): YJ_E_FULL, YJ_E_DB, YJ_E_NOMEM; the file is not left behind half written
 */
yj_status yj_store_plant(yj_store *s, yj_span seed, const yj_kind_table *tables, size_t count,
                         bool *ret_planted, yj_error *err) yj_nodiscard;

#endif
