// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/confined.h"
#include "base/sandbox.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY (UINT64_C(4) << 30)

static char home[300], outside[300];

static int begin(void **state)
{
    if (test_folder_make(state) != 0)
        return -1;
    snprintf(home, sizeof home, "%s/home", (const char *)*state);
    snprintf(outside, sizeof outside, "%s/outside", (const char *)*state);
    return mkdir(home, 0700) == 0 && mkdir(outside, 0777) == 0 ? 0 : -1;
}

/* @return the exit code of a shell's command; what it writes into `out` */
static int sh(const char *command, const char *in_home, int given, char out[static 1000])
{
    yj_error err;
    const char *argv[] = { "/bin/sh", "-c", command, NULL };
    const yj_confined c = {
        .argv = argv, .input_fd = -1, .given_fd = given, .home = in_home, .memory_bytes = MEMORY
    };
    yj_confined_process *p = NULL;
    assert_status(yj_confined_start(&c, &p, &err), YJ_OK);
    size_t len = 0;
    for (size_t n; (n = yj_confined_read(p, out + len, 999 - len)) > 0;)
        len += n;
    out[len] = '\0';
    int code = yj_confined_wait(p);
    yj_confined_end(p);
    return code;
}

static void programs__have_what_they_need(void **state)
{
    (void)state;
    char out[1000], path[700];
    assert_int_equal(sh("echo \"$HOME\" && pwd && env | grep -vc "
                        "'^\\(HOME\\|PATH\\|LC_ALL\\|TERM\\|PWD\\|_\\|OLDPWD\\|SHLVL\\)='",
                        home, -1, out),
                     1);
    snprintf(path, sizeof path, "%s\n%s\n0\n", home, home);
    assert_string_equal(out, path);
    assert_int_equal(sh("echo kept > file && cat file && (exit 7)", home, -1, out), 7);
    assert_string_equal(out, "kept\n");
    yj_error err;
    snprintf(path, sizeof path, "%s/given", outside);
    assert_status(yj_file_write(path, YJ_SPAN("given\n"), 0600, &err), YJ_OK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(sh("cat /proc/self/fd/3", NULL, fd, out), 0);
    assert_string_equal(out, "given\n");
    close(fd);
}

static void programs__reach_nothing_else(void **state)
{
    (void)state;
    char out[1000], command[800];
    assert_int_not_equal(sh("python3 -c 'import socket; socket.socket(socket.AF_INET)'", home, -1, out), 0);
    assert_int_equal(sh("python3 -c 'import socket; socket.socket(socket.AF_UNIX)'", home, -1, out), 0);
    assert_int_not_equal(sh("unshare -U true", home, -1, out), 0);
    assert_int_not_equal(sh("echo x > file", NULL, -1, out), 0);
    if (yj_sandbox_landlock() == 0) {
        print_message("this kernel has no Landlock\n");
        return;
    }
    snprintf(command, sizeof command, "echo x > %s/file", outside);
    assert_int_not_equal(sh(command, home, -1, out), 0);
    snprintf(command, sizeof command, "ls %s", outside);
    assert_int_not_equal(sh(command, home, -1, out), 0);
    snprintf(command, sizeof command, "kill -0 %d", (int)getpid());
    if (yj_sandbox_landlock() >= 6)
        assert_int_not_equal(sh(command, home, -1, out), 0);
    snprintf(command, sizeof command, "%s/file", outside);
    assert_false(yj_path_exists(command));
}

static void programs__that_are_not_there(void **state)
{
    (void)state;
    yj_error err;
    const char *argv[] = { "/nowhere/at-all", NULL };
    yj_confined c = { .argv = argv, .input_fd = -1, .given_fd = -1, .home = home, .memory_bytes = MEMORY };
    int code = 0;
    assert_status(yj_confined_run(&c, &code, &err), YJ_OK);
    assert_int_equal(code, YJ_CONFINED_EXIT_NO_PROGRAM);
    c.home = "/nowhere";
    assert_status(yj_confined_run(&c, &code, &err), YJ_OK);
    assert_int_equal(code, YJ_CONFINED_EXIT_NO_WALLS);
}

static void programs__that_hang_are_ended(void **state)
{
    (void)state;
    yj_error err;
    const char *argv[] = { "/bin/sh", "-c", "sleep 3600 & echo up; wait", NULL };
    const yj_confined c = {
        .argv = argv, .input_fd = -1, .given_fd = -1, .home = home, .memory_bytes = MEMORY
    };
    yj_confined_process *p = NULL;
    char out[10];
    assert_status(yj_confined_start(&c, &p, &err), YJ_OK);
    assert_int_equal(yj_confined_read(p, out, sizeof out), 3);
    assert_true(yj_confined_lives(p));
    yj_confined_end(p); /* or it would not come back */
}

#define in_folder(f) cmocka_unit_test_setup_teardown(f, begin, test_folder_remove)

int main(int argc, char **argv)
{
    if (yj_confined_child(argc, argv))
        return 1;
    const struct CMUnitTest tests[] = {
        in_folder(programs__have_what_they_need),
        in_folder(programs__reach_nothing_else),
        in_folder(programs__that_are_not_there),
        in_folder(programs__that_hang_are_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
