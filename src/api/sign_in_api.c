// SPDX-License-Identifier: Apache-2.0
/*
 * Signing in and out, in a browser.
 *
 *   GET  /session           who is signed in
 *   POST /sign-in           name and password; a code may be wanted then
 *   POST /sign-in/code      the code
 *   POST /sign-out
 *   POST /set-up/look       for whom a one-time secret is
 *   POST /set-up            choose a password with it
 *   POST /session/prove     prove again who it is, before something delicate
 *
 * Passwords are hashed on threads of their own (yj_call_aside); before and after that the writer counts the
 * attempt.
 */
#include "access/secret.h"
#include "api/account_show.h"
#include "base/log.h"
#include "notice/security.h"
#include <stdio.h>

typedef struct signing {
    yj_sign_in x;
    yj_span name, password, secret;
    char token[YJ_SESSION_TOKEN_LEN + 1]; /* of the session, new */
    bool code;                            /* it is a code that was given */
    char set_up_account[YJ_UUID_LEN + 1];
    char hash[YJ_PASSWORD_HASH_BYTES];
    yj_security_told told;
} signing;

static yj_status signing_new(yj_call *c, signing **ret, yj_error *err)
{
    signing *g = yj_arena_new_of(c->rq->arena, signing);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    g->x.address = c->rq->address;
    g->x.device = yj_device_of(c);
    c->own = *ret = g;
    return YJ_OK;
}

static yj_status write(yj_call *c, yj_write_fn fn, yj_error *err)
{
    return yj_engine_write(c->server->engine, fn, c, err);
}

/* What people have to hear of (notice/security.h), in the same write. What is wrong with a channel keeps
 * nobody out: it is for the log. */
static yj_status tell(const yj_call *c, yj_db *db, signing *g, yj_news news, const char *account,
                      yj_error *err)
{
    yj_engine *e = c->server->engine;
    yj_date today;
    yj_engine_today(e, &today);
    yj_status s = yj_security_tell(db, c->catalog, yj_engine_zone(e),
                                   &(yj_security_event){ .news = news,
                                                         .account = account,
                                                         .operator_ = yj_engine_operator(e),
                                                         .today = today.s,
                                                         .now_ns = yj_engine_now(e),
                                                         .wall_ns = yj_machine_now() },
                                   &g->told, err);
    if (s != YJ_E_INVALID && s != YJ_E_LIMIT && s != YJ_E_NOT_FOUND)
        return s;
    yj_log_error(YJ_LOG_WARN, "telling of a sign-in", err);
    *err = (yj_error){ .code = YJ_OK };
    return YJ_OK;
}

static void show_told(const yj_call *c, signing *g)
{
    for (size_t i = 0; i < g->told.count; i++)
        yj_hub_tell(c->server->hub, g->told.insts[i], "inbox", YJ_SPAN("{}"));
    g->told.count = 0;
}

yj_status yj_api_session(yj_call *c, yj_reply *rp, yj_error *err)
{
    return yj_show_session(c, c->credential.text, rp, err);
}

/* --- name and password ------------------------------------------------------------------------ */

static yj_status write_begin(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    signing *g = c->own;
    YJ_TRY(yj_sign_in_begin(c->server->desk, db, &g->x, yj_machine_now(), err));
    /* an attempt is written down for whoever is named, so this is not to be seen in the time it takes */
    return g->x.tried ? tell(c, db, g, YJ_NEWS_TRIED, g->x.own.id, err) : YJ_OK;
}

static yj_status write_end(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    signing *g = c->own;
    g->token[0] = '\0';
    YJ_TRY(yj_sign_in_end(c->server->desk, db, &g->x, yj_machine_now(), err));
    if (g->x.outcome != YJ_SIGN_IN_SECOND && g->x.outcome != YJ_SIGN_IN_DONE)
        return YJ_OK;
    if (g->x.break_glass)
        YJ_TRY(tell(c, db, g, YJ_NEWS_EMERGENCY, g->x.account, err));
    return yj_begin_session(c, db, g->x.account,
                            g->x.outcome == YJ_SIGN_IN_DONE ? YJ_SESSION_FULL : YJ_SESSION_SECOND, g->token,
                            err);
}

/* The two steps before the session changes; false in *ret_go: the outcome says why not. */
static yj_status check_password(yj_call *c, bool *ret_go, yj_error *err)
{
    signing *g = c->own;
    *ret_go = false;
    YJ_TRY(write(c, write_begin, err));
    show_told(c, c->own);
    if (g->x.outcome == YJ_SIGN_IN_WAIT)
        return YJ_OK;
    *ret_go = true;
    return yj_sign_in_check(c->server->desk, &g->x, g->password, err);
}

static yj_status sign_in(yj_call *c, yj_error *err)
{
    bool go = false;
    YJ_TRY(check_password(c, &go, err));
    return go ? write(c, write_end, err) : YJ_OK;
}

yj_status yj_api_sign_in(yj_call *c, yj_reply *rp, yj_error *err)
{
    signing *g = NULL;
    YJ_TRY(yj_call_signs_in(c, err));
    YJ_TRY(yj_call_json(c, "name password", err));
    YJ_TRY(signing_new(c, &g, err));
    YJ_TRY(yj_call_text(c, "name", true, &g->name, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    g->x.name = g->name;
    return yj_call_aside(c, sign_in, err);
}

static void tell_of_emergency(const yj_call *c, const signing *g)
{
    char network[YJ_NETWORK_BYTES];
    if (!g->x.break_glass && !g->x.guessed)
        return;
    yj_network_of(c->rq->address, network);
    yj_log(YJ_LOG_WARN,
           g->x.break_glass ? "sign-in: the account for emergencies %s is being used, from %s"
                            : "sign-in: somebody who knows the password of account %s tries codes, from %s",
           g->x.account, network);
}

/* What became of it: the session, or why not. */
static yj_status tell_outcome(yj_call *c, yj_reply *rp, yj_error *err)
{
    signing *g = c->own;
    tell_of_emergency(c, g);
    show_told(c, g);
    if (g->x.outcome != YJ_SIGN_IN_SECOND && g->x.outcome != YJ_SIGN_IN_DONE)
        return yj_refuse_sign_in(c, rp, &g->x, g->code, err);
    YJ_TRY(yj_let_in(c, rp, &g->x, g->token, err));
    return yj_show_session(c, yj_span_of(g->token), rp, err);
}

yj_status yj_api_signed_in(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_call_wipe(c, "password");
    return err->code != YJ_OK ? err->code : tell_outcome(c, rp, err);
}

/* --- the code --------------------------------------------------------------------------------- */

static yj_status write_code(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    signing *g = c->own;
    g->token[0] = '\0';
    YJ_TRY(yj_sign_in_code(c->server->desk, db, &g->x, g->password, yj_machine_now(), err));
    if (g->x.guessed)
        YJ_TRY(tell(c, db, g, YJ_NEWS_GUESSED, g->x.account, err));
    if (g->x.break_glass)
        YJ_TRY(tell(c, db, g, YJ_NEWS_EMERGENCY, g->x.account, err));
    if (g->x.outcome != YJ_SIGN_IN_DONE)
        return YJ_OK;
    return yj_session_prove(db, c->who->session.id, yj_machine_now(), g->token, err);
}

/* People type blanks between the digits. */
static yj_span without_blanks(yj_call *c, yj_span s)
{
    char *to = yj_arena_strndup(c->rq->arena, s.len ? s.ptr : "", s.len);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        if (to[i] != ' ')
            to[n++] = to[i];
    return (yj_span){ to, n };
}

static yj_status read_code(yj_call *c, yj_error *err)
{
    signing *g = NULL;
    YJ_TRY(signing_new(c, &g, err));
    YJ_TRY(yj_call_text(c, "code", true, &g->password, err));
    g->password = without_blanks(c, g->password);
    g->code = true;
    snprintf(g->x.account, sizeof g->x.account, "%s", c->who->account.id);
    return yj_arena_status(c->rq->arena, err);
}

yj_status yj_api_sign_in_code(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_signs_in(c, err));
    YJ_TRY(yj_call_json(c, "code", err));
    if (!c->who || c->who->kind != YJ_CREDENTIAL_SESSION || c->who->session.stage != YJ_SESSION_SECOND)
        return yj_fail(err, YJ_E_STRANGER, "give your name and your password first");
    YJ_TRY(read_code(c, err));
    YJ_TRY(write(c, write_code, err));
    return tell_outcome(c, rp, err);
}

/* --- once more -------------------------------------------------------------------------------- */

static yj_status write_proved(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    signing *g = c->own;
    g->token[0] = '\0';
    YJ_TRY(yj_sign_in_end_as(c->server->desk, db, &g->x, c->who->account.id, yj_machine_now(), err));
    if (g->x.outcome != YJ_SIGN_IN_SECOND && g->x.outcome != YJ_SIGN_IN_DONE)
        return YJ_OK;
    g->x.outcome = YJ_SIGN_IN_DONE; /* the session has given its code before */
    return yj_session_prove(db, c->who->session.id, yj_machine_now(), g->token, err);
}

static yj_status prove(yj_call *c, yj_error *err)
{
    const signing *g = c->own;
    bool go = false;
    if (g->code)
        return write(c, write_code, err);
    YJ_TRY(check_password(c, &go, err));
    return go ? write(c, write_proved, err) : YJ_OK;
}

yj_status yj_api_prove(yj_call *c, yj_reply *rp, yj_error *err)
{
    signing *g = NULL;
    YJ_TRY(yj_call_json(c, "password code", err));
    if (json_object_get(c->json, "code")) {
        YJ_TRY(read_code(c, err));
        return yj_call_aside(c, prove, err);
    }
    YJ_TRY(signing_new(c, &g, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    g->name = yj_span_of(c->who->account.name);
    g->x.name = g->name;
    return yj_call_aside(c, prove, err);
}

/* --- out -------------------------------------------------------------------------------------- */

static yj_status write_out(yj_db *db, void *ctx, yj_error *err)
{
    const yj_call *c = ctx;
    yj_status s = yj_session_end(db, c->who->account.id, c->who->session.id, err);
    return s == YJ_E_NOT_FOUND ? YJ_OK : s;
}

yj_status yj_api_sign_out(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 204;
    YJ_TRY(yj_call_signs_in(c, err));
    if (c->who && c->who->kind == YJ_CREDENTIAL_SESSION) {
        YJ_TRY(write(c, write_out, err));
        yj_callers_forget(c->server->callers);
    }
    yj_give_session(c, rp, "");
    return YJ_OK;
}

/* --- choosing a password ---------------------------------------------------------------------- */

yj_status yj_api_set_up_look(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_span secret;
    yj_set_up x;
    YJ_TRY(yj_call_signs_in(c, err));
    YJ_TRY(yj_call_json(c, "secret", err));
    YJ_TRY(yj_call_text(c, "secret", true, &secret, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_set_up_find(c->db, secret, yj_machine_now(), &x, err));
    yj_call_wipe(c, "secret");
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "name", x.account.name);
    yj_jw_kbool(&w, "first", yj_set_up_is_first(&x.account));
    yj_show_time(&w, "expires", x.expires_ns);
    yj_jw_end_object(&w);
    return YJ_OK;
}

static yj_status write_set_up(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    signing *g = c->own;
    yj_account a;
    g->token[0] = '\0';
    YJ_TRY(yj_set_up_use(db, g->secret, g->name, g->hash, yj_machine_now(), g->set_up_account, err));
    YJ_TRY(yj_account_read(db, g->set_up_account, &a, err));
    /* whoever has the link does not yet have the second factor, where there is one */
    bool second = a.has_totp || (a.break_glass && a.recovery_left);
    return yj_begin_session(c, db, a.id, second ? YJ_SESSION_SECOND : YJ_SESSION_FULL, g->token, err);
}

static yj_status set_up_with(yj_call *c, yj_error *err)
{
    signing *g = c->own;
    yj_set_up x;
    const yj_password_options *o = &c->server->sign_in.password;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_set_up_find(c->db, g->secret, yj_machine_now(), &x, err));
    yj_call_db_done(c);
    if (g->name.len && !yj_set_up_is_first(&x.account)) {
        yj_fail(err, YJ_E_INVALID, "the name of this account is chosen already");
        return yj_error_at(err, "name");
    }
    yj_password_about about = { .name = g->name.len ? g->name : yj_span_of(x.account.name) };
    YJ_TRY(yj_call_about(c, x.account.id, &about, err));
    YJ_TRY(yj_password_check(o, g->password, &about, err));
    YJ_TRY(yj_password_hash(o, g->password, g->hash, err));
    return write(c, write_set_up, err);
}

yj_status yj_api_set_up(yj_call *c, yj_reply *rp, yj_error *err)
{
    signing *g = NULL;
    YJ_TRY(yj_call_signs_in(c, err));
    YJ_TRY(yj_call_json(c, "secret password name", err));
    YJ_TRY(signing_new(c, &g, err));
    YJ_TRY(yj_call_text(c, "secret", true, &g->secret, err));
    YJ_TRY(yj_call_text(c, "password", true, &g->password, err));
    YJ_TRY(yj_call_text(c, "name", false, &g->name, err));
    return yj_call_aside(c, set_up_with, err);
}

yj_status yj_api_set_up_done(yj_call *c, yj_reply *rp, yj_error *err)
{
    const signing *g = c->own;
    yj_call_wipe(c, "password");
    yj_call_wipe(c, "secret");
    if (err->code != YJ_OK)
        return err->code;
    YJ_TRY(yj_become(c, g->token, err));
    yj_give_session(c, rp, g->token);
    return yj_show_session(c, yj_span_of(g->token), rp, err);
}
