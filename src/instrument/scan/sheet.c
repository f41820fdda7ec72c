// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/sheet.h"
#include "base/file.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define ROW_BYTES_MAX ((size_t)64 << 20)
#define PART_BYTES_MAX ((size_t)8 << 20)
#define COPY_BYTES ((size_t)64 << 10)
#define EXACT (INT64_C(1) << 53) /* from here on a spreadsheet's numbers are not exact */

struct yj_sheet {
    yj_sheet_sink_fn *sink;
    void *with;
    struct archive *a;
    FILE *rows; /* of the sheet at work */
    const char *title;
    uint64_t count, max; /* rows in it */
    unsigned sheets;     /* that are whole */
    unsigned column;     /* cells in the row */
    yj_buf row, head;    /* head: the first row's cells */
    bool has_head;
    yj_status status; /* of the sink */
    yj_error *err;    /* where it says so */
};

/* --- the file ---------------------------------------------------------------------------------------------
 */

static la_ssize_t on_bytes(struct archive *a, void *with, const void *bytes, size_t n)
{
    yj_sheet *s = with;
    if (s->status == YJ_OK)
        s->status = s->sink(s->with, (yj_span){ bytes, n }, s->err);
    if (s->status == YJ_OK)
        return (la_ssize_t)n;
    archive_set_error(a, EIO, "refused");
    return -1;
}

static yj_status refused(const yj_sheet *s, yj_error *err)
{
    return s->status != YJ_OK ? s->status : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static bool begin_part(const yj_sheet *s, const char *name, int64_t size)
{
    struct archive_entry *e = archive_entry_new();
    if (!e)
        return false;
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, size);
    bool fine = archive_write_header(s->a, e) >= ARCHIVE_WARN;
    archive_entry_free(e);
    return fine;
}

static yj_status put_part(yj_sheet *s, const char *name, yj_buf *text, yj_error *err)
{
    YJ_TRY(yj_buf_status(text, err));
    s->err = err;
    bool fine = begin_part(s, name, (int64_t)text->len) &&
                archive_write_data(s->a, text->ptr, text->len) == (la_ssize_t)text->len;
    yj_buf_clear(text);
    return fine ? YJ_OK : refused(s, err);
}

static yj_status put_rows(yj_sheet *s, const char *name, yj_error *err)
{
    char *piece = malloc(COPY_BYTES);
    off_t size = fflush(s->rows) == 0 ? ftello(s->rows) : -1;
    if (!piece || size < 0 || fseeko(s->rows, 0, SEEK_SET) != 0) {
        free(piece);
        return yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    }
    s->err = err;
    bool fine = begin_part(s, name, size);
    off_t copied = 0;
    for (size_t n = 1; fine && n > 0; copied += (off_t)n) {
        n = fread(piece, 1, COPY_BYTES, s->rows);
        fine = n == 0 || archive_write_data(s->a, piece, n) == (la_ssize_t)n;
    }
    free(piece);
    if (fine && copied != size)
        return yj_fail_sys(err, YJ_E_IO, "cannot write the inventory");
    return fine ? YJ_OK : refused(s, err);
}

/* --- sheets -----------------------------------------------------------------------------------------------
 */

static yj_status put_waiting(const yj_sheet *s, const char *text, size_t n, yj_error *err)
{
    return fwrite(text, 1, n, s->rows) == n
               ? YJ_OK
               : yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
}

static yj_status begin_sheet(yj_sheet *s, yj_error *err)
{
    static const char head[] =
        XML "<worksheet xmlns=\"" MAIN "\"><sheetViews><sheetView workbookViewId=\"0\">"
            "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
            "</sheetView></sheetViews><sheetData>";
    rewind(s->rows);
    if (ftruncate(fileno(s->rows), 0) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot write the inventory");
    s->count = 0;
    return put_waiting(s, head, sizeof head - 1, err);
}

static yj_status end_sheet(yj_sheet *s, yj_error *err)
{
    static const char tail[] = "</sheetData></worksheet>";
    char name[64];
    snprintf(name, sizeof name, "xl/worksheets/sheet%u.xml", ++s->sheets);
    YJ_TRY(put_waiting(s, tail, sizeof tail - 1, err));
    return put_rows(s, name, err);
}

yj_status yj_sheet_new(const char *beside, const char *title, uint64_t rows_max, yj_sheet_sink_fn *sink,
                       void *with, yj_sheet **ret, yj_error *err)
{
    yj_auto(yj_sheet_freep) yj_sheet *s = calloc(1, sizeof *s);
    char *name = NULL;
    if (!s || asprintf(&name, "%s.rows", beside) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    s->sink = sink;
    s->with = with;
    s->title = title;
    s->max = rows_max;
    yj_buf_init(&s->row, ROW_BYTES_MAX);
    yj_buf_init(&s->head, ROW_BYTES_MAX);
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    yj_status status = fd >= 0 ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot write %s", name);
    if (fd >= 0) {
        unlink(name);
        s->rows = fdopen(fd, "w+");
        if (!s->rows)
            close(fd);
    }
    free(name);
    YJ_TRY(status);
    s->a = archive_write_new();
    if (!s->rows || !s->a || archive_write_set_format_zip(s->a) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(s->a, (int)COPY_BYTES) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(s->a, 1) != ARCHIVE_OK ||
        archive_write_open(s->a, s, NULL, on_bytes, NULL) != ARCHIVE_OK)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(begin_sheet(s, err));
    *ret = yj_take(s);
    return YJ_OK;
}

void yj_sheet_free(yj_sheet *s)
{
    if (!s)
        return;
    if (s->a) {
        s->status = s->status != YJ_OK ? s->status : YJ_E_IO; /* nothing more is written */
        archive_write_free(s->a);
    }
    if (s->rows)
        fclose(s->rows);
    yj_buf_done(&s->row);
    yj_buf_done(&s->head);
    free(s);
}

/* --- cells ------------------------------------------------------------------------------------------------
 */

static void put_place(yj_sheet *s)
{
    char letters[8];
    size_t n = 0;
    for (unsigned c = ++s->column; c > 0; c = (c - 1) / 26)
        letters[n++] = (char)('A' + (c - 1) % 26);
    yj_buf_str(&s->row, "<c r=\"");
    while (n > 0)
        yj_buf_char(&s->row, letters[--n]);
    yj_buf_str(&s->row, "#\""); /* the row's number, when it is known */
}

/* "_x000D_" would be read as the character that it names. */
static bool is_escape(yj_span t, size_t at)
{
    if (t.len - at < 7 || t.ptr[at] != '_' || t.ptr[at + 1] != 'x' || t.ptr[at + 6] != '_')
        return false;
    for (size_t i = at + 2; i < at + 6; i++)
        if (!strchr("0123456789abcdefABCDEF", t.ptr[i]) || !t.ptr[i])
            return false;
    return true;
}

/* How many bytes of UTF-8 stand for one character of XML; 0: none. */
static size_t character(yj_span t, size_t at)
{
    unsigned char c = (unsigned char)t.ptr[at];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c < 0x20 && c != '\t')
        return 0;
    if (at + n > t.len || !yj_utf8_valid((yj_span){ t.ptr + at, n }))
        return 0;
    bool none = n == 3 && memcmp(t.ptr + at, "\xef\xbf", 2) == 0 && (unsigned char)t.ptr[at + 2] >= 0xbe;
    return none ? 0 : n;
}

static void put_text(yj_buf *b, yj_span t)
{
    size_t units = 0;
    for (size_t at = 0; at < t.len;) {
        size_t n = character(t, at);
        bool escape = is_escape(t, at);
        units += escape ? 7 : n == 4 ? 2 : 1;
        if (units >= YJ_SHEET_TEXT_MAX) {
            yj_buf_str(b, "\xe2\x80\xa6");
            return;
        }
        if (n == 0)
            yj_buf_str(b, "\xef\xbf\xbd");
        else if (escape)
            yj_buf_str(b, "_x005F_");
        else if (t.ptr[at] == '&')
            yj_buf_str(b, "&amp;");
        else if (t.ptr[at] == '<')
            yj_buf_str(b, "&lt;");
        else if (t.ptr[at] == '>')
            yj_buf_str(b, "&gt;");
        else
            yj_buf_add(b, t.ptr + at, n);
        at += n ? n : 1;
    }
}

/* Text that a spreadsheet would take for a formula when somebody edits it stands under a style that says it
 * is text. */
void yj_sheet_text(yj_sheet *s, yj_span text)
{
    put_place(s);
    if (text.len == 0) {
        yj_buf_str(&s->row, "/>");
        return;
    }
    yj_buf_str(&s->row, strchr("=+-@'\t\r\n", text.ptr[0]) ? " s=\"1\"" : "");
    yj_buf_str(&s->row, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    put_text(&s->row, text);
    yj_buf_str(&s->row, "</t></is></c>");
}

void yj_sheet_number(yj_sheet *s, int64_t n)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%lld", (long long)n);
    if (n >= EXACT || n <= -EXACT) {
        yj_sheet_text(s, (yj_span){ text, (size_t)len });
        return;
    }
    put_place(s);
    yj_buf_fmt(&s->row, "><v>%s</v></c>", text);
}

/* The cells, each with the number of its row. */
static yj_status put_row(yj_sheet *s, const yj_buf *cells, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 2 * ROW_BYTES_MAX);
    yj_buf_fmt(&out, "<row r=\"%llu\">", (unsigned long long)++s->count);
    for (size_t at = 0; at < cells->len;) {
        static const char mark[] = "<c r=\"";
        const char *p = memmem(cells->ptr + at + 1, cells->len - at - 1, mark, sizeof mark - 1);
        size_t end = p ? (size_t)(p - cells->ptr) : cells->len;
        const char *hash = memchr(cells->ptr + at, '#', end - at); /* the first one: before any text */
        size_t before = (size_t)(hash - cells->ptr);
        yj_buf_add(&out, cells->ptr + at, before - at);
        yj_buf_fmt(&out, "%llu", (unsigned long long)s->count);
        yj_buf_add(&out, hash + 1, end - before - 1);
        at = end;
    }
    yj_buf_str(&out, "</row>");
    YJ_TRY(yj_buf_status(&out, err));
    return put_waiting(s, out.ptr, out.len, err);
}

yj_status yj_sheet_row(yj_sheet *s, yj_error *err)
{
    YJ_TRY(yj_buf_status(&s->row, err));
    if (!s->has_head)
        yj_buf_span(&s->head, yj_buf_view(&s->row));
    s->has_head = true;
    YJ_TRY(yj_buf_status(&s->head, err));
    if (s->count == s->max) {
        YJ_TRY(end_sheet(s, err));
        YJ_TRY(begin_sheet(s, err));
        YJ_TRY(put_row(s, &s->head, err));
    }
    YJ_TRY(put_row(s, &s->row, err));
    yj_buf_clear(&s->row);
    s->column = 0;
    return YJ_OK;
}

/* --- the rest of the package ------------------------------------------------------------------------------
 */

static yj_status put_workbook(yj_sheet *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, PART_BYTES_MAX);
    yj_buf_str(&b, XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS "\"><sheets>");
    for (unsigned i = 1; i <= s->sheets; i++)
        yj_buf_fmt(&b, "<sheet name=\"%s%.0u\" sheetId=\"%u\" r:id=\"rId%u\"/>", s->title, i > 1 ? i : 0, i,
                   i);
    yj_buf_str(&b, "</sheets></workbook>");
    YJ_TRY(put_part(s, "xl/workbook.xml", &b, err));
    yj_buf_str(&b, XML "<Relationships xmlns=\"" PACKAGE "/relationships\">");
    for (unsigned i = 1; i <= s->sheets; i++)
        yj_buf_fmt(
            &b, "<Relationship Id=\"rId%u\" Type=\"" RELS "/worksheet\" Target=\"worksheets/sheet%u.xml\"/>",
            i, i);
    yj_buf_fmt(&b,
               "<Relationship Id=\"rId%u\" Type=\"" RELS "/styles\" Target=\"styles.xml\"/></Relationships>",
               s->sheets + 1);
    YJ_TRY(put_part(s, "xl/_rels/workbook.xml.rels", &b, err));
    yj_buf_str(&b, XML
               "<styleSheet xmlns=\"" MAIN "\"><fonts count=\"1\"><font/></fonts><fills count=\"2\"><fill>"
               "<patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>"
               "</fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/>"
               "</cellStyleXfs><cellXfs count=\"2\"><xf/><xf quotePrefix=\"1\"/></cellXfs></styleSheet>");
    return put_part(s, "xl/styles.xml", &b, err);
}

static yj_status put_package(yj_sheet *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, PART_BYTES_MAX);
    yj_buf_str(&b, XML "<Relationships xmlns=\"" PACKAGE "/relationships\"><Relationship Id=\"rId1\" "
                       "Type=\"" RELS "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
    YJ_TRY(put_part(s, "_rels/.rels", &b, err));
#define TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
    yj_buf_str(&b, XML "<Types xmlns=\"" PACKAGE "/content-types\"><Default Extension=\"rels\" ContentType=\""
                       "application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\""
                       "/xl/workbook.xml\" ContentType=\"" TYPE "sheet.main+xml\"/><Override PartName=\""
                       "/xl/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>");
    for (unsigned i = 1; i <= s->sheets; i++)
        yj_buf_fmt(
            &b, "<Override PartName=\"/xl/worksheets/sheet%u.xml\" ContentType=\"" TYPE "worksheet+xml\"/>",
            i);
    yj_buf_str(&b, "</Types>");
#undef TYPE
    return put_part(s, "[Content_Types].xml", &b, err);
}

yj_status yj_sheet_finish(yj_sheet *s, yj_error *err)
{
    YJ_TRY(end_sheet(s, err));
    YJ_TRY(put_workbook(s, err));
    YJ_TRY(put_package(s, err));
    s->err = err;
    bool fine = archive_write_close(s->a) == ARCHIVE_OK;
    return fine ? YJ_OK : refused(s, err);
}
