// SPDX-License-Identifier: Apache-2.0
/* Counters of the server, in Prometheus' text form. */
#include "api/call.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUTES_MAX 256
#define CLASSES 6 /* 1xx to 5xx by first digit */

static const int64_t bucket_us[] = { 100, 500, 1000, 5000, 25000, 100000, 500000, 2500000 };

struct yj_metrics {
    _Atomic uint64_t requests[ROUTES_MAX + 1][CLASSES]; /* the last row: no route */
    _Atomic uint64_t bucket[YJ_COUNT(bucket_us) + 1];
    _Atomic uint64_t sum_ns;
};

yj_metrics *yj_metrics_new(void)
{
    return calloc(1, sizeof(yj_metrics));
}

void yj_metrics_free(yj_metrics *m)
{
    free(m);
}

void yj_metrics_count(yj_metrics *m, int route, int status, int64_t ns)
{
    size_t r = route >= 0 && route < ROUTES_MAX ? (size_t)route : ROUTES_MAX;
    size_t class = status >= 100 && status < 600 ? (size_t)status / 100 : 0, b = 0;
    while (b < YJ_COUNT(bucket_us) && ns > bucket_us[b] * 1000)
        b++;
    atomic_fetch_add_explicit(&m->requests[r][class], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->bucket[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->sum_ns, (uint64_t)(ns > 0 ? ns : 0), memory_order_relaxed);
}

static void head(yj_buf *out, const char *name, const char *type, const char *help)
{
    yj_buf_fmt(out, "# HELP yunjian_%s %s\n# TYPE yunjian_%s %s\n", name, help, name, type);
}

static void one(yj_buf *out, const char *name, const char *type, const char *help, double value)
{
    head(out, name, type, help);
    yj_buf_fmt(out, "yunjian_%s %.17g\n", name, value);
}

static void write_requests(yj_metrics *m, yj_buf *out)
{
    head(out, "http_requests_total", "counter", "Requests answered.");
    for (size_t r = 0; r <= ROUTES_MAX; r++) {
        for (size_t k = 0; k < CLASSES; k++) {
            uint64_t n = atomic_load(&m->requests[r][k]);
            if (!n)
                continue;
            bool known = r < yj_route_count;
            yj_buf_fmt(out, "yunjian_http_requests_total{method=\"%s\",route=\"%s\",code=\"%zuxx\"} %llu\n",
                       known ? yj_method_name(yj_routes[r].method) : "", known ? yj_routes[r].path : "", k,
                       (unsigned long long)n);
        }
    }
    head(out, "http_request_seconds", "histogram", "From the end of the head to the answer handed over.");
    uint64_t sum = 0;
    for (size_t b = 0; b < YJ_COUNT(bucket_us); b++) {
        sum += atomic_load(&m->bucket[b]);
        yj_buf_fmt(out, "yunjian_http_request_seconds_bucket{le=\"%g\"} %llu\n", (double)bucket_us[b] / 1e6,
                   (unsigned long long)sum);
    }
    sum += atomic_load(&m->bucket[YJ_COUNT(bucket_us)]);
    yj_buf_fmt(out,
               "yunjian_http_request_seconds_bucket{le=\"+Inf\"} %llu\n"
               "yunjian_http_request_seconds_sum %.9f\nyunjian_http_request_seconds_count %llu\n",
               (unsigned long long)sum, (double)atomic_load(&m->sum_ns) / 1e9, (unsigned long long)sum);
}

/* Resident memory, from /proc/self/statm (pages). */
static double resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128];
    double bytes = 0;
    if (f && fgets(line, sizeof line, f)) {
        const char *blank = strchr(line, ' ');
        size_t n = blank ? strspn(blank + 1, "0123456789") : 0;
        int64_t pages;
        if (n && yj_span_i64((yj_span){ blank + 1, n }, &pages))
            bytes = (double)pages * (double)sysconf(_SC_PAGESIZE);
    }
    if (f)
        fclose(f);
    return bytes;
}

void yj_metrics_write(struct yj_server *s, yj_buf *out)
{
    yj_engine_stats e;
    yj_cache_stats cache;
    yj_evidence_stats ev;
    yj_engine_stats_read(s->engine, &e);
    yj_cache_stats_read(s->cache, &cache);
    yj_evidence_stats_read(s->evidence, &ev);
    yj_patience_stats visits;
    yj_http_stats_read(s->http, &visits);
    write_requests(s->metrics, out);
    one(out, "http_connections", "gauge", "Open connections.", (double)visits.visits);
    one(out, "http_late_heads_total", "counter", "Connections closed because a request's head did not come.",
        (double)visits.late_heads);
    one(out, "http_slow_bodies_total", "counter", "Connections closed because a body came too slowly.",
        (double)visits.slow_bodies);
    one(out, "http_closed_for_room_total", "counter", "Slow connections closed because few were left.",
        (double)visits.for_room);
    one(out, "feed_listeners", "gauge", "Open live feeds.", (double)yj_hub_listeners(s->hub));
    one(out, "cache_hits_total", "counter", "Answers served from memory.", (double)cache.hits);
    one(out, "cache_misses_total", "counter", "Answers not found in memory.", (double)cache.misses);
    one(out, "cache_bytes", "gauge", "Answers kept in memory.", (double)cache.bytes);
    one(out, "commits_total", "counter", "Transactions of the writer.", (double)e.commits);
    one(out, "entries_total", "counter", "Ledger entries written.", (double)e.entries);
    one(out, "judgements_total", "counter", "Judging runs that changed verdicts.", (double)e.judgements);
    one(out, "refused_total", "counter", "Changes refused by the writer.", (double)e.refused);
    one(out, "queue_depth", "gauge", "Changes that wait for the writer.", (double)e.queue_depth);
    one(out, "judge_lag_seconds", "gauge", "Age of the oldest change not yet judged.",
        (double)e.judge_lag_ns / 1e9);
    one(out, "uploads", "gauge", "Uploads of evidence under way.", (double)ev.uploads);
    one(out, "upload_bytes_total", "counter", "Bytes of evidence taken.", (double)ev.bytes_in);
    one(out, "upload_files_total", "counter", "Files of evidence taken.", (double)ev.files_in);
    one(out, "resident_bytes", "gauge", "Resident memory of the process.", resident_bytes());
    one(out, "uptime_seconds", "gauge", "Since the server started.",
        (double)(yj_monotonic_ns() - s->started_ns) / 1e9);
}
