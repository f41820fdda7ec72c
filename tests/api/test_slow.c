// SPDX-License-Identifier: Apache-2.0
/* Clients that drip: who exceeds a limit of api/patience.h is closed, who keeps it is served, and many of
 * them keep nobody out. Limits are lowered; times below are upper bounds that a busy machine keeps, too. */
#include "api_test.h"

#include "api/patience.h"
#include "base/time.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD "POST /api/v1/institutions/demo/records/item HTTP/1.1\r\nHost: localhost\r\n"
#define LONG_MS 20000 /* within which what is to happen does, whatever else the machine does */

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

static int64_t ms_since(int64_t ns)
{
    return (yj_monotonic_ns() - ns) / 1000000;
}

/* The world's server anew, with these options. */
static void serve(world *w, yj_server_options o)
{
    o.open = true;
    yj_error err = { 0 };
    yj_server_stop(w->server);
    yj_ok(yj_server_start(w->engine, &o, &w->server, &err));
    w->port = atoi(strrchr(yj_server_url(w->server), ':') + 1);
}

/* What was answered is read and dropped. */
static bool is_closed(int fd, int wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char dropped[1024];
    while (poll(&p, 1, wait_ms) == 1) {
        if (recv(fd, dropped, sizeof dropped, MSG_DONTWAIT) <= 0)
            return true;
        wait_ms = 0;
    }
    return false;
}

/* Send a byte (of `bytes`, again and again) each `ms` until the connection is closed; how long that took. */
static int64_t drip(int fd, const char *bytes, int ms)
{
    int64_t from = yj_monotonic_ns();
    size_t n = strlen(bytes);
    for (size_t i = 0; ms_since(from) < LONG_MS; i++) {
        (void)send(fd, bytes + i % n, 1, MSG_NOSIGNAL);
        if (is_closed(fd, ms))
            return ms_since(from);
    }
    fail_msg("after %d ms the connection is still open", LONG_MS);
    return 0;
}

static double metric(const world *w, const char *name)
{
    answer a = call(w, "GET", "/api/v1/metrics", NULL, NULL);
    char line[128];
    snprintf(line, sizeof line, "\nyunjian_%s ", name);
    const char *at = strstr(a.body, line);
    if (!at)
        fail_msg("no metric %s", name);
    double v = strtod(at + strlen(line), NULL);
    answer_done(&a);
    return v;
}

static void head__dripped_is_closed_in_time(void **state)
{
    world *w = *state;
    serve(w, (yj_server_options){ .patience = { .head_ms = 400 } });
    static const char *const starts[] = { "", "PO", HEAD, HEAD "X-Long: " };
    for (size_t i = 0; i < YJ_COUNT(starts); i++) {
        int fd = dial(w);
        send_all(fd, starts[i], strlen(starts[i]));
        int64_t ms = drip(fd, "a", 20);
        assert_true(ms >= 350);
        close(fd);
        assert_int_equal((int)metric(w, "http_late_heads_total"), (int)i + 1);
    }
    /* silence is no better */
    int fd = dial(w);
    assert_true(is_closed(fd, LONG_MS));
    close(fd);
}

static void head__in_pieces_but_in_time_is_answered(void **state)
{
    world *w = *state;
    serve(w, (yj_server_options){ 0 });
    static const char head[] = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    int fd = dial(w);
    for (const char *p = head; *p; p++) {
        send_all(fd, p, 1);
        sleep_ms(1);
    }
    answer a;
    assert_true(read_answer(fd, false, &a));
    assert_int_equal(a.status, 200);
    answer_done(&a);
    close(fd);
}

static void body__dripped_is_closed_in_time(void **state)
{
    world *w = *state;
    serve(w, (yj_server_options){ .patience = { .body_ms = 400, .body_rate = 1000 } });
    static const char *const heads[] = {
        HEAD "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
        HEAD "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1000000\r\n",
        HEAD
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5;", /* drips an extension */
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", /* thrown away */
    };
    for (size_t i = 0; i < YJ_COUNT(heads); i++) {
        int fd = dial(w);
        send_all(fd, heads[i], strlen(heads[i]));
        assert_true(drip(fd, " ", 20) >= 350);
        close(fd);
    }
    assert_int_equal((int)metric(w, "http_slow_bodies_total"), (int)YJ_COUNT(heads));
    assert_int_equal((int)metric(w, "http_late_heads_total"), 0);
}

/* Slower than any line of today, and it stands still now and then; longer than the time a rate is taken over.
 */
static void upload__slow_but_steady_is_taken(void **state)
{
    world *w = *state;
    serve(w, (yj_server_options){ .patience = { .head_ms = 500, .body_ms = 1500, .body_rate = 1000 } });
    enum { PIECE = 50000, PIECES = 12, PAUSE_MS = 300 };
    char head[256], *piece = calloc(1, PIECE);
    answer a = call(w, "POST", "/api/v1/evidence", NULL, NULL);
    assert_int_equal(a.status, 201);
    int fd = dial(w);
    snprintf(head, sizeof head,
             "PATCH %s HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\nContent-Length: %d\r\n\r\n",
             answer_header(&a, "Location"), PIECE * PIECES);
    answer_done(&a);
    send_all(fd, head, strlen(head));
    for (int i = 0; i < PIECES; i++) {
        sleep_ms(PAUSE_MS);
        send_all(fd, piece, PIECE);
    }
    assert_true(read_answer(fd, false, &a));
    assert_in_range(a.status, 200, 204);
    answer_done(&a);
    close(fd);
    free(piece);
    assert_int_equal((int)metric(w, "http_slow_bodies_total"), 0);
}

/* --- a full house -----------------------------------------------------------------------------------------
 */

#define CONNECTIONS 8
#define DRIPPERS 16

typedef struct drippers {
    const world *w;
    const char *start;
    atomic_bool over;
    atomic_uint turned_out;
} drippers;

/* Twice the connections there are; who is turned out comes again at once. */
static void *drip_many(void *arg)
{
    drippers *d = arg;
    int fd[DRIPPERS];
    for (size_t i = 0; i < DRIPPERS; i++)
        fd[i] = -1;
    while (!atomic_load(&d->over)) {
        for (size_t i = 0; i < DRIPPERS; i++) {
            if (fd[i] >= 0 && is_closed(fd[i], 0)) {
                close(fd[i]);
                fd[i] = -1;
                atomic_fetch_add(&d->turned_out, 1);
            }
            if (fd[i] < 0) {
                fd[i] = dial(d->w);
                send_all(fd[i], d->start, strlen(d->start));
            } else {
                (void)send(fd[i], "a", 1, MSG_NOSIGNAL);
            }
        }
        sleep_ms(10);
    }
    for (size_t i = 0; i < DRIPPERS; i++)
        close(fd[i]);
    return NULL;
}

static void full_house__lets_others_in(void **state)
{
    world *w = *state;
    static const char *const starts[] = {
        "GET /api/v1/he", HEAD "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n", /* served, then kept open */
    };
    for (size_t i = 0; i < YJ_COUNT(starts); i++) {
        serve(w,
              (yj_server_options){ .connections = CONNECTIONS,
                                   .patience = { .full_ms = 200, .full_body_ms = 200, .full_rate = 10000 } });
        drippers d = { .w = w, .start = starts[i] };
        pthread_t t;
        assert_int_equal(pthread_create(&t, NULL, drip_many, &d), 0);
        int64_t from = yj_monotonic_ns();
        while (atomic_load(&d.turned_out) < DRIPPERS && ms_since(from) < LONG_MS)
            sleep_ms(10);
        from = yj_monotonic_ns();
        for (int n = 0; n < 3; n++)
            call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
        int64_t ms = ms_since(from);
        atomic_store(&d.over, true);
        pthread_join(t, NULL);
        assert_true(atomic_load(&d.turned_out) >= DRIPPERS);
        assert_true(ms < LONG_MS);
        assert_true(metric(w, "http_closed_for_room_total") >= DRIPPERS);
        assert_int_equal((int)metric(w, "http_late_heads_total"), 0); /* their own limits are far */
    }
}

/* --- the limits by themselves -----------------------------------------------------------------------------
 */

typedef struct pair {
    int ours, theirs;
    yj_visit *v;
} pair;

static pair arrive(yj_patience *p)
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    return (pair){ fd[0], fd[1], yj_visit_start(p, fd[0]) };
}

static void leave(pair *x)
{
    yj_visit_end(x->v);
    close(x->ours);
    close(x->theirs);
}

static void patience__waits_for_a_further_head_as_long_as_for_idleness(void **state)
{
    yj_error err = { 0 };
    yj_patience *p = NULL;
    yj_ok(yj_patience_start(&(yj_patience_limits){ .head_ms = 200 }, 10, 400, &p, &err));
    pair served = arrive(p), first = arrive(p), next = arrive(p);
    yj_visit_is_served(served.v);
    int64_t from = yj_monotonic_ns();
    yj_visit_idles(next.v);
    assert_true(is_closed(first.theirs, LONG_MS));
    assert_true(is_closed(next.theirs, LONG_MS));
    assert_true(ms_since(from) >= 600);
    assert_false(is_closed(served.theirs, 0));
    yj_patience_stats s;
    yj_patience_stats_read(p, &s);
    assert_int_equal(s.visits, 3);
    assert_int_equal(s.late_heads, 2);
    leave(&served);
    leave(&first);
    leave(&next);
    yj_patience_stop(p);
}

static void patience__when_full_turns_out_who_waits_longest(void **state)
{
    yj_error err = { 0 };
    yj_patience *p = NULL;
    yj_ok(yj_patience_start(&(yj_patience_limits){ .full_ms = 100 }, 4, 60000, &p, &err));
    pair v[4];
    for (size_t i = 0; i < 3; i++) {
        v[i] = arrive(p);
        sleep_ms(20);
    }
    yj_visit_is_served(v[0].v);
    assert_false(is_closed(v[1].theirs, 300)); /* one place is free */
    v[3] = arrive(p);
    assert_true(is_closed(v[1].theirs, LONG_MS));
    assert_false(is_closed(v[2].theirs, 300)); /* one is enough */
    assert_false(is_closed(v[0].theirs, 0));
    yj_patience_stats s;
    yj_patience_stats_read(p, &s);
    assert_int_equal(s.for_room, 1);
    for (size_t i = 0; i < 4; i++)
        leave(&v[i]);
    yj_patience_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head__dripped_is_closed_in_time),
        cmocka_unit_test(head__in_pieces_but_in_time_is_answered),
        cmocka_unit_test(body__dripped_is_closed_in_time),
        cmocka_unit_test(upload__slow_but_steady_is_taken),
        cmocka_unit_test(full_house__lets_others_in),
        cmocka_unit_test(patience__waits_for_a_further_head_as_long_as_for_idleness),
        cmocka_unit_test(patience__when_full_turns_out_who_waits_longest),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
