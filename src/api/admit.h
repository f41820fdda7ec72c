// SPDX-License-Identifier: Apache-2.0
/**
 * Who is let in. Each route says whom it is for (yj_route.who); what a row leaves out is for the operator of
 * the installation alone, so that a new route is shut until somebody opens it. What somebody may do with a
 * record is asked elsewhere (access/may.h, record/allowed.c); here it is decided who may come as far as that.
 *
 * An inspector (record/oversight.h) is let in where a row of the table says what it tells (yj_route.reads),
 * which is entered in the ledger of whose records they are (api/inspect.h). Everywhere else he is a stranger
 * to the institution.
 *
 * Nobody learns from a refusal what is there: a stranger gets 401 wherever he asks, and an institution in
 * which one has no part is answered as one that does not exist.
 *
 * Programs that show calendars cannot send a token but as a password: on routes that say so
 * (yj_route.calendar) HTTP Basic is taken, and asked for where it is missing. Nowhere else: a browser that
 * was asked would keep sending it by itself, from any page. A token never stands in an address, which logs
 * keep.
 *
 * A server that is open (yj_server_options.open) lets everybody do everything, as the person he names.
 */
#ifndef YJ_API_ADMIT_H
#define YJ_API_ADMIT_H

#include "api/call.h"

#define YJ_PROVED_S 900

/** Listener's thread: what the request brings of cookies and tokens. */
void yj_admit_begin(yj_call *c);
/** Listener's thread, with the route: may its body be taken in? *err says why not.
 *  @return YJ_E_STRANGER (it brings nothing), YJ_E_BUSY (too many large bodies of people not known yet) */
yj_status yj_admit_body(yj_call *c, yj_error *err) yj_nodiscard;
/** Any thread: may the answer kept for these bytes be given to who asks? Says no where that must be looked
 * up, and to inspectors: what they read is entered first. */
bool yj_admit_hit(yj_call *c, const yj_route *r, int64_t inst);
/** Worker, before anything else is done: who it is, and whether the route is for him. Finds the institution
 * of {inst}.
 *  @return YJ_E_STRANGER; YJ_E_FORBIDDEN; YJ_E_NOT_FOUND, as yj_call_institution() would say it */
yj_status yj_admit(yj_call *c, yj_error *err) yj_nodiscard;
/** Listener's thread, when it is done with the head: who it is, is looked up again. */
void yj_admit_let_go(yj_call *c);
/** At the end of a call. */
void yj_admit_done(yj_call *c);

/** Is a session; has it proved who it is within YJ_PROVED_S? @return YJ_E_PROVE if not */
yj_status yj_admit_proved(const yj_call *c, yj_error *err) yj_nodiscard;

/** The name of a cookie of this server: others on the same machine have others. Over TLS it has the prefix
 * that binds it to this very host (RFC 6265bis, "__Host-"). @param what "" the session's, "-device" */
void yj_cookie_name(const yj_call *c, const char *what, char ret[static 64]);

/** Who asks has begun this upload, or sent the file with this digest: from now on he may read it. */
yj_status yj_admit_sent(yj_call *c, const char *name, yj_error *err) yj_nodiscard;

#endif
