// SPDX-License-Identifier: Apache-2.0
/** One line of JSON a record on standard error; thread-safe. Only boundaries log; secrets never. */
#ifndef YJ_BASE_LOG_H
#define YJ_BASE_LOG_H

#include "base/error.h"

typedef enum yj_log_level { YJ_LOG_ERROR, YJ_LOG_WARN, YJ_LOG_INFO, YJ_LOG_DEBUG } yj_log_level;
void yj_log_set_level(yj_log_level max);
void yj_log(yj_log_level level, const char *fmt, ...) yj_printf(2, 3);
/** The error with its place in the source. */
void yj_log_error(yj_log_level level, const char *doing, const yj_error *err);

#endif
