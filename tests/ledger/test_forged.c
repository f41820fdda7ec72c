// SPDX-License-Identifier: Apache-2.0
/* What an owner of the key, a broken disk or a broken program could make: ledgers and logs whose hashes agree
 * with what is wrong in them. */
#include "ledger_test.h"

#include "ledger/internal.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- in a store ------------------------------------------------------------------------------------------
 */

/* Exchange the operation and the time of an entry together with the hash of `leaf`. */
static void forge_row(fixture *f, uint64_t seq, const char *op, yj_span leaf, int64_t time_ns)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_error err;
    yj_digest hash;
    yj_leaf_hash(f->l.frontier.alg, leaf, &hash);
    assert_status(yj_db_prepare(f->db,
                                "UPDATE entry SET op = ?1, hash = ?2, time = ?3 WHERE inst = 1 AND seq = ?4",
                                &st, &err),
                  YJ_OK);
    yj_bind_cstr(st, 1, op);
    yj_bind_blob(st, 2, hash.b, sizeof hash.b);
    yj_bind_i64(st, 3, time_ns);
    yj_bind_i64(st, 4, (int64_t)seq);
    assert_status(yj_stmt_run(st, NULL, &err), YJ_OK);
}

static void verify_store__reads_the_leaves(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf leaf;
    yj_verify_report r;
    yj_error err;
    yj_entry e;
    yj_buf_init(&leaf, YJ_LEAF_BYTES_MAX);
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 300);
    assert_status(yj_entry_read(f.db, 1, 5, &e, &err), YJ_OK);
    e.leaf.time_ns = T0 - 1;
    yj_leaf_format(&e.leaf, &leaf);
    forge_row(&f, 5, "a\"b", YJ_SPAN("{}"), T0);
    assert_status(verify(&f, &r), YJ_E_CORRUPT);
    assert_string_equal(r.what, "the row of ledger entry 5 holds what no leaf may");
    assert_int_equal(r.bad_index, 5);
    forge_row(&f, 5, e.leaf.op, yj_buf_view(&leaf), T0 - 1);
    yj_entry_done(&e);
    assert_status(verify(&f, &r), YJ_E_CORRUPT);
    assert_string_equal(r.what, "ledger entry 5 is older than the one before it");
    assert_int_equal(r.bad_index, 5);
}

static void stored_tree__damage_is_said(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    yj_buf_init(&b, 1 << 20);
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 600);
    checkpoint(&f);
    yj_test_script(f.db,
                   "UPDATE entry SET hash = (SELECT x.hash FROM entry x WHERE x.seq = 599) WHERE seq = 590");
    assert_status(yj_ledger_prove(f.db, 1, 590, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.field, "entry 590");
    yj_test_script(f.db, "DELETE FROM entry WHERE seq = 595");
    assert_status(yj_ledger_prove(f.db, 1, 595, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.field, "entry 595");
    assert_status(yj_tile_read(f.db, 1, 600, -1, 2, 88, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.field, "entry 595");
    assert_status(yj_tile_read(f.db, 1, 600, 0, 2, 88, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.field, "entry 595");
    b.len = 0;
    yj_test_script(f.db, "UPDATE tile SET data = substr(data, 1, 63) WHERE level = 1");
    assert_status(yj_tile_read(f.db, 1, 600, 1, 0, 2, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "tile 0 of level 1 of the ledger is damaged");
    assert_string_equal(err.field, "entry 0");
    yj_test_script(f.db, "UPDATE tile SET data = substr(data, 1, 32) WHERE level = 1");
    assert_status(yj_tile_read(f.db, 1, 600, 1, 0, 2, &b, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "tile 0 of level 1 of the ledger is incomplete");
    assert_string_equal(err.field, "entry 256");
    assert_int_equal(b.len, 0);
    /* the next complete tile does not fit what is stored of the level above */
    assert_status(yj_db_begin(f.db, YJ_DB_WRITE, &err), YJ_OK);
    uint64_t from = f.l.frontier.size;
    while (f.l.frontier.size < 768)
        append(&f, "create");
    yj_test_script(f.db, "DELETE FROM entry WHERE seq = 590 AND inst = 9");
    assert_int_equal(yj_ledger_seal(f.db, &f.l, from, &err),
                     YJ_E_CORRUPT); /* its own tile has a hole at 595 */
    assert_string_equal(err.field, "entry 595");
    yj_db_rollback(f.db);
}

static void seal__needs_the_level_above(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 300);
    yj_test_script(f.db, "DELETE FROM tile WHERE level = 1");
    begin(&f);
    while (f.l.frontier.size < 512)
        append(&f, "create");
    assert_status(yj_ledger_seal(f.db, &f.l, 300, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "tile 0 of level 1 of the ledger has 0 hashes instead of 1");
    yj_db_rollback(f.db);
}

static void seal__compares_with_memory(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    begin(&f);
    append(&f, "create");
    yj_ledger wrong = f.l;
    wrong.frontier.root[0].b[0] ^= 1;
    assert_status(yj_ledger_seal(f.db, &wrong, 0, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "what the ledger stored is not what was appended");
    wrong = f.l;
    wrong.last_time_ns++;
    assert_status(yj_ledger_seal(f.db, &wrong, 0, &err), YJ_E_CORRUPT);
    wrong.frontier.size = INT64_MAX;
    yj_append a = { .by = PERSON, .op = "create", .now_ns = f.now_ns, .body = YJ_SPAN("{}") };
    assert_status(yj_ledger_append(f.db, &wrong, &a, NULL, NULL, &err), YJ_E_LIMIT);
    assert_string_equal(err.msg, "the ledger is full");
    yj_db_rollback(f.db);
}

/* The store says yes and does something else. */
static void seal__reads_back_what_it_wrote(void **state)
{
    static const struct {
        const char *sql, *msg;
    } rows[] = {
        { "CREATE TRIGGER wrong BEFORE UPDATE ON ledger BEGIN SELECT RAISE(IGNORE); END",
          "the head of the ledger could not be written" },
        { "CREATE TRIGGER wrong AFTER UPDATE ON ledger BEGIN UPDATE ledger SET last_time = last_time + 1; "
          "END",
          "the head of the ledger was not stored as written" },
        { "CREATE TRIGGER wrong AFTER INSERT ON tile BEGIN UPDATE tile SET data = zeroblob(8192); END",
          "tile 0 of level 1 of the ledger was not stored as written" },
        { "CREATE TRIGGER wrong AFTER INSERT ON entry WHEN NEW.seq = 260 BEGIN DELETE FROM entry WHERE seq = "
          "260; END",
          "entry 260 of the ledger is missing" },
    };
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_test_script(f.db, rows[i].sql);
        begin(&f);
        while (f.l.frontier.size < 300)
            append(&f, "create");
        assert_status(yj_ledger_seal(f.db, &f.l, 0, &err), YJ_E_CORRUPT);
        assert_string_equal(err.msg, rows[i].msg);
        yj_db_rollback(f.db);
        yj_test_script(f.db, "DROP TRIGGER wrong");
    }
    grow(&f, 300);
    assert_sound(&f);
}

static void check_start__on_a_tile_border_and_after_a_rewrite(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 256);
    checkpoint(&f);
    assert_sound(&f);
    yj_test_script(f.db, "UPDATE ledger SET last_time = last_time - 1");
    assert_status(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
    yj_test_script(f.db, "UPDATE ledger SET last_time = last_time + 1");
    assert_sound(&f);
    /* the store made anew under the old checkpoint */
    yj_test_script(f.db,
                   "CREATE TABLE keep AS SELECT * FROM checkpoint; DELETE FROM checkpoint; DELETE FROM entry;"
                   "DELETE FROM body; DELETE FROM tile; UPDATE ledger SET size = 0, last_time = 0,"
                   " frontier = (SELECT substr(frontier, 1, 0) FROM ledger)");
    f.now_ns = T0;
    grow(&f, 256);
    yj_test_script(f.db, "INSERT INTO checkpoint SELECT * FROM keep");
    assert_status(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the first 256 entries of the ledger are not those that were signed");
    /* and with its key exchanged */
    yj_auto(yj_keyring_freep) yj_keyring *others = NULL, *gm = NULL;
    const yj_key *key;
    assert_status(yj_keyring_open(below(&f, "keys2"), &others, &err), YJ_OK);
    assert_status(yj_keyring_make(others, INSTITUTION, YJ_CRYPTO_STD, &key, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, others, 1, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the newest checkpoint is not signed by the ledger's key");
    assert_status(yj_keyring_open(below(&f, "keys3"), &gm, &err), YJ_OK);
    assert_status(yj_keyring_make(gm, INSTITUTION, YJ_CRYPTO_GM, &key, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, gm, 1, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "the signing key of institution " INSTITUTION
                                 " is of another kind than its ledger's");
    yj_verify_report r;
    yj_test_script(
        f.db, "DELETE FROM checkpoint; INSERT INTO checkpoint SELECT inst, 0 - size, time, note FROM keep");
    assert_status(verify(&f, &r), YJ_E_CORRUPT);
    yj_test_script(f.db, "DROP TABLE keep");
}

/* --- rotations -------------------------------------------------------------------------------------------
 */

typedef struct keys {
    yj_key *a, *b, *c, *gm;
} keys;

static void keys_done(keys *k)
{
    yj_key_free(k->a);
    yj_key_free(k->b);
    yj_key_free(k->c);
    yj_key_free(k->gm);
}

static void make_keys(keys *k)
{
    yj_error err;
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &k->a, &err), YJ_OK);
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &k->b, &err), YJ_OK);
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &k->c, &err), YJ_OK);
    assert_status(yj_key_generate(YJ_SIGN_SM2, &k->gm, &err), YJ_OK);
}

static void assert_rotation(yj_keys *chain, const char *origin, uint64_t said, uint64_t seq,
                            const yj_key *old_key, const yj_key *new_key, const char *want)
{
    yj_auto(yj_buf_done) yj_buf body;
    yj_error err = { .code = YJ_OK };
    yj_buf_init(&body, 1 << 16);
    assert_status(yj_rotation_body(origin, said, old_key, new_key, &body, &err), YJ_OK);
    size_t before = chain->count;
    assert_int_equal(yj_keys_rotate(chain, seq, yj_buf_view(&body), &err), want ? YJ_E_CORRUPT : YJ_OK);
    assert_string_equal(err.msg, want ? want : "");
    if (want)
        assert_int_equal(chain->count, before);
}

static void keys_rotate__wants_origin_place_kind_and_order(void **state)
{
    (void)state;
    yj_auto(keys_done) keys k = { NULL, NULL, NULL, NULL };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(1 << 20);
    yj_auto(yj_keys_done) yj_keys chain;
    yj_error err;
    make_keys(&k);
    yj_keys_init(&chain, "o", arena);
    assert_rotation(&chain, "p", 5, 5, k.a, k.b,
                    "a rotation of the ledger names a key that is none of this ledger");
    assert_rotation(&chain, "o", 5, 6, k.a, k.b,
                    "the rotation at ledger entry 6 is not signed by both its keys");
    assert_rotation(&chain, "o", 5, 5, k.a, k.gm,
                    "a rotation of the ledger names a key that is none of this ledger");
    assert_rotation(&chain, "o", 5, 5, k.a, k.b, NULL);
    assert_int_equal(chain.count, 2);
    assert_rotation(&chain, "o", 7, 7, k.a, k.c,
                    "the rotation at ledger entry 7 replaces a key that was not in use");
    const yj_key *turn[] = { k.b, k.c, k.a };
    for (uint64_t i = 0; i < 9; i++)
        assert_rotation(&chain, "o", 10 + i, 10 + i, turn[i % 3], turn[(i + 1) % 3], NULL);
    assert_int_equal(chain.count, 11);
    assert_int_equal(yj_keys_at(&chain, 0)->from, 0);
    assert_int_equal(yj_keys_at(&chain, 5)->from, 0); /* a tree of 5 entries does not hold entry 5 */
    assert_int_equal(yj_keys_at(&chain, 6)->from, 6);
    assert_int_equal(yj_keys_at(&chain, 10)->from, 6);
    assert_int_equal(yj_keys_at(&chain, 1000)->from, 19);
    static const char *const bad[] = { "", "[]", "{}",
                                       "{\"new\":1,\"new_sig\":\"\",\"old\":\"\",\"old_sig\":\"\"}",
                                       "{\"new\":\"\",\"new_sig\":\"\",\"old\":\"\",\"old_sig\":\"\"}" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        assert_status(yj_keys_rotate(&chain, 77, yj_span_of(bad[i]), &err), YJ_E_CORRUPT);
        assert_string_equal(err.field, "entry 77");
    }
}

/* An entry "rotate" whose body is its own, and yet no rotation. */
static void verify_store__reads_the_rotations(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 5);
    begin(&f);
    uint64_t from = f.l.frontier.size;
    yj_append a = { .by = PERSON, .op = "rotate", .now_ns = f.now_ns, .body = YJ_SPAN("{}") };
    assert_status(yj_ledger_append_any(f.db, &f.l, &a, NULL, NULL, &err), YJ_OK);
    assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_status(verify(&f, &r), YJ_E_CORRUPT);
    assert_string_equal(r.what, "the rotation at ledger entry 5 is malformed");
    assert_int_equal(r.bad_index, 5);
    assert_false(r.pinned);
    assert_status(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
}

static void rotate__files_in_the_way(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *next = below(&f, "keys/" INSTITUTION ".pem.new");
    assert_int_equal(mkdir(next, 0700), 0);
    begin(&f);
    assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_E_IO);
    yj_db_rollback(f.db);
    assert_int_equal(rmdir(next), 0);
    /* the new key file disappears, or is rubbish */
    begin(&f);
    uint64_t from = f.l.frontier.size;
    assert_status(yj_ledger_rotate(f.db, f.keys, &f.l, PERSON, f.now_ns, &err), YJ_OK);
    assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_int_equal(rename(next, below(&f, "aside")), 0);
    assert_status(yj_keyring_commit_rotation(f.keys, INSTITUTION, &err), YJ_E_IO);
    yj_auto(yj_keyring_freep) yj_keyring *other = NULL;
    assert_status(yj_keyring_open(below(&f, "keys"), &other, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_E_CORRUPT);
    assert_status(yj_file_write(next, YJ_SPAN("rubbish"), 0600, &err), YJ_OK);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_E_CORRUPT);
    assert_int_equal(rename(below(&f, "aside"), next), 0);
    assert_status(yj_ledger_check_start(f.db, other, 1, &err), YJ_OK);
    assert_status(yj_keyring_commit_rotation(f.keys, INSTITUTION, &err), YJ_OK);
    checkpoint(&f);
    assert_sound(&f);
}

/* --- a log made by hand ----------------------------------------------------------------------------------
 */

typedef struct forger {
    const char *folder;
    yj_key *key;
    uint64_t size;
    uint64_t bad; /* the entry that is made wrong */
    enum { FORGE_NOTHING, FORGE_TIME, FORGE_SEQ, FORGE_FORM, FORGE_ROTATE } how;
    bool hash_tiles;
} forger;

static void put(const forger *g, int level, uint64_t index, unsigned width, yj_span bytes)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_error err;
    yj_buf_init(&path, 1000);
    assert_status(yj_folder_path(&path, g->folder, level, index, width, &err), YJ_OK);
    char *slash = strrchr(path.ptr, '/');
    *slash = '\0';
    assert_status(yj_dir_make(path.ptr, &err), YJ_OK);
    *slash = '/';
    assert_status(yj_file_write(path.ptr, bytes, 0600, &err), YJ_OK);
}

static void put_text(const forger *g, const char *name, yj_span text)
{
    yj_auto(yj_buf_done) yj_buf path;
    yj_error err;
    yj_buf_init(&path, 1000);
    yj_buf_fmt(&path, "%s/%s", g->folder, name);
    assert_status(yj_file_write(path.ptr, text, 0600, &err), YJ_OK);
}

static void forge(const forger *g)
{
    yj_auto(yj_buf_done) yj_buf bundle, leaf, text, note;
    yj_error err;
    yj_digest *hash = calloc(g->size, sizeof *hash), root;
    yj_buf_init(&bundle, 1 << 20);
    yj_buf_init(&leaf, YJ_LEAF_BYTES_MAX);
    for (uint64_t i = 0; i < g->size; i++) {
        bool bad = i == g->bad;
        yj_leaf l = { .by = PERSON,
                      .op = bad && g->how == FORGE_ROTATE ? "rotate" : "create",
                      .kind = "k",
                      .record = "r",
                      .seq = bad && g->how == FORGE_SEQ ? i + 1 : i,
                      .time_ns = T0 + (int64_t)i - (bad && g->how == FORGE_TIME ? 2 : 0) };
        yj_buf_clear(&leaf);
        yj_leaf_format(&l, &leaf);
        if (bad && g->how == FORGE_FORM)
            leaf.ptr[leaf.len - 1] = ']';
        yj_leaf_hash(YJ_HASH_SHA256, yj_buf_view(&leaf), &hash[i]);
        yj_buf_char(&bundle, (char)(leaf.len >> 8));
        yj_buf_char(&bundle, (char)(leaf.len & 0xff));
        yj_buf_span(&bundle, yj_buf_view(&leaf));
        if (i % 256 == 255 || i + 1 == g->size) {
            unsigned width = (unsigned)(i % 256) + 1;
            put(g, YJ_FOLDER_ENTRIES, i / 256, width, yj_buf_view(&bundle));
            if (g->hash_tiles)
                put(g, 0, i / 256, width,
                    (yj_span){ (const char *)&hash[i - i % 256], width * sizeof *hash });
            yj_buf_clear(&bundle);
        }
    }
    yj_hashes_root(YJ_HASH_SHA256, hash, g->size, &root);
    free(hash);
    yj_buf_init(&text, 1000);
    yj_buf_init(&note, 2000);
    yj_checkpoint_text(ORIGIN, g->size, &root, &text);
    const yj_key *key = g->key;
    assert_status(yj_note_sign(yj_buf_view(&text), ORIGIN, &key, 1, &note, &err), YJ_OK);
    put_text(g, "checkpoint", yj_buf_view(&note));
    yj_buf_clear(&text);
    yj_vkey_format(ORIGIN, key, &text);
    yj_buf_char(&text, '\n');
    put_text(g, "key.txt", yj_buf_view(&text));
}

static void verify_folder__reads_the_leaves(void **state)
{
    static const struct {
        int how;
        uint64_t bad;
        const char *what;
    } rows[] = {
        { FORGE_NOTHING, 0, "" },
        { FORGE_TIME, 5, "ledger entry 5 is older than the one before it" },
        { FORGE_TIME, 256, "ledger entry 256 is older than the one before it" },   /* across tiles */
        { FORGE_TIME, 4096, "ledger entry 4096 is older than the one before it" }, /* across units of work */
        { FORGE_SEQ, 300, "the entry stands at place 300 of the ledger but calls itself 301" },
        { FORGE_FORM, 300, "the leaf of ledger entry 300 is malformed" },
        { FORGE_FORM, 4999, "the leaf of ledger entry 4999 is malformed" },
        { FORGE_ROTATE, 300, "the body of the rotation at ledger entry 300 is missing" },
    };
    yj_auto(keys_done) keys k = { NULL, NULL, NULL, NULL };
    make_keys(&k);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        forger g = { *state, k.a, 5000, rows[i].bad, (unsigned)rows[i].how, i % 2 };
        yj_verify_report r;
        yj_error err;
        char tiles[600];
        snprintf(tiles, sizeof tiles, "%s/tile", g.folder);
        assert_status(yj_dir_remove(tiles, &err), YJ_OK);
        forge(&g);
        yj_status want = rows[i].what[0] ? YJ_E_CORRUPT : YJ_OK;
        assert_status(yj_ledger_verify_folder(g.folder, NULL, 3, &r, &err), want);
        assert_string_equal(r.what, rows[i].what);
        assert_int_equal(r.bad_index, want == YJ_OK ? YJ_NO_INDEX : rows[i].bad);
    }
}

static yj_verify_report look(const char *folder, yj_status want)
{
    yj_verify_report r;
    yj_error err;
    assert_status(yj_ledger_verify_folder(folder, NULL, 1, &r, &err), want);
    return r;
}

static void verify_folder__lists_must_fit(void **state)
{
    yj_auto(keys_done) keys k = { NULL, NULL, NULL, NULL };
    yj_auto(yj_buf_done) yj_buf key_text, line, body, path;
    yj_verify_report r;
    yj_error err;
    make_keys(&k);
    forger g = { *state, k.a, 600, 0, FORGE_NOTHING, false };
    forge(&g);
    yj_buf_init(&path, 1000);
    yj_buf_init(&key_text, 4000);
    yj_buf_init(&line, 4000);
    yj_buf_init(&body, 4000);
    yj_vkey_format(ORIGIN, k.a, &key_text);
    yj_buf_char(&key_text, '\n');
    size_t one = key_text.len;
    put_text(&g, "key.txt", YJ_SPAN(""));
    look(g.folder, YJ_E_CORRUPT);
    yj_vkey_format(ORIGIN, k.b, &key_text);
    yj_buf_char(&key_text, '\n');
    put_text(&g, "key.txt", yj_buf_view(&key_text)); /* one too many */
    r = look(g.folder, YJ_E_CORRUPT);
    assert_string_equal(r.what, "key.txt does not list the keys of this log");
    /* rotations of which the log knows nothing: rightly signed, behind its end */
    uint8_t salt[YJ_SALT_LEN] = { 1 };
    assert_status(yj_rotation_body(ORIGIN, 700, k.a, k.b, &body, &err), YJ_OK);
    yj_body_line_format(700, salt, yj_buf_view(&body), &line);
    yj_buf_char(&line, '\n');
    put_text(&g, "rotations.jsonl", yj_buf_view(&line));
    look(g.folder, YJ_OK); /* of an export that did not come to its end */
    put_text(&g, "key.txt", (yj_span){ key_text.ptr, one });
    r = look(g.folder, YJ_E_CORRUPT);
    assert_string_equal(r.what, "key.txt does not list the keys of this log");
    put_text(&g, "key.txt", yj_buf_view(&key_text));
    /* and inside it, where another entry stands */
    yj_buf_clear(&line);
    yj_buf_clear(&body);
    assert_status(yj_rotation_body(ORIGIN, 500, k.a, k.b, &body, &err), YJ_OK);
    yj_body_line_format(500, salt, yj_buf_view(&body), &line);
    yj_buf_char(&line, '\n');
    put_text(&g, "rotations.jsonl", yj_buf_view(&line));
    r = look(g.folder, YJ_E_CORRUPT);
    assert_string_equal(r.what, "ledger entry 500 is none of the rotations it is listed among");
    assert_int_equal(r.bad_index, 500);
    /* lines that are none, twice the same, cut off */
    yj_body_line_format(500, salt, yj_buf_view(&body), &line);
    yj_buf_char(&line, '\n');
    put_text(&g, "rotations.jsonl", yj_buf_view(&line));
    r = look(g.folder, YJ_E_CORRUPT);
    assert_string_equal(r.what, "rotations.jsonl is malformed");
    static const char *const bad[] = { "x\n", "\n", "{\"seq\":500,\"erased\":true}\n", "{\"seq\":5" };
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        put_text(&g, "rotations.jsonl", yj_span_of(bad[i]));
        r = look(g.folder, YJ_E_CORRUPT);
        assert_string_equal(r.what, "rotations.jsonl is malformed");
    }
    /* leftovers beside the checkpoints */
    put_text(&g, "rotations.jsonl", YJ_SPAN(""));
    put_text(&g, "key.txt", (yj_span){ key_text.ptr, one });
    yj_buf_fmt(&path, "%s/checkpoints", g.folder);
    assert_status(yj_dir_make(path.ptr, &err), YJ_OK);
    put_text(&g, "checkpoints/600.part", YJ_SPAN("half of"));
    look(g.folder, YJ_OK);
}

/* Bytes at the end of a file that are wrong are not taken for a file that is cut off. */
static void verify_folder__wrong_end_is_not_torn(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf b, lines;
    yj_verify_report r;
    yj_error err;
    char path[700], body[700];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 300);
    checkpoint(&f);
    const char *log = below(&f, "log");
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_OK);
    snprintf(path, sizeof path, "%s/tile/entries/001.p/44", log);
    snprintf(body, sizeof body, "%s/body/001.p/44.jsonl", log);
    yj_buf_init(&b, 1 << 20);
    yj_buf_init(&lines, 1 << 20);
    assert_status(yj_file_read(path, 1 << 20, &b, &err), YJ_OK);
    assert_status(yj_file_read(body, 1 << 20, &lines, &err), YJ_OK);
    size_t at = 0;
    for (uint64_t i = 256; i < 300; i++) {
        size_t len = (size_t)(uint8_t)b.ptr[at] << 8 | (uint8_t)b.ptr[at + 1];
        for (unsigned bit = 0; bit < 16; bit++) {
            b.ptr[at + bit / 8] = (char)(b.ptr[at + bit / 8] ^ 1 << bit % 8);
            assert_status(yj_file_write(path, yj_buf_view(&b), 0600, &err), YJ_OK);
            r = look(log, YJ_E_CORRUPT);
            assert_int_equal(r.bad_index, i);
            b.ptr[at + bit / 8] = (char)(b.ptr[at + bit / 8] ^ 1 << bit % 8);
        }
        at += 2 + len;
    }
    assert_status(yj_file_write(path, yj_buf_view(&b), 0600, &err), YJ_OK);
    lines.ptr[lines.len - 1] = ' ';
    assert_status(yj_file_write(body, yj_buf_view(&lines), 0600, &err), YJ_OK);
    r = look(log, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 299);
    assert_string_equal(r.what, "the line of the body of ledger entry 299 is malformed");
}

/* Leaves cut off at one place, bodies at an earlier one. */
static void verify_folder__torn_twice(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    yj_error err;
    char command[900];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 2000);
    checkpoint(&f);
    const char *log = below(&f, "log");
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_OK);
    snprintf(command, sizeof command,
             "rm -r '%s'/tile/entries/005 '%s'/tile/entries/006 '%s'/tile/entries/007.p", log, log, log);
    assert_int_equal(system(command), 0);
    r = look(log, YJ_OK);
    assert_int_equal(r.torn_at, 5 * 256);
    assert_int_equal(r.proven, 5 * 256);
    assert_int_equal(r.bodies, 5 * 256);
    snprintf(command, sizeof command, "rm '%s'/body/004.jsonl", log);
    assert_int_equal(system(command), 0);
    r = look(log, YJ_E_CORRUPT); /* later ones are there, though nobody read them */
    assert_int_equal(r.bad_index, 4 * 256);
    snprintf(command, sizeof command, "rm -r '%s'/body/005.jsonl '%s'/body/006.jsonl '%s'/body/007.p", log,
             log, log);
    assert_int_equal(system(command), 0);
    r = look(log, YJ_OK);
    assert_int_equal(r.size, 5 * 256);
    assert_int_equal(r.torn_at, 4 * 256);
}

/* --- files -----------------------------------------------------------------------------------------------
 */

static void touch(const char *folder, const char *name)
{
    char path[700];
    yj_error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_status(yj_dir_make(path, &err), YJ_OK);
    *slash = '/';
    assert_status(yj_file_write(path, YJ_SPAN("0123456789"), 0600, &err), YJ_OK);
}

static void folder__last_and_narrower(void **state)
{
    const char *folder = *state;
    yj_auto(yj_buf_done) yj_buf path, b;
    yj_error err;
    uint64_t last;
    unsigned width;
    yj_buf_init(&path, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&b, 1 << 20);
    assert_status(yj_folder_last(folder, 0, &path, &last, &err), YJ_OK);
    assert_int_equal(last, YJ_NO_INDEX);
    touch(folder, "tile/0/zzz");
    assert_status(yj_folder_last(folder, 0, &path, &last, &err), YJ_OK);
    assert_int_equal(last, YJ_NO_INDEX);
    touch(folder, "tile/0/007");
    touch(folder, "tile/0/010.p/3");
    touch(folder, "tile/0/099x");
    assert_status(yj_folder_last(folder, 0, &path, &last, &err), YJ_OK);
    assert_int_equal(last, 10);
    touch(folder, "tile/0/999");
    touch(folder, "tile/0/x001/002");
    touch(folder, "tile/0/x001/x003/004");
    assert_status(yj_folder_last(folder, 0, &path, &last, &err), YJ_OK);
    assert_int_equal(last, 1003004);
    touch(folder, "tile/0/x001/x004/x001/x001/x001/x001/x001/000"); /* deeper than any index */
    assert_status(yj_folder_last(folder, 0, &path, &last, &err), YJ_OK);
    assert_int_equal(last, YJ_NO_INDEX);
    touch(folder, "body/001.p/5.jsonl");
    touch(folder, "body/001.p/9.jsonl");
    touch(folder, "body/001.p/30.jsonl");
    touch(folder, "body/001.p/8.txt");
    assert_status(yj_folder_last(folder, YJ_FOLDER_BODIES, &path, &last, &err), YJ_OK);
    assert_int_equal(last, 1);
    assert_status(yj_folder_read(folder, YJ_FOLDER_BODIES, 1, 9, &path, &b, &width, &err), YJ_OK);
    assert_int_equal(width, 9);
    assert_status(yj_folder_read(folder, YJ_FOLDER_BODIES, 1, 29, &path, &b, &width, &err), YJ_OK);
    assert_int_equal(width, 9);
    assert_status(yj_folder_read(folder, YJ_FOLDER_BODIES, 1, 4, &path, &b, &width, &err), YJ_OK);
    assert_int_equal(width, 0);
    assert_int_equal(b.len, 0);
    touch(folder, "body/001.jsonl");
    assert_status(yj_folder_read(folder, YJ_FOLDER_BODIES, 1, 4, &path, &b, &width, &err), YJ_OK);
    assert_int_equal(width, 256);
    assert_int_equal(b.len, 10);
}

static void export__disk_says_no(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    char path[700];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 600);
    checkpoint(&f);
    const char *log = below(&f, "log");
    /* no file may be longer than 20,000 bytes: like a full disk in the middle of a bundle */
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 20000;
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    yj_status st = yj_ledger_export(f.db, f.keys, 1, log, true, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, former);
    assert_int_equal(st, YJ_E_FULL);
    assert_int_equal(yj_ledger_verify_folder(log, NULL, 1, &(yj_verify_report){ .bad = false }, &err),
                     YJ_E_NOT_FOUND);
    /* folders where files should be */
    snprintf(path, sizeof path, "%s/tile/0/001", log);
    assert_status(yj_dir_make(path, &err), YJ_OK);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_IO);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/tile/0/001.part", log);
    assert_status(yj_dir_make(path, &err), YJ_OK);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_IO);
    assert_int_equal(rmdir(path), 0);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_OK);
    yj_verify_report r = look(log, YJ_OK);
    assert_int_equal(r.proven, 600);
    /* a checkpoint there that is none, and one here that covers too much */
    snprintf(path, sizeof path, "%s/checkpoint", log);
    assert_status(yj_file_write(path, YJ_SPAN("rubbish"), 0600, &err), YJ_OK);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_CONFLICT);
    assert_int_equal(unlink(path), 0);
    yj_test_script(f.db,
                   "UPDATE ledger SET size = 512, frontier = (SELECT substr(frontier, 1, 32) FROM ledger)");
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "a checkpoint covers 600 entries, the ledger holds 512");
    assert_status(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    yj_test_script(f.db, "DELETE FROM entry WHERE seq >= 512; UPDATE ledger SET last_time ="
                         " (SELECT time FROM entry WHERE seq = 511)");
    assert_status(yj_ledger_check_start(f.db, f.keys, 1, &err), YJ_E_CORRUPT);
    assert_string_equal(err.field, "entry 512");
    begin(&f);
    assert_status(yj_checkpoint_make(f.db, f.keys, &f.l, f.now_ns, &note, &err), YJ_E_CORRUPT);
    assert_string_equal(err.msg, "a checkpoint covers 600 entries, the ledger holds 512");
    yj_db_rollback(f.db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(verify_store__reads_the_leaves),
        yj_test_stores(stored_tree__damage_is_said),
        yj_test_stores(seal__needs_the_level_above),
        yj_test_stores(seal__compares_with_memory),
        yj_test_sqlite_only(seal__reads_back_what_it_wrote),
        yj_test_stores(check_start__on_a_tile_border_and_after_a_rewrite),
        cmocka_unit_test(keys_rotate__wants_origin_place_kind_and_order),
        yj_test_stores(verify_store__reads_the_rotations),
        yj_test_sqlite_only(rotate__files_in_the_way),
        unit_test_in_folder(verify_folder__reads_the_leaves),
        unit_test_in_folder(verify_folder__lists_must_fit),
        yj_test_sqlite_only(verify_folder__wrong_end_is_not_torn),
        yj_test_sqlite_only(verify_folder__torn_twice),
        unit_test_in_folder(folder__last_and_narrower),
        yj_test_sqlite_only(export__disk_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
