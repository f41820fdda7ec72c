// SPDX-License-Identifier: Apache-2.0
/* Registers in and out as files. */
#include "api/call.h"
#include "api/multipart.h"
#include "api/param.h"
#include "base/json.h"
#include "record/transfer.h"

#define SET_BYTES_MAX ((size_t)16 << 10)

static yj_status read_files(yj_call *c, yj_import_file **ret, size_t *ret_count, yj_error *err)
{
    yj_arena *a = c->rq->arena;
    yj_span type = c->rq->head.value[YJ_H_CONTENT_TYPE], boundary;
    const char *name = yj_call_param(c, "name");
    if (yj_media_is(type, "multipart/form-data")) {
        yj_part *parts = yj_arena_array(a, YJ_PARTS_MAX, sizeof *parts);
        size_t n = 0;
        if (!yj_media_boundary(type, &boundary))
            return yj_fail(err, YJ_E_MEDIA, "the multipart body has no boundary");
        YJ_TRY(yj_multipart_parse(c->rq->body, boundary, parts, &n, err));
        yj_import_file *files = yj_arena_array(a, n ? n : 1, sizeof *files);
        for (size_t i = 0; i < n; i++) {
            files[i].name = parts[i].file_name[0] ? parts[i].file_name : parts[i].name;
            files[i].content = parts[i].content;
        }
        *ret = files;
        *ret_count = n;
        return YJ_OK;
    }
    if (!yj_media_is(type, "text/csv") && !yj_media_is(type, "application/jsonl"))
        return yj_fail(err, YJ_E_MEDIA, "the body must be %s",
                       "text/csv, application/jsonl, multipart/form-data");
    if (!name) {
        yj_fail(err, YJ_E_INVALID, "parameter name must name the file, as system.csv");
        return yj_error_at(err, "name");
    }
    yj_import_file *file = yj_arena_new_of(a, yj_import_file);
    *file = (yj_import_file){ .name = name, .content = c->rq->body };
    *ret = file;
    *ret_count = 1;
    return YJ_OK;
}

/* Parameter "set": what all rows of a file have in common. NULL if it is not given. */
static yj_status read_set(const yj_call *c, json_t **ret, yj_error *err)
{
    const char *text = yj_call_param(c, "set");
    if (!text || yj_json_parse(yj_span_of(text), SET_BYTES_MAX, ret, err) == YJ_OK)
        return YJ_OK;
    return yj_error_at(err, "set");
}

static yj_status import_later(yj_call *c, const yj_import_file *files, size_t count, bool dry, json_t *set,
                              yj_reply *rp, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *input = json_pack("{s:b,s:O*}", "dry_run", dry, "set", set);
    if (!input)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (count == 0)
        return yj_fail(err, YJ_E_INVALID, "the body holds no file");
    return yj_api_job_order(c,
                            &(yj_job_order){ .inst = c->inst->inst,
                                             .by = c->person,
                                             .work = yj_work_import.name,
                                             .input = input,
                                             .files = files,
                                             .file_count = count },
                            rp, err);
}

yj_status yj_api_import(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_import_file *files = NULL;
    size_t count = 0;
    bool dry = yj_call_bool(c, "dry_run");
    yj_auto(yj_json_freep) json_t *set = NULL;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(read_files(c, &files, &count, err));
    YJ_TRY(read_set(c, &set, err));
    YJ_TRY(yj_import_files_set(files, count, set, err));
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    if (yj_call_bool(c, "job"))
        return import_later(c, files, count, dry, set, rp, err);
    yj_import_report r = { 0 };
    yj_status s = yj_import(c->server->engine, c->inst->inst, c->person, files, count, dry, &r, err);
    if (s == YJ_OK) {
        yj_import_report_write(&r, dry, &rp->body);
    } else if (r.problem_count) {
        yj_import_problems_write(&r, &rp->body);
        c->extra = "problems";
        c->extra_json = rp->body.ptr; /* until the error body is written */
        if (yj_buf_status(&rp->body, NULL) != YJ_OK)
            c->extra_json = NULL;
    }
    yj_import_report_done(&r);
    return s;
}

yj_status yj_api_export(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    YJ_TRY(yj_call_db(c, err));
    YJ_TRY(yj_export_kind(c->db, c->catalog, inst, k, &rp->body, err));
    rp->type = "text/csv; charset=utf-8";
    yj_reply_header(c, rp, "Content-Disposition",
                    yj_arena_fmt(c->rq->arena, "attachment; filename=\"%s.csv\"", k->name));
    return YJ_OK;
}

yj_status yj_api_template(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_call_kind(c, &k, NULL, err));
    yj_import_template(k, &rp->body);
    rp->type = "text/csv; charset=utf-8";
    yj_reply_header(c, rp, "Content-Disposition",
                    yj_arena_fmt(c->rq->arena, "attachment; filename=\"%s.csv\"", k->name));
    return YJ_OK;
}
