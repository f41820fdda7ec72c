// SPDX-License-Identifier: Apache-2.0
/**
 * Other people's programs that have to read foreign bytes and cannot live behind the walls of base/sandbox.h,
 * for they start processes, talk to them, or write files. This program starts itself anew with a hidden
 * command, which puts up what walls there can be and then becomes the other program:
 *
 *   - no new privileges, no core file, killed with the thread that started it, at most 256 descriptors;
 *   - an environment of our own; no descriptor but 0, 1, 2 and what is given;
 *   - Landlock, as far as the kernel has it: it reads the system's programs, libraries and /etc, and writes
 * to one folder; no TCP, no signals and no abstract sockets to the outside. Without Landlock it sees what its
 * user sees: yj_sandbox_landlock() is 0, and reports have to say so;
 *   - seccomp: no socket but of the machine itself (AF_UNIX), no tracing, mounting, name spaces, kernel
 * modules, keys or io_uring.
 *
 * What it is not confined in: processor time, memory below the given limit, room in its folder, and whatever
 * a socket's owner elsewhere on the machine would do for it (path names of sockets are not shut off).
 */
#ifndef YJ_BASE_CONFINED_H
#define YJ_BASE_CONFINED_H

#include "base/span.h"

#define YJ_CONFINED_COMMAND "confined-program"
#define YJ_CONFINED_ARGS_MAX 32
#define YJ_CONFINED_SAID_MAX ((size_t)4096)
#define YJ_CONFINED_GIVEN_FD 3
#define YJ_CONFINED_EXIT_NO_WALLS 120 /* it did not look at anything */
#define YJ_CONFINED_EXIT_NO_PROGRAM 121

typedef struct yj_confined {
    const char *const *argv; /* the program's absolute path first; NULL-terminated */
    int input_fd;            /* becomes descriptor 0; -1: nothing to read */
    int given_fd;            /* becomes descriptor 3, and may be opened anew for reading; -1: none */
    const char *home;      /* absolute: the one folder it may write to, and $HOME; NULL: it writes nothing */
    uint64_t memory_bytes; /* of address space */
    unsigned user;         /* where root starts it: its user and group; 0: stay what we are */
} yj_confined;

typedef struct yj_confined_process yj_confined_process;
/** YJ_E_IO, YJ_E_NOMEM. Descriptors stay the caller's. */
yj_status yj_confined_start(const yj_confined *c, yj_confined_process **ret, yj_error *err) yj_nodiscard;
/** Some of its standard output; 0 at the end. Waits. */
size_t yj_confined_read(yj_confined_process *p, char *to, size_t room);
/** Has it not ended? */
bool yj_confined_lives(const yj_confined_process *p);
void yj_confined_signal(const yj_confined_process *p, int signal);
/** Wait for its end. @return its exit code; -1 if a signal ended it */
int yj_confined_wait(yj_confined_process *p);
/** The end of its standard error, where a program says why it ended: it may quote foreign bytes. Valid after
 * the wait. */
yj_span yj_confined_said(const yj_confined_process *p);
/** Kill it and what it started in its process group, if they live; free it. */
void yj_confined_end(yj_confined_process *p);
YJ_DEFINE_CLEANUP(yj_confined_process, yj_confined_end)
/** Run to the end, its output being let go. @return its exit code, or -1 */
yj_status yj_confined_run(const yj_confined *c, int *ret_code, yj_error *err) yj_nodiscard;

/** main() calls this first: the hidden command. False if the arguments ask for something else; else it does
 * not return. */
bool yj_confined_child(int argc, char **argv);

#endif
