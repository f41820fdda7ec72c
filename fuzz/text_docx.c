// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a Word document. The first byte chooses: 'Z' the rest is the ZIP as it stands; 'P': the rest
 * is the XML of the main part and of those beside it (lists, styles, notes, header), parted by NUL; any
 * other: of the main part alone. They are packed without compression here, so that the search reaches the XML
 * as well. */
#include "fuzz_text.h"

#include <stdlib.h>
#include <zlib.h>

static void put16(yj_buf *b, unsigned v)
{
    yj_buf_char(b, (char)(v & 0xff));
    yj_buf_char(b, (char)(v >> 8 & 0xff));
}

static void put32(yj_buf *b, uint32_t v)
{
    put16(b, v & 0xffff);
    put16(b, v >> 16);
}

/* What local and central headers share. */
static void put_entry(yj_buf *b, yj_span name, yj_span data)
{
    put16(b, 20);
    put16(b, 0);
    put16(b, 0);
    put32(b, 0);
    put32(b, (uint32_t)crc32(0, (const Bytef *)data.ptr, (uInt)data.len));
    put32(b, (uint32_t)data.len);
    put32(b, (uint32_t)data.len);
    put16(b, (unsigned)name.len);
    put16(b, 0);
}

#define TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define RELATION(kind, target) "<Relationship Type=\"" TYPE kind "\" Target=\"" target "\"/>"

static const char *const names[] = { "word/document.xml", "word/numbering.xml",
                                     "word/styles.xml",   "word/footnotes.xml",
                                     "word/header.xml",   "word/_rels/document.xml.rels" };
static const char relations[] = "<Relationships>" RELATION("numbering", "numbering.xml")
    RELATION("styles", "styles.xml") RELATION("footnotes", "footnotes.xml") RELATION("header", "header.xml")
        RELATION("footer", "header.xml") "</Relationships>";

static void pack(yj_buf *b, const yj_span *xml, size_t count)
{
    size_t at[YJ_COUNT(names)];
    for (size_t i = 0; i < count; i++) {
        at[i] = b->len;
        put32(b, 0x04034b50);
        put_entry(b, yj_span_of(names[i]), xml[i]);
        yj_buf_str(b, names[i]);
        yj_buf_span(b, xml[i]);
    }
    size_t central = b->len;
    for (size_t i = 0; i < count; i++) {
        put32(b, 0x02014b50);
        put16(b, 20);
        put_entry(b, yj_span_of(names[i]), xml[i]);
        put16(b, 0);
        put16(b, 0);
        put16(b, 0);
        put32(b, 0);
        put32(b, (uint32_t)at[i]);
        yj_buf_str(b, names[i]);
    }
    size_t end = b->len;
    put32(b, 0x06054b50);
    put32(b, 0);
    put16(b, (unsigned)count);
    put16(b, (unsigned)count);
    put32(b, (uint32_t)(end - central));
    put32(b, (uint32_t)central);
    put16(b, 0);
}

/* What is missing is empty; the last takes what is left. */
static void pack_parts(yj_buf *b, yj_span rest)
{
    yj_span xml[YJ_COUNT(names)] = { 0 };
    size_t last = YJ_COUNT(names) - 2;
    for (size_t i = 0; i <= last && rest.len; i++) {
        const char *nul = i < last ? memchr(rest.ptr, '\0', rest.len) : NULL;
        xml[i] = (yj_span){ rest.ptr, nul ? (size_t)(nul - rest.ptr) : rest.len };
        size_t used = xml[i].len + (nul != NULL);
        rest = (yj_span){ rest.ptr + used, rest.len - used };
    }
    xml[last + 1] = (yj_span){ relations, sizeof relations - 1 };
    pack(b, xml, YJ_COUNT(names));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_buf_done) yj_buf out, zip;
    bool truncated = false;
    yj_buf_init(&out, YJ_TEXT_UTF8_BYTES_MAX);
    yj_buf_init(&zip, size + 4096);
    if (size == 0)
        return 0;
    yj_span rest = { (const char *)data + 1, size - 1 };
    if (data[0] != 'Z') {
        if (data[0] == 'P')
            pack_parts(&zip, rest);
        else
            pack(&zip, &rest, 1);
        assert(yj_buf_status(&zip, NULL) == YJ_OK && yj_docx_is(yj_buf_view(&zip)));
        rest = yj_buf_view(&zip);
    }
    yj_text_fault f = yj_docx_read(rest, &out, &truncated);
    assert(f < YJ_TEXT_FAULT_COUNT_ && f != YJ_TEXT_NO_MEMORY && f != YJ_TEXT_BINARY && f != YJ_TEXT_OLD);
    if (f == YJ_TEXT_FINE) {
        assert(yj_utf8_valid(yj_buf_view(&out)));
        check_passages(YJ_TEXT_DOCX, yj_buf_view(&out), truncated);
    }
    return 0;
}
