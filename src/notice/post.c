// SPDX-License-Identifier: Apache-2.0
/* The threads: one works out what is news, some bring out. */
#include "notice/post.h"

#include "base/log.h"
#include "notice/deliver.h"
#include "notice/outbox.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_MS 1000u
#define THREADS 2u
#define THREADS_MAX 8u
#define GATHER_MS 200 /* commits that come together are looked at together */
#define CLAIM_MS 20   /* while another server claims */
#define SWEEP_EVERY_NS (3600 * YJ_NS_PER_S)
#define INSTS_AT_ONCE 200
#define MS INT64_C(1000000)

struct yj_post_office {
    yj_engine *e;
    yj_post_options o;
    yj_seal *seal; /* owned */
    yj_deliverer deliverer;
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool grew;    /* a ledger */
    bool ordered; /* something may wait to be brought out */
    pthread_t decider, carriers[THREADS_MAX];
    size_t carrier_count;
    bool decider_runs, listens;
};

static bool stopping(yj_post_office *p)
{
    return atomic_load(&p->deliverer.stop);
}

/* Until `flag` is up, the time has passed or it is to stop; the flag is taken down. */
static void wait_for(yj_post_office *p, bool *flag, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * MS;
    if (until.tv_nsec >= YJ_NS_PER_S) {
        until.tv_sec++;
        until.tv_nsec -= YJ_NS_PER_S;
    }
    pthread_mutex_lock(&p->lock);
    while (!stopping(p) && !(flag && *flag) && pthread_cond_timedwait(&p->news, &p->lock, &until) == 0)
        ;
    if (flag)
        *flag = false;
    pthread_mutex_unlock(&p->lock);
}

static void raise_flag(yj_post_office *p, bool *flag)
{
    pthread_mutex_lock(&p->lock);
    *flag = true;
    pthread_cond_broadcast(&p->news);
    pthread_mutex_unlock(&p->lock);
}

/* The writer's thread. */
static void on_commit(void *ctx, int64_t inst, uint64_t from, uint64_t size, bool judgement)
{
    yj_post_office *p = ctx;
    (void)from, (void)size, (void)judgement;
    if (inst != YJ_INST_INSTALLATION)
        raise_flag(p, &p->grew);
}

/* --- deciding ---------------------------------------------------------------------------------------------
 */

typedef struct waiting {
    int64_t insts[INSTS_AT_ONCE];
    size_t count;
} waiting;

static yj_status add_inst(void *ctx, int64_t inst, yj_error *err)
{
    waiting *w = ctx;
    (void)err;
    if (w->count < INSTS_AT_ONCE)
        w->insts[w->count++] = inst;
    return YJ_OK;
}

static yj_status list_waiting(yj_post_office *p, waiting *w, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(p->e, &db, err));
    yj_status s = yj_news_waiting(db, yj_clock_system().now_ns(NULL), add_inst, w, err);
    yj_reader_give(p->e, db);
    return s;
}

static yj_status decide_for(yj_post_office *p, int64_t inst, yj_error *err)
{
    bool more = true;
    while (more && !stopping(p)) {
        size_t made = 0;
        YJ_TRY(yj_news_pass(p->e, inst, &more, &made, err));
        if (made && p->o.news)
            p->o.news(p->o.ctx, inst);
    }
    return YJ_OK;
}

static yj_status decide(yj_post_office *p, yj_error *err)
{
    waiting w = { .count = 0 };
    YJ_TRY(list_waiting(p, &w, err));
    for (size_t i = 0; i < w.count && !stopping(p); i++)
        YJ_TRY(decide_for(p, w.insts[i], err));
    YJ_TRY(yj_news_gathered(p->e, NULL, err));
    raise_flag(p, &p->ordered);
    return YJ_OK;
}

static yj_status run_sweep(yj_db *db, void *ctx, yj_error *err)
{
    yj_post_office *p = ctx;
    YJ_TRY(yj_outbox_sweep(db, yj_clock_system().now_ns(NULL), err));
    return yj_inbox_sweep(db, yj_engine_now(p->e), err);
}

/* Where changes come without end, what is news is worked out once in the time of a look, whatever comes: it
 * costs a reader, and one write. */
static void rest(yj_post_office *p, int64_t begun)
{
    int64_t left = p->o.look_ms - (yj_monotonic_ns() - begun) / MS;
    if (left > 0 && !stopping(p))
        wait_for(p, NULL, (unsigned)left);
}

static void *decider_main(void *self)
{
    yj_post_office *p = self;
    yj_status was = YJ_OK; /* a failure that goes on is logged once */
    int64_t swept = 0;
    while (!stopping(p)) {
        const int64_t begun = yj_monotonic_ns();
        yj_error err = { .code = YJ_OK };
        yj_status s = decide(p, &err);
        if (s == YJ_OK && (!swept || yj_monotonic_ns() - swept > SWEEP_EVERY_NS)) {
            s = yj_engine_write(p->e, run_sweep, p, &err);
            swept = yj_monotonic_ns();
        }
        if (s != YJ_OK && was == YJ_OK && !stopping(p))
            yj_log_error(YJ_LOG_WARN, "working out what is news", &err);
        was = s;
        wait_for(p, &p->grew, p->o.look_ms);
        if (!stopping(p))
            wait_for(p, NULL, GATHER_MS);
        rest(p, begun);
    }
    return NULL;
}

/* --- bringing out -----------------------------------------------------------------------------------------
 */

/* Looked at first on a reader: most of the time nothing waits, and a claim is a write. */
static yj_status anything_due(yj_post_office *p, bool *ret, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(p->e, &db, err));
    yj_stmt *st = NULL;
    yj_status s = yj_db_prepare(db, "SELECT 1 FROM delivery WHERE ended = 0 AND due <= ?1 LIMIT 1", &st, err);
    if (s == YJ_OK) {
        yj_bind_i64(st, 1, yj_clock_system().now_ns(NULL));
        s = yj_stmt_step(st, ret, err);
    }
    yj_stmt_done(st);
    yj_reader_give(p->e, db);
    return s;
}

static yj_status carry(yj_post_office *p, yj_error *err)
{
    const yj_outbox b = { .write = yj_outbox_write_by_engine,
                          .door = p->e,
                          .clock = yj_clock_system(),
                          .send = yj_deliver,
                          .ctx = &p->deliverer,
                          .stop = &p->deliverer.stop };
    bool any = true;
    while (any && !stopping(p)) {
        YJ_TRY(anything_due(p, &any, err));
        bool did = false;
        if (any)
            YJ_TRY(yj_outbox_round(&b, &did, err));
        if (any && !did)
            wait_for(p, NULL, CLAIM_MS);
    }
    return YJ_OK;
}

static void *carrier_main(void *self)
{
    yj_post_office *p = self;
    yj_status was = YJ_OK;
    while (!stopping(p)) {
        yj_error err = { .code = YJ_OK };
        yj_status s = carry(p, &err);
        if (s != YJ_OK && was == YJ_OK && !stopping(p))
            yj_log_error(YJ_LOG_WARN, "bringing out notices", &err);
        was = s;
        wait_for(p, &p->ordered, p->o.look_ms);
    }
    return NULL;
}

/* --- starting and stopping --------------------------------------------------------------------------------
 */

static yj_status open_seal(yj_post_office *p, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_buf_init(&path, 4096);
    yj_buf_fmt(&path, "%s/keys", yj_engine_data_dir(p->e));
    YJ_TRY(yj_buf_status(&path, err));
    return yj_seal_open(path.ptr, &p->seal, err);
}

static yj_status start_threads(yj_post_office *p, yj_error *err)
{
    unsigned wanted = p->o.threads > THREADS_MAX ? THREADS_MAX : p->o.threads;
    p->decider_runs = pthread_create(&p->decider, NULL, decider_main, p) == 0;
    bool fine = p->decider_runs;
    while (fine && p->carrier_count < wanted) {
        fine = pthread_create(&p->carriers[p->carrier_count], NULL, carrier_main, p) == 0;
        p->carrier_count += fine;
    }
    return fine ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "cannot start a thread");
}

static void init_lock(yj_post_office *p)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

yj_status yj_post_start(yj_engine *e, const yj_post_options *o, yj_post_office **ret, yj_error *err)
{
    yj_post_office *p = calloc(1, sizeof *p);
    if (!p)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    p->e = e;
    p->o = *o;
    p->o.look_ms = o->look_ms ? o->look_ms : LOOK_MS;
    p->o.threads = o->threads ? o->threads : THREADS;
    init_lock(p);
    yj_status s = open_seal(p, err);
    if (s == YJ_OK) {
        p->deliverer.e = e;
        p->deliverer.seal = p->seal;
        p->deliverer.send = (yj_send_options){ .ca_file = o->ca_file, .stop = &p->deliverer.stop };
        yj_engine_on_commit(e, on_commit, p);
        p->listens = true;
        s = start_threads(p, err);
    }
    if (s == YJ_OK)
        *ret = p;
    else
        yj_post_stop(p);
    return s;
}

void yj_post_halt(yj_post_office *p)
{
    if (!p)
        return;
    atomic_store(&p->deliverer.stop, true);
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->news);
    pthread_mutex_unlock(&p->lock);
}

void yj_post_stop(yj_post_office *p)
{
    if (!p)
        return;
    yj_post_halt(p);
    if (p->decider_runs)
        pthread_join(p->decider, NULL);
    for (size_t i = 0; i < p->carrier_count; i++)
        pthread_join(p->carriers[i], NULL);
    if (p->listens)
        yj_engine_off_commit(p->e, on_commit, p);
    pthread_cond_destroy(&p->news);
    pthread_mutex_destroy(&p->lock);
    yj_seal_free(p->seal);
    free(p);
}

const yj_seal *yj_post_seal(const yj_post_office *p)
{
    return p->seal;
}

/* --- a test -----------------------------------------------------------------------------------------------
 */

yj_status yj_post_test(yj_post_office *p, int64_t inst, const char *id, const char *to, yj_lang lang,
                       yj_outcome *ret, yj_error *err)
{
    yj_db *db = NULL;
    yj_channel ch;
    bool found = false;
    YJ_TRY(yj_reader_take(p->e, &db, err));
    yj_status s = yj_channel_read(db, p->seal, id, &ch, &found, err);
    yj_reader_give(p->e, db);
    YJ_TRY(s);
    bool own = found && (ch.inst == inst || ch.inst == YJ_INST_INSTALLATION);
    if (!own)
        s = yj_fail(err, YJ_E_NOT_FOUND, "there is no such channel");
    else if (ch.kind == YJ_CHANNEL_MAIL && !(to && yj_mail_address_valid(yj_span_of(to)))) {
        yj_fail(err, YJ_E_INVALID, "member to must be an address to which mail can be sent");
        s = yj_error_at(err, "to");
    } else {
        *ret = (yj_outcome){ .is = YJ_SENT_LATER };
        yj_deliver_test(&p->deliverer, &ch, to, lang, ret);
    }
    if (found)
        yj_channel_done(&ch);
    return s;
}
