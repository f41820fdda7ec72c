// SPDX-License-Identifier: Apache-2.0
#include "notice/mail_text.h"

#include "notice/plain.h"
#include <stdio.h>

#define LINE 76 /* characters, the end not counted: what RFC 2045 and 2047 allow; RFC 5322 allows 78 */
#define WORD_BEGIN "=?UTF-8?B?"
#define WORD_END "?="
#define WORD_AROUND (sizeof WORD_BEGIN - 1 + sizeof WORD_END - 1)
#define WORD_MAX 75

static const char letters_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool label_valid(yj_span s)
{
    if (s.len < 1 || s.len > 63 || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '-' && !is_one_of(s.ptr[i], letters_digits))
            return false;
    return true;
}

bool yj_mail_domain_valid(yj_span s)
{
    if (s.len < 1 || s.len > 253)
        return false;
    for (;;) {
        const char *dot = memchr(s.ptr, '.', s.len);
        size_t n = dot ? (size_t)(dot - s.ptr) : s.len;
        if (!label_valid((yj_span){ s.ptr, n }))
            return false;
        if (!dot)
            return true;
        s = (yj_span){ dot + 1, s.len - n - 1 };
        if (!s.len)
            return false;
    }
}

static bool local_valid(yj_span s)
{
    if (s.len < 1 || s.len > 64 || s.ptr[0] == '.' || s.ptr[s.len - 1] == '.')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.' ? s.ptr[i - 1] == '.'
                     : !is_one_of(c, letters_digits) && !is_one_of(c, "!#$%&'*+-/=?^_`{|}~"))
            return false;
    }
    return true;
}

bool yj_mail_address_valid(yj_span s)
{
    const char *at = s.len && s.len <= YJ_MAIL_ADDRESS_MAX ? memchr(s.ptr, '@', s.len) : NULL;
    if (!at)
        return false;
    size_t n = (size_t)(at - s.ptr);
    return local_valid((yj_span){ s.ptr, n }) && yj_mail_domain_valid((yj_span){ at + 1, s.len - n - 1 });
}

static yj_status wrong(yj_error *err, const char *field)
{
    yj_fail(err, YJ_E_INVALID, "this is no %s of a mail", field);
    return yj_error_at(err, "%s", field);
}

yj_status yj_mail_id(const char *notice_id, const char *domain, char ret[static YJ_MAIL_ID_MAX + 1],
                     yj_error *err)
{
    size_t n = strlen(notice_id);
    bool valid = n >= 1 && n <= 64;
    for (size_t i = 0; i < n && valid; i++)
        valid = notice_id[i] == '-' || is_one_of(notice_id[i], letters_digits);
    if (!valid)
        return wrong(err, "id");
    if (!yj_mail_domain_valid(yj_span_of(domain)) || n + 1 + strlen(domain) > YJ_MAIL_ID_MAX)
        return wrong(err, "domain");
    snprintf(ret, YJ_MAIL_ID_MAX + 1, "%s@%s", notice_id, domain);
    return YJ_OK;
}

/* --- headers ---------------------------------------------------------------------------------- */

/* Length of the longest beginning that ends between two characters and has at most `max` bytes. */
static size_t whole_characters(yj_span s, size_t max)
{
    return s.len <= max ? s.len : yj_utf8_prefix((yj_span){ s.ptr, max });
}

/* Encoded words, one a line, each of whole characters. @param column where the first one begins. Returns
 * the column where the last one ends. */
static size_t put_words(yj_buf *out, yj_span text, size_t column)
{
    while (text.len) {
        size_t room = LINE - column < WORD_MAX ? LINE - column : WORD_MAX;
        size_t n = whole_characters(text, (room - WORD_AROUND) / 4 * 3);
        size_t before = out->len;
        yj_buf_str(out, WORD_BEGIN);
        yj_buf_base64(out, text.ptr, n);
        yj_buf_str(out, WORD_END);
        column += out->len - before;
        text = (yj_span){ text.ptr + n, text.len - n };
        if (text.len) {
            yj_buf_str(out, "\r\n ");
            column = 1;
        }
    }
    return column;
}

/* Printable ASCII that nobody takes for an encoded word, no blank at either end. */
static bool stands_for_itself(yj_span s)
{
    if (!s.len || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ' || memmem(s.ptr, s.len, "=?", 2))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ' || s.ptr[i] > '~')
            return false;
    return true;
}

static void put_subject(yj_buf *out, const char *subject)
{
    static const char name[] = "Subject: ";
    yj_auto(yj_buf_done) yj_buf plain;
    yj_buf_init(&plain, YJ_MAIL_SUBJECT_MAX);
    yj_plain_add(&plain, yj_span_of(subject), YJ_PLAIN_LINE, YJ_MAIL_SUBJECT_MAX);
    if (yj_buf_status(&plain, NULL) != YJ_OK)
        out->failed = YJ_E_NOMEM;
    yj_buf_str(out, name);
    if (stands_for_itself(yj_buf_view(&plain)) && sizeof name - 1 + plain.len <= LINE)
        yj_buf_span(out, yj_buf_view(&plain));
    else
        put_words(out, yj_buf_view(&plain), sizeof name - 1);
    yj_buf_str(out, "\r\n");
}

/* "To: =?UTF-8?B?...?= <address>" */
static void put_person(yj_buf *out, const char *header, const char *name, const char *address)
{
    yj_auto(yj_buf_done) yj_buf plain;
    size_t column = strlen(header) + 2;
    yj_buf_init(&plain, YJ_MAIL_NAME_MAX);
    yj_plain_add(&plain, yj_span_of(name), YJ_PLAIN_LINE, YJ_MAIL_NAME_MAX);
    if (yj_buf_status(&plain, NULL) != YJ_OK)
        out->failed = YJ_E_NOMEM;
    yj_buf_fmt(out, "%s: ", header);
    if (plain.len) {
        column = put_words(out, yj_buf_view(&plain), column);
        bool fits = column + 3 + strlen(address) <= LINE;
        yj_buf_fmt(out, "%s <%s>\r\n", fits ? "" : "\r\n", address);
    } else {
        yj_buf_fmt(out, "%s\r\n", address);
    }
}

/* "Fri, 27 Nov 2026 09:40:39 +0000" */
static void put_date(yj_buf *out, int64_t ns)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char t[31];
    yj_time_format(ns, t);
    int month = (t[5] - '0') * 10 + t[6] - '0';
    yj_buf_fmt(out, "Date: %.3s, %.2s %.3s %.4s %.8s +0000\r\n",
               days + (ptrdiff_t)3 * (yj_date_weekday(t) - 1), t + 8, months + (ptrdiff_t)3 * (month - 1), t,
               t + 11);
}

/* --- the body --------------------------------------------------------------------------------- */

static void put_base64(yj_buf *out, yj_span text)
{
    while (text.len) {
        size_t n = text.len < LINE / 4 * 3 ? text.len : LINE / 4 * 3;
        yj_buf_base64(out, text.ptr, n);
        yj_buf_str(out, "\r\n");
        text = (yj_span){ text.ptr + n, text.len - n };
    }
}

/* One line of the text as quoted-printable. What relays are known to touch at the beginning of a line - a
 * dot, and "From " - is encoded too, and so is a blank at its end. */
static void put_quoted_line(yj_buf *out, yj_span line)
{
    size_t column = 0;
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        bool bare = c == ' ' ? i + 1 < line.len : c > ' ' && c <= '~' && c != '=';
        if (column + (bare ? 1 : 3) > LINE - 1) {
            yj_buf_str(out, "=\r\n");
            column = 0;
        }
        bare = bare && !(column == 0 && (c == '.' || c == 'F'));
        if (bare)
            yj_buf_char(out, (char)c);
        else
            yj_buf_fmt(out, "=%02X", c);
        column += bare ? 1 : 3;
    }
    yj_buf_str(out, "\r\n");
}

static void put_quoted(yj_buf *out, yj_span text)
{
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        put_quoted_line(out, (yj_span){ text.ptr, n });
        text = end ? (yj_span){ end + 1, text.len - n - 1 } : (yj_span){ NULL, 0 };
    }
}

/* Lines end with CRLF in what base64 holds, too: RFC 2046 4.1.1. */
static void put_crlf(yj_buf *out, yj_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            yj_buf_char(out, '\r');
        yj_buf_char(out, text.ptr[i]);
    }
}

static bool mostly_ascii(yj_span text)
{
    size_t others = 0;
    for (size_t i = 0; i < text.len; i++)
        others += (unsigned char)text.ptr[i] >= 0x80;
    return others * 6 <= text.len; /* where both forms are about as long */
}

static yj_status put_body(yj_buf *out, const char *body, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf plain, lines;
    yj_buf_init(&plain, YJ_MAIL_BODY_MAX);
    yj_buf_init(&lines, 2 * YJ_MAIL_BODY_MAX);
    yj_plain_add(&plain, yj_span_of(body), YJ_PLAIN_LINES, YJ_MAIL_BODY_MAX);
    bool quoted = mostly_ascii(yj_buf_view(&plain));
    yj_buf_fmt(out, "Content-Transfer-Encoding: %s\r\n\r\n", quoted ? "quoted-printable" : "base64");
    if (quoted) {
        put_quoted(out, yj_buf_view(&plain));
    } else {
        put_crlf(&lines, yj_buf_view(&plain));
        put_base64(out, yj_buf_view(&lines));
    }
    YJ_TRY(yj_buf_status(&plain, err));
    return yj_buf_status(&lines, err);
}

/* --- the mail --------------------------------------------------------------------------------- */

static yj_status check(const yj_mail *m, yj_error *err)
{
    if (!yj_mail_address_valid(yj_span_of(m->from)))
        return wrong(err, "from");
    if (!yj_mail_address_valid(yj_span_of(m->to)))
        return wrong(err, "to");
    if (!m->subject || !*m->subject)
        return wrong(err, "subject");
    if (!yj_mail_address_valid(yj_span_of(m->message_id)))
        return wrong(err, "message_id");
    return yj_mail_domain_valid(yj_span_of(m->list_id)) ? YJ_OK : wrong(err, "list_id");
}

yj_status yj_mail_write(const yj_mail *m, yj_buf *out, yj_error *err)
{
    YJ_TRY(check(m, err));
    put_date(out, m->date_ns);
    put_person(out, "From", m->from_name, m->from);
    put_person(out, "To", m->to_name, m->to);
    put_subject(out, m->subject);
    yj_buf_fmt(out, "Message-ID: <%s>\r\n", m->message_id);
    yj_buf_fmt(out, "List-Id: <%s>\r\n", m->list_id);
    yj_buf_str(out, "Auto-Submitted: auto-generated\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n");
    YJ_TRY(put_body(out, m->body, err));
    return yj_buf_status(out, err);
}
