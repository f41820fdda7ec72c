// SPDX-License-Identifier: Apache-2.0
/** Verification of an exported folder, cut in two: what a worker does with a range of tiles (verify_unit.c),
 * and what joins the ranges in order (verify_folder.c). Nothing else includes this. */
#ifndef YJ_LEDGER_VERIFY_FOLDER_H
#define YJ_LEDGER_VERIFY_FOLDER_H

#include "ledger/internal.h"

#define YJ_UNIT_TILES 16
#define YJ_UNIT_ENTRIES ((uint64_t)YJ_UNIT_TILES * YJ_TILE_WIDTH)

/** A checkpoint in the folder. */
typedef struct yj_mark {
    uint64_t size;
    yj_digest root;    /* as it says */
    yj_span note;      /* in the arena */
    yj_digest local;   /* root of the entries in the tile it cuts, when it cuts one; by a worker */
    yj_digest reached; /* root computed at its size */
    bool has_root;
} yj_mark;

typedef struct yj_rotation {
    uint64_t seq;
    yj_span salt_hex, body;
    bool seen; /* by the worker that met the entry */
} yj_rotation;

/** What all workers read and none writes, but for their own marks and rotations. */
typedef struct yj_plan {
    const char *folder;
    yj_hash_alg alg;
    uint64_t size; /* that the newest checkpoint covers */
    bool bodies;   /* there are some */
    yj_mark *mark; /* by size */
    size_t mark_count;
    yj_rotation *rotation; /* by seq */
    size_t rotation_count;
} yj_plan;

/** The first checkpoint of at least `size` entries. */
size_t yj_marks_from(const yj_plan *p, uint64_t size);

/** What a worker found in its range; valid up to the first failure or missing entry. */
typedef struct yj_unit {
    bool done;
    uint64_t first;                     /* entry */
    uint64_t count;                     /* entries that are whole */
    yj_digest tile_root[YJ_UNIT_TILES]; /* of full tiles */
    yj_digest local;                    /* root of the entries after them */
    uint64_t body_short_at;             /* first entry without its body line, YJ_NO_INDEX if none */
    bool body_seen;                     /* some line of a body was there */
    uint64_t hashes_short_at;           /* first entry that a cut-off hash tile lacks */
    uint64_t bodies, gone, tiles;       /* for the report */
    bool erased;                        /* an entry "erase" is here */
    uint64_t first_gone;                /* body gone and no erasure behind it in this unit */
    char first_time[YJ_LEAF_TIME_LEN], last_time[YJ_LEAF_TIME_LEN];
    yj_status st; /* YJ_E_CORRUPT: err->field names the entry */
    yj_error err;
} yj_unit;

typedef struct yj_worker {
    const yj_plan *plan;
    yj_buf path, entries, bodies, hashes;
    yj_digest leaf[YJ_TILE_WIDTH], scratch[YJ_TILE_WIDTH];
} yj_worker;
void yj_worker_init(yj_worker *w, const yj_plan *plan);
void yj_worker_done(yj_worker *w);
/** Verify the tiles of unit number `index` into *ret. */
void yj_worker_run(yj_worker *w, uint64_t index, yj_unit *ret);

#endif
