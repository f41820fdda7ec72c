// SPDX-License-Identifier: Apache-2.0
/* From a request to its route, through its handler, to the end of the call. */
#include "api/dispatch.h"
#include "api/admit.h"
#include "api/inspect.h"
#include "api/param.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "record/read.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ASIDES_MAX 200 /* waiting for a thread: some ten seconds */

struct yj_aside {
    yj_job job;
    yj_call *call;
    yj_aside_fn work;
    yj_error error;
};

/* --- matching ---------------------------------------------------------------------------------------------
 */

/* Does the path fit the pattern? Parameters are left as sent. */
static bool fits(const char *pattern, yj_span path, yj_span *raw)
{
    yj_span want, have, rest = yj_span_of(pattern);
    size_t n = 0;
    while (yj_path_next(&rest, &want)) {
        bool param = want.len > 2 && want.ptr[0] == '{';
        if (param && want.len > 5 && memcmp(want.ptr + want.len - 4, "...}", 4) == 0) {
            if (path.len < 2 || path.ptr[0] != '/')
                return false;
            raw[n] = (yj_span){ path.ptr + 1, path.len - 1 };
            return true;
        }
        if (!yj_path_next(&path, &have))
            return false;
        if (param) {
            if (have.len == 0)
                return false;
            raw[n++] = have;
        } else if (!yj_span_eq(want, have)) {
            return false;
        }
    }
    return path.len == 0;
}

int yj_route_segment(const yj_route *r, const char *name)
{
    yj_span seg, rest = yj_span_of(r->path);
    size_t len = strlen(name);
    int n = 0;
    while (yj_path_next(&rest, &seg)) {
        if (seg.len < 3 || seg.ptr[0] != '{')
            continue;
        size_t have = seg.len - 2 - (seg.len > 5 && seg.ptr[seg.len - 2] == '.' ? 3 : 0);
        if (have == len && memcmp(seg.ptr + 1, name, len) == 0)
            return n;
        n++;
    }
    return -1;
}

static bool serves(const yj_route *r, yj_method m)
{
    return r->method == m || (r->method == YJ_GET && m == YJ_HEAD);
}

/* The methods of a path, for 405. */
static void allowed(yj_span path, char *ret, size_t cap)
{
    yj_span raw[YJ_SEGMENTS_MAX];
    size_t len = 0;
    ret[0] = '\0';
    for (int m = 0; m < YJ_METHOD_OTHER; m++) {
        for (size_t i = 0; i < yj_route_count; i++) {
            if (!serves(&yj_routes[i], (yj_method)m) || !fits(yj_routes[i].path, path, raw))
                continue;
            len +=
                (size_t)snprintf(ret + len, cap - len, "%s%s", len ? ", " : "", yj_method_name((yj_method)m));
            break;
        }
    }
}

/* --- the end of a call
 * --------------------------------------------------------------------------------------
 */

static void reply_init(yj_reply *rp)
{
    *rp = (yj_reply){ .status = 200, .fd = -1 };
    yj_buf_init(&rp->body, YJ_REPLY_BYTES_MAX);
}

static void release(yj_call *c)
{
    yj_call_db_done(c);
    json_decref(c->json);
    c->json = NULL;
    if (c->change)
        yj_change_done(c->change);
    c->change = NULL;
    free(c->aside);
    c->aside = NULL;
    if (c->catalog)
        yj_catalog_unref(c->catalog);
    c->catalog = NULL;
    yj_admit_done(c);
}

/* The end of every call. */
static void answer(yj_call *c, yj_reply *rp, yj_status s, yj_error *err)
{
    yj_req *rq = c->rq;
    yj_answer *a = NULL;
    bool same = false;
    if (s == YJ_OK)
        s = yj_buf_status(&rp->body, err);
    if (s == YJ_OK)
        s = yj_arena_status(rq->arena, err);
    if (s == YJ_OK) {
        a = yj_reply_answer(c, rp);
        yj_span seen = rq->head.value[YJ_H_IF_NONE_MATCH];
        bool read = rq->method == YJ_GET || rq->method == YJ_HEAD;
        same = a && read && rp->status == 200 && rp->etag[0] && seen.ptr &&
               yj_etag_listed(seen, yj_span_of(rp->etag));
        if (a && rq->method == YJ_GET && rp->status == 200 && c->route->fresh != YJ_FRESH_NONE)
            yj_cache_put(c->server->cache, rq->target, c->form, &c->stamp, a, rp->etag,
                         (int)(c->route - yj_routes));
    } else {
        err->code = s;
        a = yj_error_answer(c, err, rp, NULL);
    }
    release(c);
    yj_buf_done(&rp->body);
    if (rp->stream)
        yj_stream_unref(rp->stream);
    if (rp->fd >= 0)
        close(rp->fd);
    yj_req_answer(rq, a, same);
}

yj_answer *yj_dispatch_refuse(void *server, yj_req *rq, const yj_error *why)
{
    yj_call *c = rq->call;
    c->rq = rq;
    c->server = server;
    if (rq->head.value[YJ_H_ACCEPT_LANGUAGE].ptr)
        c->lang = yj_accept_language(rq->head.value[YJ_H_ACCEPT_LANGUAGE]);
    return yj_error_answer(c, why, NULL, NULL);
}

void yj_dispatch_answered(void *server, yj_req *rq, const yj_answer *a, int status)
{
    struct yj_server *s = server;
    yj_call *c = rq->call;
    int route = c->route ? (int)(c->route - yj_routes) : -1;
    yj_metrics_count(s->metrics, route, status, yj_monotonic_ns() - rq->started_ns);
}

/* --- listener's thread ------------------------------------------------------------------------------------
 */

static bool only_reads(const yj_req *rq)
{
    return (rq->method == YJ_GET || rq->method == YJ_HEAD) && rq->length == 0;
}

static bool from_cache(struct yj_server *s, yj_call *c)
{
    yj_hit hit;
    if (!yj_cache_find(s->cache, c->rq->target, c->form, &hit))
        return false;
    if (!yj_admit_hit(c, &yj_routes[hit.route], hit.inst)) {
        yj_answer_unref(hit.answer);
        return false;
    }
    yj_span seen = c->rq->head.value[YJ_H_IF_NONE_MATCH];
    c->route = &yj_routes[hit.route];
    yj_req_answer(c->rq, hit.answer, seen.ptr && yj_etag_listed(seen, yj_span_of(hit.etag)));
    return true;
}

static void route(yj_call *c, yj_span path)
{
    yj_req *rq = c->rq;
    yj_error e = { 0 };
    bool known = false;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        if (!fits(r->path, path, c->raw))
            continue;
        known = true;
        if (!serves(r, rq->method))
            continue;
        c->route = r;
        rq->plan = r->plan;
        rq->body_max = r->body_max;
        rq->slow = r->slow;
        if (yj_admit_body(c, &e) != YJ_OK)
            yj_req_answer(rq, yj_error_answer(c, &e, NULL, NULL), false);
        return;
    }
    if (!known) {
        yj_fail(&e, YJ_E_NOT_FOUND, "there is nothing at this address");
        yj_req_answer(rq, yj_error_answer(c, &e, NULL, NULL), false);
        return;
    }
    char allow[64];
    allowed(path, allow, sizeof allow);
    yj_fail(&e, YJ_E_METHOD, "this address serves only %s", allow);
    yj_req_answer(rq, yj_error_answer(c, &e, NULL, allow), false);
}

void yj_dispatch_begin(void *server, yj_req *rq)
{
    struct yj_server *s = server;
    yj_call *c = rq->call;
    yj_span path, query;
    c->rq = rq;
    c->server = s;
    c->lang = yj_accept_language(rq->head.value[YJ_H_ACCEPT_LANGUAGE]);
    c->gzip = yj_accepts_gzip(rq->head.value[YJ_H_ACCEPT_ENCODING]);
    c->form = (unsigned)c->lang << 1 | (c->gzip ? 1u : 0u);
    yj_admit_begin(c);
    c->looked = only_reads(rq) && (c->who || !s->site.signs_in);
    if (c->looked && from_cache(s, c)) {
        yj_admit_done(c);
        return;
    }
    if (yj_target_split(rq->target, &path, &query)) {
        route(c, path);
    } else {
        yj_error e = { 0 };
        yj_fail(&e, YJ_E_INVALID, "the address holds characters that must be percent-encoded");
        yj_req_answer(rq, yj_error_answer(c, &e, NULL, NULL), false);
    }
    yj_admit_let_go(c); /* the client may leave before a worker comes to it */
}

/* --- workers ----------------------------------------------------------------------------------------------
 */

static yj_status prepare(yj_call *c, yj_error *err)
{
    const yj_route *r = c->route;
    yj_span path, query;
    if (c->prepared)
        return YJ_OK;
    c->prepared = true;
    c->stamp.inst = YJ_NO_INST;
    c->stamp.generation = yj_tallies_generation(c->server->tallies);
    c->catalog = yj_engine_catalog(c->server->engine);
    for (size_t i = 0; i < YJ_SEGMENTS_MAX && c->raw[i].ptr; i++) {
        c->segment[i] = yj_call_decoded(c, c->raw[i], false);
        if (!c->segment[i])
            return yj_fail(err, YJ_E_INVALID,
                           "the address is not percent-encoded UTF-8, or a part is too long");
    }
    YJ_TRY(yj_admit(c, err));
    if (!r->any_query && yj_target_split(c->rq->target, &path, &query))
        YJ_TRY(yj_call_query(c, query, err));
    if (r->fresh == YJ_FRESH_ALL) {
        c->stamp.all = c->stamp.fit = true;
    } else if (r->fresh == YJ_FRESH_CATALOG) {
        yj_tally *t = yj_tallies_of(c->server->tallies, YJ_INST_INSTALLATION);
        c->stamp.installation = t;
        c->stamp.installation_size = t ? atomic_load(&t->size) : 0;
        c->stamp.fit = t != NULL;
    }
    if (r->body_type && c->rq->length && !yj_media_is(c->rq->head.value[YJ_H_CONTENT_TYPE], r->body_type))
        return yj_fail(err, YJ_E_MEDIA, "the body must be %s", r->body_type);
    return YJ_OK;
}

void yj_dispatch_chunk(void *server, yj_req *rq, yj_span bytes)
{
    yj_call *c = rq->call;
    yj_error err = { 0 };
    yj_status s = prepare(c, &err);
    if (s == YJ_OK)
        s = c->route->chunk(c, bytes, &err);
    if (s == YJ_OK)
        return;
    yj_reply rp;
    reply_init(&rp);
    answer(c, &rp, s, &err);
}

static bool late_from_cache(yj_call *c, yj_reply *rp)
{
    yj_hit hit;
    if (c->route->fresh == YJ_FRESH_NONE || !yj_cache_find(c->server->cache, c->rq->target, c->form, &hit))
        return false;
    yj_span seen = c->rq->head.value[YJ_H_IF_NONE_MATCH];
    bool same = seen.ptr && yj_etag_listed(seen, yj_span_of(hit.etag));
    yj_buf_done(&rp->body);
    release(c);
    yj_req_answer(c->rq, hit.answer, same);
    return true;
}

void yj_dispatch_handle(void *server, yj_req *rq)
{
    yj_call *c = rq->call;
    yj_error err = { 0 };
    yj_reply rp;
    reply_init(&rp);
    yj_status s = prepare(c, &err);
    /* who it is may not have been known when the head came */
    if (s == YJ_OK && !c->looked && !c->inspected && only_reads(rq) && late_from_cache(c, &rp))
        return;
    bool waits = c->route->after != NULL;
    if (s == YJ_OK)
        s = c->route->handle(c, &rp, &err);
    if (s == YJ_OK && !waits && c->inspected)
        s = yj_inspect_note(c, &rp, &err);
    if (s == YJ_OK && !waits)
        s = yj_memory_status(&err);
    if (s == YJ_OK && waits)
        return; /* the call is the writer's now; see goes_on */
    answer(c, &rp, s, &err);
}

void yj_dispatch_end(void *server, yj_req *rq)
{
    yj_call *c = rq->call;
    if (c->route && c->route->end)
        c->route->end(c);
    release(c); /* of a call that was cut off in its body */
}

/* On a worker, after the writer is done with the change. */
static void goes_on(yj_req *rq)
{
    yj_call *c = rq->call;
    yj_error err = c->aside ? c->aside->error : c->change->error;
    yj_reply rp;
    reply_init(&rp);
    yj_status s = c->route->after(c, &rp, &err);
    answer(c, &rp, s, &err);
}

static void change_done(yj_change *change, void *ctx)
{
    yj_req *rq = ctx;
    yj_req_post(rq, goes_on);
}

/* On a thread for what computes long. */
static void run_aside(yj_job *j)
{
    struct yj_aside *a = (struct yj_aside *)j; /* its first member */
    yj_call *c = a->call;
    (void)a->work(c, &a->error);
    yj_call_db_done(c);
    atomic_fetch_sub(&c->server->aside, 1);
    yj_req_post(c->rq, goes_on);
}

yj_status yj_call_aside(yj_call *c, yj_aside_fn work, yj_error *err)
{
    struct yj_server *s = c->server;
    yj_call_db_done(c);
    struct yj_aside *a = calloc(1, sizeof *a);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (atomic_fetch_add(&s->aside, 1) >= ASIDES_MAX) {
        atomic_fetch_sub(&s->aside, 1);
        free(a);
        return yj_fail(err, YJ_E_BUSY, "too many people sign in at once; try again in a moment");
    }
    *a = (struct yj_aside){ .job = { .run = run_aside }, .call = c, .work = work };
    c->aside = a;
    yj_workers_add(s->asides, &a->job);
    return YJ_OK;
}

yj_status yj_call_submit(yj_call *c, yj_change *change, yj_error *err)
{
    yj_call_db_done(c);
    c->change = change;
    change->done = change_done;
    change->ctx = c->rq;
    return yj_change_submit(c->server->engine, change, err);
}
