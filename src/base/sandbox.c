// SPDX-License-Identifier: Apache-2.0
/* The parent's side: start, read, wait, kill. The child's walls: sandbox_walls.c. */
#include "base/sandbox_internal.h"
#include "base/time.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES ((size_t)64 << 10)

typedef struct child {
    pid_t pid;
    int pidfd, out, said; /* -1: closed */
} child;

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* posix_spawn() shares the memory of the parent until the exec and runs nothing of ours in between, so other
 * threads and their locks do not matter. All our descriptors are O_CLOEXEC; closefrom is for those of
 * libraries. */
int yj_sandbox_spawn(const yj_sandbox_job *job, int out, int said, pid_t *ret)
{
    char *argv[YJ_SANDBOX_ARGS_MAX + 2] = { (char[]){ "yunjian" } };
    size_t n = 1;
    for (; job->args[n - 1]; n++) {
        assert(n <= YJ_SANDBOX_ARGS_MAX);
        argv[n] = (char *)(uintptr_t)job->args[n - 1];
    }
    argv[n] = NULL;
    /* empty, but for the sanitizers: looking for leaks would trace, handling signals would hide their number
     */
    char *environment[] = { NULL, NULL, NULL };
    if (!yj_sandbox_limits_memory()) {
        environment[0] =
            (char[]){ "ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigill=0" };
        environment[1] = (char[]){ "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=0" };
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    int e = posix_spawnattr_init(&attr);
    if (e)
        return e;
    e = posix_spawn_file_actions_init(&files);
    if (e) {
        posix_spawnattr_destroy(&attr);
        return e;
    }
    e = posix_spawnattr_setflags(&attr,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    e = e ? e : posix_spawnattr_setpgroup(&attr, 0);
    e = e ? e : posix_spawnattr_setsigmask(&attr, &none);
    e = e ? e : posix_spawnattr_setsigdefault(&attr, &all);
    e = e ? e : posix_spawn_file_actions_adddup2(&files, job->input_fd, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    e = e ? e : posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
    e = e ? e : posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    e = e ? e : posix_spawn(ret, "/proc/self/exe", &files, &attr, argv, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return e;
}

/* Descriptors 0 to 2 of a pipe would be closed or confused by the dup2 of the child. */
static int above_standard(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

bool yj_sandbox_pipe(int *ret_read, int *ret_write)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC) != 0)
        return false;
    *ret_read = above_standard(fd[0]);
    *ret_write = above_standard(fd[1]);
    return *ret_read >= 0 && *ret_write >= 0 && fcntl(*ret_read, F_SETFL, O_NONBLOCK) == 0;
}

static yj_status start(const yj_sandbox_job *job, child *c, yj_error *err)
{
    int out = -1, said = -1;
    *c = (child){ .pid = -1, .pidfd = -1, .out = -1, .said = -1 };
    int e = yj_sandbox_pipe(&c->out, &out) && yj_sandbox_pipe(&c->said, &said)
                ? yj_sandbox_spawn(job, out, said, &c->pid)
                : errno;
    close_at(&out);
    close_at(&said);
    if (e == 0) {
        c->pidfd = pidfd_open(c->pid, 0);
        if (c->pidfd >= 0)
            return YJ_OK;
        e = errno;
        kill(-c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close_at(&c->out);
    close_at(&c->said);
    errno = e;
    return yj_fail_sys(err, e == ENOMEM ? YJ_E_NOMEM : YJ_E_IO, "cannot start a process for foreign bytes");
}

/* Take what is there; closes the pipe at its end. @param max more is counted but not kept
 * @return false when more came than was to be kept */
static bool take(int *fd, yj_buf *into, size_t max, char *room)
{
    bool fits = true;
    for (;;) {
        ssize_t n = read(*fd, room, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return fits;
        if (n <= 0) {
            close_at(fd);
            return fits;
        }
        size_t left = max - into->len, keep = (size_t)n < left ? (size_t)n : left;
        yj_buf_add(into, room, keep);
        fits = keep == (size_t)n;
        if (!fits)
            return false;
    }
}

/* Until the child is gone and what it wrote is read, or there is a reason to end it. */
static yj_sandbox_end listen_to(child *c, const yj_sandbox_job *job, yj_buf *out, yj_buf *said, char *room)
{
    int64_t deadline = yj_monotonic_ns() + job->time_ms * INT64_C(1000000);
    size_t out_max = out->len + job->output_max, said_max = said->len + YJ_SANDBOX_SAID_MAX;
    char *rest = room + READ_BYTES;
    for (;;) {
        int64_t left_ms = (deadline - yj_monotonic_ns() + INT64_C(999999)) / INT64_C(1000000);
        struct pollfd p[] = { { c->out, POLLIN, 0 }, { c->said, POLLIN, 0 }, { c->pidfd, POLLIN, 0 } };
        if (left_ms <= 0)
            return YJ_SANDBOX_TIME;
        int n = poll(p, YJ_COUNT(p), left_ms > 60000 ? 60000 : (int)left_ms);
        if (n <= 0)
            continue;
        bool gone = p[2].revents != 0; /* looked at before the pipes: all it wrote is in them then */
        if (c->out >= 0 && !take(&c->out, out, out_max, room))
            return YJ_SANDBOX_OUTPUT;
        if (c->said >= 0 && !take(&c->said, said, said_max, rest))
            (void)0; /* the beginning tells enough */
        if (gone)
            return YJ_SANDBOX_EXITED;
    }
}

static bool says(const yj_buf *said, const char *word)
{
    return said->len && memmem(said->ptr, said->len, word, strlen(word));
}

yj_sandbox_end yj_sandbox_end_of(uint64_t memory_bytes, int status, const struct rusage *used,
                                 const yj_buf *said)
{
    uint64_t peak = (uint64_t)used->ru_maxrss * 1024;
    bool hungry = peak > memory_bytes / 2 || says(said, "bad_alloc") || says(said, "Out of memory");
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == YJ_SANDBOX_EXIT_MEMORY || (WEXITSTATUS(status) != 0 && hungry)
                   ? YJ_SANDBOX_MEMORY
                   : YJ_SANDBOX_EXITED;
    switch (WTERMSIG(status)) {
    case SIGSYS:
        return YJ_SANDBOX_REFUSED;
    case SIGXCPU:
        return YJ_SANDBOX_TIME;
    case SIGKILL: /* by the limit of processor time, or by the system when memory is short */
        return hungry ? YJ_SANDBOX_MEMORY : YJ_SANDBOX_TIME;
    default:
        return hungry ? YJ_SANDBOX_MEMORY : YJ_SANDBOX_CRASHED;
    }
}

yj_status yj_sandbox_run(const yj_sandbox_job *job, yj_buf *out, yj_buf *said, yj_sandbox_result *ret,
                         yj_error *err)
{
    assert(job->time_ms > 0 && job->args && job->args[0]);
    child c;
    struct rusage used = { 0 };
    int status = 0;
    int64_t began = yj_monotonic_ns();
    char *room = malloc(2 * READ_BYTES);
    if (!room)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = start(job, &c, err);
    if (s != YJ_OK) {
        free(room);
        return s;
    }
    yj_sandbox_end end = listen_to(&c, job, out, said, room);
    kill(-c.pid, SIGKILL); /* it is not waited for yet, so the number is still its own */
    while (wait4(c.pid, &status, 0, &used) < 0 && errno == EINTR)
        ;
    close_at(&c.out);
    close_at(&c.said);
    close_at(&c.pidfd);
    free(room);
    if (end == YJ_SANDBOX_EXITED)
        end = yj_sandbox_end_of(job->memory_bytes, status, &used, said);
    YJ_TRY(yj_buf_status(out, err));
    YJ_TRY(yj_buf_status(said, err));
    *ret = (yj_sandbox_result){ .end = end,
                                .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                                .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                                .ms = (yj_monotonic_ns() - began) / INT64_C(1000000),
                                .memory_bytes = (uint64_t)used.ru_maxrss * 1024 };
    return YJ_OK;
}
