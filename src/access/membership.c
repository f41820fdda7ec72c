// SPDX-License-Identifier: Apache-2.0
#include "access/membership.h"

#include "store/kind_table.h"
#include <stdio.h>

#define SQL_BYTES 1200

/* One row for each person of the account that has had a membership: is one in force? */
static yj_status prepare(yj_db *db, const yj_catalog *c, const char *account, const yj_date *today,
                         yj_stmt **ret, yj_error *err)
{
    const yj_access *x = &c->access;
    const yj_kind *k = &c->kinds[x->membership];
    const char *who = k->fields[x->member].name, *since = k->fields[x->member_since].name,
               *until = k->fields[x->member_until].name;
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "SELECT p.inst, p.person, max(CASE WHEN m.state = ?2 AND (m.f_%s IS NULL OR m.f_%s <= ?3) AND "
             "(m.f_%s IS NULL OR m.f_%s >= ?3) THEN 1 ELSE 0 END) FROM account_person p JOIN r_%s m ON "
             "m.inst = p.inst AND m.f_%s = p.person WHERE p.account = ?1 AND m.state <> ?4 AND m.erased = 0 "
             "AND " YJ_SQL_VISIBLE("m") " GROUP BY p.inst, p.person",
             since, since, until, until, k->name, who);
    YJ_TRY(yj_db_prepare_made(db, sql, ret, err));
    yj_bind_cstr(*ret, 1, account);
    yj_bind_cstr(*ret, 2, k->states[x->membership_state].id);
    yj_bind_cstr(*ret, 3, today->s);
    yj_bind_cstr(*ret, 4, k->states[k->state_count - 1].id); /* the last one is always "withdrawn" */
    return YJ_OK;
}

static size_t index_of(const yj_account_person *list, size_t count, int64_t inst, yj_span person)
{
    size_t i = 0;
    while (i < count && (list[i].inst != inst || !yj_span_is(person, list[i].person)))
        i++;
    return i;
}

static yj_status find_lapsed(yj_db *db, const yj_catalog *c, const char *account,
                             const yj_account_person *persons, size_t count, const yj_date *today,
                             bool *lapsed, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(prepare(db, c, account, today, &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        size_t i = index_of(persons, count, yj_col_i64(st, 0), yj_col_text(st, 1));
        if (i < count)
            lapsed[i] = yj_col_i64(st, 2) == 0;
    }
}

yj_status yj_members_of(yj_db *db, const yj_catalog *c, const char *account, const yj_account_person *persons,
                        size_t count, const yj_date *today, yj_arena *a, yj_members *ret, yj_error *err)
{
    *ret = (yj_members){ .in_force = persons, .count = count };
    if (c->access.membership < 0 || !count)
        return YJ_OK;
    bool *lapsed = yj_arena_array(a, count, sizeof *lapsed);
    yj_account_person *in = yj_arena_array(a, count, sizeof *in),
                      *out = yj_arena_array(a, count, sizeof *out);
    YJ_TRY(yj_arena_status(a, err));
    YJ_TRY(find_lapsed(db, c, account, persons, count, today, lapsed, err));
    yj_members m = { .in_force = in, .lapsed = out };
    for (size_t i = 0; i < count; i++)
        if (lapsed[i])
            out[m.lapsed_count++] = persons[i];
        else
            in[m.count++] = persons[i];
    *ret = m;
    return YJ_OK;
}

/* --- mail -------------------------------------------------------------------------------------------------
 */

static yj_status has_lapsed(yj_db *db, const yj_catalog *c, int64_t inst, const char *person,
                            const yj_date *today, bool *ret, yj_error *err)
{
    const yj_access *x = &c->access;
    *ret = false;
    if (x->membership < 0)
        return YJ_OK;
    const yj_kind *k = &c->kinds[x->membership];
    const char *since = k->fields[x->member_since].name, *until = k->fields[x->member_until].name;
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "SELECT count(*), coalesce(max(CASE WHEN m.state = ?3 AND (m.f_%s IS NULL OR m.f_%s <= ?4) AND "
             "(m.f_%s IS NULL OR m.f_%s >= ?4) THEN 1 ELSE 0 END), 0) FROM r_%s m WHERE m.inst = ?1 AND "
             "m.f_%s = ?2 AND m.state <> ?5 AND m.erased = 0 AND " YJ_SQL_VISIBLE("m"),
             since, since, until, until, k->name, k->fields[x->member].name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    yj_bind_cstr(st, 3, k->states[x->membership_state].id);
    yj_bind_cstr(st, 4, today->s);
    yj_bind_cstr(st, 5, k->states[k->state_count - 1].id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0) > 0 && yj_col_i64(st, 1) == 0;
    return YJ_OK;
}

yj_status yj_member_reached(yj_db *db, const yj_catalog *c, int64_t inst, const char *person,
                            const yj_date *today, bool *ret, yj_error *err)
{
    bool lapsed = false, row = false;
    YJ_TRY(has_lapsed(db, c, inst, person, today, &lapsed, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT CASE WHEN EXISTS(SELECT 1 FROM account_person p JOIN account a ON a.id = "
                         "p.account WHERE p.inst = ?1 AND p.person = ?2 AND a.state = 'active') OR NOT "
                         "EXISTS(SELECT 1 FROM account_person o WHERE o.inst = ?1) THEN 1 ELSE 0 END",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, person);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = !lapsed && yj_col_i64(st, 0) != 0;
    return YJ_OK;
}
