// SPDX-License-Identifier: Apache-2.0
/**
 * Opening what others made: archives, Office documents, databases, PDF, in a process that can do nothing else
 * (base/sandbox.h). Nothing that comes out of it is believed: names and bytes are foreign, framing and sizes
 * are checked here, and limits are held on this side.
 *
 *   box    one for each thread, and one for each level of containers in containers. Its process is started
 * when it is first needed, serves many files, and is replaced after it died or has worked for a while. item
 * something inside: a file of an archive, the text of a document, a sheet, a table.
 *
 * What may go wrong costs the one file that was opened, and is told as a yj_box_fault. (A process that was
 * taken over and does not die may lie about the files after it, until it is replaced.) One level is opened:
 * what of an item is a container itself, the caller opens in another box.
 */
#ifndef YJ_INSTRUMENT_BOX_BOX_H
#define YJ_INSTRUMENT_BOX_BOX_H

#include "base/span.h"

#define YJ_BOX_FAULT_LIST(X)                                                                                 \
    X(NONE)                                                                                                  \
    X(DAMAGED) /* cut off, or not what it says */                                                            \
    X(ENCRYPTED)                                                                                             \
    X(UNSUPPORTED) /* a method of packing, or a kind of table, that is not known here */                     \
    X(LINK)        /* an item that only points to another */                                                 \
    X(SPECIAL)     /* a device, a pipe */                                                                    \
    X(BINARY)      /* of a table: cells that are no text were left out */                                    \
    X(PICTURES)    /* pages without text */                                                                  \
    X(TOO_MANY)    /* items */                                                                               \
    X(TOO_LARGE)                                                                                             \
    X(BOMB) /* unpacks to a multiple of its size that no honest file does */                                 \
    X(TIME)                                                                                                  \
    X(MEMORY)                                                                                                \
    X(CRASHED)                                                                                               \
    X(FORBIDDEN)  /* it tried what no parser does, and was stopped */                                        \
    X(NO_PROGRAM) /* pdftotext is not there */                                                               \
    X(NO_BOX)     /* the system cannot shut a process in: nothing was looked at */

typedef enum yj_box_fault {
#define X(id) YJ_BOX_##id,
    YJ_BOX_FAULT_LIST(X)
#undef X
        YJ_BOX_FAULT_COUNT_
} yj_box_fault;

typedef enum yj_box_parser {
    YJ_BOX_ARCHIVE, /* zip with Office documents in it, tar, 7z; what gzip, bzip2, xz, zstd packed */
    YJ_BOX_SQLITE,
    YJ_BOX_PDF,   /* by the program pdftotext */
    YJ_BOX_FILES, /* an archive as YJ_BOX_ARCHIVE has it, but documents in it are files like all others; with
                     a passphrase, if one is given, also of encrypted zip (traditional and AES) */
    YJ_BOX_PARSER_COUNT_
} yj_box_parser;

typedef enum yj_box_kind {
    YJ_BOX_BYTES, /* a file as it was put in */
    YJ_BOX_PART,  /* the same, of a document's own make-up: of interest only if something is found in it */
    YJ_BOX_TEXT,  /* UTF-8 that was taken out of a document */
    YJ_BOX_PAGES, /* the same, a form feed at the end of each page */
    YJ_BOX_SHEET, /* cells: a tab before each, a line feed behind each row; row 1 is the sheet's first */
    YJ_BOX_TABLE, /* the same; the first line names the columns, row 1 follows */
    YJ_BOX_KIND_COUNT_
} yj_box_kind;

typedef enum yj_box_format {
    YJ_BOX_SAME, /* what the caller took it for */
    YJ_BOX_DOCX,
    YJ_BOX_XLSX,
    YJ_BOX_PPTX,
    YJ_BOX_ODF,
    YJ_BOX_FORMAT_COUNT_
} yj_box_format;

#define YJ_BOX_NAME_MAX 4096 /* bytes; a longer name is cut */
#define YJ_BOX_DEPTH_MAX 8   /* containers in containers */
#define YJ_BOX_PASSPHRASE_MAX 250
#define YJ_BOX_PDF_TEXT_MAX ((size_t)64 << 20)

/** For one file from outside with all that is in it. */
typedef struct yj_box_limits {
    uint64_t items, bytes;
    uint64_t ratio, ratio_from; /* bytes for each of the file's own, once it is more than ratio_from */
    uint64_t inner_bytes;       /* of a container in a container, which is held in memory */
    uint64_t memory_bytes;      /* of the process */
    int64_t wait_ms;            /* for the process, in all, at each opening; its processor time, too */
    const char *pdftotext;      /* absolute path; NULL: where it usually is; "": there is none */
} yj_box_limits;
extern const yj_box_limits yj_box_usual;

/** What was used up of them; one for each file from outside. */
typedef struct yj_box_used {
    uint64_t items, bytes, packed; /* packed: the file's own size, set by the caller */
} yj_box_used;

typedef struct yj_box_item {
    const char *name; /* foreign bytes with a NUL; valid until the next call */
    size_t name_len;
    yj_box_kind kind;
    yj_box_fault left_out; /* not NONE: only listed, there is nothing to read */
} yj_box_item;

typedef struct yj_box yj_box;
/** @param limits lives longer than the box */
yj_box *yj_box_new(const yj_box_limits *limits); /* NULL when out of memory */
void yj_box_free(yj_box *b);
YJ_DEFINE_CLEANUP(yj_box, yj_box_free)

/** Begin with a file. Its offset is changed. @param fd stays the caller's, and open until the end */
void yj_box_open(yj_box *b, yj_box_parser parser, int fd, yj_box_used *used);
/** Likewise with YJ_BOX_FILES. @param passphrase without NUL, at most YJ_BOX_PASSPHRASE_MAX bytes; goes to
 * the process over its socket, never into arguments */
void yj_box_open_files(yj_box *b, int fd, yj_span passphrase, yj_box_used *used);
/** The next item, what is left of the one before being passed over. False: there is none, see yj_box_close()
 */
bool yj_box_next(yj_box *b, yj_box_item *ret);
/** Some of its bytes; 0: no more */
size_t yj_box_read(yj_box *b, char *to, size_t room);
/** What was wrong with the item just read. */
yj_box_fault yj_box_item_fault(const yj_box *b);
/** The end of the file, at any time. @param ret_format what it is, if that was found */
yj_box_fault yj_box_close(yj_box *b, yj_box_format *ret_format);

/** How the processes are shut in here, for reports. */
int yj_box_landlock(void); /* ABI of the kernel's Landlock; 0: there is none */

/** main() calls this first: the hidden command that the process is. False if the arguments ask for something
 *  else; else does not return. @param hook NULL; in tests, called with each file within the walls */
bool yj_box_child(int argc, char **argv, void (*hook)(int fd));

#endif
