// SPDX-License-Identifier: Apache-2.0
#include "test.h"

/* The table is private to its file; its rows are what is tested here. */
#include "../../src/base/messages_zh.c"

#include <errno.h>

static void fail__fills_both_languages(void **state)
{
    (void)state;
    yj_error err = { .field = "old", .sys_errno = 5 };
    int line = __LINE__ + 1;
    assert_int_equal(yj_fail(&err, YJ_E_LIMIT, "%s is longer than %zu bytes", "a.csv", (size_t)10),
                     YJ_E_LIMIT);
    assert_int_equal(err.code, YJ_E_LIMIT);
    assert_string_equal(err.msg, "a.csv is longer than 10 bytes");
    assert_string_equal(err.msg_zh, "a.csv \xe8\xb6\x85\xe8\xbf\x87 10 \xe5\xad\x97\xe8\x8a\x82");
    assert_string_equal(err.field, "");
    assert_int_equal(err.sys_errno, 0);
    assert_int_equal(err.line, line);
    assert_non_null(strstr(err.file, "test_error.c"));
    assert_ptr_equal(yj_error_text(&err, YJ_LANG_EN), err.msg);
    assert_ptr_equal(yj_error_text(&err, YJ_LANG_ZH), err.msg_zh);
}

static void fail__without_a_chinese_row_says_it_in_english(void **state)
{
    (void)state;
    yj_error err;
    yj_fail(&err, YJ_E_DB, "no row for this one: %d", 7);
    assert_string_equal(err.msg, "no row for this one: 7");
    assert_string_equal(err.msg_zh, err.msg);
}

static void fail__takes_no_error_at_all(void **state)
{
    (void)state;
    errno = ENOENT;
    assert_int_equal(yj_fail(NULL, YJ_E_BUSY, "x"), YJ_E_BUSY);
    assert_int_equal(yj_fail_sys(NULL, YJ_E_IO, "x"), YJ_E_IO);
    assert_int_equal(yj_error_at(NULL, "x"), YJ_E_INVALID);
    yj_error_prefix(NULL, "x");
}

static void fail_sys__adds_the_system_s_words(void **state)
{
    (void)state;
    yj_error err;
    errno = ENOSPC;
    assert_int_equal(yj_fail_sys(&err, YJ_E_FULL, "cannot write %s", "x"), YJ_E_FULL);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_string_equal(err.msg, "cannot write x (No space left on device)");
    assert_non_null(strstr(err.msg_zh, "(磁盘空间不足)"));
    errno = EMLINK; /* one that has no words of ours */
    assert_int_equal(yj_fail_sys(&err, YJ_E_IO, "cannot write %s", "x"), YJ_E_IO);
    assert_non_null(strstr(err.msg_zh, "(Too many links)"));
    errno = ENOSPC;
    assert_int_equal(yj_fail_sys(&err, YJ_E_FULL, "x"), YJ_E_FULL);
    assert_int_equal(errno, ENOSPC);
}

static void fail__never_cuts_a_character(void **state)
{
    (void)state;
    char text[600];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe4\xb8\xad", 4);
        yj_error err;
        yj_fail(&err, YJ_E_INVALID, "%s", text);
        assert_true(yj_utf8_valid(yj_span_of(err.msg)));
        assert_true(strlen(err.msg) >= sizeof err.msg - 3);
        yj_error_prefix(&err, "line %d", 3);
        assert_true(yj_utf8_valid(yj_span_of(err.msg)));
        assert_true(yj_utf8_valid(yj_span_of(err.msg_zh)));
        assert_memory_equal(err.msg, "line 3: ", 8);
        yj_error_at(&err, "%s", text);
        assert_true(yj_utf8_valid(yj_span_of(err.field)));
        assert_true(strlen(err.field) >= sizeof err.field - 3);
        errno = EIO;
        yj_fail_sys(&err, YJ_E_IO, "%s", text);
        assert_true(yj_utf8_valid(yj_span_of(err.msg)));
    }
}

static void fail__keeps_to_one_line_of_valid_text(void **state)
{
    (void)state;
    yj_error err;
    yj_fail(&err, YJ_E_INVALID, "%s", "a\nb\rc\td\x7f\xff\xc3(\xe4\xb8\xad\x01");
    assert_string_equal(err.msg, "a?b?c?d??\?(\xe4\xb8\xad?");
}

static void error_at__names_the_place(void **state)
{
    (void)state;
    yj_error err;
    yj_fail(&err, YJ_E_INVALID, "a quote is not closed");
    assert_int_equal(yj_error_at(&err, "line %d column %d", 12, 3), YJ_E_INVALID);
    assert_string_equal(err.field, "line 12 column 3");
}

static void error_prefix__stands_before_both_messages(void **state)
{
    (void)state;
    yj_error err;
    yj_fail(&err, YJ_E_INVALID, "a quote is not closed");
    yj_error_prefix(&err, "%s", "people.csv");
    assert_string_equal(err.msg, "people.csv: a quote is not closed");
    assert_memory_equal(err.msg_zh, "people.csv: ", 12);
    assert_true(strlen(err.msg_zh) > 12);
}

static void statuses__have_slug_http_and_exit(void **state)
{
    (void)state;
    assert_string_equal(yj_status_slug(YJ_OK), "ok");
    assert_int_equal(yj_status_http(YJ_E_GATE), 422);
    assert_int_equal(yj_status_exit(YJ_E_GATE), 1);
    assert_int_equal(yj_status_exit(YJ_E_CORRUPT), 4);
    for (int i = 0; i < YJ_STATUS_COUNT_; i++) {
        yj_status s = (yj_status)i;
        assert_true(strlen(yj_status_slug(s)) > 0);
        assert_in_range(yj_status_http(s), 200, 599);
        assert_in_range(yj_status_exit(s), 0, 4);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(yj_status_slug(s), yj_status_slug((yj_status)k));
    }
}

/* Put the conversion of each argument, by position, into ret ("s", "zu", ".*s"); -1 for what a message must
 * not use. */
static int conversions(const char *f, char ret[8][8])
{
    int count = 0, positional = -1;
    memset(ret, 0, 8 * 8);
    while ((f = strchr(f, '%')) != NULL) {
        f++;
        if (*f == '%') {
            f++;
            continue;
        }
        int index = count;
        bool has_position = f[0] >= '1' && f[0] <= '8' && f[1] == '$';
        if (has_position) {
            index = f[0] - '1';
            f += 2;
        }
        if (positional >= 0 && positional != has_position)
            return -1; /* C allows all or none */
        positional = has_position;
        size_t n = strspn(f, "0123456789.-+#*hljzt") + 1;
        if (n > 7 || !strchr("diouxXcsp", f[n - 1]) || index >= 8)
            return -1;
        if (memchr(f, '*', n) && has_position)
            return -1;
        memcpy(ret[index], f, n);
        f += n;
        count++;
    }
    return count;
}

static void messages__rows_are_sorted_and_take_the_same_arguments(void **state)
{
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(messages); i++) {
        const char *en = messages[i].en, *zh = messages[i].zh;
        if (i && strcmp(messages[i - 1].en, en) >= 0)
            fail_msg("row \"%s\" is out of order or stands twice", en);
        assert_ptr_equal(yj_message_zh(en), zh);
        char want[8][8], got[8][8];
        int n = conversions(en, want);
        if (n < 0 || conversions(zh, got) != n || memcmp(want, got, sizeof want) != 0)
            fail_msg("row \"%s\": the Chinese format takes other arguments", en);
        if (!yj_utf8_valid(yj_span_of(zh)) || yj_utf8_count(yj_span_of(zh)) == strlen(zh))
            fail_msg("row \"%s\": not written in Chinese", en);
    }
    assert_null(yj_message_zh(""));
    assert_null(yj_message_zh("~ after the last row"));
}

static void conversions__of_reordered_formats_are_compared_by_position(void **state)
{
    (void)state;
    char a[8][8], b[8][8];
    assert_int_equal(conversions("%s has %zu of 100%%", a), 2);
    assert_int_equal(conversions("%2$zu %1$s", b), 2);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(conversions("%2$zu %s", b), -1);
    assert_int_equal(conversions("%n", b), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail__fills_both_languages),
        cmocka_unit_test(fail__without_a_chinese_row_says_it_in_english),
        cmocka_unit_test(fail__takes_no_error_at_all),
        cmocka_unit_test(fail_sys__adds_the_system_s_words),
        cmocka_unit_test(fail__never_cuts_a_character),
        cmocka_unit_test(fail__keeps_to_one_line_of_valid_text),
        cmocka_unit_test(error_at__names_the_place),
        cmocka_unit_test(error_prefix__stands_before_both_messages),
        cmocka_unit_test(statuses__have_slug_http_and_exit),
        cmocka_unit_test(messages__rows_are_sorted_and_take_the_same_arguments),
        cmocka_unit_test(conversions__of_reordered_formats_are_compared_by_position),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
