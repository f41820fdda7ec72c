// SPDX-License-Identifier: Apache-2.0
/* An import as a job. It is all or nothing, whoever begins it again begins anew: what a dead one had written
 * belongs to a batch that is undone. Where it died after the end of its import and before that of its job,
 * all rows are there already and nothing is written twice. */
#include "job/job.h"
#include "job/works.h"

static yj_status check(const yj_job_asked *a, yj_error *err)
{
    const json_t *dry = json_object_get(a->input, "dry_run"), *set = json_object_get(a->input, "set");
    if (set && !json_is_object(set)) {
        yj_fail(err, YJ_E_INVALID, "member %s must be an object", "set");
        return yj_error_at(err, "set");
    }
    if (!dry || json_is_boolean(dry))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member %s must be true or false", "dry_run");
    return yj_error_at(err, "dry_run");
}

static yj_status step(void *ctx, size_t done, size_t total, yj_error *err)
{
    return yj_job_progress(ctx, done, total, err);
}

static void write_problems(const yj_import_report *r, yj_buf *result)
{
    if (!r->problem_count)
        return;
    yj_buf_str(result, "{\"problems\":");
    yj_import_problems_write(r, result);
    yj_buf_char(result, '}');
}

static yj_status run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    bool dry = json_is_true(json_object_get(r->input, "dry_run"));
    yj_import_watch watch = { .step = step, .ctx = r };
    yj_import_report report = { 0 };
    yj_job_files files;
    if (r->attempt > 1)
        YJ_TRY(yj_imports_clear(r->engine, err));
    YJ_TRY(yj_job_files_read(r, &files, err));
    yj_status s = yj_import_files_set(files.row, files.count, json_object_get(r->input, "set"), err);
    if (s == YJ_OK)
        s = yj_import_watched(r->engine, r->inst, r->by, files.row, files.count, dry, &watch, &report, err);
    if (s == YJ_OK)
        yj_import_report_write(&report, dry, result);
    else
        write_problems(&report, result);
    if (s == YJ_OK)
        yj_ignore(yj_job_progress(r, report.rows, report.rows,
                                  NULL)); /* it is done, whatever was asked meanwhile */
    yj_import_report_done(&report);
    yj_job_files_done(&files);
    return s;
}

const yj_job_work yj_work_import = {
    .name = "import",
    .label = { { [YJ_LANG_ZH] = yj_work_import_zh, [YJ_LANG_EN] = YJ_WORK_IMPORT_EN } },
    .members = "dry_run set",
    .files = true,
    .check = check,
    .run = run
};
