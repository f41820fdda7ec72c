// SPDX-License-Identifier: Apache-2.0
/**
 * One-time secrets by which the owner of an account chooses a password: when the account is new, or the
 * password forgotten. So nobody but he ever knows one, and there is no first password to be changed. An
 * administrator hands the secret over as a link. Table account_set_up, outside the ledger: of a secret only
 * its SHA-256 is kept. An account has at most one; a new one takes the place of the old.
 *
 * The secret is 32 random bytes in base32. It is found by its digest, so how long that takes tells nothing of
 * it.
 *
 * Times are ns UTC, handed in. Functions that write run inside the caller's write, the others on any
 * connection. Errors besides those named: those of the store.
 */
#ifndef YJ_ACCESS_SET_UP_H
#define YJ_ACCESS_SET_UP_H

#include "access/account.h"

#define YJ_SET_UP_SECRET_LEN 52      /* characters */
#define YJ_SET_UP_HOURS 72           /* a secret is good for so long */
#define YJ_SET_UP_FIRST_NAME "admin" /* of the first administrator, until he chooses another */

typedef struct yj_set_up {
    yj_account account;
    int64_t expires_ns;
} yj_set_up;

/** @param ret_secret handed out once; the caller wipes it
 *  @return YJ_E_NOT_FOUND (no such account), YJ_E_FORBIDDEN (it is locked) */
yj_status yj_set_up_make(yj_db *db, const char *account, int64_t now_ns,
                         char ret_secret[static YJ_SET_UP_SECRET_LEN + 1], int64_t *ret_expires_ns,
                         yj_error *err) yj_nodiscard;
/** For whom is it? Any bytes may be asked for. @return YJ_E_NOT_FOUND: never made, used, replaced or past, or
 * the account is locked */
yj_status yj_set_up_find(yj_db *db, yj_span secret, int64_t now_ns, yj_set_up *ret,
                         yj_error *err) yj_nodiscard;
/** Is it the first administrator's, who has not chosen a name yet? */
bool yj_set_up_is_first(const yj_account *a);
/**
 * Use it up: the account gets this password, and, of the first administrator, this name if it is not empty.
 * Its sessions end.
 * @param hash from yj_password_hash()
 * @param ret_account id
 * @return as yj_set_up_find(); of the name as yj_account_rename()
 */
yj_status yj_set_up_use(yj_db *db, yj_span secret, yj_span name, const char *hash, int64_t now_ns,
                        char ret_account[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;
/** Remove those that are past. */
yj_status yj_set_up_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

/** Has no account of the installation a password yet? Then nobody can sign in. */
yj_status yj_set_up_needed(yj_db *db, bool *ret, yj_error *err) yj_nodiscard;
/**
 * Where that is so: the account for the first administrator, made if there is none, acting as the operator of
 * the installation, and a new secret for it.
 * @param operator_id the person's record in the installation's ledger
 * @param ret_secret "" if it is not needed
 */
yj_status yj_set_up_first(yj_db *db, const char *operator_id, int64_t now_ns,
                          char ret_secret[static YJ_SET_UP_SECRET_LEN + 1], yj_error *err) yj_nodiscard;

#endif
