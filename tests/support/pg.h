// SPDX-License-Identifier: Apache-2.0
/**
 * A real PostgreSQL for tests. With YJ_TEST_PG_URL set (tools/with-postgres does that for a whole suite) that
 * server is used; else the process starts one of its own in a temporary folder, as user "postgres" when run
 * by root, and stops it when it exits. Either way the process has one database of its own, owned by the
 * ordinary role "yj_owner", with a default collation that is not "C".
 */
#ifndef YJ_TESTS_SUPPORT_PG_H
#define YJ_TESTS_SUPPORT_PG_H

/** Address of this process's database for yj_store_open(), as yj_owner. Ends the process with a reason on
 *  standard error if there is no PostgreSQL: a suite that silently skips an engine proves nothing. */
const char *yj_test_pg_url(void);
/** The same database, as the server's superuser. */
const char *yj_test_pg_admin_url(void);
/** Drop what a store made in the database. */
void yj_test_pg_clean(void);

#endif
