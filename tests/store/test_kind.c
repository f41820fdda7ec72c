// SPDX-License-Identifier: Apache-2.0
/* Tables made from kinds. */
#include "kinds.h"

#include "store/db_internal.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void sync__makes_tables_and_is_idempotent(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, true);
    yj_ok(yj_kind_tables_sync(db, kinds, KIND_COUNT, &err));
    char *rows = yj_test_rows(
        db, "SELECT id, f_name, f_level, f_provider, nkey FROM r_system WHERE inst = 1 ORDER BY id");
    assert_string_equal(rows, "s1|Trading|3|p1|one\ns2|Mail|1|p1|two\ns3|Gone|1|p2|three\ns4|-|-|-|-\n");
    free(rows);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM l_system_ports WHERE value = 5000000000"), 1);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_empty_kind"), 0);
}

static void sync__adds_what_a_new_edition_declares(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, true);
    yj_kind_column more[YJ_COUNT(contract_columns) + 3];
    memcpy(more, contract_columns, sizeof contract_columns);
    more[YJ_COUNT(contract_columns)] = (yj_kind_column){ .name = "note" };
    more[YJ_COUNT(contract_columns) + 1] = (yj_kind_column){ .name = "successor", .is_ref = true };
    more[YJ_COUNT(contract_columns) + 2] = (yj_kind_column){ .name = "parties", .is_list = true };
    const yj_kind_table next[] = {
        kinds[0], { "contract", more, YJ_COUNT(more) }, kinds[2], { "site", NULL, 0 }
    };
    yj_ok(yj_kind_tables_sync(db, next, YJ_COUNT(next), &err));
    yj_test_script(db,
                   "UPDATE r_contract SET f_note = 'n', f_successor = 'c2' WHERE id = 'c1';"
                   "INSERT INTO l_contract_parties(inst, id, batch, ord, value) VALUES(1, 'c1', 0, 0, 'us')");
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_contract WHERE f_note IS NULL"), 2);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_site"), 0);
}

/* What PostgreSQL's planner believes of a table that never held a row, and of a column it got later. */
static void sync__tells_the_planner_of_empty_tables(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, true);
    if (yj_db_engine(db) != YJ_ENGINE_POSTGRES)
        return;
    const yj_kind_column more[] = { { .name = "owner", .is_ref = true }, { .name = "note" } };
    const yj_kind_table next[] = { { "empty_kind", more, YJ_COUNT(more) }, { "site", more, YJ_COUNT(more) } };
    yj_ok(yj_kind_tables_sync(db, next, YJ_COUNT(next), &err));
    char *rows = yj_test_rows(db, "SELECT tablename, attname, CAST(n_distinct AS text) FROM pg_stats WHERE"
                                  " schemaname = 'yunjian' AND tablename IN ('r_empty_kind', 'r_site') AND"
                                  " attname IN ('inst', 'id', 'f_owner') ORDER BY tablename, attname");
    assert_string_equal(rows, "r_empty_kind|f_owner|-0.1\nr_empty_kind|id|-1\nr_empty_kind|inst|1\n"
                              "r_site|f_owner|-0.1\nr_site|id|-1\nr_site|inst|1\n");
    free(rows);
    /* it counts as never looked at, so it is not taken for a table of one row */
    assert_int_equal(yj_test_number(db,
                                    "SELECT CAST(reltuples AS bigint) FROM pg_class WHERE relname = 'r_site'"
                                    " AND relnamespace = to_regnamespace('yunjian')"),
                     -1);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_site"), 0);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_empty_kind"), 0);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM open_batch WHERE id = -1"), 0);
}

static void sync__a_changed_type_needs_a_rebuild(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, true);
    const yj_kind_column text_page[] = { { .name = "contract", .is_ref = true }, { .name = "page" } };
    const yj_kind_column text_ports[] = { { .name = "ports", .is_list = true } };
    const yj_kind_table changed[] = { { "contract_term", text_page, 2 } };
    const yj_kind_table changed_list[] = { { "system", text_ports, 1 } };
    assert_int_equal(yj_kind_tables_sync(db, changed, 1, &err), YJ_E_DB);
    assert_string_equal(err.msg,
                        "field page of kind contract_term has another type in the store: it must be rebuilt");
    assert_int_equal(yj_kind_tables_sync(db, changed_list, 1, &err), YJ_E_DB);
    assert_false(yj_db_in_transaction(db));

    yj_ok(yj_kind_tables_drop(db, &err));
    yj_ok(yj_kind_tables_sync(db, changed, 1, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM r_contract_term"), 0);
    yj_ok(yj_kind_tables_drop(db, &err));
    yj_ok(yj_kind_tables_sync(db, kinds, KIND_COUNT, &err));
    yj_test_script(db, kind_rows);
}

static void sync__refuses_names_that_cannot_live_together(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, false);
    static const yj_kind_column list_b[] = { { .name = "b", .is_list = true } };
    static const yj_kind_column twice[] = { { .name = "a" }, { .name = "a", .is_integer = true } };
    static const yj_kind_column reserved[] = { { .name = "state" } };
    static const yj_kind_column odd[] = { { .name = "Name" } };
    static const yj_kind_column quote[] = { { .name = "a\"b" } };
    static const yj_kind_column long_list[] = { { .name = "abcdefghijklmnopqrstuvwxyz_abcdefghijklm",
                                                  .is_list = true } };
    static const yj_kind_table bad[][2] = {
        { { "a", list_b, 1 }, { "a_b", NULL, 0 } },
        { { "a", NULL, 0 }, { "a", NULL, 0 } },
        { { "a", twice, 2 }, { "b", NULL, 0 } },
        { { "a", reserved, 1 }, { "b", NULL, 0 } },
        { { "a", odd, 1 }, { "b", NULL, 0 } },
        { { "a", quote, 1 }, { "b", NULL, 0 } },
        { { "subject", NULL, 0 }, { "b", NULL, 0 } },
        { { "", NULL, 0 }, { "b", NULL, 0 } },
        { { "1a", NULL, 0 }, { "b", NULL, 0 } },
        { { "a; DROP TABLE meta", NULL, 0 }, { "b", NULL, 0 } },
        { { "abcdefghijklmnopqrstuvwxyz_abcdefghijklmno", NULL, 0 }, { "b", NULL, 0 } },
        { { "abcdefghijklmnopqrstuvwxyz_abcdefghijkl", long_list, 1 }, { "b", NULL, 0 } },
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        assert_int_equal(yj_kind_tables_sync(db, bad[i], 2, &err), YJ_E_INVALID);
        assert_true(err.msg[0]);
    }
}

static void sync__long_names_keep_indexes_of_their_own(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, false);
    static const yj_kind_column columns[] = {
        { .name = "reference_to_something_with_a_long_nam_a", .is_ref = true },
        { .name = "reference_to_something_with_a_long_nam_b", .is_ref = true },
    };
    static const yj_kind_table tables[] = { { "kind_with_a_name_of_the_greatest_length_1", columns, 2 } };
    yj_ok(yj_kind_tables_sync(db, tables, 1, &err));
    assert_int_equal(
        yj_test_number(
            db,
            yj_db_engine(db) == YJ_ENGINE_SQLITE
                ? "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE 'r_kind_with%'"
                : "SELECT count(*) FROM pg_indexes WHERE tablename LIKE 'r_kind_with%'"),
        4);
}

/* What stands of the columns of the indexes of r_term: one line each, sorted. */
static char *indexes_of_term(yj_db *db)
{
    return yj_test_rows(
        db, yj_db_engine(db) == YJ_ENGINE_SQLITE
                ? "SELECT (SELECT group_concat(c.name, ' ') FROM pragma_index_info(i.name) c) AS columns"
                  " FROM pragma_index_list('r_term') i ORDER BY columns"
                : "SELECT (SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_attribute a"
                  " WHERE a.attrelid = i.indexrelid) AS columns FROM pg_index i"
                  " WHERE i.indrelid = 'yunjian.r_term'::regclass ORDER BY 1");
}

static void sync__index_of_the_keys_reference_holds_its_choices(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, false);
    yj_kind_column columns[] = {
        { .name = "place", .at = 3 },
        { .name = "topic", .at = 2 },
        { .name = "contract", .is_ref = true, .at = 1 },
        { .name = "document", .is_ref = true },
    };
    const yj_kind_table tables[] = { { "term", columns, YJ_COUNT(columns) } };
    yj_ok(yj_kind_tables_sync(db, tables, 1, &err));
    char *rows = indexes_of_term(db);
    assert_string_equal(rows, "inst f_contract f_topic f_place\ninst f_document\ninst id batch\ninst nkey\n");
    free(rows);
    /* another edition: another key, and what is no reference any more */
    columns[0].at = 0;
    columns[1].at = 0;
    columns[3].is_ref = false;
    yj_ok(yj_kind_tables_sync(db, tables, 1, &err));
    rows = indexes_of_term(db);
    assert_string_equal(rows, "inst f_contract\ninst id batch\ninst nkey\n");
    free(rows);
    columns[0].at = 2;
    yj_ok(yj_kind_tables_sync(db, tables, 1, &err));
    rows = indexes_of_term(db);
    assert_string_equal(rows, "inst f_contract f_place\ninst id batch\ninst nkey\n");
    free(rows);
}

/* Told of by hand, each index: one that is forgotten is taken for one of ten rows. */
static void sync__tells_sqlite_of_every_index(void **state)
{
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, false);
    if (yj_db_engine(db) != YJ_ENGINE_SQLITE)
        return;
    static const yj_kind_column columns[] = {
        { .name = "contract", .is_ref = true, .at = 1 },
        { .name = "topic", .at = 2 },
        { .name = "document", .is_ref = true },
        { .name = "models", .is_list = true },
    };
    static const yj_kind_table tables[] = { { "term", columns, YJ_COUNT(columns) } };
    yj_ok(yj_kind_tables_sync(db, tables, 1, &err));
    char *rows =
        yj_test_rows(db, "SELECT i.name FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE"
                         " t.type = 'table' AND t.name IN ('r_term', 'l_term_models') AND i.origin <>"
                         " CASE t.name WHEN 'l_term_models' THEN 'pk' ELSE '' END AND NOT EXISTS"
                         " (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = t.name AND s.idx = i.name)");
    assert_string_equal(rows, "");
    free(rows);
    rows = yj_test_rows(db, "SELECT stat FROM sqlite_stat1 WHERE idx = 'i_r_term$f_contract$f_topic'");
    assert_string_equal(rows, "1000000000000 1000000 10 1\n");
    free(rows);
}

static void *sync_too(void *arg)
{
    yj_test_store *t = arg;
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_status s = yj_db_open(t->store, YJ_DB_WRITE, &db, &err);
    if (s == YJ_OK)
        s = yj_kind_tables_sync(db, kinds, KIND_COUNT, &err);
    if (s == YJ_OK)
        s = yj_confine_setup(db, kinds, KIND_COUNT, &err);
    if (s != YJ_OK)
        print_error("%s\n", err.msg);
    yj_db_free(db);
    return (void *)(uintptr_t)s;
}

static void sync__several_servers_may_do_it_at_once(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    pthread_t thread[4];
    for (size_t i = 0; i < YJ_COUNT(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, sync_too, t), 0);
    for (size_t i = 0; i < YJ_COUNT(thread); i++) {
        void *s = NULL;
        pthread_join(thread[i], &s);
        assert_null(s);
    }
}

static void visible__a_batch_appears_at_once(void **state)
{
    yj_auto(yj_db_freep) yj_db *db = kinds_db(*state, true);
    static const char count[] = "SELECT count(*) FROM r_contract c WHERE c.inst = 1 AND " YJ_SQL_VISIBLE("c");
    static const char name[] = "SELECT f_name FROM r_contract c WHERE c.id = 'c1' AND " YJ_SQL_VISIBLE("c");
    assert_int_equal(yj_test_number(db, count), 2);
    /* batch 7 replaces c1 and adds c3 */
    yj_test_script(
        db,
        "INSERT INTO open_batch(id) VALUES(7);"
        "UPDATE r_contract SET until_batch = 7 WHERE id = 'c1';"
        "INSERT INTO r_contract(inst, id, batch, until_batch, version, seq, state, erased, f_name)"
        " VALUES(1, 'c1', 7, 0, 2, 20, 'signed', 0, 'New'), (1, 'c3', 7, 0, 1, 21, 'signed', 0, 'Third')");
    assert_int_equal(yj_test_number(db, count), 2);
    char *rows = yj_test_rows(db, name);
    assert_string_equal(rows, "Hosting\n");
    free(rows);
    yj_test_script(db, "DELETE FROM open_batch WHERE id = 7");
    assert_int_equal(yj_test_number(db, count), 3);
    rows = yj_test_rows(db, name);
    assert_string_equal(rows, "New\n");
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(sync__makes_tables_and_is_idempotent),
        yj_test_stores(sync__adds_what_a_new_edition_declares),
        yj_test_stores(sync__tells_the_planner_of_empty_tables),
        yj_test_stores(sync__a_changed_type_needs_a_rebuild),
        yj_test_stores(sync__refuses_names_that_cannot_live_together),
        yj_test_stores(sync__long_names_keep_indexes_of_their_own),
        yj_test_stores(sync__index_of_the_keys_reference_holds_its_choices),
        yj_test_stores(sync__tells_sqlite_of_every_index),
        yj_test_stores(sync__several_servers_may_do_it_at_once),
        yj_test_stores(visible__a_batch_appears_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
