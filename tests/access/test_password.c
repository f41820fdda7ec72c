// SPDX-License-Identifier: Apache-2.0
/* Which passwords are taken, and that a hash knows its own. With little memory, so that it is quick. */
#include "../base/test.h"

#include "access/password.h"
#include "access/secret.h"

static const yj_password_options quick = { .passes = 1, .memory = 8192 };

static void hash__knows_its_password_and_no_other(void **state)
{
    yj_error err;
    char hash[YJ_PASSWORD_HASH_BYTES], again[YJ_PASSWORD_HASH_BYTES];
    bool match = false;
    assert_status(yj_password_hash(&quick, YJ_SPAN("correct horse battery"), hash, &err), YJ_OK);
    assert_status(yj_password_hash(&quick, YJ_SPAN("correct horse battery"), again, &err), YJ_OK);
    assert_string_not_equal(hash, again); /* a salt of its own */
    assert_memory_equal(hash, "$argon2id$", 10);
    assert_status(yj_password_verify(hash, YJ_SPAN("correct horse battery"), &match, &err), YJ_OK);
    assert_true(match);
    assert_status(yj_password_verify(hash, YJ_SPAN("correct horse batterz"), &match, &err), YJ_OK);
    assert_false(match);
    assert_status(yj_password_verify(hash, (yj_span){ NULL, 0 }, &match, &err), YJ_OK);
    assert_false(match);
}

static void hash__minds_every_byte_up_to_the_limit(void **state)
{
    yj_error err;
    char hash[YJ_PASSWORD_HASH_BYTES], text[YJ_PASSWORD_BYTES_MAX + 1];
    bool match = true;
    memset(text, 'p', sizeof text);
    yj_span longest = { text, YJ_PASSWORD_BYTES_MAX };
    assert_status(yj_password_hash(&quick, longest, hash, &err), YJ_OK);
    text[YJ_PASSWORD_BYTES_MAX - 1] = 'q';
    assert_status(yj_password_verify(hash, longest, &match, &err), YJ_OK);
    assert_false(match);
    yj_span over = { text, sizeof text };
    assert_status(yj_password_hash(&quick, over, hash, &err), YJ_E_LIMIT);
    match = true;
    assert_status(yj_password_verify(hash, over, &match, &err), YJ_OK);
    assert_false(match);
}

static void verify__tells_what_is_no_hash(void **state)
{
    static const char *const bad[] = {
        "", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$BBBB",
        "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A"
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err;
        bool match = true;
        yj_status s = yj_password_verify(bad[i], YJ_SPAN("correct horse battery"), &match, &err);
        if (s == YJ_OK && match)
            fail_msg("\"%s\" let somebody in", bad[i]);
        assert_true(yj_password_is_old(&quick, bad[i]));
    }
    yj_error err;
    bool match;
    assert_status(yj_password_verify("", YJ_SPAN("x"), &match, &err), YJ_E_CORRUPT);
    assert_status(yj_password_verify(bad[4], YJ_SPAN("x"), &match, &err), YJ_E_CORRUPT);
}

static void is_old__follows_the_parameters(void **state)
{
    yj_error err;
    char hash[YJ_PASSWORD_HASH_BYTES];
    yj_password_options more = quick, slower = quick;
    more.memory = 16384;
    slower.passes = 2;
    assert_status(yj_password_hash(&quick, YJ_SPAN("correct horse battery"), hash, &err), YJ_OK);
    assert_false(yj_password_is_old(&quick, hash));
    assert_true(yj_password_is_old(&more, hash));
    assert_true(yj_password_is_old(&slower, hash));
}

static void hash__takes_the_usual_parameters(void **state)
{
    yj_error err;
    yj_password_options usual = { 0 };
    char hash[YJ_PASSWORD_HASH_BYTES];
    assert_status(yj_password_hash(&usual, YJ_SPAN("correct horse battery"), hash, &err), YJ_OK);
    assert_non_null(strstr(hash, "m=65536,t=3,p=1"));
}

static void check_one(const yj_password_options *o, const char *password, const char *name, const char *why)
{
    yj_error err = { 0 };
    yj_status s = yj_password_check(o, yj_span_of(password), yj_span_of(name), &err);
    if (!why) {
        if (s != YJ_OK)
            fail_msg("\"%s\": %s", password, err.msg);
        return;
    }
    assert_int_equal(s, YJ_E_INVALID);
    assert_string_equal(err.field, "password");
    assert_non_null(strstr(err.msg, why));
    assert_null(strstr(err.msg, password));
    assert_string_not_equal(err.msg, err.msg_zh);
}

static void check__keeps_the_policy(void **state)
{
    check_one(&quick, "eleven char", "wang.li", "at least 12");
    check_one(&quick, "twelve chars", "wang.li", NULL);
    check_one(&quick, "\xe5\xae\x89\xe5\x85\xa8\xe5\xae\x89\xe5\x85\xa8", "wang.li",
              "at least 12"); /* 4, in 12 bytes */
    check_one(&quick,
              "\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89"
              "\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89",
              "wang.li", NULL);
    check_one(&quick, "my WANG.li is here", "wang.li", "sign-in name");
    check_one(&quick, "my wang.l is here", "wang.li", NULL);
    check_one(&quick, "wang of long ago", "wa", NULL); /* too short a name to be looked for */
    check_one(&quick, "with a\ttab in it", "wang.li", "control characters");
    check_one(&quick, "bad \xff bytes in it", "wang.li", "control characters");
    yj_password_options longer = quick;
    longer.min_chars = 16;
    check_one(&longer, "fifteen letters", "wang.li", "at least 16");
    char text[YJ_PASSWORD_BYTES_MAX + 2];
    memset(text, 'x', sizeof text);
    text[YJ_PASSWORD_BYTES_MAX + 1] = '\0';
    check_one(&quick, text, "wang.li", "longer than 1024");
    text[YJ_PASSWORD_BYTES_MAX] = '\0';
    check_one(&quick, text, "wang.li", NULL);
}

static void check__looks_into_the_list_of_leaked_ones(void **state)
{
    char path[512];
    yj_error err;
    snprintf(path, sizeof path, "%s/list", (const char *)*state);
    yj_password_options o = quick;
    o.breach_list = path;
    /* SHA-1 of "password1234" stands between two others */
    assert_status(yj_file_write(path,
                                YJ_SPAN("0000000000000000000000000000000000000001:9\n"
                                        "E6B6AFBD6D76BB5D2041542D7D2E3FAC5BB05593:3\n"
                                        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF1:1\n"),
                                0600, &err),
                  YJ_OK);
    check_one(&o, "password1234", "wang.li", "leaked");
    check_one(&o, "password1235", "wang.li", NULL);
}

static void check__lets_nothing_pass_without_its_list(void **state)
{
    char path[512];
    yj_error err;
    snprintf(path, sizeof path, "%s/none", (const char *)*state);
    yj_password_options o = quick;
    o.breach_list = path;
    assert_status(yj_password_check(&o, YJ_SPAN("correct horse battery"), YJ_SPAN("wang"), &err),
                  YJ_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash__knows_its_password_and_no_other),
        cmocka_unit_test(hash__minds_every_byte_up_to_the_limit),
        cmocka_unit_test(verify__tells_what_is_no_hash),
        cmocka_unit_test(is_old__follows_the_parameters),
        cmocka_unit_test(hash__takes_the_usual_parameters),
        cmocka_unit_test(check__keeps_the_policy),
        unit_test_in_folder(check__looks_into_the_list_of_leaked_ones),
        unit_test_in_folder(check__lets_nothing_pass_without_its_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
