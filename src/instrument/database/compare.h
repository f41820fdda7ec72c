// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of two databases, side by side: A is what is expected, B what was found. Tables are paired by name,
 * columns by name and type, rows by primary key. Every row, and every table, column and key of the schema,
 * ends in one of seven counters; all is fine only if the last five of both are 0.
 *
 *   by ranges   two servers of one engine, a key of one number or UUID: each makes digests of ranges; only
 * where they differ smaller ranges are asked, and only the last are fetched; by key      both are fetched in
 * the order of the key and merged; as rows     no common key: digests of rows, counted and added up in 65,536
 * buckets; the buckets that differ are read again.
 *
 * Memory is flat: one row of each side, and of tables without a key at most 128 MiB. One thread.
 */
#ifndef YJ_INSTRUMENT_DATABASE_COMPARE_H
#define YJ_INSTRUMENT_DATABASE_COMPARE_H

#include "base/json.h"
#include "instrument/database/source.h"

typedef struct yj_seven {
    uint64_t expected, matched, changed, missing, extra, unreadable, skipped;
} yj_seven;

typedef enum yj_table_way { YJ_WAY_NONE, YJ_WAY_RANGES, YJ_WAY_KEY, YJ_WAY_ROWS } yj_table_way;

/* A table that is on both sides. Columns are paired; those of the key come first. */
typedef struct yj_table_pair {
    const yj_db_table *a, *b;
    size_t *a_column, *b_column;
    yj_value_type *as;
    const char **coercion; /* NULL where none */
    size_t columns, keys;
    size_t left_out; /* columns that are on one side only or cannot be compared */
    yj_table_way way;
    yj_seven rows;
    yj_error why; /* with rows.unreadable: why reading ended */
} yj_table_pair;

typedef struct yj_dbc_progress {
    uint64_t done, total; /* rows of both sides; the total is the engines' estimate */
    int64_t since_ns;
} yj_dbc_progress;

typedef struct yj_dbc_options {
    const char *const *tables; /* names of A's, NULL-terminated; NULL: all of both sides */
    bool values;               /* findings name the values that differ */
    size_t keep;               /* so many findings are kept in the result */
    yj_status (*each)(void *self, const json_t *finding, yj_error *err); /* every one; may be NULL */
    void *each_self;
    void (*progress)(void *self, const yj_dbc_progress *p); /* now and then, and at the end; may be NULL */
    void *progress_self;
} yj_dbc_options;

typedef struct yj_dbc_result {
    yj_arena *arena;
    yj_table_pair *pair;
    size_t pairs;
    yj_seven schema, rows;
    uint64_t found;   /* rows of B */
    json_t *findings; /* array: status, table, and key, columns, digest, or what of the schema */
    uint64_t findings_left_out;
    uint64_t fetched, digests; /* rows that came over, and ranges of which a digest came; both sides */
    uint64_t bytes_a, bytes_b; /* received, without the protocol's own */
} yj_dbc_result;

/** Compare. YJ_E_USAGE (both are one; a table that is on neither side), YJ_E_INVALID (a side without a row),
 * errors of the sources that leave no connection, of `each`, YJ_E_NOMEM. End *ret with yj_dbc_done() whatever
 * happens. */
yj_status yj_dbc_compare(yj_source *a, yj_source *b, const yj_dbc_options *o, yj_dbc_result *ret,
                         yj_error *err) yj_nodiscard;
bool yj_dbc_fine(const yj_dbc_result *r);
void yj_dbc_done(yj_dbc_result *r);

#endif
