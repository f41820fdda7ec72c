// SPDX-License-Identifier: Apache-2.0
/* A public key that somebody pasted: one that is taken is taken again as PEM, as the base64 in it and as its
 * raw bytes, and is the same key; with a character between that is none of base64 it is not. */
#include "fuzz.h"

#include "base/sign.h"

static void check_same(const yj_key *k, yj_span text)
{
    yj_auto(yj_key_freep) yj_key *again = NULL;
    char id[2][2 * YJ_HASH_LEN + 1];
    yj_status s = yj_key_from_text(text, &again, NULL);
    assert(s == YJ_OK && yj_key_alg(k) == yj_key_alg(again));
    yj_key_id(k, id[0]);
    yj_key_id(again, id[1]);
    assert(strcmp(id[0], id[1]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_key_freep) yj_key *k = NULL, *wrong = NULL;
    yj_auto(yj_buf_done) yj_buf pem;
    uint8_t raw[YJ_PUB_MAX];
    size_t len = 0;
    yj_error err = { .code = YJ_OK };
    yj_status s = yj_key_from_text((yj_span){ (const char *)data, size }, &k, &err);
    if (s != YJ_OK) {
        assert(s == YJ_E_INVALID && !k && err.msg[0] && err.msg_zh[0]);
        return 0;
    }
    yj_buf_init(&pem, 4096);
    yj_key_public_pem(k, &pem);
    check_same(k, yj_buf_view(&pem));
    yj_key_public(k, raw, &len);
    yj_buf_clear(&pem);
    yj_buf_base64(&pem, raw, len);
    assert(yj_buf_status(&pem, NULL) == YJ_OK);
    check_same(k, yj_buf_view(&pem));
    pem.ptr[pem.len / 2] = '!';
    s = yj_key_from_text(yj_buf_view(&pem), &wrong, NULL);
    assert(s == YJ_E_INVALID);
    return 0;
}
