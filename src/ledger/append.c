// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include "ledger/pack_body.h"
#include "store/id_key.h"
#include <assert.h>

#define CLOCK_BEHIND_MAX_NS (60 * YJ_NS_PER_S)

/* --- append ----------------------------------------------------------------------------------------------
 */

static yj_status check_texts(const yj_append *a, yj_error *err)
{
    const struct {
        const char *name, *text;
        bool needed;
    } rows[] = {
        { "by", a->by, true },          { "for", a->for_whom ? a->for_whom : "", false },
        { "op", a->op, true },          { "kind", a->kind, false },
        { "record", a->record, false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_span s = yj_span_of(rows[i].text);
        if (!yj_leaf_text_ok(s) || (rows[i].needed && s.len == 0)) {
            yj_fail(err, YJ_E_INVALID,
                    "\"%s\" of a ledger entry is not a text of printable ASCII of at most %zu bytes",
                    rows[i].name, YJ_LEAF_TEXT_MAX);
            yj_error_at(err, "%s", rows[i].name);
            return YJ_E_INVALID;
        }
    }
    return YJ_OK;
}

static yj_status check_append(const yj_ledger *l, const yj_append *a, yj_error *err)
{
    YJ_TRY(check_texts(a, err));
    if (a->version < 0 || a->batch < 0)
        return yj_fail(err, YJ_E_INVALID, "version and batch of a ledger entry are not negative");
    if (a->body.len < 2 || a->body.len > YJ_BODY_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the body of a ledger entry is %zu bytes, allowed 2..%zu",
                       a->body.len, YJ_BODY_BYTES_MAX);
    unsigned char least = 0xff; /* canonical JSON holds no control characters: no line ends above all */
    for (size_t i = 0; i < a->body.len; i++)
        least = (unsigned char)a->body.ptr[i] < least ? (unsigned char)a->body.ptr[i] : least;
    if (least < 0x20)
        return yj_fail(err, YJ_E_INVALID, "the body of a ledger entry is not canonical JSON");
    if (l->frontier.size >= INT64_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the ledger is full");
    if (l->frontier.size && l->last_time_ns > INT64_MIN + CLOCK_BEHIND_MAX_NS &&
        a->now_ns < l->last_time_ns - CLOCK_BEHIND_MAX_NS) {
        char now[31], last[31];
        yj_time_format(a->now_ns, now);
        yj_time_format(l->last_time_ns, last);
        return yj_fail(err, YJ_E_CLOCK,
                       "the clock (%s) is more than 60 seconds behind the newest ledger entry (%s)", now,
                       last);
    }
    return YJ_OK;
}

static yj_status insert_entry(yj_db *db, int64_t inst, const yj_leaf *leaf, const yj_digest *hash,
                              yj_error *err)
{
    yj_id_key by, for_whom;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO entry(inst, seq, time, op, kind, record, version, batch, by, digest, hash, "
        "for_whom) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)leaf->seq);
    yj_bind_i64(st, 3, leaf->time_ns);
    yj_bind_cstr(st, 4, leaf->op);
    yj_bind_cstr(st, 5, leaf->kind);
    yj_bind_cstr(st, 6, leaf->record);
    yj_bind_i64(st, 7, leaf->version);
    yj_bind_i64(st, 8, leaf->batch);
    yj_id_key_of(yj_span_of(leaf->by), &by);
    yj_bind_id_key(st, 9, &by);
    yj_bind_blob(st, 10, leaf->body.b, sizeof leaf->body.b);
    yj_bind_blob(st, 11, hash->b, sizeof hash->b);
    yj_id_key_of(yj_span_of(leaf->for_whom), &for_whom);
    if (leaf->for_whom[0])
        yj_bind_id_key(st, 12, &for_whom);
    else
        yj_bind_null(st, 12);
    return yj_stmt_post(st, err);
}

static yj_status insert_body(yj_db *db, int64_t inst, uint64_t seq, const uint8_t salt[static YJ_SALT_LEN],
                             const yj_append *a, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf room;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&room, 2 * YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_db_prepare(db, "INSERT INTO body(inst, seq, salt, body, packed) VALUES(?1, ?2, ?3, ?4, ?5)",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)seq);
    yj_bind_blob(st, 3, salt, YJ_SALT_LEN);
    /* what the engine looks for by its operation it reads as text; there is little of it */
    if (a->version > 0 || strcmp(a->op, "judge") == 0) {
        YJ_TRY(yj_bind_body(st, 4, 5, a->body, &room, err));
    } else {
        yj_bind_text(st, 4, a->body);
        yj_bind_null(st, 5);
    }
    return yj_stmt_post(st, err);
}

yj_status yj_ledger_append_any(yj_db *db, yj_ledger *l, const yj_append *a, uint64_t *ret_seq,
                               int64_t *ret_time_ns, yj_error *err)
{
    assert(yj_db_in_transaction(db));
    YJ_TRY(check_append(l, a, err));
    yj_hash_alg alg = yj_crypto_hash(l->crypto);
    bool earlier = l->frontier.size && a->now_ns < l->last_time_ns;
    yj_leaf leaf = {
        .by = a->by,
        .for_whom = a->for_whom ? a->for_whom : "",
        .op = a->op,
        .kind = a->kind ? a->kind : "",
        .record = a->record ? a->record : "",
        .seq = l->frontier.size,
        .time_ns = earlier ? l->last_time_ns : a->now_ns,
        .version = a->version,
        .batch = a->batch,
    };
    uint8_t salt[YJ_SALT_LEN];
    yj_random(salt, sizeof salt);
    yj_body_digest(alg, salt, a->body, &leaf.body);

    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_LEAF_BYTES_MAX);
    yj_leaf_format(&leaf, &bytes);
    YJ_TRY(yj_buf_status(&bytes, err));
    yj_digest hash;
    yj_leaf_hash(alg, yj_buf_view(&bytes), &hash);

    YJ_TRY(insert_entry(db, l->inst, &leaf, &hash, err));
    YJ_TRY(insert_body(db, l->inst, leaf.seq, salt, a, err));
    yj_frontier_add(&l->frontier, &hash);
    l->last_time_ns = leaf.time_ns;
    if (ret_seq)
        *ret_seq = leaf.seq;
    if (ret_time_ns)
        *ret_time_ns = leaf.time_ns;
    return YJ_OK;
}

yj_status yj_ledger_append(yj_db *db, yj_ledger *l, const yj_append *a, uint64_t *ret_seq,
                           int64_t *ret_time_ns, yj_error *err)
{
    assert(db && l && a);
    if (a->op && strcmp(a->op, "rotate") == 0)
        return yj_fail(err, YJ_E_INVALID, "an entry \"rotate\" is made by replacing the key only");
    return yj_ledger_append_any(db, l, a, ret_seq, ret_time_ns, err);
}

/* --- seal ------------------------------------------------------------------------------------------------
 */

/* What the stored rows say, built again from the stored head on. */
typedef struct reread {
    yj_frontier frontier;
    int64_t last_time_ns;
    bool keep_tile; /* the new entries complete a tile: its hashes are wanted */
    yj_digest tile[YJ_TILE_WIDTH];
} reread;

/** The rows from..to-1; if `to` is the end, there must be none behind. */
static yj_status reread_page(yj_db *db, const yj_ledger *l, uint64_t from, uint64_t to, reread *r,
                             yj_error *err)
{
    const bool end = to == l->frontier.size;
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    yj_row row;
    bool more = false;
    YJ_TRY(yj_rows_open(db, l->inst, from, end ? INT64_MAX : to, &rows, err));
    for (uint64_t seq = from; seq < to; seq++) {
        yj_leaf leaf;
        yj_digest hash;
        char store[YJ_LEAF_STORE];
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        if (!more) {
            yj_fail(err, YJ_E_CORRUPT, "entry %llu of the ledger is missing", (unsigned long long)seq);
            return yj_bad_entry(err, seq);
        }
        YJ_TRY(yj_row_check(l->frontier.alg, &row, seq, seq ? r->last_time_ns : INT64_MIN, store, &leaf,
                            &hash, err));
        if (!row.has_body) {
            yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu is missing", (unsigned long long)seq);
            return yj_bad_entry(err, seq);
        }
        yj_frontier_add(&r->frontier, &hash);
        r->tile[seq % YJ_TILE_WIDTH] = hash;
        r->last_time_ns = leaf.time_ns;
    }
    if (!end)
        return YJ_OK;
    YJ_TRY(yj_rows_next(&rows, &row, &more, err));
    return more ? yj_beyond(l, err) : YJ_OK;
}

/* Row by row up to the next tile border or the end, so that no statement is open while a tile is written. */
static yj_status reread_all(yj_db *db, const yj_ledger *l, uint64_t from, reread *r, yj_error *err)
{
    const uint64_t size = l->frontier.size;
    if (from == size)
        return reread_page(db, l, from, size, r, err);
    for (uint64_t at = from; at < size;) {
        uint64_t border = (at / YJ_TILE_WIDTH + 1) * YJ_TILE_WIDTH;
        uint64_t to = border < size ? border : size;
        YJ_TRY(reread_page(db, l, at, to, r, err));
        if (to == border)
            YJ_TRY(yj_tile_complete(db, l->inst, l->frontier.alg, at / YJ_TILE_WIDTH, r->tile, err));
        at = to;
    }
    return YJ_OK;
}

static yj_status write_head(yj_db *db, const yj_ledger *l, uint64_t from_size, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(db,
                         "UPDATE ledger SET size = ?2, frontier = ?3, last_time = ?4"
                         " WHERE inst = ?1 AND size = ?5",
                         &st, err));
    yj_bind_i64(st, 1, l->inst);
    yj_bind_i64(st, 2, (int64_t)l->frontier.size);
    yj_bind_blob(st, 3, l->frontier.root, l->frontier.count * sizeof l->frontier.root[0]);
    yj_bind_i64(st, 4, l->last_time_ns);
    yj_bind_i64(st, 5, (int64_t)from_size);
    YJ_TRY(yj_stmt_run(st, &changes, err));
    if (changes != 1)
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger could not be written");
    yj_ledger stored;
    YJ_TRY(yj_ledger_load(db, l->inst, &stored, err));
    if (!yj_frontier_eq(&stored.frontier, &l->frontier) || stored.last_time_ns != l->last_time_ns)
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger was not stored as written");
    return YJ_OK;
}

yj_status yj_ledger_seal(yj_db *db, yj_ledger *l, uint64_t from_size, yj_error *err)
{
    assert(db && l && yj_db_in_transaction(db));
    yj_ledger stored;
    YJ_TRY(yj_ledger_load(db, l->inst, &stored, err));
    if (stored.frontier.size < from_size || stored.frontier.size > l->frontier.size)
        return yj_fail(err, YJ_E_CORRUPT, "the head of the ledger is at %llu entries, not at %llu",
                       (unsigned long long)stored.frontier.size, (unsigned long long)from_size);
    from_size = stored.frontier.size; /* a checkpoint made in this transaction sealed what was there then */
    reread r = { .frontier = stored.frontier, .last_time_ns = stored.last_time_ns };
    if (l->frontier.size / YJ_TILE_WIDTH > from_size / YJ_TILE_WIDTH && from_size % YJ_TILE_WIDTH)
        YJ_TRY(yj_entry_hashes(db, l->inst, from_size - from_size % YJ_TILE_WIDTH,
                               (unsigned)(from_size % YJ_TILE_WIDTH), r.tile, err));
    YJ_TRY(reread_all(db, l, from_size, &r, err));
    if (!yj_frontier_eq(&r.frontier, &l->frontier) || (l->frontier.size && r.last_time_ns != l->last_time_ns))
        return yj_fail(err, YJ_E_CORRUPT, "what the ledger stored is not what was appended");
    return l->frontier.size == from_size ? YJ_OK : write_head(db, l, from_size, err);
}
