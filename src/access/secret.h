// SPDX-License-Identifier: Apache-2.0
/**
 * What sign-in shares in handling secrets: libsodium made ready, bytes wiped and compared, and base32 (RFC
 * 4648, section 6, without padding), in which people and programs are given them. Random bytes are
 * yj_random()'s.
 */
#ifndef YJ_ACCESS_SECRET_H
#define YJ_ACCESS_SECRET_H

#include "base/span.h"

/** Before anything of libsodium is used; costs nothing after the first time, from any thread. YJ_E_IO if it
 * cannot be used on this machine. */
yj_status yj_secret_ready(yj_error *err) yj_nodiscard;
/** Overwrite, so that the compiler cannot leave it out. Accepts NULL with 0. */
void yj_secret_wipe(void *bytes, size_t len);
/** Takes as long whether they are equal or where they differ. */
bool yj_secret_eq(const void *a, const void *b, size_t len);

/** Characters that `len` bytes take in base32, without the NUL. */
#define YJ_BASE32_LEN(len) (((len)*8 + 4) / 5)
/** A-Z and 2-7, YJ_BASE32_LEN(len) characters and a NUL. */
void yj_base32(const void *bytes, size_t len, char *ret);
/**
 * Strict: upper case, no padding, no blanks, a length that bytes can have, and no bits left over, so that
 * there is one text for each run of bytes. The empty text is no bytes.
 * @return false on anything else, or if `cap` is too small; ret and ret_len are then of no meaning
 */
bool yj_base32_decode(yj_span s, uint8_t *ret, size_t cap, size_t *ret_len);

#endif
