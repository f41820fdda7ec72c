// SPDX-License-Identifier: Apache-2.0
/**
 * Erasure. An order is a record of kind `erasure` (pack core): target_kind, target (id), fields (list; empty:
 * the whole record), reason, retention_until, requested_by, approved_by (another person), state `approved`.
 * Carrying it out is an entry of operation "erase" behind these conditions: the order is approved by a second
 * person, its retention date is over, no `legal_hold` record in state `active` names the target.
 *
 * Then every body of the record is removed (of single fields: replaced by what is left, in the erasing
 * entry); texts of verdicts that the record proved are removed from the verdict tables and from judgement
 * bodies, which lose their salt, so that they no longer claim to be what was hashed; leaves and proofs stay
 * valid. Notices that quote the record lose their words, and are not sent if they still wait.
 */
#ifndef YJ_RECORD_ERASE_H
#define YJ_RECORD_ERASE_H

#include "record/engine.h"

/** @param order id or key of the order; *ret_seq the erasing entry. YJ_E_GATE with err naming what is
 * missing. */
yj_status yj_erase(yj_engine *e, int64_t inst, const char *order, const char *by, uint64_t *ret_seq,
                   yj_error *err) yj_nodiscard;

/** The part of it that is about notices on their way (table delivery; see notice/outbox.h): content goes,
 * state becomes "erased" unless it was sent. Also of single fields: which ones a content quotes is not known.
 */
yj_status yj_erase_deliveries(yj_db *db, int64_t inst, const char *record, yj_error *err) yj_nodiscard;

#endif
