// SPDX-License-Identifier: Apache-2.0
/** An offer as its addressee sees it: offer_read.c works it out, offer_show.c shows it, offer.c takes it. */
#ifndef YJ_RECORD_OFFER_INTERNAL_H
#define YJ_RECORD_OFFER_INTERNAL_H

#include "record/exchange_internal.h"

typedef struct yj_offer {
    const yj_offered *o;
    int64_t party;
    char party_id[YJ_UUID_LEN + 1]; /* of the institution */
    char id[YJ_UUID_LEN + 1];       /* of the party's record */
    int64_t seq, version;
    char state[48];
    json_t *fields;             /* the party's; owned */
    char tie[YJ_UUID_LEN + 1];  /* the client's record that stands for the party */
    char copy[YJ_UUID_LEN + 1]; /* the client's record of it; "" none yet */
    json_t *now;                /* its fields; owned; NULL */
    char copy_state[48];
    int64_t copy_version;        /* 0: none yet */
    char plain[YJ_UUID_LEN + 1]; /* the client's record of it without any choice; "" none */
    json_t *to;                  /* what the copy gets, files left out; null where a value goes; owned */
    uint64_t unknown;            /* bits of o->fields: references of which the client has taken nothing */
} yj_offer;

void yj_offer_done(yj_offer *x);
/** Does it wait for client `inst`? party and id are set by the caller; all else here, but `copy`, `now` and
 *  `to`. @return YJ_E_NOT_FOUND in every other case */
yj_status yj_offer_read(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x,
                        yj_error *err) yj_nodiscard;
/** The same, named from outside, with what is chosen. @return YJ_E_INVALID: that is not chosen */
yj_status yj_offer_named(yj_db *db, const yj_catalog *c, int64_t inst, const char *party, const char *offer,
                         const json_t *chosen, yj_offer *x, yj_error *err) yj_nodiscard;
/** What comes of it: `to`, `copy`, `plain`, `now`. @param chosen what the taker says beside it; NULL */
yj_status yj_offer_work_out(yj_db *db, const yj_catalog *c, int64_t inst, yj_offer *x, const json_t *chosen,
                            yj_error *err) yj_nodiscard;
/** The transition by which a copy in that state follows the party's record; NULL: none is needed. */
const yj_transition *yj_offer_follows(const yj_catalog *c, const yj_offer *x, const char *copy_state);

/** Do the packs know offers? YJ_E_NOT_FOUND */
yj_status yj_offers_wanted(const yj_catalog *c, yj_error *err) yj_nodiscard;
/** What waits for client ?1, those that were written first, first: seq, number of the party's ledger, id of
 * its record, the client's record of the party, index among what is offered.
 *  @param more conditions on link l and the party's record r, with parameters from ?2 on */
yj_status yj_offers_prepare(yj_db *db, const yj_catalog *c, const char *more, yj_stmt **ret,
                            yj_error *err) yj_nodiscard;
/** Adds " AND offer f is to all, or names the link". */
void yj_offers_meant(const yj_catalog *c, const char *link, yj_buf *b);

#endif
