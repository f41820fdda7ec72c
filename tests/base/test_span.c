// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/span.h"

static void span_i64__takes_decimal_integers_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        int64_t value;
    } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "42", true, 42 },
        { "-42", true, -42 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1.0", false, 0 },
        { "0x1", false, 0 },
        { "--1", false, 0 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int64_t v = 77;
        assert_int_equal(yj_span_i64(yj_span_of(rows[i].text), &v), rows[i].valid);
        assert_int_equal(v, rows[i].valid ? rows[i].value : 77);
    }
    int64_t v;
    assert_false(yj_span_i64((yj_span){ "1\0", 2 }, &v));
    assert_false(yj_span_i64((yj_span){ NULL, 0 }, &v));
    assert_true(yj_span_i64((yj_span){ "123", 2 }, &v));
    assert_int_equal(v, 12);
}

static void utf8_prefix__ends_before_the_first_malformed_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t prefix;
    } rows[] = {
        { "", 0 },
        { "plain text of more than eight bytes", 35 },
        { "\xc2\x80\xdf\xbf", 4 },
        { "\xe0\xa0\x80\xef\xbf\xbf", 6 },
        { "\xed\x9f\xbf\xee\x80\x80", 6 },
        { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8 },
        { "a\x80", 1 },            /* lone continuation */
        { "12345678\xc0\x80", 8 }, /* overlong NUL */
        { "\xc1\xbf", 0 },         /* overlong */
        { "\xe0\x9f\xbf", 0 },     /* overlong */
        { "\xf0\x8f\xbf\xbf", 0 }, /* overlong */
        { "\xed\xa0\x80", 0 },     /* surrogate */
        { "\xed\xbf\xbf", 0 },     /* surrogate */
        { "\xf4\x90\x80\x80", 0 }, /* above U+10FFFF */
        { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 },
        { "ab\xe4\xb8", 2 }, /* cut off */
        { "ab\xe4\xb8"
          "c",
          2 },
        { "\xf0\x9f\x98", 0 },
        { "\xe4\xb8\xad\xe6", 3 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_span s = yj_span_of(rows[i].text);
        assert_int_equal(yj_utf8_prefix(s), rows[i].prefix);
        assert_int_equal(yj_utf8_valid(s), rows[i].prefix == s.len);
    }
    assert_true(yj_utf8_valid((yj_span){ NULL, 0 }));
}

/* Every code point, encoded by hand, is valid exactly if it is no surrogate. */
static void utf8_valid__takes_every_code_point_but_surrogates(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110fff; c++) {
        char b[12] = "abcdefgh";
        size_t n = 8;
        if (c < 0x80) {
            b[n++] = (char)c;
        } else if (c < 0x800) {
            b[n++] = (char)(0xc0 | c >> 6);
            b[n++] = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            b[n++] = (char)(0xe0 | c >> 12);
            b[n++] = (char)(0x80 | (c >> 6 & 63));
            b[n++] = (char)(0x80 | (c & 63));
        } else {
            b[n++] = (char)(0xf0 | c >> 18);
            b[n++] = (char)(0x80 | (c >> 12 & 63));
            b[n++] = (char)(0x80 | (c >> 6 & 63));
            b[n++] = (char)(0x80 | (c & 63));
        }
        bool valid = (c < 0xd800 || c > 0xdfff) && c < 0x110000;
        if (yj_utf8_valid((yj_span){ b, n }) != valid || yj_utf8_valid((yj_span){ b + 8, n - 8 }) != valid)
            fail_msg("U+%04X", (unsigned)c);
    }
}

static void utf8_columns__counts_wide_characters_twice(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t points, columns;
    } rows[] = {
        { "", 0, 0 },
        { "abc", 3, 3 },
        { "\xe4\xba\x91\xe9\x89\xb4", 2, 4 }, /* two ideographs */
        { "\xef\xbc\xa1", 1, 2 },             /* fullwidth A */
        { "\xef\xbd\xb1", 1, 1 },             /* halfwidth katakana */
        { "e\xcc\x81", 2, 1 },                /* combining acute */
        { "\xc3\xa9", 1, 1 },                 /* precomposed */
        { "\xe3\x80\x82", 1, 2 },             /* ideographic full stop */
        { "\xf0\xa0\x80\x80", 1, 2 },         /* U+20000 */
        { "\xf0\x9f\x98\x80", 1, 2 },         /* an emoji */
        { "\xea\xb0\x80", 1, 2 },             /* Hangul */
        { "\xe2\x80\x8b", 1, 0 },             /* zero width space */
        { "\xe2\x9c\x93", 1, 1 },             /* check mark */
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_int_equal(yj_utf8_count(yj_span_of(rows[i].text)), rows[i].points);
        assert_int_equal(yj_utf8_columns(yj_span_of(rows[i].text)), rows[i].columns);
    }
}

static void text_tidy__leaves_valid_text_on_one_line(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 20000; i++) {
        char text[24];
        size_t len = test_random(&seed) % (sizeof text - 1);
        for (size_t k = 0; k < len; k++)
            text[k] = (char)(test_random(&seed) % (i % 2 ? 256 : 128) | 1);
        text[len] = '\0';
        yj_text_tidy(text);
        assert_true(yj_utf8_valid(yj_span_of(text)));
        for (const char *p = text; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
    }
    char cut[] = "ab\xf0\x9f\x98";
    yj_text_tidy(cut);
    assert_string_equal(cut, "ab");
}

static void buf__grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        yj_buf_str(&b, "0123456789");
    assert_int_equal(b.len, 1000);
    assert_int_equal(b.ptr[1000], '\0');
    assert_status(yj_buf_status(&b, &err), YJ_OK);
    yj_buf_char(&b, 'x');
    assert_int_equal(b.len, 1000);
    assert_status(yj_buf_status(&b, &err), YJ_E_LIMIT);
    assert_string_equal(err.msg, "the output is longer than its limit of 1000 bytes");
    yj_buf_clear(&b);
    assert_status(yj_buf_status(&b, &err), YJ_OK);
    assert_string_equal(b.ptr, "");
    yj_buf_add(&b, "x", 1);
    assert_string_equal(b.ptr, "x");
}

static void buf__failure_is_sticky(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4);
    yj_buf_str(&b, "abc");
    yj_buf_str(&b, "de");
    yj_buf_str(&b, "f"); /* would fit, but comes after a failure */
    yj_buf_hex(&b, "", 0);
    yj_buf_fmt(&b, "%d", 1);
    assert_string_equal(b.ptr, "abc");
    assert_status(yj_buf_status(&b, &err), YJ_E_LIMIT);
    assert_null(yj_buf_room(&b, 1));
}

static void buf__appends_every_form(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_add(&b, NULL, 0);
    assert_string_equal(b.ptr, "");
    yj_buf_fmt(&b, "%s|%d|", "x", 5);
    yj_buf_span(&b, YJ_SPAN("span"));
    yj_buf_char(&b, '|');
    yj_buf_i64(&b, INT64_MIN);
    yj_buf_char(&b, '|');
    yj_buf_i64(&b, 0);
    yj_buf_char(&b, '|');
    yj_buf_i64(&b, INT64_MAX);
    yj_buf_char(&b, '|');
    yj_buf_hex(&b, "\x00\x9f\xff", 3);
    assert_string_equal(b.ptr, "x|5|span|-9223372036854775808|0|9223372036854775807|009fff");
    yj_buf_clear(&b);
    yj_buf_fmt(&b, "%0999d", 1);
    assert_int_equal(b.len, 999);
    assert_status(yj_buf_status(&b, &err), YJ_OK);
    yj_buf_clear(&b);
    yj_buf_fmt(&b, "%05000d", 1);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.ptr, "");
    assert_status(yj_buf_status(&b, &err), YJ_E_LIMIT);
}

static void base64__follows_rfc_4648(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xff\xfe\xfb", "//77" },
    };
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 100);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_buf_clear(&b);
        yj_buf_base64(&b, rows[i][0], strlen(rows[i][0]));
        assert_string_equal(b.ptr, rows[i][1]);
        uint8_t back[16];
        size_t len = 99;
        assert_true(yj_base64_decode(yj_span_of(rows[i][1]), back, sizeof back, &len));
        assert_int_equal(len, strlen(rows[i][0]));
        assert_memory_equal(back, rows[i][0], len);
    }
}

static void base64_decode__is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",     "Zg=",  "Zg===", "Zh==", "Zm9=", "Zm8=Zm8=",
        "Zm 9", "Zm9v\n", "Z===", "====",  "Zm-_", "=m9v",
    };
    uint8_t back[16];
    size_t len = 99;
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_base64_decode(yj_span_of(bad[i]), back, sizeof back, &len));
    assert_false(yj_base64_decode(YJ_SPAN("Zm9v"), back, 2, &len));
    assert_int_equal(len, 99);
    assert_true(yj_base64_decode(YJ_SPAN("Zm9v"), back, 3, &len));
}

static void hex_decode__is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = { "0", "0g", "00 ", " 00", "0x00", "00000" };
    uint8_t back[4];
    size_t len = 99;
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_hex_decode(yj_span_of(bad[i]), back, sizeof back, &len));
    assert_false(yj_hex_decode(YJ_SPAN("0011223344"), back, sizeof back, &len));
    assert_int_equal(len, 99);
    assert_true(yj_hex_decode(YJ_SPAN("00fFaB"), back, sizeof back, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(back, "\x00\xff\xab", 3);
}

static void encodings__give_back_random_bytes(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    for (int i = 0; i < 2000; i++) {
        uint8_t in[100], out[100];
        size_t n = test_random(&seed) % sizeof in, len = 0;
        for (size_t k = 0; k < n; k++)
            in[k] = (uint8_t)test_random(&seed);
        yj_buf_clear(&b);
        yj_buf_hex(&b, in, n);
        assert_true(yj_hex_decode(yj_buf_view(&b), out, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(in, out, n);
        yj_buf_clear(&b);
        yj_buf_base64(&b, in, n);
        assert_true(yj_base64_decode(yj_buf_view(&b), out, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(in, out, n);
        int64_t v = (int64_t)(test_random(&seed) >> test_random(&seed) % 64), back = 0;
        v = i % 2 ? v : -v;
        yj_buf_clear(&b);
        yj_buf_i64(&b, v);
        assert_true(yj_span_i64(yj_buf_view(&b), &back));
        assert_int_equal(back, v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_i64__takes_decimal_integers_only),
        cmocka_unit_test(utf8_prefix__ends_before_the_first_malformed_byte),
        cmocka_unit_test(utf8_valid__takes_every_code_point_but_surrogates),
        cmocka_unit_test(utf8_columns__counts_wide_characters_twice),
        cmocka_unit_test(text_tidy__leaves_valid_text_on_one_line),
        cmocka_unit_test(buf__grows_to_its_maximum_and_no_further),
        cmocka_unit_test(buf__failure_is_sticky),
        cmocka_unit_test(buf__appends_every_form),
        cmocka_unit_test(base64__follows_rfc_4648),
        cmocka_unit_test(base64_decode__is_strict),
        cmocka_unit_test(hex_decode__is_strict),
        cmocka_unit_test(encodings__give_back_random_bytes),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
