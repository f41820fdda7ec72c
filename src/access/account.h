// SPDX-License-Identifier: Apache-2.0
/**
 * Accounts: with what a person signs in, and as whom he then may act. An account is none of the records: it
 * lies outside the ledger (tables account, account_person, account_recovery; store/schema.h), belongs to the
 * installation, and names the persons it stands for, one or several, each recorded in the ledger of an
 * institution (or, like the operator, of the installation, inst 0). What a person may do is not said here
 * (access/may.h).
 *
 * Every function that changes something runs inside the caller's write (record/engine.h: yj_engine_write),
 * those that read on any connection. Times are ns UTC, handed in. Signing in is in access/sign_in.h.
 *
 * Errors besides those named: those of the store (store/db.h).
 */
#ifndef YJ_ACCESS_ACCOUNT_H
#define YJ_ACCESS_ACCOUNT_H

#include "access/totp.h"
#include "base/arena.h"
#include "store/db.h"

/** Of a sign-in name: a-z 0-9 . _ @ + -, a letter or digit first; capitals are taken as small ones. Only
 * these, so that no two names look the same. */
#define YJ_ACCOUNT_NAME_MIN 2
#define YJ_ACCOUNT_NAME_MAX 64

typedef struct yj_account {
    char id[YJ_UUID_LEN + 1], name[YJ_ACCOUNT_NAME_MAX + 1];
    bool locked;
    bool break_glass; /* for emergencies: signs in by password and recovery code, and each use is reported */
    bool has_password, has_totp;
    unsigned recovery_left;                           /* recovery codes that are still good */
    int64_t created_ns, password_ns, last_sign_in_ns; /* 0: never */
} yj_account;

/** As the table keeps it. False if that can be no name. */
bool yj_account_name(yj_span name, char ret[static YJ_ACCOUNT_NAME_MAX + 1]);

typedef struct yj_account_new {
    yj_span name;
    const char *password; /* a hash (access/password.h); NULL: none, nobody can sign in yet */
    bool break_glass;
    bool first; /* only if the installation has no account at all: the first administrator, made at the first
                   start */
} yj_account_new;
/** @return YJ_E_INVALID naming "name"; YJ_E_CONFLICT (the name is taken; or `first`, and there is an account)
 */
yj_status yj_account_create(yj_db *db, const yj_account_new *n, int64_t now_ns,
                            char ret_id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;

/** YJ_E_NOT_FOUND */
yj_status yj_account_read(yj_db *db, const char *id, yj_account *ret, yj_error *err) yj_nodiscard;
yj_status yj_account_by_name(yj_db *db, yj_span name, yj_account *ret, yj_error *err) yj_nodiscard;
/** By name. @param after a name; "": from the first on. @param rows `cap` of them; *ret_count how many are
 * filled */
yj_status yj_account_list(yj_db *db, const char *after, yj_account *rows, size_t cap, size_t *ret_count,
                          yj_error *err) yj_nodiscard;
/** Is there any account? */
yj_status yj_account_any(yj_db *db, bool *ret, yj_error *err) yj_nodiscard;

/** @return YJ_E_INVALID naming "name", YJ_E_CONFLICT (taken), YJ_E_NOT_FOUND */
yj_status yj_account_rename(yj_db *db, const char *id, yj_span name, yj_error *err) yj_nodiscard;
/** Accounts that stand for a person of that institution, by name. Rows as of yj_account_list(). */
yj_status yj_account_list_of(yj_db *db, int64_t inst, const char *after, yj_account *rows, size_t cap,
                             size_t *ret_count, yj_error *err) yj_nodiscard;
/** A locked account signs in nowhere, and its sessions and tokens are of no use while it is locked.
 * YJ_E_NOT_FOUND */
yj_status yj_account_lock(yj_db *db, const char *id, bool locked, yj_error *err) yj_nodiscard;
/** @param hash from yj_password_hash(). Ending the account's sessions is the caller's. YJ_E_NOT_FOUND */
yj_status yj_account_set_password(yj_db *db, const char *id, const char *hash, int64_t now_ns,
                                  yj_error *err) yj_nodiscard;

/** Take a secret after its owner has proved that his authenticator shows its codes.
 *  @param step of that code, which is used up with it (yj_totp_verify). YJ_E_NOT_FOUND */
yj_status yj_account_set_totp(yj_db *db, const yj_seal *s, const char *id,
                              const uint8_t secret[static YJ_TOTP_SECRET_LEN], int64_t step,
                              yj_error *err) yj_nodiscard;
/** Take away the second factor, recovery codes with it; an account without any stays as it is. YJ_E_NOT_FOUND
 */
yj_status yj_account_clear_second(yj_db *db, const char *id, yj_error *err) yj_nodiscard;
/** Replace the recovery codes by a new set. YJ_E_NOT_FOUND */
yj_status yj_account_set_recovery(yj_db *db, const yj_seal *s, const char *id,
                                  char codes[static YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES],
                                  yj_error *err) yj_nodiscard;

/* --- persons ---------------------------------------------------------------------------------- */

typedef struct yj_account_person {
    int64_t inst;
    const char *person; /* record id */
} yj_account_person;
#define YJ_ACCOUNT_PERSONS_MAX 1000

/** Linking twice is fine. Whether there is such a person is the caller's to know.
 *  @return YJ_E_NOT_FOUND (no such account), YJ_E_LIMIT (over YJ_ACCOUNT_PERSONS_MAX) */
yj_status yj_account_link(yj_db *db, const char *id, int64_t inst, const char *person,
                          yj_error *err) yj_nodiscard;
/** Sessions and tokens that act as that person end with it. YJ_E_NOT_FOUND (not linked) */
yj_status yj_account_unlink(yj_db *db, const char *id, int64_t inst, const char *person,
                            yj_error *err) yj_nodiscard;
/** By institution and person. @param ret owned by the arena */
yj_status yj_account_persons(yj_db *db, const char *id, yj_arena *a, const yj_account_person **ret,
                             size_t *ret_count, yj_error *err) yj_nodiscard;
/** May the account act as that person? */
yj_status yj_account_is(yj_db *db, const char *id, int64_t inst, const char *person, bool *ret,
                        yj_error *err) yj_nodiscard;

#endif
