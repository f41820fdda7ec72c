// SPDX-License-Identifier: Apache-2.0
/**
 * Where a record stands in the list of whom it is addressed to. Two tables tell: `addressed.place`, a
 * function of the client's ledger, and `reply`, the answers that the client has not taken, one of the
 * addressee's. Each is written under its own ledger's lock alone; the stand comes of both when it is read.
 *
 * A place is the day by which something is awaited (the year times 10,000, the month times 100, the day), the
 * earliest if there are several, as long as an answer may be given; else one of the numbers below. Sorted by
 * it stands first what is due first.
 */
#ifndef YJ_RECORD_ADDRESSED_H
#define YJ_RECORD_ADDRESSED_H

#include "record/engine.h"

#define YJ_PLACE_NO_DAY 99999997  /* an answer may be given, by no day */
#define YJ_PLACE_SETTLED 99999998 /* in this state there is nothing to be answered */
#define YJ_PLACE_TOLD 99999999    /* for information: the kind takes no answers */

/** SQL: the place of the record of row r0 of the kind's table. */
void yj_place_sql(const yj_kind *k, const yj_addressing *a, yj_buf *b);
/** SQL: its single texts of one line among those that are shown, each after a line feed; for searching. */
void yj_words_sql(const yj_kind *k, const yj_addressing *a, yj_buf *b);
/** What is awaited first of a record with these fields, of what its addressee sees; NULL: nothing with a day.
 *  @param ret_day its day; borrowed from `fields` */
const yj_awaited *yj_awaited_first(const yj_kind *k, const yj_addressing *a, const json_t *fields,
                                   const char **ret_day);

/** A day as places count them. @param day as YYYY-MM-DD */
int64_t yj_place_of(const char *day);
/** @param kind NULL: any @return YJ_E_INVALID naming "kind" if there is no such kind */
yj_status yj_addressed_kind(const yj_catalog *c, const char *kind, yj_error *err) yj_nodiscard;

/** Derive an institution's replies anew. @param inst -1: everybody's */
yj_status yj_replies_derive(yj_db *db, const yj_catalog *c, int64_t inst, yj_error *err) yj_nodiscard;
/** After an answer of `inst` was written; old NULL: there was none; now NULL: it is gone. */
yj_status yj_reply_changed(yj_db *db, const yj_catalog *c, int64_t inst, const json_t *old, const json_t *now,
                           yj_error *err) yj_nodiscard;

#endif
