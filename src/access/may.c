// SPDX-License-Identifier: Apache-2.0
/* May this person, why not, and who may. */
#include "access/may.h"

#include "access/role.h"
#include "store/kind_table.h"
#include <stdio.h>

#define ROLES_BYTES 400 /* of their labels in a reason */
#define SQL_BYTES 8000  /* 64 roles of 41 letters and what is around them */

const yj_grant *yj_may_grant(const yj_catalog *c, const yj_kind *k, yj_act act, int transition)
{
    const yj_kind_access *x = c->access.person >= 0 ? &c->access.kinds[k->index] : NULL;
    if (!x || !x->said)
        return NULL;
    switch (act) {
    case YJ_ACT_CREATE:
        return &x->create;
    case YJ_ACT_CHANGE:
        return &x->change;
    case YJ_ACT_MOVE:
        return &x->transitions[transition];
    }
    return NULL;
}

/* --- four eyes --------------------------------------------------------------------------------------------
 */

#define BARRED_NOT (-1)
#define BARRED_CREATOR (-2)

/* By what is the person kept out: the field that names him, BARRED_CREATOR or BARRED_NOT. */
static int barred_by(const yj_grant *g, const yj_may_record *r, const char *person)
{
    if (!r)
        return BARRED_NOT;
    if (g->not_by_creator && strcmp(r->creator, person) == 0)
        return BARRED_CREATOR;
    for (size_t i = 0; i < r->named_count; i++)
        for (size_t j = 0; j < g->not_by_count; j++)
            if (g->not_by[j] == r->named[i].field && strcmp(r->named[i].id, person) == 0)
                return r->named[i].field;
    return BARRED_NOT;
}

/* --- reasons ----------------------------------------------------------------------------------------------
 */

/* Labels of the roles, as many as there is room for. */
static void role_names(const yj_catalog *c, uint64_t roles, yj_lang lang, char *ret, size_t cap)
{
    const yj_field *f = &c->kinds[c->access.person].fields[c->access.roles];
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 16384);
    for (size_t i = 0; i < f->option_count; i++)
        if (roles >> i & 1U)
            yj_buf_fmt(&b, "%s%s", b.len ? (lang == YJ_LANG_ZH ? "\xe3\x80\x81" : ", ") : "",
                       f->options[i].label.in[lang]);
    bool fine = yj_buf_status(&b, NULL) == YJ_OK;
    snprintf(ret, cap, "%.*s", fine ? (int)b.len : 0, fine && b.len ? b.ptr : "");
    yj_text_tidy(ret);
}

static void why_in(const yj_catalog *c, const yj_actor *a, const yj_grant *g, yj_lang lang, yj_error *ret)
{
    char may[ROLES_BYTES], has[ROLES_BYTES], idle[ROLES_BYTES];
    role_names(c, g->roles & a->here, lang, may, sizeof may);
    role_names(c, a->roles, lang, has, sizeof has);
    role_names(c, a->idle & g->roles, lang, idle, sizeof idle);
    if (!g->roles)
        (void)yj_fail(ret, YJ_E_FORBIDDEN,
                      "no role may do this: it is left to the operator of the installation");
    else if (idle[0])
        (void)yj_fail(
            ret, YJ_E_FORBIDDEN,
            "the role %s of %s counts for nothing here: it is made for institutions of another type", idle,
            a->name);
    else if (!may[0])
        (void)yj_fail(ret, YJ_E_FORBIDDEN, "no role that counts in an institution of this type may do this");
    else if (!a->roles)
        (void)yj_fail(ret, YJ_E_FORBIDDEN, "this is for: %s; %s has no role", may, a->name);
    else
        (void)yj_fail(ret, YJ_E_FORBIDDEN, "this is for: %s; %s has: %s", may, a->name, has);
}

/* The roles are named in each language by their labels, so each message is made with those. */
static void why_roles(const yj_catalog *c, const yj_actor *a, const yj_grant *g, yj_error *ret)
{
    yj_error zh = { .code = YJ_OK };
    why_in(c, a, g, YJ_LANG_ZH, &zh);
    why_in(c, a, g, YJ_LANG_EN, ret);
    memcpy(ret->msg_zh, zh.msg_zh, sizeof ret->msg_zh);
}

static void why_barred(const yj_kind *k, int by, yj_error *ret)
{
    if (by == BARRED_CREATOR) {
        (void)yj_fail(ret, YJ_E_FORBIDDEN, "another person than the one who created the record must do this");
        return;
    }
    const yj_text *label = &k->fields[by].label;
    yj_error zh = { .code = YJ_OK };
    (void)yj_fail(&zh, YJ_E_FORBIDDEN, "another person than the one named under \"%s\" must do this",
                  label->in[YJ_LANG_ZH]);
    (void)yj_fail(ret, YJ_E_FORBIDDEN, "another person than the one named under \"%s\" must do this",
                  label->in[YJ_LANG_EN]);
    memcpy(ret->msg_zh, zh.msg_zh, sizeof ret->msg_zh);
}

static void why_state(const yj_text *label, yj_error *ret)
{
    yj_error zh = { .code = YJ_OK };
    (void)yj_fail(&zh, YJ_E_CONFLICT, "this cannot be done in the state \"%s\"", label->in[YJ_LANG_ZH]);
    (void)yj_fail(ret, YJ_E_CONFLICT, "this cannot be done in the state \"%s\"", label->in[YJ_LANG_EN]);
    memcpy(ret->msg_zh, zh.msg_zh, sizeof ret->msg_zh);
}

static void why_inactive(const yj_actor *a, yj_error *ret)
{
    yj_error zh = { .code = YJ_OK };
    if (!a->state.in[YJ_LANG_EN]) {
        (void)yj_fail(ret, YJ_E_FORBIDDEN, "the acting person is not recorded here");
        return;
    }
    (void)yj_fail(&zh, YJ_E_FORBIDDEN, "%s is recorded as \"%s\" and may do nothing", a->name,
                  a->state.in[YJ_LANG_ZH]);
    (void)yj_fail(ret, YJ_E_FORBIDDEN, "%s is recorded as \"%s\" and may do nothing", a->name,
                  a->state.in[YJ_LANG_EN]);
    memcpy(ret->msg_zh, zh.msg_zh, sizeof ret->msg_zh);
}

/* --- may --------------------------------------------------------------------------------------------------
 */

/* Does the record's own state forbid it to everybody? */
static bool by_state(const yj_kind *k, yj_act act, int transition, const yj_may_record *r, yj_error *why)
{
    if (!r || act == YJ_ACT_CREATE)
        return false;
    if (r->erased) {
        (void)yj_fail(why, YJ_E_CONFLICT, "the record was erased");
        return true;
    }
    bool withdrawn = r->state == (int)k->state_count - 1;
    bool starts = act != YJ_ACT_MOVE || (r->state >= 0 && k->transitions[transition].from >> r->state & 1U);
    if (withdrawn)
        (void)yj_fail(why, YJ_E_CONFLICT, "the record was withdrawn");
    else if (!starts && r->state >= 0)
        why_state(&k->states[r->state].label, why);
    else if (!starts)
        (void)yj_fail(why, YJ_E_CONFLICT, "the record is in no state of this edition");
    return withdrawn || !starts;
}

/* By a role, the person's own or that of somebody whose deputy he is. @param k NULL where nobody can be kept
 * out: without a record */
static void by_roles(const yj_catalog *c, const yj_actor *a, const yj_kind *k, const yj_grant *g,
                     const yj_may_record *r, yj_may *ret)
{
    const int barred = barred_by(g, r, a->id);
    int reason = barred;
    bool any = (a->roles & g->roles) != 0;
    ret->allowed = any && barred == BARRED_NOT;
    for (size_t i = 0; i < a->for_count && !ret->allowed; i++) {
        if (!(a->for_whom[i].roles & g->roles))
            continue;
        any = true;
        /* who may not do it cannot have it done by a deputy */
        int other = barred != BARRED_NOT ? barred : barred_by(g, r, a->for_whom[i].id);
        ret->allowed = other == BARRED_NOT;
        ret->for_whom = ret->allowed ? a->for_whom[i].id : NULL;
        reason = other;
    }
    if (ret->allowed)
        return;
    if (any && k)
        why_barred(k, reason, &ret->why);
    else
        why_roles(c, a, g, &ret->why);
}

void yj_may_do(const yj_catalog *c, const yj_actor *actor, const yj_kind *k, yj_act act, int transition,
               const yj_may_record *record, yj_may *ret)
{
    const yj_grant *g = yj_may_grant(c, k, act, transition);
    *ret = (yj_may){ .allowed = false };
    if (by_state(k, act, transition, record, &ret->why))
        return;
    if (actor->all)
        ret->allowed = true;
    else if (!g)
        (void)yj_fail(&ret->why, YJ_E_FORBIDDEN, "the packs in force do not say who may do this");
    else if (!actor->active)
        why_inactive(actor, &ret->why);
    else
        by_roles(c, actor, k, g, record, ret);
}

const yj_order_grant *yj_order_of(const yj_catalog *c, const char *work)
{
    for (size_t i = 0; i < c->access.order_count; i++)
        if (strcmp(c->access.orders[i].work, work) == 0)
            return &c->access.orders[i];
    return NULL;
}

/* What takes two people takes two who have such roles themselves: else a head who makes somebody his deputy,
 * and then orders, would have made his own witness. */
static void by_own_roles(const yj_catalog *c, const yj_actor *actor, uint64_t roles, yj_may *ret)
{
    yj_actor alone = *actor;
    alone.for_count = 0;
    by_roles(c, &alone, NULL, &(yj_grant){ .roles = roles }, NULL, ret);
}

void yj_may_witness(const yj_catalog *c, const yj_actor *actor, const char *work, yj_may *ret)
{
    const yj_order_grant *o = yj_order_of(c, work);
    *ret = (yj_may){ .allowed = false };
    if (!o || !o->witness)
        (void)yj_fail(&ret->why, YJ_E_FORBIDDEN, "the packs in force do not say who may do this");
    else if (actor->all)
        (void)yj_fail(&ret->why, YJ_E_FORBIDDEN,
                      "two people of the institution are needed; the operator is neither");
    else if (!actor->active)
        why_inactive(actor, &ret->why);
    else
        by_own_roles(c, actor, o->witness, ret);
}

void yj_may_order(const yj_catalog *c, const yj_actor *actor, const char *work, yj_may *ret)
{
    const yj_order_grant *o = yj_order_of(c, work);
    *ret = (yj_may){ .allowed = actor->all };
    if (actor->all)
        return;
    if (!o)
        (void)yj_fail(&ret->why, YJ_E_FORBIDDEN, "the packs in force do not say who may do this");
    else if (!actor->active)
        why_inactive(actor, &ret->why);
    else if (o->witness)
        by_own_roles(c, actor, o->roles, ret);
    else
        by_roles(c, actor, NULL, &(yj_grant){ .roles = o->roles }, NULL, ret);
}

/* --- who may ----------------------------------------------------------------------------------------------
 */

static void who_sql(const yj_catalog *c, uint64_t roles, yj_buf *sql)
{
    const yj_kind *k = &c->kinds[c->access.person];
    const yj_field *f = &k->fields[c->access.roles], *name = &k->fields[k->name_field];
    bool plain = name->type != YJ_T_REF && !name->list;
    yj_buf_fmt(sql, "SELECT DISTINCT p.id, %s%s FROM r_%s p", plain ? "p.f_" : "p.id",
               plain ? name->name : "", k->name);
    if (f->list)
        yj_buf_fmt(sql, " JOIN l_%s_%s l ON l.inst = p.inst AND l.id = p.id AND l.batch = p.batch", k->name,
                   f->name);
    yj_buf_str(sql, " WHERE p.inst = ?1 AND p.state = ?2 AND p.erased = 0 AND " YJ_SQL_VISIBLE("p") " AND ");
    yj_buf_str(sql, f->list ? "l.value" : "p.f_");
    yj_buf_fmt(sql, "%s IN (", f->list ? "" : f->name);
    const char *between = "";
    for (size_t i = 0; i < f->option_count; i++) {
        if (roles >> i & 1U) {
            yj_buf_fmt(sql, "%s'%s'", between, f->options[i].id);
            between = ", ";
        }
    }
    yj_buf_str(sql, ") ORDER BY 2, 1 LIMIT ?3");
}

yj_status yj_may_who(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, yj_act act,
                     int transition, const yj_may_record *record, yj_may_person ret[static YJ_MAY_WHO_MAX],
                     size_t *ret_count, yj_error *err)
{
    const yj_grant *g = yj_may_grant(c, k, act, transition);
    *ret_count = 0;
    uint64_t here = 0;
    if (!g || !g->roles)
        return YJ_OK;
    YJ_TRY(yj_roles_here(db, c, inst, &here, err));
    if (!(g->roles & here))
        return YJ_OK;
    yj_auto(yj_buf_done) yj_buf sql;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&sql, SQL_BYTES);
    who_sql(c, g->roles & here, &sql);
    YJ_TRY(yj_buf_status(&sql, err));
    YJ_TRY(yj_db_prepare_made(db, sql.ptr, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, c->kinds[c->access.person].states[c->access.person_state].id);
    /* enough that those kept out leave as many as are named */
    yj_bind_i64(st, 3, YJ_MAY_WHO_MAX + 1 + (int64_t)(record ? record->named_count : 0));
    while (*ret_count < YJ_MAY_WHO_MAX) {
        bool row = false;
        yj_may_person one;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span id = yj_col_text(st, 0), name = yj_col_text(st, 1);
        snprintf(one.id, sizeof one.id, "%.*s", (int)id.len, id.ptr ? id.ptr : "");
        snprintf(one.name, sizeof one.name, "%.*s", (int)name.len, name.ptr ? name.ptr : "");
        yj_text_tidy(one.name);
        if (barred_by(g, record, one.id) == BARRED_NOT)
            ret[(*ret_count)++] = one;
    }
    return YJ_OK;
}
