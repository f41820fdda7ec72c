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
#include "api/http.h"
#include "api/param.h"
#include "api/worker.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/time.h"
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
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
    yj_workers *workers, *slow_workers;
    char url[64];
    atomic_bool stopping;
    _Atomic size_t gathered;
    _Atomic uint64_t next_id;
    uint32_t id_salt;
    atomic_uint connections;
    /* Handing an exchange back and resuming its connection is one step to the listener's threads. */
    pthread_mutex_t stripe[STRIPES];
    pthread_mutex_t lock;
    pthread_cond_t quiet;
    size_t busy;      /* exchanges a worker has */
    size_t exchanges; /* between head and end of answer */
    yj_arena *arenas[ARENAS_KEPT];
    size_t arena_count;
};

struct yj_answer {
    atomic_int refs;
    int status;
    size_t bytes;
    yj_stream *stream;
    struct MHD_Response *mhd;
};

struct yj_stream {
    atomic_int refs;
    pthread_mutex_t lock;
    struct MHD_Connection *conn; /* NULL before the answer is under way and after it ended */
    bool suspended, ended;
    yj_buf waiting;
};

static const char *const method_names[YJ_METHOD_COUNT_] = {
    [YJ_GET] = "GET",     [YJ_HEAD] = "HEAD",     [YJ_POST] = "POST",     [YJ_PUT] = "PUT",
    [YJ_PATCH] = "PATCH", [YJ_DELETE] = "DELETE", [YJ_METHOD_OTHER] = "",
};

const char *yj_method_name(yj_method m)
{
    return method_names[m];
}

/* --- answers ----------------------------------------------------------------------------------------------
 */

static yj_answer *answer_wrap(int status, size_t bytes, struct MHD_Response *mhd,
                              const yj_answer_header *headers, size_t count)
{
    yj_answer *a = mhd ? calloc(1, sizeof *a) : NULL;
    bool good = a != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = MHD_add_response_header(mhd, headers[i].name, headers[i].value) == MHD_YES;
    if (!good) {
        if (mhd)
            MHD_destroy_response(mhd);
        free(a);
        return NULL;
    }
    *a = (yj_answer){ .refs = 1, .status = status, .bytes = bytes, .mhd = mhd };
    return a;
}

yj_answer *yj_answer_new(int status, yj_buf *body, const yj_answer_header *headers, size_t header_count)
{
    size_t len = body ? body->len : 0, held = len ? body->cap : 0;
    void *bytes = len ? body->ptr : NULL;
    if (body && !len)
        yj_buf_done(body);
    struct MHD_Response *mhd =
        MHD_create_response_from_buffer(len, bytes, len ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (len) { /* the memory has a new owner */
        if (!mhd)
            free(bytes);
        *body = (yj_buf){ .max = body->max };
    }
    return answer_wrap(status, held, mhd, headers, header_count);
}

yj_answer *yj_answer_file(int status, int fd, uint64_t offset, uint64_t length,
                          const yj_answer_header *headers, size_t header_count)
{
    struct MHD_Response *mhd = MHD_create_response_from_fd_at_offset64(length, fd, offset);
    if (!mhd)
        close(fd);
    return answer_wrap(status, 0, mhd, headers, header_count);
}

yj_answer *yj_answer_ref(yj_answer *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void yj_answer_unref(yj_answer *a)
{
    if (!a || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    MHD_destroy_response(a->mhd);
    free(a);
}

int yj_answer_status(const yj_answer *a)
{
    return a->status;
}

size_t yj_answer_bytes(const yj_answer *a)
{
    return a->bytes;
}

/* --- streams ----------------------------------------------------------------------------------------------
 */

yj_stream *yj_stream_new(void)
{
    yj_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->refs = 1;
    pthread_mutex_init(&s->lock, NULL);
    yj_buf_init(&s->waiting, YJ_STREAM_BYTES_MAX);
    return s;
}

void yj_stream_ref(yj_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void yj_stream_unref(yj_stream *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&s->lock);
    yj_buf_done(&s->waiting);
    free(s);
}

/* The lock is held. */
static void stream_wake(yj_stream *s)
{
    if (s->suspended) {
        s->suspended = false;
        MHD_resume_connection(s->conn);
    }
}

bool yj_stream_push(yj_stream *s, yj_span bytes)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended) {
        yj_buf_span(&s->waiting, bytes);
        if (yj_buf_status(&s->waiting, NULL) != YJ_OK)
            s->ended = true;
        stream_wake(s);
    }
    bool good = !s->ended;
    pthread_mutex_unlock(&s->lock);
    return good;
}

void yj_stream_end(yj_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    stream_wake(s);
    pthread_mutex_unlock(&s->lock);
}

/* Listener's thread: what waits, or sleep until something does. */
static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    yj_stream *s = cls;
    ssize_t n = 0;
    pthread_mutex_lock(&s->lock);
    if (s->waiting.len) {
        size_t take = s->waiting.len < max ? s->waiting.len : max;
        memcpy(buf, s->waiting.ptr, take);
        memmove(s->waiting.ptr, s->waiting.ptr + take, s->waiting.len - take);
        s->waiting.len -= take;
        n = (ssize_t)take;
    } else if (s->ended) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->suspended = true;
        MHD_suspend_connection(s->conn);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void stream_release(void *cls)
{
    yj_stream_unref(cls);
}

yj_answer *yj_answer_stream(yj_stream *s, const yj_answer_header *headers, size_t header_count)
{
    yj_stream_ref(s);
    struct MHD_Response *mhd =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, s, stream_release);
    if (!mhd)
        yj_stream_unref(s);
    yj_answer *a = answer_wrap(200, 0, mhd, headers, header_count);
    if (a)
        a->stream = s;
    return a;
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
    if (x->answer && x->answer->stream) {
        yj_stream *s = x->answer->stream;
        pthread_mutex_lock(&s->lock);
        s->conn = NULL;
        s->suspended = false;
        s->ended = true;
        pthread_mutex_unlock(&s->lock);
    }
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
    if (!x->answer)
        return MHD_NO;
    if (x->answer->stream) {
        pthread_mutex_lock(&x->answer->stream->lock);
        x->answer->stream->conn = x->conn;
        pthread_mutex_unlock(&x->answer->stream->lock);
    }
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

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                  const char *value, size_t value_size)
{
    exchange *x = cls;
    yj_status s = yj_guard_field(&x->rq.head, (yj_span){ key, key_size },
                                 (yj_span){ value, value ? value_size : 0 }, &x->guard);
    x->head_bad = s != YJ_OK;
    return s == YJ_OK ? MHD_YES : MHD_NO;
}

static yj_method method_of(const char *text)
{
    for (int m = 0; m < YJ_METHOD_OTHER; m++)
        if (strcmp(text, method_names[m]) == 0)
            return (yj_method)m;
    return YJ_METHOD_OTHER;
}

/* Is a header folded over several lines? The library drops it without a word when it is the last one: its
 * length or transfer encoding would then hold for a proxy in front and not for us. It leaves the head where
 * it was read, with NULs for colons and line ends; where it took a line away, NULs are left over. */
static bool head_is_folded(exchange *x, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!i || version < method || (size_t)(version - method) >= i->header_size)
        return true; /* not laid out as we know it: rather refuse */
    const char *end = method + i->header_size, *p = memchr(version, '\0', (size_t)(end - version));
    while (p) { /* on the end of a line */
        p++;
        if (p < end && *p == '\0')
            p++;
        if (p >= end)
            return false;
        if (*p == '\0') /* the empty line, if it is the end */
            return end - p > 2;
        if (*p == ' ' || *p == '\t')
            return true;
        p = memchr(p, '\0', (size_t)(end - p)); /* the colon */
        p = p && p + 1 < end ? memchr(p + 1, '\0', (size_t)(end - p - 1)) : NULL;
    }
    return false;
}

static yj_status guard_head(exchange *x, const char *url, const char *method, const char *version)
{
    yj_req *rq = &x->rq;
    bool http11 = strncmp(version, "HTTP/1.", 7) == 0 && version[7] >= '1' && version[7] <= '9';
    MHD_get_connection_values_n(x->conn, MHD_HEADER_KIND, take_field, x);
    if (x->head_bad)
        return x->guard.code;
    if (head_is_folded(x, method, version))
        return yj_fail(&x->guard, YJ_E_INVALID, "a header must not be folded over several lines");
    YJ_TRY(yj_guard_whole(&rq->head, http11, &x->guard));
    /* both point into the request line, one NUL apart, unless the target holds a NUL itself */
    if (version - url != (ptrdiff_t)rq->target.len + 1)
        return yj_fail(&x->guard, YJ_E_INVALID, "the request's target holds a NUL byte");
    return yj_guard_local(&rq->head, rq->method == YJ_GET || rq->method == YJ_HEAD, &x->guard);
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
    if (guard_head(x, url, method, version) != YJ_OK) {
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

static void on_connection(void *cls, struct MHD_Connection *conn, void **socket_ctx,
                          enum MHD_ConnectionNotificationCode toe)
{
    yj_http *h = cls;
    if (toe == MHD_CONNECTION_NOTIFY_STARTED)
        atomic_fetch_add(&h->connections, 1);
    else
        atomic_fetch_sub(&h->connections, 1);
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

static yj_status listen_on(const yj_http_options *o, int *ret_fd, char *url, size_t url_cap, yj_error *err)
{
    const char *address = o->address && o->address[0] ? o->address : "127.0.0.1";
    bool six = strcmp(address, "::1") == 0 || strcmp(address, "[::1]") == 0;
    if (!six && strcmp(address, "127.0.0.1") != 0 && strcmp(address, "localhost") != 0)
        return yj_fail(err, YJ_E_USAGE,
                       "the server has no sign-in yet and listens only on 127.0.0.1 or ::1, not on %s",
                       address);
    struct sockaddr_in a4 = { .sin_family = AF_INET,
                              .sin_port = htons(o->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons(o->port),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr *a = six ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
    socklen_t len = six ? sizeof a6 : sizeof a4;
    const char *shown = six ? "[::1]" : "127.0.0.1";
    int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 || bind(fd, a, len) < 0 ||
        listen(fd, 511) < 0 || getsockname(fd, a, &len) < 0) {
        yj_fail_sys(err, errno == EADDRINUSE ? YJ_E_BUSY : YJ_E_IO, "cannot listen on %s:%d", shown,
                    (int)o->port);
        if (fd >= 0)
            close(fd);
        return err ? err->code : YJ_E_IO;
    }
    snprintf(url, url_cap, "http://%s:%d", shown, (int)ntohs(six ? a6.sin6_port : a4.sin_port));
    *ret_fd = fd;
    return YJ_OK;
}

/* Descriptors for the connections wanted, beside those of stores and files. */
static unsigned connections_possible(unsigned want)
{
    struct rlimit r;
    const rlim_t others = 512;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return want < 256 ? want : 256;
    if (r.rlim_cur < want + others) {
        struct rlimit more = { .rlim_cur = want + others, .rlim_max = r.rlim_max };
        if (r.rlim_max != RLIM_INFINITY && more.rlim_cur > r.rlim_max)
            more.rlim_cur = r.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            r = more;
    }
    rlim_t room = r.rlim_cur > 2 * others ? r.rlim_cur - others : r.rlim_cur / 2;
    return room < want ? (unsigned)room : want;
}

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
    YJ_TRY(yj_workers_start(o->slow_workers ? o->slow_workers : 2, "yj-slow", &h->slow_workers, err));
    int fd = -1;
    YJ_TRY(listen_on(o, &fd, h->url, sizeof h->url, err));
    unsigned connections = connections_possible(o->connections ? o->connections : 1000);
    if (connections < LISTENER_THREADS)
        connections = LISTENER_THREADS;
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_access, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, h, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd,
        MHD_OPTION_THREAD_POOL_SIZE, LISTENER_THREADS, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, o->timeout_s ? o->timeout_s : 60u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_BYTES, MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_UNESCAPE_CALLBACK,
        on_unescape, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, h, MHD_OPTION_END);
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

unsigned yj_http_connections(const yj_http *h)
{
    return atomic_load(&((yj_http *)(uintptr_t)h)->connections);
}
