// SPDX-License-Identifier: Apache-2.0
/* The tree against the published vectors of certificate-transparency and against an independent, naive
 * reading of RFC 6962, for both hashes. */
#include "../base/test.h"

#include "ledger/merkle.h"

#define LEAVES 260

static yj_digest leaf[LEAVES]; /* hashes of the leaves of the tree under test */
static yj_hash_alg alg;

/* --- naive: RFC 6962 section 2.1 word by word ------------------------------------------------------------
 */

static yj_digest naive_root(size_t from, size_t n)
{
    yj_digest d;
    if (n == 0) {
        yj_hash(alg, "", 0, &d);
        return d;
    }
    if (n == 1)
        return leaf[from];
    size_t k = 1;
    while (2 * k < n)
        k *= 2;
    yj_digest l = naive_root(from, k), r = naive_root(from + k, n - k);
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(alg);
    yj_hasher_begin(h);
    yj_hasher_add(h, "\1", 1);
    yj_hasher_add(h, l.b, sizeof l.b);
    yj_hasher_add(h, r.b, sizeof r.b);
    yj_hasher_end(h, &d);
    return d;
}

static size_t naive_path(size_t m, size_t from, size_t n, yj_digest *out)
{
    if (n == 1)
        return 0;
    size_t k = 1, count;
    while (2 * k < n)
        k *= 2;
    if (m < k) {
        count = naive_path(m, from, k, out);
        out[count] = naive_root(from + k, n - k);
    } else {
        count = naive_path(m - k, from + k, n - k, out);
        out[count] = naive_root(from, k);
    }
    return count + 1;
}

static size_t naive_subproof(size_t m, size_t from, size_t n, bool whole, yj_digest *out)
{
    if (m == n) {
        if (!whole)
            out[0] = naive_root(from, n);
        return whole ? 0 : 1;
    }
    size_t k = 1, count;
    while (2 * k < n)
        k *= 2;
    if (m <= k) {
        count = naive_subproof(m, from, k, whole, out);
        out[count] = naive_root(from + k, n - k);
    } else {
        count = naive_subproof(m - k, from + k, n - k, false, out);
        out[count] = naive_root(from, k);
    }
    return count + 1;
}

static yj_status node(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err)
{
    (void)self, (void)err;
    assert_true((index + 1) << level <= LEAVES);
    *ret = naive_root((size_t)(index << level), (size_t)1 << level);
    return YJ_OK;
}

static yj_tree_reader reader(void)
{
    return (yj_tree_reader){ node, NULL, alg };
}

static void random_leaves(yj_hash_alg a, uint64_t *seed)
{
    alg = a;
    for (size_t i = 0; i < LEAVES; i++)
        for (size_t k = 0; k < sizeof leaf[i].b; k++)
            leaf[i].b[k] = (uint8_t)test_random(seed);
}

/* --- published vectors -----------------------------------------------------------------------------------
 */

static yj_digest hex(const char *s)
{
    yj_digest d;
    assert_true(yj_digest_from_hex(yj_span_of(s), &d));
    return d;
}

static void ct_leaves(void)
{
    static const char *const leaves[8] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    };
    alg = YJ_HASH_SHA256;
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[16];
        size_t len;
        assert_true(yj_hex_decode(yj_span_of(leaves[i]), bytes, sizeof bytes, &len));
        yj_leaf_hash(alg, (yj_span){ (const char *)bytes, len }, &leaf[i]);
    }
}

static const char *const ct_roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void root__equals_the_published_ones(void **state)
{
    (void)state;
    ct_leaves();
    yj_frontier f;
    yj_frontier_init(&f, alg);
    for (size_t n = 0; n <= 8; n++) {
        yj_digest want = hex(ct_roots[n]), got;
        yj_error err;
        yj_frontier_root(&f, &got);
        assert_memory_equal(got.b, want.b, sizeof want.b);
        yj_tree_reader r = reader();
        assert_status(yj_tree_root(&r, n, &got, &err), YJ_OK);
        assert_memory_equal(got.b, want.b, sizeof want.b);
        if (n < 8)
            yj_frontier_add(&f, &leaf[n]);
    }
}

static void inclusion__equals_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        uint64_t index, size;
        size_t count;
        const char *hash[3];
    } rows[] = {
        { 0, 1, 0, { NULL } },
        { 0,
          8,
          3,
          { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
        { 5,
          8,
          3,
          { "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
        { 2, 3, 1, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
        { 1,
          5,
          3,
          { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
    };
    ct_leaves();
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_digest proof[YJ_PROOF_HASHES_MAX], want, root = hex(ct_roots[rows[i].size]);
        size_t count;
        yj_error err;
        yj_tree_reader r = reader();
        assert_status(yj_tree_inclusion(&r, rows[i].index, rows[i].size, proof, &count, &err), YJ_OK);
        assert_int_equal(count, rows[i].count);
        for (size_t k = 0; k < count; k++) {
            want = hex(rows[i].hash[k]);
            assert_memory_equal(proof[k].b, want.b, sizeof want.b);
        }
        assert_true(
            yj_inclusion_holds(alg, rows[i].index, rows[i].size, &leaf[rows[i].index], proof, count, &root));
    }
}

static void consistency__equals_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, to;
        size_t count;
        const char *hash[3];
    } rows[] = {
        { 1, 1, 0, { NULL } },
        { 1,
          8,
          3,
          { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
        { 6,
          8,
          3,
          { "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
        { 2,
          5,
          2,
          { "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
        { 6,
          7,
          3,
          { "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
    };
    ct_leaves();
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_digest proof[YJ_PROOF_HASHES_MAX], want;
        yj_digest old_root = hex(ct_roots[rows[i].from]), root = hex(ct_roots[rows[i].to]);
        size_t count;
        yj_error err;
        yj_tree_reader r = reader();
        assert_status(yj_tree_consistency(&r, rows[i].from, rows[i].to, proof, &count, &err), YJ_OK);
        assert_int_equal(count, rows[i].count);
        for (size_t k = 0; k < count; k++) {
            want = hex(rows[i].hash[k]);
            assert_memory_equal(proof[k].b, want.b, sizeof want.b);
        }
        assert_true(yj_consistency_holds(alg, rows[i].from, rows[i].to, &old_root, &root, proof, count));
    }
}

/* --- against the naive reading ---------------------------------------------------------------------------
 */

static void frontier__root_equals_naive_at_every_size(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    for (int a = 0; a < YJ_HASH_COUNT_; a++) {
        random_leaves((yj_hash_alg)a, &seed);
        yj_frontier f, g;
        yj_frontier_init(&f, alg);
        for (size_t n = 0; n < LEAVES; n++) {
            yj_digest want = naive_root(0, n), got, copy[LEAVES];
            yj_error err;
            yj_tree_reader r = reader();
            yj_frontier_root(&f, &got);
            assert_memory_equal(got.b, want.b, sizeof want.b);
            assert_status(yj_tree_root(&r, n, &got, &err), YJ_OK);
            assert_memory_equal(got.b, want.b, sizeof want.b);
            if (n) {
                memcpy(copy, leaf, n * sizeof copy[0]);
                yj_hashes_root(alg, copy, n, &got);
                assert_memory_equal(got.b, want.b, sizeof want.b);
            }
            yj_span stored = { (const char *)f.root, f.count * sizeof f.root[0] };
            assert_true(yj_frontier_load(&g, alg, n, stored));
            assert_true(yj_frontier_eq(&f, &g));
            stored.len += 32;
            assert_false(yj_frontier_load(&g, alg, n, stored));
            yj_frontier_add(&f, &leaf[n]);
            assert_false(yj_frontier_eq(&f, &g));
        }
    }
}

static void proofs__equal_naive_and_hold(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    random_leaves(YJ_HASH_SHA256, &seed);
    yj_digest root[LEAVES + 1], want[YJ_PROOF_HASHES_MAX], got[YJ_PROOF_HASHES_MAX];
    yj_tree_reader r = reader();
    yj_error err;
    size_t count;
    for (size_t n = 0; n <= 70; n++)
        root[n] = naive_root(0, n);
    for (size_t n = 1; n <= 70; n++) {
        for (size_t i = 0; i < n; i++) {
            assert_status(yj_tree_inclusion(&r, i, n, got, &count, &err), YJ_OK);
            assert_int_equal(count, naive_path(i, 0, n, want));
            assert_memory_equal(got, want, count * sizeof got[0]);
            assert_true(yj_inclusion_holds(alg, i, n, &leaf[i], got, count, &root[n]));
        }
        for (size_t m = 1; m <= n; m++) {
            assert_status(yj_tree_consistency(&r, m, n, got, &count, &err), YJ_OK);
            assert_int_equal(count, naive_subproof(m, 0, n, true, want));
            assert_memory_equal(got, want, count * sizeof got[0]);
            assert_true(yj_consistency_holds(alg, m, n, &root[m], &root[n], got, count));
        }
    }
}

static void flip(yj_digest *d, size_t bit)
{
    d->b[bit / 8] = (uint8_t)(d->b[bit / 8] ^ 1U << bit % 8);
}

static const size_t sizes[] = { 1, 2, 3, 5, 7, 8, 13, 16, 21 };

static void inclusion__every_flipped_bit_fails(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    random_leaves(YJ_HASH_SHA256, &seed);
    yj_tree_reader r = reader();
    yj_error err;
    for (size_t s = 0; s < YJ_COUNT(sizes); s++) {
        size_t n = sizes[s], count;
        yj_digest root = naive_root(0, n), proof[YJ_PROOF_HASHES_MAX + 1], h;
        for (size_t i = 0; i < n; i++) {
            assert_status(yj_tree_inclusion(&r, i, n, proof, &count, &err), YJ_OK);
            h = leaf[i];
            for (size_t bit = 0; bit < 256; bit++) {
                flip(&root, bit);
                assert_false(yj_inclusion_holds(alg, i, n, &h, proof, count, &root));
                flip(&root, bit);
                flip(&h, bit);
                assert_false(yj_inclusion_holds(alg, i, n, &h, proof, count, &root));
                flip(&h, bit);
                for (size_t k = 0; k < count; k++) {
                    flip(&proof[k], bit);
                    assert_false(yj_inclusion_holds(alg, i, n, &h, proof, count, &root));
                    flip(&proof[k], bit);
                }
            }
            for (unsigned bit = 0; bit < 64; bit++)
                assert_false(yj_inclusion_holds(alg, i ^ UINT64_C(1) << bit, n, &h, proof, count, &root));
            assert_false(yj_inclusion_holds(alg, i, 2 * n, &h, proof, count, &root));
            proof[count] = root; /* too long, too short */
            assert_false(yj_inclusion_holds(alg, i, n, &h, proof, count + 1, &root));
            for (size_t k = 0; k < count; k++)
                assert_false(yj_inclusion_holds(alg, i, n, &h, proof, k, &root));
            assert_true(yj_inclusion_holds(alg, i, n, &h, proof, count, &root));
        }
    }
}

static void consistency__every_flipped_bit_fails(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    random_leaves(YJ_HASH_SHA256, &seed);
    yj_tree_reader r = reader();
    yj_error err;
    for (size_t s = 0; s < YJ_COUNT(sizes); s++) {
        size_t n = sizes[s], count;
        yj_digest root = naive_root(0, n), proof[YJ_PROOF_HASHES_MAX + 1];
        for (size_t m = 1; m <= n; m++) {
            yj_digest old_root = naive_root(0, m);
            assert_status(yj_tree_consistency(&r, m, n, proof, &count, &err), YJ_OK);
            for (size_t bit = 0; bit < 256; bit++) {
                flip(&root, bit);
                assert_false(yj_consistency_holds(alg, m, n, &old_root, &root, proof, count));
                flip(&root, bit);
                flip(&old_root, bit);
                assert_false(yj_consistency_holds(alg, m, n, &old_root, &root, proof, count));
                flip(&old_root, bit);
                for (size_t k = 0; k < count; k++) {
                    flip(&proof[k], bit);
                    assert_false(yj_consistency_holds(alg, m, n, &old_root, &root, proof, count));
                    flip(&proof[k], bit);
                }
            }
            proof[count] = root;
            assert_false(yj_consistency_holds(alg, m, n, &old_root, &root, proof, count + 1));
            for (size_t k = 0; k < count; k++)
                assert_false(yj_consistency_holds(alg, m, n, &old_root, &root, proof, k));
            for (unsigned bit = 0; bit < 64; bit++)
                if ((m ^ UINT64_C(1) << bit) != m && count)
                    assert_false(
                        yj_consistency_holds(alg, m ^ UINT64_C(1) << bit, n, &old_root, &root, proof, count));
        }
    }
}

static void proofs__of_what_is_not_there_are_refused(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    random_leaves(YJ_HASH_SHA256, &seed);
    yj_tree_reader r = reader();
    yj_digest proof[YJ_PROOF_HASHES_MAX], root = naive_root(0, 4);
    size_t count = 77;
    yj_error err;
    assert_status(yj_tree_inclusion(&r, 4, 4, proof, &count, &err), YJ_E_INVALID);
    assert_status(yj_tree_inclusion(&r, 0, 0, proof, &count, &err), YJ_E_INVALID);
    assert_string_equal(err.msg, "the tree of 0 entries has no entry 0");
    assert_status(yj_tree_consistency(&r, 0, 4, proof, &count, &err), YJ_E_INVALID);
    assert_status(yj_tree_consistency(&r, 5, 4, proof, &count, &err), YJ_E_INVALID);
    assert_int_equal(count, 77);
    assert_false(yj_inclusion_holds(alg, 0, 0, &leaf[0], NULL, 0, &leaf[0]));
    assert_false(yj_consistency_holds(alg, 0, 4, &root, &root, NULL, 0));
    assert_false(yj_consistency_holds(alg, 5, 4, &root, &root, NULL, 0));
    assert_false(yj_consistency_holds(alg, 4, 4, &root, &leaf[0], NULL, 0));
    assert_true(yj_consistency_holds(alg, 4, 4, &root, &root, NULL, 0));
    assert_false(yj_consistency_holds(alg, 4, 4, &root, &root, leaf, 1));
    assert_true(yj_inclusion_holds(alg, 0, 1, &leaf[0], NULL, 0, &leaf[0]));
}

static yj_status broken(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err)
{
    (void)self, (void)level, (void)index, (void)ret;
    return yj_fail(err, YJ_E_IO, "broken");
}

static void reader__failure_is_passed_on(void **state)
{
    (void)state;
    yj_tree_reader r = { broken, NULL, YJ_HASH_SHA256 };
    yj_digest proof[YJ_PROOF_HASHES_MAX];
    size_t count = 77;
    yj_error err;
    assert_status(yj_tree_root(&r, 3, proof, &err), YJ_E_IO);
    assert_status(yj_tree_inclusion(&r, 1, 3, proof, &count, &err), YJ_E_IO);
    assert_status(yj_tree_inclusion(&r, 2, 3, proof, &count, &err), YJ_E_IO);
    assert_status(yj_tree_consistency(&r, 1, 3, proof, &count, &err), YJ_E_IO);
    assert_status(yj_tree_consistency(&r, 3, 5, proof, &count, &err), YJ_E_IO);
    assert_int_equal(count, 77);
}

static void hash_joined__long_and_short_agree(void **state)
{
    (void)state;
    static uint8_t bytes[5000], joined[5000];
    uint64_t seed = TEST_SEED;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)test_random(&seed);
    static const size_t lens[] = { 0, 1, 64, 1024, 2047, 2048, 2049, 5000 };
    for (size_t i = 0; i < YJ_COUNT(lens); i++) {
        for (size_t cut = 0; cut <= lens[i]; cut += lens[i] / 3 + 1) {
            yj_digest a, b;
            memcpy(joined, bytes, lens[i]);
            yj_hash(YJ_HASH_SM3, joined, lens[i], &a);
            yj_hash_joined(YJ_HASH_SM3, bytes, cut, bytes + cut, lens[i] - cut, &b);
            assert_memory_equal(a.b, b.b, sizeof a.b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root__equals_the_published_ones),
        cmocka_unit_test(inclusion__equals_the_published_ones),
        cmocka_unit_test(consistency__equals_the_published_ones),
        cmocka_unit_test(frontier__root_equals_naive_at_every_size),
        cmocka_unit_test(proofs__equal_naive_and_hold),
        cmocka_unit_test(inclusion__every_flipped_bit_fails),
        cmocka_unit_test(consistency__every_flipped_bit_fails),
        cmocka_unit_test(proofs__of_what_is_not_there_are_refused),
        cmocka_unit_test(reader__failure_is_passed_on),
        cmocka_unit_test(hash_joined__long_and_short_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
