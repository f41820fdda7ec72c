// SPDX-License-Identifier: Apache-2.0
/** The kinds that the tests of kind tables and rules use, with rows of two institutions. */
#ifndef YJ_TESTS_STORE_KINDS_H
#define YJ_TESTS_STORE_KINDS_H

#include "stores.h"

#include "store/confine.h"
#include "store/schema.h"

static const yj_kind_column system_columns[] = {
    { .name = "name" },
    { .name = "level", .is_integer = true },
    { .name = "provider", .is_ref = true },
    { .name = "tags", .is_list = true },
    { .name = "ports", .is_list = true, .is_integer = true },
};
static const yj_kind_column contract_columns[] = {
    { .name = "name" },
    { .name = "signed_on" },
    { .name = "amount", .is_integer = true },
    { .name = "system", .is_ref = true },
};
static const yj_kind_column term_columns[] = {
    { .name = "contract", .is_ref = true },
    { .name = "topic" },
    { .name = "page", .is_integer = true },
};
/* called like tables of the program, on purpose */
static const yj_kind_column entry_columns[] = { { .name = "title" } };

static const yj_kind_table kinds[] = {
    { "system", system_columns, YJ_COUNT(system_columns) },
    { "contract", contract_columns, YJ_COUNT(contract_columns) },
    { "contract_term", term_columns, YJ_COUNT(term_columns) },
    { "entry", entry_columns, YJ_COUNT(entry_columns) },
    { "empty_kind", NULL, 0 },
};
#define KIND_COUNT YJ_COUNT(kinds)

static const char kind_rows[] =
    "INSERT INTO r_system(inst, id, batch, until_batch, version, seq, state, nkey, erased, f_name, f_level, "
    "f_provider)"
    " VALUES(1, 's1', 0, 0, 1, 1, 'active', 'one', 0, 'Trading', 3, 'p1'),"
    "       (1, 's2', 0, 0, 2, 2, 'active', 'two', 0, 'Mail', 1, 'p1'),"
    "       (1, 's3', 0, 0, 1, 3, 'withdrawn', 'three', 0, 'Gone', 1, 'p2'),"
    "       (1, 's4', 0, 0, 1, 4, 'active', NULL, 1, NULL, NULL, NULL),"
    "       (2, 't1', 0, 0, 1, 1, 'active', 'one', 0, 'Secret of the other', 3, 'p9');"
    "INSERT INTO l_system_tags(inst, id, batch, ord, value)"
    " VALUES(1, 's1', 0, 0, 'core'), (1, 's1', 0, 1, 'money'), (1, 's3', 0, 0, 'old'), (2, 't1', 0, 0, "
    "'hidden');"
    "INSERT INTO l_system_ports(inst, id, batch, ord, value) VALUES(1, 's2', 0, 0, 25), (1, 's2', 0, 1, "
    "5000000000);"
    "INSERT INTO r_contract(inst, id, batch, until_batch, version, seq, state, nkey, erased, f_name, "
    "f_signed_on,"
    "                       f_amount, f_system)"
    " VALUES(1, 'c1', 0, 0, 1, 5, 'signed', 'c1', 0, 'Hosting', '2026-01-31', 5000000000, 's1'),"
    "       (1, 'c2', 0, 0, 1, 6, 'signed', 'c2', 0, 'Mail', '2025-12-31', 7, 's2'),"
    "       (2, 'd1', 0, 0, 1, 2, 'signed', 'd1', 0, 'Other', '2026-02-01', 1, 't1');"
    "INSERT INTO r_contract_term(inst, id, batch, until_batch, version, seq, state, nkey, erased, "
    "f_contract, f_topic,"
    "                            f_page)"
    " VALUES(1, 'k1', 0, 0, 1, 7, '', NULL, 0, 'c1', 'exit', 12), (1, 'k2', 0, 0, 1, 8, '', NULL, 0, 'c1', "
    "'audit', 30),"
    "       (2, 'k9', 0, 0, 1, 3, '', NULL, 0, 'd1', 'exit', 1);"
    "INSERT INTO r_entry(inst, id, batch, until_batch, version, seq, state, nkey, erased, f_title)"
    " VALUES(1, 'e1', 0, 0, 1, 9, '', NULL, 0, 'a title')";

/** A migrated store with the kinds' tables; the connection writes. */
static inline yj_db *kinds_db(yj_test_store *t, bool with_rows)
{
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_ok(yj_kind_tables_sync(db, kinds, KIND_COUNT, &err));
    if (with_rows)
        yj_test_script(db, kind_rows);
    return db;
}

#endif
