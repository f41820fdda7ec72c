// SPDX-License-Identifier: Apache-2.0
/**
 * What earlier runs found in files, so that a file that is the very same is not read again, nor what an
 * interrupted run had read. An SQLite database beside nothing else, with every count and place and no value:
 * what stands there masked is not kept, and fingerprints are kept only under the key that they were made by.
 *
 * A file is the very same if path, device, number, size, time of change (mtime) and time of the last change
 * of anything about it (ctime) are, and rules, key of fingerprints and program are those that it was looked
 * at by. It is not kept if it was changed less than a moment before it was opened (it might change again, and
 * no clock would tell), if it changed while it was read, or if the circumstances had a part in the outcome: a
 * limit of time or memory, a parser that died or is not installed, a refusal of the system.
 *
 * Whoever can write the file can make a scan lie: it has to be of the user who runs this, and nobody else's
 * to read or write. Damage is seen by SQLite's own check at the beginning and by a digest over each file's
 * results. One thread at a time.
 */
#ifndef YJ_INSTRUMENT_SCAN_MEMO_H
#define YJ_INSTRUMENT_SCAN_MEMO_H

#include "instrument/scan/scan.h"
#include <sys/stat.h>

typedef struct yj_scan_memo yj_scan_memo;

/** By what is looked. The program's own bytes count as well. */
typedef struct yj_scan_memo_by {
    const char *version;    /* of the program */
    const yj_digest *rules; /* of the file of own rules; NULL: none */
    yj_span print_key;      /* empty: none; only a digest by it is kept */
} yj_scan_memo_by;

/**
 * Open, or begin, and lock it. @param settle_ns YJ_FILE_REST_NS but in tests
 * @return YJ_E_INVALID (it is something else, or damaged), YJ_E_FORBIDDEN (others may read or write it),
 *         YJ_E_BUSY (another run has it), YJ_E_NOT_FOUND, YJ_E_FULL, YJ_E_IO, YJ_E_NOMEM
 */
yj_status yj_scan_memo_open(const char *path, const yj_scan_memo_by *by, int64_t settle_ns,
                            yj_scan_memo **ret, yj_error *err) yj_nodiscard;
/** Close; what is not committed is lost. NULL: nothing. */
void yj_scan_memo_free(yj_scan_memo *m);
YJ_DEFINE_CLEANUP(yj_scan_memo, yj_scan_memo_free)

/* What follows is for the walk; each fails as opening does. */

/** Is it the state file itself? Then the run is refused, and a file that it made is removed when it is
 * closed. */
bool yj_scan_memo_is(yj_scan_memo *m, const struct stat *st);
/** @param show masked values are wanted: a file in which something was found is not found then
 *  @param ret number for yj_scan_memo_tell(); 0: it is to be read */
yj_status yj_scan_memo_find(yj_scan_memo *m, yj_span path, const struct stat *st, bool show, int64_t *ret,
                            yj_error *err) yj_nodiscard;
/** Give all that was told of that file: what stands in it, then itself, with `path`. Of *f all but raw and
 *  root is set, and valid for the call. @return as above; what `row` returns */
typedef yj_status yj_scan_memo_row_fn(void *with, yj_scan_file *f, yj_error *err);
yj_status yj_scan_memo_tell(yj_scan_memo *m, int64_t number, const char *path, yj_scan_memo_row_fn *row,
                            void *with, yj_error *err) yj_nodiscard;
/** What was told of one file, row by row, the file itself last; then the end of it. @param at_ns when the
 *  file was opened, UTC; @param still it is as it was then */
yj_status yj_scan_memo_row(yj_scan_memo *m, yj_span path, const yj_scan_file *f, yj_error *err) yj_nodiscard;
yj_status yj_scan_memo_end(yj_scan_memo *m, const struct stat *st, int64_t at_ns, bool still,
                           yj_error *err) yj_nodiscard;
/** Now and then: make what was kept last. */
yj_status yj_scan_memo_save(yj_scan_memo *m, yj_error *err) yj_nodiscard;
/** The run came to its end: forget what is no longer below `root`. */
yj_status yj_scan_memo_forget(yj_scan_memo *m, const char *root, yj_error *err) yj_nodiscard;
yj_status yj_scan_memo_finish(yj_scan_memo *m, yj_error *err) yj_nodiscard;

#endif
