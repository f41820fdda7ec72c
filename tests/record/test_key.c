// SPDX-License-Identifier: Apache-2.0
/* References inside natural keys. */
#include "record/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void written(const char *id, char ret[static 64])
{
    yj_buf b;
    yj_buf_init(&b, 256);
    yj_nkey_add_ref(&b, yj_span_of(id));
    snprintf(ret, 64, "%.*s", (int)b.len, b.ptr);
    yj_buf_done(&b);
}

/* Each step changes one digit, so that every place of the 22 is seen to count. */
static void reference__is_short_and_sorts_as_it_does(void **state)
{
    (void)state;
    char id[] = "00000000-0000-0000-0000-000000000000", last[64], now[64];
    for (size_t at = 0; at < YJ_UUID_LEN; at++) {
        if (id[at] == '-')
            continue;
        written(id, last);
        for (const char *d = "123456789abcdef"; *d; d++) {
            id[at] = *d;
            written(id, now);
            assert_int_equal(strlen(now), 22);
            assert_true(strcmp(last, now) < 0);
            memcpy(last, now, sizeof last);
        }
        id[at] = '0';
    }
    written("ffffffff-ffff-ffff-ffff-ffffffffffff", now);
    assert_string_equal(now, "zzzzzzzzzzzzzzzzzzzzzk");
}

static void reference__that_is_no_uuid_stays(void **state)
{
    (void)state;
    char now[64];
    written("@system", now);
    assert_string_equal(now, "@system");
    written("", now);
    assert_string_equal(now, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reference__is_short_and_sorts_as_it_does),
                                        cmocka_unit_test(reference__that_is_no_uuid_stays) };
    return cmocka_run_group_tests_name("record_key", tests, NULL, NULL);
}
