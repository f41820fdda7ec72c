// SPDX-License-Identifier: Apache-2.0
/*
 * What PostgreSQL keeps for rules. Two roles that nobody signs in as:
 *
 *   yunjian_view  owns the views. It may read the kind tables, but a row policy shows it only the institution
 *                 in scope. (Views with security_barrier would do the same, but PostgreSQL never pushes a
 * join into one: a rule for one subject would read all of the institution.) yunjian_rule  owns rule_run(),
 * the function every rule runs in. It may read the views and call the functions of the dialect, and nothing
 * else. Inside a function that runs as its owner no role can be taken on, so set_config('role', ...) does not
 * lead out of it as it would after SET ROLE.
 *
 * The scope is the one row of the connection's temporary table yj_scope, which only the connecting user may
 * read and write; functions that run as that user look into it.
 */
#include "store/kind_internal.h"
#include "store/pg_internal.h"
#include <stdio.h>

static const char roles_sql[] =
    "DO $$"
    "DECLARE wanted text; tries int;"
    "BEGIN"
    "  FOREACH wanted IN ARRAY ARRAY['yunjian_rule', 'yunjian_view'] LOOP"
    "    tries := 0;"
    "    WHILE to_regrole(wanted) IS NULL OR NOT pg_has_role(current_user, wanted, 'MEMBER') LOOP"
    "      BEGIN"
    "        IF to_regrole(wanted) IS NULL THEN"
    "          EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);"
    "        END IF;"
    "        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN"
    "          EXECUTE format('GRANT %I TO %I', wanted, current_user);"
    "        END IF;"
    "      EXCEPTION WHEN insufficient_privilege THEN"
    "        RAISE EXCEPTION 'role % must exist and have % as a member: this user may not see to it',"
    "          wanted, current_user;"
    "      WHEN duplicate_object OR unique_violation OR internal_error THEN"
    "        tries := tries + 1;" /* another server on another database of the cluster does the same */
    "        IF tries > 20 THEN RAISE; END IF;"
    "        PERFORM pg_sleep(0.05);"
    "      END;"
    "    END LOOP;"
    "    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted AND"
    "               (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb)) THEN"
    "      RAISE EXCEPTION 'role % may do more than it should', wanted;"
    "    END IF;"
    "  END LOOP;"
    "END $$";

static const char schema_sql[] =
    "CREATE SCHEMA IF NOT EXISTS yunjian_rule;"
    "REVOKE ALL ON SCHEMA yunjian FROM PUBLIC;"
    "REVOKE ALL ON SCHEMA yunjian_rule FROM PUBLIC;"
    "GRANT USAGE ON SCHEMA yunjian_rule TO yunjian_rule;"
    "DO $$ BEGIN REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    " EXCEPTION WHEN insufficient_privilege OR invalid_schema_name THEN NULL; END $$;"
    "DO $$ DECLARE v record; BEGIN"
    "  FOR v IN SELECT c.relname FROM pg_class c WHERE c.relkind = 'v' AND"
    "           c.relnamespace = to_regnamespace('yunjian_rule') LOOP"
    "    EXECUTE format('DROP VIEW yunjian_rule.%I', v.relname);"
    "  END LOOP;"
    "END $$";

#define AS_OWNER " SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

/* Dates: the same results as base/time.h; both are tested against one table of cases. */
static const char functions_sql[] =
    /* Asked for every table that a rule names: a search path of its own would cost more than the rest. The
     * one name it uses needs none. */
    "CREATE OR REPLACE FUNCTION yunjian.scope_inst() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER"
    " AS $$ BEGIN RETURN (SELECT s.inst FROM pg_temp.yj_scope s); END $$;"

    "CREATE OR REPLACE FUNCTION yunjian.open_batches() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY "
    "DEFINER"
    " AS $$ BEGIN RETURN ARRAY(SELECT o.id FROM yunjian.open_batch o); END $$;"

    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_today() RETURNS text LANGUAGE plpgsql STABLE" AS_OWNER
    " AS $$ BEGIN RETURN (SELECT s.today FROM pg_temp.yj_scope s); END $$;"

    /* NULL unless it is a date of ten characters that exists */
    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_date(d text) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$"
    "DECLARE y int; m int; n int;"
    "BEGIN"
    "  IF d IS NULL OR d !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN RETURN NULL; END IF;"
    "  y := pg_catalog.substr(d, 1, 4); m := pg_catalog.substr(d, 6, 2); n := pg_catalog.substr(d, 9, 2);"
    "  IF y < 1 OR m < 1 OR m > 12 OR n < 1 OR n > 31 THEN RETURN NULL; END IF;"
    "  IF n > 28 AND n > extract(day FROM make_date(y, m, 1) + interval '1 month' - interval '1 day') THEN"
    "    RETURN NULL;"
    "  END IF;"
    "  RETURN make_date(y, m, n);"
    "END $$;"

    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_add_days(d text, n bigint) RETURNS text"
    " LANGUAGE plpgsql IMMUTABLE AS $$"
    "DECLARE k date := yunjian_rule.yj_date(d); at bigint;"
    "BEGIN"
    "  IF k IS NULL OR n IS NULL OR n NOT BETWEEN -4000000 AND 4000000 THEN RETURN NULL; END IF;"
    "  at := (k - date '0001-01-01') + n;"
    "  IF at < 0 OR at > 3652058 THEN RETURN NULL; END IF;"
    "  RETURN to_char(date '0001-01-01' + at::int, 'YYYY-MM-DD');"
    "END $$;"

    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_add_months(d text, n bigint) RETURNS text"
    " LANGUAGE plpgsql IMMUTABLE AS $$"
    "DECLARE k date := yunjian_rule.yj_date(d); at bigint; y int; m int; last int;"
    "BEGIN"
    "  IF k IS NULL OR n IS NULL OR n NOT BETWEEN -200000 AND 200000 THEN RETURN NULL; END IF;"
    "  at := extract(year FROM k)::bigint * 12 + extract(month FROM k)::bigint - 1 + n;"
    "  IF at < 12 OR at > 119999 THEN RETURN NULL; END IF;"
    "  y := at / 12; m := at % 12 + 1;"
    "  last := extract(day FROM make_date(y, m, 1) + interval '1 month' - interval '1 day');"
    "  RETURN to_char(make_date(y, m, least(last, extract(day FROM k)::int)), 'YYYY-MM-DD');"
    "END $$;"

    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_days_between(a text, b text) RETURNS bigint"
    " LANGUAGE plpgsql IMMUTABLE AS"
    " $$ BEGIN RETURN yunjian_rule.yj_date(b) - yunjian_rule.yj_date(a); END $$;"

    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_add_workdays(d text, n bigint) RETURNS text"
    " LANGUAGE plpgsql STABLE" AS_OWNER " AS $$"
    "DECLARE k date := yunjian_rule.yj_date(d); left_over bigint; step int; w jsonb; v jsonb;"
    "BEGIN"
    "  IF k IS NULL OR n IS NULL OR n NOT BETWEEN -10000 AND 10000 THEN RETURN NULL; END IF;"
    "  w := (SELECT s.workdays FROM pg_temp.yj_scope s);"
    "  step := sign(n); left_over := abs(n);"
    "  WHILE left_over > 0 LOOP"
    "    k := k + step;"
    "    IF k < date '0001-01-01' OR k > date '9999-12-31' THEN RETURN NULL; END IF;"
    "    v := w -> to_char(k, 'YYYY-MM-DD');"
    "    IF (CASE WHEN v IS NULL THEN extract(isodow FROM k) < 6 ELSE v = '1'::jsonb END) THEN"
    "      left_over := left_over - 1;"
    "    END IF;"
    "  END LOOP;"
    "  RETURN to_char(k, 'YYYY-MM-DD');"
    "END $$;"

    /* Where PostgreSQL's own functions differ from SQLite's, rules meet these, as their schema comes first.
     */
    "CREATE OR REPLACE AGGREGATE yunjian_rule.sum(bigint) (SFUNC = int8pl, STYPE = bigint);" /* not numeric */
    "CREATE OR REPLACE FUNCTION yunjian_rule.lower(s text) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT pg_catalog.lower(s COLLATE \"C\") $$;" /* ASCII only */
    "CREATE OR REPLACE FUNCTION yunjian_rule.upper(s text) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT pg_catalog.upper(s COLLATE \"C\") $$;"
    /* CAST(x AS INTEGER): the digits in front, 0 without any */
    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_int(s text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$"
    " SELECT CASE WHEN s IS NULL THEN NULL ELSE greatest(-9223372036854775808, least(9223372036854775807,"
    "   coalesce(substring(s from '^[ \\t\\n\\v\\f\\r]*([+-]?[0-9]+)')::numeric, 0)))::bigint END $$;"
    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_int(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT n $$;"
    "CREATE OR REPLACE FUNCTION yunjian_rule.yj_int(b boolean) RETURNS bigint LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT CASE WHEN b THEN 1 WHEN NOT b THEN 0 END::bigint $$;"
    /* substr counts from the end for a negative start, and backwards for a negative length */
    "CREATE OR REPLACE FUNCTION yunjian_rule.substr(s text, a bigint, b bigint) RETURNS text"
    " LANGUAGE plpgsql IMMUTABLE AS $$"
    "DECLARE n bigint := pg_catalog.length(s); p bigint := greatest(a, -2147483648);"
    "  q bigint := least(abs(greatest(b, -2147483648)), 2147483647);"
    "BEGIN"
    "  IF s IS NULL OR a IS NULL OR b IS NULL THEN RETURN NULL; END IF;"
    "  IF p < 0 THEN"
    "    p := p + n;"
    "    IF p < 0 THEN q := greatest(q + p, 0); p := 0; END IF;"
    "  ELSIF p > 0 THEN p := p - 1;"
    "  ELSIF q > 0 THEN q := q - 1;"
    "  END IF;"
    "  IF b < 0 THEN p := p - q; IF p < 0 THEN q := q + p; p := 0; END IF; END IF;"
    "  IF p >= n OR q <= 0 THEN RETURN ''; END IF;"
    "  RETURN pg_catalog.substr(s, (p + 1)::int, least(q, n)::int);"
    "END $$;"
    "CREATE OR REPLACE FUNCTION yunjian_rule.substr(s text, a bigint) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT yunjian_rule.substr(s, a, 2147483647::bigint) $$;"
    "CREATE OR REPLACE FUNCTION yunjian_rule.substr(s text, a int) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT yunjian_rule.substr(s, a::bigint, 2147483647::bigint) $$;"
    "CREATE OR REPLACE FUNCTION yunjian_rule.substr(s text, a int, b int) RETURNS text LANGUAGE sql "
    "IMMUTABLE AS"
    " $$ SELECT yunjian_rule.substr(s, a::bigint, b::bigint) $$;"

    /* q names a prepared statement, so that its plan is kept. Such a call must be VOLATILE; the transaction
     * is read only all the same. Its parameters cannot be handed on by USING. */
    "CREATE OR REPLACE FUNCTION yunjian.rule_run(q text, subjects text[], params jsonb, most bigint)"
    " RETURNS SETOF record LANGUAGE plpgsql VOLATILE SECURITY DEFINER"
    " SET search_path = yunjian_rule, pg_catalog, pg_temp AS"
    " $$ BEGIN RETURN QUERY EXECUTE pg_catalog.format('EXECUTE %I(%L, %L, %L)', q, subjects, params, most); "
    "END $$;"

    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA yunjian, yunjian_rule FROM PUBLIC;"
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA yunjian_rule TO yunjian_rule;"
    "GRANT EXECUTE ON FUNCTION yunjian.scope_inst(), yunjian.open_batches() TO yunjian_rule, yunjian_view;"
    "DO $$ BEGIN"
    " EXECUTE format('GRANT EXECUTE ON FUNCTION yunjian.rule_run(text, text[], jsonb, bigint) TO %I', "
    "current_user);"
    " END $$;"
    "GRANT CREATE ON SCHEMA yunjian TO yunjian_rule;" /* an owner needs it at the moment it becomes one */
    "ALTER FUNCTION yunjian.rule_run(text, text[], jsonb, bigint) OWNER TO yunjian_rule;"
    "REVOKE CREATE ON SCHEMA yunjian FROM yunjian_rule;"
    "REVOKE SELECT ON yunjian.open_batch FROM yunjian_view"; /* it was given by an earlier version */

static void guard_table(const char *table, yj_buf *sql)
{
    yj_buf_fmt(sql, "ALTER TABLE yunjian.%s ENABLE ROW LEVEL SECURITY;", table);
    yj_buf_fmt(sql, "DROP POLICY IF EXISTS scope ON yunjian.%s;", table);
    yj_buf_fmt(sql,
               "CREATE POLICY scope ON yunjian.%s FOR SELECT TO yunjian_view"
               " USING (inst = (SELECT yunjian.scope_inst()));",
               table);
    yj_buf_fmt(sql, "GRANT SELECT ON yunjian.%s TO yunjian_view;", table);
}

static void make_view(const yj_kind_table *k, const yj_kind_column *list, yj_buf *sql)
{
    char name[2 * YJ_NAME_CAP];
    snprintf(name, sizeof name, list ? "%s_%s" : "%s", k->name, list ? list->name : "");
    yj_buf_fmt(sql, "CREATE VIEW yunjian_rule.\"%s\" AS ", name);
    yj_kind_view_sql(k, list, "yunjian", NULL, sql);
    yj_buf_fmt(sql, "; ALTER VIEW yunjian_rule.\"%s\" OWNER TO yunjian_view;", name);
    yj_buf_fmt(sql, "GRANT SELECT ON yunjian_rule.\"%s\" TO yunjian_rule;", name);
}

yj_status yj_pg_rule_schema(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    yj_pg *pg = yj_pg_of(db);
    YJ_TRY(yj_pg_exec(pg, roles_sql, err));
    YJ_TRY(yj_pg_exec(pg, schema_sql, err));
    YJ_TRY(yj_pg_exec(pg, functions_sql, err));
    yj_buf sql;
    yj_buf_init(&sql, (size_t)8 << 20);
    yj_buf_str(&sql, "GRANT CREATE ON SCHEMA yunjian_rule TO yunjian_view;");
    for (size_t i = 0; i < count; i++) {
        const yj_kind_table *k = &tables[i];
        char table[2 * YJ_NAME_CAP];
        snprintf(table, sizeof table, "r_%s", k->name);
        guard_table(table, &sql);
        make_view(k, NULL, &sql);
        for (size_t j = 0; j < k->column_count; j++) {
            if (!k->columns[j].is_list)
                continue;
            snprintf(table, sizeof table, "l_%s_%s", k->name, k->columns[j].name);
            guard_table(table, &sql);
            make_view(k, &k->columns[j], &sql);
        }
    }
    yj_buf_str(&sql, "REVOKE CREATE ON SCHEMA yunjian_rule FROM yunjian_view");
    yj_status s = yj_buf_status(&sql, err);
    if (s == YJ_OK)
        s = yj_pg_exec(pg, sql.ptr, err);
    yj_buf_done(&sql);
    return s == YJ_OK ? yj_pg_planner(db, tables, count, err) : s;
}
