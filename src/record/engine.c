// SPDX-License-Identifier: Apache-2.0
/* Opening and closing an installation; clock; readers; feed. */
#include "record/exchange_internal.h"
#include "record/oversight_internal.h"
#include "record/upgrade.h"

#include "base/file.h"
#include "base/log.h"
#include "pack/prepared.h"
#include "store/schema.h"
#include "store/seed.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096

/* --- clock ------------------------------------------------------------------------------------ */

int64_t yj_engine_now(yj_engine *e)
{
    if (!e->config.simulated_ns)
        return yj_clock_system().now_ns(NULL);
    pthread_mutex_lock(&e->clock_lock);
    int64_t now = e->simulated_now += 1000000; /* a millisecond for each look, so that order stays visible */
    pthread_mutex_unlock(&e->clock_lock);
    return now;
}

void yj_engine_today(yj_engine *e, yj_date *ret)
{
    int64_t now = 0;
    if (!e->config.simulated_ns) {
        now = yj_clock_system().now_ns(NULL);
    } else {
        pthread_mutex_lock(&e->clock_lock);
        now = e->simulated_now;
        pthread_mutex_unlock(&e->clock_lock);
    }
    yj_zone_date(e->zone, now, ret);
}

yj_status yj_engine_set_clock(yj_engine *e, const char *instant, yj_error *err)
{
    if (!e->config.simulated_ns)
        return yj_fail(err, YJ_E_USAGE,
                       "only an installation made with a simulated clock lets its clock be set");
    int64_t ns = 0;
    if (!yj_time_parse(yj_span_of(instant), &ns))
        return yj_fail(err, YJ_E_USAGE, "the instant must look like 2026-03-01T09:00:00+08:00");
    pthread_mutex_lock(&e->clock_lock);
    bool back = ns < e->simulated_now;
    if (!back)
        e->simulated_now = ns;
    pthread_mutex_unlock(&e->clock_lock);
    if (back)
        return yj_fail(err, YJ_E_CLOCK, "the simulated clock already stands later than that");
    yj_error failed = { 0 };
    yj_judge_look_at_day(e,
                         &failed); /* so that whoever waits for the judge waits for the new day's verdicts */
    return YJ_OK;
}

/* A simulated clock goes on where the ledgers stopped. */
static yj_status resume_clock(yj_engine *e, yj_error *err)
{
    e->simulated_now = e->config.simulated_ns;
    if (!e->config.simulated_ns)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(e->writer.db, "SELECT max(last_time) FROM ledger", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row && yj_col_i64(st, 0) > e->simulated_now)
        e->simulated_now = yj_col_i64(st, 0);
    return YJ_OK;
}

/* --- readers ---------------------------------------------------------------------------------- */

yj_status yj_reader_take(yj_engine *e, yj_db **ret, yj_error *err)
{
    pthread_mutex_lock(&e->reader_lock);
    yj_db *db = e->reader_count > 0 ? e->readers[--e->reader_count] : NULL;
    pthread_mutex_unlock(&e->reader_lock);
    if (!db)
        YJ_TRY(yj_db_open(e->store, YJ_DB_READ, &db, err));
    atomic_fetch_add(&e->snapshots, 1);
    *ret = db;
    return YJ_OK;
}

/* Hundreds of views: they are made for the connections that run rules, and not before one is run. */
static yj_status confine(const yj_engine *e, yj_db *db, yj_error *err)
{
    return yj_confine_setup(db, e->catalog->tables, e->catalog->kind_count, err);
}

yj_status yj_ruler_take(yj_engine *e, yj_db **ret, yj_error *err)
{
    pthread_mutex_lock(&e->reader_lock);
    yj_auto(yj_db_freep) yj_db *db = e->ruler_count ? e->rulers[--e->ruler_count] : NULL;
    pthread_mutex_unlock(&e->reader_lock);
    if (!db) {
        YJ_TRY(yj_db_open(e->store, YJ_DB_READ, &db, err));
        YJ_TRY(confine(e, db, err));
    }
    atomic_fetch_add(&e->snapshots, 1);
    *ret = yj_take(db);
    return YJ_OK;
}

void yj_ruler_give(yj_engine *e, yj_db *db)
{
    yj_db_rollback(db);
    atomic_fetch_sub(&e->snapshots, 1);
    pthread_mutex_lock(&e->reader_lock);
    yj_db *spare = NULL;
    if (e->ruler_count < YJ_COUNT(e->rulers))
        e->rulers[e->ruler_count++] = db;
    else
        spare = db;
    pthread_mutex_unlock(&e->reader_lock);
    yj_db_free(spare);
}

yj_status yj_writer_confine(yj_writer *w, yj_error *err)
{
    if (!w->confined)
        YJ_TRY(confine(w->e, w->db, err));
    w->confined = true;
    return YJ_OK;
}

yj_status yj_engine_reach(yj_engine *e, const yj_reach **ret, yj_error *err)
{
    pthread_mutex_lock(&e->reader_lock);
    yj_status s = e->reach ? YJ_OK : yj_reach_new(e->catalog, &e->reach, err);
    *ret = e->reach;
    pthread_mutex_unlock(&e->reader_lock);
    return s;
}

void yj_reader_give(yj_engine *e, yj_db *db)
{
    if (!db)
        return;
    yj_db_rollback(db);
    atomic_fetch_sub(&e->snapshots, 1);
    pthread_mutex_lock(&e->reader_lock);
    bool room = e->reader_count < YJ_COUNT(e->readers);
    if (room)
        e->readers[e->reader_count++] = db;
    pthread_mutex_unlock(&e->reader_lock);
    if (!room)
        yj_db_free(db);
}

/* --- opening ---------------------------------------------------------------------------------- */

static char *path_in(const char *data, const char *name)
{
    char *p = NULL;
    return asprintf(&p, "%s/%s", data, name) < 0 ? NULL : p;
}

void yj_store_url_of(const char *data, const yj_config *c, char *ret, size_t size)
{
    if (c->store_url[0])
        snprintf(ret, size, "%s", c->store_url);
    else
        snprintf(ret, size, "sqlite:%s/yunjian.db", data);
}

static yj_status open_store(yj_engine *e, const yj_catalog *planned, yj_error *err)
{
    char url[PATH_BYTES_MAX + 64];
    bool planted;
    yj_store_url_of(e->data, &e->config, url, sizeof url);
    YJ_TRY(yj_store_open(url, &e->store, err));
    if (planned) {
        yj_store_making(e->store);
        YJ_TRY(yj_store_plant(e->store, yj_prepared_seed(), planned->tables, planned->kind_count, &planted,
                              err));
    }
    YJ_TRY(yj_db_open(e->store, YJ_DB_WRITE, &e->writer.db, err));
    return yj_db_migrate(e->writer.db, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err);
}

yj_status yj_engine_use_catalog(yj_engine *e, yj_catalog *c, yj_error *err)
{
    YJ_TRY(yj_kind_tables_sync(e->writer.db, c->tables, c->kind_count, err));
    YJ_TRY(yj_kind_sql_new(c, &e->sql, err));
    e->catalog = yj_catalog_ref(c);
    return YJ_OK;
}

static yj_status check_ledgers(yj_engine *e, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(e->writer.db, "SELECT inst FROM ledger ORDER BY inst", &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_ledger_check_start(e->writer.db, e->keys, yj_col_i64(st, 0), err));
    }
}

yj_engine *yj_engine_alloc(const char *data, yj_error *err)
{
    yj_engine *e = calloc(1, sizeof *e);
    if (e) {
        e->data = strdup(data);
        e->standings = yj_standings_new();
        e->reading_marks = yj_reading_marks_new();
    }
    if (!e || !e->data || !e->standings || !e->reading_marks) {
        if (e) {
            yj_standings_free(e->standings);
            yj_reading_marks_free(e->reading_marks);
            free(e->data);
        }
        free(e);
        (void)yj_fail(err, YJ_E_NOMEM, "out of memory");
        return NULL;
    }
    e->lock_fd = -1;
    e->queue_tail = &e->queue_head;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&e->clock_lock, NULL);
    pthread_mutex_init(&e->queue_lock, NULL);
    pthread_cond_init(&e->queue_cond, &monotonic);
    pthread_mutex_init(&e->judge_lock, NULL);
    pthread_cond_init(&e->judge_cond, &monotonic);
    pthread_cond_init(&e->settled_cond, &monotonic);
    pthread_mutex_init(&e->watch_lock, NULL);
    pthread_cond_init(&e->watch_cond, &monotonic);
    pthread_mutex_init(&e->reader_lock, NULL);
    pthread_mutex_init(&e->feed_lock, NULL);
    pthread_mutex_init(&e->keeper_lock, NULL);
    pthread_cond_init(&e->keeper_cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return e;
}

yj_status yj_engine_open_base(yj_engine *e, const yj_catalog *planned, yj_error *err)
{
    YJ_TRY(yj_zone_open(e->config.zone, &e->zone, err));
    char *keys = path_in(e->data, "keys");
    if (!keys)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_keyring_open(keys, &e->keys, err);
    free(keys);
    YJ_TRY(s);
    YJ_TRY(open_store(e, planned, err));
    return resume_clock(e, err);
}

static yj_status take_server_lock(yj_engine *e, yj_error *err)
{
    char *path = path_in(e->data, "serve.lock");
    if (!path)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_lock_take(path, &e->lock_fd, NULL);
    free(path);
    if (s == YJ_E_BUSY)
        return yj_fail(err, YJ_E_BUSY, "another server already runs on folder %s", e->data);
    return s == YJ_OK ? YJ_OK : yj_fail(err, s, "the server's lock in folder %s cannot be taken", e->data);
}

static yj_status run_keep_findings(yj_writer *w, void *ctx, yj_error *err)
{
    (void)ctx;
    return yj_findings_keep(w->db, w->e->catalog, err);
}

static yj_status run_derive_exchange(yj_writer *w, void *ctx, yj_error *err)
{
    (void)ctx;
    return yj_exchange_derive_all(w, w->e->catalog, err);
}

/* An installation without its store is not opened with a new one. */
static yj_status check_there(const yj_engine *e, yj_error *err)
{
    if (access(e->data, W_OK) != 0)
        return yj_fail_sys(err, YJ_E_IO, "folder %s cannot be written", e->data);
    char url[PATH_BYTES_MAX + 64];
    yj_store_url_of(e->data, &e->config, url, sizeof url);
    const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : NULL;
    struct stat st;
    if (path && (stat(path, &st) != 0 || st.st_size == 0))
        return yj_fail(err, YJ_E_CORRUPT, "the store %s is missing or empty", path);
    return YJ_OK;
}

static yj_status open_all(yj_engine *e, const yj_open_options *o, yj_error *err)
{
    YJ_TRY(yj_config_load(e->data, &e->config, err));
    YJ_TRY(check_there(e, err));
    if (o->serve)
        YJ_TRY(take_server_lock(e, err));
    YJ_TRY(yj_engine_open_base(e, NULL, err));
    YJ_TRY(check_ledgers(e, err));
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    bool checked = false;
    YJ_TRY(yj_catalog_from_store(e->writer.db, &c, &checked, err));
    bool upgrade = false, batches = false, stale = false;
    YJ_TRY(yj_upgrade_pending(e->writer.db, &upgrade, err));
    YJ_TRY(yj_batches_look(e->writer.db, &batches, err));
    YJ_TRY(yj_exchange_look(e->writer.db, &stale, err));
    YJ_TRY(yj_engine_use_catalog(e, c, err));
    if (!o->no_judge)
        YJ_TRY(yj_judge_look(e, e->writer.db, err));
    YJ_TRY(yj_keeper_start(e, err));
    YJ_TRY(yj_writer_start(e, err));
    if (upgrade)
        YJ_TRY(yj_upgrade_finish(e, err));
    if (stale)
        YJ_TRY(yj_writer_run(e, run_derive_exchange, NULL, true, err));
    if (checked && o->serve) /* the program is new: the next start is a short one again */
        YJ_TRY(yj_writer_run(e, run_keep_findings, NULL, true, err));
    yj_status undone = batches ? yj_batches_undo_open(e, err) : YJ_OK;
    if (undone != YJ_OK && undone != YJ_E_FULL) /* nobody sees such a batch: reading goes on meanwhile */
        return undone;
    if (o->serve)
        YJ_TRY(yj_batches_watch_start(e, err));
    return o->no_judge ? YJ_OK : yj_judge_start(e, err);
}

yj_status yj_engine_open(const char *data, const yj_open_options *o, yj_engine **ret, yj_error *err)
{
    yj_engine *e = yj_engine_alloc(data, err);
    if (!e)
        return YJ_E_NOMEM;
    yj_status s = open_all(e, o, err);
    if (s != YJ_OK) {
        yj_engine_close(e);
        return s;
    }
    *ret = e;
    return YJ_OK;
}

void yj_engine_close(yj_engine *e)
{
    if (!e)
        return;
    yj_batches_watch_stop(e);
    yj_judge_stop(e);
    yj_writer_stop(e);
    yj_keeper_stop(e);
    for (size_t i = 0; i < e->reader_count; i++)
        yj_db_free(e->readers[i]);
    for (size_t i = 0; i < e->ruler_count; i++)
        yj_db_free(e->rulers[i]);
    yj_db_free(e->writer.db);
    if (e->catalog)
        yj_kind_sql_free(e->catalog, e->sql);
    yj_reach_free(e->reach);
    if (e->catalog)
        yj_catalog_unref(e->catalog);
    yj_store_free(e->store);
    yj_keyring_free(e->keys);
    yj_zone_free(e->zone);
    if (e->lock_fd >= 0)
        close(e->lock_fd);
    pthread_mutex_destroy(&e->clock_lock);
    pthread_mutex_destroy(&e->queue_lock);
    pthread_cond_destroy(&e->queue_cond);
    pthread_mutex_destroy(&e->judge_lock);
    pthread_cond_destroy(&e->judge_cond);
    pthread_cond_destroy(&e->settled_cond);
    pthread_mutex_destroy(&e->watch_lock);
    pthread_cond_destroy(&e->watch_cond);
    pthread_mutex_destroy(&e->reader_lock);
    pthread_mutex_destroy(&e->feed_lock);
    pthread_mutex_destroy(&e->keeper_lock);
    pthread_cond_destroy(&e->keeper_cond);
    yj_standings_free(e->standings);
    yj_reading_marks_free(e->reading_marks);
    free(e->data);
    free(e);
}

/* --- small readers ---------------------------------------------------------------------------- */

yj_catalog *yj_engine_catalog(yj_engine *e)
{
    return yj_catalog_ref(e->catalog);
}

const char *yj_engine_data_dir(const yj_engine *e)
{
    return e->data;
}

yj_keyring *yj_engine_keys(yj_engine *e)
{
    return e->keys;
}

yj_store *yj_engine_store(yj_engine *e)
{
    return e->store;
}

const yj_zone *yj_engine_zone(const yj_engine *e)
{
    return e->zone;
}

bool yj_engine_simulated(const yj_engine *e)
{
    return e->config.simulated_ns != 0;
}

const char *yj_engine_operator(const yj_engine *e)
{
    return e->config.operator_id;
}

yj_crypto yj_engine_crypto(const yj_engine *e)
{
    return e->config.crypto;
}

void yj_engine_on_commit(yj_engine *e, yj_feed_fn fn, void *ctx)
{
    pthread_mutex_lock(&e->feed_lock);
    if (e->feed_count < YJ_FEEDS_MAX) {
        e->feeds[e->feed_count].fn = fn;
        e->feeds[e->feed_count].ctx = ctx;
        e->feed_count++;
    }
    pthread_mutex_unlock(&e->feed_lock);
}

void yj_engine_on_committing(yj_engine *e, yj_committing_fn fn, void *ctx)
{
    pthread_mutex_lock(&e->feed_lock);
    e->committing = fn;
    e->committing_ctx = ctx;
    pthread_mutex_unlock(&e->feed_lock);
}

void yj_engine_off_commit(yj_engine *e, yj_feed_fn fn, void *ctx)
{
    pthread_mutex_lock(&e->feed_lock); /* held while feeds are called: none is under way behind it */
    for (size_t i = 0; i < e->feed_count; i++) {
        if (e->feeds[i].fn != fn || e->feeds[i].ctx != ctx)
            continue;
        memmove(&e->feeds[i], &e->feeds[i + 1], (e->feed_count - i - 1) * sizeof *e->feeds);
        e->feed_count--;
        break;
    }
    pthread_mutex_unlock(&e->feed_lock);
}

void yj_engine_stats_read(yj_engine *e, yj_engine_stats *ret)
{
    pthread_mutex_lock(&e->queue_lock);
    uint64_t depth = e->queue_depth;
    pthread_mutex_unlock(&e->queue_lock);
    *ret = (yj_engine_stats){ .commits = atomic_load(&e->commits),
                              .entries = atomic_load(&e->entries),
                              .judgements = atomic_load(&e->judgements),
                              .refused = atomic_load(&e->refused),
                              .queue_depth = depth,
                              .judge_lag_ns = yj_engine_judge_lag(e) };
}
