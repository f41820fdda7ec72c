// SPDX-License-Identifier: Apache-2.0
/**
 * Between the files that carry a call: dispatch.c finds the route and runs the handler, query.c reads the
 * query, call.c gives handlers what they ask for, reply.c makes an answer of what they leave.
 */
#ifndef YJ_API_DISPATCH_H
#define YJ_API_DISPATCH_H

#include "api/call.h"

/** The query's parameters into c->param and c->filter, as the route declares them.
 *  @return YJ_E_INVALID naming the parameter */
yj_status yj_call_query(yj_call *c, yj_span query, yj_error *err) yj_nodiscard;
/** A part of the address, percent-decoded into the call's arena; NULL if it is no UTF-8 or too long.
 *  @param plus "+" is a blank */
const char *yj_call_decoded(yj_call *c, yj_span raw, bool plus);

/** The answer to a failure. What went wrong inside goes to the log, not to the client.
 *  @param rp    its headers are added; may be NULL
 *  @param allow methods for 405; NULL
 *  @return NULL when out of memory */
yj_answer *yj_error_answer(const yj_call *c, const yj_error *e, const yj_reply *rp, const char *allow);
/** The answer to a success; takes the reply's body or file over. Sets rp->etag where the route is cached.
 *  @return NULL when out of memory */
yj_answer *yj_reply_answer(yj_call *c, yj_reply *rp);

#endif
