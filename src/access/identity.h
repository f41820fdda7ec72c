// SPDX-License-Identifier: Apache-2.0
/**
 * Whom a provider (access/provider.h) knows under which name for ever (the subject), and which account that
 * is. Table account_identity, outside the ledger. One subject of a provider is one account's; an account may
 * have several. No account is made by it: who is proved and not linked comes in nowhere.
 *
 * Times are ns UTC, handed in. Functions that change something run inside the caller's write. Errors besides
 * those named: those of the store.
 */
#ifndef YJ_ACCESS_IDENTITY_H
#define YJ_ACCESS_IDENTITY_H

#include "access/account.h"

#define YJ_SUBJECT_MAX 255 /* bytes: OpenID Connect Core 1.0, section 2 */
#define YJ_PROVED_TEXT_MAX 255
#define YJ_IDENTITIES_MAX 20 /* of an account */

/** What a provider has proved (access/oidc.h, access/directory.h). All but the subject is only shown. */
typedef struct yj_proved {
    char provider[YJ_UUID_LEN + 1];
    char subject[YJ_SUBJECT_MAX + 1];
    char login[YJ_PROVED_TEXT_MAX + 1]; /* with which he signed in, lower case; "" not known */
    char name[YJ_PROVED_TEXT_MAX + 1], email[YJ_PROVED_TEXT_MAX + 1];
    char acr[YJ_PROVED_TEXT_MAX + 1], amr[YJ_PROVED_TEXT_MAX + 1]; /* how; amr with blanks between */
    bool second; /* a second factor was proved there, as far as the provider's settings trust it */
} yj_proved;

typedef struct yj_identity {
    char provider[YJ_UUID_LEN + 1], account[YJ_UUID_LEN + 1];
    char subject[YJ_SUBJECT_MAX + 1], login[YJ_PROVED_TEXT_MAX + 1];
    int64_t linked_ns, used_ns; /* 0: never */
} yj_identity;

/** 1..YJ_SUBJECT_MAX bytes of UTF-8 without control characters. */
bool yj_subject_valid(yj_span subject);

/** Linking the same twice is fine. @param login may be empty
 *  @return YJ_E_INVALID naming "subject" or "account" (one for emergencies signs in by password alone),
 * YJ_E_NOT_FOUND (no such account or provider), YJ_E_CONFLICT (it is another account's), YJ_E_LIMIT */
yj_status yj_identity_link(yj_db *db, const char *account, const char *provider, yj_span subject,
                           yj_span login, int64_t now_ns, yj_error *err) yj_nodiscard;
/** Sessions stay; ending them is the caller's. YJ_E_NOT_FOUND */
yj_status yj_identity_unlink(yj_db *db, const char *account, const char *provider, yj_span subject,
                             yj_error *err) yj_nodiscard;
/** Of an account, by provider and subject. @param rows `cap` of them */
yj_status yj_identity_list(yj_db *db, const char *account, yj_identity *rows, size_t cap, size_t *ret_count,
                           yj_error *err) yj_nodiscard;
/** @param ret set if *ret_found */
yj_status yj_identity_find(yj_db *db, const char *provider, yj_span subject, yj_identity *ret,
                           bool *ret_found, yj_error *err) yj_nodiscard;
/** Of whom that name is, if he has signed in with it before: a guess, for counting attempts. */
yj_status yj_identity_by_login(yj_db *db, const char *provider, yj_span login, yj_identity *ret,
                               bool *ret_found, yj_error *err) yj_nodiscard;
/** He has come in by it. */
yj_status yj_identity_used(yj_db *db, const yj_proved *who, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
