// SPDX-License-Identifier: Apache-2.0
/**
 * Merkle tree hashing (RFC 6962 section 2.1): leaf = H(0x00 || data), node = H(0x01 || left || right), over
 * SHA-256 or SM3. Pure functions; storage is reached through yj_tree_reader.
 */
#ifndef YJ_LEDGER_MERKLE_H
#define YJ_LEDGER_MERKLE_H

#include "base/hash.h"

#define YJ_TREE_LEVELS_MAX 63
#define YJ_PROOF_HASHES_MAX 64
#define YJ_TILE_WIDTH 256 /* hashes or entries in a full tile */
#define YJ_TILE_LEVELS 8  /* a tree of less than 2^63 leaves has tiles of level 0..7 */

void yj_leaf_hash(yj_hash_alg alg, yj_span leaf, yj_digest *ret);
void yj_node_hash(yj_hash_alg alg, const yj_digest *left, const yj_digest *right, yj_digest *ret);
/** H(a || b). Aborts when out of memory, which only more than a few KiB need. */
void yj_hash_joined(yj_hash_alg alg, const void *a, size_t a_len, const void *b, size_t b_len,
                    yj_digest *ret);
/** Root of the tree over `count` > 0 hashes, which are overwritten on the way. */
void yj_hashes_root(yj_hash_alg alg, yj_digest *hashes, size_t count, yj_digest *ret);

/** The roots of the complete subtrees of a tree of `size` leaves, largest first: popcount(size) hashes. */
typedef struct yj_frontier {
    yj_hash_alg alg;
    uint64_t size;
    yj_digest root[YJ_TREE_LEVELS_MAX + 1];
    unsigned count;
} yj_frontier;

void yj_frontier_init(yj_frontier *f, yj_hash_alg alg);
/** From stored bytes: `hashes` holds popcount(size) * 32 bytes. False if the length is wrong. */
bool yj_frontier_load(yj_frontier *f, yj_hash_alg alg, uint64_t size, yj_span hashes);
void yj_frontier_add(yj_frontier *f, const yj_digest *leaf_hash);
/** Root of the tree; of the empty tree the hash of the empty string. */
void yj_frontier_root(const yj_frontier *f, yj_digest *ret);
bool yj_frontier_eq(const yj_frontier *a, const yj_frontier *b);

/** Reads the hash of the complete subtree at `level` (0: leaves) and `index` of a stored tree. */
typedef struct yj_tree_reader {
    yj_status (*node)(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err);
    void *self;
    yj_hash_alg alg;
} yj_tree_reader;

yj_status yj_tree_root(const yj_tree_reader *r, uint64_t size, yj_digest *ret, yj_error *err) yj_nodiscard;
/** Audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1). YJ_E_INVALID if index >= size.
 */
yj_status yj_tree_inclusion(const yj_tree_reader *r, uint64_t index, uint64_t size,
                            yj_digest ret[static YJ_PROOF_HASHES_MAX], size_t *ret_count,
                            yj_error *err) yj_nodiscard;
/** Consistency of the tree of `from` leaves with that of `size` (RFC 6962 2.1.2). 0 < from <= size. */
yj_status yj_tree_consistency(const yj_tree_reader *r, uint64_t from, uint64_t size,
                              yj_digest ret[static YJ_PROOF_HASHES_MAX], size_t *ret_count,
                              yj_error *err) yj_nodiscard;

/** Checks that need no storage (RFC 9162 2.1.3.2 and 2.1.4.2). A proof from the empty tree proves nothing and
 *  does not hold. */
bool yj_inclusion_holds(yj_hash_alg alg, uint64_t index, uint64_t size, const yj_digest *leaf_hash,
                        const yj_digest *proof, size_t count, const yj_digest *root);
bool yj_consistency_holds(yj_hash_alg alg, uint64_t from, uint64_t size, const yj_digest *from_root,
                          const yj_digest *root, const yj_digest *proof, size_t count);

#endif
