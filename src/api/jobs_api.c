// SPDX-License-Identifier: Apache-2.0
/* Long work: asking for it, seeing how far it is, stopping it. */
#include "access/may.h"
#include "api/admit.h"
#include "api/call.h"
#include "job/job.h"

#define THREADS_WITH_PLACES 3 /* one of them never has an instrument's work */

/* What this server can do; others are added here. */
const yj_job_work *const yj_api_works[] = { &yj_work_import, &yj_work_verify, &yj_work_compare,
                                            &yj_work_scan,   &yj_work_wipe,   NULL };

static void on_news(void *ctx, int64_t inst, yj_span json)
{
    yj_hub_tell(ctx, inst, "job", json);
}

yj_status yj_api_jobs_start(struct yj_server *s, yj_error *err)
{
    yj_jobs_options o = { .works = yj_api_works,
                          .work_count = YJ_COUNT(yj_api_works) - 1,
                          .ground = &s->ground,
                          .threads = s->ground.key ? THREADS_WITH_PLACES : 0,
                          .news = on_news,
                          .ctx = s->hub };
    return yj_jobs_start(s->engine, &o, &s->jobs, err);
}

static void tell_misses(yj_call *c, yj_status s, const yj_buf *misses)
{
    if (s != YJ_E_GATE || !misses->len)
        return;
    c->extra = "misses";
    c->extra_json = yj_arena_strndup(c->rq->arena, misses->ptr, misses->len);
}

yj_status yj_api_job_order(yj_call *c, const yj_job_order *o, yj_reply *rp, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    yj_auto(yj_buf_done) yj_buf misses;
    yj_job_order whole = *o;
    yj_buf_init(&misses, YJ_JOB_RESULT_MAX);
    whole.misses = &misses;
    whole.lang = c->lang;
    yj_call_db_done(c);
    yj_status s = yj_jobs_add(c->server->jobs, &whole, id, err);
    tell_misses(c, s, &misses);
    YJ_TRY(s);
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_job_show(c->server->jobs, c->db, c->catalog, c->inst->inst, id, &rp->body, err));
    rp->status = 202;
    yj_reply_header(c, rp, "Location",
                    yj_arena_fmt(c->rq->arena, "/api/v1/institutions/%s/jobs/%s", c->inst->id, id));
    return YJ_OK;
}

/* What cannot be undone is for people who have just proved who they are: no token, and no server that is
 * open, where everybody is whom he says. */
static yj_status is_certain(const yj_call *c, yj_error *err)
{
    if (!c->who || c->who->kind != YJ_CREDENTIAL_SESSION)
        return yj_fail(err, YJ_E_FORBIDDEN, "this is for people who have signed in themselves");
    if (c->who->operator_) /* whoever he is here as well: he alone could make himself the second person */
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "two people of the institution are needed; the operator is neither");
    return yj_admit_proved(c, err);
}

static yj_status may_order(yj_call *c, const yj_job_work *work, yj_error *err)
{
    yj_actor actor;
    yj_may may;
    if (!work->guarded)
        return YJ_OK;
    YJ_TRY(yj_call_actor(c, &actor, err));
    yj_may_order(c->catalog, &actor, work->name, &may);
    if (may.allowed)
        return YJ_OK;
    *err = may.why;
    return may.why.code;
}

/* {"work":...} and, beside it, what the work takes. */
yj_status yj_api_job_create(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_json_parse(c->rq->body, YJ_JOB_INPUT_MAX, &c->json, err));
    const json_t *name = json_object_get(c->json, "work");
    const char *text = json_string_value(name);
    const yj_job_work *work = text ? yj_jobs_work(c->server->jobs, text) : NULL;
    if (!work) {
        yj_fail(err, YJ_E_INVALID, "member work must name a work, such as verify");
        return yj_error_at(err, "work");
    }
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(may_order(c, work, err));
    if (work->witnessed)
        YJ_TRY(is_certain(c, err));
    json_object_del(c->json, "work");
    return yj_api_job_order(
        c, &(yj_job_order){ .inst = c->inst->inst, .by = c->person, .work = work->name, .input = c->json },
        rp, err);
}

yj_status yj_api_jobs(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_job_list(c->server->jobs, c->db, c->catalog, c->inst->inst, yj_call_param(c, "state"),
                       yj_call_param(c, "before"), (size_t)yj_call_int(c, "limit", 50), &rp->body, err);
}

yj_status yj_api_job(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_job_show(c->server->jobs, c->db, c->catalog, c->inst->inst, yj_call_segment(c, "id"), &rp->body,
                       err);
}

/* An account may stand for several people: it is no second one for any of them, nor for whom it stood until
 * a membership was over. */
static bool stands_for(void *ctx, const char *person)
{
    const yj_call *c = ctx;
    const yj_caller *who = c->who;
    for (size_t i = 0; i < who->lapsed_count; i++)
        if (who->lapsed[i].inst == c->inst->inst && strcmp(who->lapsed[i].person, person) == 0)
            return true;
    return yj_caller_is(who, c->inst->inst, person);
}

yj_status yj_api_job_witness(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf misses;
    yj_buf_init(&misses, YJ_JOB_RESULT_MAX);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(is_certain(c, err));
    yj_call_db_done(c);
    yj_status s = yj_jobs_confirm(c->server->jobs,
                                  &(yj_job_confirmation){ .inst = c->inst->inst,
                                                          .id = yj_call_segment(c, "id"),
                                                          .by = c->person,
                                                          .is_same = stands_for,
                                                          .ctx = c,
                                                          .misses = &misses,
                                                          .lang = c->lang },
                                  err);
    tell_misses(c, s, &misses);
    YJ_TRY(s);
    return yj_api_job(c, rp, err);
}

/* Half a medium wiped proves nothing and is of no use: what takes two people is stopped by those who could
 * have been one of them. */
static yj_status may_cancel(yj_call *c, yj_error *err)
{
    yj_job_people of;
    yj_actor actor;
    yj_may order, witness;
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_job_people_read(c->db, c->inst->inst, yj_call_segment(c, "id"), &of, err));
    const yj_job_work *work = yj_jobs_work(c->server->jobs, of.work);
    if (!work || !work->witnessed)
        return YJ_OK;
    YJ_TRY(yj_call_actor(c, &actor, err));
    if (strcmp(actor.id, of.by) == 0 || strcmp(actor.id, of.witness) == 0)
        return YJ_OK;
    yj_may_order(c->catalog, &actor, work->name, &order);
    yj_may_witness(c->catalog, &actor, work->name, &witness);
    if (order.allowed || witness.allowed)
        return YJ_OK;
    *err = order.why;
    return order.why.code;
}

yj_status yj_api_job_cancel(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(may_cancel(c, err));
    yj_call_db_done(c);
    YJ_TRY(yj_jobs_cancel(c->server->jobs, c->inst->inst, yj_call_segment(c, "id"), err));
    return yj_api_job(c, rp, err);
}
