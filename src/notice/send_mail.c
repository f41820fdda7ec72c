// SPDX-License-Identifier: Apache-2.0
/* A mail on its way to a relay. */
#include "notice/address.h"
#include "notice/mail_text.h"
#include "notice/send_internal.h"
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#define SAID_MAX 160 /* bytes of the relay's last line that are quoted */

typedef struct mailing {
    yj_try t; /* first */
    yj_span rest;
    bool transaction;        /* MAIL FROM has been sent: a 5xx is about this mail */
    bool farewell;           /* QUIT has been */
    char line[SAID_MAX * 2]; /* the relay's last one before it */
} mailing;

/* --- checks ----------------------------------------------------------------------------------- */

static yj_status wrong(yj_error *err, const char *field)
{
    yj_fail(err, YJ_E_INVALID, "this is no %s of a mail relay", field);
    return yj_error_at(err, "%s", field);
}

static bool without_control(const char *s, size_t max)
{
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return n <= max;
}

yj_status yj_smtp_check(const yj_smtp *s, yj_error *err)
{
    char address[300];
    bool user = s->user && *s->user, password = s->password && *s->password;
    int n = snprintf(address, sizeof address, "http://%s", s->host ? s->host : "");
    yj_span as_address = yj_span_of(address);
    if (!s->host || n >= (int)sizeof address || !yj_address_valid(as_address, false) ||
        strchr(s->host, '/') || (strchr(s->host, ':') && s->host[strlen(s->host) - 1] != ']'))
        return wrong(err, "host");
    if (s->port < 1 || s->port > 65535)
        return wrong(err, "port");
    if (!without_control(s->user, 254))
        return wrong(err, "user");
    if (!without_control(s->password, 254) || user != password)
        return wrong(err, "password");
    return yj_mail_domain_valid(yj_span_of(s->helo)) ? YJ_OK : wrong(err, "helo");
}

/* --- the conversation ------------------------------------------------------------------------- */

static size_t give_mail(char *to, size_t size, size_t count, void *ctx)
{
    mailing *m = ctx;
    size_t n = size * count < m->rest.len ? size * count : m->rest.len;
    if (n)
        memcpy(to, m->rest.ptr, n);
    m->rest = (yj_span){ m->rest.ptr + n, m->rest.len - n };
    return n;
}

/* What goes to and fro, of which only two things are kept: how far we are, and the relay's last line.
 * Sign-ins pass here too. */
static int listen_in(CURL *curl, curl_infotype type, char *bytes, size_t len, void *ctx)
{
    mailing *m = ctx;
    if (type == CURLINFO_HEADER_OUT) {
        m->transaction |= len >= 10 && strncasecmp(bytes, "MAIL FROM:", 10) == 0;
        m->farewell |= len >= 4 && strncasecmp(bytes, "QUIT", 4) == 0;
    }
    if (type != CURLINFO_HEADER_IN || m->farewell)
        return 0;
    m->t.said += len;
    snprintf(m->line, sizeof m->line, "%.*s", (int)(len < sizeof m->line ? len : sizeof m->line - 1), bytes);
    return 0;
}

static size_t take_nothing(char *bytes, size_t size, size_t count, void *ctx)
{
    return size * count;
}

static yj_status set_mail(mailing *m, const yj_smtp *s, const char *from, const char *to, yj_error *err)
{
    CURL *c = m->t.curl;
    char url[600];
    snprintf(url, sizeof url, "%s://%s:%d/%s", s->security == YJ_SMTP_TLS ? "smtps" : "smtp", s->host,
             s->port, s->helo);
    m->t.list = curl_slist_append(NULL, to);
    bool ok = m->t.list != NULL;
#define SET(option, value) ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_URL, url);
    SET(CURLOPT_USE_SSL, (long)(s->security == YJ_SMTP_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (s->user && *s->user) {
        SET(CURLOPT_USERNAME, s->user);
        SET(CURLOPT_PASSWORD, s->password);
    }
    SET(CURLOPT_MAIL_FROM, from);
    SET(CURLOPT_MAIL_RCPT, m->t.list);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->rest.len);
    SET(CURLOPT_READFUNCTION, give_mail);
    SET(CURLOPT_READDATA, (void *)m);
    SET(CURLOPT_WRITEFUNCTION, take_nothing);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_DEBUGFUNCTION, listen_in);
    SET(CURLOPT_DEBUGDATA, (void *)m);
#undef SET
    return ok ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* Codes of 5xx that are about the sign-in and not about the mail: RFC 4954. */
static bool about_sign_in(long code)
{
    return code == 530 || code == 534 || code == 535 || code == 538;
}

static void explain(mailing *m, const yj_smtp *s, CURLcode code, yj_outcome *ret)
{
    char where[YJ_ORIGIN_MAX + 1];
    long reply = 0;
    curl_easy_getinfo(m->t.curl, CURLINFO_RESPONSE_CODE, &reply);
    snprintf(where, sizeof where, "%.250s:%d", s->host, s->port);
    bool of_relay = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                    code == CURLE_RECV_ERROR || code == CURLE_REMOTE_ACCESS_DENIED ||
                    code == CURLE_UPLOAD_FAILED || code == CURLE_LOGIN_DENIED;
    if (!of_relay || reply < 400 || reply > 599) {
        yj_try_failed(&m->t, code, where, ret);
        return;
    }
    char *said = m->line + (strlen(m->line) > 4 ? 4 : strlen(m->line)); /* behind "550 " */
    said[strcspn(said, "\r\n")] = '\0';
    yj_address_mask(said, s->password);
    if (strlen(said) > SAID_MAX)
        said[SAID_MAX] = '\0';
    yj_text_tidy(said);
    yj_fail(&ret->why, YJ_E_IO, "%s says %ld %s", where, reply, said);
    ret->is = reply >= 500 && m->transaction && !about_sign_in(reply) ? YJ_SENT_REFUSED : YJ_SENT_LATER;
}

static void talk(mailing *m, const yj_smtp *s, yj_outcome *ret)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = curl_easy_perform(m->t.curl);
    if (code == CURLE_OK)
        ret->is = YJ_SENT_ACCEPTED;
    else
        explain(m, s, code, ret);
    /* QUIT is said and not waited for: until the caller has written down that the mail was accepted, a crash
     * would send it again. */
    if (curl_easy_getinfo(m->t.curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
        (void)shutdown(fd, SHUT_RD);
}

void yj_send_mail(const yj_smtp *s, const yj_send_options *o, const char *from, const char *to, yj_span mail,
                  yj_outcome *ret)
{
    mailing m = { .t = { .said_max = YJ_SMTP_ANSWERS_MAX }, .rest = mail };
    *ret = (yj_outcome){ .is = YJ_SENT_REFUSED };
    if (!yj_mail_address_valid(yj_span_of(from))) {
        yj_fail(&ret->why, YJ_E_INVALID, "this is no %s of a mail", "from");
        return;
    }
    if (!yj_mail_address_valid(yj_span_of(to))) {
        yj_fail(&ret->why, YJ_E_INVALID, "this is no %s of a mail", "to");
        return;
    }
    if (mail.len > YJ_MAIL_BYTES_MAX) {
        yj_fail(&ret->why, YJ_E_LIMIT, "a mail is longer than %zu bytes", YJ_MAIL_BYTES_MAX);
        return;
    }
    ret->is = YJ_SENT_LATER;
    if (yj_smtp_check(s, &ret->why) == YJ_OK && yj_try_begin(&m.t, o, YJ_SEND_MAIL_MS, &ret->why) == YJ_OK &&
        set_mail(&m, s, from, to, &ret->why) == YJ_OK)
        talk(&m, s, ret);
    yj_try_end(&m.t);
}
