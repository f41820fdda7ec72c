// SPDX-License-Identifier: Apache-2.0
/** Writing over a medium, and reading it back: one thread makes the next bytes ready while the other moves
 * those before. */
#ifndef YJ_INSTRUMENT_WIPE_PASS_H
#define YJ_INSTRUMENT_WIPE_PASS_H

#include "instrument/wipe/disk.h"
#include <stdatomic.h>

#define YJ_PASS_BYTES ((size_t)4 << 20) /* moved at once */
#define YJ_PASS_GRAIN 4096              /* where something fails, it is found out to this */
#define YJ_RANGES_MAX 1000
#define YJ_SEED_LEN 32

typedef enum yj_range_kind {
    YJ_RANGE_WRITE,   /* could not be written */
    YJ_RANGE_READ,    /* could not be read */
    YJ_RANGE_DIFFERS, /* holds something else than it should */
    YJ_RANGE_RESIDUE  /* holds what was there before */
} yj_range_kind;
const char *yj_range_name(yj_range_kind k);

typedef struct yj_range {
    uint64_t from, to;
    yj_range_kind kind;
    int sys_errno;
} yj_range;

/** What went wrong, joined where it touches. */
typedef struct yj_ranges {
    yj_range row[YJ_RANGES_MAX];
    size_t count;
    bool more; /* there were more */
} yj_ranges;
void yj_ranges_add(yj_ranges *r, yj_range_kind kind, uint64_t from, uint64_t to, int sys_errno);

/** The bytes of a pass: one byte over and over, or AES-256-CTR whose counter is the place by 16. */
typedef struct yj_fill {
    bool random;
    uint8_t byte;
    uint8_t seed[YJ_SEED_LEN];
} yj_fill;

/* A block of 4 KiB is a canary if it begins with this; it is filled with it. */
#define YJ_CANARY_LEN 32

typedef struct yj_extent {
    uint64_t from, to;
} yj_extent;

typedef struct yj_pass {
    const yj_disk *disk;
    yj_after after; /* when reading back: what is to be found */
    yj_fill fill;
    const uint8_t *canary;   /* when reading back; NULL: none was written */
    const yj_extent *extent; /* what is written or read, rising, in whole blocks but at the end */
    size_t extents;
    const atomic_bool *stop; /* may be NULL */
    /** About five times a second and at the end, on the caller's thread; may be NULL. Not YJ_OK ends it. */
    yj_status (*tell)(void *self, uint64_t done, yj_error *err);
    void *tell_self;
    yj_ranges *bad;
    uint64_t done;  /* bytes that were moved, also those that failed */
    uint64_t place; /* all before it is done */
    uint8_t found;  /* AFTER_UNIFORM: the byte, by the first block */
    bool has_found;
} yj_pass;

/** YJ_OK if all was tried, whatever is in `bad`. YJ_E_BUSY when stopped, YJ_E_IO if it makes no sense to go
 * on (no such device, no room): `bad` then holds the rest. YJ_E_NOMEM. */
yj_status yj_pass_write(yj_pass *p, yj_error *err) yj_nodiscard;
yj_status yj_pass_read(yj_pass *p, yj_error *err) yj_nodiscard;

#endif
