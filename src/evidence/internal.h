// SPDX-License-Identifier: Apache-2.0
/**
 * Between the files of the folder: evidence.c the folder and its whole files, upload.c uploads under way. The
 * table (blob.c) needs nothing of it.
 */
#ifndef YJ_EVIDENCE_INTERNAL_H
#define YJ_EVIDENCE_INTERNAL_H

#include "evidence/evidence.h"

#include <pthread.h>
#include <stdatomic.h>

#define YJ_EVIDENCE_PATH_MAX 4096

typedef struct yj_evidence_path {
    char s[YJ_EVIDENCE_PATH_MAX];
} yj_evidence_path;

typedef struct yj_partial yj_partial; /* an upload under way */

struct yj_partial {
    yj_evidence *home;
    struct yj_partial *next;
    char id[YJ_UUID_LEN + 1];
    size_t holds; /* these two: under the folder's lock */
    int64_t touched_ns;
    pthread_mutex_t lock; /* of all below */
    uint64_t generation;  /* raised by each new holder */
    bool gone;
    bool known; /* fd and hashers stand at `offset` */
    int fd;
    yj_hasher *sha256, *sm3;
    uint64_t offset, length, synced;
    int64_t started_ns;
};

struct yj_evidence {
    char *folder;
    bool sm3;
    pthread_mutex_t lock; /* of the list */
    yj_partial *uploads;
    size_t count;
    _Atomic uint64_t bytes_in, files_in;
};

/** Where a whole file lies. */
yj_evidence_path yj_evidence_blob_path(const yj_evidence *e, const yj_digest *d);
/** Where an upload lies; suffix "" or ".json". */
yj_evidence_path yj_evidence_partial_path(const yj_evidence *e, const char *id, const char *suffix);

/** An upload that is in no list yet; NULL when out of memory. */
yj_partial *yj_partial_make(yj_evidence *e, const char *id);
void yj_partial_free(yj_partial *u);
/** End a hold (u->holds); the last one of a forgotten upload frees it. */
void yj_partial_put_back(yj_partial *u);
/** Remove its files. The upload's lock is held, or nobody else knows it. */
void yj_partial_forget(yj_partial *u);

#endif
