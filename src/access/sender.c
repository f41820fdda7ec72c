// SPDX-License-Identifier: Apache-2.0
#include "access/sender.h"

#include "base/time.h"
#include <inttypes.h>
#include <stdio.h>

#define INST "inst:" /* in place of an account's id, which is a UUID */

yj_status yj_sender_add(yj_db *db, const char *name, const char *account, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO evidence_sender(name, account, at) VALUES(?1, ?2, ?3) "
                         "ON CONFLICT(name, account) DO UPDATE SET at = excluded.at",
                         &st, err));
    yj_bind_cstr(st, 1, name);
    yj_bind_cstr(st, 2, account);
    yj_bind_i64(st, 3, now_ns);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_sender_is(yj_db *db, const char *name, const char *account, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM evidence_sender WHERE name = ?1 AND account = ?2", &st, err));
    yj_bind_cstr(st, 1, name);
    yj_bind_cstr(st, 2, account);
    return yj_stmt_step(st, ret, err);
}

yj_status yj_sender_add_inst(yj_db *db, const char *digest, int64_t inst, int64_t now_ns, yj_error *err)
{
    char who[40];
    snprintf(who, sizeof who, INST "%" PRId64, inst);
    return yj_sender_add(db, digest, who, now_ns, err);
}

yj_status yj_sender_has_inst(yj_db *db, const char *digest, int64_t inst, bool *ret, yj_error *err)
{
    char who[40];
    bool any = false;
    snprintf(who, sizeof who, INST "%" PRId64, inst);
    YJ_TRY(yj_sender_is(db, digest, who, ret, err));
    if (*ret)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT 1 FROM evidence_sender WHERE name = ?1 AND account LIKE '" INST "%' LIMIT 1", &st, err));
    yj_bind_cstr(st, 1, digest);
    YJ_TRY(yj_stmt_step(st, &any, err));
    *ret = !any;
    return YJ_OK;
}

yj_status yj_sender_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM evidence_sender WHERE at <= ?1 AND account NOT LIKE '" INST "%'",
                         &st, err));
    yj_bind_i64(st, 1, now_ns - YJ_SENDER_DAYS * 86400 * YJ_NS_PER_S);
    return yj_stmt_run(st, NULL, err);
}
