// SPDX-License-Identifier: Apache-2.0
#include "record/asking.h"

#include "record/internal.h"
#include <assert.h>

#define SQL_MAX ((size_t)16384)
#define WORDS_MAX ((size_t)65536)

void yj_asking_init(yj_asking *x)
{
    *x = (yj_asking){ .count = 0 };
    yj_buf_init(&x->sql, SQL_MAX);
}

void yj_asking_done(yj_asking *x)
{
    yj_buf_done(&x->sql);
    yj_arena_free(x->a);
    x->a = NULL;
}

int yj_ask_number(yj_asking *x, int64_t n)
{
    assert(x->count < YJ_ASKING_BINDS_MAX);
    x->bind[x->count].is_number = true;
    x->bind[x->count].n = n;
    return ++x->count;
}

int yj_ask_text(yj_asking *x, const char *s)
{
    assert(x->count < YJ_ASKING_BINDS_MAX);
    x->bind[x->count].is_number = false;
    x->bind[x->count].s = s;
    return ++x->count;
}

yj_status yj_ask_words(yj_asking *x, const char *of, const char *text, yj_error *err)
{
    if (!text || !text[0])
        return YJ_OK;
    if (!x->a)
        x->a = yj_arena_new(WORDS_MAX);
    if (!x->a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_buf_fmt(&x->sql, " AND lower(%s.words) LIKE lower(?%d) ESCAPE '!'", of,
               yj_ask_text(x, yj_like_pattern(x->a, text)));
    return yj_arena_status(x->a, err);
}

yj_status yj_ask_prepare(yj_db *db, const yj_asking *x, yj_stmt **ret, yj_error *err)
{
    YJ_TRY(yj_buf_status(&x->sql, err));
    YJ_TRY(yj_db_prepare_made(db, x->sql.ptr, ret, err));
    for (int i = 0; i < x->count; i++) {
        if (x->bind[i].is_number)
            yj_bind_i64(*ret, i + 1, x->bind[i].n);
        else
            yj_bind_cstr(*ret, i + 1, x->bind[i].s);
    }
    return YJ_OK;
}
