// SPDX-License-Identifier: Apache-2.0
/** The words of notices (say_zh.c), with places to be filled: {name}. */
#ifndef YJ_NOTICE_SAY_H
#define YJ_NOTICE_SAY_H

#include "pack/catalog.h"

typedef enum yj_say {
    YJ_SAY_GATHERED,
    YJ_SAY_SUBJECT,
    YJ_SAY_MORE,
    YJ_SAY_FOOT,
    YJ_SAY_TEST,
    YJ_SAY_TEST_TEXT,
    YJ_SAY_OPEN,
    YJ_SAY_FROM,
    YJ_SAY_CALENDAR,
    YJ_SAY_FOR,
    YJ_SAY_GONE,     /* of an institution that is tied no more */
    YJ_SAY_MOVED,    /* what was addressed before */
    YJ_SAY_DECLINED, /* an invitation */
    YJ_SAY_ENDED,    /* a tie */
    YJ_SAY_COUNT_
} yj_say;

extern const yj_text yj_say_one[YJ_NEWS_COUNT_], yj_say_many[YJ_NEWS_COUNT_], yj_say_group[YJ_NEWS_COUNT_];
extern const yj_text yj_say_status[4]; /* by yj_verdict_status */
extern const yj_text yj_say_words[YJ_SAY_COUNT_];

typedef struct yj_say_value {
    const char *name; /* NULL: end */
    const char *text;
} yj_say_value;
/** Append the text with its places filled; one that is not among the values is left out. */
void yj_say_fill(const char *text, const yj_say_value *values, yj_buf *out);

#endif
