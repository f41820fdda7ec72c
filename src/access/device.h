// SPDX-License-Identifier: Apache-2.0
/**
 * A device that has signed in to an account before keeps a token that proves it (a cookie), so that its
 * attempts are counted by themselves: whoever guesses from elsewhere cannot make its owner wait. The idea is
 * OWASP's device cookie.
 *
 * It opens nothing. It is a random number and the time of issue, with a keyed digest over both and the
 * account's id; nothing of it is kept here.
 */
#ifndef YJ_ACCESS_DEVICE_H
#define YJ_ACCESS_DEVICE_H

#include "access/seal.h"

#define YJ_DEVICE_TOKEN_LEN 90 /* characters, base32 */
#define YJ_DEVICE_ID_LEN 16

void yj_device_token(const yj_seal *s, const char *account, int64_t now_ns,
                     char ret[static YJ_DEVICE_TOKEN_LEN + 1]);
/** Is it a token of this account, not older than so many seconds? @param ret_id the random number; set if it
 * is */
bool yj_device_read(const yj_seal *s, const char *account, yj_span token, int64_t now_ns, int64_t most_s,
                    uint8_t ret_id[static YJ_DEVICE_ID_LEN]);

#endif
