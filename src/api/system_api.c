// SPDX-License-Identifier: Apache-2.0
/* The server itself: health, metrics, document; institutions. */
#include "api/call.h"
#include "base/json.h"
#include "record/present.h"
#include <stdlib.h>

yj_status yj_api_health(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_engine *e = c->server->engine;
    yj_engine_stats st;
    char now[31];
    bool row = false;
    /* the store answers, or this fails */
    YJ_TRY(yj_call_db(c, err));
    yj_auto(yj_stmt_donep) yj_stmt *q = NULL;
    YJ_TRY(yj_db_prepare(c->db, "SELECT count(*) FROM ledger", &q, err));
    YJ_TRY(yj_stmt_step(q, &row, err));
    yj_engine_stats_read(e, &st);
    yj_time_format(yj_engine_now(e), now);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "status", "ok");
    yj_jw_kstr(&w, "time", now);
    yj_jw_kbool(&w, "simulated_clock", yj_engine_simulated(e));
    if (!c->server->site.signs_in || c->who) { /* a stranger learns that it lives */
        yj_jw_ki64(&w, "ledgers", yj_col_i64(q, 0));
        yj_jw_ki64(&w, "queue_depth", (int64_t)st.queue_depth);
        yj_jw_ki64(&w, "judge_lag_ms", st.judge_lag_ns / 1000000);
    }
    yj_jw_end_object(&w);
    return YJ_OK;
}

yj_status yj_api_metrics(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->type = "text/plain; version=0.0.4; charset=utf-8";
    yj_metrics_write(c->server, &rp->body);
    return YJ_OK;
}

yj_status yj_api_openapi(yj_call *c, yj_reply *rp, yj_error *err)
{
    return yj_openapi_write(c->catalog, c->lang, &rp->body, err);
}

/* --- institutions -----------------------------------------------------------------------------------------
 */

static void write_institution(yj_jw *w, const yj_institution *i)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "id", i->id);
    yj_jw_kstr(w, "code", i->code);
    yj_jw_kstr(w, "name", i->name);
    yj_jw_kstr(w, "origin", i->origin);
    yj_jw_ki64(w, "size", (int64_t)i->size);
    yj_jw_end_object(w);
}

static const yj_institution *find_of(const yj_institution *list, size_t n, int64_t inst)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].inst == inst)
            return &list[i];
    return NULL;
}

/* One whose records who asks may read as an inspector, for whom, and by what. */
static void write_inspected(yj_jw *w, const yj_inspected *x, const yj_institution *list, size_t n)
{
    const yj_institution *i = find_of(list, n, x->inst), *by = find_of(list, n, x->party);
    if (!i || !by)
        return;
    yj_jw_object(w);
    yj_jw_key(w, "institution");
    yj_present_institution(w, yj_span_of(i->id), yj_span_of(i->code), yj_span_of(i->name));
    yj_jw_kstr(w, "regulator", by->id);
    yj_jw_kstr(w, "person", x->person);
    yj_jw_kstr(w, "scope", x->scope);
    yj_jw_kstr(w, "since", x->since);
    yj_jw_kstr(w, "until", x->until);
    yj_jw_end_object(w);
}

static void free_list(yj_institution **p)
{
    free(*p);
}

yj_status yj_api_institutions(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_auto(free_list) yj_institution *list = NULL;
    size_t n = 0;
    YJ_TRY(yj_institution_list(c->server->engine, &list, &n, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        if (!c->who || yj_caller_member(c->who, list[i].inst))
            write_institution(&w, &list[i]);
    yj_jw_end_array(&w);
    yj_jw_key(&w, "inspected");
    yj_jw_array(&w);
    for (size_t i = 0; c->who && i < c->who->inspected_count; i++)
        if (!yj_caller_member(c->who, c->who->inspected[i].inst))
            write_inspected(&w, &c->who->inspected[i], list, n);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

yj_status yj_api_institution(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_jw w;
    YJ_TRY(yj_call_institution(c, err));
    yj_jw_init(&w, &rp->body);
    write_institution(&w, c->inst);
    return YJ_OK;
}

yj_status yj_api_institution_open(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, YJ_SPAN("institution"));
    yj_institution made;
    YJ_TRY(yj_call_json(c, "fields", err));
    const json_t *fields = json_object_get(c->json, "fields");
    if (!json_is_object(fields)) {
        yj_fail(err, YJ_E_INVALID, "member fields must be an object of field names and values");
        return yj_error_at(err, "fields");
    }
    if (k)
        YJ_TRY(yj_fields_check(c->catalog, k, fields, err));
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    YJ_TRY(yj_institution_open(c->server->engine, fields, c->person, &made, err));
    (void)yj_tallies_grew(c->server->tallies, made.inst, made.size);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    write_institution(&w, &made);
    rp->status = 201;
    yj_reply_header(c, rp, "Location", yj_arena_fmt(c->rq->arena, "/api/v1/institutions/%s", made.id));
    return YJ_OK;
}
