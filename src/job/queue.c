// SPDX-License-Identifier: Apache-2.0
/*
 * The threads of a server's queue. Workers take jobs and do them, one each. One watcher looks at the store
 * twice a second: it says for the workers that they live and how far they are, so that no work waits for a
 * commit; learns whom somebody wants to stop; wakes the workers if jobs wait; tells what is new; takes back
 * what is dead.
 */
#include "job/internal.h"

#include "base/log.h"
#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE 5           /* on a busy machine requests come first */
#define SWEEP_EVERY 7200 /* looks */

bool yj_jobs_has(yj_jobs *q, const char *id)
{
    bool has = false;
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < q->slot_count; i++)
        has |= q->slot[i].busy && strcmp(q->slot[i].id, id) == 0;
    pthread_mutex_unlock(&q->lock);
    return has;
}

const yj_job_ground *yj_jobs_ground(const yj_jobs *q)
{
    static const yj_job_ground none = { .places = NULL };
    return q->o.ground ? q->o.ground : &none;
}

const yj_job_work *yj_jobs_work(const yj_jobs *q, const char *name)
{
    for (size_t i = 0; i < q->o.work_count; i++)
        if (strcmp(q->o.works[i]->name, name) == 0)
            return q->o.works[i];
    return NULL;
}

yj_status yj_job_progress(yj_job_run *r, uint64_t done, uint64_t total, yj_error *err)
{
    atomic_store_explicit(&r->slot->done, done, memory_order_relaxed);
    atomic_store_explicit(&r->slot->total, total, memory_order_relaxed);
    switch ((yj_job_stop)atomic_load(&r->slot->stop)) {
    case YJ_JOB_GO_ON:
        break;
    case YJ_JOB_CANCELLED:
        return yj_fail(err, YJ_E_BUSY, "the job was cancelled");
    case YJ_JOB_LOST:
        return yj_fail(err, YJ_E_BUSY, "another server has taken the job over");
    case YJ_JOB_SERVER_STOPS:
        return yj_fail(err, YJ_E_BUSY, "the server is stopping");
    }
    return YJ_OK;
}

void yj_job_progress_files(yj_job_run *r, uint64_t done, uint64_t total)
{
    atomic_store_explicit(&r->slot->files, done, memory_order_relaxed);
    atomic_store_explicit(&r->slot->files_total, total, memory_order_relaxed);
}

static yj_job_far how_far(yj_job_slot *s)
{
    return (yj_job_far){ atomic_load(&s->done), atomic_load(&s->total), atomic_load(&s->files),
                         atomic_load(&s->files_total) };
}

/* --- a job ------------------------------------------------------------------------------------ */

static yj_status run_work(yj_job_slot *s, const yj_job_taken *t, yj_buf *result, yj_error *err)
{
    const yj_job_work *w = yj_jobs_work(s->q, t->work);
    yj_auto(yj_json_freep) json_t *input = NULL;
    if (!w) /* one that a newer server knows */
        return yj_fail(err, YJ_E_INVALID, "this server knows no work %.64s", t->work);
    YJ_TRY(yj_json_parse(yj_span_of(t->input), YJ_JOB_INPUT_MAX, &input, err));
    yj_job_run r = { .engine = s->q->e,
                     .ground = yj_jobs_ground(s->q),
                     .inst = t->inst,
                     .id = t->id,
                     .by = t->by,
                     .witness = t->witness,
                     .input = input,
                     .attempt = t->attempts,
                     .slot = s };
    yj_memory_begin();
    YJ_TRY(w->run(&r, result, err));
    YJ_TRY(yj_memory_status(err));
    return yj_buf_status(result, err);
}

static void finish(yj_job_slot *s, const yj_job_taken *t, yj_status status, const yj_buf *result,
                   const yj_error *why)
{
    yj_job_stop stop = (yj_job_stop)atomic_load(&s->stop);
    yj_error err = { 0 };
    bool told = result->len && yj_buf_status(result, NULL) == YJ_OK;
    yj_job_end end = { .state = "done", .result = told ? result->ptr : "", .far = how_far(s) };
    /* what failed for another reason has failed, though it was to stop as well: yj_job_progress() */
    if (status == YJ_E_BUSY && stop == YJ_JOB_SERVER_STOPS) {
        end.state = "queued";
    } else if (status == YJ_E_BUSY && stop == YJ_JOB_CANCELLED) {
        end.state = "cancelled";
    } else if (status != YJ_OK) {
        end.state = "failed";
        end.error = why;
    }
    if (yj_job_finish(s->q->e, t->id, t->token, &end, &err) !=
        YJ_OK) /* it will be taken back, and done again */
        yj_log_error(YJ_LOG_ERROR, "ending a job", &err);
}

static void slot_begins(yj_job_slot *s, const yj_job_taken *t)
{
    pthread_mutex_lock(&s->q->lock);
    atomic_store(&s->done, 0);
    atomic_store(&s->total, 0);
    atomic_store(&s->files, 0);
    atomic_store(&s->files_total, 0);
    atomic_store(&s->stop, s->q->stopping ? YJ_JOB_SERVER_STOPS : YJ_JOB_GO_ON);
    memcpy(s->id, t->id, sizeof s->id);
    memcpy(s->token, t->token, sizeof s->token);
    s->beaten_ns = yj_monotonic_ns();
    s->told = (yj_job_far){ 0 };
    s->busy = true;
    pthread_mutex_unlock(&s->q->lock);
}

static void slot_ends(yj_job_slot *s)
{
    pthread_mutex_lock(&s->q->lock);
    s->busy = false;
    pthread_mutex_unlock(&s->q->lock);
}

static void do_job(yj_job_slot *s, const yj_job_taken *t)
{
    yj_auto(yj_hold_freep) yj_hold *hold = NULL; /* it ends with the process, which others notice at once */
    yj_auto(yj_buf_done) yj_buf result;
    yj_error err = { 0 };
    yj_buf_init(&result, YJ_JOB_RESULT_MAX);
    slot_begins(s, t);
    yj_ignore(yj_hold_take(yj_engine_store(s->q->e), yj_job_hold_number(t->id), &hold, NULL));
    yj_status status = run_work(s, t, &result, &err);
    if (status != YJ_OK)
        err.code = status;
    finish(s, t, status, &result, &err);
    slot_ends(s);
}

/* --- threads ---------------------------------------------------------------------------------- */

/** Wait until there may be something to take. False: the queue stops. */
static bool wait_for_work(yj_jobs *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->stopping && !q->queued)
        pthread_cond_wait(&q->work, &q->lock);
    bool go_on = !q->stopping;
    pthread_mutex_unlock(&q->lock);
    return go_on;
}

static bool is_left(const yj_jobs *q, const yj_job_work *w, bool slow)
{
    return (slow && w->slow) || (w->able && !w->able(yj_jobs_ground(q)));
}

/* 'a','b': works that are left to other servers, and (slow) those that one thread leaves to the others. */
static void list_left(const yj_jobs *q, bool slow, char ret[static YJ_JOB_WITHOUT_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < q->o.work_count; i++)
        if (is_left(q, q->o.works[i], slow) && len + 70 < YJ_JOB_WITHOUT_BYTES)
            len += (size_t)snprintf(ret + len, YJ_JOB_WITHOUT_BYTES - len, "%s'%.60s'", len ? "," : "",
                                    q->o.works[i]->name);
}

static void *worker_main(void *self)
{
    yj_job_slot *s = self;
    yj_jobs *q = s->q;
    char without[YJ_JOB_WITHOUT_BYTES] = ""; /* the first is there for what is over soon */
    list_left(q, s == &q->slot[0] && q->o.threads > 1, without);
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    while (wait_for_work(q)) {
        yj_job_taken t;
        bool found = false;
        yj_error err = { 0 };
        if (yj_job_take(q->e, without, &t, &found, &err) != YJ_OK)
            yj_log_error(YJ_LOG_WARN, "taking a job", &err);
        if (found) {
            do_job(s, &t);
            yj_job_taken_done(&t);
            continue;
        }
        pthread_mutex_lock(&q->lock); /* the watcher looks again */
        if (!without[0])
            q->queued = false;
        else if (q->queued && !q->stopping) /* it may be for the others, who look now */
            pthread_cond_wait(&q->work, &q->lock);
        pthread_mutex_unlock(&q->lock);
    }
    return NULL;
}

/* A beat of one worker, if it is time for one, or there is something to tell. */
static void beat(yj_jobs *q, yj_job_slot *s)
{
    char id[YJ_UUID_LEN + 1], token[YJ_JOB_TOKEN_LEN + 1];
    yj_job_far far = how_far(s);
    bool mine = true, cancel = false;
    yj_error err = { 0 };
    int64_t now = yj_monotonic_ns();
    pthread_mutex_lock(&q->lock);
    bool due = s->busy && (memcmp(&far, &s->told, sizeof far) != 0 ||
                           now - s->beaten_ns >= (int64_t)q->o.beat_ms * 1000000);
    memcpy(id, s->id, sizeof id);
    memcpy(token, s->token, sizeof token);
    pthread_mutex_unlock(&q->lock);
    if (!due)
        return;
    if (yj_job_beat(q->e, id, token, &far, &mine, &cancel, &err) != YJ_OK) {
        yj_log_error(YJ_LOG_WARN, "telling how far a job is", &err);
        return;
    }
    pthread_mutex_lock(&q->lock);
    if (s->busy && strcmp(s->token, token) == 0) {
        s->beaten_ns = now;
        s->told = far;
        int go_on = YJ_JOB_GO_ON;
        if (!mine)
            atomic_compare_exchange_strong(&s->stop, &go_on, YJ_JOB_LOST);
        else if (cancel)
            atomic_compare_exchange_strong(&s->stop, &go_on, YJ_JOB_CANCELLED);
    }
    pthread_mutex_unlock(&q->lock);
}

static void look(yj_jobs *q, bool *failing)
{
    yj_error err = { 0 };
    bool queued = false;
    for (size_t i = 0; i < q->slot_count; i++)
        beat(q, &q->slot[i]);
    bool bad = yj_job_look(q, &queued, &err) != YJ_OK;
    if (!bad && q->looks++ % SWEEP_EVERY == 0)
        bad = yj_job_sweep(q->e, &err) != YJ_OK;
    if (bad && !*failing)
        yj_log_error(YJ_LOG_WARN, "looking at the jobs", &err);
    *failing = bad;
    if (!queued)
        return;
    pthread_mutex_lock(&q->lock);
    q->queued = true;
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->lock);
}

/** Wait until it is time to look again. False: the queue stops. */
static bool wait_to_look(yj_jobs *q, struct timespec *next)
{
    pthread_mutex_lock(&q->lock);
    while (!q->stopping && pthread_cond_timedwait(&q->tick, &q->lock, next) != ETIMEDOUT)
        ;
    bool go_on = !q->stopping;
    pthread_mutex_unlock(&q->lock);
    clock_gettime(CLOCK_MONOTONIC, next);
    next->tv_nsec += (long)(q->o.look_ms % 1000) * 1000000L;
    next->tv_sec += q->o.look_ms / 1000 + next->tv_nsec / YJ_NS_PER_S;
    next->tv_nsec %= YJ_NS_PER_S;
    return go_on;
}

static void *watcher_main(void *self)
{
    yj_jobs *q = self;
    bool failing = false;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (wait_to_look(q, &next)) {
        yj_memory_begin();
        look(q, &failing);
    }
    return NULL;
}

/* --- start and stop --------------------------------------------------------------------------- */

static void set_defaults(yj_jobs_options *o)
{
    o->threads = o->threads ? o->threads : 2;
    o->look_ms = o->look_ms ? o->look_ms : 500;
    o->beat_ms = o->beat_ms ? o->beat_ms : 2000;
    o->gone_ms = o->gone_ms ? o->gone_ms : 5000;
    o->still_ms = o->still_ms ? o->still_ms : 30000;
    if (o->threads > YJ_JOB_THREADS_MAX)
        o->threads = YJ_JOB_THREADS_MAX;
}

static yj_status start_threads(yj_jobs *q, yj_error *err)
{
    for (unsigned i = 0; i < q->o.threads; i++) {
        yj_job_slot *s = &q->slot[i];
        s->q = q;
        s->running = pthread_create(&s->thread, NULL, worker_main, s) == 0;
        if (!s->running)
            return yj_fail(err, YJ_E_NOMEM, "a thread cannot be started");
        q->slot_count++;
    }
    q->watching = pthread_create(&q->watcher, NULL, watcher_main, q) == 0;
    return q->watching ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "a thread cannot be started");
}

yj_status yj_jobs_start(yj_engine *e, const yj_jobs_options *o, yj_jobs **ret, yj_error *err)
{
    yj_jobs *q = calloc(1, sizeof *q);
    if (!q)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    q->e = e;
    q->o = *o;
    set_defaults(&q->o);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->work, NULL);
    pthread_cond_init(&q->tick, &monotonic);
    pthread_condattr_destroy(&monotonic);
    yj_status s = start_threads(q, err);
    if (s == YJ_OK)
        *ret = q;
    else
        yj_jobs_stop(q);
    return s;
}

void yj_jobs_stop(yj_jobs *q)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    for (size_t i = 0; i < q->slot_count; i++) {
        int go_on = YJ_JOB_GO_ON;
        atomic_compare_exchange_strong(&q->slot[i].stop, &go_on, YJ_JOB_SERVER_STOPS);
    }
    pthread_cond_broadcast(&q->work);
    pthread_cond_signal(&q->tick);
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < q->slot_count; i++)
        pthread_join(q->slot[i].thread, NULL);
    if (q->watching)
        pthread_join(q->watcher, NULL);
    pthread_cond_destroy(&q->work);
    pthread_cond_destroy(&q->tick);
    pthread_mutex_destroy(&q->lock);
    free(q->view.row);
    free(q);
}

/* --- asking for it ---------------------------------------------------------------------------- */

static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(list, word); n && at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

static yj_status check_input(const yj_jobs *q, const yj_job_work *w, const yj_job_order *o, yj_error *err)
{
    const json_t *input = o->input;
    const yj_job_asked asked = {
        .engine = q->e, .ground = yj_jobs_ground(q), .inst = o->inst, .input = input, .by = o->by
    };
    const char *key = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)input, key, v)
    {
        if (listed(w->members, key) && !strchr(key, ' '))
            continue;
        yj_fail(err, YJ_E_INVALID, "work %s takes no member %.64s", w->name, key);
        return yj_error_at(err, "%.64s", key);
    }
    return w->check && input ? w->check(&asked, err) : YJ_OK;
}

static yj_status check_files(const yj_job_work *w, const yj_job_order *o, yj_error *err)
{
    size_t bytes = 0;
    if (!w->files && o->file_count)
        return yj_fail(err, YJ_E_INVALID, "work %s takes no files", w->name);
    if (w->files && !o->file_count) {
        yj_fail(err, YJ_E_INVALID, "work %s needs files; it is asked for where they are sent", w->name);
        return yj_error_at(err, "work");
    }
    for (size_t i = 0; i < o->file_count; i++)
        bytes += o->files[i].content.len;
    return o->file_count <= YJ_JOB_FILES_MAX && bytes <= YJ_JOB_FILE_BYTES_MAX
               ? YJ_OK
               : yj_fail(err, YJ_E_LIMIT, "a job takes at most %zu files, of %zu bytes in all",
                         YJ_JOB_FILES_MAX, YJ_JOB_FILE_BYTES_MAX);
}

static void wake(yj_jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->queued = true;
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->lock);
}

typedef struct readiness {
    int64_t inst;
    const char *by, *witness;
    yj_buf *misses;
    yj_lang lang;
} readiness;

/* Whoever does not ask what is missing is told that something is. */
static yj_status be_ready(const yj_jobs *q, const yj_job_work *w, const readiness *r, json_t *input,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf unread;
    yj_buf_init(&unread, YJ_JOB_RESULT_MAX);
    yj_job_ready x = { .asked = { .engine = q->e,
                                  .ground = yj_jobs_ground(q),
                                  .inst = r->inst,
                                  .input = input,
                                  .by = r->by },
                       .witness = r->witness,
                       .input = input,
                       .misses = r->misses ? r->misses : &unread,
                       .lang = r->lang };
    return w->ready ? w->ready(&x, err) : YJ_OK;
}

yj_status yj_jobs_add(yj_jobs *q, const yj_job_order *o, char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_job_work *w = yj_jobs_work(q, o->work);
    yj_auto(yj_buf_done) yj_buf input;
    yj_buf_init(&input, YJ_JOB_INPUT_MAX);
    if (!w) {
        yj_fail(err, YJ_E_INVALID, "this server knows no work %.64s", o->work);
        return yj_error_at(err, "work");
    }
    YJ_TRY(check_input(q, w, o, err));
    YJ_TRY(check_files(w, o, err));
    yj_auto(yj_json_freep) json_t *kept = o->input ? json_deep_copy(o->input) : json_object();
    if (!kept)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(be_ready(q, w, &(readiness){ o->inst, o->by, NULL, o->misses, o->lang }, kept, err));
    YJ_TRY(yj_json_canonical(kept, &input, err));
    YJ_TRY(yj_buf_status(&input, err));
    YJ_TRY(yj_job_insert(q->e, o, input.ptr, w->witnessed, ret_id, err));
    wake(q);
    return YJ_OK;
}

static yj_status confirm(yj_jobs *q, const yj_job_confirmation *x, const yj_job_taken *t, yj_error *err)
{
    const yj_job_work *w = yj_jobs_work(q, t->work);
    yj_auto(yj_json_freep) json_t *input = NULL;
    if (!w || !w->witnessed)
        return yj_fail(err, YJ_E_CONFLICT, "this server knows no work %.64s", t->work);
    if (strcmp(t->by, x->by) == 0 || (x->is_same && x->is_same(x->ctx, t->by)))
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody is his own witness");
    YJ_TRY(yj_json_parse(yj_span_of(t->input), YJ_JOB_INPUT_MAX, &input, err));
    YJ_TRY(be_ready(q, w, &(readiness){ x->inst, t->by, x->by, x->misses, x->lang }, input, err));
    YJ_TRY(yj_job_confirm(q->e, x->id, x->by, err));
    wake(q);
    return YJ_OK;
}

yj_status yj_jobs_confirm(yj_jobs *q, const yj_job_confirmation *x, yj_error *err)
{
    yj_job_taken t;
    YJ_TRY(yj_job_waiting(q->e, x->inst, x->id, &t, err));
    yj_status s = confirm(q, x, &t, err);
    yj_job_taken_done(&t);
    return s;
}

yj_status yj_jobs_cancel(yj_jobs *q, int64_t inst, const char *id, yj_error *err)
{
    YJ_TRY(yj_job_ask_to_stop(q->e, inst, id, err));
    pthread_mutex_lock(&q->lock); /* one of ours need not wait for the watcher */
    for (size_t i = 0; i < q->slot_count; i++) {
        int go_on = YJ_JOB_GO_ON;
        if (q->slot[i].busy && strcmp(q->slot[i].id, id) == 0)
            atomic_compare_exchange_strong(&q->slot[i].stop, &go_on, YJ_JOB_CANCELLED);
    }
    pthread_mutex_unlock(&q->lock);
    return YJ_OK;
}
