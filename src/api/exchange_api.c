// SPDX-License-Identifier: Apache-2.0
/*
 * What passes between institutions (record/exchange.h).
 *
 *   POST /institutions/INST/invitations/{id}/code    the client: a one-time code for an invitation
 *   POST /institutions/INST/invitations/look         who was invited: by whom is this code?
 *   POST /institutions/INST/invitations/accept       and accepts it for INST
 *   POST /institutions/INST/invitations/decline
 *   GET  /institutions/INST/ties                     with whom INST is tied, on either side
 *   GET  /institutions/INST/addressed                what clients address to INST
 *   GET  /institutions/INST/addressed/counts         how many of it stand where
 *   GET  /institutions/INST/addressed/{client}/{id}
 *   GET  /institutions/INST/addressed/{client}/{id}/may   what the acting person can do about it, and why not
 *   GET  /institutions/INST/answers/register         the party: what it can answer, as a CSV to fill in
 *   GET  /institutions/INST/answers                  the client: what waits to be accepted
 *   POST /institutions/INST/answers/{party}/{id}/accept
 *   POST /institutions/INST/answers/{party}/{id}/decline
 *   GET  /institutions/INST/offers                   the party: what it has offered, and to what end
 *   GET  /institutions/INST/offers/waiting           the client: what it may take
 *   POST /institutions/INST/offers/{party}/{id}/look     one of them, with what the client would choose
 *   POST /institutions/INST/offers/{party}/{id}/accept
 *   POST /institutions/INST/offers/{party}/{id}/decline
 *
 * Codes come in bodies, never in addresses, which are logged. What is addressed rests on other ledgers than
 * INST's, so no answer is kept.
 */
#include "record/exchange.h"

#include "access/may.h"
#include "api/call.h"
#include "base/json.h"
#include <stdlib.h>

yj_status yj_api_invitation_code(yj_call *c, yj_reply *rp, yj_error *err)
{
    char code[YJ_INVITATION_CODE_LEN + 1];
    yj_jw w;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    YJ_TRY(
        yj_invitation_code(c->server->engine, c->inst->inst, yj_call_segment(c, "id"), c->person, code, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "code", code);
    yj_jw_end_object(&w);
    rp->status = 201;
    return YJ_OK;
}

/* A member of the body that is a text; "" if it is not there. */
static yj_status body_text(yj_call *c, const char *key, const char **ret, yj_error *err)
{
    const json_t *v = json_object_get(c->json, key);
    if (v && !json_is_string(v)) {
        yj_fail(err, YJ_E_INVALID, "member %s must be a text", key);
        return yj_error_at(err, "%s", key);
    }
    *ret = v ? json_string_value(v) : "";
    return YJ_OK;
}

/* The institution, who acts, the code. */
static yj_status answered(yj_call *c, const char *members, const char **ret_code, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_json(c, members, err));
    YJ_TRY(body_text(c, "code", ret_code, err));
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    return YJ_OK;
}

yj_status yj_api_invitation_look(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *code = NULL;
    YJ_TRY(answered(c, "code", &code, err));
    return yj_invitation_look(c->server->engine, code, &rp->body, err);
}

yj_status yj_api_invitation_accept(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *code = NULL;
    yj_tie tie;
    yj_jw w;
    YJ_TRY(answered(c, "code", &code, err));
    YJ_TRY(yj_invitation_accept(c->server->engine, c->inst->inst, code, c->person, &tie, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "link", tie.link);
    yj_jw_kstr(&w, "invitation", tie.invitation);
    yj_jw_end_object(&w);
    rp->status = 201;
    return YJ_OK;
}

yj_status yj_api_invitation_decline(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *code = NULL, *reason = NULL;
    YJ_TRY(answered(c, "code reason", &code, err));
    YJ_TRY(body_text(c, "reason", &reason, err));
    YJ_TRY(yj_invitation_decline(c->server->engine, c->inst->inst, code, reason, c->person, err));
    rp->status = 204;
    return YJ_OK;
}

yj_status yj_api_ties(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_ties_list(c->db, c->catalog, c->inst->inst, c->lang, &rp->body, err);
}

yj_status yj_api_addressed(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *sort = yj_call_param(c, "sort");
    yj_addressed_query q = { .kind = yj_call_param(c, "kind"),
                             .client = yj_call_param(c, "client"),
                             .stand = yj_call_param(c, "stand"),
                             .text = yj_call_param(c, "q"),
                             .by_due = sort && strcmp(sort, "due") == 0,
                             .limit = (size_t)yj_call_int(c, "limit", 50),
                             .after = yj_call_param(c, "after"),
                             .lang = c->lang };
    yj_engine_today(c->server->engine, &q.today);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_addressed_list(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_addressed_count(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_addressed_query q = { .kind = yj_call_param(c, "kind"),
                             .client = yj_call_param(c, "client"),
                             .text = yj_call_param(c, "q"),
                             .lang = c->lang };
    yj_engine_today(c->server->engine, &q.today);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_addressed_count(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_addressed_one(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_date today;
    yj_engine_today(c->server->engine, &today);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_addressed_get(c->db, c->catalog, c->inst->inst, yj_call_segment(c, "client"),
                            yj_call_segment(c, "id"), &today, c->lang, &rp->body, err);
}

/* --- may ------------------------------------------------------------------------------------- */

static void write_error(yj_jw *w, const yj_error *why)
{
    yj_jw_key(w, "why");
    if (why->code == YJ_OK) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", yj_error_text(why, YJ_LANG_ZH));
    yj_jw_kstr(w, "en", yj_error_text(why, YJ_LANG_EN));
    yj_jw_end_object(w);
}

typedef struct asking {
    yj_call *c;
    yj_actor actor;
    const yj_kind *k; /* of the client's record, and the state it is in */
    int state;
    yj_jw w;
} asking;

static void write_who(asking *a, const yj_may_person *who, size_t count)
{
    const yj_catalog *c = a->c->catalog;
    yj_jw_key(&a->w, "who");
    yj_jw_array(&a->w);
    for (size_t i = 0; i < count; i++) {
        yj_jw_object(&a->w);
        yj_jw_kstr(&a->w, "kind", c->kinds[c->access.person].name);
        yj_jw_kstr(&a->w, "id", who[i].id);
        yj_jw_kstr(&a->w, "name", who[i].name);
        yj_jw_end_object(&a->w);
    }
    yj_jw_end_array(&a->w);
}

/* The client's record must stand where the answer leads from; then the person must be one who answers. */
static yj_status write_act(asking *a, const yj_act_map *act, yj_error *err)
{
    const yj_catalog *c = a->c->catalog;
    const yj_transition *t = &a->k->transitions[act->transition];
    const yj_kind *answer = &c->kinds[c->exchange.given.kind];
    yj_may_record record = { .id = "", .state = a->state, .creator = "" };
    yj_may may = { .allowed = true };
    yj_may_person who[YJ_MAY_WHO_MAX];
    size_t count = 0;
    yj_actor anybody = { .id = "", .inst = a->actor.inst, .all = true, .name = "" };
    yj_may_do(c, &anybody, a->k, YJ_ACT_MOVE, act->transition, &record, &may); /* what the state says */
    bool client = !may.allowed;
    if (!client)
        yj_may_do(c, &a->actor, answer, YJ_ACT_CREATE, -1, NULL, &may);
    if (!client && !may.allowed && may.why.code == YJ_E_FORBIDDEN)
        YJ_TRY(yj_may_who(a->c->db, c, a->actor.inst, answer, YJ_ACT_CREATE, -1, NULL, who, &count, err));
    yj_jw_object(&a->w);
    yj_jw_kstr(&a->w, "transition", t->id);
    yj_jw_kbool(&a->w, "allowed", may.allowed);
    write_error(&a->w, &may.why);
    yj_jw_kstr(&a->w, "side", may.allowed ? NULL : client ? "client" : "party");
    write_who(a, who, count);
    yj_jw_end_object(&a->w);
    return YJ_OK;
}

yj_status yj_api_addressed_may(yj_call *c, yj_reply *rp, yj_error *err)
{
    asking a = { .c = c };
    yj_date today;
    yj_error why = { .code = YJ_OK };
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_person(c, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_addressed_state(c->db, c->catalog, c->inst->inst, yj_call_segment(c, "client"),
                              yj_call_segment(c, "id"), &a.k, &a.state, err));
    yj_engine_today(c->server->engine, &today);
    bool all = strcmp(c->person, yj_engine_operator(c->server->engine)) == 0;
    YJ_TRY(
        yj_actor_read(c->db, c->catalog, c->inst->inst, c->person, all, &today, c->rq->arena, &a.actor, err));
    const yj_addressing *address = &c->catalog->exchange.addresses[a.k->index];
    if (address->act_count == 0)
        (void)yj_fail(&why, YJ_E_FORBIDDEN, "this is told for information: the client alone can change it");
    yj_jw_init(&a.w, &rp->body);
    yj_jw_object(&a.w);
    write_error(&a.w, &why);
    yj_jw_key(&a.w, "items");
    yj_jw_array(&a.w);
    for (size_t i = 0; i < address->act_count; i++)
        YJ_TRY(write_act(&a, &address->acts[i], err));
    yj_jw_end_array(&a.w);
    yj_jw_end_object(&a.w);
    return YJ_OK;
}

/* --- answers --------------------------------------------------------------------------------- */

yj_status yj_api_answers(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_answers_waiting(c->db, c->catalog, c->inst->inst, (size_t)yj_call_int(c, "limit", 50), c->lang,
                              &rp->body, err);
}

yj_status yj_api_answers_register(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    rp->type = "text/csv; charset=utf-8";
    return yj_answers_export(c->db, c->catalog, c->inst->inst, yj_call_param(c, "client"),
                             YJ_ANSWERS_EXPORT_MAX, c->lang, &rp->body, err);
}

/* --- offers ---------------------------------------------------------------------------------- */

yj_status yj_api_offers(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *clients = yj_call_param(c, "clients");
    const yj_offers_query q = { .offer = yj_call_param(c, "offer"),
                                .counts_only = clients && strcmp(clients, "none") == 0,
                                .limit = (size_t)yj_call_int(c, "limit", 50),
                                .after = yj_call_param(c, "after"),
                                .lang = c->lang };
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_offers_list(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_offers_waiting(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_offers_waiting(c->db, c->catalog, c->inst->inst, (size_t)yj_call_int(c, "limit", 50), c->lang,
                             &rp->body, err);
}

/* --- taking, of answers and of offers --------------------------------------------------------- */

/* What is asked about one of another institution's records, of the version that was looked at. */
static yj_status taking_asked(yj_call *c, const char *members, int64_t *ret_version, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_json(c, members, err));
    const json_t *v = json_object_get(c->json, "version");
    if (!json_is_integer(v)) {
        yj_fail(err, YJ_E_INVALID, "member %s must be a whole number", "version");
        return yj_error_at(err, "version");
    }
    *ret_version = json_integer_value(v);
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    return YJ_OK;
}

/* About which own record, of which version: what was shown. Not said by who does not look. */
static yj_status looked_at(const yj_call *c, yj_looked *ret, yj_error *err)
{
    const json_t *about = json_object_get(c->json, "about");
    ret->about_version = -1;
    if (!about)
        return YJ_OK;
    const char *id = json_string_value(json_object_get(about, "id"));
    const json_t *version = json_object_get(about, "version");
    if (!json_is_null(about) && (!id || !json_is_integer(version) || json_object_size(about) != 2)) {
        yj_fail(err, YJ_E_INVALID, "member about must be null, or have id and version");
        return yj_error_at(err, "about");
    }
    ret->about = id ? id : "";
    ret->about_version = id ? json_integer_value(version) : -1;
    return YJ_OK;
}

static yj_status chosen_fields(const yj_call *c, const json_t **ret, yj_error *err)
{
    *ret = json_object_get(c->json, "fields");
    if (!*ret || json_is_object(*ret))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member fields must be an object of field names and values");
    return yj_error_at(err, "fields");
}

/* What is missing at a shut gate goes with the error. */
static yj_status taken(yj_call *c, yj_reply *rp, yj_status s, char *misses)
{
    if (misses) {
        c->extra = "misses";
        c->extra_json = yj_arena_strdup(c->rq->arena, misses);
    }
    free(misses);
    rp->status = 204;
    return s;
}

yj_status yj_api_answer_accept(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_looked looked = { .version = 0 };
    char *misses = NULL;
    YJ_TRY(taking_asked(c, "version about", &looked.version, err));
    YJ_TRY(looked_at(c, &looked, err));
    yj_status s = yj_answer_accept(c->server->engine, c->inst->inst, yj_call_segment(c, "party"),
                                   yj_call_segment(c, "id"), &looked, c->person, c->lang, &misses, err);
    return taken(c, rp, s, misses);
}

yj_status yj_api_offer_accept(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_looked looked = { .version = 0 };
    char *misses = NULL;
    const json_t *chosen = NULL;
    YJ_TRY(taking_asked(c, "version about fields", &looked.version, err));
    YJ_TRY(looked_at(c, &looked, err));
    YJ_TRY(chosen_fields(c, &chosen, err));
    yj_status s =
        yj_offer_accept(c->server->engine, c->inst->inst, yj_call_segment(c, "party"),
                        yj_call_segment(c, "id"), &looked, chosen, c->person, c->lang, &misses, err);
    return taken(c, rp, s, misses);
}

yj_status yj_api_offer_look(yj_call *c, yj_reply *rp, yj_error *err)
{
    const json_t *chosen = NULL;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_json(c, "fields", err));
    YJ_TRY(chosen_fields(c, &chosen, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_offer_look(c->db, c->catalog, c->inst->inst, yj_call_segment(c, "party"),
                         yj_call_segment(c, "id"), chosen, c->lang, &rp->body, err);
}

typedef yj_status decliner(yj_engine *e, int64_t inst, const char *party, const char *id, int64_t version,
                           const char *reason, const char *by, yj_error *err);

static yj_status decline(yj_call *c, decliner *fn, yj_reply *rp, yj_error *err)
{
    int64_t version = 0;
    const char *reason = NULL;
    YJ_TRY(taking_asked(c, "version reason", &version, err));
    YJ_TRY(body_text(c, "reason", &reason, err));
    rp->status = 204;
    return fn(c->server->engine, c->inst->inst, yj_call_segment(c, "party"), yj_call_segment(c, "id"),
              version, reason, c->person, err);
}

yj_status yj_api_answer_decline(yj_call *c, yj_reply *rp, yj_error *err)
{
    return decline(c, yj_answer_decline, rp, err);
}

yj_status yj_api_offer_decline(yj_call *c, yj_reply *rp, yj_error *err)
{
    return decline(c, yj_offer_decline, rp, err);
}
