// SPDX-License-Identifier: Apache-2.0
/* Signing in over HTTP: set-up, password, code, sessions, tokens, accounts; and what must not work. */
#include "api_test.h"

#include "access/passage.h"
#include "access/secret.h"
#include "access/totp.h"
#include "api/call.h"
#include "base/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIGN_IN "/api/v1/sign-in"

static browser root;                            /* the first administrator */
static char passage[YJ_PASSAGE_TEXT_MAX + 100]; /* a cookie */

static int setup(void **state)
{
    if (world_setup_signed(state) != 0)
        return -1;
    memset(&root, 0, sizeof root);
    first_administrator(*state, &root);
    return 0;
}

static void refused(const world *w, browser *b, int status, const char *code, const char *field,
                    const char *method, const char *path, const char *body)
{
    answer a = visit(w, b, method, path, body);
    if (a.status != status || strcmp(json_at(a.json, "error.code"), code) != 0 ||
        strcmp(json_at(a.json, "error.field"), field) != 0)
        fail_msg("%s %s: %d %s in place of %d %s %s", method, path, a.status, a.body, status, code, field);
    assert_true(json_at(a.json, "error.messages.zh")[0] && json_at(a.json, "error.messages.en")[0]);
    answer_done(&a);
}

static void stage_is(const world *w, browser *b, const char *stage)
{
    answer a = visit(w, b, "GET", "/api/v1/session", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "stage"), stage);
    answer_done(&a);
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void first_start__makes_an_administrator_once(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    yj_auto(yj_buf_done) yj_buf url;
    yj_buf_init(&url, 1000);
    answer a = visit(w, &root, "GET", "/api/v1/session", NULL);
    assert_string_equal(json_at(a.json, "stage"), "full");
    assert_string_equal(json_at(a.json, "account.name"), "root");
    assert_true(
        json_is_true(json_object_get(json_array_get(json_object_get(a.json, "persons"), 0), "operator")));
    assert_true(json_is_true(json_object_get(a.json, "enrol")));
    answer_done(&a);
    /* the address was good once, and the next start gives no other */
    yj_server_first_url(w->server, &url);
    char body[300];
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"" PASSWORD "\"}",
             strchr(url.ptr, '#') + 1);
    refused(w, &b, 404, "not_found", "", "POST", "/api/v1/set-up", body);
    world_restart(w);
    yj_buf_clear(&url);
    yj_server_first_url(w->server, &url);
    assert_int_equal(url.len, 0);
    stage_is(w, &root, "full"); /* a session outlives the server */
    stage_is(w, &b, "none");
}

static void set_up__keeps_the_policy(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    answer a = visit(w, &root, "POST", DEMO "/records/person",
                     "{\"fields\":{\"number\":\"p\",\"name\":\"p\",\"roles\":[\"it\"]}}");
    char body[300];
    snprintf(body, sizeof body, "{\"name\":\"policy\",\"person\":\"%s\"}", json_at(a.json, "id"));
    answer_done(&a);
    a = visit(w, &root, "POST", DEMO "/accounts", body);
    assert_int_equal(a.status, 201);
    char secret[100]; /* of the account policy */
    snprintf(secret, sizeof secret, "%s", json_at(a.json, "set_up.secret"));
    answer_done(&a);
    snprintf(body, sizeof body, "{\"secret\":\"%s\"}", secret);
    a = visit(w, &b, "POST", "/api/v1/set-up/look", body);
    assert_string_equal(json_at(a.json, "name"), "policy");
    assert_true(json_is_false(json_object_get(a.json, "first")));
    answer_done(&a);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"short\"}", secret);
    refused(w, &b, 400, "invalid_request", "password", "POST", "/api/v1/set-up", body);
    /* one that is guessed easily, by all that is known; one that is so for who works here */
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"password1234\"}", secret);
    refused(w, &b, 400, "invalid_request", "password", "POST", "/api/v1/set-up", body);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"演示证券演示证券演示证券\"}", secret);
    refused(w, &b, 400, "invalid_request", "password", "POST", "/api/v1/set-up", body);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"xx policy policy\"}", secret);
    refused(w, &b, 400, "invalid_request", "password", "POST", "/api/v1/set-up", body);
    /* what was refused has not used it up; a name is only for the first administrator's first time */
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"name\":\"root\",\"password\":\"" PASSWORD "\"}",
             secret);
    refused(w, &b, 400, "invalid_request", "name", "POST", "/api/v1/set-up", body);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"" PASSWORD "\"}", secret);
    visit_expect(w, &b, 200, "POST", "/api/v1/set-up", body);
    stage_is(w, &b, "full");
    refused(w, &b, 404, "not_found", "", "POST", "/api/v1/set-up", body);
}

/* --- password and code ------------------------------------------------------------------------ */

static void password__wrong_and_unknown_are_told_alike(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    answer one = visit(w, &b, "POST", SIGN_IN, "{\"name\":\"root\",\"password\":\"wrong password\"}");
    answer two = visit(w, &b, "POST", SIGN_IN, "{\"name\":\"nobody\",\"password\":\"wrong password\"}");
    assert_int_equal(one.status, 401);
    assert_int_equal(two.status, 401);
    assert_string_equal(json_at(one.json, "error.message"), json_at(two.json, "error.message"));
    assert_string_equal(b.session, "");
    answer_done(&one);
    answer_done(&two);
    refused(w, &b, 400, "invalid_request", "password", "POST", SIGN_IN, "{\"name\":\"root\"}");
    refused(w, &b, 400, "invalid_request", "more", "POST", SIGN_IN,
            "{\"name\":\"root\",\"password\":\"x\",\"more\":1}");
    visit_expect(w, &b, 200, "POST", SIGN_IN, "{\"name\":\"ROOT\",\"password\":\"" PASSWORD "\"}");
    stage_is(w, &b, "full");
}

static void guessing__makes_wait(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    static const char body[] = "{\"name\":\"guessed\",\"password\":\"wrong password\"}";
    answer a = visit(w, &b, "POST", SIGN_IN, body);
    for (int i = 0; i < 30 && a.status == 401; i++) { /* a slow machine may let the first pauses pass */
        answer_done(&a);
        a = visit(w, &b, "POST", SIGN_IN, body);
    }
    assert_int_equal(a.status, 429);
    assert_string_equal(json_at(a.json, "error.code"), "too_many");
    assert_true(atoi(answer_header(&a, "Retry-After")) > 0);
    answer_done(&a);
    /* nobody else waits */
    browser c = { .session = "" };
    visit_expect(w, &c, 200, "POST", SIGN_IN, "{\"name\":\"root\",\"password\":\"" PASSWORD "\"}");
}

static void code_now(const char *secret, int steps, char ret[9])
{
    uint8_t bytes[YJ_TOTP_SECRET_LEN];
    size_t len = 0;
    yj_error err = { 0 };
    yj_clock c = yj_clock_system();
    assert_true(yj_base32_decode(yj_span_of(secret), bytes, sizeof bytes, &len) && len == sizeof bytes);
    yj_ok(yj_hotp(bytes, len, (uint64_t)(c.now_ns(c.self) / YJ_NS_PER_S / YJ_TOTP_STEP_S + steps),
                  YJ_TOTP_DIGITS, ret, &err));
}

/* Give the account a second factor; the secret and one recovery code. */
static void enrol(const world *w, browser *b, char secret[64], char recovery[16])
{
    char body[400], code[9];
    answer a = visit(w, b, "POST", "/api/v1/account/totp", NULL);
    assert_int_equal(a.status, 200);
    snprintf(secret, 64, "%s", json_at(a.json, "secret"));
    assert_non_null(strstr(json_at(a.json, "uri"), secret));
    char pending[200];
    snprintf(pending, sizeof pending, "%s", json_at(a.json, "pending"));
    answer_done(&a);
    snprintf(body, sizeof body, "{\"pending\":\"%s\",\"code\":\"000000\"}", pending);
    code_now(secret, 0, code);
    if (strcmp(code, "000000") != 0)
        refused(w, b, 400, "invalid_request", "code", "POST", "/api/v1/account/totp/confirm", body);
    snprintf(body, sizeof body, "{\"pending\":\"%s\",\"code\":\"%s\"}", pending, code);
    a = visit(w, b, "POST", "/api/v1/account/totp/confirm", body);
    if (a.status != 200)
        fail_msg("confirm: %d %s", a.status, a.body);
    snprintf(recovery, 16, "%s", json_at(a.json, "recovery.0"));
    answer_done(&a);
}

static void second_factor__is_asked_and_good_once(void **state)
{
    world *w = *state;
    browser owner = { .session = "" }, b = { .session = "" };
    char secret[64], recovery[16], body[200], code[9], person[YJ_UUID_LEN + 1];
    person_signs_in(w, &root, "demo", "second", "\"it\"", &owner, person);
    enrol(w, &owner, secret, recovery);
    static const char right[] = "{\"name\":\"second\",\"password\":\"" PASSWORD "\"}";
    visit_expect(w, &b, 200, "POST", SIGN_IN, right);
    stage_is(w, &b, "second");
    answer who =
        visit(w, &b, "GET", "/api/v1/session", NULL); /* the page can say whose code it asks for, no more */
    assert_string_equal(json_at(who.json, "name"), "second");
    assert_true(json_is_null(json_object_get(who.json, "account")));
    assert_int_equal(json_array_size(json_object_get(who.json, "persons")), 0);
    answer_done(&who);
    char half[200];
    snprintf(half, sizeof half, "%s", b.session);
    refused(w, &b, 401, "unauthenticated", "", "GET", DEMO "/status", NULL);
    refused(w, &b, 401, "unauthenticated", "", "GET", "/api/v1/sessions", NULL);
    /* the code of the step that confirmed it is used up */
    code_now(secret, 1, code);
    snprintf(body, sizeof body, "{\"code\":\"%.3s %s\"}", code, code + 3);
    visit_expect(w, &b, 200, "POST", SIGN_IN "/code", body);
    stage_is(w, &b, "full");
    assert_string_not_equal(half, b.session); /* another token after each proof */
    browser old = { .session = "" };
    snprintf(old.session, sizeof old.session, "%s", half);
    stage_is(w, &old, "none");
    /* replayed */
    browser c = { .session = "" };
    visit_expect(w, &c, 200, "POST", SIGN_IN, right);
    refused(w, &c, 401, "unauthenticated", "", "POST", SIGN_IN "/code", body);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", recovery);
    visit_expect(w, &c, 200, "POST", SIGN_IN "/code", body);
    stage_is(w, &c, "full");
    browser d = { .session = "" };
    visit_expect(w, &d, 200, "POST", SIGN_IN, right);
    refused(w, &d, 401, "unauthenticated", "", "POST", SIGN_IN "/code", body);
    /* a forgotten password lets nobody past the second factor */
    answer a = visit(w, &root, "GET", DEMO "/accounts?after=secon", NULL);
    char path[200];
    snprintf(path, sizeof path, DEMO "/accounts/%s/set-up", json_at(a.json, "items.0.id"));
    answer_done(&a);
    a = visit(w, &root, "POST", path, NULL);
    assert_int_equal(a.status, 200);
    char big[300];
    snprintf(big, sizeof big, "{\"secret\":\"%s\",\"password\":\"" PASSWORD " 2\"}",
             json_at(a.json, "secret"));
    answer_done(&a);
    browser e = { .session = "" };
    visit_expect(w, &e, 200, "POST", "/api/v1/set-up", big);
    stage_is(w, &e, "second");
    stage_is(w, &c, "none"); /* and ends what was open */
}

/* --- sessions --------------------------------------------------------------------------------- */

static void session__given_before_is_not_taken_over(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    /* one that was slipped in by somebody else */
    snprintf(b.session, sizeof b.session, "%s", root.session);
    b.session[strlen(b.session) - 1] ^= 1;
    char before[200];
    snprintf(before, sizeof before, "%s", b.session);
    visit_expect(w, &b, 200, "POST", SIGN_IN, "{\"name\":\"root\",\"password\":\"" PASSWORD "\"}");
    assert_string_not_equal(before, b.session);
    /* signing in again replaces the one that was there */
    char first[200];
    snprintf(first, sizeof first, "%s", b.session);
    visit_expect(w, &b, 200, "POST", SIGN_IN, "{\"name\":\"root\",\"password\":\"" PASSWORD "\"}");
    browser old = { .session = "" };
    snprintf(old.session, sizeof old.session, "%s", first);
    stage_is(w, &old, "none");
    stage_is(w, &b, "full");
    visit_expect(w, &b, 204, "POST", "/api/v1/sign-out", NULL);
    assert_string_equal(b.session, "");
    snprintf(old.session, sizeof old.session, "%s", first);
    stage_is(w, &old, "none");
}

static void session__is_listed_and_ended(void **state)
{
    world *w = *state;
    browser one = { .session = "" }, two = { .session = "" };
    char person[YJ_UUID_LEN + 1], path[200];
    person_signs_in(w, &root, "demo", "lister", "\"it\"", &one, person);
    visit_expect(w, &two, 200, "POST", SIGN_IN, "{\"name\":\"lister\",\"password\":\"" PASSWORD "\"}");
    answer a = visit(w, &one, "GET", "/api/v1/sessions", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 2);
    const char *other =
        json_is_true(json_object_get(json_array_get(json_object_get(a.json, "items"), 0), "current"))
            ? json_at(a.json, "items.1.id")
            : json_at(a.json, "items.0.id");
    snprintf(path, sizeof path, "/api/v1/sessions/%s", other);
    answer_done(&a);
    /* not another one's */
    refused(w, &root, 404, "not_found", "", "DELETE", path, NULL);
    visit_expect(w, &two, 200, "GET", DEMO "/status", NULL);
    visit_expect(w, &one, 204, "DELETE", path, NULL);
    refused(w, &two, 401, "unauthenticated", "", "GET", DEMO "/status", NULL); /* at once */
    visit_expect(w, &two, 200, "POST", SIGN_IN, "{\"name\":\"lister\",\"password\":\"" PASSWORD "\"}");
    /* another password ends all others */
    refused(w, &one, 403, "forbidden", "old", "POST", "/api/v1/account/password",
            "{\"old\":\"not the old one\",\"new\":\"" PASSWORD " 3\"}");
    refused(w, &one, 400, "invalid_request", "new", "POST", "/api/v1/account/password",
            "{\"old\":\"" PASSWORD "\",\"new\":\"short\"}");
    visit_expect(w, &one, 204, "POST", "/api/v1/account/password",
                 "{\"old\":\"" PASSWORD "\",\"new\":\"" PASSWORD " 3\"}");
    stage_is(w, &two, "none");
    stage_is(w, &one, "full");
    visit_expect(w, &two, 401, "POST", SIGN_IN, "{\"name\":\"lister\",\"password\":\"" PASSWORD "\"}");
    visit_expect(w, &two, 200, "POST", SIGN_IN, "{\"name\":\"lister\",\"password\":\"" PASSWORD " 3\"}");
}

/* The live feed does not outlive what let its listener in. */
static void feed__ends_with_its_session(void **state)
{
    world *w = *state;
    browser one = { .session = "" }, two = { .session = "" };
    char person[YJ_UUID_LEN + 1], ask[400], piece[4096];
    person_signs_in(w, &root, "demo", "listener", "\"it\"", &one, person);
    visit_expect(w, &two, 200, "POST", SIGN_IN, "{\"name\":\"listener\",\"password\":\"" PASSWORD "\"}");
    int fd = dial(w);
    snprintf(ask, sizeof ask,
             "GET " DEMO "/feed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: %s\r\n\r\n",
             one.session);
    send_all(fd, ask, strlen(ask));
    assert_true(recv(fd, piece, sizeof piece, 0) > 0);
    visit_expect(w, &two, 200, "POST", "/api/v1/sessions/end-others", NULL);
    ssize_t n;
    while ((n = recv(fd, piece, sizeof piece, 0)) > 0) /* to its end, or the test's time runs out */
        ;
    assert_int_equal(n, 0);
    close(fd);
    /* a stranger hears nothing */
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/feed", NULL, NULL);
}

static void csrf__every_change_wants_the_value(void **state)
{
    world *w = *state;
    browser b = root;
    static const char body[] = "{\"fields\":{\"number\":\"CSRF\",\"title\":\"x\",\"level\":1}}";
    b.csrf[0] = '\0';
    refused(w, &b, 403, "forbidden", "yunjian-csrf", "POST", DEMO "/records/item", body);
    snprintf(b.csrf, sizeof b.csrf, "%s", root.csrf);
    b.csrf[3] = b.csrf[3] == 'A' ? 'B' : 'A';
    refused(w, &b, 403, "forbidden", "yunjian-csrf", "POST", DEMO "/records/item", body);
    visit_expect(w, &root, 201, "POST", DEMO "/records/item", body);
    char headers[400];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nYunjian-CSRF: %s\r\nOrigin: http://evil.example\r\n",
             root.session, root.csrf);
    call_refused(w, 403, "forbidden", "origin", "POST", DEMO "/records/item", headers, body);
    snprintf(headers, sizeof headers, "Cookie: %s\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n",
             root.session);
    call_refused(w, 403, "forbidden", "sec-fetch-site", "GET", DEMO "/status", headers, NULL);
}

/* --- tokens ----------------------------------------------------------------------------------- */

static void make_token(const world *w, browser *b, const char *person, const char *more, char ret[100],
                       char ret_id[40])
{
    char body[400];
    yj_zone *z = NULL;
    yj_error err = { 0 };
    yj_clock c = yj_clock_system();
    yj_date day;
    yj_ok(yj_zone_open("UTC", &z, &err));
    yj_zone_date(z, c.now_ns(c.self) + INT64_C(30) * 86400 * YJ_NS_PER_S, &day);
    yj_zone_free(z);
    snprintf(body, sizeof body,
             "{\"name\":\"job\",\"institution\":\"demo\",\"person\":\"%s\",\"expires\":\"%s\"%s}", person,
             day.s, more);
    answer a = visit(w, b, "POST", "/api/v1/tokens", body);
    if (a.status != 201)
        fail_msg("token: %d %s", a.status, a.body);
    snprintf(ret, 100, "%s", json_at(a.json, "token"));
    snprintf(ret_id, 40, "%s", json_at(a.json, "id"));
    answer_done(&a);
}

static void token__does_what_it_is_made_for(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    char person[YJ_UUID_LEN + 1], read_all[100], items[100], id[40], header[200], path[100];
    static const char body[] = "{\"fields\":{\"number\":\"T-1\",\"title\":\"x\",\"level\":1}}";
    person_signs_in(w, &root, "demo", "maker", "\"it\",\"security\"", &b, person);
    make_token(w, &b, person, "", read_all, id);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", read_all);
    call_expect(w, 200, "GET", DEMO "/status", header, NULL);
    call_expect(w, 200, "GET", DEMO "/records/item", header, NULL);
    call_refused(w, 403, "forbidden", "", "POST", DEMO "/records/item", header, body);
    call_refused(w, 403, "forbidden", "", "GET", "/api/v1/sessions", header, NULL);
    call_refused(w, 403, "forbidden", "", "GET", "/api/v1/metrics", header, NULL);
    snprintf(path, sizeof path, "/api/v1/tokens/%s", id);
    refused(w, &root, 404, "not_found", "", "DELETE", path, NULL); /* not hers */
    visit_expect(w, &b, 204, "DELETE", path, NULL);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/status", header, NULL);
    make_token(w, &b, person, ",\"write\":true,\"kinds\":[\"item\"]", items, id);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", items);
    call_expect(w, 200, "GET", DEMO "/records/item", header, NULL);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/records/piece", header, NULL);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/status", header, NULL);
    call_expect(w, 201, "POST", DEMO "/records/item", header, body);
    header[strlen(header) - 5] ^= 1;
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/records/item", header, NULL);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/status", "Authorization: Basic cm9vdDp4\r\n",
                 NULL);
    /* a session's token is no bearer token, and the other way round */
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", strchr(b.session, '=') + 1);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/status", header, NULL);
    refused(w, &b, 400, "invalid_request", "expires", "POST", "/api/v1/tokens",
            "{\"name\":\"x\",\"person\":\"y\",\"expires\":\"tomorrow\"}");
    char text[300];
    snprintf(text, sizeof text,
             "{\"name\":\"x\",\"institution\":\"demo\",\"person\":\"%s\",\"expires\":\"2001-01-01\"}",
             person);
    refused(w, &b, 400, "invalid_request", "expires", "POST", "/api/v1/tokens", text);
}

static yj_status set_expired(yj_db *db, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *token = NULL, *session = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE api_token SET expires = 1", &token, err));
    YJ_TRY(yj_stmt_run(token, NULL, err));
    YJ_TRY(yj_db_prepare(db, "UPDATE session SET seen = 1 WHERE id = ?1", &session, err));
    yj_bind_cstr(session, 1, ctx);
    return yj_stmt_run(session, NULL, err);
}

/* What has had its time opens nothing, not even an answer that is kept in memory. */
static void expired__opens_nothing(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    yj_error err = { 0 };
    char person[YJ_UUID_LEN + 1], token[100], id[40], session[40], header[200];
    const struct yj_server *server = w->server;
    person_signs_in(w, &root, "demo", "late", "\"it\",\"security\"", &b, person);
    make_token(w, &b, person, ",\"write\":true", token, id);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    answer a = visit(w, &b, "GET", "/api/v1/sessions", NULL);
    snprintf(session, sizeof session, "%s", json_at(a.json, "items.0.id"));
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    answer_done(&a);
    for (int i = 0; i < 3; i++) { /* kept by then */
        call_expect(w, 200, "GET", DEMO "/records/item", header, NULL);
        visit_expect(w, &b, 200, "GET", DEMO "/records/item", NULL);
    }
    yj_ok(yj_engine_write(w->engine, set_expired, session, &err));
    yj_callers_forget(server->callers);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/records/item", header, NULL);
    call_refused(w, 401, "unauthenticated", "", "POST", DEMO "/records/item", header, "{\"fields\":{}}");
    refused(w, &b, 401, "unauthenticated", "", "GET", DEMO "/records/item", NULL);
    refused(w, &b, 401, "unauthenticated", "", "POST", DEMO "/records/item", "{\"fields\":{}}");
    visit_expect(w, &root, 200, "GET", DEMO "/records/item", NULL); /* others' go on */
}

static void basic_of(const char *name, const char *token, char ret[static 300])
{
    char both[200];
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 300);
    snprintf(both, sizeof both, "%s:%s", name, token);
    yj_buf_base64(&text, both, strlen(both));
    snprintf(ret, 300, "Authorization: Basic %.*s\r\n", (int)text.len, text.ptr);
}

/* As calendar programs do it: a token as a password, for the calendar and nothing else. */
static void calendar__is_read_by_programs(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    char person[YJ_UUID_LEN + 1], token[100], all[100], id[40], other_id[40], header[300], path[100];
    person_signs_in(w, &root, "demo", "calendar", "\"it\"", &b, person);
    answer a = call(w, "GET", DEMO "/calendar.ics", NULL, NULL);
    assert_int_equal(a.status, 401);
    assert_non_null(answer_header(&a, "WWW-Authenticate"));
    assert_int_equal(strncmp(answer_header(&a, "WWW-Authenticate"), "Basic realm=", 12), 0);
    answer_done(&a);
    a = call(w, "GET", DEMO "/status", NULL, NULL); /* nowhere else is it asked for */
    assert_int_equal(a.status, 401);
    assert_null(answer_header(&a, "WWW-Authenticate"));
    answer_done(&a);
    make_token(w, &b, person, ",\"calendar\":true", token, id);
    basic_of("calendar", token, header);
    for (int i = 0; i < 2; i++) { /* the second from what is known */
        a = call(w, "GET", DEMO "/calendar.ics", header, NULL);
        assert_int_equal(a.status, 200);
        assert_int_equal(strncmp(a.body, "BEGIN:VCALENDAR\r\n", 17), 0);
        answer_done(&a);
    }
    basic_of("", token, header); /* whatever the name */
    call_expect(w, 200, "HEAD", DEMO "/calendar.ics", header, NULL);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/status", header, NULL);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/inbox", header, NULL);
    call_refused(w, 404, "not_found", "", "GET", "/api/v1/institutions/nowhere/calendar.ics", header, NULL);
    basic_of("calendar", PASSWORD, header);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/calendar.ics", header, NULL);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/calendar.ics", "Authorization: Basic ?\r\n",
                 NULL);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    call_expect(w, 200, "GET", DEMO "/calendar.ics", header, NULL);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/status", header, NULL);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/records/item", header, NULL);
    make_token(w, &b, person, ",\"kinds\":[\"item\"]", all, other_id);
    basic_of("x", all, header);
    call_refused(w, 403, "forbidden", "", "GET", DEMO "/calendar.ics", header, NULL);
    make_token(w, &b, person, "", all, other_id);
    basic_of("x", all, header);
    call_expect(w, 200, "GET", DEMO "/calendar.ics", header, NULL);
    a = visit(w, &b, "GET", "/api/v1/tokens", NULL);
    size_t calendars = 0;
    for (size_t i = 0; i < json_array_size(json_object_get(a.json, "items")); i++)
        calendars +=
            json_is_true(json_object_get(json_array_get(json_object_get(a.json, "items"), i), "calendar"));
    assert_int_equal(calendars, 1);
    answer_done(&a);
    snprintf(path, sizeof path, "/api/v1/tokens/%s", id);
    visit_expect(w, &b, 204, "DELETE", path, NULL);
    basic_of("calendar", token, header);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/calendar.ics", header, NULL);
    char body[400];
    snprintf(body, sizeof body,
             "{\"name\":\"x\",\"institution\":\"demo\",\"person\":\"%s\",\"expires\":\"2001-01-01\","
             "\"calendar\":true,\"write\":true}",
             person);
    refused(w, &b, 400, "invalid_request", "expires", "POST", "/api/v1/tokens", body);
}

/* --- news of accounts ------------------------------------------------------------------------- */

/* How many of a sort there are in the inbox at the path; of one, what it says in English. */
static int64_t told_of(const world *w, browser *b, const char *inst, const char *news, char ret[static 300])
{
    char path[200];
    snprintf(path, sizeof path, "/api/v1/institutions/%s/inbox?show=all&news=%s", inst, news);
    answer a = visit(w, b, "GET", path, NULL);
    assert_int_equal(a.status, 200);
    assert_null(strstr(a.body, "wrong password"));
    snprintf(ret, 300, "%s", json_at(a.json, "items.0.title.en"));
    int64_t n = (int64_t)json_array_size(json_object_get(a.json, "items"));
    answer_done(&a);
    return n;
}

static void attempts__at_an_account_are_told(void **state)
{
    world *w = *state;
    browser owner = { .session = "" }, admin = { .session = "" }, b = { .session = "" };
    char secret[64], recovery[16], said[300], person[YJ_UUID_LEN + 1];
    person_signs_in(w, &root, "demo", "victim", "\"it\"", &owner, person);
    person_signs_in(w, &root, "demo", "adminone", "\"administrator\"", &admin, person);
    enrol(w, &owner, secret, recovery);
    answer a = visit(w, &b, "POST", SIGN_IN, "{\"name\":\"victim\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(a.status, 200);
    answer_done(&a);
    for (int i = 0; i < 9; i++) {
        a = visit(w, &b, "POST", SIGN_IN "/code", "{\"code\":\"abcd-efgh\"}");
        answer_done(&a);
    }
    assert_int_equal(told_of(w, &owner, "demo", "guessed", said), 1);
    assert_string_equal(said,
                        "Somebody knows the password of account \"victim\" and keeps trying codes. Change "
                        "the password now");
    assert_int_equal(told_of(w, &admin, "demo", "guessed", said), 1);
    assert_int_equal(told_of(w, &root, "installation", "guessed", said), 1);
    /* passwords: its owner alone, and once */
    browser c = { .session = "" };
    for (int i = 0; i < 9; i++) {
        a = visit(w, &c, "POST", SIGN_IN, "{\"name\":\"victim\",\"password\":\"wrong password\"}");
        answer_done(&a);
    }
    assert_int_equal(told_of(w, &owner, "demo", "tried", said), 1);
    assert_string_equal(said, "Many passwords were tried for account \"victim\"");
    assert_int_equal(told_of(w, &admin, "demo", "tried", said), 0);
    assert_int_equal(told_of(w, &root, "installation", "tried", said), 0);
}

static void account_for_emergencies__is_told_of_once_an_hour(void **state)
{
    world *w = *state;
    browser admin = { .session = "" }, b = { .session = "" };
    char said[300], body[300], person[YJ_UUID_LEN + 1];
    person_signs_in(w, &root, "demo", "admintwo", "\"administrator\"", &admin, person);
    answer a = visit(w, &root, "POST", DEMO "/records/person",
                     "{\"fields\":{\"number\":\"glass\",\"name\":\"Glass\",\"roles\":[\"it\"]}}");
    assert_int_equal(a.status, 201);
    snprintf(body, sizeof body, "{\"name\":\"glass\",\"person\":\"%s\",\"break_glass\":true}",
             json_at(a.json, "id"));
    answer_done(&a);
    a = visit(w, &root, "POST", DEMO "/accounts", body);
    assert_int_equal(a.status, 201);
    snprintf(body, sizeof body, "{\"secret\":\"%s\",\"password\":\"" PASSWORD "\"}",
             json_at(a.json, "set_up.secret"));
    answer_done(&a);
    visit_expect(w, &b, 200, "POST", "/api/v1/set-up", body);
    for (int i = 0; i < 2; i++)
        visit_expect(w, &b, 200, "POST", SIGN_IN, "{\"name\":\"glass\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(told_of(w, &admin, "demo", "emergency", said), 1);
    assert_string_equal(said, "The account for emergencies \"glass\" is being used");
    assert_int_equal(told_of(w, &root, "installation", "emergency", said), 1);
}

/* --- accounts --------------------------------------------------------------------------------- */

static void accounts__by_who_may_enter_persons(void **state)
{
    world *w = *state;
    browser admin = { .session = "" }, plain = { .session = "" };
    char person[YJ_UUID_LEN + 1], other[YJ_UUID_LEN + 1], path[200], body[300];
    person_signs_in(w, &root, "demo", "keeper", "\"administrator\"", &admin, person);
    person_signs_in(w, &admin, "demo", "plain", "\"reader\"", &plain, other);
    refused(w, &plain, 403, "forbidden", "", "GET", DEMO "/accounts", NULL);
    answer a = visit(w, &admin, "GET", DEMO "/accounts?after=plai&limit=1", NULL);
    assert_string_equal(json_at(a.json, "items.0.name"), "plain");
    snprintf(path, sizeof path, DEMO "/accounts/%s/lock", json_at(a.json, "items.0.id"));
    answer_done(&a);
    visit_expect(w, &plain, 200, "GET", DEMO "/status", NULL);
    visit_expect(w, &admin, 204, "POST", path, "{\"locked\":true}");
    refused(w, &plain, 401, "unauthenticated", "", "GET", DEMO "/status", NULL);
    refused(w, &plain, 403, "forbidden", "", "POST", SIGN_IN,
            "{\"name\":\"plain\",\"password\":\"" PASSWORD "\"}");
    visit_expect(w, &admin, 204, "POST", path, "{\"locked\":false}");
    visit_expect(w, &plain, 200, "POST", SIGN_IN, "{\"name\":\"plain\",\"password\":\"" PASSWORD "\"}");
    /* the operator's account is none of the institution's */
    a = visit(w, &root, "GET", "/api/v1/session", NULL);
    snprintf(path, sizeof path, DEMO "/accounts/%s/set-up", json_at(a.json, "account.id"));
    answer_done(&a);
    refused(w, &admin, 404, "not_found", "", "POST", path, NULL);
    refused(w, &root, 409, "conflict", "name", "POST", DEMO "/accounts",
            (snprintf(body, sizeof body, "{\"name\":\"plain\",\"person\":\"%s\"}", other), body));
    refused(w, &root, 400, "invalid_request", "person", "POST", DEMO "/accounts",
            "{\"name\":\"new\",\"person\":\"0190f0d2-0000-7000-8000-000000000000\"}");
    /* as whom one acts is chosen among one's own */
    char headers[500];
    snprintf(headers, sizeof headers, "Cookie: %s\r\nYunjian-CSRF: %s\r\nYunjian-Person: %s\r\n",
             plain.session, plain.csrf, person);
    call_refused(w, 403, "forbidden", "yunjian-person", "POST", DEMO "/records/item", headers,
                 "{\"fields\":{\"number\":\"P-1\",\"title\":\"x\",\"level\":1}}");
    refused(w, &plain, 403, "forbidden", "", "POST", DEMO "/records/item",
            "{\"fields\":{\"number\":\"P-1\",\"title\":\"x\",\"level\":1}}"); /* a reader writes nothing */
}

/* Providers are kept by the operator; what they bring is held against what was begun in this browser. */
static void providers__are_the_operators(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    char path[200], id[YJ_UUID_LEN + 1], body[300];
    refused(w, &root, 400, "invalid_request", "settings.issuer", "POST", "/api/v1/providers",
            "{\"kind\":\"oidc\",\"label\":\"x\",\"settings\":{\"issuer\":\"http://"
            "id.example\",\"client_id\":\"y\"}}");
    answer a = visit(
        w, &root, "POST", "/api/v1/providers",
        "{\"kind\":\"oidc\",\"label\":\"统一认证\",\"secret\":\"a client's secret\",\"settings\":{\"issuer\":"
        "\"http://127.0.0.1:9\",\"client_id\":\"y\"}}");
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    a = visit(w, &root, "GET", "/api/v1/providers", NULL);
    assert_string_equal(json_at(a.json, "items.0.settings.client_id"), "y");
    assert_null(strstr(a.body, "a client's secret")); /* written, never given out */
    answer_done(&a);
    a = visit(w, &b, "GET", "/api/v1/sign-in/providers", NULL);
    assert_string_equal(json_at(a.json, "items.0.label"), "统一认证");
    assert_null(strstr(a.body, "client_id"));
    answer_done(&a);
    /* nobody listens there: that is a fault of the provider, and no wrong password */
    snprintf(body, sizeof body, "{\"provider\":\"%s\",\"back\":\"//evil.example/\"}", id);
    refused(w, &b, 503, "busy", "", "POST", "/api/v1/sign-in/oidc", body);
    snprintf(body, sizeof body, "{\"provider\":\"%s\",\"name\":\"root\",\"password\":\"" PASSWORD "\"}", id);
    refused(w, &b, 404, "not_found", "", "POST", "/api/v1/sign-in/directory", body); /* it is no directory */
    /* an answer that nobody asked for leads back to the page and nowhere else */
    a = visit(w, &b, "GET", "/api/v1/sign-in/oidc/return?code=x&state=y&back=https://evil.example", NULL);
    assert_int_equal(a.status, 303);
    assert_string_equal(answer_header(&a, "Location"), "/p/sign-in?failed=refused");
    assert_string_equal(b.session, "");
    answer_done(&a);
    snprintf(path, sizeof path, "/api/v1/providers/%s", id);
    visit_expect(w, &root, 204, "PATCH", path, "{\"enabled\":false}");
    a = visit(w, &b, "GET", "/api/v1/sign-in/providers", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 0);
    answer_done(&a);
    visit_expect(w, &root, 204, "DELETE", path, NULL);
    visit_expect(w, &root, 404, "DELETE", path, NULL);
}

/* --- one's own ways in ------------------------------------------------------------------------ */

/* A passage as if it had been begun by that account, for that provider. */
static void keep_passage(const world *w, const char *provider, const char *account, browser *b)
{
    yj_oidc_passage p = { .begun_ns = yj_machine_now(), .back = "/p/account" };
    char text[YJ_PASSAGE_TEXT_MAX + 1];
    snprintf(p.provider, sizeof p.provider, "%s", provider);
    snprintf(p.account, sizeof p.account, "%s", account);
    const struct yj_server *server = w->server;
    yj_oidc_passage_seal(server->seal, &p, text);
    /* the browser keeps its cookies side by side */
    char name[80];
    snprintf(name, sizeof name, "%.*s-passage", (int)strcspn(b->session, "="), b->session);
    snprintf(passage, sizeof passage, "%s=%s", name, text);
}

static answer with_passage(const world *w, const browser *b, const char *method, const char *path,
                           const char *body)
{
    char headers[2500];
    snprintf(headers, sizeof headers, "Cookie: %s; %s\r\nYunjian-CSRF: %s\r\n", b->session, passage, b->csrf);
    return call(w, method, path, headers, body);
}

static void assert_answer(answer a, int status, const char *code)
{
    if (a.status != status || strcmp(json_at(a.json, "error.code"), code) != 0)
        fail_msg("%d %s in place of %d %s", a.status, a.body, status, code);
    answer_done(&a);
}

#define OWN "/api/v1/account/identities"
#define FINISH OWN "/oidc/finish"

/* What comes back from a provider counts only in the session of the account that began, with its passage. */
static void linking__is_bound_to_who_began(void **state)
{
    world *w = *state;
    browser one = { .session = "" }, two = { .session = "" };
    char body[300], path[300], id[YJ_UUID_LEN + 1], account[YJ_UUID_LEN + 1];
    person_signs_in(w, &root, "demo", "linker", "\"reader\"", &one, account);
    person_signs_in(w, &root, "demo", "other-linker", "\"reader\"", &two, account);
    answer a = visit(w, &one, "GET", "/api/v1/session", NULL);
    snprintf(account, sizeof account, "%s", json_at(a.json, "account.id"));
    answer_done(&a);
    a = visit(w, &root, "POST", "/api/v1/providers",
              "{\"kind\":\"oidc\",\"label\":\"away\",\"secret\":\"s\",\"settings\":{\"issuer\":\"http://"
              "127.0.0.1:9\",\"client_id\":\"y\"}}");
    assert_int_equal(a.status, 201);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    /* what the operator tries says why it does not work, in both languages */
    snprintf(path, sizeof path, "/api/v1/providers/%s/check", id);
    a = visit(w, &root, "POST", path, NULL);
    assert_int_equal(a.status, 200);
    assert_true(json_is_false(json_object_get(a.json, "works")));
    assert_true(json_at(a.json, "why.zh")[0] && json_at(a.json, "why.en")[0]);
    answer_done(&a);
    snprintf(body, sizeof body, "{\"provider\":\"%s\"}", id);
    refused(w, &one, 503, "busy", "", "POST", OWN "/oidc", body);
    refused(w, &one, 403, "forbidden", "", "POST", FINISH,
            "{\"code\":\"x\",\"state\":\"y\"}"); /* no passage */
    keep_passage(w, id, account, &one);
    /* the way back does nothing by itself: no session comes along from another site */
    a = with_passage(w, &one, "GET", "/api/v1/sign-in/oidc/return?code=x&state=y%3D", NULL);
    assert_int_equal(a.status, 303);
    assert_string_equal(answer_header(&a, "Location"), "/p/account#code=x&state=y%3D");
    assert_null(answer_header(&a, "Set-Cookie"));
    answer_done(&a);
    /* in another account's session */
    assert_answer(with_passage(w, &two, "POST", FINISH, "{\"code\":\"x\",\"state\":\"y\"}"), 403,
                  "forbidden");
    /* of the right one, with another's answer */
    assert_answer(with_passage(w, &one, "POST", FINISH, "{\"code\":\"x\",\"state\":\"y\"}"), 403,
                  "forbidden");
    /* one that was begun to sign in links nothing, and one that was begun to link lets nobody in */
    keep_passage(w, id, "", &one);
    assert_answer(with_passage(w, &one, "POST", FINISH, "{\"code\":\"x\",\"state\":\"y\"}"), 403,
                  "forbidden");
    /* without the page's value nothing is sent at all */
    browser bare = one;
    bare.csrf[0] = '\0';
    refused(w, &bare, 403, "forbidden", "yunjian-csrf", "POST", FINISH, "{}");
    /* and what is not linked cannot be taken apart */
    snprintf(path, sizeof path, OWN "?provider=%s&subject=x", id);
    refused(w, &one, 404, "not_found", "", "DELETE", path, NULL);
    snprintf(path, sizeof path, "/api/v1/accounts/%s/identities", account);
    snprintf(body, sizeof body, "{\"provider\":\"%s\",\"subject\":\"sub 1\"}", id);
    visit_expect(w, &root, 204, "POST", path, body);
    a = visit(w, &one, "GET", OWN, NULL);
    assert_string_equal(json_at(a.json, "items.0.provider.label"), "away");
    assert_string_equal(json_at(a.json, "items.0.subject"), "sub 1");
    answer_done(&a);
    a = visit(w, &two, "GET", OWN, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 0);
    answer_done(&a);
    snprintf(path, sizeof path, OWN "?provider=%s&subject=sub%%201", id);
    refused(w, &two, 404, "not_found", "", "DELETE", path, NULL);
    visit_expect(w, &one, 204, "DELETE", path, NULL);
    snprintf(path, sizeof path, "/api/v1/providers/%s", id);
    visit_expect(w, &root, 204, "DELETE", path, NULL);
}

/* --- memberships ------------------------------------------------------------------------------ */

static void sees(const world *w, browser *b, int status, size_t persons, size_t lapsed)
{
    struct yj_server *server = w->server;
    yj_callers_forget(server->callers); /* what is known of a caller is looked up again after a second */
    visit_expect(w, b, status, "GET", DEMO "/status", NULL);
    answer a = visit(w, b, "GET", "/api/v1/session", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "persons")), persons);
    assert_int_equal(json_array_size(json_object_get(a.json, "lapsed")), lapsed);
    if (lapsed)
        assert_string_equal(json_at(a.json, "lapsed.0.institution.code"), "demo");
    answer_done(&a);
}

static void put_membership(world *w, const char *person, const char *since, const char *until, char *ret_id)
{
    char body[400];
    snprintf(body, sizeof body,
             "{\"fields\":{\"person\":\"%s\",\"standing\":\"contractor\",\"since\":\"%s\"%s%s%s}}", person,
             since, until ? ",\"until\":\"" : "", until ? until : "", until ? "\"" : "");
    answer a = visit(w, &root, "POST", DEMO "/records/membership", body);
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    snprintf(ret_id, YJ_UUID_LEN + 1, "%s", json_at(a.json, "id"));
    answer_done(&a);
}

static void move_membership(world *w, const char *id, const char *transition)
{
    char path[200], body[100];
    snprintf(path, sizeof path, DEMO "/records/membership/%s/transitions", id);
    snprintf(body, sizeof body, "{\"transition\":\"%s\"}", transition);
    visit_expect(w, &root, 200, "POST", path, body);
}

static void membership__binds_who_has_one(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    char person[YJ_UUID_LEN + 1], past[YJ_UUID_LEN + 1], now[YJ_UUID_LEN + 1], next[YJ_UUID_LEN + 1];
    char header[200], text[300], token[100], token_id[40];
    person_signs_in(w, &root, "demo", "temp", "\"reader\"", &b, person);
    sees(w, &b, 200, 1, 0); /* none on record: the account decides */
    make_token(w, &b, person, "", token, token_id);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    put_membership(w, person, "2020-01-01", "2020-12-31", past);
    sees(w, &b, 404, 0, 1);
    call_refused(w, 404, "not_found", "", "GET", DEMO "/status", header, NULL); /* nor a program of his */
    /* he does sign in to his account, and may do nothing in the institution */
    visit_expect(w, &b, 200, "POST", SIGN_IN, "{\"name\":\"temp\",\"password\":\"" PASSWORD "\"}");
    sees(w, &b, 404, 0, 1);
    put_membership(w, person, "2999-01-01", NULL, next);
    sees(w, &b, 404, 0, 1); /* not yet */
    put_membership(w, person, "2021-01-01", NULL, now);
    sees(w, &b, 200, 1, 0);
    call_expect(w, 200, "GET", DEMO "/status", header, NULL);
    move_membership(w, now, "end");
    sees(w, &b, 404, 0, 1);
    /* entered by mistake, all of them: as if there were none */
    move_membership(w, past, "withdraw");
    move_membership(w, next, "withdraw");
    sees(w, &b, 404, 0, 1);
    move_membership(w, now, "withdraw");
    sees(w, &b, 200, 1, 0);
    /* the operator is nobody's member and is let in always */
    answer a = visit(w, &root, "GET", "/api/v1/session", NULL);
    snprintf(text, sizeof text, "%s", json_at(a.json, "persons.0.person.id"));
    answer_done(&a);
    assert_true(text[0]);
    visit_expect(w, &root, 200, "GET", DEMO "/status", NULL);
}

/* --- the operator, who also works at an institution ------------------------------------------ */

static void operator__opens_institutions_whoever_he_is_at_work(void **state)
{
    world *w = *state;
    char path[200], body[300], headers[500], person[YJ_UUID_LEN + 1], own[YJ_UUID_LEN + 1];
    answer a = visit(w, &root, "GET", "/api/v1/session", NULL);
    snprintf(own, sizeof own, "%s", json_at(a.json, "account.id"));
    answer_done(&a);
    a = visit(w, &root, "POST", DEMO "/records/person",
              "{\"fields\":{\"number\":\"own\",\"name\":\"own\",\"roles\":[\"administrator\"]}}");
    snprintf(person, sizeof person, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/accounts/%s/persons", own);
    snprintf(body, sizeof body, "{\"person\":\"%s\"}", person);
    visit_expect(w, &root, 204, "POST", path, body);
    snprintf(headers, sizeof headers, "Cookie: %s\r\nYunjian-CSRF: %s\r\nYunjian-Person: %s\r\n",
             root.session, root.csrf, person);
    a = call(w, "POST", "/api/v1/institutions", headers,
             "{\"fields\":{\"code\":\"second\",\"name\":\"second\",\"type\":\"client\"}}");
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    answer_done(&a);
    /* within an institution that is still nobody of its own */
    call_refused(w, 403, "forbidden", "yunjian-person", "POST", "/api/v1/institutions/second/records/item",
                 headers, "{\"fields\":{\"number\":\"P-1\",\"title\":\"x\",\"level\":1}}");
    snprintf(path, sizeof path, DEMO "/accounts/%s/persons/%s", own, person);
    visit_expect(w, &root, 204, "DELETE", path, NULL);
}

static void cookies__are_bound(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    answer a = visit(w, &b, "POST", SIGN_IN, "{\"name\":\"root\",\"password\":\"" PASSWORD "\"}");
    const char *cookie = answer_header(&a, "Set-Cookie");
    assert_non_null(cookie);
    assert_non_null(strstr(cookie, "; HttpOnly; SameSite=Strict"));
    assert_non_null(strstr(cookie, "; Path=/"));
    assert_null(strstr(a.body, strchr(b.session, '=') + 1)); /* the page never sees it */
    answer_done(&a);
    /* two of the name: neither is trusted */
    char headers[600];
    snprintf(headers, sizeof headers, "Cookie: %s; %s\r\n", b.session, root.session);
    call_refused(w, 401, "unauthenticated", "", "GET", DEMO "/status", headers, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_start__makes_an_administrator_once),
        cmocka_unit_test(set_up__keeps_the_policy),
        cmocka_unit_test(password__wrong_and_unknown_are_told_alike),
        cmocka_unit_test(guessing__makes_wait),
        cmocka_unit_test(second_factor__is_asked_and_good_once),
        cmocka_unit_test(session__given_before_is_not_taken_over),
        cmocka_unit_test(session__is_listed_and_ended),
        cmocka_unit_test(feed__ends_with_its_session),
        cmocka_unit_test(csrf__every_change_wants_the_value),
        cmocka_unit_test(token__does_what_it_is_made_for),
        cmocka_unit_test(expired__opens_nothing),
        cmocka_unit_test(calendar__is_read_by_programs),
        cmocka_unit_test(attempts__at_an_account_are_told),
        cmocka_unit_test(account_for_emergencies__is_told_of_once_an_hour),
        cmocka_unit_test(accounts__by_who_may_enter_persons),
        cmocka_unit_test(providers__are_the_operators),
        cmocka_unit_test(linking__is_bound_to_who_began),
        cmocka_unit_test(membership__binds_who_has_one),
        cmocka_unit_test(operator__opens_institutions_whoever_he_is_at_work),
        cmocka_unit_test(cookies__are_bound),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
