// SPDX-License-Identifier: Apache-2.0
/* The post of a server, with a real relay and a real receiver of webhooks: what happens in a ledger arrives;
 * what is down holds up nothing else, waits as a whole, and is made up for. On both stores. */
#include "engine_test.h"

#include "base/json.h"
#include "notice/outbox.h"
#include "notice/post.h"
#include "notice/preference.h"
#include "peer.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_BYTES (YJ_UUID_LEN + 1)
#define SECRET "a-secret-of-the-webhook"

static const char *const plain_args[] = { NULL };

typedef struct putting {
    const yj_seal *seal;
    int64_t inst;
    const json_t *o;
    char id[ID_BYTES];
} putting;

static yj_status run_put(yj_db *db, void *ctx, yj_error *err)
{
    putting *p = ctx;
    return yj_channel_put(db, p->seal, p->inst, p->o, yj_clock_system().now_ns(NULL), p->id, err);
}

static void put_channel(bench *b, yj_post_office *p, int64_t inst, json_t *o, char id[static ID_BYTES])
{
    yj_error err = { 0 };
    putting x = { .seal = yj_post_seal(p), .inst = inst, .o = o };
    snprintf(x.id, sizeof x.id, "%s", id);
    yj_ok(yj_engine_write(b->e, run_put, &x, &err));
    snprintf(id, ID_BYTES, "%s", x.id);
    json_decref(o);
}

static json_t *relay(int port)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "kind", "mail", "name", "Relay", "host",
                     "127.0.0.1", "port", port, "security", "none", "from", "yunjian@bank.example", "page",
                     "http://yunjian.bank.example");
}

static json_t *hook(int port)
{
    char base[64];
    snprintf(base, sizeof base, "http://127.0.0.1:%d/status/200", port);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s, s]}", "kind", "webhook", "name", "Hook", "base", base,
                     "page", "http://yunjian.bank.example", "secret", SECRET, "news", "worse", "better");
}

static yj_status want_once(yj_db *db, void *ctx, yj_error *err)
{
    yj_preference p = { .mail = true, .pace = YJ_PACE_ONCE, .weekday = 1, .lang = YJ_LANG_EN };
    return yj_preference_keep(db, 1, ctx, &p, err);
}

/* Sooner or later. */
static void wait_number(bench *b, const char *sql, int64_t want)
{
    for (int i = 0; i < 6000; i++) {
        if (bench_number(b, sql) == want)
            return;
        (void)poll(NULL, 0, 10);
    }
    fail_msg("%s: never %lld", sql, (long long)want);
}

static void wait_mails(const peer *p, size_t want)
{
    for (int i = 0; i < 6000 && peer_count(p) < want; i++)
        (void)poll(NULL, 0, 10);
    assert_int_equal(peer_count(p), want);
}

typedef struct late {
    const char *person, *channel, *content;
} late;

static yj_status decide_late(yj_db *db, void *ctx, yj_error *err)
{
    const late *x = ctx;
    bool is_new = false;
    return yj_outbox_decide(db,
                            &(yj_delivery_order){ .inst = 1,
                                                  .person = x->person,
                                                  .cause = "late",
                                                  .channel = x->channel,
                                                  .record = "",
                                                  .content = x->content,
                                                  .domain = "bank.example",
                                                  .now_ns = yj_clock_system().now_ns(NULL) },
                            &is_new, err);
}

/* What was decided while somebody was still one of the institution does not leave once he is none. */
static void nothing_leaves_for_who_is_gone(bench *b, const char *it, const char *mail_id, const peer *smtp)
{
    yj_error err = { 0 };
    char json[200], channel[60], content[80];
    const size_t before = peer_count(smtp);
    snprintf(json, sizeof json,
             "{\"person\":\"%s\",\"standing\":\"staff\",\"since\":\"2025-01-01\",\"until\":\"2025-12-31\"}",
             it);
    (void)bench_put(b, "membership", json);
    char *notice = bench_rows(b, "SELECT min(id) FROM notice");
    snprintf(content, sizeof content, "{\"notices\":[\"%.36s\"]}", notice);
    free(notice);
    snprintf(channel, sizeof channel, "mail/%s", mail_id);
    late x = { it, channel, content };
    yj_ok(yj_engine_write(b->e, decide_late, &x, &err));
    wait_number(
        b,
        "SELECT count(*) FROM delivery WHERE cause = 'late' AND state = 'refused' AND error_en LIKE '%cannot "
        "sign in any more%'",
        1);
    assert_int_equal(peer_count(smtp), before);
}

static void what_happens__arrives(void **state)
{
    bench b;
    yj_error err = { 0 };
    peer smtp, http;
    yj_post_office *post = NULL;
    char it[ID_BYTES], head[ID_BYTES], id[ID_BYTES], mail_id[ID_BYTES] = "", hook_id[ID_BYTES] = "",
                                                     json[200];
    bench_open(&b, state);
    snprintf(
        it, sizeof it, "%s",
        bench_put(&b, "person",
                  "{\"number\":\"1\",\"name\":\"Li\",\"email\":\"li@bank.example\",\"roles\":[\"it\"]}"));
    snprintf(head, sizeof head, "%s",
             bench_put(&b, "person", "{\"number\":\"2\",\"name\":\"Han\",\"roles\":[\"head_of_it\"]}"));
    yj_ok(yj_engine_write(b.e, want_once, it, &err));
    peer_start(&smtp, "smtp", plain_args);
    peer_start(&http, "http", plain_args);
    int port = http.port;
    peer_stop(&http); /* nobody listens there now */
    yj_ok(yj_post_start(b.e, &(yj_post_options){ .look_ms = 20 }, &post, &err));
    put_channel(&b, post, 0, relay(smtp.port), mail_id);
    put_channel(&b, post, b.inst.inst, hook(port), hook_id);
    snprintf(json, sizeof json,
             "{\"code\":\"A\",\"title\":\"Payments\",\"model\":\"near\",\"level\":3,\"owner\":\"%s\"}", it);
    snprintf(id, sizeof id, "%s", bench_put(&b, "service", json));
    wait_mails(&smtp, 1);
    json_t *kept = peer_kept(&smtp, 0);
    char *text = json_dumps(kept, 0);
    assert_non_null(strstr(text, "li@bank.example"));
    assert_non_null(strstr(text, "Payments"));
    assert_non_null(strstr(text, "http://yunjian.bank.example/p/records/service/"));
    free(text);
    json_decref(kept);
    /* the one that is down is paused, with all that waits for it; the other goes on */
    wait_number(&b, "SELECT count(*) FROM verdict WHERE status = 2", 1);
    bench_change(&b, "service", id, "{\"level\":1}");
    wait_mails(&smtp, 2);
    wait_number(&b, "SELECT count(*) FROM notice_channel WHERE failures > 0 AND paused > 0 AND error <> ''",
                1);
    bench_change(&b, "service", id, "{\"level\":4}");
    wait_mails(&smtp, 3);
    wait_number(
        &b, "SELECT count(*) FROM delivery WHERE channel LIKE 'robot/%' AND ended = 0 AND worker = ''", 2);
    /* it comes back somewhere else: what waited comes at once */
    peer_start(&http, "http", plain_args);
    put_channel(&b, post, b.inst.inst, hook(http.port), hook_id);
    wait_number(&b, "SELECT count(*) FROM delivery WHERE channel LIKE 'robot/%' AND state = 'sent'", 2);
    assert_int_equal(peer_count(&http), 2);
    for (size_t i = 0; i < 2; i++) {
        kept = peer_kept(&http, i);
        text = json_dumps(kept, JSON_ENSURE_ASCII);
        assert_null(strstr(text, "Payments")); /* groups are told nothing of records */
        assert_non_null(strstr(text, "Level enough"));
        free(text);
        json_decref(kept);
    }
    nothing_leaves_for_who_is_gone(&b, it, mail_id, &smtp);
    /* a test says what came of it */
    yj_outcome o;
    yj_ok(yj_post_test(post, b.inst.inst, mail_id, "somebody@bank.example", YJ_LANG_EN, &o, &err));
    assert_int_equal(o.is, YJ_SENT_ACCEPTED);
    assert_int_equal(yj_post_test(post, b.inst.inst, mail_id, "nobody", YJ_LANG_EN, &o, &err), YJ_E_INVALID);
    assert_int_equal(yj_post_test(post, b.inst.inst, it, NULL, YJ_LANG_EN, &o, &err), YJ_E_NOT_FOUND);
    peer_stop(&smtp);
    yj_ok(yj_post_test(post, b.inst.inst, mail_id, "somebody@bank.example", YJ_LANG_EN, &o, &err));
    assert_int_equal(o.is, YJ_SENT_LATER);
    peer_stop(&http);
    /* no secret lies open in the store */
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM notice_channel WHERE config LIKE '%" SECRET "%'"),
                     0);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM notice_channel WHERE length(secret) > 40"), 1);
    yj_post_stop(post);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(what_happens__arrives) };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
