// SPDX-License-Identifier: Apache-2.0
/**
 * Import and export of registers: CSV (one file a kind, named <kind>.csv, header of field names) and JSON
 * Lines
 * (<kind>.jsonl, one object a line with the same names).
 *
 * Columns: fields by name, and optionally id and state. A row is matched by id if the column is there and not
 * empty, else by the kind's natural key; two matches are an error. References are written as the other
 * record's key (parts of a composed key joined by " / "), or as "id:<uuid>"; so are records of any kind
 * (kind_from), whose kind stands in its own column. List cells are separated by ";".
 * An apostrophe before = + - @, a tab or a line's end is taken away again: exports put it there so that no
 * spreadsheet runs the text as a formula (base/csv.h). "'-" thus is the text "-".
 * A list that another program wrote, with columns of its own, is taken where a kind says how (`lists`,
 * docs/pack-format.md), whatever the file is called: known by its columns, also as XLSX.
 * An absent column or an empty cell changes nothing, "-" clears. All or nothing; files in any order: rows
 * that refer to rows of other files are put after them. Where new rows refer to each other in a circle, or
 * one to itself, one of them is written without references that are not required and completed when all are
 * there; a circle of required references only is refused.
 */
#ifndef YJ_RECORD_TRANSFER_H
#define YJ_RECORD_TRANSFER_H

#include "base/json.h"
#include "record/engine.h"

typedef struct yj_import_problem {
    char file[128];
    size_t line, row,
        column; /* row: which of the rows, from 1 (0: the heads, the file); column 0: all of it */
    char field[64];
    char msg[400], msg_zh[400];
    char *misses; /* of a row whose state lies behind a shut gate: what that lacks, a JSON array as
                     yj_change.misses; else NULL */
} yj_import_problem;

typedef struct yj_import_report {
    size_t created, changed, unchanged, moved;
    size_t rows;
    size_t left_out;             /* rows of lists that are no records of the kind, by what the kind says */
    yj_import_problem *problems; /* all of them, up to 1,000; freed by yj_import_report_done */
    size_t problem_count, problem_total;
    int64_t batch; /* 0 if it fitted into one group */
} yj_import_report;
void yj_import_report_done(yj_import_report *r);

typedef struct yj_import_file {
    const char *name; /* "system.csv": the kind and the form follow from it */
    yj_span content;
    const json_t *set;  /* {"FIELD":"as a cell"}: for each row that does not say it, unless the record that is
                           there says it; borrowed, NULL: nothing */
    const char *sha256; /* hex, where the content is no more what it was; NULL: that of the content */
    bool table;         /* CSV, whatever the name: made of a spreadsheet; only taken if it is a list */
} yj_import_file;

/**
 * @return YJ_E_INVALID with ret->problems filled if any row is bad, YJ_E_GATE if rows are well but the gates
 * before their states are shut: then nothing was written
 */
yj_status yj_import(yj_engine *e, int64_t inst, const char *by, const yj_import_file *files, size_t count,
                    bool dry_run, yj_import_report *ret, yj_error *err) yj_nodiscard;
/** Give files what a request says for all of their rows.
 *  @param set {"KIND":{"FIELD":"as a cell"}}, each for the file that is named after the kind; borrowed as
 * long as the files; NULL: nothing
 *  @return YJ_E_INVALID with field "set" if it is no such object, or no file is of the kind */
yj_status yj_import_files_set(yj_import_file *files, size_t count, const json_t *set,
                              yj_error *err) yj_nodiscard;
/** What a row would change. Texts are as an export writes them, references by key ("id:<uuid>" of one that
 * the import makes); they live for the call. */
typedef struct yj_import_difference {
    const char *file;
    size_t line;
    const char *kind, *name; /* the key as the row writes it, else the record's id */
    const char *field;       /* of a record that is there; "state"; NULL: the record is new */
    yj_span from, to;        /* empty: nothing stands there */
} yj_import_difference;
/** Who looks on while an import goes, on the thread that imports. `step` is called now and then with the rows
 * that are written (dry run: checked), of all that there are; whatever it returns but YJ_OK ends the import
 * with that, nothing written. It is not asked any more when the rows are about to be seen. */
typedef struct yj_import_watch {
    yj_status (*step)(void *ctx, size_t done, size_t total, yj_error *err); /* NULL: does not ask */
    void *ctx;
    /* Each difference, row by row as they stand in the files, before anything is written; also of an import
     * that is refused then. NULL: nobody asks */
    yj_status (*differs)(void *ctx, const yj_import_difference *d, yj_error *err);
} yj_import_watch;
/** yj_import(), watched. @param watch NULL: nobody */
yj_status yj_import_watched(yj_engine *e, int64_t inst, const char *by, const yj_import_file *files,
                            size_t count, bool dry_run, const yj_import_watch *watch, yj_import_report *ret,
                            yj_error *err) yj_nodiscard;
/** Undo what imports left that died: a server does so by itself, sooner or later. */
yj_status yj_imports_clear(yj_engine *e, yj_error *err) yj_nodiscard;
/** {"dry_run","rows","created","changed","unchanged","moved","left_out","batch"} */
void yj_import_report_write(const yj_import_report *r, bool dry_run, yj_buf *out);
/** [{"file","line","row","column","field","message":{"zh","en"}[,"misses"]}...] */
void yj_import_problems_write(const yj_import_report *r, yj_buf *out);
/** Read a file or every *.csv and *.jsonl of a folder, then yj_import_watched().
 *  @param set for each file, see yj_import_file; NULL
 *  @param watch NULL: nobody */
yj_status yj_import_path_watched(yj_engine *e, int64_t inst, const char *by, const char *path,
                                 const json_t *set, bool dry_run, const yj_import_watch *watch,
                                 yj_import_report *ret, yj_error *err) yj_nodiscard;
/** Not watched. */
yj_status yj_import_path(yj_engine *e, int64_t inst, const char *by, const char *path, bool dry_run,
                         yj_import_report *ret, yj_error *err) yj_nodiscard;

/** One kind as CSV: id, fields in declared order, state; rows by id. */
yj_status yj_export_kind(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_buf *out,
                         yj_error *err) yj_nodiscard;
/** Every kind that has records, as <kind>.csv in a folder that is empty or new. */
yj_status yj_export_folder(yj_engine *e, int64_t inst, const char *folder, yj_error *err) yj_nodiscard;
/** Header row of a kind, with labels in a comment-free template for people to fill in. */
void yj_import_template(const yj_kind *k, yj_buf *out);

#endif
