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
    uint64_t lent[2]; /* bits of fields that the row does not say: they came for all rows of the file */
    json_t *late;     /* references of a new row that are set when all rows are there, taken out of `fields`;
                         NULL; owned by the plan */
} yj_import_row;

/** The record that keeps the digest of a list whose rows belong to it. */
typedef struct yj_import_digest {
    const struct yj_import_digest *next;
    const char *file, *record, *field, *sha256;
    int kind;
} yj_import_digest;

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
    const yj_import_digest *digests;
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

/** A new row without fields; the pointer is good until the next one. */
yj_import_row *yj_import_add_row(yj_import_plan *p, const char *file, size_t line, size_t row, int kind);
/** A cell, as CSV has it, as a value of the field; what it cannot be stays text, and the check says so. */
json_t *yj_import_value(const yj_field *f, yj_span cell);

/* --- import_list.c: lists that other programs write, and what is given for all rows of a file
 * ----------------
 */

/** How the rows of one file are read. */
typedef struct yj_import_form {
    const yj_kind *k;
    const yj_list *list; /* NULL: the columns are fields */
    json_t *given;       /* values that rows have which do not say them; NULL: none */
} yj_import_form;

/** @param set {"FIELD":"as a cell"} of yj_import_file; NULL
 *  @return false: it does not fit, and has been complained of. yj_import_form_done() in any case. */
bool yj_import_form_make(yj_import_plan *p, const char *file, const yj_kind *k, const yj_list *list,
                         const json_t *set, yj_import_form *ret);
void yj_import_form_done(yj_import_form *f);
/** Fill what the row leaves open; r->lent says what. */
void yj_import_fill(yj_import_row *r, const yj_import_form *form);
/** Take away again what the record says itself. @param now the record's fields */
void yj_import_drop_lent(const yj_import_row *r, const yj_kind *k, const json_t *now);

typedef bool yj_import_has_fn(const void *with, const char *column);
/** The kind's list that has these columns; NULL. */
const yj_list *yj_import_list_in(const yj_kind *k, yj_import_has_fn *has, const void *with);
/** Of whichever kind, if it is of one only; else NULL, and so is *ret_kind. */
const yj_list *yj_import_list_any(const yj_catalog *c, yj_import_has_fn *has, const void *with,
                                  const yj_kind **ret_kind);
/** Is the row a record? @param value for each of list->columns, "" where there is none */
bool yj_import_list_keeps(const yj_list *list, const yj_span *value);
void yj_import_list_row(yj_import_row *r, const yj_import_form *form, const yj_span *value);
/** Note whose list it is, if the kind says that somebody keeps its digest. @param sha256 hex */
void yj_import_list_digest(yj_import_plan *p, const char *file, const yj_import_form *form,
                           const char *sha256);
/** Rows that enter those digests. @return what the store says */
yj_status yj_import_take_digests(yj_import_plan *p, yj_db *db, yj_error *err) yj_nodiscard;

/** The first sheet of an XLSX file as CSV; line feeds and tabs in cells become blanks. @param out grows
 *  @return YJ_E_NOT_FOUND, YJ_E_IO; YJ_E_INVALID for what is none, is damaged or too large; YJ_E_LIMIT by
 *  `out`; YJ_E_NOMEM */
yj_status yj_import_sheet(const char *path, yj_buf *out, yj_error *err) yj_nodiscard;

/** Is it a name that ends so, and does not only consist of that? */
bool yj_import_ends(const char *name, const char *end);
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
