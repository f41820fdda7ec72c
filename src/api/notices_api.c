// SPDX-License-Identifier: Apache-2.0
/*
 * What the acting person has been told, and how that is done.
 *
 *   GET  /institutions/INST/inbox             the person's own, newest first
 *   GET  /institutions/INST/inbox/counts
 *   POST /institutions/INST/inbox/marks       {"mark":"read|unread|done|open","ids":[...]}; no ids: all
 *   GET, PUT /institutions/INST/inbox/preferences
 *   GET, POST /institutions/INST/channels; PATCH, DELETE .../ID; POST .../ID/test
 *   GET  /institutions/INST/deliveries; POST .../ID/again
 *   GET  /institutions/INST/calendar.ics
 *
 * Channels and deliveries are for those whom the packs name (notices.yaml, `channels`), and the operator.
 */
#include "access/may.h"
#include "api/call.h"
#include "notice/calendar.h"
#include "notice/ical.h"
#include "notice/inbox.h"
#include "notice/outbox.h"
#include "notice/post.h"
#include "notice/preference.h"
#include <stdio.h>

static yj_status begin(yj_call *c, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    return yj_call_db(c, err);
}

/* Those listening to the institution look for themselves whether it is they. */
static void on_news(void *ctx, int64_t inst)
{
    yj_hub_tell(ctx, inst, "inbox", YJ_SPAN("{}"));
}

yj_status yj_api_notices_start(struct yj_server *s, yj_error *err)
{
    return yj_post_start(s->engine, &(yj_post_options){ .news = on_news, .ctx = s->hub }, &s->post, err);
}

/* --- the inbox --------------------------------------------------------------------------------------------
 */

yj_status yj_api_inbox(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *show = yj_call_param(c, "show");
    YJ_TRY(begin(c, err));
    return yj_inbox_list(c->db, c->catalog, c->inst->inst, c->person, show ? show : "open",
                         yj_call_param(c, "news"), yj_call_param(c, "before"),
                         (size_t)yj_call_int(c, "limit", 50), c->lang, &rp->body, err);
}

yj_status yj_api_inbox_counts(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(begin(c, err));
    return yj_inbox_counts(c->db, c->inst->inst, c->person, &rp->body, err);
}

typedef struct marking {
    yj_call *c;
    yj_inbox_mark mark;
    const json_t *ids; /* NULL: all */
} marking;

static yj_status run_mark(yj_db *db, void *ctx, yj_error *err)
{
    const marking *m = ctx;
    const int64_t now = yj_engine_now(m->c->server->engine);
    if (!m->ids)
        return yj_inbox_set(db, m->c->inst->inst, m->c->person, NULL, m->mark, now, NULL, err);
    for (size_t i = 0; i < json_array_size(m->ids); i++)
        YJ_TRY(yj_inbox_set(db, m->c->inst->inst, m->c->person, json_string_value(json_array_get(m->ids, i)),
                            m->mark, now, NULL, err));
    return YJ_OK;
}

static bool ids_fit(const json_t *ids)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *s = json_string_value(json_array_get(ids, i));
        if (!s || !s[0])
            return false;
    }
    return !ids || (json_is_array(ids) && json_array_size(ids) <= YJ_INBOX_IDS_MAX);
}

yj_status yj_api_inbox_mark(yj_call *c, yj_reply *rp, yj_error *err)
{
    marking m = { .c = c };
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(yj_call_json(c, "mark ids", err));
    if (!yj_inbox_mark_by_name(json_string_value(json_object_get(c->json, "mark")), &m.mark)) {
        yj_fail(err, YJ_E_INVALID, "member %s cannot have this value", "mark");
        return yj_error_at(err, "mark");
    }
    m.ids = json_object_get(c->json, "ids");
    if (!ids_fit(m.ids)) {
        yj_fail(err, YJ_E_INVALID, "member %s cannot have this value", "ids");
        return yj_error_at(err, "ids");
    }
    yj_call_db_done(c);
    YJ_TRY(yj_engine_write(c->server->engine, run_mark, &m, err));
    yj_hub_tell(c->server->hub, c->inst->inst, "inbox", YJ_SPAN("{}"));
    YJ_TRY(yj_call_db(c, err));
    return yj_inbox_counts(c->db, c->inst->inst, c->person, &rp->body, err);
}

/* --- who may ----------------------------------------------------------------------------------------------
 */

/* The institution's own; what is the installation's is for its operator. */
static yj_status may_set_up(yj_call *c, bool *ret, yj_error *err)
{
    yj_actor a;
    yj_date today;
    yj_engine_today(c->server->engine, &today);
    bool all = strcmp(c->person, yj_engine_operator(c->server->engine)) == 0;
    YJ_TRY(yj_actor_read(c->db, c->catalog, c->inst->inst, c->person, all, &today, c->rq->arena, &a, err));
    *ret = a.all ||
           (c->inst->inst != YJ_INST_INSTALLATION && a.active && (a.roles & c->catalog->notices.channels));
    return YJ_OK;
}

static yj_status begin_set_up(yj_call *c, yj_error *err)
{
    bool may = false;
    YJ_TRY(begin(c, err));
    YJ_TRY(may_set_up(c, &may, err));
    return may ? YJ_OK : yj_fail(err, YJ_E_FORBIDDEN, "channels are set up by the administrator");
}

/* --- preferences ------------------------------------------------------------------------------------------
 */

static yj_status show_preference(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_preference p;
    yj_jw w;
    char relay[YJ_UUID_LEN + 1], domain[YJ_MAIL_DOMAIN_MAX + 1];
    bool may = false;
    YJ_TRY(yj_preference_read(c->db, c->catalog, c->inst->inst, c->person, &p, err));
    YJ_TRY(yj_channel_for_mail(c->db, c->inst->inst, relay, domain, err));
    YJ_TRY(may_set_up(c, &may, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_preference_write(&p, &w);
    yj_jw_kbool(&w, "relay", relay[0] != '\0');
    yj_jw_kbool(&w, "channels", may);
    yj_jw_end_object(&w);
    return yj_buf_status(&rp->body, err);
}

yj_status yj_api_preference(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(begin(c, err));
    return show_preference(c, rp, err);
}

typedef struct preferring {
    yj_call *c;
    yj_preference p;
} preferring;

static yj_status run_prefer(yj_db *db, void *ctx, yj_error *err)
{
    const preferring *x = ctx;
    return yj_preference_keep(db, x->c->inst->inst, x->c->person, &x->p, err);
}

yj_status yj_api_preference_put(yj_call *c, yj_reply *rp, yj_error *err)
{
    preferring x = { .c = c };
    YJ_TRY(begin(c, err));
    YJ_TRY(yj_call_json(c, YJ_PREFERENCE_MEMBERS, err));
    YJ_TRY(yj_preference_read(c->db, c->catalog, c->inst->inst, c->person, &x.p, err));
    YJ_TRY(yj_preference_take(c->json, &x.p, err));
    yj_call_db_done(c);
    YJ_TRY(yj_engine_write(c->server->engine, run_prefer, &x, err));
    YJ_TRY(yj_call_db(c, err));
    return show_preference(c, rp, err);
}

/* --- channels ---------------------------------------------------------------------------------------------
 */

static int64_t wall_ns(void)
{
    return yj_clock_system().now_ns(NULL);
}

yj_status yj_api_channels(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(begin_set_up(c, err));
    return yj_channel_list(c->db, c->inst->inst, NULL, wall_ns(), &rp->body, err);
}

typedef struct setting_up {
    yj_call *c;
    char id[YJ_UUID_LEN + 1];
} setting_up;

static yj_status run_put(yj_db *db, void *ctx, yj_error *err)
{
    setting_up *x = ctx;
    return yj_channel_put(db, yj_post_seal(x->c->server->post), x->c->inst->inst, x->c->json, wall_ns(),
                          x->id, err);
}

static yj_status put_channel(yj_call *c, const char *id, yj_reply *rp, yj_error *err)
{
    setting_up x = { .c = c };
    snprintf(x.id, sizeof x.id, "%s", id);
    YJ_TRY(begin_set_up(c, err));
    YJ_TRY(yj_call_json(c, YJ_CHANNEL_MEMBERS, err));
    yj_call_db_done(c);
    YJ_TRY(yj_engine_write(c->server->engine, run_put, &x, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_channel_list(c->db, c->inst->inst, x.id, wall_ns(), &rp->body, err);
}

yj_status yj_api_channel_new(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 201;
    return put_channel(c, "", rp, err);
}

static yj_status channel_id(const yj_call *c, const char **ret, yj_error *err)
{
    *ret = yj_call_segment(c, "id");
    return strlen(*ret) == YJ_UUID_LEN ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
}

yj_status yj_api_channel_change(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *id;
    YJ_TRY(channel_id(c, &id, err));
    return put_channel(c, id, rp, err);
}

static yj_status run_remove(yj_db *db, void *ctx, yj_error *err)
{
    const setting_up *x = ctx;
    return yj_channel_remove(db, x->c->inst->inst, x->id, err);
}

/* What is done to one channel in a write, and answers with nothing. */
static yj_status do_to_channel(yj_call *c, yj_reply *rp, yj_status (*run)(yj_db *, void *, yj_error *),
                               yj_error *err)
{
    setting_up x = { .c = c };
    const char *id;
    YJ_TRY(channel_id(c, &id, err));
    snprintf(x.id, sizeof x.id, "%s", id);
    YJ_TRY(begin_set_up(c, err));
    yj_call_db_done(c);
    rp->status = 204;
    return yj_engine_write(c->server->engine, run, &x, err);
}

yj_status yj_api_channel_remove(yj_call *c, yj_reply *rp, yj_error *err)
{
    return do_to_channel(c, rp, run_remove, err);
}

static yj_status run_channel_again(yj_db *db, void *ctx, yj_error *err)
{
    const setting_up *x = ctx;
    return yj_channel_again(db, x->c->inst->inst, x->id, wall_ns(), err);
}

yj_status yj_api_channel_again(yj_call *c, yj_reply *rp, yj_error *err)
{
    return do_to_channel(c, rp, run_channel_again, err);
}

static void write_outcome(const yj_outcome *o, yj_jw *w)
{
    static const char *const names[YJ_SENT_COUNT_] = { "later", "accepted", "refused" };
    yj_jw_object(w);
    yj_jw_kstr(w, "outcome", names[o->is]);
    yj_jw_key(w, "error");
    if (o->is == YJ_SENT_ACCEPTED) {
        yj_jw_null(w);
    } else {
        yj_jw_object(w);
        yj_jw_kstr(w, "code", yj_status_slug(o->why.code));
        yj_jw_key(w, "message");
        yj_jw_object(w);
        yj_jw_kstr(w, "zh", yj_error_text(&o->why, YJ_LANG_ZH));
        yj_jw_kstr(w, "en", yj_error_text(&o->why, YJ_LANG_EN));
        yj_jw_end_object(w);
        yj_jw_end_object(w);
    }
    yj_jw_end_object(w);
}

yj_status yj_api_channel_test(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *id;
    yj_outcome o;
    yj_jw w;
    YJ_TRY(channel_id(c, &id, err));
    YJ_TRY(begin_set_up(c, err));
    YJ_TRY(yj_call_json(c, "to", err));
    yj_call_db_done(c);
    YJ_TRY(yj_post_test(c->server->post, c->inst->inst, id, json_string_value(json_object_get(c->json, "to")),
                        c->lang, &o, err));
    yj_jw_init(&w, &rp->body);
    write_outcome(&o, &w);
    return yj_buf_status(&rp->body, err);
}

/* --- deliveries -------------------------------------------------------------------------------------------
 */

yj_status yj_api_deliveries(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(begin_set_up(c, err));
    return yj_outbox_list(c->db, c->inst->inst, yj_call_param(c, "state"), yj_call_param(c, "channel"),
                          yj_call_param(c, "before"), (size_t)yj_call_int(c, "limit", 50), &rp->body, err);
}

static yj_status run_again(yj_db *db, void *ctx, yj_error *err)
{
    yj_call *c = ctx;
    return yj_outbox_again(db, c->inst->inst, yj_call_segment(c, "id"), wall_ns(), err);
}

yj_status yj_api_delivery_again(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(begin_set_up(c, err));
    yj_call_db_done(c);
    rp->status = 204;
    return yj_engine_write(c->server->engine, run_again, c, err);
}

/* --- the calendar -----------------------------------------------------------------------------------------
 */

yj_status yj_api_calendar(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date today;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_engine_today(c->server->engine, &today);
    rp->type = YJ_ICAL_TYPE;
    return yj_calendar_write(c->db, c->catalog, c->inst->inst, c->inst->id, today.s,
                             yj_engine_now(c->server->engine), c->lang, &rp->body, err);
}
