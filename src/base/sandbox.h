// SPDX-License-Identifier: Apache-2.0
/**
 * Work on foreign bytes in a process of its own, which can do nothing but read its input and write its
 * answer.
 *
 *   parent   yj_sandbox_run(): starts this very program anew (/proc/self/exe) with the arguments of a hidden
 *            command; descriptor 0 is the input, 1 and 2 are pipes, no other descriptor and no environment is
 *            passed on. Reads both pipes, waits, and kills the child's process group when its time is up or
 * it writes too much. What the child does never harms the parent: every ending is an answer. child    main()
 * knows the hidden command and calls yj_sandbox_enter() before it looks at a byte of the input; from then on:
 *              - no new privileges, no core file, killed with the thread that started it;
 *              - limits: address space, processor time, 16 descriptors, no byte written to a file, no
 * process;
 *              - Landlock, as far as the kernel has it (ABI 0: not at all): no file but those granted, no
 * TCP, no signal to the outside;
 *              - seccomp: a list of system calls that are let through; to start a process or a thread, to
 * open a socket or to trace is the end (SIGSYS), everything else fails with EPERM. Files are opened for
 * reading only, and not at all unless a program or a folder was granted. It may then become another program
 * (yj_sandbox_exec), which inherits all of this.
 *
 * A sanitized build cannot live under a limit of address space (its shadow takes terabytes) and reads /proc
 * when it starts; there the first is left out and the second granted.
 *
 * Any thread; yj_sandbox_run() blocks until the child is gone.
 */
#ifndef YJ_BASE_SANDBOX_H
#define YJ_BASE_SANDBOX_H

#include "base/span.h"

#define YJ_SANDBOX_SAID_MAX ((size_t)4096) /* kept of what a child writes to its standard error */
#define YJ_SANDBOX_ARGS_MAX 16
#define YJ_SANDBOX_FOLDERS_MAX 16

typedef enum yj_sandbox_end {
    YJ_SANDBOX_EXITED,  /* by itself; see exit_code */
    YJ_SANDBOX_TIME,    /* killed: its time was up */
    YJ_SANDBOX_OUTPUT,  /* killed: it wrote more than output_max; what fits is there */
    YJ_SANDBOX_MEMORY,  /* it ran out of memory */
    YJ_SANDBOX_REFUSED, /* killed by the system: it tried what no parser does */
    YJ_SANDBOX_CRASHED, /* by a signal of its own making */
    YJ_SANDBOX_END_COUNT_
} yj_sandbox_end;

/* How a child says that it ended badly before or inside its work; others are the command's own. */
#define YJ_SANDBOX_EXIT_NO_WALLS 120 /* yj_sandbox_enter() failed: it did not look at the input */
#define YJ_SANDBOX_EXIT_NO_PROGRAM 121
#define YJ_SANDBOX_EXIT_MEMORY 122 /* becomes YJ_SANDBOX_MEMORY */

typedef struct yj_sandbox_job {
    const char *const
        *args;             /* of this program, after its name; NULL-terminated, at most YJ_SANDBOX_ARGS_MAX */
    int input_fd;          /* becomes descriptor 0; stays the caller's. Its offset is shared: open it anew */
    int64_t time_ms;       /* by the wall clock, > 0 */
    uint64_t memory_bytes; /* what the child was told, to tell want of memory from a crash */
    size_t output_max;
} yj_sandbox_job;

typedef struct yj_sandbox_result {
    yj_sandbox_end end;
    int exit_code; /* of YJ_SANDBOX_EXITED */
    int signal;    /* of REFUSED and CRASHED */
    int64_t ms;    /* how long it took */
    uint64_t memory_bytes;
} yj_sandbox_result;

/**
 * @param out   initialised by the caller with a maximum of at least output_max; what the child wrote is added
 * @param said  likewise, YJ_SANDBOX_SAID_MAX: the beginning of its standard error. For the log and for
 * telling faults apart; it may quote the input
 * @return YJ_OK however the child ended; YJ_E_IO if it could not be started, YJ_E_NOMEM
 */
yj_status yj_sandbox_run(const yj_sandbox_job *job, yj_buf *out, yj_buf *said, yj_sandbox_result *ret,
                         yj_error *err) yj_nodiscard;

typedef struct yj_sandbox_walls {
    uint64_t memory_bytes;
    int64_t time_ms;     /* of processor */
    const char *program; /* NULL, or the one program it may become (absolute) */
    bool worker;         /* requests come over descriptor 0: yj_sandbox_next() */
    const char *const
        *read; /* NULL, or folders and files it may read, NULL-terminated; absent ones are fine */
} yj_sandbox_walls;

/** In the child: put up the walls. Once; they never come down. @return YJ_E_IO: do not go on */
yj_status yj_sandbox_enter(const yj_sandbox_walls *w, yj_error *err) yj_nodiscard;
/** In the child: become the program. @param argv NULL-terminated. Does not return: at worst it ends the
 * process with YJ_SANDBOX_EXIT_NO_PROGRAM. */
void yj_sandbox_exec(const char *program, const char *const *argv) __attribute__((noreturn));
/** In the child: its answer to descriptor 1 as a whole, then the end, with nothing run at exit. */
void yj_sandbox_leave(yj_span answer, int exit_code) __attribute__((noreturn));

/* --- a worker: a child for many requests, one after the other ---------------------------------------------
 */

/**
 * As above, but the child stays: descriptor 0 is a socket over which requests come, each with one open file,
 * and what it writes to descriptor 1 is read piece by piece. Of one thread: the child is killed with the
 * thread that started it. Nothing that comes out of it is to be believed.
 */
typedef struct yj_sandbox_worker yj_sandbox_worker;
#define YJ_SANDBOX_REQUEST_MAX 256

/** @param args as in yj_sandbox_job @param memory_bytes likewise. YJ_E_IO, YJ_E_NOMEM */
yj_status yj_sandbox_worker_start(const char *const *args, uint64_t memory_bytes, yj_sandbox_worker **ret,
                                  yj_error *err) yj_nodiscard;
/** @param fd stays the caller's; its offset is shared @return false: the child is gone */
bool yj_sandbox_worker_ask(yj_sandbox_worker *w, yj_span request, int fd) yj_nodiscard;
/** Exactly n bytes of what it writes. @param left_ms how long may be waited, lowered by what was
 *  @return false: it is gone, or the time is up; then it is to be ended */
bool yj_sandbox_worker_read(yj_sandbox_worker *w, char *to, size_t n, int64_t *left_ms) yj_nodiscard;
/** Kill it if it lives, free it. @param ret NULL, or how it ended (YJ_SANDBOX_TIME if it was too slow)
 *  @param said NULL, or room for the beginning of its standard error, with a NUL */
void yj_sandbox_worker_end(yj_sandbox_worker *w, yj_sandbox_result *ret, char *said, size_t said_room);

/** In the child: wait for a request. Does not return when the parent is gone. @param ret_fd to be closed;
 *  -1: none came with it @return bytes of the request */
size_t yj_sandbox_next(char request[static YJ_SANDBOX_REQUEST_MAX], int *ret_fd);
/** In the child: write to descriptor 1; ends the process when nobody reads. */
void yj_sandbox_tell(yj_span bytes);

/** ABI of the kernel's Landlock; 0: none. */
int yj_sandbox_landlock(void);
/** In the child: a limit of the process (RLIMIT_...) to at most `value`; whoever started it may have set
 * less, and that cannot be raised. @return false: it could not be set; errno */
bool yj_sandbox_limit(int which, uint64_t value);
/** Does the limit of address space hold in this build? */
bool yj_sandbox_limits_memory(void);

#endif
