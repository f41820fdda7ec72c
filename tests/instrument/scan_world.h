// SPDX-License-Identifier: Apache-2.0
/** Made-up documents with known contents, for tests and the bench: sentences, tables, logs and settings in
 * Chinese and English, with true items and near misses. The same seed makes the same document. */
#ifndef YJ_TESTS_SCAN_WORLD_H
#define YJ_TESTS_SCAN_WORLD_H

#include "instrument/scan/detect.h"

typedef struct scan_truth {
    yj_scan_class what;
    size_t at, len;
} scan_truth;

#define SCAN_TRUTHS_MAX 4096
typedef struct scan_world {
    uint64_t random;
    yj_buf text;
    scan_truth truth[SCAN_TRUTHS_MAX];
    size_t count;
} scan_world;

void scan_world_init(scan_world *w);
void scan_world_done(scan_world *w);
/** Make a document anew. */
void scan_world_make(scan_world *w, uint64_t seed);

/** Hits against the truth: right, wrong (found but not there), missed; by class, then added up. */
typedef struct scan_score {
    uint64_t right[YJ_SCAN_CLASS_COUNT_], wrong[YJ_SCAN_CLASS_COUNT_], missed[YJ_SCAN_CLASS_COUNT_];
} scan_score;
/** @param tell print each that is wrong or missed (made-up data) */
void scan_world_score(const scan_world *w, scan_score *s, bool tell);
double scan_precision(const scan_score *s, int c); /* c -1: of all classes */
double scan_recall(const scan_score *s, int c);

#endif
