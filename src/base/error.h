// SPDX-License-Identifier: Apache-2.0
/**
 * Errors. A function that can fail returns yj_status and describes the failure in a caller-supplied yj_error;
 * success outputs stay untouched on failure. The message is written once, where the cause is known; upper
 * layers pass it on; only a boundary (HTTP worker, command line) prints it.
 *
 * Messages are written in English at the call site. The Chinese wording stands in base/messages_zh.c, keyed
 * by the English format string; both are formatted with the same arguments, so both languages always exist.
 * A lint fails when a format lacks its Chinese row. Messages never carry secrets or samples of found data.
 */
#ifndef YJ_BASE_ERROR_H
#define YJ_BASE_ERROR_H

#include "base/cleanup.h"

/* One row drives the enum, the HTTP status, the slug in JSON and the exit code of the command line:
 * 0 fine, 1 something unmet or found, 2 usage, 3 operational failure, 4 integrity violation. */
#define YJ_STATUS_LIST(X)                                                                                    \
    X(YJ_OK, 200, 0, "ok")                                                                                   \
    X(YJ_E_INVALID, 400, 3, "invalid_request")  /* input of the wrong form; field names the place */         \
    X(YJ_E_USAGE, 400, 2, "usage")              /* a wrong command line */                                   \
    X(YJ_E_STRANGER, 401, 3, "unauthenticated") /* nobody has signed in, or not with these words */          \
    X(YJ_E_FORBIDDEN, 403, 3, "forbidden")                                                                   \
    X(YJ_E_PROVE, 403, 3, "prove_again") /* delicate: prove again who it is, then repeat */                  \
    X(YJ_E_NOT_FOUND, 404, 3, "not_found")                                                                   \
    X(YJ_E_METHOD, 405, 3, "method_not_allowed")                                                             \
    X(YJ_E_CONFLICT, 409, 3, "conflict") /* duplicate key, record held by an open batch */                   \
    X(YJ_E_STALE, 412, 3, "stale")       /* the record changed since it was read */                          \
    X(YJ_E_LIMIT, 413, 3, "limit_exceeded")                                                                  \
    X(YJ_E_MEDIA, 415, 3, "unsupported_media_type")                                                          \
    X(YJ_E_RANGE, 416, 3, "range_not_satisfiable")                                                           \
    X(YJ_E_GATE, 422, 1, "gate_shut")        /* requirements of a transition are not met */                  \
    X(YJ_E_UNREADABLE, 422, 3, "unreadable") /* a file of which nothing can be read */                       \
    X(YJ_E_TOO_MANY, 429, 3, "too_many")     /* attempts; wait */                                            \
    X(YJ_E_RULE, 500, 3, "rule_failed")      /* a rule ran over a limit or returned nonsense */              \
    X(YJ_E_NOMEM, 500, 3, "out_of_memory")                                                                   \
    X(YJ_E_IO, 500, 3, "io_error")                                                                           \
    X(YJ_E_DB, 500, 3, "store_error")                                                                        \
    X(YJ_E_CORRUPT, 500, 4, "integrity_violation")                                                           \
    X(YJ_E_MISSING, 501, 3, "not_installed") /* a program this needs is not there */                         \
    X(YJ_E_CLOCK, 503, 3, "clock_behind")                                                                    \
    X(YJ_E_BUSY, 503, 3, "busy")                                                                             \
    X(YJ_E_FULL, 507, 3, "storage_full")

typedef enum yj_status {
#define X(name, http, exit_code, slug) name,
    YJ_STATUS_LIST(X)
#undef X
        YJ_STATUS_COUNT_
} yj_status;

typedef struct yj_error {
    yj_status code;
    int sys_errno;    /* 0 when the cause was not a system call */
    const char *file; /* where it was raised, for the log only */
    int line;
    char field[128];  /* place in the input ("fields.level", "line 12 column 3"); "" if none */
    char msg[480];    /* English, one line */
    char msg_zh[480]; /* Chinese, one line */
} yj_error;

/** Record a failure and return its code. `err` may be NULL. @param fmt English format; literal. */
yj_status yj_fail_at(yj_error *err, yj_status code, const char *file, int line, const char *fmt, ...)
    yj_printf(5, 6);

/** Like yj_fail_at(), with the errno of a failed system call; " (strerror)" is added to both messages. */
yj_status yj_fail_sys_at(yj_error *err, yj_status code, int sys_errno, const char *file, int line,
                         const char *fmt, ...) yj_printf(6, 7);

#ifndef __clang_analyzer__
#define yj_fail(err, code, ...) yj_fail_at((err), (code), __FILE__, __LINE__, __VA_ARGS__)
#define yj_fail_sys(err, code, ...) yj_fail_sys_at((err), (code), errno, __FILE__, __LINE__, __VA_ARGS__)
#else /* which cannot see that it is `code` that comes back, and never YJ_OK */
#define yj_fail(err, code, ...) ((void)yj_fail_at((err), (code), __FILE__, __LINE__, __VA_ARGS__), (code))
#define yj_fail_sys(err, code, ...)                                                                          \
    ((void)yj_fail_sys_at((err), (code), errno, __FILE__, __LINE__, __VA_ARGS__), (code))
#endif

/** Name the place in the input; formats into err->field. Returns err->code for `return yj_error_at(...)`
 *  (YJ_E_INVALID when err is NULL). */
yj_status yj_error_at(yj_error *err, const char *fmt, ...) yj_printf(2, 3);

/** Put "where: " before both messages (file name, line number); used once, by the layer that knows it. */
void yj_error_prefix(yj_error *err, const char *fmt, ...) yj_printf(2, 3);

/** Propagate a failure. Legal because every owner is released by yj_auto(). */
#define YJ_TRY(e)                                                                                            \
    do {                                                                                                     \
        yj_status yj_s_ = (e);                                                                               \
        if (yj_s_ != YJ_OK)                                                                                  \
            return yj_s_;                                                                                    \
    } while (0)

const char *yj_status_slug(yj_status s);
int yj_status_http(yj_status s);
int yj_status_exit(yj_status s);

/** The Chinese format for an English one, or NULL. Defined in messages_zh.c; rows sorted by `en`. */
const char *yj_message_zh(const char *en_format);
/** What the commonest errors of the system mean, in Chinese; NULL for the others. */
const char *yj_errno_zh(int sys_errno);

typedef enum yj_lang { YJ_LANG_ZH, YJ_LANG_EN, YJ_LANG_COUNT_ } yj_lang;

/** The message in the reader's language. */
static inline const char *yj_error_text(const yj_error *err, yj_lang lang)
{
    return lang == YJ_LANG_ZH && err->msg_zh[0] ? err->msg_zh : err->msg;
}

#endif
