// SPDX-License-Identifier: Apache-2.0
/*
 * Signing in by what others prove (access/outside.h): providers of OpenID Connect, and directories.
 *
 *   GET  /sign-in/providers         those that may be used
 *   POST /sign-in/directory         name and password, asked of a directory
 *   POST /sign-in/oidc              where the browser is to be sent; a cookie remembers what was begun
 *   GET  /sign-in/oidc/return       where the provider sends it back to
 *
 * The provider is asked on threads of their own (yj_call_aside), never while the writer waits.
 */
#include "access/directory.h"
#include "access/oidc.h"
#include "access/outside.h"
#include "access/secret.h"
#include "api/account_show.h"
#include "api/outside.h"
#include "api/param.h"
#include "base/log.h"
#include <stdio.h>

#define FAILED "/p/sign-in?failed="

typedef struct coming {
    yj_sign_in x;
    const char *provider;
    yj_span password;
    yj_provider p;
    yj_proved who;
    bool right;
    char token[YJ_SESSION_TOKEN_LEN + 1];
    /* of OpenID Connect */
    yj_oidc_passage passage;
    yj_oidc_answer answer;
    const char *back;
    char passage_text[YJ_PASSAGE_TEXT_MAX + 1];
    yj_buf url;
} coming;

static yj_status coming_new(yj_call *c, coming **ret, yj_error *err)
{
    coming *g = yj_arena_new_of(c->rq->arena, coming);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    g->x.address = c->rq->address;
    g->x.device = yj_device_of(c);
    c->own = *ret = g;
    return yj_call_signs_in(c, err);
}

static yj_status write(yj_call *c, yj_write_fn fn, yj_error *err)
{
    return yj_engine_write(c->server->engine, fn, c, err);
}

yj_status yj_read_provider(yj_call *c, const char *id, yj_provider_kind kind, yj_provider *ret, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_provider_read(c->db, id, c->rq->arena, ret, err);
    yj_call_db_done(c);
    YJ_TRY(s);
    return ret->kind == kind && ret->enabled ? YJ_OK
                                             : yj_fail(err, YJ_E_NOT_FOUND, "there is no such provider");
}

static yj_status read_provider(yj_call *c, yj_provider_kind kind, yj_error *err)
{
    coming *g = c->own;
    return yj_read_provider(c, g->provider, kind, &g->p, err);
}

static yj_status begin_session(yj_call *c, yj_db *db, yj_error *err)
{
    coming *g = c->own;
    g->token[0] = '\0';
    if (g->x.outcome != YJ_SIGN_IN_SECOND && g->x.outcome != YJ_SIGN_IN_DONE)
        return YJ_OK;
    return yj_begin_session(c, db, g->x.account,
                            g->x.outcome == YJ_SIGN_IN_DONE ? YJ_SESSION_FULL : YJ_SESSION_SECOND, g->token,
                            err);
}

/* --- which there are -------------------------------------------------------------------------- */

yj_status yj_api_sign_in_providers(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_provider *list = NULL;
    size_t n = 0;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_provider_list(c->db, c->rq->arena, &list, &n, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < n; i++) {
        if (!list[i].enabled)
            continue;
        yj_jw_object(&w);
        yj_jw_kstr(&w, "id", list[i].id);
        yj_jw_kstr(&w, "kind", yj_provider_kind_name(list[i].kind));
        yj_jw_kstr(&w, "label", list[i].label);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- directories ------------------------------------------------------------------------------ */

typedef struct attempt {
    yj_sign_in_desk *desk;
    yj_sign_in *x;
    const char *provider;
} attempt;

static yj_status write_begin(yj_db *db, void *ctx, yj_error *err)
{
    const attempt *a = ctx;
    return yj_outside_begin(a->desk, db, a->x, a->provider, yj_machine_now(), err);
}

static yj_status write_back(yj_db *db, void *ctx, yj_error *err)
{
    const attempt *a = ctx;
    return yj_outside_give_back(a->desk, db, a->x, err);
}

yj_status yj_ask_directory(yj_call *c, const yj_provider *p, yj_sign_in *x, yj_span password,
                           yj_proved *ret_who, bool *ret_right, yj_error *err)
{
    static const yj_web_options web = { 0 };
    yj_engine *e = c->server->engine;
    attempt a = { .desk = c->server->desk, .x = x, .provider = p->id };
    *ret_right = false;
    YJ_TRY(yj_engine_write(e, write_begin, &a, err));
    if (x->outcome == YJ_SIGN_IN_WAIT)
        return YJ_OK;
    yj_status s = yj_directory_check(p, &web, c->server->seal, x->name, password, ret_who, ret_right, err);
    yj_error more = { 0 }; /* why the directory could not be asked is what is told */
    if (s != YJ_OK && yj_engine_write(e, write_back, &a, &more) != YJ_OK)
        yj_log_error(YJ_LOG_WARN, "an attempt that was none", &more);
    return s;
}

static yj_status write_end(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    coming *g = c->own;
    YJ_TRY(yj_outside_end(c->server->desk, db, &g->x, g->right ? &g->who : NULL, yj_machine_now(), err));
    return begin_session(c, db, err);
}

static yj_status ask_directory(yj_call *c, yj_error *err)
{
    coming *g = c->own;
    YJ_TRY(read_provider(c, YJ_PROVIDER_LDAP, err));
    YJ_TRY(yj_ask_directory(c, &g->p, &g->x, g->password, &g->who, &g->right, err));
    return g->x.outcome == YJ_SIGN_IN_WAIT ? YJ_OK : write(c, write_end, err);
}

yj_status yj_api_sign_in_directory(yj_call *c, yj_reply *rp, yj_error *err)
{
    coming *g = NULL;
    yj_span provider;
    YJ_TRY(coming_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider name password", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    YJ_TRY(yj_call_text(c, "name", true, &g->x.name, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    g->provider = provider.ptr;
    return yj_call_aside(c, ask_directory, err);
}

yj_status yj_api_sign_in_directory_done(yj_call *c, yj_reply *rp, yj_error *err)
{
    const coming *g = c->own;
    yj_call_wipe(c, "password");
    if (err->code != YJ_OK)
        return err->code;
    if (!g->token[0])
        return yj_refuse_sign_in(c, rp, &g->x, false, err);
    YJ_TRY(yj_let_in(c, rp, &g->x, g->token, err));
    return yj_show_session(c, yj_span_of(g->token), rp, err);
}

/* --- OpenID Connect: there -------------------------------------------------------------------- */

const char *yj_return_uri(const yj_call *c)
{
    return yj_arena_fmt(c->rq->arena, "%s" YJ_RETURN_PATH, yj_server_reached(c->server));
}

static yj_status start_oidc(yj_call *c, yj_error *err)
{
    coming *g = c->own;
    yj_oidc_begin b = { .redirect_uri = yj_return_uri(c),
                        .back = yj_span_of(g->back),
                        .now_ns = yj_machine_now() };
    YJ_TRY(read_provider(c, YJ_PROVIDER_OIDC, err));
    return yj_oidc_start(c->server->oidc, &g->p, &b, &g->url, g->passage_text, err);
}

yj_status yj_api_oidc_begin(yj_call *c, yj_reply *rp, yj_error *err)
{
    coming *g = NULL;
    yj_span provider, back;
    YJ_TRY(coming_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider back", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    YJ_TRY(yj_call_text(c, "back", false, &back, err));
    g->provider = provider.ptr;
    g->back = back.len ? back.ptr : "/";
    return yj_begin_oidc(c, start_oidc, &g->url, err);
}

yj_status yj_begin_oidc(yj_call *c, yj_aside_fn start, yj_buf *url, yj_error *err)
{
    yj_buf_init(url, YJ_OIDC_URL_MAX);
    yj_status s = yj_call_aside(c, start, err);
    if (s != YJ_OK)
        yj_buf_done(url);
    return s;
}

yj_status yj_read_oidc_answer(yj_call *c, yj_oidc_answer *ret, yj_error *err)
{
    YJ_TRY(yj_call_json(c, "code state iss error", err));
    YJ_TRY(yj_call_text(c, "code", false, &ret->code, err));
    YJ_TRY(yj_call_text(c, "state", false, &ret->state, err));
    YJ_TRY(yj_call_text(c, "iss", false, &ret->iss, err));
    return yj_call_text(c, "error", false, &ret->error, err);
}

yj_status yj_oidc_begun(yj_call *c, yj_reply *rp, char passage[static YJ_PASSAGE_TEXT_MAX + 1], yj_buf *url,
                        const yj_error *err)
{
    if (err->code == YJ_OK) {
        yj_give_cookie(c, rp, YJ_PASSAGE_COOKIE, passage, YJ_PASSAGE_S, true);
        yj_jw w;
        yj_jw_init(&w, &rp->body);
        yj_jw_object(&w);
        yj_jw_kspan(&w, "url", yj_buf_view(url));
        yj_jw_end_object(&w);
    }
    yj_secret_wipe(passage, YJ_PASSAGE_TEXT_MAX + 1);
    yj_buf_done(url);
    return err->code;
}

yj_status yj_api_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err)
{
    coming *g = c->own;
    return yj_oidc_begun(c, rp, g->passage_text, &g->url, err);
}

/* --- and back --------------------------------------------------------------------------------- */

static void read_answer(yj_call *c, yj_oidc_answer *ret)
{
    yj_span path, query, key, value;
    if (!yj_target_split(c->rq->target, &path, &query))
        return;
    while (yj_query_next(&query, &key, &value)) {
        yj_span *to = yj_span_is(key, "code")    ? &ret->code
                      : yj_span_is(key, "state") ? &ret->state
                      : yj_span_is(key, "iss")   ? &ret->iss
                      : yj_span_is(key, "error") ? &ret->error
                                                 : NULL;
        if (to && !yj_pct_decode(value, true, c->rq->arena, to))
            *to = (yj_span){ "", 0 };
    }
}

static yj_status write_enter(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    coming *g = c->own;
    YJ_TRY(yj_outside_enter(c->server->desk, db, &g->x, &g->passage, &g->who, yj_machine_now(), err));
    return begin_session(c, db, err);
}

yj_status yj_open_passage(yj_call *c, yj_oidc_passage *ret, yj_error *err)
{
    char name[64];
    yj_span text = { "", 0 };
    yj_cookie_name(c, YJ_PASSAGE_COOKIE, name);
    if (!yj_cookie_find(c->rq->head.value[YJ_H_COOKIE], name, &text))
        text = (yj_span){ "", 0 };
    return yj_oidc_passage_open(c->server->seal, text, yj_machine_now(), ret, err);
}

/* Of one who has signed in, and links his account or proves once more who he is: the session's cookie does
 * not come along from another site, so nothing is done here. The page takes the answer from behind the '#'
 * and sends it on (linking_api.c, prove_api.c), within the session that began. */
static bool is_inside(const coming *g)
{
    return g->passage.account[0] != '\0';
}

static yj_status finish_oidc(yj_call *c, yj_error *err)
{
    coming *g = c->own;
    YJ_TRY(yj_open_passage(c, &g->passage, err));
    if (is_inside(g))
        return YJ_OK;
    g->provider = g->passage.provider;
    YJ_TRY(read_provider(c, YJ_PROVIDER_OIDC, err));
    YJ_TRY(yj_oidc_finish(c->server->oidc, &g->p, &g->passage, yj_return_uri(c), &g->answer, yj_machine_now(),
                          &g->who, err));
    return write(c, write_enter, err);
}

yj_status yj_api_oidc_return(yj_call *c, yj_reply *rp, yj_error *err)
{
    coming *g = NULL;
    YJ_TRY(coming_new(c, &g, err));
    read_answer(c, &g->answer);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    return yj_call_aside(c, finish_oidc, err);
}

/* The page says in words what went wrong; the log knows more. */
static const char *failure(const coming *g, yj_status s)
{
    if (s == YJ_OK)
        return g->x.outcome == YJ_SIGN_IN_LOCKED ? "locked" : "unlinked";
    return s == YJ_E_FORBIDDEN ? "refused" : "unreachable";
}

yj_status yj_api_oidc_returned(yj_call *c, yj_reply *rp, yj_error *err)
{
    coming *g = c->own;
    const char *to = NULL;
    if (err->code == YJ_OK && is_inside(g)) {
        yj_span path, query;
        bool split = yj_target_split(c->rq->target, &path, &query);
        rp->status = 303;
        yj_reply_header(c, rp, "Location",
                        yj_arena_fmt(c->rq->arena, "%s#%.*s",
                                     g->passage.session[0] ? YJ_PROVING_PAGE : YJ_LINKING_PAGE,
                                     split ? (int)query.len : 0, split && query.len ? query.ptr : ""));
        return YJ_OK;
    }
    yj_give_cookie(c, rp, YJ_PASSAGE_COOKIE, "", 0, true);
    if (err->code == YJ_OK && g->token[0]) {
        YJ_TRY(yj_let_in(c, rp, &g->x, g->token, err));
        to = g->x.outcome == YJ_SIGN_IN_SECOND ? "/p/sign-in" : g->passage.back;
    } else {
        if (err->code != YJ_OK && err->code != YJ_E_FORBIDDEN)
            yj_log_error(YJ_LOG_WARN, "sign-in by a provider", err);
        to = yj_arena_fmt(c->rq->arena, FAILED "%s", failure(g, err->code));
    }
    rp->status = 303;
    yj_reply_header(c, rp, "Location", to);
    return YJ_OK;
}
