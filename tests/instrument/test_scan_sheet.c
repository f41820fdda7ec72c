// SPDX-License-Identifier: Apache-2.0
/* A table as XLSX: read back as a spreadsheet would. */
#include "../base/test.h"
#include "instrument/scan/sheet.h"
#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

static yj_error err;

static yj_status keep(void *with, yj_span bytes, yj_error *e)
{
    yj_buf_span(with, bytes);
    return yj_buf_status(with, e);
}

static yj_status refuse(void *with, yj_span bytes, yj_error *e)
{
    return yj_fail(e, YJ_E_FULL, "no room");
}

/* The text of one part. */
static void part(const yj_buf *file, const char *name, char *to, size_t room)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    archive_read_support_format_zip(a);
    assert_int_equal(archive_read_open_memory(a, file->ptr, file->len), ARCHIVE_OK);
    to[0] = '\0';
    while (archive_read_next_header(a, &e) == ARCHIVE_OK)
        if (strcmp(archive_entry_pathname(e), name) == 0) {
            la_ssize_t n = archive_read_data(a, to, room - 1);
            assert_true(n > 0 && (size_t)n < room - 1);
            to[n] = '\0';
        }
    archive_read_free(a);
}

static void row(yj_sheet *s, const char *text, int64_t n)
{
    yj_sheet_text(s, yj_span_of(text));
    yj_sheet_number(s, n);
    assert_status(yj_sheet_row(s, &err), YJ_OK);
}

static void sheets__hold_text_and_numbers(void **state)
{
    static char text[16384];
    yj_auto(yj_buf_done) yj_buf file;
    yj_auto(yj_sheet_freep) yj_sheet *s = NULL;
    yj_buf_init(&file, 1 << 20);
    assert_status(yj_sheet_new("/tmp/yj-sheet-test", "rows", 3, keep, &file, &s, &err), YJ_OK);
    assert_int_not_equal(access("/tmp/yj-sheet-test.rows", F_OK), 0);
    row(s, "path", 0);
    row(s, "=cmd()|'x'!A1 <&> \x01\xff _x0041_ #", 7);
    row(s, "", INT64_MAX);
    row(s, "\xe4\xba\x91", -3);
    assert_status(yj_sheet_finish(s, &err), YJ_OK);
    part(&file, "xl/worksheets/sheet1.xml", text, sizeof text);
    assert_non_null(strstr(text,
                           "<row r=\"2\"><c r=\"A2\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                           "=cmd()|'x'!A1 &lt;&amp;&gt; \xef\xbf\xbd\xef\xbf\xbd _x005F_x0041_ #</t></is></c>"
                           "<c r=\"B2\"><v>7</v></c></row>"));
    assert_non_null(strstr(text, "<c r=\"A3\"/><c r=\"B3\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                                 "9223372036854775807<")); /* a number would lose its end */
    assert_null(strstr(text, "<f>"));
    part(&file, "xl/worksheets/sheet2.xml", text, sizeof text); /* under the same heading */
    assert_non_null(
        strstr(text, "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">path<"));
    assert_non_null(
        strstr(text, "\xe4\xba\x91</t></is></c><c r=\"B2\"><v>-3</v></c></row></sheetData></worksheet>"));
    part(&file, "xl/workbook.xml", text, sizeof text);
    assert_non_null(
        strstr(text, "name=\"rows\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"rows2\" sheetId=\"2\""));
    part(&file, "xl/styles.xml", text, sizeof text);
    assert_non_null(strstr(text, "quotePrefix=\"1\""));
    part(&file, "[Content_Types].xml", text, sizeof text);
    assert_non_null(strstr(text, "/xl/worksheets/sheet2.xml"));
}

static void texts__too_long_for_a_cell_are_cut(void **state)
{
    static char text[1 << 17], long_one[40001];
    yj_auto(yj_buf_done) yj_buf file;
    yj_auto(yj_sheet_freep) yj_sheet *s = NULL;
    yj_buf_init(&file, 1 << 20);
    memset(long_one, 'y', sizeof long_one - 1);
    assert_status(yj_sheet_new("/tmp/yj-sheet-test", "rows", YJ_SHEET_ROWS_MAX, keep, &file, &s, &err),
                  YJ_OK);
    row(s, long_one, 0);
    assert_status(yj_sheet_finish(s, &err), YJ_OK);
    part(&file, "xl/worksheets/sheet1.xml", text, sizeof text);
    const char *from = strstr(text, ">y"), *to = strstr(text, "\xe2\x80\xa6");
    assert_true(from && to);
    assert_int_equal(to - from - 1, YJ_SHEET_TEXT_MAX - 1);
}

static void refusals__of_the_sink_come_through(void **state)
{
    yj_auto(yj_sheet_freep) yj_sheet *s = NULL;
    assert_status(yj_sheet_new("/tmp/yj-sheet-test", "rows", 3, refuse, NULL, &s, &err), YJ_OK);
    row(s, "path", 0);
    assert_status(yj_sheet_finish(s, &err), YJ_E_FULL);
    assert_string_equal(err.msg, "no room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sheets__hold_text_and_numbers),
        cmocka_unit_test(texts__too_long_for_a_cell_are_cut),
        cmocka_unit_test(refusals__of_the_sink_come_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
