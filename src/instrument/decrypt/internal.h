// SPDX-License-Identifier: Apache-2.0
/** Between the files of the folder. */
#ifndef YJ_INSTRUMENT_DECRYPT_INTERNAL_H
#define YJ_INSTRUMENT_DECRYPT_INTERNAL_H

#include "instrument/decrypt/decrypt.h"
#include "instrument/decrypt/place.h"
#include "instrument/decrypt/secret.h"

/* Decrypted bytes on their way: into a digest, and into a file without a name if what is in them is wanted.
 */
typedef struct yj_dec_plain {
    yj_summer *sum;
    int fd; /* -1: none */
    uint64_t bytes;
    int failed; /* errno of a write; sticky */
} yj_dec_plain;
void yj_dec_plain_add(yj_dec_plain *p, const void *bytes, size_t len);

/* A run, from its options to its result. */
typedef struct yj_decrypting {
    const yj_dec_options *o;
    yj_dec_result *r;
    int fd; /* of the encrypted file */
    uint64_t size;
    yj_secret key, iv, passphrase; /* those that are given */
    yj_dec_plain plain;
    yj_progress seen;
    int64_t told_ns;
} yj_decrypting;
void yj_dec_tell(yj_decrypting *d, uint64_t done, bool end);

/** raw and openssl. @param ret_good false: the key does not fit, or the file is damaged */
yj_status yj_dec_cipher(yj_decrypting *d, bool *ret_good, yj_error *err) yj_nodiscard;
yj_status yj_dec_openpgp(yj_decrypting *d, bool *ret_good, yj_error *err) yj_nodiscard;
/** Adds to d->r->found, unsorted, and sets d->r->rest. @param fd of an archive */
yj_status yj_dec_archive(yj_decrypting *d, int fd, uint64_t size, yj_span passphrase,
                         yj_error *err) yj_nodiscard;
yj_status yj_dec_7z(yj_decrypting *d, yj_error *err) yj_nodiscard;
/** The first of these programs that is there; NULL */
const char *yj_dec_program(const char *const *paths, size_t count);

#endif
