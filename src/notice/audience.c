// SPDX-License-Identifier: Apache-2.0
/* Who may be told: persons of an institution, and who is named in a record. */
#include "notice/news_internal.h"

#include "access/role.h"
#include "store/kind_table.h"
#include <stdio.h>

#define SQL_BYTES 1400

static void people_sql(const yj_catalog *c, char *sql, size_t cap)
{
    const yj_kind *k = &c->kinds[c->access.person];
    char join[YJ_ROLES_JOIN_BYTES], role[YJ_ROLES_COLUMN_BYTES];
    yj_roles_source(c, join, role);
    snprintf(sql, cap,
             "SELECT p.id, %s, p.f_%s FROM r_%s p%s WHERE p.inst = ?1 AND p.state = ?2 AND p.erased = 0 "
             "AND " YJ_SQL_VISIBLE("p") " ORDER BY 1",
             role, k->fields[c->notices.mail].name, k->name, join);
}

static yj_status read_people(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *a, yj_hearer **ret_rows,
                             yj_audience *ret, yj_error *err)
{
    char sql[SQL_BYTES];
    yj_hearer *rows = NULL;
    size_t count = 0, cap = 0;
    uint64_t here = 0;
    YJ_TRY(yj_roles_here(db, c, inst, &here, err));
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
        rows[count - 1].roles |= yj_role_bit(c, yj_col_text(st, 1)) & here;
    }
    *ret_rows = rows;
    *ret = (yj_audience){ .rows = rows, .count = count };
    return yj_arena_status(a, err);
}

/* --- deputies ---------------------------------------------------------------------------------------------
 */

static void deputies_sql(const yj_catalog *c, char *sql, size_t cap)
{
    const yj_access *x = &c->access;
    const yj_kind *d = &c->kinds[x->delegation];
    const char *since = d->fields[x->since].name, *until = d->fields[x->until].name;
    snprintf(sql, cap,
             "SELECT DISTINCT d.f_%s, d.f_%s FROM r_%s d WHERE d.inst = ?1 AND d.state = ?2 AND d.erased = 0 "
             "AND " YJ_SQL_VISIBLE("d") " AND (d.f_%s IS NULL OR d.f_%s <= ?3) AND (d.f_%s IS NULL OR d.f_%s "
                                        ">= ?3) ORDER BY 1, 2",
             d->fields[x->to].name, d->fields[x->from].name, d->name, since, since, until, until);
}

/* Those of whom both are in the list. */
static yj_status read_deputies(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, yj_arena *a,
                               yj_audience *ret, yj_error *err)
{
    char sql[SQL_BYTES];
    yj_deputy *rows = NULL;
    size_t count = 0, cap = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    deputies_sql(c, sql, sizeof sql);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, c->kinds[c->access.delegation].states[c->access.delegation_state].id);
    yj_bind_cstr(st, 3, today);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        const yj_hearer *to = yj_audience_find(ret, yj_col_text(st, 0));
        const yj_hearer *from = yj_audience_find(ret, yj_col_text(st, 1));
        if (!to || !from || to == from)
            continue;
        if (count == cap) {
            yj_deputy *more = yj_arena_array(a, cap = cap ? cap * 2 : 16, sizeof *more);
            YJ_TRY(yj_arena_status(a, err));
            for (size_t i = 0; i < count; i++)
                more[i] = rows[i];
            rows = more;
        }
        rows[count++] = (yj_deputy){ to->id, from->id };
    }
    ret->deputies = rows;
    ret->deputy_count = count;
    return YJ_OK;
}

/* The same, with each of them; the deputies stand in the order of the rows. */
static yj_status give_stand_ins(yj_arena *a, yj_audience *ret, yj_hearer *rows, yj_error *err)
{
    yj_stand_in *all = yj_arena_array(a, ret->deputy_count + 1, sizeof *all);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0, at = 0; i < ret->count; i++) {
        const size_t from = at;
        while (at < ret->deputy_count && ret->deputies[at].id == rows[i].id) {
            const yj_hearer *p = yj_audience_find(ret, yj_span_of(ret->deputies[at].for_whom));
            all[at++] = (yj_stand_in){ .id = p->id, .name = "", .roles = p->roles };
        }
        rows[i].for_whom = all + from;
        rows[i].for_count = at - from;
    }
    return YJ_OK;
}

yj_status yj_audience_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *today, yj_arena *a,
                           yj_audience *ret, yj_error *err)
{
    yj_hearer *rows = NULL;
    YJ_TRY(read_people(db, c, inst, a, &rows, ret, err));
    if (c->access.delegation < 0)
        return YJ_OK;
    YJ_TRY(read_deputies(db, c, inst, today, a, ret, err));
    return give_stand_ins(a, ret, rows, err);
}

/* --- finding ----------------------------------------------------------------------------------------------
 */

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
