// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "job/instruments.h"
#include "record/read.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define MEDIA_TYPE "application/vnd.dsse.envelope.v1+json"
#define TITLE_CHARS 200 /* of evidence */

/* --- the file --------------------------------------------------------------------------------- */

#define PIECE ((size_t)256 << 10)

static yj_status append(yj_upload *u, const yj_made_file *f, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf room;
    yj_buf_init(&room, 2 * PIECE);
    if (f->fd < 0)
        return yj_upload_append(u, f->bytes, err);
    for (;;) {
        yj_buf_clear(&room);
        char *to = yj_buf_room(&room, PIECE);
        ssize_t n = to ? read(f->fd, to, PIECE) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", f->title);
        if (n == 0)
            return to ? YJ_OK : yj_buf_status(&room, err);
        YJ_TRY(yj_upload_append(u, (yj_span){ to, (size_t)n }, err));
    }
}

static yj_status write_file(const yj_job_run *r, const yj_made_file *f, yj_blob *ret, yj_error *err)
{
    yj_evidence *e = r->ground->evidence;
    yj_auto(yj_upload_releasep) yj_upload *u = NULL;
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(
        yj_upload_start(e, f->fd < 0 ? f->bytes.len : YJ_LENGTH_UNKNOWN, yj_engine_now(r->engine), id, err));
    YJ_TRY(yj_upload_hold(e, id, YJ_ANY_OFFSET, &u, err));
    yj_status s = append(u, f, err);
    if (s == YJ_OK)
        s = yj_upload_finish(u, NULL, ret, err);
    if (s != YJ_OK)
        yj_upload_cancel(u);
    return s;
}

static yj_status keep_file(const yj_job_run *r, const yj_made_file *f, yj_blob *ret, yj_error *err)
{
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(write_file(r, f, ret, err));
    YJ_TRY(yj_db_open(yj_engine_store(r->engine), YJ_DB_WRITE, &db, err));
    return yj_blob_put(db, ret, yj_engine_now(r->engine), err);
}

/* --- the record ------------------------------------------------------------------------------- */

/* A kind may be without a field: then that is left out. */
static void put(json_t *fields, const yj_kind *k, const char *name, json_t *v)
{
    if (yj_kind_field(k, yj_span_of(name)))
        json_object_set_new(fields, name, v);
    else
        json_decref(v);
}

/* Cut between two characters. */
static void cut(char *text, size_t chars)
{
    for (char *p = text; *p; p++) {
        bool begins = ((unsigned char)*p & 0xc0) != 0x80;
        if (begins && chars-- == 0) {
            *p = '\0';
            return;
        }
    }
}

static json_t *fields_of(const yj_job_run *r, const yj_kind *k, const yj_blob *b, const yj_made_file *m,
                         yj_kept_statement *ret)
{
    char hex[2 * YJ_HASH_LEN + 1], shown[4 * TITLE_CHARS + 1], name[80];
    yj_date today;
    json_t *f = json_object();
    yj_engine_today(r->engine, &today);
    yj_digest_hex(&b->sha256, ret->digest);
    snprintf(shown, sizeof shown, "%s", m->title);
    yj_text_tidy(shown);
    cut(shown, TITLE_CHARS);
    snprintf(name, sizeof name, "%.36s%s", r->id, m->ending);
    put(f, k, "title", json_string(shown));
    put(f, k, "digest", json_string(ret->digest));
    if (b->has_sm3) {
        yj_digest_hex(&b->sm3, hex);
        put(f, k, "sm3", json_string(hex));
    }
    put(f, k, "size", json_integer((json_int_t)b->size));
    put(f, k, "media_type", json_string(m->media_type));
    put(f, k, "file_name", json_string(name));
    put(f, k, "source", json_string("instrument"));
    put(f, k, "issuer", json_string("yunjian " YJ_VERSION));
    put(f, k, "issued_on", json_string(today.s));
    return f;
}

/* The record that names these bytes already. */
static yj_status find(const yj_job_run *r, const yj_catalog *c, const yj_kind *k, yj_kept_statement *ret,
                      yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(r->engine, &db, err));
    yj_status s = yj_record_find(db, c, r->inst, k, ret->digest, ret->evidence, err);
    yj_reader_give(r->engine, db);
    return s;
}

static yj_status record(const yj_job_run *r, const yj_catalog *c, const yj_blob *b, const yj_made_file *m,
                        yj_kept_statement *ret, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("evidence"));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "the packs in force have no kind evidence");
    yj_auto(yj_json_freep) json_t *f = fields_of(r, k, b, m, ret);
    if (!f)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_fields_check(c, k, f, err));
    yj_change x = {
        .inst = r->inst, .op = YJ_CH_CREATE, .by = r->by, .kind = k->index, .expect_version = -1, .fields = f
    };
    yj_status s = yj_change_run(r->engine, &x, err);
    snprintf(ret->evidence, sizeof ret->evidence, "%s", x.ret_id);
    yj_change_done(&x);
    return s == YJ_E_CONFLICT && find(r, c, k, ret, NULL) == YJ_OK ? YJ_OK : s;
}

yj_status yj_file_keep(const yj_job_run *r, const yj_made_file *f, yj_kept_statement *ret, yj_error *err)
{
    yj_blob b;
    YJ_TRY(keep_file(r, f, &b, err));
    yj_catalog *c = yj_engine_catalog(r->engine);
    yj_status s = record(r, c, &b, f, ret, err);
    yj_catalog_unref(c);
    return s;
}

yj_status yj_statement_keep(const yj_job_run *r, yj_span envelope, const char *title, yj_kept_statement *ret,
                            yj_error *err)
{
    const char *given = yj_spots_text(r->input, "title");
    const yj_made_file f = { .fd = -1,
                             .bytes = envelope,
                             .title = given[0] ? given : title,
                             .media_type = MEDIA_TYPE,
                             .ending = ".dsse" };
    return yj_file_keep(r, &f, ret, err);
}
