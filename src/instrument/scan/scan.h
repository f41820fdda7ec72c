// SPDX-License-Identifier: Apache-2.0
/**
 * The instrument "scan": goes through trees of files, tells for each what it is and what of identifiers and
 * secrets stands in it, and where. Values never leave here, other than masked and on request. Nothing is
 * written, nothing is sent, no link is followed. What was not looked into is reported as such, with the
 * reason: a file is never silently clean.
 *
 * Memory does not depend on the size of files; it does on the number of names in one folder.
 */
#ifndef YJ_INSTRUMENT_SCAN_SCAN_H
#define YJ_INSTRUMENT_SCAN_SCAN_H

#include "base/hash.h"
#include "instrument/box/box.h"
#include "instrument/scan/decode.h"
#include "instrument/scan/detect.h"
#include <sys/stat.h>

#define YJ_SCAN_PLACES_MAX 100 /* places of a file that are kept; counts go on */
#define YJ_SCAN_MASKED_MAX 48
#define YJ_SCAN_DEPTH_MAX 128 /* folders in folders */
#define YJ_SCAN_THREADS 2

#define YJ_SCAN_STATE_LIST(X)                                                                                \
    X(LOOKED_INTO, "looked_into")                                                                            \
    X(IN_PART, "in_part")                 /* some of it is no text, or it changed meanwhile */               \
    X(NOT_LOOKED_INTO, "not_looked_into") /* read and hashed, but its contents stay closed to us */          \
    X(SKIPPED, "skipped")                 /* not opened */                                                   \
    X(UNREADABLE, "unreadable")

#define YJ_SCAN_REASON_LIST(X)                                                                               \
    X(NONE, "")                                                                                              \
    X(PART_NO_TEXT, "part_no_text")                                                                          \
    X(CHANGED, "changed") /* while it was read */                                                            \
    X(BINARY, "binary")                                                                                      \
    X(ARCHIVE, "archive")                                                                                    \
    X(DOCUMENT, "document")                                                                                  \
    X(DATABASE, "database")                                                                                  \
    X(MEDIA, "media") /* pictures, sound, film */                                                            \
    X(PROGRAM, "program")                                                                                    \
    X(ENCRYPTED, "encrypted")                                                                                \
    X(LINK, "link")                                                                                          \
    X(SPECIAL, "special") /* device, socket, pipe */                                                         \
    X(LOOP, "loop")       /* a folder that is its own parent */                                              \
    X(DEPTH, "depth")                                                                                        \
    X(SYSTEM, "system") /* the system refused; sys_errno */                                                  \
    /* of containers and what is in them */                                                                  \
    X(DAMAGED, "damaged")                                                                                    \
    X(UNSUPPORTED, "unsupported") /* a way of packing, a kind of table */                                    \
    X(NESTING, "nesting")         /* containers too deep in each other */                                    \
    X(TOO_MANY, "too_many")                                                                                  \
    X(TOO_LARGE, "too_large")                                                                                \
    X(BOMB, "bomb")                                                                                          \
    X(PICTURES, "pictures") /* pages without text */                                                         \
    X(TIME, "time")                                                                                          \
    X(MEMORY, "memory")                                                                                      \
    X(CRASHED, "crashed")       /* its parser */                                                             \
    X(FORBIDDEN, "forbidden")   /* its parser tried what no parser does */                                   \
    X(NO_PROGRAM, "no_program") /* pdftotext is not there */                                                 \
    X(NO_BOX, "no_box")         /* the system cannot shut a parser in */                                     \
    /* of columns of a database */                                                                           \
    X(SAMPLED, "sampled") /* not every row was read */                                                       \
    X(ENGINE, "engine")   /* the database refused, or failed; `words` */

/* Rules of one's own are classes behind the built-in ones. */
#define YJ_SCAN_OWN_MAX 32
#define YJ_SCAN_KINDS_MAX ((size_t)YJ_SCAN_CLASS_COUNT_ + YJ_SCAN_OWN_MAX)

typedef enum yj_scan_state {
#define X(id, name) YJ_SCAN_STATE_##id,
    YJ_SCAN_STATE_LIST(X)
#undef X
        YJ_SCAN_STATE_COUNT_
} yj_scan_state;

typedef enum yj_scan_reason {
#define X(id, name) YJ_SCAN_BECAUSE_##id,
    YJ_SCAN_REASON_LIST(X)
#undef X
        YJ_SCAN_REASON_COUNT_
} yj_scan_reason;

const char *yj_scan_state_name(yj_scan_state s);
const char *yj_scan_reason_name(yj_scan_reason r);

typedef struct yj_scan_found {
    yj_scan_class what;
    uint64_t at; /* in the file's own bytes */
    uint32_t len;
    uint32_t row;    /* of sheets and tables, and the page of pages; from 1. 0: none */
    char column[64]; /* "C" of a sheet, its name of a table (cut if it is long); "" for none */
    char masked[YJ_SCAN_MASKED_MAX]; /* "" unless asked for; UTF-8 */
    bool has_print;
    yj_digest print; /* keyed fingerprint of the value, if asked for */
} yj_scan_found;

/* What the places of a file count in. */
#define YJ_SCAN_UNIT_LIST(X)                                                                                 \
    X(BYTES, "bytes") /* of the file itself */                                                               \
    X(TEXT, "text")   /* bytes of the text that was taken out of it, in UTF-8 */                             \
    X(PAGES, "pages") /* the same; `row` is the page */                                                      \
    X(CELLS, "cells") /* the same; `row` and `column` say which */

typedef enum yj_scan_unit {
#define X(id, name) YJ_SCAN_UNIT_##id,
    YJ_SCAN_UNIT_LIST(X)
#undef X
        YJ_SCAN_UNIT_COUNT_
} yj_scan_unit;
const char *yj_scan_unit_name(yj_scan_unit u);

/* Of a column of a live database (tables.h). */
#define YJ_SCAN_WAY_LIST(X)                                                                                  \
    X(ALL, "all")                                                                                            \
    X(DRAWN, "rows")  /* each row drawn by the seed */                                                       \
    X(PAGES, "pages") /* the engine's pages drawn by the seed, with all rows of each */

typedef enum yj_scan_way {
#define X(id, name) YJ_SCAN_ROWS_##id,
    YJ_SCAN_WAY_LIST(X)
#undef X
        YJ_SCAN_ROWS_COUNT_
} yj_scan_way;
const char *yj_scan_way_name(yj_scan_way w);

typedef struct yj_scan_counted {
    const char *database; /* printable, as the path begins */
    const char *type;     /* as the engine calls it */
    bool label;           /* its name says what it holds */
    yj_scan_way way;
    uint64_t rows_read, values; /* values: that are not NULL */
    uint64_t bytes;             /* of the text of those */
    int64_t there;              /* rows of the table */
    bool counted;               /* else `there` is the engine's guess */
} yj_scan_counted;

/**
 * What stands in a container is a file of its own, with the path "CONTAINER!/NAME". It is told before its
 * container, whose own counts stay 0 and whose grade is the highest of what is in it.
 */
typedef struct yj_scan_file {
    const char *path; /* bytes that are no printable UTF-8 as \xNN, a backslash as \\ */
    const char *raw;  /* the path's own bytes; NULL for what stands in a container */
    size_t root;      /* which of the paths that were named it stands in; meaningless in a container */
    uint64_t size;
    bool has_digest;
    yj_digest sha256;
    const char *format; /* by content: "text", "csv", "zip"; "" if it was not opened */
    yj_scan_encoding encoding;
    yj_scan_state state;
    yj_scan_reason reason;
    int sys_errno;
    uint64_t count[YJ_SCAN_KINDS_MAX], hits; /* hits: of all classes and own rules */
    const yj_scan_found *place;              /* rising; the first YJ_SCAN_PLACES_MAX */
    size_t places;
    yj_scan_unit unit;
    bool encrypted;
    unsigned depth;              /* in so many containers */
    uint64_t inside;             /* files, sheets, tables told of a container */
    int grade;                   /* proposed, 1 to 4; 0: none, which says nothing of how sensitive it is */
    yj_scan_class grade_of;      /* the class that gives it */
    const yj_scan_counted *rows; /* of a column; NULL for all else */
    const char *words;           /* of the engine, where it refused; NULL or "" for none */
    bool remembered;             /* it was not read again: an earlier run said so (memo.h) */
} yj_scan_file;

typedef struct yj_scan_progress {
    uint64_t files, hits;
    uint64_t files_total; /* 0: not known yet, or not counted */
    uint64_t bytes;       /* that were read: of files as they are, not of what is unpacked; of values */
    uint64_t done, total; /* bytes of files, rows of tables; total 0: not known yet. May be guesses. */
} yj_scan_progress;

typedef struct yj_scan_wish {
    bool show;                   /* fill `masked` */
    const yj_box_limits *limits; /* NULL: yj_box_usual */
    struct yj_scan_own *own;     /* own.h; NULL: none */
    struct yj_scan_memo *memo;   /* memo.h; NULL: everything is read */
    /** Key of fingerprints: HMAC-SHA-256 of class, NUL and value (UTF-8; blanks and hyphens of numbers left
     * out), so that the same value can be recognised elsewhere by who has the key, and guessed by nobody
     * else. Empty: none. */
    yj_span print_key;
    /** One file, or what was skipped; in the order of the walk, from the calling thread. A failure ends the
     * run. */
    yj_status (*file)(void *with, const yj_scan_file *f, yj_error *err);
    /** Now and then, from the calling thread; NULL: not wanted. */
    void (*progress)(void *with, const yj_scan_progress *p);
    /** Asked before each name and several times a second, from the calling thread: may it go on? What else
     * than YJ_OK it returns ends the run at once, in the middle of a file as well. NULL: it always may. Not
     * asked by yj_scan_tables_run(). */
    yj_status (*go_on)(void *with, yj_error *err);
    /** A folder of that device and number is not entered, and is unreadable (EACCES). NULL: none. */
    const struct stat *keep_out;
    void *with;
} yj_scan_wish;

/**
 * Files and folders, each in the order of names' bytes. A path that is a link is followed, being named; below
 * it none is.
 * @return YJ_E_NOT_FOUND or YJ_E_IO for a path that cannot be looked at, before anything is read; YJ_E_NOMEM;
 *         what wish->file returns; as the functions of memo.h fail; YJ_E_USAGE if the memo's file lies in
 *         what is scanned
 */
yj_status yj_scan_run(const char *const *paths, size_t count, const yj_scan_wish *wish,
                      yj_error *err) yj_nodiscard;

/** A folder or a regular file that is open, and stays the caller's. */
typedef struct yj_scan_spot {
    int fd;
    const char *label; /* stands for its path, joined to those below by '/'; by nothing if it ends in ':' */
} yj_scan_spot;
/** The same from a descriptor: no link is followed on any way. No memo. As yj_scan_run() fails. */
yj_status yj_scan_run_at(const yj_scan_spot *at, const yj_scan_wish *wish, yj_error *err) yj_nodiscard;

#endif
