// SPDX-License-Identifier: Apache-2.0
/*
 * Where judging spends its time: processor time, rules apart, of a whole institution judged, of the changes
 * that `verdict` makes, and of a gate looked at. Nothing is written, so each round does the same. On
 * PostgreSQL, where the server does the work, it is time that passed.
 */
#include "world.h"

#include "rule/judge.h"
#include "store/confine.h"
#include <stdio.h>
#include <time.h>

typedef struct spent {
    const char *sql, *name;
    int64_t ns;
    size_t runs, subjects, rows;
} spent;

static struct {
    const yj_catalog *c;
    spent *rules;
    size_t count;
    spent *of; /* the run that goes on */
    yj_rule_row_fn fn;
    void *ctx;
} watch;

static int64_t spent_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(world_on_sqlite() ? clock : CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * YJ_NS_PER_S + t.tv_nsec;
}

static yj_status count_row(void *ctx, yj_stmt *row, yj_error *err)
{
    watch.of->rows++;
    return watch.fn(watch.ctx, row, err);
}

/* The link replaces yj_confine_run by this. Only one thread judges while it is watched. */
yj_status __real_yj_confine_run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                                const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                                yj_rule_row_fn fn, void *ctx, yj_error *err);
yj_status __wrap_yj_confine_run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                                const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                                yj_rule_row_fn fn, void *ctx, yj_error *err);
yj_status __wrap_yj_confine_run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                                const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                                yj_rule_row_fn fn, void *ctx, yj_error *err)
{
    watch.of = NULL;
    for (size_t i = 0; i < watch.count && !watch.of; i++)
        if (watch.rules[i].sql == sql)
            watch.of = &watch.rules[i];
    if (!watch.of)
        return __real_yj_confine_run(db, sql, params, param_count, subjects, subject_count, limits, fn, ctx,
                                     err);
    watch.fn = fn;
    watch.ctx = ctx;
    int64_t t = spent_ns(CLOCK_THREAD_CPUTIME_ID);
    yj_status s = __real_yj_confine_run(db, sql, params, param_count, subjects, subject_count, limits,
                                        count_row, NULL, err);
    watch.of->ns += spent_ns(CLOCK_THREAD_CPUTIME_ID) - t;
    watch.of->runs++;
    watch.of->subjects += subject_count;
    return s;
}

static void watch_rules(const yj_catalog *c)
{
    watch.c = c;
    watch.count = c->rule_count;
    watch.rules = must_have(calloc(c->rule_count + 1, sizeof *watch.rules));
    for (size_t i = 0; i < c->rule_count; i++)
        watch.rules[i] = (spent){ .sql = c->rules[i].sql, .name = c->rules[i].name };
}

static void forget_spent(void)
{
    for (size_t i = 0; i < watch.count; i++)
        watch.rules[i] = (spent){ .sql = watch.rules[i].sql, .name = watch.rules[i].name };
}

static int by_time(const void *a, const void *b)
{
    const spent *x = a, *y = b;
    return (x->ns < y->ns) - (x->ns > y->ns);
}

/** @param ns of all rounds; what the rules did not take is the engine's own */
static void print_spent(const world *w, const char *what, int64_t ns, unsigned rounds, size_t judged)
{
    double in_rules = 0;
    size_t runs = 0;
    qsort(watch.rules, watch.count, sizeof *watch.rules, by_time);
    for (size_t i = 0; i < watch.count; i++) {
        in_rules += (double)watch.rules[i].ns;
        runs += watch.rules[i].runs;
    }
    printf("= rules: %u: %-28s %9.3f ms, of which rules %9.3f ms; %zu runs, %zu verdicts, %.1f us each\n",
           w->deployments, what, (double)ns / rounds / 1e6, in_rules / rounds / 1e6, runs / rounds,
           judged / rounds, (double)ns / 1e3 / (double)(judged ? judged : 1));
    for (size_t i = 0; i < watch.count && watch.rules[i].runs; i++) {
        const spent *s = &watch.rules[i];
        printf("    %-24s %9.3f ms %4zu runs %6zu subjects %7zu rows  %8.1f us a subject\n", s->name,
               (double)s->ns / rounds / 1e6, s->runs / rounds, s->subjects / rounds, s->rows / rounds,
               (double)s->ns / 1e3 / (double)(s->subjects ? s->subjects : 1));
    }
    fflush(stdout);
}

/* --- what is judged --------------------------------------------------------------------------- */

typedef struct change {
    const char *name, *kind, *field;
    char scope;
    unsigned line;
} change;

static const change changes[] = {
    { "all of it", NULL, NULL, 0, 0 },
    { "a document that proves all", "evidence", "source", 'a', WORLD_EVIDENCE },
    { "a leaf record", "contract_term", "verdict", 'd', WORLD_TERM },
    { "a leaf record, its text", "contract_term", "passage", 'd', WORLD_TERM },
    { "a system", "system", "level", 'd', WORLD_SYSTEM },
    { "a system's recovery time", "system", "rto_minutes", 'd', WORLD_SYSTEM },
    { "a platform of 20 deployments", "platform", "level", 'g', WORLD_PLATFORM },
};

#define REFS_MAX 16

/* The options that a record holds, and what it refers to, as the writer would tell the judge. */
typedef struct told {
    yj_touch_ref refs[REFS_MAX];
    char ids[REFS_MAX][64];
    size_t ref_count;
    yj_touch_choice choices[YJ_FIELDS_MAX];
    size_t choice_count;
} told;

static void tell_value(told *t, const yj_field *f, int field, yj_span value)
{
    const yj_option *o = yj_field_option(f, value);
    if (o)
        t->choices[t->choice_count++] = (yj_touch_choice){ field, (int)(o - f->options) };
    if (f->ref_kind < 0 || t->ref_count == REFS_MAX)
        return;
    snprintf(t->ids[t->ref_count], sizeof t->ids[0], "%.*s", (int)value.len, value.ptr);
    t->refs[t->ref_count] = (yj_touch_ref){ field, t->ids[t->ref_count] };
    t->ref_count++;
}

static void tell(yj_db *db, const yj_kind *k, const char *id, told *t)
{
    yj_error err = { 0 };
    *t = (told){ 0 };
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        char sql[256];
        if ((f->ref_kind < 0 && f->type != YJ_T_CHOICE) || f->list)
            continue;
        snprintf(sql, sizeof sql, "SELECT f_%s FROM r_%s WHERE id = ?1 AND f_%s IS NOT NULL", f->name,
                 k->name, f->name);
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        must(yj_db_prepare_made(db, sql, &st, &err), &err, sql);
        yj_bind_cstr(st, 1, id);
        must(yj_stmt_step(st, &row, &err), &err, sql);
        if (row)
            tell_value(t, f, (int)i, yj_col_text(st, 0));
    }
}

/** Mark in `d` what the change touches. @return the processor time of that */
static int64_t mark(const world *w, yj_db *db, const change *ch, unsigned deployment, yj_dirty *d)
{
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    told is;
    if (!ch->kind) {
        yj_dirty_all(d);
        return 0;
    }
    int kind = world_kind(w, ch->kind);
    const yj_field *f = yj_kind_field(&w->c->kinds[kind], yj_span_of(ch->field));
    if (!f)
        abort();
    size_t at = (size_t)(f - w->c->kinds[kind].fields);
    world_id(ch->scope, ch->line, deployment, id);
    tell(db, &w->c->kinds[kind], id, &is);
    yj_touch t = { .kind = kind,
                   .id = id,
                   .refs = is.refs,
                   .ref_count = is.ref_count,
                   .choices = is.choices,
                   .choice_count = is.choice_count,
                   .choices_known = true };
    t.changed[at / 64] = UINT64_C(1) << (at % 64);
    int64_t ns = spent_ns(CLOCK_THREAD_CPUTIME_ID);
    must(yj_dirty_touch(d, db, w->inst[0].inst, &t, &err), &err, ch->name);
    return spent_ns(CLOCK_THREAD_CPUTIME_ID) - ns;
}

static void judge_change(const world *w, yj_db *db, const yj_reach *reach, const change *ch)
{
    yj_error err = { 0 };
    yj_arena *arena = must_have(yj_arena_new((size_t)64 << 20));
    unsigned rounds = !ch->kind ? 3 : ch->scope == 'a' ? 10 : 100;
    size_t judged = 0;
    int64_t ns = 0;
    for (unsigned i = 0; i <= rounds; i++) { /* the first makes caches warm and is not counted */
        if (i == 1) {
            forget_spent();
            judged = 0;
            ns = 0;
        }
        yj_scope scope;
        yj_judgement j;
        yj_date today;
        yj_dirty *d = must_have(yj_dirty_new(w->c, reach));
        ns += mark(w, db, ch, ch->scope == 'g' ? world_of_twenty(i, w->deployments) : i % w->deployments, d);
        int64_t t = spent_ns(CLOCK_THREAD_CPUTIME_ID);
        yj_engine_today(w->e, &today);
        must(yj_scope_load(db, w->c, w->inst[0].inst, today.s, arena, &scope, &err), &err, "scope");
        must(yj_judge(db, w->c, d, &scope, NULL, &j, &err), &err, "judge");
        judged += j.judged;
        yj_judgement_done(&j);
        ns += spent_ns(CLOCK_THREAD_CPUTIME_ID) - t;
        yj_dirty_free(d);
    }
    print_spent(w, ch->name, ns, rounds, judged);
    yj_arena_free(arena);
}

static void look_at_gate(const world *w)
{
    yj_error err = { 0 };
    unsigned rounds = w->deployments < 20 ? w->deployments : 20;
    int64_t ns = 0;
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    for (unsigned i = 0; i <= rounds; i++) {
        char id[YJ_UUID_LEN + 1];
        if (i == 1) {
            forget_spent();
            ns = 0;
        }
        world_id('d', WORLD_DEPLOYMENT, i * 7 % w->deployments, id);
        int64_t t = spent_ns(CLOCK_PROCESS_CPUTIME_ID); /* the writer looks */
        must(yj_engine_gates(w->e, w->inst[0].inst, world_kind(w, "deployment"), id, YJ_LANG_ZH, &out, &err),
             &err, "gate");
        ns += spent_ns(CLOCK_PROCESS_CPUTIME_ID) - t;
    }
    size_t subjects = 0;
    for (size_t i = 0; i < watch.count; i++)
        subjects += watch.rules[i].subjects;
    print_spent(w, "the gates of a deployment", ns, rounds, subjects);
    yj_buf_done(&out);
}

void bench_rules(const char *data, unsigned deployments)
{
    world w;
    yj_error err = { 0 };
    world_sync("off");
    world_make(&w, data, 1, deployments);
    world_close(&w);
    world_open(&w, false);
    yj_reach *reach = NULL;
    must(yj_reach_new(w.c, &reach, &err), &err, "reach");
    watch_rules(w.c);
    yj_db *db = NULL;
    must(yj_reader_take(w.e, &db, &err), &err, "reader");
    must(yj_confine_setup(db, w.c->tables, w.c->kind_count, &err), &err, "views"); /* readers run no rules */
    must(yj_db_begin(db, YJ_DB_READ, &err), &err, "begin");
    for (size_t i = 0; i < YJ_COUNT(changes); i++)
        judge_change(&w, db, reach, &changes[i]);
    yj_db_rollback(db);
    yj_reader_give(w.e, db);
    look_at_gate(&w);
    yj_reach_free(reach);
    free(watch.rules);
    world_drop(&w);
}
