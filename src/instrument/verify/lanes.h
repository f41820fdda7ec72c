// SPDX-License-Identifier: Apache-2.0
/**
 * Digests of several texts at a time, each in a lane of its own: SM3 (GB/T 32905) in the lanes of AVX2 or
 * AVX-512 registers, SHA-256 (FIPS 180-4) in those of AVX-512 where the processor also has SHA instructions.
 * The instructions are chosen when the program runs; the digests are those of sum.h. One thread at a time.
 */
#ifndef YJ_INSTRUMENT_VERIFY_LANES_H
#define YJ_INSTRUMENT_VERIFY_LANES_H

#include "instrument/verify/sum.h"

#define YJ_LANES_MAX 16
#define YJ_LANES_BLOCK 64 /* bytes */

typedef enum yj_lanes_level {
    YJ_LANES_PLAIN, /* one text after the other: there are no lanes */
    YJ_LANES_AVX2,
    YJ_LANES_AVX512, /* F, BW */
    YJ_LANES_LEVEL_COUNT_
} yj_lanes_level;

/** The best this machine has. */
yj_lanes_level yj_lanes_best(void);
/** For tests and measurements: at most this level from now on, in all threads; one that the machine lacks is
 *  not taken. */
void yj_lanes_limit(yj_lanes_level level);
/** How many lanes there are for `alg`; 1: none, and a summer (sum.h) is the way. */
unsigned yj_lanes_width(yj_sum_alg alg);
/** From so many texts on one thread that takes them all into its lanes is as fast as two that share them. */
unsigned yj_lanes_pack(yj_sum_alg alg);

typedef struct yj_lanes yj_lanes;
yj_lanes *yj_lanes_new(yj_sum_alg alg); /* NULL: no lanes for it here, or out of memory */
void yj_lanes_free(yj_lanes *l);
YJ_DEFINE_CLEANUP(yj_lanes, yj_lanes_free)
void yj_lanes_begin(yj_lanes *l, unsigned lane);
/** What comes next, of a lane that has used up what it was given before. @param bytes stay as they are until
 *  then @param len whole blocks, at least one, unless they are the `last`, which may be none */
void yj_lanes_give(yj_lanes *l, unsigned lane, const void *bytes, size_t len, bool last);
/** Go on until a lane has used up what it was given: which have, by their bits; 0 if none had anything. */
unsigned yj_lanes_run(yj_lanes *l);
/** The digest of a lane that has used up its last bytes. */
void yj_lanes_end(yj_lanes *l, unsigned lane, yj_sum *ret);
/** Whatever it was given is forgotten. */
void yj_lanes_drop(yj_lanes *l, unsigned lane);

#endif
