// SPDX-License-Identifier: Apache-2.0
/* What a server in which people sign in has besides: started, swept, stopped. */
#include "access/api_token.h"
#include "access/sender.h"
#include "api/call.h"
#include "base/log.h"

#define ASIDE_THREADS 2 /* passwords that are hashed at once: 64 MiB each */

static yj_status set_up_first(yj_db *db, void *ctx, yj_error *err)
{
    struct yj_server *s = ctx;
    return yj_set_up_first(db, yj_engine_operator(s->engine), yj_machine_now(), s->first_secret, err);
}

static yj_status open_seal(struct yj_server *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_buf_init(&path, 4096);
    yj_buf_fmt(&path, "%s/keys", yj_engine_data_dir(s->engine));
    YJ_TRY(yj_buf_status(&path, err));
    return yj_seal_open(path.ptr, &s->seal, err);
}

yj_status yj_sign_in_start(struct yj_server *s, const yj_server_options *o, yj_error *err)
{
    s->site.signs_in = true;
    if (o->sign_in)
        s->sign_in = *o->sign_in;
    if (o->session)
        s->session = *o->session;
    s->callers = yj_callers_new(s->engine, &s->session);
    if (!s->callers)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(open_seal(s, err));
    YJ_TRY(yj_sign_in_desk_new(&s->sign_in, s->seal, &s->desk, err));
    YJ_TRY(yj_oidc_new(&(yj_web_options){ 0 }, s->seal, &s->oidc, err));
    YJ_TRY(yj_workers_start(ASIDE_THREADS, "yj-aside", &s->asides, err));
    return yj_engine_write(s->engine, set_up_first, s, err);
}

static yj_status sweep_sign_in(yj_db *db, void *ctx, yj_error *err)
{
    const struct yj_server *s = ctx;
    int64_t now = yj_machine_now();
    YJ_TRY(yj_session_sweep(db, &s->session, now, err));
    YJ_TRY(yj_token_sweep(db, now, err));
    YJ_TRY(yj_pause_sweep(db, now, err));
    YJ_TRY(yj_set_up_sweep(db, now, err));
    return yj_sender_sweep(db, now, err);
}

void yj_sign_in_sweep(struct yj_server *s)
{
    yj_error err = { 0 };
    if (s->site.signs_in && yj_engine_write(s->engine, sweep_sign_in, s, &err) != YJ_OK)
        yj_log_error(YJ_LOG_WARN, "sweeping the tables of sign-in", &err);
}

void yj_sign_in_stop(struct yj_server *s)
{
    yj_workers_stop(s->asides);
    yj_oidc_free(s->oidc);
    yj_sign_in_desk_free(s->desk);
    yj_seal_free(s->seal);
    yj_callers_free(s->callers);
}

void yj_server_first_url(const yj_server *s, yj_buf *out)
{
    if (s->first_secret[0])
        yj_buf_fmt(out, "%s/p/set-up#%s", yj_server_reached(s), s->first_secret);
}
