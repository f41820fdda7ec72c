// SPDX-License-Identifier: Apache-2.0
/* Accounts on both stores: made, found, changed, linked to persons. */
#include "access_test.h"

static void name__is_small_and_plain(void **state)
{
    static const char *const bad[] = {
        "",     "a",
        ".a",   "-ab",
        "@ab",  "a b",
        "a:b",  "a/b",
        "a%b",  "a\xe5\xae\x89",
        "a\tb", "12345678901234567890123456789012345678901234567890123456789012345"
    };
    char key[YJ_ACCOUNT_NAME_MAX + 1];
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_false(yj_account_name(yj_span_of(bad[i]), key));
    assert_true(yj_account_name(YJ_SPAN("Wang.Li+x@A-b_c.CN"), key));
    assert_string_equal(key, "wang.li+x@a-b_c.cn");
    assert_true(
        yj_account_name(YJ_SPAN("1234567890123456789012345678901234567890123456789012345678901234"), key));
}

static void create__then_read(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_account x, y;
    office_open(&o, state);
    const char *id = account(&o, "Wang.Li", "$hash", false);
    yj_ok(yj_account_read(o.db, id, &x, &err));
    assert_string_equal(x.name, "wang.li");
    assert_true(x.has_password);
    assert_false(x.locked || x.break_glass || x.has_totp);
    assert_int_equal(x.recovery_left, 0);
    assert_int_equal(x.created_ns, NOW);
    assert_int_equal(x.password_ns, NOW);
    assert_int_equal(x.last_sign_in_ns, 0);
    yj_ok(yj_account_by_name(o.db, YJ_SPAN("WANG.LI"), &y, &err));
    assert_string_equal(y.id, id);
    assert_int_equal(yj_account_by_name(o.db, YJ_SPAN("wang"), &y, &err), YJ_E_NOT_FOUND);
    assert_int_equal(yj_account_by_name(o.db, YJ_SPAN("no name"), &y, &err), YJ_E_NOT_FOUND);
    assert_int_equal(yj_account_read(o.db, "wang.li", &y, &err), YJ_E_NOT_FOUND);
    yj_ok(yj_account_read(o.db, account(&o, "glass", NULL, true), &x, &err));
    assert_true(x.break_glass);
    assert_false(x.has_password);
    office_close(&o);
}

static void create__refuses_a_name_twice(void **state)
{
    office o;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    office_open(&o, state);
    account(&o, "wang.li", NULL, false);
    yj_account_new n = { .name = YJ_SPAN("Wang.LI") };
    refused(&o, YJ_E_CONFLICT, yj_account_create(o.db, &n, NOW, id, &err));
    assert_string_equal(err.field, "name");
    n.name = YJ_SPAN("wang li");
    refused(&o, YJ_E_INVALID, yj_account_create(o.db, &n, NOW, id, &err));
    assert_string_equal(err.field, "name");
    office_close(&o);
}

static void create__makes_the_first_one_once(void **state)
{
    office o;
    yj_error err = { 0 };
    bool any = true;
    char id[YJ_UUID_LEN + 1];
    office_open(&o, state);
    yj_ok(yj_account_any(o.db, &any, &err));
    assert_false(any);
    yj_account_new n = { .name = YJ_SPAN("admin"), .first = true };
    written(&o, yj_account_create(o.db, &n, NOW, id, &err));
    n.name = YJ_SPAN("other");
    refused(&o, YJ_E_CONFLICT, yj_account_create(o.db, &n, NOW, id, &err));
    yj_ok(yj_account_any(o.db, &any, &err));
    assert_true(any);
    office_close(&o);
}

static void list__goes_by_name(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_account rows[2];
    size_t count = 0;
    office_open(&o, state);
    account(&o, "zhao", NULL, false);
    account(&o, "li", NULL, false);
    account(&o, "wang", NULL, false);
    yj_ok(yj_account_list(o.db, "", rows, 2, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].name, "li");
    assert_string_equal(rows[1].name, "wang");
    yj_ok(yj_account_list(o.db, "wang", rows, 2, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].name, "zhao");
    office_close(&o);
}

static void set__changes_what_it_says_and_knows_no_other(void **state)
{
    static const uint8_t secret[YJ_TOTP_SECRET_LEN] = "12345678901234567890";
    office o;
    yj_error err = { 0 };
    yj_account x;
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    office_open(&o, state);
    yj_recovery_make(codes);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    written(&o, yj_account_set_password(o.db, id, "$hash", NOW + 1, &err));
    written(&o, yj_account_set_totp(o.db, o.seal, id, secret, 7, &err));
    written(&o, yj_account_set_recovery(o.db, o.seal, id, codes, &err));
    written(&o, yj_account_set_recovery(o.db, o.seal, id, codes, &err)); /* replaced, not added */
    written(&o, yj_account_lock(o.db, id, true, &err));
    yj_ok(yj_account_read(o.db, id, &x, &err));
    assert_true(x.has_password && x.has_totp && x.locked);
    assert_int_equal(x.recovery_left, YJ_RECOVERY_CODES);
    assert_int_equal(x.password_ns, NOW + 1);
    yj_ok(yj_account_read(o.db, other, &x, &err));
    assert_false(x.has_password || x.has_totp || x.locked || x.recovery_left);
    written(&o, yj_account_lock(o.db, id, false, &err));
    written(&o, yj_account_clear_second(o.db, id, &err));
    yj_ok(yj_account_read(o.db, id, &x, &err));
    assert_false(x.has_totp || x.locked || x.recovery_left);
    refused(&o, YJ_E_NOT_FOUND, yj_account_set_password(o.db, "x", "$hash", NOW, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_account_set_totp(o.db, o.seal, "x", secret, 7, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_account_set_recovery(o.db, o.seal, "x", codes, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_account_clear_second(o.db, "x", &err));
    refused(&o, YJ_E_NOT_FOUND, yj_account_lock(o.db, "x", true, &err));
    office_close(&o);
}

/* Neither a secret nor a code can be read out of the tables. */
static void set__keeps_no_secret_in_the_open(void **state)
{
    static const uint8_t secret[YJ_TOTP_SECRET_LEN] = "12345678901234567890";
    office o;
    yj_error err = { 0 };
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    office_open(&o, state);
    yj_recovery_make(codes);
    const char *id = account(&o, "wang", NULL, false);
    written(&o, yj_account_set_totp(o.db, o.seal, id, secret, 7, &err));
    written(&o, yj_account_set_recovery(o.db, o.seal, id, codes, &err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(yj_db_prepare(o.db, "SELECT totp FROM account", &st, &err));
    yj_ok(yj_stmt_step(st, &row, &err));
    yj_span kept = yj_col_blob(st, 0);
    assert_int_equal(kept.len, sizeof secret + YJ_SEAL_MORE);
    assert_null(memmem(kept.ptr, kept.len, secret, 8));
    yj_auto(yj_stmt_donep) yj_stmt *rc = NULL;
    yj_ok(yj_db_prepare(o.db, "SELECT digest FROM account_recovery", &rc, &err));
    yj_ok(yj_stmt_step(rc, &row, &err));
    assert_int_equal(yj_col_blob(rc, 0).len, YJ_HASH_LEN);
    yj_stmt_done(yj_take(st));
    yj_stmt_done(yj_take(rc));
    office_close(&o);
}

static void link__names_persons(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
    const yj_account_person *rows = NULL;
    size_t count = 9;
    bool is = true;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    yj_ok(yj_account_persons(o.db, id, a, &rows, &count, &err));
    assert_int_equal(count, 0);
    written(&o, yj_account_link(o.db, id, 3, "p3", &err));
    written(&o, yj_account_link(o.db, id, 0, "operator", &err));
    written(&o, yj_account_link(o.db, id, 3, "p3", &err));
    written(&o, yj_account_link(o.db, other, 3, "p4", &err));
    yj_ok(yj_account_persons(o.db, id, a, &rows, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].inst, 0);
    assert_string_equal(rows[0].person, "operator");
    assert_int_equal(rows[1].inst, 3);
    assert_string_equal(rows[1].person, "p3");
    yj_ok(yj_account_is(o.db, id, 3, "p3", &is, &err));
    assert_true(is);
    yj_ok(yj_account_is(o.db, id, 3, "p4", &is, &err));
    assert_false(is);
    yj_ok(yj_account_is(o.db, id, 2, "p3", &is, &err));
    assert_false(is);
    written(&o, yj_account_unlink(o.db, id, 3, "p3", &err));
    yj_ok(yj_account_is(o.db, id, 3, "p3", &is, &err));
    assert_false(is);
    yj_ok(yj_account_is(o.db, other, 3, "p4", &is, &err));
    assert_true(is);
    refused(&o, YJ_E_NOT_FOUND, yj_account_unlink(o.db, id, 3, "p3", &err));
    refused(&o, YJ_E_NOT_FOUND, yj_account_link(o.db, "x", 3, "p3", &err));
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name__is_small_and_plain),
        yj_test_stores(create__then_read),
        yj_test_stores(create__refuses_a_name_twice),
        yj_test_stores(create__makes_the_first_one_once),
        yj_test_stores(list__goes_by_name),
        yj_test_stores(set__changes_what_it_says_and_knows_no_other),
        yj_test_stores(set__keeps_no_secret_in_the_open),
        yj_test_stores(link__names_persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
