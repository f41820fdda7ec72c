// SPDX-License-Identifier: Apache-2.0
/* Bytes on the wire: what the header guard refuses, limits, and that the server goes on. */
#include "api_test.h"

#include "base/time.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define H "Host: localhost\r\n"
#define GET "GET /api/v1/health HTTP/1.1\r\n"
#define POST "POST /api/v1/institutions/demo/records/item HTTP/1.1\r\n" H "Content-Type: application/json\r\n"

typedef struct raw {
    const char *name, *bytes;
    size_t len; /* 0: strlen */
    int status; /* 0: the connection just ends */
    bool closed;
} raw;

/* How many answers does the server send to these bytes, and does it close? */
static void exchange(const world *w, const raw *r)
{
    int fd = dial(w);
    send_all(fd, r->bytes, r->len ? r->len : strlen(r->bytes));
    answer a;
    if (!read_answer(fd, false, &a)) {
        if (r->status)
            fail_msg("%s: no answer", r->name);
        close(fd);
        return;
    }
    if (a.status != r->status)
        fail_msg("%s: %d in place of %d: %s", r->name, a.status, r->status, a.body);
    answer_done(&a);
    if (r->closed) { /* one answer, then the end: nothing is smuggled */
        struct pollfd p = { .fd = fd, .events = POLLIN };
        char c;
        if (poll(&p, 1, 5000) != 1 || recv(fd, &c, 1, 0) > 0)
            fail_msg("%s: the connection stays open", r->name);
    }
    close(fd);
}

static void guard__refuses_what_proxies_read_differently(void **state)
{
    static const char nul_in_value[] = GET H "X-A: a\0b\r\n\r\n";
    static const char nul_in_target[] = "GET /api/v1/health\0/x HTTP/1.1\r\n" H "\r\n";
    static const raw rows[] = {
        { "plain", GET H "\r\n", 0, 200, false },
        { "two Content-Length", POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 0, 400, true },
        { "two Content-Length that differ", POST "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", 0, 400,
          true },
        { "Content-Length as a list", POST "Content-Length: 2, 2\r\n\r\n{}", 0, 400, true },
        { "Content-Length with a sign", POST "Content-Length: +2\r\n\r\n{}", 0, 400, true },
        { "negative Content-Length", POST "Content-Length: -2\r\n\r\n{}", 0, 400, true },
        { "hexadecimal Content-Length", POST "Content-Length: 0x2\r\n\r\n{}", 0, 400, true },
        { "empty Content-Length", POST "Content-Length:\r\n\r\n", 0, 400, true },
        { "Content-Length beyond 64 bits", POST "Content-Length: 99999999999999999999999\r\n\r\n", 0, 413,
          true },
        { "TE and CL", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 0, 400,
          true },
        { "CL and TE", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400,
          true },
        { "two TE", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400,
          true },
        { "TE gzip", POST "Transfer-Encoding: gzip\r\n\r\n", 0, 400, true },
        { "TE list", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 400, true },
        { "TE identity", POST "Transfer-Encoding: identity\r\n\r\n", 0, 400, true },
        { "TE misspelt", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0, 400, true },
        { "TE in HTTP/1.0",
          "POST /api/v1/institutions HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400,
          true },
        { "blank before the colon", POST "Content-Length : 2\r\n\r\n{}", 0, 400, true },
        { "tab before the colon", POST "Content-Length\t: 2\r\n\r\n{}", 0, 400, true },
        { "blank before the name", GET " Host: localhost\r\n\r\n", 0, 400, true },
        { "control character in a name", GET H "X\x01Y: 1\r\n\r\n", 0, 400, true },
        { "byte above ASCII in a name", GET H "X\xc3\xa9: 1\r\n\r\n", 0, 400, true },
        { "empty name", GET H ": 1\r\n\r\n", 0, 400, true },
        { "no colon", GET H "nonsense\r\n\r\n", 0, 400, true },
        { "folded value", GET H "X-A: a\r\n b\r\n\r\n", 0, 400, true },
        { "folded value, not the last", GET "X-A: a\r\n b\r\n" H "\r\n", 0, 400, true },
        { "folded by a tab, bare line feeds", "GET /api/v1/health HTTP/1.1\nHost: localhost\nX-A: a\n\tb\n\n",
          0, 400, true },
        { "folded Content-Length", POST "Content-Length: 2\r\n 0\r\n\r\n{}", 0, 400, true },
        { "folded Transfer-Encoding", POST "Transfer-Encoding:\r\n\tgzip, chunked\r\n\r\n0\r\n\r\n", 0, 400,
          true },
        { "folded Host", GET "Host: localhost\r\n .evil.example\r\n\r\n", 0, 400, true },
        { "bare line feeds", "GET /api/v1/health HTTP/1.1\nHost: localhost\n\n", 0, 200, false },
        { "NUL in a value: cut there by the library", nul_in_value, sizeof nul_in_value - 1, 200, false },
        { "control character in a value", GET H "X-A: a\x02z\r\n\r\n", 0, 400, true },
        { "NUL in the target", nul_in_target, sizeof nul_in_target - 1, 400, true },
        { "no Host", GET "\r\n", 0, 400, true },
        { "no Host in HTTP/1.0", "GET /api/v1/health HTTP/1.0\r\n\r\n", 0, 400, true },
        { "empty Host", GET "Host:\r\n\r\n", 0, 400, true },
        { "two Host", GET H H "\r\n", 0, 400, true },
        { "two Content-Type", POST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 0, 400, true },
        { "expectation", POST "Content-Length: 2\r\nExpect: the-unexpected\r\n\r\n{}", 0, 400, true },
        { "a stranger's Host", GET "Host: evil.example\r\n\r\n", 0, 403, true },
        { "rebound Host", GET "Host: 127.0.0.1.evil.example:80\r\n\r\n", 0, 403, true },
        { "a stranger's Origin", GET H "Origin: http://evil.example\r\n\r\n", 0, 403, true },
        { "Origin null", GET H "Origin: null\r\n\r\n", 0, 403, true },
        { "https Origin", GET H "Origin: https://localhost\r\n\r\n", 0, 403, true },
        { "Origin of another port", GET H "Origin: http://localhost:1\r\n\r\n", 0, 403, true },
        { "own Origin", GET H "Origin: http://localhost\r\n\r\n", 0, 200, false },
        { "a stranger's page loads a script",
          GET H "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n\r\n", 0, 403, true },
        { "a link from elsewhere", GET H "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n", 0,
          200, false },
        { "a form from elsewhere",
          POST "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nContent-Length: 2\r\n\r\n{}", 0,
          403, true },
        { "absolute target", "GET http://localhost/api/v1/health HTTP/1.1\r\n" H "\r\n", 0, 400, false },
        { "asterisk target", "GET * HTTP/1.1\r\n" H "\r\n", 0, 400, false },
        { "fragment in the target", "GET /api/v1/health#x HTTP/1.1\r\n" H "\r\n", 0, 400, false },
        { "raw UTF-8 in the target", "GET /\xe4\xba\x91 HTTP/1.1\r\n" H "\r\n", 0, 400, false },
        { "unknown method", "BREW /api/v1/health HTTP/1.1\r\n" H "\r\n", 0, 405, false },
        { "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505, true },
        { "body on a GET", GET H "Content-Length: 2\r\n\r\n{}", 0, 400, false },
        { "compressed body", POST "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 0, 415, false },
        { "chunk size is nonsense", POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 0, 400, true },
        { "chunk without its end", POST "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n", 0, 400,
          true },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        exchange(*state, &rows[i]);
}

/* One connection, a refused head and a second request behind it: the second is not read. */
static void guard__answers_nothing_behind_a_refusal(void **state)
{
    const world *w = *state;
    int fd = dial(w);
    static const char bytes[] =
        POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" GET H "\r\n";
    send_all(fd, bytes, sizeof bytes - 1);
    char all[16384];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof all - 1 && (n = recv(fd, all + len, sizeof all - 1 - len, 0)) > 0)
        len += (size_t)n;
    all[len] = '\0';
    char *first = strstr(all, "HTTP/1.1 ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "HTTP/1.1 "));
    close(fd);
}

static void pipelined__requests_are_answered_in_order(void **state)
{
    const world *w = *state;
    int fd = dial(w);
    static const char bytes[] = GET H "\r\n" POST "Content-Length: 2\r\n\r\n{}" GET H "\r\n";
    send_all(fd, bytes, sizeof bytes - 1);
    char all[16384];
    size_t len = 0, found = 0;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    while (found < 3 && len < sizeof all - 1 && poll(&p, 1, 10000) == 1) {
        ssize_t n = recv(fd, all + len, sizeof all - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        all[len] = '\0';
        found = 0;
        for (char *at = all; (at = strstr(at, "HTTP/1.1 ")); at++)
            found++;
    }
    assert_int_equal(found, 3);
    char *second = strstr(all + 1, "HTTP/1.1 ");
    assert_true(strncmp(all + 9, "200", 3) == 0);
    assert_true(strncmp(second + 9, "400", 3) == 0);
    assert_true(strncmp(strstr(second + 1, "HTTP/1.1 ") + 9, "200", 3) == 0);
    close(fd);
}

/* Far more than the server reads at once: each waits its turn, and nothing is gathered for those behind. */
static void pipelined__flood_is_answered_one_by_one(void **state)
{
    const world *w = *state;
    enum { REQUESTS = 300 };
    int fd = dial(w);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1u << 20);
    for (int i = 0; i < REQUESTS; i++)
        yj_buf_str(&b, GET H "\r\n");
    reset_peak_memory();
    long before = peak_memory_kb();
    send_all(fd, b.ptr, b.len);
    size_t found = 0, kept = 0;
    char text[16384];
    ssize_t n;
    while (found < REQUESTS && (n = recv(fd, text + kept, sizeof text - 1 - kept, 0)) > 0) {
        char *at = text, *last = text;
        text[kept + (size_t)n] = '\0';
        while ((at = strstr(at, "HTTP/1.1 200 "))) {
            found++;
            last = at += 13;
        }
        kept = strlen(last) < 12 ? strlen(last) : 12; /* a status line may be cut in two */
        memmove(text, last + strlen(last) - kept, kept);
    }
    assert_int_equal(found, REQUESTS);
    close(fd);
    assert_true(peak_memory_kb() - before < 20 * 1024);
}

static void head__of_200_kib_is_refused(void **state)
{
    const world *w = *state;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1u << 20);
    yj_buf_str(&b, GET H "X-Long: ");
    for (int i = 0; i < 200 * 1024; i++)
        yj_buf_char(&b, 'x');
    yj_buf_str(&b, "\r\n\r\n");
    int fd = dial(w);
    send_all(fd, b.ptr, b.len);
    answer a;
    if (read_answer(fd, false, &a)) { /* or the end of the connection reached us first */
        assert_true(a.status == 431 || a.status == 413);
        answer_done(&a);
    }
    close(fd);
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
}

static void target__of_20_kib_is_refused(void **state)
{
    const world *w = *state;
    char *path = malloc(20001);
    memset(path, 'a', 20000);
    path[0] = '/';
    path[20000] = '\0';
    call_expect(w, 404, "GET", path, NULL, NULL);
    free(path);
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
}

/* A body of 1 GiB, announced or not, is one clear 413; nothing of it is kept. */
static void body__of_1_gib_is_refused_in_constant_memory(void **state)
{
    const world *w = *state;
    const size_t piece = 1u << 20, pieces = 1024;
    char *bytes = malloc(piece + 32);
    assert_non_null(bytes);
    memset(bytes, ' ', piece);
    reset_peak_memory();
    long before = peak_memory_kb();
    for (int chunked = 0; chunked < 2; chunked++) {
        int fd = dial(w);
        char head[512];
        snprintf(head, sizeof head,
                 chunked ? POST "Transfer-Encoding: chunked\r\n\r\n" : POST "Content-Length: %zu\r\n\r\n",
                 piece * pieces);
        send_all(fd, head, strlen(head));
        for (size_t i = 0; i < pieces; i++) {
            if (chunked)
                send_all(fd, "100000\r\n", 8);
            send_all(fd, bytes, piece);
            if (chunked)
                send_all(fd, "\r\n", 2);
        }
        if (chunked)
            send_all(fd, "0\r\n\r\n", 5);
        answer a;
        assert_true(read_answer(fd, false, &a));
        assert_int_equal(a.status, 413);
        assert_string_equal(json_at(a.json, "error.code"), "limit_exceeded");
        answer_done(&a);
        /* the connection still serves */
        static const char next[] = GET H "\r\n";
        send_all(fd, next, sizeof next - 1);
        assert_true(read_answer(fd, false, &a));
        assert_int_equal(a.status, 200);
        answer_done(&a);
        close(fd);
    }
    free(bytes);
    long grown = peak_memory_kb() - before;
    if (grown > 20 * 1024)
        fail_msg("memory grew by %ld kB", grown);
}

static void body__too_long_is_refused_before_it_is_sent(void **state)
{
    const world *w = *state;
    int fd = dial(w);
    static const char head[] = POST "Content-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n";
    send_all(fd, head, sizeof head - 1);
    answer a;
    assert_true(read_answer(fd, false, &a));
    assert_int_equal(a.status, 413);
    answer_done(&a);
    close(fd);
}

static void slow_client__does_not_hold_up_others(void **state)
{
    const world *w = *state;
    int fd[32];
    for (size_t i = 0; i < YJ_COUNT(fd); i++) {
        fd[i] = dial(w);
        send_all(fd[i], "POST /api/v1/institutions HT", 28);
    }
    int64_t from = yj_monotonic_ns();
    for (int i = 0; i < 50; i++)
        call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
    assert_true(yj_monotonic_ns() - from < 20 * YJ_NS_PER_S);
    for (size_t i = 0; i < YJ_COUNT(fd); i++)
        close(fd[i]);
}

/* Clients that leave in the middle of everything. */
static void cut_connections__leave_the_server_well(void **state)
{
    const world *w = *state;
    static const char *const starts[] = {
        "",
        "GE",
        GET,
        GET H,
        POST "Content-Length: 100\r\n\r\n{\"fields\"",
        GET H "\r\n",
        POST "Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
        "PUT /api/v1/evidence/00 HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nab",
    };
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < YJ_COUNT(starts); i++) {
            int fd = dial(w);
            send_all(fd, starts[i], strlen(starts[i]));
            if (round % 2) {
                struct linger now = { .l_onoff = 1, .l_linger = 0 }; /* a reset */
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            }
            close(fd);
        }
    }
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
}

static void address__must_be_of_this_machine(void **state)
{
    const world *w = *state;
    static const char *const bad[] = { "0.0.0.0", "192.168.1.1", "::", "example.org", "127.0.0.1 " };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        yj_server *s = NULL;
        assert_int_equal(
            yj_server_start(w->engine, &(yj_server_options){ .open = true, .address = bad[i] }, &s, &err),
            YJ_E_USAGE);
        assert_non_null(strstr(err.msg, bad[i]));
        assert_null(s);
    }
    yj_error err = { 0 };
    yj_server *s = NULL;
    assert_int_equal(yj_server_start(w->engine, &(yj_server_options){ .port = w->port }, &s, &err),
                     YJ_E_BUSY);
    assert_int_equal(yj_server_start(w->engine, &(yj_server_options){ .port = 70000 }, &s, &err), YJ_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard__refuses_what_proxies_read_differently),
        cmocka_unit_test(guard__answers_nothing_behind_a_refusal),
        cmocka_unit_test(pipelined__requests_are_answered_in_order),
        cmocka_unit_test(pipelined__flood_is_answered_one_by_one),
        cmocka_unit_test(head__of_200_kib_is_refused),
        cmocka_unit_test(target__of_20_kib_is_refused),
        cmocka_unit_test(body__of_1_gib_is_refused_in_constant_memory),
        cmocka_unit_test(body__too_long_is_refused_before_it_is_sent),
        cmocka_unit_test(slow_client__does_not_hold_up_others),
        cmocka_unit_test(cut_connections__leave_the_server_well),
        cmocka_unit_test(address__must_be_of_this_machine),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
