// SPDX-License-Identifier: Apache-2.0
/**
 * Asking another server by HTTP, for sign-in: one request, one answer, by libcurl in the calling thread, one
 * connection for each call, no longer than the limits. Any thread may call; the process ignores SIGPIPE.
 *
 * What is never done: follow a redirect, speak another protocol, accept a certificate that the authorities do
 * not vouch for, read an answer without end, reach a link-local address (where clouds keep the keys of their
 * machines).
 *
 * Messages name scheme, host and port, and nothing of what was sent or answered.
 */
#ifndef YJ_ACCESS_WEB_H
#define YJ_ACCESS_WEB_H

#include "base/span.h"
#include <stdatomic.h>

#define YJ_WEB_CONNECT_MS 5000u
#define YJ_WEB_TOTAL_MS 10000u
#define YJ_WEB_URL_MAX 1000 /* bytes of an address that is asked */
#define YJ_WEB_ORIGIN_MAX 300
#define YJ_WEB_HEADERS_MAX ((size_t)64 << 10)

/** For asking others: also a directory (access/directory.h). Zeros are the defaults. Borrowed. */
typedef struct yj_web_options {
    const char *ca_file; /* authorities in PEM; NULL: the system's */
    const char *proxy;   /* of HTTP: http://host:port; NULL none (what the environment says is not taken) */
    unsigned connect_ms, total_ms; /* of a directory: for each step */
    const atomic_bool *stop;       /* when it becomes true a request ends within a second; may be NULL */
} yj_web_options;

/**
 * Is it an address that sign-in may ask? https:// with a host and perhaps a port, path and (if `query`)
 * query, printable ASCII, no user, no fragment; http:// only of this machine itself.
 */
bool yj_web_address_valid(yj_span url, bool query);
/** Is a host (without brackets) this machine itself: localhost, 127.0.0.0/8, ::1? */
bool yj_web_host_is_loopback(yj_span host);
/** Host name or IP address, IPv6 in brackets; perhaps :port. @param ret_host without brackets */
bool yj_web_host_valid(yj_span host_port, yj_span *ret_host);
/** All of a valid address that messages name. */
void yj_web_origin(yj_span url, char ret[static YJ_WEB_ORIGIN_MAX + 1]);

typedef struct yj_web_request {
    const char *url;             /* checked by the caller */
    const char *user, *password; /* Basic, already in the form that it wants; NULL: without */
    const yj_buf *form;          /* POST of application/x-www-form-urlencoded; NULL: GET */
} yj_web_request;

/**
 * @param ret_status of HTTP
 * @param body       empty and initialised; its maximum is the answer's
 * @return YJ_E_BUSY (not reached, not in time, not trusted), YJ_E_LIMIT (it does not stop talking),
 * YJ_E_NOMEM
 */
yj_status yj_web_ask(const yj_web_options *o, const yj_web_request *r, int *ret_status, yj_buf *body,
                     yj_error *err) yj_nodiscard;

#endif
