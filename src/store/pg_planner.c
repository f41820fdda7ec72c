// SPDX-License-Identifier: Apache-2.0
/*
 * What PostgreSQL's planner is told about the kind tables. A rule is planned once for each connection, by
 * what the tables look like at that moment: empty, or with the rows of the first day. Left to itself the
 * planner believes of a table without statistics that one row in 200 is of an institution, so that one row,
 * or none, comes out of every condition; it then reads the institution in full, and again for every row of
 * what stands to the left. So it is told beforehand what the tables look like in earnest: all rows are of one
 * institution, an id names one row, ten rows refer to the same record. kind_table.c tells SQLite's planner
 * the same.
 *
 * PostgreSQL keeps such statistics only of rows that it has seen: a row is put into each empty table, looked
 * at and taken away again. The table then counts as never looked at, which makes it hundreds of rows long
 * until it really is. ANALYZE later replaces how long tables are and which values are frequent, not what is
 * said here.
 */
#include "store/kind_internal.h"
#include "store/pg_internal.h"
#include <stdio.h>

#define SQL_MAX ((size_t)8 << 20)

static const struct {
    const char *column, *distinct; /* negative: for each row */
} fixed[] = {
    { "inst", "1" },  { "id", "-1" },   { "batch", "1" },  { "until_batch", "1" },
    { "state", "4" }, { "nkey", "-1" }, { "erased", "1" },
};

#define OF_A_REFERENCE "-0.1"
#define OF_A_VALUE "10"

static void tell(yj_buf *sql, const char *column, const char *distinct)
{
    yj_buf_fmt(sql, " ALTER COLUMN %s SET (n_distinct = %s),", column, distinct);
}

/** One statement ends: its last comma goes. */
static void end(yj_buf *sql)
{
    sql->ptr[sql->len - 1] = ';';
}

static void tell_of_kind(const yj_kind_table *k, yj_buf *sql)
{
    yj_buf_fmt(sql, "ALTER TABLE yunjian.r_%s", k->name);
    for (size_t i = 0; i < YJ_COUNT(fixed); i++)
        tell(sql, fixed[i].column, fixed[i].distinct);
    for (size_t i = 0; i < k->column_count; i++)
        if (!k->columns[i].is_list) {
            char column[YJ_NAME_CAP + 2];
            snprintf(column, sizeof column, "f_%s", k->columns[i].name);
            tell(sql, column, k->columns[i].is_ref ? OF_A_REFERENCE : OF_A_VALUE);
        }
    end(sql);
}

static void tell_of_list(const yj_kind_table *k, const yj_kind_column *list, yj_buf *sql)
{
    yj_buf_fmt(sql, "ALTER TABLE yunjian.l_%s_%s", k->name, list->name);
    tell(sql, "inst", "1");
    tell(sql, "id", "-0.3");
    tell(sql, "batch", "1");
    tell(sql, "ord", "3");
    tell(sql, "value", list->is_ref ? OF_A_REFERENCE : OF_A_VALUE);
    end(sql);
}

/* Nobody else writes into a table meanwhile, so that the row which goes is the one that was put there.
 * TRUNCATE makes a table count as never looked at only if it was made before, hence the block with a
 * savepoint. */
static const char look_once[] =
    "DO $$"
    "DECLARE t record; filled boolean;"
    "BEGIN"
    "  FOR t IN SELECT c.oid::regclass AS name,"
    "             string_agg(CASE a.atttypid WHEN 'bigint'::regtype THEN '0' ELSE '''''' END, ','"
    "                        ORDER BY a.attnum) AS nothing"
    "           FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
    "a.attisdropped"
    "           WHERE c.relnamespace = 'yunjian'::regnamespace AND c.relkind = 'r' AND"
    "                 substr(c.relname, 1, 2) IN ('r_', 'l_') "
    "           GROUP BY c.oid, c.relname HAVING bool_or(NOT EXISTS (SELECT 1 FROM pg_stats s WHERE"
    "             s.schemaname = 'yunjian' AND s.tablename = c.relname AND s.attname = a.attname)) LOOP"
    "    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', t.name);"
    "    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', t.name) INTO filled;"
    "    IF filled THEN"
    "      EXECUTE format('ANALYZE %s', t.name);"
    "    ELSE"
    "      BEGIN"
    "        EXECUTE format('INSERT INTO %s VALUES(%s)', t.name, t.nothing);"
    "        EXECUTE format('ANALYZE %s', t.name);"
    "        EXECUTE format('TRUNCATE %s', t.name);"
    "      EXCEPTION WHEN division_by_zero THEN RAISE;" /* none comes: the block is for its savepoint */
    "      END;"
    "    END IF;"
    "  END LOOP;"
    "END $$;"
    /* What is addressed to a party is read in the order of an index, a page at a time. From what other
     * parties had when the table was last looked at, the planner concludes that one which has come since has
     * nothing, and sorts all that it has: without statistics of whose a row is, it takes one in 200. */
    "ALTER TABLE yunjian.addressed ALTER COLUMN party SET STATISTICS 0, ALTER COLUMN inst SET STATISTICS 0,"
    "  ALTER COLUMN kind SET STATISTICS 0;"
    /* One row of one page, also when it is empty: every look into a kind table asks for all of it. */
    "ALTER TABLE yunjian.open_batch SET (vacuum_truncate = false);"
    "INSERT INTO yunjian.open_batch(id) SELECT -1 WHERE NOT EXISTS (SELECT 1 FROM yunjian.open_batch);"
    "ANALYZE yunjian.open_batch;"
    "DELETE FROM yunjian.open_batch WHERE id = -1";

yj_status yj_pg_planner(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    yj_buf sql;
    yj_buf_init(&sql, SQL_MAX);
    for (size_t i = 0; i < count; i++) {
        tell_of_kind(&tables[i], &sql);
        for (size_t j = 0; j < tables[i].column_count; j++)
            if (tables[i].columns[j].is_list)
                tell_of_list(&tables[i], &tables[i].columns[j], &sql);
    }
    yj_buf_str(&sql, look_once);
    yj_status s = yj_buf_status(&sql, err);
    if (s == YJ_OK)
        s = yj_pg_exec(yj_pg_of(db), sql.ptr, err);
    yj_buf_done(&sql);
    return s;
}
