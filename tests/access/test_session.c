// SPDX-License-Identifier: Apache-2.0
/* Sessions on both stores: known by their token alone, ended in every way they can end, and another token
 * after each proof. */
#include "access_test.h"

#include "access/secret.h"
#include "access/session.h"

#define HERE "192.0.2.7"

static const yj_session_options usual = { 0 };

typedef struct one {
    char token[YJ_SESSION_TOKEN_LEN + 1], id[YJ_UUID_LEN + 1];
} one;

static one begin(office *o, const char *account_id, yj_session_stage stage, int64_t at)
{
    yj_error err = { 0 };
    one x;
    yj_session_new n = {
        .account = account_id, .stage = stage, .address = HERE, .agent = YJ_SPAN("Browser/1.0")
    };
    written(o, yj_session_begin(o->db, &usual, &n, at, x.token, x.id, &err));
    return x;
}

/* NULL if it opens nothing; else valid until the next call. */
static const yj_session *find(office *o, const char *token, int64_t at)
{
    static yj_session s;
    yj_error err = { 0 };
    bool found = true;
    yj_ok(yj_session_find(o->db, &usual, yj_span_of(token), at, &s, &found, &err));
    return found ? &s : NULL;
}

static void begin__then_find(void **state)
{
    office o;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false);
    one a = begin(&o, id, YJ_SESSION_FULL, NOW), b = begin(&o, id, YJ_SESSION_FULL, NOW);
    assert_int_equal(strlen(a.token), YJ_SESSION_TOKEN_LEN);
    assert_string_not_equal(a.token, b.token);
    const yj_session *s = find(&o, a.token, NOW);
    assert_non_null(s);
    assert_string_equal(s->id, a.id);
    assert_string_equal(s->account, id);
    assert_int_equal(s->stage, YJ_SESSION_FULL);
    assert_int_equal(s->created_ns, NOW);
    assert_int_equal(s->proved_ns, NOW);
    assert_int_equal(s->ends_ns, NOW + SECONDS(1800));
    assert_string_equal(s->network, "192.0.2.0/24");
    assert_string_equal(s->agent, "Browser/1.0");
    assert_string_equal(s->person, "");
    assert_false(s->touch);
    office_close(&o);
}

static void find__takes_nothing_but_a_token(void **state)
{
    office o;
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_FULL, NOW);
    assert_null(find(&o, "", NOW));
    assert_null(find(&o, NULL, NOW));
    assert_null(find(&o, a.id, NOW));
    for (size_t i = 0; i < YJ_SESSION_TOKEN_LEN; i++) {
        char c = a.token[i];
        a.token[i] = c == 'A' ? 'Q' : 'A';
        assert_null(find(&o, a.token, NOW));
        a.token[i] = (char)(c >= 'A' ? c + 32 : c - 24);
        assert_null(find(&o, a.token, NOW));
        a.token[i] = c;
    }
    assert_non_null(find(&o, a.token, NOW));
    office_close(&o);
}

/* What the table holds opens nothing. */
static void find__does_not_take_what_is_kept(void **state)
{
    office o;
    yj_error err = { 0 };
    char text[YJ_SESSION_TOKEN_LEN + 1];
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_FULL, NOW);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(yj_db_prepare(o.db, "SELECT digest FROM session", &st, &err));
    yj_ok(yj_stmt_step(st, &row, &err));
    yj_base32(yj_col_blob(st, 0).ptr, 32, text);
    yj_stmt_done(yj_take(st));
    assert_string_not_equal(text, a.token);
    assert_null(find(&o, text, NOW));
    office_close(&o);
}

static void find__ends_by_time(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_FULL, NOW);
    assert_non_null(find(&o, a.token, NOW + SECONDS(1800) - 1));
    assert_null(find(&o, a.token, NOW + SECONDS(1800)));
    /* seen again and again it lives, until the twelfth hour */
    int64_t at = NOW;
    for (; at < NOW + SECONDS(43200) - SECONDS(1000); at += SECONDS(1000)) {
        assert_non_null(find(&o, a.token, at));
        written(&o, yj_session_touch(o.db, a.id, at, &err));
    }
    assert_non_null(find(&o, a.token, NOW + SECONDS(43200) - 1));
    assert_null(find(&o, a.token, NOW + SECONDS(43200)));
    office_close(&o);
}

static void find__waits_for_the_code_a_short_time(void **state)
{
    office o;
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_SECOND, NOW);
    const yj_session *s = find(&o, a.token, NOW + SECONDS(299));
    assert_non_null(s);
    assert_int_equal(s->stage, YJ_SESSION_SECOND);
    assert_null(find(&o, a.token, NOW + SECONDS(300)));
    office_close(&o);
}

static void find__notes_that_it_was_seen_once_a_minute(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_FULL, NOW);
    assert_false(find(&o, a.token, NOW + SECONDS(59))->touch);
    assert_true(find(&o, a.token, NOW + SECONDS(60))->touch);
    written(&o, yj_session_touch(o.db, a.id, NOW + SECONDS(60), &err));
    assert_false(find(&o, a.token, NOW + SECONDS(60))->touch);
    assert_int_equal(find(&o, a.token, NOW + SECONDS(60))->seen_ns, NOW + SECONDS(60));
    written(&o, yj_session_touch(o.db, a.id, NOW + SECONDS(30), &err)); /* another thread, late */
    assert_int_equal(find(&o, a.token, NOW + SECONDS(60))->seen_ns, NOW + SECONDS(60));
    office_close(&o);
}

static void find__of_a_locked_account_finds_nothing(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false);
    one a = begin(&o, id, YJ_SESSION_FULL, NOW);
    written(&o, yj_account_lock(o.db, id, true, &err));
    assert_null(find(&o, a.token, NOW));
    written(&o, yj_account_lock(o.db, id, false, &err));
    assert_non_null(find(&o, a.token, NOW));
    office_close(&o);
}

static void prove__gives_another_token(void **state)
{
    office o;
    yj_error err = { 0 };
    char token[YJ_SESSION_TOKEN_LEN + 1];
    office_open(&o, state);
    one a = begin(&o, account(&o, "wang", NULL, false), YJ_SESSION_SECOND, NOW);
    written(&o, yj_session_prove(o.db, a.id, NOW + SECONDS(10), token, &err));
    assert_null(find(&o, a.token, NOW + SECONDS(10)));
    const yj_session *s = find(&o, token, NOW + SECONDS(400));
    assert_non_null(s);
    assert_string_equal(s->id, a.id);
    assert_int_equal(s->stage, YJ_SESSION_FULL);
    assert_int_equal(s->proved_ns, NOW + SECONDS(10));
    assert_int_equal(s->created_ns, NOW);
    refused(&o, YJ_E_NOT_FOUND, yj_session_prove(o.db, "none", NOW, token, &err));
    office_close(&o);
}

static void begin__instead_of_another_ends_that(void **state)
{
    office o;
    yj_error err = { 0 };
    one b;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    one a = begin(&o, id, YJ_SESSION_FULL, NOW), c = begin(&o, other, YJ_SESSION_FULL, NOW);
    yj_session_new n = { .account = id, .stage = YJ_SESSION_FULL, .instead = a.id };
    written(&o, yj_session_begin(o.db, &usual, &n, NOW, b.token, b.id, &err));
    assert_null(find(&o, a.token, NOW));
    assert_non_null(find(&o, b.token, NOW));
    n.instead = c.id; /* not this account's */
    written(&o, yj_session_begin(o.db, &usual, &n, NOW, b.token, b.id, &err));
    assert_non_null(find(&o, c.token, NOW));
    office_close(&o);
}

static void begin__cuts_what_the_browser_says(void **state)
{
    office o;
    yj_error err = { 0 };
    one a;
    char agent[500];
    office_open(&o, state);
    memset(agent, 'x', sizeof agent);
    memcpy(agent, "a\nb\xff", 4);
    memcpy(agent + 199, "\xe5\xae\x89", 3); /* one character across the border */
    yj_session_new n = { .account = account(&o, "wang", NULL, false),
                         .stage = YJ_SESSION_FULL,
                         .agent = { agent, sizeof agent } };
    written(&o, yj_session_begin(o.db, &usual, &n, NOW, a.token, a.id, &err));
    const yj_session *s = find(&o, a.token, NOW);
    assert_int_equal(strlen(s->agent), 199);
    assert_memory_equal(s->agent, "a?b?x", 5);
    assert_string_equal(s->network, "other");
    office_close(&o);
}

static void begin__ends_those_too_many(void **state)
{
    office o;
    yj_error err = { 0 };
    one a[25], second;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    one b = begin(&o, other, YJ_SESSION_FULL, NOW);
    second = begin(&o, id, YJ_SESSION_SECOND, NOW);
    for (int i = 0; i < 20; i++)
        a[i] = begin(&o, id, YJ_SESSION_FULL, NOW + i);
    written(&o, yj_session_touch(o.db, a[0].id, NOW + 100, &err)); /* the oldest is in use */
    /* who has the password alone ends none of them, nor what waits elsewhere for its code */
    yj_session_new n = { .account = id, .stage = YJ_SESSION_SECOND, .address = "198.51.100.9" };
    for (int i = 0; i < 30; i++)
        written(&o, yj_session_begin(o.db, &usual, &n, NOW + 200, a[24].token, a[24].id, &err));
    for (int i = 0; i < 20; i++)
        assert_non_null(find(&o, a[i].token, NOW + 200));
    (void)begin(&o, id, YJ_SESSION_SECOND, NOW + 200);
    assert_non_null(find(&o, second.token, NOW + 200));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM session WHERE stage = 'second'"), 22);
    a[20] = begin(&o, id, YJ_SESSION_FULL, NOW + 300);
    assert_non_null(find(&o, a[0].token, NOW + 300));
    assert_null(find(&o, a[1].token, NOW + 300));
    assert_non_null(find(&o, a[2].token, NOW + 300));
    assert_non_null(find(&o, a[20].token, NOW + 300));
    assert_non_null(find(&o, b.token, NOW + 300));
    office_close(&o);
}

static void act__is_for_persons_of_the_account(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    written(&o, yj_account_link(o.db, id, 3, "p3", &err));
    written(&o, yj_account_link(o.db, other, 3, "p4", &err));
    one a = begin(&o, id, YJ_SESSION_FULL, NOW);
    written(&o, yj_session_act(o.db, a.id, 3, "p3", &err));
    assert_int_equal(find(&o, a.token, NOW)->inst, 3);
    assert_string_equal(find(&o, a.token, NOW)->person, "p3");
    refused(&o, YJ_E_FORBIDDEN, yj_session_act(o.db, a.id, 3, "p4", &err));
    refused(&o, YJ_E_FORBIDDEN, yj_session_act(o.db, a.id, 4, "p3", &err));
    refused(&o, YJ_E_NOT_FOUND, yj_session_act(o.db, "none", 3, "p3", &err));
    written(&o, yj_account_unlink(o.db, id, 3, "p3", &err)); /* and the session ends with the link */
    assert_null(find(&o, a.token, NOW));
    office_close(&o);
}

static void end__one_or_all_others(void **state)
{
    office o;
    yj_error err = { 0 };
    int64_t ended = 0;
    yj_session rows[8];
    size_t count = 0;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false), *other = account(&o, "li", NULL, false);
    one a = begin(&o, id, YJ_SESSION_FULL, NOW), b = begin(&o, id, YJ_SESSION_FULL, NOW + 1),
        c = begin(&o, id, YJ_SESSION_FULL, NOW + 2), d = begin(&o, other, YJ_SESSION_FULL, NOW);
    yj_ok(yj_session_list(o.db, &usual, id, NOW + 2, rows, 8, &count, &err));
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].id, c.id);
    assert_string_equal(rows[2].id, a.id);
    yj_ok(yj_session_list(o.db, &usual, id, NOW + 2, rows, 2, &count, &err));
    assert_int_equal(count, 2);
    refused(&o, YJ_E_NOT_FOUND, yj_session_end(o.db, other, a.id, &err)); /* not the other's */
    written(&o, yj_session_end(o.db, id, a.id, &err));
    assert_null(find(&o, a.token, NOW));
    refused(&o, YJ_E_NOT_FOUND, yj_session_end(o.db, id, a.id, &err));
    a = begin(&o, id, YJ_SESSION_FULL, NOW);
    written(&o, yj_session_end_others(o.db, id, b.id, &ended, &err));
    assert_int_equal(ended, 2);
    assert_null(find(&o, a.token, NOW));
    assert_non_null(find(&o, b.token, NOW));
    assert_null(find(&o, c.token, NOW));
    assert_non_null(find(&o, d.token, NOW));
    written(&o, yj_session_end_others(o.db, id, NULL, NULL, &err));
    assert_null(find(&o, b.token, NOW));
    assert_non_null(find(&o, d.token, NOW));
    office_close(&o);
}

static void sweep__removes_what_has_ended(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_session rows[8];
    size_t count = 9;
    office_open(&o, state);
    const char *id = account(&o, "wang", NULL, false);
    begin(&o, id, YJ_SESSION_FULL, NOW);
    begin(&o, id, YJ_SESSION_SECOND, NOW);
    written(&o, yj_session_sweep(o.db, &usual, NOW + SECONDS(300) - 1, &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM session"), 2);
    yj_ok(yj_session_list(o.db, &usual, id, NOW + SECONDS(300), rows, 8, &count, &err));
    assert_int_equal(count, 1); /* the list does not wait for the sweep */
    written(&o, yj_session_sweep(o.db, &usual, NOW + SECONDS(300), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM session"), 1);
    written(&o, yj_session_sweep(o.db, &usual, NOW + SECONDS(1800), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM session"), 0);
    office_close(&o);
}

static void csrf__follows_the_token(void **state)
{
    char token[YJ_SESSION_TOKEN_LEN + 1], other[YJ_SESSION_TOKEN_LEN + 1];
    char csrf[YJ_SESSION_TOKEN_LEN + 1], again[YJ_SESSION_TOKEN_LEN + 1];
    uint8_t b[32] = { 7 };
    yj_base32(b, sizeof b, token);
    b[31] = 1;
    yj_base32(b, sizeof b, other);
    assert_true(yj_session_csrf(yj_span_of(token), csrf));
    assert_true(yj_session_csrf(yj_span_of(token), again));
    assert_string_equal(csrf, again);
    assert_string_not_equal(csrf, token);
    assert_true(yj_session_csrf_ok(yj_span_of(token), yj_span_of(csrf)));
    assert_false(yj_session_csrf_ok(yj_span_of(other), yj_span_of(csrf)));
    assert_false(yj_session_csrf_ok(yj_span_of(token), yj_span_of(token)));
    assert_false(yj_session_csrf_ok(yj_span_of(token), YJ_SPAN("")));
    assert_false(yj_session_csrf_ok(YJ_SPAN(""), yj_span_of(csrf)));
    assert_false(yj_session_csrf_ok(YJ_SPAN(""), YJ_SPAN("")));
    csrf[51] = csrf[51] == 'A' ? 'Q' : 'A';
    assert_false(yj_session_csrf_ok(yj_span_of(token), yj_span_of(csrf)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(begin__then_find),
        yj_test_stores(find__takes_nothing_but_a_token),
        yj_test_stores(find__does_not_take_what_is_kept),
        yj_test_stores(find__ends_by_time),
        yj_test_stores(find__waits_for_the_code_a_short_time),
        yj_test_stores(find__notes_that_it_was_seen_once_a_minute),
        yj_test_stores(find__of_a_locked_account_finds_nothing),
        yj_test_stores(prove__gives_another_token),
        yj_test_stores(begin__instead_of_another_ends_that),
        yj_test_stores(begin__cuts_what_the_browser_says),
        yj_test_stores(begin__ends_those_too_many),
        yj_test_stores(act__is_for_persons_of_the_account),
        yj_test_stores(end__one_or_all_others),
        yj_test_stores(sweep__removes_what_has_ended),
        cmocka_unit_test(csrf__follows_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
