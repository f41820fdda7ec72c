// SPDX-License-Identifier: Apache-2.0
/**
 * Signed envelopes by the DSSE protocol, version 1 (secure-systems-lab/dsse): a payload, its type, and
 * signatures over both. What is signed is the pre-authentication encoding of type and payload, so that one
 * kind of document is never taken for another. An envelope comes from anywhere: it is read under limits.
 */
#ifndef YJ_INSTRUMENT_ATTEST_DSSE_H
#define YJ_INSTRUMENT_ATTEST_DSSE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/sign.h"

#define YJ_DSSE_BYTES_MAX YJ_JSON_BYTES_MAX
#define YJ_DSSE_SIGNATURES_MAX 16
#define YJ_DSSE_NAME_MAX 255 /* bytes of a payload type and of a key id */

typedef struct yj_dsse {
    yj_span type, payload;
    struct {
        yj_span keyid; /* a hint only: nothing may be believed because of it; may be empty */
        yj_span signature;
    } sig[YJ_DSSE_SIGNATURES_MAX];
    size_t count; /* at least one */
} yj_dsse;

/** What is signed: "DSSEv1", and length and bytes of type and payload. */
void yj_dsse_pae(yj_span type, yj_span payload, yj_buf *out);
/** An envelope with one signature, as one line of canonical JSON. @param key private. YJ_E_LIMIT */
yj_status yj_dsse_sign(const yj_key *key, yj_span type, yj_span payload, yj_buf *out,
                       yj_error *err) yj_nodiscard;
/** Take an envelope apart; nothing is verified yet. Base64 is the standard one with padding. Unknown members
 * are passed over, as the protocol asks. YJ_E_INVALID (err->field says where), YJ_E_LIMIT.
 * @param a owns what *ret points to */
yj_status yj_dsse_parse(yj_span bytes, yj_arena *a, yj_dsse *ret, yj_error *err) yj_nodiscard;
/** Has the key signed it? YJ_E_CORRUPT if no signature is the key's. */
yj_status yj_dsse_verify(const yj_dsse *d, const yj_key *key, yj_error *err) yj_nodiscard;

#endif
