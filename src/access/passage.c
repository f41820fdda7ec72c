// SPDX-License-Identifier: Apache-2.0
#include "access/passage.h"

#include "access/pause.h"
#include "access/secret.h"
#include "base/time.h"
#include <assert.h>
#include <sodium.h>

#define ABOUT "passage, 2" /* no UUID: none of the other things that are sealed */
#define AHEAD_S 60         /* by which clocks of servers may differ */

/* As it is sealed. Bytes and nothing else, so that there is no room between members. */
typedef struct packed {
    char provider[YJ_UUID_LEN], account[YJ_UUID_LEN], session[YJ_UUID_LEN]; /* zeros: none */
    uint8_t state[YJ_PASSAGE_WORD_BYTES], nonce[YJ_PASSAGE_WORD_BYTES], verifier[YJ_PASSAGE_WORD_BYTES];
    uint8_t begun[8];
    char back[YJ_LOCAL_PATH_MAX]; /* as long as it is */
} packed;
#define HEAD_LEN (sizeof(packed) - YJ_LOCAL_PATH_MAX)
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
static_assert(sizeof(packed) <= YJ_SEAL_BYTES_MAX, "it can be sealed");
static_assert(sodium_base64_ENCODED_LEN(sizeof(packed) + YJ_SEAL_MORE, VARIANT) <= YJ_PASSAGE_TEXT_MAX + 1,
              "as the header says");
static_assert(sodium_base64_ENCODED_LEN(YJ_PASSAGE_WORD_BYTES, VARIANT) == YJ_PASSAGE_WORD_LEN + 1,
              "as the header says");

void yj_oidc_passage_word(const uint8_t bytes[static YJ_PASSAGE_WORD_BYTES],
                          char ret[static YJ_PASSAGE_WORD_LEN + 1])
{
    sodium_bin2base64(ret, YJ_PASSAGE_WORD_LEN + 1, bytes, YJ_PASSAGE_WORD_BYTES, VARIANT);
}

void yj_oidc_passage_seal(const yj_seal *s, const yj_oidc_passage *p,
                          char ret[static YJ_PASSAGE_TEXT_MAX + 1])
{
    uint8_t sealed[sizeof(packed) + YJ_SEAL_MORE];
    packed x = { .begun = { 0 } };
    size_t back = strlen(p->back);
    assert(strlen(p->provider) == YJ_UUID_LEN && back >= 1 && back <= YJ_LOCAL_PATH_MAX);
    memcpy(x.provider, p->provider, sizeof x.provider);
    if (p->account[0])
        memcpy(x.account, p->account, sizeof x.account);
    if (p->session[0])
        memcpy(x.session, p->session, sizeof x.session);
    memcpy(x.state, p->state, sizeof x.state);
    memcpy(x.nonce, p->nonce, sizeof x.nonce);
    memcpy(x.verifier, p->verifier, sizeof x.verifier);
    for (unsigned i = 0; i < sizeof x.begun; i++)
        x.begun[i] = (uint8_t)((uint64_t)p->begun_ns >> (56 - 8 * i));
    memcpy(x.back, p->back, back);
    yj_seal_put(s, ABOUT, &x, HEAD_LEN + back, sealed);
    sodium_bin2base64(ret, YJ_PASSAGE_TEXT_MAX + 1, sealed, HEAD_LEN + back + YJ_SEAL_MORE, VARIANT);
    yj_secret_wipe(&x, sizeof x);
}

static bool open_packed(const yj_seal *s, yj_span text, packed *ret, size_t *ret_back)
{
    uint8_t sealed[sizeof(packed) + YJ_SEAL_MORE];
    size_t len = 0;
    if (text.len == 0 || text.len > YJ_PASSAGE_TEXT_MAX ||
        sodium_base642bin(sealed, sizeof sealed, text.ptr, text.len, NULL, &len, NULL, VARIANT) != 0 ||
        len <= HEAD_LEN + YJ_SEAL_MORE)
        return false;
    *ret_back = len - HEAD_LEN - YJ_SEAL_MORE;
    return yj_seal_take(s, ABOUT, (yj_span){ (const char *)sealed, len }, (uint8_t *)ret, len - YJ_SEAL_MORE,
                        NULL) == YJ_OK;
}

yj_status yj_oidc_passage_open(const yj_seal *s, yj_span text, int64_t now_ns, yj_oidc_passage *ret,
                               yj_error *err)
{
    packed x = { .begun = { 0 } };
    size_t back = 0;
    uint64_t begun = 0;
    bool fine = open_packed(s, text, &x, &back);
    for (unsigned i = 0; i < sizeof x.begun; i++)
        begun = begun << 8 | x.begun[i];
    int64_t age = now_ns - (int64_t)begun;
    fine = fine && age < YJ_PASSAGE_S * YJ_NS_PER_S && age >= -AHEAD_S * YJ_NS_PER_S;
    if (fine) {
        yj_oidc_passage p = { .begun_ns = (int64_t)begun };
        memcpy(p.provider, x.provider, sizeof x.provider);
        memcpy(p.account, x.account, sizeof x.account);
        memcpy(p.session, x.session, sizeof x.session);
        memcpy(p.state, x.state, sizeof x.state);
        memcpy(p.nonce, x.nonce, sizeof x.nonce);
        memcpy(p.verifier, x.verifier, sizeof x.verifier);
        memcpy(p.back, x.back, back);
        *ret = p;
    }
    yj_secret_wipe(&x, sizeof x);
    return fine ? YJ_OK
                : yj_fail(err, YJ_E_FORBIDDEN,
                          "this sign-in took too long, or was begun in another browser; begin again");
}

yj_status yj_oidc_passage_use(const yj_seal *s, yj_db *db, const yj_oidc_passage *p, int64_t now_ns,
                              yj_error *err)
{
    /* one use makes a pause that outlasts it */
    static const yj_pause once = { .free = 0,
                                   .first_s = YJ_PASSAGE_S + 2 * AHEAD_S,
                                   .most_s = YJ_PASSAGE_S + 2 * AHEAD_S,
                                   .forget_s = YJ_PASSAGE_S + 4 * AHEAD_S };
    const yj_span parts[] = { YJ_SPAN(ABOUT), { (const char *)p->state, sizeof p->state } };
    yj_digest key;
    yj_paused x;
    yj_seal_digest(s, YJ_SEAL_COUNTER, parts, YJ_COUNT(parts), &key);
    YJ_TRY(yj_pause_count(db, &key, &once, now_ns, &x, err));
    return x.wait_ns == 0 ? YJ_OK
                          : yj_fail(err, YJ_E_FORBIDDEN, "this sign-in was ended already; begin again");
}
