// SPDX-License-Identifier: Apache-2.0
/**
 * Whose files are whose, until a record says so. A file of evidence is found by its digest alone, so what may
 * be read must be asked for: it is read by those whose institution has a record that names it, and, before
 * there is one, by the account that sent it. Uploads under way belong to the account that began them.
 *
 * Table evidence_sender, outside the ledger. Errors: those of the store.
 */
#ifndef YJ_ACCESS_SENDER_H
#define YJ_ACCESS_SENDER_H

#include "store/db.h"

#define YJ_SENDER_DAYS 30 /* so long it is remembered */

/** Inside the caller's write. @param name id of an upload, or a digest in lower-case hex */
yj_status yj_sender_add(yj_db *db, const char *name, const char *account, int64_t now_ns,
                        yj_error *err) yj_nodiscard;
yj_status yj_sender_is(yj_db *db, const char *name, const char *account, bool *ret,
                       yj_error *err) yj_nodiscard;
/** Inside the caller's write. */
yj_status yj_sender_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
