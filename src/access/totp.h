// SPDX-License-Identifier: Apache-2.0
/**
 * Second factors: codes that an authenticator shows (TOTP, RFC 6238 on HOTP, RFC 4226: SHA-1, six digits, 30
 * seconds, which is all that common authenticators do), and recovery codes for when it is lost.
 */
#ifndef YJ_ACCESS_TOTP_H
#define YJ_ACCESS_TOTP_H

#include "access/seal.h"

#define YJ_TOTP_SECRET_LEN 20 /* bytes, as RFC 4226 recommends for SHA-1 */
#define YJ_TOTP_DIGITS 6
#define YJ_TOTP_STEP_S 30
#define YJ_TOTP_WINDOW 1      /* steps before and after now that are taken, for clocks that differ */
#define YJ_TOTP_LABEL_MAX 128 /* bytes of an issuer's and an account's name */

/** A new secret. The caller wipes it. */
void yj_totp_secret(uint8_t ret[static YJ_TOTP_SECRET_LEN]);

/** HOTP: the code of a counter, `digits` (6 to 8) decimal digits and a NUL. YJ_E_NOMEM. */
yj_status yj_hotp(const uint8_t *secret, size_t len, uint64_t counter, unsigned digits, char ret[static 9],
                  yj_error *err) yj_nodiscard;

/**
 * Is it the code of a step that is not used up? Each of the steps is worked out and compared, whichever it
 * is.
 * @param code exactly six digits; blanks in it are the caller's to take away
 * @param now_ns from 1970 on
 * @param last_step the newest step that a code was taken for; that one and all before it are refused. 0: none
 * @param ret_step 0 if the code is wrong, else the step, which the caller keeps as the last one before it
 * lets anybody in, in the same transaction in which it read last_step: so a code is good once
 * @return YJ_E_NOMEM
 */
yj_status yj_totp_verify(const uint8_t secret[static YJ_TOTP_SECRET_LEN], yj_span code, int64_t now_ns,
                         int64_t last_step, int64_t *ret_step, yj_error *err) yj_nodiscard;

/**
 * "otpauth://totp/ISSUER:ACCOUNT?secret=...", which authenticators read, mostly as a QR code; all but
 * letters, digits and
 * -._~ percent-encoded (RFC 3986). Whoever sees it has the secret.
 * @param issuer, account 1..YJ_TOTP_LABEL_MAX bytes of UTF-8 without ':', which would move the border between
 * them
 * @return YJ_E_INVALID naming "issuer" or "account", YJ_E_LIMIT, YJ_E_NOMEM
 */
yj_status yj_totp_uri(const uint8_t secret[static YJ_TOTP_SECRET_LEN], yj_span issuer, yj_span account,
                      yj_buf *out, yj_error *err) yj_nodiscard;

/* --- recovery codes --------------------------------------------------------------------------- */

#define YJ_RECOVERY_CODES 10
#define YJ_RECOVERY_CHARS 10 /* of 32: digits and capitals without 0, 1, I and O; 50 bits */
#define YJ_RECOVERY_BYTES 12 /* "ABCDE-FGHJK" and a NUL */

/** Make a set. Shown once; the caller wipes it. */
void yj_recovery_make(char ret[static YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES]);
/**
 * What a code is kept as. A plain digest would not do: 50 bits are tried out in a day by one graphics card,
 * and a salt does not slow that down. So the digest is keyed with what does not lie in the database, and
 * bound to the account.
 * @param typed either case, blanks and '-' anywhere, at most 32 bytes
 * @return false if that can be no code
 */
bool yj_recovery_digest(const yj_seal *s, const char *account, yj_span typed, yj_digest *ret);

#endif
