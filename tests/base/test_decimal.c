// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/decimal.h"

static void decimal_parse__is_exact(void **state)
{
    static const struct {
        const char *text;
        int scale;
        bool fine;
        int64_t value;
    } rows[] = {
        { "99.95", 2, true, 9995 },
        { "99.9", 2, true, 9990 },
        { "99", 2, true, 9900 },
        { "-0.5", 1, true, -5 },
        { "0", 6, true, 0 },
        { "-0", 1, true, 0 },
        { "007", 1, true, 70 },
        { "000000000000000000000000000001.5", 1, true, 15 },
        { "12", 0, true, 12 },
        { "12.0", 0, false, 0 },
        { "99.955", 2, false, 0 },
        { "", 2, false, 0 },
        { "-", 2, false, 0 },
        { ".5", 2, false, 0 },
        { "5.", 2, false, 0 },
        { "1..2", 2, false, 0 },
        { "1.2.3", 2, false, 0 },
        { "+1", 2, false, 0 },
        { "1e3", 2, false, 0 },
        { " 1", 2, false, 0 },
        { "1 ", 2, false, 0 },
        { "92233720368547758.07", 2, true, INT64_MAX },
        { "92233720368547758.08", 2, false, 0 },
        { "-92233720368547758.08", 2, true, INT64_MIN },
        { "99999999999999999999999999999", 2, false, 0 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int64_t v = 0;
        bool fine = yj_decimal_parse(yj_span_of(rows[i].text), rows[i].scale, &v);
        if (fine != rows[i].fine || (fine && v != rows[i].value))
            fail_msg("\"%s\": %d %lld", rows[i].text, fine, (long long)v);
    }
}

static void decimal_parse__leaves_the_result_alone_on_failure(void **state)
{
    int64_t v = 7;
    assert_false(yj_decimal_parse(YJ_SPAN("1.234"), 2, &v));
    assert_int_equal(v, 7);
}

static void decimal_format__is_short_and_reads_back(void **state)
{
    static const struct {
        int64_t value;
        int scale;
        const char *text;
    } rows[] = {
        { 9995, 2, "99.95" },
        { 9950, 2, "99.5" },
        { 9900, 2, "99" },
        { 5, 2, "0.05" },
        { -5, 1, "-0.5" },
        { 0, 6, "0" },
        { INT64_MAX, 2, "92233720368547758.07" },
        { INT64_MIN, 2, "-92233720368547758.08" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_buf b;
        int64_t back = 1;
        yj_buf_init(&b, 64);
        yj_decimal_format(rows[i].value, rows[i].scale, &b);
        assert_string_equal(b.ptr, rows[i].text);
        assert_true(yj_decimal_parse(yj_buf_view(&b), rows[i].scale, &back));
        assert_true(back == rows[i].value);
        yj_buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_parse__is_exact),
        cmocka_unit_test(decimal_parse__leaves_the_result_alone_on_failure),
        cmocka_unit_test(decimal_format__is_short_and_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
