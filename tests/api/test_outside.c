// SPDX-License-Identifier: Apache-2.0
/* Accounts that have no password here, over HTTP: linked with a real directory (slapd) and with a provider of
 * OpenID Connect that says whatever this test puts into its mouth; and proving by them, once more, who one
 * is. The real provider is asked in tests/access/test_oidc.c. */
#include "api_test.h"

#include "access/passage.h"
#include "api/call.h"
#include "api/outside.h"
#include "base/file.h"
#include "base/time.h"
#include "peer.h"
#include "signer.h"
#include "slapd.h"
#include <stdio.h>
#include <string.h>

#define OWN "/api/v1/account/identities"
#define PROVE "/api/v1/session/prove"
#define LISI_ID "0f1e2d3c-0000-4000-8000-00000000000a"

static browser root; /* the first administrator */
static slapd ldap;
static peer oidc;
static char ldap_id[YJ_UUID_LEN + 1], oidc_id[YJ_UUID_LEN + 1]; /* the providers */

static void made(world *w, const char *path, const char *body, char ret_id[static YJ_UUID_LEN + 1])
{
    answer a = visit(w, &root, "POST", path, body);
    if (a.status != 201)
        fail_msg("%s: %d %s", path, a.status, a.body);
    const char *id = json_at(a.json, "id");
    snprintf(ret_id, YJ_UUID_LEN + 1, "%s", id[0] ? id : json_at(a.json, "account.id"));
    answer_done(&a);
}

static void put(const char *name, const char *text)
{
    char path[128];
    yj_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s", oidc.folder, name);
    yj_ok(yj_file_write(path, yj_span_of(text), 0600, &err));
}

/* What the provider says of itself; what it says of people, says() puts. */
static void introduce(void)
{
    char about[500];
    snprintf(
        about, sizeof about,
        "{\"issuer\":\"http://127.0.0.1:%d\",\"authorization_endpoint\":\"http://127.0.0.1:%d/authorize\","
        "\"token_endpoint\":\"http://127.0.0.1:%d/token\",\"jwks_uri\":\"http://127.0.0.1:%d/keys\"}",
        oidc.port, oidc.port, oidc.port, oidc.port);
    put("about", about);
}

static int setup(void **state)
{
    char key[128], body[600];
    const char *cert = peer_ca_file();
    if (world_setup_signed(state) != 0)
        return -1;
    memset(&root, 0, sizeof root);
    first_administrator(*state, &root);
    snprintf(key, sizeof key, "%.*s/key.pem", (int)(strrchr(cert, '/') - cert), cert);
    slapd_start(&ldap, cert, key);
    peer_start(&oidc, "http", NULL);
    introduce();
    snprintf(body, sizeof body,
             "{\"kind\":\"ldap\",\"label\":\"corp\",\"secret\":\"reader-secret\",\"settings\":{\"urls\":["
             "\"ldap://127.0.0.1:%d\"],\"bind_dn\":\"cn=reader,dc=example,dc=com\",\"base\":\"ou=people,"
             "dc=example,dc=com\",\"filter\":\"(uid={name})\"}}",
             ldap.port);
    made(*state, "/api/v1/providers", body, ldap_id);
    snprintf(body, sizeof body,
             "{\"kind\":\"oidc\",\"label\":\"sso\",\"secret\":\"s\",\"settings\":{\"issuer\":"
             "\"http://127.0.0.1:%d\",\"client_id\":\"yunjian\"}}",
             oidc.port);
    made(*state, "/api/v1/providers", body, oidc_id);
    return 0;
}

static int teardown(void **state)
{
    slapd_stop(&ldap);
    peer_stop(&oidc);
    return world_teardown(state);
}

static void assert_answer(answer a, int status, const char *code)
{
    if (a.status != status || strcmp(json_at(a.json, "error.code"), code) != 0)
        fail_msg("%d %s in place of %d %s", a.status, a.body, status, code);
    answer_done(&a);
}

static yj_status set_old(yj_db *db, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    (void)ctx;
    YJ_TRY(yj_db_prepare(db, "UPDATE session SET proved = 1", &st, err));
    return yj_stmt_run(st, NULL, err);
}

/* A quarter of an hour has passed since anybody proved who he is. */
static void grow_old(const world *w)
{
    const struct yj_server *server = w->server;
    yj_error err = { 0 };
    yj_ok(yj_engine_write(w->engine, set_old, NULL, &err));
    yj_callers_forget(server->callers);
}

/* Whether something delicate goes as far as to be looked at. */
static void is_proved(const world *w, browser *b, bool proved)
{
    assert_answer(visit(w, b, "DELETE", OWN "?provider=none&subject=none", NULL), proved ? 404 : 403,
                  proved ? "not_found" : "prove_again");
}

/* An account for a new person, without a password. */
static void without_password(world *w, const char *name, char ret[static YJ_UUID_LEN + 1])
{
    char body[300], person[YJ_UUID_LEN + 1];
    snprintf(body, sizeof body, "{\"fields\":{\"number\":\"%s\",\"name\":\"%s\",\"roles\":[\"reader\"]}}",
             name, name);
    made(w, DEMO "/records/person", body, person);
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"person\":\"%s\"}", name, person);
    made(w, DEMO "/accounts", body, ret);
}

static void linked(const world *w, const char *account, const char *provider, const char *more)
{
    char path[200], body[300];
    visit_expect(w, &root, 200, "POST", PROVE, "{\"password\":\"" PASSWORD "\"}");
    snprintf(path, sizeof path, "/api/v1/accounts/%s/identities", account);
    snprintf(body, sizeof body, "{\"provider\":\"%s\",%s}", provider, more);
    visit_expect(w, &root, 204, "POST", path, body);
}

/* --- a directory ------------------------------------------------------------------------------ */

static answer by_directory(const world *w, browser *b, const char *path, const char *name,
                           const char *password)
{
    char body[300];
    snprintf(body, sizeof body, "{\"provider\":\"%s\",\"name\":\"%s\",\"password\":\"%s\"}", ldap_id, name,
             password);
    return visit(w, b, "POST", path, body);
}

/* From the own password to the directory's, by oneself. */
static void directory__is_linked_by_oneself(void **state)
{
    world *w = *state;
    browser one = { .session = "" }, two = { .session = "" }, there = { .session = "" };
    char person[YJ_UUID_LEN + 1], path[300];
    person_signs_in(w, &root, "demo", "li", "\"reader\"", &one, person);
    person_signs_in(w, &root, "demo", "zhao", "\"reader\"", &two, person);
    assert_answer(by_directory(w, &there, "/api/v1/sign-in/directory", "lisi", "Passw0rd!l"), 403,
                  "forbidden");
    grow_old(w);
    assert_answer(by_directory(w, &one, OWN "/directory", "lisi", "Passw0rd!l"), 403, "prove_again");
    visit_expect(w, &one, 200, "POST", PROVE, "{\"password\":\"" PASSWORD "\"}");
    visit_expect(w, &two, 200, "POST", PROVE, "{\"password\":\"" PASSWORD "\"}");
    assert_answer(by_directory(w, &one, OWN "/directory", "lisi", "Passw0rd!w"), 401, "unauthenticated");
    assert_answer(by_directory(w, &one, OWN "/directory", "lisi", ""), 401, "unauthenticated");
    assert_answer(by_directory(w, &one, OWN "/directory", "*", "Passw0rd!l"), 401, "unauthenticated");
    assert_answer(by_directory(w, &one, OWN "/directory", "lisi", "Passw0rd!l"), 204, "");
    answer a = visit(w, &one, "GET", OWN, NULL);
    assert_string_equal(json_at(a.json, "items.0.provider.id"), ldap_id);
    assert_string_equal(json_at(a.json, "items.0.subject"), LISI_ID);
    assert_string_equal(json_at(a.json, "items.0.login"), "lisi");
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    answer_done(&a);
    /* whose it is, it stays: not even who knows the password takes it over */
    assert_answer(by_directory(w, &two, OWN "/directory", "lisi", "Passw0rd!l"), 409, "conflict");
    a = by_directory(w, &there, "/api/v1/sign-in/directory", "LISI", "Passw0rd!l");
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "stage"), "full");
    assert_string_equal(json_at(a.json, "account.name"), "li");
    answer_done(&a);
    snprintf(path, sizeof path, OWN "?provider=%s&subject=" LISI_ID, ldap_id);
    visit_expect(w, &one, 204, "DELETE", path, NULL);
    visit_expect(w, &there, 401, "GET", OWN, NULL); /* its session has ended with it */
    /* guessing by way of this counts as guessing where one signs in */
    for (int i = 0; i < 6; i++)
        assert_answer(by_directory(w, &two, OWN "/directory", "wangwu", "guess"), 401, "unauthenticated");
    a = by_directory(w, &two, OWN "/directory", "wangwu", "Passw0rd!w");
    assert_int_equal(a.status, 429);
    assert_non_null(answer_header(&a, "Retry-After"));
    answer_done(&a);
    browser stranger = { .session = "" };
    assert_answer(by_directory(w, &stranger, "/api/v1/sign-in/directory", "wangwu", "Passw0rd!w"), 429,
                  "too_many");
}

static void proof__by_the_directory(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    char account[YJ_UUID_LEN + 1], before[sizeof b.session];
    without_password(w, "zhang", account);
    linked(w, account, ldap_id, "\"login\":\"lisi\"");
    answer a = by_directory(w, &b, "/api/v1/sign-in/directory", "lisi", "Passw0rd!l");
    assert_int_equal(a.status, 200);
    assert_true(json_is_false(json_object_get(json_object_get(a.json, "account"), "has_password")));
    answer_done(&a);
    is_proved(w, &b, true);
    grow_old(w);
    is_proved(w, &b, false);
    assert_answer(visit(w, &b, "POST", PROVE, "{\"password\":\"" PASSWORD "\"}"), 401, "unauthenticated");
    assert_answer(by_directory(w, &b, PROVE "/directory", "lisi", "Passw0rd!w"), 401, "unauthenticated");
    /* a right password, but somebody else's */
    assert_answer(by_directory(w, &b, PROVE "/directory", "张三", "Passw0rd!z"), 403, "forbidden");
    is_proved(w, &b, false);
    memcpy(before, b.session, sizeof before);
    a = by_directory(w, &b, PROVE "/directory", "lisi", "Passw0rd!l");
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "account.id"), account);
    answer_done(&a);
    is_proved(w, &b, true);
    /* the session has another token, the one before is none */
    browser old = b;
    memcpy(old.session, before, sizeof before);
    assert_string_not_equal(old.session, b.session);
    visit_expect(w, &old, 401, "GET", OWN, NULL);
    /* a device that nobody knows must wait after six wrong ones, with the right password too */
    grow_old(w);
    b.device[0] = '\0';
    for (int i = 0; i < 6; i++)
        assert_answer(by_directory(w, &b, PROVE "/directory", "lisi", "guess"), 401, "unauthenticated");
    assert_answer(by_directory(w, &b, PROVE "/directory", "lisi", "Passw0rd!l"), 429, "too_many");
    is_proved(w, &b, false);
    assert_answer(visit(w, &b, "POST", PROVE "/directory",
                        "{\"provider\":\"none\",\"name\":\"lisi\",\"password\":\"x\"}"),
                  404, "not_found");
}

/* --- OpenID Connect --------------------------------------------------------------------------- */

/* A passage under way: what the browser was sent with, and the cookie that it keeps. */
typedef struct passage {
    char state[64], nonce[64], cookie[YJ_PASSAGE_TEXT_MAX + 100];
    bool again; /* the provider was asked to have him sign in again */
} passage;

static void param(const char *url, const char *name, char ret[static 64])
{
    const char *at = strstr(url, name);
    assert_non_null(at);
    at += strlen(name);
    snprintf(ret, 64, "%.*s", (int)strcspn(at, "&"), at);
}

static void begin(const world *w, browser *b, const char *path, passage *ret)
{
    char body[100];
    snprintf(body, sizeof body, "{\"provider\":\"%s\"}", oidc_id);
    answer a = visit(w, b, "POST", path, body);
    if (a.status != 200)
        fail_msg("%s: %d %s", path, a.status, a.body);
    const char *url = json_at(a.json, "url");
    param(url, "&state=", ret->state);
    param(url, "&nonce=", ret->nonce);
    ret->again = strstr(url, "&prompt=login&max_age=60") != NULL;
    const char *cookie = answer_header(&a, "Set-Cookie");
    assert_non_null(cookie);
    snprintf(ret->cookie, sizeof ret->cookie, "%.*s", (int)strcspn(cookie, ";"), cookie);
    answer_done(&a);
}

/* What the provider says of who has signed in there, so many seconds ago. */
static void says(const passage *p, const char *subject, int64_t ago)
{
    char claims[1000];
    yj_auto(yj_buf_done) yj_buf jwt, token, keys;
    int64_t now = yj_machine_now() / YJ_NS_PER_S;
    yj_buf_init(&jwt, 65536);
    yj_buf_init(&token, 65536);
    yj_buf_init(&keys, 16384);
    snprintf(claims, sizeof claims,
             "{\"iss\":\"http://127.0.0.1:%d\",\"aud\":\"yunjian\",\"sub\":\"%s\",\"exp\":%lld,\"iat\":%lld,"
             "\"auth_time\":%lld,\"nonce\":\"%s\"}",
             oidc.port, subject, (long long)now + 300, (long long)now, (long long)(now - ago), p->nonce);
    signer_token(signer_key(SIGNER_RSA, 0), "RS256", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", claims, &jwt);
    yj_buf_fmt(&token, "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"%s\"}", jwt.ptr);
    put("token", token.ptr);
    yj_buf_str(&keys, "{\"keys\":[");
    signer_jwk(signer_key(SIGNER_RSA, 0), "k1", "", &keys);
    yj_buf_str(&keys, "]}");
    put("keys", keys.ptr);
}

/* The page sends on what the browser brought back. */
static answer finish(const world *w, browser *b, const char *path, const passage *p, const char *state)
{
    char body[200];
    snprintf(body, sizeof body, "{\"code\":\"c\",\"state\":\"%s\"}", state);
    return visit_with(w, b, p->cookie, "POST", path, body);
}

/* The browser is sent back by the provider. From another site it brings the passage, not the session. */
static answer come_back(const world *w, const passage *p, browser *b)
{
    char path[200];
    snprintf(path, sizeof path, YJ_RETURN_PATH "?code=c&state=%s", p->state);
    return visit_with(w, b, p->cookie, "GET", path, NULL);
}

static void enters(const world *w, browser *b, const char *subject)
{
    passage p;
    begin(w, b, "/api/v1/sign-in/oidc", &p);
    assert_false(p.again);
    says(&p, subject, 3600); /* he has been signed in there for an hour: that is fine */
    answer a = come_back(w, &p, b);
    assert_int_equal(a.status, 303);
    assert_string_equal(answer_header(&a, "Location"), "/");
    answer_done(&a);
    a = visit(w, b, "GET", "/api/v1/session", NULL);
    assert_string_equal(json_at(a.json, "stage"), "full");
    answer_done(&a);
}

#define OIDC_FINISH PROVE "/oidc/finish"

static void proof__by_a_provider(void **state)
{
    world *w = *state;
    browser b = { .session = "" }, other = { .session = "" }, nobody = { .session = "" };
    char account[YJ_UUID_LEN + 1], before[sizeof b.session], where[200];
    passage p, q, link, enter;
    without_password(w, "mona", account);
    linked(w, account, oidc_id, "\"subject\":\"mona\"");
    enters(w, &b, "mona");
    enters(w, &other, "mona"); /* the same person in another browser */
    grow_old(w);
    begin(w, &b, PROVE "/oidc", &p);
    assert_true(p.again);
    says(&p, "mona", 0);
    /* the way back does nothing by itself, and leads to the page that goes on */
    answer a = come_back(w, &p, &nobody);
    assert_int_equal(a.status, 303);
    snprintf(where, sizeof where, "/p/prove#code=c&state=%s", p.state);
    assert_string_equal(answer_header(&a, "Location"), where);
    assert_null(answer_header(&a, "Set-Cookie"));
    answer_done(&a);
    is_proved(w, &b, false);
    /* in another session of the same account; without the page's value; with another's state; for another use
     */
    assert_answer(finish(w, &other, OIDC_FINISH, &p, p.state), 403, "forbidden");
    browser bare = b;
    bare.csrf[0] = '\0';
    assert_answer(finish(w, &bare, OIDC_FINISH, &p, p.state), 403, "forbidden");
    assert_answer(finish(w, &b, OIDC_FINISH, &p, "x"), 403, "forbidden");
    assert_answer(visit(w, &b, "POST", OIDC_FINISH, "{\"code\":\"c\",\"state\":\"x\"}"), 403, "forbidden");
    assert_answer(finish(w, &b, OWN "/oidc/finish", &p, p.state), 403, "forbidden");
    is_proved(w, &b, false);
    is_proved(w, &other, false);
    /* he was signed in there all the time; somebody else was */
    says(&p, "mona", 3600);
    assert_answer(finish(w, &b, OIDC_FINISH, &p, p.state), 403, "forbidden");
    is_proved(w, &b, false);
    begin(w, &b, PROVE "/oidc", &q);
    says(&q, "somebody-else", 0);
    assert_answer(finish(w, &b, OIDC_FINISH, &q, q.state), 403, "forbidden");
    is_proved(w, &b, false);
    says(&q, "mona", 0); /* it is used up */
    assert_answer(finish(w, &b, OIDC_FINISH, &q, q.state), 403, "forbidden");
    is_proved(w, &b, false);
    /* what was begun to sign in, or by the operator to link, proves nothing */
    begin(w, &nobody, "/api/v1/sign-in/oidc", &enter);
    says(&enter, "mona", 0);
    assert_answer(finish(w, &b, OIDC_FINISH, &enter, enter.state), 403, "forbidden");
    visit_expect(w, &root, 200, "POST", PROVE, "{\"password\":\"" PASSWORD "\"}");
    begin(w, &root, OWN "/oidc", &link);
    says(&link, "mona", 0);
    assert_answer(finish(w, &root, OIDC_FINISH, &link, link.state), 403, "forbidden");
    /* as it should be */
    says(&p, "mona", 0);
    memcpy(before, b.session, sizeof before);
    a = finish(w, &b, OIDC_FINISH, &p, p.state);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "account.id"), account);
    answer_done(&a);
    is_proved(w, &b, true);
    is_proved(w, &other, false);
    browser old = b;
    memcpy(old.session, before, sizeof before);
    visit_expect(w, &old, 401, "GET", OWN, NULL);
    /* once */
    grow_old(w);
    assert_answer(finish(w, &b, OIDC_FINISH, &p, p.state), 403, "forbidden");
    is_proved(w, &b, false);
    /* a provider that is no such one, or none that leads anywhere */
    assert_answer(visit(w, &b, "POST", PROVE "/oidc", "{\"provider\":\"none\"}"), 404, "not_found");
    snprintf(where, sizeof where, "{\"provider\":\"%s\"}", ldap_id);
    assert_answer(visit(w, &b, "POST", PROVE "/oidc", where), 404, "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directory__is_linked_by_oneself),
        cmocka_unit_test(proof__by_the_directory),
        cmocka_unit_test(proof__by_a_provider),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
