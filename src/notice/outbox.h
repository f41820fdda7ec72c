// SPDX-License-Identifier: Apache-2.0
/**
 * Notices on their way (table delivery, outside the ledger; both stores). One row for each person, cause and
 * channel: it is decided once, however often that is tried, and tried until its channel has taken or refused
 * it. Nothing gives it up because a channel is down.
 *
 *     decide -> waiting -> claim -> send -> finish: sent | refused | waiting, with a longer pause
 *
 * A claim is committed before the first byte leaves, the outcome after the last answer. So whoever dies in
 * between leaves a claim that lapses, and the notice is tried again. The only notice that can come twice is
 * one whose channel accepted it just before its sender could commit that; it then comes under the same
 * Message-ID or idempotency key, byte for byte the same mail.
 *
 * Claims are made under one lock for all servers. When a claim lapses is told by the clocks of the machines:
 * they may differ by less than YJ_OUTBOX_LEASE_S less the longest try. The ledger allows far less.
 *
 * Functions that take a yj_db run inside its write transaction (yj_engine_write()), so that deciding can be
 * one with whatever caused it.
 */
#ifndef YJ_NOTICE_OUTBOX_H
#define YJ_NOTICE_OUTBOX_H

#include "base/time.h"
#include "notice/mail_text.h"
#include "notice/outcome.h"
#include "record/engine.h"
#include <stdatomic.h>

#define YJ_OUTBOX_CAUSE_MAX ((size_t)300)
#define YJ_OUTBOX_CHANNEL_MAX ((size_t)100)
#define YJ_OUTBOX_CONTENT_MAX ((size_t)64 << 10)
#define YJ_OUTBOX_LEASE_S INT64_C(600)
/* An ended row is the memory that it was decided; no cause is decided anew after this time. */
#define YJ_OUTBOX_KEPT_DAYS INT64_C(400)

/* --- deciding --------------------------------------------------------------------------------- */

/** Borrowed. */
typedef struct yj_delivery_order {
    int64_t inst;
    const char *person;  /* id, "" where a group is told */
    const char *cause;   /* "due/REQUIREMENT/SUBJECT/2026-12-31": names what and which time */
    const char *channel; /* "mail", "robot/ID" */
    const char *record;  /* id of the record that the content quotes, "" none */
    const char *content; /* JSON: what the channel needs to say it */
    const char *domain;  /* the installation's, for the Message-ID */
    int64_t now_ns;
    int64_t not_before_ns; /* 0: at once; a gathered mail names its hour */
} yj_delivery_order;

/** Decide that the person is told, unless that has been decided.
 *  @param ret_new false: there was a row already, whatever became of it; nothing was changed
 *  @return YJ_E_INVALID ("cause", "channel", "domain"), YJ_E_LIMIT ("content"), errors of the store */
yj_status yj_outbox_decide(yj_db *db, const yj_delivery_order *o, bool *ret_new, yj_error *err) yj_nodiscard;

/* --- delivering ------------------------------------------------------------------------------- */

/** A delivery as whoever tries it knows it. Texts are owned: yj_delivery_done(). */
typedef struct yj_delivery {
    char id[YJ_UUID_LEN + 1], token[YJ_UUID_LEN + 1];
    int64_t inst, attempts, decided_ns; /* attempts: with this one */
    char *person, *cause, *channel, *message_id, *content;
} yj_delivery;
void yj_delivery_done(yj_delivery *d);

/** Take the one that has been due for longest. Until finished it is ours for YJ_OUTBOX_LEASE_S at least.
 *  @param ret_found false: nothing is due, or another server is claiming at this moment */
yj_status yj_outbox_claim(yj_db *db, int64_t now_ns, yj_delivery *ret, bool *ret_found,
                          yj_error *err) yj_nodiscard;

/** What became of the try. Accepted is kept even if the claim had lapsed: it is a fact. The other two count
 *  for nothing then. */
yj_status yj_outbox_finish(yj_db *db, const yj_delivery *d, const yj_outcome *o, int64_t now_ns,
                           yj_error *err) yj_nodiscard;

/** How long to wait after so many attempts: 1, 5, 15, 60, then 240 minutes, a tenth more or less by the id,
 * so that what failed together is not tried together for ever. */
int64_t yj_outbox_pause_ns(int64_t attempts, const char *id);

/** How a worker reaches store, clock and channels. */
typedef struct yj_outbox {
    yj_status (*write)(void *door, yj_write_fn fn, void *ctx, yj_error *err); /* durable when it returns */
    void *door;
    yj_clock clock;
    void (*send)(void *ctx, const yj_delivery *d, yj_outcome *ret); /* by its channel; within the lease */
    void *ctx;
    const atomic_bool *stop; /* may be NULL */
} yj_outbox;

/** `write` for an opened installation: door is the yj_engine. */
yj_status yj_outbox_write_by_engine(void *door, yj_write_fn fn, void *ctx, yj_error *err) yj_nodiscard;

/** Claim one, send it, write down what became of it. If the store is away after a channel has accepted, that
 * is tried again for about a minute: forgetting it would send it again.
 *  @param ret_did false: nothing was claimed */
yj_status yj_outbox_round(const yj_outbox *b, bool *ret_did, yj_error *err) yj_nodiscard;

/* --- looking after it; its erasure is in record/erase.c ---------------------------------------- */

/** Try one that waits, or was refused, now. YJ_E_NOT_FOUND; YJ_E_CONFLICT if it was sent or erased. */
yj_status yj_outbox_again(yj_db *db, int64_t inst, const char *id, int64_t now_ns,
                          yj_error *err) yj_nodiscard;

/** Forget what ended more than YJ_OUTBOX_KEPT_DAYS ago. */
yj_status yj_outbox_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

/** Of the installation (inst 0): all that its channels bring out, for whomever. yj_outbox_again() likewise.
 *  Writes {"items":[{"id","person","cause","channel","state","decided","due"|null,"tried"|null,"ended"|null,
 *  "attempts","message_id","error":{"code","message":{"zh","en"}}|null}],"next":id|null}, newest first.
 *  @param state  "waiting", "sent", "refused", "erased"; NULL any
 *  @param channel id of one channel; NULL any
 *  @param before id; NULL: from the newest on
 *  @param limit  1..200 */
yj_status yj_outbox_list(yj_db *db, int64_t inst, const char *state, const char *channel, const char *before,
                         size_t limit, yj_buf *out, yj_error *err) yj_nodiscard;

#endif
