// SPDX-License-Identifier: Apache-2.0
/**
 * Bodies as they are stored: packed by zstd (RFC 8878). A judgement of a hundred changes becomes a tenth of
 * itself, a record by the dictionary that comes with the program a third. What is hashed, exported and shown
 * is the text.
 */
#ifndef YJ_LEDGER_PACK_BODY_H
#define YJ_LEDGER_PACK_BODY_H

#include "base/json.h"
#include "store/db.h"

/** Shorter ones are stored as they are: little would be won. */
#define YJ_BODY_PACKED_FROM ((size_t)64)
/** From here on a body has enough in common with itself, and is packed without the dictionary. */
#define YJ_BODY_PLAIN_FROM ((size_t)16 << 10)

/** Append the packed text to `out`. YJ_E_NOMEM. */
yj_status yj_body_pack(yj_span text, yj_buf *out, yj_error *err) yj_nodiscard;
/** Append the text to `out`. YJ_E_CORRUPT if it is none that was packed here, or of more than
 *  YJ_BODY_BYTES_MAX, or needs a dictionary that this program has not; YJ_E_NOMEM. */
yj_status yj_body_unpack(yj_span packed, yj_buf *out, yj_error *err) yj_nodiscard;

/** Append the columns body and packed of table body as the text; nothing if there is neither. YJ_E_CORRUPT if
 *  there are both, and what yj_body_unpack() says. */
yj_status yj_col_body_add(yj_stmt *st, int body, int packed, yj_buf *out, yj_error *err) yj_nodiscard;
/** The columns body and packed of table body as the text: of *room where it was packed, else of the
 * statement. Empty if there is neither. */
yj_status yj_col_body(yj_stmt *st, int body, int packed, yj_buf *room, yj_span *ret,
                      yj_error *err) yj_nodiscard;
/** The same as JSON, owned by the caller; *ret stays as it is if there is neither: the body was erased.
 *  YJ_E_CORRUPT, and what yj_json_parse() says. */
yj_status yj_col_body_json(yj_stmt *st, int body, int packed, json_t **ret, yj_error *err) yj_nodiscard;
/** Bind both. @param room keeps what is bound until the statement is done */
yj_status yj_bind_body(yj_stmt *st, int body, int packed, yj_span text, yj_buf *room,
                       yj_error *err) yj_nodiscard;

#endif
