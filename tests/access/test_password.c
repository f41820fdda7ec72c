// SPDX-License-Identifier: Apache-2.0
/* Which passwords are taken, and that a hash knows its own. With little memory, so that it is quick. */
#include "../base/test.h"

#include "access/guess.h"
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
    const yj_password_about about = { .name = yj_span_of(name) };
    yj_status s = yj_password_check(o, yj_span_of(password), &about, &err);
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
    check_one(&quick, "twelve chars", "wang.li", "guessed easily");
    yj_password_options any = quick;
    any.min_bits = 1;
    check_one(&any, "twelve chars", "wang.li", NULL);
    check_one(&quick, "\xe5\xae\x89\xe5\x85\xa8\xe5\xae\x89\xe5\x85\xa8", "wang.li",
              "at least 12"); /* 4, in 12 bytes */
    check_one(&any,
              "\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89"
              "\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89\xe5\xae\x89",
              "wang.li", NULL);
    check_one(&quick, "my WANG.li is here", "wang.li", "sign-in name");
    check_one(&any, "my wang.l is here", "wang.li", NULL);
    check_one(&any, "wang of long ago", "wa", NULL); /* too short a name to be looked for */
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
    check_one(&quick, text, "wang.li", "guessed easily");
    check_one(&any, text, "wang.li", NULL);
}

/* For somebody at a broker of whom others know that much. */
static yj_status estimate(const char *password, yj_error *err)
{
    static const yj_span words[] = { YJ_SPAN("张伟"),     YJ_SPAN("hyzq"), YJ_SPAN("华源证券股份有限公司"),
                                     YJ_SPAN("华源证券"), YJ_SPAN("华源"), YJ_SPAN("") };
    const yj_password_about about = { .name = YJ_SPAN("wei.zhang"),
                                      .words = words,
                                      .word_count = YJ_COUNT(words) };
    return yj_password_check(&quick, yj_span_of(password), &about, err);
}

static void check__refuses_what_is_guessed_easily(void **state)
{
    static const char *const bad[] = {
        "password1234",
        "password12345678",
        "Password@1234",
        "P@ssw0rd1234",
        "passw0rd2024",
        "letmein12345",
        "welcome12345",
        "changeme1234",
        "iloveyou1234",
        "monkey dragon1",
        "Summer2024!!",
        "admin1234567",
        "Admin@123456",
        "administrator1",
        /* rows and columns of keys */
        "qwertyuiop12",
        "qwertyuiop123456",
        "qwertyuiop[]\\",
        "asdfghjkl;'1",
        "1qaz2wsx3edc",
        "1qaz2wsx3edc4rfv",
        "zaq12wsxcde3",
        "qweasdzxc123",
        "!QAZ2wsx#EDC",
        /* numbers and dates */
        "123456789012",
        "1234567890123456",
        "199001011990",
        "20240101abcd",
        "5201314520131",
        /* again and again */
        "111111111111",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijkl",
        "abcd1234abcd",
        "xyxyxyxyxyxyxyxyxyxy",
        /* pinyin */
        "woaini1314520",
        "woaini520520",
        "woaizhongguo123",
        "zhongguo2024",
        "Zhongguo@2024",
        "zhengquan2024",
        "beijing2024!!",
        "shanghai123456",
        "nihao12345678",
        "wangwei123456",
        "guanliyuan123",
        "Mima@123456789",
        /* what is known of him */
        "zhang19900101",
        "Zhang@weizhang",
        "zhangzhangzhang",
        "hyzq20240101",
        "Hyzq@2025hyzq",
        "yunjian2024!",
        "Yunjian@2025",
        "yunjianyunjian",
        /* in characters */
        "华源证券华源证券2024",
        "云鉴云鉴云鉴云鉴云鉴云鉴",
        "我爱你我爱你我爱你我爱你",
        "一二三四五六七八九十一二",
        "张伟张伟张伟张伟张伟张伟",
        "华源证券股份有限公司张伟123",
        "安安安安安安安安安安安安",
    };
    static const char *const good[] = {
        "seven lamps beside the river",
        "a quiet harbour before dawn",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "correct horse battery",
        "kX9#vQ2m!pLz",
        "tQ7vZp3kWn8x",
        "hupo lanse dianti yugan",
        "zhuozi shuibei yueliang",
        "liangzhilaohu paodekuai",
        "三只绿猫在屋顶上看星星下棋",
        "山高月小水落石出清风徐来",
        "华源证券的猫在屋顶上看星星下棋",
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        if (estimate(bad[i], &err) == YJ_OK)
            fail_msg("\"%s\" is taken", bad[i]);
        assert_string_equal(err.field, "password");
        assert_null(strstr(err.msg, bad[i]));
    }
    for (size_t i = 0; i < YJ_COUNT(good); i++) {
        yj_error err = { 0 };
        if (estimate(good[i], &err) != YJ_OK)
            fail_msg("\"%s\" is refused: %s", good[i], err.msg);
    }
}

/* What is long and what is odd comes to an end, and to a number. */
static void guess__takes_whatever_is_text(void **state)
{
    char text[YJ_PASSWORD_BYTES_MAX + 1];
    static const char *const pieces[] = {
        "a", "1qaz", "p@ssw0rd", "\xe5\xae\x89", "9x\xe5\xae\x89", "\xf0\x9f\x90\x8e", " ", "~}|{"
    };
    for (size_t i = 0; i < YJ_COUNT(pieces); i++) {
        size_t n = strlen(pieces[i]), len = 0;
        yj_error err = { 0 };
        double bits = -1;
        for (; len + n <= YJ_PASSWORD_BYTES_MAX; len += n)
            memcpy(text + len, pieces[i], n);
        assert_status(yj_guess_bits((yj_span){ text, len }, NULL, 0, &bits, &err), YJ_OK);
        assert_true(bits >= 0);
    }
    yj_error err = { 0 };
    double bits = -1, known = -1;
    assert_status(yj_guess_bits((yj_span){ NULL, 0 }, NULL, 0, &bits, &err), YJ_OK);
    assert_true(bits == 0);
    /* a word of one's own makes it weaker, whatever its case */
    yj_span words[80];
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        words[i] = YJ_SPAN("Kvothreen");
    assert_status(yj_guess_bits(YJ_SPAN("kvothreen"), NULL, 0, &bits, &err), YJ_OK);
    assert_status(yj_guess_bits(YJ_SPAN("kvothreen"), words, YJ_COUNT(words), &known, &err), YJ_OK);
    assert_true(known < bits);
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
    o.min_bits = 1;
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
    const yj_password_about about = { .name = YJ_SPAN("wang") };
    assert_status(yj_password_check(&o, YJ_SPAN("correct horse battery"), &about, &err), YJ_E_NOT_FOUND);
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
        cmocka_unit_test(check__refuses_what_is_guessed_easily),
        cmocka_unit_test(guess__takes_whatever_is_text),
        unit_test_in_folder(check__looks_into_the_list_of_leaked_ones),
        unit_test_in_folder(check__lets_nothing_pass_without_its_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
