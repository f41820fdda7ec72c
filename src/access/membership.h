// SPDX-License-Identifier: Apache-2.0
/**
 * Until when a person may sign in: records of the kind that the packs name as memberships (access.yaml). Of
 * whom the institution has such a record, one must be in force today; of whom it has none (or only withdrawn
 * ones, which were a mistake), his account alone decides. The operator's place in the installation is no
 * institution's and never asked for.
 *
 * Runs on a connection inside a read; any thread. Errors: those of the store and of memory.
 */
#ifndef YJ_ACCESS_MEMBERSHIP_H
#define YJ_ACCESS_MEMBERSHIP_H

#include "access/account.h"
#include "base/time.h"
#include "pack/catalog.h"

/** The persons of an account, apart. Arrays and texts belong to the arena or to who gave them. */
typedef struct yj_members {
    const yj_account_person *in_force;
    size_t count;
    const yj_account_person *lapsed; /* has had a membership, and none that is in force */
    size_t lapsed_count;
} yj_members;

/** @param persons of the account, or some of them; borrowed */
yj_status yj_members_of(yj_db *db, const yj_catalog *c, const char *account, const yj_account_person *persons,
                        size_t count, const yj_date *today, yj_arena *a, yj_members *ret,
                        yj_error *err) yj_nodiscard;

/** May the person be told by mail what is in the institution? Not whose membership is over, nor who has no
 * account that could sign in (locked, taken away, never made). Of an institution in which nobody has an
 * account, as of an open server's, the record of the person decides.
 *  @param person id, of that institution's ledger */
yj_status yj_member_reached(yj_db *db, const yj_catalog *c, int64_t inst, const char *person,
                            const yj_date *today, bool *ret, yj_error *err) yj_nodiscard;

#endif
