// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"
#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10)

static const struct {
    const char *name, *openssl_name;
} algs[YJ_HASH_COUNT_] = {
    [YJ_HASH_SHA256] = { "sha256", "SHA2-256" },
    [YJ_HASH_SM3] = { "sm3", "SM3" },
};

/* Fetching walks OpenSSL's provider tables under locks: once a process. */
static EVP_MD *mds[YJ_HASH_COUNT_];
static pthread_once_t mds_once = PTHREAD_ONCE_INIT;
static pthread_key_t shots_key;

/* The contexts of yj_hash() of one thread, freed when it ends. */
typedef struct shots {
    EVP_MD_CTX *ctx[YJ_HASH_COUNT_];
} shots;
static _Thread_local shots *my_shots;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "yunjian: %s\n", what);
    abort();
}

static void shots_free(void *p)
{
    shots *s = p;
    for (size_t i = 0; i < YJ_HASH_COUNT_; i++)
        EVP_MD_CTX_free(s->ctx[i]);
    free(s);
}

static void fetch_all(void)
{
    for (size_t i = 0; i < YJ_HASH_COUNT_; i++) {
        mds[i] = EVP_MD_fetch(NULL, algs[i].openssl_name, NULL);
        if (!mds[i])
            die("the OpenSSL library lacks SHA-256 or SM3");
    }
    if (pthread_key_create(&shots_key, shots_free) != 0)
        die("no room for a thread-specific key");
}

static const EVP_MD *md_of(yj_hash_alg alg)
{
    assert(alg < YJ_HASH_COUNT_);
    pthread_once(&mds_once, fetch_all);
    return mds[alg];
}

struct yj_hasher {
    EVP_MD_CTX *ctx;
    yj_hash_alg alg;
};

yj_hasher *yj_hasher_new(yj_hash_alg alg)
{
    const EVP_MD *md = md_of(alg);
    yj_hasher *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->alg = alg;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx || EVP_DigestInit_ex2(h->ctx, md, NULL) != 1) {
        yj_hasher_free(h);
        return NULL;
    }
    return h;
}

void yj_hasher_free(yj_hasher *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

/* On a context that has once been initialised these allocate nothing and cannot fail. */
void yj_hasher_begin(yj_hasher *h)
{
    if (EVP_DigestInit_ex2(h->ctx, NULL, NULL) != 1)
        die("a digest could not be started");
}

void yj_hasher_add(yj_hasher *h, const void *bytes, size_t len)
{
    if (EVP_DigestUpdate(h->ctx, bytes, len) != 1)
        die("a digest could not be computed");
}

void yj_hasher_end(yj_hasher *h, yj_digest *ret)
{
    unsigned len = 0;
    if (EVP_DigestFinal_ex(h->ctx, ret->b, &len) != 1 || len != YJ_HASH_LEN)
        die("a digest could not be finished");
}

yj_hash_alg yj_hasher_alg(const yj_hasher *h)
{
    return h->alg;
}

/* NULL when out of memory. */
static EVP_MD_CTX *shot_make(yj_hash_alg alg)
{
    const EVP_MD *md = md_of(alg);
    if (!my_shots) {
        shots *s = calloc(1, sizeof *s);
        if (!s || pthread_setspecific(shots_key, s) != 0) {
            free(s);
            return NULL;
        }
        my_shots = s;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        return NULL;
    }
    my_shots->ctx[alg] = ctx;
    return ctx;
}

yj_status yj_hash_ready(yj_error *err)
{
    for (int alg = 0; alg < YJ_HASH_COUNT_; alg++)
        if ((!my_shots || !my_shots->ctx[alg]) && !shot_make((yj_hash_alg)alg))
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return YJ_OK;
}

void yj_hash(yj_hash_alg alg, const void *bytes, size_t len, yj_digest *ret)
{
    assert(alg < YJ_HASH_COUNT_);
    EVP_MD_CTX *ctx = my_shots ? my_shots->ctx[alg] : NULL;
    if (!ctx)
        ctx = shot_make(alg);
    if (!ctx)
        die("out of memory");
    if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1 || EVP_DigestUpdate(ctx, bytes, len) != 1 ||
        EVP_DigestFinal_ex(ctx, ret->b, NULL) != 1)
        die("a digest could not be computed");
}

static yj_status write_copy(int to, const char *bytes, size_t n, const char *path, yj_error *err)
{
    while (n > 0) {
        ssize_t w = write(to, bytes, n);
        if (w < 0 && errno != EINTR)
            return yj_fail_sys(err, yj_file_status(errno), "a private copy of %s cannot be written", path);
        bytes += w > 0 ? w : 0;
        n -= w > 0 ? (size_t)w : 0;
    }
    return YJ_OK;
}

yj_status yj_hash_fd(yj_hash_alg alg, int fd, int to, const char *path, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(alg);
    char *room = malloc(READ_BYTES);
    yj_status s = h && room ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK)
        yj_hasher_begin(h);
    for (ssize_t n = 1; s == YJ_OK && n != 0;) {
        n = read(fd, room, READ_BYTES);
        if (n < 0 && errno != EINTR)
            s = yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
        if (n > 0)
            yj_hasher_add(h, room, (size_t)n);
        if (n > 0 && to >= 0)
            s = write_copy(to, room, (size_t)n, path, err);
    }
    if (s == YJ_OK)
        yj_hasher_end(h, ret);
    free(room);
    return s;
}

const char *yj_hash_name(yj_hash_alg alg)
{
    assert(alg < YJ_HASH_COUNT_);
    return algs[alg].name;
}

bool yj_hash_by_name(yj_span name, yj_hash_alg *ret)
{
    for (size_t i = 0; i < YJ_HASH_COUNT_; i++) {
        if (yj_span_is(name, algs[i].name)) {
            *ret = (yj_hash_alg)i;
            return true;
        }
    }
    return false;
}

static const char hex_digits[] = "0123456789abcdef";

void yj_digest_hex(const yj_digest *d, char ret[static 2 * YJ_HASH_LEN + 1])
{
    for (size_t i = 0; i < YJ_HASH_LEN; i++) {
        ret[2 * i] = hex_digits[d->b[i] >> 4];
        ret[2 * i + 1] = hex_digits[d->b[i] & 15];
    }
    ret[2 * YJ_HASH_LEN] = '\0';
}

static bool is_lower_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool yj_digest_from_hex(yj_span s, yj_digest *ret)
{
    if (s.len != 2 * YJ_HASH_LEN)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_lower_hex(s.ptr[i]))
            return false;
    size_t len;
    return yj_hex_decode(s, ret->b, YJ_HASH_LEN, &len);
}

yj_status yj_hmac_sha256(yj_span key, yj_span message, yj_digest *ret, yj_error *err)
{
    yj_digest d;
    unsigned len = 0;
    const char *k = key.len ? key.ptr : ""; /* NULL would mean the key of before */
    if (!HMAC(md_of(YJ_HASH_SHA256), k, (int)key.len, (const unsigned char *)message.ptr, message.len, d.b,
              &len) ||
        len != YJ_HASH_LEN)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret = d;
    return YJ_OK;
}

void yj_random(void *ret, size_t len)
{
    unsigned char *p = ret;
    while (len > 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno != EINTR)
            die("the system has no random bytes");
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

/* How far the clock may step back before ids follow it; within it they keep rising (threads that read the
 * clock before each other, small corrections of it). */
#define UUID_STEP_BACK_MS 1000

void yj_uuid7(int64_t now_ns, char ret[static YJ_UUID_LEN + 1])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int64_t last_ms = -1;
    static uint32_t counter; /* the 32 bits after the time: 12 of rand_a, the first 20 of rand_b */

    uint8_t b[16];
    uint32_t seed;
    yj_random(b, sizeof b);
    memcpy(&seed, b, sizeof seed);
    int64_t ms = now_ns > 0 ? now_ns / 1000000 : 0;
    pthread_mutex_lock(&lock);
    if (last_ms >= 0 && ms <= last_ms && last_ms - ms <= UUID_STEP_BACK_MS && counter < UINT32_MAX) {
        ms = last_ms;
        counter++;
    } else {
        counter = seed >> 1; /* room for 2^31 more in the same millisecond */
    }
    last_ms = ms;
    uint32_t count = counter;
    pthread_mutex_unlock(&lock);

    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | count >> 28);
    b[7] = (uint8_t)(count >> 20);
    b[8] = (uint8_t)(0x80 | (count >> 14 & 0x3f));
    b[9] = (uint8_t)(count >> 6);
    b[10] = (uint8_t)((count & 0x3f) << 2 | (b[10] & 3));
    size_t at = 0;
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret[at++] = '-';
        ret[at++] = hex_digits[b[i] >> 4];
        ret[at++] = hex_digits[b[i] & 15];
    }
    ret[at] = '\0';
}

bool yj_uuid_valid(yj_span s)
{
    if (s.len != YJ_UUID_LEN)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.ptr[i] != '-' : !is_lower_hex(s.ptr[i]))
            return false;
    }
    return true;
}
