// SPDX-License-Identifier: Apache-2.0
#include "rule/internal.h"
#include <assert.h>

/** SELECT id, state and the scalar fields asked for. @param places 0: all of the kind */
static yj_status rows_sql(const yj_kind *k, const yj_subjects *s, size_t places, yj_arena *arena,
                          const char **ret, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, 65536);
    yj_buf_str(&b, "SELECT a.id, a.state");
    for (size_t i = 0; i < s->field_count; i++)
        if (!k->fields[s->fields[i]].list)
            yj_buf_fmt(&b, ", a.f_%s", k->fields[s->fields[i]].name);
    yj_buf_fmt(&b, " FROM r_%s a WHERE a.inst = ?1 AND " YJ_SQL_SEEN("a"), k->name);
    if (places == 1)
        yj_buf_str(&b, " AND a.id = ?2");
    if (places > 1) {
        yj_buf_str(&b, " AND a.id IN ");
        yj_sql_places(&b, 2, places);
    }
    return yj_sql_finish(&b, arena, ret, err);
}

yj_status yj_subject_add_value(yj_arena *arena, yj_subject_values *v, yj_span text, yj_error *err)
{
    const char **grown = yj_arena_array(arena, v->count + 1, sizeof *grown);
    const char *copy = yj_arena_strndup(arena, text.ptr, text.len);
    YJ_TRY(yj_arena_status(arena, err));
    if (v->count)
        memcpy(grown, v->v, v->count * sizeof *grown);
    grown[v->count] = copy;
    v->v = grown;
    v->count++;
    return YJ_OK;
}

yj_status yj_subject_add(yj_subjects *s, yj_span id, struct yj_subject_row **ret, yj_error *err)
{
    yj_arena *arena = s->ids.arena;
    size_t at;
    YJ_TRY(yj_idset_add(&s->ids, id, &at, err));
    if (at >= s->row_cap) {
        size_t cap = s->row_cap ? 2 * s->row_cap : 16;
        struct yj_subject_row *rows = yj_arena_array(arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(arena, err));
        if (at)
            memcpy(rows, s->rows, at * sizeof *rows);
        s->rows = rows;
        s->row_cap = cap;
    }
    yj_subject_values *values = yj_arena_array(arena, s->field_count, sizeof *values);
    YJ_TRY(yj_arena_status(arena, err));
    s->rows[at] = (struct yj_subject_row){ -1, values };
    *ret = &s->rows[at];
    return YJ_OK;
}

static yj_status add_row(yj_stmt *st, const yj_kind *k, yj_subjects *s, yj_error *err)
{
    struct yj_subject_row *row;
    YJ_TRY(yj_subject_add(s, yj_col_text(st, 0), &row, err));
    row->state = yj_kind_state(k, yj_col_text(st, 1));
    int col = 2;
    for (size_t i = 0; i < s->field_count; i++) {
        if (k->fields[s->fields[i]].list)
            continue;
        if (!yj_col_null(st, col))
            YJ_TRY(yj_subject_add_value(s->ids.arena, &row->values[i], yj_col_text(st, col), err));
        col++;
    }
    return YJ_OK;
}

static yj_status read_rows(yj_stmt *st, const yj_kind *k, yj_subjects *s, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(add_row(st, k, s, err));
    }
}

static yj_status load_wanted(yj_db *db, int64_t inst, const yj_kind *k, const yj_idset *wanted,
                             yj_subjects *s, yj_error *err)
{
    for (size_t at = 0; at < wanted->count;) {
        size_t n = wanted->count - at < YJ_IN_CHUNK ? wanted->count - at : YJ_IN_CHUNK;
        const char *sql;
        YJ_TRY(rows_sql(k, s, n == 1 ? 1 : YJ_IN_CHUNK, s->ids.arena, &sql, err));
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        if (n == 1)
            yj_bind_cstr(st, 2, wanted->ids[at]);
        else
            yj_bind_ids(st, 2, wanted->ids + at, n);
        YJ_TRY(read_rows(st, k, s, err));
        at += n;
    }
    return YJ_OK;
}

static yj_status load_all(yj_db *db, int64_t inst, const yj_kind *k, yj_subjects *s, yj_error *err)
{
    const char *sql;
    YJ_TRY(rows_sql(k, s, 0, s->ids.arena, &sql, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    return read_rows(st, k, s, err);
}

/** The items of one list field: of all subjects, or of one. */
static yj_status load_list(yj_db *db, int64_t inst, const yj_kind *k, size_t field, const char *only,
                           yj_subjects *s, yj_error *err)
{
    const char *name = k->fields[s->fields[field]].name;
    const char *sql =
        yj_arena_fmt(s->ids.arena,
                     "SELECT l.id, l.value FROM l_%s_%s l JOIN r_%s a ON a.inst = l.inst AND a.id = l.id AND "
                     "a.batch = l.batch WHERE l.inst = ?1%s AND " YJ_SQL_SEEN("a"),
                     k->name, name, k->name, only ? " AND l.id = ?2" : "");
    YJ_TRY(yj_arena_status(s->ids.arena, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    if (only)
        yj_bind_cstr(st, 2, only);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        size_t at = yj_idset_find(&s->ids, yj_col_text(st, 0));
        assert(at == YJ_IDSET_NONE || s->rows); /* each id has its row */
        if (at != YJ_IDSET_NONE)
            YJ_TRY(yj_subject_add_value(s->ids.arena, &s->rows[at].values[field], yj_col_text(st, 1), err));
    }
}

yj_status yj_subjects_load(yj_db *db, const yj_catalog *c, int64_t inst, int kind, const int *fields,
                           size_t field_count, const yj_idset *wanted, yj_arena *arena, yj_subjects *ret,
                           yj_error *err)
{
    const yj_kind *k = &c->kinds[kind];
    yj_subjects s = { .kind = kind, .fields = fields, .field_count = field_count, .ids = { .arena = arena } };
    if (wanted)
        YJ_TRY(load_wanted(db, inst, k, wanted, &s, err));
    else
        YJ_TRY(load_all(db, inst, k, &s, err));
    for (size_t i = 0; i < field_count; i++) {
        if (!k->fields[fields[i]].list)
            continue;
        if (!wanted)
            YJ_TRY(load_list(db, inst, k, i, NULL, &s, err));
        for (size_t j = 0; wanted && j < s.ids.count; j++)
            YJ_TRY(load_list(db, inst, k, i, s.ids.ids[j], &s, err));
    }
    *ret = s;
    return YJ_OK;
}

/** Truth values are 0 and 1 in the tables, true and false in packs. */
static bool same_value(const yj_field *f, const char *stored, const char *named)
{
    if (f->type == YJ_T_BOOL && strcmp(named, strcmp(stored, "1") == 0 ? "true" : "false") == 0)
        return true;
    return strcmp(stored, named) == 0;
}

static bool holds(const yj_field *f, const yj_when *w, const yj_subject_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        for (size_t j = 0; j < w->value_count; j++)
            if (same_value(f, values->v[i], w->values[j]))
                return true;
    return false;
}

const char *yj_applies_not(const yj_catalog *c, const yj_requirement *r, const yj_subjects *s, size_t subject,
                           int *ret_field)
{
    const yj_kind *k = &c->kinds[s->kind];
    const struct yj_subject_row *row = &s->rows[subject];
    *ret_field = -1;
    for (size_t i = 0; i < r->when_count; i++)
        for (size_t j = 0; j < s->field_count; j++)
            if (s->fields[j] == r->when[i].field &&
                !holds(&k->fields[s->fields[j]], &r->when[i], &row->values[j])) {
                *ret_field = s->fields[j];
                return ".other";
            }
    if (row->state < 0)
        return NULL;
    const yj_state *state = &k->states[row->state];
    if (state->stage >= 0 && r->stage >= 0 && state->stage < r->stage)
        return ".not_yet";
    return state->final ? ".over" : NULL;
}
