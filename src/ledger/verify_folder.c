// SPDX-License-Identifier: Apache-2.0
#include "ledger/verify_folder.h"
#include "base/file.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define JOB_BYTES_MAX ((size_t)256 << 20)
#define TEXT_BYTES_MAX ((size_t)16 << 20)
#define THREADS_MAX 64

typedef struct job {
    yj_arena *arena;
    yj_plan plan;
    const char *origin;
    const char *vkey; /* pinned, or NULL */
    yj_keys chain;
    yj_verify_report *report;
    yj_buf path, text, key_text, rotations;

    /* the ranges, joined in order; under the lock */
    pthread_mutex_t lock;
    pthread_cond_t turn;
    uint64_t units, next, joined;
    yj_unit *ring; /* unit u is at u % ring_count, from when it is taken until it is joined */
    size_t ring_count;
    bool stop;
    yj_status st; /* first failure, in the order of the entries */
    yj_error err;
    yj_frontier frontier; /* over the roots of full tiles */
    yj_digest local;      /* root of the entries after them */
    char last_time[YJ_LEAF_TIME_LEN];
    uint64_t body_short_at, hashes_short_at, first_gone;
    yj_tile_builder builder;
    bool partial_compare; /* the builder ends before the log does */
} job;

static void job_done(job *j)
{
    yj_keys_done(&j->chain);
    yj_buf_done(&j->path);
    yj_buf_done(&j->text);
    yj_buf_done(&j->key_text);
    yj_buf_done(&j->rotations);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->turn);
}

/* --- before: keys, rotations, checkpoints ----------------------------------------------------------------
 */

static yj_status read_keys(job *j, const char *vkey, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_buf_init(&name, YJ_NOTE_NAME_MAX + 1);
    if (!vkey) {
        YJ_TRY(yj_folder_file(&j->path, j->plan.folder, "key.txt", err));
        YJ_TRY(yj_file_read(j->path.ptr, TEXT_BYTES_MAX, &j->key_text, err));
    }
    yj_span rest = vkey ? yj_span_of(vkey) : yj_buf_view(&j->key_text), line = rest;
    if (!vkey && !yj_next_line(&rest, &line))
        line.len = 0;
    yj_status st = yj_vkey_parse(line, &name, &key, err);
    if (st == YJ_E_INVALID && !vkey)
        return yj_fail(err, YJ_E_CORRUPT, "%s is malformed", "key.txt");
    YJ_TRY(st);
    j->origin = yj_arena_strndup(j->arena, name.ptr, name.len);
    j->plan.alg = yj_sign_hash(yj_key_alg(key));
    YJ_TRY(yj_arena_status(j->arena, err));
    if (vkey)
        YJ_TRY(yj_vkey_text(j->origin, key, j->arena, &j->vkey, err));
    yj_keys_init(&j->chain, j->origin, j->arena);
    YJ_TRY(yj_folder_file(&j->path, j->plan.folder, "rotations.jsonl", err));
    if (yj_path_exists(j->path.ptr))
        YJ_TRY(yj_file_read(j->path.ptr, TEXT_BYTES_MAX, &j->rotations, err));
    /* without rotations the key is the only one; with them the chain shows where it stands */
    return j->rotations.len ? YJ_OK : yj_keys_first(&j->chain, key, err);
}

static size_t count_lines(yj_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == '\n';
    return n;
}

static yj_status read_rotations(job *j, yj_error *err)
{
    yj_plan *p = &j->plan;
    yj_span rest = yj_buf_view(&j->rotations), line, digits;
    p->rotation = yj_arena_array(j->arena, count_lines(rest), sizeof *p->rotation);
    YJ_TRY(yj_arena_status(j->arena, err));
    while (yj_next_line(&rest, &line)) {
        const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
        yj_rotation *r = &p->rotation[p->rotation_count];
        digits = (yj_span){ colon ? colon + 1 : NULL, 0 };
        while (colon && digits.ptr + digits.len < line.ptr + line.len && digits.ptr[digits.len] >= '0' &&
               digits.ptr[digits.len] <= '9')
            digits.len++;
        bool after = p->rotation_count == 0;
        if (!colon || !yj_parse_u63(digits, &r->seq) ||
            !yj_body_line_scan(line, r->seq, &r->salt_hex, &r->body) || !r->salt_hex.ptr ||
            (!after && r->seq <= r[-1].seq))
            return yj_fail(err, YJ_E_CORRUPT, "%s is malformed", "rotations.jsonl");
        p->rotation_count++;
    }
    if (rest.len)
        return yj_fail(err, YJ_E_CORRUPT, "%s is malformed", "rotations.jsonl");
    return YJ_OK;
}

/* Each rotation is signed by the key before it, so the chain stands by itself; that they are in the log is
 * seen when their entries come by. */
static yj_status follow_rotations(job *j, yj_error *err)
{
    for (size_t i = 0; i < j->plan.rotation_count; i++)
        YJ_TRY(yj_keys_rotate(&j->chain, j->plan.rotation[i].seq, j->plan.rotation[i].body, err));
    if (j->vkey) {
        /* one that comes into force after the newest checkpoint says nothing about who signed that */
        for (size_t i = 0; i < j->chain.count && !j->report->pinned; i++)
            j->report->pinned =
                j->chain.row[i].from <= j->plan.size && strcmp(j->chain.row[i].vkey, j->vkey) == 0;
        if (!j->report->pinned)
            return yj_fail(err, YJ_E_CORRUPT, "the given key is none of the keys of this log");
        return YJ_OK;
    }
    yj_span rest = yj_buf_view(&j->key_text), line;
    for (size_t i = 0; i < j->chain.count; i++)
        if (!yj_next_line(&rest, &line) || !yj_span_is(line, j->chain.row[i].vkey))
            return yj_fail(err, YJ_E_CORRUPT, "key.txt does not list the keys of this log");
    if (rest.len)
        return yj_fail(err, YJ_E_CORRUPT, "key.txt does not list the keys of this log");
    return YJ_OK;
}

static yj_status add_mark(job *j, uint64_t named, yj_mark *ret, yj_error *err)
{
    yj_note n;
    yj_checkpoint c;
    yj_buf_clear(&j->text);
    YJ_TRY(yj_file_read(j->path.ptr, YJ_NOTE_BYTES_MAX, &j->text, err));
    YJ_TRY(yj_checkpoint_read(yj_buf_view(&j->text), j->origin, named, &n, &c, err));
    *ret = (yj_mark){ .size = c.size, .root = c.root };
    ret->note = (yj_span){ yj_arena_strndup(j->arena, j->text.ptr, j->text.len), j->text.len };
    return yj_arena_status(j->arena, err);
}

static int by_size(const void *a, const void *b)
{
    const yj_mark *x = a, *y = b;
    return x->size < y->size ? -1 : x->size > y->size;
}

static yj_status read_kept(job *j, const yj_names *names, yj_error *err)
{
    yj_plan *p = &j->plan;
    for (size_t i = 0; i < names->count; i++) {
        uint64_t size;
        if (!yj_parse_u63(yj_span_of(names->name[i]), &size))
            continue; /* a leftover of an interrupted export */
        YJ_TRY(yj_folder_file(&j->path, p->folder, "checkpoints/", err));
        yj_buf_str(&j->path, names->name[i]);
        YJ_TRY(yj_buf_status(&j->path, err));
        YJ_TRY(add_mark(j, size, &p->mark[p->mark_count], err));
        p->mark_count++;
    }
    return YJ_OK;
}

static yj_status read_checkpoints(job *j, yj_error *err)
{
    yj_plan *p = &j->plan;
    yj_auto(yj_names_free) yj_names names = { NULL, 0 };
    YJ_TRY(yj_folder_file(&j->path, p->folder, "checkpoints", err));
    if (yj_path_is_dir(j->path.ptr))
        YJ_TRY(yj_dir_list(j->path.ptr, &names, err));
    p->mark = yj_arena_array(j->arena, names.count + 1, sizeof *p->mark);
    YJ_TRY(yj_arena_status(j->arena, err));
    YJ_TRY(yj_folder_file(&j->path, p->folder, "checkpoint", err));
    if (yj_path_exists(j->path.ptr)) {
        YJ_TRY(add_mark(j, UINT64_MAX, &p->mark[0], err));
        p->mark_count = 1;
    }
    YJ_TRY(read_kept(j, &names, err));
    if (!p->mark_count)
        return yj_fail(err, YJ_E_NOT_FOUND, "%s holds no checkpoint", p->folder);
    qsort(p->mark, p->mark_count, sizeof p->mark[0], by_size);
    p->size = p->mark[p->mark_count - 1].size;
    return YJ_OK;
}

/* --- joining the ranges ----------------------------------------------------------------------------------
 */

/* Fold what stands after the full tiles into their tree. */
static void joined_root(const job *j, const yj_digest *local, bool has_local, yj_digest *ret)
{
    if (!has_local) {
        yj_frontier_root(&j->frontier, ret);
        return;
    }
    yj_digest h = *local;
    for (unsigned i = j->frontier.count; i > 0; i--)
        yj_node_hash(j->plan.alg, &j->frontier.root[i - 1], &h, &h);
    *ret = h;
}

static void reach_marks(job *j, uint64_t from, uint64_t to)
{
    for (size_t i = yj_marks_from(&j->plan, from); i < j->plan.mark_count && j->plan.mark[i].size <= to;
         i++) {
        yj_mark *m = &j->plan.mark[i];
        joined_root(j, &m->local, m->size % YJ_TILE_WIDTH != 0, &m->reached);
        m->has_root = true;
    }
}

static yj_status compare_upper(void *self, unsigned level, uint64_t index, const yj_digest *hashes,
                               unsigned count, yj_error *err)
{
    job *j = self;
    unsigned width, have, at = 0;
    uint64_t left = (j->plan.size >> 8 * level) - index * YJ_TILE_WIDTH;
    YJ_TRY(yj_folder_read(j->plan.folder, (int)level, index,
                          left < YJ_TILE_WIDTH ? (unsigned)left : YJ_TILE_WIDTH, &j->path, &j->text, &width,
                          err));
    if (!width)
        return YJ_OK;
    have = (unsigned)(j->text.len / YJ_HASH_LEN);
    while (at < have && at < count &&
           memcmp(j->text.ptr + (size_t)at * YJ_HASH_LEN, hashes[at].b, YJ_HASH_LEN) == 0)
        at++;
    if (at < have && at < count) {
        yj_fail(err, YJ_E_CORRUPT,
                "tile %llu of level %d of the ledger does not have the hashes of its entries",
                (unsigned long long)index, (int)level);
        return yj_bad_entry(err, yj_tile_first_entry(level, index, at));
    }
    j->report->tiles++;
    uint64_t first = yj_tile_first_entry(level, index, have < width ? have : width - 1);
    if (j->text.len == width * (size_t)YJ_HASH_LEN)
        return YJ_OK;
    if (have < width && left <= YJ_TILE_WIDTH) { /* the last of its level is cut off */
        j->hashes_short_at = first < j->hashes_short_at ? first : j->hashes_short_at;
        return YJ_OK;
    }
    yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger is of the wrong length",
            (unsigned long long)index, (int)level);
    return yj_bad_entry(err, first);
}

static yj_status join_entries(job *j, const yj_unit *u, yj_error *err)
{
    if (u->count && u->first && memcmp(u->first_time, j->last_time, sizeof j->last_time) < 0) {
        yj_fail(err, YJ_E_CORRUPT, "ledger entry %llu is older than the one before it",
                (unsigned long long)u->first);
        return yj_bad_entry(err, u->first);
    }
    if (u->count)
        memcpy(j->last_time, u->last_time, sizeof j->last_time);
    if (u->body_seen && j->body_short_at != YJ_NO_INDEX) {
        yj_fail(err, YJ_E_CORRUPT,
                "the bodies from ledger entry %llu on are missing, but later ones are there",
                (unsigned long long)j->body_short_at);
        return yj_bad_entry(err, j->body_short_at);
    }
    for (uint64_t tile = 0; tile * YJ_TILE_WIDTH < u->count; tile++) {
        uint64_t at = u->first + tile * YJ_TILE_WIDTH;
        uint64_t n = u->count - tile * YJ_TILE_WIDTH;
        if (n < YJ_TILE_WIDTH) {
            j->local = u->local;
            reach_marks(j, at + 1, at + n);
            break;
        }
        reach_marks(j, at + 1, at + YJ_TILE_WIDTH - 1);
        yj_frontier_add(&j->frontier, &u->tile_root[tile]);
        reach_marks(j, at + YJ_TILE_WIDTH, at + YJ_TILE_WIDTH);
        YJ_TRY(yj_tile_builder_add(&j->builder, &u->tile_root[tile], err));
    }
    return YJ_OK;
}

/* In the order of the units, under the lock. */
static void join(job *j, const yj_unit *u)
{
    yj_verify_report *r = j->report;
    uint64_t left = j->plan.size - u->first, want = left < YJ_UNIT_ENTRIES ? left : YJ_UNIT_ENTRIES;
    r->size += u->count;
    r->bodies += u->bodies;
    r->bodies_gone += u->gone;
    r->tiles += u->tiles;
    j->st = join_entries(j, u, &j->err);
    if (u->erased || j->first_gone == YJ_NO_INDEX)
        j->first_gone = u->first_gone;
    if (j->body_short_at == YJ_NO_INDEX)
        j->body_short_at = u->body_short_at;
    if (u->hashes_short_at < j->hashes_short_at)
        j->hashes_short_at = u->hashes_short_at;
    if (j->st == YJ_OK && u->st != YJ_OK) {
        j->st = u->st;
        j->err = u->err;
    }
    j->stop = j->st != YJ_OK || u->count < want;
}

static void *work(void *arg)
{
    job *j = arg;
    /* a worker is large, and the arena not for threads */
    yj_auto(yj_arena_freep) yj_arena *own = yj_arena_new((size_t)1 << 20);
    yj_worker *w = own ? yj_arena_new_of(own, yj_worker) : NULL;
    if (w)
        yj_worker_init(w, &j->plan);
    pthread_mutex_lock(&j->lock);
    if (!w && !j->stop) {
        j->st = yj_fail(&j->err, YJ_E_NOMEM, "out of memory");
        j->stop = true;
        pthread_cond_broadcast(&j->turn);
    }
    for (;;) {
        while (!j->stop && j->next < j->units && j->next >= j->joined + j->ring_count)
            pthread_cond_wait(&j->turn, &j->lock);
        if (j->stop || j->next >= j->units)
            break;
        uint64_t index = j->next++;
        yj_unit *u = &j->ring[index % j->ring_count];
        u->done = false;
        pthread_mutex_unlock(&j->lock);
        yj_worker_run(w, index, u);
        pthread_mutex_lock(&j->lock);
        u->done = true;
        for (yj_unit *n; !j->stop && j->joined < j->next && (n = &j->ring[j->joined % j->ring_count])->done;
             j->joined++) {
            join(j, n);
            n->done = false;
        }
        pthread_cond_broadcast(&j->turn);
    }
    pthread_mutex_unlock(&j->lock);
    if (w)
        yj_worker_done(w);
    return NULL;
}

static yj_status read_all(job *j, unsigned threads, yj_error *err)
{
    j->units = j->plan.size / YJ_UNIT_ENTRIES + (j->plan.size % YJ_UNIT_ENTRIES != 0);
    j->ring_count = 4 * (size_t)threads;
    j->ring = yj_arena_array(j->arena, j->ring_count, sizeof *j->ring);
    YJ_TRY(yj_arena_status(j->arena, err));
    reach_marks(j, 0, 0);
    pthread_t id[THREADS_MAX];
    unsigned started = 0;
    while (started < threads - 1 && started + 1 < j->units &&
           pthread_create(&id[started], NULL, work, j) == 0)
        started++;
    work(j); /* with fewer threads than wanted it only takes longer */
    for (unsigned i = 0; i < started; i++)
        pthread_join(id[i], NULL);

    /* levels above: what is left, only as far as it was read if reading stopped early */
    yj_error upper;
    yj_status st = yj_tile_builder_end(&j->builder, &upper);
    if (st != YJ_OK && (j->st == YJ_OK || j->st == YJ_E_CORRUPT)) {
        yj_verify_report a = { .bad = false }, b = a;
        yj_report_failure(&a, st, &upper);
        yj_report_failure(&b, j->st, &j->err);
        if (j->st == YJ_OK || (a.bad && a.bad_index < b.bad_index)) {
            j->st = st;
            j->err = upper;
        }
    }
    if (j->st != YJ_OK && err)
        *err = j->err;
    return j->st;
}

/* --- after: what is missing at the end, roots, signatures ------------------------------------------------
 */

static yj_status missing_from(yj_error *err, uint64_t at)
{
    yj_fail(err, YJ_E_CORRUPT, "ledger entry %llu is missing, but later ones are there",
            (unsigned long long)at);
    return yj_bad_entry(err, at);
}

/* Nothing may lie behind what is cut off, else it was not cut off but cut out. */
static yj_status check_end(job *j, yj_error *err)
{
    const uint64_t size = j->report->size;
    uint64_t last;
    if (size < j->plan.size) {
        YJ_TRY(yj_folder_last(j->plan.folder, YJ_FOLDER_ENTRIES, &j->path, &last, err));
        if (last != YJ_NO_INDEX && last > size / YJ_TILE_WIDTH)
            return missing_from(err, size);
    }
    if (j->body_short_at != YJ_NO_INDEX) {
        YJ_TRY(yj_folder_last(j->plan.folder, YJ_FOLDER_BODIES, &j->path, &last, err));
        if (last != YJ_NO_INDEX && last > j->body_short_at / YJ_TILE_WIDTH) {
            yj_fail(err, YJ_E_CORRUPT,
                    "the bodies from ledger entry %llu on are missing, but later ones are there",
                    (unsigned long long)j->body_short_at);
            return yj_bad_entry(err, j->body_short_at);
        }
    }
    return YJ_OK;
}

static yj_status check_gone(job *j, yj_error *err)
{
    if (j->first_gone == YJ_NO_INDEX ||
        j->report->size < j->plan.size) /* the erasure may be what is cut off */
        return YJ_OK;
    yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu is missing, and no erasure follows",
            (unsigned long long)j->first_gone);
    return yj_bad_entry(err, j->first_gone);
}

static yj_status check_rotations(job *j, yj_error *err)
{
    for (size_t i = 0; i < j->plan.rotation_count; i++) {
        const yj_rotation *r = &j->plan.rotation[i];
        if (r->seen) {
            j->report->rotations++;
        } else if (r->seq < j->report->size) { /* a later one is of an export that did not come to its end */
            yj_fail(err, YJ_E_CORRUPT, "ledger entry %llu is none of the rotations it is listed among",
                    (unsigned long long)r->seq);
            return yj_bad_entry(err, r->seq);
        }
    }
    return YJ_OK;
}

static bool mark_signed(const job *j, const yj_mark *m)
{
    yj_note n;
    return yj_note_parse(m->note, &n, NULL) == YJ_OK &&
           yj_note_signed_by(&n, j->origin, yj_keys_at(&j->chain, m->size)->key);
}

static yj_status check_marks(job *j, yj_error *err)
{
    yj_verify_report *r = j->report;
    for (size_t i = 0; i < j->plan.mark_count; i++) {
        const yj_mark *m = &j->plan.mark[i];
        if (m->has_root && !yj_digest_eq(&m->reached, &m->root)) {
            yj_fail(err, YJ_E_CORRUPT, "the first %llu entries of the ledger are not those that were signed",
                    (unsigned long long)m->size);
            return m->size > r->proven ? yj_bad_entry(err, r->proven) : YJ_E_CORRUPT;
        }
        r->signature_ok = mark_signed(j, m);
        if (!r->signature_ok)
            return yj_fail(err, YJ_E_CORRUPT,
                           "the checkpoint of %llu entries is not signed by the ledger's key",
                           (unsigned long long)m->size);
        if (m->has_root) {
            r->checkpoints++;
            r->proven = m->size;
        }
    }
    return YJ_OK;
}

/* A tree over the hash tiles of the folder: leads from a cut-off log to its newest checkpoint. */
static yj_status folder_node(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err)
{
    job *j = self;
    unsigned span = 1U << level % 8, width;
    uint64_t first = index << level % 8, tile = first / YJ_TILE_WIDTH;
    uint64_t left = (j->plan.size >> level / 8 * 8) - tile * YJ_TILE_WIDTH;
    yj_digest hashes[YJ_TILE_WIDTH];
    YJ_TRY(yj_folder_read(j->plan.folder, (int)(level / 8), tile,
                          left < YJ_TILE_WIDTH ? (unsigned)left : YJ_TILE_WIDTH, &j->path, &j->text, &width,
                          err));
    if (j->text.len < (first % YJ_TILE_WIDTH + span) * YJ_HASH_LEN)
        return yj_fail(err, YJ_E_NOT_FOUND, "a hash tile is missing");
    memcpy(hashes, j->text.ptr + first % YJ_TILE_WIDTH * YJ_HASH_LEN, span * sizeof hashes[0]);
    yj_hashes_root(j->plan.alg, hashes, span, ret);
    return YJ_OK;
}

static bool leads_to_newest(job *j)
{
    const yj_mark *newest = &j->plan.mark[j->plan.mark_count - 1];
    yj_tree_reader r = { folder_node, j, j->plan.alg };
    yj_digest proof[YJ_PROOF_HASHES_MAX];
    size_t count;
    return j->report->size > 0 &&
           yj_tree_consistency(&r, j->report->size, newest->size, proof, &count, NULL) == YJ_OK &&
           yj_consistency_holds(j->plan.alg, j->report->size, newest->size, &j->report->root, &newest->root,
                                proof, count);
}

static void report_torn(job *j)
{
    yj_verify_report *r = j->report;
    yj_error e = { .code = YJ_OK };
    const unsigned long long size = r->size, all = j->plan.size, proven = r->proven;
    if (r->size < j->plan.size) {
        r->torn_at = r->size;
        if (leads_to_newest(j)) {
            r->proven = r->size;
            yj_fail(
                &e, YJ_E_CORRUPT,
                "of %llu entries only the first %llu are there; the hash tiles show that they belong to the"
                " newest checkpoint",
                all, size);
        } else if (r->proven) {
            yj_fail(
                &e, YJ_E_CORRUPT,
                "of %llu entries only the first %llu are there; an older checkpoint proves the first %llu",
                all, size, proven);
        } else {
            yj_fail(&e, YJ_E_CORRUPT,
                    "of %llu entries only the first %llu are there, and no checkpoint proves them", all,
                    size);
        }
        if (j->body_short_at < r->torn_at)
            r->torn_at = j->body_short_at;
    } else if (j->body_short_at != YJ_NO_INDEX) {
        r->torn_at = j->body_short_at;
        yj_fail(&e, YJ_E_CORRUPT, "the bodies from ledger entry %llu on are missing",
                (unsigned long long)j->body_short_at);
    } else if (j->hashes_short_at != YJ_NO_INDEX) {
        r->torn_at = j->hashes_short_at;
        yj_fail(&e, YJ_E_CORRUPT, "the last hash tile is cut off at ledger entry %llu",
                (unsigned long long)j->hashes_short_at);
    } else {
        return;
    }
    r->torn = true;
    memcpy(r->what, e.msg, sizeof r->what);
    memcpy(r->what_zh, e.msg_zh, sizeof r->what_zh);
}

/* --- all of it -------------------------------------------------------------------------------------------
 */

static yj_status verify(job *j, const char *vkey, unsigned threads, yj_error *err)
{
    YJ_TRY(read_keys(j, vkey, err));
    YJ_TRY(read_rotations(j, err));
    YJ_TRY(read_checkpoints(j, err));
    YJ_TRY(yj_folder_file(&j->path, j->plan.folder, "body", err));
    j->plan.bodies = yj_path_is_dir(j->path.ptr);
    yj_frontier_init(&j->frontier, j->plan.alg);
    j->builder.alg = j->plan.alg;
    j->builder.tile = compare_upper;
    j->builder.self = j;

    /* what names an entry comes first */
    yj_error key_err = { .code = YJ_OK };
    yj_status keys = follow_rotations(j, &key_err);
    YJ_TRY(read_all(j, threads, err));
    joined_root(j, &j->local, j->report->size % YJ_TILE_WIDTH != 0, &j->report->root);
    YJ_TRY(check_end(j, err));
    YJ_TRY(check_rotations(j, err));
    if (keys != YJ_OK) {
        if (err)
            *err = key_err;
        return keys;
    }
    YJ_TRY(check_marks(j, err));
    YJ_TRY(check_gone(j, err));
    report_torn(j);
    return YJ_OK;
}

yj_status yj_ledger_verify_folder(const char *folder, const char *vkey, unsigned threads,
                                  yj_verify_report *ret, yj_error *err)
{
    assert(folder && threads >= 1 && threads <= THREADS_MAX && ret);
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(JOB_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    job *j = yj_arena_new_of(a, job);
    YJ_TRY(yj_arena_status(a, err));
    *ret = (yj_verify_report){ .bad_index = YJ_NO_INDEX };
    j->arena = a;
    j->plan.folder = folder;
    j->report = ret;
    j->body_short_at = j->hashes_short_at = j->first_gone = YJ_NO_INDEX;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->turn, NULL);
    yj_buf_init(&j->path, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&j->text, TEXT_BYTES_MAX);
    yj_buf_init(&j->key_text, TEXT_BYTES_MAX);
    yj_buf_init(&j->rotations, TEXT_BYTES_MAX);
    yj_error why = { .code = YJ_OK };
    yj_status st = verify(j, vkey, threads, &why);
    job_done(j);
    yj_report_failure(ret, st, &why);
    if (st != YJ_OK && err)
        *err = why;
    return st;
}
