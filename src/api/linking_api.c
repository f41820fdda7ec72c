// SPDX-License-Identifier: Apache-2.0
/*
 * A person links his own account with what a provider knows him by, in his own session.
 *
 *   GET    /account/identities               what is linked
 *   POST   /account/identities/directory     name and password, asked of a directory
 *   POST   /account/identities/oidc          where the browser is to be sent
 *   POST   /account/identities/oidc/finish   what it brought back
 *   DELETE /account/identities?provider=P&subject=S
 *
 * Whoever links an identity gives somebody a way in, so all but looking wants a session that proved who it is
 * not long ago. What the browser brings back from a provider counts only together: with the passage that this
 * browser keeps, begun by this account, and in a request of this session's page. So nobody can slip his own
 * identity to another one's account, nor another one's answer to his own.
 */
#include "access/outside.h"
#include "access/secret.h"
#include "api/account_show.h"
#include "api/outside.h"

typedef struct linking {
    const char *id; /* of the provider */
    yj_provider p;
    yj_proved who;
    /* a directory */
    yj_sign_in x;
    yj_span password;
    bool right;
    /* OpenID Connect */
    char passage_text[YJ_PASSAGE_TEXT_MAX + 1];
    yj_oidc_passage passage;
    yj_oidc_answer answer;
    yj_buf url;
} linking;

static yj_status linking_new(yj_call *c, linking **ret, yj_error *err)
{
    linking *g = yj_arena_new_of(c->rq->arena, linking);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    c->own = *ret = g;
    return YJ_OK;
}

/* Before anything is asked: it will be refused at the end. */
static yj_status may_begin(const yj_call *c, yj_error *err)
{
    YJ_TRY(yj_admit_proved(c, err));
    if (!c->who->account.break_glass)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "an account for emergencies signs in by password and recovery code only");
    return yj_error_at(err, "account");
}

/* --- what is linked --------------------------------------------------------------------------- */

static void show(yj_jw *w, const yj_identity *i, const yj_provider *list, size_t count)
{
    yj_jw_object(w);
    yj_jw_key(w, "provider");
    yj_jw_object(w);
    yj_jw_kstr(w, "id", i->provider);
    for (size_t k = 0; k < count; k++)
        if (strcmp(list[k].id, i->provider) == 0) {
            yj_jw_kstr(w, "kind", yj_provider_kind_name(list[k].kind));
            yj_jw_kstr(w, "label", list[k].label);
            yj_jw_kbool(w, "enabled", list[k].enabled);
        }
    yj_jw_end_object(w);
    yj_jw_kstr(w, "subject", i->subject);
    yj_jw_kstr(w, "login", i->login);
    yj_show_time(w, "linked", i->linked_ns);
    yj_show_time(w, "used", i->used_ns);
    yj_jw_end_object(w);
}

yj_status yj_api_own_identities(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_identity *rows = yj_arena_array(c->rq->arena, YJ_IDENTITIES_MAX, sizeof *rows);
    const yj_provider *list = NULL;
    size_t count = 0, n = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_identity_list(c->db, c->who->account.id, rows, YJ_IDENTITIES_MAX, &count, err));
    YJ_TRY(yj_provider_list(c->db, c->rq->arena, &list, &n, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        show(&w, &rows[i], list, n);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- a directory ------------------------------------------------------------------------------ */

static yj_status write_directory(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    linking *g = c->own;
    YJ_TRY(yj_outside_give_back(c->server->desk, db, &g->x, err));
    return yj_identity_link(db, c->who->account.id, g->id, yj_span_of(g->who.subject),
                            yj_span_of(g->who.login), yj_machine_now(), err);
}

static yj_status ask_directory(yj_call *c, yj_error *err)
{
    linking *g = c->own;
    YJ_TRY(yj_read_provider(c, g->id, YJ_PROVIDER_LDAP, &g->p, err));
    YJ_TRY(yj_ask_directory(c, &g->p, &g->x, g->password, &g->who, &g->right, err));
    if (g->x.outcome == YJ_SIGN_IN_WAIT)
        return YJ_OK;
    g->x.outcome = g->right ? YJ_SIGN_IN_DONE : YJ_SIGN_IN_WRONG;
    return g->right ? yj_call_write(c, write_directory, g, err) : YJ_OK;
}

yj_status yj_api_link_directory(yj_call *c, yj_reply *rp, yj_error *err)
{
    linking *g = NULL;
    yj_span provider, name;
    YJ_TRY(may_begin(c, err));
    YJ_TRY(linking_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider name password", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    YJ_TRY(yj_call_text(c, "name", true, &name, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    g->id = provider.ptr;
    g->x = (yj_sign_in){ .name = name, .address = c->rq->address, .device = yj_device_of(c) };
    return yj_call_aside(c, ask_directory, err);
}

yj_status yj_api_link_directory_done(yj_call *c, yj_reply *rp, yj_error *err)
{
    const linking *g = c->own;
    yj_call_wipe(c, "password");
    if (err->code != YJ_OK)
        return err->code;
    if (!g->right)
        return yj_refuse_sign_in(c, rp, &g->x, false, err);
    rp->status = 204;
    return YJ_OK;
}

/* --- OpenID Connect --------------------------------------------------------------------------- */

static yj_status start(yj_call *c, yj_error *err)
{
    linking *g = c->own;
    yj_oidc_begin b = { .redirect_uri = yj_return_uri(c),
                        .back = YJ_SPAN(YJ_LINKING_PAGE),
                        .account = c->who->account.id,
                        .now_ns = yj_machine_now() };
    YJ_TRY(yj_read_provider(c, g->id, YJ_PROVIDER_OIDC, &g->p, err));
    return yj_oidc_start(c->server->oidc, &g->p, &b, &g->url, g->passage_text, err);
}

yj_status yj_api_link_oidc(yj_call *c, yj_reply *rp, yj_error *err)
{
    linking *g = NULL;
    yj_span provider;
    YJ_TRY(may_begin(c, err));
    YJ_TRY(linking_new(c, &g, err));
    YJ_TRY(yj_call_json(c, "provider", err));
    YJ_TRY(yj_call_text(c, "provider", true, &provider, err));
    g->id = provider.ptr;
    return yj_begin_oidc(c, start, &g->url, err);
}

yj_status yj_api_link_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err)
{
    linking *g = c->own;
    return yj_oidc_begun(c, rp, g->passage_text, &g->url, err);
}

static yj_status write_link(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    linking *g = c->own;
    return yj_outside_link(c->server->desk, db, c->who->account.id, &g->passage, &g->who, yj_machine_now(),
                           err);
}

static yj_status finish(yj_call *c, yj_error *err)
{
    linking *g = c->own;
    YJ_TRY(yj_open_passage(c, &g->passage, err));
    if (strcmp(g->passage.account, c->who->account.id) != 0) /* before its code is spent */
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "this sign-in took too long, or was begun in another browser; begin again");
    YJ_TRY(yj_read_provider(c, g->passage.provider, YJ_PROVIDER_OIDC, &g->p, err));
    YJ_TRY(yj_oidc_finish(c->server->oidc, &g->p, &g->passage, yj_return_uri(c), &g->answer, yj_machine_now(),
                          &g->who, err));
    return yj_call_write(c, write_link, g, err);
}

yj_status yj_api_link_oidc_finish(yj_call *c, yj_reply *rp, yj_error *err)
{
    linking *g = NULL;
    YJ_TRY(linking_new(c, &g, err));
    YJ_TRY(yj_read_oidc_answer(c, &g->answer, err));
    return yj_call_aside(c, finish, err);
}

yj_status yj_api_link_oidc_finished(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_call_wipe(c, "code");
    yj_give_cookie(c, rp, YJ_PASSAGE_COOKIE, "", 0, true);
    rp->status = 204;
    return err->code;
}

/* --- and apart again -------------------------------------------------------------------------- */

static yj_status write_unlink(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    const char *provider = yj_call_param(c, "provider"), *subject = yj_call_param(c, "subject");
    const yj_account *own = &c->who->account;
    yj_identity rows[2];
    size_t count = 0;
    YJ_TRY(
        yj_identity_unlink(db, own->id, provider ? provider : "", yj_span_of(subject ? subject : ""), err));
    YJ_TRY(yj_identity_list(db, own->id, rows, YJ_COUNT(rows), &count, err));
    if (!own->has_password && !count)
        return yj_fail(
            err, YJ_E_CONFLICT,
            "this is the only way in that your account has: ask for a link to choose a password first");
    return yj_session_end_others(db, own->id, c->who->session.id, NULL, err);
}

yj_status yj_api_own_unlink(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_admit_proved(c, err));
    rp->status = 204;
    return yj_call_write(c, write_unlink, NULL, err);
}
