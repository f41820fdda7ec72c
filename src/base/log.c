// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "base/json.h"
#include "base/time.h"
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES_MAX ((size_t)16 << 10)

static const char *const level_names[] = { "error", "warn", "info", "debug" };
static atomic_int max_level = YJ_LOG_INFO;

void yj_log_set_level(yj_log_level max)
{
    atomic_store_explicit(&max_level, (int)max, memory_order_relaxed);
}

static bool wanted(yj_log_level level)
{
    return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

static void line_begin(yj_jw *w, yj_buf *out, yj_log_level level)
{
    yj_clock clock = yj_clock_system();
    char now[31];
    yj_time_format(clock.now_ns(clock.self), now);
    yj_buf_init(out, LINE_BYTES_MAX);
    yj_jw_init(w, out);
    yj_jw_object(w);
    yj_jw_kstr(w, "time", now);
    yj_jw_kstr(w, "level", level_names[level]);
}

/* One write a line: lines of several threads and processes do not mix. A log that cannot be written has
 * nobody to be told. */
static void line_end(yj_jw *w, yj_buf *out)
{
    yj_jw_end_object(w);
    yj_buf_char(out, '\n');
    if (yj_buf_status(out, NULL) != YJ_OK)
        return;
    for (size_t done = 0; done < out->len;) {
        ssize_t n = write(STDERR_FILENO, out->ptr + done, out->len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return;
    }
}

void yj_log(yj_log_level level, const char *fmt, ...)
{
    if (!wanted(level))
        return;
    int saved = errno;
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    va_end(ap);
    yj_text_tidy(text);
    yj_auto(yj_buf_done) yj_buf out;
    yj_jw w;
    line_begin(&w, &out, level);
    yj_jw_kstr(&w, "msg", text);
    line_end(&w, &out);
    errno = saved;
}

void yj_log_error(yj_log_level level, const char *doing, const yj_error *err)
{
    if (!wanted(level))
        return;
    int saved = errno;
    char text[512];
    snprintf(text, sizeof text, "%s", doing);
    yj_text_tidy(text);
    yj_auto(yj_buf_done) yj_buf out;
    yj_jw w;
    line_begin(&w, &out, level);
    yj_jw_kstr(&w, "msg", text);
    yj_jw_kstr(&w, "code", yj_status_slug(err->code));
    yj_jw_kstr(&w, "error", err->msg);
    if (err->field[0])
        yj_jw_kstr(&w, "field", err->field);
    if (err->sys_errno)
        yj_jw_ki64(&w, "errno", err->sys_errno);
    if (err->file) {
        yj_jw_kstr(&w, "file", err->file);
        yj_jw_ki64(&w, "line", err->line);
    }
    line_end(&w, &out);
    errno = saved;
}
