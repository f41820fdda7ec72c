// SPDX-License-Identifier: Apache-2.0
/* The log of an SQLite store goes into its file while the engine is at work, and does not grow for ever. */
#include "engine_test.h"

#include "store/db.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

static off_t size_of(const bench *b, const char *end)
{
    char path[800];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", b->t->url + strlen("sqlite:"), end);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static const char *visit(bench *b)
{
    const char *s = bench_put(b, "service", "{\"code\":\"S\",\"title\":\"s\",\"level\":1}");
    char json[120];
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-01-02\"}", s);
    return bench_put(b, "visit", json);
}

/* Changes of some 30 KiB each, which packing makes a fifth shorter: 6 pages of the log at least. */
static void write_much(bench *b, const char *id, int changes)
{
    static char json[30100];
    static uint32_t seed = 1;
    for (int i = 0; i < changes; i++) {
        int n = snprintf(json, sizeof json, "{\"minutes\":\"%d ", i);
        for (int at = n; at < 30000; at++) {
            seed = seed * 1664525 + 1013904223;
            json[at] = (char)('0' + (seed >> 24) % 75); /* no quote, no backslash */
            json[at] = json[at] == '\\' ? 'z' : json[at];
        }
        snprintf(json + 30000, 3, "\"}");
        bench_change(b, "visit", id, json);
    }
}

static void log__goes_into_the_file(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = visit(&b);
    off_t before = size_of(&b, "");
    write_much(&b, s, 100);
    bool grown = false;
    for (int i = 0; i < 300 && !grown; i++) { /* 30 s: the machine may be busy */
        grown = size_of(&b, "") >= before + 100 * 5 * PAGE;
        usleep(100000);
    }
    assert_true(grown);
    /* once all of it is there, the next change begins the log anew, and it does not get longer */
    bool anew = false;
    for (int i = 0; i < 30 && !anew; i++) {
        off_t log = size_of(&b, "-wal");
        assert_true(log > 100 * 5 * PAGE);
        write_much(&b, s, 20);
        anew = size_of(&b, "-wal") == log;
        usleep(500000);
    }
    assert_true(anew);
    bench_close(&b);
}

/* While one change follows the other the keeper never sees the end; the writer takes the rest. */
static void log__begins_anew_under_steady_load(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *s = visit(&b);
    write_much(&b, s, 6000); /* 190 MiB at least */
    assert_true(size_of(&b, "-wal") < 160 << 20);
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b.e, 60000, &err));
    bench_close(&b);
    assert_int_equal(size_of(&b, "-wal"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_sqlite_only(log__goes_into_the_file),
        yj_test_sqlite_only(log__begins_anew_under_steady_load),
    };
    return cmocka_run_group_tests_name("record_keeper", tests, NULL, NULL);
}
