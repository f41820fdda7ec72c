// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/digest.h"
#include "base/file.h"
#include "instrument/verify/lanes.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10) /* of one file at a time */
#define LANE_BYTES ((size_t)32 << 10)  /* of each of many: all stay in the processor's cache */
#define LARGE_BYTES ((size_t)4 << 20)

typedef struct source {
    yj_item *item;
    int fd;
    struct stat st;
    bool settled; /* when it was opened it had not changed for a while (known.h) */
    yj_why why;   /* of a failure */
    int sys_errno;
} source;

/* What was read of it at once. */
typedef struct slot {
    char *buf; /* of twice the worker's bytes: for the one that is digested, and the one beside it */
    size_t n;
    bool full, fine, last;
} slot;

/* A file, or two, that a worker has open. A reader reads it while `reading`; all else is the worker's. */
typedef struct held {
    const yj_piece *piece; /* NULL: none */
    source a, b;           /* the one that is digested; the one beside it, if any */
    uint64_t seen;
    bool beside, same, known;
    slot slot[2]; /* while one is digested the other is read */
    unsigned in;  /* the slot that is read next */
    unsigned out; /* the slot that is digested */
    bool reading;
} held;

typedef struct job {
    const yj_digesting *d;
    unsigned most;    /* files a worker holds */
    bool readers;     /* a second thread for each worker */
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
    pthread_t reader;
    bool has_reader;
    pthread_mutex_t lock; /* of all slots and `reading`, while there is a reader */
    pthread_cond_t change;
    bool quit;
} worker;

/* --- one file --------------------------------------------------------------------------------- */

static bool broken(source *s, yj_why why, int sys_errno)
{
    s->why = why;
    s->sys_errno = sys_errno;
    return false;
}

static bool source_open(source *s, yj_opener *o, yj_item *i, const yj_known *known)
{
    *s = (source){ .item = i };
    s->fd = yj_opener_open(o, i->path, &s->st);
    s->settled = known && s->fd >= 0 && yj_known_settled(known, &s->st);
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

/* Whoever writes meanwhile makes a digest of something that never was. */
static bool source_still(source *s, uint64_t seen)
{
    struct stat now;
    if (fstat(s->fd, &now) != 0)
        return broken(s, YJ_WHY_SYSTEM, errno);
    if ((uint64_t)now.st_size != seen || !yj_file_unchanged(&s->st, &now))
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
    h->known = false;
    h->in = h->out = 0;
    h->slot[0].full = h->slot[1].full = false;
    return source_open(&h->a, only_b ? &w->b : &w->a, only_b ? p->b : p->a, w->j->d->known) &&
           (!h->beside || source_open(&h->b, &w->b, p->b, w->j->d->known));
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
    if (h->a.settled)
        yj_known_add(k, &h->a.st, sum);
    if (h->same && h->b.settled)
        yj_known_add(k, &h->b.st, sum);
}

/* The next bytes of it. Both are read once; after the first difference only what is digested. */
static void held_read(const worker *w, held *h, slot *t)
{
    size_t n = 0, m = 0;
    char *const other = t->buf + w->bytes;
    t->fine =
        source_read(w, &h->a, h->seen, t->buf, &n) && (!h->same || source_read(w, &h->b, h->seen, other, &m));
    h->same = h->same && n == m && memcmp(t->buf, other, n) == 0;
    h->seen += n;
    t->n = n;
    t->last = n < w->bytes;
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
    slot *t = &h->slot[0];
    yj_sum sum;
    t->fine = held_open(w, h, p);
    t->last = false;
    if (t->fine && held_known(w, h, &sum)) {
        held_end(w, h, &sum);
        return;
    }
    yj_summer_begin(w->sum);
    while (t->fine && !t->last) {
        held_read(w, h, t);
        if (t->fine)
            yj_summer_add(w->sum, t->buf, t->n);
    }
    yj_summer_end(w->sum, &sum);
    held_end(w, h, t->fine ? &sum : NULL);
}

/* A slot of any file that can be read into; false: there is none. Under the lock. */
static bool room(worker *w, unsigned *at)
{
    for (unsigned i = 0; i < w->j->most; i++) {
        const unsigned k = (*at + i) % w->j->most;
        const held *h = &w->held[k];
        if (h->reading && !h->slot[h->in].full) {
            *at = k;
            return true;
        }
    }
    return false;
}

/* Reads for a worker, a slot ahead of it. */
static void *read_ahead(void *arg)
{
    worker *w = arg;
    unsigned at = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->quit) {
        if (!room(w, &at)) {
            pthread_cond_wait(&w->change, &w->lock);
            continue;
        }
        held *h = &w->held[at];
        slot *t = &h->slot[h->in];
        pthread_mutex_unlock(&w->lock);
        held_read(w, h, t);
        pthread_mutex_lock(&w->lock);
        t->full = true;
        h->in ^= 1;
        h->reading = t->fine && !t->last;
        pthread_cond_broadcast(&w->change);
        at++;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* The slot of what comes next, once it has been read. */
static slot *next_slot(worker *w, held *h)
{
    slot *t = &h->slot[h->out];
    if (!w->has_reader) {
        held_read(w, h, t);
        return t;
    }
    pthread_mutex_lock(&w->lock);
    while (!t->full)
        pthread_cond_wait(&w->change, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return t;
}

/* What was digested may be overwritten. */
static void free_slot(worker *w, held *h)
{
    if (!w->has_reader)
        return;
    pthread_mutex_lock(&w->lock);
    h->slot[h->out].full = false;
    h->out ^= 1;
    pthread_cond_broadcast(&w->change);
    pthread_mutex_unlock(&w->lock);
}

static void let_read(worker *w, held *h)
{
    if (!w->has_reader)
        return;
    pthread_mutex_lock(&w->lock);
    h->reading = true;
    pthread_cond_broadcast(&w->change);
    pthread_mutex_unlock(&w->lock);
}

/* False: it cannot be read on, and is no longer held. */
static bool feed_lane(worker *w, unsigned lane)
{
    held *h = &w->held[lane];
    const slot *t = next_slot(w, h);
    if (t->fine) {
        yj_lanes_give(w->lanes, lane, t->buf, t->n, t->last);
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
        let_read(w, h);
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
            if (w->held[i].slot[w->held[i].out].last) {
                yj_sum sum;
                yj_lanes_end(w->lanes, i, &sum);
                held_end(w, &w->held[i], &sum);
            } else {
                free_slot(w, &w->held[i]);
                (void)feed_lane(w, i);
            }
        }
    }
}

/* --- threads ---------------------------------------------------------------------------------- */

static void worker_end(void *self, void *own)
{
    worker *w = own;
    if (w->has_reader) {
        pthread_mutex_lock(&w->lock);
        w->quit = true;
        pthread_cond_broadcast(&w->change);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->reader, NULL);
    }
    pthread_cond_destroy(&w->change);
    pthread_mutex_destroy(&w->lock);
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
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->change, NULL);
    yj_opener_init(&w->a, j->d->a);
    yj_opener_init(&w->b, j->d->b);
    if (j->most > 1)
        w->lanes = yj_lanes_new(j->d->alg);
    else
        w->sum = yj_summer_new(j->d->alg);
    w->bytes = j->most > 1 ? LANE_BYTES : READ_BYTES;
    const size_t slots = j->readers ? 2 : 1, bytes = 2 * w->bytes;
    w->buf = malloc(bytes * slots * j->most);
    if ((!w->sum && !w->lanes) || !w->buf) {
        worker_end(self, w);
        return NULL;
    }
    for (unsigned i = 0; i < j->most; i++)
        for (size_t k = 0; k < slots; k++)
            w->held[i].slot[k].buf = w->buf + bytes * (slots * i + k);
    return w;
}

static void work(void *self, void *own, yj_pool_share *share)
{
    worker *w = own;
    w->share = share;
    w->has_reader = w->j->readers && pthread_create(&w->reader, NULL, read_ahead, w) == 0;
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

/* How many files, each maybe with one beside it, a thread may have open when half of what the process may
 * have is for others. */
static size_t descriptors(unsigned threads)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 1;
    const size_t each = (size_t)r.rlim_cur / (4 * (size_t)threads);
    return each > 0 ? each : 1;
}

/* How many threads digest, how many files each holds, and whether each has another that reads for it. Lanes
 * are worth most when all are used: a thread that would leave half of them empty had better read. */
static unsigned share_out(const yj_digesting *d, job *j)
{
    const unsigned width = yj_lanes_width(d->alg), given = d->threads ? d->threads : 1;
    unsigned threads = given;
    if (d->count >= yj_lanes_pack(d->alg) && d->count < (size_t)width * given)
        threads = (unsigned)((d->count + width - 1) / width);
    size_t most = (d->count + threads - 1) / threads;
    if (most > width)
        most = width;
    if (most > descriptors(threads))
        most = descriptors(threads);
    j->most = (unsigned)most;
    j->readers = j->most > 1 && 2 * threads <= given;
    return threads;
}

yj_status yj_digest_all(const yj_digesting *d, yj_error *err)
{
    if (d->count == 0)
        return YJ_OK;
    job j = { .d = d };
    const unsigned threads = share_out(d, &j);
    uint64_t total = 0;
    YJ_TRY(large_first(d, &total, err));
    yj_pool p = { .count = d->count,
                  .threads = threads,
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
