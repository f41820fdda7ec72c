// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include "ledger/pack_body.h"
#include <assert.h>

/* --- rows ------------------------------------------------------------------------------------------------
 */

#define COLUMNS                                                                                              \
    "e.seq, e.time, e.op, e.kind, e.record, e.version, e.batch, e.by, e.digest, e.hash, "                    \
    "e.for_whom"
#define RANGE " WHERE e.inst = ?1 AND e.seq >= ?2 AND e.seq < ?3 ORDER BY e.seq"

static yj_status open_rows(yj_db *db, const char *sql, int64_t inst, uint64_t from, uint64_t to, yj_rows *ret,
                           yj_error *err)
{
    yj_buf_init(&ret->body, YJ_BODY_BYTES_MAX);
    yj_buf_init(&ret->leaf, YJ_LEAF_BYTES_MAX);
    YJ_TRY(yj_db_prepare_made(db, sql, &ret->st, err));
    yj_bind_i64(ret->st, 1, inst);
    yj_bind_i64(ret->st, 2, (int64_t)from);
    yj_bind_i64(ret->st, 3, (int64_t)to);
    return YJ_OK;
}

yj_status yj_rows_open(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_rows *ret, yj_error *err)
{
    return open_rows(db,
                     "SELECT " COLUMNS ", b.salt, b.body, b.packed FROM entry e LEFT JOIN body b ON b.inst = "
                     "e.inst AND b.seq = e.seq" RANGE,
                     inst, from, to, ret, err);
}

yj_status yj_leaves_open(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_rows *ret, yj_error *err)
{
    return open_rows(db, "SELECT " COLUMNS ", NULL, NULL, NULL FROM entry e" RANGE, inst, from, to, ret, err);
}

void yj_rows_done(yj_rows *r)
{
    yj_stmt_done(r->st);
    yj_buf_done(&r->body);
    yj_buf_done(&r->leaf);
}

/* The leaf that the columns make; none if they hold what no leaf may. */
static yj_status make_leaf(yj_rows *r, yj_row *row, yj_error *err)
{
    const struct {
        yj_span text;
        const char **to;
    } texts[] = {
        { row->by, &row->made.by },     { row->for_whom, &row->made.for_whom }, { row->op, &row->made.op },
        { row->kind, &row->made.kind }, { row->record, &row->made.record },
    };
    size_t used = 0;
    for (size_t i = 0; i < YJ_COUNT(texts); i++) {
        if (!yj_leaf_text_ok(texts[i].text) || used + texts[i].text.len + 1 > sizeof r->texts)
            return YJ_OK;
        *texts[i].to = r->texts + used;
        if (texts[i].text.len)
            memcpy(r->texts + used, texts[i].text.ptr, texts[i].text.len);
        used += texts[i].text.len;
        r->texts[used++] = '\0';
    }
    if (row->digest.len != sizeof row->made.body.b || row->version < 0 || row->batch < 0)
        return YJ_OK;
    memcpy(row->made.body.b, row->digest.ptr, sizeof row->made.body.b);
    row->made.seq = row->seq;
    row->made.time_ns = row->time_ns;
    row->made.version = row->version;
    row->made.batch = row->batch;
    yj_buf_clear(&r->leaf);
    yj_leaf_format(&row->made, &r->leaf);
    row->leaf = yj_buf_view(&r->leaf);
    return yj_buf_status(&r->leaf, err);
}

yj_status yj_rows_next(yj_rows *r, yj_row *ret, bool *ret_row, yj_error *err)
{
    bool row = false;
    yj_stmt *st = r->st;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret_row = row;
    if (!row)
        return YJ_OK;
    *ret = (yj_row){
        .seq = (uint64_t)yj_col_i64(st, 0),
        .time_ns = yj_col_i64(st, 1),
        .op = yj_col_text(st, 2),
        .kind = yj_col_text(st, 3),
        .record = yj_col_text(st, 4),
        .version = yj_col_i64(st, 5),
        .batch = yj_col_i64(st, 6),
        .by = yj_col_id_key(st, 7, r->by),
        .digest = yj_col_blob(st, 8),
        .hash = yj_col_blob(st, 9),
        .for_whom = yj_col_null(st, 10) ? (yj_span){ "", 0 } : yj_col_id_key(st, 10, r->for_whom),
        .has_body = !yj_col_null(st, 11),
        .redacted = !yj_col_null(st, 11) && yj_col_blob(st, 11).len == 0,
        .salt = yj_col_blob(st, 11),
    };
    YJ_TRY(make_leaf(r, ret, err));
    yj_status s = yj_col_body(st, 12, 13, &r->body, &ret->body, err);
    if (s != YJ_OK)
        return s == YJ_E_CORRUPT ? yj_bad_entry(err, ret->seq) : s;
    /* what an erasure left of a judgement: it is shown and rebuilt from, but proves nothing */
    if (ret->redacted && yj_span_is(ret->op, "judge"))
        ret->has_body = false;
    return YJ_OK;
}

yj_status yj_row_check(yj_hash_alg alg, const yj_row *r, uint64_t seq, int64_t after_ns,
                       char store[static YJ_LEAF_STORE], yj_leaf *ret_leaf, yj_digest *ret_hash,
                       yj_error *err)
{
    const unsigned long long n = seq;
    yj_digest hash, body;
    yj_leaf leaf;
    if (r->seq != seq) {
        yj_fail(err, YJ_E_CORRUPT, "entry %llu of the ledger is missing", n);
        return yj_bad_entry(err, seq);
    }
    if (!r->leaf.ptr) {
        yj_fail(err, YJ_E_CORRUPT, "the row of ledger entry %llu holds what no leaf may", n);
        return yj_bad_entry(err, seq);
    }
    yj_leaf_hash(alg, r->leaf, &hash);
    if (!yj_span_eq(r->hash, (yj_span){ (const char *)hash.b, sizeof hash.b })) {
        yj_fail(err, YJ_E_CORRUPT, "the leaf of ledger entry %llu does not have the hash stored with it", n);
        return yj_bad_entry(err, seq);
    }
    YJ_TRY(yj_leaf_parse(r->leaf, store, &leaf, err));
    if (leaf.time_ns < after_ns) {
        yj_fail(err, YJ_E_CORRUPT, "ledger entry %llu is older than the one before it", n);
        return yj_bad_entry(err, seq);
    }
    if (r->has_body) {
        if (r->salt.len == YJ_SALT_LEN)
            yj_body_digest(alg, (const uint8_t *)r->salt.ptr, r->body, &body);
        if (r->salt.len != YJ_SALT_LEN || !yj_digest_eq(&body, &leaf.body)) {
            yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu does not have the digest in its leaf",
                    n);
            return yj_bad_entry(err, seq);
        }
    }
    *ret_leaf = leaf;
    *ret_hash = hash;
    return YJ_OK;
}

yj_status yj_beyond(const yj_ledger *l, yj_error *err)
{
    yj_fail(err, YJ_E_CORRUPT, "the ledger holds entries beyond its head of %llu",
            (unsigned long long)l->frontier.size);
    return yj_bad_entry(err, l->frontier.size);
}

yj_status yj_nothing_beyond(yj_db *db, const yj_ledger *l, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT seq FROM entry WHERE inst = ?1 AND seq >= ?2 LIMIT 1", &st, err));
    yj_bind_i64(st, 1, l->inst);
    yj_bind_i64(st, 2, (int64_t)l->frontier.size);
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? yj_beyond(l, err) : YJ_OK;
}

/* On its row, if there is one: columns body and packed. */
static yj_status find_body(yj_db *db, int64_t inst, uint64_t seq, yj_stmt **ret, bool *ret_found,
                           yj_error *err)
{
    YJ_TRY(yj_db_prepare(db, "SELECT body, packed FROM body WHERE inst = ?1 AND seq = ?2", ret, err));
    yj_bind_i64(*ret, 1, inst);
    yj_bind_i64(*ret, 2, (int64_t)seq);
    return yj_stmt_step(*ret, ret_found, err);
}

yj_status yj_body_read(yj_db *db, int64_t inst, uint64_t seq, yj_buf *out, bool *ret_found, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(find_body(db, inst, seq, &st, ret_found, err));
    return *ret_found ? yj_col_body_add(st, 0, 1, out, err) : YJ_OK;
}

yj_status yj_body_read_json(yj_db *db, int64_t inst, uint64_t seq, json_t **ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool found = false;
    YJ_TRY(find_body(db, inst, seq, &st, &found, err));
    return found ? yj_col_body_json(st, 0, 1, ret, err) : YJ_OK;
}

yj_status yj_entry_read(yj_db *db, int64_t inst, uint64_t seq, yj_entry *ret, yj_error *err)
{
    yj_ledger l;
    YJ_TRY(yj_ledger_load(db, inst, &l, err));
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    yj_row row;
    bool more = false;
    if (seq < INT64_MAX) {
        YJ_TRY(yj_rows_open(db, inst, seq, seq + 1, &rows, err));
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
    }
    if (!more)
        return yj_fail(err, YJ_E_NOT_FOUND, "the ledger has no entry %llu", (unsigned long long)seq);
    yj_buf_init(&ret->leaf_bytes, YJ_LEAF_BYTES_MAX);
    yj_buf_init(&ret->body, YJ_BODY_BYTES_MAX);
    YJ_TRY(yj_row_check(l.frontier.alg, &row, seq, INT64_MIN, ret->text, &ret->leaf, &ret->hash, err));
    ret->seq = seq;
    ret->has_body = row.has_body;
    memset(ret->salt, 0, sizeof ret->salt);
    if (row.has_body)
        memcpy(ret->salt, row.salt.ptr, sizeof ret->salt);
    yj_buf_span(&ret->leaf_bytes, row.leaf);
    yj_buf_span(&ret->body, row.body);
    yj_status st_leaf = yj_buf_status(&ret->leaf_bytes, err);
    if (st_leaf == YJ_OK)
        st_leaf = yj_buf_status(&ret->body, err);
    if (st_leaf != YJ_OK)
        yj_entry_done(ret);
    return st_leaf;
}

void yj_entry_done(yj_entry *e)
{
    yj_buf_done(&e->leaf_bytes);
    yj_buf_done(&e->body);
}

/* --- by time ---------------------------------------------------------------------------------------------
 */

static yj_status size_of(yj_db *db, int64_t inst, uint64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT size FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    *ret = (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

yj_status yj_ledger_size_at(yj_db *db, int64_t inst, int64_t ns, uint64_t *ret, yj_error *err)
{
    uint64_t low = 0, high = 0; /* what is before low is up to the instant, what is from high on is not */
    YJ_TRY(size_of(db, inst, &high, err));
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare(db, "SELECT time FROM entry WHERE inst = ?1 AND seq = ?2", &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_i64(st, 2, (int64_t)mid);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row) {
            yj_fail(err, YJ_E_CORRUPT, "entry %llu of the ledger is missing", (unsigned long long)mid);
            return yj_bad_entry(err, mid);
        }
        if (yj_col_i64(st, 0) <= ns)
            low = mid + 1;
        else
            high = mid;
    }
    *ret = low;
    return YJ_OK;
}

/* --- hashes ----------------------------------------------------------------------------------------------
 */

yj_status yj_entry_hashes(yj_db *db, int64_t inst, uint64_t from, unsigned count, yj_digest *ret,
                          yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "SELECT seq, hash FROM entry WHERE inst = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, (int64_t)from);
    yj_bind_i64(st, 3, (int64_t)(from + count));
    for (unsigned i = 0; i < count; i++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        yj_span hash = row ? yj_col_blob(st, 1) : (yj_span){ NULL, 0 };
        if (!row || (uint64_t)yj_col_i64(st, 0) != from + i || hash.len != YJ_HASH_LEN) {
            yj_fail(err, YJ_E_CORRUPT, "entry %llu of the ledger is missing", (unsigned long long)(from + i));
            return yj_bad_entry(err, from + i);
        }
        memcpy(ret[i].b, hash.ptr, YJ_HASH_LEN);
    }
    return YJ_OK;
}

yj_status yj_tile_row_read(yj_db *db, int64_t inst, int level, uint64_t index,
                           yj_digest ret[static YJ_TILE_WIDTH], unsigned *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT data FROM tile WHERE inst = ?1 AND level = ?2 AND idx = ?3", &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, level);
    yj_bind_i64(st, 3, (int64_t)index);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row) {
        *ret_count = 0;
        return YJ_OK;
    }
    yj_span data = yj_col_blob(st, 0);
    if (data.len == 0 || data.len % YJ_HASH_LEN || data.len > YJ_TILE_WIDTH * (size_t)YJ_HASH_LEN) {
        yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger is damaged",
                (unsigned long long)index, level);
        return yj_bad_entry(err, yj_tile_first_entry((unsigned)level, index, 0));
    }
    memcpy(ret, data.ptr, data.len);
    *ret_count = (unsigned)(data.len / YJ_HASH_LEN);
    return YJ_OK;
}

/* Hashes first..first+count-1 of the level-`level` tile at `index`. */
static yj_status tile_hashes(yj_db *db, int64_t inst, int level, uint64_t index, unsigned first,
                             unsigned count, yj_digest *ret, yj_error *err)
{
    yj_digest tile[YJ_TILE_WIDTH];
    unsigned have = 0;
    if (level == 0)
        return yj_entry_hashes(db, inst, index * YJ_TILE_WIDTH + first, count, ret, err);
    YJ_TRY(yj_tile_row_read(db, inst, level, index, tile, &have, err));
    if (have < first + count) {
        yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger is incomplete",
                (unsigned long long)index, level);
        return yj_bad_entry(err, yj_tile_first_entry((unsigned)level, index, have));
    }
    memcpy(ret, tile + first, count * sizeof tile[0]);
    return YJ_OK;
}

static yj_status stored_node(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err)
{
    const yj_stored_tree *t = self;
    unsigned span = 1U << level % 8;
    uint64_t first = index << level % 8;
    yj_digest hashes[YJ_TILE_WIDTH];
    YJ_TRY(tile_hashes(t->db, t->inst, (int)(level / 8), first / YJ_TILE_WIDTH,
                       (unsigned)(first % YJ_TILE_WIDTH), span, hashes, err));
    yj_hashes_root(t->alg, hashes, span, ret);
    return YJ_OK;
}

yj_tree_reader yj_stored_tree_reader(yj_stored_tree *t)
{
    return (yj_tree_reader){ stored_node, t, t->alg };
}

/* --- tiles -----------------------------------------------------------------------------------------------
 */

static yj_status bundle(yj_db *db, int64_t inst, uint64_t from, unsigned count, yj_buf *out, yj_error *err)
{
    yj_auto(yj_rows_done) yj_rows rows = { 0 };
    YJ_TRY(yj_leaves_open(db, inst, from, from + count, &rows, err));
    for (unsigned i = 0; i < count; i++) {
        yj_row row;
        bool more = false;
        YJ_TRY(yj_rows_next(&rows, &row, &more, err));
        if (!more || row.seq != from + i || !row.leaf.ptr) {
            yj_fail(err, YJ_E_CORRUPT, "entry %llu of the ledger is missing", (unsigned long long)(from + i));
            return yj_bad_entry(err, from + i);
        }
        yj_buf_char(out, (char)(row.leaf.len >> 8));
        yj_buf_char(out, (char)(row.leaf.len & 0xff));
        yj_buf_span(out, row.leaf);
    }
    return yj_buf_status(out, err);
}

yj_status yj_tile_read(yj_db *db, int64_t inst, uint64_t l_size, int level, uint64_t index, unsigned width,
                       yj_buf *out, yj_error *err)
{
    assert(level >= -1 && width >= 1 && width <= YJ_TILE_WIDTH);
    /* hashes on this level: one for each complete subtree of 256^level leaves */
    uint64_t have = level <= 0 ? l_size : level < YJ_TILE_LEVELS ? l_size >> 8 * level : 0;
    if (index > have / YJ_TILE_WIDTH || have - index * YJ_TILE_WIDTH < width)
        return yj_fail(err, YJ_E_NOT_FOUND, "a ledger of %llu entries has no such tile",
                       (unsigned long long)l_size);
    if (level < 0)
        return bundle(db, inst, index * YJ_TILE_WIDTH, width, out, err);
    yj_digest hashes[YJ_TILE_WIDTH];
    YJ_TRY(tile_hashes(db, inst, level, index, 0, width, hashes, err));
    yj_buf_add(out, hashes, width * sizeof hashes[0]);
    return yj_buf_status(out, err);
}
