// SPDX-License-Identifier: Apache-2.0
/*
 * The live feed: server-sent events of an institution's ledger.
 *
 *     id: 18
 *     event: commit
 *     data: {"seq":12,"size":18,"judgement":true,"people":false,"kinds":{"system":["..."],"contract":null}}
 *
 * says that entries 12 to 17 are new. "judgement": verdicts came out differently, and are read so from now on
 * (the judge is behind the writer: its event comes later than that of the change), or what stands beside them
 * (accepted risks, remediations) was changed. "people": those who act, or who stands in for whom, were
 * changed: what anybody may do (/may) can be other. "kinds": records of these kinds were changed, and which;
 * null in place of the ids: many. null in place of all kinds: anything may have changed (a batch was closed,
 * something erased, too much to tell). What is new is then read by the usual routes.
 *
 *     event: job
 *     data: {"id":"...","work":"import","state":"running","done":300,"total":1000}
 *
 * says that a job came, moved or ended; it has no id, for jobs are not in the ledger. A client that comes
 * back sends Last-Event-ID (browsers do), and learns at once what it missed; one that comes for the first
 * time names the size it has read up to (?from=), and learns what came between its reading and its listening.
 */
#include "access/secret.h"
#include "api/call.h"
#include "api/param.h"
#include "store/schema.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTENERS_MAX 256

#define ENTRIES_MAX 2000 /* that are looked through for one event */
#define KINDS_MAX 40     /* that are told */
#define IDS_MAX 20       /* of a kind */
#define NAME_MAX_LEN 127 /* of a kind; longer ones are not told */

typedef struct listener {
    const yj_tally *of;
    uint64_t size; /* up to where it was told */
    yj_stream *stream;
    yj_credential_kind kind; /* of who listens; NONE in an open server */
    char token[YJ_TOKEN_LEN + 1];
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

bool yj_hub_behind(yj_hub *h, yj_hub_gap *ret)
{
    bool found = false;
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count; i++) {
        const listener *l = &h->row[i];
        uint64_t size = atomic_load(&l->of->size);
        if (l->size >= size || (found && (l->of->inst != ret->inst || l->size >= ret->from)))
            continue;
        *ret = (yj_hub_gap){ .inst = l->of->inst, .from = l->size, .size = size };
        found = true;
    }
    pthread_mutex_unlock(&h->lock);
    return found;
}

bool yj_hub_hears(yj_hub *h, int64_t inst)
{
    bool found = false;
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count && !found; i++)
        found = h->row[i].of->inst == inst;
    pthread_mutex_unlock(&h->lock);
    return found;
}

/* --- what is new ------------------------------------------------------------------------------------------
 */

typedef struct news {
    bool judgement, people, all;
    json_t *kinds; /* name: ids, or null */
} news;

static bool ordinary(yj_span op)
{
    static const char *const ops[] = { "create", "takeover", "change", "move", "withdraw" };
    for (size_t i = 0; i < YJ_COUNT(ops); i++)
        if (yj_span_is(op, ops[i]))
            return true;
    return false;
}

static bool copy(yj_span s, char *to, size_t size)
{
    return s.len < size && snprintf(to, size, "%.*s", (int)s.len, s.ptr) > 0;
}

static void add_record(news *n, yj_span kind, yj_span id)
{
    char name[NAME_MAX_LEN + 1], text[YJ_UUID_LEN + 1];
    if (!n->kinds || !copy(kind, name, sizeof name) || !copy(id, text, sizeof text)) {
        n->all = true;
        return;
    }
    json_t *ids = json_object_get(n->kinds, name);
    if (!ids) {
        n->all |= json_object_size(n->kinds) == KINDS_MAX;
        json_object_set_new(n->kinds, name, ids = json_array());
    }
    if (json_is_null(ids))
        return;
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (strcmp(json_string_value(json_array_get(ids, i)), text) == 0)
            return;
    int bad = json_array_size(ids) == IDS_MAX ? json_object_set_new(n->kinds, name, json_null())
                                              : json_array_append_new(ids, json_string(text));
    n->all |= bad != 0;
}

static void add_entry(news *n, yj_span op, yj_span kind, yj_span id)
{
    if (ordinary(op))
        add_record(n, kind, id);
    else if (yj_span_is(op, "judge"))
        n->judgement = true;
    else if (yj_span_is(op, "read"))
        return;                        /* changes nothing */
    else if (!yj_span_is(op, "batch")) /* of which nothing is seen before it is closed */
        n->all = n->judgement = true;
}

static yj_status read_news(yj_db *db, const yj_hub_gap *g, news *n, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT op, kind, record FROM entry WHERE inst = ?1 AND seq >= ?2 AND seq < ?3 AND "
                         "(batch = 0 OR op NOT IN " YJ_SQL_ORDINARY_OPS ") ORDER BY seq LIMIT ?4",
                         &st, err));
    yj_bind_i64(st, 1, g->inst);
    yj_bind_i64(st, 2, (int64_t)g->from);
    yj_bind_i64(st, 3, (int64_t)g->size);
    yj_bind_i64(st, 4, ENTRIES_MAX + 1);
    for (size_t count = 0;; count++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        if (count == ENTRIES_MAX) {
            n->all = n->judgement = true;
            return YJ_OK;
        }
        add_entry(n, yj_col_text(st, 0), yj_col_text(st, 1), yj_col_text(st, 2));
    }
}

/* A verdict is shown with the accepted risk and the remediations that answer it. */
static bool answers_verdicts(const news *n, const yj_catalog *c)
{
    const int kinds[] = { c->risk_acceptance.kind, c->remediation.kind };
    for (size_t i = 0; i < YJ_COUNT(kinds); i++)
        if (kinds[i] >= 0 && json_object_get(n->kinds, c->kinds[kinds[i]].name))
            return true;
    return false;
}

/* What one may do follows from one's roles and from the record; the record's kind is told anyway. */
static bool changes_people(const news *n, const yj_catalog *c)
{
    const int kinds[] = { c->access.person, c->access.delegation, c->access.membership };
    for (size_t i = 0; i < YJ_COUNT(kinds) && c->access.person >= 0; i++)
        if (kinds[i] >= 0 && json_object_get(n->kinds, c->kinds[kinds[i]].name))
            return true;
    return false;
}

static void write_event(const yj_hub_gap *g, const news *n, yj_buf *out)
{
    char *kinds = n->all ? NULL : json_dumps(n->kinds, JSON_COMPACT);
    yj_buf_fmt(out,
               "id: %llu\nevent: commit\ndata: "
               "{\"seq\":%llu,\"size\":%llu,\"judgement\":%s,\"people\":%s,\"kinds\":%s}\n\n",
               (unsigned long long)g->size, (unsigned long long)g->from, (unsigned long long)g->size,
               n->judgement ? "true" : "false", n->people ? "true" : "false", kinds ? kinds : "null");
    free(kinds);
}

void yj_hub_publish(yj_hub *h, yj_db *db, const yj_catalog *c, const yj_hub_gap *g)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *kinds = json_object();
    news n = { .kinds = kinds };
    yj_error err = { 0 };
    yj_buf_init(&text, 65536);
    if (!kinds || read_news(db, g, &n, &err) != YJ_OK)
        n.all = n.judgement = true; /* who cannot be told what is new looks at everything */
    n.judgement = n.judgement || answers_verdicts(&n, c);
    n.people = n.all || changes_people(&n, c);
    write_event(g, &n, &text);
    bool written = yj_buf_status(&text, NULL) == YJ_OK;
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;) {
        listener *l = &h->row[i];
        if (l->of->inst != g->inst || l->size != g->from)
            continue; /* who is elsewhere in the ledger is told of another gap */
        l->size = g->size;
        /* one that was not told finds out when it comes back */
        if (!written || !yj_stream_push(l->stream, yj_buf_view(&text)))
            drop(h, i);
    }
    pthread_mutex_unlock(&h->lock);
}

/* --- who listens ------------------------------------------------------------------------------------------
 */

void yj_hub_tell(yj_hub *h, int64_t inst, const char *event, yj_span json)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 65536);
    yj_buf_fmt(&text, "event: %s\ndata: %.*s\n\n", event, (int)json.len, json.ptr);
    if (yj_buf_status(&text, NULL) != YJ_OK)
        return;
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;)
        if (h->row[i].of->inst == inst && !yj_stream_push(h->row[i].stream, yj_buf_view(&text)))
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

/* Whom does row `i` tell? False at the end of the rows. */
static bool look(yj_hub *h, size_t i, listener *ret)
{
    pthread_mutex_lock(&h->lock);
    bool there = i < h->count;
    if (there) {
        *ret = h->row[i];
        yj_stream_ref(ret->stream);
    }
    pthread_mutex_unlock(&h->lock);
    return there;
}

static void drop_stream(yj_hub *h, const yj_stream *s)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = h->count; i-- > 0;)
        if (h->row[i].stream == s)
            drop(h, i);
    pthread_mutex_unlock(&h->lock);
}

void yj_hub_check(yj_hub *h, yj_callers *x)
{
    listener l;
    for (size_t i = 0; look(h, i, &l); i++) { /* one that moves meanwhile is looked at the next time */
        yj_credential c = { .kind = l.kind, .text = yj_span_of(l.token) };
        if (c.kind != YJ_CREDENTIAL_NONE && !yj_caller_alive(x, &c, l.of->inst, yj_machine_now()))
            drop_stream(h, l.stream);
        yj_stream_unref(l.stream);
    }
    yj_secret_wipe(l.token, sizeof l.token);
}

static yj_status join(yj_hub *h, const listener *l, yj_error *err)
{
    yj_status st = YJ_OK;
    pthread_mutex_lock(&h->lock);
    if (h->closed) {
        st = yj_fail(err, YJ_E_BUSY, "the server is stopping");
    } else if (h->count == LISTENERS_MAX) {
        st = yj_fail(err, YJ_E_BUSY, "%d live feeds are open; no more are served", LISTENERS_MAX);
    } else {
        h->row[h->count++] = *l;
    }
    pthread_mutex_unlock(&h->lock);
    return st;
}

yj_status yj_api_feed(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_hub *h = c->server->hub;
    uint64_t last = 0;
    YJ_TRY(yj_call_institution(c, err));
    const yj_tally *t = yj_tallies_of(c->server->tallies, c->inst->inst);
    yj_stream *s = t ? yj_stream_new() : NULL;
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    uint64_t size = atomic_load(&t->size);
    if (!yj_span_u64(yj_trim(c->rq->head.value[YJ_H_LAST_EVENT_ID]), &last))
        last = (uint64_t)yj_call_int(c, "from", (int64_t)size);
    bool resumes = last < size;
    rp->stream = s; /* the reply's reference */
    /* first bytes at once, so that the client sees the head of the answer */
    (void)yj_stream_push(s, YJ_SPAN("retry: 2000\n\n"));
    rp->type = "text/event-stream";
    rp->cache_control = "no-store";
    if (c->rq->method == YJ_HEAD) {
        yj_stream_end(s);
        return YJ_OK;
    }
    yj_stream_ref(s); /* the hub's */
    listener l = { .of = t, .size = resumes ? last : size, .stream = s, .kind = c->credential.kind };
    snprintf(l.token, sizeof l.token, "%.*s", (int)c->credential.text.len,
             c->credential.text.len ? c->credential.text.ptr : "");
    yj_status st = join(h, &l, err);
    yj_secret_wipe(l.token, sizeof l.token);
    if (st != YJ_OK)
        yj_stream_unref(s);
    else
        yj_server_news(c->server); /* what it missed, and what was committed meanwhile */
    return st;
}
