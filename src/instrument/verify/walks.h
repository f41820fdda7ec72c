// SPDX-License-Identifier: Apache-2.0
/** Two folders walked at the same time. */
#ifndef YJ_INSTRUMENT_VERIFY_WALKS_H
#define YJ_INSTRUMENT_VERIFY_WALKS_H

#include "instrument/verify/tree.h"

/** A folder that is open already, and what it is called in errors. The descriptor stays the caller's. */
typedef struct yj_open_folder {
    int fd;
    const char *name;
} yj_open_folder;

/** yj_tree_walk_at() of both, each by a thread of its own; `go_on` is asked on the caller's alone. The
 *  errors are those of `a`, then of `b`; whatever happens both trees may be ended. */
yj_status yj_walk_two(const yj_open_folder *a, const yj_open_folder *b, const yj_walk_options *o,
                      yj_tree *ret_a, yj_tree *ret_b, yj_error *err) yj_nodiscard;

#endif
