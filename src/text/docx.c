// SPDX-License-Identifier: Apache-2.0
/* Word documents: the main part of a ZIP, read as it is unpacked, then its notes, headers and footers.
 * Neither more of the ZIP than is needed nor any entity of the XML is ever expanded. */
#include "text/docx.h"
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10)
#define RELS_BYTES_MAX ((uint64_t)1 << 20)
#define SIDES_MAX 40  /* parts beside the main one */
#define SEPARATOR '|' /* between namespace and name; stands in neither */

bool yj_docx_is(yj_span bytes)
{
    return bytes.len >= 4 &&
           (memcmp(bytes.ptr, "PK\x03\x04", 4) == 0 || memcmp(bytes.ptr, "PK\x05\x06", 4) == 0);
}

/* --- the ZIP ----------------------------------------------------------------------------------------------
 */

static yj_text_fault read_entry(struct archive *a, uint64_t max, yj_docx_reader *reader, void *ctx)
{
    char *room = malloc(PIECE_BYTES);
    yj_text_fault f = room ? YJ_TEXT_FINE : YJ_TEXT_NO_MEMORY;
    uint64_t total = 0;
    for (bool last = false; f == YJ_TEXT_FINE && !last;) {
        la_ssize_t n = archive_read_data(a, room, PIECE_BYTES);
        last = n == 0;
        if (n < 0)
            f = YJ_TEXT_BROKEN_ZIP;
        else if ((total += (uint64_t)n) > max)
            f = YJ_TEXT_BOMB;
        else
            f = reader(ctx, (yj_span){ room, (size_t)n }, last);
    }
    free(room);
    return f;
}

yj_text_fault yj_docx_part(yj_span zip, const char *name, uint64_t max, yj_docx_reader *reader, void *ctx,
                           bool *ret_found)
{
    struct archive *a = archive_read_new();
    if (!a)
        return YJ_TEXT_NO_MEMORY;
    yj_text_fault f = YJ_TEXT_BROKEN_ZIP;
    /* by the central directory: what lies between the parts counts for nothing */
    if (archive_read_support_format_zip_seekable(a) == ARCHIVE_OK &&
        archive_read_open_memory(a, zip.ptr, zip.len) == ARCHIVE_OK)
        f = YJ_TEXT_FINE;
    size_t entries = 0;
    while (f == YJ_TEXT_FINE) {
        struct archive_entry *e = NULL;
        int r = archive_read_next_header(a, &e);
        if (r == ARCHIVE_EOF)
            break;
        if (r < ARCHIVE_WARN)
            f = YJ_TEXT_BROKEN_ZIP;
        else if (++entries > YJ_TEXT_ZIP_ENTRIES_MAX)
            f = YJ_TEXT_BOMB;
        if (f != YJ_TEXT_FINE)
            break;
        const char *have = archive_entry_pathname(e);
        if (!have || strcasecmp(have, name) != 0)
            continue;
        *ret_found = true;
        f = archive_entry_is_encrypted(e) ? YJ_TEXT_ENCRYPTED : read_entry(a, max, reader, ctx);
        break;
    }
    archive_read_free(a);
    return f;
}

/* --- XML --------------------------------------------------------------------------------------------------
 */

/* A document type is the door to entities, and no part of an Office document may have one. */
static void XMLCALL refuse_doctype(void *ctx, const XML_Char *name, const XML_Char *sys, const XML_Char *pub,
                                   int internal)
{
    const yj_docx_xml *r = ctx;
    XML_StopParser(r->parser, XML_FALSE);
}

XML_Parser yj_docx_parser(void *ctx, XML_StartElementHandler start, XML_EndElementHandler end)
{
    XML_Parser p = XML_ParserCreateNS(NULL, SEPARATOR);
    if (!p)
        return NULL;
    XML_SetUserData(p, ctx);
    XML_SetElementHandler(p, start, end);
    XML_SetStartDoctypeDeclHandler(p, refuse_doctype);
    return p;
}

yj_text_fault yj_docx_feed(XML_Parser p, yj_span piece, bool last)
{
    if (XML_Parse(p, piece.ptr, (int)piece.len, last) != XML_STATUS_ERROR)
        return YJ_TEXT_FINE;
    return XML_GetErrorCode(p) == XML_ERROR_NO_MEMORY ? YJ_TEXT_NO_MEMORY : YJ_TEXT_BROKEN_XML;
}

static const char *local_name(const XML_Char *name)
{
    const char *at = strrchr(name, SEPARATOR);
    return at ? at + 1 : name;
}

#define WORD "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define WORD_STRICT "http://purl.oclc.org/ooxml/wordprocessingml/main"

const char *yj_docx_word(const XML_Char *name)
{
    const char *at = strrchr(name, SEPARATOR);
    size_t n = at ? (size_t)(at - name) : 0;
    bool word = (n == sizeof WORD - 1 && memcmp(name, WORD, n) == 0) ||
                (n == sizeof WORD_STRICT - 1 && memcmp(name, WORD_STRICT, n) == 0);
    return word ? at + 1 : "";
}

const char *yj_docx_attr(const XML_Char **attr, const char *name)
{
    for (; attr[0]; attr += 2)
        if (strcmp(yj_docx_word(attr[0]), name) == 0)
            return attr[1];
    return NULL;
}

int yj_docx_int(const char *text, int otherwise)
{
    int64_t v = 0;
    return text && yj_span_i64(yj_span_of(text), &v) && v >= 0 && v <= 1000000 ? (int)v : otherwise;
}

/* --- which part is the main one ---------------------------------------------------------------------------
 */

/* What a part is to the one that names it, by the end of its type. */
typedef enum side {
    MAIN,
    LISTS,
    STYLES,
    FOOTNOTES,
    ENDNOTES,
    HEADER,
    FOOTER,
    SIDE_COUNT_,
} side;

typedef struct rels {
    yj_docx_xml xml;
    const char *folder; /* of the part that names the others, with its slash */
    size_t count;
    struct {
        side side;
        char name[YJ_DOCX_NAME_MAX];
    } row[SIDES_MAX];
} rels;

static side side_of(const char *type)
{
    static const char *const ends[] = { "/officeDocument", "/numbering", "/styles", "/footnotes",
                                        "/endnotes",       "/header",    "/footer" };
    size_t n = type ? strlen(type) : 0;
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        size_t w = strlen(ends[i]);
        if (n >= w && strcmp(type + n - w, ends[i]) == 0)
            return (side)i;
    }
    return SIDE_COUNT_;
}

static void XMLCALL start_rel(void *ctx, const XML_Char *name, const XML_Char **attr)
{
    rels *r = ctx;
    const char *type = NULL, *target = NULL;
    if (strcmp(local_name(name), "Relationship") != 0)
        return;
    for (; attr[0]; attr += 2) {
        type = strcmp(attr[0], "Type") == 0 ? attr[1] : type;
        target = strcmp(attr[0], "Target") == 0 ? attr[1] : target;
    }
    side s = side_of(type);
    if (s == SIDE_COUNT_ || !target || r->count == SIDES_MAX)
        return;
    const char *folder = *target == '/' ? "" : r->folder;
    target += *target == '/';
    if (strlen(folder) + strlen(target) >= sizeof r->row[0].name)
        return;
    snprintf(r->row[r->count].name, sizeof r->row[0].name, "%s%s", folder, target);
    r->row[r->count++].side = s;
}

/* The first of its kind; NULL: there is none. */
static const char *first_of(const rels *r, side s)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->row[i].side == s)
            return r->row[i].name;
    return NULL;
}

static yj_text_fault feed_rels(void *ctx, yj_span piece, bool last)
{
    rels *r = ctx;
    return yj_docx_feed(r->xml.parser, piece, last);
}

static yj_text_fault read_rels(yj_span zip, const char *part, rels *r)
{
    bool found = false;
    r->xml.parser = yj_docx_parser(r, start_rel, NULL);
    if (!r->xml.parser)
        return YJ_TEXT_NO_MEMORY;
    yj_text_fault f = yj_docx_part(zip, part, RELS_BYTES_MAX, feed_rels, r, &found);
    XML_ParserFree(r->xml.parser);
    return f;
}

/* --- the main part ----------------------------------------------------------------------------------------
 */

#define COMPATIBILITY "http://schemas.openxmlformats.org/markup-compatibility/2006"

typedef struct main_part {
    yj_docx_xml xml;
    yj_buf *out;
    yj_buf line; /* of the paragraph, or of the table's row */
    size_t characters;
    int depth, rows; /* how many elements and rows are open */
    int skip;        /* depth of the element that is left out with all it holds; 0: none */
    bool in_text, cell_done, word, full, deep;
    yj_docx_numbers *numbers;
    /* the paragraph's format, while it is read */
    bool in_format;
    char style[YJ_DOCX_STYLE_MAX];
    int num, level;
    char label[YJ_DOCX_LABEL_MAX]; /* stands before its text */
    /* a part beside the main one: what its lines begin with; lines from `since` on are told once */
    const char *mark;
    bool once;
    size_t since;
} main_part;

/* Is the line there already, among those of the headers and footers? */
static bool was_told(const main_part *m)
{
    const char *from = m->out->ptr + m->since, *end = m->out->ptr + m->out->len;
    size_t n = strlen(m->mark);
    while (from && from < end) {
        const char *nl = memchr(from, '\n', (size_t)(end - from));
        size_t len = (size_t)((nl ? nl : end) - from);
        if (len == n + m->line.len && memcmp(from + n, m->line.ptr, m->line.len) == 0)
            return true;
        from += len + 1;
    }
    return false;
}

static void end_line(main_part *m)
{
    if (m->line.failed != YJ_OK)
        return; /* feed_main() looks at it */
    while (m->line.len && (m->line.ptr[m->line.len - 1] == ' ' || m->line.ptr[m->line.len - 1] == '|'))
        m->line.len--;
    if (m->line.len && !(m->once && was_told(m))) {
        if (m->mark) {
            yj_buf_str(m->out, m->mark);
            m->characters += yj_utf8_count(yj_span_of(m->mark));
        }
        yj_buf_add(m->out, m->line.ptr, m->line.len);
        yj_buf_char(m->out, '\n');
        m->characters++; /* what is put between counts, so that four bytes for each bound the buffers */
    }
    yj_buf_clear(&m->line);
    m->cell_done = false;
}

static void add_text(main_part *m, yj_span s)
{
    if (m->full || s.len == 0)
        return;
    if (m->label[0]) {
        char label[YJ_DOCX_LABEL_MAX];
        snprintf(label, sizeof label, "%s", m->label);
        m->label[0] = '\0';
        add_text(m, yj_span_of(label));
    }
    size_t n = yj_utf8_count(s);
    if (m->characters + n > YJ_TEXT_CHARACTERS_MAX) {
        m->full = true;
        XML_StopParser(m->xml.parser, XML_FALSE);
        return;
    }
    m->characters += n;
    if (m->cell_done && m->line.len) {
        yj_buf_str(&m->line, " | ");
        m->characters += 3;
    }
    m->cell_done = false;
    yj_buf_span(&m->line, s);
}

/* The end of a paragraph, or a break within it. */
static void break_line(main_part *m)
{
    if (m->rows == 0) {
        end_line(m);
    } else if (m->line.len && m->line.ptr[m->line.len - 1] != ' ') {
        yj_buf_char(&m->line, ' ');
        m->characters++;
    }
}

static void start_format(main_part *m, const char *w, const XML_Char **attr)
{
    const char *val = yj_docx_attr(attr, "val");
    if (strcmp(w, "pStyle") == 0 && val && strlen(val) < sizeof m->style)
        snprintf(m->style, sizeof m->style, "%s", val);
    else if (strcmp(w, "numId") == 0)
        m->num = yj_docx_int(val, 0);
    else if (strcmp(w, "ilvl") == 0)
        m->level = yj_docx_int(val, 0);
}

/* Left out with all it holds: the tab stops of a format are not of the text, nor is what a format was; and of
 * the notes the lines that part them from the text. */
static bool is_left_out(const char *w, const XML_Char **attr)
{
    const char *type = yj_docx_attr(attr, "type");
    bool note = strcmp(w, "footnote") == 0 || strcmp(w, "endnote") == 0;
    return strcmp(w, "tabs") == 0 || strcmp(w, "pPrChange") == 0 || strcmp(w, "rPrChange") == 0 ||
           (note && type && strcmp(type, "normal") != 0);
}

static void XMLCALL start_main(void *ctx, const XML_Char *name, const XML_Char **attr)
{
    main_part *m = ctx;
    if (++m->depth > YJ_TEXT_XML_DEPTH_MAX) {
        m->deep = true;
        XML_StopParser(m->xml.parser, XML_FALSE);
        return;
    }
    if (m->skip)
        return;
    if (strcmp(name, COMPATIBILITY "|Fallback") == 0) { /* the same once more, for old readers */
        m->skip = m->depth;
        return;
    }
    const char *w = yj_docx_word(name);
    m->word = m->word || *w;
    m->in_text = strcmp(w, "t") == 0;
    if (is_left_out(w, attr)) {
        m->skip = m->depth;
    } else if (strcmp(w, "p") == 0) {
        break_line(m); /* a paragraph in a text box stands within another */
        m->label[0] = '\0';
    } else if (strcmp(w, "pPr") == 0) {
        m->in_format = true;
        m->style[0] = '\0';
        m->num = m->level = -1;
    } else if (m->in_format) {
        start_format(m, w, attr);
    }
    if (strcmp(w, "tr") == 0 && m->rows++ == 0)
        end_line(m);
    else if (strcmp(w, "tab") == 0 || strcmp(w, "ptab") == 0)
        add_text(m, YJ_SPAN(" "));
    else if (strcmp(w, "noBreakHyphen") == 0)
        add_text(m, YJ_SPAN("-"));
    else if (strcmp(w, "br") == 0 || strcmp(w, "cr") == 0)
        break_line(m);
}

static void XMLCALL end_main(void *ctx, const XML_Char *name)
{
    main_part *m = ctx;
    int depth = m->depth--;
    if (m->skip) {
        m->skip = depth == m->skip ? 0 : m->skip;
        return;
    }
    const char *w = yj_docx_word(name);
    m->in_text = false;
    if (strcmp(w, "pPr") == 0 && m->in_format) {
        m->in_format = false;
        if (m->numbers)
            yj_docx_number(m->numbers, m->style, m->num, m->level, m->label);
    } else if (strcmp(w, "p") == 0)
        break_line(m);
    else if (strcmp(w, "tc") == 0)
        m->cell_done = true;
    else if (strcmp(w, "tr") == 0 && m->rows > 0 && --m->rows == 0)
        end_line(m);
}

static void XMLCALL text_main(void *ctx, const XML_Char *s, int len)
{
    main_part *m = ctx;
    static const char breaks[] = "\n\r\t";
    if (!m->in_text || m->skip)
        return;
    yj_span rest = { s, (size_t)len };
    while (rest.len) { /* a break in the XML is a blank in the text */
        size_t n = 0;
        while (n < rest.len && !strchr(breaks, rest.ptr[n]))
            n++;
        add_text(m, (yj_span){ rest.ptr, n });
        if (n < rest.len)
            add_text(m, YJ_SPAN(" "));
        n += n < rest.len;
        rest = (yj_span){ rest.ptr + n, rest.len - n };
    }
}

static yj_text_fault feed_main(void *ctx, yj_span piece, bool last)
{
    main_part *m = ctx;
    if (m->full)
        return YJ_TEXT_FINE;
    yj_text_fault f = yj_docx_feed(m->xml.parser, piece, last);
    if (m->line.failed != YJ_OK || m->out->failed != YJ_OK)
        return YJ_TEXT_NO_MEMORY;
    if (m->full)
        return YJ_TEXT_FINE;
    return m->deep ? YJ_TEXT_BOMB : f;
}

/* One part with text. @param m  goes on from part to part */
static yj_text_fault read_text(yj_span zip, const char *name, uint64_t max, main_part *m)
{
    bool found = false;
    m->xml.parser = yj_docx_parser(m, start_main, end_main);
    if (!m->xml.parser)
        return YJ_TEXT_NO_MEMORY;
    XML_SetCharacterDataHandler(m->xml.parser, text_main);
    m->depth = m->rows = m->skip = 0;
    m->in_text = m->cell_done = m->in_format = m->deep = m->word = false;
    m->label[0] = '\0';
    yj_text_fault f = yj_docx_part(zip, name, max, feed_main, m, &found);
    if (f == YJ_TEXT_FINE)
        end_line(m); /* of a text that was cut */
    yj_buf_clear(&m->line);
    XML_ParserFree(m->xml.parser);
    return f != YJ_TEXT_FINE ? f : found && m->word ? YJ_TEXT_FINE : YJ_TEXT_NO_WORD;
}

/* Notes, headers and footers, behind the text and marked as what they are. One that is damaged is left out.
 */
static yj_text_fault read_sides(yj_span zip, const rels *r, main_part *m)
{
    static const struct {
        side side;
        const char *mark;
        bool once; /* a document's sections often have the same header */
    } sides[] = { { FOOTNOTES, "[\u811a\u6ce8] ", false },
                  { ENDNOTES, "[\u5c3e\u6ce8] ", false },
                  { HEADER, "[\u9875\u7709] ", true },
                  { FOOTER, "[\u9875\u811a] ", true } };
    for (size_t i = 0; i < YJ_COUNT(sides); i++) {
        m->mark = sides[i].mark;
        m->once = sides[i].once;
        m->since = m->out->len;
        for (size_t k = 0; k < r->count && !m->full; k++) {
            if (r->row[k].side != sides[i].side)
                continue;
            uint64_t max = m->once ? RELS_BYTES_MAX : YJ_DOCX_SIDE_BYTES_MAX;
            if (read_text(zip, r->row[k].name, max, m) == YJ_TEXT_NO_MEMORY)
                return YJ_TEXT_NO_MEMORY;
        }
    }
    return YJ_TEXT_FINE;
}

/* "word/document.xml": "word/", and the part that says what it names. False if that is too long. */
static bool places(const char *main, char folder[static YJ_DOCX_NAME_MAX], char own[static YJ_DOCX_NAME_MAX])
{
    const char *slash = strrchr(main, '/');
    int n = slash ? (int)(slash + 1 - main) : 0;
    snprintf(folder, YJ_DOCX_NAME_MAX, "%.*s", n, main);
    return snprintf(own, YJ_DOCX_NAME_MAX, "%s_rels/%s.rels", folder, main + n) < YJ_DOCX_NAME_MAX;
}

static yj_text_fault read_numbers(yj_span zip, const rels *r, yj_docx_numbers *n)
{
    const char *lists = first_of(r, LISTS), *styles = first_of(r, STYLES);
    yj_text_fault f = lists ? yj_docx_read_lists(n, zip, lists) : YJ_TEXT_FINE;
    return f == YJ_TEXT_FINE && lists && styles ? yj_docx_read_styles(n, zip, styles) : f;
}

static yj_text_fault read_all(yj_span zip, const char *name, const rels *r, yj_buf *out, bool *ret_truncated)
{
    main_part m = { .out = out, .numbers = yj_docx_numbers_new() };
    yj_buf_init(&m.line, YJ_TEXT_UTF8_BYTES_MAX);
    yj_text_fault f = m.numbers ? read_numbers(zip, r, m.numbers) : YJ_TEXT_NO_MEMORY;
    if (f == YJ_TEXT_FINE)
        f = read_text(zip, name, YJ_TEXT_XML_BYTES_MAX, &m);
    if (f == YJ_TEXT_FINE && !m.full)
        f = read_sides(zip, r, &m);
    yj_buf_done(&m.line);
    yj_docx_numbers_free(m.numbers);
    *ret_truncated = m.full;
    return f;
}

yj_text_fault yj_docx_read(yj_span bytes, yj_buf *out, bool *ret_truncated)
{
    char folder[YJ_DOCX_NAME_MAX], own[YJ_DOCX_NAME_MAX];
    *ret_truncated = false;
    rels *r = calloc(2, sizeof *r); /* of the whole, and of its main part */
    if (!r)
        return YJ_TEXT_NO_MEMORY;
    r[0].folder = "";
    r[1].folder = folder;
    yj_text_fault f = read_rels(bytes, "_rels/.rels", &r[0]);
    const char *name = first_of(&r[0], MAIN);
    name = name ? name : "word/document.xml";
    if (f == YJ_TEXT_FINE && places(name, folder, own)) {
        yj_text_fault g = read_rels(bytes, own, &r[1]); /* without it there is the text alone */
        f = g == YJ_TEXT_NO_MEMORY || g == YJ_TEXT_ENCRYPTED ? g : f;
    }
    if (f == YJ_TEXT_FINE)
        f = read_all(bytes, name, &r[1], out, ret_truncated);
    free(r);
    return f;
}
