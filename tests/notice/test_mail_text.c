// SPDX-License-Identifier: Apache-2.0
/* What is written is read again here after the RFCs; tests/notice/test_send.c has Python's email package read
 * it too. */
#include "test.h"

#include "notice/mail_text.h"

#define DATE INT64_C(1795772439123456789) /* 2026-11-27T09:40:39.123456789Z, a Friday */

static const yj_mail plain_mail = { .from = "yunjian@broker.example",
                                    .to = "li.lei@broker.example",
                                    .subject = "Due",
                                    .body = "Text",
                                    .message_id = "0199-1@broker.example",
                                    .list_id = "notices.broker.example",
                                    .date_ns = DATE };

/* --- a reader --------------------------------------------------------------------------------- */

/* Lines end with CRLF, hold ASCII only, and at most `max` characters. */
static void check_lines(yj_span text, size_t max)
{
    while (text.len) {
        const char *end = memmem(text.ptr, text.len, "\r\n", 2);
        assert_non_null(end);
        size_t n = (size_t)(end - text.ptr);
        assert_true(n <= max);
        for (size_t i = 0; i < n; i++)
            assert_true(text.ptr[i] >= ' ' && text.ptr[i] <= '~');
        text = (yj_span){ end + 2, text.len - n - 2 };
    }
}

/* The value of a header that stands there once: unfolded, encoded words decoded, the blanks between two of
 * them left out (RFC 2047 6.2). Each word must be whole characters. */
static void header_of(const char *mail, const char *name, yj_buf *out)
{
    char start[64];
    snprintf(start, sizeof start, "\r\n%s: ", name);
    const char *end_of_head = strstr(mail, "\r\n\r\n"), *at = NULL;
    assert_non_null(end_of_head);
    if (strncmp(mail, start + 2, strlen(start) - 2) == 0)
        at = mail + strlen(start) - 2;
    const char *other = strstr(mail, start);
    if (other && other < end_of_head) {
        assert_null(at);
        at = other + strlen(start);
        other = strstr(at, start);
        assert_true(!other || other > end_of_head);
    }
    assert_non_null(at);
    yj_buf_str(out, "");
    bool after_word = false;
    while (!(at[0] == '\r' && at[2] != ' ')) {
        if (at[0] == '\r') {
            at += 2;
            continue;
        }
        if (strncmp(at, "=?UTF-8?B?", 10) == 0) {
            const char *end = strstr(at, "?=");
            uint8_t bytes[64];
            size_t n = 0;
            assert_true(end && end + 2 - at <= 75);
            assert_true(
                yj_base64_decode((yj_span){ at + 10, (size_t)(end - at) - 10 }, bytes, sizeof bytes, &n));
            assert_true(n > 0 && yj_utf8_valid((yj_span){ (char *)bytes, n }));
            yj_buf_add(out, bytes, n);
            at = end + 2;
            after_word = true;
        } else if (*at == ' ' && after_word && (strncmp(at, " =?", 3) == 0)) {
            at++;
        } else {
            yj_buf_char(out, *at++);
            after_word = false;
        }
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text, its lines ending with "\n". */
static void body_of(const char *mail, yj_buf *out)
{
    const char *at = strstr(mail, "\r\n\r\n");
    assert_non_null(at);
    at += 4;
    yj_buf_str(out, "");
    if (strstr(mail, "\r\nContent-Transfer-Encoding: quoted-printable\r\n")) {
        for (; *at; at++) {
            assert_true(*at != ' ' || (at[1] != '\r' && at[1] != '\0'));
            if (strncmp(at, "=\r\n", 3) == 0) {
                at += 2;
            } else if (*at == '=') {
                assert_true(hex(at[1]) >= 0 && hex(at[2]) >= 0);
                yj_buf_char(out, (char)(hex(at[1]) * 16 + hex(at[2])));
                at += 2;
            } else if (*at != '\r') {
                yj_buf_char(out, *at);
            }
        }
        return;
    }
    assert_non_null(strstr(mail, "\r\nContent-Transfer-Encoding: base64\r\n"));
    for (const char *end; (end = strstr(at, "\r\n")); at = end + 2) {
        uint8_t bytes[64];
        size_t n = 0;
        assert_true(yj_base64_decode((yj_span){ at, (size_t)(end - at) }, bytes, sizeof bytes, &n));
        for (size_t i = 0; i < n; i++)
            if (bytes[i] != '\r')
                yj_buf_char(out, (char)bytes[i]);
    }
}

static void write_mail(const yj_mail *m, yj_buf *out)
{
    yj_error err = { 0 };
    assert_status(yj_mail_write(m, out, &err), YJ_OK);
    check_lines(yj_buf_view(out), 76);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void write__makes_these_bytes(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
    yj_mail m = plain_mail;
    m.from_name = "云鉴";
    m.to_name = "Li Lei";
    m.subject = "合同评审将于 2026-12-31 到期";
    m.body = "Dear =all=,\nFrom now on.\n.\n ends in blank \n";
    write_mail(&m, &out);
    assert_string_equal(out.ptr, "Date: Fri, 27 Nov 2026 09:40:39 +0000\r\n"
                                 "From: =?UTF-8?B?5LqR6Ym0?= <yunjian@broker.example>\r\n"
                                 "To: =?UTF-8?B?TGkgTGVp?= <li.lei@broker.example>\r\n"
                                 "Subject: =?UTF-8?B?5ZCI5ZCM6K+E5a6h5bCG5LqOIDIwMjYtMTItMzEg5Yiw5pyf?=\r\n"
                                 "Message-ID: <0199-1@broker.example>\r\n"
                                 "List-Id: <notices.broker.example>\r\n"
                                 "Auto-Submitted: auto-generated\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: quoted-printable\r\n"
                                 "\r\n"
                                 "Dear =3Dall=3D,\r\n"
                                 "=46rom now on.\r\n"
                                 "=2E\r\n"
                                 " ends in blank=20\r\n");
}

static void write__says_the_same_each_time(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf a, b;
    yj_buf_init(&a, YJ_MAIL_BYTES_MAX);
    yj_buf_init(&b, YJ_MAIL_BYTES_MAX);
    write_mail(&plain_mail, &a);
    write_mail(&plain_mail, &b);
    assert_true(yj_span_eq(yj_buf_view(&a), yj_buf_view(&b)));
}

/* At every length, so that a character falls on every place of a word's end. */
static void subjects__are_folded_into_words_of_whole_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 60; shift++) {
        yj_auto(yj_buf_done) yj_buf text, out, got, name;
        yj_buf_init(&text, 4096);
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_buf_init(&got, 4096);
        yj_buf_init(&name, 4096);
        for (size_t i = 0; i < shift; i++)
            yj_buf_char(&text, 'a');
        yj_buf_str(&text, "第三季度云平台 \xf0\x9f\x98\x80 应急演练报告已逾期，请尽快处理\xc3\xa9");
        yj_mail m = plain_mail;
        m.subject = text.ptr;
        m.from_name = text.ptr + (shift < 20 ? shift : 20);
        if (strlen(m.from_name) > YJ_MAIL_NAME_MAX)
            m.from_name = "云";
        write_mail(&m, &out);
        header_of(out.ptr, "Subject", &got);
        assert_string_equal(got.ptr, text.ptr);
        header_of(out.ptr, "From", &name);
        char want[YJ_MAIL_NAME_MAX + 64];
        snprintf(want, sizeof want, "%s <%s>", m.from_name, m.from);
        assert_string_equal(name.ptr, want);
    }
}

static void subjects__of_ascii_stand_for_themselves_unless_they_look_like_words(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        bool bare;
    } rows[] = {
        { "Overdue: the yearly drill", true },
        { "=?UTF-8?B?5LqR?=", false },
        { " begins with a blank", false },
        { "ends with one ", false },
        { "0123456789012345678901234567890123456789012345678901234567890123456", true },   /* 9 + 67 */
        { "01234567890123456789012345678901234567890123456789012345678901234567", false }, /* 9 + 68 */
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf out, got;
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_buf_init(&got, 4096);
        yj_mail m = plain_mail;
        m.subject = rows[i].subject;
        write_mail(&m, &out);
        header_of(out.ptr, "Subject", &got);
        assert_string_equal(got.ptr, rows[i].subject);
        char line[128];
        snprintf(line, sizeof line, "Subject: %s\r\n", rows[i].subject);
        assert_int_equal(strstr(out.ptr, line) != NULL, rows[i].bare);
    }
}

static void texts__cannot_make_a_header(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf out, subject, from;
    yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
    yj_buf_init(&subject, 4096);
    yj_buf_init(&from, 4096);
    yj_mail m = plain_mail;
    m.subject = "a\r\nBcc: all@x.example\r\n\r\nbody\xff";
    m.from_name = "x\" <evil@x.example>,\r\nBcc: y@x.example\n";
    m.to_name = "\r\n";
    m.body = "\r\n.\r\nMAIL FROM:<x@y>\r\n";
    write_mail(&m, &out);
    assert_null(strstr(out.ptr, "\nBcc"));
    assert_null(strstr(out.ptr, "evil"));
    assert_null(strstr(out.ptr, "\r\n."));
    header_of(out.ptr, "Subject", &subject);
    assert_string_equal(subject.ptr, "a Bcc: all@x.example  body?");
    header_of(out.ptr, "From", &from);
    assert_string_equal(from.ptr, "x\" <evil@x.example>, Bcc: y@x.example  <yunjian@broker.example>");
}

static void bodies__come_back_as_they_were(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool quoted;
    } rows[] = {
        { "", true },
        { "\n\n", true },
        { "plain\n", true },
        { "Trailing blank \nand tab\t\nFrom here\n..\n=3D\n", true },
        { "0123456789012345678901234567890123456789012345678901234567890123456789012345\n", true },
        { "0123456789012345678901234567890123456789012345678901234567890123456789 012 456 89\n", true },
        { "An English sentence that names 云鉴 once, and is otherwise long enough to be quoted.\n", true },
        { "合同“云主机”的年度评审已逾期 3 天。\n请在 2026-12-31 前处理。\n", false },
        { "云\n", false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf out, got;
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_buf_init(&got, 4096);
        yj_mail m = plain_mail;
        m.body = rows[i].body;
        write_mail(&m, &out);
        body_of(out.ptr, &got);
        assert_string_equal(got.ptr, rows[i].body);
        assert_int_equal(strstr(out.ptr, "quoted-printable") != NULL, rows[i].quoted);
    }
}

/* Texts of random pieces, so that soft breaks fall everywhere. */
static void bodies__come_back_whatever_they_are(void **state)
{
    (void)state;
    static const char *const pieces[] = { "a",   "bcd", " ",     "\t", "=",
                                          ".",   "\n",  "From ", "云", "\xf0\x9f\x98\x80",
                                          "=3D", "e",   "f",     "g" };
    uint64_t seed = TEST_SEED;
    for (int run = 0; run < 2000; run++) {
        yj_auto(yj_buf_done) yj_buf text, out, got;
        yj_buf_init(&text, 8192);
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_buf_init(&got, 8192);
        size_t kinds = run % 2 ? YJ_COUNT(pieces) : 8;
        for (uint64_t n = test_random(&seed) % 200; n; n--)
            yj_buf_str(&text, pieces[test_random(&seed) % kinds]);
        yj_buf_char(&text, '\n');
        yj_mail m = plain_mail;
        m.body = text.ptr;
        write_mail(&m, &out);
        body_of(out.ptr, &got);
        assert_string_equal(got.ptr, text.ptr);
    }
}

static void texts__are_cut_at_their_limits_and_any_mail_fits(void **state)
{
    (void)state;
    static const char *const worst[] = { "\n", "\x01", "云", "=", "\xff", "x\xe4\xb8\x80yzuvwx" };
    for (size_t i = 0; i < YJ_COUNT(worst); i++) {
        yj_auto(yj_buf_done) yj_buf text, out, got;
        yj_buf_init(&text, (size_t)8 << 20);
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_buf_init(&got, (size_t)8 << 20);
        while (text.len < 3 * YJ_MAIL_BODY_MAX)
            yj_buf_str(&text, worst[i]);
        yj_mail m = plain_mail;
        m.subject = m.body = m.from_name = m.to_name = text.ptr;
        write_mail(&m, &out);
        header_of(out.ptr, "Subject", &got);
        assert_true(got.len <= YJ_MAIL_SUBJECT_MAX);
    }
}

static void addresses__are_those_that_hold_one_mailbox_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool valid;
    } rows[] = {
        { "a@b", true },
        { "li.lei+yunjian@mail.broker.example", true },
        { "x@xn--fiqs8s", true },
        { "root@localhost", true },
        { "o'brien/x=1@h-1.example", true },
        { "", false },
        { "a", false },
        { "@b", false },
        { "a@", false },
        { "a@b@c", false },
        { "a b@c", false },
        { "a@b c", false },
        { "a@b\r\nRCPT TO:<x@y>", false },
        { "a\n@b", false },
        { "<a@b>", false },
        { "a@b,c@d", false },
        { "a@b;c@d", false },
        { "\"a\"@b", false },
        { "a@[127.0.0.1]", false },
        { ".a@b", false },
        { "a.@b", false },
        { "a..b@c", false },
        { "a@b..c", false },
        { "a@.b", false },
        { "a@b.", false },
        { "a@-b", false },
        { "a@b-", false },
        { "a@b_c", false },
        { "a(x)@b", false },
        { "\xe4\xb8\xad@b", false },
        { "a@\xe4\xb8\xad", false },
        { "a>@b", false },
        { "0123456789012345678901234567890123456789012345678901234567890123@b", true },
        { "01234567890123456789012345678901234567890123456789012345678901234@b", false },
        { "a@012345678901234567890123456789012345678901234567890123456789012.b", true },
        { "a@0123456789012345678901234567890123456789012345678901234567890123.b", false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        if (yj_mail_address_valid(yj_span_of(rows[i].address)) != rows[i].valid)
            fail_msg("%s", rows[i].address);
    assert_false(yj_mail_address_valid((yj_span){ "a@b\0c", 5 }));
    char longest[300];
    memset(longest, 'a', sizeof longest);
    for (size_t i = 1; i < sizeof longest; i += 50)
        longest[i] = i == 1 ? '@' : '.';
    assert_true(yj_mail_address_valid((yj_span){ longest, 254 }));
    assert_false(yj_mail_address_valid((yj_span){ longest, 255 }));
}

static void write__refuses_what_is_no_mail(void **state)
{
    (void)state;
    yj_error err = { 0 };
    for (int i = 0; i < 7; i++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, YJ_MAIL_BYTES_MAX);
        yj_mail m = plain_mail;
        const char *field = "";
        switch (i) {
        case 0:
            m.from = "a@b\r\nBcc: c@d", field = "from";
            break;
        case 1:
            m.to = "a@b, c@d", field = "to";
            break;
        case 2:
            m.to = NULL, field = "to";
            break;
        case 3:
            m.subject = "", field = "subject";
            break;
        case 4:
            m.message_id = "x@y>\r\nX: 1", field = "message_id";
            break;
        case 5:
            m.list_id = "a b", field = "list_id";
            break;
        default:
            m.list_id = NULL, field = "list_id";
            break;
        }
        assert_status(yj_mail_write(&m, &out, &err), YJ_E_INVALID);
        assert_string_equal(err.field, field);
        assert_int_equal(out.len, 0);
    }
    yj_auto(yj_buf_done) yj_buf small;
    yj_buf_init(&small, 100);
    assert_status(yj_mail_write(&plain_mail, &small, &err), YJ_E_LIMIT);
}

static void id__is_the_notices_and_the_installations(void **state)
{
    (void)state;
    char id[YJ_MAIL_ID_MAX + 1];
    yj_error err = { 0 };
    assert_status(yj_mail_id("0199f3c1-0000-7000-8000-000000000001", "yunjian.broker.example", id, &err),
                  YJ_OK);
    assert_string_equal(id, "0199f3c1-0000-7000-8000-000000000001@yunjian.broker.example");
    static const char *const bad[] = {
        "", "a b", "a@b", "a>", "a\r\n", "01234567890123456789012345678901234567890123456789012345678901234"
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        assert_status(yj_mail_id(bad[i], "d.example", id, &err), YJ_E_INVALID);
        assert_string_equal(err.field, "id");
    }
    assert_status(yj_mail_id("a", "d example", id, &err), YJ_E_INVALID);
    assert_string_equal(err.field, "domain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write__makes_these_bytes),
        cmocka_unit_test(write__says_the_same_each_time),
        cmocka_unit_test(subjects__are_folded_into_words_of_whole_characters),
        cmocka_unit_test(subjects__of_ascii_stand_for_themselves_unless_they_look_like_words),
        cmocka_unit_test(texts__cannot_make_a_header),
        cmocka_unit_test(bodies__come_back_as_they_were),
        cmocka_unit_test(bodies__come_back_whatever_they_are),
        cmocka_unit_test(texts__are_cut_at_their_limits_and_any_mail_fits),
        cmocka_unit_test(addresses__are_those_that_hold_one_mailbox_and_nothing_else),
        cmocka_unit_test(write__refuses_what_is_no_mail),
        cmocka_unit_test(id__is_the_notices_and_the_installations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
