// SPDX-License-Identifier: Apache-2.0
/** Makes of a delivery what its channel is to say, and sends it. Used by the post alone. */
#ifndef YJ_NOTICE_DELIVER_H
#define YJ_NOTICE_DELIVER_H

#include "notice/inbox.h"
#include "notice/outbox.h"
#include "notice/post.h"

typedef struct yj_deliverer {
    yj_engine *e;
    const yj_seal *seal;
    yj_send_options send; /* what it names is borrowed */
    atomic_bool stop;
} yj_deliverer;

/** For yj_outbox.send: ctx is a yj_deliverer. What cannot be read is tried later; what is no more is refused.
 */
void yj_deliver(void *ctx, const yj_delivery *d, yj_outcome *ret);

/** Say something by a channel that has been read. @param to address; only for mail */
void yj_deliver_test(const yj_deliverer *x, const yj_channel *ch, const char *to, yj_lang lang,
                     yj_outcome *ret);

#endif
