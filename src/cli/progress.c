// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "cli/instruments.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

const char *yj_size_text(yj_cli *c, uint64_t bytes)
{
    static const char *const units[] = { "KB", "MB", "GB", "TB", "PB" };
    if (bytes < 1000)
        return yj_arena_fmt(c->arena, "%llu B", (unsigned long long)bytes);
    size_t u = 0;
    uint64_t tenths = bytes / 100;
    for (; tenths >= 10000 && u + 1 < YJ_COUNT(units); u++)
        tenths /= 1000;
    return yj_arena_fmt(c->arena, "%llu.%llu %s", (unsigned long long)(tenths / 10),
                        (unsigned long long)(tenths % 10), units[u]);
}

/* One line that is written over: share, rate, time left. */
void yj_show_progress(void *self, const yj_progress *p)
{
    yj_cli *c = self;
    int64_t ns = yj_monotonic_ns() - p->since_ns;
    uint64_t ms = ns > 0 ? (uint64_t)ns / 1000000 + 1 : 1;
    uint64_t rate = p->done / ms * 1000; /* bytes a second */
    uint64_t left = rate && p->total > p->done ? (p->total - p->done) / rate : 0;
    if (isatty(STDERR_FILENO) != 1)
        return;
    char size[32], speed[32];
    snprintf(size, sizeof size, "%llu MB", (unsigned long long)(p->done / 1000000));
    snprintf(speed, sizeof speed, "%llu MB/s", (unsigned long long)(rate / 1000000));
    fprintf(stderr, "\r\033[K%3llu%%  %s  %s  ",
            (unsigned long long)(p->total ? (p->done < p->total ? p->done * 100 / p->total : 100) : 100),
            size, speed);
    fprintf(stderr, "%s %llu:%02llu", yj_word(c, "left"), (unsigned long long)(left / 60),
            (unsigned long long)(left % 60));
    if (p->pieces == p->of)
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

void yj_cli_heed(void (*handler)(int), int flags)
{
    static const int heeded[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction a = { .sa_handler = handler, .sa_flags = flags };
    sigemptyset(&a.sa_mask);
    for (size_t i = 0; i < YJ_COUNT(heeded); i++) {
        struct sigaction old;
        if (sigaction(heeded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(heeded[i], &a, NULL);
    }
}
