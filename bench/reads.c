// SPDX-License-Identifier: Apache-2.0
/* Verification of a cold ledger, verdicts after a change, rebuild and as-of. */
#include "world.h"

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "record/read.h"
#include "record/rebuild.h"
#include "rule/judge.h"
#include "store/schema.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- verify ----------------------------------------------------------------------------------- */

#define INSTITUTION "0190f3a0-0000-7000-8000-0000000000aa"
#define T0 INT64_C(1795341600000000000)
#define GROUP UINT64_C(1000)
#define BODY 500

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void append_many(yj_db *db, yj_ledger *l, uint64_t to)
{
    yj_error err = { 0 };
    char body[BODY + 64], record[YJ_UUID_LEN + 1];
    while (l->frontier.size < to) {
        uint64_t from = l->frontier.size;
        must(yj_db_begin(db, YJ_DB_WRITE, &err), &err, "begin");
        for (uint64_t i = from; i < to && i < from + GROUP; i++) {
            size_t len = (size_t)snprintf(body, 64, "{\"n\":%" PRIu64 ",\"text\":\"", i);
            while (len + 2 < BODY)
                body[len++] = 'x';
            body[len++] = '"';
            body[len++] = '}';
            yj_uuid7(T0 + (int64_t)i * 1000, record);
            yj_append a = { .by = INSTITUTION,
                            .op = "change",
                            .kind = "contract",
                            .record = record,
                            .version = 3,
                            .now_ns = T0 + (int64_t)i * 1000,
                            .body = { body, len } };
            must(yj_ledger_append(db, l, &a, NULL, NULL, &err), &err, "append");
        }
        must(yj_ledger_seal(db, l, from, &err), &err, "seal");
        must(yj_db_commit(db, &err), &err, "commit");
    }
}

/* Leaves per core and second if hashing were all: the leaf with its prefix, its parent, and the body. */
static double hash_limit(size_t leaf, size_t body)
{
    char bytes[1024] = { 0 };
    yj_digest d;
    double cpu = cpu_seconds();
    unsigned n = 200000;
    for (unsigned i = 0; i < n; i++) {
        yj_hash(YJ_HASH_SHA256, bytes, leaf + 1, &d);
        yj_hash(YJ_HASH_SHA256, bytes, 65, &d);
        if (body)
            yj_hash(YJ_HASH_SHA256, bytes, body + 16, &d);
        bytes[0] = (char)d.b[0];
    }
    return n / (cpu_seconds() - cpu);
}

static double verify_once(const char *folder, unsigned threads, uint64_t entries, double *ret_wall)
{
    yj_error err = { 0 };
    yj_verify_report r;
    double best = 0;
    *ret_wall = 0;
    for (int i = 0; i < 3; i++) {
        double cpu = cpu_seconds();
        int64_t t = yj_monotonic_ns();
        must(yj_ledger_verify_folder(folder, NULL, threads, &r, &err), &err, "verify");
        double per_core = (double)entries / (cpu_seconds() - cpu);
        double wall = (double)entries * 1e9 / (double)(yj_monotonic_ns() - t);
        best = per_core > best ? per_core : best;
        *ret_wall = wall > *ret_wall ? wall : *ret_wall;
        if (r.proven != entries)
            abort();
    }
    return best;
}

void bench_verify(const char *data, uint64_t entries)
{
    yj_error err = { 0 };
    char store_url[1024], keys_dir[1024], log[1024], bodies[1024];
    snprintf(store_url, sizeof store_url, "sqlite:%s/store.db", data);
    snprintf(keys_dir, sizeof keys_dir, "%s/keys", data);
    if (yj_path_exists(data))
        must(yj_dir_remove(data, &err), &err, data);
    must(yj_dir_make(data, &err), &err, data);
    world_sync("off");
    yj_store *store = NULL;
    yj_db *db = NULL;
    yj_keyring *keys = NULL;
    const yj_key *key;
    yj_ledger l;
    must(yj_store_open(store_url, &store, &err), &err, "store");
    must(yj_store_migrate(store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err), &err,
         "migrate");
    must(yj_db_open(store, YJ_DB_WRITE, &db, &err), &err, "connect");
    must(yj_keyring_open(keys_dir, &keys, &err), &err, "keys");
    must(yj_keyring_make(keys, INSTITUTION, YJ_CRYPTO_STD, &key, &err), &err, "key");
    must(yj_ledger_create(db, 1, INSTITUTION, "yj.example/speed", YJ_CRYPTO_STD, &l, &err), &err, "ledger");
    double last = 0, last_bodies = 0, limit = 1, limit_bodies = 1, wall;
    for (uint64_t part = 4; part > 0; part /= 2) {
        uint64_t n = entries / part;
        append_many(db, &l, n);
        yj_buf note;
        yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
        must(yj_db_begin(db, YJ_DB_WRITE, &err), &err, "begin");
        must(yj_checkpoint_make(db, keys, &l, T0 + (int64_t)n * 1000, &note, &err), &err, "checkpoint");
        must(yj_db_commit(db, &err), &err, "commit");
        yj_buf_done(&note);
        yj_entry e;
        must(yj_entry_read(db, 1, n - 1, &e, &err), &err, "entry");
        size_t leaf = e.leaf_bytes.len;
        yj_entry_done(&e);
        snprintf(log, sizeof log, "%s/log-%" PRIu64, data, n);
        snprintf(bodies, sizeof bodies, "%s/bodies-%" PRIu64, data, n);
        must(yj_ledger_export(db, keys, 1, log, false, &err), &err, "export");
        must(yj_ledger_export(db, keys, 1, bodies, true, &err), &err, "export");
        limit = hash_limit(leaf, 0);
        last = verify_once(log, 1, n, &wall);
        printf("%8" PRIu64
               " leaves of %zu bytes, 1 thread   %9.0f/s per core, %9.0f/s wall, %.2f of hashing\n",
               n, leaf, last, wall, last / limit);
        double two = verify_once(log, 2, n, &wall);
        printf("%8" PRIu64 " leaves, 2 threads              %9.0f/s per core, %9.0f/s wall\n", n, two, wall);
        limit_bodies = hash_limit(leaf, BODY);
        last_bodies = verify_once(bodies, 1, n, &wall);
        printf("%8" PRIu64
               " leaves with bodies, 1 thread   %9.0f/s per core, %9.0f/s wall, %.2f of hashing\n",
               n, last_bodies, wall, last_bodies / limit_bodies);
        fflush(stdout);
    }
    printf("= verify: %.0f leaves/s per core (%.2f of hashing alone), with bodies of %d bytes %.0f (%.2f)\n",
           last, last / limit, BODY, last_bodies, last_bodies / limit_bodies);
    yj_db_free(db);
    yj_store_free(store);
    yj_keyring_free(keys);
    must(yj_dir_remove(data, &err), &err, "remove");
}

/* --- verdicts after a change ------------------------------------------------------------------ */

typedef struct probe {
    const char *name, *kind;
    char scope;
    unsigned line, rounds;
    const char *odd, *even; /* fields, in turns */
} probe;

static const probe probes[] = {
    { "a leaf record", "contract_term", 'd', WORLD_TERM, 401, "{\"verdict\":\"deviates\"}",
      "{\"verdict\":\"conforms\"}" },
    { "a system", "system", 'd', WORLD_SYSTEM, 401, "{\"level\":2,\"level_s\":2,\"level_a\":2}",
      "{\"level\":3,\"level_s\":3,\"level_a\":3}" },
    { "a platform of 20 deployments", "platform", 'g', WORLD_PLATFORM, 201, "{\"level\":2}",
      "{\"level\":3}" },
    { "a document that proves all", "evidence", 'a', WORLD_EVIDENCE, 21, "{\"source\":\"person\"}",
      "{\"source\":\"third_party\"}" },
};

static void probe_run(world *w, const probe *p)
{
    yj_error err = { 0 };
    sample after = { 0 }, ack = { 0 };
    int64_t first_ns = 0;
    int64_t judgements =
        world_number(w, "SELECT (SELECT count(*) FROM verdict) + (SELECT count(*) FROM verdict_log)");
    for (unsigned i = 0; i < p->rounds; i++) {
        char id[YJ_UUID_LEN + 1];
        json_t *fields = NULL;
        unsigned deployment =
            p->scope == 'g' ? world_of_twenty(i / 2, w->deployments) : i / 2 * 7 % w->deployments;
        world_id(p->scope, p->line, deployment, id);
        must(yj_json_parse(yj_span_of(i % 2 ? p->even : p->odd), YJ_JSON_BYTES_MAX, &fields, &err), &err,
             "json");
        yj_change c = { .inst = w->inst[i / 2 % w->inst_count].inst,
                        .op = YJ_CH_CHANGE,
                        .by = yj_engine_operator(w->e),
                        .kind = world_kind(w, p->kind),
                        .id = id,
                        .expect_version = -1,
                        .fields = fields };
        int64_t t0 = yj_monotonic_ns();
        must(yj_change_run(w->e, &c, &err), &err, p->name);
        int64_t t1 = yj_monotonic_ns();
        world_settle(w);
        if (i == 0) { /* prepares the rules that it is the first to need */
            first_ns = yj_monotonic_ns() - t1;
        } else {
            sample_add(&after, yj_monotonic_ns() - t1);
            sample_add(&ack, t1 - t0);
        }
        yj_change_done(&c);
        json_decref(fields);
    }
    judgements =
        world_number(w, "SELECT (SELECT count(*) FROM verdict) + (SELECT count(*) FROM verdict_log)") -
        judgements;
    printf(
        "= verdict: %3zu x %u: %-30s p50 %7.2f  p99 %7.2f ms after the acknowledgement (which took %.2f; the "
        "first %.2f); %.1f verdicts new\n",
        w->inst_count, w->deployments, p->name, sample_ms(&after, 500), sample_ms(&after, 990),
        sample_ms(&ack, 500), (double)first_ns / 1e6, (double)judgements / p->rounds);
    fflush(stdout);
    sample_free(&after);
    sample_free(&ack);
}

void bench_verdict(const char *data, const size_t *institutions, size_t sizes, unsigned deployments)
{
    for (size_t s = 0; s < sizes; s++) {
        world w;
        world_make(&w, data, institutions[s], deployments);
        for (size_t i = 0; i < YJ_COUNT(probes); i++)
            probe_run(&w, &probes[i]);
        world_drop(&w);
    }
}

/* --- rebuild and as-of ------------------------------------------------------------------------ */

static yj_status count_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    ++*(size_t *)ctx;
    return YJ_OK;
}

static void as_of(world *w, uint64_t entries)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    size_t n = 0;
    yj_verdict_counts total;
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.as_of_seq = (int64_t)entries;
    int64_t t = yj_monotonic_ns();
    must(yj_verdicts(db, w->c, w->inst[0].inst, &q, count_verdict, &n, &total, &err), &err, "as of");
    double s = (double)(yj_monotonic_ns() - t) / 1e9;
    yj_buf out;
    yj_buf_init(&out, (size_t)64 << 20);
    yj_list_query l = { .limit = 1000, .as_of_seq = (int64_t)entries };
    t = yj_monotonic_ns();
    must(yj_record_list(db, w->c, w->inst[0].inst, &w->c->kinds[world_kind(w, "contract_term")], &l, &out,
                        &err),
         &err, "list as of");
    double s2 = (double)(yj_monotonic_ns() - t) / 1e9;
    int64_t records = world_number(w, "SELECT count(*) FROM r_contract_term");
    if (records > 1000)
        records = 1000;
    printf("= as-of: %u deployments, %" PRIu64 " entries: %zu verdicts in %.3f s (%.0f entries/s); a page of "
           "%lld terms in %.3f s (%.0f terms/s)\n",
           w->deployments, entries, n, s, (double)entries / s, (long long)records, s2, (double)records / s2);
    yj_buf_done(&out);
    yj_reader_give(w->e, db);
}

void bench_rebuild(const char *data, const unsigned *deployments, size_t sizes)
{
    for (size_t i = 0; i < sizes; i++) {
        world w;
        yj_error err = { 0 };
        yj_rebuild_report r;
        world_make(&w, data, 1, deployments[i]);
        world_close(&w);
        world_open(&w, false);
        uint64_t entries = (uint64_t)world_number(&w, "SELECT max(size) FROM ledger");
        as_of(&w, entries);
        for (int judge = 0; judge < 2; judge++) {
            yj_status s = yj_rebuild(w.e, &(yj_rebuild_options){ .judge = judge > 0, .inst = -1 }, &r, &err);
            if (s != YJ_OK && s != YJ_E_CORRUPT)
                must(s, &err, "rebuild");
            if (judge) /* it does not count them */
                r.entries = entries;
            printf("= rebuild%s: %u deployments: %" PRIu64 " entries in %.2f s, %.0f entries/s%s%s",
                   judge ? " --judge" : "", deployments[i], r.entries, (double)r.ns / 1e9,
                   (double)r.entries * 1e9 / (double)r.ns,
                   s == YJ_OK ? "" : ", DIFFERS: ", s == YJ_OK ? "\n" : "");
            if (s != YJ_OK)
                printf("%s; %" PRIu64 " differ, first %s\n", err.msg, r.differing, r.first_difference);
            fflush(stdout);
        }
        world_drop(&w);
    }
}
