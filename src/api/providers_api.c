// SPDX-License-Identifier: Apache-2.0
/*
 * Providers of sign-in, and whom they know as which account: kept by the operator of the installation.
 *
 *   GET, POST /providers; PATCH, DELETE /providers/ID; POST /providers/ID/check
 *   GET, POST /accounts/ID/identities; DELETE /accounts/ID/identities?provider=P&subject=S
 *
 * Secrets are written and never given out. With a directory an account can be linked by the name that is
 * typed there: it is asked who that is.
 */
#include "access/directory.h"
#include "access/secret.h"
#include "api/account_show.h"

#define IDENTITIES_MAX 100

/* Whoever adds a provider, or says whom it means, lets somebody in as another: a session proves once more who
 * it is. Programs that the operator trusts with all that have tokens of his. */
static yj_status delicate(const yj_call *c, yj_error *err)
{
    YJ_TRY(yj_call_signs_in(c, err));
    return c->who->kind == YJ_CREDENTIAL_SESSION ? yj_admit_proved(c, err) : YJ_OK;
}

/* --- providers -------------------------------------------------------------------------------- */

static void show(yj_jw *w, const yj_provider *p)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "id", p->id);
    yj_jw_kstr(w, "kind", yj_provider_kind_name(p->kind));
    yj_jw_kstr(w, "label", p->label);
    yj_jw_kbool(w, "enabled", p->enabled);
    yj_jw_key(w, "settings");
    yj_jw_raw(w, yj_span_of(p->settings));
    yj_jw_kbool(w, "has_secret", p->sealed.len > 0);
    yj_show_time(w, "created", p->created_ns);
    yj_show_time(w, "changed", p->changed_ns);
    yj_jw_end_object(w);
}

yj_status yj_api_providers(yj_call *c, yj_reply *rp, yj_error *err)
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
    for (size_t i = 0; i < n; i++)
        show(&w, &list[i]);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

typedef struct editing {
    yj_provider_kind kind;
    yj_provider_edit e;
    yj_span label, secret, settings;
    yj_buf text; /* of the settings */
    bool enabled;
    char id[YJ_UUID_LEN + 1];
} editing;

static yj_status read_settings(yj_call *c, editing *g, yj_error *err)
{
    const json_t *v = json_object_get(c->json, "settings");
    if (!v)
        return YJ_OK;
    yj_jw w;
    yj_jw_init(&w, &g->text);
    yj_jw_json(&w, v);
    YJ_TRY(yj_buf_status(&g->text, err));
    g->settings = yj_buf_view(&g->text);
    g->e.settings = &g->settings;
    return YJ_OK;
}

static yj_status read_edit(yj_call *c, editing *g, yj_error *err)
{
    YJ_TRY(yj_call_text(c, "label", false, &g->label, err));
    YJ_TRY(yj_call_text(c, "secret", false, &g->secret, err));
    YJ_TRY(yj_call_flag(c, "enabled", &g->enabled, err));
    g->e.label = g->label.ptr ? &g->label : NULL;
    g->e.secret = g->secret.ptr ? &g->secret : NULL;
    g->e.enabled = json_object_get(c->json, "enabled") ? &g->enabled : NULL;
    return read_settings(c, g, err);
}

static yj_status write_new(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    editing *g = c->own;
    return yj_provider_create(db, c->server->seal, g->kind, &g->e, yj_machine_now(), g->id, err);
}

static yj_status create(yj_call *c, editing *g, yj_error *err)
{
    yj_span kind;
    YJ_TRY(yj_call_json(c, "kind label settings secret enabled", err));
    YJ_TRY(yj_call_text(c, "kind", true, &kind, err));
    if (!yj_provider_kind_by_name(kind, &g->kind)) {
        yj_fail(err, YJ_E_INVALID, "a provider is of kind oidc or ldap");
        return yj_error_at(err, "kind");
    }
    YJ_TRY(read_edit(c, g, err));
    return yj_call_write(c, write_new, g, err);
}

yj_status yj_api_provider_create(yj_call *c, yj_reply *rp, yj_error *err)
{
    editing g = { .enabled = false };
    YJ_TRY(delicate(c, err));
    yj_buf_init(&g.text, YJ_PROVIDER_SETTINGS_MAX);
    yj_status s = create(c, &g, err);
    yj_buf_done(&g.text);
    yj_call_wipe(c, "secret");
    YJ_TRY(s);
    rp->status = 201;
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "id", g.id);
    yj_jw_end_object(&w);
    return YJ_OK;
}

static yj_status write_change(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    const editing *g = c->own;
    return yj_provider_change(db, c->server->seal, yj_call_segment(c, "provider"), &g->e, yj_machine_now(),
                              err);
}

yj_status yj_api_provider_change(yj_call *c, yj_reply *rp, yj_error *err)
{
    editing g = { .enabled = false };
    YJ_TRY(delicate(c, err));
    YJ_TRY(yj_call_json(c, "label settings secret enabled", err));
    yj_buf_init(&g.text, YJ_PROVIDER_SETTINGS_MAX);
    yj_status s = read_edit(c, &g, err);
    if (s == YJ_OK)
        s = yj_call_write(c, write_change, &g, err);
    yj_buf_done(&g.text);
    yj_call_wipe(c, "secret");
    rp->status = 204;
    return s;
}

static yj_status write_delete(yj_db *db, void *ctx, yj_error *err)
{
    return yj_provider_delete(db, yj_call_segment(ctx, "provider"), err);
}

yj_status yj_api_provider_delete(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(delicate(c, err));
    rp->status = 204;
    return yj_call_write(c, write_delete, NULL, err);
}

/* --- trying one ------------------------------------------------------------------------------- */

static yj_status probe(yj_call *c, yj_error *err)
{
    static const yj_web_options web = { 0 };
    yj_error *why = c->own;
    yj_provider p;
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_provider_read(c->db, yj_call_segment(c, "provider"), c->rq->arena, &p, err);
    yj_call_db_done(c);
    YJ_TRY(s);
    s = p.kind == YJ_PROVIDER_LDAP ? yj_directory_probe(&p, &web, c->server->seal, why)
                                   : yj_oidc_probe(c->server->oidc, &p, why);
    if (s != YJ_E_NOMEM)
        return YJ_OK; /* why it cannot be asked is the answer */
    *err = *why;
    return s;
}

yj_status yj_api_provider_check(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_signs_in(c, err));
    c->own = yj_arena_new_of(c->rq->arena, yj_error);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    return yj_call_aside(c, probe, err);
}

yj_status yj_api_provider_checked(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_error *why = c->own;
    YJ_TRY(err->code);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "works", why->code == YJ_OK);
    yj_jw_key(&w, "why");
    if (why->code == YJ_OK) {
        yj_jw_null(&w);
    } else {
        yj_jw_object(&w);
        yj_jw_kstr(&w, "zh", why->msg_zh);
        yj_jw_kstr(&w, "en", why->msg);
        yj_jw_end_object(&w);
    }
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- identities ------------------------------------------------------------------------------- */

yj_status yj_api_identities(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_identity *rows = yj_arena_array(c->rq->arena, IDENTITIES_MAX, sizeof *rows);
    size_t count = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_identity_list(c->db, yj_call_segment(c, "account"), rows, IDENTITIES_MAX, &count, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        yj_jw_object(&w);
        yj_jw_kstr(&w, "provider", rows[i].provider);
        yj_jw_kstr(&w, "subject", rows[i].subject);
        yj_jw_kstr(&w, "login", rows[i].login);
        yj_show_time(&w, "linked", rows[i].linked_ns);
        yj_show_time(&w, "used", rows[i].used_ns);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

typedef struct linking {
    yj_span provider, subject, login;
    yj_proved found;
} linking;

static yj_status write_link(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    const linking *g = c->own;
    return yj_identity_link(db, yj_call_segment(c, "account"), g->provider.ptr, g->subject, g->login,
                            yj_machine_now(), err);
}

/* Whom the directory knows by that name. */
static yj_status find_subject(yj_call *c, linking *g, yj_error *err)
{
    static const yj_web_options web = { 0 };
    yj_provider p;
    bool found = false;
    YJ_TRY(yj_call_db(c, err));
    yj_status s = yj_provider_read(c->db, g->provider.ptr, c->rq->arena, &p, err);
    yj_call_db_done(c);
    YJ_TRY(s);
    if (p.kind != YJ_PROVIDER_LDAP || !g->login.len) {
        yj_fail(err, YJ_E_INVALID,
                "say whom the provider means: its subject; of a directory the name is enough");
        return yj_error_at(err, "subject");
    }
    YJ_TRY(yj_directory_find(&p, &web, c->server->seal, g->login, &g->found, &found, err));
    if (!found) {
        yj_fail(err, YJ_E_INVALID, "the directory knows nobody by that name");
        return yj_error_at(err, "login");
    }
    g->subject = yj_span_of(g->found.subject);
    return YJ_OK;
}

static yj_status link_aside(yj_call *c, yj_error *err)
{
    linking *g = c->own;
    if (!g->subject.len)
        YJ_TRY(find_subject(c, g, err));
    return yj_call_write(c, write_link, g, err);
}

yj_status yj_api_identity_link(yj_call *c, yj_reply *rp, yj_error *err)
{
    linking *g = yj_arena_new_of(c->rq->arena, linking);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(delicate(c, err));
    YJ_TRY(yj_call_json(c, "provider subject login", err));
    YJ_TRY(yj_call_text(c, "provider", true, &g->provider, err));
    YJ_TRY(yj_call_text(c, "subject", false, &g->subject, err));
    YJ_TRY(yj_call_text(c, "login", false, &g->login, err));
    c->own = g;
    return yj_call_aside(c, link_aside, err);
}

yj_status yj_api_identity_linked(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 204;
    return err->code;
}

static yj_status write_unlink(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    const char *provider = yj_call_param(c, "provider"), *subject = yj_call_param(c, "subject");
    const char *account = yj_call_segment(c, "account");
    YJ_TRY(
        yj_identity_unlink(db, account, provider ? provider : "", yj_span_of(subject ? subject : ""), err));
    return yj_session_end_others(db, account, NULL, NULL, err);
}

yj_status yj_api_identity_unlink(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(delicate(c, err));
    rp->status = 204;
    return yj_call_write(c, write_unlink, NULL, err);
}
