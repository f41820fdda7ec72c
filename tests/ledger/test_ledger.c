// SPDX-License-Identifier: Apache-2.0
/* Appending, sealing, reading, tiles and proofs of stored ledgers, on both engines. */
#include "ledger_test.h"

/* --- making and loading ----------------------------------------------------------------------------------
 */

static void create__load_and_refuse_seconds(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_ledger l;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    assert_status(yj_ledger_load(f.db, 1, &l, &err), YJ_OK);
    assert_string_equal(l.institution, INSTITUTION);
    assert_string_equal(l.origin, ORIGIN);
    assert_int_equal(l.crypto, YJ_CRYPTO_GM);
    assert_int_equal(l.frontier.size, 0);
    assert_int_equal(l.frontier.alg, YJ_HASH_SM3);
    assert_status(yj_ledger_load(f.db, 2, &l, &err), YJ_E_NOT_FOUND);
    assert_status(yj_ledger_create(f.db, 1, OTHER_INSTITUTION, "o", YJ_CRYPTO_STD, &l, &err), YJ_E_CONFLICT);
    assert_status(yj_ledger_create(f.db, 2, INSTITUTION, "o", YJ_CRYPTO_STD, &l, &err), YJ_E_CONFLICT);
    assert_status(yj_ledger_create(f.db, 2, OTHER_INSTITUTION, ORIGIN, YJ_CRYPTO_STD, &l, &err),
                  YJ_E_CONFLICT);
    static const char *const bad[] = { "", "a b", "a+b", "a\"b", "a\\b", "\xe4\xba\x91", "a\nb" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++)
        assert_status(yj_ledger_create(f.db, 2, OTHER_INSTITUTION, bad[i], YJ_CRYPTO_STD, &l, &err),
                      YJ_E_INVALID);
    assert_status(yj_ledger_create(f.db, 2, "../../etc/passwd", "o", YJ_CRYPTO_STD, &l, &err), YJ_E_INVALID);
    assert_status(yj_ledger_create(f.db, 2, OTHER_INSTITUTION, "o", YJ_CRYPTO_STD, &l, &err), YJ_OK);
}

static void crypto__names(void **state)
{
    (void)state;
    yj_crypto c;
    assert_true(yj_crypto_by_name(YJ_SPAN("gm"), &c));
    assert_int_equal(c, YJ_CRYPTO_GM);
    assert_string_equal(yj_crypto_name(YJ_CRYPTO_STD), "std");
    assert_int_equal(yj_crypto_hash(YJ_CRYPTO_GM), YJ_HASH_SM3);
    assert_int_equal(yj_crypto_sign(YJ_CRYPTO_GM), YJ_SIGN_SM2);
    assert_false(yj_crypto_by_name(YJ_SPAN("sha256"), &c));
}

/* --- append ----------------------------------------------------------------------------------------------
 */

static void append__is_read_back(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    yj_entry e;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    begin(&f);
    yj_append a = { .by = PERSON,
                    .op = "change",
                    .kind = "contract",
                    .record = "r-1",
                    .version = 3,
                    .batch = 12,
                    .now_ns = T0,
                    .body = YJ_SPAN("{\"name\":\"\xe4\xba\x91\"}") };
    uint64_t seq = 77;
    int64_t time_ns = 77;
    assert_status(yj_ledger_append(f.db, &f.l, &a, &seq, &time_ns, &err), YJ_OK);
    assert_int_equal(seq, 0);
    assert_int_equal(time_ns, T0);
    a.kind = a.record = ""; /* and one with none of them */
    a.version = a.batch = 0;
    assert_status(yj_ledger_append(f.db, &f.l, &a, NULL, NULL, &err), YJ_OK);
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);

    assert_status(yj_entry_read(f.db, 1, 0, &e, &err), YJ_OK);
    assert_int_equal(e.seq, 0);
    assert_string_equal(e.leaf.by, PERSON);
    assert_string_equal(e.leaf.op, "change");
    assert_string_equal(e.leaf.kind, "contract");
    assert_string_equal(e.leaf.record, "r-1");
    assert_int_equal(e.leaf.version, 3);
    assert_int_equal(e.leaf.batch, 12);
    assert_int_equal(e.leaf.time_ns, T0);
    assert_true(e.has_body);
    assert_true(yj_span_is(yj_buf_view(&e.body), "{\"name\":\"\xe4\xba\x91\"}"));
    yj_digest d;
    yj_body_digest(f.l.frontier.alg, e.salt, yj_buf_view(&e.body), &d);
    assert_memory_equal(d.b, e.leaf.body.b, sizeof d.b);
    yj_leaf_hash(f.l.frontier.alg, yj_buf_view(&e.leaf_bytes), &d);
    assert_memory_equal(d.b, e.hash.b, sizeof d.b);
    yj_entry_done(&e);
    assert_status(yj_entry_read(f.db, 1, 1, &e, &err), YJ_OK);
    assert_string_equal(e.leaf.kind, "");
    yj_entry_done(&e);
    assert_status(yj_entry_read(f.db, 1, 2, &e, &err), YJ_E_NOT_FOUND);
    assert_status(yj_entry_read(f.db, 1, UINT64_MAX, &e, &err), YJ_E_NOT_FOUND);
    assert_status(yj_entry_read(f.db, 9, 0, &e, &err), YJ_E_NOT_FOUND);
    assert_sound(&f);
}

static void append__refuses(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    begin(&f);
    char *big = calloc(1, YJ_BODY_BYTES_MAX + 2);
    memset(big, 'a', YJ_BODY_BYTES_MAX + 1);
    char text[YJ_LEAF_TEXT_MAX + 2];
    memset(text, 't', sizeof text);
    text[sizeof text - 1] = '\0';
    const yj_append fine = {
        .by = PERSON, .op = "create", .kind = "k", .record = "r", .now_ns = T0, .body = YJ_SPAN("{}")
    };
    yj_append a[12];
    for (size_t i = 0; i < YJ_COUNT(a); i++)
        a[i] = fine;
    yj_status want[YJ_COUNT(a)];
    for (size_t i = 0; i < YJ_COUNT(a); i++)
        want[i] = YJ_E_INVALID;
    a[0].body = YJ_SPAN("{");
    want[0] = YJ_E_LIMIT;
    a[1].body = (yj_span){ big, YJ_BODY_BYTES_MAX + 1 };
    want[1] = YJ_E_LIMIT;
    a[2].body = YJ_SPAN("{\"a\":\n1}");
    a[3].by = "";
    a[4].op = "";
    a[5].op = NULL;
    a[6].kind = "a\"b";
    a[7].record = text;
    a[8].version = -1;
    a[9].batch = -1;
    a[10].op = "rotate";
    a[11].by = "\xe4\xba\x91";
    for (size_t i = 0; i < YJ_COUNT(a); i++) {
        uint64_t seq = 77;
        assert_status(yj_ledger_append(f.db, &f.l, &a[i], &seq, NULL, &err), want[i]);
        assert_int_equal(seq, 77);
        assert_int_equal(f.l.frontier.size, 0);
    }
    a[0].body = (yj_span){ big, YJ_BODY_BYTES_MAX };
    text[YJ_LEAF_TEXT_MAX] = '\0';
    a[0].by = a[0].op = a[0].kind = a[0].record = text;
    a[0].version = a[0].batch = INT64_MAX;
    assert_status(yj_ledger_append(f.db, &f.l, &a[0], NULL, NULL, &err), YJ_OK); /* the largest */
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_sound(&f);
    free(big);
}

static void append__time_never_runs_backwards(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    begin(&f);
    yj_append a = { .by = PERSON, .op = "create", .kind = "k", .record = "r", .body = YJ_SPAN("{}") };
    const struct {
        int64_t now_ns, want;
    } rows[] = {
        { T0, T0 },
        { T0 + 5, T0 + 5 },
        { T0 + 4, T0 + 5 },                    /* a little behind: the predecessor's time */
        { T0 + 5 - 60 * YJ_NS_PER_S, T0 + 5 }, /* just inside */
        { T0 + 5 - 60 * YJ_NS_PER_S - 1, 0 },  /* just outside */
        { 0, 0 },
        { INT64_MIN, 0 },
        { T0 + 6, T0 + 6 },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        int64_t got = 0;
        a.now_ns = rows[i].now_ns;
        assert_status(yj_ledger_append(f.db, &f.l, &a, NULL, &got, &err), rows[i].want ? YJ_OK : YJ_E_CLOCK);
        assert_int_equal(got, rows[i].want);
    }
    a.now_ns = 0;
    assert_status(yj_ledger_append(f.db, &f.l, &a, NULL, NULL, &err), YJ_E_CLOCK);
    assert_string_equal(err.msg,
                        "the clock (1970-01-01T00:00:00.000000000Z) is more than 60 seconds behind the newest"
                        " ledger entry (2026-11-22T10:00:00.000000006Z)");
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    /* and in the next transaction, by the stored head */
    begin(&f);
    assert_status(yj_ledger_append(f.db, &f.l, &a, NULL, NULL, &err), YJ_E_CLOCK);
    yj_db_rollback(f.db);
    assert_sound(&f);
}

/* An empty ledger takes any time, also before 1970. */
static void append__first_entry_may_have_any_time(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    f.now_ns = -YJ_NS_PER_S;
    grow(&f, 3);
    assert_sound(&f);
}

/* --- seal ------------------------------------------------------------------------------------------------
 */

static void seal__finds_what_was_changed_behind_its_back(void **state)
{
    static const struct {
        const char *sql;
        const char *field;
    } rows[] = {
        { "UPDATE entry SET version = 9 WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE entry SET op = 'erase' WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE entry SET time = time + 1 WHERE inst = 1 AND seq = 12", "entry 12" },
        { "UPDATE entry SET hash = (SELECT x.hash FROM entry x WHERE x.inst = 1 AND x.seq = 10)"
          " WHERE inst = 1 AND seq = 11",
          "entry 11" },
        { "UPDATE entry SET digest = (SELECT x.digest FROM entry x WHERE x.inst = 1 AND x.seq = 3)"
          " WHERE inst = 1 AND seq = 11",
          "entry 11" },
        { "UPDATE entry SET by = substr(digest, 1, 16) WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE entry SET for_whom = by WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE entry SET for_whom = digest WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE entry SET by = digest WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE body SET body = '{}' WHERE inst = 1 AND seq = 11", "entry 11" },
        { "UPDATE body SET salt = (SELECT x.salt FROM body x WHERE x.inst = 1 AND x.seq = 10)"
          " WHERE inst = 1 AND seq = 12",
          "entry 12" },
        { "DELETE FROM body WHERE inst = 1 AND seq = 13", "entry 13" },
        { "DELETE FROM entry WHERE inst = 1 AND seq = 13", "entry 13" },
        { "DELETE FROM entry WHERE inst = 1 AND seq = 14", "entry 14" },
        { "INSERT INTO entry SELECT inst, 15, time, op, kind, record, version, batch, by, digest, hash, "
          "for_whom FROM "
          "entry"
          " WHERE inst = 1 AND seq = 14",
          "entry 15" },
        { "UPDATE ledger SET size = 9 WHERE inst = 1", "" },
        { "UPDATE ledger SET frontier = (SELECT x.frontier FROM ledger x WHERE x.inst = 2) WHERE inst = 1",
          "" },
        { "DELETE FROM ledger WHERE inst = 1", "" },
    };
    yj_auto(fixture_done) fixture f;
    yj_ledger other;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    assert_status(yj_ledger_create(f.db, 2, OTHER_INSTITUTION, "o", YJ_CRYPTO_STD, &other, &err), YJ_OK);
    grow(&f, 10);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        begin(&f);
        for (int k = 0; k < 5; k++)
            append(&f, "create");
        yj_test_script(f.db, rows[i].sql);
        yj_status st = yj_ledger_seal(f.db, &f.l, 10, &err);
        if (st != YJ_E_CORRUPT && st != YJ_E_NOT_FOUND)
            fail_msg("not found: %s", rows[i].sql);
        if (rows[i].field[0])
            assert_string_equal(err.field, rows[i].field);
        yj_db_rollback(f.db);
    }
    begin(&f);
    assert_int_equal(f.l.frontier.size, 10);
    yj_db_rollback(f.db);
    grow(&f, 5);
    assert_sound(&f);
}

static void seal__may_be_called_twice_and_for_nothing(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    begin(&f);
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK);
    for (int i = 0; i < 300; i++)
        append(&f, "create");
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK);
    for (int i = 0; i < 300; i++)
        append(&f, "create");
    assert_status(yj_ledger_seal(f.db, &f.l, 300, &err), YJ_OK);
    append(&f, "create");
    assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_OK); /* from when the transaction began */
    assert_status(yj_ledger_seal(f.db, &f.l, 602, &err), YJ_E_CORRUPT);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_sound(&f);
}

/* Two connections take turns: each must see what the other appended. */
static void begin__reloads_the_head(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    fixture g = f;
    g.db = yj_test_db(f.t, YJ_DB_WRITE);
    for (int i = 0; i < 10; i++) {
        grow(&f, 3);
        g.now_ns = f.now_ns;
        grow(&g, 2);
        f.now_ns = g.now_ns;
    }
    grow(&f, 1);
    assert_int_equal(f.l.frontier.size, 51);
    yj_db_free(g.db);
    assert_sound(&f);
}

/* --- tiles and proofs ------------------------------------------------------------------------------------
 */

/* The stored tree against all its leaf hashes in memory. */
typedef struct mirror {
    yj_digest *hash;
    uint64_t size;
    yj_hash_alg alg;
} mirror;

static void mirror_load(fixture *f, mirror *m)
{
    yj_error err;
    m->alg = f->l.frontier.alg;
    m->hash = calloc(f->l.frontier.size + 1, sizeof *m->hash);
    for (m->size = 0; m->size < f->l.frontier.size; m->size++) {
        yj_entry e;
        assert_status(yj_entry_read(f->db, 1, m->size, &e, &err), YJ_OK);
        yj_leaf_hash(m->alg, yj_buf_view(&e.leaf_bytes), &m->hash[m->size]);
        yj_entry_done(&e);
    }
}

static yj_digest mirror_root(const mirror *m, uint64_t from, uint64_t n)
{
    yj_digest d, *copy = calloc(n + 1, sizeof *copy);
    if (n == 0)
        yj_hash(m->alg, "", 0, &d);
    memcpy(copy, m->hash + from, n * sizeof *copy);
    if (n)
        yj_hashes_root(m->alg, copy, n, &d);
    free(copy);
    return d;
}

static void check_tile(fixture *f, const mirror *m, int level, uint64_t index, unsigned width)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    yj_buf_init(&b, 17 << 20);
    yj_status st = yj_tile_read(f->db, 1, m->size, level, index, width, &b, &err);
    uint64_t span = level <= 0 || level > 7 ? 1 : UINT64_C(1) << 8 * level;
    bool has = level <= 7 && index * 256 + width <= m->size / span;
    assert_int_equal(st, has ? YJ_OK : YJ_E_NOT_FOUND);
    if (!has)
        return;
    size_t at = 0;
    for (unsigned i = 0; i < width; i++) {
        yj_digest want = mirror_root(m, (index * 256 + i) * span, span), got;
        if (level < 0) {
            size_t len = (size_t)(uint8_t)b.ptr[at] << 8 | (uint8_t)b.ptr[at + 1];
            yj_leaf_hash(m->alg, (yj_span){ b.ptr + at + 2, len }, &got);
            at += 2 + len;
        } else {
            memcpy(got.b, b.ptr + at, sizeof got.b);
            at += sizeof got.b;
        }
        assert_memory_equal(got.b, want.b, sizeof got.b);
    }
    assert_int_equal(at, b.len);
}

static void check_proofs(fixture *f, const mirror *m, uint64_t size, uint64_t index, uint64_t from)
{
    yj_stored_tree t = { f->db, 1, size, m->alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    yj_digest root = mirror_root(m, 0, size), got, proof[YJ_PROOF_HASHES_MAX];
    size_t count;
    yj_error err;
    assert_status(yj_tree_root(&r, size, &got, &err), YJ_OK);
    assert_memory_equal(got.b, root.b, sizeof got.b);
    if (size == 0)
        return;
    assert_status(yj_tree_inclusion(&r, index % size, size, proof, &count, &err), YJ_OK);
    assert_true(yj_inclusion_holds(m->alg, index % size, size, &m->hash[index % size], proof, count, &root));
    from = 1 + from % size;
    got = mirror_root(m, 0, from);
    assert_status(yj_tree_consistency(&r, from, size, proof, &count, &err), YJ_OK);
    assert_true(yj_consistency_holds(m->alg, from, size, &got, &root, proof, count));
}

static void tiles__any_width_of_any_tile(void **state)
{
    yj_auto(fixture_done) fixture f;
    mirror m;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    grow(&f, 700);
    mirror_load(&f, &m);
    static const unsigned widths[] = { 1, 2, 77, 187, 188, 189, 255, 256 };
    for (int level = -1; level < 9; level++)
        for (uint64_t index = 0; index < 4; index++)
            for (size_t w = 0; w < YJ_COUNT(widths); w++)
                check_tile(&f, &m, level, index, widths[w]);
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    yj_buf_init(&b, 1 << 20);
    assert_status(yj_tile_read(f.db, 1, 700, 63, 0, 1, &b, &err), YJ_E_NOT_FOUND);
    assert_status(yj_tile_read(f.db, 1, 700, 0, UINT64_MAX, 1, &b, &err), YJ_E_NOT_FOUND);
    assert_status(yj_tile_read(f.db, 1, 700, -1, UINT64_MAX / 256 + 1, 1, &b, &err), YJ_E_NOT_FOUND);
    assert_status(yj_tile_read(f.db, 1, 600, 0, 2, 88, &b, &err), YJ_OK); /* of the tree as it was at 600 */
    assert_status(yj_tile_read(f.db, 1, 600, 0, 2, 89, &b, &err), YJ_E_NOT_FOUND);
    for (uint64_t size = 0; size <= 700; size += 7)
        check_proofs(&f, &m, size, test_random(&f.seed), test_random(&f.seed));
    free(m.hash);
}

/* Random appends, savepoints kept and undone, commits and rollbacks: head, tiles and proofs stay right. */
static void random_sequences(fixture *f, int rounds, unsigned most)
{
    yj_error err;
    for (int round = 0; round < rounds; round++) {
        begin(f);
        uint64_t from = f->l.frontier.size;
        yj_ledger before = f->l;
        for (uint64_t work = test_random(&f->seed) % 5; work > 0; work--) {
            yj_ledger undo = f->l;
            int64_t now_ns = f->now_ns;
            bool nested = test_random(&f->seed) % 4 == 0;
            assert_status(yj_db_savepoint(f->db, &err), YJ_OK);
            for (uint64_t n = test_random(&f->seed) % most; n > 0; n--)
                append(f, "create");
            if (nested) {
                yj_ledger inner = f->l;
                assert_status(yj_db_savepoint(f->db, &err), YJ_OK);
                append(f, "change");
                if (test_random(&f->seed) % 2)
                    assert_status(yj_ledger_seal(f->db, &f->l, from, &err), YJ_OK);
                assert_status(yj_db_savepoint_undo(f->db, &err), YJ_OK);
                f->l = inner;
            }
            if (test_random(&f->seed) % 3 == 0) {
                assert_status(yj_db_savepoint_undo(f->db, &err), YJ_OK);
                f->l = undo;
                f->now_ns = now_ns;
            } else {
                assert_status(yj_db_savepoint_release(f->db, &err), YJ_OK);
            }
        }
        assert_status(yj_ledger_seal(f->db, &f->l, from, &err), YJ_OK);
        if (test_random(&f->seed) % 5 == 0) {
            yj_db_rollback(f->db);
            f->l = before;
        } else {
            assert_status(yj_db_commit(f->db, &err), YJ_OK);
        }
        yj_ledger stored;
        assert_status(yj_ledger_load(f->db, 1, &stored, &err), YJ_OK);
        assert_true(yj_frontier_eq(&stored.frontier, &f->l.frontier));
        if (round % 10 == 0) {
            checkpoint(f);
            assert_status(yj_ledger_check_start(f->db, f->keys, 1, &err), YJ_OK);
        }
        if (round % 50 == 49)
            assert_sound(f);
    }
    mirror m;
    mirror_load(f, &m);
    yj_digest root = mirror_root(&m, 0, m.size), now = root_now(f);
    assert_memory_equal(root.b, now.b, sizeof now.b);
    for (int i = 0; i < 60; i++) {
        check_proofs(f, &m, test_random(&f->seed) % (m.size + 1), test_random(&f->seed),
                     test_random(&f->seed));
        check_tile(f, &m, (int)(test_random(&f->seed) % 4) - 1, test_random(&f->seed) % (m.size / 256 + 1),
                   (unsigned)(test_random(&f->seed) % 256) + 1);
    }
    free(m.hash);
}

static void random__sequences_keep_everything_right(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    bool sqlite = f.t->engine == YJ_ENGINE_SQLITE;
    print_message("seed %llu\n", (unsigned long long)f.seed);
    random_sequences(&f, sqlite ? 300 : 100, 12);
    random_sequences(&f, sqlite ? 30 : 10, 600); /* over several tiles at once */
    assert_sound(&f);
}

/* Level-2 tiles begin at 65,536 entries. */
static void tiles__level_two(void **state)
{
    yj_auto(fixture_done) fixture f;
    mirror m;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 60000);
    grow(&f, 5536);
    checkpoint(&f);
    grow(&f, 1);
    grow(&f, 600);
    checkpoint(&f);
    mirror_load(&f, &m);
    static const uint64_t sizes[] = { 65535, 65536, 65537, 65792, 66137 };
    for (size_t i = 0; i < YJ_COUNT(sizes); i++)
        for (int k = 0; k < 20; k++)
            check_proofs(&f, &m, sizes[i], test_random(&f.seed), test_random(&f.seed));
    check_tile(&f, &m, 2, 0, 1);
    check_tile(&f, &m, 2, 0, 2);
    check_tile(&f, &m, 1, 0, 256);
    check_tile(&f, &m, 1, 1, 2);
    check_tile(&f, &m, 1, 1, 3);
    free(m.hash);
    assert_sound(&f);
}

/* Else a ledger would be read from end to end for its newest judgement, before every judgement. */
static void entry_op__finds_what_is_no_ordinary_change(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    char *plan =
        yj_test_rows(f.db, "EXPLAIN QUERY PLAN SELECT e.seq FROM entry e WHERE e.inst = 1 AND " YJ_SQL_OP(
                               "e.op", "judge") " ORDER BY e.seq DESC LIMIT 1");
    assert_non_null(strstr(plan, "INDEX entry_op (inst=? AND op=?)"));
    assert_null(strstr(plan, "TEMP B-TREE"));
    free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crypto__names),
        yj_test_stores(create__load_and_refuse_seconds),
        yj_test_stores(append__is_read_back),
        yj_test_stores(append__refuses),
        yj_test_stores(append__time_never_runs_backwards),
        yj_test_stores(append__first_entry_may_have_any_time),
        yj_test_stores(seal__finds_what_was_changed_behind_its_back),
        yj_test_stores(seal__may_be_called_twice_and_for_nothing),
        yj_test_stores(begin__reloads_the_head),
        yj_test_stores(tiles__any_width_of_any_tile),
        yj_test_stores(random__sequences_keep_everything_right),
        yj_test_stores(tiles__level_two),
        yj_test_sqlite_only(entry_op__finds_what_is_no_ordinary_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
