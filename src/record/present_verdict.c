// SPDX-License-Identifier: Apache-2.0
/* One verdict as JSON, with its sentences in both languages and what answers it. */
#include "record/present_internal.h"

#include "record/internal.h"
#include "record/read.h"

#define ANSWERS_BYTES_MAX ((size_t)64 << 20)

static yj_status write_name(yj_shown *s, const yj_kind *k, const char *kind, const char *id, yj_error *err)
{
    if (strcmp(s->last_subject, id) != 0) {
        yj_buf_clear(&s->last_name);
        snprintf(s->last_subject, sizeof s->last_subject, "%s", id);
        if (k)
            YJ_TRY(yj_record_name(s->db, s->c, s->inst, k, id, s->lang, &s->last_name, err));
    }
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", kind);
    yj_jw_kstr(s->w, "id", id);
    yj_jw_kspan(s->w, "name", yj_buf_view(&s->last_name));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

static yj_status write_record(yj_shown *s, const yj_kind *k, const char *id, yj_error *err)
{
    return write_name(s, k, k->name, id, err);
}

/* A record of a kind that is known no more; it may be of another now. */
static yj_status write_renamed(yj_shown *s, const char *kind, const char *id, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_record_kind(s->db, s->c, s->inst, id, &k, err));
    return write_name(s, k, kind, id, err);
}

/* A record that cannot be looked up: there is none. */
void yj_shown_bare(yj_jw *w, const char *kind, const char *id)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", kind);
    yj_jw_kstr(w, "id", id);
    yj_jw_kstr(w, "name", "");
    yj_jw_end_object(w);
}

/* The sentence is that of the packs that judged. */
yj_status yj_shown_reason(yj_shown *s, const yj_requirement *r, const char *code, const json_t *values,
                          yj_error *err)
{
    const yj_catalog *c = s->then ? s->then : s->c;
    const yj_requirement *judged = s->then ? yj_catalog_requirement(c, yj_span_of(r->id)) : r;
    if (!judged) {
        c = s->c;
        judged = r;
    }
    yj_jw_key(s->w, "reason");
    yj_jw_object(s->w);
    static const char *const keys[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };
    for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
        yj_buf text;
        yj_buf_init(&text, 65536);
        yj_reason_render(c, judged, code, values, (yj_lang)lang, &text);
        yj_jw_kspan(s->w, keys[lang], yj_buf_view(&text));
        yj_status st = yj_buf_status(&text, err);
        yj_buf_done(&text);
        YJ_TRY(st);
    }
    yj_jw_end_object(s->w);
    return YJ_OK;
}

yj_status yj_shown_ref(yj_shown *s, const char *kind, const char *id, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(s->c, yj_span_of(kind));
    return k ? write_record(s, k, id, err) : write_renamed(s, kind, id, err);
}

yj_status yj_shown_proofs(yj_shown *s, const char *proofs, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *list = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(proofs), YJ_BODY_BYTES_MAX, &list, err));
    yj_jw_key(s->w, "proof");
    yj_jw_array(s->w);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *p = json_array_get(list, i);
        const char *kind = json_string_value(json_array_get(p, 0)),
                   *id = json_string_value(json_array_get(p, 1));
        if (kind && id)
            YJ_TRY(yj_shown_ref(s, kind, id, err));
        else
            yj_shown_bare(s->w, kind, id);
    }
    yj_jw_end_array(s->w);
    return YJ_OK;
}

void yj_shown_open(yj_shown *s, yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_jw *w)
{
    *s = (yj_shown){ .db = db, .c = c, .by = c, .inst = inst, .lang = lang, .w = w };
    yj_buf_init(&s->last_name, 65536);
    yj_buf_init(&s->person_name, 65536);
}

static yj_status load_answers(yj_shown *s, int64_t as_of_seq, const char *day, yj_error *err)
{
    s->day = day;
    s->arena = yj_arena_new(ANSWERS_BYTES_MAX);
    if (!s->arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_risks_load(s->db, s->c, s->inst, as_of_seq, s->arena, &s->risks, err));
    return yj_remediations_load(s->db, s->c, s->inst, as_of_seq, s->arena, &s->remediations, err);
}

yj_status yj_shown_now(yj_shown *s, const char *day, yj_error *err)
{
    return load_answers(s, -1, day, err);
}

yj_status yj_shown_as_of(yj_shown *s, int64_t as_of_seq, const char *day, yj_error *err)
{
    YJ_TRY(yj_catalog_as_of(s->db, s->inst, as_of_seq, s->c, &s->then, err));
    return load_answers(s, as_of_seq, day, err);
}

void yj_shown_close(yj_shown *s)
{
    if (s->then)
        yj_catalog_unref(s->then);
    yj_arena_free(s->arena);
    yj_buf_done(&s->last_name);
    yj_buf_done(&s->person_name);
}

/* --- what answers it ---------------------------------------------------------------------------- */

static bool can_be_answered(const yj_verdict *v, const yj_requirement *r)
{
    return r && (v->status == YJ_V_UNMET || v->status == YJ_V_UNKNOWN);
}

/* The accepted risk by which an advice may stay as it is. */
static void write_risk(yj_shown *s, const yj_verdict *v, const yj_requirement *r)
{
    const yj_answer *risk =
        can_be_answered(v, r) ? yj_risk_for(s->by, &s->risks, r, v->subject, s->day) : NULL;
    yj_jw_key(s->w, "risk_accepted");
    if (!risk) {
        yj_jw_null(s->w);
        return;
    }
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", s->c->kinds[s->c->risk_acceptance.kind].name);
    yj_jw_kstr(s->w, "id", risk->id);
    yj_jw_kstr(s->w, "until", risk->until);
    yj_jw_end_object(s->w);
}

/* What is done to put it right, in a line. */
static yj_status write_title(yj_shown *s, const yj_kind *k, const char *id, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, 65536);
    yj_status st = yj_record_name(s->db, s->c, s->inst, k, id, s->lang, &b, err);
    if (st == YJ_OK)
        yj_jw_kspan(s->w, "name", yj_buf_view(&b));
    yj_buf_done(&b);
    return st;
}

/* Mostly that of the remediation before. */
static yj_status write_responsible(yj_shown *s, const yj_kind *k, const char *id, yj_error *err)
{
    yj_jw_key(s->w, "responsible");
    if (!id) {
        yj_jw_null(s->w);
        return YJ_OK;
    }
    if (strcmp(s->person, id) != 0) {
        yj_buf_clear(&s->person_name);
        snprintf(s->person, sizeof s->person, "%s", id);
        YJ_TRY(yj_record_name(s->db, s->c, s->inst, k, id, s->lang, &s->person_name, err));
    }
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", k->name);
    yj_jw_kstr(s->w, "id", id);
    yj_jw_kspan(s->w, "name", yj_buf_view(&s->person_name));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

yj_status yj_shown_remediation(yj_shown *s, const yj_answer *a, yj_error *err)
{
    const yj_kind *k = &s->c->kinds[s->c->remediation.kind];
    const yj_kind *person = &s->c->kinds[k->fields[s->c->remediation.responsible].ref_kind];
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", k->name);
    yj_jw_kstr(s->w, "id", a->id);
    YJ_TRY(write_title(s, k, a->id, err));
    YJ_TRY(write_responsible(s, person, a->responsible, err));
    yj_jw_kstr(s->w, "due", a->until);
    yj_jw_kbool(s->w, "overdue", yj_answer_overdue(a, s->day));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

const yj_answer *yj_shown_remediations(const yj_shown *s, const yj_verdict *v, size_t *ret_count)
{
    const yj_requirement *r = v->requirement >= 0 ? &s->by->requirements[v->requirement] : NULL;
    *ret_count = 0;
    return can_be_answered(v, r) ? yj_remediations_for(&s->remediations, r, yj_span_of(v->subject), ret_count)
                                 : NULL;
}

static yj_status write_remediations(yj_shown *s, const yj_verdict *v, yj_error *err)
{
    size_t n;
    const yj_answer *a = yj_shown_remediations(s, v, &n);
    yj_jw_key(s->w, "remediations");
    yj_jw_array(s->w);
    for (size_t i = 0; i < n; i++)
        YJ_TRY(yj_shown_remediation(s, &a[i], err));
    yj_jw_end_array(s->w);
    return YJ_OK;
}

/* --- the verdict -------------------------------------------------------------------------------- */

yj_status yj_shown_verdict(yj_shown *s, const yj_verdict *v, yj_error *err)
{
    const yj_requirement *r = v->requirement >= 0 ? &s->by->requirements[v->requirement] : NULL;
    yj_auto(yj_json_freep) json_t *values = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, err));
    yj_jw_kstr(s->w, "requirement", v->requirement_id);
    yj_jw_key(s->w, "subject");
    YJ_TRY(yj_shown_ref(s, v->kind_name, v->subject, err));
    yj_jw_kstr(s->w, "status", yj_verdict_name(v->status));
    if (r)
        YJ_TRY(yj_shown_reason(s, r, v->code, values, err));
    else
        yj_jw_kstr(s->w, "reason", NULL);
    yj_jw_kstr(s->w, "code", v->code);
    YJ_TRY(yj_shown_proofs(s, v->proofs, err));
    yj_jw_ki64(s->w, "strength", v->strength);
    yj_jw_kstr(s->w, "since", v->since);
    yj_jw_kstr(s->w, "due", v->due);
    write_risk(s, v, r);
    return write_remediations(s, v, err);
}
