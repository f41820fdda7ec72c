// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/pass.h"
#include "base/time.h"
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#define SLOTS 3
#define CHUNK ((size_t)64 << 10) /* a multiple of YJ_PASS_GRAIN */
#define TELL_NS (YJ_NS_PER_S / 5)

const char *yj_range_name(yj_range_kind k)
{
    static const char *const names[] = { "write-error", "read-error", "differs", "residue" };
    return names[k];
}

void yj_ranges_add(yj_ranges *r, yj_range_kind kind, uint64_t from, uint64_t to, int sys_errno)
{
    for (size_t i = r->count; i-- > 0;) {
        yj_range *o = &r->row[i];
        if (o->kind == kind && o->sys_errno == sys_errno && from <= o->to && to >= o->from) {
            o->from = from < o->from ? from : o->from;
            o->to = to > o->to ? to : o->to;
            return;
        }
    }
    if (r->count == YJ_RANGES_MAX) {
        r->more = true;
        return;
    }
    r->row[r->count++] = (yj_range){ from, to, kind, sys_errno };
}

/* --- the bytes -------------------------------------------------------------------------------- */

typedef struct slot {
    uint8_t *bytes;
    uint64_t at;
    size_t len;
    bool ready, filled;
} slot;

typedef struct machine {
    yj_pass *p;
    bool reading;
    slot slot[SLOTS];
    uint8_t *zeros, *wanted; /* of CHUNK */
    EVP_CIPHER_CTX *cipher;  /* of whoever makes bytes: the helper in writing, the caller in reading */
    pthread_mutex_t lock;
    pthread_cond_t turned;
    bool over;        /* nobody wants more */
    int final;        /* the errno that ended the writing */
    yj_ranges failed; /* what the helper could not read; taken over at the end */
} machine;

/* The counter stands where the bytes of `at` begin; `at` is a whole block. */
static bool begin_bytes(machine *m, uint64_t at)
{
    uint8_t iv[16] = { 0 };
    uint64_t counter = at / 16;
    for (int i = 0; i < 8; i++)
        iv[15 - i] = (uint8_t)(counter >> (8 * i));
    return EVP_EncryptInit_ex(m->cipher, EVP_aes_256_ctr(), NULL, m->p->fill.seed, iv) == 1;
}

/* The next bytes of the stream; pieces stay in the processor's cache. */
static bool more_bytes(machine *m, uint8_t *ret, size_t len)
{
    for (size_t at = 0; at < len; at += CHUNK) {
        size_t n = len - at < CHUNK ? len - at : CHUNK;
        int made = 0;
        if (EVP_EncryptUpdate(m->cipher, ret + at, &made, m->zeros, (int)n) != 1 || (size_t)made != n)
            return false;
    }
    return true;
}

static bool make_bytes(machine *m, slot *s)
{
    if (m->p->fill.random)
        return begin_bytes(m, s->at) && more_bytes(m, s->bytes, s->len);
    if (!s->filled)
        memset(s->bytes, m->p->fill.byte, YJ_PASS_BYTES);
    s->filled = true; /* writing changes nothing in it */
    return true;
}

/* Whether the error says that nothing further will go better. */
static bool is_final(int sys_errno)
{
    return sys_errno == ENODEV || sys_errno == ENXIO || sys_errno == ENOSPC || sys_errno == EDQUOT ||
           sys_errno == EFBIG || sys_errno == EROFS || sys_errno == EBADF;
}

/* All of it, or what could be; what failed is put down. Returns the errno that ends all, or 0. */
static int move(const machine *m, slot *s, size_t from, size_t to, size_t grain, yj_ranges *bad)
{
    const yj_disk *d = m->p->disk;
    while (from < to) {
        size_t n = grain && to - from > grain ? grain : to - from;
        errno = 0;
        int64_t got = m->reading ? d->ops->read(d->self, s->bytes + from, n, s->at + from)
                                 : d->ops->write(d->self, s->bytes + from, n, s->at + from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0 && (size_t)got <= n) {
            from += (size_t)got;
            continue;
        }
        int why = got < 0 && errno ? errno : EIO; /* nothing moved is a failure, too */
        if (is_final(why)) {
            yj_ranges_add(bad, m->reading ? YJ_RANGE_READ : YJ_RANGE_WRITE, s->at + from, s->at + to, why);
            return why;
        }
        if (!grain) {
            int rc = move(m, s, from, to, YJ_PASS_GRAIN, bad);
            return rc;
        }
        yj_ranges_add(bad, m->reading ? YJ_RANGE_READ : YJ_RANGE_WRITE, s->at + from, s->at + from + n, why);
        if (m->reading)
            memset(s->bytes + from, 0, n); /* nothing stale may look as if it had been read */
        from += n;
    }
    return 0;
}

/* --- what is found ---------------------------------------------------------------------------- */

static bool overlaps(const yj_ranges *r, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->row[i].from < to && r->row[i].to > from)
            return true;
    return false;
}

static bool is_all(const uint8_t *p, size_t len, uint8_t byte)
{
    return len == 0 || (p[0] == byte && memcmp(p, p + 1, len - 1) == 0);
}

static void look_at_grain(machine *m, const slot *s, size_t at, size_t len, const uint8_t *wanted,
                          const yj_ranges *unread)
{
    yj_pass *p = m->p;
    const uint8_t *b = s->bytes + at;
    uint64_t from = s->at + at, to = from + len;
    if (overlaps(unread, from, to))
        return; /* it is put down already */
    if (p->canary && len >= YJ_CANARY_LEN && memcmp(b, p->canary, YJ_CANARY_LEN) == 0) {
        yj_ranges_add(p->bad, YJ_RANGE_RESIDUE, from, to, 0);
        return;
    }
    if (p->after == YJ_AFTER_UNIFORM) {
        if (!p->has_found && (b[0] == 0 || b[0] == 0xff)) {
            p->found = b[0];
            p->has_found = true;
        }
        if (!p->has_found || !is_all(b, len, p->found))
            yj_ranges_add(p->bad, YJ_RANGE_DIFFERS, from, to, 0);
    } else if (p->after == YJ_AFTER_PATTERN && memcmp(b, wanted, len) != 0) {
        yj_ranges_add(p->bad, YJ_RANGE_DIFFERS, from, to, 0);
    }
}

static bool look(machine *m, const slot *s, const yj_ranges *unread)
{
    bool pattern = m->p->after == YJ_AFTER_PATTERN, random = pattern && m->p->fill.random;
    if (random && !begin_bytes(m, s->at))
        return false;
    bool all_read = !overlaps(unread, s->at, s->at + s->len);
    for (size_t at = 0; at < s->len; at += CHUNK) {
        size_t n = s->len - at < CHUNK ? s->len - at : CHUNK;
        if (random && !more_bytes(m, m->wanted, n))
            return false;
        if (pattern && all_read && memcmp(s->bytes + at, m->wanted, n) == 0)
            continue;
        for (size_t k = 0; k < n; k += YJ_PASS_GRAIN)
            look_at_grain(m, s, at + k, n - k < YJ_PASS_GRAIN ? n - k : YJ_PASS_GRAIN, m->wanted + k, unread);
    }
    return true;
}

/* --- two threads ------------------------------------------------------------------------------ */

typedef struct walk {
    size_t extent;
    uint64_t at;
    bool begun;
} walk;

/* The next piece, never across the ends of an extent. */
static bool next(const yj_pass *p, walk *w, uint64_t *ret_at, size_t *ret_len)
{
    for (; w->extent < p->extents; w->extent++, w->begun = false) {
        const yj_extent *e = &p->extent[w->extent];
        uint64_t at = w->begun ? w->at : e->from;
        if (at >= e->to)
            continue;
        uint64_t left = e->to - at;
        *ret_at = at;
        *ret_len = left < YJ_PASS_BYTES ? (size_t)left : YJ_PASS_BYTES;
        w->at = at + *ret_len;
        w->begun = true;
        return true;
    }
    return false;
}

static void *help(void *self)
{
    machine *m = self;
    walk w = { 0 };
    uint64_t at;
    size_t len;
    for (size_t i = 0; next(m->p, &w, &at, &len); i++) {
        slot *s = &m->slot[i % SLOTS];
        pthread_mutex_lock(&m->lock);
        while (s->ready && !m->over)
            pthread_cond_wait(&m->turned, &m->lock);
        bool over = m->over;
        pthread_mutex_unlock(&m->lock);
        if (over)
            return NULL;
        yj_ranges *mine = calloc(1, sizeof *mine);
        s->at = at;
        s->len = len;
        int rc = mine ? 0 : ENOMEM;
        if (mine && m->reading)
            rc = move(m, s, 0, len, 0, mine);
        else if (mine && !make_bytes(m, s))
            rc = ENOMEM;
        pthread_mutex_lock(&m->lock);
        for (size_t k = 0; mine && k < mine->count; k++)
            yj_ranges_add(&m->failed, mine->row[k].kind, mine->row[k].from, mine->row[k].to,
                          mine->row[k].sys_errno);
        m->failed.more = m->failed.more || (mine && mine->more);
        s->ready = true;
        if (rc)
            m->over = true;
        pthread_cond_broadcast(&m->turned);
        pthread_mutex_unlock(&m->lock);
        free(mine);
        if (rc)
            return (
                void *)(uintptr_t)(unsigned)rc; // NOLINT(performance-no-int-to-ptr): an errno, not a place
    }
    return NULL;
}

/* Ready in its turn, or false if the helper gave up before. */
static bool wait_for(machine *m, slot *s, yj_ranges *unread)
{
    pthread_mutex_lock(&m->lock);
    while (!s->ready && !m->over)
        pthread_cond_wait(&m->turned, &m->lock);
    bool ready = s->ready && !(m->over && !m->reading);
    *unread = m->failed;
    pthread_mutex_unlock(&m->lock);
    return ready;
}

static void give_back(machine *m, slot *s)
{
    pthread_mutex_lock(&m->lock);
    s->ready = false;
    pthread_cond_broadcast(&m->turned);
    pthread_mutex_unlock(&m->lock);
}

static yj_status fail_final(int sys_errno, bool reading, yj_error *err)
{
    errno = sys_errno;
    return reading ? yj_fail_sys(err, YJ_E_IO, "it cannot be read any further")
                   : yj_fail_sys(err, YJ_E_IO, "it cannot be written any further");
}

static yj_status consume(machine *m, yj_ranges *unread, yj_error *err)
{
    yj_pass *p = m->p;
    walk w = { 0 };
    uint64_t at;
    size_t len;
    int64_t told = yj_monotonic_ns();
    for (size_t i = 0; next(p, &w, &at, &len); i++) {
        slot *s = &m->slot[i % SLOTS];
        if (p->stop && atomic_load(p->stop))
            return yj_fail(err, YJ_E_BUSY, "interrupted");
        if (p->bad->more)
            return yj_fail(err, YJ_E_IO, "more than %d places failed", YJ_RANGES_MAX);
        if (!wait_for(m, s, unread))
            return YJ_OK; /* the helper says why */
        if (m->reading) {
            if (!look(m, s, unread))
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
        } else {
            int rc = move(m, s, 0, s->len, 0, p->bad);
            if (rc) {
                m->final = rc;
                p->place = at + len; /* what failed of it is put down */
                return fail_final(rc, false, err);
            }
        }
        give_back(m, s);
        p->done += len;
        p->place = at + len;
        int64_t now = yj_monotonic_ns();
        if (p->tell && now - told >= TELL_NS) {
            told = now;
            YJ_TRY(p->tell(p->tell_self, p->done, err));
        }
    }
    return p->tell ? p->tell(p->tell_self, p->done, err) : YJ_OK;
}

/* What was not reached counts as failed: nothing may be taken for done. */
static void put_down_rest(yj_pass *p, bool reading, int why)
{
    for (size_t i = 0; i < p->extents; i++) {
        uint64_t from = p->extent[i].from > p->place ? p->extent[i].from : p->place;
        if (from < p->extent[i].to)
            yj_ranges_add(p->bad, reading ? YJ_RANGE_READ : YJ_RANGE_WRITE, from, p->extent[i].to, why);
    }
}

static yj_status work(machine *m, yj_ranges *unread, yj_error *err)
{
    pthread_t helper;
    if (pthread_create(&helper, NULL, help, m) != 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = consume(m, unread, err);
    void *said = NULL;
    pthread_mutex_lock(&m->lock);
    bool gave_up = m->over;
    m->over = true;
    pthread_cond_broadcast(&m->turned);
    pthread_mutex_unlock(&m->lock);
    pthread_join(helper, &said);
    int rc = gave_up ? (int)(uintptr_t)said : 0;
    for (size_t i = 0; i < m->failed.count; i++) {
        const yj_range *r = &m->failed.row[i];
        yj_ranges_add(m->p->bad, r->kind, r->from, r->to, r->sys_errno);
    }
    m->p->bad->more = m->p->bad->more || m->failed.more;
    if (s == YJ_OK && rc == ENOMEM)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK && rc)
        s = fail_final(rc, m->reading, err);
    if (s == YJ_E_IO)
        put_down_rest(m->p, m->reading, rc ? rc : m->final ? m->final : EIO);
    return s;
}

static yj_status run(yj_pass *p, bool reading, yj_error *err)
{
    machine *m = calloc(1, sizeof *m);
    yj_ranges *unread = calloc(1, sizeof *unread);
    bool fine = m && unread;
    yj_status s = YJ_E_NOMEM;
    if (fine) {
        m->p = p;
        m->reading = reading;
        m->cipher = EVP_CIPHER_CTX_new();
        m->zeros = calloc(1, CHUNK);
        m->wanted = malloc(CHUNK);
        fine = m->cipher && m->zeros && m->wanted;
        if (m->wanted)
            memset(m->wanted, p->fill.byte, CHUNK);
        for (int i = 0; i < SLOTS; i++) {
            m->slot[i].bytes = aligned_alloc(YJ_PASS_GRAIN, YJ_PASS_BYTES);
            fine = fine && m->slot[i].bytes;
        }
        pthread_mutex_init(&m->lock, NULL);
        pthread_cond_init(&m->turned, NULL);
        s = fine ? work(m, unread, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
        pthread_cond_destroy(&m->turned);
        pthread_mutex_destroy(&m->lock);
        for (int i = 0; i < SLOTS; i++)
            free(m->slot[i].bytes);
        free(m->wanted);
        free(m->zeros);
        EVP_CIPHER_CTX_free(m->cipher);
    } else {
        s = yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    free(unread);
    free(m);
    return s;
}

yj_status yj_pass_write(yj_pass *p, yj_error *err)
{
    return run(p, false, err);
}

yj_status yj_pass_read(yj_pass *p, yj_error *err)
{
    return run(p, true, err);
}
