// SPDX-License-Identifier: Apache-2.0
/* AES and SM4 by OpenSSL, from a file with or without the header of `openssl enc`. */
#include "instrument/decrypt/internal.h"
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)
#define TAG_BYTES 16
#define SALT_BYTES 8
#define HEAD_BYTES 16 /* "Salted__" and the salt */

static const struct {
    const char *name; /* as people and OpenSSL call it */
    bool gcm;
} ciphers[] = {
    { "aes-128-cbc", false }, { "aes-192-cbc", false }, { "aes-256-cbc", false }, { "aes-128-ctr", false },
    { "aes-192-ctr", false }, { "aes-256-ctr", false }, { "aes-128-gcm", true },  { "aes-192-gcm", true },
    { "aes-256-gcm", true },  { "sm4-cbc", false },     { "sm4-ctr", false },     { "sm4-gcm", true },
};

typedef struct running {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *ctx;
    unsigned char *in, *out;
    const char *name;
    bool gcm;
    unsigned char derived[EVP_MAX_KEY_LENGTH + EVP_MAX_IV_LENGTH], tag[TAG_BYTES];
    uint64_t from, len; /* of the file: what is encrypted */
} running;

static void running_done(running *u)
{
    EVP_CIPHER_CTX_free(u->ctx);
    EVP_CIPHER_free(u->cipher);
    free(u->in);
    if (u->out)
        explicit_bzero(u->out, BLOCK + EVP_MAX_BLOCK_LENGTH);
    free(u->out);
    explicit_bzero(u->derived, sizeof u->derived);
}

static yj_status find_cipher(running *u, const char *name, yj_error *err)
{
    for (size_t i = 0; name && i < YJ_COUNT(ciphers); i++)
        if (strcmp(ciphers[i].name, name) == 0) {
            u->name = ciphers[i].name;
            u->gcm = ciphers[i].gcm;
        }
    if (!u->name)
        return yj_fail(err, YJ_E_USAGE,
                       "option --cipher is aes-128, aes-192, aes-256 or sm4 with -cbc, -ctr or -gcm");
    u->cipher = EVP_CIPHER_fetch(NULL, u->name, NULL);
    u->ctx = EVP_CIPHER_CTX_new();
    u->in = malloc(BLOCK);
    u->out = malloc(BLOCK + EVP_MAX_BLOCK_LENGTH);
    if (!u->cipher)
        return yj_fail(err, YJ_E_MISSING, "this OpenSSL does not know the cipher %s", u->name);
    return u->ctx && u->in && u->out ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static bool read_at(int fd, unsigned char *to, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got == 0 ? EIO : errno; /* it shrank */
            return false;
        }
        to += got;
        n -= (size_t)got;
        at += (uint64_t)got;
    }
    return true;
}

static bool start(running *u, const unsigned char *key, const unsigned char *iv, size_t iv_len)
{
    return EVP_DecryptInit_ex2(u->ctx, u->cipher, NULL, NULL, NULL) == 1 &&
           (!u->gcm || EVP_CIPHER_CTX_ctrl(u->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_len, NULL) == 1) &&
           EVP_DecryptInit_ex2(u->ctx, NULL, key, iv, NULL) == 1;
}

static yj_status start_raw(yj_decrypting *d, running *u, bool *ret_whole, yj_error *err)
{
    size_t key_len = (size_t)EVP_CIPHER_get_key_length(u->cipher),
           iv_len = (size_t)EVP_CIPHER_get_iv_length(u->cipher);
    if (!d->key.ptr || !d->iv.ptr || d->passphrase.ptr)
        return yj_fail(err, YJ_E_USAGE, "for a file without a header it is --key FILE and --iv FILE");
    YJ_TRY(yj_secret_bytes(&d->key, key_len, "key", err));
    YJ_TRY(yj_secret_bytes(&d->iv, iv_len, "IV", err));
    u->len = d->size;
    *ret_whole = true;
    if (u->gcm) {
        *ret_whole = d->size >= TAG_BYTES;
        if (!*ret_whole)
            return YJ_OK;
        u->len -= TAG_BYTES;
        if (!read_at(d->fd, u->tag, TAG_BYTES, u->len))
            return yj_fail_sys(err, YJ_E_IO, "cannot read the encrypted file");
    }
    if (!start(u, (const unsigned char *)d->key.ptr, (const unsigned char *)d->iv.ptr, iv_len) ||
        (u->gcm && EVP_CIPHER_CTX_ctrl(u->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, u->tag) != 1))
        return yj_fail(err, YJ_E_IO, "OpenSSL cannot begin to decrypt");
    return YJ_OK;
}

/* What `openssl enc` takes without -pbkdf2: before 1.1.0, and since. */
static const struct {
    const char *name;
    const EVP_MD *(*md)(void);
} weak_digests[] = { { "md5", EVP_md5 }, { "sha256", EVP_sha256 } };

/* One pass: EVP_BytesToKey as the program calls it. */
static yj_status derive_weakly(yj_decrypting *d, running *u, const unsigned char *salt, size_t key_len,
                               yj_error *err)
{
    const EVP_MD *md = NULL;
    for (size_t i = 0; i < YJ_COUNT(weak_digests); i++) {
        if (strcmp(d->o->weak, weak_digests[i].name) == 0) {
            md = weak_digests[i].md();
            d->r->weak = weak_digests[i].name;
        }
    }
    if (!md)
        return yj_fail(err, YJ_E_USAGE, "the digest of openssl enc without -pbkdf2 is md5 or sha256");
    return EVP_BytesToKey(u->cipher, md, salt, (const unsigned char *)d->passphrase.ptr,
                          (int)d->passphrase.len, 1, u->derived, u->derived + key_len) > 0
               ? YJ_OK
               : yj_fail(err, YJ_E_IO, "OpenSSL cannot begin to decrypt");
}

static yj_status start_salted(yj_decrypting *d, running *u, bool *ret_whole, yj_error *err)
{
    unsigned char head[HEAD_BYTES];
    size_t key_len = (size_t)EVP_CIPHER_get_key_length(u->cipher),
           iv_len = (size_t)EVP_CIPHER_get_iv_length(u->cipher);
    if (!d->passphrase.ptr || d->key.ptr || d->iv.ptr)
        return yj_fail(err, YJ_E_USAGE, "for what openssl enc wrote it is --passphrase FILE");
    if (u->gcm)
        return yj_fail(err, YJ_E_USAGE, "openssl enc knows no GCM: its ciphers are those with -cbc and -ctr");
    *ret_whole = d->size >= HEAD_BYTES;
    if (!*ret_whole)
        return YJ_OK;
    if (!read_at(d->fd, head, sizeof head, 0))
        return yj_fail_sys(err, YJ_E_IO, "cannot read the encrypted file");
    const unsigned char *salt = head + HEAD_BYTES - SALT_BYTES;
    if (d->o->weak)
        YJ_TRY(derive_weakly(d, u, salt, key_len, err));
    if ((!d->o->weak &&
         PKCS5_PBKDF2_HMAC(d->passphrase.ptr, (int)d->passphrase.len, salt, SALT_BYTES, (int)d->o->iterations,
                           EVP_sha256(), (int)(key_len + iv_len), u->derived) != 1) ||
        !start(u, u->derived, u->derived + key_len, iv_len))
        return yj_fail(err, YJ_E_IO, "OpenSSL cannot begin to decrypt");
    u->from = HEAD_BYTES;
    u->len = d->size - HEAD_BYTES;
    return YJ_OK;
}

static yj_status run(yj_decrypting *d, running *u, bool *ret_good, yj_error *err)
{
    int n = 0;
    for (uint64_t done = 0; done < u->len;) {
        size_t want = u->len - done < BLOCK ? (size_t)(u->len - done) : BLOCK;
        if (!read_at(d->fd, u->in, want, u->from + done))
            return yj_fail_sys(err, YJ_E_IO, "cannot read the encrypted file");
        if (EVP_DecryptUpdate(u->ctx, u->out, &n, u->in, (int)want) != 1)
            return YJ_OK; /* *ret_good is false */
        yj_dec_plain_add(&d->plain, u->out, (size_t)n);
        done += want;
        yj_dec_tell(d, done, false);
    }
    *ret_good = EVP_DecryptFinal_ex(u->ctx, u->out, &n) == 1; /* padding, or the tag */
    if (*ret_good)
        yj_dec_plain_add(&d->plain, u->out, (size_t)n);
    yj_dec_tell(d, u->len, true);
    return YJ_OK;
}

yj_status yj_dec_cipher(yj_decrypting *d, bool *ret_good, yj_error *err)
{
    yj_auto(running_done) running u = { .len = 0 };
    bool whole = false;
    YJ_TRY(find_cipher(&u, d->o->cipher, err));
    d->r->cipher = u.name;
    d->r->authenticated = u.gcm;
    YJ_TRY(d->o->format == YJ_DEC_RAW ? start_raw(d, &u, &whole, err) : start_salted(d, &u, &whole, err));
    *ret_good = false;
    return whole ? run(d, &u, ret_good, err) : YJ_OK;
}
