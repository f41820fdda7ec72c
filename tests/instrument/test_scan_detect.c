// SPDX-License-Identifier: Apache-2.0
/* The detectors: for each class what is found and what is not; check digits; the encodings; a file in
 * windows. */
#include "../base/test.h"
#include "instrument/scan/check.h"
#include "instrument/scan/detect.h"
#include "instrument/scan/file.h"

#include <fcntl.h>
#include <iconv.h>
#include <unistd.h>

typedef struct seen {
    yj_scan_hit hit[64];
    size_t count;
} seen;

static void keep(void *with, const yj_scan_hit *h)
{
    seen *s = with;
    assert_true(s->count < YJ_COUNT(s->hit));
    s->hit[s->count++] = *h;
}

/* In `text`, exactly what stands between « and » is to be found, as `what`; without them nothing of any
 * class. */
typedef struct example {
    int what; /* -1: nothing */
    const char *text;
} example;

static const example examples[] = {
    { YJ_SCAN_RESIDENT_ID, "身份证«11010519491231002X»。" },
    { YJ_SCAN_RESIDENT_ID, "no words at all: «11010519491231002x»," },
    { YJ_SCAN_RESIDENT_ID, "居住证«810000199408230021»" },
    { YJ_SCAN_RESIDENT_ID, "身份证号码：«110105491231002»（旧）" },
    { -1, "110105491231002" },
    { -1, "110105194912310021" },
    { -1, "A11010519491231002X" },
    { -1, "11010519491231002X_1" },
    { -1, "110105194913310022" },
    { YJ_SCAN_MOBILE, "客户手机«13812345678»。" },
    { YJ_SCAN_MOBILE, "«13812345678»" },
    { YJ_SCAN_MOBILE, "+86«13812345678»" },
    { YJ_SCAN_MOBILE, "phone: +86 «138 1234 5678»;" },
    { YJ_SCAN_MOBILE, "«138-1234-5678»" },
    { YJ_SCAN_MOBILE, "移动电话«15412345678»" }, /* a range not given out: only with context */
    { -1, "15412345678" },
    { -1, "流水号13812345678" },
    { -1, "\"order_id\": 13812345678" },
    { -1, "0.13812345678" },
    { -1, "13812345678.25" },
    { -1, "12812345678" },
    { -1, "138123456789" },
    { -1, "138-1234-5678-9012" },
    { YJ_SCAN_BANK_CARD, "卡号：«6222020200112233446»" },
    { YJ_SCAN_BANK_CARD, "card no «4111111111111111»" },
    { YJ_SCAN_BANK_CARD, "«6222 0202 0011 2233 446»" },
    { -1, "4111111111111111" },
    { -1, "卡号：6222020200112233447" },
    { -1, "订单6222020200112233446" },
    { YJ_SCAN_CREDIT_CODE, "代码«91110000600037341L»" },
    { -1, "91110000600037341M" },
    { YJ_SCAN_EMAIL, "邮箱«a.b+c@example.com.cn»。" },
    { YJ_SCAN_EMAIL, "mailto:«info@example.com»" },
    { -1, "git@github.com:a/b" },
    { -1, "icon@2x.png" },
    { -1, "user@localhost" },
    { YJ_SCAN_TRAVEL_DOCUMENT, "回乡证«H12345678»" },
    { -1, "H12345678" },
    { YJ_SCAN_ACCOUNT, "资金账号：«8012345678»" },
    { YJ_SCAN_ACCOUNT, "股东代码 «A123456789»" },
    { YJ_SCAN_ACCOUNT, "一码通账户：«180012345678»" },
    { -1, "8012345678" },
    { -1, "A123456789" },
    { YJ_SCAN_NAME, "姓名：«王小明»，男" },
    { YJ_SCAN_NAME, "客户姓名«欧阳娜娜»手机" },
    { -1, "王小明来了" },
    { -1, "客户名称：金元证券股份有限公司" },
    { -1, "姓名：见附件" },
    { YJ_SCAN_ADDRESS, "住址：«北京市朝阳区建国路88号院3号楼502室»。" },
    { -1, "地址：北京市" },
    { -1, "北京市朝阳区建国路88号" },
    { YJ_SCAN_LANDLINE, "座机：«010-61234567»" },
    { -1, "010-61234567" },
    { YJ_SCAN_PLATE, "车牌«粤B12345»。" },
    { YJ_SCAN_PLATE, "新能源«粤BD12345»" },
    { -1, "沪A股票" },
    { -1, "版B12345" },
    { YJ_SCAN_CLOUD_KEY, "id=«LTAI5tABCDEFGHIJ01234567»" },
    { YJ_SCAN_CLOUD_KEY, "«AKIDABCDEFGHIJ0123456789abcdefghij01»" },
    { YJ_SCAN_CLOUD_KEY,
      "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=«01234567-89ab-cdef-0123-456789abcdef»" },
    { -1, "LTAI5tABC" },
    { -1, "AKIDabcdefghijabcdefghijabcdefghijab" }, /* no digit */
    { YJ_SCAN_PASSWORD, "password=«hunter22»" },
    { YJ_SCAN_PASSWORD, "\"dbPassword\": \"«Tr0ub4dor&3»\"," },
    { YJ_SCAN_PASSWORD, "<password>«s3cret-Word»</password>" },
    { YJ_SCAN_PASSWORD, "口令：«Ab12!cd34»" },
    { YJ_SCAN_PASSWORD, "jdbc:mysql://root:«S3cretPw»@db:3306/x" },
    { YJ_SCAN_PASSWORD, "DB_PWD = '«zx9-Qm»'" },
    { -1, "password = ${DB_PASSWORD}" },
    { -1, "password: please ask" },
    { -1, "password = getPassword(user)" },
    { -1, "password = user.password;" },
    { -1, "密码：******" },
    { -1, "if (password == \"\")" },
    { -1, "-----BEGIN PRIVATE KEY----- is how a key begins" },
    { -1,
      "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEabcdefghijklmnopqrstuvwxyz012345\n" },
};

static void each_example(void **state)
{
    bool have[YJ_SCAN_CLASS_COUNT_] = { false };
    for (size_t i = 0; i < YJ_COUNT(examples); i++) {
        const example *e = &examples[i];
        char text[512];
        const char *open = strstr(e->text, "«"), *close = strstr(e->text, "»");
        if (e->what >= 0)
            snprintf(text, sizeof text, "%.*s%.*s%s", (int)(open - e->text), e->text, (int)(close - open - 2),
                     open + 2, close + 2);
        else
            snprintf(text, sizeof text, "%s", e->text);
        seen s = { .count = 0 };
        yj_scan_detect(yj_span_of(text), 0, strlen(text), NULL, keep, &s);
        if (s.count != (e->what >= 0))
            print_error("%s: %zu found (%s)\n", e->text, s.count,
                        s.count ? yj_scan_class_name(s.hit[0].what) : "-");
        assert_int_equal(s.count, e->what >= 0);
        if (e->what < 0)
            continue;
        have[e->what] = true;
        assert_int_equal(s.hit[0].what, e->what);
        assert_int_equal(s.hit[0].at, open - e->text);
        assert_int_equal(s.hit[0].len, close - open - 2);
    }
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++)
        if (c != YJ_SCAN_PRIVATE_KEY && c != YJ_SCAN_SM2_PRIVATE_KEY) /* those are made in the next test */
            assert_true(have[c]);
}

static void keys(void **state)
{
    static const char sm2[] = "-----BEGIN PRIVATE KEY-----\\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgAAAAAAAAAAAAAAAA\\n"
                              "-----END PRIVATE KEY-----";
    static const char rsa[] = "-----BEGIN RSA PRIVATE KEY-----\r\n"
                              "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL\r\n";
    static const char ssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                              "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n";
    seen s = { .count = 0 };
    yj_scan_detect(yj_span_of(sm2), 0, sizeof sm2 - 1, NULL, keep, &s);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.hit[0].what, YJ_SCAN_SM2_PRIVATE_KEY);
    s.count = 0;
    yj_scan_detect(yj_span_of(rsa), 0, strlen(rsa), NULL, keep, &s);
    yj_scan_detect(yj_span_of(ssh), 0, strlen(ssh), NULL, keep, &s);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.hit[0].what, YJ_SCAN_PRIVATE_KEY);
    assert_int_equal(s.hit[1].what, YJ_SCAN_PRIVATE_KEY);
}

static void columns(void **state)
{
    static const char text[] =
        "编号,姓名,卡号,口令\n1,张伟,4111111111111111,Qw12#er\n2,\"李娜\",x,\n说明,4111111111111111\n";
    yj_scan_table table;
    seen s = { .count = 0 };
    yj_scan_heading((yj_span){ text, strcspn(text, "\n") }, &table);
    assert_int_equal(table.separator, ',');
    assert_int_equal(table.columns, 4);
    yj_scan_detect(yj_span_of(text), 0, sizeof text - 1, &table, keep, &s);
    assert_int_equal(s.count, 4); /* the last line is no row of this table */
    yj_scan_heading(YJ_SPAN("客户,手机13812345678"), &table);
    assert_int_equal(table.separator, 0); /* a value: no heading */
    yj_scan_heading(YJ_SPAN("a,b,c"), &table);
    assert_int_equal(table.separator, 0);
}

/* --- encodings --------------------------------------------------------------------------------------------
 */

static size_t convert(const char *to, const char *text, char *out, size_t room)
{
    iconv_t cd = iconv_open(to, "UTF-8");
    char *from = (char *)(uintptr_t)text, *at = out;
    size_t left = strlen(text), before = room;
    assert_true(cd != (iconv_t)-1);
    assert_int_equal(iconv(cd, &from, &left, &at, &room), 0);
    iconv_close(cd);
    return before - room;
}

static const char zh[] = "客户姓名：王小明，手机号码13812345678，证件号码11010519491231002X，余额１２元。\n"
                         "生僻字：㐀𠮷，表情：😀，欧元€。\nThe end.\n";

static void places_in_the_original(void **state)
{
    static const struct {
        const char *name;
        yj_scan_encoding e;
    } all[] = { { "UTF-16LE", YJ_SCAN_UTF16LE },
                { "UTF-16BE", YJ_SCAN_UTF16BE },
                { "GB18030", YJ_SCAN_GB18030 } };
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(all); i++) {
        char bytes[1024], prefix[1024];
        size_t n = convert(all[i].name, zh, bytes, sizeof bytes);
        if (all[i].e == YJ_SCAN_GB18030)
            assert_int_equal(yj_scan_encoding_of((yj_span){ bytes, n }), all[i].e);
        yj_scan_decoded d;
        assert_status(yj_scan_decoded_init(&d, sizeof bytes, &err), YJ_OK);
        for (size_t cut = 0; cut <= n; cut++) { /* wherever it is cut, whole characters come out */
            yj_scan_decode(&d, all[i].e, (yj_span){ bytes, cut }, false);
            assert_int_equal(d.malformed, 0);
            assert_true(d.consumed <= cut && cut - d.consumed < 4 && d.len < sizeof zh);
            assert_memory_equal(d.utf8, zh, d.len);
        }
        assert_int_equal(d.len, sizeof zh - 1);
        for (size_t at = 0; at <= d.len; at++) {
            if ((zh[at] & 0xc0) == 0x80)
                continue;
            char head[sizeof zh];
            snprintf(head, sizeof head, "%.*s", (int)at, zh);
            assert_int_equal(yj_scan_place(&d, at), convert(all[i].name, head, prefix, sizeof prefix));
            assert_int_equal(yj_scan_text_at(&d, yj_scan_place(&d, at)), at);
        }
        yj_scan_decoded_done(&d);
    }
}

static void which_encoding(void **state)
{
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", controls[] = "\x01\x02\x03\x04text\x05\x06";
    assert_int_equal(yj_scan_encoding_of(YJ_SPAN("plain\n")), YJ_SCAN_ASCII);
    assert_int_equal(yj_scan_encoding_of(yj_span_of(zh)), YJ_SCAN_UTF8);
    assert_int_equal(yj_scan_encoding_of((yj_span){ zh, 31 }), YJ_SCAN_UTF8); /* cut within a character */
    assert_int_equal(yj_scan_encoding_of((yj_span){ png, sizeof png - 1 }), YJ_SCAN_BINARY);
    assert_int_equal(yj_scan_encoding_of(yj_span_of(controls)), YJ_SCAN_BINARY);
    assert_int_equal(yj_scan_encoding_of(YJ_SPAN("\xff\xfeh\0i\0")), YJ_SCAN_UTF16LE);
    assert_int_equal(yj_scan_encoding_of(YJ_SPAN("\0h\0e\0l\0l\0o")), YJ_SCAN_UTF16BE);
}

/* --- a file longer than a window ---------------------------------------------------------------------------
 */

static void long_file(void **state)
{
    static const char *const encodings[] = { "UTF-8", "GB18030", "UTF-16LE" };
    static yj_scan_found places[YJ_SCAN_PLACES_MAX];
    static const char text[] = "客户姓名：王小明，手机号码13812345678。\n";
    yj_auto(yj_scan_reader_freep) yj_scan_reader *r = yj_scan_reader_new();
    assert_non_null(r);
    for (size_t i = 0; i < YJ_COUNT(encodings); i++) {
        char path[] = "/tmp/yj-scan-XXXXXX", line[256];
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        unlink(path);
        size_t n = convert(encodings[i], text, line, sizeof line), lines = ((size_t)5 << 19) / n;
        yj_auto(yj_buf_done) yj_buf all;
        yj_buf_init(&all, (size_t)8 << 20);
        for (size_t k = 0; k < lines; k++)
            yj_buf_add(&all, line, n);
        assert_int_equal(write(fd, all.ptr, all.len), all.len);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        yj_scan_file f = { .path = "x" };
        _Atomic uint64_t bytes = 0;
        yj_scan_read_file(r, fd, all.len, true, places, &f, &bytes);
        close(fd);
        assert_int_equal(f.state, YJ_SCAN_STATE_LOOKED_INTO);
        assert_int_equal(bytes, all.len);
        assert_int_equal(f.count[YJ_SCAN_MOBILE], lines);
        assert_int_equal(f.count[YJ_SCAN_NAME], lines);
        assert_int_equal(f.hits, 2 * lines);
        assert_int_equal(f.places, YJ_SCAN_PLACES_MAX);
        for (size_t k = 0; k < f.places; k += 2) {
            assert_int_equal(f.place[k].what, YJ_SCAN_NAME);
            assert_int_equal(f.place[k].at / n, k / 2);
        }
        assert_string_equal(f.place[1].masked, "138******78");
        assert_int_equal(f.grade, 3);
        yj_digest want;
        yj_hash(YJ_HASH_SHA256, all.ptr, all.len, &want);
        assert_memory_equal(&want, &f.sha256, sizeof want);
    }
}

static void check_digits(void **state)
{
    assert_true(yj_scan_luhn(YJ_SPAN("4111111111111111")));
    assert_false(yj_scan_luhn(YJ_SPAN("4111111111111112")));
    assert_true(yj_scan_resident_id(YJ_SPAN("11010519491231002X")));
    assert_false(yj_scan_resident_id(YJ_SPAN("110105194912310021")));
    assert_true(yj_scan_resident_id(YJ_SPAN("440524188001010014")));
    assert_false(yj_scan_credit_code(YJ_SPAN("91110000600037341I")));
    assert_int_equal(yj_scan_mobile(YJ_SPAN("19212345678")), 2);
    assert_int_equal(yj_scan_mobile(YJ_SPAN("15412345678")), 1);
    assert_int_equal(yj_scan_mobile(YJ_SPAN("12012345678")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_digits),
        cmocka_unit_test(each_example),
        cmocka_unit_test(keys),
        cmocka_unit_test(columns),
        cmocka_unit_test(places_in_the_original),
        cmocka_unit_test(which_encoding),
        cmocka_unit_test(long_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
