// SPDX-License-Identifier: Apache-2.0
/**
 * What somebody of another institution has read (oversight.h), in the ledger of the institution it was read
 * from: one entry of operation "read" for the reader, a kind of record and a quarter of an hour.
 *
 * So that reading stays cheap, what is read is first set down in a table (`reading`), and that only the first
 * time in its quarter of an hour: an answer goes out when that is durable, and everything else is remembered
 * in memory. When the quarter is over, a server makes the entry and removes the rows in one transaction: what
 * kills it before or after loses nothing and doubles nothing.
 *
 * The body of an entry, by whom it is said in the leaf:
 *  {"count":N,"from":time,"inspector":{"id","name"},"more":N,"read":[{"id","times"}],
 *   "regulator":{"id","code","name"},"until":time}
 * `id` is that of a record, or says what was asked for where it is none; `count` such, of which
 * YJ_READING_LISTED_MAX are listed, those first read, and `more` are not. How often the same was read is what
 * was known: a server that is killed forgets what it had counted in the last seconds.
 */
#ifndef YJ_RECORD_READING_H
#define YJ_RECORD_READING_H

#include "record/engine.h"

#define YJ_READING_NS (INT64_C(900) * YJ_NS_PER_S)
#define YJ_READING_LISTED_MAX 200
#define YJ_READING_ITEM_MAX 200 /* bytes; what is longer is cut */

typedef struct yj_reading {
    int64_t inst;       /* whose */
    int64_t party;      /* ledger of who reads */
    const char *person; /* there */
    const char *kind;   /* of the records, or a word of the same form for what is made of many */
    const char *const *items;
    size_t count;
} yj_reading;
/** Set down what is read. When it returns YJ_OK all of it will be entered.
 *  @return what a write says: then nothing may be shown */
yj_status yj_reading_note(yj_engine *e, const yj_reading *readings, size_t count, yj_error *err) yj_nodiscard;

/** Make the entries of all quarters that are over, for a few seconds at least. A server does so by itself
 * every YJ_BATCH_LOOK_S seconds (batch_watch.c). Not from the writer's thread. */
yj_status yj_readings_enter(yj_engine *e, yj_error *err) yj_nodiscard;

#define YJ_READINGS_LIMIT_MAX 100

typedef struct yj_readings_query {
    int64_t before;           /* entries with a smaller number; -1: from the newest on */
    size_t limit;             /* 1..YJ_READINGS_LIMIT_MAX */
    const char *inspector;    /* id; NULL: any */
    const char *from, *until; /* civil dates on which it was entered, both included; NULL: any */
    const yj_zone *zone;
    yj_lang lang; /* of names */
} yj_readings_query;
/** What was read of an institution, newest first: {"items":[{"seq","from","until","inspector":{"id","name"},
 *  "regulator":{"id","code","name"},"kind","count","read":[{"id","name","times"}],"more":N}],"next":seq|null}.
 *  Names of records are those of today; null of what is none. What was erased is left out.
 *  @return YJ_E_INVALID naming the parameter */
yj_status yj_readings_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_readings_query *q,
                           yj_buf *out, yj_error *err) yj_nodiscard;

#endif
