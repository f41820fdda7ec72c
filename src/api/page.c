// SPDX-License-Identifier: Apache-2.0
/* Serves the page's files, compressed as they were packed, and the plain text in its place where a program
 * was built without it. */
#include "api/page.h"
#include "api/call.h"
#include "api/texts.h"
#include <stdlib.h>
#include <zlib.h>

#define FOR_EVER "public, max-age=31536000, immutable"
#define PAGE_BYTES_MAX ((size_t)16 << 20)

/* Nothing but what the server itself sent runs or is shown; files of evidence are shown from memory (blob:).
 * Styles that the program sets by itself are no inline styles to a browser. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self' blob:; object-src blob:; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static int by_path(const void *key, const void *file)
{
    return strcmp(key, ((const yj_page_file *)file)->path);
}

const yj_page_file *yj_page_find(const yj_page *p, const char *path)
{
    return p && p->count ? bsearch(path, p->files, p->count, sizeof *p->files, by_path) : NULL;
}

static yj_status inflate_into(const yj_page_file *f, yj_buf *out, yj_error *err)
{
    z_stream z = { .avail_in = (uInt)f->z_bytes };
    yj_auto(yj_buf_done) yj_buf copy; /* zlib does not take a pointer to const */
    yj_buf_init(&copy, PAGE_BYTES_MAX);
    yj_buf_add(&copy, (const char *)f->z, f->z_bytes);
    char *room = yj_buf_room(out, f->bytes);
    if (!room || yj_buf_status(&copy, err) != YJ_OK || inflateInit2(&z, 15 + 16) != Z_OK)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    z.next_in = (Bytef *)copy.ptr;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)f->bytes;
    int end = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (end != Z_STREAM_END || z.avail_out)
        return yj_fail(err, YJ_E_IO, "a file of the page is damaged");
    out->len += f->bytes;
    room[f->bytes] = '\0';
    return YJ_OK;
}

static yj_status give(yj_call *c, yj_reply *rp, const yj_page_file *f, yj_error *err)
{
    rp->type = f->type;
    rp->cache_control = f->for_ever ? FOR_EVER : "no-cache";
    rp->policy = policy;
    rp->packed = c->gzip;
    snprintf(rp->etag, sizeof rp->etag, "%s", f->etag);
    if (!c->gzip)
        return inflate_into(f, &rp->body, err);
    yj_buf_add(&rp->body, (const char *)f->z, f->z_bytes);
    return yj_buf_status(&rp->body, err);
}

static yj_status plain(yj_reply *rp)
{
    rp->type = "text/plain; charset=utf-8";
    rp->cache_control = "no-cache";
    yj_buf_str(&rp->body, yj_api_page_zh);
    yj_buf_str(
        &rp->body,
        "Yunjian\n\n"
        "The API is below /api/v1: /api/v1/openapi.json describes it, /api/v1/health tells how it is.\n"
        "People sign in; a server started with --open asks nobody, and answers to this machine only.\n");
    return YJ_OK;
}

yj_status yj_api_root(yj_call *c, yj_reply *rp, yj_error *err)
{
    rp->status = 302;
    yj_reply_header(c, rp, "Location", YJ_PAGE_BASE);
    return YJ_OK;
}

yj_status yj_api_page(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_page_file *f = yj_page_find(c->server->page, "index.html");
    return f ? give(c, rp, f, err) : plain(rp);
}

yj_status yj_api_asset(yj_call *c, yj_reply *rp, yj_error *err)
{
    const char *path = yj_arena_fmt(c->rq->arena, "assets/%s", yj_call_segment(c, "path"));
    const yj_page_file *f = path ? yj_page_find(c->server->page, path) : NULL;
    return f ? give(c, rp, f, err) : yj_fail(err, YJ_E_NOT_FOUND, "there is nothing at this address");
}
