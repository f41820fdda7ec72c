// SPDX-License-Identifier: Apache-2.0
/**
 * What a run works on: bytes at places, and a device that may erase by itself. disk.c has it on Linux; tests
 * have one that plays back what devices answered. One thread at a time, but that one may read while no other
 * writes.
 */
#ifndef YJ_INSTRUMENT_WIPE_DISK_H
#define YJ_INSTRUMENT_WIPE_DISK_H

#include "instrument/wipe/method.h"
#include <sys/types.h>

/* What a certificate has to say about a target because the program cannot see or reach it. */
#define YJ_LIMIT_LIST(X)                                                                                     \
    X(SPARES, "spare-blocks")       /* flash: blocks that no address reaches may keep data */                \
    X(BELOW, "below-unknown")       /* a virtual disk: what the host keeps is not seen */                    \
    X(FILE_ONLY, "copies")          /* a file: its journal, snapshots, earlier versions and backups */       \
    X(COW, "copy-on-write")         /* the file system writes elsewhere: the old blocks stay */              \
    X(OVERLAY, "overlay")           /* the file may be a copy of one in a layer below */                     \
    X(SPARSE, "sparse")             /* the file has holes: blocks were allocated while it was overwritten */ \
    X(LINKS, "hard-links")          /* it has other names, and they hold the same bytes */                   \
    X(NO_SERIAL, "no-serial")       /* the device tells none: it is named by number and size */              \
    X(REMNANTS, "metadata")         /* free space: names, slack behind the ends of files, the journal */     \
    X(BACKUPS, "key-copies")        /* keys: copies of the header, and of the key elsewhere */               \
    X(NOT_READ, "read-by-samples")  /* verified by samples only */                                           \
    X(REMAPPED, "remapped-sectors") /* sectors the disk has put aside */

typedef enum yj_wipe_limit {
#define X(name, slug) YJ_LIMIT_##name,
    YJ_LIMIT_LIST(X)
#undef X
        YJ_LIMIT_COUNT_
} yj_wipe_limit;
const char *yj_limit_name(unsigned limit);

/** What it is, as it says itself just now. Two are the same medium only if all of it is equal. */
typedef struct yj_disk_id {
    char serial[128], model[128], vendor[64];
    uint64_t bytes;
    uint64_t dev, ino; /* of the device node's number, or of the file */
    int64_t born_ns;   /* of a file, where its file system knows it; 0 */
    uint32_t block;    /* bytes that are read and written together; a power of two */
    yj_medium medium;
    unsigned can;    /* methods it knows, bits by number */
    unsigned limits; /* bits by number */
} yj_disk_id;
bool yj_disk_same(const yj_disk_id *a, const yj_disk_id *b);

typedef enum yj_disk_state {
    YJ_DISK_NEVER, /* says that it has not erased */
    YJ_DISK_RUNNING,
    YJ_DISK_COMPLETE,
    YJ_DISK_FAILED
} yj_disk_state;

typedef struct yj_disk_status {
    yj_disk_state state;
    unsigned progress; /* of 65536 */
    char raw[160];     /* what the device answered, in hex */
} yj_disk_status;

typedef struct yj_disk_ops {
    /** Ask it anew. YJ_E_IO */
    yj_status (*identify)(void *self, yj_disk_id *ret, yj_error *err);
    /** May it be written over now? YJ_E_CONFLICT: mounted, in use, the server's own, read-only. */
    yj_status (*allowed)(void *self, yj_error *err);
    /** As pread and pwrite: bytes, -1 and errno; 0 is the end. Places and lengths are whole blocks, but at
     * the end of a file. */
    int64_t (*read)(void *self, void *ret, size_t len, uint64_t at);
    int64_t (*write)(void *self, const void *bytes, size_t len, uint64_t at);
    /** What was written is on the medium, and what is read next comes from it. 0, or -1 and errno. */
    int (*sync)(void *self);
    /** Begin to erase; may return at once or at the end. YJ_E_IO, YJ_E_CONFLICT (not allowed as it is) */
    yj_status (*command)(void *self, yj_wipe_method m, yj_error *err);
    yj_status (*status)(void *self, yj_wipe_method m, yj_disk_status *ret, yj_error *err);
    /** Wait a while between two questions. */
    void (*pause)(void *self);
} yj_disk_ops;

typedef struct yj_disk {
    const yj_disk_ops *ops;
    void *self;
} yj_disk;

#endif
