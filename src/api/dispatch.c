// SPDX-License-Identifier: Apache-2.0
/* From a request to its route and from what a handler made to an answer. */
#include "api/call.h"
#include "api/param.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "record/read.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_LEAST_BYTES 1024u
#define GZIP_LEVEL 5

const char yj_json_type[] = "application/json";

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

/* --- answers ----------------------------------------------------------------------------------------------
 */

static const yj_answer_header common_headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Referrer-Policy", "no-referrer" },
};

typedef struct headers {
    yj_answer_header row[YJ_REPLY_HEADERS_MAX + YJ_COUNT(common_headers) + 6];
    size_t count;
} headers;

static void add_header(headers *h, const char *name, const char *value)
{
    assert(h->count < YJ_COUNT(h->row));
    h->row[h->count++] = (yj_answer_header){ name, value };
}

static void start_headers(headers *h)
{
    memcpy(h->row, common_headers, sizeof common_headers);
    h->count = YJ_COUNT(common_headers);
}

void yj_reply_header(yj_call *c, yj_reply *rp, const char *name, const char *value)
{
    assert(rp->header_count < YJ_REPLY_HEADERS_MAX);
    rp->header[rp->header_count++] = (yj_answer_header){ name, yj_arena_strdup(c->rq->arena, value) };
}

static void write_error(const yj_call *c, const yj_error *e, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "error");
    yj_jw_object(&w);
    yj_jw_kstr(&w, "code", yj_status_slug(e->code));
    yj_jw_kstr(&w, "message", yj_error_text(e, c->lang));
    yj_jw_key(&w, "messages");
    yj_jw_object(&w);
    yj_jw_kstr(&w, "zh", e->msg_zh[0] ? e->msg_zh : e->msg);
    yj_jw_kstr(&w, "en", e->msg);
    yj_jw_end_object(&w);
    yj_jw_kstr(&w, "request_id", c->rq->id);
    if (e->field[0])
        yj_jw_kstr(&w, "field", e->field);
    if (c->extra && c->extra_json) {
        yj_jw_key(&w, c->extra);
        yj_jw_raw(&w, yj_span_of(c->extra_json));
    }
    yj_jw_end_object(&w);
    yj_jw_end_object(&w);
}

/* What went wrong inside is for the log; who asked learns that it did. */
static yj_error outward(const yj_call *c, const yj_error *e)
{
    yj_error out = *e;
    if (yj_status_http(e->code) != 500)
        return out;
    char doing[160];
    snprintf(doing, sizeof doing, "request %s %s", c->rq->id, c->route ? c->route->path : "");
    yj_log_error(YJ_LOG_ERROR, doing, e);
    yj_fail(&out, e->code, "the server could not do this; its log says why, under the number of the request");
    return out;
}

static yj_answer *error_answer(const yj_call *c, const yj_error *e, const yj_reply *rp, const char *allow)
{
    yj_error out = outward(c, e);
    yj_buf body;
    headers h;
    yj_buf_init(&body, YJ_REPLY_BYTES_MAX);
    write_error(c, &out, &body);
    if (yj_buf_status(&body, NULL) != YJ_OK) {
        yj_buf_done(&body);
        return NULL;
    }
    int status = yj_status_http(out.code);
    start_headers(&h);
    add_header(&h, "Content-Type", yj_json_type);
    add_header(&h, "Cache-Control", "no-store");
    if (allow)
        add_header(&h, "Allow", allow);
    if (status == 503)
        add_header(&h, "Retry-After", "1");
    for (size_t i = 0; rp && i < rp->header_count; i++)
        h.row[h.count++] = rp->header[i];
    return yj_answer_new(status, &body, h.row, h.count);
}

static bool compress_body(yj_buf *body)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    yj_auto(yj_buf_done) yj_buf space, small;
    yj_buf_init(&space, body->len);
    yj_buf_init(&small, body->len);
    char *room = yj_buf_room(&space, body->len - 1); /* what would not shrink is sent as it is */
    bool good = room != NULL;
    if (good) {
        z.next_in = (Bytef *)body->ptr;
        z.avail_in = (uInt)body->len;
        z.next_out = (Bytef *)room;
        z.avail_out = (uInt)body->len - 1;
        good = deflate(&z, Z_FINISH) == Z_STREAM_END;
    }
    deflateEnd(&z);
    if (good) {
        yj_buf_add(&small, room, body->len - 1 - z.avail_out);
        good = yj_buf_status(&small, NULL) == YJ_OK;
    }
    if (good) {
        yj_buf t = *body;
        *body = small;
        small = t;
    }
    return good;
}

static bool compressible(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strncmp(type, yj_json_type, sizeof yj_json_type - 1) == 0;
}

static void tag_of_body(const yj_buf *body, char *ret)
{
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_hash(YJ_HASH_SHA256, body->ptr ? body->ptr : "", body->len, &d);
    yj_digest_hex(&d, hex);
    snprintf(ret, YJ_ETAG_MAX, "\"%.32s\"", hex);
}

/* "x" becomes "x-gzip": another form of the same thing. */
static void tag_compressed(char *etag)
{
    size_t n = strlen(etag);
    if (n >= 2 && n + 5 < YJ_ETAG_MAX)
        memcpy(etag + n - 1, "-gzip\"", 7);
}

static yj_answer *reply_answer(yj_call *c, yj_reply *rp)
{
    const yj_route *r = c->route;
    const char *type = rp->type ? rp->type : yj_json_type;
    bool squeezed = false, has_body = rp->body.len > 0 || rp->fd >= 0 || rp->stream;
    headers h;
    start_headers(&h);
    bool read = c->rq->method == YJ_GET || c->rq->method == YJ_HEAD;
    if (read && rp->status == 200 && r->fresh != YJ_FRESH_NONE && !rp->etag[0])
        tag_of_body(&rp->body, rp->etag);
    if (compressible(type) || rp->etag[0])
        add_header(&h, "Vary", r->by_lang ? "Accept-Encoding, Accept-Language" : "Accept-Encoding");
    if (c->gzip && rp->fd < 0 && !rp->stream && rp->body.len >= GZIP_LEAST_BYTES && compressible(type))
        squeezed = compress_body(&rp->body);
    if (squeezed) {
        add_header(&h, "Content-Encoding", "gzip");
        tag_compressed(rp->etag);
    }
    if (has_body)
        add_header(&h, "Content-Type", type);
    if (rp->etag[0])
        add_header(&h, "ETag", rp->etag);
    add_header(&h, "Cache-Control",
               rp->cache_control              ? rp->cache_control
               : r->fresh == YJ_FRESH_CATALOG ? "no-cache"
                                              : "no-store");
    for (size_t i = 0; i < rp->header_count; i++)
        h.row[h.count++] = rp->header[i];
    if (rp->stream)
        return yj_answer_stream(rp->stream, h.row, h.count);
    if (rp->fd >= 0) {
        int fd = rp->fd;
        rp->fd = -1;
        return yj_answer_file(rp->status, fd, rp->offset, rp->length, h.row, h.count);
    }
    return yj_answer_new(rp->status, &rp->body, h.row, h.count);
}

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
    if (c->catalog)
        yj_catalog_unref(c->catalog);
    c->catalog = NULL;
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
        a = reply_answer(c, rp);
        yj_span seen = rq->head.value[YJ_H_IF_NONE_MATCH];
        bool read = rq->method == YJ_GET || rq->method == YJ_HEAD;
        same = a && read && rp->status == 200 && rp->etag[0] && seen.ptr &&
               yj_etag_listed(seen, yj_span_of(rp->etag));
        if (a && rq->method == YJ_GET && rp->status == 200 && c->route->fresh != YJ_FRESH_NONE)
            yj_cache_put(c->server->cache, rq->target, c->form, &c->stamp, a, rp->etag,
                         (int)(c->route - yj_routes));
    } else {
        err->code = s;
        a = error_answer(c, err, rp, NULL);
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
    return error_answer(c, why, NULL, NULL);
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

static bool from_cache(struct yj_server *s, yj_call *c)
{
    yj_hit hit;
    if (!yj_cache_find(s->cache, c->rq->target, c->form, &hit))
        return false;
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
        return;
    }
    if (!known) {
        yj_fail(&e, YJ_E_NOT_FOUND, "there is nothing at this address");
        yj_req_answer(rq, error_answer(c, &e, NULL, NULL), false);
        return;
    }
    char allow[64];
    allowed(path, allow, sizeof allow);
    yj_fail(&e, YJ_E_METHOD, "this address serves only %s", allow);
    yj_req_answer(rq, error_answer(c, &e, NULL, allow), false);
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
    bool read = rq->method == YJ_GET || rq->method == YJ_HEAD;
    if (read && rq->length == 0 && from_cache(s, c))
        return;
    if (!yj_target_split(rq->target, &path, &query)) {
        yj_error e = { 0 };
        yj_fail(&e, YJ_E_INVALID, "the address holds characters that must be percent-encoded");
        yj_req_answer(rq, error_answer(c, &e, NULL, NULL), false);
        return;
    }
    route(c, path);
}

/* --- workers ----------------------------------------------------------------------------------------------
 */

static yj_status take_param(yj_call *c, const yj_param *p, size_t at, const char *value, yj_error *err)
{
    yj_span v = yj_span_of(value);
    int64_t n;
    bool good = true;
    switch (p->type) {
    case YJ_P_TEXT:
        break;
    case YJ_P_AS_OF:
        good = v.len > 0;
        break;
    case YJ_P_INT:
        good = yj_span_i64(v, &n) && n >= p->min && n <= p->max;
        break;
    case YJ_P_BOOL:
        good = yj_span_is(v, "true") || yj_span_is(v, "false");
        break;
    case YJ_P_DATE:
        good = yj_date_valid(v);
        break;
    case YJ_P_CHOICE: {
        const char *found = v.len && !memchr(v.ptr, ' ', v.len) ? strstr(p->choices, value) : NULL;
        good = false;
        for (; found && !good; found = strstr(found + 1, value))
            good = (found == p->choices || found[-1] == ' ') && (found[v.len] == ' ' || found[v.len] == '\0');
        break;
    }
    case YJ_P_FILTER: {
        yj_span field, rest;
        yj_param_op op;
        if (!yj_filter_split(v, &field, &op, &rest)) {
            yj_fail(err, YJ_E_INVALID, "a filter is written field:op:value, op one of eq ne lt le gt ge has");
            return yj_error_at(err, "%s", p->name);
        }
        if (c->filter_count == YJ_FILTERS_MAX) {
            yj_fail(err, YJ_E_INVALID, "more than %d filters", YJ_FILTERS_MAX);
            return yj_error_at(err, "%s", p->name);
        }
        c->filter[c->filter_count++] = value;
        return YJ_OK;
    }
    }
    if (!good) {
        if (p->type == YJ_P_INT)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be a whole number from %lld to %lld", p->name,
                    (long long)p->min, (long long)p->max);
        else if (p->type == YJ_P_BOOL)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be true or false", p->name);
        else if (p->type == YJ_P_CHOICE)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be one of: %s", p->name, p->choices);
        else
            yj_fail(err, YJ_E_INVALID, "parameter %s must be a date that exists, as 2026-03-31", p->name);
        return yj_error_at(err, "%s", p->name);
    }
    if (c->param[at]) {
        yj_fail(err, YJ_E_INVALID, "parameter %s is given twice", p->name);
        return yj_error_at(err, "%s", p->name);
    }
    c->param[at] = value;
    return YJ_OK;
}

static const char *decoded(yj_call *c, yj_span raw, bool plus)
{
    yj_span s;
    if (raw.len > YJ_PARAM_BYTES_MAX || !yj_pct_decode(raw, plus, c->rq->arena, &s))
        return NULL;
    return yj_arena_strndup(c->rq->arena, s.ptr, s.len);
}

static yj_status take_query(yj_call *c, yj_span query, yj_error *err)
{
    yj_span key, value;
    while (yj_query_next(&query, &key, &value)) {
        const char *name = decoded(c, key, true), *v = decoded(c, value, true);
        if (!name || !v)
            return yj_fail(err, YJ_E_INVALID,
                           "the query is not percent-encoded UTF-8, or a value is longer than %zu bytes",
                           YJ_PARAM_BYTES_MAX);
        const yj_param *p = c->route->params;
        while (p && p->name && strcmp(p->name, name) != 0)
            p++;
        if (!p || !p->name) {
            yj_fail(err, YJ_E_INVALID, "there is no parameter %.64s here", name);
            return yj_error_at(err, "%.64s", name);
        }
        YJ_TRY(take_param(c, p, (size_t)(p - c->route->params), v, err));
    }
    return YJ_OK;
}

static yj_status prepare(yj_call *c, yj_error *err)
{
    const yj_route *r = c->route;
    yj_span path, query;
    if (c->prepared)
        return YJ_OK;
    c->prepared = true;
    c->stamp.generation = yj_tallies_generation(c->server->tallies);
    c->catalog = yj_engine_catalog(c->server->engine);
    for (size_t i = 0; i < YJ_SEGMENTS_MAX && c->raw[i].ptr; i++) {
        c->segment[i] = decoded(c, c->raw[i], false);
        if (!c->segment[i])
            return yj_fail(err, YJ_E_INVALID,
                           "the address is not percent-encoded UTF-8, or a part is too long");
    }
    if (yj_target_split(c->rq->target, &path, &query))
        YJ_TRY(take_query(c, query, err));
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

void yj_dispatch_handle(void *server, yj_req *rq)
{
    yj_call *c = rq->call;
    yj_error err = { 0 };
    yj_reply rp;
    reply_init(&rp);
    yj_status s = prepare(c, &err);
    bool waits = c->route->after != NULL;
    if (s == YJ_OK)
        s = c->route->handle(c, &rp, &err);
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
    yj_error err = c->change->error;
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

yj_status yj_call_submit(yj_call *c, yj_change *change, yj_error *err)
{
    yj_call_db_done(c);
    c->change = change;
    change->done = change_done;
    change->ctx = c->rq;
    return yj_change_submit(c->server->engine, change, err);
}

/* --- what handlers ask for --------------------------------------------------------------------------------
 */

const char *yj_call_segment(const yj_call *c, const char *name)
{
    int i = yj_route_segment(c->route, name);
    assert(i >= 0);
    return c->segment[i];
}

const char *yj_call_param(const yj_call *c, const char *name)
{
    for (size_t i = 0; c->route->params[i].name; i++)
        if (strcmp(c->route->params[i].name, name) == 0)
            return c->param[i];
    assert(false); /* the route has no such parameter */
    return NULL;
}

int64_t yj_call_int(const yj_call *c, const char *name, int64_t otherwise)
{
    const char *v = yj_call_param(c, name);
    int64_t n = otherwise;
    return v && yj_span_i64(yj_span_of(v), &n) ? n : otherwise;
}

bool yj_call_bool(const yj_call *c, const char *name)
{
    const char *v = yj_call_param(c, name);
    return v && strcmp(v, "true") == 0;
}

/* The installation's own ledger, under a name that institutions cannot take away. */
static bool is_installation(const yj_call *c, const char *ref)
{
    const yj_institution *own = &c->server->installation;
    if (strcmp(ref, "installation") != 0 && strcmp(ref, own->id) != 0)
        return false;
    *c->inst = *own;
    yj_tally *t = yj_tallies_of(c->server->tallies, YJ_INST_INSTALLATION);
    c->inst->size = t ? atomic_load(&t->size) : 0;
    return true;
}

yj_status yj_call_institution(yj_call *c, yj_error *err)
{
    struct yj_server *s = c->server;
    const char *ref = yj_call_segment(c, "inst");
    c->inst = yj_arena_new_of(c->rq->arena, yj_institution);
    if (!is_installation(c, ref))
        YJ_TRY(yj_institution_find(s->engine, ref, c->inst, err));
    if (c->route->fresh == YJ_FRESH_INST || c->route->fresh == YJ_FRESH_DAY) {
        yj_stamp *t = &c->stamp;
        t->own = yj_tallies_of(s->tallies, c->inst->inst);
        t->installation = yj_tallies_of(s->tallies, YJ_INST_INSTALLATION);
        t->own_size = t->own ? atomic_load(&t->own->size) : 0;
        t->installation_size = t->installation ? atomic_load(&t->installation->size) : 0;
        if (c->route->fresh == YJ_FRESH_DAY) {
            yj_date today;
            yj_engine_today(s->engine, &today);
            t->day = yj_date_to_days(today.s) + 1;
        }
        /* a change between finding the institution and here might have renamed it */
        t->fit = t->own && t->installation && t->generation == yj_tallies_generation(s->tallies);
    }
    return YJ_OK;
}

yj_status yj_call_kind(yj_call *c, const yj_kind **ret, int64_t *ret_inst, yj_error *err)
{
    const char *name = yj_call_segment(c, "kind");
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(name));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no kind of record named %.64s", name);
    *ret = k;
    if (ret_inst)
        *ret_inst = k->installation ? YJ_INST_INSTALLATION : c->inst->inst;
    return YJ_OK;
}

yj_status yj_call_db(yj_call *c, yj_error *err)
{
    if (c->db)
        return YJ_OK;
    YJ_TRY(yj_reader_take(c->server->engine, &c->db, err));
    yj_status s = yj_db_begin(c->db, YJ_DB_READ, err);
    if (s != YJ_OK)
        yj_call_db_done(c);
    return s;
}

void yj_call_db_done(yj_call *c)
{
    if (!c->db)
        return;
    yj_db_rollback(c->db);
    yj_reader_give(c->server->engine, c->db);
    c->db = NULL;
}

static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(list, word); n && at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

yj_status yj_call_json(yj_call *c, const char *names, yj_error *err)
{
    YJ_TRY(yj_json_parse(c->rq->body, YJ_JSON_BODY_MAX, &c->json, err));
    if (!json_is_object(c->json))
        return yj_fail(err, YJ_E_INVALID, "the body must be a JSON object");
    const char *key = NULL;
    json_t *v = NULL;
    json_object_foreach(c->json, key, v)
    {
        if (listed(names, key) && !strchr(key, ' '))
            continue;
        yj_fail(err, YJ_E_INVALID, "the body has no member %.64s; it may hold: %s", key, names);
        return yj_error_at(err, "%.64s", key);
    }
    return YJ_OK;
}

yj_status yj_call_as_of(yj_call *c, int64_t inst, int64_t *ret, yj_error *err)
{
    const char *as_of = yj_call_param(c, "as_of");
    *ret = -1;
    if (!as_of)
        return YJ_OK;
    yj_status s = yj_as_of_seq(c->db, inst, yj_engine_zone(c->server->engine), as_of, ret, err);
    if (s == YJ_E_INVALID)
        yj_error_at(err, "as_of");
    return s;
}

/* People of the institution first, then those of the installation, such as its operator. */
static yj_status find_person(yj_call *c, const yj_kind *k, const char *ref, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_status s = YJ_E_NOT_FOUND;
    if (c->inst && !k->installation)
        s = yj_record_find(c->db, c->catalog, c->inst->inst, k, ref, c->person, err);
    if (s == YJ_E_NOT_FOUND)
        s = yj_record_find(c->db, c->catalog, YJ_INST_INSTALLATION, k, ref, c->person, err);
    return s == YJ_E_NOT_FOUND
               ? yj_fail(err, YJ_E_INVALID, "the acting person %.64s is not recorded here", ref)
               : s;
}

yj_status yj_call_person(yj_call *c, yj_error *err)
{
    yj_span sent = yj_trim(c->rq->head.value[YJ_H_YUNJIAN_PERSON]);
    if (!sent.len) {
        snprintf(c->person, sizeof c->person, "%s", yj_engine_operator(c->server->engine));
        return YJ_OK;
    }
    const char *ref = decoded(c, sent, false);
    const yj_kind *k = yj_catalog_kind(c->catalog, YJ_SPAN("person"));
    yj_status s = ref && k ? find_person(c, k, ref, err)
                           : yj_fail(err, YJ_E_INVALID, "the person is not written in UTF-8");
    if (s == YJ_E_INVALID)
        yj_error_at(err, "yunjian-person");
    return s;
}
