// SPDX-License-Identifier: Apache-2.0
#include "access/outside.h"

#include "access/directory_name.h"
#include "access/sign_in_internal.h"

yj_status yj_outside_begin(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *provider,
                           int64_t now_ns, yj_error *err)
{
    char name[YJ_DIRECTORY_NAME_MAX + 1];
    yj_identity known;
    bool found = false;
    yj_sign_in_clear(x);
    /* what can be no name is counted as it was typed */
    bool is_name = yj_directory_name(x->name, name);
    yj_span counted = is_name ? yj_span_of(name) : x->name;
    if (is_name)
        YJ_TRY(yj_identity_by_login(db, provider, counted, &known, &found, err));
    return yj_sign_in_count(d, db, x, found ? known.account : "", counted, now_ns, err);
}

yj_status yj_outside_give_back(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, yj_error *err)
{
    (void)d;
    x->outcome = YJ_SIGN_IN_WRONG;
    return yj_sign_in_uncount(db, x, err);
}

static yj_status let_in(yj_db *db, yj_sign_in *x, const yj_proved *who, int64_t now, yj_error *err)
{
    yj_identity known;
    yj_account a;
    bool enabled = false, found = false;
    YJ_TRY(yj_provider_enabled(db, who->provider, &enabled, err));
    if (enabled)
        YJ_TRY(yj_identity_find(db, who->provider, yj_span_of(who->subject), &known, &found, err));
    if (found)
        YJ_TRY(yj_account_read(db, known.account, &a, err));
    if (!found || a.break_glass) {
        x->unlinked = enabled;
        return yj_sign_in_uncount(db, x, err);
    }
    YJ_TRY(yj_identity_used(db, who, now, err));
    return yj_sign_in_admit(db, x, known.account, who->second, now, err);
}

yj_status yj_outside_end(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const yj_proved *who,
                         int64_t now_ns, yj_error *err)
{
    (void)d;
    x->outcome = YJ_SIGN_IN_WRONG;
    x->account[0] = '\0';
    x->enrol = x->unlinked = false;
    return who ? let_in(db, x, who, now_ns, err) : YJ_OK;
}

static yj_status use_passage(const yj_sign_in_desk *d, yj_db *db, const yj_oidc_passage *p,
                             const yj_proved *who, const char *account, const char *session, int64_t now,
                             yj_error *err)
{
    if (strcmp(p->account, account) != 0 || strcmp(p->session, session) != 0 ||
        strcmp(p->provider, who->provider) != 0)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "this sign-in took too long, or was begun in another browser; begin again");
    return yj_oidc_passage_use(yj_sign_in_seal(d), db, p, now, err);
}

yj_status yj_outside_enter(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const yj_oidc_passage *p,
                           const yj_proved *who, int64_t now_ns, yj_error *err)
{
    YJ_TRY(use_passage(d, db, p, who, "", "", now_ns, err));
    yj_sign_in_clear(x);
    return let_in(db, x, who, now_ns, err);
}

yj_status yj_outside_link(const yj_sign_in_desk *d, yj_db *db, const char *account, const yj_oidc_passage *p,
                          const yj_proved *who, int64_t now_ns, yj_error *err)
{
    bool enabled = false;
    if (!*account)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such account");
    YJ_TRY(use_passage(d, db, p, who, account, "", now_ns, err));
    YJ_TRY(yj_provider_enabled(db, who->provider, &enabled, err));
    if (!enabled)
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody signs in by this provider now");
    return yj_identity_link(db, account, who->provider, yj_span_of(who->subject), yj_span_of(who->login),
                            now_ns, err);
}

/* --- once more -------------------------------------------------------------------------------- */

yj_status yj_outside_prove(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                           const yj_proved *who, int64_t now_ns, yj_error *err)
{
    (void)d;
    yj_identity known = { .account = "" };
    bool enabled = false, found = false;
    x->outcome = YJ_SIGN_IN_WRONG;
    x->account[0] = '\0';
    x->enrol = x->unlinked = false;
    if (!who)
        return YJ_OK;
    YJ_TRY(yj_provider_enabled(db, who->provider, &enabled, err));
    if (enabled)
        YJ_TRY(yj_identity_find(db, who->provider, yj_span_of(who->subject), &known, &found, err));
    if (!found || strcmp(known.account, account) != 0) {
        x->unlinked = true;
        return yj_sign_in_uncount(db, x, err);
    }
    YJ_TRY(yj_identity_used(db, who, now_ns, err));
    YJ_TRY(yj_sign_in_admit(db, x, account, /* second= */ true, now_ns, err));
    if (x->outcome == YJ_SIGN_IN_SECOND)
        x->outcome = YJ_SIGN_IN_DONE;
    x->enrol = false;
    return YJ_OK;
}

yj_status yj_outside_prove_passage(const yj_sign_in_desk *d, yj_db *db, yj_sign_in *x, const char *account,
                                   const char *session, const yj_oidc_passage *p, const yj_proved *who,
                                   int64_t now_ns, yj_error *err)
{
    if (!*account || !*session)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such account");
    YJ_TRY(use_passage(d, db, p, who, account, session, now_ns, err));
    yj_sign_in_clear(x);
    return yj_outside_prove(d, db, x, account, who, now_ns, err);
}
