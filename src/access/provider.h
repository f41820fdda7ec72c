// SPDX-License-Identifier: Apache-2.0
/**
 * Who else proves who somebody is: providers of OpenID Connect, and directories (LDAP, Active Directory).
 * Table sign_in_provider, outside the ledger; the installation's, so that all its servers know the same. The
 * secret (of the client, or of the service account) is sealed (access/seal.h), bound to its provider, and is
 * never given out.
 *
 * Settings are a JSON object of at most YJ_PROVIDER_SETTINGS_MAX bytes; what it does not name has the
 * default, names that are not known are refused. Addresses are of machines that are reached by TLS; without
 * it only on this machine itself (localhost, 127.0.0.0/8, [::1]).
 *
 * kind "oidc":
 *   issuer         text; as the provider calls itself: https://..., no '?' or '#'
 *   client_id      text
 *   client_auth    "basic" (default) or "post": how the secret is shown (client_secret_basic, _post)
 *   scopes         text; default "openid profile email"; must hold openid
 *   second_factor  "here" (default): an account's own is asked for; "provider": he has proved one there
 *   acr            array of texts: asked for as acr_values; with second_factor "provider" only a sign-in that
 *                  names one of these proves one
 * kind "ldap":
 *   urls           array of 1 to 5 texts: ldaps://host[:port] or ldap://host[:port], tried one after another
 *   starttls       true or false (default): TLS on a connection that begins without; wanted with ldap://
 *   bind_template  text: by what a person binds, {name} in place of what he types: a DN, or what Active
 *                  Directory takes ("{name}@corp.example")
 *   bind_dn        text: else the service account that looks for the person first; its secret is wanted
 *   base, filter   texts: where and how to look: "(uid={name})". Wanted with bind_dn; with a bind_template
 * the person looks himself, or reads the entry of that DN id_attribute   text; default "entryUUID";
 * "objectGUID" is Active Directory's. What never changes name_attribute, mail_attribute  texts; default "cn",
 * "mail" group          text: the DN of a group to which he must belong group_attribute text; default
 * "memberOf" second_factor  as above
 *
 * Functions that change something run inside the caller's write, those that read on any connection. Times are
 * ns UTC, handed in. Errors besides those named: those of the store and of memory.
 */
#ifndef YJ_ACCESS_PROVIDER_H
#define YJ_ACCESS_PROVIDER_H

#include "access/seal.h"
#include "base/arena.h"
#include "store/db.h"

#define YJ_PROVIDERS_MAX 50
#define YJ_PROVIDER_LABEL_MAX 100 /* bytes */
#define YJ_PROVIDER_SETTINGS_MAX ((size_t)16 << 10)
#define YJ_PROVIDER_TEXT_MAX 1000  /* bytes of a text in settings */
#define YJ_PROVIDER_SECRET_MAX 512 /* bytes */
#define YJ_PROVIDER_URLS_MAX 5
#define YJ_PROVIDER_ACR_MAX 8

typedef enum yj_provider_kind {
    YJ_PROVIDER_OIDC,
    YJ_PROVIDER_LDAP,
    YJ_PROVIDER_KIND_COUNT_
} yj_provider_kind;
const char *yj_provider_kind_name(yj_provider_kind k); /* "oidc", "ldap" */
bool yj_provider_kind_by_name(yj_span name, yj_provider_kind *ret);

/** Settings as they are used. Texts belong to the arena; NULL: not set. */
typedef struct yj_oidc_settings {
    const char *issuer, *client_id, *scopes;
    bool post; /* the secret stands in the body */
    const char *acr[YJ_PROVIDER_ACR_MAX];
    size_t acr_count;
} yj_oidc_settings;
typedef struct yj_ldap_settings {
    const char *urls; /* with blanks between them */
    bool starttls;
    const char *bind_template, *bind_dn, *base, *filter;
    const char *id_attribute, *name_attribute, *mail_attribute;
    const char *group, *group_attribute;
} yj_ldap_settings;

typedef struct yj_provider {
    char id[YJ_UUID_LEN + 1];
    yj_provider_kind kind;
    const char *label;     /* what people see: one text, as the operator writes it */
    bool enabled;          /* else nobody signs in by it */
    const char *settings;  /* JSON, as above */
    bool second_factor;    /* it is the provider's (with `acr`: where the sign-in says so) */
    yj_oidc_settings oidc; /* of that kind */
    yj_ldap_settings ldap;
    yj_span sealed; /* the secret; empty: none */
    int64_t created_ns, changed_ns;
} yj_provider;

/**
 * Check settings and take them apart.
 * @param ret only second_factor, settings, oidc and ldap are set
 * @return YJ_E_INVALID naming "settings.FIELD" (or a place in the JSON), YJ_E_LIMIT
 */
yj_status yj_provider_settings(yj_provider_kind kind, yj_span json, yj_arena *a, yj_provider *ret,
                               yj_error *err) yj_nodiscard;

/** NULL: as it is (of a new one: none, enabled). */
typedef struct yj_provider_edit {
    const yj_span *label;    /* 1..YJ_PROVIDER_LABEL_MAX bytes without control characters; unique */
    const yj_span *settings; /* all of them */
    const yj_span *secret;   /* empty: take it away. The caller wipes it */
    const bool *enabled;
} yj_provider_edit;
/** @return YJ_E_INVALID naming "label", "secret" or "settings...", YJ_E_CONFLICT (the label is another's),
 * YJ_E_LIMIT (over YJ_PROVIDERS_MAX) */
yj_status yj_provider_create(yj_db *db, const yj_seal *s, yj_provider_kind kind, const yj_provider_edit *e,
                             int64_t now_ns, char ret_id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;
/** The same. Who points a provider to another address must give its secret anew: else it could be sent to
 * somebody who is only asked for it. YJ_E_NOT_FOUND */
yj_status yj_provider_change(yj_db *db, const yj_seal *s, const char *id, const yj_provider_edit *e,
                             int64_t now_ns, yj_error *err) yj_nodiscard;
/** With all identities that it knows. YJ_E_NOT_FOUND */
yj_status yj_provider_delete(yj_db *db, const char *id, yj_error *err) yj_nodiscard;

/** YJ_E_NOT_FOUND; YJ_E_CORRUPT (its settings are damaged) */
yj_status yj_provider_read(yj_db *db, const char *id, yj_arena *a, yj_provider *ret,
                           yj_error *err) yj_nodiscard;
/** Is it there, and does anybody sign in by it? */
yj_status yj_provider_enabled(yj_db *db, const char *id, bool *ret, yj_error *err) yj_nodiscard;
/** By label. @param ret owned by the arena */
yj_status yj_provider_list(yj_db *db, yj_arena *a, const yj_provider **ret, size_t *ret_count,
                           yj_error *err) yj_nodiscard;

/** Open the secret: ret_len bytes and a NUL. The caller wipes it. @return YJ_E_INVALID (there is none),
 * YJ_E_CORRUPT (sealed with another key) */
yj_status yj_provider_secret(const yj_seal *s, const yj_provider *p,
                             char ret[static YJ_PROVIDER_SECRET_MAX + 1], size_t *ret_len,
                             yj_error *err) yj_nodiscard;

#endif
