// SPDX-License-Identifier: Apache-2.0
/* Codes by the vectors of RFC 4226 and RFC 6238, used once; the address of a secret; recovery codes. */
#include "../base/test.h"

#include "access/secret.h"
#include "access/totp.h"
#include "base/time.h"

static const uint8_t rfc[YJ_TOTP_SECRET_LEN] = "12345678901234567890";

static void hotp__gives_the_codes_of_rfc_4226(void **state)
{
    static const char *const codes[] = { "755224", "287082", "359152", "969429", "338314",
                                         "254676", "287922", "162583", "399871", "520489" };
    for (size_t i = 0; i < YJ_COUNT(codes); i++) {
        yj_error err;
        char code[9];
        assert_status(yj_hotp(rfc, sizeof rfc, i, 6, code, &err), YJ_OK);
        assert_string_equal(code, codes[i]);
    }
}

static void hotp__gives_the_codes_of_rfc_6238(void **state)
{
    static const struct {
        int64_t time;
        const char *code;
    } rows[] = { { 59, "94287082" },         { 1111111109, "07081804" }, { 1111111111, "14050471" },
                 { 1234567890, "89005924" }, { 2000000000, "69279037" }, { 20000000000, "65353130" } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err;
        char code[9];
        assert_status(yj_hotp(rfc, sizeof rfc, (uint64_t)rows[i].time / YJ_TOTP_STEP_S, 8, code, &err),
                      YJ_OK);
        assert_string_equal(code, rows[i].code);
    }
}

/* The step that the code is taken for; 0 refused. */
static int64_t taken(const char *code, int64_t seconds, int64_t last)
{
    yj_error err;
    int64_t step = -1;
    assert_status(yj_totp_verify(rfc, yj_span_of(code), seconds * YJ_NS_PER_S, last, &step, &err), YJ_OK);
    return step;
}

static void verify__takes_the_step_before_and_after(void **state)
{
    /* 081804 is the code of the step from 1111111080 to 1111111109 */
    const int64_t step = 1111111109 / 30;
    assert_int_equal(taken("081804", 1111111080, 0), step);
    assert_int_equal(taken("081804", 1111111109, 0), step);
    assert_int_equal(taken("081804", 1111111050, 0), step);
    assert_int_equal(taken("081804", 1111111139, 0), step);
    assert_int_equal(taken("081804", 1111111049, 0), 0);
    assert_int_equal(taken("081804", 1111111140, 0), 0);
    assert_int_equal(taken("081805", 1111111109, 0), 0);
}

static void verify__takes_each_step_once_and_none_before_it(void **state)
{
    const int64_t step = 1111111109 / 30;
    assert_int_equal(taken("081804", 1111111109, step - 1), step);
    assert_int_equal(taken("081804", 1111111109, step), 0);
    assert_int_equal(taken("081804", 1111111109, step + 1), 0); /* a later code was used already */
}

static void verify__takes_six_digits_and_nothing_else(void **state)
{
    static const char *const bad[] = { "",        "81804",  "0081804", "081 804",
                                       " 081804", "08180a", "+81804",  "07081804" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_int_equal(taken(bad[i], 1111111109, 0), 0);
}

static void secret__is_another_each_time(void **state)
{
    uint8_t a[YJ_TOTP_SECRET_LEN], b[YJ_TOTP_SECRET_LEN];
    yj_totp_secret(a);
    yj_totp_secret(b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void uri__encodes_its_labels(void **state)
{
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    assert_status(yj_totp_uri(rfc, YJ_SPAN("\xe4\xba\x91\xe9\x89\xb4 A&B"), YJ_SPAN("li@x.cn/%?#"), &b, &err),
                  YJ_OK);
    assert_string_equal(b.ptr, "otpauth://totp/%E4%BA%91%E9%89%B4%20A%26B:li%40x.cn%2F%25%3F%23"
                               "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E4%BA%91%E9%89%B4%20A%26B"
                               "&algorithm=SHA1&digits=6&period=30");
}

static void uri__refuses_labels_that_cannot_be(void **state)
{
    static const char *const bad[] = { "", "a:b", "\xff" };
    char longer[YJ_TOTP_LABEL_MAX + 2];
    memset(longer, 'a', sizeof longer);
    yj_error err;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        assert_status(yj_totp_uri(rfc, yj_span_of(bad[i]), YJ_SPAN("li"), &b, &err), YJ_E_INVALID);
        assert_string_equal(err.field, "issuer");
        assert_status(yj_totp_uri(rfc, YJ_SPAN("Yunjian"), yj_span_of(bad[i]), &b, &err), YJ_E_INVALID);
        assert_string_equal(err.field, "account");
    }
    yj_span over = { longer, YJ_TOTP_LABEL_MAX + 1 };
    assert_status(yj_totp_uri(rfc, over, YJ_SPAN("li"), &b, &err), YJ_E_INVALID);
    over.len--;
    assert_status(yj_totp_uri(rfc, over, YJ_SPAN("li"), &b, &err), YJ_OK);
}

static void recovery__codes_are_found_as_people_type_them(void **state)
{
    yj_error err;
    yj_auto(yj_seal_freep) yj_seal *s = NULL;
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    assert_status(yj_seal_open(*state, &s, &err), YJ_OK);
    yj_recovery_make(codes);
    for (size_t i = 0; i < YJ_RECOVERY_CODES; i++) {
        yj_digest kept, typed;
        char other[64];
        assert_int_equal(strlen(codes[i]), YJ_RECOVERY_CHARS + 1);
        assert_int_equal(codes[i][5], '-');
        assert_null(strpbrk(codes[i], "01IO"));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(codes[i], codes[k]);
        assert_true(yj_recovery_digest(s, "a", yj_span_of(codes[i]), &kept));
        snprintf(other, sizeof other, " %.3s %s ", codes[i], codes[i] + 3);
        for (char *p = other; *p; p++)
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
        assert_true(yj_recovery_digest(s, "a", yj_span_of(other), &typed));
        assert_memory_equal(&kept, &typed, sizeof kept);
        assert_true(yj_recovery_digest(s, "b", yj_span_of(codes[i]), &typed));
        assert_memory_not_equal(&kept, &typed, sizeof kept);
    }
}

static void recovery__refuses_what_can_be_no_code(void **state)
{
    static const char *const bad[] = { "",
                                       "081804",
                                       "ABCDE-FGHJ",
                                       "ABCDE-FGHJKL",
                                       "ABCDE-FGHI2",
                                       "ABCDE-FGHJ0",
                                       "ABCDE_FGHJK",
                                       "A-B-C-D-E-F-G-H-J-K--------------" };
    yj_error err;
    yj_digest d;
    yj_auto(yj_seal_freep) yj_seal *s = NULL;
    assert_status(yj_seal_open(*state, &s, &err), YJ_OK);
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_recovery_digest(s, "a", yj_span_of(bad[i]), &d));
    assert_true(yj_recovery_digest(s, "a", YJ_SPAN("A-B-C-D-E-F-G-H-J-K-------------"), &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hotp__gives_the_codes_of_rfc_4226),
        cmocka_unit_test(hotp__gives_the_codes_of_rfc_6238),
        cmocka_unit_test(verify__takes_the_step_before_and_after),
        cmocka_unit_test(verify__takes_each_step_once_and_none_before_it),
        cmocka_unit_test(verify__takes_six_digits_and_nothing_else),
        cmocka_unit_test(secret__is_another_each_time),
        cmocka_unit_test(uri__encodes_its_labels),
        cmocka_unit_test(uri__refuses_labels_that_cannot_be),
        unit_test_in_folder(recovery__codes_are_found_as_people_type_them),
        unit_test_in_folder(recovery__refuses_what_can_be_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
