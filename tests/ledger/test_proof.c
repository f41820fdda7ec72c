// SPDX-License-Identifier: Apache-2.0
/* tlog-proof texts, their verification, and tile paths. */
#include "../base/test.h"

#include "ledger/ledger.h"

#define H1 "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
#define H2 "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA="
#define FIRST "c2sp.org/tlog-proof@v1\n"

static void parse__reads_the_form_of_the_specification(void **state)
{
    (void)state;
    yj_tlog_proof p;
    yj_error err;
    static const char text[] =
        FIRST "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\nindex 73894\n" H1 "\n" H2
              "\n\nexample.com/fancylog\n109482\n" H1 "\n\n- s\n";
    assert_status(yj_tlog_proof_parse(yj_span_of(text), &p, &err), YJ_OK);
    assert_int_equal(p.index, 73894);
    assert_int_equal(p.hash_count, 2);
    assert_int_equal(p.hash[1].b[0], 0x07);
    assert_true(yj_span_is(p.extra, "YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ"));
    assert_true(yj_span_is(p.note, "example.com/fancylog\n109482\n" H1 "\n\n- s\n"));
    assert_status(yj_tlog_proof_parse(YJ_SPAN(FIRST "index 0\n\nn\n"), &p, &err), YJ_OK);
    assert_int_equal(p.hash_count, 0);
    assert_int_equal(p.extra.len, 0);
}

static void parse__malformed_is_refused_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } rows[] = {
        { "", "line 1" },
        { "c2sp.org/tlog-proof@v1", "line 1" },
        { "c2sp.org/tlog-proof@v2\nindex 0\n\nn\n", "line 1" },
        { FIRST, "line 2" },
        { FIRST "index\n\nn\n", "line 2" },
        { FIRST "index 01\n\nn\n", "line 2" },
        { FIRST "index -1\n\nn\n", "line 2" },
        { FIRST "index 9223372036854775808\n\nn\n", "line 2" },
        { FIRST "extra \nindex 0\n\nn\n", "line 2" },
        { FIRST "extra a b\nindex 0\n\nn\n", "line 2" },
        { FIRST "extra YQ==\n", "line 3" },
        { FIRST "extra YQ==\nextra YQ==\nindex 0\n\nn\n", "line 3" },
        { FIRST "index 0\n", "line 3" },
        { FIRST "index 0\n" H1, "line 3" },
        { FIRST "index 0\n" H1 "\nYQ==\n\nn\n", "line 4" },
        { FIRST "index 0\n" H1 "\n\n", "line 5" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_tlog_proof p = { .index = 77 };
        yj_error err;
        assert_status(yj_tlog_proof_parse(yj_span_of(rows[i].text), &p, &err), YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_int_equal(p.index, 77);
    }
    yj_auto(yj_buf_done) yj_buf b;
    yj_tlog_proof p;
    yj_error err;
    yj_digest many[65] = { { { 0 } } };
    yj_buf_init(&b, YJ_NOTE_BYTES_MAX);
    yj_tlog_proof_format(5, many, 64, YJ_SPAN("n\n"), &b);
    assert_status(yj_tlog_proof_parse(yj_buf_view(&b), &p, &err), YJ_OK);
    yj_buf_clear(&b);
    yj_tlog_proof_format(5, many, 65, YJ_SPAN("n\n"), &b);
    assert_status(yj_tlog_proof_parse(yj_buf_view(&b), &p, &err), YJ_E_INVALID);
}

/* --- verification ----------------------------------------------------------------------------------------
 */

#define ORIGIN "yj.example/ledger"
#define LEAVES 11

typedef struct world {
    yj_key *key;
    yj_buf leaf[LEAVES], vkey, proof;
    yj_digest hash[LEAVES];
} world;

static void world_done(world *w)
{
    for (size_t i = 0; i < LEAVES; i++)
        yj_buf_done(&w->leaf[i]);
    yj_buf_done(&w->vkey);
    yj_buf_done(&w->proof);
    yj_key_free(w->key);
}

static yj_status node(void *self, unsigned level, uint64_t index, yj_digest *ret, yj_error *err)
{
    world *w = self;
    yj_digest copy[LEAVES];
    (void)err;
    size_t n = (size_t)1 << level;
    memcpy(copy, w->hash + index * n, n * sizeof copy[0]);
    yj_hashes_root(yj_crypto_hash(yj_key_alg(w->key) == YJ_SIGN_SM2 ? YJ_CRYPTO_GM : YJ_CRYPTO_STD), copy, n,
                   ret);
    return YJ_OK;
}

static void make_world(world *w, yj_crypto crypto, uint64_t index, uint64_t seq_of_entry)
{
    yj_error err;
    yj_hash_alg alg = yj_crypto_hash(crypto);
    *w = (world){ .key = NULL };
    assert_status(yj_key_generate(yj_crypto_sign(crypto), &w->key, &err), YJ_OK);
    for (uint64_t i = 0; i < LEAVES; i++) {
        yj_leaf l = {
            .by = "p", .op = "create", .kind = "k", .record = "r", .seq = i == index ? seq_of_entry : i
        };
        yj_buf_init(&w->leaf[i], YJ_LEAF_BYTES_MAX);
        yj_leaf_format(&l, &w->leaf[i]);
        yj_leaf_hash(alg, yj_buf_view(&w->leaf[i]), &w->hash[i]);
    }
    yj_tree_reader r = { node, w, alg };
    yj_digest root, proof[YJ_PROOF_HASHES_MAX];
    size_t count;
    assert_status(yj_tree_root(&r, LEAVES, &root, &err), YJ_OK);
    assert_status(yj_tree_inclusion(&r, index, LEAVES, proof, &count, &err), YJ_OK);
    yj_auto(yj_buf_done) yj_buf text, note;
    yj_buf_init(&text, 1024);
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    yj_checkpoint_text(ORIGIN, LEAVES, &root, &text);
    const yj_key *key = w->key;
    assert_status(yj_note_sign(yj_buf_view(&text), ORIGIN, &key, 1, &note, &err), YJ_OK);
    yj_buf_init(&w->proof, YJ_NOTE_BYTES_MAX);
    yj_tlog_proof_format(index, proof, count, yj_buf_view(&note), &w->proof);
    yj_buf_init(&w->vkey, YJ_VKEY_BYTES_MAX);
    yj_vkey_format(ORIGIN, w->key, &w->vkey);
}

static void verify__holds_and_every_flipped_bit_fails(void **state)
{
    (void)state;
    for (int crypto = 0; crypto < YJ_CRYPTO_COUNT_; crypto++) {
        yj_auto(world_done) world w;
        yj_error err;
        make_world(&w, (yj_crypto)crypto, 6, 6);
        yj_span proof = yj_buf_view(&w.proof), leaf = yj_buf_view(&w.leaf[6]);
        assert_status(yj_tlog_proof_verify(proof, leaf, w.vkey.ptr, &err), YJ_OK);
        for (size_t bit = 0; bit < 8 * proof.len; bit++) {
            w.proof.ptr[bit / 8] = (char)(w.proof.ptr[bit / 8] ^ 1 << bit % 8);
            assert_int_not_equal(yj_tlog_proof_verify(proof, leaf, w.vkey.ptr, &err), YJ_OK);
            w.proof.ptr[bit / 8] = (char)(w.proof.ptr[bit / 8] ^ 1 << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * leaf.len; bit++) {
            w.leaf[6].ptr[bit / 8] = (char)(w.leaf[6].ptr[bit / 8] ^ 1 << bit % 8);
            assert_int_equal(yj_tlog_proof_verify(proof, leaf, w.vkey.ptr, &err), YJ_E_CORRUPT);
            w.leaf[6].ptr[bit / 8] = (char)(w.leaf[6].ptr[bit / 8] ^ 1 << bit % 8);
        }
        for (size_t len = 0; len < proof.len; len++)
            assert_int_not_equal(yj_tlog_proof_verify((yj_span){ proof.ptr, len }, leaf, w.vkey.ptr, &err),
                                 YJ_OK);
        assert_status(yj_tlog_proof_verify(proof, yj_buf_view(&w.leaf[5]), w.vkey.ptr, &err), YJ_E_CORRUPT);
        assert_string_equal(err.msg, "the proof does not show that the entry is in the ledger");
        assert_status(yj_tlog_proof_verify(proof, leaf, "nothing", &err), YJ_E_INVALID);
    }
}

static void verify__wants_this_key_and_origin_and_place(void **state)
{
    (void)state;
    yj_auto(world_done) world w, other;
    yj_auto(yj_buf_done) yj_buf vkey;
    yj_error err;
    make_world(&w, YJ_CRYPTO_STD, 3, 3);
    make_world(&other, YJ_CRYPTO_STD, 3, 4); /* the entry calls itself 4 */
    yj_span proof = yj_buf_view(&w.proof), leaf = yj_buf_view(&w.leaf[3]);
    assert_status(yj_tlog_proof_verify(proof, leaf, other.vkey.ptr, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the checkpoint in the proof is not signed by the key");
    yj_buf_init(&vkey, YJ_VKEY_BYTES_MAX);
    yj_vkey_format("yj.example/another", w.key, &vkey);
    assert_status(yj_tlog_proof_verify(proof, leaf, vkey.ptr, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the proof is of another ledger than the key");
    assert_status(
        yj_tlog_proof_verify(yj_buf_view(&other.proof), yj_buf_view(&other.leaf[3]), other.vkey.ptr, &err),
        YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the entry stands at place 3 of the ledger but calls itself 4");
}

/* --- tile paths ------------------------------------------------------------------------------------------
 */

static void tile_path__both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int level;
        uint64_t index;
        unsigned width;
    } rows[] = {
        { "0/000", 0, 0, 256 },
        { "0/x001/x234/067", 0, 1234067, 256 },
        { "63/x001/000.p/255", 63, 1000, 255 },
        { "entries/x001/234.p/5", -1, 1234, 5 },
        { "entries/999", -1, 999, 256 },
        { "7/x036/x028/x797/x018/x963/967", 7, UINT64_C(36028797018963967), 256 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf b;
        int level;
        uint64_t index;
        unsigned width;
        yj_buf_init(&b, 256);
        yj_tile_path_format(rows[i].level, rows[i].index, rows[i].width, &b);
        assert_string_equal(b.ptr, rows[i].path);
        assert_true(yj_tile_path_parse(yj_span_of(rows[i].path), &level, &index, &width));
        assert_int_equal(level, rows[i].level);
        assert_int_equal(index, rows[i].index);
        assert_int_equal(width, rows[i].width);
    }
}

static void tile_path__malformed_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0",
        "0/",
        "/000",
        "0/00",
        "0/0000",
        "00/000",
        "64/000",
        "-1/000",
        "x/000",
        "0/x000/001",
        "0/x001",
        "0/x001/",
        "0/001/002",
        "0/X001/002",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/05",
        "0/000.p/5/",
        "0/000/",
        "0/000.q/5",
        "entries",
        "entries/",
        "entries/x001",
        "entries/000.p/1x",
        "Entries/000",
        "0/x001/x001/x001/x001/x001/x001/001",
        " 0/000",
        "0/000 ",
        ("0/\xff"
         "00"),
    };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        int level = 77;
        uint64_t index;
        unsigned width;
        if (yj_tile_path_parse(yj_span_of(bad[i]), &level, &index, &width))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(level, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__reads_the_form_of_the_specification),
        cmocka_unit_test(parse__malformed_is_refused_with_the_line),
        cmocka_unit_test(verify__holds_and_every_flipped_bit_fails),
        cmocka_unit_test(verify__wants_this_key_and_origin_and_place),
        cmocka_unit_test(tile_path__both_ways),
        cmocka_unit_test(tile_path__malformed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
