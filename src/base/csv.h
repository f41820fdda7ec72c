// SPDX-License-Identifier: Apache-2.0
/**
 * CSV after RFC 4180, UTF-8 with or without byte order mark, LF or CRLF. A streaming reader over memory;
 * cells are views into the text or, when quoted quotes had to be undone, into the reader's own buffer, valid
 * until the next call of yj_csv_next().
 */
#ifndef YJ_BASE_CSV_H
#define YJ_BASE_CSV_H

#include "base/span.h"

#define YJ_CSV_CELLS_MAX 256
#define YJ_CSV_CELL_BYTES_MAX ((size_t)1 << 20)

typedef struct yj_csv yj_csv;

yj_csv *yj_csv_new(yj_span text); /* NULL when out of memory; text must outlive the reader */
void yj_csv_free(yj_csv *r);
YJ_DEFINE_CLEANUP(yj_csv, yj_csv_free)

/**
 * Next row that is not wholly empty.
 * @param ret_cells  ret_count cells
 * @param ret_line   line the row starts on, from 1 (quoted cells may span lines)
 * @param ret_more   false at the end of the text; the other outputs are then untouched
 * @return YJ_E_INVALID with field "line L column C" for an open quote, bytes after a closing quote, a quote
 *         inside a bare cell, invalid UTF-8, a NUL byte; YJ_E_LIMIT for too many or too long cells. After an
 *         error the reader stands at the next line, so that every bad row can be listed.
 */
yj_status yj_csv_next(yj_csv *r, const yj_span **ret_cells, size_t *ret_count, size_t *ret_line,
                      bool *ret_more, yj_error *err) yj_nodiscard;

/** Append one cell as it is, quoted where needed; the caller writes commas and "\n". For what cannot be a
 *  formula: numbers, ids, names of fields. */
void yj_csv_write_cell(yj_buf *out, yj_span cell);

/**
 * The same for anybody's words. Spreadsheets run what begins with = + - @, a tab or a line's end as a
 * formula, which can fetch and send: such a cell gets an apostrophe before it, by which they show it as text.
 * So does one that begins with apostrophes and goes on like that, so that yj_csv_text() undoes it exactly.
 * Where a semicolon or a tab before such a character could begin a cell of its own, the cell is quoted.
 */
void yj_csv_write_text(yj_buf *out, yj_span cell);
/** What yj_csv_write_text() was given: without the apostrophe that it put there, if it did. */
yj_span yj_csv_text(yj_span cell);

#endif
