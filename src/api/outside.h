// SPDX-License-Identifier: Apache-2.0
/** What signing in by a provider (outside_api.c) and linking one's own account with one (linking_api.c) do
 * alike. */
#ifndef YJ_API_OUTSIDE_H
#define YJ_API_OUTSIDE_H

#include "access/oidc.h"
#include "api/call.h"

/** Where a provider sends the browser back to, whatever was begun: it knows this one address. */
#define YJ_RETURN_PATH "/api/v1/sign-in/oidc/return"
#define YJ_PASSAGE_COOKIE "-passage"
#define YJ_LINKING_PAGE "/p/account"

/** That address as the provider knows it: of the name that people use. In the call's arena. */
const char *yj_return_uri(const yj_call *c);
/** Borrows a reader for a moment. @return YJ_E_NOT_FOUND also if it is of another kind, or not enabled */
yj_status yj_read_provider(yj_call *c, const char *id, yj_provider_kind kind, yj_provider *ret,
                           yj_error *err) yj_nodiscard;
/** Open the passage that this browser keeps. YJ_E_FORBIDDEN */
yj_status yj_open_passage(yj_call *c, yj_oidc_passage *ret, yj_error *err) yj_nodiscard;

#endif
