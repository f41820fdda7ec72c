// SPDX-License-Identifier: Apache-2.0
/* The ledger of an institution read from its first entry to its last. That it does not hold is a result, not
 * a failure of the job. */
#include "job/job.h"
#include "job/works.h"

static yj_status step(void *ctx, uint64_t done, uint64_t total, yj_error *err)
{
    return yj_job_progress(ctx, done, total, err);
}

static yj_status origin_of(yj_db *db, int64_t inst, char ret[static 256], yj_error *err)
{
    yj_ledger l;
    YJ_TRY(yj_ledger_load(db, inst, &l, err));
    memcpy(ret, l.origin, sizeof l.origin);
    return YJ_OK;
}

static yj_status run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    yj_db *db = NULL;
    char origin[256];
    yj_verify_watch watch = { step, r };
    yj_verify_report report = { .size = 0 };
    YJ_TRY(yj_reader_take(r->engine, &db, err));
    yj_status s = origin_of(db, r->inst, origin, err);
    if (s == YJ_OK)
        s = yj_ledger_verify_watched(db, yj_engine_keys(r->engine), r->inst, &watch, &report, err);
    yj_reader_give(r->engine, db);
    if (s != YJ_OK && !report.bad)
        return s;
    yj_jw w;
    yj_jw_init(&w, result);
    yj_verify_report_write(&w, origin, &report);
    return YJ_OK;
}

const yj_job_work yj_work_verify = {
    .name = "verify",
    .label = { { [YJ_LANG_ZH] = yj_work_verify_zh, [YJ_LANG_EN] = YJ_WORK_VERIFY_EN } },
    .members = "",
    .run = run
};
