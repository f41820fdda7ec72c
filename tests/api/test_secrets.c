// SPDX-License-Identifier: Apache-2.0
/*
 * One of each kind of secret is made, given rightly, given wrongly, and put where it does not belong. None of
 * them is in a line of the log at its most talkative, in a refusal, or readable in the store's files.
 */
#include "api_test.h"

#include "access/secret.h"
#include "access/totp.h"
#include "base/file.h"
#include "base/log.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECRETS_MAX 24
#define FILE_BYTES ((size_t)64 << 20)
#define WRONG "a wrong one of seven words"
#define OF_PROVIDER "the-client-secret-9f2c"
#define OF_CHANNEL "the-signing-secret-77ab"
#define OF_ROBOT "0f1e2d3c-robot-key-5566"
#define OF_RELAY "the-relay-password-31"

static struct {
    const char *what;
    char text[200];
} secrets[SECRETS_MAX];
static size_t secret_count;
static int log_fd = -1, error_fd = -1;
static char log_path[200];
static browser root, owner;

static const char *keep(const char *what, const char *text)
{
    assert_true(secret_count < SECRETS_MAX && strlen(text) >= 6 && strlen(text) < 200);
    secrets[secret_count].what = what;
    snprintf(secrets[secret_count].text, sizeof secrets[0].text, "%s", text);
    return secrets[secret_count++].text;
}

static const char *keep_at(const char *what, answer *a, int status, const char *at)
{
    if (a->status != status)
        fail_msg("%s: %d %s", what, a->status, a->body);
    const char *kept = keep(what, json_at(a->json, at));
    answer_done(a);
    return kept;
}

/* What is refused says nothing of what it was refused for. */
static void tells_none(const char *where, const char *text)
{
    for (size_t i = 0; text && i < secret_count; i++)
        if (strstr(text, secrets[i].text))
            fail_msg("%s: %s is told: %s", where, secrets[i].what, text);
}

static void refused(const world *w, browser *b, const char *method, const char *path, const char *headers,
                    const char *body)
{
    browser none = { .session = "" };
    answer a = headers ? call(w, method, path, headers, body) : visit(w, b ? b : &none, method, path, body);
    if (a.status < 400)
        fail_msg("%s %s: %d", method, path, a.status);
    tells_none(path, a.body);
    tells_none(path, a.head);
    answer_done(&a);
}

static int setup(void **state)
{
    secret_count = 0;
    snprintf(log_path, sizeof log_path, "/tmp/yj-secrets-%d.log", (int)getpid());
    log_fd = open(log_path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    fflush(stderr);
    error_fd = dup(2);
    if (log_fd < 0 || error_fd < 0 || dup2(log_fd, 2) < 0 || world_setup_signed(state) != 0)
        return -1;
    yj_log_set_level(YJ_LOG_DEBUG);
    return 0;
}

/* What the test itself said went there, too. */
static void pass_on_what_failed(void)
{
    char line[4000];
    FILE *f = fopen(log_path, "r");
    while (f && fgets(line, sizeof line, f))
        if (line[0] != '{')
            fputs(line, stderr);
    if (f)
        fclose(f);
}

static int teardown(void **state)
{
    yj_log_set_level(YJ_LOG_ERROR);
    fflush(stderr);
    dup2(error_fd, 2);
    pass_on_what_failed();
    close(error_fd);
    close(log_fd);
    unlink(log_path);
    return world_teardown(state);
}

/* --- making them ------------------------------------------------------------------------------ */

static void code_of(const char *secret, char ret[9])
{
    uint8_t bytes[YJ_TOTP_SECRET_LEN];
    size_t len = 0;
    yj_error err = { 0 };
    yj_clock c = yj_clock_system();
    assert_true(yj_base32_decode(yj_span_of(secret), bytes, sizeof bytes, &len));
    yj_ok(yj_hotp(bytes, len, (uint64_t)(c.now_ns(c.self) / YJ_NS_PER_S / YJ_TOTP_STEP_S), YJ_TOTP_DIGITS,
                  ret, &err));
}

static void make_second_factor(const world *w)
{
    char body[400], code[9], pending[300];
    answer a = visit(w, &owner, "POST", "/api/v1/account/totp", NULL);
    snprintf(pending, sizeof pending, "%s", json_at(a.json, "pending"));
    const char *totp = keep_at("secret of the second factor", &a, 200, "secret");
    code_of(totp, code);
    snprintf(body, sizeof body, "{\"pending\":\"%s\",\"code\":\"%s\"}", pending, code);
    a = visit(w, &owner, "POST", "/api/v1/account/totp/confirm", body);
    const char *recovery = keep_at("recovery code", &a, 200, "recovery.0");
    browser b = { .session = "" };
    visit_expect(w, &b, 200, "POST", "/api/v1/sign-in", "{\"name\":\"owner\",\"password\":\"" PASSWORD "\"}");
    refused(w, &b, "POST", "/api/v1/sign-in/code", NULL, "{\"code\":\"ABCDEFGH\"}");
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", recovery);
    visit_expect(w, &b, 200, "POST", "/api/v1/sign-in/code", body);
    refused(w, &b, "POST", "/api/v1/prove", NULL, body); /* used */
    keep("session", strchr(b.session, '=') + 1);
    keep("value of the page", b.csrf);
}

static void make_token(const world *w, const char *person)
{
    char body[400], header[300];
    yj_date day;
    yj_clock c = yj_clock_system();
    yj_zone_date(yj_engine_zone(w->engine), c.now_ns(c.self) + INT64_C(9) * 86400 * YJ_NS_PER_S, &day);
    snprintf(body, sizeof body,
             "{\"name\":\"reads\",\"institution\":\"demo\",\"person\":\"%s\",\"expires\":\"%s\"}", person,
             day.s);
    answer a = visit(w, &owner, "POST", "/api/v1/tokens", body);
    const char *token = keep_at("token", &a, 201, "token");
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    call_expect(w, 200, "GET", DEMO "/status", header, NULL);
    refused(w, NULL, "POST", DEMO "/records/item", header, "{\"fields\":{}}");
    snprintf(header, sizeof header, "Authorization: Bearer %s0\r\n", token); /* nearly */
    refused(w, NULL, "GET", DEMO "/status", header, NULL);
}

static void make_link(const world *w)
{
    char body[400];
    answer a = visit(w, &root, "POST", DEMO "/records/person",
                     "{\"fields\":{\"number\":\"late\",\"name\":\"late\",\"roles\":[\"it\"]}}");
    snprintf(body, sizeof body, "{\"name\":\"late\",\"person\":\"%s\"}", json_at(a.json, "id"));
    answer_done(&a);
    a = visit(w, &root, "POST", DEMO "/accounts", body);
    const char *link = keep_at("one-time link", &a, 201, "set_up.secret");
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"short\"}", link);
    refused(w, NULL, "POST", "/api/v1/set-up", NULL, body);
}

static void make_channels(const world *w)
{
    static const char *const bodies[] = {
        "{\"kind\":\"webhook\",\"name\":\"W\",\"page\":\"https://y.example\",\"base\":\"https://127.0.0.1:9/"
        "x\","
        "\"secret\":\"" OF_CHANNEL "\"}",
        "{\"kind\":\"wecom\",\"name\":\"R\",\"page\":\"https://y.example\",\"base\":\"https://127.0.0.1:9\","
        "\"key\":\"" OF_ROBOT "\"}",
        "{\"kind\":\"mail\",\"name\":\"M\",\"host\":\"127.0.0.1\",\"port\":9,"
        "\"security\":\"starttls\",\"from\":\"a@y.example\",\"user\":\"u\",\"secret\":\"" OF_RELAY "\"}",
    };
    keep("secret of a webhook", OF_CHANNEL);
    keep("key of a robot", OF_ROBOT);
    keep("password of a relay", OF_RELAY);
    for (size_t i = 0; i < YJ_COUNT(bodies); i++) {
        char path[200];
        answer a = visit(w, &root, "POST", DEMO "/channels", bodies[i]);
        if (a.status >= 400) { /* it was not taken as it is written here; then not told either */
            tells_none("channel", a.body);
            fail_msg("channel %zu: %s", i, a.body);
        }
        tells_none("channel", a.body);
        snprintf(path, sizeof path, DEMO "/channels/%s/test", json_at(a.json, "id"));
        answer_done(&a);
        a = visit(w, &root, "POST", path, "{}"); /* nobody listens there */
        tells_none("channel's test", a.body);
        answer_done(&a);
    }
    answer a = visit(w, &root, "GET", DEMO "/channels", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 3);
    tells_none("channels", a.body);
    answer_done(&a);
}

static void make_provider(const world *w)
{
    char body[400];
    keep("secret of a provider", OF_PROVIDER);
    answer a = visit(w, &root, "POST", "/api/v1/providers",
                     "{\"kind\":\"oidc\",\"label\":\"P\",\"secret\":\"" OF_PROVIDER
                     "\",\"settings\":{\"issuer\":\"http://127.0.0.1:9\",\"client_id\":\"y\"}}");
    assert_int_equal(a.status, 201);
    snprintf(body, sizeof body, "{\"provider\":\"%s\"}", json_at(a.json, "id"));
    answer_done(&a);
    refused(w, NULL, "POST", "/api/v1/sign-in/oidc", NULL, body);
    a = visit(w, &root, "GET", "/api/v1/providers", NULL);
    tells_none("providers", a.body);
    answer_done(&a);
}

/* Where they do not belong: in addresses, heads, bodies that are no JSON or have members that nobody knows.
 */
static void misplace(const world *w)
{
    char text[700];
    for (size_t i = 0; i < secret_count; i++) {
        const char *s = secrets[i].text;
        bool plain = !strpbrk(s, " \"\\");
        snprintf(text, sizeof text, "{\"name\":\"owner\",\"password\":\"%s\",}", s);
        refused(w, NULL, "POST", "/api/v1/sign-in", NULL, text);
        snprintf(text, sizeof text, "{\"name\":\"nobody\",\"password\":\"%s\"}", s);
        refused(w, NULL, "POST", "/api/v1/sign-in/code", NULL, text);
        snprintf(text, sizeof text, "{\"name\":\"owner\",\"password\":[\"%s\"]}", s);
        refused(w, NULL, "POST", "/api/v1/sign-in", NULL, text);
        snprintf(text, sizeof text, "{\"password\":\"%s\",\"current\":\"%s\"}", s, s);
        refused(w, NULL, "POST", "/api/v1/account/password", NULL, text);
        if (!plain)
            continue;
        snprintf(text, sizeof text, "/api/v1/session?password=%s", s);
        answer a = call(w, "GET", text, NULL, NULL);
        answer_done(&a);
        snprintf(text, sizeof text, "Authorization: Basic %s\r\nCookie: yunjian-none=%s\r\nX-Key: %s\r\n", s,
                 s, s);
        refused(w, NULL, "GET", DEMO "/status", text, NULL);
    }
}

/* Who has the password and tries codes is worth a line in the log. */
static void be_logged(const world *w)
{
    for (int i = 0; i < 12; i++) {
        char body[60];
        browser b = { .session = "" };
        answer a =
            visit(w, &b, "POST", "/api/v1/sign-in", "{\"name\":\"owner\",\"password\":\"" PASSWORD "\"}");
        answer_done(&a);
        snprintf(body, sizeof body, "{\"code\":\"%06d\"}", i);
        a = visit(w, &b, "POST", "/api/v1/sign-in/code", body);
        tells_none("code", a.body);
        answer_done(&a);
    }
}

/* --- looking for them -------------------------------------------------------------------------- */

static const char *find(const char *in, size_t len, const char *what)
{
    return memmem(in, len, what, strlen(what));
}

/* @return does it hold the name of the account, which is no secret? */
static bool assert_none_in(const char *path)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err = { 0 };
    yj_buf_init(&b, FILE_BYTES);
    yj_ok(yj_file_read(path, FILE_BYTES, &b, &err));
    for (size_t i = 0; b.len && i < secret_count; i++)
        if (find(b.ptr, b.len, secrets[i].text))
            fail_msg("%s holds the %s", path, secrets[i].what);
    return b.len && find(b.ptr, b.len, "owner");
}

static void assert_none_below(const char *folder)
{
    DIR *d = opendir(folder);
    size_t named = 0;
    assert_non_null(d);
    for (struct dirent *e = NULL; (e = readdir(d));) {
        char path[600];
        if (e->d_type != DT_REG)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        named += assert_none_in(path);
    }
    closedir(d);
    assert_true(named > 0); /* the tables of sign-in were among them */
}

static void secrets__are_in_no_log_no_refusal_and_no_file(void **state)
{
    world *w = *state;
    char person[YJ_UUID_LEN + 1];
    keep("password", PASSWORD);
    keep("wrong password", WRONG);
    first_administrator(w, &root);
    person_signs_in(w, &root, "demo", "owner", "\"it\",\"security\"", &owner, person);
    refused(w, NULL, "POST", "/api/v1/sign-in", NULL, "{\"name\":\"owner\",\"password\":\"" WRONG "\"}");
    refused(w, NULL, "POST", "/api/v1/sign-in", NULL,
            "{\"name\":\"" PASSWORD "\",\"password\":\"" WRONG "\"}");
    make_second_factor(w);
    make_token(w, person);
    make_link(w);
    make_channels(w);
    make_provider(w);
    misplace(w);
    be_logged(w);
    fflush(stderr);
    yj_auto(yj_buf_done) yj_buf log;
    yj_error err = { 0 };
    yj_buf_init(&log, FILE_BYTES);
    yj_ok(yj_file_read(log_path, FILE_BYTES, &log, &err));
    assert_true(log.len > 0); /* it does log */
    (void)assert_none_in(log_path);
    if (!getenv("YJ_TEST_STORE")) {
        world_restart(w); /* what lay in memory is in the files now */
        assert_none_below(w->data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(secrets__are_in_no_log_no_refusal_and_no_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
