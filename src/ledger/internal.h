// SPDX-License-Identifier: Apache-2.0
/** What the files of this folder share; nothing outside it includes this. */
#ifndef YJ_LEDGER_INTERNAL_H
#define YJ_LEDGER_INTERNAL_H

#include "base/arena.h"
#include "ledger/ledger.h"
#include "store/id_key.h"

/* --- texts and numbers ------------------------------------------------------------------------ */

static inline uint32_t yj_be32(const uint8_t b[static 4])
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline void yj_put_be32(uint8_t b[static 4], uint32_t v)
{
    b[0] = (uint8_t)(v >> 24);
    b[1] = (uint8_t)(v >> 16);
    b[2] = (uint8_t)(v >> 8);
    b[3] = (uint8_t)v;
}
static inline bool yj_digest_eq(const yj_digest *a, const yj_digest *b)
{
    return memcmp(a->b, b->b, YJ_HASH_LEN) == 0;
}
/** Take the next line, without its newline, off `rest`. False if no newline is left. */
bool yj_next_line(yj_span *rest, yj_span *ret);
/** Decimal without sign or leading zeros, at most INT64_MAX. */
bool yj_parse_u63(yj_span s, uint64_t *ret);
/** Base64 of 32 bytes. */
bool yj_parse_digest64(yj_span s, yj_digest *ret);
/** "x001/234": an index as it stands in tile paths. */
void yj_tile_index_format(uint64_t index, yj_buf *out);
/** The hash that goes with a signature algorithm. */
yj_hash_alg yj_sign_hash(yj_sign_alg a);

/** Put "entry N" into err->field; always YJ_E_CORRUPT. */
yj_status yj_bad_entry(yj_error *err, uint64_t seq);

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct yj_row {
    uint64_t seq;
    int64_t time_ns, version, batch;
    yj_span op, kind, record, by, for_whom, digest, hash; /* until the next step, like all that follows */
    yj_leaf made;                                         /* of these */
    yj_span leaf; /* its bytes; NULL: the columns hold what no leaf may */
    bool has_body;
    bool redacted; /* an erasure left a body without its salt */
    yj_span salt, body;
} yj_row;

/** A walk over rows: zeroed, then open. */
typedef struct yj_rows {
    yj_stmt *st;
    yj_buf body, leaf;
    char texts[YJ_LEAF_STORE], by[YJ_ID_KEY_MAX], for_whom[YJ_ID_KEY_MAX];
} yj_rows;
/** Entries from..to-1 with their bodies, in order. */
yj_status yj_rows_open(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_rows *ret,
                       yj_error *err) yj_nodiscard;
/** The same without bodies. */
yj_status yj_leaves_open(yj_db *db, int64_t inst, uint64_t from, uint64_t to, yj_rows *ret,
                         yj_error *err) yj_nodiscard;
void yj_rows_done(yj_rows *r);
yj_status yj_rows_next(yj_rows *r, yj_row *ret, bool *ret_row, yj_error *err) yj_nodiscard;
/**
 * Is the row the one that `seq` must be: columns of which a leaf can be made, hash, salted digest of the
 * body, time not before `after_ns`? YJ_E_CORRUPT with field "entry N".
 * @param store  keeps the strings of *ret_leaf
 */
yj_status yj_row_check(yj_hash_alg alg, const yj_row *r, uint64_t seq, int64_t after_ns,
                       char store[static YJ_LEAF_STORE], yj_leaf *ret_leaf, yj_digest *ret_hash,
                       yj_error *err) yj_nodiscard;

/** YJ_E_CORRUPT with field "entry N": an entry lies at or behind the head's size. */
yj_status yj_beyond(const yj_ledger *l, yj_error *err);
/** No entry may lie there. */
yj_status yj_nothing_beyond(yj_db *db, const yj_ledger *l, yj_error *err) yj_nodiscard;

/* --- tiles ------------------------------------------------------------------------------------ */

/** Hashes of a stored tile, of level 1 or above; *ret_count is 0 if there is none. */
yj_status yj_tile_row_read(yj_db *db, int64_t inst, int level, uint64_t index,
                           yj_digest ret[static YJ_TILE_WIDTH], unsigned *ret_count,
                           yj_error *err) yj_nodiscard;
/** Leaf hashes as stored with the entries. YJ_E_CORRUPT if one is missing. */
yj_status yj_entry_hashes(yj_db *db, int64_t inst, uint64_t from, unsigned count, yj_digest *ret,
                          yj_error *err) yj_nodiscard;
/** A level-0 tile is complete: store what follows from it on the levels above. */
yj_status yj_tile_complete(yj_db *db, int64_t inst, yj_hash_alg alg, uint64_t index,
                           const yj_digest hashes[static YJ_TILE_WIDTH], yj_error *err) yj_nodiscard;

/** Builds the tiles of level 1 and above from the roots of full level-0 tiles, in order. `tile` is called for
 *  each that is full, and at the end for those that are not. Large: keep it in an arena. */
typedef struct yj_tile_builder {
    yj_hash_alg alg;
    yj_status (*tile)(void *self, unsigned level, uint64_t index, const yj_digest *hashes, unsigned count,
                      yj_error *err);
    void *self;
    struct {
        uint64_t index;
        unsigned count;
        yj_digest hash[YJ_TILE_WIDTH];
    } level[YJ_TILE_LEVELS]; /* [0] is not used */
} yj_tile_builder;
yj_status yj_tile_builder_add(yj_tile_builder *b, const yj_digest *tile_root, yj_error *err) yj_nodiscard;
yj_status yj_tile_builder_end(yj_tile_builder *b, yj_error *err) yj_nodiscard;
/** The first entry below hash `at` of a tile. */
uint64_t yj_tile_first_entry(unsigned level, uint64_t index, unsigned at);

/* --- keys ------------------------------------------------------------------------------------- */

/** The keys of a log in the order of their rotation. */
typedef struct yj_keys {
    const char *origin;
    yj_arena *arena; /* of the rows */
    struct yj_keys_row {
        uint64_t from; /* the first tree size that this key signs */
        yj_key *key;   /* public part */
        const char *vkey;
    } * row;
    size_t count, cap;
} yj_keys;
void yj_keys_init(yj_keys *k, const char *origin, yj_arena *a);
void yj_keys_done(yj_keys *k);
/** The first key, for a log without rotations. */
yj_status yj_keys_first(yj_keys *k, const yj_key *key, yj_error *err) yj_nodiscard;
/** Follow the rotation at `seq`: both signatures must be right, the old key must be the one in force.
 *  YJ_E_CORRUPT. */
yj_status yj_keys_rotate(yj_keys *k, uint64_t seq, yj_span body, yj_error *err) yj_nodiscard;
/** The key that signs a tree of `size` entries; k->count > 0. */
const struct yj_keys_row *yj_keys_at(const yj_keys *k, uint64_t size);
/** All of a ledger: its rotations, and without any the keyring's key. */
yj_status yj_keys_load(yj_db *db, yj_keyring *keys, const yj_ledger *l, yj_arena *a, yj_keys *ret,
                       yj_error *err) yj_nodiscard;
yj_status yj_vkey_text(const char *origin, const yj_key *key, yj_arena *a, const char **ret,
                       yj_error *err) yj_nodiscard;
/** The body of a rotation at `seq`. */
yj_status yj_rotation_body(const char *origin, uint64_t seq, const yj_key *old_key, const yj_key *new_key,
                           yj_buf *out, yj_error *err) yj_nodiscard;

/** The private key that a ledger signs with now: that of its newest rotation. Finishes a switch of key files
 *  that was interrupted. YJ_E_CORRUPT if the key file holds another key. */
yj_status yj_keyring_current(yj_keyring *k, yj_db *db, const yj_ledger *l, const yj_key **ret,
                             yj_error *err) yj_nodiscard;
/** Make a key beside the one in use, for a rotation. */
yj_status yj_keyring_make_next(yj_keyring *k, const yj_ledger *l, const yj_key **ret,
                               yj_error *err) yj_nodiscard;
/** The body of the newest rotation; *ret_seq is UINT64_MAX if there is none. */
yj_status yj_rotation_last(yj_db *db, int64_t inst, uint64_t *ret_seq, yj_buf *ret_body,
                           yj_error *err) yj_nodiscard;

/** yj_ledger_append() that also takes op "rotate". */
yj_status yj_ledger_append_any(yj_db *db, yj_ledger *l, const yj_append *a, uint64_t *ret_seq,
                               int64_t *ret_time_ns, yj_error *err) yj_nodiscard;

/* --- verification ----------------------------------------------------------------------------- */

/** Fill in bad, bad_index and what from a failure YJ_E_CORRUPT, the index from its field "entry N". */
void yj_report_failure(yj_verify_report *r, yj_status st, const yj_error *err);

/* --- an exported folder ----------------------------------------------------------------------- */

#define YJ_FOLDER_ENTRIES (-1) /* in place of a level, as in yj_tile_path_format() */
#define YJ_FOLDER_BODIES (-2)
#define YJ_FOLDER_PATH_MAX ((size_t)8192)

/** Path of a file: replaces what `out` holds. */
yj_status yj_folder_path(yj_buf *out, const char *folder, int level, uint64_t index, unsigned width,
                         yj_error *err) yj_nodiscard;
/** Path of anything else below the folder. */
yj_status yj_folder_file(yj_buf *out, const char *folder, const char *name, yj_error *err) yj_nodiscard;
/**
 * Read a tile of `width`, or in its stead the full one, or the widest partial one there is that is not wider.
 * Replaces what `out` holds; it is empty and *ret_width 0 if there is none.
 * @param path       scratch
 * @param ret_width  of the file read
 */
yj_status yj_folder_read(const char *folder, int level, uint64_t index, unsigned width, yj_buf *path,
                         yj_buf *out, unsigned *ret_width, yj_error *err) yj_nodiscard;
/** The highest index of any tile file of this kind, YJ_NO_INDEX if there is none. */
yj_status yj_folder_last(const char *folder, int level, yj_buf *path, uint64_t *ret,
                         yj_error *err) yj_nodiscard;
/** Largest size of a file of this kind. */
size_t yj_folder_bytes_max(int level);

/** A line of a body file, without its newline: {"seq":N,"salt":"<hex>","body":...} or
 * {"seq":N,"erased":true}. `salt` is NULL for the latter. */
void yj_body_line_format(uint64_t seq, const uint8_t *salt, yj_span body, yj_buf *out);
/** False unless it is one, of this entry. *ret_salt_hex is empty if the body is erased. */
bool yj_body_line_scan(yj_span line, uint64_t seq, yj_span *ret_salt_hex, yj_span *ret_body);

/* --- checkpoints ------------------------------------------------------------------------------ */

/** Parse a stored or exported checkpoint; origin and, if not UINT64_MAX, size must be as given. YJ_E_CORRUPT.
 */
yj_status yj_checkpoint_read(yj_span note, const char *origin, uint64_t size, yj_note *ret_note,
                             yj_checkpoint *ret, yj_error *err) yj_nodiscard;

#endif
