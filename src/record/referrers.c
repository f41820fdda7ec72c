// SPDX-License-Identifier: Apache-2.0
/* Which records refer to a record, through whatever field: a statement for each kind that has such fields. */
#include "base/json.h"
#include "record/internal.h"
#include "record/read.h"

#define SEEN "r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r")

typedef struct asking {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    const yj_kind *to;
    const char *id;
    yj_lang lang;
    size_t left; /* to be listed */
    int64_t total;
    yj_jw w;
} asking;

/* Does the field refer to records of the kind, or may it? */
static bool may_refer(const yj_field *f, const yj_kind *to)
{
    return f->kind_from >= 0 || (f->type == YJ_T_REF && f->ref_kind == to->index);
}

/* What of the row its name is made of, or NULL where that is its key. */
static const yj_field *named_by(const yj_kind *k)
{
    const yj_field *f = &k->fields[k->name_field];
    return f->type == YJ_T_REF || f->list ? NULL : f;
}

/* Rows of one field: id, state, field, name or key, whether it has none. A list may hold the same record
 * twice. */
static void field_sql(const yj_kind *k, size_t field, yj_buf *b)
{
    const yj_field *f = &k->fields[field], *name = named_by(k);
    char by[64];
    snprintf(by, sizeof by, "%s%s", name ? "r.f_" : "r.nkey", name ? name->name : "");
    yj_buf_fmt(b,
               "SELECT r.id AS id, r.state AS state, %zu AS field, %s AS name, CASE WHEN %s IS NULL THEN 1 "
               "ELSE 0 END AS bare FROM r_%s r WHERE r.inst = ?1 AND " SEEN,
               field, by, by, k->name);
    if (f->list)
        yj_buf_fmt(b,
                   " AND EXISTS (SELECT 1 FROM l_%s_%s l WHERE l.inst = r.inst AND l.id = r.id AND l.batch = "
                   "r.batch AND l.value = ?2)",
                   k->name, f->name);
    else
        yj_buf_fmt(b, " AND r.f_%s = ?2", f->name);
    if (f->kind_from >= 0)
        yj_buf_fmt(b, " AND r.f_%s = ?3", k->fields[f->kind_from].name);
}

/* False if no field of the kind refers to what is asked about. */
static bool rows_sql(const yj_kind *k, const yj_kind *to, yj_buf *b, bool *ret_told)
{
    bool any = false;
    *ret_told = false;
    for (size_t i = 0; i < k->field_count; i++) {
        if (!may_refer(&k->fields[i], to))
            continue;
        yj_buf_str(b, any ? " UNION ALL " : "");
        field_sql(k, i, b);
        any = true;
        *ret_told |= k->fields[i].kind_from >= 0;
    }
    return any;
}

static yj_status prepare(const asking *a, const yj_kind *k, const char *before, yj_span rows, bool told,
                         const char *after, yj_stmt **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 1u << 20);
    yj_buf_str(&b, before);
    yj_buf_span(&b, rows);
    yj_buf_str(&b, after);
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(a->db, b.ptr, ret, err));
    yj_bind_i64(*ret, 1, k->installation ? 0 : a->inst);
    yj_bind_cstr(*ret, 2, a->id);
    if (told)
        yj_bind_cstr(*ret, 3, a->to->name);
    return YJ_OK;
}

static yj_status write_row(asking *a, const yj_kind *k, yj_stmt *st, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    yj_span at = yj_col_text(st, 0);
    snprintf(id, sizeof id, "%.*s", (int)at.len, at.ptr);
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_record_name(a->db, a->c, k->installation ? 0 : a->inst, k, id, a->lang, &name, err));
    yj_jw_object(&a->w);
    yj_jw_kstr(&a->w, "kind", k->name);
    yj_jw_kstr(&a->w, "id", id);
    yj_jw_kspan(&a->w, "name", yj_buf_view(&name));
    yj_jw_kspan(&a->w, "state", yj_col_text(st, 1));
    yj_jw_kstr(&a->w, "field", k->fields[yj_col_i64(st, 2)].name);
    yj_jw_end_object(&a->w);
    return YJ_OK;
}

static yj_status ask_kind(asking *a, const yj_kind *k, yj_span rows, bool told, yj_error *err)
{
    bool row = false;
    yj_auto(yj_stmt_donep) yj_stmt *count = NULL;
    YJ_TRY(prepare(a, k, "SELECT count(*) FROM (", rows, told, ") x", &count, err));
    YJ_TRY(yj_stmt_step(count, &row, err));
    int64_t n = row ? yj_col_i64(count, 0) : 0;
    a->total += n;
    if (n == 0 || a->left == 0)
        return YJ_OK;
    char order[80];
    snprintf(order, sizeof order, " ORDER BY bare, name, id, field LIMIT %zu", a->left);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(prepare(a, k, "", rows, told, order, &st, err));
    for (;;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(write_row(a, k, st, err));
        a->left--;
    }
}

yj_status yj_record_referrers(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                              size_t limit, yj_lang lang, yj_buf *out, yj_error *err)
{
    asking a = { .db = db, .c = c, .inst = inst, .to = k, .id = id, .lang = lang, .left = limit };
    yj_jw_init(&a.w, out);
    yj_jw_object(&a.w);
    yj_jw_key(&a.w, "items");
    yj_jw_array(&a.w);
    for (size_t i = 0; i < c->kind_count; i++) {
        bool told;
        yj_auto(yj_buf_done) yj_buf rows;
        yj_buf_init(&rows, 1u << 20);
        if (!rows_sql(&c->kinds[i], k, &rows, &told))
            continue;
        YJ_TRY(yj_buf_status(&rows, err));
        YJ_TRY(ask_kind(&a, &c->kinds[i], yj_buf_view(&rows), told, err));
    }
    yj_jw_end_array(&a.w);
    yj_jw_ki64(&a.w, "total", a.total);
    yj_jw_end_object(&a.w);
    return yj_buf_status(out, err);
}

/* --- what may prove something ---------------------------------------------------------------- */

typedef struct id_list {
    yj_arena *arena;
    const char **ids;
    size_t count, cap;
} id_list;

static yj_status add_id(id_list *l, yj_span id, yj_error *err)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        const char **more = yj_arena_array(l->arena, cap, sizeof *more);
        YJ_TRY(yj_arena_status(l->arena, err));
        if (l->count)
            memcpy(more, l->ids, l->count * sizeof *more);
        l->ids = more;
        l->cap = cap;
    }
    l->ids[l->count++] = yj_arena_strndup(l->arena, id.ptr, id.len);
    return yj_arena_status(l->arena, err);
}

static yj_status add_kind(const asking *a, const yj_kind *k, id_list *l, yj_error *err)
{
    bool told;
    yj_auto(yj_buf_done) yj_buf rows;
    yj_buf_init(&rows, 1u << 20);
    if (!rows_sql(k, a->to, &rows, &told))
        return YJ_OK;
    YJ_TRY(yj_buf_status(&rows, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(prepare(a, k, "SELECT DISTINCT id FROM (", yj_buf_view(&rows), told, ") x", &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(add_id(l, yj_col_text(st, 0), err));
    }
}

yj_status yj_resting_on(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        yj_arena *arena, const char *const **ret, size_t *ret_count, yj_error *err)
{
    const asking a = { .db = db, .c = c, .inst = inst, .to = k, .id = id };
    id_list l = { .arena = arena };
    YJ_TRY(add_id(&l, yj_span_of(id), err));
    for (size_t i = 0; i < c->kind_count; i++)
        YJ_TRY(add_kind(&a, &c->kinds[i], &l, err));
    *ret = l.ids;
    *ret_count = l.count;
    return YJ_OK;
}
