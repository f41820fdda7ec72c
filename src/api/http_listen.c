// SPDX-License-Identifier: Apache-2.0
/* The listening socket and the number of connections. */
#include "api/http_internal.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

yj_status yj_http_listen(const yj_http_options *o, int *ret_fd, char *url, size_t url_cap, yj_error *err)
{
    const char *address = o->address && o->address[0] ? o->address : "127.0.0.1";
    bool six = strcmp(address, "::1") == 0 || strcmp(address, "[::1]") == 0;
    if (!six && strcmp(address, "127.0.0.1") != 0 && strcmp(address, "localhost") != 0)
        return yj_fail(err, YJ_E_USAGE,
                       "the server has no sign-in yet and listens only on 127.0.0.1 or ::1, not on %s",
                       address);
    struct sockaddr_in a4 = { .sin_family = AF_INET,
                              .sin_port = htons(o->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons(o->port),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr *a = six ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
    socklen_t len = six ? sizeof a6 : sizeof a4;
    const char *shown = six ? "[::1]" : "127.0.0.1";
    int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 || bind(fd, a, len) < 0 ||
        listen(fd, 511) < 0 || getsockname(fd, a, &len) < 0) {
        yj_fail_sys(err, errno == EADDRINUSE ? YJ_E_BUSY : YJ_E_IO, "cannot listen on %s:%d", shown,
                    (int)o->port);
        if (fd >= 0)
            close(fd);
        return err ? err->code : YJ_E_IO;
    }
    snprintf(url, url_cap, "http://%s:%d", shown, (int)ntohs(six ? a6.sin6_port : a4.sin_port));
    *ret_fd = fd;
    return YJ_OK;
}

/* Descriptors for the connections wanted, beside those of stores and files. */
unsigned yj_http_connections_possible(unsigned want)
{
    struct rlimit r;
    const rlim_t others = 512;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return want < 256 ? want : 256;
    if (r.rlim_cur < want + others) {
        struct rlimit more = { .rlim_cur = want + others, .rlim_max = r.rlim_max };
        if (r.rlim_max != RLIM_INFINITY && more.rlim_cur > r.rlim_max)
            more.rlim_cur = r.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            r = more;
    }
    rlim_t room = r.rlim_cur > 2 * others ? r.rlim_cur - others : r.rlim_cur / 2;
    return room < want ? (unsigned)room : want;
}
