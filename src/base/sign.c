// SPDX-License-Identifier: Apache-2.0
#include "base/sign.h"
#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_BYTES_MAX ((size_t)16 << 10)
#define SM2_ID "1234567812345678"

static const struct {
    const char *name, *openssl_name;
    size_t pub_len;
} algs[YJ_SIGN_COUNT_] = {
    [YJ_SIGN_ED25519] = { "ed25519", "ED25519", 32 },
    [YJ_SIGN_SM2] = { "sm2", "SM2", 65 },
};

struct yj_key {
    EVP_PKEY *pkey;
    yj_sign_alg alg;
    bool is_private;
    uint8_t pub[YJ_PUB_MAX];
};

YJ_DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
YJ_DEFINE_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
YJ_DEFINE_CLEANUP(EVP_MD_CTX, EVP_MD_CTX_free)

static void BIO_freep(BIO **p)
{
    BIO_free(*p);
}

/* OpenSSL's error queue belongs to the thread: leave nothing there for whoever looks next. */
static yj_status fail_crypto(yj_error *err, const char *file, int line)
{
    ERR_clear_error();
    return yj_fail_at(err, YJ_E_IO, file, line, "the cryptographic library failed");
}
#define FAIL_CRYPTO(err) fail_crypto((err), __FILE__, __LINE__)

static bool public_bytes(const EVP_PKEY *pkey, yj_sign_alg alg, uint8_t ret[static YJ_PUB_MAX])
{
    size_t len = algs[alg].pub_len;
    if (alg != YJ_SIGN_SM2)
        return EVP_PKEY_get_raw_public_key(pkey, ret, &len) == 1 && len == algs[alg].pub_len;
    /* by coordinates: the encoded form depends on how the key was written */
    BIGNUM *x = NULL, *y = NULL;
    ret[0] = 4;
    bool fine = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
                BN_bn2binpad(x, ret + 1, 32) == 32 && BN_bn2binpad(y, ret + 33, 32) == 32;
    BN_free(x);
    BN_free(y);
    return fine;
}

/* Take over a key. */
static yj_status wrap(EVP_PKEY **pkey, yj_sign_alg alg, bool is_private, yj_key **ret, yj_error *err)
{
    yj_auto(yj_key_freep) yj_key *k = calloc(1, sizeof *k);
    if (!k)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (!public_bytes(*pkey, alg, k->pub))
        return FAIL_CRYPTO(err);
    k->alg = alg;
    k->is_private = is_private;
    k->pkey = yj_take(*pkey);
    *ret = yj_take(k);
    return YJ_OK;
}

yj_status yj_key_generate(yj_sign_alg alg, yj_key **ret, yj_error *err)
{
    assert(alg < YJ_SIGN_COUNT_ && ret);
    yj_auto(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *ctx =
        EVP_PKEY_CTX_new_from_name(NULL, algs[alg].openssl_name, NULL);
    yj_auto(EVP_PKEY_freep) EVP_PKEY *pkey = NULL;
    if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_generate(ctx, &pkey) != 1)
        return FAIL_CRYPTO(err);
    return wrap(&pkey, alg, true, ret, err);
}

static yj_status write_new_file(const char *path, yj_span bytes, mode_t mode, yj_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return yj_fail(err, YJ_E_CONFLICT, "the key file %s exists already", path);
    if (fd < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot create %s", path);
    bool fine = fchmod(fd, mode) == 0; /* whatever the umask */
    for (size_t done = 0; fine && done < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            fine = false;
    }
    fine = fine && fsync(fd) == 0;
    int why = errno;
    close(fd);
    errno = why;
    if (fine)
        return yj_dir_sync_of(path, err);
    yj_status code = yj_file_status(errno);
    yj_status st = yj_fail_sys(err, code, "cannot write %s", path);
    unlink(path);
    return st;
}

yj_status yj_key_save(const yj_key *k, const char *path, yj_error *err)
{
    assert(k && k->is_private && path);
    yj_auto(BIO_freep) BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
    char *pem = NULL;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
        return FAIL_CRYPTO(err);
    long len = BIO_get_mem_data(bio, &pem);
    if (len <= 0)
        return FAIL_CRYPTO(err);
    return write_new_file(path, (yj_span){ pem, (size_t)len }, 0600, err);
}

static void wiped_buf_done(yj_buf *b)
{
    if (b->ptr)
        explicit_bzero(b->ptr, b->cap);
    yj_buf_done(b);
}

/* Without it OpenSSL would ask for a pass phrase on the terminal. */
static int no_pass_phrase(char *buf, int size, int rwflag, void *u)
{
    (void)buf, (void)size, (void)rwflag, (void)u;
    return -1;
}

yj_status yj_key_load(const char *path, yj_key **ret, yj_error *err)
{
    assert(path && ret);
    yj_auto(wiped_buf_done) yj_buf pem;
    yj_buf_init(&pem, KEY_FILE_BYTES_MAX);
    yj_status st = yj_file_read(path, KEY_FILE_BYTES_MAX, &pem, err);
    if (st == YJ_E_LIMIT)
        return yj_fail(err, YJ_E_CORRUPT, "%s holds no private key of a known kind", path);
    if (st == YJ_E_NOMEM)
        return st;
    if (st != YJ_OK) {
        if (err)
            err->code = YJ_E_IO;
        return YJ_E_IO;
    }
    yj_auto(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.ptr ? pem.ptr : "", (int)pem.len);
    if (!bio)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_auto(EVP_PKEY_freep) EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
    ERR_clear_error();
    for (size_t i = 0; pkey && i < YJ_SIGN_COUNT_; i++)
        if (EVP_PKEY_is_a(pkey, algs[i].openssl_name))
            return wrap(&pkey, (yj_sign_alg)i, true, ret, err);
    return yj_fail(err, YJ_E_CORRUPT, "%s holds no private key of a known kind", path);
}

/* NULL unless the bytes are a public key: for SM2 a point of the curve in the uncompressed form. */
static EVP_PKEY *public_sm2(yj_span raw)
{
    if (raw.ptr[0] != 4)
        return NULL;
    char group[] = "SM2";
    uint8_t point[YJ_PUB_MAX];
    memcpy(point, raw.ptr, raw.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, raw.len),
        OSSL_PARAM_construct_end(),
    };
    yj_auto(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    yj_auto(EVP_PKEY_freep) EVP_PKEY *pkey = NULL;
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    yj_auto(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (!check || EVP_PKEY_public_check(check) != 1)
        return NULL;
    return yj_take(pkey);
}

yj_status yj_key_from_public(yj_sign_alg alg, yj_span raw, yj_key **ret, yj_error *err)
{
    assert(alg < YJ_SIGN_COUNT_ && ret);
    yj_auto(EVP_PKEY_freep) EVP_PKEY *pkey = NULL;
    if (raw.len == algs[alg].pub_len)
        pkey = alg == YJ_SIGN_SM2 ? public_sm2(raw)
                                  : EVP_PKEY_new_raw_public_key_ex(NULL, algs[alg].openssl_name, NULL,
                                                                   (const uint8_t *)raw.ptr, raw.len);
    ERR_clear_error();
    if (!pkey)
        return yj_fail(err, YJ_E_INVALID, "the bytes are not a public key of kind %s", algs[alg].name);
    return wrap(&pkey, alg, false, ret, err);
}

/* SubjectPublicKeyInfo but for the raw key at its end: RFC 8410; RFC 5480 with the curve 1.2.156.10197.1.301.
 */
static const struct {
    uint8_t bytes[26];
    size_t len;
} info[YJ_SIGN_COUNT_] = {
    [YJ_SIGN_ED25519] = { { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 }, 12 },
    [YJ_SIGN_SM2] = { { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                        0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00 },
                      26 },
};
#define INFO_MAX (26 + YJ_PUB_MAX)

static size_t public_info(const yj_key *k, uint8_t ret[static INFO_MAX])
{
    memcpy(ret, info[k->alg].bytes, info[k->alg].len);
    memcpy(ret + info[k->alg].len, k->pub, algs[k->alg].pub_len);
    return info[k->alg].len + algs[k->alg].pub_len;
}

void yj_key_public_pem(const yj_key *k, yj_buf *out)
{
    uint8_t der[INFO_MAX];
    size_t len = public_info(k, der);
    yj_buf_str(out, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < len; at += 48) { /* lines of 64 characters */
        yj_buf_base64(out, der + at, len - at < 48 ? len - at : 48);
        yj_buf_char(out, '\n');
    }
    yj_buf_str(out, "-----END PUBLIC KEY-----\n");
}

void yj_key_id(const yj_key *k, char ret[static 2 * YJ_HASH_LEN + 1])
{
    uint8_t der[INFO_MAX];
    yj_digest d;
    yj_hash(k->alg == YJ_SIGN_SM2 ? YJ_HASH_SM3 : YJ_HASH_SHA256, der, public_info(k, der), &d);
    yj_digest_hex(&d, ret);
}

yj_status yj_key_save_public(const yj_key *k, const char *path, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf pem;
    yj_buf_init(&pem, KEY_FILE_BYTES_MAX);
    yj_key_public_pem(k, &pem);
    YJ_TRY(yj_buf_status(&pem, err));
    return write_new_file(path, yj_buf_view(&pem), 0644, err);
}

yj_status yj_key_load_public(const char *path, yj_key **ret, yj_error *err)
{
    assert(path && ret);
    yj_auto(wiped_buf_done) yj_buf pem; /* it may be a private key by mistake */
    yj_buf_init(&pem, KEY_FILE_BYTES_MAX);
    yj_status st = yj_file_read(path, KEY_FILE_BYTES_MAX, &pem, err);
    if (st != YJ_OK && st != YJ_E_LIMIT)
        return st;
    yj_auto(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.ptr ? pem.ptr : "", (int)pem.len);
    if (!bio)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_auto(EVP_PKEY_freep) EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, no_pass_phrase, NULL);
    ERR_clear_error();
    for (size_t i = 0; pkey && i < YJ_SIGN_COUNT_; i++) {
        uint8_t raw[YJ_PUB_MAX];
        if (EVP_PKEY_is_a(pkey, algs[i].openssl_name) && public_bytes(pkey, (yj_sign_alg)i, raw))
            return yj_key_from_public((yj_sign_alg)i, (yj_span){ (const char *)raw, algs[i].pub_len }, ret,
                                      err);
    }
    ERR_clear_error();
    return yj_fail(err, YJ_E_INVALID, "%s holds no public key of a known kind", path);
}

static size_t frame_at(yj_span text, size_t at)
{
    static const char *const frames[] = { "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----" };
    for (size_t i = 0; i < YJ_COUNT(frames); i++) {
        size_t n = strlen(frames[i]);
        if (text.len - at >= n && memcmp(text.ptr + at, frames[i], n) == 0)
            return n;
    }
    return 0;
}

/* Base64 without what frames it; false if it is longer than any key. */
static bool unframed(yj_span text, char ret[static 4 * INFO_MAX], size_t *ret_len)
{
    size_t n = 0;
    for (size_t at = 0, frame; at < text.len; at += frame ? frame : 1) {
        frame = frame_at(text, at);
        if (frame || (text.ptr[at] && strchr(" \t\r\n", text.ptr[at])))
            continue;
        if (n == 4 * (size_t)INFO_MAX)
            return false;
        ret[n++] = text.ptr[at];
    }
    *ret_len = n;
    return true;
}

yj_status yj_key_from_text(yj_span text, yj_key **ret, yj_error *err)
{
    char base64[4 * INFO_MAX];
    uint8_t bytes[3 * INFO_MAX];
    size_t n = 0, len = 0;
    if (unframed(text, base64, &n) && yj_base64_decode((yj_span){ base64, n }, bytes, sizeof bytes, &len)) {
        for (size_t i = 0; i < YJ_SIGN_COUNT_; i++) {
            size_t frame = len == algs[i].pub_len ? 0 : info[i].len;
            if (len == frame + algs[i].pub_len && memcmp(bytes, info[i].bytes, frame) == 0)
                return yj_key_from_public(
                    (yj_sign_alg)i, (yj_span){ (const char *)bytes + frame, algs[i].pub_len }, ret, err);
        }
    }
    return yj_fail(err, YJ_E_INVALID,
                   "it is no public key of a known kind: Ed25519 or SM2, as PEM or base64");
}

void yj_key_free(yj_key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

yj_sign_alg yj_key_alg(const yj_key *k)
{
    return k->alg;
}

void yj_key_public(const yj_key *k, uint8_t ret[static YJ_PUB_MAX], size_t *ret_len)
{
    *ret_len = algs[k->alg].pub_len;
    memcpy(ret, k->pub, *ret_len);
}

/* A digest context for one operation. SM2's id must be set before the init call, which computes the hash over
 * the id and the key that precedes the message; so the key's context is made first and attached. It is owned
 * by the caller and must outlive the digest context. */
static bool context(const yj_key *k, EVP_PKEY_CTX **ret_id, EVP_MD_CTX **ret)
{
    if (!(*ret = EVP_MD_CTX_new()))
        return false;
    if (k->alg != YJ_SIGN_SM2)
        return true;
    *ret_id = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
    if (!*ret_id || EVP_PKEY_CTX_set1_id(*ret_id, SM2_ID, sizeof SM2_ID - 1) != 1)
        return false;
    EVP_MD_CTX_set_pkey_ctx(*ret, *ret_id);
    return true;
}

static const char *digest_of(const yj_key *k)
{
    return k->alg == YJ_SIGN_SM2 ? "SM3" : NULL;
}

yj_status yj_sign(const yj_key *k, yj_span message, uint8_t ret[static YJ_SIG_MAX], size_t *ret_len,
                  yj_error *err)
{
    assert(k && k->is_private && ret_len);
    yj_auto(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *id = NULL;
    yj_auto(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = NULL;
    uint8_t sig[YJ_SIG_MAX];
    size_t len = sizeof sig;
    if (!context(k, &id, &ctx) ||
        EVP_DigestSignInit_ex(ctx, NULL, digest_of(k), NULL, NULL, k->pkey, NULL) != 1 ||
        EVP_DigestSign(ctx, sig, &len, (const uint8_t *)message.ptr, message.len) != 1)
        return FAIL_CRYPTO(err);
    memcpy(ret, sig, len);
    *ret_len = len;
    return YJ_OK;
}

bool yj_verify(const yj_key *k, yj_span message, yj_span signature)
{
    assert(k);
    yj_auto(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *id = NULL;
    yj_auto(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = NULL;
    if (signature.len == 0 || signature.len > YJ_SIG_MAX)
        return false;
    bool valid = context(k, &id, &ctx) &&
                 EVP_DigestVerifyInit_ex(ctx, NULL, digest_of(k), NULL, NULL, k->pkey, NULL) == 1 &&
                 EVP_DigestVerify(ctx, (const uint8_t *)signature.ptr, signature.len,
                                  (const uint8_t *)message.ptr, message.len) == 1;
    ERR_clear_error();
    return valid;
}

const char *yj_sign_name(yj_sign_alg alg)
{
    assert(alg < YJ_SIGN_COUNT_);
    return algs[alg].name;
}
