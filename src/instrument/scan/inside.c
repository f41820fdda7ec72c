// SPDX-License-Identifier: Apache-2.0
/* What stands in containers: item by item out of a box, each looked at as a file is, each that is a container
 * again held in memory and opened in the box of the next depth. */
#include "instrument/scan/reader.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const yj_scan_reason reasons[YJ_BOX_FAULT_COUNT_] = {
    [YJ_BOX_NONE] = YJ_SCAN_BECAUSE_NONE,           [YJ_BOX_DAMAGED] = YJ_SCAN_BECAUSE_DAMAGED,
    [YJ_BOX_ENCRYPTED] = YJ_SCAN_BECAUSE_ENCRYPTED, [YJ_BOX_UNSUPPORTED] = YJ_SCAN_BECAUSE_UNSUPPORTED,
    [YJ_BOX_LINK] = YJ_SCAN_BECAUSE_LINK,           [YJ_BOX_SPECIAL] = YJ_SCAN_BECAUSE_SPECIAL,
    [YJ_BOX_BINARY] = YJ_SCAN_BECAUSE_PART_NO_TEXT, [YJ_BOX_PICTURES] = YJ_SCAN_BECAUSE_PICTURES,
    [YJ_BOX_TOO_MANY] = YJ_SCAN_BECAUSE_TOO_MANY,   [YJ_BOX_TOO_LARGE] = YJ_SCAN_BECAUSE_TOO_LARGE,
    [YJ_BOX_BOMB] = YJ_SCAN_BECAUSE_BOMB,           [YJ_BOX_TIME] = YJ_SCAN_BECAUSE_TIME,
    [YJ_BOX_MEMORY] = YJ_SCAN_BECAUSE_MEMORY,       [YJ_BOX_CRASHED] = YJ_SCAN_BECAUSE_CRASHED,
    [YJ_BOX_FORBIDDEN] = YJ_SCAN_BECAUSE_FORBIDDEN, [YJ_BOX_NO_PROGRAM] = YJ_SCAN_BECAUSE_NO_PROGRAM,
    [YJ_BOX_NO_BOX] = YJ_SCAN_BECAUSE_NO_BOX,
};

static const yj_scan_unit units[YJ_BOX_KIND_COUNT_] = {
    [YJ_BOX_BYTES] = YJ_SCAN_UNIT_BYTES, [YJ_BOX_PART] = YJ_SCAN_UNIT_BYTES,
    [YJ_BOX_TEXT] = YJ_SCAN_UNIT_TEXT,   [YJ_BOX_PAGES] = YJ_SCAN_UNIT_PAGES,
    [YJ_BOX_SHEET] = YJ_SCAN_UNIT_CELLS, [YJ_BOX_TABLE] = YJ_SCAN_UNIT_CELLS,
};

static const char *const formats[YJ_BOX_FORMAT_COUNT_] = { NULL, "docx", "xlsx", "pptx", "odf" };

void yj_scan_reader_open(yj_scan_reader *r, const yj_box_limits *limits, yj_scan_inside_fn *inside,
                         void *with)
{
    r->limits = limits;
    r->inside = inside;
    r->inside_with = with;
}

/* --- names ------------------------------------------------------------------------------------------------
 */

void yj_scan_printable(yj_span path, yj_buf *out)
{
    size_t at = 0;
    while (at < path.len) {
        unsigned char c = (unsigned char)path.ptr[at];
        size_t good = yj_utf8_prefix((yj_span){ path.ptr + at, path.len - at < 4 ? path.len - at : 4 });
        size_t wide = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        bool control = c < 0x20 || c == 0x7f ||
                       (c == 0xc2 && good >= 2 && (unsigned char)path.ptr[at + 1] < 0xa0); /* C1 */
        if (c == '\\')
            yj_buf_str(out, "\\\\");
        else if (good < wide || control)
            yj_buf_fmt(out, "\\x%02x", c);
        else
            yj_buf_add(out, path.ptr + at, wide);
        at += good < wide || control ? 1 : wide;
    }
    yj_buf_str(out, "");
}

void yj_scan_printable_name(yj_span name, yj_buf *out)
{
    yj_scan_decoded d;
    bool gb = !yj_utf8_valid(name) && yj_scan_encoding_of(name) == YJ_SCAN_GB18030;
    if (!gb || yj_scan_decoded_init(&d, name.len, NULL) != YJ_OK) {
        yj_scan_printable(name, out);
        return;
    }
    yj_scan_decode(&d, YJ_SCAN_GB18030, name, true);
    yj_scan_printable((yj_span){ d.utf8, d.len }, out);
    yj_scan_decoded_done(&d);
}

/* --- keeping a container that is in one -------------------------------------------------------------------
 */

bool yj_scan_spool_begin(yj_scan_source *s)
{
    s->spool = memfd_create("yunjian", MFD_CLOEXEC); /* memory: nothing is written to a disk */
    s->too_large = s->spool < 0;
    return s->spool >= 0;
}

bool yj_scan_spool_add(const yj_scan_reader *r, yj_scan_source *s, yj_span bytes)
{
    s->spooled += bytes.len;
    s->too_large = s->too_large || s->spooled > r->limits->inner_bytes;
    while (bytes.len > 0 && !s->too_large) {
        ssize_t n = write(s->spool, bytes.ptr, bytes.len);
        s->too_large = n <= 0;
        bytes = n > 0 ? (yj_span){ bytes.ptr + n, bytes.len - (size_t)n } : bytes;
    }
    return !s->too_large;
}

/* --- opening ----------------------------------------------------------------------------------------------
 */

static void open_at(yj_scan_reader *r, const yj_scan_format *format, int fd, yj_scan_file *f, unsigned depth);

static void set_fault(yj_scan_file *f, yj_box_fault fault, bool some)
{
    f->reason = reasons[fault];
    f->encrypted = fault == YJ_BOX_ENCRYPTED;
    f->state = fault == YJ_BOX_NONE ? YJ_SCAN_STATE_LOOKED_INTO
               : some               ? YJ_SCAN_STATE_IN_PART
                                    : YJ_SCAN_STATE_NOT_LOOKED_INTO;
}

static void one_item(yj_scan_reader *r, yj_box *b, const yj_box_item *item, yj_scan_file *f, unsigned depth)
{
    yj_scan_source s = { .fd = -1, .box = b, .spool = -1 };
    yj_box_fault fault = item->left_out;
    if (fault != YJ_BOX_NONE) {
        *f = (yj_scan_file){ .path = f->path, .format = "", .unit = units[item->kind] };
        set_fault(f, fault, false);
        if (fault == YJ_BOX_LINK || fault == YJ_BOX_SPECIAL)
            f->state = YJ_SCAN_STATE_SKIPPED;
        return;
    }
    yj_scan_format format =
        yj_scan_read_source(r, &s, units[item->kind], item->kind == YJ_BOX_TABLE, r->inner, f);
    fault = yj_box_item_fault(b);
    if (fault != YJ_BOX_NONE) { /* what came is looked at, but it is not the whole */
        set_fault(f, fault, f->size > 0 && format.closed == YJ_SCAN_BECAUSE_NONE);
        f->has_digest = fault == YJ_BOX_BINARY || fault == YJ_BOX_PICTURES;
    } else if (s.too_large) {
        f->reason = YJ_SCAN_BECAUSE_TOO_LARGE;
    } else if (format.opens) {
        open_at(r, &format, s.spool, f, depth + 1);
    }
    if (s.spool >= 0)
        close(s.spool);
}

/* A part of a document's own make-up that tells nothing is not told. */
static bool is_told(const yj_box_item *item, const yj_scan_file *f)
{
    return item->kind != YJ_BOX_PART || f->hits > 0 || f->inside > 0 || f->state != YJ_SCAN_STATE_LOOKED_INTO;
}

static void open_at(yj_scan_reader *r, const yj_scan_format *format, int fd, yj_scan_file *f, unsigned depth)
{
    yj_box_item item;
    yj_box_format is;
    if (depth >= YJ_BOX_DEPTH_MAX) {
        f->reason = YJ_SCAN_BECAUSE_NESTING;
        return;
    }
    if (!r->box[depth] && !(r->box[depth] = yj_box_new(r->limits))) {
        f->reason = YJ_SCAN_BECAUSE_MEMORY;
        return;
    }
    yj_box *b = r->box[depth];
    yj_buf path;
    const char *of = f->path ? f->path : ""; /* NULL when memory ran out */
    yj_buf_init(&path, strlen(of) + 8 + 4 * YJ_BOX_NAME_MAX * 2);
    bool some = false;
    yj_box_open(b, format->parser, fd, &r->used);
    while (!yj_scan_stopped(r) && yj_box_next(b, &item)) {
        yj_scan_file in = { .path = NULL };
        yj_buf_clear(&path);
        yj_buf_str(&path, of);
        yj_buf_str(&path, "!/");
        yj_scan_printable_name((yj_span){ item.name, item.name_len }, &path);
        in.path = path.ptr;
        some = true;
        yj_box_kind kind = item.kind;
        one_item(r, b, &item, &in, depth);
        item.kind = kind;
        in.depth = depth + 1;
        if (in.grade > f->grade) {
            f->grade = in.grade;
            f->grade_of = in.grade_of;
        }
        f->inside++;
        if (is_told(&item, &in))
            r->inside(r->inside_with, &in);
    }
    yj_box_fault fault = yj_box_close(b, &is);
    set_fault(f, fault, some);
    f->format = formats[is] ? formats[is] : f->format;
    yj_buf_done(&path);
}

void yj_scan_open(yj_scan_reader *r, const yj_scan_format *format, int fd, yj_scan_file *f)
{
    r->used = (yj_box_used){ .packed = f->size };
    open_at(r, format, fd, f, 0);
}
