// SPDX-License-Identifier: Apache-2.0
/**
 * Portable SQL into PostgreSQL's. Outside strings, quoted names and comments; types in capitals only, since a
 * table may be called blob:
 *
 *     ?N                    $N
 *     INTEGER, BLOB         BIGINT, BYTEA
 *     TEXT in CREATE/ALTER TABLE            TEXT COLLATE "C" (SQLite compares bytes)
 *     STRICT, WITHOUT ROWID after a table   nothing
 *     CREATE TRIGGER n BEFORE UPDATE|DELETE ON t BEGIN SELECT RAISE(ABORT, 'text'); END
 *                           a trigger that raises the text
 */
#ifndef YJ_STORE_PG_TEXT_H
#define YJ_STORE_PG_TEXT_H

#include "base/span.h"

/**
 * Translate one statement.
 * @param ret_params    highest N of ?N
 * @param ret_untypable bit N-1: "?N IS ..." occurs, which gives PostgreSQL no type for a NULL
 */
yj_status yj_pg_translate(yj_span sql, yj_buf *out, int *ret_params, uint64_t *ret_untypable,
                          yj_error *err) yj_nodiscard;

/** Cut the next statement, without its ';', off the front of a script; an empty span at the end. A trigger's
 *  body is part of its statement. */
yj_span yj_sql_next_statement(yj_span *script);

#endif
