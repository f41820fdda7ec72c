// SPDX-License-Identifier: Apache-2.0
/**
 * Counters of attempts, and the pauses they make: table attempt, outside the ledger. An attempt is counted
 * before it is known whether it is right, so that many at once count as many; who was right takes it back.
 * Over the free ones each makes a pause in which none is taken, the longer the more there were. One that
 * comes within a pause is not counted: it does not lengthen it.
 *
 * A counter's key is a digest, keyed (access/seal.h): what is typed as a name may be a password, and stays
 * nowhere. Functions that write run inside the caller's write.
 */
#ifndef YJ_ACCESS_PAUSE_H
#define YJ_ACCESS_PAUSE_H

#include "base/hash.h"
#include "store/db.h"

typedef struct yj_pause {
    unsigned free;     /* attempts without a pause */
    unsigned first_s;  /* seconds: the pause after one more; each further one doubles it */
    unsigned most_s;   /* seconds: but not over this */
    unsigned forget_s; /* seconds after the last attempt until the counter is as new; over most_s */
} yj_pause;

typedef struct yj_paused {
    int64_t wait_ns; /* 0: it may be tried, and was counted; else how long not, and it was not counted */
    int64_t free_at; /* for yj_pause_undo() */
    int64_t count;   /* attempts, this one included */
} yj_paused;

/** Count an attempt, unless there is a pause. */
yj_status yj_pause_count(yj_db *db, const yj_digest *key, const yj_pause *p, int64_t now_ns, yj_paused *ret,
                         yj_error *err) yj_nodiscard;
/** The attempt was right, or was not made: it does not count, nor does the pause that it made. */
yj_status yj_pause_undo(yj_db *db, const yj_digest *key, const yj_paused *x, yj_error *err) yj_nodiscard;
/** Forget all attempts of a counter. */
yj_status yj_pause_clear(yj_db *db, const yj_digest *key, yj_error *err) yj_nodiscard;
/** Remove the counters that are as new. */
yj_status yj_pause_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
