// SPDX-License-Identifier: Apache-2.0
/*
 * What a person does with his own account.
 *
 *   GET    /sessions                where he is signed in; DELETE /sessions/ID, POST /sessions/end-others
 *   POST   /account/password        another password
 *   POST   /account/totp            a secret for an authenticator, not kept yet
 *   POST   /account/totp/confirm    kept, once a code of it is given; recovery codes
 *   DELETE /account/totp
 *   POST   /account/recovery        new recovery codes
 *
 * What gives or takes away a second factor, or makes a token, wants a session that proved who it is not long
 * ago.
 */
#include "access/secret.h"
#include "api/account_show.h"
#include <stdio.h>

#define SESSIONS_MAX 64
#define SEALED_LEN (YJ_TOTP_SECRET_LEN + YJ_SEAL_MORE)
#define ISSUER "Yunjian"

/* --- sessions --------------------------------------------------------------------------------- */

yj_status yj_api_sessions(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_session *rows = yj_arena_array(c->rq->arena, SESSIONS_MAX, sizeof *rows);
    size_t count = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_session_list(c->db, &c->server->session, c->who->account.id, yj_machine_now(), rows,
                           SESSIONS_MAX, &count, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        yj_jw_object(&w);
        yj_jw_kstr(&w, "id", rows[i].id);
        yj_jw_kbool(&w, "current", strcmp(rows[i].id, c->who->session.id) == 0);
        yj_show_time(&w, "created", rows[i].created_ns);
        yj_show_time(&w, "seen", rows[i].seen_ns);
        yj_show_time(&w, "ends", rows[i].ends_ns);
        yj_jw_kstr(&w, "network", rows[i].network);
        yj_jw_kstr(&w, "agent", rows[i].agent);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

static yj_status write_end(yj_db *db, void *ctx, yj_error *err)
{
    const yj_call *c = ctx;
    return yj_session_end(db, c->who->account.id, yj_call_segment(c, "session"), err);
}

yj_status yj_api_session_end(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 204;
    return yj_call_write(c, write_end, NULL, err);
}

static yj_status write_end_others(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    return yj_session_end_others(db, c->who->account.id, c->who->session.id, c->own, err);
}

yj_status yj_api_sessions_end_others(yj_call *c, yj_reply *rp, yj_error *err)
{
    int64_t count = 0;
    yj_jw w;
    YJ_TRY(yj_call_write(c, write_end_others, &count, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_ki64(&w, "ended", count);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- the password ----------------------------------------------------------------------------- */

typedef struct changing {
    yj_sign_in x;
    yj_span old, next;
    char hash[YJ_PASSWORD_HASH_BYTES];
} changing;

static yj_status write_begin(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    changing *g = c->own;
    return yj_sign_in_begin(c->server->desk, db, &g->x, yj_machine_now(), err);
}

static yj_status write_check(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    changing *g = c->own;
    return yj_sign_in_end_as(c->server->desk, db, &g->x, c->who->account.id, yj_machine_now(), err);
}

static yj_status write_password(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    changing *g = c->own;
    YJ_TRY(yj_account_set_password(db, c->who->account.id, g->hash, yj_machine_now(), err));
    return yj_session_end_others(db, c->who->account.id, c->who->session.id, NULL, err);
}

static bool right(const changing *g)
{
    return g->x.outcome == YJ_SIGN_IN_SECOND || g->x.outcome == YJ_SIGN_IN_DONE;
}

static yj_status change_password(yj_call *c, yj_error *err)
{
    changing *g = c->own;
    const yj_password_options *o = &c->server->sign_in.password;
    yj_engine *e = c->server->engine;
    YJ_TRY(yj_engine_write(e, write_begin, c, err));
    if (g->x.outcome == YJ_SIGN_IN_WAIT)
        return YJ_OK;
    YJ_TRY(yj_sign_in_check(c->server->desk, &g->x, g->old, err));
    YJ_TRY(yj_engine_write(e, write_check, c, err));
    if (!right(g))
        return YJ_OK;
    yj_password_about about = { .name = yj_span_of(c->who->account.name) };
    YJ_TRY(yj_call_about(c, c->who->account.id, &about, err));
    yj_status s = yj_password_check(o, g->next, &about, err);
    if (s == YJ_E_INVALID)
        return yj_error_at(err, "new");
    YJ_TRY(s);
    YJ_TRY(yj_password_hash(o, g->next, g->hash, err));
    return yj_call_write(c, write_password, g, err);
}

yj_status yj_api_password(yj_call *c, yj_reply *rp, yj_error *err)
{
    changing *g = yj_arena_new_of(c->rq->arena, changing);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    YJ_TRY(yj_call_json(c, "old new", err));
    YJ_TRY(yj_call_text(c, "old", true, &g->old, err));
    YJ_TRY(yj_call_text(c, "new", true, &g->next, err));
    g->x = (yj_sign_in){ .name = yj_span_of(c->who->account.name),
                         .address = c->rq->address,
                         .device = yj_device_of(c) };
    c->own = g;
    return yj_call_aside(c, change_password, err);
}

yj_status yj_api_password_set(yj_call *c, yj_reply *rp, yj_error *err)
{
    const changing *g = c->own;
    yj_call_wipe(c, "old");
    yj_call_wipe(c, "new");
    rp->status = 204;
    if (err->code != YJ_OK || right(g))
        return err->code;
    if (g->x.outcome == YJ_SIGN_IN_WRONG) {
        yj_fail(err, YJ_E_FORBIDDEN, "the old password is wrong"); /* he is signed in all the same */
        return yj_error_at(err, "old");
    }
    return yj_refuse_sign_in(c, rp, &g->x, false, err);
}

/* --- the second factor ------------------------------------------------------------------------ */

/* A secret that is not kept yet is handed to the page sealed: for this account, and for nothing else. */
static void about_pending(const yj_call *c, char ret[static 64])
{
    snprintf(ret, 64, "totp:%s", c->who->account.id);
}

static yj_status no_second_factor(yj_error *err)
{
    return yj_fail(err, YJ_E_CONFLICT,
                   "an account for emergencies has recovery codes in place of an authenticator");
}

yj_status yj_api_totp(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint8_t secret[YJ_TOTP_SECRET_LEN], sealed[SEALED_LEN];
    char text[YJ_BASE32_LEN(YJ_TOTP_SECRET_LEN) + 1], pending[YJ_BASE32_LEN(SEALED_LEN) + 1], about[64];
    yj_auto(yj_buf_done) yj_buf uri;
    yj_buf_init(&uri, 1024);
    YJ_TRY(yj_admit_proved(c, err));
    if (c->who->account.break_glass)
        return no_second_factor(err);
    yj_totp_secret(secret);
    about_pending(c, about);
    yj_seal_put(c->server->seal, about, secret, sizeof secret, sealed);
    yj_base32(secret, sizeof secret, text);
    yj_base32(sealed, sizeof sealed, pending);
    yj_status s = yj_totp_uri(secret, YJ_SPAN(ISSUER), yj_span_of(c->who->account.name), &uri, err);
    yj_secret_wipe(secret, sizeof secret);
    YJ_TRY(s);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "secret", text);
    yj_jw_kspan(&w, "uri", yj_buf_view(&uri));
    yj_jw_kstr(&w, "pending", pending);
    yj_jw_end_object(&w);
    return YJ_OK;
}

typedef struct enrolling {
    uint8_t secret[YJ_TOTP_SECRET_LEN];
    int64_t step; /* of the code; 0: recovery codes only */
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
} enrolling;

static yj_status write_second(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    enrolling *g = c->own;
    const char *id = c->who->account.id;
    if (g->step)
        YJ_TRY(yj_account_set_totp(db, c->server->seal, id, g->secret, g->step, err));
    return yj_account_set_recovery(db, c->server->seal, id, g->codes, err);
}

/* Keep them, and show the recovery codes this once. */
static yj_status keep_second(yj_call *c, enrolling *g, yj_reply *rp, yj_error *err)
{
    yj_recovery_make(g->codes);
    yj_status s = yj_call_write(c, write_second, g, err);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "recovery");
    yj_jw_array(&w);
    for (size_t i = 0; s == YJ_OK && i < YJ_RECOVERY_CODES; i++)
        yj_jw_str(&w, g->codes[i]);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    yj_secret_wipe(g, sizeof *g);
    return s;
}

static yj_status open_pending(yj_call *c, uint8_t secret[static YJ_TOTP_SECRET_LEN], yj_error *err)
{
    uint8_t sealed[SEALED_LEN];
    char about[64];
    size_t len = 0;
    yj_span pending;
    about_pending(c, about);
    YJ_TRY(yj_call_text(c, "pending", true, &pending, err));
    if (yj_base32_decode(pending, sealed, sizeof sealed, &len) && len == sizeof sealed &&
        yj_seal_take(c->server->seal, about, (yj_span){ (const char *)sealed, len }, secret,
                     YJ_TOTP_SECRET_LEN, err) == YJ_OK)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "this was not made for your account; begin again");
    return yj_error_at(err, "pending");
}

yj_status yj_api_totp_confirm(yj_call *c, yj_reply *rp, yj_error *err)
{
    enrolling g = { .step = 0 };
    yj_span code;
    YJ_TRY(yj_admit_proved(c, err));
    YJ_TRY(yj_call_json(c, "pending code", err));
    YJ_TRY(yj_call_text(c, "code", true, &code, err));
    YJ_TRY(open_pending(c, g.secret, err));
    yj_status s = yj_totp_verify(g.secret, code, yj_machine_now(), 0, &g.step, err);
    if (s == YJ_OK && g.step)
        return keep_second(c, &g, rp, err);
    yj_secret_wipe(&g, sizeof g);
    YJ_TRY(s);
    yj_fail(err, YJ_E_INVALID, "that is not the code that the authenticator shows now; is its clock right?");
    return yj_error_at(err, "code");
}

static yj_status write_clear(yj_db *db, void *ctx, yj_error *err)
{
    const yj_call *c = ctx;
    return yj_account_clear_second(db, c->who->account.id, err);
}

yj_status yj_api_totp_clear(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_admit_proved(c, err));
    if (c->who->account.break_glass)
        return no_second_factor(err);
    rp->status = 204;
    return yj_call_write(c, write_clear, NULL, err);
}

yj_status yj_api_recovery(yj_call *c, yj_reply *rp, yj_error *err)
{
    enrolling g = { .step = 0 };
    YJ_TRY(yj_admit_proved(c, err));
    if (!c->who->account.has_totp && !c->who->account.break_glass)
        return yj_fail(err, YJ_E_CONFLICT, "recovery codes stand beside an authenticator: set one up first");
    return keep_second(c, &g, rp, err);
}
