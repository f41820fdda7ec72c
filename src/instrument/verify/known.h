// SPDX-License-Identifier: Apache-2.0
/**
 * Digests that an interrupted run had made, so that the next need not read those files again. A file is known
 * by what no program can set back: its device and number, size, time of change (mtime) and time of the last
 * change of anything about it (ctime). One that was changed less than a moment before it was opened is not
 * kept, for it might change again without any of that being different.
 *
 * The file is this machine's: 128 bytes to begin with, 128 for each digest, in the machine's order of bytes,
 * each with a check. Written record by record, so a killed run loses nothing but a half written last one,
 * which is dropped; any other damage is an error. Whoever can write it can make a comparison lie: it has to
 * be of the user who runs this, and nobody else's to read or write.
 */
#ifndef YJ_INSTRUMENT_VERIFY_KNOWN_H
#define YJ_INSTRUMENT_VERIFY_KNOWN_H

#include "instrument/verify/sum.h"
#include <sys/stat.h>

#define YJ_KNOWN_RECORDS_MAX 20000000

typedef struct yj_known yj_known;

/** Open, or begin, and lock it. @param settle_ns how long a file must not have changed, YJ_FILE_REST_NS
 * but in tests. YJ_E_INVALID (no such file, damaged), YJ_E_CONFLICT (of another algorithm), YJ_E_FORBIDDEN
 * (others may write or read it), YJ_E_BUSY (another run has it), YJ_E_LIMIT, YJ_E_NOT_FOUND, YJ_E_FULL,
 * YJ_E_IO, YJ_E_NOMEM */
yj_status yj_known_open(const char *path, yj_sum_alg alg, int64_t settle_ns, yj_known **ret,
                        yj_error *err) yj_nodiscard;
/** Close; the file stays. */
void yj_known_free(yj_known *k);
YJ_DEFINE_CLEANUP(yj_known, yj_known_free)
/** The run came to its end, whatever it found: remove the file. YJ_E_IO */
yj_status yj_known_finish(yj_known *k, yj_error *err) yj_nodiscard;

/** Any thread. */
bool yj_known_find(yj_known *k, const struct stat *st, yj_sum *ret);
/** Had it not changed for a while, now that it is opened? Only such a file is added, once it is read. Any
 * thread. */
bool yj_known_settled(const yj_known *k, const struct stat *st);
/** Any thread. What cannot be written is not kept, and read again another time. */
void yj_known_add(yj_known *k, const struct stat *st, const yj_sum *sum);
/** How many were found. */
uint64_t yj_known_used(const yj_known *k);
/** When the run began that began the file: ns, UTC. */
int64_t yj_known_began_ns(const yj_known *k);

/** The records of a file's bytes, for whoever tests it. @param ret_good how many bytes of it are whole.
 * YJ_E_INVALID, YJ_E_NOMEM */
yj_status yj_known_check(yj_span bytes, size_t *ret_good, yj_error *err) yj_nodiscard;

#endif
