// SPDX-License-Identifier: Apache-2.0
/** One file: read once, hashed, told what it is, and looked through in windows. */
#ifndef YJ_INSTRUMENT_SCAN_FILE_H
#define YJ_INSTRUMENT_SCAN_FILE_H

#include "instrument/scan/scan.h"
#include <stdatomic.h>

/** What a thread needs for it, reused from file to file. */
typedef struct yj_scan_reader yj_scan_reader;
yj_scan_reader *yj_scan_reader_new(void); /* NULL when out of memory */
void yj_scan_reader_free(yj_scan_reader *r);
/** Own rules and the key of fingerprints of what is wished; borrowed. */
void yj_scan_reader_wish(yj_scan_reader *r, const yj_scan_wish *wish);
/** Once it is set, nothing more is read: the file that it is at becomes unreadable. Borrowed. */
void yj_scan_reader_stop(yj_scan_reader *r, const atomic_bool *stop);
YJ_DEFINE_CLEANUP(yj_scan_reader, yj_scan_reader_free)

/** Open containers, and tell what is in them by `inside`, from the thread that reads; the file that it gets
 * is its for the call. Without this they stay closed. @param limits lives longer than the reader */
typedef void yj_scan_inside_fn(void *with, const yj_scan_file *f);
void yj_scan_reader_open(yj_scan_reader *r, const yj_box_limits *limits, yj_scan_inside_fn *inside,
                         void *with);

/** Fills all of *f but its path; f->place points to `places`, which has room for YJ_SCAN_PLACES_MAX.
 *  @param fd a regular file, at its beginning; stays open, at any offset
 *  @param bytes counts what is read of fd */
void yj_scan_read_file(yj_scan_reader *r, int fd, uint64_t size, bool show, yj_scan_found *places,
                       yj_scan_file *f, _Atomic uint64_t *bytes);

struct yj_scan_own;
/** `masked` of a place. */
void yj_scan_mask(yj_scan_class what, yj_span value, char to[static YJ_SCAN_MASKED_MAX]);
/** `print` of a place, whose class is set. @param own names of its own rules; NULL: none */
void yj_scan_take_print(const struct yj_scan_own *own, yj_span key, yj_span value, yj_scan_found *p);

/** Grade and its class by the counts. @param own NULL: none */
void yj_scan_propose_grade(yj_scan_file *f, const struct yj_scan_own *own);

/* format.c */
typedef struct yj_scan_format {
    const char *name;
    yj_scan_reason closed; /* why it is not looked into; NONE for text */
    bool opens;            /* a container that `parser` opens */
    yj_box_parser parser;
} yj_scan_format;
/** By the first bytes. @param encoding BINARY: no text */
yj_scan_format yj_scan_format_of(yj_span beginning, yj_scan_encoding encoding);

/* inside.c */
/** A foreign name or text as printable UTF-8: GB18030 is decoded, what is neither as \\xNN. */
void yj_scan_printable(yj_span path, yj_buf *out);
void yj_scan_printable_name(yj_span name, yj_buf *out);

#endif
