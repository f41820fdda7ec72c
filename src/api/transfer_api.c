// SPDX-License-Identifier: Apache-2.0
/* Registers in and out as files. */
#include "api/call.h"
#include "api/multipart.h"
#include "api/param.h"
#include "base/json.h"
#include "record/transfer.h"

static void write_problems(yj_jw *w, const yj_import_report *r)
{
    yj_jw_array(w);
    for (size_t i = 0; i < r->problem_count; i++) {
        const yj_import_problem *p = &r->problems[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "file", p->file);
        yj_jw_ki64(w, "line", (int64_t)p->line);
        yj_jw_ki64(w, "column", (int64_t)p->column);
        yj_jw_kstr(w, "field", p->field);
        yj_jw_key(w, "message");
        yj_jw_object(w);
        yj_jw_kstr(w, "zh", p->msg_zh[0] ? p->msg_zh : p->msg);
        yj_jw_kstr(w, "en", p->msg);
        yj_jw_end_object(w);
        if (p->misses) {
            yj_jw_key(w, "misses");
            yj_jw_raw(w, yj_span_of(p->misses));
        }
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static void write_report(const yj_import_report *r, bool dry_run, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "dry_run", dry_run);
    yj_jw_ki64(&w, "rows", (int64_t)r->rows);
    yj_jw_ki64(&w, "created", (int64_t)r->created);
    yj_jw_ki64(&w, "changed", (int64_t)r->changed);
    yj_jw_ki64(&w, "unchanged", (int64_t)r->unchanged);
    yj_jw_ki64(&w, "moved", (int64_t)r->moved);
    yj_jw_ki64(&w, "batch", r->batch);
    yj_jw_end_object(&w);
}

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
    *file = (yj_import_file){ name, c->rq->body };
    *ret = file;
    *ret_count = 1;
    return YJ_OK;
}

yj_status yj_api_import(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_import_file *files = NULL;
    size_t count = 0;
    bool dry = yj_call_bool(c, "dry_run");
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(read_files(c, &files, &count, err));
    YJ_TRY(yj_call_person(c, err));
    yj_call_db_done(c);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    yj_import_report r = { 0 };
    yj_status s = yj_import(c->server->engine, c->inst->inst, c->person, files, count, dry, &r, err);
    if (s == YJ_OK) {
        write_report(&r, dry, &rp->body);
    } else if (r.problem_count) {
        yj_jw w;
        yj_jw_init(&w, &rp->body);
        write_problems(&w, &r);
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
