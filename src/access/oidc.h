// SPDX-License-Identifier: Apache-2.0
/**
 * Signing in by OpenID Connect (Core 1.0, the code flow), as its client: the browser is sent to the provider
 * with the beginning of a passage (access/passage.h) and comes back with a code, which is exchanged for a
 * signed statement of who it is. With PKCE (RFC 7636, S256), nonce, and the issuer in the answer where the
 * provider puts it (RFC 9207).
 *
 * What a provider says of itself (discovery 1.0) is asked for once an hour; its keys too, and when a
 * statement names one that is not known, but not twice within YJ_OIDC_REFRESH_S.
 *
 * Nothing here knows the store. Every function may take YJ_WEB_TOTAL_MS for each of three questions: never on
 * the writer's thread, nor with a connection borrowed. Any number of threads.
 */
#ifndef YJ_ACCESS_OIDC_H
#define YJ_ACCESS_OIDC_H

#include "access/identity.h"
#include "access/passage.h"
#include "access/provider.h"
#include "access/web.h"
#include "base/json.h"

#define YJ_OIDC_KEPT_S 3600  /* what was asked for is asked for again after this */
#define YJ_OIDC_REFRESH_S 60 /* keys are not asked for again within this */
#define YJ_OIDC_LEEWAY_S 60  /* by which clocks may differ */
#define YJ_OIDC_ANSWER_MAX                                                                                   \
    ((size_t)64 << 10)                  /* bytes of what a provider says of itself, and of a token's answer */
#define YJ_OIDC_URL_MAX ((size_t)6000)  /* bytes of the address that the browser is sent to */
#define YJ_OIDC_CODE_MAX ((size_t)4096) /* bytes of a code */

typedef struct yj_oidc yj_oidc;
/** One for the process. @param o copied, its texts borrowed. YJ_E_NOMEM, YJ_E_IO */
yj_status yj_oidc_new(const yj_web_options *o, const yj_seal *s, yj_oidc **ret, yj_error *err) yj_nodiscard;
void yj_oidc_free(yj_oidc *o);
YJ_DEFINE_CLEANUP(yj_oidc, yj_oidc_free)

/** For tests: what is kept was asked for so many seconds earlier. */
void yj_oidc_age(yj_oidc *o, int64_t seconds);

typedef struct yj_oidc_begin {
    const char *redirect_uri; /* of our route, as the provider knows it */
    yj_span back;             /* where the browser goes at the end; no local path: "/" */
    const char *account;      /* who wants an identity linked; NULL: a sign-in */
    const char *session; /* in which that account proves once more who it is: the provider is asked to have
                            him sign in again, and must say that he did. NULL: not that */
    int64_t now_ns;      /* of the machine */
} yj_oidc_begin;
/**
 * @param ret_url     where the browser is to be sent; initialised, of YJ_OIDC_URL_MAX
 * @param ret_passage for the cookie; the caller wipes it
 * @return YJ_E_BUSY (the provider is not reached), YJ_E_IO (it says nonsense of itself), YJ_E_FORBIDDEN (it
 * is not enabled), YJ_E_NOMEM
 */
yj_status yj_oidc_start(yj_oidc *o, const yj_provider *p, const yj_oidc_begin *b, yj_buf *ret_url,
                        char ret_passage[static YJ_PASSAGE_TEXT_MAX + 1], yj_error *err) yj_nodiscard;

/** What the browser brought back, decoded. Empty: not there. */
typedef struct yj_oidc_answer {
    yj_span code, state, iss, error;
} yj_oidc_answer;
/**
 * Exchange the code and check what comes for it.
 * @param p       the passage's provider
 * @param passage opened by yj_oidc_passage_open(); not used up by this
 * @return YJ_E_FORBIDDEN (he is not let in: the answer belongs to another passage, the provider refused, or
 * what it said does not hold; the message says what), YJ_E_BUSY (not reached, or it fails itself), YJ_E_IO
 * (it does not take our secret, or says nonsense), YJ_E_CORRUPT (our secret cannot be opened), YJ_E_NOMEM
 */
yj_status yj_oidc_finish(yj_oidc *o, const yj_provider *p, const yj_oidc_passage *passage,
                         const char *redirect_uri, const yj_oidc_answer *answer, int64_t now_ns,
                         yj_proved *ret, yj_error *err) yj_nodiscard;

/** Can it be asked? What it says of itself and its keys are read anew, whether it is enabled or not. Its
 * secret is shown to it only when somebody signs in.
 *  @return YJ_E_BUSY, YJ_E_IO, YJ_E_NOMEM */
yj_status yj_oidc_probe(yj_oidc *o, const yj_provider *p, yj_error *err) yj_nodiscard;

/** For what a statement must be. */
typedef struct yj_oidc_expected {
    const yj_oidc_settings *settings;
    bool second_factor; /* the provider's is trusted */
    bool anew;          /* he must have signed in there since it began (auth_time) */
    const char *nonce;
    int64_t begun_ns, now_ns;
} yj_oidc_expected;
/** Check the claims of a statement whose signature is right: iss, aud, azp, exp, iat, nbf, nonce, sub, and
 * auth_time where it must be new. All of *ret but its provider is set. YJ_E_FORBIDDEN */
yj_status yj_oidc_claims(const json_t *claims, const yj_oidc_expected *e, yj_proved *ret,
                         yj_error *err) yj_nodiscard;

#endif
