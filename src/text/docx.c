// SPDX-License-Identifier: Apache-2.0
/* Word documents: the main part of a ZIP, read as it is unpacked. Neither more of the ZIP than is needed nor
 * any entity of the XML is ever expanded. */
#include "text/text.h"
#include <archive.h>
#include <archive_entry.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10)
#define RELS_BYTES_MAX ((uint64_t)1 << 20)
#define NAME_MAX_BYTES 512
#define SEPARATOR '|' /* between namespace and name; stands in neither */

bool yj_docx_is(yj_span bytes)
{
    return bytes.len >= 4 &&
           (memcmp(bytes.ptr, "PK\x03\x04", 4) == 0 || memcmp(bytes.ptr, "PK\x05\x06", 4) == 0);
}

/* --- the ZIP ----------------------------------------------------------------------------------------------
 */

typedef yj_text_fault part_reader(void *ctx, yj_span piece, bool last);

static yj_text_fault read_entry(struct archive *a, uint64_t max, part_reader *reader, void *ctx)
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

/* Find a part by its name (as in the ZIP, letters of either case) and read it.
 * @param ret_found left alone when there is none */
static yj_text_fault read_part(yj_span zip, const char *name, uint64_t max, part_reader *reader, void *ctx,
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

/* What the readers below begin with. */
typedef struct reader {
    XML_Parser parser;
} reader;

/* A document type is the door to entities, and no part of an Office document may have one. */
static void XMLCALL refuse_doctype(void *ctx, const XML_Char *name, const XML_Char *sys, const XML_Char *pub,
                                   int internal)
{
    const reader *r = ctx;
    XML_StopParser(r->parser, XML_FALSE);
}

static XML_Parser new_parser(void *ctx, XML_StartElementHandler start, XML_EndElementHandler end)
{
    XML_Parser p = XML_ParserCreateNS(NULL, SEPARATOR);
    if (!p)
        return NULL;
    XML_SetUserData(p, ctx);
    XML_SetElementHandler(p, start, end);
    XML_SetStartDoctypeDeclHandler(p, refuse_doctype);
    return p;
}

static yj_text_fault feed(XML_Parser p, yj_span piece, bool last)
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

/* --- which part is the main one ---------------------------------------------------------------------------
 */

typedef struct rels {
    reader xml;
    char target[NAME_MAX_BYTES];
} rels;

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
    static const char wanted[] = "/officeDocument";
    size_t n = type ? strlen(type) : 0, w = sizeof wanted - 1;
    if (n < w || strcmp(type + n - w, wanted) != 0 || !target || r->target[0])
        return;
    target += *target == '/';
    if (strlen(target) < sizeof r->target)
        snprintf(r->target, sizeof r->target, "%s", target);
}

static yj_text_fault feed_rels(void *ctx, yj_span piece, bool last)
{
    rels *r = ctx;
    return feed(r->xml.parser, piece, last);
}

/* --- the main part ----------------------------------------------------------------------------------------
 */

#define WORD "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define WORD_STRICT "http://purl.oclc.org/ooxml/wordprocessingml/main"
#define COMPATIBILITY "http://schemas.openxmlformats.org/markup-compatibility/2006"

typedef struct main_part {
    reader xml;
    yj_buf *out;
    yj_buf line; /* of the paragraph, or of the table's row */
    size_t characters;
    int depth, rows; /* how many elements and rows are open */
    int skip;        /* depth of the element that is left out with all it holds; 0: none */
    bool in_text, cell_done, word, full, deep;
} main_part;

static const char *word_name(const XML_Char *name)
{
    const char *at = strrchr(name, SEPARATOR);
    size_t n = at ? (size_t)(at - name) : 0;
    bool word = (n == sizeof WORD - 1 && memcmp(name, WORD, n) == 0) ||
                (n == sizeof WORD_STRICT - 1 && memcmp(name, WORD_STRICT, n) == 0);
    return word ? at + 1 : "";
}

static void end_line(main_part *m)
{
    if (m->line.failed != YJ_OK)
        return; /* feed_main() looks at it */
    while (m->line.len && (m->line.ptr[m->line.len - 1] == ' ' || m->line.ptr[m->line.len - 1] == '|'))
        m->line.len--;
    if (m->line.len) {
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
    const char *w = word_name(name);
    m->word = m->word || *w;
    m->in_text = strcmp(w, "t") == 0;
    if (strcmp(w, "p") == 0)
        break_line(m); /* a paragraph in a text box stands within another */
    else if (strcmp(w, "tr") == 0 && m->rows++ == 0)
        end_line(m);
    else if (strcmp(w, "tab") == 0 || strcmp(w, "ptab") == 0)
        add_text(m, YJ_SPAN(" "));
    else if (strcmp(w, "noBreakHyphen") == 0)
        add_text(m, YJ_SPAN("-"));
    else if (strcmp(w, "br") == 0 || strcmp(w, "cr") == 0)
        break_line(m);
    else if (strcmp(w, "tabs") == 0) /* of a paragraph's format, not of its text */
        m->skip = m->depth;
}

static void XMLCALL end_main(void *ctx, const XML_Char *name)
{
    main_part *m = ctx;
    int depth = m->depth--;
    if (m->skip) {
        m->skip = depth == m->skip ? 0 : m->skip;
        return;
    }
    const char *w = word_name(name);
    m->in_text = false;
    if (strcmp(w, "p") == 0)
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
    yj_text_fault f = feed(m->xml.parser, piece, last);
    if (m->line.failed != YJ_OK || m->out->failed != YJ_OK)
        return YJ_TEXT_NO_MEMORY;
    if (m->full)
        return YJ_TEXT_FINE;
    return m->deep ? YJ_TEXT_BOMB : f;
}

static yj_text_fault read_main(yj_span zip, const char *name, yj_buf *out, bool *ret_truncated)
{
    main_part m = { .out = out };
    bool found = false;
    m.xml.parser = new_parser(&m, start_main, end_main);
    if (!m.xml.parser)
        return YJ_TEXT_NO_MEMORY;
    XML_SetCharacterDataHandler(m.xml.parser, text_main);
    yj_buf_init(&m.line, YJ_TEXT_UTF8_BYTES_MAX);
    yj_text_fault f = read_part(zip, name, YJ_TEXT_XML_BYTES_MAX, feed_main, &m, &found);
    if (f == YJ_TEXT_FINE)
        end_line(&m); /* of a text that was cut */
    yj_buf_done(&m.line);
    XML_ParserFree(m.xml.parser);
    *ret_truncated = m.full;
    return f != YJ_TEXT_FINE ? f : found && m.word ? YJ_TEXT_FINE : YJ_TEXT_NO_WORD;
}

yj_text_fault yj_docx_read(yj_span bytes, yj_buf *out, bool *ret_truncated)
{
    rels r = { .target = "" };
    bool found = false;
    *ret_truncated = false;
    r.xml.parser = new_parser(&r, start_rel, NULL);
    if (!r.xml.parser)
        return YJ_TEXT_NO_MEMORY;
    yj_text_fault f = read_part(bytes, "_rels/.rels", RELS_BYTES_MAX, feed_rels, &r, &found);
    XML_ParserFree(r.xml.parser);
    if (f != YJ_TEXT_FINE)
        return f;
    return read_main(bytes, r.target[0] ? r.target : "word/document.xml", out, ret_truncated);
}
