// SPDX-License-Identifier: Apache-2.0
/* SHA-256's compression function, from FIPS 180-4, section 6.2.2: for registers that hold a word of 16 texts,
 * and for one text by the processor's own instructions. */
#include "instrument/verify/lanes_kernel.h"
#include "instrument/verify/lanes_simd.h"

#if defined(__x86_64__)

static const uint32_t k_of[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The sums of the standard; it rotates to the right. */
#define UPPER_0(x) XOR_16(ROL_16(x, 30), ROL_16(x, 19), ROL_16(x, 10))
#define UPPER_1(x) XOR_16(ROL_16(x, 26), ROL_16(x, 21), ROL_16(x, 7))
#define LOWER_0(x) XOR_16(ROL_16(x, 25), ROL_16(x, 14), (x) >> 3)
#define LOWER_1(x) XOR_16(ROL_16(x, 15), ROL_16(x, 13), (x) >> 10)

#define ROUND(a, b, c, d, e, f, g, h, k, now)                                                                \
    do {                                                                                                     \
        (h) += ((now) + ALL_16(k)) + UPPER_1(e) + CH_16(e, f, g);                                            \
        (d) += (h);                                                                                          \
        (h) += UPPER_0(a) + MAJ_16(a, b, c);                                                                 \
    } while (0)

#define EXPAND(j) (w[j] += LOWER_0(w[((j) + 1) % 16]) + w[((j) + 9) % 16] + LOWER_1(w[((j) + 14) % 16]))

#define EIGHT_ROUNDS(j, k)                                                                                   \
    do {                                                                                                     \
        ROUND(a, b, c, d, e, f, g, h, (k)[0], w[j]);                                                         \
        ROUND(h, a, b, c, d, e, f, g, (k)[1], w[(j) + 1]);                                                   \
        ROUND(g, h, a, b, c, d, e, f, (k)[2], w[(j) + 2]);                                                   \
        ROUND(f, g, h, a, b, c, d, e, (k)[3], w[(j) + 3]);                                                   \
        ROUND(e, f, g, h, a, b, c, d, (k)[4], w[(j) + 4]);                                                   \
        ROUND(d, e, f, g, h, a, b, c, (k)[5], w[(j) + 5]);                                                   \
        ROUND(c, d, e, f, g, h, a, b, (k)[6], w[(j) + 6]);                                                   \
        ROUND(b, c, d, e, f, g, h, a, (k)[7], w[(j) + 7]);                                                   \
    } while (0)

#define EIGHT_EXPANDED(j, k)                                                                                 \
    do {                                                                                                     \
        EXPAND(j);                                                                                           \
        EXPAND((j) + 1);                                                                                     \
        EXPAND((j) + 2);                                                                                     \
        EXPAND((j) + 3);                                                                                     \
        EXPAND((j) + 4);                                                                                     \
        EXPAND((j) + 5);                                                                                     \
        EXPAND((j) + 6);                                                                                     \
        EXPAND((j) + 7);                                                                                     \
        EIGHT_ROUNDS(j, k);                                                                                  \
    } while (0)

FOR_AVX512 void yj_sha256_avx512(yj_lanes_state *s, const uint8_t *const in[YJ_LANES_MAX], size_t blocks)
{
    WORD_16 v[YJ_LANES_WORDS], w[16];
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        v[i] = LOAD_16(s->word[i]);
    for (size_t n = 0; n < blocks; n++) {
        WORD_16 a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];
        turned_16(in, n * YJ_LANES_BLOCK, w);
        EIGHT_ROUNDS(0, k_of);
        EIGHT_ROUNDS(8, k_of + 8);
        for (const uint32_t *k = k_of + 16; k < k_of + 64; k += 16) {
            EIGHT_EXPANDED(0, k);
            EIGHT_EXPANDED(8, k + 8);
        }
        v[0] += a;
        v[1] += b;
        v[2] += c;
        v[3] += d;
        v[4] += e;
        v[5] += f;
        v[6] += g;
        v[7] += h;
    }
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        STORE_16(s->word[i], v[i]);
}

/* --- one text --------------------------------------------------------------------------------------------
 */

#define FOR_NI __attribute__((target("sha,sse4.1,ssse3")))

FOR_NI static inline __m128i load_four(const void *p)
{
    return _mm_loadu_si128((const __m128i_u *)p);
}

/* Four rounds with w0; where a word is still to come, it takes w0's place. */
#define NI_ROUNDS(i, w0)                                                                                     \
    do {                                                                                                     \
        __m128i x = _mm_add_epi32(w0, load_four(k_of + 4 * (i)));                                            \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);                                                         \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(x, 0x0e));                                \
    } while (0)
#define NI_EXPANDED(i, w0, w1, w2, w3)                                                                       \
    do {                                                                                                     \
        NI_ROUNDS(i, w0);                                                                                    \
        (w0) = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));                      \
        (w0) = _mm_sha256msg2_epu32(w0, w3);                                                                 \
    } while (0)
#define NI_SIXTEEN(i)                                                                                        \
    do {                                                                                                     \
        NI_EXPANDED(i, w0, w1, w2, w3);                                                                      \
        NI_EXPANDED((i) + 1, w1, w2, w3, w0);                                                                \
        NI_EXPANDED((i) + 2, w2, w3, w0, w1);                                                                \
        NI_EXPANDED((i) + 3, w3, w0, w1, w2);                                                                \
    } while (0)

FOR_NI void yj_sha256_ni(uint32_t v[YJ_LANES_WORDS], const uint8_t *in, size_t blocks)
{
    const __m128i swap = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    __m128i abef = _mm_set_epi32((int)v[0], (int)v[1], (int)v[4], (int)v[5]);
    __m128i cdgh = _mm_set_epi32((int)v[2], (int)v[3], (int)v[6], (int)v[7]);
    for (; blocks > 0; blocks--, in += YJ_LANES_BLOCK) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w0 = _mm_shuffle_epi8(load_four(in), swap), w1 = _mm_shuffle_epi8(load_four(in + 16), swap);
        __m128i w2 = _mm_shuffle_epi8(load_four(in + 32), swap);
        __m128i w3 = _mm_shuffle_epi8(load_four(in + 48), swap);
        NI_SIXTEEN(0);
        NI_SIXTEEN(4);
        NI_SIXTEEN(8);
        NI_ROUNDS(12, w0);
        NI_ROUNDS(13, w1);
        NI_ROUNDS(14, w2);
        NI_ROUNDS(15, w3);
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    v[0] = (uint32_t)_mm_extract_epi32(abef, 3);
    v[1] = (uint32_t)_mm_extract_epi32(abef, 2);
    v[4] = (uint32_t)_mm_extract_epi32(abef, 1);
    v[5] = (uint32_t)_mm_extract_epi32(abef, 0);
    v[2] = (uint32_t)_mm_extract_epi32(cdgh, 3);
    v[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
    v[6] = (uint32_t)_mm_extract_epi32(cdgh, 1);
    v[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}

#endif
