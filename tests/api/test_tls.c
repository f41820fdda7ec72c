// SPDX-License-Identifier: Apache-2.0
/* The server speaks TLS itself. */
#include "tls_test.h"

#include "api/tls.h"
#include "base/time.h"
#include <openssl/sslerr.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_MS 20000 /* within which what is to happen does, whatever else the machine does */
#define REFUSED SSL_R_UNEXPECTED_EOF_WHILE_READING /* the library says no by closing */
#define HELLO "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

static cert first, second, other;
static char cert_path[96], key_path[96];

static void write_pair(const cert *c, const cert *k)
{
    certs_write(cert_path, &c, 1);
    key_write(key_path, k, NULL);
}

static void serve(world *w, yj_server_options o)
{
    o.open =
        !o.public_url && (!o.address || strcmp(o.address, "0.0.0.0") != 0); /* what is shown to others asks */
    yj_error err = { 0 };
    o.tls_cert = cert_path;
    o.tls_key = key_path;
    yj_server_stop(w->server);
    yj_ok(yj_server_start(w->engine, &o, &w->server, &err));
    assert_int_equal(strncmp(yj_server_url(w->server), "https://", 8), 0);
    w->port = atoi(strrchr(yj_server_url(w->server), ':') + 1);
}

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    world *w = *state;
    snprintf(cert_path, sizeof cert_path, "%s/cert.pem", w->dir);
    snprintf(key_path, sizeof key_path, "%s/key.pem", w->dir);
    first = cert_make("first", -DAY, 90 * DAY, NULL, 0);
    second = cert_make("second", -DAY, 90 * DAY, NULL, 0);
    other = cert_make("other", -DAY, 90 * DAY, NULL, 2048);
    write_pair(&first, &first);
    serve(w, (yj_server_options){ .page = &test_page });
    return 0;
}

static int teardown(void **state)
{
    cert_free(&first);
    cert_free(&second);
    cert_free(&other);
    return world_teardown(state);
}

static tls_line dialled(const world *w)
{
    tls_line t;
    int reason = 0;
    if (!tls_dial(&t, w->port, NULL, &reason))
        fail_msg("no TLS: reason %d", reason);
    return t;
}

static double metric(const world *w, const char *name)
{
    tls_line t = dialled(w);
    answer a = tls_call(&t, "GET", "/api/v1/metrics", NULL);
    char line[128];
    snprintf(line, sizeof line, "\nyunjian_%s ", name);
    const char *at = strstr(a.body, line);
    if (!at)
        fail_msg("no metric %s", name);
    double v = strtod(at + strlen(line), NULL);
    answer_done(&a);
    tls_close(&t);
    return v;
}

/* What was answered is read and dropped. */
static bool is_closed(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char dropped[1024];
    while (poll(&p, 1, LONG_MS) == 1)
        if (recv(fd, dropped, sizeof dropped, MSG_DONTWAIT) <= 0)
            return true;
    return false;
}

/* --- shaking hands ----------------------------------------------------------------------------------------
 */

static void versions__1_2_and_1_3_only(void **state)
{
    world *w = *state;
    static const struct {
        tls_ways ways;
        int reason; /* 0: it comes about */
    } rows[] = {
        { { .least = TLS1_3_VERSION }, 0 },
        { { .most = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }, 0 },
        { { .most = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305" }, 0 },
        { { .most = TLS1_1_VERSION }, REFUSED },
        { { .least = TLS1_VERSION, .most = TLS1_VERSION }, REFUSED },
        { { .most = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-SHA384" }, REFUSED },
        { { .most = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA" }, REFUSED },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        tls_line t;
        int reason = 0;
        bool good = tls_dial(&t, w->port, &rows[i].ways, &reason);
        if (good != (rows[i].reason == 0) || reason != rows[i].reason)
            fail_msg("row %zu: %d, reason %d", i, (int)good, reason);
        if (!good)
            continue;
        answer a = tls_call(&t, "GET", "/api/v1/health", NULL);
        assert_int_equal(a.status, 200);
        answer_done(&a);
        /* what the client offers at once: another group would take a further round */
        assert_int_equal(SSL_get_negotiated_group(t.ssl), NID_X25519);
        tls_close(&t);
    }
}

static void ciphers__without_forward_secrecy_are_refused(void **state)
{
    world *w = *state;
    static const char *const ciphers[] = { "AES128-GCM-SHA256", "AES256-GCM-SHA384",
                                           "DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256" };
    write_pair(&other, &other); /* these want RSA */
    serve(w, (yj_server_options){ 0 });
    for (size_t i = 0; i < YJ_COUNT(ciphers); i++) {
        tls_line t;
        int reason = 0;
        assert_false(
            tls_dial(&t, w->port, &(tls_ways){ .most = TLS1_2_VERSION, .ciphers = ciphers[i] }, &reason));
        assert_int_equal(reason, REFUSED);
    }
    tls_line t;
    assert_true(tls_dial(
        &t, w->port, &(tls_ways){ .most = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256" }, NULL));
    tls_close(&t);
    write_pair(&first, &first);
    serve(w, (yj_server_options){ 0 });
}

/* The leaf comes first in the file, what is behind it in any order. */
static void chain__is_shown_in_order(void **state)
{
    world *w = *state;
    cert ca = cert_make("authority", -DAY, 90 * DAY, NULL, 0);
    cert middle = cert_make("middle", -DAY, 90 * DAY, &ca, 0);
    cert leaf = cert_make("leaf", -DAY, 90 * DAY, &middle, 0);
    const cert *const orders[][3] = { { &leaf, &middle, &ca }, { &leaf, &ca, &middle } };
    key_write(key_path, &leaf, NULL);
    for (size_t i = 0; i < 2; i++) {
        certs_write(cert_path, orders[i], 3);
        serve(w, (yj_server_options){ 0 });
        tls_line t = dialled(w);
        STACK_OF(X509) *shown = SSL_get_peer_cert_chain(t.ssl);
        assert_int_equal(sk_X509_num(shown), 3);
        for (int n = 0; n < 3; n++)
            assert_int_equal(X509_cmp(sk_X509_value(shown, n), orders[0][n]->x), 0);
        tls_close(&t);
    }
    cert_free(&leaf);
    cert_free(&middle);
    cert_free(&ca);
    write_pair(&first, &first);
    serve(w, (yj_server_options){ 0 });
}

static void plain_http__is_closed(void **state)
{
    world *w = *state;
    int fd = dial(w);
    send_all(fd, HELLO, strlen(HELLO));
    assert_true(is_closed(fd));
    close(fd);
    assert_int_equal((int)metric(w, "http_late_heads_total"), 0); /* and not for being late */
}

static void handshake__that_does_not_come_is_closed_in_time(void **state)
{
    world *w = *state;
    static const char start[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"; /* of a ClientHello */
    serve(w, (yj_server_options){ .patience = { .head_ms = 300 } });
    for (size_t i = 0; i < 3; i++) {
        int fd = -1;
        tls_line t;
        if (i == 2)
            t = dialled(w); /* hands are shaken, then silence */
        else
            fd = dial(w);
        if (i == 1)
            send_all(fd, start, sizeof start - 1);
        assert_true(is_closed(i == 2 ? t.fd : fd));
        if (i == 2)
            tls_close(&t);
        else
            close(fd);
        assert_int_equal((int)metric(w, "http_late_heads_total"), (int)i + 1);
    }
    serve(w, (yj_server_options){ 0 });
}

/* --- what is exchanged ------------------------------------------------------------------------------------
 */

static void connection__serves_many_requests(void **state)
{
    world *w = *state;
    tls_line t = dialled(w);
    for (int i = 0; i < 20; i++) {
        answer a = tls_call(&t, "GET", i % 2 ? "/api/v1/health" : "/api/v1/institutions", NULL);
        assert_int_equal(a.status, 200);
        answer_done(&a);
    }
    tls_send(&t, HELLO HELLO HELLO, 3 * strlen(HELLO)); /* in one record */
    for (int i = 0; i < 3; i++) {
        answer a;
        assert_true(tls_answer(&t, &a));
        assert_int_equal(a.status, 200);
        answer_done(&a);
    }
    answer a = tls_call(&t, "GET", "/api/v1/health", "Connection: close\r\n");
    assert_int_equal(a.status, 200);
    answer_done(&a);
    assert_false(tls_more(&t));
    assert_int_equal(SSL_get_shutdown(t.ssl),
                     SSL_RECEIVED_SHUTDOWN); /* said, so that nobody can cut it short */
    tls_close(&t);
}

static void browsers__are_told_to_stay_with_tls(void **state)
{
    world *w = *state;
    static const struct {
        const char *address, *url;
        bool told;
    } rows[] = { { NULL, NULL, false }, /* a name of this machine has other ports */
                 { "localhost", NULL, false },
                 { "127.0.0.1", NULL, false },
                 { "0.0.0.0", NULL, true },
                 { "0.0.0.0", "https://localhost:8443", false },
                 { NULL, "https://yunjian.example", true } };
    static const char *const paths[] = { "/api/v1/health", "/api/v1/nothing", "/", "/api/v1/institutions" };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        serve(w, (yj_server_options){
                     .address = rows[i].address, .page = &test_page, .public_url = rows[i].url });
        tls_line t = dialled(w);
        for (size_t p = 0; p < 2 * YJ_COUNT(paths); p++) { /* twice: also from memory */
            answer a = tls_call(&t, "GET", paths[p / 2], NULL);
            const char *h = answer_header(&a, "Strict-Transport-Security");
            if (rows[i].told)
                assert_string_equal(h ? h : "", "max-age=31536000");
            else
                assert_null(h);
            answer_done(&a);
        }
        tls_close(&t);
    }
    serve(w, (yj_server_options){ 0 });
}

static void feed__arrives(void **state)
{
    world *w = *state;
    tls_line f = dialled(w), t = dialled(w);
    static const char ask[] = "GET " DEMO "/feed HTTP/1.1\r\nHost: localhost\r\n\r\n";
    tls_send(&f, ask, strlen(ask));
    for (int i = 0; i < 3; i++) {
        char text[512], body[80], id[64];
        int n =
            snprintf(body, sizeof body, "{\"fields\":{\"number\":\"T-%d\",\"title\":\"a\",\"level\":3}}", i);
        n = snprintf(text, sizeof text,
                     "POST " DEMO
                     "/records/item HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     "Content-Length: %d\r\n\r\n%s",
                     n, body);
        tls_send(&t, text, (size_t)n);
        answer a;
        assert_true(tls_answer(&t, &a));
        assert_int_equal(a.status, 201);
        yj_error err = { 0 };
        yj_auto(yj_json_freep) json_t *v = NULL;
        yj_ok(yj_json_parse((yj_span){ a.body, a.len }, 1 << 20, &v, &err));
        snprintf(id, sizeof id, "%s", json_at(v, "id"));
        answer_done(&a);
        while (!(f.len && strstr(f.in, id)))
            assert_true(tls_more(&f));
    }
    tls_close(&f);
    tls_close(&t);
}

static char *noise(size_t len)
{
    char *p = malloc(len);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        p[i] = (char)x;
    }
    return p;
}

/* The connection stands still while a worker has a piece; the rest of a record must not be forgotten then. */
static void upload_and_download__of_many_pieces(void **state)
{
    world *w = *state;
    const size_t len = 5000001;
    char *bytes = noise(len), path[200] = "", head[256];
    for (int chunked = 0; chunked < 2; chunked++) {
        tls_line t = dialled(w);
        int n = snprintf(head, sizeof head, "POST /api/v1/evidence HTTP/1.1\r\nHost: localhost\r\n");
        if (chunked)
            n += snprintf(head + n, sizeof head - (size_t)n, "Transfer-Encoding: chunked\r\n\r\n");
        else
            n += snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n\r\n", len);
        tls_send(&t, head, (size_t)n);
        for (size_t at = 0; chunked && at < len;) {
            size_t piece = len - at < 77777 ? len - at : 77777;
            n = snprintf(head, sizeof head, "%zx\r\n", piece);
            tls_send(&t, head, (size_t)n);
            tls_send(&t, bytes + at, piece);
            tls_send(&t, "\r\n", 2);
            at += piece;
        }
        if (chunked)
            tls_send(&t, "0\r\n\r\n", 5);
        else
            tls_send(&t, bytes, len);
        answer a;
        assert_true(tls_answer(&t, &a));
        assert_in_range(a.status, 200, 201);
        snprintf(path, sizeof path, "%s", answer_header(&a, "Location"));
        answer_done(&a);
        a = tls_call(&t, "GET", path, NULL);
        assert_int_equal(a.status, 200);
        assert_int_equal(a.len, len);
        assert_memory_equal(a.body, bytes, len);
        answer_done(&a);
        a = tls_call(&t, "GET", path, "Range: bytes=1000000-3999999\r\n");
        assert_int_equal(a.status, 206);
        assert_int_equal(a.len, 3000000);
        assert_memory_equal(a.body, bytes + 1000000, a.len);
        answer_done(&a);
        a = tls_call(&t, "GET", "/api/v1/health", NULL); /* and the line is still good */
        assert_int_equal(a.status, 200);
        answer_done(&a);
        tls_close(&t);
    }
    free(bytes);
}

/* --- a certificate is renewed -----------------------------------------------------------------------------
 */

typedef struct load {
    const world *w;
    atomic_bool over;
    atomic_uint kept, new_ones, failed;
} load;

/* One line is kept throughout, others come and go. */
static void *ask_on(void *arg)
{
    load *l = arg;
    tls_line kept;
    if (!tls_dial(&kept, l->w->port, NULL, NULL)) {
        atomic_fetch_add(&l->failed, 1);
        return NULL;
    }
    long serial = tls_serial(&kept);
    while (!atomic_load(&l->over)) {
        answer a;
        tls_line t;
        tls_send(&kept, HELLO, strlen(HELLO));
        bool good = tls_answer(&kept, &a) && a.status == 200 && tls_serial(&kept) == serial;
        answer_done(&a);
        atomic_fetch_add(good ? &l->kept : &l->failed, 1);
        good = tls_dial(&t, l->w->port, NULL, NULL);
        if (good) {
            tls_send(&t, HELLO, strlen(HELLO));
            good = tls_answer(&t, &a) && a.status == 200;
            answer_done(&a);
            tls_close(&t);
        }
        atomic_fetch_add(good ? &l->new_ones : &l->failed, 1);
    }
    tls_close(&kept);
    return NULL;
}

static long serial_now(const world *w)
{
    tls_line t = dialled(w);
    long n = tls_serial(&t);
    tls_close(&t);
    return n;
}

static void certificate__is_exchanged_under_load(void **state)
{
    world *w = *state;
    yj_error err = { 0 };
    load l = { .w = w };
    pthread_t t[3];
    long serials[2] = { ASN1_INTEGER_get(X509_get_serialNumber(first.x)),
                        ASN1_INTEGER_get(X509_get_serialNumber(second.x)) };
    assert_int_equal(serial_now(w), serials[0]);
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, ask_on, &l), 0);
    for (unsigned round = 1; round <= 20; round++) {
        const cert *c = round % 2 ? &second : &first;
        unsigned seen = atomic_load(&l.kept);
        write_pair(c, c);
        yj_ok(yj_server_reload(w->server, &err));
        assert_int_equal(serial_now(w), serials[round % 2]);
        while (atomic_load(&l.kept) == seen && !atomic_load(&l.failed)) /* and they go on */
            (void)poll(NULL, 0, 1);
    }
    atomic_store(&l.over, true);
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        pthread_join(t[i], NULL);
    assert_int_equal(atomic_load(&l.failed), 0);
    assert_true(atomic_load(&l.kept) >= 20 && atomic_load(&l.new_ones) > 0);
}

/* --- what is refused --------------------------------------------------------------------------------------
 */

static void reload_refused(world *w, yj_status want, const char *file)
{
    yj_error err = { 0 };
    long before = serial_now(w);
    assert_int_equal(yj_server_reload(w->server, &err), want);
    if (!strstr(err.msg, file) || !err.msg_zh[0])
        fail_msg("%s / %s", err.msg, err.msg_zh);
    assert_int_equal(serial_now(w), before);
}

static void pair__that_is_not_good_is_refused_and_the_old_one_stays(void **state)
{
    world *w = *state;
    cert weak = cert_make("weak", -DAY, DAY, NULL, 1024);
    char gone[96];
    write_pair(&first, &second);
    reload_refused(w, YJ_E_INVALID, key_path);
    key_write(key_path, &first, "secret");
    reload_refused(w, YJ_E_INVALID, key_path);
    write_pair(&weak, &weak);
    reload_refused(w, YJ_E_INVALID, key_path);
    write_pair(&first, &first);
    assert_int_equal(chmod(key_path, 0604), 0);
    reload_refused(w, YJ_E_FORBIDDEN, key_path);
    assert_int_equal(chmod(key_path, 0640), 0); /* Debian's ssl-cert */
    yj_error err = { 0 };
    yj_ok(yj_server_reload(w->server, &err));
    certs_write(key_path, (const cert *const[]){ &first }, 1); /* a certificate where the key should be */
    assert_int_equal(chmod(key_path, 0600), 0);
    reload_refused(w, YJ_E_INVALID, key_path);
    certs_write(cert_path, NULL, 0);
    reload_refused(w, YJ_E_INVALID, cert_path);
    key_write(cert_path, &first, NULL);
    reload_refused(w, YJ_E_INVALID, cert_path);
    const cert *many[YJ_TLS_CHAIN_MAX + 1];
    for (size_t i = 0; i < YJ_COUNT(many); i++)
        many[i] = &first;
    certs_write(cert_path, many, YJ_COUNT(many));
    reload_refused(w, YJ_E_LIMIT, cert_path);
    write_pair(&first, &first);
    snprintf(gone, sizeof gone, "%s", cert_path);
    assert_int_equal(unlink(gone), 0);
    reload_refused(w, YJ_E_NOT_FOUND, cert_path);
    write_pair(&first, &first);
    cert_free(&weak);
}

static void certificate__that_expired_is_served_and_known(void **state)
{
    world *w = *state;
    yj_error err = { 0 };
    cert old = cert_make("old", -90 * DAY, -DAY, NULL, 0);
    write_pair(&old, &old);
    yj_ok(yj_server_reload(w->server, &err));
    int64_t age = yj_clock_system().now_ns(NULL) - yj_server_valid_until(w->server);
    assert_in_range(age, 86400 * YJ_NS_PER_S, 86400 * YJ_NS_PER_S + 600 * YJ_NS_PER_S);
    tls_line t = dialled(w);
    tls_close(&t);
    cert_free(&old);
    write_pair(&first, &first);
    yj_ok(yj_server_reload(w->server, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions__1_2_and_1_3_only),
        cmocka_unit_test(ciphers__without_forward_secrecy_are_refused),
        cmocka_unit_test(chain__is_shown_in_order),
        cmocka_unit_test(plain_http__is_closed),
        cmocka_unit_test(handshake__that_does_not_come_is_closed_in_time),
        cmocka_unit_test(connection__serves_many_requests),
        cmocka_unit_test(browsers__are_told_to_stay_with_tls),
        cmocka_unit_test(feed__arrives),
        cmocka_unit_test(upload_and_download__of_many_pieces),
        cmocka_unit_test(certificate__is_exchanged_under_load),
        cmocka_unit_test(pair__that_is_not_good_is_refused_and_the_old_one_stays),
        cmocka_unit_test(certificate__that_expired_is_served_and_known),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
