// SPDX-License-Identifier: Apache-2.0
/* The hidden command: yunjian sandboxed-text pdf PROGRAM MEMORY MS, or: yunjian sandboxed-text other MEMORY
 * MS. Its answer to "other" is a line "FORMAT FAULT TRUNCATED" of numbers, then the text. */
#include "text/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const pdf_needs[] = { "/usr/lib",         "/usr/lib64",         "/lib", "/lib64",
                                         "/etc/ld.so.cache", "/usr/share/poppler", NULL };

static uint64_t number(const char *s)
{
    int64_t v = 0;
    return yj_span_i64(yj_span_of(s), &v) && v > 0 ? (uint64_t)v : 1;
}

static void enter(const yj_sandbox_walls *w)
{
    yj_error err;
    if (yj_sandbox_enter(w, &err) == YJ_OK)
        return;
    fprintf(stderr, "%s\n", err.msg);
    fflush(stderr);
    _exit(YJ_SANDBOX_EXIT_NO_WALLS);
}

static void become_pdftotext(const char *program, const yj_sandbox_walls *w)
{
    char last[16];
    snprintf(last, sizeof last, "%d", YJ_TEXT_PAGES_MAX + 1); /* one more tells that there are more */
    const char *argv[] = { "pdftotext", "-enc", "UTF-8", "-eol", "unix", "-l", last, "-", "-", NULL };
    enter(w);
    yj_sandbox_exec(program, argv);
}

/* The whole of descriptor 0, where the parent has looked at the size. */
static yj_span read_input(void)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size > YJ_TEXT_FILE_BYTES_MAX)
        return (yj_span){ NULL, 0 };
    size_t size = (size_t)st.st_size, got = 0;
    char *bytes = malloc(size + 1);
    if (!bytes)
        _exit(YJ_SANDBOX_EXIT_MEMORY);
    while (got < size) {
        ssize_t n = pread(STDIN_FILENO, bytes + got, size - got, (off_t)got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return (yj_span){ bytes, got };
}

static void read_other(const yj_sandbox_walls *w)
{
    yj_buf text, answer;
    bool truncated = false;
    yj_text_decode_ready();
    enter(w);
    yj_span bytes = read_input();
    yj_buf_init(&text, YJ_TEXT_UTF8_BYTES_MAX);
    yj_buf_init(&answer, YJ_TEXT_UTF8_BYTES_MAX + YJ_TEXT_HEAD_BYTES_MAX);
    bool docx = yj_docx_is(bytes);
    yj_text_fault f =
        docx ? yj_docx_read(bytes, &text, &truncated) : yj_text_decode(bytes, &text, &truncated);
    yj_buf_fmt(&answer, "%d %d %d\n", docx ? YJ_TEXT_DOCX : YJ_TEXT_PLAIN, (int)f, truncated);
    if (f == YJ_TEXT_FINE)
        yj_buf_span(&answer, yj_buf_view(&text));
    if (f == YJ_TEXT_NO_MEMORY || text.failed != YJ_OK || answer.failed != YJ_OK)
        _exit(YJ_SANDBOX_EXIT_MEMORY);
    yj_sandbox_leave(yj_buf_view(&answer), 0);
}

bool yj_text_child(int argc, char **argv)
{
    if (argc < 5 || strcmp(argv[1], YJ_TEXT_COMMAND) != 0)
        return false;
    bool pdf = strcmp(argv[2], "pdf") == 0;
    yj_sandbox_walls w = { .memory_bytes = number(argv[3]), .time_ms = (int64_t)number(argv[4]) };
    if (pdf && argc == 6) {
        w.program = argv[5];
        w.read = pdf_needs;
        become_pdftotext(argv[5], &w);
    }
    if (!pdf && argc == 5)
        read_other(&w);
    _exit(YJ_SANDBOX_EXIT_NO_WALLS);
}
