// SPDX-License-Identifier: Apache-2.0
#include "store/confine.h"
#include "store/confine_internal.h"
#include <assert.h>
#include <stdio.h>

#define MADE_MAX (4 * YJ_RULE_TEXT_MAX)

/* --- set-up --------------------------------------------------------------------------------------------- */

static void known_free(yj_rule_known *k)
{
    if (!k)
        return;
    free(k->text);
    free(k->made);
    free(k->outer);
    free(k->integer);
    yj_rule_text_done(&k->names);
    free(k);
}
YJ_DEFINE_CLEANUP(yj_rule_known, known_free)

/** @param db NULL when the connection closes */
static void forget_rules(yj_confine *c, yj_db *db)
{
    for (size_t i = 0; i < YJ_RULES_KEPT; i++)
        while (c->rule[i]) {
            yj_rule_known *k = c->rule[i];
            c->rule[i] = k->chain;
            if (db && yj_db_engine(db) == YJ_ENGINE_POSTGRES)
                yj_pg_rule_forget(db, k);
            known_free(k);
        }
    c->rule_count = 0;
}

void yj_confine_free(yj_confine *c)
{
    if (!c)
        return;
    forget_rules(c, NULL);
    free(c->views.name);
    free(c->bases.name);
    free(c);
}

static yj_status note_views(yj_confine *c, const yj_kind_table *tables, size_t count, yj_error *err)
{
    size_t most = count;
    for (size_t i = 0; i < count; i++)
        most += tables[i].column_count;
    free(c->views.name);
    c->views.count = 0;
    c->views.name = calloc(most + 1, sizeof *c->views.name);
    if (!c->views.name)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    for (size_t i = 0; i < count; i++) {
        snprintf(c->views.name[c->views.count++], YJ_NAME_CAP, "%s", tables[i].name);
        for (size_t j = 0; j < tables[i].column_count; j++)
            if (tables[i].columns[j].is_list)
                snprintf(c->views.name[c->views.count++], YJ_NAME_CAP, "%s_%s", tables[i].name,
                         tables[i].columns[j].name);
    }
    return YJ_OK;
}

yj_status yj_confine_setup(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    assert(db->depth == 0);
    YJ_TRY(yj_kind_tables_check(tables, count, err));
    if (!db->confine)
        db->confine = calloc(1, sizeof *db->confine);
    if (!db->confine)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    forget_rules(db->confine, db);
    yj_db_forget_statements(db); /* they may stand on views that go now */
    YJ_TRY(note_views(db->confine, tables, count, err));
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        return yj_sqlite_confine_setup(db, tables, count, err);
    return yj_pg_confine_setup(db, err);
}

yj_status yj_confine_scope(yj_db *db, const yj_scope *scope, yj_error *err)
{
    yj_confine *c = db->confine;
    assert(c && scope && !c->busy); /* yj_confine_setup comes first */
    c->scope = *scope;
    c->scoped = true;
    c->written = false;
    if (yj_db_engine(db) == YJ_ENGINE_POSTGRES)
        return yj_pg_confine_scope(db, err);
    return YJ_OK;
}

/* --- running -------------------------------------------------------------------------------------------- */

static const yj_rule_param *find_param(const yj_rule_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(params[i].name, name) == 0)
            return &params[i];
    return NULL;
}

/** Which parameters are numbers is part of what a rule becomes; that never changes in earnest. */
static bool same_types(const yj_rule_known *k, const yj_rule_param *params, size_t count)
{
    for (size_t i = 0; i < k->names.params.count; i++) {
        const yj_rule_param *p = find_param(params, count, k->names.params.name[i]);
        if (p && p->is_integer != k->integer[i])
            return false;
    }
    return true;
}

/** PostgreSQL would otherwise show its catalog to a rule that got past the check of its pack. */
static yj_status check_tables(const yj_confine *c, const yj_rule_text *t, yj_error *err)
{
    for (size_t i = 0; i < t->tables.count; i++) {
        const char *name = t->tables.name[i];
        if (strcmp(name, "subject") != 0 && !yj_rule_names_have(&c->views, name) &&
            !yj_rule_names_have(&t->ctes, name))
            return yj_fail(err, YJ_E_FORBIDDEN, YJ_MSG_FORBIDDEN, name);
    }
    return YJ_OK;
}

static yj_status know(yj_db *db, const char *sql, size_t len, const yj_rule_param *params, size_t param_count,
                      bool anything, yj_rule_known **ret, yj_error *err)
{
    yj_confine *c = db->confine;
    yj_auto(known_freep) yj_rule_known *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    yj_status s =
        (anything ? yj_rule_text_read_anything : yj_rule_text_read)((yj_span){ sql, len }, &k->names, err);
    if (s == YJ_E_INVALID && err)
        err->code = YJ_E_FORBIDDEN; /* it got past the check of its pack: no longer a mistake of form */
    if (s != YJ_OK)
        return s == YJ_E_INVALID ? YJ_E_FORBIDDEN : s;
    if (!anything)
        YJ_TRY(check_tables(c, &k->names, err));
    k->text = strdup(sql);
    k->integer = calloc(k->names.params.count + 1, sizeof *k->integer);
    if (!k->text || !k->integer)
        return yj_fail(err, YJ_E_NOMEM, YJ_MSG_NOMEM);
    for (size_t i = 0; i < k->names.params.count; i++) {
        const yj_rule_param *p = find_param(params, param_count, k->names.params.name[i]);
        k->integer[i] = p && p->is_integer;
    }
    yj_buf made;
    yj_buf_init(&made, MADE_MAX);
    if (yj_db_engine(db) == YJ_ENGINE_SQLITE)
        yj_sqlite_rule_make(c, k, &made);
    else
        yj_pg_rule_make(k, &made);
    s = yj_buf_status(&made, err);
    if (s == YJ_OK)
        k->made = yj_take(made.ptr); /* the buffer's memory is handed over */
    else
        yj_buf_done(&made);
    YJ_TRY(s);
    if (c->rule_count >= YJ_RULES_KEPT)
        forget_rules(c, db);
    k->hash = yj_text_hash(sql, len);
    k->chain = c->rule[k->hash % YJ_RULES_KEPT];
    c->rule[k->hash % YJ_RULES_KEPT] = k;
    c->rule_count++;
    *ret = yj_take(k);
    return YJ_OK;
}

static yj_status find_rule(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                           bool anything, yj_rule_known **ret, yj_error *err)
{
    size_t len = strlen(sql);
    uint64_t hash = yj_text_hash(sql, len);
    for (yj_rule_known *k = db->confine->rule[hash % YJ_RULES_KEPT]; k; k = k->chain)
        if (k->hash == hash && strcmp(k->text, sql) == 0 && same_types(k, params, param_count)) {
            *ret = k;
            return YJ_OK;
        }
    return know(db, sql, len, params, param_count, anything, ret, err);
}

static yj_status run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                     const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                     yj_rule_row_fn fn, void *ctx, bool anything, yj_error *err)
{
    assert(db->confine && db->confine->scoped && !db->confine->busy);
    yj_rule_known *rule = NULL;
    const char *values[YJ_PARAMS_MAX] = { NULL };
    YJ_TRY(find_rule(db, sql, params, param_count, anything, &rule, err));
    if (rule->names.params.count > YJ_PARAMS_MAX - 2)
        return yj_fail(err, YJ_E_LIMIT, "a rule may have %d parameters", YJ_PARAMS_MAX - 2);
    for (size_t i = 0; i < rule->names.params.count; i++) {
        const yj_rule_param *p = find_param(params, param_count, rule->names.params.name[i]);
        if (!p)
            return yj_fail(err, YJ_E_INVALID, "the rule's parameter :%s has no value",
                           rule->names.params.name[i]);
        values[i] = p->value;
    }
    yj_rule_run r = { .rule = rule,
                      .values = values,
                      .subjects = subjects,
                      .subject_count = subject_count,
                      .limits = limits,
                      .fn = fn,
                      .ctx = ctx };
    db->confine->busy = true;
    yj_status s = (yj_db_engine(db) == YJ_ENGINE_SQLITE ? yj_sqlite_rule_run : yj_pg_rule_run)(db, &r, err);
    db->confine->busy = false;
    return s;
}

yj_status yj_confine_run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                         const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                         yj_rule_row_fn fn, void *ctx, yj_error *err)
{
    return run(db, sql, params, param_count, subjects, subject_count, limits, fn, ctx, false, err);
}

yj_status yj_confine_run_anything(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                                  const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                                  yj_rule_row_fn fn, void *ctx, yj_error *err)
{
    return run(db, sql, params, param_count, subjects, subject_count, limits, fn, ctx, true, err);
}
