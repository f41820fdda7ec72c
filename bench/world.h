// SPDX-License-Identifier: Apache-2.0
/**
 * What the measurements share: institutions made from a template (template.h), an engine on them, and small
 * statistics. Whatever fails ends the program: nothing here has to survive.
 */
#ifndef YJ_BENCH_WORLD_H
#define YJ_BENCH_WORLD_H

#include "record/engine.h"
#include "template.h"
#include <stdlib.h>

#define WORLD_INSTITUTIONS_MAX 1000

typedef struct world {
    const char *data; /* the data folder */
    yj_engine *e;
    yj_catalog *c;
    yj_institution *inst;
    size_t inst_count;
    unsigned deployments; /* in each institution */
} world;

/** Make worlds on this PostgreSQL database, which is emptied each time; NULL: on SQLite in the data folder.
 */
void world_store(const char *url);
bool world_on_sqlite(void);
/** Leave data folders where they are, and let world_make add to one of the same deployments, seed and density
 * (SQLite only). */
void world_keep(void);
/** Make worlds with a simulated clock that stands at the instant. */
void world_simulate(const char *instant);
/** How stores are opened from now on: "full", "off" or "delay:MICROSECONDS". */
void world_sync(const char *mode);
/** A fresh data folder (see world_keep) with so many institutions of so many deployments, judged. Prints how
 * long it took. */
void world_make(world *w, const char *data, size_t institutions, unsigned deployments);
void world_open(world *w, bool judge);
void world_close(world *w);
/** Close, remove the folder unless it is kept. */
void world_drop(world *w);
/** One more institution, without content. */
void world_institution(world *w, const char *code);
/** Import the registers of so many deployments, one after the other, into an institution: those that it has
 * not got. Returns the rows. */
size_t world_import(world *w, size_t institution, unsigned deployments);
/** Write registers of so many deployments as JSON Lines: the records to a folder, each register of changes to
 * a folder of its number in there. */
void world_write(const char *folder, unsigned deployments);
int world_kind(const world *w, const char *name);
int64_t world_number(world *w, const char *sql);
void world_settle(world *w);

/** End the program unless YJ_OK. */
void must(yj_status s, const yj_error *err, const char *what);
void *must_have(void *p);

/** Nanoseconds measured, sorted when asked. */
typedef struct sample {
    int64_t *ns;
    size_t count, cap;
} sample;
void sample_add(sample *s, int64_t ns);
void sample_join(sample *s, const sample *other);
/** In milliseconds; permille 500 is the median, 1000 the longest. Sorts. */
double sample_ms(sample *s, unsigned permille);
void sample_free(sample *s);

/** Milliseconds of one write of 4 KiB and fdatasync at the end of a file beside the data, median of 200. */
double fsync_ms(const char *data);

void bench_writes(const char *data, size_t institutions, unsigned deployments, unsigned seconds);
/** How much of that is left when a server works out what is news beside it. */
void bench_notices(const char *data, size_t institutions, unsigned deployments, unsigned seconds);
void bench_latency(const char *data, unsigned deployments, unsigned seconds, unsigned rows);
void bench_verify(const char *data, uint64_t entries);
void bench_verdict(const char *data, const size_t *institutions, size_t sizes, unsigned deployments);
void bench_rules(const char *data, unsigned deployments);
void bench_sector(const char *data, const size_t *institutions, size_t sizes, unsigned deployments);
void bench_exchange(const char *data, const size_t *clients, size_t sizes);
void bench_oversight(const char *data, const size_t *institutions, size_t sizes);
void bench_scan(unsigned documents);
void bench_scan_speed(const char *folder);
void bench_rebuild(const char *data, const unsigned *deployments, size_t sizes);

#endif
