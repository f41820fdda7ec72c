// SPDX-License-Identifier: Apache-2.0
/**
 * Evidence files, kept by their SHA-256 in a folder:
 *
 *     <folder>/ab/cdef...            a whole file; never changed, mode 0400
 *     <folder>/partial/<id>          an upload under way
 *     <folder>/partial/<id>.json     {"length":N|-1,"synced":N,"started":ns}
 *
 * Bytes are hashed and written as they come, in constant memory. What was taken before a cut connection or an
 * end of the process is kept: an upload goes on from its offset. After a restart only bytes known to have
 * reached the disk count (`synced`), and they are hashed again. A finished file is fsynced, then renamed; the
 * same file twice is one file.
 *
 * Thread-safe. An upload has one holder; who holds it anew takes it over, for the connection of the holder
 * before may be dead without anybody knowing, and what that one still tries is YJ_E_CONFLICT.
 */
#ifndef YJ_EVIDENCE_EVIDENCE_H
#define YJ_EVIDENCE_EVIDENCE_H

#include "base/hash.h"
#include "store/db.h"

#define YJ_EVIDENCE_BYTES_MAX ((uint64_t)1 << 40)                          /* of one file */
#define YJ_EVIDENCE_UPLOADS_MAX 256                                        /* under way at once */
#define YJ_EVIDENCE_KEEP_NS (INT64_C(7) * 24 * 3600 * INT64_C(1000000000)) /* untouched upload */
#define YJ_LENGTH_UNKNOWN UINT64_MAX

typedef struct yj_evidence yj_evidence; /* the folder */
typedef struct yj_upload yj_upload;     /* a hold on one upload */

typedef struct yj_blob {
    yj_digest sha256;
    bool has_sm3;
    yj_digest sm3;
    uint64_t size;
} yj_blob;

/** Makes the folder if it is not there. @param sm3 also work out the SM3 of each file */
yj_status yj_evidence_open(const char *folder, bool sm3, yj_evidence **ret, yj_error *err) yj_nodiscard;
/** No upload may be held any more. */
void yj_evidence_free(yj_evidence *e);
YJ_DEFINE_CLEANUP(yj_evidence, yj_evidence_free)

/** Begin an upload. @param length of the whole file, or YJ_LENGTH_UNKNOWN
 *  @return YJ_E_LIMIT (length, number of uploads), YJ_E_FULL, YJ_E_IO */
yj_status yj_upload_start(yj_evidence *e, uint64_t length, int64_t now_ns,
                          char ret_id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;
/**
 * Hold an upload, taking it over from whoever holds it. After a restart this reads what is there.
 * @param offset  where the caller believes the upload stands; YJ_ANY_OFFSET: wherever it does
 * @return YJ_E_NOT_FOUND; YJ_E_CONFLICT if it stands elsewhere (then nothing is taken over); YJ_E_IO
 */
yj_status yj_upload_hold(yj_evidence *e, const char *id, uint64_t offset, yj_upload **ret,
                         yj_error *err) yj_nodiscard;
#define YJ_ANY_OFFSET UINT64_MAX
/** How far is it? Takes nothing over. */
yj_status yj_upload_look(yj_evidence *e, const char *id, uint64_t *ret_offset, uint64_t *ret_length,
                         yj_error *err) yj_nodiscard;
/** Let go of an upload; its bytes stay, and are brought to the disk. Accepts NULL. */
void yj_upload_release(yj_upload *u);
YJ_DEFINE_CLEANUP(yj_upload, yj_upload_release)

uint64_t yj_upload_offset(const yj_upload *u);
uint64_t yj_upload_length(const yj_upload *u); /* YJ_LENGTH_UNKNOWN if nobody said */
/** Say how long the file is. YJ_E_CONFLICT if another length was said or more is there already. */
yj_status yj_upload_set_length(yj_upload *u, uint64_t length, yj_error *err) yj_nodiscard;
/** Take bytes at the offset. On failure those that were written stay counted.
 *  @return YJ_E_LIMIT (beyond the length), YJ_E_FULL, YJ_E_IO */
yj_status yj_upload_append(yj_upload *u, yj_span bytes, yj_error *err) yj_nodiscard;
/** Throw away what is there and begin again at offset 0. */
yj_status yj_upload_restart(yj_upload *u, yj_error *err) yj_nodiscard;
/**
 * The file is whole: keep it under its digest. The upload is gone afterwards, whoever holds `u` still
 * releases it.
 * @param expect digest it should have; NULL: whatever it has
 * @return YJ_E_CONFLICT if bytes are missing; YJ_E_INVALID if it has not the expected digest (the upload
 *         stays in both cases); YJ_E_FULL, YJ_E_IO
 */
yj_status yj_upload_finish(yj_upload *u, const yj_digest *expect, yj_blob *ret, yj_error *err) yj_nodiscard;
/** Forget the upload and its bytes, unless another holder has it by now; `u` is still to be released. */
void yj_upload_cancel(yj_upload *u);

/** Remove uploads that nobody touched for YJ_EVIDENCE_KEEP_NS. */
void yj_evidence_sweep(yj_evidence *e, int64_t now_ns);

/** Open a whole file for reading. YJ_E_NOT_FOUND. */
yj_status yj_evidence_read(yj_evidence *e, const yj_digest *digest, int *ret_fd, uint64_t *ret_size,
                           yj_error *err) yj_nodiscard;
/** The bytes of a small whole file of a folder that need not be open, appended. YJ_E_NOT_FOUND, YJ_E_LIMIT
 * (more than `max`), YJ_E_CORRUPT if they have not the digest, YJ_E_IO, YJ_E_NOMEM */
yj_status yj_evidence_bytes(const char *folder, const yj_digest *digest, size_t max, yj_buf *out,
                            yj_error *err) yj_nodiscard;
typedef struct yj_evidence_check_result {
    uint64_t size; /* bytes that were there to read */
    bool matches;  /* they have the digest under which they are kept */
} yj_evidence_check_result;
/** Read a whole file again and hash it, in constant memory. A file that is damaged, or that the disk gives
 * back no more than in part, does not match. YJ_E_NOT_FOUND, YJ_E_IO (it cannot be opened), YJ_E_NOMEM */
yj_status yj_evidence_check(yj_evidence *e, const yj_digest *digest, yj_evidence_check_result *ret,
                            yj_error *err) yj_nodiscard;
/** Remove a whole file (erasure). An absent one is fine. */
yj_status yj_evidence_remove(yj_evidence *e, const yj_digest *digest, yj_error *err) yj_nodiscard;

typedef struct yj_evidence_stats {
    uint64_t uploads; /* under way */
    uint64_t bytes_in;
    uint64_t files_in;
} yj_evidence_stats;
void yj_evidence_stats_read(yj_evidence *e, yj_evidence_stats *ret);

/* --- table blob: what the store knows about files ----------------------------------------------------------
 */

/** Write the row unless it is there; in a transaction of its own on a write connection. */
yj_status yj_blob_put(yj_db *db, const yj_blob *b, int64_t now_ns, yj_error *err) yj_nodiscard;
/** YJ_E_NOT_FOUND. */
yj_status yj_blob_get(yj_db *db, const yj_digest *digest, yj_blob *ret, yj_error *err) yj_nodiscard;

#endif
