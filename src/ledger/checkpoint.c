// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include <assert.h>

yj_status yj_checkpoint_read(yj_span note, const char *origin, uint64_t size, yj_note *ret_note,
                             yj_checkpoint *ret, yj_error *err)
{
    yj_checkpoint c;
    if (yj_note_parse(note, ret_note, NULL) != YJ_OK || yj_checkpoint_parse(ret_note, &c, NULL) != YJ_OK)
        return yj_fail(err, YJ_E_CORRUPT, "a checkpoint of the ledger is malformed");
    if (!yj_span_is(c.origin, origin))
        return yj_fail(err, YJ_E_CORRUPT, "a checkpoint is of another ledger");
    if (size != UINT64_MAX && c.size != size)
        return yj_fail(err, YJ_E_CORRUPT, "a checkpoint kept for %llu entries covers %llu",
                       (unsigned long long)size, (unsigned long long)c.size);
    *ret = c;
    return YJ_OK;
}

static yj_status last(yj_db *db, int64_t inst, yj_buf *ret_note, uint64_t *ret_size, bool *ret_found,
                      yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT size, note FROM checkpoint WHERE inst = ?1 ORDER BY size DESC LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret_found = row;
    if (!row)
        return YJ_OK;
    yj_buf_span(ret_note, yj_col_text(st, 1));
    YJ_TRY(yj_buf_status(ret_note, err));
    *ret_size = (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

yj_status yj_checkpoint_last(yj_db *db, int64_t inst, yj_buf *ret_note, uint64_t *ret_size, yj_error *err)
{
    bool found = false;
    YJ_TRY(last(db, inst, ret_note, ret_size, &found, err));
    return found ? YJ_OK : yj_fail(err, YJ_E_NOT_FOUND, "the ledger has no checkpoint yet");
}

yj_status yj_checkpoint_over(yj_db *db, int64_t inst, uint64_t seq, bool *ret_found, uint64_t *ret_size,
                             int64_t *ret_time_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT size, time FROM checkpoint WHERE inst = ?1 AND size > ?2 ORDER BY size LIMIT 1", &st,
        err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)seq);
    YJ_TRY(yj_stmt_step(st, ret_found, err));
    *ret_size = *ret_found ? (uint64_t)yj_col_i64(st, 0) : 0;
    *ret_time_ns = *ret_found ? yj_col_i64(st, 1) : 0;
    return YJ_OK;
}

/* A log that signs two histories is worth nothing: the newest signed tree must be a beginning of this one. */
static yj_status extends(yj_db *db, const yj_ledger *l, const yj_key *key, yj_span note, uint64_t size,
                         yj_error *err)
{
    yj_note n;
    yj_checkpoint c;
    yj_digest root;
    YJ_TRY(yj_checkpoint_read(note, l->origin, size, &n, &c, err));
    if (size > l->frontier.size) {
        yj_fail(err, YJ_E_CORRUPT, "a checkpoint covers %llu entries, the ledger holds %llu",
                (unsigned long long)size, (unsigned long long)l->frontier.size);
        return yj_bad_entry(err, l->frontier.size);
    }
    uint64_t rotated;
    yj_auto(yj_buf_done) yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_rotation_last(db, l->inst, &rotated, &body, err));
    /* one signed before the newest rotation was signed by another key */
    if ((rotated == UINT64_MAX || size > rotated) && !yj_note_signed_by(&n, l->origin, key))
        return yj_fail(err, YJ_E_CORRUPT, "the newest checkpoint is not signed by the ledger's key");
    yj_stored_tree t = { .db = db, .inst = l->inst, .size = l->frontier.size, .alg = l->frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    YJ_TRY(yj_tree_root(&r, size, &root, err));
    if (!yj_digest_eq(&root, &c.root))
        return yj_fail(err, YJ_E_CORRUPT,
                       "the first %llu entries of the ledger are not those that were signed",
                       (unsigned long long)size);
    return YJ_OK;
}

static yj_status store(yj_db *db, const yj_ledger *l, int64_t now_ns, yj_span note, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db, "INSERT INTO checkpoint(inst, size, time, note) VALUES(?1, ?2, ?3, ?4)", &st, err));
    yj_bind_i64(st, 1, l->inst);
    yj_bind_i64(st, 2, (int64_t)l->frontier.size);
    yj_bind_i64(st, 3, now_ns);
    yj_bind_text(st, 4, note);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_checkpoint_make(yj_db *db, yj_keyring *keys, const yj_ledger *l, int64_t now_ns,
                             yj_buf *ret_note, yj_error *err)
{
    assert(db && keys && l && ret_note);
    yj_auto(yj_buf_done) yj_buf newest, text;
    yj_buf_init(&newest, YJ_NOTE_BYTES_MAX);
    yj_buf_init(&text, YJ_NOTE_BYTES_MAX);
    uint64_t size = 0;
    bool found = false;
    YJ_TRY(last(db, l->inst, &newest, &size, &found, err));
    if (found && size == l->frontier.size) {
        yj_buf_span(ret_note, yj_buf_view(&newest));
        return yj_buf_status(ret_note, err);
    }
    yj_ledger stored;
    const yj_key *key;
    YJ_TRY(yj_ledger_load(db, l->inst, &stored, err));
    if (stored.frontier.size < l->frontier.size) { /* entries of this transaction */
        yj_ledger head = *l;
        YJ_TRY(yj_ledger_seal(db, &head, stored.frontier.size, err));
    } else if (!yj_frontier_eq(&stored.frontier, &l->frontier)) {
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger is at %llu entries, not at %llu",
                       (unsigned long long)stored.frontier.size, (unsigned long long)l->frontier.size);
    }
    YJ_TRY(yj_keyring_current(keys, db, l, &key, err));
    if (found)
        YJ_TRY(extends(db, l, key, yj_buf_view(&newest), size, err));
    yj_digest root;
    yj_frontier_root(&l->frontier, &root);
    yj_checkpoint_text(l->origin, l->frontier.size, &root, &text);
    YJ_TRY(yj_buf_status(&text, err));
    yj_buf_clear(&newest);
    YJ_TRY(yj_note_sign(yj_buf_view(&text), l->origin, &key, 1, &newest, err));
    YJ_TRY(store(db, l, now_ns, yj_buf_view(&newest), err));
    yj_buf_span(ret_note, yj_buf_view(&newest));
    return yj_buf_status(ret_note, err);
}

/* --- proofs ----------------------------------------------------------------------------------------------
 */

static yj_status covering(yj_db *db, int64_t inst, uint64_t seq, yj_buf *ret_note, uint64_t *ret_size,
                          yj_error *err)
{
    uint64_t size = 0;
    bool found = false;
    YJ_TRY(last(db, inst, ret_note, &size, &found, err));
    if (!found || size <= seq)
        return yj_fail(err, YJ_E_NOT_FOUND, "no checkpoint covers ledger entry %llu yet",
                       (unsigned long long)seq);
    *ret_size = size;
    return YJ_OK;
}

yj_status yj_ledger_prove(yj_db *db, int64_t inst, uint64_t seq, yj_buf *out, yj_error *err)
{
    assert(db && out);
    yj_ledger l;
    YJ_TRY(yj_ledger_load(db, inst, &l, err));
    if (seq >= l.frontier.size)
        return yj_fail(err, YJ_E_NOT_FOUND, "the ledger has no entry %llu", (unsigned long long)seq);
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    uint64_t size = 0;
    YJ_TRY(covering(db, inst, seq, &note, &size, err));
    yj_note n;
    yj_checkpoint c;
    YJ_TRY(yj_checkpoint_read(yj_buf_view(&note), l.origin, size, &n, &c, err));

    yj_stored_tree t = { .db = db, .inst = inst, .size = size, .alg = l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    yj_digest proof[YJ_PROOF_HASHES_MAX], hash;
    size_t count;
    YJ_TRY(yj_entry_hashes(db, inst, seq, 1, &hash, err));
    YJ_TRY(yj_tree_inclusion(&r, seq, size, proof, &count, err));
    if (!yj_inclusion_holds(l.frontier.alg, seq, size, &hash, proof, count, &c.root)) {
        yj_fail(err, YJ_E_CORRUPT, "the stored tree does not lead from ledger entry %llu to the checkpoint",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    yj_tlog_proof_format(seq, proof, count, yj_buf_view(&note), out);
    return yj_buf_status(out, err);
}

yj_status yj_ledger_prove_consistency(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_buf *out,
                                      yj_error *err)
{
    assert(db && out);
    yj_ledger l;
    YJ_TRY(yj_ledger_load(db, inst, &l, err));
    if (from == 0 || from > to || to > l.frontier.size)
        return yj_fail(err, YJ_E_INVALID,
                       "a consistency proof leads from 1 or more entries to at most the %llu of the ledger",
                       (unsigned long long)l.frontier.size);
    yj_stored_tree t = { .db = db, .inst = inst, .size = to, .alg = l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    yj_digest proof[YJ_PROOF_HASHES_MAX];
    size_t count;
    YJ_TRY(yj_tree_consistency(&r, from, to, proof, &count, err));
    for (size_t i = 0; i < count; i++) {
        yj_buf_base64(out, proof[i].b, sizeof proof[i].b);
        yj_buf_char(out, '\n');
    }
    return yj_buf_status(out, err);
}
