// SPDX-License-Identifier: Apache-2.0
/**
 * One way to write 32-bit words of 1, 8 (AVX2) and 16 (AVX-512) lanes, by the ending of the name: WORD, ROL
 * (rotated left), XOR (of three), MAJ (the majority), CH (the first chooses), ALL (one value in all lanes),
 * and blocks of texts turned into such words. For the files that compute in lanes, and nobody else.
 */
#ifndef YJ_INSTRUMENT_VERIFY_LANES_SIMD_H
#define YJ_INSTRUMENT_VERIFY_LANES_SIMD_H

#include <stdint.h>

#define WORD_1 uint32_t
#define ROL_1(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define XOR_1(x, y, z) ((x) ^ (y) ^ (z))
#define MAJ_1(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define CH_1(x, y, z) (((x) & ((y) ^ (z))) ^ (z))
#define ALL_1(x) (x)

#if defined(__x86_64__)
#include <immintrin.h>

#define FOR_AVX2 __attribute__((target("avx2")))
#define FOR_AVX512 __attribute__((target("avx512f,avx512bw")))

typedef uint32_t yj_word_8 __attribute__((vector_size(32)));
typedef uint32_t yj_word_16 __attribute__((vector_size(64)));

#define WORD_8 yj_word_8
#define ROL_8(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define XOR_8(x, y, z) ((x) ^ (y) ^ (z))
#define MAJ_8(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define CH_8(x, y, z) (((x) & ((y) ^ (z))) ^ (z))
#define ALL_8(x) ((yj_word_8)_mm256_set1_epi32((int)(x)))
#define LOAD_8(p) ((yj_word_8)_mm256_loadu_si256((const __m256i_u *)(const void *)(p)))
#define STORE_8(p, x) _mm256_storeu_si256((__m256i_u *)(void *)(p), (__m256i)(x))

/* The constants of the ternary operations are their truth tables. */
#define THREE_16(x, y, z, table)                                                                             \
    ((yj_word_16)_mm512_ternarylogic_epi32((__m512i)(x), (__m512i)(y), (__m512i)(z), table))
#define WORD_16 yj_word_16
#define ROL_16(x, n) ((yj_word_16)_mm512_rol_epi32((__m512i)(x), n))
#define XOR_16(x, y, z) THREE_16(x, y, z, 0x96)
#define MAJ_16(x, y, z) THREE_16(x, y, z, 0xe8)
#define CH_16(x, y, z) THREE_16(x, y, z, 0xca)
#define ALL_16(x) ((yj_word_16)_mm512_set1_epi32((int)(x)))
#define LOAD_16(p) ((yj_word_16)_mm512_loadu_si512((const void *)(p)))
#define STORE_16(p, x) _mm512_storeu_si512((void *)(p), (__m512i)(x))

/* 32 bytes of each of 8 texts, from `at`, become 8 words of all, read as big-endian. */
FOR_AVX2 static inline void turned_8(const uint8_t *const in[], size_t at, yj_word_8 w[8])
{
    const __m256i swap = _mm256_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7,
                                          6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
#define ROW(i) _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i_u *)(const void *)(in[i] + at)), swap)
#define PAIR(i)                                                                                              \
    const __m256i r##i = ROW(i), s##i = ROW((i) + 1), l##i = _mm256_unpacklo_epi32(r##i, s##i),              \
                  h##i = _mm256_unpackhi_epi32(r##i, s##i)
    PAIR(0);
    PAIR(2);
    PAIR(4);
    PAIR(6);
#define COLUMN(k, part, half)                                                                                \
    do {                                                                                                     \
        __m256i x = _mm256_unpack##half##_epi64(part##0, part##2);                                           \
        __m256i y = _mm256_unpack##half##_epi64(part##4, part##6);                                           \
        w[k] = (yj_word_8)_mm256_permute2x128_si256(x, y, 0x20);                                             \
        w[(k) + 4] = (yj_word_8)_mm256_permute2x128_si256(x, y, 0x31);                                       \
    } while (0)
    COLUMN(0, l, lo);
    COLUMN(1, l, hi);
    COLUMN(2, h, lo);
    COLUMN(3, h, hi);
#undef COLUMN
#undef PAIR
#undef ROW
}

/* 64 bytes of each of 16 texts, from `at`, become 16 words of all, read as big-endian. */
FOR_AVX512 static inline void turned_16(const uint8_t *const in[], size_t at, yj_word_16 w[16])
{
    const __m512i swap =
        _mm512_broadcast_i32x4(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
#define ROW(i) _mm512_shuffle_epi8(_mm512_loadu_si512((const void *)(in[i] + at)), swap)
#define PAIR(i)                                                                                              \
    const __m512i r##i = ROW(i), s##i = ROW((i) + 1), l##i = _mm512_unpacklo_epi32(r##i, s##i),              \
                  h##i = _mm512_unpackhi_epi32(r##i, s##i)
    PAIR(0);
    PAIR(2);
    PAIR(4);
    PAIR(6);
    PAIR(8);
    PAIR(10);
    PAIR(12);
    PAIR(14);
    /* x and y hold columns k, k+4, k+8, k+12 in their quarters, of rows 0-3 and 4-7, z and u of 8-11, 12-15
     */
#define COLUMN(k, part, half)                                                                                \
    do {                                                                                                     \
        __m512i x = _mm512_unpack##half##_epi64(part##0, part##2);                                           \
        __m512i y = _mm512_unpack##half##_epi64(part##4, part##6);                                           \
        __m512i z = _mm512_unpack##half##_epi64(part##8, part##10);                                          \
        __m512i u = _mm512_unpack##half##_epi64(part##12, part##14);                                         \
        __m512i even = _mm512_shuffle_i32x4(x, y, 0x88), odd = _mm512_shuffle_i32x4(x, y, 0xdd);             \
        __m512i even2 = _mm512_shuffle_i32x4(z, u, 0x88), odd2 = _mm512_shuffle_i32x4(z, u, 0xdd);           \
        w[k] = (yj_word_16)_mm512_shuffle_i32x4(even, even2, 0x88);                                          \
        w[(k) + 4] = (yj_word_16)_mm512_shuffle_i32x4(odd, odd2, 0x88);                                      \
        w[(k) + 8] = (yj_word_16)_mm512_shuffle_i32x4(even, even2, 0xdd);                                    \
        w[(k) + 12] = (yj_word_16)_mm512_shuffle_i32x4(odd, odd2, 0xdd);                                     \
    } while (0)
    COLUMN(0, l, lo);
    COLUMN(1, l, hi);
    COLUMN(2, h, lo);
    COLUMN(3, h, hi);
#undef COLUMN
#undef PAIR
#undef ROW
}

#endif
#endif
