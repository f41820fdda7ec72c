// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords: which ones are taken, and how they are kept: as Argon2id hashes (RFC 9106) in libsodium's text
 * form, which holds its parameters and salt.
 *
 * A password is any UTF-8 without control characters, taken as it is typed, byte by byte. It is not
 * normalised (NFC): Chinese characters have one form, and input methods of one person make the same bytes
 * each time; what a person's two devices could make differently (accents) is rare here and would be noticed
 * when it is first used.
 *
 * Hashing takes long and much memory on purpose. So it is never done on the writer's thread or with a
 * connection borrowed, and the caller bounds how many run at once. Whoever owns a password wipes it
 * (access/secret.h).
 */
#ifndef YJ_ACCESS_PASSWORD_H
#define YJ_ACCESS_PASSWORD_H

#include "base/span.h"

#define YJ_PASSWORD_BYTES_MAX ((size_t)1024)
#define YJ_PASSWORD_MIN_CHARS 12
/** Of guesses that it withstands (access/guess.h): some 10^12, years at the pace at which hashes can be
 * tried. */
#define YJ_PASSWORD_MIN_BITS 40
#define YJ_PASSWORD_HASH_BYTES 128 /* with the NUL */
/** A sign-in name shorter than this is not looked for in the password: too many words hold it. */
#define YJ_PASSWORD_NAME_CHARS 3

typedef struct yj_password_options {
    size_t min_chars;  /* code points; 0: YJ_PASSWORD_MIN_CHARS */
    unsigned min_bits; /* 0: YJ_PASSWORD_MIN_BITS */
    unsigned passes;   /* over the memory; 0: 3 */
    size_t memory;     /* bytes for one hash, at least 8 KiB; 0: 64 MiB (both: RFC 9106's second choice) */
    const char *breach_list; /* path of a list of leaked passwords (access/breach.h); NULL: none. Borrowed */
} yj_password_options;

/** For whom a password is. */
typedef struct yj_password_about {
    yj_span name;         /* with which he signs in */
    const yj_span *words; /* what others know of him: his name, where he works (access/guess.h) */
    size_t word_count;
} yj_password_about;

/**
 * May this be a password of the account? Long enough, not too long, not holding the account's name (ASCII
 * letters of either case), in no list of leaked ones, and not guessed easily. Reads the list: not on the
 * writer's thread.
 * @return YJ_E_INVALID with field "password"; if the list cannot be read its failure (YJ_E_NOT_FOUND,
 * YJ_E_IO, YJ_E_CORRUPT): a policy that cannot be kept lets nothing pass. No message holds the password
 */
yj_status yj_password_check(const yj_password_options *o, yj_span password, const yj_password_about *about,
                            yj_error *err) yj_nodiscard;

/** @return YJ_E_LIMIT (over YJ_PASSWORD_BYTES_MAX), YJ_E_NOMEM */
yj_status yj_password_hash(const yj_password_options *o, yj_span password,
                           char ret[static YJ_PASSWORD_HASH_BYTES], yj_error *err) yj_nodiscard;
/**
 * Compares in constant time. A password over YJ_PASSWORD_BYTES_MAX is of no account, found without any work.
 * @param ret_match not set on failure
 * @return YJ_E_CORRUPT (that is no such hash), YJ_E_NOMEM
 */
yj_status yj_password_verify(const char *hash, yj_span password, bool *ret_match, yj_error *err) yj_nodiscard;
/** Was it made with other parameters than these? Then, when the password is known, a new one is to be made.
 * Also true of what is no such hash. */
bool yj_password_is_old(const yj_password_options *o, const char *hash);

#endif
