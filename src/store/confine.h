// SPDX-License-Identifier: Apache-2.0
/**
 * Rule SQL, confined. A rule comes from a pack, and a pack may come from a stranger: a rule reads only the
 * views of kind_table.h and the relation subject(id), calls only listed functions, and ends within limits.
 *
 * Three fences: (1) the dialect, checked by yj_rule_sql_check() before a pack is accepted, on an empty SQLite
 * whose authorizer reports what is read, and its words, functions and tables once more at run time; (2) at
 * run time on SQLite an authorizer and a progress handler, on PostgreSQL a function that runs as role
 * "yunjian_rule" and cannot leave it, a statement timeout, and a savepoint that only reads and is always
 * undone; (3) the views themselves, which hold only the institution in scope.
 *
 * The dialect: one SELECT (or WITH [RECURSIVE] ... SELECT); names in small letters, whole numbers, 'text',
 * operators + - * / % = <> < <= > >= || ( ) , . and comments from "--" to the end of the line; parameters
 * :name. No double quotes, brackets, backticks, backslash, "$", block comments, ";", "::" or "?". Tables are
 * the views, subject, and names given by WITH, without schema; every column of the result has a name (AS).
 * Functions: coalesce nullif min max count sum abs length substr lower upper trim replace exists, and ours:
 * yj_today() -> text; yj_add_months(date, n); yj_add_days(date, n); yj_add_workdays(date, n);
 * yj_days_between(from, to) -> integer, to minus from; all NULL for a NULL or an invalid date, and where the
 * result lies outside years 1..9999 (workdays: |n| > 10000). min and max take one value.
 * CASE, CAST(x AS INTEGER|TEXT), [NOT] LIKE [ESCAPE], IN, BETWEEN, IS [NOT] NULL, IS [NOT] DISTINCT FROM,
 * EXISTS, DISTINCT, UNION [ALL], EXCEPT, [INNER|LEFT|CROSS] JOIN ... ON, GROUP BY, HAVING, ORDER BY.
 *
 * What the check cannot see, and PostgreSQL refuses: a column beside an aggregate that GROUP BY does not
 * name; text compared with a number; a number where a truth value must stand (WHERE flag: write flag = 1),
 * and a truth value where a number must (make it by CASE). lower() and upper() change ASCII only.
 */
#ifndef YJ_STORE_CONFINE_H
#define YJ_STORE_CONFINE_H

#include "base/time.h"
#include "store/kind_table.h"

/** One thing a rule reads: a view and a column of it (column "" for a read of no column). */
typedef struct yj_rule_read {
    char table[64];
    char column[64];
} yj_rule_read;

typedef struct yj_rule_shape {
    yj_rule_read *reads; /* sorted, no doubles; freed by yj_rule_shape_done */
    size_t read_count;
    char (*columns)[64]; /* names of the result columns, in order */
    size_t column_count;
    bool reads_today; /* calls yj_today */
} yj_rule_shape;
void yj_rule_shape_done(yj_rule_shape *s);

/** An empty SQLite with the pack's views, for checking rules. */
typedef struct yj_rule_checker yj_rule_checker;
yj_status yj_rule_checker_new(const yj_kind_table *tables, size_t count, yj_rule_checker **ret,
                              yj_error *err) yj_nodiscard;
void yj_rule_checker_free(yj_rule_checker *c);
YJ_DEFINE_CLEANUP(yj_rule_checker, yj_rule_checker_free)

/**
 * Is the text within the dialect, and what does it read? Parameters are those of `params`.
 * @return YJ_E_INVALID with field "line L column C" (where known) and a message that names what is refused
 */
yj_status yj_rule_sql_check(yj_rule_checker *c, yj_span sql, const char *const *params, size_t param_count,
                            yj_rule_shape *ret, yj_error *err) yj_nodiscard;

/** Which program, and which SQLite, a check is made by: what one edition found, another need not find. False
 *  if that cannot be told: then nothing found may be kept. */
bool yj_rule_check_edition(yj_buf *out);
/** Which SQLite alone. */
const char *yj_rule_check_engine(void);

/** Whom and when a confined statement sees. */
typedef struct yj_scope {
    int64_t inst;
    yj_date today;
    yj_workdays workdays; /* borrowed until the scope is set anew */
} yj_scope;

/** Prepare a connection for rules: views and functions (SQLite), a temporary table for the scope
 * (PostgreSQL). Once for each connection, outside a transaction, after yj_kind_tables_sync(); again after the
 * kinds changed or their tables were dropped. */
yj_status yj_confine_setup(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err) yj_nodiscard;
/** Set the scope, inside a transaction of any mode or outside; it holds until set anew, whatever is rolled
 * back. */
yj_status yj_confine_scope(yj_db *db, const yj_scope *scope, yj_error *err) yj_nodiscard;

typedef struct yj_rule_limits {
    int64_t max_rows;
    int64_t max_ms;
} yj_rule_limits;
#define YJ_RULE_LIMITS_DEFAULT ((yj_rule_limits){ .max_rows = 200000, .max_ms = 2000 })

/** A text parameter of a rule (":name" in its SQL). Values are bound, never pasted. */
typedef struct yj_rule_param {
    const char *name;
    const char *value;
    bool is_integer; /* bind as a number */
} yj_rule_param;

typedef yj_status (*yj_rule_row_fn)(void *ctx, yj_stmt *row, yj_error *err);

/**
 * Run one rule for a set of subjects and hand each result row to `fn` (which reads it with yj_col_*). Works
 * inside a transaction of any mode and inside savepoints; leaves the connection as it was, role included.
 * `fn` may use the connection, but run no rule and set no scope. A rule that fails does not spoil the
 * transaction. Columns read as text or number; truth values as 0 and 1.
 * @param sql      a text that yj_rule_sql_check accepted; the prepared form is cached by the text
 * @param subjects ids, the relation subject(id)
 * @return YJ_E_LIMIT over rows or time; YJ_E_FORBIDDEN if it is not of the dialect or reads what it must not;
 *         YJ_E_INVALID for a parameter without value; YJ_E_DB, YJ_E_RULE if it cannot be run; what `fn`
 * returned
 */
yj_status yj_confine_run(yj_db *db, const char *sql, const yj_rule_param *params, size_t param_count,
                         const char *const *subjects, size_t subject_count, yj_rule_limits limits,
                         yj_rule_row_fn fn, void *ctx, yj_error *err) yj_nodiscard;

#endif
