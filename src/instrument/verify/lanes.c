// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/lanes.h"
#include "instrument/verify/lanes_kernel.h"
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* A way to digest in lanes. Of fewer texts than `from`, one after the other is faster. */
typedef struct way {
    yj_sum_alg alg;
    yj_lanes_level level;
    unsigned width, from, pack;
    bool by_sha; /* only with the processor's SHA instructions */
    yj_lanes_many *many;
    yj_lanes_one *one;
    uint32_t first[YJ_LANES_WORDS]; /* state */
} way;

#define SM3_FIRST                                                                                            \
    {                                                                                                        \
        0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e       \
    }
#define SHA256_FIRST                                                                                         \
    {                                                                                                        \
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19       \
    }

/* The best first; the last has no lanes, and stands for all that is not in the table. */
static const way ways[] = {
#if defined(__x86_64__)
    { YJ_SUM_SM3, YJ_LANES_AVX512, 16, 2, 4, false, yj_sm3_avx512, yj_sm3_plain, SM3_FIRST },
    { YJ_SUM_SM3, YJ_LANES_AVX2, 8, 2, 4, false, yj_sm3_avx2, yj_sm3_plain, SM3_FIRST },
    { YJ_SUM_SHA256, YJ_LANES_AVX512, 16, 9, 9, true, yj_sha256_avx512, yj_sha256_ni, SHA256_FIRST },
#endif
    { .alg = YJ_SUM_COUNT_, .width = 1, .pack = 1 },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static yj_lanes_level best;
static bool has_sha;
static _Atomic int limit = YJ_LANES_LEVEL_COUNT_ - 1;

static void look(void)
{
    best = YJ_LANES_PLAIN;
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        best = YJ_LANES_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        best = YJ_LANES_AVX512;
    has_sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) && __builtin_cpu_supports("sse4.1");
#endif
}

yj_lanes_level yj_lanes_best(void)
{
    pthread_once(&once, look);
    return best;
}

void yj_lanes_limit(yj_lanes_level level)
{
    atomic_store(&limit, (int)level);
}

static const way *way_of(yj_sum_alg alg)
{
    const yj_lanes_level most = yj_lanes_best();
    const int wanted = atomic_load(&limit);
    const way *w = ways;
    while (w->many && (w->alg != alg || w->level > most || (int)w->level > wanted || (w->by_sha && !has_sha)))
        w++;
    return w;
}

unsigned yj_lanes_width(yj_sum_alg alg)
{
    return way_of(alg)->width;
}

unsigned yj_lanes_pack(yj_sum_alg alg)
{
    return way_of(alg)->pack;
}

/* Blocks that wait: of what was given, then of its end with the padding. */
typedef struct part {
    const uint8_t *at;
    size_t blocks;
} part;

typedef struct lane {
    part part[2];
    uint64_t bytes; /* given so far */
    uint8_t tail[2 * YJ_LANES_BLOCK];
} lane;

struct yj_lanes {
    yj_lanes_state state;
    const way *way;
    unsigned busy; /* those that were given something, by their bits */
    lane lane[YJ_LANES_MAX];
};

void yj_lanes_free(yj_lanes *l)
{
    free(l);
}

yj_lanes *yj_lanes_new(yj_sum_alg alg)
{
    const way *w = way_of(alg);
    yj_lanes *l = w->many ? aligned_alloc(_Alignof(yj_lanes), sizeof *l) : NULL;
    if (l) {
        memset(l, 0, sizeof *l);
        l->way = w;
    }
    return l;
}

void yj_lanes_begin(yj_lanes *l, unsigned n)
{
    assert(n < l->way->width);
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        l->state.word[i][n] = l->way->first[i];
    l->lane[n].bytes = 0;
    yj_lanes_drop(l, n);
}

void yj_lanes_drop(yj_lanes *l, unsigned n)
{
    l->lane[n].part[0] = l->lane[n].part[1] = (part){ NULL, 0 };
    l->busy &= ~(1u << n);
}

/* The rest of the text, a bit, zeros, and the number of bits: one block or two. Both digests pad alike. */
static part tail_of(lane *v, const uint8_t *rest, size_t len)
{
    const size_t blocks = len + 9 > YJ_LANES_BLOCK ? 2 : 1, end = blocks * YJ_LANES_BLOCK;
    memset(v->tail, 0, sizeof v->tail);
    if (len)
        memcpy(v->tail, rest, len);
    v->tail[len] = 0x80;
    for (size_t i = 0; i < 8; i++)
        v->tail[end - 1 - i] = (uint8_t)(v->bytes * 8 >> 8 * i);
    return (part){ v->tail, blocks };
}

void yj_lanes_give(yj_lanes *l, unsigned n, const void *bytes, size_t len, bool last)
{
    lane *v = &l->lane[n];
    const size_t whole = len / YJ_LANES_BLOCK, rest = len % YJ_LANES_BLOCK;
    assert(last || (whole > 0 && rest == 0));
    v->bytes += len;
    v->part[0] = (part){ bytes, whole };
    v->part[1] = last ? tail_of(v, (const uint8_t *)bytes + whole * YJ_LANES_BLOCK, rest) : (part){ NULL, 0 };
    l->busy |= 1u << n;
}

/* What of a lane waits next; NULL: nothing. */
static part *next_part(lane *v)
{
    return v->part[0].blocks ? &v->part[0] : v->part[1].blocks ? &v->part[1] : NULL;
}

static void use_up(yj_lanes *l, unsigned n)
{
    uint32_t alone[YJ_LANES_WORDS];
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        alone[i] = l->state.word[i][n];
    for (part *p; (p = next_part(&l->lane[n])) != NULL; p->blocks = 0)
        l->way->one(alone, p->at, p->blocks);
    for (int i = 0; i < YJ_LANES_WORDS; i++)
        l->state.word[i][n] = alone[i];
}

/* As many blocks of all as the one with the fewest has. */
static void step(yj_lanes *l)
{
    const uint8_t *in[YJ_LANES_MAX], *any = NULL;
    part *of[YJ_LANES_MAX];
    size_t blocks = SIZE_MAX;
    for (unsigned n = 0; n < l->way->width; n++) {
        of[n] = l->busy >> n & 1 ? next_part(&l->lane[n]) : NULL;
        if (!of[n])
            continue;
        any = of[n]->at;
        if (of[n]->blocks < blocks)
            blocks = of[n]->blocks;
    }
    for (unsigned n = 0; n < YJ_LANES_MAX; n++) /* an idle lane computes what nobody asks for */
        in[n] = n < l->way->width && of[n] ? of[n]->at : any;
    l->way->many(&l->state, in, blocks);
    for (unsigned n = 0; n < l->way->width; n++)
        if (of[n]) {
            of[n]->at += blocks * YJ_LANES_BLOCK;
            of[n]->blocks -= blocks;
        }
}

static unsigned used_up(yj_lanes *l, unsigned *ret_busy)
{
    unsigned empty = 0, busy = 0;
    for (unsigned n = 0; n < l->way->width; n++)
        if (l->busy >> n & 1) {
            busy++;
            if (!next_part(&l->lane[n]))
                empty |= 1u << n;
        }
    *ret_busy = busy;
    return empty;
}

unsigned yj_lanes_run(yj_lanes *l)
{
    for (;;) {
        unsigned busy = 0;
        const unsigned empty = used_up(l, &busy);
        if (empty || !busy)
            return empty;
        if (busy >= l->way->from) {
            step(l);
            continue;
        }
        for (unsigned n = 0; n < l->way->width; n++)
            if (l->busy >> n & 1)
                use_up(l, n);
    }
}

void yj_lanes_end(yj_lanes *l, unsigned n, yj_sum *ret)
{
    yj_sum sum = { { 0 } };
    assert((l->busy >> n & 1) && !next_part(&l->lane[n]));
    for (size_t i = 0; i < YJ_LANES_WORDS; i++)
        for (size_t k = 0; k < 4; k++)
            sum.b[4 * i + k] = (uint8_t)(l->state.word[i][n] >> (24 - 8 * k));
    yj_lanes_drop(l, n);
    *ret = sum;
}
