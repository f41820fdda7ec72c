// SPDX-License-Identifier: Apache-2.0
/* The sheet of a spreadsheet as CSV. It is opened where nothing else can be reached (instrument/box).
 */
#include "record/import.h"

#include "base/csv.h"
#include "base/file.h"
#include "instrument/box/box.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE ((size_t)64 << 10)

typedef struct sheet {
    yj_buf line; /* that has begun */
    yj_buf *out;
} sheet;

/* "\tA\tB" as "A,B". */
static void end_line(sheet *s)
{
    yj_span line = yj_buf_view(&s->line);
    while (line.len > 0 && line.ptr[0] == '\t') {
        const char *from = line.ptr + 1, *next = memchr(from, '\t', line.len - 1);
        size_t len = next ? (size_t)(next - from) : line.len - 1;
        yj_csv_write_text(s->out, (yj_span){ from, len });
        line = (yj_span){ from + len, line.len - 1 - len };
        if (line.len > 0)
            yj_buf_char(s->out, ',');
    }
    yj_buf_char(s->out, '\n');
    yj_buf_clear(&s->line);
}

static void take(sheet *s, const char *p, size_t n)
{
    while (n > 0) {
        const char *nl = memchr(p, '\n', n);
        size_t len = nl ? (size_t)(nl - p) : n;
        yj_buf_add(&s->line, p, len);
        if (nl)
            end_line(s);
        len += nl != NULL;
        p += len;
        n -= len;
    }
}

/* Has a sheet behind the first one anything in a cell? */
static bool has_cells(yj_box *box, char piece[static PIECE])
{
    bool has = false;
    for (size_t n = 0; !has && (n = yj_box_read(box, piece, PIECE)) > 0;)
        for (size_t i = 0; !has && i < n; i++)
            has = !strchr("\t\r\n ", piece[i]);
    return has;
}

/* @param ret_more whether another sheet has rows: nothing may be left out in silence, and a list goes on
 * there when a sheet is full. @return false: there is no sheet */
static bool read_first(yj_box *box, sheet *s, bool *ret_more, yj_box_fault *ret)
{
    static _Thread_local char piece[PIECE];
    yj_box_item item;
    bool found = false;
    while (!*ret_more && yj_box_next(box, &item)) {
        if (item.kind != YJ_BOX_SHEET)
            continue;
        if (item.left_out != YJ_BOX_NONE) {
            *ret = found ? item.left_out : *ret; /* what stands in it is not known */
            continue;
        }
        if (found) {
            *ret_more = has_cells(box, piece);
            if (*ret == YJ_BOX_NONE && !*ret_more)
                *ret = yj_box_item_fault(box);
            continue;
        }
        for (size_t n = 0; (n = yj_box_read(box, piece, sizeof piece)) > 0;)
            take(s, piece, n);
        if (s->line.len > 0)
            end_line(s);
        *ret = yj_box_item_fault(box);
        found = true;
    }
    return found;
}

yj_status yj_import_sheet(const char *path, yj_buf *out, yj_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_auto(yj_box_freep) yj_box *box = yj_box_new(&yj_box_usual);
    if (!box) {
        close(fd);
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    off_t size = lseek(fd, 0, SEEK_END);
    yj_box_used used = { .packed = size > 0 ? (uint64_t)size : 0 };
    yj_box_format format = YJ_BOX_SAME;
    yj_box_fault fault = YJ_BOX_NONE;
    sheet s = { .out = out };
    yj_buf_init(&s.line, (size_t)16 << 20);
    yj_box_open(box, YJ_BOX_ARCHIVE, fd, &used);
    bool more = false, found = read_first(box, &s, &more, &fault);
    yj_box_fault closed = yj_box_close(box, &format);
    close(fd);
    yj_status line = yj_buf_status(&s.line, err);
    yj_buf_done(&s.line);
    YJ_TRY(line);
    YJ_TRY(yj_buf_status(out, err));
    if (closed == YJ_BOX_NO_BOX || fault == YJ_BOX_NO_BOX)
        return yj_fail(err, YJ_E_IO,
                       "this system cannot shut a parser in, so no spreadsheet is opened: %s; "
                       "take the list as CSV",
                       path);
    if (!found || fault != YJ_BOX_NONE || format != YJ_BOX_XLSX)
        return yj_fail(err, YJ_E_INVALID, "%s is no spreadsheet (XLSX) that can be read whole", path);
    if (more)
        return yj_fail(err, YJ_E_INVALID, "the workbook has more than one sheet with rows");
    return YJ_OK;
}
