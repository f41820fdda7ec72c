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
 *   GET  /institutions/INST/addressed/{client}/{id}
 *
 * Codes come in bodies, never in addresses, which are logged. What is addressed rests on other ledgers than
 * INST's, so no answer is kept.
 */
#include "record/exchange.h"

#include "api/call.h"
#include "base/json.h"

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
    yj_addressed_query q = { .kind = yj_call_param(c, "kind"),
                             .client = yj_call_param(c, "client"),
                             .limit = (size_t)yj_call_int(c, "limit", 50),
                             .after = yj_call_param(c, "after"),
                             .lang = c->lang };
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_addressed_list(c->db, c->catalog, c->inst->inst, &q, &rp->body, err);
}

yj_status yj_api_addressed_one(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    return yj_addressed_get(c->db, c->catalog, c->inst->inst, yj_call_segment(c, "client"),
                            yj_call_segment(c, "id"), c->lang, &rp->body, err);
}
