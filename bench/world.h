// SPDX-License-Identifier: Apache-2.0
/**
 * What the measurements share: institutions made from a template (bench/data/deployment.txt), an engine on
 * them, and small statistics. Whatever fails ends the program: nothing here has to survive.
 *
 * A line of the template is "SCOPE KIND JSON": scope 'a' is made once for an institution, 'g' once for each
 * WORLD_GROUP deployments, 'd' for each deployment. In the JSON "~d8~" stands for the id of line 8's record
 * of scope 'd', "~#~" for the number of the copy, "~h~" for a digest of its own.
 */
#ifndef YJ_BENCH_WORLD_H
#define YJ_BENCH_WORLD_H

#include "record/engine.h"
#include <stdlib.h>

#define WORLD_GROUP 20
#define WORLD_INSTITUTIONS_MAX 1000

/* Records of the template that the measurements change, by their place in it. */
#define WORLD_EVIDENCE 2    /* 'a': the document that proves nearly everything */
#define WORLD_SYSTEM 8      /* 'd' */
#define WORLD_PLATFORM 12   /* 'g': used by WORLD_GROUP deployments */
#define WORLD_DEPLOYMENT 15 /* 'd': stands before its gate `serve` */
#define WORLD_TERM 71       /* 'd': the first of WORLD_TERMS contract terms */
#define WORLD_TERMS 16

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
/** Leave data folders where they are, and let world_make add to one of the same deployments (SQLite only). */
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
/** Import so many deployments into an institution; returns the rows. */
size_t world_import(world *w, size_t institution, unsigned deployments);
/** Write registers of so many deployments to a folder as JSON Lines. */
void world_write(const char *folder, unsigned deployments);
/** Id of a record: the template's line, its scope, the number of the deployment. */
void world_id(char scope, unsigned line, unsigned deployment, char ret[static YJ_UUID_LEN + 1]);
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
void bench_latency(const char *data, unsigned deployments, unsigned seconds, unsigned rows);
void bench_verify(const char *data, uint64_t entries);
void bench_verdict(const char *data, const size_t *institutions, size_t sizes, unsigned deployments);
void bench_rules(const char *data, unsigned deployments);
void bench_sector(const char *data, const size_t *institutions, size_t sizes, unsigned deployments);
void bench_rebuild(const char *data, const unsigned *deployments, size_t sizes);

#endif
