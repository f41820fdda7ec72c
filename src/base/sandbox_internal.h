// SPDX-License-Identifier: Apache-2.0
/** Between sandbox.c and sandbox_worker.c. */
#ifndef YJ_BASE_SANDBOX_INTERNAL_H
#define YJ_BASE_SANDBOX_INTERNAL_H

#include "base/sandbox.h"
#include <sys/resource.h>
#include <sys/types.h>

/** Start the child of a job: its args and its input. @return 0 or an errno */
int yj_sandbox_spawn(const yj_sandbox_job *job, int out, int said, pid_t *ret);
/** A pipe whose reading end does not block; neither end is a standard descriptor. */
bool yj_sandbox_pipe(int *ret_read, int *ret_write);
/** What the status of an ended child means. */
yj_sandbox_end yj_sandbox_end_of(uint64_t memory_bytes, int status, const struct rusage *used,
                                 const yj_buf *said);

#endif
