// SPDX-License-Identifier: Apache-2.0
/* A child that stays for many requests. */
#include "base/sandbox_internal.h"
#include "base/time.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM_BYTES ((size_t)64 << 10)
#define GONE_MS 2000 /* for a child that has closed its pipe to be gone */

struct yj_sandbox_worker {
    pid_t pid;
    int pidfd, out, said, requests; /* -1: closed */
    uint64_t memory_bytes;
    bool late;
    int64_t since_ns, waited_ns; /* waited_ns: less than a millisecond, not yet taken off */
    size_t from, to;             /* what is read and not yet taken */
    char room[ROOM_BYTES];
};

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void reap(pid_t pid, int *status, struct rusage *used)
{
    kill(-pid, SIGKILL); /* it is not waited for yet, so the number is still its own */
    while (wait4(pid, status, 0, used) < 0 && errno == EINTR)
        ;
}

static int start(yj_sandbox_worker *w, const char *const *args)
{
    int out = -1, said = -1, pair[2] = { -1, -1 }, status = 0;
    struct rusage used;
    int e = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno;
    w->requests = pair[0];
    if (!e && (!yj_sandbox_pipe(&w->out, &out) || !yj_sandbox_pipe(&w->said, &said) ||
               fcntl(said, F_SETFL, O_NONBLOCK) != 0)) /* what nobody reads while it works is lost */
        e = errno;
    e = e ? e : yj_sandbox_spawn(&(yj_sandbox_job){ .args = args, .input_fd = pair[1] }, out, said, &w->pid);
    close_at(&out);
    close_at(&said);
    close_at(&pair[1]);
    if (e)
        return e;
    w->pidfd = pidfd_open(w->pid, 0);
    if (w->pidfd < 0) {
        e = errno;
        reap(w->pid, &status, &used);
        w->pid = -1;
    }
    return e;
}

yj_status yj_sandbox_worker_start(const char *const *args, uint64_t memory_bytes, yj_sandbox_worker **ret,
                                  yj_error *err)
{
    yj_sandbox_worker *w = calloc(1, sizeof *w);
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    w->pid = -1;
    w->pidfd = w->out = w->said = w->requests = -1;
    w->memory_bytes = memory_bytes;
    w->since_ns = yj_monotonic_ns();
    int e = start(w, args);
    if (e == 0) {
        *ret = w;
        return YJ_OK;
    }
    yj_sandbox_worker_end(w, NULL, NULL, 0);
    errno = e;
    return yj_fail_sys(err, e == ENOMEM ? YJ_E_NOMEM : YJ_E_IO, "cannot start a process for foreign bytes");
}

bool yj_sandbox_worker_ask(yj_sandbox_worker *w, yj_span request, int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { (char *)(uintptr_t)request.ptr, request.len };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    struct pollfd early = { w->out, POLLIN, 0 };
    if (w->from != w->to || (poll(&early, 1, 0) > 0 && (early.revents & POLLIN)))
        return false; /* an answer before the question */
    ssize_t n;
    do {
        n = sendmsg(w->requests, &m, MSG_NOSIGNAL | MSG_DONTWAIT); /* who takes no requests is mad */
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)request.len;
}

/* Some bytes of the pipe. */
static bool more(yj_sandbox_worker *w, int64_t *left_ms)
{
    for (;;) {
        ssize_t n = read(w->out, w->room, ROOM_BYTES);
        if (n > 0) {
            w->from = 0;
            w->to = (size_t)n;
            return true;
        }
        if (n == 0)
            return false;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return false;
        if (*left_ms <= 0) {
            w->late = true;
            return false;
        }
        struct pollfd p = { w->out, POLLIN, 0 };
        int64_t before = yj_monotonic_ns();
        poll(&p, 1, *left_ms > 60000 ? 60000 : (int)*left_ms);
        w->waited_ns += yj_monotonic_ns() - before;
        *left_ms -= w->waited_ns / INT64_C(1000000);
        w->waited_ns %= INT64_C(1000000);
    }
}

bool yj_sandbox_worker_read(yj_sandbox_worker *w, char *to, size_t n, int64_t *left_ms)
{
    while (n > 0) {
        if (w->from == w->to && !more(w, left_ms))
            return false;
        size_t k = w->to - w->from < n ? w->to - w->from : n;
        memcpy(to, w->room + w->from, k);
        w->from += k;
        to += k;
        n -= k;
    }
    return true;
}

void yj_sandbox_worker_end(yj_sandbox_worker *w, yj_sandbox_result *ret, char *said, size_t said_room)
{
    struct rusage used = { 0 };
    int status = 0;
    yj_buf last;
    yj_buf_init(&last, YJ_SANDBOX_SAID_MAX);
    if (w->pid > 0) {
        struct pollfd p = { w->pidfd, POLLIN, 0 };
        if (ret && !w->late) /* how it ended by itself is wanted, and its pipe is at its end */
            poll(&p, 1, GONE_MS);
        bool gone = p.revents != 0;
        reap(w->pid, &status, &used);
        ssize_t n = read(w->said, w->room, YJ_SANDBOX_SAID_MAX);
        yj_buf_add(&last, w->room, n > 0 ? (size_t)n : 0);
        if (ret)
            *ret = (yj_sandbox_result){
                .end = w->late ? YJ_SANDBOX_TIME
                       : gone  ? yj_sandbox_end_of(w->memory_bytes, status, &used, &last)
                               : YJ_SANDBOX_CRASHED,
                .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                .ms = (yj_monotonic_ns() - w->since_ns) / INT64_C(1000000),
                .memory_bytes = (uint64_t)used.ru_maxrss * 1024,
            };
        if (said)
            snprintf(said, said_room, "%s", last.ptr ? last.ptr : "");
    }
    yj_buf_done(&last);
    close_at(&w->pidfd);
    close_at(&w->out);
    close_at(&w->said);
    close_at(&w->requests);
    explicit_bzero(w->room, sizeof w->room);
    free(w);
}

/* --- in the child -----------------------------------------------------------------------------------------
 */

size_t yj_sandbox_next(char request[static YJ_SANDBOX_REQUEST_MAX], int *ret_fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { request, YJ_SANDBOX_REQUEST_MAX };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    ssize_t n;
    do {
        n = recvmsg(STDIN_FILENO, &m, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n <= 0)
        _exit(0);
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *ret_fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
    return (size_t)n;
}

void yj_sandbox_tell(yj_span s)
{
    while (s.len > 0) {
        ssize_t n = write(STDOUT_FILENO, s.ptr, s.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0);
        s.ptr += n;
        s.len -= (size_t)n;
    }
}
