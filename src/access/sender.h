// SPDX-License-Identifier: Apache-2.0
/**
 * Whose files are whose, until a record says so. A file of evidence is found by its digest alone, so what may
 * be read must be asked for: it is read by those whose institution has a record that names it, and, before
 * there is one, by the account that sent it. Uploads under way belong to the account that began them.
 *
 * To name a file is not enough: a record can be entered with a digest that was read somewhere. So it is also
 * remembered of which institutions somebody sent the file, or was given it (an answer that was accepted);
 * where nothing of the kind is known
 * - files from before there was sign-in, or a restored store - naming counts.
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
/** Inside the caller's write: the institution has the file, for as long as the store lasts. */
yj_status yj_sender_add_inst(yj_db *db, const char *digest, int64_t inst, int64_t now_ns,
                             yj_error *err) yj_nodiscard;
/** Does the institution have it, or is nothing known of who has? */
yj_status yj_sender_has_inst(yj_db *db, const char *digest, int64_t inst, bool *ret,
                             yj_error *err) yj_nodiscard;
/** Inside the caller's write. What is known of institutions stays. */
yj_status yj_sender_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
