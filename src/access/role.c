// SPDX-License-Identifier: Apache-2.0
#include "access/role.h"

#include "store/kind_table.h"
#include <stdio.h>

yj_status yj_institution_type(yj_db *db, const yj_catalog *c, int64_t inst, int *ret, yj_error *err)
{
    const yj_exchange *x = &c->exchange;
    *ret = -1;
    if (x->institution < 0 || x->type < 0)
        return YJ_OK;
    const yj_kind *k = &c->kinds[x->institution];
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT r.f_%s FROM ledger l JOIN r_%s r ON r.inst = l.inst AND r.id = l.institution "
             "AND " YJ_SQL_VISIBLE("r") " WHERE l.inst = ?1",
             k->fields[x->type].name, k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    const yj_option *o = row ? yj_field_option(&k->fields[x->type], yj_col_text(st, 0)) : NULL;
    *ret = o ? (int)(o - k->fields[x->type].options) : -1;
    return YJ_OK;
}

yj_status yj_roles_here(yj_db *db, const yj_catalog *c, int64_t inst, uint64_t *ret, yj_error *err)
{
    int type = -1;
    *ret = UINT64_MAX;
    if (!c->access.made_for)
        return YJ_OK;
    YJ_TRY(yj_institution_type(db, c, inst, &type, err));
    *ret = c->access.made_for_all | (type < 0 ? 0 : c->access.made_for[type]);
    return YJ_OK;
}

uint64_t yj_role_bit(const yj_catalog *c, yj_span role)
{
    const yj_field *f = &c->kinds[c->access.person].fields[c->access.roles];
    const yj_option *o = yj_field_option(f, role);
    return o ? UINT64_C(1) << (o - f->options) : 0;
}

void yj_roles_source(const yj_catalog *c, char join[static YJ_ROLES_JOIN_BYTES],
                     char column[static YJ_ROLES_COLUMN_BYTES])
{
    const yj_kind *k = &c->kinds[c->access.person];
    const yj_field *f = &k->fields[c->access.roles];
    join[0] = '\0';
    snprintf(column, YJ_ROLES_COLUMN_BYTES, "%s%s", f->list ? "l.value" : "p.f_", f->list ? "" : f->name);
    if (f->list)
        snprintf(join, YJ_ROLES_JOIN_BYTES,
                 " LEFT JOIN l_%s_%s l ON l.inst = p.inst AND l.id = p.id AND l.batch = p.batch", k->name,
                 f->name);
}

/* --- giving one --------------------------------------------------------------------------------------------
 */

/* Bit set of the roles in the value of the field: one, a list, or none. */
static uint64_t roles_in(const yj_catalog *c, const json_t *v)
{
    const size_t n = json_is_array(v) ? json_array_size(v) : v != NULL;
    uint64_t ret = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(v) ? json_array_get(v, i) : v;
        if (json_is_string(one))
            ret |= yj_role_bit(c, (yj_span){ json_string_value(one), json_string_length(one) });
    }
    return ret;
}

/* In each language by the labels of that language. */
static yj_status refuse(const yj_catalog *c, const yj_field *f, uint64_t wrong, int type, yj_error *err)
{
    const yj_exchange *x = &c->exchange;
    const yj_option *types = c->kinds[x->institution].fields[x->type].options;
    size_t role = 0;
    if (!err)
        return YJ_E_INVALID;
    while (!(wrong >> role & 1U))
        role++;
    yj_error zh = { .code = YJ_OK };
    for (int lang = 0; lang < 2; lang++) {
        const yj_lang in = lang == 0 ? YJ_LANG_ZH : YJ_LANG_EN;
        yj_error *to = lang == 0 ? &zh : err;
        const char *label = f->options[role].label.in[in];
        if (type < 0)
            (void)yj_fail(to, YJ_E_INVALID,
                          "the role \"%s\" counts in institutions of some types only, not here", label);
        else
            (void)yj_fail(to, YJ_E_INVALID,
                          "the role \"%s\" does not count in an institution of the type \"%s\"", label,
                          types[type].label.in[in]);
    }
    memcpy(err->msg_zh, zh.msg_zh, sizeof err->msg_zh);
    return yj_error_at(err, "fields.%s", f->name);
}

yj_status yj_roles_check(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const json_t *old,
                         const json_t *fields, yj_error *err)
{
    uint64_t here = 0;
    int type = -1;
    if (!c->access.made_for || k->index != c->access.person)
        return YJ_OK;
    const yj_field *f = &k->fields[c->access.roles];
    uint64_t given = roles_in(c, json_object_get(fields, f->name));
    if (old)
        given &= ~roles_in(c, json_object_get(old, f->name));
    if (!(given & ~c->access.made_for_all))
        return YJ_OK;
    YJ_TRY(yj_roles_here(db, c, inst, &here, err));
    if (!(given & ~here))
        return YJ_OK;
    YJ_TRY(yj_institution_type(db, c, inst, &type, err));
    return refuse(c, f, given & ~here, type, err);
}
