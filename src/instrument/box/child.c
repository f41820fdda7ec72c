// SPDX-License-Identifier: Apache-2.0
/* The hidden command: yunjian sandboxed-box worker MEMORY MS, or: yunjian sandboxed-box pdf MEMORY MS
 * PROGRAM. A request to the worker is one byte, the parser, and the file. */
#include "base/sandbox.h"
#include "instrument/box/internal.h"
#include <locale.h>
#include <sqlite3.h>
#include <stdio.h>
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

static void serve(const yj_sandbox_walls *w, void (*hook)(int fd))
{
    char request[YJ_SANDBOX_REQUEST_MAX + 1];
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* names in archives; read before files are shut away */
    (void)sqlite3_initialize();
    enter(w);
    for (;;) {
        int fd = -1;
        size_t n = yj_sandbox_next(request, &fd);
        if (fd >= 0 && hook)
            hook(fd);
        request[n] = '\0';
        yj_box_fault f = fd < 0 || n < 1               ? YJ_BOX_CRASHED
                         : request[0] == YJ_BOX_FILES  ? yj_box_read_files(fd, request + 1)
                         : n != 1                      ? YJ_BOX_CRASHED
                         : request[0] == YJ_BOX_SQLITE ? yj_box_read_sqlite(fd)
                                                       : yj_box_read_archive(fd);
        explicit_bzero(request, sizeof request);
        if (fd >= 0)
            close(fd);
        yj_box_say_done(f);
    }
}

bool yj_box_child(int argc, char **argv, void (*hook)(int fd))
{
    if (argc < 5 || strcmp(argv[1], YJ_BOX_COMMAND) != 0)
        return false;
    yj_sandbox_walls w = { .memory_bytes = number(argv[3]), .time_ms = (int64_t)number(argv[4]) };
    if (strcmp(argv[2], "pdf") == 0 && argc == 6) {
        const char *const args[] = { "pdftotext", "-enc", "UTF-8", "-eol", "unix", "-", "-", NULL };
        w.program = argv[5];
        w.read = pdf_needs;
        enter(&w);
        yj_sandbox_exec(argv[5], args);
    }
    if (strcmp(argv[2], "worker") == 0) {
        w.worker = true;
        serve(&w, hook);
    }
    _exit(YJ_SANDBOX_EXIT_NO_WALLS);
}
