// SPDX-License-Identifier: Apache-2.0
/* Rows of table job. A job is taken under one lock for all servers; whoever has it is known by a token, and
 * writes nothing without it, so that one who was thought dead cannot end what another has begun. */
#include "job/internal.h"

#include "base/time.h"
#include <stdlib.h>

#define TAKE_LOCK INT64_C(0x796a6a6f62) /* "yjjob" */
#define RECEIVE_NS (3600 * YJ_NS_PER_S) /* files that are not whole by then never will be */
#define CONFIRM_NS (YJ_JOB_CONFIRM_HOURS * 3600 * YJ_NS_PER_S)

int64_t yj_job_now(void)
{
    return yj_clock_system().now_ns(NULL);
}

void yj_job_taken_done(yj_job_taken *t)
{
    free(t->work);
    free(t->by);
    free(t->witness);
    free(t->input);
    *t = (yj_job_taken){ .inst = 0 };
}

/* --- coming ----------------------------------------------------------------------------------- */

typedef struct insertion {
    const yj_job_order *o;
    const char *id, *input;
    bool waits;
} insertion;

static yj_status count_open(yj_db *db, int64_t inst, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT count(*) FROM job WHERE inst = ?1 AND ended = 0", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0);
    return YJ_OK;
}

static yj_status run_insert(yj_db *db, void *ctx, yj_error *err)
{
    const insertion *x = ctx;
    int64_t open = 0;
    YJ_TRY(count_open(db, x->o->inst, &open, err));
    if (open >= YJ_JOBS_OPEN_MAX)
        return yj_fail(err, YJ_E_BUSY,
                       "%d jobs of the institution wait or run; no more are taken until one has ended",
                       YJ_JOBS_OPEN_MAX);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO job(id, inst, work, by, state, done, total, created, started, heard, ended, "
        "beat, worker, attempts, cancel, input, result, error, error_en, error_zh) VALUES(?1, ?2, "
        "?3, ?4, ?5, 0, 0, ?6, 0, 0, 0, 0, '', 0, 0, ?7, '', '', '', '')",
        &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_i64(st, 2, x->o->inst);
    yj_bind_cstr(st, 3, x->o->work);
    yj_bind_cstr(st, 4, x->o->by);
    yj_bind_cstr(st, 5, x->waits ? "waiting" : x->o->file_count ? "receiving" : "queued");
    yj_bind_i64(st, 6, yj_job_now());
    yj_bind_cstr(st, 7, x->input);
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_received(yj_db *db, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db, "UPDATE job SET state = 'queued' WHERE id = ?1 AND state = 'receiving'", &st, err));
    yj_bind_cstr(st, 1, ctx);
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_drop(yj_db *db, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM job WHERE id = ?1 AND state = 'receiving'", &st, err));
    yj_bind_cstr(st, 1, ctx);
    YJ_TRY(yj_stmt_run(st, NULL, err));
    return yj_job_files_drop(db, ctx, err);
}

yj_status yj_job_insert(yj_engine *e, const yj_job_order *o, const char *input, bool waits,
                        char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_uuid7(yj_job_now(), ret_id);
    insertion x = { o, ret_id, input, waits };
    YJ_TRY(yj_engine_write(e, run_insert, &x, err));
    if (!o->file_count)
        return YJ_OK;
    yj_status s = yj_job_files_write(e, ret_id, o->files, o->file_count, err);
    if (s == YJ_OK)
        s = yj_engine_write(e, run_received, ret_id, err);
    if (s != YJ_OK)
        yj_ignore(yj_engine_write(e, run_drop, ret_id, NULL)); /* else it is swept later */
    return s;
}

/* --- taking ----------------------------------------------------------------------------------- */

typedef struct taking {
    yj_job_taken *t;
    const char *without;
    bool found;
} taking;

static char *text_of(yj_stmt *st, int col)
{
    yj_span s = yj_col_text(st, col);
    return strndup(s.ptr ? s.ptr : "", s.len);
}

static yj_status run_take(yj_db *db, void *ctx, yj_error *err)
{
    taking *x = ctx;
    yj_job_taken *t = x->t;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_job_taken_done(t); /* of a transaction that was tried in vain */
    x->found = false;
    YJ_TRY(yj_db_lock(db, TAKE_LOCK, err));
    char sql[2048];
    snprintf(
        sql, sizeof sql,
        "UPDATE job SET state = 'running', worker = ?1, started = ?2, heard = ?2, attempts = attempts + "
        "1, beat = beat + 1, done = 0, total = 0, files = 0, files_total = 0 WHERE id = (SELECT q.id "
        "FROM job q WHERE q.ended = 0 AND q.state = 'queued' AND (q.confirmed = 0 OR q.confirmed > ?3 OR "
        "q.heard > ?3) AND NOT EXISTS (SELECT 1 FROM job r WHERE r.ended = 0 AND r.state = "
        "'running' AND r.inst = q.inst AND r.work = q.work) %s%s%s ORDER BY q.id LIMIT 1) RETURNING id, "
        "inst, attempts, work, by, input, witness",
        x->without[0] ? "AND q.work NOT IN (" : "", x->without, x->without[0] ? ")" : "");
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_uuid7(yj_job_now(), t->token);
    yj_bind_cstr(st, 1, t->token);
    yj_bind_i64(st, 2, yj_job_now());
    yj_bind_i64(st, 3, yj_job_now() - CONFIRM_NS);
    YJ_TRY(yj_stmt_step(st, &x->found, err));
    if (!x->found)
        return YJ_OK;
    yj_span id = yj_col_text(st, 0);
    snprintf(t->id, sizeof t->id, "%.*s", (int)id.len, id.ptr);
    t->inst = yj_col_i64(st, 1);
    t->attempts = yj_col_i64(st, 2);
    t->work = text_of(st, 3);
    t->by = text_of(st, 4);
    t->input = text_of(st, 5);
    t->witness = text_of(st, 6);
    return t->work && t->by && t->input && t->witness ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

yj_status yj_job_take(yj_engine *e, const char *without, yj_job_taken *ret, bool *ret_found, yj_error *err)
{
    taking x = { .t = ret, .without = without };
    *ret = (yj_job_taken){ .inst = 0 };
    yj_status s = yj_engine_write(e, run_take, &x, err);
    *ret_found = s == YJ_OK && x.found;
    if (!*ret_found)
        yj_job_taken_done(ret);
    return s;
}

/* --- confirming ------------------------------------------------------------------------------- */

static yj_status read_waiting(yj_db *db, int64_t inst, const char *id, yj_job_taken *t, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT work, by, input, state, created FROM job WHERE inst = ?1 AND id = ?2 AND "
                         "state <> 'receiving'",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such job");
    if (!yj_span_is(yj_col_text(st, 3), "waiting"))
        return yj_fail(err, YJ_E_CONFLICT, "the job does not wait for a witness");
    if (yj_col_i64(st, 4) <= yj_job_now() - CONFIRM_NS)
        return yj_fail(err, YJ_E_CONFLICT, "it was not confirmed within %d hours; order it again",
                       YJ_JOB_CONFIRM_HOURS);
    t->inst = inst;
    t->work = text_of(st, 0);
    t->by = text_of(st, 1);
    t->input = text_of(st, 2);
    return t->work && t->by && t->input ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

yj_status yj_job_waiting(yj_engine *e, int64_t inst, const char *id, yj_job_taken *ret, yj_error *err)
{
    yj_db *db = NULL;
    *ret = (yj_job_taken){ .inst = 0 };
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = read_waiting(db, inst, id, ret, err);
    yj_reader_give(e, db);
    if (s != YJ_OK)
        yj_job_taken_done(ret);
    return s;
}

typedef struct confirming {
    const char *id, *witness;
} confirming;

static yj_status run_confirm(yj_db *db, void *ctx, yj_error *err)
{
    const confirming *x = ctx;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_lock(db, TAKE_LOCK, err));
    YJ_TRY(yj_db_prepare(db,
                         "UPDATE job SET state = 'queued', witness = ?2, confirmed = ?3 WHERE id = ?1 AND "
                         "state = 'waiting' AND by <> ?2 AND created > ?4 RETURNING inst",
                         &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_cstr(st, 2, x->witness);
    yj_bind_i64(st, 3, yj_job_now());
    yj_bind_i64(st, 4, yj_job_now() - CONFIRM_NS);
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? YJ_OK : yj_fail(err, YJ_E_CONFLICT, "the job does not wait for a witness");
}

yj_status yj_job_confirm(yj_engine *e, const char *id, const char *witness, yj_error *err)
{
    confirming x = { id, witness };
    return yj_engine_write(e, run_confirm, &x, err);
}

/* --- doing ------------------------------------------------------------------------------------ */

typedef struct beating {
    const char *id, *token;
    const yj_job_far *far;
    bool mine, cancel;
} beating;

/* Four parameters, from `from` on. */
static void bind_far(yj_stmt *st, int from, const yj_job_far *f)
{
    yj_bind_i64(st, from, (int64_t)f->done);
    yj_bind_i64(st, from + 1, (int64_t)f->total);
    yj_bind_i64(st, from + 2, (int64_t)f->files);
    yj_bind_i64(st, from + 3, (int64_t)f->files_total);
}

static yj_status run_beat(yj_db *db, void *ctx, yj_error *err)
{
    beating *x = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "UPDATE job SET beat = beat + 1, heard = ?3, done = ?4, total = ?5, files = ?6, "
                      "files_total = ?7 WHERE id = ?1 AND worker = ?2 AND state = 'running' RETURNING cancel",
                      &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_cstr(st, 2, x->token);
    yj_bind_i64(st, 3, yj_job_now());
    bind_far(st, 4, x->far);
    YJ_TRY(yj_stmt_step(st, &x->mine, err));
    x->cancel = x->mine && yj_col_i64(st, 0) != 0;
    return YJ_OK;
}

yj_status yj_job_beat(yj_engine *e, const char *id, const char *token, const yj_job_far *far, bool *ret_mine,
                      bool *ret_cancel, yj_error *err)
{
    beating x = { .id = id, .token = token, .far = far };
    YJ_TRY(yj_engine_write(e, run_beat, &x, err));
    *ret_mine = x.mine;
    *ret_cancel = x.cancel;
    return YJ_OK;
}

/* --- ending ----------------------------------------------------------------------------------- */

typedef struct ending {
    const char *id, *token;
    const yj_job_end *end;
} ending;

static yj_status run_put_back(yj_db *db, void *ctx, yj_error *err)
{
    const ending *x = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE job SET state = CASE WHEN cancel = 1 THEN 'cancelled' ELSE 'queued' END, ended = "
        "CASE WHEN cancel = 1 THEN heard ELSE 0 END, worker = '', attempts = attempts - 1, done = "
        "0, total = 0, files = 0, files_total = 0 WHERE id = ?1 AND worker = ?2 AND state = 'running'",
        &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_cstr(st, 2, x->token);
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_finish(yj_db *db, void *ctx, yj_error *err)
{
    const ending *x = ctx;
    const yj_error *why = x->end->error;
    bool mine = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE job SET state = ?3, worker = '', ended = ?4, heard = ?4, done = ?5, total = ?6, files = ?7, "
        "files_total = ?8, result = ?9, error = ?10, error_en = ?11, error_zh = ?12 WHERE id = ?1 AND worker "
        "= ?2 AND "
        "state = 'running' RETURNING inst",
        &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_cstr(st, 2, x->token);
    yj_bind_cstr(st, 3, x->end->state);
    yj_bind_i64(st, 4, yj_job_now());
    bind_far(st, 5, &x->end->far);
    yj_bind_cstr(st, 9, x->end->result);
    yj_bind_cstr(st, 10, why ? yj_status_slug(why->code) : "");
    yj_bind_cstr(st, 11, why ? why->msg : "");
    yj_bind_cstr(st, 12, why ? yj_error_text(why, YJ_LANG_ZH) : "");
    YJ_TRY(yj_stmt_step(st, &mine, err));
    return mine ? yj_job_files_drop(db, x->id, err) : YJ_OK;
}

yj_status yj_job_finish(yj_engine *e, const char *id, const char *token, const yj_job_end *end, yj_error *err)
{
    ending x = { id, token, end };
    bool back = strcmp(end->state, "queued") == 0;
    return yj_engine_write(e, back ? run_put_back : run_finish, &x, err);
}

typedef struct death {
    const char *id;
    int64_t beat;
} death;

/* As its worker would have done it, had it seen the end coming. */
static yj_status run_take_back(yj_db *db, void *ctx, yj_error *err)
{
    const death *x = ctx;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_lock(db, TAKE_LOCK, err));
    YJ_TRY(yj_db_prepare(
        db, "SELECT worker, attempts, cancel FROM job WHERE id = ?1 AND beat = ?2 AND state = 'running'", &st,
        err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_i64(st, 2, x->beat);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return YJ_OK;
    yj_span worker = yj_col_text(st, 0);
    char token[YJ_JOB_TOKEN_LEN + 1];
    snprintf(token, sizeof token, "%.*s", (int)worker.len, worker.ptr);
    int64_t attempts = yj_col_i64(st, 1);
    yj_error why = { 0 };
    yj_job_end end = { .state = yj_col_i64(st, 2) ? "cancelled" : "failed", .result = "" };
    ending e = { x->id, token, &end };
    if (!yj_col_i64(st, 2) && attempts < YJ_JOB_ATTEMPTS_MAX) {
        yj_auto(yj_stmt_donep) yj_stmt *up = NULL;
        YJ_TRY(yj_db_prepare(
            db,
            "UPDATE job SET state = 'queued', worker = '', beat = beat + 1, done = 0, total = 0, files = 0, "
            "files_total = 0 WHERE id = ?1",
            &up, err));
        yj_bind_cstr(up, 1, x->id);
        return yj_stmt_run(up, NULL, err);
    }
    if (!yj_col_i64(st, 2)) {
        yj_fail(&why, YJ_E_IO, "it was begun %d times, and each time the server that did it ended",
                (int)attempts);
        end.error = &why;
    }
    return run_finish(db, &e, err);
}

yj_status yj_job_take_back(yj_engine *e, const char *id, int64_t beat, yj_error *err)
{
    death x = { id, beat };
    return yj_engine_write(e, run_take_back, &x, err);
}

/* --- stopping --------------------------------------------------------------------------------- */

typedef struct stopping {
    int64_t inst;
    const char *id;
} stopping;

static yj_status run_ask(yj_db *db, void *ctx, yj_error *err)
{
    const stopping *x = ctx;
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_lock(db, TAKE_LOCK, err));
    YJ_TRY(yj_db_prepare(
        db, "SELECT state, ended FROM job WHERE inst = ?1 AND id = ?2 AND state <> 'receiving'", &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_cstr(st, 2, x->id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such job");
    if (yj_col_i64(st, 1))
        return yj_fail(err, YJ_E_CONFLICT, "the job has ended already");
    bool runs = yj_span_is(yj_col_text(st, 0), "running");
    yj_auto(yj_stmt_donep) yj_stmt *up = NULL;
    if (runs)
        YJ_TRY(yj_db_prepare(db, "UPDATE job SET cancel = 1 WHERE id = ?1", &up, err));
    else
        YJ_TRY(yj_db_prepare(db, "UPDATE job SET cancel = 1, state = 'cancelled', ended = ?2 WHERE id = ?1",
                             &up, err));
    yj_bind_cstr(up, 1, x->id);
    if (!runs)
        yj_bind_i64(up, 2, yj_job_now());
    YJ_TRY(yj_stmt_run(up, NULL, err));
    return runs ? YJ_OK : yj_job_files_drop(db, x->id, err);
}

yj_status yj_job_ask_to_stop(yj_engine *e, int64_t inst, const char *id, yj_error *err)
{
    stopping x = { inst, id };
    return yj_engine_write(e, run_ask, &x, err);
}

/* --- forgetting ------------------------------------------------------------------------------- */

/* Nobody confirmed it, or nobody began what was confirmed: it is not to be done any more. What was begun in
 * time and interrupted goes on. */
static yj_status let_expire(yj_db *db, int64_t now, yj_error *err)
{
    yj_error why = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_fail(&why, YJ_E_CONFLICT, "it was not confirmed, or not begun, within %d hours; order it again",
            YJ_JOB_CONFIRM_HOURS);
    YJ_TRY(yj_db_lock(db, TAKE_LOCK, err));
    YJ_TRY(yj_db_prepare(db,
                         "UPDATE job SET state = 'failed', ended = ?1, error = ?3, error_en = ?4, error_zh = "
                         "?5 WHERE ended = 0 AND ((state = 'waiting' AND created <= ?2) OR (state = 'queued' "
                         "AND confirmed > 0 AND confirmed <= ?2 AND heard <= ?2))",
                         &st, err));
    yj_bind_i64(st, 1, now);
    yj_bind_i64(st, 2, now - CONFIRM_NS);
    yj_bind_cstr(st, 3, yj_status_slug(why.code));
    yj_bind_cstr(st, 4, why.msg);
    yj_bind_cstr(st, 5, yj_error_text(&why, YJ_LANG_ZH));
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_sweep(yj_db *db, void *ctx, yj_error *err)
{
    int64_t now = yj_job_now();
    YJ_TRY(let_expire(db, now, err));
    yj_auto(yj_stmt_donep) yj_stmt *old = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *torn = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *files = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM job WHERE ended > 0 AND ended < ?1", &old, err));
    yj_bind_i64(old, 1, now - YJ_JOBS_KEPT_DAYS * 86400 * YJ_NS_PER_S);
    YJ_TRY(yj_stmt_run(old, NULL, err));
    YJ_TRY(yj_db_prepare(db, "DELETE FROM job WHERE state = 'receiving' AND created < ?1", &torn, err));
    yj_bind_i64(torn, 1, now - RECEIVE_NS);
    YJ_TRY(yj_stmt_run(torn, NULL, err));
    YJ_TRY(yj_db_prepare(
        db,
        "DELETE FROM job_file WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.id = job_file.job AND "
        "j.ended = 0)",
        &files, err));
    return yj_stmt_run(files, NULL, err);
}

yj_status yj_job_sweep(yj_engine *e, yj_error *err)
{
    return yj_engine_write(e, run_sweep, NULL, err);
}
