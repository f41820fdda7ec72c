// SPDX-License-Identifier: Apache-2.0
/* What stands in Office documents (ECMA-376) and OpenDocument, within the walls: text without its marks,
 * sheets as cells. A document type, the door to entities, is refused. */
#include "instrument/box/internal.h"
#include <archive.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10)
#define DEPTH_MAX 256
#define SHEETS_MAX 1000
#define PATH_MAX_BYTES 512
#define ROWS_MAX 1048576u
#define COLUMNS_MAX 16384u
#define STRINGS_BYTES_MAX ((size_t)300 << 20)
#define WIDE_ROWS 20 /* so many rows tell how wide a sheet is */
#define WIDE_BYTES_MAX ((size_t)4 << 20)

typedef struct sheet {
    char id[64], name[256], path[PATH_MAX_BYTES];
    bool there; /* the archive has that part */
} sheet;

struct yj_box_office {
    yj_box_format format;
    bool shown; /* every sheet is said as cells, and so are the shared strings */
    sheet *sheets;
    size_t sheet_count;
    yj_buf strings;      /* shared strings, one behind the other */
    uint32_t *string_at; /* where each ends */
    size_t string_count, string_room;
};

/* --- which part is what -----------------------------------------------------------------------------------
 */

static bool begins(const char *name, const char *with)
{
    return strncasecmp(name, with, strlen(with)) == 0;
}

static bool ends(const char *name, const char *with)
{
    size_t n = strlen(name), m = strlen(with);
    return n >= m && strcasecmp(name + n - m, with) == 0;
}

yj_box_format yj_box_office_part(const char *name)
{
    if (strcasecmp(name, "word/document.xml") == 0)
        return YJ_BOX_DOCX;
    if (strcasecmp(name, "xl/workbook.xml") == 0)
        return YJ_BOX_XLSX;
    if (strcasecmp(name, "ppt/presentation.xml") == 0)
        return YJ_BOX_PPTX;
    return strcasecmp(name, "content.xml") == 0 ? YJ_BOX_ODF : YJ_BOX_SAME;
}

/* Parts with text that somebody wrote; deleted text, notes and comments are of it. */
static bool has_text(yj_box_format f, const char *name)
{
    static const char *const folders[] = {
        "word/document",          "word/footnotes",    "word/endnotes",
        "word/comments",          "word/header",       "word/footer",
        "word/glossary/document", "xl/comments",       "xl/threadedComments/",
        "xl/drawings/drawing",    "ppt/slides/slide",  "ppt/notesSlides/",
        "ppt/comments/",          "ppt/diagrams/data", "xl/diagrams/data",
        "word/diagrams/data",     "docProps/"
    };
    if (!ends(name, ".xml"))
        return false;
    if (f == YJ_BOX_ODF)
        return begins(name, "content.xml") || begins(name, "styles.xml") || begins(name, "meta.xml");
    for (size_t i = 0; i < YJ_COUNT(folders); i++)
        if (begins(name, folders[i]))
            return true;
    return false;
}

/* --- XML --------------------------------------------------------------------------------------------------
 */

/* The parsers' contexts begin with it. */
typedef struct xml {
    XML_Parser parser;
    int depth;
    bool deep, no_memory;
} xml;

static void XMLCALL refuse_doctype(void *ctx, const XML_Char *name, const XML_Char *sys, const XML_Char *pub,
                                   int internal)
{
    XML_StopParser(((const xml *)ctx)->parser, XML_FALSE);
}

static const char *local(const XML_Char *name)
{
    const char *at = strrchr(name, '|');
    return at ? at + 1 : name;
}

static const char *attr_of(const XML_Char **attr, const char *name)
{
    for (; attr[0]; attr += 2)
        if (strcmp(local(attr[0]), name) == 0)
            return attr[1];
    return NULL;
}

/* Too deep is as good as damaged: no document is. */
static bool entered(xml *x)
{
    if (++x->depth <= DEPTH_MAX)
        return true;
    XML_StopParser(x->parser, XML_FALSE);
    return false;
}

/* Parse what follows in the archive. */
static yj_box_fault parse(struct archive *a, xml *x, XML_StartElementHandler start, XML_EndElementHandler end,
                          XML_CharacterDataHandler text)
{
    static char piece[PIECE_BYTES];
    yj_box_fault f = YJ_BOX_NONE;
    x->parser = XML_ParserCreateNS(NULL, '|');
    if (!x->parser)
        return YJ_BOX_MEMORY;
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, start, end);
    XML_SetCharacterDataHandler(x->parser, text);
    XML_SetStartDoctypeDeclHandler(x->parser, refuse_doctype);
    for (bool last = false; f == YJ_BOX_NONE && !last;) {
        la_ssize_t n = archive_read_data(a, piece, sizeof piece);
        if (n == ARCHIVE_RETRY)
            continue;
        last = n == 0;
        if (n < 0)
            f = yj_box_archive_fault(a);
        else if (XML_Parse(x->parser, piece, (int)n, last) == XML_STATUS_ERROR)
            f = x->no_memory || XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY ? YJ_BOX_MEMORY
                                                                                   : YJ_BOX_DAMAGED;
    }
    XML_ParserFree(x->parser);
    return f;
}

/* --- text -------------------------------------------------------------------------------------------------
 */

typedef struct texts {
    xml x;
    bool all;    /* every element's text counts, not that of <t> alone */
    bool inside; /* within one that counts */
    int cells;   /* open cells of a table: what ends in them ends no line */
} texts;

static bool counts(const char *name)
{
    return strcmp(name, "t") == 0 || strcmp(name, "delText") == 0 || strcmp(name, "instrText") == 0 ||
           strcmp(name, "text") == 0;
}

static void XMLCALL text_start(void *ctx, const XML_Char *full, const XML_Char **attr)
{
    texts *t = ctx;
    const char *name = local(full);
    if (!entered(&t->x))
        return;
    t->inside = counts(name);
    t->cells += strcmp(name, "tc") == 0 || strcmp(name, "table-cell") == 0;
    if (strcmp(name, "tab") == 0 || strcmp(name, "ptab") == 0)
        yj_box_say_char('\t');
    else if (strcmp(name, "s") == 0 && t->all)
        yj_box_say_char(' ');
    else if (strcmp(name, "br") == 0 || strcmp(name, "cr") == 0 || strcmp(name, "line-break") == 0)
        yj_box_say_char(t->cells ? ' ' : '\n');
    else if (strcmp(name, "noBreakHyphen") == 0)
        yj_box_say_char('-');
}

static void XMLCALL text_end(void *ctx, const XML_Char *full)
{
    texts *t = ctx;
    const char *name = local(full);
    t->x.depth--;
    t->inside = false;
    if (strcmp(name, "tc") == 0 || strcmp(name, "table-cell") == 0) {
        t->cells -= t->cells > 0;
        yj_box_say_char('\t');
    } else if (strcmp(name, "p") == 0 || strcmp(name, "h") == 0) {
        yj_box_say_char(t->cells ? ' ' : '\n');
    } else if (strcmp(name, "tr") == 0 || strcmp(name, "table-row") == 0 || strcmp(name, "comment") == 0 ||
               strcmp(name, "threadedComment") == 0 ||
               (t->all && t->x.depth == 1 && strcmp(name, "span") != 0)) {
        yj_box_say_char('\n');
    }
}

static void XMLCALL text_data(void *ctx, const XML_Char *s, int len)
{
    const texts *t = ctx;
    if (t->inside || t->all)
        yj_box_say_data((yj_span){ s, (size_t)len });
}

static void say_text(struct archive *a, yj_box_format f, yj_span name)
{
    texts t = { .all = f == YJ_BOX_ODF || begins(name.ptr, "docProps/") };
    yj_box_say_begin(YJ_BOX_TEXT, name);
    yj_box_say_end(parse(a, &t.x, text_start, text_end, text_data));
}

/* --- what a workbook says of its sheets -------------------------------------------------------------------
 */

typedef struct book {
    xml x;
    yj_box_office *o;
    yj_box_fault fault;
    bool in_t, phonetic;
} book;

static void XMLCALL sheets_start(void *ctx, const XML_Char *full, const XML_Char **attr)
{
    book *b = ctx;
    yj_box_office *o = b->o;
    if (!entered(&b->x) || strcmp(local(full), "sheet") != 0 || o->sheet_count == SHEETS_MAX)
        return;
    const char *name = attr_of(attr, "name"), *id = attr_of(attr, "id");
    if (!name || !id)
        return;
    snprintf(o->sheets[o->sheet_count].id, sizeof o->sheets->id, "%s", id);
    snprintf(o->sheets[o->sheet_count++].name, sizeof o->sheets->name, "%s", name);
}

static void XMLCALL rels_start(void *ctx, const XML_Char *full, const XML_Char **attr)
{
    book *b = ctx;
    if (!entered(&b->x) || strcmp(local(full), "Relationship") != 0)
        return;
    const char *id = attr_of(attr, "Id"), *target = attr_of(attr, "Target");
    for (size_t i = 0; id && target && i < b->o->sheet_count; i++)
        if (strcmp(b->o->sheets[i].id, id) == 0)
            snprintf(b->o->sheets[i].path, PATH_MAX_BYTES, "%s%s", *target == '/' ? "" : "xl/",
                     target + (*target == '/'));
}

static void XMLCALL any_end(void *ctx, const XML_Char *full)
{
    ((xml *)ctx)->depth--;
}

static void XMLCALL strings_start(void *ctx, const XML_Char *full, const XML_Char **attr)
{
    book *b = ctx;
    const char *name = local(full);
    if (!entered(&b->x))
        return;
    b->in_t = strcmp(name, "t") == 0;
    b->phonetic = b->phonetic || strcmp(name, "rPh") == 0; /* how it is read aloud */
}

static void XMLCALL strings_end(void *ctx, const XML_Char *full)
{
    book *b = ctx;
    yj_box_office *o = b->o;
    const char *name = local(full);
    b->x.depth--;
    b->in_t = false;
    if (strcmp(name, "rPh") == 0)
        b->phonetic = false;
    if (strcmp(name, "si") != 0)
        return;
    if (o->string_count == o->string_room) {
        size_t more = o->string_room ? 2 * o->string_room : 1024;
        uint32_t *grown = realloc(o->string_at, more * sizeof *grown);
        if (!grown) {
            b->x.no_memory = true;
            XML_StopParser(b->x.parser, XML_FALSE);
            return;
        }
        o->string_at = grown;
        o->string_room = more;
    }
    o->string_at[o->string_count++] = (uint32_t)o->strings.len;
}

static void XMLCALL strings_data(void *ctx, const XML_Char *s, int len)
{
    book *b = ctx;
    if (!b->in_t || b->phonetic)
        return;
    yj_buf_add(&b->o->strings, s, (size_t)len);
    if (b->o->strings.failed != YJ_OK) {
        b->x.no_memory = true;
        XML_StopParser(b->x.parser, XML_FALSE);
    }
}

static bool read_book(void *with, struct archive *a, yj_span name)
{
    book *b = with;
    yj_box_fault f = YJ_BOX_NONE;
    b->x = (xml){ .depth = 0 };
    if (strcasecmp(name.ptr, "xl/workbook.xml") == 0)
        f = parse(a, &b->x, sheets_start, any_end, NULL);
    else if (strcasecmp(name.ptr, "xl/sharedStrings.xml") == 0)
        f = parse(a, &b->x, strings_start, strings_end, strings_data);
    b->fault = b->fault != YJ_BOX_NONE ? b->fault : f;
    return true;
}

static bool read_rels(void *with, struct archive *a, yj_span name)
{
    book *b = with;
    if (strcasecmp(name.ptr, "xl/_rels/workbook.xml.rels") != 0)
        return true;
    b->x = (xml){ .depth = 0 };
    yj_box_fault f = parse(a, &b->x, rels_start, any_end, NULL);
    b->fault = b->fault != YJ_BOX_NONE ? b->fault : f;
    return false;
}

/* What a relation calls otherwise than the archive does is not said as cells, and then its strings stand
 * elsewhere. */
static bool find_sheets(void *with, struct archive *a, yj_span name)
{
    yj_box_office *o = with;
    for (size_t i = 0; i < o->sheet_count; i++)
        o->sheets[i].there = o->sheets[i].there || strcasecmp(o->sheets[i].path, name.ptr) == 0;
    return true;
}

yj_box_office *yj_box_office_new(yj_box_format format, int fd, yj_box_fault *ret_fault)
{
    yj_box_office *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->format = format;
    yj_buf_init(&o->strings, STRINGS_BYTES_MAX);
    if (format != YJ_BOX_XLSX)
        return o;
    book b = { .o = o };
    o->sheets = calloc(SHEETS_MAX, sizeof *o->sheets);
    if (!o->sheets) {
        yj_box_office_free(o);
        return NULL;
    }
    (void)yj_box_zip_each(fd, read_book, &b);
    (void)yj_box_zip_each(fd, read_rels, &b);
    (void)yj_box_zip_each(fd, find_sheets, o);
    o->shown = o->sheet_count > 0 && o->sheet_count < SHEETS_MAX;
    for (size_t i = 0; i < o->sheet_count; i++)
        o->shown = o->shown && o->sheets[i].there;
    *ret_fault = b.fault;
    return o;
}

void yj_box_office_free(yj_box_office *o)
{
    yj_buf_done(&o->strings);
    free(o->string_at);
    free(o->sheets);
    free(o);
}

/* --- a sheet ----------------------------------------------------------------------------------------------
 */

typedef struct cells {
    xml x;
    const yj_box_office *o;
    uint32_t row, column; /* of what comes next, from 0: those that were said */
    bool in_value, open_row;
    bool shared;  /* the value is the number of a shared string */
    yj_buf value; /* of the cell; then, while the width is not known, the first rows */
    yj_buf first;
    unsigned first_rows;
    uint32_t widest;
    bool known; /* how wide the sheet is: `first` was said */
} cells;

static void put(cells *c, yj_span s)
{
    if (!c->known)
        yj_buf_span(&c->first, s);
    else
        yj_box_say_data(s);
}

static void put_char(cells *c, char one)
{
    put(c, (yj_span){ &one, 1 });
}

/* Lines of one width are lines of one table. */
static void know_width(cells *c)
{
    if (c->known)
        return;
    c->known = true;
    const char *p = c->first.ptr, *end = p ? p + c->first.len : p;
    while (p && p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((nl ? nl : end) - p);
        uint32_t tabs = 0;
        for (size_t i = 0; i < len; i++)
            tabs += p[i] == '\t';
        yj_box_say_data((yj_span){ p, len });
        for (; nl && len > 0 && tabs < c->widest; tabs++)
            yj_box_say_char('\t');
        if (nl)
            yj_box_say_char('\n');
        p = nl ? nl + 1 : end;
    }
    yj_buf_clear(&c->first);
}

static void end_row(cells *c)
{
    if (!c->open_row)
        return;
    c->widest = !c->known && c->column > c->widest ? c->column : c->widest;
    for (; c->known && c->column > 0 && c->column < c->widest; c->column++)
        put_char(c, '\t');
    put_char(c, '\n');
    c->row++;
    c->column = 0;
    c->open_row = false;
    if (!c->known && (++c->first_rows == WIDE_ROWS || c->first.len > WIDE_BYTES_MAX))
        know_width(c);
}

/* "AB12" is column 27, from 0; what is none: the next one. */
static uint32_t column_of(const char *ref, uint32_t otherwise)
{
    uint32_t v = 0;
    if (!ref || *ref < 'A' || *ref > 'Z')
        return otherwise;
    for (; *ref >= 'A' && *ref <= 'Z' && v <= COLUMNS_MAX; ref++)
        v = v * 26 + (uint32_t)(*ref - 'A') + 1;
    return v - 1;
}

static void XMLCALL cell_start(void *ctx, const XML_Char *full, const XML_Char **attr)
{
    cells *c = ctx;
    const char *name = local(full);
    int64_t r = 0;
    if (!entered(&c->x))
        return;
    if (strcmp(name, "row") == 0) {
        end_row(c);
        const char *n = attr_of(attr, "r");
        if (n && yj_span_i64(yj_span_of(n), &r) && r > 0 && r <= ROWS_MAX)
            for (; c->row + 1 < (uint32_t)r; c->row++)
                put_char(c, '\n');
        c->open_row = true;
    } else if (strcmp(name, "c") == 0) {
        const char *type = attr_of(attr, "t");
        uint32_t at = column_of(attr_of(attr, "r"), c->column);
        for (; c->column < at && at < COLUMNS_MAX; c->column++)
            put_char(c, '\t');
        c->shared = type && strcmp(type, "s") == 0;
        yj_buf_clear(&c->value);
    }
    c->in_value = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
}

/* Numbers of more than some digits are written with an exponent, and an identifier is not one then. */
static void put_value(cells *c)
{
    yj_span v = yj_buf_view(&c->value);
    int64_t n = 0;
    char number[40];
    if (c->shared) {
        bool good = yj_span_i64(v, &n) && n >= 0 && (uint64_t)n < c->o->string_count;
        size_t from = good && n > 0 ? c->o->string_at[n - 1] : 0;
        v = good ? (yj_span){ c->o->strings.ptr + from, c->o->string_at[n] - from } : (yj_span){ NULL, 0 };
    } else if (v.len > 2 && v.len < 32 && memchr(v.ptr, 'E', v.len) && v.ptr[0] >= '0' && v.ptr[0] <= '9') {
        char *end = NULL;
        double d = strtod(v.ptr, &end);
        if (end == v.ptr + v.len && d >= 1 && d < 1e18) {
            snprintf(number, sizeof number, "%.0f", d);
            v = yj_span_of(number);
        }
    }
    put_char(c, '\t');
    for (size_t from = 0; from < v.len;) {
        size_t n2 = from;
        while (n2 < v.len && (unsigned char)v.ptr[n2] >= 0x20)
            n2++;
        put(c, (yj_span){ v.ptr + from, n2 - from });
        if (n2 < v.len)
            put_char(c, ' ');
        from = n2 + 1;
    }
    c->column++;
}

static void XMLCALL cell_end(void *ctx, const XML_Char *full)
{
    cells *c = ctx;
    const char *name = local(full);
    c->x.depth--;
    c->in_value = false;
    if (strcmp(name, "c") == 0)
        put_value(c);
    else if (strcmp(name, "row") == 0)
        end_row(c);
    if (c->value.failed != YJ_OK || c->first.failed != YJ_OK) {
        c->x.no_memory = true;
        XML_StopParser(c->x.parser, XML_FALSE);
    }
}

static void XMLCALL cell_data(void *ctx, const XML_Char *s, int len)
{
    cells *c = ctx;
    if (c->in_value)
        yj_buf_add(&c->value, s, (size_t)len);
}

static void say_sheet(const yj_box_office *o, struct archive *a, const char *name)
{
    cells c = { .o = o };
    yj_buf_init(&c.value, (size_t)1 << 20);
    yj_buf_init(&c.first, WIDE_BYTES_MAX * 8);
    yj_box_say_begin(YJ_BOX_SHEET, yj_span_of(name));
    yj_box_fault f = parse(a, &c.x, cell_start, cell_end, cell_data);
    know_width(&c);
    yj_box_say_end(f);
    yj_buf_done(&c.value);
    yj_buf_done(&c.first);
}

bool yj_box_office_say(yj_box_office *o, struct archive *a, yj_span name)
{
    for (size_t i = 0; i < o->sheet_count; i++)
        if (strcasecmp(o->sheets[i].path, name.ptr) == 0) {
            say_sheet(o, a, o->sheets[i].name);
            return true;
        }
    if (o->shown && strcasecmp(name.ptr, "xl/sharedStrings.xml") == 0)
        return true; /* said in the cells that show them */
    if (!has_text(o->format, name.ptr))
        return false;
    say_text(a, o->format, name);
    return true;
}
