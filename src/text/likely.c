// SPDX-License-Identifier: Apache-2.0
/* Two walks over the document: how many passages hold each wanted token, then what each passage weighs. */
#include "text/likely.h"
#include "text/token.h"
#include <assert.h>
#include <math.h>

#define K1 1.2
#define B 0.75
#define SCALE 10000.0
#define NONE UINT32_MAX

/* A wanted token: of one or several of the wanted. */
typedef struct term {
    const char *key;
    size_t len;
    bool han;
    uint32_t next;      /* in its bucket */
    uint32_t first_use; /* index into uses; NONE at the end of a chain */
    uint32_t found;     /* passages that hold it */
    uint32_t here;      /* times in the passage looked at */
    size_t last;        /* passage + 1 that was counted last */
    double idf;
} term;

typedef struct use {
    uint32_t wanted, next;
} use;

typedef struct best {
    double weight[YJ_LIKELY_PER_MAX];
    double sum; /* of the passage looked at */
    double all; /* sum of idf */
} best;

typedef struct search {
    const yj_reading *text;
    const yj_wanted *wanted;
    size_t wanted_count, per;
    yj_arena *arena;
    uint32_t *bucket;
    size_t bucket_count; /* a power of two */
    term *terms;
    use *uses;
    size_t term_count, use_count;
    best *best;
    yj_likely_list *lists;
    double tokens[2]; /* of the document: Latin, Han */
} search;

/* --- wanted tokens ----------------------------------------------------------------------------------------
 */

static uint32_t *bucket_of(const search *s, const yj_token *t)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < t->len; i++)
        h = (h ^ (unsigned char)t->key[i]) * UINT64_C(1099511628211);
    return &s->bucket[(h ^ h >> 32) & (s->bucket_count - 1)];
}

static term *find(const search *s, const yj_token *t)
{
    for (uint32_t i = *bucket_of(s, t); i != NONE; i = s->terms[i].next)
        if (s->terms[i].len == t->len && memcmp(s->terms[i].key, t->key, t->len) == 0)
            return &s->terms[i];
    return NULL;
}

static void add_use(search *s, term *m, uint32_t wanted)
{
    if (m->first_use != NONE && s->uses[m->first_use].wanted == wanted)
        return; /* once for each; the wanted come one after the other */
    s->uses[s->use_count] = (use){ .wanted = wanted, .next = m->first_use };
    m->first_use = (uint32_t)s->use_count++;
}

static term *add_term(search *s, const yj_token *t)
{
    uint32_t *bucket = bucket_of(s, t);
    term *m = &s->terms[s->term_count];
    *m = (term){ .key = yj_arena_strndup(s->arena, t->key, t->len),
                 .len = t->len,
                 .han = t->han,
                 .next = *bucket,
                 .first_use = NONE };
    *bucket = (uint32_t)s->term_count++;
    return m;
}

static yj_status count_tokens(const search *s, size_t *ret, yj_error *err)
{
    size_t n = 0;
    yj_token t;
    for (size_t i = 0; i < s->wanted_count; i++)
        for (size_t k = 0; k < s->wanted[i].count; k++)
            for (yj_tokens at = yj_tokens_of(s->wanted[i].words[k]); yj_token_next(&at, &t);)
                n++;
    *ret = n;
    if (n <= YJ_LIKELY_TOKENS_MAX)
        return YJ_OK;
    return yj_fail(err, YJ_E_LIMIT, "too many words are wanted at once: %zu, at most %d", n,
                   YJ_LIKELY_TOKENS_MAX);
}

static yj_status take_wanted(search *s, yj_error *err)
{
    size_t n = 0;
    yj_token t;
    YJ_TRY(count_tokens(s, &n, err));
    s->bucket_count = 16;
    while (s->bucket_count < 2 * n)
        s->bucket_count *= 2;
    s->bucket = yj_arena_array(s->arena, s->bucket_count, sizeof(uint32_t));
    s->terms = yj_arena_array(s->arena, n + 1, sizeof(term));
    s->uses = yj_arena_array(s->arena, n + 1, sizeof(use));
    YJ_TRY(yj_arena_status(s->arena, err));
    memset(s->bucket, 0xff, s->bucket_count * sizeof(uint32_t));
    for (size_t i = 0; i < s->wanted_count; i++)
        for (size_t k = 0; k < s->wanted[i].count; k++)
            for (yj_tokens at = yj_tokens_of(s->wanted[i].words[k]); yj_token_next(&at, &t);) {
                term *m = find(s, &t);
                add_use(s, m ? m : add_term(s, &t), (uint32_t)i);
            }
    return YJ_OK;
}

/* --- first walk -------------------------------------------------------------------------------------------
 */

static void count_found(search *s)
{
    yj_token t;
    for (size_t p = 0; p < s->text->count; p++)
        for (yj_tokens at = yj_tokens_of(s->text->passages[p].text); yj_token_next(&at, &t);) {
            term *m = find(s, &t);
            s->tokens[t.han] += 1;
            if (m && m->last != p + 1) {
                m->last = p + 1;
                m->found++;
            }
        }
    double n = (double)s->text->count, all = s->tokens[0] + s->tokens[1];
    for (size_t i = 0; i < s->term_count; i++) {
        term *m = &s->terms[i];
        double d = m->found;
        m->idf = log(1 + (n - d + 0.5) / (d + 0.5));
        m->last = 0;
        if (m->found == 0 && s->tokens[m->han] < all / 10)
            continue;
        for (uint32_t u = m->first_use; u != NONE; u = s->uses[u].next)
            s->best[s->uses[u].wanted].all += m->idf;
    }
}

/* --- second walk ------------------------------------------------------------------------------------------
 */

/* Put a passage among the best; one that came earlier keeps its place before an equal one. */
static void offer(search *s, uint32_t wanted, size_t passage)
{
    best *b = &s->best[wanted];
    yj_likely_list *l = &s->lists[wanted];
    double score = b->all > 0 ? b->sum / b->all : 0;
    int scaled = (int)lround((score > 1 ? 1 : score) * SCALE);
    size_t at = l->count;
    while (at > 0 && b->weight[at - 1] < b->sum)
        at--;
    if (scaled < YJ_LIKELY_LEAST || at == s->per)
        return;
    l->count += l->count < s->per;
    for (size_t i = l->count - 1; i > at; i--) {
        l->item[i] = l->item[i - 1];
        b->weight[i] = b->weight[i - 1];
    }
    l->item[at] = (yj_likely){ .passage = passage, .score = scaled };
    b->weight[at] = b->sum;
}

typedef struct hits {
    uint32_t *term, *wanted;
    size_t term_count, wanted_count;
} hits;

static void weigh(search *s, size_t passage, double length, hits *h)
{
    double average = (s->tokens[0] + s->tokens[1]) / (double)s->text->count;
    h->wanted_count = 0;
    for (size_t i = 0; i < h->term_count; i++) {
        term *m = &s->terms[h->term[i]];
        double f = m->here, weight = m->idf * f * (K1 + 1) / (f + K1 * (1 - B + B * length / average));
        m->here = 0;
        for (uint32_t u = m->first_use; u != NONE; u = s->uses[u].next) {
            best *b = &s->best[s->uses[u].wanted];
            if (b->sum == 0)
                h->wanted[h->wanted_count++] = s->uses[u].wanted;
            b->sum += weight;
        }
    }
    for (size_t i = 0; i < h->wanted_count; i++) {
        offer(s, h->wanted[i], passage);
        s->best[h->wanted[i]].sum = 0;
    }
}

static void weigh_all(search *s, hits *h)
{
    yj_token t;
    for (size_t p = 0; p < s->text->count; p++) {
        double length = 0;
        h->term_count = 0;
        for (yj_tokens at = yj_tokens_of(s->text->passages[p].text); yj_token_next(&at, &t);) {
            term *m = find(s, &t);
            length += 1;
            if (m && m->here++ == 0)
                h->term[h->term_count++] = (uint32_t)(m - s->terms);
        }
        if (h->term_count)
            weigh(s, p, length, h);
    }
}

/* --- where the words stand --------------------------------------------------------------------------------
 */

static bool wants(const search *s, const term *m, uint32_t wanted)
{
    for (uint32_t u = m ? m->first_use : NONE; u != NONE; u = s->uses[u].next)
        if (s->uses[u].wanted == wanted)
            return true;
    return false;
}

static void mark(search *s, uint32_t wanted, yj_likely *l)
{
    size_t found[YJ_LIKELY_MATCHES_MAX][2];
    size_t n = 0;
    yj_token t;
    for (yj_tokens at = yj_tokens_of(s->text->passages[l->passage].text); yj_token_next(&at, &t);) {
        if (!wants(s, find(s, &t), wanted))
            continue;
        if (n && t.from <= found[n - 1][1]) { /* pairs of characters overlap */
            found[n - 1][1] = t.to;
        } else if (n < YJ_LIKELY_MATCHES_MAX) {
            found[n][0] = t.from;
            found[n++][1] = t.to;
        } else {
            break;
        }
    }
    l->matches = yj_arena_array(s->arena, n + 1, sizeof found[0]);
    memcpy(l->matches, found, n * sizeof found[0]);
    l->match_count = n;
}

yj_status yj_text_likely(const yj_reading *text, const yj_wanted *wanted, size_t count, size_t per,
                         yj_arena *arena, yj_likely_list **ret, yj_error *err)
{
    assert(per >= 1 && per <= YJ_LIKELY_PER_MAX && count <= YJ_LIKELY_WANTED_MAX);
    search s = { .text = text, .wanted = wanted, .wanted_count = count, .per = per, .arena = arena };
    YJ_TRY(take_wanted(&s, err));
    hits h = { .term = yj_arena_array(arena, s.term_count + 1, sizeof(uint32_t)),
               .wanted = yj_arena_array(arena, count + 1, sizeof(uint32_t)) };
    s.best = yj_arena_array(arena, count + 1, sizeof(best));
    s.lists = yj_arena_array(arena, count + 1, sizeof(yj_likely_list));
    YJ_TRY(yj_arena_status(arena, err));
    count_found(&s);
    weigh_all(&s, &h);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < s.lists[i].count; k++)
            mark(&s, (uint32_t)i, &s.lists[i].item[k]);
    YJ_TRY(yj_arena_status(arena, err));
    *ret = s.lists;
    return YJ_OK;
}
