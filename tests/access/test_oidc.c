// SPDX-License-Identifier: Apache-2.0
/* Signing in by OpenID Connect against two providers on loopback (oidc_peer.py): a real one, and one that
 * says whatever this test puts into its mouth. */
#include "../base/test.h"

#include "access/oidc.h"
#include "base/json.h"
#include "base/time.h"
#include "peer.h"
#include "run.h"
#include "signer.h"
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REDIRECT "http://127.0.0.1:8080/api/v1/sign-in/callback"
#define CLIENT "yunjian"
#define SECRET "s3cret+of/the client"
#define PLAIN_SECRET "s3cret-of-client" /* glewlwyd does not decode what RFC 6749 wants encoded */
#define ID "0199f3c1-0000-7000-8000-000000000001"
#define NONCE "NONCE" /* in claims: of this sign-in */

typedef struct scene {
    peer p;
    yj_seal *seal;
    yj_oidc *oidc;
    yj_web_options web;
    yj_arena *arena;
    yj_provider provider;
    char issuer[64];
    const char *secret;
    const char *session; /* what is begun is to prove once more; NULL: to sign in */
    yj_buf url;
    char passage[YJ_PASSAGE_TEXT_MAX + 1];
    int64_t now;
} scene;

/* --- the scene -------------------------------------------------------------------------------- */

static int64_t now(void)
{
    return yj_clock_system().now_ns(NULL);
}

static void put(const scene *s, const char *name, const char *text)
{
    char path[128];
    yj_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s", s->p.folder, name);
    assert_status(yj_file_write(path, yj_span_of(text), 0600, &err), YJ_OK);
}

static void set_provider(scene *s, const char *more)
{
    yj_error err = { 0 };
    yj_auto(yj_buf_done) yj_buf b;
    static uint8_t sealed[sizeof SECRET + YJ_SEAL_MORE];
    size_t len = strlen(s->secret);
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b, "{\"issuer\":\"%s\",\"client_id\":\"" CLIENT "\"%s}", s->issuer, more);
    s->provider = (yj_provider){ .id = ID, .kind = YJ_PROVIDER_OIDC, .label = "t", .enabled = true };
    assert_status(yj_provider_settings(YJ_PROVIDER_OIDC, yj_buf_view(&b), s->arena, &s->provider, &err),
                  YJ_OK);
    yj_seal_put(s->seal, ID, s->secret, len, sealed);
    s->provider.sealed = (yj_span){ (const char *)sealed, len + YJ_SEAL_MORE };
}

static void put_about(const scene *s, const char *issuer, const char *more)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 4096);
    yj_buf_fmt(&b,
               "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize?a=b\",\"token_endpoint\":"
               "\"%s/token\",\"jwks_uri\":\"%s/keys\"%s}",
               issuer, s->issuer, s->issuer, s->issuer, more);
    put(s, "about", b.ptr);
}

/* The set of one key. */
static void put_keys(const scene *s, EVP_PKEY *key, const char *kid)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 16384);
    yj_buf_str(&b, "{\"keys\":[");
    signer_jwk(key, kid, "", &b);
    yj_buf_str(&b, "]}");
    put(s, "keys", b.ptr);
}

static void new_client(scene *s)
{
    yj_error err = { 0 };
    yj_oidc_free(s->oidc);
    s->oidc = NULL;
    assert_status(yj_oidc_new(&s->web, s->seal, &s->oidc, &err), YJ_OK);
}

static void scene_open(scene *s, const char *kind, const char *const args[], void **state)
{
    yj_error err = { 0 };
    memset(s, 0, sizeof *s);
    yj_buf_init(&s->url, YJ_OIDC_URL_MAX);
    s->arena = yj_arena_new((size_t)4 << 20);
    assert_status(yj_seal_open(*state, &s->seal, &err), YJ_OK);
    peer_start(&s->p, kind, args);
    s->web = (yj_web_options){ .total_ms = 20000 };
    s->now = now();
    s->secret = SECRET;
    new_client(s);
}

/* The one that says what it is told: well-behaved as long as nothing else is put. */
static void liar_open(scene *s, void **state)
{
    scene_open(s, "http", NULL, state);
    snprintf(s->issuer, sizeof s->issuer, "http://127.0.0.1:%d", s->p.port);
    set_provider(s, "");
    put_about(s, s->issuer, "");
    put_keys(s, signer_key(SIGNER_RSA, 0), "k1");
}

static void scene_close(scene *s)
{
    peer_stop(&s->p);
    yj_oidc_free(s->oidc);
    yj_seal_free(s->seal);
    yj_arena_free(s->arena);
    yj_buf_done(&s->url);
}

/* --- steps ------------------------------------------------------------------------------------ */

static yj_status start(scene *s, const char *back, yj_error *err)
{
    yj_oidc_begin b = { .redirect_uri = REDIRECT,
                        .back = yj_span_of(back),
                        .account = s->session ? ID : NULL,
                        .session = s->session,
                        .now_ns = s->now };
    yj_buf_clear(&s->url);
    return yj_oidc_start(s->oidc, &s->provider, &b, &s->url, s->passage, err);
}

/* A parameter of an address; it needs no decoding here. */
static void param(const char *url, const char *name, char *ret, size_t cap)
{
    char key[64];
    snprintf(key, sizeof key, "%s=", name);
    const char *at = url;
    while ((at = strstr(at, key)) && at[-1] != '?' && at[-1] != '&')
        at++;
    snprintf(ret, cap, "%.*s", at ? (int)strcspn(at + strlen(key), "&#\n") : 0, at ? at + strlen(key) : "");
}

static yj_status finish(scene *s, const yj_oidc_answer *a, yj_proved *ret, yj_error *err)
{
    yj_oidc_passage p;
    YJ_TRY(yj_oidc_passage_open(s->seal, yj_span_of(s->passage), s->now, &p, err));
    return yj_oidc_finish(s->oidc, &s->provider, &p, REDIRECT, a, s->now, ret, err);
}

/* Claims with what is said in `change` in place of the ordinary ones; "!x" takes x away. */
static void write_claims(const scene *s, const char *change, const char *nonce, yj_buf *out)
{
    yj_error err = { 0 };
    int64_t t = s->now / YJ_NS_PER_S;
    yj_auto(yj_json_freep) json_t *v =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s}", "iss", s->issuer, "aud", CLIENT, "sub",
                  "subject-1", "exp", (json_int_t)t + 300, "iat", (json_int_t)t, "nonce", nonce, "name",
                  "张三", "email", "z@example.com", "preferred_username", "zhangsan");
    yj_auto(yj_json_freep) json_t *more = NULL;
    if (change[0] == '!') {
        json_object_del(v, change + 1);
    } else if (*change) {
        assert_status(yj_json_parse(yj_span_of(change), 4096, &more, &err), YJ_OK);
        json_object_update(v, more);
    }
    assert_status(yj_json_canonical(v, out, &err), YJ_OK);
}

typedef struct told {
    const char *claims; /* see write_claims() */
    const char *alg, *header;
    signer_type type;
    int which; /* key */
} told;

/* Begin, let the provider have this token ready, and come back with a code. */
static yj_status come(scene *s, const told *t, yj_proved *ret, yj_error *err)
{
    char state[64], nonce[64];
    yj_auto(yj_buf_done) yj_buf claims, token;
    yj_buf_init(&claims, 8192);
    yj_buf_init(&token, 65536);
    YJ_TRY(start(s, "/p/", err));
    param(s->url.ptr, "state", state, sizeof state);
    param(s->url.ptr, "nonce", nonce, sizeof nonce);
    write_claims(s, t->claims ? t->claims : "", nonce, &claims);
    yj_buf_str(&token, "{\"access_token\":\"secret-access\",\"token_type\":\"Bearer\",\"id_token\":\"");
    yj_buf_char(&token, '\0'); /* the pen signs what it has written itself */
    token.len--;
    yj_auto(yj_buf_done) yj_buf jwt;
    yj_buf_init(&jwt, 65536);
    signer_token(signer_key(t->type, t->which), t->alg ? t->alg : "RS256",
                 t->header ? t->header : "{\"alg\":\"RS256\",\"kid\":\"k1\"}", claims.ptr, &jwt);
    yj_buf_span(&token, yj_buf_view(&jwt));
    yj_buf_str(&token, "\"}");
    put(s, "token", token.ptr);
    yj_oidc_answer a = { .code = YJ_SPAN("code/1"), .state = yj_span_of(state) };
    return finish(s, &a, ret, err);
}

static void assert_refused(scene *s, const told *t, yj_status want, const char *words)
{
    yj_error err = { 0 };
    yj_proved who = { .subject = "untouched" };
    yj_status got = come(s, t, &who, &err);
    if (got != want || !strstr(err.msg, words))
        fail_msg("%s: %s %s", t->claims ? t->claims : t->header, yj_status_slug(got), err.msg);
    assert_true(err.msg_zh[0]);
    assert_null(strstr(err.msg, "s3cret"));
    assert_null(strstr(err.msg, "code/1"));
    assert_string_equal(who.subject, "untouched");
}

static size_t asked(const scene *s, const char *path)
{
    size_t n = 0;
    for (size_t i = 0; i < peer_count(&s->p); i++) {
        yj_auto(yj_json_freep) json_t *v = peer_kept(&s->p, i);
        n += strcmp(json_string_value(json_object_get(v, "path")), path) == 0;
    }
    return n;
}

static const char *last_of(json_t **v, const scene *s, const char *name)
{
    *v = peer_kept(&s->p, peer_count(&s->p) - 1);
    const char *text = json_string_value(json_object_get(*v, name));
    assert_non_null(text);
    return text;
}

/* --- the one that lies ------------------------------------------------------------------------ */

static void begin__sends_the_browser_with_all_that_is_needed(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_oidc_passage p;
    char value[600], word[YJ_PASSAGE_WORD_LEN + 1];
    liar_open(&s, state);
    set_provider(&s, ",\"acr\":[\"gold\",\"urn:x\"]");
    assert_status(start(&s, "/p/due?a=1", &err), YJ_OK);
    assert_memory_equal(s.url.ptr, s.issuer, strlen(s.issuer));
    assert_non_null(strstr(
        s.url.ptr, "/authorize?a=b&response_type=code&client_id=yunjian&redirect_uri=http%3A%2F%2F"
                   "127.0.0.1%3A8080%2Fapi%2Fv1%2Fsign-in%2Fcallback&scope=openid%20profile%20email&"));
    assert_non_null(strstr(s.url.ptr, "&code_challenge_method=S256&acr_values=gold%20urn%3Ax"));
    assert_status(yj_oidc_passage_open(s.seal, yj_span_of(s.passage), s.now, &p, &err), YJ_OK);
    assert_string_equal(p.back, "/p/due?a=1");
    assert_string_equal(p.provider, ID);
    assert_string_equal(p.account, "");
    yj_oidc_passage_word(p.state, word);
    param(s.url.ptr, "state", value, sizeof value);
    assert_string_equal(value, word);
    yj_oidc_passage_word(p.verifier, word);
    assert_null(strstr(s.url.ptr, word)); /* only its digest travels */
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, word, strlen(word), &d);
    yj_oidc_passage_word(d.b, word);
    param(s.url.ptr, "code_challenge", value, sizeof value);
    assert_string_equal(value, word);
    /* another one each time; a path that leads away is none */
    assert_status(start(&s, "//evil.example", &err), YJ_OK);
    param(s.url.ptr, "code_challenge", value, sizeof value);
    assert_string_not_equal(value, word);
    assert_status(yj_oidc_passage_open(s.seal, yj_span_of(s.passage), s.now, &p, &err), YJ_OK);
    assert_string_equal(p.back, "/");
    assert_int_equal(asked(&s, "/.well-known/openid-configuration"), 1);
    s.provider.enabled = false;
    assert_status(start(&s, "/", &err), YJ_E_FORBIDDEN);
    scene_close(&s);
}

static void statement__says_who_it_is(void **state)
{
    static const struct {
        told t;
        const char *kid;
    } rows[] = {
        { { .alg = "RS256" }, "k1" },
        { { .alg = "PS256", .header = "{\"alg\":\"PS256\",\"kid\":\"k2\"}" }, "k2" },
        { { .alg = "ES256", .header = "{\"alg\":\"ES256\",\"kid\":\"k3\"}", .type = SIGNER_EC }, "k3" },
        { { .alg = "EdDSA", .header = "{\"alg\":\"EdDSA\"}", .type = SIGNER_ED25519 }, "k4" },
        { { .claims = "{\"aud\":[\"yunjian\"]}" }, "k1" },
        { { .claims = "{\"aud\":[\"x\",\"yunjian\"],\"azp\":\"yunjian\"}" }, "k1" },
    };
    scene s;
    yj_error err = { 0 };
    liar_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_proved who = { .subject = "" };
        put_keys(&s, signer_key(rows[i].t.type, 0), rows[i].kid);
        new_client(&s);
        assert_status(come(&s, &rows[i].t, &who, &err), YJ_OK);
        assert_string_equal(who.provider, ID);
        assert_string_equal(who.subject, "subject-1");
        assert_string_equal(who.name, "张三");
        assert_string_equal(who.email, "z@example.com");
        assert_string_equal(who.login, "zhangsan");
        assert_false(who.second);
    }
    scene_close(&s);
}

static void statement__that_is_bent_is_refused(void **state)
{
    static const struct {
        told t;
        const char *words;
    } rows[] = {
        { { .claims = "{\"iss\":\"https://evil.example\"}" }, "another issuer" },
        { { .claims = "!iss" }, "another issuer" },
        { { .claims = "{\"aud\":\"another\"}" }, "another client" },
        { { .claims = "{\"aud\":[]}" }, "another client" },
        { { .claims = "{\"aud\":[7,\"another\"]}" }, "another client" },
        { { .claims = "!aud" }, "another client" },
        { { .claims = "{\"aud\":[\"yunjian\",\"another\"]}" }, "given to another" },
        { { .claims = "{\"aud\":[\"yunjian\",\"another\"],\"azp\":\"another\"}" }, "given to another" },
        { { .claims = "{\"azp\":\"another\"}" }, "given to another" },
        { { .claims = "{\"nonce\":\"of another sign-in\"}" }, "another sign-in" },
        { { .claims = "!nonce" }, "another sign-in" },
        { { .claims = "{\"exp\":1700000000}" }, "expired" },
        { { .claims = "{\"exp\":\"2100-01-01\"}" }, "when it was made" },
        { { .claims = "!exp" }, "when it was made" },
        { { .claims = "!iat" }, "when it was made" },
        { { .claims = "{\"iat\":1700000000}" }, "older than" },
        { { .claims = "{\"iat\":8000000000}" }, "future" },
        { { .claims = "{\"nbf\":8000000000}" }, "future" },
        { { .claims = "{\"sub\":\"\"}" }, "who it is" },
        { { .claims = "{\"sub\":7}" }, "who it is" },
        { { .claims = "!sub" }, "who it is" },
        { { .alg = "none", .header = "{\"alg\":\"none\"}" }, "not taken here" },
        { { .alg = "HS256", .header = "{\"alg\":\"HS256\",\"kid\":\"k1\"}" }, "not taken here" },
        { { .alg = "HS256" }, "signature" },
        { { .which = 1 }, "signature" },
        { { .header = "{\"alg\":\"RS256\",\"kid\":\"k9\"}" }, "does not show" },
        { { .alg = "ES256", .header = "{\"alg\":\"ES256\",\"kid\":\"k1\"}", .type = SIGNER_EC },
          "does not show" },
        { { .header = "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}" }, "understood" },
    };
    scene s;
    liar_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        assert_refused(&s, &rows[i].t, YJ_E_FORBIDDEN, rows[i].words);
    scene_close(&s);
}

/* Who is inside and is asked for once more: by a sign-in there that is new, as the signed statement says. */
static void proof__wants_a_new_sign_in_there(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_oidc_passage p;
    yj_proved who;
    char claims[100];
    liar_open(&s, state);
    int64_t t = s.now / YJ_NS_PER_S;
    const struct {
        int64_t at; /* 0: no time */
        const char *words;
    } rows[] = {
        { 0, "(auth_time)" },
        { 1700000000, "sign in again" },
        { t - YJ_OIDC_LEEWAY_S - 1, "sign in again" },
        { t + YJ_OIDC_LEEWAY_S + 2, "future" },
        { t - YJ_OIDC_LEEWAY_S, NULL },
        { t, NULL },
        { t + YJ_OIDC_LEEWAY_S - 1, NULL },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        snprintf(claims, sizeof claims, rows[i].at ? "{\"auth_time\":%lld}" : "{\"auth_time\":\"%lld\"}",
                 (long long)rows[i].at);
        told said = { .claims = claims };
        s.session = ID;
        if (rows[i].words)
            assert_refused(&s, &said, YJ_E_FORBIDDEN, rows[i].words);
        else
            assert_status(come(&s, &said, &who, &err), YJ_OK);
        assert_non_null(strstr(s.url.ptr, "&prompt=login&max_age=60"));
        assert_status(yj_oidc_passage_open(s.seal, yj_span_of(s.passage), s.now, &p, &err), YJ_OK);
        assert_string_equal(p.session, ID);
        s.session = NULL; /* to sign in it is enough that he is signed in there */
        assert_status(come(&s, &said, &who, &err), YJ_OK);
        assert_null(strstr(s.url.ptr, "prompt="));
        assert_null(strstr(s.url.ptr, "max_age"));
    }
    s.session = ID;
    told silent = { .claims = "" };
    assert_refused(&s, &silent, YJ_E_FORBIDDEN, "(auth_time)");
    scene_close(&s);
}

static void second_factor__is_trusted_as_far_as_settings_say(void **state)
{
    static const struct {
        const char *settings, *claims;
        bool second;
    } rows[] = {
        { "", "{\"acr\":\"gold\",\"amr\":[\"pwd\",\"otp\"]}", false },
        { ",\"second_factor\":\"provider\"", "", true },
        { ",\"second_factor\":\"provider\",\"acr\":[\"gold\"]", "{\"acr\":\"gold\"}", true },
        { ",\"second_factor\":\"provider\",\"acr\":[\"silver\",\"gold\"]", "{\"acr\":\"bronze\"}", false },
        { ",\"second_factor\":\"provider\",\"acr\":[\"gold\"]", "", false },
        { ",\"acr\":[\"gold\"]", "{\"acr\":\"gold\"}", false },
    };
    scene s;
    yj_error err = { 0 };
    liar_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_proved who;
        set_provider(&s, rows[i].settings);
        told t = { .claims = rows[i].claims };
        assert_status(come(&s, &t, &who, &err), YJ_OK);
        assert_int_equal(who.second, rows[i].second);
        if (i == 0)
            assert_string_equal(who.amr, "pwd otp");
    }
    scene_close(&s);
}

/* What the browser brings back counts only for what it left with. */
static void answer__must_be_of_this_browser_and_provider(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    char right[64], first[YJ_PASSAGE_TEXT_MAX + 1];
    liar_open(&s, state);
    assert_status(start(&s, "/", &err), YJ_OK);
    memcpy(first, s.passage, sizeof first);
    param(s.url.ptr, "state", right, sizeof right);
    const yj_span state_right = { right, strlen(right) }, code = YJ_SPAN("c");
    const struct {
        yj_oidc_answer a;
        const char *words;
    } rows[] = {
        { { .code = code }, "another browser" },
        { { .code = code, .state = YJ_SPAN("x") }, "another browser" },
        { { .code = code, .state = { right, strlen(right) - 1 } }, "another browser" },
        { { .code = code, .state = state_right, .iss = YJ_SPAN("https://evil.example") },
          "another provider" },
        { { .state = state_right, .error = YJ_SPAN("access_denied") }, "(access_denied)" },
        { { .state = state_right, .error = YJ_SPAN("<script>") }, "(?)" },
        { { .state = state_right }, "(?)" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_status(finish(&s, &rows[i].a, &who, &err), YJ_E_FORBIDDEN);
        if (!strstr(err.msg, rows[i].words))
            fail_msg("%zu: %s", i, err.msg);
    }
    /* the passage of another browser */
    assert_status(start(&s, "/", &err), YJ_OK);
    assert_status(finish(&s, &(yj_oidc_answer){ .code = code, .state = state_right }, &who, &err),
                  YJ_E_FORBIDDEN);
    memcpy(s.passage, first, sizeof first);
    s.now += (YJ_PASSAGE_S + 1) * YJ_NS_PER_S;
    assert_status(finish(&s, &(yj_oidc_answer){ .code = code, .state = state_right }, &who, &err),
                  YJ_E_FORBIDDEN);
    s.now -= (YJ_PASSAGE_S + 1) * YJ_NS_PER_S;
    s.provider.id[0] = '1';
    assert_status(finish(&s, &(yj_oidc_answer){ .code = code, .state = state_right }, &who, &err),
                  YJ_E_FORBIDDEN);
    assert_int_equal(asked(&s, "/token"), 0); /* of all these the provider has heard nothing */
    /* one that says it names itself must do so */
    put_about(&s, s.issuer, ",\"authorization_response_iss_parameter_supported\":true");
    set_provider(&s, "");
    new_client(&s);
    assert_status(finish(&s, &(yj_oidc_answer){ .code = code, .state = state_right }, &who, &err),
                  YJ_E_FORBIDDEN);
    assert_non_null(strstr(err.msg, "another provider"));
    assert_int_equal(asked(&s, "/token"), 0);
    scene_close(&s);
}

static void secret__is_shown_as_settings_say(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    told t = { .claims = "" };
    liar_open(&s, state);
    assert_status(come(&s, &t, &who, &err), YJ_OK);
    size_t at = peer_count(&s.p) - 2; /* the keys were asked for after it */
    yj_auto(yj_json_freep) json_t *v = peer_kept(&s.p, at);
    assert_string_equal(json_string_value(json_object_get(v, "path")), "/token");
    const char *body = json_string_value(json_object_get(v, "body"));
    assert_memory_equal(body, "grant_type=authorization_code&code=code%2F1&redirect_uri=http%3A%2F%2F127",
                        70);
    assert_null(strstr(body, "client_secret"));
    /* yunjian:s3cret%2Bof%2Fthe%20client */
    assert_string_equal(json_string_value(json_object_get(json_object_get(v, "headers"), "authorization")),
                        "Basic eXVuamlhbjpzM2NyZXQlMkJvZiUyRnRoZSUyMGNsaWVudA==");
    set_provider(&s, ",\"client_auth\":\"post\"");
    assert_status(come(&s, &t, &who, &err), YJ_OK);
    yj_auto(yj_json_freep) json_t *w = NULL;
    body = last_of(&w, &s, "body");
    assert_non_null(strstr(body, "&client_id=yunjian&client_secret=s3cret%2Bof%2Fthe%20client"));
    assert_null(json_object_get(json_object_get(w, "headers"), "authorization"));
    char verifier[64], word[YJ_PASSAGE_WORD_LEN + 1];
    yj_oidc_passage p;
    assert_status(yj_oidc_passage_open(s.seal, yj_span_of(s.passage), s.now, &p, &err), YJ_OK);
    yj_oidc_passage_word(p.verifier, word);
    param(body, "code_verifier", verifier, sizeof verifier);
    assert_string_equal(verifier, word);
    scene_close(&s);
}

/* A key that is new is asked for, once a minute and no more. */
static void keys__are_asked_for_again_when_one_is_unknown(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    told t = { .claims = "" };
    told turned = { .header = "{\"alg\":\"RS256\",\"kid\":\"k2\"}", .which = 1 };
    liar_open(&s, state);
    assert_status(come(&s, &t, &who, &err), YJ_OK);
    assert_status(come(&s, &t, &who, &err), YJ_OK);
    assert_int_equal(asked(&s, "/keys"), 1);
    put_keys(&s, signer_key(SIGNER_RSA, 1), "k2");
    assert_refused(&s, &turned, YJ_E_FORBIDDEN, "does not show"); /* the minute is not over */
    assert_int_equal(asked(&s, "/keys"), 1);
    yj_oidc_age(s.oidc, YJ_OIDC_REFRESH_S + 1);
    assert_status(come(&s, &turned, &who, &err), YJ_OK);
    assert_int_equal(asked(&s, "/keys"), 2);
    assert_refused(&s, &t, YJ_E_FORBIDDEN, "does not show");
    assert_int_equal(asked(&s, "/keys"), 2);
    assert_int_equal(asked(&s, "/.well-known/openid-configuration"), 1);
    yj_oidc_age(s.oidc, YJ_OIDC_KEPT_S);
    assert_status(come(&s, &turned, &who, &err), YJ_OK);
    assert_int_equal(asked(&s, "/keys"), 3);
    assert_int_equal(asked(&s, "/.well-known/openid-configuration"), 2);
    /* with other settings nothing of the former is taken */
    s.provider.changed_ns++;
    assert_status(come(&s, &turned, &who, &err), YJ_OK);
    assert_int_equal(asked(&s, "/keys"), 4);
    scene_close(&s);
}

static void provider__that_says_nonsense_of_itself_is_refused(void **state)
{
    scene s;
    yj_error err = { 0 };
    liar_open(&s, state);
    char not_tls[400];
    snprintf(
        not_tls, sizeof not_tls,
        "{\"issuer\":\"%s\",\"authorization_endpoint\":\"http://id.example/a\",\"token_endpoint\":\"%s/t\","
        "\"jwks_uri\":\"%s/k\"}",
        s.issuer, s.issuer, s.issuer);
    const char *const bad[] = { "", "[]", "{}", "not JSON", not_tls };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        put(&s, "about", bad[i]);
        assert_status(start(&s, "/", &err), YJ_E_IO);
    }
    put_about(&s, "http://127.0.0.1:1", "");
    assert_status(start(&s, "/", &err), YJ_E_IO);
    assert_non_null(strstr(err.msg, "issuer"));
    scene_close(&s);
}

/* Each of the three questions, answered in each bad way. */
static void provider__that_misbehaves_is_not_followed(void **state)
{
    static const struct {
        const char *mode;
        yj_status want, at_token; /* 0: the same */
        const char *words;
    } rows[] = {
        { "redirect", YJ_E_IO, YJ_OK, "does not answer as" },
        { "big", YJ_E_LIMIT, YJ_OK, "stop talking" },
        { "headers", YJ_E_LIMIT, YJ_OK, "stop talking" },
        { "404", YJ_E_IO, YJ_OK, "does not answer as" },
        { "503", YJ_E_BUSY, YJ_OK, "status 503" },
        { "hang", YJ_E_BUSY, YJ_OK, "in time" },
    };
    static const char *const paths[] = { "about", "token", "keys" };
    scene s;
    told t = { .claims = "" };
    liar_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        for (size_t k = 0; k < YJ_COUNT(paths); k++) {
            char mode[40];
            snprintf(mode, sizeof mode, "%s %s\n", paths[k], rows[i].mode);
            put(&s, "mode", mode);
            s.web.total_ms = strcmp(rows[i].mode, "hang") == 0 ? 300 : 20000;
            new_client(&s);
            assert_refused(&s, &t, rows[i].want, rows[i].words);
        }
    }
    scene_close(&s);
}

static void code__that_is_not_taken_is_told_from_a_secret_that_is_not(void **state)
{
    static const struct {
        const char *mode, *answer, *words;
        yj_status want;
    } rows[] = {
        { "token 400", "{\"error\":\"invalid_grant\"}", "begin again", YJ_E_FORBIDDEN },
        { "token 400", "{\"error\":\"invalid_client\"}", "our client", YJ_E_IO },
        { "token 401", "denied", "our client", YJ_E_IO },
        { "token 400", "{\"error\":7}", "does not answer as", YJ_E_IO },
        { "token 200", "{}", "does not answer as", YJ_E_IO },
        { "token 200", "{\"id_token\":\"a.b\"}", "no signed token", YJ_E_FORBIDDEN },
        { "token 200", "{\"id_token\":{}}", "does not answer as", YJ_E_IO },
        { "token 200", "", "does not answer as", YJ_E_IO },
    };
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    char state_text[64];
    liar_open(&s, state);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_status(start(&s, "/", &err), YJ_OK);
        param(s.url.ptr, "state", state_text, sizeof state_text);
        put(&s, "mode", rows[i].mode);
        put(&s, "token", rows[i].answer);
        yj_oidc_answer a = { .code = YJ_SPAN("c"), .state = yj_span_of(state_text) };
        assert_status(finish(&s, &a, &who, &err), rows[i].want);
        if (!strstr(err.msg, rows[i].words))
            fail_msg("%zu: %s", i, err.msg);
    }
    scene_close(&s);
}

/* A certificate that nobody vouches for, and one that our file does. */
static void tls__is_checked(void **state)
{
    static const char *const args[] = { "--tls", "CERT", "KEY", NULL };
    scene s;
    yj_error err = { 0 };
    yj_proved who;
    told t = { .claims = "" };
    scene_open(&s, "http", args, state);
    snprintf(s.issuer, sizeof s.issuer, "https://127.0.0.1:%d", s.p.port);
    set_provider(&s, "");
    put_about(&s, s.issuer, "");
    put_keys(&s, signer_key(SIGNER_RSA, 0), "k1");
    assert_status(start(&s, "/", &err), YJ_E_BUSY);
    assert_non_null(strstr(err.msg, "not trusted"));
    s.web.ca_file = peer_ca_file();
    new_client(&s);
    assert_status(come(&s, &t, &who, &err), YJ_OK);
    peer_stop(&s.p);
    s.provider.changed_ns++;
    assert_status(start(&s, "/", &err), YJ_E_BUSY);
    assert_non_null(strstr(err.msg, "cannot be reached"));
    scene_close(&s);
}

/* --- the real one ----------------------------------------------------------------------------- */

#define VISITS 4

/* As its user's browser: signs in there, goes to each address, and is sent back to the lines in *ret. */
static void browse(const scene *s, char *const urls[VISITS], char *ret, size_t cap)
{
    char base[64];
    int out[2];
    const char *script = getenv("NOTICE_PEER");
    snprintf(base, sizeof base, "http://127.0.0.1:%d", s->p.port);
    const char *const argv[] = { script, "browse", base, urls[0], urls[1], urls[2], urls[3], NULL };
    assert_int_equal(pipe(out), 0);
    pid_t pid = yj_test_run(argv, -1, out[1], -1);
    assert_true(pid > 0);
    close(out[1]);
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len + 1 < cap; len += n > 0 ? (size_t)n : 0)
        n = read(out[0], ret + len, cap - 1 - len);
    ret[len] = '\0';
    close(out[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* By each way of showing the secret; once more, by one who is inside; and a code that is used with another
 * passage's verifier. */
static void glewlwyd__signs_a_person_in(void **state)
{
    static const char *const ways[VISITS] = { "", ",\"client_auth\":\"post\"", "", "" };
    scene s;
    yj_error err = { 0 };
    char sent[8192], code[1024], back[64], subject[YJ_SUBJECT_MAX + 1] = "";
    char *urls[VISITS], passages[VISITS][YJ_PASSAGE_TEXT_MAX + 1];
    scene_open(&s, "glewlwyd", NULL, state);
    s.secret = PLAIN_SECRET;
    snprintf(s.issuer, sizeof s.issuer, "http://127.0.0.1:%d/api/oidc", s.p.port);
    set_provider(&s, ",\"scopes\":\"openid\"");
    s.now = now();
    for (size_t i = 0; i < VISITS; i++) {
        s.session = i == 2 ? ID : NULL;
        assert_status(start(&s, "/p/", &err), YJ_OK);
        urls[i] = yj_arena_strdup(s.arena, s.url.ptr);
        memcpy(passages[i], s.passage, sizeof passages[i]);
    }
    browse(&s, urls, sent, sizeof sent);
    s.now = now();
    const char *line = sent;
    for (size_t i = 0; i < VISITS; i++, line = strchr(line, '\n') + 1) {
        yj_proved who = { .subject = "" };
        char settings[80];
        snprintf(settings, sizeof settings, ",\"scopes\":\"openid\"%s", ways[i]);
        set_provider(&s, settings);
        assert_memory_equal(line, REDIRECT "?", sizeof REDIRECT);
        param(line, "code", code, sizeof code);
        yj_oidc_answer a = { .code = yj_span_of(code) };
        if (i == VISITS - 1) { /* the former passage */
            a.state = yj_span_of(back);
            assert_status(finish(&s, &a, &who, &err), YJ_E_FORBIDDEN);
            continue;
        }
        param(line, "state", back, sizeof back);
        a.state = yj_span_of(back);
        memcpy(s.passage, passages[i], sizeof s.passage);
        if (i == 2) {
            /* this one has signed him in a second ago, and says 0: it looks for his session among the cookies
             * of whoever shows the code, which is us */
            assert_status(finish(&s, &a, &who, &err), YJ_E_FORBIDDEN);
            assert_non_null(strstr(err.msg, "sign in again"));
            continue;
        }
        assert_status(finish(&s, &a, &who, &err), YJ_OK);
        assert_true(who.subject[0]);
        assert_string_equal(who.name, "张三");
        assert_string_equal(who.email, "zhangsan@example.com");
        if (i)
            assert_string_equal(who.subject, subject); /* for ever the same */
        memcpy(subject, who.subject, sizeof subject);
        if (i) /* its code is good once */
            assert_status(finish(&s, &a, &who, &err), YJ_E_FORBIDDEN);
    }
    scene_close(&s);
}

static void probe__reads_all_anew(void **state)
{
    scene s;
    yj_error err = { 0 };
    liar_open(&s, state);
    assert_status(yj_oidc_probe(s.oidc, &s.provider, &err), YJ_OK);
    s.provider.enabled = false; /* it is tried before anybody may use it */
    assert_status(yj_oidc_probe(s.oidc, &s.provider, &err), YJ_OK);
    put(&s, "keys", "{\"keys\":7}");
    assert_status(yj_oidc_probe(s.oidc, &s.provider, &err), YJ_E_IO);
    put_about(&s, "http://127.0.0.1:1", "");
    assert_status(yj_oidc_probe(s.oidc, &s.provider, &err), YJ_E_IO);
    assert_non_null(strstr(err.msg, "calls itself otherwise"));
    peer_stop(&s.p);
    assert_status(yj_oidc_probe(s.oidc, &s.provider, &err), YJ_E_BUSY);
    scene_close(&s);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(begin__sends_the_browser_with_all_that_is_needed),
        unit_test_in_folder(statement__says_who_it_is),
        unit_test_in_folder(statement__that_is_bent_is_refused),
        unit_test_in_folder(proof__wants_a_new_sign_in_there),
        unit_test_in_folder(second_factor__is_trusted_as_far_as_settings_say),
        unit_test_in_folder(answer__must_be_of_this_browser_and_provider),
        unit_test_in_folder(secret__is_shown_as_settings_say),
        unit_test_in_folder(keys__are_asked_for_again_when_one_is_unknown),
        unit_test_in_folder(provider__that_says_nonsense_of_itself_is_refused),
        unit_test_in_folder(provider__that_misbehaves_is_not_followed),
        unit_test_in_folder(code__that_is_not_taken_is_told_from_a_secret_that_is_not),
        unit_test_in_folder(probe__reads_all_anew),
        unit_test_in_folder(tls__is_checked),
        unit_test_in_folder(glewlwyd__signs_a_person_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
