// SPDX-License-Identifier: Apache-2.0
/*
 * The whole sector: so many institutions in one store. Prints what there is and what it takes on disk, then
 * judges everything from nothing (the verdict tables emptied, the engine opened again, as a server would on a
 * store that was never judged), looks at pages of verdicts of institutions anywhere, and lets a day pass.
 * SQLite only.
 */
#include "world.h"

#include "record/read.h"
#include "rule/judge.h"
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#define PAGES 400
#define PAGE 50

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** The most there ever was. */
static double resident_mib(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024 : 0;
}

/** Bytes of tables and their indexes whose name begins with one of the names; from the pages they own. */
static int64_t bytes_of(world *w, const char *condition)
{
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE %s)",
        condition);
    return world_number(w, sql);
}

/** Records of all kinds. @param kinds set to how many kinds have any */
static int64_t count_records(world *w, size_t *kinds)
{
    int64_t records = 0;
    *kinds = 0;
    for (size_t i = 0; i < w->c->kind_count; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM r_%s", w->c->kinds[i].name);
        int64_t n = world_number(w, sql);
        records += n;
        *kinds += n > 0;
    }
    return records;
}

/** Of all institutions: those that are stored, and those that follow from what the subject is. */
static yj_verdict_counts count_verdicts(world *w)
{
    yj_error err = { 0 };
    yj_verdict_counts all = { 0 };
    yj_db *db = NULL;
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    for (size_t i = 0; i < w->inst_count; i++) {
        yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
        yj_verdict_counts n;
        must(yj_verdicts(db, w->c, w->inst[i].inst, &q, NULL, NULL, &n, &err), &err, "count");
        all.total += n.total;
        for (int status = YJ_V_UNMET; status <= YJ_V_NOT_APPLICABLE; status++)
            all.of[status] += n.of[status];
    }
    yj_reader_give(w->e, db);
    return all;
}

static void print_verdicts(world *w, int64_t stored)
{
    static const char *const names[] = { "unmet", "unknown", "met", "not applicable" };
    yj_verdict_counts n = count_verdicts(w);
    double total = (double)(n.total ? n.total : 1);
    printf("= sector: %zu x %u: %zu verdicts, %lld of them stored:", w->inst_count, w->deployments, n.total,
           (long long)stored);
    for (int status = YJ_V_UNMET; status <= YJ_V_NOT_APPLICABLE; status++)
        printf("%s %zu %s (%.1f %%)", status ? "," : "", n.of[status], names[status],
               100.0 * (double)n.of[status] / total);
    printf("\n");
}

static void print_size(world *w)
{
    size_t kinds;
    int64_t records = count_records(w, &kinds);
    int64_t versions = world_number(w, "SELECT count(*) FROM entry WHERE version > 0"),
            verdicts = world_number(w, "SELECT count(*) FROM verdict"),
            judged =
                world_number(w, "SELECT coalesce(sum(length(packed)), 0) + coalesce(sum(length(body)), 0) "
                                "FROM body b JOIN entry e ON e.inst = b.inst AND e.seq = b.seq "
                                "WHERE e.op = 'judge'"),
            verdict_bytes = bytes_of(w, "tbl_name IN ('verdict', 'verdict_log')") + judged,
            packs = bytes_of(w, "tbl_name = 'pack_file'"),
            all = world_number(w, "SELECT sum(pgsize) FROM dbstat");
    double deployments = (double)w->inst_count * w->deployments;
    printf(
        "= sector: %zu x %u: seed %llu, density %u: %lld records of %zu kinds, %lld versions (%.1f for each "
        "deployment, %.1f of them changes), %.1f MB\n",
        w->inst_count, w->deployments, (unsigned long long)template_seed(), template_density(),
        (long long)records, kinds, (long long)versions, (double)versions / deployments,
        (double)(versions - records) / deployments, (double)all / 1e6);
    print_verdicts(w, verdicts);
    printf("= sector: %zu x %u: %.0f bytes for each stored verdict (limit 120), %.0f for each version (limit "
           "1200)\n",
           w->inst_count, w->deployments, (double)verdict_bytes / (double)(verdicts ? verdicts : 1),
           (double)(all - verdict_bytes - packs) / (double)(versions ? versions : 1));
    fflush(stdout);
}

/** As if nobody had ever judged: what the judgement entries say stays in the ledger. */
static void forget_verdicts(world *w)
{
    yj_error err = { 0 };
    yj_store *store = NULL;
    yj_db *db = NULL;
    char url[1200];
    world_close(w);
    snprintf(url, sizeof url, "sqlite:%s/yunjian.db", w->data);
    must(yj_store_open(url, &store, &err), &err, "store");
    must(yj_db_open(store, YJ_DB_WRITE, &db, &err), &err, "open");
    must(yj_db_script(db, "DELETE FROM verdict; DELETE FROM verdict_log; DELETE FROM judged", &err), &err,
         "forget");
    yj_db_free(db);
    yj_store_free(store);
}

static void judge_from_nothing(world *w)
{
    forget_verdicts(w);
    world_open(w, false);
    world_close(w);
    double cpu = cpu_s();
    int64_t began = yj_monotonic_ns();
    world_open(w, true);
    world_settle(w);
    double took = (double)(yj_monotonic_ns() - began) / 1e9;
    cpu = cpu_s() - cpu;
    int64_t stored = world_number(w, "SELECT count(*) FROM verdict");
    double n = (double)count_verdicts(w).total;
    printf("= sector: %zu x %u: judged from nothing in %.2f s: %.0f verdicts/s (limit 250000), of them %.0f "
           "stored; %.0f for each second of processor; %.0f MiB resident (limit 2048)\n",
           w->inst_count, w->deployments, took, n / took, (double)stored / took, n / cpu, resident_mib());
    fflush(stdout);
}

static yj_status count_one(void *ctx, const yj_verdict *v, yj_error *err)
{
    (void)v;
    (void)err;
    (*(size_t *)ctx)++;
    return YJ_OK;
}

/** @param counted with how many there are in all, as the API gives it */
static void read_pages(world *w, bool counted)
{
    yj_error err = { 0 };
    sample took = { 0 };
    uint64_t seed = 20260301;
    yj_db *db = NULL;
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    for (size_t i = 0; i < PAGES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
        size_t n = 0, inst = (size_t)(seed >> 33) % w->inst_count;
        q.limit = PAGE;
        q.offset = (size_t)(seed >> 20) % 2000;
        int64_t began = yj_monotonic_ns();
        yj_verdict_counts all;
        must(yj_verdicts(db, w->c, w->inst[inst].inst, &q, count_one, &n, counted ? &all : NULL, &err), &err,
             "page");
        sample_add(&took, yj_monotonic_ns() - began);
    }
    yj_reader_give(w->e, db);
    printf("= sector: %zu x %u: a page of %d verdicts of any institution%s p50 %.2f  p99 %.2f ms\n",
           w->inst_count, w->deployments, PAGE, counted ? ", all of them counted," : "",
           sample_ms(&took, 500), sample_ms(&took, 990));
    fflush(stdout);
    sample_free(&took);
}

/** The day after the first on which verdicts lapse: only they are judged again. */
static void pass_a_day(world *w)
{
    yj_error err = { 0 };
    yj_date today, next;
    char sql[160], instant[40];
    yj_engine_today(w->e, &today);
    int64_t first = world_number(w, "SELECT coalesce(min(due), -1) FROM verdict"),
            entries = world_number(w, "SELECT count(*) FROM entry WHERE op = 'judge'");
    if (first < yj_date_to_days(today.s) || !yj_date_from_days(first + 1, &next)) {
        printf("= sector: %zu x %u: nothing is due\n", w->inst_count, w->deployments);
        return;
    }
    snprintf(sql, sizeof sql, "SELECT count(*) FROM verdict WHERE due <= %lld", (long long)first);
    int64_t due = world_number(w, sql);
    snprintf(instant, sizeof instant, "%sT00:00:01+08:00", next.s);
    int64_t began = yj_monotonic_ns();
    must(yj_engine_set_clock(w->e, instant, &err), &err, "clock");
    world_settle(w);
    double took = (double)(yj_monotonic_ns() - began) / 1e9;
    printf("= sector: %zu x %u: %lld verdicts lapse on %s: judged %.2f s later (limit 30), in %lld entries\n",
           w->inst_count, w->deployments, (long long)due, next.s, took,
           (long long)(world_number(w, "SELECT count(*) FROM entry WHERE op = 'judge'") - entries));
    fflush(stdout);
}

void bench_sector(const char *data, const size_t *institutions, size_t sizes, unsigned deployments)
{
    world_simulate("2026-11-27T09:00:00+08:00");
    for (size_t i = 0; i < sizes; i++) {
        world w;
        world_make(&w, data, institutions[i], deployments);
        print_size(&w);
        judge_from_nothing(&w);
        read_pages(&w, false);
        read_pages(&w, true);
        pass_a_day(&w);
        world_drop(&w);
    }
}
