// SPDX-License-Identifier: Apache-2.0
/** A fixed number of threads that run jobs in order of arrival. Jobs are owned by who adds them and may free
 *  themselves. Any thread may add. */
#ifndef YJ_API_WORKER_H
#define YJ_API_WORKER_H

#include "base/error.h"

typedef struct yj_job {
    void (*run)(struct yj_job *j);
    struct yj_job *next; /* the queue's */
} yj_job;

typedef struct yj_workers yj_workers;
yj_status yj_workers_start(unsigned threads, const char *name, yj_workers **ret, yj_error *err) yj_nodiscard;
/** Runs what is queued, then ends the threads. */
void yj_workers_stop(yj_workers *w);
YJ_DEFINE_CLEANUP(yj_workers, yj_workers_stop)
void yj_workers_add(yj_workers *w, yj_job *j);
size_t yj_workers_waiting(yj_workers *w);

#endif
