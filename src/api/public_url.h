// SPDX-License-Identifier: Apache-2.0
/** The address that people use, for links, and for comparing with the Origin that browsers send. */
#ifndef YJ_API_PUBLIC_URL_H
#define YJ_API_PUBLIC_URL_H

#include "base/span.h"

#define YJ_PUBLIC_URL_BYTES 300 /* a name has 253 characters at most */

/**
 * Scheme, host and port and nothing else (one slash behind is dropped), into the form of browsers: lower
 * case, no port where it is the usual one. https; http only for this machine.
 * @return YJ_E_USAGE
 */
yj_status yj_public_url_read(yj_span text, char ret[static YJ_PUBLIC_URL_BYTES], yj_error *err) yj_nodiscard;

#endif
