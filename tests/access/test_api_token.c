// SPDX-License-Identifier: Apache-2.0
/* Tokens of the API on both stores: known by the whole text alone, with a scope and an end. */
#include "access_test.h"

#include "access/api_token.h"

typedef struct one {
    char token[YJ_TOKEN_LEN + 1], id[YJ_TOKEN_ID_LEN + 1];
} one;

static const char *owner(office *o, const char *name)
{
    yj_error err = { 0 };
    const char *id = account(o, name, NULL, false);
    written(o, yj_account_link(o->db, id, 3, "p3", &err));
    return id;
}

static yj_token_new plain(const char *account_id)
{
    return (yj_token_new){ .account = account_id,
                           .name = YJ_SPAN("nightly export"),
                           .inst = 3,
                           .person = "p3",
                           .expires_ns = NOW + DAYS(30) };
}

static one create(office *o, const yj_token_new *n)
{
    yj_error err = { 0 };
    one x;
    written(o, yj_token_create(o->db, n, NOW, x.token, x.id, &err));
    return x;
}

/* NULL if it opens nothing; else valid until the next call. */
static const yj_token *find(office *o, const char *token, int64_t at)
{
    static yj_token t;
    yj_error err = { 0 };
    bool found = true;
    yj_ok(yj_token_find(o->db, yj_span_of(token), at, &t, &found, &err));
    return found ? &t : NULL;
}

/* The form stays: tokens are kept outside for a year. This one holds the bytes 0 to 39. */
static void parse__takes_the_form_that_it_always_had(void **state)
{
    static const char known[] = "yj_AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPSAIJCEMSCKJRHFGWK4HTE";
    char id[YJ_TOKEN_ID_LEN + 1];
    uint8_t secret[YJ_TOKEN_SECRET_BYTES];
    assert_true(yj_token_parse(yj_span_of(known), id, secret));
    assert_memory_equal(known + 3, id, YJ_TOKEN_ID_LEN);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 10 + i);
}

static void create__then_find(void **state)
{
    office o;
    office_open(&o, state);
    const char *id = owner(&o, "wang");
    yj_token_new n = plain(id);
    one a = create(&o, &n), b = create(&o, &n);
    assert_int_equal(strlen(a.token), YJ_TOKEN_LEN);
    assert_memory_equal(a.token, "yj_", 3);
    assert_string_not_equal(a.token, b.token);
    assert_string_not_equal(a.id, b.id);
    const yj_token *t = find(&o, a.token, NOW);
    assert_non_null(t);
    assert_string_equal(t->id, a.id);
    assert_string_equal(t->account, id);
    assert_string_equal(t->name, "nightly export");
    assert_int_equal(t->inst, 3);
    assert_string_equal(t->person, "p3");
    assert_int_equal(t->created_ns, NOW);
    assert_int_equal(t->expires_ns, NOW + DAYS(30));
    assert_int_equal(t->used_ns, 0);
    assert_true(t->touch);
    office_close(&o);
}

static void find__takes_the_whole_token_only(void **state)
{
    office o;
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang"));
    one a = create(&o, &n);
    assert_null(find(&o, "", NOW));
    assert_null(find(&o, NULL, NOW));
    assert_null(find(&o, a.id, NOW));
    for (size_t i = 0; i < YJ_TOKEN_LEN; i++) {
        char c = a.token[i];
        a.token[i] = c == 'A' ? 'B' : 'A';
        assert_null(find(&o, a.token, NOW));
        a.token[i] = c;
    }
    assert_non_null(find(&o, a.token, NOW));
    a.token[YJ_TOKEN_LEN - 1] = '\0';
    assert_null(find(&o, a.token, NOW));
    office_close(&o);
}

/* Of another token with its check right, but not this secret: the id alone opens nothing. */
static void find__compares_the_secret(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang"));
    one a = create(&o, &n), b = create(&o, &n);
    written(&o, yj_token_revoke(o.db, n.account, b.id, NOW, &err));
    yj_ok(yj_db_begin(o.db, YJ_DB_WRITE, &err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(
        o.db, "UPDATE api_token SET digest = (SELECT digest FROM api_token WHERE id = ?2) WHERE id = ?1", &st,
        &err));
    yj_bind_cstr(st, 1, a.id);
    yj_bind_cstr(st, 2, b.id);
    yj_ok(yj_stmt_run(st, NULL, &err));
    yj_stmt_done(yj_take(st));
    assert_null(find(&o, a.token, NOW));
    yj_ok(yj_db_prepare(o.db, "UPDATE api_token SET digest = ?2 WHERE id = ?1", &st, &err));
    yj_bind_cstr(st, 1, a.id);
    yj_bind_blob(st, 2, "", 0);
    yj_ok(yj_stmt_run(st, NULL, &err));
    yj_stmt_done(yj_take(st));
    assert_null(find(&o, a.token, NOW));
    yj_db_rollback(o.db);
    assert_non_null(find(&o, a.token, NOW));
    office_close(&o);
}

static void find__ends_by_time_revocation_and_lock(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    const char *id = owner(&o, "wang"), *other = owner(&o, "li");
    yj_token_new n = plain(id);
    one a = create(&o, &n);
    assert_non_null(find(&o, a.token, NOW + DAYS(30) - 1));
    assert_null(find(&o, a.token, NOW + DAYS(30)));
    written(&o, yj_account_lock(o.db, id, true, &err));
    assert_null(find(&o, a.token, NOW));
    written(&o, yj_account_lock(o.db, id, false, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_token_revoke(o.db, other, a.id, NOW, &err));
    assert_non_null(find(&o, a.token, NOW));
    written(&o, yj_token_revoke(o.db, id, a.id, NOW + 1, &err));
    written(&o, yj_token_revoke(o.db, id, a.id, NOW + 2, &err));
    assert_null(find(&o, a.token, NOW));
    assert_int_equal(yj_test_number(o.db, "SELECT revoked FROM api_token"), NOW + 1);
    office_close(&o);
}

static void find__ends_with_the_persons_link(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    const char *id = owner(&o, "wang");
    yj_token_new n = plain(id);
    one a = create(&o, &n);
    written(&o, yj_account_unlink(o.db, id, 3, "p3", &err));
    assert_null(find(&o, a.token, NOW));
    office_close(&o);
}

static void find__notes_its_use_once_a_minute(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang"));
    one a = create(&o, &n);
    written(&o, yj_token_touch(o.db, a.id, NOW, &err));
    assert_false(find(&o, a.token, NOW + SECONDS(59))->touch);
    assert_true(find(&o, a.token, NOW + SECONDS(60))->touch);
    assert_int_equal(find(&o, a.token, NOW)->used_ns, NOW);
    office_close(&o);
}

static void allows__what_is_in_scope(void **state)
{
    static const char *const kinds[] = { "system", "contract_term" };
    office o;
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang"));
    one a = create(&o, &n);
    const yj_token *t = find(&o, a.token, NOW);
    assert_true(yj_token_allows(t, false, "system"));
    assert_true(yj_token_allows(t, false, NULL));
    assert_false(yj_token_allows(t, true, "system"));
    n.write = true;
    n.kinds = kinds;
    n.kind_count = 2;
    a = create(&o, &n);
    t = find(&o, a.token, NOW);
    assert_string_equal(t->kinds, "system contract_term");
    assert_true(yj_token_allows(t, false, "system"));
    assert_true(yj_token_allows(t, true, "contract_term"));
    assert_false(yj_token_allows(t, true, "contract"));
    assert_false(yj_token_allows(t, true, "term"));
    assert_false(yj_token_allows(t, true, "system contract_term"));
    assert_false(yj_token_allows(t, true, ""));
    assert_false(yj_token_allows(t, false, NULL));
    assert_false(yj_token_allows(t, false, "*"));
    office_close(&o);
}

static void check_refused(office *o, const yj_token_new *n, const char *field)
{
    yj_error err = { 0 };
    one x;
    refused(o, YJ_E_INVALID, yj_token_create(o->db, n, NOW, x.token, x.id, &err));
    assert_string_equal(err.field, field);
    assert_string_not_equal(err.msg, err.msg_zh);
}

static void create__refuses_what_cannot_be(void **state)
{
    static const char *const bad_kinds[] = { "",       "*",   "a b",
                                             "System", "a-b", "a23456789012345678901234567890123456789012" };
    office o;
    yj_error err = { 0 };
    one x;
    char longer[YJ_TOKEN_NAME_MAX + 1];
    const char *many[YJ_TOKEN_KINDS_MAX + 1];
    office_open(&o, state);
    const yj_token_new n = plain(owner(&o, "wang"));
    yj_token_new m = n;
    memset(longer, 'n', sizeof longer);
    m.name = YJ_SPAN("");
    check_refused(&o, &m, "name");
    m.name = YJ_SPAN("two\nlines");
    check_refused(&o, &m, "name");
    m.name = YJ_SPAN("\xff");
    check_refused(&o, &m, "name");
    m.name = (yj_span){ longer, sizeof longer };
    check_refused(&o, &m, "name");
    m = n;
    m.expires_ns = 0;
    check_refused(&o, &m, "expires");
    m.expires_ns = NOW;
    check_refused(&o, &m, "expires");
    m.expires_ns = NOW + DAYS(366) + 1;
    check_refused(&o, &m, "expires");
    m.expires_ns = NOW + DAYS(366);
    (void)create(&o, &m);
    m = n;
    m.kind_count = 1;
    for (size_t i = 0; i < YJ_COUNT(bad_kinds); i++) {
        m.kinds = &bad_kinds[i];
        check_refused(&o, &m, "kinds");
    }
    for (size_t i = 0; i < YJ_COUNT(many); i++)
        many[i] = "a2345678901234567890123456789012345678901";
    m.kinds = many;
    m.kind_count = YJ_COUNT(many);
    check_refused(&o, &m, "kinds");
    m.kind_count--;
    x = create(&o, &m);
    assert_true(yj_token_allows(find(&o, x.token, NOW), false, many[0]));
    m = n;
    m.person = "p4";
    refused(&o, YJ_E_FORBIDDEN, yj_token_create(o.db, &m, NOW, x.token, x.id, &err));
    m = n;
    m.account = "none";
    refused(&o, YJ_E_FORBIDDEN, yj_token_create(o.db, &m, NOW, x.token, x.id, &err));
    office_close(&o);
}

static void create__makes_so_many_and_no_more(void **state)
{
    office o;
    yj_error err = { 0 };
    one x;
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang"));
    for (int i = 0; i < YJ_TOKENS_MAX; i++)
        x = create(&o, &n);
    refused(&o, YJ_E_LIMIT, yj_token_create(o.db, &n, NOW, x.token, x.id, &err));
    written(&o, yj_token_revoke(o.db, n.account, x.id, NOW, &err));
    (void)create(&o, &n);
    office_close(&o);
}

static void list__then_sweep(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_token rows[4];
    size_t count = 9;
    one b;
    office_open(&o, state);
    yj_token_new n = plain(owner(&o, "wang")), other = plain(owner(&o, "li"));
    one a = create(&o, &n);
    (void)create(&o, &other);
    written(&o, yj_token_create(o.db, &n, NOW + 1, b.token, b.id, &err));
    written(&o, yj_token_revoke(o.db, n.account, b.id, NOW + 2, &err));
    yj_ok(yj_token_list(o.db, n.account, rows, 4, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].id, b.id);
    assert_int_equal(rows[0].revoked_ns, NOW + 2);
    assert_string_equal(rows[1].id, a.id);
    yj_ok(yj_token_list(o.db, n.account, rows, 1, &count, &err));
    assert_int_equal(count, 1);
    written(&o, yj_token_sweep(o.db, NOW + DAYS(90), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM api_token"), 3);
    written(&o, yj_token_sweep(o.db, NOW + DAYS(91), &err)); /* the revoked one */
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM api_token"), 2);
    written(&o, yj_token_sweep(o.db, NOW + DAYS(121), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM api_token"), 0);
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__takes_the_form_that_it_always_had),
        yj_test_stores(create__then_find),
        yj_test_stores(find__takes_the_whole_token_only),
        yj_test_stores(find__compares_the_secret),
        yj_test_stores(find__ends_by_time_revocation_and_lock),
        yj_test_stores(find__ends_with_the_persons_link),
        yj_test_stores(find__notes_its_use_once_a_minute),
        yj_test_stores(allows__what_is_in_scope),
        yj_test_stores(create__refuses_what_cannot_be),
        yj_test_stores(create__makes_so_many_and_no_more),
        yj_test_stores(list__then_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
