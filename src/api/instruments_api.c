// SPDX-License-Identifier: Apache-2.0
/*
 * What instruments can do here.
 *
 *   GET /institutions/INST/instruments   places, media, works and who may order them, the key that signs
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

yj_status yj_api_instruments_start(struct yj_server *s, yj_places *places, yj_media *media, yj_error *err)
{
    char folder[4096];
    const char *data = yj_engine_data_dir(s->engine);
    s->ground.evidence = s->evidence;
    const bool places_there = places && places->count > 0, media_there = media && media->named.count > 0;
    if (!places_there && !media_there)
        return YJ_OK;
    if (places_there)
        YJ_TRY(yj_places_open(places, data, err));
    if (media_there)
        YJ_TRY(yj_media_open(media, data, err));
    if (snprintf(folder, sizeof folder, "%s/keys", data) >= (int)sizeof folder)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", (int)sizeof folder - 1);
    YJ_TRY(yj_signer_open(folder, yj_engine_crypto(s->engine), &s->signer, err));
    s->ground.places = places_there ? places : NULL;
    s->ground.media = media_there ? media : NULL;
    s->ground.key = s->signer;
    return YJ_OK;
}

static void write_reason(const yj_error *why, yj_jw *w)
{
    if (!why) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", yj_error_text(why, YJ_LANG_ZH));
    yj_jw_kstr(w, "en", yj_error_text(why, YJ_LANG_EN));
    yj_jw_end_object(w);
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

/* What it is, looked at now; its serial is read from the medium by people, and told to nobody. */
static void write_medium(const yj_media *m, const yj_place *p, yj_jw *w)
{
    yj_medium_seen is;
    yj_error why = { 0 };
    bool seen = yj_medium_look(m, p, &is, &why) == YJ_OK;
    yj_jw_object(w);
    yj_jw_kstr(w, "name", p->name);
    yj_jw_kstr(w, "type", seen ? is.type : NULL);
    yj_jw_kstr(w, "model", seen ? is.model : NULL);
    yj_jw_key(w, "bytes");
    if (seen)
        yj_jw_i64(w, (int64_t)is.bytes);
    else
        yj_jw_null(w);
    yj_jw_key(w, "problem");
    write_reason(seen ? NULL : &why, w);
    yj_jw_end_object(w);
}

/* To those who may order, or be witness; a device is not touched for others. */
static yj_status write_media(yj_call *c, const yj_actor *actor, yj_jw *w, yj_error *err)
{
    const yj_media *m = c->server->ground.media;
    yj_institution *all = NULL;
    size_t count = 0;
    yj_may order, witness;
    yj_may_order(c->catalog, actor, yj_work_wipe.name, &order);
    yj_may_witness(c->catalog, actor, yj_work_wipe.name, &witness);
    YJ_TRY(yj_institution_list(c->server->engine, &all, &count, err));
    free(all);
    yj_jw_key(w, "media");
    yj_jw_array(w);
    for (size_t i = 0; m && c->inst->inst != YJ_INST_INSTALLATION && i < m->named.count; i++)
        if ((order.allowed || witness.allowed) && yj_place_is_for(&m->named.row[i], c->inst->code, count))
            write_medium(m, &m->named.row[i], w);
    yj_jw_end_array(w);
    return YJ_OK;
}

static void write_witness(const yj_call *c, const yj_actor *actor, const yj_job_work *work, yj_jw *w)
{
    const yj_order_grant *o = yj_order_of(c->catalog, work->name);
    yj_may may;
    yj_jw_key(w, "witness");
    if (work->witnessed) {
        yj_may_witness(c->catalog, actor, work->name, &may);
        yj_jw_object(w);
        yj_jw_kbool(w, "allowed", may.allowed);
        yj_jw_key(w, "why");
        write_reason(may.allowed ? NULL : &may.why, w);
        yj_jw_end_object(w);
    } else {
        yj_jw_null(w);
    }
    yj_jw_kstr(w, "record", o && o->record >= 0 ? c->catalog->kinds[o->record].name : NULL);
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
        write_reason(may.allowed ? NULL : &may.why, w);
        write_witness(c, actor, *x, w);
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
    YJ_TRY(write_media(c, &actor, &w, err));
    write_works(c, &actor, &w);
    YJ_TRY(write_key(c->server->signer, &w, err));
    yj_jw_end_object(&w);
    return YJ_OK;
}
