// SPDX-License-Identifier: Apache-2.0
/**
 * Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint). Key names hold no '+' and no blanks.
 * Signature types: 0x01 Ed25519; SM2 has none, so 0xff followed by the identifier
 * "yunjian.org/sm2-sm3/v1" is hashed into the key id and the public key.
 */
#ifndef YJ_LEDGER_NOTE_H
#define YJ_LEDGER_NOTE_H

#include "base/sign.h"

#define YJ_NOTE_BYTES_MAX ((size_t)64 << 10)
#define YJ_NOTE_SIGS_MAX 32
#define YJ_NOTE_NAME_MAX ((size_t)255)
#define YJ_VKEY_BYTES_MAX ((size_t)512)

typedef struct yj_note_sig {
    yj_span name; /* views into the note */
    uint32_t key_id;
    yj_span base64; /* key id and signature; canonical base64 of at least 5 bytes, any kind of signature */
} yj_note_sig;

typedef struct yj_note {
    yj_span text; /* with its final newline */
    yj_note_sig sigs[YJ_NOTE_SIGS_MAX];
    size_t sig_count;
} yj_note;

/** UTF-8 without control characters, blanks of any kind and '+'; 1..YJ_NOTE_NAME_MAX bytes. */
bool yj_note_name_ok(yj_span name);
/** Parse; views point into `bytes`. YJ_E_INVALID names the line. */
yj_status yj_note_parse(yj_span bytes, yj_note *ret, yj_error *err) yj_nodiscard;
/** Append text (must end in a newline), a blank line and a signature line for each key. */
yj_status yj_note_sign(yj_span text, const char *name, const yj_key *const *keys, size_t key_count,
                       yj_buf *out, yj_error *err) yj_nodiscard;
uint32_t yj_note_key_id(const char *name, const yj_key *key);
/** Is there a valid signature by this key under this name? A known key with a wrong signature is no. */
bool yj_note_signed_by(const yj_note *n, const char *name, const yj_key *key);
/** Verifier key text "name+hexid+base64(type || public key)" and back. */
void yj_vkey_format(const char *name, const yj_key *key, yj_buf *out);
/** @param ret_name appended to, no NUL counted; @param ret_key owned by the caller */
yj_status yj_vkey_parse(yj_span text, yj_buf *ret_name, yj_key **ret_key, yj_error *err) yj_nodiscard;

typedef struct yj_checkpoint {
    yj_span origin; /* view into the note */
    uint64_t size;  /* at most INT64_MAX */
    yj_digest root;
} yj_checkpoint;

void yj_checkpoint_text(const char *origin, uint64_t size, const yj_digest *root, yj_buf *out);
/** The note's text as a checkpoint; extension lines are allowed and ignored. */
yj_status yj_checkpoint_parse(const yj_note *n, yj_checkpoint *ret, yj_error *err) yj_nodiscard;

/** tlog-proof@v1: "c2sp.org/tlog-proof@v1\nindex N\n<base64 hash>\n...\n\n<checkpoint note>". */
typedef struct yj_tlog_proof {
    uint64_t index; /* at most INT64_MAX */
    yj_digest hash[64];
    size_t hash_count;
    yj_span extra; /* decoded form is not needed: the base64 text, or empty */
    yj_span note;  /* the checkpoint, view */
} yj_tlog_proof;
yj_status yj_tlog_proof_parse(yj_span bytes, yj_tlog_proof *ret, yj_error *err) yj_nodiscard;
void yj_tlog_proof_format(uint64_t index, const yj_digest *hash, size_t count, yj_span note, yj_buf *out);

#endif
