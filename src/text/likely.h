// SPDX-License-Identifier: Apache-2.0
/**
 * The likely passages for what is wanted: where in a contract may this term stand? A proposal for a person to
 * confirm, nothing more.
 *
 * Each wanted thing is a set of words and phrases, cut into tokens (text/token.h), each token counting once.
 * A passage is weighed by BM25 (k1 = 1.2, b = 0.75): for each wanted token t found f times in a passage of n
 * tokens, in a document of N passages of m tokens on average, d of which hold t,
 *
 *     idf(t) = ln(1 + (N - d + 0.5) / (d + 0.5))
 *     weight = sum of idf(t) * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * n / m))
 *
 * The score is the weight divided by the sum of idf of the wanted tokens, at most 1: the share of what is
 * wanted that stands in the passage. Tokens that the document does not hold count in that sum only if their
 * script makes up a tenth or more of the document's tokens, so that English words do not weigh down a Chinese
 * contract. Equal weights go by the order of the document. The same input gives the same output.
 */
#ifndef YJ_TEXT_LIKELY_H
#define YJ_TEXT_LIKELY_H

#include "text/text.h"

#define YJ_LIKELY_WANTED_MAX 500
#define YJ_LIKELY_WORDS_MAX 100           /* of each */
#define YJ_LIKELY_WORD_CHARACTERS_MAX 500 /* of each word */
#define YJ_LIKELY_TOKENS_MAX 20000        /* of all */
#define YJ_LIKELY_PER_MAX 5
#define YJ_LIKELY_LEAST 500 /* a score below this, in ten-thousandths, is no proposal */
#define YJ_LIKELY_MATCHES_MAX 100

typedef struct yj_wanted {
    const char *id;       /* borrowed */
    const yj_span *words; /* valid UTF-8 */
    size_t count;
} yj_wanted;

typedef struct yj_likely {
    size_t passage;       /* index into yj_reading.passages */
    int score;            /* ten-thousandths */
    size_t (*matches)[2]; /* [from, to) in characters of the passage, in order, apart from each other */
    size_t match_count;
} yj_likely;

typedef struct yj_likely_list {
    yj_likely item[YJ_LIKELY_PER_MAX];
    size_t count; /* best first; may be none */
} yj_likely_list;

/**
 * @param per  at most so many passages for each, 1..YJ_LIKELY_PER_MAX
 * @param ret  `count` lists, in the order of `wanted`; like all else from the arena
 * @return YJ_E_LIMIT (over YJ_LIKELY_TOKENS_MAX), YJ_E_NOMEM
 */
yj_status yj_text_likely(const yj_reading *text, const yj_wanted *wanted, size_t count, size_t per,
                         yj_arena *arena, yj_likely_list **ret, yj_error *err) yj_nodiscard;

#endif
