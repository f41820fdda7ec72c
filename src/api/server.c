// SPDX-License-Identifier: Apache-2.0
/* Starting and stopping; what goes on beside requests: the sizes of ledgers, heartbeats, sweeping. */
#include "api/call.h"
#include "api/param.h"
#include "base/log.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CACHE_BYTES ((size_t)32 << 20)
#define LOOK_EVERY_MS 250 /* at ledgers that other processes may have written to */
#define GATHER_MS 20      /* commits that come together are told together */
#define BEAT_EVERY_NS (15 * YJ_NS_PER_S)
#define HOST_BYTES 256
#define SWEEP_EVERY_NS (3600 * YJ_NS_PER_S)

struct yj_keeper {
    struct yj_server *server;
    pthread_t thread;
    bool running, stopping;
    bool due; /* something was committed that somebody waits for */
    pthread_mutex_t lock;
    pthread_cond_t news;
    uint64_t epoch; /* of callers when listeners were last looked at, and when */
    int64_t checked_ns;
};

/* --- the sizes of ledgers ---------------------------------------------------------------------------------
 */

/* The writer's thread, after each commit and before anybody is told of its success. */
static void on_commit(void *ctx, int64_t inst, uint64_t from, uint64_t size, bool judgement)
{
    struct yj_server *s = ctx;
    (void)from, (void)judgement;
    if (yj_tallies_grew(s->tallies, inst, size) && yj_hub_hears(s->hub, inst))
        yj_server_news(s);
}

static void on_committing(void *ctx, int64_t inst, bool begins)
{
    yj_tallies_committing(((struct yj_server *)ctx)->tallies, inst, begins);
}

/* Another process (a command line, another server) may write to the same store. */
static yj_status look_at_ledgers(struct yj_server *s, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(s->engine, &db, err));
    yj_stmt *st = NULL;
    yj_status status = yj_db_prepare(db, "SELECT inst, size, institution, origin FROM ledger", &st, err);
    while (status == YJ_OK) {
        bool row = false;
        status = yj_stmt_step(st, &row, err);
        if (status != YJ_OK || !row)
            break;
        int64_t inst = yj_col_i64(st, 0);
        uint64_t size = (uint64_t)yj_col_i64(st, 1);
        yj_tallies_grew(s->tallies, inst, size);
        if (inst == YJ_INST_INSTALLATION && !s->installation.id[0]) {
            yj_span id = yj_col_text(st, 2), origin = yj_col_text(st, 3);
            snprintf(s->installation.id, sizeof s->installation.id, "%.*s", (int)id.len, id.ptr);
            snprintf(s->installation.origin, sizeof s->installation.origin, "%.*s", (int)origin.len,
                     origin.ptr);
            snprintf(s->installation.code, sizeof s->installation.code, "installation");
        }
    }
    yj_stmt_done(st);
    yj_catalog *catalog = yj_engine_catalog(s->engine);
    yj_hub_gap g;
    while (yj_hub_behind(s->hub, &g))
        yj_hub_publish(s->hub, db, catalog, &g);
    yj_catalog_unref(catalog);
    yj_reader_give(s->engine, db);
    return status;
}

static int64_t today(void *ctx)
{
    struct yj_server *s = ctx;
    yj_date d;
    yj_engine_today(s->engine, &d);
    return yj_date_to_days(d.s) + 1;
}

void yj_server_news(struct yj_server *s)
{
    struct yj_keeper *k = s->keeper;
    pthread_mutex_lock(&k->lock);
    k->due = true;
    pthread_cond_signal(&k->news);
    pthread_mutex_unlock(&k->lock);
}

/* The lock is held. Until the time has passed, the keeper is to stop, or (if `hear`) there is news. */
static void wait_ms(struct yj_keeper *k, int ms, bool hear)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000L;
    if (until.tv_nsec >= YJ_NS_PER_S) {
        until.tv_sec++;
        until.tv_nsec -= YJ_NS_PER_S;
    }
    while (!k->stopping && !(hear && k->due) && pthread_cond_timedwait(&k->news, &k->lock, &until) == 0)
        ;
}

static void sweep_old(struct yj_server *s, int64_t now)
{
    yj_evidence_sweep(s->evidence, now);
    yj_sign_in_sweep(s);
}

/* When something about sessions changed here, and now and then, for it may have changed elsewhere. */
static void check_listeners(struct yj_keeper *k, int64_t now)
{
    struct yj_server *s = k->server;
    if (!s->site.signs_in)
        return;
    uint64_t epoch = yj_callers_epoch(s->callers);
    if (epoch == k->epoch && now - k->checked_ns < BEAT_EVERY_NS)
        return;
    k->epoch = epoch;
    k->checked_ns = now;
    yj_hub_check(s->hub, s->callers);
}

static void *keep(void *arg)
{
    struct yj_keeper *k = arg;
    bool failing = false;
    int64_t beat = yj_monotonic_ns(), swept = beat;
    pthread_mutex_lock(&k->lock);
    for (;;) {
        wait_ms(k, LOOK_EVERY_MS, true);
        if (k->due)
            wait_ms(k, GATHER_MS, false);
        if (k->stopping)
            break;
        k->due = false;
        pthread_mutex_unlock(&k->lock);
        yj_error err = { 0 };
        bool bad = look_at_ledgers(k->server, &err) != YJ_OK;
        if (bad && !failing)
            yj_log_error(YJ_LOG_WARN, "looking at the ledgers", &err);
        failing = bad;
        int64_t now = yj_monotonic_ns();
        if (now - beat > BEAT_EVERY_NS) {
            yj_hub_beat(k->server->hub);
            beat = now;
        }
        check_listeners(k, now);
        if (now - swept > SWEEP_EVERY_NS) {
            sweep_old(k->server, now);
            swept = now;
        }
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

static yj_status keeper_make(struct yj_server *s, yj_error *err)
{
    struct yj_keeper *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    k->server = s;
    s->keeper = k;
    return YJ_OK;
}

static yj_status keeper_start(struct yj_keeper *k, yj_error *err)
{
    k->running = pthread_create(&k->thread, NULL, keep, k) == 0;
    return k->running ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "cannot start a thread");
}

/* What it is told from now on is heard by nobody. */
static void keeper_stop(struct yj_keeper *k)
{
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_cond_signal(&k->news);
    pthread_mutex_unlock(&k->lock);
    if (k->running)
        pthread_join(k->thread, NULL);
    k->running = false;
}

static void keeper_free(struct yj_keeper *k)
{
    if (!k)
        return;
    pthread_cond_destroy(&k->news);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

/* --- start and stop ---------------------------------------------------------------------------------------
 */

static yj_status open_evidence(struct yj_server *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_buf_init(&path, 4096);
    yj_buf_fmt(&path, "%s/evidence", yj_engine_data_dir(s->engine));
    YJ_TRY(yj_buf_status(&path, err));
    return yj_evidence_open(path.ptr, yj_engine_crypto(s->engine) == YJ_CRYPTO_GM, &s->evidence, err);
}

static bool is_loopback(const yj_server_options *o)
{
    yj_address a;
    const char *at = o->address ? o->address : "127.0.0.1";
    return yj_address_read(yj_span_of(at), &a) ? yj_address_is_loopback(&a)
                                               : yj_host_is_loopback(yj_span_of(at));
}

/* Loopback names are left out: "strict" holds for all ports of a name, and who builds pages on this machine
 * would lose the others. */
static bool is_strict(const yj_server_options *o)
{
    if (!o->tls_cert)
        return false;
    if (o->public_url)
        return !yj_host_is_loopback(yj_span_of(o->public_url + strlen("https://")));
    return !is_loopback(o);
}

/* "2026-11-22T10:00:00Z" */
static const char *to_the_second(int64_t ns, char ret[static 31])
{
    yj_time_format(ns - ns % YJ_NS_PER_S, ret);
    memcpy(ret + 19, "Z", 2);
    return ret;
}

static void warn_of_dates(struct yj_server *s)
{
    int64_t from, until, now = yj_clock_system().now_ns(NULL);
    char shown[31];
    yj_tls_validity(s->tls, &from, &until);
    if (now >= until)
        yj_log(YJ_LOG_WARN, "the certificate has expired: it was valid until %s",
               to_the_second(until, shown));
    else if (now < from)
        yj_log(YJ_LOG_WARN, "the certificate is not valid yet, only from %s on", to_the_second(from, shown));
    else if (until - now < YJ_TLS_SOON_DAYS * 86400 * YJ_NS_PER_S)
        yj_log(YJ_LOG_WARN, "the certificate expires soon: it is valid until %s",
               to_the_second(until, shown));
}

static yj_status take_outside(struct yj_server *s, const yj_server_options *o, yj_error *err)
{
    if (o->open && !is_loopback(o))
        return yj_fail(err, YJ_E_USAGE,
                       "without sign-in (--open) the server listens only on 127.0.0.1 or ::1, not on %s",
                       o->address);
    if (o->open && (o->trusted.count || o->public_url))
        return yj_fail(err, YJ_E_USAGE,
                       "without sign-in (--open) the server is for its own machine: no --trusted-proxy, no "
                       "--public-url");
    if (o->public_url && !(s->public_url = strdup(o->public_url)))
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    s->strict = is_strict(o);
    if (!o->tls_cert != !o->tls_key)
        return yj_fail(err, YJ_E_USAGE, "options --tls-cert and --tls-key are given together");
    if (!o->tls_cert)
        return YJ_OK;
    YJ_TRY(yj_tls_open(o->tls_cert, o->tls_key, &s->tls, err));
    warn_of_dates(s);
    return YJ_OK;
}

/* An address that means all of the machine's own leads nowhere: its name stands in place of it. */
static void fill_reached(struct yj_server *s)
{
    static const char *const all[] = { "//0.0.0.0:", "//[::]:" };
    char name[HOST_BYTES];
    const char *url = yj_http_url(s->http);
    snprintf(s->reached, sizeof s->reached, "%s", url);
    if (gethostname(name, sizeof name) != 0 || !memchr(name, '\0', sizeof name) || !name[0])
        return;
    for (size_t i = 0; i < YJ_COUNT(all); i++) {
        const char *at = strstr(url, all[i]);
        if (at)
            snprintf(s->reached, sizeof s->reached, "%.*s//%s:%s", (int)(at - url), url, name,
                     at + strlen(all[i]));
    }
}

static yj_status start(struct yj_server *s, const yj_server_options *o, yj_error *err)
{
    size_t cache_bytes = o->cache_bytes ? o->cache_bytes : CACHE_BYTES;
    s->started_ns = yj_monotonic_ns();
    s->tallies = yj_tallies_new();
    s->metrics = yj_metrics_new();
    s->hub = yj_hub_new();
    s->cache = s->tallies ? yj_cache_new(cache_bytes, s->tallies, today, s) : NULL;
    if (!s->tallies || !s->metrics || !s->hub || !s->cache)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(take_outside(s, o, err));
    YJ_TRY(open_evidence(s, err));
    YJ_TRY(keeper_make(s, err));
    yj_engine_on_commit(s->engine, on_commit, s);
    yj_engine_on_committing(s->engine, on_committing, s);
    YJ_TRY(look_at_ledgers(s, err));
    s->site.loopback = is_loopback(o);
    s->site.public_url = s->public_url;
    s->site.tls = s->tls != NULL;
    if (!o->open)
        YJ_TRY(yj_sign_in_start(s, o, err));
    yj_http_app app = { .ctx = s,
                        .site = &s->site,
                        .call_bytes = sizeof(yj_call),
                        .begin = yj_dispatch_begin,
                        .chunk = yj_dispatch_chunk,
                        .handle = yj_dispatch_handle,
                        .end = yj_dispatch_end,
                        .refuse = yj_dispatch_refuse,
                        .answered = yj_dispatch_answered };
    yj_http_options h = { .address = o->address,
                          .any_address = !o->open && (o->any_address || s->tls || o->trusted.count > 0),
                          .tls = s->tls,
                          .trusted = &o->trusted,
                          .port = (uint16_t)o->port,
                          .workers = o->workers,
                          .connections = o->connections,
                          .patience = o->patience };
    YJ_TRY(keeper_start(s->keeper, err));
    YJ_TRY(yj_api_instruments_start(s, o->places, o->media, err));
    YJ_TRY(yj_api_jobs_start(s, err));
    YJ_TRY(yj_api_notices_start(s, err));
    YJ_TRY(yj_http_start(&app, &h, &s->http, err));
    fill_reached(s);
    return YJ_OK;
}

yj_status yj_server_start(yj_engine *engine, const yj_server_options *o, yj_server **ret, yj_error *err)
{
    if (o->port < 0 || o->port > 65535)
        return yj_fail(err, YJ_E_USAGE, "a port is a number from 0 to 65535");
    struct yj_server *s = calloc(1, sizeof *s);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    s->engine = engine;
    s->page = o->page;
    yj_status status = start(s, o, err);
    if (status == YJ_OK)
        *ret = s;
    else
        yj_server_stop(s);
    return status;
}

const char *yj_server_reached(const yj_server *s)
{
    return s->public_url ? s->public_url : s->reached;
}

const char *yj_server_url(const yj_server *s)
{
    return yj_http_url(s->http);
}

yj_status yj_server_reload(yj_server *s, yj_error *err)
{
    if (!s->tls)
        return YJ_OK;
    YJ_TRY(yj_tls_reload(s->tls, err));
    warn_of_dates(s);
    return YJ_OK;
}

int64_t yj_server_valid_until(const yj_server *s)
{
    int64_t from, until = 0;
    if (s->tls)
        yj_tls_validity(s->tls, &from, &until);
    return until;
}

void yj_server_stop(yj_server *s)
{
    if (!s)
        return;
    keeper_stop(s->keeper);
    if (s->hub)
        yj_hub_close(s->hub);
    yj_post_halt(s->post);
    yj_http_stop(s->http);
    yj_post_stop(s->post);
    yj_sign_in_stop(s);
    yj_tls_free(s->tls);
    free(s->public_url);
    yj_jobs_stop(s->jobs);
    yj_engine_off_commit(s->engine, on_commit, s);
    yj_engine_on_committing(s->engine, NULL, NULL);
    keeper_free(s->keeper);
    yj_cache_free(s->cache);
    yj_hub_free(s->hub);
    yj_evidence_free(s->evidence);
    yj_key_free(s->signer);
    yj_metrics_free(s->metrics);
    yj_tallies_free(s->tallies);
    free(s);
}
