// SPDX-License-Identifier: Apache-2.0
/*
 * May the acting person (header Yunjian-Person), and why not.
 *
 *   GET /institutions/INST/may?kind=K        creating and changing records of the kind, each transition
 *   GET /institutions/INST/may?kind=K&id=R   the same for one record, as it is now
 *   GET /institutions/INST/may/kinds         which kinds he may create
 */
#include "access/may.h"
#include "api/call.h"
#include "base/json.h"
#include "record/read.h"

yj_status yj_call_actor(yj_call *c, yj_actor *ret, yj_error *err)
{
    yj_date today;
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_engine_today(c->server->engine, &today);
    bool all = strcmp(c->person, yj_engine_operator(c->server->engine)) == 0;
    return yj_actor_read(c->db, c->catalog, c->inst->inst, c->person, all, &today, c->rq->arena, ret, err);
}

/* --- one kind, one record ---------------------------------------------------------------------------------
 */

typedef struct asking {
    yj_call *c;
    const yj_kind *k;
    yj_actor actor;
    const yj_may_record *record; /* NULL: any */
    yj_jw w;
} asking;

static void write_why(yj_jw *w, const yj_may *may)
{
    yj_jw_key(w, "why");
    if (may->allowed) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", yj_error_text(&may->why, YJ_LANG_ZH));
    yj_jw_kstr(w, "en", yj_error_text(&may->why, YJ_LANG_EN));
    yj_jw_end_object(w);
}

static void write_person_ref(asking *a, const char *id, const char *name)
{
    yj_jw_object(&a->w);
    yj_jw_kstr(&a->w, "kind", a->c->catalog->kinds[a->c->catalog->access.person].name);
    yj_jw_kstr(&a->w, "id", id);
    yj_jw_kstr(&a->w, "name", name);
    yj_jw_end_object(&a->w);
}

/* As whose deputy. */
static void write_for_whom(asking *a, const char *id)
{
    yj_jw_key(&a->w, "for");
    for (size_t i = 0; id && i < a->actor.for_count; i++) {
        if (strcmp(a->actor.for_whom[i].id, id) == 0) {
            write_person_ref(a, id, a->actor.for_whom[i].name);
            return;
        }
    }
    yj_jw_null(&a->w);
}

/* The members of a May: allowed, as whose deputy, why not, and where it is the person who lacks it, who has
 * it. */
static yj_status write_may(asking *a, yj_act act, int transition, yj_error *err)
{
    yj_may may;
    yj_may_person who[YJ_MAY_WHO_MAX];
    size_t count = 0;
    const yj_may_record *r = act == YJ_ACT_CREATE ? NULL : a->record;
    yj_may_do(a->c->catalog, &a->actor, a->k, act, transition, r, &may);
    if (!may.allowed && may.why.code == YJ_E_FORBIDDEN)
        YJ_TRY(yj_may_who(a->c->db, a->c->catalog, a->c->inst->inst, a->k, act, transition, r, who, &count,
                          err));
    yj_jw_kbool(&a->w, "allowed", may.allowed);
    write_why(&a->w, &may);
    yj_jw_key(&a->w, "who");
    yj_jw_array(&a->w);
    for (size_t i = 0; i < count; i++)
        write_person_ref(a, who[i].id, who[i].name);
    yj_jw_end_array(&a->w);
    write_for_whom(a, may.for_whom);
    return YJ_OK;
}

static yj_status write_one(asking *a, const char *key, yj_act act, yj_error *err)
{
    yj_jw_key(&a->w, key);
    yj_jw_object(&a->w);
    YJ_TRY(write_may(a, act, -1, err));
    yj_jw_end_object(&a->w);
    return YJ_OK;
}

static yj_status write_transitions(asking *a, yj_error *err)
{
    yj_jw_key(&a->w, "transitions");
    yj_jw_array(&a->w);
    for (size_t i = 0; i < a->k->transition_count; i++) {
        const yj_transition *t = &a->k->transitions[i];
        bool starts =
            !a->record || (a->record->state >= 0 && !a->record->erased && t->from >> a->record->state & 1U);
        if (!starts)
            continue;
        yj_jw_object(&a->w);
        yj_jw_kstr(&a->w, "transition", t->id);
        YJ_TRY(write_may(a, YJ_ACT_MOVE, (int)i, err));
        yj_jw_end_object(&a->w);
    }
    yj_jw_end_array(&a->w);
    return YJ_OK;
}

static void write_person(asking *a)
{
    const yj_catalog *c = a->c->catalog;
    yj_jw_key(&a->w, "person");
    if (c->access.person < 0) {
        yj_jw_null(&a->w);
        return;
    }
    write_person_ref(a, a->actor.id, a->actor.name);
}

static yj_status asked_kind(const yj_call *c, const yj_kind **ret, yj_error *err)
{
    const char *name = yj_call_param(c, "kind");
    *ret = name ? yj_catalog_kind(c->catalog, yj_span_of(name)) : NULL;
    if (*ret)
        return YJ_OK;
    if (name)
        yj_fail(err, YJ_E_NOT_FOUND, "there is no kind of record named %.64s", name);
    else
        yj_fail(err, YJ_E_INVALID, "parameter kind must name the kind of record");
    return yj_error_at(err, "kind");
}

static yj_status asked_record(asking *a, yj_may_record *room, yj_error *err)
{
    const char *ref = yj_call_param(a->c, "id");
    char id[YJ_UUID_LEN + 1];
    if (!ref)
        return YJ_OK;
    int64_t inst = a->k->installation ? YJ_INST_INSTALLATION : a->c->inst->inst;
    YJ_TRY(yj_record_find(a->c->db, a->c->catalog, inst, a->k, ref, id, err));
    YJ_TRY(yj_may_record_read(a->c->db, a->c->catalog, inst, a->k, id, a->c->rq->arena, room, err));
    a->record = room;
    return YJ_OK;
}

yj_status yj_api_may(yj_call *c, yj_reply *rp, yj_error *err)
{
    asking a = { .c = c };
    yj_may_record room;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(asked_kind(c, &a.k, err));
    YJ_TRY(yj_call_actor(c, &a.actor, err));
    YJ_TRY(asked_record(&a, &room, err));
    yj_jw_init(&a.w, &rp->body);
    yj_jw_object(&a.w);
    write_person(&a);
    yj_jw_kbool(&a.w, "operator", a.actor.all);
    yj_jw_kstr(&a.w, "kind", a.k->name);
    YJ_TRY(write_one(&a, "create", YJ_ACT_CREATE, err));
    if (a.record) {
        YJ_TRY(write_one(&a, "change", YJ_ACT_CHANGE, err));
    } else {
        yj_jw_key(&a.w, "change");
        yj_jw_null(&a.w);
    }
    YJ_TRY(write_transitions(&a, err));
    yj_jw_end_object(&a.w);
    return YJ_OK;
}

/* --- all kinds --------------------------------------------------------------------------------------------
 */

yj_status yj_api_may_kinds(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_actor actor;
    yj_jw w;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_actor(c, &actor, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < c->catalog->kind_count; i++) {
        yj_may may;
        yj_may_do(c->catalog, &actor, &c->catalog->kinds[i], YJ_ACT_CREATE, -1, NULL, &may);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", c->catalog->kinds[i].name);
        yj_jw_kbool(&w, "create", may.allowed);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}
