// SPDX-License-Identifier: Apache-2.0
/* The live feed. */
#include "api_test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct feed {
    int fd;
    char text[65536];
    size_t len;
} feed;

static feed *listen_to(const world *w, const char *path, const char *headers)
{
    feed *f = calloc(1, sizeof *f);
    char head[512];
    f->fd = dial(w);
    int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers);
    send_all(f->fd, head, (size_t)n);
    return f;
}

/* Read until the text is there (from `from` on); its place, NULL after `ms`. */
static char *wait_for(feed *f, const char *text, size_t from, int ms)
{
    for (;;) {
        char *at = strstr(f->text + from, text);
        struct pollfd p = { .fd = f->fd, .events = POLLIN };
        if (at)
            return at;
        if (f->len >= sizeof f->text - 1 || poll(&p, 1, ms) <= 0)
            return NULL;
        ssize_t n = recv(f->fd, f->text + f->len, sizeof f->text - 1 - f->len, 0);
        if (n <= 0)
            return NULL;
        f->len += (size_t)n;
        f->text[f->len] = '\0';
    }
}

static void hang_up(feed *f)
{
    close(f->fd);
    free(f);
}

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

static uint64_t size_now(const world *w)
{
    yj_error err = { 0 };
    yj_institution i;
    settle(w);
    yj_ok(yj_institution_find(w->engine, "demo", &i, &err));
    return i.size;
}

static void feed__tells_of_commits_at_once(void **state)
{
    const world *w = *state;
    char want[128];
    uint64_t size = size_now(w);
    feed *f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry: 2000", 0, 10000)); /* the head comes before any event */
    assert_non_null(strstr(f->text, "HTTP/1.1 200"));
    assert_non_null(strstr(f->text, "Content-Type: text/event-stream"));
    assert_non_null(strstr(f->text, "Cache-Control: no-store"));
    put_record(w, "item", "{\"number\":\"F-1\",\"title\":\"a\",\"level\":3}");
    snprintf(want, sizeof want, "event: commit\ndata: {\"seq\":%llu,\"size\":", (unsigned long long)size);
    char *at = wait_for(f, want, 0, 10000);
    assert_non_null(at);
    /* the verdicts follow */
    assert_non_null(wait_for(f, "\"judgement\":true", 0, 10000));
    snprintf(want, sizeof want, "id: %llu\n", (unsigned long long)size_now(w));
    assert_non_null(wait_for(f, want, 0, 10000));
    hang_up(f);
}

/* The data of the first event from `from` on that has the text; the caller frees it. NULL after `ms`. */
static json_t *event_with(feed *f, const char *text, size_t from, int ms)
{
    const char *at = wait_for(f, text, from, ms);
    if (!at || !wait_for(f, "\n\n", (size_t)(at - f->text), ms))
        return NULL;
    while (at > f->text + from && strncmp(at, "data: ", 6) != 0)
        at--;
    const char *end = strstr(at, "\n\n");
    return json_loadb(at + 6, (size_t)(end - at) - 6, 0, NULL);
}

/* Kinds and ids of what was changed; then, by itself, that verdicts came out differently. */
static void feed__tells_what_was_changed_and_when_verdicts_were(void **state)
{
    const world *w = *state;
    settle(w);
    feed *f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry: 2000", 0, 10000));
    answer a = call(w, "POST", DEMO "/records/item", NULL,
                    "{\"fields\":{\"number\":\"F-K\",\"title\":\"a\",\"level\":3}}");
    assert_int_equal(a.status, 201);
    const char *id = json_string_value(json_object_get(a.json, "id"));
    json_t *data = event_with(f, "\"kinds\":{\"item\":[\"", 0, 10000);
    assert_non_null(data);
    const json_t *ids = json_object_get(json_object_get(data, "kinds"), "item");
    assert_int_equal(json_array_size(ids), 1);
    assert_string_equal(json_string_value(json_array_get(ids, 0)), id);
    assert_int_equal(json_object_size(json_object_get(data, "kinds")), 1);
    json_decref(data);
    /* when the event says so the verdict is there to be read */
    data = event_with(f, "\"judgement\":true", 0, 10000);
    assert_non_null(data);
    json_decref(data);
    char path[160];
    snprintf(path, sizeof path, DEMO "/verdicts?subject=%s&limit=5", id);
    answer v = call(w, "GET", path, NULL, NULL);
    assert_true(json_array_size(json_object_get(v.json, "items")) > 0);
    answer_done(&v);
    answer_done(&a);
    hang_up(f);
}

/* A remediation changes no verdict, and yet what is shown of one. */
static void feed__tells_what_stands_beside_verdicts(void **state)
{
    const world *w = *state;
    char fields[400];
    const char *who = put_record(w, "person", "{\"number\":\"F-P\",\"name\":\"王五\"}");
    const char *item = put_record(w, "item", "{\"number\":\"F-R\",\"title\":\"a\",\"level\":1}");
    snprintf(fields, sizeof fields,
             "{\"requirement\":\"1-1\",\"subject_kind\":\"item\",\"subject\":\"%s\",\"number\":\"F-R\","
             "\"title\":\"raise\",\"who\":\"%s\",\"by_day\":\"2999-12-31\"}",
             item, who);
    settle(w);
    feed *f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry: 2000", 0, 10000));
    put_record(w, "fix", fields);
    json_t *data = event_with(f, "\"kinds\":{\"fix\":", 0, 10000);
    assert_non_null(data);
    assert_true(json_is_true(json_object_get(data, "judgement")));
    json_decref(data);
    hang_up(f);
}

/* Not each of many; and an import that is seen at once may have changed anything. */
static void feed__of_much_says_only_that(void **state)
{
    const world *w = *state;
    char head[64], fields[64];
    uint64_t from = size_now(w);
    for (int i = 0; i < 25; i++) {
        snprintf(fields, sizeof fields, "{\"number\":\"F-M-%d\",\"title\":\"a\"}", i);
        put_record(w, "item", fields);
    }
    settle(w);
    snprintf(head, sizeof head, "Last-Event-ID: %llu\r\n", (unsigned long long)from);
    feed *f = listen_to(w, DEMO "/feed", head);
    json_t *data = event_with(f, "\"kinds\":", 0, 10000);
    assert_non_null(data);
    assert_true(json_is_null(json_object_get(json_object_get(data, "kinds"), "item")));
    assert_true(json_is_true(json_object_get(data, "judgement")));
    json_decref(data);
    hang_up(f);
    f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry: 2000", 0, 10000));
    yj_auto(yj_buf_done) yj_buf csv;
    yj_buf_init(&csv, 1 << 20);
    yj_buf_fmt(&csv, "number,title\n");
    for (int i = 0; i < 2500; i++)
        yj_buf_fmt(&csv, "F-I-%d,a\n", i);
    yj_buf_fmt(&csv, "%c", '\0');
    call_expect(w, 200, "POST", DEMO "/import?name=item.csv", "Content-Type: text/csv\r\n", csv.ptr);
    data = event_with(f, "\"kinds\":null", 0, 10000);
    assert_non_null(data);
    assert_true(json_is_true(json_object_get(data, "judgement")));
    json_decref(data);
    assert_null(strstr(f->text, "\"item\"")); /* before that nothing of it was seen */
    hang_up(f);
}

static void feed__is_of_one_institution(void **state)
{
    const world *w = *state;
    yj_error err = { 0 };
    yj_institution other;
    yj_auto(yj_json_freep) json_t *j =
        json_pack("{s:s, s:s, s:s}", "code", "quiet", "name", "安静", "type", "client");
    yj_ok(yj_institution_open(w->engine, j, yj_engine_operator(w->engine), &other, &err));
    settle(w);
    feed *quiet = listen_to(w, "/api/v1/institutions/quiet/feed", "");
    feed *demo = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(quiet, "retry:", 0, 10000));
    assert_non_null(wait_for(demo, "retry:", 0, 10000));
    put_record(w, "item", "{\"number\":\"F-2\",\"title\":\"a\"}");
    assert_non_null(wait_for(demo, "event: commit", 0, 10000));
    assert_null(wait_for(quiet, "event: commit", 0, 700));
    hang_up(quiet);
    hang_up(demo);
    call_expect(w, 404, "GET", "/api/v1/institutions/nobody/feed", NULL, NULL);
    call_expect(w, 200, "HEAD", DEMO "/feed", NULL, NULL);
}

static void feed__resumes_where_the_client_was(void **state)
{
    const world *w = *state;
    char head[64], want[128];
    uint64_t from = size_now(w);
    put_record(w, "item", "{\"number\":\"F-3\",\"title\":\"a\"}");
    uint64_t to = size_now(w);
    snprintf(head, sizeof head, "Last-Event-ID: %llu\r\n", (unsigned long long)from);
    snprintf(want, sizeof want,
             "id: %llu\nevent: commit\ndata: "
             "{\"seq\":%llu,\"size\":%llu,\"judgement\":true,\"people\":false,\"kinds\":{\"item\":[\"",
             (unsigned long long)to, (unsigned long long)from, (unsigned long long)to);
    feed *f = listen_to(w, DEMO "/feed", head);
    assert_non_null(wait_for(f, want, 0, 10000));
    hang_up(f);
    /* nothing missed, nothing told; nonsense counts as nothing */
    snprintf(head, sizeof head, "Last-Event-ID: %llu\r\n", (unsigned long long)to);
    f = listen_to(w, DEMO "/feed", head);
    assert_null(wait_for(f, "event:", 0, 500));
    hang_up(f);
    f = listen_to(w, DEMO "/feed", "Last-Event-ID: x\r\n");
    assert_non_null(wait_for(f, "retry:", 0, 10000));
    hang_up(f);
    /* the first time it says up to where it has read; what a browser remembers of events goes before that */
    char path[80];
    snprintf(path, sizeof path, DEMO "/feed?from=%llu", (unsigned long long)from);
    f = listen_to(w, path, "");
    assert_non_null(wait_for(f, want, 0, 10000));
    hang_up(f);
    f = listen_to(w, path, head);
    assert_null(wait_for(f, "event:", 0, 500));
    hang_up(f);
    call_expect(w, 400, "GET", DEMO "/feed?from=x", NULL, NULL);
}

static long listeners(const world *w)
{
    answer a = call(w, "GET", "/metrics", NULL, NULL);
    const char *at = strstr(a.body, "\nyunjian_feed_listeners ");
    long n = at ? atol(at + 24) : -1;
    answer_done(&a);
    return n;
}

static void listeners__are_bounded(void **state)
{
    const world *w = *state;
    enum { MANY = 270 };
    static feed *f[MANY];
    int served = 0, refused = 0;
    /* those of earlier tests are gone once something is sent to them */
    for (int i = 0; i < 200 && listeners(w) > 0; i++) {
        char fields[64];
        snprintf(fields, sizeof fields, "{\"number\":\"F-0-%d\",\"title\":\"a\"}", i);
        put_record(w, "item", fields);
        snprintf(fields, sizeof fields, "{\"fields\":{\"number\":\"F-0-%d\",\"title\":\"a\"}}", i);
        call_expect(w, 201, "POST", "/api/v1/institutions/quiet/records/item", NULL, fields);
        usleep(20000);
    }
    assert_int_equal(listeners(w), 0);
    for (int i = 0; i < MANY; i++)
        f[i] = listen_to(w, DEMO "/feed", "");
    for (int i = 0; i < MANY; i++) {
        assert_non_null(wait_for(f[i], "\r\n\r\n", 0, 20000));
        served += strncmp(f[i]->text, "HTTP/1.1 200", 12) == 0;
        refused += strncmp(f[i]->text, "HTTP/1.1 503", 12) == 0;
    }
    assert_int_equal(served, 256);
    assert_int_equal(refused, MANY - 256);
    /* and the server has breath left */
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
    put_record(w, "item", "{\"number\":\"F-4\",\"title\":\"a\"}");
    for (int i = 0; i < MANY; i++) {
        if (strncmp(f[i]->text, "HTTP/1.1 200", 12) == 0)
            assert_non_null(wait_for(f[i], "event: commit", 0, 20000));
        hang_up(f[i]);
    }
    /* those who left make room, once something is sent to them */
    bool room = false;
    for (int i = 0; i < 50 && !room; i++) {
        char fields[64];
        snprintf(fields, sizeof fields, "{\"number\":\"F-5-%d\",\"title\":\"a\"}", i);
        put_record(w, "item", fields);
        usleep(20000);
        feed *one = listen_to(w, DEMO "/feed", "");
        assert_non_null(wait_for(one, "\r\n\r\n", 0, 20000));
        room = strncmp(one->text, "HTTP/1.1 200", 12) == 0;
        hang_up(one);
    }
    assert_true(room);
}

/* A server that stops ends its feeds and does not wait for them. */
static void stop__ends_the_feeds(void **state)
{
    world *w = *state;
    feed *f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry:", 0, 10000));
    world_restart(w);
    char c;
    while (recv(f->fd, &c, 1, 0) > 0)
        ;
    hang_up(f);
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
}

/* --- stopping under load ----------------------------------------------------------------------------------
 */

typedef struct caller {
    pthread_t thread;
    world *w;
    int port;
    atomic_bool *stop;
    _Atomic int acknowledged;
    int n;
} caller;

static void *keep_writing(void *arg)
{
    caller *c = arg;
    world at = { .port = c->port };
    char head[512], body[160];
    int fd = dial(&at);
    for (int i = 0; !atomic_load(c->stop); i++) {
        int len =
            snprintf(body, sizeof body, "{\"fields\":{\"number\":\"Z-%d-%d\",\"title\":\"z\"}}", c->n, i);
        int h = snprintf(head, sizeof head,
                         "POST " DEMO
                         "/records/item HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\n\r\n%s",
                         len, body);
        answer a;
        send_all(fd, head, (size_t)h);
        if (!read_answer(fd, false, &a))
            break;
        bool good = a.status == 201;
        answer_done(&a);
        if (!good)
            break;
        atomic_fetch_add(&c->acknowledged, 1);
    }
    close(fd);
    return NULL;
}

/* An engine calls few feeds: a server that has stopped must give its place back. */
static void servers__come_and_go_on_one_engine(void **state)
{
    world *w = *state;
    yj_error err = { 0 };
    yj_server_stop(w->server);
    for (int i = 0; i < 20; i++) {
        yj_ok(yj_server_start(w->engine, &(yj_server_options){ .open = true }, &w->server, &err));
        if (i < 19)
            yj_server_stop(w->server);
    }
    w->port = atoi(strrchr(yj_server_url(w->server), ':') + 1);
    feed *f = listen_to(w, DEMO "/feed", "");
    assert_non_null(wait_for(f, "retry: 2000", 0, 10000));
    for (int i = 0; i < 5; i++) {
        char fields[64], path[96];
        /* the answer is kept; without the engine's call it would be served until the next look at the ledgers
         */
        snprintf(path, sizeof path, DEMO "/records/item?filter=number:eq:F-20-%d", i);
        answer a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(json_int_at(a.json, "total"), 0);
        answer_done(&a);
        snprintf(fields, sizeof fields, "{\"number\":\"F-20-%d\",\"title\":\"a\",\"level\":3}", i);
        put_record(w, "item", fields);
        a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(json_int_at(a.json, "total"), 1);
        answer_done(&a);
    }
    assert_non_null(wait_for(f, "\"judgement\":true", 0, 10000));
    hang_up(f);
}

static void stop__under_load_loses_nothing_that_was_acknowledged(void **state)
{
    world *w = *state;
    atomic_bool stop = false;
    caller c[8] = { 0 };
    int acknowledged = 0;
    for (int i = 0; i < 8; i++) {
        c[i].w = w;
        c[i].port = w->port;
        c[i].stop = &stop;
        c[i].n = i;
        assert_int_equal(pthread_create(&c[i].thread, NULL, keep_writing, &c[i]), 0);
    }
    usleep(300000);
    world_restart(w);
    atomic_store(&stop, true);
    for (int i = 0; i < 8; i++) {
        pthread_join(c[i].thread, NULL);
        acknowledged += atomic_load(&c[i].acknowledged);
    }
    answer a = call(w, "GET", DEMO "/records/item?filter=number:has:Z-&limit=1", NULL, NULL);
    assert_true(acknowledged > 0);
    assert_true(json_int_at(a.json, "total") >= acknowledged);
    answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed__tells_of_commits_at_once),
        cmocka_unit_test(feed__tells_what_was_changed_and_when_verdicts_were),
        cmocka_unit_test(feed__tells_what_stands_beside_verdicts),
        cmocka_unit_test(feed__of_much_says_only_that),
        cmocka_unit_test(feed__is_of_one_institution),
        cmocka_unit_test(feed__resumes_where_the_client_was),
        cmocka_unit_test(stop__ends_the_feeds),
        cmocka_unit_test(listeners__are_bounded),
        cmocka_unit_test(servers__come_and_go_on_one_engine),
        cmocka_unit_test(stop__under_load_loses_nothing_that_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
