// SPDX-License-Identifier: Apache-2.0
/* Verdicts, refusals, duties, requirements and kinds as JSON. Sentences are made here, in both languages. */
#include "record/present.h"

#include "record/internal.h"
#include "record/read.h"
#include <stdlib.h>

#define STATUS_BYTES_MAX ((size_t)512 << 20)

static void write_text(yj_jw *w, const char *key, const yj_text *t)
{
    yj_jw_key(w, key);
    if (!t->in[YJ_LANG_ZH] && !t->in[YJ_LANG_EN]) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", t->in[YJ_LANG_ZH]);
    yj_jw_kstr(w, "en", t->in[YJ_LANG_EN]);
    yj_jw_end_object(w);
}

/* --- verdicts --------------------------------------------------------------------------------- */

typedef struct shown {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    yj_jw *w;
    /* the subject's name is mostly that of the verdict before */
    char last_subject[YJ_UUID_LEN + 1];
    yj_buf last_name;
} shown;

static yj_status write_record(shown *s, const yj_kind *k, const char *id, yj_error *err)
{
    if (strcmp(s->last_subject, id) != 0) {
        yj_buf_clear(&s->last_name);
        snprintf(s->last_subject, sizeof s->last_subject, "%s", id);
        YJ_TRY(yj_record_name(s->db, s->c, s->inst, k, id, &s->last_name, err));
    }
    yj_jw_object(s->w);
    yj_jw_kstr(s->w, "kind", k->name);
    yj_jw_kstr(s->w, "id", id);
    yj_jw_kspan(s->w, "name", yj_buf_view(&s->last_name));
    yj_jw_end_object(s->w);
    return YJ_OK;
}

/* A record that cannot be looked up: there is none, or its kind is known no more. */
static void write_bare(yj_jw *w, const char *kind, const char *id)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "kind", kind);
    yj_jw_kstr(w, "id", id);
    yj_jw_kstr(w, "name", "");
    yj_jw_end_object(w);
}

static yj_status write_reason(shown *s, const yj_requirement *r, const char *code, const json_t *values,
                              yj_error *err)
{
    yj_jw_key(s->w, "reason");
    yj_jw_object(s->w);
    static const char *const keys[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };
    for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
        yj_buf text;
        yj_buf_init(&text, 65536);
        yj_reason_render(s->c, r, code, values, (yj_lang)lang, &text);
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
        if (k && id) {
            YJ_TRY(write_record(s, k, id, err));
        } else {
            write_bare(s->w, kind, id);
        }
    }
    yj_jw_end_array(s->w);
    return YJ_OK;
}

/* Writes the members of a verdict's object, without the braces. */
static yj_status write_verdict(shown *s, const yj_verdict *v, yj_error *err)
{
    /* as of an earlier day a verdict may answer a requirement that today's packs do not have */
    const yj_requirement *r = v->requirement >= 0 ? &s->c->requirements[v->requirement] : NULL;
    yj_auto(yj_json_freep) json_t *values = NULL;
    YJ_TRY(yj_json_parse(yj_span_of(v->values), YJ_BODY_BYTES_MAX, &values, err));
    yj_jw_kstr(s->w, "requirement", v->requirement_id);
    yj_jw_key(s->w, "subject");
    if (v->kind >= 0)
        YJ_TRY(write_record(s, &s->c->kinds[v->kind], v->subject, err));
    else
        write_bare(s->w, v->kind_name, v->subject);
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
    return YJ_OK;
}

yj_status yj_present_verdict(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict *v, yj_buf *out,
                             yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    shown s = { .db = db, .c = c, .inst = inst, .w = &w };
    yj_buf_init(&s.last_name, 65536);
    yj_jw_object(&w);
    yj_status st = write_verdict(&s, v, err);
    yj_jw_end_object(&w);
    yj_buf_done(&s.last_name);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}

/* --- gate refusals ---------------------------------------------------------------------------- */

yj_status yj_present_misses(yj_db *db, const yj_catalog *c, int64_t inst, const yj_gate_result *g,
                            yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    shown s = { .db = db, .c = c, .inst = inst, .w = &w };
    yj_buf_init(&s.last_name, 65536);
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
        write_text(&w, "title", &r->title);
        write_text(&w, "what_to_do", &r->guidance);
        yj_jw_kbool(&w, "too_weak", m->too_weak);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_buf_done(&s.last_name);
    return st == YJ_OK ? yj_buf_status(out, err) : st;
}

/* --- the pack --------------------------------------------------------------------------------- */

void yj_present_requirement(const yj_catalog *c, const yj_requirement *r, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "id", r->id);
    yj_jw_kstr(&w, "clause", r->clause);
    yj_jw_kstr(&w, "actor", c->actors[r->actor].id);
    yj_jw_kstr(&w, "force", c->forces[r->force].id);
    yj_jw_kbool(&w, "binding", c->forces[r->force].binding);
    yj_jw_key(&w, "models");
    yj_jw_array(&w);
    for (size_t i = 0; i < c->model_count; i++)
        if (r->models >> i & 1)
            yj_jw_str(&w, c->models[i].id);
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "stage", r->stage < 0 ? "any" : c->stages[r->stage].id);
    yj_jw_kstr(&w, "subject", c->kinds[r->subject].name);
    write_text(&w, "title", &r->title);
    yj_jw_kstr(&w, "zh", r->text.in[YJ_LANG_ZH]);
    yj_jw_kstr(&w, "en", r->text.in[YJ_LANG_EN]);
    write_text(&w, "guidance", &r->guidance);
    write_text(&w, "erratum", &r->erratum);
    write_text(&w, "statements", &r->statements);
    yj_jw_kstr(&w, "rule", c->rules[r->rule].name);
    yj_jw_kstr(&w, "pack", r->pack);
    yj_jw_end_object(&w);
}

static const char *const type_names[] = { [YJ_T_TEXT] = "text",       [YJ_T_LONGTEXT] = "longtext",
                                          [YJ_T_INTEGER] = "integer", [YJ_T_DECIMAL] = "decimal",
                                          [YJ_T_DATE] = "date",       [YJ_T_BOOL] = "bool",
                                          [YJ_T_CHOICE] = "choice",   [YJ_T_REF] = "ref" };

static void write_decimal(yj_jw *w, const char *key, int64_t v, int scale)
{
    yj_buf b;
    yj_buf_init(&b, 64);
    yj_decimal_format(v, scale, &b);
    yj_jw_kspan(w, key, yj_buf_view(&b));
    yj_buf_done(&b);
}

static void write_bounds(yj_jw *w, const yj_field *f)
{
    if (f->type == YJ_T_TEXT || f->type == YJ_T_LONGTEXT)
        yj_jw_ki64(w, "max", f->max_chars);
    if (f->type == YJ_T_DECIMAL)
        yj_jw_ki64(w, "scale", f->scale);
    if (f->type != YJ_T_INTEGER && f->type != YJ_T_DECIMAL)
        return;
    int scale = f->type == YJ_T_DECIMAL ? f->scale : 0;
    if (f->min != INT64_MIN && scale == 0)
        yj_jw_ki64(w, "min", f->min);
    if (f->max != INT64_MAX && scale == 0)
        yj_jw_ki64(w, "max", f->max);
    if (f->min != INT64_MIN && scale > 0)
        write_decimal(w, "min", f->min, scale);
    if (f->max != INT64_MAX && scale > 0)
        write_decimal(w, "max", f->max, scale);
}

static void write_field(yj_jw *w, const yj_catalog *c, const yj_kind *k, const yj_field *f)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "name", f->name);
    yj_jw_kstr(w, "type", type_names[f->type]);
    yj_jw_kbool(w, "required", f->required);
    yj_jw_kbool(w, "list", f->list);
    write_text(w, "label", &f->label);
    write_text(w, "help", &f->help);
    write_bounds(w, f);
    if (f->option_count) {
        yj_jw_key(w, "options");
        yj_jw_array(w);
        for (size_t i = 0; i < f->option_count; i++) {
            yj_jw_object(w);
            yj_jw_kstr(w, "id", f->options[i].id);
            write_text(w, "label", &f->options[i].label);
            yj_jw_end_object(w);
        }
        yj_jw_end_array(w);
    }
    if (f->ref_kind >= 0)
        yj_jw_kstr(w, "to", c->kinds[f->ref_kind].name);
    if (f->after >= 0)
        yj_jw_kstr(w, "after", k->fields[f->after].name);
    if (f->differs_from >= 0)
        yj_jw_kstr(w, "differs_from", k->fields[f->differs_from].name);
    yj_jw_end_object(w);
}

static void write_states(yj_jw *w, const yj_catalog *c, const yj_kind *k)
{
    yj_jw_key(w, "states");
    yj_jw_array(w);
    for (size_t i = 0; i < k->state_count; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "id", k->states[i].id);
        write_text(w, "label", &k->states[i].label);
        yj_jw_kstr(w, "stage", k->states[i].stage < 0 ? NULL : c->stages[k->states[i].stage].id);
        yj_jw_kbool(w, "final", k->states[i].final);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    yj_jw_kstr(w, "initial", k->states[k->initial].id);
    yj_jw_key(w, "transitions");
    yj_jw_array(w);
    for (size_t i = 0; i < k->transition_count; i++) {
        const yj_transition *t = &k->transitions[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "id", t->id);
        yj_jw_key(w, "from");
        yj_jw_array(w);
        for (size_t j = 0; j < k->state_count; j++)
            if (t->from >> j & 1)
                yj_jw_str(w, k->states[j].id);
        yj_jw_end_array(w);
        yj_jw_kstr(w, "to", k->states[t->to].id);
        write_text(w, "label", &t->label);
        yj_jw_kbool(w, "gated", t->gate >= 0);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

void yj_present_kind(const yj_catalog *c, const yj_kind *k, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "kind", k->name);
    write_text(&w, "label", &k->label);
    write_text(&w, "help", &k->help);
    yj_jw_kstr(&w, "pack", k->pack);
    yj_jw_kstr(&w, "scope", k->installation ? "installation" : "institution");
    yj_jw_key(&w, "key");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->key_count; i++)
        yj_jw_str(&w, k->fields[k->key[i]].name);
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "name_field", k->fields[k->name_field].name);
    yj_jw_key(&w, "fields");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->field_count; i++)
        write_field(&w, c, k, &k->fields[i]);
    yj_jw_end_array(&w);
    write_states(&w, c, k);
    yj_jw_end_object(&w);
}

/* --- status and due --------------------------------------------------------------------------- */

typedef struct listing {
    shown s;
    const char *today; /* due list: marks what is overdue */
    size_t counts[YJ_V_COUNT_];
} listing;

static yj_status list_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    listing *l = ctx;
    l->counts[v->status]++;
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
        write_text(w, "title", &c->packs[i].title);
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

yj_status yj_present_status(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                            const char *as_of, const char *checkpoint, bool simulated, yj_buf *out,
                            yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    write_packs(&w, c);
    yj_jw_kstr(&w, "as_of", as_of);
    yj_jw_kstr(&w, "checkpoint", checkpoint);
    yj_jw_kbool(&w, "simulated_clock", simulated);
    YJ_TRY(write_institution(&w, db, c, inst, err));
    yj_jw_key(&w, "verdicts");
    yj_jw_array(&w);
    listing l = { .s = { .db = db, .c = c, .inst = inst, .w = &w } };
    yj_buf_init(&l.s.last_name, 65536);
    size_t total = 0;
    yj_status s = yj_verdicts(db, c, inst, q, list_verdict, &l, &total, err);
    yj_buf_done(&l.s.last_name);
    YJ_TRY(s);
    yj_jw_end_array(&w);
    yj_jw_ki64(&w, "total", (int64_t)total);
    yj_jw_key(&w, "counts");
    yj_jw_object(&w);
    for (int i = 0; i < YJ_V_GONE; i++)
        yj_jw_ki64(&w, yj_verdict_name((yj_verdict_status)i), (int64_t)l.counts[i]);
    yj_jw_end_object(&w);
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
    listing l = { .s = { .db = db, .c = c, .inst = inst, .w = &w }, .today = today };
    yj_buf_init(&l.s.last_name, 65536);
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < kept.count; i++)
        s = list_verdict(&l, &kept.rows[i].v, err);
    yj_buf_done(&l.s.last_name);
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
                             const char *subject, int64_t as_of_seq, yj_buf *out, yj_error *err)
{
    const yj_kind *k = &c->kinds[r->subject];
    char id[37];
    YJ_TRY(yj_record_find(db, c, inst, k, subject, id, err));
    yj_jw w;
    yj_jw_init(&w, out);
    explained x = { .s = { .db = db, .c = c, .inst = inst, .w = &w } };
    yj_buf_init(&x.s.last_name, 65536);
    yj_jw_object(&w);
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
    yj_status s = yj_verdicts(db, c, inst, &q, explain_verdict, &x, NULL, err);
    if (s == YJ_OK && !x.found)
        s = yj_fail(err, YJ_E_NOT_FOUND, "requirement %s has not been judged for that record", r->id);
    if (s == YJ_OK)
        s = write_facts(&x, k, id, as_of_seq, err);
    if (s == YJ_OK) { /* else the writer stands anywhere */
        write_text(&w, "what_to_do", &r->guidance);
        yj_jw_end_object(&w);
    }
    yj_buf_done(&x.s.last_name);
    free(x.proofs);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}
