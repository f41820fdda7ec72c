// SPDX-License-Identifier: Apache-2.0
/**
 * Who asks: a session of a browser, known by a cookie, or a program, known by a token (Authorization:
 * Bearer). What was read from the store about either is kept here for a second, so that a page of many
 * requests asks the store once, and answers that are kept (api/cache.h) need not ask at all.
 *
 * What this server ends (a session, a token, a link) ends at once: yj_callers_forget(). What another
 * server of the same store ends is noticed here within YJ_CALLER_FRESH_NS.
 *
 * Any thread, unless it says otherwise.
 */
#ifndef YJ_API_CALLER_H
#define YJ_API_CALLER_H

#include "access/api_token.h"
#include "access/session.h"
#include "base/arena.h"
#include "record/oversight.h"
#include <stdatomic.h>

#define YJ_CALLER_FRESH_NS YJ_NS_PER_S
#define YJ_CALLERS_MAX 4096 /* kept at once; more push out the oldest */

typedef enum yj_credential_kind {
    YJ_CREDENTIAL_NONE,
    YJ_CREDENTIAL_SESSION,
    YJ_CREDENTIAL_TOKEN
} yj_credential_kind;

/** What a request brings, not looked at yet. */
typedef struct yj_credential {
    yj_credential_kind kind;
    yj_span text;  /* borrowed from the request */
    yj_digest key; /* of both */
} yj_credential;
/** @param bearer value of Authorization; its ptr NULL: none. One that is there and is no bearer token is a
 * token nobody has. @param session value of the session's cookie, likewise */
void yj_credential_of(yj_span bearer, yj_span session, yj_credential *ret);

/** Of a token that came in another way. */
void yj_credential_of_token(yj_span token, yj_credential *ret);

typedef struct yj_caller {
    _Atomic int refs;
    yj_credential_kind kind; /* never NONE */
    yj_account account;
    yj_session session;               /* of a session */
    yj_token token;                   /* of a token */
    bool operator_;                   /* stands for the operator of the installation: may act everywhere */
    const yj_account_person *persons; /* a token stands for one of them */
    size_t person_count;
    const yj_account_person *lapsed; /* linked, but without a membership in force (access/membership.h) */
    size_t lapsed_count;
    const yj_inspected *inspected; /* whose records it may read as an inspector */
    size_t inspected_count;
    yj_arena *arena;
    /* the cache's */
    yj_digest key;
    int64_t read_ns;
    uint64_t epoch;
    struct yj_caller *next, *older, *newer;
} yj_caller;
yj_caller *yj_caller_ref(yj_caller *i);
void yj_caller_unref(yj_caller *i); /* accepts NULL */

/** The first of the persons it stands for in that institution; NULL if there is none. */
const char *yj_caller_person(const yj_caller *i, int64_t inst);
/** Does it stand for that person? */
bool yj_caller_is(const yj_caller *i, int64_t inst, const char *person);
/** Is it let in where records of that institution are read? */
bool yj_caller_member(const yj_caller *i, int64_t inst);

/** By what it may read the records of that institution as an inspector; NULL: by nothing. */
const yj_inspected *yj_caller_inspects(const yj_caller *i, int64_t inst);

/** The machine's clock, ns UTC: sign-in goes by it, whatever clock the ledgers have. */
int64_t yj_machine_now(void);

typedef struct yj_callers yj_callers;
/** @param e, o borrowed */
yj_callers *yj_callers_new(yj_engine *e, const yj_session_options *o); /* NULL when out of memory */
void yj_callers_free(yj_callers *x);
YJ_DEFINE_CLEANUP(yj_callers, yj_callers_free)

/** What is known freshly; NULL if that must be read. Never blocks for long. @return a reference */
yj_caller *yj_caller_known(yj_callers *x, const yj_credential *c);
/** Was it known at some time not long ago? */
bool yj_caller_seen(yj_callers *x, const yj_credential *c);
/** Known freshly, or read from the store. Not on the listener's threads.
 *  @param now_ns the machine's, UTC
 *  @param ret a reference; NULL: nobody has that session or token, or not any more
 *  @return failures of the store */
yj_status yj_caller_read(yj_callers *x, const yj_credential *c, int64_t now_ns, yj_caller **ret,
                         yj_error *err) yj_nodiscard;
/** Would it still be let in where records of that institution are read? Asks the store; that it asked does
 * not count as being seen. A failure of the store is no reason to say no. Not on the listener's threads. */
bool yj_caller_alive(yj_callers *x, const yj_credential *c, int64_t inst, int64_t now_ns);
/** Something about sessions, tokens or accounts has changed: all is read again. */
void yj_callers_forget(yj_callers *x);
/** How often that was so. */
uint64_t yj_callers_epoch(yj_callers *x);

#endif
