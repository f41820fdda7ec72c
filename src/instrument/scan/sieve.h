// SPDX-License-Identifier: Apache-2.0
/**
 * The first look at a text: 64 bytes at a time become bits, by which whole words are passed over without
 * being read one by one. Bits are exact, and the same on every machine: what they leave open is looked at by
 * the detectors. Vector instructions are chosen when the program runs.
 *
 * Pure; any number of threads.
 */
#ifndef YJ_INSTRUMENT_SCAN_SIEVE_H
#define YJ_INSTRUMENT_SCAN_SIEVE_H

#include "base/span.h"

/* Bit i says it of byte i of the block; the last four of what begins there, also if it goes on into the next
 * block. */
typedef struct yj_sieve_block {
    uint64_t word;    /* ASCII [0-9A-Za-z_] */
    uint64_t digit;   /* ASCII [0-9] */
    uint64_t high;    /* no ASCII */
    uint64_t at;      /* '@' */
    uint64_t key;     /* three bytes of fixed text that tokens, keys and addresses of robots have */
    uint64_t tail;    /* the last three letters of an English label that announces a value, in any case */
    uint64_t account; /* the last three bytes of a label of accounts, in any case */
    uint64_t sign;    /* the last character of such a Chinese label, or "://" */
} yj_sieve_block;

typedef enum yj_sieve_level {
    YJ_SIEVE_PLAIN, /* C alone */
    YJ_SIEVE_SSE2,
    YJ_SIEVE_AVX2,
    YJ_SIEVE_AVX512, /* F, BW */
    YJ_SIEVE_LEVEL_COUNT_
} yj_sieve_level;

const char *yj_sieve_level_name(yj_sieve_level level);
/** The best this machine has. */
yj_sieve_level yj_sieve_best(void);
/** For tests and measurements: at most this level from now on, in all threads; one that the machine lacks is
 *  not taken. */
void yj_sieve_limit(yj_sieve_level level);

/** Fill `count` blocks from the beginning of `text`; bytes behind its end count as NUL.
 *  @param accounts false: that bit set stays 0 */
void yj_sieve(yj_span text, yj_sieve_block *blocks, size_t count, bool accounts);

#endif
