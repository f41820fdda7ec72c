// SPDX-License-Identifier: Apache-2.0
/**
 * The base tables, as migrations. A change to what a release has made is a migration of its own; any other
 * change here makes a layout that this program alone opens (store/layout.h).
 *
 * Truth: ledger, entry, body, tile, checkpoint, pack_file, blob, batch.
 * Derived (dropped and filled again by `rebuild`): verdict, verdict_log, judged, party_link, addressed,
 * reply, and the kind tables; requirement_no only grows.
 * Not in the ledger yet, and part of a backup: reading.
 * Outside the ledger and never rebuilt, nor part of a backup: meta, scope (PostgreSQL), job, job_file,
 * delivery, notice, notice_cursor, notice_preference, notice_channel, invitation_code, and those of sign-in:
 * account, account_person, account_recovery, account_set_up, account_identity, attempt, session, api_token,
 * evidence_sender, sign_in_provider.
 */
#ifndef YJ_STORE_SCHEMA_H
#define YJ_STORE_SCHEMA_H

#include "store/db.h"

/** SQL: operations that change a record in the ordinary way. The index entry_op holds all others, which
 * spares each change a row of it. */
#define YJ_SQL_ORDINARY_OPS "('create', 'takeover', 'change', 'move', 'withdraw')"
/** SQL: the entry's operation is `name`, none of the ordinary ones, found by the index. Literals both.
 *  @param column as the statement names it */
#define YJ_SQL_OP(column, name) column " = '" name "' AND " column " NOT IN " YJ_SQL_ORDINARY_OPS

extern const yj_migration yj_schema_migrations[];
extern const size_t yj_schema_migration_count;

#endif
