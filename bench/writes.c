// SPDX-License-Identifier: Apache-2.0
/* Durable entries: as fast as 64 writers get them acknowledged, and how long one takes at a given rate. */
#include "world.h"

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "notice/post.h"
#include "record/backup.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define WRITERS 64
#define MOVE_EVERY 100 /* one change in so many goes through a gate, while deployments stand before one */

typedef struct load {
    world *w;
    unsigned writers;
    uint64_t first;
    double rate; /* changes per second, 0: as many as there can be */
    bool moves;
    atomic_bool stop;
    atomic_uint_fast64_t next, done, moved, shut;
    atomic_uint next_deployment;
    int64_t start;
    int kind_term, kind_system, kind_deployment;
} load;

/* Processor time of the engine's writer, read on its own thread after each commit: on a busy machine it tells
 * what the wall clock does not. */
static atomic_int_fast64_t writer_cpu_ns;

static void on_commit(void *ctx, int64_t inst, uint64_t from, uint64_t size, bool judgement)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    atomic_store(&writer_cpu_ns, (int64_t)t.tv_sec * YJ_NS_PER_S + t.tv_nsec);
}

static void follow_writer(world *w)
{
    world_settle(w);
    atomic_store(&writer_cpu_ns, 0); /* an engine just opened has a new thread */
    yj_engine_on_commit(w->e, on_commit, NULL);
}

static int64_t process_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * YJ_NS_PER_S + t.tv_nsec;
}

typedef struct writer {
    pthread_t thread;
    load *l;
    sample acks;
} writer;

/* Spread over institutions, deployments and terms, so that two changes of a group seldom meet. */
static void change_of(const load *l, uint64_t n, yj_change *c, char id[static YJ_UUID_LEN + 1], json_t **ret)
{
    const world *w = l->w;
    uint64_t i = n / w->inst_count, d = i % w->deployments;
    unsigned term = (unsigned)(i / w->deployments % WORLD_TERMS);
    char text[96];
    *c = (yj_change){ .inst = w->inst[n % w->inst_count].inst,
                      .op = YJ_CH_CHANGE,
                      .by = yj_engine_operator(w->e),
                      .id = id,
                      .expect_version = -1 };
    if (n % 8 == 0) { /* a system that many rules read */
        c->kind = l->kind_system;
        world_id('d', WORLD_SYSTEM, (unsigned)d, id);
        *ret = json_pack("{s:i, s:s}", "rto_minutes", (int)(30 + n / 8 % 60), "note", "bench");
        return;
    }
    c->kind = l->kind_term;
    world_id('d', WORLD_TERM + term, (unsigned)d, id);
    if (n % 8 == 1) { /* a verdict changes each time */
        *ret = json_pack("{s:s, s:i}", "verdict", i / w->deployments % 2 ? "conforms" : "deviates", "page",
                         (int)(1 + n % 9000));
        return;
    }
    snprintf(text, sizeof text, "passage %llu of the contract, as it stands after the talks",
             (unsigned long long)n);
    *ret = json_pack("{s:s, s:i}", "passage", text, "page", (int)(1 + n % 9000));
}

static bool move_of(load *l, yj_change *c, char id[static YJ_UUID_LEN + 1])
{
    const world *w = l->w;
    unsigned n = atomic_fetch_add(&l->next_deployment, 1);
    if (n / w->deployments >= w->inst_count)
        return false;
    world_id('d', WORLD_DEPLOYMENT, n % w->deployments, id);
    *c = (yj_change){ .inst = w->inst[n / w->deployments].inst,
                      .op = YJ_CH_MOVE,
                      .by = yj_engine_operator(w->e),
                      .kind = l->kind_deployment,
                      .id = id,
                      .expect_version = -1,
                      .transition = "serve" };
    return true;
}

static void run_one(load *l, uint64_t n)
{
    yj_error err = { 0 };
    yj_change c;
    char id[YJ_UUID_LEN + 1];
    json_t *fields = NULL;
    bool moves = l->moves && n % MOVE_EVERY == 0 && move_of(l, &c, id);
    if (!moves) {
        change_of(l, n, &c, id, &fields);
        must(yj_fields_check(l->w->c, &l->w->c->kinds[c.kind], fields, &err), &err, "fields");
        c.fields = fields;
    }
    yj_status s = yj_change_run(l->w->e, &c, &err);
    if (moves && (s == YJ_OK || s == YJ_E_GATE))
        atomic_fetch_add(s == YJ_OK ? &l->moved : &l->shut, 1);
    else
        must(s, &err, "change");
    if (s == YJ_OK && !c.unchanged)
        atomic_fetch_add(&l->done, 1);
    yj_change_done(&c);
    json_decref(fields);
}

static void *writer_main(void *ctx)
{
    writer *me = ctx;
    load *l = me->l;
    while (!atomic_load(&l->stop)) {
        uint64_t n = atomic_fetch_add(&l->next, 1);
        int64_t t = yj_monotonic_ns();
        if (l->rate > 0) { /* measured from when it was due, so that a stall is not left out */
            int64_t due = l->start + (int64_t)((double)n * 1e9 / l->rate);
            if (due > t) {
                struct timespec until = { due / YJ_NS_PER_S, due % YJ_NS_PER_S };
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
            }
            t = due;
        }
        run_one(l, l->first + n);
        sample_add(&me->acks, yj_monotonic_ns() - t);
    }
    return NULL;
}

/* --- the judge's lag, seen from outside ------------------------------------------------------- */

/* An entry is behind until the table `judged` has passed it: polled, with the time at which the poll first
 * saw it. Judgements are no work for the judge: the newest may stay the last of its ledger for long. The
 * engine's own figure, of all institutions, is kept beside it. */
typedef struct watch {
    pthread_t thread;
    world *w;
    atomic_bool stop;
    int64_t max_ns, engine_max_ns;
} watch;

#define POLLS 4096

static void *watch_main(void *ctx)
{
    watch *me = ctx;
    static int64_t seen_at[POLLS], seen_size[POLLS];
    uint64_t from = 0, to = 0;
    while (!atomic_load(&me->stop)) {
        int64_t now = yj_monotonic_ns(), lag = yj_engine_judge_lag(me->w->e);
        if (lag > me->engine_max_ns)
            me->engine_max_ns = lag;
        char sql[200]; /* the first institution stands for all: they are treated alike, one after the other */
        snprintf(sql, sizeof sql,
                 "SELECT seq + 1 FROM entry WHERE inst = %lld AND op <> 'judge' ORDER BY seq DESC LIMIT 1",
                 (long long)me->w->inst[0].inst);
        seen_size[to % POLLS] = world_number(me->w, sql);
        seen_at[to++ % POLLS] = now;
        snprintf(sql, sizeof sql, "SELECT upto FROM judged WHERE inst = %lld",
                 (long long)me->w->inst[0].inst);
        int64_t upto = world_number(me->w, sql);
        while (from < to && seen_size[from % POLLS] <= upto)
            from++;
        if (from < to && now - seen_at[from % POLLS] > me->max_ns)
            me->max_ns = now - seen_at[from % POLLS];
        if (to - from >= POLLS)
            from = to - POLLS + 1;
        usleep(10000);
    }
    return NULL;
}

/* --- a run ------------------------------------------------------------------------------------ */

typedef struct result {
    double per_second, p50, p99, max, lag_ms, engine_lag_ms, group;
    double writer_us, process_us; /* processor time for an acknowledged entry */
    uint64_t acked, moved, shut;
} result;

typedef void (*beside_fn)(world *w, void *ctx);

/* Run the load for some seconds, or while `beside` takes. */
static result run_load(world *w, unsigned writers, double rate, bool moves, double seconds, beside_fn beside,
                       void *ctx)
{
    static uint64_t first; /* numbers go on from run to run: no change is one that was made already */
    load l = { .w = w, .writers = writers, .rate = rate, .moves = moves, .first = first };
    l.kind_term = world_kind(w, "contract_term");
    l.kind_system = world_kind(w, "system");
    l.kind_deployment = world_kind(w, "deployment");
    watch eye = { .w = w };
    writer *all = must_have(calloc(writers, sizeof *all));
    yj_engine_stats before, after;
    yj_engine_stats_read(w->e, &before);
    int64_t writer_cpu = atomic_load(&writer_cpu_ns), process_cpu = process_cpu_ns();
    l.start = yj_monotonic_ns();
    if (pthread_create(&eye.thread, NULL, watch_main, &eye) != 0)
        abort();
    for (unsigned i = 0; i < writers; i++) {
        all[i].l = &l;
        if (pthread_create(&all[i].thread, NULL, writer_main, &all[i]) != 0)
            abort();
    }
    if (beside)
        beside(w, ctx);
    else
        usleep((useconds_t)(seconds * 1e6));
    uint64_t done = atomic_load(&l.done);
    int64_t took = yj_monotonic_ns() - l.start;
    writer_cpu = atomic_load(&writer_cpu_ns) - writer_cpu;
    process_cpu = process_cpu_ns() - process_cpu;
    yj_engine_stats_read(w->e, &after);
    atomic_store(&l.stop, true);
    sample acks = { 0 };
    for (unsigned i = 0; i < writers; i++) {
        pthread_join(all[i].thread, NULL);
        sample_join(&acks, &all[i].acks);
        sample_free(&all[i].acks);
    }
    world_settle(w);
    result r = { .per_second = (double)done * 1e9 / (double)took,
                 .p50 = sample_ms(&acks, 500),
                 .p99 = sample_ms(&acks, 990),
                 .max = sample_ms(&acks, 1000),
                 .acked = done,
                 .moved = atomic_load(&l.moved),
                 .shut = atomic_load(&l.shut),
                 .writer_us = done ? (double)writer_cpu / 1e3 / (double)done : 0,
                 .process_us = done ? (double)process_cpu / 1e3 / (double)done : 0,
                 .group = after.commits > before.commits
                              ? (double)done / (double)(after.commits - before.commits)
                              : 0 };
    atomic_store(&eye.stop, true);
    pthread_join(eye.thread, NULL);
    r.lag_ms = (double)eye.max_ns / 1e6;
    r.engine_lag_ms = (double)eye.engine_max_ns / 1e6;
    first += atomic_load(&l.next) + 7919;
    sample_free(&acks);
    free(all);
    return r;
}

static void print_result(const char *name, const result *r)
{
    printf("%-34s %6.0f/s  ack p50 %6.2f p99 %7.2f ms  %5.1f in a commit  CPU us: writer %4.0f, all %4.0f  "
           "lag %5.0f "
           "ms (engine: %.0f)",
           name, r->per_second, r->p50, r->p99, r->group, r->writer_us, r->process_us, r->lag_ms,
           r->engine_lag_ms);
    if (r->moved + r->shut)
        printf("  gates: %llu open, %llu shut", (unsigned long long)r->moved, (unsigned long long)r->shut);
    printf("\n");
    fflush(stdout);
}

static result in_mode(world *w, const char *mode, bool judge, unsigned writers, bool moves, unsigned seconds)
{
    char name[80];
    world_close(w);
    world_sync(mode);
    world_open(w, judge);
    follow_writer(w);
    result r = run_load(w, writers, 0, moves, seconds, NULL, NULL);
    snprintf(name, sizeof name, "%s, %u writer%s%s%s", mode, writers, writers > 1 ? "s" : "",
             moves ? ", 1% gated" : "", judge ? "" : ", no judge");
    print_result(name, &r);
    return r;
}

void bench_writes(const char *data, size_t institutions, unsigned deployments, unsigned seconds)
{
    world w;
    world_make(&w, data, institutions, deployments);
    double price = fsync_ms(data);
    in_mode(&w, "full", true, WRITERS, false, 1); /* warms up */
    result full = in_mode(&w, "full", true, WRITERS, false, seconds);
    result off = in_mode(&w, world_on_sqlite() ? "unsynced" : "off", true, WRITERS, false, seconds);
    result full2 = in_mode(&w, "full", true, WRITERS, false, seconds);
    result alone = in_mode(&w, "full", false, WRITERS, false, seconds);
    result slow = { 0 }, single = { 0 };
    if (world_on_sqlite()) {
        slow = in_mode(&w, "delay:2000", true, WRITERS, false, seconds);
        single = in_mode(&w, "delay:2000", true, 1, false, seconds);
    } else {
        single = in_mode(&w, "full", true, 1, false, seconds);
    }
    result gated = in_mode(&w, "full", true, WRITERS, true, seconds);
    double f = (full.per_second + full2.per_second) / 2,
           lag = full.lag_ms > full2.lag_ms ? full.lag_ms : full2.lag_ms;
    printf("= writes: %zu x %u: %.0f/s; judge lag %.0f ms; fsync %.2f ms; of fsync off %.2f; without judge "
           "%.0f/s; writer's CPU %.0f us an entry; ",
           institutions, deployments, f, lag, price, f / off.per_second, alone.per_second, full2.writer_us);
    if (world_on_sqlite())
        printf("2 ms fsync: %.0f/s, %.1f times one commit each (%.0f/s); ", slow.per_second,
               slow.per_second / single.per_second, single.per_second);
    else
        printf("%.1f times one commit each (%.0f/s); ", f / single.per_second, single.per_second);
    printf("1%% gated %.0f/s\n", gated.per_second);
    world_drop(&w);
}

/* --- notices ---------------------------------------------------------------------------------- */

#define PAIRS 4

/* The same load with nobody working out what is news, and with the post of a server that does; in turn, so
 * that what else the machine does falls on both alike. */
void bench_notices(const char *data, size_t institutions, unsigned deployments, unsigned seconds)
{
    world w;
    double without = 0, with = 0, cpu_without = 0, cpu_with = 0;
    world_make(&w, data, institutions, deployments);
    in_mode(&w, "full", true, WRITERS, false, 1); /* warms up */
    for (int i = 0; i < PAIRS; i++) {
        yj_error err = { 0 };
        yj_post_office *post = NULL;
        result r = in_mode(&w, "full", true, WRITERS, false, seconds);
        without += r.per_second / PAIRS;
        cpu_without += r.writer_us / PAIRS;
        must(yj_post_start(w.e, &(yj_post_options){ 0 }, &post, &err), &err, "post");
        r = run_load(&w, WRITERS, 0, false, seconds, NULL, NULL);
        yj_post_stop(post);
        print_result("full, 64 writers, notices", &r);
        with += r.per_second / PAIRS;
        cpu_with += r.writer_us / PAIRS;
    }
    printf("= notices: %zu x %u: %.0f/s with, %.0f/s without, %.3f of it; writer's CPU %.1f us an entry and "
           "%.1f, %.3f "
           "times; %lld notices\n",
           institutions, deployments, with, without, with / without, cpu_with, cpu_without,
           cpu_with / cpu_without, (long long)world_number(&w, "SELECT coalesce(sum(count), 0) FROM notice"));
    world_drop(&w);
}

/* --- latency ---------------------------------------------------------------------------------- */

/* What the registers of one hold by default, its share of what it has in common with others among them. */
#define ROWS_OF_DEPLOYMENT 157

static void beside_import(world *w, void *ctx)
{
    unsigned *rows = ctx;
    int64_t t = yj_monotonic_ns();
    size_t n = world_import(w, w->inst_count, *rows / ROWS_OF_DEPLOYMENT);
    printf("# import beside it: %zu rows in %.1f s\n", n, (double)(yj_monotonic_ns() - t) / 1e9);
}

/* Each into a file of its own, removed when the load is over: removing a large file holds up the disk. */
static void beside_backup(world *w, void *ctx)
{
    yj_error err = { 0 };
    yj_backup_report r;
    char path[1024];
    int *n = ctx;
    int64_t t = yj_monotonic_ns();
    for (*n = 0; yj_monotonic_ns() - t < 4 * YJ_NS_PER_S; (*n)++) {
        snprintf(path, sizeof path, "%s.backup-%d", w->data, *n);
        must(yj_backup(w->e, path, &r, &err), &err, "backup");
    }
    printf("# backups beside it: %d of %llu entries in %.1f s\n", *n, (unsigned long long)r.entries,
           (double)(yj_monotonic_ns() - t) / 1e9);
}

static void remove_backups(const world *w, int n)
{
    char path[1024];
    while (n-- > 0) {
        snprintf(path, sizeof path, "%s.backup-%d", w->data, n);
        (void)unlink(path);
    }
}

void bench_latency(const char *data, unsigned deployments, unsigned seconds, unsigned rows)
{
    world w;
    world_make(&w, data, 1, deployments);
    double price = fsync_ms(data);
    follow_writer(&w);
    world_institution(&w, "import");
    w.inst_count--; /* the load leaves it alone; beside_import finds it behind the end */
    result idle = run_load(&w, WRITERS, 1000, false, seconds, NULL, NULL);
    print_result("1,000/s", &idle);
    result half = run_load(&w, WRITERS, 500, false, seconds, NULL, NULL);
    print_result("500/s", &half);
    /* PostgreSQL is backed up by its own tools */
    int backups = 0;
    result backup =
        world_on_sqlite() ? run_load(&w, WRITERS, 1000, false, 0, beside_backup, &backups) : (result){ 0 };
    remove_backups(&w, backups);
    if (world_on_sqlite())
        print_result("1,000/s beside a backup", &backup);
    result import = run_load(&w, WRITERS, 1000, false, 0, beside_import, &rows);
    print_result("1,000/s beside an import", &import);
    printf("= latency: at 1,000/s p99 %.2f ms (%.0f/s), ", idle.p99, idle.per_second);
    if (world_on_sqlite())
        printf("beside a backup %.2f ms (%.0f/s), ", backup.p99, backup.per_second);
    printf("beside an import of %u rows %.2f ms (%.0f/s); fsync %.2f ms\n", rows, import.p99,
           import.per_second, price);
    w.inst_count++;
    world_drop(&w);
}
