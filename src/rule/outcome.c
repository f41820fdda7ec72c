// SPDX-License-Identifier: Apache-2.0
/*
 * One rule run for many subjects; its rows become one outcome for each.
 *
 * The order of rows never matters: values and proofs are sorted, so both engines, and a run for one subject
 * and for all, come to the same text. A row that makes no sense fails the subject it names and no other, for
 * the same reason; a row that names a subject not asked for fails the run.
 */
#include "pack/sentence.h"
#include "rule/internal.h"

#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>

#define SUBJECTS_MAX 1000 /* for one run: the limits of rows and time are meant for so many */
#define FAILURES_MAX 8    /* runs over a limit before the rest of the subjects is given up */
#define VALUES_MAX 50
#define VALUE_CHARS_MAX 200
#define VALUES_BYTES_MAX ((size_t)32 << 10) /* of one verdict; then "..." */
#define MORE "..."

typedef struct texts {
    const char **v; /* NULL: the value is not given */
    size_t count, cap;
} texts;

/** What the rows of one subject have come to so far. */
typedef struct gathered {
    int status; /* -1: no row yet */
    int reason;
    char due[YJ_DATE_LEN + 1]; /* earliest; "" none */
    bool failed;
    texts *values; /* by value column */
    uint32_t *proofs;
    size_t proof_count, proof_cap;
} gathered;

typedef struct value_column {
    const char *name; /* without "v_" */
    int col;
} value_column;

typedef struct rule_run {
    const yj_catalog *c;
    const yj_requirement *r;
    const yj_rule *rule;
    const char *today;
    yj_arena *arena;
    yj_proofs *proofs;
    yj_idset subjects;
    gathered *of; /* by number in subjects */
    bool columns_known;
    int subject, status, reason, due, proof_kind, proof;
    value_column *values; /* sorted by name */
    size_t value_count;
    bool **used; /* by reason: which values its sentence shows; NULL: not looked up yet */
    const yj_kind *last_kind;
    bool last_kind_ok;
    const char *nonsense; /* first complaint */
    bool strangers;       /* the running statement named a subject not asked for */
    size_t failures;
} rule_run;

static int compare_columns(const void *a, const void *b)
{
    return strcmp(((const value_column *)a)->name, ((const value_column *)b)->name);
}

static yj_status read_columns(rule_run *run, yj_stmt *row, yj_error *err)
{
    struct {
        const char *name;
        int *col;
    } known[] = {
        { "subject", &run->subject }, { "status", &run->status }, { "reason", &run->reason },
        { "due", &run->due },         { "proof", &run->proof },   { "proof_kind", &run->proof_kind }
    };
    int count = yj_stmt_columns(row);
    run->values = yj_arena_array(run->arena, (size_t)count, sizeof *run->values);
    YJ_TRY(yj_arena_status(run->arena, err));
    for (int i = 0; i < count; i++) {
        const char *name = yj_stmt_column_name(row, i);
        for (size_t j = 0; j < YJ_COUNT(known); j++)
            if (strcasecmp(name, known[j].name) == 0)
                *known[j].col = i;
        if (strncasecmp(name, "v_", 2) == 0)
            run->values[run->value_count++] = (value_column){ yj_arena_strdup(run->arena, name + 2), i };
    }
    qsort(run->values, run->value_count, sizeof *run->values, compare_columns);
    run->columns_known = true;
    for (size_t i = 0; i < YJ_COUNT(known); i++)
        if (*known[i].col < 0)
            return yj_fail(err, YJ_E_RULE, "rule %s gives no column %s", run->rule->name, known[i].name);
    return yj_arena_status(run->arena, err);
}

/** Which value columns do the sentences of the reason show? The others would only make verdicts differ. */
static yj_status used_values(rule_run *run, int reason, const bool **ret, yj_error *err)
{
    if (!run->used[reason]) {
        bool *used = yj_arena_array(run->arena, run->value_count, sizeof *used);
        YJ_TRY(yj_arena_status(run->arena, err));
        for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
            yj_span rest = yj_span_of(run->rule->reasons[reason].sentence.in[lang]);
            yj_sentence_part part;
            const char *fault;
            while (yj_sentence_next(&rest, &part, &fault))
                for (size_t i = 0; part.what == YJ_SENTENCE_VALUE && i < run->value_count; i++)
                    used[i] |= yj_span_is(part.text, run->values[i].name);
        }
        run->used[reason] = used;
    }
    *ret = run->used[reason];
    return YJ_OK;
}

/* --- one row ------------------------------------------------------------------------------------------- */

static void complain(rule_run *run, gathered *g, const char *what)
{
    if (g)
        g->failed = true;
    if (!run->nonsense)
        run->nonsense = what;
}

/** At most VALUE_CHARS_MAX code points of well-formed UTF-8. */
static yj_span cut(yj_span s)
{
    s.len = yj_utf8_prefix(s);
    size_t chars = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.ptr[i] & 0xc0) == 0x80)
            continue;
        if (chars++ == VALUE_CHARS_MAX)
            s.len = i;
    }
    return s;
}

static yj_status add_value(rule_run *run, texts *t, yj_stmt *row, int col, yj_error *err)
{
    const char *text = NULL;
    if (!yj_col_null(row, col)) {
        yj_span s = cut(yj_col_text(row, col));
        if (t->count && t->v[t->count - 1] && yj_span_is(s, t->v[t->count - 1]))
            return YJ_OK; /* rows often repeat a value */
        text = yj_arena_strndup(run->arena, s.ptr, s.len);
    } else if (t->count && !t->v[t->count - 1]) {
        return YJ_OK;
    }
    if (t->count == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 4;
        const char **v = yj_arena_array(run->arena, cap, sizeof *v);
        YJ_TRY(yj_arena_status(run->arena, err));
        if (t->count)
            memcpy(v, t->v, t->count * sizeof *v);
        t->v = v;
        t->cap = cap;
    }
    t->v[t->count++] = text;
    return yj_arena_status(run->arena, err);
}

static bool may_prove(rule_run *run, const yj_kind *k)
{
    if (run->last_kind != k) {
        run->last_kind = k;
        run->last_kind_ok = yj_rule_may_prove(run->c, run->rule, run->r->subject, k->index);
    }
    return run->last_kind_ok;
}

static yj_status add_proof(rule_run *run, gathered *g, yj_stmt *row, yj_error *err)
{
    if (yj_col_null(row, run->proof))
        return YJ_OK;
    yj_span id = yj_col_text(row, run->proof);
    yj_span name = yj_col_text(row, run->proof_kind);
    const yj_kind *k = run->last_kind && yj_span_is(name, run->last_kind->name)
                           ? run->last_kind
                           : yj_catalog_kind(run->c, name);
    if (!k || id.len == 0 || id.len > 64 || !may_prove(run, k)) {
        complain(run, g, "a proof of a kind that the rule does not read");
        return YJ_OK;
    }
    if (g->proof_count == g->proof_cap) {
        size_t cap = g->proof_cap ? 2 * g->proof_cap : 4;
        uint32_t *proofs = yj_arena_array(run->arena, cap, sizeof *proofs);
        YJ_TRY(yj_arena_status(run->arena, err));
        if (g->proof_count)
            memcpy(proofs, g->proofs, g->proof_count * sizeof *proofs);
        g->proofs = proofs;
        g->proof_cap = cap;
    }
    return yj_proofs_add(run->proofs, k, id, &g->proofs[g->proof_count++], err);
}

static int reason_of(const rule_run *run, const gathered *g, yj_span code)
{
    if (g->reason >= 0 && yj_span_is(code, run->rule->reasons[g->reason].code))
        return g->reason;
    for (size_t i = 0; i < run->rule->reason_count; i++)
        if (yj_span_is(code, run->rule->reasons[i].code))
            return (int)i;
    return -1;
}

static void earlier_due(rule_run *run, gathered *g, yj_stmt *row)
{
    if (yj_col_null(row, run->due))
        return;
    yj_span due = yj_col_text(row, run->due);
    if (!yj_date_valid(due))
        complain(run, g, "a due date that is none");
    else if (!g->due[0] || memcmp(due.ptr, g->due, YJ_DATE_LEN) < 0)
        memcpy(g->due, due.ptr, YJ_DATE_LEN);
}

static yj_status on_row(void *ctx, yj_stmt *row, yj_error *err)
{
    rule_run *run = ctx;
    if (!run->columns_known)
        YJ_TRY(read_columns(run, row, err));
    size_t at = yj_idset_find(&run->subjects, yj_col_text(row, run->subject));
    if (at == YJ_IDSET_NONE) {
        run->strangers = true;
        return YJ_OK;
    }
    gathered *g = &run->of[at];
    yj_verdict_status status;
    int reason = reason_of(run, g, yj_col_text(row, run->reason));
    if (!yj_verdict_by_name(yj_col_text(row, run->status), &status) || status == YJ_V_GONE) {
        complain(run, g, "an unknown status");
        return YJ_OK;
    }
    if (reason < 0) {
        complain(run, g, "a reason code that is not declared");
        return YJ_OK;
    }
    earlier_due(run, g, row);
    if (g->status >= 0 && (int)status > g->status)
        return YJ_OK; /* a worse one stands */
    if (!g->values) {
        g->values = yj_arena_array(run->arena, run->value_count, sizeof *g->values);
        YJ_TRY(yj_arena_status(run->arena, err));
    }
    if (g->status != (int)status) {
        g->proof_count = 0;
        g->reason = -1;
        g->status = (int)status;
    }
    YJ_TRY(add_proof(run, g, row, err));
    if (g->reason >= 0 && reason > g->reason)
        return YJ_OK; /* an earlier code stands */
    if (g->reason != reason) {
        for (size_t i = 0; i < run->value_count; i++)
            g->values[i].count = 0;
        g->reason = reason;
    }
    const bool *used;
    YJ_TRY(used_values(run, reason, &used, err));
    for (size_t i = 0; i < run->value_count; i++)
        if (used[i])
            YJ_TRY(add_value(run, &g->values[i], row, run->values[i].col, err));
    return YJ_OK;
}

/* --- one run ------------------------------------------------------------------------------------------- */

static void forget(rule_run *run, size_t from, size_t to, bool failed)
{
    for (size_t i = from; i < to; i++)
        run->of[i] = (gathered){ .status = -1, .reason = -1, .failed = failed };
}

static void log_failure(const rule_run *run, const char *what)
{
    yj_log(YJ_LOG_WARN, "rule %s failed for requirement %s: %s", run->rule->name, run->r->id, what);
}

/** Whose fault is it? What the engine itself cannot do ends the judging. */
static bool rules_fault(yj_status s)
{
    return s == YJ_E_LIMIT || s == YJ_E_FORBIDDEN || s == YJ_E_RULE || s == YJ_E_INVALID || s == YJ_E_DB;
}

/** One statement. A rule that fails leaves the transaction as it was. @return YJ_E_LIMIT: try fewer subjects
 */
static yj_status run_once(rule_run *run, yj_db *db, const yj_rule_param *params, size_t from, size_t to,
                          yj_error *err)
{
    yj_error why = { 0 };
    run->strangers = false;
    yj_status s = yj_confine_run(db, run->rule->sql, params, run->r->with_count, run->subjects.ids + from,
                                 to - from, YJ_RULE_LIMITS_DEFAULT, on_row, run, &why);
    if (s == YJ_OK && !run->strangers)
        return YJ_OK;
    if (s == YJ_OK) {
        forget(run, from, to, true);
        complain(run, NULL, "a subject that it was not asked about");
        return YJ_OK;
    }
    if (!rules_fault(s)) {
        if (err)
            *err = why;
        return s;
    }
    run->failures++;
    if (s == YJ_E_LIMIT && to - from > 1) {
        forget(run, from, to, false);
        return s;
    }
    forget(run, from, to, true);
    log_failure(run, why.msg);
    return YJ_OK; /* were it the connection that failed, the next statement would tell */
}

static yj_status run_range(rule_run *run, yj_db *db, const yj_rule_param *params, size_t from, size_t to,
                           yj_error *err)
{
    if (run->failures >= FAILURES_MAX) {
        forget(run, from, to, true);
        return YJ_OK;
    }
    yj_status s = run_once(run, db, params, from, to, err);
    if (s != YJ_E_LIMIT || to - from == 1)
        return s;
    size_t middle = from + (to - from) / 2;
    YJ_TRY(run_range(run, db, params, from, middle, err));
    return run_range(run, db, params, middle, to, err);
}

/* --- outcomes ------------------------------------------------------------------------------------------ */

yj_outcome yj_outcome_plain(yj_verdict_status status, const char *code)
{
    return (yj_outcome){ .status = status, .code = code, .values = "{}", .proofs = "[]" };
}

yj_verdict yj_outcome_verdict(const yj_catalog *c, const yj_requirement *r, const char *subject,
                              const yj_outcome *o)
{
    return (yj_verdict){ .requirement = r->index,
                         .requirement_id = r->id,
                         .subject = subject,
                         .kind = r->subject,
                         .kind_name = c->kinds[r->subject].name,
                         .status = o->status,
                         .code = o->code,
                         .values = o->values,
                         .proofs = o->proofs,
                         .strength = o->strength,
                         .due = o->due };
}

/** NULL, then numbers by their size, then texts by their bytes. */
static int compare_values(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    if (!x || !y)
        return (x != NULL) - (y != NULL);
    int64_t m, n;
    bool x_number = yj_span_i64(yj_span_of(x), &m), y_number = yj_span_i64(yj_span_of(y), &n);
    if (x_number != y_number)
        return x_number ? -1 : 1;
    if (x_number && m != n)
        return m < n ? -1 : 1;
    return strcmp(x, y);
}

static void write_texts(yj_jw *w, texts *t)
{
    yj_jw_array(w);
    if (t->count > 1)
        qsort(t->v, t->count, sizeof *t->v, compare_values);
    size_t written = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (i && compare_values(&t->v[i - 1], &t->v[i]) == 0)
            continue;
        if (written == VALUES_MAX || w->out->len > VALUES_BYTES_MAX) {
            yj_jw_str(w, MORE);
            break;
        }
        yj_jw_str(w, t->v[i]);
        written++;
    }
    yj_jw_end_array(w);
}

static void write_values(rule_run *run, gathered *g, yj_buf *out)
{
    yj_jw w;
    yj_buf_clear(out);
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    for (size_t i = 0; i < run->value_count; i++) {
        if (!run->used[g->reason][i])
            continue;
        yj_jw_key(&w, run->values[i].name);
        write_texts(&w, &g->values[i]);
    }
    yj_jw_end_object(&w);
}

static int compare_proofs(const void *a, const void *b, void *ctx)
{
    const yj_proofs *p = ctx;
    return strcmp(p->keys.ids[*(const uint32_t *)a], p->keys.ids[*(const uint32_t *)b]);
}

/** @return the weakest of them, 0 without any */
static int write_proofs(rule_run *run, gathered *g, yj_buf *out)
{
    yj_jw w;
    yj_buf_clear(out);
    yj_jw_init(&w, out);
    yj_jw_array(&w);
    if (g->proof_count > 1)
        qsort_r(g->proofs, g->proof_count, sizeof *g->proofs, compare_proofs, run->proofs);
    int weakest = 0;
    size_t written = 0;
    for (size_t i = 0; i < g->proof_count; i++) {
        if (i && g->proofs[i] == g->proofs[i - 1])
            continue;
        const struct yj_proof *p = &run->proofs->rows[g->proofs[i]];
        if (weakest == 0 || p->strength < weakest)
            weakest = p->strength;
        if (written++ >= YJ_PROOFS_MAX)
            continue;
        yj_jw_array(&w);
        yj_jw_str(&w, run->c->kinds[p->kind].name);
        yj_jw_str(&w, yj_proof_id(run->proofs, g->proofs[i]));
        yj_jw_end_array(&w);
    }
    yj_jw_end_array(&w);
    return weakest;
}

static yj_status finish(rule_run *run, gathered *g, yj_buf *buf, yj_outcome *ret, yj_error *err)
{
    if (g->failed) {
        *ret = yj_outcome_plain(YJ_V_UNKNOWN, YJ_CODE_FAILED);
        return YJ_OK;
    }
    if (g->status < 0) {
        *ret = yj_outcome_plain(YJ_V_UNKNOWN, ".silent");
        return YJ_OK;
    }
    yj_outcome o = { .status = (yj_verdict_status)g->status, .code = run->rule->reasons[g->reason].code };
    write_values(run, g, buf);
    YJ_TRY(yj_buf_status(buf, err));
    o.values = yj_arena_strndup(run->arena, buf->ptr, buf->len);
    o.strength = write_proofs(run, g, buf);
    YJ_TRY(yj_buf_status(buf, err));
    o.proofs = yj_arena_strndup(run->arena, buf->ptr, buf->len);
    bool past = strcmp(g->due, run->today) < 0;
    if (g->due[0] && !(past && o.status == YJ_V_NOT_APPLICABLE))
        o.due = yj_arena_strdup(run->arena, g->due);
    *ret = o;
    return yj_arena_status(run->arena, err);
}

static yj_status prepare(rule_run *run, const char *const *subjects, size_t count, yj_rule_param **ret,
                         yj_error *err)
{
    run->subjects.arena = run->arena;
    for (size_t i = 0; i < count; i++)
        YJ_TRY(yj_idset_add(&run->subjects, yj_span_of(subjects[i]), NULL, err));
    run->of = yj_arena_array(run->arena, count, sizeof *run->of);
    run->used = yj_arena_array(run->arena, run->rule->reason_count, sizeof *run->used);
    yj_rule_param *params = yj_arena_array(run->arena, run->r->with_count, sizeof *params);
    YJ_TRY(yj_arena_status(run->arena, err));
    for (size_t i = 0; i < run->r->with_count; i++)
        params[i] =
            (yj_rule_param){ run->r->with[i].name, run->r->with[i].value, run->r->with[i].is_integer };
    forget(run, 0, count, false);
    *ret = params;
    return YJ_OK;
}

yj_status yj_outcomes(yj_db *db, const yj_catalog *c, const yj_requirement *r, int64_t inst,
                      const char *today, const char *const *subjects, size_t count, yj_proofs *proofs,
                      yj_arena *arena, yj_outcome *ret, yj_error *err)
{
    rule_run run = {
        .c = c, .r = r, .rule = &c->rules[r->rule], .today = today, .arena = arena, .proofs = proofs
    };
    run.subject = run.status = run.reason = run.due = run.proof_kind = run.proof = -1;
    yj_rule_param *params;
    YJ_TRY(prepare(&run, subjects, count, &params, err));
    for (size_t from = 0; from < count; from += SUBJECTS_MAX) {
        size_t to = count - from < SUBJECTS_MAX ? count : from + SUBJECTS_MAX;
        YJ_TRY(run_range(&run, db, params, from, to, err));
    }
    if (run.nonsense)
        log_failure(&run, run.nonsense);
    YJ_TRY(yj_proofs_weigh(proofs, db, c, inst, arena, err));
    yj_buf buf;
    yj_buf_init(&buf, (size_t)1 << 20);
    yj_status s = YJ_OK;
    for (size_t i = 0; i < count && s == YJ_OK; i++)
        s = finish(&run, &run.of[i], &buf, &ret[i], err);
    yj_buf_done(&buf);
    return s;
}
