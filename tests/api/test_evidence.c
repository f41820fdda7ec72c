// SPDX-License-Identifier: Apache-2.0
/* Files over HTTP: in pieces, cut, resumed, out again; memory stays flat. */
#include "api_test.h"

#include "base/hash.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define LARGE_MIB 320

static void hex_of(const void *bytes, size_t len, char ret[static 2 * YJ_HASH_LEN + 1])
{
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, bytes, len, &d);
    yj_digest_hex(&d, ret);
}

/* Begin an upload; its path below the server, static. */
static const char *begin(const world *w, const char *headers)
{
    static char at[160];
    answer a = call(w, "POST", "/api/v1/evidence", headers, NULL);
    assert_int_equal(a.status, 201);
    snprintf(at, sizeof at, "%s", answer_header(&a, "Location"));
    assert_true(strncmp(at, "/api/v1/evidence/uploads/", 25) == 0);
    answer_done(&a);
    return at;
}

static int64_t offset_of(const world *w, const char *at)
{
    answer a = call(w, "HEAD", at, NULL, NULL);
    assert_int_equal(a.status, 200);
    const char *v = answer_header(&a, "Upload-Offset");
    int64_t n = v ? atoll(v) : -1;
    answer_done(&a);
    return n;
}

static void whole__by_post_and_put(void **state)
{
    const world *w = *state;
    char hex[2 * YJ_HASH_LEN + 1], path[160];
    hex_of("evidence one", 12, hex);
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, "evidence one", 12);
    assert_int_equal(a.status, 201);
    assert_string_equal(json_at(a.json, "digest"), hex);
    assert_int_equal(json_int_at(a.json, "size"), 12);
    snprintf(path, sizeof path, "/api/v1/evidence/%s", hex);
    assert_string_equal(answer_header(&a, "Location"), path);
    answer_done(&a);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "evidence one");
    assert_string_equal(answer_header(&a, "Content-Disposition"), "attachment");
    answer_done(&a);
    /* known digest */
    hex_of("evidence two", 12, hex);
    snprintf(path, sizeof path, "/api/v1/evidence/%s", hex);
    a = call_bytes(w, "PUT", path, NULL, "evidence TWO", 12);
    assert_int_equal(a.status, 400);
    assert_string_equal(json_at(a.json, "error.code"), "invalid_request");
    answer_done(&a);
    call_expect(w, 404, "GET", path, NULL, NULL);
    for (int i = 0; i < 2; i++) { /* once more is no harm */
        a = call_bytes(w, "PUT", path, NULL, "evidence two", 12);
        assert_int_equal(a.status, 201);
        answer_done(&a);
    }
    call_expect(w, 200, "GET", path, NULL, NULL);
    /* an empty file */
    hex_of("", 0, hex);
    snprintf(path, sizeof path, "/api/v1/evidence/%s", hex);
    a = call_bytes(w, "PUT", path, NULL, "", 0);
    assert_int_equal(a.status, 201);
    answer_done(&a);
    /* what the store knows */
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_blob b;
    yj_digest d;
    hex_of("evidence two", 12, hex);
    assert_true(yj_digest_from_hex(yj_span_of(hex), &d));
    yj_ok(yj_reader_take(w->engine, &db, &err));
    yj_ok(yj_blob_get(db, &d, &b, &err));
    assert_int_equal(b.size, 12);
    yj_reader_give(w->engine, db);
}

/* Where the server keeps a file. */
static void stored_at(const world *w, const char *hex, char *ret, size_t cap)
{
    snprintf(ret, cap, "%s/evidence/%.2s/%s", w->data, hex, hex + 2);
}

static void assert_checked(const world *w, const char *hex, int64_t size, bool matches)
{
    char path[160];
    snprintf(path, sizeof path, "/api/v1/evidence/%s/check", hex);
    answer a = call(w, "POST", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "digest"), hex);
    assert_int_equal(json_int_at(a.json, "size"), size);
    assert_int_equal(json_is_true(json_object_get(a.json, "matches")), matches);
    int64_t ns;
    assert_true(yj_time_parse(yj_span_of(json_at(a.json, "checked")), &ns));
    answer_done(&a);
}

static void check__tells_a_damaged_file(void **state)
{
    const world *w = *state;
    char hex[2 * YJ_HASH_LEN + 1], path[160], file[256];
    const char text[] = "to be damaged";
    size_t len = sizeof text - 1;
    hex_of(text, len, hex);
    snprintf(path, sizeof path, "/api/v1/evidence/%s/check", hex);
    call_refused(w, 404, "not_found", "", "POST", path, NULL, NULL);
    call_refused(w, 404, "not_found", "", "POST", "/api/v1/evidence/12/check", NULL, NULL);
    call_expect(w, 405, "GET", path, NULL, NULL);
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, text, len);
    assert_int_equal(a.status, 201);
    answer_done(&a);
    assert_checked(w, hex, (int64_t)len, true);

    stored_at(w, hex, file, sizeof file); /* a bit turns over */
    assert_int_equal(chmod(file, 0600), 0);
    int fd = open(file, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "u", 1, 0), 1);
    assert_checked(w, hex, (int64_t)len, false);
    assert_int_equal(pwrite(fd, "t", 1, 0), 1);
    assert_checked(w, hex, (int64_t)len, true);
    assert_int_equal(ftruncate(fd, 5), 0); /* the end is lost */
    assert_checked(w, hex, 5, false);
    close(fd);
    assert_int_equal(unlink(file), 0); /* all of it: it was taken in and not erased */
    assert_checked(w, hex, 0, false);
}

static void check__reads_more_than_a_piece(void **state)
{
    const world *w = *state;
    char hex[2 * YJ_HASH_LEN + 1];
    size_t len = 3 * MIB + 17;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 31 + i / 977);
    hex_of(bytes, len, hex);
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, bytes, len);
    assert_int_equal(a.status, 201);
    answer_done(&a);
    assert_checked(w, hex, (int64_t)len, true);
    free(bytes);
}

static void range__is_served(void **state)
{
    const world *w = *state;
    char hex[2 * YJ_HASH_LEN + 1], path[160], etag[128], head[256];
    hex_of("0123456789", 10, hex);
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, "0123456789", 10);
    answer_done(&a);
    snprintf(path, sizeof path, "/api/v1/evidence/%s", hex);
    a = call(w, "GET", path, "Range: bytes=2-4\r\n", NULL);
    assert_int_equal(a.status, 206);
    assert_string_equal(a.body, "234");
    assert_string_equal(answer_header(&a, "Content-Range"), "bytes 2-4/10");
    snprintf(etag, sizeof etag, "%s", answer_header(&a, "ETag"));
    answer_done(&a);
    a = call(w, "GET", path, "Range: bytes=-3\r\n", NULL);
    assert_string_equal(a.body, "789");
    answer_done(&a);
    a = call(w, "GET", path, "Range: bytes=10-\r\n", NULL);
    assert_int_equal(a.status, 416);
    assert_string_equal(answer_header(&a, "Content-Range"), "bytes */10");
    answer_done(&a);
    a = call(w, "GET", path, "Range: bytes=2-4\r\nIf-Range: \"another\"\r\n", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "0123456789");
    answer_done(&a);
    snprintf(head, sizeof head, "Range: bytes=0-0\r\nIf-Range: %s\r\n", etag);
    a = call(w, "GET", path, head, NULL);
    assert_int_equal(a.status, 206);
    answer_done(&a);
    snprintf(head, sizeof head, "If-None-Match: %s\r\n", etag);
    call_expect(w, 304, "GET", path, head, NULL);
}

static void pieces__by_offset_and_by_range(void **state)
{
    const world *w = *state;
    char at[160], hex[2 * YJ_HASH_LEN + 1];
    snprintf(at, sizeof at, "%s", begin(w, "Upload-Length: 10\r\n"));
    answer a = call_bytes(w, "PATCH", at, "Upload-Offset: 0\r\n", "01234", 5);
    assert_int_equal(a.status, 204);
    assert_string_equal(answer_header(&a, "Upload-Offset"), "5");
    assert_string_equal(answer_header(&a, "Upload-Length"), "10");
    answer_done(&a);
    assert_int_equal(offset_of(w, at), 5);
    call_refused(w, 409, "conflict", "", "PATCH", at, "Upload-Offset: 0\r\nContent-Type: x/y\r\n", "01234");
    call_refused(w, 400, "invalid_request", "upload-offset", "PATCH", at, "Content-Type: x/y\r\n", "01234");
    call_refused(w, 400, "invalid_request", "upload-offset", "PATCH", at,
                 "Upload-Offset: five\r\nContent-Type: x/y\r\n", "01234");
    call_refused(w, 400, "invalid_request", "content-range", "PATCH", at,
                 "Content-Range: bytes 5-9\r\nContent-Type: x/y\r\n", "56789");
    call_refused(w, 400, "invalid_request", "content-range", "PATCH", at,
                 "Content-Range: bytes 5-8/10\r\nContent-Type: x/y\r\n", "56789");
    call_refused(w, 409, "conflict", "", "PATCH", at, "Content-Range: bytes 5-9/11\r\nContent-Type: x/y\r\n",
                 "56789");
    call_refused(w, 413, "limit_exceeded", "", "PATCH", at, "Upload-Offset: 5\r\nContent-Type: x/y\r\n",
                 "56789!");
    assert_int_equal(offset_of(w, at), 5);
    a = call_bytes(w, "PATCH", at, "Content-Range: bytes 5-9/10\r\n", "56789", 5);
    assert_int_equal(a.status, 201);
    hex_of("0123456789", 10, hex);
    assert_string_equal(json_at(a.json, "digest"), hex);
    answer_done(&a);
    call_expect(w, 404, "HEAD", at, NULL, NULL);
    call_refused(w, 404, "not_found", "", "PATCH", at, "Upload-Offset: 10\r\nContent-Type: x/y\r\n", "x");
    /* a length nobody knows before the end */
    snprintf(at, sizeof at, "%s", begin(w, NULL));
    a = call_bytes(w, "PATCH", at, "Upload-Offset: 0\r\n", "abc", 3);
    assert_int_equal(a.status, 204);
    answer_done(&a);
    a = call_bytes(w, "PATCH", at, "Upload-Offset: 3\r\nUpload-Complete: ?1\r\n", "def", 3);
    assert_int_equal(a.status, 201);
    hex_of("abcdef", 6, hex);
    assert_string_equal(json_at(a.json, "digest"), hex);
    answer_done(&a);
    /* PUT begins again */
    snprintf(at, sizeof at, "%s", begin(w, NULL));
    a = call_bytes(w, "PATCH", at, "Upload-Offset: 0\r\n", "wrong", 5);
    answer_done(&a);
    a = call_bytes(w, "PUT", at, NULL, "right", 5);
    assert_int_equal(a.status, 201);
    hex_of("right", 5, hex);
    assert_string_equal(json_at(a.json, "digest"), hex);
    answer_done(&a);
    /* given up */
    snprintf(at, sizeof at, "%s", begin(w, NULL));
    call_expect(w, 204, "DELETE", at, NULL, NULL);
    call_expect(w, 404, "HEAD", at, NULL, NULL);
    call_refused(w, 400, "invalid_request", "upload-length", "POST", "/api/v1/evidence",
                 "Upload-Length: -1\r\n", NULL);
    call_refused(w, 413, "limit_exceeded", "", "POST", "/api/v1/evidence",
                 "Upload-Length: 9999999999999999\r\n", NULL);
}

static void fill(char *p, size_t len, uint64_t seed)
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(p + i, &seed, 8);
    }
}

static uint64_t uploads_under_way(const world *w)
{
    answer a = call(w, "GET", "/metrics", NULL, NULL);
    const char *at = strstr(a.body, "\nyunjian_uploads ");
    uint64_t n = at ? strtoul(at + 17, NULL, 10) : 99;
    answer_done(&a);
    return n;
}

/* Some hundred MiB: cut in the middle, the server started anew, resumed where it was; then read back. Memory
 * grows by less than 20 MB. */
static void large__file_is_resumed_in_flat_memory(void **state)
{
    world *w = *state;
    char *piece = malloc(MIB), head[512], at[160], hex[2 * YJ_HASH_LEN + 1], path[160];
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    assert_non_null(piece);
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
    reset_peak_memory();
    long before = peak_memory_kb();
    const size_t total = LARGE_MIB * MIB, cut = (LARGE_MIB / 3) * MIB + 12345;
    snprintf(head, sizeof head, "Upload-Length: %zu\r\n", total);
    snprintf(at, sizeof at, "%s", begin(w, head));
    /* the first third, then the line goes dead */
    int fd = dial(w);
    int n = snprintf(
        head, sizeof head,
        "PATCH %s HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\nContent-Length: %zu\r\n\r\n", at, total);
    send_all(fd, head, (size_t)n);
    yj_hasher_begin(h);
    for (size_t sent = 0; sent < cut;) {
        size_t len = cut - sent < MIB ? cut - sent : MIB;
        fill(piece, MIB, sent / MIB);
        send_all(fd, piece, len);
        sent += len;
    }
    shutdown(fd, SHUT_RDWR);
    close(fd);
    int64_t there = 0;
    for (int i = 0; i < 100; i++) { /* until the server has noticed */
        answer a = call(w, "HEAD", at, NULL, NULL);
        const char *v = a.status == 200 ? answer_header(&a, "Upload-Offset") : NULL;
        there = v ? atoll(v) : there;
        answer_done(&a);
        if (v)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    }
    assert_true(there > 0 && there <= (int64_t)cut);
    world_restart(w);
    there = offset_of(w, at);
    assert_true(there > 0 && there <= (int64_t)cut);
    /* the rest, chunked */
    fd = dial(w);
    n = snprintf(
        head, sizeof head,
        "PATCH %s HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: %lld\r\nTransfer-Encoding: chunked\r\n\r\n",
        at, (long long)there);
    send_all(fd, head, (size_t)n);
    for (size_t i = 0; i < LARGE_MIB; i++) {
        fill(piece, MIB, i);
        yj_hasher_add(h, piece, MIB);
        size_t from = (size_t)there > i * MIB ? (size_t)there - i * MIB : 0;
        if (from >= MIB)
            continue;
        n = snprintf(head, sizeof head, "%zx\r\n", MIB - from);
        send_all(fd, head, (size_t)n);
        send_all(fd, piece + from, MIB - from);
        send_all(fd, "\r\n", 2);
    }
    send_all(fd, "0\r\n\r\n", 5);
    answer a;
    assert_true(read_answer(fd, false, &a));
    close(fd);
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    yj_digest d;
    yj_hasher_end(h, &d);
    yj_digest_hex(&d, hex);
    assert_string_equal(json_at(a.json, "digest"), hex);
    assert_int_equal(json_int_at(a.json, "size"), total);
    answer_done(&a);
    /* read it back */
    snprintf(path, sizeof path,
             "GET /api/v1/evidence/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", hex);
    fd = dial(w);
    send_all(fd, path, strlen(path));
    size_t got = 0, skip = 0;
    bool in_head = true;
    yj_hasher_begin(h);
    for (;;) {
        ssize_t k = recv(fd, piece, MIB, 0);
        if (k <= 0)
            break;
        skip = 0;
        if (in_head) {
            char *end = memmem(piece, (size_t)k, "\r\n\r\n", 4);
            assert_non_null(end);
            skip = (size_t)(end - piece) + 4;
            in_head = false;
        }
        yj_hasher_add(h, piece + skip, (size_t)k - skip);
        got += (size_t)k - skip;
    }
    close(fd);
    assert_int_equal(got, total);
    yj_digest back;
    yj_hasher_end(h, &back);
    assert_memory_equal(back.b, d.b, sizeof d.b);
    long grown = peak_memory_kb() - before;
    if (grown > 20 * 1024)
        fail_msg("memory grew by %ld kB", grown);
    free(piece);
    assert_int_equal(uploads_under_way(w), 0);
}

/* A whole upload that is cut leaves nothing behind. libmicrohttpd may notice the end of a connection only
 * when it times out, if it came together with the last bytes; stopping is sooner than that. */
static void cut__whole_upload_leaves_nothing(void **state)
{
    world *w = *state;
    for (int i = 0; i < 10; i++) {
        int fd = dial(w);
        static const char head[] =
            "POST /api/v1/evidence HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
        char *bytes = calloc(1, 600000);
        send_all(fd, head, sizeof head - 1);
        send_all(fd, bytes, 600000);
        free(bytes);
        close(fd);
    }
    world_restart(w);
    assert_int_equal(uploads_under_way(w), 0);
}

/* A dead connection holds nothing up: the client goes on from where the server says. */
static void cut__upload_is_taken_over(void **state)
{
    const world *w = *state;
    char head[512], at[160], hex[2 * YJ_HASH_LEN + 1];
    char *bytes = malloc(MIB);
    fill(bytes, MIB, 7);
    snprintf(at, sizeof at, "%s", begin(w, "Upload-Length: 1048576\r\n"));
    int fd = dial(w);
    int n = snprintf(
        head, sizeof head,
        "PATCH %s HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\nContent-Length: 1048576\r\n\r\n", at);
    send_all(fd, head, (size_t)n);
    send_all(fd, bytes, 600000);
    int64_t there = 0;
    for (int i = 0; i < 500 && there < 524288; i++) { /* whole pieces are taken while it waits for more */
        there = offset_of(w, at);
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    assert_int_equal(there, 524288);
    snprintf(head, sizeof head, "Upload-Offset: %lld\r\n", (long long)there);
    answer a = call_bytes(w, "PATCH", at, head, bytes + there, MIB - (size_t)there);
    assert_int_equal(a.status, 201);
    hex_of(bytes, MIB, hex);
    assert_string_equal(json_at(a.json, "digest"), hex);
    answer_done(&a);
    /* the first one, waking up, is told */
    send_all(fd, bytes + 600000, MIB - 600000);
    assert_true(read_answer(fd, false, &a));
    assert_int_equal(a.status, 409);
    answer_done(&a);
    close(fd);
    free(bytes);
}

typedef struct racer {
    pthread_t thread;
    const world *w;
    const char *at;
    int status;
} racer;

static void *append(void *arg)
{
    racer *r = arg;
    answer a = call_bytes(r->w, "PATCH", r->at, "Upload-Offset: 0\r\n", "xxxxxxxx", 8);
    r->status = a.status;
    answer_done(&a);
    return NULL;
}

/* Two appends at the same place: one is taken. */
static void append__twice_at_once_is_taken_once(void **state)
{
    const world *w = *state;
    char at[160];
    for (int round = 0; round < 20; round++) {
        racer r[4] = { 0 };
        int taken = 0;
        snprintf(at, sizeof at, "%s", begin(w, NULL));
        for (size_t i = 0; i < YJ_COUNT(r); i++) {
            r[i].w = w;
            r[i].at = at;
            assert_int_equal(pthread_create(&r[i].thread, NULL, append, &r[i]), 0);
        }
        for (size_t i = 0; i < YJ_COUNT(r); i++) {
            pthread_join(r[i].thread, NULL);
            taken += r[i].status == 204;
            assert_true(r[i].status == 204 || r[i].status == 409);
        }
        assert_int_equal(taken, 1);
        assert_int_equal(offset_of(w, at), 8);
        call_expect(w, 204, "DELETE", at, NULL, NULL);
    }
}

static void record__refers_to_a_file(void **state)
{
    const world *w = *state;
    char fields[400], hex[2 * YJ_HASH_LEN + 1];
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, "report", 6);
    hex_of("report", 6, hex);
    answer_done(&a);
    snprintf(fields, sizeof fields,
             "{\"title\":\"测评报告\",\"digest\":\"%s\",\"size\":6,\"media_type\":\"text/"
             "plain\",\"file_name\":\"r.txt\","
             "\"source\":\"third_party\"}",
             hex);
    put_record(w, "evidence", fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole__by_post_and_put),
        cmocka_unit_test(check__tells_a_damaged_file),
        cmocka_unit_test(check__reads_more_than_a_piece),
        cmocka_unit_test(range__is_served),
        cmocka_unit_test(pieces__by_offset_and_by_range),
        cmocka_unit_test(large__file_is_resumed_in_flat_memory),
        cmocka_unit_test(cut__whole_upload_leaves_nothing),
        cmocka_unit_test(cut__upload_is_taken_over),
        cmocka_unit_test(append__twice_at_once_is_taken_once),
        cmocka_unit_test(record__refers_to_a_file),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
