// SPDX-License-Identifier: Apache-2.0
/**
 * A rule's SQL as words, enough to find the texts it may answer with. Whether it is good SQL is for
 * store/confine.h to say.
 */
#ifndef YJ_PACK_SQLTEXT_H
#define YJ_PACK_SQLTEXT_H

#include "base/arena.h"

typedef enum yj_sql_what { YJ_SQL_WORD, YJ_SQL_TEXT, YJ_SQL_PARAM, YJ_SQL_NUMBER, YJ_SQL_MARK } yj_sql_what;

typedef struct yj_sql_token {
    yj_sql_what what;
    yj_span s; /* a text without its quotes, a parameter without its colon */
    int line;  /* from 1 */
    int depth; /* of brackets; a bracket itself has the depth outside it */
} yj_sql_token;

typedef struct yj_sql_text {
    const yj_sql_token *tokens;
    size_t count;
} yj_sql_text;

/** Take SQL apart; spans point into it. Anything is accepted. */
yj_sql_text yj_sql_read(yj_arena *a, yj_span sql);
bool yj_sql_has_text(const yj_sql_text *t, const char *text);
bool yj_sql_has_param(const yj_sql_text *t, const char *name);

/** Call `fn` for each text that stands where "AS column" takes its value: alone, or as an outcome of a CASE.
 *  Values that come from elsewhere (a column, a function) are not seen. */
void yj_sql_results(const yj_sql_text *t, const char *column, void (*fn)(void *ctx, const yj_sql_token *text),
                    void *ctx);

#endif
