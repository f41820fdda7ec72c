// SPDX-License-Identifier: Apache-2.0
/**
 * From which network somebody comes: what attempts are counted by and sessions show. A whole address would be
 * too fine: whoever has one of IPv6 has 2^64 of them. It is the /24 of IPv4 and the /56 of IPv6.
 */
#ifndef YJ_ACCESS_NETWORK_H
#define YJ_ACCESS_NETWORK_H

#define YJ_NETWORK_BYTES 48 /* with the NUL */

/**
 * "192.0.2.7" gives "192.0.2.0/24", "2001:db8:1:2ff::7" gives "2001:db8:1:200::/56", "::ffff:192.0.2.7" the
 * same as the first; a zone ("%eth0") is left out. All else, also NULL, is "other": one network for all that
 * come without an address.
 * @param address of the client itself: behind a proxy what a trusted proxy says, else all are one network
 */
void yj_network_of(const char *address, char ret[static YJ_NETWORK_BYTES]);

#endif
