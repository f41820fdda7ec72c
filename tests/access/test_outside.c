// SPDX-License-Identifier: Apache-2.0
/* Coming in by what a provider has proved, on both stores: who is let in as whom, who has to wait, and that a
 * passage is good once, for one browser and for ten minutes. Providers are not asked here (test_oidc.c,
 * test_directory.c). */
#include "access_test.h"

#include "access/outside.h"
#include <sodium.h>

#define HERE "192.0.2.7"
#define ELSEWHERE "198.51.100.9"
#define RIGHT "correct horse battery"

static const uint8_t totp[YJ_TOTP_SECRET_LEN] = "12345678901234567890";

typedef struct scene {
    office o;
    yj_sign_in_desk *desk;
    char provider[YJ_UUID_LEN + 1], account[YJ_UUID_LEN + 1];
    yj_proved who;
} scene;

static void scene_open(scene *s, void **state)
{
    static const yj_sign_in_options quick = { .password = { .passes = 1, .memory = 8192 } };
    static const yj_span label = YJ_SPAN("directory");
    static const yj_span settings =
        YJ_SPAN("{\"urls\":[\"ldaps://a\"],\"bind_template\":\"uid={name},dc=example\"}");
    yj_error err = { 0 };
    char hash[YJ_PASSWORD_HASH_BYTES];
    memset(s, 0, sizeof *s);
    office_open(&s->o, state);
    yj_ok(yj_sign_in_desk_new(&quick, s->o.seal, &s->desk, &err));
    yj_provider_edit e = { .label = &label, .settings = &settings };
    written(&s->o, yj_provider_create(s->o.db, s->o.seal, YJ_PROVIDER_LDAP, &e, NOW, s->provider, &err));
    yj_ok(yj_password_hash(&quick.password, YJ_SPAN(RIGHT), hash, &err));
    snprintf(s->account, sizeof s->account, "%s", account(&s->o, "wang", hash, false));
    written(&s->o,
            yj_identity_link(s->o.db, s->account, s->provider, YJ_SPAN("sub-1"), YJ_SPAN(""), NOW, &err));
    memcpy(s->who.provider, s->provider, sizeof s->who.provider);
    snprintf(s->who.subject, sizeof s->who.subject, "sub-1");
    snprintf(s->who.login, sizeof s->who.login, "wang");
}

static void scene_close(scene *s)
{
    yj_sign_in_desk_free(s->desk);
    office_close(&s->o);
}

/* By a directory: what it says is `who`; NULL: no. */
static yj_sign_in come(scene *s, const char *name, const char *from, const char *device, const yj_proved *who,
                       int64_t at)
{
    yj_error err = { 0 };
    yj_sign_in x = { .name = yj_span_of(name), .address = from, .device = yj_span_of(device) };
    written(&s->o, yj_outside_begin(s->desk, s->o.db, &x, s->provider, at, &err));
    if (x.outcome == YJ_SIGN_IN_WAIT)
        return x;
    written(&s->o, yj_outside_end(s->desk, s->o.db, &x, who, at, &err));
    return x;
}

static void identity__lets_in_as_its_account(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_account a;
    yj_identity known;
    bool found = false;
    scene_open(&s, state);
    yj_sign_in x = come(&s, "Wang", HERE, NULL, &s.who, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_string_equal(x.account, s.account);
    assert_true(x.enrol);
    yj_ok(yj_account_read(s.o.db, s.account, &a, &err));
    assert_int_equal(a.last_sign_in_ns, NOW);
    yj_ok(yj_identity_find(s.o.db, s.provider, YJ_SPAN("sub-1"), &known, &found, &err));
    assert_int_equal(known.used_ns, NOW);
    assert_string_equal(known.login, "wang");
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM attempt WHERE count > 0"), 0);
    /* the account's own second factor is asked for, unless one was proved there */
    written(&s.o, yj_account_set_totp(s.o.db, s.o.seal, s.account, totp, 0, &err));
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_SECOND);
    s.who.second = true;
    x = come(&s, "wang", HERE, NULL, &s.who, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_false(x.enrol);
    scene_close(&s);
}

static void identity__lets_in_nobody_else(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state);
    yj_proved stranger = s.who;
    snprintf(stranger.subject, sizeof stranger.subject, "sub-2");
    yj_sign_in x = come(&s, "wang", HERE, NULL, &stranger, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    assert_true(x.unlinked);
    assert_string_equal(x.account, "");
    assert_int_equal(yj_sign_in_refusal(&x, false, &err), YJ_E_FORBIDDEN);
    assert_non_null(strstr(err.msg, "linked"));
    /* a wrong password is told in the same words as one of our own */
    x = come(&s, "wang", HERE, NULL, NULL, NOW);
    assert_false(x.unlinked);
    assert_int_equal(yj_sign_in_refusal(&x, false, &err), YJ_E_STRANGER);
    assert_string_equal(err.msg, "the name or the password is wrong");
    written(&s.o, yj_account_lock(s.o.db, s.account, true, &err));
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_LOCKED);
    written(&s.o, yj_account_lock(s.o.db, s.account, false, &err));
    const bool off = false;
    yj_provider_edit e = { .enabled = &off };
    written(&s.o, yj_provider_change(s.o.db, s.o.seal, s.provider, &e, NOW, &err));
    x = come(&s, "wang", HERE, NULL, &s.who, NOW);
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    assert_false(x.unlinked);
    written(&s.o, yj_provider_delete(s.o.db, s.provider, &err));
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM account WHERE last_sign_in > 0"), 0);
    scene_close(&s);
}

/* Guessing by way of the directory counts where guessing here counts: one name, one counter. */
static void attempts__are_counted_as_those_of_passwords_here(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state);
    for (int i = 0; i < 6; i++)
        assert_int_equal(come(&s, i % 2 ? "WANG" : "wang", HERE, NULL, NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_WAIT);
    yj_sign_in x = { .name = YJ_SPAN("wang"), .address = HERE };
    written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WAIT); /* by a password of our own neither */
    assert_int_equal(come(&s, "wang", ELSEWHERE, NULL, NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(come(&s, "li", HERE, NULL, NULL, NOW).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW + SECONDS(2)).outcome, YJ_SIGN_IN_DONE);
    assert_int_equal(come(&s, "wang", HERE, NULL, NULL, NOW + SECONDS(2)).outcome, YJ_SIGN_IN_WRONG);
    scene_close(&s);
}

/* Two persons by one name, one here and one in the directory: who is right as the one is not forgiven what
 * was tried as the other. */
static void attempts__under_a_name_of_two_are_not_forgiven(void **state)
{
    scene s;
    yj_error err = { 0 };
    char hash[YJ_PASSWORD_HASH_BYTES];
    scene_open(&s, state);
    const yj_password_options quick = { .passes = 1, .memory = 8192 };
    yj_ok(yj_password_hash(&quick, YJ_SPAN(RIGHT), hash, &err));
    account(&s.o, "zhao", hash, false);
    snprintf(s.who.login, sizeof s.who.login, "zhao"); /* as wang is called there */
    assert_int_equal(come(&s, "zhao", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_DONE);
    yj_sign_in x = { .name = YJ_SPAN("zhao"), .address = HERE };
    for (int i = 0; i < 6; i++) {
        written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW, &err));
        assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    }
    assert_int_equal(come(&s, "zhao", HERE, NULL, &s.who, NOW + SECONDS(2)).outcome, YJ_SIGN_IN_DONE);
    written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW + SECONDS(2), &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW + SECONDS(2), &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WAIT);
    /* nor the other way round */
    written(&s.o, yj_sign_in_begin(s.desk, s.o.db, &x, NOW + SECONDS(10), &err));
    yj_ok(yj_sign_in_check(s.desk, &x, YJ_SPAN(RIGHT), &err));
    written(&s.o, yj_sign_in_end(s.desk, s.o.db, &x, NOW + SECONDS(10), &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_int_equal(come(&s, "zhao", HERE, NULL, NULL, NOW + SECONDS(10)).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(come(&s, "zhao", HERE, NULL, NULL, NOW + SECONDS(10)).outcome, YJ_SIGN_IN_WAIT);
    scene_close(&s);
}

/* While the directory is away nobody collects attempts. */
static void attempts__that_could_not_be_made_do_not_count(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state);
    for (int i = 0; i < 20; i++) {
        yj_sign_in x = { .name = YJ_SPAN("wang"), .address = HERE };
        written(&s.o, yj_outside_begin(s.desk, s.o.db, &x, s.provider, NOW, &err));
        assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
        written(&s.o, yj_outside_give_back(s.desk, s.o.db, &x, &err));
    }
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM attempt WHERE count > 0"), 0);
    scene_close(&s);
}

static void device__that_came_in_before_is_counted_by_itself(void **state)
{
    scene s;
    char device[YJ_DEVICE_TOKEN_LEN + 1];
    scene_open(&s, state);
    yj_sign_in x = come(&s, "wang", HERE, NULL, &s.who, NOW);
    yj_sign_in_device(s.desk, &x, NOW, device);
    for (int i = 0; i < 10; i++)
        (void)come(&s, "wang", HERE, NULL, NULL, NOW);
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_WAIT);
    assert_int_equal(come(&s, "wang", HERE, device, &s.who, NOW).outcome, YJ_SIGN_IN_DONE);
    scene_close(&s);
}

/* --- passages --------------------------------------------------------------------------------- */

static yj_oidc_passage passage_of(const scene *s, const char *account)
{
    yj_oidc_passage p = { .begun_ns = NOW, .back = "/p/due" };
    memcpy(p.provider, s->provider, sizeof p.provider);
    snprintf(p.account, sizeof p.account, "%s", account);
    yj_random(p.state, sizeof p.state);
    yj_random(p.nonce, sizeof p.nonce);
    yj_random(p.verifier, sizeof p.verifier);
    return p;
}

static void passage__comes_back_as_it_left_or_not_at_all(void **state)
{
    scene s;
    yj_error err = { 0 };
    char text[YJ_PASSAGE_TEXT_MAX + 1], again[YJ_PASSAGE_TEXT_MAX + 1];
    yj_oidc_passage q;
    scene_open(&s, state);
    yj_oidc_passage p = passage_of(&s, s.account);
    memcpy(p.session, s.provider, sizeof p.session);
    memset(p.back + 1, 'a', YJ_LOCAL_PATH_MAX - 1);
    yj_oidc_passage_seal(s.o.seal, &p, text);
    yj_oidc_passage_seal(s.o.seal, &p, again);
    assert_string_not_equal(text, again);
    yj_ok(yj_oidc_passage_open(s.o.seal, yj_span_of(text), NOW + SECONDS(599), &q, &err));
    assert_memory_equal(&p, &q, sizeof p);
    yj_ok(yj_oidc_passage_open(s.o.seal, yj_span_of(text), NOW - SECONDS(60), &q, &err));
    assert_int_equal(yj_oidc_passage_open(s.o.seal, yj_span_of(text), NOW + SECONDS(600), &q, &err),
                     YJ_E_FORBIDDEN);
    assert_int_equal(yj_oidc_passage_open(s.o.seal, yj_span_of(text), NOW - SECONDS(61), &q, &err),
                     YJ_E_FORBIDDEN);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        assert_int_equal(yj_oidc_passage_open(s.o.seal, (yj_span){ text, len }, NOW, &q, &err),
                         YJ_E_FORBIDDEN);
        assert_int_equal(yj_oidc_passage_open(s.o.seal, (yj_span){ text, i }, NOW, &q, &err), YJ_E_FORBIDDEN);
        text[i] = was;
    }
    /* what is sealed for another use is none */
    uint8_t sealed[100 + YJ_SEAL_MORE];
    yj_seal_put(s.o.seal, s.account, text, 100, sealed);
    sodium_bin2base64(again, sizeof again, sealed, sizeof sealed, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    assert_int_equal(yj_oidc_passage_open(s.o.seal, yj_span_of(again), NOW, &q, &err), YJ_E_FORBIDDEN);
    scene_close(&s);
}

static void passage__lets_in_once(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_sign_in x = { .account = "" };
    scene_open(&s, state);
    yj_oidc_passage p = passage_of(&s, ""), other = passage_of(&s, "");
    written(&s.o, yj_outside_enter(s.desk, s.o.db, &x, &p, &s.who, NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    assert_string_equal(x.account, s.account);
    for (int t = 0; t <= YJ_PASSAGE_S + 60; t += 60) /* longer than it could be opened */
        refused(&s.o, YJ_E_FORBIDDEN,
                yj_outside_enter(s.desk, s.o.db, &x, &p, &s.who, NOW + SECONDS(t), &err));
    written(&s.o, yj_outside_enter(s.desk, s.o.db, &x, &other, &s.who, NOW, &err));
    /* also who is not let in has used it up */
    yj_oidc_passage third = passage_of(&s, "");
    yj_proved stranger = s.who;
    snprintf(stranger.subject, sizeof stranger.subject, "sub-2");
    written(&s.o, yj_outside_enter(s.desk, s.o.db, &x, &third, &stranger, NOW, &err));
    assert_true(x.unlinked);
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_enter(s.desk, s.o.db, &x, &third, &s.who, NOW, &err));
    scene_close(&s);
}

static void passage__links_for_who_began_it(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_sign_in x = { .account = "" };
    scene_open(&s, state);
    const char *li = account(&s.o, "li", NULL, false);
    yj_proved who = s.who;
    snprintf(who.subject, sizeof who.subject, "sub-of-li");
    yj_oidc_passage of_li = passage_of(&s, li), of_nobody = passage_of(&s, "");
    /* begun to link it signs nobody in, begun to sign in it links nothing, and not for somebody else */
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_enter(s.desk, s.o.db, &x, &of_li, &who, NOW, &err));
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_link(s.desk, s.o.db, li, &of_nobody, &who, NOW, &err));
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_link(s.desk, s.o.db, s.account, &of_li, &who, NOW, &err));
    refused(&s.o, YJ_E_NOT_FOUND, yj_outside_link(s.desk, s.o.db, "", &of_nobody, &who, NOW, &err));
    written(&s.o, yj_outside_link(s.desk, s.o.db, li, &of_li, &who, NOW, &err));
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_link(s.desk, s.o.db, li, &of_li, &who, NOW, &err));
    yj_oidc_passage p = passage_of(&s, "");
    written(&s.o, yj_outside_enter(s.desk, s.o.db, &x, &p, &who, NOW, &err));
    assert_string_equal(x.account, li);
    /* what another has is not taken from him */
    yj_oidc_passage again = passage_of(&s, li);
    refused(&s.o, YJ_E_CONFLICT, yj_outside_link(s.desk, s.o.db, li, &again, &s.who, NOW, &err));
    /* and what one provider proved is not another's */
    snprintf(who.provider, sizeof who.provider, "%s", li);
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_enter(s.desk, s.o.db, &x, &of_nobody, &who, NOW, &err));
    scene_close(&s);
}

/* --- once more -------------------------------------------------------------------------------- */

#define SESSION "0199f3c1-0000-7000-8000-00000000000a"
#define OTHER_SESSION "0199f3c1-0000-7000-8000-00000000000b"

static yj_sign_in prove(scene *s, const yj_proved *who)
{
    yj_error err = { 0 };
    yj_sign_in x = { .name = YJ_SPAN("wang"), .address = HERE };
    written(&s->o, yj_outside_begin(s->desk, s->o.db, &x, s->provider, NOW, &err));
    if (x.outcome != YJ_SIGN_IN_WAIT)
        written(&s->o, yj_outside_prove(s->desk, s->o.db, &x, s->account, who, NOW, &err));
    return x;
}

static void proof__is_of_the_accounts_own_identity(void **state)
{
    scene s;
    yj_error err = { 0 };
    scene_open(&s, state);
    const char *li = account(&s.o, "li", NULL, false);
    written(&s.o, yj_identity_link(s.o.db, li, s.provider, YJ_SPAN("sub-of-li"), YJ_SPAN(""), NOW, &err));
    written(&s.o, yj_account_set_totp(s.o.db, s.o.seal, s.account, totp, 0, &err));
    yj_sign_in x = prove(&s, &s.who);
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE); /* the session has given its code */
    assert_string_equal(x.account, s.account);
    static const char *const others[] = { "sub-of-li", "sub-of-nobody" };
    for (size_t i = 0; i < YJ_COUNT(others); i++) {
        yj_proved who = s.who;
        snprintf(who.subject, sizeof who.subject, "%s", others[i]);
        x = prove(&s, &who);
        assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
        assert_true(x.unlinked);
        assert_string_equal(x.account, "");
    }
    assert_int_equal(yj_test_number(s.o.db, "SELECT count(*) FROM account WHERE last_sign_in > 0"), 1);
    /* wrong passwords count as at a sign-in */
    for (int i = 0; i < 6; i++)
        assert_int_equal(prove(&s, NULL).outcome, YJ_SIGN_IN_WRONG);
    assert_int_equal(prove(&s, &s.who).outcome, YJ_SIGN_IN_WAIT);
    assert_int_equal(come(&s, "wang", HERE, NULL, &s.who, NOW).outcome, YJ_SIGN_IN_WAIT);
    scene_close(&s);
}

static void proof__by_a_passage_is_bound_to_its_session(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_sign_in x = { .account = "" };
    scene_open(&s, state);
    const char *li = account(&s.o, "li", NULL, false);
    yj_oidc_passage p = passage_of(&s, s.account), linking = passage_of(&s, s.account),
                    entering = passage_of(&s, "");
    memcpy(p.session, SESSION, sizeof p.session);
    /* another session, another account; begun to link, begun to sign in */
    const struct {
        const char *account, *session;
        const yj_oidc_passage *p;
        yj_status want;
    } rows[] = {
        { s.account, OTHER_SESSION, &p, YJ_E_FORBIDDEN },
        { li, SESSION, &p, YJ_E_FORBIDDEN },
        { s.account, SESSION, &linking, YJ_E_FORBIDDEN },
        { s.account, SESSION, &entering, YJ_E_FORBIDDEN },
        { "", "", &entering, YJ_E_NOT_FOUND },
        { s.account, "", &linking, YJ_E_NOT_FOUND },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        refused(&s.o, rows[i].want,
                yj_outside_prove_passage(s.desk, s.o.db, &x, rows[i].account, rows[i].session, rows[i].p,
                                         &s.who, NOW, &err));
    /* and begun to prove it neither links nor lets in */
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_link(s.desk, s.o.db, s.account, &p, &s.who, NOW, &err));
    refused(&s.o, YJ_E_FORBIDDEN, yj_outside_enter(s.desk, s.o.db, &x, &p, &s.who, NOW, &err));
    written(&s.o, yj_outside_prove_passage(s.desk, s.o.db, &x, s.account, SESSION, &p, &s.who, NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_DONE);
    refused(&s.o, YJ_E_FORBIDDEN,
            yj_outside_prove_passage(s.desk, s.o.db, &x, s.account, SESSION, &p, &s.who, NOW, &err));
    /* somebody else has signed in there: used up all the same */
    yj_oidc_passage again = passage_of(&s, s.account);
    memcpy(again.session, SESSION, sizeof again.session);
    yj_proved stranger = s.who;
    snprintf(stranger.subject, sizeof stranger.subject, "sub-2");
    written(&s.o,
            yj_outside_prove_passage(s.desk, s.o.db, &x, s.account, SESSION, &again, &stranger, NOW, &err));
    assert_int_equal(x.outcome, YJ_SIGN_IN_WRONG);
    assert_true(x.unlinked);
    refused(&s.o, YJ_E_FORBIDDEN,
            yj_outside_prove_passage(s.desk, s.o.db, &x, s.account, SESSION, &again, &s.who, NOW, &err));
    /* by a provider that is switched off nobody proves anything */
    const bool off = false;
    yj_provider_edit e = { .enabled = &off };
    written(&s.o, yj_provider_change(s.o.db, s.o.seal, s.provider, &e, NOW, &err));
    assert_int_equal(prove(&s, &s.who).outcome, YJ_SIGN_IN_WRONG);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(identity__lets_in_as_its_account),
        yj_test_stores(identity__lets_in_nobody_else),
        yj_test_stores(attempts__are_counted_as_those_of_passwords_here),
        yj_test_stores(attempts__under_a_name_of_two_are_not_forgiven),
        yj_test_stores(attempts__that_could_not_be_made_do_not_count),
        yj_test_stores(device__that_came_in_before_is_counted_by_itself),
        yj_test_sqlite_only(passage__comes_back_as_it_left_or_not_at_all),
        yj_test_stores(passage__lets_in_once),
        yj_test_stores(passage__links_for_who_began_it),
        yj_test_stores(proof__is_of_the_accounts_own_identity),
        yj_test_stores(proof__by_a_passage_is_bound_to_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
