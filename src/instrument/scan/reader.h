// SPDX-License-Identifier: Apache-2.0
/** What a thread reads with: file.c looks at one file's bytes, inside.c opens containers. Between these two.
 */
#ifndef YJ_INSTRUMENT_SCAN_READER_H
#define YJ_INSTRUMENT_SCAN_READER_H

#include "instrument/scan/file.h"

#define YJ_SCAN_WINDOW_BYTES ((size_t)1 << 20)
#define YJ_SCAN_BATCH ((size_t)16 << 10)

struct yj_scan_reader {
    yj_hasher *hasher;
    yj_scan_decoded decoded;
    char *bytes; /* YJ_SCAN_WINDOW_BYTES */
    yj_scan_hit batch[YJ_SCAN_BATCH];
    size_t batch_count;
    yj_scan_table table;
    struct yj_scan_own *own; /* NULL: none */
    yj_span print_key;       /* empty: none */
    bool show;
    const atomic_bool *stop; /* NULL: nobody ends it */
    _Atomic uint64_t *count_bytes;

    /* of the file */
    yj_scan_file *file;
    yj_scan_found *places;
    uint64_t base; /* of bytes[0] in the file */
    uint64_t last_at[YJ_SCAN_KINDS_MAX];
    bool any[YJ_SCAN_KINDS_MAX];
    /* of cells and pages: where counting is */
    uint64_t counted;
    uint32_t row, column; /* ends of rows and cells before it */
    bool named;           /* the first line names the columns */
    yj_buf names;         /* that line */

    /* of containers; NULL: they stay closed */
    yj_scan_inside_fn *inside;
    void *inside_with;
    const yj_box_limits *limits;
    yj_box *box[YJ_BOX_DEPTH_MAX]; /* by depth; made when needed */
    yj_box_used used;
    yj_scan_found inner[YJ_SCAN_PLACES_MAX];
};

typedef struct yj_scan_source {
    int fd;      /* read, if there is no box */
    yj_box *box; /* the item that it is at */
    int spool;   /* a container's bytes, in memory; -1: none */
    uint64_t spooled;
    bool too_large; /* to be kept */
} yj_scan_source;

/** Is nothing more to be read? */
bool yj_scan_stopped(const yj_scan_reader *r);
/** All of *f but its path. @param named the first line is that of a table's columns */
yj_scan_format yj_scan_read_source(yj_scan_reader *r, yj_scan_source *s, yj_scan_unit unit, bool named,
                                   yj_scan_found *places, yj_scan_file *f);

/* inside.c */
bool yj_scan_spool_begin(yj_scan_source *s);
bool yj_scan_spool_add(const yj_scan_reader *r, yj_scan_source *s, yj_span bytes);
/** Look into a container that was read and hashed: state, reason, grade of *f, and what is inside. */
void yj_scan_open(yj_scan_reader *r, const yj_scan_format *format, int fd, yj_scan_file *f);

#endif
