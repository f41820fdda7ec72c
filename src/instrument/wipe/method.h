// SPDX-License-Identifier: Apache-2.0
/**
 * How data is made to vanish from a medium, and what that reaches: NIST SP 800-88 Rev. 2 (2025) with its
 * outcomes clear, purge and destroy; techniques by medium after IEEE 2883-2022 and, for evidence, Rev. 1. All
 * of it is tables in method.c, each row with its source. Overwriting flash is never called purge.
 */
#ifndef YJ_INSTRUMENT_WIPE_METHOD_H
#define YJ_INSTRUMENT_WIPE_METHOD_H

#include "base/span.h"

typedef enum yj_medium {
    YJ_MEDIUM_MAGNETIC, /* a disk with a head over every sector it has */
    YJ_MEDIUM_FLASH,    /* SATA, SAS, USB, eMMC: spare blocks that no address reaches */
    YJ_MEDIUM_NVME,
    YJ_MEDIUM_VIRTUAL, /* a loop device, a disk of a virtual machine: what lies below is not known */
    YJ_MEDIUM_FILE,
    YJ_MEDIUM_SPACE, /* what is free in a file system */
    YJ_MEDIUM_OTHER, /* tape, optical, paper: nothing this program writes to */
    YJ_MEDIUM_COUNT_
} yj_medium;

typedef enum yj_outcome {
    YJ_OUTCOME_NONE,
    YJ_OUTCOME_CLEAR,
    YJ_OUTCOME_PURGE,
    YJ_OUTCOME_DESTROY,
    YJ_OUTCOME_COUNT_
} yj_outcome;

/* name, slug, what the medium holds afterwards */
#define YJ_METHOD_LIST(X)                                                                                    \
    X(ZEROS, "zeros", PATTERN)                                                                               \
    X(RANDOM, "random", PATTERN)   /* AES-256 in counter mode over a seed of the run */                      \
    X(PATTERN, "pattern", PATTERN) /* 0x55, then 0xAA */                                                     \
    X(DISCARD, "discard", PATTERN) /* random, read back, and only then given back to the device */           \
    X(SECURE_DISCARD, "secure-discard", UNIFORM)                                                             \
    X(ATA_ERASE, "ata-erase", UNIFORM)                                                                       \
    X(ATA_ENHANCED, "ata-erase-enhanced", ANY)                                                               \
    X(NVME_FORMAT, "nvme-format", UNIFORM)                                                                   \
    X(NVME_BLOCK, "nvme-sanitize-block", UNIFORM)                                                            \
    X(NVME_CRYPTO, "nvme-sanitize-crypto", ANY)                                                              \
    X(LUKS_KEYS, "luks-keys", PATTERN) /* random over header and key slots; the data stays, unreadable */    \
    X(DESTRUCTION, "destruction", ANY) /* by hands and machines; recorded only */

typedef enum yj_wipe_method {
#define X(name, slug, after) YJ_METHOD_##name,
    YJ_METHOD_LIST(X)
#undef X
        YJ_METHOD_COUNT_
} yj_wipe_method;

typedef enum yj_after {
    YJ_AFTER_PATTERN, /* what was written */
    YJ_AFTER_UNIFORM, /* zeros or ones */
    YJ_AFTER_ANY      /* anything but what was there */
} yj_after;

typedef struct yj_wipe_method_row {
    yj_medium medium;
    yj_outcome outcome;
    yj_wipe_method method;
    const char *source;
} yj_wipe_method_row;
extern const yj_wipe_method_row yj_wipe_method_rows[];
extern const size_t yj_wipe_method_row_count;

typedef struct yj_grade_row {
    int grade;   /* of the data, 1 to 4 */
    bool leaves; /* the medium leaves the institution's control */
    yj_outcome outcome;
    bool full; /* read back in full, never by samples */
    const char *source;
} yj_grade_row;

#define YJ_GRADE_MAX 4

const char *yj_medium_name(yj_medium m);   /* "magnetic" */
const char *yj_outcome_name(yj_outcome o); /* "purge" */
const char *yj_wipe_method_name(yj_wipe_method m);
bool yj_wipe_method_by_name(const char *name, yj_wipe_method *ret);
yj_after yj_wipe_method_after(yj_wipe_method m);
/** Is it the device that erases, by a command? */
bool yj_wipe_method_by_device(yj_wipe_method m);
/** What a grade asks for; NULL for an unknown one. */
const yj_grade_row *yj_grade_asks(int grade, bool leaves);
/** What a method reaches on a medium; NULL where it does not apply. */
const yj_wipe_method_row *yj_wipe_method_reaches(yj_medium medium, yj_wipe_method m);
/** The first row of the table that reaches `wanted` with a method of the set `can` (bits by number); NULL if
 * none does. */
const yj_wipe_method_row *yj_wipe_method_choose(yj_medium medium, yj_outcome wanted, unsigned can);

#endif
