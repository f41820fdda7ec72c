// SPDX-License-Identifier: Apache-2.0
/* Reading persons and records, as far as it matters for who may do what. */
#include "access/may.h"

#include "access/role.h"
#include "store/id_key.h"
#include "store/kind_table.h"
#include <stdio.h>

#define SQL_BYTES 1400

/* The name as a column of alias `a`: of what cannot be the name of a person, the id. */
static const char *name_column(const yj_kind *k)
{
    const yj_field *f = &k->fields[k->name_field];
    return f->type == YJ_T_REF || f->list ? NULL : f->name;
}

static yj_status prepare_person(yj_db *db, const yj_catalog *c, yj_stmt **ret, yj_error *err)
{
    const yj_kind *k = &c->kinds[c->access.person];
    const char *name = name_column(k);
    char sql[SQL_BYTES], join[YJ_ROLES_JOIN_BYTES], role[YJ_ROLES_COLUMN_BYTES];
    yj_roles_source(c, join, role);
    snprintf(sql, sizeof sql,
             "SELECT p.state, %s%s, %s FROM r_%s p%s WHERE p.inst = ?1 AND p.id = ?2 AND p.erased = 0 "
             "AND " YJ_SQL_VISIBLE("p"),
             name ? "p.f_" : "p.id", name ? name : "", role, k->name, join);
    return yj_db_prepare_made(db, sql, ret, err);
}

/* *ret_found false if the person is not recorded in that ledger. */
static yj_status read_person(yj_db *db, const yj_catalog *c, int64_t inst, yj_arena *a, yj_actor *ret,
                             bool *ret_found, yj_error *err)
{
    const yj_kind *k = &c->kinds[c->access.person];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(prepare_person(db, c, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, ret->id);
    for (*ret_found = false;; *ret_found = true) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        int state = yj_kind_state(k, yj_col_text(st, 0));
        yj_span name = yj_col_text(st, 1);
        ret->active = state == c->access.person_state;
        if (state >= 0)
            ret->state = k->states[state].label;
        if (!*ret_found)
            ret->name = yj_arena_strndup(a, name.ptr, name.len);
        uint64_t bit = yj_role_bit(c, yj_col_text(st, 2));
        ret->roles |= bit & ret->here;
        ret->idle |= bit & ~ret->here;
    }
}

/* For whom the person stands in today: active persons, by id. */
static yj_status read_delegations(yj_db *db, const yj_catalog *c, int64_t inst, const yj_date *today,
                                  yj_arena *a, yj_actor *ret, yj_error *err)
{
    const yj_access *x = &c->access;
    const yj_kind *d = &c->kinds[x->delegation], *k = &c->kinds[x->person];
    const char *name = name_column(k);
    char sql[SQL_BYTES], join[YJ_ROLES_JOIN_BYTES], role[YJ_ROLES_COLUMN_BYTES];
    yj_roles_source(c, join, role);
    snprintf(sql, sizeof sql,
             "SELECT p.id, %s, %s%s FROM r_%s d JOIN r_%s p ON p.inst = d.inst AND p.id = d.f_%s%s "
             "WHERE d.inst = ?1 AND d.f_%s = ?2 AND d.state = ?3 AND d.erased = 0 AND " YJ_SQL_VISIBLE(
                 "d") " AND (d.f_%s IS NULL OR d.f_%s <= ?4) AND (d.f_%s IS NULL OR d.f_%s >= ?4) "
                      "AND p.state = ?5 AND p.erased = 0 AND " YJ_SQL_VISIBLE("p") " ORDER BY 1",
             role, name ? "p.f_" : "p.id", name ? name : "", d->name, k->name, d->fields[x->from].name, join,
             d->fields[x->to].name, d->fields[x->since].name, d->fields[x->since].name,
             d->fields[x->until].name, d->fields[x->until].name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, ret->id);
    yj_bind_cstr(st, 3, d->states[x->delegation_state].id);
    yj_bind_cstr(st, 4, today->s);
    yj_bind_cstr(st, 5, k->states[x->person_state].id);
    yj_stand_in *rows = NULL;
    size_t count = 0, cap = 0;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span id = yj_col_text(st, 0);
        if (!count || !yj_span_is(id, rows[count - 1].id)) {
            if (count == cap) {
                yj_stand_in *more = yj_arena_array(a, cap = cap ? cap * 2 : 4, sizeof *more);
                for (size_t i = 0; i < count; i++)
                    more[i] = rows[i];
                rows = more;
                YJ_TRY(yj_arena_status(a, err));
            }
            yj_span called = yj_col_text(st, 2);
            rows[count++] = (yj_stand_in){ .id = yj_arena_strndup(a, id.ptr, id.len),
                                           .name = yj_arena_strndup(a, called.ptr, called.len) };
        }
        rows[count - 1].roles |= yj_role_bit(c, yj_col_text(st, 1)) & ret->here;
    }
    ret->for_whom = rows;
    ret->for_count = count;
    return YJ_OK;
}

yj_status yj_actor_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *id, bool all,
                        const yj_date *today, yj_arena *a, yj_actor *ret, yj_error *err)
{
    yj_actor x = { .id = yj_arena_strdup(a, id), .inst = inst, .all = all, .name = "" };
    bool found = false;
    if (c->access.person >= 0) {
        YJ_TRY(yj_roles_here(db, c, inst, &x.here, err));
        YJ_TRY(read_person(db, c, inst, a, &x, &found, err));
        if (!found && inst != 0)
            YJ_TRY(read_person(db, c, 0, a, &x, &found, err));
        if (found && c->access.delegation >= 0)
            YJ_TRY(read_delegations(db, c, inst, today, a, &x, err));
    }
    YJ_TRY(yj_arena_status(a, err));
    *ret = x;
    return YJ_OK;
}

/* --- records ----------------------------------------------------------------------------------------------
 */

static bool speaks_of(const yj_grant *g, int field)
{
    for (size_t i = 0; i < g->not_by_count; i++)
        if (g->not_by[i] == field)
            return true;
    return false;
}

/* Does a grant of the kind keep out whom the field names? */
static bool matters(const yj_catalog *c, const yj_kind *k, int field)
{
    const yj_kind_access *x = &c->access.kinds[k->index];
    bool any = speaks_of(&x->create, field) || speaks_of(&x->change, field);
    for (size_t i = 0; i < k->transition_count; i++)
        any |= speaks_of(&x->transitions[i], field);
    return any;
}

typedef struct named_list {
    yj_may_named *rows;
    size_t count, cap;
} named_list;

static yj_status add_named(yj_db *db, const yj_kind *k, int64_t inst, const char *id, int field, yj_arena *a,
                           named_list *to, yj_error *err)
{
    const yj_field *f = &k->fields[field];
    char sql[SQL_BYTES];
    if (f->list)
        snprintf(sql, sizeof sql,
                 "SELECT l.value FROM r_%s r JOIN l_%s_%s l ON l.inst = r.inst AND l.id = r.id AND l.batch = "
                 "r.batch "
                 "WHERE r.inst = ?1 AND r.id = ?2 AND " YJ_SQL_VISIBLE("r") " ORDER BY l.ord",
                 k->name, k->name, f->name);
    else
        snprintf(sql, sizeof sql,
                 "SELECT r.f_%s FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND r.f_%s IS NOT NULL "
                 "AND " YJ_SQL_VISIBLE("r"),
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
        if (to->count == to->cap) {
            yj_may_named *more = yj_arena_array(a, to->cap = to->cap ? to->cap * 2 : 8, sizeof *more);
            for (size_t i = 0; i < to->count; i++)
                more[i] = to->rows[i];
            to->rows = more;
            YJ_TRY(yj_arena_status(a, err));
        }
        yj_span person = yj_col_text(st, 0);
        to->rows[to->count++] = (yj_may_named){ field, yj_arena_strndup(a, person.ptr, person.len) };
    }
}

yj_status yj_may_creator(yj_db *db, int64_t inst, const char *id, yj_arena *a, const char **ret,
                         yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT by FROM entry WHERE inst = ?1 AND record = ?2 AND version > 0 ORDER BY seq "
                         "LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row ? yj_col_id_key_copy(a, st, 0) : "";
    return yj_arena_status(a, err);
}

yj_status yj_may_record_read(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                             yj_arena *a, yj_may_record *ret, yj_error *err)
{
    yj_may_record x = { .id = yj_arena_strdup(a, id) };
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "SELECT r.state, r.erased FROM r_%s r WHERE r.inst = ?1 AND r.id = ?2 AND " YJ_SQL_VISIBLE("r"),
             k->name);
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_cstr(st, 2, id);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
        x.state = yj_kind_state(k, yj_col_text(st, 0));
        x.erased = yj_col_i64(st, 1) != 0;
    }
    YJ_TRY(yj_may_creator(db, inst, x.id, a, &x.creator, err));
    named_list named = { .rows = NULL };
    for (size_t i = 0; c->access.person >= 0 && i < k->field_count; i++)
        if (matters(c, k, (int)i))
            YJ_TRY(add_named(db, k, inst, id, (int)i, a, &named, err));
    YJ_TRY(yj_arena_status(a, err));
    x.named = named.rows;
    x.named_count = named.count;
    *ret = x;
    return YJ_OK;
}
