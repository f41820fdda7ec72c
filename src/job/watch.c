// SPDX-License-Identifier: Apache-2.0
/* What is seen of all jobs of the store, by whomever they are done: compared with what was seen last, it
 * tells what is new, what waits, and whose worker says nothing any more. Whether it does is measured here, by
 * how long its beat stays the same, so that no two machines' clocks are compared. */
#include "job/internal.h"

#include "base/log.h"
#include <stdlib.h>

#define OPEN_MAX 1000 /* that are looked at; those behind them wait anyway */
#define NEWEST_MAX 20 /* also those that came and ended between two looks */

int64_t yj_job_hold_number(const char *id)
{
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, id, strlen(id), &d);
    /* away from those of imports, which count from 1 */
    return INT64_C(0x40000000) | (int64_t)(d.b[0] & 0x3f) << 24 | (int64_t)d.b[1] << 16 |
           (int64_t)d.b[2] << 8 | d.b[3];
}

static const yj_job_seen *find(const yj_job_view *v, const char *id)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->row[i].id, id) == 0)
            return &v->row[i];
    return NULL;
}

static bool open_state(const yj_job_seen *x)
{
    return strcmp(x->state, "queued") == 0 || strcmp(x->state, "running") == 0;
}

static void copy(yj_stmt *st, int col, char *to, size_t size)
{
    yj_span s = yj_col_text(st, col);
    snprintf(to, size, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
}

static yj_status read_rows(yj_stmt *st, yj_job_view *v, size_t room, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || v->count == room)
            return YJ_OK;
        yj_job_seen x = { .inst = yj_col_i64(st, 1),
                          .done = yj_col_i64(st, 4),
                          .total = yj_col_i64(st, 5),
                          .beat = yj_col_i64(st, 6) };
        copy(st, 0, x.id, sizeof x.id);
        copy(st, 2, x.work, sizeof x.work);
        copy(st, 3, x.state, sizeof x.state);
        if (!find(v, x.id))
            v->row[v->count++] = x;
    }
}

#define COLUMNS "SELECT id, inst, work, state, done, total, beat FROM job WHERE "

static yj_status read_view(yj_db *db, yj_job_view *v, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *open = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *newest = NULL;
    v->row = calloc(OPEN_MAX + NEWEST_MAX, sizeof *v->row);
    if (!v->row)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_prepare(db, COLUMNS "ended = 0 AND state <> 'receiving' ORDER BY id LIMIT ?1", &open, err));
    yj_bind_i64(open, 1, OPEN_MAX);
    YJ_TRY(read_rows(open, v, OPEN_MAX, err));
    YJ_TRY(yj_db_prepare(db, COLUMNS "state <> 'receiving' ORDER BY id DESC LIMIT ?1", &newest, err));
    yj_bind_i64(newest, 1, NEWEST_MAX);
    return read_rows(newest, v, OPEN_MAX + NEWEST_MAX, err);
}

/* One that was open and is not seen any more has ended, or was forgotten. */
static yj_status read_gone(yj_db *db, const yj_job_view *before, yj_job_view *v, yj_error *err)
{
    for (size_t i = 0; i < before->count; i++) {
        const yj_job_seen *x = &before->row[i];
        if (!open_state(x) || find(v, x->id))
            continue;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(db, COLUMNS "id = ?1", &st, err));
        yj_bind_cstr(st, 1, x->id);
        YJ_TRY(read_rows(st, v, OPEN_MAX + NEWEST_MAX, err));
    }
    return YJ_OK;
}

static void tell(const yj_jobs *q, const yj_job_seen *x)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_jw w;
    yj_buf_init(&out, 4096);
    yj_jw_init(&w, &out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "id", x->id);
    yj_jw_kstr(&w, "work", x->work);
    yj_jw_kstr(&w, "state", x->state);
    yj_jw_ki64(&w, "done", x->done);
    yj_jw_ki64(&w, "total", x->total);
    yj_jw_end_object(&w);
    if (q->o.news && yj_buf_status(&out, NULL) == YJ_OK)
        q->o.news(q->o.ctx, x->inst, yj_buf_view(&out));
}

static bool differs(const yj_job_seen *a, const yj_job_seen *b)
{
    return strcmp(a->state, b->state) != 0 || a->done != b->done || a->total != b->total;
}

static bool is_dead(const yj_jobs *q, const yj_job_seen *x, int64_t now)
{
    int64_t quiet = now - x->since_ns;
    if (quiet > (int64_t)q->o.still_ms * 1000000)
        return true;
    if (quiet <= (int64_t)q->o.gone_ms * 1000000)
        return false;
    yj_auto(yj_hold_freep) yj_hold *h = NULL;
    return yj_hold_take(yj_engine_store(q->e), yj_job_hold_number(x->id), &h, NULL) == YJ_OK;
}

static void follow(yj_jobs *q, yj_job_view *v, bool *ret_queued)
{
    int64_t now = yj_monotonic_ns();
    for (size_t i = 0; i < v->count; i++) {
        yj_job_seen *x = &v->row[i];
        const yj_job_seen *was = find(&q->view, x->id);
        bool running = strcmp(x->state, "running") == 0;
        x->since_ns = was && was->beat == x->beat && strcmp(was->state, x->state) == 0 ? was->since_ns : now;
        if (q->view.looked && (!was || differs(was, x)))
            tell(q, x);
        *ret_queued |= strcmp(x->state, "queued") == 0;
        if (!running || yj_jobs_has(q, x->id) || !is_dead(q, x, now))
            continue;
        yj_error err = { 0 };
        if (yj_job_take_back(q->e, x->id, x->beat, &err) != YJ_OK)
            yj_log_error(YJ_LOG_WARN, "taking back a job", &err);
        else
            *ret_queued = true;
    }
}

yj_status yj_job_look(yj_jobs *q, bool *ret_queued, yj_error *err)
{
    yj_job_view v = { .row = NULL };
    yj_db *db = NULL;
    *ret_queued = false;
    YJ_TRY(yj_reader_take(q->e, &db, err));
    yj_status s = read_view(db, &v, err);
    if (s == YJ_OK)
        s = read_gone(db, &q->view, &v, err);
    yj_reader_give(q->e, db);
    if (s != YJ_OK) {
        free(v.row);
        return s;
    }
    follow(q, &v, ret_queued);
    v.looked = true;
    free(q->view.row);
    q->view = v;
    return YJ_OK;
}
