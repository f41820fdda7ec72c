// SPDX-License-Identifier: Apache-2.0
/*
 * Overseeing (record/oversight.h, record/reading.h).
 *
 *   GET /institutions/INST/supervised   a regulator: those it is tied with, and how they stand
 *   GET /institutions/INST/readings     who has read what of INST
 *   GET /institutions/INST/inspectors   who may read it today
 */
#include "access/may.h"
#include "api/call.h"
#include "api/inspect.h"
#include "record/reading.h"

/* Who enters scopes sees whom they can be for; others see what they may read. */
static yj_status sees_all(yj_call *c, bool *ret, yj_error *err)
{
    yj_actor actor;
    yj_may may;
    yj_date today;
    int scope = c->catalog->exchange.scope.kind;
    *ret = strcmp(c->person, yj_engine_operator(c->server->engine)) == 0;
    if (*ret || scope < 0)
        return YJ_OK;
    yj_engine_today(c->server->engine, &today);
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(
        yj_actor_read(c->db, c->catalog, c->inst->inst, c->person, false, &today, c->rq->arena, &actor, err));
    yj_may_do(c->catalog, &actor, &c->catalog->kinds[scope], YJ_ACT_CREATE, -1, NULL, &may);
    *ret = may.allowed;
    return YJ_OK;
}

yj_status yj_api_supervised(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *sort = yj_call_param(c, "sort");
    const int64_t *read = NULL;
    size_t count = 0;
    yj_supervised_query q = { .q = yj_call_param(c, "q"),
                              .worst = sort && strcmp(sort, "unmet") == 0,
                              .limit = (size_t)yj_call_int(c, "limit", 50),
                              .after = yj_call_param(c, "after"),
                              .lang = c->lang };
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(sees_all(c, &q.all, err));
    q.person = c->person;
    yj_call_db_done(c);
    YJ_TRY(yj_supervised_list(c->server->engine, c->inst->inst, &q, &rp->body, c->rq->arena, &read, &count,
                              err));
    return yj_inspect_note_each(c, c->inst->inst, c->person, read, count, "standing", "supervised", err);
}

yj_status yj_api_readings(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    const yj_readings_query q = { .before = yj_call_int(c, "after", -1),
                                  .limit = (size_t)yj_call_int(c, "limit", 50),
                                  .inspector = yj_call_param(c, "inspector"),
                                  .from = yj_call_param(c, "from"),
                                  .until = yj_call_param(c, "until"),
                                  .zone = yj_engine_zone(c->server->engine),
                                  .lang = c->lang };
    return yj_readings_list(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_inspectors(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date today;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_engine_today(c->server->engine, &today);
    return yj_inspectors_list(c->db, c->catalog, c->inst->inst, &today, c->lang, &rp->body, err);
}
