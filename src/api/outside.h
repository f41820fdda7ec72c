// SPDX-License-Identifier: Apache-2.0
/** What signing in by a provider (outside_api.c), linking one's own account with one (linking_api.c) and
 * proving once more by one who one is (prove_api.c) do alike. */
#ifndef YJ_API_OUTSIDE_H
#define YJ_API_OUTSIDE_H

#include "access/oidc.h"
#include "access/sign_in.h"
#include "api/call.h"

/** Where a provider sends the browser back to, whatever was begun: it knows this one address. */
#define YJ_RETURN_PATH "/api/v1/sign-in/oidc/return"
#define YJ_PASSAGE_COOKIE "-passage"
#define YJ_LINKING_PAGE "/p/account"
#define YJ_PROVING_PAGE "/p/prove"

/** That address as the provider knows it: of the name that people use. In the call's arena. */
const char *yj_return_uri(const yj_call *c);
/** Borrows a reader for a moment. @return YJ_E_NOT_FOUND also if it is of another kind, or not enabled */
yj_status yj_read_provider(yj_call *c, const char *id, yj_provider_kind kind, yj_provider *ret,
                           yj_error *err) yj_nodiscard;
/** Let `start` write the provider's address to `url` aside from the call's thread; yj_oidc_begun() follows.
 */
yj_status yj_begin_oidc(yj_call *c, yj_aside_fn start, yj_buf *url, yj_error *err) yj_nodiscard;
/** What the provider had the browser bring back, from the call's body. Borrowed from the call. YJ_E_INVALID
 */
yj_status yj_read_oidc_answer(yj_call *c, yj_oidc_answer *ret, yj_error *err) yj_nodiscard;
/** Answer with the provider's address, and have the browser keep the passage, if `err` holds nothing; the
 * passage is wiped and `url` done either way. @return what `err` holds */
yj_status yj_oidc_begun(yj_call *c, yj_reply *rp, char passage[static YJ_PASSAGE_TEXT_MAX + 1], yj_buf *url,
                        const yj_error *err) yj_nodiscard;
/** Open the passage that this browser keeps. YJ_E_FORBIDDEN */
yj_status yj_open_passage(yj_call *c, yj_oidc_passage *ret, yj_error *err) yj_nodiscard;
/**
 * Ask a directory, as one attempt that is counted before the directory is asked and given back if it could
 * not be: whoever is signed in must not guess the passwords of others there faster than one who is not.
 * @param x   name and address are set; outcome YJ_SIGN_IN_WAIT: it was not asked
 * @param ret_right the password is right; `ret_who` then says whose
 * @return why the directory could not be asked
 */
yj_status yj_ask_directory(yj_call *c, const yj_provider *p, yj_sign_in *x, yj_span password,
                           yj_proved *ret_who, bool *ret_right, yj_error *err) yj_nodiscard;

#endif
