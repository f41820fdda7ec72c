// SPDX-License-Identifier: Apache-2.0
/* Files of jobs, in the store: whichever server takes the job has them. Each part is a write of its own, so
 * that a large file does not hold up the writer. */
#include "job/internal.h"

#include "ledger/ledger.h"
#include "ledger/pack_body.h"
#include <stdlib.h>

#define PART_BYTES ((size_t)512 << 10)

typedef struct part {
    const char *job, *name;
    int64_t n, part;
    yj_span packed;
} part;

static yj_status run_part(yj_db *db, void *ctx, yj_error *err)
{
    const part *x = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "INSERT INTO job_file(job, n, part, name, packed) VALUES(?1, ?2, ?3, ?4, ?5)",
                         &st, err));
    yj_bind_cstr(st, 1, x->job);
    yj_bind_i64(st, 2, x->n);
    yj_bind_i64(st, 3, x->part);
    yj_bind_cstr(st, 4, x->name);
    yj_bind_blob(st, 5, x->packed.ptr, x->packed.len);
    return yj_stmt_run(st, NULL, err);
}

static yj_status write_file(yj_engine *e, const char *id, int64_t n, const yj_import_file *f, yj_error *err)
{
    size_t at = 0;
    for (int64_t i = 0; i == 0 || at < f->content.len; i++) {
        size_t left = f->content.len - at, len = left < PART_BYTES ? left : PART_BYTES;
        yj_auto(yj_buf_done) yj_buf packed;
        yj_buf_init(&packed, 2 * YJ_BODY_BYTES_MAX);
        YJ_TRY(yj_body_pack((yj_span){ f->content.ptr ? f->content.ptr + at : "", len }, &packed, err));
        part x = { .job = id, .name = f->name, .n = n, .part = i, .packed = yj_buf_view(&packed) };
        YJ_TRY(yj_engine_write(e, run_part, &x, err));
        at += len;
    }
    return YJ_OK;
}

yj_status yj_job_files_write(yj_engine *e, const char *id, const yj_import_file *files, size_t count,
                             yj_error *err)
{
    for (size_t i = 0; i < count; i++)
        YJ_TRY(write_file(e, id, (int64_t)i, &files[i], err));
    return YJ_OK;
}

yj_status yj_job_files_drop(yj_db *db, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM job_file WHERE job = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    return yj_stmt_run(st, NULL, err);
}

/* --- reading ---------------------------------------------------------------------------------- */

void yj_job_files_done(yj_job_files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free((char *)(uintptr_t)f->row[i].name);
        yj_buf_done(&f->text[i]);
    }
    free(f->row);
    free(f->text);
    *f = (yj_job_files){ .count = 0 };
}

static yj_status add_part(yj_job_files *f, yj_stmt *st, yj_error *err)
{
    size_t n = (size_t)yj_col_i64(st, 0);
    yj_span name = yj_col_text(st, 1);
    if (n >= YJ_JOB_FILES_MAX || n > f->count)
        return yj_fail(err, YJ_E_CORRUPT, "a file of the job is missing");
    if (n == f->count) {
        f->row[n].name = strndup(name.ptr ? name.ptr : "", name.len);
        yj_buf_init(&f->text[n], YJ_JOB_FILE_BYTES_MAX);
        f->count++;
        if (!f->row[n].name)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    yj_auto(yj_buf_done) yj_buf plain;
    yj_buf_init(&plain, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_body_unpack(yj_col_blob(st, 2), &plain, err));
    yj_buf_span(&f->text[n], yj_buf_view(&plain));
    YJ_TRY(yj_buf_status(&f->text[n], err));
    f->row[n].content = yj_buf_view(&f->text[n]);
    return YJ_OK;
}

/* A part at a time: a reader that gave them all at once would hold them twice. */
static yj_status read_parts(yj_db *db, const char *id, yj_job_files *f, yj_error *err)
{
    for (int64_t n = 0, piece = 0;;) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare(
            db, "SELECT n, name, packed FROM job_file WHERE job = ?1 AND n = ?2 AND part = ?3", &st, err));
        yj_bind_cstr(st, 1, id);
        yj_bind_i64(st, 2, n);
        yj_bind_i64(st, 3, piece);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (row) {
            YJ_TRY(add_part(f, st, err));
            piece++;
        } else if (piece == 0) {
            return YJ_OK;
        } else {
            n++;
            piece = 0;
        }
    }
}

yj_status yj_job_files_read(const yj_job_run *r, yj_job_files *ret, yj_error *err)
{
    yj_db *db = NULL;
    *ret = (yj_job_files){ .row = calloc(YJ_JOB_FILES_MAX, sizeof *ret->row),
                           .text = calloc(YJ_JOB_FILES_MAX, sizeof *ret->text) };
    yj_status s = ret->row && ret->text ? yj_reader_take(r->engine, &db, err)
                                        : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        s = read_parts(db, r->id, ret, err);
        yj_reader_give(r->engine, db);
    }
    if (s == YJ_OK && ret->count == 0)
        s = yj_fail(err, YJ_E_NOT_FOUND, "the files of the job are gone");
    if (s != YJ_OK)
        yj_job_files_done(ret);
    return s;
}
