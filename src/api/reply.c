// SPDX-License-Identifier: Apache-2.0
/* From what a handler left to an answer: headers, tags, compression; errors in both languages. */
#include "api/dispatch.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include <assert.h>
#include <stdio.h>
#include <zlib.h>

#define GZIP_LEAST_BYTES 1024u
#define GZIP_LEVEL 5

const char yj_json_type[] = "application/json";

static const yj_answer_header common_headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Referrer-Policy", "no-referrer" },
};

#define POLICY_ROW 1 /* of these */

typedef struct headers {
    yj_answer_header row[YJ_REPLY_HEADERS_MAX + YJ_COUNT(common_headers) + 8];
    size_t count;
} headers;

static void add_header(headers *h, const char *name, const char *value)
{
    assert(h->count < YJ_COUNT(h->row));
    h->row[h->count++] = (yj_answer_header){ name, value };
}

static void start_headers(headers *h, const yj_call *c)
{
    memcpy(h->row, common_headers, sizeof common_headers);
    h->count = YJ_COUNT(common_headers);
    if (c->server->strict)
        add_header(h, "Strict-Transport-Security", "max-age=31536000");
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

yj_answer *yj_error_answer(const yj_call *c, const yj_error *e, const yj_reply *rp, const char *allow)
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
    start_headers(&h, c);
    add_header(&h, "Content-Type", yj_json_type);
    add_header(&h, "Cache-Control", "no-store");
    if (allow)
        add_header(&h, "Allow", allow);
    if (status == 401 && c->route && c->route->calendar)
        add_header(&h, "WWW-Authenticate", "Basic realm=\"Yunjian\", charset=\"UTF-8\"");
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

yj_answer *yj_reply_answer(yj_call *c, yj_reply *rp)
{
    const yj_route *r = c->route;
    const char *type = rp->type ? rp->type : yj_json_type;
    bool squeezed = rp->packed, has_body = rp->body.len > 0 || rp->fd >= 0 || rp->stream;
    headers h;
    start_headers(&h, c);
    if (rp->policy)
        h.row[POLICY_ROW].value = rp->policy;
    bool read = c->rq->method == YJ_GET || c->rq->method == YJ_HEAD;
    if (read && rp->status == 200 && r->fresh != YJ_FRESH_NONE && !rp->etag[0])
        tag_of_body(&rp->body, rp->etag);
    if (compressible(type) || rp->etag[0])
        add_header(&h, "Vary", r->by_lang ? "Accept-Encoding, Accept-Language" : "Accept-Encoding");
    if (!squeezed && c->gzip && rp->fd < 0 && !rp->stream && rp->body.len >= GZIP_LEAST_BYTES &&
        compressible(type))
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
