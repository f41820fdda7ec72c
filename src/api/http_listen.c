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

typedef union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} socket_address;

/* Digits only: a name could mean another address tomorrow. */
static yj_status read_address(const yj_http_options *o, yj_address *ret, yj_error *err)
{
    yj_span text = yj_span_of(o->address && o->address[0] ? o->address : "127.0.0.1");
    if (yj_span_is(text, "localhost"))
        text = YJ_SPAN("127.0.0.1");
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = (yj_span){ text.ptr + 1, text.len - 2 };
    bool known = yj_address_read(text, ret);
    bool ours = known && (yj_span_is(text, "127.0.0.1") || yj_span_is(text, "::1"));
    if (!known && o->any_address)
        return yj_fail(err, YJ_E_USAGE, "%s is no IPv4 or IPv6 address to listen on", o->address);
    if (!ours && !o->any_address)
        return yj_fail(
            err, YJ_E_USAGE,
            "over plain HTTP the server listens only on 127.0.0.1 or ::1, not on %s; for other addresses "
            "give it a certificate (--tls-cert and --tls-key), or the address of a proxy in front that has "
            "one "
            "(--trusted-proxy)",
            o->address);
    return YJ_OK;
}

static socket_address socket_address_of(const yj_address *a, const char *digits)
{
    socket_address ret = { 0 };
    if (strchr(digits, ':')) {
        ret.v6.sin6_family = AF_INET6;
        memcpy(&ret.v6.sin6_addr, a->byte, sizeof a->byte);
    } else {
        ret.v4.sin_family = AF_INET;
        memcpy(&ret.v4.sin_addr, a->byte + 12, 4);
    }
    return ret;
}

static int bound(socket_address *a, uint16_t port)
{
    bool six = a->any.sa_family == AF_INET6;
    socklen_t len = six ? sizeof a->v6 : sizeof a->v4;
    *(six ? &a->v6.sin6_port : &a->v4.sin_port) = htons(port);
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, off = 0;
    if (fd < 0)
        return -1;
    /* "::" is for IPv4, too, whatever the system's own default is */
    bool fine = !six || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
    if (fine && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, &a->any, len) == 0 && listen(fd, 511) == 0 && getsockname(fd, &a->any, &len) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

yj_status yj_http_listen(const yj_http_options *o, int *ret_fd, char *url, size_t url_cap, bool *ret_beyond,
                         yj_error *err)
{
    yj_address at;
    char digits[YJ_ADDRESS_BYTES], shown[YJ_ADDRESS_BYTES + 2];
    YJ_TRY(read_address(o, &at, err));
    yj_address_show(&at, digits);
    socket_address a = socket_address_of(&at, digits);
    bool six = a.any.sa_family == AF_INET6;
    snprintf(shown, sizeof shown, six ? "[%s]" : "%s", digits);
    int fd = bound(&a, o->port);
    if (fd < 0)
        return yj_fail_sys(err, errno == EADDRINUSE ? YJ_E_BUSY : YJ_E_IO, "cannot listen on %s:%d", shown,
                           (int)o->port);
    snprintf(url, url_cap, "%s://%s:%d", o->tls ? "https" : "http", shown,
             (int)ntohs(six ? a.v6.sin6_port : a.v4.sin_port));
    *ret_beyond = !yj_address_is_loopback(&at);
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
