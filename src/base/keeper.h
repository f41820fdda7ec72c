// SPDX-License-Identifier: Apache-2.0
/**
 * A folder that is gone when the process is, however it ends: for what must not stay half made, and for
 * secrets. A second process (this very program, started anew with a hidden command) does nothing but wait for
 * the end of the first, of which the system tells it by closing a pipe, also after kill -9; then it removes
 * the folder. It takes no notice of the terminal's signals. Only when both are killed at once, or the machine
 * stops, does the folder stay: the next yj_keeper_make() of the same name removes it, for its lock is free
 * then.
 *
 * Folders are called .STEM.16-HEX-DIGITS.tmp, of mode 0700. One thread for each.
 */
#ifndef YJ_BASE_KEEPER_H
#define YJ_BASE_KEEPER_H

#include "base/error.h"
#include <stdbool.h>

#define YJ_KEEPER_COMMAND "keep-folder"

typedef struct yj_keeper yj_keeper;

/** Remove what is left of others of this name and owner, then make a new, empty folder in `in`.
 * YJ_E_NOT_FOUND, YJ_E_FULL, YJ_E_IO (also: the second process cannot be started), YJ_E_NOMEM, YJ_E_INVALID
 * (too long a path) */
yj_status yj_keeper_make(const char *in, const char *stem, yj_keeper **ret, yj_error *err) yj_nodiscard;
const char *yj_keeper_path(const yj_keeper *k); /* absolute if `in` is */
int yj_keeper_fd(const yj_keeper *k);           /* of the folder, borrowed */
/** Give it a name of its own, at which nothing may be: it stays from then on. YJ_E_CONFLICT, YJ_E_IO,
 * YJ_E_FULL; then it is removed as ever. */
yj_status yj_keeper_release(yj_keeper *k, const char *as, yj_error *err) yj_nodiscard;
/** Remove the folder unless it was released, and wait until that is done. */
void yj_keeper_end(yj_keeper *k);
YJ_DEFINE_CLEANUP(yj_keeper, yj_keeper_end)

/** main() calls this first: the hidden command. False if the arguments ask for something else. */
bool yj_keeper_child(int argc, char **argv);

#endif
