// SPDX-License-Identifier: Apache-2.0
/* Verdicts, the standing of an institution, what falls due, and why. */
#include "api/call.h"
#include "base/json.h"
#include "record/present.h"
#include "record/read.h"
#include "record/standing.h"
#include "record/start.h"

#define DUE_DAYS 90
#define TREND_POINTS 12

static yj_status name_index(const yj_named_text *list, size_t count, const yj_call *c, const char *param,
                            int *ret, yj_error *err)
{
    const char *v = yj_call_param(c, param);
    *ret = -1;
    for (size_t i = 0; v && i < count; i++)
        if (strcmp(list[i].id, v) == 0)
            *ret = (int)i;
    if (!v || *ret >= 0)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "the packs name no %s %.64s", param, v);
    return yj_error_at(err, "%s", param);
}

static yj_status find_requirement(const yj_call *c, const yj_requirement **ret, yj_error *err)
{
    const char *id = yj_call_param(c, "requirement");
    *ret = id ? yj_catalog_requirement(c->catalog, yj_span_of(id)) : NULL;
    if (!id || *ret)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "there is no requirement %.64s", id);
    return yj_error_at(err, "requirement");
}

/* The word for subjects that belong to no unit; no id is written like it. */
#define NO_UNIT "none"
/* What belongs to units, in an institution of many. */
#define SUBJECTS_BYTES_MAX ((size_t)512 << 20)

/* A unit stands for itself and for all along its paths; a subject among them for itself alone. Set as_of_seq
 * first. */
static yj_status read_unit(yj_call *c, yj_verdict_query *q, yj_arena *arena, yj_error *err)
{
    const char *unit = yj_call_param(c, "unit");
    const yj_kind *k = NULL;
    if (!unit)
        return YJ_OK;
    if (strcmp(unit, NO_UNIT) == 0)
        return yj_subjects_of_units(c->db, c->catalog, c->inst->inst, q->as_of_seq, arena, &q->outside,
                                    &q->outside_count, err);
    YJ_TRY(yj_record_kind(c->db, c->catalog, c->inst->inst, unit, &k, err));
    if (!k) {
        yj_fail(err, YJ_E_INVALID, "there is no record with the id %.64s in this institution", unit);
        return yj_error_at(err, "unit");
    }
    YJ_TRY(yj_subjects_along(c->db, c->catalog, c->inst->inst, k->index, unit, arena, &q->subjects,
                             &q->subject_count, err));
    bool among = !q->subject;
    for (size_t i = 0; !among && i < q->subject_count; i++)
        among = strcmp(q->subjects[i], q->subject) == 0;
    if (!among) {
        q->subject = NULL;
        q->subject_count = 0;
    }
    return YJ_OK;
}

/* The record itself, and every record that refers to it. */
static yj_status read_proof(yj_call *c, yj_verdict_query *q, yj_arena *arena, yj_error *err)
{
    const char *proof = yj_call_param(c, "proof");
    const yj_kind *k = NULL;
    if (!proof)
        return YJ_OK;
    YJ_TRY(yj_record_kind(c->db, c->catalog, c->inst->inst, proof, &k, err));
    if (!k) {
        yj_fail(err, YJ_E_INVALID, "there is no record with the id %.64s in this institution", proof);
        return yj_error_at(err, "proof");
    }
    return yj_resting_on(c->db, c->catalog, c->inst->inst, k, proof, arena, &q->resting_on,
                         &q->resting_on_count, err);
}

/* After yj_call_db(). @param arena of the subjects that it names */
static yj_status read_query(yj_call *c, yj_verdict_query *q, yj_arena *arena, yj_error *err)
{
    const yj_catalog *cat = c->catalog;
    const yj_requirement *r = NULL;
    const char *status = yj_call_param(c, "status");
    yj_verdict_status v;
    const char *remediation = yj_call_param(c, "remediation");
    yj_remedy remedy;
    *q = YJ_VERDICT_QUERY_ALL;
    q->zone = yj_engine_zone(c->server->engine);
    YJ_TRY(find_requirement(c, &r, err));
    q->requirement = r ? r->index : -1;
    q->subject = yj_call_param(c, "subject");
    q->clause = yj_call_param(c, "clause");
    q->due_until = yj_call_param(c, "due_until");
    YJ_TRY(name_index(cat->stages, cat->stage_count, c, "stage", &q->stage, err));
    YJ_TRY(name_index(cat->actors, cat->actor_count, c, "actor", &q->actor, err));
    YJ_TRY(name_index(cat->forces, cat->force_count, c, "force", &q->force, err));
    if (status && yj_verdict_by_name(yj_span_of(status), &v))
        q->status = (int)v;
    if (remediation && yj_remedy_by_name(yj_span_of(remediation), &remedy))
        q->remedy = (int)remedy;
    q->offset = (size_t)yj_call_int(c, "offset", 0);
    YJ_TRY(yj_call_as_of(c, c->inst->inst, &q->as_of_seq, err));
    YJ_TRY(read_unit(c, q, arena, err));
    return read_proof(c, q, arena, err);
}

/* The civil date that the answer is about. */
static yj_status read_day(yj_call *c, yj_date *ret, yj_error *err)
{
    const char *as_of = yj_call_param(c, "as_of");
    yj_engine_today(c->server->engine, ret);
    return as_of ? yj_as_of_day(c->db, c->inst->inst, yj_engine_zone(c->server->engine), as_of, ret, err)
                 : YJ_OK;
}

static yj_status new_arena(yj_arena **ret, yj_error *err)
{
    *ret = yj_arena_new(SUBJECTS_BYTES_MAX);
    return *ret ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

yj_status yj_api_verdicts(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_verdict_query q;
    yj_date day;
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    YJ_TRY(new_arena(&arena, err));
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(read_query(c, &q, arena, err));
    YJ_TRY(read_day(c, &day, err));
    q.limit = (size_t)yj_call_int(c, "limit", 50);
    return yj_present_verdicts(c->db, c->catalog, c->inst->inst, c->lang, &q, day.s, &rp->body, err);
}

yj_status yj_api_status(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_verdict_query q;
    yj_date day;
    uint64_t size = 0;
    const char *as_of = yj_call_param(c, "as_of");
    yj_auto(yj_buf_done) yj_buf note;
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    yj_buf_init(&note, 1u << 20);
    YJ_TRY(new_arena(&arena, err));
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(read_query(c, &q, arena, err));
    YJ_TRY(read_day(c, &day, err));
    q.limit = (size_t)yj_call_int(c, "limit", 0);
    yj_status s = yj_checkpoint_last(c->db, c->inst->inst, &note, &size, err);
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    const yj_status_head head = { .as_of = as_of ? as_of : day.s,
                                  .day = day.s,
                                  .lang = c->lang,
                                  .checkpoint = s == YJ_OK ? note.ptr : NULL,
                                  .simulated = yj_engine_simulated(c->server->engine) };
    return yj_present_status(c->db, c->catalog, c->inst->inst, &q, &head, &rp->body, err);
}

yj_status yj_api_standing(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date day;
    const char *as_of = yj_call_param(c, "as_of");
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(read_day(c, &day, err));
    yj_standing_query q = { .as_of = as_of ? as_of : day.s,
                            .day = day.s,
                            .zone = yj_engine_zone(c->server->engine),
                            .level = (int)yj_call_int(c, "level", 1),
                            .lang = c->lang };
    YJ_TRY(yj_call_as_of(c, c->inst->inst, &q.as_of_seq, err));
    return yj_present_standing(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_standing_requirements(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date day;
    yj_verdict_query of = YJ_VERDICT_QUERY_ALL;
    const char *as_of = yj_call_param(c, "as_of");
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    YJ_TRY(new_arena(&arena, err));
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(read_day(c, &day, err));
    YJ_TRY(yj_call_as_of(c, c->inst->inst, &of.as_of_seq, err));
    YJ_TRY(read_unit(c, &of, arena, err));
    const yj_standing_query q = { .as_of_seq = of.as_of_seq,
                                  .as_of = as_of ? as_of : day.s,
                                  .day = day.s,
                                  .zone = yj_engine_zone(c->server->engine) };
    return yj_present_standing_requirements(c->db, c->catalog, c->inst->inst, &of, &q, &rp->body, err);
}

yj_status yj_api_requirement_history(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *id = yj_call_segment(c, "id"), *only = yj_call_param(c, "only");
    const yj_requirement *r = yj_catalog_requirement(c->catalog, yj_span_of(id));
    yj_verdict_query of = YJ_VERDICT_QUERY_ALL;
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    YJ_TRY(new_arena(&arena, err));
    YJ_TRY(yj_call_institution(c, err));
    if (!r)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no requirement %.64s", id);
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_call_as_of(c, c->inst->inst, &of.as_of_seq, err));
    of.subject = yj_call_param(c, "subject");
    YJ_TRY(read_unit(c, &of, arena, err));
    const yj_change_query q = { .requirement = r->index,
                                .subjects = of.subject ? &of.subject : of.subjects,
                                .subject_count = of.subject ? 1 : of.subject_count,
                                .outside = of.outside,
                                .outside_count = of.outside_count,
                                .as_of_seq = of.as_of_seq,
                                .status_only = only != NULL,
                                .limit = (size_t)yj_call_int(c, "limit", 50),
                                .offset = (size_t)yj_call_int(c, "offset", 0) };
    return yj_present_changes(c->db, c->catalog, c->inst->inst, c->lang, &q,
                              yj_engine_zone(c->server->engine), &rp->body, err);
}

yj_status yj_api_trend(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date today;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_engine_today(c->server->engine, &today);
    const yj_trend_query q = { .from = yj_call_param(c, "from"),
                               .until = yj_call_param(c, "until"),
                               .today = today.s,
                               .zone = yj_engine_zone(c->server->engine),
                               .points = (size_t)yj_call_int(c, "points", TREND_POINTS) };
    return yj_present_trend(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_start(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    return yj_present_start(c->db, c->catalog, c->inst->inst, &w, err);
}

yj_status yj_api_due(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date today, until;
    const char *last = yj_call_param(c, "until");
    YJ_TRY(yj_call_institution(c, err));
    yj_engine_today(c->server->engine, &today);
    if (!last && !yj_date_add_days(today.s, DUE_DAYS, &until))
        until = today;
    YJ_TRY(yj_call_db(c, err));
    return yj_present_due(c->db, c->catalog, c->inst->inst, c->lang, today.s, last ? last : until.s,
                          &rp->body, err);
}

yj_status yj_api_explain(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_requirement *r = NULL;
    const char *subject = yj_call_param(c, "subject");
    int64_t seq = -1;
    yj_date day;
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(find_requirement(c, &r, err));
    if (!r || !subject) {
        yj_fail(err, YJ_E_INVALID, "parameters requirement and subject must be given");
        return yj_error_at(err, "%s", r ? "subject" : "requirement");
    }
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_call_as_of(c, c->inst->inst, &seq, err));
    YJ_TRY(read_day(c, &day, err));
    YJ_TRY(
        yj_record_find(c->db, c->catalog, c->inst->inst, &c->catalog->kinds[r->subject], subject, id, err));
    return yj_present_explain(c->db, c->catalog, c->inst->inst, c->lang, r, id, seq, day.s,
                              yj_engine_zone(c->server->engine), false, &rp->body, err);
}
