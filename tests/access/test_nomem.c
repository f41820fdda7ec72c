// SPDX-License-Identifier: Apache-2.0
/* Memory runs out anywhere while somebody signs in: he is in wholly, or not at all and nothing is kept. */
#include "access_test.h"

#include "access/api_token.h"
#include "access/session.h"
#include "access/sign_in.h"
#include "nomem.h"

#define RIGHT "correct horse battery"

typedef struct scene {
    office o;
    yj_sign_in_options options;
    yj_sign_in_desk *desk;
    char id[YJ_UUID_LEN + 1];
} scene;

static yj_status all_steps(scene *s, yj_error *err)
{
    yj_sign_in x = { .name = YJ_SPAN("wang"), .address = "192.0.2.7" };
    char token[YJ_SESSION_TOKEN_LEN + 1], session[YJ_UUID_LEN + 1];
    char text[YJ_TOKEN_LEN + 1], token_id[YJ_TOKEN_ID_LEN + 1];
    YJ_TRY(yj_sign_in_begin(s->desk, s->o.db, &x, NOW, err));
    YJ_TRY(yj_sign_in_check(s->desk, &x, YJ_SPAN(RIGHT), err));
    YJ_TRY(yj_sign_in_end(s->desk, s->o.db, &x, NOW, err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    yj_session_new n = { .account = x.account, .stage = YJ_SESSION_FULL, .address = "192.0.2.7" };
    YJ_TRY(yj_session_begin(s->o.db, &(yj_session_options){ 0 }, &n, NOW, token, session, err));
    yj_token_new t = {
        .account = x.account, .name = YJ_SPAN("t"), .inst = 3, .person = "p3", .expires_ns = NOW + DAYS(1)
    };
    return yj_token_create(s->o.db, &t, NOW, text, token_id, err);
}

static yj_status run_all(void *arg, yj_error *err)
{
    scene *s = arg;
    YJ_TRY(yj_db_begin(s->o.db, YJ_DB_WRITE, err));
    yj_status got = all_steps(s, err);
    if (got == YJ_OK)
        got = yj_db_commit(s->o.db, err);
    if (got != YJ_OK)
        yj_db_rollback(s->o.db);
    return got;
}

static void check_all(void *arg, yj_status got)
{
    scene *s = arg;
    const int64_t in = got == YJ_OK;
    assert_false(yj_db_in_transaction(s->o.db));
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM session"), in);
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM api_token"), in);
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM account WHERE last_sign_in > 0"), in);
    yj_test_script(s->o.db, "DELETE FROM session; DELETE FROM api_token; DELETE FROM attempt;"
                            "UPDATE account SET last_sign_in = 0");
}

static yj_status run_desk(void *arg, yj_error *err)
{
    scene *s = arg;
    char folder[640];
    snprintf(folder, sizeof folder, "%s/keys", s->o.t->dir);
    yj_auto(yj_seal_freep) yj_seal *seal = NULL;
    yj_auto(yj_sign_in_desk_freep) yj_sign_in_desk *desk = NULL;
    YJ_TRY(yj_seal_open(folder, &seal, err));
    return yj_sign_in_desk_new(&s->options, seal, &desk, err);
}

static void sign_in__is_whole_or_nothing(void **state)
{
    scene s = { .options.password = { .passes = 1, .memory = 8192 } };
    yj_error err = { 0 };
    char hash[YJ_PASSWORD_HASH_BYTES];
    office_open(&s.o, state);
    yj_ok(yj_sign_in_desk_new(&s.options, s.o.seal, &s.desk, &err));
    yj_ok(yj_password_hash(&s.options.password, YJ_SPAN(RIGHT), hash, &err));
    snprintf(s.id, sizeof s.id, "%s", account(&s.o, "wang", hash, false));
    written(&s.o, yj_account_link(s.o.db, s.id, 3, "p3", &err));
    yj_torture_run(
        &(yj_torture){ .name = "sign_in", .run = run_all, .check = check_all, .arg = &s, .at_least = 20 });
    yj_torture_run(&(yj_torture){ .name = "desk", .run = run_desk, .arg = &s, .at_least = 1 });
    yj_sign_in_desk_free(s.desk);
    office_close(&s.o);
}

int main(void)
{
    yj_nomem_start(/* sqlite_too= */ true);
    const struct CMUnitTest tests[] = { yj_test_sqlite_only(sign_in__is_whole_or_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
