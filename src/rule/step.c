// SPDX-License-Identifier: Apache-2.0
#include "rule/internal.h"

void yj_sql_places(yj_buf *b, int first, size_t count)
{
    yj_buf_char(b, '(');
    for (size_t i = 0; i < count; i++)
        yj_buf_fmt(b, "%s?%d", i ? ", " : "", first + (int)i);
    yj_buf_char(b, ')');
}

void yj_bind_ids(yj_stmt *st, int first, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < YJ_IN_CHUNK; i++)
        yj_bind_cstr(st, first + (int)i, i < count ? ids[i] : NULL);
}

void yj_bind_id_keys(yj_stmt *st, int first, yj_id_key keys[static YJ_IN_CHUNK], const char *const *ids,
                     size_t count)
{
    for (size_t i = 0; i < YJ_IN_CHUNK; i++) {
        if (i >= count) {
            yj_bind_null(st, first + (int)i);
            continue;
        }
        yj_id_key_of(yj_span_of(ids[i]), &keys[i]);
        yj_bind_id_key(st, first + (int)i, &keys[i]);
    }
}

yj_status yj_sql_finish(yj_buf *b, yj_arena *arena, const char **ret, yj_error *err)
{
    yj_status s = yj_buf_status(b, err);
    if (s == YJ_OK) {
        *ret = yj_arena_strndup(arena, b->ptr, b->len);
        s = yj_arena_status(arena, err);
    }
    yj_buf_done(b);
    return s;
}

/** What is found, from which tables, and the column that holds the ids one comes from. Alias `a` is the
 * record that holds the reference, `l` its list. */
const char *yj_step_sql(const yj_catalog *c, int from, const yj_step *step, bool many, yj_arena *arena)
{
    int owner = step->back ? step->kind : from;
    const char *kind = c->kinds[owner].name, *field = c->kinds[owner].fields[step->field].name;
    const char *found, *known, *tables;
    if (step->list) {
        found = step->back ? "l.id" : "l.value";
        known = step->back ? "l.value" : "l.id";
        tables =
            yj_arena_fmt(arena,
                         "l_%s_%s l JOIN r_%s a ON a.inst = l.inst AND a.id = l.id AND a.batch = l.batch "
                         "WHERE l.inst = ?1",
                         kind, field, kind);
    } else {
        found = step->back ? "a.id" : yj_arena_fmt(arena, "a.f_%s", field);
        known = step->back ? yj_arena_fmt(arena, "a.f_%s", field) : "a.id";
        tables = yj_arena_fmt(arena, "r_%s a WHERE a.inst = ?1", kind);
    }
    yj_buf places;
    yj_buf_init(&places, 1024);
    if (many)
        yj_sql_places(&places, 2, YJ_IN_CHUNK);
    const char *sql =
        yj_arena_fmt(arena, "SELECT %s FROM %s AND %s %s %s AND %s IS NOT NULL AND " YJ_SQL_VISIBLE("a"),
                     found, tables, known, many ? "IN" : "=", many && places.ptr ? places.ptr : "?2", found);
    yj_buf_done(&places);
    return sql;
}

static yj_status collect(yj_stmt *st, size_t max, yj_idset *out, bool *ret_full, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(yj_idset_add(out, yj_col_text(st, 0), NULL, err));
        if (out->count >= max) {
            *ret_full = true;
            return YJ_OK;
        }
    }
}

yj_status yj_step_run(yj_db *db, const char *sql_one, const char *sql_many, int64_t inst,
                      const char *const *ids, size_t count, size_t max, yj_idset *out, bool *ret_full,
                      yj_error *err)
{
    *ret_full = false;
    for (size_t at = 0; at < count && !*ret_full;) {
        size_t n = count - at < YJ_IN_CHUNK ? count - at : YJ_IN_CHUNK;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, n == 1 ? sql_one : sql_many, &st, err));
        yj_bind_i64(st, 1, inst);
        if (n == 1)
            yj_bind_cstr(st, 2, ids[at]);
        else
            yj_bind_ids(st, 2, ids + at, n);
        YJ_TRY(collect(st, max, out, ret_full, err));
        at += n;
    }
    return YJ_OK;
}
