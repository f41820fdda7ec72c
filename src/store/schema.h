// SPDX-License-Identifier: Apache-2.0
/**
 * The base tables, as migrations. Truth: ledger, entry, body, tile, checkpoint, pack_file, blob, batch.
 * Derived (dropped and filled again by `rebuild`): verdict, verdict_log, judged, and the kind tables.
 * Outside the ledger and never rebuilt: meta, scope (PostgreSQL), and what later issues add for sign-in.
 */
#ifndef YJ_STORE_SCHEMA_H
#define YJ_STORE_SCHEMA_H

#include "store/db.h"

extern const yj_migration yj_schema_migrations[];
extern const size_t yj_schema_migration_count;

#endif
