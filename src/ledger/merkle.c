// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Short inputs are joined here and hashed in one go: half the cost of starting a digest and adding twice. */
#define JOIN_BYTES ((size_t)2048)

void yj_hash_joined(yj_hash_alg alg, const void *a, size_t a_len, const void *b, size_t b_len, yj_digest *ret)
{
    if (a_len <= JOIN_BYTES && b_len <= JOIN_BYTES - a_len) {
        uint8_t joined[JOIN_BYTES];
        if (a_len)
            memcpy(joined, a, a_len);
        if (b_len)
            memcpy(joined + a_len, b, b_len);
        yj_hash(alg, joined, a_len + b_len, ret);
        return;
    }
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(alg);
    if (!h) {
        fprintf(stderr, "yunjian: out of memory\n");
        abort();
    }
    yj_hasher_begin(h);
    yj_hasher_add(h, a, a_len);
    yj_hasher_add(h, b, b_len);
    yj_hasher_end(h, ret);
}

void yj_leaf_hash(yj_hash_alg alg, yj_span leaf, yj_digest *ret)
{
    yj_hash_joined(alg, "\0", 1, leaf.ptr, leaf.len, ret);
}

void yj_node_hash(yj_hash_alg alg, const yj_digest *left, const yj_digest *right, yj_digest *ret)
{
    uint8_t node[1 + 2 * YJ_HASH_LEN] = { 1 };
    memcpy(node + 1, left->b, YJ_HASH_LEN);
    memcpy(node + 1 + YJ_HASH_LEN, right->b, YJ_HASH_LEN);
    yj_hash(alg, node, sizeof node, ret);
}

void yj_hashes_root(yj_hash_alg alg, yj_digest *hashes, size_t count, yj_digest *ret)
{
    assert(count > 0);
    /* Level by level; an odd last hash moves up as it is, which gives RFC 6962's split at powers of two. */
    for (; count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i + 1 < count; i += 2)
            yj_node_hash(alg, &hashes[i], &hashes[i + 1], &hashes[i / 2]);
        if (count % 2)
            hashes[count / 2] = hashes[count - 1];
    }
    *ret = hashes[0];
}

/* --- frontier --------------------------------------------------------------------------------------------
 */

void yj_frontier_init(yj_frontier *f, yj_hash_alg alg)
{
    *f = (yj_frontier){ .alg = alg };
}

bool yj_frontier_load(yj_frontier *f, yj_hash_alg alg, uint64_t size, yj_span hashes)
{
    unsigned count = (unsigned)__builtin_popcountll(size);
    if (hashes.len != count * (size_t)YJ_HASH_LEN)
        return false;
    yj_frontier_init(f, alg);
    f->size = size;
    f->count = count;
    if (count)
        memcpy(f->root, hashes.ptr, hashes.len);
    return true;
}

void yj_frontier_add(yj_frontier *f, const yj_digest *leaf_hash)
{
    assert(f->size < INT64_MAX && f->count <= YJ_TREE_LEVELS_MAX);
    yj_digest h = *leaf_hash;
    for (uint64_t s = f->size; s & 1; s >>= 1)
        yj_node_hash(f->alg, &f->root[--f->count], &h, &h);
    f->root[f->count++] = h;
    f->size++;
}

void yj_frontier_root(const yj_frontier *f, yj_digest *ret)
{
    if (f->count == 0) {
        yj_hash(f->alg, "", 0, ret);
        return;
    }
    yj_digest h = f->root[f->count - 1];
    for (unsigned i = f->count - 1; i > 0; i--)
        yj_node_hash(f->alg, &f->root[i - 1], &h, &h);
    *ret = h;
}

bool yj_frontier_eq(const yj_frontier *a, const yj_frontier *b)
{
    return a->alg == b->alg && a->size == b->size && a->count == b->count &&
           memcmp(a->root, b->root, a->count * sizeof a->root[0]) == 0;
}

/* --- proofs from a stored tree ---------------------------------------------------------------------------
 */

/* Root of the leaves lo..hi-1, a subtree that RFC 6962's splitting of some tree gives: complete subtrees,
 * largest first, folded from the right. */
static yj_status range_root(const yj_tree_reader *r, uint64_t lo, uint64_t hi, yj_digest *ret, yj_error *err)
{
    assert(lo < hi);
    uint64_t left = hi - lo, end = hi;
    yj_digest sum = { { 0 } };
    bool first = true;
    while (left) {
        unsigned level = (unsigned)__builtin_ctzll(left);
        uint64_t span = UINT64_C(1) << level;
        yj_digest node;
        YJ_TRY(r->node(r->self, level, (end - span) >> level, &node, err));
        if (first)
            sum = node;
        else
            yj_node_hash(r->alg, &node, &sum, &sum);
        first = false;
        left -= span;
        end -= span;
    }
    *ret = sum;
    return YJ_OK;
}

yj_status yj_tree_root(const yj_tree_reader *r, uint64_t size, yj_digest *ret, yj_error *err)
{
    if (size == 0) {
        yj_hash(r->alg, "", 0, ret);
        return YJ_OK;
    }
    return range_root(r, 0, size, ret, err);
}

/* The largest power of two that is less than n; n > 1. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void reverse(yj_digest *d, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        yj_digest t = d[i];
        d[i] = d[count - 1 - i];
        d[count - 1 - i] = t;
    }
}

yj_status yj_tree_inclusion(const yj_tree_reader *r, uint64_t index, uint64_t size,
                            yj_digest ret[static YJ_PROOF_HASHES_MAX], size_t *ret_count, yj_error *err)
{
    if (index >= size || size > INT64_MAX)
        return yj_fail(err, YJ_E_INVALID, "the tree of %llu entries has no entry %llu",
                       (unsigned long long)size, (unsigned long long)index);
    yj_digest proof[YJ_PROOF_HASHES_MAX];
    size_t count = 0;
    for (uint64_t lo = 0, hi = size; hi - lo > 1; count++) {
        uint64_t mid = lo + split(hi - lo);
        if (index < mid) {
            YJ_TRY(range_root(r, mid, hi, &proof[count], err));
            hi = mid;
        } else {
            YJ_TRY(range_root(r, lo, mid, &proof[count], err));
            lo = mid;
        }
    }
    reverse(proof, count);
    memcpy(ret, proof, count * sizeof proof[0]);
    *ret_count = count;
    return YJ_OK;
}

yj_status yj_tree_consistency(const yj_tree_reader *r, uint64_t from, uint64_t size,
                              yj_digest ret[static YJ_PROOF_HASHES_MAX], size_t *ret_count, yj_error *err)
{
    if (from == 0 || from > size || size > INT64_MAX)
        return yj_fail(err, YJ_E_INVALID, "no proof leads from a tree of %llu entries to one of %llu",
                       (unsigned long long)from, (unsigned long long)size);
    yj_digest proof[YJ_PROOF_HASHES_MAX];
    size_t count = 0;
    uint64_t lo = 0, hi = size;
    while (hi != from) {
        uint64_t mid = lo + split(hi - lo);
        if (from <= mid) {
            YJ_TRY(range_root(r, mid, hi, &proof[count++], err));
            hi = mid;
        } else {
            YJ_TRY(range_root(r, lo, mid, &proof[count++], err));
            lo = mid;
        }
    }
    if (lo != 0) /* the old tree's last subtree is none of its whole tree */
        YJ_TRY(range_root(r, lo, hi, &proof[count++], err));
    reverse(proof, count);
    memcpy(ret, proof, count * sizeof proof[0]);
    *ret_count = count;
    return YJ_OK;
}

/* --- checks ----------------------------------------------------------------------------------------------
 */

static bool same(const yj_digest *a, const yj_digest *b)
{
    return memcmp(a->b, b->b, YJ_HASH_LEN) == 0;
}

bool yj_inclusion_holds(yj_hash_alg alg, uint64_t index, uint64_t size, const yj_digest *leaf_hash,
                        const yj_digest *proof, size_t count, const yj_digest *root)
{
    if (index >= size)
        return false;
    uint64_t fn = index, sn = size - 1;
    yj_digest r = *leaf_hash;
    for (size_t i = 0; i < count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            yj_node_hash(alg, &proof[i], &r, &r);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            yj_node_hash(alg, &r, &proof[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&r, root);
}

bool yj_consistency_holds(yj_hash_alg alg, uint64_t from, uint64_t size, const yj_digest *from_root,
                          const yj_digest *root, const yj_digest *proof, size_t count)
{
    if (from == 0 || from > size)
        return false;
    if (from == size)
        return count == 0 && same(from_root, root);
    if (count == 0)
        return false;
    /* a complete old tree is itself the first hash, and then not in the proof */
    size_t i = 0;
    bool whole = (from & (from - 1)) == 0;
    yj_digest fr = whole ? *from_root : proof[i++], sr = fr;
    uint64_t fn = from - 1, sn = size - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    for (; i < count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            yj_node_hash(alg, &proof[i], &fr, &fr);
            yj_node_hash(alg, &proof[i], &sr, &sr);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            yj_node_hash(alg, &sr, &proof[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&fr, from_root) && same(&sr, root);
}
