// SPDX-License-Identifier: Apache-2.0
/** Sentences of reasons, taken apart: texts, {value}, {value|choice:KIND.FIELD}, {:param}. */
#ifndef YJ_PACK_SENTENCE_H
#define YJ_PACK_SENTENCE_H

#include "base/span.h"

typedef enum yj_sentence_what { YJ_SENTENCE_TEXT, YJ_SENTENCE_VALUE, YJ_SENTENCE_PARAM } yj_sentence_what;

typedef struct yj_sentence_part {
    yj_sentence_what what;
    yj_span text;        /* the text, or the name */
    yj_span kind, field; /* of "|choice:"; empty if not given */
} yj_sentence_part;

/** Take the next part off `rest`. False at the end or, with *ret_fault set to what is wrong, at a brace that
 *  is open or holds no name. */
bool yj_sentence_next(yj_span *rest, yj_sentence_part *ret, const char **ret_fault);

#endif
