// SPDX-License-Identifier: Apache-2.0
/**
 * The header guard. libmicrohttpd's parser is lax: it takes duplicate Content-Length, Content-Length beside
 * Transfer-Encoding, blanks before the colon and requests without Host, any of which lets a proxy in front
 * and this server see different requests on one connection. Every head passes here before anything else
 * looks at it; a refusal is answered 400 and the connection is closed.
 *
 * Not seen from here, because the library has already made something of them: lines that end in a bare LF, a
 * field folded over two lines (joined), a NUL in a value (cut there), a field without a name (dropped).
 */
#ifndef YJ_API_GUARD_H
#define YJ_API_GUARD_H

#include "base/span.h"

/* Header fields the server reads; `once`: a second one is refused. */
#define YJ_HEADER_LIST(X)                                                                                    \
    X(ACCEPT_ENCODING, "accept-encoding", false)                                                             \
    X(ACCEPT_LANGUAGE, "accept-language", false)                                                             \
    X(AUTHORIZATION, "authorization", true)                                                                  \
    X(CONTENT_ENCODING, "content-encoding", true)                                                            \
    X(CONTENT_LENGTH, "content-length", true)                                                                \
    X(CONTENT_RANGE, "content-range", true)                                                                  \
    X(CONTENT_TYPE, "content-type", true)                                                                    \
    X(COOKIE, "cookie", true)                                                                                \
    X(EXPECT, "expect", true)                                                                                \
    X(HOST, "host", true)                                                                                    \
    X(IF_MATCH, "if-match", true)                                                                            \
    X(IF_NONE_MATCH, "if-none-match", false)                                                                 \
    X(IF_RANGE, "if-range", true)                                                                            \
    X(LAST_EVENT_ID, "last-event-id", true)                                                                  \
    X(ORIGIN, "origin", true)                                                                                \
    X(RANGE, "range", true)                                                                                  \
    X(SEC_FETCH_MODE, "sec-fetch-mode", true)                                                                \
    X(SEC_FETCH_SITE, "sec-fetch-site", true)                                                                \
    X(TRANSFER_ENCODING, "transfer-encoding", true)                                                          \
    X(UPLOAD_COMPLETE, "upload-complete", true)                                                              \
    X(UPLOAD_LENGTH, "upload-length", true)                                                                  \
    X(UPLOAD_OFFSET, "upload-offset", true)                                                                  \
    X(USER_AGENT, "user-agent", false)                                                                       \
    X(YUNJIAN_CSRF, "yunjian-csrf", true)                                                                    \
    X(YUNJIAN_PERSON, "yunjian-person", true)

typedef enum yj_header {
#define X(id, name, once) YJ_H_##id,
    YJ_HEADER_LIST(X)
#undef X
        YJ_H_COUNT_
} yj_header;

typedef struct yj_head {
    yj_span value[YJ_H_COUNT_]; /* ptr NULL: absent; the first one where several may stand */
} yj_head;

/** Take one field of the head. @return YJ_E_INVALID, field: the header's name where it can be shown */
yj_status yj_guard_field(yj_head *h, yj_span name, yj_span value, yj_error *err) yj_nodiscard;
/** After the last field: what must hold for the head as a whole. @param http11 else HTTP/1.0 */
yj_status yj_guard_whole(const yj_head *h, bool http11, yj_error *err) yj_nodiscard;

/** Under which names people reach the server. */
typedef struct yj_site {
    bool signs_in;          /* people sign in; else whoever reaches it may do all */
    bool loopback;          /* it listens on this machine only */
    bool tls;               /* it speaks TLS itself: its own pages come by https */
    const char *public_url; /* origin under which a proxy shows it, "https://yunjian.example"; NULL: none */
} yj_site;

/** From where a request may come. A page of a stranger reaches a server of this machine through the visitor's
 * browser, under its own Origin, or, by rebinding DNS, under its own Host: so a server that listens on this
 * machine only, and has no public URL, answers to the names of this machine alone. One that is reached under
 * any name is guarded by its cookies, which belong to a name, and by sign-in. Pages of other origins are
 * refused everywhere; following a link from elsewhere is fine.
 *  @param safe the method is GET or HEAD
 *  @return YJ_E_FORBIDDEN */
yj_status yj_guard_site(const yj_head *h, bool safe, const yj_site *site, yj_error *err) yj_nodiscard;

#endif
