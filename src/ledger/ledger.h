// SPDX-License-Identifier: Apache-2.0
/**
 * Ledgers in the store (tables ledger, entry, body, tile, checkpoint of store/schema.h). One appender at a
 * time for each ledger: yj_ledger_begin() takes the ledger's lock for the running transaction.
 *
 * Operations of entries: open (installation only: an institution's ledger begins), genesis (first entry of a
 * ledger), pack, create, takeover, change, move, withdraw, erase, batch, batch_close, batch_undo, judge,
 * rotate.
 */
#ifndef YJ_LEDGER_LEDGER_H
#define YJ_LEDGER_LEDGER_H

#include "ledger/leaf.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "store/db.h"

typedef enum yj_crypto { YJ_CRYPTO_STD, YJ_CRYPTO_GM, YJ_CRYPTO_COUNT_ } yj_crypto;
yj_hash_alg yj_crypto_hash(yj_crypto c);
yj_sign_alg yj_crypto_sign(yj_crypto c);
const char *yj_crypto_name(yj_crypto c); /* "std", "gm" */
bool yj_crypto_by_name(yj_span s, yj_crypto *ret);

#define YJ_BODY_BYTES_MAX ((size_t)1 << 20)

/** A ledger held for appending: its head is in memory. Survives across transactions; see yj_ledger_begin. */
typedef struct yj_ledger {
    int64_t inst;
    char institution[YJ_UUID_LEN + 1];
    char origin[256];
    yj_crypto crypto;
    yj_frontier frontier; /* size and complete subtree roots */
    int64_t last_time_ns;
} yj_ledger;

/** Make the ledger row; no entry yet. YJ_E_CONFLICT if inst, institution or origin is taken. */
yj_status yj_ledger_create(yj_db *db, int64_t inst, const char *institution, const char *origin,
                           yj_crypto crypto, yj_ledger *ret, yj_error *err) yj_nodiscard;
yj_status yj_ledger_load(yj_db *db, int64_t inst, yj_ledger *ret, yj_error *err) yj_nodiscard;

/** Take the appender's lock for this transaction and make sure that `l` is the head (reloads it if another
 *  process appended since). Call before the first append of a transaction. */
yj_status yj_ledger_begin(yj_db *db, yj_ledger *l, yj_error *err) yj_nodiscard;

typedef struct yj_append {
    const char *by, *op, *kind, *record;
    int64_t version, batch;
    int64_t now_ns; /* the clock; the entry's time is never before its predecessor's */
    yj_span body;   /* canonical JSON, 2..YJ_BODY_BYTES_MAX bytes */
} yj_append;

/**
 * Append one entry inside the caller's write transaction. `l` advances; if the transaction (or savepoint) is
 * undone the caller restores its own copy of *l.
 * @param ret_seq, ret_time_ns may be NULL
 * @return YJ_E_CLOCK if now_ns is more than 60 s before the last entry; YJ_E_LIMIT
 */
yj_status yj_ledger_append(yj_db *db, yj_ledger *l, const yj_append *a, uint64_t *ret_seq,
                           int64_t *ret_time_ns, yj_error *err) yj_nodiscard;

/** Before commit: write the head row and tiles completed since `from_size`, then read back every entry and
 *  body from `from_size` on, hash them again and compare with the tree. YJ_E_CORRUPT if they differ: the
 *  caller rolls back. */
yj_status yj_ledger_seal(yj_db *db, yj_ledger *l, uint64_t from_size, yj_error *err) yj_nodiscard;

/* --- reading; any connection ------------------------------------------------------------------------------
 */

typedef struct yj_entry {
    uint64_t seq;
    yj_leaf leaf; /* strings live in `text` */
    char text[512];
    yj_digest hash;    /* as stored */
    yj_buf leaf_bytes; /* owned: yj_entry_done */
    bool has_body;     /* false when erased */
    uint8_t salt[YJ_SALT_LEN];
    yj_buf body; /* owned */
} yj_entry;
yj_status yj_entry_read(yj_db *db, int64_t inst, uint64_t seq, yj_entry *ret, yj_error *err) yj_nodiscard;
void yj_entry_done(yj_entry *e);

/** Hash reader over the stored tree as of `size` entries; `node` of it uses db. */
typedef struct yj_stored_tree {
    yj_db *db;
    int64_t inst;
    uint64_t size;
    yj_hash_alg alg;
} yj_stored_tree;
yj_tree_reader yj_stored_tree_reader(yj_stored_tree *t);

/**
 * A tile as C2SP tlog-tiles defines: `level` 0.. or -1 for an entry bundle (leaves with 16-bit lengths);
 * `width` 1..256 (256: full). YJ_E_NOT_FOUND if the tree (of size l_size) does not have it.
 */
yj_status yj_tile_read(yj_db *db, int64_t inst, uint64_t l_size, int level, uint64_t index, unsigned width,
                       yj_buf *out, yj_error *err) yj_nodiscard;
/** Parse the path below /tile/: "0/x001/234.p/5", "entries/x001/234". False if malformed. */
bool yj_tile_path_parse(yj_span path, int *ret_level, uint64_t *ret_index, unsigned *ret_width);
void yj_tile_path_format(int level, uint64_t index, unsigned width, yj_buf *out);

/* --- keys and checkpoints ----------------------------------------------------------------------------------
 */

/** Signing keys of the ledgers, in files "<folder>/<institution id>.pem", outside the database. Thread-safe.
 */
typedef struct yj_keyring yj_keyring;
yj_status yj_keyring_open(const char *folder, yj_keyring **ret, yj_error *err) yj_nodiscard;
void yj_keyring_free(yj_keyring *k);
YJ_DEFINE_CLEANUP(yj_keyring, yj_keyring_free)
/** Make and save a key for a new ledger. */
yj_status yj_keyring_make(yj_keyring *k, const char *institution, yj_crypto c, const yj_key **ret,
                          yj_error *err) yj_nodiscard;
/** YJ_E_NOT_FOUND with a clear text if the file is missing. */
yj_status yj_keyring_get(yj_keyring *k, const char *institution, const yj_key **ret,
                         yj_error *err) yj_nodiscard;

/**
 * The newest checkpoint covering the ledger as of now: a stored one if it covers the present size, else a new
 * one is signed and stored (the caller is in a write transaction). The key name is the origin.
 */
yj_status yj_checkpoint_make(yj_db *db, yj_keyring *keys, const yj_ledger *l, int64_t now_ns,
                             yj_buf *ret_note, yj_error *err) yj_nodiscard;
/** The newest stored one. YJ_E_NOT_FOUND if none. */
yj_status yj_checkpoint_last(yj_db *db, int64_t inst, yj_buf *ret_note, uint64_t *ret_size,
                             yj_error *err) yj_nodiscard;
/** A tlog-proof of one entry under the newest stored checkpoint that covers it. */
yj_status yj_ledger_prove(yj_db *db, int64_t inst, uint64_t seq, yj_buf *out, yj_error *err) yj_nodiscard;
/** A consistency proof between two sizes: one base64 hash a line. */
yj_status yj_ledger_prove_consistency(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_buf *out,
                                      yj_error *err) yj_nodiscard;

/**
 * Replace the key: an entry "rotate" whose body holds both public keys (vkey text) and, over the same
 * statement, a signature by the old and one by the new; the new key file replaces the old, which is kept as
 * "<institution>.<old key id>.pem.old". Inside the caller's write transaction; the file is switched by
 * yj_keyring_commit_rotation after commit.
 */
yj_status yj_ledger_rotate(yj_db *db, yj_keyring *keys, yj_ledger *l, const char *by, int64_t now_ns,
                           yj_error *err) yj_nodiscard;
yj_status yj_keyring_commit_rotation(yj_keyring *keys, const char *institution, yj_error *err) yj_nodiscard;

/* --- verification ------------------------------------------------------------------------------------------
 */

typedef struct yj_verify_report {
    uint64_t size;        /* entries verified */
    uint64_t bodies;      /* bodies whose salted digest was checked */
    uint64_t bodies_gone; /* erased */
    yj_digest root;
    bool signature_ok;
    bool torn; /* exported folder: an incomplete last entry or tile was dropped */
    uint64_t torn_at;
    bool bad; /* then bad_index is the first entry that is wrong */
    uint64_t bad_index;
    char what[160]; /* English: what was wrong or dropped */
} yj_verify_report;

/** At start-up: the newest checkpoint's signature, its root against tiles, and the rows after the last full
 *  tile against the head. YJ_E_CORRUPT with the first bad index. */
yj_status yj_ledger_check_start(yj_db *db, yj_keyring *keys, int64_t inst, yj_error *err) yj_nodiscard;
/** Everything in the store: each leaf, each body, every tile, head, every checkpoint. YJ_E_CORRUPT as above;
 *  *ret is filled in both cases. */
yj_status yj_ledger_verify_store(yj_db *db, yj_keyring *keys, int64_t inst, yj_verify_report *ret,
                                 yj_error *err) yj_nodiscard;

/**
 * Export to a folder laid out as a C2SP tiled log: checkpoint, tile/..., with `bodies` also body/NNN.jsonl
 * ({"seq":..,"salt":"..hex","body":{...}} lines, 256 entries a file), and key.txt (vkey text of all keys, in
 * order of rotation). Exporting again adds what is new. Files are fsynced.
 */
yj_status yj_ledger_export(yj_db *db, yj_keyring *keys, int64_t inst, const char *folder, bool bodies,
                           yj_error *err) yj_nodiscard;
/**
 * Verify an exported folder with no store. `vkey` text pins the key; NULL takes the folder's key.txt (then
 * the report only says the log agrees with itself). Rotation entries are followed.
 * @param threads 1..64
 * @return YJ_OK also when a torn tail was dropped (report.torn); YJ_E_CORRUPT with report.bad_index
 */
yj_status yj_ledger_verify_folder(const char *folder, const char *vkey, unsigned threads,
                                  yj_verify_report *ret, yj_error *err) yj_nodiscard;
/** Check one tlog-proof: leaf bytes, index, checkpoint signature, digest lengths. */
yj_status yj_tlog_proof_verify(yj_span proof, yj_span leaf, const char *vkey, yj_error *err) yj_nodiscard;

#endif
