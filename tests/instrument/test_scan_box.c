// SPDX-License-Identifier: Apache-2.0
/* What scan opens, what it refuses to open, and what a parser that goes wrong costs. The files are made here;
 * the process for foreign bytes is this program again, with a hook that goes wrong when a file asks for it.
 */
#include "../base/test.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "instrument/scan/memo.h"
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOBILE "13812345678"
#define LINE "tel " MOBILE ", order 1\n"
#define BAD "PK\x03\x04" /* then a word: what the process is to do wrong */
#define MEMORY ((uint64_t)256 << 20)

static char folder[] = "/tmp/yj-scan-box-XXXXXX";

/* --- the process, going wrong -----------------------------------------------------------------------------
 */

static void eat(void)
{
    for (uint64_t all = 0; all < 2 * MEMORY; all += 1 << 20) {
        void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            _exit(YJ_SANDBOX_EXIT_MEMORY);
        memset(p, 1, 1 << 20);
    }
}

static void list_without_end(void)
{
    static const char frame[] = { 'L', YJ_BOX_LINK, 0, 0, 1, 0, 0, 0, 'x' };
    for (;;)
        yj_sandbox_tell((yj_span){ frame, sizeof frame });
}

static void go_wrong(int fd)
{
    char what[32] = "";
    ssize_t n = pread(fd, what, sizeof what - 1, sizeof BAD - 1);
    if (n <= 0)
        return;
    if (strncmp(what, "crash", 5) == 0)
        raise(SIGSEGV);
    else if (strncmp(what, "loop", 4) == 0)
        for (volatile int i = 0;; i = i + 1)
            ;
    else if (strncmp(what, "eat", 3) == 0)
        eat();
    else if (strncmp(what, "fork", 4) == 0)
        (void)fork();
    else if (strncmp(what, "socket", 6) == 0)
        (void)socket(AF_INET, SOCK_STREAM, 0);
    else if (strncmp(what, "open", 4) == 0 && open("/etc/hostname", O_RDONLY) >= 0)
        raise(SIGSEGV);
    else if (strncmp(what, "mad", 3) == 0)
        yj_sandbox_tell(YJ_SPAN("B\x7f this is no frame that was agreed upon"));
    else if (strncmp(what, "data", 4) == 0)
        yj_sandbox_tell(YJ_SPAN("D\0\0\0\1\0\0\0x"));
    else if (strncmp(what, "long", 4) == 0)
        yj_sandbox_tell(YJ_SPAN("B\0\0\0\xff\xff\xff\xff"));
    else if (strncmp(what, "half", 4) == 0) { /* of a frame, and then silence */
        yj_sandbox_tell(YJ_SPAN("B\0\0\0\4\0\0\0x"));
        for (;;)
            pause();
    } else if (strncmp(what, "quiet", 5) == 0)
        _exit(0);
    else if (strncmp(what, "list", 4) == 0)
        list_without_end();
}

/* --- making files -----------------------------------------------------------------------------------------
 */

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, yj_span bytes)
{
    yj_error err;
    assert_int_equal(yj_file_write(path_of(name), bytes, 0600, &err), YJ_OK);
}

typedef struct packed {
    char bytes[4 << 20];
    size_t len;
    struct archive *a;
} packed;

static packed *begin(const char *format, const char *filter, const char *options)
{
    packed *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->a = archive_write_new();
    assert_int_equal(archive_write_set_format_by_name(p->a, format), ARCHIVE_OK);
    if (filter)
        assert_int_equal(archive_write_add_filter_by_name(p->a, filter), ARCHIVE_OK);
    if (options)
        assert_int_equal(archive_write_set_options(p->a, options), ARCHIVE_OK);
    archive_write_set_passphrase(p->a, "geheim");
    archive_write_set_bytes_in_last_block(p->a, 1);
    assert_int_equal(archive_write_open_memory(p->a, p->bytes, sizeof p->bytes, &p->len), ARCHIVE_OK);
    return p;
}

static void entry(packed *p, const char *name, yj_span bytes)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0600);
    archive_entry_set_size(e, (la_int64_t)bytes.len);
    assert_true(archive_write_header(p->a, e) >= ARCHIVE_WARN);
    assert_int_equal(archive_write_data(p->a, bytes.ptr, bytes.len), bytes.len);
    archive_entry_free(e);
}

static void text_entry(packed *p, const char *name, const char *text)
{
    entry(p, name, yj_span_of(text));
}

static void link_entry(packed *p, const char *name, unsigned type)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(e, "/etc/shadow");
    assert_int_equal(archive_write_header(p->a, e), ARCHIVE_OK);
    archive_entry_free(e);
}

static yj_span end(packed *p)
{
    assert_int_equal(archive_write_close(p->a), ARCHIVE_OK);
    archive_write_free(p->a);
    return (yj_span){ p->bytes, p->len };
}

static void end_as(packed *p, const char *name)
{
    put(name, end(p));
    free(p);
}

/* --- what is said of them ---------------------------------------------------------------------------------
 */

typedef struct said {
    char line[200][300];
    size_t count;
} said;

/* "PATH STATE REASON FORMAT HITS ENCRYPTED [CLASS AT ROW COLUMN]..." without the folder */
static yj_status on_file(void *with, const yj_scan_file *f, yj_error *err)
{
    said *s = with;
    assert_true(s->count < YJ_COUNT(s->line));
    char *line = s->line[s->count++];
    size_t n = (size_t)snprintf(line, 300, "%s %s %s %s %d%s", f->path + strlen(folder) + 1,
                                yj_scan_state_name(f->state),
                                *yj_scan_reason_name(f->reason) ? yj_scan_reason_name(f->reason) : "-",
                                *f->format ? f->format : "-", (int)f->hits, f->encrypted ? " encrypted" : "");
    for (size_t i = 0; i < f->places && n < 200; i++)
        n += (size_t)snprintf(line + n, 300 - n, " %s@%d:%d%s", yj_scan_class_name(f->place[i].what),
                              (int)f->place[i].at, (int)f->place[i].row, f->place[i].column);
    return YJ_OK;
}

static yj_box_limits limits;

static said *look(const char *name)
{
    static said s;
    yj_error err;
    yj_scan_wish wish = { .limits = &limits, .file = on_file, .with = &s };
    const char *paths[] = { path_of(name) };
    s.count = 0;
    assert_int_equal(yj_scan_run(paths, 1, &wish, &err), YJ_OK);
    return &s;
}

static void expect(const said *s, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < s->count && i < count; i++)
        assert_string_equal(s->line[i], lines[i]);
    assert_int_equal(s->count, count);
}
#define EXPECT(s, ...)                                                                                       \
    do {                                                                                                     \
        static const char *const lines_[] = { __VA_ARGS__ };                                                 \
        expect(s, lines_, YJ_COUNT(lines_));                                                                 \
    } while (0)

/* --- archives ---------------------------------------------------------------------------------------------
 */

static void archives__of_every_kind_are_opened(void **state)
{
    static const struct {
        const char *name, *format, *filter, *is;
    } kinds[] = {
        { "a.zip", "zip", NULL, "zip" },
        { "a.7z", "7zip", NULL, "7z" },
        { "a.tar", "ustar", NULL, "tar" },
        { "a.tgz", "pax", "gzip", "gzip" },
        { "a.tar.bz2", "gnutar", "bzip2", "bzip2" },
        { "a.tar.xz", "ustar", "xz", "xz" },
        { "a.tar.zst", "ustar", "zstd", "zstd" },
    };
    for (size_t i = 0; i < YJ_COUNT(kinds); i++) {
        char lines[3][100];
        packed *p = begin(kinds[i].format, kinds[i].filter, NULL);
        text_entry(p, "deep/list.csv", "name,phone\nx," MOBILE "\n");
        text_entry(p, "empty", "");
        end_as(p, kinds[i].name);
        snprintf(lines[0], 100, "%s!/deep/list.csv looked_into - csv 1 mobile@13:0", kinds[i].name);
        snprintf(lines[1], 100, "%s!/empty looked_into - empty 0", kinds[i].name);
        snprintf(lines[2], 100, "%s looked_into - %s 0", kinds[i].name, kinds[i].is);
        const said *s = look(kinds[i].name);
        assert_int_equal(s->count, 3);
        bool swapped = strcmp(kinds[i].format, "7zip") == 0; /* which puts what is empty last, or first */
        assert_string_equal(s->line[swapped && strstr(s->line[1], "deep") ? 1 : 0], lines[0]);
        assert_string_equal(s->line[swapped && strstr(s->line[1], "deep") ? 0 : 1], lines[1]);
        assert_string_equal(s->line[2], lines[2]);
    }
}

static void compressed__is_opened(void **state)
{
    packed *p = begin("raw", "gzip", NULL);
    text_entry(p, "x", LINE);
    end_as(p, "x.gz");
    EXPECT(look("x.gz"), "x.gz!/data looked_into - text 1 mobile@4:0", "x.gz looked_into - gzip 0");
    packed *q = begin("raw", "zstd", NULL);
    text_entry(q, "x", LINE);
    yj_span whole = end(q);
    put("cut.zst", (yj_span){ whole.ptr, whole.len - 6 });
    free(q);
    const said *s = look("cut.zst");
    assert_non_null(strstr(s->line[s->count - 1], "cut.zst"));
    assert_non_null(strstr(s->line[0], "damaged"));
}

static void archives__in_archives_are_opened_to_a_depth(void **state)
{
    packed *inner = begin("zip", NULL, NULL);
    text_entry(inner, "a.txt", LINE);
    yj_span bytes = end(inner);
    for (int i = 1; i < 10; i++) {
        packed *outer = begin(i % 2 ? "zip" : "7zip", NULL, NULL);
        entry(outer, i % 2 ? "z" : "7", bytes);
        bytes = end(outer);
        free(inner);
        inner = outer;
        if (i == 1)
            put("two.zip", bytes);
    }
    put("ten.zip", bytes);
    free(inner);
    EXPECT(look("two.zip"), "two.zip!/z!/a.txt looked_into - text 1 mobile@4:0",
           "two.zip!/z looked_into - zip 0", "two.zip looked_into - zip 0");
    const said *s = look("ten.zip");
    assert_string_equal(s->line[0], "ten.zip!/z!/7!/z!/7!/z!/7!/z!/7 not_looked_into nesting zip 0");
    assert_int_equal(s->count, YJ_BOX_DEPTH_MAX + 1);
}

static void archives__with_odd_names(void **state)
{
    packed *p = begin("ustar", NULL, NULL);
    text_entry(p, "../../up.txt", LINE);
    text_entry(p, "/etc/abs.txt", LINE);
    text_entry(p, "\xbf\xcd\xbb\xa7\xc3\xfb\xb5\xa5.txt", LINE); /* GBK */
    text_entry(p, "new\nline\x1b.txt", LINE);
    link_entry(p, "link", AE_IFLNK);
    link_entry(p, "pipe", AE_IFIFO);
    end_as(p, "odd.tar");
    EXPECT(look("odd.tar"), "odd.tar!/../../up.txt looked_into - text 1 mobile@4:0",
           "odd.tar!//etc/abs.txt looked_into - text 1 mobile@4:0",
           "odd.tar!/\xe5\xae\xa2\xe6\x88\xb7\xe5\x90\x8d\xe5\x8d\x95.txt looked_into - text 1 mobile@4:0",
           "odd.tar!/new\\x0aline\\x1b.txt looked_into - text 1 mobile@4:0", "odd.tar!/link skipped link - 0",
           "odd.tar!/pipe skipped special - 0", "odd.tar looked_into - tar 0");
}

static void archives__with_a_password_are_listed(void **state)
{
    packed *p = begin("zip", NULL, "zip:encryption=aes256");
    text_entry(p, "a.txt", LINE);
    end_as(p, "locked.zip");
    EXPECT(look("locked.zip"), "locked.zip!/a.txt not_looked_into encrypted - 0 encrypted",
           "locked.zip looked_into - zip 0");
    static const char office[] =
        "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
    put("locked.docx", (yj_span){ office, sizeof office });
    EXPECT(look("locked.docx"), "locked.docx not_looked_into encrypted ooxml 0 encrypted");
}

static void bombs__are_refused(void **state)
{
    static char zeros[6 << 20];
    packed *p = begin("zip", NULL, NULL);
    text_entry(p, "first.txt", LINE);
    entry(p, "zeros", (yj_span){ zeros, sizeof zeros });
    text_entry(p, "last.txt", LINE);
    end_as(p, "bomb.zip");
    limits.ratio = 100;
    limits.ratio_from = 1 << 20;
    const said *s = look("bomb.zip");
    EXPECT(s, "bomb.zip!/first.txt looked_into - text 1 mobile@4:0",
           "bomb.zip!/zeros not_looked_into bomb binary 0", "bomb.zip in_part bomb zip 0");
    limits = yj_box_usual;
    limits.bytes = 2 << 20;
    s = look("bomb.zip");
    assert_string_equal(s->line[s->count - 1], "bomb.zip in_part too_large zip 0");
    limits = yj_box_usual;
    limits.items = 20;
    p = begin("zip", NULL, NULL);
    for (int i = 0; i < 100; i++)
        text_entry(p, "same.txt", "x");
    end_as(p, "many.zip");
    s = look("many.zip");
    assert_int_equal(s->count, 21);
    assert_string_equal(s->line[20], "many.zip in_part too_many zip 0");
    limits = yj_box_usual;
    limits.inner_bytes = 100;
    s = look("two.zip");
    EXPECT(s, "two.zip!/z not_looked_into too_large zip 0", "two.zip looked_into - zip 0");
    limits = yj_box_usual;
    assert_string_equal(look("bomb.zip")->line[3], "bomb.zip looked_into - zip 0"); /* a usual box opens it */
}

static void archives__that_are_damaged_are_listed(void **state)
{
    packed *p = begin("zip", NULL, NULL);
    text_entry(p, "a.txt", LINE);
    yj_span whole = end(p);
    put("cut.zip", (yj_span){ whole.ptr, 40 });
    p->bytes[whole.len / 3] ^= 0x55;
    put("flipped.zip", whole);
    free(p);
    const said *s = look("cut.zip");
    assert_non_null(strstr(s->line[s->count - 1], " damaged zip"));
    s = look("flipped.zip");
    for (size_t i = 0; i < s->count; i++)
        assert_non_null(strstr(s->line[i], "flipped.zip"));
    put("no.zip", YJ_SPAN("PK\x03\x04 and nothing of the kind"));
    EXPECT(look("no.zip"), "no.zip not_looked_into damaged zip 0");
    put("no.7z", YJ_SPAN("7z\xbc\xaf\x27\x1c and nothing of the kind"));
    EXPECT(look("no.7z"), "no.7z not_looked_into damaged 7z 0");
    put("no.gz", YJ_SPAN("\x1f\x8b and nothing of the kind"));
    EXPECT(look("no.gz"), "no.gz not_looked_into damaged gzip 0");
}

/* --- documents and databases ------------------------------------------------------------------------------
 */

#define SHEETS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define WORDS "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define DRAWN "http://schemas.openxmlformats.org/drawingml/2006/main"

static void documents__text_in_runs_is_joined(void **state)
{
    packed *p = begin("zip", NULL, NULL);
    text_entry(p, "[Content_Types].xml", "<Types/>");
    text_entry(p, "word/document.xml",
               "<w:document xmlns:w='" WORDS
               "'><w:body><w:p><w:r><w:t>tel 1381234</w:t></w:r><w:r><w:t>5678</w:t></w:r>"
               "</w:p><w:p><w:del><w:r><w:delText>tel " MOBILE
               "</w:delText></w:r></w:del></w:p></w:body></w:document>");
    text_entry(p, "word/comments.xml",
               "<w:comments xmlns:w='" WORDS "'><w:comment><w:p><w:r><w:t>" LINE
               "</w:t></w:r></w:p></w:comment></w:comments>");
    text_entry(p, "word/styles.xml", "<styles/>");
    text_entry(p, "word/embeddings/more.csv", "name,phone\nx," MOBILE "\n");
    entry(p, "word/media/image1.png", YJ_SPAN("\x89PNG\r\n\x1a\n\0"));
    end_as(p, "d.docx");
    EXPECT(look("d.docx"), "d.docx!/word/document.xml looked_into - text 2 mobile@4:0 mobile@20:0",
           "d.docx!/word/comments.xml looked_into - text 1 mobile@4:0",
           "d.docx!/word/embeddings/more.csv looked_into - csv 1 mobile@13:0",
           "d.docx!/word/media/image1.png not_looked_into media png 0", "d.docx looked_into - docx 0");
    p = begin("zip", NULL, NULL);
    text_entry(p, "ppt/presentation.xml", "<p/>");
    text_entry(p, "ppt/slides/slide2.xml",
               "<p:sld xmlns:p='urn:p' xmlns:a='" DRAWN "'><a:p><a:r><a:t>tel " MOBILE
               "</a:t></a:r></a:p></p:sld>");
    text_entry(p, "ppt/slides/slide3.xml", "<!DOCTYPE x [<!ENTITY a 'tel " MOBILE "'>]><x>&a;</x>");
    text_entry(p, "ppt/slides/slide4.xml", "<x><t>tel " MOBILE "</t>");
    end_as(p, "d.pptx");
    EXPECT(look("d.pptx"), "d.pptx!/ppt/slides/slide2.xml looked_into - text 1 mobile@4:0",
           "d.pptx!/ppt/slides/slide3.xml not_looked_into damaged text 0",
           "d.pptx!/ppt/slides/slide4.xml in_part damaged text 1 mobile@4:0", "d.pptx looked_into - pptx 0");
}

static void sheets__columns_are_named_by_their_heading(void **state)
{
    packed *p = begin("zip", NULL, NULL);
    text_entry(p, "xl/worksheets/sheet7.xml",
               "<worksheet xmlns='" SHEETS "'><sheetData>"
               "<row r='1'><c r='A1' t='inlineStr'><is><t>title</t></is></c></row>"
               "<row r='3'><c r='A3' t='s'><v>0</v></c><c r='C3' t='s'><v>1</v></c></row>"
               "<row r='4'><c r='A4'><v>8</v></c><c r='C4' t='s'><v>2</v></c></row>"
               "<row r='5'><c r='B5'><v>1.3900001111E10</v></c><c r='C5' t='s'><v>99</v></c></row>"
               "<row r='6'><c r='AB6' t='str'><v>tel " MOBILE "</v></c></row></sheetData></worksheet>");
    text_entry(p, "xl/workbook.xml",
               "<workbook xmlns='" SHEETS
               "' xmlns:r='urn:r'><sheets><sheet name='Q3/4' r:id='rId2'/></sheets></workbook>");
    text_entry(p, "xl/_rels/workbook.xml.rels",
               "<Relationships><Relationship Id='rId2' Target='worksheets/sheet7.xml'/></Relationships>");
    text_entry(p, "xl/sharedStrings.xml",
               "<sst xmlns='" SHEETS "'><si><t>no</t></si><si><r><t>pass</t></r><r><t>word</t></r></si>"
               "<si><t>Tr0ub4dor&amp;3</t><rPh><t>aloud</t></rPh></si></sst>");
    end_as(p, "b.xlsx");
    const said *s = look("b.xlsx");
    assert_int_equal(s->count, 2);
    assert_string_equal(s->line[0],
                        "b.xlsx!/Q3/4 looked_into - text 3 password@78:4C mobile@117:5B mobile@187:6AB");
    assert_string_equal(s->line[1], "b.xlsx looked_into - xlsx 0");
}

static void databases__columns_are_labels(void **state)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path_of("s.db"), &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA journal_mode = wal; CREATE TABLE \"a \"\"b\"(id INTEGER, password TEXT, note);"
                     "INSERT INTO \"a \"\"b\" VALUES (1, 'Tr0ub4dor&3', 'tel " MOBILE
                     "'), (2, NULL, x'ff00');"
                     "CREATE VIEW v AS SELECT * FROM \"a \"\"b\"; CREATE TABLE empty(x);",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    EXPECT(look("s.db"), "s.db!/a \"b in_part part_no_text text 2 password@21:1password mobile@37:1note",
           "s.db!/empty looked_into - text 0", "s.db looked_into - sqlite 0");
    yj_buf whole;
    yj_error err;
    yj_buf_init(&whole, 1 << 20);
    assert_int_equal(yj_file_read(path_of("s.db"), 1 << 20, &whole, &err), YJ_OK);
    put("cut.db", (yj_span){ whole.ptr, 700 });
    yj_buf_done(&whole);
    const said *s = look("cut.db");
    assert_non_null(strstr(s->line[s->count - 1], "not_looked_into damaged sqlite"));
}

static void put_pdf(const char *name, const char *words)
{
    char pdf[1024];
    int n =
        snprintf(pdf, sizeof pdf,
                 "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 "
                 "R]/Count 1>>endobj\n"
                 "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R/Resources<</Font<</F "
                 "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length "
                 "%d>>stream\nBT /F 12 Tf 50 "
                 "500 Td (%s) Tj ET\nendstream endobj\ntrailer<</Root 1 0 R>>\n",
                 (int)strlen(words) + 33, words);
    put(name, (yj_span){ pdf, (size_t)n });
}

static void pdf__by_its_program(void **state)
{
    put_pdf("p.pdf", "tel " MOBILE);
    put_pdf("scan.pdf", "");
    limits.pdftotext = "";
    EXPECT(look("p.pdf"), "p.pdf not_looked_into no_program pdf 0");
    limits.pdftotext = "/nowhere/pdftotext";
    EXPECT(look("p.pdf"), "p.pdf not_looked_into no_program pdf 0");
    limits = yj_box_usual;
    if (access("/usr/bin/pdftotext", X_OK) != 0)
        return;
    EXPECT(look("p.pdf"), "p.pdf!/text looked_into - text 1 mobile@4:1", "p.pdf looked_into - pdf 0");
    const said *s = look("scan.pdf");
    assert_string_equal(s->line[s->count - 1], "scan.pdf in_part pictures pdf 0");
    put("no.pdf", YJ_SPAN("%PDF-1.4\nnothing of the kind"));
    EXPECT(look("no.pdf"), "no.pdf not_looked_into damaged pdf 0");
}

/* --- parsers that go wrong --------------------------------------------------------------------------------
 */

static yj_status count_remembered(void *with, const yj_scan_file *f, yj_error *err)
{
    *(unsigned *)with += f->remembered;
    return YJ_OK;
}

static void parsers__that_go_wrong_cost_one_file(void **state)
{
    yj_error err;
    assert_int_equal(yj_dir_make(path_of("bad"), &err), YJ_OK);
    put("bad/1.zip", YJ_SPAN(BAD "crash"));
    put("bad/2.zip", YJ_SPAN(BAD "fork"));
    put("bad/3.zip", YJ_SPAN(BAD "socket"));
    put("bad/4.zip", YJ_SPAN(BAD "mad"));
    put("bad/5.zip", YJ_SPAN(BAD "data"));
    put("bad/6.zip", YJ_SPAN(BAD "long"));
    put("bad/7.zip", YJ_SPAN(BAD "list"));
    put("bad/8.zip", YJ_SPAN(BAD "open"));
    packed *p = begin("zip", NULL, NULL);
    entry(p, "bad.zip", YJ_SPAN(BAD "crash"));
    text_entry(p, "good.txt", LINE);
    end_as(p, "bad/9.zip");
    put("bad/9b.zip", YJ_SPAN(BAD "quiet"));
    put("bad/9c.txt", YJ_SPAN(LINE));
    limits.items = 3;
    EXPECT(look("bad"), "bad/1.zip not_looked_into crashed zip 0",
           "bad/2.zip not_looked_into forbidden zip 0", "bad/3.zip not_looked_into forbidden zip 0",
           "bad/4.zip not_looked_into crashed zip 0", "bad/5.zip not_looked_into crashed zip 0",
           "bad/6.zip not_looked_into crashed zip 0", "bad/7.zip!/x skipped link - 0",
           "bad/7.zip!/x skipped link - 0", "bad/7.zip!/x skipped link - 0",
           "bad/7.zip in_part too_many zip 0", "bad/8.zip not_looked_into damaged zip 0",
           "bad/9.zip!/bad.zip not_looked_into crashed zip 0",
           "bad/9.zip!/good.txt looked_into - text 1 mobile@4:0", "bad/9.zip looked_into - zip 0",
           "bad/9b.zip not_looked_into crashed zip 0", "bad/9c.txt looked_into - text 1 mobile@4:0");
    limits = yj_box_usual;
}

/* It may be another time that it dies. */
static void parsers__that_die_are_tried_again(void **state)
{
    yj_error err;
    yj_auto(yj_scan_memo_freep) yj_scan_memo *m = NULL;
    const char *paths[] = { folder };
    unsigned remembered[2] = { 0, 0 };
    char memo[sizeof folder + 8];
    snprintf(memo, sizeof memo, "%s.memo", folder);
    packed *p = begin("zip", NULL, NULL);
    entry(p, "bad.zip", YJ_SPAN(BAD "crash"));
    text_entry(p, "good.txt", LINE);
    end_as(p, "memo.zip");
    paths[0] = path_of("memo.zip");
    assert_int_equal(yj_scan_memo_open(memo, &(yj_scan_memo_by){ .version = "1" }, 0, &m, &err), YJ_OK);
    for (int i = 0; i < 2; i++) {
        yj_scan_wish wish = {
            .limits = &limits, .file = count_remembered, .with = &remembered[i], .memo = m
        };
        assert_int_equal(yj_scan_run(paths, 1, &wish, &err), YJ_OK);
    }
    assert_int_equal(remembered[1], 0);
    put("memo.zip", YJ_SPAN(LINE));
    for (int i = 0; i < 2; i++) {
        yj_scan_wish wish = {
            .limits = &limits, .file = count_remembered, .with = &remembered[i], .memo = m
        };
        assert_int_equal(yj_scan_run(paths, 1, &wish, &err), YJ_OK);
    }
    assert_int_equal(remembered[1], 1);
    unlink(memo);
}

static void parsers__have_their_time_and_memory(void **state)
{
    put("loop.zip", YJ_SPAN(BAD "loop"));
    put("half.zip", YJ_SPAN(BAD "half"));
    put("eat.zip", YJ_SPAN(BAD "eat"));
    limits.wait_ms = 200;
    EXPECT(look("loop.zip"), "loop.zip not_looked_into time zip 0");
    EXPECT(look("half.zip"), "half.zip not_looked_into time zip 0");
    limits = yj_box_usual;
    if (!yj_sandbox_limits_memory()) /* a sanitized build has no limit of address space */
        return;
    limits.memory_bytes = MEMORY;
    EXPECT(look("eat.zip"), "eat.zip not_looked_into memory zip 0");
    limits = yj_box_usual;
}

static int set_up(void **state)
{
    limits = yj_box_usual;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    yj_error err;
    return yj_dir_remove(folder, &err) == YJ_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (yj_box_child(argc, argv, go_wrong))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archives__of_every_kind_are_opened),
        cmocka_unit_test(compressed__is_opened),
        cmocka_unit_test(archives__in_archives_are_opened_to_a_depth),
        cmocka_unit_test(archives__with_odd_names),
        cmocka_unit_test(archives__with_a_password_are_listed),
        cmocka_unit_test(bombs__are_refused),
        cmocka_unit_test(archives__that_are_damaged_are_listed),
        cmocka_unit_test(documents__text_in_runs_is_joined),
        cmocka_unit_test(sheets__columns_are_named_by_their_heading),
        cmocka_unit_test(databases__columns_are_labels),
        cmocka_unit_test(pdf__by_its_program),
        cmocka_unit_test(parsers__that_go_wrong_cost_one_file),
        cmocka_unit_test(parsers__that_die_are_tried_again),
        cmocka_unit_test(parsers__have_their_time_and_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
