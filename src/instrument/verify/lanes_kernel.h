// SPDX-License-Identifier: Apache-2.0
/** The compression functions behind lanes.h, as a table of them: each takes whole blocks and leaves a state.
 */
#ifndef YJ_INSTRUMENT_VERIFY_LANES_KERNEL_H
#define YJ_INSTRUMENT_VERIFY_LANES_KERNEL_H

#include "instrument/verify/lanes.h"

#define YJ_LANES_WORDS 8

/* Word by word, the lanes side by side. */
typedef struct yj_lanes_state {
    _Alignas(64) uint32_t word[YJ_LANES_WORDS][YJ_LANES_MAX];
} yj_lanes_state;

/** As many blocks of every lane, lane i's from in[i] at any address. */
typedef void yj_lanes_many(yj_lanes_state *s, const uint8_t *const in[YJ_LANES_MAX], size_t blocks);
/** Blocks of one text; its state alone. */
typedef void yj_lanes_one(uint32_t state[YJ_LANES_WORDS], const uint8_t *in, size_t blocks);

yj_lanes_one yj_sm3_plain;
#if defined(__x86_64__)
yj_lanes_many yj_sm3_avx2;   /* 8 lanes */
yj_lanes_many yj_sm3_avx512; /* 16 */
yj_lanes_many yj_sha256_avx512;
yj_lanes_one yj_sha256_ni;
#endif

#endif
