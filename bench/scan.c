// SPDX-License-Identifier: Apache-2.0
/* Precision and recall of the scan's detectors on seeds that were not used while they were written. */
#include "../tests/instrument/scan_world.h"
#include "world.h"

#include <stdio.h>

#define FIRST_SEED UINT64_C(1000000) /* the tests use those from 1 */

void bench_scan(unsigned documents)
{
    static scan_world w;
    scan_score s = { 0 };
    scan_world_init(&w);
    for (uint64_t i = 0; i < documents; i++) {
        scan_world_make(&w, FIRST_SEED + i);
        scan_world_score(&w, &s, false);
    }
    printf("%-16s %9s %7s %7s %10s %7s\n", "class", "right", "wrong", "missed", "precision", "recall");
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++)
        printf("%-16s %9llu %7llu %7llu %10.4f %7.4f\n", yj_scan_class_name((yj_scan_class)c),
               (unsigned long long)s.right[c], (unsigned long long)s.wrong[c],
               (unsigned long long)s.missed[c], scan_precision(&s, c), scan_recall(&s, c));
    printf("= scan: %u documents, precision %.4f, recall %.4f\n", documents, scan_precision(&s, -1),
           scan_recall(&s, -1));
    scan_world_done(&w);
}
