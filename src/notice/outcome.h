// SPDX-License-Identifier: Apache-2.0
/** What became of one try to send something, and what a try by HTTP sends. Shared by all channels. */
#ifndef YJ_NOTICE_OUTCOME_H
#define YJ_NOTICE_OUTCOME_H

#include "base/span.h"

typedef enum yj_sent {
    YJ_SENT_LATER,    /* not accepted, as far as is known, and trying again may help: also whatever an
                         operator can mend without the other side (no such host, a wrong password) */
    YJ_SENT_ACCEPTED, /* the other side has said that it has it */
    YJ_SENT_REFUSED,  /* the other side will not have it, however often it is asked */
    YJ_SENT_COUNT_
} yj_sent;

#define YJ_WAIT_MAX_S INT64_C(86400)

typedef struct yj_outcome {
    yj_sent is;
    int64_t wait_s; /* LATER: how long the other side asked to be left alone, 0 nothing said, at most
                       YJ_WAIT_MAX_S */
    yj_error why;   /* unless accepted: in zh and en; holds no key, secret or password, and of an address no
                       more than scheme, host and port */
} yj_outcome;

/** Set an outcome other than ACCEPTED that `o->why` (by yj_fail()) describes. */
static inline void yj_outcome_set(yj_outcome *o, yj_sent is, yj_status why)
{
    o->is = is;
    o->why.code = why;
}

#define YJ_POST_HEADERS_MAX 3
#define YJ_POST_HEADER_LEN 255
#define YJ_POST_BODY_MAX ((size_t)64 << 10)
#define YJ_POST_ADDRESS_MAX ((size_t)2000)

/** A request by HTTP. `url` and `body` hold secrets or are signed: neither belongs in a log. */
typedef struct yj_post {
    yj_buf url, body;
    char header[YJ_POST_HEADERS_MAX][YJ_POST_HEADER_LEN + 1]; /* "Name: value" */
    size_t header_count;
} yj_post;

static inline void yj_post_init(yj_post *p)
{
    yj_buf_init(&p->url, YJ_POST_ADDRESS_MAX);
    yj_buf_init(&p->body, YJ_POST_BODY_MAX);
    p->header_count = 0;
}

static inline void yj_post_done(yj_post *p)
{
    yj_buf_done(&p->url);
    yj_buf_done(&p->body);
}

#endif
