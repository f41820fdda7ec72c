// SPDX-License-Identifier: Apache-2.0
#include "ledger/note.h"
#include "ledger/internal.h"
#include <assert.h>
#include <inttypes.h>

#define EM_DASH "\xe2\x80\x94 "
#define SM2_TYPE                                                                                             \
    "\xff"                                                                                                   \
    "yunjian.org/sm2-sm3/v1"
#define TYPE_MAX sizeof(SM2_TYPE)

/* --- lines -----------------------------------------------------------------------------------------------
 */

bool yj_next_line(yj_span *rest, yj_span *ret)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!end)
        return false;
    *ret = (yj_span){ rest->ptr, (size_t)(end - rest->ptr) };
    rest->ptr = end + 1;
    rest->len -= ret->len + 1;
    return true;
}

bool yj_parse_u63(yj_span s, uint64_t *ret)
{
    int64_t v = 0;
    if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, s.ptr[i] - '0', &v))
            return false;
    *ret = (uint64_t)v;
    return true;
}

bool yj_parse_digest64(yj_span s, yj_digest *ret)
{
    yj_digest d = { { 0 } };
    size_t len = 0;
    if (!yj_base64_decode(s, d.b, sizeof d.b, &len) || len != sizeof d.b)
        return false;
    *ret = d;
    return true;
}

static yj_status fail_line(yj_error *err, size_t line, const char *file, int source_line)
{
    yj_fail_at(err, YJ_E_INVALID, file, source_line, "line %zu is not of the form this text must have", line);
    yj_error_at(err, "line %zu", line);
    return YJ_E_INVALID;
}
#define FAIL_LINE(err, line) fail_line((err), (line), __FILE__, __LINE__)

/* --- names and keys --------------------------------------------------------------------------------------
 */

/* White space outside ASCII, as Unicode's White_Space property has it; `s` is valid UTF-8. */
static bool has_wide_blank(yj_span s)
{
    static const char *const blanks[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
        "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    for (size_t i = 0; i < YJ_COUNT(blanks); i++)
        if (memmem(s.ptr, s.len, blanks[i], strlen(blanks[i])))
            return true;
    for (size_t i = 0; i + 2 < s.len; i++) /* U+2000..U+200A */
        if (memcmp(s.ptr + i, "\xe2\x80", 2) == 0 && (uint8_t)s.ptr[i + 2] <= 0x8a)
            return true;
    return false;
}

bool yj_note_name_ok(yj_span name)
{
    if (name.len == 0 || name.len > YJ_NOTE_NAME_MAX || !yj_utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((uint8_t)name.ptr[i] <= 0x20 || name.ptr[i] == 0x7f || name.ptr[i] == '+')
            return false;
    return !has_wide_blank(name);
}

/* Signature type and public key: what a verifier key holds and a key id is made of. */
static size_t type_and_public(const yj_key *key, uint8_t ret[static TYPE_MAX + YJ_PUB_MAX])
{
    bool sm2 = yj_key_alg(key) == YJ_SIGN_SM2;
    size_t type_len = sm2 ? sizeof(SM2_TYPE) - 1 : 1, pub_len;
    memcpy(ret, sm2 ? SM2_TYPE : "\x01", type_len);
    yj_key_public(key, ret + type_len, &pub_len);
    return type_len + pub_len;
}

static uint32_t id_of(yj_span name, const uint8_t *key, size_t key_len)
{
    uint8_t bytes[YJ_NOTE_NAME_MAX + 1 + TYPE_MAX + YJ_PUB_MAX];
    yj_digest d;
    assert(name.len <= YJ_NOTE_NAME_MAX && key_len <= TYPE_MAX + YJ_PUB_MAX);
    memcpy(bytes, name.ptr, name.len);
    bytes[name.len] = '\n';
    memcpy(bytes + name.len + 1, key, key_len);
    yj_hash(YJ_HASH_SHA256, bytes, name.len + 1 + key_len, &d);
    return yj_be32(d.b);
}

uint32_t yj_note_key_id(const char *name, const yj_key *key)
{
    uint8_t bytes[TYPE_MAX + YJ_PUB_MAX];
    size_t len = type_and_public(key, bytes);
    return id_of(yj_span_of(name), bytes, len);
}

void yj_vkey_format(const char *name, const yj_key *key, yj_buf *out)
{
    uint8_t bytes[TYPE_MAX + YJ_PUB_MAX];
    size_t len = type_and_public(key, bytes);
    yj_buf_fmt(out, "%s+%08" PRIx32 "+", name, yj_note_key_id(name, key));
    yj_buf_base64(out, bytes, len);
}

static yj_status fail_vkey(yj_error *err)
{
    return yj_fail(err, YJ_E_INVALID, "the text is not a verifier key");
}

yj_status yj_vkey_parse(yj_span text, yj_buf *ret_name, yj_key **ret_key, yj_error *err)
{
    const char *plus = text.len ? memchr(text.ptr, '+', text.len) : NULL;
    if (!plus)
        return fail_vkey(err);
    yj_span name = { text.ptr, (size_t)(plus - text.ptr) };
    yj_span rest = { plus + 1, text.len - name.len - 1 };
    uint8_t id[4], bytes[TYPE_MAX + YJ_PUB_MAX];
    size_t id_len = 0, len = 0;
    if (!yj_note_name_ok(name) || rest.len < 9 || rest.ptr[8] != '+' ||
        !yj_hex_decode((yj_span){ rest.ptr, 8 }, id, sizeof id, &id_len) ||
        !yj_base64_decode((yj_span){ rest.ptr + 9, rest.len - 9 }, bytes, sizeof bytes, &len) || len == 0)
        return fail_vkey(err);
    for (size_t i = 0; i < 8; i++)
        if (rest.ptr[i] >= 'A' && rest.ptr[i] <= 'F')
            return fail_vkey(err);
    if (id_of(name, bytes, len) != yj_be32(id))
        return yj_fail(err, YJ_E_INVALID, "the key id of the verifier key does not fit its key");
    yj_sign_alg alg;
    size_t type_len;
    if (bytes[0] == 1) {
        alg = YJ_SIGN_ED25519;
        type_len = 1;
    } else if (len > sizeof(SM2_TYPE) - 1 && memcmp(bytes, SM2_TYPE, sizeof(SM2_TYPE) - 1) == 0) {
        alg = YJ_SIGN_SM2;
        type_len = sizeof(SM2_TYPE) - 1;
    } else {
        return yj_fail(err, YJ_E_INVALID, "the verifier key is of an unknown kind");
    }
    yj_auto(yj_key_freep) yj_key *key = NULL;
    YJ_TRY(yj_key_from_public(alg, (yj_span){ (const char *)bytes + type_len, len - type_len }, &key, err));
    yj_buf_span(ret_name, name);
    YJ_TRY(yj_buf_status(ret_name, err));
    *ret_key = yj_take(key);
    return YJ_OK;
}

/* --- notes -----------------------------------------------------------------------------------------------
 */

/* Is it canonical base64 of at least `least` bytes? Signatures of kinds we do not know may be long (ML-DSA),
 * so it goes piece by piece. The first bytes are left in `ret_head`. */
static bool base64_of_at_least(yj_span s, size_t least, uint8_t ret_head[static 4])
{
    uint8_t piece[768];
    size_t total = 0, len = 0;
    for (size_t at = 0; at < s.len; at += 1024) {
        size_t n = s.len - at < 1024 ? s.len - at : 1024;
        if (!yj_base64_decode((yj_span){ s.ptr + at, n }, piece, sizeof piece, &len) ||
            (at + n < s.len && len != sizeof piece)) /* padding in the middle */
            return false;
        if (at == 0 && len >= 4)
            memcpy(ret_head, piece, 4);
        total += len;
    }
    return total >= least;
}

static bool sig_line(yj_span line, yj_note_sig *ret)
{
    const size_t dash = sizeof(EM_DASH) - 1;
    if (line.len <= dash || memcmp(line.ptr, EM_DASH, dash) != 0)
        return false;
    yj_span rest = { line.ptr + dash, line.len - dash };
    const char *blank = memchr(rest.ptr, ' ', rest.len);
    if (!blank)
        return false;
    ret->name = (yj_span){ rest.ptr, (size_t)(blank - rest.ptr) };
    ret->base64 = (yj_span){ blank + 1, rest.len - ret->name.len - 1 };
    uint8_t head[4] = { 0 };
    if (!yj_note_name_ok(ret->name) || !base64_of_at_least(ret->base64, 5, head))
        return false;
    ret->key_id = yj_be32(head);
    return true;
}

static size_t lines_before(yj_span s, size_t at)
{
    size_t n = 0;
    for (size_t i = 0; i < at; i++)
        n += s.ptr[i] == '\n';
    return n;
}

yj_status yj_note_parse(yj_span bytes, yj_note *ret, yj_error *err)
{
    if (bytes.len > YJ_NOTE_BYTES_MAX)
        return yj_fail(err, YJ_E_INVALID, "the note is %zu bytes, allowed 1..%zu", bytes.len,
                       YJ_NOTE_BYTES_MAX);
    size_t good = yj_utf8_prefix(bytes);
    for (size_t i = 0; i < bytes.len; i++)
        if (i >= good || ((uint8_t)bytes.ptr[i] < 0x20 && bytes.ptr[i] != '\n'))
            return FAIL_LINE(err, lines_before(bytes, i) + 1);
    if (bytes.len == 0 || bytes.ptr[bytes.len - 1] != '\n')
        return FAIL_LINE(err, lines_before(bytes, bytes.len) + 1); /* cut off, or nothing at all */
    size_t cut = bytes.len - 1;                                    /* the last empty line */
    while (cut > 0 && (bytes.ptr[cut] != '\n' || bytes.ptr[cut - 1] != '\n'))
        cut--;
    size_t line = lines_before(bytes, bytes.len);
    if (cut == 0)
        return FAIL_LINE(err, line);
    yj_note n = { .text = { bytes.ptr, cut } };
    yj_span rest = { bytes.ptr + cut + 1, bytes.len - cut - 1 }, at;
    line = lines_before(bytes, n.text.len + 1);
    while (yj_next_line(&rest, &at)) {
        line++;
        if (n.sig_count == YJ_NOTE_SIGS_MAX || !sig_line(at, &n.sigs[n.sig_count]))
            return FAIL_LINE(err, line);
        n.sig_count++;
    }
    if (n.sig_count == 0)
        return FAIL_LINE(err, line + 1);
    *ret = n;
    return YJ_OK;
}

yj_status yj_note_sign(yj_span text, const char *name, const yj_key *const *keys, size_t key_count,
                       yj_buf *out, yj_error *err)
{
    assert(text.len && text.ptr[text.len - 1] == '\n' && key_count > 0 && yj_note_name_ok(yj_span_of(name)));
    yj_buf_span(out, text);
    yj_buf_char(out, '\n');
    for (size_t i = 0; i < key_count; i++) {
        uint8_t bytes[4 + YJ_SIG_MAX], sig[YJ_SIG_MAX];
        size_t len;
        YJ_TRY(yj_sign(keys[i], text, sig, &len, err));
        yj_put_be32(bytes, yj_note_key_id(name, keys[i]));
        memcpy(bytes + 4, sig, len);
        yj_buf_str(out, EM_DASH);
        yj_buf_str(out, name);
        yj_buf_char(out, ' ');
        yj_buf_base64(out, bytes, 4 + len);
        yj_buf_char(out, '\n');
    }
    return yj_buf_status(out, err);
}

bool yj_note_signed_by(const yj_note *n, const char *name, const yj_key *key)
{
    uint32_t id = yj_note_key_id(name, key);
    bool found = false;
    for (size_t i = 0; i < n->sig_count; i++) {
        const yj_note_sig *s = &n->sigs[i];
        if (s->key_id != id || !yj_span_is(s->name, name))
            continue;
        uint8_t bytes[4 + YJ_SIG_MAX];
        size_t len;
        if (!yj_base64_decode(s->base64, bytes, sizeof bytes, &len) ||
            !yj_verify(key, n->text, (yj_span){ (const char *)bytes + 4, len - 4 }))
            return false;
        found = true;
    }
    return found;
}

/* --- checkpoints -----------------------------------------------------------------------------------------
 */

void yj_checkpoint_text(const char *origin, uint64_t size, const yj_digest *root, yj_buf *out)
{
    yj_buf_fmt(out, "%s\n%" PRIu64 "\n", origin, size);
    yj_buf_base64(out, root->b, sizeof root->b);
    yj_buf_char(out, '\n');
}

yj_status yj_checkpoint_parse(const yj_note *n, yj_checkpoint *ret, yj_error *err)
{
    yj_checkpoint c = { .size = 0 };
    yj_span rest = n->text, line;
    if (!yj_next_line(&rest, &c.origin) || c.origin.len == 0)
        return FAIL_LINE(err, 1);
    if (!yj_next_line(&rest, &line) || !yj_parse_u63(line, &c.size))
        return FAIL_LINE(err, 2);
    if (!yj_next_line(&rest, &line) || !yj_parse_digest64(line, &c.root))
        return FAIL_LINE(err, 3);
    for (size_t at = 4; yj_next_line(&rest, &line); at++)
        if (line.len == 0)
            return FAIL_LINE(err, at);
    *ret = c;
    return YJ_OK;
}
