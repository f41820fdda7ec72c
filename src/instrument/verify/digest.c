// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/digest.h"
#include "instrument/verify/lanes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10) /* of one file at a time */
#define LANE_BYTES ((size_t)32 << 10)  /* of each of many: all stay in the processor's cache */
#define LARGE_BYTES ((size_t)4 << 20)

typedef struct source {
    yj_item *item;
    int fd;
    struct stat st;
    yj_why why; /* of a failure */
    int sys_errno;
} source;

/* A file, or two, that a worker has open. */
typedef struct held {
    const yj_piece *piece; /* NULL: none */
    source a, b;           /* the one that is digested; the one beside it, if any */
    char *buf;             /* of twice the worker's bytes: one for each */
    uint64_t seen;
    bool beside, same, last, known;
} held;

typedef struct job {
    const yj_digesting *d;
    unsigned most;    /* files a worker holds; 1: it has no lanes */
    atomic_bool stop; /* somebody does not want it to go on */
} job;

typedef struct worker {
    const job *j;
    yj_pool_share *share;
    yj_opener a, b;
    yj_summer *sum;  /* or */
    yj_lanes *lanes; /* one of both */
    size_t bytes;    /* read at once */
    char *buf;
    held held[YJ_LANES_MAX];
} worker;

static void worker_end(void *self, void *own)
{
    worker *w = own;
    yj_opener_done(&w->a);
    yj_opener_done(&w->b);
    yj_summer_free(w->sum);
    yj_lanes_free(w->lanes);
    free(w->buf);
    free(w);
}

static void *worker_begin(void *self)
{
    const job *j = self;
    worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->j = j;
    yj_opener_init(&w->a, j->d->a);
    yj_opener_init(&w->b, j->d->b);
    if (j->most > 1)
        w->lanes = yj_lanes_new(j->d->alg);
    else
        w->sum = yj_summer_new(j->d->alg);
    w->bytes = j->most > 1 ? LANE_BYTES : READ_BYTES;
    w->buf = malloc(2 * w->bytes * j->most);
    if ((!w->sum && !w->lanes) || !w->buf) {
        worker_end(self, w);
        return NULL;
    }
    for (unsigned i = 0; i < j->most; i++)
        w->held[i].buf = w->buf + 2 * w->bytes * i;
    return w;
}

/* --- one file --------------------------------------------------------------------------------- */

static bool broken(source *s, yj_why why, int sys_errno)
{
    s->why = why;
    s->sys_errno = sys_errno;
    return false;
}

static bool source_open(source *s, yj_opener *o, yj_item *i)
{
    *s = (source){ .item = i };
    s->fd = yj_opener_open(o, i->path, &s->st);
    return s->fd >= 0 || broken(s, YJ_WHY_SYSTEM, errno);
}

/* With many files open a disk's head would go from one to the other at every turn: of a large one more is
 * fetched at once. */
static void look_ahead(const worker *w, const source *s, uint64_t at)
{
    if (w->lanes && at % LARGE_BYTES == 0 && (uint64_t)s->st.st_size > LARGE_BYTES)
        (void)posix_fadvise(s->fd, (off_t)at, (off_t)LARGE_BYTES, POSIX_FADV_WILLNEED);
}

/* A full buffer, or what is left. */
static bool source_read(const worker *w, source *s, uint64_t at, char *buf, size_t *ret)
{
    size_t n = 0;
    if (atomic_load_explicit(&w->j->stop, memory_order_relaxed)) /* the run fails, and nobody looks at this */
        return broken(s, YJ_WHY_SYSTEM, ECANCELED);
    look_ahead(w, s, at);
    while (n < w->bytes) {
        ssize_t got = read(s->fd, buf + n, w->bytes - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return broken(s, YJ_WHY_SYSTEM, errno);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    yj_pool_read(w->share, n);
    *ret = n;
    return true;
}

static bool same_time(struct timespec x, struct timespec y)
{
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
}

/* Whoever writes meanwhile makes a digest of something that never was. */
static bool source_still(source *s, uint64_t seen)
{
    struct stat now;
    if (fstat(s->fd, &now) != 0)
        return broken(s, YJ_WHY_SYSTEM, errno);
    if (now.st_size != s->st.st_size || (uint64_t)now.st_size != seen ||
        !same_time(now.st_mtim, s->st.st_mtim) || !same_time(now.st_ctim, s->st.st_ctim))
        return broken(s, YJ_WHY_MOVING, 0);
    return true;
}

static void source_close(source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

/* --- one piece -------------------------------------------------------------------------------- */

static bool held_open(worker *w, held *h, const yj_piece *p)
{
    const bool only_b = !p->a || (p->b && w->j->d->only_b);
    h->piece = p;
    h->a = h->b = (source){ .fd = -1 };
    h->seen = 0;
    h->beside = !only_b && p->b;
    h->same = h->beside;
    h->last = h->known = false;
    return source_open(&h->a, only_b ? &w->b : &w->a, only_b ? p->b : p->a) &&
           (!h->beside || source_open(&h->b, &w->b, p->b));
}

/* Did an interrupted run read all of it, and has nothing of it changed since? Two files are then compared by
 * their digests. */
static bool held_known(worker *w, held *h, yj_sum *ret)
{
    yj_known *k = w->j->d->known;
    yj_sum other;
    if (!k || (h->beside && !yj_known_find(k, &h->b.st, &other)) || !yj_known_find(k, &h->a.st, ret))
        return false;
    h->known = true;
    h->same = h->beside && memcmp(ret, &other, sizeof other) == 0;
    h->seen = (uint64_t)h->a.st.st_size;
    yj_pool_read(w->share, h->seen + (h->beside ? (uint64_t)h->b.st.st_size : 0));
    return true;
}

static void keep(const worker *w, const held *h, const yj_sum *sum)
{
    yj_known *k = w->j->d->known;
    if (!k || h->known)
        return;
    yj_known_add(k, &h->a.st, sum);
    if (h->same)
        yj_known_add(k, &h->b.st, sum);
}

/* The next bytes of it, into its buffer. Both are read once; after the first difference only what is
 * digested. */
static bool held_feed(const worker *w, held *h, size_t *ret)
{
    size_t n = 0, m = 0;
    char *const other = h->buf + w->bytes;
    if (!source_read(w, &h->a, h->seen, h->buf, &n) ||
        (h->same && !source_read(w, &h->b, h->seen, other, &m)))
        return false;
    h->same = h->same && n == m && memcmp(h->buf, other, n) == 0;
    h->seen += n;
    h->last = n < w->bytes;
    *ret = n;
    return true;
}

/* @param sum NULL: it could not be read to its end */
static void held_end(worker *w, held *h, const yj_sum *sum)
{
    const yj_digesting *d = w->j->d;
    yj_piece_end e = { .read =
                           sum && source_still(&h->a, h->seen) && (!h->same || source_still(&h->b, h->seen)),
                       .same = h->same };
    if (e.read) {
        h->a.item->sum = *sum;
        h->a.item->has_sum = true;
        h->a.item->size = h->a.st.st_size;
        keep(w, h, sum);
    } else {
        const source *bad = h->a.why != YJ_WHY_NONE ? &h->a : &h->b;
        e.why = bad->why;
        e.sys_errno = bad->sys_errno;
    }
    source_close(&h->a);
    source_close(&h->b);
    d->done(d->self, h->piece, &e);
    h->piece = NULL;
    yj_pool_did(w->share);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void digest_one(worker *w, held *h, const yj_piece *p)
{
    size_t n = 0;
    bool fine = held_open(w, h, p);
    yj_sum sum;
    if (fine && held_known(w, h, &sum)) {
        held_end(w, h, &sum);
        return;
    }
    yj_summer_begin(w->sum);
    while (fine && !h->last) {
        fine = held_feed(w, h, &n);
        if (fine)
            yj_summer_add(w->sum, h->buf, n);
    }
    yj_summer_end(w->sum, &sum);
    held_end(w, h, fine ? &sum : NULL);
}

/* False: it cannot be read on, and is no longer held. */
static bool feed_lane(worker *w, unsigned lane)
{
    held *h = &w->held[lane];
    size_t n = 0;
    if (held_feed(w, h, &n)) {
        yj_lanes_give(w->lanes, lane, h->buf, n, h->last);
        return true;
    }
    yj_lanes_drop(w->lanes, lane);
    held_end(w, h, NULL);
    return false;
}

/* The next file that can be read at all; false: there is none. */
static bool fill_lane(worker *w, unsigned lane)
{
    held *h = &w->held[lane];
    for (size_t i; yj_pool_take(w->share, &i);) {
        if (!held_open(w, h, &w->j->d->piece[i])) {
            held_end(w, h, NULL);
            continue;
        }
        yj_sum sum;
        if (held_known(w, h, &sum)) {
            held_end(w, h, &sum);
            continue;
        }
        yj_lanes_begin(w->lanes, lane);
        if (feed_lane(w, lane))
            return true;
    }
    return false;
}

static void digest_in_lanes(worker *w)
{
    bool more = true;
    for (unsigned ready;;) {
        for (unsigned i = 0; more && i < w->j->most; i++)
            if (!w->held[i].piece)
                more = fill_lane(w, i);
        if (!(ready = yj_lanes_run(w->lanes)))
            return;
        for (unsigned i = 0; i < w->j->most; i++) {
            if (!(ready >> i & 1))
                continue;
            if (w->held[i].last) {
                yj_sum sum;
                yj_lanes_end(w->lanes, i, &sum);
                held_end(w, &w->held[i], &sum);
            } else {
                (void)feed_lane(w, i);
            }
        }
    }
}

static void work(void *self, void *own, yj_pool_share *share)
{
    worker *w = own;
    w->share = share;
    if (w->lanes) {
        digest_in_lanes(w);
        return;
    }
    for (size_t i; yj_pool_take(share, &i);)
        digest_one(w, &w->held[0], &w->j->d->piece[i]);
}

static uint64_t size_of(const yj_piece *p)
{
    return (uint64_t)(p->a && p->a->size > 0 ? p->a->size : 0) +
           (uint64_t)(p->b && p->b->size > 0 ? p->b->size : 0);
}

/* The rest stays sorted by path, as folders are opened. */
static yj_status large_first(const yj_digesting *d, uint64_t *ret_total, yj_error *err)
{
    yj_piece *sorted = reallocarray(NULL, d->count, sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret_total = 0;
    for (size_t i = 0; i < d->count; i++) {
        *ret_total += size_of(&d->piece[i]);
        if (size_of(&d->piece[i]) > LARGE_BYTES)
            sorted[n++] = d->piece[i];
    }
    for (size_t i = 0; i < d->count; i++)
        if (size_of(&d->piece[i]) <= LARGE_BYTES)
            sorted[n++] = d->piece[i];
    memcpy(d->piece, sorted, n * sizeof *sorted);
    free(sorted);
    return YJ_OK;
}

static unsigned files_at_a_time(const yj_digesting *d)
{
    const unsigned width = yj_lanes_width(d->alg), threads = d->threads ? d->threads : 1;
    if (d->count >= (size_t)yj_lanes_spread(d->alg) * threads)
        return width;
    const size_t fair = (d->count + threads - 1) / threads;
    return fair < width ? (unsigned)fair : width;
}

yj_status yj_digest_all(const yj_digesting *d, yj_error *err)
{
    if (d->count == 0)
        return YJ_OK;
    job j = { .d = d, .most = files_at_a_time(d) };
    uint64_t total = 0;
    YJ_TRY(large_first(d, &total, err));
    yj_pool p = { .count = d->count,
                  .threads = d->threads,
                  .total = total,
                  .begin = worker_begin,
                  .work = work,
                  .end = worker_end,
                  .self = &j,
                  .progress = d->progress,
                  .progress_self = d->progress_self,
                  .go_on = d->go_on,
                  .go_on_self = d->go_on_self,
                  .stop = &j.stop };
    return yj_pool_run(&p, err);
}
