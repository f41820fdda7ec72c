// SPDX-License-Identifier: Apache-2.0
#include "access/oidc.h"

#include "access/jwt.h"
#include "access/secret.h"
#include "base/json.h"
#include "base/time.h"
#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define WELL_KNOWN "/.well-known/openid-configuration"

/* What a provider says of itself. */
typedef struct about {
    char authorize[YJ_WEB_URL_MAX + 1], token[YJ_WEB_URL_MAX + 1], jwks[YJ_WEB_URL_MAX + 1];
    bool iss; /* its answers name the issuer */
} about;

#define NEVER 0 /* of the monotonic clock */

/* Of one provider, as its settings were. */
typedef struct slot {
    char id[YJ_UUID_LEN + 1];
    int64_t changed_ns;
    about about;
    int64_t about_at, keys_at, keys_tried;
    char *keys; /* JSON; owned */
    size_t keys_len;
} slot;

struct yj_oidc {
    yj_web_options web;
    const yj_seal *seal;
    pthread_mutex_t lock; /* of the slots; not held while somebody is asked */
    slot slot[YJ_PROVIDERS_MAX];
};

yj_status yj_oidc_new(const yj_web_options *o, const yj_seal *s, yj_oidc **ret, yj_error *err)
{
    YJ_TRY(yj_secret_ready(err));
    yj_oidc *x = calloc(1, sizeof *x);
    if (!x)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    x->web = *o;
    x->seal = s;
    pthread_mutex_init(&x->lock, NULL);
    *ret = x;
    return YJ_OK;
}

void yj_oidc_free(yj_oidc *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < YJ_PROVIDERS_MAX; i++)
        free(o->slot[i].keys);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

/* --- asking the provider ---------------------------------------------------------------------- */

static yj_status nonsense(const char *url, yj_error *err)
{
    char where[YJ_WEB_ORIGIN_MAX + 1];
    yj_web_origin(yj_span_of(url), where);
    return yj_fail(err, YJ_E_IO, "%s does not answer as a provider of OpenID Connect does", where);
}

/* @param body initialised */
static yj_status ask(yj_oidc *o, const yj_web_request *r, int *ret_status, yj_buf *body, yj_error *err)
{
    char where[YJ_WEB_ORIGIN_MAX + 1];
    YJ_TRY(yj_web_ask(&o->web, r, ret_status, body, err));
    if (*ret_status < 500)
        return YJ_OK;
    yj_web_origin(yj_span_of(r->url), where);
    return yj_fail(err, YJ_E_BUSY, "%s answers with status %d", where, *ret_status);
}

static yj_status get(yj_oidc *o, const char *url, yj_buf *body, yj_error *err)
{
    int status = 0;
    YJ_TRY(ask(o, &(yj_web_request){ .url = url }, &status, body, err));
    return status == 200 ? YJ_OK : nonsense(url, err);
}

static bool copy_address(const json_t *v, const char *name, bool query, char ret[static YJ_WEB_URL_MAX + 1])
{
    const json_t *s = json_object_get(v, name);
    yj_span url = { json_string_value(s), json_string_length(s) };
    if (!yj_web_address_valid(url, query))
        return false;
    memcpy(ret, url.ptr, url.len);
    ret[url.len] = '\0';
    return true;
}

static yj_status ask_about(yj_oidc *o, const yj_oidc_settings *s, about *ret, yj_error *err)
{
    char url[YJ_PROVIDER_TEXT_MAX + sizeof WELL_KNOWN];
    about x = { .iss = false };
    yj_auto(yj_buf_done) yj_buf body;
    yj_auto(yj_json_freep) json_t *v = NULL;
    size_t len = strlen(s->issuer);
    /* discovery 1.0, section 4.1: a slash at the end is taken away first */
    snprintf(url, sizeof url, "%.*s" WELL_KNOWN, (int)(s->issuer[len - 1] == '/' ? len - 1 : len), s->issuer);
    yj_buf_init(&body, YJ_OIDC_ANSWER_MAX);
    YJ_TRY(get(o, url, &body, err));
    yj_status parsed = yj_json_parse(yj_buf_view(&body), YJ_OIDC_ANSWER_MAX, &v, err);
    if (parsed == YJ_E_NOMEM)
        return parsed;
    if (parsed != YJ_OK || !copy_address(v, "authorization_endpoint", true, x.authorize) ||
        !copy_address(v, "token_endpoint", true, x.token) || !copy_address(v, "jwks_uri", true, x.jwks))
        return nonsense(url, err);
    const json_t *iss = json_object_get(v, "issuer");
    if (!yj_span_is((yj_span){ json_string_value(iss), json_string_length(iss) }, s->issuer))
        return yj_fail(err, YJ_E_IO, "the provider calls itself otherwise than its settings do (issuer)");
    x.iss = json_is_true(json_object_get(v, "authorization_response_iss_parameter_supported"));
    *ret = x;
    return YJ_OK;
}

/* --- what is kept of it ----------------------------------------------------------------------- */

static void empty_slot(slot *s)
{
    free(s->keys);
    *s = (slot){ .changed_ns = 0 };
}

/* The provider's slot, under the lock: its own, an empty one, or that of the one asked longest ago. */
static slot *slot_of(yj_oidc *o, const yj_provider *p)
{
    slot *oldest = &o->slot[0];
    for (size_t i = 0; i < YJ_PROVIDERS_MAX; i++) {
        slot *s = &o->slot[i];
        if (strcmp(s->id, p->id) == 0) {
            oldest = s;
            break;
        }
        if (s->about_at < oldest->about_at)
            oldest = s;
    }
    if (strcmp(oldest->id, p->id) != 0 || oldest->changed_ns != p->changed_ns) {
        empty_slot(oldest);
        memcpy(oldest->id, p->id, sizeof oldest->id);
        oldest->changed_ns = p->changed_ns;
    }
    return oldest;
}

void yj_oidc_age(yj_oidc *o, int64_t seconds)
{
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < YJ_PROVIDERS_MAX; i++) {
        int64_t *const at[] = { &o->slot[i].about_at, &o->slot[i].keys_at, &o->slot[i].keys_tried };
        for (size_t k = 0; k < YJ_COUNT(at); k++)
            if (*at[k] != NEVER)
                *at[k] -= seconds * YJ_NS_PER_S;
    }
    pthread_mutex_unlock(&o->lock);
}

static bool is_old(int64_t at, int64_t now, int64_t most_s)
{
    return at == NEVER || now - at > most_s * YJ_NS_PER_S;
}

static yj_status get_about(yj_oidc *o, const yj_provider *p, about *ret, yj_error *err)
{
    int64_t now = yj_monotonic_ns();
    pthread_mutex_lock(&o->lock);
    slot *s = slot_of(o, p);
    bool fresh = !is_old(s->about_at, now, YJ_OIDC_KEPT_S);
    if (fresh)
        *ret = s->about;
    pthread_mutex_unlock(&o->lock);
    if (fresh)
        return YJ_OK;
    YJ_TRY(ask_about(o, &p->oidc, ret, err));
    pthread_mutex_lock(&o->lock);
    s = slot_of(o, p);
    s->about = *ret;
    s->about_at = now;
    pthread_mutex_unlock(&o->lock);
    return YJ_OK;
}

/* The kept keys. False if there are none, or they are to be asked for (again).
 * @param again one was not among them */
static bool kept_keys(yj_oidc *o, const yj_provider *p, bool again, yj_buf *ret)
{
    int64_t now = yj_monotonic_ns();
    pthread_mutex_lock(&o->lock);
    slot *s = slot_of(o, p);
    bool old =
        is_old(s->keys_at, now, YJ_OIDC_KEPT_S) || (again && is_old(s->keys_tried, now, YJ_OIDC_REFRESH_S));
    if (old)
        s->keys_tried = now;
    else
        yj_buf_add(ret, s->keys, s->keys_len);
    pthread_mutex_unlock(&o->lock);
    return !old;
}

static yj_status get_keys(yj_oidc *o, const yj_provider *p, const about *at, bool again, yj_jwks **ret,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf body;
    yj_jwks *keys = NULL;
    yj_buf_init(&body, YJ_JWKS_BYTES_MAX);
    bool kept = kept_keys(o, p, again, &body);
    YJ_TRY(yj_buf_status(&body, err));
    if (!kept)
        YJ_TRY(get(o, at->jwks, &body, err));
    yj_status s = yj_jwks_read(yj_buf_view(&body), &keys, err);
    if (s == YJ_E_INVALID || s == YJ_E_LIMIT)
        return nonsense(at->jwks, err);
    YJ_TRY(s);
    *ret = keys;
    char *copy = kept ? NULL : malloc(body.len);
    if (!copy)
        return YJ_OK; /* of no harm: they are asked for again */
    memcpy(copy, body.ptr, body.len);
    pthread_mutex_lock(&o->lock);
    slot *x = slot_of(o, p);
    free(x->keys);
    x->keys = copy;
    x->keys_len = body.len;
    x->keys_at = x->keys_tried = yj_monotonic_ns();
    pthread_mutex_unlock(&o->lock);
    return YJ_OK;
}

yj_status yj_oidc_probe(yj_oidc *o, const yj_provider *p, yj_error *err)
{
    about at;
    yj_jwks *keys = NULL;
    yj_auto(yj_buf_done) yj_buf body;
    yj_buf_init(&body, YJ_JWKS_BYTES_MAX);
    YJ_TRY(ask_about(o, &p->oidc, &at, err));
    YJ_TRY(get(o, at.jwks, &body, err));
    yj_status s = yj_jwks_read(yj_buf_view(&body), &keys, err);
    yj_jwks_free(keys);
    return s == YJ_E_INVALID || s == YJ_E_LIMIT ? nonsense(at.jwks, err) : s;
}

/* --- to the provider -------------------------------------------------------------------------- */

static void add_encoded(yj_buf *b, yj_span s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];
        if (c && strchr(plain, c)) {
            yj_buf_char(b, (char)c);
        } else {
            const char escaped[3] = { '%', hex[c >> 4], hex[c & 15] };
            yj_buf_add(b, escaped, sizeof escaped);
        }
    }
}

static void add_pair(yj_buf *b, const char *between, const char *name, yj_span value)
{
    yj_buf_str(b, between);
    yj_buf_str(b, name);
    yj_buf_char(b, '=');
    add_encoded(b, value);
}

static void write_challenge(const char *verifier, char ret[static YJ_PASSAGE_WORD_LEN + 1])
{
    yj_digest d;
    static_assert(sizeof d.b == YJ_PASSAGE_WORD_BYTES, "as long as a word");
    yj_hash(YJ_HASH_SHA256, verifier, strlen(verifier), &d);
    yj_oidc_passage_word(d.b, ret);
}

static void write_url(const yj_oidc_settings *s, const about *at, const char *redirect_uri,
                      const yj_oidc_passage *p, yj_buf *out)
{
    char state[YJ_PASSAGE_WORD_LEN + 1], nonce[YJ_PASSAGE_WORD_LEN + 1], verifier[YJ_PASSAGE_WORD_LEN + 1];
    char challenge[YJ_PASSAGE_WORD_LEN + 1];
    yj_oidc_passage_word(p->state, state);
    yj_oidc_passage_word(p->nonce, nonce);
    yj_oidc_passage_word(p->verifier, verifier);
    write_challenge(verifier, challenge);
    yj_buf_str(out, at->authorize);
    add_pair(out, strchr(at->authorize, '?') ? "&" : "?", "response_type", YJ_SPAN("code"));
    add_pair(out, "&", "client_id", yj_span_of(s->client_id));
    add_pair(out, "&", "redirect_uri", yj_span_of(redirect_uri));
    add_pair(out, "&", "scope", yj_span_of(s->scopes));
    add_pair(out, "&", "state", yj_span_of(state));
    add_pair(out, "&", "nonce", yj_span_of(nonce));
    add_pair(out, "&", "code_challenge", yj_span_of(challenge));
    add_pair(out, "&", "code_challenge_method", YJ_SPAN("S256"));
    for (size_t i = 0; i < s->acr_count; i++) {
        if (i == 0)
            yj_buf_str(out, "&acr_values=");
        else
            yj_buf_str(out, "%20");
        add_encoded(out, yj_span_of(s->acr[i]));
    }
    /* Core 1.0, 3.1.2.1: what counts is auth_time, which max_age has them say. Not 0, which some refuse */
    if (p->session[0])
        yj_buf_fmt(out, "&prompt=login&max_age=%d", YJ_OIDC_LEEWAY_S);
    yj_secret_wipe(verifier, sizeof verifier);
}

static yj_status check_provider(const yj_provider *p, yj_error *err)
{
    if (p->kind != YJ_PROVIDER_OIDC || !p->enabled)
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody signs in by this provider now");
    return YJ_OK;
}

yj_status yj_oidc_start(yj_oidc *o, const yj_provider *p, const yj_oidc_begin *b, yj_buf *ret_url,
                        char ret_passage[static YJ_PASSAGE_TEXT_MAX + 1], yj_error *err)
{
    about at;
    yj_oidc_passage x = { .begun_ns = b->now_ns, .back = "/" };
    YJ_TRY(check_provider(p, err));
    YJ_TRY(get_about(o, p, &at, err));
    memcpy(x.provider, p->id, sizeof x.provider);
    if (b->account)
        snprintf(x.account, sizeof x.account, "%s", b->account);
    if (b->session)
        snprintf(x.session, sizeof x.session, "%s", b->session);
    if (yj_local_path_valid(b->back)) {
        memcpy(x.back, b->back.ptr, b->back.len);
        x.back[b->back.len] = '\0';
    }
    yj_random(x.state, sizeof x.state);
    yj_random(x.nonce, sizeof x.nonce);
    yj_random(x.verifier, sizeof x.verifier);
    write_url(&p->oidc, &at, b->redirect_uri, &x, ret_url);
    yj_status s = yj_buf_status(ret_url, err);
    if (s == YJ_OK)
        yj_oidc_passage_seal(o->seal, &x, ret_passage);
    yj_secret_wipe(&x, sizeof x);
    return s;
}

/* --- and back --------------------------------------------------------------------------------- */

static yj_status refused_there(yj_span error, yj_error *err)
{
    char word[41] = "";
    /* what it says is foreign: only codes of RFC 6749 are of this form */
    size_t len = error.len < sizeof word ? error.len : 0;
    memcpy(word, len ? error.ptr : "", len);
    word[len] = '\0';
    if (len == 0 || strspn(word, "abcdefghijklmnopqrstuvwxyz_") != len)
        memcpy(word, "?", sizeof "?");
    return yj_fail(err, YJ_E_FORBIDDEN, "the provider did not sign you in (%s)", word);
}

static yj_status check_state(const yj_provider *p, const yj_oidc_passage *passage, yj_span state,
                             yj_error *err)
{
    char right[YJ_PASSAGE_WORD_LEN + 1];
    yj_oidc_passage_word(passage->state, right);
    if (state.len != YJ_PASSAGE_WORD_LEN || !yj_secret_eq(state.ptr, right, YJ_PASSAGE_WORD_LEN))
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "this sign-in took too long, or was begun in another browser; begin again");
    if (strcmp(p->id, passage->provider) != 0)
        return yj_fail(err, YJ_E_FORBIDDEN, "the answer came from another provider than was asked");
    return YJ_OK;
}

static yj_status check_answer(const yj_oidc_settings *s, const about *at, const yj_oidc_answer *a,
                              yj_error *err)
{
    if ((a->iss.len || at->iss) && !yj_span_is(a->iss, s->issuer))
        return yj_fail(err, YJ_E_FORBIDDEN, "the answer came from another provider than was asked");
    if (a->error.len)
        return refused_there(a->error, err);
    if (a->code.len == 0 || a->code.len > YJ_OIDC_CODE_MAX)
        return refused_there(YJ_SPAN(""), err);
    return YJ_OK;
}

/* Which codes they use is not the same everywhere; those of our client are. */
static yj_status not_exchanged(int status, const json_t *v, const char *url, yj_error *err)
{
    static const char *const ours[] = { "invalid_client", "unauthorized_client", "unsupported_grant_type",
                                        "invalid_request", "invalid_scope" };
    const char *said = json_string_value(json_object_get(v, "error"));
    if (status == 401)
        said = ours[0];
    for (size_t i = 0; said && i < YJ_COUNT(ours); i++)
        if (strcmp(said, ours[i]) == 0)
            return yj_fail(err, YJ_E_IO, "the provider does not accept our client and its secret");
    if (said)
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider does not accept the code any more; begin again");
    return nonsense(url, err);
}

static void write_form(const yj_oidc_settings *s, const yj_oidc_passage *p, const char *redirect_uri,
                       yj_span code, const char *secret, yj_buf *form)
{
    char verifier[YJ_PASSAGE_WORD_LEN + 1];
    yj_oidc_passage_word(p->verifier, verifier);
    add_pair(form, "", "grant_type", YJ_SPAN("authorization_code"));
    add_pair(form, "&", "code", code);
    add_pair(form, "&", "redirect_uri", yj_span_of(redirect_uri));
    add_pair(form, "&", "code_verifier", yj_span_of(verifier));
    if (s->post) {
        add_pair(form, "&", "client_id", yj_span_of(s->client_id));
        add_pair(form, "&", "client_secret", yj_span_of(secret));
    }
    yj_secret_wipe(verifier, sizeof verifier);
}

/* @param user, password, form, body initialised; the first three are wiped by the caller */
static yj_status exchange(yj_oidc *o, const yj_provider *p, const about *at, const char *secret, yj_buf *user,
                          yj_buf *password, yj_buf *form, yj_buf *body, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    int status = 0;
    yj_web_request r = { .url = at->token, .form = form };
    if (!p->oidc.post) {
        /* RFC 6749, 2.3.1: both are encoded before they go into the header */
        add_encoded(user, yj_span_of(p->oidc.client_id));
        add_encoded(password, yj_span_of(secret));
        r.user = user->ptr;
        r.password = password->ptr;
    }
    YJ_TRY(yj_buf_status(user, err));
    YJ_TRY(yj_buf_status(password, err));
    YJ_TRY(yj_buf_status(form, err));
    YJ_TRY(ask(o, &r, &status, body, err));
    if (status == 200)
        return YJ_OK;
    yj_status s = yj_json_parse(yj_buf_view(body), YJ_OIDC_ANSWER_MAX, &v, err);
    return s == YJ_E_NOMEM ? s : not_exchanged(status, v, at->token, err);
}

static void wipe(yj_buf *b)
{
    if (b->ptr)
        yj_secret_wipe(b->ptr, b->cap);
    yj_buf_done(b);
}

static yj_status get_token(yj_oidc *o, const yj_provider *p, const about *at, const yj_oidc_passage *passage,
                           const char *redirect_uri, yj_span code, yj_buf *body, yj_error *err)
{
    char secret[YJ_PROVIDER_SECRET_MAX + 1];
    size_t len = 0;
    yj_buf user, password, form;
    YJ_TRY(yj_provider_secret(o->seal, p, secret, &len, err));
    yj_buf_init(&user, (size_t)3 * YJ_PROVIDER_TEXT_MAX);
    yj_buf_init(&password, (size_t)3 * YJ_PROVIDER_SECRET_MAX);
    yj_buf_init(&form, (size_t)32 << 10);
    write_form(&p->oidc, passage, redirect_uri, code, secret, &form);
    yj_status s = exchange(o, p, at, secret, &user, &password, &form, body, err);
    wipe(&user);
    wipe(&password);
    wipe(&form);
    yj_secret_wipe(secret, sizeof secret);
    return s;
}

static yj_status check_signature(yj_oidc *o, const yj_provider *p, const about *at, const yj_jwt *t,
                                 yj_error *err)
{
    yj_jwks_said said = YJ_JWKS_UNKNOWN;
    for (int again = 0; again < 2 && said == YJ_JWKS_UNKNOWN; again++) {
        yj_auto(yj_jwks_freep) yj_jwks *keys = NULL;
        YJ_TRY(get_keys(o, p, at, again, &keys, err));
        said = yj_jwt_verify(t, keys);
    }
    if (said == YJ_JWKS_UNKNOWN)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the provider's statement is signed by a key that the provider does not show");
    if (said == YJ_JWKS_WRONG)
        return yj_fail(err, YJ_E_FORBIDDEN, "the signature of the provider's statement is wrong");
    return YJ_OK;
}

static yj_status check_token(yj_oidc *o, const yj_provider *p, const about *at, yj_span answer,
                             const yj_oidc_expected *e, yj_proved *ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_auto(yj_jwt_done) yj_jwt t = { .claims = NULL };
    yj_status s = yj_json_parse(answer, YJ_OIDC_ANSWER_MAX, &v, err);
    if (s == YJ_E_NOMEM)
        return s;
    const json_t *token = json_object_get(v, "id_token");
    if (s != YJ_OK || !json_is_string(token))
        return nonsense(at->token, err);
    s = yj_jwt_read((yj_span){ json_string_value(token), json_string_length(token) }, &t, err);
    if (s == YJ_E_INVALID || s == YJ_E_LIMIT) {
        if (err)
            err->code = YJ_E_FORBIDDEN; /* no input of the caller's */
        return YJ_E_FORBIDDEN;
    }
    YJ_TRY(s);
    YJ_TRY(check_signature(o, p, at, &t, err));
    return yj_oidc_claims(t.claims, e, ret, err);
}

yj_status yj_oidc_finish(yj_oidc *o, const yj_provider *p, const yj_oidc_passage *passage,
                         const char *redirect_uri, const yj_oidc_answer *answer, int64_t now_ns,
                         yj_proved *ret, yj_error *err)
{
    about at;
    char nonce[YJ_PASSAGE_WORD_LEN + 1];
    yj_auto(yj_buf_done) yj_buf body;
    yj_proved who = { .subject = "" };
    yj_buf_init(&body, YJ_OIDC_ANSWER_MAX);
    YJ_TRY(check_provider(p, err));
    YJ_TRY(check_state(p, passage, answer->state, err));
    YJ_TRY(get_about(o, p, &at, err));
    YJ_TRY(check_answer(&p->oidc, &at, answer, err));
    YJ_TRY(get_token(o, p, &at, passage, redirect_uri, answer->code, &body, err));
    yj_oidc_passage_word(passage->nonce, nonce);
    memcpy(who.provider, p->id, sizeof who.provider);
    yj_oidc_expected e = { .settings = &p->oidc,
                           .second_factor = p->second_factor,
                           .anew = passage->session[0] != '\0',
                           .nonce = nonce,
                           .begun_ns = passage->begun_ns,
                           .now_ns = now_ns };
    yj_status s = check_token(o, p, &at, yj_buf_view(&body), &e, &who, err);
    if (body.ptr)
        yj_secret_wipe(body.ptr, body.len); /* it holds tokens of the provider's */
    YJ_TRY(s);
    *ret = who;
    return YJ_OK;
}
