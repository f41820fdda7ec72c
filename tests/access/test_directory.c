// SPDX-License-Identifier: Apache-2.0
/* Signing in at a real directory, slapd on loopback: by both ways, with and without TLS, and all that must
 * not be taken for a right or a wrong password. */
#include "../base/test.h"

#include "access/directory.h"
#include "base/arena.h"
#include "peer.h"
#include "slapd.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "0199f3c1-0000-7000-8000-000000000002"
#define LISI_ID "0f1e2d3c-0000-4000-8000-00000000000a"
#define BASE ",\"base\":\"ou=people,dc=example,dc=com\",\"filter\":\"(&(objectClass=person)(uid={name}))\""
#define SERVICE ",\"bind_dn\":\"cn=reader,dc=example,dc=com\"" BASE
#define TEMPLATE ",\"bind_template\":\"uid={name},ou=people,dc=example,dc=com\""
#define AUDITORS ",\"group\":\"CN=Auditors, DC=example,DC=com\""

static slapd server; /* one for all tests: they change nothing */

typedef struct scene {
    yj_seal *seal;
    yj_arena *arena;
    yj_web_options web;
    yj_provider p;
} scene;

static void set_provider(scene *s, const char *url, const char *more, const char *secret)
{
    static uint8_t sealed[100 + YJ_SEAL_MORE];
    yj_error err = { 0 };
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b, "{\"urls\":[%s]%s}", url, more);
    s->p = (yj_provider){ .id = ID, .kind = YJ_PROVIDER_LDAP, .label = "corp", .enabled = true };
    assert_status(yj_provider_settings(YJ_PROVIDER_LDAP, yj_buf_view(&b), s->arena, &s->p, &err), YJ_OK);
    if (!secret)
        return;
    yj_seal_put(s->seal, ID, secret, strlen(secret), sealed);
    s->p.sealed = (yj_span){ (const char *)sealed, strlen(secret) + YJ_SEAL_MORE };
}

static const char *plain_url(void)
{
    static char url[64];
    snprintf(url, sizeof url, "\"ldap://127.0.0.1:%d\"", server.port);
    return url;
}

static const char *tls_url(void)
{
    static char url[64];
    snprintf(url, sizeof url, "\"ldaps://127.0.0.1:%d\"", server.tls_port);
    return url;
}

static void scene_open(scene *s, void **state)
{
    yj_error err = { 0 };
    memset(s, 0, sizeof *s);
    s->arena = yj_arena_new((size_t)1 << 20);
    s->web = (yj_web_options){ .connect_ms = 20000, .total_ms = 20000 };
    assert_status(yj_seal_open(*state, &s->seal, &err), YJ_OK);
}

static void scene_close(scene *s)
{
    yj_seal_free(s->seal);
    yj_arena_free(s->arena);
}

static yj_status ask(const scene *s, const char *name, const char *password, yj_proved *who, bool *right,
                     yj_error *err)
{
    return yj_directory_check(&s->p, &s->web, s->seal, yj_span_of(name), yj_span_of(password), who, right,
                              err);
}

/* Right, or wrong like everything else that is wrong. */
static void assert_right(const scene *s, const char *name, const char *password, bool want)
{
    yj_error err = { 0 };
    yj_proved who = { .subject = "untouched" };
    bool right = !want;
    assert_status(ask(s, name, password, &who, &right, &err), YJ_OK);
    if (right != want)
        fail_msg("%s with %s: %s", name, password, right ? "right" : "wrong");
    if (!want)
        assert_string_equal(who.subject, "untouched");
}

/* It could not be found out; and the message gives nothing away. */
static void assert_failed(const scene *s, yj_status want, const char *words)
{
    yj_error err = { 0 };
    yj_proved who = { .subject = "untouched" };
    bool right = true;
    yj_status got = ask(s, "lisi", "Passw0rd!l", &who, &right, &err);
    if (got != want || !strstr(err.msg, words))
        fail_msg("%s: %s", yj_status_slug(got), err.msg);
    assert_false(right);
    assert_true(err.msg_zh[0]);
    assert_null(strstr(err.msg, "Passw0rd"));
    assert_null(strstr(err.msg, "reader-secret"));
    assert_string_equal(who.subject, "untouched");
}

static const char *const ways[] = { SERVICE, TEMPLATE, TEMPLATE BASE };

static void person__is_known_by_each_way(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(ways); i++) {
        yj_proved who;
        bool right = false;
        set_provider(&s, plain_url(), ways[i], i == 0 ? "reader-secret" : NULL);
        assert_status(ask(&s, "LiSi", "Passw0rd!l", &who, &right, &err), YJ_OK);
        assert_true(right);
        assert_string_equal(who.provider, ID);
        assert_string_equal(who.subject, LISI_ID);
        assert_string_equal(who.login, "lisi");
        assert_string_equal(who.name, "李四");
        assert_string_equal(who.email, "lisi@example.com");
        assert_false(who.second);
        assert_status(ask(&s, "张三", "Passw0rd!z", &who, &right, &err), YJ_OK);
        assert_true(right);
        assert_string_equal(who.name, "张三");
        assert_string_equal(who.email, "");
    }
    set_provider(&s, plain_url(), TEMPLATE ",\"id_attribute\":\"uid\",\"second_factor\":\"provider\"", NULL);
    yj_proved who;
    bool right = false;
    assert_status(ask(&s, "lisi", "Passw0rd!l", &who, &right, &err), YJ_OK);
    assert_string_equal(who.subject, "lisi");
    assert_true(who.second);
    scene_close(&s);
}

/* Whatever is typed: one name finds one entry, or none. */
static void wrong__is_wrong_in_the_same_way(void **state)
{
    static const char *const names[] = { "nobody",         "",         "*",     "li*",      "lisi)(uid=*",
                                         "lisi,ou=people", "lisi\\2a", "l isi", "uid=lisi", "lisi)(cn=*))",
                                         "\xff",           "ｌｉｓｉ" };
    scene s;
    scene_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(ways); i++) {
        set_provider(&s, plain_url(), ways[i], i == 0 ? "reader-secret" : NULL);
        assert_right(&s, "lisi", "Passw0rd!l", true);
        assert_right(&s, "lisi", "Passw0rd!w", false);
        assert_right(&s, "lisi", "passw0rd!l", false);
        assert_right(&s, "lisi", "", false); /* which a directory takes for an anonymous bind */
        for (size_t k = 0; k < YJ_COUNT(names); k++) {
            assert_right(&s, names[k], "Passw0rd!l", false);
            assert_right(&s, names[k], "", false);
        }
    }
    char longest[YJ_DIRECTORY_PASSWORD_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_right(&s, "lisi", longest, false);
    yj_error err = { 0 };
    yj_proved who;
    bool right = true;
    assert_status(yj_directory_check(&s.p, &s.web, s.seal, YJ_SPAN("lisi"), (yj_span){ "Passw0rd!l\0x", 12 },
                                     &who, &right, &err),
                  YJ_OK);
    assert_false(right);
    scene_close(&s);
}

static void group__lets_its_members_in_only(void **state)
{
    static const char *const in_group[] = { SERVICE AUDITORS, TEMPLATE AUDITORS, TEMPLATE BASE AUDITORS };
    scene s;
    scene_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(in_group); i++) {
        set_provider(&s, plain_url(), in_group[i], i == 0 ? "reader-secret" : NULL);
        assert_right(&s, "lisi", "Passw0rd!l", true); /* however the group's name is written */
        assert_right(&s, "lisi", "Passw0rd!w", false);
        assert_right(&s, "wangwu", "Passw0rd!w", false);
    }
    set_provider(&s, plain_url(), SERVICE ",\"group\":\"cn=*\"", "reader-secret");
    assert_right(&s, "lisi", "Passw0rd!l", false);
    scene_close(&s);
}

static void tls__is_wanted_and_checked(void **state)
{
    scene s;
    scene_open(&s, state);
    set_provider(&s, tls_url(), SERVICE, "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "not trusted");
    set_provider(&s, plain_url(), SERVICE ",\"starttls\":true", "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "not trusted");
    s.web.ca_file = peer_ca_file();
    assert_right(&s, "lisi", "Passw0rd!l", true);
    assert_right(&s, "lisi", "wrong", false);
    set_provider(&s, tls_url(), SERVICE, "reader-secret");
    assert_right(&s, "lisi", "Passw0rd!l", true);
    /* another name than the certificate's */
    char url[64];
    snprintf(url, sizeof url, "\"ldaps://127.0.0.2:%d\"", server.tls_port);
    set_provider(&s, url, SERVICE, "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "cannot be reached");
    s.web.ca_file = "/nonexistent/ca.pem";
    set_provider(&s, tls_url(), SERVICE, "reader-secret");
    yj_error err = { 0 };
    yj_proved who;
    bool right = true;
    assert_int_not_equal(ask(&s, "lisi", "Passw0rd!l", &who, &right, &err), YJ_OK);
    scene_close(&s);
}

/* A server that takes connections and says nothing. */
static int silent_server(int *ret_port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static void directory__that_is_away_is_no_wrong_password(void **state)
{
    scene s;
    char url[128];
    int port = 0, fd = silent_server(&port);
    scene_open(&s, state);
    s.web.connect_ms = s.web.total_ms = 200;
    snprintf(url, sizeof url, "\"ldap://127.0.0.1:%d\"", port);
    set_provider(&s, url, SERVICE, "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "in time");
    set_provider(&s, url, TEMPLATE, NULL);
    assert_failed(&s, YJ_E_BUSY, "in time");
    set_provider(&s, url, SERVICE ",\"starttls\":true", "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "corp");
    snprintf(url, sizeof url, "\"ldaps://127.0.0.1:%d\"", port);
    set_provider(&s, url, SERVICE, "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "corp");
    close(fd);
    snprintf(url, sizeof url, "\"ldap://127.0.0.1:%d\"", port);
    set_provider(&s, url, SERVICE, "reader-secret");
    assert_failed(&s, YJ_E_BUSY, "cannot be reached");
    /* the next one is asked */
    s.web.connect_ms = s.web.total_ms = 20000;
    snprintf(url, sizeof url, "\"ldap://127.0.0.1:%d\",%s", port, plain_url());
    set_provider(&s, url, SERVICE, "reader-secret");
    assert_right(&s, "lisi", "Passw0rd!l", true);
    assert_right(&s, "lisi", "wrong", false);
    scene_close(&s);
}

static void settings__that_do_not_fit_are_no_wrong_password(void **state)
{
    scene s;
    scene_open(&s, state);
    set_provider(&s, plain_url(), SERVICE, "another-secret");
    assert_failed(&s, YJ_E_IO, "service account");
    set_provider(&s, plain_url(), SERVICE, NULL);
    assert_failed(&s, YJ_E_INVALID, "wanted");
    set_provider(&s, plain_url(), SERVICE ",\"id_attribute\":\"objectGUID\"", "reader-secret");
    assert_failed(&s, YJ_E_IO, "objectGUID");
    set_provider(&s, plain_url(),
                 ",\"bind_dn\":\"cn=reader,dc=example,dc=com\",\"base\":\"dc=example,dc=com\","
                 "\"filter\":\"(&(=)(uid={name}))\"",
                 "reader-secret");
    assert_failed(&s, YJ_E_IO, "filter");
    set_provider(&s, plain_url(), SERVICE, "reader-secret");
    yj_error err = { 0 };
    yj_proved who;
    bool right = true;
    assert_status(ask(&s, "twin", "Passw0rd!t", &who, &right, &err), YJ_E_IO);
    assert_non_null(strstr(err.msg, "more than once"));
    s.p.enabled = false;
    assert_failed(&s, YJ_E_FORBIDDEN, "now");
    scene_close(&s);
}

static void person__is_found_by_the_service_account(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    bool found = false;
    scene_open(&s, state);
    set_provider(&s, plain_url(), SERVICE, "reader-secret");
    assert_status(yj_directory_find(&s.p, &s.web, s.seal, YJ_SPAN("lisi"), &who, &found, &err), YJ_OK);
    assert_true(found);
    assert_string_equal(who.subject, LISI_ID);
    assert_status(yj_directory_find(&s.p, &s.web, s.seal, YJ_SPAN("nobody"), &who, &found, &err), YJ_OK);
    assert_false(found);
    set_provider(&s, plain_url(), TEMPLATE, NULL);
    assert_status(yj_directory_find(&s.p, &s.web, s.seal, YJ_SPAN("lisi"), &who, &found, &err), YJ_E_INVALID);
    scene_close(&s);
}

static void *ask_often(void *arg)
{
    const scene *s = arg;
    for (int i = 0; i < 8; i++) {
        assert_right(s, "lisi", "Passw0rd!l", true);
        assert_right(s, "lisi", "wrong", false);
    }
    return NULL;
}

static void many__ask_at_once(void **state)
{
    scene s;
    pthread_t t[4];
    scene_open(&s, state);
    s.web.ca_file = peer_ca_file();
    set_provider(&s, tls_url(), SERVICE, "reader-secret");
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, ask_often, &s), 0);
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        pthread_join(t[i], NULL);
    scene_close(&s);
}

/* What the operator tries: reached, bound, the base is there. */
static void probe__says_what_does_not_work(void **state)
{
    static const struct {
        const char *more, *secret;
        yj_status status;
        const char *says;
    } cases[] = {
        { SERVICE, "reader-secret", YJ_OK, "" },
        { TEMPLATE, NULL, YJ_OK, "" },
        { SERVICE, "another-secret", YJ_E_IO, "does not take the service account" },
        { ",\"bind_dn\":\"cn=reader,dc=example,dc=com\",\"base\":\"ou=nowhere,dc=example,dc=com\",\"filter\":"
          "\"(uid={name})\"",
          "reader-secret", YJ_E_IO, "no entry of the base" },
    };
    scene s;
    scene_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(cases); i++) {
        yj_error err = { 0 };
        set_provider(&s, plain_url(), cases[i].more, cases[i].secret);
        s.p.enabled = i % 2 == 0; /* it is tried before anybody may use it */
        yj_status got = yj_directory_probe(&s.p, &s.web, s.seal, &err);
        if (got != cases[i].status || !strstr(err.msg, cases[i].says))
            fail_msg("case %zu: %s: %s", i, yj_status_slug(got), err.msg);
    }
    yj_error err = { 0 };
    set_provider(&s, "\"ldap://127.0.0.1:9\"", TEMPLATE, NULL); /* nobody listens there */
    assert_status(yj_directory_probe(&s.p, &s.web, s.seal, &err), YJ_E_BUSY);
    scene_close(&s);
}

static int start_server(void **state)
{
    char key[128];
    const char *cert = peer_ca_file();
    (void)state;
    snprintf(key, sizeof key, "%.*s/key.pem", (int)(strrchr(cert, '/') - cert), cert);
    slapd_start(&server, cert, key);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    slapd_stop(&server);
    return 0;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(person__is_known_by_each_way),
        unit_test_in_folder(wrong__is_wrong_in_the_same_way),
        unit_test_in_folder(group__lets_its_members_in_only),
        unit_test_in_folder(tls__is_wanted_and_checked),
        unit_test_in_folder(directory__that_is_away_is_no_wrong_password),
        unit_test_in_folder(settings__that_do_not_fit_are_no_wrong_password),
        unit_test_in_folder(person__is_found_by_the_service_account),
        unit_test_in_folder(probe__says_what_does_not_work),
        unit_test_in_folder(many__ask_at_once),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
