// SPDX-License-Identifier: Apache-2.0
/** What the routes of sign-in and accounts share: members of bodies, how accounts and sessions are shown, the
 * cookie. */
#ifndef YJ_API_ACCOUNT_SHOW_H
#define YJ_API_ACCOUNT_SHOW_H

#include "access/totp.h"
#include "api/admit.h"
#include "api/call.h"
#include "base/json.h"

/** A text of the body read by yj_call_json(). @param ret empty, ptr NULL, if it is not there and not
 * `required`
 *  @return YJ_E_INVALID naming the member */
yj_status yj_call_text(const yj_call *c, const char *member, bool required, yj_span *ret,
                       yj_error *err) yj_nodiscard;
yj_status yj_call_flag(const yj_call *c, const char *member, bool *ret, yj_error *err) yj_nodiscard;
/** Overwrite a secret of the body, there and in what was read of it. */
void yj_call_wipe(yj_call *c, const char *member);

/** key: an instant, or null for 0. */
void yj_show_time(yj_jw *w, const char *key, int64_t ns);
/** key: the institution of that ledger, or null for the installation. YJ_E_NOT_FOUND */
yj_status yj_show_institution(yj_call *c, yj_jw *w, const char *key, int64_t inst,
                              yj_error *err) yj_nodiscard;
/** A RecordRef of a person. Borrows a reader. */
yj_status yj_show_person(yj_call *c, yj_jw *w, int64_t inst, const char *person, yj_error *err) yj_nodiscard;
/** The members of an Account, no braces. */
void yj_show_account(yj_jw *w, const yj_account *a);
/** The Session of who asks. @param token of it, "" if there is none */
yj_status yj_show_session(yj_call *c, yj_span token, yj_reply *rp, yj_error *err) yj_nodiscard;

/** @return YJ_E_CONFLICT: an open server has no accounts */
yj_status yj_call_signs_in(const yj_call *c, yj_error *err) yj_nodiscard;
/** A write of tables of sign-in; `fn` gets the call, with c->own `own` until it returns. Who asks is read
 * again afterwards. */
yj_status yj_call_write(yj_call *c, yj_write_fn fn, void *own, yj_error *err) yj_nodiscard;
/** Why somebody is not let in (yj_sign_in_refusal()), with Retry-After where he has to wait. */
yj_status yj_refuse_sign_in(yj_call *c, yj_reply *rp, const yj_sign_in *x, bool code,
                            yj_error *err) yj_nodiscard;
/** The browser has signed in: gets its cookies, and who asks is this session from now on. @param token new */
yj_status yj_let_in(yj_call *c, yj_reply *rp, const yj_sign_in *x, const char *token,
                    yj_error *err) yj_nodiscard;

/** What others know of whoever has that account: his name and the names of where he works. For a new password
 * (access/password.h). Borrows a reader for a moment. @param ret words in the call's arena; `name` is the
 * caller's to set */
yj_status yj_call_about(yj_call *c, const char *account, yj_password_about *ret, yj_error *err) yj_nodiscard;

/** May this person enter persons of that institution? Then he may give them accounts. */
yj_status yj_call_administers(yj_call *c, int64_t inst, const char *person, bool *ret,
                              yj_error *err) yj_nodiscard;

/** Inside a write: a session of the account in this browser. Whoever was signed in in it before is so no
 * more. */
yj_status yj_begin_session(yj_call *c, yj_db *db, const char *account, yj_session_stage stage,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1], yj_error *err) yj_nodiscard;

/** A cookie of this server (yj_cookie_name()), which no script reads. @param value "": it is to be forgotten
 *  @param seconds 0: until the browser is closed
 *  @param lax     also sent when another site leads the browser here */
void yj_give_cookie(yj_call *c, yj_reply *rp, const char *what, const char *value, int seconds, bool lax);
/** The browser is to keep the session's token. "": it is to forget it. */
void yj_give_session(yj_call *c, yj_reply *rp, const char *token);
/** Likewise the device's, for YJ_DEVICE_DAYS. */
void yj_give_device(yj_call *c, yj_reply *rp, const char *token);
/** The token of the device; empty: none. */
yj_span yj_device_of(const yj_call *c);
/** From now on who asks is the session of this token, which has just been given. */
yj_status yj_become(yj_call *c, const char *token, yj_error *err) yj_nodiscard;

#endif
