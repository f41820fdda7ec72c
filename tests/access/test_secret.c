// SPDX-License-Identifier: Apache-2.0
/* base32: the examples of RFC 4648, there and back, and what is refused. */
#include "../base/test.h"

#include "access/secret.h"

static void base32__gives_the_examples_of_the_rfc(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = { { "", "" },
                 { "f", "MY" },
                 { "fo", "MZXQ" },
                 { "foo", "MZXW6" },
                 { "foob", "MZXW6YQ" },
                 { "fooba", "MZXW6YTB" },
                 { "foobar", "MZXW6YTBOI" } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char text[32];
        uint8_t bytes[16];
        size_t len = 99;
        yj_base32(rows[i].bytes, strlen(rows[i].bytes), text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(strlen(text), YJ_BASE32_LEN(strlen(rows[i].bytes)));
        assert_true(yj_base32_decode(yj_span_of(rows[i].text), bytes, sizeof bytes, &len));
        assert_int_equal(len, strlen(rows[i].bytes));
        assert_memory_equal(bytes, rows[i].bytes, len);
    }
}

static void base32__comes_back_at_every_length(void **state)
{
    uint64_t seed = TEST_SEED;
    for (size_t len = 0; len <= 80; len++) {
        uint8_t in[80] = { 0 }, out[80];
        char text[YJ_BASE32_LEN(80) + 1];
        size_t got = 0;
        for (size_t i = 0; i < len; i++)
            in[i] = (uint8_t)test_random(&seed);
        yj_base32(in, len, text);
        assert_true(yj_base32_decode(yj_span_of(text), out, len, &got));
        assert_int_equal(got, len);
        assert_memory_equal(in, out, len);
        if (len)
            assert_false(yj_base32_decode(yj_span_of(text), out, len - 1, &got));
    }
}

static void base32__refuses_all_other_texts(void **state)
{
    static const char *const bad[] = { "M",  "MZX",       "MZXW6Y",   "my",   "MY======", "MZ", "MZXR",
                                       "M1", "MZ XW6YTB", "MZXW6YT8", "MY\n", "MZXW-6YT", "0Y", "MZXW6YTBO" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        uint8_t bytes[16];
        size_t len;
        if (yj_base32_decode(yj_span_of(bad[i]), bytes, sizeof bytes, &len))
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

static void wipe__leaves_zeros(void **state)
{
    char secret[] = "a secret";
    yj_secret_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
    yj_secret_wipe(NULL, 0);
}

static void eq__compares_all_bytes(void **state)
{
    assert_true(yj_secret_eq("abc", "abc", 3));
    assert_false(yj_secret_eq("abc", "abd", 3));
    assert_false(yj_secret_eq("abc", "xbc", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32__gives_the_examples_of_the_rfc),
        cmocka_unit_test(base32__comes_back_at_every_length),
        cmocka_unit_test(base32__refuses_all_other_texts),
        cmocka_unit_test(wipe__leaves_zeros),
        cmocka_unit_test(eq__compares_all_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
