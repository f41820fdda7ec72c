// SPDX-License-Identifier: Apache-2.0
/**
 * The post of a server: threads that work out what is news as ledgers grow and days begin, and threads that
 * bring out what waits (notice/outbox.h). Several servers on one store share the work. One way out that is
 * down holds up no other: after a failure it is paused as a whole (notice/channel.h).
 */
#ifndef YJ_NOTICE_POST_H
#define YJ_NOTICE_POST_H

#include "notice/channel.h"
#include "notice/inbox.h"

typedef struct yj_post_office yj_post_office;

/** Somebody's inbox has changed. On a thread of the post; must not block. */
typedef void (*yj_post_news_fn)(void *ctx, int64_t inst);

typedef struct yj_post_options {
    yj_post_news_fn news; /* NULL: nobody wants to know */
    void *ctx;
    const char *ca_file; /* authorities for TLS; NULL: the system's */
    unsigned look_ms;    /* at the store, and no more often at what grows without end; 0: 1000 */
    unsigned threads;    /* that bring out; 0: 2 */
} yj_post_options;

/** Reads the installation's key for sealed secrets, which is made where there is none (access/seal.h).
 *  @param e borrowed until yj_post_stop() */
yj_status yj_post_start(yj_engine *e, const yj_post_options *o, yj_post_office **ret,
                        yj_error *err) yj_nodiscard;
/** Whatever is under way by it, tests too, is given up, within about a second; nothing more is begun. Before
 *  those are waited for who may be in yj_post_test(). NULL: nothing. */
void yj_post_halt(yj_post_office *p);
/** Within about a second: a try that is under way is given up, and tried again by whoever comes next. */
void yj_post_stop(yj_post_office *p);
YJ_DEFINE_CLEANUP(yj_post_office, yj_post_stop)

/** The key by which this installation's channels are sealed. */
const yj_seal *yj_post_seal(const yj_post_office *p);

/** Send a test by a channel, at once, and say how that went; the channel's state follows. Takes as long as a
 *  try does: not for threads that answer quickly.
 *  @param inst whose channel it is, or who may use it (one of the installation)
 *  @param to   an address; only for mail
 *  @return YJ_E_NOT_FOUND, YJ_E_INVALID ("to"); what became of the try is in *ret */
yj_status yj_post_test(yj_post_office *p, int64_t inst, const char *id, const char *to, yj_lang lang,
                       yj_outcome *ret, yj_error *err) yj_nodiscard;

#endif
