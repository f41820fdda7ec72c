// SPDX-License-Identifier: Apache-2.0
/* Against a real relay and a real server (peer.py), on loopback: with and without TLS and sign-in, and all
 * the ways in which they may not want what they are given. */
#include "test.h"

#include "base/hash.h"
#include "base/json.h"
#include "notice/mail_text.h"
#include "notice/send.h"
#include "peer.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRET "SECabcdef0123456789abcdef0123456789"
#define PASSWORD "hunter22-and-more"
#define SECOND INT64_C(1000000000)

static const char *const plain_args[] = { NULL };
static const char *const auth_args[] = { "--auth", "yunjian", PASSWORD, NULL };
static const char *const tls_args[] = { "--tls", "CERT", "KEY", "--auth", "yunjian", PASSWORD, NULL };
static const char *const starttls_args[] = {
    "--starttls", "CERT", "KEY", "--auth", "yunjian", PASSWORD, NULL
};

static int64_t now(void)
{
    return yj_clock_system().now_ns(NULL);
}

static yj_smtp relay_of(const peer *p, yj_smtp_security security)
{
    return (yj_smtp){
        .host = "127.0.0.1", .port = p->port, .security = security, .helo = "yunjian.broker.example"
    };
}

static void write_mail(yj_buf *mail, const char *to, const char *body)
{
    yj_error err = { 0 };
    yj_mail m = { .from = "yunjian@broker.example",
                  .from_name = "云鉴",
                  .to = to,
                  .to_name = "李雷",
                  .subject = "合同“云主机”的年度评审已逾期，请在 2026-12-31 之前处理；本通知由系统自动发送",
                  .body = body,
                  .message_id = "0199f3c1-1@broker.example",
                  .list_id = "notices.broker.example",
                  .date_ns = INT64_C(1795772439) * SECOND };
    yj_buf_init(mail, YJ_MAIL_BYTES_MAX);
    assert_status(yj_mail_write(&m, mail, &err), YJ_OK);
}

static void send_to(const yj_smtp *s, const yj_send_options *o, const char *to, yj_outcome *ret)
{
    yj_auto(yj_buf_done) yj_buf mail;
    write_mail(&mail, to, "您好：\n.\n..两点\nFrom here\n");
    yj_send_mail(s, o, "yunjian@broker.example", to, yj_buf_view(&mail), ret);
}

static void assert_said(const yj_outcome *o, yj_sent want, const char *words)
{
    if (o->is != want || (words && !strstr(o->why.msg, words)))
        fail_msg("%d \"%s\"", o->is, o->why.msg);
    assert_int_equal(o->why.msg[0] != '\0', want != YJ_SENT_ACCEPTED);
    assert_int_equal(o->why.msg_zh[0] != '\0', want != YJ_SENT_ACCEPTED);
    assert_null(strstr(o->why.msg, PASSWORD));
    assert_null(strstr(o->why.msg, SECRET));
}

static const char *str(const json_t *v, const char *name)
{
    const char *s = json_string_value(json_object_get(v, name));
    assert_non_null(s);
    return s;
}

/* --- mail ------------------------------------------------------------------------------------- */

/* Python's email package reads what we wrote, after it went through SMTP. */
static void mail__arrives_as_it_was_written(void **state)
{
    (void)state;
    peer p;
    yj_outcome o;
    yj_send_options opt = { 0 };
    peer_start(&p, "smtp", plain_args);
    yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
    send_to(&s, &opt, "li.lei@broker.example", &o);
    assert_said(&o, YJ_SENT_ACCEPTED, NULL);
    assert_int_equal(peer_count(&p), 1);
    yj_auto(yj_json_freep) json_t *v = peer_kept(&p, 0);
    assert_string_equal(str(v, "from"), "yunjian@broker.example");
    assert_string_equal(str(v, "helo"), "yunjian.broker.example");
    assert_string_equal(json_string_value(json_array_get(json_object_get(v, "to"), 0)),
                        "li.lei@broker.example");
    assert_string_equal(str(v, "subject"),
                        "合同“云主机”的年度评审已逾期，请在 2026-12-31 之前处理；本通知由系统自动发送");
    assert_string_equal(str(v, "from_header"), "云鉴 <yunjian@broker.example>");
    assert_string_equal(str(v, "to_header"), "李雷 <li.lei@broker.example>");
    assert_string_equal(str(v, "id"), "<0199f3c1-1@broker.example>");
    assert_string_equal(str(v, "auto"), "auto-generated");
    assert_string_equal(str(v, "list"), "<notices.broker.example>");
    assert_string_equal(str(v, "type"), "text/plain");
    assert_string_equal(str(v, "text"), "您好：\n.\n..两点\nFrom here\n");
    assert_int_equal((int64_t)json_number_value(json_object_get(v, "date")), 1795772439);
    assert_int_equal(json_array_size(json_object_get(v, "defects")), 0);
    assert_false(json_is_true(json_object_get(v, "auth")));
    assert_false(json_is_true(json_object_get(v, "tls")));
    peer_stop(&p);
}

/* A body whose every line begins with a dot, near the limit: not a byte more or less on the other side. */
static void mail__of_many_dots_arrives_byte_for_byte(void **state)
{
    (void)state;
    peer p;
    yj_outcome o;
    yj_send_options opt = { 0 };
    yj_auto(yj_buf_done) yj_buf mail, raw;
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    write_mail(&mail, "a@b.example", "x");
    yj_buf_init(&raw, YJ_MAIL_BYTES_MAX);
    yj_buf_span(&raw, yj_buf_view(&mail));
    while (raw.len < YJ_MAIL_BYTES_MAX - 20)
        yj_buf_str(&raw, raw.len % 3 ? ".\r\n" : "..a.\r\n");
    peer_start(&p, "smtp", plain_args);
    yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
    yj_send_mail(&s, &opt, "yunjian@broker.example", "a@b.example", yj_buf_view(&raw), &o);
    assert_said(&o, YJ_SENT_ACCEPTED, NULL);
    yj_auto(yj_json_freep) json_t *v = peer_kept(&p, 0);
    yj_hash(YJ_HASH_SHA256, raw.ptr, raw.len, &d);
    yj_digest_hex(&d, hex);
    assert_int_equal(json_integer_value(json_object_get(v, "size")), raw.len);
    assert_string_equal(str(v, "sha256"), hex);
    raw.len = YJ_MAIL_BYTES_MAX;
    yj_send_mail(&s, &opt, "yunjian@broker.example", "a@b.example",
                 (yj_span){ raw.ptr, YJ_MAIL_BYTES_MAX + 1 }, &o);
    assert_said(&o, YJ_SENT_REFUSED, "longer than");
    assert_int_equal(peer_count(&p), 1);
    peer_stop(&p);
}

static void mail__is_signed_in_and_encrypted_as_it_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *const *args;
        yj_smtp_security security;
        bool password, tls;
    } rows[] = {
        { auth_args, YJ_SMTP_PLAIN, true, false },
        { tls_args, YJ_SMTP_TLS, true, true },
        { starttls_args, YJ_SMTP_STARTTLS, true, true },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        peer p;
        yj_outcome o;
        yj_send_options opt = { .ca_file = peer_ca_file() };
        peer_start(&p, "smtp", rows[i].args);
        yj_smtp s = relay_of(&p, rows[i].security);
        s.host = "localhost";
        s.user = "yunjian";
        s.password = PASSWORD;
        send_to(&s, &opt, "a@b.example", &o);
        assert_said(&o, YJ_SENT_ACCEPTED, NULL);
        yj_auto(yj_json_freep) json_t *v = peer_kept(&p, 0);
        assert_int_equal(json_is_true(json_object_get(v, "auth")), true);
        assert_int_equal(json_is_true(json_object_get(v, "tls")), rows[i].tls);
        /* somebody may mend a password: later, and no word of it */
        s.password = "hunter22-and-less";
        send_to(&s, &opt, "a@b.example", &o);
        assert_said(&o, YJ_SENT_LATER, NULL);
        assert_null(strstr(o.why.msg, "hunter22"));
        s.user = s.password = NULL;
        send_to(&s, &opt, "a@b.example", &o);
        assert_said(&o, YJ_SENT_LATER, "530");
        assert_int_equal(peer_count(&p), 1);
        peer_stop(&p);
    }
}

static void mail__never_goes_where_nobody_vouches_for_the_relay(void **state)
{
    (void)state;
    static const struct {
        const char *const *args;
        yj_smtp_security security;
        bool trusted;
        const char *words;
    } rows[] = {
        { tls_args, YJ_SMTP_TLS, false, "certificate is not trusted" },
        { starttls_args, YJ_SMTP_STARTTLS, false, "certificate is not trusted" },
        { plain_args, YJ_SMTP_STARTTLS, true, "offers no TLS" },
        { plain_args, YJ_SMTP_TLS, true, "no TLS connection" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        peer p;
        yj_outcome o;
        yj_send_options opt = { .ca_file = rows[i].trusted ? peer_ca_file() : NULL };
        peer_start(&p, "smtp", rows[i].args);
        yj_smtp s = relay_of(&p, rows[i].security);
        s.user = "yunjian";
        s.password = PASSWORD;
        send_to(&s, &opt, "a@b.example", &o);
        assert_said(&o, YJ_SENT_LATER, rows[i].words);
        assert_int_equal(peer_count(&p), 0);
        peer_stop(&p);
    }
}

static void mail__that_is_refused_is_told_from_mail_that_has_to_wait(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        yj_sent want;
        const char *words;
        size_t kept;
    } rows[] = {
        { "later@x.example", YJ_SENT_LATER, "says 451 4.7.1 try again later", 0 },
        { "never@x.example", YJ_SENT_REFUSED, "says 550 5.1.1 no such mailbox", 0 },
        { "rejected-for-sign-in@x.example", YJ_SENT_LATER, "says 530", 0 },
        { "data-later@x.example", YJ_SENT_LATER, "says 452 4.3.1 no room", 0 },
        { "data-never@x.example", YJ_SENT_REFUSED, "says 554 5.7.1 not this mail", 0 },
        { "wordy@x.example", YJ_SENT_LATER, "127.0.0.1", 0 },
        { "hang@x.example", YJ_SENT_LATER, "did not answer in time", 0 },
        { "drop@x.example", YJ_SENT_LATER, "127.0.0.1", 1 }, /* it has it, but who could know? */
        { "a@x.example\r\nRCPT TO:<b@x.example>", YJ_SENT_REFUSED, "no to of a mail", 0 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        peer p;
        yj_outcome o;
        yj_send_options opt = { .total_ms = strncmp(rows[i].to, "hang", 4) == 0 ? 1500 : 0 };
        yj_auto(yj_buf_done) yj_buf mail;
        peer_start(&p, "smtp", plain_args);
        yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
        write_mail(&mail, "a@b.example", "x");
        yj_send_mail(&s, &opt, "yunjian@broker.example", rows[i].to, yj_buf_view(&mail), &o);
        assert_said(&o, rows[i].want, rows[i].words);
        assert_int_equal(peer_count(&p), rows[i].kept);
        peer_stop(&p);
    }
}

/* What a relay says before it knows of our mail is not about it. */
static void mail__waits_if_the_relay_wants_nobody(void **state)
{
    (void)state;
    static const char *const codes[] = { "554", "421", "220" };
    for (size_t i = 0; i < YJ_COUNT(codes); i++) {
        peer p;
        yj_outcome o;
        const char *const args[] = { "--greet", codes[i], NULL };
        yj_send_options opt = { 0 };
        peer_start(&p, "smtp", args);
        yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
        send_to(&s, &opt, "a@b.example", &o);
        assert_said(&o, YJ_SENT_LATER, "127.0.0.1");
        peer_stop(&p);
    }
}

/* Until acceptance is written down a crash would send it twice: the farewell must not be waited for. */
static void mail__is_accepted_before_the_farewell(void **state)
{
    (void)state;
    peer p;
    yj_outcome o;
    yj_send_options opt = { 0 };
    for (int tls = 0; tls < 2; tls++) {
        peer_start(&p, "smtp", tls ? tls_args : plain_args);
        opt.ca_file = peer_ca_file();
        yj_smtp s = relay_of(&p, tls ? YJ_SMTP_TLS : YJ_SMTP_PLAIN);
        s.user = tls ? "yunjian" : NULL;
        s.password = tls ? PASSWORD : NULL;
        int64_t before = yj_monotonic_ns();
        send_to(&s, &opt, "quit@x.example", &o);
        assert_said(&o, YJ_SENT_ACCEPTED, NULL);
        assert_true(yj_monotonic_ns() - before < 4 * SECOND);
        assert_int_equal(peer_count(&p), 1);
        peer_stop(&p);
    }
}

static void mail__waits_if_there_is_no_relay(void **state)
{
    (void)state;
    peer p;
    yj_outcome o;
    yj_send_options opt = { .connect_ms = 3000 };
    peer_start(&p, "smtp", plain_args);
    yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
    peer_stop(&p);
    send_to(&s, &opt, "a@b.example", &o);
    assert_said(&o, YJ_SENT_LATER, "cannot be reached");
    s.host = "no-such-host.invalid";
    send_to(&s, &opt, "a@b.example", &o);
    assert_said(&o, YJ_SENT_LATER, "no such host");
    s.host = "169.254.169.254";
    send_to(&s, &opt, "a@b.example", &o);
    assert_said(&o, YJ_SENT_LATER, "cannot be reached");
}

static void smtp_check__takes_descriptions_of_relays(void **state)
{
    (void)state;
    static const struct {
        yj_smtp s;
        const char *field;
    } rows[] = {
        { { "relay.example", 25, YJ_SMTP_PLAIN, NULL, NULL, "h.example" }, NULL },
        { { "[::1]", 587, YJ_SMTP_STARTTLS, "u@x", "p w:/@", "h.example" }, NULL },
        { { "10.0.0.1", 465, YJ_SMTP_TLS, "", "", "h" }, NULL },
        { { "relay.example/x", 25, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "host" },
        { { "relay.example:26", 25, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "host" },
        { { "u:p@relay.example", 25, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "host" },
        { { "", 25, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "host" },
        { { NULL, 25, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "host" },
        { { "relay.example", 0, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "port" },
        { { "relay.example", 65536, YJ_SMTP_PLAIN, NULL, NULL, "h" }, "port" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, "u\r\n", "p", "h" }, "user" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, "u", "p\n", "h" }, "password" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, "u", NULL, "h" }, "password" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, NULL, "p", "h" }, "password" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, NULL, NULL, "h\r\nMAIL" }, "helo" },
        { { "relay.example", 25, YJ_SMTP_PLAIN, NULL, NULL, NULL }, "helo" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err = { 0 };
        assert_status(yj_smtp_check(&rows[i].s, &err), rows[i].field ? YJ_E_INVALID : YJ_OK);
        if (rows[i].field)
            assert_string_equal(err.field, rows[i].field);
    }
}

/* --- stopping --------------------------------------------------------------------------------- */

static void *stop_soon(void *flag)
{
    usleep(300000);
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static void tries__end_soon_when_the_server_stops(void **state)
{
    (void)state;
    peer p;
    yj_outcome o;
    atomic_bool stop = false;
    pthread_t thread;
    yj_send_options opt = { .stop = &stop };
    peer_start(&p, "smtp", plain_args);
    yj_smtp s = relay_of(&p, YJ_SMTP_PLAIN);
    int64_t before = yj_monotonic_ns();
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
    send_to(&s, &opt, "hang@x.example", &o);
    pthread_join(thread, NULL);
    assert_said(&o, YJ_SENT_LATER, "stopped");
    assert_true(yj_monotonic_ns() - before < 5 * SECOND);
    peer_stop(&p);
}

/* --- robots and webhooks ---------------------------------------------------------------------- */

static const yj_saying plain_saying = { .id = "0199f3c1-0000-7000-8000-000000000001",
                                        .title = "一项义务已逾期",
                                        .text = "合同“云主机”的年度评审",
                                        .link = "https://yunjian.example/p/due",
                                        .label = "查看",
                                        .grade = 1,
                                        .time_ns = INT64_C(1795772439) * SECOND };

/* The peer works each signature out by itself. */
static void robots__accept_what_is_signed_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        yj_robot_kind kind;
        const char *key, *secret;
        yj_sent want;
        const char *words;
    } rows[] = {
        { YJ_ROBOT_WECOM, "wecom-key-0001", NULL, YJ_SENT_ACCEPTED, NULL },
        { YJ_ROBOT_WECOM, "wecom-key-0002", NULL, YJ_SENT_REFUSED,
          "93000 invalid webhook url /cgi-bin/webhook/send?key=**************" },
        { YJ_ROBOT_DINGTALK, "token0001", SECRET, YJ_SENT_ACCEPTED, NULL },
        { YJ_ROBOT_DINGTALK, "token0001", "another-secret", YJ_SENT_REFUSED, "310000 sign not match" },
        { YJ_ROBOT_FEISHU, "hook-0001", SECRET, YJ_SENT_ACCEPTED, NULL },
        { YJ_ROBOT_FEISHU, "hook-0001", "another", YJ_SENT_REFUSED, "19021 sign match fail" },
    };
    for (int tls = 0; tls < 2; tls++) {
        peer p;
        char base[64];
        peer_start(&p, "http", tls ? tls_args : plain_args);
        snprintf(base, sizeof base, "%s://localhost:%d", tls ? "https" : "http", p.port);
        for (size_t i = 0; i < YJ_COUNT(rows); i++) {
            yj_outcome o;
            yj_send_options opt = { .ca_file = peer_ca_file() };
            yj_robot r = { .kind = rows[i].kind, .base = base, .key = rows[i].key, .secret = rows[i].secret };
            yj_send_robot(&r, &opt, &plain_saying, now(), &o);
            if (rows[i].secret && strcmp(rows[i].secret, SECRET) != 0)
                assert_non_null(
                    strstr(o.why.msg, rows[i].words)); /* the peer tells its own secret, not ours */
            else
                assert_said(&o, rows[i].want, rows[i].words);
            assert_int_equal(o.is, rows[i].want);
            assert_int_equal(peer_count(&p), i + 1);
        }
        peer_stop(&p);
    }
}

static void webhooks__say_what_they_want_by_their_status(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        yj_sent want;
        int64_t wait_s;
        const char *words;
        size_t posts;
    } rows[] = {
        { "/webhook", YJ_SENT_ACCEPTED, 0, NULL, 1 },
        { "/status/200", YJ_SENT_ACCEPTED, 0, NULL, 1 },
        { "/status/503?wait=120", YJ_SENT_LATER, 120, "the answer is 503", 1 },
        { "/status/429?wait=7", YJ_SENT_LATER, 7, "the answer is 429", 1 },
        { "/status/500", YJ_SENT_LATER, 0, "the answer is 500", 1 },
        { "/status/404", YJ_SENT_REFUSED, 0, "the answer is 404", 1 },
        { "/redirect", YJ_SENT_REFUSED, 0, "points elsewhere", 1 },
        { "/big", YJ_SENT_ACCEPTED, 0, NULL, 1 },
        { "/headers", YJ_SENT_LATER, 0, "does not stop talking", 1 },
        { "/hang?key=hidden-in-the-query", YJ_SENT_LATER, 0, "did not answer in time", 1 },
    };
    peer p;
    peer_start(&p, "http", plain_args);
    size_t posts = 0;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_outcome o;
        char base[128];
        yj_send_options opt = { .total_ms = strncmp(rows[i].path, "/hang", 5) == 0 ? 1500 : 0 };
        snprintf(base, sizeof base, "http://127.0.0.1:%d%s", p.port, rows[i].path);
        yj_robot r = { .kind = YJ_ROBOT_WEBHOOK, .base = base, .secret = SECRET };
        yj_send_robot(&r, &opt, &plain_saying, now(), &o);
        assert_said(&o, rows[i].want, rows[i].words);
        assert_null(strstr(o.why.msg, "hidden"));
        assert_null(strstr(o.why.msg, rows[i].path));
        assert_int_equal(o.wait_s, rows[i].wait_s);
        posts += rows[i].posts;
        assert_int_equal(peer_count(&p), posts);
    }
    peer_stop(&p);
}

static void webhooks__carry_one_key_however_often_they_are_tried(void **state)
{
    (void)state;
    peer p;
    char base[128];
    yj_outcome o;
    yj_send_options opt = { 0 };
    peer_start(&p, "http", plain_args);
    snprintf(base, sizeof base, "http://127.0.0.1:%d/webhook", p.port);
    yj_robot r = { .kind = YJ_ROBOT_WEBHOOK, .base = base, .secret = SECRET };
    for (int i = 0; i < 2; i++) {
        yj_send_robot(&r, &opt, &plain_saying, now() + i * SECOND, &o);
        assert_said(&o, YJ_SENT_ACCEPTED, NULL);
    }
    yj_auto(yj_json_freep) json_t *a = peer_kept(&p, 0);
    yj_auto(yj_json_freep) json_t *b = peer_kept(&p, 1);
    const json_t *ha = json_object_get(a, "headers"), *hb = json_object_get(b, "headers");
    assert_string_equal(str(a, "body"), str(b, "body"));
    assert_string_equal(str(ha, "idempotency-key"), plain_saying.id);
    assert_string_equal(str(hb, "idempotency-key"), plain_saying.id);
    assert_string_not_equal(str(ha, "x-yunjian-signature"), str(hb, "x-yunjian-signature"));
    assert_string_equal(str(ha, "content-type"), "application/json; charset=utf-8");
    assert_null(json_object_get(ha, "expect"));
    peer_stop(&p);
}

static void posts__go_nowhere_without_trust_or_a_server(void **state)
{
    (void)state;
    peer p;
    char base[64];
    yj_outcome o;
    yj_send_options opt = { .connect_ms = 3000 };
    peer_start(&p, "http", tls_args);
    snprintf(base, sizeof base, "https://localhost:%d", p.port);
    yj_robot r = { .kind = YJ_ROBOT_WECOM, .base = base, .key = "wecom-key-0001" };
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_LATER, "certificate is not trusted");
    assert_null(strstr(o.why.msg, "wecom-key"));
    assert_int_equal(peer_count(&p), 0);
    opt.ca_file = "/nonexistent/ca.pem";
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_LATER, "certificate authorities");
    opt.ca_file = NULL;
    peer_stop(&p);
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_LATER, "cannot be reached");
    r.base = "http://169.254.169.254";
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_LATER, "cannot be reached");
    r.base = "file:///etc";
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_REFUSED, "no base of a robot");
}

/* The environment's proxies are not asked; a proxy that is set is. */
static void posts__use_the_proxy_that_is_set_and_no_other(void **state)
{
    (void)state;
    peer p;
    char base[64], proxy[64];
    yj_outcome o;
    peer_start(&p, "http", plain_args);
    snprintf(base, sizeof base, "http://127.0.0.1:%d/webhook", p.port);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", p.port);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    yj_robot r = { .kind = YJ_ROBOT_WEBHOOK, .base = base, .secret = SECRET };
    yj_send_options opt = { 0 };
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    assert_said(&o, YJ_SENT_ACCEPTED, NULL);
    unsetenv("http_proxy");
    opt.proxy = proxy;
    r.base = "http://elsewhere.invalid/status/200";
    yj_send_robot(&r, &opt, &plain_saying, now(), &o);
    yj_auto(yj_json_freep) json_t *v = peer_kept(&p, 1);
    assert_string_equal(str(v, "path"), "http://elsewhere.invalid/status/200");
    peer_stop(&p);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail__arrives_as_it_was_written),
        cmocka_unit_test(mail__of_many_dots_arrives_byte_for_byte),
        cmocka_unit_test(mail__is_signed_in_and_encrypted_as_it_is_asked_for),
        cmocka_unit_test(mail__never_goes_where_nobody_vouches_for_the_relay),
        cmocka_unit_test(mail__that_is_refused_is_told_from_mail_that_has_to_wait),
        cmocka_unit_test(mail__waits_if_the_relay_wants_nobody),
        cmocka_unit_test(mail__is_accepted_before_the_farewell),
        cmocka_unit_test(mail__waits_if_there_is_no_relay),
        cmocka_unit_test(smtp_check__takes_descriptions_of_relays),
        cmocka_unit_test(tries__end_soon_when_the_server_stops),
        cmocka_unit_test(robots__accept_what_is_signed_and_nothing_else),
        cmocka_unit_test(webhooks__say_what_they_want_by_their_status),
        cmocka_unit_test(webhooks__carry_one_key_however_often_they_are_tried),
        cmocka_unit_test(posts__go_nowhere_without_trust_or_a_server),
        cmocka_unit_test(posts__use_the_proxy_that_is_set_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
