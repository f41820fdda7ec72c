// SPDX-License-Identifier: Apache-2.0
/**
 * How long a client may take. libmicrohttpd closes a connection on which nothing moves, but a byte now and
 * then renews its patience; so each connection is a visit here, with a limit for what is awaited of it:
 *
 *   awaited                          limit, and what becomes of who exceeds it: the connection is closed
 *   head of a connection's first     YJ_PATIENCE_HEAD_MS from accept to its last byte
 *   request
 *   head of a further one            as much, and the time a connection may idle, from the end of the answer
 *                                    before (a request each time would hold the connection as long)
 *   body                             YJ_PATIENCE_BODY_RATE bytes a second, taken over YJ_PATIENCE_BODY_MS: a
 *                                    long upload may stand still within that time. It does not run while the
 *                                    server works on what came
 *   nothing (server works, answer    none here
 *   is sent, live feed)
 *
 * When fewer connections than a sixteenth are left (at least one), the limits are YJ_PATIENCE_FULL_MS for a
 * head and YJ_PATIENCE_FULL_RATE over YJ_PATIENCE_FULL_BODY_MS for a body; who exceeds them is closed, who
 * waits longest first, until that many are free again. So those who drip cannot keep others out; while all
 * are used well, who comes waits in the kernel's queue.
 *
 * A thread of its own looks at all visits, at least each second while there are any. Any thread may call.
 */
#ifndef YJ_API_PATIENCE_H
#define YJ_API_PATIENCE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define YJ_PATIENCE_HEAD_MS 15000u
#define YJ_PATIENCE_BODY_MS 60000u
#define YJ_PATIENCE_BODY_RATE 1024u
#define YJ_PATIENCE_FULL_MS 1000u
#define YJ_PATIENCE_FULL_BODY_MS 5000u
#define YJ_PATIENCE_FULL_RATE 16384u

typedef struct yj_patience yj_patience;
typedef struct yj_visit yj_visit;

/** Zeros stand for the limits above. */
typedef struct yj_patience_limits {
    unsigned head_ms, body_ms, body_rate;
    unsigned full_ms, full_body_ms, full_rate;
} yj_patience_limits;

/** @param connections that there may be
 *  @param idle_ms     that a connection may idle between two requests */
yj_status yj_patience_start(const yj_patience_limits *limits, unsigned connections, unsigned idle_ms,
                            yj_patience **ret, yj_error *err) yj_nodiscard;
/** All visits have ended. Accepts NULL. */
void yj_patience_stop(yj_patience *p);
YJ_DEFINE_CLEANUP(yj_patience, yj_patience_stop)

/** A connection was accepted; its first head is awaited. @param fd stays open until yj_visit_end()
 *  @return NULL when out of memory */
yj_visit *yj_visit_start(yj_patience *p, int fd);
/** It is about to be closed. Accepts NULL, as all below. */
void yj_visit_end(yj_visit *v);
/** The answer is sent, the next head awaited. */
void yj_visit_idles(yj_visit *v);
/** More of a body is awaited. */
void yj_visit_sends(yj_visit *v);
/** Bytes of the body came. */
void yj_visit_sent(yj_visit *v, size_t bytes);
/** Nothing is awaited of the client. */
void yj_visit_is_served(yj_visit *v);

typedef struct yj_patience_stats {
    unsigned visits;                  /* open connections */
    uint64_t late_heads, slow_bodies; /* closed for it, since the start */
    uint64_t for_room;                /* closed because connections ran out */
} yj_patience_stats;
void yj_patience_stats_read(yj_patience *p, yj_patience_stats *ret);

#endif
