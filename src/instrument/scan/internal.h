// SPDX-License-Identifier: Apache-2.0
/** Between the files of the folder. */
#ifndef YJ_INSTRUMENT_SCAN_INTERNAL_H
#define YJ_INSTRUMENT_SCAN_INTERNAL_H

#include "instrument/scan/context.h"

typedef struct yj_scan_look {
    yj_span text;
    size_t from, to; /* hits begin there */
    const yj_scan_table *table;
    yj_scan_hit_fn *hit;
    void *with;
} yj_scan_look;

/** Report, if it begins where hits may begin. */
void yj_scan_emit(const yj_scan_look *l, yj_scan_class what, size_t at, size_t len);
/** Where the word that contains or begins at `at` ends. */
size_t yj_scan_word_end(yj_span text, size_t at);

/* secret.c */
/** A word of the text: access keys, signed tokens. True if it was one. */
bool yj_scan_secret_word(const yj_scan_look *l, size_t at, size_t end);
/** A word behind which something is assigned: passwords. */
void yj_scan_assigned(const yj_scan_look *l, size_t at, size_t end);
/** What begins with fixed text: keys in PEM, robots' hooks, addresses with passwords. */
void yj_scan_fixed(const yj_scan_look *l);
/** A value behind a Chinese label, or a whole cell: is it a password? */
void yj_scan_password_after(const yj_scan_look *l, size_t end);
void yj_scan_password_cell(const yj_scan_look *l, size_t at, size_t len);

#endif
