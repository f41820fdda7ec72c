// SPDX-License-Identifier: Apache-2.0
/* Lines to passages. */
#include "text_test.h"

static yj_arena *arena;

static yj_reading read_as(yj_text_format format, const char *text, bool truncated)
{
    yj_reading r;
    yj_error err;
    yj_arena_reset(arena);
    assert_status(yj_text_passages(format, yj_span_of(text), truncated, arena, &r, &err), YJ_OK);
    return r;
}

static void becomes(yj_text_format format, const char *text, const char *wanted)
{
    yj_reading r = read_as(format, text, false);
    assert_string_equal(passages_as_text(&r), wanted);
}

static void pdf__line_goes_on_until_something_ends_it(void **state)
{
    becomes(YJ_TEXT_PDF,
            "乙方应当对甲方的数据采取加密措施，密钥由甲方\n保管，乙方不得接触。\n"
            "（一）日志保存不少于六个月，并且应当能够按照甲\n方的要求提供；\n（二）备份。\n\f",
            "1|乙方应当对甲方的数据采取加密措施，密钥由甲方保管，乙方不得接触。\n"
            "1|（一）日志保存不少于六个月，并且应当能够按照甲方的要求提供；\n1|（二）备份。\n");
    /* a number in the middle of a sentence is no clause's */
    becomes(YJ_TEXT_PDF,
            "the fee is due within thirty days and it is\n12.5 percent of the price agreed upon here\n\f",
            "1|the fee is due within thirty days and it is 12.5 percent of the price agreed upon here\n");
    becomes(
        YJ_TEXT_PDF,
        "All of this was agreed by both parties here.\n1.2 The provider keeps logs for six months.\n\f",
        "1|All of this was agreed by both parties here.\n1|1.2 The provider keeps logs for six months.\n");
    becomes(YJ_TEXT_PDF,
            "the provider commits itself to a yearly third-\nparty audit of all of its facilities in use\n\f",
            "1|the provider commits itself to a yearly third-party audit of all of its facilities in use\n");
    /* an empty line ends a paragraph, a page as well */
    becomes(YJ_TEXT_PDF,
            "one line of the text as wide as others\n\none line of the text as wide as others\n\f"
            "one line of the text as wide as others\n\f",
            "1|one line of the text as wide as others\n1|one line of the text as wide as others\n"
            "2|one line of the text as wide as others\n");
}

static void pdf__spaced_out_line_is_drawn_together(void **state)
{
    becomes(YJ_TEXT_PDF, "甲 方 应 当 按 时 付 款\n\f", "1|甲方应当按时付款\n");
    becomes(YJ_TEXT_PDF, "第三条 付款方式\n\f", "1|第三条 付款方式\n");
    becomes(YJ_TEXT_PDF, "甲方 Party A 乙方\n\f", "1|甲方 Party A 乙方\n");
}

static void text__wrapped_lines_are_joined_others_are_not(void **state)
{
    becomes(YJ_TEXT_PLAIN,
            "The provider shall keep all logs of access to\nthe client's data for no less than six "
            "months\nor longer.\n"
            "  Indented, a new one begins here and goes on\nto its end.\n",
            "0|The provider shall keep all logs of access to the client's data for no less than six months "
            "or longer.\n"
            "0|Indented, a new one begins here and goes on to its end.\n");
    char wide[400];
    snprintf(wide, sizeof wide, "%0125d\nend %0121d\n", 1, 2); /* 125 columns: nobody wraps so late */
    yj_reading r = read_as(YJ_TEXT_PLAIN, wide, false);
    assert_int_equal(r.count, 2);
}

static void any__what_is_not_seen_is_dropped(void **state)
{
    becomes(YJ_TEXT_DOCX,
            "a\xe3\x80\x80\xe3\x80\x80"
            "b\tc\xc2\xa0 d\x01\x7f\xe2\x80\x8b\xef\xbb\xbf"
            "e  \n \xe3\x80\x80\n",
            "0|a b c de\n");
    becomes(YJ_TEXT_DOCX, "bad \xff\xe4\xb8 byte", "0|bad \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd byte\n");
    becomes(YJ_TEXT_PDF, "", "");
}

static void any__long_paragraph_is_cut_after_a_sentence(void **state)
{
    static char text[5 * 5000];
    size_t n = 0;
    for (size_t i = 0; i < 5000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", i == 2999 ? "。" : "字");
    yj_reading r = read_as(YJ_TEXT_DOCX, text, false);
    assert_int_equal(r.count, 2);
    assert_int_equal(yj_utf8_count(r.passages[0].text), 3000);
    assert_int_equal(r.characters, 5000);
    n = 0;
    for (size_t i = 0; i < 5000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "字");
    r = read_as(YJ_TEXT_DOCX, text, false);
    assert_int_equal(r.count, 2);
    assert_int_equal(yj_utf8_count(r.passages[0].text), YJ_TEXT_PASSAGE_CHARACTERS_MAX);
}

static void pdf__nearly_empty_pages_are_a_scan(void **state)
{
    assert_true(read_as(YJ_TEXT_PDF, "\f\f\f", false).scan);
    assert_true(read_as(YJ_TEXT_PDF, "- 1 -\n\f- 2 -\n\f", false).scan);
    assert_false(read_as(YJ_TEXT_PDF, "a page with text\n\f", false).scan);
    assert_false(read_as(YJ_TEXT_PDF, "", false).scan);
    assert_int_equal(read_as(YJ_TEXT_PDF, "", false).pages, 0);
    assert_int_equal(read_as(YJ_TEXT_PDF, "one\n\ftwo", true).pages, 2);
    assert_false(read_as(YJ_TEXT_PLAIN, "\f", false).scan);
}

static int make_arena(void **state)
{
    arena = yj_arena_new(YJ_TEXT_ARENA_BYTES);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    yj_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pdf__line_goes_on_until_something_ends_it),
        cmocka_unit_test(pdf__spaced_out_line_is_drawn_together),
        cmocka_unit_test(text__wrapped_lines_are_joined_others_are_not),
        cmocka_unit_test(any__what_is_not_seen_is_dropped),
        cmocka_unit_test(any__long_paragraph_is_cut_after_a_sentence),
        cmocka_unit_test(pdf__nearly_empty_pages_are_a_scan),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
