// SPDX-License-Identifier: Apache-2.0
/** Between the files of the folder. */
#ifndef YJ_INSTRUMENT_SCAN_INTERNAL_H
#define YJ_INSTRUMENT_SCAN_INTERNAL_H

#include "instrument/scan/context.h"

/* The line of a table that was asked for last. */
typedef struct yj_scan_row {
    size_t begin, end; /* begin SIZE_MAX: none yet */
    size_t cells;
    size_t counted, column; /* the column in which `counted` stands */
    bool quoted;
} yj_scan_row;

typedef struct yj_scan_look {
    yj_span text;
    size_t from, to; /* hits begin there */
    const yj_scan_table *table;
    yj_scan_hit_fn *hit;
    void *with;
    uint32_t wanted; /* classes */
    yj_scan_row *row;
} yj_scan_look;

static inline bool yj_scan_wants(const yj_scan_look *l, yj_scan_class c)
{
    return l->wanted >> c & 1;
}

/** Report, if it is wanted and begins where hits may begin. */
void yj_scan_emit(const yj_scan_look *l, yj_scan_class what, size_t at, size_t len);
/** Where the word that contains or begins at `at` ends. */
static inline size_t yj_scan_word_end(yj_span text, size_t at)
{
    while (at < text.len && yj_scan_is_word(text.ptr[at]))
        at++;
    return at;
}
/** yj_scan_context, quicker where one line is asked for often. */
yj_scan_said yj_scan_context_of(const yj_scan_look *l, size_t at);
/** For those to whom only a label counts that is close: of another one it may say nothing. */
yj_scan_said yj_scan_close_context_of(const yj_scan_look *l, size_t at);

/* detect.c; each looks at one place only */
void yj_scan_word(const yj_scan_look *l, size_t at, size_t end);
/** A word that ends at `end` may announce a name or an address. */
void yj_scan_english_label(const yj_scan_look *l, size_t end);
/** A Chinese label may end at `end`. */
void yj_scan_han_label(const yj_scan_look *l, size_t end);
/** '@' stands at `at`. */
void yj_scan_mail(const yj_scan_look *l, size_t at);
/** Cells below headings that announce what is no word. */
void yj_scan_rows(const yj_scan_look *l);

/* secret.c */
/** A word of the text: access keys, signed tokens. True if it was one. */
bool yj_scan_secret_word(const yj_scan_look *l, size_t at, size_t end);
/** A word behind which something is assigned: passwords. */
void yj_scan_assigned(const yj_scan_look *l, size_t at, size_t end);
/** What begins with fixed text of which the sieve found three bytes at `at`: keys in PEM, robots' hooks. */
void yj_scan_fixed(const yj_scan_look *l, size_t at);
/** "://" stands from `at` to `end`: an address with a password? */
void yj_scan_url(const yj_scan_look *l, size_t at, size_t end);
/** A value behind a Chinese label, or a whole cell: is it a password? */
void yj_scan_password_after(const yj_scan_look *l, size_t end);
void yj_scan_password_cell(const yj_scan_look *l, size_t at, size_t len);

#endif
