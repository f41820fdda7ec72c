// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"
#include <assert.h>
#include <stdlib.h>

struct yj_csv {
    yj_span text;
    size_t at, line; /* where the next row starts */
    yj_span cells[YJ_CSV_CELLS_MAX];
    bool undone[YJ_CSV_CELLS_MAX]; /* the cell lies in `own`; ptr is set when the row is complete */
    size_t count;
    yj_buf own;
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

yj_csv *yj_csv_new(yj_span text)
{
    yj_csv *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->text = text;
    r->line = 1;
    if (text.len >= 3 && memcmp(text.ptr, byte_order_mark, 3) == 0)
        r->at = 3;
    yj_buf_init(&r->own, text.len); /* undoing quotes only shortens */
    return r;
}

void yj_csv_free(yj_csv *r)
{
    if (!r)
        return;
    yj_buf_done(&r->own);
    free(r);
}

/* Name the place and step to the line after it. */
static yj_status fail_at(yj_csv *r, size_t at, yj_status st, yj_error *err)
{
    for (const char *p = r->text.ptr + r->at, *end = r->text.ptr + at; p < end; p++) {
        if (*p == '\n') {
            r->line++;
            r->at = (size_t)(p - r->text.ptr) + 1;
        }
    }
    size_t start = r->at;
    if (start == 0 && at >= 3 && memcmp(r->text.ptr, byte_order_mark, 3) == 0)
        start = 3;
    yj_error_at(err, "line %zu column %zu", r->line,
                yj_utf8_count((yj_span){ r->text.ptr + start, at - start }) + 1);
    const char *nl = r->at < r->text.len ? memchr(r->text.ptr + r->at, '\n', r->text.len - r->at) : NULL;
    r->at = nl ? (size_t)(nl - r->text.ptr) + 1 : r->text.len;
    r->line++;
    return st;
}

static yj_status add_cell(yj_csv *r, size_t start, size_t end, bool undone, size_t own_at, yj_error *err)
{
    yj_span raw = { r->text.ptr + start, end - start };
    size_t len = undone ? r->own.len - own_at : raw.len;
    if (r->count == YJ_CSV_CELLS_MAX)
        return fail_at(r, start, yj_fail(err, YJ_E_LIMIT, "a row has more than %d cells", YJ_CSV_CELLS_MAX),
                       err);
    if (len > YJ_CSV_CELL_BYTES_MAX)
        return fail_at(r, start,
                       yj_fail(err, YJ_E_LIMIT, "a cell is longer than %zu bytes", YJ_CSV_CELL_BYTES_MAX),
                       err);
    size_t good = yj_utf8_prefix(raw);
    const char *nul = good ? memchr(raw.ptr, '\0', good) : NULL;
    if (nul)
        return fail_at(r, (size_t)(nul - r->text.ptr), yj_fail(err, YJ_E_INVALID, "a cell holds a NUL byte"),
                       err);
    if (good < raw.len)
        return fail_at(r, start + good, yj_fail(err, YJ_E_INVALID, "a cell is not valid UTF-8"), err);
    r->undone[r->count] = undone;
    r->cells[r->count++] = undone ? (yj_span){ NULL, len } : raw;
    return YJ_OK;
}

static bool at_cell_end(const yj_csv *r, size_t i)
{
    const char *p = r->text.ptr;
    return i >= r->text.len || p[i] == ',' || p[i] == '\n' ||
           (p[i] == '\r' && i + 1 < r->text.len && p[i + 1] == '\n');
}

/* The cell after the opening quote at *at; leaves *at behind the closing one. */
static yj_status quoted_cell(yj_csv *r, size_t *at, yj_error *err)
{
    size_t open = *at, start = open + 1, run = start, own_at = r->own.len;
    bool undone = false;
    for (;;) {
        const char *q = run < r->text.len ? memchr(r->text.ptr + run, '"', r->text.len - run) : NULL;
        if (!q)
            return fail_at(r, open, yj_fail(err, YJ_E_INVALID, "a quote is not closed"), err);
        size_t i = (size_t)(q - r->text.ptr);
        if ((undone ? r->own.len - own_at : i - start) > YJ_CSV_CELL_BYTES_MAX)
            return fail_at(r, start,
                           yj_fail(err, YJ_E_LIMIT, "a cell is longer than %zu bytes", YJ_CSV_CELL_BYTES_MAX),
                           err);
        bool pair = i + 1 < r->text.len && q[1] == '"';
        if (pair || undone)
            yj_buf_add(&r->own, r->text.ptr + run, i - run + (pair ? 1 : 0));
        if (pair) {
            undone = true;
            run = i + 2;
            continue;
        }
        if (!at_cell_end(r, i + 1))
            return fail_at(r, i + 1, yj_fail(err, YJ_E_INVALID, "something follows a closing quote"), err);
        *at = i + 1;
        return add_cell(r, start, i, undone, own_at, err);
    }
}

static yj_status bare_cell(yj_csv *r, size_t *at, yj_error *err)
{
    size_t i = *at;
    for (; !at_cell_end(r, i); i++)
        if (r->text.ptr[i] == '"')
            return fail_at(r, i, yj_fail(err, YJ_E_INVALID, "a quote stands inside a cell without quotes"),
                           err);
    yj_status st = add_cell(r, *at, i, false, 0, err);
    *at = i;
    return st;
}

/* One row; leaves r->at and r->line behind it. */
static yj_status read_row(yj_csv *r, yj_error *err)
{
    size_t at = r->at;
    r->count = 0;
    yj_buf_clear(&r->own);
    for (;;) {
        bool quoted = at < r->text.len && r->text.ptr[at] == '"';
        YJ_TRY(quoted ? quoted_cell(r, &at, err) : bare_cell(r, &at, err));
        if (at >= r->text.len || r->text.ptr[at] != ',')
            break;
        at++;
    }
    if (at < r->text.len)
        at += r->text.ptr[at] == '\r' ? 2 : 1;
    for (size_t i = r->at; i < at; i++)
        r->line += r->text.ptr[i] == '\n';
    r->at = at;
    YJ_TRY(yj_buf_status(&r->own, err));
    const char *own = r->own.ptr;
    for (size_t i = 0; i < r->count; i++) {
        if (r->undone[i]) {
            r->cells[i].ptr = own;
            own += r->cells[i].len;
        }
    }
    return YJ_OK;
}

static bool wholly_empty(const yj_csv *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->cells[i].len)
            return false;
    return true;
}

yj_status yj_csv_next(yj_csv *r, const yj_span **ret_cells, size_t *ret_count, size_t *ret_line,
                      bool *ret_more, yj_error *err)
{
    assert(r && ret_cells && ret_count && ret_line && ret_more);
    while (r->at < r->text.len) {
        size_t line = r->line;
        YJ_TRY(read_row(r, err));
        if (wholly_empty(r))
            continue;
        *ret_cells = r->cells;
        *ret_count = r->count;
        *ret_line = line;
        *ret_more = true;
        return YJ_OK;
    }
    *ret_more = false;
    return YJ_OK;
}

/* --- writing ----------------------------------------------------------------------------------------------
 */

/* Does a spreadsheet take what begins so for a formula? */
static bool begins_formula(char c)
{
    return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the apostrophes that it begins with. */
static bool formula_at(yj_span s, size_t at)
{
    while (at < s.len && s.ptr[at] == '\'')
        at++;
    return at < s.len && begins_formula(s.ptr[at]);
}

/* Could another separator than ours make a formula of a part of it? */
static bool formula_inside(yj_span s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if ((s.ptr[i] == ';' || s.ptr[i] == '\t') && begins_formula(s.ptr[i + 1]))
            return true;
    return false;
}

static bool must_quote(yj_span cell)
{
    bool quote = cell.len >= 3 && memcmp(cell.ptr, byte_order_mark, 3) == 0;
    for (size_t i = 0; i < cell.len && !quote; i++)
        quote = cell.ptr[i] == '"' || cell.ptr[i] == ',' || cell.ptr[i] == '\n' || cell.ptr[i] == '\r';
    return quote;
}

static void write_quoted(yj_buf *out, yj_span cell, bool apostrophe)
{
    yj_buf_char(out, '"');
    if (apostrophe)
        yj_buf_char(out, '\'');
    size_t run = 0;
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"') {
            yj_buf_add(out, cell.ptr + run, i + 1 - run); /* up to and with the quote */
            run = i;                                      /* which thus stands twice */
        }
    }
    yj_buf_add(out, cell.ptr + run, cell.len - run);
    yj_buf_char(out, '"');
}

void yj_csv_write_cell(yj_buf *out, yj_span cell)
{
    if (must_quote(cell))
        write_quoted(out, cell, false);
    else
        yj_buf_span(out, cell);
}

void yj_csv_write_text(yj_buf *out, yj_span cell)
{
    bool apostrophe = formula_at(cell, 0);
    if (must_quote(cell) || formula_inside(cell)) {
        write_quoted(out, cell, apostrophe);
        return;
    }
    if (apostrophe)
        yj_buf_char(out, '\'');
    yj_buf_span(out, cell);
}

yj_span yj_csv_text(yj_span cell)
{
    bool ours = cell.len > 1 && cell.ptr[0] == '\'' && formula_at(cell, 1);
    return ours ? (yj_span){ cell.ptr + 1, cell.len - 1 } : cell;
}
