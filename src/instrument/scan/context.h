// SPDX-License-Identifier: Apache-2.0
/**
 * What words say about the value that stands behind them or in their column. Tables are in words_zh.c.
 */
#ifndef YJ_INSTRUMENT_SCAN_CONTEXT_H
#define YJ_INSTRUMENT_SCAN_CONTEXT_H

#include "instrument/scan/detect.h"

/* What a label announces; more than one bit where it may be either. */
enum {
    YJ_SAYS_ID = 1 << 0,
    YJ_SAYS_MOBILE = 1 << 1,
    YJ_SAYS_LANDLINE = 1 << 2,
    YJ_SAYS_CARD = 1 << 3,
    YJ_SAYS_ACCOUNT = 1 << 4,
    YJ_SAYS_SECURITIES = 1 << 5,
    YJ_SAYS_NAME = 1 << 6,
    YJ_SAYS_ADDRESS = 1 << 7,
    YJ_SAYS_TRAVEL = 1 << 8,
    YJ_SAYS_CREDIT_CODE = 1 << 9,
    YJ_SAYS_PASSWORD = 1 << 10,
    YJ_SAYS_SECRET_KEY = 1 << 11, /* the secret half of a cloud's access key */
    YJ_SAYS_OTHER = 1 << 15,      /* a serial number, a time, a digest: no identifier of a person */
};

typedef struct yj_scan_label {
    const char *text; /* lower case */
    uint32_t says;
} yj_scan_label;
extern const yj_scan_label yj_scan_labels[];
extern const size_t yj_scan_label_count;

/** Surnames of one and of two characters, words of addresses, provinces as on number plates; NULL ends. */
extern const char *const yj_scan_surnames[];
extern const char *const yj_scan_address_words[];
extern const char *const yj_scan_plate_provinces[];
extern const char *const yj_scan_plate_ends[];
/** What may stand between a label and its value. */
extern const char *const yj_scan_between[];
extern const char *const yj_scan_after_name[];

typedef struct yj_scan_said {
    uint32_t says; /* 0: nothing is said */
    bool close;    /* little more than punctuation between label and value */
} yj_scan_said;

/** Of the value that begins at `at`: that of its column, else the nearest label
 * before it on its line. */
yj_scan_said yj_scan_context(yj_span text, size_t at, const yj_scan_table *table);
/** The label that ends at `end` (the longest one). 0: none. */
uint32_t yj_scan_label_before(yj_span text, size_t end);
/** Does a text of `list` stand here? Its length, of the longest one; 0 if none does. */
size_t yj_scan_one_of(yj_span text, size_t at, const char *const *list);
/** Length of a Chinese character (U+4E00 to U+9FFF, 3 bytes) at `at`, else 0. */
size_t yj_scan_han(yj_span text, size_t at);
/** What may begin with the Chinese character at `at`: bits, 0 if it is none. */
enum { YJ_SCAN_BEGINS_LABEL = 1, YJ_SCAN_BEGINS_SURNAME = 2, YJ_SCAN_BEGINS_ADDRESS_WORD = 4 };
unsigned yj_scan_begins(yj_span text, size_t at);
extern const bool yj_scan_word_bytes[256];
/** ASCII [0-9A-Za-z_] */
static inline bool yj_scan_is_word(char c)
{
    return yj_scan_word_bytes[(unsigned char)c];
}

#endif
