// SPDX-License-Identifier: Apache-2.0
/* Processes for foreign bytes: what they may, what ends them, and that nothing is left of them. This program
 * is its own child: main() sees by its arguments which it is. */
#include "test.h"

#include "base/sandbox.h"
#include "base/time.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY ((uint64_t)256 << 20)

/* --- the child --------------------------------------------------------------------------------------------
 */

static bool leads_its_group;

static void echo(void)
{
    char b[4096];
    for (ssize_t n; (n = read(0, b, sizeof b)) > 0;)
        if (write(1, b, (size_t)n) != n)
            _exit(9);
}

static void say_of_file(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    char b[64];
    int n = snprintf(b, sizeof b, "%s", fd >= 0 ? "opened" : errno == ENOENT ? "absent" : "refused");
    yj_sandbox_leave((yj_span){ b, (size_t)n }, 0);
}

static void flood(int fd)
{
    static char b[8192];
    memset(b, 'x', sizeof b);
    for (size_t i = 0; i < 4096; i++)
        if (write(fd, b, sizeof b) < 0)
            _exit(9);
}

static void eat(void)
{
    for (size_t all = 0; all < 4 * MEMORY; all += 1 << 20) {
        char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            _exit(YJ_SANDBOX_EXIT_MEMORY);
        memset(p, 1, 1 << 20);
    }
}

static void count_descriptors(void)
{
    char b[32];
    int open_ones = 0, n;
    struct rlimit r;
    for (int i = 0; i < 1024; i++)
        open_ones += fcntl(i, F_GETFD) >= 0;
    getrlimit(RLIMIT_CORE, &r);
    n = snprintf(b, sizeof b, "%d %d %d", open_ones, leads_its_group, (int)r.rlim_max);
    yj_sandbox_leave((yj_span){ b, (size_t)n }, 0);
}

static void behave(const char *what, const char *path)
{
    if (strcmp(what, "echo") == 0)
        echo();
    else if (strcmp(what, "exit") == 0)
        _exit(7);
    else if (strcmp(what, "sleep") == 0)
        sleep(1000);
    else if (strcmp(what, "spin") == 0)
        for (volatile int i = 0;; i = i + 1)
            ;
    else if (strcmp(what, "out") == 0)
        flood(1);
    else if (strcmp(what, "err") == 0)
        flood(2);
    else if (strcmp(what, "eat") == 0)
        eat();
    else if (strcmp(what, "segv") == 0)
        raise(SIGSEGV);
    else if (strcmp(what, "fork") == 0)
        _exit(fork() < 0);
    else if (strcmp(what, "socket") == 0)
        _exit(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
    else if (strcmp(what, "ptrace") == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
    else if (strcmp(what, "kill") == 0)
        _exit(kill(getppid(), SIGTERM) < 0);
    else if (strcmp(what, "read") == 0)
        say_of_file(path, O_RDONLY);
    else if (strcmp(what, "write") == 0)
        say_of_file(path, O_WRONLY | O_CREAT);
    else if (strcmp(what, "look") == 0)
        count_descriptors();
}

/* child WHAT [PATH [GRANTED]] */
static int child(int argc, char **argv)
{
    const char *granted[] = { argc > 4 ? argv[4] : NULL, NULL };
    yj_sandbox_walls w = { .memory_bytes = MEMORY, .time_ms = 1000, .read = argc > 4 ? granted : NULL };
    yj_error err;
    leads_its_group = getpgrp() == getpid();
    if (yj_sandbox_enter(&w, &err) != YJ_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return YJ_SANDBOX_EXIT_NO_WALLS;
    }
    behave(argv[2], argc > 3 ? argv[3] : "");
    _exit(0);
}

/* --- the tests --------------------------------------------------------------------------------------------
 */

typedef struct run {
    yj_buf out, said;
    yj_sandbox_result r;
} run;

static int input_of(const char *text)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
                lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static run begin(const char *const *args, const char *input, int64_t time_ms, size_t output_max)
{
    run x;
    yj_error err;
    int fd = input_of(input);
    yj_buf_init(&x.out, output_max);
    yj_buf_init(&x.said, YJ_SANDBOX_SAID_MAX);
    const yj_sandbox_job job = {
        .args = args, .input_fd = fd, .time_ms = time_ms, .memory_bytes = MEMORY, .output_max = output_max
    };
    assert_status(yj_sandbox_run(&job, &x.out, &x.said, &x.r, &err), YJ_OK);
    close(fd);
    return x;
}

static void done(run *x)
{
    yj_buf_done(&x->out);
    yj_buf_done(&x->said);
}

static void expect(const char *what, const char *path, const char *granted, yj_sandbox_end end,
                   const char *out)
{
    const char *args[] = { "child", what, path, granted, NULL };
    run x = begin(args, "", 20000, 1000);
    if (x.r.end != end || x.r.exit_code == YJ_SANDBOX_EXIT_NO_WALLS)
        fail_msg("%s: end %d, exit %d, signal %d: %s", what, x.r.end, x.r.exit_code, x.r.signal,
                 x.said.len ? x.said.ptr : "");
    assert_string_equal(x.out.len ? x.out.ptr : "", out);
    done(&x);
}

static void run__passes_input_and_output(void **state)
{
    const char *args[] = { "child", "echo", NULL };
    char *text = malloc(300001);
    memset(text, 'a', 300000);
    text[300000] = '\0';
    run x = begin(args, text, 20000, 300000);
    assert_int_equal(x.r.end, YJ_SANDBOX_EXITED);
    assert_int_equal(x.r.exit_code, 0);
    assert_int_equal(x.out.len, 300000);
    done(&x);
    free(text);
    const char *others[] = { "child", "exit", NULL };
    x = begin(others, "", 20000, 10);
    assert_int_equal(x.r.end, YJ_SANDBOX_EXITED);
    assert_int_equal(x.r.exit_code, 7);
    done(&x);
}

static void run__ends_what_takes_too_long(void **state)
{
    const char *sleeps[] = { "child", "sleep", NULL }, *spins[] = { "child", "spin", NULL };
    run x = begin(sleeps, "", 300, 10);
    assert_int_equal(x.r.end, YJ_SANDBOX_TIME);
    assert_in_range(x.r.ms, 290, 15000);
    done(&x);
    x = begin(spins, "", 60000, 10); /* by its processor time, long before */
    assert_int_equal(x.r.end, YJ_SANDBOX_TIME);
    assert_true(x.r.ms < 50000);
    done(&x);
}

static void run__ends_what_says_too_much(void **state)
{
    const char *args[] = { "child", "out", NULL }, *errs[] = { "child", "err", NULL };
    run x = begin(args, "", 20000, 100000);
    assert_int_equal(x.r.end, YJ_SANDBOX_OUTPUT);
    assert_int_equal(x.out.len, 100000);
    done(&x);
    x = begin(errs, "", 20000, 100000); /* of this the beginning is enough */
    assert_int_equal(x.r.end, YJ_SANDBOX_EXITED);
    assert_int_equal(x.r.exit_code, 0);
    assert_int_equal(x.said.len, YJ_SANDBOX_SAID_MAX);
    done(&x);
}

static void run__tells_want_of_memory_from_a_crash(void **state)
{
    expect("segv", NULL, NULL, YJ_SANDBOX_CRASHED, "");
    if (!yj_sandbox_limits_memory()) {
        print_message("a sanitized build has no limit of address space\n");
        return;
    }
    expect("eat", NULL, NULL, YJ_SANDBOX_MEMORY, "");
}

static void walls__forbidden_calls_are_the_end(void **state)
{
    expect("fork", NULL, NULL, YJ_SANDBOX_REFUSED, "");
    expect("socket", NULL, NULL, YJ_SANDBOX_REFUSED, "");
    expect("ptrace", NULL, NULL, YJ_SANDBOX_REFUSED, "");
    expect("kill", NULL, NULL, YJ_SANDBOX_REFUSED, "");
}

static void walls__files_are_read_only_where_granted(void **state)
{
    char path[512];
    yj_error err;
    snprintf(path, sizeof path, "%s/file", (const char *)*state);
    assert_status(yj_file_write(path, YJ_SPAN("x"), 0600, &err), YJ_OK);
    expect("write", path, NULL, YJ_SANDBOX_EXITED, "refused");
    expect("read", path, *state, YJ_SANDBOX_EXITED, "opened");
    expect("write", path, *state, YJ_SANDBOX_EXITED, "refused");
    if (yj_sandbox_limits_memory()) /* else opening is let through, and Landlock refuses */
        expect("read", path, NULL, YJ_SANDBOX_EXITED, "refused");
    if (yj_sandbox_landlock() == 0)
        print_message("this kernel has no Landlock: files are not shut away\n");
    else
        expect("read", path, "/usr/share", YJ_SANDBOX_EXITED, "refused");
}

static void walls__nothing_is_inherited(void **state)
{
    int careless = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    expect("look", NULL, NULL, YJ_SANDBOX_EXITED, "3 1 0");
    close(careless);
}

static size_t open_descriptors(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Asserting is for the thread of the test. */
static void *one_of_many(void *arg)
{
    const char *args[] = { "child", "echo", NULL };
    size_t good = 0;
    for (int i = 0; i < 5; i++) {
        run x;
        yj_error err;
        char text[64];
        int n = snprintf(text, sizeof text, "%d of %p", i, arg);
        int fd = memfd_create("input", MFD_CLOEXEC);
        bool there = fd >= 0 && write(fd, text, (size_t)n) == n && lseek(fd, 0, SEEK_SET) == 0;
        yj_buf_init(&x.out, 1000);
        yj_buf_init(&x.said, YJ_SANDBOX_SAID_MAX);
        const yj_sandbox_job job = {
            .args = args, .input_fd = fd, .time_ms = 60000, .memory_bytes = MEMORY, .output_max = 1000
        };
        good += there && yj_sandbox_run(&job, &x.out, &x.said, &x.r, &err) == YJ_OK &&
                x.r.end == YJ_SANDBOX_EXITED && x.out.len && strcmp(x.out.ptr, text) == 0;
        close(fd);
        done(&x);
    }
    *(size_t *)arg = good;
    return NULL;
}

static void run__many_at_once_leave_nothing_behind(void **state)
{
    pthread_t t[6];
    size_t good[YJ_COUNT(t)] = { 0 };
    size_t before = open_descriptors();
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, one_of_many, &good[i]), 0);
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        pthread_join(t[i], NULL);
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        assert_int_equal(good[i], 5);
    assert_int_equal(open_descriptors(), before);
    assert_true(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "child") == 0)
        return child(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__passes_input_and_output),
        cmocka_unit_test(run__ends_what_takes_too_long),
        cmocka_unit_test(run__ends_what_says_too_much),
        cmocka_unit_test(run__tells_want_of_memory_from_a_crash),
        cmocka_unit_test(walls__forbidden_calls_are_the_end),
        unit_test_in_folder(walls__files_are_read_only_where_granted),
        cmocka_unit_test(walls__nothing_is_inherited),
        cmocka_unit_test(run__many_at_once_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
