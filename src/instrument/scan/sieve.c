// SPDX-License-Identifier: Apache-2.0
/* Sets of at most eight texts of three bytes each are looked for at every place at once: one bit for each
 * text, six tables by half bytes (a way known as Teddy, from the Hyperscan library). As no two texts share a
 * bit, what the tables say is exact. Plain SSE2 cannot look up in tables and compares. */
#include "instrument/scan/sieve.h"

#include "instrument/scan/context.h"

#include <pthread.h>
#include <stdatomic.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK ((size_t)64)
#define TEXTS 8
#define ANY '\0' /* a byte that may be any, in the sets below */

/* Test sieve_covers_the_words holds these to words_zh.c. */
#define KEY_LIST(X)                                                                                          \
    X('L', 'T', 'A')                                                                                         \
    X('A', 'K', 'I')                                                                                         \
    X('g', 'h', ANY) X('S', 'E', 'C') X('e', 'y', 'J') X('p', 'i', '.') X('.', 'f', 'e') X('-', 'B', 'E')
#define TAIL_LIST(X)                                                                                         \
    X('o', 'r', 'd')                                                                                         \
    X(ANY, 'w', 'd')                                                                                         \
    X('a', 's', 'e') X('r', 'e', 't') X('k', 'e', 'y') X('a', 'm', 'e') X('e', 's', 's') X('d', 'd', 'r')
/* the characters ming, cheng, ren, zhi, suo, ma, ling */
#define SIGN_LIST(X)                                                                                         \
    X('\xe5', '\x90', '\x8d')                                                                                \
    X('\xe7', '\xa7', '\xb0')                                                                                \
    X('\xe4', '\xba', '\xba')                                                                                \
    X('\xe5', '\x9d', '\x80')                                                                                \
    X('\xe6', '\x89', '\x80') X('\xe7', '\xa0', '\x81') X('\xe4', '\xbb', '\xa4') X(':', '/', '/')

/* the characters hao, hu, ma, tong; "account", "code", "no", "number" */
#define ACCOUNT_LIST(X)                                                                                      \
    X('\xe5', '\x8f', '\xb7')                                                                                \
    X('\xe6', '\x88', '\xb7')                                                                                \
    X('\xe7', '\xa0', '\x81')                                                                                \
    X('\xe9', '\x80', '\x9a')                                                                                \
    X('u', 'n', 't') X('o', 'd', 'e') X(ANY, 'n', 'o') X('b', 'e', 'r')

enum { KEY, TAIL, SIGN, ACCOUNT, SETS };
static const char texts[SETS][TEXTS][3] = {
#define X(a, b, c) { a, b, c },
    [KEY] = { KEY_LIST(X) },
    [TAIL] = { TAIL_LIST(X) },
    [SIGN] = { SIGN_LIST(X) },
    [ACCOUNT] = { ACCOUNT_LIST(X) },
#undef X
};

static struct {
    uint8_t byte[SETS][3][256];                  /* texts that may have this byte there */
    uint8_t low[SETS][3][16], high[SETS][3][16]; /* the same by half bytes */
    uint8_t kind[256];                           /* bits: 1 word, 2 digit, 4 high, 8 '@' */
} tables;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;
static yj_sieve_level best;
static _Atomic int limit = YJ_SIEVE_LEVEL_COUNT_ - 1;

static void fill_sets(void)
{
    for (int s = 0; s < SETS; s++)
        for (int t = 0; t < TEXTS; t++)
            for (int i = 0; i < 3; i++) {
                unsigned c = (unsigned char)texts[s][t][i];
                uint8_t bit = (uint8_t)(1u << t);
                bool either = (s == TAIL || s == ACCOUNT) && c < 0x80; /* case */
                unsigned other = either ? c ^ 0x20 : c;
                for (unsigned any = 0; any < 256; any++)
                    if (c == ANY || c == any || other == any) {
                        tables.byte[s][i][any] |= bit;
                        tables.low[s][i][any & 15] |= bit;
                        tables.high[s][i][any >> 4] |= bit;
                    }
            }
}

static void fill(void)
{
    fill_sets();
    for (unsigned c = 0; c < 256; c++)
        tables.kind[c] = (uint8_t)((yj_scan_is_word((char)c) ? 1 : 0) | (c >= '0' && c <= '9' ? 2 : 0) |
                                   (c >= 0x80 ? 4 : 0) | (c == '@' ? 8 : 0));
    best = YJ_SIEVE_PLAIN;
#if defined(__x86_64__)
    __builtin_cpu_init();
    best = YJ_SIEVE_SSE2; /* every 64-bit x86 */
    if (__builtin_cpu_supports("avx2"))
        best = YJ_SIEVE_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        best = YJ_SIEVE_AVX512;
#endif
}

yj_sieve_level yj_sieve_best(void)
{
    pthread_once(&tables_once, fill);
    return best;
}

void yj_sieve_limit(yj_sieve_level level)
{
    atomic_store(&limit, (int)level);
}

const char *yj_sieve_level_name(yj_sieve_level level)
{
    static const char *const names[YJ_SIEVE_LEVEL_COUNT_] = { "plain C", "SSE2", "AVX2", "AVX-512" };
    return names[level];
}

/* --- C alone ----------------------------------------------------------------------------------------------
 */

/* @param p BLOCK + 2 bytes can be read */
static void plain(const unsigned char *p, yj_sieve_block *ret, bool accounts)
{
    yj_sieve_block b = { 0 };
    for (unsigned i = 0; i < BLOCK; i++) {
        uint64_t kind = tables.kind[p[i]];
        b.word |= (kind & 1) << i;
        b.digit |= (kind >> 1 & 1) << i;
        b.high |= (kind >> 2 & 1) << i;
        b.at |= (kind >> 3 & 1) << i;
        bool set[SETS];
        for (int s = 0; s < SETS; s++) {
            set[s] =
                (tables.byte[s][0][p[i]] & tables.byte[s][1][p[i + 1]] & tables.byte[s][2][p[i + 2]]) != 0;
        }
        b.key |= (uint64_t)set[KEY] << i;
        b.tail |= (uint64_t)set[TAIL] << i;
        b.sign |= (uint64_t)set[SIGN] << i;
        b.account |= (uint64_t)(accounts && set[ACCOUNT]) << i;
    }
    *ret = b;
}

#if defined(__x86_64__)

/* --- SSE2 -------------------------------------------------------------------------------------------------
 */

static __m128i load_128(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i_u *)(const void *)p);
}

static uint64_t bits_128(__m128i v)
{
    return (uint32_t)_mm_movemask_epi8(v);
}

/* Bytes from `first` on, `count` of them; signed comparison is all that SSE2 has. */
static __m128i range_128(__m128i v, char first, char count)
{
    __m128i moved = _mm_sub_epi8(v, _mm_set1_epi8((char)(first + 128)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(count - 128)));
}

static inline __attribute__((always_inline)) __m128i same_128(__m128i v, char c)
{
    return c == ANY ? _mm_set1_epi8(-1) : _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Of constants: what does not depend on the text is worked out by the compiler. */
#define X(x, y, z)                                                                                           \
    any = _mm_or_si128(any, _mm_and_si128(_mm_and_si128(same_128(a, x), same_128(b, y)), same_128(c, z)));
static inline uint64_t keys_128(__m128i a, __m128i b, __m128i c)
{
    __m128i any = _mm_setzero_si128();
    KEY_LIST(X)
    return bits_128(any);
}

static inline uint64_t tails_128(__m128i a, __m128i b, __m128i c)
{
    __m128i any = _mm_setzero_si128();
    TAIL_LIST(X)
    return bits_128(any);
}

static inline uint64_t accounts_128(const __m128i *plain, const __m128i *folded)
{
    __m128i any = _mm_setzero_si128();
#define PART(i, c) same_128((c)&0x80 ? plain[i] : folded[i], c)
#define Y(x, y, z) any = _mm_or_si128(any, _mm_and_si128(_mm_and_si128(PART(0, x), PART(1, y)), PART(2, z)));
    ACCOUNT_LIST(Y)
#undef Y
#undef PART
    return bits_128(any);
}

static inline uint64_t signs_128(__m128i a, __m128i b, __m128i c)
{
    __m128i any = _mm_setzero_si128();
    SIGN_LIST(X)
    return bits_128(any);
}
#undef X

static void sse2(const unsigned char *p, yj_sieve_block *ret, bool accounts)
{
    yj_sieve_block o = { 0 };
    const __m128i fold = _mm_set1_epi8(0x20);
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i a = load_128(p + i), b = load_128(p + i + 1), c = load_128(p + i + 2);
        __m128i fa = _mm_or_si128(a, fold), fb = _mm_or_si128(b, fold), fc = _mm_or_si128(c, fold);
        __m128i digit = range_128(a, '0', 10), letter = range_128(fa, 'a', 26);
        __m128i word = _mm_or_si128(_mm_or_si128(digit, letter), same_128(a, '_'));
        o.word |= bits_128(word) << i;
        o.digit |= bits_128(digit) << i;
        o.high |= bits_128(a) << i;
        o.at |= bits_128(same_128(a, '@')) << i;
        o.key |= keys_128(a, b, c) << i;
        o.tail |= tails_128(fa, fb, fc) << i;
        o.sign |= signs_128(a, b, c) << i;
        const __m128i plain_bytes[3] = { a, b, c }, folded_bytes[3] = { fa, fb, fc };
        if (accounts)
            o.account |= accounts_128(plain_bytes, folded_bytes) << i;
    }
    *ret = o;
}

/* --- AVX2 -------------------------------------------------------------------------------------------------
 */

#define FOR_AVX2 __attribute__((target("avx2")))

typedef struct half_256 {
    __m256i low, high;
} half_256;

FOR_AVX2 static inline half_256 halves_256(__m256i v)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    return (half_256){ _mm256_and_si256(v, nibble), _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble) };
}

FOR_AVX2 static inline __m256i table_256(const uint8_t *t)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)(const void *)t));
}

FOR_AVX2 static inline __m256i look_256(int set, int place, half_256 h)
{
    return _mm256_and_si256(_mm256_shuffle_epi8(table_256(tables.low[set][place]), h.low),
                            _mm256_shuffle_epi8(table_256(tables.high[set][place]), h.high));
}

FOR_AVX2 static inline uint64_t set_256(int set, half_256 a, half_256 b, half_256 c)
{
    __m256i all =
        _mm256_and_si256(_mm256_and_si256(look_256(set, 0, a), look_256(set, 1, b)), look_256(set, 2, c));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256())) & 0xffffffffu;
}

FOR_AVX2 static inline __m256i range_256(__m256i v, char first, char count)
{
    __m256i moved = _mm256_sub_epi8(v, _mm256_set1_epi8((char)(first + 128)));
    return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(count - 128)), moved);
}

FOR_AVX2 static inline uint64_t bits_256(__m256i v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

FOR_AVX2 static inline __m256i load_256(const unsigned char *p)
{
    return _mm256_loadu_si256((const __m256i_u *)(const void *)p);
}

FOR_AVX2 static void avx2(const unsigned char *p, yj_sieve_block *ret, bool accounts)
{
    yj_sieve_block o = { 0 };
    const __m256i fold = _mm256_set1_epi8(0x20);
    for (unsigned i = 0; i < BLOCK; i += 32) {
        __m256i a = load_256(p + i), b = load_256(p + i + 1), c = load_256(p + i + 2);
        __m256i fa = _mm256_or_si256(a, fold);
        half_256 ha = halves_256(a), hb = halves_256(b), hc = halves_256(c);
        __m256i digit = range_256(a, '0', 10), letter = range_256(fa, 'a', 26);
        __m256i word =
            _mm256_or_si256(_mm256_or_si256(digit, letter), _mm256_cmpeq_epi8(a, _mm256_set1_epi8('_')));
        o.word |= bits_256(word) << i;
        o.digit |= bits_256(digit) << i;
        o.high |= bits_256(a) << i;
        o.at |= bits_256(_mm256_cmpeq_epi8(a, _mm256_set1_epi8('@'))) << i;
        o.key |= set_256(KEY, ha, hb, hc) << i;
        o.sign |= set_256(SIGN, ha, hb, hc) << i;
        o.tail |= set_256(TAIL, ha, hb, hc) << i;
        if (accounts)
            o.account |= set_256(ACCOUNT, ha, hb, hc) << i;
    }
    *ret = o;
}

/* --- AVX-512 ----------------------------------------------------------------------------------------------
 */

#define FOR_AVX512 __attribute__((target("avx512f,avx512bw")))

typedef struct half_512 {
    __m512i low, high;
} half_512;

FOR_AVX512 static inline half_512 halves_512(__m512i v)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    return (half_512){ _mm512_and_si512(v, nibble), _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble) };
}

FOR_AVX512 static inline __m512i table_512(const uint8_t *t)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)(const void *)t));
}

FOR_AVX512 static inline __m512i look_512(int set, int place, half_512 h)
{
    return _mm512_and_si512(_mm512_shuffle_epi8(table_512(tables.low[set][place]), h.low),
                            _mm512_shuffle_epi8(table_512(tables.high[set][place]), h.high));
}

FOR_AVX512 static inline uint64_t set_512(int set, half_512 a, half_512 b, half_512 c)
{
    __m512i all =
        _mm512_and_si512(_mm512_and_si512(look_512(set, 0, a), look_512(set, 1, b)), look_512(set, 2, c));
    return _mm512_test_epi8_mask(all, all);
}

FOR_AVX512 static inline uint64_t range_512(__m512i v, char first, char count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8(first)), _mm512_set1_epi8(count));
}

FOR_AVX512 static void avx512(const unsigned char *p, yj_sieve_block *ret, bool accounts)
{
    const __m512i fold = _mm512_set1_epi8(0x20);
    __m512i a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(p + 1), c = _mm512_loadu_si512(p + 2);
    __m512i fa = _mm512_or_si512(a, fold);
    half_512 ha = halves_512(a), hb = halves_512(b), hc = halves_512(c);
    ret->digit = range_512(a, '0', 10);
    ret->word = ret->digit | range_512(fa, 'a', 26) | _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('_'));
    ret->high = _mm512_movepi8_mask(a);
    ret->at = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('@'));
    ret->key = set_512(KEY, ha, hb, hc);
    ret->sign = set_512(SIGN, ha, hb, hc);
    ret->tail = set_512(TAIL, ha, hb, hc);
    ret->account = accounts ? set_512(ACCOUNT, ha, hb, hc) : 0;
}

FOR_AVX2 static void run_avx2(const unsigned char *p, yj_sieve_block *blocks, size_t count, bool accounts)
{
    for (size_t i = 0; i < count; i++)
        avx2(p + i * BLOCK, blocks + i, accounts);
}

FOR_AVX512 static void run_avx512(const unsigned char *p, yj_sieve_block *blocks, size_t count, bool accounts)
{
    for (size_t i = 0; i < count; i++)
        avx512(p + i * BLOCK, blocks + i, accounts);
}

static void run_sse2(const unsigned char *p, yj_sieve_block *blocks, size_t count, bool accounts)
{
    for (size_t i = 0; i < count; i++)
        sse2(p + i * BLOCK, blocks + i, accounts);
}
#endif

static void run_plain(const unsigned char *p, yj_sieve_block *blocks, size_t count, bool accounts)
{
    for (size_t i = 0; i < count; i++)
        plain(p + i * BLOCK, blocks + i, accounts);
}

typedef void run_fn(const unsigned char *p, yj_sieve_block *blocks, size_t count, bool accounts);

void yj_sieve(yj_span text, yj_sieve_block *blocks, size_t count, bool accounts)
{
    static run_fn *const runs[YJ_SIEVE_LEVEL_COUNT_] = {
        [YJ_SIEVE_PLAIN] = run_plain,
#if defined(__x86_64__)
        [YJ_SIEVE_SSE2] = run_sse2,
        [YJ_SIEVE_AVX2] = run_avx2,
        [YJ_SIEVE_AVX512] = run_avx512,
#endif
    };
    int level = (int)yj_sieve_best(), most = atomic_load_explicit(&limit, memory_order_relaxed);
    run_fn *run = runs[level < most ? level : most];
    size_t whole = text.len >= 2 ? (text.len - 2) / BLOCK : 0; /* those look two bytes further */
    whole = whole < count ? whole : count;
    run((const unsigned char *)text.ptr, blocks, whole, accounts);
    for (size_t i = whole; i < count; i++) {
        unsigned char end[BLOCK + 2] = { 0 };
        size_t at = i * BLOCK, n = at < text.len ? text.len - at : 0;
        if (n > 0)
            memcpy(end, text.ptr + at, n < sizeof end ? n : sizeof end);
        run(end, blocks + i, 1, accounts);
    }
}
