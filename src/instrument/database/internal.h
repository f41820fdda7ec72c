// SPDX-License-Identifier: Apache-2.0
/** What the parts of a comparison of databases share. */
#ifndef YJ_INSTRUMENT_DATABASE_INTERNAL_H
#define YJ_INSTRUMENT_DATABASE_INTERNAL_H

#include "instrument/database/compare.h"

#define YJ_FORM_BYTES_MAX ((size_t)1 << 30)

/* One side while its rows go by. */
typedef struct yj_side {
    yj_source *source;
    const yj_db_table *table;
    const size_t *column;
    yj_cell *cell;      /* of the row it stands on */
    bool row;           /* false: behind the last */
    yj_buf form, other; /* of its key, and of the row before */
    bool before;        /* `other` holds one */
    bool before_int;    /* a whole number, as it stands */
    uint64_t count;     /* rows gone by */
} yj_side;

typedef struct yj_run {
    const yj_dbc_options *o;
    yj_dbc_result *r;
    yj_side a, b;
    yj_table_pair *pair;   /* the one at work */
    yj_buf x, y;           /* forms of two values */
    yj_status keys_failed; /* of the last two keys: a form that could not be made is not compared */
    yj_dbc_progress progress;
    uint64_t next_progress;
} yj_run;

/** Pair tables, columns and keys; counts and findings of the schema. */
yj_status yj_dbc_pair(yj_run *run, yj_error *err) yj_nodiscard;
/** Keep it, hand it out. @param finding taken over; NULL: no memory */
yj_status yj_dbc_found(yj_run *run, json_t *finding, yj_error *err) yj_nodiscard;
void yj_dbc_went(yj_run *run, uint64_t rows);
/** Fetch and merge, all or a range. */
yj_status yj_dbc_by_key(yj_run *run, const yj_key_range *r, yj_error *err) yj_nodiscard;
yj_status yj_dbc_by_ranges(yj_run *run, yj_error *err) yj_nodiscard;
yj_status yj_dbc_as_set(yj_run *run, yj_error *err) yj_nodiscard;

/** Text for JSON: what is no UTF-8 is put right. */
json_t *yj_dbc_text(const char *s);

#endif
