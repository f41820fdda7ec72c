// SPDX-License-Identifier: Apache-2.0
/** What the tests of src/base/ share: cmocka with what it needs, a repeatable random source, a scratch
 * folder. */
#ifndef YJ_TESTS_BASE_TEST_H
#define YJ_TESTS_BASE_TEST_H

/* cmocka.h wants these before it, in this order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include <stdio.h>
#include <stdlib.h>

/** Fixed, so that a failure repeats; printed by each property test. */
#define TEST_SEED UINT64_C(20261122)

/** splitmix64 */
static inline uint64_t test_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/** Assert that a call gave this status; on another one the message is printed. */
#define assert_status(expression, expected)                                                                  \
    do {                                                                                                     \
        memset(&err, 0, sizeof err);                                                                         \
        yj_status got_ = (expression);                                                                       \
        if (got_ != (expected))                                                                              \
            print_error("%s: %s (%s)\n", #expression, yj_status_slug(got_), err.msg);                        \
        assert_int_equal(got_, (expected));                                                                  \
    } while (0)

/** setup and teardown: *state is the path of an empty folder of the test's own. */
static inline int test_folder_make(void **state)
{
    const char *base = getenv("TMPDIR");
    char path[256];
    snprintf(path, sizeof path, "%s/yj-test-XXXXXX", base && *base ? base : "/tmp");
    *state = mkdtemp(path) ? strdup(path) : NULL;
    return *state ? 0 : -1;
}

static inline int test_folder_remove(void **state)
{
    yj_error err;
    int rc = yj_dir_remove(*state, &err) == YJ_OK ? 0 : -1;
    free(*state);
    return rc;
}

#define unit_test_in_folder(f) cmocka_unit_test_setup_teardown(f, test_folder_make, test_folder_remove)

#endif
