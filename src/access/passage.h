// SPDX-License-Identifier: Apache-2.0
/**
 * What must be remembered while somebody is at a provider (access/oidc.h): which provider it is, what the
 * answer must hold, and where he goes then. It is kept by his browser and nowhere else: sealed
 * (access/seal.h), so that nobody reads or makes one, in a cookie, so that an answer is worth something only
 * in the browser in which it was begun. So beginning writes nothing: strangers who begin and never come back
 * fill no table, and any server of the installation can end what another began.
 *
 * It lasts YJ_PASSAGE_S and is good once: who comes in by it leaves its mark among the counters of attempts
 * (access/pause.h) until it could not be used any more anyway.
 *
 * The cookie: "__Host-" before its name, HttpOnly, Secure, SameSite=Lax (Strict would not be sent on the way
 * back from the provider), Path=/, Max-Age=YJ_PASSAGE_S; taken away at the end, however that was.
 */
#ifndef YJ_ACCESS_PASSAGE_H
#define YJ_ACCESS_PASSAGE_H

#include "access/local_path.h"
#include "access/seal.h"
#include "store/db.h"

#define YJ_PASSAGE_S 600
#define YJ_PASSAGE_TEXT_MAX 1200 /* characters */
#define YJ_PASSAGE_WORD_BYTES 32 /* of state, nonce and verifier, each */
#define YJ_PASSAGE_WORD_LEN 43   /* the same in base64url */

typedef struct yj_oidc_passage {
    char provider[YJ_UUID_LEN + 1];
    char account[YJ_UUID_LEN + 1]; /* of one who has signed in, and is to be linked or to prove once more who
                                      he is; "" a sign-in */
    char session[YJ_UUID_LEN + 1]; /* in which he proves it once more; "" that is not what it is for */
    uint8_t state[YJ_PASSAGE_WORD_BYTES], nonce[YJ_PASSAGE_WORD_BYTES], verifier[YJ_PASSAGE_WORD_BYTES];
    int64_t begun_ns;
    char back[YJ_LOCAL_PATH_MAX + 1]; /* a local path */
} yj_oidc_passage;

/** Letters, digits, - and _; for a cookie. */
void yj_oidc_passage_seal(const yj_seal *s, const yj_oidc_passage *p,
                          char ret[static YJ_PASSAGE_TEXT_MAX + 1]);
/** Any bytes may be given. @param now_ns of the machine
 *  @return YJ_E_FORBIDDEN if it is none of ours or has had its time */
yj_status yj_oidc_passage_open(const yj_seal *s, yj_span text, int64_t now_ns, yj_oidc_passage *ret,
                               yj_error *err) yj_nodiscard;
/** Use it up, inside the caller's write. YJ_E_FORBIDDEN if it is already. */
yj_status yj_oidc_passage_use(const yj_seal *s, yj_db *db, const yj_oidc_passage *p, int64_t now_ns,
                              yj_error *err) yj_nodiscard;

/** As the words travel: base64url (RFC 4648, section 5) without padding. */
void yj_oidc_passage_word(const uint8_t bytes[static YJ_PASSAGE_WORD_BYTES],
                          char ret[static YJ_PASSAGE_WORD_LEN + 1]);

#endif
