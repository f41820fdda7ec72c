// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "instrument/verify/compare.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE "state"

static int enter(void **state)
{
    int rc = test_folder_make(state);
    return rc == 0 ? chdir(*state) : rc;
}

static int leave(void **state)
{
    return chdir("/") == 0 ? test_folder_remove(state) : -1;
}

static void put(const char *name, const char *text)
{
    yj_error err;
    assert_status(yj_file_write(name, yj_span_of(text), 0600, &err), YJ_OK);
}

static void make_two(void)
{
    yj_error err;
    assert_status(yj_dir_make("a", &err), YJ_OK);
    assert_status(yj_dir_make("b", &err), YJ_OK);
    put("a/one", "1");
    put("a/two", "22");
    put("a/three", "333");
    put("b/one", "1");
    put("b/two", "22");
    put("b/three", "333");
}

static yj_known *open_state(yj_sum_alg alg)
{
    yj_error err;
    yj_known *k = NULL;
    assert_status(yj_known_open(STATE, alg, 0, &k, &err), YJ_OK);
    return k;
}

/* One run that is not finished: what it was about to remove stays. @return how many digests it took over */
static uint64_t run(bool compare, bool *ret_fine)
{
    yj_error err;
    yj_known *k = open_state(YJ_SUM_SHA256);
    yj_verify_options o = { .threads = 2, .known = k };
    yj_verify_result r;
    if (compare)
        assert_status(yj_verify_folders("a", "b", &o, &r, &err), YJ_OK);
    else
        assert_status(yj_verify_make("a", &o, &r, &err), YJ_OK);
    uint64_t used = yj_known_used(k);
    *ret_fine = yj_verify_fine(&r);
    assert_int_equal(r.expected, 3);
    yj_verify_done(&r);
    yj_known_free(k);
    return used;
}

static void digests_are_taken_over(void **state)
{
    bool fine = false;
    make_two();
    assert_int_equal(run(false, &fine), 0);
    assert_true(fine);
    assert_int_equal(run(false, &fine), 3);
    assert_true(fine);
}

static void pairs_are_taken_over(void **state)
{
    bool fine = false;
    make_two();
    assert_int_equal(run(true, &fine), 0);
    assert_int_equal(run(true, &fine), 6);
    assert_true(fine);
}

/* Its size and its time are as they were: what tells is the time that nobody sets. */
static void a_changed_file_is_read_again(void **state)
{
    bool fine = true;
    struct stat st;
    make_two();
    assert_int_equal(run(true, &fine), 0);
    assert_int_equal(stat("b/two", &st), 0);
    int fd = open("b/two", O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "23", 2, 0), 2);
    const struct timespec times[] = { st.st_atim, st.st_mtim };
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
    assert_int_equal(run(true, &fine), 4);
    assert_false(fine);
}

static void what_may_still_change_is_not_kept(void **state)
{
    yj_error err;
    yj_known *k = NULL;
    struct stat st;
    make_two();
    assert_status(yj_known_open(STATE, YJ_SUM_SHA256, INT64_MAX, &k, &err), YJ_OK);
    assert_int_equal(stat("a/one", &st), 0);
    assert_false(yj_known_settled(k, &st));
    yj_verify_options o = { .threads = 2, .known = k };
    yj_verify_result r;
    assert_status(yj_verify_make("a", &o, &r, &err), YJ_OK);
    yj_verify_done(&r);
    yj_known_free(k);
    assert_int_equal(stat(STATE, &st), 0);
    assert_int_equal(st.st_size, 128);
}

static void assert_refused(yj_sum_alg alg, yj_status wanted)
{
    yj_error err;
    yj_known *k = NULL;
    struct stat before, after;
    assert_int_equal(stat(STATE, &before), 0);
    assert_status(yj_known_open(STATE, alg, 0, &k, &err), wanted);
    assert_string_equal(err.field, STATE);
    assert_int_equal(stat(STATE, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void others_files_are_refused(void **state)
{
    bool fine;
    make_two();
    put(STATE, "something else that somebody had called so");
    assert_refused(YJ_SUM_SHA256, YJ_E_INVALID);
    unlink(STATE);
    run(false, &fine);
    assert_refused(YJ_SUM_SHA512, YJ_E_CONFLICT);
    yj_known *other = open_state(YJ_SUM_SHA256);
    assert_refused(YJ_SUM_SHA256, YJ_E_BUSY);
    yj_known_free(other);
    assert_int_equal(chmod(STATE, 0640), 0);
    assert_refused(YJ_SUM_SHA256, YJ_E_FORBIDDEN);
}

static void damage_is_told_from_an_end_cut_off(void **state)
{
    bool fine;
    struct stat st;
    make_two();
    run(false, &fine);
    assert_int_equal(truncate(STATE, 4 * 128 - 1), 0);
    assert_int_equal(run(false, &fine), 2); /* the third is made anew, and kept */
    assert_int_equal(stat(STATE, &st), 0);
    assert_int_equal(st.st_size, 4 * 128);
    int fd = open(STATE, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "\xff\xfe", 2, 128 + 60), 2);
    close(fd);
    assert_refused(YJ_SUM_SHA256, YJ_E_INVALID);
}

static void the_end_removes_it(void **state)
{
    yj_error err;
    yj_known *k = open_state(YJ_SUM_SHA256);
    assert_true(yj_known_began_ns(k) > 0);
    assert_status(yj_known_finish(k, &err), YJ_OK);
    yj_known_free(k);
    assert_int_equal(access(STATE, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(digests_are_taken_over, enter, leave),
        cmocka_unit_test_setup_teardown(pairs_are_taken_over, enter, leave),
        cmocka_unit_test_setup_teardown(a_changed_file_is_read_again, enter, leave),
        cmocka_unit_test_setup_teardown(what_may_still_change_is_not_kept, enter, leave),
        cmocka_unit_test_setup_teardown(others_files_are_refused, enter, leave),
        cmocka_unit_test_setup_teardown(damage_is_told_from_an_end_cut_off, enter, leave),
        cmocka_unit_test_setup_teardown(the_end_removes_it, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
