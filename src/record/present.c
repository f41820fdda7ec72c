// SPDX-License-Identifier: Apache-2.0
/* Verdicts, refusals and duties as JSON. */
#include "record/present_internal.h"

#include "record/internal.h"
#include "record/read.h"
#include "record/start.h"
#include <stdlib.h>

#define STATUS_BYTES_MAX ((size_t)512 << 20)

void yj_present_institution(yj_jw *w, yj_span id, yj_span code, yj_span name)
{
    yj_jw_object(w);
    yj_jw_kspan(w, "id", id);
    yj_jw_kspan(w, "code", code);
    yj_jw_kspan(w, "name", name);
    yj_jw_end_object(w);
}

/* --- gate refusals ---------------------------------------------------------------------------- */

yj_status yj_present_misses(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                            const yj_gate_result *g, const char *day, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_shown s;
    yj_shown_open(&s, db, c, inst, lang, &w);
    yj_jw_array(&w);
    yj_status st = yj_shown_now(&s, day, err);
    for (size_t i = 0; st == YJ_OK && i < g->miss_count; i++) {
        const yj_gate_miss *m = &g->misses[i];
        const yj_requirement *r = &c->requirements[m->requirement];
        yj_jw_object(&w);
        if (m->subject) {
            st = yj_shown_verdict(&s, &m->verdict, err);
        } else {
            yj_jw_kstr(&w, "requirement", r->id);
            yj_jw_key(&w, "subject");
            yj_shown_bare(&w, c->kinds[r->subject].name, NULL);
            yj_jw_kstr(&w, "status", yj_verdict_name(YJ_V_UNKNOWN));
            yj_auto(yj_json_freep) json_t *values = json_object();
            st = yj_shown_reason(&s, r, ".absent", values, err);
        }
        yj_present_text(&w, "title", &r->title);
        yj_present_text(&w, "what_to_do", &r->guidance);
        yj_jw_kbool(&w, "too_weak", m->too_weak);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_shown_close(&s);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}

/* --- status --------------------------------------------------------------------------- */

static yj_status list_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    yj_shown *s = ctx;
    yj_jw_object(s->w);
    YJ_TRY(yj_shown_verdict(s, v, err));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

static void write_packs(yj_jw *w, const yj_catalog *c)
{
    yj_jw_key(w, "pack");
    yj_jw_array(w);
    for (size_t i = 0; i < c->pack_count; i++) {
        char digest[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&c->packs[i].digest, digest);
        yj_jw_object(w);
        yj_jw_kstr(w, "name", c->packs[i].name);
        yj_jw_kstr(w, "edition", c->packs[i].edition);
        yj_present_text(w, "title", &c->packs[i].title);
        yj_jw_kstr(w, "digest", digest);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static yj_status write_institution(yj_jw *w, yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                                   yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT institution, origin, size FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    char id[37];
    yj_span at = yj_col_text(st, 0);
    snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
    yj_buf name;
    yj_buf_init(&name, 65536);
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("institution"));
    yj_status s =
        k && inst != YJ_INST_INSTALLATION ? yj_record_name(db, c, inst, k, id, lang, &name, err) : YJ_OK;
    yj_jw_key(w, "institution");
    yj_jw_object(w);
    yj_jw_kstr(w, "id", id);
    yj_jw_kspan(w, "name", yj_buf_view(&name));
    yj_jw_kspan(w, "origin", yj_col_text(st, 1));
    yj_jw_ki64(w, "entries", yj_col_i64(st, 2));
    yj_jw_end_object(w);
    yj_buf_done(&name);
    return s;
}

/* Members "total", "counts" and "remediation": of the whole selection, whatever part of it is listed. */
static void write_counts(yj_jw *w, const yj_verdict_counts *n)
{
    yj_jw_ki64(w, "total", (int64_t)n->total);
    yj_jw_key(w, "counts");
    yj_jw_object(w);
    for (int i = 0; i < YJ_V_GONE; i++)
        yj_jw_ki64(w, yj_verdict_name((yj_verdict_status)i), (int64_t)n->of[i]);
    yj_jw_end_object(w);
    yj_jw_key(w, "remediation");
    yj_jw_object(w);
    for (int i = 0; i < YJ_REMEDY_COUNT_; i++)
        yj_jw_ki64(w, yj_remedy_name((yj_remedy)i), (int64_t)n->remedy[i]);
    yj_jw_end_object(w);
}

static int find_named(const yj_named_text *rows, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].id, id) == 0)
            return (int)i;
    return -1;
}

/* The question in the words of the packs that judged, which may count their stages and requirements
 * otherwise. False if they do not have what is asked for. */
static bool asked_then(const yj_catalog *now, const yj_catalog *then, yj_verdict_query *q)
{
    if (q->stage >= 0 &&
        (q->stage = find_named(then->stages, then->stage_count, now->stages[q->stage].id)) < 0)
        return false;
    if (q->actor >= 0 &&
        (q->actor = find_named(then->actors, then->actor_count, now->actors[q->actor].id)) < 0)
        return false;
    if (q->force >= 0 &&
        (q->force = find_named(then->forces, then->force_count, now->forces[q->force].id)) < 0)
        return false;
    if (q->requirement < 0)
        return true;
    const yj_requirement *r = yj_catalog_requirement(then, yj_span_of(now->requirements[q->requirement].id));
    q->requirement = r ? r->index : -1;
    return r != NULL;
}

/* An array of the verdicts asked for, under `key`, then the counts and, if asked for, the packs that judged.
 */
static yj_status write_verdicts(yj_jw *w, const char *key, yj_db *db, const yj_catalog *c, int64_t inst,
                                yj_lang lang, const yj_verdict_query *q, const char *day, bool packs,
                                yj_error *err)
{
    yj_shown s;
    yj_verdict_counts n = { 0 };
    yj_shown_open(&s, db, c, inst, lang, w);
    yj_jw_key(w, key);
    yj_jw_array(w);
    yj_status st = yj_shown_as_of(&s, q->as_of_seq, day, err);
    yj_verdict_query asked = *q;
    asked.remediations = &s.remediations;
    asked.day = day;
    bool any = true;
    if (st == YJ_OK && s.then) {
        s.by = s.then;
        asked.now = c;
        any = asked_then(c, s.then, &asked);
    }
    if (st == YJ_OK && any)
        st = yj_verdicts(db, s.by, inst, &asked, list_verdict, &s, &n, err);
    if (st == YJ_OK) { /* else the writer stands anywhere */
        yj_jw_end_array(w);
        write_counts(w, &n);
        if (packs)
            write_packs(w, s.then ? s.then : c);
    }
    yj_shown_close(&s);
    return st;
}

yj_status yj_present_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                              const yj_verdict_query *q, const char *day, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    YJ_TRY(write_verdicts(&w, "items", db, c, inst, lang, q, day, false, err));
    yj_jw_ki64(&w, "limit", (int64_t)q->limit);
    yj_jw_ki64(&w, "offset", (int64_t)q->offset);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_present_status(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                            const yj_status_head *head, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "as_of", head->as_of);
    yj_jw_kbool(&w, "rejudged", head->rejudged);
    yj_jw_kstr(&w, "checkpoint", head->checkpoint);
    yj_jw_kbool(&w, "simulated_clock", head->simulated);
    YJ_TRY(write_institution(&w, db, c, inst, head->lang, err));
    if (q->as_of_seq < 0 && !head->rejudged) { /* what is entered today */
        yj_jw_key(&w, "start");
        YJ_TRY(yj_present_start(db, c, inst, &w, err));
    }
    YJ_TRY(write_verdicts(&w, "verdicts", db, c, inst, head->lang, q, head->day, true, err));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

/* --- explain ---------------------------------------------------------------------------------- */

typedef struct explained {
    yj_shown s;
    bool found;
    char *proofs; /* for the facts */
} explained;

static yj_status explain_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    explained *x = ctx;
    x->found = true;
    x->proofs = strdup(v->proofs);
    if (!x->proofs)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_jw_key(x->s.w, "verdict");
    yj_jw_object(x->s.w);
    YJ_TRY(yj_shown_verdict(&x->s, v, err));
    yj_jw_end_object(x->s.w);
    yj_jw_key(x->s.w, "values");
    yj_jw_raw(x->s.w, yj_span_of(v->values));
    return YJ_OK;
}

/* The facts: the subject and every proving record, as they stand (or stood). */
static yj_status write_facts(explained *x, const yj_kind *k, const char *subject, int64_t as_of_seq,
                             yj_error *err)
{
    yj_auto(yj_json_freep) json_t *list = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(x->proofs), YJ_BODY_BYTES_MAX, &list, err));
    yj_jw_key(x->s.w, "facts");
    yj_jw_array(x->s.w);
    for (size_t i = 0; i <= json_array_size(list); i++) {
        const json_t *p = i ? json_array_get(list, i - 1) : NULL;
        const yj_kind *pk =
            p ? yj_catalog_kind(x->s.c, yj_span_of(json_string_value(json_array_get(p, 0)))) : k;
        const char *id = p ? json_string_value(json_array_get(p, 1)) : subject;
        if (!pk || (p && strcmp(id, subject) == 0))
            continue;
        yj_buf b;
        yj_buf_init(&b, 2 * YJ_BODY_BYTES_MAX);
        yj_status s = yj_record_get(x->s.db, x->s.c, x->s.inst, pk, id, as_of_seq, x->s.lang, &b, NULL, err);
        if (s == YJ_OK)
            yj_jw_raw(x->s.w, yj_buf_view(&b));
        yj_buf_done(&b);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND)
            return s;
    }
    yj_jw_end_array(x->s.w);
    return YJ_OK;
}

yj_status yj_present_explain(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                             const yj_requirement *r, const char *subject, int64_t as_of_seq, const char *day,
                             const yj_zone *zone, bool rejudged, yj_buf *out, yj_error *err)
{
    const yj_kind *k = &c->kinds[r->subject];
    char id[37];
    YJ_TRY(yj_record_find(db, c, inst, k, subject, id, err));
    yj_jw w;
    yj_jw_init(&w, out);
    explained x = { .found = false };
    yj_shown_open(&x.s, db, c, inst, lang, &w);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "rejudged", rejudged);
    yj_buf req;
    yj_buf_init(&req, 1 << 20);
    yj_present_requirement(c, r, &req);
    yj_jw_key(&w, "requirement");
    yj_jw_raw(&w, yj_buf_view(&req));
    yj_buf_done(&req);
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.requirement = r->index;
    q.subject = id;
    q.as_of_seq = as_of_seq;
    q.zone = zone;
    yj_status s = yj_shown_as_of(&x.s, as_of_seq, day, err);
    q.then = x.s.then;
    if (s == YJ_OK)
        s = yj_verdicts(db, c, inst, &q, explain_verdict, &x, NULL, err);
    if (s == YJ_OK && !x.found)
        s = yj_fail(err, YJ_E_NOT_FOUND, "requirement %s has not been judged for that record", r->id);
    if (s == YJ_OK)
        s = write_facts(&x, k, id, as_of_seq, err);
    if (s == YJ_OK) { /* else the writer stands anywhere */
        yj_present_text(&w, "what_to_do", &r->guidance);
        yj_jw_end_object(&w);
    }
    yj_shown_close(&x.s);
    free(x.proofs);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}
