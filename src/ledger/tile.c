// SPDX-License-Identifier: Apache-2.0
/* Hash tiles grow: what a complete tile means for the levels above, in the store and in memory. */
#include "ledger/internal.h"
#include <assert.h>

uint64_t yj_tile_first_entry(unsigned level, uint64_t index, unsigned at)
{
    assert(level < YJ_TILE_LEVELS);
    return (index * YJ_TILE_WIDTH + at) << 8 * level;
}

static yj_status put(yj_db *db, int64_t inst, unsigned level, uint64_t index, const yj_digest *hashes,
                     unsigned count, yj_error *err)
{
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(db,
                             "INSERT INTO tile(inst, level, idx, data) VALUES(?1, ?2, ?3, ?4)"
                             " ON CONFLICT(inst, level, idx) DO UPDATE SET data = excluded.data",
                             &st, err));
        yj_bind_i64(st, 1, inst);
        yj_bind_i64(st, 2, level);
        yj_bind_i64(st, 3, (int64_t)index);
        yj_bind_blob(st, 4, hashes, count * sizeof hashes[0]);
        YJ_TRY(yj_stmt_post(st, err));
    }
    yj_digest stored[YJ_TILE_WIDTH];
    unsigned have = 0;
    YJ_TRY(yj_tile_row_read(db, inst, (int)level, index, stored, &have, err));
    if (have != count || memcmp(stored, hashes, count * sizeof hashes[0]) != 0) {
        yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger was not stored as written",
                (unsigned long long)index, (int)level);
        return yj_bad_entry(err, yj_tile_first_entry(level, index, 0));
    }
    return YJ_OK;
}

yj_status yj_tile_complete(yj_db *db, int64_t inst, yj_hash_alg alg, uint64_t index,
                           const yj_digest hashes[static YJ_TILE_WIDTH], yj_error *err)
{
    yj_digest tile[YJ_TILE_WIDTH], root;
    memcpy(tile, hashes, sizeof tile); /* itself it is not stored: the entries hold its hashes */
    for (unsigned level = 1; level < YJ_TILE_LEVELS; level++) {
        /* `tile` holds the complete tile `index` of the level below; its root is the next hash here */
        unsigned at = (unsigned)(index % YJ_TILE_WIDTH), have = 0;
        yj_hashes_root(alg, tile, YJ_TILE_WIDTH, &root);
        index /= YJ_TILE_WIDTH;
        YJ_TRY(yj_tile_row_read(db, inst, (int)level, index, tile, &have, err));
        if (have != at) {
            yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger has %u hashes instead of %u",
                    (unsigned long long)index, (int)level, have, at);
            return yj_bad_entry(err, yj_tile_first_entry(level, index, have < at ? have : at));
        }
        tile[at] = root;
        YJ_TRY(put(db, inst, level, index, tile, at + 1, err));
        if (at + 1 < YJ_TILE_WIDTH)
            break;
    }
    return YJ_OK;
}

yj_status yj_tile_builder_add(yj_tile_builder *b, const yj_digest *tile_root, yj_error *err)
{
    yj_digest hash = *tile_root;
    for (unsigned level = 1; level < YJ_TILE_LEVELS; level++) {
        b->level[level].hash[b->level[level].count++] = hash;
        if (b->level[level].count < YJ_TILE_WIDTH)
            break;
        YJ_TRY(b->tile(b->self, level, b->level[level].index, b->level[level].hash, YJ_TILE_WIDTH, err));
        yj_hashes_root(b->alg, b->level[level].hash, YJ_TILE_WIDTH, &hash);
        b->level[level].index++;
        b->level[level].count = 0;
    }
    return YJ_OK;
}

yj_status yj_tile_builder_end(yj_tile_builder *b, yj_error *err)
{
    for (unsigned level = 1; level < YJ_TILE_LEVELS; level++)
        if (b->level[level].count)
            YJ_TRY(b->tile(b->self, level, b->level[level].index, b->level[level].hash, b->level[level].count,
                           err));
    return YJ_OK;
}
