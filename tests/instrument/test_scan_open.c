// SPDX-License-Identifier: Apache-2.0
/* A scan from what is open already: no way leads out of it, and it ends when it is told to. */
#include "../base/test.h"
#include "instrument/scan/scan.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/yj-scan-open-XXXXXX";
static yj_error err;

static const char *path_of(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const char *text)
{
    assert_status(yj_file_write(path_of(name), yj_span_of(text), 0600, &err), YJ_OK);
}

typedef struct said {
    char text[4096];
    size_t len;
    yj_scan_progress last;
    uint64_t enough; /* bytes after which it is to end; 0: never */
} said;

static yj_status on_file(void *with, const yj_scan_file *f, yj_error *e)
{
    said *s = with;
    s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len, "%s %s %s %d %d\n", f->path,
                               yj_scan_state_name(f->state), yj_scan_reason_name(f->reason), f->sys_errno,
                               (int)f->hits);
    assert_true(s->len < sizeof s->text);
    return YJ_OK;
}

static void on_progress(void *with, const yj_scan_progress *p)
{
    ((said *)with)->last = *p;
}

static yj_status go_on(void *with, yj_error *e)
{
    const said *s = with;
    return s->enough == 0 || s->last.bytes < s->enough ? YJ_OK
                                                       : yj_fail(e, YJ_E_BUSY, "the server is stopping");
}

static yj_status scan(const char *name, const char *label, const struct stat *keep_out, said *s)
{
    int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const yj_scan_spot at = { fd, label };
    const yj_scan_wish wish = {
        .file = on_file, .progress = on_progress, .go_on = go_on, .keep_out = keep_out, .with = s
    };
    yj_status status = yj_scan_run_at(&at, &wish, &err);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0); /* a folder: the caller's place in it is where it was */
    close(fd);
    return status;
}

static void folder__is_gone_through_by_its_descriptor(void **state)
{
    said s = { .len = 0 };
    struct stat out;
    assert_int_equal(stat(path_of("t/keys"), &out), 0);
    assert_status(scan("t", "place:", &out, &s), YJ_OK);
    assert_string_equal(s.text, "place:a.txt looked_into  0 1\n"
                                "place:d/b.txt looked_into  0 0\n"
                                "place:keys unreadable system 13 0\n"
                                "place:out skipped link 0 0\n");
    assert_int_equal(s.last.files, 2);
    s = (said){ .len = 0 };
    assert_status(scan("t/d", "place:d", NULL, &s), YJ_OK);
    assert_string_equal(s.text, "place:d/b.txt looked_into  0 0\n");
    s = (said){ .len = 0 };
    assert_status(scan("t", "place:", NULL, &s), YJ_OK);
    assert_non_null(strstr(s.text, "place:keys/secret looked_into"));
}

static void file__alone_is_read(void **state)
{
    said s = { .len = 0 };
    int fd = open(path_of("t/a.txt"), O_RDONLY | O_CLOEXEC);
    const yj_scan_spot at = { fd, "place:a.txt" };
    const yj_scan_wish wish = { .file = on_file, .with = &s };
    assert_status(yj_scan_run_at(&at, &wish, &err), YJ_OK);
    assert_string_equal(s.text, "place:a.txt looked_into  0 1\n");
    assert_true(fcntl(fd, F_GETFD) >= 0); /* it stays the caller's */
    close(fd);
}

/* Nobody reads two terabytes of nothing: that this ends at all is the test. */
static void run__ends_in_the_middle_of_a_file(void **state)
{
    said s = { .enough = 1 };
    assert_int_equal(mkdir(path_of("h"), 0700), 0);
    int fd = open(path_of("h/holes"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, (off_t)1 << 41), 0);
    close(fd);
    assert_status(scan("h", "place:h", NULL, &s), YJ_E_BUSY);
    assert_string_equal(s.text, "");
    assert_true(s.last.bytes > 0 && s.last.bytes < (uint64_t)1 << 41);
}

static int set_up(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    static const char *const made[] = { "t", "t/d", "t/keys" };
    for (size_t i = 0; i < YJ_COUNT(made); i++)
        if (mkdir(path_of(made[i]), 0700) != 0)
            return -1;
    put("t/a.txt", "tel 13812345678\n");
    put("t/d/b.txt", "nothing\n");
    put("t/keys/secret", "nothing\n");
    return symlink("d", path_of("t/out"));
}

static int tear_down(void **state)
{
    static const char *const files[] = { "t/a.txt", "t/d/b.txt", "t/keys/secret", "t/out", "h/holes" };
    static const char *const folders[] = { "t/keys", "t/d", "t", "h" };
    for (size_t i = 0; i < YJ_COUNT(files); i++)
        unlink(path_of(files[i]));
    for (size_t i = 0; i < YJ_COUNT(folders); i++)
        rmdir(path_of(folders[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folder__is_gone_through_by_its_descriptor),
        cmocka_unit_test(file__alone_is_read),
        cmocka_unit_test(run__ends_in_the_middle_of_a_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
