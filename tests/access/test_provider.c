// SPDX-License-Identifier: Apache-2.0
/* Providers of sign-in and the identities they know, on both stores: what settings are taken, what is kept
 * and what is given out. */
#include "access_test.h"

#include "access/identity.h"
#include "access/provider.h"

#define ISSUER "https://id.broker.example/realms/a"
#define OIDC "{\"issuer\":\"" ISSUER "\",\"client_id\":\"yunjian\"}"
#define LDAP(more)                                                                                           \
    "{\"urls\":[\"ldaps://ad1.example\"],\"base\":\"dc=example\",\"filter\":\"(uid={name})\"" more "}"
#define SERVICE ",\"bind_dn\":\"cn=reader,dc=example\""
#define SECRET "s3cret-of-the-client"

/* What is wrong, and where. */
static const struct {
    yj_provider_kind kind;
    const char *settings, *field;
} wrong[] = {
    { YJ_PROVIDER_OIDC, "[]", "settings" },
    { YJ_PROVIDER_OIDC, "{}", "settings.issuer" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":7}", "settings.issuer" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"http://id.broker.example\",\"client_id\":\"a\"}", "settings.issuer" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"https://id.example/?a\",\"client_id\":\"a\"}", "settings.issuer" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"https://a:b@id.example\",\"client_id\":\"a\"}", "settings.issuer" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\"}", "settings.client_id" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"\"}", "settings.client_id" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\\nb\"}", "settings.client_id" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"client_auth\":\"jwt\"}",
      "settings.client_auth" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"scopes\":\"profile openidx\"}",
      "settings.scopes" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"second_factor\":\"none\"}",
      "settings.second_factor" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"acr\":\"x\"}", "settings.acr" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"acr\":[\"x y\"]}", "settings.acr" },
    { YJ_PROVIDER_OIDC, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"a\",\"isuer\":\"x\"}", "settings.isuer" },
    { YJ_PROVIDER_LDAP, "{}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldap://ad.example\"]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldap://127.0.0.1\",\"ldap://ad.example\"]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldapi:///\"]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://a b\"]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://ad.example/dc=x\"]}", "settings.urls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://ad.example\"],\"starttls\":true}", "settings.starttls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://ad.example\"],\"starttls\":1}", "settings.starttls" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://ad.example\"]}", "settings.bind_template" },
    { YJ_PROVIDER_LDAP, LDAP(SERVICE ",\"bind_template\":\"{name}\""), "settings.bind_dn" },
    { YJ_PROVIDER_LDAP, LDAP(",\"bind_template\":\"uid=name\""), "settings.bind_template" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://a\"],\"bind_template\":\"{name}@corp\"}", "settings.base" },
    { YJ_PROVIDER_LDAP, "{\"urls\":[\"ldaps://a\"],\"bind_template\":\"uid={name}\",\"base\":\"x\"}",
      "settings.filter" },
    { YJ_PROVIDER_LDAP,
      "{\"urls\":[\"ldaps://a\"],\"bind_dn\":\"cn=r\",\"base\":\"x\",\"filter\":\"(uid=*)\"}",
      "settings.filter" },
    { YJ_PROVIDER_LDAP,
      "{\"urls\":[\"ldaps://a\"],\"bind_dn\":\"cn=r\",\"base\":\"x\",\"filter\":\"uid={name}\"}",
      "settings.filter" },
    { YJ_PROVIDER_LDAP,
      "{\"urls\":[\"ldaps://a\"],\"bind_dn\":\"cn=r\",\"base\":\"x\",\"filter\":\"(uid={name})(a=b)\"}",
      "settings.filter" },
    { YJ_PROVIDER_LDAP, LDAP(SERVICE ",\"id_attribute\":\"a)(b\""), "settings.id_attribute" },
    { YJ_PROVIDER_LDAP, LDAP(SERVICE ",\"group_attribute\":\"\""), "settings.group_attribute" },
    { YJ_PROVIDER_LDAP, LDAP(SERVICE ",\"password\":\"x\""), "settings.password" },
};

static void settings__name_what_is_wrong(void **state)
{
    (void)state;
    yj_error err = { 0 };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        yj_provider p = { .label = NULL };
        memset(&err, 0, sizeof err);
        yj_status s = yj_provider_settings(wrong[i].kind, yj_span_of(wrong[i].settings), a, &p, &err);
        if (s != YJ_E_INVALID || strcmp(err.field, wrong[i].field) != 0 || !err.msg_zh[0])
            fail_msg("%s: %s, field \"%s\", %s", wrong[i].settings, yj_status_slug(s), err.field, err.msg);
        assert_null(p.settings);
    }
}

static void settings__have_defaults(void **state)
{
    (void)state;
    yj_error err = { 0 };
    yj_provider p = { .label = NULL };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_ok(yj_provider_settings(YJ_PROVIDER_OIDC, YJ_SPAN(OIDC), a, &p, &err));
    assert_string_equal(p.oidc.issuer, ISSUER);
    assert_string_equal(p.oidc.scopes, "openid profile email");
    assert_false(p.oidc.post || p.second_factor);
    assert_int_equal(p.oidc.acr_count, 0);
    yj_ok(yj_provider_settings(YJ_PROVIDER_LDAP,
                               YJ_SPAN("{\"urls\":[\"ldap://a.example:389/\",\"ldap://[2001:db8::1]\"],"
                                       "\"starttls\":true,\"second_factor\":\"provider\","
                                       "\"bind_template\":\"uid={name},ou=people,dc=example\"}"),
                               a, &p, &err));
    assert_string_equal(p.ldap.urls, "ldap://a.example:389/ ldap://[2001:db8::1]");
    assert_string_equal(p.ldap.id_attribute, "entryUUID");
    assert_string_equal(p.ldap.group_attribute, "memberOf");
    assert_null(p.ldap.filter);
    assert_true(p.ldap.starttls && p.second_factor);
    assert_null(p.oidc.issuer);
}

typedef struct edit {
    yj_span label, settings, secret;
    bool enabled;
    yj_provider_edit e;
} edit;

/* NULL: not said. */
static edit *edit_of(edit *x, const char *label, const char *settings, const char *secret)
{
    *x = (edit){ yj_span_of(label), yj_span_of(settings), yj_span_of(secret), true, { .label = NULL } };
    x->e.label = label ? &x->label : NULL;
    x->e.settings = settings ? &x->settings : NULL;
    x->e.secret = secret ? &x->secret : NULL;
    return x;
}

static void provider__is_kept_with_its_secret_sealed(void **state)
{
    office o;
    yj_error err = { 0 };
    edit x;
    yj_provider p;
    char id[YJ_UUID_LEN + 1], secret[YJ_PROVIDER_SECRET_MAX + 1];
    size_t len = 0, count = 0;
    const yj_provider *all = NULL;
    office_open(&o, state);
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)4 << 20);
    edit_of(&x, "统一认证", OIDC, SECRET);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    yj_ok(yj_provider_read(o.db, id, a, &p, &err));
    assert_string_equal(p.label, "统一认证");
    assert_string_equal(p.settings, "{\"client_id\":\"yunjian\",\"issuer\":\"" ISSUER "\"}");
    assert_true(p.enabled);
    assert_int_equal(p.created_ns, NOW);
    assert_null(memmem(p.sealed.ptr, p.sealed.len, "s3cret", 6));
    yj_ok(yj_provider_secret(o.seal, &p, secret, &len, &err));
    assert_string_equal(secret, SECRET);
    assert_int_equal(len, strlen(SECRET));
    /* the secret of one is of no use to another */
    char other[YJ_UUID_LEN + 1];
    edit_of(&x, "another", OIDC, "another secret");
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, other, &err));
    yj_provider swapped = p;
    memcpy(swapped.id, other, sizeof swapped.id);
    assert_int_equal(yj_provider_secret(o.seal, &swapped, secret, &len, &err), YJ_E_CORRUPT);
    /* a change of the label leaves the rest */
    edit_of(&x, "认证", NULL, NULL);
    written(&o, yj_provider_change(o.db, o.seal, id, &x.e, NOW + 1, &err));
    yj_ok(yj_provider_read(o.db, id, a, &p, &err));
    assert_string_equal(p.label, "认证");
    assert_int_equal(p.changed_ns, NOW + 1);
    yj_ok(yj_provider_secret(o.seal, &p, secret, &len, &err));
    assert_string_equal(secret, SECRET);
    yj_ok(yj_provider_list(o.db, a, &all, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(all[0].label, "another");
    written(&o, yj_provider_delete(o.db, id, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_provider_delete(o.db, id, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_provider_change(o.db, o.seal, id, &x.e, NOW, &err));
    assert_int_equal(yj_provider_read(o.db, id, a, &p, &err), YJ_E_NOT_FOUND);
    office_close(&o);
}

static void provider__is_refused_whole(void **state)
{
    office o;
    yj_error err = { 0 };
    edit x;
    char id[YJ_UUID_LEN + 1];
    static const struct {
        yj_provider_kind kind;
        const char *label, *settings, *secret, *field;
        yj_status want;
    } rows[] = {
        { YJ_PROVIDER_OIDC, NULL, OIDC, SECRET, "label", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "", OIDC, SECRET, "label", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "a\nb", OIDC, SECRET, "label", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "taken", OIDC, SECRET, "label", YJ_E_CONFLICT },
        { YJ_PROVIDER_OIDC, "new", NULL, SECRET, "settings.issuer", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "new", OIDC, NULL, "secret", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "new", OIDC, "", "secret", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "new", OIDC, "a\tb", "secret", YJ_E_INVALID },
        { YJ_PROVIDER_OIDC, "new", OIDC, "密钥", "secret", YJ_E_INVALID },
        { YJ_PROVIDER_LDAP, "new", LDAP(SERVICE), NULL, "secret", YJ_E_INVALID },
        { YJ_PROVIDER_LDAP, "new", LDAP(",\"bind_template\":\"{name}@a\""), "x", "secret", YJ_E_INVALID },
    };
    office_open(&o, state);
    edit_of(&x, "taken", OIDC, SECRET);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        edit_of(&x, rows[i].label, rows[i].settings, rows[i].secret);
        refused(&o, rows[i].want, yj_provider_create(o.db, o.seal, rows[i].kind, &x.e, NOW, id, &err));
        assert_string_equal(err.field, rows[i].field);
    }
    edit_of(&x, "directory", LDAP(SERVICE), "密码 with 你好");
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_LDAP, &x.e, NOW, id, &err));
    edit_of(&x, "template", LDAP(",\"bind_template\":\"{name}@a\""), NULL);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_LDAP, &x.e, NOW, id, &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM sign_in_provider"), 3);
    for (int i = 3; i < YJ_PROVIDERS_MAX; i++) {
        char label[20];
        snprintf(label, sizeof label, "p%d", i);
        edit_of(&x, label, OIDC, SECRET);
        written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    }
    edit_of(&x, "one more", OIDC, SECRET);
    refused(&o, YJ_E_LIMIT, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    office_close(&o);
}

/* Who may change settings and does not know the secret must not have it sent to a server of his own. */
static void secret__does_not_move_to_another_address(void **state)
{
    office o;
    yj_error err = { 0 };
    edit x;
    char id[YJ_UUID_LEN + 1], dir[YJ_UUID_LEN + 1];
    static const char elsewhere[] = "{\"issuer\":\"https://evil.example\",\"client_id\":\"yunjian\"}";
    office_open(&o, state);
    edit_of(&x, "a", OIDC, SECRET);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    edit_of(&x, NULL, elsewhere, NULL);
    refused(&o, YJ_E_INVALID, yj_provider_change(o.db, o.seal, id, &x.e, NOW, &err));
    assert_string_equal(err.field, "secret");
    edit_of(&x, NULL, "{\"issuer\":\"" ISSUER "\",\"client_id\":\"b\"}", NULL);
    written(&o, yj_provider_change(o.db, o.seal, id, &x.e, NOW, &err));
    edit_of(&x, NULL, elsewhere, "another");
    written(&o, yj_provider_change(o.db, o.seal, id, &x.e, NOW, &err));
    edit_of(&x, "d", LDAP(SERVICE), SECRET);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_LDAP, &x.e, NOW, dir, &err));
    edit_of(&x, NULL,
            "{\"urls\":[\"ldaps://ad1.example\",\"ldaps://"
            "evil.example\"],\"base\":\"x\",\"filter\":\"(uid={name})\"" SERVICE "}",
            NULL);
    refused(&o, YJ_E_INVALID, yj_provider_change(o.db, o.seal, dir, &x.e, NOW, &err));
    assert_string_equal(err.field, "secret");
    edit_of(&x, NULL, NULL, "");
    refused(&o, YJ_E_INVALID, yj_provider_change(o.db, o.seal, dir, &x.e, NOW, &err));
    office_close(&o);
}

static void identity__belongs_to_one_account(void **state)
{
    office o;
    yj_error err = { 0 };
    edit x;
    char id[YJ_UUID_LEN + 1];
    yj_identity rows[YJ_IDENTITIES_MAX + 1], one;
    size_t count = 0;
    bool found = false;
    office_open(&o, state);
    edit_of(&x, "a", OIDC, SECRET);
    written(&o, yj_provider_create(o.db, o.seal, YJ_PROVIDER_OIDC, &x.e, NOW, id, &err));
    const char *wang = account(&o, "wang", NULL, false), *li = account(&o, "li", NULL, false);
    const char *glass = account(&o, "glass", NULL, true);
    written(&o, yj_identity_link(o.db, wang, id, YJ_SPAN("sub-1"), YJ_SPAN("wang.w"), NOW, &err));
    written(&o, yj_identity_link(o.db, wang, id, YJ_SPAN("sub-1"), YJ_SPAN(""), NOW + 5, &err));
    refused(&o, YJ_E_CONFLICT, yj_identity_link(o.db, li, id, YJ_SPAN("sub-1"), YJ_SPAN(""), NOW, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_identity_link(o.db, "nobody", id, YJ_SPAN("s"), YJ_SPAN(""), NOW, &err));
    refused(&o, YJ_E_NOT_FOUND, yj_identity_link(o.db, li, "none", YJ_SPAN("s"), YJ_SPAN(""), NOW, &err));
    refused(&o, YJ_E_INVALID, yj_identity_link(o.db, li, id, YJ_SPAN(""), YJ_SPAN(""), NOW, &err));
    refused(&o, YJ_E_INVALID, yj_identity_link(o.db, li, id, YJ_SPAN("a\n"), YJ_SPAN(""), NOW, &err));
    refused(&o, YJ_E_INVALID, yj_identity_link(o.db, glass, id, YJ_SPAN("s"), YJ_SPAN(""), NOW, &err));
    assert_string_equal(err.field, "account");
    yj_ok(yj_identity_find(o.db, id, YJ_SPAN("sub-1"), &one, &found, &err));
    assert_true(found);
    assert_string_equal(one.account, wang);
    assert_string_equal(one.login, "wang.w");
    assert_int_equal(one.linked_ns, NOW);
    yj_ok(yj_identity_find(o.db, id, YJ_SPAN("SUB-1"), &one, &found, &err));
    assert_false(found);
    yj_ok(yj_identity_by_login(o.db, id, YJ_SPAN("wang.w"), &one, &found, &err));
    assert_true(found);
    yj_ok(yj_identity_by_login(o.db, id, YJ_SPAN(""), &one, &found, &err));
    assert_false(found);
    for (int i = 2; i <= YJ_IDENTITIES_MAX; i++) {
        char sub[20];
        snprintf(sub, sizeof sub, "sub-%d", i);
        written(&o, yj_identity_link(o.db, wang, id, yj_span_of(sub), YJ_SPAN(""), NOW, &err));
    }
    refused(&o, YJ_E_LIMIT, yj_identity_link(o.db, wang, id, YJ_SPAN("more"), YJ_SPAN(""), NOW, &err));
    yj_ok(yj_identity_list(o.db, wang, rows, YJ_COUNT(rows), &count, &err));
    assert_int_equal(count, YJ_IDENTITIES_MAX);
    refused(&o, YJ_E_NOT_FOUND, yj_identity_unlink(o.db, li, id, YJ_SPAN("sub-1"), &err));
    written(&o, yj_identity_unlink(o.db, wang, id, YJ_SPAN("sub-1"), &err));
    written(&o, yj_identity_link(o.db, li, id, YJ_SPAN("sub-1"), YJ_SPAN(""), NOW, &err));
    written(&o, yj_provider_delete(o.db, id, &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM account_identity"), 0);
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings__name_what_is_wrong),
        cmocka_unit_test(settings__have_defaults),
        yj_test_stores(provider__is_kept_with_its_secret_sealed),
        yj_test_stores(provider__is_refused_whole),
        yj_test_stores(secret__does_not_move_to_another_address),
        yj_test_stores(identity__belongs_to_one_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
