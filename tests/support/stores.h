// SPDX-License-Identifier: Apache-2.0
/**
 * One test, both engines. Register with yj_test_stores(function) in a cmocka table: it stands for two tests,
 * "function[sqlite]" and "function[postgres]". Each gets, in *state, a yj_test_store with an empty store.
 *
 *     static void insert__then_read(void **state)
 *     {
 *         yj_test_store *t = *state;
 *         yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
 *         ...
 *     }
 *     const struct CMUnitTest tests[] = { yj_test_stores(insert__then_read) };
 *     return cmocka_run_group_tests(tests, NULL, NULL);
 */
#ifndef YJ_TESTS_SUPPORT_STORES_H
#define YJ_TESTS_SUPPORT_STORES_H

/* cmocka wants these before itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/db.h"

typedef struct yj_test_store {
    yj_engine_kind engine;
    yj_store *store; /* open and empty: not even migrated */
    char *dir;       /* a folder of this test alone, removed after it */
    char *url;       /* what the store was opened with */
} yj_test_store;

int yj_test_setup_sqlite(void **state);
int yj_test_setup_postgres(void **state);
int yj_test_teardown(void **state);

#define yj_test_stores(function)                                                                             \
    { #function "[sqlite]", function, yj_test_setup_sqlite, yj_test_teardown, NULL },                        \
    {                                                                                                        \
#function "[postgres]", function, yj_test_setup_postgres, yj_test_teardown, NULL                     \
    }
/** One test with a folder, for what only one engine does. */
#define yj_test_sqlite_only(function)                                                                        \
    {                                                                                                        \
#function "[sqlite]", function, yj_test_setup_sqlite, yj_test_teardown, NULL                         \
    }
#define yj_test_postgres_only(function)                                                                      \
    {                                                                                                        \
#function "[postgres]", function, yj_test_setup_postgres, yj_test_teardown, NULL                     \
    }

/** Open a connection, or fail the test. */
yj_db *yj_test_db(yj_test_store *t, yj_db_mode mode);
/** Run a script, or fail the test. */
void yj_test_script(yj_db *db, const char *sql);
/** First column of the first row; -1 if there is no row. Fails the test on an error. */
int64_t yj_test_number(yj_db *db, const char *sql);
/** All rows as text: cells separated by '|', rows by '\n', NULL as "-". Freed by the caller. */
char *yj_test_rows(yj_db *db, const char *sql);

/** A new folder below $TMPDIR or /tmp; freed by the caller. */
char *yj_test_folder(void);
void yj_test_folder_remove(const char *path);

/** Check a call that must succeed; its error text is printed else. `err` must be a yj_error in scope. */
#define yj_ok(call)                                                                                          \
    do {                                                                                                     \
        if ((call) != YJ_OK)                                                                                 \
            fail_msg("%s: %s %s", #call, err.field, err.msg);                                                \
    } while (0)

#endif
