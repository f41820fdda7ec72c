// SPDX-License-Identifier: Apache-2.0
#include "access/device.h"

#include "access/secret.h"
#include "base/time.h"
#include <assert.h>

#define TIME_LEN 8
#define TOKEN_BYTES (YJ_DEVICE_ID_LEN + TIME_LEN + YJ_HASH_LEN)
static_assert(YJ_BASE32_LEN(TOKEN_BYTES) == YJ_DEVICE_TOKEN_LEN, "as the header says");

static void digest_of(const yj_seal *s, const char *account, const uint8_t *bytes, yj_digest *ret)
{
    const yj_span parts[] = { yj_span_of(account), { (const char *)bytes, YJ_DEVICE_ID_LEN + TIME_LEN } };
    yj_seal_digest(s, YJ_SEAL_DEVICE, parts, YJ_COUNT(parts), ret);
}

void yj_device_token(const yj_seal *s, const char *account, int64_t now_ns,
                     char ret[static YJ_DEVICE_TOKEN_LEN + 1])
{
    uint8_t b[TOKEN_BYTES];
    yj_digest d;
    uint64_t seconds = (uint64_t)(now_ns / YJ_NS_PER_S);
    yj_random(b, YJ_DEVICE_ID_LEN);
    for (unsigned i = 0; i < TIME_LEN; i++)
        b[YJ_DEVICE_ID_LEN + i] = (uint8_t)(seconds >> (56 - 8 * i));
    digest_of(s, account, b, &d);
    memcpy(b + YJ_DEVICE_ID_LEN + TIME_LEN, d.b, sizeof d.b);
    yj_base32(b, sizeof b, ret);
}

bool yj_device_read(const yj_seal *s, const char *account, yj_span token, int64_t now_ns, int64_t most_s,
                    uint8_t ret_id[static YJ_DEVICE_ID_LEN])
{
    uint8_t b[TOKEN_BYTES];
    size_t len = 0;
    yj_digest d;
    if (token.len != YJ_DEVICE_TOKEN_LEN || !yj_base32_decode(token, b, sizeof b, &len) || len != sizeof b)
        return false;
    digest_of(s, account, b, &d);
    if (!yj_secret_eq(b + YJ_DEVICE_ID_LEN + TIME_LEN, d.b, sizeof d.b))
        return false;
    uint64_t seconds = 0;
    for (unsigned i = 0; i < TIME_LEN; i++)
        seconds = seconds << 8 | b[YJ_DEVICE_ID_LEN + i];
    int64_t age = now_ns / YJ_NS_PER_S - (int64_t)seconds;
    if (age > most_s)
        return false;
    memcpy(ret_id, b, YJ_DEVICE_ID_LEN);
    return true;
}
