// SPDX-License-Identifier: Apache-2.0
/** The dates of the rule dialect as SQLite functions; shared by running (confine_sqlite.c) and checking
 *  (rule_check.c). */
#ifndef YJ_STORE_SQLITE_RULE_H
#define YJ_STORE_SQLITE_RULE_H

#include "store/confine.h"
#include <sqlite3.h>

/** Register yj_today(), yj_add_...() and yj_inst(); they read `scope` at each call. */
int yj_sqlite_rule_functions(sqlite3 *h, const yj_scope *scope);

#endif
