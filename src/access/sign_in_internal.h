// SPDX-License-Identifier: Apache-2.0
/** What signing in by a password of our own (sign_in.c) and by what others prove (outside.c) share. */
#ifndef YJ_ACCESS_SIGN_IN_INTERNAL_H
#define YJ_ACCESS_SIGN_IN_INTERNAL_H

#include "access/sign_in.h"

const yj_seal *yj_sign_in_seal(const yj_sign_in_desk *d);

/** Nothing is known of him yet. */
void yj_sign_in_clear(yj_sign_in *x);
/** Count an attempt at a password; outcome WAIT if there is a pause. @param account whose device his may be;
 * "" nobody's. @param name as it is counted */
yj_status yj_sign_in_count(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                           yj_span name, int64_t now_ns, yj_error *err) yj_nodiscard;
/** He is the owner of the account: LOCKED, SECOND or DONE. What was counted counts no more, unless it is
 * locked. @param second a second factor is proved already. YJ_E_NOT_FOUND */
yj_status yj_sign_in_admit(yj_db *db, yj_sign_in *x, const char *account, bool second, int64_t now_ns,
                           yj_error *err) yj_nodiscard;
/** It was right, but comes to nothing: it does not count. */
yj_status yj_sign_in_uncount(yj_db *db, yj_sign_in *x, yj_error *err) yj_nodiscard;

#endif
