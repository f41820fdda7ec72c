// SPDX-License-Identifier: Apache-2.0
/** What the tests of sign-in share: a store laid out, one connection that writes, the installation's key. */
#ifndef YJ_TESTS_ACCESS_TEST_H
#define YJ_TESTS_ACCESS_TEST_H

#include "stores.h"

#include "access/account.h"
#include "base/time.h"
#include "store/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW (INT64_C(1772413200) * YJ_NS_PER_S) /* 2026-03-02T01:00:00Z */
#define SECONDS(n) ((int64_t)(n)*YJ_NS_PER_S)
#define DAYS(n) SECONDS((int64_t)(n)*86400)

typedef struct office {
    yj_test_store *t;
    yj_db *db;
    yj_seal *seal;
} office;

static inline void office_open(office *o, void **state)
{
    yj_error err = { 0 };
    char keys[640];
    *o = (office){ .t = *state };
    yj_ok(yj_store_migrate(o->t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    o->db = yj_test_db(o->t, YJ_DB_WRITE);
    snprintf(keys, sizeof keys, "%s/keys", o->t->dir);
    yj_ok(yj_seal_open(keys, &o->seal, &err));
}

static inline void office_close(office *o)
{
    yj_seal_free(o->seal);
    yj_db_free(o->db);
}

/** A call as a write of its own that must succeed. */
#define written(o, call)                                                                                     \
    do {                                                                                                     \
        yj_ok(yj_db_begin((o)->db, YJ_DB_WRITE, &err));                                                      \
        yj_ok(call);                                                                                         \
        yj_ok(yj_db_commit((o)->db, &err));                                                                  \
    } while (0)
/** A call as a write of its own that must fail so; undone. */
#define refused(o, status, call)                                                                             \
    do {                                                                                                     \
        yj_ok(yj_db_begin((o)->db, YJ_DB_WRITE, &err));                                                      \
        memset(&err, 0, sizeof err);                                                                         \
        assert_int_equal(call, status);                                                                      \
        yj_db_rollback((o)->db);                                                                             \
    } while (0)

/** A new account. @param hash NULL: without a password */
static inline const char *account(office *o, const char *name, const char *hash, bool break_glass)
{
    static char ids[16][YJ_UUID_LEN + 1]; /* of the last ones */
    static size_t next;
    yj_error err = { 0 };
    char *id = ids[next++ % YJ_COUNT(ids)];
    yj_account_new n = { .name = yj_span_of(name), .password = hash, .break_glass = break_glass };
    written(o, yj_account_create(o->db, &n, NOW, id, &err));
    return id;
}

#endif
