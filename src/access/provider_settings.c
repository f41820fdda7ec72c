// SPDX-License-Identifier: Apache-2.0
#include "access/directory_name.h"
#include "access/provider.h"
#include "access/web.h"
#include "base/json.h"
#include <strings.h>

/* What is being read: which names of the object are known is what was asked for. */
typedef struct reading {
    const json_t *v;
    yj_arena *a;
    size_t known; /* names that were there */
} reading;

static yj_status at_field(yj_error *err, const char *name)
{
    return yj_error_at(err, "settings.%s", name);
}

static const json_t *member(reading *r, const char *name)
{
    const json_t *v = json_object_get(r->v, name);
    r->known += v != NULL;
    return v;
}

static bool text_valid(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return false;
    return s.len >= 1 && s.len <= YJ_PROVIDER_TEXT_MAX;
}

static yj_status take_text(reading *r, const json_t *v, const char *name, const char **ret, yj_error *err)
{
    yj_span s = { json_string_value(v), json_string_length(v) };
    if (!json_is_string(v) || !text_valid(s)) {
        (void)yj_fail(err, YJ_E_INVALID, "this is a text of 1 to %d bytes without control characters",
                      YJ_PROVIDER_TEXT_MAX);
        return at_field(err, name);
    }
    *ret = yj_arena_strndup(r->a, s.ptr, s.len);
    return YJ_OK;
}

/* @param otherwise NULL: it may be missing; "": it must be there */
static yj_status text(reading *r, const char *name, const char *otherwise, const char **ret, yj_error *err)
{
    const json_t *v = member(r, name);
    if (v)
        return take_text(r, v, name, ret, err);
    *ret = otherwise;
    if (!otherwise || *otherwise)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "this setting is wanted");
    return at_field(err, name);
}

/* One of two words; the first if it is missing. */
static yj_status word(reading *r, const char *name, const char *first, const char *second, bool *ret,
                      yj_error *err)
{
    const char *s = NULL;
    YJ_TRY(text(r, name, first, &s, err));
    *ret = strcmp(s, second) == 0;
    if (*ret || strcmp(s, first) == 0)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "this is \"%s\" or \"%s\"", first, second);
    return at_field(err, name);
}

static yj_status flag(reading *r, const char *name, bool *ret, yj_error *err)
{
    const json_t *v = member(r, name);
    if (v && !json_is_boolean(v)) {
        (void)yj_fail(err, YJ_E_INVALID, "this is true or false");
        return at_field(err, name);
    }
    *ret = json_is_true(v);
    return YJ_OK;
}

/* An array of texts. */
static yj_status texts(reading *r, const char *name, size_t min, size_t max, const char *ret[],
                       size_t *ret_count, yj_error *err)
{
    const json_t *v = member(r, name);
    size_t n = json_array_size(v);
    if ((v && !json_is_array(v)) || n < min || n > max) {
        (void)yj_fail(err, YJ_E_INVALID, "this is an array of %zu to %zu texts", min, max);
        return at_field(err, name);
    }
    for (size_t i = 0; i < n; i++)
        YJ_TRY(take_text(r, json_array_get(v, i), name, &ret[i], err));
    *ret_count = n;
    return YJ_OK;
}

static yj_status all_known(const reading *r, const char *const names[], yj_error *err)
{
    const char *name = NULL;
    const json_t *v = NULL;
    if (r->known == json_object_size(r->v))
        return YJ_OK;
    json_object_foreach((json_t *)(uintptr_t)r->v, name, v) /* which changes nothing */
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], name) != 0)
            i++;
        if (!names[i])
            break;
    }
    (void)yj_fail(err, YJ_E_INVALID, "there is no such setting");
    return at_field(err, name ? name : "");
}

/* --- OpenID Connect --------------------------------------------------------------------------- */

/* Is the word among those that blanks separate? */
static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}

static yj_status read_oidc(reading *r, yj_provider *p, yj_error *err)
{
    static const char *const names[] = { "issuer",        "client_id", "client_auth", "scopes",
                                         "second_factor", "acr",       NULL };
    yj_oidc_settings *o = &p->oidc;
    YJ_TRY(text(r, "issuer", "", &o->issuer, err));
    if (!yj_web_address_valid(yj_span_of(o->issuer), false)) {
        (void)yj_fail(err, YJ_E_INVALID,
                      "this is no address that begins with https:// (http:// only of this machine itself), "
                      "without user, query and fragment");
        return at_field(err, "issuer");
    }
    YJ_TRY(text(r, "client_id", "", &o->client_id, err));
    YJ_TRY(word(r, "client_auth", "basic", "post", &o->post, err));
    YJ_TRY(text(r, "scopes", "openid profile email", &o->scopes, err));
    if (!has_word(o->scopes, "openid")) {
        (void)yj_fail(err, YJ_E_INVALID, "openid must be among the scopes");
        return at_field(err, "scopes");
    }
    YJ_TRY(word(r, "second_factor", "here", "provider", &p->second_factor, err));
    YJ_TRY(texts(r, "acr", 0, YJ_PROVIDER_ACR_MAX, o->acr, &o->acr_count, err));
    for (size_t i = 0; i < o->acr_count; i++) {
        if (strchr(o->acr[i], ' ')) {
            (void)yj_fail(err, YJ_E_INVALID, "such a value holds no blanks");
            return at_field(err, "acr");
        }
    }
    return all_known(r, names, err);
}

/* --- directories ------------------------------------------------------------------------------ */

static yj_status check_url(const char *url, bool starttls, yj_error *err)
{
    yj_span s = yj_span_of(url), host = { "", 0 };
    bool tls = strncmp(url, "ldaps://", 8) == 0;
    size_t at = tls ? 8 : strncmp(url, "ldap://", 7) == 0 ? 7 : 0;
    if (s.len && s.ptr[s.len - 1] == '/')
        s.len--;
    if (!at || s.len <= at || !yj_web_host_valid((yj_span){ s.ptr + at, s.len - at }, &host)) {
        (void)yj_fail(err, YJ_E_INVALID, "this is no address of the form ldaps://host:port");
        return at_field(err, "urls");
    }
    if (tls && starttls) {
        (void)yj_fail(err, YJ_E_INVALID, "StartTLS is for ldap://; ldaps:// is TLS from the first byte");
        return at_field(err, "starttls");
    }
    if (tls || starttls || yj_web_host_is_loopback(host))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "passwords travel by TLS only: ldaps://, or ldap:// with StartTLS");
    return at_field(err, "urls");
}

static yj_status read_urls(reading *r, yj_ldap_settings *l, yj_error *err)
{
    const char *url[YJ_PROVIDER_URLS_MAX];
    size_t count = 0;
    YJ_TRY(flag(r, "starttls", &l->starttls, err));
    YJ_TRY(texts(r, "urls", 1, YJ_PROVIDER_URLS_MAX, url, &count, err));
    for (size_t i = 0; i < count; i++) {
        YJ_TRY(check_url(url[i], l->starttls, err));
        l->urls = l->urls ? yj_arena_fmt(r->a, "%s %s", l->urls, url[i]) : url[i];
    }
    return YJ_OK;
}

static yj_status check_template(const char *s, const char *name, yj_error *err)
{
    if (!s || strstr(s, YJ_DIRECTORY_NAME))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "%s, in place of what is typed, is wanted in it", YJ_DIRECTORY_NAME);
    return at_field(err, name);
}

/* The parentheses of a filter are closed again, and the outer ones hold all of it; the rest is the library's
 * to know. */
static bool filter_closed(const char *s)
{
    size_t depth = 0;
    for (const char *at = s; *at; at++) {
        if (*at == '(')
            depth++;
        else if (*at == ')' && (depth == 0 || (--depth == 0 && at[1])))
            return false;
    }
    return s[0] == '(' && depth == 0;
}

static yj_status check_look(const yj_ldap_settings *l, yj_error *err)
{
    if (!l->bind_template && !l->bind_dn) {
        (void)yj_fail(err, YJ_E_INVALID, "one of bind_template and bind_dn is wanted");
        return at_field(err, "bind_template");
    }
    if (l->bind_template && l->bind_dn) {
        (void)yj_fail(err, YJ_E_INVALID, "only one of bind_template and bind_dn can be set");
        return at_field(err, "bind_dn");
    }
    YJ_TRY(check_template(l->bind_template, "bind_template", err));
    YJ_TRY(check_template(l->filter, "filter", err));
    if (l->filter && !filter_closed(l->filter)) {
        (void)yj_fail(err, YJ_E_INVALID, "this is no filter in parentheses, such as (uid=%s)",
                      YJ_DIRECTORY_NAME);
        return at_field(err, "filter");
    }
    bool look = l->bind_dn || (l->bind_template && !strchr(l->bind_template, '='));
    if ((look || l->filter) && !l->base) {
        (void)yj_fail(err, YJ_E_INVALID, "this setting is wanted");
        return at_field(err, "base");
    }
    if ((look || l->base) && !l->filter) {
        (void)yj_fail(err, YJ_E_INVALID, "this setting is wanted");
        return at_field(err, "filter");
    }
    return YJ_OK;
}

static yj_status attribute(reading *r, const char *name, const char *otherwise, const char **ret,
                           yj_error *err)
{
    YJ_TRY(text(r, name, otherwise, ret, err));
    if (yj_directory_attribute_valid(*ret))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "this is no name of an attribute");
    return at_field(err, name);
}

static yj_status read_ldap(reading *r, yj_provider *p, yj_error *err)
{
    static const char *const names[] = { "urls",
                                         "starttls",
                                         "bind_template",
                                         "bind_dn",
                                         "base",
                                         "filter",
                                         "id_attribute",
                                         "name_attribute",
                                         "mail_attribute",
                                         "group",
                                         "group_attribute",
                                         "second_factor",
                                         NULL };
    yj_ldap_settings *l = &p->ldap;
    YJ_TRY(read_urls(r, l, err));
    YJ_TRY(text(r, "bind_template", NULL, &l->bind_template, err));
    YJ_TRY(text(r, "bind_dn", NULL, &l->bind_dn, err));
    YJ_TRY(text(r, "base", NULL, &l->base, err));
    YJ_TRY(text(r, "filter", NULL, &l->filter, err));
    YJ_TRY(check_look(l, err));
    YJ_TRY(attribute(r, "id_attribute", "entryUUID", &l->id_attribute, err));
    YJ_TRY(attribute(r, "name_attribute", "cn", &l->name_attribute, err));
    YJ_TRY(attribute(r, "mail_attribute", "mail", &l->mail_attribute, err));
    YJ_TRY(text(r, "group", NULL, &l->group, err));
    YJ_TRY(attribute(r, "group_attribute", "memberOf", &l->group_attribute, err));
    YJ_TRY(word(r, "second_factor", "here", "provider", &p->second_factor, err));
    return all_known(r, names, err);
}

/* --- both ------------------------------------------------------------------------------------- */

yj_status yj_provider_settings(yj_provider_kind kind, yj_span json, yj_arena *a, yj_provider *ret,
                               yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    yj_provider p = *ret;
    yj_buf_init(&b, YJ_PROVIDER_SETTINGS_MAX);
    YJ_TRY(yj_json_parse(json, YJ_PROVIDER_SETTINGS_MAX, &v, err));
    if (!json_is_object(v)) {
        (void)yj_fail(err, YJ_E_INVALID, "settings are an object");
        return yj_error_at(err, "settings");
    }
    p.oidc = (yj_oidc_settings){ .issuer = NULL };
    p.ldap = (yj_ldap_settings){ .urls = NULL };
    reading r = { .v = v, .a = a };
    YJ_TRY(kind == YJ_PROVIDER_OIDC ? read_oidc(&r, &p, err) : read_ldap(&r, &p, err));
    YJ_TRY(yj_json_canonical(v, &b, err));
    YJ_TRY(yj_buf_status(&b, err));
    p.settings = yj_arena_strndup(a, b.ptr, b.len);
    YJ_TRY(yj_arena_status(a, err));
    *ret = p;
    return YJ_OK;
}
