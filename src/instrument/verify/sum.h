// SPDX-License-Identifier: Apache-2.0
/** Digests of files, of any length that manifests use: SHA-256 and SHA-512 (FIPS 180-4), SM3 (GB/T 32905).
 * MD5 and SHA-1 only where what exists already uses them: they show damage, not forgery. */
#ifndef YJ_INSTRUMENT_VERIFY_SUM_H
#define YJ_INSTRUMENT_VERIFY_SUM_H

#include "base/span.h"

typedef enum yj_sum_alg {
    YJ_SUM_SHA256,
    YJ_SUM_SHA512,
    YJ_SUM_SM3,
    YJ_SUM_MD5,
    YJ_SUM_SHA1,
    YJ_SUM_COUNT_
} yj_sum_alg;
#define YJ_SUM_MAX 64

typedef struct yj_sum {
    uint8_t b[YJ_SUM_MAX]; /* the first yj_sum_len() bytes; the others are 0 */
} yj_sum;

size_t yj_sum_len(yj_sum_alg alg);
const char *yj_sum_name(yj_sum_alg alg); /* "sha256" */
const char *yj_sum_tag(yj_sum_alg alg);  /* "SHA256", as lines with a tag write it */
/** By name or tag, without the weak ones. */
bool yj_sum_by_name(yj_span name, yj_sum_alg *ret);
bool yj_sum_by_tag(yj_span tag, yj_sum_alg *ret);
bool yj_sum_by_any_name(yj_span name, yj_sum_alg *ret);
bool yj_sum_weak(yj_sum_alg alg);
/** Lower-case hex and a NUL. */
void yj_sum_hex(yj_sum_alg alg, const yj_sum *s, char ret[static 2 * YJ_SUM_MAX + 1]);
/** Hex of either case, of exactly the algorithm's length. */
bool yj_sum_from_hex(yj_sum_alg alg, yj_span hex, yj_sum *ret);

/** A reusable context; one thread at a time. */
typedef struct yj_summer yj_summer;
yj_summer *yj_summer_new(yj_sum_alg alg); /* NULL when out of memory */
void yj_summer_free(yj_summer *s);
YJ_DEFINE_CLEANUP(yj_summer, yj_summer_free)
void yj_summer_begin(yj_summer *s);
void yj_summer_add(yj_summer *s, const void *bytes, size_t len);
void yj_summer_end(yj_summer *s, yj_sum *ret);

#endif
