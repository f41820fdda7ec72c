// SPDX-License-Identifier: Apache-2.0
/* Who may be told: persons of an institution, and who is named in a record. */
#include "notice/news_internal.h"

#include "store/kind_table.h"
#include <stdio.h>

#define SQL_BYTES 1400

static uint64_t role_bit(const yj_catalog *c, yj_span role)
{
    const yj_field *f = &c->kinds[c->access.person].fields[c->access.roles];
    const yj_option *o = yj_field_option(f, role);
    return o ? UINT64_C(1) << (o - f->options) : 0;
}

static void people_sql(const yj_catalog *c, char *sql, size_t cap)
{
    const yj_kind *k = &c->kinds[c->access.person];
    const yj_field *f = &k->fields[c->access.roles];
    char join[300] = "", role[64];
    snprintf(role, sizeof role, "%s%s", f->list ? "l.value" : "p.f_", f->list ? "" : f->name);
    if (f->list)
        snprintf(join, sizeof join,
                 " LEFT JOIN l_%s_%s l ON l.inst = p.inst AND l.id = p.id AND l.batch = p.batch", k->name,
                 f->name);
    snprintf(sql, cap,
             "SELECT p.id, %s, p.f_%s FROM r_%s p%s WHERE p.inst = ?1 AND p.state = ?2 AND p.erased = 0 "
             "AND " YJ_SQL_VISIBLE("p") " ORDER BY 1",
             role, k->fields[c->notices.mail].name, k->name, join);
}

yj_status yj_audience_read(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *a, yj_audience *ret,
                           yj_error *err)
{
    char sql[SQL_BYTES];
    yj_hearer *rows = NULL;
    size_t count = 0, cap = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    people_sql(c, sql, sizeof sql);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, c->kinds[c->access.person].states[c->access.person_state].id);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span id = yj_col_text(st, 0);
        if (!count || !yj_span_is(id, rows[count - 1].id)) {
            if (count == cap) {
                yj_hearer *more = yj_arena_array(a, cap = cap ? cap * 2 : 32, sizeof *more);
                YJ_TRY(yj_arena_status(a, err));
                for (size_t i = 0; i < count; i++)
                    more[i] = rows[i];
                rows = more;
            }
            rows[count++] =
                (yj_hearer){ .id = yj_arena_strndup(a, id.ptr, id.len), .mail = yj_col_text(st, 2).len > 0 };
        }
        rows[count - 1].roles |= role_bit(c, yj_col_text(st, 1));
    }
    *ret = (yj_audience){ rows, count };
    return yj_arena_status(a, err);
}

const yj_hearer *yj_audience_find(const yj_audience *all, yj_span id)
{
    for (size_t low = 0, high = all->count; low < high;) {
        size_t at = low + (high - low) / 2;
        size_t len = strlen(all->rows[at].id), n = len < id.len ? len : id.len;
        int c = n ? memcmp(all->rows[at].id, id.ptr, n) : 0;
        if (c == 0 && len == id.len)
            return &all->rows[at];
        if (c < 0 || (c == 0 && len < id.len))
            low = at + 1;
        else
            high = at;
    }
    return NULL;
}

yj_status yj_named_in(yj_db *db, const yj_kind *k, int64_t inst, const char *id, const yj_field *f,
                      yj_named_fn fn, void *ctx, yj_error *err)
{
    char sql[SQL_BYTES];
    if (f->list)
        snprintf(
            sql, sizeof sql,
            "SELECT l.value FROM r_%s r JOIN l_%s_%s l ON l.inst = r.inst AND l.id = r.id AND l.batch = "
            "r.batch WHERE r.inst = ?1 AND r.id = ?2 AND r.erased = 0 AND " YJ_SQL_VISIBLE("r") " ORDER "
                                                                                                "BY l.ord",
            k->name, k->name, f->name);
    else
        snprintf(sql, sizeof sql,
                 "SELECT r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND r.f_%s IS NOT NULL AND "
                 "r.erased = 0 AND " YJ_SQL_VISIBLE("r"),
                 f->name, k->name, f->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(fn(ctx, yj_col_text(st, 0), err));
    }
}
