// SPDX-License-Identifier: Apache-2.0
/**
 * What a scan tells of each file, for programs: JSON, and the inventory as JSON Lines, CSV or XLSX
 * (docs/scan.md). Rows are given on as they come, so that memory stays flat.
 */
#ifndef YJ_INSTRUMENT_SCAN_LIST_H
#define YJ_INSTRUMENT_SCAN_LIST_H

#include "base/json.h"
#include "instrument/scan/own.h"
#include "instrument/scan/sheet.h"

/** Classes, those of own rules last. @param own of all below: NULL: none */
size_t yj_scan_kinds(const yj_scan_own *own);
/** Names of classes: those of own rules stand in the file that was given. */
const char *yj_scan_kind_name(const yj_scan_own *own, size_t what);
/** What own rules say where a class's grade comes from; NULL: nothing, the grade is built in. */
const char *yj_scan_own_source(const yj_scan_own *own, size_t what);
/** The same of a file's proposed grade; "" without one. */
const char *yj_scan_grade_source(const yj_scan_own *own, const yj_scan_file *f);

/** Member "count" of an open object: classes of which something was found. */
void yj_scan_json_counts(yj_jw *w, const yj_scan_own *own, const uint64_t *count);
void yj_scan_json_file(yj_jw *w, const yj_scan_own *own, const yj_scan_file *f);

typedef enum yj_scan_form { YJ_SCAN_JSON_LINES, YJ_SCAN_CSV, YJ_SCAN_XLSX } yj_scan_form;
/** "jsonl", "csv", "xlsx" */
bool yj_scan_form_by_name(const char *name, yj_scan_form *ret);

/** Has each list a column of that name, of files or of columns of a database? No own rule may have it, too.
 */
bool yj_scan_list_has_column(const char *name);

/** An inventory that is being written. The first members are the caller's, and borrowed. */
typedef struct yj_scan_list {
    yj_scan_form as;
    const yj_scan_own *own;
    bool columns;           /* of a database */
    yj_sheet_sink_fn *sink; /* gets the bytes in order; what it returns ends the run */
    void *with;
    /* its own */
    yj_sheet *sheet;
    yj_buf line;
} yj_scan_list;

/** Write the heading. @param beside as for yj_sheet_new(), of XLSX. Whatever happens, end it by
 *  yj_scan_list_done(). @return YJ_E_NOMEM, YJ_E_IO and its like; what `sink` returns, as of all below */
yj_status yj_scan_list_begin(yj_scan_list *s, const char *beside, yj_error *err) yj_nodiscard;
yj_status yj_scan_list_add(yj_scan_list *s, const yj_scan_file *f, yj_error *err) yj_nodiscard;
/** It is whole. */
yj_status yj_scan_list_finish(yj_scan_list *s, yj_error *err) yj_nodiscard;
/** Of one that is zeroed: nothing. */
void yj_scan_list_done(yj_scan_list *s);

#endif
