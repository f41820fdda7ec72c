// SPDX-License-Identifier: Apache-2.0
/* The parent's side: start, read, wait, kill. The child's walls: confined_walls.c. */
#include "base/confined.h"
#include "base/sandbox_internal.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct yj_confined_process {
    pid_t pid;
    int out, said; /* -1: closed */
    size_t said_len;
    char said_text[YJ_CONFINED_SAID_MAX];
};

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Descriptors that are dup'ed in turn must not lie in each other's way. */
static int lift(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

typedef struct ends {
    int input, given, out, said; /* lifted */
} ends;

static int spawn(const yj_confined *c, const ends *e, pid_t *ret)
{
    char memory[24], user[24], name[] = "yunjian", command[] = YJ_CONFINED_COMMAND;
    char *argv[YJ_CONFINED_ARGS_MAX + 6] = { name, command, memory, user,
                                             (char *)(uintptr_t)(c->home ? c->home : "") };
    size_t n = 5;
    for (size_t i = 0; c->argv[i]; i++) {
        assert(i < YJ_CONFINED_ARGS_MAX);
        argv[n++] = (char *)(uintptr_t)c->argv[i];
    }
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)c->memory_bytes);
    snprintf(user, sizeof user, "%u", c->user);
    char address[] = "ASAN_OPTIONS=detect_leaks=0";
    char *environment[] = { yj_sandbox_limits_memory() ? NULL : address, NULL };
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int s = posix_spawnattr_init(&attr);
    if (s)
        return s;
    s = posix_spawn_file_actions_init(&files);
    if (s) {
        posix_spawnattr_destroy(&attr);
        return s;
    }
    s = posix_spawnattr_setflags(&attr,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    s = s ? s : posix_spawnattr_setpgroup(&attr, 0);
    s = s ? s : posix_spawnattr_setsigmask(&attr, &none);
    s = s ? s : posix_spawnattr_setsigdefault(&attr, &all);
    s = s               ? s
        : e->input >= 0 ? posix_spawn_file_actions_adddup2(&files, e->input, STDIN_FILENO)
                        : posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    s = s ? s : posix_spawn_file_actions_adddup2(&files, e->out, STDOUT_FILENO);
    s = s ? s : posix_spawn_file_actions_adddup2(&files, e->said, STDERR_FILENO);
    if (e->given >= 0)
        s = s ? s : posix_spawn_file_actions_adddup2(&files, e->given, YJ_CONFINED_GIVEN_FD);
    s = s ? s
          : posix_spawn_file_actions_addclosefrom_np(&files, YJ_CONFINED_GIVEN_FD + (e->given >= 0 ? 1 : 0));
    s = s ? s : posix_spawn(ret, "/proc/self/exe", &files, &attr, argv, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return s;
}

yj_status yj_confined_start(const yj_confined *c, yj_confined_process **ret, yj_error *err)
{
    assert(c->argv && c->argv[0] && c->argv[0][0] == '/');
    int out = -1, said = -1;
    yj_confined_process *p = calloc(1, sizeof *p);
    if (!p)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *p = (yj_confined_process){ .pid = -1, .out = -1, .said = -1 };
    int s = yj_sandbox_pipe(&p->out, &out) && yj_sandbox_pipe(&p->said, &said) ? 0 : errno;
    if (s == 0) {
        ends e = { c->input_fd >= 0 ? lift(c->input_fd) : -1, c->given_fd >= 0 ? lift(c->given_fd) : -1,
                   lift(out), lift(said) };
        s = spawn(c, &e, &p->pid);
        close_at(&e.input);
        close_at(&e.given);
        close_at(&e.out);
        close_at(&e.said);
    }
    close_at(&out);
    close_at(&said);
    if (s == 0) {
        *ret = p;
        return YJ_OK;
    }
    p->pid = -1;
    yj_confined_end(p);
    errno = s;
    return yj_fail_sys(err, s == ENOMEM ? YJ_E_NOMEM : YJ_E_IO, "cannot start a process for foreign bytes");
}

bool yj_confined_lives(const yj_confined_process *p)
{
    siginfo_t i = { .si_pid = 0 };
    return p->pid > 0 && waitid(P_PID, (id_t)p->pid, &i, WEXITED | WNOHANG | WNOWAIT) == 0 && i.si_pid == 0;
}

void yj_confined_signal(const yj_confined_process *p, int signal)
{
    if (p->pid > 0)
        kill(p->pid, signal);
}

/* What is there of its standard error. */
static void listen_to(yj_confined_process *p)
{
    char room[1024];
    static_assert(sizeof room <= sizeof p->said_text, "what comes at once has room");
    for (;;) {
        ssize_t n = read(p->said, room, sizeof room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close_at(&p->said);
            return;
        }
        size_t sum = p->said_len + (size_t)n,
               over = sum > sizeof p->said_text ? sum - sizeof p->said_text : 0;
        memmove(p->said_text, p->said_text + over, p->said_len - over);
        memcpy(p->said_text + p->said_len - over, room, (size_t)n);
        p->said_len = sum - over;
    }
}

size_t yj_confined_read(yj_confined_process *p, char *to, size_t room)
{
    while (p->out >= 0) {
        struct pollfd f[] = { { p->out, POLLIN, 0 }, { p->said, POLLIN, 0 } };
        if (poll(f, YJ_COUNT(f), -1) < 0)
            continue;
        if (p->said >= 0 && f[1].revents)
            listen_to(p);
        if (!f[0].revents)
            continue;
        ssize_t n = read(p->out, to, room);
        if (n > 0)
            return (size_t)n;
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            close_at(&p->out);
    }
    return 0;
}

int yj_confined_wait(yj_confined_process *p)
{
    char room[4096];
    int status = 0;
    while (yj_confined_read(p, room, sizeof room) > 0)
        ;
    pid_t gone = -1;
    while (p->pid > 0 && (gone = waitpid(p->pid, &status, 0)) < 0 && errno == EINTR)
        ;
    if (p->said >= 0)
        listen_to(p);
    explicit_bzero(room, sizeof room);
    if (gone > 0)
        p->pid = -1;
    return gone > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

yj_span yj_confined_said(const yj_confined_process *p)
{
    return (yj_span){ p->said_text, p->said_len };
}

void yj_confined_end(yj_confined_process *p)
{
    if (p->pid > 0) {
        kill(-p->pid, SIGKILL); /* it is not waited for yet, so the number is still its own */
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close_at(&p->out);
    close_at(&p->said);
    explicit_bzero(p->said_text, sizeof p->said_text);
    free(p);
}

yj_status yj_confined_run(const yj_confined *c, int *ret_code, yj_error *err)
{
    yj_auto(yj_confined_endp) yj_confined_process *p = NULL;
    YJ_TRY(yj_confined_start(c, &p, err));
    *ret_code = yj_confined_wait(p);
    return YJ_OK;
}
