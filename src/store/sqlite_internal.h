// SPDX-License-Identifier: Apache-2.0
/** The SQLite engine's structs, shared by db_sqlite.c, confine_sqlite.c and rule_check.c only. */
#ifndef YJ_STORE_SQLITE_INTERNAL_H
#define YJ_STORE_SQLITE_INTERNAL_H

#include "store/db_internal.h"
#include <sqlite3.h>

#define YJ_SQLITE_TX_KEPT 8

typedef struct yj_sqlite_stmt yj_sqlite_stmt;

typedef struct yj_sqlite {
    yj_db base;
    sqlite3 *h;
    yj_sqlite_stmt *changing; /* statements that change rows and stand on one (RETURNING) */
    sqlite3_stmt *begin_write, *begin_read, *commit, *rollback;
    sqlite3_stmt *savepoint[YJ_SQLITE_TX_KEPT], *release[YJ_SQLITE_TX_KEPT], *back[YJ_SQLITE_TX_KEPT];
} yj_sqlite;

struct yj_sqlite_stmt {
    yj_stmt base;
    sqlite3_stmt *s;
    yj_sqlite_stmt *next_changing;
    bool readonly, is_changing;
};

/** Settings of the library, before it is first used; later calls do nothing. */
void yj_sqlite_configure(void);
/** Describe the failure `rc` of the last call on `h`. */
yj_status yj_sqlite_fail(sqlite3 *h, int rc, yj_error *err);

#endif
