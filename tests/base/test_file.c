// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *in(void **state, const char *name)
{
    static char path[4][300];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", (const char *)*state, name);
    return p;
}

static void file_write__is_read_back(void **state)
{
    yj_error err;
    const char *path = in(state, "a");
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1 << 20);
    static const size_t sizes[] = { 0, 1, 4096, 65536, 65537, 300000 };
    char *data = calloc(1, 300000);
    assert_non_null(data);
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        memset(data, (int)('a' + i), sizes[i]);
        assert_status(yj_file_write(path, (yj_span){ data, sizes[i] }, 0640, &err), YJ_OK);
        yj_buf_clear(&b);
        yj_buf_str(&b, "kept");
        assert_status(yj_file_read(path, 300000, &b, &err), YJ_OK);
        assert_int_equal(b.len, 4 + sizes[i]);
        assert_memory_equal(b.ptr, "kept", 4);
        assert_memory_equal(b.ptr + 4, data, sizes[i]);
        assert_int_equal(b.ptr[b.len], '\0');
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
    }
    free(data);
    yj_names names;
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, 1); /* nothing left beside it */
    yj_names_free(&names);
}

static void file_read__keeps_to_its_limit(void **state)
{
    yj_error err;
    const char *path = in(state, "a");
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 100);
    assert_status(yj_file_write(path, YJ_SPAN("0123456789"), 0600, &err), YJ_OK);
    assert_status(yj_file_read(path, 10, &b, &err), YJ_OK);
    assert_status(yj_file_read(path, 9, &b, &err), YJ_E_LIMIT);
    assert_string_equal(b.ptr, "0123456789");
    /* a file whose size is not known beforehand */
    assert_status(yj_file_read("/proc/self/status", 5, &b, &err), YJ_E_LIMIT);
    assert_string_equal(b.ptr, "0123456789");
    yj_auto(yj_buf_done) yj_buf small;
    yj_buf_init(&small, 5);
    assert_status(yj_file_read(path, 10, &small, &err), YJ_E_LIMIT);
    yj_auto(yj_buf_done) yj_buf big;
    yj_buf_init(&big, 1 << 20);
    assert_status(yj_file_read("/proc/self/status", 1 << 20, &big, &err), YJ_OK);
    assert_memory_equal(big.ptr, "Name:", 5);
}

static void file_read__refuses_what_is_no_file(void **state)
{
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 100);
    assert_status(yj_file_read(in(state, "absent"), 10, &b, &err), YJ_E_NOT_FOUND);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_status(yj_file_read(*state, 10, &b, &err), YJ_E_IO);
    assert_int_equal(mkfifo(in(state, "pipe"), 0600), 0);
    assert_status(yj_file_read(in(state, "pipe"), 10, &b, &err), YJ_E_IO); /* at once, without a writer */
    assert_status(yj_file_read("/dev/zero", 10, &b, &err), YJ_E_IO);
    assert_int_equal(b.len, 0);
}

static void file_write__fails_without_a_trace(void **state)
{
    yj_error err;
    assert_status(yj_file_write(in(state, "no/a"), YJ_SPAN("x"), 0600, &err), YJ_E_NOT_FOUND);
    assert_int_equal(mkdir(in(state, "dir"), 0700), 0);
    assert_status(yj_file_write(in(state, "dir"), YJ_SPAN("x"), 0600, &err), YJ_E_IO);
    yj_names names;
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.name[0], "dir");
    yj_names_free(&names);
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_status(yj_file_write(longer, YJ_SPAN("x"), 0600, &err), YJ_E_INVALID);
    assert_status(yj_dir_make(longer, &err), YJ_E_INVALID);
}

static void dir_make__makes_all_parts_private(void **state)
{
    yj_error err;
    assert_status(yj_dir_make(in(state, "a/b//c/"), &err), YJ_OK);
    assert_status(yj_dir_make(in(state, "a/b/c"), &err), YJ_OK);
    assert_true(yj_path_is_dir(in(state, "a/b/c")));
    struct stat st;
    assert_int_equal(stat(in(state, "a/b"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_status(yj_file_write(in(state, "a/file"), YJ_SPAN("x"), 0600, &err), YJ_OK);
    assert_true(yj_path_exists(in(state, "a/file")));
    assert_false(yj_path_is_dir(in(state, "a/file")));
    assert_false(yj_path_exists(in(state, "a/none")));
    assert_status(yj_dir_make(in(state, "a/file"), &err), YJ_E_IO);
    assert_status(yj_dir_make(in(state, "a/file/x"), &err), YJ_E_NOT_FOUND);
}

/* As others' programs leave them: deeper than there are descriptors, and without rights. */
static void dir_remove__of_any_depth(void **state)
{
    yj_error err;
    const char *top = in(state, "tree");
    assert_int_equal(mkdir(top, 0700), 0);
    int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 500; i++) {
        assert_true(fd >= 0);
        assert_int_equal(mkdirat(fd, "d", 0700), 0);
        assert_int_equal(mkdirat(fd, "deep.0", i % 2 ? 0700 : 0), 0);
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    assert_int_equal(fchmod(fd, 0500), 0);
    close(fd);
    assert_status(yj_dir_remove(in(state, "tree"), &err), YJ_OK);
    assert_false(yj_path_exists(in(state, "tree")));
}

static void dir_remove__follows_no_links(void **state)
{
    yj_error err;
    assert_status(yj_dir_make(in(state, "keep"), &err), YJ_OK);
    assert_status(yj_file_write(in(state, "keep/file"), YJ_SPAN("x"), 0600, &err), YJ_OK);
    assert_status(yj_dir_make(in(state, "tree/a/b"), &err), YJ_OK);
    assert_status(yj_file_write(in(state, "tree/a/b/file"), YJ_SPAN("x"), 0400, &err), YJ_OK);
    assert_int_equal(symlink("../../keep", in(state, "tree/a/link")), 0);
    assert_int_equal(symlink("keep", in(state, "link")), 0);
    assert_status(yj_dir_remove(in(state, "link"), &err), YJ_E_IO);
    assert_status(yj_dir_remove(in(state, "tree"), &err), YJ_OK);
    assert_false(yj_path_exists(in(state, "tree")));
    assert_true(yj_path_exists(in(state, "keep/file")));
    assert_status(yj_dir_remove(in(state, "tree"), &err), YJ_OK);
    assert_status(yj_dir_remove(in(state, "keep/file"), &err), YJ_E_IO);
}

static void dir_list__sorts_by_bytes(void **state)
{
    yj_error err;
    static const char *const made[] = { "b", "B", "a10", "a2", ".hidden", "\xe4\xb8\xad" };
    static const char *const want[] = { ".hidden", "B", "a10", "a2", "b", "\xe4\xb8\xad" };
    yj_names names = { NULL, 99 };
    assert_status(yj_dir_list(in(state, "absent"), &names, &err), YJ_E_NOT_FOUND);
    assert_int_equal(names.count, 99);
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, 0);
    yj_names_free(&names);
    for (size_t i = 0; i < YJ_COUNT(made); i++)
        assert_status(yj_file_write(in(state, made[i]), YJ_SPAN(""), 0600, &err), YJ_OK);
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, YJ_COUNT(want));
    for (size_t i = 0; i < names.count; i++)
        assert_string_equal(names.name[i], want[i]);
    yj_names_free(&names);
    yj_names_free(&names); /* harmless */
    for (int i = 0; i < 100; i++) {
        char name[20];
        snprintf(name, sizeof name, "n%02d", i);
        int fd = open(in(state, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, YJ_COUNT(want) + 100);
    yj_names_free(&names);
}

static void lock_take__lets_one_process_in(void **state)
{
    yj_error err;
    const char *path = in(state, "lock");
    int fd = -1, other = -7;
    assert_status(yj_lock_take(path, &fd, &err), YJ_OK);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_status(yj_lock_take(path, &other, &err), YJ_E_BUSY);
    assert_int_equal(other, -7);
    pid_t child = fork();
    if (child == 0)
        _exit(yj_lock_take(path, &other, NULL) == YJ_E_BUSY ? 0 : 1);
    int how = -1;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    close(fd);
    assert_status(yj_lock_take(path, &other, &err), YJ_OK);
    close(other);
    assert_status(yj_lock_take(in(state, "no/lock"), &other, &err), YJ_E_NOT_FOUND);
}

/* A small file system that only this process sees, as root or in a user namespace. */
static bool mount_small_disk(const char *folder)
{
    if (unshare(CLONE_NEWNS) != 0) {
        char map[40];
        snprintf(map, sizeof map, "0 %u 1", (unsigned)getuid());
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
        bool mapped = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);
        close(fd);
        if (!mapped)
            return false;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", folder, "tmpfs", 0, "size=64k") == 0;
}

/* Exit code of a child; 77 where it is not permitted. */
static int write_to_full_disk(const char *folder)
{
    if (!mount_small_disk(folder))
        return 77;
    static char data[1 << 20];
    char path[300];
    snprintf(path, sizeof path, "%s/a", folder);
    yj_error err = { 0 };
    if (yj_file_write(path, (yj_span){ data, 1000 }, 0600, &err) != YJ_OK)
        return 1;
    if (yj_file_write(path, (yj_span){ data, sizeof data }, 0600, &err) != YJ_E_FULL ||
        err.sys_errno != ENOSPC)
        return 2;
    struct stat st;
    if (stat(path, &st) != 0 || st.st_size != 1000) /* the old contents stay */
        return 3;
    yj_names names;
    if (yj_dir_list(folder, &names, &err) != YJ_OK || names.count != 1)
        return 4;
    yj_names_free(&names);
    return 0;
}

static void file_write__tells_a_full_disk_and_keeps_the_old_file(void **state)
{
    pid_t child = fork();
    if (child == 0)
        _exit(write_to_full_disk(*state));
    int how = -1;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == 77) {
        print_message("not permitted to mount a small file system here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void file_unchanged__asks_for_size_and_both_times(void **state)
{
    (void)state;
    const struct stat a = { .st_size = 5, .st_mtim = { 100, 7 }, .st_ctim = { 200, 9 } };
    struct stat b = a;
    b.st_atim.tv_sec = 300; /* it was read */
    assert_true(yj_file_unchanged(&a, &b));
    struct stat other[5] = { a, a, a, a, a };
    other[0].st_size = 6;
    other[1].st_mtim.tv_sec = 101;
    other[2].st_mtim.tv_nsec = 8;
    other[3].st_ctim.tv_sec = 201;
    other[4].st_ctim.tv_nsec = 10;
    for (size_t i = 0; i < YJ_COUNT(other); i++) {
        assert_false(yj_file_unchanged(&a, &other[i]));
        assert_false(yj_file_unchanged(&other[i], &a));
    }
}

static void file_rested__goes_by_the_later_time(void **state)
{
    (void)state;
    const struct stat changed = { .st_mtim = { 90, 0 }, .st_ctim = { 100, 5 } };
    const struct stat written = { .st_mtim = { 100, 5 }, .st_ctim = { 90, 0 } };
    int64_t at = 100 * YJ_NS_PER_S + 5;
    assert_int_equal(yj_timespec_ns(&changed.st_ctim), at);
    assert_true(yj_file_rested(&changed, at + YJ_FILE_REST_NS, YJ_FILE_REST_NS));
    assert_true(yj_file_rested(&written, at + YJ_FILE_REST_NS, YJ_FILE_REST_NS));
    assert_false(yj_file_rested(&changed, at + YJ_FILE_REST_NS - 1, YJ_FILE_REST_NS));
    assert_false(yj_file_rested(&written, at + YJ_FILE_REST_NS - 1, YJ_FILE_REST_NS));
    assert_true(yj_file_rested(&written, at, 0));
    assert_false(yj_file_rested(&written, at - 1, 0)); /* it lies ahead */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(file_write__is_read_back),
        unit_test_in_folder(file_read__keeps_to_its_limit),
        unit_test_in_folder(file_read__refuses_what_is_no_file),
        unit_test_in_folder(file_write__fails_without_a_trace),
        unit_test_in_folder(file_write__tells_a_full_disk_and_keeps_the_old_file),
        unit_test_in_folder(dir_make__makes_all_parts_private),
        unit_test_in_folder(dir_remove__follows_no_links),
        unit_test_in_folder(dir_remove__of_any_depth),
        unit_test_in_folder(dir_list__sorts_by_bytes),
        cmocka_unit_test(file_unchanged__asks_for_size_and_both_times),
        cmocka_unit_test(file_rested__goes_by_the_later_time),
        unit_test_in_folder(lock_take__lets_one_process_in),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
