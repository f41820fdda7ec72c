// SPDX-License-Identifier: Apache-2.0
/** Where decrypted bytes and keys of other programs lie, when they have to lie somewhere. */
#ifndef YJ_INSTRUMENT_DECRYPT_PLACE_H
#define YJ_INSTRUMENT_DECRYPT_PLACE_H

#include "base/error.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct yj_place {
    char path[PATH_MAX];
    bool memory; /* tmpfs: never on a disk, but for swap */
} yj_place;

/** A folder to write to: of /dev/shm, XDG_RUNTIME_DIR, TMPDIR, /var/tmp and /tmp the first in memory with so
 * much room, else the first with so much room. YJ_E_FULL */
yj_status yj_place_find(uint64_t bytes, yj_place *ret, yj_error *err) yj_nodiscard;
/** A file without a name there: it is gone with its descriptor. YJ_E_IO */
yj_status yj_place_file(const yj_place *p, int *ret_fd, yj_error *err) yj_nodiscard;
/** Is it as good as full? */
bool yj_place_full(const yj_place *p);

#endif
