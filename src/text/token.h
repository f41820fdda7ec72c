// SPDX-License-Identifier: Apache-2.0
/**
 * The words of a text, as searching compares them:
 *   Han     each two Chinese characters that follow each other; a lone one by itself
 *   Latin   a run of letters and digits, a point or comma between digits included (99.95); letters in lower
 *           case, wide forms as narrow ones, without the "s" of a plural (of words over 3 letters, not "ss")
 * Everything else parts words.
 */
#ifndef YJ_TEXT_TOKEN_H
#define YJ_TEXT_TOKEN_H

#include "base/span.h"

#define YJ_TOKEN_BYTES_MAX 64 /* the rest of a longer word is not looked at */

typedef struct yj_token {
    char key[YJ_TOKEN_BYTES_MAX];
    size_t len;
    bool han;
    size_t from, to; /* characters from the beginning of the text, `to` behind the last */
} yj_token;

typedef struct yj_tokens {
    yj_span rest;
    size_t at; /* characters */
    bool in_run;
} yj_tokens;

/** @param text valid UTF-8; borrowed */
yj_tokens yj_tokens_of(yj_span text);
/** False at the end. */
bool yj_token_next(yj_tokens *t, yj_token *ret);

#endif
