// SPDX-License-Identifier: Apache-2.0
/*
 * Do the cases of a pack catch a mistake in its rules? Each rule is damaged in each place that mutants.h
 * knows, and the cases of the requirements that it judges are run, first beside each other, which is quick,
 * then one by one, then those of the gates that ask for one of them, until one fails. Run by `make mutate`.
 *
 * A view that several rules share is damaged as a rule is, in all rules that name it, whose own damages leave
 * it whole.
 *
 *   mutate [--rule NAME] [--threads N] [--equivalent FILE] PACK...
 *
 * Rules and cases are those of the packs that build on all the others; packs are loaded in the order given. A
 * damaged rule that the dialect refuses, or whose SQL no database would run, is no mistake that could be
 * made, and not counted. FILE lists mutants that mean the same as the rule, with the reason: RULE, OP, WHAT,
 * BY and REASON, parted by tabs. Prints each damaged rule that no case catches, then for each rule and for
 * all how many were caught; "stale" is a line of FILE that no mutant fits or whose mutant is caught.
 *
 * Exit: 0 if at least 95 of 100 are caught and nothing is stale, 1 if not, 3 if it could not be measured.
 */
#include "mutants.h"

#include "base/file.h"
#include "record/case_run.h"
#include "store/schema.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKS_MAX 16
#define SEED 20260301
#define SHARE 0.95

typedef struct equal {
    const char *rule, *op, *what, *by, *reason;
    atomic_bool seen;
} equal;

typedef struct tally {
    size_t caught, missed, equivalent, refused;
} tally;

static struct {
    const char *const *folders;
    size_t folder_count;
    const char *only;
    equal *equals;
    size_t equal_count;
    atomic_size_t next; /* rule; after the rules, view */
    tally *of;          /* likewise */
    size_t rule_count, view_count;
    pthread_mutex_t print;
} job;

/* One thread's own copy of everything: a rule is damaged in its catalog. */
typedef struct bench_worker {
    yj_arena *arena, *scratch;
    yj_pack_source *sources[PACKS_MAX];
    yj_catalog *c;
    yj_cases *cases[PACKS_MAX];
    yj_rule_checker *checker;
    yj_store *store;
    yj_db *db;
    char folder[64];
    yj_error err;
} worker;

static void must(yj_status s, const yj_error *err, const char *what)
{
    if (s == YJ_OK)
        return;
    fprintf(stderr, "mutate: %s: %s %s\n", what, err->field, err->msg);
    exit(3);
}

/* Does the pack build on all the others? What stands below it is not what is looked at, and its cases know
 * nothing of requirements that the pack adds to their gates. */
static bool on_top(const yj_catalog *c, size_t pack)
{
    for (size_t i = 0; i < c->pack_count; i++)
        if (!(c->packs[pack].needs >> i & 1U))
            return false;
    return true;
}

static bool name_on_top(const yj_catalog *c, const char *pack)
{
    for (size_t i = 0; i < c->pack_count; i++)
        if (strcmp(c->packs[i].name, pack) == 0)
            return on_top(c, i);
    return false;
}

static void worker_open(worker *w)
{
    size_t complaints = 0;
    w->arena = yj_arena_new((size_t)256 << 20);
    w->scratch = yj_arena_new((size_t)256 << 20);
    if (!w->arena || !w->scratch)
        must(YJ_E_NOMEM, &w->err, "out of memory");
    for (size_t i = 0; i < job.folder_count; i++)
        must(yj_pack_source_read(job.folders[i], &w->sources[i], &w->err), &w->err, job.folders[i]);
    must(yj_catalog_load((const yj_pack_source *const *)w->sources, job.folder_count, &w->c, NULL, 0,
                         &complaints, &w->err),
         &w->err, "packs");
    for (size_t i = 0; i < job.folder_count; i++)
        if (on_top(w->c, i))
            must(yj_cases_load(w->sources[i], (const yj_pack_source *const *)w->sources, job.folder_count,
                               w->c, &w->cases[i], NULL, 0, &complaints, &w->err),
                 &w->err, "cases");
    must(yj_rule_checker_new(w->c->tables, w->c->kind_count, &w->checker, &w->err), &w->err, "checker");
    snprintf(w->folder, sizeof w->folder, "/tmp/yunjian-mutate-XXXXXX");
    if (!mkdtemp(w->folder))
        must(YJ_E_IO, &w->err, w->folder);
    char url[100];
    snprintf(url, sizeof url, "sqlite:%s/cases.db", w->folder);
    must(yj_store_open(url, &w->store, &w->err), &w->err, "store");
    must(yj_store_migrate(w->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &w->err),
         &w->err, "migrate");
    must(yj_db_open(w->store, YJ_DB_WRITE, &w->db, &w->err), &w->err, "connect");
}

static void worker_close(worker *w)
{
    yj_db_free(w->db);
    yj_store_free(w->store);
    must(yj_dir_remove(w->folder, &w->err), &w->err, w->folder);
    yj_rule_checker_free(w->checker);
    for (size_t i = 0; i < job.folder_count; i++) {
        yj_cases_free(w->cases[i]);
        yj_pack_source_free(w->sources[i]);
    }
    yj_catalog_unref(w->c);
    yj_arena_free(w->scratch);
    yj_arena_free(w->arena);
}

static bool gate_asks(const yj_catalog *c, const yj_case *k, size_t rule)
{
    const yj_gate *g = &c->gates[c->kinds[k->gate_kind].transitions[k->gate_transition].gate];
    for (size_t i = 0; i < g->requirement_count; i++)
        if (c->requirements[g->requirements[i]].rule == (int)rule)
            return true;
    return false;
}

static yj_status on_result(void *ctx, const yj_case_result *r, yj_error *err)
{
    bool *failed = ctx;
    *failed = !r->passed;
    return r->passed ? YJ_OK : yj_fail(err, YJ_E_USAGE, "caught");
}

/* Does a case fail? Those of requirements first, gates after them. */
static bool some_case_fails(worker *w, size_t rule)
{
    for (int gates = 0; gates < 2; gates++) {
        for (size_t p = 0; p < job.folder_count; p++) {
            if (!w->cases[p])
                continue;
            yj_case *rows = yj_arena_array(w->scratch, w->cases[p]->count + 1, sizeof *rows);
            yj_cases some = { .rows = rows };
            for (size_t i = 0; i < w->cases[p]->count; i++) {
                const yj_case *k = &w->cases[p]->rows[i];
                if (k->requirement >= 0 ? !gates && w->c->requirements[k->requirement].rule == (int)rule
                                        : gates && gate_asks(w->c, k, rule))
                    rows[some.count++] = *k;
            }
            bool failed = false;
            yj_case_totals t;
            yj_status s =
                some.count ? yj_case_run(w->db, w->c, &some, SEED, on_result, &failed, &t, &w->err) : YJ_OK;
            if (failed)
                return true;
            must(s, &w->err, w->c->rules[rule].name);
        }
    }
    return false;
}

static equal *listed_as_equal(const char *rule, const mutant *m)
{
    for (size_t i = 0; i < job.equal_count; i++) {
        equal *e = &job.equals[i];
        if (strcmp(e->rule, rule) == 0 && strcmp(e->op, m->op) == 0 && strcmp(e->what, m->what) == 0 &&
            strcmp(e->by, m->by) == 0)
            return e;
    }
    return NULL;
}

/* A mutant and what has become of it. */
typedef struct trial {
    const mutant *m;
    yj_rule rule; /* damaged */
    yj_rule_shape shape;
    bool refused, caught;
} trial;

static void try_setup(worker *w, yj_arena *a, const yj_rule *whole, trial *t)
{
    t->rule = *whole;
    t->rule.sql = mutant_sql(a, yj_span_of(whole->sql), t->m);
    t->refused = yj_rule_sql_check(w->checker, yj_span_of(t->rule.sql), whole->params, whole->param_count,
                                   &t->shape, &w->err) != YJ_OK;
    t->rule.shape = t->shape;
}

/* Enter the cases of a requirement beside each other once, and hold them against every damaged rule: most
 * mistakes are caught so, and quickly. */
static void try_together(worker *w, size_t rule, const yj_cases *cases, int requirement, trial *t,
                         size_t count)
{
    yj_rule *r = (yj_rule *)(uintptr_t)&w->c->rules[rule]; /* this catalog is the worker's own */
    const yj_rule whole = *r;
    yj_case_stage *stage;
    must(yj_case_stage_new(w->db, w->c, cases, requirement, &stage, &w->err), &w->err, whole.name);
    for (size_t i = 0; stage && i < count; i++) {
        if (t[i].refused || t[i].caught)
            continue;
        bool held = false;
        *r = t[i].rule;
        yj_status s = yj_case_stage_hold(stage, &held, &w->err);
        *r = whole;
        must(s, &w->err, whole.name);
        t[i].caught = !held;
    }
    yj_case_stage_free(stage);
}

static void count_trial(const char *name, tally *of, const trial *t)
{
    equal *e = listed_as_equal(name, t->m);
    if (t->refused) {
        of->refused++;
    } else if (t->caught) {
        of->caught++;
    } else if (e) {
        of->equivalent++;
        atomic_store(&e->seen, true);
    } else {
        of->missed++;
        pthread_mutex_lock(&job.print);
        printf("%s\t%d\t%s\t%s\t%s\n", name, t->m->line, t->m->op, t->m->what, t->m->by);
        fflush(stdout);
        pthread_mutex_unlock(&job.print);
    }
}

/* The cases of all requirements that the rule judges, beside each other. */
static void try_quickly(worker *w, size_t rule, trial *t, size_t count)
{
    for (size_t p = 0; p < job.folder_count; p++)
        for (size_t q = 0; q < w->c->requirement_count; q++)
            if (w->cases[p] && w->c->requirements[q].rule == (int)rule)
                try_together(w, rule, w->cases[p], (int)q, t, count);
}

static void try_alone(worker *w, size_t rule, trial *t)
{
    yj_rule *r = (yj_rule *)(uintptr_t)&w->c->rules[rule];
    const yj_rule whole = *r;
    yj_arena_reset(w->scratch);
    *r = t->rule;
    t->caught = some_case_fails(w, rule);
    *r = whole;
}

/* What the rule's own file says; the mutants' places are in the text with its views. */
static mutant *mutants_of_rule(worker *w, yj_arena *a, const yj_rule *r, size_t *ret_count)
{
    const char *own = yj_arena_fmt(a, "%.*s%s", (int)r->put_from, r->sql, r->sql + r->put_to);
    const mutant *m = mutants_of(a, yj_span_of(own), ret_count);
    mutant *out = yj_arena_array(a, *ret_count + 1, sizeof *out);
    must(yj_arena_status(a, &w->err), &w->err, "mutants");
    for (size_t i = 0; i < *ret_count; i++) {
        out[i] = m[i];
        if (m[i].from >= r->put_from) {
            out[i].from += r->put_to - r->put_from;
            out[i].to += r->put_to - r->put_from;
        }
    }
    return out;
}

static void try_rule(worker *w, size_t rule, yj_arena *a)
{
    const yj_rule whole = w->c->rules[rule];
    size_t count;
    const mutant *m = mutants_of_rule(w, a, &whole, &count);
    trial *t = yj_arena_array(a, count + 1, sizeof *t);
    must(yj_arena_status(a, &w->err), &w->err, "mutants");
    for (size_t i = 0; i < count; i++) {
        t[i].m = &m[i];
        try_setup(w, a, &whole, &t[i]);
    }
    try_quickly(w, rule, t, count);
    for (size_t i = 0; i < count; i++) {
        if (!t[i].refused && !t[i].caught)
            try_alone(w, rule, &t[i]);
        count_trial(whole.name, &job.of[rule], &t[i]);
        if (!t[i].refused)
            yj_rule_shape_done(&t[i].shape);
    }
}

/* --- views -----------------------------------------------------------------------------------------------
 */

/* Every damage of a view, done to one of the rules that name it: quickly, or by those cases that take longer.
 */
static void try_view_in(worker *w, yj_arena *a, size_t rule, size_t at, bool quickly, trial *t, size_t count)
{
    const yj_rule whole = w->c->rules[rule];
    trial *here = yj_arena_array(a, count + 1, sizeof *here);
    mutant *m = yj_arena_array(a, count + 1, sizeof *m);
    must(yj_arena_status(a, &w->err), &w->err, "mutants");
    for (size_t i = 0; i < count; i++) {
        m[i] = *t[i].m;
        m[i].from += at;
        m[i].to += at;
        here[i] = (trial){ .m = &m[i], .refused = true };
        if (!t[i].caught)
            try_setup(w, a, &whole, &here[i]);
        t[i].refused = t[i].refused && here[i].refused;
    }
    if (quickly)
        try_quickly(w, rule, here, count);
    for (size_t i = 0; i < count; i++) {
        if (!quickly && !here[i].refused)
            try_alone(w, rule, &here[i]);
        t[i].caught = t[i].caught || here[i].caught;
        if (!here[i].refused)
            yj_rule_shape_done(&here[i].shape);
    }
}

static void try_view(worker *w, size_t view, yj_arena *a)
{
    const yj_view *v = &w->c->views[view];
    size_t count;
    const mutant *m = mutants_of(a, yj_span_of(v->sql), &count);
    trial *t = yj_arena_array(a, count + 1, sizeof *t);
    must(yj_arena_status(a, &w->err), &w->err, "mutants");
    for (size_t i = 0; i < count; i++)
        t[i] = (trial){ .m = &m[i], .refused = true };
    for (int slowly = 0; slowly < 2; slowly++)
        for (size_t r = 0; r < w->c->rule_count; r++)
            for (size_t k = 0; k < w->c->rules[r].view_count; k++)
                if (w->c->rules[r].views[k].view == (int)view)
                    try_view_in(w, a, r, w->c->rules[r].views[k].at, !slowly, t, count);
    for (size_t i = 0; i < count; i++) {
        t[i].refused = t[i].refused && !t[i].caught;
        count_trial(v->name, &job.of[job.rule_count + view], &t[i]);
    }
}

static void try_one(worker *w, size_t at, yj_arena *a)
{
    if (at >= job.rule_count) {
        try_view(w, at - job.rule_count, a);
        return;
    }
    if (some_case_fails(w, at))
        must(YJ_E_INVALID, &w->err, "the cases must pass before");
    try_rule(w, at, a);
}

static const char *name_of(const yj_catalog *c, size_t at)
{
    return at < c->rule_count ? c->rules[at].name : c->views[at - c->rule_count].name;
}

static const char *pack_of(const yj_catalog *c, size_t at)
{
    return at < c->rule_count ? c->rules[at].pack : c->views[at - c->rule_count].pack;
}

static void *work(void *arg)
{
    worker *w = arg;
    worker_open(w);
    for (;;) {
        size_t at = atomic_fetch_add(&job.next, 1);
        if (at >= job.rule_count + job.view_count)
            break;
        if (!name_on_top(w->c, pack_of(w->c, at)) || (job.only && strcmp(job.only, name_of(w->c, at)) != 0))
            continue;
        yj_arena *a = yj_arena_new((size_t)64 << 20);
        must(a ? YJ_OK : YJ_E_NOMEM, &w->err, "out of memory");
        try_one(w, at, a);
        yj_arena_free(a);
    }
    worker_close(w);
    return NULL;
}

/* --- the list of equals ----------------------------------------------------------------------------------
 */

static void read_equals(const char *path, yj_buf *keep)
{
    yj_error err;
    yj_buf_init(keep, (size_t)1 << 20);
    must(yj_file_read(path, (size_t)1 << 20, keep, &err), &err, path);
    int number = 0;
    for (char *line = keep->ptr, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        if (*line == '#' || *line == '\0')
            continue;
        char *part[5];
        size_t n = 0;
        for (char *p = line; p && n < 5; n++) {
            part[n] = p;
            p = strchr(p, '\t');
            if (p)
                *p++ = '\0';
        }
        if (n < 5 || part[4][0] == '\0') {
            fprintf(stderr, "mutate: %s:%d: not RULE, OP, WHAT, BY, REASON\n", path, number);
            exit(3);
        }
        job.equals = realloc(job.equals, (job.equal_count + 1) * sizeof *job.equals);
        if (!job.equals)
            exit(3);
        equal *e = &job.equals[job.equal_count++];
        e->rule = part[0];
        e->op = part[1];
        e->what = part[2];
        e->by = part[3];
        e->reason = part[4];
        atomic_init(&e->seen, false);
    }
}

/* --- report ----------------------------------------------------------------------------------------------
 */

static int report(const yj_catalog *c)
{
    tally all = { 0 };
    size_t stale = 0;
    for (size_t i = 0; i < job.rule_count + job.view_count; i++) {
        tally *t = &job.of[i];
        size_t counted = t->caught + t->missed;
        if (counted)
            printf("= %-32s %4zu of %4zu caught, %zu equivalent\n", name_of(c, i), t->caught, counted,
                   t->equivalent);
        all.caught += t->caught;
        all.missed += t->missed;
        all.equivalent += t->equivalent;
        all.refused += t->refused;
    }
    for (size_t i = 0; i < job.equal_count; i++) {
        equal *e = &job.equals[i];
        if (atomic_load(&e->seen) || (job.only && strcmp(job.only, e->rule) != 0))
            continue;
        printf("stale: %s\t%s\t%s\t%s\n", e->rule, e->op, e->what, e->by);
        stale++;
    }
    size_t counted = all.caught + all.missed;
    double share = counted ? (double)all.caught / (double)counted : 0;
    printf("= all: %zu of %zu damaged rules caught (%.1f %%), %zu equivalent, %zu refused by the dialect\n",
           all.caught, counted, 100 * share, all.equivalent, all.refused);
    return share >= SHARE && !stale ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *folders[PACKS_MAX], *equals = NULL;
    int64_t threads = 2;
    size_t n = 0;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (more && strcmp(argv[i], "--rule") == 0)
            job.only = argv[++i];
        else if (more && strcmp(argv[i], "--equivalent") == 0)
            equals = argv[++i];
        else if (more && strcmp(argv[i], "--threads") == 0)
            threads = yj_span_i64(yj_span_of(argv[++i]), &threads) ? threads : 0;
        else if (argv[i][0] != '-' && n < PACKS_MAX)
            folders[n++] = argv[i];
        else
            n = PACKS_MAX + 1;
    }
    if (n == 0 || n > PACKS_MAX || threads < 1 || threads > 64) {
        fprintf(stderr, "usage: mutate [--rule NAME] [--threads N] [--equivalent FILE] PACK...\n");
        return 2;
    }
    yj_buf keep = { 0 };
    if (equals)
        read_equals(equals, &keep);
    job.folders = folders;
    job.folder_count = n;
    pthread_mutex_init(&job.print, NULL);
    worker first = { 0 };
    worker_open(&first);
    job.rule_count = first.c->rule_count;
    job.view_count = first.c->view_count;
    job.of = calloc(job.rule_count + job.view_count + 1, sizeof *job.of);
    worker *w = calloc((size_t)threads, sizeof *w);
    pthread_t *id = calloc((size_t)threads, sizeof *id);
    if (!job.of || !w || !id)
        return 3;
    bool found = !job.only;
    for (size_t i = 0; i < job.rule_count + job.view_count; i++)
        found |= job.only && strcmp(job.only, name_of(first.c, i)) == 0;
    if (!found) {
        fprintf(stderr, "mutate: no rule %s\n", job.only);
        return 2;
    }
    for (int64_t i = 0; i < threads; i++)
        if (pthread_create(&id[i], NULL, work, &w[i]) != 0)
            return 3;
    for (int64_t i = 0; i < threads; i++)
        pthread_join(id[i], NULL);
    int rc = report(first.c);
    worker_close(&first);
    yj_buf_done(&keep);
    free(job.equals);
    free(job.of);
    free(w);
    free(id);
    return rc;
}
