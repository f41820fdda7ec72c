// SPDX-License-Identifier: Apache-2.0
/* Jobs: each done once, by whatever server; stopped, put back, taken over; told while they go on. */
#include "engine_test.h"

#include "job/job.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PATIENCE_MS 60000

/* --- works for tests -------------------------------------------------------------------------- */

static atomic_int ran[64];       /* how often each number was done */
static atomic_int at_once, most; /* works that run */
static atomic_bool go;           /* "wait" ends well */

static yj_status count_run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    int64_t n = json_integer_value(json_object_get(r->input, "n"));
    atomic_fetch_add(&ran[n], 1);
    yj_buf_fmt(result, "{\"n\":%lld}", (long long)n);
    return yj_job_progress(r, 1, 1, err);
}

static void pause_ms(long ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    (void)nanosleep(&t, NULL);
}

static yj_status wait_run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    int now = atomic_fetch_add(&at_once, 1) + 1;
    if (now > atomic_load(&most))
        atomic_store(&most, now);
    yj_status s = YJ_OK;
    for (uint64_t i = 1; s == YJ_OK && !atomic_load(&go); i++) {
        s = yj_job_progress(r, i, 1000000, err);
        pause_ms(2);
    }
    atomic_fetch_sub(&at_once, 1);
    yj_buf_str(result, "\"waited\"");
    return s;
}

static yj_status fail_run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no such job");
}

static const yj_job_work count_work = {
    .name = "count", .label = { { "数", "Count" } }, .members = "n", .run = count_run
};
static const yj_job_work wait_work = {
    .name = "wait", .label = { { "等", "Wait" } }, .members = "", .run = wait_run
};
static const yj_job_work fail_work = {
    .name = "fail", .label = { { "败", "Fail" } }, .members = "", .run = fail_run
};
static const yj_job_work crawl_work = {
    .name = "crawl", .label = { { "爬", "Crawl" } }, .members = "", .slow = true, .run = wait_run
};
static const yj_job_work creep_work = {
    .name = "creep", .label = { { "蠕", "Creep" } }, .members = "", .slow = true, .run = wait_run
};
static const yj_job_work *const works[] = { &yj_work_import, &yj_work_verify, &count_work, &wait_work,
                                            &fail_work,      &crawl_work,     &creep_work };

/* --- what is told ----------------------------------------------------------------------------- */

typedef struct heard {
    pthread_mutex_t lock;
    yj_buf lines;
} heard;

static void hear(void *ctx, int64_t inst, yj_span json)
{
    heard *h = ctx;
    pthread_mutex_lock(&h->lock);
    yj_buf_fmt(&h->lines, "%.*s\n", (int)json.len, json.ptr);
    pthread_mutex_unlock(&h->lock);
}

/* Whether, sooner or later, so many lines with the words have been heard. */
static bool is_heard(heard *h, const char *words, int wanted)
{
    for (int i = 0; i < PATIENCE_MS / 5; i++) {
        int told = 0;
        pthread_mutex_lock(&h->lock);
        for (const char *at = h->lines.len ? h->lines.ptr : ""; (at = strstr(at, words)); at++)
            told++;
        pthread_mutex_unlock(&h->lock);
        if (told >= wanted)
            return true;
        pause_ms(5);
    }
    return false;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static yj_jobs *start_on(yj_engine *e, heard *h)
{
    yj_error err = { 0 };
    yj_jobs *q = NULL;
    yj_jobs_options o = { .works = works,
                          .work_count = YJ_COUNT(works),
                          .news = h ? hear : NULL,
                          .ctx = h,
                          .look_ms = 20,
                          .beat_ms = 60,
                          .gone_ms = 400,
                          .still_ms = 1500 };
    yj_ok(yj_jobs_start(e, &o, &q, &err));
    return q;
}

static yj_status order(bench *b, yj_jobs *q, const char *work, const char *input, const yj_import_file *files,
                       size_t count, char id[static YJ_UUID_LEN + 1], yj_error *err)
{
    json_t *in = NULL;
    assert_int_equal(yj_json_parse(yj_span_of(input), 4096, &in, err), YJ_OK);
    yj_job_order o = { .inst = b->inst.inst,
                       .by = yj_engine_operator(b->e),
                       .work = work,
                       .input = in,
                       .files = files,
                       .file_count = count };
    yj_status s = yj_jobs_add(q, &o, id, err);
    json_decref(in);
    return s;
}

static json_t *shown(bench *b, yj_jobs *q, const char *id)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    yj_buf_init(&out, 16 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_job_show(q, db, b->c, b->inst.inst, id, &out, &err));
    yj_reader_give(b->e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), 16 << 20, &v, &err));
    yj_buf_done(&out);
    return v;
}

static const char *text(const json_t *v, const char *key)
{
    const char *s = json_string_value(json_object_get(v, key));
    return s ? s : "";
}

static int64_t number(const json_t *v, const char *key)
{
    return json_is_integer(json_object_get(v, key)) ? json_integer_value(json_object_get(v, key)) : -1;
}

/* Wait until the job is in the state; what is shown of it then. */
static json_t *wait_state(bench *b, yj_jobs *q, const char *id, const char *state)
{
    for (int i = 0; i < PATIENCE_MS / 5; i++) {
        json_t *v = shown(b, q, id);
        if (strcmp(text(v, "state"), state) == 0)
            return v;
        if (number(v, "done") >= 0 && strcmp(text(v, "state"), "failed") == 0)
            fail_msg("failed: %s", text(json_object_get(json_object_get(v, "error"), "message"), "en"));
        json_decref(v);
        pause_ms(5);
    }
    fail_msg("the job is never %s", state);
    return NULL;
}

/* Wait until the job runs no more. */
static json_t *wait_end(bench *b, yj_jobs *q, const char *id)
{
    for (int i = 0; i < PATIENCE_MS / 5; i++) {
        json_t *v = shown(b, q, id);
        if (strcmp(text(v, "state"), "queued") != 0 && strcmp(text(v, "state"), "running") != 0)
            return v;
        json_decref(v);
        pause_ms(5);
    }
    fail_msg("the job never ends");
    return NULL;
}

static char *vendors(size_t first, size_t rows)
{
    yj_buf csv;
    yj_buf_init(&csv, 64 << 20);
    yj_buf_str(&csv, "name,country,contact\n");
    for (size_t i = first; i < first + rows; i++)
        yj_buf_fmt(&csv, "供应商%zu,cn,%0180zu\n", i, i);
    return csv.ptr;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void import__comes_from_its_files(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    yj_jobs *q = start_on(b.e, NULL);
    /* more than one part of a file */
    char *text_of = vendors(0, 3000);
    assert_true(strlen(text_of) > (size_t)512 << 10);
    yj_import_file files[] = { { .name = "vendor.csv", .content = yj_span_of(text_of) },
                               { .name = "service.csv",
                                 .content = YJ_SPAN("code,title,vendor\nS1,一,供应商2999\n") } };
    yj_ok(order(&b, q, "import", "{\"dry_run\":true}", files, 2, id, &err));
    json_t *v = wait_state(&b, q, id, "done");
    assert_int_equal(number(json_object_get(v, "result"), "created"), 3001);
    assert_int_equal(number(v, "done"), 3001);
    assert_int_equal(number(v, "total"), 3001);
    assert_string_equal(text(json_object_get(v, "label"), "zh"), "导入台账");
    assert_string_equal(text(json_object_get(v, "label"), "en"), "Import of registers");
    assert_true(json_is_true(json_object_get(v, "operator")));
    assert_true(json_is_null(json_object_get(v, "error")));
    json_decref(v);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 0);
    yj_ok(order(&b, q, "import", "{}", files, 2, id, &err));
    json_decref(wait_state(&b, q, id, "done"));
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), 3000);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM job_file"), 0);
    free(text_of);
    yj_jobs_stop(q);
    bench_close(&b);
}

static void verify__tells_whether_the_ledger_holds(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    bench_put(&b, "vendor", "{\"name\":\"云甲\"}");
    yj_ok(yj_engine_settle(b.e, 60000, &err));
    yj_jobs *q = start_on(b.e, NULL);
    yj_ok(order(&b, q, "verify", "{}", NULL, 0, id, &err));
    json_t *v = wait_state(&b, q, id, "done");
    assert_true(json_is_true(json_object_get(json_object_get(v, "result"), "ok")));
    assert_int_equal(number(v, "done"), number(json_object_get(v, "result"), "size"));
    json_decref(v);
    /* one that does not hold is a result as well */
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(b.t, YJ_DB_WRITE);
    assert_true(bench_rewrite(db, "云甲", "云乙") > 0);
    yj_ok(order(&b, q, "verify", "{}", NULL, 0, id, &err));
    v = wait_state(&b, q, id, "done");
    assert_true(json_is_false(json_object_get(json_object_get(v, "result"), "ok")));
    assert_true(number(json_object_get(v, "result"), "bad_entry") > 0);
    assert_true(json_is_string(json_object_get(json_object_get(json_object_get(v, "result"), "what"), "zh")));
    json_decref(v);
    yj_jobs_stop(q);
    bench_close(&b);
}

static void failure__has_its_reason_in_both_languages(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    yj_jobs *q = start_on(b.e, NULL);
    yj_ok(order(&b, q, "fail", "{}", NULL, 0, id, &err));
    json_t *v = NULL;
    for (int i = 0; i < 2000 && (!v || !number(v, "ended") || strcmp(text(v, "state"), "failed") != 0); i++) {
        json_decref(v);
        pause_ms(5);
        v = shown(&b, q, id);
    }
    const json_t *e = json_object_get(v, "error");
    assert_string_equal(text(v, "state"), "failed");
    assert_string_equal(text(e, "code"), "not_found");
    assert_string_equal(text(json_object_get(e, "message"), "en"), "there is no such job");
    assert_string_equal(text(json_object_get(e, "message"), "zh"), "没有该任务");
    json_decref(v);
    /* an import tells every row */
    yj_import_file bad = { .name = "vendor.csv", .content = YJ_SPAN("name,country\na,mars\nb,moon\n") };
    yj_ok(order(&b, q, "import", "{}", &bad, 1, id, &err));
    v = NULL;
    for (int i = 0; i < 2000 && (!v || strcmp(text(v, "state"), "failed") != 0); i++) {
        json_decref(v);
        pause_ms(5);
        v = shown(&b, q, id);
    }
    const json_t *problems = json_object_get(json_object_get(v, "result"), "problems");
    assert_int_equal(json_array_size(problems), 2);
    assert_int_equal(number(json_array_get(problems, 1), "line"), 3);
    assert_int_equal(number(json_array_get(problems, 1), "row"), 2);
    assert_string_equal(text(json_object_get(v, "error"), "code"), "invalid_request");
    json_decref(v);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM job_file"), 0);
    yj_jobs_stop(q);
    bench_close(&b);
}

static void wrong__orders_are_refused(void **state)
{
    bench b;
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    yj_jobs *q = start_on(b.e, NULL);
    static const struct {
        const char *work, *input, *field;
        size_t files;
    } rows[] = { { "nothing", "{}", "work", 0 },
                 { "verify", "{\"n\":1}", "n", 0 },
                 { "verify", "{}", "", 1 },
                 { "import", "{}", "work", 0 },
                 { "import", "{\"dry_run\":1}", "dry_run", 1 } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_error err = { 0 };
        yj_import_file file = { .name = "vendor.csv", .content = YJ_SPAN("name\nx\n") };
        assert_int_equal(order(&b, q, rows[i].work, rows[i].input, &file, rows[i].files, id, &err),
                         YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_true(err.msg_zh[0] != '\0');
    }
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM job"), 0);
    assert_int_equal(bench_number(&b, "SELECT count(*) FROM job_file"), 0);
    yj_error err = { 0 };
    assert_int_equal(yj_jobs_cancel(q, b.inst.inst, "nobody", &err), YJ_E_NOT_FOUND);
    yj_jobs_stop(q);
    bench_close(&b);
}

static void several__servers_do_each_once(void **state)
{
    bench b;
    yj_error err = { 0 };
    enum { JOBS = 40 };
    char id[JOBS][YJ_UUID_LEN + 1], input[32];
    bench_open(&b, state);
    for (int i = 0; i < JOBS; i++)
        atomic_store(&ran[i], 0);
    yj_engine *other = NULL;
    yj_ok(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &other, &err));
    yj_jobs *q[2] = { start_on(b.e, NULL), start_on(other, NULL) };
    for (int i = 0; i < JOBS; i++) {
        snprintf(input, sizeof input, "{\"n\":%d}", i);
        yj_ok(order(&b, q[i % 2], "count", input, NULL, 0, id[i], &err));
    }
    for (int i = 0; i < JOBS; i++) {
        json_t *v = wait_state(&b, q[0], id[i], "done");
        assert_int_equal(number(json_object_get(v, "result"), "n"), i);
        assert_int_equal(number(v, "attempts"), 1);
        json_decref(v);
        assert_int_equal(atomic_load(&ran[i]), 1);
    }
    /* newest first, by pages */
    yj_db *db = NULL;
    yj_buf out;
    json_t *v = NULL;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_reader_take(b.e, &db, &err));
    yj_ok(yj_job_list(q[0], db, b.c, b.inst.inst, "done", NULL, 30, &out, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), 1 << 20, &v, &err));
    assert_int_equal(json_array_size(json_object_get(v, "items")), 30);
    char next[YJ_UUID_LEN + 1];
    snprintf(next, sizeof next, "%s", text(v, "next"));
    json_decref(v);
    yj_buf_clear(&out);
    yj_ok(yj_job_list(q[0], db, b.c, b.inst.inst, NULL, next, 30, &out, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), 1 << 20, &v, &err));
    assert_int_equal(json_array_size(json_object_get(v, "items")), 10);
    assert_true(json_is_null(json_object_get(v, "next")));
    json_decref(v);
    yj_buf_clear(&out);
    yj_ok(yj_job_list(q[0], db, b.c, b.inst.inst, "failed", NULL, 30, &out, &err));
    assert_string_equal(out.ptr, "{\"items\":[],\"next\":null}");
    yj_reader_give(b.e, db);
    yj_buf_done(&out);
    yj_jobs_stop(q[0]);
    yj_jobs_stop(q[1]);
    yj_engine_close(other);
    bench_close(&b);
}

static void cancelled__whether_it_waits_or_runs(void **state)
{
    bench b;
    yj_error err = { 0 };
    char first[YJ_UUID_LEN + 1], second[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    atomic_store(&go, false);
    atomic_store(&most, 0);
    yj_jobs *q = start_on(b.e, NULL);
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, first, &err));
    json_decref(wait_state(&b, q, first, "running"));
    /* the same work is not done twice at once for one institution */
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, second, &err));
    pause_ms(100);
    assert_int_equal(atomic_load(&most), 1);
    yj_ok(yj_jobs_cancel(q, b.inst.inst, second, &err));
    json_t *v = shown(&b, q, second);
    assert_string_equal(text(v, "state"), "cancelled");
    assert_true(json_is_null(json_object_get(v, "started")));
    json_decref(v);
    yj_ok(yj_jobs_cancel(q, b.inst.inst, first, &err));
    v = wait_state(&b, q, first, "cancelled");
    assert_true(json_is_null(json_object_get(v, "error")));
    assert_true(json_is_null(json_object_get(v, "result")));
    assert_true(json_is_false(json_object_get(v, "cancelling")));
    json_decref(v);
    assert_int_equal(yj_jobs_cancel(q, b.inst.inst, first, &err), YJ_E_CONFLICT);
    assert_int_equal(yj_jobs_cancel(q, b.inst.inst + 1, first, &err), YJ_E_NOT_FOUND);
    yj_jobs_stop(q);
    bench_close(&b);
}

/* Nothing of an import that was stopped is there afterwards. It may be through before the word arrives: then
 * a longer one follows. */
static void cancelled__import_is_undone(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    yj_jobs *q = start_on(b.e, NULL);
    bool stopped = false;
    int64_t before = 0;
    for (size_t rows = 10000; !stopped; rows *= 2) {
        assert_true(rows <= 100000);
        char *csv = vendors((size_t)before, rows);
        yj_import_file file = { .name = "vendor.csv", .content = yj_span_of(csv) };
        yj_ok(order(&b, q, "import", "{}", &file, 1, id, &err));
        for (int i = 0; i < PATIENCE_MS / 5; i++) {
            if (bench_number(&b, "SELECT count(*) FROM r_vendor") > before)
                break;
            pause_ms(5);
        }
        /* by the other server's hand: its worker learns of it from the store */
        yj_auto(yj_db_freep) yj_db *db = yj_test_db(b.t, YJ_DB_WRITE);
        yj_ok(yj_db_script(db, "UPDATE job SET cancel = 1", &err));
        json_t *v = wait_end(&b, q, id);
        stopped = strcmp(text(v, "state"), "cancelled") == 0;
        if (!stopped) {
            assert_string_equal(text(v, "state"), "done");
            before += (int64_t)rows;
        }
        assert_int_equal(bench_number(&b, "SELECT count(*) FROM r_vendor"), before);
        assert_int_equal(bench_number(&b, "SELECT count(*) FROM open_batch"), 0);
        assert_int_equal(bench_number(&b, "SELECT count(*) FROM job_file"), 0);
        json_decref(v);
        free(csv);
    }
    yj_jobs_stop(q);
    bench_close(&b);
}

static void stopped__server_puts_it_back(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    atomic_store(&go, false);
    yj_jobs *q = start_on(b.e, NULL);
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, id, &err));
    json_decref(wait_state(&b, q, id, "running"));
    yj_jobs_stop(q);
    char *rows = bench_rows(&b, "SELECT state, attempts, done, worker FROM job");
    assert_string_equal(rows, "queued|0|0|\n");
    free(rows);
    atomic_store(&go, true);
    q = start_on(b.e, NULL);
    json_t *v = wait_state(&b, q, id, "done");
    assert_int_equal(number(v, "attempts"), 1);
    json_decref(v);
    yj_jobs_stop(q);
    bench_close(&b);
}

/* What a server leaves that died: a job that runs, and nobody who says so. */
static void leave_dead(bench *b, const char *id, int attempts, int cancel)
{
    yj_error err = { 0 };
    char sql[320];
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(b->t, YJ_DB_WRITE);
    snprintf(
        sql, sizeof sql,
        "UPDATE job SET state = 'running', worker = 'dead', attempts = %d, cancel = %d, beat = 7, done = 5 "
        "WHERE id = '%s'",
        attempts, cancel, id);
    yj_ok(yj_db_script(db, sql, &err));
}

static void dead__server_is_followed_by_another(void **state)
{
    bench b;
    yj_error err = { 0 };
    char again[YJ_UUID_LEN + 1], often[YJ_UUID_LEN + 1], unwanted[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    atomic_store(&go, false);
    /* a server whose only worker is busy, so that the three stay in the queue */
    yj_jobs *q = start_on(b.e, NULL);
    char block[2][YJ_UUID_LEN + 1];
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, block[0], &err));
    json_decref(wait_state(&b, q, block[0], "running"));
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, again, &err));
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, often, &err));
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, unwanted, &err));
    atomic_store(&go, true);
    yj_jobs_stop(q); /* whether the first was done or put back */
    leave_dead(&b, again, 1, 0);
    leave_dead(&b, often, YJ_JOB_ATTEMPTS_MAX, 0);
    leave_dead(&b, unwanted, 1, 1);
    q = start_on(b.e, NULL);
    json_t *v = wait_state(&b, q, again, "done");
    assert_int_equal(number(v, "attempts"), 2);
    json_decref(v);
    json_decref(wait_state(&b, q, unwanted, "cancelled"));
    v = NULL;
    for (int i = 0; i < 2000 && (!v || strcmp(text(v, "state"), "failed") != 0); i++) {
        json_decref(v);
        pause_ms(5);
        v = shown(&b, q, often);
    }
    assert_non_null(strstr(text(json_object_get(json_object_get(v, "error"), "message"), "en"), "3 times"));
    assert_non_null(strstr(text(json_object_get(json_object_get(v, "error"), "message"), "zh"), "3 次"));
    json_decref(v);
    yj_jobs_stop(q);
    bench_close(&b);
}

/* One that lives but was thought dead writes nothing any more, and is told to end. */
static void lost__job_is_left_alone(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    atomic_store(&go, false);
    yj_jobs *q = start_on(b.e, NULL);
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, id, &err));
    json_decref(wait_state(&b, q, id, "running"));
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(b.t, YJ_DB_WRITE);
    yj_ok(yj_db_script(db, "UPDATE job SET worker = 'another', result = '\"mine\"'", &err));
    for (int i = 0; i < 2000 && atomic_load(&at_once) > 0; i++)
        pause_ms(5);
    assert_int_equal(atomic_load(&at_once), 0);
    char *rows = bench_rows(&b, "SELECT worker, result FROM job");
    assert_string_equal(rows, "another|\"mine\"\n");
    free(rows);
    yj_jobs_stop(q);
    bench_close(&b);
}

static void progress__is_told_as_it_goes(void **state)
{
    bench b;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    heard h = { .lock = PTHREAD_MUTEX_INITIALIZER };
    bench_open(&b, state);
    atomic_store(&go, false);
    yj_buf_init(&h.lines, 16 << 20);
    /* told by a server that does nothing of it itself */
    yj_engine *other = NULL;
    yj_ok(yj_engine_open(b.data, &(yj_open_options){ .no_judge = true }, &other, &err));
    yj_jobs *q = start_on(b.e, NULL), *ear = NULL;
    yj_jobs_options o = {
        .works = works, .work_count = 1, .threads = 1, .news = hear, .ctx = &h, .look_ms = 20
    };
    yj_ok(order(&b, q, "wait", "{}", NULL, 0, id, &err));
    json_decref(wait_state(&b, q, id, "running"));
    yj_ok(yj_jobs_start(other, &o, &ear, &err));
    int64_t last = 0;
    for (int seen = 0; seen < 3;) {
        json_t *v = shown(&b, q, id);
        if (number(v, "done") > last) {
            last = number(v, "done");
            seen++;
        }
        assert_true(last == 0 || number(v, "total") == 1000000);
        json_decref(v);
        pause_ms(5);
    }
    assert_true(is_heard(&h, "\"state\":\"running\"", 2));
    atomic_store(&go, true);
    json_decref(wait_state(&b, q, id, "done"));
    assert_true(is_heard(&h, "\"state\":\"done\"", 1));
    yj_jobs_stop(ear);
    assert_non_null(strstr(h.lines.ptr, id));
    yj_jobs_stop(q);
    yj_engine_close(other);
    yj_buf_done(&h.lines);
    bench_close(&b);
}

static void slow__works_leave_a_thread_free(void **state)
{
    bench b;
    yj_error err = { 0 };
    char first[YJ_UUID_LEN + 1], second[YJ_UUID_LEN + 1], quick[YJ_UUID_LEN + 1];
    bench_open(&b, state);
    atomic_store(&go, false);
    yj_jobs *q = start_on(b.e, NULL); /* two threads */
    yj_ok(order(&b, q, "crawl", "{}", NULL, 0, first, &err));
    json_decref(wait_state(&b, q, first, "running"));
    yj_ok(order(&b, q, "creep", "{}", NULL, 0, second, &err));
    yj_ok(order(&b, q, "count", "{\"n\":63}", NULL, 0, quick, &err));
    json_decref(wait_state(&b, q, quick, "done"));
    json_t *v = shown(&b, q, second);
    assert_string_equal(text(v, "state"), "queued");
    json_decref(v);
    atomic_store(&go, true);
    json_decref(wait_state(&b, q, first, "done"));
    json_decref(wait_state(&b, q, second, "done"));
    yj_jobs_stop(q);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(import__comes_from_its_files),
        yj_test_stores(verify__tells_whether_the_ledger_holds),
        yj_test_stores(failure__has_its_reason_in_both_languages),
        yj_test_stores(wrong__orders_are_refused),
        yj_test_stores(several__servers_do_each_once),
        yj_test_stores(cancelled__whether_it_waits_or_runs),
        yj_test_stores(cancelled__import_is_undone),
        yj_test_stores(stopped__server_puts_it_back),
        yj_test_stores(dead__server_is_followed_by_another),
        yj_test_stores(lost__job_is_left_alone),
        yj_test_stores(progress__is_told_as_it_goes),
        yj_test_stores(slow__works_leave_a_thread_free),
    };
    return cmocka_run_group_tests_name("job_queue", tests, NULL, NULL);
}
