// SPDX-License-Identifier: Apache-2.0
/** A statement that is put together of parts that may be wanted or not, and what is bound to it. */
#ifndef YJ_RECORD_ASKING_H
#define YJ_RECORD_ASKING_H

#include "record/engine.h"

#define YJ_ASKING_BINDS_MAX 12

typedef struct yj_asking {
    yj_buf sql;
    yj_arena *a; /* of texts that are made for it; NULL: none was */
    struct {
        bool is_number;
        int64_t n;
        const char *s; /* borrowed until it is prepared */
    } bind[YJ_ASKING_BINDS_MAX];
    int count;
} yj_asking;

void yj_asking_init(yj_asking *x);
void yj_asking_done(yj_asking *x);
/** Bind one more, at most YJ_ASKING_BINDS_MAX. @return its number, for "?%d" */
int yj_ask_number(yj_asking *x, int64_t n);
int yj_ask_text(yj_asking *x, const char *s);
/** Add that a text is contained in words of table `of` of the statement (see yj_words_sql()), ASCII letters
 *  large or small. @param text NULL or "": nothing is added */
yj_status yj_ask_words(yj_asking *x, const char *of, const char *text, yj_error *err) yj_nodiscard;
/** Prepare it and bind everything. @param ret yj_stmt_done() */
yj_status yj_ask_prepare(yj_db *db, const yj_asking *x, yj_stmt **ret, yj_error *err) yj_nodiscard;

#endif
