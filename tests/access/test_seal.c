// SPDX-License-Identifier: Apache-2.0
/* The installation's key for sign-in: made once, refused where others can read it, and what is sealed with
 * it. */
#include "../base/test.h"

#include "access/seal.h"
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static yj_seal *open_in(const char *folder)
{
    yj_error err;
    yj_seal *s = NULL;
    assert_status(yj_seal_open(folder, &s, &err), YJ_OK);
    return s;
}

static const char *file_in(const char *folder)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/" YJ_SEAL_FILE, folder);
    return path;
}

static void open__makes_a_key_once(void **state)
{
    struct stat st;
    yj_error err;
    uint8_t box[5 + YJ_SEAL_MORE], back[5];
    yj_seal *first = open_in(*state), *second = open_in(*state);
    assert_int_equal(stat(file_in(*state), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 65);
    yj_seal_put(first, "a", "hello", 5, box);
    assert_status(yj_seal_take(second, "a", (yj_span){ (char *)box, sizeof box }, back, 5, &err), YJ_OK);
    assert_memory_equal(back, "hello", 5);
    yj_names names = { 0 };
    assert_status(yj_dir_list(*state, &names, &err), YJ_OK);
    assert_int_equal(names.count, 1); /* nothing is left beside it */
    yj_names_free(&names);
    yj_seal_free(first);
    yj_seal_free(second);
}

static void *open_one(void *folder)
{
    yj_seal *s = NULL;
    return yj_seal_open(folder, &s, NULL) == YJ_OK ? s : NULL;
}

static void open__gives_all_servers_the_same(void **state)
{
    enum { COUNT = 8 };
    pthread_t thread[COUNT];
    yj_seal *s[COUNT];
    yj_digest first, other;
    const yj_span part = YJ_SPAN("x");
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, open_one, *state), 0);
    for (int i = 0; i < COUNT; i++) {
        void *ret = NULL;
        pthread_join(thread[i], &ret);
        assert_non_null(ret);
        s[i] = ret;
    }
    yj_seal_digest(s[0], YJ_SEAL_DEVICE, &part, 1, &first);
    for (int i = 0; i < COUNT; i++) {
        yj_seal_digest(s[i], YJ_SEAL_DEVICE, &part, 1, &other);
        assert_memory_equal(&first, &other, sizeof first);
        yj_seal_free(s[i]);
    }
}

static void open__refuses_a_key_that_others_can_read(void **state)
{
    yj_error err;
    yj_seal *s = NULL;
    yj_seal_free(open_in(*state));
    assert_int_equal(chmod(file_in(*state), 0640), 0);
    assert_status(yj_seal_open(*state, &s, &err), YJ_E_FORBIDDEN);
    assert_non_null(strstr(err.msg, "mode 640"));
}

static void open__refuses_what_is_no_key(void **state)
{
    static const char *const bad[] = {
        "", "abc\n", "zz11111111111111111111111111111111111111111111111111111111111111\n",
        "0011111111111111111111111111111111111111111111111111111111111111",
        "0011111111111111111111111111111111111111111111111111111111111111\n\n"
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err;
        yj_seal *s = NULL;
        assert_status(yj_file_write(file_in(*state), yj_span_of(bad[i]), 0600, &err), YJ_OK);
        assert_status(yj_seal_open(*state, &s, &err), YJ_E_CORRUPT);
    }
}

static void take__opens_only_what_was_sealed(void **state)
{
    yj_error err;
    uint8_t box[20 + YJ_SEAL_MORE], again[sizeof box], back[20] = { 0 };
    static const uint8_t secret[20] = "a secret of 20 bytes";
    yj_seal *s = open_in(*state);
    yj_seal_put(s, "account-1", secret, sizeof secret, box);
    yj_seal_put(s, "account-1", secret, sizeof secret, again);
    assert_memory_not_equal(box, again, sizeof box);
    yj_span sealed = { (char *)box, sizeof box };
    assert_status(yj_seal_take(s, "account-1", sealed, back, sizeof back, &err), YJ_OK);
    assert_memory_equal(back, secret, sizeof secret);
    memset(back, 0, sizeof back);
    assert_status(yj_seal_take(s, "account-2", sealed, back, sizeof back, &err), YJ_E_CORRUPT);
    assert_status(yj_seal_take(s, "account-1", sealed, back, sizeof back - 1, &err), YJ_E_CORRUPT);
    assert_status(yj_seal_take(s, "account-1", YJ_SPAN(""), back, sizeof back, &err), YJ_E_CORRUPT);
    for (size_t i = 0; i < sizeof box; i++) {
        box[i] ^= 1;
        assert_status(yj_seal_take(s, "account-1", sealed, back, sizeof back, &err), YJ_E_CORRUPT);
        box[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof back; i++)
        assert_int_equal(back[i], 0); /* untouched on failure */
    yj_seal_free(s);
    assert_int_equal(unlink(file_in(*state)), 0);
    s = open_in(*state); /* another key */
    assert_status(yj_seal_take(s, "account-1", sealed, back, sizeof back, &err), YJ_E_CORRUPT);
    yj_seal_free(s);
}

static void digest__differs_by_use_and_by_parts(void **state)
{
    yj_digest d[4];
    const yj_span ab_c[] = { YJ_SPAN("ab"), YJ_SPAN("c") }, a_bc[] = { YJ_SPAN("a"), YJ_SPAN("bc") };
    yj_seal *s = open_in(*state);
    yj_seal_digest(s, YJ_SEAL_DEVICE, ab_c, 2, &d[0]);
    yj_seal_digest(s, YJ_SEAL_DEVICE, a_bc, 2, &d[1]);
    yj_seal_digest(s, YJ_SEAL_RECOVERY, ab_c, 2, &d[2]);
    yj_seal_digest(s, YJ_SEAL_DEVICE, ab_c, 2, &d[3]);
    assert_memory_not_equal(&d[0], &d[1], sizeof d[0]);
    assert_memory_not_equal(&d[0], &d[2], sizeof d[0]);
    assert_memory_equal(&d[0], &d[3], sizeof d[0]);
    yj_seal_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(open__makes_a_key_once),
        unit_test_in_folder(open__gives_all_servers_the_same),
        unit_test_in_folder(open__refuses_a_key_that_others_can_read),
        unit_test_in_folder(open__refuses_what_is_no_key),
        unit_test_in_folder(take__opens_only_what_was_sealed),
        unit_test_in_folder(digest__differs_by_use_and_by_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
