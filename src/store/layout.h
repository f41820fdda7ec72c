// SPDX-License-Identifier: Apache-2.0
/**
 * Is a store laid out as the migrations of this program say? A version alone does not tell: while a program
 * is made its first schema changes. So a store keeps beside its version a digest of the text of all
 * migrations that made it, which an opening compares. Included by src/store/ only.
 */
#ifndef YJ_STORE_LAYOUT_H
#define YJ_STORE_LAYOUT_H

#include "store/db.h"

#define YJ_LAYOUT_LEN 32 /* hex digits */

/** Digest of the first `count` migrations, their names with it: one whose tables stay but are filled in
 * another form gets another name. Blanks and line ends in the SQL do not count.
 *  @return YJ_E_NOMEM, YJ_E_LIMIT */
yj_status yj_layout_of(const yj_migration *rows, size_t count, char ret[static YJ_LAYOUT_LEN + 1],
                       yj_error *err) yj_nodiscard;

/**
 * Look at the tables themselves, for a store that has no digest since it is older than that: has each table
 * of the first migration just these columns, of these types? Other tables are not looked at, nor are rows.
 * @param ret_same not set on failure
 */
yj_status yj_layout_look(yj_db *db, const yj_migration *first, bool *ret_same, yj_error *err) yj_nodiscard;

#endif
