// SPDX-License-Identifier: Apache-2.0
/*
 * Proving once more who one is by a provider that the account is linked with, before something delicate: for
 * whom has no password here. (By a password or a code: sign_in_api.c.)
 *
 *   POST /session/prove/directory     name and password, asked of a directory
 *   POST /session/prove/oidc          where the browser is to be sent; the provider is to have him sign in
 * again POST /session/prove/oidc/finish   what it brought back
 *
 * What comes back from a provider counts only in the session that began, for this and nothing else, with the
 * passage that this browser keeps, and if the provider says that he has signed in there since
 * (access/oidc.h). Who it is must be the account's own identity.
 */
#include "access/outside.h"
#include "api/account_show.h"
#include "api/outside.h"

typedef struct proving {
    const char *id; /* of the provider */
    yj_provider p;
    yj_proved who;
    yj_sign_in x;
    char token[YJ_SESSION_TOKEN_LEN + 1]; /* of the session, new */
    /* a directory */
    yj_span password;
    bool right;
    /* OpenID Connect */
    char passage_text[YJ_PASSAGE_TEXT_MAX + 1];
    yj_oidc_passage passage;
    yj_oidc_answer answer;
    yj_buf url;
} proving;

static yj_status proving_new(yj_call *c, proving **ret, yj_error *err)
{
    proving *g = yj_arena_new_of(c->rq->arena, proving);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    g->x.address = c->rq->address;
    g->x.device = yj_device_of(c);
    c->own = *ret = g;
    return YJ_OK;
}

static yj_status give_token(const yj_call *c, yj_db *db, yj_error *err)
{
    proving *g = c->own;
    g->token[0] = '\0';
    if (g->x.outcome != YJ_SIGN_IN_DONE)
        return YJ_OK;
    return yj_session_prove(db, c->who->session.id, yj_machine_now(), g->token, err);
}

/* The session with its new token, or why not. */
static yj_status tell(yj_call *c, yj_reply *rp, yj_error *err)
{
    const proving *g = c->own;
    if (err->code != YJ_OK)
        return err->code;
    if (g->x.unlinked)
        return yj_fail(err, YJ_E_FORBIDDEN, "who signed in there is not who this account is linked with");
    if (!g->token[0])
        return yj_refuse_sign_in(c, rp, &g->x, /* code= */ false, err);
    YJ_TRY(yj_let_in(c, rp, &g->x, g->token, err));
    return yj_show_session(c, yj_span_of(g->token), rp, err);
}

/* --- a directory ------------------------------------------------------------------------------ */

static yj_status write_directory(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    proving *g = c->own;
    YJ_TRY(yj_outside_prove(c->server->desk, db, &g->x, c->who->account.id, g->right ? &g->who : NULL,
                            yj_machine_now(), err));
    return give_token(c, db, err);
}

static yj_status ask_directory(yj_call *c, yj_error *err)
{
    proving *g = c->own;
    YJ_TRY(yj_read_provider(c, g->id, YJ_PROVIDER_LDAP, &g->p, err));
    YJ_TRY(yj_ask_directory(c, &g->p, &g->x, g->password, &g->who, &g->right, err));
    return g->x.outcome == YJ_SIGN_IN_WAIT ? YJ_OK
                                           : yj_engine_write(c->server->engine, write_directory, c, err);
}

yj_status yj_api_prove_directory(yj_call *c, yj_reply *rp, yj_error *err)
{
    proving *g = NULL;
    yj_span provider;
    YJ_TRY(proving_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider name password", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    YJ_TRY(yj_call_text(c, "name", true, &g->x.name, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    g->id = provider.ptr;
    return yj_call_aside(c, ask_directory, err);
}

yj_status yj_api_prove_directory_done(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_call_wipe(c, "password");
    return tell(c, rp, err);
}

/* --- OpenID Connect --------------------------------------------------------------------------- */

static yj_status start(yj_call *c, yj_error *err)
{
    proving *g = c->own;
    yj_oidc_begin b = { .redirect_uri = yj_return_uri(c),
                        .back = YJ_SPAN(YJ_PROVING_PAGE),
                        .account = c->who->account.id,
                        .session = c->who->session.id,
                        .now_ns = yj_machine_now() };
    YJ_TRY(yj_read_provider(c, g->id, YJ_PROVIDER_OIDC, &g->p, err));
    return yj_oidc_start(c->server->oidc, &g->p, &b, &g->url, g->passage_text, err);
}

yj_status yj_api_prove_oidc(yj_call *c, yj_reply *rp, yj_error *err)
{
    proving *g = NULL;
    yj_span provider;
    YJ_TRY(proving_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    g->id = provider.ptr;
    return yj_begin_oidc(c, start, &g->url, err);
}

yj_status yj_api_prove_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err)
{
    proving *g = c->own;
    return yj_oidc_begun(c, rp, g->passage_text, &g->url, err);
}

static yj_status write_passage(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    proving *g = c->own;
    YJ_TRY(yj_outside_prove_passage(c->server->desk, db, &g->x, c->who->account.id, c->who->session.id,
                                    &g->passage, &g->who, yj_machine_now(), err));
    return give_token(c, db, err);
}

static yj_status finish(yj_call *c, yj_error *err)
{
    proving *g = c->own;
    YJ_TRY(yj_open_passage(c, &g->passage, err));
    if (strcmp(g->passage.account, c->who->account.id) != 0 ||
        strcmp(g->passage.session, c->who->session.id) != 0) /* before its code is spent */
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "this sign-in took too long, or was begun in another browser; begin again");
    YJ_TRY(yj_read_provider(c, g->passage.provider, YJ_PROVIDER_OIDC, &g->p, err));
    YJ_TRY(yj_oidc_finish(c->server->oidc, &g->p, &g->passage, yj_return_uri(c), &g->answer, yj_machine_now(),
                          &g->who, err));
    return yj_engine_write(c->server->engine, write_passage, c, err);
}

yj_status yj_api_prove_oidc_finish(yj_call *c, yj_reply *rp, yj_error *err)
{
    proving *g = NULL;
    YJ_TRY(proving_new(c, &g, err));
    YJ_TRY(yj_read_oidc_answer(c, &g->answer, err));
    return yj_call_aside(c, finish, err);
}

yj_status yj_api_prove_oidc_finished(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_call_wipe(c, "code");
    yj_give_cookie(c, rp, YJ_PASSAGE_COOKIE, "", 0, true);
    return tell(c, rp, err);
}
