// SPDX-License-Identifier: Apache-2.0
#include "api_test.h"
#include "pg.h"

#include "base/file.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- a page ------------------------------------------------------------------------------------------------
 */

static const unsigned char page_0[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xce, 0xcf, 0x2b, 0xce, 0xcf, 0x49,
    0xd5, 0xcb, 0xc9, 0x4f, 0xd7, 0x50, 0x2a, 0x48, 0x4c, 0x4f, 0x55, 0xd2, 0xe4, 0x4a, 0x1e, 0x15, 0x1b,
    0x15, 0x1b, 0x15, 0x1b, 0x15, 0x1b, 0x84, 0x62, 0x00, 0xd4, 0xb3, 0x9d, 0x24, 0xb0, 0x04, 0x00, 0x00,
};
static const unsigned char page_1[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x01, 0x00, 0x01, 0xff, 0xfe, 0x00, 0x01,
    0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12,
    0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23,
    0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34,
    0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
    0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56,
    0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67,
    0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,
    0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
    0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab,
    0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc,
    0xbd, 0xbe, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd,
    0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde,
    0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
    0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0x73,
    0x8c, 0x05, 0x29, 0x00, 0x01, 0x00, 0x00,
};
static const unsigned char page_2[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3, 0x51, 0x4c, 0xc9, 0x4f, 0x2e, 0xa9,
    0x2c, 0x48, 0x55, 0xc8, 0x28, 0xc9, 0xcd, 0xb1, 0xb3, 0x29, 0xc9, 0x2c, 0xc9, 0x49, 0xb5, 0x7b, 0xb2,
    0x6b, 0xe2, 0xcb, 0xce, 0x2d, 0x36, 0xfa, 0x10, 0x1e, 0x97, 0xcd, 0xa8, 0xa2, 0x51, 0x45, 0xa3, 0x8a,
    0x46, 0x15, 0x8d, 0x2a, 0x1a, 0xac, 0x8a, 0x00, 0x3b, 0x45, 0x6b, 0xbb, 0xc8, 0x05, 0x00, 0x00,
};
static const yj_page_file page_files[] = {
    { "assets/app-aaaaaaaa.js", "text/javascript; charset=utf-8", "\"page0\"", page_0, sizeof page_0, 1200,
      true },
    { "assets/blob.bin", "application/octet-stream", "\"page1\"", page_1, sizeof page_1, 256, false },
    { "index.html", "text/html; charset=utf-8", "\"page2\"", page_2, sizeof page_2, 1480, false },
};
const yj_page test_page = { page_files, YJ_COUNT(page_files) };

#define PATIENCE_MS 60000

/* --- the world --------------------------------------------------------------------------------------------
 */

static void start(world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_open(w->data, &(yj_open_options){ .serve = true }, &w->engine, &err));
    static const yj_sign_in_options cheap = { .password = { .passes = 1, .memory = 8192 } };
    yj_server_options o = {
        .open = !w->signs_in, .sign_in = &cheap, .page = &test_page, .places = w->places, .media = w->media
    };
    yj_ok(yj_server_start(w->engine, &o, &w->server, &err));
    const char *colon = strrchr(yj_server_url(w->server), ':');
    w->port = atoi(colon + 1);
}

static void stop(world *w)
{
    yj_server_stop(w->server);
    yj_engine_close(w->engine);
    w->server = NULL;
    w->engine = NULL;
}

void world_restart(world *w)
{
    stop(w);
    start(w);
}

static int setup(void **state, bool signs_in)
{
    static const char *const packs[] = { SOURCE_ROOT "/packs/core", SOURCE_ROOT "/tests/api/pack" };
    world *w = calloc(1, sizeof *w);
    yj_error err = { 0 };
    w->signs_in = signs_in;
    const char *tmp = getenv("TMPDIR");
    snprintf(w->dir, sizeof w->dir, "%s/yj-api-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(w->dir))
        return -1;
    snprintf(w->data, sizeof w->data, "%s/data", w->dir);
    yj_log_set_level(YJ_LOG_ERROR);
    const char *store = getenv("YJ_TEST_STORE");
    yj_init_options o = { .packs = packs, .pack_count = YJ_COUNT(packs) };
    if (store && strcmp(store, "postgres") == 0) {
        yj_test_pg_clean();
        o.store_url = yj_test_pg_url();
    }
    yj_ok(yj_engine_init(w->data, &o, &err));
    start(w);
    yj_auto(yj_json_freep) json_t *f =
        json_pack("{s:s, s:s, s:s}", "code", "demo", "name", "演示证券", "type", "client");
    yj_ok(yj_institution_open(w->engine, f, yj_engine_operator(w->engine), &w->inst, &err));
    *state = w;
    return 0;
}

int world_setup(void **state)
{
    return setup(state, false);
}

int world_setup_signed(void **state)
{
    return setup(state, true);
}

int world_teardown(void **state)
{
    world *w = *state;
    stop(w);
    bool gone = yj_dir_remove(w->dir, NULL) == YJ_OK;
    free(w);
    return gone ? 0 : -1;
}

/* --- the client -------------------------------------------------------------------------------------------
 */

int dial(const world *w)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)w->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void send_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* the server may close early; the answer tells */
        p += n;
        len -= (size_t)n;
    }
}

/* One more piece into the buffer; false at the end of the connection or after PATIENCE_MS. */
static bool more(int fd, yj_buf *in)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char piece[16384];
    if (poll(&p, 1, PATIENCE_MS) <= 0)
        return false;
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n <= 0)
        return false;
    yj_buf_add(in, piece, (size_t)n);
    return true;
}

const char *answer_header(answer *a, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = a->head; line; line = strstr(line, "\r\n")) {
        line += line == a->head ? 0 : 2;
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        const char *from = line + n + 1 + strspn(line + n + 1, " \t"), *end = strstr(from, "\r\n");
        snprintf(a->value, sizeof a->value, "%.*s", (int)(end ? end - from : (long)strlen(from)), from);
        return a->value;
    }
    return NULL;
}

static void unchunk(answer *a)
{
    char *to = a->body;
    const char *from = a->body, *end = a->body + a->len;
    for (;;) {
        char *stop = NULL;
        size_t n = strtoul(from, &stop, 16);
        if (n == 0 || stop + 2 + n > end)
            break;
        memmove(to, stop + 2, n);
        to += n;
        from = stop + 2 + n + 2;
    }
    a->len = (size_t)(to - a->body);
    *to = '\0';
}

bool read_answer(int fd, bool head_only, answer *ret)
{
    yj_buf in;
    yj_buf_init(&in, (size_t)1 << 30);
    char *end = NULL;
    *ret = (answer){ 0 };
    while (!(in.ptr && (end = strstr(in.ptr, "\r\n\r\n")))) {
        if (!more(fd, &in)) {
            yj_buf_done(&in);
            return false;
        }
    }
    size_t head = (size_t)(end - in.ptr) + 4;
    ret->head = strndup(in.ptr, head - 2);
    ret->status = atoi(in.ptr + 9);
    if (ret->status == 100) {
        answer_done(ret);
        memmove(in.ptr, in.ptr + head, in.len - head + 1);
        in.len -= head;
        /* what follows is the answer itself */
        while (!(end = strstr(in.ptr, "\r\n\r\n")))
            if (!more(fd, &in))
                break;
        if (!end) {
            yj_buf_done(&in);
            return false;
        }
        head = (size_t)(end - in.ptr) + 4;
        ret->head = strndup(in.ptr, head - 2);
        ret->status = atoi(in.ptr + 9);
    }
    const char *length = answer_header(ret, "Content-Length");
    size_t want = length ? strtoul(length, NULL, 10) : 0;
    const char *te = answer_header(ret, "Transfer-Encoding");
    bool chunked = te && strcmp(te, "chunked") == 0;
    bool none = head_only || ret->status == 204 || ret->status == 304;
    if (!none && chunked) {
        while (!strstr(in.ptr + head, "\r\n0\r\n") && !strstr(in.ptr + head - 2, "\r\n0\r\n\r\n"))
            if (!more(fd, &in))
                break;
    } else if (!none) {
        while (in.len < head + want && more(fd, &in))
            ;
        if (in.len - head < want)
            fail_msg("less than one answer: %s", in.ptr);
        ret->extra = in.len - head - want;
    }
    ret->len = in.len - head - ret->extra;
    ret->body = malloc(ret->len + 1);
    memcpy(ret->body, in.ptr + head, ret->len);
    ret->body[ret->len] = '\0';
    if (chunked && !none)
        unchunk(ret);
    const char *connection = answer_header(ret, "Connection");
    ret->closed = connection && strcasecmp(connection, "close") == 0;
    const char *type = answer_header(ret, "Content-Type");
    const char *coding = answer_header(ret, "Content-Encoding");
    if (!coding && (type = answer_header(ret, "Content-Type")) &&
        strncmp(type, "application/json", 16) == 0 && ret->len) {
        yj_error err = { 0 };
        yj_ok(yj_json_parse((yj_span){ ret->body, ret->len }, (size_t)1 << 30, &ret->json, &err));
    }
    yj_buf_done(&in);
    return true;
}

void answer_done(answer *a)
{
    free(a->head);
    free(a->body);
    json_decref(a->json);
    *a = (answer){ 0 };
}

answer call_bytes(const world *w, const char *method, const char *path, const char *headers, const void *body,
                  size_t len)
{
    answer a;
    int fd = dial(w);
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    yj_buf_fmt(&out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", method, path, w->port,
               headers ? headers : "");
    if (body)
        yj_buf_fmt(&out, "Content-Length: %zu\r\n", len);
    yj_buf_str(&out, "\r\n");
    send_all(fd, out.ptr, out.len);
    yj_buf_done(&out);
    if (body)
        send_all(fd, body, len);
    if (!read_answer(fd, strcmp(method, "HEAD") == 0, &a))
        fail_msg("%s %s: no answer", method, path);
    assert_int_equal(a.extra, 0);
    close(fd);
    return a;
}

answer call(const world *w, const char *method, const char *path, const char *headers, const char *body)
{
    char all[2048];
    bool typed = headers && strcasestr(headers, "content-type:");
    snprintf(all, sizeof all, "%s%s", headers ? headers : "",
             body && !typed ? "Content-Type: application/json\r\n" : "");
    return call_bytes(w, method, path, all, body, body ? strlen(body) : 0);
}

void call_expect(const world *w, int status, const char *method, const char *path, const char *headers,
                 const char *body)
{
    answer a = call(w, method, path, headers, body);
    if (a.status != status)
        fail_msg("%s %s: %d in place of %d: %s", method, path, a.status, status, a.body);
    answer_done(&a);
}

void call_refused(const world *w, int status, const char *code, const char *field, const char *method,
                  const char *path, const char *headers, const char *body)
{
    answer a = call(w, method, path, headers, body);
    if (a.status != status || strcmp(json_at(a.json, "error.code"), code) != 0 ||
        strcmp(json_at(a.json, "error.field"), field) != 0)
        fail_msg("%s %s: %d %s, wanted %d %s at '%s'", method, path, a.status, a.body, status, code, field);
    assert_string_not_equal(json_at(a.json, "error.message"), "");
    assert_string_not_equal(json_at(a.json, "error.messages.zh"), "");
    assert_string_not_equal(json_at(a.json, "error.messages.en"), "");
    assert_int_equal(strlen(json_at(a.json, "error.request_id")), 16);
    answer_done(&a);
}

static const json_t *walk(const json_t *v, const char *path)
{
    char part[64];
    while (v && *path) {
        size_t n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        v = json_is_array(v) ? json_array_get(v, (size_t)atoi(part)) : json_object_get(v, part);
        path += n + (path[n] == '.');
    }
    return v;
}

const char *json_at(const json_t *v, const char *path)
{
    const char *s = json_string_value(walk(v, path));
    return s ? s : "";
}

int64_t json_int_at(const json_t *v, const char *path)
{
    const json_t *n = walk(v, path);
    return json_is_integer(n) ? json_integer_value(n) : -1;
}

const char *put_record(const world *w, const char *kind, const char *fields)
{
    static char ids[16][YJ_UUID_LEN + 1];
    static unsigned at;
    char path[256];
    char *id = ids[at++ % 16], *body = NULL;
    snprintf(path, sizeof path, DEMO "/records/%s", kind);
    assert_true(asprintf(&body, "{\"fields\":%s}", fields) > 0);
    answer a = call(w, "POST", path, NULL, body);
    free(body);
    if (a.status != 201)
        fail_msg("POST %s %s: %d %s", path, fields, a.status, a.body);
    snprintf(id, YJ_UUID_LEN + 1, "%s", json_at(a.json, "id"));
    answer_done(&a);
    return id;
}

/* --- memory -----------------------------------------------------------------------------------------------
 */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

long peak_memory_kb(void)
{
#ifdef SANITIZED
    return 0;
#endif
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    long kb = -1;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = atol(line + 6);
    if (f)
        fclose(f);
    return kb;
}

void reset_peak_memory(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "we");
    if (f) {
        fputs("5", f);
        fclose(f);
    }
}

/* --- browsers ---------------------------------------------------------------------------------- */

/* Every Set-Cookie of the answer; one that says Max-Age=0 is forgotten. */
static void keep_cookies(const answer *a, browser *b)
{
    static const char field[] = "\r\nSet-Cookie: ";
    for (const char *at = a->head; (at = strcasestr(at, field)) != NULL;) {
        at += sizeof field - 1;
        size_t len = strcspn(at, ";\r");
        const char *end = strstr(at, "\r\n"), *age = strstr(at, "Max-Age=0");
        if (memmem(at, len, "-passage=", 9))
            continue; /* tests that are led to a provider keep it themselves */
        bool device = memmem(at, len, "-device=", 8) != NULL;
        char *to = device ? b->device : b->session;
        size_t cap = device ? sizeof b->device : sizeof b->session;
        snprintf(to, cap, "%.*s", age && end && age < end ? 0 : (int)len, at);
    }
}

answer visit(const world *w, browser *b, const char *method, const char *path, const char *body)
{
    return visit_with(w, b, "", method, path, body);
}

answer visit_with(const world *w, browser *b, const char *cookie, const char *method, const char *path,
                  const char *body)
{
    const char *const cookies[] = { b->session, b->device, cookie };
    char headers[3000];
    size_t at = 0;
    for (size_t i = 0; i < YJ_COUNT(cookies); i++)
        if (cookies[i][0])
            at += (size_t)snprintf(headers + at, sizeof headers - at, "%s%s",
                                   at ? "; " : "Cookie: ", cookies[i]);
    snprintf(headers + at, sizeof headers - at, "%s%s%s%s", at ? "\r\n" : "",
             b->csrf[0] ? "Yunjian-CSRF: " : "", b->csrf, b->csrf[0] ? "\r\n" : "");
    answer a = call(w, method, path, headers, body);
    keep_cookies(&a, b);
    const char *csrf = a.json && a.status == 200 ? json_at(a.json, "csrf") : "";
    if (csrf[0])
        snprintf(b->csrf, sizeof b->csrf, "%s", csrf);
    return a;
}

void visit_expect(const world *w, browser *b, int status, const char *method, const char *path,
                  const char *body)
{
    answer a = visit(w, b, method, path, body);
    if (a.status != status)
        fail_msg("%s %s: %d in place of %d: %s", method, path, a.status, status, a.body);
    answer_done(&a);
}

void first_administrator(world *w, browser *b)
{
    yj_auto(yj_buf_done) yj_buf url;
    char body[300];
    yj_buf_init(&url, 1000);
    yj_server_first_url(w->server, &url);
    assert_int_equal(yj_buf_status(&url, NULL), YJ_OK);
    const char *secret = url.ptr ? strchr(url.ptr, '#') : NULL;
    assert_non_null(secret);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"name\":\"root\",\"password\":\"" PASSWORD "\"}",
             secret + 1);
    visit_expect(w, b, 200, "POST", "/api/v1/set-up", body);
}

void person_signs_in(world *w, browser *by, const char *institution, const char *name, const char *roles,
                     browser *b, char ret_person[static YJ_UUID_LEN + 1])
{
    char path[200], body[500];
    snprintf(path, sizeof path, "/api/v1/institutions/%s/records/person", institution);
    snprintf(body, sizeof body, "{\"fields\":{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[%s]}}", name, name,
             roles);
    answer a = visit(w, by, "POST", path, body);
    if (a.status != 201)
        fail_msg("%s: %d: %s", path, a.status, a.body);
    snprintf(ret_person, YJ_UUID_LEN + 1, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(path, sizeof path, "/api/v1/institutions/%s/accounts", institution);
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"person\":\"%s\"}", name, ret_person);
    a = visit(w, by, "POST", path, body);
    if (a.status != 201)
        fail_msg("%s: %d: %s", path, a.status, a.body);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"" PASSWORD "\"}",
             json_at(a.json, "set_up.secret"));
    answer_done(&a);
    visit_expect(w, b, 200, "POST", "/api/v1/set-up", body);
}
