// SPDX-License-Identifier: Apache-2.0
/* The caller's side: which process, what it says, when it is enough. */
#include "base/sandbox.h"
#include "base/time.h"
#include "instrument/box/internal.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKER_CPU_MS INT64_C(1800000)             /* of processor time, in all */
#define WORKER_BUSY_NS (INT64_C(300) * 1000000000) /* after which it is replaced by a fresh one */
#define DONE_WITH_PAGE '\f'
#define SCAN_CHARACTERS 6 /* pages with fewer on average are pictures */

const yj_box_limits yj_box_usual = {
    .items = 200000,
    .bytes = UINT64_C(16) << 30,
    .ratio = 250,
    .ratio_from = UINT64_C(256) << 20,
    .inner_bytes = UINT64_C(256) << 20,
    .memory_bytes = UINT64_C(1) << 30,
    .wait_ms = 60000,
};

/* Fixed places, for a PATH may lead anywhere. */
static const char *const programs[] = { "/usr/bin/pdftotext", "/usr/local/bin/pdftotext", "/bin/pdftotext" };

struct yj_box {
    const yj_box_limits *limits;
    yj_sandbox_worker *worker; /* NULL: none yet */
    int64_t busy_ns;
    /* of the file */
    yj_box_parser parser;
    yj_box_used *used;
    int64_t left_ms, since_ns;
    bool done, in_item, any;
    yj_box_fault fault, item_fault;
    yj_box_format format;
    char name[YJ_BOX_NAME_MAX + 1];
    size_t data; /* of the frame that is being read */
    /* of a PDF */
    yj_buf pdf;
    size_t pdf_at;
};

yj_box *yj_box_new(const yj_box_limits *limits)
{
    yj_box *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->limits = limits;
    yj_buf_init(&b->pdf, YJ_BOX_PDF_TEXT_MAX);
    return b;
}

void yj_box_free(yj_box *b)
{
    if (b->worker)
        yj_sandbox_worker_end(b->worker, NULL, NULL, 0);
    yj_buf_done(&b->pdf);
    free(b);
}

int yj_box_landlock(void)
{
    return yj_sandbox_landlock();
}

/* --- ends -------------------------------------------------------------------------------------------------
 */

static yj_box_fault fault_of(const yj_sandbox_result *r)
{
    switch (r->end) {
    case YJ_SANDBOX_TIME:
        return YJ_BOX_TIME;
    case YJ_SANDBOX_MEMORY:
        return YJ_BOX_MEMORY;
    case YJ_SANDBOX_REFUSED:
        return YJ_BOX_FORBIDDEN;
    case YJ_SANDBOX_OUTPUT:
        return YJ_BOX_TOO_LARGE;
    case YJ_SANDBOX_EXITED:
        return r->exit_code == YJ_SANDBOX_EXIT_NO_WALLS     ? YJ_BOX_NO_BOX
               : r->exit_code == YJ_SANDBOX_EXIT_NO_PROGRAM ? YJ_BOX_NO_PROGRAM
                                                            : YJ_BOX_CRASHED;
    case YJ_SANDBOX_CRASHED:
    case YJ_SANDBOX_END_COUNT_:
        break;
    }
    return YJ_BOX_CRASHED;
}

/* The file's end, with the process. @param why NONE: the process tells, by how it ended */
static void give_up(yj_box *b, yj_box_fault why)
{
    yj_sandbox_result r;
    if (b->worker)
        yj_sandbox_worker_end(b->worker, why == YJ_BOX_NONE ? &r : NULL, NULL, 0);
    b->worker = NULL;
    b->busy_ns = 0;
    b->done = true;
    b->data = 0;
    b->fault = why == YJ_BOX_NONE ? fault_of(&r) : why;
    if (b->in_item)
        b->item_fault = b->fault;
}

/* --- limits -----------------------------------------------------------------------------------------------
 */

/* Enough of it? Then the file ends here. */
static bool use(yj_box *b, uint64_t items, uint64_t bytes)
{
    const yj_box_limits *l = b->limits;
    yj_box_used *u = b->used;
    u->items += items;
    u->bytes += bytes;
    yj_box_fault f = u->items > l->items                                           ? YJ_BOX_TOO_MANY
                     : u->bytes > l->ratio_from && u->bytes / l->ratio > u->packed ? YJ_BOX_BOMB
                     : u->bytes > l->bytes                                         ? YJ_BOX_TOO_LARGE
                                                                                   : YJ_BOX_NONE;
    if (f != YJ_BOX_NONE)
        give_up(b, f);
    return f == YJ_BOX_NONE;
}

/* --- PDF --------------------------------------------------------------------------------------------------
 */

static yj_box_fault pdf_fault(const yj_sandbox_result *r, const yj_buf *said)
{
    bool wants_password = said->len && memmem(said->ptr, said->len, "Incorrect password", 18);
    if (r->end == YJ_SANDBOX_OUTPUT)
        return YJ_BOX_TOO_LARGE;
    if (r->end != YJ_SANDBOX_EXITED || r->exit_code == YJ_SANDBOX_EXIT_NO_WALLS)
        return fault_of(r);
    if (r->exit_code == 0)
        return YJ_BOX_NONE;
    if (r->exit_code == YJ_SANDBOX_EXIT_NO_PROGRAM || r->exit_code == 127)
        return YJ_BOX_NO_PROGRAM;
    return r->exit_code == 3 || wants_password ? YJ_BOX_ENCRYPTED : YJ_BOX_DAMAGED;
}

/* Pages, but nearly no text on them. */
static bool is_pictures(yj_span text)
{
    size_t pages = 0, marks = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        pages += c == DONE_WITH_PAGE;
        marks += c > ' ' && (c & 0xc0) != 0x80;
    }
    return pages > 0 && marks / pages < SCAN_CHARACTERS;
}

static yj_box_fault read_pdf(yj_box *b, int fd)
{
    const char *program = b->limits->pdftotext;
    char memory[24], ms[24];
    yj_error err;
    yj_sandbox_result end = { .end = YJ_SANDBOX_CRASHED };
    for (size_t i = 0; !program && i < YJ_COUNT(programs); i++)
        program = access(programs[i], X_OK) == 0 ? programs[i] : NULL;
    if (!program || access(program, X_OK) != 0)
        return YJ_BOX_NO_PROGRAM;
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)b->limits->memory_bytes);
    snprintf(ms, sizeof ms, "%lld", (long long)b->limits->wait_ms);
    const char *args[] = { YJ_BOX_COMMAND, "pdf", memory, ms, program, NULL };
    yj_sandbox_job job = { .args = args,
                           .input_fd = fd,
                           .time_ms = b->limits->wait_ms,
                           .memory_bytes = b->limits->memory_bytes,
                           .output_max = YJ_BOX_PDF_TEXT_MAX };
    yj_buf said;
    yj_buf_init(&said, YJ_SANDBOX_SAID_MAX);
    yj_status s = lseek(fd, 0, SEEK_SET) == 0 ? yj_sandbox_run(&job, &b->pdf, &said, &end, &err) : YJ_E_IO;
    yj_box_fault f = s == YJ_OK ? pdf_fault(&end, &said) : s == YJ_E_NOMEM ? YJ_BOX_MEMORY : YJ_BOX_NO_BOX;
    yj_buf_done(&said);
    return f == YJ_BOX_NONE && is_pictures(yj_buf_view(&b->pdf)) ? YJ_BOX_PICTURES : f;
}

/* The text is one item. */
static bool next_of_pdf(yj_box *b, yj_box_item *ret)
{
    if (b->any || b->pdf.len == 0 || !use(b, 1, b->pdf.len))
        return false;
    b->any = true;
    *ret = (yj_box_item){ .name = "text", .name_len = 4, .kind = YJ_BOX_PAGES };
    return true;
}

/* --- the process ------------------------------------------------------------------------------------------
 */

static bool start(yj_box *b)
{
    char memory[24], ms[24];
    yj_error err;
    if (b->worker && b->busy_ns > WORKER_BUSY_NS) {
        yj_sandbox_worker_end(b->worker, NULL, NULL, 0);
        b->worker = NULL;
    }
    if (b->worker)
        return true;
    b->busy_ns = 0;
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)b->limits->memory_bytes);
    snprintf(ms, sizeof ms, "%lld", (long long)WORKER_CPU_MS);
    const char *args[] = { YJ_BOX_COMMAND, "worker", memory, ms, NULL };
    return yj_sandbox_worker_start(args, b->limits->memory_bytes, &b->worker, &err) == YJ_OK;
}

static void open_file(yj_box *b, yj_box_parser parser, int fd, yj_span passphrase, yj_box_used *used)
{
    char request[1 + YJ_BOX_PASSPHRASE_MAX] = { (char)parser };
    assert(passphrase.len <= YJ_BOX_PASSPHRASE_MAX);
    b->parser = parser;
    b->used = used;
    b->left_ms = b->limits->wait_ms;
    b->since_ns = yj_monotonic_ns();
    b->done = b->in_item = b->any = false;
    b->fault = b->item_fault = YJ_BOX_NONE;
    b->format = YJ_BOX_SAME;
    b->data = 0;
    b->pdf_at = 0;
    yj_buf_clear(&b->pdf);
    if (parser == YJ_BOX_PDF)
        b->fault = read_pdf(b, fd);
    else if (!start(b))
        give_up(b, YJ_BOX_NO_BOX);
    else {
        if (passphrase.len)
            memcpy(request + 1, passphrase.ptr, passphrase.len);
        bool asked = yj_sandbox_worker_ask(b->worker, (yj_span){ request, 1 + passphrase.len }, fd);
        explicit_bzero(request, sizeof request);
        if (!asked)
            give_up(b, YJ_BOX_NONE);
    }
}

void yj_box_open(yj_box *b, yj_box_parser parser, int fd, yj_box_used *used)
{
    open_file(b, parser, fd, (yj_span){ NULL, 0 }, used);
}

void yj_box_open_files(yj_box *b, int fd, yj_span passphrase, yj_box_used *used)
{
    open_file(b, YJ_BOX_FILES, fd, passphrase, used);
}

typedef struct frame {
    int type;
    unsigned second;
    size_t len;
} frame;

/* The head of the next frame, if it is one that may come here; else the process has gone mad, and ends. */
static bool next_frame(yj_box *b, frame *ret)
{
    char head[YJ_BOX_HEAD_BYTES];
    size_t len = 0;
    if (!yj_sandbox_worker_read(b->worker, head, sizeof head, &b->left_ms)) {
        give_up(b, YJ_BOX_NONE);
        return false;
    }
    for (unsigned i = 0; i < 4; i++)
        len |= (size_t)(unsigned char)head[4 + i] << 8 * i;
    *ret = (frame){ head[0], (unsigned char)head[1], len };
    bool good = false;
    switch (head[0]) {
    case YJ_BOX_FORMAT:
        good = !b->in_item && !b->any && b->format == YJ_BOX_SAME && ret->second > YJ_BOX_SAME &&
               ret->second < YJ_BOX_FORMAT_COUNT_ && len == 0;
        break;
    case YJ_BOX_BEGIN:
        good = !b->in_item && ret->second < YJ_BOX_KIND_COUNT_ && len <= YJ_BOX_NAME_MAX;
        break;
    case YJ_BOX_LISTED:
        good = !b->in_item && ret->second > YJ_BOX_NONE && ret->second < YJ_BOX_FAULT_COUNT_ &&
               len <= YJ_BOX_NAME_MAX;
        break;
    case YJ_BOX_DATA:
        good = b->in_item && ret->second == 0 && len > 0 && len <= YJ_BOX_DATA_MAX;
        break;
    case YJ_BOX_END:
        good = b->in_item && ret->second < YJ_BOX_FAULT_COUNT_ && len == 0;
        break;
    case YJ_BOX_DONE:
        good = !b->in_item && ret->second < YJ_BOX_FAULT_COUNT_ && len == 0;
        break;
    default:
        break;
    }
    if (!good)
        give_up(b, YJ_BOX_CRASHED);
    return good;
}

/* An item's end without looking at it. */
static void pass_over(yj_box *b)
{
    char room[4096];
    while (b->in_item && yj_box_read(b, room, sizeof room) > 0)
        ;
}

bool yj_box_next(yj_box *b, yj_box_item *ret)
{
    frame f;
    if (b->parser == YJ_BOX_PDF)
        return !b->done && next_of_pdf(b, ret);
    pass_over(b);
    while (!b->done && next_frame(b, &f)) {
        if (f.type == YJ_BOX_DONE) {
            b->done = true;
            b->fault = (yj_box_fault)f.second;
            b->busy_ns += yj_monotonic_ns() - b->since_ns;
            return false;
        }
        if (f.type == YJ_BOX_FORMAT) {
            b->format = (yj_box_format)f.second;
            continue;
        }
        if (!yj_sandbox_worker_read(b->worker, b->name, f.len, &b->left_ms)) {
            give_up(b, YJ_BOX_NONE);
            return false;
        }
        b->name[f.len] = '\0';
        b->any = true;
        b->in_item = f.type == YJ_BOX_BEGIN;
        b->item_fault = YJ_BOX_NONE;
        *ret = (yj_box_item){ .name = b->name, .name_len = f.len };
        if (b->in_item)
            ret->kind = (yj_box_kind)f.second;
        else
            ret->left_out = (yj_box_fault)f.second;
        return use(b, 1, 0);
    }
    return false;
}

static size_t read_of_pdf(yj_box *b, char *to, size_t room)
{
    size_t left = b->pdf.len - b->pdf_at, n = left < room ? left : room;
    memcpy(to, b->pdf.ptr + b->pdf_at, n);
    b->pdf_at += n;
    return n;
}

size_t yj_box_read(yj_box *b, char *to, size_t room)
{
    frame f;
    if (b->parser == YJ_BOX_PDF)
        return read_of_pdf(b, to, room);
    if (b->data == 0) {
        if (!b->in_item || b->done || !next_frame(b, &f))
            return 0;
        if (f.type == YJ_BOX_END) {
            b->in_item = false;
            b->item_fault = (yj_box_fault)f.second;
            return 0;
        }
        if (!use(b, 0, f.len))
            return 0;
        b->data = f.len;
    }
    size_t n = b->data < room ? b->data : room;
    if (!yj_sandbox_worker_read(b->worker, to, n, &b->left_ms)) {
        give_up(b, YJ_BOX_NONE);
        return 0;
    }
    b->data -= n;
    return n;
}

yj_box_fault yj_box_item_fault(const yj_box *b)
{
    return b->parser == YJ_BOX_PDF ? b->fault : b->item_fault;
}

yj_box_fault yj_box_close(yj_box *b, yj_box_format *ret_format)
{
    *ret_format = b->format;
    if (b->parser == YJ_BOX_PDF)
        explicit_bzero(b->pdf.ptr ? b->pdf.ptr : b->name, b->pdf.ptr ? b->pdf.cap : 0);
    else if (!b->done)
        give_up(b, YJ_BOX_CRASHED); /* it was left before its end */
    return b->fault;
}
