// SPDX-License-Identifier: Apache-2.0
/* Who is at the other end of a connection. */
#include "api/http_internal.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void show_address(const struct sockaddr *a, char *ret, socklen_t cap)
{
    union {
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    ret[0] = '\0';
    if (a->sa_family == AF_INET) {
        memcpy(&u.v4, a, sizeof u.v4);
        inet_ntop(AF_INET, &u.v4.sin_addr, ret, cap);
    } else if (a->sa_family == AF_INET6) {
        memcpy(&u.v6, a, sizeof u.v6);
        if (IN6_IS_ADDR_V4MAPPED(&u.v6.sin6_addr))
            inet_ntop(AF_INET, &u.v6.sin6_addr.s6_addr[12], ret, cap);
        else
            inet_ntop(AF_INET6, &u.v6.sin6_addr, ret, cap);
    }
}

void yj_http_client(struct MHD_Connection *conn, yj_req *rq)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (i && i->client_addr)
        show_address(i->client_addr, rq->address, sizeof rq->address);
}
