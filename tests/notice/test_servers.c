// SPDX-License-Identifier: Apache-2.0
/* Several servers, each a process of its own, work out what is news on one store and bring it out, while
 * somebody makes changes: every notice is decided once and sent once. On both stores: two more processes on
 * one SQLite file, or on one PostgreSQL. A real relay counts. */
#include "engine_test.h"

#include "notice/post.h"
#include "notice/preference.h"
#include "peer.h"
#include "run.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_BYTES (YJ_UUID_LEN + 1)
#define OTHERS 2
#define SERVICES 60
#define TOLD INT64_C(3) /* of each */
#define LOOK_MS 5

static char self[512];

/* --- another server --------------------------------------------------------------------------- */

/* Until its standard input ends. */
static int serve(const char *data)
{
    yj_error err = { 0 };
    yj_engine *e = NULL;
    yj_post_office *post = NULL;
    char byte;
    yj_status s = yj_engine_open(data, &(yj_open_options){ 0 }, &e, &err);
    if (s == YJ_OK)
        s = yj_post_start(e, &(yj_post_options){ .look_ms = LOOK_MS }, &post, &err);
    if (s == YJ_OK) {
        printf("ready\n");
        fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) > 0)
            ;
    } else {
        fprintf(stderr, "# another server: %s\n", err.msg);
    }
    yj_post_stop(post);
    yj_engine_close(e);
    return s == YJ_OK ? 0 : 1;
}

typedef struct other {
    pid_t pid;
    int keep; /* its standard input */
} other;

static void other_start(other *o, const char *data)
{
    int in[2], out[2];
    char word[8] = "";
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *const argv[] = { self, "--serve", data, NULL };
    o->pid = yj_test_run(argv, in[0], out[1], -1);
    assert_true(o->pid > 0);
    close(in[0]);
    close(out[1]);
    assert_int_equal(read(out[0], word, 6), 6); /* it is there */
    close(out[0]);
    o->keep = in[1];
}

static void other_stop(other *o)
{
    int status = 0;
    close(o->keep);
    assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* --- what is set up --------------------------------------------------------------------------- */

static yj_status put_relay(yj_db *db, void *ctx, yj_error *err)
{
    char id[ID_BYTES] = "";
    yj_auto(yj_json_freep) json_t *o =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "kind", "mail", "name", "Relay", "host", "127.0.0.1",
                  "port", *(int *)ctx, "security", "none", "from", "yunjian@bank.example");
    return yj_channel_put(db, NULL, 0, o, yj_clock_system().now_ns(NULL), id, err);
}

static yj_status want_once(yj_db *db, void *ctx, yj_error *err)
{
    yj_preference p = { .mail = true, .pace = YJ_PACE_ONCE, .weekday = 1, .lang = YJ_LANG_EN };
    return yj_preference_keep(db, 1, ctx, &p, err);
}

static void person(bench *b, const char *number, const char *role, char ret[static ID_BYTES])
{
    char json[200];
    yj_error err = { 0 };
    snprintf(json, sizeof json,
             "{\"number\":\"%s\",\"name\":\"%s\",\"email\":\"%s@bank.example\",\"roles\":[\"%s\"]}", number,
             number, number, role);
    snprintf(ret, ID_BYTES, "%s", bench_put(b, "person", json));
    yj_ok(yj_engine_write(b->e, want_once, ret, &err));
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

/* Each mail that the relay has carries an id of its own. */
static void assert_all_differ(const peer *p)
{
    const size_t count = peer_count(p);
    json_t *seen = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *v = peer_kept(p, i);
        const char *id = json_string_value(json_object_get(v, "id"));
        if (json_object_get(seen, id))
            fail_msg("mail %s came twice", id);
        json_object_set_new(seen, id, json_true());
        json_decref(v);
    }
    json_decref(seen);
}

/* --- the test --------------------------------------------------------------------------------- */

static void several_servers__decide_once_and_send_once(void **state)
{
    bench b;
    peer smtp;
    yj_error err = { 0 };
    yj_post_office *post = NULL;
    other others[OTHERS];
    char it[ID_BYTES], it2[ID_BYTES], head[ID_BYTES];
    bench_open(&b, state);
    peer_start(&smtp, "smtp", (const char *const[]){ NULL });
    person(&b, "it", "it", it);
    person(&b, "it2", "it", it2);
    person(&b, "head", "head_of_it", head);
    yj_ok(yj_engine_write(b.e, put_relay, &smtp.port, &err));
    yj_ok(yj_post_start(b.e, &(yj_post_options){ .look_ms = LOOK_MS }, &post, &err));
    for (int i = 0; i < OTHERS; i++)
        other_start(&others[i], b.data);
    for (int i = 0; i < SERVICES; i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{\"code\":\"S%d\",\"title\":\"S%d\",\"model\":\"near\",\"level\":3,\"owner\":\"%s\"}", i, i,
                 it);
        bench_put(&b, "service", json);
    }
    /* all of it was looked at; what came together may have become one notice, which says of how many */
    wait_number(
        &b, "SELECT count(*) FROM notice_cursor c JOIN ledger l ON l.inst = c.inst WHERE c.seq >= l.size", 1);
    assert_int_equal(bench_number(&b, "SELECT sum(count) FROM notice WHERE kind = 'service' OR count > 1"),
                     SERVICES * TOLD);
    wait_number(&b, "SELECT count(*) FROM delivery WHERE ended = 0", 0);
    int64_t notices = bench_number(&b, "SELECT count(*) FROM notice");
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM delivery WHERE state = 'sent' AND attempts = 1"),
                     notices);
    assert_int_equal(
        bench_number(&b, "SELECT count(*) FROM (SELECT DISTINCT person, cause, channel FROM delivery) d"),
        notices);
    assert_int_equal(peer_count(&smtp), notices);
    assert_all_differ(&smtp);
    for (int i = 0; i < OTHERS; i++)
        other_stop(&others[i]);
    assert_int_equal(peer_count(&smtp), notices);
    yj_post_stop(post);
    bench_close(&b);
    peer_stop(&smtp);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { yj_test_stores(several_servers__decide_once_and_send_once) };
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        return serve(argv[2]);
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(len > 0);
    self[len] = '\0';
    return cmocka_run_group_tests(tests, NULL, NULL);
}
