// SPDX-License-Identifier: Apache-2.0
/* libmicrohttpd 0.9.75 as found by reading it, where the manual is silent:
 *  - an answer queued in the first call of the access handler closes the connection; so answers are queued
 *    in the last call, and in the first one only where closing is wanted;
 *  - the handler is called again after a resume, in the state in which it suspended;
 *  - it may also be called again before it really is suspended: with the next piece of a chunked body that is
 *    already in the buffer. Such a piece must be left where it is, else one exchange is in two hands;
 *  - a suspended connection is not watched: a client that leaves is seen at the next write;
 *  - MHD_stop_daemon aborts the process while connections are suspended;
 *  - what its own check of the head refuses (a Content-Length that is no number; with
 *    MHD_OPTION_STRICT_FOR_CLIENT a missing Host) it answers with the right status, then sends that head a
 *    second time as the body, and closes. So strictness is left to our guard, where it can be. */
#include "api/http_internal.h"
#include "api/param.h"
#include "api/patience.h"
#include "api/worker.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/time.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LISTENER_THREADS 2u
#define CONNECTION_BYTES ((size_t)32 << 10) /* head of a request; cleared for each request */
#define GATHERED_MAX ((size_t)512 << 20)    /* bodies in memory, of all connections */
#define ARENAS_KEPT 64
#define STOP_PATIENCE_S 5
#define STRIPES 64

typedef enum phase {
    PH_HEAD,  /* the first call is still to come */
    PH_BODY,  /* a body is coming in */
    PH_DRAIN, /* it is thrown away; the answer is known */
    PH_WORK,  /* suspended: a worker has it */
    PH_READY, /* resumed: the answer is known */
    PH_SENT,
} phase;

typedef struct exchange {
    yj_req rq; /* first */
    yj_http *http;
    struct MHD_Connection *conn;
    yj_visit *visit; /* the connection's; may be NULL */
    yj_job job;
    void (*posted)(yj_req *);
    phase phase;
    bool worked;   /* a worker has, or had it: `phase` is read under the stripe's lock */
    bool holding;  /* an answer given now is only noted: nobody waits suspended for it */
    bool answered; /* answer may still be NULL: out of memory */
    bool not_modified;
    bool head_bad;
    yj_answer *answer;
    uint64_t received;
    yj_buf in; /* the body, or the piece of it that is gathered */
    yj_error guard;
    max_align_t call[];
} exchange;

struct yj_http {
    yj_http_app app;
    struct MHD_Daemon *daemon;
    yj_http_gate gate;
    yj_workers *workers, *slow_workers;
    char url[128];
    atomic_bool stopping;
    _Atomic size_t gathered;
    _Atomic uint64_t next_id;
    uint32_t id_salt;
    /* Handing an exchange back and resuming its connection is one step to the listener's threads. */
    pthread_mutex_t stripe[STRIPES];
    pthread_mutex_t lock;
    pthread_cond_t quiet;
    size_t busy;      /* exchanges a worker has */
    size_t exchanges; /* between head and end of answer */
    yj_arena *arenas[ARENAS_KEPT];
    size_t arena_count;
};

static const char *const method_names[YJ_METHOD_COUNT_] = {
    [YJ_GET] = "GET",     [YJ_HEAD] = "HEAD",     [YJ_POST] = "POST",     [YJ_PUT] = "PUT",
    [YJ_PATCH] = "PATCH", [YJ_DELETE] = "DELETE", [YJ_METHOD_OTHER] = "",
};

const char *yj_method_name(yj_method m)
{
    return method_names[m];
}

/* --- exchanges, on workers --------------------------------------------------------------------------------
 */

static void arena_take(exchange *x)
{
    yj_http *h = x->http;
    if (x->rq.arena)
        return;
    pthread_mutex_lock(&h->lock);
    if (h->arena_count)
        x->rq.arena = h->arenas[--h->arena_count];
    pthread_mutex_unlock(&h->lock);
    if (!x->rq.arena)
        x->rq.arena = yj_arena_new(YJ_HTTP_ARENA_BYTES);
}

static void arena_give(exchange *x)
{
    yj_http *h = x->http;
    yj_arena *a = yj_take(x->rq.arena);
    if (!a)
        return;
    yj_arena_reset(a);
    pthread_mutex_lock(&h->lock);
    if (h->arena_count < ARENAS_KEPT)
        h->arenas[h->arena_count++] = yj_take(a);
    pthread_mutex_unlock(&h->lock);
    yj_arena_free(a);
}

static void forget_body(exchange *x)
{
    if (x->rq.plan == YJ_BODY_WHOLE && x->in.cap)
        atomic_fetch_sub(&x->http->gathered, x->in.cap);
    yj_buf_done(&x->in);
    x->rq.body = (yj_span){ NULL, 0 };
}

static pthread_mutex_t *stripe_of(exchange *x)
{
    return &x->http->stripe[(uintptr_t)x / 1024 % STRIPES];
}

/* From here on the exchange belongs to the listener's thread again. */
static void resume(exchange *x, phase next)
{
    yj_http *h = x->http;
    pthread_mutex_t *stripe = stripe_of(x); /* outlives the exchange */
    pthread_mutex_lock(stripe);
    x->phase = next;
    if (next != PH_READY)
        yj_visit_sends(x->visit);
    MHD_resume_connection(x->conn);
    pthread_mutex_unlock(stripe);
    pthread_mutex_lock(&h->lock);
    if (--h->busy == 0)
        pthread_cond_broadcast(&h->quiet);
    pthread_mutex_unlock(&h->lock);
}

static yj_answer *refusal(exchange *x, const yj_error *why)
{
    return x->http->app.refuse(x->http->app.ctx, &x->rq, why);
}

void yj_req_answer(yj_req *rq, yj_answer *a, bool not_modified)
{
    exchange *x = (exchange *)rq;
    assert(!x->answered);
    x->answered = true;
    x->answer = a;
    x->not_modified = not_modified;
    if (x->holding)
        return;
    arena_give(x);
    forget_body(x);
    resume(x, PH_READY);
}

static exchange *exchange_of_job(yj_job *j)
{
    return (exchange *)(void *)((char *)j - offsetof(exchange, job));
}

static bool piece_in(exchange *x)
{
    yj_http *h = x->http;
    if (x->in.len == 0)
        return true;
    x->holding = true;
    h->app.chunk(h->app.ctx, &x->rq, yj_buf_view(&x->in));
    x->holding = false;
    yj_buf_clear(&x->in);
    return !x->answered;
}

static bool ready_for_work(exchange *x)
{
    arena_take(x);
    if (x->rq.arena)
        return true;
    yj_error e = { 0 };
    yj_fail(&e, YJ_E_NOMEM, "out of memory");
    yj_req_answer(&x->rq, refusal(x, &e), false);
    return false;
}

static void run_piece(yj_job *j)
{
    exchange *x = exchange_of_job(j);
    if (!ready_for_work(x))
        return;
    piece_in(x);
    resume(x, x->answered ? PH_DRAIN : PH_BODY);
}

static void run_handle(yj_job *j)
{
    exchange *x = exchange_of_job(j);
    yj_http *h = x->http;
    if (!ready_for_work(x))
        return;
    if (x->rq.plan == YJ_BODY_STREAM && !piece_in(x)) {
        arena_give(x);
        forget_body(x);
        resume(x, PH_READY);
        return;
    }
    if (x->rq.plan == YJ_BODY_WHOLE)
        x->rq.body = yj_buf_view(&x->in);
    h->app.handle(h->app.ctx, &x->rq);
}

static void run_posted(yj_job *j)
{
    exchange *x = exchange_of_job(j);
    x->posted(&x->rq);
}

static void run_end(yj_job *j)
{
    exchange *x = exchange_of_job(j);
    x->http->app.end(x->http->app.ctx, &x->rq);
    arena_give(x);
    free(x);
}

static void give_to_worker(exchange *x, void (*run)(yj_job *))
{
    x->job.run = run;
    yj_workers_add(x->rq.slow ? x->http->slow_workers : x->http->workers, &x->job);
}

void yj_req_post(yj_req *rq, void (*fn)(yj_req *rq))
{
    exchange *x = (exchange *)rq;
    x->posted = fn;
    give_to_worker(x, run_posted);
}

/* --- exchanges, on the listener's threads -----------------------------------------------------------------
 */

static void *on_target(void *cls, const char *uri, struct MHD_Connection *conn)
{
    yj_http *h = cls;
    size_t len = uri ? strlen(uri) : 0;
    exchange *x = calloc(1, sizeof *x + h->app.call_bytes + len + 1);
    if (!x)
        return NULL;
    x->http = h;
    x->conn = conn;
    x->visit = yj_http_visit(conn);
    x->rq.call = x->call;
    char *target = (char *)x->call + h->app.call_bytes;
    if (len)
        memcpy(target, uri, len);
    x->rq.target = (yj_span){ target, len };
    pthread_mutex_lock(&h->lock);
    h->exchanges++;
    pthread_mutex_unlock(&h->lock);
    return x;
}

static phase phase_now(exchange *x)
{
    if (!x->worked)
        return x->phase;
    pthread_mutex_lock(stripe_of(x));
    phase p = x->phase;
    pthread_mutex_unlock(stripe_of(x));
    return p;
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
                         enum MHD_RequestTerminationCode toe)
{
    yj_http *h = cls;
    exchange *x = *con_cls;
    *con_cls = NULL;
    if (!x)
        return;
    (void)phase_now(x); /* after the worker's last touch */
    yj_visit_idles(x->visit);
    if (x->answer && x->answer->stream)
        yj_stream_detach(x->answer->stream);
    yj_answer_unref(x->answer);
    forget_body(x);
    if (!x->rq.ends)
        arena_give(x);
    pthread_mutex_lock(&h->lock);
    if (--h->exchanges == 0)
        pthread_cond_broadcast(&h->quiet);
    pthread_mutex_unlock(&h->lock);
    if (x->rq.ends)
        give_to_worker(x, run_end);
    else
        free(x);
}

static enum MHD_Result deliver(exchange *x)
{
    x->phase = PH_SENT;
    yj_visit_is_served(x->visit);
    if (!x->answer)
        return MHD_NO;
    if (x->answer->stream)
        yj_stream_attach(x->answer->stream, x->conn);
    int status = x->not_modified ? 304 : x->answer->status;
    x->http->app.answered(x->http->app.ctx, &x->rq, x->answer, status);
    return MHD_queue_response(x->conn, (unsigned)status, x->answer->mhd);
}

/* Suspend the connection and hand the exchange over. False when the server is stopping. */
static bool hand_over(exchange *x, void (*run)(yj_job *))
{
    yj_http *h = x->http;
    pthread_mutex_lock(&h->lock);
    bool go = !atomic_load(&h->stopping);
    if (go)
        h->busy++;
    pthread_mutex_unlock(&h->lock);
    if (!go)
        return false;
    x->phase = PH_WORK;
    x->worked = true;
    yj_visit_is_served(x->visit);
    MHD_suspend_connection(x->conn);
    give_to_worker(x, run);
    return true;
}

/* Refuse before a worker has seen it; noted, delivered when the body is through. */
static void refuse_here(exchange *x, const yj_error *why)
{
    x->answered = true;
    x->answer = refusal(x, why);
}

static yj_method method_of(const char *text)
{
    for (int m = 0; m < YJ_METHOD_OTHER; m++)
        if (strcmp(text, method_names[m]) == 0)
            return (yj_method)m;
    return YJ_METHOD_OTHER;
}

static void head_done(exchange *x, const char *url, const char *method, const char *version)
{
    yj_http *h = x->http;
    yj_req *rq = &x->rq;
    uint64_t n = atomic_fetch_add_explicit(&h->next_id, 1, memory_order_relaxed);
    static const char digits[] = "0123456789abcdef";
    uint64_t id = (uint64_t)h->id_salt << 32 | (n & UINT32_MAX);
    for (size_t i = 16; i-- > 0; id >>= 4)
        rq->id[i] = digits[id & 15];
    rq->started_ns = yj_monotonic_ns();
    rq->method = method_of(method);
    if (yj_http_client(&h->gate, x->conn, rq, &x->guard) != YJ_OK ||
        yj_http_guard_head(x->conn, rq, url, method, version, h->app.site, &x->guard) != YJ_OK) {
        x->head_bad = true;
        refuse_here(x, &x->guard);
        return;
    }
    if (rq->head.value[YJ_H_TRANSFER_ENCODING].ptr)
        rq->length = YJ_HTTP_LENGTH_UNKNOWN;
    else if (!rq->head.value[YJ_H_CONTENT_LENGTH].ptr ||
             !yj_span_u64(rq->head.value[YJ_H_CONTENT_LENGTH], &rq->length))
        rq->length = 0;
    x->holding = true;
    h->app.begin(h->app.ctx, rq);
    x->holding = false;
    if (x->answered || rq->length == 0)
        return;
    if (rq->plan == YJ_BODY_NONE) {
        yj_fail(&x->guard, YJ_E_INVALID, "this request takes no body");
        refuse_here(x, &x->guard);
    } else if (rq->length != YJ_HTTP_LENGTH_UNKNOWN && rq->length > rq->body_max) {
        yj_fail(&x->guard, YJ_E_LIMIT, "the body is longer than %llu bytes",
                (unsigned long long)rq->body_max);
        refuse_here(x, &x->guard);
    } else if (rq->head.value[YJ_H_CONTENT_ENCODING].ptr &&
               !yj_span_eq_nocase(rq->head.value[YJ_H_CONTENT_ENCODING], "identity")) {
        yj_fail(&x->guard, YJ_E_MEDIA, "a compressed body is not understood");
        refuse_here(x, &x->guard);
    }
    size_t max = rq->plan == YJ_BODY_STREAM ? YJ_HTTP_CHUNK_BYTES
                 : rq->body_max < SIZE_MAX  ? (size_t)rq->body_max
                                            : SIZE_MAX;
    yj_buf_init(&x->in, max);
}

static enum MHD_Result first_call(exchange *x, const char *url, const char *method, const char *version)
{
    yj_req *rq = &x->rq;
    head_done(x, url, method, version);
    x->phase = x->answered ? PH_DRAIN : PH_BODY;
    yj_visit_sends(x->visit);
    if (!x->answered)
        return MHD_YES;
    bool unread =
        rq->length != 0 && (rq->head.value[YJ_H_EXPECT].ptr ||
                            (rq->length != YJ_HTTP_LENGTH_UNKNOWN && rq->length > YJ_HTTP_DRAIN_MAX));
    return x->head_bad || unread ? deliver(x) : MHD_YES;
}

static void gather(exchange *x, const char *bytes, size_t len)
{
    size_t cap = x->in.cap;
    yj_buf_add(&x->in, bytes, len);
    size_t more = x->in.cap - cap;
    if (more && atomic_fetch_add(&x->http->gathered, more) + more > GATHERED_MAX) {
        yj_fail(&x->guard, YJ_E_BUSY, "too many large requests at once");
        refuse_here(x, &x->guard);
    } else if (yj_buf_status(&x->in, &x->guard) != YJ_OK) {
        refuse_here(x, &x->guard);
    }
}

static enum MHD_Result body_call(exchange *x, const char *bytes, size_t *size)
{
    size_t len = *size;
    if (x->answered)
        x->phase = PH_DRAIN;
    if (x->phase == PH_DRAIN) {
        yj_visit_sent(x->visit, len);
        x->received += len;
        *size = 0;
        return x->received > YJ_HTTP_DRAIN_MAX ? MHD_NO : MHD_YES;
    }
    size_t take = len;
    if (x->rq.plan == YJ_BODY_STREAM && take > YJ_HTTP_CHUNK_BYTES - x->in.len)
        take = YJ_HTTP_CHUNK_BYTES - x->in.len;
    if (take > x->rq.body_max - x->received) {
        yj_fail(&x->guard, YJ_E_LIMIT, "the body is longer than %llu bytes",
                (unsigned long long)x->rq.body_max);
        refuse_here(x, &x->guard);
    } else if (x->rq.plan == YJ_BODY_STREAM) {
        yj_buf_add(&x->in, bytes, take);
        if (yj_buf_status(&x->in, &x->guard) != YJ_OK)
            refuse_here(x, &x->guard);
    } else {
        gather(x, bytes, take);
    }
    yj_visit_sent(x->visit, take);
    x->received += take;
    *size = len - take;
    if (x->answered) {
        if (x->rq.plan == YJ_BODY_WHOLE)
            forget_body(x);
        *size = 0;
        return MHD_YES;
    }
    if (x->rq.plan == YJ_BODY_STREAM && x->in.len == YJ_HTTP_CHUNK_BYTES && !hand_over(x, run_piece))
        return MHD_NO; /* stopping in the middle of an upload */
    return MHD_YES;
}

static enum MHD_Result last_call(exchange *x)
{
    if (x->answered)
        return deliver(x);
    if (hand_over(x, run_handle))
        return MHD_YES;
    yj_fail(&x->guard, YJ_E_BUSY, "the server is stopping");
    refuse_here(x, &x->guard);
    return deliver(x);
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
                                 const char *version, const char *upload_data, size_t *upload_data_size,
                                 void **con_cls)
{
    exchange *x = *con_cls;
    if (!x)
        return MHD_NO;
    phase now = phase_now(x);
    if (now == PH_HEAD)
        return first_call(x, url, method, version);
    if (now == PH_WORK)
        return MHD_YES; /* see above; nothing is taken */
    if (*upload_data_size)
        return body_call(x, upload_data, upload_data_size);
    return last_call(x);
}

static size_t on_unescape(void *cls, struct MHD_Connection *conn, char *s)
{
    return strlen(s); /* the application reads the target as it was sent */
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is libmicrohttpd's own */
static void on_log(void *cls, const char *fmt, va_list ap)
{
    char line[256];
    if (vsnprintf(line, sizeof line, fmt, ap) < 0)
        return;
    size_t n = strlen(line);
    if (n && line[n - 1] == '\n')
        line[n - 1] = '\0';
    yj_log(YJ_LOG_DEBUG, "http: %s", line);
}
#pragma GCC diagnostic pop

/* --- start and stop ---------------------------------------------------------------------------------------
 */

yj_status yj_http_start(const yj_http_app *app, const yj_http_options *o, yj_http **ret, yj_error *err)
{
    yj_auto(yj_http_stopp) yj_http *h = calloc(1, sizeof *h);
    if (!h)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    h->app = *app;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&h->lock, NULL);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_init(&h->stripe[i], NULL);
    pthread_cond_init(&h->quiet, &monotonic);
    pthread_condattr_destroy(&monotonic);
    yj_random(&h->id_salt, sizeof h->id_salt);
    YJ_TRY(yj_workers_start(o->workers ? o->workers : 4, "yj-worker", &h->workers, err));
    YJ_TRY(yj_workers_start(o->slow_workers ? o->slow_workers : 3, "yj-slow", &h->slow_workers, err));
    int fd = -1;
    h->gate.tls = o->tls;
    if (o->trusted)
        h->gate.trusted = *o->trusted;
    YJ_TRY(yj_http_listen(o, &fd, h->url, sizeof h->url, &h->gate.beyond, err));
    unsigned connections =
        yj_http_connections_possible(o->connections ? o->connections : YJ_HTTP_CONNECTIONS);
    if (connections < LISTENER_THREADS)
        connections = LISTENER_THREADS;
    unsigned timeout_s = o->timeout_s ? o->timeout_s : YJ_HTTP_TIMEOUT_S;
    yj_status s = yj_patience_start(&o->patience, connections, timeout_s * 1000, &h->gate.patience, err);
    if (s != YJ_OK) {
        close(fd);
        return s;
    }
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (o->tls ? MHD_USE_TLS : 0u),
        0, NULL, NULL, on_access, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, h, MHD_OPTION_LISTEN_SOCKET,
        (MHD_socket)fd, MHD_OPTION_THREAD_POOL_SIZE, LISTENER_THREADS, MHD_OPTION_CONNECTION_LIMIT,
        connections, MHD_OPTION_CONNECTION_TIMEOUT, timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_BYTES, MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_UNESCAPE_CALLBACK,
        on_unescape, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION,
        yj_http_connection, &h->gate,
        o->tls ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, /* the list ends here without TLS */
        yj_tls_priorities, MHD_OPTION_HTTPS_CERT_CALLBACK, yj_tls_retrieve, MHD_OPTION_END);
    if (!h->daemon) {
        close(fd);
        return yj_fail(err, YJ_E_IO, "the HTTP listener does not start");
    }
    *ret = yj_take(h);
    return YJ_OK;
}

void yj_http_stop(yj_http *h)
{
    if (!h)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_PATIENCE_S;
    pthread_mutex_lock(&h->lock);
    atomic_store(&h->stopping, true);
    while (h->busy)
        pthread_cond_wait(&h->quiet, &h->lock);
    /* answers under way get a while; who reads slowly is cut off */
    while (h->exchanges && pthread_cond_timedwait(&h->quiet, &h->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&h->lock);
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    yj_patience_stop(h->gate.patience);
    yj_workers_stop(h->workers);
    yj_workers_stop(h->slow_workers);
    for (size_t i = 0; i < h->arena_count; i++)
        yj_arena_free(h->arenas[i]);
    pthread_cond_destroy(&h->quiet);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&h->stripe[i]);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

const char *yj_http_url(const yj_http *h)
{
    return h->url;
}

void yj_http_stats_read(yj_http *h, yj_patience_stats *ret)
{
    yj_patience_stats_read(h->gate.patience, ret);
}
