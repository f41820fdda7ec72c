// SPDX-License-Identifier: Apache-2.0
#include "access/totp.h"

#include "access/secret.h"
#include "base/time.h"
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void yj_totp_secret(uint8_t ret[static YJ_TOTP_SECRET_LEN])
{
    yj_random(ret, YJ_TOTP_SECRET_LEN);
}

/* --- codes ------------------------------------------------------------------------------------ */

yj_status yj_hotp(const uint8_t *secret, size_t len, uint64_t counter, unsigned digits, char ret[static 9],
                  yj_error *err)
{
    uint8_t message[8], mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    assert(digits >= 6 && digits <= 8 && len <= 64);
    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(counter >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), secret, (int)len, message, sizeof message, mac, &mac_len) || mac_len != 20)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    const uint8_t *p = mac + (mac[19] & 15);
    uint32_t number = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    ret[digits] = '\0';
    for (unsigned i = digits; i-- > 0; number /= 10)
        ret[i] = (char)('0' + number % 10);
    yj_secret_wipe(mac, sizeof mac);
    return YJ_OK;
}

static bool is_code(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len == YJ_TOTP_DIGITS;
}

yj_status yj_totp_verify(const uint8_t secret[static YJ_TOTP_SECRET_LEN], yj_span code, int64_t now_ns,
                         int64_t last_step, int64_t *ret_step, yj_error *err)
{
    int64_t now = now_ns / YJ_NS_PER_S / YJ_TOTP_STEP_S, found = 0;
    if (is_code(code)) {
        for (int64_t step = now - YJ_TOTP_WINDOW; step <= now + YJ_TOTP_WINDOW; step++) {
            char right[9];
            YJ_TRY(yj_hotp(secret, YJ_TOTP_SECRET_LEN, (uint64_t)step, YJ_TOTP_DIGITS, right, err));
            bool same = yj_secret_eq(right, code.ptr, YJ_TOTP_DIGITS);
            if (same && step > last_step && !found)
                found = step;
            yj_secret_wipe(right, sizeof right);
        }
    }
    *ret_step = found;
    return YJ_OK;
}

/* --- the address of a secret ------------------------------------------------------------------ */

static void add_encoded(yj_buf *out, yj_span s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < s.len; i++) {
        if (memchr(plain, s.ptr[i], sizeof plain - 1))
            yj_buf_char(out, s.ptr[i]);
        else
            yj_buf_fmt(out, "%%%02X", (unsigned)(unsigned char)s.ptr[i]);
    }
}

static yj_status check_label(yj_span s, const char *field, yj_error *err)
{
    if (s.len > 0 && s.len <= YJ_TOTP_LABEL_MAX && yj_utf8_valid(s) && !memchr(s.ptr, ':', s.len))
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "this must be a text of 1 to %d bytes without a colon",
                  YJ_TOTP_LABEL_MAX);
    return yj_error_at(err, "%s", field);
}

yj_status yj_totp_uri(const uint8_t secret[static YJ_TOTP_SECRET_LEN], yj_span issuer, yj_span account,
                      yj_buf *out, yj_error *err)
{
    char text[YJ_BASE32_LEN(YJ_TOTP_SECRET_LEN) + 1];
    YJ_TRY(check_label(issuer, "issuer", err));
    YJ_TRY(check_label(account, "account", err));
    yj_base32(secret, YJ_TOTP_SECRET_LEN, text);
    yj_buf_str(out, "otpauth://totp/");
    add_encoded(out, issuer);
    yj_buf_char(out, ':');
    add_encoded(out, account);
    yj_buf_fmt(out, "?secret=%s&issuer=", text);
    add_encoded(out, issuer);
    yj_buf_fmt(out, "&algorithm=SHA1&digits=%d&period=%d", YJ_TOTP_DIGITS, YJ_TOTP_STEP_S);
    yj_secret_wipe(text, sizeof text);
    return yj_buf_status(out, err);
}

/* --- recovery codes --------------------------------------------------------------------------- */

#define TYPED_MAX 32
static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

void yj_recovery_make(char ret[static YJ_RECOVERY_CODES][YJ_RECOVERY_BYTES])
{
    for (size_t n = 0; n < YJ_RECOVERY_CODES; n++) {
        uint8_t random[YJ_RECOVERY_CHARS];
        size_t at = 0;
        yj_random(random, sizeof random);
        for (size_t i = 0; i < YJ_RECOVERY_CHARS; i++) {
            if (i == YJ_RECOVERY_CHARS / 2)
                ret[n][at++] = '-';
            ret[n][at++] = letters[random[i] & 31];
        }
        ret[n][at] = '\0';
        yj_secret_wipe(random, sizeof random);
    }
}

static bool read_code(yj_span typed, char ret[static YJ_RECOVERY_CHARS])
{
    size_t len = 0;
    if (typed.len > TYPED_MAX)
        return false;
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.ptr[i];
        if (c == ' ' || c == '-')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (len == YJ_RECOVERY_CHARS || !memchr(letters, c, sizeof letters - 1))
            return false;
        ret[len++] = c;
    }
    return len == YJ_RECOVERY_CHARS;
}

bool yj_recovery_digest(const yj_seal *s, const char *account, yj_span typed, yj_digest *ret)
{
    char code[YJ_RECOVERY_CHARS];
    if (!read_code(typed, code))
        return false;
    const yj_span parts[] = { yj_span_of(account), { code, sizeof code } };
    yj_seal_digest(s, YJ_SEAL_RECOVERY, parts, YJ_COUNT(parts), ret);
    yj_secret_wipe(code, sizeof code);
    return true;
}
