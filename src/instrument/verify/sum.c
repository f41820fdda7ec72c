// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/sum.h"
#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name, *tag, *openssl;
    size_t len;
} algs[YJ_SUM_COUNT_] = {
    [YJ_SUM_SHA256] = { "sha256", "SHA256", "SHA256", 32 },
    [YJ_SUM_SHA512] = { "sha512", "SHA512", "SHA512", 64 },
    [YJ_SUM_SM3] = { "sm3", "SM3", "SM3", 32 },
    [YJ_SUM_MD5] = { "md5", "MD5", "MD5", 16 },
    [YJ_SUM_SHA1] = { "sha1", "SHA1", "SHA1", 20 },
};

struct yj_summer {
    EVP_MD_CTX *ctx;
    EVP_MD *md;
    yj_sum_alg alg;
};

size_t yj_sum_len(yj_sum_alg alg)
{
    assert(alg < YJ_SUM_COUNT_);
    return algs[alg].len;
}

const char *yj_sum_name(yj_sum_alg alg)
{
    assert(alg < YJ_SUM_COUNT_);
    return algs[alg].name;
}

const char *yj_sum_tag(yj_sum_alg alg)
{
    assert(alg < YJ_SUM_COUNT_);
    return algs[alg].tag;
}

bool yj_sum_weak(yj_sum_alg alg)
{
    return alg == YJ_SUM_MD5 || alg == YJ_SUM_SHA1;
}

bool yj_sum_by_any_name(yj_span name, yj_sum_alg *ret)
{
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++)
        if (yj_span_is(name, algs[i].name)) {
            *ret = (yj_sum_alg)i;
            return true;
        }
    return false;
}

bool yj_sum_by_name(yj_span name, yj_sum_alg *ret)
{
    yj_sum_alg alg;
    if (!yj_sum_by_any_name(name, &alg) || yj_sum_weak(alg))
        return false;
    *ret = alg;
    return true;
}

bool yj_sum_by_tag(yj_span tag, yj_sum_alg *ret)
{
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++)
        if (yj_span_is(tag, algs[i].tag) && !yj_sum_weak((yj_sum_alg)i)) {
            *ret = (yj_sum_alg)i;
            return true;
        }
    return false;
}

void yj_sum_hex(yj_sum_alg alg, const yj_sum *s, char ret[static 2 * YJ_SUM_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = yj_sum_len(alg);
    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[s->b[i] >> 4];
        ret[2 * i + 1] = digits[s->b[i] & 15];
    }
    ret[2 * n] = '\0';
}

bool yj_sum_from_hex(yj_sum_alg alg, yj_span hex, yj_sum *ret)
{
    yj_sum s = { { 0 } };
    size_t len = 0;
    if (hex.len != 2 * yj_sum_len(alg) || !yj_hex_decode(hex, s.b, sizeof s.b, &len))
        return false;
    *ret = s;
    return true;
}

void yj_summer_free(yj_summer *s)
{
    if (!s)
        return;
    EVP_MD_CTX_free(s->ctx);
    EVP_MD_free(s->md);
    free(s);
}

yj_summer *yj_summer_new(yj_sum_alg alg)
{
    yj_auto(yj_summer_freep) yj_summer *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->alg = alg;
    s->ctx = EVP_MD_CTX_new();
    s->md = EVP_MD_fetch(NULL, algs[alg].openssl, NULL);
    return s->ctx && s->md ? yj_take(s) : NULL;
}

/* What was fetched and begun once does not fail later but for want of memory: there is no digest to go on
 * with. */
static void must(int fine)
{
    if (fine != 1) {
        fputs("yunjian: a digest cannot be computed\n", stderr);
        abort();
    }
}

void yj_summer_begin(yj_summer *s)
{
    must(EVP_DigestInit_ex2(s->ctx, s->md, NULL));
}

void yj_summer_add(yj_summer *s, const void *bytes, size_t len)
{
    must(EVP_DigestUpdate(s->ctx, bytes, len));
}

void yj_summer_end(yj_summer *s, yj_sum *ret)
{
    yj_sum sum = { { 0 } };
    unsigned len = 0;
    must(EVP_DigestFinal_ex(s->ctx, sum.b, &len));
    assert(len == algs[s->alg].len);
    *ret = sum;
}
