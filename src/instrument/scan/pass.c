// SPDX-License-Identifier: Apache-2.0
/* One pass over a text: from the sieve's bits come the few places at which a detector could find anything;
 * the detectors look at those and at nothing else. */
#include "instrument/scan/internal.h"
#include "instrument/scan/sieve.h"

#define BLOCK ((size_t)64)
#define BLOCKS ((size_t)256)        /* looked at together; their bits stay in the nearest cache */
#define FIXED_BACK ((size_t)256)    /* from the beginning of fixed text to that of the secret behind it */
#define WORD_BACK ((size_t)128)     /* a value may begin here whose name stands before */
#define LOCAL_PART_MAX ((size_t)64) /* RFC 5321 4.5.3.1 */
#define PLATE_PROVINCE ((size_t)3)  /* bytes of a number plate before its first word */

/* Bits of a block, and of the next, so that what follows a place can be asked across the border. */
typedef struct pair {
    uint64_t here, next;
} pair;

/* Bit i says of place i what bit i + k of `p` says. The upper k bits of `next` are lost: good for looking
 * less than a block ahead. */
static inline pair ahead(pair p, unsigned k)
{
    return (pair){ p.here >> k | p.next << (64 - k), p.next >> k };
}

static inline pair both(pair a, pair b)
{
    return (pair){ a.here & b.here, a.next & b.next };
}

/* A run of at least a + b begins where one of a does, behind which one of b follows. */
static inline pair run(pair of_a, pair of_b, unsigned a)
{
    return both(of_a, ahead(of_b, a));
}

typedef struct pass {
    const yj_scan_look *look;
    bool numbers, accounts, landlines, plates, permits, mail, tokens, names, passwords, keys; /* wanted */
    size_t first_word, end_words, end;
    size_t last_word; /* the word that was looked at last, by its beginning */
} pass;

#define NONE SIZE_MAX
#define BIT(c) (UINT32_C(1) << YJ_SCAN_##c)

/* Words that may be numbers, by their first byte. */
static uint64_t number_words(const pass *p, pair word, pair digit, uint64_t begins)
{
    pair d2 = run(digit, digit, 1), d3 = run(d2, digit, 2), d4 = run(d2, d2, 2), d6 = run(d4, d2, 4);
    pair w2 = run(word, word, 1), w4 = run(w2, w2, 2), w8 = run(w4, w4, 4);
    uint64_t found = 0;
    if (p->accounts || p->landlines) /* accounts have six digits, and no form */
        found |= begins & d6.here;
    if (p->numbers) {
        /* all have at least 11 places, of which the third to the eighth are digits */
        found |= begins & ahead(d6, 2).here & run(w8, w4, 7).here;
        /* 3-4-4, 4-4-4-4 and 4-4-4-4-3 */
        uint64_t four_4 = ahead(d4, 4).here & ~ahead(word, 8).here & ahead(d4, 9).here;
        uint64_t four_5 = ahead(d4, 5).here & ~ahead(word, 9).here & ahead(d4, 10).here;
        found |= begins & d3.here & ~ahead(word, 3).here & four_4;
        found |= begins & d4.here & ~ahead(word, 4).here & four_5;
    }
    if (p->landlines) {
        pair d7 = run(d4, d3, 4);
        found |= begins & d3.here & ~ahead(word, 3).here & ahead(d7, 4).here;
        found |= begins & d4.here & ~ahead(word, 4).here & ahead(d7, 5).here;
    }
    return found;
}

/* Words with letters of which some form is known, by their first byte. */
static uint64_t lettered_words(const pass *p, pair word, pair digit, uint64_t begins, uint64_t after_high)
{
    pair d2 = run(digit, digit, 1), d4 = run(d2, d2, 2), d8 = run(d4, d4, 4);
    uint64_t found = 0;
    begins &= ~digit.here;
    if (p->permits) /* a letter and eight digits at least */
        found |= begins & ahead(d8, 1).here;
    if (p->plates) {
        pair w2 = run(word, word, 1), w5 = run(run(w2, w2, 2), word, 4);
        found |= begins & after_high & w5.here;
    }
    return found;
}

static void look_at_word(pass *p, size_t at)
{
    if (at == p->last_word || at < p->first_word || at >= p->end_words)
        return;
    p->last_word = at;
    size_t end = yj_scan_word_end(p->look->text, at);
    yj_scan_word(p->look, at, end);
}

/* A word that ends with a label. */
static void look_at_label(pass *p, size_t end)
{
    yj_span t = p->look->text;
    size_t begin = end;
    while (begin > p->first_word && yj_scan_is_word(t.ptr[begin - 1]))
        begin--;
    bool inside = begin > 0 && yj_scan_is_word(t.ptr[begin - 1]); /* it began before what is looked at */
    if (inside || begin >= end || begin >= p->end_words)
        return;
    if (begin != p->last_word)
        yj_scan_word(p->look, begin, end);
    p->last_word = begin;
    if (p->names)
        yj_scan_english_label(p->look, end);
}

typedef struct block_bits {
    uint64_t words, labels, at, fixed, signs;
} block_bits;

static block_bits candidates(const pass *p, const yj_sieve_block *b, uint64_t word_before,
                             uint64_t high_before)
{
    pair word = { b[0].word, b[1].word }, digit = { b[0].digit, b[1].digit };
    uint64_t begins = word.here & ~(word.here << 1 | word_before);
    block_bits c = { 0 };
    c.words = number_words(p, word, digit, begins) |
              lettered_words(p, word, digit, begins, b->high << 1 | high_before);
    if (p->tokens)
        c.words |= begins & b->key;
    if (p->names || p->passwords)
        c.labels = b->tail & ahead(word, 2).here & ~ahead(word, 3).here;
    if (p->mail)
        c.at = b->at;
    if (p->keys || p->tokens)
        c.fixed = b->key & ~begins;
    if (p->names || p->passwords)
        c.signs = b->sign;
    return c;
}

static void look_at(pass *p, const block_bits *c, uint64_t bit, size_t at)
{
    const yj_scan_look *l = p->look;
    if (c->words & bit)
        look_at_word(p, at);
    if ((c->labels & bit) && at < p->end_words)
        look_at_label(p, at + 3);
    if ((c->at & bit) && at >= l->from && at < p->end)
        yj_scan_mail(l, at);
    if (c->fixed & bit)
        yj_scan_fixed(l, at);
    if (c->signs & bit) {
        if (l->text.ptr[at] == ':')
            yj_scan_url(l, at, at + 3);
        else if (at + 3 <= l->to)
            yj_scan_han_label(l, at + 3);
    }
}

static void look_through(pass *p, size_t begin)
{
    yj_sieve_block blocks[BLOCKS + 1];
    yj_span t = p->look->text;
    uint64_t word_before = begin > 0 && yj_scan_is_word(t.ptr[begin - 1]);
    uint64_t high_before = begin > 0 && ((unsigned char)t.ptr[begin - 1] & 0x80);
    for (size_t at = begin; at < p->end; at += BLOCKS * BLOCK) {
        size_t count = (p->end - at + BLOCK - 1) / BLOCK;
        count = count < BLOCKS ? count : BLOCKS;
        yj_sieve((yj_span){ t.ptr + at, t.len - at }, blocks, count + 1);
        for (size_t i = 0; i < count; i++) {
            const yj_sieve_block *b = &blocks[i];
            block_bits c = candidates(p, b, word_before, high_before);
            uint64_t any = c.words | c.labels | c.at | c.fixed | c.signs;
            word_before = b->word >> 63;
            high_before = b->high >> 63;
            for (; any; any &= any - 1)
                look_at(p, &c, any & (~any + 1), at + i * BLOCK + (size_t)__builtin_ctzll(any));
        }
    }
}

static pass wanted(const yj_scan_look *l)
{
    uint32_t w = l->wanted;
    return (pass){
        .look = l,
        .numbers = w & (BIT(RESIDENT_ID) | BIT(MOBILE) | BIT(BANK_CARD) | BIT(CREDIT_CODE)),
        .accounts = w & BIT(ACCOUNT),
        .landlines = w & BIT(LANDLINE),
        .plates = w & BIT(PLATE),
        .permits = w & (BIT(TRAVEL_DOCUMENT) | BIT(ACCOUNT)),
        .mail = w & BIT(EMAIL),
        .tokens = w & BIT(CLOUD_KEY),
        .names = w & (BIT(NAME) | BIT(ADDRESS)),
        .passwords = w & BIT(PASSWORD),
        .keys = w & (BIT(PRIVATE_KEY) | BIT(SM2_PRIVATE_KEY)),
        .last_word = NONE,
    };
}

void yj_scan_detect_some(yj_span text, size_t from, size_t to, const yj_scan_table *table, uint32_t classes,
                         yj_scan_hit_fn *hit, void *with)
{
    yj_scan_row row = { .begin = NONE };
    yj_scan_look l = { text, from, to < text.len ? to : text.len, table, hit, with, classes, &row };
    if (table && !table->separator)
        l.table = NULL;
    pass p = wanted(&l);
    size_t i = from > WORD_BACK ? from - WORD_BACK : 0;
    size_t longest = from > YJ_SCAN_BEHIND ? from - YJ_SCAN_BEHIND : 0;
    while (i > longest && i < text.len && yj_scan_is_word(text.ptr[i - 1]))
        i--;
    if (i > 0 && i < text.len && yj_scan_is_word(text.ptr[i - 1]))
        i = yj_scan_word_end(text, i); /* that word begins before */
    p.first_word = i;
    p.end_words = text.len - l.to > PLATE_PROVINCE ? l.to + PLATE_PROVINCE : text.len;
    p.end = text.len - l.to > 2 * LOCAL_PART_MAX ? l.to + 2 * LOCAL_PART_MAX : text.len;
    size_t back = from > FIXED_BACK ? from - FIXED_BACK : 0;
    look_through(&p, i < back ? i : back);
    /* A word that begins where words count and goes on behind: its label may end anywhere. */
    size_t end = p.end_words;
    if (end > 0 && end < text.len && yj_scan_is_word(text.ptr[end - 1]) && yj_scan_is_word(text.ptr[end]) &&
        (p.names || p.passwords))
        look_at_label(&p, yj_scan_word_end(text, end));
    if (l.table)
        yj_scan_rows(&l);
}

void yj_scan_detect(yj_span text, size_t from, size_t to, const yj_scan_table *table, yj_scan_hit_fn *hit,
                    void *with)
{
    yj_scan_detect_some(text, from, to, table, YJ_SCAN_ALL, hit, with);
}
