// SPDX-License-Identifier: Apache-2.0
/*
 * What instruments can do here.
 *
 *   GET /institutions/INST/instruments   places, works and who may order them, the key that signs
 *
 * They are ordered as jobs (jobs_api.c). Where a place lies on the machine is told to nobody.
 */
#include "access/may.h"
#include "api/call.h"
#include "base/json.h"
#include "job/signer.h"
#include "record/present.h"
#include <stdio.h>
#include <stdlib.h>

yj_status yj_api_instruments_start(struct yj_server *s, yj_places *places, yj_error *err)
{
    char folder[4096];
    const char *data = yj_engine_data_dir(s->engine);
    s->ground.evidence = s->evidence;
    if (!places || places->count == 0)
        return YJ_OK;
    YJ_TRY(yj_places_open(places, data, err));
    if (snprintf(folder, sizeof folder, "%s/keys", data) >= (int)sizeof folder)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", (int)sizeof folder - 1);
    YJ_TRY(yj_signer_open(folder, yj_engine_crypto(s->engine), &s->signer, err));
    s->ground.places = places;
    s->ground.key = s->signer;
    return YJ_OK;
}

static yj_status write_places(yj_call *c, yj_jw *w, yj_error *err)
{
    const yj_places *p = c->server->ground.places;
    yj_institution *all = NULL;
    size_t count = 0;
    YJ_TRY(yj_institution_list(c->server->engine, &all, &count, err));
    free(all);
    yj_jw_key(w, "places");
    yj_jw_array(w);
    for (size_t i = 0; p && c->inst->inst != YJ_INST_INSTALLATION && i < p->count; i++)
        if (yj_place_is_for(&p->row[i], c->inst->code, count))
            yj_jw_str(w, p->row[i].name);
    yj_jw_end_array(w);
    return YJ_OK;
}

static void write_works(const yj_call *c, const yj_actor *actor, yj_jw *w)
{
    yj_jw_key(w, "works");
    yj_jw_array(w);
    for (const yj_job_work *const *x = yj_api_works; *x; x++) {
        yj_may may;
        if (!(*x)->guarded)
            continue;
        yj_may_order(c->catalog, actor, (*x)->name, &may);
        yj_jw_object(w);
        yj_jw_kstr(w, "work", (*x)->name);
        yj_present_text(w, "label", &(*x)->label);
        yj_jw_kbool(w, "allowed", may.allowed);
        yj_jw_key(w, "why");
        if (may.allowed) {
            yj_jw_null(w);
        } else {
            yj_jw_object(w);
            yj_jw_kstr(w, "zh", yj_error_text(&may.why, YJ_LANG_ZH));
            yj_jw_kstr(w, "en", yj_error_text(&may.why, YJ_LANG_EN));
            yj_jw_end_object(w);
        }
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static yj_status write_key(const yj_key *key, yj_jw *w, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf pem;
    char id[2 * YJ_HASH_LEN + 1];
    yj_buf_init(&pem, 4096);
    yj_jw_key(w, "key");
    if (!key) {
        yj_jw_null(w);
        return YJ_OK;
    }
    yj_key_public_pem(key, &pem);
    YJ_TRY(yj_buf_status(&pem, err));
    yj_key_id(key, id);
    yj_jw_object(w);
    yj_jw_kstr(w, "algorithm", yj_sign_name(yj_key_alg(key)));
    yj_jw_kstr(w, "id", id);
    yj_jw_kspan(w, "pem", yj_buf_view(&pem));
    yj_jw_end_object(w);
    return YJ_OK;
}

yj_status yj_api_instruments(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_actor actor;
    yj_jw w;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_actor(c, &actor, err));
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    YJ_TRY(write_places(c, &w, err));
    write_works(c, &actor, &w);
    YJ_TRY(write_key(c->server->signer, &w, err));
    yj_jw_end_object(&w);
    return YJ_OK;
}
