// SPDX-License-Identifier: Apache-2.0
/**
 * One-file backup: an SQLite file with the truth tables of the store (whatever its engine), and the data
 * folder's configuration, keys and evidence. It holds the ledgers' private keys: the file is made with mode
 * 0600 and belongs under lock. Of what lies outside the ledger (store/schema.h) it holds nothing, nor the key
 * that seals second factors, nor the one with which instruments sign: who has a backup signs in nowhere with
 * it. Restoring rebuilds everything derived and verifies every ledger before the folder counts as an
 * installation.
 */
#ifndef YJ_RECORD_BACKUP_H
#define YJ_RECORD_BACKUP_H

#include "record/engine.h"

#define YJ_SIGNER_FILE "instrument.key" /* in keys/; see job/signer.h */

typedef struct yj_backup_report {
    uint64_t ledgers, entries, files, bytes;
} yj_backup_report;

/** While others go on writing. YJ_E_CONFLICT if the file exists. Verified before it gets its name. */
yj_status yj_backup(yj_engine *e, const char *file, yj_backup_report *ret, yj_error *err) yj_nodiscard;
/** @param store_url NULL: SQLite in the folder. YJ_E_CONFLICT if the folder is not empty; YJ_E_CORRUPT if the
 *  backup does not verify: then nothing is left behind. */
yj_status yj_restore(const char *file, const char *data, const char *store_url, yj_backup_report *ret,
                     yj_error *err) yj_nodiscard;

#endif
