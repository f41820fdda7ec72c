// SPDX-License-Identifier: Apache-2.0
/* What of sensitive data stands in files of a place: the instrument "scan" as a job. */
#include "base/file.h"
#include "base/time.h"
#include "instrument/scan/attest.h"
#include "instrument/scan/list.h"
#include "job/instruments.h"
#include "job/scan_rules.h"
#include "job/works.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RULES_ARENA_BYTES ((size_t)64 << 20)
#define LIST_BYTES_MAX ((size_t)4 << 30) /* it lies beside the data, whose room it must not take */

typedef struct scanning {
    yj_job_run *r;
    yj_spot where, rules;
    yj_arena *arena;   /* of own rules */
    yj_scan_own *own;  /* NULL: none */
    yj_digest own_sum; /* of their file */
    const char *root[1];
    yj_scan_attest attest;
    yj_scan_sum sum;
    yj_scan_progress far;
    json_t *found; /* files */
    uint64_t found_left_out;
    /* the inventory waits in a file without a name */
    yj_scan_list rows;
    int list;
    size_t list_bytes;
    yj_hasher *hasher;
    yj_digest list_sum;
} scanning;

static void scanning_done(scanning *x)
{
    yj_scan_list_done(&x->rows);
    yj_scan_attest_done(&x->attest);
    json_decref(x->found);
    if (x->hasher)
        yj_hasher_free(x->hasher);
    if (x->list >= 0)
        close(x->list);
    yj_arena_free(x->arena);
    yj_spot_done(&x->where);
    yj_spot_done(&x->rules);
}

/* --- what is asked for ------------------------------------------------------------------------ */

static const char *form_of(const json_t *input)
{
    const char *form = yj_spots_text(input, "inventory");
    return form[0] ? form : "csv";
}

static yj_status check(const yj_job_asked *a, yj_error *err)
{
    const json_t *form = json_object_get(a->input, "inventory");
    yj_scan_form as;
    YJ_TRY(yj_spots_check(a, "where", err));
    if (json_object_get(a->input, "rules"))
        YJ_TRY(yj_spots_check(a, "rules", err));
    YJ_TRY(yj_title_check(a, err));
    if (!form || (json_is_string(form) && yj_scan_form_by_name(json_string_value(form), &as)))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "member %s is csv, xlsx or jsonl", "inventory");
    return yj_error_at(err, "inventory");
}

/* --- doing it --------------------------------------------------------------------------------- */

static void tell(void *self, const yj_scan_progress *p)
{
    scanning *x = self;
    x->far = *p;
    if (p->total > 0 && p->done > p->total) /* files grew since they were counted */
        x->far.total = p->done;
    if (p->files_total > 0 && p->files > p->files_total)
        x->far.files_total = p->files;
}

static yj_status go_on(void *self, yj_error *err)
{
    const scanning *x = self;
    yj_job_progress_files(x->r, x->far.files, x->far.files_total);
    return yj_job_progress(x->r, x->far.done, x->far.total, err);
}

/* Of what is in containers, too; the container's own row tells nothing of them. */
static yj_status keep_found(scanning *x, const yj_scan_file *f, yj_error *err)
{
    if (f->hits == 0)
        return YJ_OK;
    if (json_array_size(x->found) >= YJ_JOB_FINDINGS_MAX || strlen(f->path) >= YJ_STATEMENT_NAME_MAX) {
        x->found_left_out++;
        return YJ_OK;
    }
    json_t *count = json_object();
    for (size_t i = 0; i < yj_scan_kinds(x->own); i++)
        if (f->count[i] > 0)
            json_object_set_new(count, yj_scan_kind_name(x->own, i), json_integer((json_int_t)f->count[i]));
    json_t *v = json_pack("{s:s, s:I, s:i, s:o}", "path", f->path, "hits", (json_int_t)f->hits, "grade",
                          f->grade, "count", count);
    return json_array_append_new(x->found, v) == 0 ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static yj_status on_file(void *self, const yj_scan_file *f, yj_error *err)
{
    scanning *x = self;
    yj_scan_sum_add(&x->sum, f);
    YJ_TRY(yj_scan_attest_file(&x->attest, f, err));
    YJ_TRY(yj_scan_list_add(&x->rows, f, err));
    return keep_found(x, f, err);
}

static yj_status put_bytes(void *self, yj_span bytes, yj_error *err)
{
    scanning *x = self;
    if (bytes.len > LIST_BYTES_MAX - x->list_bytes)
        return yj_fail(err, YJ_E_LIMIT, "the inventory of %s is larger than a job may write", x->where.label);
    x->list_bytes += bytes.len;
    yj_hasher_add(x->hasher, bytes.ptr, bytes.len);
    while (bytes.len > 0) {
        ssize_t n = write(x->list, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
        bytes = (yj_span){ bytes.ptr + n, bytes.len - (size_t)n };
    }
    return YJ_OK;
}

static yj_status load_rules(scanning *x, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_SCAN_RULES_BYTES_MAX + 1);
    if (!json_object_get(x->r->input, "rules"))
        return YJ_OK;
    YJ_TRY(yj_spots_enter(x->r, "rules", &x->rules, err));
    if (x->rules.folder)
        return yj_fail(err, YJ_E_INVALID, "%s is no file", x->rules.label);
    YJ_TRY(yj_spots_read(x->r, &x->rules, YJ_SCAN_RULES_BYTES_MAX, &bytes, err));
    x->arena = yj_arena_new(RULES_ARENA_BYTES);
    if (!x->arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hash(YJ_HASH_SHA256, bytes.ptr ? bytes.ptr : "", bytes.len, &x->own_sum);
    YJ_TRY(yj_scan_rules_parse(x->arena, x->rules.label, yj_buf_view(&bytes), &x->own, err));
    YJ_TRY(yj_arena_status(x->arena, err));
    x->sum.own = x->own;
    x->sum.rules = &x->own_sum;
    return YJ_OK;
}

/* In the data folder, where there is room for files of evidence, too. */
static yj_status open_list(scanning *x, yj_error *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/scan-XXXXXX", yj_engine_data_dir(x->r->engine)) >= (int)sizeof path)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    x->list = mkostemp(path, O_CLOEXEC);
    if (x->list < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    unlink(path);
    x->hasher = yj_hasher_new(YJ_HASH_SHA256);
    if (!x->hasher)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(x->hasher);
    x->rows = (yj_scan_list){ .own = x->own, .sink = put_bytes, .with = x };
    if (!yj_scan_form_by_name(form_of(x->r->input), &x->rows.as))
        return yj_fail(err, YJ_E_INVALID, "member %s is csv, xlsx or jsonl", "inventory");
    yj_status s = yj_scan_list_begin(&x->rows, path, err);
    if (s == YJ_OK || s == YJ_E_NOMEM)
        return s;
    return yj_fail(err, s, "cannot write the inventory"); /* where the data lies is nobody's business */
}

static yj_status scan(scanning *x, yj_error *err)
{
    YJ_TRY(yj_spots_enter(x->r, "where", &x->where, err));
    YJ_TRY(load_rules(x, err));
    x->root[0] = x->where.label;
    yj_scan_attest_init(&x->attest, x->root, 1);
    x->found = json_array();
    if (!x->found || !x->attest.closed)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(open_list(x, err));
    const yj_scan_spot at = { x->where.fd, x->where.label };
    const yj_scan_wish wish = { .own = x->own,
                                .file = on_file,
                                .progress = tell,
                                .go_on = go_on,
                                .keep_out = &x->r->ground->places->data,
                                .with = x };
    x->sum.from_ns = yj_engine_now(x->r->engine);
    YJ_TRY(yj_scan_run_at(&at, &wish, err));
    YJ_TRY(yj_scan_list_finish(&x->rows, err));
    yj_hasher_end(x->hasher, &x->list_sum);
    x->sum.inventory = &x->list_sum;
    x->sum.until_ns = yj_engine_now(x->r->engine);
    return YJ_OK;
}

/* --- what becomes of it ----------------------------------------------------------------------- */

static yj_status keep_list(scanning *x, yj_kept_statement *ret, yj_error *err)
{
    static const char *const types[] = {
        [YJ_SCAN_JSON_LINES] = "application/jsonl",
        [YJ_SCAN_CSV] = "text/csv",
        [YJ_SCAN_XLSX] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    char *title = NULL, ending[8];
    if (lseek(x->list, 0, SEEK_SET) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot write the inventory");
    if (asprintf(&title, "%s %s", yj_work_scan_list_zh, x->where.label) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    snprintf(ending, sizeof ending, ".%.6s", form_of(x->r->input));
    const yj_made_file f = {
        .fd = x->list, .title = title, .media_type = types[x->rows.as], .ending = ending
    };
    yj_status s = yj_file_keep(x->r, &f, ret, err);
    free(title);
    return s;
}

static yj_status keep_statement(scanning *x, yj_span envelope, yj_kept_statement *ret, yj_error *err)
{
    char *title = NULL;
    if (asprintf(&title, "%s %s", yj_work_scan_zh, x->where.label) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_statement_keep(x->r, envelope, title, ret, err);
    free(title);
    return s;
}

static void set_kept(json_t *report, const char *name, const yj_kept_statement *k)
{
    json_object_set_new(report, name, json_pack("{s:s, s:s}", "evidence", k->evidence, "digest", k->digest));
}

/* What own rules call their classes, and built-in ones: people know them by that. */
static json_t *own_names(const yj_scan_own *own)
{
    json_t *names = json_object();
    for (size_t i = 0; own && i < YJ_SCAN_CLASS_COUNT_; i++)
        if (own->known[i].zh && own->known[i].en)
            json_object_set_new(names, yj_scan_class_name((yj_scan_class)i),
                                json_pack("{s:s, s:s}", "zh", own->known[i].zh, "en", own->known[i].en));
    for (size_t i = 0; own && i < own->count; i++)
        json_object_set_new(names, own->rule[i].id,
                            json_pack("{s:s, s:s}", "zh", own->rule[i].zh, "en", own->rule[i].en));
    return names;
}

static yj_status report_of(const scanning *x, json_t **ret, yj_error *err)
{
    json_t *v = yj_scan_attest_predicate(&x->attest, &x->sum);
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_object_set_new(v, "scanned", json_pack("{s:s}", "name", x->where.label));
    json_object_set(v, "found", x->found);
    json_object_set_new(v, "foundLeftOut", json_integer((json_int_t)x->found_left_out));
    json_object_set_new(v, "ownNames", own_names(x->own));
    *ret = v;
    return YJ_OK;
}

static yj_status keep(scanning *x, json_t *report, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf envelope;
    yj_kept_statement kept;
    yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX + 4096);
    YJ_TRY(yj_scan_attest_sign(&x->attest, &x->sum, x->r->ground->key, &envelope, err));
    YJ_TRY(go_on(x, err)); /* what is kept is not taken back */
    YJ_TRY(keep_list(x, &kept, err));
    set_kept(report, "inventory", &kept);
    YJ_TRY(keep_statement(x, yj_buf_view(&envelope), &kept, err));
    set_kept(report, "statement", &kept);
    return YJ_OK;
}

static yj_status run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    yj_auto(scanning_done) scanning x = {
        .r = r, .where = { .fd = -1 }, .rules = { .fd = -1 }, .list = -1, .sum = { .version = YJ_VERSION }
    };
    yj_auto(yj_json_freep) json_t *report = NULL;
    yj_jw w;
    if (!r->ground->places || !r->ground->key)
        return yj_fail(err, YJ_E_INVALID, "no place is named on this server");
    YJ_TRY(scan(&x, err));
    YJ_TRY(report_of(&x, &report, err));
    yj_status s = keep(&x, report, err);
    yj_jw_init(&w, result);
    yj_jw_json(&w, report);
    if (s == YJ_OK) { /* it is done, whatever was asked */
        yj_job_progress_files(r, x.far.files, x.far.files);
        yj_ignore(yj_job_progress(r, x.far.done, x.far.done, NULL));
    }
    return s;
}

const yj_job_work yj_work_scan = {
    .name = "scan",
    .label = { { [YJ_LANG_ZH] = yj_work_scan_zh, [YJ_LANG_EN] = YJ_WORK_SCAN_EN } },
    .members = "where inventory rules title",
    .guarded = true,
    .slow = true,
    .check = check,
    .run = run
};
