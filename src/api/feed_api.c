// SPDX-License-Identifier: Apache-2.0
/*
 * The live feed: server-sent events of an institution's ledger.
 *
 *     id: 18
 *     event: commit
 *     data: {"seq":12,"size":18,"judgement":true}
 *
 * says that entries 12 to 17 are new and verdicts may have changed. What is new is then read by the usual
 * routes.
 *
 *     event: job
 *     data: {"id":"...","work":"import","state":"running","done":300,"total":1000}
 *
 * says that a job came, moved or ended; it has no id, for jobs are not in the ledger. A client that comes
 * back sends Last-Event-ID (browsers do), and learns at once what it missed.
 */
#include "api/call.h"
#include "api/param.h"
#include "store/schema.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LISTENERS_MAX 256

typedef struct listener {
    int64_t inst;
    uint64_t size; /* up to where it was told */
    yj_stream *stream;
} listener;

struct yj_hub {
    pthread_mutex_t lock;
    bool closed;
    size_t count;
    listener row[LISTENERS_MAX];
};

yj_hub *yj_hub_new(void)
{
    yj_hub *h = calloc(1, sizeof *h);
    if (h)
        pthread_mutex_init(&h->lock, NULL);
    return h;
}

/* The lock is held. */
static void drop(yj_hub *h, size_t i)
{
    yj_stream_end(h->row[i].stream);
    yj_stream_unref(h->row[i].stream);
    h->row[i] = h->row[--h->count];
}

void yj_hub_close(yj_hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->closed = true;
    while (h->count)
        drop(h, h->count - 1);
    pthread_mutex_unlock(&h->lock);
}

void yj_hub_free(yj_hub *h)
{
    if (!h)
        return;
    yj_hub_close(h);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static bool tell(yj_stream *s, uint64_t from, uint64_t size, bool judgement)
{
    char text[160];
    int n = snprintf(text, sizeof text,
                     "id: %llu\nevent: commit\ndata: {\"seq\":%llu,\"size\":%llu,\"judgement\":%s}\n\n",
                     (unsigned long long)size, (unsigned long long)from, (unsigned long long)size,
                     judgement ? "true" : "false");
    return yj_stream_push(s, (yj_span){ text, (size_t)n });
}

void yj_hub_publish(yj_hub *h, int64_t inst, uint64_t from, uint64_t size, bool judgement)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;) {
        listener *l = &h->row[i];
        if (l->inst != inst || l->size >= size)
            continue;
        bool there = tell(l->stream, l->size < from ? l->size : from, size, judgement);
        l->size = size;
        if (!there)
            drop(h, i);
    }
    pthread_mutex_unlock(&h->lock);
}

void yj_hub_tell(yj_hub *h, int64_t inst, const char *event, yj_span json)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 65536);
    yj_buf_fmt(&text, "event: %s\ndata: %.*s\n\n", event, (int)json.len, json.ptr);
    if (yj_buf_status(&text, NULL) != YJ_OK)
        return;
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;)
        if (h->row[i].inst == inst && !yj_stream_push(h->row[i].stream, yj_buf_view(&text)))
            drop(h, i);
    pthread_mutex_unlock(&h->lock);
}

void yj_hub_beat(yj_hub *h)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;)
        if (!yj_stream_push(h->row[i].stream, YJ_SPAN(": still here\n\n")))
            drop(h, i);
    pthread_mutex_unlock(&h->lock);
}

size_t yj_hub_listeners(yj_hub *h)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->count;
    pthread_mutex_unlock(&h->lock);
    return n;
}

static yj_status join(yj_hub *h, int64_t inst, uint64_t size, yj_stream *s, yj_error *err)
{
    yj_status st = YJ_OK;
    pthread_mutex_lock(&h->lock);
    if (h->closed) {
        st = yj_fail(err, YJ_E_BUSY, "the server is stopping");
    } else if (h->count == LISTENERS_MAX) {
        st = yj_fail(err, YJ_E_BUSY, "%d live feeds are open; no more are served", LISTENERS_MAX);
    } else {
        h->row[h->count++] = (listener){ inst, size, s };
    }
    pthread_mutex_unlock(&h->lock);
    return st;
}

static yj_status judged_since(yj_call *c, uint64_t from, bool *ret, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        c->db, "SELECT 1 FROM entry WHERE inst = ?1 AND " YJ_SQL_OP("op", "judge") " AND seq >= ?2 LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, c->inst->inst);
    yj_bind_i64(st, 2, (int64_t)from);
    return yj_stmt_step(st, ret, err);
}

yj_status yj_api_feed(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_hub *h = c->server->hub;
    uint64_t last = 0;
    bool judged = false;
    YJ_TRY(yj_call_institution(c, err));
    yj_tally *t = yj_tallies_of(c->server->tallies, c->inst->inst);
    uint64_t size = t ? atomic_load(&t->size) : c->inst->size;
    yj_span seen = yj_trim(c->rq->head.value[YJ_H_LAST_EVENT_ID]);
    bool resumes = yj_span_u64(seen, &last) && last < size;
    if (resumes)
        YJ_TRY(judged_since(c, last, &judged, err));
    yj_stream *s = yj_stream_new();
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    rp->stream = s; /* the reply's reference */
    /* first bytes at once, so that the client sees the head of the answer */
    (void)yj_stream_push(s, YJ_SPAN("retry: 2000\n\n"));
    if (resumes)
        (void)tell(s, last, size, judged);
    rp->type = "text/event-stream";
    rp->cache_control = "no-store";
    if (c->rq->method == YJ_HEAD) {
        yj_stream_end(s);
        return YJ_OK;
    }
    yj_stream_ref(s); /* the hub's */
    yj_status st = join(h, c->inst->inst, size, s, err);
    if (st != YJ_OK)
        yj_stream_unref(s);
    /* what was committed between reading the size and joining */
    else if (t)
        yj_hub_publish(h, c->inst->inst, size, atomic_load(&t->size), true);
    return st;
}
