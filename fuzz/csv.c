// SPDX-License-Identifier: Apache-2.0
/* The reader comes to an end of any text, and rows that are written from what it read are read back equal. */
#include "fuzz.h"

#include "base/csv.h"

/* Write all good rows of a text; returns their number. */
static size_t rewrite(yj_span text, yj_buf *out)
{
    yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(text);
    assert(r);
    size_t rows = 0, last_line = 0, steps = 0;
    for (bool more = true; more;) {
        const yj_span *cells = NULL;
        size_t count = 0, line = 0;
        yj_error err;
        assert(++steps <= text.len + 2);
        yj_status st = yj_csv_next(r, &cells, &count, &line, &more, &err);
        if (st != YJ_OK) {
            assert(st == YJ_E_INVALID || st == YJ_E_LIMIT);
            assert(strncmp(err.field, "line ", 5) == 0);
            continue;
        }
        if (!more)
            break;
        assert(count > 0 && count <= YJ_CSV_CELLS_MAX && line > last_line);
        last_line = line;
        size_t bytes = 0;
        for (size_t i = 0; i < count; i++) {
            assert(cells[i].len <= YJ_CSV_CELL_BYTES_MAX && yj_utf8_valid(cells[i]));
            assert(!cells[i].len || !memchr(cells[i].ptr, '\0', cells[i].len));
            bytes += cells[i].len;
            if (i)
                yj_buf_char(out, ',');
            yj_csv_write_cell(out, cells[i]);
        }
        assert(bytes > 0);
        yj_buf_char(out, '\n');
        rows++;
    }
    return rows;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_buf_done) yj_buf once, twice;
    yj_buf_init(&once, (size_t)64 << 20);
    yj_buf_init(&twice, (size_t)64 << 20);
    size_t rows = rewrite((yj_span){ (const char *)data, size }, &once);
    size_t again = rewrite(yj_buf_view(&once), &twice);
    assert(yj_buf_status(&once, NULL) == YJ_OK);
    assert(rows == again && yj_span_eq(yj_buf_view(&once), yj_buf_view(&twice)));
    return 0;
}
