// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a Word document. The first byte chooses: 'Z' the rest is the ZIP as it stands; any other: the
 * rest is the XML of a main part, packed without compression here, so that the search reaches the XML as
 * well. */
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

static void pack(yj_buf *b, yj_span xml)
{
    yj_span name = YJ_SPAN("word/document.xml");
    put32(b, 0x04034b50);
    put_entry(b, name, xml);
    yj_buf_span(b, name);
    yj_buf_span(b, xml);
    size_t central = b->len;
    put32(b, 0x02014b50);
    put16(b, 20);
    put_entry(b, name, xml);
    put16(b, 0);
    put16(b, 0);
    put16(b, 0);
    put32(b, 0);
    put32(b, 0);
    yj_buf_span(b, name);
    size_t end = b->len;
    put32(b, 0x06054b50);
    put32(b, 0);
    put16(b, 1);
    put16(b, 1);
    put32(b, (uint32_t)(end - central));
    put32(b, (uint32_t)central);
    put16(b, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_buf_done) yj_buf out, zip;
    bool truncated = false;
    yj_buf_init(&out, YJ_TEXT_UTF8_BYTES_MAX);
    yj_buf_init(&zip, size + 1024);
    if (size == 0)
        return 0;
    yj_span rest = { (const char *)data + 1, size - 1 };
    if (data[0] != 'Z') {
        pack(&zip, rest);
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
