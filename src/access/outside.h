// SPDX-License-Identifier: Apache-2.0
/**
 * Coming in by what a provider has proved (access/oidc.h, access/directory.h): the account that the identity
 * is linked with, and the same outcomes as of a password (access/sign_in.h), which yj_sign_in_refusal() puts
 * in words. Every function runs inside the caller's write; the questions to the provider lie between them.
 *
 * By a directory's password: yj_outside_begin() counts the attempt, by the same counters as local passwords
 * (a name has one counter for both, which who is right clears only if the name is nobody else's),
 * yj_directory_check() asks, yj_outside_end() lets in; or, where the
 * directory could not be asked, yj_outside_give_back(): that was no attempt.
 * By OpenID Connect: yj_oidc_start(), yj_oidc_finish(), then yj_outside_enter().
 * Who is inside already links an identity (yj_outside_link()), or proves once more who he is
 * (yj_outside_prove(), yj_outside_prove_passage()).
 *
 * Then as after a password: SECOND asks for the account's own code (yj_sign_in_code()), unless the provider
 * has proved a second factor and its settings trust it in that. Who is proved but not linked with any account
 * is WRONG, with `unlinked`. Whether the provider is still there and enabled is looked at again.
 */
#ifndef YJ_ACCESS_OUTSIDE_H
#define YJ_ACCESS_OUTSIDE_H

#include "access/identity.h"
#include "access/passage.h"
#include "access/provider.h"
#include "access/sign_in.h"

/** Count the attempt. @param x name, address and device are asked. Outcome WAIT ends it; else
 * yj_directory_check() comes next */
yj_status yj_outside_begin(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *provider,
                           int64_t now_ns, yj_error *err) yj_nodiscard;
/** @param who what was proved; NULL: name or password is wrong. Outcome WRONG, LOCKED, SECOND or DONE. Right,
 * the attempt counts no more. */
yj_status yj_outside_end(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const yj_proved *who,
                         int64_t now_ns, yj_error *err) yj_nodiscard;
/** The directory could not be asked: the attempt does not count. Outcome WRONG. */
yj_status yj_outside_give_back(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x,
                               yj_error *err) yj_nodiscard;

/** Come in after a passage, which is used up. @param x nothing is asked. Outcome WRONG, LOCKED, SECOND or
 * DONE
 *  @return YJ_E_FORBIDDEN (it was used already, or is no sign-in) */
yj_status yj_outside_enter(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const yj_oidc_passage *p,
                           const yj_proved *who, int64_t now_ns, yj_error *err) yj_nodiscard;
/** Link what was proved with the account that began the passage, which is used up. @param account of the
 * session in which the browser came back
 *  @return YJ_E_FORBIDDEN (used already, or it was begun by another account or to sign in); those of
 * yj_identity_link() */
yj_status yj_outside_link(const yj_sign_in_desk *d, yj_db *db, const char *account, const yj_oidc_passage *p,
                          const yj_proved *who, int64_t now_ns, yj_error *err) yj_nodiscard;

/** Prove once more who it is, for an account that has signed in: by a directory, after yj_outside_begin().
 *  @param who what was proved; NULL: name or password is wrong
 *  Outcome DONE if that is the account's own identity, and the attempt counts no more; LOCKED; else WRONG,
 *  with `unlinked` if it is another's or nobody's. A second factor is not asked for: the session has given
 *  its code before. */
yj_status yj_outside_prove(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                           const yj_proved *who, int64_t now_ns, yj_error *err) yj_nodiscard;
/** The same after a passage, which is used up. @param x nothing is asked
 *  @return YJ_E_FORBIDDEN (used already, or not begun by this session for this) */
yj_status yj_outside_prove_passage(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                                   const char *session, const yj_oidc_passage *p, const yj_proved *who,
                                   int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
