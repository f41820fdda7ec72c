// SPDX-License-Identifier: Apache-2.0
/**
 * Asking a directory (LDAP version 3, RFC 4511; Active Directory) whether name and password are right: by a
 * bind with them, through OpenLDAP's libldap. As its provider's settings say (access/provider.h), the DN to
 * bind with is made from the name, or looked for by a service account.
 *
 * TLS is from version 1.2 on, with a certificate that the authorities vouch for; referrals are not followed;
 * an empty password is refused before anything is sent (a bind with it is anonymous and succeeds: RFC 4513,
 * 5.1.2). Nothing of the password is kept, and nothing of it or of the name is in a message.
 *
 * Nothing here knows the store. A call takes at most the time to connect to each address and four operations,
 * as the options say: never on the writer's thread, nor with a connection borrowed. Any number of threads.
 */
#ifndef YJ_ACCESS_DIRECTORY_H
#define YJ_ACCESS_DIRECTORY_H

#include "access/identity.h"
#include "access/provider.h"
#include "access/web.h"

#define YJ_DIRECTORY_STEP_MS 5000u     /* connecting, and each operation, if the options say nothing */
#define YJ_DIRECTORY_PASSWORD_MAX 1024 /* bytes; a longer one is wrong */

/**
 * Who is that? A wrong password, a name that is not there or cannot be, and one who is not of the group are
 * the same: *ret_right false. How long it takes is the directory's, and may tell them apart.
 * @param s        opens the service account's secret
 * @param password the caller wipes it
 * @param ret      set if *ret_right
 * @return YJ_E_BUSY (not reached, not in time, not trusted), YJ_E_IO (it does not take the service account,
 * or answers otherwise than it should: somebody must look at the settings), YJ_E_CORRUPT (our secret cannot
 * be opened), YJ_E_FORBIDDEN (the provider is not enabled), YJ_E_NOMEM
 */
yj_status yj_directory_check(const yj_provider *p, const yj_web_options *o, const yj_seal *s, yj_span name,
                             yj_span password, yj_proved *ret, bool *ret_right, yj_error *err) yj_nodiscard;

/** Who would that be? By the service account, without a password: for linking an account beforehand.
 *  @return also YJ_E_INVALID (the provider has no service account) */
yj_status yj_directory_find(const yj_provider *p, const yj_web_options *o, const yj_seal *s, yj_span name,
                            yj_proved *ret, bool *ret_found, yj_error *err) yj_nodiscard;
/** Can it be asked? Connects as the settings say, whether it is enabled or not; with a service account binds
 * by it and looks at the base. Whether a person's name leads to an entry is not tried.
 *  @return as yj_directory_check(), but not YJ_E_FORBIDDEN */
yj_status yj_directory_probe(const yj_provider *p, const yj_web_options *o, const yj_seal *s,
                             yj_error *err) yj_nodiscard;

#endif
