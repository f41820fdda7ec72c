// SPDX-License-Identifier: Apache-2.0
/** A signed statement held against an exported ledger, offline: who is asked for the key is the ledger. */
#ifndef YJ_CLI_ATTEST_LEDGER_H
#define YJ_CLI_ATTEST_LEDGER_H

#include "base/sign.h"
#include "cli/cli.h"
#include "instrument/attest/statement.h"

#define YJ_ATTESTED_MAX 16 /* records that name one file; references of one */

/** What the ledger says of the file. */
typedef struct yj_attested {
    const char *record, *kind; /* the record that names the file last */
    uint64_t seq;              /* of its last version */
    json_t *fields;            /* of that version */
    const char *key_record, *key_state;
    uint64_t key_seq; /* of the key's last version */
    yj_key *key;
    bool pinned; /* the ledger's key was given */
} yj_attested;
void yj_attested_done(yj_attested *a);

/**
 * Verify the ledger, find the record that names the file by its SHA-256, and the key that this record names.
 * @param folder written by ledger tiles or export; with its bodies
 * @param vkey   of the ledger; NULL: the folder's own
 * @return YJ_E_CORRUPT (the ledger does not hold), YJ_E_NOT_FOUND (no record names the file, or no key)
 */
yj_status yj_attested_find(yj_cli *c, const char *folder, const char *vkey, const char *file_hex,
                           yj_attested *ret, yj_error *err) yj_nodiscard;
/** Does the record keep the digests that the statement has? YJ_E_CORRUPT: it keeps something else. */
yj_status yj_attested_agrees(const yj_attested *a, const yj_statement *s, yj_error *err) yj_nodiscard;

#endif
