// SPDX-License-Identifier: Apache-2.0
/* base32: a text that is taken is written the same way again, and any bytes come back. */
#include "fuzz.h"

#include "access/secret.h"

#define BYTES_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[BYTES_MAX];
    char text[YJ_BASE32_LEN(BYTES_MAX) + 1];
    size_t len = 0;
    if (yj_base32_decode((yj_span){ (const char *)data, size }, bytes, sizeof bytes, &len)) {
        assert(len <= sizeof bytes);
        yj_base32(bytes, len, text);
        assert(strlen(text) == size && (size == 0 || memcmp(text, data, size) == 0));
    }
    if (size <= BYTES_MAX) {
        yj_base32(data, size, text);
        bool taken = yj_base32_decode(yj_span_of(text), bytes, sizeof bytes, &len);
        assert(taken && len == size && (size == 0 || memcmp(bytes, data, size) == 0));
    }
    return 0;
}
