// SPDX-License-Identifier: Apache-2.0
/**
 * Filling derived tables from the beginning: secondary indexes cost most when they grow row by row, each row
 * in another place; made at the end they are sorted once.
 */
#ifndef YJ_STORE_BULK_H
#define YJ_STORE_BULK_H

#include "store/kind_table.h"

/**
 * Drop the secondary indexes of those kind tables and tables of verdicts that hold more than `rows` rows,
 * inside the caller's write transaction: of a small table it costs more to drop and make them. Until they are
 * made again, whatever looks for records by key or reference is slow, and finds the same.
 * @param ret the statements that make them again; appended
 */
yj_status yj_indexes_drop(yj_db *db, int64_t rows, yj_buf *ret, yj_error *err) yj_nodiscard;
/** Make them again, and on SQLite tell the planner of the tables again (kind_table.h). */
yj_status yj_indexes_make(yj_db *db, const yj_buf *sql, const yj_kind_table *tables, size_t count,
                          yj_error *err) yj_nodiscard;

#endif
