// SPDX-License-Identifier: Apache-2.0
/**
 * Does what was handed over in encrypted form open with the key that was handed over, and is it what it
 * should be? The file is decrypted and its contents become digests; nobody gets to see them.
 *
 *   raw       AES or SM4 by OpenSSL: CBC (with PKCS #7 padding), CTR, GCM (the last 16 bytes are the tag)
 *   openssl   what `openssl enc -pbkdf2` writes: salt and PBKDF2 (RFC 8018) with HMAC-SHA-256; CBC or CTR
 *             Where asked for, what it writes without -pbkdf2: one pass of a digest over passphrase and salt
 *             (EVP_BytesToKey), which slows down no guess; the result says so
 *   openpgp   by gpg, confined (base/confined.h), with a home of its own
 *   zip       by libarchive behind the walls of box/box.h: the traditional way of PKWARE, and AES
 *   7z        by 7-Zip, confined
 *
 * Where decrypted bytes are: of raw and openssl in this process's memory alone; of openpgp in pipes, too; of
 * zip in those of the worker; of 7z in files in a folder of mode 0700 that is gone when this process is,
 * however it ends (base/keeper.h). Where the plain text is an archive of which the contents are wanted, it
 * lies in a file without a name meanwhile. Places are in memory (tmpfs) where there is room; the result says
 * which it was.
 */
#ifndef YJ_INSTRUMENT_DECRYPT_DECRYPT_H
#define YJ_INSTRUMENT_DECRYPT_DECRYPT_H

#include "base/hash.h"
#include "instrument/verify/compare.h"

typedef enum yj_dec_format {
    YJ_DEC_RAW, /* cannot be told from noise: the one that has to be said */
    YJ_DEC_OPENSSL,
    YJ_DEC_OPENPGP,
    YJ_DEC_ZIP,
    YJ_DEC_7Z,
    YJ_DEC_PLAIN, /* not encrypted, but an archive: yj_unpack() */
    YJ_DEC_FORMAT_COUNT_
} yj_dec_format;

#define YJ_DEC_PLAINTEXT "plaintext" /* the one item of what is no archive */
#define YJ_DEC_ITERATIONS 10000      /* of `openssl enc` without -iter */
#define YJ_DEC_ITERATIONS_MAX 100000000

typedef struct yj_dec_options {
    yj_dec_format format;
    const char *cipher;                /* "aes-256-gcm", "sm4-cbc"; of raw and openssl */
    int64_t iterations;                /* of openssl with PBKDF2 */
    const char *weak;                  /* of openssl without: the digest, "md5" or "sha256"; NULL: PBKDF2 */
    const char *key, *iv, *passphrase; /* paths; NULL: not given */
    bool inside; /* the plain text is an archive, and what is in it is wanted; of zip and
                    7z always */
    yj_sum_alg alg;
    yj_progress_fn *progress;
    void *progress_self;
} yj_dec_options;

typedef enum yj_dec_place { YJ_DEC_MEMORY, YJ_DEC_TMPFS, YJ_DEC_DISK } yj_dec_place;

typedef struct yj_dec_result {
    yj_dec_format format;
    const char *cipher; /* NULL: not known, the other program chose */
    const char *weak;   /* the passphrase became a key by one pass of this digest; NULL: not so */
    bool authenticated; /* the cipher would have noticed a forgery */
    yj_digest file;     /* SHA-256 of the encrypted file */
    yj_tree found;      /* sorted; what could not be had is judged */
    yj_why rest;        /* not NONE: why there may be more */
    uint64_t bytes;     /* decrypted */
    yj_dec_place place; /* the worst place that decrypted bytes were in */
    bool program;       /* another program read it */
    int landlock;       /* ABI that confined the readers; 0: the kernel has none */
} yj_dec_result;

/** What a file looks like; RAW if like nothing known. YJ_E_NOT_FOUND, YJ_E_IO */
yj_status yj_dec_guess(const char *path, yj_dec_format *ret, yj_error *err) yj_nodiscard;
const char *yj_dec_format_name(yj_dec_format f); /* "openssl" */
/** Of what is encrypted. */
bool yj_dec_format_by_name(const char *name, yj_dec_format *ret);

/**
 * Decrypt. A key that does not fit is a finding, not an error: the items are unreadable then.
 * YJ_E_USAGE (a key or option is missing or does not belong), YJ_E_INVALID (a key of the wrong form, an
 * unknown cipher), YJ_E_MISSING (a program, or a cipher in this OpenSSL), YJ_E_FULL, YJ_E_NOT_FOUND, YJ_E_IO
 * (also: no walls could be put up), YJ_E_LIMIT, YJ_E_NOMEM. End *ret with yj_dec_done() whatever happens.
 */
yj_status yj_decrypt(const char *path, const yj_dec_options *o, yj_dec_result *ret,
                     yj_error *err) yj_nodiscard;
/** Unpack an archive, or what gzip, bzip2, xz or zstd packed, in full behind the same walls; its contents
 * become digests, and nothing is written anywhere. `o->alg` and the progress are used; the result's format is
 * PLAIN. Errors as above. */
yj_status yj_unpack(const char *path, const yj_dec_options *o, yj_dec_result *ret,
                    yj_error *err) yj_nodiscard;
void yj_dec_done(yj_dec_result *r);

#endif
