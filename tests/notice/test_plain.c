// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "notice/plain.h"

static void add__leaves_no_byte_that_a_channel_could_take_for_something_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        yj_plain_form form;
        const char *want;
    } rows[] = {
        { "", 0, YJ_PLAIN_LINE, "" },
        { "a\r\nb\rc\nd", 8, YJ_PLAIN_LINE, "a b c d" },
        { "a\r\nb\rc\nd\r", 9, YJ_PLAIN_LINES, "a\nb\nc\nd\n" },
        { "a\xc2\x85"
          "b\xe2\x80\xa8"
          "c\xe2\x80\xa9"
          "d",
          12, YJ_PLAIN_LINES, "a\nb\nc\nd" },
        { "a\tb", 3, YJ_PLAIN_LINE, "a b" },
        { "a\tb", 3, YJ_PLAIN_LINES, "a\tb" },
        { "a\0b\x01\x1f\x7f"
          "c\xc2\x80\xc2\x9f"
          "d\xc2\xa0",
          14, YJ_PLAIN_LINES, "abcd\xc2\xa0" },
        { "a\xff\xe4\xb8"
          "b\xc0\xaf\xed\xa0\x80",
          10, YJ_PLAIN_LINE, "a???b?????" },
        { "\xe4\xb8\xad\xf0\x9f\x98\x80", 7, YJ_PLAIN_LINE, "\xe4\xb8\xad\xf0\x9f\x98\x80" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 100);
        yj_buf_str(&out, "");
        assert_false(yj_plain_add(&out, (yj_span){ rows[i].text, rows[i].len }, rows[i].form, 100));
        assert_string_equal(out.ptr, rows[i].want);
        assert_int_equal(out.len, strlen(rows[i].want));
    }
}

static void add__cuts_between_characters_and_counts_the_ellipsis(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *want;
        bool cut;
    } rows[] = {
        { "abcdef", 6, "abcdef", false },
        { "abcdefg", 6, "abc\xe2\x80\xa6", true },
        { "\xe4\xb8\xad\xe6\x96\x87", 6, "\xe4\xb8\xad\xe6\x96\x87", false },
        { "\xe4\xb8\xad\xe6\x96\x87x", 6, "\xe4\xb8\xad\xe2\x80\xa6", true },
        { "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97", 8, "\xe4\xb8\xad\xe2\x80\xa6", true },
        { "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7, "\xf0\x9f\x98\x80\xe2\x80\xa6", true },
        { "abcd", 3, "\xe2\x80\xa6", true },
        { "ab\x01\x01", 3, "ab", false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 100);
        yj_buf_str(&out, "before ");
        bool cut = yj_plain_add(&out, yj_span_of(rows[i].text), YJ_PLAIN_LINE, rows[i].max);
        assert_int_equal(cut, rows[i].cut);
        assert_string_equal(out.ptr + 7, rows[i].want);
        assert_true(out.len - 7 <= rows[i].max);
    }
}

/* Any bytes, any limit. */
static void add__is_within_its_limit_and_valid(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    static const char alphabet[] = "ab\r\n\t\x01\xe4\xb8\xad\xf0\x9f\x98\x80\xc2\x85\xff";
    for (int run = 0; run < 20000; run++) {
        char text[64];
        size_t len = test_random(&seed) % sizeof text, max = 3 + test_random(&seed) % 40;
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[test_random(&seed) % (sizeof alphabet - 1)];
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 100);
        yj_buf_str(&out, "");
        yj_plain_form form = run % 2 ? YJ_PLAIN_LINE : YJ_PLAIN_LINES;
        yj_plain_add(&out, (yj_span){ text, len }, form, max);
        assert_int_equal(yj_buf_status(&out, NULL), YJ_OK);
        assert_true(out.len <= max && yj_utf8_valid(yj_buf_view(&out)) && strlen(out.ptr) == out.len);
        assert_null(strpbrk(out.ptr, form == YJ_PLAIN_LINE ? "\r\n\t\x01" : "\r\x01"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add__leaves_no_byte_that_a_channel_could_take_for_something_else),
        cmocka_unit_test(add__cuts_between_characters_and_counts_the_ellipsis),
        cmocka_unit_test(add__is_within_its_limit_and_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
