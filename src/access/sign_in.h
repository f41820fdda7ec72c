// SPDX-License-Identifier: Apache-2.0
/**
 * Signing in: name and password, then a code. (Who is proved by somebody else: access/outside.h.) Three steps
 * for the password, since its hash takes long and the writer has no time: begin (a write: the attempt is
 * counted), check (no store), end (a write). Then, if a code is wanted, one step (a write). Between password
 * and code the caller keeps who it is in a session of stage "second" (access/session.h).
 *
 * That somebody may not come in is no failure: the steps return YJ_OK and set the outcome, so that what they
 * counted is kept; yj_sign_in_refusal() puts it in words. Failures are those of the store and of memory.
 *
 * What an outsider learns. A name that does not exist, one without a password and a wrong password do the
 * same work and are told in the same words (a hash made with other parameters than today's takes another time
 * until it is replaced); that an account is locked only who knows its password. What is typed as a name or a
 * password is kept nowhere.
 *
 * Who has to wait (access/pause.h; the limits are options):
 * - passwords are counted for each pair of account and network, and for each network over all accounts. So
 * guessing keeps nobody from signing in but who comes from the same network, and him only for a while;
 * - a device that signed in to the account before is counted by itself, and by the former only when it has to
 * wait;
 * - there is no counter of passwords for an account over all networks: whoever has many could use it to lock
 * its owner out. What stands against guessing from many networks is the password's policy and the second
 * factor;
 * - codes are counted for each account over all networks, known devices again by themselves. Only who has the
 * password comes that far: `guessed` says so, and the owner has to hear of it.
 */
#ifndef YJ_ACCESS_SIGN_IN_H
#define YJ_ACCESS_SIGN_IN_H

#include "access/account.h"
#include "access/device.h"
#include "access/network.h"
#include "access/password.h"
#include "access/pause.h"

typedef struct yj_sign_in_options {
    yj_password_options password;
    /* of a pause whose first_s is 0 these are taken: attempts, seconds, seconds, seconds */
    yj_pause account;     /* an account, from one network: 5, 1, 900, 86400 */
    yj_pause network;     /* a network, all accounts: 100, 1, 60, 3600 */
    yj_pause device;      /* a known device, passwords and codes each: 10, 1, 900, 86400 */
    yj_pause code;        /* codes for an account from unknown devices: 5, 5, 900, 86400 */
    unsigned device_days; /* how long a device is known; 0: 180 */
} yj_sign_in_options;

/** What sign-in needs all the time; read by any number of threads. */
typedef struct yj_sign_in_desk yj_sign_in_desk;
/** Makes a hash to compare with where there is none: takes as long as a sign-in. @param s borrowed until the
 * desk is freed, as is the path in the options. @return YJ_E_NOMEM, YJ_E_IO */
yj_status yj_sign_in_desk_new(const yj_sign_in_options *o, const yj_seal *s, yj_sign_in_desk **ret,
                              yj_error *err) yj_nodiscard;
void yj_sign_in_desk_free(yj_sign_in_desk *d);
YJ_DEFINE_CLEANUP(yj_sign_in_desk, yj_sign_in_desk_free)

typedef enum yj_sign_in_outcome {
    YJ_SIGN_IN_WRONG,  /* name, password or code */
    YJ_SIGN_IN_WAIT,   /* too many attempts: not looked at; again after wait_s */
    YJ_SIGN_IN_LOCKED, /* all right, but the account is locked */
    YJ_SIGN_IN_SECOND, /* the password is right, a code is wanted */
    YJ_SIGN_IN_DONE,
    YJ_SIGN_IN_COUNT_
} yj_sign_in_outcome;

typedef struct yj_sign_in {
    /* asked; borrowed until the last step. Steps may be run again: a write that is tried in vain is */
    yj_span name;        /* as typed */
    const char *address; /* where it comes from (access/network.h) */
    yj_span device;      /* token of a device; empty: none */
    /* told */
    yj_sign_in_outcome outcome;
    int64_t wait_s; /* seconds, rounded up */
    char
        account[YJ_UUID_LEN + 1]; /* of whom; "" unless the password was right. Asked, of yj_sign_in_code() */
    bool break_glass;       /* an account for emergencies: SECOND and DONE are to be reported each time */
    bool enrol;             /* DONE without a second factor: there is none yet */
    bool recovery_used;     /* DONE by a recovery code */
    unsigned recovery_left; /* DONE: how many are left */
    bool guessed;           /* who has the password tries codes: tell the owner */
    bool tried;             /* more passwords were tried than are free, for an account that there is (own.id):
                               tell the owner, and nobody who asks */
    bool unlinked;          /* WRONG: proved by a provider, but no account's (access/outside.h) */
    /* its own, between the steps */
    struct {
        char id[YJ_UUID_LEN + 1]; /* "": no such account */
        char hash[YJ_PASSWORD_HASH_BYTES], next_hash[YJ_PASSWORD_HASH_BYTES];
        bool counted, by_device, match;
        yj_digest key, network; /* counters */
        yj_paused key_paused, network_paused;
    } own;
} yj_sign_in;

/** Count the attempt. Outcome WAIT ends it; else yj_sign_in_check() comes next. */
yj_status yj_sign_in_begin(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, int64_t now_ns,
                           yj_error *err) yj_nodiscard;
/** Compare, on the caller's thread. @param password the caller wipes it. YJ_E_NOMEM: the attempt stays
 * counted; YJ_E_CORRUPT (the account's hash is damaged) */
yj_status yj_sign_in_check(const yj_sign_in_desk *d, yj_sign_in *x, yj_span password,
                           yj_error *err) yj_nodiscard;
/** Outcome WRONG, LOCKED, SECOND or DONE. Right, the attempt counts no more, and an old hash is replaced. */
yj_status yj_sign_in_end(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, int64_t now_ns,
                         yj_error *err) yj_nodiscard;

/** The same, of who has signed in as `account` and was asked by its name: of another account, to which the
 * name went meanwhile, it is WRONG, and nothing of that one changes. */
yj_status yj_sign_in_end_as(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                            int64_t now_ns, yj_error *err) yj_nodiscard;

/**
 * The second step: a code of the authenticator, or a recovery code, which is used up; of an account for
 * emergencies only the latter. @param x name is not looked at, `account` is. Outcome WRONG, WAIT, LOCKED or
 * DONE.
 * @return YJ_E_CORRUPT if the secret cannot be opened (access/seal.h)
 */
yj_status yj_sign_in_code(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, yj_span code, int64_t now_ns,
                          yj_error *err) yj_nodiscard;

/** Why not, for outcomes WRONG, WAIT and LOCKED: YJ_E_STRANGER, YJ_E_TOO_MANY, YJ_E_FORBIDDEN.
 *  @param code it was a code */
yj_status yj_sign_in_refusal(const yj_sign_in *x, bool code, yj_error *err) yj_nodiscard;

/** A token for the device, after DONE. */
void yj_sign_in_device(const yj_sign_in_desk *d, const yj_sign_in *x, int64_t now_ns,
                       char ret[static YJ_DEVICE_TOKEN_LEN + 1]);

#endif
