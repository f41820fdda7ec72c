// SPDX-License-Identifier: Apache-2.0
/* Connections: patience and certificate of each, from its begin to its end; who is at the other end. */
#include "api/http_internal.h"
#include "api/param.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef struct caller {
    yj_visit *visit;
    yj_tls_pair *pair; /* what it was shown; NULL: plain */
    yj_address address;
} caller;

static yj_address address_of(const struct sockaddr *a)
{
    yj_address ret = { .byte = { [10] = 0xff, [11] = 0xff } }; /* 0.0.0.0: trusted by nobody */
    if (a && a->sa_family == AF_INET)
        memcpy(ret.byte + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
    else if (a && a->sa_family == AF_INET6)
        memcpy(ret.byte, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
    return ret;
}

static void caller_free(caller *c)
{
    yj_visit_end(c->visit);
    yj_tls_pair_drop(c->pair);
    free(c);
}

static caller *caller_new(const yj_http_gate *g, struct MHD_Connection *conn, int fd)
{
    caller *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    c->address = address_of(i ? i->client_addr : NULL);
    c->visit = yj_visit_start(g->patience, fd);
    if (!c->visit) {
        caller_free(c);
        return NULL;
    }
    c->pair = g->tls ? yj_tls_pair_take(g->tls) : NULL;
    return c;
}

void yj_http_connection(void *gate, struct MHD_Connection *conn, void **socket_ctx,
                        enum MHD_ConnectionNotificationCode toe)
{
    const yj_http_gate *g = gate;
    if (toe == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*socket_ctx)
            caller_free(*socket_ctx);
        *socket_ctx = NULL;
        return;
    }
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!i)
        return;
    int fd = i->connect_fd;
    caller *c = caller_new(g, conn, fd);
    *socket_ctx = c;
    i = g->tls ? MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
    if (i && i->tls_session) /* the library's own pointer there is for keys agreed on beforehand */
        gnutls_session_set_ptr(i->tls_session, c ? c->pair : NULL);
    if (!c) /* out of memory: better nobody than one whom nobody watches */
        (void)shutdown(fd, SHUT_RDWR);
}

static const caller *caller_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

yj_visit *yj_http_visit(struct MHD_Connection *conn)
{
    const caller *c = caller_of(conn);
    return c ? c->visit : NULL;
}

/* --- who it is --------------------------------------------------------------------------------------------
 */

typedef struct said {
    yj_lines addresses, schemes; /* X-Forwarded-For, X-Forwarded-Proto */
} said;

static void add_line(yj_lines *l, yj_span value)
{
    if (l->count < YJ_FORWARDED_LINES_MAX)
        l->at[l->count] = value;
    if (l->count <= YJ_FORWARDED_LINES_MAX)
        l->count++;
}

static bool is_field(yj_span name, const char *lower)
{
    return name.len == strlen(lower) && yj_span_eq_nocase(name, lower);
}

/* All lines count, not the first alone: some proxies add a line behind those of the client. */
static enum MHD_Result take_said(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                 const char *value, size_t value_size)
{
    said *s = cls;
    yj_span name = { key, key_size }, v = { value ? value : "", value ? value_size : 0 };
    if (is_field(name, "x-forwarded-for"))
        add_line(&s->addresses, v);
    else if (is_field(name, "x-forwarded-proto"))
        add_line(&s->schemes, v);
    return MHD_YES;
}

yj_status yj_http_client(const yj_http_gate *g, struct MHD_Connection *conn, yj_req *rq, yj_error *err)
{
    const caller *c = caller_of(conn);
    yj_address peer = c ? c->address : address_of(NULL), client = peer;
    bool trusted = yj_networks_hold(&g->trusted, &peer);
    rq->secure = g->tls != NULL;
    if (trusted) {
        said s = { 0 };
        MHD_get_connection_values_n(conn, MHD_HEADER_KIND, take_said, &s);
        client = yj_forwarded_for(&g->trusted, &peer, &s.addresses);
        rq->secure = yj_forwarded_secure(&s.schemes, rq->secure);
    }
    yj_address_show(&client, rq->address);
    if (g->beyond && !g->tls && !trusted && !yj_address_is_loopback(&peer))
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "over plain HTTP the server answers only to its own machine and its proxy");
    return YJ_OK;
}
