// SPDX-License-Identifier: Apache-2.0
/* Memory runs out anywhere while somebody signs in: he is in wholly, or not at all and nothing is kept. */
#include "access_test.h"

#include "access/api_token.h"
#include "access/jwt.h"
#include "access/outside.h"
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

/* A provider is made, and somebody comes in by it. */
static yj_status outside_steps(scene *s, yj_error *err)
{
    static const yj_span label = YJ_SPAN("p"), secret = YJ_SPAN("s3cret");
    static const yj_span settings =
        YJ_SPAN("{\"issuer\":\"https://id.example\",\"client_id\":\"c\",\"acr\":[\"x\"]}");
    const yj_provider_edit e = { .label = &label, .settings = &settings, .secret = &secret };
    yj_sign_in x = { .name = YJ_SPAN("wang"), .address = "192.0.2.7" };
    yj_proved who = { .subject = "sub", .login = "wang" };
    yj_provider p;
    char kept[YJ_PROVIDER_SECRET_MAX + 1];
    size_t len = 0;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_provider_create(s->o.db, s->o.seal, YJ_PROVIDER_OIDC, &e, NOW, who.provider, err));
    YJ_TRY(yj_provider_read(s->o.db, who.provider, a, &p, err));
    assert_string_equal(p.oidc.acr[0], "x");
    YJ_TRY(yj_provider_secret(s->o.seal, &p, kept, &len, err));
    assert_string_equal(kept, "s3cret");
    YJ_TRY(yj_identity_link(s->o.db, s->id, who.provider, YJ_SPAN("sub"), YJ_SPAN(""), NOW, err));
    YJ_TRY(yj_outside_begin(s->desk, s->o.db, &x, who.provider, NOW, err));
    YJ_TRY(yj_outside_end(s->desk, s->o.db, &x, &who, NOW, err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    return YJ_OK;
}

static yj_status run_outside(void *arg, yj_error *err)
{
    scene *s = arg;
    YJ_TRY(yj_db_begin(s->o.db, YJ_DB_WRITE, err));
    yj_status got = outside_steps(s, err);
    if (got == YJ_OK)
        got = yj_db_commit(s->o.db, err);
    if (got != YJ_OK)
        yj_db_rollback(s->o.db);
    return got;
}

static void check_outside(void *arg, yj_status got)
{
    scene *s = arg;
    const int64_t in = got == YJ_OK;
    assert_false(yj_db_in_transaction(s->o.db));
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM sign_in_provider"), in);
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM account_identity WHERE used > 0"), in);
    assert_int_equal(yj_test_number(s->o.db, "SELECT count(*) FROM account WHERE last_sign_in > 0"), in);
    yj_test_script(s->o.db, "DELETE FROM sign_in_provider; DELETE FROM account_identity; DELETE FROM attempt;"
                            "UPDATE account SET last_sign_in = 0");
}

/* RFC 7515, appendix A.3: it is right, or it is said that memory is wanting; never that it is wrong. */
static yj_status run_token(void *arg, yj_error *err)
{
    static const yj_span set = YJ_SPAN(
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}");
    static const yj_span token = YJ_SPAN(
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    yj_auto(yj_jwks_freep) yj_jwks *keys = NULL;
    yj_auto(yj_jwt_done) yj_jwt t = { .claims = NULL };
    (void)arg;
    YJ_TRY(yj_jwks_read(set, &keys, err));
    YJ_TRY(yj_jwt_read(token, &t, err));
    assert_int_equal(yj_jwt_verify(&t, keys), YJ_JWKS_RIGHT);
    return YJ_OK;
}

static void coming_in_by_others__is_whole_or_nothing(void **state)
{
    scene s = { .options.password = { .passes = 1, .memory = 8192 } };
    yj_error err = { 0 };
    office_open(&s.o, state);
    yj_ok(yj_sign_in_desk_new(&s.options, s.o.seal, &s.desk, &err));
    snprintf(s.id, sizeof s.id, "%s", account(&s.o, "wang", NULL, false));
    yj_torture_run(&(yj_torture){
        .name = "outside", .run = run_outside, .check = check_outside, .arg = &s, .at_least = 20 });
    yj_torture_run(&(yj_torture){ .name = "token", .run = run_token, .at_least = 5 });
    yj_sign_in_desk_free(s.desk);
    office_close(&s.o);
}

int main(void)
{
    yj_nomem_start(/* sqlite_too= */ true);
    const struct CMUnitTest tests[] = { yj_test_sqlite_only(sign_in__is_whole_or_nothing),
                                        yj_test_sqlite_only(coming_in_by_others__is_whole_or_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
