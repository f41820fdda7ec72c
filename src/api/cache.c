// SPDX-License-Identifier: Apache-2.0
#include "api/cache.h"
#include "base/hash.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* --- tallies ----------------------------------------------------------------------------------------------
 */

#define TALLY_BUCKETS 256u

struct yj_tallies {
    _Atomic(yj_tally *) bucket[TALLY_BUCKETS]; /* lists that only grow at their heads */
    pthread_mutex_t lock;                      /* of growing */
    _Atomic uint64_t generation;
    atomic_int committing; /* commits under way, of all ledgers */
};

yj_tallies *yj_tallies_new(void)
{
    yj_tallies *t = calloc(1, sizeof *t);
    if (t)
        pthread_mutex_init(&t->lock, NULL);
    return t;
}

void yj_tallies_free(yj_tallies *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < TALLY_BUCKETS; i++) {
        yj_tally *x = atomic_load(&t->bucket[i]);
        while (x) {
            yj_tally *next = x->next;
            free(x);
            x = next;
        }
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static yj_tally *tally_find(yj_tallies *t, int64_t inst)
{
    yj_tally *x = atomic_load_explicit(&t->bucket[(uint64_t)inst % TALLY_BUCKETS], memory_order_acquire);
    while (x && x->inst != inst)
        x = x->next;
    return x;
}

yj_tally *yj_tallies_of(yj_tallies *t, int64_t inst)
{
    yj_tally *x = tally_find(t, inst);
    if (x)
        return x;
    pthread_mutex_lock(&t->lock);
    x = tally_find(t, inst);
    if (!x && (x = calloc(1, sizeof *x))) {
        _Atomic(yj_tally *) *head = &t->bucket[(uint64_t)inst % TALLY_BUCKETS];
        x->inst = inst;
        x->next = atomic_load(head);
        atomic_store_explicit(head, x, memory_order_release);
    }
    pthread_mutex_unlock(&t->lock);
    return x;
}

bool yj_tallies_grew(yj_tallies *t, int64_t inst, uint64_t size)
{
    yj_tally *x = yj_tallies_of(t, inst);
    uint64_t have = x ? atomic_load(&x->size) : 0;
    bool news = false;
    while (x && have < size) {
        if (atomic_compare_exchange_weak(&x->size, &have, size)) {
            news = true;
            break;
        }
    }
    if (news || !x) /* out of memory: at least nothing bound to all ledgers stays */
        atomic_fetch_add(&t->generation, 1);
    return news;
}

void yj_tallies_committing(yj_tallies *t, int64_t inst, bool begins)
{
    yj_tally *x = yj_tallies_of(t, inst);
    if (x)
        atomic_fetch_add(&x->committing, begins ? 1 : -1);
    atomic_fetch_add(&t->committing, begins ? 1 : -1);
}

uint64_t yj_tallies_generation(yj_tallies *t)
{
    return atomic_load(&t->generation);
}

/* --- answers ----------------------------------------------------------------------------------------------
 */

#define BUCKETS 8192u
#define ENTRY_OVERHEAD ((size_t)1024) /* the entry, the answer's headers, the library's part of it */

typedef struct entry {
    struct entry *chain;
    struct entry *newer, *older; /* by last use */
    uint64_t hash;
    yj_stamp stamp;
    yj_answer *answer;
    size_t bytes;
    int route;
    unsigned form;
    char etag[YJ_ETAG_MAX];
    size_t len;
    char target[];
} entry;

struct yj_cache {
    pthread_mutex_t lock;
    yj_tallies *tallies;
    int64_t (*day)(void *ctx);
    void *day_ctx;
    uint64_t seed;
    size_t max, bytes, entries;
    uint64_t hits, misses;
    entry *newest, *oldest;
    entry *bucket[BUCKETS];
};

yj_cache *yj_cache_new(size_t max_bytes, yj_tallies *t, int64_t (*day)(void *ctx), void *ctx)
{
    yj_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->tallies = t;
    c->day = day;
    c->day_ctx = ctx;
    c->max = max_bytes;
    yj_random(&c->seed, sizeof c->seed);
    return c;
}

static void unlink_use(yj_cache *c, entry *e)
{
    if (e->newer)
        e->newer->older = e->older;
    else
        c->newest = e->older;
    if (e->older)
        e->older->newer = e->newer;
    else
        c->oldest = e->newer;
}

static void link_newest(yj_cache *c, entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    if (c->newest)
        c->newest->newer = e;
    else
        c->oldest = e;
    c->newest = e;
}

static void drop(yj_cache *c, entry *e)
{
    entry **at = &c->bucket[e->hash % BUCKETS];
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    unlink_use(c, e);
    c->bytes -= e->bytes;
    c->entries--;
    yj_answer_unref(e->answer);
    free(e);
}

void yj_cache_free(yj_cache *c)
{
    if (!c)
        return;
    while (c->newest)
        drop(c, c->newest);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static uint64_t hash_of(const yj_cache *c, yj_span s, unsigned form)
{
    uint64_t h = c->seed ^ form;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

static bool holds(const yj_cache *c, const yj_stamp *s)
{
    if (!s->fit || (s->all && s->generation != yj_tallies_generation(c->tallies)))
        return false;
    if (s->own && atomic_load(&s->own->size) != s->own_size)
        return false;
    if (s->installation && atomic_load(&s->installation->size) != s->installation_size)
        return false;
    return s->day == 0 || s->day == c->day(c->day_ctx);
}

/* Is one of its ledgers just being committed to? Then what is kept may be old already. */
static bool unsettled(const yj_cache *c, const yj_stamp *s)
{
    return (s->all && atomic_load(&c->tallies->committing) > 0) ||
           (s->own && atomic_load(&s->own->committing) > 0) ||
           (s->installation && atomic_load(&s->installation->committing) > 0);
}

static entry *find(yj_cache *c, yj_span target, unsigned form, uint64_t h)
{
    entry *e = c->bucket[h % BUCKETS];
    while (e && !(e->hash == h && e->form == form && yj_span_eq((yj_span){ e->target, e->len }, target)))
        e = e->chain;
    return e;
}

bool yj_cache_find(yj_cache *c, yj_span target, unsigned form, yj_hit *ret)
{
    uint64_t h = hash_of(c, target, form);
    pthread_mutex_lock(&c->lock);
    entry *e = find(c, target, form, h);
    bool wait = e && unsettled(c, &e->stamp); /* asked first: once it is over the size tells */
    if (e && !holds(c, &e->stamp)) {
        drop(c, e);
        e = NULL;
    }
    if (wait)
        e = NULL;
    if (e) {
        if (e != c->newest) {
            unlink_use(c, e);
            link_newest(c, e);
        }
        ret->answer = yj_answer_ref(e->answer);
        memcpy(ret->etag, e->etag, sizeof ret->etag);
        ret->route = e->route;
        ret->inst = e->stamp.inst;
        c->hits++;
    } else {
        c->misses++;
    }
    pthread_mutex_unlock(&c->lock);
    return e != NULL;
}

void yj_cache_put(yj_cache *c, yj_span target, unsigned form, const yj_stamp *stamp, yj_answer *a,
                  const char *etag, int route)
{
    size_t bytes = a ? yj_answer_bytes(a) + target.len + ENTRY_OVERHEAD : 0;
    if (!a || bytes > c->max / 8 || unsettled(c, stamp) || !holds(c, stamp))
        return;
    entry *e = calloc(1, sizeof *e + target.len + 1);
    if (!e)
        return;
    e->hash = hash_of(c, target, form);
    e->stamp = *stamp;
    e->answer = yj_answer_ref(a);
    e->bytes = bytes;
    e->route = route;
    e->form = form;
    snprintf(e->etag, sizeof e->etag, "%s", etag);
    e->len = target.len;
    memcpy(e->target, target.ptr, target.len);
    pthread_mutex_lock(&c->lock);
    entry *old = find(c, target, form, e->hash);
    if (old)
        drop(c, old);
    while (c->oldest && c->bytes + bytes > c->max) {
        assert(!c->oldest->older);
        drop(c, c->oldest);
    }
    e->chain = c->bucket[e->hash % BUCKETS];
    c->bucket[e->hash % BUCKETS] = e;
    link_newest(c, e);
    c->bytes += bytes;
    c->entries++;
    pthread_mutex_unlock(&c->lock);
}

void yj_cache_stats_read(yj_cache *c, yj_cache_stats *ret)
{
    pthread_mutex_lock(&c->lock);
    *ret = (yj_cache_stats){ c->hits, c->misses, c->bytes, c->entries };
    pthread_mutex_unlock(&c->lock);
}
