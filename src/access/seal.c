// SPDX-License-Identifier: Apache-2.0
#include "access/seal.h"

#include "access/secret.h"
#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LEN crypto_kdf_KEYBYTES
#define FILE_LEN ((size_t)2 * KEY_LEN + 1)
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define CONTEXT "yjsignin" /* of the keys derived, eight bytes */

static_assert(YJ_SEAL_MORE == NONCE_LEN + crypto_aead_xchacha20poly1305_ietf_ABYTES, "as the header says");

/* The file's key is used for nothing but to derive these. */
struct yj_seal {
    uint8_t box[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    uint8_t use[YJ_SEAL_USE_COUNT_][crypto_auth_hmacsha256_KEYBYTES];
};

static void close_fdp(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* --- the file --------------------------------------------------------------------------------- */

static yj_status parse_file(const char *path, yj_span text, uint8_t key[static KEY_LEN], yj_error *err)
{
    size_t len = 0;
    bool fine = text.len == FILE_LEN && text.ptr[FILE_LEN - 1] == '\n' &&
                yj_hex_decode((yj_span){ text.ptr, FILE_LEN - 1 }, key, KEY_LEN, &len);
    return fine ? YJ_OK : yj_fail(err, YJ_E_CORRUPT, "the key file %s holds no key", path);
}

/* YJ_E_NOT_FOUND if there is none. */
static yj_status read_file(const char *path, uint8_t key[static KEY_LEN], yj_error *err)
{
    yj_auto(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    if (fstat(fd, &st) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_IO, "%s is not a regular file", path);
    if (st.st_mode & 077)
        return yj_fail(err, YJ_E_FORBIDDEN, "others may read the key file %s (mode %03o); it must be 600",
                       path, (unsigned)st.st_mode & 0777);
    char text[FILE_LEN + 1];
    size_t len = 0;
    for (ssize_t n = 1; n != 0 && len < sizeof text;) {
        n = read(fd, text + len, sizeof text - len);
        if (n > 0)
            len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    }
    yj_status s = parse_file(path, (yj_span){ text, len }, key, err);
    yj_secret_wipe(text, sizeof text);
    return s;
}

/* Written beside and then linked: the name stands for a whole key, and the first of several servers wins. */
static yj_status make_file(const char *path, yj_error *err)
{
    uint8_t key[KEY_LEN];
    char text[FILE_LEN + 1], beside[PATH_MAX];
    uint64_t tag;
    yj_random(&tag, sizeof tag);
    int n = snprintf(beside, sizeof beside, "%s.%016" PRIx64 ".new", path, tag);
    if (n < 0 || (size_t)n >= sizeof beside)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    yj_random(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[FILE_LEN - 1] = '\n';
    yj_status s = yj_file_write(beside, (yj_span){ text, FILE_LEN }, 0600, err);
    yj_secret_wipe(key, sizeof key);
    yj_secret_wipe(text, sizeof text);
    YJ_TRY(s);
    if (link(beside, path) != 0 && errno != EEXIST)
        s = yj_fail_sys(err, yj_file_status(errno), "cannot create %s", path);
    unlink(beside);
    return s == YJ_OK ? yj_dir_sync_of(path, err) : s;
}

yj_status yj_seal_open(const char *folder, yj_seal **ret, yj_error *err)
{
    char path[PATH_MAX];
    uint8_t key[KEY_LEN];
    YJ_TRY(yj_secret_ready(err));
    YJ_TRY(yj_dir_make(folder, err));
    int n = snprintf(path, sizeof path, "%s/" YJ_SEAL_FILE, folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    yj_status s = read_file(path, key, err);
    if (s == YJ_E_NOT_FOUND) {
        YJ_TRY(make_file(path, err));
        s = read_file(path, key, err);
    }
    YJ_TRY(s);
    yj_seal *x =
        sodium_malloc(sizeof *x); /* which no core dump holds, and no swap where the system allows it */
    if (x) {
        crypto_kdf_derive_from_key(x->box, sizeof x->box, 1, CONTEXT, key);
        for (unsigned i = 0; i < YJ_SEAL_USE_COUNT_; i++)
            crypto_kdf_derive_from_key(x->use[i], sizeof x->use[i], 2 + i, CONTEXT, key);
        sodium_mprotect_readonly(x);
    }
    yj_secret_wipe(key, sizeof key);
    if (!x)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret = x;
    return YJ_OK;
}

void yj_seal_free(yj_seal *s)
{
    sodium_free(s);
}

/* --- sealing ---------------------------------------------------------------------------------- */

void yj_seal_put(const yj_seal *s, const char *about, const void *bytes, size_t len, uint8_t *ret)
{
    assert(len <= YJ_SEAL_BYTES_MAX);
    yj_random(ret, NONCE_LEN); /* 24 bytes: never twice the same */
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE_LEN, NULL, bytes, len, (const uint8_t *)about,
                                               strlen(about), NULL, ret, s->box);
}

yj_status yj_seal_take(const yj_seal *s, const char *about, yj_span sealed, uint8_t *ret, size_t len,
                       yj_error *err)
{
    uint8_t open[YJ_SEAL_BYTES_MAX];
    assert(len <= sizeof open);
    const uint8_t *p = (const uint8_t *)sealed.ptr;
    bool fine =
        sealed.len == len + YJ_SEAL_MORE &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(open, NULL, NULL, p + NONCE_LEN, sealed.len - NONCE_LEN,
                                                   (const uint8_t *)about, strlen(about), p, s->box) == 0;
    if (fine)
        memcpy(ret, open, len);
    yj_secret_wipe(open, sizeof open);
    return fine ? YJ_OK
                : yj_fail(err, YJ_E_CORRUPT, "a secret of sign-in cannot be opened with the key in %s",
                          YJ_SEAL_FILE);
}

void yj_seal_digest(const yj_seal *s, yj_seal_use use, const yj_span *parts, size_t count, yj_digest *ret)
{
    crypto_auth_hmacsha256_state st;
    assert(use < YJ_SEAL_USE_COUNT_);
    crypto_auth_hmacsha256_init(&st, s->use[use], sizeof s->use[use]);
    for (size_t i = 0; i < count; i++) {
        uint8_t len[8];
        for (unsigned k = 0; k < sizeof len; k++)
            len[k] = (uint8_t)((uint64_t)parts[i].len >> 8 * k);
        crypto_auth_hmacsha256_update(&st, len, sizeof len);
        if (parts[i].len)
            crypto_auth_hmacsha256_update(&st, (const uint8_t *)parts[i].ptr, parts[i].len);
    }
    crypto_auth_hmacsha256_final(&st, ret->b);
    yj_secret_wipe(&st, sizeof st);
}
