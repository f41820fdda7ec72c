// SPDX-License-Identifier: Apache-2.0
/* From a file to its passages: which reader, in its process; what its end means. */
#include "base/log.h"
#include "text/internal.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PEEK_BYTES 1024

/* Fixed places, for a PATH may lead anywhere. */
static const char *const programs[] = { "/usr/bin/pdftotext", "/usr/local/bin/pdftotext", "/bin/pdftotext" };

const char *yj_text_format_name(yj_text_format f)
{
    static const char *const names[] = { "pdf", "docx", "text" };
    assert(f < YJ_TEXT_FORMAT_COUNT_);
    return names[f];
}

typedef struct work {
    int fd;
    yj_text_tools tools;
    yj_text_format format;
    yj_buf out, said;
    yj_sandbox_result end;
} work;

/* --- what an end means ------------------------------------------------------------------------------------
 */

static yj_status fault_status(yj_text_fault f, yj_error *err)
{
    switch (f) {
    case YJ_TEXT_FINE:
        return YJ_OK;
    case YJ_TEXT_ENCRYPTED:
        return yj_fail(err, YJ_E_UNREADABLE, "the document is encrypted; upload it without a password");
    case YJ_TEXT_OLD:
        return yj_fail(
            err, YJ_E_UNREADABLE,
            "this is a file of an older Office (DOC, XLS, PPT, RTF); save it as DOCX or PDF and upload that");
    case YJ_TEXT_BROKEN_ZIP:
        return yj_fail(err, YJ_E_UNREADABLE, "the document is damaged or cut off: its ZIP cannot be read");
    case YJ_TEXT_NO_WORD:
        return yj_fail(err, YJ_E_UNREADABLE,
                       "this is a ZIP without a Word document; PDF, DOCX and text are read");
    case YJ_TEXT_BROKEN_XML:
        return yj_fail(err, YJ_E_UNREADABLE, "the document is damaged: its XML cannot be read");
    case YJ_TEXT_BOMB:
        return yj_fail(err, YJ_E_LIMIT, "the document unpacks to more than a document can be");
    case YJ_TEXT_BINARY:
    case YJ_TEXT_NO_MEMORY:
    case YJ_TEXT_FAULT_COUNT_:
        break;
    }
    return yj_fail(err, YJ_E_UNREADABLE, "no text can be read of this file; PDF, DOCX and text are read");
}

static bool said(const work *w, const char *what)
{
    return w->said.len && memmem(w->said.ptr, w->said.len, what, strlen(what));
}

/* How its process ended, where that says all. A log line for those that a healthy file does not cause; what
 * the process said may quote the document and is left out. */
static yj_status end_status(const work *w, yj_error *err)
{
    const yj_sandbox_result *e = &w->end;
    switch (e->end) {
    case YJ_SANDBOX_TIME:
        return yj_fail(err, YJ_E_LIMIT, "reading the document was given up after %lld seconds",
                       (long long)((w->tools.time_ms + 999) / 1000));
    case YJ_SANDBOX_MEMORY:
        return yj_fail(err, YJ_E_LIMIT, "reading the document takes more than %llu MiB of memory",
                       (unsigned long long)(w->tools.memory_bytes >> 20));
    case YJ_SANDBOX_REFUSED:
        yj_log(YJ_LOG_WARN, "the reader of a document was stopped: it tried a forbidden system call");
        return yj_fail(err, YJ_E_UNREADABLE,
                       "the document was not read: its reader tried what no reader does and was stopped");
    case YJ_SANDBOX_CRASHED:
        yj_log(YJ_LOG_WARN, "the reader of a document ended by signal %d", e->signal);
        return yj_fail(err, YJ_E_UNREADABLE, "the document was not read: it made its reader crash");
    case YJ_SANDBOX_OUTPUT:
    case YJ_SANDBOX_EXITED:
    case YJ_SANDBOX_END_COUNT_:
        break;
    }
    if (e->end == YJ_SANDBOX_EXITED && e->exit_code == YJ_SANDBOX_EXIT_NO_WALLS)
        return yj_fail(err, YJ_E_IO, "the system cannot shut in the reader of documents: %.200s",
                       w->said.len ? w->said.ptr : "");
    return YJ_OK;
}

/* --- PDF --------------------------------------------------------------------------------------------------
 */

static yj_status pdftotext(const yj_text_tools *t, const char **ret, yj_error *err)
{
    *ret = t->pdftotext;
    for (size_t i = 0; !*ret && i < YJ_COUNT(programs); i++)
        if (access(programs[i], X_OK) == 0)
            *ret = programs[i];
    if (*ret && **ret && access(*ret, X_OK) == 0)
        return YJ_OK;
    return yj_fail(err, YJ_E_MISSING,
                   "PDF is read by pdftotext, which this server lacks; install the package poppler-utils");
}

/* pdftotext ends with 1 when the document cannot be opened, with 3 when it may not be copied. */
static yj_status pdf_status(const work *w, yj_error *err)
{
    const yj_sandbox_result *e = &w->end;
    if (e->end == YJ_SANDBOX_OUTPUT || e->exit_code == 0)
        return YJ_OK;
    if (e->exit_code == YJ_SANDBOX_EXIT_NO_PROGRAM || e->exit_code == 127)
        return yj_fail(err, YJ_E_IO, "pdftotext cannot be run");
    if (e->exit_code == 3 || said(w, "Incorrect password"))
        return fault_status(YJ_TEXT_ENCRYPTED, err);
    return yj_fail(err, YJ_E_UNREADABLE, "the PDF is damaged or cut off: it cannot be opened");
}

/* --- all together -----------------------------------------------------------------------------------------
 */

static yj_status run(work *w, const char *program, yj_error *err)
{
    char memory[24], ms[24];
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)w->tools.memory_bytes);
    snprintf(ms, sizeof ms, "%lld", (long long)w->tools.time_ms);
    const char *args[] = { YJ_TEXT_COMMAND, program ? "pdf" : "other", memory, ms, program, NULL };
    yj_sandbox_job job = { .args = args,
                           .input_fd = w->fd,
                           .time_ms = w->tools.time_ms,
                           .memory_bytes = w->tools.memory_bytes,
                           .output_max = YJ_TEXT_UTF8_BYTES_MAX + YJ_TEXT_HEAD_BYTES_MAX };
    yj_buf_init(&w->out, job.output_max);
    yj_buf_init(&w->said, YJ_SANDBOX_SAID_MAX);
    YJ_TRY(yj_sandbox_run(&job, &w->out, &w->said, &w->end, err));
    return end_status(w, err);
}

/* The first line of the process's answer. Nothing in it is believed. */
static bool read_head(yj_span *text, yj_text_format *ret_format, yj_text_fault *ret_fault,
                      bool *ret_truncated)
{
    size_t n = text->len < YJ_TEXT_HEAD_BYTES_MAX ? text->len : YJ_TEXT_HEAD_BYTES_MAX;
    const char *end = n ? memchr(text->ptr, '\n', n) : NULL;
    int64_t v[3] = { 0, 0, 0 };
    yj_span rest = { text->ptr, end ? (size_t)(end - text->ptr) : 0 };
    for (size_t i = 0; i < 3; i++) {
        const char *blank = rest.len ? memchr(rest.ptr, ' ', rest.len) : NULL;
        size_t len = blank ? (size_t)(blank - rest.ptr) : rest.len;
        if (!yj_span_i64((yj_span){ rest.ptr, len }, &v[i]) || v[i] < 0 || v[i] > 99)
            return false;
        len += blank != NULL;
        rest = (yj_span){ rest.ptr + len, rest.len - len };
    }
    if (!end || v[0] >= YJ_TEXT_FORMAT_COUNT_ || v[1] >= YJ_TEXT_FAULT_COUNT_)
        return false;
    *ret_format = (yj_text_format)v[0];
    *ret_fault = (yj_text_fault)v[1];
    *ret_truncated = v[2] != 0;
    *text = (yj_span){ end + 1, text->len - (size_t)(end + 1 - text->ptr) };
    return true;
}

static yj_status read_pdf(work *w, yj_arena *arena, yj_reading *ret, yj_error *err)
{
    const char *program = NULL;
    YJ_TRY(pdftotext(&w->tools, &program, err));
    YJ_TRY(run(w, program, err));
    YJ_TRY(pdf_status(w, err));
    return yj_text_passages(YJ_TEXT_PDF, yj_buf_view(&w->out), w->end.end == YJ_SANDBOX_OUTPUT, arena, ret,
                            err);
}

static yj_status read_other(work *w, yj_arena *arena, yj_reading *ret, yj_error *err)
{
    yj_text_format format = YJ_TEXT_PLAIN;
    yj_text_fault fault = YJ_TEXT_BINARY;
    bool truncated = false;
    YJ_TRY(run(w, NULL, err));
    yj_span text = yj_buf_view(&w->out);
    if (w->end.end != YJ_SANDBOX_EXITED || w->end.exit_code != 0 ||
        !read_head(&text, &format, &fault, &truncated))
        return yj_fail(err, YJ_E_UNREADABLE, "the document was not read: it made its reader crash");
    YJ_TRY(fault_status(fault, err));
    return yj_text_passages(format, text, truncated, arena, ret, err);
}

yj_status yj_text_extract(int fd, uint64_t size, const yj_text_tools *tools, yj_arena *arena, yj_reading *ret,
                          yj_error *err)
{
    work w = { .fd = fd };
    char peek[PEEK_BYTES];
    if (tools)
        w.tools = *tools;
    w.tools.time_ms = w.tools.time_ms ? w.tools.time_ms : YJ_TEXT_TIME_MS;
    w.tools.memory_bytes = w.tools.memory_bytes ? w.tools.memory_bytes : YJ_TEXT_MEMORY_BYTES;
    if (size > YJ_TEXT_FILE_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "text is read of files up to %d MiB; this one has %llu",
                       (int)(YJ_TEXT_FILE_BYTES_MAX >> 20), (unsigned long long)(size >> 20));
    ssize_t n = pread(fd, peek, sizeof peek, 0);
    if (n < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read the file");
    bool pdf = n > 0 && memmem(peek, (size_t)n, "%PDF-", 5) != NULL;
    yj_status s = pdf ? read_pdf(&w, arena, ret, err) : read_other(&w, arena, ret, err);
    yj_buf_done(&w.out);
    yj_buf_done(&w.said);
    return s;
}
