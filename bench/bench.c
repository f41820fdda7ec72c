// SPDX-License-Identifier: Apache-2.0
/*
 * Measures; tools/bench runs it.
 *
 *   bench writes  FOLDER [INSTITUTIONS [DEPLOYMENTS [SECONDS]]]   durable entries per second
 *   bench notices FOLDER [INSTITUTIONS [DEPLOYMENTS [SECONDS]]]   the same with notices worked out beside it
 *   bench latency FOLDER [DEPLOYMENTS [SECONDS [ROWS]]]           acknowledgement at 1,000 per second
 *   bench verify  FOLDER [ENTRIES]                                cold ledger, offline; three sizes
 *   bench verdict FOLDER [DEPLOYMENTS [INSTITUTIONS...]]          a verdict is new after a change
 *   bench rebuild FOLDER [DEPLOYMENTS...]                         rebuild and as-of
 *   bench exchange FOLDER [CLIENTS...]                            a provider's list, by its clients
 *   bench oversight FOLDER [INSTITUTIONS...]                      reading as an inspector; a regulator's
 *   bench scan    FOLDER [DOCUMENTS]                              precision and recall of scan by class
 *   bench scan-speed FOLDER                                       its speed beside ripgrep's; three sizes
 *   bench rules   FOLDER [DEPLOYMENTS]                            processor time by rule
 *   bench sector  FOLDER [DEPLOYMENTS [INSTITUTIONS...]]          size on disk, judged from nothing, a day
 *   bench registers FOLDER DEPLOYMENTS                            the registers as JSON Lines
 *
 * With "--store URL" before the part, all but verify and sector run on that PostgreSQL database, which is
 * emptied first. FOLDER is made and removed again (registers: kept). With "--keep" before the part it stays,
 * and a later run of as many deployments adds the institutions it lacks instead of making all again. Lines
 * that begin with
 * "=" are results.
 */
#include "world.h"

#include <stdio.h>

static int usage(void)
{
    fprintf(stderr, "usage: bench [--keep] [--seed NUMBER] [--density PERCENT] [--store URL] "
                    "writes|notices|latency|verify|verdict|rebuild|exchange|oversight|scan|scan-speed|rules|"
                    "sector|registers FOLDER "
                    "[NUMBER...]\n");
    return 2;
}

int main(int argc, char **argv)
{
    int64_t n[16] = { 0 };
    size_t count = 0;
    while (argc > 2 && strncmp(argv[1], "--", 2) == 0) {
        int64_t value = 0;
        bool is_seed = strcmp(argv[1], "--seed") == 0, is_density = strcmp(argv[1], "--density") == 0;
        int words = 2;
        if (strcmp(argv[1], "--keep") == 0) {
            world_keep();
            words = 1;
        } else if (strcmp(argv[1], "--store") == 0) {
            world_store(argv[2]);
        } else if ((is_seed || is_density) && yj_span_i64(yj_span_of(argv[2]), &value) && value >= 0 &&
                   (is_seed || value <= 100)) {
            template_set(is_seed ? (uint64_t)value : template_seed(),
                         is_seed ? template_density() : (unsigned)value);
        } else {
            return usage();
        }
        argv += words;
        argc -= words;
    }
    if (argc < 3)
        return usage();
    for (int i = 3; i < argc && count < YJ_COUNT(n); i++)
        if (!yj_span_i64(yj_span_of(argv[i]), &n[count]) || n[count] < 1 || n[count++] > 100000000)
            return usage();
#define ARG(i, otherwise) ((i) < count ? (unsigned)n[i] : (otherwise))
    yj_span what = yj_span_of(argv[1]);
    if (yj_span_is(what, "writes")) {
        bench_writes(argv[2], ARG(0, 1), ARG(1, 200), ARG(2, 4));
    } else if (yj_span_is(what, "notices")) {
        bench_notices(argv[2], ARG(0, 1), ARG(1, 200), ARG(2, 4));
    } else if (yj_span_is(what, "latency")) {
        bench_latency(argv[2], ARG(0, 200), ARG(1, 5), ARG(2, 100000));
    } else if (yj_span_is(what, "verify")) {
        bench_verify(argv[2], ARG(0, 400000));
    } else if (yj_span_is(what, "verdict")) {
        size_t sizes[16] = { 1, 5, 20 };
        for (size_t i = 1; i < count; i++)
            sizes[i - 1] = (size_t)n[i];
        bench_verdict(argv[2], sizes, count > 1 ? count - 1 : 3, ARG(0, 200));
    } else if (yj_span_is(what, "sector")) {
        size_t sizes[16] = { 5, 50, 500 };
        for (size_t i = 1; i < count; i++)
            sizes[i - 1] = (size_t)n[i];
        bench_sector(argv[2], sizes, count > 1 ? count - 1 : 3, ARG(0, 200));
    } else if (yj_span_is(what, "rebuild")) {
        unsigned sizes[16] = { 50, 100, 200 };
        for (size_t i = 0; i < count; i++)
            sizes[i] = (unsigned)n[i];
        bench_rebuild(argv[2], sizes, count ? count : 3);
    } else if (yj_span_is(what, "exchange")) {
        size_t sizes[16] = { 1, 30, 300 };
        for (size_t i = 0; i < count; i++)
            sizes[i] = (size_t)n[i];
        bench_exchange(argv[2], sizes, count ? count : 3);
    } else if (yj_span_is(what, "oversight")) {
        size_t sizes[16] = { 5, 50 };
        for (size_t i = 0; i < count; i++)
            sizes[i] = (size_t)n[i];
        bench_oversight(argv[2], sizes, count ? count : 2);
    } else if (yj_span_is(what, "scan")) {
        bench_scan(ARG(0, 20000));
    } else if (yj_span_is(what, "scan-speed")) {
        bench_scan_speed(argv[2]);
    } else if (yj_span_is(what, "rules")) {
        bench_rules(argv[2], ARG(0, 200));
    } else if (yj_span_is(what, "registers")) {
        world_write(argv[2], ARG(0, 200));
    } else {
        return usage();
    }
    return 0;
}
