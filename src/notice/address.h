// SPDX-License-Identifier: Apache-2.0
/** Addresses (http, https) that an operator enters: which forms are taken, and what of them may be shown. */
#ifndef YJ_NOTICE_ADDRESS_H
#define YJ_NOTICE_ADDRESS_H

#include "base/span.h"

#define YJ_ADDRESS_MAX ((size_t)1000)
#define YJ_ORIGIN_MAX ((size_t)300)

/**
 * http:// or https://, a host (name or IPv4 address, or IPv6 in brackets), perhaps :port, perhaps a path, and
 * (if `query`) perhaps a query; printable ASCII without blanks, quotes, parentheses, <, >, \. No user, no
 * fragment: a password has no place in an address.
 */
bool yj_address_valid(yj_span s, bool query);

/** Scheme, host and port of a valid address: all of it that messages name. "?" for any other text. */
void yj_address_origin(yj_span s, char ret[static YJ_ORIGIN_MAX + 1]);

/** Put asterisks in place of `secret` wherever it stands in `text`. Of NULL or fewer than four characters
 *  nothing is hidden. */
void yj_address_mask(char *text, const char *secret);

#endif
