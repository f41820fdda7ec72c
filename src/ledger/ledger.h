// SPDX-License-Identifier: Apache-2.0
/**
 * Ledgers in the store (tables ledger, entry, body, tile, checkpoint of store/schema.h). One appender at a
 * time for each ledger: yj_ledger_begin() takes the ledger's lock for the running transaction.
 *
 * Operations of entries: open (installation only: an institution's ledger begins), genesis (first entry of a
 * ledger), pack, create, takeover, change, move, withdraw, convert, erase, batch, batch_close, batch_undo,
 * judge, read, rotate.
 */
#ifndef YJ_LEDGER_LEDGER_H
#define YJ_LEDGER_LEDGER_H

#include "base/json.h"
#include "ledger/leaf.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "store/db.h"

typedef enum yj_crypto { YJ_CRYPTO_STD, YJ_CRYPTO_GM, YJ_CRYPTO_COUNT_ } yj_crypto;
yj_hash_alg yj_crypto_hash(yj_crypto c);
yj_sign_alg yj_crypto_sign(yj_crypto c);
const char *yj_crypto_name(yj_crypto c); /* "std", "gm" */
bool yj_crypto_by_name(yj_span s, yj_crypto *ret);

/** In yj_verify_report: no entry can be named. */
#define YJ_NO_INDEX UINT64_MAX
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

/** Make the ledger row; no entry yet. The institution is a UUID; the origin is a key name of printable ASCII
 *  (no blanks, '+', '"', '\\'), at most 255 bytes. YJ_E_CONFLICT if inst, institution or origin is taken. */
yj_status yj_ledger_create(yj_db *db, int64_t inst, const char *institution, const char *origin,
                           yj_crypto crypto, yj_ledger *ret, yj_error *err) yj_nodiscard;
yj_status yj_ledger_load(yj_db *db, int64_t inst, yj_ledger *ret, yj_error *err) yj_nodiscard;

/** Take the appender's lock for this transaction and make sure that `l` is the head (reloads it if another
 *  process appended since). Call before the first append of a transaction. */
yj_status yj_ledger_begin(yj_db *db, yj_ledger *l, yj_error *err) yj_nodiscard;

typedef struct yj_append {
    const char *by, *op, *kind, *record;
    const char *for_whom; /* as whose deputy; NULL: for himself */
    int64_t version, batch;
    int64_t now_ns; /* the clock; the entry's time is never before its predecessor's */
    yj_span body;   /* canonical JSON, 2..YJ_BODY_BYTES_MAX bytes */
} yj_append;
/* by, for_whom, op, kind and record are such that may stand in a leaf; op is not "rotate" (yj_ledger_rotate).
 */

/**
 * Append one entry inside the caller's write transaction. `l` advances; if the transaction (or savepoint) is
 * undone the caller restores its own copy of *l.
 * @param ret_seq, ret_time_ns may be NULL
 * @return YJ_E_CLOCK if now_ns is more than 60 s before the last entry; YJ_E_LIMIT; YJ_E_INVALID
 */
yj_status yj_ledger_append(yj_db *db, yj_ledger *l, const yj_append *a, uint64_t *ret_seq,
                           int64_t *ret_time_ns, yj_error *err) yj_nodiscard;

/**
 * Before commit: read back every entry and body appended since `from_size` (the size when the transaction
 * began), hash them again and compare with the tree in memory; write the tiles completed since and the head
 * row, and read these back too. May be called again in the same transaction; a checkpoint made in between has
 * sealed already. A body may be erased only by a later transaction than the one that appended it.
 * @return YJ_E_CORRUPT if anything differs, with field "entry N" where one can be named: the caller rolls
 * back
 */
yj_status yj_ledger_seal(yj_db *db, yj_ledger *l, uint64_t from_size, yj_error *err) yj_nodiscard;

/* --- reading; any connection ------------------------------------------------------------------ */

typedef struct yj_entry {
    uint64_t seq;
    yj_leaf leaf; /* strings live in `text` */
    char text[YJ_LEAF_STORE];
    yj_digest hash;    /* of the leaf */
    yj_buf leaf_bytes; /* owned: yj_entry_done */
    bool has_body;     /* false when erased */
    uint8_t salt[YJ_SALT_LEN];
    yj_buf body; /* owned */
} yj_entry;
/** Leaf, columns, hash and body are checked against each other: YJ_E_CORRUPT. YJ_E_NOT_FOUND. Of an entry
 * "judge" an erasure may leave a body with an empty salt: it is given in `body`, but has_body is false. */
yj_status yj_entry_read(yj_db *db, int64_t inst, uint64_t seq, yj_entry *ret, yj_error *err) yj_nodiscard;
void yj_entry_done(yj_entry *e);
/** The body of an entry as it is stored, unchecked, appended to `out`. *ret_found false: it was erased, or
 * there is no such entry. */
yj_status yj_body_read(yj_db *db, int64_t inst, uint64_t seq, yj_buf *out, bool *ret_found,
                       yj_error *err) yj_nodiscard;
/** The same as JSON, owned by the caller; *ret stays as it is if there is none. */
yj_status yj_body_read_json(yj_db *db, int64_t inst, uint64_t seq, json_t **ret, yj_error *err) yj_nodiscard;

/** How many entries were recorded up to the instant: times never fall within a ledger, so a few are looked
 * at, whatever its size. YJ_E_NOT_FOUND if there is no such ledger. */
yj_status yj_ledger_size_at(yj_db *db, int64_t inst, int64_t ns, uint64_t *ret, yj_error *err) yj_nodiscard;
/** The smallest stored checkpoint that covers an entry: its size and when it was signed. *ret_found false:
 * the entry is under none yet. */
yj_status yj_checkpoint_over(yj_db *db, int64_t inst, uint64_t seq, bool *ret_found, uint64_t *ret_size,
                             int64_t *ret_time_ns, yj_error *err) yj_nodiscard;

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
 * `width` 1..256 (256: full); a narrower one than there is is its beginning. Appended to `out`.
 * @param l_size  size of the tree, at most what is stored
 * @return YJ_E_NOT_FOUND if a tree of that size does not have it
 */
yj_status yj_tile_read(yj_db *db, int64_t inst, uint64_t l_size, int level, uint64_t index, unsigned width,
                       yj_buf *out, yj_error *err) yj_nodiscard;
/** Parse the path below /tile/: "0/x001/234.p/5", "entries/x001/234". False if malformed. */
bool yj_tile_path_parse(yj_span path, int *ret_level, uint64_t *ret_index, unsigned *ret_width);
void yj_tile_path_format(int level, uint64_t index, unsigned width, yj_buf *out);

/* --- keys and checkpoints --------------------------------------------------------------------- */

/** Signing keys of the ledgers, in files "<folder>/<institution id>.pem", outside the database. Thread-safe.
 */
typedef struct yj_keyring yj_keyring;
yj_status yj_keyring_open(const char *folder, yj_keyring **ret, yj_error *err) yj_nodiscard;
void yj_keyring_free(yj_keyring *k);
YJ_DEFINE_CLEANUP(yj_keyring, yj_keyring_free)
/** Make and save a key for a new ledger. YJ_E_CONFLICT if there is a key file already. The key lives as long
 *  as the keyring, also after a rotation. */
yj_status yj_keyring_make(yj_keyring *k, const char *institution, yj_crypto c, const yj_key **ret,
                          yj_error *err) yj_nodiscard;
/** YJ_E_NOT_FOUND with a clear text if the file is missing. */
yj_status yj_keyring_get(yj_keyring *k, const char *institution, const yj_key **ret,
                         yj_error *err) yj_nodiscard;

/**
 * The newest checkpoint covering the ledger as of now: a stored one if it covers the present size, else a new
 * one is signed and stored (the caller is in a write transaction; what it appended is sealed). The key name
 * is the origin. Signs nothing that is not consistent with the newest stored checkpoint: YJ_E_CORRUPT.
 */
yj_status yj_checkpoint_make(yj_db *db, yj_keyring *keys, const yj_ledger *l, int64_t now_ns,
                             yj_buf *ret_note, yj_error *err) yj_nodiscard;
/** The newest stored one. YJ_E_NOT_FOUND if none. */
yj_status yj_checkpoint_last(yj_db *db, int64_t inst, yj_buf *ret_note, uint64_t *ret_size,
                             yj_error *err) yj_nodiscard;
/** A tlog-proof of one entry under the newest stored checkpoint that covers it; it has been checked. */
yj_status yj_ledger_prove(yj_db *db, int64_t inst, uint64_t seq, yj_buf *out, yj_error *err) yj_nodiscard;
/** A consistency proof between two sizes: one base64 hash a line. YJ_E_INVALID unless 0 < from <= to <= size.
 */
yj_status yj_ledger_prove_consistency(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_buf *out,
                                      yj_error *err) yj_nodiscard;

/**
 * Replace the key: an entry "rotate" with the body {"new":vkey,"new_sig":base64,"old":vkey,"old_sig":base64},
 * signed by both keys over "yunjian.org/rotate/v1\n<origin>\n<seq>\n<old vkey>\n<new vkey>\n". Checkpoints
 * that cover the entry are signed by the new key. Inside the caller's write transaction, after
 * yj_ledger_begin(); the key file is switched by yj_keyring_commit_rotation after commit (an interrupted
 * switch is finished when the key is next used); the old file is kept as "<institution>.<old key
 * id>.pem.old".
 */
yj_status yj_ledger_rotate(yj_db *db, yj_keyring *keys, yj_ledger *l, const char *by, int64_t now_ns,
                           yj_error *err) yj_nodiscard;
yj_status yj_keyring_commit_rotation(yj_keyring *keys, const char *institution, yj_error *err) yj_nodiscard;

/* --- verification ----------------------------------------------------------------------------- */

typedef struct yj_verify_report {
    uint64_t size;   /* entries whose leaves were read, hashed and found in order */
    uint64_t proven; /* the first so many of them are under a checkpoint: signature right, root computed */
    uint64_t bodies; /* bodies whose salted digest was checked */
    uint64_t bodies_gone; /* erased, and an erasure follows in the log */
    uint64_t tiles;       /* hash tiles compared with what the leaves give */
    uint64_t checkpoints; /* checkpoints whose signature and root are right, the newest included */
    uint64_t rotations;   /* key changes followed */
    yj_digest root;       /* of the first `size` entries */
    bool signature_ok;    /* of the newest checkpoint, by the key in force at its size */
    bool pinned;          /* the key was given by the caller, or is one that leads to it by rotations */
    bool torn;            /* exported folder: something at the end is missing and was dropped */
    uint64_t torn_at;     /* the first entry that is incomplete: without leaf, or without its body */
    bool bad; /* then bad_index is the first entry that is wrong, YJ_NO_INDEX if none can be named */
    uint64_t bad_index;
    char what[480], what_zh[480]; /* what was wrong or dropped; "" if all is well */
} yj_verify_report;

/** An object {"ledger","ok","size","proven","bodies","erased","tiles","checkpoints","rotations","root",
 *  "signature_ok","pinned","torn","bad_entry","what":{"zh","en"}}. @param name how people call the ledger */
void yj_verify_report_write(yj_jw *w, const char *name, const yj_verify_report *r);

/** At start-up, in milliseconds whatever the size: head against tiles, the entries after the last full tile
 *  hashed again, the newest checkpoint's signature and its root. YJ_E_CORRUPT with field "entry N" where the
 *  first bad one can be named. Finishes an interrupted switch of key files. */
yj_status yj_ledger_check_start(yj_db *db, yj_keyring *keys, int64_t inst, yj_error *err) yj_nodiscard;
/** Everything in the store: each leaf, each body, every tile, head, every checkpoint, every rotation.
 *  YJ_E_CORRUPT as above; *ret is filled in both cases. A body that is gone must be followed by an entry
 *  "erase". */
yj_status yj_ledger_verify_store(yj_db *db, yj_keyring *keys, int64_t inst, yj_verify_report *ret,
                                 yj_error *err) yj_nodiscard;
/** Who looks on: called now and then with the entries that were read, of all; whatever `step` returns but
 * YJ_OK ends the verification with that. */
typedef struct yj_verify_watch {
    yj_status (*step)(void *ctx, uint64_t done, uint64_t total, yj_error *err);
    void *ctx;
} yj_verify_watch;
/** The same, watched. @param watch NULL: nobody */
yj_status yj_ledger_verify_watched(yj_db *db, yj_keyring *keys, int64_t inst, const yj_verify_watch *watch,
                                   yj_verify_report *ret, yj_error *err) yj_nodiscard;

/**
 * Export what the newest checkpoint covers (YJ_E_NOT_FOUND without one) to a folder laid out as a C2SP tiled
 * log, NNN standing for the index as in tile paths, [.p/W] for a last one of W entries:
 *
 *   checkpoint               the newest
 *   checkpoints/<size>       it and those of earlier exports, so that a shortened log is seen
 *   tile/<L>/NNN[.p/W]       hash tiles
 *   tile/entries/NNN[.p/W]   leaves
 *   body/NNN[.p/W].jsonl     with `bodies`: a line {"seq":7,"salt":"<32 hex>","body":{...}} for each entry,
 *                            {"seq":7,"erased":true} for an erased one
 *   key.txt                  verifier keys in the order of rotation, one a line
 *   rotations.jsonl          the body lines of the rotations, with or without `bodies`
 *
 * All is checked while it is written. Exporting again adds what is new and takes out bodies erased since. The
 * files are on the disk before `checkpoint` is replaced, which is atomic, so an interrupted export leaves the
 * former one. Outside a transaction; takes a snapshot of its own. YJ_E_CONFLICT if the folder holds another
 * log, a longer one, or bodies that would be left behind; YJ_E_BUSY if another export writes there;
 * YJ_E_CORRUPT.
 */
yj_status yj_ledger_export(yj_db *db, yj_keyring *keys, int64_t inst, const char *folder, bool bodies,
                           yj_error *err) yj_nodiscard;
/**
 * Verify an exported folder with no store. The newest checkpoint found there is the head. Every leaf is read
 * and hashed, its form, place and time order checked, the root computed from the leaves alone and compared
 * with every checkpoint in the folder; hash tiles and bodies are checked where they are there. Rotations are
 * followed. A file of one's own put into checkpoints/<size> is checked like the others.
 *
 * What is missing at the end only is dropped (report.torn): what is left is then checked against the older
 * checkpoints, and against the newest one where the hash tiles still lead to it (report.proven).
 * @param vkey     pins the key: the log's first or any later one by rotation. NULL takes the folder's
 * key.txt; then the report only says that the log agrees with itself
 * @param threads  1..64
 * @return YJ_OK also when a torn end was dropped; YJ_E_CORRUPT with report.bad_index; YJ_E_NOT_FOUND,
 *         YJ_E_INVALID (vkey), YJ_E_IO. *ret is filled except for the last three
 */
yj_status yj_ledger_verify_folder(const char *folder, const char *vkey, unsigned threads,
                                  yj_verify_report *ret, yj_error *err) yj_nodiscard;
/** Called for each body of the first `size` entries of an exported folder that is not erased, in their order.
 * Says nothing of their truth: yj_ledger_verify_folder() does. YJ_E_NOT_FOUND if bodies are missing,
 * YJ_E_CORRUPT, YJ_E_IO, and what `fn` returns. */
typedef yj_status (*yj_folder_body_fn)(void *ctx, uint64_t seq, yj_span body, yj_error *err);
yj_status yj_ledger_folder_bodies(const char *folder, uint64_t size, yj_folder_body_fn fn, void *ctx,
                                  yj_error *err) yj_nodiscard;
/** Check one tlog-proof: leaf bytes, index, checkpoint signature and origin. YJ_E_INVALID if it is malformed,
 *  YJ_E_CORRUPT if it proves nothing. */
yj_status yj_tlog_proof_verify(yj_span proof, yj_span leaf, const char *vkey, yj_error *err) yj_nodiscard;

#endif
