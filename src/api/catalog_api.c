// SPDX-License-Identifier: Apache-2.0
/* What the packs in force declare: kinds, requirements, gates. The same for every institution. */
#include "api/call.h"
#include "base/json.h"
#include "record/present.h"

yj_status yj_api_kinds(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_buf_str(&rp->body, "{\"items\":[");
    for (size_t i = 0; i < c->catalog->kind_count; i++) {
        if (i)
            yj_buf_char(&rp->body, ',');
        yj_present_kind(c->catalog, &c->catalog->kinds[i], &rp->body);
    }
    yj_buf_str(&rp->body, "]}");
    return YJ_OK;
}

yj_status yj_api_kind(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_call_kind(c, &k, NULL, err));
    yj_present_kind(c->catalog, k, &rp->body);
    return YJ_OK;
}

static bool same(const char *want, const char *have)
{
    return !want || strcmp(want, have) == 0;
}

static bool holds(const char *text, const char *part)
{
    return text && strstr(text, part);
}

static bool wanted(const yj_call *c, const yj_requirement *r)
{
    const yj_catalog *cat = c->catalog;
    const char *clause = yj_call_param(c, "clause"), *model = yj_call_param(c, "model"),
               *q = yj_call_param(c, "q");
    bool fits_model = !model;
    for (size_t i = 0; model && i < cat->model_count; i++)
        if (r->models >> i & 1 && strcmp(cat->models[i].id, model) == 0)
            fits_model = true;
    bool fits_text = !q;
    for (int l = 0; q && l < YJ_LANG_COUNT_; l++)
        fits_text = fits_text || holds(r->title.in[l], q) || holds(r->text.in[l], q);
    return fits_model && fits_text && (!clause || yj_clause_below(r->clause, clause)) &&
           same(yj_call_param(c, "actor"), cat->actors[r->actor].id) &&
           same(yj_call_param(c, "force"), cat->forces[r->force].id) &&
           same(yj_call_param(c, "stage"), r->stage < 0 ? "any" : cat->stages[r->stage].id) &&
           same(yj_call_param(c, "subject"), cat->kinds[r->subject].name);
}

yj_status yj_api_requirements(yj_call *c, yj_reply *rp, yj_error *err)
{
    size_t n = 0;
    yj_buf_str(&rp->body, "{\"items\":[");
    for (size_t i = 0; i < c->catalog->requirement_count; i++) {
        const yj_requirement *r = &c->catalog->requirements[i];
        if (!wanted(c, r))
            continue;
        if (n++)
            yj_buf_char(&rp->body, ',');
        yj_present_requirement(c->catalog, r, &rp->body);
    }
    yj_buf_fmt(&rp->body, "],\"total\":%zu}", n);
    return YJ_OK;
}

yj_status yj_api_requirement(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *id = yj_call_segment(c, "id");
    const yj_requirement *r = yj_catalog_requirement(c->catalog, yj_span_of(id));
    if (!r)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no requirement %.64s", id);
    yj_present_requirement(c->catalog, r, &rp->body);
    return YJ_OK;
}

yj_status yj_api_gates(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_catalog *cat = c->catalog;
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < cat->gate_count; i++) {
        const yj_gate *g = &cat->gates[i];
        const yj_kind *k = &cat->kinds[g->kind];
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", k->name);
        yj_jw_kstr(&w, "transition", k->transitions[g->transition].id);
        yj_present_text(&w, "label", &k->transitions[g->transition].label);
        yj_jw_key(&w, "requirements");
        yj_jw_array(&w);
        for (size_t j = 0; j < g->requirement_count; j++)
            yj_jw_str(&w, cat->requirements[g->requirements[j]].id);
        yj_jw_end_array(&w);
        yj_jw_ki64(&w, "least_strength", g->least_strength);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

static void write_named(yj_jw *w, const char *key, const yj_named_text *list, size_t count, bool binding)
{
    yj_jw_key(w, key);
    yj_jw_array(w);
    for (size_t i = 0; i < count; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "id", list[i].id);
        yj_present_text(w, "label", &list[i].label);
        if (binding)
            yj_jw_kbool(w, "binding", list[i].binding);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

yj_status yj_api_packs(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_catalog *cat = c->catalog;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < cat->pack_count; i++) {
        const yj_pack_info *p = &cat->packs[i];
        yj_digest_hex(&p->digest, hex);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "name", p->name);
        yj_jw_kstr(&w, "edition", p->edition);
        yj_present_text(&w, "title", &p->title);
        yj_present_text(&w, "note", &p->note);
        yj_jw_kstr(&w, "digest", hex);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_digest_hex(&cat->digest, hex);
    yj_jw_kstr(&w, "digest", hex);
    write_named(&w, "models", cat->models, cat->model_count, false);
    write_named(&w, "stages", cat->stages, cat->stage_count, false);
    write_named(&w, "actors", cat->actors, cat->actor_count, false);
    write_named(&w, "forces", cat->forces, cat->force_count, true);
    write_named(&w, "clauses", cat->clauses, cat->clause_count, false);
    yj_jw_end_object(&w);
    return YJ_OK;
}
