// SPDX-License-Identifier: Apache-2.0
/* SM3's compression function, from GB/T 32905-2016, sections 4 and 5.3: once for a word of one text, once for
 * registers that hold a word of 8 or 16 texts. */
#include "instrument/verify/lanes_kernel.h"
#include "instrument/verify/lanes_simd.h"

/* T of each round, rotated by the round's number as the round uses it. */
#define T0(j) (0x79cc4519u << (j) | (uint32_t)((uint64_t)0x79cc4519u >> (32 - (j))))
#define T1(j) (0x7a879d8au << ((j) % 32) | (uint32_t)((uint64_t)0x7a879d8au >> (32 - (j) % 32)))
#define FOUR(t, j) t(j), t((j) + 1), t((j) + 2), t((j) + 3)
#define SIXTEEN(t, j) FOUR(t, j), FOUR(t, (j) + 4), FOUR(t, (j) + 8), FOUR(t, (j) + 12)
static const uint32_t t_of[64] = { SIXTEEN(T0, 0), SIXTEEN(T1, 16), SIXTEEN(T1, 32), SIXTEEN(T1, 48) };

/* One round. Instead of moving words along, the caller names them in turned order. W is the word's kind: its
 * type, rotation and so on have that ending. */
#define ROUND(W, ff, gg, a, b, c, d, e, f, g, h, t, now, ahead)                                              \
    do {                                                                                                     \
        WORD_##W turned = ROL_##W(a, 12);                                                                    \
        WORD_##W ss1 = ROL_##W(turned + (e) + ALL_##W(t), 7);                                                \
        (d) += ff##_##W(a, b, c) + (ss1 ^ turned) + ((now) ^ (ahead));                                       \
        (h) += gg##_##W(e, f, g) + ss1 + (now);                                                              \
        (b) = ROL_##W(b, 9);                                                                                 \
        (f) = ROL_##W(f, 19);                                                                                \
        (h) = XOR_##W(h, ROL_##W(h, 9), ROL_##W(h, 17));                                                     \
    } while (0)

/* The message's word j, in the place of the word 16 before it. */
#define EXPAND(W, j)                                                                                         \
    do {                                                                                                     \
        WORD_##W x = XOR_##W(w[(j) % 16], w[((j) + 7) % 16], ROL_##W(w[((j) + 13) % 16], 15));               \
        x = XOR_##W(x, ROL_##W(x, 15), ROL_##W(x, 23));                                                      \
        w[(j) % 16] = XOR_##W(x, ROL_##W(w[((j) + 3) % 16], 7), w[((j) + 10) % 16]);                         \
    } while (0)

#define FOUR_ROUNDS(W, ff, gg, j, t)                                                                         \
    do {                                                                                                     \
        ROUND(W, ff, gg, a, b, c, d, e, f, g, h, (t)[0], w[(j) % 16], w[((j) + 4) % 16]);                    \
        ROUND(W, ff, gg, d, a, b, c, h, e, f, g, (t)[1], w[((j) + 1) % 16], w[((j) + 5) % 16]);              \
        ROUND(W, ff, gg, c, d, a, b, g, h, e, f, (t)[2], w[((j) + 2) % 16], w[((j) + 6) % 16]);              \
        ROUND(W, ff, gg, b, c, d, a, f, g, h, e, (t)[3], w[((j) + 3) % 16], w[((j) + 7) % 16]);              \
    } while (0)

#define FOUR_EXPANDED(W, ff, gg, j, t)                                                                       \
    do {                                                                                                     \
        EXPAND(W, (j) + 4);                                                                                  \
        EXPAND(W, (j) + 5);                                                                                  \
        EXPAND(W, (j) + 6);                                                                                  \
        EXPAND(W, (j) + 7);                                                                                  \
        FOUR_ROUNDS(W, ff, gg, j, t);                                                                        \
    } while (0)

/* All 64 rounds on a..h and w[16]. */
#define ROUNDS(W)                                                                                            \
    do {                                                                                                     \
        FOUR_ROUNDS(W, XOR, XOR, 0, t_of);                                                                   \
        FOUR_ROUNDS(W, XOR, XOR, 4, t_of + 4);                                                               \
        FOUR_ROUNDS(W, XOR, XOR, 8, t_of + 8);                                                               \
        FOUR_EXPANDED(W, XOR, XOR, 12, t_of + 12);                                                           \
        for (const uint32_t *t = t_of + 16; t < t_of + 64; t += 16) {                                        \
            FOUR_EXPANDED(W, MAJ, CH, 0, t);                                                                 \
            FOUR_EXPANDED(W, MAJ, CH, 4, t + 4);                                                             \
            FOUR_EXPANDED(W, MAJ, CH, 8, t + 8);                                                             \
            FOUR_EXPANDED(W, MAJ, CH, 12, t + 12);                                                           \
        }                                                                                                    \
    } while (0)

void yj_sm3_plain(uint32_t v[YJ_LANES_WORDS], const uint8_t *in, size_t blocks)
{
    for (; blocks > 0; blocks--, in += YJ_LANES_BLOCK) {
        WORD_1 a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7], w[16];
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)in[4 * i] << 24 | (uint32_t)in[4 * i + 1] << 16 | (uint32_t)in[4 * i + 2] << 8 |
                   in[4 * i + 3];
        ROUNDS(1);
        v[0] ^= a;
        v[1] ^= b;
        v[2] ^= c;
        v[3] ^= d;
        v[4] ^= e;
        v[5] ^= f;
        v[6] ^= g;
        v[7] ^= h;
    }
}

#if defined(__x86_64__)

FOR_AVX2 void yj_sm3_avx2(yj_lanes_state *s, const uint8_t *const in[YJ_LANES_MAX], size_t blocks)
{
    WORD_8 v[YJ_LANES_WORDS], w[16];
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        v[i] = LOAD_8(s->word[i]);
    for (size_t n = 0; n < blocks; n++) {
        WORD_8 a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];
        turned_8(in, n * YJ_LANES_BLOCK, w);
        turned_8(in, n * YJ_LANES_BLOCK + YJ_LANES_BLOCK / 2, w + 8);
        ROUNDS(8);
        v[0] ^= a;
        v[1] ^= b;
        v[2] ^= c;
        v[3] ^= d;
        v[4] ^= e;
        v[5] ^= f;
        v[6] ^= g;
        v[7] ^= h;
    }
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        STORE_8(s->word[i], v[i]);
}

FOR_AVX512 void yj_sm3_avx512(yj_lanes_state *s, const uint8_t *const in[YJ_LANES_MAX], size_t blocks)
{
    WORD_16 v[YJ_LANES_WORDS], w[16];
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        v[i] = LOAD_16(s->word[i]);
    for (size_t n = 0; n < blocks; n++) {
        WORD_16 a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];
        turned_16(in, n * YJ_LANES_BLOCK, w);
        ROUNDS(16);
        v[0] ^= a;
        v[1] ^= b;
        v[2] ^= c;
        v[3] ^= d;
        v[4] ^= e;
        v[5] ^= f;
        v[6] ^= g;
        v[7] ^= h;
    }
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        STORE_16(s->word[i], v[i]);
}

#endif
