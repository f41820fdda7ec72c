// SPDX-License-Identifier: Apache-2.0
/**
 * A table as XLSX (ECMA-376), written as its rows come: memory stays flat, the rows wait beside the file that
 * is written. Texts are cells of text and never formulas, also after somebody edits them. A table of more
 * rows than a sheet holds goes on in a second sheet, under the same heading.
 */
#ifndef YJ_INSTRUMENT_SCAN_SHEET_H
#define YJ_INSTRUMENT_SCAN_SHEET_H

#include "base/span.h"

#define YJ_SHEET_ROWS_MAX 1048576
#define YJ_SHEET_TEXT_MAX 32767 /* of a cell, in UTF-16; longer ones are cut and end with an ellipsis */

typedef struct yj_sheet yj_sheet;
/** Gets the file's bytes in order. */
typedef yj_status yj_sheet_sink_fn(void *with, yj_span bytes, yj_error *err);

/** @param beside a name of which ".rows" is made and removed at once, for rows that wait
 *  @param title of the sheets: ASCII letters and digits, 1 to 20
 *  @param rows_max YJ_SHEET_ROWS_MAX but in tests
 *  @return YJ_E_NOMEM, YJ_E_IO and its like */
yj_status yj_sheet_new(const char *beside, const char *title, uint64_t rows_max, yj_sheet_sink_fn *sink,
                       void *with, yj_sheet **ret, yj_error *err) yj_nodiscard;
void yj_sheet_free(yj_sheet *s);
YJ_DEFINE_CLEANUP(yj_sheet, yj_sheet_free)

/** The next cell of the row: text, which may be empty (what is no UTF-8 or no character of XML as U+FFFD),
 *  or a number. */
void yj_sheet_text(yj_sheet *s, yj_span text);
void yj_sheet_number(yj_sheet *s, int64_t n);
/** The row is whole; the first one is the heading. What `sink` returns; YJ_E_NOMEM, YJ_E_FULL, YJ_E_IO */
yj_status yj_sheet_row(yj_sheet *s, yj_error *err) yj_nodiscard;
/** The table is whole. As yj_sheet_row(). */
yj_status yj_sheet_finish(yj_sheet *s, yj_error *err) yj_nodiscard;

#endif
