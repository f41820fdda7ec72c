// SPDX-License-Identifier: Apache-2.0
/* Exported folders: what is in them, verifying them with no store, and what is found in damaged ones. */
#include "ledger_test.h"

#include "base/json.h"
#include "ledger/internal.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- helpers ---------------------------------------------------------------------------------------------
 */

static void export_to(fixture *f, const char *folder, bool bodies)
{
    yj_error err;
    assert_status(yj_ledger_export(f->db, f->keys, 1, folder, bodies, &err), YJ_OK);
}

static const char *vkey_now(fixture *f)
{
    static char text[YJ_VKEY_BYTES_MAX];
    yj_error err;
    const yj_key *key;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, sizeof text);
    assert_status(yj_keyring_get(f->keys, INSTITUTION, &key, &err), YJ_OK);
    yj_vkey_format(ORIGIN, key, &b);
    memcpy(text, b.ptr, b.len + 1);
    return text;
}

static void assert_whole(const char *folder, const char *vkey, uint64_t size)
{
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        yj_verify_report r;
        yj_error err;
        assert_status(yj_ledger_verify_folder(folder, vkey, threads, &r, &err), YJ_OK);
        assert_int_equal(r.size, size);
        assert_int_equal(r.proven, size);
        assert_true(r.signature_ok);
        assert_int_equal(r.pinned, vkey != NULL);
        assert_false(r.torn);
        assert_false(r.bad);
        assert_string_equal(r.what, "");
    }
}

static yj_verify_report look(const char *folder, const char *vkey, yj_status want)
{
    yj_verify_report r;
    yj_error err;
    assert_status(yj_ledger_verify_folder(folder, vkey, 2, &r, &err), want);
    assert_int_equal(r.bad, want == YJ_E_CORRUPT);
    if (want == YJ_E_CORRUPT)
        assert_string_equal(r.what, err.msg);
    return r;
}

static void read_whole(const char *path, yj_buf *b)
{
    yj_error err;
    yj_buf_init(b, 1 << 24);
    assert_status(yj_file_read(path, 1 << 24, b, &err), YJ_OK);
}

static void write_whole(const char *path, const void *bytes, size_t len)
{
    yj_error err;
    assert_status(yj_file_write(path, (yj_span){ bytes, len }, 0600, &err), YJ_OK);
}

static const char *in(const char *folder, const char *name)
{
    static char path[32][700];
    static unsigned turn;
    char *p = path[turn++ % 32];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void copy_folder(const char *from, const char *to)
{
    char command[1400];
    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", to, from, to);
    assert_int_equal(system(command), 0);
}

/* --- what is written -------------------------------------------------------------------------------------
 */

static void export__then_verify_at_many_sizes(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 2, 255, 256, 257, 511, 512, 700, 5000 };
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    assert_status(yj_ledger_export(f.db, f.keys, 1, below(&f, "log"), true, &err), YJ_E_NOT_FOUND);
    assert_string_equal(err.msg, "the ledger has no checkpoint yet");
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        char name[64];
        if (sizes[i])
            grow(&f, sizes[i] - f.l.frontier.size);
        checkpoint(&f);
        export_to(&f, below(&f, "grown"), true);
        assert_whole(below(&f, "grown"), vkey_now(&f), sizes[i]);
        snprintf(name, sizeof name, "fresh-%llu", (unsigned long long)sizes[i]);
        export_to(&f, below(&f, name), i % 2);
        assert_whole(below(&f, name), NULL, sizes[i]);
    }
    yj_verify_report r = look(below(&f, "grown"), NULL, YJ_OK);
    assert_int_equal(r.bodies, 5000);
    assert_int_equal(r.checkpoints, 1 + YJ_COUNT(sizes)); /* all kept ones, and "checkpoint" */
    assert_int_equal(r.tiles, 20 + 1);
    yj_digest root = root_now(&f);
    assert_memory_equal(r.root.b, root.b, sizeof root.b);
    r = look(below(&f, "fresh-700"), NULL, YJ_OK);
    assert_int_equal(r.bodies, 0);

    /* grown step by step or at once: the same files, but for the older checkpoints */
    char command[1200];
    export_to(&f, below(&f, "fresh"), true);
    snprintf(command, sizeof command, "diff -r -x checkpoints '%s' '%s'", below(&f, "grown"),
             below(&f, "fresh"));
    assert_int_equal(system(command), 0);
}

static void export__gm(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_GM);
    grow(&f, 600);
    rotate(&f);
    checkpoint(&f);
    export_to(&f, below(&f, "log"), true);
    assert_whole(below(&f, "log"), NULL, 601);
    assert_whole(below(&f, "log"), vkey_now(&f), 601);
}

/* Read by nothing but the text of C2SP tlog-tiles. */
static void export__is_a_tiled_log(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf bundle, tile, body;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 300);
    checkpoint(&f);
    export_to(&f, below(&f, "log"), true);
    const char *log = below(&f, "log");
    read_whole(in(log, "tile/entries/001.p/44"), &bundle);
    read_whole(in(log, "tile/0/001.p/44"), &tile);
    read_whole(in(log, "body/001.p/44.jsonl"), &body);
    assert_int_equal(tile.len, 44 * 32);
    size_t at = 0;
    yj_span rest = yj_buf_view(&body), line;
    for (size_t i = 0; i < 44; i++) {
        yj_digest d;
        size_t len = (size_t)(uint8_t)bundle.ptr[at] << 8 | (uint8_t)bundle.ptr[at + 1];
        yj_leaf_hash(YJ_HASH_SHA256, (yj_span){ bundle.ptr + at + 2, len }, &d);
        assert_memory_equal(d.b, tile.ptr + 32 * i, 32);
        at += 2 + len;
        assert_true(yj_next_line(&rest, &line));
        yj_auto(yj_json_freep) json_t *j = NULL;
        yj_error err;
        assert_status(yj_json_parse(line, 1 << 20, &j, &err), YJ_OK);
        assert_int_equal(json_integer_value(json_object_get(j, "seq")), 256 + i);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "body"), "n")), 256 + i);
    }
    assert_int_equal(at, bundle.len);
    assert_int_equal(rest.len, 0);
    yj_buf_done(&tile);
    read_whole(in(log, "tile/1/000.p/1"), &tile);
    assert_int_equal(tile.len, 32);
    struct stat st;
    assert_int_equal(stat(in(log, "tile/0/000"), &st), 0);
    assert_int_equal(st.st_size, 8192);
    assert_int_equal(stat(in(log, "checkpoints/300"), &st), 0);
    assert_int_equal(stat(in(log, "tile/0/001"), &st), -1);
    assert_int_equal(stat(log, &st), 0);
    assert_int_equal(st.st_mode & 077, 0); /* bodies are nobody else's */
}

static void export__refuses(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    yj_ledger other;
    const yj_key *key;
    char text[900];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 10);
    checkpoint(&f);
    const char *log = below(&f, "log");
    export_to(&f, log, true);
    /* without its bodies */
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, false, &err), YJ_E_CONFLICT);
    snprintf(text, sizeof text, "%s holds bodies: export with them, or to another folder", log);
    assert_string_equal(err.msg, text);
    /* another ledger in its place */
    assert_status(yj_keyring_make(f.keys, OTHER_INSTITUTION, YJ_CRYPTO_STD, &key, &err), YJ_OK);
    assert_status(yj_ledger_create(f.db, 2, OTHER_INSTITUTION, "other", YJ_CRYPTO_STD, &other, &err), YJ_OK);
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    assert_status(yj_db_begin(f.db, YJ_DB_WRITE, &err), YJ_OK);
    assert_status(yj_checkpoint_make(f.db, f.keys, &other, f.now_ns, &note, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    assert_status(yj_ledger_export(f.db, f.keys, 2, log, true, &err), YJ_E_CONFLICT);
    snprintf(text, sizeof text, "%s holds another log", log);
    assert_string_equal(err.msg, text);
    /* one that is longer than the checkpoint: an older copy of the store */
    grow(&f, 10);
    checkpoint(&f);
    export_to(&f, log, true);
    yj_test_script(f.db, "DELETE FROM checkpoint WHERE inst = 1 AND size = 20");
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_CONFLICT);
    checkpoint(&f);
    /* somebody else is at it */
    int fd = open(log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0 && flock(fd, LOCK_EX) == 0);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err), YJ_E_BUSY);
    close(fd);
    export_to(&f, log, true);
    assert_whole(log, NULL, 20);
    assert_status(yj_ledger_export(f.db, f.keys, 9, log, true, &err), YJ_E_NOT_FOUND);
    /* a file where the folder should be */
    write_whole(below(&f, "file"), "x", 1);
    assert_int_not_equal(yj_ledger_export(f.db, f.keys, 1, below(&f, "file"), true, &err), YJ_OK);
    assert_false(yj_db_in_transaction(f.db));
}

static void export__checks_what_it_writes(void **state)
{
    static const struct {
        const char *sql, *field;
    } rows[] = {
        { "UPDATE entry SET version = 99 WHERE seq = 5", "entry 5" },
        { "UPDATE body SET body = '{}' WHERE seq = 5", "entry 5" },
        { "DELETE FROM body WHERE seq = 6", "entry 6" },
        { "DELETE FROM entry WHERE seq = 6", "entry 6" },
        { "UPDATE tile SET data = zeroblob(64) WHERE level = 1", "" },
        { "DELETE FROM tile WHERE level = 1", "" },
        { "UPDATE checkpoint SET note = ''", "" },
    };
    yj_auto(fixture_done) fixture f;
    yj_error err;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 520);
    checkpoint(&f);
    yj_test_script(f.db, "CREATE TABLE e AS SELECT * FROM entry; CREATE TABLE b AS SELECT * FROM body;"
                         "CREATE TABLE t AS SELECT * FROM tile; CREATE TABLE c AS SELECT * FROM checkpoint");
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char name[32];
        snprintf(name, sizeof name, "log-%zu", i);
        yj_test_script(f.db, rows[i].sql);
        assert_status(yj_ledger_export(f.db, f.keys, 1, below(&f, name), true, &err), YJ_E_CORRUPT);
        if (rows[i].field[0])
            assert_string_equal(err.field, rows[i].field);
        assert_false(yj_path_exists(in(below(&f, name), "checkpoint")));
        yj_test_script(f.db, "DELETE FROM entry; DELETE FROM body; DELETE FROM tile; DELETE FROM checkpoint;"
                             "INSERT INTO entry SELECT * FROM e; INSERT INTO body SELECT * FROM b;"
                             "INSERT INTO tile SELECT * FROM t; INSERT INTO checkpoint SELECT * FROM c");
        export_to(&f, below(&f, name), true); /* and on top of what the failed one left */
        assert_whole(below(&f, name), NULL, 520);
    }
    yj_test_script(f.db, "DROP TABLE e; DROP TABLE b; DROP TABLE t; DROP TABLE c");
}

/* --- erasure and rotation --------------------------------------------------------------------------------
 */

static void export__takes_out_erased_bodies(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    char command[1200];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 600);
    checkpoint(&f);
    const char *log = below(&f, "log");
    export_to(&f, log, true);
    snprintf(command, sizeof command, "grep -rq '\"n\":7,' '%s/body'", log);
    assert_int_equal(system(command), 0);
    erase(&f, 7);
    erase(&f, 300);
    assert_status(yj_ledger_export(f.db, f.keys, 1, log, true, &err),
                  YJ_OK); /* still the older state, whole */
    assert_whole(log, NULL, 600);
    assert_status(yj_ledger_export(f.db, f.keys, 1, below(&f, "new"), true, &err), YJ_E_CONFLICT);
    assert_string_equal(err.msg, "the newest checkpoint does not cover the erasure at ledger entry 601 yet");
    checkpoint(&f);
    export_to(&f, log, true);
    assert_int_not_equal(system(command), 0);
    assert_whole(log, NULL, 602);
    yj_verify_report r = look(log, NULL, YJ_OK);
    assert_int_equal(r.bodies_gone, 2);
    assert_int_equal(r.bodies, 600);
    /* a folder that got its bodies later */
    export_to(&f, below(&f, "late"), false);
    export_to(&f, below(&f, "late"), true);
    r = look(below(&f, "late"), NULL, YJ_OK);
    assert_int_equal(r.bodies, 600);
    /* erased without saying so */
    yj_auto(yj_buf_done) yj_buf b;
    grow(&f, 1);
    checkpoint(&f);
    export_to(&f, log, true);
    read_whole(in(log, "body/002.p/91.jsonl"), &b);
    char *line = strstr(b.ptr, "{\"seq\":602,");
    write_whole(in(log, "body/002.p/91.jsonl"), b.ptr, (size_t)(line - b.ptr));
    FILE *out = fopen(in(log, "body/002.p/91.jsonl"), "a");
    fputs("{\"seq\":602,\"erased\":true}\n", out);
    fclose(out);
    r = look(log, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 602);
}

/* Of a judgement an erasure leaves a body without its salt: it counts as gone, and its former text goes from
 * the folder as well. */
static void export__takes_out_redacted_judgements(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    char command[1200];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    grow(&f, 5);
    begin(&f);
    uint64_t from = f.l.frontier.size;
    append(&f, "judge");
    assert_status(yj_ledger_seal(f.db, &f.l, from, &err), YJ_OK);
    assert_status(yj_db_commit(f.db, &err), YJ_OK);
    grow(&f, 594);
    checkpoint(&f);
    const char *log = below(&f, "log");
    export_to(&f, log, true);
    snprintf(command, sizeof command, "grep -rq '\"n\":5,' '%s/body'", log);
    assert_int_equal(system(command), 0);
    yj_test_script(f.db, "UPDATE body SET salt = substr(salt, 1, 0), body = '{}' WHERE seq = 5");
    erase(&f, 7);
    checkpoint(&f);
    assert_sound(&f);
    export_to(&f, log, true);
    assert_int_not_equal(system(command), 0);
    assert_whole(log, NULL, 601);
    yj_verify_report r = look(log, NULL, YJ_OK);
    assert_int_equal(r.bodies_gone, 2);
    /* only of a judgement */
    yj_test_script(f.db, "UPDATE body SET salt = substr(salt, 1, 0) WHERE seq = 6");
    assert_int_equal(verify(&f, &r), YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 6);
}

static void verify_folder__follows_rotations(void **state)
{
    yj_auto(fixture_done) fixture f;
    char keys[3][YJ_VKEY_BYTES_MAX];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log");
    for (int i = 0; i < 3; i++) {
        snprintf(keys[i], sizeof keys[i], "%s", vkey_now(&f));
        grow(&f, 100);
        checkpoint(&f);
        export_to(&f, log, i == 2);
        copy_folder(log, i == 0 ? below(&f, "log-0") : below(&f, "log-1"));
        if (i < 2)
            rotate(&f);
    }
    for (int i = 0; i < 3; i++) {
        assert_whole(log, keys[i], 302);
        yj_verify_report r = look(log, keys[i], YJ_OK);
        assert_int_equal(r.rotations, 2);
        assert_int_equal(r.checkpoints, 4);
    }
    assert_whole(log, NULL, 302);
    /* a key that comes into force later says nothing about a log that ends before */
    yj_verify_report r = look(below(&f, "log-0"), keys[1], YJ_E_CORRUPT);
    assert_string_equal(r.what, "the checkpoint of 100 entries is not signed by the ledger's key");
    copy_folder(log, below(&f, "fork"));
    char command[1400];
    snprintf(command, sizeof command,
             "cp '%s/checkpoint' '%s/' && rm '%s'/checkpoints/2* '%s'/checkpoints/3*", below(&f, "log-0"),
             below(&f, "fork"), below(&f, "fork"), below(&f, "fork"));
    assert_int_equal(system(command), 0);
    r = look(below(&f, "fork"), keys[1], YJ_E_CORRUPT);
    assert_string_equal(r.what, "the given key is none of the keys of this log");
    r = look(below(&f, "fork"), keys[0], YJ_OK);
    assert_int_equal(r.size, 100);
    /* a key of no one */
    yj_auto(yj_key_freep) yj_key *none = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    yj_error err;
    yj_buf_init(&b, YJ_VKEY_BYTES_MAX);
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &none, &err), YJ_OK);
    yj_vkey_format(ORIGIN, none, &b);
    look(log, b.ptr, YJ_E_CORRUPT);
    yj_buf_clear(&b);
    yj_vkey_format("another", none, &b);
    look(log, b.ptr, YJ_E_CORRUPT);
    look(log, "rubbish", YJ_E_INVALID);
    /* the rotations left out */
    copy_folder(log, below(&f, "fork"));
    assert_int_equal(unlink(in(below(&f, "fork"), "rotations.jsonl")), 0);
    r = look(below(&f, "fork"), keys[2], YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 100);
    assert_string_equal(r.what, "the body of the rotation at ledger entry 100 is missing");
    /* exchanged for a forged one: the new key did not sign it */
    yj_auto(yj_buf_done) yj_buf rotations;
    read_whole(in(log, "rotations.jsonl"), &rotations);
    char *sig = strstr(rotations.ptr, "\"new_sig\":\"") + 11;
    sig[5] = sig[5] == 'A' ? 'B' : 'A';
    write_whole(in(below(&f, "fork"), "rotations.jsonl"), rotations.ptr, rotations.len);
    r = look(below(&f, "fork"), keys[0], YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 100);
}

/* --- damage ----------------------------------------------------------------------------------------------
 */

static fixture *walked;
static const char *walked_vkey;
static uint64_t flips;

/* Flip bits of a file, here and there and near its end; each must be found. */
static int flip_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)ftw;
    const char *folder = below(walked, "log");
    const char *name = path + strlen(folder) + 1;
    bool is_key = strcmp(name, "key.txt") == 0;
    if (type != FTW_F)
        return 0;
    yj_auto(yj_buf_done) yj_buf b;
    read_whole(path, &b);
    size_t step = b.len > 4000 ? 211 : b.len > 600 ? 37 : 5;
    for (size_t at = 0; at < b.len; at += b.len - at < 40 ? 1 : 1 + test_random(&walked->seed) % step) {
        unsigned bit = (unsigned)(test_random(&walked->seed) % 8);
        yj_verify_report r;
        yj_error err;
        b.ptr[at] = (char)(b.ptr[at] ^ 1 << bit);
        FILE *out = fopen(path, "w");
        fwrite(b.ptr, 1, b.len, out);
        fclose(out);
        yj_status s = yj_ledger_verify_folder(folder, is_key ? NULL : walked_vkey, 2, &r, &err);
        if (s != YJ_E_CORRUPT || !r.bad)
            fail_msg("%s byte %zu bit %u of %zu: %s %s", name, at, bit, b.len, yj_status_slug(s), r.what);
        if ((strncmp(name, "tile/0", 6) == 0 || strncmp(name, "tile/entries", 12) == 0 ||
             strncmp(name, "body", 4) == 0) &&
            r.bad_index == YJ_NO_INDEX)
            fail_msg("%s byte %zu: no index: %s", name, at, r.what);
        if (strncmp(name, "tile/0/000", 10) == 0)
            assert_int_equal(r.bad_index, at / 32);
        b.ptr[at] = (char)(b.ptr[at] ^ 1 << bit);
        flips++;
    }
    FILE *out = fopen(path, "w");
    fwrite(b.ptr, 1, b.len, out);
    fclose(out);
    return 0;
}

static void verify_folder__finds_flipped_bytes(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log");
    grow(&f, 100);
    checkpoint(&f);
    export_to(&f, log, true);
    rotate(&f);
    grow(&f, 219);
    erase(&f, 3);
    checkpoint(&f);
    export_to(&f, log, true);
    walked_vkey = vkey_now(&f);
    assert_whole(log, walked_vkey, 321);
    walked = &f;
    flips = 0;
    assert_int_equal(nftw(log, flip_file, 8, FTW_PHYS), 0);
    print_message("%llu flips, all found\n", (unsigned long long)flips);
    assert_true(flips > 1000);
    assert_whole(log, walked_vkey, 321);
}

/* The exact entry, when a leaf and its hash tile, or whole tiles, were exchanged. */
static void verify_folder__names_the_first_bad_entry(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf bundle, other, tile;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log"), *copy = below(&f, "copy");
    grow(&f, 400);
    checkpoint(&f);
    export_to(&f, log, true);
    grow(&f, 800);
    checkpoint(&f);
    export_to(&f, log, true);
    /* a leaf that was made anew, its level-0 tile with it: the level above knows better */
    copy_folder(log, copy);
    read_whole(in(log, "tile/entries/002"), &bundle);
    read_whole(in(log, "tile/0/002"), &tile);
    char *by = strstr(bundle.ptr + 10, "0190f3a0-0000-7000-8000-000000000001");
    size_t len = (size_t)(uint8_t)bundle.ptr[0] << 8 | (uint8_t)bundle.ptr[1];
    by[35] = '2';
    yj_digest d;
    yj_leaf_hash(YJ_HASH_SHA256, (yj_span){ bundle.ptr + 2, len }, &d);
    write_whole(in(copy, "tile/entries/002"), bundle.ptr, bundle.len);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 512);
    assert_string_equal(r.what, "the leaf of ledger entry 512 does not have the hash in the hash tile");
    memcpy(tile.ptr, d.b, 32);
    write_whole(in(copy, "tile/0/002"), tile.ptr, tile.len);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 512);
    assert_string_equal(r.what, "tile 0 of level 1 of the ledger does not have the hashes of its entries");
    /* without the level above only the checkpoints know: it is behind the one that is right */
    assert_int_equal(unlink(in(copy, "tile/1/000.p/4")), 0);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 400);
    assert_int_equal(r.proven, 400);
    assert_string_equal(r.what, "the first 1200 entries of the ledger are not those that were signed");
    /* two bundles exchanged */
    copy_folder(log, copy);
    read_whole(in(log, "tile/entries/003"), &other);
    write_whole(in(copy, "tile/entries/001"), other.ptr, other.len);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 256);
    assert_string_equal(r.what, "the entry stands at place 256 of the ledger but calls itself 768");
    /* something behind the end of a bundle, or of bodies */
    static const char *const longer[] = { "tile/entries/001", "tile/0/001",
                                          "body/001.jsonl",   "tile/entries/004.p/176",
                                          "tile/0/004.p/176", "body/004.p/176.jsonl",
                                          "tile/1/000.p/4" };
    for (size_t i = 0; i < YJ_COUNT(longer); i++) {
        copy_folder(log, copy);
        FILE *out = fopen(in(copy, longer[i]), "a");
        fputs("and more than thirty-two bytes of it\n", out);
        fclose(out);
        r = look(copy, NULL, YJ_E_CORRUPT);
        assert_int_not_equal(r.bad_index, YJ_NO_INDEX);
    }
    /* no hash tiles at all: the leaves alone prove themselves */
    char command[700];
    copy_folder(log, copy);
    snprintf(command, sizeof command, "rm -r '%s/tile/0' '%s/tile/1'", copy, copy);
    assert_int_equal(system(command), 0);
    assert_whole(copy, NULL, 1200);
    r = look(copy, NULL, YJ_OK);
    assert_int_equal(r.tiles, 0);
}

static void cut(const char *path, size_t len)
{
    assert_int_equal(truncate(path, (off_t)len), 0);
}

static void verify_folder__torn_end_is_dropped(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_auto(yj_buf_done) yj_buf bundle, body;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log"), *copy = below(&f, "copy");
    grow(&f, 512);
    checkpoint(&f);
    export_to(&f, log, true);
    grow(&f, 20);
    checkpoint(&f);
    export_to(&f, log, true);
    const char *vkey = vkey_now(&f);

    /* the last bundle cut at every byte */
    copy_folder(log, copy);
    const char *path = in(copy, "tile/entries/002.p/20");
    read_whole(path, &bundle);
    size_t at = 0, whole = 0;
    for (size_t len = 0; len < bundle.len; len++) {
        if (len >= at + 2) {
            size_t n = (size_t)(uint8_t)bundle.ptr[at] << 8 | (uint8_t)bundle.ptr[at + 1];
            if (len == at + 2 + n) {
                whole++;
                at = len;
            }
        }
        FILE *out = fopen(path, "w");
        fwrite(bundle.ptr, 1, len, out);
        fclose(out);
        r = look(copy, vkey, YJ_OK);
        assert_true(r.torn);
        assert_int_equal(r.size, 512 + whole);
        assert_int_equal(r.torn_at, 512 + whole);
        assert_int_equal(r.proven, 512 + whole); /* by the hash tiles, to the newest checkpoint */
        assert_true(r.signature_ok);
        assert_true(r.pinned);
    }
    assert_string_equal(r.what,
                        "of 532 entries only the first 531 are there; the hash tiles show that they belong to"
                        " the newest checkpoint");
    /* without the hash tiles of the end: the older checkpoint */
    cut(path, bundle.len - 1);
    assert_int_equal(unlink(in(copy, "tile/0/002.p/20")), 0);
    r = look(copy, vkey, YJ_OK);
    assert_int_equal(r.size, 531);
    assert_int_equal(r.proven, 512);
    assert_string_equal(
        r.what, "of 532 entries only the first 531 are there; an older checkpoint proves the first 512");
    assert_int_equal(unlink(in(copy, "checkpoints/512")), 0);
    r = look(copy, vkey, YJ_OK);
    assert_int_equal(r.proven, 0);
    assert_string_equal(r.what, "of 532 entries only the first 531 are there, and no checkpoint proves them");
    assert_true(r.signature_ok); /* of the newest checkpoint; it says nothing about the rest */
    /* the whole last bundle is missing, and everything */
    assert_int_equal(unlink(path), 0);
    r = look(copy, vkey, YJ_OK);
    assert_int_equal(r.torn_at, 512);
    copy_folder(log, copy);
    char command[700];
    snprintf(command, sizeof command, "rm -r '%s/tile' '%s/body'", copy, copy);
    assert_int_equal(system(command), 0);
    r = look(copy, vkey, YJ_OK);
    assert_true(r.torn);
    assert_int_equal(r.size, 0);

    /* bodies cut at every byte: the log itself is whole */
    copy_folder(log, copy);
    path = in(copy, "body/002.p/20.jsonl");
    read_whole(path, &body);
    whole = 0;
    for (size_t len = 0; len < body.len; len++) {
        if (len && body.ptr[len - 1] == '\n')
            whole++;
        FILE *out = fopen(path, "w");
        fwrite(body.ptr, 1, len, out);
        fclose(out);
        r = look(copy, vkey, YJ_OK);
        assert_true(r.torn);
        assert_int_equal(r.size, 532);
        assert_int_equal(r.proven, 532);
        assert_int_equal(r.torn_at, 512 + whole);
        assert_int_equal(r.bodies, 512 + whole);
    }
    assert_string_equal(r.what, "the bodies from ledger entry 531 on are missing");
    assert_int_equal(unlink(path), 0);
    r = look(copy, vkey, YJ_OK);
    assert_int_equal(r.torn_at, 512);
    /* a last hash tile that is cut off */
    static const char *const hashes[] = { "tile/0/002.p/20", "tile/1/000.p/2" };
    for (size_t i = 0; i < YJ_COUNT(hashes); i++) {
        copy_folder(log, copy);
        cut(in(copy, hashes[i]), 33);
        r = look(copy, vkey, YJ_OK);
        assert_true(r.torn);
        assert_int_equal(r.proven, 532);
        assert_int_equal(r.torn_at, i == 0 ? 513 : 256);
    }
}

static void verify_folder__missing_in_the_middle_is_fatal(void **state)
{
    static const struct {
        const char *name;
        uint64_t index;
    } rows[] = {
        { "tile/entries/000", 0 },
        { "tile/entries/001", 256 },
        { "body/001.jsonl", 256 },
        { "body/000.jsonl", 0 },
    };
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log"), *copy = below(&f, "copy");
    grow(&f, 5000); /* two units of work */
    checkpoint(&f);
    export_to(&f, log, true);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        copy_folder(log, copy);
        assert_int_equal(unlink(in(copy, rows[i].name)), 0);
        r = look(copy, NULL, YJ_E_CORRUPT);
        assert_int_equal(r.bad_index, rows[i].index);
        copy_folder(log, copy);
        cut(in(copy, rows[i].name), 1000);
        r = look(copy, NULL, YJ_E_CORRUPT);
        assert_true(r.bad_index >= rows[i].index && r.bad_index < rows[i].index + 10);
    }
    copy_folder(log, copy); /* bodies of the end of one unit and the begin of the next */
    assert_int_equal(unlink(in(copy, "body/015.jsonl")), 0);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 15 * 256);
    copy_folder(log, copy);
    cut(in(copy, "tile/0/003"), 320);
    r = look(copy, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 3 * 256 + 10);
    copy_folder(log, copy); /* the first bad one is named, whichever thread finds which */
    cut(in(copy, "tile/entries/017"), 1000);
    cut(in(copy, "tile/entries/009"), 1000);
    cut(in(copy, "tile/entries/003"), 0);
    for (int i = 0; i < 20; i++) {
        r = look(copy, NULL, YJ_E_CORRUPT);
        assert_int_equal(r.bad_index, 3 * 256);
    }
}

/* A shortened log, made whole again by its owner: an older checkpoint that somebody kept shows it. */
static void verify_folder__shortened_log_is_seen_by_a_kept_checkpoint(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log"), *older = below(&f, "older");
    grow(&f, 300);
    checkpoint(&f);
    export_to(&f, older, true);
    grow(&f, 300);
    checkpoint(&f);
    export_to(&f, log, true);
    yj_auto(yj_buf_done) yj_buf kept;
    read_whole(in(log, "checkpoint"), &kept);
    assert_whole(older, NULL, 300);
    write_whole(in(older, "checkpoints/600"), kept.ptr, kept.len);
    r = look(older, NULL, YJ_OK);
    assert_true(r.torn);
    assert_int_equal(r.torn_at, 300);
    assert_int_equal(r.proven, 300);
    assert_string_equal(
        r.what, "of 600 entries only the first 300 are there; an older checkpoint proves the first 300");
    /* under a name that is not its size */
    assert_int_equal(rename(in(older, "checkpoints/600"), in(older, "checkpoints/500")), 0);
    r = look(older, NULL, YJ_E_CORRUPT);
    assert_string_equal(r.what, "a checkpoint kept for 500 entries covers 600");
}

/* Interrupted anywhere before `checkpoint` is replaced: the former state verifies, and the next export goes
 * on. */
static void export__interrupted_leaves_the_former_one(void **state)
{
    yj_auto(fixture_done) fixture f;
    char command[2000];
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log"), *half = below(&f, "half"), *before = below(&f, "before");
    grow(&f, 300);
    checkpoint(&f);
    export_to(&f, log, true);
    copy_folder(log, before);
    grow(&f, 300);
    rotate(&f);
    checkpoint(&f);
    export_to(&f, log, true);
    /* all new files beside the old ones, the old checkpoint still there */
    copy_folder(log, half);
    snprintf(command, sizeof command,
             "cp -r '%s'/. '%s'/ && rm '%s'/checkpoints/601 && touch '%s'/tile/0/002.part", before, half,
             half, half);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "cp '%s'/key.txt '%s'/rotations.jsonl '%s'/", log, log, half);
    assert_int_equal(system(command), 0);
    assert_whole(half, NULL, 300);
    snprintf(command, sizeof command, "rm '%s'/tile/0/002.part", half);
    assert_int_equal(system(command), 0);
    export_to(&f, half, true);
    assert_whole(half, vkey_now(&f), 601);
    snprintf(command, sizeof command, "diff -r '%s' '%s'", log, half);
    assert_int_equal(system(command), 0);
}

static void verify_folder__what_is_no_log(void **state)
{
    yj_auto(fixture_done) fixture f;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    const char *log = below(&f, "log");
    look(below(&f, "nowhere"), NULL, YJ_E_NOT_FOUND);
    look(below(&f, "nowhere"), vkey_now(&f), YJ_E_NOT_FOUND);
    grow(&f, 3);
    checkpoint(&f);
    export_to(&f, log, false);
    write_whole(in(log, "key.txt"), "rubbish\n", 8);
    look(log, NULL, YJ_E_CORRUPT);
    look(log, vkey_now(&f), YJ_OK);
    write_whole(in(log, "checkpoint"), "rubbish\n", 8);
    look(log, vkey_now(&f), YJ_E_CORRUPT);
    assert_int_equal(unlink(in(log, "checkpoint")), 0);
    assert_whole(log, vkey_now(&f), 3); /* checkpoints/3 is as good */
    assert_int_equal(unlink(in(log, "checkpoints/3")), 0);
    look(log, vkey_now(&f), YJ_E_NOT_FOUND);
}

/* More than one level-1 tile, many units, more threads than cores. */
static void verify_folder__large(void **state)
{
    yj_auto(fixture_done) fixture f;
    yj_error err;
    yj_verify_report r;
    fixture_open(&f, state, YJ_CRYPTO_STD);
    assert_status(yj_store_set_sync(f.t->store, "off", &err), YJ_OK);
    const char *log = below(&f, "log");
    grow(&f, 65536);
    checkpoint(&f);
    export_to(&f, log, false);
    assert_whole(log, NULL, 65536);
    grow(&f, 2001);
    checkpoint(&f);
    export_to(&f, log, false);
    for (unsigned threads = 1; threads <= 64; threads *= 8) {
        assert_status(yj_ledger_verify_folder(log, NULL, threads, &r, &err), YJ_OK);
        assert_int_equal(r.proven, 67537);
        assert_int_equal(r.tiles, 264 + 2 + 1);
    }
    yj_auto(yj_buf_done) yj_buf tile;
    read_whole(in(log, "tile/1/000"), &tile);
    tile.ptr[77 * 32 + 5] ^= 1;
    write_whole(in(log, "tile/1/000"), tile.ptr, tile.len);
    r = look(log, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 77 * 256);
    /* earlier than a wrong leaf further on, which stops the reading */
    cut(in(log, "tile/entries/090"), 5000);
    r = look(log, NULL, YJ_E_CORRUPT);
    assert_int_equal(r.bad_index, 77 * 256);
    tile.ptr[77 * 32 + 5] ^= 1;
    write_whole(in(log, "tile/1/000"), tile.ptr, tile.len);
    r = look(log, NULL, YJ_E_CORRUPT);
    assert_true(r.bad_index >= 90 * 256 && r.bad_index < 91 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(export__then_verify_at_many_sizes),
        yj_test_sqlite_only(export__gm),
        yj_test_sqlite_only(export__is_a_tiled_log),
        yj_test_stores(export__refuses),
        yj_test_sqlite_only(export__checks_what_it_writes),
        yj_test_stores(export__takes_out_erased_bodies),
        yj_test_stores(export__takes_out_redacted_judgements),
        yj_test_sqlite_only(verify_folder__follows_rotations),
        yj_test_sqlite_only(verify_folder__finds_flipped_bytes),
        yj_test_sqlite_only(verify_folder__names_the_first_bad_entry),
        yj_test_sqlite_only(verify_folder__torn_end_is_dropped),
        yj_test_sqlite_only(verify_folder__missing_in_the_middle_is_fatal),
        yj_test_sqlite_only(verify_folder__shortened_log_is_seen_by_a_kept_checkpoint),
        yj_test_sqlite_only(export__interrupted_leaves_the_former_one),
        yj_test_sqlite_only(verify_folder__what_is_no_log),
        yj_test_sqlite_only(verify_folder__large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
