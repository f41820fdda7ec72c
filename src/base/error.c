// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/span.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    int http, exit_code;
    const char *slug;
} statuses[YJ_STATUS_COUNT_] = {
#define X(name, http, exit_code, slug) [name] = { http, exit_code, slug },
    YJ_STATUS_LIST(X)
#undef X
};

const char *yj_status_slug(yj_status s)
{
    assert(s < YJ_STATUS_COUNT_);
    return statuses[s].slug;
}

int yj_status_http(yj_status s)
{
    assert(s < YJ_STATUS_COUNT_);
    return statuses[s].http;
}

int yj_status_exit(yj_status s)
{
    assert(s < YJ_STATUS_COUNT_);
    return statuses[s].exit_code;
}

/* The only place where a format is no literal: the Chinese one is looked up by the English literal, which the
 * compiler checked at the call site, and a test compares the conversions of every pair. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void format(char *ret, size_t cap, const char *fmt, va_list ap)
{
    if (vsnprintf(ret, cap, fmt, ap) < 0)
        ret[0] = '\0';
    yj_text_tidy(ret);
}
#pragma GCC diagnostic pop

static void format_both(yj_error *err, const char *fmt, va_list ap)
{
    const char *zh = yj_message_zh(fmt);
    va_list again;
    va_copy(again, ap);
    format(err->msg, sizeof err->msg, fmt, ap);
    format(err->msg_zh, sizeof err->msg_zh, zh ? zh : fmt, again);
    va_end(again);
}

static void start(yj_error *err, yj_status code, int sys_errno, const char *file, int line)
{
    err->code = code;
    err->sys_errno = sys_errno;
    err->file = file;
    err->line = line;
    err->field[0] = '\0';
}

/* Append what fits; a cut never splits a character. */
static void append(char *text, size_t cap, const char *more)
{
    size_t len = strlen(text), n = strlen(more);
    if (n > cap - 1 - len)
        n = cap - 1 - len;
    memcpy(text + len, more, n);
    text[len + n] = '\0';
    yj_text_tidy(text);
}

static void put_before(char *text, size_t cap, const char *where)
{
    char old[sizeof((yj_error *)NULL)->msg];
    assert(cap <= sizeof old);
    memcpy(old, text, cap);
    text[0] = '\0';
    append(text, cap, where);
    append(text, cap, ": ");
    append(text, cap, old);
}

yj_status yj_fail_at(yj_error *err, yj_status code, const char *file, int line, const char *fmt, ...)
{
    assert(code != YJ_OK);
    if (!err)
        return code;
    int saved = errno;
    start(err, code, 0, file, line);
    va_list ap;
    va_start(ap, fmt);
    format_both(err, fmt, ap);
    va_end(ap);
    errno = saved;
    return code;
}

yj_status yj_fail_sys_at(yj_error *err, yj_status code, int sys_errno, const char *file, int line,
                         const char *fmt, ...)
{
    assert(code != YJ_OK);
    if (!err)
        return code;
    start(err, code, sys_errno, file, line);
    va_list ap;
    va_start(ap, fmt);
    format_both(err, fmt, ap);
    va_end(ap);
    char space[128], why[160];
    const char *said = strerror_r(sys_errno, space, sizeof space), *zh = yj_errno_zh(sys_errno);
    snprintf(why, sizeof why, " (%s)", said);
    append(err->msg, sizeof err->msg, why);
    snprintf(why, sizeof why, " (%s)", zh ? zh : said);
    append(err->msg_zh, sizeof err->msg_zh, why);
    errno = sys_errno;
    return code;
}

yj_status yj_error_at(yj_error *err, const char *fmt, ...)
{
    if (!err)
        return YJ_E_INVALID;
    va_list ap;
    va_start(ap, fmt);
    format(err->field, sizeof err->field, fmt, ap);
    va_end(ap);
    return err->code;
}

void yj_error_prefix(yj_error *err, const char *fmt, ...)
{
    if (!err)
        return;
    yj_error where;
    va_list ap;
    va_start(ap, fmt);
    format_both(&where, fmt, ap);
    va_end(ap);
    put_before(err->msg, sizeof err->msg, where.msg);
    put_before(err->msg_zh, sizeof err->msg_zh, where.msg_zh);
}
