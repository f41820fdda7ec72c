// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the files of one or two trees once: makes their digests and compares them with others byte by byte in
 * the same pass. Each thread holds as many files at a time as there are lanes (lanes.h) for the digest, and
 * takes another when one ends; a large file is begun before the small ones, so that none is left alone.
 */
#ifndef YJ_INSTRUMENT_VERIFY_DIGEST_H
#define YJ_INSTRUMENT_VERIFY_DIGEST_H

#include "instrument/verify/known.h"
#include "instrument/verify/pool.h"
#include "instrument/verify/tree.h"

/** What is to be read of trees `a` and `b`; one of both may be NULL. */
typedef struct yj_piece {
    yj_item *a, *b;
} yj_piece;

typedef struct yj_piece_end {
    bool read;  /* to the end, and it did not change meanwhile; then the digested item has its sum and size */
    bool same;  /* of two that were compared */
    yj_why why; /* where it was not */
    int sys_errno;
} yj_piece_end;

typedef struct yj_digesting {
    yj_sum_alg alg;
    const yj_tree *a, *b;
    bool only_b; /* of two items `b` is digested, and `a` not read; else `a` is, and compared with `b` */
    yj_piece *piece;
    size_t count;
    void (*done)(void *self, const yj_piece *p, const yj_piece_end *e); /* on any thread, once for each */
    void *self;
    unsigned threads; /* each holds 512 KiB; with lanes 1 MiB, or 2 and leaves reading to a second of them */
    yj_progress_fn *progress;
    void *progress_self;
    yj_go_on_fn *go_on; /* NULL: it always may */
    void *go_on_self;
    yj_known *known; /* digests of an interrupted run, and where this one's go; may be NULL */
} yj_digesting;

/** Do all; their order may change. YJ_E_NOMEM; what `go_on` returned, and then nothing is to be relied on. */
yj_status yj_digest_all(const yj_digesting *d, yj_error *err) yj_nodiscard;

#endif
