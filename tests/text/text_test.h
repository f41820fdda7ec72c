// SPDX-License-Identifier: Apache-2.0
/** What the tests of src/text/ share. */
#ifndef YJ_TESTS_TEXT_TEST_H
#define YJ_TESTS_TEXT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "text/text.h"
#include <stdio.h>
#include <stdlib.h>

#define assert_status(expression, expected)                                                                  \
    do {                                                                                                     \
        memset(&err, 0, sizeof err);                                                                         \
        yj_status got_ = (expression);                                                                       \
        if (got_ != (expected))                                                                              \
            print_error("%s: %s (%s)\n", #expression, yj_status_slug(got_), err.msg);                        \
        assert_int_equal(got_, (expected));                                                                  \
    } while (0)

/** All passages as "PAGE|TEXT\n"; static. */
static inline const char *passages_as_text(const yj_reading *r)
{
    static char all[65536];
    size_t n = 0;
    all[0] = '\0';
    for (size_t i = 0; i < r->count && n < sizeof all; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%d|%.*s\n", (int)r->passages[i].page,
                              (int)r->passages[i].text.len, r->passages[i].text.ptr);
    return all;
}

#endif
