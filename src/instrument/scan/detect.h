// SPDX-License-Identifier: Apache-2.0
/**
 * Finding identifiers and secrets in UTF-8 text. A number counts when its form, its check digits and its
 * region or date fit, or when a word beside it or above its column says what it is. Boundaries are bytes
 * other than ASCII [0-9A-Za-z_], so a number directly beside Chinese is found. The value itself is never
 * kept.
 *
 * Pure: no allocation, no state, any number of threads.
 */
#ifndef YJ_INSTRUMENT_SCAN_DETECT_H
#define YJ_INSTRUMENT_SCAN_DETECT_H

#include "base/span.h"

/* One row per class: name in output, proposed grade (JR/T 0158 reference levels 1-4), whether the grade is
 * seen for such data in a published standard (1) or derived by us (0). */
#define YJ_SCAN_CLASS_LIST(X)                                                                                \
    X(RESIDENT_ID, "resident_id", 3, 1) /* GB 11643, 18 places, or 15 digits with context */                 \
    X(MOBILE, "mobile", 3, 1)                                                                                \
    X(BANK_CARD, "bank_card", 3, 1)                                                                          \
    X(ACCOUNT, "account", 3, 1) /* securities, futures, capital and bank accounts */                         \
    X(NAME, "name", 3, 1)                                                                                    \
    X(ADDRESS, "address", 3, 1)                                                                              \
    X(TRAVEL_DOCUMENT, "travel_document", 3, 1) /* mainland travel permit of Hong Kong and Macau */          \
    X(EMAIL, "email", 3, 1)                                                                                  \
    X(LANDLINE, "landline", 2, 0)                                                                            \
    X(PLATE, "plate", 3, 0)                                                                                  \
    X(CREDIT_CODE, "credit_code", 2, 1) /* GB 32100 */                                                       \
    X(PRIVATE_KEY, "private_key", 3, 0)                                                                      \
    X(SM2_PRIVATE_KEY, "sm2_private_key", 3, 0)                                                              \
    X(CLOUD_KEY, "cloud_key", 3, 0) /* access keys of clouds, hooks of robots, tokens */                     \
    X(PASSWORD, "password", 3, 0)   /* beside its name, or in an address of a database */

typedef enum yj_scan_class {
#define X(id, name, grade, seen) YJ_SCAN_##id,
    YJ_SCAN_CLASS_LIST(X)
#undef X
        YJ_SCAN_CLASS_COUNT_
} yj_scan_class;

const char *yj_scan_class_name(yj_scan_class c);
int yj_scan_class_grade(yj_scan_class c);
/** Is the grade one that a published standard gives such data? Otherwise it is derived, and says so. */
bool yj_scan_class_grade_seen(yj_scan_class c);

typedef struct yj_scan_hit {
    yj_scan_class what;
    size_t at, len; /* bytes of the text */
} yj_scan_hit;

typedef void yj_scan_hit_fn(void *with, const yj_scan_hit *hit);

/* What the heading of a table says about its columns. */
#define YJ_SCAN_COLUMNS_MAX 256
typedef struct yj_scan_table {
    char separator; /* 0: no table */
    size_t columns;
    uint32_t about[YJ_SCAN_COLUMNS_MAX]; /* bits of context.h */
} yj_scan_table;

/** Read a heading: at least two cells, of which one has a known label. Otherwise ret->separator is 0. */
void yj_scan_heading(yj_span line, yj_scan_table *ret);

/* Longest thing that is looked at behind its beginning, and how far back a word beside it may stand. */
#define YJ_SCAN_AHEAD ((size_t)4096)
#define YJ_SCAN_BEHIND ((size_t)8192)

/**
 * Every hit that begins in [from, to), in no order. A caller that goes through a long text by windows hands
 * over up to YJ_SCAN_BEHIND bytes before `from` and YJ_SCAN_AHEAD behind `to`, and gets what one call over
 * the whole would give, as long as a line of a table is not longer than YJ_SCAN_BEHIND.
 * @param text  bytes that are no UTF-8 are boundaries
 * @param table NULL: none
 */
void yj_scan_detect(yj_span text, size_t from, size_t to, const yj_scan_table *table, yj_scan_hit_fn *hit,
                    void *with);

/** The same for some classes only, which is quicker: bit c of `classes` asks for class c. */
#define YJ_SCAN_ALL ((UINT32_C(1) << YJ_SCAN_CLASS_COUNT_) - 1)
void yj_scan_detect_some(yj_span text, size_t from, size_t to, const yj_scan_table *table, uint32_t classes,
                         yj_scan_hit_fn *hit, void *with);

#endif
