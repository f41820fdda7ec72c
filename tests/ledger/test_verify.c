// SPDX-License-Identifier: Apache-2.0
/* Checkpoints, rotation, and finding what was changed in a store, on both engines. */
#include "ledger_test.h"

#include "ledger/internal.h"
#include <unistd.h>

/* --- checkpoints -----------------------------------------------------------------------------------------
 */

static void checkpoint__covers_the_head_and_is_kept(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf a, b;
    yj_error err;
    uint64_t size = 77;
    yj_buf_init(&a, YJ_NOTE_BYTES_MAX);
    yj_buf_init(&b, YJ_NOTE_BYTES_MAX);
    fixture_open(&f, state, YJ_CRYPTO_STD);
    assert_status(yj_checkpoint_last(f.db, 1, &a, &size, &err), YJ_E_NOT_FOUND);
    assert_int_equal(size, 77);
    checkpoint(&f); /* of nothing */
    assert_status(yj_ledger_prove(f.db, 1, 0, &a, &err), YJ_E_NOT_FOUND);
    grow(&f, 300);
    assert_status(yj_ledger_prove(f.db, 1, 5, &a, &err), YJ_E_NOT_FOUND);
    assert_string_equal(err.msg, "no checkpoint covers ledger entry 5 yet");
    checkpoint(&f);
    assert_status(yj_checkpoint_last(f.db, 1, &a, &size, &err), YJ_OK);
    assert_int_equal(size, 300);
    begin(&f); /* the same again: nothing new is signed */
    assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &b, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_string_equal(a.ptr, b.ptr);
    assert_int_equal(yj_test_number(f.db, "SELECT COUNT(*) FROM checkpoint"), 2);

    yj_note n;
    yj_checkpoint c;
    const yj_key *key;
    assert_status(yj_note_parse(yj_buf_view(&a), &n, &err), YJ_OK);
    assert_status(yj_checkpoint_parse(&n, &c, &err), YJ_OK);
    assert_true(yj_span_is(c.origin, ORIGIN));
    yj_digest root = root_now(&f);
    assert_memory_equal(c.root.b, root.b, sizeof root.b);
    assert_status(yj_keyring_get(f.keys, INSTITUTION, &key, &err), YJ_OK);
    assert_true(yj_note_signed_by(&n, ORIGIN, key));
    assert_sound(&f);
}

/* Also for entries that the running transaction has not sealed yet; the writer's own seal then goes on. */
static void checkpoint__seals_what_is_open(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf note;
    yj_error err;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 250);
    begin(&f);
    for (int i = 0; i < 10; i++)
        append(&f, "create");
    assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &note, &err), YJ_OK);
    for (int i = 0; i < 10; i++)
        append(&f, "create");
    assert_status(yj_ledger_seal(f.db, &f.l, 250, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    uint64_t size;
    assert_status(yj_checkpoint_last(f.db, 1, &note, &size, &err), YJ_OK);
    assert_int_equal(size, 260);
    assert_sound(&f);
}

static void checkpoint__refuses_to_fork(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf note;
    yj_error err;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 20);
    checkpoint(&f);
    grow(&f, 1);
    /* the signed tree is exchanged against another one */
    begin(&f);
    yj_test_script(f.db,
                   "UPDATE entry SET hash = (SELECT x.hash FROM entry x WHERE x.inst = 1 AND x.seq = 17)"
                   " WHERE inst = 1 AND seq = 16");
    assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &note, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the first 20 entries of the ledger are not those that were signed");
    yj_db_rollback(f.db);
    /* a checkpoint of more than there is */
    begin(&f);
    yj_test_script(f.db, "UPDATE checkpoint SET size = 99 WHERE size = 20");
    assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &note, &err), YJ_E_CORRUPT);
    yj_db_rollback(f.db);
    /* a head in memory that is none */
    begin(&f);
    yj_ledger wrong = f.l;
    wrong.frontier.root[0].b[3] ^= 1;
    assert_status(yj_checkpoint_make(f.db, f.keys, &wrong, f.now_ns, &note, &err), YJ_E_CORRUPT);
    yj_db_rollback(f.db);
    assert_int_equal(note.len, 0);
    /* another key file: it did not sign the last one */
    yj_auto(yj_keyring_freep) yj_keyring *others = NULL;
    const yj_key *key;
    assert_status(yj_keyring_open(below(&f, "keys2"), &others, &err), YJ_OK);
    assert_status(yj_keyring_make(others, INSTITUTION, YJ_CRYPTO_STD, &key, &err), YJ_OK);
    begin(&f);
    assert_status(yj_checkpoint_make(f.db, others, &f.l, f.now_ns, &note, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the newest checkpoint is not signed by the ledger's key");
    yj_db_rollback(f.db);
    checkpoint(&f);
    assert_sound(&f);
}

static void prove__proofs_verify_alone(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    grow(&f, 600);
    checkpoint(&f);
    grow(&f, 20);
    const yj_key *key;
    yj_auto(yj_buf_done) yj_buf vkey;
    yj_buf_init(&vkey, YJ_VKEY_BYTES_MAX);
    assert_status(yj_keyring_get(f.keys, INSTITUTION, &key, &err), YJ_OK);
    yj_vkey_format(ORIGIN, key, &vkey);
    for (uint64_t seq = 0; seq < 600; seq += 41) {
        yj_auto(yj_buf_done) yj_buf proof;
        yj_entry e;
        yj_buf_init(&proof, YJ_NOTE_BYTES_MAX);
        assert_status(yj_ledger_prove(f.db, 1, seq, &proof, &err), YJ_OK);
        assert_status(yj_entry_read(f.db, 1, seq, &e, &err), YJ_OK);
        assert_status(yj_tlog_proof_verify(yj_buf_view(&proof), yj_buf_view(&e.leaf_bytes), vkey.ptr, &err),
                      YJ_OK);
        yj_entry_done(&e);
    }
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 1 << 16);
    assert_status(yj_ledger_prove(f.db, 1, 600, &out, &err), YJ_E_NOT_FOUND); /* no checkpoint covers it */
    assert_status(yj_ledger_prove(f.db, 1, 620, &out, &err), YJ_E_NOT_FOUND); /* there is none */
    assert_string_equal(err.msg, "the ledger has no entry 620");
    assert_int_equal(out.len, 0);
    /* consistency, as text */
    assert_status(yj_ledger_prove_consistency(f.db, 1, 300, 620, &out, &err), YJ_OK);
    yj_span rest = yj_buf_view(&out), line;
    yj_digest proof[YJ_PROOF_HASHES_MAX], old_root, root = root_now(&f);
    size_t count = 0;
    while (yj_next_line(&rest, &line))
        assert_true(yj_parse_digest64(line, &proof[count++]));
    yj_stored_tree t = { f.db, 1, 300, f.l.frontier.alg };
    yj_tree_reader r = yj_stored_tree_reader(&t);
    assert_status(yj_tree_root(&r, 300, &old_root, &err), YJ_OK);
    assert_true(yj_consistency_holds(f.l.frontier.alg, 300, 620, &old_root, &root, proof, count));
    yj_buf_clear(&out);
    assert_status(yj_ledger_prove_consistency(f.db, 1, 620, 620, &out, &err), YJ_OK);
    assert_int_equal(out.len, 0);
    assert_status(yj_ledger_prove_consistency(f.db, 1, 0, 620, &out, &err), YJ_E_INVALID);
    assert_status(yj_ledger_prove_consistency(f.db, 1, 5, 621, &out, &err), YJ_E_INVALID);
    assert_status(yj_ledger_prove_consistency(f.db, 1, 6, 5, &out, &err), YJ_E_INVALID);
}

/* --- keys ------------------------------------------------------------------------------------------------
 */

static void keyring__keeps_keys_in_files(void **state)
{
    yj_test_store *t = *state;
    char path[512], pem[640];
    yj_error err;
    const yj_key *made, *again, *got;
    struct {
        uint8_t pub[YJ_PUB_MAX];
        size_t len;
    } a, b;
    snprintf(path, sizeof path, "%s/deep/er", t->dir);
    yj_auto(yj_keyring_freep) yj_keyring *k = NULL, *other = NULL;
    assert_status(yj_keyring_open(path, &k, &err), YJ_OK);
    assert_status(yj_keyring_get(k, INSTITUTION, &got, &err), YJ_E_NOT_FOUND);
    snprintf(pem, sizeof pem, "the signing key %s/" INSTITUTION ".pem is missing", path);
    assert_string_equal(err.msg, pem);
    assert_status(yj_keyring_make(k, INSTITUTION, YJ_CRYPTO_GM, &made, &err), YJ_OK);
    assert_status(yj_keyring_make(k, INSTITUTION, YJ_CRYPTO_GM, &again, &err), YJ_E_CONFLICT);
    assert_status(yj_keyring_get(k, INSTITUTION, &got, &err), YJ_OK);
    assert_ptr_equal(got, made);
    assert_status(yj_keyring_get(k, "../../etc", &got, &err), YJ_E_INVALID);
    assert_status(yj_keyring_open(path, &other, &err), YJ_OK);
    assert_status(yj_keyring_get(other, INSTITUTION, &got, &err), YJ_OK);
    yj_key_public(made, a.pub, &a.len);
    yj_key_public(got, b.pub, &b.len);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.pub, b.pub, a.len);
    assert_status(yj_keyring_commit_rotation(k, INSTITUTION, &err), YJ_E_NOT_FOUND);
}

static void rotate__old_and_new_sign(void **state)
{
    for (int again = 0; again < 1; again++) {
        yj_auto(fixture_done) fixture f;
        yj_verify_report r;
        yj_error err;
        const yj_key *first, *second;
        fixture_open(&f, state, YJ_CRYPTO_STD);
        assert_status(yj_keyring_get(f.keys, INSTITUTION, &first, &err), YJ_OK);
        grow(&f, 10);
        checkpoint(&f);
        rotate(&f);
        assert_status(yj_keyring_get(f.keys, INSTITUTION, &second, &err), YJ_OK);
        assert_ptr_not_equal(first, second);
        checkpoint(&f);
        grow(&f, 5);
        rotate(&f);
        rotate(&f);
        checkpoint(&f);
        assert_sound(&f);
        assert_status(verify(&f, &r), YJ_OK);
        assert_int_equal(r.rotations, 3);
        assert_int_equal(r.checkpoints, 3);
        assert_true(r.signature_ok);
        assert_int_equal(r.proven, 18);
        assert_int_not_equal(yj_note_key_id(ORIGIN, first), 0); /* still alive */
        char old[600];
        snprintf(old, sizeof old, "%s/" INSTITUTION ".%08x.pem.old", below(&f, "keys"),
                 yj_note_key_id(ORIGIN, first));
        assert_int_equal(access(old, R_OK), 0);
        assert_false(yj_path_exists(below(&f, "keys/" INSTITUTION ".pem.new")));
    }
}

/* The process ends between commit and switch, or another one switches first. */
static void rotate__interrupted_switch_is_finished(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_keyring_freep) yj_keyring *other = NULL;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 3);
    checkpoint(&f);
    begin(&f);
    uint64_t from = f.l.frontier.size;
    assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
    assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_true(yj_path_exists(below(&f, "keys/" INSTITUTION ".pem.new")));
    assert_status(yj_keyring_open(below(&f, "keys"), &other, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_OK); /* another process starts */
    assert_false(yj_path_exists(below(&f, "keys/" INSTITUTION ".pem.new")));
    assert_status(yj_keyring_commit_rotation(f.keys, INSTITUTION, &err), YJ_OK); /* and ours comes late */
    checkpoint(&f);
    assert_sound(&f);
    /* a keyring that still holds the key of before the rotation */
    rotate(&f);
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    begin(&f);
    assert_status(yj_checkpoint_make(f.db, other, &f.l, f.now_ns, &note, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_sound(&f);
}

static void rotate__undone_leaves_the_old_key(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 3);
    checkpoint(&f);
    for (int i = 0; i < 2; i++) {
        begin(&f);
        uint64_t from = f.l.frontier.size;
        assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
        if (i) { /* twice in one transaction, and a checkpoint between */
            yj_auto(yj_buf_done) yj_buf note;
            yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
            assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &note, &err), YJ_OK);
            assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
        }
        assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
        yj_db_rollback(f.db);
    }
    grow(&f, 3);
    checkpoint(&f);
    assert_sound(&f);
    rotate(&f);
    checkpoint(&f);
    assert_sound(&f);
    begin(&f); /* twice in one transaction that is kept */
    uint64_t from = f.l.frontier.size;
    assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
    assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
    assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_status(yj_keyring_commit_rotation(f.keys, INSTITUTION, &err), YJ_OK);
    checkpoint(&f);
    assert_sound(&f);
}

static void rotate__wrong_key_file_is_said(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_keyring_freep) yj_keyring *other = NULL;
    const yj_key *key;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 3);
    rotate(&f);
    assert_status(yj_keyring_open(below(&f, "other"), &other, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_E_NOT_FOUND);
    assert_status(yj_keyring_make(other, INSTITUTION, YJ_CRYPTO_STD, &key, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the key file of institution " INSTITUTION
                                 " holds another key than its ledger's newest one");
}

/* --- what was changed ------------------------------------------------------------------------------------
 */

/* Flip one bit of a cell, by its bytes. False if it is shorter. */
static bool flip_cell(fixture *f, const char *select, const char *update, bool text, size_t at, unsigned bit)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    bool row = false;
    yj_buf_init(&b, 1 << 20);
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        assert_status(yj_db_prepare_made(f->db, select, &st, &err), YJ_OK);
        assert_status(yj_stmt_step(st, &row, &err), YJ_OK);
        assert_true(row);
        yj_buf_span(&b, text ? yj_col_text(st, 0) : yj_col_blob(st, 0));
    }
    if (at >= b.len)
        return false;
    b.ptr[at] = (char)(b.ptr[at] ^ 1 << bit);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    assert_status(yj_db_prepare_made(f->db, update, &st, &err), YJ_OK);
    if (text)
        yj_bind_text(st, 1, yj_buf_view(&b));
    else
        yj_bind_blob(st, 1, b.ptr, b.len);
    assert_status(yj_stmt_run(st, NULL, &err), YJ_OK);
    return true;
}

typedef struct cell {
    const char *select, *update;
    bool text;
    size_t len;     /* bytes to flip, from the start, if there are as many */
    uint64_t index; /* first bad, YJ_NO_INDEX if none can be named */
    bool at_start;  /* found at start-up already */
} cell;

static void verify_store__finds_every_flipped_byte(void **state)
{
#define CELL(table, column, where)                                                                           \
    "SELECT " column " FROM " table " WHERE inst = 1 AND " where,                                            \
        "UPDATE " table " SET " column " = ?1 WHERE inst = 1 AND " where
    static const cell cells[] = {
        { CELL("entry", "digest", "seq = 5"), false, 32, 5, false },
        { CELL("entry", "digest", "seq = 600"), false, 32, 600, true },
        { CELL("entry", "by", "seq = 5"), false, 1000, 5, false },
        { CELL("entry", "record", "seq = 601"), true, 1000, 601, true },
        { CELL("entry", "hash", "seq = 300"), false, 32, 300, false },
        { CELL("entry", "hash", "seq = 601"), false, 32, 601, true },
        { CELL("body", "salt", "seq = 7"), false, 16, 7, false },
        { CELL("body", "body", "seq = 8"), true, 1000, 8, false },
        { CELL("body", "body", "seq = 602"), true, 1000, 602, true },
        { CELL("tile", "data", "level = 1 AND idx = 0"), false, 32, 0, true },
        { CELL("ledger", "frontier", "size > 0"), false, 96, YJ_NO_INDEX, true },
        { CELL("checkpoint", "note", "size = 258"), true, 1000, YJ_NO_INDEX, false },
        { CELL("checkpoint", "note", "size = 600"), true, 1000, YJ_NO_INDEX, true },
    };
    yj_auto(fixture_done) fixture f;
    yj_error err;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 257);
    rotate(&f);
    checkpoint(&f);
    grow(&f, 342);
    checkpoint(&f);
    grow(&f, 40);
    assert_sound(&f);
    bool sqlite = f.t->engine == YJ_ENGINE_SQLITE;
    for (size_t i = 0; i < YJ_COUNT(cells); i++) {
        const cell *c = &cells[i];
        for (size_t at = 0; at < c->len; at += sqlite ? 1 : 7) {
            unsigned bit = c->text ? 0 : (unsigned)(at % 8); /* keep text valid UTF-8 */
            yj_db_rollback(f.db);
            assert_status(yj_db_begin(f.db, YJ_DB_WRITE, &err), YJ_OK);
            if (!flip_cell(&f, c->select, c->update, c->text, at, bit))
                break;
            yj_status st = yj_ledger_verify_store(f.db, f.keys, 1, &r, &err);
            if (st != YJ_E_CORRUPT || !r.bad)
                fail_msg("not found: %s byte %zu", c->select, at);
            if (c->index != YJ_NO_INDEX && r.bad_index != c->index)
                fail_msg("%s byte %zu: index %llu: %s", c->select, at, (unsigned long long)r.bad_index,
                         r.what);
            assert_string_equal(r.what, err.msg);
            assert_true(r.what[0]);
            if (c->at_start)
                assert_int_equal(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
        }
    }
    yj_db_rollback(f.db);
    assert_sound(&f);
}

static void verify_store__finds_other_changes(void **state)
{
    static const struct {
        const char *sql;
        uint64_t index;
        bool at_start;
    } rows[] = {
        { "DELETE FROM entry WHERE seq = 5", 5, false },
        { "DELETE FROM entry WHERE seq = 639", 639, true },
        { "DELETE FROM entry WHERE seq >= 600", 600, true },
        { "DELETE FROM body WHERE seq = 5", 5, false },
        { "UPDATE entry SET record = 'x' WHERE seq = 5", 5, false },
        { "UPDATE entry SET kind = 'x' WHERE seq = 620", 620, true },
        { "UPDATE entry SET version = 99 WHERE seq = 5", 5, false },
        { "UPDATE entry SET batch = 99 WHERE seq = 5", 5, false },
        { "UPDATE entry SET time = 99 WHERE seq = 5", 5, false },
        { "UPDATE entry SET op = 'rotate' WHERE seq = 5", 5, true },
        { "UPDATE entry SET op = 'create' WHERE seq = 257", 257, false },
        { "UPDATE body SET body = (SELECT x.body FROM body x WHERE x.seq = 6) WHERE seq = 257", 257, true },
        { "DELETE FROM tile WHERE level = 1", 0, true },
        { "INSERT INTO tile SELECT inst, 0, 2, data FROM tile WHERE level = 1 AND idx = 0", YJ_NO_INDEX,
          false },
        { "INSERT INTO tile SELECT inst, 2, 0, data FROM tile WHERE level = 1 AND idx = 0", YJ_NO_INDEX,
          false },
        { "INSERT INTO body SELECT inst, 9999, salt, body, packed FROM body WHERE seq = 0", YJ_NO_INDEX,
          false },
        { "UPDATE ledger SET last_time = last_time + 1", YJ_NO_INDEX, true },
        { "UPDATE ledger SET crypto = 'gm'", 0, true },
        { "UPDATE ledger SET crypto = 'xx'", YJ_NO_INDEX, true },
        { "UPDATE ledger SET size = 639", YJ_NO_INDEX, true },
        { "UPDATE ledger SET origin = 'other'", YJ_NO_INDEX, true },
        { "UPDATE checkpoint SET size = 599 WHERE size = 600", YJ_NO_INDEX, true },
        { "UPDATE checkpoint SET size = 700 WHERE size = 600", 640, true },
        { "UPDATE checkpoint SET note = (SELECT x.note FROM checkpoint x WHERE x.size = 258) WHERE size = "
          "600",
          YJ_NO_INDEX, true },
        { "UPDATE checkpoint SET note = '' WHERE size = 600", YJ_NO_INDEX, true },
    };
    yj_auto(fixture_done) fixture f;
    yj_error err;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 257);
    rotate(&f);
    checkpoint(&f);
    grow(&f, 342);
    checkpoint(&f);
    grow(&f, 40);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_status(yj_db_begin(f.db, YJ_DB_WRITE, &err), YJ_OK);
        yj_test_script(f.db, rows[i].sql);
        yj_status st = yj_ledger_verify_store(f.db, f.keys, 1, &r, &err);
        if (st != YJ_E_CORRUPT || !r.bad || (rows[i].index != YJ_NO_INDEX && r.bad_index != rows[i].index))
            fail_msg("%s: %s, index %llu: %s", rows[i].sql, yj_status_slug(st),
                     (unsigned long long)r.bad_index, r.what);
        st = yj_ledger_check_start(f.db, f.keys, 1, &err);
        if (rows[i].at_start && st != YJ_E_CORRUPT)
            fail_msg("not found at the start: %s", rows[i].sql);
        yj_db_rollback(f.db);
    }
    assert_sound(&f);
}

/* A whole forged history that agrees with itself, but not with what was signed. */
static void verify_store__finds_a_rewritten_history(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 30);
    checkpoint(&f);
    grow(&f, 30);
    checkpoint(&f);
    yj_test_script(f.db, "CREATE TABLE keep AS SELECT * FROM checkpoint");
    yj_test_script(f.db,
                   "DELETE FROM checkpoint; DELETE FROM entry; DELETE FROM body; DELETE FROM tile;"
                   "UPDATE ledger SET size = 0, last_time = 0, frontier = (SELECT substr(frontier, 1, 0) FROM"
                   " ledger)");
    f.now_ns = T0;
    grow(&f, 60);
    assert_sound(&f);
    yj_test_script(f.db, "INSERT INTO checkpoint SELECT * FROM keep WHERE size = 60");
    assert_int_equal(verify(&f, &r), YJ_E_CORRUPT);
    assert_string_equal(r.what, "the first 60 entries of the ledger are not those that were signed");
    assert_int_equal(r.bad_index, 0); /* nothing proves any of them */
    yj_test_script(f.db, "DROP TABLE keep");
}

static void verify_store__erased_bodies_are_counted(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 300);
    erase(&f, 7);
    erase(&f, 280);
    checkpoint(&f);
    assert_int_equal(verify(&f, &r), YJ_OK);
    assert_int_equal(r.size, 302);
    assert_int_equal(r.proven, 302);
    assert_int_equal(r.bodies, 300);
    assert_int_equal(r.bodies_gone, 2);
    assert_int_equal(r.tiles, 1); /* those of level 0 stand with the entries */
    assert_int_equal(r.checkpoints, 1);
    assert_true(r.signature_ok);
    assert_true(r.pinned);
    yj_digest root = root_now(&f);
    assert_memory_equal(r.root.b, root.b, sizeof root.b);
    assert_sound(&f);
    yj_error err;
    yj_entry e;
    assert_status(yj_entry_read(f.db, 1, 7, &e, &err), YJ_OK);
    assert_false(e.has_body);
    assert_int_equal(e.body.len, 0);
    yj_entry_done(&e);
    yj_test_script(f.db, "DELETE FROM body WHERE seq = 301"); /* behind the last erasure */
    assert_int_equal(verify(&f, &r), YJ_OK); /* the erasure itself may be all there is left of it */
    grow(&f, 1);
    yj_test_script(f.db, "DELETE FROM body WHERE seq = 302");
    assert_int_equal(verify(&f, &r), YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 302);
    assert_string_equal(r.what, "the body of ledger entry 302 is missing, and no erasure follows");
}

static void verify_store__empty_ledger(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    assert_sound(&f);
    checkpoint(&f);
    assert_sound(&f);
    assert_int_equal(verify(&f, &r), YJ_OK);
    assert_int_equal(r.checkpoints, 1);
    assert_int_equal(r.proven, 0);
}

static void verify_store__no_such_ledger(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    assert_status(yj_ledger_verify_store(f.db, f.keys, 9, &r, &err), YJ_E_NOT_FOUND);
    assert_false(r.bad);
    assert_status(yj_ledger_check_start(f.db, f.keys, 9, &err), YJ_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(checkpoint__covers_the_head_and_is_kept),
        yj_test_stores(checkpoint__seals_what_is_open),
        yj_test_stores(checkpoint__refuses_to_fork),
        yj_test_stores(prove__proofs_verify_alone),
        yj_test_sqlite_only(keyring__keeps_keys_in_files),
        yj_test_stores(rotate__old_and_new_sign),
        yj_test_stores(rotate__interrupted_switch_is_finished),
        yj_test_stores(rotate__undone_leaves_the_old_key),
        yj_test_stores(rotate__wrong_key_file_is_said),
        yj_test_stores(verify_store__finds_every_flipped_byte),
        yj_test_stores(verify_store__finds_other_changes),
        yj_test_stores(verify_store__finds_a_rewritten_history),
        yj_test_stores(verify_store__erased_bodies_are_counted),
        yj_test_stores(verify_store__empty_ledger),
        yj_test_stores(verify_store__no_such_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
