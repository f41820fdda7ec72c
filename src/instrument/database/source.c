// SPDX-License-Identifier: Apache-2.0
#include "instrument/database/source.h"
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)256 << 20) /* ten thousand tables of some hundred columns */
#define SQL_BYTES ((size_t)1 << 20)

static int by_name(const void *a, const void *b)
{
    return strcmp(((const yj_db_table *)a)->name, ((const yj_db_table *)b)->name);
}

yj_status yj_source_open(const char *url, const char *password_file, yj_source **ret, yj_error *err)
{
    static const yj_source_driver *const drivers[] = { &yj_source_sqlite, &yj_source_postgres,
                                                       &yj_source_mysql };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ARENA_BYTES);
    yj_db_url u;
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_url_parse(url, arena, &u, err));
    yj_auto(yj_source_closep) yj_source *s = yj_arena_new_of(arena, yj_source);
    *s = (yj_source){ .driver = drivers[u.engine], .engine = u.engine, .arena = yj_take(arena) };
    YJ_TRY(s->driver->open(s, &u, password_file, err));
    YJ_TRY(s->driver->tables(s, err));
    YJ_TRY(yj_arena_status(s->arena, err));
    if (s->tables > 0)
        qsort(s->table, s->tables, sizeof *s->table, by_name);
    *ret = yj_take(s);
    return YJ_OK;
}

void yj_source_close(yj_source *s)
{
    if (!s)
        return;
    s->driver->close(s);
    yj_arena_free(s->arena); /* the source lies in it */
}

yj_status yj_source_start(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                          const size_t *order, size_t orders, const yj_key_range *r, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf sql;
    yj_buf_init(&sql, SQL_BYTES);
    yj_buf_str(&sql, "SELECT ");
    for (size_t i = 0; i < columns; i++) {
        yj_buf_str(&sql, i ? ", " : "");
        s->driver->column(&t->column[column[i]], &sql);
    }
    yj_buf_fmt(&sql, " FROM %s", t->sql);
    if (r && (r->after || r->until)) {
        const yj_db_column *key = &t->column[order[0]];
        yj_buf_str(&sql, " WHERE ");
        if (r->after)
            s->driver->bound(key, ">", r->after, &sql);
        yj_buf_str(&sql, r->after && r->until ? " AND " : "");
        if (r->until)
            s->driver->bound(key, "<=", r->until, &sql);
    }
    for (size_t i = 0; i < orders; i++) {
        yj_buf_str(&sql, i ? ", " : " ORDER BY ");
        s->driver->order(&t->column[order[i]], &sql);
    }
    YJ_TRY(yj_buf_status(&sql, err));
    s->ranged = r != NULL;
    s->reading = t;
    s->reading_column = column;
    s->reading_columns = columns;
    return s->driver->start(s, t, column, columns, yj_buf_view(&sql), err);
}

yj_status yj_source_start_head(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                               const yj_head *h, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf sql;
    yj_buf_init(&sql, SQL_BYTES);
    yj_buf_str(&sql, "SELECT ");
    for (size_t i = 0; i < columns; i++) {
        yj_buf_str(&sql, i ? ", " : "");
        s->driver->head(&t->column[column[i]], h->chars, &sql);
    }
    yj_buf_fmt(&sql, " FROM %s", t->sql);
    if (h->percent > 0 && s->driver->sample)
        s->driver->sample(h, &sql);
    YJ_TRY(yj_buf_status(&sql, err));
    s->ranged = false;
    s->reading = t;
    s->reading_column = column;
    s->reading_columns = columns;
    yj_status st = s->driver->start(s, t, column, columns, yj_buf_view(&sql), err);
    if (st != YJ_OK)
        s->reading = NULL;
    return st;
}

void yj_source_stop(yj_source *s)
{
    if (s->reading)
        s->driver->stop(s);
    s->reading = NULL;
}

/* --- questions -------------------------------------------------------------------------------- */

void yj_sql_answer_value(yj_sql_answer *a, const char *ptr, size_t len)
{
    char border[32] = "-";
    bool is_first = a->rows == 0 && a->columns == 0;
    if (a->rows == 0)
        a->columns++;
    if (is_first) {
        a->null = !ptr || len > YJ_SQL_FIRST_MAX; /* cut off it equals nothing */
        yj_buf_add(&a->first, ptr ? ptr : "", len < YJ_SQL_FIRST_MAX ? len : YJ_SQL_FIRST_MAX);
    }
    if (ptr)
        snprintf(border, sizeof border, "%zu:", len);
    yj_hasher_add(a->h, border, strlen(border));
    if (ptr && len > 0)
        yj_hasher_add(a->h, ptr, len);
}

yj_status yj_sql_answer_row(yj_sql_answer *a, yj_error *err)
{
    yj_hasher_add(a->h, "\n", 1);
    return ++a->rows <= YJ_SQL_ROWS_MAX
               ? YJ_OK
               : yj_fail(err, YJ_E_LIMIT, "more than %d rows in an answer", YJ_SQL_ROWS_MAX);
}

yj_status yj_source_ask(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err)
{
    ret->null = true;
    yj_status st = s->driver->question(s, sql, ret, err);
    if (st != YJ_OK)
        yj_ignore(s->driver->recover(s, NULL));
    return st;
}
