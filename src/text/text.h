// SPDX-License-Identifier: Apache-2.0
/**
 * The text of an uploaded document, as numbered passages.
 *
 *   file --> sandboxed process --> UTF-8 lines --> passages
 *
 * What a document is follows from its bytes, never from its name:
 *   pdf    "%PDF-" among the first 1024 bytes. Read by the program pdftotext (poppler-utils), run, not
 * linked. docx   a ZIP with a Word main part (ECMA-376, transitional or strict). Paragraphs, headings and
 * text boxes one passage each, a table's row one passage with " | " between its cells. Numbers that Word
 * makes itself stand before their paragraphs. Behind the text come notes, headers and footers, each marked in
 * brackets, a header that is said twice once. Deleted text and comments are not taken. text   UTF-8, UTF-16
 * with a byte order mark or of evident byte order, else GB18030.
 *
 * The process (base/sandbox.h) has its time, its memory, and no way out; when it dies, that costs one answer.
 */
#ifndef YJ_TEXT_TEXT_H
#define YJ_TEXT_TEXT_H

#include "base/arena.h"
#include "base/sandbox.h"

#define YJ_TEXT_FILE_BYTES_MAX ((uint64_t)50 << 20)
#define YJ_TEXT_PAGES_MAX 2000
#define YJ_TEXT_CHARACTERS_MAX ((size_t)4000000)
#define YJ_TEXT_PASSAGES_MAX ((size_t)200000)
#define YJ_TEXT_PASSAGE_CHARACTERS_MAX                                                                       \
    ((size_t)4000) /* a longer paragraph is cut, after a sentence if it can be */
#define YJ_TEXT_TIME_MS INT64_C(60000)
#define YJ_TEXT_MEMORY_BYTES ((uint64_t)1 << 30)
#define YJ_TEXT_UTF8_BYTES_MAX (4 * YJ_TEXT_CHARACTERS_MAX + ((size_t)1 << 20)) /* from the process */
#define YJ_TEXT_ARENA_BYTES (YJ_TEXT_UTF8_BYTES_MAX + ((size_t)24 << 20)) /* what a result takes at most */
#define YJ_TEXT_ZIP_ENTRIES_MAX 10000
#define YJ_TEXT_XML_BYTES_MAX ((uint64_t)256 << 20) /* of the main part, unpacked */
#define YJ_TEXT_XML_DEPTH_MAX 200
#define YJ_TEXT_SCAN_CHARACTERS 6 /* a PDF with fewer a page on average is a scan */
#define YJ_TEXT_EDITION 2         /* raised when the same bytes come to give other passages */

typedef enum yj_text_format {
    YJ_TEXT_PDF,
    YJ_TEXT_DOCX,
    YJ_TEXT_PLAIN,
    YJ_TEXT_FORMAT_COUNT_
} yj_text_format;
const char *yj_text_format_name(yj_text_format f); /* "pdf", "docx", "text" */

typedef struct yj_passage {
    int64_t page; /* from 1; 0 where the format has none */
    yj_span text; /* valid UTF-8, one line without control characters, not empty */
} yj_passage;

typedef struct yj_reading {
    yj_text_format format;
    int64_t pages;        /* -1 where the format has none */
    bool scan;            /* pages, but (nearly) no text on them */
    bool truncated;       /* over a limit: what follows is missing */
    size_t characters;    /* Unicode code points of all passages */
    yj_passage *passages; /* passage i is paragraph i + 1 of the document */
    size_t count;
} yj_reading;

/** What may be changed for tests. NULL or zero: as above. */
typedef struct yj_text_tools {
    const char *pdftotext; /* absolute path; "" : there is none */
    int64_t time_ms;
    uint64_t memory_bytes;
} yj_text_tools;

/**
 * @param fd     of the file, opened for this call alone, at offset 0; stays the caller's
 * @param size   of the file
 * @param arena  all of the result; has room for YJ_TEXT_ARENA_BYTES
 * @return YJ_E_LIMIT   the file is too large, or takes too much time or memory
 *         YJ_E_UNREADABLE  no text can be had of it: neither of the formats, broken, encrypted; or its reader
 *                          crashed or was stopped doing what no reader does
 *         YJ_E_MISSING     pdftotext is not installed
 *         YJ_E_IO, YJ_E_NOMEM
 */
yj_status yj_text_extract(int fd, uint64_t size, const yj_text_tools *tools, yj_arena *arena, yj_reading *ret,
                          yj_error *err) yj_nodiscard;

/** main() calls this first: the hidden command that a sandboxed process is. False if the arguments ask for
 *  something else; else does not return. */
bool yj_text_child(int argc, char **argv);

/* --- the steps, for tests and fuzzing ----------------------------------------------------------------------
 */

/** What a process found wrong with a file. */
typedef enum yj_text_fault {
    YJ_TEXT_FINE,
    YJ_TEXT_NO_MEMORY,
    YJ_TEXT_BINARY,     /* no text, and no format known here */
    YJ_TEXT_OLD,        /* of an older Office: DOC, XLS, PPT, RTF */
    YJ_TEXT_ENCRYPTED,  /* needs a password */
    YJ_TEXT_BROKEN_ZIP, /* cut off, or damaged */
    YJ_TEXT_NO_WORD,    /* a ZIP, but no Word document */
    YJ_TEXT_BROKEN_XML,
    YJ_TEXT_BOMB, /* unpacks to more than a document can be */
    YJ_TEXT_FAULT_COUNT_
} yj_text_fault;

/** Decode a text file. @param out UTF-8; its maximum: at least YJ_TEXT_UTF8_BYTES_MAX
 *  @param ret_truncated over YJ_TEXT_CHARACTERS_MAX; what fits is there */
yj_text_fault yj_text_decode(yj_span bytes, yj_buf *out, bool *ret_truncated) yj_nodiscard;
/** Load what decoding needs of the system before files are shut away. */
void yj_text_decode_ready(void);
/** Is it a ZIP? */
bool yj_docx_is(yj_span bytes);
/** Read a Word document: one line for each paragraph. As yj_text_decode(). */
yj_text_fault yj_docx_read(yj_span bytes, yj_buf *out, bool *ret_truncated) yj_nodiscard;

/**
 * Lines to passages. Bytes that are no UTF-8 become U+FFFD, control characters vanish, blanks are drawn
 * together. Lines of a PDF, and of a text whose lines are broken at a width, are joined to paragraphs.
 *
 * @param text       what the process wrote; for a PDF each page ends with a form feed
 * @param truncated  it was cut
 * @return YJ_E_NOMEM (the arena is full)
 */
yj_status yj_text_passages(yj_text_format format, yj_span text, bool truncated, yj_arena *arena,
                           yj_reading *ret, yj_error *err) yj_nodiscard;

/** One character of valid UTF-8; moves on. @param s not empty */
uint32_t yj_text_next(yj_span *s);
/** A Chinese character, without punctuation. */
bool yj_text_is_han(uint32_t c);

#endif
