// SPDX-License-Identifier: Apache-2.0
/** The dates of the rule dialect as SQLite functions; shared by running (confine_sqlite.c) and checking
 *  (rule_check.c). And the subjects of a run as a table. */
#ifndef YJ_STORE_SQLITE_RULE_H
#define YJ_STORE_SQLITE_RULE_H

#include "store/confine.h"
#include <sqlite3.h>

/** Register yj_today(), yj_add_...() and yj_inst(); they read `scope` at each call. */
int yj_sqlite_rule_functions(sqlite3 *h, const yj_scope *scope);

struct yj_confine;
#define YJ_SUBJECTS_TABLE "yj_subjects"
/** Make table yj_subjects(id): the subjects of the run that goes on (sqlite_subjects.c). */
int yj_sqlite_rule_subjects(sqlite3 *h, const struct yj_confine *c);

#endif
