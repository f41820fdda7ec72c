// SPDX-License-Identifier: Apache-2.0
/* Files against files, or against a list, in places of this machine: the instrument "verify" as a job. */
#include "base/time.h"
#include "instrument/verify/manifest.h"
#include "instrument/verify/report.h"
#include "job/instruments.h"
#include "job/works.h"
#include <stdio.h>
#include <stdlib.h>

#define LIST_BYTES_MAX ((size_t)256 << 20) /* of a list of digests: it is held in memory */

typedef struct comparing {
    yj_job_run *r;
    yj_spot expected, found;
    yj_verify_options o;
    yj_verify_result result;
    yj_verify_about about;
    char list_hex[2 * YJ_HASH_LEN + 1];
    /* of the progress: reading begins anew for what was moved */
    int64_t since_ns;
    uint64_t before, done, total, files_before, files_total;
} comparing;

static void comparing_done(comparing *x)
{
    yj_verify_done(&x->result);
    yj_spot_done(&x->expected);
    yj_spot_done(&x->found);
}

/* --- what is asked for ------------------------------------------------------------------------ */

static yj_status check(const yj_job_asked *a, yj_error *err)
{
    const json_t *hash = json_object_get(a->input, "hash");
    yj_sum_alg alg;
    YJ_TRY(yj_spots_check(a, "expected", err));
    YJ_TRY(yj_spots_check(a, "found", err));
    YJ_TRY(yj_title_check(a, err));
    if (!hash || (json_is_string(hash) && yj_sum_by_name(yj_span_of(json_string_value(hash)), &alg)))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member %s is sha256, sha512 or sm3", "hash");
    return yj_error_at(err, "hash");
}

/* --- doing it --------------------------------------------------------------------------------- */

static void tell(void *self, const yj_progress *p)
{
    comparing *x = self;
    if (p->since_ns != x->since_ns) {
        x->before = x->total;
        x->files_before = x->files_total;
        x->since_ns = p->since_ns;
    }
    x->done = x->before + p->done;
    x->total = x->before + p->total;
    x->files_total = x->files_before + p->of;
    yj_job_progress_files(x->r, x->files_before + p->pieces, x->files_total);
}

static yj_status go_on(void *self, yj_error *err)
{
    const comparing *x = self;
    return yj_job_progress(x->r, x->done, x->total, err);
}

static yj_status against_list(comparing *x, const char *hash, yj_error *err)
{
    yj_auto(yj_tree_done) yj_tree list = { .root_fd = -1 };
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_open_folder found = { x->found.fd, x->found.label };
    const yj_sum_alg given = x->o.alg;
    yj_digest d;
    yj_buf_init(&bytes, LIST_BYTES_MAX + 1);
    YJ_TRY(yj_spots_read(x->r, &x->expected, LIST_BYTES_MAX, &bytes, err));
    yj_hash(YJ_HASH_SHA256, bytes.ptr ? bytes.ptr : "", bytes.len, &d);
    yj_digest_hex(&d, x->list_hex);
    x->about.list_hex = x->list_hex;
    x->about.operation = "check";
    x->o.leave_out = &x->expected.st;
    YJ_TRY(yj_manifest_parse(yj_buf_view(&bytes), hash[0] ? &given : NULL, &list, &x->o.alg, err));
    return yj_verify_list_at(&list, &found, &x->o, &x->result, err);
}

static yj_status against_folder(comparing *x, yj_error *err)
{
    yj_open_folder a = { x->expected.fd, x->expected.label }, b = { x->found.fd, x->found.label };
    x->about.operation = "compare";
    return yj_verify_folders_at(&a, &b, &x->o, &x->result, err);
}

static yj_status compare(comparing *x, yj_error *err)
{
    const char *hash = yj_spots_text(x->r->input, "hash");
    x->about.from_ns = yj_engine_now(x->r->engine);
    YJ_TRY(yj_spots_enter(x->r, "expected", &x->expected, err));
    YJ_TRY(yj_spots_enter(x->r, "found", &x->found, err));
    if (!x->found.folder)
        return yj_fail(err, YJ_E_INVALID, "%s is no folder", x->found.label);
    if (hash[0] && !yj_sum_by_name(yj_span_of(hash), &x->o.alg))
        return yj_fail(err, YJ_E_INVALID, "member %s is sha256, sha512 or sm3", "hash");
    if (!hash[0] && yj_engine_crypto(x->r->engine) == YJ_CRYPTO_GM)
        x->o.alg = YJ_SUM_SM3;
    YJ_TRY(x->expected.folder ? against_folder(x, err) : against_list(x, hash, err));
    x->about.expected = x->expected.label;
    x->about.found = x->found.label;
    x->about.until_ns = yj_engine_now(x->r->engine);
    return YJ_OK;
}

/* --- what becomes of it ----------------------------------------------------------------------- */

static yj_status sign(comparing *x, yj_kept_statement *ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    char *title = NULL;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    YJ_TRY(yj_verify_sign(&x->result, &x->about, x->r->ground->key, &out, err));
    if (asprintf(&title, "%s %s = %s", yj_work_compare_zh, x->found.label, x->expected.label) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_statement_keep(x->r, yj_buf_view(&out), title, ret, err);
    free(title);
    return s;
}

static yj_status conclude(comparing *x, yj_buf *result, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *report = NULL;
    yj_kept_statement kept;
    yj_jw w;
    YJ_TRY(yj_verify_json(&x->result, &x->about, YJ_JOB_FINDINGS_MAX, &report, err));
    YJ_TRY(go_on(x, err)); /* what is kept is not taken back */
    yj_status s = sign(x, &kept, err);
    if (s == YJ_OK)
        json_object_set_new(report, "statement",
                            json_pack("{s:s, s:s}", "evidence", kept.evidence, "digest", kept.digest));
    yj_jw_init(&w, result);
    yj_jw_json(&w, report);
    if (s == YJ_OK)
        yj_ignore(yj_job_progress(x->r, x->total, x->total, NULL)); /* it is done, whatever was asked */
    return s;
}

static yj_status run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    yj_auto(comparing_done) comparing x = { .r = r,
                                            .expected = { .fd = -1 },
                                            .found = { .fd = -1 },
                                            .result = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } },
                                            .about = { .version = YJ_VERSION } };
    if (!r->ground->places || !r->ground->key)
        return yj_fail(err, YJ_E_INVALID, "no place is named on this server");
    x.o = (yj_verify_options){ .threads = YJ_JOB_INSTRUMENT_THREADS,
                               .progress = tell,
                               .progress_self = &x,
                               .go_on = go_on,
                               .go_on_self = &x,
                               .keep_out = &r->ground->places->data,
                               .names_max = YJ_JOB_NAMES_MAX };
    YJ_TRY(compare(&x, err));
    return conclude(&x, result, err);
}

const yj_job_work yj_work_compare = {
    .name = "compare",
    .label = { { [YJ_LANG_ZH] = yj_work_compare_zh, [YJ_LANG_EN] = YJ_WORK_COMPARE_EN } },
    .members = "expected found hash title",
    .guarded = true,
    .slow = true,
    .check = check,
    .run = run
};
