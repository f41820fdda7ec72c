// SPDX-License-Identifier: Apache-2.0
/* Any text and any words. Up to the first empty line stand the words, one a line, of two wanted things in
 * turn; then a text file. Scores fall, places lie within their passages, and twice the same comes out the
 * same. */
#include "fuzz_text.h"

#include "text/likely.h"

#define WORDS_MAX 64

static size_t take_words(yj_span *rest, yj_span *words)
{
    size_t n = 0;
    while (rest->len) {
        const char *lf = memchr(rest->ptr, '\n', rest->len);
        yj_span line = { rest->ptr, lf ? (size_t)(lf - rest->ptr) : rest->len };
        size_t skip = line.len + (lf != NULL);
        *rest = (yj_span){ rest->ptr + skip, rest->len - skip };
        if (line.len == 0)
            break;
        if (n < WORDS_MAX && yj_utf8_valid(line))
            words[n++] = line;
    }
    return n;
}

static void check_list(const yj_reading *r, const yj_likely_list *l, size_t per)
{
    assert(l->count <= per);
    for (size_t i = 0; i < l->count; i++) {
        const yj_likely *x = &l->item[i];
        size_t at = 0, characters = 0;
        assert(x->passage < r->count && x->score >= YJ_LIKELY_LEAST && x->score <= 10000);
        assert(i == 0 || x->score <= l->item[i - 1].score);
        for (size_t k = 0; k < i; k++)
            assert(l->item[k].passage != x->passage);
        characters = yj_utf8_count(r->passages[x->passage].text);
        assert(x->match_count > 0 && x->match_count <= YJ_LIKELY_MATCHES_MAX);
        for (size_t k = 0; k < x->match_count; k++) {
            assert(x->matches[k][0] < x->matches[k][1] && x->matches[k][1] <= characters);
            assert(k == 0 || x->matches[k][0] > at);
            at = x->matches[k][1];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span words[WORDS_MAX], rest = { (const char *)data, size };
    size_t n = take_words(&rest, words), half = n / 2, per = 1 + size % YJ_LIKELY_PER_MAX;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)96 << 20);
    yj_reading r;
    yj_likely_list *once = NULL, *again = NULL;
    const yj_wanted wanted[] = { { "a", words, half }, { "b", words + half, n - half } };
    assert(a);
    assert(yj_text_passages(YJ_TEXT_PLAIN, rest, false, a, &r, NULL) == YJ_OK);
    yj_status s = yj_text_likely(&r, wanted, 2, per, a, &once, NULL);
    assert(s == YJ_OK || s == YJ_E_LIMIT);
    if (s != YJ_OK)
        return 0;
    assert(yj_text_likely(&r, wanted, 2, per, a, &again, NULL) == YJ_OK);
    for (size_t i = 0; i < 2; i++) {
        check_list(&r, &once[i], per);
        assert(once[i].count == again[i].count);
        for (size_t k = 0; k < once[i].count; k++)
            assert(once[i].item[k].passage == again[i].item[k].passage &&
                   once[i].item[k].score == again[i].item[k].score);
    }
    return 0;
}
