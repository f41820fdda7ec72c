// SPDX-License-Identifier: Apache-2.0
/**
 * Between the files of the listener (http*.c); what the application sees is http.h.
 *
 *   http.c         exchanges: from head to answer, between listener's threads and workers
 *   http_head.c    is the head of a request one that everybody reads alike?
 *   http_client.c  connections, and who is at their other end
 *   http_answer.c  answers and streams
 *   http_listen.c  the socket, and how many connections there may be
 */
#ifndef YJ_API_HTTP_INTERNAL_H
#define YJ_API_HTTP_INTERNAL_H

#include "api/http.h"

#include <microhttpd.h>
#include <stdatomic.h>

struct yj_answer {
    atomic_int refs;
    int status;
    size_t bytes;
    yj_stream *stream; /* NULL for an answer with an end */
    struct MHD_Response *mhd;
};

/** The answer with this stream is sent on `conn` from now on. */
void yj_stream_attach(yj_stream *s, struct MHD_Connection *conn);
/** It is no longer: the stream has ended. */
void yj_stream_detach(yj_stream *s);

/**
 * The fields of the head into rq->head; whether all is as the guard wants it (api/guard.h).
 * Listener's thread, in the access handler's first call, whose `url`, `method` and `version` these are.
 * @param rq its target and method are set
 * @return YJ_E_INVALID, YJ_E_FORBIDDEN and the guard's others
 */
yj_status yj_http_guard_head(struct MHD_Connection *conn, yj_req *rq, const char *url, const char *method,
                             const char *version, const yj_site *site, yj_error *err) yj_nodiscard;

/** What connections are told by; MHD's callback takes it. */
typedef struct yj_http_gate {
    yj_patience *patience;
    yj_tls *tls; /* NULL: plain HTTP */
    yj_networks trusted;
    bool beyond; /* it listens beyond this machine */
} yj_http_gate;

/** MHD_NotifyConnectionCallback: a connection begins or ends. */
void yj_http_connection(void *gate, struct MHD_Connection *conn, void **socket_ctx,
                        enum MHD_ConnectionNotificationCode toe);
yj_visit *yj_http_visit(struct MHD_Connection *conn); /* may be NULL */
/** Where the client is, into rq->address and rq->secure. Listener's thread, head complete.
 *  @return YJ_E_FORBIDDEN: a stranger over plain HTTP, who passed the proxy by */
yj_status yj_http_client(const yj_http_gate *g, struct MHD_Connection *conn, yj_req *rq,
                         yj_error *err) yj_nodiscard;

/** A listening socket on an address of this machine. The URL is written to `url`; whether others can reach it
 *  to *ret_beyond.
 *  @return YJ_E_USAGE for what yj_http_start() does not take, YJ_E_BUSY if the port is taken, YJ_E_IO */
yj_status yj_http_listen(const yj_http_options *o, int *ret_fd, char *url, size_t url_cap, bool *ret_beyond,
                         yj_error *err) yj_nodiscard;
/** How many of the connections wanted this process may have open; raises the limit of descriptors if it can.
 */
unsigned yj_http_connections_possible(unsigned want);

#endif
