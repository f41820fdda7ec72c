// SPDX-License-Identifier: Apache-2.0
/**
 * News of accounts: one for emergencies is used, codes or passwords of one are guessed. It comes with no
 * entry of a ledger, so whoever sees it happen tells it; into inboxes and by mail like all news, but at once
 * whatever pace a person has chosen. Rows hold the account's id: neither what was tried nor from where.
 */
#ifndef YJ_NOTICE_SECURITY_H
#define YJ_NOTICE_SECURITY_H

#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

#define YJ_SECURITY_INSTS_MAX 32 /* institutions of one account in which somebody is told */

/** In which of them something came into inboxes. */
typedef struct yj_security_told {
    int64_t insts[YJ_SECURITY_INSTS_MAX];
    size_t count;
} yj_security_told;

typedef struct yj_security_event {
    yj_news news;          /* YJ_NEWS_EMERGENCY, _GUESSED or _TRIED */
    const char *account;   /* id */
    const char *operator_; /* person of the installation's operator */
    const char *today;     /* civil date */
    int64_t now_ns;        /* the ledger's clock */
    int64_t wall_ns;       /* the machine's: each account is told of once in an hour */
} yj_security_event;

/**
 * Tell of it, inside the caller's write transaction: those with the roles that the packs name for such news,
 * in each institution for which the account stands, and their deputies' inboxes not; the persons for whom it
 * stands where others try to get in (guessed, tried); the operator of the installation, where it is used for
 * emergencies, a code is guessed or the account is the operator's own.
 *  @param ret of the inboxes that changed; emptied first
 */
yj_status yj_security_tell(yj_db *db, const yj_catalog *c, const yj_zone *zone, const yj_security_event *e,
                           yj_security_told *ret, yj_error *err) yj_nodiscard;

#endif
