// SPDX-License-Identifier: Apache-2.0
/* Signing in on both stores: by password, by code, who has to wait for whom, and what an outsider learns. */
#include "access_test.h"

#include "access/sign_in.h"
#include <pthread.h>

#define RIGHT "correct horse battery"
#define HERE "192.0.2.7"
#define ELSEWHERE "198.51.100.9"

static const uint8_t secret[YJ_TOTP_SECRET_LEN] = "12345678901234567890";
static const yj_sign_in_options quick = { .password = { .passes = 1, .memory = 8192 } };

typedef struct scene {
    office o;
    yj_sign_in_desk *desk;
    char hash[YJ_PASSWORD_HASH_BYTES];
} scene;

static void scene_open(scene *s, void **state, const yj_sign_in_options *options)
{
    yj_error err = { 0 };
    office_open(&s->o, state);
    yj_ok(yj_sign_in_desk_new(options, s->o.seal, &s->desk, &err));
    yj_ok(yj_password_hash(&quick.password, YJ_SPAN(RIGHT), s->hash, &err));
}

static void scene_close(scene *s)
{
    yj_sign_in_desk_free(s->desk);
    office_close(&s->o);
}

/* All three steps. */
static yj_sign_in come(scene *s, const char *name, const char *password, const char *from, const char *device,
                       int64_t at)
{
    yj_error err = { 0 };
    yj_sign_in x = { .name = yj_span_of(name), .address = from, .device = yj_span_of(device) };
    written(&s->o, yj_sign_in_begin(s->desk, s->o.db, &x, at, &err));
    if (x.outcome == YJ_SIGN_IN_WAIT)
        return x;
    yj_ok(yj_sign_in_check(s->desk, &x, yj_span_of(password), &err));
    written(&s->o, yj_sign_in_end(s->desk, s->o.db, &x, at, &err));
    return x;
}

static yj_sign_in_outcome try(scene *s, const char *name, const char *password, const char *from, int64_t at)
{
    return come(s, name, password, from, NULL, at).outcome;
}

static yj_sign_in give_code(scene *s, const char *id, const char *code, const char *device, int64_t at)
{
    yj_error err = { 0 };
    yj_sign_in x = { .address = HERE, .device = yj_span_of(device) };
    snprintf(x.account, sizeof x.account, "%s", id);
    written(&s->o, yj_sign_in_code(s->desk, s->o.db, &x, yj_span_of(code), at, &err));
    return x;
}

static const char *code_at(int64_t at)
{
    static char code[9];
    yj_error err = { 0 };
    yj_ok(yj_hotp(secret, sizeof secret, (uint64_t)(at / YJ_NS_PER_S / YJ_TOTP_STEP_S), 6, code, &err));
    return code;
}

static void password__lets_in_who_has_it(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_account a;
    scene_open(&s, state, &quick);
    const char *id = account(&s.o, "wang", s.hash, false);
    yj_sign_in x = come(&s, "WANG", RIGHT, HERE, NULL, NOW + SECONDS(5));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_string_equal(x.account, id);
    assert_true(x.enrol);
    assert_false(x.break_glass);
    yj_ok(yj_account_read(s.o.db, id, &a, &err));
    assert_int_equal(a.last_sign_in_ns, NOW + SECONDS(5));
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM attempt WHERE count > 0"), 0);
    scene_close(&s);
}

/* Nothing tells a wrong password from a name that does not exist, has no password, or cannot be. */
static void password__keeps_out_all_others_alike(void **state)
{
    static const char *const names[] = { "wang", "nobody", "empty", "no name at all", "" };
    scene s;
    yj_error err = { 0 }, first = { 0 };
    scene_open(&s, state, &quick);
    account(&s.o, "wang", s.hash, false);
    account(&s.o, "empty", NULL, false);
    for (size_t i = 0; i < YJ_COUNT(names); i++) {
        yj_sign_in x = come(&s, names[i], "wrong horse battery", HERE, NULL, NOW);
        assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
        assert_string_equal(x.account, "");
        assert_int_equal(yj_sign_in_refusal(&x, false, &err), YJ_E_STRANGER);
        if (i == 0)
            first = err;
        assert_string_equal(err.msg, first.msg);
        assert_string_equal(err.msg_zh, first.msg_zh);
        for (int k = 0; k < 5; k++)
            (void)try(&s, names[i], "wrong horse battery", HERE, NOW);
        assert_int_equal(try(&s, names[i], "wrong horse battery", HERE, NOW), YJ_SIGN_IN_WAIT);
    }
    assert_int_equal(try(&s, "empty", "", ELSEWHERE, NOW), YJ_SIGN_IN_WRONG);
    scene_close(&s);
}

static void password__of_a_locked_account_says_so_to_its_owner_only(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state, &quick);
    const char *id = account(&s.o, "wang", s.hash, false);
    written(&s.o, yj_account_lock(s.o.db, id, true, &err));
    assert_int_equal(try(&s, "wang", "wrong horse battery", HERE, NOW), YJ_SIGN_IN_WRONG);
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW), YJ_SIGN_IN_LOCKED);
    scene_close(&s);
}

static void password__changed_meanwhile_lets_nobody_in(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state, &quick);
    const char *id = account(&s.o, "wang", s.hash, false);
    yj_sign_in x = { .name = YJ_SPAN("wang"), .address = HERE };
    written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW, &err));
    yj_ok(yj_sign_in_check(s.desk, &x, YJ_SPAN(RIGHT), &err));
    written(&s.o, yj_account_set_password(s.o.db, id, "$another", NOW, &err));
    written(&s.o, yj_sign_in_end(s.desk, s.o.db, &x, NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    scene_close(&s);
}

/* Asked again by the name that an account had, which is another's by now: its password proves nothing. */
static void password__of_whoever_has_the_name_now_proves_nothing(void **state)
{
    scene s;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    scene_open(&s, state, &quick);
    snprintf(id, sizeof id, "%s", account(&s.o, "wang", s.hash, false));
    for (int other = 0; other < 2; other++) {
        if (other) {
            written(&s.o, yj_account_rename(s.o.db, id, YJ_SPAN("wang2"), &err));
            (void)account(&s.o, "wang", s.hash, false);
        }
        yj_sign_in x = { .name = YJ_SPAN("wang"), .address = HERE };
        written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW, &err));
        yj_ok(yj_sign_in_check(s.desk, &x, YJ_SPAN(RIGHT), &err));
        written(&s.o, yj_sign_in_end_as(s.desk, s.o.db, &x, id, NOW, &err));
        assert_int_equal(x.outcome, other ? YJ_SIGN_IN_WRONG : YJ_SIGN_IN_DONE);
        assert_string_equal(x.account, other ? "" : id);
    }
    scene_close(&s);
}

static void password__with_an_old_hash_gets_a_new_one(void **state)
{
    yj_sign_in_options slower = quick;
    slower.password.passes = 2;
    scene s;
    scene_open(&s, state, &slower);
    account(&s.o, "wang", s.hash, false); /* made with one pass */
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW), YJ_SIGN_IN_DONE);
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM account WHERE password LIKE '%,t=2,p=1$%'"),
                     1);
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW), YJ_SIGN_IN_DONE);
    scene_close(&s);
}

static void password__too_long_is_wrong(void **state)
{
    scene s;
    yj_error err = { 0 };
    char text[YJ_PASSWORD_BYTES_MAX + 2], hash[YJ_PASSWORD_HASH_BYTES];
    memset(text, 'p', sizeof text);
    scene_open(&s, state, &quick);
    yj_ok(yj_password_hash(&quick.password, (yj_span){ text, YJ_PASSWORD_BYTES_MAX }, hash, &err));
    account(&s.o, "wang", hash, false);
    text[YJ_PASSWORD_BYTES_MAX + 1] = '\0';
    assert_int_equal(try(&s, "wang", text, HERE, NOW), YJ_SIGN_IN_WRONG);
    text[YJ_PASSWORD_BYTES_MAX] = '\0';
    assert_int_equal(try(&s, "wang", text, HERE, NOW), YJ_SIGN_IN_DONE);
    scene_close(&s);
}

/* --- who has to wait -------------------------------------------------------------------------- */

static void guessing__makes_only_its_own_network_wait(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state, &quick);
    account(&s.o, "wang", s.hash, false);
    for (int i = 0; i < 6; i++)
        assert_int_equal(try(&s, "wang", "wrong horse battery", ELSEWHERE, NOW), YJ_SIGN_IN_WRONG);
    yj_sign_in x = come(&s, "wang", RIGHT, ELSEWHERE, NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WAIT); /* the right one is not looked at either */
    assert_int_equal(x.wait_s, 1);
    assert_int_equal(yj_sign_in_refusal(&x, false, &err), YJ_E_TOO_MANY);
    assert_non_null(strstr(err.msg, "in 1 seconds"));
    assert_int_equal(try(&s, "wang", RIGHT, "198.51.100.200", NOW), YJ_SIGN_IN_WAIT); /* the same network */
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW), YJ_SIGN_IN_DONE);
    assert_int_equal(try(&s, "li", "wrong horse battery", ELSEWHERE, NOW),
                     YJ_SIGN_IN_WRONG); /* another account */
    assert_int_equal(try(&s, "wang", RIGHT, ELSEWHERE, NOW + SECONDS(1)), YJ_SIGN_IN_DONE);
    scene_close(&s);
}

static void guessing__many_at_once_count_as_many(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_sign_in x[8];
    int begun = 0;
    scene_open(&s, state, &quick);
    account(&s.o, "wang", s.hash, false);
    for (int i = 0; i < 8; i++) { /* none of them has ended when the next begins */
        x[i] = (yj_sign_in){ .name = YJ_SPAN("wang"), .address = ELSEWHERE };
        written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x[i], NOW, &err));
        begun += x[i].outcome != YJ_SIGN_IN_WAIT;
    }
    assert_int_equal(begun, 6);
    scene_close(&s);
}

static void guessing__over_many_names_is_counted_by_the_network(void **state)
{
    yj_sign_in_options o = quick;
    o.network = (yj_pause){ 10, 30, 60, 3600 };
    o.account = (yj_pause){ 5, 100, 900, 86400 };
    scene s;
    scene_open(&s, state, &o);
    account(&s.o, "wang", s.hash, false);
    for (int i = 0; i < 11; i++) {
        char name[16];
        snprintf(name, sizeof name, "name%d", i);
        assert_int_equal(try(&s, name, "wrong horse battery", ELSEWHERE, NOW), YJ_SIGN_IN_WRONG);
    }
    yj_sign_in x = come(&s, "wang", RIGHT, ELSEWHERE, NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WAIT);
    assert_int_equal(x.wait_s, 30);
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW), YJ_SIGN_IN_DONE);
    /* the network's pause did not use up what the account has free */
    for (int i = 0; i < 20; i++)
        assert_int_equal(try(&s, "wang", RIGHT, ELSEWHERE, NOW), YJ_SIGN_IN_WAIT);
    assert_int_equal(try(&s, "wang", RIGHT, ELSEWHERE, NOW + SECONDS(30)), YJ_SIGN_IN_DONE);
    scene_close(&s);
}

static void guessing__does_not_make_a_known_device_wait(void **state)
{
    char device[YJ_DEVICE_TOKEN_LEN + 1];
    scene s;
    scene_open(&s, state, &quick);
    account(&s.o, "wang", s.hash, false);
    account(&s.o, "li", s.hash, false);
    yj_sign_in x = come(&s, "wang", RIGHT, HERE, NULL, NOW);
    yj_sign_in_device(s.desk, &x, NOW, device);
    /* somebody in the same house guesses on and on */
    for (int i = 0; i < 200; i++)
        (void)try(&s, "wang", "wrong horse battery", HERE, NOW + SECONDS(i));
    assert_int_equal(try(&s, "wang", RIGHT, HERE, NOW + SECONDS(200)), YJ_SIGN_IN_WAIT);
    assert_int_equal(come(&s, "wang", RIGHT, HERE, device, NOW + SECONDS(200)).outcome, YJ_SIGN_IN_DONE);
    /* it is of use for its own account only, and not for ever */
    for (int i = 0; i < 6; i++)
        (void)try(&s, "li", "wrong horse battery", HERE, NOW);
    assert_int_equal(come(&s, "li", RIGHT, HERE, device, NOW).outcome, YJ_SIGN_IN_WAIT);
    for (int i = 0; i < 200; i++)
        (void)try(&s, "wang", "wrong horse battery", HERE, NOW + DAYS(181) + SECONDS(i));
    assert_int_equal(come(&s, "wang", RIGHT, HERE, device, NOW + DAYS(181) + SECONDS(200)).outcome,
                     YJ_SIGN_IN_WAIT);
    scene_close(&s);
}

static void guessing__with_a_stolen_device_token_is_counted_too(void **state)
{
    char device[YJ_DEVICE_TOKEN_LEN + 1];
    int looked_at = 0;
    scene s;
    scene_open(&s, state, &quick);
    account(&s.o, "wang", s.hash, false);
    yj_sign_in x = come(&s, "wang", RIGHT, HERE, NULL, NOW);
    yj_sign_in_device(s.desk, &x, NOW, device);
    for (int i = 0; i < 100; i++)
        looked_at +=
            come(&s, "wang", "wrong horse battery", ELSEWHERE, device, NOW).outcome == YJ_SIGN_IN_WRONG;
    assert_int_equal(looked_at, 11 + 6); /* its own counter, then that of the network */
    assert_int_equal(come(&s, "wang", RIGHT, HERE, device, NOW).outcome, YJ_SIGN_IN_DONE);
    scene_close(&s);
}

static void guessing__leaves_no_name_behind(void **state)
{
    scene s;
    scene_open(&s, state, &quick);
    assert_int_equal(try(&s, "MyPassw0rdTypedHere", "x", HERE, NOW), YJ_SIGN_IN_WRONG);
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM attempt"), 2);
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(s.o.db, "SELECT key FROM attempt", &st, &err));
    for (bool row = true;;) {
        yj_ok(yj_stmt_step(st, &row, &err));
        if (!row)
            break;
        assert_int_equal(yj_col_blob(st, 0).len, YJ_HASH_LEN);
    }
    yj_stmt_done(yj_take(st));
    scene_close(&s);
}

/* --- codes ------------------------------------------------------------------------------------ */

static const char *with_totp(scene *s, char codes[static YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES])
{
    yj_error err = { 0 };
    const char *id = account(&s->o, "wang", s->hash, false);
    yj_recovery_make(codes);
    written(&s->o, yj_account_set_totp(s->o.db, s->o.seal, id, secret, 1, &err));
    written(&s->o, yj_account_set_recovery(s->o.db, s->o.seal, id, codes, &err));
    return id;
}

static void code__is_asked_for_and_good_once(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    scene s;
    yj_error err = { 0 };
    yj_account a;
    scene_open(&s, state, &quick);
    const char *id = with_totp(&s, codes);
    yj_sign_in x = come(&s, "wang", RIGHT, HERE, NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_SECOND);
    assert_string_equal(x.account, id);
    yj_ok(yj_account_read(s.o.db, id, &a, &err));
    assert_int_equal(a.last_sign_in_ns, 0);
    x = give_code(&s, id, "000000", NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(yj_sign_in_refusal(&x, true, &err), YJ_E_STRANGER);
    x = give_code(&s, id, code_at(NOW), NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_false(x.enrol || x.recovery_used || x.break_glass || x.guessed);
    assert_int_equal(x.recovery_left, YJ_RECOVERY_CODES);
    assert_int_equal(give_code(&s, id, code_at(NOW), NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(give_code(&s, id, code_at(NOW - SECONDS(30)), NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(give_code(&s, id, code_at(NOW + SECONDS(30)), NULL, NOW).outcome, YJ_SIGN_IN_DONE);
    yj_ok(yj_account_read(s.o.db, id, &a, &err));
    assert_int_equal(a.last_sign_in_ns, NOW);
    scene_close(&s);
}

static void code__for_recovery_is_good_once(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    scene s;
    scene_open(&s, state, &quick);
    const char *id = with_totp(&s, codes);
    const char *other = account(&s.o, "li", s.hash, false);
    assert_int_equal(give_code(&s, other, codes[3], NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    yj_sign_in x = give_code(&s, id, codes[3], NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_true(x.recovery_used);
    assert_int_equal(x.recovery_left, YJ_RECOVERY_CODES - 1);
    assert_int_equal(give_code(&s, id, codes[3], NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(give_code(&s, id, codes[4], NULL, NOW).outcome, YJ_SIGN_IN_DONE);
    assert_int_equal(give_code(&s, "none", codes[5], NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    scene_close(&s);
}

typedef struct racer {
    scene *s;
    yj_db *db;
    const char *id, *code;
    yj_status status;
    yj_sign_in_outcome outcome;
    pthread_barrier_t *start;
} racer;

static void *race(void *arg)
{
    racer *r = arg;
    yj_error err = { 0 };
    yj_sign_in x = { .address = HERE };
    snprintf(x.account, sizeof x.account, "%s", r->id);
    pthread_barrier_wait(r->start);
    r->status = yj_db_begin(r->db, YJ_DB_WRITE, &err);
    if (r->status == YJ_OK)
        r->status = yj_sign_in_code(r->s->desk, r->db, &x, yj_span_of(r->code), NOW, &err);
    if (r->status == YJ_OK)
        r->status = yj_db_commit(r->db, &err);
    yj_db_rollback(r->db);
    r->outcome = x.outcome;
    return NULL;
}

/* Given at the same moment on several connections, one of each is taken. */
static void code__is_good_once_for_all_servers(void **state)
{
    enum { RACERS = 4, ROUNDS = 5 };
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    yj_sign_in_options o = quick;
    o.code = (yj_pause){ 1000, 1, 1, 10 };
    scene s;
    racer r[RACERS];
    pthread_t thread[RACERS];
    pthread_barrier_t start;
    scene_open(&s, state, &o);
    const char *id = with_totp(&s, codes);
    char totp[16];
    snprintf(totp, sizeof totp, "%s", code_at(NOW));
    assert_int_equal(pthread_barrier_init(&start, NULL, RACERS), 0);
    for (int i = 0; i < RACERS; i++)
        r[i] = (racer){ .s = &s, .id = id, .start = &start, .db = yj_test_db(s.o.t, YJ_DB_WRITE) };
    for (int round = 0; round <= ROUNDS; round++) {
        int taken = 0;
        for (int i = 0; i < RACERS; i++) {
            r[i].code = round ? codes[round] : totp;
            assert_int_equal(pthread_create(&thread[i], NULL, race, &r[i]), 0);
        }
        for (int i = 0; i < RACERS; i++)
            pthread_join(thread[i], NULL);
        for (int i = 0; i < RACERS; i++) {
            assert_int_equal(r[i].status, YJ_OK);
            taken += r[i].outcome == YJ_SIGN_IN_DONE;
        }
        assert_int_equal(taken, 1);
    }
    for (int i = 0; i < RACERS; i++)
        yj_db_free(r[i].db);
    pthread_barrier_destroy(&start);
    scene_close(&s);
}

static void code__guessed_makes_unknown_devices_wait(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES], device[YJ_DEVICE_TOKEN_LEN + 1];
    scene s;
    scene_open(&s, state, &quick);
    const char *id = with_totp(&s, codes);
    yj_sign_in x = give_code(&s, id, codes[0], NULL, NOW);
    yj_sign_in_device(s.desk, &x, NOW, device);
    for (int i = 0; i < 6; i++) {
        x = give_code(&s, id, "000000", NULL, NOW);
        assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
        assert_int_equal(x.guessed, i == 5);
    }
    x = give_code(&s, id, code_at(NOW), NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WAIT);
    assert_int_equal(x.wait_s, 5);
    assert_true(x.guessed);
    /* with the password right again and again nothing is won */
    assert_int_equal(try(&s, "wang", RIGHT, ELSEWHERE, NOW), YJ_SIGN_IN_SECOND);
    assert_int_equal(give_code(&s, id, code_at(NOW), NULL, NOW).outcome, YJ_SIGN_IN_WAIT);
    assert_int_equal(give_code(&s, id, code_at(NOW), device, NOW).outcome, YJ_SIGN_IN_DONE);
    assert_int_equal(give_code(&s, id, code_at(NOW + SECONDS(60)), NULL, NOW + SECONDS(60)).outcome,
                     YJ_SIGN_IN_DONE);
    scene_close(&s);
}

static void code__of_a_locked_account_lets_nobody_in(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state, &quick);
    const char *id = with_totp(&s, codes);
    written(&s.o, yj_account_lock(s.o.db, id, true, &err));
    assert_int_equal(give_code(&s, id, code_at(NOW), NULL, NOW).outcome, YJ_SIGN_IN_LOCKED);
    assert_int_equal(give_code(&s, id, codes[0], NULL, NOW).outcome, YJ_SIGN_IN_LOCKED);
    scene_close(&s);
}

static void break_glass__wants_a_recovery_code_and_is_told(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES];
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state, &quick);
    const char *id = account(&s.o, "glass", s.hash, true);
    yj_recovery_make(codes);
    written(&s.o, yj_account_set_totp(s.o.db, s.o.seal, id, secret, 1, &err));
    written(&s.o, yj_account_set_recovery(s.o.db, s.o.seal, id, codes, &err));
    assert_false(come(&s, "glass", "wrong horse battery", HERE, NULL, NOW).break_glass);
    yj_sign_in x = come(&s, "glass", RIGHT, HERE, NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_SECOND);
    assert_true(x.break_glass);
    assert_int_equal(give_code(&s, id, code_at(NOW), NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    x = give_code(&s, id, codes[9], NULL, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_true(x.break_glass);
    assert_int_equal(x.recovery_left, YJ_RECOVERY_CODES - 1);
    scene_close(&s);
}

static void break_glass__without_codes_does_not_open(void **state)
{
    scene s;
    scene_open(&s, state, &quick);
    account(&s.o, "glass", s.hash, true);
    assert_int_equal(try(&s, "glass", RIGHT, HERE, NOW),
                     YJ_SIGN_IN_SECOND); /* never DONE by the password alone */
    scene_close(&s);
}

static void code__cannot_be_checked_without_the_key(void **state)
{
    char codes[YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES], folder[640];
    scene s;
    yj_error err = { 0 };
    yj_seal *other = NULL;
    yj_sign_in_desk *desk = NULL;
    scene_open(&s, state, &quick);
    const char *id = with_totp(&s, codes);
    snprintf(folder, sizeof folder, "%s/other", s.o.t->dir);
    yj_ok(yj_seal_open(folder, &other, &err));
    yj_ok(yj_sign_in_desk_new(&quick, other, &desk, &err));
    yj_sign_in x = { .address = HERE };
    memcpy(x.account, id, sizeof x.account);
    refused(&s.o, YJ_E_CORRUPT, yj_sign_in_code(desk, s.o.db, &x, yj_span_of(code_at(NOW)), NOW, &err));
    written(&s.o, yj_sign_in_code(desk, s.o.db, &x, yj_span_of(codes[0]), NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    yj_sign_in_desk_free(desk);
    yj_seal_free(other);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(password__lets_in_who_has_it),
        yj_test_stores(password__keeps_out_all_others_alike),
        yj_test_stores(password__of_a_locked_account_says_so_to_its_owner_only),
        yj_test_stores(password__changed_meanwhile_lets_nobody_in),
        yj_test_stores(password__of_whoever_has_the_name_now_proves_nothing),
        yj_test_stores(password__with_an_old_hash_gets_a_new_one),
        yj_test_stores(password__too_long_is_wrong),
        yj_test_stores(guessing__makes_only_its_own_network_wait),
        yj_test_stores(guessing__many_at_once_count_as_many),
        yj_test_stores(guessing__over_many_names_is_counted_by_the_network),
        yj_test_stores(guessing__does_not_make_a_known_device_wait),
        yj_test_stores(guessing__with_a_stolen_device_token_is_counted_too),
        yj_test_stores(guessing__leaves_no_name_behind),
        yj_test_stores(code__is_asked_for_and_good_once),
        yj_test_stores(code__for_recovery_is_good_once),
        yj_test_stores(code__is_good_once_for_all_servers),
        yj_test_stores(code__guessed_makes_unknown_devices_wait),
        yj_test_stores(code__of_a_locked_account_lets_nobody_in),
        yj_test_stores(break_glass__wants_a_recovery_code_and_is_told),
        yj_test_stores(break_glass__without_codes_does_not_open),
        yj_test_stores(code__cannot_be_checked_without_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
