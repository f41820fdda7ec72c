// SPDX-License-Identifier: Apache-2.0
/** Inside of the import: text to rows (import_read.c), rows to changes (import_plan.c), changes in order
 *  (import_order.c), and to the ledger (import_apply.c). Everything hangs on one arena and on the plan's list
 * of JSON objects. */
#ifndef YJ_RECORD_IMPORT_H
#define YJ_RECORD_IMPORT_H

#include "record/internal.h"
#include "record/transfer.h"

#define YJ_IMPORT_ROWS_MAX 1000000
#define YJ_IMPORT_PROBLEMS_MAX 1000

typedef struct yj_import_row {
    const char *file;
    size_t line, row; /* row: which of the file's rows, from 1 */
    int kind;
    const char *given_id; /* NULL */
    const char *state;    /* NULL */
    json_t *fields;       /* references still as written; owned by the plan */
    size_t *columns;      /* CSV: column of each field of the kind, 0 none, and behind them that of the state;
                             shared      by a file's rows; NULL: no CSV */
    /* planned */
    const char *key;    /* written key, NULL if the row does not name it */
    const char *id_key; /* of kinds whose key names a record of any kind: the same with that record's id */
    char id[YJ_UUID_LEN + 1]; /* "" until it is matched */
    bool matching;            /* by match_later() */
    bool exists, skip;        /* skip: nothing differs */
    bool same;                /* of what exists: no field differs */
    const char *transition;   /* to reach `state`, NULL */
    json_t *late; /* references of a new row that are set when all rows are there, taken out of `fields`;
                     NULL; owned by the plan */
} yj_import_row;

typedef struct yj_import_plan {
    yj_engine *e;
    const yj_catalog *c;
    int64_t inst;
    const char *by;
    yj_actor actor; /* the same, as he stood when the rows were matched */
    yj_arena *a;
    yj_import_row *rows;
    size_t row_count, row_cap;
    yj_import_row **order; /* rows to apply, those referred to first */
    yj_import_row **late;  /* then those of them that are completed */
    yj_import_row **moves; /* then those that go to another state, as they stand in the files */
    size_t order_count, late_count, move_count;
    size_t *slots; /* hash table over (kind, key) and (kind, id): index + 1 of the row */
    size_t slot_mask;
    yj_import_report *report;
    const yj_import_watch *watch; /* NULL: nobody looks on */
    bool dry_run;
} yj_import_plan;

/** Add a complaint about a row; beyond YJ_IMPORT_PROBLEMS_MAX only counted. */
void yj_import_complain(yj_import_plan *p, const char *file, size_t line, size_t row, size_t column,
                        const char *field, const yj_error *why);
void yj_import_complain_row(yj_import_plan *p, const yj_import_row *r, const char *field,
                            const yj_error *why);
/** The same of a row whose state lies behind a shut gate.
 *  @param misses what the gate lacks (yj_change.misses); taken over, NULL if it could not be told */
void yj_import_complain_gate(yj_import_plan *p, const yj_import_row *r, const yj_error *why, char *misses);

/** Tell who looks on how far it is. @return what he says: the import ends if that is not YJ_OK */
yj_status yj_import_step(const yj_import_plan *p, size_t done, size_t total, yj_error *err) yj_nodiscard;

/** A field as exports write it, not quoted yet. @param cell initialised, of YJ_CSV_CELL_BYTES_MAX */
yj_status yj_import_cell(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_field *f,
                         const json_t *fields, yj_buf *cell, yj_error *err) yj_nodiscard;

yj_status yj_import_read(yj_import_plan *p, const yj_import_file *files, size_t count,
                         yj_error *err) yj_nodiscard;
yj_status yj_import_match(yj_import_plan *p, yj_db *db, yj_error *err) yj_nodiscard;
/** Put the rows in order: p->order, late, moves. New rows that need each other in a circle of required
 * references are complained of, each. @return YJ_E_NOMEM, YJ_E_LIMIT */
yj_status yj_import_order(yj_import_plan *p, yj_error *err) yj_nodiscard;
/** @return YJ_E_INVALID or YJ_E_GATE if a row was refused, which has been complained of then */
yj_status yj_import_apply(yj_import_plan *p, bool dry_run, yj_error *err) yj_nodiscard;
/** Delete the rows that a closed batch replaced, a few at a time: nobody sees them, and what stays of them
 * after a failure is only room that is lost. @return YJ_E_NOMEM, or what the store says */
yj_status yj_import_sweep(yj_engine *e, int64_t inst, int64_t batch, yj_error *err) yj_nodiscard;

#endif
