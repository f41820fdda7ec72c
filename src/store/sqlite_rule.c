// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rule.h"

static const yj_scope *scope_of(sqlite3_context *ctx)
{
    return sqlite3_user_data(ctx);
}

static bool date_arg(sqlite3_value *v, yj_date *ret)
{
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        return false;
    const char *p = (const char *)sqlite3_value_text(v);
    return p && yj_date_parse((yj_span){ p, (size_t)sqlite3_value_bytes(v) }, ret);
}

static bool number_arg(sqlite3_value *v, int64_t *ret)
{
    if (sqlite3_value_type(v) != SQLITE_INTEGER)
        return false;
    *ret = sqlite3_value_int64(v);
    return true;
}

static void result_date(sqlite3_context *ctx, const yj_date *d)
{
    sqlite3_result_text(ctx, d->s, YJ_DATE_LEN, SQLITE_TRANSIENT);
}

static void fn_inst(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    (void)argv;
    sqlite3_result_int64(ctx, scope_of(ctx)->inst);
}

static void fn_today(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    (void)argv;
    result_date(ctx, &scope_of(ctx)->today);
}

/* NULL, the result when nothing is set, stands for NULL and for invalid arguments alike. */

static void fn_add_months(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    yj_date from, to;
    int64_t n;
    if (date_arg(argv[0], &from) && number_arg(argv[1], &n) && yj_date_add_months(from.s, n, &to))
        result_date(ctx, &to);
}

static void fn_add_days(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    yj_date from, to;
    int64_t n;
    if (date_arg(argv[0], &from) && number_arg(argv[1], &n) && yj_date_add_days(from.s, n, &to))
        result_date(ctx, &to);
}

static void fn_add_workdays(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    yj_date from, to;
    int64_t n;
    if (date_arg(argv[0], &from) && number_arg(argv[1], &n) &&
        yj_date_add_workdays(from.s, n, scope_of(ctx)->workdays, &to))
        result_date(ctx, &to);
}

static void fn_days_between(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    (void)argc;
    yj_date from, to;
    if (date_arg(argv[0], &from) && date_arg(argv[1], &to))
        sqlite3_result_int64(ctx, yj_date_to_days(to.s) - yj_date_to_days(from.s));
}

int yj_sqlite_rule_functions(sqlite3 *h, const yj_scope *scope)
{
    static const struct {
        const char *name;
        int args;
        void (*fn)(sqlite3_context *, int, sqlite3_value **);
    } rows[] = {
        { "yj_inst", 0, fn_inst },
        { "yj_today", 0, fn_today },
        { "yj_add_months", 2, fn_add_months },
        { "yj_add_days", 2, fn_add_days },
        { "yj_add_workdays", 2, fn_add_workdays },
        { "yj_days_between", 2, fn_days_between },
    };
    /* "deterministic" holds within one run: the scope changes only between runs */
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int rc = sqlite3_create_function_v2(h, rows[i].name, rows[i].args, flags, (void *)(uintptr_t)scope,
                                            rows[i].fn, NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}
