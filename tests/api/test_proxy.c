// SPDX-License-Identifier: Apache-2.0
/* Who the client is, as the listener tells it: seen directly, and through a real nginx that speaks TLS. The
 * application answers with what it is told. */
#include "tls_test.h"

#include "api/http.h"
#include "base/file.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define NGINX "/usr/sbin/nginx"

/* --- a listener whose answers say who asked ---------------------------------------------------------------
 */

static yj_answer *say(const char *text)
{
    yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_str(&b, text);
    return yj_answer_new(200, &b, NULL, 0);
}

static void begin(void *ctx, yj_req *rq)
{
    char text[128];
    snprintf(text, sizeof text, "%s %s", rq->address, rq->secure ? "secure" : "plain");
    yj_req_answer(rq, say(text), false);
}

static void chunk(void *ctx, yj_req *rq, yj_span bytes)
{
}

static void handle(void *ctx, yj_req *rq)
{
}

static yj_answer *refuse(void *ctx, yj_req *rq, const yj_error *why)
{
    char text[128];
    snprintf(text, sizeof text, "%s refused", rq->address);
    return say(text);
}

static void answered(void *ctx, yj_req *rq, const yj_answer *a, int status)
{
}

static const yj_site open_site = { .loopback = true };
static const yj_http_app app = { .site = &open_site,
                                 .begin = begin,
                                 .chunk = chunk,
                                 .handle = handle,
                                 .end = handle,
                                 .refuse = refuse,
                                 .answered = answered };

static yj_http *listen_on(const char *address, const char *trusted, yj_tls *tls, int *ret_port)
{
    yj_error err = { 0 };
    yj_networks n = { 0 };
    yj_http *h = NULL;
    if (trusted)
        yj_ok(yj_networks_add(&n, yj_span_of(trusted), &err));
    yj_ok(yj_http_start(
        &app, &(yj_http_options){ .address = address, .any_address = true, .tls = tls, .trusted = &n }, &h,
        &err));
    *ret_port = atoi(strrchr(yj_http_url(h), ':') + 1);
    return h;
}

/* From one of this machine's own addresses to another. */
static int dial_from(const char *from, const char *to, int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET }, b = a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(inet_pton(AF_INET, from, &a.sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET, to, &b.sin_addr), 1);
    b.sin_port = htons((uint16_t)port);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&b, sizeof b), 0);
    return fd;
}

static int dial_six(int port)
{
    struct sockaddr_in6 a = { .sin6_family = AF_INET6,
                              .sin6_port = htons((uint16_t)port),
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

/* Some machines have no IPv6. */
static bool has_six(void)
{
    struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

static void ask(int fd, const char *headers, const char *want)
{
    char text[1024];
    answer a;
    int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n", headers);
    send_all(fd, text, (size_t)n);
    assert_true(read_answer(fd, false, &a));
    if (strcmp(a.body, want) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", headers, a.body, want);
    answer_done(&a);
}

static void ask_from(const char *from, int port, const char *headers, const char *want)
{
    int fd = dial_from(from, "127.0.0.1", port);
    ask(fd, headers, want);
    close(fd);
}

#define FOR "X-Forwarded-For: "
#define PROTO "X-Forwarded-Proto: "

static void proxy__is_believed_and_nobody_else(void **state)
{
    int port;
    yj_http *h = listen_on(NULL, "127.0.0.2", NULL, &port);
    ask_from("127.0.0.1", port, "", "127.0.0.1 plain");
    ask_from("127.0.0.1", port, FOR "192.0.2.7\r\n" PROTO "https\r\n", "127.0.0.1 plain");
    ask_from("127.0.0.2", port, "", "127.0.0.2 plain");
    ask_from("127.0.0.2", port, FOR "192.0.2.7\r\n", "192.0.2.7 plain");
    ask_from("127.0.0.2", port, FOR "192.0.2.7\r\n" PROTO "https\r\n", "192.0.2.7 secure");
    ask_from("127.0.0.2", port, "x-forwarded-FOR:10.9.9.9 , 192.0.2.7\r\n" PROTO "http\r\n",
             "192.0.2.7 plain");
    ask_from("127.0.0.2", port, FOR "nonsense\r\n", "127.0.0.2 plain");
    /* a proxy that adds a line rather than a word */
    ask_from("127.0.0.2", port, FOR "203.0.113.1\r\n" FOR "192.0.2.7\r\n", "192.0.2.7 plain");
    ask_from("127.0.0.2", port, PROTO "https\r\n" PROTO "http\r\n", "127.0.0.2 plain");
    /* each request of a connection by itself */
    int fd = dial_from("127.0.0.2", "127.0.0.1", port);
    ask(fd, FOR "192.0.2.7\r\n" PROTO "https\r\n", "192.0.2.7 secure");
    ask(fd, FOR "2001:db8::7\r\n", "2001:db8::7 plain");
    ask(fd, "", "127.0.0.2 plain");
    close(fd);
    yj_http_stop(h);
}

static void addresses__of_both_kinds_are_listened_on(void **state)
{
    yj_error err = { 0 };
    yj_http *h = NULL;
    int port, fd;
    if (has_six()) {
        h = listen_on("::", NULL, NULL, &port);
        ask_from("127.0.0.1", port, "", "127.0.0.1 plain"); /* which came as ::ffff:127.0.0.1 */
        fd = dial_six(port);
        ask(fd, "", "::1 plain");
        close(fd);
        yj_http_stop(h);
        h = listen_on("[::1]", "::1", NULL, &port);
        fd = dial_six(port);
        ask(fd, FOR "192.0.2.7\r\n", "192.0.2.7 plain");
        close(fd);
        yj_http_stop(h);
    }
    h = listen_on("127.0.0.3", NULL, NULL, &port);
    fd = dial_from("127.0.0.1", "127.0.0.3", port);
    ask(fd, "", "127.0.0.1 plain");
    close(fd);
    yj_http_stop(h);
    static const char *const bad[] = { "yunjian.example", "1.2.3", "[127.0.0.1", "::g", "eth0" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_int_equal(
            yj_http_start(&app, &(yj_http_options){ .address = bad[i], .any_address = true }, &h, &err),
            YJ_E_USAGE);
    static const char *const beyond[] = { "0.0.0.0", "::", "127.0.0.2", "192.0.2.7" };
    for (size_t i = 0; i < YJ_COUNT(beyond); i++) {
        assert_int_equal(yj_http_start(&app, &(yj_http_options){ .address = beyond[i] }, &h, &err),
                         YJ_E_USAGE);
        assert_non_null(strstr(err.msg, "--tls-cert"));
        assert_non_null(strstr(err.msg, "--trusted-proxy"));
    }
}

/* The address by which this machine would reach another; "" if it has none but loopback. */
static void own_address(char *ret, socklen_t cap)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(9) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ret[0] = '\0';
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &a.sin_addr), 1);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
        getsockname(fd, (struct sockaddr *)&a, &len) == 0)
        inet_ntop(AF_INET, &a.sin_addr, ret, cap);
    close(fd);
}

/* Over plain HTTP, who comes from elsewhere passed the proxy by. */
static void strangers__over_plain_http_are_refused(void **state)
{
    char own[INET_ADDRSTRLEN], want[64];
    int port;
    own_address(own, sizeof own);
    if (!own[0])
        skip(); /* a machine with loopback alone cannot have strangers */
    yj_http *h = listen_on("0.0.0.0", "127.0.0.2", NULL, &port);
    int fd = dial_from(own, own, port);
    snprintf(want, sizeof want, "%s refused", own);
    ask(fd, FOR "127.0.0.1\r\n" PROTO "https\r\n", want);
    close(fd);
    ask_from("127.0.0.1", port, "", "127.0.0.1 plain");
    ask_from("127.0.0.2", port, FOR "192.0.2.7\r\n" PROTO "https\r\n", "192.0.2.7 secure");
    yj_http_stop(h);
    h = listen_on("0.0.0.0", own, NULL, &port);
    fd = dial_from(own, own, port);
    ask(fd, FOR "192.0.2.7\r\n", "192.0.2.7 plain");
    close(fd);
    yj_http_stop(h);
}

/* --- a real proxy -----------------------------------------------------------------------------------------
 */

typedef struct front {
    char dir[64];
    cert cert;
    yj_tls *tls; /* of the same certificate, for a listener that speaks TLS, too */
} front;

static int setup(void **state)
{
    front *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");
    char path[96], key[96];
    yj_error err = { 0 };
    snprintf(f->dir, sizeof f->dir, "%s/yj-proxy-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(f->dir))
        return -1;
    f->cert = cert_make("front", -DAY, DAY, NULL, 0);
    snprintf(path, sizeof path, "%s/cert.pem", f->dir);
    snprintf(key, sizeof key, "%s/key.pem", f->dir);
    certs_write(path, (const cert *const[]){ &f->cert }, 1);
    key_write(key, &f->cert, NULL);
    yj_ok(yj_tls_open(path, key, &f->tls, &err));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    front *f = *state;
    yj_tls_free(f->tls);
    cert_free(&f->cert);
    int rc = yj_dir_remove(f->dir, NULL) == YJ_OK ? 0 : -1;
    free(f);
    return rc;
}

static int free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static bool is_open(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    return open;
}

/* `text` with each `from` replaced, which must be there; to be freed. Frees `text`. */
static char *replaced(char *text, const char *from, const char *to)
{
    yj_buf b;
    yj_buf_init(&b, 1 << 20);
    const char *p = text, *at;
    if (!strstr(text, from))
        fail_msg("there is no %s", from);
    for (; (at = strstr(p, from)) != NULL; p = at + strlen(from)) {
        yj_buf_add(&b, p, (size_t)(at - p));
        yj_buf_str(&b, to);
    }
    yj_buf_str(&b, p);
    free(text);
    return b.ptr;
}

/* The server of docs/operating.md, with names and numbers of this test. */
static char *server_of_docs(const char *scheme, int behind, int port)
{
    yj_error err = { 0 };
    yj_buf b;
    char text[64];
    yj_buf_init(&b, 1 << 20);
    yj_ok(yj_file_read(SOURCE_ROOT "/docs/operating.md", 1 << 20, &b, &err));
    char *from = strstr(b.ptr, "```nginx\n"), *end = from ? strstr(from, "\n```\n") : NULL;
    assert_non_null(end);
    char *s = strndup(from + 9, (size_t)(end - from) - 9);
    yj_buf_done(&b);
    snprintf(text, sizeof text, "listen 127.0.0.1:%d ssl;", port);
    s = replaced(s, "listen 443 ssl;", text);
    snprintf(text, sizeof text, "%s://127.0.0.1:%d;", scheme, behind);
    s = replaced(s, "http://127.0.0.1:8080;", text);
    s = replaced(s, "/etc/ssl/yunjian/fullchain.pem", "cert.pem");
    return replaced(s, "/etc/ssl/yunjian/privkey.pem", "key.pem");
}

/* nginx in a folder of its own, in the foreground: TLS in front, `scheme` behind. `change`: a line of the
 * docs and what stands in its place, or NULL. */
static pid_t nginx_start(const front *f, const char *scheme, int behind, const char *const change[2],
                         int *ret_port)
{
    extern char **environ;
    for (int attempt = 0; attempt < 10; attempt++) {
        char path[96], dir[80];
        int port = free_port();
        char *server = server_of_docs(scheme, behind, port);
        if (change)
            server = replaced(server, change[0], change[1]);
        snprintf(path, sizeof path, "%s/nginx.conf", f->dir);
        FILE *c = fopen(path, "we");
        assert_non_null(c);
        fprintf(c,
                "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log nginx.err;\n"
                "events { worker_connections 64; }\n"
                "http {\n  access_log off;\n  client_body_temp_path t1; proxy_temp_path t2; "
                "fastcgi_temp_path t3;\n"
                "  uwsgi_temp_path t4; scgi_temp_path t5;\n%s}\n",
                server);
        assert_int_equal(fclose(c), 0);
        free(server);
        snprintf(dir, sizeof dir, "%s/", f->dir);
        char *argv[] = { (char[]){ NGINX },       (char[]){ "-p" }, dir,  (char[]){ "-e" },
                         (char[]){ "nginx.err" }, (char[]){ "-c" }, path, NULL };
        pid_t pid = 0;
        assert_int_equal(posix_spawn(&pid, NGINX, NULL, NULL, argv, environ), 0);
        for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
            if (waitpid(pid, NULL, WNOHANG) == pid) /* the port was taken meanwhile */
                break;
            if (is_open(port)) {
                *ret_port = port;
                return pid;
            }
            (void)poll(NULL, 0, 5);
        }
    }
    fail_msg("nginx does not start");
    return -1;
}

static void nginx_stop(pid_t pid)
{
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void ask_nginx(int port, const char *headers, const char *want)
{
    tls_line t;
    assert_true(tls_dial(&t, port, &(tls_ways){ .from = "127.0.0.5" }, NULL));
    for (int i = 0; i < 2; i++) {
        answer a = tls_call(&t, "GET", "/", headers);
        if (strcmp(a.body, want) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", headers ? headers : "", a.body, want);
        const char *strict = answer_header(&a, "Strict-Transport-Security");
        assert_string_equal(strict ? strict : "", "max-age=31536000");
        answer_done(&a);
    }
    tls_close(&t);
}

/* As the docs have it, and adding to what the client wrote; plain and TLS behind. */
static void nginx__tells_who_its_client_is(void **state)
{
    static const char *const adds[2] = { "X-Forwarded-For $remote_addr;",
                                         "X-Forwarded-For $proxy_add_x_forwarded_for;" };
    front *f = *state;
    for (int way = 0; way < 4; way++) {
        bool tls = way & 1;
        int behind, port;
        yj_http *h = listen_on(NULL, "127.0.0.1", tls ? f->tls : NULL, &behind);
        pid_t nginx = nginx_start(f, tls ? "https" : "http", behind, way & 2 ? adds : NULL, &port);
        ask_nginx(port, NULL, "127.0.0.5 secure");
        /* what the client says of itself is not believed */
        ask_nginx(port, FOR "192.0.2.7\r\n" PROTO "http\r\n", "127.0.0.5 secure");
        ask_nginx(port, FOR "127.0.0.1\r\n", "127.0.0.5 secure");
        ask_nginx(port, FOR "192.0.2.7\r\n" FOR "203.0.113.1\r\n", "127.0.0.5 secure");
        nginx_stop(nginx);
        yj_http_stop(h);
    }
    /* a proxy that nobody named is a client like others */
    int behind, port;
    yj_http *h = listen_on(NULL, "127.0.0.3", NULL, &behind);
    pid_t nginx = nginx_start(f, "http", behind, NULL, &port);
    ask_nginx(port, FOR "192.0.2.7\r\n", "127.0.0.1 plain");
    nginx_stop(nginx);
    yj_http_stop(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxy__is_believed_and_nobody_else),
        cmocka_unit_test(addresses__of_both_kinds_are_listened_on),
        cmocka_unit_test(strangers__over_plain_http_are_refused),
        cmocka_unit_test(nginx__tells_who_its_client_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
