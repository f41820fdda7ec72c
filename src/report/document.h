// SPDX-License-Identifier: Apache-2.0
/**
 * Documents filled in: what a pack's template says, with the values of a record and of what it refers to. A
 * draft for a person to complete, sign and send, not the sending.
 */
#ifndef YJ_REPORT_DOCUMENT_H
#define YJ_REPORT_DOCUMENT_H

#include "base/json.h"
#include "pack/catalog.h"
#include "store/db.h"

/**
 * Write {"document","lang","title","note"|null,"subject":{"kind","id","name"},"today",
 *  "sections":[{"heading","text"}],"blank":[label...]}. Where a value is missing the text says so and names
 * the field, and "blank" lists the labels of all such fields, each once, in the order in which they come.
 * @param inst  the institution whose record it is
 * @param ref   the record, by id or natural key; of the document's kind
 * @param today civil date, for {today}
 * @return YJ_E_NOT_FOUND, or as reading records fails
 */
yj_status yj_document_fill(yj_db *db, const yj_catalog *c, int64_t inst, const yj_document *d,
                           const char *ref, yj_lang lang, const char *today, yj_buf *out,
                           yj_error *err) yj_nodiscard;

#endif
