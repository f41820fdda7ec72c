// SPDX-License-Identifier: Apache-2.0
/**
 * What a rebuild is made from, read ahead: one thread reads the entries of a ledger and parses the records,
 * another holds the ledger against its signatures, while the caller writes. Both see the ledger as it is when
 * they start: the caller holds its lock.
 */
#ifndef YJ_RECORD_AHEAD_H
#define YJ_RECORD_AHEAD_H

#include "record/internal.h"

typedef struct yj_ahead yj_ahead;

typedef struct yj_ahead_item {
    const yj_kind *kind; /* of the newest version of a record; NULL: a judgement */
    int64_t seq, version;
    char id[YJ_UUID_LEN + 1];
    json_t *body; /* of a record; NULL: erased */
    yj_span text; /* of a judgement: the body as it is stored */
} yj_ahead_item;

yj_status yj_ahead_start(yj_engine *e, int64_t inst, yj_ahead **ret, yj_error *err) yj_nodiscard;
/** Records in the order of their entries, then judgements. *ret lives until the next call; NULL at the end.
 */
yj_status yj_ahead_next(yj_ahead *a, const yj_ahead_item **ret, yj_error *err) yj_nodiscard;
/** Stop reading, wait for the verification and release everything.
 *  @return what the verification said: if it failed, nothing that was read may be kept */
yj_status yj_ahead_end(yj_ahead *a, yj_error *err) yj_nodiscard;

#endif
