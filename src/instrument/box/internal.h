// SPDX-License-Identifier: Apache-2.0
/**
 * Between the files of the folder. What the process writes are frames: type, one more byte, two that are
 * zero, the length of what follows (32 bits, low byte first), and that.
 *
 *   FORMAT  yj_box_format                        at most once, before any item
 *   BEGIN   yj_box_kind     name                 an item
 *   DATA    0               bytes, at least 1    of it
 *   END     yj_box_fault                         of it
 *   LISTED  yj_box_fault    name                 an item that is not read
 *   DONE    yj_box_fault                         the answer's end
 */
#ifndef YJ_INSTRUMENT_BOX_INTERNAL_H
#define YJ_INSTRUMENT_BOX_INTERNAL_H

#include "instrument/box/box.h"

#define YJ_BOX_COMMAND "sandboxed-box"
#define YJ_BOX_HEAD_BYTES 8
#define YJ_BOX_DATA_MAX ((size_t)64 << 10)

enum {
    YJ_BOX_FORMAT = 'F',
    YJ_BOX_BEGIN = 'B',
    YJ_BOX_DATA = 'D',
    YJ_BOX_END = 'E',
    YJ_BOX_LISTED = 'L',
    YJ_BOX_DONE = 'Z'
};

/* What a parser says goes through these; out.c gathers it into frames. In the process alone; NULL-safe for
 * fuzzing: yj_box_out_to(). */
typedef void yj_box_write_fn(yj_span bytes);
void yj_box_out_to(yj_box_write_fn *write);
void yj_box_say_format(yj_box_format f);
void yj_box_say_begin(yj_box_kind kind, yj_span name);
void yj_box_say_data(yj_span bytes);
void yj_box_say_char(char c);
void yj_box_say_end(yj_box_fault f);
void yj_box_say_listed(yj_box_fault f, yj_span name);
void yj_box_say_done(yj_box_fault f);

/** archive.c; what it is of Office, office.c reads. @param fd at any offset */
yj_box_fault yj_box_read_archive(int fd);
/** Every entry as it is. @param passphrase with a NUL; "": none */
yj_box_fault yj_box_read_files(int fd, const char *passphrase);
yj_box_fault yj_box_read_sqlite(int fd);

/* --- archive.c and office.c ------------------------------------------------------------------------------
 */
struct archive;
/** One entry, whose bytes follow. False ends the round. @param name as in the archive, with a NUL */
typedef bool yj_box_entry_fn(void *with, struct archive *a, yj_span name);
/** Go through the entries of a ZIP that are files and not encrypted, from its beginning. */
yj_box_fault yj_box_zip_each(int fd, yj_box_entry_fn *entry, void *with);
/** What an error of the library means. */
yj_box_fault yj_box_archive_fault(struct archive *a);
/** Say an entry as an item. */
void yj_box_say_entry(struct archive *a, yj_box_kind kind, yj_span name);
/** What of Office is it? By the names of its parts. */
yj_box_format yj_box_office_part(const char *name);
/** Say the parts of a document that hold its text, sheets as cells.
 *  @return true if `name` was such a part and was said; else it is an ordinary entry */
typedef struct yj_box_office yj_box_office;
yj_box_office *yj_box_office_new(yj_box_format f, int fd, yj_box_fault *ret_fault); /* NULL: out of memory */
void yj_box_office_free(yj_box_office *o);
bool yj_box_office_say(yj_box_office *o, struct archive *a, yj_span name);

#endif
