// SPDX-License-Identifier: Apache-2.0
/**
 * Whether memory ran out in this thread. Buffers, arenas and jansson's allocations note it, besides telling
 * their caller; so a boundary (the writer before it keeps a change, a request before it is answered) can
 * refuse a result that was made meanwhile, even where somebody in between forgot to look. A value that
 * silently lacks a part is worse than none.
 */
#ifndef YJ_BASE_MEMORY_H
#define YJ_BASE_MEMORY_H

#include "base/error.h"

#include <stdbool.h>

/** A new piece of work begins: forget what was before. */
void yj_memory_begin(void);
void yj_memory_ran_out(void);
bool yj_memory_is_short(void);
/** YJ_E_NOMEM if memory ran out since yj_memory_begin(). */
yj_status yj_memory_status(yj_error *err) yj_nodiscard;

#endif
