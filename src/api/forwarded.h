// SPDX-License-Identifier: Apache-2.0
/**
 * What a proxy in front says about the client: X-Forwarded-For and X-Forwarded-Proto. Anybody can send these
 * fields, so they count only when the connection comes from a proxy that the operator named; and each proxy
 * adds on the right, so that all left of the first stranger is hearsay, and not even read.
 */
#ifndef YJ_API_FORWARDED_H
#define YJ_API_FORWARDED_H

#include "base/span.h"

#define YJ_NETWORKS_MAX 32u
#define YJ_ADDRESS_BYTES 46       /* of an IPv6 address as text, and its NUL */
#define YJ_FORWARDED_LINES_MAX 8u /* of the head, with one field */
#define YJ_FORWARDED_HOPS_MAX 32u /* trusted proxies one behind the other */

/** As IPv6; IPv4 is ::ffff:0:0/96. */
typedef struct yj_address {
    uint8_t byte[16];
} yj_address;
typedef struct yj_networks {
    struct {
        yj_address base;
        unsigned bits;
    } at[YJ_NETWORKS_MAX];
    size_t count;
} yj_networks;

/** IPv4 or IPv6 in digits, without port, brackets or zone. */
bool yj_address_read(yj_span text, yj_address *ret);
/** IPv4 as such, else IPv6. */
void yj_address_show(const yj_address *a, char ret[static YJ_ADDRESS_BYTES]);
bool yj_address_is_loopback(const yj_address *a); /* 127.0.0.0/8, ::1 */

/** Add "10.0.0.7", "10.0.0.0/8", "2001:db8::/32", or several with commas between them.
 *  @return YJ_E_USAGE: no address, host bits set, everybody, more than YJ_NETWORKS_MAX */
yj_status yj_networks_add(yj_networks *n, yj_span text, yj_error *err) yj_nodiscard;
bool yj_networks_hold(const yj_networks *n, const yj_address *a);

/** The lines of a field as they stand in the head. */
typedef struct yj_lines {
    yj_span at[YJ_FORWARDED_LINES_MAX];
    size_t count; /* more than fit: there were more */
} yj_lines;

/**
 * Where the client is.
 * @param trusted which proxies tell the truth
 * @param peer    who is at the other end of the connection
 * @param lines   of X-Forwarded-For; read if the peer is trusted. An entry may have a port
 * @return the rightmost address that is not trusted itself; the leftmost, if all are; the peer, if there is
 *         none or the first that matters is malformed
 */
yj_address yj_forwarded_for(const yj_networks *trusted, const yj_address *peer, const yj_lines *lines);
/** Did the client speak TLS to the trusted proxy? @param lines of X-Forwarded-Proto; the last one counts, and
 *  is "https" or "http"; anything else is not secure. @param else_  without the field */
bool yj_forwarded_secure(const yj_lines *lines, bool else_);

#endif
