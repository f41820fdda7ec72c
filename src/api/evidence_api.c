// SPDX-License-Identifier: Apache-2.0
/*
 * Files of evidence, in and out.
 *
 *   POST  /evidence                  no body: begin; 201, Location. With a body: the whole file at once
 *   HEAD  /evidence/uploads/ID       Upload-Offset, Upload-Length
 *   PATCH /evidence/uploads/ID       Upload-Offset: N, or Content-Range: bytes N-M/TOTAL
 *                                    204 and Upload-Offset while bytes are missing, 201 and the digest then
 *   PUT   /evidence/uploads/ID       the whole file at once
 *   PUT   /evidence/DIGEST           the same, for a file whose digest is known
 *   GET   /evidence/DIGEST           Range
 *   POST  /evidence/DIGEST/check     no body: the stored file is read again and hashed
 *
 * An upload is whole when Upload-Length (given at the start, or by the total of Content-Range) is reached, or
 * when a PATCH says "Upload-Complete: ?1". Bytes go from the connection to the disk piece by piece.
 */
#include "api/admit.h"
#include "api/call.h"
#include "api/param.h"
#include "base/json.h"
#include <stdio.h>

typedef struct upload_state {
    yj_upload *upload;
    char id[YJ_UUID_LEN + 1];
    bool complete;   /* the file ends with this request */
    bool throw_away; /* an upload nobody else knows of: when it fails nothing is left */
    const yj_digest *expect;
    yj_digest digest;
} upload_state;

static yj_evidence *store_of(const yj_call *c)
{
    return c->server->evidence;
}

static yj_status header_number(const yj_call *c, yj_header h, const char *name, uint64_t *ret,
                               bool *ret_given, yj_error *err)
{
    yj_span v = yj_trim(c->rq->head.value[h]);
    *ret_given = v.ptr != NULL;
    if (!v.ptr || yj_span_u64(v, ret))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "the header must be a number of bytes");
    return yj_error_at(err, "%s", name);
}

/* --- finding and opening an upload ------------------------------------------------------------------------
 */

/* Where does a PATCH want its bytes, and how long will the file be? */
static yj_status place_of_patch(const yj_call *c, uint64_t *ret_offset, uint64_t *ret_total, yj_error *err)
{
    uint64_t length = 0;
    bool by_offset = false;
    yj_span range = c->rq->head.value[YJ_H_CONTENT_RANGE];
    YJ_TRY(header_number(c, YJ_H_UPLOAD_OFFSET, "upload-offset", ret_offset, &by_offset, err));
    bool by_range = range.ptr && !by_offset && yj_content_range_parse(range, ret_offset, &length, ret_total);
    if (range.ptr ? !by_range : !by_offset) {
        yj_fail(err, YJ_E_INVALID,
                "say where the bytes belong by Upload-Offset or by Content-Range: bytes 0-99/1000");
        return yj_error_at(err, range.ptr ? "content-range" : "upload-offset");
    }
    if (by_range && c->rq->length != YJ_HTTP_LENGTH_UNKNOWN && c->rq->length != length) {
        yj_fail(err, YJ_E_INVALID, "the range and the body differ in length");
        return yj_error_at(err, "content-range");
    }
    return YJ_OK;
}

static yj_status open_patch(yj_call *c, upload_state *u, yj_error *err)
{
    uint64_t offset = 0, total = YJ_LENGTH_UNKNOWN;
    YJ_TRY(place_of_patch(c, &offset, &total, err));
    YJ_TRY(yj_upload_hold(store_of(c), yj_call_segment(c, "upload"), offset, &u->upload, err));
    u->complete = yj_span_is(yj_trim(c->rq->head.value[YJ_H_UPLOAD_COMPLETE]), "?1");
    return total == YJ_LENGTH_UNKNOWN ? YJ_OK : yj_upload_set_length(u->upload, total, err);
}

yj_status yj_call_digest(yj_call *c, yj_digest *ret, yj_error *err)
{
    const char *hex = yj_call_segment(c, "digest");
    if (yj_digest_from_hex(yj_span_of(hex), ret))
        return YJ_OK;
    return yj_fail(err, YJ_E_NOT_FOUND, "evidence is named by its SHA-256 in 64 hexadecimal digits");
}

static yj_status begin_whole(yj_call *c, upload_state *u, yj_error *err)
{
    uint64_t length = c->rq->length == YJ_HTTP_LENGTH_UNKNOWN ? YJ_LENGTH_UNKNOWN : c->rq->length;
    u->complete = u->throw_away = true;
    YJ_TRY(yj_upload_start(store_of(c), length, yj_engine_now(c->server->engine), u->id, err));
    return yj_upload_hold(store_of(c), u->id, YJ_ANY_OFFSET, &u->upload, err);
}

/* Once for each request that carries bytes, before the first of them. */
static yj_status open_upload(yj_call *c, yj_error *err)
{
    if (c->own)
        return YJ_OK;
    upload_state *u = yj_arena_new_of(c->rq->arena, upload_state);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    c->own = u;
    c->rq->ends = true; /* the client may leave in the middle */
    if (c->route->method == YJ_POST)
        return begin_whole(c, u, err);
    if (yj_route_segment(c->route, "digest") >= 0) {
        YJ_TRY(yj_call_digest(c, &u->digest, err));
        u->expect = &u->digest;
        return begin_whole(c, u, err);
    }
    if (c->route->method == YJ_PATCH)
        return open_patch(c, u, err);
    YJ_TRY(yj_upload_hold(store_of(c), yj_call_segment(c, "upload"), YJ_ANY_OFFSET, &u->upload, err));
    u->complete = true;
    YJ_TRY(yj_upload_restart(u->upload, err));
    return c->rq->length == YJ_HTTP_LENGTH_UNKNOWN ? YJ_OK
                                                   : yj_upload_set_length(u->upload, c->rq->length, err);
}

/* Let go of it before the answer goes out: the client's next request must find it free. */
static void close_upload(yj_call *c)
{
    upload_state *u = c->own;
    c->own = NULL;
    c->rq->ends = false;
    if (!u || !u->upload)
        return;
    if (u->throw_away)
        yj_upload_cancel(u->upload);
    yj_upload_release(u->upload);
}

yj_status yj_api_evidence_chunk(yj_call *c, yj_span bytes, yj_error *err)
{
    yj_status s = open_upload(c, err);
    if (s == YJ_OK)
        s = yj_upload_append(((upload_state *)c->own)->upload, bytes, err);
    if (s != YJ_OK)
        close_upload(c);
    return s;
}

void yj_api_evidence_end(yj_call *c)
{
    close_upload(c);
}

/* --- answers ----------------------------------------------------------------------------------------------
 */

static void write_blob(const yj_blob *b, yj_buf *out)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_digest_hex(&b->sha256, hex);
    yj_jw_kstr(&w, "digest", hex);
    yj_jw_ki64(&w, "size", (int64_t)b->size);
    if (b->has_sm3) {
        yj_digest_hex(&b->sm3, hex);
        yj_jw_kstr(&w, "sm3", hex);
    }
    yj_jw_end_object(&w);
}

static yj_status finish(yj_call *c, yj_reply *rp, yj_error *err)
{
    upload_state *u = c->own;
    yj_engine *e = c->server->engine;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_blob b;
    char hex[2 * YJ_HASH_LEN + 1];
    YJ_TRY(yj_upload_finish(u->upload, u->expect, &b, err));
    u->throw_away = false;
    YJ_TRY(yj_db_open(yj_engine_store(e), YJ_DB_WRITE, &db, err));
    YJ_TRY(yj_blob_put(db, &b, yj_engine_now(e), err));
    yj_digest_hex(&b.sha256, hex);
    YJ_TRY(yj_admit_sent(c, hex, err));
    rp->status = 201;
    yj_reply_header(c, rp, "Location", yj_arena_fmt(c->rq->arena, "/api/v1/evidence/%s", hex));
    write_blob(&b, &rp->body);
    return YJ_OK;
}

static void tell_offset(yj_call *c, yj_reply *rp, uint64_t offset, uint64_t length)
{
    yj_reply_header(c, rp, "Upload-Offset", yj_arena_fmt(c->rq->arena, "%llu", (unsigned long long)offset));
    if (length != YJ_LENGTH_UNKNOWN)
        yj_reply_header(c, rp, "Upload-Length",
                        yj_arena_fmt(c->rq->arena, "%llu", (unsigned long long)length));
}

/* All bytes of the request are taken: is the file whole? */
static yj_status take_end(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(open_upload(c, err)); /* an empty body never came by as a piece */
    const upload_state *u = c->own;
    if (u->complete || yj_upload_offset(u->upload) == yj_upload_length(u->upload))
        return finish(c, rp, err);
    rp->status = 204;
    tell_offset(c, rp, yj_upload_offset(u->upload), yj_upload_length(u->upload));
    return YJ_OK;
}

static yj_status end_of_bytes(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_status s = take_end(c, rp, err);
    close_upload(c);
    return s;
}

yj_status yj_api_evidence_post(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t length = YJ_LENGTH_UNKNOWN;
    bool given = false;
    char id[YJ_UUID_LEN + 1];
    if (c->rq->length != 0)
        return end_of_bytes(c, rp, err);
    YJ_TRY(header_number(c, YJ_H_UPLOAD_LENGTH, "upload-length", &length, &given, err));
    YJ_TRY(yj_upload_start(store_of(c), length, yj_engine_now(c->server->engine), id, err));
    YJ_TRY(yj_admit_sent(c, id, err));
    const char *at = yj_arena_fmt(c->rq->arena, "/api/v1/evidence/uploads/%s", id);
    rp->status = 201;
    yj_reply_header(c, rp, "Location", at);
    yj_reply_header(c, rp, "Upload-Offset", "0");
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "upload", id);
    yj_jw_kstr(&w, "location", at);
    yj_jw_end_object(&w);
    return YJ_OK;
}

yj_status yj_api_evidence_put(yj_call *c, yj_reply *rp, yj_error *err)
{
    return end_of_bytes(c, rp, err);
}

yj_status yj_api_upload_patch(yj_call *c, yj_reply *rp, yj_error *err)
{
    return end_of_bytes(c, rp, err);
}

yj_status yj_api_upload_put(yj_call *c, yj_reply *rp, yj_error *err)
{
    return end_of_bytes(c, rp, err);
}

yj_status yj_api_upload_head(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t offset = 0, length = 0;
    YJ_TRY(yj_upload_look(store_of(c), yj_call_segment(c, "upload"), &offset, &length, err));
    tell_offset(c, rp, offset, length);
    return YJ_OK;
}

yj_status yj_api_upload_delete(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_auto(yj_upload_releasep) yj_upload *u = NULL;
    YJ_TRY(yj_upload_hold(store_of(c), yj_call_segment(c, "upload"), YJ_ANY_OFFSET, &u, err));
    yj_upload_cancel(u);
    rp->status = 204;
    return YJ_OK;
}

yj_status yj_api_evidence_get(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_digest d;
    uint64_t size = 0, first = 0, length = 0;
    YJ_TRY(yj_call_digest(c, &d, err));
    YJ_TRY(yj_evidence_read(store_of(c), &d, &rp->fd, &size, err));
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&d, hex);
    yj_span condition = yj_trim(c->rq->head.value[YJ_H_IF_RANGE]);
    const char *tag = yj_arena_fmt(c->rq->arena, "\"%.32s\"", hex);
    yj_range r = condition.ptr && !yj_span_is(condition, tag)
                     ? YJ_RANGE_NONE
                     : yj_range_parse(c->rq->head.value[YJ_H_RANGE], size, &first, &length);
    if (r == YJ_RANGE_OUTSIDE) {
        yj_reply_header(c, rp, "Content-Range",
                        yj_arena_fmt(c->rq->arena, "bytes */%llu", (unsigned long long)size));
        return yj_fail(err, YJ_E_RANGE, "the file has %llu bytes", (unsigned long long)size);
    }
    rp->length = size;
    if (r == YJ_RANGE_OK) {
        rp->status = 206;
        rp->offset = first;
        rp->length = length;
        yj_reply_header(c, rp, "Content-Range",
                        yj_arena_fmt(c->rq->arena, "bytes %llu-%llu/%llu", (unsigned long long)first,
                                     (unsigned long long)(first + length - 1), (unsigned long long)size));
    }
    memcpy(rp->etag, tag, strlen(tag) + 1);
    yj_reply_header(c, rp, "Accept-Ranges", "bytes");
    yj_reply_header(c, rp, "Content-Disposition", "attachment");
    rp->type = "application/octet-stream";
    return YJ_OK;
}

/* A file that is gone although it was taken in and never erased is damage, too. */
static yj_status missing_file(yj_call *c, const yj_digest *d, yj_status s, yj_error *err)
{
    yj_blob b;
    if (s != YJ_E_NOT_FOUND)
        return s;
    YJ_TRY(yj_call_db(c, err));
    return yj_blob_get(c->db, d, &b, err);
}

yj_status yj_api_evidence_check(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_digest d;
    yj_evidence_check_result r = { .matches = false };
    YJ_TRY(yj_call_digest(c, &d, err));
    YJ_TRY(missing_file(c, &d, yj_evidence_check(store_of(c), &d, &r, err), err));
    char hex[2 * YJ_HASH_LEN + 1], at[32];
    yj_digest_hex(&d, hex);
    yj_time_format(yj_engine_now(c->server->engine), at);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "digest", hex);
    yj_jw_ki64(&w, "size", (int64_t)r.size);
    yj_jw_kbool(&w, "matches", r.matches);
    yj_jw_kstr(&w, "checked", at);
    yj_jw_end_object(&w);
    return YJ_OK;
}
