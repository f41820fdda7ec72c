// SPDX-License-Identifier: Apache-2.0
/**
 * Answers to GET requests, kept in memory while they are true.
 *
 * An answer is computed from ledgers of a known size and is served only while they have that size: every
 * change of a record or a verdict is an entry, so nothing else can make it wrong (answers that depend on the
 * date are also bound to the day). Sizes are read before the answer is computed: if a change slips in between
 * the answer is newer than its stamp and merely dropped too early. All functions: any thread.
 */
#ifndef YJ_API_CACHE_H
#define YJ_API_CACHE_H

#include "api/http.h"
#include <stdatomic.h>

/* --- how long each ledger is ------------------------------------------------------------------------------
 */

typedef struct yj_tally {
    int64_t inst;
    _Atomic uint64_t size;
    atomic_int committing; /* commits under way */
    struct yj_tally *next;
} yj_tally;

typedef struct yj_tallies yj_tallies;
yj_tallies *yj_tallies_new(void); /* NULL when out of memory */
void yj_tallies_free(yj_tallies *t);
YJ_DEFINE_CLEANUP(yj_tallies, yj_tallies_free)
/** The tally of a ledger; lives as long as `t`. NULL when out of memory. */
yj_tally *yj_tallies_of(yj_tallies *t, int64_t inst);
/** The ledger has at least this size. True if that is news. */
bool yj_tallies_grew(yj_tallies *t, int64_t inst, uint64_t size);
/** A commit that makes the ledger longer is under way: some readers see it already, its size does not tell
 * yet. Until it has ended no answer about the ledger is kept or served: else one reader could see a change
 * come and go. */
void yj_tallies_committing(yj_tallies *t, int64_t inst, bool begins);
/** Counts every growth of any ledger. */
uint64_t yj_tallies_generation(yj_tallies *t);

/* --- answers ----------------------------------------------------------------------------------------------
 */

#define YJ_ETAG_MAX 48
#define YJ_NO_INST INT64_C(-1)

/** What an answer was computed from. */
typedef struct yj_stamp {
    yj_tally *own, *installation; /* NULL: none */
    uint64_t own_size, installation_size;
    uint64_t generation; /* of all ledgers, if `all` */
    int64_t day;         /* 0: whatever the date */
    int64_t inst;        /* of whom it tells; YJ_NO_INST: of no institution in particular */
    bool all;
    bool fit; /* the answer may be kept at all */
} yj_stamp;

typedef struct yj_hit {
    yj_answer *answer; /* a reference */
    char etag[YJ_ETAG_MAX];
    int route;
    int64_t inst; /* as stamped */
} yj_hit;

typedef struct yj_cache yj_cache;
/** @param day  today's number, asked only for answers bound to a day */
yj_cache *yj_cache_new(size_t max_bytes, yj_tallies *t, int64_t (*day)(void *ctx), void *ctx);
void yj_cache_free(yj_cache *c);
YJ_DEFINE_CLEANUP(yj_cache, yj_cache_free)
/** @param form  bits that set answers to the same target apart (language, encoding) */
bool yj_cache_find(yj_cache *c, yj_span target, unsigned form, yj_hit *ret);
/** Takes a reference of its own. Ignored if too large or no longer true. */
void yj_cache_put(yj_cache *c, yj_span target, unsigned form, const yj_stamp *stamp, yj_answer *a,
                  const char *etag, int route);

typedef struct yj_cache_stats {
    uint64_t hits, misses, bytes, entries;
} yj_cache_stats;
void yj_cache_stats_read(yj_cache *c, yj_cache_stats *ret);

#endif
