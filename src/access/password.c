// SPDX-License-Identifier: Apache-2.0
#include "access/password.h"

#include "access/breach.h"
#include "access/guess.h"
#include "access/secret.h"
#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>

static_assert(YJ_PASSWORD_HASH_BYTES == crypto_pwhash_STRBYTES, "libsodium's text form fits");

static unsigned long long passes(const yj_password_options *o)
{
    return o->passes ? o->passes : 3;
}

static size_t memory(const yj_password_options *o)
{
    return o->memory ? o->memory : (size_t)64 << 20;
}

/* --- policy ----------------------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool holds(yj_span text, yj_span part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        size_t same = 0;
        while (same < part.len && lower(text.ptr[i + same]) == lower(part.ptr[same]))
            same++;
        if (same == part.len)
            return true;
    }
    return false;
}

static bool has_control(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static yj_status check_leaked(const char *list, yj_span password, bool *ret_leaked, yj_error *err)
{
    uint8_t sha1[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(password.ptr, password.len, sha1, &len, EVP_sha1(), NULL) != 1 || len != YJ_SHA1_LEN)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_breach_find(list, sha1, ret_leaked, err);
    yj_secret_wipe(sha1, sizeof sha1);
    return s;
}

#define WORDS_MAX 48 /* of those given; the rest is left out */

/* The parts of a sign-in name, "wei.zhang": words of their own, after the whole. */
static size_t name_words(yj_span name, yj_span *ret, size_t cap)
{
    size_t n = 0, from = 0;
    if (name.len && n < cap)
        ret[n++] = name;
    for (size_t i = 0; i <= name.len; i++) {
        bool between = i == name.len || strchr("._@+-", name.ptr[i]) != NULL;
        if (!between)
            continue;
        if (i - from >= YJ_PASSWORD_NAME_CHARS && i - from < name.len && n < cap)
            ret[n++] = (yj_span){ name.ptr + from, i - from };
        from = i + 1;
    }
    return n;
}

static yj_status check_guesses(const yj_password_options *o, yj_span password, const yj_password_about *about,
                               bool *ret_easy, yj_error *err)
{
    yj_span words[YJ_GUESS_WORDS_MAX];
    double bits = 0;
    size_t given = about->word_count < WORDS_MAX ? about->word_count : WORDS_MAX;
    size_t n = name_words(about->name, words, YJ_COUNT(words) - WORDS_MAX);
    for (size_t i = 0; i < given; i++)
        words[n++] = about->words[i];
    YJ_TRY(yj_guess_bits(password, words, n, &bits, err));
    *ret_easy = bits < (o->min_bits ? o->min_bits : YJ_PASSWORD_MIN_BITS);
    return YJ_OK;
}

static yj_status check_lists(const yj_password_options *o, yj_span password, const yj_password_about *about,
                             yj_error *err)
{
    bool leaked = false, easy = false;
    if (o->breach_list)
        YJ_TRY(check_leaked(o->breach_list, password, &leaked, err));
    if (leaked)
        return yj_fail(err, YJ_E_INVALID,
                       "the password stands in a list of leaked passwords; choose another one");
    YJ_TRY(check_guesses(o, password, about, &easy, err));
    return easy ? yj_fail(
                      err, YJ_E_INVALID,
                      "the password is guessed easily; take several words that have nothing to do with each "
                      "other, and no names, dates, keyboard rows or common phrases")
                : YJ_OK;
}

yj_status yj_password_check(const yj_password_options *o, yj_span password, const yj_password_about *about,
                            yj_error *err)
{
    size_t min = o->min_chars ? o->min_chars : YJ_PASSWORD_MIN_CHARS;
    yj_span name = about->name;
    yj_status s = YJ_E_INVALID;
    if (password.len > YJ_PASSWORD_BYTES_MAX)
        (void)yj_fail(err, s, "the password is longer than %zu bytes", YJ_PASSWORD_BYTES_MAX);
    else if (!yj_utf8_valid(password) || has_control(password))
        (void)yj_fail(err, s, "the password must be text without control characters");
    else if (yj_utf8_count(password) < min)
        (void)yj_fail(err, s, "the password must have at least %zu characters", min);
    else if (yj_utf8_valid(name) && yj_utf8_count(name) >= YJ_PASSWORD_NAME_CHARS && holds(password, name))
        (void)yj_fail(err, s, "the password must not contain the sign-in name");
    else
        s = check_lists(o, password, about, err);
    return s == YJ_E_INVALID ? yj_error_at(err, "password") : s;
}

/* --- hashes ----------------------------------------------------------------------------------- */

yj_status yj_password_hash(const yj_password_options *o, yj_span password,
                           char ret[static YJ_PASSWORD_HASH_BYTES], yj_error *err)
{
    char hash[YJ_PASSWORD_HASH_BYTES];
    YJ_TRY(yj_secret_ready(err));
    if (password.len > YJ_PASSWORD_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the password is longer than %zu bytes", YJ_PASSWORD_BYTES_MAX);
    if (crypto_pwhash_str_alg(hash, password.ptr ? password.ptr : "", password.len, passes(o), memory(o),
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    memcpy(ret, hash, sizeof hash);
    return YJ_OK;
}

/* Argon2id and well-formed, whatever its parameters. */
static bool is_hash(const char *hash)
{
    return strncmp(hash, crypto_pwhash_STRPREFIX, strlen(crypto_pwhash_STRPREFIX)) == 0 &&
           strlen(hash) < YJ_PASSWORD_HASH_BYTES &&
           crypto_pwhash_str_needs_rehash(hash, 3, (size_t)64 << 20) >= 0;
}

yj_status yj_password_verify(const char *hash, yj_span password, bool *ret_match, yj_error *err)
{
    YJ_TRY(yj_secret_ready(err));
    if (!is_hash(hash))
        return yj_fail(err, YJ_E_CORRUPT, "the password's hash is damaged");
    if (password.len > YJ_PASSWORD_BYTES_MAX) {
        *ret_match = false;
        return YJ_OK;
    }
    errno = 0;
    if (crypto_pwhash_str_verify(hash, password.ptr ? password.ptr : "", password.len) == 0) {
        *ret_match = true;
        return YJ_OK;
    }
    /* libsodium tells a wrong password by EINVAL; anything else is that it could not be worked out */
    if (errno != EINVAL)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret_match = false;
    return YJ_OK;
}

bool yj_password_is_old(const yj_password_options *o, const char *hash)
{
    return yj_secret_ready(NULL) != YJ_OK || !is_hash(hash) ||
           crypto_pwhash_str_needs_rehash(hash, passes(o), memory(o)) != 0;
}
