// SPDX-License-Identifier: Apache-2.0
/**
 * Rules of an institution's own, beside the built-in classes. Each is anchored: it looks for fixed text (its
 * words, the beginning of a token or number, or the words before a number), so that it costs one quick search
 * for each and never looks at every number. Limits are checked by who builds them (cli/scan_rules.c).
 */
#ifndef YJ_INSTRUMENT_SCAN_OWN_H
#define YJ_INSTRUMENT_SCAN_OWN_H

#include "instrument/scan/scan.h"
#include <stdatomic.h>

#define YJ_OWN_TEXTS_MAX 64
#define YJ_OWN_TEXT_BYTES_MAX 64
#define YJ_OWN_LENGTH_MAX 256

typedef enum yj_own_kind { YJ_OWN_WORDS, YJ_OWN_TOKEN, YJ_OWN_DIGITS } yj_own_kind;
typedef enum yj_own_check { YJ_OWN_NO_CHECK, YJ_OWN_LUHN, YJ_OWN_RESIDENT, YJ_OWN_CREDIT } yj_own_check;

typedef struct yj_own_texts {
    const char *const *text;
    size_t count;
} yj_own_texts;

typedef struct yj_own_rule {
    const char *id, *zh, *en, *source; /* source: where the grade comes from */
    int grade;                         /* 1 to 4 */
    yj_own_kind kind;
    yj_own_texts begins; /* WORDS: the words; TOKEN, DIGITS: how it begins, none: any digit */
    yj_own_texts
        context;  /* one of them stands before it on its line, at most 96 bytes away; none: not needed */
    bool of[256]; /* TOKEN: bytes behind the beginning */
    size_t least, most; /* bytes, the beginning included */
    yj_own_check check;
} yj_own_rule;

/* What an institution says of a built-in class. */
typedef struct yj_own_class {
    int grade; /* 1 to 4; 0: nothing is said of it */
    const char *source;
    const char *zh, *en; /* NULL: as it is called */
} yj_own_class;

typedef struct yj_scan_own {
    yj_own_class known[YJ_SCAN_CLASS_COUNT_];
    const yj_own_rule *rule;
    size_t count;                    /* at most YJ_SCAN_OWN_MAX */
    _Atomic uint64_t own_ns, all_ns; /* processor time of these rules, and of all; counted by who calls */
} yj_scan_own;

/** As yj_scan_detect; the class of a hit is YJ_SCAN_CLASS_COUNT_ and the rule's number. The same hit may come
 *  twice. A word's boundary is any byte but ASCII [0-9A-Za-z_], where the word itself ends in one of those.
 */
void yj_scan_own_detect(const yj_scan_own *own, yj_span text, size_t from, size_t to, yj_scan_hit_fn *hit,
                        void *with);

#endif
