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
#define LAST_SEEN ((size_t)16)      /* a candidate is seen at most so far behind its beginning */
#define PLATE_PROVINCE ((size_t)3)  /* bytes of a number plate before its first word */

typedef struct pass {
    const yj_scan_look *look;
    bool numbers, accounts, landlines, plates, permits, mail, tokens, names, passwords, keys; /* wanted */
    size_t first_word, end_words, end;
    size_t last_word; /* the word that was looked at last, by its beginning */
} pass;

#define NONE SIZE_MAX
#define BIT(c) (UINT32_C(1) << YJ_SCAN_##c)

/* Bits of a block, bit i saying it of what ends at byte i. */
typedef struct bits {
    uint64_t word, digit, high, tail, account, begins, letter_begins, plate_begins;
    uint64_t d2, d4, d6, d8, w4, w8; /* runs of at least so many digits and word bytes */
} bits;

/* What stood k bytes before, across the border of the block before. */
#define BACK(name, k) (b->name << (k) | before->name >> (64 - (k)))

static inline void find_runs(bits *b, const bits *before)
{
    b->d2 = b->digit & BACK(digit, 1);
    b->d4 = b->d2 & BACK(d2, 2);
    b->d6 = b->d4 & BACK(d2, 4);
    uint64_t w1 = BACK(word, 1), w2 = b->word & w1;
    b->begins = b->word & ~w1;
    b->w4 = w2 & (BACK(word, 2)) & (BACK(word, 3));
    b->w8 = b->w4 & BACK(w4, 4);
}

/* Candidates, each by a place in or behind them; the number says how far behind their beginning. */
typedef struct candidates {
    uint64_t word_0, word_4, word_5, word_7, word_8, word_10;
    uint64_t near;  /* of word_5: a label of accounts may stand close before it */
    uint64_t label; /* the word before this place ends with one */
    uint64_t at, fixed, sign;
} candidates;

static inline void find_numbers(candidates *c, const pass *p, const bits *b, const bits *before)
{
    /* all have at least 11 places, of which the third to the eighth are digits */
    if (p->numbers)
        c->word_10 = BACK(begins, 10) & b->w8 & BACK(w4, 7) & BACK(d6, 3);
    /* Groups of digits begin with three or four, and four more behind a hyphen or blank. Seen here, before
     * those are part of a candidate themselves: no word comes twice. */
    uint64_t four = b->d4 & ~BACK(word, 4);
    if (four) {
        c->word_7 = four & BACK(d2, 5) & BACK(begins, 7);
        c->word_8 = four & BACK(d4, 5) & BACK(begins, 8);
    }
}

/* Does a label of accounts end close before the word that began five bytes before each bit: does its end
 * begin 8 to 32 bytes before? */
static uint64_t near_account(uint64_t here, uint64_t before)
{
    static const unsigned by[] = { 1, 2, 4, 8, 9 }; /* spreads over 2, 4, 8, 16, 25 places */
    for (unsigned i = 0; i < YJ_COUNT(by); i++) {
        here |= here << by[i] | before >> (64 - by[i]);
        before |= before << by[i]; /* the lowest lack what stands before: so far back is not asked for */
    }
    return here << 8 | before >> 56;
}

/* Accounts and landlines without a hyphen have six digits at least, and no form. */
static inline void find_others(candidates *c, const pass *p, bits *b, const bits *before, uint64_t after_high)
{
    if (p->accounts || p->landlines)
        c->word_5 = b->d6 & BACK(begins, 5);
    if (c->word_5 && p->accounts)
        c->near = near_account(b->account, before->account);
    b->letter_begins = b->begins & ~b->digit;
    if (p->permits) { /* a letter and eight digits at least */
        b->d8 = b->d4 & BACK(d4, 4);
        c->word_8 |= b->d8 & BACK(letter_begins, 8);
    }
    if (p->plates) {
        b->plate_begins = b->letter_begins & after_high;
        c->word_4 = b->w4 & BACK(plate_begins, 4);
    }
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

static inline candidates find(const pass *p, const yj_sieve_block *s, bits *b, const bits *before)
{
    candidates c = { 0 };
    b->word = s->word; /* the rest is worked out, or not wanted and never read */
    b->digit = s->digit;
    b->high = s->high;
    b->tail = s->tail;
    b->account = s->account;
    find_runs(b, before);
    if (p->numbers || p->landlines)
        find_numbers(&c, p, b, before);
    if (p->accounts || p->landlines || p->permits || p->plates)
        find_others(&c, p, b, before, BACK(high, 1));
    if (p->tokens)
        c.word_0 = b->begins & s->key;
    if (p->keys || p->tokens)
        c.fixed = s->key & ~b->begins;
    if (p->names || p->passwords) {
        c.label = BACK(tail, 3) & BACK(word, 1) & ~b->word;
        c.sign = s->sign;
    }
    if (p->mail)
        c.at = s->at;
    return c;
}

/* Numbers of twelve digits are accounts, landlines or nothing, and seen as these; they are frequent. */
static bool is_of_12(const pass *p, size_t at)
{
    yj_span t = p->look->text;
    return at + 12 < t.len && yj_scan_is_word(t.ptr[at + 11]) && !yj_scan_is_word(t.ptr[at + 12]);
}

static void look_at_words(pass *p, const candidates *c, uint64_t any, size_t block)
{
    yj_span t = p->look->text;
    for (; any; any &= any - 1) {
        uint64_t bit = any & (~any + 1);
        size_t at = block + (size_t)__builtin_ctzll(any);
        if ((c->word_10 & bit) && !is_of_12(p, at - 10))
            look_at_word(p, at - 10);
        if (c->word_0 & bit)
            look_at_word(p, at);
        if (c->word_4 & bit)
            look_at_word(p, at - 4);
        if ((c->word_5 & bit) && ((c->near & bit) || t.ptr[at - 5] == '0' || p->look->table))
            look_at_word(p, at - 5);
        if (c->word_7 & bit)
            look_at_word(p, at - 7);
        if (c->word_8 & bit)
            look_at_word(p, at - 8);
        if (c->label & bit)
            look_at_label(p, at);
    }
}

static void look_at_signs(const pass *p, const candidates *c, uint64_t any, size_t block)
{
    const yj_scan_look *l = p->look;
    for (; any; any &= any - 1) {
        uint64_t bit = any & (~any + 1);
        size_t at = block + (size_t)__builtin_ctzll(any);
        if ((c->at & bit) && at >= l->from && at < p->end)
            yj_scan_mail(l, at);
        if (c->fixed & bit)
            yj_scan_fixed(l, at);
        if (!(c->sign & bit))
            continue;
        if (l->text.ptr[at] == ':')
            yj_scan_url(l, at, at + 3);
        else if (at + 3 <= l->to)
            yj_scan_han_label(l, at + 3);
    }
}

static void look_through(pass *p, size_t begin)
{
    yj_sieve_block blocks[BLOCKS];
    yj_span t = p->look->text;
    bits turn[2] = { { 0 } }; /* this block and the one before it, in turns */
    turn[1].word = (uint64_t)(begin > 0 && yj_scan_is_word(t.ptr[begin - 1])) << 63;
    turn[1].high = (uint64_t)(begin > 0 && ((unsigned char)t.ptr[begin - 1] & 0x80)) << 63;
    size_t end = p->end + LAST_SEEN;
    unsigned now = 0;
    for (size_t at = begin; at < end; at += BLOCKS * BLOCK) {
        size_t count = (end - at + BLOCK - 1) / BLOCK;
        count = count < BLOCKS ? count : BLOCKS;
        yj_sieve((yj_span){ t.ptr + (at < t.len ? at : t.len), at < t.len ? t.len - at : 0 }, blocks, count,
                 p->accounts);
        for (size_t i = 0; i < count; i++, now ^= 1) {
            candidates c = find(p, &blocks[i], &turn[now], &turn[now ^ 1]);
            uint64_t words = c.word_0 | c.word_4 | c.word_5 | c.word_7 | c.word_8 | c.word_10 | c.label;
            uint64_t signs = c.at | c.fixed | c.sign;
            if (words)
                look_at_words(p, &c, words, at + i * BLOCK);
            if (signs)
                look_at_signs(p, &c, signs, at + i * BLOCK);
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
