// SPDX-License-Identifier: Apache-2.0
/* What handlers ask for: parts of the request, the institution, a reader, the body, the acting person. */
#include "api/dispatch.h"
#include "api/param.h"
#include "base/json.h"
#include "record/read.h"
#include <assert.h>
#include <stdio.h>

const char *yj_call_segment(const yj_call *c, const char *name)
{
    int i = yj_route_segment(c->route, name);
    assert(i >= 0);
    return c->segment[i];
}

const char *yj_call_param(const yj_call *c, const char *name)
{
    for (size_t i = 0; c->route->params[i].name; i++)
        if (strcmp(c->route->params[i].name, name) == 0)
            return c->param[i];
    assert(false); /* the route has no such parameter */
    return NULL;
}

int64_t yj_call_int(const yj_call *c, const char *name, int64_t otherwise)
{
    const char *v = yj_call_param(c, name);
    int64_t n = otherwise;
    return v && yj_span_i64(yj_span_of(v), &n) ? n : otherwise;
}

bool yj_call_bool(const yj_call *c, const char *name)
{
    const char *v = yj_call_param(c, name);
    return v && strcmp(v, "true") == 0;
}

/* The installation's own ledger, under a name that institutions cannot take away. */
static bool is_installation(const yj_call *c, const char *ref)
{
    const yj_institution *own = &c->server->installation;
    if (strcmp(ref, "installation") != 0 && strcmp(ref, own->id) != 0)
        return false;
    *c->inst = *own;
    yj_tally *t = yj_tallies_of(c->server->tallies, YJ_INST_INSTALLATION);
    c->inst->size = t ? atomic_load(&t->size) : 0;
    return true;
}

yj_status yj_call_institution(yj_call *c, yj_error *err)
{
    struct yj_server *s = c->server;
    const char *ref = yj_call_segment(c, "inst");
    if (c->inst)
        return YJ_OK; /* on being let in (api/admit.h) */
    c->inst = yj_arena_new_of(c->rq->arena, yj_institution);
    if (!is_installation(c, ref))
        YJ_TRY(yj_institution_find(s->engine, ref, c->inst, err));
    c->stamp.inst = c->inst->inst;
    if (c->route->fresh == YJ_FRESH_INST || c->route->fresh == YJ_FRESH_DAY) {
        yj_stamp *t = &c->stamp;
        t->own = yj_tallies_of(s->tallies, c->inst->inst);
        t->installation = yj_tallies_of(s->tallies, YJ_INST_INSTALLATION);
        t->own_size = t->own ? atomic_load(&t->own->size) : 0;
        t->installation_size = t->installation ? atomic_load(&t->installation->size) : 0;
        if (c->route->fresh == YJ_FRESH_DAY) {
            yj_date today;
            yj_engine_today(s->engine, &today);
            t->day = yj_date_to_days(today.s) + 1;
        }
        /* a change between finding the institution and here might have renamed it */
        t->fit = t->own && t->installation && t->generation == yj_tallies_generation(s->tallies);
    }
    return YJ_OK;
}

yj_status yj_call_kind(yj_call *c, const yj_kind **ret, int64_t *ret_inst, yj_error *err)
{
    const char *name = yj_call_segment(c, "kind");
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(name));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no kind of record named %.64s", name);
    *ret = k;
    if (ret_inst)
        *ret_inst = k->installation ? YJ_INST_INSTALLATION : c->inst->inst;
    return YJ_OK;
}

yj_status yj_call_db(yj_call *c, yj_error *err)
{
    if (c->db)
        return YJ_OK;
    YJ_TRY(yj_reader_take(c->server->engine, &c->db, err));
    yj_status s = yj_db_begin(c->db, YJ_DB_READ, err);
    if (s != YJ_OK)
        yj_call_db_done(c);
    return s;
}

void yj_call_db_done(yj_call *c)
{
    if (!c->db)
        return;
    yj_db_rollback(c->db);
    yj_reader_give(c->server->engine, c->db);
    c->db = NULL;
}

static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(list, word); n && at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

yj_status yj_call_json(yj_call *c, const char *names, yj_error *err)
{
    YJ_TRY(yj_json_parse(c->rq->body, YJ_JSON_BODY_MAX, &c->json, err));
    if (!json_is_object(c->json))
        return yj_fail(err, YJ_E_INVALID, "the body must be a JSON object");
    const char *key = NULL;
    json_t *v = NULL;
    json_object_foreach(c->json, key, v)
    {
        if (listed(names, key) && !strchr(key, ' '))
            continue;
        yj_fail(err, YJ_E_INVALID, "the body has no member %.64s; it may hold: %s", key, names);
        return yj_error_at(err, "%.64s", key);
    }
    return YJ_OK;
}

yj_status yj_call_as_of(yj_call *c, int64_t inst, int64_t *ret, yj_error *err)
{
    const char *as_of = yj_call_param(c, "as_of");
    *ret = -1;
    if (!as_of)
        return YJ_OK;
    yj_status s = yj_as_of_seq(c->db, inst, yj_engine_zone(c->server->engine), as_of, ret, err);
    if (s == YJ_E_INVALID)
        yj_error_at(err, "as_of");
    return s;
}

/* People of the institution first, then those of the installation, such as its operator. */
static yj_status find_person(yj_call *c, const yj_kind *k, const char *ref, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_status s = YJ_E_NOT_FOUND;
    if (c->inst && !k->installation)
        s = yj_record_find(c->db, c->catalog, c->inst->inst, k, ref, c->person, err);
    if (s == YJ_E_NOT_FOUND)
        s = yj_record_find(c->db, c->catalog, YJ_INST_INSTALLATION, k, ref, c->person, err);
    return s == YJ_E_NOT_FOUND
               ? yj_fail(err, YJ_E_INVALID, "the acting person %.64s is not recorded here", ref)
               : s;
}

static yj_status take_person(yj_call *c, const char *id)
{
    snprintf(c->person, sizeof c->person, "%s", id);
    return YJ_OK;
}

/* One of those whom who asks stands for. */
static yj_status own_person(yj_call *c, yj_span sent, yj_error *err)
{
    const yj_caller *who = c->who;
    int64_t inst = c->inst ? c->inst->inst : YJ_INST_INSTALLATION;
    const char *operator_id = yj_engine_operator(c->server->engine);
    if (!sent.len) {
        const char *first = yj_caller_person(who, inst);
        if (first || who->operator_)
            return take_person(c, first ? first : operator_id);
        return yj_fail(err, YJ_E_FORBIDDEN, "your account stands for nobody here");
    }
    const char *id = yj_call_decoded(c, sent, false);
    /* of no institution: there he can only be the operator, whoever he is where he is at work just now */
    for (size_t i = 0; id && !c->inst && who->operator_ && i < who->person_count; i++)
        if (strcmp(who->persons[i].person, id) == 0)
            return take_person(c, operator_id);
    if (id && strlen(id) < sizeof c->person &&
        (yj_caller_is(who, inst, id) || (who->operator_ && strcmp(id, operator_id) == 0)))
        return take_person(c, id);
    yj_fail(err, YJ_E_FORBIDDEN, "your account does not stand for this person");
    return yj_error_at(err, "yunjian-person");
}

yj_status yj_call_person(yj_call *c, yj_error *err)
{
    yj_span sent = yj_trim(c->rq->head.value[YJ_H_YUNJIAN_PERSON]);
    if (c->server->site.signs_in)
        return own_person(c, sent, err);
    if (!sent.len) {
        snprintf(c->person, sizeof c->person, "%s", yj_engine_operator(c->server->engine));
        return YJ_OK;
    }
    const char *ref = yj_call_decoded(c, sent, false);
    const yj_kind *k = yj_catalog_kind(c->catalog, YJ_SPAN("person"));
    yj_status s = ref && k ? find_person(c, k, ref, err)
                           : yj_fail(err, YJ_E_INVALID, "the person is not written in UTF-8");
    if (s == YJ_E_INVALID)
        yj_error_at(err, "yunjian-person");
    return s;
}
