// SPDX-License-Identifier: Apache-2.0
/* Text files, encoding by encoding, without a process. */
#include "text_test.h"

static void decode_as(const char *bytes, size_t len, yj_text_fault fault, const char *wanted)
{
    yj_auto(yj_buf_done) yj_buf out;
    bool truncated = true;
    yj_buf_init(&out, YJ_TEXT_UTF8_BYTES_MAX);
    assert_int_equal(yj_text_decode((yj_span){ bytes, len }, &out, &truncated), fault);
    assert_false(truncated);
    if (fault == YJ_TEXT_FINE)
        assert_string_equal(out.len ? out.ptr : "", wanted);
}
#define decodes(bytes, wanted) decode_as(bytes, sizeof(bytes) - 1, YJ_TEXT_FINE, wanted)
#define fails(bytes, fault) decode_as(bytes, sizeof(bytes) - 1, fault, NULL)

static void decode__by_mark_and_by_evidence(void **state)
{
    decodes("plain", "plain");
    decodes("\xef\xbb\xbfmarked", "marked");
    decodes("\xff\xfe"
            "a\0\x2d\x4e",
            "a中");
    decodes("\xfe\xff"
            "\0a\x4e\x2d",
            "a中");
    decodes("\xd6\xd0\xb9\xfa", "中国");
    decodes("\xd6\xd0\x81\x30\x81\x30", "中\xc2\x80");
    decodes("t\0e\0x\0t\0", "text");
    decodes("\0t\0e\0x\0t", "text");
    decodes("", "");
}

static void decode__last_character_may_be_cut_off(void **state)
{
    decodes("中国\xe4\xb8", "中国");
    decodes("\xff\xfe"
            "a\0\x2d",
            "a");
    decodes("\xd6\xd0\xb9", "中");
}

static void decode__what_is_no_text_is_refused(void **state)
{
    fails("a\0b\0c\0\0\0d", YJ_TEXT_BINARY);
    fails("abc\x01"
          "def",
          YJ_TEXT_BINARY);
    fails("\xff\xfe\x01\0\x02\0", YJ_TEXT_BINARY);
    fails("\xff\xff\xff\xff", YJ_TEXT_BINARY);
    fails("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", YJ_TEXT_OLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__by_mark_and_by_evidence),
        cmocka_unit_test(decode__last_character_may_be_cut_off),
        cmocka_unit_test(decode__what_is_no_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
