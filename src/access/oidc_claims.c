// SPDX-License-Identifier: Apache-2.0
#include "access/oidc.h"

#include "access/secret.h"
#include "base/json.h"
#include "base/time.h"
#include <math.h>

static yj_span text_of(const json_t *claims, const char *name)
{
    const json_t *v = json_object_get(claims, name);
    return (yj_span){ json_string_value(v), json_string_length(v) };
}

/* For showing: shortened where it must be, one line. */
static void keep(yj_span s, char ret[static YJ_PROVED_TEXT_MAX + 1])
{
    size_t len = s.len <= YJ_PROVED_TEXT_MAX ? s.len : YJ_PROVED_TEXT_MAX;
    memcpy(ret, len ? s.ptr : "", len);
    ret[len] = '\0';
    yj_text_tidy(ret);
}

static yj_status check_audience(const json_t *claims, const char *client, yj_error *err)
{
    const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp");
    size_t many = json_array_size(aud), i = 0;
    bool ours = json_is_string(aud) && yj_span_is(text_of(claims, "aud"), client);
    for (; i < many && !ours; i++) {
        const json_t *v = json_array_get(aud, i);
        ours = yj_span_is((yj_span){ json_string_value(v), json_string_length(v) }, client);
    }
    if (!ours)
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement is meant for another client");
    /* of several who may take it, it says to whom it was given */
    if ((azp || many > 1) && !yj_span_is(text_of(claims, "azp"), client))
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement was given to another client");
    return YJ_OK;
}

/* Seconds since 1970, perhaps with a fraction. False if it is missing, or no time that can be reckoned with.
 */
static bool seconds_of(const json_t *claims, const char *name, int64_t *ret)
{
    const json_t *v = json_object_get(claims, name);
    double d = json_number_value(v);
    if (!json_is_number(v) || !isfinite(d) || fabs(d) > 9e9)
        return false;
    *ret = (int64_t)d;
    return true;
}

static yj_status check_times(const json_t *claims, const yj_oidc_expected *e, yj_error *err)
{
    int64_t exp = 0, iat = 0, nbf = 0, now = e->now_ns / YJ_NS_PER_S, begun = e->begun_ns / YJ_NS_PER_S;
    if (!seconds_of(claims, "exp", &exp) || !seconds_of(claims, "iat", &iat) ||
        (json_object_get(claims, "nbf") && !seconds_of(claims, "nbf", &nbf)))
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the provider's statement does not say when it was made and ends");
    if (now >= exp + YJ_OIDC_LEEWAY_S)
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement has expired");
    if (iat > now + YJ_OIDC_LEEWAY_S || nbf > now + YJ_OIDC_LEEWAY_S)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the provider's statement is from the future; the clocks of the two servers differ");
    if (iat < begun - YJ_OIDC_LEEWAY_S)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the provider's statement is older than this sign-in; or the clocks of the two "
                       "servers differ");
    return YJ_OK;
}

/* prompt and max_age travelled through the browser, which may have left them out: only what is signed says
 * that he was asked again. */
static yj_status check_anew(const json_t *claims, const yj_oidc_expected *e, yj_error *err)
{
    int64_t at = 0, now = e->now_ns / YJ_NS_PER_S, begun = e->begun_ns / YJ_NS_PER_S;
    if (!seconds_of(claims, "auth_time", &at))
        return yj_fail(
            err, YJ_E_FORBIDDEN,
            "the provider does not say when you signed in there (auth_time), so it proves nothing");
    if (at < begun - YJ_OIDC_LEEWAY_S)
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider did not have you sign in again; begin again");
    if (at > now + YJ_OIDC_LEEWAY_S)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "the provider's statement is from the future; the clocks of the two servers differ");
    return YJ_OK;
}

static bool has_acr(const yj_oidc_settings *s, yj_span acr)
{
    for (size_t i = 0; i < s->acr_count; i++)
        if (yj_span_is(acr, s->acr[i]))
            return true;
    return false;
}

static void keep_amr(const json_t *claims, char ret[static YJ_PROVED_TEXT_MAX + 1])
{
    const json_t *amr = json_object_get(claims, "amr");
    size_t at = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < json_array_size(amr); i++) {
        const json_t *v = json_array_get(amr, i);
        size_t len = json_string_length(v);
        if (len == 0 || at + len + 1 > YJ_PROVED_TEXT_MAX)
            continue;
        if (at)
            ret[at++] = ' ';
        memcpy(ret + at, json_string_value(v), len);
        at += len;
        ret[at] = '\0';
    }
    yj_text_tidy(ret);
}

yj_status yj_oidc_claims(const json_t *claims, const yj_oidc_expected *e, yj_proved *ret, yj_error *err)
{
    yj_proved x = { .provider = "" };
    yj_span nonce = text_of(claims, "nonce"), sub = text_of(claims, "sub");
    if (!yj_span_is(text_of(claims, "iss"), e->settings->issuer))
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement is of another issuer");
    YJ_TRY(check_audience(claims, e->settings->client_id, err));
    YJ_TRY(check_times(claims, e, err));
    if (nonce.len != strlen(e->nonce) || !yj_secret_eq(nonce.ptr, e->nonce, nonce.len))
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement belongs to another sign-in");
    if (e->anew)
        YJ_TRY(check_anew(claims, e, err));
    if (!yj_subject_valid(sub))
        return yj_fail(err, YJ_E_FORBIDDEN, "the provider's statement does not say who it is");
    memcpy(x.subject, sub.ptr, sub.len);
    keep(text_of(claims, "preferred_username"), x.login);
    keep(text_of(claims, "name"), x.name);
    keep(text_of(claims, "email"), x.email);
    keep(text_of(claims, "acr"), x.acr);
    keep_amr(claims, x.amr);
    x.second =
        e->second_factor && (e->settings->acr_count == 0 || has_acr(e->settings, text_of(claims, "acr")));
    memcpy(x.provider, ret->provider, sizeof x.provider);
    *ret = x;
    return YJ_OK;
}
