// SPDX-License-Identifier: Apache-2.0
/* Ids as they are kept: what comes back is what went in, and sorts as its text does. */
#include "store/id_key.h"
#include "stores.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const ids[] = {
    "",
    "p",
    "exactly sixteen.",
    "018f2d4e-0000-7000-8000-000000000001",
    "018f2d4e-0000-7000-8000-0000000000ff",
    "018F2D4E-0000-7000-8000-000000000001", /* no UUID of ours: its text */
    "018f2d4e_0000-7000-8000-000000000001",
    "a text that is longer than any id that there is, and still kept as it is, to the last",
};

static void ids__come_back_as_they_were(void **state)
{
    yj_db *db = yj_test_db(*state, YJ_DB_WRITE);
    yj_error err = { 0 };
    yj_test_script(db, ((yj_test_store *)*state)->engine == YJ_ENGINE_SQLITE
                           ? "CREATE TABLE k(n INTEGER NOT NULL, id BLOB NOT NULL)"
                           : "CREATE TABLE k(n bigint NOT NULL, id bytea NOT NULL)");
    for (size_t i = 0; i < YJ_COUNT(ids); i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        yj_id_key key;
        yj_ok(yj_db_prepare(db, "INSERT INTO k(n, id) VALUES(?1, ?2)", &st, &err));
        yj_id_key_of(yj_span_of(ids[i]), &key);
        yj_bind_i64(st, 1, (int64_t)i);
        yj_bind_id_key(st, 2, &key);
        yj_ok(yj_stmt_run(st, NULL, &err));
    }
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(65536);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(db, "SELECT id FROM k ORDER BY n", &st, &err));
    for (size_t i = 0; i < YJ_COUNT(ids); i++) {
        char room[YJ_ID_KEY_MAX];
        bool row = false;
        yj_ok(yj_stmt_step(st, &row, &err));
        assert_true(row);
        assert_true(yj_span_is(yj_col_id_key(st, 0, room), ids[i]));
        assert_string_equal(yj_col_id_key_copy(arena, st, 0), ids[i]);
    }
    yj_stmt_done(yj_take(st));
    yj_db_free(db);
}

static void keys__are_short_and_sort_as_ids(void **state)
{
    yj_id_key a, b, c;
    char text[300];
    yj_id_key_of(yj_span_of(ids[3]), &a);
    yj_id_key_of(yj_span_of(ids[4]), &b);
    assert_int_equal(a.len, 16);
    assert_true(memcmp(a.b, b.b, 16) < 0);
    yj_id_key_of(yj_span_of(ids[2]), &c);
    assert_int_not_equal(c.len, 16); /* else it were some UUID's */
    memset(text, 'x', sizeof text);
    yj_id_key_of((yj_span){ text, sizeof text }, &c);
    assert_int_equal(c.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(ids__come_back_as_they_were),
                                        cmocka_unit_test(keys__are_short_and_sort_as_ids) };
    return cmocka_run_group_tests_name("store_id_key", tests, NULL, NULL);
}
