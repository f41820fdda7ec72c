// SPDX-License-Identifier: Apache-2.0
/** What the files of this folder share: rows of table job, and the queue's threads. */
#ifndef YJ_JOB_INTERNAL_H
#define YJ_JOB_INTERNAL_H

#include "job/job.h"
#include "store/hold.h"
#include <pthread.h>
#include <stdatomic.h>

#define YJ_JOB_TOKEN_LEN YJ_UUID_LEN

/** Now, by the machine's clock. */
int64_t yj_job_now(void);

/* --- rows (table.c); each function is one write, durable when it returns ---------------------- */

/** A job as whoever has taken it knows it. Texts are owned: yj_job_taken_done(). */
typedef struct yj_job_taken {
    char id[YJ_UUID_LEN + 1], token[YJ_JOB_TOKEN_LEN + 1];
    int64_t inst, attempts;
    char *work, *by, *witness, *input;
} yj_job_taken;
void yj_job_taken_done(yj_job_taken *t);

/** How far it is; of files likewise, in works that read them. Totals 0: not known. */
typedef struct yj_job_far {
    uint64_t done, total, files, files_total;
} yj_job_far;

typedef struct yj_job_end {
    const char *state;     /* queued: it is put back, and the attempt does not count */
    const char *result;    /* JSON, "" none */
    const yj_error *error; /* NULL none */
    yj_job_far far;
} yj_job_end;

/** @param waits for a witness */
yj_status yj_job_insert(yj_engine *e, const yj_job_order *o, const char *input, bool waits,
                        char ret_id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;
/** One that waits for its witness: work, who asked, and input.
 *  @return YJ_E_NOT_FOUND; YJ_E_CONFLICT: it does not, or too long already */
yj_status yj_job_waiting(yj_engine *e, int64_t inst, const char *id, yj_job_taken *ret,
                         yj_error *err) yj_nodiscard;
/** Queue it. YJ_E_CONFLICT: it does not wait any more */
yj_status yj_job_confirm(yj_engine *e, const char *id, const char *witness, yj_error *err) yj_nodiscard;
#define YJ_JOB_WITHOUT_BYTES 512
/** Take the oldest that waits and whose work nobody does for the same institution. *ret_found false: there is
 * none. @param without names of works that are left alone, as SQL lists them ('a','b'); "" none */
yj_status yj_job_take(yj_engine *e, const char *without, yj_job_taken *ret, bool *ret_found,
                      yj_error *err) yj_nodiscard;
/** The worker lives and is so far. @param ret_mine false: another one has the job */
yj_status yj_job_beat(yj_engine *e, const char *id, const char *token, const yj_job_far *far, bool *ret_mine,
                      bool *ret_cancel, yj_error *err) yj_nodiscard;
/** By the worker that has it; nothing if another one has. */
yj_status yj_job_finish(yj_engine *e, const char *id, const char *token, const yj_job_end *end,
                        yj_error *err) yj_nodiscard;
/** Its worker is dead, if it has not said another word: queue it again, or end it. */
yj_status yj_job_take_back(yj_engine *e, const char *id, int64_t beat, yj_error *err) yj_nodiscard;
yj_status yj_job_ask_to_stop(yj_engine *e, int64_t inst, const char *id, yj_error *err) yj_nodiscard;
/** Forget what ended long ago, and what was never received whole. */
yj_status yj_job_sweep(yj_engine *e, yj_error *err) yj_nodiscard;

/** Parts of files (files.c), inside the caller's write. */
yj_status yj_job_files_write(yj_engine *e, const char *id, const yj_import_file *files, size_t count,
                             yj_error *err) yj_nodiscard;
yj_status yj_job_files_drop(yj_db *db, const char *id, yj_error *err) yj_nodiscard;

/* --- what is seen of all jobs (watch.c) ------------------------------------------------------- */

typedef struct yj_job_seen {
    char id[YJ_UUID_LEN + 1], work[64], state[12];
    int64_t inst, done, total, beat;
    int64_t since_ns; /* monotonic: when its beat was first seen to be this */
} yj_job_seen;
typedef struct yj_job_view {
    yj_job_seen *row;
    size_t count;
    bool looked; /* before the first look nothing is news */
} yj_job_view;
/** Look, tell what is new since the last look, take back what is dead. @param ret_queued some wait */
yj_status yj_job_look(yj_jobs *q, bool *ret_queued, yj_error *err) yj_nodiscard;

/* --- the queue (queue.c) ---------------------------------------------------------------------- */

typedef enum yj_job_stop { YJ_JOB_GO_ON, YJ_JOB_CANCELLED, YJ_JOB_LOST, YJ_JOB_SERVER_STOPS } yj_job_stop;

/** A thread and the job that it does. */
typedef struct yj_job_slot {
    yj_jobs *q;
    pthread_t thread;
    bool running; /* the thread */
    /* under the queue's lock */
    bool busy;
    char id[YJ_UUID_LEN + 1], token[YJ_JOB_TOKEN_LEN + 1];
    int64_t beaten_ns; /* monotonic: the last beat */
    yj_job_far told;   /* with it */
    /* any thread */
    _Atomic uint64_t done, total, files, files_total;
    _Atomic int stop; /* yj_job_stop */
} yj_job_slot;

#define YJ_JOB_THREADS_MAX 8

struct yj_jobs {
    yj_engine *e;
    yj_jobs_options o;
    pthread_mutex_t lock;
    pthread_cond_t work, tick; /* there may be something to take; the watcher is to stop */
    bool stopping, queued;
    yj_job_slot slot[YJ_JOB_THREADS_MAX];
    size_t slot_count;
    pthread_t watcher;
    bool watching;
    yj_job_view view; /* the watcher's */
    unsigned looks;
};

/** Does a thread of this queue do the job? */
bool yj_jobs_has(yj_jobs *q, const char *id);
/** The number of the hold that the worker of a job has (store/hold.h). Two jobs may have the same: then one
 * of them goes without. */
int64_t yj_job_hold_number(const char *id);

#endif
