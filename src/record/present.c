// SPDX-License-Identifier: Apache-2.0
/* Verdicts, refusals and duties as JSON. Sentences are made here, in both languages. */
#include "record/present.h"

#include "record/internal.h"
#include "record/read.h"
#include "record/start.h"
#include "rule/risk.h"
#include <stdlib.h>

#define STATUS_BYTES_MAX ((size_t)512 << 20)
#define RISKS_BYTES_MAX ((size_t)64 << 20)

/* --- verdicts --------------------------------------------------------------------------------- */

typedef struct shown {
    yj_db *db;
    const yj_catalog *c;
    yj_catalog *then;     /* the packs that judged, if not those of today; owned */
    const yj_catalog *by; /* whose requirements the verdicts name by their index */
    int64_t inst;
    yj_jw *w;
    yj_arena *arena; /* of the risks; NULL: none are read */
    yj_risks risks;
    const char *day; /* on which they must count */
    /* the subject's name is mostly that of the verdict before */
    char last_subject[YJ_UUID_LEN + 1];
    yj_buf last_name;
} shown;

static yj_status write_name(shown *s, const yj_kind *k, const char *kind, const char *id, yj_error *err)
{
    if (strcmp(s->last_subject, id) != 0) {
        yj_buf_clear(&s->last_name);
        snprintf(s->last_subject, sizeof s->last_subject, "%s", id);
        if (k)
            YJ_TRY(yj_record_name(s->db, s->c, s->inst, k, id, &s->last_name, err));
    }
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", kind);
    yj_jw_kstr(s->w, "id", id);
    yj_jw_kspan(s->w, "name", yj_buf_view(&s->last_name));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

static yj_status write_record(shown *s, const yj_kind *k, const char *id, yj_error *err)
{
    return write_name(s, k, k->name, id, err);
}

/* A record of a kind that is known no more; it may be of another now. */
static yj_status write_renamed(shown *s, const char *kind, const char *id, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_record_kind(s->db, s->c, s->inst, id, &k, err));
    return write_name(s, k, kind, id, err);
}

/* A record that cannot be looked up: there is none. */
static void write_bare(yj_jw *w, const char *kind, const char *id)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", kind);
    yj_jw_kstr(w, "id", id);
    yj_jw_kstr(w, "name", "");
    yj_jw_end_object(w);
}

/* The sentence is that of the packs that judged. */
static yj_status write_reason(shown *s, const yj_requirement *r, const char *code, const json_t *values,
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

static yj_status write_proofs(shown *s, const char *proofs, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *list = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(proofs), YJ_BODY_BYTES_MAX, &list, err));
    yj_jw_key(s->w, "proof");
    yj_jw_array(s->w);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *p = json_array_get(list, i);
        const char *kind = json_string_value(json_array_get(p, 0)),
                   *id = json_string_value(json_array_get(p, 1));
        const yj_kind *k = kind ? yj_catalog_kind(s->c, yj_span_of(kind)) : NULL;
        if (k && id)
            YJ_TRY(write_record(s, k, id, err));
        else if (id)
            YJ_TRY(write_renamed(s, kind, id, err));
        else
            write_bare(s->w, kind, id);
    }
    yj_jw_end_array(s->w);
    return YJ_OK;
}

static void show_open(shown *s, yj_db *db, const yj_catalog *c, int64_t inst, yj_jw *w)
{
    *s = (shown){ .db = db, .c = c, .by = c, .inst = inst, .w = w };
    yj_buf_init(&s->last_name, 65536);
}

/* What verdicts as of an entry are shown with: the packs and the accepted risks of then. */
static yj_status show_as_of(shown *s, int64_t as_of_seq, const char *day, yj_error *err)
{
    YJ_TRY(yj_catalog_as_of(s->db, s->inst, as_of_seq, s->c, &s->then, err));
    s->day = day;
    s->arena = yj_arena_new(RISKS_BYTES_MAX);
    return s->arena ? yj_risks_load(s->db, s->c, s->inst, as_of_seq, s->arena, &s->risks, err)
                    : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void show_close(shown *s)
{
    if (s->then)
        yj_catalog_unref(s->then);
    yj_arena_free(s->arena);
    yj_buf_done(&s->last_name);
}

/* The accepted risk by which an advice may stay as it is. */
static void write_risk(shown *s, const yj_verdict *v, const yj_requirement *r)
{
    bool open = v->status == YJ_V_UNMET || v->status == YJ_V_UNKNOWN;
    const yj_risk *risk = r && open ? yj_risk_for(s->by, &s->risks, r, v->subject, s->day) : NULL;
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

/* Writes the members of a verdict's object, without the braces. */
static yj_status write_verdict(shown *s, const yj_verdict *v, yj_error *err)
{
    const yj_requirement *r = v->requirement >= 0 ? &s->by->requirements[v->requirement] : NULL;
    const yj_kind *k = yj_catalog_kind(s->c, yj_span_of(v->kind_name));
    yj_auto(yj_json_freep) json_t *values = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, err));
    yj_jw_kstr(s->w, "requirement", v->requirement_id);
    yj_jw_key(s->w, "subject");
    if (k)
        YJ_TRY(write_record(s, k, v->subject, err));
    else
        YJ_TRY(write_renamed(s, v->kind_name, v->subject, err));
    yj_jw_kstr(s->w, "status", yj_verdict_name(v->status));
    if (r)
        YJ_TRY(write_reason(s, r, v->code, values, err));
    else
        yj_jw_kstr(s->w, "reason", NULL);
    yj_jw_kstr(s->w, "code", v->code);
    YJ_TRY(write_proofs(s, v->proofs, err));
    yj_jw_ki64(s->w, "strength", v->strength);
    yj_jw_kstr(s->w, "since", v->since);
    yj_jw_kstr(s->w, "due", v->due);
    write_risk(s, v, r);
    return YJ_OK;
}

/* --- gate refusals ---------------------------------------------------------------------------- */

yj_status yj_present_misses(yj_db *db, const yj_catalog *c, int64_t inst, const yj_gate_result *g,
                            yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    shown s;
    show_open(&s, db, c, inst, &w);
    yj_jw_array(&w);
    yj_status st = YJ_OK;
    for (size_t i = 0; st == YJ_OK && i < g->miss_count; i++) {
        const yj_gate_miss *m = &g->misses[i];
        const yj_requirement *r = &c->requirements[m->requirement];
        yj_jw_object(&w);
        if (m->subject) {
            st = write_verdict(&s, &m->verdict, err);
        } else {
            yj_jw_kstr(&w, "requirement", r->id);
            yj_jw_key(&w, "subject");
            write_bare(&w, c->kinds[r->subject].name, NULL);
            yj_jw_kstr(&w, "status", yj_verdict_name(YJ_V_UNKNOWN));
            yj_auto(yj_json_freep) json_t *values = json_object();
            st = write_reason(&s, r, ".absent", values, err);
        }
        yj_present_text(&w, "title", &r->title);
        yj_present_text(&w, "what_to_do", &r->guidance);
        yj_jw_kbool(&w, "too_weak", m->too_weak);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    show_close(&s);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}

/* --- status and due --------------------------------------------------------------------------- */

typedef struct listing {
    shown s;
    const char *today; /* due list: marks what is overdue */
} listing;

static yj_status list_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    listing *l = ctx;
    yj_jw_object(l->s.w);
    YJ_TRY(write_verdict(&l->s, v, err));
    if (l->today)
        yj_jw_kbool(l->s.w, "overdue", v->due && strcmp(v->due, l->today) < 0);
    yj_jw_end_object(l->s.w);
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

static yj_status write_institution(yj_jw *w, yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err)
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
    yj_status s = k && inst != YJ_INST_INSTALLATION ? yj_record_name(db, c, inst, k, id, &name, err) : YJ_OK;
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

/* Members "total" and "counts": of the whole selection, whatever part of it is listed. */
static void write_counts(yj_jw *w, const yj_verdict_counts *n)
{
    yj_jw_ki64(w, "total", (int64_t)n->total);
    yj_jw_key(w, "counts");
    yj_jw_object(w);
    for (int i = 0; i < YJ_V_GONE; i++)
        yj_jw_ki64(w, yj_verdict_name((yj_verdict_status)i), (int64_t)n->of[i]);
    yj_jw_end_object(w);
}

/* An array of the verdicts asked for, under `key`, then the counts and, if asked for, the packs that judged.
 */
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

static yj_status write_verdicts(yj_jw *w, const char *key, yj_db *db, const yj_catalog *c, int64_t inst,
                                const yj_verdict_query *q, const char *day, bool packs, yj_error *err)
{
    listing l = { .today = NULL };
    yj_verdict_counts n = { 0 };
    show_open(&l.s, db, c, inst, w);
    yj_jw_key(w, key);
    yj_jw_array(w);
    yj_status s = show_as_of(&l.s, q->as_of_seq, day, err);
    yj_verdict_query asked = *q;
    bool any = true;
    if (s == YJ_OK && l.s.then) {
        l.s.by = l.s.then;
        any = asked_then(c, l.s.then, &asked);
    }
    if (s == YJ_OK && any)
        s = yj_verdicts(db, l.s.by, inst, &asked, list_verdict, &l, &n, err);
    if (s == YJ_OK) { /* else the writer stands anywhere */
        yj_jw_end_array(w);
        write_counts(w, &n);
        if (packs)
            write_packs(w, l.s.then ? l.s.then : c);
    }
    show_close(&l.s);
    return s;
}

yj_status yj_present_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                              const char *day, yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    YJ_TRY(write_verdicts(&w, "items", db, c, inst, q, day, false, err));
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
    YJ_TRY(write_institution(&w, db, c, inst, err));
    if (q->as_of_seq < 0 && !head->rejudged) { /* what is entered today */
        yj_jw_key(&w, "start");
        YJ_TRY(yj_present_start(db, c, inst, &w, err));
    }
    YJ_TRY(write_verdicts(&w, "verdicts", db, c, inst, q, head->day, true, err));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

typedef struct due_row {
    yj_verdict v;
} due_row;

typedef struct due_list {
    yj_arena *a;
    due_row *rows;
    size_t count, cap;
} due_list;

static yj_status keep_due(void *ctx, const yj_verdict *v, yj_error *err)
{
    due_list *l = ctx;
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        due_row *more = yj_arena_array(l->a, cap, sizeof *more);
        if (l->count)
            memcpy(more, l->rows, l->count * sizeof *more);
        l->rows = more;
        l->cap = cap;
    }
    yj_verdict *k = &l->rows[l->count++].v;
    *k = *v;
    k->subject = yj_arena_strdup(l->a, v->subject);
    k->requirement_id = yj_arena_strdup(l->a, v->requirement_id);
    k->kind_name = yj_arena_strdup(l->a, v->kind_name);
    k->code = yj_arena_strdup(l->a, v->code);
    k->values = yj_arena_strdup(l->a, v->values);
    k->proofs = yj_arena_strdup(l->a, v->proofs);
    k->due = yj_arena_strdup(l->a, v->due);
    k->since = yj_arena_strdup(l->a, v->since);
    return yj_arena_status(l->a, err);
}

static int by_due(const void *a, const void *b)
{
    const yj_verdict *x = &((const due_row *)a)->v, *y = &((const due_row *)b)->v;
    int c = strcmp(x->due, y->due);
    if (c == 0)
        c = x->requirement - y->requirement;
    return c ? c : strcmp(x->subject, y->subject);
}

yj_status yj_present_due(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, const char *until,
                         yj_buf *out, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(STATUS_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.due_until = until;
    due_list kept = { .a = a };
    YJ_TRY(yj_verdicts(db, c, inst, &q, keep_due, &kept, NULL, err));
    if (kept.count)
        qsort(kept.rows, kept.count, sizeof *kept.rows, by_due);
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "today", today);
    yj_jw_kstr(&w, "until", until);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    listing l = { .today = today };
    show_open(&l.s, db, c, inst, &w);
    yj_status s = show_as_of(&l.s, -1, today, err);
    for (size_t i = 0; s == YJ_OK && i < kept.count; i++)
        s = list_verdict(&l, &kept.rows[i].v, err);
    show_close(&l.s);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}

/* --- explain ---------------------------------------------------------------------------------- */

typedef struct explained {
    shown s;
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
    YJ_TRY(write_verdict(&x->s, v, err));
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
        yj_status s = yj_record_get(x->s.db, x->s.c, x->s.inst, pk, id, as_of_seq, &b, NULL, err);
        if (s == YJ_OK)
            yj_jw_raw(x->s.w, yj_buf_view(&b));
        yj_buf_done(&b);
        if (s != YJ_OK && s != YJ_E_NOT_FOUND)
            return s;
    }
    yj_jw_end_array(x->s.w);
    return YJ_OK;
}

yj_status yj_present_explain(yj_db *db, const yj_catalog *c, int64_t inst, const yj_requirement *r,
                             const char *subject, int64_t as_of_seq, const char *day, bool rejudged,
                             yj_buf *out, yj_error *err)
{
    const yj_kind *k = &c->kinds[r->subject];
    char id[37];
    YJ_TRY(yj_record_find(db, c, inst, k, subject, id, err));
    yj_jw w;
    yj_jw_init(&w, out);
    explained x = { .found = false };
    show_open(&x.s, db, c, inst, &w);
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
    yj_status s = show_as_of(&x.s, as_of_seq, day, err);
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
    show_close(&x.s);
    free(x.proofs);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}
