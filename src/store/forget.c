// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <time.h>

#define TRIES 100

static yj_status try_once(yj_db *db, bool *ret_busy, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret_busy = !row || yj_col_i64(st, 0) != 0;
    return YJ_OK;
}

yj_status yj_store_forget_log(yj_store *s, yj_error *err)
{
    if (yj_store_engine(s) != YJ_ENGINE_SQLITE)
        return YJ_OK;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_db_open(s, YJ_DB_WRITE, &db, err));
    for (int i = 0; i < TRIES; i++) {
        bool busy = true;
        yj_status st = try_once(db, &busy, err);
        if (st != YJ_OK && st != YJ_E_BUSY)
            return st;
        if (st == YJ_OK && !busy)
            return YJ_OK;
        struct timespec pause = { 0, 100 * 1000000 };
        nanosleep(&pause, NULL);
    }
    return yj_fail(err, YJ_E_BUSY, "the write-ahead log could not be emptied: somebody is still reading");
}
