// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include <assert.h>

#define JOB_BYTES_MAX ((size_t)64 << 20)

/* End a read transaction that was begun here. */
typedef struct snapshot {
    yj_db *db; /* NULL: the caller's transaction */
} snapshot;
static void snapshot_end(snapshot *s)
{
    if (s->db)
        yj_db_rollback(s->db);
}
static yj_status snapshot_begin(yj_db *db, snapshot *ret, yj_error *err)
{
    if (yj_db_in_transaction(db))
        return YJ_OK;
    YJ_TRY(yj_db_begin(db, YJ_DB_READ, err));
    ret->db = db;
    return YJ_OK;
}

void yj_report_failure(yj_verify_report *r, yj_status st, const yj_error *err)
{
    const size_t word = sizeof("entry ") - 1;
    if (st != YJ_E_CORRUPT)
        return;
    r->bad = true;
    r->bad_index = YJ_NO_INDEX;
    if (strncmp(err->field, "entry ", word) == 0)
        (void)yj_parse_u63(yj_span_of(err->field + word), &r->bad_index);
    memcpy(r->what, err->msg, sizeof r->what);
    memcpy(r->what_zh, err->msg_zh, sizeof r->what_zh);
}

/* --- at start-up -----------------------------------------------------------------------------------------
 */

static yj_status check_frontier(const yj_tree_reader *r, const yj_frontier *f, yj_error *err)
{
    uint64_t at = 0;
    for (unsigned i = 0; i < f->count; i++) {
        unsigned level = 63 - (unsigned)__builtin_clzll(f->size - at);
        yj_digest node;
        YJ_TRY(r->node(r->self, level, at >> level, &node, err));
        if (!yj_digest_eq(&node, &f->root[i])) {
            yj_fail(err, YJ_E_CORRUPT, "the head of the ledger does not fit its tiles and entries");
            return yj_bad_entry(err, at);
        }
        at += UINT64_C(1) << level;
    }
    return YJ_OK;
}

static yj_status check_tail(yj_db *db, const yj_ledger *l, yj_error *err)
{
    const uint64_t size = l->frontier.size;
    uint64_t from = size - size % YJ_TILE_WIDTH;
    if (size == 0)
        return YJ_OK;
    if (from == size) /* at least the last entry, for its time */
        from--;
    int64_t time_ns = INT64_MIN;
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    YJ_TRY(yj_rows_open(db, l->inst, from, size, &rows, err));
    for (uint64_t seq = from; seq < size; seq++) {
        yj_row row = { .seq = UINT64_MAX };
        yj_leaf leaf;
        yj_digest hash;
        char store[YJ_LEAF_STORE];
        bool more;
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        YJ_TRY(yj_row_check(l->frontier.alg, &row, seq, time_ns, store, &leaf, &hash, err));
        time_ns = leaf.time_ns;
    }
    if (time_ns != l->last_time_ns)
        return yj_fail(err, YJ_E_CORRUPT,
                       "the head of the ledger does not have the time of the newest entry");
    return YJ_OK;
}

static yj_status check_newest(yj_db *db, yj_keyring *keys, const yj_ledger *l, const yj_tree_reader *r,
                              yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    uint64_t size;
    yj_status st = yj_checkpoint_last(db, l->inst, &note, &size, err);
    if (st == YJ_E_NOT_FOUND)
        return YJ_OK;
    if (st != YJ_OK)
        return st;
    yj_note n;
    yj_checkpoint c;
    yj_digest root;
    YJ_TRY(yj_checkpoint_read(yj_buf_view(&note), l->origin, size, &n, &c, err));
    if (size > l->frontier.size) {
        yj_fail(err, YJ_E_CORRUPT, "a checkpoint covers %llu entries, the ledger holds %llu",
                (unsigned long long)size, (unsigned long long)l->frontier.size);
        return yj_bad_entry(err, l->frontier.size);
    }
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(JOB_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_auto(yj_keys_done) yj_keys chain;
    yj_keys_init(&chain, l->origin, a);
    YJ_TRY(yj_keys_load(db, keys, l, a, &chain, err));
    if (!yj_note_signed_by(&n, l->origin, yj_keys_at(&chain, size)->key))
        return yj_fail(err, YJ_E_CORRUPT, "the newest checkpoint is not signed by the ledger's key");
    YJ_TRY(yj_tree_root(r, size, &root, err));
    if (!yj_digest_eq(&root, &c.root))
        return yj_fail(err, YJ_E_CORRUPT,
                       "the first %llu entries of the ledger are not those that were signed",
                       (unsigned long long)size);
    return YJ_OK;
}

yj_status yj_ledger_check_start(yj_db *db, yj_keyring *keys, int64_t inst, yj_error *err)
{
    assert(db && keys);
    yj_auto(snapshot_end) snapshot snap = { NULL };
    YJ_TRY(snapshot_begin(db, &snap, err));
    yj_ledger l;
    YJ_TRY(yj_ledger_load(db, inst, &l, err));
    yj_stored_tree t = { .db = db, .inst = inst, .size = l.frontier.size, .alg = l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    YJ_TRY(check_tail(db, &l, err));
    YJ_TRY(yj_nothing_beyond(db, &l, err));
    YJ_TRY(check_frontier(&r, &l.frontier, err));
    YJ_TRY(check_newest(db, keys, &l, &r, err));
    const yj_key *key;
    return yj_keyring_current(keys, db, &l, &key, err);
}

/* --- everything ------------------------------------------------------------------------------------------
 */

typedef struct job {
    yj_db *db;
    yj_ledger l; /* the head as stored */
    yj_verify_report *report;
    const yj_verify_watch *watch; /* NULL: nobody looks on */
    yj_keys chain;
    bool chain_failed;    /* reported unless the entries show the cause */
    yj_frontier frontier; /* built from the leaves */
    int64_t last_time_ns;
    uint64_t first_gone; /* body gone and no erasure since, else YJ_NO_INDEX */
    yj_buf note;         /* the next checkpoint */
    uint64_t note_size;  /* YJ_NO_INDEX: no more */
    yj_digest tile[YJ_TILE_WIDTH];
    yj_tile_builder builder;
} job;

static yj_status next_checkpoint(job *j, int64_t after, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        j->db, "SELECT size, note FROM checkpoint WHERE inst = ?1 AND size > ?2 ORDER BY size LIMIT 1", &st,
        err));
    yj_bind_i64(st, 1, j->l.inst);
    yj_bind_i64(st, 2, after);
    YJ_TRY(yj_stmt_step(st, &row, err));
    j->note_size = YJ_NO_INDEX;
    if (!row)
        return YJ_OK;
    yj_buf_clear(&j->note);
    yj_buf_span(&j->note, yj_col_text(st, 1));
    YJ_TRY(yj_buf_status(&j->note, err));
    if (yj_col_i64(st, 0) < 0)
        return yj_fail(err, YJ_E_CORRUPT, "a checkpoint of the ledger is malformed");
    j->note_size = (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

/* The tree has just the size of the next checkpoint. */
static yj_status check_checkpoint(job *j, yj_error *err)
{
    yj_note n;
    yj_checkpoint c;
    yj_digest root;
    YJ_TRY(yj_checkpoint_read(yj_buf_view(&j->note), j->l.origin, j->note_size, &n, &c, err));
    yj_frontier_root(&j->frontier, &root);
    if (!yj_digest_eq(&root, &c.root)) {
        yj_fail(err, YJ_E_CORRUPT, "the first %llu entries of the ledger are not those that were signed",
                (unsigned long long)c.size);
        /* all that is known: it lies behind the checkpoint that was right */
        return c.size > j->report->proven ? yj_bad_entry(err, j->report->proven) : YJ_E_CORRUPT;
    }
    j->report->signature_ok =
        !j->chain_failed && yj_note_signed_by(&n, j->l.origin, yj_keys_at(&j->chain, c.size)->key);
    if (!j->report->signature_ok && !j->chain_failed)
        return yj_fail(err, YJ_E_CORRUPT, "the checkpoint of %llu entries is not signed by the ledger's key",
                       (unsigned long long)c.size);
    j->report->checkpoints++;
    j->report->proven = c.size;
    return next_checkpoint(j, (int64_t)c.size, err);
}

static yj_status compare_tile(void *self, unsigned level, uint64_t index, const yj_digest *hashes,
                              unsigned count, yj_error *err)
{
    job *j = self;
    yj_digest stored[YJ_TILE_WIDTH];
    unsigned have, at = 0;
    YJ_TRY(yj_tile_row_read(j->db, j->l.inst, (int)level, index, stored, &have, err));
    while (at < have && at < count && yj_digest_eq(&stored[at], &hashes[at]))
        at++;
    j->report->tiles++;
    if (at == count && have == count)
        return YJ_OK;
    yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger does not have the hashes of its entries",
            (unsigned long long)index, (int)level);
    return yj_bad_entry(err, yj_tile_first_entry(level, index, at < count ? at : count - 1));
}

static void count_body(job *j, const yj_row *row, const yj_leaf *leaf)
{
    if (row->has_body)
        j->report->bodies++;
    else
        j->report->bodies_gone++;
    if (!row->has_body && j->first_gone == YJ_NO_INDEX)
        j->first_gone = leaf->seq;
    if (strcmp(leaf->op, "erase") == 0)
        j->first_gone = YJ_NO_INDEX;
}

static yj_status verify_page(job *j, uint64_t from, uint64_t to, yj_error *err)
{
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    YJ_TRY(yj_rows_open(j->db, j->l.inst, from, to, &rows, err));
    for (uint64_t seq = from; seq < to; seq++) {
        yj_row row = { .seq = UINT64_MAX };
        yj_leaf leaf;
        yj_digest hash;
        char store[YJ_LEAF_STORE];
        bool more;
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        YJ_TRY(yj_row_check(j->frontier.alg, &row, seq, j->last_time_ns, store, &leaf, &hash, err));
        count_body(j, &row, &leaf);
        j->last_time_ns = leaf.time_ns;
        j->tile[seq % YJ_TILE_WIDTH] = hash;
        yj_frontier_add(&j->frontier, &hash);
        j->report->size++;
        if (j->frontier.size == j->note_size && seq + 1 < to)
            YJ_TRY(check_checkpoint(j, err));
    }
    return YJ_OK;
}

static yj_status verify_entries(job *j, yj_error *err)
{
    const uint64_t size = j->l.frontier.size;
    YJ_TRY(next_checkpoint(j, INT64_MIN, err));
    if (j->note_size == 0)
        YJ_TRY(check_checkpoint(j, err));
    for (uint64_t from = 0; from < size; from += YJ_TILE_WIDTH) {
        bool full = size - from >= YJ_TILE_WIDTH;
        YJ_TRY(verify_page(j, from, full ? from + YJ_TILE_WIDTH : size, err));
        if (full) {
            yj_digest root;
            yj_hashes_root(j->frontier.alg, j->tile, YJ_TILE_WIDTH, &root);
            YJ_TRY(yj_tile_builder_add(&j->builder, &root, err));
        }
        if (j->frontier.size == j->note_size)
            YJ_TRY(check_checkpoint(j, err));
        if (j->watch)
            YJ_TRY(j->watch->step(j->watch->ctx, j->report->size, size, err));
    }
    return yj_tile_builder_end(&j->builder, err);
}

/* Rows that belong to nothing. */
static yj_status verify_no_more(job *j, yj_error *err)
{
    const uint64_t size = j->l.frontier.size;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_nothing_beyond(j->db, &j->l, err));
    YJ_TRY(yj_db_prepare(j->db,
                         "SELECT (SELECT COUNT(*) FROM tile WHERE inst = ?1),"
                         " (SELECT COUNT(*) FROM body WHERE inst = ?1 AND seq >= ?2)",
                         &st, err));
    yj_bind_i64(st, 1, j->l.inst);
    yj_bind_i64(st, 2, (int64_t)size);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row || (uint64_t)yj_col_i64(st, 0) != j->report->tiles || yj_col_i64(st, 1) != 0)
        return yj_fail(err, YJ_E_CORRUPT, "the ledger has tiles or bodies that belong to no entries");
    if (j->note_size != YJ_NO_INDEX) {
        yj_fail(err, YJ_E_CORRUPT, "a checkpoint covers %llu entries, the ledger holds %llu",
                (unsigned long long)j->note_size, (unsigned long long)size);
        return yj_bad_entry(err, size);
    }
    return YJ_OK;
}

static yj_status verify_head(job *j, yj_error *err)
{
    if (!yj_frontier_eq(&j->frontier, &j->l.frontier))
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger does not fit its tiles and entries");
    if (j->l.frontier.size ? j->last_time_ns != j->l.last_time_ns : j->l.last_time_ns != 0)
        return yj_fail(err, YJ_E_CORRUPT,
                       "the head of the ledger does not have the time of the newest entry");
    if (j->first_gone != YJ_NO_INDEX) {
        yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu is missing, and no erasure follows",
                (unsigned long long)j->first_gone);
        return yj_bad_entry(err, j->first_gone);
    }
    return YJ_OK;
}

static yj_status verify(job *j, yj_keyring *keys, int64_t inst, yj_arena *a, yj_error *err)
{
    yj_auto(snapshot_end) snapshot snap = { NULL };
    YJ_TRY(snapshot_begin(j->db, &snap, err));
    YJ_TRY(yj_ledger_load(j->db, inst, &j->l, err));
    yj_error why = { .code = YJ_OK };
    yj_status st = yj_keys_load(j->db, keys, &j->l, a, &j->chain, &why);
    if (st != YJ_OK && st != YJ_E_CORRUPT && st != YJ_E_NOT_FOUND) { /* nothing about the ledger */
        if (err)
            *err = why;
        return st;
    }
    j->chain_failed = st != YJ_OK;
    j->report->rotations = j->chain.count ? j->chain.count - 1 : 0;
    j->report->pinned = !j->chain_failed; /* the keyring's own */
    yj_frontier_init(&j->frontier, j->l.frontier.alg);
    j->builder.alg = j->l.frontier.alg;
    j->builder.tile = compare_tile;
    j->builder.self = j;
    YJ_TRY(verify_entries(j, err));
    YJ_TRY(verify_no_more(j, err));
    YJ_TRY(verify_head(j, err));
    if (st != YJ_OK && err)
        *err = why;
    return st;
}

yj_status yj_ledger_verify_store(yj_db *db, yj_keyring *keys, int64_t inst, yj_verify_report *ret,
                                 yj_error *err)
{
    return yj_ledger_verify_watched(db, keys, inst, NULL, ret, err);
}

yj_status yj_ledger_verify_watched(yj_db *db, yj_keyring *keys, int64_t inst, const yj_verify_watch *watch,
                                   yj_verify_report *ret, yj_error *err)
{
    assert(db && keys && ret);
    yj_error why = { .code = YJ_OK };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(JOB_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    job *j = yj_arena_new_of(a, job);
    YJ_TRY(yj_arena_status(a, err));
    *ret = (yj_verify_report){ .bad_index = YJ_NO_INDEX };
    j->db = db;
    j->watch = watch;
    j->report = ret;
    j->last_time_ns = INT64_MIN;
    j->first_gone = YJ_NO_INDEX;
    yj_buf_init(&j->note, YJ_NOTE_BYTES_MAX);
    yj_status st = verify(j, keys, inst, a, &why);
    yj_frontier_root(&j->frontier, &ret->root);
    yj_keys_done(&j->chain);
    yj_buf_done(&j->note);
    if (st == YJ_OK)
        return YJ_OK;
    yj_report_failure(ret, st, &why);
    if (err)
        *err = why;
    return st;
}
