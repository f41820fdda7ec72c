// SPDX-License-Identifier: Apache-2.0
/* Tokens of the API: one that is taken has the form, and with any one character changed it is not taken. */
#include "fuzz.h"

#include "access/api_token.h"
#include "access/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char id[YJ_TOKEN_ID_LEN + 1], text[YJ_TOKEN_LEN + 1];
    uint8_t secret[YJ_TOKEN_SECRET_BYTES], all[40];
    size_t len = 0;
    if (!yj_token_parse((yj_span){ (const char *)data, size }, id, secret))
        return 0;
    assert(size == YJ_TOKEN_LEN && strlen(id) == YJ_TOKEN_ID_LEN);
    memcpy(text, data, size);
    text[size] = '\0';
    assert(memcmp(text + strlen(YJ_TOKEN_PREFIX), id, YJ_TOKEN_ID_LEN) == 0);
    bool taken = yj_base32_decode((yj_span){ text + 3, 64 }, all, sizeof all, &len);
    assert(taken && len == sizeof all && memcmp(all + 10, secret, sizeof secret) == 0);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        text[i] = c == 'A' ? 'B' : 'A';
        taken = yj_token_parse(yj_span_of(text), id, secret);
        assert(!taken);
        text[i] = c;
    }
    return 0;
}
