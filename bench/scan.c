// SPDX-License-Identifier: Apache-2.0
/* Precision and recall of the scan's detectors on seeds that were not used while they were written, and how
 * fast they are. */
#include "../tests/instrument/scan_world.h"
#include "world.h"

#include <stdio.h>
#include <time.h>

#define FIRST_SEED UINT64_C(1000000) /* the tests use those from 1 */
#define SPEED_BYTES ((size_t)32 << 20)

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count_hit(void *with, const yj_scan_hit *h)
{
    ++*(uint64_t *)with;
}

void bench_scan(unsigned documents)
{
    static scan_world w;
    scan_score s = { 0 };
    yj_buf all;
    yj_buf_init(&all, 2 * SPEED_BYTES);
    scan_world_init(&w);
    for (uint64_t i = 0; i < documents; i++) {
        scan_world_make(&w, FIRST_SEED + i);
        scan_world_score(&w, &s, false);
        if (all.len < SPEED_BYTES)
            yj_buf_span(&all, yj_buf_view(&w.text));
    }
    printf("%-16s %9s %7s %7s %10s %7s\n", "class", "right", "wrong", "missed", "precision", "recall");
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++)
        printf("%-16s %9llu %7llu %7llu %10.4f %7.4f\n", yj_scan_class_name((yj_scan_class)c),
               (unsigned long long)s.right[c], (unsigned long long)s.wrong[c],
               (unsigned long long)s.missed[c], scan_precision(&s, c), scan_recall(&s, c));
    printf("= scan: %u documents, precision %.4f, recall %.4f\n", documents, scan_precision(&s, -1),
           scan_recall(&s, -1));
    uint64_t hits = 0;
    double best = 1e9;
    for (int run = 0; run < 3; run++) {
        double begin = cpu_seconds();
        hits = 0;
        yj_scan_detect(yj_buf_view(&all), 0, all.len, NULL, count_hit, &hits);
        double took = cpu_seconds() - begin;
        best = took < best ? took : best;
    }
    printf("= scan: all detectors, scalar code, %zu bytes with a hit every %zu: %.1f MB/s of one core\n",
           all.len, hits ? all.len / (size_t)hits : 0, (double)all.len / 1e6 / best);
    yj_buf_done(&all);
    scan_world_done(&w);
}
