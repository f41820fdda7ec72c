// SPDX-License-Identifier: Apache-2.0
/* The address of a secret: whatever the names are, it is plain ASCII, and names and secret come out of it as
 * they went in. The input is an issuer and an account with a newline between them. */
#include "fuzz.h"

#include "access/secret.h"
#include "access/totp.h"

static yj_span take(yj_span *s, const char *until)
{
    yj_span part = { s->ptr, 0 };
    while (part.len < s->len && !strchr(until, s->ptr[part.len]))
        part.len++;
    size_t used = part.len < s->len ? part.len + 1 : part.len;
    *s = (yj_span){ s->ptr + used, s->len - used };
    return part;
}

static void check_label(yj_span encoded, yj_span label)
{
    size_t at = 0;
    for (size_t i = 0; i < encoded.len; at++) {
        uint8_t byte = (uint8_t)encoded.ptr[i];
        size_t len = 1;
        if (byte == '%') {
            bool fine =
                i + 2 < encoded.len && yj_hex_decode((yj_span){ encoded.ptr + i + 1, 2 }, &byte, 1, &len);
            assert(fine);
            i += 2;
        }
        i++;
        assert(at < label.len && (uint8_t)label.ptr[at] == byte);
    }
    assert(at == label.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[YJ_TOTP_SECRET_LEN] = "12345678901234567890";
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    yj_span account = { (const char *)data, size }, issuer = take(&account, "\n");
    yj_buf_init(&b, 4096);
    yj_status s = yj_totp_uri(secret, issuer, account, &b, &err);
    if (s != YJ_OK) {
        assert(s == YJ_E_INVALID && err.field[0]);
        return 0;
    }
    for (size_t i = 0; i < b.len; i++)
        assert(b.ptr[i] > ' ' && b.ptr[i] < 0x7f);
    yj_span rest = yj_buf_view(&b), start = YJ_SPAN("otpauth://totp/"), key = YJ_SPAN("secret=");
    assert(rest.len > start.len && memcmp(rest.ptr, start.ptr, start.len) == 0);
    rest = (yj_span){ rest.ptr + start.len, rest.len - start.len };
    check_label(take(&rest, ":"), issuer);
    check_label(take(&rest, "?"), account);
    yj_span text = take(&rest, "&");
    uint8_t back[YJ_TOTP_SECRET_LEN];
    size_t len = 0;
    assert(text.len > key.len && memcmp(text.ptr, key.ptr, key.len) == 0);
    bool taken =
        yj_base32_decode((yj_span){ text.ptr + key.len, text.len - key.len }, back, sizeof back, &len);
    assert(taken && len == sizeof secret && memcmp(back, secret, len) == 0);
    return 0;
}
