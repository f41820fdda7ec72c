// SPDX-License-Identifier: Apache-2.0
/**
 * A hold says that a process still works on something in the store. It ends with the process, however that
 * ends, on whatever machine it ran: whoever gets the hold afterwards knows that nobody works on it any more.
 *
 * SQLite: a locked file beside the store's. PostgreSQL: an advisory lock of a connection of its own, whose
 * end the server notices at once when the process dies, and within a minute when its machine does. If that
 * connection alone breaks, the hold is lost and its holder is not told: so what it writes must check, in the
 * same transaction, that nobody has cleared up after it.
 */
#ifndef YJ_STORE_HOLD_H
#define YJ_STORE_HOLD_H

#include "store/db.h"

typedef struct yj_hold yj_hold;

/** @param number  what is held, 1..2^31-1
 *  @return YJ_E_BUSY if somebody has it, also in this process */
yj_status yj_hold_take(yj_store *s, int64_t number, yj_hold **ret, yj_error *err) yj_nodiscard;
void yj_hold_free(yj_hold *h);
YJ_DEFINE_CLEANUP(yj_hold, yj_hold_free)

#endif
