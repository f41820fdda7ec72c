// SPDX-License-Identifier: Apache-2.0
/** Pieces of work taken by a few threads in the order of their numbers, by each as many at a time as it
 * likes; the caller sees the progress meanwhile. */
#ifndef YJ_INSTRUMENT_VERIFY_POOL_H
#define YJ_INSTRUMENT_VERIFY_POOL_H

#include "base/error.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define YJ_POOL_THREADS_MAX 64

typedef struct yj_progress {
    uint64_t done, total; /* bytes */
    uint64_t pieces, of;  /* files */
    int64_t since_ns;     /* yj_monotonic_ns() at the beginning */
} yj_progress;
/** Called about five times a second, on the caller's thread, and once at the end. May be NULL. */
typedef void yj_progress_fn(void *self, const yj_progress *p);
/** Asked as often, on the caller's thread: may it go on? What else than YJ_OK it returns ends the run. */
typedef yj_status yj_go_on_fn(void *self, yj_error *err);

/** The pieces that are left, and what was done, as a thread sees it. */
typedef struct yj_pool_share yj_pool_share;

typedef struct yj_pool {
    size_t count; /* of pieces */
    unsigned threads;
    uint64_t total;                                        /* bytes, for the progress */
    void *(*begin)(void *self);                            /* a thread's own things; NULL: no memory */
    void (*work)(void *self, void *own, yj_pool_share *s); /* takes pieces until there are no more */
    void (*end)(void *self, void *own);
    void *self;
    yj_progress_fn *progress;
    void *progress_self;
    yj_go_on_fn *go_on; /* NULL: it always may */
    void *go_on_self;
    atomic_bool *stop; /* with `go_on`: set when it may not, so that a long piece ends, too */
} yj_pool;

/** The next piece; false: there is none, or none is to begin any more. One that was taken is done. */
bool yj_pool_take(yj_pool_share *s, size_t *ret_i);
/** Of a piece: bytes that were read, and its end. */
void yj_pool_read(yj_pool_share *s, size_t bytes);
void yj_pool_did(yj_pool_share *s);

/** Do all pieces. YJ_E_NOMEM if a thread could not begin; what `go_on` returned: then some are not done. */
yj_status yj_pool_run(const yj_pool *p, yj_error *err) yj_nodiscard;

#endif
